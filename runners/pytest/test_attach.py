"""Attachments of implementations under test: every way to break down, as a real process does it.

iut_drive (runners/iut/tests) attaches what it is told and makes calls; each gives a line. Behind runs hostile_iut.py,
or something simpler. No test looks at a clock: what hangs is killed after TIMEOUT_MS, or the test does not end.
"""
import collections
import http.server
import json
import os
import pathlib
import shlex
import signal
import subprocess
import threading
import time

import pytest

from conftest import binary

HOSTILE = pathlib.Path(__file__).with_name("hostile_iut.py")
PYTHON = "/usr/bin/python3"
TIMEOUT_MS = 2500 # what does not hang has to be ready by then, on a busy machine too
LONG_MS = 30000
MOST_RSS_KB = 64 * 1024

Driven = collections.namedtuple("Driven", "hello calls end")


def drive_path():
    path = pathlib.Path(binary()).parent / "iut_drive"
    assert path.exists(), f"{path} is not built"
    return path


def shared_reference():
    return pathlib.Path(binary()).parent.parent / "lib" / "libticketgate_reference.so"


def drive(*arguments, options=(), **more):
    """Calls are the arguments. The end tells what was left behind."""
    command = [drive_path(), *map(str, options), f"program={binary()}", "--", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False, **more)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert lines[-1]["left_open"] == 0, "descriptors are left open"
    if len(lines) == 1:
        return Driven(None, [], lines[0])
    return Driven(lines[0], lines[1:-1], lines[-1])


def is_running(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def nothing_runs(pids):
    """Those killed may take a moment to go."""
    for _ in range(100):
        left = [pid for pid in pids if is_running(pid)]
        if not left:
            return True
        time.sleep(0.02)
    return False


class Hostile:
    def __init__(self, folder):
        self.pids_file = folder / "pids"

    def command(self, behaviour, *more):
        return shlex.join([PYTHON, str(HOSTILE), behaviour, str(self.pids_file), *more])

    def pids(self):
        return [int(line) for line in self.pids_file.read_text(encoding="ascii").split()]

    def drive(self, behaviour, *calls, options=(), timeout_ms=LONG_MS, **more):
        options = [f"target={self.command(behaviour)}", f"timeout_ms={timeout_ms}", *options]
        driven = drive(*calls, options=options, **more)
        assert nothing_runs(self.pids()), "something is left running"
        return driven


@pytest.fixture
def hostile(tmp_path):
    return Hostile(tmp_path)


def is_good(call):
    return (call["fault"], call["outcome"], call["text"], call["why"], call["words"]) == ("ok", 0, "good", "", "")


def is_zero(call):
    """With a fault the reply is zero."""
    return (call["outcome"], call["error"], call["text"], call["messages"], call["keys"], call["reencoded"],
            call["established"], call["content"], call["container"]) == (0, None, None, [], [], "", False, "", "")


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


# ---- the reference, and shared objects -----------------------------------------------------------------------------

REFERENCE_WAYS = {
    "hosted": [],
    "in-process": ["in_process"],
    "shared-object": [f"target={shared_reference()}"],
    "shared-object-in-process": [f"target={shared_reference()}", "in_process"],
    "command": [f"target={binary()} iut"],
}


@pytest.mark.parametrize("way", REFERENCE_WAYS)
def test_the_reference_is_the_same_in_every_way(way):
    driven = drive("decode:010e", "check:010b", "open:plain", "receive:010b00", "start:request", "close",
                   options=REFERENCE_WAYS[way])
    assert driven.hello["name"] == "ticketgate-reference" and driven.hello["has_ims"]
    assert [call["fault"] for call in driven.calls] == ["ok"] * 6
    assert [call["outcome"] for call in driven.calls] == [1, 1, 0, 1, 2, 0]
    assert driven.calls[0]["error"] == "parse" and driven.calls[3]["error"] == "parse"
    assert driven.end["restarts"] == 0


def test_reference_exports_its_function_alone():
    done = subprocess.run(["nm", "-D", "--defined-only", shared_reference()], capture_output=True, check=True, text=True)
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["ticketgate_iut"]


def test_mutants():
    done = subprocess.run([binary(), "iut", "--list-mutants"], capture_output=True, check=True, text=True, timeout=60)
    names = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert names and len(set(names)) == len(names)
    for way in ([], ["in_process"]):
        assert drive("decode:010e", options=[f"mutant={names[0]}", *way]).calls[0]["outcome"] == 1
        assert "no mutant" in drive(options=["mutant=no-such", *way]).end["reason"]
    assert "reference alone" in drive(options=["mutant=x", "target=cat"]).end["reason"]
    assert "called directly" in drive(options=["target=cat", "in_process"]).end["reason"]


SHARED = r"""
#include "ticketgate/iut.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int decode(tgi_octets m, tgi_reply *r)
{
    if (m.len > 0 && m.data[0] == 0xaa) { AA }
    r->text = "good";
    return 0;
}
static int nothing(const tgi_open *w, void **s, tgi_reply *r) { (void)w; (void)r; *s = NULL; return 0; }
static int take(void *s, tgi_role f, tgi_octets m, uint64_t n, tgi_reply *r)
{ (void)s; (void)f; (void)m; (void)n; (void)r; return 0; }
const tgi_interface *ticketgate_iut(void)
{
    static tgi_interface i = { .size = sizeof i, .version = TGI_VERSION, .name = "shared", .release = "1", .roles = "kms",
                               .profiles = "*", .can = "decode", .decode = decode, .open = nothing, .receive = take };
    (void)nothing; (void)take; (void)decode;
    CHANGE;
    return &i;
}
"""


def build_shared(folder, change="", aa="", source=SHARED):
    root = pathlib.Path(__file__).parent.parent.parent
    code = folder / "iut.c"
    code.write_text(source.replace("CHANGE", change).replace("AA", aa), encoding="ascii")
    made = folder / "iut.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-I", root / "harness" / "include", "-o", made, code], check=True, timeout=60)
    return made


