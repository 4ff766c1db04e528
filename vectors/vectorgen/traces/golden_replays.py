"""Replays over the whole trace: octets of an initial message that stood before in another conversation, and what is a copy and none (TRACE.md section 2)."""

from ..conversations.plan import MODE1, media as media_plan
from . import talks
from .draft import Draft
from .golden_calls import KMS_HTTP, UE_HTTP
from .golden_sdp import HOST_B
from .scene import A, B, Key, Scene, Sdp, audio

REPLAY = "RFC3830-5.4-x02"
STRANGER = "192.0.2.66:50000"
OUTER, INNER = "198.51.100.66:80", "198.51.100.66:41000"      # of an HTTP proxy
ASKED = ("request_init", "request_resp")
OTHER = ("request_init", {"which": "b"})


def drafts(parents):
    for part in (granted, refused, proxied, unanswered, resolved, older):
        for draft in part():
            parents[draft.name] = draft
            yield draft


def requests(name, *steps):
    return talks.made(media_plan(f"traces/replays-{name}", cs=talks.rtp().maker.plan.cs, steps=ASKED + steps), ids=None)


def again(replayed, **expect):
    """What is expected of a message that has octets of one before, where `replayed`."""
    return {**expect, "findings": [REPLAY] if replayed else []}


def posted(s, client, made, answer=None, label=None, server=KMS_HTTP, **expect):
    s.http(client, server, Key(made, **expect), label=label)
    if answer is not None:
        s.http(client, server, Key(answer, conversation=expect.get("conversation", 0)), response=True)


def asked_twice(replay=False, client=UE_HTTP, times=1, keys=True):
    """The second REQUEST_INIT gets another ticket, and so is of another conversation."""
    talk = requests("granted", *["request_resp"] * times) if replay else requests("granted", *[OTHER, "request_resp"] * times)
    s = Scene(talk.keys() if keys else None, "ims-media")
    posted(s, UE_HTTP, talk.all[0], talk.all[1])
    for number in range(1, times + 1):
        made = talk.all[0] if replay else talk.all[2 * number]
        posted(s, client, made, talk.all[number + 1 if replay else 2 * number + 1], f"again{number}", **again(replay, conversation=number))
    return s


def granted():
    what = "the octets are those of the first REQUEST_INIT"
    parent = Draft("replays", "replays/granted", "Two Ticket Requests, and a ticket for each", asked_twice, [REPLAY])
    yield parent
    yield parent.breaks("replay", "A REQUEST_INIT comes again and gets another ticket", "again1", what, {REPLAY: None}, replay=True)
    other = Draft("replays", "replays/granted/elsewhere", "Two Ticket Requests from two addresses, and a ticket for each", asked_twice, [REPLAY], client=STRANGER)
    yield other
    yield other.breaks("replay", "A REQUEST_INIT comes again from another address and gets another ticket", "again1", what, {REPLAY: None}, replay=True)
    unknown = Draft("replays", "replays/granted/no-keys", "Two Ticket Requests, and a ticket for each; no keys are known", asked_twice, [REPLAY], keys=False)
    yield unknown
    yield unknown.breaks("replay", "A REQUEST_INIT comes again and gets another ticket; no keys are known", "again1", what, {REPLAY: None}, replay=True)
    yield parent.breaks("twice", "A REQUEST_INIT comes three times, and gets a ticket each time", "again1", "a REQUEST_INIT comes two times more", {REPLAY: None},
                        replay=True, times=2)


def asked_and_refused(replay=False):
    talk = requests("refused", ("error", {"about": 0})) if replay else requests("refused", OTHER, ("error", {"about": 2}))
    s = Scene(talk.keys(), "ims-media")
    posted(s, UE_HTTP, talk.all[0], talk.all[1])
    posted(s, UE_HTTP, talk.all[0 if replay else 2], talk.all[2 if replay else 3], "again", **again(replay, conversation=1))
    return s


def refused():
    parent = Draft("replays", "replays/refused", "Two Ticket Requests, and an Error about the second", asked_and_refused, [REPLAY])
    yield parent
    yield parent.breaks("replay", "A REQUEST_INIT comes again and is answered with an Error", "again", "the octets are those of the first REQUEST_INIT", {REPLAY: None}, replay=True)


