"""PSK S/MIME containers exchanged with Bouncy Castle, both ways."""
import pytest

from containers import (BINARY, ENTITY, HINTS, KEK16, KEK32, KEK_ID, KEKS, OIDS, OTHERS, attribute, bouncy_castle_fixture, encode,
                        protect, unprotect)
from conftest import call

castle = pytest.fixture(scope="module")(bouncy_castle_fixture)
AEADS = ["aes-128-gcm", "aes-256-gcm", "aes-128-ccm", "aes-256-ccm"]
MACS = ["hmac-sha-1", "hmac-sha-256"]
CONTENTS = {"entity": ENTITY, "binary": BINARY, "nothing": b"", "an octet": b"\0", "two blocks": bytes(32), "large": bytes(70000)}
BOUNCY_CASTLE_TAGS = {"gcm": [12, 13, 14, 15, 16], "ccm": [12, 14, 16]}
HINTS_OID = "1.2.840.113549.1.9.16.2.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"


def tag_lengths(alg):
    return BOUNCY_CASTLE_TAGS[alg[-3:]]


# ---- it reads what we make ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("alg", AEADS)
def test_it_reads_ours(castle, alg, name):
    container = protect(CONTENTS[name], "--alg", alg, kek=KEKS[alg])
    seen = castle.open(container, KEKS[alg])
    assert seen == {"type": "auth_enveloped", "alg": OIDS[alg], "content_type": "1.2.840.113549.1.7.1", "recipients": "1",
                    "auth": "", "unauth": "", "mac": "12", "content": CONTENTS[name]}


@pytest.mark.parametrize("alg,tag", [(alg, tag) for alg in AEADS for tag in tag_lengths(alg)])
def test_it_reads_our_tags_and_attributes(castle, alg, tag):
    authenticated = attribute(HINTS, encode(0x0c, b"of us"))
    container = protect(ENTITY, "--alg", alg, "--tag-len", str(tag), "--auth-attrs", authenticated.hex(),
                        "--unauth-attrs", OTHERS.hex(), kek=KEKS[alg])
    seen = castle.open(container, KEKS[alg])
    assert seen["content"] == ENTITY and seen["mac"] == str(tag)
    assert seen["auth"] == HINTS_OID and seen["unauth"] == HINTS_OID


@pytest.mark.parametrize("options", [[], ["--with-attrs"], ["--unauth-attrs", OTHERS.hex()],
                                     ["--with-attrs", "--auth-attrs", OTHERS.hex(), "--unauth-attrs", OTHERS.hex()]],
                         ids=["bare", "attributes", "others", "both"])
@pytest.mark.parametrize("alg", MACS)
def test_it_verifies_ours(castle, alg, options):
    container = protect(BINARY, "--type", "authenticated", "--alg", alg, *options, kek=KEKS[alg])
    seen = castle.open(container, KEKS[alg])
    expected = {CONTENT_TYPE, MESSAGE_DIGEST} if "--with-attrs" in options else set()
    expected |= {HINTS_OID} if "--auth-attrs" in options else set()
    assert seen["type"] == "authenticated" and seen["alg"] == OIDS[alg] and seen["content"] == BINARY
    assert set(filter(None, seen["auth"].split(","))) == expected
    assert seen["unauth"] == (HINTS_OID if "--unauth-attrs" in options else "")
    assert seen["mac"] == ("20" if alg == "hmac-sha-1" else "32")


@pytest.mark.parametrize("alg", AEADS + MACS)
def test_each_of_our_recipients_opens(castle, alg):
    others = [(b"one", KEK32), (b"two", bytes(32)), (b"three", bytes([7]) * 32)]
    options = [word for kek_id, kek in others for word in ("--kek", kek.hex(), "--kek-id", kek_id.hex())]
    container = protect(ENTITY, "--alg", alg, *options, kek=KEKS[alg])
    for kek_id, kek in [(KEK_ID, KEKS[alg]), *others]:
        seen = castle.open(container, kek, kek_id)
        assert seen["content"] == ENTITY and seen["recipients"] == "4"


