"""Traces of calls over ways made up at random (seeded): hops, spirals, UEs behind one address, B2BUAs, refusals and repeats, refreshes, forks, registrations, what
strangers repeat, what is posted to the KMS and posted again, and captures in which units are missing. Nothing is said of what is right: two judges that know nothing of each other are to say the same.

The units are those of vectors/TRACE.md section 6; messages of MIKEY are made by vectors/vectorgen."""

import base64
import functools
import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "vectors"))

from vectorgen.traces import golden_calls, golden_replays, golden_sdp, talks     # noqa: E402
from vectorgen.traces.wire import Capture                        # noqa: E402

START = 0xE93E5A00 - 2208988800 + 5.0           # the makers' day
REASONS = {183: "Session Progress", 200: "OK", 401: "Unauthorized", 407: "Proxy Authentication Required", 422: "Session Interval Too Small", 486: "Busy Here",
           488: "Not Acceptable Here", 491: "Request Pending", 503: "Service Unavailable", 180: "Ringing", 202: "Accepted", 403: "Forbidden"}
ALICE, BOB, CAROL = "sip:alice@example.com", "sip:bob@example.com", "sip:carol@example.com"
UE_A, UE_B, NAT = "192.0.2.1", "192.0.2.2", "192.0.2.9"
NODES = ("198.51.100.1", "198.51.100.2", "203.0.113.5", "203.0.113.80")
SUPPORTED, OTHER = "msrp-tls;mediasec", "sdes-srtp;mediasec"
PRINTS = tuple("a=fingerprint:sha-256 " + ":".join([octet] * 32) for octet in ("11", "22", "33"))


@functools.lru_cache(None)
def called():
    return [talks.rtp(f"topology-{number}") for number in range(3)] + [golden_calls.reused_talk("topology-reuse"), golden_sdp.errored("topology-error"),
                                                                       golden_sdp.bad_mac("topology-mac")]


def data(talk, *kinds):
    return [one.data for one in talk.all if one.kind in kinds]


@functools.lru_cache(None)
def pool():
    """Talks: (TRANSFER_INITs, TRANSFER_RESPs, Errors, key file)."""
    return [(data(talk, "transfer_init"), data(talk, "transfer_resp"), data(talk, "error"), talk.keys()) for talk in called()]


@functools.lru_cache(None)
def asked():
    """Exchanges with the KMS: (what is posted, answers, Errors, key file)."""
    more = [golden_replays.requests("topology-tickets", *["request_resp"] * 3, ("error", {"about": 0})),
            golden_replays.requests("topology-others", golden_replays.OTHER, "request_resp", ("error", {"about": 2}))]
    return [(data(talk, f"{kind}_init"), data(talk, f"{kind}_resp"), data(talk, "error") if kind == "request" else [], talk.keys())
            for talk in called()[:3] + more for kind in ("request", "resolve") if data(talk, f"{kind}_init")]


class Trace:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.capture, self.units, self.now, self.number = Capture(), [], START, 0
        self.transport = self.rng.choice(("udp", "udp", "tcp"))
        self.lossy = self.rng.random() < 0.2
        self.talk = self.rng.choice(pool())
        self.keys = [one[3] for one in pool()] if self.rng.random() < 0.7 else None
        posting = random.Random(f"posts {seed}")
        for _ in range(self.rng.randint(1, 3)):
            if posting.random() < 0.25:
                Posts(self, posting)
            self.play()
        if posting.random() < 0.25:
            Posts(self, posting)
        if self.keys is not None:
            self.keys += [one[3] for one in asked() if one[3] not in self.keys]
        self.octets = self.capture.finish(self.now + 1)

    def unit(self, source, destination, text):
        self.now = round(self.now + self.rng.choice((0.01, 0.02, 0.4)), 6)
        if self.lossy and self.units and self.rng.random() < 0.15:
            return
        source, destination = (end if end.count(":") else end + ":5060" for end in (source, destination))
        frame = self.capture.unit(self.now, self.transport, source, destination, text.encode("latin-1"))
        self.units.append({"frame": frame, "time": self.now, "transport": self.transport, "source": source, "destination": destination, "kind": "sip", "octets": text})

    # --- ways ---------------------------------------------------------------------------------------------------------

    def way(self):
        """[(source, destination)]."""
        rng = self.rng
        a, b = (UE_A, UE_B) if rng.random() < 0.8 else (NAT + ":40001", NAT + ":40002")
        kind = rng.choice(("direct", "chain", "chain", "spiral", "loop", "fan"))
        if kind == "direct":
            nodes = []
        elif kind == "chain":
            nodes = rng.sample(NODES, rng.randint(1, 3))
        elif kind == "spiral":
            core, *asked = rng.sample(NODES, rng.randint(2, 3))
            nodes = [core] + [one for server in asked for one in (server, core)]
        elif kind == "loop":
            proxy, core = rng.sample(NODES, 2)
            nodes = [proxy, core, proxy]
        else:
            nodes = [NODES[0]]
        ends = [a, *nodes, b]
        return list(zip(ends, ends[1:]))

    def play(self):
        rng = self.rng
        if rng.random() < 0.3:
            self.talk = rng.choice(pool())
        kind = rng.choice(("call", "call", "call", "call", "e2ae", "e2ae", "message"))
        if kind == "e2ae":
            E2ae(self)
        elif kind == "message":
            Messages(self)
        else:
            Call(self)


