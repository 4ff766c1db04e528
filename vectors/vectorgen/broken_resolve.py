"""Broken Ticket Resolve messages and base tickets (RFC 6043 4.2.3, A)."""

from . import exchange as x
from .deviations import (PLAIN_ID, VENDOR, added, both, header, keyed, member, moved, repeated, some, without)
from .exchange import GTGK, MESSAGE_FLAGS, Exchange
from .families import family

DATA = ("TICKET", "ticket_data")
IDATA = ("TICKET", "initiator_data")


def drafts(all_of):
    yield from resolve_init(all_of["plain"][1]["resolve_init"], all_of)
    yield from ticket_data(all_of["plain"][1]["resolve_init"])
    yield all_of["media"][1]["resolve_init"].deviate(
        "data-junk", "Ticket Data of the 3GPP base ticket that is no chain", "TICKET[0].ticket_data",
        "Ticket Data ends in the middle of its T payload", member("TICKET", ticket_data="0500000000e93e5a"), ["RFC6043-A.1-01"],
        authentic=None)
    yield from visible_keys(all_of)
    yield from resolve_resp(all_of["plain"][1]["resolve_resp"], all_of)


def resolve_init(p, all_of):
    d, pk = p.deviate, all_of["pk"][1]["resolve_init"].deviate
    media = all_of["media"][1]["resolve_init"].deviate
    yield d("no-t", "RESOLVE_INIT without T", "T[0]", "T is left out", without("T"), ["RFC6043-4.2.3.1-01"])
    yield d("no-randrr", "RESOLVE_INIT without RANDRr", "RANDR[0]", "RANDRr is left out",
            both(without("RANDR"), keyed(rand_r=b"")), ["RFC6043-4.2.3.1-01"])
    yield d("no-ticket", "RESOLVE_INIT without TICKET", "TICKET[0]", "TICKET is left out", without("TICKET"),
            profiles={"rfc6043": ["RFC6043-4.2.3.1-x01"], "ims-media": ["RFC6043-4.2.3.1-x01"]})
    yield d("v-flag", "V flag 0 in RESOLVE_INIT", "hdr.v", "V is 0", header(v=0), ["RFC6043-4.2.3.1-03a"])
    yield d("num-cs", "#CS 1 in RESOLVE_INIT", "hdr.num_cs", "#CS is 1 with the Empty map", header(num_cs=1),
            ["RFC6043-4.2.3.1-04"])
    yield d("generic-map", "GENERIC-ID map in RESOLVE_INIT", "hdr.cs_id_map_type", "the map type is GENERIC-ID, with no entries",
            header(cs_id_map_type=2, cs=[]), ["RFC6043-4.2.3.1-04"])
    yield d("no-idrkms", "RESOLVE_INIT without IDRkms", "IDR[1]", "IDRkms is left out", without("IDR", 1),
            ["RFC6043-4.2.3.1-05"])
    yield d("no-idrr", "RESOLVE_INIT_PSK without IDRr", "IDR[0]", "IDRr is left out", without("IDR", 0),
            ["RFC6043-4.2.3.2-01"])
    yield d("no-v", "RESOLVE_INIT_PSK without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.3.2-03"],
            authentic=None)
    yield d("v-not-last", "a payload behind V", "GENERAL_EXT[0]", "a General Extension follows V",
            added(VENDOR, after=("V", 0)), ["RFC6043-4.2.3.2-03"])
    yield d("null-mac", "NULL MAC in V", "V[0].auth_alg", "Auth alg is NULL", member("V", auth_alg=0, ver_data=""),
            ["RFC6043-4.2-x01"], authentic=False)
    yield d("order", "TICKET in front of IDRr", "TICKET[0]", "TICKET stands in front of IDRr",
            moved(("TICKET", 0), ("IDR", 0)), ["RFC6043-4.2-x02"])
    yield d("two-idrpsk", "two IDRpsk payloads", "IDR[3]", "IDRpsk is there twice", repeated(("IDR", 2)),
            ["RFC6043-4.2-x03"])
    yield d("unexpected", "RANDRi in RESOLVE_INIT", "RANDR[1]", "a RANDRi payload is added",
            added(x.randr(1, bytes.fromhex(some("randri", 16))), after=("RANDR", 0)), ["RFC6043-4.2-x04"])
    yield d("plain-id", "ID in place of IDR", "ID[0]", "a plain ID payload is added", added(PLAIN_ID, after=("IDR", 1)),
            ["RFC6043-6.6-01"])
    yield d("mixed", "HMAC-SHA-256-256 beside the older algorithms", "V[0].auth_alg",
            "V uses HMAC-SHA-256-256 with PRF func MIKEY-1", member("V", auth_alg=2), ["RFC6043-12.1-08"])
    yield pk("no-cert", "RESOLVE_INIT_PK without CERT", "CERT[0]", "both CERT payloads are left out",
             both(without("CERT", 0), without("CERT", 0)), ["RFC6043-4.2.3.3-01"])
    yield pk("no-idrr", "RESOLVE_INIT_PK without IDRr", "IDR[0]", "IDRr is left out", without("IDR", 0),
             ["RFC6043-4.2.3.3-01"])
    yield pk("no-pke", "RESOLVE_INIT_PK without PKE", "PKE[0]", "PKE is left out", without("PKE"), ["RFC6043-4.2.3.3-x01"])
    yield pk("no-sign", "RESOLVE_INIT_PK without SIGN", "SIGN[0]", "SIGN is left out", without("SIGN"),
             ["RFC6043-4.2.3.3-x02"], authentic=None)

    def no_initiator_data(model, keys):
        next(n for n in model["payloads"] if n["payload"] == "TICKET").pop("initiator_data")
    yield media("no-initiator-data", "a forked ticket without Initiator Data", "TICKET[0].initiator_data",
                "the Responder drops the Initiator Data", no_initiator_data, ["RFC6043-6.10-24"])
    yield media("no-vr", "Initiator Data without Vr", "TICKET[0].initiator_data", "Vr is left out", without("V", 1, IDATA),
                ["RFC6043-6.10-28"], authentic=False)
    yield media("vr-alg", "another MAC algorithm in Vr", "TICKET[0].initiator_data.V[1].auth_alg", "Vr uses HMAC-SHA-1-160",
                member("V", 1, IDATA, auth_alg=1, ver_data="VR"), ["RFC6043-6.10-29", "RFC6043-12.1-08"])


