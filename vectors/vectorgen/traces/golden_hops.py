"""What several hops show is found once; which sending is a replay, and what an answer is asked for; what begins in the middle (TRACE.md sections 1, 2 and 5)."""

from ..conversations import changes
from ..conversations.plan import media as media_plan
from . import talks
from .draft import Draft
from .golden_calls import TWO
from .golden_paths import AGAIN, KEYP, REPLAYED, SPIRAL, S
from .golden_people import DAVE, REUSED, Secure
from .golden_sdp import HOST_B, errored
from .scene import A, B, BOB, P1, P2, Key, Scene, Sdp, audio, mikey_body

NAT = (("192.0.2.1:40001", S), (S, "192.0.2.1:40002"))
SHOWN = ("request_init", "request_resp", "transfer_init", ("error", {"about": 2}), "resolve_init", "resolve_resp", "transfer_resp")


def drafts(parents):
    for part in (once, errors, told_otherwise, asked, twice, elsewhere, immediate, diverted, middle):
        for draft in part():
            parents[draft.name] = draft
            yield draft


# --- found once -------------------------------------------------------------------------------------------------------


def refused(hops=TWO, transport="udp", status=488, protocols=()):
    """An offer, and a refusal with an Error about it."""
    talk = errored("hops-error")
    s = Scene(talk.keys())
    c = s.call(*hops, transport=transport)
    c.request("INVITE", Sdp(audio(), session=(*protocols, Key(talk.init))), "invite")
    c.response(status, Sdp(audio(0), session=(Key(talk.first("error")),), host=HOST_B), "refused")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def once():
    for name, hops, what in (("two", TWO, "two hops"), ("spiral", SPIRAL, "a spiral over the same two ends"), ("nat", NAT, "two hops, both UEs behind one address")):
        for transport in ("udp", "tcp"):
            T, last = transport.upper(), len(hops) - 1
            parent = Draft("hops", f"refused/{name}/{transport}", f"An offer is refused with an Error over {what} ({T})", refused, ["RFC4567-4.1.2-07", "RFC4567-4.1.4-06"],
                           hops=hops, transport=transport)
            yield parent
            yield parent.breaks("status", f"An Error with 486 over {what} ({T}): found at the hop of the request's first, which shows it last", f"refused@{last}", "the status is 486",
                                {"RFC4567-4.1.2-07": "refused@0"}, status=486)
            yield parent.breaks("list", f"The list of protocols is another than SDP IDs over {what} ({T}): found at the first hop", "invite@0", "keyp1 is offered too",
                                {"RFC4567-4.1.4-06": "invite@0"}, protocols=(KEYP,))


# --- what is sent after an Error ----------------------------------------------------------------------------------------


