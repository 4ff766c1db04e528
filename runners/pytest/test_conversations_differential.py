"""Conversations judged by two implementations that share nothing: the C library and vectors/mikeyticket.

Their answers are compared value by value, for conversations that either side makes: with TICKETGATE_CONVERSATIONS (10000) made by
vectors/peer, half of them changed in some way, and a fifth as many made by `ticketgate converse`. TICKETGATE_SEED (1) gives others;
TICKETGATE_MISMATCHES names a folder for the first conversation of a part that differs.
"""
import json
import os

import pytest

import conversations
from conftest import ROOT, call

COUNT = int(os.environ.get("TICKETGATE_CONVERSATIONS", "10000"))
SEED = int(os.environ.get("TICKETGATE_SEED", "1"))


@pytest.fixture(scope="module")
def rows():
    rows = conversations.rows_across_messages()
    assert len(rows) > 90
    return rows


def check(outcome, count):
    assert outcome.report is None, f"{outcome.differences} of {outcome.answers} answers differ; the first:\n{outcome.report}"
    assert outcome.answers == count


def test_conversations_of_the_peer(rows, tmp_path):
    outcome = conversations.compare_many(conversations.made_by_peer, SEED, COUNT,
                                         conversations.folder_for_mismatches(tmp_path))
    check(outcome, COUNT)
    if COUNT >= 10000:  # the comparison saw what there is to see
        assert min(outcome.verdicts["accept"], outcome.verdicts["reject"]) > COUNT // 5, outcome.verdicts
        missing = DERIVED - set(outcome.derived)
        assert not missing, missing
        assert len(rows & set(outcome.ids)) > 60, sorted(rows - set(outcome.ids))


def made_by_c(seed, count):
    return conversations.made_by_c(seed, count, "--vary", "--rsa", ROOT / "vectors" / "keys")


def test_conversations_of_the_roles(tmp_path):
    """Both judges accept what `ticketgate converse` makes, in every mode, profile and suite."""
    count = max(1, COUNT // 5)
    outcome = conversations.compare_many(made_by_c, SEED, count, conversations.folder_for_mismatches(tmp_path))
    check(outcome, count)
    assert outcome.verdicts == {"accept": count}
    if count >= 2000:
        assert not DERIVED - set(outcome.derived), DERIVED - set(outcome.derived)


DERIVED = {"auth_key", "encr_key", "salt_key", "iv", "mac_input", "kemac_plain", "env_key", "mpki", "mpkr", "mpkr_forked",
           "ticket.auth_key", "ticket.encr_key", "ticket.salt_key", "ticket.iv", "ticket.mac_input", "ticket.kemac_plain",
           "ticket.mpk", "vr.auth_key", "vr.mac_input", "cs.tek", "cs.salt"}


def test_golden_conversations(tmp_path):
    """Those that are published, with their answers left out."""
    lines = [json.dumps(case["conversation"]).encode() for path in sorted((ROOT / "vectors/data/conversations").glob("*.json"))
             for case in json.loads(path.read_text(encoding="utf-8"))["conversations"]]
    assert len(lines) > 500
    check(conversations.compare(lines, "golden", conversations.folder_for_mismatches(tmp_path)), len(lines))


# ---- the comparison itself ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def accepted():
    """A conversation with keys of sessions, and C's answer."""
    line = next(json.dumps(case["conversation"]).encode()
                for path in sorted((ROOT / "vectors/data/conversations").glob("*.json"))
                for case in json.loads(path.read_text(encoding="utf-8"))["conversations"]
                if case["change"] is None and any("cs" in m["derived"] for m in case["answer"]["messages"]))
    return line, conversations.c_answers([line])[0]


@pytest.mark.parametrize("old, new", [
    (b'"auth":"ok"', b'"auth":"fail"'), (b'"verdict":"accept"', b'"verdict":"reject"'), (b'"tek":"', b'"tek":"00'),
    (b'"mpki":', b'"mpkj":'), (b'"findings":[]', b'"findings":[{"id":"RFC6043-5.2-01a","on_receive":"either"}]'),
    (b'"messages":[{', b'"messages":[{},{'), (b'"mac_input":"', b'"mac_input":"ff'), (b'"kemac":"ok"', b'"kemac":"skipped"'),
])
def test_a_difference_is_found(monkeypatch, accepted, tmp_path, old, new):
    line, answer = accepted
    assert old in answer
    monkeypatch.setattr(conversations, "peer_answers", lambda lines: [answer.replace(old, new, 1)])
    outcome = conversations.compare([line], "lying", tmp_path)
    assert outcome.differences == 1 and "conversation 0" in outcome.report
    assert (tmp_path / "lying-0.json").read_bytes() == line + b"\n"
    monkeypatch.setattr(conversations, "peer_answers", lambda lines: [answer])
    assert conversations.compare([line], "honest", tmp_path).differences == 0


def test_the_same_seed(tmp_path):
    assert conversations.made_by_peer("7", 5) == conversations.made_by_peer("7", 5) != conversations.made_by_peer("8", 5)
    assert call("verify", "--lines", stdin=b"\n".join(conversations.made_by_peer("7", 5))).out.count(b"\n") == 5
