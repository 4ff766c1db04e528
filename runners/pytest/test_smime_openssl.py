"""PSK S/MIME containers exchanged with `openssl cms`, which has AES-GCM alone.

OpenSSL 3.0 reads no authenticated attributes: its template has them under [2], and RFC 5083 2.1 says [1]. Those are for Bouncy Castle.
"""
import subprocess

import pytest

from containers import BINARY, ENTITY, KEK16, KEK32, KEK_ID, KEKS, protect, unprotect
from conftest import call

GCM = ["aes-128-gcm", "aes-256-gcm"]
CONTENTS = {"entity": ENTITY, "binary": BINARY, "large": bytes(range(256)) * 2000}


def openssl(*arguments, stdin):
    return subprocess.run(["openssl", "cms", *arguments], input=stdin, capture_output=True, timeout=60, check=False)


def encrypted(content, alg, *options, kek=None, kek_id=KEK_ID):
    kek = kek or KEKS[alg]
    done = openssl("-encrypt", f"-{alg}", "-binary", "-secretkey", kek.hex(), "-secretkeyid", kek_id.hex(), *options, stdin=content)
    assert done.returncode == 0, done.stderr
    return done.stdout


def decrypted(container, kek, *options):
    done = openssl("-decrypt", "-binary", "-secretkey", kek.hex(), "-secretkeyid", KEK_ID.hex(), *options, stdin=container)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("tag", [12, 13, 14, 15, 16])
@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("alg", GCM)
def test_it_reads_ours(alg, name, tag):
    container = protect(CONTENTS[name], "--alg", alg, "--tag-len", str(tag), kek=KEKS[alg])
    assert decrypted(container, KEKS[alg], "-inform", "DER") == CONTENTS[name]


@pytest.mark.parametrize("alg", GCM)
def test_it_reads_our_entity(alg):
    outcome = call("smime", "protect", "--alg", alg, "--kek", KEKS[alg].hex(), "--kek-id", KEK_ID.hex(), stdin=ENTITY)
    assert outcome.code == 0, outcome.err
    assert decrypted(outcome.out, KEKS[alg], "-inform", "SMIME") == ENTITY


def test_it_reads_ours_with_several_recipients():
    options = ["--kek", KEK32.hex(), "--kek-id", "00", "--kek", bytes(16).hex(), "--kek-id", "ff"]
    assert decrypted(protect(ENTITY, *options), KEK16, "-inform", "DER") == ENTITY


@pytest.mark.parametrize("alg", GCM)
def test_it_refuses_what_was_changed(alg):
    """Else the tests above would show nothing."""
    container = bytearray(protect(ENTITY, "--alg", alg, kek=KEKS[alg]))
    container[-1] ^= 1
    assert openssl("-decrypt", "-inform", "DER", "-secretkey", KEKS[alg].hex(), "-secretkeyid", KEK_ID.hex(),
                   stdin=bytes(container)).returncode != 0


@pytest.mark.parametrize("form", [["-outform", "DER"], ["-outform", "DER", "-stream"]], ids=["DER", "stream"])
@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("alg", GCM)
def test_we_read_its(alg, name, form):
    container = encrypted(CONTENTS[name], alg, *form)
    assert container[1] == 0x80 if "-stream" in form else container[1] != 0x80  # the indefinite form
    outcome = unprotect(container, kek=KEKS[alg])
    assert outcome.code == 0 and outcome.out == CONTENTS[name], outcome.err
    assert outcome.err == ""


@pytest.mark.parametrize("form", [[], ["-stream"]], ids=["whole", "stream"])
@pytest.mark.parametrize("alg", GCM)
def test_we_read_its_entity(alg, form):
    entity = encrypted(ENTITY, alg, "-outform", "SMIME", *form)
    outcome = call("smime", "unprotect", "--kek", KEKS[alg].hex(), stdin=entity)
    assert outcome.code == 0 and outcome.out == ENTITY, outcome.err
    assert outcome.err == ""


def test_a_short_kek_is_a_finding():
    """It is told, and the container opened."""
    container = encrypted(ENTITY, "aes-256-gcm", "-outform", "DER", kek=KEK16)
    outcome = unprotect(container)
    assert outcome.code == 0 and outcome.out == ENTITY and "RFC3565-2.3.2-x02" in outcome.err
    made = call("smime", "protect", "--der", "--alg", "aes-256-gcm", "--kek", KEK16.hex(), "--kek-id", KEK_ID.hex(), stdin=ENTITY)
    assert made.code == 0 and "RFC3565-2.3.2-x02" in made.err and KEK16.hex() not in made.err
    assert decrypted(made.out, KEK16, "-inform", "DER") == ENTITY


def test_one_key_is_tried_under_every_identifier():
    container = encrypted(ENTITY, "aes-128-gcm", "-outform", "DER", kek_id=b"of its own")
    assert unprotect(container).out == ENTITY
    two = unprotect(container, "--kek", KEK32.hex(), "--kek-id", "00")
    assert two.code == 1 and two.out == b"" and "not_found" in two.err
