"""The kinds of field that payload layouts are made of.

A field reads itself into the payload's node and writes itself from it. `at` is the path of the payload, `row` the
catalogue row of its layout, `ctx` the codec's context (see codec.Context).
"""

from . import registry
from .errors import EncodeError, ParseError
from .octets import array, hexed, member

KV_ROW = "RFC3830-6.14-x01"


class Uint:
    def __init__(self, name, bits):
        self.name, self.bits = name, bits

    def read(self, r, node, at, row, ctx):
        node[self.name] = r.uint(self.bits, f"{at}.{self.name}", row)

    def write(self, w, node, at, ctx):
        w.uint(member(node, self.name, at), self.bits, f"{at}.{self.name}")


class Bits:
    """Numbers that share octets; the first of them names the octets in errors."""

    def __init__(self, *parts, defaults=()):
        self.parts, self.defaults = parts, dict(defaults)
        self.total = sum(width for _, width in parts)

    def read(self, r, node, at, row, ctx):
        value, left = r.uint(self.total, f"{at}.{self.parts[0][0]}", row), self.total
        for name, width in self.parts:
            left -= width
            node[name] = value >> left & (1 << width) - 1

    def write(self, w, node, at, ctx):
        value = 0
        for name, width in self.parts:
            part = node.get(name, self.defaults[name]) if name in self.defaults else member(node, name, at)
            if isinstance(part, bool) or not isinstance(part, int) or not 0 <= part < 1 << width:
                raise EncodeError(f"{at}.{name}: {part!r} is no number of {width} bits")
            value = value << width | part
        w.uint(value, self.total, f"{at}.{self.parts[0][0]}")


class Kv(Bits):
    """A four-bit number and KV in one octet; an unknown KV leaves the KV data without a length (RFC 3830 6.13)."""

    def __init__(self, first):
        super().__init__((first, 4), ("kv", 4), defaults={"reserved": 0, "kv": 0})

    def read(self, r, node, at, row, ctx):
        super().read(r, node, at, row, ctx)
        if node["kv"] not in (0, 1, 2):
            raise ParseError("unknown_length", KV_ROW, f"{at}.kv", r.pos - 1)


class Counted:
    """A length and that many octets, next to each other."""

    def __init__(self, length_name, name, bits):
        self.length_name, self.name, self.bits = length_name, name, bits

    def read(self, r, node, at, row, ctx):
        length = r.uint(self.bits, f"{at}.{self.length_name}", row)
        node[self.name] = r.take(length, f"{at}.{self.name}", row).hex()

    def write(self, w, node, at, ctx):
        octets = hexed(member(node, self.name, at), f"{at}.{self.name}")
        w.uint(node.get(self.length_name, len(octets)), self.bits, f"{at}.{self.length_name}")
        w.put(octets, f"{at}.{self.name}")


class BitsCounted:
    """A small number and a length in two octets, then that many octets (PKE, SIGN)."""

    def __init__(self, first, first_bits, length_name, name):
        self.first, self.first_bits, self.length_name, self.name = first, first_bits, length_name, name

    def read(self, r, node, at, row, ctx):
        value = r.uint(16, f"{at}.{self.first}", row)
        width = 16 - self.first_bits
        node[self.first] = value >> width
        node[self.name] = r.take(value & (1 << width) - 1, f"{at}.{self.name}", row).hex()

    def write(self, w, node, at, ctx):
        octets = hexed(member(node, self.name, at), f"{at}.{self.name}")
        both = {self.first: node.get(self.first, 0) if self.first == "c" else member(node, self.first, at),
                self.length_name: node.get(self.length_name, len(octets))}
        Bits((self.first, self.first_bits), (self.length_name, 16 - self.first_bits)).write(w, both, at, ctx)
        w.put(octets, f"{at}.{self.name}")


class Fixed:
    """Octets whose number another field fixes; an unknown number there is a parse error."""

    def __init__(self, selector, name, lengths):
        self.selector, self.name, self.lengths = selector, name, lengths

    def read(self, r, node, at, row, ctx):
        path = f"{at}.{self.selector}"
        node[self.selector] = r.uint(8, path, row)
        length = self.lengths(node[self.selector]) if callable(self.lengths) else self.lengths.get(node[self.selector])
        if length is None:
            raise ParseError("unknown_length", row, path, r.pos - 1)
        node[self.name] = r.take(length, f"{at}.{self.name}", row).hex()

    def write(self, w, node, at, ctx):
        w.uint(member(node, self.selector, at), 8, f"{at}.{self.selector}")
        w.put(hexed(member(node, self.name, at), f"{at}.{self.name}"), f"{at}.{self.name}")


class KvData:
    """Key validity data (RFC 3830 6.14), as `kv` says."""

    SPI = (Counted("spi_len", "spi", 8),)
    INTERVAL = (Counted("vf_len", "valid_from", 8), Counted("vt_len", "valid_to", 8))

    def parts(self, node):
        return {1: self.SPI, 2: self.INTERVAL}.get(node.get("kv", 0), ())

    def read(self, r, node, at, row, ctx):
        for part in self.parts(node):
            part.read(r, node, at, KV_ROW, ctx)

    def write(self, w, node, at, ctx):
        for part in self.parts(node):
            part.write(w, node, at, ctx)


