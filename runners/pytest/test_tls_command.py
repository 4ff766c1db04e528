"""`ticketgate tls`: keys, options, forms of output."""
import json
import re
import socket

import pytest

from conftest import call
from tls_process import OTHER_TEK, TEK, both, connect, free_port, serving, without_key


@pytest.fixture(scope="module")
def conversation(tmp_path_factory):
    path = tmp_path_factory.mktemp("conversation") / "call.json"
    path.write_bytes(call("converse", "--profile", "ims-msrp-tls", "--seed", "tls command").out)
    return path


def derived(path):
    """(TEK, CSB ID) as `ticketgate verify` gives them."""
    answer = json.loads(call("verify", "--output", "json", "--show-keys", path).out)
    message = bytes.fromhex(json.loads(path.read_text())["messages"][-1]["hex"])
    return answer["messages"][-1]["derived"]["cs"]["1"]["tek"], message[4:8].hex()


# ---- keys ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--dtls",)], ids=["tls", "dtls"])
def test_a_conversation_keys_both_ends(tmp_path, conversation, options):
    tek, csb_id = derived(conversation)
    (code, server), (client_code, client, err) = both(tmp_path, *options, key=("--conversation", conversation))
    assert (code, client_code) == (0, 0), err
    for report in (server, client):
        assert report["crypto_session"] == {"csb_id": csb_id, "cs_id": 1} and report["profile"] == "ims-msrp-tls"
        answer = report["sessions"][0]["answer"]
        assert (answer["verdict"], answer["client"], answer["server"], answer["identity"]) == ("accept", "verified", "verified", "")
        without_key(json.dumps(report), key=tek)


def test_the_key_is_that_of_verify(tmp_path, conversation):
    with serving(tmp_path, "--echo", key=("--conversation", conversation, "--cs", "1")) as server:
        assert connect(server.address, "--send", "x", "--receive", 1, key=("--tek", derived(conversation)[0]))[0] == 0
        assert server.report()[0] == 0


def test_a_key_from_a_file_and_from_standard_input(tmp_path):
    file = tmp_path / "tek"
    file.write_text(" ".join(re.findall("..", TEK)) + "\n")
    with serving(tmp_path, key=("--tek", f"@{file}")) as server:
        code, report, err = connect(server.address, "--send", "x", "--quiet", 50, key=("--tek", "@-"), stdin=TEK.encode())
        assert (code, report["crypto_session"]) == (0, None), err
        assert server.report()[0] == 0


@pytest.mark.parametrize("arguments, words", [
    ((), "one of --conversation and --tek"),
    (("--tek", TEK, "--conversation", "x.json"), "one of --conversation and --tek"),
    (("--tek", TEK[:-1]), "not hexadecimal"),
    (("--tek", "not a key"), "not hexadecimal"),
    (("--tek", ""), "not hexadecimal"),
    (("--tek", "00" * 257), "1 to 256"),
    (("--tek", "@/nonexistent"), "No such file"),
    (("--conversation", "/nonexistent"), "No such file"),
    (("--tek", TEK, "--cs", "1"), "crypto session"),
    (("--tek", TEK, "--ciphers", "TLS_NONE"), "no name that IANA has"),
    (("--tek", TEK, "--ciphers", ""), "none"),
    (("--tek", TEK, "--ciphers", "TLS_PSK_WITH_NULL_SHA256"), "--allow-null"),
    (("--tek", TEK, "--ciphers", "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256"), "not keyed by a PSK alone"),
    (("--tek", TEK, "--version", "1.1"), "must be 1.2 or 1.3"),
    (("--tek", TEK, "--version", "1.3"), "RFC 8446 4.2.11"),
    (("--tek", TEK, "--timeout", "0"), "not a number"),
    (("--tek", TEK, "--set", "tls_versions=tls14"), "no such value"),
    (("--tek", TEK, "--transcript", "/nonexistent/t"), "No such file"),
])
@pytest.mark.parametrize("command", ["serve", "connect"])
def test_wrong_usage(command, arguments, words, one_line):
    done = call("tls", command, *arguments, *(("127.0.0.1:1",) if command == "connect" else ()))
    assert (done.code, done.out) == (4, b"")
    assert words in one_line(done.err)
    assert "not a key" not in done.err and TEK[:-1] not in done.err


