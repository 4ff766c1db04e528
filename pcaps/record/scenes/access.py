"""MSRP and BFCP protected to the access edge (TS 33.328 6.2.1, 7.1 to 7.3, G.2): TLS with certificates between UE and access gateway."""
import media
import sdp
from signalling import End, recv, request, send
from stage import call

PEOPLE = {"alice": "uea", "bob": "ueb"}
OFFERED, ANSWERED = 7654, 7655
HOLD = 2500
APPLIED = "a=3ge2ae:applied\\r\\n"
REQUESTED = "a=3ge2ae:requested"
CHAIN = ("pa", "core", "pb")


class Edge:
    """Nodes, proxies of which one has an access gateway, certificates."""

    def __init__(self, stage, side="pa", forgets=(), kms=False):
        self.stage, self.side = stage, side
        self.gateway = media.Certificate(stage.network, "gateway")
        self.ue = media.Certificate(stage.network, "alice" if side == "pa" else "bob")
        stage.options.update(keys=False, conversations=0)
        stage.options["not_real"] = ["the access gateway is Python and openssl; Kamailio rewrites the SDP in its place"]
        stage.nodes("uea", "ueb", *CHAIN, kms=kms)
        for at, node in enumerate(CHAIN):
            defines = ["PCSCF_A", "REGISTRAR"] if node == "pa" else []
            if node == side:
                defines += ["E2AE_ORIG" if side == "pa" else "E2AE_TERM", *forgets]
            stage.proxies.start(node, [(*CHAIN, "ueb")[at + 1]], defines=defines, values={
                "FINGERPRINT": self.gateway.fingerprint(), "INDICATION": APPLIED if side == "pb" else ""})

    def fingerprint(self):
        return f"a=fingerprint:{self.ue.fingerprint()}"


def describe(stage, name, line):
    return sdp.description(name, stage.address(name), [line])


def register(stage):
    """Alice registers, and both she and the network say that they protect MSRP to the edge."""
    person = stage.cast["alice"]
    text = request("REGISTER", "sip:example.com", person, person.uri, more=[
        "Security-Client: msrp-tls;mediasec", "Require: mediasec", "Proxy-Require: mediasec", "Expires: 600000"])
    End(stage.network, person, [send(text, retrans=500), recv(200)], peer="pa").done()


def relay(stage, outer, inner, outer_first):
    """MSRP SEND and its 200 from one connection to the other, as the access gateway hands them on."""
    (one, other), (three, four) = (outer, inner) if outer_first else (inner, outer)
    caller, called = (f"msrp{kind}://{stage.address(name)}:{port}/{name}s1;tcp" for kind, name, port in (
        ("s" if outer_first else "", "alice", OFFERED), ("" if outer_first else "s", "bob", ANSWERED)))
    there, back = media.msrp_send("a786hjs2", called, caller, "hello"), media.msrp_ok("a786hjs2", caller, called)
    for source, target, octets in ((one, other, there), (three, four, there), (four, three, back), (other, one, back)):
        source.send(octets)
        target.receive(number=len(octets))
    for end in (one, three, other, four):
        end.close()


def originating(stage, forgets=(), certificate=None, registers=False):
    """A call whose MSRP is protected between alice and the gateway at her P-CSCF."""
    edge = Edge(stage, forgets=forgets)
    if registers:
        register(stage)
    presented = certificate and media.Certificate(stage.network, certificate) or edge.ue

    def during():
        outer = media.tls(stage.network, "uea", "pa", ANSWERED, presented, edge.gateway)
        relay(stage, outer, media.tcp(stage.network, "pa", "ueb", ANSWERED), True)
    call(stage, "alice", "bob", describe(stage, "alice", sdp.msrp(stage.address("alice"), OFFERED, "alices1", "a=setup:active", edge.fingerprint(), REQUESTED)),
         lambda: describe(stage, "bob", sdp.msrp(stage.address("bob"), ANSWERED, "bobs1", "a=setup:passive", tls=False)), hold=HOLD, during=during)
    return edge


def terminating(stage, forgets=(), certificate=None, fingerprint=True):
    """A call whose MSRP is protected between bob and the gateway at his P-CSCF."""
    edge = Edge(stage, "pb", forgets)
    presented = certificate and media.Certificate(stage.network, certificate) or edge.ue

    def during():
        outer = media.tls(stage.network, "pb", "ueb", ANSWERED, edge.gateway, presented)
        relay(stage, outer, media.tcp(stage.network, "uea", "pb", ANSWERED), False)
    call(stage, "alice", "bob", describe(stage, "alice", sdp.msrp(stage.address("alice"), OFFERED, "alices1", "a=setup:active", tls=False)),
         lambda: describe(stage, "bob", sdp.msrp(stage.address("bob"), ANSWERED, "bobs1", "a=setup:passive", *([edge.fingerprint()] if fingerprint else []))),
         hold=HOLD, during=during)
    return edge


def expect_tls(stage, client, server):
    stage.expected.connection(client_address=stage.network.address(client), server=f"{stage.network.address(server)}:{ANSWERED}", tek=False,
                              client_proof=None, server_proof=None, findings=[])


def orig(stage):
    """MSRP is protected between alice and her access gateway; TCP/MSRP without fingerprint behind it."""
    originating(stage, registers=True)
    expect_tls(stage, "uea", "pa")