class Salt(Counted):
    """Salt of a key whose type says that it has one (RFC 3830 6.13, RFC 6043 6.2.1)."""

    def __init__(self):
        super().__init__("salt_len", "salt_data", 16)

    def read(self, r, node, at, row, ctx):
        if node["type"] in registry.SALTED_KEY_TYPES:
            super().read(r, node, at, row, ctx)

    def write(self, w, node, at, ctx):
        if node["type"] in registry.SALTED_KEY_TYPES:
            super().write(w, node, at, ctx)


class PolicyFlags:
    """PRF func (7), the flags D to O and Res (RFC 6043 6.10): an octet named prf_func, then two named flags."""

    def read(self, r, node, at, row, ctx):
        first = r.uint(8, f"{at}.prf_func", row)
        value = first << 16 | r.uint(16, f"{at}.flags", row)
        node["prf_func"] = value >> 17
        node["flags"] = {flag: value >> 16 - i & 1 for i, flag in enumerate(registry.FLAGS)}
        node["res"] = value & 31

    def write(self, w, node, at, ctx):
        flags = member(node, "flags", at)
        every = {"prf_func": member(node, "prf_func", at), "res": node.get("res", 0)}
        every.update({flag: member(flags, flag, f"{at}.flags") for flag in registry.FLAGS})
        high = Bits(("prf_func", 7), ("D", 1))
        low = Bits(*((flag, 1) for flag in registry.FLAGS[1:]), ("res", 5))
        high.write(w, every, at, ctx)
        low.write(w, every, at, ctx)
        w.spans[f"{at}.flags"] = w.spans.pop(f"{at}.E")


class PolicyParams:
    """Policy param of SP: type, length, value until the length is used up (RFC 3830 6.10)."""

    def read(self, r, node, at, row, ctx):
        length = r.uint(16, f"{at}.policy_param_len", row)
        inner, params = r.window(length, f"{at}.policy_param", row), []
        while inner.left():
            path = f"{at}.policy_param[{len(params)}]"
            param = {"type": inner.uint(8, f"{path}.type", row)}
            Counted("length", "value", 8).read(inner, param, path, row, ctx)
            params.append(param)
        node["policy_param"] = params

    def write(self, w, node, at, ctx):
        from .octets import Writer
        inner = Writer()
        for i, param in enumerate(array(node, "policy_param", at)):
            path = f"{at}.policy_param[{i}]"
            inner.uint(member(param, "type", path), 8, f"{path}.type")
            Counted("length", "value", 8).write(inner, param, path, ctx)
        w.uint(node.get("policy_param_len", len(inner.data)), 16, f"{at}.policy_param_len")
        w.put(inner.data, f"{at}.policy_param")


class ExtensionData:
    """Type, length and data of a General Extension (RFC 3830 6.15); types 1, 3 and 4 are taken apart where they can be."""

    KEY_IDS_ROW = "RFC4563-4-x01"

    def read(self, r, node, at, row, ctx):
        node["type"] = r.uint(8, f"{at}.type", row)
        length = r.uint(16, f"{at}.length", row)
        inner = r.window(length, f"{at}.data", row)
        octets = r.data[inner.pos:inner.end]
        if node["type"] == 1 and all(0x20 <= octet <= 0x7E for octet in octets):
            node["sdp_ids"] = octets.decode("ascii").split(";") if octets else []
        elif node["type"] == 3:
            node["key_ids"] = self.read_key_ids(inner, at, ctx)
        elif node["type"] == 4 and length == 4:
            node["csb_id"] = int.from_bytes(octets, "big")
        else:
            node["data"] = octets.hex()

    def read_key_ids(self, inner, at, ctx):
        key_ids = []
        while inner.left():
            path = f"{at}.key_ids[{len(key_ids)}]"
            key_id = {"key_id_type": inner.uint(8, f"{path}.key_id_type", self.KEY_IDS_ROW)}
            Counted("key_id_len", "key_id", 8).read(inner, key_id, path, self.KEY_IDS_ROW, ctx)
            key_ids.append(key_id)
        return key_ids

    def write(self, w, node, at, ctx):
        w.uint(member(node, "type", at), 8, f"{at}.type")
        octets = self.octets(node, at, ctx)
        w.uint(node.get("length", len(octets)), 16, f"{at}.length")
        w.put(octets, f"{at}.data")

    def octets(self, node, at, ctx):
        from .octets import Writer
        inner = Writer()
        if "sdp_ids" in node:
            try:
                return ";".join(array(node, "sdp_ids", at)).encode("ascii")
            except (TypeError, UnicodeEncodeError):
                raise EncodeError(f"{at}.sdp_ids: ASCII strings expected") from None
        if "key_ids" in node:
            for i, key_id in enumerate(array(node, "key_ids", at)):
                path = f"{at}.key_ids[{i}]"
                inner.uint(member(key_id, "key_id_type", path), 8, f"{path}.key_id_type")
                Counted("key_id_len", "key_id", 8).write(inner, key_id, path, ctx)
            return bytes(inner.data)
        if "csb_id" in node:
            inner.uint(node["csb_id"], 32, f"{at}.csb_id")
            return bytes(inner.data)
        return hexed(member(node, "data", at), f"{at}.data")
