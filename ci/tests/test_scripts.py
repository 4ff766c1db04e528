"""The scripts as commands: help, wrong usage, set-up without a right or a need to install, coverage by rooms."""
import json
import os
import re

import pytest

from conftest import CI

SCRIPTS = ("build", "coverage", "gate", "setup", "test")


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_is_the_head_of_the_script(run, tmp_path, script):
    done = run(CI / script, "--help", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(f"usage: ci/{script}")
    assert "shellcheck" not in done.stdout and "lib.sh" not in done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_wrong_usage(run, script):
    done = run(CI / script, "nonsense")
    assert done.returncode == 4 and done.stdout == "" and "nonsense" in done.stderr


@pytest.fixture
def debian(tmp_path):
    """An environment whose dpkg-query says that of the list nothing, or all but something, is installed."""
    def make(installed):
        for name, body in (("dpkg-query", "\n".join(f"echo 'installed {package}'" for package in installed)),
                           ("apt-get", 'echo "apt-get $*"')):
            (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name).chmod(0o755)
        return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TICKETGATE_SETUP": "yes"}
    return make


def packages(*groups):
    lines = [line.split(None, 2) for line in (CI / "packages.txt").read_text(encoding="utf-8").splitlines()]
    return [line[0] for line in lines if line and not line[0].startswith("#") and (not groups or line[1] in groups)]


def test_setup_with_all_there(run, debian):
    done = run(CI / "setup", "--all", env=debian(packages()))
    assert done.returncode == 0 and done.stdout.startswith("ci/setup: all there")


def test_setup_check_lists_what_is_missing(run, debian):
    done = run(CI / "setup", "--check", "build", env=debian([name for name in packages() if name != "cmake"]))
    assert done.returncode == 1 and [line.split()[0] for line in done.stdout.splitlines()] == ["cmake"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, or sudo would ask")
def test_setup_installs_only_what_is_missing(run, debian):
    done = run(CI / "setup", env=debian(["gcc"]))
    assert done.returncode == 0
    calls = re.findall(r"^apt-get .*$", done.stdout, re.MULTILINE)
    assert len(calls) == 2 and calls[0].endswith(" update") and "--no-install-recommends" in calls[1]
    assert calls[1].split("--no-install-recommends ")[1].split() == [
        name for name in packages("build", "test", "fuzz") if name != "gcc"]


def test_setup_told_not_to(run, debian):
    done = run(CI / "setup", env={**debian([]), "TICKETGATE_SETUP": "no"})
    assert done.returncode == 0 and "apt-get" not in done.stdout


def test_packages_are_listed_once():
    assert len(packages()) == len(set(packages())) > 0


@pytest.mark.parametrize("covered, code", [(95, 0), (94, 1)])
def test_rooms(run, tmp_path, covered, code):
    files = [{"filename": "harness/wire/parse.c", "line_total": 60, "line_covered": covered - 40},
             {"filename": "build-coverage/harness/rooms/wire/ticketgate/wire.h", "line_total": 40, "line_covered": 40}]
    (tmp_path / "summary.json").write_text(json.dumps({"files": files}))
    done = run(CI / "rooms", tmp_path / "summary.json", "95")
    assert done.returncode == code and re.search(rf"^wire +100 +{covered} +{covered}.0 %$", done.stdout, re.MULTILINE)


def test_rooms_without_lines(run, tmp_path):
    (tmp_path / "summary.json").write_text('{"files": []}')
    assert run(CI / "rooms", tmp_path / "summary.json", "95").returncode == 1
