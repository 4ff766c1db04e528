"""Ways that calls take: spirals, one address for two, application servers that make calls of their own, what is sent again, refreshes, several early dialogs
(TRACE.md sections 1 and 2)."""

import base64

from ..conversations.plan import media as media_plan
from . import talks
from .draft import Draft
from .golden_calls import THREE, TWO, UE_HTTP, KMS_HTTP, reused_talk
from .golden_people import Secure, sent
from .golden_sdp import HOST_B, errored, simple
from .scene import A, B, P1, Body, Key, Scene, Sdp, audio

S, AS = "203.0.113.5:5060", "203.0.113.80:5060"
SPIRAL = ((A, S), (S, AS), (AS, S), (S, B))
KEYP = "a=key-mgmt:keyp1 AAAA"
OUT, BACK = ("192.0.2.1:49170", "192.0.2.2:49180"), ("192.0.2.2:49180", "192.0.2.1:49170")
AGAIN = ["RFC3830-5.4-x02", "RFC6043-5.3-01", "RFC6043-5.3-03"]          # the same octets of a ticket that is used once
REPLAYED = {row: None for row in AGAIN}


def drafts(parents):
    for part in (spirals, servers, again, refreshes, protocols, dialogs, early, forms, http):
        for draft in part():
            parents[draft.name] = draft
            yield draft


def spirals():
    for transport in ("udp", "tcp"):
        T = transport.upper()
        parent = Draft("paths", f"spiral/{transport}", f"S-CSCF asks an application server, and goes on: over {T} the same two ends, both ways", simple,
                       ["RFC6043-4.2.2.2-04", "RFC3830-5.4-x02"], hops=SPIRAL, transport=transport, ring=True, bye=True)
        yield parent
        yield parent.breaks("silent", f"The same over {T}, and no answer has a TRANSFER_RESP", "answer@3", "the answer has no key-mgmt", {"RFC6043-4.2.2.2-04": "answer@0"}, answer=False)
        nat = (("192.0.2.1:40001", S), (S, "192.0.2.1:40002"))
        one = Draft("paths", f"nat/{transport}", f"Two UEs behind one address, over {T}", simple, ["RFC6043-4.2.2.2-04", "RFC3830-5.4-x02"], hops=nat, transport=transport, bye=True)
        yield one
        yield one.breaks("silent", f"Two UEs behind one address over {T}, no TRANSFER_RESP", "answer@1", "the answer has no key-mgmt", {"RFC6043-4.2.2.2-04": "answer@0"}, answer=False)
    yield Draft("paths", "spiral/no-keys", "The spiral, no keys are shown", simple, [], hops=SPIRAL, keys=False)
    yield Draft("paths", "spiral/three", "S-CSCF asks two application servers", simple, [],
                hops=((A, S), (S, AS), (AS, S), (S, "203.0.113.81:5060"), ("203.0.113.81:5060", S), (S, B)))


def beside(source=P1, resp=True, talk=None, transport="udp"):
    """A call, and another one with the same TRANSFER_INIT by whoever has that address."""
    talk = talk or talks.rtp("beside")
    s = Scene(talk.keys())
    one = s.call((A, P1), transport=transport)
    two = s.call((source, B), call_id="other-9@as.example.com", from_tag="x1", to_tag="y1", transport=transport)
    one.linked, two.linked = [1], [0]
    again = source == P1
    one.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    two.request("INVITE", Sdp(audio(), session=(Key(talk.init, copy_of=0) if again else Key(talk.init, ex="reuse", findings=AGAIN),)), "second")
    if not again:
        two.response(486)
        two.request("ACK", None, to_tag="y1")
        one.response(486)
        one.request("ACK", None, to_tag="b1")
        return s
    two.response(200, Sdp(audio(49180), session=(Key(talk.resp),) if resp else (), host=HOST_B), "answer-two")
    one.response(200, Sdp(audio(49180), session=(Key(talk.resp, copy_of=2),) if resp else (), host=HOST_B), "answer-one")
    two.request("ACK", None, to_tag="y1")
    one.request("ACK", None, to_tag="b1")
    return s


