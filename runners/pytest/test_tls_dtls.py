"""`ticketgate tls --dtls`: what begins a session (RFC 6347 4.2.1), and whose the port is."""
import socket

import pytest

from conftest import call
from tls_process import TEK, s_client, serving

VERIFY, HANDSHAKE = 3, 22


def hello(cookie=b"", sequence=0, version=b"\xfe\xfd"):
    """A record with a ClientHello."""
    body = version + bytes(range(32)) + b"\x00" + bytes([len(cookie)]) + cookie + b"\x00\x04\x00\xa8\x00\xff" + b"\x01\x00"
    length = len(body).to_bytes(3, "big")
    message = b"\x01" + length + sequence.to_bytes(2, "big") + bytes(3) + length + body
    return b"\x16" + version + bytes(6) + sequence.to_bytes(2, "big") + len(message).to_bytes(2, "big") + message


def cookie_of(answer):
    """That of a HelloVerifyRequest."""
    assert (answer[0], answer[13]) == (HANDSHAKE, VERIFY) and answer[27] == len(answer) - 28
    return answer[28:]


def check_served(server, sessions=1):
    """The session is there for whoever has a cookie."""
    code, said = s_client(server.address, version="-dtls1_2")
    assert (code, b"hello" in said) == (0, True), said
    code, report = server.report()
    assert (code, len(report["sessions"])) == (0, sessions)
    return report


def test_a_hello_without_a_cookie_begins_nothing(tmp_path):
    with serving(tmp_path, "--dtls", "--echo") as server, server.connect(socket.SOCK_DGRAM) as stranger:
        for _ in range(100):
            stranger.send(hello())
            answer = stranger.recv(2000)
            assert len(cookie_of(answer)) == 32 and len(answer) < len(hello())
        answer = check_served(server)["sessions"][0]["answer"]
    assert (answer["client"], answer["server"], answer["findings"]) == ("verified", "verified", [])


@pytest.mark.parametrize("sequence", [0, 1])
def test_a_wrong_cookie_is_as_none(tmp_path, sequence):
    with serving(tmp_path, "--dtls", "--echo") as server, server.connect(socket.SOCK_DGRAM) as stranger:
        stranger.send(hello())
        good = cookie_of(stranger.recv(2000))
        for wrong in (bytes(32), good[:-1], good + b"\x00", good[:-1] + bytes([good[-1] ^ 1]), b"\xff" * 255):
            stranger.send(hello(wrong, sequence))
            assert cookie_of(stranger.recv(2000)) == good
        check_served(server)


def test_the_cookie_of_another_begins_nothing(tmp_path):
    with serving(tmp_path, "--dtls", "--echo") as server:
        with server.connect(socket.SOCK_DGRAM) as one, server.connect(socket.SOCK_DGRAM) as other:
            one.send(hello())
            cookie = cookie_of(one.recv(2000))
            other.send(hello(cookie, 1))
            assert cookie_of(other.recv(2000)) != cookie
            check_served(server)


def test_the_cookie_of_a_server_that_was_restarted(tmp_path):
    with serving(tmp_path, "--dtls", "--echo") as server, server.connect(socket.SOCK_DGRAM) as stranger:
        stranger.send(hello())
        stale = cookie_of(stranger.recv(2000))
    with serving(tmp_path, "--dtls", "--echo", "--listen", server.address) as server, server.connect(socket.SOCK_DGRAM) as stranger:
        stranger.send(hello(stale, 1))
        assert cookie_of(stranger.recv(2000)) != stale
        check_served(server)


def test_a_good_cookie_begins_the_session(tmp_path):
    with serving(tmp_path, "--dtls", "--timeout", "2") as server, server.connect(socket.SOCK_DGRAM) as stranger:
        stranger.send(hello())
        stranger.send(hello(cookie_of(stranger.recv(2000)), 1))
        assert stranger.recv(2000)[13] == 2, "ServerHello"
        code, report = server.report()
    session, = report["sessions"]
    assert (code, session["outcome"], session["answer"]["version"]) == (1, "timeout", "d1.2")


def test_two_servers_do_not_share_a_port(tmp_path):
    with serving(tmp_path, "--dtls", "--echo") as server:
        done = call("tls", "serve", "--dtls", "--tek", TEK, "--listen", server.address, "--timeout", "1")
        assert done.code == 4 and "Address already in use" in done.err
        check_served(server)
