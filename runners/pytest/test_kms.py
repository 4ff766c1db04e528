"""`ticketgate kms`: HTTP, errors, limits, memory; its answers as `ticketgate verify` sees them."""
import base64
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import time

import pytest

from conftest import ROOT, binary, call
from kms_process import MIKEY, Kms, is_closed, read_answer, receive, running

# A REQUEST_INIT_PSK that ends after HDR: answered by an Error.
HDR_ALONE = bytes.fromhex("010b0000000000010001")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("kms")


@pytest.fixture(scope="module")
def kms(directory):
    with running(directory) as service:
        yield service


@pytest.fixture(scope="module")
def made(directory):
    """Keys of a made conversation as a file, and its messages to and from the KMS."""
    done = call("converse", "--seed", "kms", "--pk", "none")
    conversation = json.loads(done.out)
    keys = {name: value for name, value in conversation.items() if name != "messages"}
    path = directory / "keys.json"
    path.write_text(json.dumps(keys))
    return path, keys, conversation["messages"]


def post(service, body, target=None, headers=None, method="POST"):
    connection = http.client.HTTPConnection(service.host, service.port, timeout=20)
    try:
        connection.request(method, target or service.target(), body, MIKEY if headers is None else headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def alive(service):
    status, _, body = post(service, HDR_ALONE)
    assert (status, body[1]) == (200, 6), "a MIKEY Error with status 200"


# ---- starting and ending ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_0(directory, number):
    service = Kms(["--listen", "127.0.0.1:0"], directory)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/keymanagement", service.url)
    code, err = service.stop(number)
    service.process.stdout.close()
    assert code == 0, err


def test_it_listens_at_the_other_loopback_address(directory):
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
    service = Kms(["--listen", "[::1]:0"], directory)
    alive(service)
    assert service.stop()[0] == 0
    service.process.stdout.close()


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:127.0.0.1]:0", "[2001:db8::1]:0"])
def test_no_address_but_loopback(run, one_line, address):
    done = run("kms", "--listen", address)
    assert (done.code, done.out) == (4, b"")
    assert "--allow-remote" in one_line(done.err)


def test_any_address_when_told(directory):
    service = Kms(["--listen", "0.0.0.0:0", "--allow-remote"], directory)
    service.host = "127.0.0.1"
    alive(service)
    assert service.stop()[0] == 0
    service.process.stdout.close()


def test_an_address_in_use(run, kms, one_line):
    done = run("kms", "--listen", f"127.0.0.1:{kms.port}")
    assert (done.code, done.out) == (4, b"")
    one_line(done.err)


@pytest.mark.parametrize("address", ["", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "example.com:80", "::1:80",
                                     "[::1]", "[]:1", "127.0.0.1:8o"])
def test_what_is_no_address(run, one_line, address):
    done = run("kms", "--listen", address)
    assert (done.code, done.out) == (4, b"")
    one_line(done.err)


def test_keys_that_cannot_be_used(run, one_line, tmp_path):
    for text in ("{", "{}", '{"identities":{"kms":{"type":1,"data":"00"}}}', '{"secrets":{"psk_i":"0"}}'):
        path = tmp_path / "keys.json"
        path.write_text(text)
        done = run("kms", "--listen", "127.0.0.1:0", "--known", path)
        assert (done.code, done.out) == (4, b""), text
        one_line(done.err)


# ---- what is wrong as HTTP --------------------------------------------------------------------------------------


@pytest.mark.parametrize("change, status", [
    ({"method": "GET", "body": None}, 405),
    ({"method": "HEAD", "body": None}, 405),
    ({"method": "PUT"}, 405),
    ({"method": "BREW"}, 405),
    ({"target": "/"}, 404),
    ({"target": "/keymanagement/?requesttype=ticketrequest"}, 404),
    ({"target": "/keymanagement"}, 404),
    ({"target": "/keymanagement?requesttype=other"}, 404),
    ({"headers": {"Content-Type": "text/plain"}}, 415),
    ({"headers": {}}, 415),
    ({"body": b""}, 400),
    ({"body": b"no base64!"}, 400),
    ({"body": b"\x00\xff\x02"}, 400),
    ({"body": b"A" * 70000}, 413),
    ({"body": b"\x01" * (512 << 10)}, 413),
])
def test_a_status_for_everything(kms, change, status):
    got, headers, body = post(kms, **{"body": HDR_ALONE, **change})
    assert got == status
    assert ("Allow" in headers) == (status == 405)
    assert change.get("method") == "HEAD" or body.endswith(b"\n")
    alive(kms)


