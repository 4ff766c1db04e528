"""Two implementations that share nothing, asked the same: the C library and vectors/mikeyticket.

Equal are, for octets, the tree or the status, row, path and offset of the fault; for trees, the octets or a refusal.
Where a message can be read, each implementation also turns the other's tree into the octets again. Everything is the
same in each run; TICKETGATE_DIFF_ROUNDS (20000) says how many random changes are tried.
"""
import functools
import json
import os
import random

import pytest

import differential
from conftest import call
from differential import Comparison, text_of, written  # puts vectors/ on the path
from mikeyticket import codec, registry

ROUNDS = int(os.environ.get("TICKETGATE_DIFF_ROUNDS", "20000"))
BATCH = 10000


@pytest.fixture(scope="module")
def messages(readable):
    """(tree, octets) of every vector that can be read; the trees are copies."""
    return [(json.loads(text_of(vector["tree"])), bytes.fromhex(vector["message"])) for vector in readable]


@pytest.fixture(scope="module")
def sample(messages):
    return differential.covering(messages)


def test_all_vectors(vectors):
    same = Comparison().decode(bytes.fromhex(vector["message"]) for vector in vectors).check()
    assert sum(same.values()) == len(vectors) > 300
    assert same["ok"] == sum(vector["tree"] is not None for vector in vectors)


def changed_trees(messages, changes):
    """The octets and the text of every tree with one member written; `changes(tree, octets)` says what is written."""
    octets, texts = [], []
    for tree, original in messages:
        for node, member, value in changes(tree, original):
            with written(node, member, value):
                octets.append(codec.encode(tree))
                texts.append(text_of(tree))
            changed = int.from_bytes(original, "big") ^ int.from_bytes(octets[-1], "big")
            lowest = (changed & -changed).bit_length()
            assert len(octets[-1]) == len(original) and changed.bit_length() - lowest < 16, texts[-1]
    return octets, texts


def assert_c_encodes(texts, octets):
    lines = call("encode", "--lines", stdin="".join(text + "\n" for text in texts).encode()).out.decode().splitlines()
    assert len(lines) == len(texts)
    for text, line, expected in zip(texts, lines, octets):
        assert line == expected.hex(), text


def test_every_length_off_by_one(messages):
    def changes(tree, octets):
        spans = {}
        codec.decode(octets, spans)
        for length in differential.lengths(tree, spans):
            for value in (length.value - 1, length.value + 1):
                if 0 <= value < 1 << length.bits:
                    yield length.node, length.member, value

    octets, texts = changed_trees(messages, changes)
    assert len(octets) > 10 * len(messages)
    assert_c_encodes(texts, octets)
    same = Comparison().decode(octets).check()
    assert all(same[name] for name in ("ok", "truncated", "trailing", "unknown_payload", "unknown_length"))


