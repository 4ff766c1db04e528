"""AES-GCM both ways with `openssl cms` (OpenSSL 3.0), as a subprocess."""

import os
import shutil
import subprocess

import pytest

from pskmime import make
from smime_support import SMIME, ask, opened

KEK = bytes(range(16))
CONTENT = b"Content-Type: text/plain\r\n\r\nThe meeting is at noon.\r\n"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


def openssl(*arguments, data):
    return subprocess.run(["openssl", "cms", *arguments], input=data, capture_output=True, timeout=60)


def decrypt(container, kek, key_id):
    return openssl("-decrypt", "-inform", "DER", "-binary", "-secretkey", kek.hex(), "-secretkeyid", key_id.hex(), data=container)


def test_is_openssl_3():
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    assert version.split()[1].split(".")[0] == "3", version


@pytest.mark.parametrize("algorithm", ("aes-128-gcm", "aes-256-gcm"))
@pytest.mark.parametrize("tag", (12, 13, 14, 15, 16))
def test_openssl_opens_ours(algorithm, tag):
    kek = KEK if algorithm == "aes-128-gcm" else KEK + KEK
    made = make.make({"algorithm": algorithm, "tag_len": tag, "content": CONTENT, "recipients": [{"kek": kek, "id": b"key 1"}]})
    done = decrypt(made.octets(), kek, b"key 1")
    assert (done.returncode, done.stdout) == (0, CONTENT), done.stderr
    changed = bytearray(made.octets())
    changed[-1] ^= 1
    assert decrypt(bytes(changed), kek, b"key 1").returncode != 0


@pytest.mark.parametrize("form", ({"indefinite": True}, {"indefinite": True, "segment": 16}, {"segment": 10}))
def test_openssl_opens_our_ber(form):
    made = make.make({"algorithm": "aes-128-gcm", "tag_len": 16, "content": CONTENT, "recipients": [{"kek": KEK, "id": b"key 1"}], **form})
    done = decrypt(made.octets(), KEK, b"key 1")
    assert (done.returncode, done.stdout) == (0, CONTENT), done.stderr


def test_openssl_opens_100_kb_for_the_last_of_several():
    content = os.urandom(100_000)
    several = [{"kek": os.urandom(16), "id": bytes([n])} for n in range(5)]
    made = make.make({"algorithm": "aes-256-gcm", "tag_len": 16, "content": content, "recipients": several})
    done = decrypt(made.octets(), several[4]["kek"], several[4]["id"])
    assert (done.returncode, done.stdout) == (0, content), done.stderr


def test_openssl_opens_the_vectors_with_tag_16():
    count = 0
    for vector in opened("cms", "auth_enveloped"):
        if vector["title"].startswith("AES-GCM") and "tag of 16" in vector["title"]:
            key = vector["keys"][0]
            done = decrypt(bytes.fromhex(vector["octets"]), bytes.fromhex(key["kek"]), bytes.fromhex(key["id"]))
            assert (done.returncode, done.stdout.hex()) == (0, vector["answer"]["content"]), (vector["id"], done.stderr)
            count += 1
    assert count >= 3


def test_openssl_does_not_open_what_failed():
    for vector in SMIME:
        if vector["answer"]["outcome"] == "failed" and vector["form"] == "cms" and len(vector["intermediates"]["tag"] or "") == 32:
            key = vector["keys"][0]
            assert decrypt(bytes.fromhex(vector["octets"]), bytes.fromhex(key["kek"]), bytes.fromhex(key["id"])).returncode != 0, vector["id"]


@pytest.mark.parametrize("algorithm", ("-aes-128-gcm", "-aes-256-gcm"))
@pytest.mark.parametrize("stream", ((), ("-stream",)))
@pytest.mark.parametrize("size", (1, 53, 100_000))
def test_we_open_what_openssl_makes(algorithm, stream, size):
    kek = KEK if algorithm == "-aes-128-gcm" else KEK + KEK
    content = (CONTENT * (size // len(CONTENT) + 1))[:size]
    done = openssl("-encrypt", *stream, algorithm, "-binary", "-outform", "DER", "-secretkey", kek.hex(), "-secretkeyid", b"key 1".hex(), data=content)
    assert done.returncode == 0, done.stderr
    if stream:
        assert done.stdout[1] == 0x80           # BER of indefinite length
    answer = ask(done.stdout, kek)
    assert (answer["outcome"], answer["content"], answer["findings"]) == ("opened", content.hex(), ["RFC5084-3.2-05"])
    assert ask(done.stdout, bytes(len(kek)))["outcome"] == "failed"


def test_we_open_openssl_s_enveloped_data_only_when_allowed():
    done = openssl("-encrypt", "-aes-128-cbc", "-binary", "-outform", "DER", "-secretkey", KEK.hex(), "-secretkeyid", "01", data=CONTENT)
    assert done.returncode == 0, done.stderr
    assert ask(done.stdout, KEK)["outcome"] == "refused"
    answer = ask(done.stdout, KEK, allow_unauthenticated=True)
    assert (answer["outcome"], answer["content"], answer["findings"]) == ("opened", CONTENT.hex(), ["TS33328-I.2.1-05"])


def test_openssl_opens_our_enveloped_data():
    made = make.make({"type": "enveloped", "algorithm": "aes-256-cbc", "content": CONTENT, "recipients": [{"kek": KEK + KEK, "id": b"key 1"}]})
    done = decrypt(made.octets(), KEK + KEK, b"key 1")
    assert (done.returncode, done.stdout) == (0, CONTENT), done.stderr
