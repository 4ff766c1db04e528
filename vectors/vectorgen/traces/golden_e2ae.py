"""Security between UE and IMS Access Gateway for MSRP and BFCP, with certificates (TS 33.328 7.1.2, 7.2.1, 7.3.1, G.2)."""

from .. import material
from ..tls import maker, wire as tls_wire
from . import talks
from .draft import Draft
from .scene import Key, P1, P2, Scene, Sdp, m

UE_A, UE_B, S = "192.0.2.1:5060", "192.0.2.2:5060", "203.0.113.5:5060"
GW_A, GW_B = "198.51.100.11", "198.51.100.12"
NAMES = {"attribute": "3ge2ae", "requested": "requested", "applied": "applied", "parameter": "mediasec", "msrp": "msrp-tls", "bfcp": "bfcp-tls"}
WITH_CERTIFICATES = ("CH", "SH", "sCERT", "CREQ", "SHD", "cCERT", "CKE", "CV", "cCCS", "cFIN", "sCCS", "sFIN")
BFCP_ROW = "TS33328-G.2-01"
ORIGINATING = ["TS33328-7.2.1-01", "TS33328-7.2.1-02", "TS33328-7.2.1-03", "TS33328-7.2.1-04", "TS33328-7.2.1-05", "TS33328-7.2.1-06",
               "TS33328-6.2.1.2-01"]
TERMINATING = ["TS33328-7.3.1-01", "TS33328-7.3.1-02", "TS33328-7.3.1-03", "TS33328-7.3.1-04", "TS33328-7.3.1-05"]


def certificate_body(who):
    if who is None:
        return bytes(3)
    return tls_wire.vector(tls_wire.vector(material.certificate(who), 3), 3)


def handshake(client="initiator", server="kms", suite=0x009C, script=WITH_CERTIFICATES, name="e2ae"):
    """[(end, octets)] of a handshake with certificates; what is protected is no more than random octets."""
    edit = {"sCERT": lambda _: certificate_body(server), "cCERT": lambda _: certificate_body(client)}
    plan = maker.Plan(name, suite=suite, script=script, edit=edit)
    return [(one["from"], bytes.fromhex(one["hex"])) for one in maker.Play(plan).run()]


def indication(which):
    return f"a={NAMES['attribute']}:{NAMES[which]}"


class Side:
    """An m-line as one side or hop shows it."""

    def __init__(self, protocol="MSRP", tls=True, said=None, prints=(), host="192.0.2.1", port=2855, session_prints=False, more=(), path=None):
        self.protocol, self.tls, self.said, self.prints, self.host, self.port = protocol, tls, said, prints, host, port
        self.session_prints, self.more, self.path = session_prints, more, path or f"{host}:{port}"

    def sdp(self):
        transport = ("TCP/TLS/" if self.tls else "TCP/") + self.protocol
        prints = [talks.fingerprint(*([one] if isinstance(one, str) else one)) for one in self.prints]
        lines = [*(() if self.session_prints else prints), *([indication(self.said)] if self.said else ()), *self.more]
        if self.protocol == "MSRP":
            scheme = "msrps" if self.tls else "msrp"
            lines += ["a=accept-types:text/plain", f"a=path:{scheme}://{self.path}/s1;tcp"]
        return Sdp(m("message" if self.protocol == "MSRP" else "application", self.port, transport, *lines), session=prints if self.session_prints else (),
                   host=self.host)


def register(s, client=None, server=None, ue=UE_A, proxy=P1, label="register", who="sip:alice@example.com", done=200, expires=None):
    """A REGISTER with Security-Client, a 401 with Security-Server, the REGISTER again, as RFC 3329 has it. `done`: how it ends."""
    c = s.call((ue, proxy), caller=who, called=who, uri="sip:example.com")
    c.request("REGISTER", None, label, more=[("Security-Client", client)] if client else ())
    c.response(401, None, f"{label}-401", more=[("Security-Server", server)] if server else ())
    again = [("Security-Client", client)] if client else []
    again += [("Security-Verify", server)] if server else []
    c.request("REGISTER", None, f"{label}-again", more=[*again, ("Contact", "*"), ("Expires", "0")] if expires == 0 else again)
    c.response(done, None, f"{label}-done")
    return c


