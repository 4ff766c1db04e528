"""Broken Ticket Transfer messages (RFC 6043 4.2.2, 6.1.1, 6.10)."""

import copy

from . import exchange as x
from . import keeps
from .deviations import (PLAIN_ID, VENDOR, added, both, entry, flag, header, keyed, member, moved, repeated, some,
                         without)
from .draft import Draft
from .exchange import TEK, Exchange
from .families import family, key_values

TICKET = ("TICKET", "tp_data")
IDATA = ("TICKET", "initiator_data")
D02 = {"ims-media": ["TS33328-D-02"], "ims-message": ["TS33328-D-02"], "ims-msrp-tls": ["TS33328-D-02"],
       "ims-mixed": ["TS33328-D-02"], "ims-bfcp-tls": ["TS33328-D-02"]}
CLOSE = ("rfc6043", "ims-media")
RFC = ("rfc6043",)


def drafts(all_of):
    yield from transfer_init(all_of["plain"][1]["transfer_init"])
    yield from crypto_sessions(all_of)
    yield from tickets(all_of)
    yield from initiator_data(all_of["media"][1]["transfer_init"])
    yield from supplied_keys(all_of)
    yield from transfer_resp(all_of["plain"][1]["transfer_resp"], all_of)


def transfer_init(p):
    d = p.deviate
    yield d("version", "TRANSFER_INIT of MIKEY version 0", "hdr.version", "version is 0", header(version=0),
            ["RFC3830-6.1-x05"])
    yield d("no-t", "TRANSFER_INIT without T", "T[0]", "T is left out", without("T"), ["RFC6043-4.2.2.1-01"])
    yield d("no-randri", "TRANSFER_INIT without RANDRi", "RANDR[0]", "RANDRi is left out",
            both(without("RANDR"), keyed(rand_i=b"")), ["RFC6043-4.2.2.1-01"])
    yield d("no-ticket", "TRANSFER_INIT without TICKET", "TICKET[0]", "TICKET is left out", without("TICKET"),
            profiles={"rfc6043": ["RFC6043-4.2.2.1-x01"], "ims-media": ["RFC6043-4.2.2.1-x01"]})
    yield d("v-flag", "V flag against F", "hdr.v", "V is 0 though F is 1", header(v=0), ["RFC6043-4.2.2.1-03a"])
    yield d("no-idri", "TRANSFER_INIT without IDRi", "IDR[0]", "IDRi is left out", without("IDR", 0),
            ["RFC6043-4.2.2.1-04"])
    yield d("no-idrr", "TRANSFER_INIT without IDRr", "IDR[1]", "IDRr is left out", without("IDR", 1),
            ["RFC6043-4.2.2.1-04"])
    yield d("kemac", "KEMAC against L", "KEMAC[0]", "a KEMAC with a TEK is added though L is 0",
            added(x.kemac(1, [{"payload": "KEY_DATA", "type": TEK, "kv": 1, "key_data": some("tek", 16), "spi": "0a0b0c0d"}]),
                  before=("V", 0)), ["RFC6043-4.2.2.1-07"])
    yield d("no-v", "TRANSFER_INIT without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.2.1-08"],
            authentic=None)
    yield d("v-not-last", "a payload behind V", "GENERAL_EXT[0]", "a General Extension follows V",
            added(VENDOR, after=("V", 0)), ["RFC6043-4.2.2.1-08"])
    yield d("null-mac", "NULL MAC in V", "V[0].auth_alg", "Auth alg is NULL", member("V", auth_alg=0, ver_data=""),
            ["RFC6043-4.2-x01"], authentic=False)
    yield d("order-sp", "SP in front of IDRi", "SP[0]", "SP stands in front of IDRi", moved(("SP", 0), ("IDR", 0)),
            ["RFC6043-4.2-x02"])
    yield d("order-ticket", "TICKET in front of SP", "TICKET[0]", "TICKET stands in front of SP",
            moved(("TICKET", 0), ("SP", 0)), ["RFC6043-4.2-x02"])
    yield d("two-randri", "two RANDRi payloads", "RANDR[1]", "RANDRi is there twice", repeated(("RANDR", 0)),
            ["RFC6043-4.2-x03"])
    yield d("two-idrr", "two IDRr payloads", "IDR[2]", "IDRr is there twice", repeated(("IDR", 1)), ["RFC6043-4.2-x03"])
    yield d("unexpected-randrr", "RANDRr in TRANSFER_INIT", "RANDR[1]", "a RANDRr payload is added",
            added(x.randr(2, bytes.fromhex(some("randrr", 16))), after=("RANDR", 0)), ["RFC6043-4.2-x04"])
    yield d("unexpected-idrkms", "IDRkms in TRANSFER_INIT", "IDR[2]", "an IDRkms payload is added",
            added(x.idr(3, "sip:kms.example.com", x.URI), after=("IDR", 1)), ["RFC6043-4.2-x04"])
    yield d("plain-id", "ID in place of IDR", "ID[0]", "a plain ID payload is added", added(PLAIN_ID, after=("IDR", 1)),
            ["RFC6043-6.6-01"])
    yield d("prf", "unknown PRF func in HDR", "hdr.prf_func", "PRF func of HDR is 50",
            both(header(prf_func=50), keyed(prf=0)), ["RFC6043-6.1-x01"], authentic=None)
    yield d("short-rand", "RANDRi of 15 octets", "RANDR[0].rand", "RANDRi is 15 octets long",
            both(member("RANDR", rand=some("fifteen", 15)), keyed(rand_i=bytes.fromhex(some("fifteen", 15)))),
            ["RFC3830-6.11-02"])
    yield d("mixed", "HMAC-SHA-256-256 beside the older algorithms", "V[0].auth_alg",
            "V uses HMAC-SHA-256-256 with PRF func MIKEY-1", member("V", auth_alg=2), ["RFC6043-12.1-08"])
    yield d("mixed-ticket", "256-bit PRF in the ticket beside the older algorithms", "TICKET[0].prf_func",
            "PRF func of TICKET is PRF-HMAC-SHA-256 in a message that uses MIKEY-1", member("TICKET", prf_func=1),
            ["RFC6043-12.1-08"], authentic=None)
    yield d("two-sp", "one policy number for two SP payloads", "SP[1].policy_no", "a second SP payload with policy number 0",
            repeated(("SP", 0)), ["RFC3830-6.10-x02"])


