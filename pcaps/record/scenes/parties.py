"""Calls of more than two: forking, an application server in the path, conferences; and a call that is updated."""
import secrets

from people import srtp_offer
from signalling import End, pause, recv, request, response, send
from stage import SIP_URI, audio_answer, audio_offer, call, callee_steps, caller_steps

PEOPLE = {"alice": "uea", "bob": "ueb"}
FORK = {"alice": "uea", "bob": "ueb", "office": "uec"}
SERVER = {"alice": "uea", "bob": "ueb", "service": "as"}
CONFERENCE = {"alice": "uea", "bob": "ueb", "conference": "focus"}
TEK = 2


def forked(stage):
    """The S-CSCF forks to two UEs: bob's answers in a 183, the office in the 200; each has the ticket resolved for itself."""
    stage.nodes("uea", "ueb", "uec", "pa", "core")
    stage.proxies.start("pa", ["core"])
    stage.proxies.start("core", ["ueb", "uec"])
    alice = stage.cast.initiator("alice", "bob@example.com", offer=srtp_offer())
    init = alice.start("transfer")
    arrived, early, final = stage.flag(), stage.later(), stage.later()
    bob, office = stage.cast["bob"], stage.cast["office"]
    cancelled = response("487 Request Terminated", bob).replace("[last_CSeq:]", "CSeq: 1 INVITE").replace("[last_Record-Route:]\n", "")
    first = End(stage.network, bob, [
        recv("INVITE"), pause(1500), send(response("183 Session Progress", bob), early), recv("CANCEL"),
        send(response("200 OK", bob).replace("[last_Record-Route:]\n", "")), send(cancelled), recv("ACK")])
    second = End(stage.network, office, callee_steps(stage, "office", final, arrived, ringing=3000))
    person, uri = stage.cast["alice"], SIP_URI.format("bob")
    calling = End(stage.network, person, [
        send(request("INVITE", uri, person, uri), stage.file(audio_offer(stage, "alice", init)), retrans=500), recv(100, optional=True),
        recv(180, optional=True), recv(183, optional=True), recv(200, routes=True),
        send(request("ACK", None, person, uri, routes=True, to_tag=True)), pause(300),
        send(request("BYE", None, person, uri, cseq=2, routes=True, to_tag=True, contact=False), retrans=500), recv(200)], peer="pa")
    stage.wait(arrived)
    stage.put(early, audio_answer(stage, "bob", stage.cast.answer(stage.cast.responder("bob"), init)))
    resp = stage.cast.answer(stage.cast.responder("office"), init)
    stage.put(final, audio_answer(stage, "office", resp))
    alice.receive("responder", resp)
    for end in (calling, first, second):
        end.done()
    stage.expected.note("application_server", "SIP/2.0 200", source=stage.address("office"))
    stage.expected.note("forked", "SIP/2.0 200", source=stage.network.address("core"))       # where answers of both come together
    stage.options.update(teks=2)


def application_server(stage):
    """An application server ends alice's call and makes one of its own to bob: it answers with its own IDRr, and asks for a ticket of its own."""
    stage.nodes("uea", "ueb", "as", "pa")
    stage.proxies.start("pa", ["as"])
    alice = stage.cast.initiator("alice", "bob@example.com", offer=srtp_offer())
    init = alice.start("transfer")
    ends = []

    def answer():
        server = stage.cast.responder("service")
        resp = stage.cast.answer(server, init)
        alice.receive("responder", resp)
        onward = stage.cast.initiator("service", "bob@example.com", offer=srtp_offer())
        second, invited, acked, later = onward.start("transfer"), stage.flag(), stage.flag(), stage.later()
        ends.append(End(stage.network, stage.cast["bob"], callee_steps(stage, "bob", later, invited, ringing=800)))
        ends.append(End(stage.network, stage.cast["service"], caller_steps(stage, "service", "bob", stage.file(
            audio_offer(stage, "service", second)), acked, hold=3000), peer=f"{stage.address('bob')}:5060", port=5080))
        stage.wait(invited)
        last = stage.cast.answer(stage.cast.responder("bob"), second)
        onward.receive("responder", last)
        stage.put(later, audio_answer(stage, "bob", last))
        stage.wait(acked)
        return audio_answer(stage, "service", resp)

    invited, acked, later = stage.flag(), stage.flag(), stage.later()
    steps = callee_steps(stage, "service", later, invited, ringing=4000)
    called = End(stage.network, stage.cast["service"], steps)
    calling = End(stage.network, stage.cast["alice"], caller_steps(stage, "alice", "bob", stage.file(audio_offer(stage, "alice", init)), acked),
                  peer="pa")
    stage.wait(invited)
    stage.put(later, answer())
    for end in (calling, called, *ends):
        end.done()
    stage.expected.note("application_server", "SIP/2.0 200", source=stage.address("service"))
    stage.options.update(teks=4, conversations=2)


