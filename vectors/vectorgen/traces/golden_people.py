"""Who takes part: Request-URIs, groups of immediate messages, PSK S/MIME, conferences (TS 33.328 B.1, F.3, G)."""

import re

from pskmime import make

from ..conversations.plan import media as media_plan
from ..smime import entities, requests
from . import talks
from .draft import Draft
from .golden_sdp import HOST_B, simple
from .scene import ALICE, BOB, P1, Body, Key, Scene, Sdp, audio, mikey_body

DAVE = "sip:dave@example.com"
FOCUS_URI, FOCUS = "sip:conf1@conf.example.com", "198.51.100.50:5060"
UES = {"alice": "192.0.2.1:5060", "bob": "192.0.2.2:5060", "carol": "192.0.2.3:5060"}
IMMEDIATE = ["TS33328-F.3-12", "TS33328-F.3-13", "TS33328-F.3-14"]


def drafts(parents):
    for part in (request_uris, immediate, groups, lists, conferences, individual, subscriptions, notified):
        for draft in part():
            parents[draft.name] = draft
            yield draft


def request_uris():
    row = "TS33328-B.1-x01"
    talk = talks.rtp("uri", allowed=("bob@example.com", "?@example.net"))
    parent = Draft("people", "uri", "The Request-URI is an identity that may resolve the ticket", simple, [row], talk=talk)
    yield parent
    yield parent.breaks("other", "The Request-URI is nobody who may resolve the ticket", "invite", "the Request-URI is Dave's", {row: "invite"}, uri=DAVE)
    yield parent.breaks("group", "The Request-URI has the domain of no group of the ticket", "invite", "the Request-URI is bob@example.org", {row: "invite"}, uri="sip:bob@example.org")
    for name, uri in (("group", "sip:carol@EXAMPLE.net"), ("sips", "sips:bob@example.com"), ("more", "sip:bob@example.com:5062;transport=tcp"), ("tel", "tel:+12015550123")):
        yield Draft("people", f"uri-{name}", f"The Request-URI is {uri}", simple, [row], talk=talk, uri=uri)
    yield Draft("people", "uri-rewritten", "The second proxy puts the contact address in the Request-URI", simple, [row], talk=talk,
                hops=(("192.0.2.1:5060", "198.51.100.1:5060"), ("198.51.100.1:5060", "192.0.2.2:5060")), uris=[BOB, "sip:line1@192.0.2.2"])
    yield Draft("people", "uri-rfc6043", "No row of TS 33.328 under the profile rfc6043", simple, [row], talk=talk, uri=DAVE, profile="rfc6043")


class Secure:
    """A MESSAGE with TRANSFER_INIT and a PSK S/MIME container, as Body."""

    def __init__(self, name="im", plan=None, **members):
        self.talk = requests.Talk(f"traces/{name}", **members)
        self.plan = {**self.talk.plan(), **(plan or {})}

    def init(self, which=0, **expect):
        return Key([one for one in self.talk.maker.made if one.kind == "transfer_init"][which], **expect)

    def body(self, key=None, container=True, clear=None, with_key=True, **plan):
        key = key or self.init()
        octets = make.make({**self.plan, **plan}).octets() if container else None
        parts = ([requests.mikey(key.octets)] if with_key else []) + ([entities.part(octets)] if container else []) + ([clear] if clear else [])
        whole = entities.multipart(*parts)
        head, _, body = whole.partition(b"\r\n\r\n")
        content_type = re.match(rb"Content-Type: (.*)", head, re.DOTALL)[1].decode()
        return Body(content_type, body.decode("ascii"), [key] if with_key else [])

    def keys(self, **more):
        out = dict(self.talk.whole)
        for name in ("messages", "profile", "mline"):
            out.pop(name, None)
        return {**out, **more}


def sent(s, body, uri=BOB, source=UES["alice"], destination=UES["bob"], label="message", caller=ALICE, call_id=None, outcome="opened", origin="proven", findings=(),
         status=200, told=True, hops=None, copies=True, method="MESSAGE", more=()):
    c = s.call(*(hops or ((source, destination),)), caller=caller, called=uri, call_id=call_id)
    c.request(method, body, label, copies=copies, more=more)
    c.response(status)
    if told:
        s.containers.append({"frame": s.labels[label], "outcome": outcome, "origin": origin, "findings": sorted(findings)})
    return c


def message(im=None, keys=True, uri=BOB, settings=None, body=None, hops=None, told=True, profile="auto", **more):
    im = im or Secure()
    s = Scene(im.keys() if keys else None, profile, settings)
    sent(s, body or im.body(), uri, hops=hops, told=told, **more)
    return s


