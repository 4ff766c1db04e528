"""A trace in the making: calls over legs, media, HTTP; and what is expected of each unit, which is declared as it is made.

Nothing here asks the judge. Of a MIKEY message its maker says exchange and sender; what a change breaks is declared beside it."""

import base64
import itertools

from .wire import Capture

START = 0xE93E5A00 - 2208988800 + 5.0     # Unix seconds: a few behind the day that the makers' clocks begin at
ALICE, BOB = "sip:alice@example.com", "sip:bob@example.com"
A, B = "192.0.2.1:5060", "192.0.2.2:5060"
P1, P2 = "198.51.100.1:5060", "198.51.100.2:5060"     # P-CSCFs
CRLF = "\r\n"


class Key:
    """A key-mgmt attribute, or a body, with a message. `made`: of a Maker. `text`: what stands instead of its base64; `octets` instead of its own.
    `expect`: what is expected otherwise than of a good message."""

    def __init__(self, made=None, protocol="mikey", text=None, octets=None, line=None, listed=None, **expect):
        self.made, self.protocol, self.line, self.expect = made, protocol, line, expect
        self.octets = octets if octets is not None else made.data if made is not None else b""
        self.text = base64.b64encode(self.octets).decode() if text is None else text
        self.listed = protocol == "mikey" if listed is None else listed

    def attribute(self):
        return self.line if self.line is not None else f"a=key-mgmt:{self.protocol} {self.text}"

    def expected(self):
        made = self.made
        out = {"data_type": made.hdr["data_type"] if made else None, "ex": made.ex if made else None, "from": made.sender if made else None,
               "conversation": 0, "findings": []}
        return {**out, **self.expect}


def m(media, port, proto, *lines, fmt=None, c=None):
    """An m-line with what stands under it: texts, Keys."""
    return (media, port, proto, fmt or ("0" if proto.startswith("RTP") else "*"), c, lines)


def audio(port=49170, *lines, proto="RTP/SAVP"):
    return m("audio", port, proto, *lines)


class Sdp:
    carrier, headers = "sdp", ()

    def __init__(self, *media, session=(), host="192.0.2.1", version=1, content_type="application/sdp", headers=()):
        self.media, self.session, self.host, self.version, self.content_type, self.headers = media, session, host, version, content_type, headers

    def keys(self):
        """In the order of the text."""
        return [item for items in (self.session, *(one[5] for one in self.media)) for item in items if isinstance(item, Key) and item.listed]

    def text(self):
        kind = "IP6" if ":" in self.host else "IP4"
        lines = ["v=0", f"o=- 1 {self.version} IN {kind} {self.host}", "s=-", f"c=IN {kind} {self.host}", "t=0 0"]
        lines += [shown(item) for item in self.session]
        for media, port, proto, fmt, c, own in self.media:
            lines.append(f"m={media} {port} {proto} {fmt}")
            if c:
                lines.append(f"c=IN IP4 {c}")
            lines += [shown(item) for item in own]
        return "".join(line + CRLF for line in lines)


def shown(item):
    return item.attribute() if isinstance(item, Key) else item


class Body:
    """A body of another type or form, with the messages in it. Text."""

    def __init__(self, content_type, text, keys=(), headers=(), carrier="sip"):
        self.content_type, self.body, self.headers, self.own, self.carrier = content_type, text, list(headers), list(keys), carrier

    def keys(self):
        return self.own

    def text(self):
        return self.body


def mikey_body(key, encoding="base64"):
    text = base64.b64encode(key.octets).decode()
    return Body("application/mikey", text, [key], [("Content-Transfer-Encoding", encoding)] if encoding else [])


