"""Broken Ticket Request messages (RFC 6043 4.2.1, 6.10)."""

from . import exchange as x
from .deviations import (PLAIN_ID, VENDOR, added, both, flag, header, keyed, member, moved, repeated, some, without)
from .families import FORKING, PINNED, family
from .exchange import Exchange

TP = ("TP", "tp_data")
TICKET = ("TICKET", "tp_data")


def drafts(all_of):
    yield from request_init(all_of["plain"][1]["request_init"])
    yield from policy_flags(all_of["plain"][1]["request_init"])
    yield from policy_data(all_of)
    yield from request_init_pk(all_of["pk"][1]["request_init"])
    yield from request_resp(all_of["plain"][1]["request_resp"])
    yield from request_resp_keys(all_of)


def request_init(p):
    d = p.deviate
    yield d("version", "REQUEST_INIT of MIKEY version 2", "hdr.version", "version is 2", header(version=2),
            ["RFC3830-6.1-x05"])
    yield d("data-type", "data type 27, which nobody assigned", "hdr.data_type", "data type is 27", header(data_type=27),
            profiles={"rfc6043": ["RFC3830-6.1-x06"]}, authentic=None)
    yield d("no-t", "REQUEST_INIT without T", "T[0]", "T is left out", without("T"), ["RFC6043-4.2.1.1-01"])
    yield d("no-randri", "REQUEST_INIT without RANDRi", "RANDR[0]", "RANDRi is left out",
            both(without("RANDR"), keyed(rand_i=b"")), ["RFC6043-4.2.1.1-01"])
    yield d("no-tp", "REQUEST_INIT without TP", "TP[0]", "TP is left out", without("TP"),
            profiles={"rfc6043": ["RFC6043-4.2.1.1-x01"], "ims-media": ["RFC6043-4.2.1.1-x01"]})
    yield d("v-flag", "V flag 0 in REQUEST_INIT", "hdr.v", "V is 0", header(v=0), ["RFC6043-4.2.1.1-03a"])
    yield d("generic-map", "GENERIC-ID map in REQUEST_INIT", "hdr.cs_id_map_type", "the map type is GENERIC-ID, with no entries",
            header(cs_id_map_type=2, cs=[]), ["RFC6043-4.2.1.1-04"])
    yield d("num-cs", "#CS 1 in REQUEST_INIT", "hdr.num_cs", "#CS is 1 with the Empty map", header(num_cs=1),
            ["RFC6043-4.2.1.1-04"])
    yield d("crypto-session", "a crypto session in REQUEST_INIT", "hdr.cs", "a GENERIC-ID map with one SRTP crypto session",
            header(cs_id_map_type=2, cs=[x.srtp(1, 0x01020304, ())]), ["RFC6043-4.2.1.1-04"])
    yield d("srtp-id-map", "SRTP-ID map in REQUEST_INIT", "hdr.cs_id_map_type", "the map type is SRTP-ID, with no entries",
            header(cs_id_map_type=0, cs=[]), ["RFC6043-4.2.1.1-04"])
    yield d("no-idrkms", "REQUEST_INIT without IDRkms", "IDR[1]", "IDRkms is left out", without("IDR", 1),
            ["RFC6043-4.2.1.1-06"])
    yield d("no-idri", "REQUEST_INIT_PSK without IDRi", "IDR[0]", "IDRi is left out", without("IDR", 0),
            ["RFC6043-4.2.1.2-01"])
    yield d("no-v", "REQUEST_INIT_PSK without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.1.2-03"],
            authentic=None)
    yield d("v-not-last", "a payload behind V", "GENERAL_EXT[0]", "a General Extension follows V",
            added(VENDOR, after=("V", 0)), ["RFC6043-4.2.1.2-03"])
    yield d("null-mac", "NULL MAC in V", "V[0].auth_alg", "Auth alg is NULL", member("V", auth_alg=0, ver_data=""),
            ["RFC6043-4.2-x01"], authentic=False)
    yield d("order-t", "RANDRi in front of T", "RANDR[0]", "RANDRi stands in front of T", moved(("RANDR", 0), ("T", 0)),
            ["RFC6043-4.2-x02"])
    yield d("order-ids", "IDRkms in front of IDRi", "IDR[0]", "IDRkms stands in front of IDRi",
            moved(("IDR", 1), ("IDR", 0)), ["RFC6043-4.2-x02"])
    yield d("two-t", "two T payloads", "T[1]", "T is there twice", repeated(("T", 0)), ["RFC6043-4.2-x03"])
    yield d("two-idrkms", "two IDRkms payloads", "IDR[2]", "IDRkms is there twice", repeated(("IDR", 1)),
            ["RFC6043-4.2-x03"])
    yield d("unexpected-randrkms", "RANDRkms in REQUEST_INIT", "RANDR[1]", "a RANDRkms payload is added",
            added(x.randr(3, bytes.fromhex(some("randrkms", 16))), after=("RANDR", 0)), ["RFC6043-4.2-x04"])
    yield d("unexpected-cert", "CERT in REQUEST_INIT_PSK", "CERT[0]", "a CERT payload is added",
            added(x.cert("initiator", 1), after=("IDR", 0)), ["RFC6043-4.2-x04"])
    yield d("sp", "SP with the Empty map", "SP[0]", "an SP payload is added", added(x.sp(), after=("IDR", 1)),
            ["RFC6043-4.2-x04", "RFC4563-5-01"])
    yield d("plain-id", "ID in place of IDR", "ID[0]", "a plain ID payload is added", added(PLAIN_ID, after=("IDR", 1)),
            ["RFC6043-6.6-01"])
    yield d("prf", "unknown PRF func in HDR", "hdr.prf_func", "PRF func of HDR is 77",
            both(header(prf_func=77), keyed(prf=0)), ["RFC6043-6.1-x01"], authentic=None)
    yield d("tp-prf", "unknown PRF func in TP", "TP[0].prf_func", "PRF func of TP is 77", member("TP", prf_func=77),
            ["RFC6043-6.1-x01"])
    yield d("short-rand", "RANDRi of 8 octets", "RANDR[0].rand", "RANDRi is 8 octets long",
            both(member("RANDR", rand=some("short", 8)), keyed(rand_i=bytes.fromhex(some("short", 8)))),
            ["RFC3830-6.11-02"])
    yield d("mixed-v", "HMAC-SHA-256-256 beside the older algorithms", "V[0].auth_alg",
            "V uses HMAC-SHA-256-256 with PRF func MIKEY-1", member("V", auth_alg=2), ["RFC6043-12.1-08"])
    yield d("mixed-tp", "256-bit PRF in a TP beside the older algorithms", "TP[0].prf_func",
            "PRF func of TP is PRF-HMAC-SHA-256 in a message that uses MIKEY-1", member("TP", prf_func=1), ["RFC6043-12.1-08"])