class Dialog:
    """Requests and responses over a way; a B2BUA on it changes Call-ID and tags from a hop on."""

    def __init__(self, trace, caller=ALICE, called=BOB):
        self.trace, self.rng = trace, trace.rng
        self.caller, self.called = caller, called
        self.hops, self.cseq = trace.way(), 0
        trace.number += 1
        self.number = trace.number
        self.split = self.rng.randrange(1, len(self.hops)) if len(self.hops) > 1 and self.rng.random() < 0.25 else len(self.hops)
        self.party = f"P-Called-Party-ID: <{called}>\r\n" if self.rng.random() < 0.2 else ""
        self.icid = f"P-Charging-Vector: icid-value=ab{self.number}\r\n" if self.rng.random() < 0.1 else ""

    def names(self, hop, to_tag):
        other = hop >= self.split
        tag = to_tag and (to_tag + "x" if other else to_tag)
        return (f"call-{self.number}{'-b2b' if other else ''}@example.com", f"<{self.caller}>;tag=a{self.number}{'x' if other else ''}",
                f"<{self.called}>" + (f";tag={tag}" if tag else ""))

    def head(self, hop, to_tag, number, method, backwards):
        call_id, caller, called = self.names(hop, to_tag)
        if backwards:
            caller, called = called, caller
        return (f"Via: SIP/2.0/{self.trace.transport.upper()} node{hop};branch=z9hG4bK{self.number}-{number}-{method}-{hop}-{backwards}\r\nFrom: {caller}\r\nTo: {called}\r\n"
                f"Call-ID: {call_id}\r\nCSeq: {number} {method}\r\n")

    def send(self, start, number, method, to_tag, body, is_request, backwards=False, more="", hops=None):
        """`body`: text, or hop -> text."""
        along = is_request != backwards
        for hop in (range(len(self.hops)) if along else range(len(self.hops))[::-1]) if hops is None else hops:
            source, destination = self.hops[hop] if along else self.hops[hop][::-1]
            text = (body(hop) if callable(body) else body) or ""
            kind = "Content-Type: application/sdp\r\n" if text.startswith("v=0") else "Content-Type: application/mikey\r\n" if text else ""
            extra = (self.party + self.icid if is_request else "") + more
            self.trace.unit(source, destination, f"{start}\r\n{self.head(hop, to_tag, number, method, backwards)}{extra}{kind}Content-Length: {len(text)}\r\n\r\n{text}")

    def request(self, method, body=None, to_tag=None, backwards=False, number=None, **more):
        if number is None:
            self.cseq += 1
            number = self.cseq
        self.last = (number, method, backwards)
        self.send(f"{method} {self.caller if backwards else self.called} SIP/2.0", number, method, to_tag, body, True, backwards, **more)

    def response(self, status, body=None, to_tag="b1", **more):
        number, method, backwards = self.last
        self.send(f"SIP/2.0 {status} {REASONS[status]}", number, method, to_tag, body, False, backwards, **more)

    def ack(self, to_tag="b1", body=None):
        number, _, backwards = self.last
        self.send(f"ACK {self.caller if backwards else self.called} SIP/2.0", number, "ACK", to_tag, body, True, backwards)


def attribute(octets):
    return "a=key-mgmt:mikey " + base64.b64encode(octets).decode()


def sdp(host, *lines):
    return "".join(line + "\r\n" for line in ("v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", *lines))