@pytest.mark.parametrize("change, reason", [
    ("i.version = 2", "version 2, not 1"),
    ("i.size = 8", "8 octets"),
    ("i.name = NULL", "no name"),
    ("return NULL", "cannot work here"),
    ("i.receive = NULL", "no function `open` or `receive`"),
    ("i.open = NULL", "no function `open` or `receive`"),
    ("i.roles = \"initiator\"", "no function `start`"),
    ("i.roles = \"server\"", "`roles` holds a word"),
    ("i.decode = NULL", "`can` says decode or check"),
    ("i.can = \"smime\"", "`can` says smime"),
    ("i.size = (size_t)((char *)&i.open_container - (char *)&i); i.can = \"smime\"", "`can` says smime"),
    ("abort()", ""),
])
def test_shared_objects_that_cannot_be_used(tmp_path, change, reason):
    made = build_shared(tmp_path, change)
    for way in ([], ["in_process"]) if change != "abort()" else ([],):
        driven = drive(options=[f"target={made}", *way])
        assert driven.hello is None and reason in driven.end["reason"]


def test_shared_object_without_the_function(tmp_path):
    made = build_shared(tmp_path, source="int other;\n")
    for way in ([], ["in_process"]):
        assert "exports no function ticketgate_iut" in drive(options=[f"target={made}", *way]).end["reason"]


@pytest.mark.parametrize("aa, why", [
    ("return 7;", "its function `decode` returned 7"),
    ("r->outcome = 9; return 0;", "outcome of its reply"),
    ("r->num_messages = 5; return 0;", "more messages or keys"),
    ("r->num_keys = 257; return 0;", "more messages or keys"),
    ("r->num_keys = 1; return 0;", "more messages or keys"),
    ("r->num_messages = 1; return 0;", "to nobody"),
    ("r->reencoded.len = 3; return 0;", "octets at NULL"),
    ("r->content.len = 3; return 0;", "octets at NULL"),
    ("r->container.len = 3; return 0;", "octets at NULL"),
])
def test_broken_functions(tmp_path, aa, why):
    made = build_shared(tmp_path, aa=aa)
    for way in ([], ["in_process"]):
        driven = drive("open:kms", "decode:aa", "receive:00", "decode:01", options=[f"target={made}", *way])
        assert [call["fault"] for call in driven.calls] == ["ok", "broken-call", "died", "ok"]
        assert why in driven.calls[1]["why"] and is_good(driven.calls[3]) and driven.end["restarts"] == 1


