"""Containers exchanged with `vectors/peer`, the independent Python implementation, and judged by both: made ones, and made ones that were spoiled.

TICKETGATE_CONTAINERS containers are made (300), from TICKETGATE_SEED (1).
"""
import base64
import json
import os
import random
import subprocess

import pytest

from containers import BINARY, ENTITY, KEK16, KEK_ID, KEKS, OTHERS, encode, protect
from conftest import ROOT, call

NUMBER = int(os.environ.get("TICKETGATE_CONTAINERS", "300"))
SEED = int(os.environ.get("TICKETGATE_SEED", "1"))
AEADS = ["aes-128-gcm", "aes-256-gcm", "aes-128-ccm", "aes-256-ccm"]
MACS = ["hmac-sha-1", "hmac-sha-256"]
CBC = ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"]
CONTENTS = [ENTITY, ENTITY.replace(b"\r", b""), BINARY, b"", b"x", b"Content-Type: text/plain\r\n\r\n", b"Subject: no type\r\n\r\nx\r\n",
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\n\r\n--b--\r\n"]


def peer(verb, lines):
    done = subprocess.run([ROOT / "vectors" / "peer", verb], input="".join(json.dumps(line) + "\n" for line in lines).encode(),
                          capture_output=True, timeout=600, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines), done.stderr
    return answers


def ours(lines):
    outcome = call("smime", "check", "--lines", stdin="".join(json.dumps(line) + "\n" for line in lines).encode())
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(answers) == len(lines), outcome.err
    return answers


DATES = ["20260102030405Z", "20261121210000Z", "19500101000000Z", "20280229235959Z", "20270229000000Z", "202601020304Z", "20260102030405.5Z",
         "20260102030405", "20260102030460Z", "20261302030405Z", "2026"]
OTHER = encode(6, bytes.fromhex("2a0304"))
ALGORITHM, OCTETS = encode(0x30, OTHER), encode(4, b"x")
RIDS = [encode(0x30, encode(0x30, b"") + encode(2, b"\1")), encode(0x80, b"x")]  # issuerAndSerialNumber, subjectKeyIdentifier
VERSIONS = [encode(2, bytes([version])) for version in (0, 2, 3, 4)]
# KeyTrans-, KeyAgree-, Password-, OtherRecipientInfo
OTHER_KINDS = [octets.hex() for version in VERSIONS for octets in (
    *(encode(0x30, version + rid + ALGORITHM + OCTETS) for rid in RIDS),
    encode(0xa1, version + encode(0xa0, RIDS[1]) + ALGORITHM + encode(0x30, b"")),
    encode(0xa3, version + ALGORITHM + OCTETS), encode(0xa4, OTHER + b"\x05\x00"))]
# By OID: signing-time as UTCTime, as GeneralizedTime, without seconds, in segments, of two values; countersignature; others.
ATTRIBUTES = [{"type": "1.2.840.113549.1.9.5", "values": [value]} for value in
              ("170d3236313132313231303030305a", "180f32303236313132313231303030305a", "180f32303530313132313231303030305a", "170b323631313231323130305a",
               "37110406323631313231" "04073231303030305a")] + [
    {"type": "1.2.840.113549.1.9.5", "values": ["170d3236313132313231303030305a"] * 2}, {"type": "1.2.840.113549.1.9.6", "values": ["3000"]},
    {"type": "1.2.840.113549.1.9.3", "values": ["06032a0304"]}, {"type": "1.2.840.113549.1.9.4", "values": ["0400"]},
    {"type": "1.2.3.4", "values": []}, {"type": "1.2.3.4", "values": ["0500", "020101"]}, {"type": "1.2.3.4", "values": ["2c06040161040162"]},
    {"type": "1.2.3.4", "values": ["3106020102020101"]}, {"type": "1.2.3.5", "values": ["23080302000f030200f0"]}]


def vary(rng, made):
    """Dates, other attributes and other RecipientInfos in a plan."""
    for entry in made["recipients"]:
        if rng.random() < 0.3:
            entry["date"] = rng.choice(DATES)
        if rng.random() < 0.2:
            entry["other"] = {"type": "1.2.3.4", "value": rng.choice(["0500", "04020102"])}
    if rng.random() < 0.3:
        made["recipients"].insert(rng.randrange(len(made["recipients"]) + 1), {"raw": rng.choice(OTHER_KINDS)})
    if made.get("auth_attrs"):
        made["auth_attrs"] += rng.sample(ATTRIBUTES, rng.choice([0, 1, 1, 2]))
    if rng.random() < 0.4:
        made["unauth_attrs"] = rng.sample(ATTRIBUTES, rng.choice([1, 1, 2]))
    return made


def plan(rng):
    """A container of any kind, with its keys as a judge may have them."""
    kind = rng.choice(["auth_enveloped"] * 4 + ["authenticated"] * 2 + ["enveloped"])
    alg = rng.choice({"auth_enveloped": AEADS, "authenticated": MACS, "enveloped": CBC}[kind])
    recipients = [{"kek": rng.randbytes(rng.choice([16, 24, 32])).hex(), "id": rng.randbytes(rng.randint(1, 9)).hex()}
                  for _ in range(rng.choice([1, 1, 2, 5]))]
    made = {"type": kind, "algorithm": alg, "content": rng.choice(CONTENTS).hex(), "recipients": recipients,
            "indefinite": rng.random() < 0.3, "segment": rng.choice([0, 0, 7, 100])}
    if kind == "auth_enveloped":
        made["tag_len"] = rng.choice([12, 12, 14, 16] + ([13, 15] if alg.endswith("gcm") else [4, 8]))
        made["nonce"] = rng.randbytes(rng.choice([12, 12, 7, 13])).hex()
    if kind != "enveloped" and rng.random() < 0.4:
        made.update({"digest": rng.choice(["sha-1", "sha-256", "sha-512"])} if kind == "authenticated" else {})
        made["auth_attrs"] = [{"type": "content-type"}] + ([{"type": "message-digest"}] if kind == "authenticated" else [])
    keys = [{"id": rng.choice([entry["id"], entry["id"], None]), "kek": entry["kek"]} for entry in rng.sample(recipients, 1)]
    return made, rng.choice([keys, keys, keys, [], [{"id": None, "kek": rng.randbytes(16).hex()}]])


def spoiled(rng, octets):
    """One octet another, gone or too many; or cut short."""
    at = rng.randrange(len(octets))
    return rng.choice([octets[:at] + bytes([octets[at] ^ 1 << rng.randrange(8)]) + octets[at + 1:], octets[:at] + octets[at + 1:],
                       octets[:at] + rng.randbytes(1) + octets[at:], octets[:at + 1], octets + b"\0",
                       octets[:at] + bytes([rng.randrange(256)]) + octets[at + 1:]])


@pytest.fixture(scope="module")
def made():
    """[(plan, keys, octets)]"""
    rng = random.Random(SEED)
    plans = [plan(rng) for _ in range(NUMBER)]
    answers = peer("smime-make", [entry for entry, _ in plans])
    assert all("octets" in answer for answer in answers), next(answer for answer in answers if "octets" not in answer)
    return [(entry, keys, bytes.fromhex(answer["octets"])) for (entry, keys), answer in zip(plans, answers)]


@pytest.fixture(scope="module")
def varied():
    """[(keys, octets)]: containers with what is rarer; most of them break a row."""
    rng = random.Random(SEED + 3)
    plans = [plan(rng) for _ in range(NUMBER)]
    plans = [(vary(rng, entry), keys) for entry, keys in plans]
    made = [(keys, bytes.fromhex(answer["octets"])) for (_, keys), answer in zip(plans, peer("smime-make", [entry for entry, _ in plans]))
            if "octets" in answer]
    assert len(made) >= NUMBER * 9 // 10
    return made


def question(octets, keys, form="cms", unauthenticated=False):
    return {"form": form, "octets": octets.hex(), "profile": "ims-message", "settings": {}, "keys": keys,
            "allow_unauthenticated": unauthenticated, "conversation": None}


def differences(lines):
    """Questions that the two answer in different ways."""
    return [(line, one, other) for line, one, other in zip(lines, ours(lines), peer("smime", lines)) if one != other]


def test_we_open_what_it_makes(made):
    questions = [question(octets, [{"id": entry["recipients"][0]["id"], "kek": entry["recipients"][0]["kek"]}], unauthenticated=True)
                 for entry, _, octets in made]
    for (entry, _, _), answer in zip(made, ours(questions)):
        assert answer["outcome"] == "opened" and answer["content"] == entry["content"], (entry, answer)


@pytest.mark.parametrize("options", [[], ["--tag-len", "16"], ["--auth-attrs", OTHERS.hex(), "--unauth-attrs", OTHERS.hex()],
                                     ["--kek", "aa" * 32, "--kek-id", "00"]], ids=["plain", "tag", "attributes", "recipients"])
@pytest.mark.parametrize("alg", AEADS + MACS)
def test_it_opens_what_we_make(alg, options):
    if alg in MACS and "--tag-len" in options:
        options = ["--with-attrs"]
    lines = [question(protect(content, "--alg", alg, *options, kek=KEKS[alg]), [{"id": KEK_ID.hex(), "kek": KEKS[alg].hex()}])
             for content in CONTENTS]
    for content, answer in zip(CONTENTS, peer("smime", lines)):
        assert answer["outcome"] == "opened" and answer["content"] == content.hex(), answer
    assert not differences(lines)


def test_it_opens_our_entities():
    lines = []
    for setting in (["smime_encoding=base64"], ["smime_encoding=binary"], ["smime_type=auth-enveloped-data"]):
        outcome = call("smime", "protect", "--kek", KEK16.hex(), "--kek-id", KEK_ID.hex(), *(["--set", *setting]), stdin=ENTITY)
        lines.append(question(outcome.out, [{"id": None, "kek": KEK16.hex()}], form="entity"))
    assert [answer["content"] for answer in peer("smime", lines)] == [ENTITY.hex()] * 3
    assert not differences(lines)


def test_both_judge_alike(made):
    """The whole answer: verdict, outcome, type, content, findings, error."""
    lines = [question(octets, keys, unauthenticated=at % 3 == 0) for at, (_, keys, octets) in enumerate(made)]
    different = differences(lines)
    assert not different, f"{len(different)} of {len(lines)}: {different[0]}"


def test_both_judge_rarer_ones_alike(varied):
    lines = [question(octets, keys, unauthenticated=at % 3 == 0) for at, (keys, octets) in enumerate(varied)]
    seen = {row for answer in ours(lines) for row in answer["findings"]}
    assert seen >= {"RFC5652-6.2.1-x01", "RFC5652-6.2.2-x01", "RFC5652-6.2.3-x02", "RFC5652-6.2.4-x01", "RFC5652-11.1-x01", "RFC5652-11.2-x01",
                    "RFC5652-11.3-x01", "RFC5652-11.4-x01"} or NUMBER < 300
    different = differences(lines)
    assert not different, f"{len(different)} of {len(lines)}: {different[0]}"


def test_both_judge_spoiled_rarer_ones_alike(varied):
    rng = random.Random(SEED + 4)
    lines = [question(spoiled(rng, octets), keys, unauthenticated=rng.random() < 0.3) for keys, octets in varied for _ in range(4)]
    different = differences(lines)
    assert not different, f"{len(different)} of {len(lines)}: {different[0]}"


def test_both_refuse_keys_of_no_length_of_aes(made):
    """The error's text is each one's own."""
    lines = [question(made[at % len(made)][2], [{"id": None, "kek": "00" * octets}]) for at, octets in enumerate((0, 1, 8, 15, 17, 20, 31, 33, 64))]
    for one, other in zip(ours(lines), peer("smime", lines)):
        assert one["verdict"] == other["verdict"] == "error" and one["error"]["status"] == other["error"]["status"] == "usage"


def test_both_judge_spoiled_ones_alike(made):
    rng = random.Random(SEED + 1)
    lines = [question(spoiled(rng, octets), keys, unauthenticated=rng.random() < 0.3) for _, keys, octets in made for _ in range(4)]
    different = differences(lines)
    assert not different, f"{len(different)} of {len(lines)}: {different[0]}"


def test_both_judge_entities_alike(made):
    rng = random.Random(SEED + 2)
    lines = []
    for _, keys, octets in made:
        head = rng.choice([b"Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m\r\n",
                           b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n", b"Content-Type: application/x-pkcs7-mime\r\n",
                           b"Content-Type: application/octet-stream\r\n", b"Subject: x\r\n"])
        encoded = rng.random() < 0.7
        head += b"Content-Transfer-Encoding: " + (b"base64" if encoded else b"binary") + b"\r\n"
        entity = head + b"\r\n" + (base64.encodebytes(octets).replace(b"\n", b"\r\n") if encoded else octets)
        lines.append(question(spoiled(rng, entity) if rng.random() < 0.5 else entity, keys, form="entity"))
    different = differences(lines)
    assert not different, f"{len(different)} of {len(lines)}: {different[0]}"
