"""`ticketgate smime protect|unprotect|check` as commands: options, files, what is kept and what is told."""
import json
import os

import pytest

from containers import (BINARY, ENTITY, HINTS, KEK16, KEK32, KEK_ID, KEKS, OIDS, attribute, encode, header, key_options,
                        members, protect, unprotect)
from conftest import answered_files, call

ALGS = list(KEKS)
KEY = key_options(KEK16)


def protected(content, *options, kek=KEK16):
    outcome = call("smime", "protect", *key_options(kek), *options, stdin=content)
    assert outcome.code == 0, outcome.err
    return outcome.out


# ---- there and back ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("content", [ENTITY, BINARY, b"\0", bytes(100000)], ids=["entity", "binary", "octet", "large"])
@pytest.mark.parametrize("form", [[], ["--der"]], ids=["mime", "der"])
@pytest.mark.parametrize("alg", ALGS)
def test_there_and_back(alg, form, content):
    made = protected(content, "--binary", "--alg", alg, *form, kek=KEKS[alg])
    assert (made[0] == 0x30) == bool(form)
    back = call("smime", "unprotect", *form, *key_options(KEKS[alg]), stdin=made)
    assert back.code == 0 and back.out == content, back.err


def test_what_is_made_is_as_asked():
    container = protect(ENTITY)
    oid, wrapper = members(container)
    assert oid == bytes.fromhex("060b2a864886f70d0109100117")
    version, recipients, info, mac = members(next(members(wrapper)))
    assert version == b"\x02\x01\x00" and len(list(members(recipients))) == 1
    assert mac[:2] == bytes([4, 12])  # RFC 5084: 12 octets unless asked for
    assert bytes.fromhex("0609608648016503040106") in info
    for length in range(12, 17):
        assert list(members(next(members(list(members(protect(ENTITY, "--tag-len", length)))[1]))))[3][1] == length


def test_each_container_has_keys_of_its_own():
    assert len({protect(ENTITY) for _ in range(8)}) == 8


def test_type_and_algorithm():
    """--type authenticated is HMAC-SHA-256 unless asked; an HMAC is of no other type."""
    for options in (["--type", "authenticated"], ["--alg", "hmac-sha-256"]):
        container = protect(ENTITY, *options)
        assert ENTITY in container and bytes.fromhex("06082a864886f70d0209") in container
    for options in (["--type", "authenticated", "--alg", "aes-128-gcm"], ["--type", "auth-enveloped", "--alg", "hmac-sha-1"],
                    ["--alg", "aes-128-cbc"], ["--alg", "aes-192-gcm"], ["--alg", "rot13"], ["--tag-len", "11"], ["--tag-len", "17"], ["--tag-len", "4"],
                    ["--alg", "aes-128-ccm", "--tag-len", "13"], ["--with-attrs"], ["--alg", "hmac-sha-1", "--tag-len", "12"]):
        outcome = call("smime", "protect", *KEY, *options, stdin=ENTITY)
        assert outcome.code == 4 and outcome.out == b"", options


# ---- the octets --------------------------------------------------------------------------------------------------