@pytest.mark.parametrize("command, operands", [("serve", ("x",)), ("connect", ()), ("connect", ("127.0.0.1:1", "x")), ("relay", ())])
def test_operands(command, operands):
    assert call("tls", command, "--tek", TEK, *operands).code == 4


@pytest.mark.parametrize("address", ["192.0.2.1:80", "0.0.0.0:0", "[::]:0", "[2001:db8::1]:443"])
def test_loopback_alone(address):
    served = call("tls", "serve", "--tek", TEK, "--listen", address)
    assert served.code == 4 and "--allow-remote" in served.err
    if not address.endswith(":0"):
        reached = call("tls", "connect", "--tek", TEK, "--send", "x", address)
        assert reached.code == 4 and "--allow-remote" in reached.err


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "example.com:80", ":80", ""])
def test_what_is_no_address(address):
    assert call("tls", "connect", "--tek", TEK, "--send", "x", address).code == 4


def test_allow_remote(tmp_path):
    with serving(tmp_path, "--echo", "--allow-remote", "--listen", "0.0.0.0:0") as server:
        assert connect(f"127.0.0.1:{server.port}", "--send", "x", "--receive", 1)[0] == 0
        assert server.report()[0] == 0


def test_version_6_of_ip(tmp_path):
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
    with serving(tmp_path, "--echo", "--listen", "[::1]:0") as server:
        code, report, _ = connect(server.address, "--send", "x", "--receive", 1)
        assert (code, report["sessions"][0]["peer"]) == (0, server.address)
        assert server.report()[0] == 0


def test_a_port_that_is_taken(tmp_path):
    with serving(tmp_path) as server:
        done = call("tls", "serve", "--tek", TEK, "--listen", server.address)
        assert done.code == 4 and "in use" in done.err
        server.process.terminate()
        assert server.wait() == 2


def test_nobody_listens_and_nobody_connects():
    code, report, err = connect(f"127.0.0.1:{free_port()}", "--send", "x")
    assert (code, report["sessions"], report["ok"]) == (10, [], False) and "refused" in err
    done = call("tls", "serve", "--tek", TEK, "--timeout", "1", "--output", "json")
    assert (done.code, json.loads(done.out)["sessions"]) == (5, []) and "no connection came" in done.err


def test_nobody_listens_for_dtls():
    code, report, err = connect(f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}", "--dtls", "--send", "x")
    assert (code, report["sessions"], report["ok"]) == (10, [], False) and "no connection: Connection refused" in err


def test_an_address_of_localhost(tmp_path, one_line):
    with serving(tmp_path, "--echo", "--listen", "localhost:0") as server:
        assert connect(f"localhost:{server.port}", "--send", "x", "--receive", 1)[0] == 0
        code, report = server.report()
    assert (code, report["listening"]) == (0, f"localhost:{server.port}")
    for arguments in (("serve", "--tek", TEK, "--listen", "example.com:80"), ("connect", "--tek", TEK, "--send", "x", "example.com:80")):
        assert "in numbers or localhost" in one_line(call("tls", *arguments).err)


def test_fewer_sessions_than_wanted(tmp_path):
    with serving(tmp_path, "--echo", "--sessions", "2", "--timeout", "2") as server:
        assert connect(server.address, "--send", "x", "--receive", 1)[0] == 0
        code, report = server.report()
    assert (code, len(report["sessions"]), report["ok"]) == (10, 1, False)
    assert report["sessions"][0]["ok"]


# ---- conversations that do not serve ---------------------------------------------------------------------------


def spoilt(path, index, target):
    """The conversation with the last octet of a message turned."""
    content = json.loads(path.read_text())
    octets = bytes.fromhex(content["messages"][index]["hex"])
    content["messages"][index]["hex"] = (octets[:-1] + bytes([octets[-1] ^ 1])).hex()
    target.write_text(json.dumps(content))
    return target


def test_a_conversation_that_is_not_accepted(tmp_path, conversation):
    broken = spoilt(conversation, 1, tmp_path / "broken.json")  # REQUEST_RESP: its keys stand in the ticket, too
    done = call("tls", "serve", "--conversation", broken, "--timeout", "1")
    assert done.code == 1 and "not accepted" in done.err and "--force" in done.err
    with serving(tmp_path, "--echo", "--force", key=("--conversation", broken)) as server:
        assert connect(server.address, "--send", "x", "--receive", 1, key=("--conversation", conversation))[0] == 0
        assert server.report()[0] == 0


