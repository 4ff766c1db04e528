"""One thread or two: what comes out is the same, octet for octet."""
import os
import pathlib

import pytest

from conftest import TRACES

REFERENCE = os.environ.get("TICKETGATE_REFERENCE_DATA")
CAPTURES = sorted(TRACES.rglob("*.pcap")) + (sorted((pathlib.Path(REFERENCE) / "captures").glob("*.pcap*")) if REFERENCE else [])


def both(run, *arguments, stdin=None):
    one, two = (run(*arguments, "--threads", number, stdin=stdin) for number in ("1", "2"))
    assert one.code == two.code and one.err == two.err and one.out == two.out
    return one


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_the_same_comes_out(run, path):
    keys = path.with_name(path.stem + ".keys.json")
    more = ("--keys", keys) if keys.exists() else ()
    assert both(run, *more, "--output", "json", path).out
    assert both(run, *more, path).out


def test_captures_that_end_too_early(run):
    octets = max(TRACES.rglob("*.pcap"), key=lambda path: path.stat().st_size).read_bytes()
    for end in range(30, len(octets), len(octets) // 20):
        both(run, "-", stdin=octets[:end])


def test_usage(run, tmp_path):
    for number in ("0", "3", "two", ""):
        outcome = run("--threads", number, tmp_path / "any.pcap")
        assert outcome.code == 4 and "threads" in outcome.err