def one_key(role, key):
    """Keys of its own that a role sends are this one."""
    party = role.party
    original = party.own_kemac

    def same(*arguments):
        keys, node = original(*arguments)
        for one in keys or ():
            one["key_data"] = key.hex()
        return keys, node
    party.own_kemac = same


def conference(stage, key=None, allowed=("alice@example.com", "bob@example.com")):
    """Alice and bob each call the focus; it answers with keys of their own, or with one for both."""
    stage.cast.further["participants"] = list(allowed)
    stage.nodes("uea", "ueb", "focus", "pa", "pb")
    stage.proxies.start("pa", ["focus"])
    stage.proxies.start("pb", ["focus"])
    responses = []
    for name, hop in (("alice", "pa"), ("bob", "pb")):
        person = stage.cast.initiator(name, "conference@example.com", offer=srtp_offer())
        own = {"keys": [{"type": TEK, "key_len": 16}],
               "sessions": [{"cs_id": at, "prot_type": 0, "policies": [0], "session_data": secrets.token_hex(4), "own_key": True, "key": 1}
                            for at in (1, 2)]} if key else None
        focus = stage.cast.responder("conference", answer=own)
        if key:
            one_key(focus, key)
        init = person.start("transfer")

        def answer(person=person, focus=focus, init=init):
            resp = stage.cast.answer(focus, init)
            person.receive("responder", resp)
            responses.append(resp)
            return audio_answer(stage, "conference", resp)
        call(stage, name, "conference", audio_offer(stage, name, init), answer, first_hop=hop, steps=({}, {"contact": ";isfocus"}))
    stage.options.update(teks=4, conversations=2)
    return responses


def two_participants(stage):
    """Two participants call a conference focus, which has keys of its own with each."""
    conference(stage)


def same_keys(stage):
    """The focus sends one TEK to both participants."""
    conference(stage, secrets.token_bytes(16))
    stage.expected.at("TS33328-G.1-01", "SIP/2.0 200", source=stage.network.address("focus"), destination=stage.network.address("pb"))
    stage.expected.text.append("Both participants have the same TEK.")


def stranger(stage):
    """Bob, who may not take part, is let in."""
    conference(stage, allowed=("alice@example.com", "?@example.org"))
    stage.expected.at("TS33328-G.3.2-02", "SIP/2.0 200", source=stage.network.address("focus"), destination=stage.network.address("pb"))
    stage.expected.text.append("The KMS UID of the second participant is none of those who may take part.")


def updated(stage):
    """A call with a re-INVITE that updates the CSB, answered with a TRANSFER_RESP."""
    stage.nodes("uea", "ueb", "pa", "core")
    stage.chain("pa", "core", to="ueb")
    alice = stage.cast.initiator("alice", "bob@example.com", offer=srtp_offer())
    bob, init = stage.cast.responder("bob"), alice.start("transfer")
    offered, answered, person, uri = stage.later(), stage.later(), stage.cast["alice"], SIP_URI.format("bob")

    def answer():
        resp = stage.cast.answer(bob, init)
        alice.receive("responder", resp)
        again = alice.start("update", with_response=True)
        again.ex = "update0"
        second = bob.receive("initiator", again)
        second.ex = "update0"
        alice.receive("responder", second)
        stage.put(offered, audio_offer(stage, "alice", again))
        stage.put(answered, audio_answer(stage, "bob", second))
        return audio_answer(stage, "bob", resp)
    anew = [send(request("INVITE", None, person, uri, cseq=2, routes=True, to_tag=True), offered, retrans=500), recv(100, optional=True), recv(200),
            send(request("ACK", None, person, uri, cseq=2, routes=True, to_tag=True)), pause(300)]
    answering = [recv("INVITE"), send(response("200 OK", stage.cast["bob"], tag=False), answered, retrans=500), recv("ACK")]
    call(stage, "alice", "bob", audio_offer(stage, "alice", init), answer, steps=({"in_dialog": anew}, {"in_dialog": answering}))
    stage.options.update(teks=2)


def scene(play, people, **more):
    return {"play": play, "profile": "ims-media", "people": people, **more}


SCENES = {
    "forked-call": scene(forked, FORK),
    "application-server": scene(application_server, SERVER),
    "conference": scene(two_participants, CONFERENCE, at="focus"),
    "bad-conference-same-keys": scene(same_keys, CONFERENCE, at="focus"),
    "bad-conference-stranger": scene(stranger, CONFERENCE, at="focus"),
    "updated-call": scene(updated, PEOPLE),
}
