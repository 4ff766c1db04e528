"""Files that are no captures, broken ones, and captures of others."""
import os
import pathlib
import random
import struct

import pytest

import packets as p
from conftest import TRACES

REFERENCE = os.environ.get("TICKETGATE_REFERENCE_DATA")
CAPTURES = sorted((pathlib.Path(REFERENCE) / "captures").glob("*")) if REFERENCE else []


def test_usage(run, tmp_path):
    for arguments in ([], ["a", "b"], ["--profile"], ["--profile", "nonsense", "a"], ["--output", "xml", "a"],
                      ["--memory", "1M", "a"], ["--report", "sarif=x", "a"], ["--report", "json=", "a"], ["--progress", "soon", "a"], [tmp_path / "is not there"], [tmp_path]):
        outcome = run(*arguments)
        assert outcome.code == 4 and outcome.err


def test_no_captures(check):
    generator = random.Random(6043)
    files = [b"", b"\n", b"hello, world\n" * 100, b"\xd4\xc3\xb2\xa1", bytes(10000)]
    files += [generator.randbytes(size) for size in (1, 23, 24, 100, 5000)]
    for octets in files:
        code, result = check(octets)
        assert code == 4 and result is None


def test_capture_without_packets(check):
    for octets in (p.pcap([]), p.pcapng([])):
        code, result = check(octets)
        assert code == 5 and result["summary"]["packets"]["read"] == 0


def test_lengths_of_a_capture_lie(check):
    head = p.pcap([])
    for captured in (0x7FFFFFFF, 0xFFFFFFFF, 1 << 20, 5):
        code, _ = check(head + struct.pack("<IIII", 0, 0, captured, captured) + b"abc")
        assert code == 4
    block = p.pcapng([])
    for length in (0, 3, 8, 12, 0xFFFFFFFF, 0x7FFFFFF0):
        code, _ = check(block + struct.pack("<II", 6, length) + bytes(8))
        assert code in (4, 5)


def test_octets_changed_at_random(check):
    """Nothing crashes or hangs; check itself sees to it that every packet is counted."""
    generator = random.Random(3830)
    originals = [path.read_bytes() for path in sorted(TRACES.glob("*.pcap"))]
    assert originals
    for _ in range(150):
        octets = bytearray(generator.choice(originals))
        for _ in range(generator.choice((1, 3, 10, 100))):
            octets[generator.randrange(len(octets))] = generator.randrange(256)
        check(bytes(octets))


needs_reference = pytest.mark.skipif(not CAPTURES, reason="TICKETGATE_REFERENCE_DATA is not set, or has no captures")


@needs_reference
def test_captures_of_others(check):
    read = 0
    for path in CAPTURES:
        code, result = check(path, "rfc6043")
        read += result["summary"]["packets"]["read"] if result else 0
        if path.name != "wswiki_mikey.pcap":
            assert code in (4, 5, 10) and (result is None or result["messages"] == []), path.name
    assert read > 0


@needs_reference
def test_a_real_psk_exchange(check):
    path = pathlib.Path(REFERENCE) / "captures" / "wswiki_mikey.pcap"
    code, result = check(path, "rfc6043")
    assert code == 0
    assert [message["data_type"] for message in result["messages"]] == [0, 1]
    assert [message["frame"] for message in result["messages"]] == [1, 2]
    assert all(message["error"] is None for message in result["messages"])
    assert [message["first_line"].split(" ")[0] for message in result["messages"]] == ["INVITE", "SIP/2.0"]


@needs_reference
def test_captures_of_others_cut_short(check):
    for path in CAPTURES:
        octets = path.read_bytes()
        for length in range(1, min(len(octets), 20000), 997):
            check(octets[:length], "rfc6043")
