"""ticketgate gate: selection, lists, exit codes, known failures, implementations that lie or break down."""
import json
import re
import subprocess
import sys

import pytest

from conftest import ROOT, binary, call

FEW = ["--group", "sanity"]
MUTANT = ["--mutant", "request-auth-key"]  # RFC6043-4.2.1.2-04, as Initiator
ROW = "RFC6043-4.2.1.2-04"

# Declares everything, accepts everything, sends nothing.
LIAR = '''
import json, sys
for line in sys.stdin:
    call = json.loads(line)
    answer = {"outcome": "accepted", "established": True}
    if call["op"] == "hello":
        answer = {"name": "liar", "release": "0", "roles": ["initiator", "responder", "kms"], "profiles": ["*"], "can": %r}
    print(json.dumps({"id": call["id"], **answer}), flush=True)
'''
# Plays a Responder that breaks down when a message comes.
HOSTILE = '''
import json, sys, time
how = sys.argv[1]
for line in sys.stdin:
    call = json.loads(line)
    answer = {"outcome": "accepted"}
    if call["op"] == "hello":
        answer = {"name": "hostile", "release": "0", "roles": ["responder"], "profiles": ["*"], "can": %r}
    if call["op"] == "receive":
        if how == "dies":
            sys.exit(3)
        if how == "hangs":
            time.sleep(1000)
        if how == "floods":
            while True:
                sys.stdout.write("x" * 65536)
        if how == "garbage":
            print("no JSON", flush=True)
            continue
    print(json.dumps({"id": call["id"], **answer}), flush=True)
'''
CAN = ["decode", "check", "psk", "pk", "mode-1", "mode-2", "mode-3", "mode-4", "suite-128", "suite-128-kw", "suite-256", "ntp", "counter",
       "ntp-utc-32", "updates", "reuse", "own-keys", "policy", "two-kms", "replay", "errors", "error-classes", "session-keys"]


def gate(*arguments, stdin="", seconds=240):
    return subprocess.run([binary(), "gate", *arguments], input=stdin, capture_output=True, text=True, timeout=seconds, cwd=ROOT, check=False)


def results(*arguments, **more):
    done = gate(*arguments, "--output", "jsonl", **more)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def verdicts(*arguments, **more):
    cases, code = results(*arguments, **more)
    return {case["id"]: case["verdict"] for case in cases}, code


@pytest.fixture
def program(tmp_path):
    def make(source, *arguments):
        path = tmp_path / "iut.py"
        path.write_text(source % (CAN,), encoding="utf-8")
        return ["--iut", " ".join([sys.executable, str(path), *arguments])]
    return make


# ---- the reference ----------------------------------------------------------------------------------------------------

def test_the_reference_passes_everything():
    found, code = verdicts("--in-process")
    assert code == 0
    assert len(found) > 3000
    assert set(found.values()) == {"passed"}


def test_as_a_process_it_gives_the_same():
    wanted = ["--group", "sanity", "--group", "behaviour"]
    assert verdicts(*wanted) == verdicts("--in-process", *wanted)


def test_sanity_is_first_and_last():
    ids = list(verdicts("--in-process")[0])
    assert ids[0] == "plain:I:rfc6043"
    assert ids[-1] == "plain:K:rfc6043:again"


# ---- selection --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("option, value, member", [("--role", "kms", "role"), ("--profile", "ims-media", "profile"),
                                                   ("--group", "broken", "group"), ("--case", "time-*", "id"), ("-k", "forged error", "id")])
def test_selection(option, value, member):
    cases, code = results("--in-process", option, value)
    assert code == 0 and cases
    words = {"--case": "time-", "-k": "forged"}.get(option, value)
    assert all(words in case[member] for case in cases)


def test_requirements_are_selected_by_their_beginning():
    cases, code = results("--in-process", "--requirement", "RFC3830-5.4")
    assert code == 0 and cases
    assert all(any(row.startswith("RFC3830-5.4") for row in case["requirements"]) for case in cases)


def test_selections_narrow_each_other():
    cases, _ = results("--in-process", "--role", "kms", "--group", "broken", "--group", "live")
    assert {case["role"] for case in cases} == {"kms"}
    assert {case["group"] for case in cases} == {"broken", "live"}


