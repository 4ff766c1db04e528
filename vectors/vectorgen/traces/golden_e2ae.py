"""Security between UE and IMS Access Gateway for MSRP and BFCP, with certificates (TS 33.328 7.1.2, 7.2.1, 7.3.1, G.2)."""

from ..tls import maker
from . import talks
from .draft import Draft
from .e2ae import BFCP_ROW, GW_A, GW_B, NAMES, ORIGINATING, TERMINATING, WITH_CERTIFICATES, Rows, Side, originating, terminating
from .scene import Key, Scene, Sdp, m


def drafts(parents):
    for protocol in ("MSRP", "BFCP"):
        for part in (originated, handshakes, terminated, settings):
            for draft in part(protocol):
                parents[draft.name] = draft
                yield draft
    yield from in_clear()
    yield from names_of_stage_3()


def originated(protocol):
    r = Rows(protocol)
    parent = Draft("e2ae", r.name("originating"), f"e2ae security for {protocol}, asked for by the UE", originating, r.keeps(ORIGINATING), protocol=protocol)
    yield parent
    yield Draft("e2ae", r.name("unregistered"), f"{protocol}: it is asked for, and the registrations say other mechanisms alone (7.1.2 NOTE 2)", originating,
                r.keeps(["TS33328-7.2.1-02"]), protocol=protocol, client="other", server="none")
    yield Draft("e2ae", r.name("crossed"), f"{protocol}: it is asked for, and the registrations speak of the other kind of media", originating,
                r.keeps(["TS33328-7.2.1-02"]), protocol=protocol, client="crossed", server="crossed")
    yield parent.breaks("no-print", "The offer has no fingerprint", "invite", "a=fingerprint is not there", r(("TS33328-7.2.1-02", "invite")),
                        ue=Side(protocol, True, "requested"))
    yield Draft("e2ae", r.name("not-registered"), f"{protocol} with e2ae security, without any registration in the capture", originating,
                r.keeps(["TS33328-7.2.1-02"]), protocol=protocol, client=None)
    asked = Draft("e2ae", r.name("not-agreed"), f"The network did not say that it supports it: {protocol} in clear", originating, r.keeps(["TS33328-7.2.1-01"]),
                  protocol=protocol, server="none", ue=Side(protocol, False), back=Side(protocol, False, host=GW_B, port=9002), connection="clear")
    yield asked
    yield asked.breaks("agreed", "UE and network said that they support it, and it is not asked for", "register-401",
                       "Security-Server says that the network supports it", r(("TS33328-7.2.1-01", "invite")), server="yes")
    yield asked.breaks("agreed-tls", "UE and network support it; the offer has TLS and a fingerprint without the indication", "invite",
                       "the m-line is not indicated, and the network supports it", r(("TS33328-7.2.1-01", "invite")), server="yes",
                       ue=Side(protocol, True, None, ("initiator",)), connection=None)
    for suffix, what, core in (("secured", "the transport is still that of TLS", Side(protocol, True, host=GW_A, port=9000)),
                               ("print", "the fingerprint of the UE goes on", Side(protocol, False, None, ("initiator",), GW_A, 9000))):
        yield parent.breaks(f"core-{suffix}", f"The P-CSCF sends the offer on: {what}", "invite@1", what, r(("TS33328-7.2.1-03", "invite@1")), core=core)
    yield parent.breaks("core-indicated", "The P-CSCF sends the offer on: the indication goes on", "invite@1", "the indication is there, and a fingerprint of the core",
                        r(("TS33328-7.2.1-03", "invite@1")), core=Side(protocol, True, "requested", ("ca",), GW_A, 9000))
    for suffix, what, back in (("clear", "its transport is without TLS", Side(protocol, False, None, ("kms",), GW_B, 9002)),
                               ("no-print", "it has no fingerprint", Side(protocol, True, host=GW_B, port=9002))):
        yield parent.breaks(f"back-{suffix}", f"The answer to the UE: {what}", "answer@0", what, r(("TS33328-7.2.1-05", "answer@0")), back=back,
                            connection=None if suffix == "clear" else "tls")
    yield parent.breaks("back-same", "The answer to the UE has the fingerprint that came from the core", "answer@0", "the fingerprint of the far end goes on",
                        r(("TS33328-7.2.1-05", "answer@0")), far=Side(protocol, False, None, ("kms",), "192.0.2.2", 2866))
    yield Draft("e2ae", r.name("refused"), f"The {protocol} m-line is refused", originating, r.keeps(["TS33328-7.2.1-05"]), protocol=protocol,
                back=Side(protocol, False, host=GW_B, port=0), far=Side(protocol, False, host="192.0.2.2", port=0), connection=None)


