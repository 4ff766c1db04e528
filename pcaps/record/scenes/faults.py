"""Calls with one thing wrong in MIKEY or in its attribute."""
import base64

import sdp
from people import Message, srtp_offer
from stage import audio_answer, audio_offer, call

PEOPLE = {"alice": "uea", "bob": "ueb"}


def begin(stage, offer=None, **options):
    """Alice with a ticket from the KMS, Bob, one P-CSCF between them."""
    stage.nodes("uea", "ueb", "pa")
    stage.chain("pa", to="ueb")
    alice = stage.cast.initiator("alice", options.pop("called", "bob@example.com"), offer=offer or srtp_offer(), **options)
    return alice, stage.cast.responder("bob")


def last_bit(message):
    return Message(message.octets[:-1] + bytes([message.octets[-1] ^ 1]))


def rejected(status):
    """Steps of a call that is answered with a final status."""
    return {"final": int(status.split()[0])}, {"final": status}


def no_response(stage):
    """The 200 has no TRANSFER_RESP although F is 1."""
    alice, bob = begin(stage)
    init = alice.start("transfer")

    def answer():
        stage.cast.answer(bob, init)
        stage.cast.sent.pop()
        return audio_answer(stage, "bob", None)
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), answer)
    stage.expected.at("RFC6043-4.2.2.2-04", "SIP/2.0 200", source=stage.network.address("pa"))
    stage.expected.text.append("The 200 OK to the INVITE has no TRANSFER_RESP.")


def response_mac(stage):
    """The last bit of the MAC of TRANSFER_RESP is another."""
    alice, bob = begin(stage)
    init = alice.start("transfer")
    wrong = []

    def answer():
        wrong.append(stage.cast.note(last_bit(stage.cast.answer(bob, init))))
        return audio_answer(stage, "bob", wrong[0])
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), answer)
    stage.expected.broken(wrong[0], "RFC6043-4.2.2.3-19", auth="fail")
    stage.expected.text.append("The last bit of the MAC of TRANSFER_RESP is another.")


def init_mac_rejected(stage):
    """The last bit of the MAC of TRANSFER_INIT is another; the called one finds it and rejects the offer with 488 and an Error."""
    alice, bob = begin(stage)
    bob.refusing = True
    init = stage.cast.note(last_bit(alice.start("transfer")))

    def answer():
        error = stage.cast.answer(bob, init)
        assert error.data_type == 6
        return audio_answer(stage, "bob", error)
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), answer, steps=rejected("488 Not Acceptable Here"))
    stage.expected.broken(init, "RFC6043-4.2.2.1-09", "RFC6043-6.10-27", auth="fail")
    stage.expected.text.append("The last bit of the MAC of TRANSFER_INIT is another, so that Vi differs from it.")


def error_with_403(stage):
    """The called one refuses the offer by policy, with an Error, but with status 403 in place of 488."""
    alice, _ = begin(stage)
    bob = stage.cast.responder("bob", refuse="transfer", refusing=True)
    init = alice.start("transfer")

    def answer():
        error = stage.cast.answer(bob, init)
        assert error.data_type == 6
        return audio_answer(stage, "bob", error)
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), answer, steps=rejected("403 Forbidden"))
    stage.expected.at("RFC4567-4.1.2-07", "SIP/2.0 403", source=stage.network.address("pa"))
    stage.expected.text.append("The rejection with a MIKEY Error has status 403.")


def error_with_488(stage):
    """The called one refuses the offer by policy, with an Error in a 488."""
    alice, _ = begin(stage)
    bob = stage.cast.responder("bob", refuse="transfer", refusing=True)
    init = alice.start("transfer")
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), lambda: audio_answer(stage, "bob", stage.cast.answer(bob, init)),
         steps=rejected("488 Not Acceptable Here"))


def one_session(stage):
    """TRANSFER_INIT has one crypto session for an RTP m-line."""
    alice, bob = begin(stage, srtp_offer(sessions=1))
    init = alice.start("transfer")
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), lambda: audio_answer(stage, "bob", stage.cast.answer(bob, init)))
    stage.expected.broken(init, "RFC4567-7.1-04")
    stage.options.update(teks=1)
    stage.expected.text.append("One crypto session for an RTP m-line.")


