"""Fixtures: the command under test, the golden vectors, the recorded traces, the reference captures."""
import collections
import json
import os
import pathlib
import subprocess

import pytest

PCAPS = pathlib.Path(__file__).resolve().parent.parent
TRACES = PCAPS / "traces"
VECTORS = PCAPS.parent / "vectors" / "data"

Outcome = collections.namedtuple("Outcome", "code out err")


def _binary():
    path = os.environ.get("TICKETGATE_BIN")
    if not path or not os.access(path, os.X_OK):
        raise RuntimeError("TICKETGATE_BIN does not name the ticketgate command")
    return path


@pytest.fixture(scope="session")
def run():
    """Runs `ticketgate pcap check`; a hang, a signal or a sanitizer report fails the test."""
    binary = _binary()

    def call(*arguments, stdin=None):
        done = subprocess.run([binary, "pcap", "check", *map(str, arguments)], input=stdin or b"",
                              capture_output=True, timeout=30, check=False)
        assert done.returncode in (0, 1, 4, 5, 10), done.stderr.decode(errors="replace")
        assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
        return Outcome(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
    return call


@pytest.fixture(scope="session")
def check(run, tmp_path_factory):
    """Checks a file, or the octets of one; gives the exit code and the JSON object, whose counts have to add up."""
    scratch = tmp_path_factory.mktemp("captures") / "capture"

    def call(capture, profile="ims-media", *more):
        if isinstance(capture, bytes):
            scratch.write_bytes(capture)
            capture = scratch
        outcome = run(capture, "--profile", profile, "--output", "json", *more)
        if outcome.code == 4 and not outcome.out:  # no capture at all: one line says so
            assert outcome.err.count("\n") == 1
            return 4, None
        result = json.loads(outcome.out)
        summary = result["summary"]
        packets = dict(summary["packets"])
        assert packets.pop("read") == sum(packets.values())
        assert summary["messages"] == len(result["messages"])
        assert summary["failing"] == sum(not message["conforms"] for message in result["messages"])
        verdicts = {0: "conforms", 1: "fails", 4: "unreadable", 5: "nothing_to_judge", 10: "inconclusive"}
        assert summary["verdict"] == verdicts[outcome.code]
        assert bool(summary["error"]) == bool(outcome.err)
        return outcome.code, result
    return call


@pytest.fixture(scope="session")
def vectors():
    """All golden vectors by id."""
    found = {}
    for path in sorted(VECTORS.glob("*.json")):
        found.update((vector["id"], vector) for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"])
    assert found
    return found


@pytest.fixture(scope="session")
def init(vectors):
    """A conforming TRANSFER_INIT of IMS media with one RTP m-line."""
    return bytes.fromhex(vectors["tgv-be5e2dc2"]["message"])


@pytest.fixture(scope="session")
def resp(vectors):
    """The TRANSFER_RESP that answers it."""
    return bytes.fromhex(vectors["tgv-4be8d01c"]["message"])
