"""MSRP and BFCP over TLS-PSK keyed by the TEK of the call (TS 33.328 annexes H and G.3.2)."""
import secrets

import media
import sdp
from people import TLS, plain_offer
from stage import call

PEOPLE = {"alice": "uea", "bob": "ueb"}
PORT = 7654
HOLD = 2500


def msrp_path(stage, name, tls=True):
    return f"msrp{'s' if tls else ''}://{stage.address(name)}:{PORT}/{name}s1;tcp"


def begin(stage, sessions=1, chain=("pa", "core", "pb")):
    stage.nodes("uea", "ueb", *chain)
    stage.chain(*chain, to="ueb")
    alice = stage.cast.initiator("alice", "bob@example.com", offer=plain_offer(TLS, sessions))
    return alice, stage.cast.responder("bob")


def msrp_call(stage, during, sessions=1, **more):
    """A call with an MSRP m-line; `during(alice's TEK, bob's TEK)` once it is up."""
    alice, bob = begin(stage, sessions, **more)
    init = alice.start("transfer")

    def answer():
        resp = stage.cast.answer(bob, init)
        alice.receive("responder", resp)
        return description("bob", resp, "a=setup:passive")

    def description(name, message, setup):
        return sdp.description(name, stage.address(name), [sdp.msrp(stage.address(name), PORT, f"{name}s1", setup)], [sdp.key_mgmt(message)])
    call(stage, "alice", "bob", description("alice", init, "a=setup:active"), answer, hold=HOLD, during=lambda: during(alice.tek(), bob.tek()))
    stage.options.update(teks=sessions)
    return init


def proof(stage, client, server, **more):
    """The one TLS connection, from alice to bob."""
    stage.expected.connection(client_address=stage.address("alice"), server=f"{stage.address('bob')}:{PORT}", client_proof=client,
                              server_proof=server, **{"tek": True, "findings": [], **more})


def msrp(stage):
    """MSRP SEND and its 200 over TLS-PSK, keyed by the TEK of the call."""
    msrp_call(stage, lambda one, other: media.talk_msrp(*media.tls_psk(stage.network, "uea", "ueb", PORT, one, other),
                                                        msrp_path(stage, "alice"), msrp_path(stage, "bob")))
    proof(stage, "verified", "verified")


def wrong_tek(stage):
    """Both ends key TLS-PSK with a key that is not the TEK of the call; MSRP goes over it."""
    other = secrets.token_bytes(16)
    msrp_call(stage, lambda *_: media.talk_msrp(*media.tls_psk(stage.network, "uea", "ueb", PORT, other, other),
                                                msrp_path(stage, "alice"), msrp_path(stage, "bob")))
    proof(stage, "failed", "failed", findings=["RFC5246-7.4.9-x01", "TS33328-H.2-05", "TS33328-J.1-02"])
    stage.expected.text.append("The key of TLS-PSK is not the TEK.")


def two_keys(stage):
    """The client has the TEK, the server another key: the handshake fails."""
    def during(tek, _):
        calling, answering = media.tls_psk(stage.network, "uea", "ueb", PORT, tek, secrets.token_bytes(16))
        calling.wait()
        answering.wait()
    msrp_call(stage, during)
    proof(stage, "verified", "absent", findings=["TS33328-H.2-x02"])
    stage.expected.text.append("The ends of TLS-PSK hold different keys.")


def in_the_clear(stage):
    """The m-line says TCP/TLS/MSRP with key-mgmt, the connection carries MSRP in the clear."""
    msrp_call(stage, lambda *_: media.talk_msrp(*media.tcp(stage.network, "uea", "ueb", PORT), msrp_path(stage, "alice"),
                                                msrp_path(stage, "bob")))
    stage.expected.frame("TS33328-7.2.3-01", lambda reading: reading.first_data(stage.address("alice"), f"{stage.address('bob')}:{PORT}"))
    stage.expected.text.append("MSRP without TLS on a TCP/TLS/MSRP m-line.")


def two_sessions(stage):
    """TRANSFER_INIT has two crypto sessions for one MSRP m-line, so that the m-line has none."""
    init = msrp_call(stage, lambda *_: None, sessions=2, chain=("pa",))
    stage.expected.broken(init, "TS33328-H.3-01")
    stage.expected.text.append("Two crypto sessions for one TCP/TLS/MSRP m-line.")


def bfcp(stage):
    """BFCP over TLS-PSK, keyed by the TEK of the call."""
    alice, bob = begin(stage, chain=("pa",))
    init = alice.start("transfer")

    def description(name, message, setup):
        return sdp.description(name, stage.address(name), [sdp.bfcp(PORT, sdp.key_mgmt(message), setup, "a=connection:new")])

    def answer():
        resp = stage.cast.answer(bob, init)
        alice.receive("responder", resp)
        return description("bob", resp, "a=setup:passive")
    call(stage, "alice", "bob", description("alice", init, "a=setup:active"), answer, hold=HOLD,
         during=lambda: media.talk_bfcp(*media.tls_psk(stage.network, "uea", "ueb", PORT, alice.tek(), bob.tek())))
    stage.options.update(teks=1)
    proof(stage, "verified", "verified")


def bfcp_without_tls(stage):
    """The key-mgmt attribute stands under a TCP/BFCP m-line; BFCP goes in the clear."""
    alice, bob = begin(stage, chain=("pa",))
    init = alice.start("transfer")

    def description(name, message, setup):
        return sdp.description(name, stage.address(name), [sdp.bfcp(PORT, sdp.key_mgmt(message), setup, "a=connection:new", tls=False)])
    call(stage, "alice", "bob", description("alice", init, "a=setup:active"),
         lambda: description("bob", stage.cast.answer(bob, init), "a=setup:passive"), hold=HOLD,
         during=lambda: media.talk_bfcp(*media.tcp(stage.network, "uea", "ueb", PORT)))
    stage.options.update(teks=1)
    stage.expected.at("TS33328-G.3.2-04", "INVITE", source=stage.network.address("uea"))
    stage.expected.at("TS33328-G.3.2-04", "SIP/2.0 200", source=stage.network.address("pa"))
    stage.expected.broken(init, "TS33328-H.3-01")       # a crypto session of TLS, and no m-line X/TLS/Y (vectors/FORMAT.md, section 6)
    stage.expected.text.append("BFCP with key-mgmt has the transport TCP/BFCP, in offer and answer; the crypto session of TLS has no m-line.")


def scene(play, profile="ims-msrp-tls", **more):
    return {"play": play, "profile": profile, "people": PEOPLE, **more}


SCENES = {
    "msrp-tls-psk": scene(msrp),
    "bad-msrp-wrong-tek": scene(wrong_tek, at="uea"),
    "bad-msrp-two-keys": scene(two_keys, at="uea"),
    "bad-msrp-in-the-clear": scene(in_the_clear, at="uea"),
    "bad-msrp-two-crypto-sessions": scene(two_sessions, at="uea"),
    "bfcp-tls-psk": scene(bfcp, "ims-bfcp-tls", at="uea"),
    "bad-bfcp-without-tls": scene(bfcp_without_tls, "ims-bfcp-tls", at="uea"),
}