def crypto_sessions(all_of):
    p = all_of["plain"][1]["transfer_init"]
    d = p.deviate
    bare = family(Exchange("no-sessions", cs=[], sps=[]), "no-sessions", "no crypto session yet",
                  {"": {"rfc6043": [], "ims-media": p.profiles["ims-media"]}}, ("transfer_init",))["transfer_init"]
    yield bare
    yield bare.deviate("empty-map", "Empty map in TRANSFER_INIT", "hdr.cs_id_map_type", "the map type is Empty map",
                       header(cs_id_map_type=1), ["RFC6043-6.1-03"], D02)
    yield bare.deviate("srtp-id-map", "SRTP-ID map without entries", "hdr.cs_id_map_type", "the map type is SRTP-ID",
                       header(cs_id_map_type=0), ["RFC6043-6.1-03", "RFC6043-6.1-04"], D02)
    yield d("empty-map-sp", "SP with the Empty map", "hdr.cs_id_map_type", "the map type is Empty map though there is an SP",
            header(cs_id_map_type=1), ["RFC6043-6.1-03", "RFC4563-5-01"], D02, only=CLOSE)
    yield d("srtp-id-map", "SRTP-ID map in TRANSFER_INIT", "hdr.cs_id_map_type", "the crypto sessions stand in an SRTP-ID map",
            header(cs_id_map_type=0, cs=[{"policy_no": 0, "ssrc": 0x11111111, "roc": 0}]),
            ["RFC6043-6.1-03", "RFC6043-6.1-04"], D02, only=CLOSE)
    yield d("policy-without-sp", "a policy number without SP", "hdr.cs[0].ps", "crypto session 1 names policies 0 and 5",
            entry(0, ps=[0, 5]), ["RFC6043-6.1.1-x02"])
    yield d("same-cs-id", "two crypto sessions with one CS ID", "hdr.cs[1].cs_id", "CS ID of the second is 1",
            entry(1, cs_id=1), ["RFC6043-6.1.1-x03"])
    yield d("s-without-roc", "S=1 with an SSRC alone", "hdr.cs[0].s", "S is 1 with 4 octets of Session Data",
            entry(0, s=1), ["RFC6043-6.1.1-x04a"])
    yield d("session-data-6", "Session Data of 6 octets", "hdr.cs[0].session_data", "Session Data is 6 octets long",
            entry(0, session_data="010203040506"), ["RFC6043-6.1.1-x04a"])
    yield d("session-data-10", "ROC and SEQ with S=0", "hdr.cs[0].session_data", "Session Data is 10 octets long with S=0",
            entry(0, session_data={"ssrc": 1, "roc": 0, "seq": 1}), ["RFC6043-6.1.1-x04a"])
    yield d("prot-type", "unassigned Prot type", "hdr.cs[0]", "a crypto session of Prot type 100 without policies",
            entry(0, prot_type=100, ps=[], session_data=""), ["RFC6043-6.1.1-x05"], {"ims-media": ["TS33328-B.1-01"]},
            only=CLOSE)
    yield d("sp-prot-type", "a policy of another Prot type", "SP[0].prot_type", "the SP that SRTP sessions name is of Prot type TESLA",
            member("SP", prot_type=1), ["RFC6043-6.1.1-06"])
    yield d("cs-prot-type", "a crypto session of another Prot type", "hdr.cs[0].prot_type",
            "a TESLA session names an SP of Prot type SRTP", entry(0, prot_type=1, session_data=""), ["RFC6043-6.1.1-06"],
            {"ims-media": ["TS33328-B.1-01"]}, only=CLOSE)
    f0 = all_of["f0"][1]["transfer_init"].deviate
    yield f0("no-policy", "F=0 and a crypto session without policy", "hdr.cs[0].ps", "#P is 0", entry(0, ps=[]),
             ["RFC6043-6.1.1-x06"])
    yield f0("no-spi", "F=0 and a crypto session without SPI", "hdr.cs[1].spi", "the SPI is left out", entry(1, spi=""),
             ["RFC6043-6.1.1-x06"])
    yield f0("no-session-data", "F=0 and an SRTP session without Session Data", "hdr.cs[0].session_data",
             "Session Data is left out", entry(0, session_data=""), ["RFC6043-6.1.1-x06"])


