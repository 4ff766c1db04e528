"""Attachments of implementations under test: every way to break down, as a real process does it; what travels; classes of errors."""
import json
import pathlib
import signal
import subprocess

import pytest

from attach_process import LONG_MS, MOST_RSS_KB, TIMEOUT_MS, Hostile, drive, drive_path, is_good, is_running, is_zero, nothing_runs


@pytest.fixture
def hostile(tmp_path):
    return Hostile(tmp_path)


# ---- every way to break down ---------------------------------------------------------------------------------------

# behaviour: the fault, and a piece of what is said about it
FAULTS = {
    "hang": ("timeout", f"no answer within {TIMEOUT_MS} ms"),
    "hang-in-line": ("timeout", "in the middle of a line"),
    "stop": ("timeout", "no answer"),
    "late": ("timeout", "no answer"),
    "segv": ("died", "killed by signal 11 (SIGSEGV)"),
    "abort-in-line": ("died", "killed by signal 6 (SIGABRT), in the middle of a line"),
    "exit": ("died", "exit code 3"),
    "exit-0": ("died", "exit code 0"),
    "closes-stdout": ("died", "closed its standard output"),
    "children-exit": ("died", "exit code 3"),
    "children-hang": ("timeout", "no answer"),
    "twice": ("too-much", "more than one line"),
    "flood": ("too-much", "longer than allowed"),
    "flood-of-lines": ("too-much", "more than one line"),
    "flood-of-line-ends": ("too-much", "more than one line"),
    "100-mb": ("too-much", "longer than allowed"),
    "too-large": ("too-much", "longer than allowed"),
    "flood-stderr": ("timeout", "no answer"),
    "broken": ("broken-call", "it cannot go on"),
    "not-json": ("garbage", "not JSON"),
    "empty-line": ("garbage", "not JSON"),
    "half": ("garbage", "not JSON"),
    "more-behind": ("garbage", "not JSON"),
    "duplicate": ("garbage", "duplicate"),
    "not-object": ("garbage", "no JSON object"),
    "string": ("garbage", "no JSON object"),
    "no-id": ("garbage", "id is missing"),
    "wrong-id": ("garbage", "id is 1 and not that of the call"),
    "text-id": ("garbage", "id is missing, or not an integer"),
    "real-id": ("garbage", "id is missing, or not an integer"),
    "huge-id": ("garbage", "not JSON"),
    "no-outcome": ("garbage", "outcome is missing"),
    "other-outcome": ("garbage", "outcome is not one of its words"),
    "outcome-number": ("garbage", "outcome is not one of its words"),
    "nul": ("garbage", "NUL"),
    "escaped-nul": ("garbage", "not JSON"),
    "utf-8": ("garbage", "unable to decode"),
    "surrogate": ("garbage", "not JSON"),
    "deep": ("garbage", "nested too deep"),
    "deep-objects": ("garbage", "nested too deep"),
    "odd-hex": ("garbage", "odd number of hex digits"),
    "no-hex": ("garbage", "not hex"),
    "spaced-hex": ("garbage", "not hex"),
    "octets-list": ("garbage", "not a string of hex"),
    "five-messages": ("garbage", "more than 4"),
    "to-nobody": ("garbage", "to is not one of its words"),
    "to-missing": ("garbage", "to is missing"),
    "message-text": ("garbage", "something else than objects"),
    "messages-object": ("garbage", "not an array"),
    "many-keys": ("garbage", "more than 256"),
    "cs-id-256": ("garbage", "out of range"),
    "cs-id-negative": ("garbage", "out of range"),
    "established-number": ("garbage", "neither true nor false"),
    "error-number": ("garbage", "not a string"),
}


@pytest.mark.parametrize("behaviour", FAULTS)
def test_is_named_contained_and_started_again(hostile, behaviour):
    fault, why = FAULTS[behaviour]
    driven = hostile.drive(behaviour, "decode:01", "decode:aa", "decode:01",
                           timeout_ms=TIMEOUT_MS if fault == "timeout" else LONG_MS)
    assert driven.hello["name"] == "hostile" and not driven.hello["initiator"] and driven.hello["kms"]
    before, broken, after = driven.calls
    assert is_good(before) and is_good(after)
    assert broken["fault"] == fault and why in broken["why"]
    assert is_zero(broken)
    assert driven.end["restarts"] == 1
    assert driven.end["rss_kb"] < MOST_RSS_KB


def test_words_before_death(hostile):
    broken = hostile.drive("last-words", "decode:aa").calls[0]
    assert broken["why"] == "exit code 3" and broken["words"] == "first line\n???[31m\u00e4 assertion failed\n"


