"""Messages that cannot be cut into payloads (FORMAT.md section 2).

Where a field stands comes from the encoder (which wrote it), never from the decoder that is judged; status, row and path
are written here. A message that stops inside a field stops one octet before its end.
"""

from mikeyticket import codec
from mikeyticket.protect import protect

from . import exchange as x
from .deviations import some
from .draft import Draft, parse_error
from .older_modes import T, an_id, hdr, keys, rand

HDR, SRTP_MAP, GENERIC = "RFC3830-6.1-x01", "RFC3830-6.1.1-x01", "RFC6043-6.1.1-x01"
NEXT, MAP_TYPE, END = "RFC3830-6.1-x02", "RFC3830-6.1-x03", "RFC3830-6.1-x04"
TP, IDATA, KEMAC, KEY, KV, EXT, KEY_ID = ("RFC6043-6.10-x08", "RFC6043-6.10-x09", "RFC3830-6.2-x01", "RFC3830-6.13-x01",
                                          "RFC3830-6.14-x01", "RFC3830-6.15-x01", "RFC4563-4-x01")


def form(name, title, payloads, header=None, data_type=0):
    return Draft("parse_errors", f"whole/{name}", title, {"hdr": header or hdr(data_type), "payloads": payloads}, keys(b""),
                 {"rfc6043": []}, ["RFC3830-6.1-x01", "RFC3830-6.1-x02", "RFC3830-6.1-x04"], authentic=None)


def spans_of(parent):
    made = protect(parent.model, parent.keys)
    spans = {}
    codec.encode(made.tree, spans)
    return spans


def cut_in(parent, field, row, path=None, spans=None):
    """The message stops inside a field (before its last octet)."""
    start, end = (spans or spans_of(parent))[field]
    stop = max(start, end - 1)
    return parse_error(parent, f"cut/{path or field}", f"a message that ends inside {path or field}", path or field, "truncated",
                       row, start, f"the octets from {stop} on are missing", lambda data: data[:stop])


def number(parent, field, value, status, row, suffix="", path=None):
    """One octet is another number."""
    start = spans_of(parent)[field][0]
    return parse_error(parent, f"{status}/{path or field}{suffix}", f"{value} in {path or field}", path or field, status, row, start,
                       f"the octet is {value}", lambda data: data[:start] + bytes([value]) + data[start + 1:])


def more_octets(parent, octets="00"):
    length = len(protect(parent.model, parent.keys).data)
    return parse_error(parent, f"trailing/message/{octets}", "octets behind the last payload", "message", "trailing", END, length,
                       f"{len(octets) // 2} octet(s) are appended", lambda data: data + bytes.fromhex(octets))


KV_SPI = {"kv": 1, "spi": "01020304"}
KV_INTERVAL = {"kv": 2, "valid_from": "000102", "valid_to": "030405"}
POINT = {"payload": "ECCPT", "ecc_curve": 8, "ecc_point": "04" + some("p", 65), "auth_alg": 0, "tgk_len": 0, "reserved": 0}