def tickets(all_of):
    p = all_of["plain"][1]["transfer_init"]
    d = p.deviate
    mode3 = all_of["mode3"][1]["transfer_init"].deviate
    yield mode3("flags-d-l", "NOT D without L", "TICKET[0].flags", "L is 0 though D is 0", flag("TICKET", L=0),
                ["RFC6043-6.10-x01"])
    yield mode3("flags-k-d", "K without D", "TICKET[0].flags", "K is 1 though D is 0", flag("TICKET", K=1),
                ["RFC6043-6.10-x06"])
    yield d("flags-g-f", "G without F", "TICKET[0].flags", "F is 0 though G is 1; V is still 1", flag("TICKET", F=0),
            ["RFC6043-6.10-x02", "RFC6043-4.2.2.1-03a"], only=RFC)
    yield d("flags-g-h", "neither G nor H", "TICKET[0].flags", "G and H are 0", flag("TICKET", G=0, H=0),
            ["RFC6043-6.10-x03", "RFC6043-6.10-x04"], only=CLOSE)
    yield all_of["media"][1]["transfer_init"].deviate(
        "flags-i-e", "I without E", "TICKET[0].flags", "E is 0 though I is 1", flag("TICKET", E=0), ["RFC6043-6.10-x05"])
    yield all_of["f0"][1]["transfer_init"].deviate(
        "flags-m-f", "M without F", "TICKET[0].flags", "M is 1 though F is 0", flag("TICKET", M=1), ["RFC6043-6.10-x07"])
    yield d("no-idrr-in-policy", "ticket policy without IDRr", "TICKET[0].tp_data", "IDRr is left out of TP Data",
            without("IDR", 2, TICKET), ["RFC6043-6.10-x10"])
    yield d("policy-order", "IDRi in front of IDRkms", "TICKET[0].tp_data", "IDRi stands in front of IDRkms",
            moved(("IDR", 1), ("IDR", 0), TICKET), ["RFC6043-6.10-x11"])
    yield d("policy-two-tre", "two TRe", "TICKET[0].tp_data.TR[2]", "TRe is there twice", repeated(("TR", 1), TICKET),
            ["RFC6043-6.10-x12"])
    yield d("policy-unexpected", "RAND in TP Data", "TICKET[0].tp_data.RAND[0]", "a RAND payload is added to TP Data",
            added({"payload": "RAND", "rand": some("tp rand", 16)}, before=("TR", 0), inside=TICKET), ["RFC6043-6.10-x13"])
    yield d("ticket-type", "unknown Ticket Type", "TICKET[0].ticket_type", "Ticket Type is 40000",
            member("TICKET", ticket_type=40000), ["RFC6043-6.10-x14"], authentic=None)
    yield d("ticket-version", "unknown ticket version", "TICKET[0].version", "Version of the MIKEY base ticket is 3",
            member("TICKET", version=3), ["RFC6043-6.10-x15"])
    yield d("trs-counter", "TRs as COUNTER", "TICKET[0].tp_data.TR[0].ts_type", "TRs is a COUNTER",
            member("TR", 0, TICKET, ts_type=2), ["RFC6043-6.10-16"])
    yield d("tre-counter", "TRe as COUNTER", "TICKET[0].tp_data.TR[1].ts_type", "TRe is a COUNTER",
            member("TR", 1, TICKET, ts_type=2), ["RFC6043-6.10-17"])
    yield all_of["media-128"][1]["transfer_init"].deviate(
        "trr-ntp", "TRr as NTP", "TICKET[0].tp_data.TR[2].ts_type", "TRr is of TS type NTP",
        member("TR", 2, TICKET, ts_type=1, ts_value="00000e1000000000"), ["RFC6043-6.10-19"])
    yield d("policy-kemac", "KEMAC in a granted Ticket Policy", "TICKET[0].tp_data.KEMAC[0]", "a KEMAC is added to TP Data",
            added(x.kemac(0, []), before=("IDR", 2), inside=TICKET), ["RFC6043-6.10-22"])
    yield d("initiator-data", "Initiator Data without key forking", "TICKET[0].initiator_data", "Vi and Vr are there though I is 0",
            member("TICKET", initiator_data=[x.v(1, "VI"), x.v(1, "VR")]), ["RFC6043-6.10-24"])


