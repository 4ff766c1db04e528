"""Payloads, extensions and map entries in their variety, in messages that conform."""

from . import exchange as x
from . import keeps, material
from .deviations import some
from .draft import Draft
from .exchange import Exchange
from .families import NO_MODIFIER, family, key_values, related
from .older_modes import T, an_id, hdr, keys, rand

EXTENSIONS = [
    ("vendor", "Vendor ID", {"type": 0, "data": b"Example Corp 1.0".hex()}),
    ("sdp", "SDP IDs", {"type": 1, "sdp_ids": ["mikey"]}),
    ("sdp-two", "SDP IDs, two of them", {"type": 1, "sdp_ids": ["mikey", "other"]}),
    ("sdp-none", "SDP IDs without data", {"type": 1, "sdp_ids": []}),
    ("sdp-gap", "SDP IDs with an empty entry", {"type": 1, "sdp_ids": ["mikey", "", "other"]}),
    ("sdp-binary", "SDP IDs that are not printable", {"type": 1, "data": "6d696b657900"}),
    ("tesla", "TESLA I-Key (RFC 4442)", {"type": 2, "data": some("tesla", 24)}),
    ("key-id", "Key ID: MBMS key domain and service key",
     {"type": 3, "key_ids": [{"key_id_type": 0, "key_id": "62f210"}, {"key_id_type": 1, "key_id": "00010002"}]}),
    ("key-id-three", "Key ID: three entries, one without octets",
     {"type": 3, "key_ids": [{"key_id_type": 0, "key_id": "62f210"}, {"key_id_type": 2, "key_id": ""},
                             {"key_id_type": 200, "key_id": "ff"}]}),
    ("key-id-none", "Key ID without entries", {"type": 3, "key_ids": []}),
    ("csb-id", "CSB_ID (RFC 4738)", {"type": 4, "csb_id": 0xFFFFFFFE}),
    ("csb-id-short", "CSB_ID of three octets", {"type": 4, "data": "010203"}),
    ("oma", "OMA BCAST (RFC 4909)", {"type": 5, "data": some("oma", 20)}),
    ("sakke-self", "SAKKE-to-self (TS 33.180)", {"type": 6, "data": some("sakke-to-self", 40)}),
    ("3gpp", "3GPP key parameters (TS 33.180)", {"type": 7, "data": some("3gpp", 30)}),
    ("unassigned", "an unassigned type", {"type": 8, "data": "00"}),
    ("private", "a private type without data", {"type": 241, "data": ""}),
]


def drafts(all_of):
    yield from extensions(all_of["plain"][0])
    yield from sessions()
    yield from forms()
    yield from key_types()
    yield from tickets(all_of)


def extensions(conversation):
    for name, title, data in EXTENSIONS:
        model, own = conversation.transfer_resp()
        model["payloads"].insert(-1, {"payload": "GENERAL_EXT", **data})
        also = ["RFC3830-6.15-x01"] + (["RFC4563-4-x01"] if "key_ids" in data else [])
        yield Draft("payloads", f"extension/{name}", f"General Extension: {title}", model, own,
                    {"rfc6043": [], "ims-media": NO_MODIFIER}, keeps.TRANSFER_RESP + also, {"exchange": "initial", "sender": "R"},
                    related(conversation, "transfer_resp"), key_values(conversation, "transfer_resp"))