class Call(Dialog):
    """Calls of SRTP with key-mgmt."""

    def __init__(self, trace):
        super().__init__(trace)
        self.inits, self.resps, self.errors, _ = trace.talk
        self.init, self.early = self.rng.choice(self.inits), self.rng.random() < 0.3
        if self.tried():
            for _ in range(self.rng.randint(0, 3)):
                self.later()

    def offer(self, keys=True, host=UE_A):
        lines = [attribute(self.init)] if keys else []
        if self.rng.random() < 0.1:
            lines.insert(self.rng.randint(0, len(lines)), "a=key-mgmt:keyp1 AAAA")
        if self.rng.random() < 0.05:
            lines = lines * 2
        audio = f"m=audio 49170 RTP/{'SAVP' if self.rng.random() < 0.9 else 'AVP'} 0"
        return sdp(host, *([*lines, audio] if self.rng.random() < 0.7 else [audio, *lines]))

    def answer(self, host=UE_B):
        said = self.rng.random()
        resp = self.rng.choice(self.resps) if self.resps else None
        lines = [attribute(resp)] if said < 0.75 and resp else [attribute(self.errors[0])] if said < 0.8 and self.errors else ["a=key-mgmt:keyp1 AAAA"] if said < 0.85 else []
        return sdp(host, *lines, f"m=audio {49180 if self.rng.random() < 0.95 else 0} RTP/SAVP 0")

    def tried(self):
        """INVITEs until one is accepted; False where none is."""
        body = self.offer(self.rng.random() < 0.9)
        for _ in range(3):
            self.request("INVITE", body)
            if self.rng.random() < 0.65:
                self.accepted()
                return True
            error = sdp(UE_B, attribute(self.errors[0]), "m=audio 0 RTP/SAVP 0") if self.errors and self.rng.random() < 0.6 else None
            self.response(self.rng.choice((401, 407, 422, 486, 488, 491, 503)), error)
            self.ack()
            if self.rng.random() < 0.3:
                body = self.offer()
        return False

    def accepted(self):
        if self.early:
            self.response(183, self.answer())
        if self.rng.random() < 0.2:
            self.response(183, self.answer("192.0.2.3") if self.rng.random() < 0.6 else None, "c1")
        self.response(200, self.answer() if not self.early or self.rng.random() < 0.5 else None)
        self.ack()

    def later(self):
        what = self.rng.choice(("refresh", "refresh", "update", "called", "stranger", "plain", "other", "bye"))
        if what in ("refresh", "update", "other"):
            if what == "other":
                self.init = self.rng.choice(self.inits)
            self.request("UPDATE" if what == "update" else "INVITE", self.offer(), "b1")
            self.final(what != "update")
        elif what == "called":
            self.request("INVITE", self.offer(self.rng.random() < 0.3, UE_B), "b1", backwards=True, number=self.rng.randint(1, 3))
            self.final(True)
        elif what == "plain":
            self.request("INVITE", sdp(UE_A, "m=audio 49170 RTP/SAVP 0"), "b1")
            self.final(True)
        elif what == "stranger":
            other = Dialog(self.trace, CAROL)
            other.request("INVITE", self.offer())
            other.response(self.rng.choice((486, 200)), self.answer() if self.rng.random() < 0.3 else None)
            other.ack()
        else:
            self.request("BYE", None, "b1")
            self.response(200)

    def final(self, acked):
        if self.rng.random() < 0.2:
            self.response(self.rng.choice((491, 488)))
        else:
            self.response(200, self.answer())
        if acked:
            self.ack()


class Messages(Dialog):
    """MESSAGEs with a ticket alone."""

    def __init__(self, trace):
        super().__init__(trace, called=trace.rng.choice((BOB, BOB, CAROL)))
        body = base64.b64encode(self.rng.choice(trace.talk[0])).decode()
        for _ in range(self.rng.randint(1, 2)):
            self.request("MESSAGE", body)
            self.response(self.rng.choice((200, 202, 407)))


class E2ae(Dialog):
    """MSRP between UE and network, with registrations."""

    def __init__(self, trace):
        super().__init__(trace)
        self.split = len(self.hops)
        for who, at in ((ALICE, 0), (BOB, -1), (CAROL, 0)):
            if self.rng.random() < 0.5:
                self.register(who, *(self.hops[at] if at == 0 else self.hops[at][::-1]))
        self.port = 2855 if self.rng.random() < 0.9 else 0                  # of offer and answer on every hop (RFC 3264 6)
        self.request("INVITE", lambda hop: self.side(hop, UE_A if hop == 0 else "198.51.100.11", ("requested", None, "applied")))
        if self.rng.random() < 0.8:
            self.response(200, lambda hop: self.side(hop, UE_B, (None,)))
        else:
            self.response(488)
        self.ack()
        if self.rng.random() < 0.3:
            backwards = self.rng.random() < 0.5
            self.request("INVITE", lambda hop: self.side(hop, UE_A, ("requested", None)), "b1", backwards)
            self.response(200, lambda hop: self.side(hop, UE_B, (None,)))
            self.ack()

    def side(self, hop, host, said):
        rng, tls = self.rng, self.rng.random() < 0.6
        word = rng.choice(said)
        port = self.port
        lines = ([f"a=3ge2ae:{word}"] if word else []) + ([rng.choice(PRINTS)] if rng.random() < 0.6 else [])
        return sdp(host, f"m=message {port} TCP/{'TLS/' if tls else ''}MSRP *", *lines, f"a=path:msrp{'s' if tls else ''}://{host}:{port}/s{hop};tcp")

    def register(self, who, ue, proxy):
        trace, rng = self.trace, self.rng
        trace.number += 1
        for number in range(1, rng.randint(2, 4)):
            common = f"From: <{who}>;tag=r{number}\r\nTo: <{who}>\r\nCall-ID: register-{trace.number}@example.com\r\nCSeq: {number} REGISTER\r\n"
            via = f"Via: SIP/2.0/{trace.transport.upper()} ue;branch=z9hG4bKr{trace.number}-{number}\r\n"
            said, network = rng.choice((SUPPORTED, SUPPORTED, OTHER)), rng.choice((SUPPORTED, OTHER, None))
            ended = "Expires: 0\r\n" if rng.random() < 0.1 else ""
            trace.unit(ue, proxy, f"REGISTER sip:example.com SIP/2.0\r\n{via}{common}Security-Client: {said}\r\n{ended}Content-Length: 0\r\n\r\n")
            server = f"Security-Server: {network}\r\n" if network else ""
            status = rng.choice((200, 200, 401, 403))
            trace.unit(proxy, ue, f"SIP/2.0 {status} {REASONS[status]}\r\n{via}{common}{server}Content-Length: 0\r\n\r\n")


