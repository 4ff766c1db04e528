"""ticketgate gate: files of ids that are none or have no end, reports that get into each other's way, complaints as JSON."""
import json
import os

import pytest

from test_gate import gate

PLAIN = ["--in-process", "--case", "plain:K:rfc6043"]


# ---- ids --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", ["/", "/nonexistent/ids", "/dev/zero"])
def test_what_holds_no_ids_is_wrong_usage(path):
    done = gate("--in-process", "--cases", path, seconds=60)
    assert done.returncode == 4 and path in done.stderr


@pytest.mark.parametrize("text", ["x" * 512 + "\nplain:K:rfc6043\n", "plain:K:rfc6043\n" + "plain:K:rfc6043" * 40, "plain:K:rfc6043\0\n"])
def test_a_line_that_is_too_long_is_no_ids(text):
    done = gate("--in-process", "--cases", "-", "--output", "jsonl", stdin=text)
    assert done.returncode == 4 and "is no id" in done.stderr
    assert len(done.stdout.splitlines()) == text.startswith("plain:K:rfc6043\n"), "what came before was run"
    assert "there is no such case" not in done.stderr


def test_lines_have_no_end_but_their_number():
    done = gate("--in-process", "--cases", "-", stdin="\n" * 100002, seconds=60)
    assert done.returncode == 4 and "more than can be run" in done.stderr


def test_ids_end_as_lines_do_anywhere():
    done = gate("--in-process", "--cases", "-", "--output", "jsonl", stdin="\r\nplain:K:rfc6043\r\n\nplain:K:rfc6043")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2


# ---- reports ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("second", ["r", "./r", "link", "hard", "folder/../r"])
@pytest.mark.parametrize("there", [True, False])
def test_two_reports_do_not_get_into_one_file(tmp_path, second, there):
    if not there and second in ("link", "hard"):
        pytest.skip("links lead to what is there")
    (tmp_path / "folder").mkdir()
    if there:
        (tmp_path / "r").write_text("as it was", encoding="utf-8")
        (tmp_path / "link").symlink_to(tmp_path / "r")
        os.link(tmp_path / "r", tmp_path / "hard")
    done = gate(*PLAIN, "--report", f"json={tmp_path}/r", "--report", f"html={tmp_path}/{second}")
    assert done.returncode == 4 and "something else already" in done.stderr
    assert (tmp_path / "r").read_text(encoding="utf-8") == "as it was" if there else not (tmp_path / "r").exists()


def test_reports_side_by_side_are_written(tmp_path):
    done = gate(*PLAIN, "--report", f"json={tmp_path}/r", "--report", f"html={tmp_path}/s", "--report", "sarif=/dev/null",
                "--report", "junit=/dev/null")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "r").read_text(encoding="utf-8"))["cases"] and (tmp_path / "s").stat().st_size > 0


def test_a_report_is_a_file_and_not_what_standard_output_is(tmp_path):
    assert gate(*PLAIN, "--report", "json=-").returncode == 4
    for output in ("json", "text"):
        done = gate(*PLAIN, "--output", output, "--report", "json=/dev/stdout")
        assert done.returncode == 4 and "standard output" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("without", ["--list", "--list-mutants", "--dry-run"])
def test_without_a_run_there_is_no_report(tmp_path, without):
    done = gate(*PLAIN, without, "--report", f"json={tmp_path}/r")
    assert done.returncode == 4 and not (tmp_path / "r").exists()


# ---- forms ------------------------------------------------------------------------------------------------------------

def test_a_dry_run_writes_what_is_asked_for():
    given = ["--in-process", "--group", "sanity", "--dry-run"]
    plans = json.loads(gate(*given, "--output", "json").stdout)
    assert plans == [json.loads(line) for line in gate(*given, "--output", "jsonl").stdout.splitlines()]
    text = gate(*given).stdout.splitlines()
    assert [line.split()[0] for line in text] == [plan["id"] for plan in plans]
    assert [" would run" in line for line in text] == [plan["plan"] == "run" for plan in plans]
    assert gate(*given, "--output", "html").returncode == 4


@pytest.mark.parametrize("given,code", [(["--group", "nothing-like-this"], 5), (["--expected", "/nonexistent"], 4),
                                        (["--baseline", "/nonexistent"], 4), (["--error-map", "/nonexistent"], 4),
                                        (["--vectors", "/dev/zero"], 4), (["--cases", "/nonexistent"], 4),
                                        (["--iut", "/nonexistent/iut"], 4), (["--iut", ""], 4), (["operand"], 4)])
def test_complaints_are_objects_where_the_answer_is_json(given, code):
    given = given if "--iut" in given else ["--in-process", *given]
    done = gate("--output", "json", *given, seconds=60)
    assert done.returncode == code
    said = json.loads(done.stdout)
    if "--cases" not in given: # there a report is written
        assert said["ok"] is False and said["error"] and said["error"] in done.stderr
    assert gate(*given, seconds=60).stdout == "" or "--cases" in given


@pytest.mark.parametrize("target", ["", "  "])
def test_who_names_nothing_is_told_so(target):
    done = gate("--iut", target)
    assert done.returncode == 4 and "names nothing" in done.stderr


def test_vectors_are_no_devices():
    done = gate("--vectors", "/dev/zero", "--list", seconds=60)
    assert done.returncode == 4 and "neither a file nor a pipe" in done.stderr
