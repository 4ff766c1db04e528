"""`ticketgate pcap replay`: to the library, to implementations, to a live KMS, to SIP peers, good and hostile ones."""
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from conftest import ROOT, binary, call
from kms_process import running

NOW = 1800000000  # 2027; a time for what has to be the same twice
SECRET = "5a" * 32


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A conversation, its capture, its keys as a key file and as a KMS's, without a time of their own."""
    folder = tmp_path_factory.mktemp("replay")
    options = ["--seed", "replay", "--pk", "none", "--profile", "ims-media"]
    conversation = json.loads(call("converse", *options).out)
    (folder / "call.pcap").write_bytes(call("converse", *options, "--output", "pcap").out)
    conversation.pop("messages")
    (folder / "keys.json").write_text(json.dumps([conversation]))
    conversation.pop("now")
    (folder / "known.json").write_text(json.dumps(conversation))
    return folder


def replay(made, to, *options, capture="call.pcap"):
    """(exit code, lines, summary, standard error)"""
    done = call("pcap", "replay", "--to", to, "--output", "json", *options, made / capture)
    lines = [json.loads(line) for line in done.out.splitlines()]
    summary = lines.pop()["summary"] if lines and "summary" in lines[-1] else None
    return done.code, lines, summary, done.err


def keyed(made):
    return ["--keys", made / "keys.json"]


def fresh(made):
    return [*keyed(made), "--fresh", "--now", NOW, "--secret", SECRET]


# ---- the library -----------------------------------------------------------------------------------------------


def test_unchanged_it_is_what_was_captured(made):
    code, lines, summary, _ = replay(made, "library", *keyed(made))
    assert code == 0
    assert [line["what"].split(",")[0] for line in lines] == ["REQUEST_INIT_PSK", "REQUEST_RESP", "TRANSFER_INIT", "RESOLVE_INIT_PSK",
                                                              "RESOLVE_RESP", "TRANSFER_RESP"]
    for line in lines:
        assert line["sent"] == line["was"] and line["sealed"] == "" and line["captured"] == line["got"]
        assert "auth ok" in line["got"]
    assert summary == {"items": 6, "replayed": 6, "same": 6, "differs": 0, "silent": 0, "sent": 0, "gaps_cut": 0}


def test_fresh_messages_are_authentic(made):
    code, lines, _, _ = replay(made, "library", *fresh(made))
    assert code == 0 and len(lines) == 6
    for line in lines:
        was, sent = bytes.fromhex(line["was"]), bytes.fromhex(line["sent"])
        assert len(was) == len(sent) and was != sent and line["sealed"] == "sealed"
        assert was[:4] == sent[:4] and was[4:8] != sent[4:8], "CSB ID is new, the rest of HDR is not"
        assert "auth ok" in line["got"] and "fail" not in line["got"]
    messages = {line["what"]: bytes.fromhex(line["sent"]) for line in lines}
    request, response = messages["REQUEST_INIT_PSK, request"], messages["REQUEST_RESP, request"]
    stamp = (NOW + 2208988800).to_bytes(4, "big")
    assert request[12:20] == stamp + bytes(4), "T"
    assert response[12:16] == stamp and response[12:20] >= request[12:20], "a response is no earlier"
    assert request[4:8] == response[4:8]
    assert messages["TRANSFER_INIT, transfer"][4:8] == messages["TRANSFER_RESP, transfer"][4:8]
    again = replay(made, "library", *fresh(made))[1]
    assert [line["sent"] for line in again] == [line["sent"] for line in lines], "the same secret and time"
    other = replay(made, "library", *keyed(made), "--fresh", "--now", NOW)[1]
    assert all(a["sent"] != b["sent"] for a, b in zip(other, lines))