# Layouts: name -> (payload, row, fields with the path that names them, octets with a number that fixes a length).
SIMPLE = [
    ("KEMAC", {**x.kemac(1, some("k", 24), 1), "mac": some("m", 20)}, KEMAC,
     ["encr_alg", "encr_data_len", "encr_data", "mac_alg", "mac"], ["mac_alg"]),
    ("PKE", {"payload": "PKE", "c": 2, "data": some("e", 32)}, "RFC3830-6.3-x01", ["c", "data"], []),
    ("DH", {"payload": "DH", "dh_group": 1, "dh_value": some("d", 96), "reserved": 0, "kv": 0}, "RFC3830-6.4-x01",
     ["dh_group", "dh_value", "reserved"], ["dh_group"]),
    ("SIGN", {"payload": "SIGN", "s_type": 1, "signature": some("s", 64)}, "RFC3830-6.5-x01", ["s_type", "signature"], []),
    ("T", T, "RFC3830-6.6-x01", ["ts_type", "ts_value"], ["ts_type"]),
    ("ID", an_id(b"alice@example.com"), "RFC3830-6.7-x01", ["id_type", "id_len", "id_data"], []),
    ("CERT", x.cert("initiator", 1), "RFC3830-6.7-x01", ["cert_type", "cert_len", "cert_data"], []),
    ("CHASH", {"payload": "CHASH", "hash_func": 0, "hash": some("h", 20)}, "RFC3830-6.8-x01", ["hash_func", "hash"],
     ["hash_func"]),
    ("V", x.v(2, some("v", 32)), "RFC3830-6.9-x01", ["auth_alg", "ver_data"], ["auth_alg"]),
    ("SP", x.sp(), "RFC3830-6.10-x01", ["policy_no", "prot_type", "policy_param_len", "policy_param"], []),
    ("RAND", rand(), "RFC3830-6.11-x01", ["rand_len", "rand"], []),
    ("ERR", {"payload": "ERR", "error_no": 12, "reserved": 0}, "RFC3830-6.12-x01", ["error_no", "reserved"], []),
    ("TR", x.tr(2, 0), "RFC6043-6.4-x01", ["ts_role", "ts_type", "ts_value"], ["ts_type"]),
    ("IDR", x.idr(1, "alice@example.com"), "RFC6043-6.6-x01", ["id_role", "id_type", "id_len", "id_data"], []),
    ("RANDR", x.randr(1, bytes(16)), "RFC6043-6.8-x01", ["rand_role", "rand_len", "rand"], []),
    ("GENERAL_EXT", {"payload": "GENERAL_EXT", "type": 0, "data": some("x", 8)}, EXT, ["type", "length", "data"], []),
    ("IBAKE", {"payload": "IBAKE", "encr_data": some("i", 16)}, "RFC6267-6.1.1-x01", ["encr_data_len", "encr_data"], []),
    ("ESK", {"payload": "ESK", "encr_data": some("i", 16)}, "RFC6267-6.1.2-x01", ["encr_data_len", "encr_data"], []),
    ("ECCPT", {**POINT, "kv": 0}, "RFC6267-6.1.4-x01", ["ecc_curve", "ecc_point", "auth_alg", "tgk_len", "reserved"],
     ["ecc_curve"]),
    ("SK", {"payload": "SK", "type": 1, "kv": 0, "key_data": some("sk", 16)}, "RFC6267-6.1.5-x01", ["type", "key_data_len", "key_data"], []),
    ("SAKKE", {"payload": "SAKKE", "sakke_params": 1, "id_scheme": 1, "sakke_data": some("sa", 32)}, "RFC6509-4.2-x01",
     ["sakke_params", "id_scheme", "sakke_data_len", "sakke_data"], []),
]


def drafts(all_of):
    yield from headers()
    for name, payload, row, fields, selectors in SIMPLE:
        yield from layout(name, payload, row, fields, selectors)
    yield from key_validity()
    yield from parameters()
    yield from extensions()
    yield from kemac_plaintext()
    yield from policies(all_of)
    yield from next_payloads(all_of)


def headers():
    srtp = form("srtp-map", "SRTP-ID map of two entries", [T])
    yield srtp
    yield parse_error(srtp, "empty", "a message of no octets", "hdr.version", "truncated", HDR, 0, "every octet is missing",
                      lambda data: b"")
    for field in ("hdr.data_type", "hdr.next_payload", "hdr.v", "hdr.csb_id", "hdr.num_cs", "hdr.cs_id_map_type"):
        yield cut_in(srtp, field, HDR)
    for field in ("hdr.cs[0].policy_no", "hdr.cs[0].ssrc", "hdr.cs[1].roc", "hdr.cs[1].policy_no"):
        yield cut_in(srtp, field, SRTP_MAP)
    for value in (3, 240, 255):
        yield number(srtp, "hdr.cs_id_map_type", value, "unknown_map_type", MAP_TYPE, f"/{value}")
    yield more_octets(srtp)
    yield more_octets(srtp, "0500000000")
    generic = form("generic-map", "GENERIC-ID map of two entries", [T],
                   header=hdr(0, generic=[x.srtp(1, 5, (0, 1), "0a0b", s=1), x.other(2, 241, "0c0d0e0f")]))
    yield generic
    spans = spans_of(generic)
    spans["hdr.cs[0].ps"] = (spans["hdr.cs[0].ps[0]"][0], spans["hdr.cs[0].ps[1]"][1])
    for field in ("hdr.cs[0].cs_id", "hdr.cs[0].prot_type", "hdr.cs[0].s", "hdr.cs[0].ps", "hdr.cs[0].session_data_len",
                  "hdr.cs[0].session_data", "hdr.cs[0].spi_len", "hdr.cs[0].spi", "hdr.cs[1].cs_id", "hdr.cs[1].session_data_len",
                  "hdr.cs[1].spi"):
        yield cut_in(generic, field, GENERIC, spans=spans)
    none = form("no-entries", "Empty map", [T], header={"data_type": 0, "csb_id": 1, "cs_id_map_type": 1})
    yield none
    yield number(none, "hdr.cs_id_map_type", 3, "unknown_map_type", MAP_TYPE)
    length = spans_of(none)["hdr.cs_id_map_type"][1]
    yield parse_error(none, "no-payload", "HDR that announces a payload which is not there", "T[0].next_payload", "truncated",
                      "RFC3830-6.6-x01", length, "the message ends behind HDR", lambda data: data[:length])