def policy_flags(p):
    d, rfc = p.deviate, ("rfc6043",)
    yield d("flag-d", "D=0 asked of a KMS", "TP[0].flags", "D is 0 and L is 1", flag("TP", D=0, L=1), ["RFC6043-6.10-x16"])
    yield d("flags-d-l", "NOT D without L", "TP[0].flags", "D is 0 though L is 0", flag("TP", D=0),
            ["RFC6043-6.10-x01", "RFC6043-6.10-x16"])
    yield d("flags-g-f", "G without F", "TP[0].flags", "F is 0 though G is 1", flag("TP", F=0),
            profiles={"rfc6043": ["RFC6043-6.10-x02"],
                      "ims-media": ["RFC6043-6.10-x02", PINNED, FORKING, "TS33328-D-01"]})
    yield d("flags-g-h", "neither G nor H", "TP[0].flags", "G and H are 0", flag("TP", G=0, H=0),
            ["RFC6043-6.10-x03", "RFC6043-6.10-x04"], only=("rfc6043", "ims-media"))
    yield d("flags-i-e", "I without E", "TP[0].flags", "I is 1 though E is 0", flag("TP", I=1),
            profiles={"rfc6043": ["RFC6043-6.10-x05"], "ims-media": ["RFC6043-6.10-x05", PINNED]})
    yield d("flag-k", "K in a TP payload", "TP[0].flags", "K is 1", flag("TP", K=1), ["RFC6043-6.10-09a"])
    yield d("flags-k-d", "K without D", "TP[0].flags", "K and L are 1 and D is 0", flag("TP", K=1, D=0, L=1),
            ["RFC6043-6.10-x06", "RFC6043-6.10-09a", "RFC6043-6.10-x16"])
    yield d("flags-m-f", "M without F", "TP[0].flags", "F and G are 0 and M is 1", flag("TP", F=0, G=0, M=1),
            ["RFC6043-6.10-x07"], only=rfc)
    yield d("flags-forked-tgk", "F=0 with I=1 and a TGK in the request", "TP[0].flags",
            "F and G are 0, E and I are 1, and the KEMAC asks for a TGK", flag("TP", F=0, G=0, E=1, I=1),
            ["RFC6043-6.10-01"], only=rfc)


