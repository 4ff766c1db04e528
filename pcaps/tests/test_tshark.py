"""tshark on the recorded traces: the same frames, SIP messages and key-mgmt attributes. What differs stands in tshark-differences.tsv, with a reason."""
import base64
import collections
import csv
import functools
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from recorded import EXPECTATIONS, beside, load, name_of, sha

LIST = pathlib.Path(__file__).resolve().parent / "tshark-differences.tsv"
PREFERENCES = ("tcp.reassemble_out_of_order:TRUE", "esp.enable_null_encryption_decode_heuristic:TRUE")
FIELDS = ("frame.number", "sip.Method", "sip.Status-Code", "sdp.key_mgmt", "sdp.media_attr", "_ws.malformed")

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not at hand")
each = pytest.mark.parametrize("path", EXPECTATIONS, ids=name_of)


@functools.cache
def tshark(path):
    """A line a frame: number, methods, status codes, key-mgmt data, whether something is malformed to tshark."""
    words = ["tshark", "-n", "-r", str(beside(path, ".pcap"))]
    for preference in PREFERENCES:
        words += ["-o", preference]
    words += ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|"]
    for field in FIELDS:
        words += ["-e", field]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True,
                          env={**os.environ, "HOME": "/nonexistent", "LC_ALL": "C"})
    return [line.split("\t") for line in done.stdout.splitlines()]


@functools.cache
def listed(path):
    done = subprocess.run([os.environ["TICKETGATE_BIN"], "pcap", "list", "--all", "--output", "json", beside(path, ".pcap")], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def what(first_line):
    words = first_line.split()
    return words[1] if words[0] == "SIP/2.0" else words[0]


def sip_of_tshark(lines):
    return collections.Counter((int(number), one) for number, methods, codes, *_ in lines for one in (methods + "|" + codes).split("|") if one)


def attributes(session, media):
    """The data of each attribute with prtcl-id mikey. At media level tshark shows key-mgmt like any other attribute."""
    every = session.split("|") + [one.removeprefix("key-mgmt:") for one in media.split("|") if one.startswith("key-mgmt:")]
    return [words[1] for words in map(str.split, every) if len(words) == 2 and words[0] == "mikey" and not bad_base64(words[1])]


def bad_base64(text):
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return True
    return False


def known():
    """{(trace, kind): rows} of the list."""
    found = collections.defaultdict(list)
    with LIST.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            found[row["trace"], row["kind"]].append(row)
    return found


@each
def test_frames(path):
    assert len(tshark(path)) == load(path)["num_frames"]


@each
def test_sip_messages(path):
    """In the frame that completes each: method or status. tshark has repeated ones, too: they are counted here."""
    expect, theirs = load(path), sip_of_tshark(tshark(path))
    ours = collections.Counter((one["frame"], what(one["first_line"])) for one in listed(path) if one.get("kind") == "sip")
    assert sum(ours.values()) == expect["num_sip"]
    excused = known()[name_of(path), "sip"]
    missing = sorted(one for _, one in (ours - theirs).elements())
    assert missing == sorted(row["what"] for row in excused if row["by"] == "tshark"), "not seen by tshark"
    beyond = sum((theirs - ours).values()) - sum(1 for row in excused if row["by"] == "ticketgate")
    assert beyond == expect["num_repeated"], sorted((theirs - ours).elements())


def key_mgmt(path):
    """(what tshark has, what is listed here): the data of each attribute, in its frame."""
    lines = tshark(path)
    theirs = collections.Counter((int(number), data) for number, _, _, session, media, _ in lines for data in attributes(session, media))
    right = {one["sha256"] for one in load(path)["messages"]}
    ours = collections.Counter((one["frame"], base64.b64encode(bytes.fromhex(one["octets"])).decode()) for one in listed(path)
                               if one.get("kind") == "mikey" and one["carrier"] == "sdp" and sha(one["octets"]) in right)
    return theirs, ours


def repeated_frames(path):
    """Where tshark has SIP messages that are not listed here: repeated ones."""
    ours = collections.Counter((one["frame"], what(one["first_line"])) for one in listed(path) if one.get("kind") == "sip")
    return {frame for frame, _ in (sip_of_tshark(tshark(path)) - ours).elements()}


@each
def test_key_mgmt(path):
    """What tshark has beyond is of repeated messages, or listed; what it lacks is in a frame that its MIKEY dissector gave up, and listed."""
    theirs, ours = key_mgmt(path)
    malformed = {int(number) for number, *_, bad in tshark(path) if bad}
    excused = known()[name_of(path), "key-mgmt"] + known()["*", "key-mgmt"]
    for frame, data in (ours - theirs).elements():
        kind = base64.b64decode(data)[1]
        assert frame in malformed and str(kind) in {row["what"] for row in excused if row["by"] == "tshark"}, f"frame {frame}: not seen by tshark"
    again = repeated_frames(path)
    beyond = sorted((frame, data) for frame, data in (theirs - ours).elements() if frame not in again)
    assert len(beyond) == sum(1 for row in excused if row["by"] == "ticketgate"), beyond
    for row in excused:
        assert row["reason"] and row["since"]


def test_list_is_needed():
    """Each entry names a trace that is there, says since when and why, and something differs as it says."""
    lacking = {(name_of(path), str(base64.b64decode(data)[1])) for path in EXPECTATIONS for theirs, ours in [key_mgmt(path)] for _, data in (ours - theirs).elements()}
    for (trace, kind), rows in known().items():
        for row in rows:
            if kind == "key-mgmt" and row["by"] == "tshark":
                assert any(row["what"] == data_type and trace in ("*", name) for name, data_type in lacking), row
    names = {name_of(path) for path in EXPECTATIONS} | {"*"}
    for (trace, kind), rows in known().items():
        assert trace in names and kind in ("sip", "key-mgmt")
        assert all(row["reason"].strip() and len(row["since"]) == 10 and row["by"] in ("tshark", "ticketgate") for row in rows)
