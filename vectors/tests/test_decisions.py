"""DECISIONS.md against what there is: every point has a row, and what a row says it is shown by exists and shows it."""

import re

import pytest

from conftest import ROOT, VECTORS
from mikeyticket.conversation.profile import built_in
from vectorgen.conversations import linting
from vectorgen.draft import ROWS

TEXT = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
CONVERSATIONS = [entry for content in linting.read_files().values() for entry in content["conversations"]]
TITLES = {entry["id"]: entry["title"] for entry in VECTORS + CONVERSATIONS}
TABLE = [tuple(cell.strip() for cell in line.strip("|").split("|"))
         for line in TEXT.splitlines() if re.match(r"\| A\d\d \|", line)]
SHOWN = {row[0]: row[-1] for row in TABLE}
README = (ROOT.parent / "harness" / "findings" / "README.md").read_text(encoding="utf-8")


def value_in(conversation, name):
    """The value that a setting has when the conversation is judged."""
    settings = built_in()[conversation.get("profile", "rfc6043")]["settings"]
    return conversation.get("settings", {}).get(name, settings[name])


def is_broken(row):
    judged = [e for e in CONVERSATIONS if e["parent"] and row in e["clauses"]]
    return judged or [v for v in VECTORS if v["parent"] and any(row in p["sends"] for p in v["profiles"].values())]


def test_every_point_has_one_complete_row():
    assert [row[0] for row in TABLE] == [f"A{n:02}" for n in range(1, 55)]
    assert all(len(row) == 5 and all(row) for row in TABLE)


def points(kind):
    return [(number, shown.partition(" ")[2]) for number, shown in SHOWN.items() if shown.split(" ")[0] == kind]


def test_every_row_says_what_shows_it():
    assert sum(len(points(kind)) for kind in ("setting", "case", "row", "role")) == len(TABLE)


def test_the_settings_of_part_1_are_those_of_the_profiles():
    """Some are settings of TS 33.328 alone; the A number of the others is that of the profiles' own page."""
    of_3gpp = {"tls_key", "smime_key_id", "smime_type", "smime_encoding", "request_uri", "tls_versions", "tls13_identity",
               "sdp_ids", "e2ae_core"}
    assert {name for _, name in points("setting")} | of_3gpp == set(built_in()["rfc6043"]["settings"])


@pytest.mark.parametrize("number,name", points("setting"))
def test_setting(number, name):
    line = next(line for line in README.splitlines() if line.startswith(f"| `{name}` ({number}) |"))
    default = built_in()["rfc6043"]["settings"][name]
    values = linting.CHOICES[name]
    assert values[0] == default and all(f"`{value}`" in line for value in values)
    made = {value: [e for e in CONVERSATIONS if not e["parent"] and value_in(e["conversation"], name) == value] for value in values}
    assert all(made.values()), {value: len(some) for value, some in made.items()}
    for value in values[1:] if name in linting.OCTETS else ():
        assert pairs(name, {e["id"] for e in made[value]}), value


def pairs(name, parents):
    """Children that differ from a parent made with the value in `settings` alone, and are answered otherwise."""
    by_id = {entry["id"]: entry for entry in CONVERSATIONS}
    for entry in CONVERSATIONS:
        if entry["parent"] in parents and entry["change"]["message"] is None and name not in entry["conversation"].get("settings", {}):
            mine, theirs = entry, by_id[entry["parent"]]
            same = [m["hex"] for m in mine["conversation"]["messages"]] == [m["hex"] for m in theirs["conversation"]["messages"]]
            if same and mine["answer"]["messages"] != theirs["answer"]["messages"] \
                    and (name == "vi_next" or mine["answer"]["verdict"] == "reject"):
                return True
    return False


@pytest.mark.parametrize("number,name", points("case"))
def test_case(number, name):
    assert TITLES[name].startswith(f"{number}:")


@pytest.mark.parametrize("number,row", points("row"))
def test_row(number, row):
    assert row in ROWS and is_broken(row)


@pytest.mark.parametrize("number,name", points("role"))
def test_role(number, name):
    assert (ROOT.parent / "harness" / "tests" / f"{name}.c").is_file()


def test_what_the_second_table_names_is_there():
    second = TEXT[TEXT.index("## TS 33.328"):]
    rows = re.findall(r"(?:RFC\d{4}|TS33328)-[\w.]*\w-x?\d\d[ab]?", second)
    assert len(rows) >= 3 and all(row in ROWS and is_broken(row) for row in rows), rows
    assert set(re.findall(r"A\d\d", second)) <= set(SHOWN)
