"""--lines: one answer for each line, in order, as soon as the input runs dry."""
import json
import subprocess
import threading

import pytest

from conftest import binary

ONE = b"01000000000000010001"  # a header alone


def answers(outcome):
    assert outcome.out == b"" or outcome.out.endswith(b"\n")
    return [json.loads(line) for line in outcome.out.splitlines()]


@pytest.mark.parametrize("command", ["decode", "check"])
def test_all_vectors(run, vectors, command):
    outcome = run(command, "--lines", stdin="".join(vector["message"] + "\n" for vector in vectors).encode())
    found = answers(outcome)
    assert len(found) == len(vectors) and not outcome.err and outcome.code == 1
    for vector, answer in zip(vectors, found):
        expected = {"ok", "error"} if vector["error"] else {"ok", "message"} | ({"findings"} if command == "check" else set())
        assert set(answer) == expected and answer["ok"] == (vector["error"] is None), vector["id"]
        if vector["tree"]:
            assert answer["message"] == vector["tree"], vector["id"]
        else:
            assert vector["error"].items() <= answer["error"].items(), vector["id"]
            assert set(answer["error"]) == {"status", "id", "clause", "path", "offset", "text"}


def test_round_trip(run, readable):
    """decode --lines | encode --lines gives the lines again; a tree without its wrapper does too."""
    lines = "".join(vector["message"] + "\n" for vector in readable).encode()
    decoded = run("decode", "--lines", stdin=lines)
    assert decoded.code == 0
    encoded = run("encode", "--lines", stdin=decoded.out)
    assert encoded.code == 0 and encoded.out == lines and not encoded.err
    bare = "".join(json.dumps(vector["tree"]) + "\n" for vector in readable).encode()
    assert run("encode", "--lines", stdin=bare).out == lines


def test_forms_of_lines(run):
    plain = answers(run("decode", "--lines", stdin=ONE + b"\n"))[0]
    for data in (ONE, ONE + b"\r\n", ONE.upper() + b"\n"):
        outcome = run("decode", "--lines", stdin=data)
        assert outcome.code == 0 and answers(outcome) == [plain]
    assert run("decode", "--lines", "--format", "base64", stdin=b"AQAAAAAAAAEAAQ==\n").out == \
        run("decode", "--lines", stdin=ONE + b"\n").out


@pytest.mark.parametrize("command", ["decode", "check"])
def test_bad_lines(run, command):
    lines = [b"", ONE, b"012", b"nonsense", b"\xff\x00\xfe", b"01" * 5, b'{"ok":true}', b"\r", ONE]
    outcome = run(command, "--lines", stdin=b"\n".join(lines) + b"\n")
    found = answers(outcome)
    assert outcome.code == 1 and not outcome.err
    assert [answer["ok"] for answer in found] == [False, True, False, False, False, False, False, False, True]
    assert found[0]["error"]["status"] == "truncated" and found[0]["error"]["offset"] == 0
    assert found[0]["error"]["path"] == "hdr.version"
    assert found[7] == found[0]
    assert all(found[i]["error"]["status"] == "bad_hex" for i in (2, 3, 4, 6))


def test_findings_do_not_change_the_exit_code(run):
    outcome = run("check", "--lines", stdin=ONE[:2] + b"0e" + ONE[4:] + b"\n")
    assert any(finding["level"] == "MUST" for finding in answers(outcome)[0]["findings"])
    assert outcome.code == 0
    assert run("check", stdin=ONE[:2] + b"0e" + ONE[4:]).code == 1


def test_encode_bad_lines(run):
    tree = json.dumps({"hdr": {"data_type": 0, "csb_id": 1, "cs_id_map_type": 1}, "payloads": []}).encode()
    lines = [tree, b"", b"nonsense", b'{"ok":false,"error":{}}', b"\xff", b"[]", b"[" * 5000, tree]
    outcome = run("encode", "--lines", stdin=b"\n".join(lines))
    assert outcome.code == 1
    assert outcome.out.split(b"\n") == [ONE, b"", b"", b"", b"", b"", b"", ONE, b""]
    complaints = outcome.err.splitlines()
    assert len(complaints) == 6
    assert all(f"line {number}: " in complaint for number, complaint in enumerate(complaints, 2))


def test_no_lines(run, one_line):
    for command in ("decode", "encode", "check"):
        outcome = run(command, "--lines", stdin=b"")
        assert outcome.code == 5 and outcome.out == b"" and one_line(outcome.err)


def large_message(size):
    """RAND payloads until the message has about this many octets."""
    rand = b"0bff" + b"ab" * 255
    last = b"0000"
    return b"01000b00000000010001" + rand * (size // 257) + last


def test_a_mebibyte_and_more(run):
    message = large_message(3 << 20)
    outcome = run("decode", "--lines", stdin=message + b"\n" + ONE + b"\n" + message)
    assert outcome.code == 0 and len(answers(outcome)) == 3
    encoded = run("encode", "--lines", stdin=outcome.out)
    assert encoded.out == message + b"\n" + ONE + b"\n" + message + b"\n"


def test_lines_beyond_the_limit(run):
    long = large_message(1 << 20)
    outcome = run("decode", "--lines", "--max-size", "1K", stdin=ONE + b"\n" + long + b"\n" + ONE + b"\n" + long)
    found = answers(outcome)
    assert outcome.code == 1 and [answer["ok"] for answer in found] == [True, False, True, False]
    assert found[1]["error"]["status"] == found[3]["error"]["status"] == "too_large"


def test_a_line_longer_than_anything(run):
    outcome = run("decode", "--lines", "--max-size", "1K", stdin=b"0" * (70 << 20) + b"\n" + ONE)
    found = answers(outcome)
    assert [answer["ok"] for answer in found] == [False, True]
    assert found[0]["error"]["status"] == "too_large"


@pytest.mark.parametrize("command", ["decode", "check", "encode"])
def test_line_by_line_peer(command):
    """A peer that writes a line and waits for its answer gets it; parts of a line are not answered."""
    tree = b'{"hdr":{"data_type":0,"csb_id":1,"cs_id_map_type":1},"payloads":[]}'
    line = tree if command == "encode" else ONE
    child = subprocess.Popen([binary(), command, "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    watchdog = threading.Timer(60, child.kill)
    watchdog.start()
    try:
        first = None
        for _ in range(200):
            child.stdin.write(line[:7])
            child.stdin.flush()
            child.stdin.write(line[7:] + b"\n")
            child.stdin.flush()
            answer = child.stdout.readline()
            first = first or answer
            assert answer and answer == first
        child.stdin.write(line + b"\n" + line)  # two at once, the second without its newline
        child.stdin.flush()
        assert child.stdout.readline() == first
        out, err = child.communicate(timeout=60)
        assert out == first and err == b"" and child.returncode == 0
    finally:
        watchdog.cancel()
        child.kill()
        child.wait()


def test_a_peer_that_reads_late(vectors):
    """Much input at once, read by the peer only after a while, through pipes that fill up."""
    lines = "".join(vector["message"] + "\n" for vector in vectors).encode() * 3
    child = subprocess.Popen([binary(), "decode", "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = child.communicate(lines, timeout=120)
    assert out.count(b"\n") == lines.count(b"\n") and child.returncode == 1


def test_output_stops(vectors):
    """When nobody reads the answers any more, the command ends."""
    lines = "".join(vector["message"] + "\n" for vector in vectors).encode() * 5
    with open("/dev/full", "wb") as full:
        done = subprocess.run([binary(), "decode", "--lines"], input=lines, stdout=full, stderr=subprocess.PIPE,
                              timeout=120, check=False)
    assert done.returncode == 3
