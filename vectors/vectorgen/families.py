"""Complete conforming exchanges, one a family, and the drafts of their messages."""

from mikeyticket import derive

from . import keeps
from .draft import Draft
from .exchange import (GTGK, GTGK_SALT, KEY_NAMES, MEDIA_FLAGS, MESSAGE_FLAGS, TEK, TEK_SALT, TGK, TGK_SALT, Exchange,
                       made, other, srtp)

GROUP = {"request_init": "ticket_request", "request_resp": "ticket_request", "transfer_init": "ticket_transfer",
         "transfer_resp": "ticket_transfer", "resolve_init": "ticket_resolve", "resolve_resp": "ticket_resolve"}
TITLE = {"request_init": "REQUEST_INIT", "request_resp": "REQUEST_RESP", "transfer_init": "TRANSFER_INIT",
         "transfer_resp": "TRANSFER_RESP", "resolve_init": "RESOLVE_INIT", "resolve_resp": "RESOLVE_RESP"}
CONTEXT = {"request_init": {"sender": "I"}, "request_resp": {"sender": "K"},
           "transfer_init": {"exchange": "initial", "sender": "I"},
           "transfer_resp": {"exchange": "initial", "sender": "R"},
           "resolve_init": {"sender": "R", "tpk_at_hand": True}, "resolve_resp": {"sender": "K"}}
ALL = tuple(TITLE)


def session_keys(x, log):
    """TEK (and salt where the key carries none) of every crypto session, from the first key (RFC 6043 5.1.3)."""
    kind, key = x.key_types[0], x.session_forked[0]
    if kind in (TEK, TEK_SALT):
        return
    rand_i, rand_r = x.rand_i if x.h else b"", x.rand_r if x.g and "F" in x.ones else b""
    for entry in x.cs_resp:
        cs_id, is_srtp = entry["cs_id"], entry["prot_type"] == 0
        bits = 128 if is_srtp else len(key) * 8
        derive.session_key("tek", x.prf, key, cs_id, rand_i, rand_r, bits, log, f"tek[{cs_id}]")
        if is_srtp and kind not in (TGK_SALT, GTGK_SALT):
            derive.session_key("salt_key", x.prf, key, cs_id, rand_i, rand_r, 112, log, f"salt_key[{cs_id}]")


def key_values(x, which):
    """The `keys` member: every secret of the conversation that this message touches."""
    out = {}
    if which.startswith("re"):
        mine = which.startswith("request")
        if x.method == "pk":
            out["env_key"] = (x.env_i if mine else x.env_r).hex()
            out["sign_key"] = "initiator" if mine else "responder"
        else:
            out["psk"] = (x.psk_i if mine else x.psk_r).hex()
    out.update(tpk=x.tpk.hex(), mpk=x.mpk.hex(), mpki=x.mpki.hex(), mpkr=x.mpkr.hex())
    if x.forked:
        out["mpkr_forked"] = x.mpkr_forked.hex()
    for kind, key, forked in zip(x.key_types, x.session, x.session_forked):
        out.setdefault(KEY_NAMES[kind], []).append(key.hex())
        if forked != key:
            out.setdefault("tgk_forked", []).append(forked.hex())
    out["identities"] = {"i": x.identity(1).hex(), "r": x.identity(2).hex(), "kms": x.identity(3).hex()}
    return out


def extra_log(x, which):
    log = []
    if which in ("request_resp", "resolve_resp"):
        log += x.log_mpk
    if which in ("resolve_resp", "transfer_resp") and x.forked:
        log += x.log_fork
    if which == "transfer_resp" or (which == "transfer_init" and "F" not in x.ones):
        session_keys(x, log)
    return log


def related(x, which):
    """The messages that verification needs: the one a response answers, and TRANSFER_INIT where Vi and Vr come from."""
    answered = {"request_resp": x.request_init, "transfer_resp": x.transfer_init, "resolve_resp": x.resolve_init}
    return {"initial": made(answered[which]())} if which in answered else {}