def servers():
    for transport in ("udp", "tcp"):
        parent = Draft("paths", f"b2bua/{transport}", f"A B2BUA makes a call of its own over {transport.upper()} and leaves key-mgmt as it is", beside, ["RFC3830-5.4-x02"],
                       transport=transport)
        yield parent
        yield parent.breaks("stranger", f"Somebody who had not got it sends TRANSFER_INIT in another call ({transport.upper()})", "second",
                            "the second call comes from another address", REPLAYED, source="192.0.2.66:5060")
    silent = Draft("paths", "b2bua/answered", "Behind a B2BUA TRANSFER_RESP answers", beside, ["RFC6043-4.2.2.2-04"])
    yield silent
    yield silent.breaks("silent", "Behind a B2BUA nobody answers with TRANSFER_RESP", "answer-two", "the answers have no key-mgmt",
                        {"RFC6043-4.2.2.2-04": ["answer-two", "answer-one"]}, resp=False)
    im = Secure("gateway")

    def gateway(keys=True, to="sip:bob@example.com"):
        s = Scene(im.keys())
        one = sent(s, im.body(), destination=P1)
        two = sent(s, im.body(im.init(0, copy_of=0)), to, source=P1, label="second", call_id="other-9@as.example.com")
        one.linked, two.linked = [1], [0]
        return s
    yield Draft("paths", "message/gateway", "An application server sends a MESSAGE on in a call of its own", gateway, ["RFC3830-5.4-x02"])


def ask_again(status, where=A, to=B, tag=False):
    """An INVITE that is sent once more after a final response."""
    talk = reused_talk() if tag else talks.rtp()
    s = Scene(talk.keys())
    c = s.call((A, B), *([(A, "192.0.2.3:5060")] if to != B else []))
    init, resp = Key(talk.init), Key(talk.resp)
    if tag:
        c.request("INVITE", Sdp(audio(), session=(init,)), "invite", legs=[0])
        c.response(200, Sdp(audio(49180), session=(resp,), host=HOST_B), legs=[0])
        c.request("ACK", None, to_tag="b1", legs=[0])
        init, resp = Key(talk.first("transfer_init", 1)), Key(talk.first("transfer_resp", 1))
    more = {"to_tag": "b1"} if tag else {}
    c.request("INVITE", Sdp(audio(), session=(init,)), "refused", legs=[0], **more)
    c.response(status, None, legs=[0])
    c.request("ACK", None, to_tag="b1", legs=[0])
    s.now += 1
    legs = [1] if to != B else [0]
    c.request("INVITE", Sdp(audio(), session=(Key(init.made, copy_of=2 if tag else 0),)), "again", legs=legs, **more)
    c.response(200, Sdp(audio(49180), session=(resp,), host=HOST_B), "answer", legs=legs)
    c.request("ACK", None, to_tag="b1", legs=legs)
    return s


def after_error(replay=False):
    talk, second = errored("error-replay"), talks.rtp("error-replay-second")
    s = Scene([talk.keys(), second.keys()])
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(488, Sdp(audio(0), session=(Key(talk.first("error")),), host=HOST_B), "refused")
    c.request("ACK", None, to_tag="b1")
    key = Key(talk.init, ex="reuse", findings=AGAIN) if replay else Key(second.init, conversation=1)
    c.request("INVITE", Sdp(audio(), session=(key,), version=2), "again")
    if replay:
        c.response(488)
    else:
        c.response(200, Sdp(audio(49180), session=(Key(second.resp, conversation=1),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    return s


def again():
    for status, why in ((407, "with credentials"), (401, "with credentials"), (422, "with another Session-Expires"), (503, "once more")):
        yield Draft("paths", f"again/{status}", f"After {status} the INVITE is sent again {why}: no replay", ask_again, ["RFC3830-5.4-x02", "RFC6043-5.3-03"], status=status)
    yield Draft("paths", "again/491", "A re-INVITE is sent again after 491", ask_again, ["RFC3830-5.4-x02"], status=491, tag=True)
    yield Draft("paths", "again/elsewhere", "After 503 the INVITE is sent to another server", ask_again, ["RFC3830-5.4-x02"], status=503, to="192.0.2.3:5060")
    parent = Draft("paths", "after-error", "After a MIKEY Error another TRANSFER_INIT is sent", after_error, ["RFC3830-5.4-x02"])
    yield parent
    yield parent.breaks("replay", "After a MIKEY Error about it TRANSFER_INIT is sent once more", "again", "the octets are those that the Error is about", REPLAYED, replay=True)
    im = Secure("asked-again")

    def message():
        s = Scene(im.keys())
        c = s.call(called="sip:bob@example.com")
        c.request("MESSAGE", im.body(), "message")
        s.containers.append({"frame": s.labels["message"], "outcome": "opened", "origin": "proven", "findings": []})
        c.response(407)
        c.request("MESSAGE", im.body(im.init(0, copy_of=0)), "again")
        s.containers.append({"frame": s.labels["again"], "outcome": "opened", "origin": "proven", "findings": []})
        c.response(200)
        return s
    yield Draft("paths", "again/message", "After 407 a MESSAGE is sent again", message, ["RFC3830-5.4-x02"])


def refreshed(method="INVITE", answered=True, by="I", rtp=None, hops=(), cseq=None):
    """A session refresh (RFC 4028), or UPDATE for preconditions (RFC 3312): the description comes again."""
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call(*hops)
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    if method == "UPDATE":
        c.response(183, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "early", more=[("Require", "100rel"), ("RSeq", "1")])
        c.request("PRACK", None, to_tag="b1", more=[("RAck", "1 1 INVITE")])
        c.response(200)
    else:
        c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
        c.request("ACK", None, to_tag="b1")
        s.now += 40
    c.request(method, Sdp(audio(), session=(Key(talk.init, copy_of=0),), version=2), "again", to_tag="b1")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp, copy_of=max(1, len(hops))),) if answered else (), host=HOST_B, version=2), "again-answer")
    if method == "UPDATE":
        c.response(200, None, method="INVITE", cseq=1)
        c.request("ACK", None, to_tag="b1", cseq=1)
    else:
        c.request("ACK", None, to_tag="b1")
    for (source, destination), ssrc in rtp or ():
        s.rtp(source, destination, ssrc, "rtp")
    return s