def tried(told=0, resp=True, again=True):
    """Two refusals, then the offer is accepted, and a session refresh repeats it. `told`: how many of the refusals hold an Error about it."""
    talk = talks.made(media_plan("traces/tried", cs=talks.rtp().maker.plan.cs, steps=SHOWN))
    s = Scene(talk.keys())
    c = s.call()
    newest, error, replays = None, None, 0
    for number in range(4):
        if number in (1, 2) and number <= told:
            key, newest = Key(talk.init, ex="reuse" + (str(replays) if replays else ""), findings=AGAIN), None
            replays += 1
        else:
            key = Key(talk.init, copy_of=newest)
        c.request("INVITE", Sdp(audio(), session=(key,), version=1 + number // 3), ("first", "second", "third", "refresh")[number], **({"to_tag": "b1"} if number == 3 else {}))
        newest = len(s.messages) - 1 if newest is None else newest
        if number < 2:
            body = Sdp(audio(0), session=(Key(talk.first("error"), copy_of=error),), host=HOST_B) if number < told else None
            c.response(488, body, f"refused-{number}")
            error = len(s.messages) - 1 if body and error is None else error
        elif number == 2:
            ex = "reuse" + (str(replays - 1) if replays > 1 else "") if replays else "transfer"
            c.response(200, Sdp(audio(49180), session=(Key(talk.resp, ex=ex),) if resp else (), host=HOST_B), "answer")
        else:
            c.response(200, Sdp(audio(49180), host=HOST_B, version=2), "refreshed")
        c.request("ACK", None, to_tag="b1")
        if number == 2:
            if not again:
                break
            s.now += 40
    return s


def errors():
    rows = ["RFC3830-5.4-x02", "RFC4567-4.1.1-08", "RFC6043-4.2.2.2-04"]
    taken = {"RFC4567-4.1.1-08": ["answer", "refreshed"]}           # a replay is rejected, and so is what repeats it
    parent = Draft("hops", "errors/none", "Refused twice without an Error, accepted, repeated in a session refresh that is answered without key-mgmt", tried, rows)
    yield parent
    yield parent.breaks("one", "The first refusal holds an Error: what is sent next is a replay, and what is sent after the second refusal its copy", "refused-0",
                        "it holds a MIKEY Error about the offer", {**REPLAYED, **taken}, told=1)
    yield parent.breaks("two", "Both refusals hold an Error: two replays, and the session refresh is a copy of the second", "refused-0", "both refusals hold a MIKEY Error about the offer",
                        {**REPLAYED, **taken}, told=2)
    replayed = Draft("hops", "errors/replay", "A replay after an Error is accepted with TRANSFER_RESP", tried, ["RFC6043-4.2.2.2-04"], told=1, again=False)
    replayed.finding(**{**REPLAYED, "RFC4567-4.1.1-08": "answer"})
    yield replayed
    yield replayed.breaks("silent", "A replay after an Error is accepted without TRANSFER_RESP", "answer", "the answer has no key-mgmt", {"RFC6043-4.2.2.2-04": "answer"}, resp=False)


def told_by_the_offerer(told=True):
    """The offer is accepted; asked again by the called the offerer says in the answer that something was wrong with it, and sends the same in UPDATE."""
    talk = talks.made(media_plan("traces/error-own", cs=talks.rtp().maker.plan.cs, steps=(*SHOWN[:3], *SHOWN[4:], ("error", {"about": 2, "sender": "I"}))))
    s = Scene()
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    c.request("INVITE", Sdp(audio(49180), host=HOST_B, version=2), "asked", cseq=1, backwards=True)
    c.response(200, Sdp(audio(), session=(Key(talk.first("error")),) if told else (), version=2), "told")
    c.request("ACK", None, cseq=1, backwards=True)
    c.request("UPDATE", Sdp(audio(), session=(Key(talk.init, **({"ex": "reuse", "findings": AGAIN[:1]} if told else {"copy_of": 0})),), version=3), "update", to_tag="b1")
    c.response(488)
    return s


def told_in_another_call(told=True, moved=False):
    """Somebody on the way makes a call of his own. The Error of that one is a copy where he hands it back; the offerer sends the same again.
    `moved`: he sends the same again himself, from another address, which had not got it."""
    talk = errored("hops-error-beside")
    s = Scene(talk.keys())
    one = s.call((A, P1), linked=[1])
    two = s.call((P1, B), (P2, B), call_id="other-9@as.example.com", from_tag="x1", to_tag="y1", linked=[0])
    one.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    two.request("INVITE", Sdp(audio(), session=(Key(talk.init, copy_of=0),)), "invite-two", legs=[0])
    for call, copy_of, label in ((two, None, "told-two"), (one, 2, "told")):
        call.response(488, Sdp(audio(0), session=(Key(talk.first("error"), copy_of=copy_of),) if told else (), host=HOST_B), label, legs=[0])
        call.request("ACK", None, to_tag=call.to_tag, legs=[0])
    again = Key(talk.init, ex="reuse", findings=AGAIN) if told else Key(talk.init, copy_of=0)
    if moved:
        last = [(two, 1)]
        two.request("INVITE", Sdp(audio(), session=(again,)), "again-two", legs=[1])
    else:
        last = [(two, 0), (one, 0)]
        one.request("INVITE", Sdp(audio(), session=(again,)), "again")
        two.request("INVITE", Sdp(audio(), session=(Key(talk.init, copy_of=4 if told else 0),)), "again-two", legs=[0])
    for call, leg in last:
        call.response(486, legs=[leg])
        call.request("ACK", None, to_tag=call.to_tag, legs=[leg])
    return s


def told_before_another(told=False):
    """Of two who are called one after the other the first tells the proxy of an Error, the second is busy. `told`: the proxy hands the Error back, and not that."""
    talk = errored("hops-error-before")
    s = Scene(talk.keys())
    c = s.call((A, P1), (P1, B), (P1, "192.0.2.3:5060"))
    answers = {"method": "INVITE", "cseq": 1}
    error = Sdp(audio(0), session=(Key(talk.first("error")),), host=HOST_B)
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite", legs=[0, 1])
    c.response(488, error, "told", legs=[1])
    c.request("ACK", None, to_tag="b1", legs=[1])
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init, copy_of=0),)), "other", cseq=1, legs=[2])
    c.response(486, None, to_tag="c1", legs=[2], **answers)
    c.request("ACK", None, to_tag="c1", legs=[2])
    tag = "b1" if told else "c1"
    c.response(488 if told else 486, Sdp(audio(0), session=(Key(talk.first("error"), copy_of=2),), host=HOST_B) if told else None, "back", to_tag=tag, legs=[0], **answers)
    c.request("ACK", None, to_tag=tag, legs=[0])
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init, **({"ex": "reuse", "findings": AGAIN} if told else {"copy_of": 0})),)), "again", legs=[0, 1])
    c.response(486, None, legs=[1, 0])
    c.request("ACK", None, to_tag="b1", legs=[0, 1])
    return s