class Scene:
    def __init__(self, keys=None, profile="auto", settings=None):
        self.keys, self.profile, self.settings = keys, profile, settings or {}
        self.units, self.messages, self.labels, self.calls = [], [], {}, []
        self.connections, self.containers, self.findings, self.notes = [], [], [], []
        self.now, self.count = START, itertools.count(1)
        self.capture = Capture()

    # --- units ----------------------------------------------------------------------------------------------------

    def unit(self, kind, source, destination, octets, transport="udp", label=None, later=0.02):
        self.now = round(self.now + later, 6)
        frame = self.capture.unit(self.now, transport, source, destination, octets)
        self.units.append({"frame": frame, "time": self.now, "transport": transport, "source": source, "destination": destination, "kind": kind,
                           "octets": octets.decode("ascii") if kind in ("sip", "http") else octets.hex()})
        for name in [label] if isinstance(label, str) else label or ():
            self.labels.setdefault(name, frame)
        return frame

    def expect(self, frame, carrier, key, copy_of=None):
        entry = {"frame": frame, "carrier": carrier, **key.expected(), "copy_of": copy_of}
        if copy_of is not None:
            entry.update(data_type=None, conversation=None, ex=None, findings=[], auth="skipped")
            entry["from"] = None
        entry.setdefault("auth", "ok" if self.keys is not None and entry["conversation"] is not None else "skipped")
        if entry["conversation"] is None:
            entry.update({"ex": None, "from": None})
        self.messages.append(entry)
        return len(self.messages) - 1

    def rtp(self, source, destination, ssrc, label=None, sequence=1):
        packet = bytes([0x80, 0]) + sequence.to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big") + bytes(range(40))
        return self.unit("rtp", source, destination, packet, label=label)

    def stream(self, kind, client, server, segments, label=None, transport="tcp", proofs=None, findings=()):
        """Octets between two ends: [(from, octets)]. `proofs`: of client and server, where the connection is judged under keys."""
        first = None
        for number, (end, octets) in enumerate(segments):
            source, destination = (client, server) if end == "client" else (server, client)
            names = [label, f"{label}/{number}"] if label else None
            frame = self.unit(kind, source, destination, octets, transport, names)
            first = first or frame
        if proofs:
            self.connections.append({"frame": first, "client_proof": proofs[0], "server_proof": proofs[1], "findings": sorted(findings)})
        return first

    def http(self, client, server, key, response=False, encoding="raw", label=None, status="200 OK", target="/keymanagement?requesttype=ticketrequest",
             content_type="application/mikey"):
        body = base64.b64encode(key.octets).decode() if encoding == "base64" else key.octets.decode("latin-1")
        first = f"HTTP/1.1 {status}" if response else f"POST {target} HTTP/1.1{CRLF}Host: kms.example.com"
        text = f"{first}{CRLF}Content-Type: {content_type}{CRLF}Content-Length: {len(body)}{CRLF}{CRLF}{body}"
        source, destination = (server, client) if response else (client, server)
        self.now = round(self.now + 0.02, 6)
        frame = self.capture.unit(self.now, "tcp", source, destination, text.encode("latin-1"))
        self.units.append({"frame": frame, "time": self.now, "transport": "tcp", "source": source, "destination": destination, "kind": "http", "octets": text})
        if label:
            self.labels[label] = frame
        return self.expect(frame, "http", key, key.expect.get("copy_of"))

    def http_status(self, client, server, status, *headers, text="", label=None):
        """A response without MIKEY."""
        lines = [f"HTTP/1.1 {status}", *headers, *([] if status.startswith(("1", "204")) else [f"Content-Length: {len(text)}"]), "", text]
        return self.unit("http", server, client, CRLF.join(lines).encode("ascii"), "tcp", label)

    # --- what is declared -----------------------------------------------------------------------------------------

    def call(self, *hops, **more):
        call = Call(self, hops or ((A, B),), **more)
        self.calls.append(call)
        return call

    def finding(self, row, label):
        self.findings.append((row, label))

    def note(self, name, label):
        self.notes.append((name, label))


