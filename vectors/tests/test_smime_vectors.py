"""The judge in `pskmime` against what the vectors declare, and the vectors against other implementations of what they hold."""

import hashlib
import hmac
import random

import pytest
from asn1crypto import cms, core
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM

from pskmime import ber, judge, names
from pskmime.cms import parse
from pskmime.errors import SmimeError
from smime_support import SMIME, ask_of, opened


class Parameters(core.Sequence):
    """GCMParameters and CCMParameters (RFC 5084 3), which asn1crypto has not."""
    _fields = [("nonce", core.OctetString), ("icv", core.Integer, {"default": 12})]


def test_there_are_enough():
    assert len(SMIME) >= 600
    assert {v["form"] for v in SMIME} == {"cms", "entity", "sip"}
    assert {v["answer"]["outcome"] for v in SMIME} == {"opened", "not_tried", "no_key", "failed", "refused"}
    assert {v["answer"]["error"]["status"] for v in SMIME if v["answer"]["error"]} == {"truncated", "trailing", "bad_cms", "bad_mime", "bad_sip", "too_deep",
                                                                                       "too_large"}
    assert {v["answer"]["origin"] for v in SMIME} == {None, "proven", "not_proven"}


@pytest.mark.parametrize("form", ("cms", "entity", "sip"))
def test_the_judge_agrees_with_every_answer(form):
    wrong = [v["id"] for v in SMIME if v["form"] == form and judge.answer(ask_of(v)) != v["answer"]]
    assert wrong == []


@pytest.mark.parametrize("form", ("cms", "entity", "sip"))
def test_without_keys_the_judge_sees_what_is_visible(form):
    wrong = [v["id"] for v in SMIME if v["form"] == form and judge.answer(ask_of(v, keys=[], conversation=None))["findings"] != v["visible"]]
    assert wrong == []


def test_what_is_refused_is_refused_without_keys():
    refused = [v for v in SMIME if v["answer"]["outcome"] == "refused" and v["conversation"] is None]
    assert len(refused) > 70
    for vector in refused:
        assert judge.answer(ask_of(vector, keys=[]))["outcome"] == "refused", vector["id"]


def unwrap_by_hand(kek, wrapped):
    """RFC 3394 2.2.2, from AES alone."""
    aes = Cipher(algorithms.AES(kek), modes.ECB()).decryptor()
    a, blocks = wrapped[:8], [wrapped[i:i + 8] for i in range(8, len(wrapped), 8)]
    for j in range(5, -1, -1):
        for i in range(len(blocks), 0, -1):
            t = len(blocks) * j + i
            plain = aes.update((int.from_bytes(a, "big") ^ t).to_bytes(8, "big") + blocks[i - 1])
            a, blocks[i - 1] = plain[:8], plain[8:]
    assert a == b"\xa6" * 8
    return b"".join(blocks)


def octets(vector, name):
    value = vector["intermediates"][name]
    return None if value is None else bytes.fromhex(value)


def test_every_wrapped_key_by_hand():
    count = 0
    for vector in opened():
        kek, cek, wrapped = octets(vector, "kek"), octets(vector, "cek"), vector["intermediates"]["wrapped"]
        if len(wrapped) == 1 and vector["parent"] is None:
            assert unwrap_by_hand(kek, bytes.fromhex(wrapped[0])) == cek, vector["id"]
            count += 1
    assert count > 120


def test_intermediates_by_asn1crypto_and_the_aead_interface():
    """asn1crypto cuts the container, AESGCM and AESCCM open what it finds; tags of GCM that are cut short are compared with the front of the whole one."""
    count = 0
    for vector in opened("cms", "auth_enveloped"):
        if vector["parent"] is not None:
            continue
        if "segment" in vector["title"].lower():        # asn1crypto reads DER and a part of BER
            continue
        whole = ber.read(bytes.fromhex(vector["octets"]))
        data = cms.ContentInfo.load(ber.der(whole), strict=True)["content"]
        info = data["auth_encrypted_content_info"]
        algorithm = info["content_encryption_algorithm"]
        mode, size = names.AEAD[algorithm["algorithm"].dotted]
        parameters = Parameters.load(algorithm["parameters"].dump())
        nonce, icv, tag = parameters["nonce"].native, parameters["icv"].native, data["mac"].native
        assert (nonce, tag) == (octets(vector, "nonce"), octets(vector, "tag")), vector["id"]
        assert icv == len(tag) and size == len(octets(vector, "cek"))
        check_aead(vector, mode, nonce, tag, info["encrypted_content"].native or b"")
        attrs = data["auth_attrs"]
        expected = attrs.untag().dump(force=True) if isinstance(attrs, core.SetOf) and len(attrs) else b""
        assert octets(vector, "aad") == expected, vector["id"]
        count += 1
    assert count > 70


def check_aead(vector, mode, nonce, tag, content):
    cek, aad, plain = octets(vector, "cek"), octets(vector, "aad"), octets(vector, "plaintext")
    if mode == "ccm":
        assert AESCCM(cek, tag_length=len(tag)).decrypt(nonce, content + tag, aad) == plain, vector["id"]
    elif len(nonce) >= 8:
        assert AESGCM(cek).encrypt(nonce, plain, aad)[:len(content) + len(tag)] == content + tag, vector["id"]


def test_macs_by_the_standard_library():
    count = 0
    for vector in opened("cms", "authenticated"):
        data = parse(bytes.fromhex(vector["octets"]))
        covered = octets(vector, "aad") if data.auth_attrs is not None else octets(vector, "plaintext")
        assert hmac.digest(octets(vector, "cek"), covered, names.HMACS[data.algorithm.oid]) == octets(vector, "tag"), vector["id"]
        if data.auth_attrs is not None and vector["parent"] is None:
            [digest] = [values for name, values in data.auth_attrs.entries if name == names.MESSAGE_DIGEST]
            assert digest[0].octets == hashlib.new(names.DIGESTS[data.digest.oid], octets(vector, "plaintext")).digest()
        count += 1
    assert count > 40


