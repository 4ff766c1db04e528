"""Known answers: RFC texts, and outputs of other implementations."""

import hashlib
import json
from decimal import Decimal, getcontext

import pytest

from mikeyticket import ciphers, derive, prf
from mikeyticket.settings import settings


def test_hmac_sha_256_of_rfc_4231():
    """Test cases 1, 2 and 6 of RFC 4231, the MAC under PRF-HMAC-SHA-256 and HMAC-SHA-256-256."""
    for key, data, expected in (
            (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First",
             "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")):
        assert prf.mac(hashlib.sha256, key, data).hex() == expected
        assert ciphers.compute_mac(2, key, data).hex() == expected


def test_aes_key_wrap_of_rfc_3394():
    """RFC 3394 4.1, whose IV is the default one."""
    key, iv = bytes(range(16)), bytes.fromhex("a6" * 8)
    data = bytes.fromhex("00112233445566778899aabbccddeeff")
    wrapped = bytes.fromhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")
    assert ciphers.aes_wrap(key, iv, data) == wrapped
    assert ciphers.aes_unwrap(key, iv, wrapped) == data
    assert ciphers.aes_unwrap(key, iv, wrapped[:-1] + b"\x00") is None
    with pytest.raises(ValueError):
        ciphers.aes_wrap(key, iv, data[:-1])


def test_aes_counter_of_rfc_3711():
    """RFC 3711 B.2: the keystream for session salt f0f1...fd and nothing else in the IV."""
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    iv = ciphers.counter_iv(bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfd"), 0, bytes(8))
    assert iv.hex() == "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000"
    assert ciphers.aes_counter(key, iv, bytes(32)).hex() == "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"


def test_counter_iv_places_csb_id_and_time():
    """RFC 3830 4.2.3: IV = (S XOR (0x0000 || CSB ID || T)) || 0x0000."""
    assert ciphers.counter_iv(bytes(14), 0x01020304, bytes.fromhex("05060708090a0b0c")).hex() == "00000102030405060708090a0b0c0000"


@pytest.mark.parametrize("ts_type,value,chosen,expected", [
    (0, "0102030405060708", {}, "0102030405060708"),
    (3, "01020304", {}, "0102030400000000"),
    (3, "01020304", {"ntp32_pad": "leading"}, "0000000001020304"),
    (2, "01020304", {}, "0000000001020304"),
    (2, "01020304", {"counter_pad": "trailing"}, "0102030400000000"),
])
def test_timestamp_as_64_bits(ts_type, value, chosen, expected):
    assert ciphers.timestamp_64(ts_type, bytes.fromhex(value), settings(**chosen)).hex() == expected


def digits_of_e(count):
    getcontext().prec = count + 10
    return str(Decimal(1).exp())[2:2 + count]


def test_constants_are_chunks_of_the_digits_of_e():
    """RFC 3830 4.1.3: nine decimal digits each, consecutive chunks; RFC 6043 5.1.1 and A.2.2 go on the same way."""
    digits = digits_of_e(9 * 40)
    chunks = [int(digits[i:i + 9]) for i in range(0, len(digits), 9)]
    constants = [*derive.SESSION_KEYS.values(), *derive.MESSAGE_KEYS.values(), *derive.FORKED_KEYS.values(),
                 *derive.TICKET_MPKS.values()]
    assert chunks[0] == derive.SESSION_KEYS["tek"] == 0x2AD01C64
    assert len(set(constants)) == len(constants)
    assert set(constants) <= set(chunks)


def long_hand_prf(hash_name, block_bits, inkey, label, out_bits):
    """RFC 3830 4.1.2 written out a second time, with explicit A_i and integer XOR."""
    import hmac
    m, result = -(-out_bits // block_bits), 0
    for start in range(0, len(inkey), 32):
        s, a, stream = inkey[start:start + 32], label, b""
        for _ in range(m):
            a = hmac.digest(s, a, hash_name)
            stream += hmac.digest(s, a + label, hash_name)
        result ^= int.from_bytes(stream, "big")
    return result.to_bytes(m * block_bits // 8, "big")[:out_bits // 8]


@pytest.mark.parametrize("key_length", [1, 16, 31, 32, 33, 64, 65, 192])
@pytest.mark.parametrize("out_bits", [64, 112, 128, 160, 168, 256, 264, 1024])
def test_prf_written_twice(key_length, out_bits):
    key, label = bytes(range(256))[:key_length], b"label"
    assert prf.prf(0, key, label, out_bits) == long_hand_prf("sha1", 160, key, label, out_bits)
    assert prf.prf(1, key, label, out_bits) == long_hand_prf("sha256", 256, key, label, out_bits)


def test_prf_outputs_of_another_implementation(reference):
    group = json.loads((reference / "prf-vectors.json").read_text())[0]
    assert group["cases"]
    for case in group["cases"]:
        label = bytes.fromhex(case["constant"] + case["cs_id"] + case["csb_id"] + group["rand"])
        out = bytes.fromhex(case["out"])
        assert prf.prf(1, bytes.fromhex(group["inkey"]), label, len(out) * 8) == out


def label_of(function, *arguments):
    log = []
    function(*arguments, log=log)
    return log[0]["label"], log[0]["outkey"]


def test_labels_octet_by_octet():
    """Each label as the RFC prints it."""
    ri, rr, key = bytes.fromhex("a1a2"), bytes.fromhex("b1"), bytes(16)
    assert label_of(derive.message_key, "auth_key", 0, key, 0x01020304, 1, ri, b"", 160)[0] == "2d22ac75ff010203040102a1a200"
    assert label_of(derive.message_key, "encr_key", 1, key, 0x01020304, 2, ri, rr, 256)[0] == "150533e1ff010203040202a1a201b1"
    assert label_of(derive.message_key, "salt_key", 1, key, 5, 1, b"", rr, 112)[0] == "29b88916ff00000005010001b1"
    assert label_of(derive.session_key, "tek", 0, key, 7, ri, rr, 128)[0] == "2ad01c6407ffffffff0302a1a201b1"
    assert label_of(derive.forked_key, "mpkr_forked", 0, key, b"ab", rr)[0] == "2b288856ffffffffff000002616201b1"
    assert label_of(derive.forked_key, "tgk_forked", 0, key, b"", b"")[0] == "1512b54affffffffff00000000"
    assert label_of(derive.vr_key, 0, key, 160)[0] == "2d22ac75ffffffffff04"
    assert label_of(derive.ticket_key, "auth_key", 0, key, ri, 160)[0] == "2d22ac75ffffffffff0502a1a2"
    assert label_of(derive.ticket_mpk, "mpki", 0, key, ri)[0] == "220e99a2ffffffffff0602a1a2"
    assert label_of(derive.ticket_mpk, "mpkr", 0, key, ri)[0] == "1f4d675bffffffffff0602a1a2"
    assert label_of(derive.message_key_3830, "auth_key", 0, key, 0x01020304, ri, 160)[0] == "2d22ac75ff01020304a1a2"
    assert label_of(derive.session_key_3830, "tek", 0, key, 7, 0x01020304, ri, 128)[0] == "2ad01c640701020304a1a2"


@pytest.mark.parametrize("length", [16, 20, 32, 48])
def test_forked_keys_are_as_long_as_the_key(length):
    assert len(derive.forked_key("tgk_forked", 1, bytes(length), b"bob", b"r")) == length
    assert len(derive.ticket_mpk("mpkr", 0, bytes(length), b"r")) == length
