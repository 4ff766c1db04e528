"""`ticketgate tls` and peers without TLS 1.2: the reason is told in words, and is the right one."""
import contextlib
import socket
import threading

from tls_process import connect, s_server, serving

ALONE, EMPTY = "TLS 1.2 alone is spoken here", "in TLS 1.3 a PSK identity cannot be empty (RFC 8446 4.2.11)"


def error_of(report):
    session, = report["sessions"]
    assert (session["handshake"], session["outcome"], session["ok"]) == (False, "handshake_failed", False)
    return session["error"]


def client_hello(version, extensions=b""):
    body = version + bytes(range(32)) + b"\x00" + b"\x00\x04\x00\x8c\x00\xff" + b"\x01\x00" + extensions
    hello = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello


def told(tmp_path, hello):
    with serving(tmp_path) as server, server.connect() as peer:
        peer.sendall(hello)
        with contextlib.suppress(OSError):
            while peer.recv(4096):
                pass
        code, report = server.report()
    assert code == 1
    return error_of(report)


def test_a_client_of_tls_1_0(tmp_path):
    error = told(tmp_path, client_hello(b"\x03\x01"))
    assert ALONE in error and "older" in error and "1.3" not in error


def test_a_client_of_tls_1_3_alone(tmp_path):
    versions = b"\x00\x2b\x00\x03\x02\x03\x04"
    error = told(tmp_path, client_hello(b"\x03\x03", len(versions).to_bytes(2, "big") + versions))
    assert ALONE in error and EMPTY in error and "older" not in error


def test_a_server_of_tls_1_3_alone(tmp_path):
    with s_server(tmp_path, version="-tls1_3", suites=None) as server:
        code, report, _ = connect(server.address, "--send", "x")
    error = error_of(report)
    assert code == 1 and "the other end does not speak TLS 1.2" in error and EMPTY in error


def test_a_server_that_chooses_tls_1_0():
    body = b"\x03\x01" + bytes(32) + b"\x00" + b"\x00\x8c" + b"\x00"
    hello = b"\x02" + len(body).to_bytes(3, "big") + body
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def act():
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):
                peer.recv(65536)
                peer.sendall(b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello)
                while peer.recv(4096):
                    pass

        thread = threading.Thread(target=act)
        thread.start()
        code, report, _ = connect(f"127.0.0.1:{listener.getsockname()[1]}", "--send", "x")
        thread.join(20)
    error = error_of(report)
    assert code == 1 and "older" in error and "1.3" not in error


def test_a_client_of_dtls_1_0(tmp_path):
    """Its ClientHello with the cookie says DTLS 1.0."""
    def hello(cookie, sequence):
        body = b"\xfe\xff" + bytes(range(32)) + b"\x00" + bytes([len(cookie)]) + cookie + b"\x00\x04\x00\x8c\x00\xff" + b"\x01\x00"
        length = len(body).to_bytes(3, "big")
        message = b"\x01" + length + sequence.to_bytes(2, "big") + bytes(3) + length + body
        return b"\x16\xfe\xff" + bytes(6) + sequence.to_bytes(2, "big") + len(message).to_bytes(2, "big") + message

    with serving(tmp_path, "--dtls") as server, server.connect(socket.SOCK_DGRAM) as peer:
        peer.send(hello(b"", 0))
        peer.send(hello(peer.recv(2000)[28:], 1))
        code, report = server.report()
    error = error_of(report)
    assert code == 1 and "DTLS 1.2 alone is spoken here" in error and "1.3" not in error