def initiator_data(p):
    d = p.deviate

    def initiator(*payloads):
        return member("TICKET", initiator_data=[copy.deepcopy(node) for node in payloads])
    vi, vr, third = x.v(2, "VI"), x.v(2, "VR"), x.v(2, some("third v", 32))
    path = "TICKET[0].initiator_data"

    def remove(model, keys):
        next(n for n in model["payloads"] if n["payload"] == "TICKET").pop("initiator_data")
    yield d("no-initiator-data", "key forking without Initiator Data", path, "Initiator Data is left out", remove,
            ["RFC6043-6.10-24"])
    yield d("vi-differs", "Vi that is not V", f"{path}.V[0].ver_data", "the MAC in Vi is another than that in V",
            initiator(x.v(2, some("other vi", 32)), vr), ["RFC6043-6.10-27"], authentic=False)
    yield d("vi-first", "Initiator Data that begins with a RANDR", f"{path}.RANDR[0]", "a RANDR stands in the place of Vi",
            initiator(x.randr(1, bytes(16)), vr), ["RFC6043-6.10-27", "RFC6043-6.10-x19"], authentic=None)
    yield d("no-vr", "Initiator Data without Vr", f"{path}", "Vr is left out", initiator(vi), ["RFC6043-6.10-28"],
            authentic=False)
    yield d("vr-not-last", "a payload behind Vr", f"{path}.T[0]", "a T payload follows Vr", initiator(vi, vr, x.t(20)),
            ["RFC6043-6.10-28", "RFC6043-6.10-x19"])
    yield d("vr-alg", "another MAC algorithm in Vr", f"{path}.V[1].auth_alg", "Vr uses HMAC-SHA-1-160 and Vi HMAC-SHA-256-256",
            initiator(vi, x.v(1, "VR")), ["RFC6043-6.10-29", "RFC6043-12.1-08"])
    yield d("third-v", "a third V in Initiator Data", f"{path}.V[1]", "a V stands between Vi and Vr",
            initiator(vi, third, vr), ["RFC6043-6.10-x19"])
    yield d("between", "a payload between Vi and Vr", f"{path}.T[0]", "a T payload stands between Vi and Vr",
            initiator(vi, x.t(20), vr), ["RFC6043-6.10-x19"])
    yield d("vi-next", "Next Payload 0 in Vi", f"{path}.V[0].next_payload", "Vi says that it is the last payload, as V does",
            initiator({**vi, "next_payload": 0}, vr), ["RFC6043-6.10-x18"])


