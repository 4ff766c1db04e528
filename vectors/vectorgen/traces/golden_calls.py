"""Calls over every transport and several legs, copies and replays, forks, HTTP, keys and profiles: what is to be told, with nothing broken or with what the
exchanges break (TRACE.md sections 1 to 4)."""

from ..conversations import changes
from ..conversations.plan import MODE1, media as media_plan
from . import talks
from .draft import Draft
from .golden_sdp import HOST_B, bad_mac, simple
from .scene import A, B, P1, Key, Scene, Sdp, audio, m, mikey_body

KMS_HTTP, UE_HTTP = "203.0.113.9:80", "192.0.2.1:50000"
TWO = (("192.0.2.1:5060", P1), (P1, "192.0.2.2:5060"))
THREE = (("192.0.2.1:5060", P1), (P1, "203.0.113.5:5060"), ("203.0.113.5:5060", "192.0.2.2:5060"))
V6 = (("[2001:db8::1]:5060", "[2001:db8::2]:5060"),)


def drafts(parents):
    for part in (transports, copies, forks, kms, profiles, keys, notes, nothing):
        for draft in part():
            parents[draft.name] = draft
            yield draft


def transports():
    for transport in ("udp", "tcp"):
        for hops, name in (((), "one"), (TWO, "two"), (THREE, "three"), (V6, "ipv6")):
            yield Draft("calls", f"{transport}/{name}", f"A call over {transport.upper()}, {name} leg{'s' if name in ('two', 'three') else ''}" if name != "ipv6" else
                        f"A call over {transport.upper()} and IPv6", simple, [], hops=hops, transport=transport, ring=True, bye=True)


def copies():
    yield Draft("calls", "retransmitted", "Everything comes three times within half a second", simple, [], times=3)
    yield Draft("calls", "repeated-answer", "The 200 repeats the answer of the 183", answered_twice, [])
    reused = Draft("calls", "reuse", "The ticket is used again in another call", reuse, ["RFC6043-5.3-03", "RFC3830-5.4-x02"])
    yield reused
    yield reused.breaks("replay", "TRANSFER_INIT of the first call stands in another call", "second", "the INVITE has the octets of the first call's TRANSFER_INIT",
                        {"RFC3830-5.4-x02": None, "RFC6043-5.3-01": None}, replay=True)
    again = Draft("calls", "re-invite", "A re-INVITE with TRANSFER_INIT under the same ticket", reinvite, ["RFC3830-5.4-x02"])
    yield again
    yield again.breaks("silent", "A re-INVITE with another TRANSFER_INIT is answered without key-mgmt", "second-answer", "the answer has no key-mgmt",
                       {"RFC6043-4.2.2.2-04": "second-answer"}, answers=False)
    yield Draft("calls", "b2bua", "Two calls that the icid-value links, with exchanges of their own", b2bua, [])


def answered_twice():
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    answer = Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B)
    c.response(183, answer, "early")
    again = Sdp(audio(49180), session=(Key(talk.resp, copy_of=1),), host=HOST_B)
    c.response(200, again, "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


REUSED = MODE1 + (("transfer_init", {"ex": "reuse", "t_step": 3}), ("transfer_resp", {}))


def reused_talk(name="reuse"):
    return talks.made(media_plan(f"traces/{name}", cs=talks.rtp().maker.plan.cs, ones="DEFGHIJNO", steps=REUSED), hooks=talks.lists(6))


def second_keys(talk, replay):
    if not replay:
        return Key(talk.first("transfer_init", 1)), Key(talk.first("transfer_resp", 1))
    init = Key(talk.init, ex="reuse", findings=["RFC3830-5.4-x02", "RFC6043-5.3-01"])
    return init, None


def reuse(replay=False):
    talk = reused_talk()
    s = Scene(talk.keys())
    keys = [(Key(talk.init), Key(talk.resp)), second_keys(talk, replay)]
    calls = []
    for number, (init, resp) in enumerate(keys):
        c = s.call()
        calls.append(c)
        c.request("INVITE", Sdp(audio(), session=(init,)), "second" if number else "invite")
        if resp is None:
            c.response(486)
        else:
            c.response(200, Sdp(audio(49180), session=(resp,), host=HOST_B))
        c.request("ACK", None, to_tag="b1")
        s.now += 3
    if replay:
        calls[0].linked, calls[1].linked = [1], [0]
    return s


def reinvite(answers=True):
    talk = reused_talk()
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B))
    c.request("ACK", None, to_tag="b1")
    s.now += 3
    init, resp = second_keys(talk, False)
    c.request("INVITE", Sdp(audio(), session=(init,), version=2), "second", to_tag="b1")
    c.response(200, Sdp(audio(49180), session=(resp,) if answers else (), host=HOST_B, version=2), "second-answer")
    c.request("ACK", None, to_tag="b1")
    return s