def test_flood_on_stderr_is_read_and_forgotten(hostile):
    driven = hostile.drive("stderr-then-good", "decode:aa", "decode:01", timeout_ms=LONG_MS)
    assert driven.calls[0]["fault"] == "ok" and is_good(driven.calls[1])
    assert driven.end["rss_kb"] < MOST_RSS_KB
    broken = hostile.drive("flood-stderr", "decode:aa", timeout_ms=TIMEOUT_MS).calls[0]
    assert set(broken["words"]) == {"y"} and len(broken["words"]) == 4096


def test_answer_that_grows_when_it_is_read(hostile):
    driven = hostile.drive("amplifying", "decode:aa", timeout_ms=LONG_MS)
    assert driven.calls[0]["fault"] == "ok"
    assert driven.end["rss_kb"] < 256 * 1024


def test_second_answer_that_comes_later(hostile):
    driven = hostile.drive("twice-later", "decode:aa", "pause:400", "decode:01", "decode:01")
    assert driven.calls[0]["fault"] == "ok"
    assert driven.calls[1]["fault"] == "too-much" and "before it was called" in driven.calls[1]["why"]
    assert is_good(driven.calls[2])


def test_death_after_the_answer(hostile):
    driven = hostile.drive("answer-and-exit", "decode:aa", "pause:300", "decode:01", "decode:01")
    assert driven.calls[0]["fault"] == "ok"
    assert driven.calls[1]["fault"] == "died" and driven.calls[1]["why"] == "exit code 4, before it was called"
    assert is_good(driven.calls[2])


def test_death_while_closing_is_told(hostile):
    driven = hostile.drive("dies-in-close", "open:kms", "close", "decode:01")
    assert driven.calls[1]["why"] == "killed by signal 9 (SIGKILL)" and is_good(driven.calls[2])


@pytest.mark.parametrize("behaviour, fault, why", [("does-not-read", "timeout", "did not read the call"),
                                                   ("closes-stdin", "timeout", "did not read the call"),
                                                   ("answers-unread", "too-much", "before it had read")])
def test_call_that_is_not_read(hostile, behaviour, fault, why):
    call = hostile.drive(behaviour, "large:1000000", timeout_ms=TIMEOUT_MS).calls[0]
    assert call["fault"] == fault and why in call["why"]


def test_large_call_arrives(hostile):
    assert is_good(hostile.drive("good", "large:3000000", timeout_ms=LONG_MS).calls[0])


# ---- starting, ending ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("target, reason", [
    ("./no-such-command -x", "./no-such-command: No such file or directory"),
    ("/dev/null", "Permission denied"),
    ("", "command line is empty"),
    ("'python3", "quote in the command line is not closed"),
    ("false", "exit code 1"),
    ("sh -c 'echo no license >&2; exit 7'", "exit code 7: no license"),
    ("sh -c 'kill -SEGV $$'", "signal 11"),
    ("cat", "its answer to hello: name is missing"),
    ("sleep 1000", "no answer within"),
    ("sh -c 'read call; yes'", "more than one line"),
    ("sh -c 'read call; head -c 100000000 /dev/zero'", "longer than allowed"),
    ("sh -c 'read call; echo'", "not JSON"),
    ("./no-such.so", "cannot open shared object file"),
    ("http://127.0.0.1:1/", "connect"),
    ("https://", "URL"),
])
def test_what_cannot_be_attached(target, reason):
    driven = drive(options=[f"target={target}", f"timeout_ms={TIMEOUT_MS if 'sleep' in target else LONG_MS}"])
    assert driven.hello is None and reason in driven.end["reason"]


def test_hello_that_hangs(hostile):
    driven = hostile.drive("hello-hang", timeout_ms=TIMEOUT_MS)
    assert driven.hello is None and "no answer" in driven.end["reason"]


@pytest.mark.parametrize("behaviour", ["banner", "speaks-first"])
def test_banners(hostile, behaviour):
    """Whether the line is seen alone, or before the call, depends on who is faster."""
    driven = hostile.drive(behaviour)
    assert driven.hello is None
    assert any(text in driven.end["reason"] for text in ("not JSON", "more than one line", "before it was called"))


def test_restarts_are_counted(hostile):
    driven = hostile.drive("segv", *["decode:aa"] * 5, options=["max_restarts=2"])
    assert [call["fault"] for call in driven.calls] == ["died", "died", "died", "gone", "gone"]
    assert "started again 2 times" in driven.calls[3]["why"] and driven.end["restarts"] == 2


@pytest.mark.parametrize("behaviour, why, words", [("exits-again", "exit code 9", "no license\n"),
                                                   ("hangs-again", "no answer within", "")])