def immediate():
    im = Secure()
    parent = Draft("people", "message", "A MESSAGE with TRANSFER_INIT and a container that opens", message, IMMEDIATE, im=im)
    yield parent
    yield Draft("people", "message/no-keys", "The same, no keys are shown", message, IMMEDIATE[:2], im=im, keys=False, outcome="not_tried", origin="not_proven")
    yield Draft("people", "message/hops", "The same over two legs", message, IMMEDIATE, im=im, hops=((UES["alice"], "198.51.100.1:5060"), ("198.51.100.1:5060", UES["bob"])))
    other = im.body(recipients=[{"kek": bytes(32), "id": im.talk.spi()}])
    failed = {"outcome": "failed", "origin": "not_proven", "findings": ["RFC5083-2.2-x01", "TS33328-F.3-14"]}
    yield parent.breaks("other-key", "The container is protected with another key", "message", "the key is not that of the crypto session",
                        {"RFC5083-2.2-x01": None, "TS33328-F.3-14": None}, body=other, **failed)
    text = b"Content-Type: text/plain\r\n\r\nin clear\r\n"
    yield parent.breaks("clear", "A part in clear beside the container", "message", "a text stands beside the container", {"TS33328-F.3-14": None},
                        body=im.body(clear=text), findings=["TS33328-F.3-14"])
    yield parent.breaks("no-container", "TRANSFER_INIT with a text in clear", "message", "there is no container", {"TS33328-F.3-16": None},
                        body=im.body(container=False, clear=text), outcome="not_tried", origin="not_proven", findings=["TS33328-F.3-16"])
    yield parent.breaks("no-init", "A container without TRANSFER_INIT", "message", "there is no application/mikey", {"TS33328-F.3-12": None},
                        body=im.body(with_key=False), outcome="not_tried", origin="not_proven", findings=["TS33328-F.3-12"])
    yield parent.breaks("uri", "The Request-URI may not resolve the ticket", "message", "the Request-URI is Dave's", {"TS33328-F.3-13": None}, uri=DAVE, findings=["TS33328-F.3-13"])
    should = Draft("people", "message/should", "The Request-URI should be one who may: request_uri should", message, [], im=im, uri=DAVE, findings=["TS33328-F.3-13"])
    yield should
    must = Draft("people", "message/must", "The Request-URI must be one who may, and is", message, IMMEDIATE, im=im, settings={"request_uri": "must"}, profile="ims-message")
    yield must
    yield must.breaks("uri", "The Request-URI must be one who may, and is not", "message", "the Request-URI is Dave's", {"TS33328-F.3-13": None}, uri=DAVE, findings=["TS33328-F.3-13"])
    alone = Draft("people", "message/alone", "TRANSFER_INIT alone in a MESSAGE", bare_message, [])
    yield alone


def bare_message(encoding="base64"):
    im = Secure()
    s = Scene(im.keys())
    sent(s, mikey_body(im.init(), encoding), told=False)
    return s


REUSED = ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp", ("transfer_init", {"ex": "reuse"}))


def twice(im=None, second=BOB, first=BOB, **more):
    """Two MESSAGEs with the same ticket."""
    im = im or Secure("twice", steps=REUSED, ones="DEHIJNO")
    s = Scene(im.keys())
    sent(s, im.body(), first)
    s.now += 3
    key = im.init(1)
    body = mikey_body(key)
    sent(s, body, second, label="second", told=False)
    return s


def groups():
    row = "TS33328-F.3-18"
    parent = Draft("people", "group", "A ticket is reused for the same receiver", twice, [row])
    yield parent
    yield parent.breaks("other", "A ticket is reused for another receiver", "second", "the Request-URI is that of another receiver", {row: "second"}, second="sip:carol@example.net")
    yield parent.breaks("domain", "A ticket is reused for one of the same name elsewhere", "second", "the Request-URI has another domain", {row: "second"},
                        second="sip:bob@example.net")
    yield Draft("people", "group/same", "The same receiver, written otherwise", twice, [row], second="sip:bob@EXAMPLE.com;user=phone")


LIST_SERVER = "198.51.100.40:5060"


def relayed(to="sip:bob@example.net", outside=False):
    """A list server sends the MESSAGE on in a call of its own, with the TRANSFER_INIT that came."""
    im = Secure("list", allowed=("list@example.com", "?@example.net"))
    s = Scene(im.keys())
    uri = "sip:list@example.com"
    first = sent(s, mikey_body(im.init()), uri, destination=LIST_SERVER, told=False)
    key = im.init(0, copy_of=0)
    second = sent(s, mikey_body(key), to, source=LIST_SERVER, label="second", told=False)
    first.linked, second.linked = [1], [0]
    if outside:
        s.containers.append({"frame": s.labels["second"], "outcome": "not_tried", "origin": "not_proven", "findings": ["TS33328-F.3-13"]})
    return s