@pytest.mark.parametrize("arguments", [("--case", "no-such"), ("--role", "nobody"), ("--requirement", "RFC9999")])
def test_nothing_selected_is_no_success(arguments):
    assert gate(*arguments).returncode == 5


@pytest.mark.parametrize("arguments", [("--output", "nonsense"), ("operand",), ("--level", "may"), ("--mutant", "no-such"), ("--report", "x"),
                                       ("--expected", "/no/such/file")])
def test_wrong_usage(arguments):
    assert gate(*FEW, *arguments).returncode == 4


def test_the_list_is_what_runs():
    listed = json.loads(gate("--list", "--output", "json", "--group", "live").stdout)
    assert [case["id"] for case in listed] == list(verdicts("--in-process", "--group", "live")[0])
    assert all(case["title"] and case["requirements"] and case["needs"] for case in listed)


def test_rows_say_how_often_they_were_judged():
    report = json.loads(gate("--in-process", "--output", "json").stdout)
    rows = {row["id"]: row for row in report["requirements"]}
    for row in rows.values():
        assert row["state"] != "passed" or row["as_sender"] + row["as_receiver"] > 0
    catalogue = json.loads(call("requirements", "--output", "json").out)["requirements"]
    # It is asked for MIKEY alone: these rooms have checks and vectors of their own, which their own tests run. A row that a case of the gate shows stays.
    rooms = {"smime", "mime", "messaging", "tls", "pcaps"}
    others = {row["id"]: row for row in catalogue if row["room"] in rooms and not row["counts"]["cases"]}
    assert {row["room"] for row in others.values()} == rooms
    for name, row in others.items():
        assert row["complete"] and min(row["counts"][what] for what in ("checks", "keep", "break")) > 0, name
        assert rows[name]["state"] == "not_judged" or (rows[name]["state"] == "passed" and row["room"] == "pcaps"), name
    elsewhere = {name for name in others if rows[name]["state"] == "not_judged"}
    assert len(elsewhere) > 120 and len(elsewhere) > len(others) - 5
    judged = [row for row in rows.values() if row["state"] not in ("planned", "not_testable") and row["id"] not in elsewhere]
    assert sum(row["state"] == "passed" for row in judged) >= len(judged) - 1
    mac = rows["RFC6043-4.2.1.2-04"]  # of REQUEST_INIT_PSK: of the Initiator's own, and of wrong ones that came to the KMS
    assert mac["as_sender"] > 100 and mac["as_receiver"] > 3


def test_a_row_of_receivers_does_not_pass_by_what_is_sent():
    report = json.loads(gate("--in-process", "--output", "json", "--case", "mode-2:I:rfc6043").stdout)
    rows = {row["id"]: row for row in report["requirements"]}
    assert rows["RFC6043-4.2.1.2-04"]["state"] == "passed" and rows["RFC6043-4.2.1.2-04"]["as_receiver"] == 0
    assert rows["RFC6043-5.4-01"]["state"] == "not_judged"
    assert rows["TS33328-6.2.3.6-02"]["state"] == "not_judged"  # of another profile


def test_ids_are_unique():
    listed = json.loads(gate("--list", "--output", "json").stdout)
    assert len({case["id"] for case in listed}) == len(listed)


def test_ids_from_standard_input_run_in_their_order():
    found, code = verdicts("--in-process", "--cases", "-", stdin="time-ntp:R:rfc6043\r\nplain:I:rfc6043\n")
    assert code == 0
    assert list(found) == ["time-ntp:R:rfc6043", "plain:I:rfc6043"]


def test_an_unknown_id_is_wrong_usage_and_the_others_run():
    found, code = verdicts("--in-process", "--cases", "-", stdin="no-such\nplain:I:rfc6043\n")
    assert (list(found), code) == (["plain:I:rfc6043"], 4)


def test_dry_run_runs_nothing():
    done = gate("--in-process", "--dry-run", *FEW)
    assert done.returncode == 0
    assert done.stdout.count("would run") == 6


# ---- failures ---------------------------------------------------------------------------------------------------------

def test_a_mutant_fails_by_its_requirement_alone():
    cases, code = results("--in-process", *MUTANT)
    assert code == 1
    assert {failure["requirement"] for case in cases for failure in case["failures"]} == {ROW}


