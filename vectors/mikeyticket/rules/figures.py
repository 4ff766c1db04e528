"""The exchange figures: which payloads a message has, in which order, which it must have and where it ends (4.2, 5.2, 5.4)."""

from .view import (APP, ERROR, I, KMS, PSK, R, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK,
                   RESOLVE_RESP, TRANSFER, TRANSFER_RESP)

# One place of a figure: payloads (name, role) that stand there; '*' after the name: any number of them.
T, SP, V, SIGN, KEMAC, TICKET = ("T",), ("SP*",), ("V",), ("SIGN",), ("KEMAC",), ("TICKET",)


def idr(role):
    return ("IDR", role)


def rand(role):
    return ("RANDR", role)


FIGURES = {
    REQUEST_PSK: [T, rand(I), idr(I), idr(KMS), ("TP",), idr(PSK), V],
    REQUEST_PK: [T, rand(I), idr(I), ("CERT*",), idr(KMS), ("TP",), ("CHASH",), ("PKE",), SIGN],
    REQUEST_RESP: [T, idr(KMS), TICKET, KEMAC, V],
    RESOLVE_PSK: [T, rand(R), idr(R), idr(KMS), TICKET, idr(PSK), V],
    RESOLVE_PK: [T, rand(R), idr(R), ("CERT*",), idr(KMS), TICKET, ("CHASH",), ("PKE",), SIGN],
    RESOLVE_RESP: [T, idr(KMS), KEMAC, idr(R), rand(KMS), V],
    ERROR: [T, ("ERR*",), SP, V, SIGN],
}
BOTH = {idr(I), idr(R)}                         # in either order
UPDATE = [T, BOTH, SP, KEMAC, V]
TRANSFERS = {(TRANSFER, False): [T, rand(I), idr(I), idr(R), SP, TICKET, KEMAC, V], (TRANSFER, True): UPDATE,
             (TRANSFER_RESP, False): [T, rand(R), idr(R), rand(KMS), SP, KEMAC, V],
             (TRANSFER_RESP, None): [T, rand(R), BOTH, rand(KMS), SP, KEMAC, V]}

LAST = {REQUEST_PSK: ("V", "4.2.1.2-03"), REQUEST_PK: ("SIGN", "4.2.1.3-x02"), REQUEST_RESP: ("V", "4.2.1.5-11"),
        TRANSFER: ("V", "4.2.2.1-08"), TRANSFER_RESP: ("V", "4.2.2.3-18"), RESOLVE_PSK: ("V", "4.2.3.2-03"),
        RESOLVE_PK: ("SIGN", "4.2.3.3-x02"), RESOLVE_RESP: ("V", "4.2.3.5-13")}


def t():
    return "T", {}


def the_idr(role):
    return "IDR", {"id_role": role}


def the_rand(role):
    return "RANDR", {"rand_role": role}


# data type -> (row, payloads that it asks for)
NEEDED = {
    REQUEST_PSK: [("4.2.1.1-01", (t(), the_rand(I))), ("4.2.1.1-x01", (("TP", {}),)), ("4.2.1.1-06", (the_idr(KMS),)),
                  ("4.2.1.2-01", (the_idr(I),))],
    REQUEST_PK: [("4.2.1.1-01", (t(), the_rand(I))), ("4.2.1.1-x01", (("TP", {}),)), ("4.2.1.1-06", (the_idr(KMS),)),
                 ("4.2.1.3-01", (the_idr(I), ("CERT", {}))), ("4.2.1.3-x01", (("PKE", {}),))],
    REQUEST_RESP: [("4.2.1.5-x01", (t(), ("TICKET", {}), ("KEMAC", {})))],
    RESOLVE_PSK: [("4.2.3.1-01", (t(), the_rand(R))), ("4.2.3.1-x01", (("TICKET", {}),)), ("4.2.3.1-05", (the_idr(KMS),)),
                  ("4.2.3.2-01", (the_idr(R),))],
    RESOLVE_PK: [("4.2.3.1-01", (t(), the_rand(R))), ("4.2.3.1-x01", (("TICKET", {}),)), ("4.2.3.1-05", (the_idr(KMS),)),
                 ("4.2.3.3-01", (the_idr(R), ("CERT", {}))), ("4.2.3.3-x01", (("PKE", {}),))],
    RESOLVE_RESP: [("4.2.3.5-x01", (t(), ("KEMAC", {})))],
    TRANSFER_RESP: [("4.2.2.3-x01", (t(),))],
    ERROR: [("5.4-x01", (t(), ("ERR", {})))],
}
NEEDED_IN_TRANSFER = {True: [("5.2-x01", (t(),))],
                      False: [("4.2.2.1-01", (t(), the_rand(I))), ("4.2.2.1-x01", (("TICKET", {}),)), ("4.2.2.1-04", (the_idr(I), the_idr(R)))]}