def ticket_data(p):
    """Rules on Ticket Data, judged because the TPK is at hand (context tpk_at_hand)."""
    d, at = p.deviate, "TICKET[0].ticket_data"
    own_t = keyed(iv_time=(0, bytes.fromhex(x.t(10)["ts_value"])))
    yield d("data-no-t", "base ticket without T", f"{at}.T[0]", "T is left out of Ticket Data; the IV still uses its value",
            both(without("T", 0, DATA), own_t), ["RFC6043-A-x01"], authentic=None)
    yield d("data-no-rand", "base ticket without RAND", f"{at}.RAND[0]", "RAND is left out of Ticket Data",
            without("RAND", 0, DATA), ["RFC6043-A-x01"])
    yield d("data-no-kemac", "base ticket without KEMAC", f"{at}.KEMAC[0]", "KEMAC is left out of Ticket Data",
            without("KEMAC", 0, DATA), ["RFC6043-A-x01"])
    yield d("data-no-v", "base ticket without V", f"{at}.V[0]", "V is left out of Ticket Data", without("V", 0, DATA),
            ["RFC6043-A.1-07"], authentic=False)
    yield d("data-v-not-last", "base ticket with a payload behind V", f"{at}.IDR[0]", "IDRpsk stands behind V",
            moved(("V", 0), ("IDR", 0), DATA), ["RFC6043-A.1-07"], authentic=None)
    yield d("data-order", "base ticket in another order", f"{at}.KEMAC[0]", "KEMAC stands in front of RAND",
            moved(("KEMAC", 0), ("RAND", 0), DATA), ["RFC6043-A-x02"])
    yield d("data-order-idrpsk", "IDRpsk in front of T", f"{at}.IDR[0]", "IDRpsk stands in front of T",
            moved(("IDR", 0), ("T", 0), DATA), ["RFC6043-A-x02"])
    yield d("data-two-rand", "base ticket with two RAND", f"{at}.RAND[1]", "RAND is there twice", repeated(("RAND", 0), DATA),
            ["RFC6043-A-x03"])
    yield d("data-two-idrpsk", "base ticket with two IDRpsk", f"{at}.IDR[1]", "IDRpsk is there twice",
            repeated(("IDR", 0), DATA), ["RFC6043-A-x03"])
    yield d("data-unexpected", "base ticket with a RANDR", f"{at}.RANDR[0]", "a RANDRkms payload is added to Ticket Data",
            added(x.randr(3, bytes.fromhex(some("ticket randr", 16))), after=("RAND", 0), inside=DATA), ["RFC6043-A-x04"])
    yield d("data-idri", "base ticket with an IDRi", f"{at}.IDR[0]", "an IDRi payload is added to Ticket Data",
            added(x.idr(1, "alice@example.com"), before=("IDR", 0), inside=DATA), ["RFC6043-A-x04"])
    yield d("data-kemac-mac", "base ticket whose KEMAC has a MAC", f"{at}.KEMAC[0].mac_alg",
            "the KEMAC of the ticket has an HMAC-SHA-1-160",
            member("KEMAC", 0, DATA, mac_alg=1, mac=some("ticket kemac mac", 20)), ["RFC6043-A.1-03"])
    yield d("data-short-rand", "RAND of 8 octets in the ticket", f"{at}.RAND[0].rand", "RAND of the ticket is 8 octets long",
            member("RAND", 0, DATA, rand=some("ticket short", 8)), ["RFC3830-6.11-02"])
    yield d("data-mixed", "AES-CM-256 in the ticket beside the older algorithms", f"{at}.KEMAC[0].encr_alg",
            "the KEMAC of the ticket uses AES-CM-256 with PRF func MIKEY-1", member("KEMAC", 0, DATA, encr_alg=3),
            ["RFC6043-12.1-08"])
    yield d("data-junk", "Ticket Data that is no chain", at, "Ticket Data ends in the middle of its T payload",
            member("TICKET", ticket_data="0500000000e93e5a"), ["RFC6043-A.1-01"], authentic=None)
    yield d("data-trailing", "octets behind the last payload of Ticket Data", at, "one octet follows the last payload",
            member("TICKET", ticket_data="05000000000300e93e5a0a00"), ["RFC6043-A.1-01"], authentic=None)
    yield d("data-thdr", "THDR longer than Ticket Data", at, "THDR Data length is larger than Ticket Data",
            member("TICKET", ticket_data="0500400102030405"), ["RFC6043-A.1-01"], authentic=None)
    yield d("data-empty", "Ticket Data without octets", at, "Ticket Data length is 0", member("TICKET", ticket_data=""),
            ["RFC6043-A.1-01"], authentic=None)


