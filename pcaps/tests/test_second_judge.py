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

from tracing.judge import Trace         # noqa: E402

TRACES = sorted((ROOT / "pcaps" / "traces").glob("**/*.pcap"))
NOT_READ = {"path-esp-null"}            # ESP: the reader here knows none
LOSSES = {"inconclusive"}               # what a capture lacks is not seen in units


def media_differ(trace, result):
    """m-lines that only one of the judges knows. What the command tells is among them all; each that a MIKEY message of an offer covers is told, accepted or not."""
    for call in trace.calls.calls:
        lines = [line for line in trace.media.lines if line.offer.call is call]
        told = {(one["leg"], one["m_line"], one["media"], one["proto"]): one["accepted"] for one in result["calls"][call.number]["media"]}
        known = {(line.offer.leg.number, line.index, line.media.media, line.media.proto) for line in lines}
        covered = {(line.offer.leg.number, line.index, line.media.media, line.media.proto) for line in lines if line.init is not None}
        if not set(told) <= known or not covered <= set(told):
            yield call.call_id, sorted(known), sorted(told)
        for line in lines:
            place = (line.offer.leg.number, line.index, line.media.media, line.media.proto)
            if place in covered and line.accepted and line.since is not None and not told.get(place):
                yield call.call_id, place, "is accepted"


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
    result = json.loads(done.stdout)
    trace = Trace(Reader().read(path.read_bytes()), profile, json.loads(key_file.read_text()) if key_file.exists() else None, settings)
    own = trace.answer()
    assert list(media_differ(trace, result)) == []
    said = as_answer(result)
    if said["verdict"] in LOSSES:
        own["verdict"] = said["verdict"]
    assert {name: value for name, value in own.items() if said[name] != value} == {name: said[name] for name, value in own.items() if said[name] != value}
