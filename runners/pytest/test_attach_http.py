"""Attachments that are a live KMS, asked by HTTP: what it answers, and every way to answer wrongly."""
import http.server
import os
import threading
import time

import pytest

from attach_process import LONG_MS, MOST_RSS_KB, TIMEOUT_MS, drive


class Kms(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.reply(405, "text/plain", b"")

    def reply(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/mikey"
        path, _, query = self.path.strip("/").partition("?")
        assert query == ("requesttype=ticketrequest" if path != "query" else "a=1")
        try:
            getattr(self, "on_" + path)(body)
        except OSError:
            self.close_connection = True

    def on_response(self, body):
        self.reply(200, "Application/MIKEY; v=1", b"\x01\x0d" + body)

    on_query = on_response

    def on_error(self, _):
        self.reply(200, "application/mikey", b"\x01\x06\x00")

    def on_error400(self, _):
        self.reply(400, "application/mikey", b"\x01\x06\x00")

    def on_404(self, _):
        self.reply(404, "text/html", b"<p>no")

    def on_html(self, _):
        self.reply(200, "text/html", b"<p>yes")

    def on_short(self, _):
        self.reply(200, "application/mikey", b"\x01")

    def on_redirect(self, _):
        self.send_response(307)
        self.send_header("Location", "/response")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def on_slow(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def on_large(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "application/mikey")
        self.send_header("Content-Length", "100000000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"x" * 100_000)

    def on_headers(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1_000_000):
            self.wfile.write(b"X-More: %d\r\n" % number)

    def on_half(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x")
        self.close_connection = True

    def on_junk(self, _):
        self.wfile.write(b"\x00\xff junk\r\n\r\n")
        self.close_connection = True


@pytest.fixture(scope="module")
def kms_url():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kms)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path, fault, outcome, messages", [
    ("response", "ok", 0, [{"to": 1, "octets": "010d010b00"}]),
    ("query?a=1", "ok", 0, [{"to": 1, "octets": "010d010b00"}]),
    ("error", "ok", 1, [{"to": 1, "octets": "010600"}]),
    ("error400", "ok", 1, [{"to": 1, "octets": "010600"}]),
    ("404", "ok", 1, []),
    ("redirect", "ok", 1, []),
    ("html", "garbage", 0, []),
    ("short", "garbage", 0, []),
    ("half", "garbage", 0, []),
    ("junk", "garbage", 0, []),
    ("slow", "timeout", 0, []),
    ("large", "too-much", 0, []),
    ("headers", "too-much", 0, []),
])
def test_live_kms(kms_url, path, fault, outcome, messages):
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    driven = drive("open:kms", "receive:010b00", "decode:00", "open:initiator",
                   options=[f"target={kms_url}{path}", f"timeout_ms={TIMEOUT_MS if path == 'slow' else LONG_MS}"], env=environment)
    assert driven.hello["kms"] and not driven.hello["initiator"] and not driven.hello["responder"]
    opened, received, decoded, other = driven.calls
    assert (opened["fault"], opened["outcome"]) == ("ok", 0)
    assert (received["fault"], received["outcome"], received["messages"]) == (fault, outcome, messages)
    assert received["error"] is None and bool(received["why"]) == (fault != "ok")
    assert (decoded["outcome"], other["outcome"]) == (2, 2)
    assert driven.end["rss_kb"] < MOST_RSS_KB