def test_shared_object_of_before_there_were_containers(tmp_path):
    """Its interface ends where it did; what stands behind that is not looked at."""
    made = build_shared(tmp_path, "i.size = (size_t)((char *)&i.open_container - (char *)&i); "
                                  "i.open_container = (int (*)(tgi_octets, const tgi_kek *, size_t, tgi_reply *))1")
    for way in ([], ["in_process"]):
        driven = drive("decode:01", "open_container:3000", "make_container:aes-128-gcm", options=[f"target={made}", *way])
        assert is_good(driven.calls[0])
        assert [(call["fault"], call["outcome"]) for call in driven.calls[1:]] == [("ok", 2)] * 2


@pytest.mark.parametrize("algorithm", ["aes-128-gcm", "aes-256-gcm", "aes-128-ccm", "aes-256-ccm"])
def test_containers_travel_alike(algorithm):
    """The reference as a process, as a shared object and called directly: what one makes the others open."""
    ways = ([], [f"target={shared_reference()}"], ["in_process"])
    for way in ways:
        made = drive(f"make_container:{algorithm}", options=way).calls[0]
        assert (made["fault"], made["outcome"]) == ("ok", 0) and made["container"].startswith("308") and made["content"] == ""
        flipped = made["container"][:-2] + f"{int(made['container'][-2:], 16) ^ 1:02x}"
        for other in ways:
            good, bad, none = drive(f"open_container:{made['container']}", f"open_container:{flipped}", "open_container:30", options=other).calls
            assert (good["fault"], good["outcome"], good["content"]) == ("ok", 0, "010203ff" + "00" * 36)
            assert (bad["fault"], bad["outcome"], bad["error"], bad["content"]) == ("ok", 1, "auth", "")
            assert (none["outcome"], none["error"], none["content"]) == (1, "parse", "")


def test_hosted_shared_object_that_breaks_down(tmp_path):
    made = build_shared(tmp_path, aa="abort();")
    driven = drive("decode:aa", "decode:01", options=[f"target={made}"])
    assert driven.calls[0]["fault"] == "died" and is_good(driven.calls[1])
    made = build_shared(tmp_path, aa="for (;;) pause();")
    driven = drive("decode:aa", "decode:01", options=[f"target={made}", f"timeout_ms={TIMEOUT_MS}"])
    assert driven.calls[0]["fault"] == "timeout" and is_good(driven.calls[1])


def test_what_a_shared_object_prints_is_no_answer(tmp_path):
    made = build_shared(tmp_path, aa='puts("noise"); fflush(stdout); getchar(); r->text = "good"; return 0;')
    driven = drive("decode:aa", "decode:01", options=[f"target={made}"])
    assert all(is_good(call) for call in driven.calls)


def test_text_of_a_shared_object_that_is_no_utf_8(tmp_path):
    made = build_shared(tmp_path, aa=r'r->text = "\xff\xfe!"; r->outcome = TGI_REJECTED; r->error = "\xe4"; return 0;')
    call = drive("decode:aa", options=[f"target={made}"]).calls[0]
    assert (call["fault"], call["text"], call["error"]) == ("ok", "??!", "?")


