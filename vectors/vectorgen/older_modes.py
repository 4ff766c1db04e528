"""Messages of the older modes, which carry the same payloads: RFC 3830, RFC 4650, RFC 4738; RFC 6267 and RFC 6509 in outline."""

from mikeyticket.keys import Keys
from mikeyticket.settings import settings

from . import exchange as x
from . import keeps, material
from .deviations import added, entry, header, member, repeated, some
from .draft import Draft
from .exchange import made

GROUP = "older_modes"
BOTH = {"rfc6043": [], "ims-media": []}
I, R = b"alice@example.com", b"bob@example.com"
RAND = material.octets("older/rand", 16)
PSK, ENV = material.octets("older/psk", 16), material.octets("older/env", 16)
TGK = {"payload": "KEY_DATA", "type": 0, "kv": 1, "key_data": some("older tgk", 16), "spi": "0c0ffee0"}
T = x.t(0)


def an_id(octets):
    return {"payload": "ID", "id_type": 0, "id_data": octets.hex()}


def rand(octets=RAND):
    return {"payload": "RAND", "rand": octets.hex()}


def dh(group, what, kv=None):
    length = {0: 192, 1: 96, 2: 128}[group]
    return {"payload": "DH", "dh_group": group, "dh_value": some(what, length), **(kv or {"kv": 0})}


def hdr(data_type, v=0, cs=None, generic=None, prf=0):
    out = {"version": 1, "data_type": data_type, "v": v, "prf_func": prf, "csb_id": 0x0BADCAFE}
    if generic is not None:
        return {**out, "cs_id_map_type": 2, "cs": generic}
    return {**out, "cs_id_map_type": 0, "cs": cs if cs is not None else [{"policy_no": 0, "ssrc": 0x11223344, "roc": 0},
                                                                        {"policy_no": 0, "ssrc": 0, "roc": 0}]}


def keys(protect, **more):
    out = Keys(protect=protect, rand_i=RAND, known={1: I, 2: R}, kms_key=material.private_key("responder"),
               sign_key=material.private_key("initiator"), random=lambda what, n: material.octets(f"older/{what}", n),
               settings=settings())
    for name, value in more.items():
        setattr(out, name, value)
    return out


def draft(name, title, header_, payloads, key, keep=(), profiles=None, related=None, values=None, authentic=True):
    values = values or {}
    return Draft(GROUP, name, title, {"hdr": header_, "payloads": payloads}, key, profiles or BOTH,
                 keeps.ANY + list(keep), {}, related or {}, values, (), authentic)


def sealed(encr_alg, payloads, mac_alg=1):
    return {**x.kemac(encr_alg, payloads, mac_alg), "mac": "MAC" if mac_alg else ""}