class Call:
    """`hops`: (source, destination) of each leg, in the order that requests take."""

    def __init__(self, scene, hops, caller=ALICE, called=BOB, transport="udp", call_id=None, uri=None, icid=None, headers=(), uris=None, linked=(),
                 from_tag="a1", to_tag="b1", version="SIP/2.0"):
        self.scene, self.hops, self.caller, self.called, self.transport = scene, hops, caller, called, transport
        self.uri, self.headers, self.number, self.uris = uri or called, list(headers), next(scene.count), uris
        self.call_id = call_id or f"call-{self.number}@example.com"
        self.cseq, self.from_tag, self.to_tag, self.linked, self.legs, self.version = 0, from_tag, to_tag, list(linked), set(), version
        self.first_uri = None
        if icid:
            self.headers.append(("P-Charging-Vector", f"icid-value={icid}"))

    every = 0.5                                 # seconds between what is sent again

    def expected(self):
        return {"call_id": self.call_id, "caller": self.caller, "called": self.first_uri, "legs": len(self.legs), "linked": self.linked}

    def request(self, method="INVITE", body=None, label=None, cseq=None, backwards=False, to_tag=None, uri=None, more=(), legs=None, times=1, copies=True,
                carrier=None):
        """`body`: of all legs, or a list with one for each. `backwards`: from the called."""
        if cseq is None:
            self.cseq += method != "ACK"
            cseq = self.cseq
        in_dialog = to_tag is not None or backwards
        self.first_uri = self.first_uri or uri or (self.uris[0] if self.uris else self.uri)
        self.current = (cseq, method, backwards)
        first = []
        for hop in self.chosen(legs, backwards):
            source, destination = self.hops[hop][::-1] if backwards else self.hops[hop]
            target = uri or (self.caller if backwards else self.uris[hop] if self.uris else self.uri)
            tags = self.tags(backwards, to_tag if to_tag else self.to_tag if backwards else None)
            start = f"{method} {target} {self.version}"
            first = self.send(start, source, destination, tags, cseq, method, self.of_hop(body, hop), self.name(label, hop), more, first, times, copies, hop,
                              True, carrier)
        return in_dialog

    def response(self, status, body=None, label=None, to_tag=None, more=(), legs=None, method=None, cseq=None, times=1, copies=True, backwards=None, carrier=None):
        """To the last request, unless said otherwise."""
        number, last, turned = self.current
        method, number, turned = method or last, cseq or number, turned if backwards is None else backwards
        reasons = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 401: "Unauthorized", 488: "Not Acceptable Here",
                   486: "Busy Here", 500: "Server Internal Error", 606: "Not Acceptable", 487: "Request Terminated", 403: "Forbidden", 407: "Proxy Authentication Required", 422: "Session Interval Too Small",
                   491: "Request Pending", 503: "Service Unavailable"}
        first = []
        for hop in self.chosen(legs, not turned):
            source, destination = self.hops[hop] if turned else self.hops[hop][::-1]
            tags = self.tags(turned, to_tag or self.to_tag)
            start = f"{self.version} {status} {reasons[status]}"
            first = self.send(start, source, destination, tags, number, method, self.of_hop(body, hop), self.name(label, hop), more, first, times, copies, hop,
                              False, carrier)

    def tags(self, backwards, tag):
        if backwards:
            return (f"<{self.called}>;tag={tag}", f"<{self.caller}>;tag={self.from_tag}")
        return (f"<{self.caller}>;tag={self.from_tag}", f"<{self.called}>" + (f";tag={tag}" if tag else ""))

    def chosen(self, legs, backwards):
        out = list(range(len(self.hops))) if legs is None else list(legs)
        return out[::-1] if backwards and legs is None else out

    @staticmethod
    def of_hop(body, hop):
        return body[hop] if isinstance(body, (list, tuple)) else body

    @staticmethod
    def name(label, hop):
        return [label, f"{label}@{hop}"] if label else None

    def send(self, start, source, destination, tags, cseq, method, body, label, more, before, times, copies, hop, is_request, carrier=None):
        """`before`: the numbers of the messages in what the hop before sent, of which these are copies."""
        transport = carrier or self.transport
        self.legs.add(frozenset(end if transport == "udp" else end.rpartition(":")[0] for end in (source, destination)))
        via = f"SIP/2.0/{transport.upper()} {source};branch=z9hG4bK{self.number}-{cseq}-{method}-{hop}"
        lines = [start, f"Via: {via}", f"From: {tags[0]}", f"To: {tags[1]}", f"Call-ID: {self.call_id}", f"CSeq: {cseq} {method}"]
        lines += [f"{name}: {value}" for name, value in [*(self.headers if is_request else ()), *more]]
        text = ""
        if body is not None:
            text = body.text()
            lines += [f"Content-Type: {body.content_type}"] if body.content_type else []
            lines += [f"{name}: {value}" for name, value in body.headers]
        lines += [f"Content-Length: {len(text)}", "", ""]
        octets = (CRLF.join(lines) + text).encode("ascii")
        numbers = []
        for again in range(times):
            frame = self.scene.unit("sip", source, destination, octets, transport, label, 0.02 if not again else self.every)
            if again:
                continue                        # octet for octet: a retransmission
            for i, key in enumerate(body.keys() if body is not None else ()):
                first = before[i] if copies and i < len(before) and key is before[i][1] else None
                copied = first[0] if first else key.expect.get("copy_of")
                number = self.scene.expect(frame, body.carrier, key, copied)
                numbers.append((number if copied is None else copied, key))
        return numbers or before
