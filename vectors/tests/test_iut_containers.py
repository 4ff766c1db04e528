"""Containers of the live implementation: what it opens is what the vectors declare, what it makes asn1crypto cuts and others' ciphers open."""

import json
import os

import pytest
from asn1crypto import cms, core
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from iut_support import InProcess, Process
from pskmime import judge
from smime_support import SMIME
from test_iut import ROOT

KEKS = [{"id": "a1b2c3d4", "kek": bytes(range(16)).hex()}, {"id": "0b", "kek": bytes(range(32)).hex()}]
CONTENT = b"Content-Type: text/plain\r\n\r\nThe meeting is at noon.\r\n"
TAGS = {"gcm": (12, 13, 14, 15, 16), "ccm": (4, 6, 8, 10, 12, 14, 16)}
MADE = [(f"aes-{bits}-{mode}", tag) for bits in (128, 256) for mode, tags in TAGS.items() for tag in tags]
WRAPS = {16: "2.16.840.1.101.3.4.1.5", 32: "2.16.840.1.101.3.4.1.45"}
ALGORITHMS = {"aes-128-gcm": "2.16.840.1.101.3.4.1.6", "aes-256-gcm": "2.16.840.1.101.3.4.1.46", "aes-128-ccm": "2.16.840.1.101.3.4.1.7",
              "aes-256-ccm": "2.16.840.1.101.3.4.1.47"}


class Parameters(core.Sequence):
    """RFC 5084 3.1, 3.2."""
    _fields = [("nonce", core.OctetString), ("icv", core.Integer, {"default": 12})]


@pytest.fixture
def iut():
    return InProcess()


def make(iut, algorithm="aes-128-gcm", tag_len=12, keys=KEKS, content=CONTENT):
    answer = iut.call(op="make_container", content=content.hex(), keys=keys, algorithm=algorithm, tag_len=tag_len)
    assert answer["outcome"] == "accepted", answer
    return bytes.fromhex(answer["container"])


def open_it(iut, octets, keys=KEKS):
    return iut.call(op="open_container", container=octets.hex(), keys=keys)