def test_fresh_messages_verify_elsewhere(made, tmp_path):
    """Judged by `verify` as a conversation of its own, at the time that was written."""
    lines = replay(made, "library", *fresh(made))[1]
    conversation = json.loads((made / "known.json").read_text())
    conversation["now"] = ((NOW + 2208988800) << 32).to_bytes(8, "big").hex()
    senders = ["I", "K", "I", "R", "K", "R"]
    conversation["messages"] = [{"ex": line["what"].split(", ")[1], "from": sender, "hex": line["sent"]}
                                for line, sender in zip(lines, senders)]
    path = tmp_path / "fresh.json"
    path.write_text(json.dumps(conversation))
    done = call("verify", "--output", "json", path)
    assert done.code == 0, done.out
    answer = json.loads(done.out)
    assert answer["verdict"] == "accept" and all(message["auth"] == "ok" for message in answer["messages"])


def test_fresh_needs_keys(made):
    code, lines, _, err = replay(made, "library", "--fresh")
    assert (code, lines) == (4, [])
    assert "--fresh needs --keys: a message with another timestamp needs another MAC" in err


@pytest.mark.parametrize("options, numbers", [
    (["--from", "R"], ["RESOLVE_INIT_PSK", "TRANSFER_RESP"]),
    (["--from", "K"], ["REQUEST_RESP", "RESOLVE_RESP"]),
    (["--message", "2"], ["TRANSFER_INIT"]),
    (["--message", "0", "--message", "4"], ["REQUEST_INIT_PSK", "RESOLVE_RESP"]),
    (["--call", "0"], ["TRANSFER_INIT", "TRANSFER_RESP"]),
    (["--conversation", "0", "--from", "I"], ["REQUEST_INIT_PSK", "TRANSFER_INIT"]),
])
def test_choosing(made, options, numbers):
    code, lines, _, _ = replay(made, "library", *options)
    assert code == 0
    assert [line["what"].split(",")[0] for line in lines] == numbers


def test_nothing_to_replay(made):
    assert replay(made, "library", "--message", "17")[0] == 5
    assert replay(made, "udp:127.0.0.1:9", "--call", "17")[0] == 5


@pytest.mark.parametrize("options, says", [
    ([], "--to TARGET is wanted"),
    (["--to", "nowhere"], "library, iut:"),
    (["--to", "udp:example.org:5060"], "in numbers or localhost"),
    (["--to", "udp:127.0.0.1:0"], "in numbers or localhost"),
    (["--to", "http://example.org/x"], "in numbers or localhost"),
    (["--to", "library", "--timing", "0"], "a factor from"),
    (["--to", "library", "--timing", "x"], "a factor from"),
    (["--to", "library", "--now", "5"], "the time that --fresh writes"),
    (["--to", "library", "--call", "-1"], "a number, from 0"),
    (["--to", "udp:127.0.0.1:5060", "--from", "K"], "not spoken to over SIP"),
    (["--to", "http://127.0.0.1:80", "--from", "K"], "is not sent"),
])
def test_usage(made, options, says):
    done = call("pcap", "replay", *options, made / "call.pcap")
    assert done.code == 4 and done.out == b""
    assert says in done.err


@pytest.mark.parametrize("to", ["udp:192.0.2.1:5060", "tcp:192.0.2.1:5060", "http://192.0.2.1:8080", "http://[2001:db8::1]:8080/x",
                                "http://127.0.0.1:80@192.0.2.1/"])
def test_no_remote_address(made, to):
    code, lines, _, err = replay(made, to)
    assert (code, lines) == (4, [])
    assert "--allow-remote" in err or "in numbers" in err


def test_schedule_of_the_capture(made):
    """What is told of the times, without waiting for them: a million times faster."""
    frames = json.loads("[" + ",".join(call("pcap", "list", "--output", "json", made / "call.pcap").out.decode().splitlines()) + "]")
    times = [message["time"] for message in frames if "frame" in message and "octets" in message]
    lines = replay(made, "library", "--timing", "1000000")[1]
    assert len(times) == len(lines)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert lines[0]["at"] == 0 and lines[-1]["at"] < 0.01


