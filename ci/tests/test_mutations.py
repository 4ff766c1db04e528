"""The mutations of ci/mutations.json still apply: text that has moved on would make a mutation prove nothing."""
import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MUTATIONS = json.loads((ROOT / "ci/mutations.json").read_text(encoding="utf-8"))


def test_there_are_enough():
    assert len({mutation["name"] for mutation in MUTATIONS}) == len(MUTATIONS) >= 10


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation["name"] for mutation in MUTATIONS])
def test_mutation_applies_in_one_place(mutation):
    assert (ROOT / mutation["file"]).read_text(encoding="utf-8").count(mutation["old"]) == 1
    assert mutation["new"] != mutation["old"]