def test_rerun_alone_gives_the_same():
    cases, _ = results("--in-process", *MUTANT, "--group", "live", "--role", "initiator")
    failed = [case for case in cases if case["verdict"] == "failed"][:5]
    for case in failed:
        again, code = results("--in-process", *MUTANT, "--case", case["id"])
        assert code == 1
        assert [{**again[0], "microseconds": 0, "rerun": ""}] == [{**case, "microseconds": 0, "rerun": ""}]


def test_the_command_that_is_shown_reruns_the_case():
    case = results("--in-process", *MUTANT, *FEW)[0][0]
    words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", case["rerun"])]
    assert words[:2] == ["ticketgate", "gate"]
    again, code = results(*words[2:])
    assert (again[0]["id"], again[0]["verdict"], code) == (case["id"], "failed", 1)


def test_level_must_leaves_should_out():
    mutant = ["--in-process", "--mutant", "no-idrkms", *FEW]
    assert verdicts(*mutant)[1] == 1
    assert verdicts(*mutant, "--level", "must")[1] == 0


def expected(tmp_path, *entries):
    path = tmp_path / "expected.json"
    path.write_text(json.dumps(list(entries)), encoding="utf-8")
    return ["--expected", str(path)]


def test_known_failures_do_not_fail_the_run(tmp_path):
    known = expected(tmp_path, {"case": "plain:*", "reason": "ticket 4711", "requirement": ROW})
    assert gate("--in-process", *MUTANT, *FEW, *known).returncode == 0
    assert gate("--in-process", *MUTANT, *FEW, "--group", "live", *known).returncode == 1  # others fail too


def test_a_stale_entry_fails_the_run(tmp_path):
    stale = expected(tmp_path, {"case": "plain:I:*", "reason": "was repaired", "requirement": ROW})
    assert gate("--in-process", *FEW).returncode == 0
    assert gate("--in-process", *FEW, *stale).returncode == 1


def test_a_change_for_the_worse_is_shown(tmp_path):
    before = tmp_path / "before.json"
    assert gate("--in-process", *FEW, "--report", f"json={before}").returncode == 0
    done = gate("--in-process", *MUTANT, *FEW, "--baseline", str(before), "--output", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert {change["case"] for change in report["baseline"]["changes"]} == {"plain:I:rfc6043", "plain:I:rfc6043:again"}


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "junit", "sarif", "html"])
def test_every_form_of_report(tmp_path, form):
    path = tmp_path / "report"
    done = gate("--in-process", *MUTANT, *FEW, "--report", f"{form}={path}")
    assert done.returncode == 1
    assert ROW in path.read_text(encoding="utf-8")


# ---- implementations that lie, or break down --------------------------------------------------------------------------

def test_a_liar_fails_much_and_passes_no_rejection(program):
    cases, code = results(*program(LIAR))
    assert code == 1
    by_id = {case["id"]: case for case in cases}
    assert sum(case["verdict"] == "failed" for case in cases) > 500
    must_reject = {line.split("\t")[0] for path in (ROOT / "runners/gate/cases").glob("*.tsv")
                   for line in path.read_text(encoding="utf-8").splitlines() if "\trejects" in line or "\trefuses" in line}
    passed = [name for name, case in by_id.items() if case["verdict"] == "passed" and name.split(":")[0] in must_reject]
    assert len(must_reject) > 80 and passed == []


@pytest.mark.parametrize("how, fault", [("dies", "died"), ("garbage", "garbage"), ("floods", "too-much"), ("hangs", "timeout")])
def test_a_breakdown_is_named_and_the_run_goes_on(program, how, fault):
    cases, code = results(*program(HOSTILE, how), "--timeout", "1", "--case", "plain:*", "--case", "mode-2:R:*")
    broken = [case for case in cases if case["role"] == "responder"]
    assert code == 1 and broken
    for case in broken:
        assert case["verdict"] == "failed"
        assert case["failures"][0]["what"].startswith("The implementation broke down")
        assert "requirement" not in case["failures"][0]
        assert fault in case["failures"][0]["what"]
    assert {case["verdict"] for case in cases if case["role"] != "responder"} == {"skipped"}


def test_what_is_not_declared_is_skipped_and_never_passed(program):
    source = LIAR.replace('"roles": ["initiator", "responder", "kms"]', '"roles": []').replace("%r", "[] and %r")
    done, code = verdicts(*program(source))
    assert set(done.values()) == {"skipped"}
    assert code == 5