def test_no_key_of_a_message_that_is_not_authentic(tmp_path, conversation):
    broken = spoilt(conversation, -1, tmp_path / "broken.json")  # TRANSFER_RESP
    done = call("tls", "serve", "--conversation", broken, "--timeout", "1", "--force")
    assert done.code == 1 and "the TEK of crypto session 1 is not to be had" in done.err


def test_a_conversation_without_tls(tmp_path):
    media = tmp_path / "media.json"
    media.write_bytes(call("converse", "--profile", "ims-media", "--seed", "x").out)
    done = call("tls", "serve", "--conversation", media, "--timeout", "1")
    assert done.code == 1 and "of Prot type TLS" in done.err and "there are: 1" in done.err
    done = call("tls", "serve", "--conversation", media, "--cs", "1", "--timeout", "1")
    assert done.code == 1 and "not of Prot type TLS" in done.err


def test_one_of_several_crypto_sessions(tmp_path):
    """Two of SRTP, by a conversation that takes the number of SRTP for that of TLS."""
    file = tmp_path / "call.json"
    content = json.loads(call("converse", "--profile", "ims-media", "--seed", "several").out)
    content["prot_types"] = {"tls": 0, "srtp": 250}
    file.write_text(json.dumps(content))
    answer = json.loads(call("verify", "--output", "json", "--show-keys", file).out)
    sessions = answer["messages"][-1]["derived"]["cs"]
    assert len({session["tek"] for session in sessions.values()}) == 2
    done = call("tls", "serve", "--conversation", file, "--force", "--timeout", "1")
    assert done.code == 1 and "but 2" in done.err and "there are: 1 (TLS), 2 (TLS)" in done.err
    for number, session in sessions.items():
        with serving(tmp_path, "--echo", key=("--conversation", file, "--force", "--cs", number)) as server:
            assert connect(server.address, "--send", "x", "--receive", 1, key=("--tek", session["tek"]))[0] == 0
            code, report = server.report()
        assert (code, report["crypto_session"]["cs_id"]) == (0, int(number))


def test_the_tls_session_among_others(tmp_path):
    file = tmp_path / "call.json"
    file.write_bytes(call("converse", "--profile", "ims-mixed", "--streams", "2", "--seed", "mixed").out)
    answer = json.loads(call("verify", "--output", "json", "--show-keys", file).out)
    with serving(tmp_path, "--echo", key=("--conversation", file)) as server:
        code, report, _ = connect(server.address, "--send", "x", "--receive", 1, key=("--conversation", file))
        assert code == 0 and server.report()[0] == 0
    number = report["crypto_session"]["cs_id"]
    assert number == max(map(int, answer["messages"][-1]["derived"]["cs"])) > 1


@pytest.mark.parametrize("number", ["2", "256", "-1", "1x", ""])
def test_a_crypto_session_that_is_not_there(conversation, number):
    done = call("tls", "serve", "--conversation", conversation, "--cs", number, "--timeout", "1")
    assert done.code == 1 and "there are: 1 (TLS)" in done.err


def test_no_conversation_at_all(tmp_path):
    file = tmp_path / "x.json"
    file.write_text('{"messages":[]}')
    done = call("tls", "serve", "--conversation", file, "--timeout", "1")
    assert done.code == 1 and "there are: none" in done.err
    file.write_text("[]")
    assert call("tls", "serve", "--conversation", file, "--timeout", "1").code == 1


# ---- TLS 1.3 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["csb_cs", "spi"])
def test_the_identity_of_tls_1_3(tmp_path, conversation, setting):
    key = ("--conversation", conversation, "--set", "tls_versions=tls13", "--set", f"tls13_identity={setting}", "--version", "1.3")
    (code, server), (client_code, client, err) = both(tmp_path, key=key)
    assert (code, client_code) == (0, 0), err
    hdr = bytes.fromhex(json.loads(conversation.read_text())["messages"][-1]["hex"])
    # GENERIC-ID map of one session: CS ID, Prot type, S and #P, Session Data of no octets, SPI with its length.
    assert (hdr[8], hdr[9], hdr[10]) == (1, 2, 1)
    expected = hdr[4:8] + hdr[10:11] if setting == "csb_cs" else hdr[16:16 + hdr[15]]
    for report in (server, client):
        answer = report["sessions"][0]["answer"]
        assert (answer["version"], answer["identity"], answer["findings"]) == ("1.3", expected.hex(), [])
        assert (answer["client"], answer["server"]) == ("verified", "verified")


