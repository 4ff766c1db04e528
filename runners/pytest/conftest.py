"""What the tests of the command share.

The command under test is named by TICKETGATE_BIN, or is build/bin/ticketgate. The golden vectors are run once, when
tests are collected; each of their cases becomes a test of its own.
"""
import collections
import functools
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT / "vectors" / "data"
SCHEMA = ROOT / "runners" / "schemas" / "report.schema.json"

Outcome = collections.namedtuple("Outcome", "code out err")
VectorRun = collections.namedtuple("VectorRun", "code report seconds")


@functools.lru_cache(maxsize=None)
def binary():
    path = os.environ.get("TICKETGATE_BIN") or str(ROOT / "build" / "bin" / "ticketgate")
    if not os.access(path, os.X_OK):
        raise pytest.UsageError(f"{path} cannot be run; build it, or set TICKETGATE_BIN")
    return path


def call(*arguments, stdin=b"", **more):
    """Runs the command; a hang, a signal or a sanitizer report fails the test."""
    done = subprocess.run([binary(), *map(str, arguments)], input=stdin, capture_output=True, timeout=120, check=False,
                          **more)
    err = done.stderr.decode(errors="replace")
    assert done.returncode in (0, 1, 2, 3, 4, 5, 10), err
    assert "Sanitizer" not in err and "runtime error" not in err, err
    return Outcome(done.returncode, done.stdout, err)


@pytest.fixture(scope="session")
def run():
    return call


@functools.lru_cache(maxsize=None)
def vector_run():
    done = call("vectors", "run", "--output", "json", VECTORS)
    assert done.out, done.err
    report = json.loads(done.out)
    return VectorRun(done.code, report, sum(case["microseconds"] for case in report["cases"]) / 1e6)


@functools.lru_cache(maxsize=None)
def vector_files():
    """{path: its content} of the golden vectors, read without the command."""
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(VECTORS.glob("*.json"))}


@functools.lru_cache(maxsize=None)
def conversation_files():
    """{path: its content} of the golden conversations, likewise."""
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted((VECTORS / "conversations").glob("*.json"))}


@functools.lru_cache(maxsize=None)
def answered_files(kind):
    """{path: its content} of the golden containers (kind smime) or handshakes (tls), likewise."""
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted((VECTORS / kind).glob("*.json"))}


@pytest.fixture(scope="session")
def golden_conversations():
    """All golden conversations, in order."""
    return [case for file in conversation_files().values() for case in file["conversations"]]


@pytest.fixture(scope="session")
def vectors():
    """All golden vectors, in order."""
    return [vector for file in vector_files().values() for vector in file["vectors"]]


@pytest.fixture(scope="session")
def readable(vectors):
    """Vectors whose message can be parsed."""
    return [vector for vector in vectors if vector["tree"] is not None]


@pytest.fixture(scope="session")
def refused(vectors):
    """Vectors whose message cannot be parsed."""
    return [vector for vector in vectors if vector["error"] is not None]


@pytest.fixture
def one_line():
    """The one line that a complaint is."""
    def check(err):
        assert err.startswith("ticketgate") and err.endswith("\n") and err.count("\n") == 1, err
        return err
    return check


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        cases = vector_run().report["cases"]
        metafunc.parametrize("case", cases, ids=[f"{case['id']} {case['title']}" for case in cases])
