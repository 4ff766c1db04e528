"""`ticketgate probe`: a right KMS passes, a wrong one is blamed by requirement, a broken one is named in bounded time."""
import base64
import contextlib
import fnmatch
import http.client
import json
import re
import signal
import socketserver
import subprocess
import threading
import time

import jsonschema
import pytest

from conftest import SCHEMA, binary, call
from kms_process import running


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("probe")


def probe(*arguments):
    """(exit code, report, {id: case})"""
    done = call("probe", "--requests", "0", "--output", "json", *arguments)
    report = json.loads(done.out)
    return done.code, report, {case["id"]: case for case in report["cases"]}


def failed(cases):
    return {case["id"]: case["failures"] for case in cases.values() if case["verdict"] == "failed"}


# ---- a KMS that is right ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["rfc6043", "ims-media", "ims-mixed", "ims-message"])
def test_the_reference_passes(directory, profile):
    with running(directory, "--profile", profile) as kms:
        code, report, cases = probe("--profile", profile, "--requests", "400", kms.url)
    assert code == 0, failed(cases)
    skipped = [case for case in report["cases"] if case["verdict"] != "passed"]
    assert all(case["verdict"] == "skipped" and "under this profile" in case["reason"] for case in skipped)
    assert len(skipped) < (1 if profile == "rfc6043" else 10)
    assert len(cases) == len(report["cases"]) > 70, "ids are unique"
    assert "400 right, 0 wrong, 0 without an answer" in cases["kms-load"]["note"]
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("mapping", [
    ["--body", "raw"], ["--body", "base64"],
    ["--path", "/a/b", "--query-request", "", "--query-resolve", "", "--content-type", "x/y", "--status", "error=403"],
    ["--method", "PUT", "--query-request", "do=ticket&v=1", "--query-resolve", "do=resolve&v=1"],
])
def test_it_speaks_any_mapping(directory, mapping):
    with running(directory, *mapping) as kms:
        code, _, cases = probe(*mapping, kms.url)
        assert code == 0, failed(cases)
        if "--path" not in mapping:
            root = kms.url[:-len(kms.path)]
            assert probe(*mapping, "--only", "kms-request-psk-*", root)[0] == 0, "a URL without a path"


def test_another_mapping_fails(directory):
    with running(directory, "--body", "raw", "--path", "/other") as kms:
        root = kms.url[:-len(kms.path)]
        code, _, cases = probe(root)
        assert code == 1 and "404" in failed(cases)["kms-first"][0]["got"]
        code, _, cases = probe("--path", "/other", "--only", "kms-request-psk-*", root)
        assert code == 1 and set(failed(cases)) == {"kms-request-psk-base64"}


def test_other_keys_fail(directory, tmp_path):
    keys = json.loads(call("kms", "--print-deployment").out)
    keys["secrets"]["psk_i"] = keys["subscribers"][0]["psk"] = "00" * 32
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(keys))
    with running(directory) as kms:
        code, _, cases = probe("--known", path, kms.url)
    assert code == 1 and failed(cases)["kms-first"][0]["got"].startswith("Error ")


def test_a_fixed_time_on_both_sides(directory):
    with running(directory, "--now", "1780142400") as kms:
        code, _, cases = probe("--now", "1780142400", kms.url)
        assert code == 0, failed(cases)
        assert cases["kms-request-counter"]["verdict"] == "skipped" and cases["kms-request-counter"]["reason"]
        assert probe(kms.url)[0] == 1, "the clocks are months apart"


def test_without_rsa_keys_public_keys_are_skipped(directory, tmp_path):
    keys = json.loads(call("kms", "--print-deployment").out)
    del keys["secrets"]["rsa"]
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(keys))
    with running(directory, "--known", path) as kms:
        code, _, cases = probe("--known", path, kms.url)
    skipped = {name for name, case in cases.items() if case["verdict"] == "skipped"}
    assert code == 0 and skipped and all("-pk" in name for name in skipped)