def b2bua():
    one, two = talks.rtp("b2bua-one"), talks.rtp("b2bua-two")
    s = Scene([one.keys(), two.keys()])
    first, second = s.call((A, P1), icid="ab12"), s.call((P1, B), icid="ab12")
    first.linked, second.linked = [1], [0]
    first.request("INVITE", Sdp(audio(), session=(Key(one.init),)))
    second.request("INVITE", Sdp(audio(49172), session=(Key(two.init, conversation=1),), host="198.51.100.1"))
    second.response(200, Sdp(audio(49180), session=(Key(two.resp, conversation=1),), host=HOST_B))
    first.response(200, Sdp(audio(49182), session=(Key(one.resp),), host="198.51.100.1"))
    first.request("ACK", None, to_tag="b1")
    second.request("ACK", None, to_tag="b1")
    return s


def forks():
    yield Draft("calls", "forked", "Two devices answer; the second accepts", forked, ["RFC6043-4.2.2.2-04"]).telling(("forked", "second"))


FORKED = ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp", ("resolve_init", {"ex": "resolve1"}), ("resolve_resp", {"ex": "resolve1", "device": True}),
          ("transfer_resp", {"resolution": 0, "rand": "one"}), ("transfer_resp", {"resolution": 1, "rand": "two"}))


def forked():
    talk = talks.made(media_plan("traces/forked", cs=talks.rtp().maker.plan.cs, steps=FORKED))
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(183, Sdp(audio(49180), session=(Key(talk.first("transfer_resp", 0)),), host=HOST_B), "first", to_tag="b1")
    c.response(200, Sdp(audio(49190), session=(Key(talk.first("transfer_resp", 1)),), host="192.0.2.3"), "second", to_tag="b2")
    c.request("ACK", None, "ack", to_tag="b2")
    return s


def kms():
    for encoding in ("raw", "base64"):
        yield Draft("calls", f"kms/{encoding}", f"Ticket Request and Ticket Resolve over HTTP ({encoding}), a call in between", with_kms, [], encoding=encoding)
    yield Draft("calls", "kms/mapping", "The target alone says that it is the KMS", with_kms, [], encoding="raw", content_type="application/octet-stream",
                profile={"profile": "own-kms", "extends": "ims-media", "title": "A KMS at its own path", "http": {"path": "/keymanagement", "query_request": "requesttype=ticketrequest", "query_resolve": "requesttype=ticketresolve"}})
    parent = Draft("calls", "kms/request", "A Ticket Request", asked, ["RFC6043-4.2.1.2-04", "RFC6043-4.2.1.5-13"])
    yield parent
    yield parent.breaks("mac", "The MAC of REQUEST_INIT is wrong", "ask", "its last bit is another", {"RFC6043-4.2.1.2-04": None},
                        {0: {"auth": "fail", "findings": ["RFC6043-4.2.1.2-04"]}}, at=0)
    yield parent.breaks("answer", "The MAC of REQUEST_RESP is wrong", "granted", "its last bit is another", {"RFC6043-4.2.1.5-13": None},
                        {1: {"auth": "fail", "findings": ["RFC6043-4.2.1.5-13"]}}, at=1)
    yield Draft("calls", "kms/error", "The KMS answers a Ticket Request with an Error", kms_error, [])


def with_kms(encoding, content_type="application/mikey", profile="auto"):
    talk = talks.rtp("kms")
    made = talk.all
    s = Scene(talk.keys(), profile)
    def exchange(at, client, target):
        more = {"encoding": encoding, "content_type": content_type}
        s.http(client, KMS_HTTP, Key(made[at]), target=f"/keymanagement?requesttype={target}", **more)
        s.http(client, KMS_HTTP, Key(made[at + 1]), response=True, **more)
    exchange(0, UE_HTTP, "ticketrequest")
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(made[2]),)), "invite")
    exchange(3, "192.0.2.2:50001", "ticketresolve")
    c.response(200, Sdp(audio(49180), session=(Key(made[5]),), host=HOST_B))
    c.request("ACK", None, to_tag="b1")
    return s


def asked(at=None):
    hooks = changes.last_bit(at) if at is not None else None
    talk = talks.made(media_plan("traces/asked", cs=talks.rtp().maker.plan.cs, steps=MODE1[:2]), ids=None, hooks=hooks)
    s = Scene(talk.keys(), "ims-media")
    s.http(UE_HTTP, KMS_HTTP, Key(talk.all[0]), label="ask")
    s.http(UE_HTTP, KMS_HTTP, Key(talk.all[1]), response=True, label="granted")
    return s


def kms_error():
    talk = talks.made(media_plan("traces/kms-error", cs=talks.rtp().maker.plan.cs, steps=("request_init", ("error", {"about": 0}))), ids=None)
    s = Scene(talk.keys(), "ims-media")
    s.http(UE_HTTP, KMS_HTTP, Key(talk.all[0]))
    s.http(UE_HTTP, KMS_HTTP, Key(talk.all[1]), response=True)
    return s