def test_text(made):
    done = call("pcap", "replay", "--to", "library", *fresh(made), made / "call.pcap")
    text = done.out.decode()
    assert re.search(r"fresh: \d+ of \d+ octets are new, sealed", text)
    assert "6 of 6 replayed" in text


# ---- implementations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["iut:reference", f"iut:{sys.executable} {ROOT / 'vectors' / 'iut'}"])
def test_implementations_agree(made, to):
    for options in ([], fresh(made)):
        code, lines, summary, err = replay(made, to, *options)
        assert code == 0, (lines, err)
        assert summary["same"] == 6
        assert all(line["got"].startswith("decode: accept") for line in lines)


def test_an_implementation_that_differs(made, tmp_path):
    adapter = tmp_path / "adapter.py"
    adapter.write_text("""import json, sys
for line in sys.stdin:
    call = json.loads(line)
    answer = {"id": call["id"], "outcome": "accepted"}
    if call["op"] == "hello":
        answer = {"id": call["id"], "name": "no", "release": "1", "roles": [], "profiles": ["*"], "can": ["decode", "check"]}
    elif call["op"] == "decode" and call["message"][2:4] == "10":
        answer = {"id": call["id"], "outcome": "rejected", "error": "parse"}
    elif call["op"] == "decode" and call["message"][2:4] == "12":
        sys.exit(7)
    elif call["op"] == "bye":
        break
    print(json.dumps(answer), flush=True)
""")
    code, lines, summary, _ = replay(made, f"iut:{sys.executable} {adapter}")
    assert code == 1
    kinds = {line["what"].split(",")[0]: line for line in lines}
    assert kinds["REQUEST_INIT_PSK"]["outcome"] == "same"
    assert kinds["RESOLVE_INIT_PSK"]["outcome"] == "differs" and "decode: reject, parse" in kinds["RESOLVE_INIT_PSK"]["got"]
    assert kinds["RESOLVE_RESP"]["outcome"] == "differs" and "died" in kinds["RESOLVE_RESP"]["got"]
    assert summary["differs"] == 2


def test_an_implementation_that_is_not_there(made):
    code, lines, _, err = replay(made, "iut:/no/such/implementation")
    assert (code, lines) == (10, []) and "/no/such/implementation" in err


# ---- a live KMS ------------------------------------------------------------------------------------------------


def test_a_kms_refuses_what_is_stale_and_answers_what_is_fresh(made, tmp_path):
    with running(tmp_path, "--known", made / "known.json") as kms:
        url = f"http://127.0.0.1:{kms.port}"
        code, lines, _, _ = replay(made, url, *keyed(made), "--from", "I")
        assert code == 1 and len(lines) == 1
        assert lines[0]["outcome"] == "differs" and bytes.fromhex(lines[0]["answer"])[1] == 6, "an Error"
        code, lines, _, _ = replay(made, url, *keyed(made), "--fresh", "--from", "I")
        assert code == 0, lines
        assert lines[0]["what"].startswith("REQUEST_INIT_PSK to http://127.0.0.1") and "ticketrequest" in lines[0]["what"]
        assert bytes.fromhex(lines[0]["answer"])[1] == 13, "REQUEST_RESP"
        assert "status 200, REQUEST_RESP, auth ok, ticket_auth ok, kemac ok" in lines[0]["got"]
        code, lines, summary, _ = replay(made, url, *keyed(made), "--fresh")
        assert code == 0 and summary["same"] == 2, lines
        assert "ticketresolve" in lines[1]["what"] and "RESOLVE_RESP, auth ok, kemac ok" in lines[1]["got"]
        # Once more the same octets: a replay.
        same = ["--from", "I", "--fresh", "--now", int(time.time()), "--secret", SECRET]
        assert replay(made, url, *keyed(made), *same)[0] == 0
        code, lines, _, _ = replay(made, url, *keyed(made), *same)
        assert code == 1 and bytes.fromhex(lines[0]["answer"])[1] == 6