# ---- one that is wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("deviation, row, somewhere", [
    ("response-csb-id", "RFC6043-4.2.1.5-01", "kms-request-psk-raw"),
    ("response-same-t", "RFC6043-4.2.1.5-03", "kms-request-psk-raw"),
    ("mpks-swapped", "RFC6043-4.2.1.5-x02", "kms-request-psk-raw"),
    ("no-mpkr", "RFC6043-4.2.1.5-09", "kms-request-psk-raw"),
    ("kemac-key", "RFC6043-4.2.1.5-06", "kms-request-psk-raw"),
    ("ticket-auth-key", "RFC6043-A.1-08", "kms-request-psk-raw"),
    ("k-inverted", "RFC6043-6.10-x20", "kms-request-psk-raw"),
    ("tgk-not-forked", "RFC6043-4.2.3.5-10", "kms-resolve-psk-raw"),
    # what it does not see
    ("request-mac-unchecked", "RFC6043-4.2.1.2-04", "kms-key-request"),
    ("resolve-mac-unchecked", "RFC6043-4.2.3.2-04", "kms-key-resolve"),
    ("ticket-mac-unchecked", "RFC6043-A.1-08", "kms-ticket-altered"),
    ("vr-unchecked", "RFC6043-6.10-30", "kms-vr-altered"),
    ("replay-accepted", "RFC3830-5.4-x02", "kms-replay-request"),
    ("clock-unchecked", "RFC3830-5.4-x01", "kms-clock-slow"),
    ("version-2-accepted", "RFC3830-6.1-x05", "kms-deviation-version-2"),
    ("any-resolver", "RFC6043-4.2.3.4-01", "kms-not-allowed"),
    ("v-flag-of-request", "RFC6043-4.2.1.1-03b", "kms-deviation-v-flag"),
    ("i-without-e", "RFC6043-6.10-x05", "kms-deviation-policy-without-e"),
])
def test_wrong_kms_are_blamed_by_requirement(directory, deviation, row, somewhere):
    with running(directory, "--deviation", deviation) as kms:
        code, _, cases = probe(kms.url)
    blamed = failed(cases)
    assert code == 1 and row in [failure.get("requirement") for failure in blamed[somewhere]]
    assert not any(name.startswith(("kms-method", "kms-type", "kms-path", "kms-base64-", "kms-empty")) for name in blamed)


# ---- servers that are broken -----------------------------------------------------------------------------------


