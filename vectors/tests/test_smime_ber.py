"""The strict reader of BER, and containers that are there to hurt."""

import pytest

from pskmime import ber, ciphers, make, names, opening
from pskmime.cms import is_signing_time, parse
from pskmime.errors import CmsError
from smime_support import ask

KEK = bytes(16)


def read(text):
    return ber.read(bytes.fromhex(text))


def status(text):
    with pytest.raises(CmsError) as raised:
        read(text)
    return raised.value.status, raised.value.row


@pytest.mark.parametrize("text", ("0500", "3000", "3080 0000", "2480 0401aa 0000", "04 8101 aa", "04 84 00000001 aa", "3082 0000", "bf8148 00", "1f8100 00"))
def test_ber_that_is(text):
    node = read(text)
    assert (node.start, node.end) == (0, len(bytes.fromhex(text)))


@pytest.mark.parametrize("text,expected", (
    ("", "bad_cms"), ("30", "bad_cms"), ("3081", "bad_cms"), ("3082ff", "bad_cms"), ("30ff", "bad_cms"), ("0480", "bad_cms"), ("1000", "bad_cms"),
    ("1100", "bad_cms"),
    ("3080", "bad_cms"), ("308000", "bad_cms"), ("3080040100", "bad_cms"), ("30020000", "bad_cms"), ("0000", "bad_cms"), ("1f", "bad_cms"), ("1fff", "bad_cms"),
    ("1fffffffff7f00", "bad_cms"),
    ("3001", "truncated"), ("3003040200", "truncated"), ("30060404000000", "truncated"), ("0487ffffffffffffff", "truncated"),
    ("04fe" + "ff" * 126, "truncated"),
    ("050000", "trailing"), ("3080000000", "trailing")))
def test_ber_that_is_not(text, expected):
    assert status(text) == (expected, "RFC5652-3-x01")


def test_limits():
    assert status("30" * 0 + "3080" * 33 + "0000" * 33)[0] == "too_deep"
    assert read("3080" * 32 + "0000" * 32).constructed
    assert status("3080" * 100_000)[0] == "too_deep"
    many = ber.encode(ber.seq(*[ber.Node(ber.NULL, b"")] * 65535))
    assert len(ber.read(many).children) == 65535
    with pytest.raises(CmsError) as raised:
        ber.read(ber.encode(ber.seq(*[ber.Node(ber.NULL, b"")] * 65536)))
    assert raised.value.status == "too_large"


def test_der_of_ber():
    """X.690 10.1, 10.2, 11.6."""
    node = read("3180 2480 0401aa 2403 0401bb 0000 0481 01cc 0000")
    assert ber.der(node).hex() == "3107" + "0401cc" + "0402aabb"
    assert not ber.is_der(node)
    assert ber.is_der(ber.read(ber.der(node)))
    for text, good in (("3106 0401aa 0401bb", True), ("3106 0401bb 0401aa", False), ("3006 0401bb 0401aa", True), ("30 8103 0401aa", False),
                       ("2403 0401aa", False), ("a003 0401aa", True)):
        assert ber.is_der(read(text)) == good, text
    assert not ber.is_der(read("a106 0401bb 0401aa"), set_of=True)
    assert ber.der(read("a106 0401bb 0401aa"), 0x31).hex() == "31060401aa0401bb"


@pytest.mark.parametrize("text,der", (
    ("2c06 040161 040162", "0c026162"), ("2c07 2400 2403 040161", "0c0161"), ("2c00", "0c00"), ("3880 040132 0000", "180132"), ("2703 040161", "070161"),
    ("2308 030200a5 030204f0", "030304a5f0"), ("2306 23 04 030204f0", "030204f0"), ("2300", "030100"), ("2803 020101", "2803020101"), ("2203 020101", "2203020101")))
def test_segments(text, der):
    """X.690 8.6.4, 8.7.3, 8.23.6; EXTERNAL is no string, a constructed INTEGER is taken as it stands, and is no DER."""
    assert ber.der(read(text)).hex() == der
    assert ber.is_der(read(text)) == text.startswith("28")


@pytest.mark.parametrize("text", ("2c03 0c0161", "2c06 040161 0c0162", "2403 0c0161", "2304 0402 00a5", "2307 030104 030200a5", "2306 0300 030200a5", "3703 170132",
                                  "2405 2c03 040161"))
def test_segments_of_another_type(text):
    with pytest.raises(CmsError) as raised:
        ber.string(read(text), "RFC5083-2.1-01")
    assert (raised.value.status, raised.value.row) == ("bad_cms", "RFC5083-2.1-01")


def test_long_lengths():
    for size in (127, 128, 255, 256, 65536):
        node = ber.octet_string(bytes(size))
        assert ber.is_der(ber.read(ber.encode(node)))
        node.long_length = 4
        assert not ber.is_der(ber.read(ber.encode(node)))


@pytest.mark.parametrize("text", ("1.2.840.113549.1.9.16.1.23", "2.16.840.1.101.3.4.1.46", "2.999.3", "0.0", "1.39"))
def test_object_identifiers(text):
    assert ber.oid_text(ber.oid_octets(text)) == text


@pytest.mark.parametrize("octets", (b"", b"\x80\x01", b"\x2a\x86", b"\x2a\x80\x01"))
def test_no_object_identifiers(octets):
    assert ber.oid_text(octets) is None