def lists():
    row = "TS33328-F.3-20"
    parent = Draft("people", "list", "A list server sends a MESSAGE on to one who may resolve its ticket", relayed, [row])
    yield parent
    yield parent.breaks("other", "A list server sends a MESSAGE on to one who may not", "second", "the Request-URI is Dave's", {row: "second"}, to=DAVE, outside=True)
    yield parent.breaks("domain", "A list server sends a MESSAGE on to another domain", "second", "the Request-URI is bob@example.org", {row: "second"}, to="sip:bob@example.org", outside=True)


# --- conferences ------------------------------------------------------------------------------------------------------


def dial_in(people=None, who="alice", talk=None, focus=True, keys=True, status=200, more_talks=(), form="array"):
    """UEs call the focus."""
    s = Scene(None)
    files, first = [], None
    for number, (name, talk) in enumerate([(who, talk or joining(who)), *more_talks]):
        c = s.call((UES[name], FOCUS), caller=f"sip:{name}@example.com", called=FOCUS_URI)
        c.request("INVITE", Sdp(audio(49170 + 10 * number), session=(Key(talk.init, conversation=number, auth="ok" if keys else "skipped"),), host=UES[name][:-5]), f"invite-{name}")
        contact = [("Contact", f"<{FOCUS_URI}>" + (";isfocus" if focus else ""))]
        if status >= 300:
            c.response(status, None, f"answer-{name}", more=contact)
        else:
            c.response(status, Sdp(audio(49180 + 10 * number), session=(Key(talk.resp, conversation=number, auth="ok" if keys else "skipped"),), host="198.51.100.50"), f"answer-{name}", more=contact)
        c.request("ACK", None, f"ack-{name}", to_tag="b1")
        files.append(talk.keys())
        first = first or c
    if people is not None:
        files[0] = {**files[0], "participants": {FOCUS_URI: people} if form == "object" else people}
    s.keys = files if keys else [{"participants": people}]
    return s


def joining(who, name=None, seed=None, resp=False, **members):
    """A talk of one UE with the focus; the conference has the identity of the called."""
    parties = {1: (f"{who}@example.com", 0), 2: ("conf1@conf.example.com", 0)}
    if resp:
        parties = {1: ("conf1@conf.example.com", 0), 2: (f"{who}@example.com", 0)}
    hooks = {}
    if seed:
        def same(m):
            own = m.octets
            m.octets = lambda what, length: own(what, length) if what.startswith("csb") else type(m).octets(SameSeed(seed, m), what, length)
        hooks["maker"] = same
    return talks.made(media_plan(f"traces/conf-{name or who}", who=parties, cs=(talks_srtp(1), talks_srtp(2)), **members), hooks=hooks)


class SameSeed:
    """A maker whose keys are another's."""

    def __init__(self, name, maker):
        from types import SimpleNamespace
        self.plan, self.maker = SimpleNamespace(name=name), maker


def talks_srtp(number):
    from ..exchange import srtp
    return srtp(number, 0x11111110 + number, spi="*")


