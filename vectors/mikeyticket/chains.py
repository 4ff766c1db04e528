"""Chains of payloads, and the four fields that hold one (vectors/FORMAT.md, "Chains")."""

from . import registry
from .errors import EncodeError, ParseError
from .octets import Writer, array, hexed, member

NEXT_ROW = "RFC3830-6.1-x02"


class TooDeep(Exception):
    """Chains are nested deeper than the caller allows: a limit, not a fault of the message."""


def read_chain(r, first, first_at, first_path, scope, row, ctx, kind="message"):
    """Reads payloads until a number 0; `first` came from the octet at `first_at`. `scope` names the chain itself."""
    ctx.depth += 1
    if ctx.max_depth is not None and ctx.depth > ctx.max_depth:
        raise TooDeep(f"{scope}: chains nested more than {ctx.max_depth} deep")
    try:
        return read_payloads(r, first, first_at, first_path, scope, row, ctx, kind)
    finally:
        ctx.depth -= 1


def read_payloads(r, first, first_at, first_path, scope, row, ctx, kind):
    from .layouts import LAYOUTS
    prefix = "" if kind == "message" else scope + "."
    payloads, counts, number = [], {}, first
    while number:
        name = number if isinstance(number, str) else registry.PAYLOADS.get(number)
        if name is None or (name == "KEY_DATA" and kind != "plaintext"):
            raise ParseError("unknown_payload", NEXT_ROW, first_path, first_at)
        at = f"{prefix}{name}[{counts.get(name, 0)}]"
        counts[name] = counts.get(name, 0) + 1
        start, node = r.pos, {"payload": name}
        number = read_payload(r, node, at, *LAYOUTS[name], ctx)
        payloads.append(node)
        first_at, first_path = start, f"{at}.next_payload"
        if kind == "initiator_data" and name == "V" and number == 0 and r.left():
            node["next_payload"], number = 0, registry.NUMBERS["V"]       # Vi identical to V (RFC 6043 6.10)
    if r.left():
        raise ParseError("trailing", row, scope, r.pos)
    return payloads


def read_payload(r, node, at, row, fields, ctx):
    """Reads one payload into `node`; returns its Next Payload (0 for SIGN, which has none)."""
    start, following = r.pos, 0
    if node["payload"] != "SIGN":
        following = r.uint(8, f"{at}.next_payload", row)
    for field in fields:
        field.read(r, node, at, row, ctx)
    r.spans[at] = (start, r.pos)
    return following


def write_chain(w, payloads, prefix, ctx, thdr=False):
    """Writes payloads; each Next Payload is the following payload's number unless it is written in the tree."""
    from .layouts import LAYOUTS
    if not isinstance(payloads, list) or not all(isinstance(p, dict) for p in payloads):
        raise EncodeError(f"{prefix or 'payloads'}: an array of payloads expected")
    counts = {}
    for i, node in enumerate(payloads):
        name = member(node, "payload", prefix or "payload")
        if name not in LAYOUTS or (name == "THDR" and not (thdr and i == 0)):
            raise EncodeError(f"{prefix}: no payload {name!r} here")
        at = f"{prefix}{name}[{counts.get(name, 0)}]"
        counts[name] = counts.get(name, 0) + 1
        start = len(w.data)
        if name != "SIGN":
            w.uint(node.get("next_payload", number_of(payloads, i + 1)), 8, f"{at}.next_payload")
        for field in LAYOUTS[name][1]:
            field.write(w, node, at, ctx)
        w.spans[at] = (start, len(w.data))


def number_of(payloads, i):
    """The number that announces payload i of the chain; 0 after the last."""
    if i >= len(payloads):
        return 0
    name = member(payloads[i], "payload", "payload")
    if name not in registry.NUMBERS:
        raise EncodeError(f"{name} has no Next Payload number")
    return registry.NUMBERS[name]


def put_nested(w, inner, path):
    """Appends what `inner` wrote, keeping its spans."""
    base = len(w.data)
    for name, (start, end) in inner.spans.items():
        w.spans[name] = (base + start, base + end)
    w.put(inner.data, path)