def test_a_body_of_which_no_end_is_waited_for(kms):
    try:
        assert post(kms, b"\x01" * (3 << 20))[0] == 413
    except (ConnectionError, http.client.HTTPException):
        pass  # closed while it was still being sent
    alive(kms)


def test_content_types_with_parameters(kms):
    status, headers, _ = post(kms, HDR_ALONE, headers={"Content-Type": "Application/MIKEY; version=1"})
    assert (status, headers["Content-Type"]) == (200, "application/mikey")


def test_the_form_of_the_answer_is_that_of_the_question(kms):
    raw = post(kms, HDR_ALONE)[2]
    coded = post(kms, base64.encodebytes(HDR_ALONE))[2]
    assert raw[:2] == base64.b64decode(coded, validate=True)[:2] == b"\x01\x06"


def test_statuses_are_settings(directory):
    with running(directory, "--status", "error=403", "--status", "content_type=406", "--status", "path=410", "--path", "/k",
                 "--query-request", "", "--query-resolve", "", "--content-type", "x/y", "--body", "base64") as service:
        other = {"Content-Type": "x/y"}
        assert post(service, base64.b64encode(HDR_ALONE), "/k", other)[0] == 403
        assert post(service, HDR_ALONE, "/k", other)[0] == 400, "raw, where base64 is wanted"
        assert post(service, base64.b64encode(HDR_ALONE), "/k", MIKEY)[0] == 406
        assert post(service, base64.b64encode(HDR_ALONE), "/keymanagement", other)[0] == 410


def test_statuses_that_are_equal_do_not_mix_up_what_is_said(directory):
    same = [word for name in ("path", "method", "content_type", "too_large", "malformed", "busy") for word in
            ("--status", f"{name}=499")]
    with running(directory, *same, "--max-body", "1000") as service:
        def said(**change):
            status, headers, body = post(service, **{"body": HDR_ALONE, **change})
            assert status == 499
            return body.decode().strip(), "Allow" in headers, "Retry-After" in headers
        assert said(target="/") == ("no such resource", False, False)
        assert said(method="PUT") == ("method not allowed", True, False)
        assert said(headers={"Content-Type": "text/plain"}) == ("unsupported content type", False, False)
        assert said(body=b"A" * 2000) == ("the body is too large", False, False)
        assert said(body=b"no base64!") == ("the body is no MIKEY message", False, False)


def test_a_query_of_too_many_pairs(run, one_line):
    done = run("kms", "--listen", "127.0.0.1:0", "--query-resolve", "&".join(f"n{i}=1" for i in range(9)))
    assert (done.code, done.out) == (4, b"")
    assert "--query-resolve" in done.err and "listen" not in done.err
    one_line(done.err)


@pytest.mark.parametrize("option", ["--status=error", "--status=error=20", "--status=all=200", "--path=k", "--path=/a b",
                                    "--method=post", "--body=hex", "--max-body=0", "--threads=0", "--timeout=0",
                                    "--content-type=a/b\r\nX: y"])
def test_settings_that_are_none(run, one_line, option):
    done = run("kms", "--listen", "127.0.0.1:0", *option.split("=", 1))
    assert (done.code, done.out) == (4, b"")
    one_line(done.err)


def test_expect_100_continue(kms):
    with kms.connect() as connection:
        connection.sendall(kms.head(len(HDR_ALONE), "Expect: 100-continue"))
        assert read_answer(connection)[0] == 100
        connection.sendall(HDR_ALONE)
        assert read_answer(connection)[0] == 200


@pytest.mark.parametrize("length, target, status", [(1 << 30, None, 413), (10, "/", 404)])
def test_expect_100_continue_is_refused_before_the_body(kms, length, target, status):
    with kms.connect() as connection:
        head = kms.head(length, "Expect: 100-continue")
        connection.sendall(head.replace(kms.target().encode(), target.encode()) if target else head)
        assert read_answer(connection)[0] == status
        assert is_closed(connection, 5)


