"""What the tests of traces share: the vectors, and small traces written by hand."""

import json
import pathlib

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "traces"
TRACES = [entry for path in sorted(DATA.glob("*.json")) for entry in json.loads(path.read_text())["traces"]]
BY_TITLE = {entry["title"]: entry for entry in TRACES}
A, P, B = "192.0.2.1:5060", "198.51.100.1:5060", "192.0.2.2:5060"


def unit(octets, source=A, destination=B, time=0.0, kind="sip", transport="udp"):
    return {"time": time, "transport": transport, "source": source, "destination": destination, "kind": kind, "octets": octets}


def sip(start, body="", headers=(), call_id="c1", cseq="1 INVITE", from_="<sip:alice@example.com>;tag=a", to="<sip:bob@example.com>", content_type="application/sdp"):
    lines = [start, f"From: {from_}", f"To: {to}", f"Call-ID: {call_id}", f"CSeq: {cseq}", *headers]
    if body:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]) + body


def sdp(*lines, host="192.0.2.1"):
    return "".join(line + "\r\n" for line in ("v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", *lines))


def call(offer, answer=None, status="200 OK", more=(), offer_headers=(), answer_headers=(), uri="sip:bob@example.com"):
    """An INVITE, a response, an ACK, and further units."""
    units = [unit(sip(f"INVITE {uri} SIP/2.0", offer, offer_headers), time=0.0),
             unit(sip(f"SIP/2.0 {status}", answer or "", answer_headers, to="<sip:bob@example.com>;tag=b"), B, A, 0.1),
             unit(sip(f"ACK {uri} SIP/2.0", cseq="1 ACK", to="<sip:bob@example.com>;tag=b"), time=0.2)]
    return units + [{**one, "time": 0.3 + number / 10} for number, one in enumerate(more)]


def found(answer):
    """(row, frame) across the trace."""
    return [(one["id"], one["frame"]) for one in answer["findings"]]