def visible_keys(all_of):
    null = all_of["null"][1]["resolve_init"]

    def first_key(number, **members):
        def change(model, keys):
            data = next(n for n in model["payloads"] if n["payload"] == "TICKET")["ticket_data"]
            next(n for n in data if n["payload"] == "KEMAC")["encr_data"][number].update(members)
        return change
    path = "TICKET[0].ticket_data.KEMAC[0].encr_data.KEY_DATA"
    yield null.deviate("data-kv-null", "a key of the ticket without SPI", f"{path}[1].kv", "KV of the TGK is Null",
                       first_key(1, kv=0), ["RFC6043-6.2.1-02"])
    hidden = Exchange("null-group", ones=MESSAGE_FLAGS, key_types=(GTGK,), encr_alg=0)
    parents = family(hidden, "null-group", "key forking without response, the ticket's GTGK not encrypted",
                     {"": {"rfc6043": []}}, ("request_resp", "transfer_init", "resolve_init"),
                     also={which: ["RFC6043-6.10-01"] for which in ("request_resp", "transfer_init", "resolve_init")})
    for which, parent in parents.items():
        yield parent
        yield parent.deviate("tgk", "a visible TGK in a ticket with I=1 and F=0", f"{path}[1].type",
                             "the key in the ticket is a TGK", first_key(1, type=0), ["RFC6043-6.10-01"])


