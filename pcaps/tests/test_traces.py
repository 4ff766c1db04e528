"""The recorded traces: what a check finds in them, whole and cut short."""
import hashlib
import json
import shutil
import struct
import subprocess

import pytest

from conftest import PCAPS, TRACES

EXPECTATIONS = sorted(TRACES.glob("*.expect.json"))
PLAN = json.loads((PCAPS / "record" / "traces.json").read_text(encoding="utf-8"))
CUT_EVERY = 50


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def expect_messages(found, expected, vectors):
    """The messages found are the expected ones, octet by octet those of the vectors."""
    assert len(found) == len(expected)
    for message, want in zip(found, expected):
        assert message["frame"] == want["frame"] and message["first_frame"] == want["frame"]
        assert message["first_line"] == want["first_line"]
        assert message["level"] == want["level"]
        assert message["data_type"] == want["data_type"]
        assert message["octets"] == vectors[want["vector"]]["message"]
        assert len(message["octets"]) == 2 * want["num_octets"]
        assert hashlib.sha256(bytes.fromhex(message["octets"])).hexdigest() == want["sha256"]
        assert message["conforms"] == want["conforms"] and message["error"] is None
        assert sorted({finding["id"] for finding in message["findings"]}) == want["findings"]


def test_every_trace_of_the_plan_is_there():
    names = sorted(trace["name"] for trace in PLAN["traces"])
    assert [path.name[:-len(".expect.json")] for path in EXPECTATIONS] == names
    assert {(trace["transport"], ":" in trace["address"]) for trace in PLAN["traces"]} == {
        ("udp", False), ("udp", True), ("tcp", False), ("tcp", True)}
    assert any(load(path)["exit_code"] == 1 for path in EXPECTATIONS)


@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name)
def test_trace(path, check, vectors):
    expect = load(path)
    code, result = check(TRACES / expect["capture"], expect["profile"])
    assert code == expect["exit_code"]
    assert result["summary"]["packets"]["read"] == expect["num_frames"]
    assert len(result["messages"]) == expect["num_messages"]
    expect_messages(result["messages"], expect["messages"], vectors)
    tcp = "-tcp-" in path.name
    assert {message["transport"] for message in result["messages"]} == {"tcp" if tcp else "udp"}
    host = "[::1]" if "ipv6" in path.name else "127.0.0.1"
    assert all(message["source"].startswith(host + ":") for message in result["messages"])
    lost = ("fragment", "out_of_order", "cut", "malformed", "unknown_link", "other_protocol")
    assert all(result["summary"]["packets"][reason] == 0 for reason in lost)
    assert all(message["m_lines"] == ["rtp"] for message in result["messages"])


@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name)
def test_provenance(path):
    capture = TRACES / load(path)["capture"]
    note = load(TRACES / path.name.replace(".expect.", ".provenance."))
    assert note["capture"] == capture.name
    assert note["sha256"] == hashlib.sha256(capture.read_bytes()).hexdigest()
    assert note["tools"] and note["recorded"] and note["how"]


@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name)
def test_text_output(path, run):
    expect = load(path)
    outcome = run(TRACES / expect["capture"], "--profile", expect["profile"])
    assert outcome.code == expect["exit_code"] and outcome.err == ""
    text = outcome.out.decode("utf-8")
    for message in expect["messages"]:
        assert f"frame {message['frame']}," in text and message["first_line"] in text
        assert all(finding in text for finding in message["findings"])
    assert f"{expect['num_messages']} MIKEY messages under {expect['profile']}" in text


def record_ends(octets):
    """Where the packet records of a little-endian pcap file end, the header first."""
    ends = [24]
    while ends[-1] < len(octets):
        ends.append(ends[-1] + 16 + struct.unpack("<I", octets[ends[-1] + 8:ends[-1] + 12])[0])
    return ends


@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name)
def test_cut_short(path, check, vectors):
    expect = load(path)
    octets = (TRACES / expect["capture"]).read_bytes()
    ends = record_ends(octets)
    for length in sorted({*range(0, len(octets), CUT_EVERY), *ends[:-1]}):
        code, result = check(octets[:length], expect["profile"])
        whole = sum(end <= length for end in ends) - 1
        found = [message for message in expect["messages"] if message["frame"] <= whole]
        expect_messages(result["messages"] if result else [], found, vectors)
        if any(not message["conforms"] for message in found):
            assert code == 1
        elif length not in ends:
            assert code == 4
        else:
            assert code == (0 if found else 5)


def test_standard_input(run):
    expect = load(EXPECTATIONS[-1])
    octets = (TRACES / expect["capture"]).read_bytes()
    outcome = run("-", "--profile", expect["profile"], "--output", "json", stdin=octets)
    assert outcome.code == expect["exit_code"]
    assert len(json.loads(outcome.out)["messages"]) == expect["num_messages"]


@pytest.mark.skipif(not shutil.which("sipp") or not shutil.which("tcpdump"), reason="needs sipp and tcpdump")
def test_recording_again(tmp_path, check, vectors):
    """The script records what its expectation says, in a bounded time, and leaves nothing running."""
    name = "invite-tcp-ipv6"
    done = subprocess.run([PCAPS / "record" / "record", "--into", tmp_path, name], capture_output=True, text=True,
                          timeout=120, check=False)
    if "tcpdump did not start" in done.stderr:
        pytest.skip("no right to capture on the loopback device")
    assert done.returncode == 0, done.stderr
    expect = load(tmp_path / (name + ".expect.json"))
    code, result = check(tmp_path / expect["capture"], expect["profile"])
    assert code == 0
    expect_messages(result["messages"], expect["messages"], vectors)
    assert [message["vector"] for message in expect["messages"]] == [
        message["vector"] for message in load(TRACES / (name + ".expect.json"))["messages"]]
