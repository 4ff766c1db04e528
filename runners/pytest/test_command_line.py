"""The command line: forms of input and output, exit codes, and what it says about bad input."""
import base64
import fcntl
import json
import os
import signal
import subprocess
import time

import pytest

from conftest import ROOT, VECTORS, binary, call

COMMANDS = [("decode",), ("encode",), ("check",), ("vectors", "run"), ("profiles",), ("requirements",)]


@pytest.fixture(scope="module")
def example(readable):
    """A message of some size, with its tree."""
    vector = max(readable, key=lambda v: len(v["message"]) if len(v["message"]) < 4000 else 0)
    return bytes.fromhex(vector["message"]), vector["tree"]


def test_help_and_version(run):
    assert run("--version").out.startswith(b"ticketgate ")
    for command in [(), *COMMANDS]:
        outcome = run(*command, "--help")
        assert outcome.code == 0 and outcome.out.startswith(b"usage: ticketgate") and not outcome.err
        assert b"exit codes:" in outcome.out and (b"example" in outcome.out or not command)
        assert all(len(line) <= 100 for line in outcome.out.splitlines()), command


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["vectors"], ["vectors", "nonsense"], ["decode", "--nonsense"], ["decode", "--format"],
    ["decode", "--format", "nonsense"], ["decode", "--output", "hex"], ["decode", "-x"], ["decode", "a", "b"],
    ["decode", "--lines", "--format", "sdp"], ["decode", "--lines=yes"], ["decode", "--max-size", "0"],
    ["decode", "--max-size", "-1"], ["decode", "--max-size", "99999999999999999999"], ["decode", "--max-size", "1X"],
    ["encode", "--lines", "--output", "raw"], ["encode", "--lines", "--format", "hex"],
    ["check", "--profile", "nonsense"], ["check", "--profile", "./nonsense.json"], ["check", "--exchange", "first"],
    ["check", "--sender", "X"], ["check", "--m-lines", "rtp,nonsense"], ["check", "--m-lines", "rtp;tls"],
    ["profiles", "a"], ["requirements", "--output", "xml"], ["vectors", "run", "--output", "xml"],
    ["vectors", "run", "no/such/folder"],
])
def test_wrong_usage(run, arguments, one_line):
    outcome = run(*arguments)
    assert outcome.code == 4 and outcome.out == b"" and one_line(outcome.err)


def forms(octets):
    yield "raw", octets
    yield "hex", octets.hex().encode()
    yield "hex", octets.hex(" ", 4).upper().encode() + b"\r\n"
    yield "base64", base64.b64encode(octets)
    yield "base64", b"\n".join(base64.b64encode(octets)[i:i + 60] for i in range(0, len(octets) * 2, 60))
    yield "sdp", b"a=key-mgmt:mikey " + base64.b64encode(octets) + b"\r\n"
    yield "sdp", (b"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=key-mgmt:mikey "
                  + base64.b64encode(octets) + b"\r\nm=audio 49000 RTP/SAVP 98\r\n")


def test_input_forms(run, example):
    octets, tree = example
    inputs = [*forms(octets), ("json", json.dumps(tree).encode()),
              ("json", json.dumps({"ok": True, "message": tree}, indent=3).encode())]
    for name, data in inputs:
        for chosen in (name, "auto"):
            outcome = run("decode", "--output", "json", "--format", chosen, stdin=data)
            assert outcome.code == 0 and not outcome.err, (name, chosen, outcome.err)
            assert json.loads(outcome.out) == {"ok": True, "message": tree}, (name, chosen)


def test_files_and_standard_input(run, example, tmp_path):
    octets, _ = example
    path = tmp_path / "a message"
    path.write_bytes(octets)
    results = {run("decode", path).out, run("decode", "-", stdin=octets).out, run("decode", stdin=octets).out}
    assert len(results) == 1 and results.pop()