def test_not_starting_again(hostile, behaviour, why, words):
    driven = hostile.drive(behaviour, *["decode:aa"] * 6, timeout_ms=TIMEOUT_MS)
    assert [call["fault"] for call in driven.calls] == ["died"] + ["gone"] * 5
    assert all(f"does not start again: {why}" in call["why"] and call["words"] == words for call in driven.calls[1:4])
    assert "failed to start again 3 times" in driven.calls[4]["why"]


def test_declaring_something_else(hostile):
    driven = hostile.drive("changes", "decode:aa", "decode:01")
    assert driven.calls[1]["fault"] == "garbage" and "declares something else" in driven.calls[1]["why"]


def test_sessions_are_lost(hostile):
    driven = hostile.drive("segv", "open:kms", "receive:01", "decode:aa", "receive:01", "start:request", "close", "open:kms",
                           "receive:01")
    assert [call["fault"] for call in driven.calls] == ["ok", "ok", "died", "died", "died", "ok", "ok", "ok"]
    assert "session was lost" in driven.calls[3]["why"]
    assert driven.end["restarts"] == 1


def test_memory_limit(hostile):
    driven = hostile.drive("memory", "decode:aa", "decode:01", options=[f"max_memory={300 << 20}"], timeout_ms=LONG_MS)
    assert driven.calls[0]["fault"] == "died" and "MemoryError" in driven.calls[0]["words"]
    assert is_good(driven.calls[1])
    assert hostile.drive("memory", "decode:aa", timeout_ms=LONG_MS).calls[0]["fault"] == "ok"


@pytest.mark.parametrize("behaviour", ["ignores-bye", "children-good", "good"])
def test_nothing_is_left(hostile, behaviour):
    assert hostile.drive(behaviour, "decode:aa").calls[0]["fault"] == "ok"
    assert len(hostile.pids()) == (1 if behaviour == "good" else 2)


def test_it_ends_with_the_gate(hostile):
    command = [drive_path(), f"target={hostile.command('good')}", "--", "decode:01", "pause:50000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as gate:
        gate.stdout.readline()
        gate.stdout.readline()
        assert all(is_running(pid) for pid in hostile.pids())
        gate.send_signal(signal.SIGKILL)
    assert len(hostile.pids()) == 1 and nothing_runs(hostile.pids())


def test_it_inherits_nothing(hostile):
    with open("/dev/null", "rb") as one, open("/dev/null", "rb") as other:
        descriptors = (one.fileno(), other.fileno())
        call = hostile.drive("descriptors", "decode:aa", pass_fds=descriptors).calls[0]
    assert call["text"].split() == ["0", "1", "2", "3"]  # the last is that of the folder that is listed
    call = hostile.drive("signals", "decode:aa", preexec_fn=lambda: signal.pthread_sigmask(
        signal.SIG_BLOCK, [signal.SIGUSR1])).calls[0]
    assert call["text"].split() == ["SigBlk:", "0" * 16]


@pytest.mark.parametrize("line, arguments", [
    ("a  b\tc", ["a", "b", "c"]),
    ("'a b' \"c d\" e\\ f", ["a b", "c d", "e f"]),
    ("'a\"b' \"c'd\" ''", ["a\"b", "c'd", ""]),
    ("x'y z'w \\' 'a\\b' \"q\\\"\"", ["xy zw", "'", "a\\b", "q\""]),
    ("$HOME *.c `id` ~ ; |", ["$HOME", "*.c", "`id`", "~", ";", "|"]),
])
def test_command_lines(hostile, line, arguments):
    target = f"{hostile.command('arguments')} {line} "
    call = drive("decode:aa", options=[f"target={target}"]).calls[0]
    assert json.loads(call["text"]) == arguments


# ---- what travels --------------------------------------------------------------------------------------------------

def test_full_reply(hostile):
    call = hostile.drive("full", "decode:aa").calls[0]
    assert call["fault"] == "ok" and call["outcome"] == 1
    assert (call["error"], call["text"]) == ("MAC wrong", "\u00e4\n")
    assert call["messages"] == [{"to": 3, "octets": "0aff"}, {"to": 1, "octets": ""}]
    assert call["keys"] == [{"cs_id": 0, "tek": "01", "salt": ""}, {"cs_id": 255, "tek": "0203", "salt": "04"}]
    assert call["established"] and call["reencoded"] == "aabb"
    assert hostile.drive("nulls", "decode:aa").calls[0]["fault"] == "ok"
    assert hostile.drive("largest", "decode:aa").calls[0]["text"] == "x" * 1021 + "\u2026" # 1024 octets


def test_calls_read_as_they_were_written():
    lines = drive("mirror:initiator", "mirror:responder", "mirror:kms", options=["in_process"]).calls
    assert len(lines) == 12
    for line in lines:
        assert line["once"] == line["twice"]
    opened = json.loads(lines[0]["once"])
    assert opened["policy"]["end"] == "ed2e0b8012345678" and opened["policy"]["start"] is None
    assert opened["prot_types"] == {"srtp": 0, "tls": 241, "bfcp": -1} and opened["called"] is None
    assert json.loads(lines[4]["once"])["offer"] is None and json.loads(lines[4]["once"])["answer"]["sessions"]
    assert json.loads(lines[1]["once"])["now"] == "f" * 16
    opened, made = json.loads(lines[2]["once"]), json.loads(lines[3]["once"])
    assert opened["op"] == "open_container" and len(opened["container"]) == 80 and len(opened["keys"]) == 2
    assert opened["keys"] == made["keys"] and [len(key["kek"]) for key in made["keys"]] == [32, 64]
    assert (made["op"], made["algorithm"], made["tag_len"], made["content"]) == ("make_container", "aes-256-ccm", 16, opened["container"])
    assert "session" not in opened and "session" not in made


# ---- classes of errors ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("error_map, error", [
    (None, "MAC wrong"),
    ({"MAC wrong": "auth"}, "auth"),
    ({"MAC*": "auth"}, "auth"),
    ({"*wrong": "parse", "MAC*": "auth"}, "parse"),
    ({"M*C*w*g": "rule"}, "rule"),
    ({"*": "policy", "MAC wrong": "auth"}, "policy"),
    ({"MAC": "auth", "mac wrong": "auth", "AC*": "auth", "MAC wrong?": "auth", "*x": "auth", "": "auth"}, "MAC wrong"),
    ({"**MAC wrong**": "auth"}, "auth"),
])
def test_error_maps(hostile, error_map, error):
    options = [f"error_map={json.dumps(error_map)}"] if error_map else []
    assert hostile.drive("full", "decode:aa", options=options).calls[0]["error"] == error


