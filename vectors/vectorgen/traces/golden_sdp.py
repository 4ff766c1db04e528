"""Offers and answers (RFC 4567): the place and the form of key-mgmt, the list of protocols, what is done with what is rejected."""

import base64

from ..conversations import changes
from ..conversations.plan import media
from . import talks
from .draft import Draft
from .scene import Key, Scene, Sdp, audio, m

HOST_B = "192.0.2.2"
RTP = (("192.0.2.1:49170", "192.0.2.2:49180"), 0x11111111, 0x11111112)
LIST = ["RFC4567-4.1.4-04", "RFC4567-4.1.4-05", "RFC4567-4.1.4-06"]
FORM = ["RFC4567-3-01", "RFC4567-4.1.1-02", "RFC4567-4.1.1-11", "RFC4567-7-01", "RFC4567-4.1.2-15", "RFC4567-4.1.2-16"]
REFUSED = ["RFC4567-4.1.1-08", "RFC6043-4.2.2.2-04"]


def given(value, standard):
    return standard if value is None else value


def simple(talk=None, keys=True, offer=None, answer=None, more_offer=(), more_answer=(), status=200, session=True, hops=None, settings=None,
           answers=True, rtp=None, final=True, profile="auto", transport="udp", error_at=None, ring=False, offer_sdp=None, answer_sdp=None, ack=True,
           uri=None, key_file=None, headers=(), bye=False, times=1, **call):
    """An INVITE with an audio m-line, a 200 with the answer, an ACK. `offer`, `answer`: Keys instead of the right ones."""
    talk = talk or talks.rtp()
    s = Scene(key_file or (talk.keys() if keys else None), profile, settings)
    c = s.call(*(hops or ()), transport=transport, uri=uri, headers=headers, **call)
    offered = [given(offer, Key(talk.init))] if offer is not False else []
    answered = [given(answer, Key(talk.resp))] if answers and answer is not False else []
    if offer_sdp is None:
        offer_sdp = Sdp(audio(49170, *(() if session else offered)), session=[*more_offer, *(offered if session else ())])
    c.request("INVITE", offer_sdp, "invite", times=times)
    if ring:
        c.response(180, label="ringing")
    if status is None:
        return s
    if answer_sdp is None and status < 300:
        answer_sdp = Sdp(audio(49180, *(() if session else answered)), session=[*(answered if session else ()), *more_answer], host=HOST_B)
    c.response(status, answer_sdp, "answer", times=times)
    if ack:
        c.request("ACK", None, "ack", to_tag="b1")
    for (source, destination), ssrc in rtp or ():
        s.rtp(source, destination, ssrc, "rtp")
    if bye:
        c.request("BYE", None, "bye", to_tag="b1")
        c.response(200)
    return s


def drafts(parents):
    for part in (forms, lists, places, rejections, several, rekeying):
        for draft in part(parents):
            parents[draft.name] = draft
            yield draft


def init_text(talk):
    return base64.b64encode(talk.init.data).decode()


