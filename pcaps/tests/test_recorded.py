"""Recorded traces: a check finds the expected messages and findings, and nothing else."""
import hashlib
import json
import os
import shutil
import subprocess

import pytest

from conftest import PCAPS, TRACES
from recorded import EXPECTATIONS, beside, differences, load, name_of, options, sha, well_formed

SCENE = PCAPS / "record" / "scene"
MOST_OCTETS = 200_000
LEAST_TRACES = 25
NOT_OF_THE_ENGINE = {"sipp", "tcpdump", "kamailio", "curl", "openssl"}

each = pytest.mark.parametrize("path", EXPECTATIONS, ids=name_of)


def ticketgate(*words):
    done = subprocess.run([os.environ["TICKETGATE_BIN"], "pcap", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          check=False)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    return done


@each
def test_check(path):
    """Exactly the expected messages, findings, connections, containers, notes, counts, verdict and exit code."""
    expect = load(path)
    done = ticketgate("check", beside(path, ".pcap"), *options(path), "--output", "json")
    assert differences(expect, done.returncode, json.loads(done.stdout)) == []


@each
def test_list(path):
    """`list` has the same messages, by their octets and in their frames."""
    expect = load(path)
    done = ticketgate("list", beside(path, ".pcap"), "--output", "json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = [(one["frame"], sha(one["octets"])) for one in lines if one.get("octets") and one["frame"] not in expect["unreadable"]]
    assert found == [(one["frame"], one["sha256"]) for one in expect["messages"]]


@each
def test_without_keys(path):
    """Without the key file the same messages are found, and no MAC is said to fail."""
    expect = load(path)
    done = ticketgate("check", beside(path, ".pcap"), "--output", "json")
    result = json.loads(done.stdout)
    found = [one for one in well_formed(result) if one["copy_of"] is None]
    assert [sha(one["octets"]) for one in found] == [one["sha256"] for one in expect["messages"] if one["copy_of"] is None]
    assert all(one["auth"] in ("skipped", "absent") for one in found)
    assert all(not one["teks"] for one in result["conversations"])


@each
def test_provenance(path):
    note, capture = load(beside(path, ".provenance.json")), beside(path, ".pcap")
    assert note["capture"] == capture.name and note["sha256"] == hashlib.sha256(capture.read_bytes()).hexdigest()
    assert note["recorded"] and note["how"] and note["what"] and NOT_OF_THE_ENGINE <= set(note["tools"])
    assert capture.stat().st_size < MOST_OCTETS


def test_what_is_there():
    """Enough traces, each of a scene that the recorder plays, and no others."""
    done = subprocess.run([SCENE, "--list"], capture_output=True, text=True, check=False, timeout=60)
    if "No module named 'scapy'" in done.stderr:
        pytest.skip("python3-scapy is not at hand")
    assert done.returncode == 0, done.stderr
    scenes = sorted(line.split()[0] for line in done.stdout.splitlines())
    assert scenes == sorted(name_of(path) for path in EXPECTATIONS) and len(scenes) >= LEAST_TRACES
    assert {path.suffix for path in TRACES.glob("*/*")} == {".pcap", ".json"}


def test_what_is_wrong_is_found():
    """Each trace called bad says what is wrong, and expects a finding; each other one that has findings says so too."""
    for path in EXPECTATIONS:
        expect = load(path)
        wrong = [one for one in (*expect["messages"], *expect["connections"], *expect["containers"]) if one["findings"]] + expect["findings"]
        assert bool(wrong) == bool(expect["wrong"]), path.name
        assert not path.name.startswith("bad-") or wrong, path.name


@pytest.mark.skipif(not all(shutil.which(tool) for tool in (*NOT_OF_THE_ENGINE, "ip")), reason="needs sipp, kamailio, tcpdump, curl, iproute2")
def test_recording_again(tmp_path):
    """Where namespaces may be made, a small scene is played, and a check of its trace is as the expectation beside it says."""
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces")
    done = subprocess.run([SCENE, "--selftest", "--into", tmp_path], capture_output=True, text=True, check=False, timeout=240)
    if "No module named 'scapy'" in done.stderr or done.stdout.startswith("skipped"):
        pytest.skip("python3-scapy is not at hand, or no right to make network namespaces")
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.expect.json")
    checked = ticketgate("check", beside(path, ".pcap"), *options(path), "--output", "json")
    assert differences(load(path), checked.returncode, json.loads(checked.stdout)) == []