def handshakes(protocol):
    r = Rows(protocol)
    parent = Draft("e2ae", r.name("handshake"), f"The TLS handshake of {protocol} with the certificates of the fingerprints", originating,
                   r.keeps(["TS33328-7.2.1-04", "TS33328-7.2.1-06", "TS33328-6.2.1.2-01"]), protocol=protocol, client=None)
    yield parent
    yield parent.breaks("certificate", "The UE sends another certificate than its fingerprint says", "tls/2", "the certificate is another's",
                        r(("TS33328-7.2.1-04", "tls/2")), certificates=("responder", "kms"))
    yield parent.breaks("print", "The fingerprint of the offer is another's", "invite", "the fingerprint is that of another certificate",
                        r(("TS33328-7.2.1-04", "tls/2")), ue=Side(protocol, True, "requested", ("responder",)))
    for name in ("sha-1", "sha-384", "sha-512"):
        yield Draft("e2ae", r.name(f"handshake-{name}"), f"The fingerprint of {protocol} is one of {name.upper()}", originating, r.keeps(["TS33328-7.2.1-04"]),
                    protocol=protocol, client=None, ue=Side(protocol, True, "requested", (("initiator", name),)))
    yield Draft("e2ae", r.name("handshake-two"), "The second of two fingerprints is that of the certificate", originating, r.keeps(["TS33328-7.2.1-04"]),
                protocol=protocol, client=None, ue=Side(protocol, True, "requested", ("responder", "initiator")))
    yield Draft("e2ae", r.name("handshake-session"), "The fingerprint stands at session level", originating, r.keeps(["TS33328-7.2.1-02", "TS33328-7.2.1-04"]),
                protocol=protocol, client=None, ue=Side(protocol, True, "requested", ("initiator",), session_prints=True))
    yield Draft("e2ae", r.name("handshake-ended"), "Another certificate, and the gateway ends the handshake", originating, r.keeps(["TS33328-7.2.1-04"]),
                protocol=protocol, client=None, certificates=("responder", "kms"), script=WITH_CERTIFICATES[:8] + ("sALERT:handshake_failure",))
    yield parent.breaks("psk", "The server chooses a suite with a pre-shared key", "tls/1", "the suite is TLS_PSK_WITH_AES_128_GCM_SHA256",
                        r(("TS33328-6.2.1.2-01", "tls/1")), suite=0x00A8, script=maker.SCRIPT)
    yield parent.breaks("anonymous", "The server chooses an anonymous suite", "tls/1", "the suite is TLS_DH_anon_WITH_AES_128_GCM_SHA256",
                        r(("TS33328-6.2.1.2-01", "tls/1")), suite=0x00A6, script=("CH", "SH", "SHD", "CKE", "cCCS", "cFIN", "sCCS", "sFIN"))
    yield parent.breaks("clear", f"{protocol} in clear on the connection of an m-line with e2ae security", "clear", "the connection begins without TLS",
                        r(("TS33328-7.2.1-06", "clear")), connection="clear")
    yield parent.breaks("clear-server", f"The gateway begins with {protocol} in clear", "clear", "the first octets come from the server and are no TLS",
                        r(("TS33328-7.2.1-06", "clear")), connection="clear-server")


