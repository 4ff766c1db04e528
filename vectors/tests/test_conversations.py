"""The golden conversations and the random ones: what the maker says of them and what the judge finds are derived apart."""

import copy
import json
import pathlib
import random
import shutil
import subprocess

import pytest

from conftest import ROOT, VECTORS
from mikeyticket import conversation as judge
from mikeyticket.settings import CHOICES
from vectorgen import entries
from vectorgen.conversations import catalogue, linting, randoms
from vectorgen.conversations.expect import Expectation, secrets_given
from vectorgen.conversations.form import conversation
from vectorgen.conversations.maker import Maker
from vectorgen.draft import ROWS

CONTENTS = linting.read_files()
ENTRIES = [entry for content in CONTENTS.values() for entry in content["conversations"]]
PEER = str(ROOT / "peer")


def differences(expected, got, path=""):
    """Paths where two answers differ; findings as the sets of those rows that a judge with keys judges."""
    if path.endswith("/findings"):
        a, b = ({f["id"] for f in one} & judge.SECTION_8_IDS for one in (expected, got))
        return [] if a == b else [(path, sorted(a - b), sorted(b - a))]
    if isinstance(expected, dict) and isinstance(got, dict):
        return [found for name in sorted(expected.keys() | got.keys())
                for found in differences(expected.get(name), got.get(name), f"{path}/{name}")]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [found for i, (a, b) in enumerate(zip(expected, got)) for found in differences(a, b, f"{path}/{i}")]
    return [] if expected == got else [(path, expected, got)]


def compare(made, expected):
    got = judge.answer(json.loads(json.dumps(made)))
    got["verdict"] = judge.verdict_with(got, [[f["id"] for f in one["findings"]] for one in expected["messages"]])
    return differences(json.loads(json.dumps(expected)), got)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["id"] for entry in ENTRIES])
def test_the_judge_says_what_the_maker_expects(entry):
    assert compare(entry["conversation"], entry["answer"]) == []


def test_an_answer_that_is_wrong_is_noticed():
    entry = next(e for e in ENTRIES if e["answer"]["messages"][0]["derived"].get("auth_key"))
    for damage in (lambda a: a["messages"][0].update(auth="fail"), lambda a: a.update(verdict="reject"),
                   lambda a: a["messages"][0]["derived"].update(auth_key="00"),
                   lambda a: a["messages"][0]["derived"].pop("mac_input"),
                   lambda a: a["messages"][0].update(findings=[{"id": "RFC6043-5.5-x01", "on_receive": "reject"}])):
        answer = copy.deepcopy(entry["answer"])
        damage(answer)
        assert compare(entry["conversation"], answer)


@pytest.mark.parametrize("seed", range(8))
def test_random_plans_are_accepted_and_judged_alike(seed):
    """Valid plans: maker and judge agree about every status and every derived key, and no row is broken."""
    for i in range(40):
        r = random.Random(f"test {seed} {i}")
        plan = randoms.valid_plan(r, f"test/{seed}/{i}")
        m = Maker(plan).run()
        made = conversation(m)
        expected = Expectation(m, secrets_given(made, plan), {}).run()
        assert compare(made, expected) == [], f"seed {seed}, number {i}"


def lines(*arguments):
    return subprocess.run([PEER, "conversations", *arguments], check=True, capture_output=True, text=True).stdout.splitlines()


def test_the_line_tool_repeats_itself_and_breaks_a_share():
    made = lines("--seed", "7", "--count", "120")
    assert len(made) == 120 and made == lines("--seed", "7", "--count", "120") and made != lines("--seed", "8", "--count", "120")
    schema = entries.validator("conversation")
    verdicts = []
    for line in made:
        assert not list(schema.iter_errors(json.loads(line)))
        verdicts.append(judge.answer(json.loads(line))["verdict"])
    assert verdicts.count("accept") >= 50 and verdicts.count("reject") >= 20 and "error" not in verdicts


# They say what is sent, and a judge reads either: tests of the command have them.
SENT_ALONE = {"smime_encoding", "tls13_identity"}


def settings_of_other_vectors():
    """Those of containers, of handshakes and of traces."""
    for path in [*(ROOT / "data" / "smime").glob("*.json"), *(ROOT / "data" / "tls").glob("*.json")]:
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]:
            yield vector.get("ask", vector)["settings"]
    for path in (ROOT / "data" / "traces").glob("*.json"):
        for trace in json.loads(path.read_text(encoding="utf-8"))["traces"]:
            yield trace["settings"]


def test_every_setting_and_value_is_used():
    used = {pair for e in ENTRIES for pair in e["conversation"].get("settings", {}).items()}
    used |= {pair for settings in settings_of_other_vectors() for pair in settings.items()}
    choices = {(name, value) for name, values in CHOICES.items() for value in values[1:] if name not in SENT_ALONE}
    assert choices <= used, sorted(choices - used)
    assert not any(name in SENT_ALONE for name, _ in used)