def test_another_identity_in_tls_1_3_is_found(tmp_path, conversation):
    allow = ("--set", "tls_versions=tls13", "--version", "1.3")
    with serving(tmp_path, "--echo", key=("--conversation", conversation, *allow)) as server:
        code, _, _ = connect(server.address, "--identity", "other", "--send", "x", "--receive", 1,
                             key=("--conversation", conversation, *allow))
        assert code == 0
        code, report = server.report()
    answer = report["sessions"][0]["answer"]
    assert (code, [finding["id"] for finding in answer["findings"]]) == (0, ["TS33328-H.2-03"])


def test_tls_1_3_needs_an_identity():
    done = call("tls", "connect", "--tek", TEK, "--set", "tls_versions=tls13", "--send", "x", "127.0.0.1:1")
    assert done.code == 4 and "RFC 8446 4.2.11" in done.err
    done = call("tls", "connect", "--tek", TEK, "--set", "tls_versions=tls13", "--version", "1.3", "--dtls", "--send", "x", "127.0.0.1:1")
    assert done.code == 4 and "no DTLS 1.3" in done.err


# ---- output ----------------------------------------------------------------------------------------------------


def test_text_has_data_and_report_apart(tmp_path):
    with serving(tmp_path, "--output", "text", "--send", "from the server") as server:
        done = call("tls", "connect", "--tek", TEK, "--receive", "15", server.address, stdin=b"from the client\0\x1b[2J")
        code = server.wait()
        assert (done.code, done.out) == (0, b"from the server")
        assert (code, server.out) == (0, b"from the client\0\x1b[2J")
    for err in (done.err, server.err):
        assert "verdict   accept" in err and "identity  empty" in err and "client verified, of the server verified" in err
        without_key(err)


def test_text_names_row_and_clause(tmp_path):
    with serving(tmp_path, "--output", "text") as server:
        call("tls", "connect", "--tek", OTHER_TEK, "--send", "x", server.address)
        assert server.wait() == 1
    assert "MUST    TS33328-H.2-05 (TS 33.328 H.2)" in server.err and "verdict   reject" in server.err


def test_jsonl_is_a_line_a_session(tmp_path):
    with serving(tmp_path, "--echo", "--sessions", "2", "--output", "jsonl") as server:
        for _ in range(2):
            assert connect(server.address, "--send", "x", "--receive", 1)[0] == 0
        assert server.wait() == 0
    lines = [json.loads(line) for line in server.out.splitlines()]
    assert [line["session"] for line in lines] == [1, 2] and all(line["ok"] for line in lines)


def test_octets_of_the_peer_do_no_harm_in_the_report(tmp_path):
    with serving(tmp_path, "--output", "text") as server:
        call("tls", "connect", "--tek", TEK, "--identity", "\x1b[31m\xff\n", "--send", "x", "--quiet", "50", server.address)
        server.wait()
    assert "\x1b" not in server.err and b"\x1b[31m".hex() in server.err


# ---- help ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "connect", "relay", "check"])
def test_help(command):
    done = call("tls", command, "--help")
    assert done.code == 0 and f"usage: ticketgate tls {command}".encode() in done.out and b"exit codes" in done.out
    assert f"tls {command}".encode() in call("--help").out


def test_help_of_the_first_word():
    done = call("tls", "--help")
    lines = [line.split()[:2] for line in done.out.decode().splitlines() if line.startswith("  ")]
    assert (done.code, lines) == (0, [["tls", name] for name in ("serve", "connect", "relay", "check")])
    assert done.out == call("tls", "-h").out


def test_no_blank_at_the_end_of_a_line():
    for command in ("serve", "connect", "relay", "check"):
        out = call("tls", command, "--help").out.decode()
        assert not [line for line in out.splitlines() if line != line.rstrip()]


def test_help_says_how_long_a_session_may_take():
    for command in ("serve", "connect", "relay"):
        out = " ".join(call("tls", command, "--help").out.decode().split())
        assert "each session as a whole" in out and "one after the other, never two at once" in out


def test_the_second_word(one_line):
    assert "serve, connect, relay, check" in one_line(call("tls").err)