class Posts:
    """A REQUEST_INIT or RESOLVE_INIT that is posted to the KMS, and again: after refusals, answers, nothing, before the response, by others, through proxies."""

    STATUSES = ("200 OK", "204 No Content", "302 Found", "307 Temporary Redirect", "401 Unauthorized", "401 Unauthorized", "401 Unauthorized", "407 Proxy Authentication Required",
                "500 Internal Server Error", "503 Service Unavailable")
    KMS, CLIENTS = ("203.0.113.81:80", "203.0.113.82:80"), (UE_A, UE_B, NAT, NODES[3])

    def __init__(self, trace, rng):
        self.trace, self.rng, self.waiting = trace, rng, []
        self.inits, self.resps, self.errors, _ = rng.choice(asked())
        client, server, proxy = rng.choice(self.CLIENTS), rng.choice(self.KMS), rng.choice(NODES[:3]) if rng.random() < 0.3 else None
        port = rng.randint(41000, 49000)
        for number in range(rng.randint(1, 5)):
            if number and rng.random() < 0.25:
                client = rng.choice(self.CLIENTS)
            if number and rng.random() < 0.5:
                port += 1
            if rng.random() < 0.2:
                server = rng.choice(self.KMS)
            self.post(client, port, server, proxy)
            if rng.random() < 0.85:
                self.respond()
        self.respond()

    def unit(self, source, destination, head, body=b""):
        trace = self.trace
        trace.now = round(trace.now + self.rng.choice((0.01, 0.02, 0.4)), 6)
        octets = "\r\n".join([*head, "", ""]).encode() + body
        frame = trace.capture.unit(trace.now, "tcp", source, destination, octets)
        trace.units.append({"frame": frame, "time": trace.now, "transport": "tcp", "source": source, "destination": destination, "kind": "http", "octets": octets.decode("latin-1")})

    def post(self, client, port, server, proxy):
        rng, octets = self.rng, self.rng.choice(self.inits)
        hops = [(f"{client}:{port}", f"{proxy}:80"), (f"{proxy}:{port}", server)] if proxy else [(f"{client}:{port}", server)]
        if proxy and rng.random() < 0.2:
            hops.pop(rng.randrange(2))              # behind the proxy, or before it, nothing was captured
        for source, destination in hops:
            body = base64.b64encode(octets) if rng.random() < 0.1 else octets
            self.unit(source, destination, ["POST /keymanagement HTTP/1.1", "Host: kms.example.com", "Content-Type: application/mikey", f"Content-Length: {len(body)}"], body)
        self.waiting.append(hops)

    def respond(self):
        for hops in self.waiting:
            status, kind, body = self.response()
            for client, server in hops[::-1]:
                if self.trace.lossy and self.rng.random() < 0.1:
                    continue
                if self.rng.random() < 0.1:
                    self.unit(server, client, ["HTTP/1.1 100 Continue"])
                length = [] if status.startswith("204") else [f"Content-Length: {len(body)}"]
                self.unit(server, client, [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), *length], body)
        self.waiting = []

    def response(self):
        """(status, type, body)."""
        rng, said = self.rng, self.rng.random()
        status = rng.choice(self.STATUSES)
        if said < 0.35:
            return "200 OK", "application/mikey", rng.choice(self.resps)
        if said < 0.5 and self.errors:
            return rng.choice(("200 OK", "403 Forbidden", "500 Internal Server Error")), "application/mikey", self.errors[0]
        if status.startswith("204") or said < 0.85:
            return status, None, b""
        return (status, *rng.choice((("text/html", b"<p>No.</p>"), ("text/plain", self.resps[0]), ("application/mikey", b""), ("application/mikey", b"\x01nothing"))))