def refreshes():
    rows = ["RFC3830-5.4-x02", "RFC6043-4.2.2.2-04", "RFC6043-5.3-03"]
    yield Draft("paths", "refresh", "A session refresh has the key-mgmt of the INVITE, and is answered with that of the 200", refreshed, rows)
    yield Draft("paths", "refresh/unanswered", "A session refresh with the key-mgmt of the INVITE is answered without key-mgmt", refreshed, rows, answered=False)
    yield Draft("paths", "refresh/two", "A session refresh over two legs", refreshed, rows, hops=TWO)
    yield Draft("paths", "refresh/update", "UPDATE for preconditions has the key-mgmt of the INVITE", refreshed, rows, method="UPDATE")
    after = Draft("paths", "refresh/rtp", "RTP after a session refresh that is answered without key-mgmt", refreshed, ["RFC6043-6.1.1-08"], answered=False, rtp=[(OUT, 0x11111111), (BACK, 0x11111112)])
    yield after
    yield after.breaks("other", "RTP of another SSRC after a session refresh", "rtp", "the SSRC is none of Session Data", {"RFC6043-6.1.1-08": "rtp"}, rtp=[(BACK, 0x99999999), (OUT, 0x11111111)])
    called = Draft("paths", "called-again", "The called sends a re-INVITE with the number of the caller's INVITE", from_the_called, ["RFC4567-3-01"])
    yield called
    yield called.breaks("base64", "The called sends a re-INVITE with the number of the caller's INVITE, and broken base64", "again", "the data of key-mgmt is no base64",
                        {"RFC4567-3-01": "again", "RFC4567-4.1.1-08": "again-answer"}, broken=True)


def from_the_called(broken=False):
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call(*TWO)
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    keys = (Key(talk.init, text="###", data_type=None, conversation=None, auth="skipped"),) if broken else ()
    legs = [1] if broken else None
    c.request("INVITE", Sdp(audio(49180), session=keys, host=HOST_B, version=2), "again", cseq=1, backwards=True, legs=legs)
    c.response(200, Sdp(audio(), version=2), "again-answer", legs=legs)
    c.request("ACK", None, cseq=1, backwards=True, legs=legs)
    return s