TEXTS = {
    "entity with LF": (b"Content-Type: text/plain\n\none\ntwo\n", b"Content-Type: text/plain\r\n\r\none\r\ntwo\r\n"),
    "entity with CRLF": (ENTITY, ENTITY),
    "binary entity": (b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + BINARY,) * 2,
    "text alone": (b"one\ntwo\r\nthree\rfour", b"one\r\ntwo\r\nthree\r\nfour"),
    "UTF-8 alone": ("für\n".encode(), "für\r\n".encode()),
    "binary alone": (BINARY, BINARY),
    "no UTF-8": (b"f\xfcr\n", b"f\xfcr\n"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_brought_to_crlf(name):
    given, expected = TEXTS[name]
    assert unprotect(protected(given, "--der")).out == expected
    assert unprotect(protected(given, "--der", "--binary")).out == given


def test_the_entity():
    made = protected(ENTITY)
    head, _, body = made.partition(b"\r\n\r\n")
    names = {line.split(b":")[0].lower(): line.lower() for line in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")}
    assert b"application/pkcs7-mime" in names[b"content-type"] and b"smime-type=authenveloped-data" in names[b"content-type"].replace(b'"', b"")
    assert b".p7m" in names[b"content-type"] and b"base64" in names[b"content-transfer-encoding"]
    assert b"\n" not in body.replace(b"\r\n", b"") and max(map(len, body.split(b"\r\n"))) <= 76
    binary = protected(ENTITY, "--set", "smime_encoding=binary", "--set", "smime_type=auth-enveloped-data")
    assert b"auth-enveloped-data" in binary and call("smime", "unprotect", *KEY, stdin=binary).out == ENTITY


def test_a_container_beside_other_parts():
    inner = protected(ENTITY)
    mixed = (b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n--b0\r\nContent-Type: application/mikey\r\n\r\nmikey\r\n--b0\r\n"
             + inner + b"\r\n--b0--\r\n")
    outcome = call("smime", "unprotect", *KEY, stdin=mixed)
    assert outcome.code == 0 and outcome.out == ENTITY, outcome.err


# ---- keys --------------------------------------------------------------------------------------------------------

def test_keys_from_elsewhere(tmp_path):
    (tmp_path / "kek").write_text(KEK16.hex() + "\n")
    container = protect(ENTITY)
    environment = {**os.environ, "TICKETGATE_TEST_KEK": KEK16.hex()}
    for kek in (f"@{tmp_path / 'kek'}", "env:TICKETGATE_TEST_KEK", KEK16.hex().upper()):
        outcome = call("smime", "unprotect", "--der", "--kek", kek, stdin=container, env=environment)
        assert outcome.code == 0 and outcome.out == ENTITY, outcome.err
    for kek in (f"@{tmp_path / 'none'}", "env:TICKETGATE_NOT_THERE", "@/", "", "0"):
        outcome = call("smime", "unprotect", "--der", "--kek", kek, stdin=container, env=environment)
        assert outcome.code == 4 and outcome.out == b"", kek


@pytest.mark.parametrize("options", [
    ["--kek", "00" * 15], ["--kek", "00" * 33], ["--kek", "zz" * 16], ["--kek", KEK16.hex()], ["--kek-id", "00"], [],
    ["--kek", KEK16.hex(), "--kek", KEK16.hex(), "--kek-id", "00"],
    ["--kek", KEK16.hex(), "--kek-id", "00", "--kek-id", "01"]], ids=str)
def test_keys_that_are_none(options):
    outcome = call("smime", "protect", "--der", *options, stdin=ENTITY)
    assert outcome.code == 4 and outcome.out == b""
    assert not any(word in outcome.err for word in options if len(word) > 8)


@pytest.mark.parametrize("alg", ALGS)
def test_a_wrong_key_and_a_wrong_tag_are_told_alike(alg):
    container = protect(ENTITY, "--alg", alg, kek=KEKS[alg])
    changed = container[:-1] + bytes([container[-1] ^ 1])
    wrong_key = unprotect(container, kek=bytes(len(KEKS[alg])))
    wrong_tag = unprotect(changed, kek=KEKS[alg])
    assert (wrong_key.code, wrong_key.out, wrong_key.err) == (wrong_tag.code, wrong_tag.out, wrong_tag.err)
    assert wrong_key.code == 1 and wrong_key.out == b"" and "not_authentic" in wrong_key.err
    assert KEKS[alg].hex() not in wrong_tag.err and "usual place" not in wrong_tag.err


def test_a_digest_of_something_else_is_not_taken():
    """RFC 5652 9.3: with authAttrs the MAC covers these alone; the digest in them is what covers the content."""
    container = protect(ENTITY, "--alg", "hmac-sha-256", "--with-attrs")
    assert unprotect(container).out == ENTITY
    changed = container.replace(b"usual", b"other")
    assert changed != container and len(changed) == len(container)
    outcome = unprotect(changed)
    assert outcome.code == 1 and outcome.out == b""


# ---- check -------------------------------------------------------------------------------------------------------

def checked(octets, *options):
    outcome = call("smime", "check", "--output", "json", *options, stdin=octets)
    answer = json.loads(outcome.out)
    assert outcome.code == (0 if answer["verdict"] == "accept" else 1)
    return answer


def test_check_says_what_it_is():
    answer = checked(protect(ENTITY), *KEY)
    assert answer == {"verdict": "accept", "outcome": "opened", "type": "auth_enveloped", "content": ENTITY.hex(),
                      "findings": [], "error": None, "origin": None, "sender": None, "places": []}
    assert checked(protect(ENTITY))["outcome"] == "not_tried"
    assert checked(protected(ENTITY), *KEY)["content"] == ENTITY.hex()


def test_check_finds_and_tells_where():
    container = protect(ENTITY, "--tag-len", "16")
    answer = checked(container, *KEY)
    assert answer["findings"] == ["RFC5084-3.2-05"] and answer["verdict"] == "accept"
    place, = answer["places"]
    assert place["id"] == "RFC5084-3.2-05" and place["text"] and 0 < place["offset"] < len(container)
    assert "RFC3565-2.3.2-x02" in checked(protect(ENTITY, "--alg", "aes-256-gcm"), *KEY)["findings"]
    digest = attribute(bytes.fromhex("06092a864886f70d010904"), encode(4, bytes(32)))
    assert {"RFC5083-2.1-07", "RFC5083-3-01"} <= set(checked(protect(ENTITY, "--auth-attrs", digest.hex()))["findings"])


def test_check_of_what_cannot_be_read():
    container = protect(ENTITY)
    answer = checked(container[:-1])
    assert answer["error"] == {"status": "truncated", "id": "RFC5652-3-x01"} and answer["findings"] == ["RFC5652-3-x01"]
    assert answer["verdict"] == "reject" and answer["type"] is None and answer["places"][0]["id"] == "RFC5652-3-x01"
    assert checked(container + b"\0")["error"]["status"] == "trailing"
    assert checked(b"\x30\x03\x02\x01\x00")["error"]["status"] == "bad_cms"
    assert checked(b"neither nor")["error"] == {"status": "bad_mime", "id": None}


def test_check_as_text_has_no_content():
    outcome = call("smime", "check", *KEY, stdin=protect(ENTITY, "--tag-len", "14"))
    assert outcome.code == 0 and b"usual" not in outcome.out and ENTITY.hex().encode() not in outcome.out
    assert b"auth_enveloped, aes-128-gcm" in outcome.out and b"RFC5084-3.2-05" in outcome.out and b"verdict: accept" in outcome.out


def test_check_line_by_line():
    container = protect(ENTITY)
    ask = {"form": "cms", "octets": container.hex(), "profile": "ims-message", "settings": {},
           "keys": [{"id": KEK_ID.hex(), "kek": KEK16.hex()}], "allow_unauthenticated": False, "conversation": None}
    lines = [ask, {**ask, "octets": "zz"}, {**ask, "keys": []}, {**ask, "form": "letter"}]
    outcome = call("smime", "check", "--lines", stdin="".join(json.dumps(line) + "\n" for line in lines).encode())
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert [answer["verdict"] for answer in answers] == ["accept", "error", "accept", "error"] and outcome.code == 1
    assert answers[0]["content"] == ENTITY.hex() and answers[2]["outcome"] == "not_tried"


def test_check_of_requests(tmp_path):
    """Golden SIP requests, with the conversation in a file of its own."""
    chosen = [vector for file in answered_files("smime").values() for vector in file["vectors"]
              if vector["form"] == "sip" and vector["conversation"] and not vector["settings"]][:12]
    assert len(chosen) == 12 and {vector["answer"]["origin"] for vector in chosen} >= {"proven"}
    for vector in chosen:
        (tmp_path / "conversation.json").write_text(json.dumps(vector["conversation"]))
        keys = [word for key in vector["keys"] for word in ("--kek", key["kek"], "--kek-id", key["id"])]
        answer = checked(bytes.fromhex(vector["octets"]), "--profile", vector["profile"], *keys, "--conversation",
                         tmp_path / "conversation.json")
        del answer["places"]
        assert answer == vector["answer"], vector["id"]
    outcome = call("smime", "check", "--conversation", tmp_path / "conversation.json", stdin=protect(ENTITY))
    assert outcome.code == 4 and outcome.out == b""
    (tmp_path / "conversation.json").write_text("{}")
    outcome = call("smime", "check", "--conversation", tmp_path / "conversation.json", stdin=bytes.fromhex(chosen[0]["octets"]))
    assert outcome.code == 4 and outcome.out == b"" and "conversation.json" in outcome.err


@pytest.mark.parametrize("command", ["protect", "unprotect", "check"])
def test_help(command):
    outcome = call("smime", command, "--help")
    assert outcome.code == 0 and b"exit codes:" in outcome.out and b"examples:" in outcome.out and b"--kek" in outcome.out
    assert call("smime", command, "--no-such-option").code == 4
    assert call("smime").code == 4