class Broken(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        with contextlib.suppress(OSError):
            self.server.behave(self)

    def read_request(self):
        length = 0
        while (line := self.rfile.readline(65536)) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return self.rfile.read(length)

    def say(self, status, body, content_type="application/mikey"):
        self.wfile.write(b"HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                         % (status, content_type.encode(), len(body)) + body)


@contextlib.contextmanager
def broken(behave):
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Broken) as server:
        server.behave = behave
        server.over = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/keymanagement"
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def garbage(handler):
    handler.read_request()
    handler.say(200, b"\x01garbage that looks like MIKEY")


def no_mikey(handler):
    handler.read_request()
    handler.say(200, b"<html>It works!</html>")


def error_500(handler):
    handler.read_request()
    handler.say(500, b"Traceback (most recent call last)", "text/plain")


def another_type(handler):
    handler.read_request()
    handler.say(200, b"\x01\x06\x05", "text/html")


def hangs(handler):
    handler.read_request()
    handler.server.over.wait(30)


def never_ends(handler):
    handler.read_request()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/mikey\r\n\r\n")
    while not handler.server.over.is_set():
        handler.wfile.write(b"\x01" * 65536)


def headers_without_end(handler):
    handler.read_request()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.over.is_set():
        handler.wfile.write(b"X-More: and more\r\n" * 1000)


def dribbles(handler):
    handler.read_request()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/mikey\r\nContent-Length: 100000\r\n\r\n")
    while not handler.server.over.wait(0.1):
        handler.wfile.write(b"\x01")


def closes(handler):
    del handler


def stops_in_the_middle(handler):
    handler.read_request()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/mikey\r\nContent-Length: 1000\r\n\r\n\x01")


def no_http(handler):
    handler.read_request()
    handler.wfile.write(b"SSH-2.0-not-http\r\n")


def echoes(handler):
    body = handler.read_request()
    handler.say(200, body)


@pytest.mark.parametrize("behave, told", [
    (garbage, r"RFC"),
    (no_mikey, r"neither a MIKEY message nor base64"),
    (error_500, r"status 500"),
    (another_type, r"content type"),
    (hangs, r"no answer in time"),
    (never_ends, r"without end"),
    (headers_without_end, r"without end"),
    (dribbles, r"no answer in time"),
    (closes, r"ended early"),
    (stops_in_the_middle, r"ended early"),
    (no_http, r"not HTTP|ended early"),
    (echoes, r"data type 11"),
])
def test_a_broken_server_is_named_in_bounded_time(behave, told):
    with broken(behave) as url:
        start = time.monotonic()
        code, report, cases = probe("--timeout", "1", url)
        seconds = time.monotonic() - start
    assert code == 1
    text = json.dumps(cases["kms-first"]["failures"])
    assert re.search(told, text), text
    assert all(case["verdict"] == "inconclusive" and case["reason"] for name, case in cases.items() if name != "kms-first")
    assert len(report["cases"]) > 70, "the report is complete"
    assert seconds < 10


def test_a_server_that_breaks_down_on_the_way(directory):
    """It passes on to a right KMS until a request with another method comes; from then on it hangs."""
    with running(directory) as kms:
        gone = threading.Event()

        def behave(handler):
            if gone.is_set():
                handler.server.over.wait(30)
                return
            data = handler.connection.recv(1 << 16)
            if data.startswith(b"PUT"):
                gone.set()
                handler.server.over.wait(30)
                return
            with kms.connect() as onward:
                onward.settimeout(10)
                while data:
                    onward.sendall(data)
                    handler.connection.settimeout(0.02)
                    try:
                        data = handler.connection.recv(1 << 16)
                    except TimeoutError:
                        break
                handler.connection.sendall(onward.recv(1 << 16))

        with broken(behave) as url:
            code, _, cases = probe("--timeout", "1", "--only", "kms-request-psk-*", "--only", "kms-method-*",
                                   "--only", "kms-base64-*", url)
    assert code == 1
    assert cases["kms-method-get"]["verdict"] == "passed" and cases["kms-request-psk-raw"]["verdict"] == "passed"
    assert "no answer in time" in json.dumps(cases["kms-method-put"]["failures"]), "the case that did it"
    assert cases["kms-base64-cut"]["verdict"] == "inconclusive"
    assert "did not answer" in cases["kms-base64-cut"]["reason"]


def test_answers_in_chunks(directory):
    """A proxy before a right KMS that answers one request a connection, in chunks of seven octets."""
    with running(directory) as kms:
        def behave(handler):
            line = handler.rfile.readline(65536).split()
            length, kind = 0, None
            while (header := handler.rfile.readline(65536)) not in (b"\r\n", b""):
                name, value = header.decode("latin-1").split(":", 1)
                length = int(value) if name.lower() == "content-length" else length
                kind = value.strip() if name.lower() == "content-type" else kind
            body = handler.rfile.read(length)
            onward = http.client.HTTPConnection(kms.host, kms.port, timeout=10)
            onward.request(line[0].decode(), line[1].decode(), body, {"Content-Type": kind} if kind else {})
            answer = onward.getresponse()
            data = answer.read()
            onward.close()
            chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(data[n:n + 7]), data[n:n + 7]) for n in range(0, len(data), 7))
            handler.wfile.write(b"HTTP/1.1 %d OK\r\nContent-Type: %s\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                                % (answer.status, answer.getheader("Content-Type").encode()) + chunks + b"0\r\n\r\n")

        with broken(behave) as url:
            code, _, cases = probe("--only", "kms-request-psk-*", "--only", "kms-keep-alive", "--only", "kms-slow-body", url)
    assert code == 0, failed(cases)
    assert "closed after the first answer" in cases["kms-keep-alive"]["note"]


def test_an_interrupted_run_is_reported(directory):
    with running(directory) as kms:
        process = subprocess.Popen([binary(), "probe", "--output", "json", "--requests", "100000000", kms.url],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(6)
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=30)[0]
    report = json.loads(out)
    assert process.returncode == 2 and report["interrupted"] and len(report["cases"]) > 1


def test_nobody_there():
    with broken(closes) as url:
        pass  # the port is free again
    code, report, cases = probe(url)
    assert code == 10
    assert {case["verdict"] for case in cases.values()} == {"inconclusive"} and len(report["cases"]) > 70
    assert "could not be reached" in cases["kms-last"]["reason"]


def test_nobody_there_is_said_once(run):
    with broken(closes) as url:
        pass
    done = run("probe", url)
    lines = done.out.decode().splitlines()
    assert done.code == 10 and len(lines) < 10 and sum("could not be reached" in line for line in lines) == 1
    assert "kms-first" in lines[0] and re.fullmatch(r"\d{2,} more cases are inconclusive: .*", lines[-1])
    assert len(run("probe", "--all", url).out.decode().splitlines()) > 100


# ---- the command line ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--list", "http://a", "http://b"], ["ftp://127.0.0.1/"], ["127.0.0.1:80"], ["http://"], ["http://a@b/"],
                                       ["http://127.0.0.1:80/?x=y"], ["http://a", "http://b"],
                                       ["--body", "hex", "http://127.0.0.1:9"], ["--connections", "0", "http://127.0.0.1:9"],
                                       ["--known", "/nonexistent", "http://127.0.0.1:9"]])
