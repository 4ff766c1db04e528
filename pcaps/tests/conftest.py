"""Fixtures: the command under test, the golden vectors, the recorded traces, the reference captures."""
import collections
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

PCAPS = pathlib.Path(__file__).resolve().parent.parent
TRACES = PCAPS / "traces"
VECTORS = PCAPS.parent / "vectors" / "data"

SCHEMA = json.loads((PCAPS.parent / "runners" / "schemas" / "trace-report.schema.json").read_text(encoding="utf-8"))
Outcome = collections.namedtuple("Outcome", "code out err")


def _binary():
    path = os.environ.get("TICKETGATE_BIN")
    if not path or not os.access(path, os.X_OK):
        raise RuntimeError("TICKETGATE_BIN does not name the ticketgate command")
    return path


@pytest.fixture(scope="session")
def run():
    """Runs `ticketgate pcap check` (or another of its commands); a hang, a signal or a sanitizer report fails the test."""
    binary = _binary()

    def call(*arguments, stdin=None, command="check"):
        done = subprocess.run([binary, "pcap", command, *map(str, arguments)], input=stdin or b"",
                              capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1, 4, 5, 10), done.stderr.decode(errors="replace")
        assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
        return Outcome(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
    return call


def fails(message):
    """TRACE.md section 4: what makes a message fail."""
    outcomes = (message[name] for name in ("auth", "ticket_auth", "vr_auth", "kemac"))
    return message["copy_of"] is None and (not message["conforms"] or "fail" in outcomes)


@pytest.fixture(scope="session")
def check(run, tmp_path_factory):
    """Checks a file, or the octets of one; gives the exit code and the JSON object, whose counts have to add up."""
    scratch = tmp_path_factory.mktemp("captures") / "capture"

    def call(capture, profile="ims-media", *more, recorded=False):
        if not recorded and profile != "auto":  # the vectors that are put into captures know nothing of offers
            more += ("--set", "sdp_ids=if_present")
        if isinstance(capture, bytes):
            scratch.write_bytes(capture)
            capture = scratch
        outcome = run(capture, "--profile", profile, "--output", "json", *more)
        if outcome.code == 4 and not outcome.out:  # no capture at all: one line says so
            assert outcome.err.count("\n") == 1
            return 4, None
        result = json.loads(outcome.out)
        jsonschema.validate(result, SCHEMA)
        summary = result["summary"]
        packets = dict(summary["packets"])
        assert packets.pop("read") == sum(packets.values())
        assert summary["messages"] == len(result["messages"])
        assert summary["copies"] == sum(message["copy_of"] is not None for message in result["messages"])
        assert summary["failing"] == sum(map(fails, result["messages"]))
        assert [message["message"] for message in result["messages"]] == list(range(len(result["messages"])))
        for part, name in (("calls", "call"), ("conversations", "conversation")):
            assert [one[name] for one in result[part]] == list(range(summary[part])), part
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