def supplied_keys(all_of):
    """KEMACs of the Initiator and the Responder (L=1, M=1)."""
    conversation = Exchange("supplied", "128", ones="DFGHLMNO")
    tek = {"payload": "KEY_DATA", "type": TEK, "kv": 1, "key_data": some("supplied tek", 16), "spi": "0a0b0c0d"}
    tgk = {"payload": "KEY_DATA", "type": 0, "kv": 1, "key_data": some("supplied tgk", 16), "spi": "0a0b0c0e"}
    parents = {}
    for which, sender in (("transfer_init", "I"), ("transfer_resp", "R")):
        model, keys = getattr(conversation, which)(supplied=[tek] if sender == "I" else [tgk])
        initial = {"initial": x.made(conversation.transfer_init(supplied=[tek]))} if sender == "R" else {}
        if initial:
            keys.initial = initial["initial"]
        parents[which] = Draft("ticket_transfer", f"supplied/{which}", f"{which.upper()}: a session key of its sender (L=1, M=1)",
                               model, keys, {"rfc6043": []}, getattr(keeps, which.upper()) + keeps.SUPPLIED,
                               {"exchange": "initial", "sender": sender}, initial, key_values(conversation, which))
        yield parents[which]
        d = parents[which].deviate
        yield d("kemac-mac", f"MAC in the KEMAC of {which.upper()}", "KEMAC[0].mac_alg", "the KEMAC has an HMAC-SHA-1-160",
                member("KEMAC", mac_alg=1, mac="MAC"), ["RFC6043-5.2-10"])
        yield d("encr-alg", f"unknown Encr alg in {which.upper()}", "KEMAC[0].encr_alg", "Encr alg is 100",
                member("KEMAC", encr_alg=100, encr_data=some("unknown", 25)), ["RFC3830-6.2-x02"], authentic=None)
        yield d("mixed", f"AES-CM-256 beside the older algorithms in {which.upper()}", "KEMAC[0].encr_alg",
                "the KEMAC uses AES-CM-256 with PRF func MIKEY-1", member("KEMAC", encr_alg=3), ["RFC6043-12.1-08"])
    null_model, null_keys = conversation.transfer_init(supplied=[tek])
    next(n for n in null_model["payloads"] if n["payload"] == "KEMAC")["encr_alg"] = 0
    null = Draft("ticket_transfer", "supplied-null/transfer_init", "TRANSFER_INIT: a session key without encryption", null_model,
                 null_keys, {"rfc6043": []}, keeps.TRANSFER_INIT + keeps.SUPPLIED + ["RFC6043-6.2.1-02"],
                 {"exchange": "initial", "sender": "I"}, {}, key_values(conversation, "transfer_init"))
    yield null

    def interval(model, keys):
        node = next(n for n in model["payloads"] if n["payload"] == "KEMAC")["encr_data"][0]
        node.update(kv=2, valid_from="000000000001", valid_to="00000000ffff")
    yield null.deviate("interval", "a visible TEK with an interval in place of an SPI", "KEMAC[0].encr_data.KEY_DATA[0].kv",
                       "KV is Interval", interval, ["RFC6043-6.2.1-02"])


