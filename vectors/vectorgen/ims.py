"""What TS 33.328 asks beside RFC 6043: broken vectors of the IMS profiles, and conforming variants."""

import copy

from . import exchange as x
from .deviations import added, entry, flag, header, member
from .draft import of
from .exchange import Exchange
from .families import IMS, family

INITIAL = {"exchange": "initial", "sender": "I"}
TLS_PROFILES = ("ims-msrp-tls", "ims-bfcp-tls", "ims-mixed", "ims-media")


def drafts(all_of):
    yield from tls(all_of, "msrp", "ims-msrp-tls", "TS33328-B.1-02")
    yield from tls(all_of, "bfcp", "ims-bfcp-tls", "TS33328-G.3.2-01")
    yield from m_lines(all_of)
    yield from media(all_of)
    yield from srtcp(all_of)
    yield from message_policy(all_of)
    yield from message_transfer(all_of)


def in_tls(row):
    return {name: [row] for name in TLS_PROFILES}


def tls(all_of, name, made_for, prot_row):
    init, resp = (all_of[name][1][which] for which in ("transfer_init", "transfer_resp"))
    ims = tuple(profile for profile in init.profiles if profile != "rfc6043")
    d, r = init.deviate, resp.deviate
    path = "hdr.cs[0]"
    yield d("s", "S=1 in a TLS session", f"{path}.s", "S is 1", entry(0, s=1), (), in_tls("TS33328-H.1-01"), only=ims)
    yield d("p", "#P=1 in a TLS session", f"{path}.ps", "the session names a policy that is not there", entry(0, ps=[0]),
            ["RFC6043-6.1.1-x02"], in_tls("TS33328-H.1-02"))
    yield d("session-data", "Session Data in a TLS session", f"{path}.session_data", "Session Data is 4 octets long",
            entry(0, session_data="00000001"), (), in_tls("TS33328-H.1-03"), only=ims)
    yield d("sp", "an SP of Prot type TLS", "SP[0]", "an SP payload of Prot type TLS is added",
            added(x.sp(0, 241, []), before=("TICKET", 0)), (), in_tls("TS33328-H.1-04"), only=ims)
    yield d("two-sessions", "two TLS sessions for one m-line", "hdr.cs", "a second TLS session is added",
            extra(x.other(2, 241, "0a0b0c0d")), (), {made_for: ["TS33328-H.3-01"]}, only=(made_for,))
    yield d("no-session", "no TLS session for a TLS m-line", "hdr.cs", "there is no crypto session", header(cs=[]), (),
            {made_for: ["TS33328-H.3-01"]}, only=(made_for,))
    yield d("srtp", "an SRTP session in place of a TLS one", f"{path}.prot_type", "Prot type is SRTP", entry(0, prot_type=0), (),
            {made_for: [prot_row]}, only=(made_for,), context=INITIAL)
    yield d("app", "an Application Specific session in place of a TLS one", f"{path}.prot_type",
            "Prot type is Application Specific", entry(0, prot_type=243), (), {made_for: [prot_row]}, only=(made_for,),
            context=INITIAL)
    yield d("d02", "Empty map where GENERIC-ID is pinned", "hdr.cs_id_map_type", "the map type is Empty map",
            header(cs_id_map_type=1), ["RFC6043-6.1-03"], {made_for: ["TS33328-D-02"]}, only=(made_for, "rfc6043"),
            context=INITIAL)
    yield r("s", "S=1 in the response's TLS session", f"{path}.s", "S is 1", entry(0, s=1), (), in_tls("TS33328-H.1-01"),
            only=ims)
    yield r("p", "#P=1 in the response's TLS session", f"{path}.ps", "the session names a policy", entry(0, ps=[0]),
            profiles={made_for: ["TS33328-H.1-02"], "rfc6043": [], "ims-mixed": ["TS33328-H.1-02"],
                      "ims-media": ["TS33328-B.1-01", "TS33328-H.1-02"]})
    yield r("session-data", "Session Data in the response's TLS session", f"{path}.session_data",
            "Session Data is 10 octets long", entry(0, session_data="00" * 10), (), in_tls("TS33328-H.1-03"), only=ims)
    yield r("sp", "an SP of Prot type TLS in the response", "SP[0]", "an SP payload of Prot type TLS is added",
            added(x.sp(0, 241, []), before=("V", 0)), (), in_tls("TS33328-H.1-04"), only=ims)
    yield r("no-spi", "no SPI in the response's TLS session", f"{path}.spi", "the SPI is left out", entry(0, spi=""),
            ["RFC6043-6.1.1-09b"])
    yield r("srtp", "an SRTP session in place of a TLS one in the response", path, "an SRTP session",
            entry(0, prot_type=0, ps=[0], session_data={"ssrc": 5}), profiles={made_for: [prot_row], "rfc6043": [],
                                                                               "ims-media": []})


