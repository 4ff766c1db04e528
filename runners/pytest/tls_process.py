"""TLS-PSK ends for the tests: `ticketgate tls` as a process, and the tools of OpenSSL and GnuTLS beside it."""
import contextlib
import json
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import time

import jsonschema

from conftest import ROOT, binary

TEK = "000102030405060708090a0b0c0d0e0f"
OTHER_TEK = "f0e0d0c0b0a090807060504030201000"
# Suites whose records the judge opens (vectors/TLS.md section 2).
OPENED = re.compile(r"_(AES_(128|256)_(GCM|CCM|CBC)|CHACHA20|NULL)(_|$)")

# The address that one of the tools listens at is in its first lines.
LISTENING = re.compile(rb"(?:listening at |ACCEPT )(\S+):(\d+)")


SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "runners" / "schemas" / "tls-report.schema.json").read_text()))


def read_report(text):
    report = json.loads(text)
    SCHEMA.validate(report)
    return report


def clean(text):
    assert "Sanitizer" not in text and "runtime error" not in text, text
    return text


def without_key(*texts, key=TEK):
    for text in texts:
        text = text if isinstance(text, bytes) else text.encode()
        assert key.encode() not in text.lower() and bytes.fromhex(key) not in text, "a key in the output"


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One that listens. What it says on either output is collected in files; nothing of it is left running."""

    def __init__(self, arguments, directory, wait_for=LISTENING, stdin=subprocess.DEVNULL, port=None):
        stem = pathlib.Path(directory) / f"{pathlib.Path(arguments[0]).name}-{time.monotonic_ns()}"
        self.out_path, self.err_path = stem.with_suffix(".out"), stem.with_suffix(".err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen([str(a) for a in arguments], stdout=out, stderr=err, stdin=stdin)
        self.host, self.port = "127.0.0.1", port
        end = time.monotonic() + 20
        while True:
            found = wait_for.search(self.out_path.read_bytes() + self.err_path.read_bytes())
            if found:
                break
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"{arguments[:3]} does not listen: {self.out} {self.err}")
            time.sleep(0.01)
        if port is None:
            self.host, self.port = found.group(1).decode(), int(found.group(2))

    @property
    def out(self):
        return self.out_path.read_bytes()

    @property
    def err(self):
        return self.err_path.read_text(errors="replace")

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def wait(self, seconds=60):
        code = self.process.wait(timeout=seconds)
        clean(self.err)
        return code

    def report(self, seconds=60):
        """Exit code and JSON report of a `tls serve` or `tls relay`."""
        code = self.wait(seconds)
        without_key(self.out, self.err)
        return code, read_report(self.out)

    def connect(self, kind=socket.SOCK_STREAM):
        connection = socket.socket(socket.AF_INET, kind)
        connection.settimeout(20)
        connection.connect((self.host, self.port))
        return connection

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait()


@contextlib.contextmanager
def running(arguments, directory, **more):
    process = Process(arguments, directory, **more)
    try:
        yield process
    finally:
        process.kill()


def serving(directory, *arguments, key=("--tek", TEK), command="serve"):
    """`ticketgate tls serve`, with JSON unless the arguments say otherwise."""
    output = () if "--output" in arguments else ("--output", "json")
    return running([binary(), "tls", command, *key, "--timeout", "20", *output, *arguments], directory)


def connect(address, *arguments, key=("--tek", TEK), stdin=b"", seconds=60):
    """`ticketgate tls connect`: (exit code, report, standard error)."""
    done = subprocess.run([binary(), "tls", "connect", *map(str, key), "--timeout", "20", "--output", "json",
                           *map(str, arguments), address], input=stdin, capture_output=True, timeout=seconds, check=False)
    err = clean(done.stderr.decode(errors="replace"))
    without_key(done.stdout, err)
    return done.returncode, read_report(done.stdout) if done.stdout else None, err


def both(tmp_path, *options, key=("--tek", TEK), server_options=()):
    """A session between the two ends of Ticketgate: (report of the server, of the client)."""
    with serving(tmp_path, "--echo", *options, *server_options, key=key) as server:
        client = connect(server.address, *options, "--send", "hello", "--receive", 5, key=key)
        return server.report(), client


def tool(*arguments, stdin=b"", seconds=30):
    """A client of somebody else's. `stdin` is kept open until it has answered as many octets, or has ended."""
    process = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    said, end = b"", time.monotonic() + seconds
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(stdin)
            process.stdin.flush()
        while stdin and stdin not in said and time.monotonic() < end:
            if select.select([process.stdout], [], [], 0.2)[0]:
                more = os.read(process.stdout.fileno(), 65536)
                if not more:
                    break
                said += more
        said += process.communicate(timeout=max(1, end - time.monotonic()))[0]
        return process.returncode, said
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