def choice(refused=False, selected=KEYP, bad=False):
    """mikey is offered with another protocol."""
    talk = talks.rtp("choice", "keyp1;mikey") if not refused else talks.rtp()
    s = Scene(talk.keys())
    c = s.call()
    if refused:
        c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
        c.response(488)
        c.request("ACK", None, to_tag="b1")
        c.request("INVITE", Sdp(audio(), session=(KEYP,), version=2), "again")
    else:
        octets = talk.init.data[:-4] if bad else None
        key = Key(talk.init, octets=octets, **({"conversation": None, "auth": "skipped", "findings": ["RFC3830-6.9-x01"]} if bad else {}))
        c.request("INVITE", Sdp(audio(), session=(KEYP, key)), "invite")
    c.response(200, Sdp(audio(49180), session=(selected,) if selected else (), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    return s


def protocols():
    rows = ["RFC4567-4.1.2-11", "RFC4567-4.1.1-08", "RFC6043-4.2.2.2-04", "RFC4567-4.1.2-18"]
    parent = Draft("paths", "choice", "mikey and another protocol are offered, and the other is selected", choice, rows)
    yield parent
    yield parent.breaks("none", "mikey and another protocol are offered, and the answer has neither", "answer", "the answer has no key-mgmt", {"RFC6043-4.2.2.2-04": "answer"}, selected=None)
    yield parent.breaks("unparsed", "The other protocol is selected, the message of mikey cannot be parsed", "invite", "its last four octets are left out", {"RFC3830-6.9-x01": None}, bad=True)
    yield Draft("paths", "choice/refused", "mikey is refused with 488, and another protocol is offered", choice, rows, refused=True)


def two_dialogs(broken=False):
    """UPDATEs with one number in two early dialogs."""
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call()
    plain = audio(49170, proto="RTP/AVP")
    c.request("INVITE", Sdp(plain), "invite")
    c.response(183, Sdp(audio(49180, proto="RTP/AVP"), host=HOST_B), "one")
    c.response(183, Sdp(audio(49190, proto="RTP/AVP"), host="192.0.2.3"), "two", to_tag="c1")
    c.request("UPDATE", Sdp(audio(), session=(Key(talk.init),), version=2), "update", to_tag="b1")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B, version=2), "update-answer")
    bad = Key(talk.init, text="###", data_type=None, conversation=None, auth="skipped")
    c.request("UPDATE", Sdp(audio(49172), session=(bad,) if broken else (), version=2), "other", to_tag="c1", cseq=2)
    c.response(200, Sdp(audio(49190), host="192.0.2.3", version=2), "other-answer", to_tag="c1")
    s.note("forked", "two")
    return s


def dialogs():
    parent = Draft("paths", "dialogs", "UPDATEs of one number in two early dialogs", two_dialogs, ["RFC4567-3-01", "RFC6043-4.2.2.2-04"])
    yield parent
    yield parent.breaks("base64", "The UPDATE in the second early dialog has broken base64", "other", "the data of its key-mgmt is no base64",
                        {"RFC4567-3-01": "other", "RFC4567-4.1.1-08": "other-answer"}, broken=True)