def terminated(protocol):
    r = Rows(protocol)
    parent = Draft("e2ae", r.name("terminating"), f"e2ae security for {protocol}, applied by the network", terminating, r.keeps(TERMINATING), protocol=protocol)
    yield parent
    for suffix, what, ue, more in (("clear", "the transport is without TLS", Side(protocol, False, "applied", ("kms",), GW_B, 9002), {"connection": None}),
                                   ("no-print", "there is no fingerprint", Side(protocol, True, "applied", (), GW_B, 9002), {}),
                                   ("no-indication", "there is no indication", Side(protocol, True, None, ("kms",), GW_B, 9002), {})):
        rows = r(("TS33328-7.3.1-01", "invite@1"))
        if suffix == "clear" and r.bfcp:
            rows = {BFCP_ROW: "invite@1", "TS33328-G.2-02": "invite@1"}
        yield parent.breaks(f"offer-{suffix}", f"The offer to a UE that supports it: {what}", "invite@1", what, rows, ue=ue, **more)
    yield parent.breaks("answer-no-print", "The answer of the UE has no fingerprint", "answer@1", "there is no fingerprint", r(("TS33328-7.3.1-02", "answer@1")),
                        far=Side(protocol, True, host="192.0.2.2", port=2866))
    yield parent.breaks("answer-clear", "The answer of the UE has neither TLS nor a fingerprint", "answer@1", "the transport is without TLS, there is no fingerprint",
                        r(("TS33328-7.3.1-02", "answer@1")), far=Side(protocol, False, host="192.0.2.2", port=2866), connection=None)
    yield parent.breaks("back-secured", "The P-CSCF sends the answer on with TLS", "answer@0", "the transport is that of TLS", r(("TS33328-7.3.1-04", "answer@0")),
                        back=Side(protocol, True, host=GW_A, port=9004))
    yield parent.breaks("back-print", "The P-CSCF sends the fingerprint of the UE on", "answer@0", "the fingerprint is there", r(("TS33328-7.3.1-04", "answer@0")),
                        back=Side(protocol, False, None, ("responder",), GW_A, 9004))
    yield parent.breaks("certificate", "The UE sends another certificate than its fingerprint says", "tls/1", "the certificate is another's",
                        r(("TS33328-7.3.1-03", "tls/1")), certificates=("kms", "initiator"))
    yield parent.breaks("other-print", "The fingerprint of the answer is another's", "answer@1", "the fingerprint is that of another certificate",
                        r(("TS33328-7.3.1-03", "tls/1")), far=Side(protocol, True, None, ("initiator",), "192.0.2.2", 2866))
    yield parent.breaks("connection-clear", f"{protocol} in clear on the connection", "clear", "the connection begins without TLS", r(("TS33328-7.3.1-05", "clear")),
                        connection="clear")
    yield parent.breaks("connection-server", f"The UE begins with {protocol} in clear", "clear", "the first octets come from the server and are no TLS",
                        r(("TS33328-7.3.1-05", "clear")), connection="clear-server")
    plain = Draft("e2ae", r.name("terminating-plain"), "The UE does not support it: the offer goes on in clear", terminating, r.keeps(["TS33328-7.3.1-01"]),
                  protocol=protocol, client="other", server="none", ue=Side(protocol, False, host=GW_B, port=9002), far=Side(protocol, False, host="192.0.2.2", port=2866),
                  connection="clear")
    yield plain
    yield plain.breaks("supported", "UE and network said that they support it, and the offer goes on in clear", "register", "Security-Client and Security-Server name it",
                       r(("TS33328-7.3.1-01", "invite@1")), client="yes", server="yes")


def settings(protocol):
    """e2ae_core: between P-CSCFs in clear, or over another TLS connection (NOTE 4)."""
    r = Rows(protocol)
    core = Side(protocol, True, None, ("ca",), GW_A, 9000)
    tls = Draft("e2ae", r.name("core-tls"), "Between P-CSCFs it goes over another TLS connection: e2ae_core tls", originating, r.keeps(["TS33328-7.2.1-03"]), protocol=protocol,
                core=core, settings={"e2ae_core": "tls"}, profile="ims-mixed").telling(("core_tls", "invite@1"))
    yield tls
    yield tls.breaks("plain", "The same with e2ae_core plain", None, "the setting e2ae_core is plain", r(("TS33328-7.2.1-03", "invite@1")), notes=[],
                     settings={"e2ae_core": "plain"})
    yield tls.breaks("print", "Over another TLS connection with the fingerprint of the UE", "invite@1", "the fingerprint is that of the UE",
                     r(("TS33328-7.2.1-03", "invite@1")), core=Side(protocol, True, None, ("initiator",), GW_A, 9000))
    back = Draft("e2ae", r.name("core-tls-back"), "The answer goes on over another TLS connection: e2ae_core tls", terminating, r.keeps(["TS33328-7.3.1-04"]), protocol=protocol,
                 back=Side(protocol, True, None, ("ca",), GW_A, 9004), settings={"e2ae_core": "tls"}, profile="ims-mixed").telling(("core_tls", "answer@0"))
    yield back
    yield back.breaks("print", "The answer goes on with the fingerprint of the UE", "answer@0", "the fingerprint is that of the UE", r(("TS33328-7.3.1-04", "answer@0")),
                      back=Side(protocol, True, None, ("responder",), GW_A, 9004))
    yield back.breaks("plain", "The same with e2ae_core plain", None, "the setting e2ae_core is plain", r(("TS33328-7.3.1-04", "answer@0")), notes=[], settings={"e2ae_core": "plain"})


