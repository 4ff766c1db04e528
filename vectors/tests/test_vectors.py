"""The committed vectors: decoded, encoded, verified again from their JSON alone, and tampered with."""

import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from conftest import VECTORS
from from_vector import keys_of
from mikeyticket import codec, verify
from mikeyticket.errors import ParseError

BY_ID = {vector["id"]: vector for vector in VECTORS}


def test_there_are_enough():
    assert len(VECTORS) >= 380
    assert {t for v in VECTORS if v["tree"] and "conforming" in v["flags"] for t in [v["tree"]["hdr"]["data_type"]]} >= set(range(19))


def test_decode_and_encode():
    for vector in VECTORS:
        data = bytes.fromhex(vector["message"])
        if vector["error"]:
            with pytest.raises(ParseError) as raised:
                codec.decode(data)
            assert raised.value.as_json() == vector["error"], vector["id"]
        else:
            assert codec.decode(data) == vector["tree"], vector["id"]
            assert codec.encode(vector["tree"]) == data, vector["id"]


def test_intermediates_by_other_means():
    """Every derivation and MAC once more, by hand-written HMAC code; every AES-CM KEMAC block by block from AES alone."""
    counted = 0
    for vector in VECTORS:
        for step in vector["intermediates"]:
            counted += 1
            if "prf" in step:
                name = "sha256" if step["prf"] else "sha1"
                assert p_by_hand(name, bytes.fromhex(step["inkey"]), bytes.fromhex(step["label"]),
                                 len(step["outkey"]) // 2).hex() == step["outkey"]
            elif "alg" in step:
                name = "sha1" if step["alg"] == 1 else "sha256"
                assert hmac.digest(bytes.fromhex(step["key"]), bytes.fromhex(step["input"]), name).hex() == step["mac"]
            elif step["name"] == "KEMAC" and step["encr_alg"] in (1, 3):
                assert len(step["key"]) == (32 if step["encr_alg"] == 1 else 64) and step["iv"].endswith("0000")
                assert counter_by_hand(*(bytes.fromhex(step[n]) for n in ("key", "iv", "plaintext"))).hex() == step["ciphertext"]
    assert counted > 2000


def counter_by_hand(key, iv, data):
    aes, out = Cipher(algorithms.AES(key), modes.ECB()).encryptor(), b""
    for i in range(0, len(data), 16):
        block = aes.update((int.from_bytes(iv, "big") + i // 16).to_bytes(16, "big"))
        out += bytes(a ^ b for a, b in zip(data[i:i + 16], block))
    return out


def p_by_hand(name, inkey, label, length):
    out = bytes(length)
    for i in range(0, len(inkey), 32):
        stream, a = b"", label
        while len(stream) < length:
            a = hmac.digest(inkey[i:i + 32], a, name)
            stream += hmac.digest(inkey[i:i + 32], a + label, name)
        out = bytes(x ^ y for x, y in zip(out, stream))
    return out


AUTHENTIC = [v for v in VECTORS if "authentic" in v["flags"] and v["tree"]]


def plain_error(vector):
    return vector["tree"]["hdr"]["data_type"] == 6 and not {"V", "SIGN"} & {n["payload"] for n in vector["tree"]["payloads"]}


def test_authentic_vectors_verify_from_their_json():
    for vector in AUTHENTIC:
        results = verify.verify(bytes.fromhex(vector["message"]), keys_of(vector))
        assert all(good for _, good in results), (vector["id"], vector["title"], results)
        assert results or plain_error(vector), vector["id"]


def test_vectors_that_are_not_authentic_do_not_verify():
    """Keyed faults: something does not verify, except where only the keys inside a KEMAC are wrong."""
    seen = 0
    for vector in VECTORS:
        if "keyed" in vector["flags"] and "authentic" not in vector["flags"]:
            results = verify.verify(bytes.fromhex(vector["message"]), keys_of(vector))
            assert not all(good for _, good in results), (vector["id"], vector["title"])
            seen += 1
    assert seen > 30


def of_type(data_type, title=""):
    return next(v for v in AUTHENTIC if v["tree"]["hdr"]["data_type"] == data_type and "conforming" in v["flags"]
                and title in v["title"])


@pytest.mark.parametrize("data_type,title", [
    (11, "PSK, 128-bit"), (12, "PKCS"), (13, "IMS media, PSK"), (14, "PSK, 128-bit"), (14, "IMS media, PSK"), (15, "IMS media, PSK"),
    (16, "PSK, 128-bit"), (16, "IMS media, PSK"), (17, "RSA-PSS"), (18, "IMS media, PSK"), (6, "two errors"), (14, "CSB update"),
    (0, "pre-shared key message"), (1, "verification message"), (10, "R_MESSAGE")])
def test_every_octet_is_covered(data_type, title):
    """One bit of each octet is inverted: the message does not parse, something in it does not verify, or what should
    authenticate it is no longer there. In TRANSFER_INIT the Initiator Data is covered by Vi and Vr in place of V."""
    vector = of_type(data_type, title)
    data, keys = bytes.fromhex(vector["message"]), keys_of(vector)
    whole = verify.verify(data, keys)
    assert whole and all(good for _, good in whole)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        try:
            results = verify.verify(changed, keys)
        except ParseError:
            continue
        except (KeyError, ValueError):
            continue        # an algorithm that does not exist
        assert results != whole, (vector["id"], at)


def test_transfer_init_mac_leaves_initiator_data_out():
    """RFC 6043 5.5: a changed Vr does not change V, a changed Vi is seen by comparison."""
    vector = of_type(14, "IMS media, PSK")
    spans = {}
    codec.decode(bytes.fromhex(vector["message"]), spans)
    end = spans["TICKET[0].initiator_data"][1]
    data = bytearray.fromhex(vector["message"])
    data[end - 1] ^= 1
    results = dict(verify.verify(bytes(data), keys_of(vector)))
    assert results["V[0]"] and results["TICKET[0].Vi"] and not results["TICKET[0].Vr"]


def test_session_keys_agree_on_both_sides():
    """TGK' that the KMS sends is the one that the intermediates of TRANSFER_RESP fork, and the TEK comes from it."""
    resp = of_type(15, "IMS media, PSK")
    steps = {step["name"]: step for step in resp["intermediates"] if "prf" in step}
    forked = steps["tgk_forked"]["outkey"]
    assert forked == resp["keys"]["tgk_forked"][0]
    assert steps["tek[1]"]["inkey"] == forked and steps["tek[1]"]["label"].startswith("2ad01c6401ffffffff03")
    resolved = of_type(18, "IMS media, PSK")
    plaintext = next(s["plaintext"] for s in resolved["intermediates"] if s["name"] == "KEMAC")
    assert forked in plaintext and resolved["keys"]["tgk"][0] not in plaintext
    assert resolved["keys"]["mpkr_forked"] in plaintext and resolved["keys"]["mpkr"] not in plaintext