def term(stage):
    """MSRP is protected between bob's access gateway and bob; TCP/MSRP without fingerprint before it."""
    terminating(stage)
    expect_tls(stage, "pb", "ueb")


def fingerprint_left(stage):
    """The originating P-CSCF leaves the fingerprint in the offer that it sends on."""
    originating(stage, forgets=("KEEP_FINGERPRINT",))
    expect_tls(stage, "uea", "pa")
    stage.expected.at("TS33328-7.2.1-03", "INVITE", source=stage.network.address("pa"))
    stage.expected.text.append("a=fingerprint of the UE goes on into the core.")


def transport_left(stage):
    """The originating P-CSCF leaves TCP/TLS/MSRP in the offer that it sends on."""
    originating(stage, forgets=("KEEP_TRANSPORT",))
    expect_tls(stage, "uea", "pa")
    stage.expected.at("TS33328-7.2.1-03", "INVITE", source=stage.network.address("pa"))
    stage.expected.text.append("TCP/TLS/MSRP goes on into the core.")


def certificate_orig(stage):
    """Alice presents another certificate than that whose fingerprint her offer has; the gateway accepts it."""
    originating(stage, certificate="mallory")
    expect_tls(stage, "uea", "pa")
    stage.expected.frame("TS33328-7.2.1-04", lambda reading: reading.certificate(stage.network.address("uea"), stage.network.address("pa")))
    stage.expected.text.append("The certificate of the UE has not the fingerprint of its offer.")


def certificate_term(stage):
    """Bob presents another certificate than that whose fingerprint his answer has; the gateway accepts it."""
    terminating(stage, certificate="mallory")
    expect_tls(stage, "pb", "ueb")
    stage.expected.frame("TS33328-7.3.1-03", lambda reading: reading.certificate(stage.network.address("ueb"), stage.network.address("pb")))
    stage.expected.text.append("The certificate of the UE has not the fingerprint of its answer.")


def answer_without(stage):
    """Bob answers TCP/TLS/MSRP without the fingerprint of his certificate."""
    terminating(stage, fingerprint=False)
    expect_tls(stage, "pb", "ueb")
    stage.expected.at("TS33328-7.3.1-02", "SIP/2.0 200", source=stage.address("bob"))
    stage.expected.text.append("The answer of the UE has no fingerprint.")


def not_requested(stage):
    """Alice and the network both said at her registration that they protect MSRP to the edge; she offers TCP/MSRP all the same."""
    Edge(stage, "core")
    register(stage)
    call(stage, "alice", "bob", describe(stage, "alice", sdp.msrp(stage.address("alice"), OFFERED, "alices1", "a=setup:active", tls=False)),
         lambda: describe(stage, "bob", sdp.msrp(stage.address("bob"), ANSWERED, "bobs1", "a=setup:passive", tls=False)))
    stage.expected.at("TS33328-7.2.1-01", "INVITE", source=stage.address("alice"))
    stage.expected.text.append("The offer does not ask for protection that was registered.")


def bfcp_call(stage, edge, tls, during):
    call(stage, "alice", "bob", describe(stage, "alice", sdp.bfcp(OFFERED, "a=setup:active", "a=connection:new", edge.fingerprint(), REQUESTED, tls=tls)),
         lambda: describe(stage, "bob", sdp.bfcp(ANSWERED, "a=setup:passive", "a=connection:new", tls=False)), hold=HOLD, during=during)


def bfcp(stage):
    """BFCP is protected between alice and her access gateway."""
    edge = Edge(stage)

    def during():
        media.talk_bfcp(*media.tls(stage.network, "uea", "pa", ANSWERED, edge.ue, edge.gateway))
        media.talk_bfcp(*media.tcp(stage.network, "pa", "ueb", ANSWERED))
    bfcp_call(stage, edge, True, during)
    expect_tls(stage, "uea", "pa")


def bfcp_without_tls(stage):
    """Alice asks for BFCP protected to the edge, but offers TCP/BFCP; a P-CSCF that knows nothing of it hands on the answer, and BFCP goes in the clear."""
    bfcp_call(stage, Edge(stage, "core"), False, lambda: media.talk_bfcp(*media.tcp(stage.network, "uea", "ueb", ANSWERED)))
    stage.expected.at("TS33328-G.2-02", "INVITE", source=stage.address("alice"))
    stage.expected.at("TS33328-G.2-01", "SIP/2.0 200", source=stage.network.address("pa"))      # 7.2.1-05; 7.2.1-06 is the same row of the same m-line
    stage.expected.text.append("The m-line with the indication is TCP/BFCP, so is the answer's, and the connection begins without TLS.")


def scene(play, **more):
    return {"play": play, "profile": "ims-media", "people": PEOPLE, **more}


SCENES = {
    "e2ae-msrp-originating": scene(orig),
    "e2ae-msrp-terminating": scene(term),
    "bad-e2ae-fingerprint-in-core": scene(fingerprint_left),
    "bad-e2ae-transport-in-core": scene(transport_left),
    "bad-e2ae-certificate-originating": scene(certificate_orig, at="pa"),
    "bad-e2ae-certificate-terminating": scene(certificate_term, at="pb"),
    "bad-e2ae-answer-without-fingerprint": scene(answer_without),
    "bad-e2ae-not-requested": scene(not_requested, at="uea"),
    "e2ae-bfcp-originating": scene(bfcp),
    "bad-e2ae-bfcp-without-tls": scene(bfcp_without_tls, at="uea"),
}