def test_chunked(kms):
    with kms.connect() as connection:
        connection.sendall(kms.head(None, "Transfer-Encoding: chunked"))
        for octet in HDR_ALONE:
            connection.sendall(b"1\r\n" + bytes([octet]) + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert read_answer(connection)[0] == 200


def test_chunks_that_are_too_many(kms):
    chunk = b"8000\r\n" + b"A" * 0x8000 + b"\r\n"
    with kms.connect() as connection:
        connection.sendall(kms.head(None, "Transfer-Encoding: chunked") + chunk * 3 + b"0\r\n\r\n")
        assert read_answer(connection)[0] == 413
    with kms.connect() as connection:  # without end
        connection.sendall(kms.head(None, "Transfer-Encoding: chunked"))
        with pytest.raises(OSError):
            for _ in range(4096):
                connection.sendall(chunk)
    alive(kms)


def test_keep_alive_and_pipelining(kms):
    request = kms.head(len(HDR_ALONE)) + HDR_ALONE
    with kms.connect() as connection:
        rest = b""
        connection.sendall(request * 5)
        for _ in range(5):
            status, _, body, rest = read_answer(connection, rest)
            assert (status, body[1]) == (200, 6)
        connection.sendall(request)
        assert read_answer(connection, rest)[0] == 200


NO_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    "no target": b"GET\r\n\r\n",
    "empty lines": b"\r\n" * 1000,
    "zeros": b"\x00" * 5000,
    "a negative length": b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a huge length": b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "a huge target": b"POST /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n",
    "a flood of headers": b"POST / HTTP/1.1\r\n" + b"X-Header: value\r\n" * 20000 + b"\r\n",
    "no such version": b"POST / HTTP/9.9\r\n\r\n",
}


@pytest.fixture(scope="module")
def hasty(directory):
    with running(directory, "--timeout", "2") as service:
        yield service


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_http(hasty, what):
    with hasty.connect() as connection:
        try:
            connection.sendall(NO_HTTP[what])
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it did not read all of it
        answer = receive(connection)
        assert not answer or int(answer.split()[1]) in range(400, 506), answer[:80]
    alive(hasty)


# ---- slow ones, and too many -----------------------------------------------------------------------------------


def test_slow_and_half_sent_requests_end(directory):
    with running(directory, "--timeout", "1") as service:
        half, dribbling, headless, silent = (service.connect() for _ in range(4))
        with half, dribbling, headless, silent:
            half.sendall(service.head(100) + b"A" * 50)
            headless.sendall(b"POST /keyman")
            dribbling.sendall(service.head(1000))
            start = time.monotonic()
            with pytest.raises(OSError):
                while time.monotonic() < start + 8:  # never silent for long
                    dribbling.sendall(b"A")
                    time.sleep(0.1)
            assert time.monotonic() < start + 5
            for connection in (half, headless, silent):
                assert is_closed(connection, 5)
        alive(service)


def test_half_sent_requests_keep_nobody_from_being_answered(kms):
    held = [kms.connect() for _ in range(60)]
    try:
        for n, connection in enumerate(held):
            connection.sendall(kms.head(100) + b"A" * n)
        start = time.monotonic()
        for _ in range(20):
            alive(kms)
        assert time.monotonic() < start + 5
    finally:
        for connection in held:
            connection.close()


def test_connections_are_limited(directory):
    with running(directory, "--max-connections", "8", "--threads", "1", "--timeout", "30") as service:
        held = [service.connect() for _ in range(8)]
        for connection in held:
            connection.sendall(b"POST /")
        time.sleep(0.3)
        with service.connect() as one_too_many:
            one_too_many.sendall(service.head(len(HDR_ALONE)) + HDR_ALONE)
            one_too_many.settimeout(2)
            try:
                assert receive(one_too_many) == b""
            except TimeoutError:
                pass  # it waits in the queue of the kernel
        for connection in held:
            connection.close()
        for _ in range(50):
            try:
                alive(service)
                break
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        alive(service)


# ---- what it answers -------------------------------------------------------------------------------------------


