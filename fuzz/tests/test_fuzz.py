"""The replay driver notices what it must; seeds, dictionaries and the list of targets fit each other."""
import csv
import hashlib
import os
import pathlib
import re
import subprocess
import sys

import pytest

FUZZ = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(FUZZ))
from targets import read_targets                                # noqa: E402

PLANTED = os.environ.get("TICKETGATE_FUZZ_PLANTED")
MADE_SEEDS = os.environ.get("TICKETGATE_FUZZ_MADE_SEEDS")
SANITIZED = os.environ.get("TICKETGATE_FUZZ_SANITIZED") == "ON"
needs_planted = pytest.mark.skipif(not PLANTED, reason="TICKETGATE_FUZZ_PLANTED names no executable")


def replay(*arguments, cwd=None):
    return subprocess.run([PLANTED, *map(str, arguments)], capture_output=True, text=True, timeout=60, cwd=cwd)


def put(folder, name, octets):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(octets)
    return folder / name


@needs_planted
def test_counts_files_and_folders(tmp_path):
    put(tmp_path / "inputs", "one", b"a")
    put(tmp_path / "inputs", "empty", b"")
    alone = put(tmp_path, "alone", b"b")
    done = replay("-v", tmp_path / "inputs", alone)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["# (the empty input)", f"# {tmp_path}/inputs/empty", f"# {tmp_path}/inputs/one",
                                        f"# {alone}", "3 inputs"]


@needs_planted
def test_no_input_is_no_success(tmp_path):
    (tmp_path / "none").mkdir()
    for arguments in ([tmp_path / "none"], [tmp_path / "missing"], [], ["--mutate", "x", tmp_path], ["--mutate"]):
        done = replay(*arguments)
        assert done.returncode == 4 and done.stderr and "inputs" not in done.stdout


@needs_planted
def test_one_unreadable_input_fails_the_run(tmp_path):
    good = put(tmp_path, "good", b"a")
    (tmp_path / "dangling").symlink_to("nowhere")
    done = replay(good, tmp_path / "dangling")
    assert done.returncode == 4 and "dangling" in done.stderr


@needs_planted
@pytest.mark.parametrize("bug, word", [(b"Oh", "oracle planted"), (b"R", "heap-buffer-overflow"), (b"H", "too long")])
def test_a_planted_bug_is_found_and_its_input_kept(tmp_path, bug, word):
    if bug == b"R" and not SANITIZED:
        pytest.skip("seen with the sanitizers only")
    put(tmp_path / "inputs", "a-good-one", b"a")
    bad = put(tmp_path / "inputs", "bad", bug)
    put(tmp_path / "inputs", "later", b"z")
    done = replay("--timeout", 1, "--artifacts", tmp_path, tmp_path / "inputs")
    assert done.returncode < 0
    assert word in done.stderr and str(bad) in done.stderr and "a-good-one" not in done.stderr
    assert (tmp_path / "crash-fuzz_planted").read_bytes() == bug


@needs_planted
def test_mutations_find_what_is_near_and_find_it_again(tmp_path):
    put(tmp_path / "inputs", "near", b"Nearly there")
    found = []
    for again in range(2):
        (tmp_path / str(again)).mkdir()
        done = replay("--mutate", 100000, "--seed", 3, "--artifacts", tmp_path / str(again), tmp_path / "inputs")
        assert done.returncode < 0 and ", mutation " in done.stderr
        found.append((tmp_path / str(again) / "crash-fuzz_planted").read_bytes())
    assert found[0] == found[1] and found[0][:1] in b"ORH"


def run_script(name, out):
    made = ["--made", MADE_SEEDS] if name == "seeds" and MADE_SEEDS else []
    return subprocess.run([sys.executable, FUZZ / name, "--out", out, *made], capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("made")
    for script in ("seeds", "dictionaries"):
        done = run_script(script, out)
        assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("target", read_targets(), ids=lambda target: target.name)
def test_target_has_seeds_and_options(made, target):
    seeds = list((made / "seeds" / target.name).iterdir())
    assert seeds
    assert all(hashlib.sha256(seed.read_bytes()).hexdigest() == seed.name for seed in seeds)
    options = (made / f"{target.name}.options").read_text()
    longest = max(seed.stat().st_size for seed in seeds)
    assert int(re.search(r"max_len = (\d+)", options)[1]) >= 2 * longest
    if target.dictionary != "none":
        assert (made / re.search(r"dict = (\S+)", options)[1]).is_file()


def test_seeds_are_made_the_same_and_strangers_go(made):
    before = {path.name for path in (made / "seeds" / "profile").iterdir()}
    (made / "seeds" / "profile" / "stranger").write_bytes(b"x")
    assert run_script("seeds", made).returncode == 0
    assert {path.name for path in (made / "seeds" / "profile").iterdir()} == before


def test_dictionaries_are_in_the_form_engines_read(made):
    for path in (made / "dictionaries").iterdir():
        lines = path.read_text().splitlines()
        assert lines
        for line in lines:
            assert re.fullmatch(r'\w+="(?:[ !#-\[\]-~]|\\x[0-9a-f]{2})+"', line), f"{path.name}: {line}"


def test_every_target_has_its_source_and_its_line_in_the_readme():
    names = {target.name for target in read_targets()}
    assert names == {path.stem for path in (FUZZ / "targets").glob("*.c")}
    readme = (FUZZ / "README.md").read_text()
    assert all(f"| `{name}` |" in readme for name in names)


def test_regressions_and_manifest_agree():
    with open(FUZZ / "regressions" / "manifest.tsv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = {target.name for target in read_targets()}
    assert all(row["target"] in names and row["what"] for row in rows)
    listed = {(row["target"], row["sha256"]) for row in rows}
    there = {(path.parent.name, hashlib.sha256(path.read_bytes()).hexdigest())
             for path in (FUZZ / "regressions").glob("*/*")}
    assert len(listed) == len(rows) and listed == there