def read(octets, kek):
    """(content key, nonce, tag, content) of a container, by asn1crypto and the AEAD interfaces; `kek`: one of KEKS."""
    info = cms.ContentInfo.load(octets, strict=True)
    assert info["content_type"].native == "authenticated_enveloped_data"
    data = info["content"]
    assert data["version"].native == "v0" and not data["auth_attrs"] and not data["unauth_attrs"]
    assert all(one.name == "kekri" for one in data["recipient_infos"])
    [recipient] = [one.chosen for one in data["recipient_infos"] if one.chosen["kekid"]["key_identifier"].native.hex() == kek["id"]]
    wrap = recipient["key_encryption_algorithm"]
    assert recipient["version"].native == "v4" and len(wrap.dump()) == 2 + 11          # the parameters are left out
    assert wrap["algorithm"].dotted == WRAPS[len(kek["kek"]) // 2]
    cek = aes_key_unwrap(bytes.fromhex(kek["kek"]), recipient["encrypted_key"].native)
    encrypted, tag = data["auth_encrypted_content_info"], data["mac"].native
    assert encrypted["content_type"].dotted == "1.2.840.113549.1.7.1"
    algorithm = encrypted["content_encryption_algorithm"]
    parameters = Parameters.load(algorithm["parameters"].dump(), strict=True)
    assert parameters["icv"].native == len(tag)
    return algorithm["algorithm"].dotted, cek, parameters["nonce"].native, tag, encrypted["encrypted_content"].native or b""


def opened_by_others(mode, cek, nonce, tag, sealed):
    if mode == "ccm":
        return AESCCM(cek, tag_length=len(tag)).decrypt(nonce, sealed + tag, None)
    # GCM: the interface takes tags of 16 octets alone; CTR turned back and sealed again shows the whole tag.
    plain = AESGCM(cek).encrypt(nonce, sealed, None)[:len(sealed)]
    again = AESGCM(cek).encrypt(nonce, plain, None)
    assert again == sealed + again[len(sealed):] and again[len(sealed):].startswith(tag)
    return plain


@pytest.mark.parametrize("algorithm,tag_len", MADE)
def test_what_it_makes_is_read_by_others(iut, algorithm, tag_len):
    for content in (CONTENT, b"", bytes(5000)):
        octets = make(iut, algorithm, tag_len, content=content)
        read_with = [read(octets, kek) for kek in KEKS]
        assert read_with[0] == read_with[1]
        oid, cek, nonce, tag, sealed = read_with[0]
        assert oid == ALGORITHMS[algorithm] and 8 * len(cek) == int(algorithm[4:7]) and len(tag) == tag_len
        assert len(nonce) == {"gcm": 12, "ccm": 7}[algorithm[-3:]]
        assert opened_by_others(algorithm[-3:], cek, nonce, tag, sealed) == content


@pytest.mark.parametrize("algorithm,tag_len", MADE)
@pytest.mark.parametrize("key", KEKS, ids=("128", "256"))
def test_what_it_makes_is_accepted_by_the_judge_and_by_itself(iut, algorithm, tag_len, key):
    octets = make(iut, algorithm, tag_len)
    answer = judge.answer({"form": "cms", "octets": octets.hex(), "keys": [key]})
    assert (answer["outcome"], answer["content"]) == ("opened", CONTENT.hex()) and answer["verdict"] == "accept"
    # AES-128-WRAP of a key of 256 bits was asked for (RFC 3565 2.3.2)
    assert ("RFC3565-2.3.2-x02" in answer["findings"]) == ("256" in algorithm)
    assert open_it(iut, octets, [key]) == {"outcome": "accepted", "content": CONTENT.hex()}


def test_content_keys_and_nonces_are_new_and_of_the_operating_system(iut, monkeypatch):
    from pskmime import make as maker
    drawn = []

    class System:
        @staticmethod
        def urandom(count):
            drawn.append(os.urandom(count))
            return drawn[-1]
    monkeypatch.setattr(maker, "os", System)
    for algorithm in ALGORITHMS:
        seen = [read(make(iut, algorithm, keys=KEKS[:1]), KEKS[0])[1:3] for _ in range(40)]
        assert len({cek for cek, _ in seen}) == len({nonce for _, nonce in seen}) == 40
        assert {octets for pair in seen for octets in pair} <= set(drawn)
    other = InProcess()
    assert read(make(other), KEKS[0])[1] != read(make(InProcess()), KEKS[0])[1]


CONTAINERS = [v for v in SMIME if v["form"] == "cms" and not v["allow_unauthenticated"] and v["keys"]]
# A judge tries one key alone under every identifier (SMIME.md section 3); here the identifier says which it is.
NAMED = [v for v in CONTAINERS if all(key["id"] and key["id"] in v["octets"] for key in v["keys"])]


def test_there_are_vectors_of_every_outcome():
    assert {v["answer"]["outcome"] for v in NAMED} >= {"opened", "failed", "refused", "not_tried"} and len(NAMED) > 250


def test_vectors_without_a_recipient_for_the_keys(iut):
    without = [v for v in CONTAINERS if v["answer"]["outcome"] == "no_key" and v["answer"]["type"] == "auth_enveloped"]
    assert len(without) >= 3
    for vector in without:
        answer = iut.call(op="open_container", container=vector["octets"], keys=vector["keys"])
        wanted = "parse" if "RFC5083-2.1-04" in vector["answer"]["findings"] else "id"
        assert outcome(answer) == ("rejected", wanted), vector["id"]


def test_vectors_are_opened_or_rejected_as_they_declare(iut):
    accepted = 0
    for vector in NAMED:
        answer = iut.call(op="open_container", container=vector["octets"], keys=vector["keys"])
        if vector["answer"]["verdict"] == "accept" and vector["answer"]["outcome"] == "opened":
            assert answer == {"outcome": "accepted", "content": vector["answer"]["content"]}, (vector["id"], vector["title"])
            accepted += 1
        else:
            assert answer["outcome"] == "rejected" and "content" not in answer, (vector["id"], vector["title"], answer)
            assert answer["error"] in ("parse", "encr_alg", "id", "auth")
        if vector["answer"]["outcome"] == "failed":
            assert answer["error"] == ("auth" if vector["answer"]["type"] == "auth_enveloped" else "encr_alg"), vector["id"]
        if vector["answer"]["error"]:
            assert answer["error"] == "parse"
    assert accepted > 60


def test_keys_and_recipients_that_are_none_of_the_others_business(iut):
    octets, stranger = make(iut), {"id": "99", "kek": "77" * 16}
    opened = {"outcome": "accepted", "content": CONTENT.hex()}
    assert open_it(iut, octets, [stranger, KEKS[1]]) == opened
    assert open_it(iut, make(iut, keys=[stranger, KEKS[0]]), KEKS) == opened
    twice = [{**KEKS[0], "kek": "77" * 16}, KEKS[0]]
    assert open_it(iut, octets, twice) == opened
    for keys in ([stranger], [], [{**KEKS[0], "id": "a1b2c3d5"}]):
        assert outcome(open_it(iut, octets, keys)) == ("rejected", "id")
    for kek in ("77" * 16, "77" * 32, ""):
        assert outcome(open_it(iut, octets, [{**KEKS[0], "kek": kek}])) == ("rejected", "auth")


def outcome(answer):
    assert "content" not in answer and "container" not in answer
    return answer["outcome"], answer.get("error")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_changed_octet_opens_as_something_else(iut, algorithm):
    """And a wrong tag, content, nonce or wrapped key is one word and no more."""
    octets = make(iut, algorithm, keys=KEKS[:1])
    _, cek, nonce, tag, sealed = read(octets, KEKS[0])
    wrapped = octets.index(bytes.fromhex("300b0609608648016503040105")) + 15
    answers = set()
    for place in [*range(octets.index(nonce), octets.index(nonce) + len(nonce)), *range(octets.index(sealed), octets.index(sealed) + len(sealed)),
                  *range(len(octets) - len(tag), len(octets)), *range(wrapped, wrapped + len(cek) + 8)]:
        answers.add(json.dumps(open_it(iut, octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1:], KEKS[:1]), sort_keys=True))
    assert [outcome(json.loads(one)) for one in answers] == [("rejected", "auth")]
    for place in range(len(octets)):
        answer = open_it(iut, octets[:place] + bytes([octets[place] ^ 0x81]) + octets[place + 1:], KEKS[:1])
        assert answer["outcome"] in ("accepted", "rejected") and answer.get("content", CONTENT.hex()) == CONTENT.hex()


