"""peer, lint and generate as they are used."""

import copy
import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"


def peer(verb, text):
    return subprocess.run([PYTHON, str(ROOT / "peer"), verb], input=text, capture_output=True, text=True, check=True).stdout.split("\n")


def test_peer_decodes_line_by_line(vectors):
    some = vectors[::40]
    out = peer("decode", "\n".join(["", *(v["message"].upper() for v in some), "xyz"]))
    assert json.loads(out[0])["error"]["offset"] == 0
    for vector, line in zip(some, out[1:]):
        answer = json.loads(line)
        assert answer["ok"] == (vector["error"] is None)
        if vector["tree"]:
            assert answer["message"] == vector["tree"]
        else:
            assert {k: answer["error"][k] for k in ("status", "id", "path", "offset")} == vector["error"]
            assert answer["error"]["clause"] and answer["error"]["text"]
    assert json.loads(out[len(some) + 1])["ok"] is False


def test_peer_encodes_wrappers_and_bare_messages(vectors):
    trees = [v for v in vectors if v["tree"]][::60]
    lines = [json.dumps({"ok": True, "message": v["tree"]}) for v in trees] + [json.dumps(v["tree"]) for v in trees] + ["{}", "nonsense"]
    out = peer("encode", "\n".join(lines) + "\n")
    assert out[:2 * len(trees)] == [v["message"] for v in trees] * 2
    assert out[2 * len(trees):] == ["", "", ""]


def test_generate_check_accepts_what_is_committed():
    subprocess.run([PYTHON, str(ROOT / "generate"), "--check"], check=True)


def test_lint_accepts_what_is_committed():
    done = subprocess.run([PYTHON, str(ROOT / "lint")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr




def load_lint():
    """lint is a program without a suffix."""
    loader = importlib.machinery.SourceFileLoader("lint", str(ROOT / "lint"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("lint", loader))
    loader.exec_module(module)
    return module


LINT = load_lint()



def problems(change, everywhere=False):
    """What lint says of the committed vectors after a change of error.json, or of every file."""
    contents = copy.deepcopy(CONTENTS)
    for group in contents if everywhere else ["error"]:
        change(contents[group])
    lint = LINT.Lint()
    lint.run(contents, validate={"error"})
    return lint.problems


CONTENTS = LINT.read_files()


def first(content, flag):
    return next(v for v in content["vectors"] if flag in v["flags"])


DAMAGE = {
    "an unknown member": lambda c: c["vectors"][0].update(extra=1),
    "a count": lambda c: c.update(num_vectors=1),
    "an id twice": lambda c: c["vectors"][1].update(id=c["vectors"][0]["id"]),
    "a parent that is not there": lambda c: first(c, "broken").update(parent="tgv-00000000"),
    "a row that is not there": lambda c: first(c, "broken")["profiles"]["rfc6043"].update(sends=["RFC6043-9.9-99"]),
    "receives": lambda c: first(c, "conforming")["profiles"]["rfc6043"].update(receives="reject"),
    "a profile that is not there": lambda c: c["vectors"][0]["profiles"].update({"ims-nothing": {"sends": "conforms", "receives": "accept"}}),
    "the parent's message": lambda c: first(c, "broken").update(
        message=next(v for v in c["vectors"] if v["id"] == first(c, "broken")["parent"])["message"]),
}


def test_lint_has_nothing_to_say_without_damage():
    assert problems(lambda content: None) == []


@pytest.mark.parametrize("what", DAMAGE)
def test_lint_finds(what):
    assert problems(DAMAGE[what])


def test_lint_finds_a_row_that_nobody_breaks():
    def drop(content):
        content["vectors"] = [v for v in content["vectors"] if "RFC6043-5.4-08a" not in v["clauses"] or "broken" not in v["flags"]]
        content["num_vectors"] = len(content["vectors"])
    assert "RFC6043-5.4-08a: no vector breaks it" in problems(drop)


def test_lint_finds_a_row_that_nobody_keeps():
    def forget(content):
        for vector in content["vectors"]:
            vector["clauses"] = [row for row in vector["clauses"] if row != "RFC6043-5.4-x01"]
    assert any(p.startswith("RFC6043-5.4-x01: no vector keeps it") for p in problems(forget, everywhere=True))


def test_generate_check_finds_a_hand_edit(tmp_path):
    ignore = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".hypothesis", "tests")
    shutil.copytree(ROOT, tmp_path / "vectors", ignore=ignore)
    for folder in ("findings/catalogue", "findings/profiles", "registry"):
        shutil.copytree(ROOT.parent / "harness" / folder, tmp_path / "harness" / folder)
    path = tmp_path / "vectors" / "data" / "update.json"
    path.write_text(path.read_text().replace("CSB update", "CSB  update", 1))
    done = subprocess.run([PYTHON, str(tmp_path / "vectors" / "generate"), "--check"], capture_output=True, text=True)
    assert done.returncode == 1 and "update.json" in done.stderr
