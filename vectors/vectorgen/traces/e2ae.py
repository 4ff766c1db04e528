"""Calls with security between UE and IMS Access Gateway for MSRP and BFCP: what each hop shows, registrations, handshakes with certificates (TS 33.328 7.1.2)."""

from .. import material
from ..tls import maker, wire as tls_wire
from . import talks
from .scene import P1, P2, Scene, Sdp, m

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