def kept(x, which):
    name = which.upper() + (("_PK" if x.method == "pk" else "_PSK") if which in ("request_init", "resolve_init") else "")
    out = list(getattr(keeps, name))
    if which == "request_init" and x.tp_kemac:
        out += keeps.TP_KEMAC
    if which in ("request_init", "request_resp") and x.rekey:
        out.append("RFC6043-6.10-19")
    if which in ("transfer_init", "resolve_init") and x.forked:
        out += keeps.INITIATOR_DATA
    if which == "transfer_init" and x.sps:
        out += keeps.SP
    if which == "transfer_init" and "F" not in x.ones:
        out.append("RFC6043-6.1.1-x06")
    return out


def family(x, name, title, profiles, messages=ALL, also=(), context=None):
    """Drafts of the messages of one exchange. `profiles`: message -> profile -> ids; "" stands for the messages
    without an entry of their own. `also`: message -> rows kept beside those of every such message."""
    out = {}
    for which in messages:
        drafted = dict(profiles.get("", {}))
        drafted.update(profiles.get(which, {}))
        out[which] = Draft(
            GROUP[which], f"{name}/{which}", f"{TITLE[which]}: {title}", *getattr(x, which)(), drafted,
            kept(x, which) + list(dict(also).get(which, ())), {**CONTEXT[which], **(context or {}).get(which, {})},
            related(x, which), key_values(x, which), extra_log(x, which))
    return out


PINNED, FORKING = "TS33328-6.2.3.4-01", "TS33328-6.2.3.6-01"
NO_MODIFIER = ["RFC6043-4.2.2.3-10", "RFC6043-4.2.2.3-12", "TS33328-6.2.3.6-02"]
ONE_POLICY = ["RFC6043-4.2.2.3-03", "RFC6043-6.1.1-02"]     # of a Prot type that the profile does not know
IMS = ("ims-media", "ims-mixed", "ims-msrp-tls", "ims-bfcp-tls")


def plain():
    """Ticket of RFC 6043 without key forking: what each message breaks under TS 33.328, annex D and F.3."""
    ticket = {"rfc6043": [], "ims-media": [PINNED, FORKING]}
    message = [PINNED, "TS33328-F.3-01", "TS33328-F.3-02", "TS33328-F.3-04"]
    return Exchange("plain"), {
        "": ticket,
        "request_init": {"ims-message": message + ["TS33328-F.3-05"], "ims-msrp-tls": [PINNED, FORKING]},
        "request_resp": {"ims-message": message},
        "transfer_init": {"ims-message": message + ["TS33328-F.3-06", "TS33328-F.3-07"],
                          "ims-msrp-tls": [PINNED, FORKING, "TS33328-B.1-02"]},
        "transfer_resp": {"ims-media": NO_MODIFIER},
        "resolve_init": {"ims-message": message},
        "resolve_resp": {"ims-media": ["RFC6043-4.2.3.5-11"], "ims-message": ["RFC6043-4.2.3.5-11"]}}


def media_profiles():
    every = {"ims-media": [], "rfc6043": [], "ims-mixed": []}
    both = {**every, "ims-msrp-tls": [], "ims-bfcp-tls": []}
    message = ["TS33328-F.3-01", "TS33328-F.3-02"]
    return {
        "": both,
        "request_init": {"ims-message": message + ["TS33328-F.3-05"]},
        "request_resp": {"ims-message": message},
        "resolve_resp": {"ims-message": []},
        "transfer_init": {**every, "ims-msrp-tls": ["TS33328-B.1-02"], "ims-bfcp-tls": ["TS33328-G.3.2-01"],
                          "ims-message": message + ["TS33328-F.3-06", "TS33328-F.3-07"]},
        "transfer_resp": {**every, "ims-msrp-tls": ["TS33328-B.1-02"], "ims-bfcp-tls": ["TS33328-G.3.2-01"],
                          "ims-message": ["TS33328-F.3-06"]}}