@pytest.mark.parametrize("alg", AEADS + MACS)
def test_it_refuses_what_was_changed(castle, alg):
    """Else the tests above would show nothing."""
    container = bytearray(protect(ENTITY, "--alg", alg, kek=KEKS[alg]))
    container[-1] ^= 1
    assert castle.open(bytes(container), KEKS[alg]).startswith("failed")


# ---- we read what it makes ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("alg", AEADS)
def test_we_read_its(castle, alg, name):
    container = castle.make(CONTENTS[name], alg, [(KEK_ID, KEKS[alg])])
    outcome = unprotect(container, kek=KEKS[alg])
    assert outcome.code == 0 and outcome.out == CONTENTS[name], outcome.err
    assert outcome.err == ""


@pytest.mark.parametrize("more", [{}, {"auth": 1}, {"unauth": 1}, {"auth": 1, "unauth": 1}], ids=str)
@pytest.mark.parametrize("alg,tag", [(alg, tag) for alg in AEADS for tag in tag_lengths(alg)] +
                         [(alg, tag) for alg in AEADS if alg.endswith("ccm") for tag in (4, 6, 8, 10)])
def test_we_read_its_tags_and_attributes(castle, alg, tag, more):
    container = castle.make(ENTITY, alg, [(KEK_ID, KEKS[alg])], tag=tag, nonce="00112233445566778899aabb", **more)
    outcome = unprotect(container, kek=KEKS[alg])
    assert outcome.code == 0 and outcome.out == ENTITY, outcome.err


@pytest.mark.parametrize("nonce", ["00112233445566", "0011223344556677", "00112233445566778899aabbcc"])
def test_we_read_its_nonces(castle, nonce):
    """CCM: 7 to 13 octets."""
    container = castle.make(ENTITY, "aes-128-ccm", [(KEK_ID, KEK16)], tag=12, nonce=nonce)
    outcome = unprotect(container)
    assert outcome.code == 0 and outcome.out == ENTITY, outcome.err


@pytest.mark.parametrize("more", [{}, {"auth": 1}, {"unauth": 1}, {"auth": 1, "unauth": 1}, {"encoding": "BER"}, {"mackey": 64},
                                  {"mackey": 16}, {"mackey": 24}], ids=str)
@pytest.mark.parametrize("alg", MACS)
def test_we_verify_its(castle, alg, more):
    container = castle.make(BINARY, alg, [(KEK_ID, KEKS[alg])], kind="authenticated", **more)
    outcome = unprotect(container, kek=KEKS[alg])
    assert outcome.code == 0 and outcome.out == BINARY, outcome.err


@pytest.mark.parametrize("alg", AEADS + MACS)
def test_each_of_its_recipients_opens(castle, alg):
    keks = [(b"one", KEK32), (KEK_ID, KEKS[alg]), (b"two", bytes(32))]
    kind = "authenticated" if alg in MACS else "auth_enveloped"
    container = castle.make(ENTITY, alg, keks, kind=kind)
    for kek_id, kek in keks:
        outcome = unprotect(container, kek=kek, kek_id=kek_id)
        assert outcome.code == 0 and outcome.out == ENTITY, outcome.err
    assert unprotect(container, kek=bytes([9]) * 32).out == b""


@pytest.mark.parametrize("alg", MACS)
def test_a_changed_content_of_its_is_refused(castle, alg):
    container = castle.make(ENTITY, alg, [(KEK_ID, KEKS[alg])], kind="authenticated")
    at = container.index(ENTITY)
    changed = container[:at] + b"D" + container[at + 1:]
    outcome = unprotect(changed, kek=KEKS[alg])
    assert outcome.code == 1 and outcome.out == b""


def test_its_enveloped_data_is_described_and_refused(castle):
    container = castle.make(ENTITY, "aes-128-cbc", [(KEK_ID, KEK16)], kind="enveloped")
    refused = unprotect(container)
    assert refused.code == 1 and refused.out == b"" and "EnvelopedData" in refused.err
    described = call("smime", "check", "--kek", KEK16.hex(), stdin=container)
    assert described.code == 1 and b"enveloped, aes-128-cbc" in described.out and b"outcome: refused" in described.out
    opened = unprotect(container, "--allow-unauthenticated")
    assert opened.code == 0 and opened.out == ENTITY, opened.err
    assert unprotect(container, "--allow-unauthenticated", kek=KEK32[16:]).out == b""