def told_otherwise():
    row = ["RFC3830-5.4-x02"]
    before = Draft("hops", "errors/before", "A proxy is told of an Error and sends TRANSFER_INIT on to another called, who is busy: what the caller sends next is a copy",
                   told_before_another, row)
    yield before
    yield before.breaks("told", "A proxy is told of an Error, sends TRANSFER_INIT on to another called, and hands the Error back: what the caller sends next is a replay", "back",
                        "it is the 488 with the Error, not the 486", REPLAYED, told=True)
    for name, build, unit, who, replayed, more in (
            ("offerer", told_by_the_offerer, "told", "Who sent the offer", {AGAIN[0]: None}, {}),
            ("beside", told_in_another_call, "told-two", "The called of a linked call", REPLAYED, {}),
            ("moved", told_in_another_call, "told-two", "The called of a linked call, where TRANSFER_INIT is a copy,", REPLAYED, {"moved": True})):
        parent = Draft("hops", f"errors/{name}", f"{who} tells of no Error about it, and it is sent once more", build, row, told=False, **more)
        yield parent
        yield parent.breaks("told", f"{who} tells of an Error about it, and it is sent once more", unit, "it holds a MIKEY Error about the offer", replayed, told=True)


# --- what an answer is asked for ----------------------------------------------------------------------------------------


def repeated_by_the_other():
    """The called sends the TRANSFER_INIT that he got, and gets no TRANSFER_RESP."""
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call(*TWO)
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    c.request("INVITE", Sdp(audio(49180), session=(Key(talk.init, copy_of=0),), host=HOST_B, version=2), "again", cseq=1, backwards=True)
    c.response(200, Sdp(audio(), version=2), "again-answer")
    c.request("ACK", None, cseq=1, backwards=True)
    return s


