"""`ticketgate tls relay`: the application server of TR 33.829 8.3.1.2 between two TLS-PSK sessions with two tickets."""
import contextlib
import json
import subprocess

import pytest

from conftest import binary, call
from tls_process import OTHER_TEK, TEK, connect, s_client, s_server, serving, without_key


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Two conversations, each with its ticket: of the caller, and of the application server with the next hop. {name: (file, TEK)}"""
    folder, made = tmp_path_factory.mktemp("calls"), {}
    for name in ("caller", "next"):
        path = folder / f"{name}.json"
        path.write_bytes(call("converse", "--profile", "ims-msrp-tls", "--seed", f"relay {name}").out)
        answer = json.loads(call("verify", "--output", "json", "--show-keys", path).out)
        made[name] = path, answer["messages"][-1]["derived"]["cs"]["1"]["tek"]
    assert made["caller"][1] != made["next"][1]
    return made


@contextlib.contextmanager
def hops(tmp_path, calls, *options, sessions=1):
    """The next hop, which echoes, and the relay in front of it."""
    more = [*options, "--sessions", sessions]
    with serving(tmp_path, "--echo", *more, key=("--conversation", calls["next"][0])) as server:
        key = ("--conversation", calls["caller"][0], "--next-conversation", calls["next"][0])
        with serving(tmp_path, *more, server.address, key=key, command="relay") as relay:
            yield server, relay


def check_keys(calls, *processes):
    for process in processes:
        for _, tek in calls.values():
            without_key(process.out, process.err, key=tek)


@pytest.mark.parametrize("options", [(), ("--dtls",)], ids=["tls", "dtls"])
def test_end_to_end(tmp_path, calls, options):
    with hops(tmp_path, calls, *options) as (server, relay):
        code, report, err = connect(relay.address, *options, "--send", "over two hops", "--receive", 13,
                                    key=("--conversation", calls["caller"][0]))
        assert (code, report["sessions"][0]["received_hex"]) == (0, b"over two hops".hex()), err
        code, hop = relay.report()
        end_code, end = server.report()
        check_keys(calls, server, relay)
    assert (code, end_code, hop["ok"], hop["teks_differ"]) == (0, 0, True, True)
    assert [leg["role"] for leg in hop["sessions"]] == ["server", "client"]
    for leg in [*hop["sessions"], *report["sessions"], *end["sessions"]]:
        assert (leg["answer"]["client"], leg["answer"]["server"], leg["answer"]["findings"]) == ("verified", "verified", [])
        assert (leg["sent"], leg["received"], leg["outcome"]) == (13, 13, "closed")


def test_the_caller_cannot_speak_for_the_relay(tmp_path, calls):
    """Hop by hop: the TEK of one leg opens nothing on the other."""
    with hops(tmp_path, calls) as (server, relay):
        code, report, _ = connect(relay.address, "--send", "secret", key=("--conversation", calls["next"][0]))
        assert (code, report["sessions"][0]["sent"]) == (1, 0)
        code, hop = relay.report()
        assert server.process.poll() is None, "nobody has called it"
    leg, = hop["sessions"]
    assert (code, leg["role"], leg["answer"]["client"], leg["answer"]["verdict"]) == (1, "server", "failed", "reject")


def test_others_at_both_ends(tmp_path, calls):
    key = ("--conversation", calls["caller"][0], "--next-conversation", calls["next"][0])
    with s_server(tmp_path, tek=calls["next"][1]) as server, serving(tmp_path, server.address, key=key, command="relay") as relay:
        process = subprocess.Popen(["openssl", "s_client", "-connect", relay.address, "-psk", calls["caller"][1], "-psk_identity", "",
                                    "-tls1_2", "-quiet", "-no_ign_eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            process.stdin.write(b"stressed\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"desserts\n"
            process.stdin.close()  # it then closes, with close_notify
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        code, hop = relay.report()
    assert (code, len(hop["sessions"])) == (0, 2)


def test_much_data_in_both_directions(tmp_path, calls):
    data = bytes((i * 7 + i // 256) % 256 for i in range(3 << 20))
    with hops(tmp_path, calls) as (server, relay):
        code, report, err = connect(relay.address, "--receive", len(data), stdin=data, key=("--conversation", calls["caller"][0]))
        assert (code, report["sessions"][0]["received"]) == (0, len(data)), err
        code, hop = relay.report()
    assert code == 0 and [leg["received"] for leg in hop["sessions"]] == [len(data)] * 2


def test_much_data_comes_as_it_went(tmp_path, calls):
    data = bytes((i * 7 + i // 256) % 256 for i in range(1 << 20))
    with hops(tmp_path, calls) as (_, relay):
        done = subprocess.run([binary(), "tls", "connect", "--conversation", calls["caller"][0], "--receive", str(len(data)), relay.address],
                              input=data, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout == data) == (0, True), done.stderr


def test_several_sessions(tmp_path, calls):
    with hops(tmp_path, calls, sessions=3) as (server, relay):
        code, _, _ = connect(relay.address, "--sessions", 3, "--send", "x", "--receive", 1, key=("--conversation", calls["caller"][0]))
        assert (code, relay.report()[0], server.report()[0]) == (0, 0, 0)


def test_the_next_hop_has_another_tek(tmp_path, calls):
    with s_server(tmp_path, tek=OTHER_TEK) as server:
        key = ("--conversation", calls["caller"][0], "--next-conversation", calls["next"][0])
        with serving(tmp_path, server.address, key=key, command="relay") as relay:
            code, report, _ = connect(relay.address, "--send", "x", "--receive", 1, key=("--conversation", calls["caller"][0]))
            assert report["sessions"][0]["received"] == 0
            code, hop = relay.report()
    caller, onward = hop["sessions"]
    assert (code, caller["ok"], caller["outcome"], onward["ok"], onward["outcome"]) == (1, False, "aborted", False, "handshake_failed")
    assert "TS33328-H.2-x02" in {finding["id"] for finding in onward["answer"]["findings"]}


def test_nobody_at_the_next_hop(tmp_path, calls):
    with serving(tmp_path, "127.0.0.1:1", key=("--tek", TEK, "--next-tek", OTHER_TEK), command="relay") as relay:
        assert s_client(relay.address, stdin=b"")[0] in (0, 1)
        code, hop = relay.report()
    caller, onward = hop["sessions"]
    assert (code, caller["handshake"], onward["outcome"]) == (1, True, "handshake_failed")
    assert "refused" in onward["error"].lower()


def test_the_same_tek_on_both_legs(tmp_path, calls):
    path = calls["caller"][0]
    done = call("tls", "relay", "--conversation", path, "--next-conversation", path, "127.0.0.1:1")
    assert (done.code, done.out) == (1, b"") and "the same TEK" in done.err
    with serving(tmp_path, "--echo") as server, serving(tmp_path, "--force", server.address, key=("--tek", TEK, "--next-tek", TEK),
                                                        command="relay") as relay:
        assert connect(relay.address, "--send", "x", "--receive", 1)[0] == 0
        code, hop = relay.report()
    assert (code, hop["teks_differ"]) == (0, False)
