"""The recorded traces, judged by the command and by the judge in vectors/tracing, which reads packets, SIP and SDP by itself: both say the same of messages,
calls, connections, containers, findings and notes."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from cutting import Reader
from test_trace_vectors import as_answer

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "vectors"))

import tracing          # noqa: E402

TRACES = sorted((ROOT / "pcaps" / "traces").glob("**/*.pcap"))
NOT_READ = {"path-esp-null"}            # ESP: the reader here knows none
LOSSES = {"inconclusive"}               # what a capture lacks is not seen in units


@pytest.mark.parametrize("path", [path for path in TRACES if path.stem not in NOT_READ], ids=lambda path: path.stem)
def test_two_judges_say_the_same(path):
    expected = json.loads(path.with_name(f"{path.stem}.expect.json").read_text())
    key_file, profile, settings = path.with_name(f"{path.stem}.keys.json"), expected.get("profile") or "auto", expected.get("settings") or {}
    arguments = [os.environ["TICKETGATE_BIN"], "pcap", "check", str(path), "--output", "json", "--profile", profile]
    if key_file.exists():
        arguments += ["--keys", str(key_file)]
    for name, value in settings.items():
        arguments += ["--set", f"{name}={value}"]
    done = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
    said = as_answer(json.loads(done.stdout))
    own = tracing.answer(Reader().read(path.read_bytes()), profile, json.loads(key_file.read_text()) if key_file.exists() else None, settings)
    if said["verdict"] in LOSSES:
        own["verdict"] = said["verdict"]
    assert {name: value for name, value in own.items() if said[name] != value} == {name: said[name] for name, value in own.items() if said[name] != value}