def through_a_proxy(replay=False, second=True):
    """UE, HTTP proxy, KMS: the hop behind the proxy has copies."""
    talk = requests("proxy", "request_resp") if replay else requests("proxy", OTHER, "request_resp")
    s = Scene(talk.keys(), "ims-media")

    def exchange(init, resp, label, first, **expect):
        s.http(UE_HTTP, OUTER, Key(init, **expect), label=label)
        s.http(INNER, KMS_HTTP, Key(init, copy_of=first))
        s.http(INNER, KMS_HTTP, Key(resp, conversation=expect["conversation"]), response=True)
        s.http(UE_HTTP, OUTER, Key(resp, copy_of=first + 2), response=True)
    exchange(*talk.all[:2], "ask", 0, conversation=0)
    if second:
        exchange(talk.all[0 if replay else 2], talk.all[2 if replay else 3], "again", 4, **again(replay, conversation=1))
    return s


def proxied():
    yield Draft("replays", "replays/proxy/once", "A proxy sends a REQUEST_INIT on: a copy, no replay", through_a_proxy, [REPLAY], second=False)
    parent = Draft("replays", "replays/proxy", "Two Ticket Requests through an HTTP proxy", through_a_proxy, [REPLAY])
    yield parent
    yield parent.breaks("replay", "A REQUEST_INIT comes again through an HTTP proxy and gets another ticket: what the proxy sends on is a copy of the replay", "again",
                        "the octets are those of the first REQUEST_INIT", {REPLAY: None}, replay=True)


def not_answered(replay=False, answered=True):
    talk = requests("unanswered", OTHER)
    s = Scene(talk.keys(), "ims-media")
    posted(s, UE_HTTP, talk.all[0], talk.all[1] if answered else None)
    posted(s, STRANGER, talk.all[0 if replay else 2], None, "again", **again(replay, conversation=1))
    return s


def unanswered():
    for answered, which in ((True, "the second"), (False, "either")):
        parent = Draft("replays", f"replays/unanswered/{'answered' if answered else 'silent'}", f"Two Ticket Requests, and no answer to {which}", not_answered, [REPLAY], answered=answered)
        yield parent
        yield parent.breaks("replay", f"A REQUEST_INIT comes again, and no answer to {which}", "again", "the octets are those of the first REQUEST_INIT", {REPLAY: None}, replay=True)


def resolved_twice(replay=False):
    more = ("resolve_resp",) if replay else (("resolve_init", {"ex": "resolve1"}), ("resolve_resp", {"ex": "resolve1"}))
    talk = talks.made(media_plan("traces/replays-resolve", cs=talks.rtp().maker.plan.cs, steps=MODE1[:5] + more + MODE1[5:]))
    s = Scene(talk.keys())
    posted(s, UE_HTTP, *talk.all[:2])
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    posted(s, "192.0.2.2:50001", *talk.all[3:5])
    second = talk.all[3 if replay else 5]
    s.http("192.0.2.2:50001", KMS_HTTP, Key(second, **again(replay, ex="resolve1")), label="again")
    s.http("192.0.2.2:50001", KMS_HTTP, Key(talk.all[5 if replay else 6], ex="resolve1"), response=True)
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B))
    c.request("ACK", None, to_tag="b1")
    return s


def resolved():
    parent = Draft("replays", "replays/resolved", "A ticket is resolved twice", resolved_twice, [REPLAY])
    yield parent
    yield parent.breaks("replay", "A RESOLVE_INIT comes again in its conversation", "again", "the octets are those of the first RESOLVE_INIT", {REPLAY: None}, replay=True)


def pre_shared(name):
    return talks.made(media_plan(f"traces/replays-{name}", steps=("psk_init",), sps=talks.rtp().maker.plan.sps), ids=None)


def two_calls(replay=False):
    """Each call with a pre-shared key message, a conversation of its own."""
    first, second = pre_shared("old-one"), pre_shared("old-two")
    s = Scene([first.keys(), second.keys()])
    one, two = s.call((A, B)), s.call(("192.0.2.66:5060", B), caller="sip:mallory@example.net", from_tag="m1")
    for call, made, expect in ((one, first, {"conversation": 0}), (two, first if replay else second, again(replay, conversation=1))):
        call.request("INVITE", Sdp(audio(), session=(Key(made.all[0], **expect),)), f"invite{expect['conversation']}")
        call.response(486)
        call.request("ACK", None, to_tag="b1")
    return s


def older():
    parent = Draft("replays", "replays/older", "Pre-shared key messages of RFC 3830 in two calls", two_calls, [REPLAY])
    yield parent
    yield parent.breaks("replay", "A pre-shared key message of RFC 3830 comes again in another call", "invite1", "the octets are those of the first call's", {REPLAY: None}, replay=True)
