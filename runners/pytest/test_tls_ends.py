"""`ticketgate tls`: how sessions end. A good end is one with close_notify after all data has come and gone."""
import contextlib
import json
import signal
import socket
import subprocess
import threading

import pytest

from conftest import binary, call
from tls_process import OTHER_TEK, TEK, connect, s_client, serving

WITHOUT = "closed without close_notify"


def only(report):
    session, = report["sessions"]
    return session


@contextlib.contextmanager
def talking(address, *options, data=b"half", key=("--tek", TEK)):
    """A client that has sent, and waits: it is killed at the latest at the end."""
    process = subprocess.Popen([binary(), "tls", "connect", *key, "--timeout", "20", "--output", "json", *options, address],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.stdin.write(data)
        process.stdin.flush()
        yield process
    finally:
        process.kill()
        process.communicate()


class Cut:
    """A TCP proxy that ends both connections when the answer to the data has passed: what a killed peer or an attacker does."""

    def __init__(self, port, records):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.run, args=(port, records))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(30)
        self.listener.close()
        assert not self.thread.is_alive()

    def run(self, port, records):
        near, _ = self.listener.accept()
        with near, socket.create_connection(("127.0.0.1", port)) as far:
            near.settimeout(20)
            forth = threading.Thread(target=self.copy, args=(near, far))
            forth.start()
            for _ in range(records):  # what the server says: records, up to the one that is cut
                head = far.recv(5, socket.MSG_WAITALL)
                near.sendall(head + far.recv(int.from_bytes(head[3:5], "big"), socket.MSG_WAITALL))
            near.shutdown(socket.SHUT_RDWR)
            far.shutdown(socket.SHUT_RDWR)
            forth.join(20)

    @staticmethod
    def copy(near, far):
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                far.sendall(data)


# ServerHello, ServerHelloDone (libssl writes a record for each), ChangeCipherSpec, Finished, data.
RECORDS = 5


# ---- data that did not arrive ----------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["stdin", "send"])
def test_the_other_end_closes_before_all_was_sent(tmp_path, source):
    much = "x" * (3_000_000 if source == "stdin" else 100_000)
    with serving(tmp_path, "--receive", "5" if source == "stdin" else "100000") as server:
        more = () if source == "stdin" else ("--send", much, "--receive", "1")
        code, report, _ = connect(server.address, *more, stdin=much.encode())
        server.report()
    session = only(report)
    assert (code, report["ok"], session["ok"]) == (1, False, False)
    if source == "stdin":
        assert session["sent"] < len(much) and session["outcome"] in {"incomplete", "broken"} and session["error"]
    else:
        assert (session["sent"], session["outcome"]) == (len(much), "incomplete")


@pytest.mark.parametrize("options", [(), ("--dtls",)], ids=["tls", "dtls"])
def test_less_came_than_the_server_awaits(tmp_path, options):
    with serving(tmp_path, *options, "--receive", "100") as server:
        assert connect(server.address, *options, "--send", "hello", "--quiet", 200)[0] == 0
        code, report = server.report()
    session = only(report)
    assert (code, report["ok"], session["ok"], session["outcome"]) == (1, False, False, "incomplete")
    assert session["error"] == "the other end closed when 5 of 100 octets had come"


def test_less_came_than_the_client_awaits(tmp_path):
    with serving(tmp_path, "--send", "ab", "--receive", "5") as server:
        code, report, _ = connect(server.address, "--send", "hello", "--receive", 50)
        assert server.report()[0] == 0
    assert (code, report["ok"], only(report)["error"]) == (1, False, "the other end closed when 2 of 50 octets had come")


def test_the_reason_in_text(tmp_path):
    with serving(tmp_path, "--send", "ab", "--receive", "5") as server:
        done = call("tls", "connect", "--tek", TEK, "--send", "hello", "--receive", "50", server.address)
    assert done.code == 1 and "incomplete: the other end closed when 2 of 50 octets had come" in done.err


# ---- an end without close_notify: RFC 5246 7.2.1 ---------------------------------------------------------------


@pytest.mark.parametrize("allow", [False, True])
def test_a_client_without_close_notify(tmp_path, allow):
    with serving(tmp_path, "--echo", *(("--allow-eof",) if allow else ())) as server:
        with Cut(server.port, RECORDS) as cut:
            connect(cut.address, "--send", "half", "--receive", 100)
        code, report = server.report()
    session = only(report)
    assert (code, report["ok"], session["ok"]) == (0 if allow else 1, allow, allow)
    assert (session["outcome"], session["error"], session["received"]) == ("eof", WITHOUT, 4)


@pytest.mark.parametrize("allow", [False, True])
def test_a_server_without_close_notify(tmp_path, allow):
    with serving(tmp_path, "--echo") as server, Cut(server.port, RECORDS) as cut:
        code, report, _ = connect(cut.address, "--send", "half", "--quiet", 15000, *(("--allow-eof",) if allow else ()))
    session = only(report)
    assert (code, report["ok"], session["ok"]) == (0 if allow else 1, allow, allow)
    assert (session["outcome"], session["error"], session["received"]) == ("eof", WITHOUT, 4)


