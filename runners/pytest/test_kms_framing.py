"""ticketgate kms and requests of which nobody can say where they end, or that say a thing twice: refused, and closed."""
import re
import time

import pytest

from conftest import call
from kms_process import running

QUERY = "requesttype=ticketrequest"
TYPE = "Content-Type: application/mikey"
INNER = b"GET /smuggled HTTP/1.1\r\nHost: kms\r\n\r\n"


@pytest.fixture(name="kms", scope="module")
def kms_of(tmp_path_factory):
    with running(tmp_path_factory.mktemp("kms"), "--timeout", "20", "--log") as kms:
        yield kms


def ask(kms, *headers, body=b"", target=None, content_type=TYPE):
    """Statuses of what comes back until the connection is closed; a connection that is kept open is "open"."""
    lines = [f"POST {target or kms.path + '?' + QUERY} HTTP/1.1", "Host: kms", *([content_type] if content_type else []), *headers]
    with kms.connect() as connection:
        connection.settimeout(2)
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        data = b""
        try:
            while more := connection.recv(65536):
                data += more
            end = []
        except TimeoutError:
            end = ["open"]
        except ConnectionResetError:
            end = []
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", data)] + end


@pytest.mark.parametrize("headers,body", [
    (["Content-Length: 0", f"Content-Length: {len(INNER)}"], INNER),
    ([f"Content-Length: {len(INNER)}", "Content-Length: 0"], INNER),
    (["Content-Length: 4", "Content-Length: 4"], b"AAAA" + INNER),
    (["Content-Length: 39", "Transfer-Encoding: chunked"], b"0\r\n\r\n" + INNER),
    (["Transfer-Encoding: chunked", "Content-Length: 5"], b"0\r\n\r\n" + INNER),
    ([f"Content-Length : {len(INNER)}"], INNER),
    (["Transfer-Encoding : chunked"], b"0\r\n\r\n" + INNER),
    (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], b"0\r\n\r\n" + INNER)])
def test_one_answer_and_the_end_where_the_length_is_ambiguous(kms, headers, body):
    assert ask(kms, *headers, body=body) == [400]


@pytest.mark.parametrize("coding", ["gzip", "xchunked", "chunked, identity", "identity", "gzip, chunked"])
def test_a_transfer_coding_that_is_not_known_is_not_implemented(kms, coding):
    assert ask(kms, f"Transfer-Encoding: {coding}", body=b"4\r\nAAAA\r\n0\r\n\r\n" + INNER) == [501]


@pytest.mark.parametrize("query,status", [(f"{QUERY}&{QUERY}", 400), (f"{QUERY}&requesttype=ticketresolve", 400),
                                          (f"{QUERY}&a=1&a=2", 400), (f"{QUERY}&a=1&b=2", 400), ("a=1", 404)])
def test_an_argument_that_is_doubled_is_refused(kms, query, status):
    assert ask(kms, "Content-Length: 8", body=b"garbage!", target=f"{kms.path}?{query}")[0] == status


def test_who_says_the_type_twice_is_refused_for_that(kms):
    doubled = "Content-Type: text/plain"
    assert ask(kms, doubled, "Content-Length: 8", body=b"garbage!")[0] == 400
    assert "doubled" in kms.err.read_text().splitlines()[-1]
    assert ask(kms, "Content-Length: 8", body=b"garbage!")[0] == 400
    assert "doubled" not in kms.err.read_text().splitlines()[-1], "the message is what is wrong"


@pytest.mark.parametrize("path,status", [("/keymanagement%00", 404), ("/keymanagement%00x", 404), ("/%6beymanagement", 400)])
def test_a_nul_in_the_path_does_not_end_it(kms, path, status):
    assert ask(kms, "Content-Length: 8", body=b"garbage!", target=f"{path}?{QUERY}")[0] == status


def test_it_goes_on_afterwards(kms):
    assert ask(kms, "Transfer-Encoding: chunked", body=b"8\r\ngarbage!\r\n0\r\n\r\n") == [400, "open"]


def test_who_says_nothing_is_counted_as_timed_out(tmp_path):
    with running(tmp_path, "--timeout", "1") as kms:
        silent, half = kms.connect(), kms.connect()
        half.sendall(b"POST /")
        until = time.monotonic() + 20
        for connection in (silent, half):
            connection.settimeout(max(0.1, until - time.monotonic()))
            while connection.recv(65536):
                pass
            connection.close()
        with kms.connect():
            pass # and at once gone again: that is no timeout
        time.sleep(0.3)
        assert "2 connections timed out" in kms.stop()[1]


def test_brackets_are_for_addresses_of_version_6(tmp_path):
    for listen in ("[127.0.0.1]:0", "[localhost]:0", "[]:0", "[:0"):
        done = call("kms", "--listen", listen)
        assert done.code == 4 and done.out == b""
