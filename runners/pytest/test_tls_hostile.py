"""Hostile peers of `ticketgate tls`: what they do ends within bounds, is told clearly, shows no key, and hurts nobody who comes after."""
import contextlib
import json
import signal
import socket
import struct
import subprocess
import threading

import pytest

from conftest import binary
from tls_process import TEK, connect, running, s_client, serving

# A ClientHello of TLS 1.2 with TLS_PSK_WITH_AES_128_GCM_SHA256 and the signalling suite of RFC 5746.
BODY = b"\x03\x03" + bytes(range(32)) + b"\x00" + b"\x00\x04\x00\xa8\x00\xff" + b"\x01\x00"
HELLO = b"\x01" + len(BODY).to_bytes(3, "big") + BODY
RECORD = b"\x16\x03\x01" + len(HELLO).to_bytes(2, "big") + HELLO


def silence(connection):
    connection.recv(1)


def garbage(connection):
    connection.sendall(b"GET / HTTP/1.1\r\nHost: gate\r\n\r\n" * 50)


def random_octets(connection):
    connection.sendall(bytes((i * 197 + 31) % 256 for i in range(5000)))


def half_a_hello(connection):
    connection.sendall(RECORD[:40])
    connection.shutdown(socket.SHUT_WR)


def half_a_hello_and_silence(connection):
    connection.sendall(RECORD[:40])
    connection.recv(1)


def zeros(connection):
    piece = bytes(1 << 20)
    for _ in range(100):
        connection.sendall(piece)


def closes_at_once(connection):
    pass


