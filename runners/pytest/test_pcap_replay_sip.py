"""`ticketgate pcap replay` to peers: SIP, good and hostile ones, HTTP, and an interrupted wait."""
import base64
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import ROOT, binary, call
from replaying import fresh, keyed, made, replay  # noqa: F401 (a fixture)
from sip_peer import Peer, answer_to, answering, headers_of
from tls_process import free_port


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