def check(v):
    if not (v.ticket_mode or v.kind == ERROR):
        return
    needed = NEEDED_IN_TRANSFER[v.update] if v.kind == TRANSFER else NEEDED[v.kind]
    for row, payloads in needed:
        if v.lacks(*payloads):
            v.rfc6043(row)
    if v.kind in LAST and v.last != LAST[v.kind][0]:
        v.rfc6043(LAST[v.kind][1])
    if v.kind == ERROR and any(node["payload"] in ("V", "SIGN") for node in v.payloads[:-1]):
        v.rfc6043("5.4-x02")
    if v.everywhere("ID"):
        v.rfc6043("6.6-01")
    if v.update and (v.has("RANDR") or v.has("TICKET")):
        v.rfc6043("5.2-03")
    against_figure(v, figure_of(v))


def figure_of(v):
    if v.kind == TRANSFER_RESP and v.update:
        role = {"I": idr(I), "R": idr(R)}.get(v.context.sender)
        return [T, role or BOTH, SP, KEMAC, V]
    return TRANSFERS[v.kind, v.update] if v.kind in (TRANSFER, TRANSFER_RESP) else FIGURES[v.kind]


def places(figure):
    """(name, role) -> (place, whether it may stand there again)."""
    out = {}
    for place, entry in enumerate(figure):
        for one in entry if isinstance(entry, set) else (entry,):
            out[(one[0].rstrip("*"),) + tuple(one[1:])] = (place, one[0].endswith("*"))
    return out


def token(node):
    role = {"IDR": "id_role", "RANDR": "rand_role"}.get(node["payload"])
    return (node["payload"], node[role]) if role else (node["payload"],)


def against_figure(v, figure):
    """4.2-x02 order, 4.2-x03 repeated, 4.2-x04 unexpected."""
    known, seen, furthest = places(figure), set(), -1
    elsewhere = ("GENERAL_EXT", "ID") + (("RANDR", "TICKET") if v.update else ())
    for node in v.payloads:
        one = token(node)
        if one not in known:
            if node["payload"] not in elsewhere:
                v.rfc6043("4.2-x04")
            continue
        place, again = known[one]
        if one in seen and not again:
            v.rfc6043("4.2-x03")
        seen.add(one)
        if node["payload"] not in ("V", "SIGN"):
            if place < furthest:
                v.rfc6043("4.2-x02")
            furthest = max(furthest, place)


# --- the same for the parts of a ticket (6.10, A) -----------------------------------------------------------------

TR = "TR"
POLICY = [idr(KMS), idr(I), (TR, 2), (TR, 3), (TR, 4), KEMAC, idr(APP), idr(R)]
MANY_IN_POLICY = {idr(APP), idr(R)}
TICKET_DATA = [("THDR",), T, ("RAND",), KEMAC, idr(PSK), V]


def chain_against(payloads, figure, many=()):
    """(order, repeated, unexpected): whether the chain breaks the figure so; unexpected as a set of names."""
    known = {one: place for place, one in enumerate(figure)}
    furthest, seen, order, repeated, unexpected = -1, set(), False, False, set()
    for node in payloads:
        one = (TR, node["ts_role"]) if node["payload"] == TR else token(node)
        if one not in known:
            unexpected.add(node["payload"])
            continue
        repeated |= one in seen and one not in many
        seen.add(one)
        if one != V:
            order |= known[one] < furthest
            furthest = max(furthest, known[one])
    return order, repeated, unexpected
