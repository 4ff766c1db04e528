"""The template for adapters in Python: it answers every op, and the first step of its text works."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

TEMPLATE = pathlib.Path(__file__).resolve().parents[2] / "runners" / "templates" / "python" / "adapter.py"
OPS = ("decode", "check", "open", "start", "receive", "open_container", "make_container")


def talk(program, *calls):
    lines = "".join(json.dumps({"id": i, **call}) + "\n" for i, call in enumerate(calls))
    done = subprocess.run([sys.executable, str(program)], input=lines, capture_output=True, text=True, timeout=10, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.pop("id") for answer in answers] == list(range(len(calls)))
    return answers


def test_every_op_is_answered():
    calls = [{"op": "hello", "protocol": 1}] + [{"op": op, "session": 1, "message": "01"} for op in OPS]
    answers = talk(TEMPLATE, *calls, {"op": "what is this"}, {"op": "close", "session": 1}, {"op": "bye"})
    assert set(answers[0]) == {"name", "release", "roles", "profiles", "can"} and answers[0]["can"] == []
    assert answers[1:9] == [{"outcome": "unsupported"}] * 8
    assert answers[9:] == [{"outcome": "accepted"}] * 2


def filled_in(folder):
    """The template after step 2: the comment signs in decode() taken off."""
    text = TEMPLATE.read_text().replace("CAN = []  ", 'CAN = ["decode"]  ')
    start, end = text.index("def decode"), text.index("def check")
    program = folder / "adapter.py"
    program.write_text(text[:start] + re.sub(r"(?m)^    # ", "    ", text[start:end]) + text[end:])
    return program


def test_the_first_step(tmp_path):
    hello, good, short, version = talk(filled_in(tmp_path), {"op": "hello"}, {"op": "decode", "message": "01060500000000010001"},
                                       {"op": "decode", "message": "0106"}, {"op": "decode", "message": "02060500000000010001"})
    assert hello["can"] == ["decode"] and good == {"outcome": "accepted"}
    assert (short["outcome"], short["error"]) == ("rejected", "parse")
    assert version == {"outcome": "accepted"}       # a matter of `check`; to decode it is left to the implementation


@pytest.mark.parametrize("forbidden", ["import ticketgate", "mikeyticket", "pip "])
def test_it_needs_nothing_but_the_standard_library(forbidden):
    assert forbidden not in TEMPLATE.read_text()