# ---- OpenSSL ---------------------------------------------------------------------------------------------------

def openssl_suites():
    """{IANA's name: OpenSSL's} of its PSK suites without Diffie-Hellman and RSA, those of TLS 1.2 and below."""
    listed = subprocess.run(["openssl", "ciphers", "-V", "-stdname", "ALL:eNULL:@SECLEVEL=0"], capture_output=True, timeout=20,
                            check=True).stdout.decode()
    found = {}
    for line in listed.splitlines():
        parts = line.replace(" - ", " ").split()
        if "Kx=PSK" in parts:
            found[parts[1]] = parts[2]
    return found


def s_client(address, *arguments, tek=TEK, identity="", suites="ALL:eNULL:@SECLEVEL=0", stdin=b"hello\n", version="-tls1_2"):
    suite = ("-cipher", suites) if suites else ()
    return tool("openssl", "s_client", "-connect", address, "-psk", tek, "-psk_identity", identity, "-quiet", "-no_ign_eof",
                version, *suite, *arguments, stdin=stdin)


def s_server(directory, *arguments, tek=TEK, suites="ALL:eNULL:@SECLEVEL=0", version="-tls1_2", reverse=True):
    suite = ("-cipher", suites) if suites else ()
    rev = ("-rev",) if reverse else ()
    # At the end of its standard input it ends, unless it reverses.
    return running(["openssl", "s_server", "-accept", "127.0.0.1:0", "-nocert", "-psk", tek, version, *rev, *suite,
                    *arguments], directory, stdin=subprocess.DEVNULL if reverse else subprocess.PIPE)


# ---- GnuTLS ----------------------------------------------------------------------------------------------------

GNUTLS = shutil.which("gnutls-cli") and shutil.which("gnutls-serv")
PRIORITY = ("NONE:+VERS-{}:+COMP-NULL:+{}:+CIPHER-ALL:+AES-128-CCM-8:+AES-256-CCM-8:+CAMELLIA-128-CBC:+CAMELLIA-256-CBC:+NULL:"
            "+MAC-ALL:+SHA256:+SHA384:+SIGN-ALL:+GROUP-ALL")


PRIORITY_13 = "NORMAL:-VERS-ALL:+VERS-{}:-KX-ALL:+{}"


def gnutls_suites():
    """Numbers of its PSK suites without Diffie-Hellman."""
    listed = subprocess.run(["gnutls-cli", "--list"], capture_output=True, timeout=20, check=True).stdout.decode()
    return {int(a + b, 16) for a, b in re.findall(r"^TLS_PSK_\S+\s+0x(\w\w), 0x(\w\w)", listed, re.M)}


def gnutls_cli(server, *arguments, tek=TEK, identity="somebody", version="TLS1.2", exchange="PSK", stdin=b"hello\n"):
    return tool("gnutls-cli", "--port", server.port, "127.0.0.1", "--pskusername", identity, "--pskkey", tek, "--priority",
                (PRIORITY_13 if version == "TLS1.3" else PRIORITY).format(version, exchange), *arguments, stdin=stdin)


def gnutls_serv(directory, *arguments, tek=TEK, identity="", version="TLS1.2"):
    """Its password file has one line: an empty user name is what serves the empty identity."""
    passwords = pathlib.Path(directory) / f"psk-{time.monotonic_ns()}"
    passwords.write_text(f"{identity}:{tek}\n")
    kind = socket.SOCK_DGRAM if "--udp" in arguments else socket.SOCK_STREAM
    port = free_port(kind)
    return running(["gnutls-serv", "--port", port, "--echo", "--pskpasswd", passwords, "--priority",
                    PRIORITY.format(version, "PSK"), *arguments], directory, wait_for=re.compile(rb"listening on .*done"), port=port)