def before_the_answer(late=0x11111112, disposition=True, session=False):
    """Early media of an application server; or another session for them (RFC 3959)."""
    talk, other = talks.rtp(), talks.rtp("early-session")
    s = Scene([talk.keys(), other.keys()] if session else talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    if session:
        key = Key(other.init, conversation=1)
        key.listed = not disposition
        c.response(183, Sdp(audio(49180), session=(key,), host=HOST_B, headers=[("Content-Disposition", "early-session")] if disposition else ()), "early")
    else:
        c.response(183, Sdp(audio(49200), host="198.51.100.77"), "early", to_tag="as1")
        s.rtp("198.51.100.77:49200", "192.0.2.1:49170", 0xDEADBEEF)
        s.note("forked", "answer")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    s.rtp(*BACK, late, "rtp")
    return s


def early():
    row = "RFC6043-6.1.1-08"
    parent = Draft("paths", "early-media", "An application server sends early media with an SSRC of its own", before_the_answer, [row])
    yield parent
    yield parent.breaks("late", "After the answer RTP has another SSRC", "rtp", "the SSRC is none of Session Data", {row: "rtp"}, late=0x99999999)
    other = Draft("paths", "early-session", "A 183 has the description of an early session (RFC 3959)", before_the_answer, ["RFC4567-4.1.2-16"], session=True)
    yield other
    yield other.breaks("answer", "The same description without Content-Disposition: TRANSFER_INIT stands in an answer", "early", "Content-Disposition is left out",
                       {"RFC4567-4.1.2-16": "early"}, disposition=False)


def encoded(talk, key):
    sdp = Sdp(audio(), session=(key,))
    return Body("application/sdp", base64.b64encode(sdp.text().encode()).decode(), [key], [("Content-Transfer-Encoding", "base64")], "sdp")


def repeated_slowly(times=5, every=31):
    s = Scene(talks.rtp().keys())
    c = s.call()
    c.every = every
    c.request("INVITE", Sdp(audio(), session=(Key(talks.rtp().init),)), "invite", times=times)
    c.response(200, Sdp(audio(49180), session=(Key(talks.rtp().resp),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    return s


def elsewhere_acked(bad=False):
    """The ACK of a delayed offer goes straight to the called."""
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call((A, P1), (P1, B), (A, B))
    c.request("INVITE", None, "invite", legs=[0, 1])
    c.response(200, Sdp(audio(49170), session=(Key(talk.init),), host=HOST_B), "offer", legs=[1, 0])
    c.request("ACK", Sdp(audio(49180), session=() if bad is None else (Key(talk.resp),)), "ack", to_tag="b1", legs=[2])
    return s


def forms():
    talk = talks.rtp()
    text = base64.b64encode(talk.init.data).decode()
    resp = base64.b64encode(talk.resp.data).decode()
    orphan = {"auth": "skipped"}
    space = Draft("paths", "space", "One space stands before prtcl-id (RFC 4567 3: 0*1SP)", simple, ["RFC4567-4.1.1-02", "RFC4567-4.1.1-11"],
                  offer=Key(talk.init, line=f"a=key-mgmt: mikey {text}"), answer=Key(talk.resp, line=f"a=key-mgmt: mikey {resp}"))
    yield space
    yield space.breaks("two", "Two spaces stand before prtcl-id", "invite", "a second space stands there", {"RFC4567-4.1.1-02": "invite"},
                       offer=Key(talk.init, line=f"a=key-mgmt:  mikey {text}", listed=True))
    call = Draft("paths", "form", "A description as application/sdp", simple, ["RFC4567-3-01", "RFC3830-5.4-x02"])
    yield call
    unread = {"conversation": None, "auth": "skipped", "ex": None, "from": None}
    yield call.breaks("blank", "A blank stands behind the base64", "invite", "a blank stands behind the data", {"RFC4567-3-01": "invite", "RFC4567-4.1.1-08": "answer"},
                      {0: unread, 1: orphan}, offer=Key(talk.init, text=text + " "))
    two = [Key(talk.init), Key(talk.init, ex="reuse", findings=AGAIN)]
    yield call.breaks("twice", "The same attribute stands twice in the offer", "invite", "key-mgmt stands there twice", {**REPLAYED, "RFC4567-4.1.2-11": "answer"},
                      offer_sdp=Sdp(audio(), session=two), answer=Key(talk.resp, ex="reuse"))
    yield Draft("paths", "form/encoded", "The body of the INVITE is base64, as Content-Transfer-Encoding says", simple, [], offer_sdp=encoded(talk, Key(talk.init)))
    yield Draft("paths", "form/untyped", "A description without Content-Type", simple, [], offer_sdp=Sdp(audio(), session=(Key(talk.init),), content_type=None))
    yield Draft("paths", "form/version", "The version of SIP in small letters", simple, [], version="sip/2.0")
    yield Draft("paths", "slow", "An INVITE is retransmitted four times, 31 seconds apart", repeated_slowly, [])
    yield Draft("paths", "acked", "The ACK that answers the offer of a 200 takes another way", elsewhere_acked, ["RFC4567-4.1.2-16"])
    yield Draft("paths", "three-again", "A session refresh over three legs", refreshed, ["RFC3830-5.4-x02"], hops=THREE)


def proxied(at=None):
    from ..conversations import changes
    talk = talks.made(media_plan("traces/proxied", cs=talks.rtp().maker.plan.cs, steps=("request_init", "request_resp")), ids=None,
                      hooks=changes.last_bit(at) if at is not None else None)
    s = Scene(talk.keys(), "ims-media")
    inner, outer = ("198.51.100.66:41000", KMS_HTTP), (UE_HTTP, "198.51.100.66:80")
    s.http(*outer, Key(talk.all[0]), label="ask")
    s.http(*inner, Key(talk.all[0], copy_of=0))
    s.http(*inner, Key(talk.all[1]), response=True, label="granted")
    s.http(*outer, Key(talk.all[1], copy_of=2), response=True)
    return s


def http():
    parent = Draft("paths", "proxy", "A Ticket Request through an HTTP proxy", proxied, ["RFC3830-5.4-x02", "RFC6043-4.2.1.2-04"])
    yield parent
    yield parent.breaks("mac", "The MAC of a REQUEST_INIT that goes through a proxy is wrong", "ask", "its last bit is another", {"RFC6043-4.2.1.2-04": None},
                        {0: {"auth": "fail", "findings": ["RFC6043-4.2.1.2-04"]}}, at=0)
