"""The pytest driver of the gate (runners/pytest_gate): verdicts and exit codes are those of `ticketgate gate`."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from conftest import ROOT, binary

REPOSITORY = ROOT
DRIVER = REPOSITORY / "runners" / "pytest_gate"
SOME = ["--requirement", "RFC3830-6.1", "--requirement", "RFC6043-6.8"]

# Dies, talks nonsense, does not know what it said it can do, or is right, by the length of the message.
HOSTILE = '''
import json, sys
for line in sys.stdin:
    call = json.loads(line)
    answer = {"outcome": "accepted"}
    if call["op"] == "hello":
        answer = {"name": "hostile", "release": "0", "roles": [], "profiles": ["*"], "can": %r}
    elif call["op"] in ("decode", "check"):
        how = len(call["message"]) // 2 %% 9
        if how == 0:
            sys.exit(3)
        if how == 1:
            print("{nonsense", flush=True)
            continue
        if how < 5:
            answer = {"outcome": "unsupported"}
    print(json.dumps({"id": call["id"], **answer}), flush=True)
'''


@pytest.fixture
def hostile(tmp_path):
    def make(*can):
        program = tmp_path / "hostile.py"
        program.write_text(HOSTILE % (list(can),))
        return ["--iut", f"{sys.executable} {program}"]
    return make


def by_gate(*arguments):
    """({case: verdict}, exit code)."""
    done = subprocess.run([binary(), "gate", *arguments, "--output", "jsonl"], capture_output=True, text=True, timeout=300, cwd=REPOSITORY)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {result["id"]: result["verdict"] for result in results}, done.returncode


def by_driver(tmp_path, *arguments, workers=0):
    """({case: verdict}, exit code, output)."""
    report = tmp_path / "driver.xml"
    shards = ["-n", str(workers)] if workers else []
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", str(DRIVER), f"--junitxml={report}", *shards,
                           *arguments], capture_output=True, text=True, timeout=300, cwd=REPOSITORY,
                          env={**os.environ, "TICKETGATE_BIN": str(binary())})
    found = {}
    if report.exists():
        for case in ET.parse(report).iter("testcase"):
            said = [one.get("value") for one in case.iter("property") if one.get("name") == "verdict"]
            assert len(said) == 1 and case.get("name") not in found, ET.tostring(case)
            assert (case.find("failure") is not None) == (said[0] == "failed")
            assert (case.find("skipped") is not None) == (said[0] in ("skipped", "inconclusive"))
            found[case.get("name")] = said[0]
    return found, done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("what", [SOME, ["--role", "kms"], ["--group", "sanity"]])
def test_the_reference(tmp_path, what, workers):
    expected, code = by_gate(*what)
    found, driver_code, _ = by_driver(tmp_path, *what, workers=workers)
    assert expected and (found, driver_code) == (expected, code) and "passed" in expected.values()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_mutant(tmp_path, workers):
    what = ["--mutant", mutant(), "--role", "initiator", "--role", "responder", "--role", "kms"]
    expected, code = by_gate(*what)
    found, driver_code, said = by_driver(tmp_path, *what, workers=workers)
    assert (found, driver_code) == (expected, code) and code == 1
    for case, verdict in expected.items():
        assert verdict != "failed" or (f"--case '{case}'" in said and "requirement" in said)


def mutant():
    listed = subprocess.run([binary(), "gate", "--mutant", "request-auth-key", "--group", "sanity"], capture_output=True, text=True,
                            timeout=60)
    if listed.returncode != 1:
        pytest.skip("no such mutant in this build, or no case that catches it")
    return "request-auth-key"


def some_cases(count=60):
    """Few enough for a gate not to give up on an implementation that breaks down again and again."""
    done = subprocess.run([binary(), "gate", "--list", "--group", "decode", "--output", "json"], capture_output=True, text=True, timeout=60)
    return [word for case in json.loads(done.stdout)[:count] for word in ("--case", case["id"])]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_hostile_implementation(tmp_path, hostile, workers):
    what = [*hostile("decode"), *some_cases()]
    expected, code = by_gate(*what)
    assert code == 1 and {"passed", "failed", "inconclusive"} <= set(expected.values())
    found, driver_code, said = by_driver(tmp_path, *what, workers=workers)
    assert (found, driver_code) == (expected, code) and " inconclusive" in said


@pytest.mark.parametrize("workers", [0, 2])
def test_inconclusive_is_never_a_pass(tmp_path, hostile, workers):
    verdicts, _ = by_gate(*hostile("decode"), *some_cases())
    ids = [case for wanted in ("inconclusive", "passed") for case in [c for c, v in verdicts.items() if v == wanted][:3]]
    what = [*hostile("decode")] + [word for case in ids for word in ("--case", case)]
    expected, code = by_gate(*what)
    found, driver_code, said = by_driver(tmp_path, *what, workers=workers)
    assert code == 10 and (found, driver_code) == (expected, code)
    assert "3 passed, 3 inconclusive" in said and f"\n{ids[0]}: " in said


@pytest.mark.parametrize("workers", [0, 2])
def test_nothing_judged(tmp_path, hostile, workers):
    what = [*hostile(), *some_cases()]
    expected, code = by_gate(*what)
    found, driver_code, _ = by_driver(tmp_path, *what, workers=workers)
    assert code == 5 and (found, driver_code) == (expected, code) and set(expected.values()) == {"skipped"}
    assert by_driver(tmp_path, *what, "-k", "nothing_has_this_word", workers=workers)[1] == 5


@pytest.mark.parametrize("iut", ["false", "/nonexistent/adapter"])
def test_what_cannot_be_attached(tmp_path, iut):
    expected, code = by_gate("--iut", iut)
    found, driver_code, said = by_driver(tmp_path, "--iut", iut)
    assert (found, driver_code) == (expected, code) == ({}, code) and code not in (0, 5) and "cannot be attached" in said


def test_usage(tmp_path):
    assert by_driver(tmp_path, "--profile", "nonsense")[1] == by_gate("--profile", "nonsense")[1] != 0
    assert by_driver(tmp_path, "--gate-option=--nonsense")[1] == 4


def test_selection_by_words(tmp_path):
    found, code, _ = by_driver(tmp_path, "-k", "kms and sanity and not again")
    assert code == 0 and list(found) == ["plain:K:rfc6043"]


# An implementation that is right at first, and refuses all exchanges after 30 calls.
WEARING = '''
import json, subprocess, sys
iut = subprocess.Popen([%r], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
for number, line in enumerate(sys.stdin):
    call = json.loads(line)
    if number > 30 and call["op"] in ("start", "receive"):
        print(json.dumps({"id": call["id"], "outcome": "rejected", "error": "no_memory"}), flush=True)
        continue
    iut.stdin.write(line)
    iut.stdin.flush()
    print(iut.stdout.readline(), end="", flush=True)
'''


def test_a_worker_whose_implementation_wears_out(tmp_path):
    program = tmp_path / "wearing.py"
    program.write_text(WEARING % str(ROOT / "vectors" / "iut"))
    what = ["--iut", f"{sys.executable} {program}", "--case", "plain:*", *some_cases(120), "--gate-option=--any-error"]
    found, code, said = by_driver(tmp_path, *what, workers=2)
    assert found["plain:I:rfc6043"] == "passed" and code == 1
    assert "the implementation of a worker wore out on the way" in said