def dial_out(people, who="bob"):
    """The focus calls a UE."""
    talk = joining(who, f"out-{who}", resp=True)
    s = Scene({**talk.keys(), "participants": people})
    c = s.call((FOCUS, UES[who]), caller=FOCUS_URI, called=f"sip:{who}@example.com", headers=[("Contact", f"<{FOCUS_URI}>;isfocus")])
    c.request("INVITE", Sdp(audio(), session=(Key(talk.init),), host="198.51.100.50"), "invite")
    c.response(200, Sdp(audio(49180), session=(Key(talk.resp),), host=HOST_B), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def conferences():
    row = "TS33328-G.3.2-02"
    people = ["alice@example.com", "bob@example.com"]
    parent = Draft("people", "conference", "A participant who may take part calls the focus", dial_in, [row], people=people)
    yield parent
    yield parent.breaks("nobody", "The focus accepts one who may not take part", None, "the key file does not name her", {row: "answer-alice"}, people=["bob@example.com"])
    yield parent.breaks("domain", "The focus accepts one of another domain than the group", None, "the group is of another domain", {row: "answer-alice"}, people=["?@example.net"])
    yield Draft("people", "conference/group", "The participants are a group", dial_in, [row], people=["?@example.com"])
    by_uri = Draft("people", "conference/by-uri", "The participants of each conference", dial_in, [row], people=people, form="object")
    yield by_uri
    yield Draft("people", "conference/refused", "One who may not take part is refused", dial_in, [row], people=["bob@example.com"], status=403)
    yield Draft("people", "conference/no-focus", "Whom she calls is no focus", dial_in, [row], people=["bob@example.com"], focus=False)
    out = Draft("people", "conference/out", "The focus calls one who may take part", dial_out, [row], people=["?@example.com"])
    yield out
    yield out.breaks("nobody", "The focus calls one who may not take part", None, "the key file does not name him", {row: "ack"}, people=["carol@example.com"])


def individual():
    row = "TS33328-G.1-01"
    apart = [("bob", joining("bob"))]
    parent = Draft("people", "individual", "Two participants have keys of their own", dial_in, [row], more_talks=apart)
    yield parent
    same = joining("bob", "bob-same", seed="traces/conf-alice")
    yield parent.breaks("same", "Two participants have the same keys", "invite-bob", "the ticket has the keys of the first participant's", {row: "answer-bob"}, more_talks=[("bob", same)])
    third = [("bob", joining("bob")), ("carol", joining("carol", "carol-same", seed="traces/conf-alice"))]
    three = Draft("people", "individual/three", "Three participants have keys of their own", dial_in, [row], more_talks=[*apart, ("carol", joining("carol"))])
    yield three
    yield three.breaks("same", "The third participant has the keys of the first", "invite-carol", "the ticket has the keys of the first participant's", {row: "answer-carol"},
                       more_talks=third)


def subscribed(people=("alice@example.com",), asserted=None, event="conference", status=200, who="alice", form="array"):
    s = Scene({"participants": {FOCUS_URI: list(people)} if form == "object" else list(people)})
    c = s.call((UES[who], FOCUS), caller=f"sip:{who}@example.com", called=FOCUS_URI)
    c.request("SUBSCRIBE", None, "subscribe", more=[("Event", event), *([("P-Asserted-Identity", f"<{asserted}>")] if asserted else [])])
    c.response(status, None, "answer")
    return s


def subscriptions():
    row = "TS33328-G.3.3-01"
    parent = Draft("people", "subscribe", "One who may take part subscribes to the conference", subscribed, [row])
    yield parent
    yield parent.breaks("nobody", "One who may not take part subscribes, and is accepted", "subscribe", "From is Bob's", {row: "answer"}, who="bob")
    yield parent.breaks("asserted", "The network asserts another who may not take part", "subscribe", "P-Asserted-Identity is Dave's", {row: "answer"}, asserted=DAVE)
    behind = Draft("people", "subscribe/proxy", "An anonymous UE subscribes, and its P-CSCF asserts who it is", through_proxy, [row])
    yield behind
    yield behind.breaks("other", "An anonymous UE subscribes, and its P-CSCF asserts one who may not take part", "asserted", "P-Asserted-Identity is Dave's", {row: "answer@1"},
                        asserted=DAVE)
    yield Draft("people", "subscribe/network", "The network asserts one who may take part", subscribed, [row], who="bob", asserted=ALICE)
    yield Draft("people", "subscribe/refused", "One who may not is refused", subscribed, [row], who="bob", status=403)
    yield Draft("people", "subscribe/presence", "Another event package", subscribed, [row], who="bob", event="presence")
    yield Draft("people", "subscribe/by-uri", "The participants of each conference", subscribed, [row], form="object")


def through_proxy(asserted=ALICE, status=200):
    """The UE is anonymous; the P-CSCF asserts who it is (RFC 3325), on the leg to the focus alone."""
    s = Scene({"participants": ["alice@example.com"]})
    nobody = "sip:anonymous@anonymous.invalid"
    c = s.call((UES["alice"], P1), (P1, FOCUS), caller=nobody, called=FOCUS_URI)
    c.request("SUBSCRIBE", None, "subscribe", more=[("Event", "conference"), ("P-Preferred-Identity", f"<{ALICE}>"), ("Privacy", "id")], legs=[0])
    c.request("SUBSCRIBE", None, "asserted", more=[("Event", "conference"), ("P-Asserted-Identity", f"<{asserted}>"), ("Privacy", "id")], legs=[1], cseq=1)
    c.response(status, None, "answer")
    return s


def notified(clear=False):
    im = Secure("notify")
    state = b"Content-Type: application/conference-info+xml\r\n\r\n<conference-info entity=\"sip:conf1@conf.example.com\"/>\r\n"
    row = "TS33328-G.3.3-02"

    def build(clear=False, **more):
        s = Scene(im.keys())
        body = im.body(container=False, clear=state) if clear else im.body(content=state)
        sent(s, body, "sip:bob@pc.example.com", method="NOTIFY", more=[("Event", "conference"), ("Subscription-State", "active")], **more)
        return s
    parent = Draft("people", "notify", "A NOTIFY of the conference in PSK S/MIME", build, [row])
    yield parent
    yield parent.breaks("clear", "A NOTIFY of the conference in clear", "message", "the state stands in clear", {row: None}, clear=True, outcome="not_tried", origin="not_proven",
                        findings=[row])