def policy_data(all_of):
    p, rekey = all_of["plain"][1]["request_init"], all_of["media-128"][1]["request_init"]
    d = p.deviate
    yield d("tp-no-idrr", "TP Data without IDRr", "TP[0].tp_data", "IDRr is left out of TP Data", without("IDR", 2, TP),
            ["RFC6043-6.10-x10"])
    yield d("tp-order-times", "TRe in front of TRs", "TP[0].tp_data", "TRe stands in front of TRs",
            moved(("TR", 1), ("TR", 0), TP), ["RFC6043-6.10-x11"])
    yield d("tp-order-idrr", "IDRr in front of the rest", "TP[0].tp_data", "IDRr stands in front of IDRkms",
            moved(("IDR", 2), ("IDR", 0), TP), ["RFC6043-6.10-x11"])
    yield d("tp-two-trs", "two TRs", "TP[0].tp_data.TR[1]", "TRs is there twice", repeated(("TR", 0), TP),
            ["RFC6043-6.10-x12"])
    yield d("tp-two-kemac", "two KEMACs in TP Data", "TP[0].tp_data.KEMAC[1]", "KEMAC is there twice",
            repeated(("KEMAC", 0), TP), ["RFC6043-6.10-x12"])
    yield d("tp-two-idri", "two IDRi in TP Data", "TP[0].tp_data.IDR[2]", "IDRi is there twice", repeated(("IDR", 1), TP),
            ["RFC6043-6.10-x12"])
    yield d("tp-t", "T in TP Data", "TP[0].tp_data.T[0]", "a T payload is added to TP Data",
            added(x.t(0), before=("TR", 0), inside=TP), ["RFC6043-6.10-x13"])
    yield d("tp-idrpsk", "IDRpsk in TP Data", "TP[0].tp_data.IDR[2]", "an IDRpsk payload is added to TP Data",
            added(x.idr(4, "b-tid@bsf.example.com", x.BYTES), before=("TR", 0), inside=TP), ["RFC6043-6.10-x13"])
    yield d("tp-tri", "TRi in TP Data", "TP[0].tp_data.TR[0]", "a TRi payload is added to TP Data",
            added(x.tr(1, 0), before=("TR", 0), inside=TP), ["RFC6043-6.10-x13"])
    yield d("ticket-type", "unknown Ticket Type", "TP[0].ticket_type", "Ticket Type is 500", member("TP", ticket_type=500),
            ["RFC6043-6.10-x14"])
    yield d("ticket-version", "unknown ticket version", "TP[0].version", "Version of the MIKEY base ticket is 2",
            member("TP", version=2), ["RFC6043-6.10-x15"])
    yield d("ticket-subtype", "unknown ticket subtype", "TP[0].subtype", "Subtype of the MIKEY base ticket is 0",
            member("TP", subtype=0), ["RFC6043-6.10-x15"])
    yield d("trs-counter", "TRs as COUNTER", "TP[0].tp_data.TR[0].ts_type", "TRs is a COUNTER",
            member("TR", 0, TP, ts_type=2), ["RFC6043-6.10-16"])
    yield d("tre-counter", "TRe as COUNTER", "TP[0].tp_data.TR[1].ts_type", "TRe is a COUNTER",
            member("TR", 1, TP, ts_type=2), ["RFC6043-6.10-17"])
    yield rekey.deviate("trr-ntp", "TRr as NTP-UTC", "TP[0].tp_data.TR[2].ts_type", "TRr is of TS type NTP-UTC",
                        member("TR", 2, TP, ts_type=0, ts_value="00000e1000000000"), ["RFC6043-6.10-19"])
    yield rekey.deviate("trr-counter", "TRr as COUNTER", "TP[0].tp_data.TR[2].ts_type", "TRr is a COUNTER",
                        member("TR", 2, TP, ts_type=2), ["RFC6043-6.10-19"])
    yield d("tp-kemac-encr", "encrypted KEMAC in TP Data", "TP[0].tp_data.KEMAC[0].encr_alg",
            "the KEMAC of TP Data uses AES-CM-128", member("KEMAC", 0, TP, encr_alg=1, encr_data=some("tp kemac", 25)),
            ["RFC6043-6.10-20"], only=("rfc6043", "ims-media"))
    yield d("tp-kemac-mac", "KEMAC with a MAC in TP Data", "TP[0].tp_data.KEMAC[0].mac_alg",
            "the KEMAC of TP Data has an HMAC-SHA-1-160", member("KEMAC", 0, TP, mac_alg=1, mac=some("tp mac", 20)),
            ["RFC6043-6.10-20"])

    def key_octets(model, keys):
        x_kemac = next(n for n in next(m for m in model["payloads"] if m["payload"] == "TP")["tp_data"]
                       if n["payload"] == "KEMAC")
        x_kemac["encr_data"][0]["key_data"] = some("key in request", 16)
    yield d("tp-key-data", "key octets in the request", "TP[0].tp_data.KEMAC[0].encr_data.KEY_DATA[0].key_data",
            "Key Data is not zero", key_octets, ["RFC6043-6.10-21a"])

    def salt_octets(model, keys):
        tp = next(m for m in model["payloads"] if m["payload"] == "TP")
        next(n for n in tp["tp_data"] if n["payload"] == "KEMAC")["encr_data"][1]["salt_data"] = some("salt", 14)
    yield all_of["all-keys"][1]["request_init"].deviate(
        "tp-salt-data", "salt octets in the request", "TP[0].tp_data.KEMAC[0].encr_data.KEY_DATA[1].salt_data",
        "the salt of the TGK+SALT is not zero", salt_octets, ["RFC6043-6.10-21a"])


