"""What the tests of `ticketgate smime` share: keys, calls of the command, DER to break, Bouncy Castle as a process."""
import functools
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import ROOT, call

KEK16 = bytes(range(16))
KEK32 = bytes(range(32))
KEK_ID = bytes.fromhex("5049443031")
ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nMeet me at the usual place.\r\n"
BINARY = bytes(range(256)) * 5 + b"\n\r\r\n\n"
OIDS = {"aes-128-gcm": "2.16.840.1.101.3.4.1.6", "aes-256-gcm": "2.16.840.1.101.3.4.1.46",
        "aes-128-ccm": "2.16.840.1.101.3.4.1.7", "aes-256-ccm": "2.16.840.1.101.3.4.1.47",
        "hmac-sha-1": "1.3.6.1.5.5.8.1.2", "hmac-sha-256": "1.2.840.113549.2.9", "aes-128-cbc": "2.16.840.1.101.3.4.1.2"}
KEKS = {"aes-128-gcm": KEK16, "aes-128-ccm": KEK16, "aes-256-gcm": KEK32, "aes-256-ccm": KEK32, "hmac-sha-1": KEK16,
        "hmac-sha-256": KEK32}


def key_options(kek, kek_id=KEK_ID):
    return ["--kek", kek.hex()] + (["--kek-id", kek_id.hex()] if kek_id is not None else [])


def protect(content, *options, kek=KEK16):
    """The bare container around these octets."""
    outcome = call("smime", "protect", "--der", "--binary", *key_options(kek), *options, stdin=content)
    assert outcome.code == 0, outcome.err
    return outcome.out


def unprotect(container, *options, kek=KEK16, kek_id=KEK_ID):
    return call("smime", "unprotect", "--der", *key_options(kek, kek_id), *options, stdin=container)


# ---- DER, to take apart and to break -----------------------------------------------------------------------------

def header(octets, at=0):
    """(offset of the content, its length) of the definite encoding that begins there."""
    first = octets[at + 1]
    if first < 0x80:
        return at + 2, first
    return at + 2 + (first & 0x7f), int.from_bytes(octets[at + 2:at + 2 + (first & 0x7f)], "big")


def encode(tag, content):
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def members(octets):
    """The encodings in a constructed one, header and all."""
    at, length = header(octets)
    end = at + length
    while at < end:
        start, inner = header(octets, at)
        yield octets[at:start + inner]
        at = start + inner


def attribute(oid_der, value):
    """DER of a SET OF with one attribute."""
    return encode(0x31, encode(0x30, oid_der + encode(0x31, value)))


HINTS = bytes.fromhex("060b2a864886f70d0109100204")  # 1.2.840.113549.1.9.16.2.4, with a text of our own
OTHERS = attribute(HINTS, encode(0x0c, b"beside it"))


# ---- Bouncy Castle -----------------------------------------------------------------------------------------------

JARS = [pathlib.Path("/usr/share/java") / name for name in ("bcpkix.jar", "bcprov.jar", "bcutil.jar")]


class BouncyCastle:
    """One Java process that answers line by line."""

    def __init__(self, folder):
        classes = os.pathsep.join(map(str, JARS))
        source = ROOT / "runners" / "pytest" / "bouncycastle" / "Containers.java"
        subprocess.run(["javac", "-nowarn", "-d", str(folder), "-cp", classes, str(source)], check=True, timeout=300)
        self.process = subprocess.Popen(["java", "-cp", f"{classes}{os.pathsep}{folder}", "Containers"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer, "Bouncy Castle has gone"
        return answer

    def make(self, content, alg, keks, kind="auth_enveloped", **more):
        words = [f"{name}={value}" for name, value in more.items()]
        keys = [f"kek={kek_id.hex()}:{kek.hex()}" for kek_id, kek in keks]
        answer = self.ask(" ".join(["make", f"type={kind}", f"alg={OIDS[alg]}", f"content={content.hex()}", *keys, *words]))
        assert answer.startswith("ok "), answer
        return bytes.fromhex(answer[3:])

    def open(self, container, kek, kek_id=KEK_ID):
        """A dictionary of what it saw, or the text of why not."""
        answer = self.ask(f"open kek={kek_id.hex()}:{kek.hex()} octets={container.hex()}")
        if not answer.startswith("ok "):
            return answer
        seen = dict(word.split("=", 1) for word in answer[3:].split(" "))
        seen["content"] = bytes.fromhex(seen["content"])
        return seen

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


@functools.lru_cache(maxsize=None)
def has_bouncy_castle():
    return bool(shutil.which("javac")) and all(jar.exists() for jar in JARS)


def bouncy_castle_fixture(tmp_path_factory):
    if not has_bouncy_castle():
        pytest.skip("needs Bouncy Castle: libbcpkix-java, default-jdk-headless")
    castle = BouncyCastle(tmp_path_factory.mktemp("bouncycastle"))
    yield castle
    castle.close()