def test_output_forms(run, example):
    octets, tree = example
    text = json.dumps(tree).encode()
    assert run("encode", stdin=text).out == octets.hex().encode() + b"\n"
    assert run("encode", "--output", "hex", stdin=text).out == octets.hex().encode() + b"\n"
    assert run("encode", "--output", "base64", stdin=text).out == base64.b64encode(octets) + b"\n"
    assert run("encode", "--output", "raw", stdin=text).out == octets
    assert run("encode", "--output", "sdp", stdin=text).out == b"a=key-mgmt:mikey " + base64.b64encode(octets) + b"\n"
    assert run("encode", "--format", "hex", "--output", "raw", stdin=octets.hex().encode()).out == octets


def test_text_shows_every_payload(run, readable):
    for vector in readable[::37]:
        outcome = run("decode", "--format", "hex", stdin=vector["message"].encode())
        assert outcome.code == 0
        for payload in vector["tree"]["payloads"]:
            assert f"  {payload['payload']}\n" in outcome.out.decode()


def test_several_attributes(run, example):
    octets, tree = example
    data = base64.b64encode(octets)
    sdp = (b"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49000 RTP/SAVP 98\r\n"
           b"a=key-mgmt:mikey " + data + b"\r\nm=video 49002 RTP/SAVP 99\r\na=key-mgmt:mikey " + data + b"\r\n")
    outcome = run("decode", "--output", "json", stdin=sdp)
    decoder, text, found = json.JSONDecoder(), outcome.out.decode(), []
    while text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    assert outcome.code == 0 and found == [{"ok": True, "message": tree}] * 2


def test_refused_messages(run, refused, one_line):
    for vector in refused[::7]:
        error = vector["error"]
        outcome = run("decode", "--format", "hex", stdin=vector["message"].encode())
        assert outcome.code == 1 and outcome.out == b""
        line = one_line(outcome.err)
        assert error["status"] in line and error["path"] in line and str(error["offset"]) in line and error["id"] in line
        outcome = run("check", "--format", "hex", "--output", "json", stdin=vector["message"].encode())
        assert outcome.code == 1 and json.loads(outcome.out)["error"]["path"] == error["path"]


BAD = {
    "odd hex": (["--format", "hex"], b"012", 1),
    "no hex": (["--format", "hex"], b"0g", 1),
    "no base64": (["--format", "base64"], b"AQ=A", 1),
    "no json": (["--format", "json"], b"{", 1),
    "no tree": (["--format", "json"], b"{}", 1),
    "deep json": (["--format", "json"], b"[" * 100000, 1),
    "no sdp": (["--format", "sdp"], b"hello\n", 1),
    "sdp without mikey": (["--format", "sdp"],
                          b"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", 1),
    "nothing": ([], b"", 1),
    "white space": ([], b" \r\n", 1),
    "noise": ([], bytes(range(256)) * 10, 1),
    "noise that is text": ([], b"hello, world\n", 1),
    "escape sequences": (["--format", "json"], b'{"hdr":{"\x1b[31m":1}}', 1),
    "too large": (["--max-size", "10", "--format", "raw"], bytes(11), 4),
    "too large in hex": (["--max-size", "10", "--format", "hex"], b"00" * 11, 4),
}


@pytest.mark.parametrize("command", ["decode", "check"])
@pytest.mark.parametrize("name", BAD)
def test_bad_input(run, command, name, one_line):
    options, data, code = BAD[name]
    outcome = run(command, *options, stdin=data)
    assert outcome.code == code and outcome.out == b""
    line = one_line(outcome.err)
    assert "standard input" in line and "\x1b" not in line


@pytest.mark.parametrize("command", ["decode", "check"])
@pytest.mark.parametrize("name", BAD)
def test_bad_input_as_json(run, command, name, one_line):
    options, data, code = BAD[name]
    outcome = run(command, "--output", "json", *options, stdin=data)
    assert outcome.code == code and one_line(outcome.err)
    answer = json.loads(outcome.out)
    assert answer["ok"] is False and answer["error"]["status"]


def test_an_object_for_each_attribute(run):
    sdp = (b"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49000 RTP/SAVP 98\r\n"
           b"a=key-mgmt:mikey AQ=A\r\nm=video 49002 RTP/SAVP 99\r\na=key-mgmt:mikey AQAAAAAAAAEAAQ==\r\n")
    outcome = run("decode", "--output", "json", stdin=sdp)
    assert outcome.code == 1
    assert outcome.out.count(b'"ok":false') == 1 and outcome.out.count(b'"ok":true') == 1