def test_less_than_awaited_without_close_notify(tmp_path):
    with serving(tmp_path, "--echo") as server, Cut(server.port, RECORDS) as cut:
        code, report, _ = connect(cut.address, "--send", "half", "--receive", 100, "--allow-eof")
    session = only(report)
    assert (code, session["outcome"], session["error"]) == (1, "incomplete", "the other end closed when 4 of 100 octets had come")


# ---- through the relay -----------------------------------------------------------------------------------------


def relaying(tmp_path, address, *options):
    return serving(tmp_path, *options, address, key=("--tek", TEK, "--next-tek", OTHER_TEK), command="relay")


def ends(report):
    return [leg["outcome"] for leg in report["sessions"]], [leg["ok"] for leg in report["sessions"]]


def check_cut(result):
    """The end behind the relay saw no close_notify."""
    code, report = result
    assert (code, only(report)["outcome"], only(report)["error"]) == (1, "eof", WITHOUT)


@pytest.mark.parametrize("allow", [False, True])
def test_a_caller_without_close_notify(tmp_path, allow):
    with serving(tmp_path, "--echo", key=("--tek", OTHER_TEK)) as server:
        with relaying(tmp_path, server.address, *(("--allow-eof",) if allow else ())) as relay:
            with Cut(relay.port, RECORDS) as cut:
                connect(cut.address, "--send", "half", "--receive", 100)
            code, hop = relay.report()
            check_cut(server.report())
    assert (code, hop["ok"], *ends(hop)) == (0 if allow else 1, allow, ["eof", "eof"], [allow, allow])


def test_a_next_hop_without_close_notify(tmp_path):
    with serving(tmp_path, "--echo", key=("--tek", OTHER_TEK)) as server, Cut(server.port, RECORDS) as cut:
        with relaying(tmp_path, cut.address) as relay:
            code, report, _ = connect(relay.address, "--send", "half", "--receive", 100)
            hop_code, hop = relay.report()
    check_cut((code, report))
    assert (hop_code, hop["ok"], *ends(hop)) == (1, False, ["eof", "eof"], [False, False])


def test_no_next_hop(tmp_path):
    with relaying(tmp_path, "127.0.0.1:1") as relay:
        code, report, _ = connect(relay.address, "--quiet", 15000, "--send", "x")
        hop_code, hop = relay.report()
    check_cut((code, report))
    assert (hop_code, *ends(hop)) == (1, ["aborted", "handshake_failed"], [False, False])
    assert hop["sessions"][0]["error"] == "closed without close_notify, as the other leg ended: handshake_failed"


def test_a_next_hop_at_its_limit(tmp_path):
    with serving(tmp_path, "--max-data", "1000", key=("--tek", OTHER_TEK)) as server:
        with relaying(tmp_path, server.address) as relay:
            code, report, _ = connect(relay.address, "--quiet", 15000, "--send", "x" * 2000)
            hop_code, hop = relay.report()
        assert only(server.report()[1])["outcome"] == "limit"
    check_cut((code, report))
    assert (hop_code, *ends(hop)) == (1, ["eof", "eof"], [False, False])


def test_a_relay_at_its_limit(tmp_path):
    with serving(tmp_path, key=("--tek", OTHER_TEK)) as server:
        with relaying(tmp_path, server.address, "--max-data", "1000") as relay:
            check_cut(connect(relay.address, "--quiet", 15000, "--send", "x" * 2000)[:2])
            hop_code, hop = relay.report()
        check_cut(server.report())
    assert (hop_code, *ends(hop)) == (1, ["limit", "aborted"], [False, False])


def test_a_relay_at_its_time_limit(tmp_path):
    with serving(tmp_path, "--echo", key=("--tek", OTHER_TEK)) as server:
        with relaying(tmp_path, server.address, "--timeout", "2") as relay:
            check_cut(connect(relay.address, "--send", "x", "--receive", 100)[:2])
            hop_code, hop = relay.report()
        check_cut(server.report())
    assert (hop_code, *ends(hop)) == (1, ["timeout", "timeout"], [False, False])


def test_a_good_end_goes_through_the_relay(tmp_path):
    with serving(tmp_path, key=("--tek", OTHER_TEK)) as server, relaying(tmp_path, server.address) as relay:
        code, said = s_client(relay.address, stdin=b"")
        assert (code, relay.report()[0]) == (0, 0), said
        code, report = server.report()
    assert (code, only(report)["outcome"]) == (0, "closed")


# ---- what JSON says and the exit code --------------------------------------------------------------------------


def test_an_interrupted_run_is_not_ok(tmp_path):
    with serving(tmp_path, "--echo", "--sessions", "2", "--output", "json") as server:
        assert connect(server.address, "--send", "x", "--receive", 1)[0] == 0
        server.process.send_signal(signal.SIGTERM)
        code, report = server.report()
    assert (code, report["ok"]) == (2, False)
