"""GStreamer's parser behind the gate: what it does not come back from costs the time limit and nothing more.

Runs where bin/iut_gst was built, that is where GStreamer's headers are (runners/iut-gst/README.md).
"""
import json
import pathlib
import subprocess
import sys
import time

import pytest

from conftest import ROOT, binary, call

ADAPTER = pathlib.Path(binary()).parent / "iut_gst"
FOLDER = ROOT / "runners" / "iut-gst"

pytestmark = pytest.mark.skipif(not ADAPTER.exists(), reason="iut_gst is not built: GStreamer's headers are not there")


def cases():
    done = subprocess.run([sys.executable, FOLDER / "cases", ROOT / "vectors" / "data"], capture_output=True, text=True,
                          timeout=60, check=True)
    return done.stdout.split()


def gate(ids, *more):
    begin = time.monotonic()
    done = call("gate", "--iut", ADAPTER, "--timeout", "1", "--max-timeouts", "100", "--output", "json", "--cases", "-", *more,
                stdin="\n".join([*ids, ""]).encode(), cwd=ROOT)
    return done.code, json.loads(done.out), time.monotonic() - begin


def is_running():
    return subprocess.run(["pgrep", "-f", f"^{ADAPTER}( |$)"], capture_output=True, check=False).returncode == 0


def known():
    """The newest file of failures that are known, if it is of the release that is installed."""
    report = gate(cases()[:1])[1]
    path = FOLDER / f"expected-{report['iut']['release']}.json"
    if not path.exists():
        pytest.skip(f"no expected failures for GStreamer {report['iut']['release']}")
    return path


def test_only_messages_of_rfc_3830_are_asked():
    ids = cases()
    assert len(ids) > 50 and len(ids) == len(set(ids))
    vectors = {f"decode:{vector['id']}": vector for path in (ROOT / "vectors" / "data").glob("*.json")
               for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]}
    assert all(vectors[name]["message"][:2] in ("", "01", "02") for name in ids)
    assert not any("TICKET" in str(vectors[name]["tree"]) for name in ids)


def test_a_hang_costs_the_time_limit_and_the_run_ends():
    entries = json.loads(known().read_text(encoding="utf-8"))
    hangs = [entry["case"] for entry in entries if "no answer" in entry["reason"]][:3]
    others = [name for name in cases() if name not in {entry["case"] for entry in entries}][:6]
    code, report, seconds = gate([others[0], hangs[0], *others[1:3], *hangs[1:], *others[3:]])
    assert code == 1 and not report["interrupted"]
    assert {case["id"] for case in report["cases"]} == {*hangs, *others}
    by_id = {case["id"]: case for case in report["cases"]}
    for name in hangs:
        assert by_id[name]["verdict"] == "failed" and by_id[name]["fault"] == "timeout"
    assert set(hangs) <= {breakdown["case"] for breakdown in report["breakdowns"]}
    assert all(by_id[name]["verdict"] == "passed" for name in others), "it was started again each time"
    assert seconds < 3 * 1.0 + 20
    assert not is_running(), "a process is left behind"


def test_with_the_failures_that_are_known_the_run_passes():
    code, report, _ = gate(cases(), "--expected", known())
    unexpected = [case["id"] for case in report["cases"] if case["verdict"] == "failed" and
                  "expected_failure" not in case]
    assert (unexpected, report["expectations"]["stale"]) == ([], [])
    assert code == 0
    assert len(report["cases"]) == len(cases())