@pytest.mark.parametrize("tag,text,good", (
    (23, "260102030405Z", True), (23, "491231235959Z", True), (23, "500101000000Z", True), (24, "20500101000000Z", True), (24, "19491231235959Z", True),
    (24, "19500101000000Z", False), (24, "20491231235959Z", False), (23, "2601020304Z", False), (23, "260102030405", False), (23, "260229030405Z", False),
    (23, "240229030405Z", True),
    (24, "21000229000000Z", False), (24, "24000229000000Z", True), (23, "261301000000Z", False), (23, "260100000000Z", False), (23, "260101240000Z", False),
    (23, "260101006000Z", False),
    (4, "260102030405Z", False), (24, "260102030405Z", False), (23, "20260102030405Z", False), (24, "20500101000000.1Z", False)))
def test_signing_time(tag, text, good):
    assert is_signing_time(ber.Node(tag, text.encode())) == good


def container(**plan):
    return make.make({"algorithm": "aes-128-gcm", "content": b"x", "recipients": [{"kek": KEK, "id": b"1"}], **plan}).octets()


def test_a_thousand_recipients():
    many = [{"kek": KEK, "id": n.to_bytes(2, "big")} for n in range(1000)]
    assert ask(container(recipients=many), KEK)["error"] == {"status": "too_large", "id": None}
    assert ask(container(recipients=many[:256]), KEK)["outcome"] == "opened"


def test_much_beside_the_content():
    big = {"type": "1.3.6.1.4.1.32473.2", "values": [ber.encode(ber.octet_string(bytes(1 << 20)))]}
    assert ask(container(unauth_attrs=[big]), KEK)["error"]["status"] == "too_large"
    assert ask(container(content=bytes(2 << 20)), KEK)["outcome"] == "opened"
    assert ask(container(content=bytes(2 << 20), segment=1000), KEK)["outcome"] == "opened"


def test_content_too_long_for_the_nonce_of_ccm():
    plan = {"algorithm": "aes-128-ccm", "nonce": bytes(13)}
    assert ask(container(content=bytes(65535), **plan), KEK)["outcome"] == "opened"
    root = ber.read(container(content=bytes(65535), **plan))
    encrypted = root.children[1].children[0].children[2].children[2]
    encrypted.octets += b"\0"
    assert ask(ber.encode(root), KEK)["outcome"] == "refused"


def test_sixteen_keys_that_unwrap_are_tried():
    """The first recipients wrap another content key under the same KEK, so that each unwraps and none but the last opens."""
    for others, different, outcome in ((15, 15, "opened"), (16, 16, "failed"), (60, 15, "opened"), (60, 16, "failed")):
        several = [{"kek": KEK, "id": bytes([n]), "cek": bytes([n % different + 1]) * 16} for n in range(others)] + [{"kek": KEK, "id": b"\xff"}]
        assert ask(container(recipients=several, cek=bytes(16)), KEK)["outcome"] == outcome


def test_gcm_with_nonces_of_any_length_is_one_thing():
    """The code for short nonces against OpenSSL's, where both can."""
    for size in (8, 11, 16, 17, 64, 128):
        args = bytes(range(16)), bytes(range(size))
        for aad, plain in ((b"", b""), (b"a", b"x" * 15), (b"b" * 33, b"y" * 64)):
            one, other = ciphers.Gcm(*args), ciphers.ShortNonceGcm(*args)
            assert one.seal(aad, plain, 16) == other.seal(aad, plain, 16)
            sealed, tag = one.seal(aad, plain, 12)
            assert other.unseal(aad, sealed, tag) == plain
            assert other.unseal(aad + b"!", sealed, tag) is None and one.unseal(aad + b"!", sealed, tag) is None


def test_attributes_in_ber_are_authenticated_as_der():
    plan = {"auth_attrs": [{"type": "content-type"}, {"type": "1.3.6.1.4.1.32473.2", "values": [ber.encode(ber.octet_string(b"noted"))]}]}
    made = make.make({"algorithm": "aes-128-ccm", "content": b"x", "recipients": [{"kek": KEK, "id": b"1"}], **plan})
    made.nodes["auth_attrs"].indefinite = True
    made.nodes["auth_attrs"].children.reverse()
    assert opening.aad_of(parse(made.octets())) == made.intermediates["aad"]
    assert ask(made.octets(), KEK)["findings"] == ["RFC5083-2.1-06"]


def test_content_that_is_what_authattrs_are():
    """SMIME.md section 3, `refused`; beyond 1 MiB it is content like any other, and costs no reading."""
    types = [ber.seq(ber.oid(name), ber.set_of(value)) for name, value in (
        (names.CONTENT_TYPE, ber.oid(names.DATA)), (names.MESSAGE_DIGEST, ber.octet_string(bytes(32))))]
    for filling, expected in (((1 << 20) - 200, "refused"), (1 << 20, "opened")):
        long = ber.seq(ber.oid("1.2.3"), ber.set_of(ber.octet_string(bytes(filling))))
        plan = {"type": "authenticated", "algorithm": "hmac-sha-256", "content": ber.encode(ber.set_of(*types, long)), "cek": bytes(32),
                "recipients": [{"kek": KEK, "id": b"a"}]}
        assert ask(make.make(plan).octets(), KEK)["outcome"] == expected