def extra(node):
    def change(model, keys):
        model["hdr"]["cs"].append(copy.deepcopy(node))
    return change


def reordered(*order):
    def change(model, keys):
        model["hdr"]["cs"] = [model["hdr"]["cs"][i] for i in order]
    return change


def m_lines(all_of):
    d, only = all_of["mixed"][1]["transfer_init"].deviate, ("ims-mixed",)
    yield d("order", "crypto sessions in another order than the m-lines", "hdr.cs", "the TLS session stands first",
            reordered(2, 0, 1), (), {"ims-mixed": ["TS33328-H.3-02"]}, only=only)
    yield d("order-middle", "a TLS session between the SRTP ones", "hdr.cs", "the TLS session stands between the SRTP sessions",
            reordered(0, 2, 1), (), {"ims-mixed": ["TS33328-H.3-02"]}, only=only)
    yield d("one-srtp", "one SRTP session for an RTP m-line", "hdr.cs", "the second SRTP session is left out", reordered(0, 2), (),
            {"ims-mixed": ["RFC4567-7.1-04"]}, only=only)
    yield d("two-tls", "two TLS sessions for one m-line", "hdr.cs", "a second TLS session is added",
            extra(x.other(4, 241, "0a0b0c0d")), (), {"ims-mixed": ["TS33328-H.3-01"]}, only=only)
    yield d("no-tls", "no TLS session for a TLS m-line", "hdr.cs", "the TLS session is left out", reordered(0, 1), (),
            {"ims-mixed": ["TS33328-H.3-01"]}, only=only)
    yield d("smime", "a PSK S/MIME session among media", "hdr.cs[2].prot_type", "Prot type of the third session is PSK S/MIME",
            entry(2, prot_type=242), (), {"ims-mixed": ["TS33328-B.1-01"]}, only=only, context=INITIAL)
    media_init = all_of["media-m-lines"][1]["transfer_init"]
    yield media_init.deviate("one", "one SRTP session for an RTP m-line", "hdr.cs", "the second SRTP session is left out",
                             reordered(0), (), {"ims-media": ["RFC4567-7.1-04"]}, only=("ims-media",))
    yield media_init.deviate("three", "three SRTP sessions for an RTP m-line", "hdr.cs", "a third SRTP session is added",
                             extra(x.srtp(3, 0x33333333, (0,), "0a0b0c0d")), (), {"ims-media": ["RFC4567-7.1-04"]},
                             only=("ims-media",))


def media(all_of):
    init, resp = all_of["media"][1]["request_init"], all_of["media"][1]["request_resp"]
    ims = {name: ["TS33328-D-01"] for name in IMS}
    yield init.deviate("f", "F=0 in a request for media", "TP[0].flags", "F and G are 0, and the KEMAC asks for a TGK",
                       flag("TP", F=0, G=0), ["RFC6043-6.10-01"], ims, only=IMS + ("rfc6043",))
    yield resp.deviate("f", "F=0 in a granted ticket for media", "TICKET[0].flags",
                       "F and G are 0 though I is 1 and the (encrypted) KEMAC holds a TGK", flag("TICKET", F=0, G=0), (), ims,
                       only=IMS + ("rfc6043",), keyed=["RFC6043-6.10-01"])
    yield resp.deviate("i", "I=0 in a granted ticket for media", "TICKET[0].flags", "I is 0", flag("TICKET", I=0), (),
                       {name: ["TS33328-6.2.3.6-01"] for name in IMS}, only=IMS)
    yield init.deviate("i", "I=0 in a request for media", "TP[0].flags", "I is 0", flag("TP", I=0), (),
                       {name: ["TS33328-6.2.3.6-01"] for name in IMS}, only=IMS)
    yield init.deviate("subtype", "another Subtype of the 3GPP base ticket", "TP[0].subtype", "Subtype is 1",
                       member("TP", subtype=1), (), {name: ["TS33328-6.2.3.4-01"] for name in IMS},
                       only=IMS + ("rfc6043",))
    yield init.deviate("version", "another Version of the 3GPP base ticket", "TP[0].version", "Version is 4",
                       member("TP", version=4), (), {name: ["TS33328-6.2.3.4-01"] for name in IMS},
                       only=IMS + ("rfc6043",))