def drafts(all_of):
    ids = {"identities": {"i": I.hex(), "r": R.hex()}}
    srtp_map = ["RFC3830-6.1.1-x01"]
    psk = draft("older/psk-init", "RFC 3830 pre-shared key message", hdr(0, 1),
                [T, rand(), an_id(I), an_id(R), x.sp(), sealed(1, [TGK])], keys(PSK),
                keeps.KEMAC + keeps.SP + srtp_map + ["RFC3830-6.11-02", "RFC3830-6.11-x01", "RFC3830-6.7-x01"],
                values={"psk": PSK.hex(), **ids})
    yield psk
    yield draft("older/psk-resp", "RFC 3830 verification message", hdr(1), [T, an_id(R), x.v(1)],
                keys(PSK), keeps.V, related={"initial": made((psk.model, psk.keys))},
                values={"psk": PSK.hex(), **ids})
    yield draft("older/psk-null", "RFC 3830 pre-shared key message without encryption", hdr(0, 0),
                [T, rand(), an_id(I), x.sp(), sealed(0, [TGK, {**TGK, "type": 2, "kv": 0}])], keys(PSK),
                keeps.KEMAC + keeps.KEY, values={"psk": PSK.hex(), **ids})
    yield draft("older/psk-update", "RFC 3830 update without keys", hdr(0, 1), [T, an_id(I), sealed(0, [])],
                keys(PSK), keeps.KEMAC, related={"transfer_init": made((psk.model, psk.keys))},
                values={"psk": PSK.hex(), **ids})
    generic = draft("older/psk-generic", "RFC 3830 message with a GENERIC-ID map and PRF-HMAC-SHA-256",
                    hdr(0, 1, generic=[x.srtp(1, 0x55667788, (0,), "0c0ffee0", s=1), x.other(2, 241, "0c0ffee0"),
                                       x.other(3, 242, "0c0ffee0"), x.other(4, 243, "0c0ffee0")], prf=1),
                    [T, rand(), x.sp(), sealed(1, [TGK])], keys(PSK),
                    keeps.rows("RFC6043", "6.1.1-x01", "6.1.1-x03", "6.1.1-x05") + keeps.TLS
                    + keeps.rows("TS33328", "F.3-08", "F.3-09", "J.1-01"), values={"psk": PSK.hex(), **ids})
    yield generic
    pk = draft("older/pk-init", "RFC 3830 public key message", hdr(2, 1),
               [T, rand(), an_id(I), x.cert("initiator"), x.sp(), sealed(1, [an_id(I), TGK]),
                {"payload": "PKE", "c": 1, "data": "PKE"}, {"payload": "SIGN", "s_type": 0, "signature": "SIGNATURE"}],
               keys(ENV), keeps.PK + keeps.KEMAC, values={"env_key": ENV.hex(), "sign_key": "initiator", **ids})
    yield pk
    yield draft("older/pk-null", "RFC 3830 public key message: a NULL-encrypted KEMAC begins with the ID", hdr(2, 0),
                [T, rand(), sealed(0, [an_id(I), TGK]), {"payload": "SIGN", "s_type": 1, "signature": "SIGNATURE"}],
                keys(ENV), keeps.KEMAC, values={"env_key": ENV.hex(), "sign_key": "initiator", **ids})
    yield draft("older/pk-resp", "RFC 3830 verification of a public key message", hdr(3), [T, an_id(R), x.v(1)], keys(ENV),
                keeps.V, related={"initial": made((pk.model, pk.keys))}, values={"env_key": ENV.hex(), **ids})
    sign = {"payload": "SIGN", "s_type": 0, "signature": "SIGNATURE"}
    dh_init = draft("older/dh-init", "RFC 3830 Diffie-Hellman message", hdr(4, 1),
                    [T, rand(), an_id(I), x.cert("initiator", 1), x.sp(), dh(0, "dh i"), sign], keys(b""),
                    ["RFC3830-6.4-x01", "RFC3830-6.5-x01"], values={"sign_key": "initiator", **ids})
    yield dh_init
    yield draft("older/dh-resp", "RFC 3830 Diffie-Hellman response", hdr(5),
                [T, an_id(R), x.cert("responder", 1), an_id(I), dh(0, "dh r"), dh(0, "dh i"), sign],
                keys(b"", sign_key=material.private_key("responder")), ["RFC3830-6.4-x01"],
                related={"initial": made((dh_init.model, dh_init.keys))}, values={"sign_key": "responder", **ids})
    for group in (1, 2):
        dhhmac = draft(f"older/dhhmac-init-{group}", f"RFC 4650 DHHMAC message, OAKLEY group {group}", hdr(7, 1),
                       [T, rand(), an_id(I), an_id(R), x.sp(),
                        dh(group, f"dhhmac i {group}", {"kv": group, **({"spi": "0d0d"} if group == 1 else
                                                                       {"valid_from": "00000001", "valid_to": "0000ffff"})}),
                        {"payload": "GENERAL_EXT", "type": 1, "sdp_ids": ["mikey"]}, sealed(0, [])], keys(PSK),
                       ["RFC3830-6.4-x01", "RFC3830-6.14-x01", "RFC3830-6.15-x01"], values={"psk": PSK.hex(), **ids})
        yield dhhmac
    yield draft("older/dhhmac-resp", "RFC 4650 DHHMAC response", hdr(8),
                [T, an_id(R), an_id(I), dh(2, "dhhmac r"), dh(2, "dhhmac i 2"), sealed(0, [])], keys(PSK),
                ["RFC3830-6.4-x01"], related={"initial": made((dhhmac.model, dhhmac.keys))}, values={"psk": PSK.hex(), **ids})
    i_msg = draft("older/rsa-r-i", "RFC 4738 I_MESSAGE", hdr(9, 1),
                  [T, rand(), an_id(I), x.cert("initiator"), an_id(R), x.sp(), sign], keys(b""), keeps.SP,
                  values={"sign_key": "initiator", **ids})
    yield i_msg
    yield draft("older/rsa-r-r", "RFC 4738 R_MESSAGE with a new CSB ID", hdr(10),
                [{"payload": "GENERAL_EXT", "type": 4, "csb_id": 0x600DCAFE}, T, rand(), an_id(R), x.sp(),
                 sealed(1, [an_id(R), TGK]), {"payload": "PKE", "data": "PKE"}, sign],
                keys(ENV, sign_key=material.private_key("responder"), kms_key=material.private_key("initiator")),
                keeps.PK + ["RFC3830-6.15-x01"], related={"initial": made((i_msg.model, i_msg.keys))},
                values={"env_key": ENV.hex(), "sign_key": "responder", **ids})
    yield from outlines()
    yield from broken(psk, generic)