def resolve_resp(p, all_of):
    d, media = p.deviate, all_of["media"][1]["resolve_resp"].deviate
    iv_time = keyed(iv_time=(0, bytes.fromhex(x.t(23)["ts_value"])))
    ims = ("ims-media", "ims-mixed", "ims-msrp-tls", "ims-bfcp-tls", "ims-message")
    yield d("no-t", "RESOLVE_RESP without T", "T[0]", "T is left out; the IV still uses its value", both(without("T"), iv_time),
            ["RFC6043-4.2.3.5-x01"], authentic=None)
    yield d("no-kemac", "RESOLVE_RESP without KEMAC", "KEMAC[0]", "KEMAC is left out", without("KEMAC"),
            ["RFC6043-4.2.3.5-x01"])
    yield d("num-cs", "#CS 1 in RESOLVE_RESP", "hdr.num_cs", "#CS is 1 with the Empty map", header(num_cs=1),
            ["RFC6043-4.2.3.5-01"])
    yield d("generic-map", "GENERIC-ID map in RESOLVE_RESP", "hdr.cs_id_map_type", "the map type is GENERIC-ID, with no entries",
            header(cs_id_map_type=2, cs=[]), ["RFC6043-4.2.3.5-01"])
    yield d("v-flag", "V flag 1 in RESOLVE_RESP", "hdr.v", "V is 1", header(v=1), ["RFC6043-4.2.3.5-02a"])
    yield d("kemac-mac", "MAC in the KEMAC of RESOLVE_RESP", "KEMAC[0].mac_alg", "the KEMAC has an HMAC-SHA-1-160",
            member("KEMAC", mac_alg=1, mac="MAC"), ["RFC6043-4.2.3.5-05"])
    yield d("no-v", "RESOLVE_RESP without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.3.5-13"],
            authentic=None)
    yield d("v-not-last", "a payload behind V", "GENERAL_EXT[0]", "a General Extension follows V",
            added(VENDOR, after=("V", 0)), ["RFC6043-4.2.3.5-13"])
    yield media("order", "RANDRkms in front of KEMAC", "RANDR[0]", "RANDRkms stands in front of KEMAC",
                moved(("RANDR", 0), ("KEMAC", 0)), ["RFC6043-4.2-x02"])
    yield d("two-kemac", "two KEMAC payloads", "KEMAC[1]", "KEMAC is there twice", repeated(("KEMAC", 0)),
            ["RFC6043-4.2-x03"])
    yield d("unexpected", "IDRi in RESOLVE_RESP", "IDR[1]", "an IDRi payload is added",
            added(x.idr(1, "alice@example.com"), after=("IDR", 0)), ["RFC6043-4.2-x04"])
    yield media("no-idrr", "RESOLVE_RESP without the modifier's IDRr", "IDR[1]", "IDRr is left out", without("IDR", 1),
                ["RFC6043-4.2.3.5-11"], only=ims)
    yield media("no-randrkms", "RESOLVE_RESP without the modifier's RANDRkms", "RANDR[0]", "RANDRkms is left out",
                without("RANDR"), ["RFC6043-4.2.3.5-11"], only=ims)
    yield d("mixed", "HMAC-SHA-256-256 beside the older algorithms", "V[0].auth_alg",
            "V uses HMAC-SHA-256-256 with PRF func MIKEY-1", member("V", auth_alg=2), ["RFC6043-12.1-08"])