def srtcp(all_of):
    p = all_of["media"][1]["transfer_init"]
    only, row = ("ims-media", "ims-mixed"), {"ims-media": ["TS33328-5.2-01"], "ims-mixed": ["TS33328-5.2-01"]}

    def params(*more):
        def change(model, keys):
            of(model, "SP")["policy_param"] += [{"type": kind, "value": value} for kind, value in more]
        return change

    def changed(kind, value):
        def change(model, keys):
            for param in of(model, "SP")["policy_param"]:
                if param["type"] == kind:
                    param["value"] = value
        return change
    for name, what, change in (
            ("auth-null", "the authentication algorithm (2) is NULL", changed(2, "00")),
            ("tag-0", "the authentication tag (11) has no octets", changed(11, "00")),
            ("srtcp-auth-null", "the SRTCP authentication algorithm (15) is NULL", params((15, "00"))),
            ("srtcp-tag-0", "the SRTCP tag (19) has no octets", params((19, "00")))):
        yield p.deviate(f"srtcp-{name}", f"SRTP policy: {what}", "SP[0].policy_param", what, change, (), row, only=only)
    for name, what, policy in (
            ("aead", "an AEAD cipher, which needs no authentication algorithm", [(0, "06"), (1, "10"), (2, "00"), (4, "0c"), (20, "10")]),
            ("srtcp-own", "NULL authentication of SRTP, but HMAC-SHA-1 of SRTCP", [(0, "01"), (2, "00"), (15, "01"), (11, "00"), (19, "0a")]),
            ("defaults", "no parameters, so the defaults of SRTP", [])):
        conversation = Exchange(f"policy-{name}", "256", ticket=(2, 0, 0), ones=x.MEDIA_FLAGS, idr_ticket=["?@?"],
                                sps=[x.sp(0, 0, policy)])
        yield from family(conversation, f"policy-{name}", f"SRTP policy with {what}", {"": {"ims-media": [], "rfc6043": []}},
                          ("transfer_init",), also={"transfer_init": ["TS33328-5.2-01"]}).values()
    answer = all_of["media"][1]["transfer_resp"]
    yield answer.deviate("srtcp", "SRTP policy of the Responder without SRTCP authentication", "SP[0]",
                         "an SP with NULL authentication is added", added(x.sp(1, 0, [(0, "01"), (2, "00")]), before=("V", 0)),
                         (), row, only=only)


def message_policy(all_of):
    p = all_of["message"][1]["request_init"]
    d, resp, only = p.deviate, all_of["message"][1]["request_resp"].deviate, ("ims-message",)
    yield d("f", "F=1 in a request for immediate messages", "TP[0].flags", "F is 1", flag("TP", F=1),
            profiles={"ims-message": ["TS33328-F.3-01"], "rfc6043": [], "ims-media": []})
    yield d("g", "G=1 in a request for immediate messages", "TP[0].flags", "F and G are 1", flag("TP", F=1, G=1),
            profiles={"ims-message": ["TS33328-F.3-01", "TS33328-F.3-02"], "rfc6043": [], "ims-media": []})
    yield d("g-alone", "G=1 and F=0 in a request for immediate messages", "TP[0].flags", "G is 1", flag("TP", G=1),
            ["RFC6043-6.10-x02"], {"ims-message": ["TS33328-F.3-02"]})
    yield d("h", "H=0 in a request for immediate messages", "TP[0].flags", "H is 0", flag("TP", H=0),
            ["RFC6043-6.10-x03", "RFC6043-6.10-x04"], {"ims-message": ["TS33328-F.3-03"]})
    yield d("i", "I=0 in a request for immediate messages", "TP[0].flags", "I is 0", flag("TP", I=0), (),
            {"ims-message": ["TS33328-F.3-04"]}, only=only)
    yield resp("f", "F=1 in a granted ticket for immediate messages", "TICKET[0].flags", "F is 1", flag("TICKET", F=1),
               profiles={"ims-message": ["TS33328-F.3-01"], "rfc6043": [], "ims-media": []})
    yield resp("h", "H=0, F=1, G=1 in a granted ticket", "TICKET[0].flags", "H is 0, F and G are 1", flag("TICKET", F=1, G=1, H=0),
               profiles={"ims-message": ["TS33328-F.3-01", "TS33328-F.3-02", "TS33328-F.3-03"], "rfc6043": []})
    yield resp("i", "I=0 in a granted ticket for immediate messages", "TICKET[0].flags", "I is 0", flag("TICKET", I=0), (),
               {"ims-message": ["TS33328-F.3-04"]}, only=only)
    yield resp("subtype", "another ticket Subtype", "TICKET[0].subtype", "Subtype is 9", member("TICKET", subtype=9), (),
               {"ims-message": ["TS33328-6.2.3.4-01"]}, only=("ims-message", "rfc6043"))

    def tgk(model, keys):
        of(of(model, "TP")["tp_data"], "KEMAC")["encr_data"][0]["type"] = 0
    yield d("tgk", "a TGK asked for immediate messages", "TP[0].tp_data.KEMAC[0].encr_data.KEY_DATA[0].type",
            "the key asked for is a TGK", tgk, ["RFC6043-6.10-01"], {"ims-message": ["TS33328-F.3-05"]})

    def salted(model, keys):
        of(of(model, "TP")["tp_data"], "KEMAC")["encr_data"][0].update(type=1, salt_data="00" * 14)
    yield d("tgk-salt", "a TGK+SALT asked for immediate messages", "TP[0].tp_data.KEMAC[0].encr_data.KEY_DATA[0].type",
            "the key asked for is a TGK with salt", salted, ["RFC6043-6.10-01"], {"ims-message": ["TS33328-F.3-05"]})


