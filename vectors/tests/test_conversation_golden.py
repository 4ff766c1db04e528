"""The golden conversations: the judge says of each what its file expects. Nothing in their making asks the judge."""

import json

import pytest

from conversation_support import KEYS
from mikeyticket import conversation

FILES = sorted((KEYS.parent / "data" / "conversations").glob("*.json"))


def without_order(answer):
    return {**answer, "messages": [{**m, "findings": sorted(m["findings"], key=lambda f: f["id"])} for m in answer["messages"]]}


def test_there_are_golden_conversations():
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden_conversations(path):
    for entry in json.loads(path.read_text())["conversations"]:
        assert without_order(conversation.answer(entry["conversation"])) == without_order(entry["answer"]), entry["id"]
