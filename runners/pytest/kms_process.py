"""A KMS for the tests: `ticketgate kms` as a process, and HTTP octet by octet."""
import contextlib
import os
import pathlib
import select
import signal
import socket
import subprocess
import time
import urllib.parse

from conftest import binary

QUERY = {"I": "requesttype=ticketrequest", "R": "requesttype=ticketresolve"}
MIKEY = {"Content-Type": "application/mikey"}


class Kms:
    """One that runs. `stop` ends it and gives its exit code and what it wrote to standard error."""

    def __init__(self, arguments, directory):
        self.err = pathlib.Path(directory) / f"kms-{time.monotonic_ns()}.err"
        # Freed memory that the sanitizer holds back would look like growth.
        environment = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1:" + os.environ.get("ASAN_OPTIONS", ""))
        with open(self.err, "wb") as err:
            self.process = subprocess.Popen([binary(), "kms", *map(str, arguments)], stdout=subprocess.PIPE, stderr=err,
                                            stdin=subprocess.DEVNULL, env=environment)
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("http://"):
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no URL but {line!r}: {self.err.read_text()}")
        self.url = line.strip()
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        rest = self.process.communicate(timeout=20)[0]
        text = self.err.read_text(errors="replace")
        assert rest == b"", "more than the URL on standard output"
        assert "Sanitizer" not in text and "runtime error" not in text, text
        return self.process.returncode, text

    def rss(self):
        """Resident memory in KiB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=10)

    def target(self, sender="I"):
        return f"{self.path}?{QUERY[sender]}"

    def head(self, length, *more, sender="I"):
        lines = [f"POST {self.target(sender)} HTTP/1.1", "Host: kms", "Content-Type: application/mikey"]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        return "\r\n".join([*lines, *more, "", ""]).encode()


@contextlib.contextmanager
def running(directory, *arguments):
    kms = Kms(["--listen", "127.0.0.1:0", *arguments], directory)
    try:
        yield kms
        code, err = kms.stop()
        assert code == 0, err
    finally:
        if kms.process.poll() is None:
            kms.process.kill()
            kms.process.wait()
        kms.process.stdout.close()


def read_answer(connection, rest=b""):
    """(status, headers, body, what came after it); status None when the connection ended before."""
    data = rest
    while b"\r\n\r\n" not in data:
        more = receive(connection)
        if not more:
            return None, {}, data, b""
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
    status = int(lines[0].split()[1])
    length = 0 if status < 200 else int(headers.get("content-length", 0))
    while len(body) < length:
        more = receive(connection)
        if not more:
            return None, headers, body, b""
        body += more
    return status, headers, body[:length], body[length:]


def receive(connection):
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""


def is_closed(connection, seconds):
    """Does the other side close it within this time? What still comes is thrown away."""
    end = time.monotonic() + seconds
    connection.settimeout(0.2)
    while time.monotonic() < end:
        try:
            if not connection.recv(65536):
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False