def test_what_complaints_say(run, tmp_path):
    assert "an odd number of hex digits" in run("decode", "--format", "hex", stdin=b"012\n").err
    assert "offset 0" not in run("encode", stdin=b"{}").err
    assert "--max-size" in run("decode", "--max-size", "10", "--format", "raw", stdin=bytes(11)).err
    large = tmp_path / "own.json"
    large.write_bytes(b" " * (2 << 20))
    outcome = run("check", "--profile", large, stdin=b"")
    assert outcome.code == 4 and "--max-size" not in outcome.err


@pytest.mark.parametrize("command", ["decode", "encode", "check"])
@pytest.mark.parametrize("lines", [[], ["--lines"]])
def test_unreadable_input(run, command, lines, tmp_path, one_line):
    forbidden = tmp_path / "forbidden"
    forbidden.write_bytes(b"")
    forbidden.chmod(0)
    places = [tmp_path / "is not there", tmp_path] + ([forbidden] if os.geteuid() else [])
    for place in places:
        outcome = run(command, *lines, place)
        assert outcome.code == 4 and outcome.out == b"" and str(place) in one_line(outcome.err)


def test_endless_input_ends(run, one_line):
    with open("/dev/zero", "rb") as endless:
        done = subprocess.run([binary(), "decode"], stdin=endless, capture_output=True, timeout=120, check=False)
    assert done.returncode == 4 and done.stdout == b"" and one_line(done.stderr.decode())


@pytest.mark.parametrize("arguments", [["decode"], ["decode", "--output", "json"], ["check"], ["profiles"], ["--help"],
                                       ["requirements"], ["decode", "--help"], ["vectors", "run", "--list", str(VECTORS)],
                                       ["vectors", "run", "--output", "json", str(VECTORS)]])
def test_output_that_cannot_be_written(arguments, example, one_line):
    octets, _ = example
    with open("/dev/full", "wb") as full:
        done = subprocess.run([binary(), *arguments], input=octets, stdout=full, stderr=subprocess.PIPE, timeout=120,
                              check=False)
    assert done.returncode == 3 and one_line(done.stderr.decode())