def transfer_resp(p, all_of):
    d = p.deviate
    media = all_of["media"][1]["transfer_resp"].deviate
    ims = ("ims-media", "ims-mixed")
    yield d("version", "TRANSFER_RESP of MIKEY version 255", "hdr.version", "version is 255", header(version=255),
            ["RFC3830-6.1-x05"])
    yield d("no-t", "TRANSFER_RESP without T", "T[0]", "T is left out", without("T"), ["RFC6043-4.2.2.3-x01"])
    yield d("v-flag", "V flag 1 in TRANSFER_RESP", "hdr.v", "V is 1", header(v=1), ["RFC6043-4.2.2.3-02a"])
    yield d("no-policy", "#P 0 in TRANSFER_RESP", "hdr.cs[0].ps", "#P of an SRTP session is 0", entry(0, ps=[]),
            ["RFC6043-4.2.2.3-03", "RFC6043-6.1.1-02"])
    yield d("two-policies", "#P 2 in TRANSFER_RESP", "hdr.cs[0].ps", "#P of an SRTP session is 2", entry(0, ps=[0, 1]),
            ["RFC6043-4.2.2.3-03", "RFC6043-6.1.1-02"])
    yield d("no-session-data", "no Session Data in TRANSFER_RESP", "hdr.cs[0].session_data", "Session Data is left out",
            entry(0, session_data=""), ["RFC6043-6.1.1-07b"])
    yield d("session-data-4", "S=1 with an SSRC alone in TRANSFER_RESP", "hdr.cs[0].s", "S is 1 with 4 octets of Session Data",
            entry(0, s=1), ["RFC6043-6.1.1-x04b"])
    yield d("session-data-11", "Session Data of 11 octets in TRANSFER_RESP", "hdr.cs[1].session_data",
            "Session Data is 11 octets long", entry(1, session_data="00" * 11), ["RFC6043-6.1.1-x04b"])
    yield d("no-spi", "no SPI in TRANSFER_RESP", "hdr.cs[1].spi", "the SPI is left out", entry(1, spi=""),
            ["RFC6043-6.1.1-09b"])
    yield d("same-cs-id", "two crypto sessions with one CS ID", "hdr.cs[1].cs_id", "CS ID of the second is 1",
            entry(1, cs_id=1), ["RFC6043-6.1.1-x03"])
    yield d("prot-type", "unassigned Prot type in TRANSFER_RESP", "hdr.cs[0].prot_type", "Prot type is 240",
            entry(0, prot_type=240, session_data=""), ["RFC6043-6.1.1-x05"], {"ims-media": ["TS33328-B.1-01"]})
    yield d("sp-prot-type", "a policy of another Prot type in TRANSFER_RESP", "SP[0]",
            "the message's own SP 0, which the SRTP sessions name, is of Prot type TESLA",
            added(x.sp(0, 1, []), before=("V", 0)), ["RFC6043-6.1.1-06"])
    yield d("no-v", "TRANSFER_RESP without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.2.3-18"],
            authentic=None)
    yield d("v-not-last", "a payload behind V", "GENERAL_EXT[0]", "a General Extension follows V",
            added(VENDOR, after=("V", 0)), ["RFC6043-4.2.2.3-18"])
    yield d("null-mac", "NULL MAC in V", "V[0].auth_alg", "Auth alg is NULL", member("V", auth_alg=0, ver_data=""),
            ["RFC6043-4.2-x01"], authentic=False)
    yield d("order", "RANDRr in front of T", "RANDR[0]", "RANDRr stands in front of T", moved(("RANDR", 0), ("T", 0)),
            ["RFC6043-4.2-x02"])
    yield media("order-ids", "RANDRkms in front of IDRr", "RANDR[1]", "RANDRkms stands in front of IDRr",
                moved(("RANDR", 1), ("IDR", 0)), ["RFC6043-4.2-x02"])
    yield d("two-randrr", "two RANDRr payloads", "RANDR[1]", "RANDRr is there twice", repeated(("RANDR", 0)),
            ["RFC6043-4.2-x03"])
    yield d("unexpected-idri", "IDRi in TRANSFER_RESP", "IDR[0]", "an IDRi payload is added",
            added(x.idr(1, "alice@example.com"), before=("V", 0)), ["RFC6043-4.2-x04"])
    yield d("unexpected-randri", "RANDRi in TRANSFER_RESP", "RANDR[0]", "a RANDRi payload is added",
            added(x.randr(1, bytes.fromhex(some("again", 16))), after=("T", 0)), ["RFC6043-4.2-x04"])
    yield d("plain-id", "ID in place of IDR", "ID[0]", "a plain ID payload is added", added(PLAIN_ID, before=("V", 0)),
            ["RFC6043-6.6-01"])
    yield d("srtp-id-map", "SRTP-ID map in TRANSFER_RESP", "hdr.cs_id_map_type", "the crypto sessions stand in an SRTP-ID map",
            header(cs_id_map_type=0, cs=[{"policy_no": 0, "ssrc": 0x11111111, "roc": 0}]),
            ["RFC6043-6.1-03", "RFC6043-6.1-04"], D02)
    yield d("empty-map", "Empty map in TRANSFER_RESP", "hdr.cs_id_map_type", "the map type is Empty map",
            header(cs_id_map_type=1), ["RFC6043-6.1-03"], D02)
    yield d("mixed", "HMAC-SHA-256-256 beside the older algorithms", "V[0].auth_alg",
            "V uses HMAC-SHA-256-256 with PRF func MIKEY-1", member("V", auth_alg=2), ["RFC6043-12.1-08"])
    yield media("no-idrr", "TRANSFER_RESP without the modifier's IDRr", "IDR[0]", "IDRr is left out", without("IDR"),
                ["RFC6043-4.2.2.3-10", "TS33328-6.2.3.6-02"], only=ims)
    yield media("no-randrkms", "TRANSFER_RESP without the modifier's RANDRkms", "RANDR[1]", "RANDRkms is left out",
                without("RANDR", 1), ["RFC6043-4.2.2.3-12"], only=ims)
    yield media("short-randrkms", "RANDRkms of 8 octets", "RANDR[1].rand", "RANDRkms is 8 octets long",
                member("RANDR", 1, rand=some("short kms", 8)), ["RFC3830-6.11-02"])