def outlines():
    """Messages whose cryptography (identity-based) is not made here: form only."""
    none, idr = keys(b""), x.idr
    curves = {8: "uncompressed P-256", 2: "B-163, two octets of padding", 14: "P-521"}
    for curve, text in curves.items():
        from mikeyticket.registry import point_length
        point = {"payload": "ECCPT", "ecc_curve": curve, "ecc_point": "04" + some(f"point {curve}", point_length(curve, 2) - 1),
                 "auth_alg": 0, "tgk_len": 0, "reserved": 0, "kv": 1, "spi": "0e0e0e"}
        yield draft(f"older/eccpt-{curve}", f"RFC 6267 ECCPT: {text}", hdr(22), [T, rand(), idr(1, "alice@example.com"), point],
                    none, ["RFC6267-6.1.4-x01"], authentic=None)
    yield draft("older/ibake", "RFC 6267 I_MESSAGE_1", hdr(22, 1),
                [T, rand(), idr(1, "alice@example.com"), idr(2, "bob@example.com"),
                 {"payload": "IBAKE", "encr_data": some("ibake", 96)}, {"payload": "ESK", "encr_data": some("esk", 48)},
                 {"payload": "SIGN", "s_type": 0, "signature": some("sign", 128)}], none,
                ["RFC6267-6.1.1-x01", "RFC6267-6.1.2-x01"], authentic=None)
    private = [[an_id(who), {"payload": "KEY_DATA", "type": 7, "kv": 2, "key_data": some(f"k_pr {who}", 65),
                             "valid_from": "00000001", "valid_to": "0000ffff"}] for who in (I, b"sales@example.com")]
    for name, text, plaintext in (("key-resp", "the ID, then its Private Key", private[0]),
                                  ("key-resp-two", "two IDs, each with its Private Key", private[0] + private[1])):
        yield draft(f"older/ibake-{name}", f"RFC 6267 REQUEST_KEY_RESP, a KEMAC without encryption: {text}",
                    {**hdr(21), "cs_id_map_type": 1, "cs": []}, [T, sealed(0, plaintext, 0), x.v(1, some(f"v {name}", 20))], none,
                    keeps.KEMAC + keeps.KEY + keeps.V + ["RFC3830-6.7-x01"], authentic=None)
    for kv, data in ((0, {}), (1, {"spi": "01"}), (2, {"valid_from": "00", "valid_to": "ffff"})):
        yield draft(f"older/sk-{kv}", f"RFC 6267 SK with KV {kv}", hdr(25),
                    [T, {"payload": "SK", "type": 1, "kv": kv, "key_data": some("sk", 16), **data}], none,
                    ["RFC6267-6.1.5-x01"], authentic=None)
    yield draft("older/sakke", "RFC 6509 SAKKE message", {**hdr(26, 0, generic=[x.srtp(1, 7, (0,), "01020304")]), "prf_func": 1},
                [T, rand(), idr(1, "tel:+15550100", 1), idr(2, "tel:+15550101", 1), idr(6, "kms.example.com", 1),
                 idr(7, "kms.example.com", 1), x.sp(),
                 {"payload": "SAKKE", "sakke_params": 1, "id_scheme": 1, "sakke_data": "04" + some("sakke", 272)},
                 {"payload": "SIGN", "s_type": 2, "signature": "04" + some("eccsi", 128)}], none, ["RFC6509-4.2-x01"],
                authentic=None)


