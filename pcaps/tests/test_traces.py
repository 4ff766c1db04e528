"""The recorded traces: what a check finds in them, whole and cut short, and in every form."""
import hashlib
import json
import re
import struct

import pytest

from conftest import TRACES

EXPECTATIONS = sorted(TRACES.rglob("*.expect.json"))
TOP = sorted(TRACES.glob("*.expect.json"))              # one exchange each; cut short at many places
NAMES = [path.name[:-len(".expect.json")] for path in EXPECTATIONS]
CUT_EVERY = 50
# Of a message, as far as the expectation speaks of it.
MEMBERS = ("frame", "first_frame", "first_line", "level", "data_type", "carrier", "copy_of", "conforms", "auth", "ticket_auth", "vr_auth", "kemac",
           "ex", "from")


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def beside(path, name):
    return path.with_name(name)


def options(path):
    expect = load(path)
    keys = expect.get("keys")
    if "vectors" in expect:  # its messages are golden vectors, which know nothing of the offer that they were put into
        return "--set", "sdp_ids=if_present"
    return ("--keys", beside(path, keys)) if keys else ()


def readable(messages, expect):
    """What could be read as MIKEY; the others are named by their frames alone."""
    unread = expect.get("unreadable", [])
    assert [one["frame"] for one in messages if one["error"] is not None and one["frame"] in unread] == unread
    return [one for one in messages if one["error"] is None or one["frame"] not in unread]


def expect_messages(found, expected):
    """The messages found are the expected ones."""
    assert [message["frame"] for message in found] == [want["frame"] for want in expected]
    for message, want in zip(found, expected):
        is_copy = message["copy_of"] is not None
        for name in MEMBERS:
            if name in want and not (is_copy and name not in ("frame", "carrier", "copy_of")):
                assert message[name] == want[name], (name, want)
        if "sha256" in want and not is_copy:
            assert hashlib.sha256(bytes.fromhex(message["octets"])).hexdigest() == want["sha256"]
        if not is_copy:
            assert sorted({finding["id"] for finding in message["findings"]}) == want["findings"], want["frame"]


def test_there_are_traces_good_and_bad():
    assert EXPECTATIONS
    assert {load(path)["exit_code"] for path in EXPECTATIONS} >= {0, 1}
    assert sorted(NAMES) == sorted(path.stem for path in TRACES.rglob("*.pcap*"))
    assert len(TOP) >= 5 and len(EXPECTATIONS) >= len(TOP) + 25


@pytest.mark.parametrize("path", EXPECTATIONS, ids=NAMES)
def test_trace(path, check):
    expect = load(path)
    code, result = check(beside(path, expect["capture"]), expect["profile"], *options(path), recorded=True)
    expect_messages(readable(result["messages"], expect), expect["messages"])
    for part in ("findings", "notes"):
        if part in expect:
            found = result["findings"] if part == "findings" else [note for call in result["calls"] for note in call["notes"]]
            name = part[:-1] if part == "notes" else "id"
            assert sorted((one["frame"], one[name]) for one in found) == sorted((one["frame"], one[name]) for one in expect[part])
    assert result["summary"]["packets"]["read"] == expect["num_frames"]
    assert code == expect["exit_code"]


@pytest.mark.parametrize("path", EXPECTATIONS, ids=NAMES)
def test_provenance(path):
    capture = beside(path, load(path)["capture"])
    note = load(beside(path, path.name.replace(".expect.", ".provenance.")))
    assert note["capture"] == capture.name
    assert note["sha256"] == hashlib.sha256(capture.read_bytes()).hexdigest()
    assert note["tools"] and note["recorded"] and note["how"]


@pytest.mark.parametrize("path", EXPECTATIONS, ids=NAMES)
def test_text_output(path, run):
    expect = load(path)
    outcome = run(beside(path, expect["capture"]), "--profile", expect["profile"], *options(path))
    assert outcome.code == expect["exit_code"] and outcome.err == ""
    text = outcome.out.decode("utf-8")
    for message in expect["messages"]:
        assert re.search(rf"  frame {message['frame']}\b", text)
        if message.get("copy_of") is None:
            assert all(finding in text for finding in message["findings"])


def record_ends(octets):
    """Where the packet records of a little-endian pcap file end, the header first."""
    ends = [24]
    while ends[-1] < len(octets):
        ends.append(ends[-1] + 16 + struct.unpack("<I", octets[ends[-1] + 8:ends[-1] + 12])[0])
    return ends


@pytest.mark.parametrize("path", [TOP[0], TOP[-1]], ids=[TOP[0].name, TOP[-1].name])
def test_cut_short(path, check):
    """All that could be read is reported, then a clear message."""
    expect = load(path)
    octets = beside(path, expect["capture"]).read_bytes()
    ends = record_ends(octets)
    for length in sorted({*range(0, len(octets), len(octets) // CUT_EVERY + 1), *ends[:-1][:20]}):
        code, result = check(octets[:length], expect["profile"], *options(path), recorded=True)
        whole = sum(end <= length for end in ends) - 1
        found = [message["frame"] for message in result["messages"]] if result else []
        assert found == [message["frame"] for message in expect["messages"] if message["frame"] <= whole]
        if length < 24:
            assert code == 4 and result is None
        else:
            assert (length in ends) == (result["summary"]["error"] == "")
            assert result["summary"]["packets"]["read"] == whole
            assert code == 1 if result["summary"]["verdict"] == "fails" else length in ends or code == 4


def test_standard_input(run):
    expect = load(TOP[-1])
    octets = beside(TOP[-1], expect["capture"]).read_bytes()
    outcome = run("-", "--profile", expect["profile"], *options(TOP[-1]), "--output", "json", stdin=octets)
    assert outcome.code == expect["exit_code"]
    assert len(json.loads(outcome.out)["messages"]) == len(expect["messages"])