def request_init_pk(p):
    d = p.deviate
    yield d("no-cert", "REQUEST_INIT_PK without CERT", "CERT[0]", "both CERT payloads are left out",
            both(without("CERT", 0), without("CERT", 0)), ["RFC6043-4.2.1.3-01"])
    yield d("no-idri", "REQUEST_INIT_PK without IDRi", "IDR[0]", "IDRi is left out", without("IDR", 0),
            ["RFC6043-4.2.1.3-01"])
    yield d("no-pke", "REQUEST_INIT_PK without PKE", "PKE[0]", "PKE is left out", without("PKE"), ["RFC6043-4.2.1.3-x01"])
    yield d("no-sign", "REQUEST_INIT_PK without SIGN", "SIGN[0]", "SIGN is left out", without("SIGN"),
            ["RFC6043-4.2.1.3-x02"], authentic=None)
    yield d("v-flag", "V flag 0 in REQUEST_INIT_PK", "hdr.v", "V is 0", header(v=0), ["RFC6043-4.2.1.1-03a"])
    yield d("order-chash", "PKE in front of CHASH", "PKE[0]", "PKE stands in front of CHASH",
            moved(("PKE", 0), ("CHASH", 0)), ["RFC6043-4.2-x02"])
    yield d("two-pke", "two PKE payloads", "PKE[1]", "PKE is there twice", repeated(("PKE", 0)), ["RFC6043-4.2-x03"])