def test_a_path_of_ones_own(made, tmp_path):
    with running(tmp_path, "--known", made / "known.json", "--path", "/other") as kms:
        options = [*keyed(made), "--fresh", "--from", "I"]
        assert replay(made, f"http://127.0.0.1:{kms.port}", *options)[0] == 1, "404"
        assert replay(made, f"http://127.0.0.1:{kms.port}/other", *options)[0] == 0


# ---- SIP -------------------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def headers_of(request):
    head, body = request.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    return lines[0], {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}, body


def answer_to(request, status="200 OK", mikey=None, tag="peer-tag-77"):
    _, headers, _ = headers_of(request)
    body = b""
    if mikey:
        body = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"a=key-mgmt:mikey {base64.b64encode(mikey).decode()}\r\nm=audio 4000 RTP/SAVP 0\r\n").encode()
    to = headers["to"] if ";tag=" in headers["to"] else f"{headers['to']};tag={tag}"
    lines = [f"SIP/2.0 {status}", f"Via: {headers['via']}", f"From: {headers['from']}", f"To: {to}", f"Call-ID: {headers['call-id']}",
             f"CSeq: {headers['cseq']}", *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class Peer:
    """Answers SIP over UDP or TCP; `answer(request)` gives a list of what to send, None closes."""

    def __init__(self, transport, answer):
        self.transport, self.answer, self.requests, self.sources = transport, answer, [], []
        self.socket = socket.socket(type=socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        self.socket.bind(("127.0.0.1", 0))
        self.to = f"{transport}:127.0.0.1:{self.socket.getsockname()[1]}"
        self.socket.settimeout(20)
        if transport == "tcp":
            self.socket.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            if self.transport == "tcp":
                self.serve_connection()
            else:
                self.serve_datagrams()
        except OSError:
            pass  # ended by the test, or by who left

    def serve_datagrams(self):
        while True:
            request, source = self.socket.recvfrom(65536)
            self.requests.append(request)
            self.sources.append(source)
            for said in self.answer(request) or []:
                self.socket.sendto(said, source)

    def serve_connection(self):
        connection, source = self.socket.accept()
        with connection:
            connection.settimeout(20)
            data = b""
            while True:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
                while b"\r\n\r\n" in data:
                    _, headers, body = headers_of(data)
                    length = int(headers.get("content-length", 0))
                    if len(body) < length:
                        break
                    size = len(data) - len(body) + length
                    request, data = data[:size], data[size:]
                    self.requests.append(request)
                    self.sources.append(source)
                    said = self.answer(request)
                    if said is None:
                        return
                    for one in said:
                        for i in range(0, len(one), 700):  # in pieces
                            connection.sendall(one[i:i + 700])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.thread.join(timeout=5)


def answering(mikey):
    def answer(request):
        if request.startswith(b"ACK"):
            return []
        return [answer_to(request, "100 Trying"), answer_to(request, "200 OK", mikey)]
    return answer


@pytest.fixture(scope="module")
def responses(made):
    """TRANSFER_RESP as captured, and as --fresh has it."""
    def of(*options):
        return bytes.fromhex(next(line["sent"] for line in replay(made, "library", *options)[1] if line["what"].startswith("TRANSFER_RESP")))
    return of(*keyed(made)), of(*fresh(made))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sip_as_captured(made, responses, transport):
    with Peer(transport, answering(responses[0])) as peer:
        code, lines, summary, err = replay(made, peer.to, *keyed(made))
        assert code == 0, (lines, err)
        time.sleep(0.1)  # the ACK wants no answer
    assert [request.split(b" ")[0] for request in peer.requests] == [b"INVITE", b"ACK"]
    capture = (made / "call.pcap").read_bytes()
    assert all(request in capture for request in peer.requests), "octets as they were"
    assert [line["outcome"] for line in lines] == ["same", "sent"]
    assert "status 200, TRANSFER_RESP, auth ok" in lines[0]["got"]
    assert summary["sent"] == 1


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sip_fresh(made, responses, transport):
    with Peer(transport, answering(responses[1])) as peer:
        code, lines, _, err = replay(made, peer.to, *fresh(made))
        assert code == 0, (lines, err)
        time.sleep(0.1)
    invite, ack = (headers_of(request) for request in peer.requests)
    capture = (made / "call.pcap").read_bytes()
    call_id = invite[1]["call-id"]
    assert call_id.encode() not in capture and call_id == ack[1]["call-id"]
    assert f"{peer.sources[0][0]}:{peer.sources[0][1]};" in invite[1]["via"], "answers come back to who sends"
    assert int(invite[1]["content-length"]) == len(invite[2])
    assert ack[1]["to"].endswith(";tag=peer-tag-77"), "the dialog is the peer's"
    sent = bytes.fromhex(lines[0]["sent"])
    assert base64.b64encode(sent) in invite[2], "the fresh message stands in the description"
    assert base64.b64encode(bytes.fromhex(replay(made, "library", "--message", "2")[1][0]["was"])) not in invite[2]
    assert "TRANSFER_RESP, auth ok" in lines[0]["got"]


def test_sip_answers_that_differ(made, responses):
    with Peer("udp", lambda r: [answer_to(r, "488 Not Acceptable Here")]) as peer:
        code, lines, _, _ = replay(made, peer.to, *keyed(made))
    assert code == 1 and lines[0]["got"] == "status 488" and lines[0]["outcome"] == "differs"
    with Peer("udp", answering(None)) as peer:
        code, lines, _, _ = replay(made, peer.to, *keyed(made))
    assert code == 1 and lines[0]["got"] == "status 200", "without a TRANSFER_RESP"
    with Peer("udp", answering(responses[0])) as peer:  # not to what was sent
        code, lines, _, _ = replay(made, peer.to, *fresh(made))
    assert code == 1 and "auth fail" in lines[0]["got"]


def test_one_message_alone(made):
    with Peer("udp", answering(None)) as peer:
        code, lines, _, _ = replay(made, peer.to, "--message", "2")
    assert len(lines) == 1 and lines[0]["what"].startswith("INVITE") and code == 1


# ---- hostile peers ---------------------------------------------------------------------------------------------


def flood(request):
    return [b"SIP/2.0 180 Ringing\r\nContent-Length: 0\r\n\r\n" * (1 if peer_is_udp(request) else 20)] * 5000


def peer_is_udp(request):
    return b"/UDP " in request


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("answer, code, note", [
    (lambda r: [], 10, ""),
    (lambda r: [b"\x00\xff garbage \x1b[2J\r\n\r\n" * 50], 10, "SIP"),
    (lambda r: [b"SIP/2.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"], 10, ""),
    (lambda r: [b"SIP/2.0 200 OK\r\nX: " + b"a" * 60000], 10, ""),
    (lambda r: [b"OPTIONS sip:me@example.com SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"], 10, ""),
    (flood, 10, ""),
    (lambda r: None, 10, ""),
])
def test_hostile_peers(made, transport, answer, code, note):
    with Peer(transport, answer) as peer:
        got, lines, _, err = replay(made, peer.to, "--timeout", "1")
    assert got == code, (lines, err)
    assert lines[0]["outcome"] == "silent" and "\x1b" not in json.dumps(lines)
    if transport == "tcp" and note:
        assert note in lines[0]["note"]


def test_nobody_listens(made):
    port = free_port()
    code, lines, _, err = replay(made, f"tcp:127.0.0.1:{port}", "--timeout", "1")
    assert (code, lines) == (10, []) and "refused" in err
    code, lines, _, _ = replay(made, f"udp:127.0.0.1:{port}", "--timeout", "1")
    assert code == 10 and lines[0]["outcome"] == "silent"
    code, lines, _, _ = replay(made, f"http://127.0.0.1:{port}", "--timeout", "1")
    assert code == 10 and lines[0]["outcome"] == "silent" and len(lines) == 1


@pytest.mark.parametrize("answer, code", [(b"", 1), (b"garbage\r\n\r\n", 1), (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", 1)])
def test_hostile_http(made, answer, code):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(4)
        server.settimeout(10)

        def serve():
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(answer)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        got, lines, _, _ = replay(made, f"http://127.0.0.1:{server.getsockname()[1]}", "--timeout", "2", "--from", "I")
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
    assert got == code and lines[0]["outcome"] == "differs" and lines[0]["note"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(made, number):
    """While an answer is awaited that never comes."""
    with Peer("udp", lambda r: []) as peer:
        process = subprocess.Popen([binary(), "pcap", "replay", "--to", peer.to, "--timeout", "60", str(made / "call.pcap")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ))
        end = time.monotonic() + 20
        while not peer.requests and time.monotonic() < end:
            time.sleep(0.02)
        assert peer.requests
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2, err


# ---- captures --------------------------------------------------------------------------------------------------


def test_a_capture_that_is_none(made, tmp_path):
    (made / "none.pcap").write_bytes(b"no capture")
    assert replay(made, "library", capture="none.pcap")[0] == 4
    data = (made / "call.pcap").read_bytes()
    (made / "cut.pcap").write_bytes(data[:-10])  # within the ACK
    code, lines, _, err = replay(made, "library", capture="cut.pcap")
    assert code == 0 and len(lines) == 6 and "what could be read is replayed" in err


def test_more_than_memory_allows(made):
    data = call("converse", "--seed", "many", "--count", "3000", "--output", "pcap").out
    (made / "many.pcap").write_bytes(data)
    code, lines, _, err = replay(made, "library", "--memory", "8M", capture="many.pcap")
    assert (code, lines) == (4, []) and "--memory" in err


TRACES = sorted((ROOT / "pcaps" / "traces").rglob("*.pcap"))
KEYED = [trace for trace in TRACES if trace.with_suffix(".keys.json").exists()]


def replay_trace(trace, *options):
    done = call("pcap", "replay", "--to", "library", "--output", "json", *options, trace)
    assert done.code in (0, 5), (trace, done.out, done.err)
    return [json.loads(line) for line in done.out.splitlines()][:-1]


@pytest.mark.parametrize("trace", TRACES[::6], ids=lambda trace: trace.stem)
def test_recorded_traces(trace):
    for line in replay_trace(trace):
        assert line["captured"] == line["got"]


@pytest.mark.parametrize("trace", KEYED, ids=lambda trace: trace.stem)
def test_recorded_traces_made_fresh(trace):
    """Worth what they were: what was authentic is, what was not is not, and breaks the same rows. Immediate messages keep what their containers need."""
    for line in replay_trace(trace, "--keys", trace.with_suffix(".keys.json"), "--fresh"):
        was, sent = bytes.fromhex(line["was"]), bytes.fromhex(line["sent"])
        assert len(was) == len(sent)
        if line["sealed"] == "sealed":
            assert was != sent and "auth ok" in line["got"]
            assert (was[4:8] == sent[4:8]) == ("messages" in trace.parts or "loss-message" in trace.stem), "CSB ID"


def test_a_recorded_call_over_sip():
    """Of a call that was captured on three hops, the caller's requests go out, once each."""
    trace = ROOT / "pcaps" / "traces" / "calls" / "call-udp-ipv4-hops.pcap"
    with Peer("udp", answering(None)) as peer:
        done = call("pcap", "replay", "--to", peer.to, "--keys", trace.with_suffix(".keys.json"), "--fresh", "--output", "json", trace)
        time.sleep(0.1)
    lines = [json.loads(line) for line in done.out.splitlines()]
    methods = [request.split(b" ")[0] for request in peer.requests]
    assert methods.count(b"INVITE") == 1 and b"ACK" in methods and len(methods) == len(lines) - 1
    assert len({headers_of(request)[1]["call-id"] for request in peer.requests}) == 1
    assert lines[0]["outcome"] == "differs", "no TRANSFER_RESP came"
