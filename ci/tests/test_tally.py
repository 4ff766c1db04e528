"""ci/tally: what it counts, and that nothing that went wrong is counted as passed."""
import pytest

from conftest import CI

GOOD = '<testcase classname="a" name="one" time="0.5"/>'
BAD = '<testcase classname="a" name="two"><failure message="1 is not 2">more</failure></testcase>'
BROKEN = '<testcase classname="a" name="three"><error message="no such fixture"/></testcase>'
LEFT_OUT = '<testcase classname="a" name="four"><skipped message="needs sipp"/></testcase>'


def junit(*cases):
    return f'<?xml version="1.0"?><testsuites><testsuite name="s">{"".join(cases)}</testsuite></testsuites>'


def program(output, status="run"):
    bad = '<failure message="Failed"/>' if status == "fail" else ""
    return f'<testcase name="test_x" status="{status}">{bad}<system-out>{output}</system-out></testcase>'


@pytest.fixture
def tally(run, tmp_path):
    """Steps as (kind, exit status, content of the report or None); gives the exit code, the sum and all lines."""
    def call(*steps):
        lines = []
        for number, (kind, status, content) in enumerate(steps):
            report = tmp_path / f"step{number}.xml"
            if content is not None:
                report.write_text(content, encoding="utf-8")
            lines.append(f"step{number}\t{kind}\t{status}\t1.5\t{report}\n")
        (tmp_path / "steps.tsv").write_text("".join(lines), encoding="utf-8")
        done = run(CI / "tally", tmp_path / "steps.tsv")
        assert done.stderr == ""
        output = done.stdout.splitlines()
        return done.returncode, output[-1], output
    return call


def test_sums_all_steps(tally):
    code, total, lines = tally(("junit", 0, junit(GOOD, GOOD, LEFT_OUT)), ("junit", 0, junit(GOOD)))
    assert (code, total) == (0, "3 passed, 0 failed, 1 skipped")
    assert "skipped: step0: 1 for: needs sipp" in lines


def test_failure_and_error_both_fail(tally):
    code, total, lines = tally(("junit", 1, junit(GOOD, BAD, BROKEN)))
    assert (code, total) == (1, "1 passed, 2 failed, 0 skipped")
    assert "FAILED: step0: a: two" in lines


def test_failed_test_of_a_runner_that_ends_well(tally):
    assert tally(("junit", 0, junit(GOOD, BAD)))[:2] == (1, "1 passed, 1 failed, 0 skipped")


def test_runner_that_ends_badly_without_a_failed_test(tally):
    assert tally(("junit", 139, junit(GOOD)))[:2] == (1, "1 passed, 1 failed, 0 skipped")


@pytest.mark.parametrize("content", [None, "", "<testsuites>", junit()])
def test_no_report_or_none_in_it(tally, content):
    assert tally(("junit", 0, content))[:2] == (1, "0 passed, 1 failed, 0 skipped")


def test_nothing_ran(tally):
    assert tally()[:2] == (1, "0 passed, 0 failed, 0 skipped")


def test_all_skipped_is_no_success(tally):
    assert tally(("junit", 0, junit(LEFT_OUT)))[:2] == (1, "0 passed, 0 failed, 1 skipped")


def test_build_is_no_test(tally):
    assert tally(("build", 0, None), ("junit", 0, junit(GOOD)))[:2] == (0, "1 passed, 0 failed, 0 skipped")
    assert tally(("build", 2, None))[:2] == (1, "0 passed, 1 failed, 0 skipped")


def test_exit_status_as_a_test(tally, tmp_path):
    assert tally(("exit", 0, None), ("exit", 1, None))[:2] == (1, "1 passed, 1 failed, 0 skipped")
    assert "<failure" in (tmp_path / "step1.xml").read_text(encoding="utf-8")


def test_single_tests_of_a_program(tally, tmp_path):
    tap = "1..3\nok 1 - first\nok 2 - second # SKIP\nok 3 - third\n# ok - tests\n"
    assert tally(("ctest", 0, junit(program(tap), GOOD)))[:2] == (0, "3 passed, 0 failed, 1 skipped")
    assert 'name="third"' in (tmp_path / "step0.xml").read_text(encoding="utf-8")


def test_groups_of_a_program(tally):
    tap = "1..1\nok 1 - first\n# ok - a\n1..1\nok 1 - other\n# ok - b\n"
    assert tally(("ctest", 0, junit(program(tap))))[:2] == (0, "2 passed, 0 failed, 0 skipped")


def test_program_with_a_failed_test(tally):
    tap = "1..2\nok 1 - first\nnot ok 2 - second\n# 1 != 2\n# not ok - tests\n"
    code, total, lines = tally(("ctest", 8, junit(program(tap, "fail"))))
    assert (code, total) == (1, "1 passed, 1 failed, 0 skipped")
    assert "FAILED: step0: test_x: second" in lines


def test_program_that_died_on_the_way(tally):
    assert tally(("ctest", 8, junit(program("1..3\nok 1 - first\nERROR: AddressSanitizer", "fail"))))[:2] == (
        1, "1 passed, 1 failed, 0 skipped")


def test_program_that_leaks_after_its_tests(tally):
    assert tally(("ctest", 8, junit(program("1..1\nok 1 - first\nERROR: LeakSanitizer", "fail"))))[:2] == (
        1, "1 passed, 1 failed, 0 skipped")


def test_program_without_tap_is_one_test(tally):
    assert tally(("ctest", 0, junit(program("9 inputs"))))[:2] == (0, "1 passed, 0 failed, 0 skipped")