def layout(name, payload, row, fields, selectors):
    parent = form(name.lower(), f"{name} payload", [payload], data_type=1 if name == "KEMAC" else 22)
    yield parent
    at = f"{name}[0]"
    if name != "SIGN":
        yield cut_in(parent, f"{at}.next_payload", row)
    for field in fields:
        yield cut_in(parent, f"{at}.{field}", row)
    for field in selectors:
        yield number(parent, f"{at}.{field}", 250, "unknown_length", row)
    if name != "SIGN":
        yield number(parent, f"{at}.next_payload", 18, "unknown_payload", NEXT)
    yield more_octets(parent)


def key_validity():
    """KV data in each payload that has it (RFC 3830 6.14)."""
    carriers = [("DH", {"payload": "DH", "dh_group": 2, "dh_value": some("d", 128), "reserved": 0}, "reserved"),
                ("ECCPT", POINT, "reserved"), ("SK", {"payload": "SK", "type": 1, "key_data": some("sk", 16)}, "type")]
    for name, payload, octet in carriers:
        at = f"{name}[0]"
        for kind, members, fields in (("spi", KV_SPI, ["spi_len", "spi"]),
                                      ("interval", KV_INTERVAL, ["vf_len", "valid_from", "vt_len", "valid_to"])):
            parent = form(f"{name.lower()}-{kind}", f"{name} with KV {kind}", [{**payload, **members}], data_type=22)
            yield parent
            for field in fields:
                yield cut_in(parent, f"{at}.{field}", KV)
        yield unknown_kv(parent, at, octet)


def unknown_kv(parent, at, octet):
    start = spans_of(parent)[f"{at}.{octet}"][0]
    return parse_error(parent, "unknown_length/kv", f"KV 3 in {at}", f"{at}.kv", "unknown_length", KV, start, "KV is 3",
                       lambda data: data[:start] + bytes([data[start] & 0xF0 | 3]) + data[start + 1:])


def parameters():
    parent = form("parameters", "SP with three parameters", [x.sp(0, 0, [(0, "01"), (1, "10"), (11, "0a0b")]), T])
    yield parent
    row, at = "RFC3830-6.10-x01", "SP[0].policy_param"
    base = spans_of(parent)[at][0]
    yield parse_error(parent, "parameter-value", "a parameter longer than Policy param", f"{at}[2].value", "truncated", row, base + 8,
                      "the length of the third parameter is 3", lambda data: data,
                      change=lambda model, _: model["payloads"][0]["policy_param"][2].update(length=3))
    yield parse_error(parent, "parameter-type-only", "Policy param that ends behind a type", f"{at}[2].length", "truncated", row, base + 7,
                      "Policy param length is 7, one octet into the third parameter", lambda data: data,
                      change=lambda model, _: model["payloads"][0].update(policy_param_len=7))
    yield parse_error(parent, "parameters-too-long", "Policy param longer than the message", at, "truncated", row, base,
                      "Policy param length is 65535", lambda data: data,
                      change=lambda model, _: model["payloads"][0].update(policy_param_len=65535))


def extensions():
    ids = [{"key_id_type": 0, "key_id": "62f210"}, {"key_id_type": 1, "key_id": "00010002"}]
    parent = form("key-ids", "General Extension with Key IDs", [{"payload": "GENERAL_EXT", "type": 3, "key_ids": ids}, T])
    yield parent
    at, base = "GENERAL_EXT[0].key_ids", spans_of(parent)["GENERAL_EXT[0].data"][0]

    def second(**members):
        return lambda model, _: model["payloads"][0]["key_ids"][1].update(members)
    yield parse_error(parent, "key-id", "a Key ID longer than the extension", f"{at}[1].key_id", "truncated", KEY_ID, base + 7,
                      "the length of the second Key ID is 5", lambda data: data, change=second(key_id_len=5))
    yield parse_error(parent, "key-id-len", "an extension that ends behind a Key ID type", f"{at}[1].key_id_len", "truncated", KEY_ID,
                      base + 6, "Length is 6, one octet into the second Key ID", lambda data: data,
                      change=lambda model, _: model["payloads"][0].update(length=6))
    yield parse_error(parent, "key-ids-too-long", "Key ID Information longer than the message", "GENERAL_EXT[0].data", "truncated", EXT,
                      base, "Length is 60000", lambda data: data, change=lambda model, _: model["payloads"][0].update(length=60000))