@pytest.mark.parametrize("error_map, reason", [
    ('{"a":"authentication"}', '"a" becomes "authentication", which is no class'),
    ('{"a":1}', "no word"),
    ('{"a":null}', "no word"),
    ('["a"]', "not a JSON object"),
    ('{"a":"auth","a":"parse"}', "duplicate"),
    ("{", "error map"),
    ("", "error map"),
    pytest.param(json.dumps({"x" * 300: "auth"}), "longer than 256", id="long"),
    pytest.param(json.dumps({str(number): "auth" for number in range(1001)}), "at most 1000", id="many"),
])
def test_error_maps_that_are_none(hostile, error_map, reason):
    driven = drive(options=[f"target={hostile.command('good')}", f"error_map={error_map}"])
    assert driven.hello is None and reason in driven.end["reason"]


def test_every_class_of_the_manual_is_known(hostile):
    manual = (pathlib.Path(__file__).parent.parent / "ATTACHING.md").read_text(encoding="utf-8")
    table = manual.partition("## Why it rejects: classes")[2].partition("\n## ")[0]
    cells = [cell for row in table.splitlines() if row.startswith("| `") for cell in row.strip("|").split("|")[::2]]
    classes = [word for cell in cells for word in cell.replace("`", "").replace(",", " ").split()]
    assert len(classes) == 21
    error_map = json.dumps({str(number): word for number, word in enumerate(classes)})
    assert drive(options=[f"target={hostile.command('good')}", f"error_map={error_map}"]).hello


# ---- the command ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("given, code, complaint", [
    (b"", 0, ""),
    (b'{"id":1,"op":"bye"}\n{"id":2', 0, ""),
    (b"{}\n", 4, "op is missing"),
    (b"not json\n", 4, "not JSON"),
    (b'{"id":1,"op":"jump"}\n', 4, "op is not one"),
    (b'{"id":1,"op":"hello","protocol":2}\n', 4, "protocol 2"),
    (b'{"id":1,"op":"open","session":1}\n', 4, "role is missing"),
    (b'{"id":1,"op":"receive","session":1,"from":"kms","now":"00","message":""}\n', 4, "now has not 16"),
    pytest.param(b"[" * 1_000_000 + b"\n", 4, "nested too deep", id="deep"),
    pytest.param(b"x" * (17 << 20), 4, "longer than 16 MiB", id="too-long"),
])
def test_served_as_a_process(run, given, code, complaint):
    done = run("iut", stdin=given)
    assert done.code == code and complaint in done.err


def test_wrong_usage_of_the_command(run):
    assert run("iut", "--mutant", "no-such").code == 4
    assert run("iut", "--host", "./no-such.so").code == 4
    assert run("iut", "--host", "x.so", "--mutant", "y").code == 4
    assert run("iut", "operand").code == 4


def test_session_that_is_not_open(run):
    done = run("iut", stdin=b'{"id":5,"op":"receive","session":9,"from":"kms","now":"0000000000000000","message":"00"}\n')
    assert json.loads(done.out)["outcome"] == "unsupported" and done.code == 0
