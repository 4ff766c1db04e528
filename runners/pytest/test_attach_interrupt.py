"""A run against an implementation that hangs, talks too much or ends the program: it ends soon, with what it has seen."""
import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from conftest import binary, call

ROOT = pathlib.Path(__file__).parents[2]
SOON = 4 # seconds: about one where nobody else uses the machine

ANSWERS = """
import json, os, sys, time
mode, marker = sys.argv[1], sys.argv[2]
sys.stdout.reconfigure(encoding="utf-8")
def say(**answer):
    print(json.dumps(answer, ensure_ascii=False), flush=True)
def hang():
    open(marker, "a").write("x")
    time.sleep(300)
if mode == "hello":
    hang()
done = 0
for line in sys.stdin:
    call = json.loads(line)
    if call["op"] == "hello":
        say(id=call["id"], name=("N\\uffff" + "n" * 900000) if mode == "long" else "x", roles=["kms"], profiles=["*"],
            can=["decode", "psk", "mode-1", "suite-128"] + (["w%d" % i for i in range(100000)] if mode == "many" else []))
    elif call["op"] == "bye":
        if mode == "bye":
            hang()
        break
    else:
        done += 1
        if mode == "all" or (mode == "call" and done == 4) or (mode == "other" and done % 2 == 0):
            hang()
        if mode == "long":
            say(id=call["id"], outcome="rejected", error="\\u00e9" * 200000, text="\\ufffe\\uffff" + "\\u20ac" * 200000)
        else:
            say(id=call["id"], outcome="accepted")
"""

HANGING = """
#include <stddef.h>
#include <stdlib.h>
#include <ticketgate/iut.h>
static int decode(tgi_octets message, tgi_reply *reply)
{
    (void)message;
    reply->outcome = TGI_ACCEPTED;
    BODY;
    return 0;
}
static const tgi_interface all = { .version = TGI_VERSION, .size = sizeof(tgi_interface), .name = "so", .release = "1",
                                   .roles = "", .profiles = "*", .can = "decode", .decode = decode };
const tgi_interface *ticketgate_iut(void)
{
    INIT;
    return &all;
}
"""


@pytest.fixture(name="target")
def target_of(tmp_path):
    script, marker = tmp_path / "iut.py", tmp_path / "hangs"
    script.write_text(ANSWERS, encoding="utf-8")

    def make(mode):
        return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {mode} {shlex.quote(str(marker))}"
    make.marker = marker
    return make


@pytest.fixture(name="shared_object")
def shared_object_of(tmp_path):
    def make(body="(void)0", init="(void)0"):
        source, built = tmp_path / "iut.c", tmp_path / "iut.so"
        source.write_text(HANGING, encoding="ascii")
        subprocess.run(["cc", "-shared", "-fPIC", f"-DBODY={body}", f"-DINIT={init}", "-I", ROOT / "harness" / "include", "-o",
                        built, source], check=True, timeout=60)
        return built
    return make


