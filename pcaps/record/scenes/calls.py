"""Calls with SRTP through P-CSCFs and S-CSCF."""
from people import srtp_offer
from stage import audio_answer, audio_offer, call

PEOPLE = {"alice": "uea", "bob": "ueb"}


def media_call(stage, transport="udp", padding=0, chain=("pa", "core", "pb"), session=True, hold=300):
    """The whole story: ticket requested over HTTP, transferred in the INVITE, resolved over HTTP, answered in the 200."""
    stage.nodes("uea", "ueb", *chain)
    stage.chain(*chain, to="ueb", transport=transport)
    alice = stage.cast.initiator("alice", "bob@example.com", offer=srtp_offer())
    bob = stage.cast.responder("bob")
    init = alice.start("transfer")

    def answer():
        resp = stage.cast.answer(bob, init)
        alice.receive("responder", resp)
        return audio_answer(stage, "bob", resp, session, padding=padding)
    call(stage, "alice", "bob", audio_offer(stage, "alice", init, session, padding=padding), answer, transport=transport, hold=hold)
    stage.options.update(teks=2)


def udp(stage):
    """INVITE, 200, ACK, BYE over UDP and IPv4 through three proxies, seen on every hop."""
    media_call(stage)


def tcp(stage):
    """The same over TCP."""
    media_call(stage, "tcp")


def fragments(stage):
    """INVITE and 200 so large that every hop fragments them, over UDP and IPv4."""
    media_call(stage, padding=24)


SCENES = {
    "call-udp-ipv4-hops": {"play": udp, "profile": "ims-media", "people": PEOPLE},
    "call-tcp-ipv4-hops": {"play": tcp, "profile": "ims-media", "people": PEOPLE},
    "call-udp-ipv4-fragments": {"play": fragments, "profile": "ims-media", "people": PEOPLE, "at": "uea"},
    "call-tcp-ipv4-ue": {"play": tcp, "profile": "ims-media", "people": PEOPLE, "at": "ueb"},
    "call-udp-ipv6-hops": {"play": udp, "profile": "ims-media", "people": PEOPLE, "ipv6": True},
    "call-tcp-ipv6-ue": {"play": tcp, "profile": "ims-media", "people": PEOPLE, "ipv6": True, "at": "uea"},
    "call-udp-ipv6-fragments": {"play": fragments, "profile": "ims-media", "people": PEOPLE, "ipv6": True},
}