def base64_broken(stage):
    """The data of the key-mgmt attribute lacks its padding and has a character that base64 has not; the called one rejects the offer."""
    alice, _ = begin(stage)
    init = alice.start("transfer")
    stage.cast.sent.pop()
    text = base64.b64encode(init.octets).decode()[:-8] + "*AAA"
    offer = sdp.description("alice", stage.address("alice"), [sdp.audio()], [sdp.key_mgmt(text)])
    call(stage, "alice", "bob", offer, lambda: audio_answer(stage, "bob", None), steps=rejected("488 Not Acceptable Here"))
    stage.expected.at("RFC4567-3-01", "INVITE", source=stage.network.address("uea"))
    stage.expected.text.append("The base64 of the TRANSFER_INIT has an asterisk in it.")


def not_a_resolver(stage):
    """The ticket is for carol alone, the INVITE goes to bob; the KMS does not resolve it, and the offer is rejected."""
    alice, bob = begin(stage, responders=("carol@example.com",))
    bob.refusing = True
    init = alice.start("transfer")
    sent = []

    def answer():
        asked = bob.receive("initiator", init)
        sent.append(asked)
        bob.receive("kms", stage.cast.ask_kms("ueb", asked))
        return audio_answer(stage, "bob", None)
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), answer, steps=rejected("488 Not Acceptable Here"))
    stage.expected.at("TS33328-B.1-x01", "INVITE", source=stage.network.address("uea"))
    stage.expected.broken(sent[0], "RFC6043-4.2.3.4-x01")
    stage.expected.text.append("The Request-URI names nobody who may resolve the ticket, nor does he who asks the KMS.")


def identifiers(stage):
    """The General Extension lists mikey and another protocol, the SDP offers mikey alone; the called one accepts."""
    alice, bob = begin(stage, sdp_ids=("mikey", "example"))
    init = alice.start("transfer")
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), lambda: audio_answer(stage, "bob", stage.cast.answer(bob, init)))
    stage.expected.at("RFC4567-4.1.4-06", "INVITE", source=stage.network.address("uea"))
    stage.expected.at("RFC4567-7-02", "SIP/2.0 200", source=stage.network.address("pa"))
    stage.options.update(teks=2)
    stage.expected.text.append("SDP IDs of the General Extension are not the list of the SDP.")




def in_the_answer(stage):
    """The called one answers with a TRANSFER_INIT of its own in place of a TRANSFER_RESP."""
    alice, bob = begin(stage)
    init = alice.start("transfer")
    other = stage.cast.initiator("bob", "alice@example.com", offer=srtp_offer())
    wrong = []

    def answer():
        bob.receive("initiator", init)
        stage.cast.sent.pop()
        wrong.append(other.start("transfer"))
        return audio_answer(stage, "bob", wrong[0])
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), answer)
    stage.expected.at("RFC4567-4.1.2-16", "SIP/2.0 200", source=stage.network.address("pa"))
    stage.expected.at("RFC6043-4.2.2.2-04", "SIP/2.0 200", source=stage.network.address("pa"))
    stage.options.update(conversations=2)
    stage.expected.text.append("The answer has a TRANSFER_INIT and no TRANSFER_RESP.")


def scene(play, **more):
    return {"play": play, "profile": "ims-media", "people": PEOPLE, "at": "uea", **more}


SCENES = {
    "bad-no-transfer-resp": scene(no_response),
    "bad-transfer-resp-mac": scene(response_mac, at="ueb"),
    "bad-transfer-init-mac": scene(init_mac_rejected, at="ueb"),
    "refused-488": scene(error_with_488),
    "bad-refused-403": scene(error_with_403),
    "bad-one-crypto-session": scene(one_session),
    "bad-base64": scene(base64_broken),
    "bad-request-uri": scene(not_a_resolver, at="net"),
    "bad-sdp-ids": scene(identifiers),
    "bad-transfer-init-in-answer": scene(in_the_answer),
}
