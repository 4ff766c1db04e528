"""Shaken captures are judged as they were: the same messages (ids, data types, octets, what they are of), findings, connections and containers come out of every
recorded trace and of a sample of trace vectors, whatever the packets look like (shaker.py). TICKETGATE_SHAKES=n: with n seeds."""

import base64
import json
import os
import pathlib
import subprocess

import pytest

import shaker

HERE = pathlib.Path(__file__).resolve().parent
TRACES = sorted((HERE.parent / "traces").glob("**/*.pcap"))
VECTORS = [entry for path in sorted((HERE.parents[1] / "vectors" / "data" / "traces").glob("*.json")) for entry in json.loads(path.read_text())["traces"]]
SAMPLE = VECTORS[::9]
SEEDS = range(1, 1 + int(os.environ.get("TICKETGATE_SHAKES", "1")))         # how often each capture is shaken in each way


def judged(capture, folder, arguments):
    path = folder / "capture.pcap"
    path.write_bytes(capture)
    done = subprocess.run([os.environ["TICKETGATE_BIN"], "pcap", "check", str(path), "--output", "json", *arguments], capture_output=True, timeout=60, check=False)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode(errors="replace")
    assert done.stdout, done.stderr.decode(errors="replace")
    return json.loads(done.stdout)


def ids(findings):
    return sorted({one["id"] for one in findings})


def essence(said):
    """What does not hang on the numbers of frames. Packets of RTP and datagrams of DTLS that come twice are there twice: findings count once."""
    messages = [(one["carrier"], one["call_id"], one["cseq"], one["level"], one["m_line"], one["copy_of"], one["conversation"], one["ex"], one["from"], one["data_type"],
                 one["octets"], one["auth"], ids(one["findings"])) for one in said["messages"]]
    return {"messages": messages, "findings": ids(said["findings"]), "verdict": said["summary"]["verdict"],
            "connections": [(one["version"], one["suite"], one["client_proof"], one["server_proof"], ids(one["findings"])) for one in said["connections"]],
            "containers": [(one["outcome"], one["origin"], ids(one["findings"])) for one in said["containers"]],
            "calls": [(one["call_id"], one["caller"], one["called"], len(one["legs"]), one["linked"], sorted(note["note"] for note in one["notes"])) for one in said["calls"]]}


def of_trace(path):
    expected = json.loads(path.with_name(path.name.replace(".pcap", ".expect.json")).read_text())
    arguments = ["--profile", expected.get("profile") or "auto"]
    keys = path.with_name(path.name.replace(".pcap", ".keys.json"))
    if keys.exists():
        arguments += ["--keys", str(keys)]
    for name, value in (expected.get("settings") or {}).items():
        arguments += ["--set", f"{name}={value}"]
    return path.read_bytes(), arguments


def of_vector(vector, folder):
    arguments = ["--profile", vector["profile"]]
    if isinstance(vector["profile"], dict):
        (folder / "profile.json").write_text(json.dumps(vector["profile"]))
        arguments = ["--profile", str(folder / "profile.json")]
    if vector["keys"] is not None:
        (folder / "keys.json").write_text(json.dumps(vector["keys"]))
        arguments += ["--keys", str(folder / "keys.json")]
    for name, value in vector["settings"].items():
        arguments += ["--set", f"{name}={value}"]
    return base64.b64decode(vector["capture"]), arguments


def hold(capture, arguments, folder):
    wanted = essence(judged(capture, folder, arguments))
    for kind in shaker.KINDS:
        for seed in SEEDS:
            got = essence(judged(shaker.shaken(capture, kind, seed), folder, arguments))
            for member, value in wanted.items():
                assert got[member] == value, f"{kind}, seed {seed}: {member}"


@pytest.mark.parametrize("path", TRACES, ids=[path.stem for path in TRACES])
def test_recorded_traces(path, tmp_path):
    hold(*of_trace(path), tmp_path)


@pytest.mark.parametrize("vector", SAMPLE, ids=[f"{one['id']}-{one['title'][:50]}" for one in SAMPLE])
def test_vectors(vector, tmp_path):
    hold(*of_vector(vector, tmp_path), tmp_path)


# --- the shaker itself ------------------------------------------------------------------------------------------------


def streams(capture):
    """What UDP and TCP carry, put together by hand: the datagrams in order, the octets of each way."""
    held, datagrams, ways = {}, [], {}
    for _, _, packet in shaker.read(capture):
        ip = shaker.Ip(packet)
        payload = ip.payload
        if ip.version == 4 and ip.fragment:
            flags, number = shaker.struct.unpack(">HH", ip.head[4:8])[::-1]
            payload = gathered(held, (ip.source, ip.destination, number), (flags & 0x1FFF) * 8, bool(flags & 0x2000), payload)
        elif ip.version == 6 and ip.protocol == shaker.FRAGMENT:
            ip.protocol, _, place, number = shaker.struct.unpack(">BBHI", payload[:8])
            payload = gathered(held, (ip.source, ip.destination, number), place & 0xFFF8, bool(place & 1), payload[8:])
        if payload is None:
            continue
        ip.payload, ip.fragment = payload, False
        if ip.protocol == shaker.UDP:
            if not datagrams or datagrams[-1] != payload:
                datagrams.append(payload)
            continue
        segment = shaker.Segment(ip)
        for i, octet in enumerate(segment.data):
            ways.setdefault(segment.way, {})[(segment.seq + i) & 0xFFFFFFFF] = octet
    return datagrams, {way: bytes(octets[at] for at in sorted(octets)) for way, octets in ways.items()}


def gathered(held, name, at, more, piece):
    parts, end = held.setdefault(name, ({}, []))
    parts[at] = piece
    if not more:
        end.append(at + len(piece))
    whole = b"".join(parts[place] for place in sorted(parts))
    if end and len(whole) == end[0]:
        del held[name]
        return whole
    return None


@pytest.mark.parametrize("kind", ("duplicated", "reordered", "fragmented", "split", "merged"))
def test_the_shaker_changes_no_octet(kind):
    changed = 0
    for vector in VECTORS[::15]:
        capture = base64.b64decode(vector["capture"])
        for seed in SEEDS:
            got = shaker.shaken(capture, kind, seed)
            assert streams(got) == streams(capture), vector["id"]
            changed += [packet for _, _, packet in shaker.read(got)] != [packet for _, _, packet in shaker.read(capture)]
    assert changed


def test_a_seed_is_a_seed():
    capture = base64.b64decode(VECTORS[0]["capture"])
    assert shaker.shaken(capture, "all", 5) == shaker.shaken(capture, "all", 5)