def request_resp(p):
    d = p.deviate
    iv_time = keyed(iv_time=(0, bytes.fromhex(x.t(10)["ts_value"])))
    yield d("no-t", "REQUEST_RESP without T", "T[0]", "T is left out; the IV still uses its value", both(without("T"), iv_time),
            ["RFC6043-4.2.1.5-x01"], authentic=None)
    yield d("no-ticket", "REQUEST_RESP without TICKET", "TICKET[0]", "TICKET is left out", without("TICKET"),
            profiles={"rfc6043": ["RFC6043-4.2.1.5-x01"], "ims-media": ["RFC6043-4.2.1.5-x01"]})
    yield d("no-kemac", "REQUEST_RESP without KEMAC", "KEMAC[0]", "KEMAC is left out", without("KEMAC"),
            ["RFC6043-4.2.1.5-x01"])
    yield d("num-cs", "#CS 2 in REQUEST_RESP", "hdr.num_cs", "#CS is 2", header(num_cs=2), ["RFC6043-4.2.1.5-01"])
    yield d("generic-map", "GENERIC-ID map in REQUEST_RESP", "hdr.cs_id_map_type",
            "the map type is GENERIC-ID, with no entries", header(cs_id_map_type=2, cs=[]), ["RFC6043-4.2.1.5-01"])
    yield d("v-flag", "V flag 1 in REQUEST_RESP", "hdr.v", "V is 1", header(v=1), ["RFC6043-4.2.1.5-02a"])
    yield d("kemac-mac", "MAC in the KEMAC of REQUEST_RESP", "KEMAC[0].mac_alg", "the KEMAC has an HMAC-SHA-1-160",
            member("KEMAC", mac_alg=1, mac="MAC"), ["RFC6043-4.2.1.5-05"])
    yield d("no-v", "REQUEST_RESP without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.1.5-11"],
            authentic=None)
    yield d("v-not-last", "a payload behind V", "GENERAL_EXT[0]", "a General Extension follows V",
            added(VENDOR, after=("V", 0)), ["RFC6043-4.2.1.5-11"])
    yield d("null-mac", "NULL MAC in V", "V[0].auth_alg", "Auth alg is NULL", member("V", auth_alg=0, ver_data=""),
            ["RFC6043-4.2-x01"], authentic=False)
    yield d("order", "KEMAC in front of TICKET", "KEMAC[0]", "KEMAC stands in front of TICKET",
            moved(("KEMAC", 0), ("TICKET", 0)), ["RFC6043-4.2-x02"])
    yield d("two-idrkms", "two IDRkms payloads", "IDR[1]", "IDRkms is there twice", repeated(("IDR", 0)),
            ["RFC6043-4.2-x03"])
    yield d("unexpected", "IDRi in REQUEST_RESP", "IDR[0]", "an IDRi payload is added",
            added(x.idr(1, "alice@example.com"), before=("IDR", 0)), ["RFC6043-4.2-x04"])
    yield d("encr-alg", "unknown Encr alg", "KEMAC[0].encr_alg", "Encr alg is 200",
            member("KEMAC", encr_alg=200, encr_data=some("unknown cipher", 50)), ["RFC3830-6.2-x02"], authentic=None)
    yield d("mixed-kemac", "AES-CM-256 beside the older algorithms", "KEMAC[0].encr_alg",
            "the KEMAC uses AES-CM-256 with PRF func MIKEY-1", member("KEMAC", encr_alg=3), ["RFC6043-12.1-08"])
    yield d("ticket-d", "D=0 in a granted ticket", "TICKET[0].flags", "D is 0 and L is 1", flag("TICKET", D=0, L=1),
            ["RFC6043-6.10-x17"])
    yield d("ticket-d-l", "NOT D without L in a granted ticket", "TICKET[0].flags", "D is 0 though L is 0",
            flag("TICKET", D=0), ["RFC6043-6.10-x17", "RFC6043-6.10-x01"])
    yield d("ticket-g-f", "G without F in a granted ticket", "TICKET[0].flags", "F is 0 though G is 1",
            flag("TICKET", F=0), ["RFC6043-6.10-x02"], only=("rfc6043",))
    yield d("ticket-kemac", "KEMAC in a granted Ticket Policy", "TICKET[0].tp_data.KEMAC[0]",
            "the KEMAC of the request is still in TP Data",
            added(x.kemac(0, [{"payload": "KEY_DATA", "type": 0, "kv": 1, "key_data": "00" * 16, "spi": "01020304"}]),
                  before=("IDR", 2), inside=TICKET), ["RFC6043-6.10-22"], only=("rfc6043", "ims-media"))
    yield d("ticket-no-idrr", "granted policy without IDRr", "TICKET[0].tp_data", "IDRr is left out of TP Data",
            without("IDR", 2, TICKET), ["RFC6043-6.10-x10"])
    yield d("ticket-prf", "unknown PRF func in the ticket", "TICKET[0].prf_func", "PRF func of TICKET is 77",
            both(member("TICKET", prf_func=77), keyed(prf=0)), ["RFC6043-6.1-x01"], authentic=None)
    yield d("ticket-type", "unknown Ticket Type", "TICKET[0].ticket_type", "Ticket Type is 999",
            member("TICKET", ticket_type=999), ["RFC6043-6.10-x14"], authentic=None)
    yield d("two-tickets", "REQUEST_RESP with two TICKET payloads", "TICKET[1]", "TICKET is there twice",
            repeated(("TICKET", 0)), ["RFC6043-4.2-x03"])