def tls_profiles(made_for, media_row="TS33328-B.1-01"):
    """One TLS crypto session with #P=0: the RFC alone asks for a policy in the response."""
    base = {made_for: [], "rfc6043": [], "ims-mixed": [], "ims-media": []}
    return {"": base, "transfer_init": {**base, "ims-media": [media_row]},
            "transfer_resp": {**base, "ims-media": [media_row], "rfc6043": ONE_POLICY}}


def message_profiles():
    base = {"ims-message": [], "rfc6043": [], "ims-media": ["TS33328-D-01"]}
    return {"": base,
            "transfer_init": {"rfc6043": ["RFC6043-6.1.1-x06"], "ims-media": ["TS33328-B.1-01", "TS33328-D-01"]},
            "resolve_resp": {"ims-media": []}}


def ims_also(transfer):
    return {"request_init": keeps.IMS_POLICY, "request_resp": keeps.IMS_POLICY,
            "transfer_init": keeps.IMS_POLICY + keeps.IMS_TRANSFER + transfer,
            "transfer_resp": keeps.IMS_RESP + transfer, "resolve_resp": ["RFC6043-4.2.3.5-11"]}


def everything():
    """name -> family; the order is that of the files."""
    out = {}

    def add(name, x, title, profiles, *args, **more):
        out[name] = (x, family(x, name, title, profiles, *args, **more))

    x, profiles = plain()
    add("plain", x, "PSK, 128-bit suite, no key forking", profiles)
    wildcard = {"idr_ticket": ["?@?"], "ticket": (2, 0, 0), "ones": MEDIA_FLAGS}
    spi = "*"         # the SPI of the ticket's first key
    x = Exchange("media", "256", **wildcard)
    add("media", x, "IMS media, PSK, 256-bit suite, key forking", media_profiles(),
        also=ims_also(["TS33328-B.1-01", "TS33328-5.2-01"]))
    x = Exchange("media-128", "128", **wildcard, rekey=True)
    add("media-128", x, "IMS media, 128-bit suite, key forking, rekeying interval", media_profiles())
    x = Exchange("media-m-lines", "256", **{**wildcard, "ones": "DEFHIJNO"}, cs=None)
    add("media-m-lines", x, "IMS media, one RTP m-line, reusable ticket, no RANDRr",
        {"": {"ims-media": [], "rfc6043": []}}, ("transfer_init", "transfer_resp"),
        also={"transfer_init": ["RFC4567-7.1-04"]}, context={"transfer_init": {"m_lines": ["rtp"]}})
    x = Exchange("msrp", "128", **wildcard, cs=[other(1, 241, spi)], sps=[])
    add("msrp", x, "MSRP over TLS-PSK", tls_profiles("ims-msrp-tls"), also=ims_also(["TS33328-B.1-02"] + keeps.TLS),
        context={"transfer_init": {"m_lines": ["tls"]}})
    x = Exchange("bfcp", "256", **wildcard, cs=[other(1, 241, spi)], sps=[])
    add("bfcp", x, "BFCP over TLS-PSK", tls_profiles("ims-bfcp-tls"), also=ims_also(["TS33328-G.3.2-01"] + keeps.TLS),
        context={"transfer_init": {"m_lines": ["tls"]}})
    mixed = [srtp(1, 0x0A0A0A01, spi=spi), srtp(2, 0x0A0A0A02, spi=spi), other(3, 241, spi)]
    x = Exchange("mixed", "256", **wildcard, cs=mixed)
    add("mixed", x, "RTP and MSRP m-lines under one key-mgmt",
        {"": {"ims-mixed": [], "rfc6043": []}, "transfer_resp": {"rfc6043": ONE_POLICY}},
        also=ims_also(keeps.TLS + ["TS33328-H.3-01", "TS33328-H.3-02", "RFC4567-7.1-04"]),
        context={"transfer_init": {"m_lines": ["rtp", "tls"]}})
    x = Exchange("message", "256", ticket=(2, 0, 0), ones=MESSAGE_FLAGS, key_types=(GTGK,), cs=[other(1, 242, spi)],
                 sps=[])
    add("message", x, "immediate message in PSK S/MIME", message_profiles(),
        ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp"),
        also={"request_init": keeps.IMS_MESSAGE, "request_resp": keeps.IMS_MESSAGE,
              "transfer_init": keeps.IMS_MESSAGE + keeps.rows("TS33328", "F.3-06", "F.3-07", "F.3-08", "F.3-09",
                                                              "F.3-10")})
    x = Exchange("message-128", "128", ticket=(2, 0, 0), ones=MESSAGE_FLAGS, key_types=(GTGK_SALT,),
                 cs=[other(1, 242, spi)], sps=[], idr_ticket=["carol@example.com", "bob@example.com"])
    add("message-128", x, "immediate message, 128-bit suite, GTGK with salt, two allowed recipients",
        message_profiles(), ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp"))
    only = {"": {"rfc6043": []}}
    x = Exchange("pk", "128", method="pk")
    add("pk", x, "public key variant, RSA PKCS #1 v1.5", only, ("request_init", "request_resp", "resolve_init",
                                                                 "resolve_resp"))
    x = Exchange("pk-pss", "256", method="pk", pss=True, ones="DEFGHIJKNO", ticket=(2, 0, 0))
    add("pk-pss", x, "public key variant, RSA-PSS, 256-bit suite", {"": {"rfc6043": [], "ims-media": []}},
        ("request_init", "request_resp", "resolve_init", "resolve_resp"))
    x = Exchange("f0", "128", ones="DHNO")
    add("f0", x, "F=0: no response, so the crypto sessions are complete", only,
        ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp"))
    x = Exchange("mode3", "128", ones="FGHLMNO")
    add("mode3", x, "mode 3: a ticket made by the Initiator (D=0, L=1)", only,
        ("transfer_init", "transfer_resp", "resolve_init", "resolve_resp"))
    x = Exchange("all-keys", "256", ones="DEFGHILMNO",
                 key_types=(TGK, TGK_SALT, TEK, TEK_SALT, GTGK, GTGK_SALT), rekey=True,
                 apps=(b"app.example.com/voice", b"app.example.com/video"))
    add("all-keys", x, "every type of session key, two applications", only)
    x = Exchange("kw", "kw", ones="DEFGHINO", spi_len=3)
    add("kw", x, "AES key wrap", only, ("request_resp", "transfer_init", "resolve_init", "resolve_resp"))
    for ts_type, what in ((1, "NTP"), (2, "COUNTER"), (3, "NTP-UTC-32")):
        x = Exchange(f"ts{ts_type}", "256" if ts_type == 3 else "128", ts_type=ts_type, ones="DFHNO")
        add(f"ts{ts_type}", x, f"TS type {what}, G=0", only)
    x = Exchange("tgk-salt", "128", key_types=(TGK_SALT,), ones="DEFHINO", tp_kemac=False)
    add("tgk-salt", x, "TGK+SALT, no KEMAC in the request, H without G", only,
        ("request_init", "request_resp", "transfer_init", "transfer_resp", "resolve_resp"))
    x = Exchange("group", "256", key_types=(GTGK,), ones="DEFHIJNO", validity=False)
    add("group", x, "group key under key forking, unlimited validity", only,
        ("request_init", "request_resp", "transfer_init", "transfer_resp", "resolve_resp"))
    x = Exchange("g-only", "128", ones="DFGNO")
    add("g-only", x, "G=1, H=0: TEKs depend on RANDRr alone", only, ("transfer_init", "transfer_resp"))
    x = Exchange("no-psk-name", "128", idrpsk=False, ticket_idrpsk=False)
    add("no-psk-name", x, "no IDRpsk, in the message or the ticket", only, ("request_init", "resolve_init"))
    return out