def message_transfer(all_of):
    p = all_of["message"][1]["transfer_init"]
    d, only, path = p.deviate, ("ims-message",), "hdr.cs[0]"
    incomplete = ["RFC6043-6.1.1-x06"]
    yield d("tls", "a TLS session in an immediate message", f"{path}.prot_type", "Prot type is TLS", entry(0, prot_type=241), (),
            {"ims-message": ["TS33328-F.3-06"]}, only=("ims-message", "rfc6043"))
    yield d("two", "two crypto sessions in an immediate message", "hdr.cs", "a second PSK S/MIME session is added",
            extra(x.other(2, 242, "0a0b0c0d")), (), {"ims-message": ["TS33328-F.3-07"]}, only=("ims-message", "rfc6043"))
    yield d("none", "no crypto session in an immediate message", "hdr.cs", "there is no crypto session", header(cs=[]),
            profiles={"ims-message": ["TS33328-F.3-07"], "rfc6043": []})
    yield d("p", "#P=1 in a PSK S/MIME session", f"{path}.ps", "the session names a policy that is not there", entry(0, ps=[0]),
            profiles={"ims-message": ["TS33328-F.3-08", "RFC6043-6.1.1-x02"], "rfc6043": ["RFC6043-6.1.1-x02"]})
    yield d("session-data", "Session Data in a PSK S/MIME session", f"{path}.session_data", "Session Data is 1 octet long",
            entry(0, session_data="00"), (), {"ims-message": ["TS33328-F.3-09"]}, only=("ims-message", "rfc6043"))
    yield d("no-spi", "no SPI in an immediate message", f"{path}.spi", "the SPI is left out", entry(0, spi=""), incomplete,
            {"ims-message": ["TS33328-F.3-10"]}, only=("ims-message", "rfc6043"))
    yield d("sp", "an SP of Prot type PSK S/MIME", "SP[0]", "an SP payload of Prot type PSK S/MIME is added",
            added(x.sp(0, 242, []), before=("TICKET", 0)), (), {"ims-message": ["TS33328-H.1-04"]}, only=only)
    yield d("empty-map", "Empty map in an immediate message", "hdr.cs_id_map_type", "the map type is Empty map",
            header(cs_id_map_type=1), profiles={"rfc6043": ["RFC6043-6.1-03"]})
    app = Exchange("application", "128", ticket=(2, 0, 0), ones=x.MEDIA_FLAGS, idr_ticket=["?@?"], sps=[],
                   cs=[x.other(1, 243, "*")])
    made = family(app, "application", "an Application Specific session (annex J.1)",
                  {"": {"rfc6043": []}, "transfer_init": {"ims-mixed": ["TS33328-B.1-01"]}}, ("transfer_init",),
                  also={"transfer_init": ["TS33328-J.1-01"]})["transfer_init"]
    yield made
    yield made.deviate("p", "#P=1 in an Application Specific session", f"{path}.ps", "the session names a policy that is not there",
                       entry(0, ps=[3]), ["RFC6043-6.1.1-x02"], {"ims-mixed": ["TS33328-J.1-01"]})
    yield made.deviate("sp", "an SP of Prot type Application Specific", "SP[0]", "an SP payload of that Prot type is added",
                       added(x.sp(3, 243, []), before=("TICKET", 0)), (), {"ims-mixed": ["TS33328-J.1-01"]}, only=("ims-mixed",))