def kemac_plaintext():
    """A NULL-encrypted KEMAC (RFC 3830 6.2, 6.13)."""
    key = {"payload": "KEY_DATA", "type": 1, "kv": 1, "key_data": some("k", 16), "salt_data": some("s", 14), "spi": "01020304"}
    lasting = {"payload": "KEY_DATA", "type": 0, "kv": 2, "key_data": some("l", 16), "valid_from": "0001", "valid_to": "0203"}
    parent = form("plaintext", "NULL-encrypted KEMAC with two keys", [x.kemac(0, [key, lasting])])
    yield parent
    scope = "KEMAC[0].encr_data"
    spans = spans_of(parent)
    start, end = spans[scope]
    rows = {f"{scope}.KEY_DATA[0].type": KEY, f"{scope}.KEY_DATA[0].key_data_len": KEY,
            f"{scope}.KEY_DATA[0].key_data": KEY, f"{scope}.KEY_DATA[0].salt_len": KEY, f"{scope}.KEY_DATA[0].salt_data": KEY,
            f"{scope}.KEY_DATA[0].spi_len": KV, f"{scope}.KEY_DATA[0].spi": KV, f"{scope}.KEY_DATA[1].next_payload": KEY,
            f"{scope}.KEY_DATA[1].vf_len": KV, f"{scope}.KEY_DATA[1].valid_from": KV, f"{scope}.KEY_DATA[1].vt_len": KV,
            f"{scope}.KEY_DATA[1].valid_to": KV}
    for field, row in rows.items():
        yield shortened(parent, scope, field, row, spans, "KEMAC[0].encr_data_len")
    yield unknown_kv(parent, f"{scope}.KEY_DATA[1]", "type")
    yield number(parent, f"{scope}.KEY_DATA[1].next_payload", 99, "unknown_payload", NEXT)
    at_len = spans["KEMAC[0].encr_data_len"][0]
    yield parse_error(parent, "plaintext-trailing", "octets behind the last key", scope, "trailing", KEMAC, end,
                      "an octet is appended to Encr data", lambda data: data[:at_len] + (end - start + 1).to_bytes(2, "big")
                      + data[start:end] + b"\x00" + data[end:])
    for name, title, data_type in (("id-first", "NULL-encrypted KEMAC of the public key mode", 2),
                                   ("id-first-ibake", "NULL-encrypted KEMAC of REQUEST_KEY_RESP (RFC 6267)", 21)):
        message = form(name, title, [x.kemac(0, [an_id(b"alice@example.com"), key])], data_type=data_type)
        yield message
        yield shortened(message, scope, f"{scope}.ID[0].id_data", "RFC3830-6.7-x01", spans_of(message), "KEMAC[0].encr_data_len")


def shortened(parent, scope, field, row, spans, length_field, suffix=None):
    """The scope's length ends it inside the field; the octets behind are still there."""
    start, end = spans[scope]
    stop = max(spans[field][0], spans[field][1] - 1)
    at = spans[length_field][0]
    return parse_error(parent, suffix or f"short/{field}", f"{scope} that ends inside {field}", field, "truncated", row,
                       spans[field][0], f"{length_field} is {stop - start}",
                       lambda data: data[:at] + (stop - start).to_bytes(2, "big") + data[at + 2:], change_path=length_field)