def test_template_by_the_manual_alone(tmp_path):
    """The commands of ATTACHING.md, in a folder that looks like that of the project."""
    root = pathlib.Path(__file__).parent.parent.parent
    commands = (root / "runners" / "ATTACHING.md").read_text(encoding="utf-8").partition("cp -r runners/templates/c")
    copy, build, gate = (commands[1] + commands[2]).splitlines()[:3]
    for name in ("runners", "harness"):
        (tmp_path / name).symlink_to(root / name)
    (tmp_path / "build").symlink_to(pathlib.Path(binary()).parent.parent)
    for line in (copy, build):
        subprocess.run(shlex.split(line), cwd=tmp_path, check=True, timeout=60)
    driven = drive("decode:0102", "decode:010e0080000000010000", "open:kms", "check:00", cwd=tmp_path,
                   options=[f"target={shlex.split(gate)[-1]}"])
    assert driven.hello["can"] == [] and not any(driven.hello[role] for role in ("initiator", "responder", "kms"))
    assert [call["outcome"] for call in driven.calls] == [1, 0, 2, 2]
    done = subprocess.run(shlex.split(gate), cwd=tmp_path, capture_output=True, timeout=300, check=False)
    assert done.returncode == 5, done.stderr.decode(errors="replace")


# ---- a live KMS ----------------------------------------------------------------------------------------------------

class Kms(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.reply(405, "text/plain", b"")

    def reply(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/mikey"
        path, _, query = self.path.strip("/").partition("?")
        assert query == ("requesttype=ticketrequest" if path != "query" else "a=1")
        try:
            getattr(self, "on_" + path)(body)
        except OSError:
            self.close_connection = True

    def on_response(self, body):
        self.reply(200, "Application/MIKEY; v=1", b"\x01\x0d" + body)

    on_query = on_response

    def on_error(self, _):
        self.reply(200, "application/mikey", b"\x01\x06\x00")

    def on_error400(self, _):
        self.reply(400, "application/mikey", b"\x01\x06\x00")

    def on_404(self, _):
        self.reply(404, "text/html", b"<p>no")

    def on_html(self, _):
        self.reply(200, "text/html", b"<p>yes")

    def on_short(self, _):
        self.reply(200, "application/mikey", b"\x01")

    def on_redirect(self, _):
        self.send_response(307)
        self.send_header("Location", "/response")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def on_slow(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def on_large(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "application/mikey")
        self.send_header("Content-Length", "100000000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"x" * 100_000)

    def on_headers(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1_000_000):
            self.wfile.write(b"X-More: %d\r\n" % number)

    def on_half(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x")
        self.close_connection = True

    def on_junk(self, _):
        self.wfile.write(b"\x00\xff junk\r\n\r\n")
        self.close_connection = True


@pytest.fixture(scope="module")
def kms_url():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kms)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path, fault, outcome, messages", [
    ("response", "ok", 0, [{"to": 1, "octets": "010d010b00"}]),
    ("query?a=1", "ok", 0, [{"to": 1, "octets": "010d010b00"}]),
    ("error", "ok", 1, [{"to": 1, "octets": "010600"}]),
    ("error400", "ok", 1, [{"to": 1, "octets": "010600"}]),
    ("404", "ok", 1, []),
    ("redirect", "ok", 1, []),
    ("html", "garbage", 0, []),
    ("short", "garbage", 0, []),
    ("half", "garbage", 0, []),
    ("junk", "garbage", 0, []),
    ("slow", "timeout", 0, []),
    ("large", "too-much", 0, []),
    ("headers", "too-much", 0, []),
])
def test_live_kms(kms_url, path, fault, outcome, messages):
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    driven = drive("open:kms", "receive:010b00", "decode:00", "open:initiator",
                   options=[f"target={kms_url}{path}", f"timeout_ms={TIMEOUT_MS if path == 'slow' else LONG_MS}"], env=environment)
    assert driven.hello["kms"] and not driven.hello["initiator"] and not driven.hello["responder"]
    opened, received, decoded, other = driven.calls
    assert (opened["fault"], opened["outcome"]) == ("ok", 0)
    assert (received["fault"], received["outcome"], received["messages"]) == (fault, outcome, messages)
    assert received["error"] is None and bool(received["why"]) == (fault != "ok")
    assert (decoded["outcome"], other["outcome"]) == (2, 2)
    assert driven.end["rss_kb"] < MOST_RSS_KB


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