def test_reader_goes_away():
    """A pipe whose reader is gone is no crash."""
    child = subprocess.Popen([binary(), "requirements", "--output", "json"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    child.stdout.close()
    child.stderr.read()
    assert child.wait(timeout=60) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [["decode"], ["decode", "--lines"], ["check", "--lines"], ["encode", "--lines"]])
def test_interrupted(number, arguments):
    child = subprocess.Popen([binary(), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    child.stdin.write(b"00\n")
    child.stdin.flush()
    if "--lines" in arguments:
        assert child.stdout.readline()
    else:
        time.sleep(0.3)
    child.send_signal(number)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 2 and (out == b"" or out.endswith(b"\n"))


@pytest.mark.parametrize("arguments", [["decode"], ["check", "--profile"], ["decode", "--lines"], ["vectors", "run"],
                                       ["vectors", "run", "--output", "json"], ["pcap", "check"]], ids=" ".join)
@pytest.mark.parametrize("with_writer", [False, True])
def test_interrupted_at_a_fifo(arguments, with_writer, tmp_path):
    """Before anybody writes, and while a writer is silent."""
    fifo = tmp_path / "own.json"
    os.mkfifo(fifo)
    child = subprocess.Popen([binary(), *arguments, str(fifo)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer = os.open(fifo, os.O_RDWR) if with_writer else -1
    time.sleep(0.3)
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate(timeout=10)
    if with_writer:
        os.close(writer)
    assert child.returncode == 2
    if "json" in arguments:
        assert json.loads(out)["interrupted"] is True


def test_interrupted_in_a_write():
    """Nobody reads: the command gives up soon; a second signal ends it at once."""
    for signals in (1, 2):
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        child = subprocess.Popen([binary(), "requirements", "--output", "json"], stdout=writing)
        os.close(writing)
        time.sleep(0.4)
        assert child.poll() is None
        for _ in range(signals):
            child.send_signal(signal.SIGINT)
            time.sleep(0.1)
        assert child.wait(timeout=10) == (2 if signals == 1 else -signal.SIGINT)
        os.close(reading)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors(closed, tmp_path):
    """The report file must not take the place of a closed descriptor; output that is lost is an error."""
    report = tmp_path / "report"
    script = f'exec "$0" vectors run --filter "tgv-0*" --output json --report "$1" "$2" {closed}'
    code = subprocess.run(["sh", "-c", script, binary(), report, VECTORS], timeout=60, check=False,
                          capture_output=True).returncode
    assert code == (3 if ">&- " in f"{closed} ".replace("2>&-", "") else 0)
    assert json.loads(report.read_text())["exit_code"] == 0


def test_check(run, vectors):
    """check says what the vectors say, alone and under each profile."""
    chosen = [vector for vector in vectors if vector["tree"] and not vector.get("settings")][::23]
    for vector in chosen:
        context = vector["context"]
        options = []
        for name in ("exchange", "sender"):
            options += [f"--{name}", context[name]] if name in context else []
        options += ["--m-lines", ",".join(context["m_lines"])] if "m_lines" in context else []
        options += ["--resolves-ticket"] if context.get("tpk_at_hand") else []
        for profile, judgement in vector["profiles"].items():
            outcome = run("check", "--profile", profile, *options, "--format", "hex", "--output", "json",
                          stdin=vector["message"].encode())
            result = json.loads(outcome.out)
            broken = sorted({finding["id"] for finding in result["findings"]})
            assert broken == ([] if judgement["sends"] == "conforms" else judgement["sends"]), vector["id"]
            assert outcome.code == any(finding["level"] == "MUST" for finding in result["findings"])
            text = run("check", "--profile", profile, *options, "--format", "hex", stdin=vector["message"].encode())
            assert text.code == outcome.code and all(row in text.out.decode() for row in broken)


def test_own_profile(run, tmp_path, example, one_line):
    octets, _ = example
    own = tmp_path / "own.json"
    own.write_text('{"profile": "own", "extends": "ims-media", "title": "Ours", "flags": {"D": null}}')
    assert b"profile own: Ours" in run("check", "--profile", own, stdin=octets).out
    own.write_text('{"profile": "own", "extends": "nonsense"}')
    outcome = run("check", "--profile", own, stdin=octets)
    assert outcome.code == 4 and outcome.out == b"" and one_line(outcome.err)


def test_profiles_and_requirements(run, one_line):
    profiles = json.loads(run("profiles", "--output", "json").out)["profiles"]
    files = {path.stem for path in (ROOT / "harness" / "findings" / "profiles").glob("*.json")}
    assert {profile["name"] for profile in profiles} == files
    rows = json.loads(run("requirements", "--output", "json").out)["requirements"]
    assert len(rows) > 100 and len({row["id"] for row in rows}) == len(rows)
    one = json.loads(run("requirements", "--output", "json", rows[5]["id"]).out)["requirements"]
    assert one == [rows[5]]
    assert rows[5]["text"] in run("requirements", rows[5]["id"]).out.decode()
    several = json.loads(run("requirements", "--output", "json", "RFC6043-6.10-").out)["requirements"]
    assert len(several) > 5 and all(row["id"].startswith("RFC6043-6.10-") for row in several)
    outcome = run("requirements", "RFC6043-99")
    assert outcome.code == 5 and outcome.out == b"" and one_line(outcome.err)


def test_fields_by_themselves(readable):
    """Decoding what was encoded after one field was edited shows that field edited, and no other."""
    for vector in readable[::101]:
        tree = json.loads(json.dumps(vector["tree"]))
        tree["hdr"]["csb_id"] ^= 0xffffffff
        octets = call("encode", "--output", "raw", stdin=json.dumps(tree).encode()).out
        before = bytes.fromhex(vector["message"])
        assert octets[:4] + before[4:8] + octets[8:] == before


def test_output_that_is_closed_is_noticed():
    """Nothing to write to: the answer is lost, and the exit code says so."""
    done = subprocess.run(["sh", "-c", 'exec "$0" profiles >&-', str(binary())], capture_output=True, timeout=60, check=False)
    assert done.returncode == 3 and done.stderr