def alone(side, profile="auto"):
    """One leg, an offer that is refused."""
    s = Scene(None, profile)
    c = s.call()
    c.request("INVITE", side.sdp(), "invite")
    c.response(488, None, "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def in_clear():
    """BFCP without TLS (G.2-02, G.3.2-04)."""
    parent = Draft("e2ae", "bfcp/alone", "BFCP over TLS, e2ae security is asked for", alone, ["TS33328-G.2-02", "TS33328-G.2-01"],
                   side=Side("BFCP", True, "requested", ("initiator",)))
    yield parent
    yield parent.breaks("clear", "e2ae security is asked for a BFCP m-line without TLS", "invite", "the transport is TCP/BFCP", {"TS33328-G.2-02": "invite"},
                        side=Side("BFCP", False, "requested", ("initiator",)))
    yield parent.breaks("applied", "e2ae security is applied to a BFCP m-line without TLS", "invite", "the transport is TCP/BFCP, the indication is that of the network",
                        {"TS33328-G.2-02": "invite"}, side=Side("BFCP", False, "applied", ("initiator",)))
    talk = talks.bfcp("bfcp-alone")
    keyed = Draft("e2ae", "bfcp/ticket", "BFCP over TLS with a ticket", ticketed, ["TS33328-G.3.2-04"], talk=talk)
    yield keyed
    yield keyed.breaks("clear", "key-mgmt under a BFCP m-line without TLS", "invite", "the transport is TCP/BFCP", {"TS33328-G.3.2-04": "invite"}, {0: {"findings": ["TS33328-H.3-01"]}},
                       tls=False, profile="ims-bfcp-tls")
    yield keyed.breaks("udp", "key-mgmt under a BFCP m-line over UDP", "invite", "the transport is UDP/BFCP", {"TS33328-G.3.2-04": "invite"}, {0: {"findings": ["TS33328-H.3-01"]}},
                       proto="UDP/BFCP", profile="ims-bfcp-tls")


def ticketed(talk, tls=True, proto=None, profile="auto"):
    s = Scene(talk.keys(), profile)
    c = s.call()
    c.request("INVITE", Sdp(m("application", 2855, proto or ("TCP/TLS/BFCP" if tls else "TCP/BFCP"), Key(talk.init))), "invite")
    c.response(486, None, "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def renamed(of, names, **members):
    """With other names of stage 3, which the profile tells."""
    before = dict(NAMES)
    NAMES.update(names)
    try:
        s = of(**members)
    finally:
        NAMES.update(before)
    s.profile = {"profile": "own-names", "extends": "ims-mixed", "title": "Other names of stage 3", "indications": names}
    return s


def names_of_stage_3():
    """Each name of the profile member `indications`."""
    for member, value in (("attribute", "e2ae"), ("requested", "req"), ("applied", "app"), ("parameter", "media"), ("msrp", "msrps"), ("bfcp", "bfcps")):
        protocol = "BFCP" if member == "bfcp" else "MSRP"
        r, members = Rows(protocol), {"names": {member: value}, "protocol": protocol}
        clear = Side(protocol, False)
        if member in ("attribute", "requested"):
            parent = Draft("e2ae", f"names/{member}", f"Another name of the indication: {member}", renamed, r.keeps(["TS33328-7.2.1-02"]), of=originating, **members)
            yield parent
            yield parent.breaks("broken", "The offer has no fingerprint", "invite", "a=fingerprint is not there", r(("TS33328-7.2.1-02", "invite")),
                                ue=Side(protocol, True, "requested"))
        elif member == "applied":
            parent = Draft("e2ae", f"names/{member}", f"Another name of the indication: {member}", renamed, r.keeps(["TS33328-7.3.1-01"]), of=terminating, **members)
            yield parent
            yield parent.breaks("broken", "The offer to the UE has no fingerprint", "invite@1", "a=fingerprint is not there", r(("TS33328-7.3.1-01", "invite@1")),
                                ue=Side(protocol, True, "applied", (), GW_B, 9002))
        else:
            parent = Draft("e2ae", f"names/{member}", f"Another name in registrations: {member}", renamed, r.keeps(["TS33328-7.2.1-01"]), of=originating, server="none",
                           ue=clear, back=Side(protocol, False, host=GW_B, port=9002), connection=None, **members)
            yield parent
            yield parent.breaks("broken", "UE and network support it, and it is not asked for", "register-401", "Security-Server says that the network supports it",
                                r(("TS33328-7.2.1-01", "invite")), server="yes")