def resets(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def slow_octets(connection):
    connection.settimeout(0.1)
    for octet in RECORD * 100:
        connection.sendall(bytes([octet]))
        with contextlib.suppress(TimeoutError):
            if not connection.recv(4096):
                break


def endless_hello(connection):
    """A handshake message of 16 MiB in records of 16 KiB."""
    connection.sendall(b"\x16\x03\x01\x40\x00" + b"\x01\xff\xff\xff" + bytes(16380))
    for _ in range(1024):
        connection.sendall(b"\x16\x03\x01\x40\x00" + bytes(16384))


def empty_records(connection):
    for _ in range(100000):
        connection.sendall(b"\x16\x03\x01\x00\x00")


def warnings(connection):
    for _ in range(100000):
        connection.sendall(b"\x15\x03\x01\x00\x02\x01\x5a")


HOSTILE = [silence, garbage, random_octets, half_a_hello, half_a_hello_and_silence, zeros, closes_at_once, resets, slow_octets,
           endless_hello, empty_records, warnings]
# What waits is ended by the time limit, all else by what is wrong with it.
WAITS = {silence, half_a_hello_and_silence, slow_octets}


def outcomes(act):
    return {"timeout"} if act in WAITS else {"handshake_failed"}


def check(code, session, act):
    assert code == 1 and not session["handshake"] and not session["ok"]
    assert session["outcome"] in outcomes(act), session
    assert session["error"], "it says why"
    assert (session["sent"], session["received"]) == (0, 0)
    answer = session["answer"]
    if act is endless_hello:  # all but its first record is left unread, and a length alone is beyond no limit: vectors/TLS.md 5
        assert answer["error"] is None
    assert (answer["client"], answer["server"], answer["complete"]) == ("absent", "absent", False)


def finished(server):
    server.wait()
    return server.out.splitlines()


@pytest.mark.parametrize("act", HOSTILE, ids=lambda act: act.__name__)
def test_a_hostile_client(tmp_path, act):
    with serving(tmp_path, "--sessions", "2", "--timeout", "3", "--echo", "--output", "jsonl") as server:
        with server.connect() as connection, contextlib.suppress(OSError):
            act(connection)
        code, said = s_client(server.address)
        assert (code, b"hello" in said) == (0, True), "the next one is served"
        lines = finished(server)
    bad, good = (json.loads(line) for line in lines)
    check(1, bad, act)
    assert good["ok"] and bad["captured"]["octets"] <= 4 << 20


@contextlib.contextmanager
def hostile_server(act):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def run():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(20)
                    act(connection)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.close()
            thread.join(30)
            assert not thread.is_alive()


def silent_server(connection):
    while connection.recv(65536):
        pass


def resets_later(connection):
    connection.recv(65536)
    resets(connection)


@pytest.mark.parametrize("act", [silent_server, resets_later, *(act for act in HOSTILE[1:] if act is not resets)],
                         ids=lambda act: act.__name__)
def test_a_hostile_server(act):
    with hostile_server(act) as address:
        code, report, err = connect(address, "--timeout", "3", "--send", "secret")
    session, = report["sessions"]
    assert code == 1 and not session["handshake"] and session["error"], err
    # A ClientHello where a ServerHello belongs is wrong at once, so only what never ends a record waits.
    assert session["outcome"] in {"timeout", "handshake_failed"}
    assert session["sent"] == 0 and b"secret".hex() not in str(report)


def server_hello():
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\xa8" + b"\x00" + b"\x00\x05" + b"\xff\x01\x00\x01\x00"
    hello = b"\x02" + len(body).to_bytes(3, "big") + body
    both = hello + b"\x0e\x00\x00\x00"
    return b"\x16\x03\x03" + len(both).to_bytes(2, "big") + both


def test_a_server_that_wants_an_identity():
    """It answers the empty one with unknown_psk_identity (RFC 4279 2): H.2 has it ignored."""
    def act(connection):
        connection.recv(65536)
        connection.sendall(server_hello())
        connection.recv(65536)
        connection.sendall(b"\x15\x03\x03\x00\x02\x02\x73")

    with hostile_server(act) as address:
        code, report, _ = connect(address, "--send", "x")
    session, = report["sessions"]
    answer = session["answer"]
    assert (code, session["outcome"], answer["identity"]) == (1, "handshake_failed", "")
    assert answer["alerts"] == [{"from": "server", "description": "unknown_psk_identity"}]
    assert "TS33328-H.2-04" in {finding["id"] for finding in answer["findings"]}


def test_a_server_that_chooses_what_was_not_offered():
    def act(connection):
        connection.recv(65536)
        connection.sendall(server_hello().replace(b"\x00\xa8\x00\x00\x05", b"\x00\x2c\x00\x00\x05"))
        connection.recv(65536)

    with hostile_server(act) as address:
        code, report, _ = connect(address, "--send", "x")
    answer = report["sessions"][0]["answer"]
    assert (code, answer["suite"], answer["verdict"]) == (1, "TLS_PSK_WITH_NULL_SHA", "reject")
    assert {"RFC5246-7.4.1.3-x01", "TS33328-5.3-01"} <= {finding["id"] for finding in answer["findings"]}


def test_garbage_over_udp_begins_nothing(tmp_path):
    with serving(tmp_path, "--dtls", "--echo", "--timeout", "10") as server:
        with server.connect(socket.SOCK_DGRAM) as stranger:
            for datagram in (b"", b"\x00" * 60000, b"\x17\xfe\xfd" + bytes(40), b"\x16", b"SIP/2.0 200 OK\r\n\r\n"):
                stranger.send(datagram)
            code, said = s_client(server.address, version="-dtls1_2")
            assert (code, b"hello" in said) == (0, True), said
        code, report = server.report()
    assert code == 0 and len(report["sessions"]) == 1


def test_a_dtls_client_that_does_not_come_back(tmp_path):
    """It gets a cookie and sends nothing more: no session begins (RFC 6347 4.2.1), and nobody has come."""
    body = b"\xfe\xfd" + bytes(32) + b"\x00" + b"\x00" + b"\x00\x02\x00\xa8" + b"\x01\x00"
    hello = b"\x01" + len(body).to_bytes(3, "big") + b"\x00\x00" + bytes(3) + len(body).to_bytes(3, "big") + body
    with serving(tmp_path, "--dtls", "--timeout", "2") as server:
        with server.connect(socket.SOCK_DGRAM) as stranger:
            stranger.send(b"\x16\xfe\xfd" + bytes(8) + len(hello).to_bytes(2, "big") + hello)
            answer = stranger.recv(2000)
            assert answer[13] == 3, "HelloVerifyRequest"
            assert len(answer) < 100
            code, report = server.report()
    assert (code, report["sessions"], report["ok"]) == (5, [], False)


def test_a_flood_of_data_is_cut(tmp_path):
    with serving(tmp_path, "--max-data", "1M", "--output", "jsonl") as server:
        process = subprocess.Popen(["openssl", "s_client", "-connect", server.address, "-psk", TEK, "-psk_identity", "", "-tls1_2",
                                    "-quiet"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with contextlib.suppress(BrokenPipeError):
                for _ in range(64):
                    process.stdin.write(bytes(1 << 20))
            assert server.wait() == 1
        finally:
            process.kill()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()
        session = json.loads(server.out)
    assert (session["outcome"], session["handshake"], session["answer"]["verdict"]) == ("limit", True, "accept")
    assert (1 << 20) < session["received"] <= (1 << 20) + 16384
    assert len(session["received_hex"]) == 2 * 65536 and "more than 1048576 octets" in session["error"]


def test_a_peer_that_never_reads(tmp_path):
    """What it does not take is not kept: the time limit ends it."""
    zeros_in = tmp_path / "zeros"
    zeros_in.write_bytes(bytes(32 << 20))
    with serving(tmp_path, "--timeout", "10", "--echo") as server:
        process = subprocess.Popen(["openssl", "s_client", "-connect", server.address, "-psk", TEK, "-psk_identity", "", "-tls1_2",
                                    "-quiet"], stdin=open(zeros_in, "rb"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            code, report = server.report()  # nobody reads the pipe of s_client
        finally:
            process.kill()
            process.communicate()
    session, = report["sessions"]
    assert (code, session["outcome"], session["handshake"]) == (1, "timeout", True)
    assert session["received"] < 32 << 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("connected", [False, True])
def test_a_signal_ends_it_and_the_report_is_written(tmp_path, number, connected):
    with serving(tmp_path, "--sessions", "3") as server:
        with server.connect() if connected else contextlib.nullcontext() as connection:
            if connected:
                connection.sendall(RECORD)
                assert connection.recv(5)[:1] == b"\x16", "its handshake has begun"
            server.process.send_signal(number)
            code, report = server.report()
    assert code == 2
    assert [session["outcome"] for session in report["sessions"]] == (["interrupted"] if connected else [])


def test_nobody_comes(tmp_path):
    with running([binary(), "tls", "serve", "--tek", TEK, "--timeout", "1"], tmp_path) as server:
        assert server.wait() == 5