def sessions():
    """Every kind of GENERIC-ID entry (RFC 6043 6.1.1)."""
    tesla = x.sp(2, 1, [(1, "01")])
    cases = [
        ("srtp-s0", "SRTP, S=0", [x.srtp(1, 0, (0,), "*")], [x.sp()]),
        ("srtp-s1", "SRTP, S=1 with ROC and SEQ", [x.srtp(1, 0xFFFFFFFF, (0,), "*", s=1)], [x.sp()]),
        ("srtp-absent", "SRTP without Session Data, SPI and policy, to be completed by the Responder",
         [x.srtp(1, None, (), ""), {**x.srtp(2, None, (), ""), "s": 1}], [x.sp()]),
        ("two-policies", "one session, two policies to choose from", [x.srtp(1, 1, (0, 7), "*")],
         [x.sp(), x.sp(7, 0, [(0, "00"), (2, "01")])]),
        ("tesla", "a TESLA session beside SRTP", [x.srtp(1, 1, (0,), "*"), x.other(2, 1, "*", (2,))], [x.sp(), tesla]),
        ("private", "sessions of private Prot types", [x.other(1, 250, "*", (0,)), x.other(2, 255, "*", (1,))],
         [x.sp(0, 250, []), x.sp(1, 255, [])]),
        ("private-sp", "a private Prot type with policy and Session Data",
         [{**x.other(1, 244, "*", (9,)), "session_data": "0102030405", "s": 1}], [x.sp(9, 244, [(0, ""), (255, "00" * 255)])]),
        ("limits", "CS IDs 0 and 255, SPIs of 1 and 255 octets",
         [x.srtp(0, 1, (0,), "01"), x.srtp(255, 2, (0,), some("long spi", 255))], [x.sp()]),
        ("many", "twelve crypto sessions", [x.srtp(i + 1, 0x1000 + i, (0,), "*") for i in range(12)], [x.sp()]),
    ]
    for name, title, cs, sps in cases:
        named = {"key_types": (x.TGK, x.TGK), "spis": [entry["spi"] for entry in cs]} if name == "limits" else {}
        conversation = Exchange(f"cs-{name}", "128", cs=cs, sps=sps, cs_resp=None, **named)
        for entry in conversation.cs_resp:
            entry["ps"] = entry["ps"][:1] or [0]
            if entry["prot_type"] == 0 and entry["s"] and "roc" not in entry["session_data"]:
                entry["session_data"] = {**entry["session_data"], "roc": 0, "seq": 7}
        yield from family(conversation, f"cs-{name}", title, {"": {"rfc6043": []}}, ("transfer_init", "transfer_resp")).values()


def form(name, title, payloads, keep, data_type=0, header=None):
    """A message whose form alone matters."""
    return Draft("payloads", f"form/{name}", title, {"hdr": header or hdr(data_type), "payloads": payloads}, keys(b""),
                 {"rfc6043": []}, [row for row in keeps.ANY if row != "RFC3830-6.6-x01"] + keep, authentic=None)