def forms(_):
    parent = Draft("sdp", "call", "A call with SRTP, key-mgmt at session level", simple, FORM + LIST + REFUSED)
    yield parent
    text = init_text(talks.rtp())
    unread = {"conversation": None, "auth": "skipped", "ex": None, "from": None}
    alone = {**unread}
    orphan = {1: {"auth": "skipped"}}
    for suffix, what, shown in (("url", "the alphabet of RFC 4648 5", text.replace("/", "_").replace("+", "-") + "_-_-"), ("cut", "the last character is left out", text[:-1]),
                                ("blank", "a blank stands within it", text[:40] + " " + text[40:]), ("star", "a * stands in it", text[:20] + "*" + text[21:])):
        yield parent.breaks(f"base64-{suffix}", f"The data of key-mgmt is no base64: {what}", "invite", what, {"RFC4567-3-01": "invite", "RFC4567-4.1.1-08": "answer"},
                            {0: alone, **orphan}, offer=Key(talks.rtp().init, text=shown))
    yield parent.breaks("base64-answer", "The data of key-mgmt in the answer is no base64", "answer", "one character of its padding is left out",
                        {"RFC4567-3-01": "answer"}, {1: alone},
                        answer=Key(talks.rtp().resp, text=base64.b64encode(talks.rtp().resp.data).decode().rstrip("=") + "A"))
    gone = {"keys": False}
    bare = Draft("sdp", "call/without", "A call with SRTP whose keys nobody shows", simple, ("RFC4567-4.1.1-02", "RFC4567-4.1.1-11"), offer=False, answer=False, keys=False)
    yield bare
    for side, row, label in (("offer", "RFC4567-4.1.1-02", "invite"), ("answer", "RFC4567-4.1.1-11", "answer")):
        for suffix, what, line in (("alone", "key-mgmt has no data", "a=key-mgmt:keyp1"), ("tab", "a tab stands behind prtcl-id", "a=key-mgmt:keyp1\tAAAA"),
                                   ("token", "prtcl-id is no token", "a=key-mgmt:key(p1 AAAA"), ("two", "two blanks stand behind prtcl-id", "a=key-mgmt:keyp1  AAAA"),
                                   ("empty", "there is no prtcl-id", "a=key-mgmt: AAAA")):
            yield bare.breaks(f"{side}-{suffix}", f"{side.capitalize()}: {what}", label, what, {row: label}, **gone, **{f"more_{side}": [line]})
    named = talks.rtp()
    none = {"offer": Key(named.init, protocol="Mikey"), "answer": Key(named.resp, protocol="MIKEY")}
    yield bare.breaks("case", "prtcl-id is mikey but for the case of its letters", "invite", "prtcl-id is Mikey", {"RFC4567-7-01": "invite"}, **gone,
                      offer=none["offer"])
    yield bare.breaks("case-answer", "The answer's prtcl-id is MIKEY", "answer", "prtcl-id is MIKEY", {"RFC4567-7-01": "answer"}, **gone, answer=none["answer"])
    yield bare.breaks("other-name", "A message of MIKEY under another prtcl-id", "invite", "prtcl-id is mikey2", {"RFC4567-7-01": "invite"}, **gone,
                      offer=Key(named.init, protocol="mikey2"))
    yield bare.breaks("case-broken", "prtcl-id MIKEY, and its data is no base64", "invite", "MIKEY with data that is no base64",
                      {"RFC4567-7-01": "invite", "RFC4567-3-01": "invite"}, **gone, offer=Key(named.init, protocol="MIKEY", text="A"))
    yield Draft("sdp", "call/other-protocol", "Another protocol than MIKEY is offered", simple, ("RFC4567-7-01", "RFC4567-3-01"), offer=False, answer=False, keys=False,
                more_offer=["a=key-mgmt:keyp1 727gkdOshsuiSDF9sdhsdKnD/dhsoSJokdo7eWD"], more_answer=["a=key-mgmt:keyp1 AAAA"])