def profiles():
    """What the profile `auto` takes."""
    for name, talk, lines in (("mixed", talks.both(), (("audio", 49170, "RTP/SAVP"), ("message", 2855, "TCP/TLS/MSRP"))),
                              ("msrp", talks.msrp(), (("message", 2855, "TCP/TLS/MSRP"),)), ("bfcp", talks.bfcp(), (("application", 2860, "TCP/TLS/BFCP"),)),
                              ("savpf", talks.rtp(), (("audio", 49170, "RTP/SAVPF"),)), ("avp-too", talks.rtp(), (("audio", 49170, "RTP/SAVP"), ("video", 49180, "RTP/AVP")))):
        yield Draft("calls", f"auto/{name}", f"Crypto sessions for the m-lines: {name}", described, ["RFC4567-7.1-04"], talk=talk, lines=lines)
    parent = Draft("calls", "lines", "Two crypto sessions for each of two audio m-lines", described, ["RFC4567-7.1-04"], talk=talks.rtp("lines", lines=2),
                   lines=(("audio", 49170, "RTP/SAVP"), ("video", 49180, "RTP/SAVP")))
    yield parent
    yield parent.breaks("fewer", "Two crypto sessions for two m-lines", "invite", "there are as many as for one m-line", {"RFC4567-7.1-04": None},
                        {0: {"findings": ["RFC4567-7.1-04"]}}, talk=talks.rtp("lines-fewer"))
    yield parent.breaks("more", "Six crypto sessions for two m-lines", "invite", "there are as many as for three m-lines", {"RFC4567-7.1-04": None},
                        {0: {"findings": ["RFC4567-7.1-04"]}}, talk=talks.rtp("lines-more", lines=3))
    yield Draft("calls", "body", "TRANSFER_INIT and TRANSFER_RESP as bodies of their own, no description", in_bodies, [])


def described(talk, lines):
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(*(m(*line) for line in lines), session=(Key(talk.init),)), "invite")
    c.response(200, Sdp(*(m(line[0], line[1] + 1000, line[2]) for line in lines), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, to_tag="b1")
    return s


def in_bodies():
    talk = talks.made(media_plan("traces/bodies", profile="ims-mixed", cs=talks.rtp().maker.plan.cs))
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", mikey_body(Key(talk.init)), "invite")
    c.response(200, mikey_body(Key(talk.resp)), "answer")
    c.request("ACK", None, to_tag="b1")
    return s


def keys():
    good = talks.rtp()
    other = talks.rtp("other-keys")
    parent = Draft("calls", "keys/second", "The second key file is the right one", simple, ["RFC6043-4.2.2.1-09"], key_file=[other.keys(), good.keys()])
    yield parent
    yield parent.breaks("mac", "The MAC of TRANSFER_INIT fails under the right keys", "invite", "its last bit is another",
                        {"RFC6043-4.2.2.1-09": None, "RFC6043-6.10-27": None, "RFC4567-4.1.1-08": "answer"},
                        {0: {"auth": "fail", "findings": ["RFC6043-4.2.2.1-09", "RFC6043-6.10-27"]}}, talk=bad_mac("keys-mac"), key_file=[other.keys(), bad_mac("keys-mac").keys()])
    yield Draft("calls", "keys/none", "No keys are shown", simple, [], keys=False)
    now = good.keys(now=0xE93E5A00 - 2208988800 + 20, skew=60)
    timed = Draft("calls", "keys/now", "The key file says what time it is", simple, ["RFC3830-5.4-x01"], key_file=now)
    yield timed
    late = {number: {"findings": ["RFC3830-5.4-x01"]} for number in (0, 1)}
    yield timed.breaks("late", "The messages are ten minutes old", None, "the key file says a time ten minutes later",
                       {"RFC3830-5.4-x01": None, "RFC4567-4.1.1-08": "answer"}, late, key_file=good.keys(now=0xE93E5A00 - 2208988800 + 620))


def notes():
    served = talks.made(media_plan("traces/served", cs=talks.rtp().maker.plan.cs, who={2: ("voicemail@as.example.com", 0)}, called="bob@example.com"))
    yield Draft("calls", "application-server", "An application server answers in the place of the called", simple, [], talk=served).telling(("application_server", "answer"))
    pcalled = [("P-Called-Party-ID", "<sip:bob@example.com>")]
    yield Draft("calls", "called-party", "P-Called-Party-ID names who answers", simple, [], called="sip:team@example.com", uri="sip:line1@192.0.2.2",
                headers=pcalled, talk=talks.rtp(profile="ims-media"))
    crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    yield Draft("calls", "sdes", "a=crypto beside key-mgmt", simple, [], more_offer=[crypto]).telling(("sdes", "invite"))
    yield Draft("calls", "sdes-alone", "a=crypto in the place of key-mgmt", simple, [], offer=False, answer=False, keys=False, more_offer=[crypto],
                more_answer=[crypto]).telling(("sdes", "invite"))


def nothing():
    yield Draft("calls", "nothing", "A call without key management", simple, [], offer=False, answer=False, keys=False)
    yield Draft("calls", "empty-capture", "OPTIONS and its answer", options, [])
    yield Draft("calls", "fingerprint", "A description with a fingerprint alone", simple, [], offer=False, answer=False, keys=False,
                more_offer=[talks.fingerprint("initiator")])


def options():
    s = Scene()
    c = s.call()
    c.request("OPTIONS")
    c.response(200)
    return s