def forms():
    empty = {"version": 1, "data_type": 0, "v": 0, "prf_func": 0, "csb_id": 0, "cs_id_map_type": 1}
    yield form("header", "HDR alone", [], [], header=empty)
    yield form("empty-cs", "Empty map with #CS 3: the map info is absent", [T], ["RFC3830-6.6-x01"],
               header={**empty, "num_cs": 3})
    yield form("generic-none", "GENERIC-ID map with #CS 0", [T], ["RFC6043-6.1.1-x01"], header=hdr(0, generic=[]))
    yield form("srtp-none", "SRTP-ID map with #CS 0", [T], ["RFC3830-6.1.1-x01"], header=hdr(0, cs=[]))
    yield form("csb-max", "CSB ID ffffffff, private PRF func", [T], [], header={**empty, "csb_id": 0xFFFFFFFF, "prf_func": 112})
    yield form("ids", "ID payloads of every type",
               [an_id(b"alice@example.com"), {"payload": "ID", "id_type": 1, "id_data": b"sip:alice@example.com".hex()},
                {"payload": "ID", "id_type": 2, "id_data": "00ff"}, {"payload": "ID", "id_type": 99, "id_data": ""}],
               ["RFC3830-6.7-x01"])
    yield form("certs", "CERT payloads of every type",
               [x.cert("initiator", 0), x.cert("initiator", 1), x.cert("ca", 2), x.cert("kms", 3),
                {"payload": "CERT", "cert_type": 77, "cert_data": ""}], ["RFC3830-6.7-x01"])
    yield form("chash", "CHASH with every hash function",
               [{"payload": "CHASH", "hash_func": func, "hash": some(f"hash {func}", n)} for func, n in ((0, 20), (1, 16), (2, 32))],
               ["RFC3830-6.8-x01"])
    yield form("pke", "PKE with every cache indicator",
               [{"payload": "PKE", "c": c, "data": some(f"pke {c}", 3 * c)} for c in range(4)], ["RFC3830-6.3-x01"])
    yield form("dh", "DH with every group and KV type",
               [{"payload": "DH", "dh_group": 0, "dh_value": some("dh 0", 192), "reserved": 0, "kv": 0},
                {"payload": "DH", "dh_group": 1, "dh_value": some("dh 1", 96), "reserved": 9, "kv": 1, "spi": ""},
                {"payload": "DH", "dh_group": 2, "dh_value": some("dh 2", 128), "reserved": 15, "kv": 2, "valid_from": "",
                 "valid_to": "01"}], ["RFC3830-6.4-x01", "RFC3830-6.14-x01"])
    yield form("times", "T and TR of every TS type",
               [x.t(0, 0), x.t(0, 1), x.t(0, 2), x.t(0, 3), x.tr(1, 0, 0), x.tr(2, 0, 1), x.tr(3, 0, 2), x.tr(4, 0, 3),
                x.tr(200, 0, 3)], ["RFC6043-6.4-x01"])
    yield form("roles", "IDR and RANDR of every role",
               [x.idr(role, f"role{role}@example.com") for role in range(11)]
               + [x.randr(role, material.octets(f"role {role}", 16)) for role in range(5)],
               ["RFC6043-6.6-x01", "RFC6043-6.8-x01"])
    yield form("v", "V with every Auth alg", [x.v(alg, some(f"v {alg}", n)) for alg, n in ((0, 0), (1, 20), (2, 32))],
               ["RFC3830-6.9-x01"])
    yield form("sp", "SP of several protocols",
               [x.sp(0, 0), x.sp(1, 1, []), x.sp(255, 255, [(0, ""), (7, "00" * 255)])], ["RFC3830-6.10-x01"])
    yield form("rand", "RAND of 16 and 255 octets", [rand(), rand(material.octets("long rand", 255))], ["RFC3830-6.11-x01"])
    yield form("err", "ERR with reserved bits, unassigned and private numbers",
               [{"payload": "ERR", "error_no": n, "reserved": r} for n, r in ((0, 0), (15, 65535), (16, 1), (255, 0))],
               ["RFC3830-6.12-x01"])
    yield form("sign", "SIGN of an unassigned type, without octets", [T, {"payload": "SIGN", "s_type": 15, "signature": ""}],
               ["RFC3830-6.5-x01"])
    yield form("kemac", "KEMAC with every MAC alg",
               [{**x.kemac(alg, some(f"kemac {alg}", 24), mac), "mac": some(f"mac {mac}", n)}
                for alg, mac, n in ((1, 0, 0), (2, 1, 20), (3, 2, 32))], ["RFC3830-6.2-x01"])
    yield form("tp", "TP and TICKET without policy or data",
               [{"payload": "TP", "ticket_type": 0, "subtype": 0, "version": 0, "prf_func": 0, "flags": x.flags("DF"), "res": 31,
                 "tp_data": []},
                {"payload": "TICKET", "ticket_type": 65535, "subtype": 255, "version": 255, "prf_func": 127,
                 "flags": x.flags("DEFGHIJKLMNO"), "res": 0, "tp_data": [], "ticket_data": "", "initiator_data": []}],
               ["RFC6043-6.10-x08", "RFC6043-6.10-x09"])
    yield form("nested", "a TICKET inside TP Data", [
        {"payload": "TP", "ticket_type": 1, "subtype": 1, "version": 1, "prf_func": 0, "flags": x.flags("D"), "res": 0,
         "tp_data": [{"payload": "TICKET", "ticket_type": 2, "subtype": 0, "version": 0, "prf_func": 0, "flags": x.flags("D"),
                      "res": 0, "tp_data": [x.idr(2, "bob@example.com")], "ticket_data": "0102",
                      "initiator_data": [T, {"payload": "V", "auth_alg": 0, "ver_data": "", "next_payload": 0},
                                         x.v(1, some("second v", 20))]}]}], ["RFC6043-6.10-x08", "RFC6043-6.10-x09"])