def start(*arguments):
    """As from a shell in the foreground: pytest may have been started with SIGINT ignored."""
    return subprocess.Popen([binary(), "gate", *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def interrupt(run, number, when):
    """Sends the signal once `when` is so: its exit code, output, and how long it took to end."""
    try:
        until = time.monotonic() + 30
        while not when():
            assert time.monotonic() < until and run.poll() is None, run.communicate()
            time.sleep(0.02)
        time.sleep(0.2)
        begin = time.monotonic()
        run.send_signal(number)
        out, err = run.communicate(timeout=30)
        return run.returncode, out.decode(), err.decode(), time.monotonic() - begin
    finally:
        run.kill()
        run.wait()


# ---- signals ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("group", ["decode", "sanity"])
def test_an_interrupt_ends_the_wait_and_the_report_is_whole(target, tmp_path, number, group):
    report = tmp_path / "r.json"
    mode = "call" if group == "decode" else "all"
    run = start("--iut", target(mode), "--timeout", 60, "--group", group, "--report", f"json={report}", "--output", "json")
    code, out, err, seconds = interrupt(run, number, target.marker.exists)
    assert code == 2 and seconds < SOON, (err, seconds)
    read = json.loads(report.read_text(encoding="utf-8"))
    assert read == json.loads(out)
    assert read["interrupted"] is True
    ran = [case for case in read["cases"] if case["verdict"] != "skipped"]
    assert not any(case["verdict"] == "failed" and case.get("fault") for case in ran), "a case that was cut off is no failure"
    assert read["breakdowns"] == []
    assert len(ran) == (3 if group == "decode" else 0)


def test_an_interrupt_ends_the_wait_for_a_hosted_shared_object(shared_object, tmp_path):
    marker = tmp_path / "hangs"
    built = shared_object(f'static int n; if (++n == 3) {{ if (system("touch {marker}")) abort(); for (;;); }}')
    run = start("--iut", built, "--timeout", 60, "--group", "decode", "--output", "json")
    code, out, err, seconds = interrupt(run, signal.SIGINT, marker.exists)
    assert code == 2 and seconds < SOON, err
    read = json.loads(out)
    assert read["interrupted"] and read["breakdowns"] == [] and len(read["cases"]) == 2


def test_an_interrupt_ends_the_wait_for_hello(target):
    run = start("--iut", target("hello"), "--timeout", 60, "--group", "decode")
    code, _, err, seconds = interrupt(run, signal.SIGTERM, target.marker.exists)
    assert (code, seconds < SOON) == (2, True), err


def test_an_interrupt_ends_the_wait_for_what_is_said_after_bye(target):
    run = start("--iut", target("bye"), "--timeout", 60, "--case", "decode:tgv-0*")
    code, _, err, seconds = interrupt(run, signal.SIGTERM, target.marker.exists)
    assert seconds < SOON and code in (0, 1, 2), err


def test_an_interrupt_ends_the_wait_for_a_live_kms():
    """It answers HEAD, and nothing else."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked = threading.Event()
    kept = []

    def serve():
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            kept.append(connection)
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection):
        while data := connection.recv(65536):
            if data.startswith(b"HEAD"):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            else:
                asked.set()

    threading.Thread(target=serve, daemon=True).start()
    try:
        run = start("--iut", f"http://127.0.0.1:{listener.getsockname()[1]}/keymanagement", "--timeout", 60, "--group", "sanity",
                    "--output", "json")
        code, out, err, seconds = interrupt(run, signal.SIGINT, asked.is_set)
    finally:
        listener.close()
        for connection in kept:
            connection.close()
    assert code == 2 and seconds < SOON, err
    assert json.loads(out)["interrupted"] and json.loads(out)["breakdowns"] == []


# ---- the end of the program -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("where", ["call", "init"])
def test_exit_in_an_object_called_directly_is_no_end_of_a_run(shared_object, tmp_path, where):
    report = tmp_path / "r.json"
    built = shared_object("static int n; if (++n == 3) exit(0)") if where == "call" else shared_object(init="exit(0)")
    done = call("gate", "--in-process", "--iut", str(built), "--group", "decode", "--report", f"json={report}", cwd=ROOT)
    assert done.code == 3 and "nothing is reported" in done.err
    assert not report.exists()


def test_without_exit_it_ends_as_ever(shared_object):
    done = call("gate", "--in-process", "--iut", str(shared_object()), "--group", "decode", cwd=ROOT)
    assert done.code == 1 and "nothing is reported" not in done.err and b"failed" in done.out


# ---- time -------------------------------------------------------------------------------------------------------------

def hangs(target):
    return len(target.marker.read_text(encoding="ascii"))


def test_who_hangs_in_every_case_is_asked_ten_times(target):
    done = call("gate", "--iut", target("all"), "--timeout", "1", "--group", "decode", "--output", "json", cwd=ROOT)
    read = json.loads(done.out)
    assert done.code == 1 and hangs(target) == 10
    verdicts = [case["verdict"] for case in read["cases"]]
    assert verdicts.count("failed") == 10 and verdicts.count("inconclusive") == len(verdicts) - 10
    assert [b["fault"] for b in read["breakdowns"]] == ["timeout"] * 10 + ["gone"]
    assert "10 times" in read["breakdowns"][-1]["text"]


def test_who_hangs_in_every_other_case_is_asked_as_often_as_is_said(target):
    """Each case that is done in between begins the count in a row anew; that of all goes on."""
    done = call("gate", "--iut", target("other"), "--timeout", "1", "--max-timeouts", "12", "--group", "decode", "--output", "json",
                cwd=ROOT)
    read = json.loads(done.out)
    assert done.code == 1 and hangs(target) == 12
    assert sum(case.get("fault") == "timeout" for case in read["cases"]) == 12
    assert "12 times, which is the most" in read["breakdowns"][-1]["text"]


@pytest.mark.parametrize("value", ["0", "-1", "x", "1000001", ""])
def test_how_often_is_a_number(value):
    assert call("gate", "--max-timeouts", value, "--list").code == 4


# ---- memory -----------------------------------------------------------------------------------------------------------

def test_what_it_says_is_cut_as_it_is_read(target, tmp_path):
    report = tmp_path / "r.json"
    command = ["/usr/bin/env", "python3", "-c", "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=False); "
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"]
    done = subprocess.run([*command, binary(), "gate", "--iut", target("long"), "--case", "decode:tgv-1*", "--report", f"json={report}",
                           "--report", f"sarif={tmp_path / 'r.sarif'}", "--report", f"junit={tmp_path / 'r.xml'}"],
                          cwd=ROOT, capture_output=True, timeout=300, check=True)
    most_kb = int(done.stdout.split()[-1])
    read = json.loads(report.read_text(encoding="utf-8"))
    assert read["iut"]["name"] == "N?" + "n" * 123 + "\u2026"
    said = {failure["got"] for case in read["cases"] for failure in case["failures"] if "\u00e9" in failure.get("got", "")}
    assert said == {"rejected: " + "\u00e9" * 62 + "\u2026"}
    assert len(read["cases"]) > 30 and report.stat().st_size < len(read["cases"]) * 4096 + 200000
    assert most_kb < (600 << 10), most_kb # with sanitizers, and as much without what it says
    for path in tmp_path.glob("r.*"):
        text = path.read_text(encoding="utf-8")
        assert "\ufffe" not in text and "\uffff" not in text


def test_too_many_words_are_no_declaration(target):
    done = call("gate", "--iut", target("many"), "--group", "decode", cwd=ROOT)
    assert done.code == 4 and "can has more than 256" in done.err