def early_error(early=True):
    """The MAC of the offer is wrong, it is accepted, and the 200 repeats the description of the 183 or has another one."""
    talk = talks.made(media_plan("traces/early-error", cs=talks.rtp().maker.plan.cs, steps=SHOWN[:4]), hooks=changes.last_bit(talks.INIT))
    error = Key(talk.first("error"))
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init, auth="fail", findings=["RFC6043-4.2.2.1-09", "RFC6043-6.10-27"]),)), "invite")
    c.response(183, Sdp(audio(49180), session=(error,) if early else (), host=HOST_B), "early")
    c.response(200, Sdp(audio(49180), session=(Key(error.made, copy_of=1 if early else None),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    return s


def asked():
    yield Draft("hops", "repeated/other", "The called sends TRANSFER_INIT back that was accepted before: no other answer is asked for", repeated_by_the_other,
                ["RFC6043-4.2.2.2-04", "RFC3830-5.4-x02"])
    failing = Draft("hops", "early-error", "The MAC of TRANSFER_INIT fails: a 183 says so, and the 200 accepts", early_error, ["RFC4567-4.1.1-08"])
    failing.finding(**{"RFC6043-4.2.2.1-09": None, "RFC6043-6.10-27": None})
    yield failing
    yield failing.breaks("late", "The 183 accepts, and an Error stands in the description of the 200, which is no answer any more", "early", "its description has no key-mgmt",
                         {"RFC4567-4.1.1-08": "answer"}, early=False)


# --- the same attribute twice -------------------------------------------------------------------------------------------


def doubled(times=2):
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call(*TWO)
    first = [Key(talk.init), Key(talk.init, ex="reuse", findings=AGAIN)][:times]
    c.request("INVITE", [Sdp(audio(), session=first), Sdp(audio(), session=[Key(talk.init, copy_of=times - 1) for _ in range(times)])], "invite", copies=False)
    c.response(486)
    c.request("ACK", None, to_tag="b1")
    return s


def twice():
    parent = Draft("hops", "doubled", "An attribute over two hops", doubled, ["RFC3830-5.4-x02"], times=1)
    yield parent
    yield parent.breaks("twice", "The same attribute twice over two hops: the second is a replay, and on the second hop both are copies of it", "invite@0", "key-mgmt stands there twice",
                        REPLAYED, times=2)


# --- the first hop ------------------------------------------------------------------------------------------------------


def another_proxy(uri=None, same=False):
    """The UE tries another proxy after 503, with another ticket (or the same message): the first hop of that INVITE is another leg."""
    talk, second = (talks.rtp(name, allowed=("bob@example.com", "?@example.net")) for name in ("uri", "uri-second"))
    s = Scene([talk.keys(), second.keys()])
    offer, answer = (Key(talk.init, copy_of=0), Key(talk.resp)) if same else (Key(second.init, conversation=1), Key(second.resp, conversation=1))
    c = s.call((A, P1), (A, P2), (P2, B))
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite", legs=[0])
    c.response(503, None, legs=[0])
    c.request("ACK", None, to_tag="b1", legs=[0])
    c.request("INVITE", Sdp(audio(), session=(offer,)), "again", legs=[1, 2], uri=uri)
    c.response(200, Sdp(audio(49180), session=(answer,), host=HOST_B), "answer", legs=[2, 1])
    c.request("ACK", None, to_tag="b1", legs=[1, 2])
    return s


def elsewhere():
    row = "TS33328-B.1-x01"
    parent = Draft("hops", "another-proxy", "After 503 the INVITE goes to another proxy, with the same Request-URI", another_proxy, [row])
    yield parent
    yield parent.breaks("other", "After 503 the INVITE goes to another proxy, for nobody who may resolve the ticket", "again@1", "the Request-URI is Dave's", {row: "again@1"}, uri=DAVE)
    copied = Draft("hops", "another-proxy/same", "After 503 the INVITE goes to another proxy, with the same TRANSFER_INIT and Request-URI", another_proxy, [row], same=True)
    yield copied
    yield copied.breaks("other", "After 503 the INVITE goes to another proxy with the same TRANSFER_INIT, for nobody who may resolve its ticket", "again@1",
                        "the Request-URI is Dave's", {row: "again@1"}, uri=DAVE)


# --- copies in MESSAGEs and in other calls ------------------------------------------------------------------------------


def messages(third=BOB):
    """A MESSAGE to Bob, the same message in another one to Carol (a copy), and a third one with the same ticket."""
    im = Secure("hops-twice", steps=REUSED, ones="DEHIJNO")
    s = Scene(im.keys())
    c = s.call()
    c.request("MESSAGE", mikey_body(im.init()), "message")
    c.response(200)
    c.request("MESSAGE", mikey_body(im.init(copy_of=0)), "copy", uri="sip:carol@example.net")
    c.response(200)
    s.now += 3
    d = s.call(called=third)
    d.request("MESSAGE", mikey_body(im.init(1)), "third")
    d.response(200)
    return s


def handed_on(to=A):
    """A MESSAGE to Bob; an INVITE for him with the same ticket; a MESSAGE to Carol with the TRANSFER_INIT of that INVITE, from where the INVITE went, or not."""
    im = Secure("hops-twice", steps=REUSED, ones="DEHIJNO")
    s = Scene(im.keys())
    c = s.call()
    c.request("MESSAGE", mikey_body(im.init()), "message")
    c.response(200)
    d = s.call((P1, to), linked=[2])
    d.request("INVITE", mikey_body(im.init(1)), "invite")
    d.response(486)
    d.request("ACK", None, to_tag="b1")
    e = s.call((A, P2), called="sip:carol@example.net", linked=[1])
    e.request("MESSAGE", mikey_body(im.init(1, **({"copy_of": 1} if to == A else {"ex": "reuse1", "findings": AGAIN[:2]}))), "handed-on")
    e.response(200)
    return s


def immediate():
    row = "TS33328-F.3-18"
    parent = Draft("hops", "messages", "A MESSAGE is sent once more, to another receiver, and its ticket is used again for the first: a copy counts neither as later nor as earlier one",
                   messages, [row])
    yield parent
    yield parent.breaks("other", "The ticket is used again for the receiver of the copy", "third", "the Request-URI is Carol's", {row: "third"}, third="sip:carol@example.net")
    call = Draft("hops", "messages/handed-on", "The TRANSFER_INIT of an INVITE goes on in a MESSAGE, to another receiver than an earlier MESSAGE with the ticket: a copy", handed_on, [row])
    yield call
    yield call.breaks("unseen", "The same from an address that the INVITE did not go to: no copy, and a ticket for another receiver", "invite",
                      "the INVITE goes to another address", {row: "handed-on", **dict.fromkeys(AGAIN[:2])}, to="192.0.2.9:5060")


def made_for_another(uri):
    """Somebody on the way calls another person in the place of the called, who answers; both calls are in the capture."""
    served = talks.made(media_plan("traces/served", cs=talks.rtp().maker.plan.cs, who={2: ("voicemail@as.example.com", 0)}, called="bob@example.com"))
    s = Scene(served.keys())
    one = s.call((A, P1), linked=[1])
    two = s.call((P1, B), call_id="other-9@as.example.com", from_tag="x1", to_tag="y1", linked=[0], called=uri)
    one.request("INVITE", Sdp(audio(), session=(Key(served.init),)), "invite")
    two.request("INVITE", Sdp(audio(), session=(Key(served.init, copy_of=0),)), "invite-two")
    two.response(200, Sdp(audio(49180), session=(Key(served.resp),), host=HOST_B), "answer-two")
    one.response(200, Sdp(audio(49180), session=(Key(served.resp, copy_of=2),), host=HOST_B), "answer")
    for call in (one, two):
        call.request("ACK", None, to_tag=call.to_tag)
    return s


def diverted():
    note = "application_server"
    yield Draft("hops", "made-for-another", "A call of somebody on the way is answered by whom it is for: the caller of the first call, who called another, is told it in a copy",
                made_for_another, [], uri="sip:voicemail@as.example.com").telling((note, "answer"))
    yield Draft("hops", "made-for-another/both", "Neither call is for who answers: the copy counts, too", made_for_another, [], uri=BOB).telling((note, "answer-two"), (note, "answer"))


# --- captures that begin in the middle -----------------------------------------------------------------------------------


def answer_first():
    """The INVITE is not in the capture: TRANSFER_RESP answers nothing that is sent after it."""
    talk = talks.rtp()
    s = Scene()
    c = s.call()
    c.current = (1, "INVITE", False)
    c.cseq = 1
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init, conversation=1),), version=2), "again", to_tag="b1")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp, copy_of=0),), host=HOST_B, version=2), "again-answer")
    c.request("ACK", None, to_tag="b1")
    return s


def answer_alone():
    """The answer is all that the capture has."""
    talk = talks.rtp()
    s = Scene()
    c = s.call()
    c.current = (1, "INVITE", False)
    c.cseq, c.first_uri = 1, ""
    c.response(486, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.caller = ""                               # no request says who
    return s


def ack_first():
    s = Scene()
    c = s.call()
    c.request("ACK", None, "ack", to_tag="b1", cseq=1)
    c.request("BYE", None, "bye", to_tag="b1", cseq=2)
    c.response(200)
    return s


def middle():
    yield Draft("hops", "middle/answer", "The capture begins with an answer; TRANSFER_INIT comes after it", answer_first, ["RFC3830-5.4-x02"])
    yield Draft("hops", "middle/alone", "The capture has nothing but an answer, by him whom its To names", answer_alone, []).telling()
    yield Draft("hops", "middle/ack", "The capture begins with an ACK", ack_first, [])