def lists(_):
    talk = talks.rtp
    two = ["a=key-mgmt:keyp1 727g", "a=key-mgmt:keyp2 DFsnuiSDSh9s"]
    parent = Draft("sdp", "list/one", "The list of protocols has one", simple, LIST)
    yield parent
    yield parent.breaks("none", "TRANSFER_INIT has no list", "invite", "there is no General Extension SDP IDs", {"RFC4567-4.1.4-04": "invite"},
                        talk=talk("list-none", None))
    yield parent.breaks("media", "TRANSFER_INIT at media level has no list", "invite", "there is no General Extension SDP IDs", {"RFC4567-4.1.4-04": "invite"},
                        talk=talk("list-none", None), session=False)
    free = Draft("sdp", "list/free", "No list is asked for: sdp_ids if_present", simple, ("RFC4567-4.1.4-04",), talk=talk("list-none", None),
                 settings={"sdp_ids": "if_present"}, profile="ims-media")
    yield free
    yield free.breaks("required", "The same, and it is asked for", None, "the setting sdp_ids is required", {"RFC4567-4.1.4-04": "invite"},
                      settings={"sdp_ids": "required"})
    several = Draft("sdp", "list/three", "The list of three protocols in the order of the text", simple, ("RFC4567-4.1.4-01", "RFC4567-4.1.4-05", "RFC4567-4.1.4-06",
                    "RFC4567-7-02"), talk=talk("list-three", "keyp1;keyp2;mikey"), more_offer=two)
    yield several
    yield several.breaks("none", "Three protocols are offered, and no list is authenticated", "invite", "there is no General Extension SDP IDs",
                         {"RFC4567-4.1.4-01": "invite"}, talk=talk("list-none", None))
    yield several.breaks("none-media", "Three protocols are offered, TRANSFER_INIT stands under the m-line and has no list", "invite",
                         "there is no General Extension SDP IDs, and the attribute is at media level", {"RFC4567-4.1.4-01": "invite"}, talk=talk("list-none", None), session=False)
    yield several.breaks("removed", "One of three protocols was taken out on the way", "invite", "the attribute of keyp2 is not there",
                         {"RFC4567-4.1.4-06": "invite", "RFC4567-7-02": "answer"}, more_offer=two[:1])
    for suffix, ids, what in (("comma", "keyp1,keyp2,mikey", "commas stand between the protocols"), ("space", "keyp1; keyp2; mikey", "blanks stand behind the semicolons"),
                              ("end", "keyp1;keyp2;mikey;", "a semicolon stands at the end"), ("double", "keyp1;;keyp2;mikey", "two semicolons stand between two protocols")):
        yield several.breaks(suffix, f"The list: {what}", "invite", what, {"RFC4567-4.1.4-05": "invite", "RFC4567-7-02": "answer"}, talk=talk(f"list-{suffix}", ids))
    for suffix, ids, what in (("order", "mikey;keyp1;keyp2", "mikey stands first in the list, and last in the text"), ("missing", "keyp1;mikey", "keyp2 is not in the list"),
                              ("more", "keyp1;keyp2;keyp3;mikey", "a protocol is in the list that is not offered")):
        yield several.breaks(suffix, f"The list: {what}", "invite", what, {"RFC4567-4.1.4-06": "invite", "RFC4567-7-02": "answer"}, talk=talk(f"list-{suffix}", ids))
    yield several.breaks("refused", "A list that differs, and the offer is refused", "invite", "keyp2 is not in the list", {"RFC4567-4.1.4-06": "invite"},
                             talk=talk("list-missing", "keyp1;mikey"), status=488, answers=False)
    twice = Draft("sdp", "list/twice", "A protocol that is offered twice stands once in the list", two_lines, ("RFC4567-4.1.4-06",))
    yield twice