def broken(psk, generic):
    d, g = psk.deviate, generic.deviate
    ims = "ims-media"
    yield d("version", "MIKEY version 2", "hdr.version", "version is 2", header(version=2), ["RFC3830-6.1-x05"])
    yield d("data-type", "unassigned data type 99", "hdr.data_type", "data type is 99", header(data_type=99),
            ["RFC3830-6.1-x06"], authentic=None)
    yield d("data-type-private", "private data type 250", "hdr.data_type", "data type is 250", header(data_type=250),
            ["RFC3830-6.1-x06"], authentic=None)
    yield d("two-sp", "one policy number for two SP payloads", "SP[1].policy_no", "a second SP payload with policy number 0",
            repeated(("SP", 0)), ["RFC3830-6.10-x02"])
    yield d("short-rand", "RAND of no octets", "RAND[0].rand", "RAND has no octets", member("RAND", rand=""),
            ["RFC3830-6.11-02"], authentic=None)
    yield d("empty-map", "SP with the Empty map", "hdr.cs_id_map_type", "the map type is Empty map, #CS is 0",
            header(cs_id_map_type=1), ["RFC4563-5-01"])
    yield d("encr-alg", "unassigned Encr alg", "KEMAC[0].encr_alg", "Encr alg is 4",
            member("KEMAC", encr_alg=4, encr_data=some("alg 4", 30)), ["RFC3830-6.2-x02"], authentic=None)
    yield g("same-cs-id", "two crypto sessions with one CS ID", "hdr.cs[1].cs_id", "CS ID of the second is 1",
            entry(1, cs_id=1), ["RFC6043-6.1.1-x03"])
    yield g("prot-type", "unassigned Prot type", "hdr.cs[1].prot_type", "Prot type is 2", entry(1, prot_type=2),
            ["RFC6043-6.1.1-x05"])
    yield g("tls-s", "S=1 in a TLS session", "hdr.cs[1].s", "S is 1", entry(1, s=1), (), {ims: ["TS33328-H.1-01"]}, only=(ims,))
    yield g("tls-p", "#P=1 in a TLS session", "hdr.cs[1].ps", "#P is 1", entry(1, ps=[0]), (), {ims: ["TS33328-H.1-02"]},
            only=(ims,))
    yield g("tls-session-data", "Session Data in a TLS session", "hdr.cs[1].session_data", "Session Data is 4 octets long",
            entry(1, session_data="00000001"), (), {ims: ["TS33328-H.1-03"]}, only=(ims,))
    yield g("tls-sp", "an SP of Prot type TLS", "SP[1]", "an SP of Prot type TLS is added",
            added(x.sp(1, 241, []), after=("SP", 0)), (), {ims: ["TS33328-H.1-04"]}, only=(ims,))
    yield g("smime-sp", "an SP of Prot type PSK S/MIME", "SP[1]", "an SP of Prot type PSK S/MIME is added",
            added(x.sp(1, 242, []), after=("SP", 0)), (), {ims: ["TS33328-H.1-04"]}, only=(ims,))
    yield g("smime-p", "#P=1 in a PSK S/MIME session", "hdr.cs[2].ps", "#P is 1", entry(2, ps=[0]), (),
            {ims: ["TS33328-F.3-08"]}, only=(ims,))
    yield g("smime-session-data", "Session Data in a PSK S/MIME session", "hdr.cs[2].session_data",
            "Session Data is 2 octets long", entry(2, session_data="0001"), (), {ims: ["TS33328-F.3-09"]}, only=(ims,))
    yield g("app-p", "#P=1 in an Application Specific session", "hdr.cs[3].ps", "#P is 1", entry(3, ps=[0]), (),
            {ims: ["TS33328-J.1-01"]}, only=(ims,))
    yield g("app-sp", "an SP of Prot type Application Specific", "SP[1]", "an SP of Prot type Application Specific is added",
            added(x.sp(1, 243, []), after=("SP", 0)), (), {ims: ["TS33328-J.1-01"]}, only=(ims,))
