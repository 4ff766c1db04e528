"""`ticketgate pcap check` against every trace vector: its capture is judged with its profile, keys and settings, and messages, connections, containers,
findings, notes and verdict are those that the vector declares (vectors/TRACE.md section 6)."""

import base64
import json
import os
import pathlib
import subprocess

import pytest

from rows import places_differ, rows_differ

DATA = pathlib.Path(__file__).resolve().parents[2] / "vectors" / "data" / "traces"
VECTORS = [entry for path in sorted(DATA.glob("*.json")) for entry in json.loads(path.read_text())["traces"]]
EXITS = {"conforms": 0, "fails": 1, "nothing_to_judge": 5}


def judged(vector, folder):
    """(exit code, what the command says)."""
    capture = folder / f"{vector['id']}.pcap"
    capture.write_bytes(base64.b64decode(vector["capture"]))
    arguments = [os.environ["TICKETGATE_BIN"], "pcap", "check", str(capture), "--output", "json"]
    profile = vector["profile"]
    if isinstance(profile, dict):
        path = folder / f"{vector['id']}.profile.json"
        path.write_text(json.dumps(profile))
        profile = str(path)
    arguments += ["--profile", profile]
    if vector["keys"] is not None:
        path = folder / f"{vector['id']}.keys.json"
        path.write_text(json.dumps(vector["keys"]))
        arguments += ["--keys", str(path)]
    for name, value in vector["settings"].items():
        arguments += ["--set", f"{name}={value}"]
    done = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode(errors="replace")
    assert done.stdout, done.stderr.decode(errors="replace")
    return done.returncode, json.loads(done.stdout)


def ids(findings):
    return sorted({one["id"] for one in findings})


def as_answer(said):
    """What the command says, in the form of a vector's answer."""
    messages = []
    for one in said["messages"]:
        copy = one["copy_of"] is not None
        messages.append({"frame": one["frame"], "data_type": None if copy else one["data_type"], "carrier": one["carrier"], "copy_of": one["copy_of"],
                         "conversation": None if copy else one["conversation"], "ex": None if copy else one["ex"] or None,
                         "from": None if copy or one["conversation"] is None else one["from"] or None, "auth": "skipped" if copy else one["auth"] or "skipped",
                         "findings": [] if copy else ids(one["findings"])})
    return {
        "verdict": said["summary"]["verdict"], "messages": messages,
        "calls": [{"call_id": one["call_id"], "caller": one["caller"], "called": one["called"], "legs": len(one["legs"]), "linked": sorted(one["linked"])} for one in said["calls"]],
        "connections": [{"frame": one["first_frame"], "client_proof": one["client_proof"], "server_proof": one["server_proof"], "findings": ids(one["findings"])}
                        for one in said["connections"]],
        "containers": [{"frame": one["frame"], "outcome": one["outcome"], "origin": one["origin"], "findings": ids(one["findings"])} for one in said["containers"]],
        "findings": sorted(({"id": one["id"], "frame": one["frame"]} for one in said["findings"]), key=lambda one: (one["frame"], one["id"])),
        "notes": sorted(({"note": one["note"], "frame": one["frame"]} for call in said["calls"] for one in call["notes"]), key=lambda one: (one["frame"], one["note"])),
    }


def differences(vector, said):
    """What differs, member by member."""
    wanted, got = vector["answer"], as_answer(said)
    return {name: {"declared": [one for one in wanted[name] if one not in got[name]], "said": [one for one in got[name] if one not in wanted[name]]}
            if isinstance(wanted[name], list) else {"declared": wanted[name], "said": got[name]}
            for name in wanted if wanted[name] != got[name]}


def test_there_are_enough():
    assert len(VECTORS) >= 400


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{one['id']}-{one['title'][:60]}" for one in VECTORS])
def test_the_command_says_what_the_vector_declares(vector, tmp_path):
    code, said = judged(vector, tmp_path)
    assert differences(vector, said) == {}
    assert list(rows_differ(said, vector["settings"])) == []
    assert list(places_differ(vector, said)) == []
    assert code == EXITS[vector["answer"]["verdict"]]