def key_types():
    """Key data of every type with every KV, visible in NULL-encrypted KEMACs of an older mode."""
    validity = [{"kv": 0}, {"kv": 1, "spi": "0102"}, {"kv": 2, "valid_from": "000000000000", "valid_to": "0000ffffffff"}]
    for kv, members in enumerate(validity):
        nodes = []
        for kind in (0, 1, 2, 3, 4, 5, 6, 7, 15):
            node = {"payload": "KEY_DATA", "type": kind, "kv": kv, "key_data": some(f"key {kind}", 16)}
            if kind in (1, 3, 5):
                node["salt_data"] = some(f"salt {kind}", 14)
            nodes.append({**node, **{k: v for k, v in members.items() if k != "kv"}})
        yield form(f"key-data-{kv}", f"Key data of every type, KV {kv}", [rand(), x.kemac(0, nodes)],
                   ["RFC3830-6.13-x01", "RFC3830-6.2-x01"] + ([] if kv == 0 else ["RFC3830-6.14-x01"]))


def tickets(all_of):
    """Ticket Data that only its resolver understands, and reserved bits."""
    conversation = Exchange("opaque", "128", ticket=(2, 0, 0))
    conversation.tpk = b""
    for name, title, data in (("reference", "a reference of 16 octets", some("reference", 16)), ("empty", "no octets", "")):
        model, own = conversation.transfer_init()
        next(n for n in model["payloads"] if n["payload"] == "TICKET")["ticket_data"] = data
        values = {**key_values(conversation, "transfer_init")}
        values.pop("tpk")
        yield Draft("payloads", f"opaque/{name}", f"TRANSFER_INIT: Ticket Data is {title}", model, own, {"rfc6043": []},
                    keeps.TRANSFER_INIT, {"exchange": "initial", "sender": "I"}, {}, values)
    yield from other_formats()
    plain = all_of["plain"][0]
    model, own = plain.request_init()
    next(n for n in model["payloads"] if n["payload"] == "TP")["res"] = 31
    yield Draft("payloads", "reserved/tp", "REQUEST_INIT: reserved bits of TP are set", model, own, {"rfc6043": []},
                keeps.REQUEST_INIT_PSK, {"sender": "I"}, {}, key_values(plain, "request_init"))


def other_formats():
    """Ticket Type 2 with another Subtype and Version: whoever resolves it, appendix A says nothing of its Ticket Data."""
    chain = [{"payload": "THDR", "thdr_data": "01"}, T, {"payload": "RAND", "rand": some("rand of another format", 8)}]
    for name, title, data in (("opaque", "opaque Ticket Data", some("another format", 40)),
                              ("chain", "Ticket Data that would be a base ticket without KEMAC and V", chain)):
        conversation = Exchange(f"other-format-{name}", "128", ticket=(2, 5, 1))
        conversation.tpk = b""
        model, own = conversation.resolve_init()
        next(n for n in model["payloads"] if n["payload"] == "TICKET")["ticket_data"] = data
        values = {**key_values(conversation, "resolve_init")}
        values.pop("tpk")
        keep = [row for row in keeps.RESOLVE_INIT_PSK if row not in keeps.BASE_TICKET]
        yield Draft("payloads", f"other-format/{name}", f"RESOLVE_INIT: Ticket Type 2, Subtype 5, Version 1, {title}", model, own,
                    {"rfc6043": []}, keep, {"sender": "R", "tpk_at_hand": True}, {}, values)
