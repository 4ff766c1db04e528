"""ticketgate gate: what it is given in files, the command that reruns a case, lines to be copied."""
import json
import shlex
import sys

import pytest

from test_gate import FEW, LIAR, MUTANT, gate, program, results, verdicts  # noqa: F401  program is a fixture


# ---- files ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [0, 1, 2, 16, 4095, 4096, 8192, 65535, 65536, 65537, 131071, 131072])
def test_an_error_map_of_any_length_is_read_to_its_end(tmp_path, size):
    path = tmp_path / "map.json"
    path.write_text(('{"x":"auth"' + " " * size)[:size - 1] + "}" if size > 20 else "{"[:size], encoding="utf-8")
    assert len(path.read_bytes()) == (size if size > 20 else min(size, 1))
    done = gate("--in-process", *FEW, "--role", "kms", "--error-map", str(path))
    assert done.returncode == (0 if size > 20 else 4), done.stderr
    assert "Sanitizer" not in done.stderr


@pytest.mark.parametrize("text", [b'{"x":"auth"}\0{"y":1}', b"\0", b'{"x":"auth"', b"[]", b'{"x":"auth"}}'])
def test_an_error_map_that_is_none_is_wrong_usage(tmp_path, text):
    path = tmp_path / "map.json"
    path.write_bytes(text)
    done = gate("--in-process", *FEW, "--error-map", str(path))
    assert done.returncode == 4 and "Sanitizer" not in done.stderr


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"format":1}'])
def test_a_bad_baseline_is_refused_before_the_run(tmp_path, text):
    path = tmp_path / "before.json"
    path.write_text(text, encoding="utf-8")
    done = gate("--in-process", *FEW, "--baseline", str(path), "--output", "jsonl")
    assert done.returncode == 4
    assert '"verdict"' not in done.stdout  # no case was run


# ---- the command ------------------------------------------------------------------------------------------------------

def test_the_command_that_reruns_a_case_is_what_was_asked_for(program, tmp_path):  # noqa: F811
    target = program(LIAR, "it's", "two words")[1].replace("it's two words", "\"it's\" 'two words'")
    error_map = tmp_path / "a map.json"
    error_map.write_text("{}", encoding="utf-8")
    given = [f"--iut={target}", "--seed=o'clock", "--timeout=9", "--iut-memory", "1G", "--set", "vr_prf=hdr", "--any-error",
             f"--error-map={error_map}", "--level", "must", "--vectors", "none"]
    case = next(case for case in results(*given, "--group", "sanity", "-k", "plain")[0] if case["verdict"] == "failed")
    words = shlex.split(case["rerun"])
    assert words == ["ticketgate", "gate", "--iut", target, "--seed", "o'clock", "--timeout", "9", "--iut-memory", "1G", "--set",
                     "vr_prf=hdr", "--any-error", "--error-map", str(error_map), "--level", "must", "--vectors", "none",
                     "--case", case["id"]]
    again, code = results(*words[2:])
    assert code == 1 and again[0]["failures"] == case["failures"]


def test_the_command_in_the_report_can_be_typed_again():
    given = ["--in-process", "--seed", "o'clock 1", "--case=plain:I:*", "--output", "json"]
    report = json.loads(gate(*given).stdout)
    assert shlex.split(report["run"]["command"] if "run" in report else report["command"])[2:] == given


# ---- what an implementation need not do -------------------------------------------------------------------------------

def without(word):
    """The reference that does not declare a word, as a line of Python between it and the gate."""
    return ("import json,subprocess,sys\n"
            "inner = subprocess.Popen([sys.argv[1], 'iut'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
            "for line in sys.stdin:\n"
            "    inner.stdin.write(line)\n"
            "    inner.stdin.flush()\n"
            "    answer = inner.stdout.readline()\n"
            "    if '\"hello\"' in line:\n"
            "        answer = json.loads(answer)\n"
            f"        answer['can'].remove('{word}')\n"
            "        answer = json.dumps(answer) + '\\n'\n"
            "    sys.stdout.write(answer)\n"
            "    sys.stdout.flush()\n")


def test_a_ticket_with_the_other_prf_needs_suite_256(tmp_path):
    from conftest import binary
    path = tmp_path / "between.py"
    path.write_text(without("suite-256"), encoding="utf-8")
    found, _ = verdicts("--iut", f"{sys.executable} {path} {binary()}", "--case", "ticket-prf*")
    assert len(found) == 2 and set(found.values()) == {"skipped"}