def test_attributes_taken_off_are_under_a_mac_that_fits():
    """So that nothing but their being attributes refuses them (SMIME.md section 3)."""
    count = 0
    for vector in SMIME:
        if vector["change"] and "attributes are taken off" in vector["title"]:
            data = parse(bytes.fromhex(vector["octets"]))
            assert data.auth_attrs is None and vector["answer"]["outcome"] == "refused" and vector["parent"]
            assert hmac.digest(octets(vector, "cek"), data.content, names.HMACS[data.algorithm.oid]) == data.mac, vector["id"]
            count += 1
    assert count == 9


def test_conforming_containers_are_der_unless_they_say_so():
    for vector in SMIME:
        if vector["form"] == "cms" and vector["parent"] is None and vector["title"].startswith(("AES-GCM", "AES-CCM", "A KEKRecipientInfo", "authAttrs with")):
            assert ber.is_der(ber.read(bytes.fromhex(vector["octets"]))), vector["id"]


def test_every_octet_flipped():
    """Never another content, and one outcome for all that keys alone show."""
    chosen = {}
    for vector in opened("cms"):
        if vector["parent"] is None and vector["answer"]["type"] != "enveloped" and len(vector["octets"]) < 1400:
            kind = parse(bytes.fromhex(vector["octets"]))
            chosen.setdefault((kind.type, kind.algorithm.oid, kind.auth_attrs is None, kind.unauth_attrs is None, vector["octets"][2:4] == "80"), vector)
    assert len(chosen) >= 10
    outcomes = set()
    for vector in chosen.values():
        data = bytes.fromhex(vector["octets"])
        for at in range(len(data)):
            for bit in (1, 0x80, 0xFF):
                answer = judge.answer(ask_of(vector, octets=(data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]).hex()))
                outcomes.add(answer["outcome"])
                assert answer["content"] in (None, vector["answer"]["content"]), (vector["id"], at)
                assert (answer["content"] is None) == (answer["outcome"] != "opened")
    assert outcomes == {"opened", "failed", "refused", "not_tried", "no_key"} - {"no_key"}


def test_what_keys_show_is_one_thing():
    """A flipped tag, content, nonce, wrapped key or KEK give the same answer, but for the findings of the parent."""
    for vector in opened("cms", "auth_enveloped"):
        if vector["parent"] is not None or "aes" not in vector["title"].lower() or len(vector["octets"]) > 600:
            continue
        data = bytes.fromhex(vector["octets"])
        made = vector["intermediates"]
        wanted = {**vector["answer"], "verdict": "reject", "outcome": "failed", "content": None,
                  "findings": sorted([*vector["answer"]["findings"], "RFC5083-2.2-x01"])}
        for part in (made["tag"], made["wrapped"][0], made["nonce"]):
            at = data.find(bytes.fromhex(part))
            assert at > 0
            for place in range(at, at + len(part) // 2):
                changed = data[:place] + bytes([data[place] ^ 4]) + data[place + 1:]
                assert judge.answer(ask_of(vector, octets=changed.hex())) == wanted
        keys = [{**key, "kek": (bytes([int(key["kek"][:2], 16) ^ 1]) + bytes.fromhex(key["kek"][2:])).hex()} for key in vector["keys"]]
        assert judge.answer(ask_of(vector, keys=keys)) == wanted


def test_whatever_is_changed_there_is_an_answer():
    """Octets changed, left out, doubled at random (with a fixed seed): an answer, or nothing but SmimeError behind it."""
    chance = random.Random(5083)
    some = [v for v in SMIME if len(v["octets"]) < 8000 and v["conversation"] is None]
    for _ in range(3000):
        vector = chance.choice(some)
        data = bytearray.fromhex(vector["octets"])
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(data) + 1)
            how = chance.randrange(3)
            data[at:at + how] = bytes(chance.randrange(256) for _ in range(chance.randrange(3)))
        answer = judge.answer(ask_of(vector, octets=bytes(data).hex()))
        if answer["outcome"] == "opened":
            assert vector["intermediates"]["plaintext"] == answer["content"] or answer["type"] == "enveloped", vector["id"]


def test_what_cannot_be_cut_is_never_opened():
    for vector in SMIME:
        if vector["form"] == "cms" and vector["answer"]["error"]:
            with pytest.raises(SmimeError):
                parse(bytes.fromhex(vector["octets"]))


def test_the_aead_interface_says_no_too():
    """The tags of the vectors that are flipped are wrong for AESGCM and AESCCM as well."""
    count = 0
    for vector in SMIME:
        if vector["answer"]["outcome"] != "failed" or vector["form"] != "cms" or vector["change"]["path"] not in ("mac", "encryptedContent"):
            continue
        data = parse(bytes.fromhex(vector["octets"]))
        if data.type != "auth_enveloped" or (len(data.mac) != 16 and names.AEAD[data.algorithm.oid][0] == "gcm"):
            continue
        mode, _ = names.AEAD[data.algorithm.oid]
        cipher = AESGCM(octets(vector, "cek")) if mode == "gcm" else AESCCM(octets(vector, "cek"), tag_length=len(data.mac))
        with pytest.raises(InvalidTag):
            cipher.decrypt(octets(vector, "nonce"), data.content + data.mac, octets(vector, "aad"))
        count += 1
    assert count >= 10