def request_resp_keys(all_of):
    forked = all_of["media"][1]["request_resp"]
    yield forked.deviate("initiator-data", "Initiator Data in a granted ticket", "TICKET[0].initiator_data",
                         "the KMS inserts Vi and Vr",
                         member("TICKET", initiator_data=[x.v(2, some("vi", 32)), x.v(2, "VR")]), ["RFC6043-6.10-24"])
    null = Exchange("null", encr_alg=0)
    made = family(null, "null", "KEMACs without encryption", {"": {"rfc6043": []}}, ("request_resp", "resolve_init"),
                  also={"request_resp": ["RFC6043-6.2.1-02", "RFC6043-6.10-01"],
                        "resolve_init": ["RFC6043-6.2.1-02", "RFC6043-6.10-01"]})
    yield from made.values()
    all_of["null"] = (null, made)

    def mpk(**members):
        def change(model, keys):
            next(n for n in model["payloads"] if n["payload"] == "KEMAC")["encr_data"][0].update(members)
        return change

    def session_key(**members):
        def change(model, keys):
            next(n for n in model["payloads"] if n["payload"] == "KEMAC")["encr_data"][1].update(members)
        return change
    d, path = made["request_resp"].deviate, "KEMAC[0].encr_data.KEY_DATA[0].kv"
    yield d("mpk-kv-null", "MPK without SPI", path, "KV of the MPK is Null", mpk(kv=0), ["RFC6043-6.2.1-02"])
    yield d("tgk-kv-interval", "TGK with an interval", "KEMAC[0].encr_data.KEY_DATA[1].kv", "KV of the TGK is Interval",
            session_key(kv=2, valid_from="000000000000", valid_to="0000ffffffff"), ["RFC6043-6.2.1-02"])
    yield d("tgk-empty-spi", "TGK with an empty SPI", "KEMAC[0].encr_data.KEY_DATA[1].spi", "the SPI of the TGK has no octets",
            session_key(spi=""), ["RFC6043-6.2.1-02"])