def test_its_answers_are_right(run, directory, made, tmp_path):
    path, keys, messages = made
    request, resolve = (bytes.fromhex(next(m["hex"] for m in messages if m["ex"] == ex and m["from"] == sender))
                        for ex, sender in (("request", "I"), ("resolve", "R")))
    with running(directory, "--known", path) as service:
        status, headers, response = post(service, request)
        assert (status, headers["Content-Type"]) == (200, "application/mikey")
        assert base64.b64decode(post(service, base64.b64encode(resolve), service.target("R"))[2])[1] == 18
        again = post(service, request)
        assert (again[0], again[2][1]) == (200, 6), "a replay is answered with an Error"
        assert post(service, resolve, service.target("I"))[2][1] == 6, "a RESOLVE_INIT is no Ticket Request"
    (tmp_path / "conversation.json").write_text(json.dumps({**keys, "messages": [
        {"ex": "request", "from": "I", "hex": request.hex()}, {"ex": "request", "from": "K", "hex": response.hex()}]}))
    judged = run("verify", "--output", "json", tmp_path / "conversation.json")
    answer = json.loads(judged.out)
    assert (judged.code, answer["verdict"]) == (0, "accept"), judged.out
    assert answer["messages"][1]["auth"] == answer["messages"][1]["kemac"] == "ok"


def test_no_key_in_the_log(run, directory, made):
    path, keys, messages = made
    with running(directory, "--known", path, "--log") as service:
        for message in messages:
            post(service, bytes.fromhex(message["hex"]))
            post(service, bytes.fromhex(message["hex"])[:-1], service.target("R"))
    log = service.err.read_text()
    assert log.count("kms: 200") >= len(messages)
    for secret in [keys["secrets"][name] for name in ("psk_i", "psk_r", "tpk")]:
        assert secret not in log.lower() and bytes.fromhex(secret).decode("latin-1") not in log


def test_a_full_replay_cache_says_so(run, directory):
    with running(directory, "--replay", "32") as service:
        done = run("probe", "--only", "kms-load", "--requests", "2000", "--connections", "4", "--output", "json", service.url)
        case = next(c for c in json.loads(done.out)["cases"] if c["id"] == "kms-load")
        assert (done.code, case["verdict"]) == (1, "failed")
        wrong = [f for f in case["failures"] if f.get("got")]
        assert wrong and all("status 503" in f["got"] for f in wrong), "nothing else than 503"
        assert post(service, None, method="GET")[0] == 405, "it goes on"


def test_memory_does_not_grow(run, directory):
    requests = int(os.environ.get("TICKETGATE_KMS_REQUESTS", "2000"))
    with running(directory) as service:
        def load(number):
            done = run("probe", "--only", "kms-load", "--requests", number, "--connections", "50", "--output", "json",
                       service.url)
            return done.code, next(c for c in json.loads(done.out)["cases"] if c["id"] == "kms-load")

        def hostile(number):
            for _ in range(number):
                post(service, b"\x01" + os.urandom(200))
                post(service, b"A" * 66000)
                with service.connect() as connection:
                    connection.sendall(service.head(60000) + b"A" * 30000)

        assert load(1000)[0] == 0  # warm
        hostile(200)
        before = service.rss()
        code, case = load(requests)
        after = service.rss()
        print(f"\n{case['note']}; RSS {before} KiB before, {after} KiB after")
        assert code == 0, case
        assert f"{requests} right, 0 wrong, 0 without an answer" in case["note"]
        # What a sanitizer keeps of freed blocks varies.
        slack = 16384 if b"__asan_init" in pathlib.Path(binary()).read_bytes() else 4096
        assert after < before + slack, "KiB"
        hostile(200)
        assert service.rss() < before + slack, "KiB"


def test_the_built_in_deployment_is_a_file_of_keys(run, directory, tmp_path):
    done = run("kms", "--print-deployment")
    keys = json.loads(done.out)
    assert done.code == 0 and "tests only" in keys["note"] and "PRIVATE KEY" in keys["secrets"]["rsa"]["kms"]["pem"]
    path = tmp_path / "keys.json"
    path.write_bytes(done.out)
    with running(directory, "--known", path) as service:
        judged = run("probe", "--only", "kms-request-*", "--only", "kms-resolve-*", service.url)
        assert judged.code == 0, judged.out


def test_public_keys_of_one_s_own(run, directory, tmp_path):
    conversation = json.loads(call("converse", "--seed", "pk", "--pk", "both", "--rsa", ROOT / "vectors" / "keys").out)
    request = conversation.pop("messages")[0]
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(conversation))
    with running(directory, "--known", path) as service:
        assert post(service, bytes.fromhex(request["hex"]))[2][1] == 13