def two_lines(first=None, second=None, keys=True, answers=(True, True), answer_keys=None, ports=(49180, 49190), status=200, rtp=None, error=None, order=(0, 1),
              ack=True, kinds=("RTP/SAVP", "RTP/SAVP"), names=None):
    """Two audio m-lines with a message of their own each; two conversations."""
    one, two = first or talks.rtp("line-one"), second or talks.rtp("line-two")
    s = Scene([one.keys(), two.keys()] if keys else None)
    c = s.call()
    offered = Key(one.init), Key(two.init, conversation=1)
    c.request("INVITE", Sdp(audio(49170, offered[0], proto=kinds[0]), audio(49172, offered[1], proto=kinds[1])), "invite")
    answered = answer_keys or (Key(one.resp), Key(two.resp, conversation=1))
    if status >= 300:
        c.response(status, None, "answer")
    else:
        c.response(200, Sdp(*(audio(port, *([key] if there else ()), proto=kinds[i]) for i, (port, key, there) in enumerate(zip(ports, answered, answers))),
                            host=HOST_B), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def places(_):
    parent = Draft("sdp", "place/media", "key-mgmt at media level", simple, ("RFC4567-4.1.2-15",), session=False)
    yield parent
    plain = Draft("sdp", "place/one-of-two", "key-mgmt at session level covers the secured m-line alone", in_sdp, ("RFC4567-4.1.2-15",))
    yield plain
    line = {"findings": ["RFC4567-7.1-04"], "auth": "ok"}
    broken = {"RFC4567-4.1.2-15": "invite"}
    yield plain.breaks("nothing", "key-mgmt at session level, and no m-line is secured", "invite", "every m-line is RTP/AVP", broken, {0: line}, protos=("RTP/AVP", "RTP/AVP"))
    yield plain.breaks("udptl", "key-mgmt at media level under an m-line that is not secured", "invite", "it stands under RTP/AVP", broken, {0: line},
                       under=1, gone=())
    yield plain.breaks("own", "key-mgmt at session level, and each secured m-line has its own", "invite", "the m-line has an attribute of another protocol",
                       broken, {0: line}, own="a=key-mgmt:keyp1 AAAA", talk=talks.rtp("place-own", "mikey;keyp1"))
    talk = talks.rtp()
    delayed = Draft("sdp", "delayed", "An INVITE without offer: TRANSFER_INIT in the 200, TRANSFER_RESP in the ACK", delayed_offer, ("RFC4567-4.1.2-16", "RFC6043-4.2.2.2-04"))
    yield delayed
    yield delayed.breaks("silent", "The ACK answers without TRANSFER_RESP", "ack", "the answer has no key-mgmt", {"RFC6043-4.2.2.2-04": "ack"}, answer=False)
    yield Draft("sdp", "delayed/early", "The offer in a reliable 183, the answer in PRACK", delayed_offer, ("RFC4567-4.1.2-16",), early=True)
    crossed = Draft("sdp", "crossed", "No key-mgmt in the offer, none in the answer", simple, ("RFC4567-4.1.2-16",), offer=False, answer=False, talk=talk)
    yield crossed
    yield crossed.breaks("answer", "TRANSFER_INIT stands in an answer", "answer", "the answer has a TRANSFER_INIT", {"RFC4567-4.1.2-16": "answer"}, answer=Key(talk.init))
    yield crossed.breaks("answer-media", "TRANSFER_INIT stands under an m-line of an answer", "answer", "the answer has a TRANSFER_INIT at media level",
                         {"RFC4567-4.1.2-16": "answer"}, answer=Key(talk.init), session=False)


def in_sdp(protos=("RTP/SAVP", "RTP/AVP"), under=None, own=None, talk=None):
    """Two m-lines, TRANSFER_INIT at session level or under one of them."""
    talk = talk or talks.rtp()
    s = Scene(talk.keys())
    c = s.call()
    key = Key(talk.init)
    lines = [m("audio", 49170 + 2 * i, proto, *((key,) if under == i else ()), *((own,) if own and proto == "RTP/SAVP" else ())) for i, proto in enumerate(protos)]
    c.request("INVITE", Sdp(*lines, session=() if under is not None else (key,)), "invite")
    c.response(486, None, "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def delayed_offer(answer=None, early=False, talk=None):
    talk = talk or talks.rtp()
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", None, "invite")
    offer, answered = Sdp(audio(49170), session=(Key(talk.init),), host=HOST_B), Sdp(audio(49180), session=() if answer is False else (Key(talk.resp),))
    if early:
        c.response(183, offer, "offer", more=[("Require", "100rel"), ("RSeq", "1")])
        c.request("PRACK", answered, "answer", to_tag="b1", more=[("RAck", "1 1 INVITE")])
        c.response(200)
        c.response(200, None, method="INVITE", cseq=1)
        c.request("ACK", None, "ack", to_tag="b1", cseq=1)
        return s
    c.response(200, offer, "offer")
    c.request("ACK", answered, "ack", to_tag="b1", cseq=1)
    return s


def bad_mac(name="bad-mac", at=talks.INIT, **members):
    return talks.made(media(f"traces/{name}", cs=talks.rtp().maker.plan.cs, **members), hooks=changes.last_bit(at))


def errored(name="error", about=talks.INIT, **members):
    """TRANSFER_INIT and an Error about it."""
    plan = media(f"traces/{name}", cs=talks.rtp().maker.plan.cs, steps=("request_init", "request_resp", "transfer_init", ("error", {"about": 2})), **members)
    return talks.made(plan)


def rejections(_):
    good = Draft("sdp", "rejected/none", "The message of the offer is right, and the offer is accepted", simple, REFUSED + ["RFC4567-4.1.1-20"], rtp=[RTP[:2]])
    yield good
    fail = {0: {"auth": "fail", "findings": ["RFC6043-4.2.2.1-09", "RFC6043-6.10-27"]}}
    bad = bad_mac()
    resp_fails = {1: {"auth": "fail", "findings": ["RFC6043-4.2.2.3-19"]}}
    # The Responder of bad-mac answers a message that he should not have: his MAC is right all the same.
    yield good.breaks("accepted", "The MAC of TRANSFER_INIT fails, and the offer is accepted", "invite", "the last bit of its MAC is another",
                           {"RFC4567-4.1.1-08": "answer"}, fail, talk=bad)
    parse = Key(talks.rtp().init, octets=talks.rtp().init.data[:-4])
    yield good.breaks("unparsed", "TRANSFER_INIT cannot be parsed, and the offer is accepted", "invite", "its last four octets are left out",
                      {"RFC4567-4.1.1-08": "answer"}, {0: {"conversation": None, "auth": "skipped", "ex": None, "from": None,
                                                           "findings": ["RFC3830-6.9-x01"]}, 1: {"auth": "skipped"}}, offer=parse)
    yield good.breaks("answer-mac", "The MAC of TRANSFER_RESP fails, and the offerer goes on", "answer", "the last bit of its MAC is another",
                      {"RFC4567-4.1.1-20": "rtp"}, resp_fails, talk=bad_mac("bad-resp", talks.RESP))
    cut = Key(talks.rtp().resp, octets=talks.rtp().resp.data[:-4])
    yield good.breaks("answer-cut", "TRANSFER_RESP cannot be parsed, and the offerer goes on", "answer", "its last four octets are left out",
                      {"RFC4567-4.1.1-20": "rtp"},
                      {1: {"conversation": None, "auth": "skipped", "ex": None, "from": None, "findings": ["RFC3830-6.9-x01"]}}, answer=cut)
    yield good.breaks("silent", "F is 1, and no answer has a TRANSFER_RESP", "answer", "the answer has no key-mgmt", {"RFC6043-4.2.2.2-04": "answer"}, answer=False)
    yield Draft("sdp", "rejected/early", "TRANSFER_RESP comes in a 183, the 200 has no description", early_answer, ("RFC6043-4.2.2.2-04",))
    refusing = Draft("sdp", "refused/488", "An offer whose key management is rejected is refused with 488 and an Error", refusal, ("RFC4567-4.1.2-07",))
    yield refusing
    yield refusing.breaks("606", "It is refused with 606", "answer", "the final response is 606", {"RFC4567-4.1.2-07": "answer"}, status=606)
    yield refusing.breaks("500", "It is refused with 500, the Error stands in a description", "answer", "the final response is 500", {"RFC4567-4.1.2-07": "answer"}, status=500)
    negotiated = Draft("sdp", "error/again", "A 200 with an Error, then another offer, then media", renegotiated, ("RFC4567-4.1.1-17",))
    yield negotiated
    yield negotiated.breaks("media", "A 200 with an Error, and media without another offer", "rtp", "there is no other offer in between", {"RFC4567-4.1.1-17": "rtp"}, again=False)
    yield negotiated.breaks("early", "Media come between the Error and the other offer", "rtp-early", "an RTP packet comes before the other offer",
                            {"RFC4567-4.1.1-17": "rtp-early"}, early=True)


def early_answer():
    talk = talks.rtp()
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(183, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.response(200, None, "ok")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def refusal(status=488):
    talk = errored()
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(status, Sdp(audio(0), session=(Key(talk.first("error")),), host=HOST_B), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def renegotiated(again=True, early=False):
    talk, second = errored("error-again"), talks.rtp("error-second")
    s = Scene([talk.keys(), second.keys()])
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(200, Sdp(audio(49180), session=(Key(talk.first("error")),), host=HOST_B), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    if early:
        s.rtp(*RTP[0], 0x11111111, "rtp-early")
    if again:
        c.request("INVITE", Sdp(audio(), session=(Key(second.init, conversation=1),), version=2), "again", to_tag="b1")
        c.response(200, Sdp(audio(49180), session=(Key(second.resp, conversation=1),), host=HOST_B, version=2), "again-answer")
        c.request("ACK", None, "again-ack", to_tag="b1")
    s.rtp(*RTP[0], 0x11111111, "rtp")
    return s


def several(_):
    parent = Draft("sdp", "several", "Two m-lines with a message each; both are answered", two_lines, ("RFC4567-4.1.2-10", "RFC4567-4.1.2-11"))
    yield parent
    yield parent.breaks("one", "Two messages want an answer, one gets it", "answer", "the second m-line has no key-mgmt", {"RFC4567-4.1.2-10": "answer"}, answers=(True, False))
    yield parent.breaks("other", "The first of two messages gets no answer", "answer", "the first m-line has no key-mgmt", {"RFC4567-4.1.2-10": "answer"}, answers=(False, True))
    yield parent.breaks("neither", "Neither of two messages is answered", "answer", "no m-line has key-mgmt", {"RFC6043-4.2.2.2-04": "answer"}, answers=(False, False))
    yield Draft("sdp", "several/refused-one", "The m-line of the message without answer is refused", two_lines, ("RFC4567-4.1.2-10",), answers=(True, False), ports=(49180, 0))
    mac = {1: {"auth": "fail", "findings": ["RFC6043-4.2.2.1-09", "RFC6043-6.10-27"]}}
    wrong = bad_mac("line-two-bad")
    yield parent.breaks("mac", "One of two messages fails, and the session is set up all the same", "invite", "the last bit of the second MAC is another",
                        {"RFC4567-4.1.2-11": "answer"}, mac, second=wrong)
    first = bad_mac("line-one-bad")
    yield parent.breaks("mac-first", "The first of two messages fails, and the session is set up", "invite", "the last bit of the first MAC is another",
                        {"RFC4567-4.1.2-11": "answer"}, {0: mac[1]}, first=first)


def rekeying(_):
    parent = Draft("sdp", "rekey", "A re-INVITE with a CSB update", updated, ("RFC4567-4.1.2-18",))
    yield parent
    yield parent.breaks("protocol", "The re-INVITE has another key management protocol", "again", "its prtcl-id is keyp1", {"RFC4567-4.1.2-18": "again"}, other=["a=key-mgmt:keyp1 AAAA"])
    yield parent.breaks("protocol-media", "The re-INVITE has another protocol under the m-line, and mikey for none", "again", "keyp1 stands under the m-line",
                        {"RFC4567-4.1.2-18": "again"}, other=["a=key-mgmt:keyp1 AAAA"], at_media=True)
    yield Draft("sdp", "rekey/update", "A CSB update in UPDATE", updated, ("RFC4567-4.1.2-18",), method="UPDATE")
    yield Draft("sdp", "rekey/responder", "The called sends a re-INVITE with a CSB update", updated, ("RFC4567-4.1.2-18",), by="R")


def update_talk(by="I"):
    steps = talks.FIRST + (("update_init", {"by": by}), ("update_resp", {"by": "R" if by == "I" else "I"}))
    return talks.made(media(f"traces/update-{by}", cs=talks.rtp().maker.plan.cs, steps=steps))


def updated(other=None, at_media=False, method="INVITE", by="I"):
    talk = update_talk(by)
    s = Scene(talk.keys())
    c = s.call()
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),)), "invite")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    s.now += 4
    if other:
        c.request("INVITE", Sdp(audio(49170, *(other if at_media else ())), session=() if at_media else other, version=2), "again", to_tag="b1")
        c.response(200, Sdp(audio(49180), host=HOST_B, version=2), "again-answer")
        c.request("ACK", None, "again-ack", to_tag="b1")
        return s
    init, resp = Key(talk.first("update_init")), Key(talk.first("update_resp"))
    back = by == "R"
    c.request(method, Sdp(audio(49180 if back else 49170), session=(init,), version=2, host=HOST_B if back else "192.0.2.1"), "again", to_tag=None if back else "b1", backwards=back)
    c.response(200, Sdp(audio(49170 if back else 49180), session=(resp,), version=2, host="192.0.2.1" if back else HOST_B), "again-answer")
    if method == "INVITE":
        c.request("ACK", None, "again-ack", to_tag=None if back else "b1", backwards=back)
    return s