def test_every_next_payload(messages):
    """With a number that no payload has and with one that another has, in turn."""
    turn = 0

    def changes(tree, _):
        nonlocal turn
        for number in differential.numbers(tree):
            turn += 1
            values = differential.NOBODYS if turn % 2 else sorted(registry.PAYLOADS)
            yield number.node, number.member, values[turn // 2 % len(values)]

    octets, texts = changed_trees(messages, changes)
    assert_c_encodes(texts, octets)
    same = Comparison().decode(octets).check()
    assert same["unknown_payload"] > len(messages) and same["ok"] > len(messages)


def test_every_truncation_of_a_sample(messages, sample):
    every = {feature for tree, _ in messages for feature in differential.features(tree)}
    assert every == {feature for tree, _ in sample for feature in differential.features(tree)}
    assert {("message", name) for name in registry.NUMBERS if name != "KEY_DATA"} <= every
    assert {("encr_data", "KEY_DATA"), ("ticket_data", "THDR"), ("tp_data", "KEMAC"), ("initiator_data", "V")} <= every
    cuts = [octets[:i] for _, octets in sample for i in range(len(octets))]
    assert Comparison().decode(cuts).check()["truncated"] == len(cuts)


@functools.lru_cache(maxsize=None)
def structure(octets):
    return differential.structure(octets)


def batches(name, rounds):
    """(generator of random numbers, rounds) until all are done: a longer run begins like a shorter one."""
    for i in range(0, rounds, BATCH):
        yield random.Random(f"{name} {i}"), min(BATCH, rounds - i)


def test_changed_octets(messages, sample):
    comparison, others = Comparison(), [octets for _, octets in sample]
    for rng, rounds in batches("octets", ROUNDS):
        chosen = [rng.choice(sample if rng.random() < 0.7 else messages)[1] for _ in range(rounds)]
        comparison.decode([differential.mutated(rng, octets, structure(octets), others) for octets in chosen])
    same = comparison.check()
    if ROUNDS >= BATCH:
        assert min(same[name] for name in ("ok", "truncated", "trailing", "unknown_payload", "unknown_length",
                                           "unknown_map_type")) > ROUNDS // 100


def test_changed_trees(sample):
    """Both encoders; what they made of the trees is then decoded by both."""
    comparison, trees = Comparison(), [tree for tree, _ in sample]
    for rng, rounds in batches("trees", ROUNDS // 2):
        texts = []
        for _ in range(rounds):
            tree = json.loads(text_of(rng.choice(trees)))
            for _ in range(rng.choice((1, 1, 1, 2))):
                before = text_of(tree)
                try:
                    rng.choice(differential.TREE_CHANGES)(rng, tree, trees)
                except (codec.EncodeError, codec.ParseError, TypeError, AttributeError, KeyError, IndexError):
                    tree = json.loads(before)  # the second change found nothing to work on
            texts.append(text_of(tree))
        comparison.decode(bytes.fromhex(line) for line in comparison.encode(texts).encoded)
    same = comparison.check()
    assert same["encoded"] > same["refused"] / 10 and same["refused"] > same["encoded"] / 10


# ---- nesting ----------------------------------------------------------------------------------------------------

FLAGS = dict.fromkeys(registry.FLAGS, 0)


def message_of(payloads, **hdr):
    return {"hdr": {"data_type": 14, "csb_id": 1, "cs_id_map_type": 1, **hdr}, "payloads": payloads}


def ticket(**more):
    return {"payload": "TICKET", "ticket_type": 2, "subtype": 1, "version": 1, "prf_func": 1, "flags": FLAGS,
            "tp_data": [], "ticket_data": "", **more}


def policy(**more):
    return {"payload": "TP", "ticket_type": 2, "subtype": 1, "version": 1, "prf_func": 1, "flags": FLAGS, **more}


def nested(levels, leaf):
    payloads = [leaf]
    for level in range(levels):
        payloads = [(policy(tp_data=payloads), ticket(initiator_data=payloads), ticket(ticket_data=[
            {"payload": "THDR", "thdr_data": ""}, *payloads]))[level % 3]]
    return message_of(payloads)


def test_nested_chains():
    """Messages of up to 16 chains in one another are read by both, and no deeper ones by the C library."""
    leaf = {"payload": "RAND", "rand": "00"}
    comparison = Comparison().decode(codec.encode(nested(levels, leaf)) for levels in range(20))
    assert comparison.check()["ok"] == differential.MAX_CHAINS and comparison.too_deep == 20 - differential.MAX_CHAINS


# ---- what FORMAT.md says at its edges ----------------------------------------------------------------------------

@pytest.mark.parametrize("levels", [9, 12, 15])
def test_faults_in_nested_chains(levels):
    leaf = {"payload": "RAND", "rand": "00", "rand_len": 9}
    payloads = [leaf]
    for level in range(levels):
        payloads = [policy(tp_data=payloads) if level % 2 else ticket(initiator_data=payloads)]
    Comparison().decode([codec.encode(message_of(payloads))]).check()


@pytest.mark.parametrize("octets", ["01000000000000013a02", "01000000000000018002", "0100000000000001ff02",
                                    "0100000000000001ff01", "01000000000000018000", "0100000000000001ff00"])
def test_more_crypto_sessions_than_octets(octets):
    Comparison().decode([bytes.fromhex(octets)]).check()


def entry(**more):
    return {"cs_id": 1, "prot_type": 0, "s": 0, "ps": [], "session_data": "", "spi": "", **more}


def extension(kind, **data):
    return message_of([{"payload": "GENERAL_EXT", "type": kind, **data}])


@pytest.mark.parametrize("tree", [
    *(pytest.param(message_of([], csb_id=number), id=f"csb_id {number}")
      for number in (-1, (1 << 32) - 1, 1 << 32, 1 << 63, 1 << 64, -(1 << 63) - 1, 10 ** 30)),
    pytest.param(message_of([], cs_id_map_type=2, cs={}), id="cs is an object"),
    pytest.param(message_of([], cs_id_map_type=0, cs=""), id="cs is a string"),
    pytest.param(message_of([], cs_id_map_type=2, cs=[entry(ps={})]), id="ps is an object"),
    pytest.param(message_of([{"payload": "SP", "policy_no": 0, "prot_type": 0, "policy_param": {}}]), id="policy_param is an object"),
    pytest.param(extension(3, key_ids={}), id="key_ids is an object"),
    pytest.param(extension(1, sdp_ids="ab"), id="sdp_ids is a string"),
    pytest.param(message_of([policy(tp_data=[], first_payload_tp_data=None)]), id="null for a First Payload"),
    pytest.param(message_of([policy(tp_data="00")]), id="hex for TP Data"),
    pytest.param(message_of([ticket(initiator_data="00")]), id="hex for Initiator Data"),
    pytest.param(message_of([], nothing=1 << 64), id="a large number in an unknown member"),
    pytest.param(message_of([], cs_id_map_type=0, num_cs=3, cs=[{"policy_no": 1, "ssrc": 1, "roc": 1}] * 256),
                 id="more crypto sessions than #CS can say"),
    pytest.param(extension(1, sdp_ids=["\u00e9"]), id="SDP IDs beyond ASCII"),
])
def test_trees_at_the_edge(tree):
    Comparison().encode([text_of(tree)]).check()


# ---- the comparison itself --------------------------------------------------------------------------------------

@pytest.mark.parametrize("old, new", [
    ('"offset":', '"offset":1'), ('"status":"trunc', '"status":"Trunc'), ('"path":"', '"path":"x'),
    ('"id":"R', '"id":"r'), ('"csb_id":', '"csb_id":1'),
    ('"payloads":[', '"payloads":[[],'), ('"version":1', '"version":true'),
])
def test_a_difference_is_found(monkeypatch, messages, old, new):
    octets = [messages[0][1], messages[0][1][:-1]]
    assert Comparison().decode(octets).check() == {"ok": 1, "truncated": 1}
    honest = differential.peer

    def lying(verb, data):
        answer = honest(verb, data).decode()
        assert verb == "encode" or old in answer
        return answer.replace(old, new).encode()

    monkeypatch.setattr(differential, "peer", lying)
    with pytest.raises(AssertionError, match="1 answers differ"):
        Comparison().decode(octets).check()
