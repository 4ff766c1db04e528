"""ticketgate gate: implementations of one reading, and those that break down where nobody looks."""
import json
import sys

import pytest

from conftest import binary
from test_gate import gate, results, verdicts

# Stands between the gate and the reference, and does what its arguments say.
BETWEEN = '''
import json, os, subprocess, sys
ticketgate, how = sys.argv[1:3]
inner = subprocess.Popen([ticketgate, "iut"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
starts, opened = {}, 0
for line in sys.stdin:
    call = json.loads(line)
    if call["op"] == "open":
        opened += 1
        if "=" in how:
            call["settings"] = dict(READING)
    if call["op"] == "start":
        starts[call["session"]] = starts.get(call["session"], 0) + 1
        if how == "dies-in-second-start" and starts[call["session"]] == 2:
            sys.exit(3)
        if how == "unsupported-in-second-start" and starts[call["session"]] == 2:
            print(json.dumps({"id": call["id"], "outcome": "unsupported"}), flush=True)
            continue
        if how == f"dies-once-in-run-{opened}" and not os.path.exists(__file__ + ".died"):
            open(__file__ + ".died", "w").close()
            sys.exit(3)
    inner.stdin.write(json.dumps(call) + "\\n")
    inner.stdin.flush()
    if call["op"] == "bye":
        break
    answer = json.loads(inner.stdout.readline())
    if call["op"] == "hello":
        answer["can"].remove("settings")
        if how == "misspelt":
            answer["can"].append("sesion-keys")
    print(json.dumps(answer), flush=True)
inner.wait()
'''
DEFAULTS = {"v_flag": "sec4", "mac_identity": "id_data", "absent_identity": "known", "idata_excl": "always", "iv_time": "own",
            "resp_init_copy": "entire", "vi_next": "chain", "vr_prf": "ticket", "update_keys": "same_keys", "kw_pad": "none",
            "sig_hash": "sha1", "ntp32_pad": "fraction", "ticket_iv_csb": "ffffffff", "mix_scope": "message"}


@pytest.fixture
def between(tmp_path):
    def make(how, **reading):
        path = tmp_path / "between.py"
        path.write_text(BETWEEN.replace("READING", repr({**DEFAULTS, **reading})), encoding="utf-8")
        return ["--iut", " ".join([sys.executable, str(path), binary(), how])]
    return make


# ---- readings ---------------------------------------------------------------------------------------------------------

def test_who_has_one_reading_fails_nothing_by_the_others(between):
    found, code = verdicts(*between("one=reading"), "--profile", "rfc6043", "--group", "live", "--group", "behaviour")
    assert code == 0
    skipped = {case for case, verdict in found.items() if verdict == "skipped"}
    assert set(found.values()) == {"passed", "skipped"}
    assert {"no-ids:I:rfc6043", "no-ids-transfer:R:rfc6043", "ticket-prf:R:rfc6043", "update-same-mpk:I:rfc6043"} <= skipped
    assert all(case.startswith(("set-", "no-ids", "ticket-prf", "update-same-mpk")) for case in skipped)


def test_another_reading_is_judged_under_it(between):
    other = between("other=reading", v_flag="sec6", vi_next="identical")
    wanted = ["--profile", "rfc6043", "--profile", "ims-media", "--group", "live"]
    cases, code = results(*other, *wanted)
    assert code == 1  # under the default it does not pass
    failed = [failure for case in cases for failure in case["failures"]]
    assert failed and not any("Under setting" in failure["what"] for failure in failed)
    found, code = verdicts(*other, *wanted, "--set", "v_flag=sec6", "--set", "vi_next=identical")
    assert code == 0 and set(found.values()) == {"passed", "skipped"}
    assert found["set-v-flag-sec6:I:rfc6043"] == "passed"  # that is its reading
    assert found["set-vr-prf-hdr:I:rfc6043"] == "skipped"


def test_a_failure_names_the_setting():
    cases, code = results("--in-process", "--mutant", "request-auth-key", "--group", "sanity", "--set", "vr_prf=hdr")
    failures = [failure for case in cases for failure in case["failures"]]
    assert code == 1 and failures
    assert all("(Under setting vr_prf=hdr.)" in failure["what"] for failure in failures)


@pytest.mark.parametrize("value", ["vr_prf", "vr_prf=", "vr_prf=none", "nothing=hdr", "=hdr", "x" * 100 + "=hdr"])
def test_a_setting_that_is_none_is_wrong_usage(value):
    assert gate("--group", "sanity", "--set", value).returncode == 4


def test_golden_messages_are_of_the_profiles_own_reading():
    found, code = verdicts("--in-process", "--set", "vr_prf=hdr", "--group", "golden", "--group", "check", "--group", "sanity")
    assert code == 0
    assert {verdict for case, verdict in found.items() if case.startswith(("golden:", "check:"))} == {"skipped"}


# ---- breakdowns -------------------------------------------------------------------------------------------------------

def test_death_when_it_is_asked_again_is_no_pass(between):
    case, = results(*between("dies-in-second-start"), "--case", "no-second-transfer:*")[0]
    assert (case["verdict"], case["fault"]) == ("failed", "died")
    assert all("requirement" not in failure for failure in case["failures"])


def test_unsupported_when_it_is_asked_again_is_no_pass(between):
    case, = results(*between("unsupported-in-second-start"), "--case", "no-second-transfer:*")[0]
    assert case["verdict"] == "inconclusive"


@pytest.mark.parametrize("run", ["1", "2", "3"])  # the control, the first of the two runs, the second
def test_death_in_any_of_its_runs_is_no_pass(between, run):
    case = "fresh-initiator:I:rfc6043"
    done = gate(*between("dies-once-in-run-" + run), "--case", case, "--output", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["cases"][0]["verdict"] == "failed" and report["cases"][0]["fault"] == "died"
    assert [breakdown["case"] for breakdown in report["breakdowns"]] == [case]