def policies(all_of):
    """TP and TICKET (RFC 6043 6.10) in messages of the exchanges."""
    request, transfer = all_of["plain"][1]["request_init"], all_of["media"][1]["transfer_init"]
    for parent, name in ((request, "TP"), (transfer, "TICKET")):
        at, spans = f"{name}[0]", spans_of(parent)
        for field in ("ticket_type", "subtype", "version", "prf_func", "flags", "tp_data_len", "tp_data"):
            yield cut_in(parent, f"{at}.{field}", TP)
        scope = f"{at}.tp_data"
        for field, row in (("first_payload", TP), ("IDR[0].next_payload", "RFC6043-6.6-x01"), ("IDR[1].id_data", "RFC6043-6.6-x01"),
                           ("TR[0].ts_value", "RFC6043-6.4-x01"), ("IDR[2].id_data", "RFC6043-6.6-x01")):
            yield shortened(parent, scope, f"{scope}.{field}", row, spans, f"{at}.tp_data_len")
        yield number(parent, f"{scope}.first_payload", 20, "unknown_payload", NEXT)
        yield number(parent, f"{scope}.first_payload", 19, "unknown_payload", NEXT, "/19")
        yield number(parent, f"{scope}.IDR[0].next_payload", 241, "unknown_payload", NEXT)
        yield number(parent, f"{scope}.TR[1].ts_type", 4, "unknown_length", "RFC6043-6.4-x01")
        yield appended(parent, scope, f"{at}.tp_data_len", TP, spans)
        yield first_zero(parent, scope, TP, spans)
    for field in ("ticket_data_len", "ticket_data", "initiator_data_len", "initiator_data"):
        yield cut_in(transfer, f"TICKET[0].{field}", TP)
    scope, spans = "TICKET[0].initiator_data", spans_of(transfer)
    yield number(transfer, f"{scope}.first_payload", 27, "unknown_payload", NEXT)
    yield number(transfer, f"{scope}.V[0].next_payload", 20, "unknown_payload", NEXT)
    yield number(transfer, f"{scope}.V[0].auth_alg", 3, "unknown_length", "RFC3830-6.9-x01")
    for field, row in (("V[0].next_payload", "RFC3830-6.9-x01"), ("V[0].ver_data", "RFC3830-6.9-x01"),
                       ("V[1].auth_alg", "RFC3830-6.9-x01"), ("V[1].ver_data", "RFC3830-6.9-x01")):
        yield shortened(transfer, scope, f"{scope}.{field}", row, spans, "TICKET[0].initiator_data_len")
    yield first_zero(transfer, scope, IDATA, spans)
    one_more = appended(transfer, scope, "TICKET[0].initiator_data_len", "RFC3830-6.9-x01", spans, "01")
    one_more.error = {"status": "truncated", "id": "RFC3830-6.9-x01", "path": f"{scope}.V[2].auth_alg", "offset": spans[scope][1] + 1}
    yield one_more      # a V that says it is the last is followed by another V as long as octets are left (vi_next)
    kemac = "TP[0].tp_data.KEMAC[0].encr_data"
    yield number(request, f"{kemac}.KEY_DATA[0].next_payload", 21 + 200, "unknown_payload", NEXT)
    yield unknown_kv(request, f"{kemac}.KEY_DATA[0]", "type")
    yield shortened(request, kemac, f"{kemac}.KEY_DATA[0].spi", KV, spans_of(request), "TP[0].tp_data.KEMAC[0].encr_data_len")


def appended(parent, scope, length_field, row, spans, octets="00"):
    """One octet more in the scope, behind its last payload."""
    start, end = spans[scope]
    at = spans[length_field][0]
    return parse_error(parent, f"trailing/{scope}", f"octets behind the last payload of {scope}", scope, "trailing", row, end,
                       "an octet is appended, the length is one more",
                       lambda data: data[:at] + (end - start + 1).to_bytes(2, "big") + data[at + 2:end] + bytes.fromhex(octets) + data[end:])


def first_zero(parent, scope, row, spans):
    start = spans[f"{scope}.first_payload"][0]
    return parse_error(parent, f"first-zero/{scope}", f"First Payload 0 in {scope}, and payloads behind it", scope, "trailing", row,
                       start + 1, "First Payload is 0", lambda data: data[:start] + b"\x00" + data[start + 1:],
                       change_path=f"{scope}.first_payload")


def next_payloads(all_of):
    """Numbers without a layout, in HDR and in every message of the exchanges."""
    for name, which in (("plain", "request_init"), ("media", "request_resp"), ("media", "transfer_init"),
                        ("media", "transfer_resp"), ("plain", "resolve_init"), ("media", "resolve_resp")):
        parent = all_of[name][1][which]
        yield number(parent, "hdr.next_payload", 20, "unknown_payload", NEXT)
        yield number(parent, "hdr.next_payload", 255, "unknown_payload", NEXT, "/255")
        yield number(parent, "T[0].next_payload", 27, "unknown_payload", NEXT)
        yield number(parent, "T[0].ts_type", 4, "unknown_length", "RFC3830-6.6-x01")
        yield number(parent, "V[0].auth_alg", 77, "unknown_length", "RFC3830-6.9-x01")
        yield more_octets(parent)
    early = all_of["plain"][1]["request_init"]
    spans = spans_of(early)
    yield parse_error(early, "early-end", "Next Payload 0 in the middle of the message", "message", "trailing", END,
                      spans["T[0]"][1], "Next Payload of T is 0",
                      lambda data: data[:spans["T[0]"][0]] + b"\x00" + data[spans["T[0]"][0] + 1:], change_path="T[0].next_payload")
