"""ci/judge with stand-ins for the command and the fuzz runner: each way in which the gate has to close."""
import json
import shutil
import signal
import subprocess
import time

import jsonschema
import pytest

from conftest import CI

ROOT = CI.parent
SCHEMA = json.loads((ROOT / "runners" / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
CASE = {"id": "tgv-1", "title": "t", "group": "g", "verdict": "passed", "clauses": [], "failures": [],
        "microseconds": 1, "rerun": "again"}
EXPECT = {"capture": "call.pcap", "profile": "rfc6043", "exit_code": 1,
          "messages": [{"frame": 1, "data_type": 14, "findings": ["RFC6043-6.10-24"]}],
          "findings": [{"id": "RFC4567-3-01", "frame": 2}]}
FOUND = {"messages": [{"frame": 1, "data_type": 14, "findings": [{"id": "RFC6043-6.10-24"}]}],
         "findings": [{"id": "RFC4567-3-01", "frame": 2}]}
RESULT = {"target": "message", "outcome": "passed", "exit_code": 0, "seconds": 1.0, "executions": 9, "reproducers": [],
          "log": "message.log"}
# A program that answers with what a file beside it says.
STAND_IN = """#!/usr/bin/python3
import json, pathlib, sys, time
plan = json.loads((pathlib.Path(__file__).parent / "plan.json").read_text())
option = lambda name: sys.argv[sys.argv.index(name) + 1]
if "vectors" in sys.argv:
    if plan["vectors"] is not None:
        pathlib.Path(option("--report")).write_text(json.dumps(plan["vectors"]))
    sys.exit(plan["vectors_exit"])
if "gate" in sys.argv:
    if plan["gate"] is not None:
        print(json.dumps(plan["gate"]))
    sys.exit(plan["gate_exit"])
if "pcap" in sys.argv:
    print(json.dumps(plan["trace"]))
    sys.exit(plan["trace_exit"])
pathlib.Path(option("--summary")).write_text(json.dumps({"targets": plan["fuzz"]}))
try:
    time.sleep(plan["fuzz_sleep"])
except KeyboardInterrupt:
    pathlib.Path(option("--summary")).with_name("interrupted").write_text("")
"""


class House:
    """A copy of the rooms that the gate looks at, with stand-ins in it."""

    def __init__(self, folder):
        self.folder = folder
        for part in ("ci", "fuzz", "pcaps/traces", "bin"):
            (folder / part).mkdir(parents=True)
        for name in ("judge", "junit.py"):
            shutil.copy2(CI / name, folder / "ci" / name)
        (folder / "fuzz" / "targets.txt").write_text("# comment\nmessage  mikey  10\n")
        for program in ("fuzz/run", "bin/ticketgate"):
            (folder / program).write_text(STAND_IN)
            (folder / program).chmod(0o755)
        self.trace = folder / "pcaps" / "traces" / "call.pcap"
        self.trace.write_bytes(b"")
        self.expectation = self.trace.with_name("call.expect.json")
        self.expectation.write_text(json.dumps(EXPECT))
        self.plan = {"vectors": {"version": "1", "exit_code": 0, "cases": [CASE]}, "vectors_exit": 0, "trace": FOUND,
                     "trace_exit": 1, "fuzz": [RESULT], "fuzz_sleep": 0, "gate_exit": 0,
                     "gate": {"version": "1", "exit_code": 0, "cases": [{**CASE, "id": "mode-1"}]}}
        self.reports = folder / "reports"

    def command(self):
        for place in ("fuzz", "bin"):
            (self.folder / place / "plan.json").write_text(json.dumps(self.plan))
        return [str(word) for word in (self.folder / "ci" / "judge", "--ticketgate", self.folder / "bin" / "ticketgate",
                                       "--fuzz-build", self.folder, "--reports", self.reports)]

    def report(self):
        report = json.loads((self.reports / "gate.json").read_text(encoding="utf-8"))
        jsonschema.validate(report, SCHEMA)
        return report


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def judge(house, run):
    """(exit code, outcome, {id: verdict}, text); the three forms of the report have to agree."""
    def call():
        done = run(*house.command())
        assert done.stderr == ""
        report = house.report()
        assert done.returncode == report["exit_code"]
        text = (house.reports / "gate.txt").read_text(encoding="utf-8")
        assert done.stdout.endswith(text)
        bad = (house.reports / "gate.xml").read_text(encoding="utf-8").count("<failure")
        assert bad == report["counts"]["failed"] + report["counts"]["inconclusive"]
        return done.returncode, report["outcome"], {case["id"]: case["verdict"] for case in report["cases"]}, text
    return call


def test_all_passes(judge):
    assert judge()[:3] == (0, "passed", {"tgv-1": "passed", "reference/mode-1": "passed", "python/mode-1": "passed",
                                         "call": "passed", "message": "passed"})


def test_implementation_that_fails(house, judge):
    failure = {"what": "sends a message that breaks it", "expected": "V=1", "got": "V=0"}
    house.plan["gate"]["cases"][0].update(verdict="failed", failures=[failure])
    house.plan["gate"]["exit_code"] = house.plan["gate_exit"] = 1
    code, _, cases, text = judge()
    assert (code, cases["python/mode-1"]) == (1, "failed")
    assert "sends a message that breaks it: expected V=1; got V=0" in text


def test_gate_ends_without_report(house, judge):
    house.plan.update(gate=None, gate_exit=139)
    code, _, cases, text = judge()
    assert (code, cases["reference/report"]) == (1, "failed") and "exit status 139" in text


def test_gate_whose_exit_code_disagrees(house, judge):
    house.plan["gate_exit"] = 10
    code, _, cases, _ = judge()
    assert (code, cases["reference/exit"]) == (1, "failed")


def test_implementation_that_was_not_judged(house, judge):
    house.plan.update(gate={"version": "1", "exit_code": 5, "cases": []}, gate_exit=5)
    assert judge()[:2] == (5, "nothing_judged")


def test_failed_vector(house, judge):
    failure = {"what": "finds the rules", "expected": "none", "got": "RFC6043-6.10-24"}
    house.plan["vectors"] = {"version": "1", "exit_code": 1, "cases": [{**CASE, "verdict": "failed", "failures": [failure]}]}
    house.plan["vectors_exit"] = 1
    code, outcome, cases, text = judge()
    assert (code, outcome, cases["tgv-1"]) == (1, "failed", "failed")
    assert "finds the rules: expected none; got RFC6043-6.10-24" in text and "again: again" in text


def test_vectors_end_without_report(house, judge):
    house.plan.update(vectors=None, vectors_exit=134)
    code, _, cases, text = judge()
    assert (code, cases["vectors"]) == (1, "failed") and "exit status 134" in text


def test_vectors_whose_exit_code_disagrees(house, judge):
    house.plan["vectors_exit"] = 3
    assert judge()[0] == 1


def test_no_vectors(house, judge):
    house.plan.update(vectors={"version": "1", "exit_code": 5, "cases": []}, vectors_exit=5)
    assert judge()[:2] == (5, "nothing_judged")


def test_broken_trace_that_is_not_caught(house, judge):
    house.plan.update(trace={"messages": [{"frame": 1, "data_type": 14, "findings": []}], "findings": []}, trace_exit=0)
    code, _, cases, text = judge()
    assert (code, cases["call"]) == (1, "failed")
    assert "exit code: expected 1; got exit status 0" in text


def test_trace_caught_for_another_reason(house, judge):
    house.plan["trace"] = {**FOUND, "messages": [{"frame": 1, "data_type": 14, "findings": [{"id": "RFC6043-6.1-01"}]}]}
    assert judge()[2]["call"] == "failed"


def test_trace_with_another_finding_across_it(house, judge):
    house.plan["trace"] = {**FOUND, "findings": [{"id": "RFC4567-3-01", "frame": 3}]}
    code, _, cases, text = judge()
    assert (code, cases["call"]) == (1, "failed")
    assert "findings across the trace: expected RFC4567-3-01@2; got RFC4567-3-01@3" in text


@pytest.mark.parametrize("unreadable, verdict", [([2], "passed"), ([], "failed"), ([3], "failed")])
def test_trace_with_a_message_that_cannot_be_read(house, judge, unreadable, verdict):
    readable = {**FOUND["messages"][0], "error": None}
    broken = {"frame": 2, "data_type": None, "findings": [], "error": {"status": "TG_BAD_BASE64"}}
    house.plan["trace"] = {**FOUND, "messages": [readable, broken]}
    house.expectation.write_text(json.dumps({**EXPECT, "unreadable": unreadable}))
    assert judge()[2]["call"] == verdict


def test_conforming_trace_that_does_not_pass(house, judge):
    house.expectation.write_text(json.dumps({**EXPECT, "exit_code": 0,
                                             "messages": [{"frame": 1, "data_type": 14, "findings": []}], "findings": []}))
    assert judge()[2]["call"] == "failed"


def test_trace_without_expectation(house, judge):
    house.expectation.unlink()
    assert judge()[:2] == (1, "failed")


def test_expectation_without_trace(house, judge):
    house.trace.unlink()
    assert judge()[:2] == (1, "failed")


def test_no_traces(house, judge):
    house.trace.unlink()
    house.expectation.unlink()
    assert judge()[:2] == (5, "nothing_judged")


def test_target_brought_down(house, judge):
    crash = str(house.folder / "crashes" / "crash-1")
    house.plan["fuzz"] = [{**RESULT, "outcome": "failed", "reproducers": [{"kind": "crash", "path": crash}]}]
    code, _, cases, text = judge()
    assert (code, cases["message"]) == (1, "failed")
    assert "bin/fuzz_message crashes/crash-1" in text


@pytest.mark.parametrize("results", [[], [{**RESULT, "outcome": "error"}], [{**RESULT, "executions": 0}]])
def test_target_that_did_not_run(house, judge, results):
    house.plan["fuzz"] = results
    assert judge()[:2] == (10, "inconclusive")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(house, number):
    """It ends soon, with what was found, and has the fuzz runner end too."""
    house.plan["fuzz_sleep"] = 50
    process = subprocess.Popen(house.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    summary = house.reports / "fuzz.json"
    deadline = time.monotonic() + 30
    while not (summary.exists() and summary.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(number)
    output = process.communicate(timeout=20)[0].decode()
    report = house.report()
    assert process.returncode == 2 and report["interrupted"] and report["outcome"] == "interrupted"
    assert {case["id"] for case in report["cases"]} == {"tgv-1", "reference/mode-1", "python/mode-1", "call",
                                                          "message"}
    assert (house.reports / "interrupted").exists()
    assert output.splitlines()[-1] == "gate: interrupted (exit code 2)"


def test_wrong_usage(run):
    assert run(CI / "judge", "--nonsense").returncode == 4
    assert run(CI / "judge", "--help").returncode == 0