class EncrData:
    """Encr data of KEMAC: a chain when the encryption is NULL, hex otherwise (RFC 3830 6.2)."""

    def read(self, r, node, at, row, ctx):
        length = r.uint(16, f"{at}.encr_data_len", row)
        inner = r.window(length, f"{at}.encr_data", row)
        if node["encr_alg"] != 0:
            node["encr_data"] = r.data[inner.pos:inner.end].hex()
            return
        node["encr_data"] = read_plaintext(inner, f"{at}.encr_data", row, ctx)

    def write(self, w, node, at, ctx):
        value, inner = member(node, "encr_data", at), Writer()
        if isinstance(value, list):
            write_chain(inner, value, f"{at}.encr_data.", ctx)
        else:
            inner.data += hexed(value, f"{at}.encr_data")
        w.uint(node.get("encr_data_len", len(inner.data)), 16, f"{at}.encr_data_len")
        put_nested(w, inner, f"{at}.encr_data")


def read_plaintext(inner, scope, row, ctx):
    """The plaintext of a KEMAC: empty, or a chain that begins with Key data (or an ID: RFC 3830 6.2, RFC 4738 3.6, RFC 6267 4.2.1.3)."""
    if not inner.left():
        return []
    first = "ID" if ctx.data_type in registry.DATA_TYPES_WITH_ID_IN_KEMAC else "KEY_DATA"
    return read_chain(inner, first, inner.pos, scope, scope, row, ctx, "plaintext")


class FirstPayloadChain:
    """A length, a First Payload octet and a chain that fills the length (RFC 6043 6.10)."""

    name = row = None

    def read_from(self, r, node, at, row, ctx, length):
        inner = r.window(length, f"{at}.{self.name}", row)
        first_path = f"{at}.{self.name}.first_payload"
        first = inner.uint(8, first_path, self.row)
        node[self.name] = read_chain(inner, first, inner.pos - 1, first_path, f"{at}.{self.name}", self.row, ctx,
                                     self.name)

    def write(self, w, node, at, ctx):
        inner = Writer()
        if self.name in node or self.name == "tp_data":
            payloads = member(node, self.name, at)
            if isinstance(payloads, str):       # octets as they stand, First Payload among them
                inner.put(hexed(payloads, f"{at}.{self.name}"), f"{at}.{self.name}")
            else:
                payloads = array(node, self.name, at)
                first = node.get(f"first_payload_{self.name}", number_of(payloads, 0))
                inner.uint(first, 8, f"{at}.{self.name}.first_payload")
                write_chain(inner, payloads, f"{at}.{self.name}.", ctx)
        w.uint(node.get(f"{self.name}_len", len(inner.data)), 16, f"{at}.{self.name}_len")
        put_nested(w, inner, f"{at}.{self.name}")


class TpData(FirstPayloadChain):
    name, row = "tp_data", "RFC6043-6.10-x08"

    def read(self, r, node, at, row, ctx):
        self.read_from(r, node, at, row, ctx, r.uint(16, f"{at}.tp_data_len", row))


class InitiatorData(FirstPayloadChain):
    """Left out when the length is 0."""

    name, row = "initiator_data", "RFC6043-6.10-x09"

    def read(self, r, node, at, row, ctx):
        length = r.uint(16, f"{at}.initiator_data_len", row)
        if length:
            self.read_from(r, node, at, row, ctx, length)
        else:
            r.spans[f"{at}.initiator_data"] = (r.pos, r.pos)


class TicketData:
    """Ticket Data: a chain that begins with THDR when it is one (RFC 6043 A), else hex; never a parse error."""

    def read(self, r, node, at, row, ctx):
        length = r.uint(16, f"{at}.ticket_data_len", row)
        inner = r.window(length, f"{at}.ticket_data", row)
        node["ticket_data"] = r.data[inner.pos:inner.end].hex()
        if node["ticket_type"] in registry.BASE_TICKET_TYPES:
            try:
                node["ticket_data"] = read_ticket_data(inner, f"{at}.ticket_data", ctx)
            except ParseError:
                pass

    def write(self, w, node, at, ctx):
        value, inner = member(node, "ticket_data", at), Writer()
        if isinstance(value, list):
            write_chain(inner, value, f"{at}.ticket_data.", ctx, thdr=True)
        else:
            inner.data += hexed(value, f"{at}.ticket_data")
        w.uint(node.get("ticket_data_len", len(inner.data)), 16, f"{at}.ticket_data_len")
        put_nested(w, inner, f"{at}.ticket_data")


def read_ticket_data(inner, scope, ctx):
    return read_chain(inner, "THDR", inner.pos, scope, scope, "RFC6043-A.1-01", ctx, "ticket_data")