def test_every_profile_and_mode_is_accepted():
    kinds = {(e["conversation"]["profile"],
              tuple(bytes.fromhex(m["hex"])[1] for m in e["conversation"]["messages"])) for e in ENTRIES if not e["parent"]}
    psk, pk = (11, 13, 14, 16, 18, 15), (12, 13, 14, 17, 18, 15)
    for types in (psk, pk, (11, 13, 14, 15), (14, 16, 18, 15), (14, 15), (12, 13, 14, 16, 18, 15), (11, 13, 14, 17, 18, 15)):
        assert ("rfc6043", types) in kinds
    for profile in ("ims-media", "ims-msrp-tls", "ims-bfcp-tls", "ims-mixed"):
        assert any(name == profile and types[:6] == psk for name, types in kinds)
    assert ("ims-message", psk[:5]) in kinds


def test_rows_of_keyed_vectors_are_broken_in_conversations():
    """Vectors state nothing that needs keys, but their `clauses` name such rows: each has a conversation in which a message of the
    same data type breaks it."""
    broken = set()
    for entry in ENTRIES:
        for message, one in zip(entry["conversation"]["messages"], entry["answer"]["messages"]):
            broken |= {(message["hex"][2:4], f["id"]) for f in one["findings"] if entry["parent"]}
    wanted = {(v["message"][2:4], row) for v in VECTORS if v["parent"] for row in v["clauses"] if ROWS[row]["how"] == "exchange"}
    assert len(wanted) > 15 and wanted <= broken, sorted(wanted - broken)


# --- lint ---------------------------------------------------------------------------------------------------------

def problems(change, group=None):
    contents = copy.deepcopy(CONTENTS)
    change(contents[group] if group else contents)
    lint = linting.ConversationLint()
    return lint.run(contents, validate={group}), lint.problems


def child(content):
    return next(e for e in content["conversations"] if e["parent"])


DAMAGE = {
    "an unknown member": lambda c: c["conversations"][0].update(extra=1),
    "a count": lambda c: c.update(num_vectors=1),
    "an id twice": lambda c: c["conversations"][1].update(id=c["conversations"][0]["id"]),
    "a parent that is not there": lambda c: child(c).update(parent="tgc-00000000"),
    "no change": lambda c: child(c).update(change=None),
    "a clause too many": lambda c: child(c)["clauses"].append("RFC6043-A.1-08"),
    "the parent's conversation": lambda c: child(c).update(
        conversation=next(e for f in CONTENTS.values() for e in f["conversations"] if e["id"] == child(c)["parent"])["conversation"]),
    "an answer too few": lambda c: c["conversations"][0]["answer"]["messages"].pop(),
    "on_receive": lambda c: child(c)["answer"]["messages"][-1]["findings"][0].update(on_receive="ignore"),
    "another message changed too": lambda c: child(c)["change"].update(message=len(child(c)["conversation"]["messages"])),
}


def test_lint_has_nothing_to_say_without_damage():
    assert problems(lambda content: None, "macs")[1] == []


@pytest.mark.parametrize("what", DAMAGE)
def test_lint_finds(what):
    assert problems(DAMAGE[what], "macs")[1]


def test_lint_counts_rows():
    def forget(contents):
        for content in contents.values():
            for entry in content["conversations"]:
                entry["clauses"] = [row for row in entry["clauses"] if row != "RFC6043-5.2-01a"]
    (kept, broken), _ = problems(forget)
    assert kept["RFC6043-5.2-01a"] == broken["RFC6043-5.2-01a"] == [] and kept["RFC6043-5.2-06"] and broken["RFC6043-5.2-06"]


def test_lint_finds_a_setting_without_a_pair():
    def forget(contents):
        for entry in contents["settings"]["conversations"]:
            if entry["conversation"].get("settings", {}).get("iv_time"):
                entry["conversation"]["settings"] = {"iv_time": "own"}
    assert any(p.startswith("iv_time=initial") for p in problems(forget)[1])


def test_generate_check_finds_a_hand_edit(tmp_path):
    ignore = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".hypothesis", "tests")
    shutil.copytree(ROOT, tmp_path / "vectors", ignore=ignore)
    for data in ("findings/catalogue", "findings/profiles", "registry"):
        shutil.copytree(ROOT.parent / "harness" / data, tmp_path / "harness" / data)
    path = tmp_path / "vectors" / "data" / "conversations" / "macs.json"
    path.write_text(path.read_text().replace("a wrong MAC", "a  wrong MAC", 1))
    done = subprocess.run([str(tmp_path / "vectors" / "generate"), "--check"], capture_output=True, text=True)
    assert done.returncode == 1 and "conversations/macs.json" in done.stderr


def test_ids_are_kept_and_never_given_twice():
    ids = catalogue.KIND.load_ids()
    drafts = catalogue.KIND.all_drafts()
    assert len(set(ids.values())) == len(ids) and catalogue.KIND.assign_ids(drafts, ids) == ids
    without = {name: value for name, value in ids.items() if name != drafts[0].name}
    assert catalogue.KIND.assign_ids(drafts, {**without, "gone": ids[drafts[0].name]})[drafts[0].name] != ids[drafts[0].name]


assert pathlib.Path(PEER).exists()