def test_wrong_usage(run, one_line, arguments):
    done = run("probe", *arguments)
    assert (done.code, done.out) == (4, b"")
    one_line(done.err)


def test_nothing_selected(run):
    assert run("probe", "--only", "nothing", "http://127.0.0.1:9").code == 5


def test_the_list_and_the_selection(run, directory):
    listed = {line.split()[0] for line in run("probe", "--list", "http://127.0.0.1:9").out.decode().splitlines()}
    assert listed == {line.split()[0] for line in run("probe", "--list").out.decode().splitlines()}, "a list asks nobody"
    assert len(listed) > 70 and {"kms-first", "kms-load", "kms-last"} <= listed
    with running(directory) as kms:
        _, _, cases = probe("--only", "kms-base64-*", "--only", "RFC6043-4.2.3.4-01", kms.url)
    assert set(cases) == {"kms-first", "kms-not-allowed"} | set(fnmatch.filter(listed, "kms-base64-*"))


@pytest.mark.parametrize("form", ["text", "junit", "sarif", "html"])
def test_the_forms_of_the_report(run, directory, tmp_path, form):
    with running(directory) as kms:
        path = tmp_path / "report"
        done = run("probe", "--requests", "0", "--only", "kms-request-psk-*", "--output", form, "--report", path, "--all", kms.url)
    assert done.code == 0 and b"3 passed" in done.out
    assert {"sarif": b'"2.1.0"'}.get(form, b"kms-request-psk-base64") in path.read_bytes()


def test_no_key_in_the_report(run, directory):
    keys = json.loads(run("kms", "--print-deployment").out)
    with running(directory, "--deviation", "kemac-key") as kms:
        report = run("probe", "--requests", "0", "--output", "json", kms.url).out.decode()
    for secret in (keys["secrets"]["psk_i"], keys["secrets"]["psk_r"], keys["secrets"]["tpk"]):
        assert secret not in report and base64.b64encode(bytes.fromhex(secret)).decode() not in report
        assert bytes.fromhex(secret).decode() not in report
