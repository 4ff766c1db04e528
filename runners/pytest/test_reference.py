"""Real messages and malformed ones that others published (not part of the repository)."""
import json
import os
import pathlib

import pytest

FOLDER = os.environ.get("TICKETGATE_REFERENCE_DATA")
FILE = pathlib.Path(FOLDER) / "messages.jsonl" if FOLDER else None
EXPECTATIONS = json.loads((pathlib.Path(__file__).parent / "reference_expectations.json").read_text(encoding="utf-8"))
NUMBERS = {"KEMAC": 1, "PKE": 2, "DH": 3, "SIGN": 4, "T": 5, "ID": 6, "CERT": 7, "CHASH": 8, "V": 9, "SP": 10,
           "RAND": 11, "ERR": 12, "TR": 13, "IDR": 14, "RANDR": 15, "TP": 16, "TICKET": 17, "GENERAL_EXT": 21,
           "SAKKE": 26}

pytestmark = pytest.mark.skipif(not FILE or not FILE.is_file(),
                                reason="TICKETGATE_REFERENCE_DATA is not set, or has no messages.jsonl")


@pytest.fixture(scope="module")
def messages():
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def decoded(run, messages):
    """{id: answer}"""
    outcome = run("decode", "--lines", stdin="".join(message["hex"] + "\n" for message in messages).encode())
    found = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(found) == len(messages) == 35
    return {message["id"]: answer for message, answer in zip(messages, found)}


def test_chains(messages, decoded, run):
    known = [message for message in messages if message["payload_chain"] is not None]
    assert len(known) == 16
    for message in known:
        answer, octets = decoded[message["id"]], bytes.fromhex(message["hex"])
        if message["trailing_bytes"]:
            assert not answer["ok"] and answer["error"]["status"] == "trailing", message["id"]
            assert answer["error"]["offset"] == len(octets) - message["trailing_bytes"], message["id"]
            octets = octets[:-message["trailing_bytes"]]
            answer = json.loads(run("decode", "--lines", stdin=octets.hex().encode()).out)
        chain = [NUMBERS[payload["payload"]] for payload in answer["message"]["payloads"]]
        assert chain == message["payload_chain"], message["id"]
        hdr = answer["message"]["hdr"]
        assert hdr["cs_id_map_type"] == message["cs_id_map_type"], message["id"]
        assert len(hdr.get("cs", [])) == message["crypto_sessions"], message["id"]
        assert run("encode", "--output", "raw", stdin=json.dumps(answer).encode()).out == octets, message["id"]


@pytest.mark.parametrize("expected", EXPECTATIONS["cases"], ids=lambda case: str(case["id"]))
def test_malformed(expected, messages, decoded):
    message = next(message for message in messages if message["id"] == expected["id"])
    assert len(message["hex"]) == 2 * expected["octets"], "not the message that was worked out by hand"
    answer = decoded[expected["id"]]
    assert not answer["ok"] and expected["error"].items() <= answer["error"].items(), expected["derivation"]


def test_all_malformed_are_worked_out(messages):
    assert {m["id"] for m in messages if m["payload_chain"] is None} == {case["id"] for case in EXPECTATIONS["cases"]}