def supported(kind):
    return f"ipsec-3gpp;alg=hmac-sha-1-96, {NAMES[kind]};{NAMES['parameter']}"


def originating(protocol="MSRP", client="yes", server="yes", ue=None, core=None, back=None, far=None, connection="tls", certificates=("initiator", "kms"),
                suite=0x009C, script=WITH_CERTIFICATES, settings=None, profile="auto", mikey=None):
    """UE A, its P-CSCF with the IMS Access GW, and what lies behind. `ue`, `core`: the offer on each leg; `far`, `back`: the answer."""
    kind = protocol.lower()
    say = {"yes": supported(kind), "other": f"sdes-srtp;{NAMES['parameter']}", "none": None, "crossed": supported("bfcp" if kind == "msrp" else "msrp")}
    s = Scene(None, profile, settings)
    if client:
        register(s, say[client], say.get(server, server))
    c = s.call((UE_A, P1), (P1, S))
    ue = ue or Side(protocol, True, "requested", ("initiator",))
    core = core or Side(protocol, False, host=GW_A, port=9000)
    far = far or Side(protocol, False, host="192.0.2.2", port=2866)
    back = back or Side(protocol, True, prints=("kms",), host=GW_B, port=9002)
    c.request("INVITE", [ue.sdp(), core.sdp()], "invite")
    c.response(200, [back.sdp(), far.sdp()], "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    media(s, connection, "192.0.2.1:40000", f"{GW_B}:9002", certificates, suite, script, kind)
    return s


def media(s, connection, client, server, certificates, suite, script, kind):
    if connection == "tls":
        segments = handshake(*certificates, suite=suite, script=script)
        gone = any(step.endswith("handshake_failure") for step in script)
        s.stream("tls", client, server, segments, "tls", proofs=("absent", "absent") if gone else ("not_tried", "not_tried"))
    elif connection:
        octets = b"MSRP d93kswow SEND\r\nTo-Path: msrp://x:1/s;tcp\r\nFrom-Path: msrp://y:1/s;tcp\r\nMessage-ID: 1\r\n-------d93kswow$\r\n" \
            if kind == "msrp" else bytes.fromhex("200b0000000000010001000c")
        s.stream(kind, client, server, [("server" if connection == "clear-server" else "client", octets)], "clear")


def terminating(protocol="MSRP", client="yes", server="yes", core=None, ue=None, far=None, back=None, connection="tls", certificates=("kms", "responder"),
                settings=None, profile="auto", suite=0x009C, script=WITH_CERTIFICATES):
    """Out of the core to the P-CSCF of UE B and to UE B."""
    kind = protocol.lower()
    say = {"yes": supported(kind), "other": f"sdes-srtp;{NAMES['parameter']}", "none": None, "crossed": supported("bfcp" if kind == "msrp" else "msrp")}
    s = Scene(None, profile, settings)
    if client:
        register(s, say[client], say[server], UE_B, P2, who="sip:bob@example.com")
    c = s.call((S, P2), (P2, UE_B))
    core = core or Side(protocol, False, host=GW_A, port=9000)
    ue = ue or Side(protocol, True, "applied", ("kms",), GW_B, 9002)
    far = far or Side(protocol, True, None, ("responder",), "192.0.2.2", 2866)
    back = back or Side(protocol, False, host=GW_A, port=9004)
    c.request("INVITE", [core.sdp(), ue.sdp()], "invite")
    c.response(200, [back.sdp(), far.sdp()], "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    media(s, connection, f"{GW_B}:40002", "192.0.2.2:2866", certificates, suite, script, kind)
    return s


def drafts(parents):
    for protocol in ("MSRP", "BFCP"):
        for part in (originated, handshakes, terminated, settings):
            for draft in part(protocol):
                parents[draft.name] = draft
                yield draft
    yield from in_clear()
    yield from names_of_stage_3()
    yield from paths_of_e2ae()


class Rows:
    """Rows of MSRP; of BFCP they are all G.2-01."""

    def __init__(self, protocol):
        self.protocol, self.bfcp = protocol, protocol == "BFCP"

    def __call__(self, *pairs):
        """(row, label) -> rows of the child."""
        if not self.bfcp:
            return dict(pairs)
        return {BFCP_ROW: [label for _, label in pairs]}

    def keeps(self, rows):
        return [BFCP_ROW, "TS33328-G.2-02"] if self.bfcp else rows

    def name(self, name):
        return f"{self.protocol.lower()}/{name}"


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


# --- ways that calls take, and registrations ----------------------------------------------------------------------------


def one_proxy(core=None, later=None, ue_b=None, back=None, transport="udp"):
    """Both UEs behind one P-CSCF: to the S-CSCF and back, over the same two ends."""
    s = Scene()
    say = supported("msrp")
    register(s, say, say, UE_A, P1)
    register(s, say, say, UE_B, P1, label="register-b", who="sip:bob@example.com")
    c = s.call((UE_A, P1), (P1, S), (S, P1), (P1, UE_B), transport=transport)
    asked, applied = Side(said="requested", prints=("initiator",)), Side(said="applied", prints=("kms",), host=GW_B, port=9002)
    plain = Side(tls=False, host=GW_A, port=9000)
    c.request("INVITE", [asked.sdp(), (core or plain).sdp(), (later or plain).sdp(), (ue_b or applied).sdp()], "invite")
    far, gateway = Side(prints=("responder",), host="192.0.2.2", port=2866), Side(prints=("kms",), host=GW_B, port=9006)
    clear = Side(tls=False, host=GW_A, port=9004)
    c.response(200, [gateway.sdp(), clear.sdp(), (back or clear).sdp(), far.sdp()], "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def paths_of_e2ae():
    for transport in ("udp", "tcp"):
        T = transport.upper()
        parent = Draft("e2ae", f"one-proxy/{transport}", f"Both UEs behind one P-CSCF, over {T}", one_proxy, ORIGINATING[:5] + TERMINATING, transport=transport)
        yield parent
        yield parent.breaks("core", f"Both UEs behind one P-CSCF over {T}: it sends the offer on with TLS", "invite@1", "the transport is that of TLS", {"TS33328-7.2.1-03": "invite@1"},
                            core=Side(host=GW_A, port=9000))
        yield parent.breaks("no-print", f"Both UEs behind one P-CSCF over {T}: the offer to the second has no fingerprint", "invite@3", "there is no fingerprint",
                            {"TS33328-7.3.1-01": "invite@3"}, ue_b=Side(said="applied", host=GW_B, port=9002))
        yield parent.breaks("back", f"Both UEs behind one P-CSCF over {T}: it sends the answer on with TLS", "answer@2", "the transport is that of TLS", {"TS33328-7.3.1-04": "answer@2"},
                            back=Side(host=GW_A, port=9004))
        nat = Draft("e2ae", f"one-address/{transport}", f"e2ae security, both UEs behind one address, over {T}", one_address, ["TS33328-7.2.1-03"], transport=transport)
        yield nat
        yield nat.breaks("indicated", f"Both UEs behind one address over {T}: the indication goes on", "invite@1", "the indication is there", {"TS33328-7.2.1-03": "invite@1"},
                         later=Side(tls=False, said="requested", prints=("kms",), host=GW_A, port=9000))
    unsupported = Draft("e2ae", "unsupported", "The network did not say that it supports it: offer and answer go on as they are", passed_through, ["TS33328-7.2.1-03", "TS33328-7.2.1-05"])
    yield unsupported
    yield Draft("e2ae", "unsupported/far", "The network did not say that it supports it: offer and answer go on as they are, over three legs", passed_through,
                ["TS33328-7.2.1-03", "TS33328-7.2.1-05"], far=True)
    yield unsupported.breaks("supported", "The network said that it supports it, and offer and answer go on as they are", "register-401", "Security-Server says that the network supports it",
                             {"TS33328-7.2.1-03": "invite@1", "TS33328-7.2.1-05": "answer@0"}, server=True)
    yield from who_is_registered()
    yield from several_sessions()
    yield from removed()


def one_address(transport="udp", later=None):
    s = Scene()
    c = s.call(("192.0.2.1:40001", P1), (P1, "192.0.2.1:40002"), transport=transport)
    later = later or Side(tls=False, host=GW_A, port=9000)
    c.request("INVITE", [Side(said="requested", prints=("initiator",)).sdp(), later.sdp()], "invite")
    c.response(200, [Side(prints=("kms",), host=GW_B, port=9002).sdp(), Side(tls=False, host="192.0.2.1", port=2866).sdp()], "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def passed_through(server=False, far=False):
    s = Scene()
    register(s, supported("msrp"), supported("msrp") if server else "ipsec-3gpp;alg=hmac-sha-1-96")
    c = s.call((UE_A, P1), (P1, S), *([(S, P2)] if far else []))
    c.request("INVITE", Side(said="requested", prints=("initiator",)).sdp(), "invite")
    c.response(200, Side(prints=("responder",), host="192.0.2.2", port=2866).sdp(), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


ALICE_AOR, CAROL_AOR = "sip:alice@example.com", "sip:carol@example.com"


def calls_in_clear(caller=CAROL_AOR, ue="192.0.2.1:6072", third=None, done=200, carol=True):
    """Alice registers and says it; another at her address does not, and calls in clear. `third`: how Alice registers again."""
    s = Scene()
    say = supported("msrp")
    register(s, say, say, done=done)
    if carol:
        register(s, "ipsec-3gpp", None, ue, label="carol", who=CAROL_AOR)
    if third == "ended":
        register(s, say, None, label="third", expires=0)
    elif third == "without":
        register(s, "ipsec-3gpp", "ipsec-3gpp", label="third")
    c = s.call((ue, P1), caller=caller)
    c.request("INVITE", Side(tls=False).sdp(), "invite")
    c.response(486)
    c.request("ACK", None, to_tag="b1")
    return s


def who_is_registered():
    row = "TS33328-7.2.1-01"
    parent = Draft("e2ae", "registered/other", "Another user at the same address, who did not say that she supports it, offers MSRP in clear", calls_in_clear, [row])
    yield parent
    yield parent.breaks("alice", "The user who said that she supports it offers MSRP in clear", "invite", "From is Alice's", {row: "invite"}, caller=ALICE_AOR)
    yield Draft("e2ae", "registered/never", "A user who never registered offers MSRP in clear", calls_in_clear, [row], carol=False)
    yield Draft("e2ae", "registered/refused", "The registration is refused in the end; MSRP in clear", calls_in_clear, [row], carol=False, caller=ALICE_AOR, done=403)
    for third, what in (("ended", "ends her registration"), ("without", "registers again without it")):
        yield Draft("e2ae", f"registered/{third}", f"A UE that supported it {what}, and offers MSRP in clear", calls_in_clear, [row], caller=ALICE_AOR, carol=False, third=third)
    called = Draft("e2ae", "registered/called", "Another user at the address of one who supports it is called in clear", called_in_clear, ["TS33328-7.3.1-01"])
    yield called
    yield called.breaks("bob", "The user who said that he supports it is called in clear", "invite@1", "To and Request-URI are Bob's", {"TS33328-7.3.1-01": "invite@1"}, called="sip:bob@example.com")
    yield called.breaks("party", "P-Called-Party-ID is that of the user who supports it, and he is called in clear", "invite@1", "P-Called-Party-ID is Bob's",
                        {"TS33328-7.3.1-01": "invite@1"}, party="sip:bob@example.com")


def called_in_clear(called="sip:dave@example.com", party=None):
    s = Scene()
    register(s, supported("msrp"), supported("msrp"), UE_B, P2, who="sip:bob@example.com")
    c = s.call((S, P2), (P2, UE_B), called=called, headers=[("P-Called-Party-ID", f"<{party}>")] if party else ())
    c.request("INVITE", Side(tls=False, host=GW_A, port=9000).sdp(), "invite")
    c.response(486)
    c.request("ACK", None, to_tag="b1")
    return s


def two_calls(certificates=("initiator", "responder"), cema=False):
    """Two calls of one UE to one port of the gateway, each with a certificate of its own; both are signalled before the connections."""
    s = Scene()
    for who in ("initiator", "responder"):
        c = s.call((UE_A, P1))
        c.request("INVITE", Side(said="requested", prints=(who,)).sdp(), f"invite-{who}")
        c.response(200, Side(prints=("kms",), host=GW_B, port=9002).sdp(), f"answer-{who}")
        c.request("ACK", None, to_tag="b1")
    for number, who in enumerate(certificates):
        s.stream("tls", f"192.0.2.1:{40000 + number}", f"{GW_B}:9002", handshake(who, name=f"e2ae-{number}"), f"tls{number}", proofs=("not_tried", "not_tried"))
    return s


def several_sessions():
    row = "TS33328-7.2.1-04"
    parent = Draft("e2ae", "one-port-e2ae", "Two calls to one port of the gateway, each with a certificate of its own", two_calls, [row])
    yield parent
    yield parent.breaks("other", "Two calls to one port of the gateway; the certificate of one is that of neither", "tls0/2", "the certificate is another's", {row: "tls0/2"},
                        certificates=("ca", "responder"))
    cema = Side(prints=("kms",), host=GW_B, port=9002, path="192.0.2.2:2866", more=("a=msrp-cema",))
    with_cema = Draft("e2ae", "cema", "With a=msrp-cema the connection goes to c= and m= (RFC 6714)", originating, [row, "TS33328-7.2.1-06"], back=cema, client=None)
    yield with_cema
    yield with_cema.breaks("certificate", "With a=msrp-cema the UE sends another certificate", "tls/2", "the certificate is another's", {row: "tls/2"}, certificates=("responder", "kms"))
    yield with_cema.breaks("clear", "With a=msrp-cema, MSRP in clear on the connection", "clear", "the connection begins without TLS", {"TS33328-7.2.1-06": "clear"}, connection="clear")


def without_port(port=0):
    """A re-offer that removes the MSRP m-line; the UE supports e2ae security."""
    s = Scene()
    register(s, supported("msrp"), supported("msrp"), UE_B, P2, who="sip:bob@example.com")
    c = s.call((S, P2), (P2, UE_B))
    sides = [Side(tls=False, host=GW_A, port=port), Side(tls=False, host=GW_B, port=port)]
    c.request("INVITE", [one.sdp() for one in sides], "invite")
    c.response(488)
    c.request("ACK", None, to_tag="b1")
    return s


def taken_out(port=0):
    s = Scene()
    c = s.call((UE_A, P1))
    c.request("INVITE", Side(said="requested", prints=("initiator",)).sdp(), "invite")
    c.response(200, Side(prints=("kms",), host=GW_B, port=9002).sdp(), "answer")
    c.request("ACK", None, to_tag="b1")
    c.request("INVITE", Side(said="requested", port=port).sdp(), "again", to_tag="b1")
    c.response(200, Side(prints=("kms",), host=GW_B, port=port and 9002).sdp(), "again-answer")
    c.request("ACK", None, to_tag="b1")
    return s


def repeated_by_the_called():
    """UE B holds: its re-INVITE repeats its own description, with the number of the INVITE."""
    s = terminating()
    c = s.calls[-1]
    c.request("INVITE", Side(prints=("responder",), host="192.0.2.2", port=2866).sdp(), "hold", cseq=1, backwards=True, legs=[1])
    c.response(200, Side(said="applied", prints=("kms",), host=GW_B, port=9002).sdp(), legs=[1])
    c.request("ACK", None, cseq=1, backwards=True, legs=[1])
    return s


def removed():
    parent = Draft("e2ae", "port-zero", "An MSRP m-line with port 0 goes on in clear to a UE that supports e2ae security", without_port, ["TS33328-7.3.1-01"])
    yield parent
    yield parent.breaks("used", "The same m-line with a port", "invite@1", "the port is not 0", {"TS33328-7.3.1-01": "invite@1"}, port=9002)
    taken = Draft("e2ae", "taken-out", "A re-INVITE takes the MSRP m-line out", taken_out, ["TS33328-7.2.1-02"])
    yield taken
    yield taken.breaks("kept", "A re-INVITE keeps the MSRP m-line, without fingerprint", "again", "the port is not 0", {"TS33328-7.2.1-02": "again"}, port=2855)
    yield Draft("e2ae", "hold", "The called UE repeats its description in a re-INVITE", repeated_by_the_called, ["TS33328-7.2.1-01", "TS33328-7.3.1-02"])