@pytest.mark.parametrize("change,expected", [
    ({"tag_len": 11}, ("rejected", "rule")), ({"tag_len": 17}, ("rejected", "rule")), ({"tag_len": "12"}, ("rejected", "rule")),
    ({"algorithm": "aes-128-ccm", "tag_len": 13}, ("rejected", "rule")), ({"keys": []}, ("rejected", "rule")),
    ({"keys": [{"id": "", "kek": "00" * 16}]}, ("rejected", "rule")), ({"keys": KEKS * 129}, ("rejected", "rule")),
    ({"content": "00" * (1 << 19)}, ("rejected", "too_large")),
    ({"algorithm": "aes-192-gcm"}, ("unsupported", None)), ({"algorithm": "aes-128-cbc"}, ("unsupported", None)),
    ({"algorithm": None}, ("unsupported", None)), ({"algorithm": ["aes-128-gcm"]}, ("unsupported", None)),
    ({"keys": [{"id": "01", "kek": "00" * 15}]}, ("unsupported", None)), ({"keys": "00"}, ("unsupported", None)),
    ({"content": "0g"}, ("unsupported", None))])
def test_what_is_not_made(iut, change, expected):
    call = {"op": "make_container", "content": CONTENT.hex(), "keys": KEKS, "algorithm": "aes-128-gcm", "tag_len": 12, **change}
    assert outcome(iut.call(**call)) == expected


def test_a_content_that_no_answer_holds(iut):
    from pskmime import make as maker
    octets = maker.make({"algorithm": "aes-128-gcm", "content": bytes(1 << 19), "recipients": [{"id": b"\x0b", "kek": bytes(range(32))}]}).octets()
    assert outcome(open_it(iut, octets)) == ("rejected", "too_large")


def test_over_the_pipe():
    iut = Process(str(ROOT / "iut"))
    assert "smime" in iut.call(op="hello", protocol=1)["can"]
    longest = bytes((1 << 19) - 1000)
    for content in (b"", CONTENT, longest):
        octets = make(iut, "aes-256-ccm", 16, content=content)
        answer = open_it(iut, octets)
        assert answer["outcome"] == "accepted" and answer["content"] == content.hex() and len(json.dumps(answer)) < 1 << 20
    assert outcome(open_it(iut, octets[:-1])) == ("rejected", "parse")
    iut.close()
