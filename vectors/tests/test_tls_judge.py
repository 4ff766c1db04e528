"""The judge of TLS transcripts agrees with every declared answer, however a transcript is cut, and no flipped octet passes."""

import json
import random

import pytest

import tlspsk
from tls_support import ENTRIES, FILES, cut_every, finished_records, flipped, joined, records

TLS = [entry for entry in ENTRIES if entry["ask"]["transport"] == "tls"]
PROVEN = [entry for entry in ENTRIES if not entry["parent"] and entry["answer"]["client"] == entry["answer"]["server"] == "verified"
          and entry["answer"]["version"] in ("1.2", "d1.2")]


def test_there_are_transcripts_of_every_kind():
    assert {path.stem for path in FILES} >= {"suites", "choices", "cuts", "broken", "cut", "dtls", "tls13", "resumed", "recorded"}
    assert len(PROVEN) > 80


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_declared_answers(path):
    for entry in json.loads(path.read_text())["vectors"]:
        assert tlspsk.answer(entry["ask"]) == entry["answer"], (entry["id"], entry["title"])


@pytest.mark.parametrize("size", (1, 3, 64))
def test_cut_otherwise_it_is_the_same_transcript(size):
    for entry in TLS:
        assert tlspsk.answer(cut_every(entry["ask"], size)) == entry["answer"], (entry["id"], entry["title"])


def test_joined_it_is_the_same_transcript():
    for entry in TLS:
        assert tlspsk.answer(joined(entry["ask"])) == entry["answer"], (entry["id"], entry["title"])


def test_the_same_question_twice_has_the_same_answer_and_is_left_as_it_is():
    for entry in ENTRIES[::7]:
        before = json.dumps(entry["ask"])
        assert tlspsk.answer(entry["ask"]) == tlspsk.answer(entry["ask"])
        assert json.dumps(entry["ask"]) == before


def lies_in_segments(ask):
    return all(offset + length <= len(ask["segments"][segment]["hex"]) // 2 for segment, offset, length, *_ in records(ask))


def test_a_finished_in_two_records_fails_in_either():
    entry = next(entry for entry in ENTRIES if entry["title"] == "each Finished in two records")
    ask, changed, seen = entry["ask"], set(), 0
    for segment, offset, length, end, kind, _ in records(ask):
        if kind == 22 and end in changed:
            seen += 1
            for at in range(offset + 5, offset + length):
                answer = tlspsk.answer(flipped(ask, segment, at))
                assert answer[end] == "failed" and answer["server" if end == "client" else "client"] == "verified"
        if kind == 20:
            changed.add(end)
    assert seen >= 4


def one_of_each_suite():
    """A handshake of each suite and kind of protection whose records lie within segments."""
    chosen = {}
    for entry in PROVEN:
        found = finished_records(entry["ask"]) if lies_in_segments(entry["ask"]) else []
        lengths = [length for _, _, length, _ in found]
        if len(found) == 2 and min(lengths) > 20:
            chosen.setdefault((entry["answer"]["suite"], entry["answer"]["version"], entry["made_by"], lengths[0]), entry)
    return list(chosen.values())


FLIPPED = one_of_each_suite()


def test_enough_suites_are_flipped():
    assert len({entry["answer"]["suite"] for entry in FLIPPED}) >= 12
    assert {entry["answer"]["version"] for entry in FLIPPED} == {"1.2", "d1.2"}


@pytest.mark.parametrize("entry", FLIPPED, ids=lambda entry: f"{entry['id']}-{entry['answer']['suite']}")
def test_a_flipped_octet_of_a_finished_fails(entry):
    ask, header = entry["ask"], 5 if entry["ask"]["transport"] == "tls" else 13
    for segment, offset, length, end in finished_records(ask):
        for at in range(offset + header, offset + length):
            answer = tlspsk.answer(flipped(ask, segment, at, 1 << at % 8))
            assert answer[end] == "failed" and answer["verdict"] == "reject", (at - offset, answer)
            assert {"TS33328-H.2-05", "TS33328-J.1-02", "RFC5246-7.4.9-x01", "TS33328-H.2-x02"} <= set(answer["findings"])
            assert answer["server" if end == "client" else "client"] == "verified"


def test_a_flipped_octet_of_a_hello_is_never_verified():
    """Whatever is said of it: what was hashed is not what was sent."""
    for entry in FLIPPED[:6]:
        ask = entry["ask"]
        for segment in (0, 1):
            octets = len(ask["segments"][segment]["hex"]) // 2
            for at in range(5 if ask["transport"] == "tls" else 25, min(octets, 60)):
                answer = tlspsk.answer(flipped(ask, segment, at))
                assert answer["client"] != "verified" and answer["server"] != "verified", (entry["id"], segment, at)


def test_another_tek_never_verifies():
    for entry in PROVEN:
        tek = bytearray.fromhex(entry["ask"]["tek"])
        tek[-1] ^= 1
        answer = tlspsk.answer({**entry["ask"], "tek": tek.hex()})
        assert (answer["client"], answer["server"]) == ("failed", "failed"), entry["id"]


def test_octets_at_random_are_answered():
    chance = random.Random(6043)
    for entry in ENTRIES:
        if sum(len(one["hex"]) for one in entry["ask"]["segments"]) > 8000:
            continue
        for _ in range(12):
            ask = entry["ask"]
            for _ in range(chance.randrange(1, 4)):
                segment = chance.randrange(len(ask["segments"]))
                if ask["segments"][segment]["hex"]:
                    ask = flipped(ask, segment, chance.randrange(len(ask["segments"][segment]["hex"]) // 2), 1 << chance.randrange(8))
            answer = tlspsk.answer(ask)
            assert answer.keys() == entry["answer"].keys()
            assert (answer["error"] is not None) == ("RFC5246-6.2.1-x01" in answer["findings"])
