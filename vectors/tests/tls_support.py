"""What the tests of TLS share: the committed transcripts, the recorded handshakes, and ways to cut a transcript."""

import json

from conftest import ROOT

FILES = sorted((ROOT / "data" / "tls").glob("*.json"))
ENTRIES = [entry for path in FILES for entry in json.loads(path.read_text())["vectors"]]
RECORDED = [json.loads(path.read_text()) for path in sorted((ROOT / "vectorgen" / "tls" / "recorded").glob("*.json"))]


def cut_every(ask, size):
    """The segments of a question cut into pieces of `size` octets."""
    segments = [{"from": one["from"], "hex": one["hex"][at:at + 2 * size]}
                for one in ask["segments"] for at in range(0, len(one["hex"]), 2 * size)]
    return {**ask, "segments": segments}


def joined(ask):
    """What an end sends in a row as one segment."""
    segments = []
    for one in ask["segments"]:
        if segments and segments[-1]["from"] == one["from"]:
            segments[-1] = {"from": one["from"], "hex": segments[-1]["hex"] + one["hex"]}
        else:
            segments.append(dict(one))
    return {**ask, "segments": segments}


def records(ask):
    """[(segment, offset, octets of header and body, end, type, epoch)] of a transcript whose records lie within segments."""
    out, header = [], 5 if ask["transport"] == "tls" else 13
    for i, one in enumerate(ask["segments"]):
        octets, at = bytes.fromhex(one["hex"]), 0
        while at < len(octets):
            length = header + int.from_bytes(octets[at + header - 2:at + header], "big")
            epoch = int.from_bytes(octets[at + 3:at + 5], "big") if header == 13 else 0
            out.append((i, at, length, one["from"], octets[at], epoch))
            at += length
    return out


def flipped(ask, segment, offset, bit=1):
    octets = bytearray.fromhex(ask["segments"][segment]["hex"])
    octets[offset] ^= bit
    segments = [dict(one) for one in ask["segments"]]
    segments[segment]["hex"] = octets.hex()
    return {**ask, "segments": segments}


def finished_records(ask):
    """The protected handshake record of each end that has one alone: (segment, offset, length, end)."""
    changed, found = set(), {}
    for segment, offset, length, end, kind, epoch in records(ask):
        if kind == 22 and (epoch or (ask["transport"] == "tls" and end in changed)):
            found.setdefault(end, []).append((segment, offset, length))
        if kind == 20:
            changed.add(end)
    return [(*places[0], end) for end, places in found.items() if len(places) == 1]
