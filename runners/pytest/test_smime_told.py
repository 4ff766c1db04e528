"""What the commands of `ticketgate smime` tell: of several containers in one entity, of weak keys and tags, of options that do not go together."""
import json

import pytest

from containers import ENTITY, KEK16, KEK32, KEK_ID, attribute, encode, key_options, protect
from conftest import answered_files, call

KEY = key_options(KEK16)
OTHER_KEK = bytes([0xaa]) * 16


def entity(content=ENTITY, kek=KEK16):
    outcome = call("smime", "protect", *key_options(kek), stdin=content)
    assert outcome.code == 0, outcome.err
    return outcome.out


def mixed(*parts, boundary=b"b0"):
    return (b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
            + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n")


def unprotected(octets, *options, kek=KEK16):
    return call("smime", "unprotect", *key_options(kek, None), *options, stdin=octets)


# ---- several containers ------------------------------------------------------------------------------------------

SECOND = ENTITY.replace(b"usual", b"other")
BROKEN = b"Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\r\n\r\n\x30\x03\x02\x01\x00"
NOT_BASE64 = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n***\r\n"


@pytest.mark.parametrize("before", [[], [entity(kek=OTHER_KEK)], [BROKEN], [NOT_BASE64], [BROKEN, entity(kek=OTHER_KEK)], [mixed(BROKEN, boundary=b"b1")]],
                         ids=["none", "other key", "no container", "no base64", "two", "nested"])
def test_the_first_that_opens(before):
    outcome = unprotected(mixed(*before, entity(SECOND), entity(ENTITY)))
    assert outcome.code == 0 and outcome.out == SECOND, outcome.err
    told = [line for line in outcome.err.splitlines() if "containers" in line]
    assert len(told) == len(before) + 2
    assert [line.endswith("taken") for line in told] == [False] * len(before) + [True, False]
    assert all(line.endswith(("taken", "passed over")) for line in told)


def test_a_container_alone_is_not_told_of():
    for octets in (entity(), mixed(b"Content-Type: text/plain\r\n\r\nx", entity())):
        outcome = unprotected(octets)
        assert (outcome.code, outcome.out, outcome.err) == (0, ENTITY, "")


def test_none_opens():
    """The reason is that of the first."""
    outcome = unprotected(mixed(entity(kek=OTHER_KEK), BROKEN))
    assert outcome.code == 1 and outcome.out == b"" and "not_authentic" in outcome.err
    assert outcome.err.count("does not open") == 2
    outcome = unprotected(mixed(BROKEN, entity(kek=OTHER_KEK)))
    assert outcome.code == 1 and outcome.out == b"" and "bad_cms" in outcome.err


def test_a_container_that_is_forbidden_is_passed_over():
    """RFC 5652 9.3: its content-type names another type than that of the content. It opens, and is not taken."""
    container = protect(ENTITY, "--auth-attrs", attribute(bytes.fromhex("06092a864886f70d010903"), bytes.fromhex("06092a864886f70d010701")).hex())
    data = bytes.fromhex("06092a864886f70d010701")
    assert container.count(data) == 2
    at = container.index(data) + len(data) - 1  # the type of the content, which nothing authenticates
    forged = container[:at] + b"\5" + container[at + 1:]
    part = b"Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\r\n\r\n" + forged
    assert unprotected(part).code == 1 and "RFC5652-9.3-x02" in unprotected(part).err
    outcome = unprotected(mixed(part, entity(SECOND)))
    assert outcome.code == 0 and outcome.out == SECOND


# ---- what is none ------------------------------------------------------------------------------------------------

def test_a_message_without_a_container():
    for octets in (ENTITY, mixed(b"Content-Type: text/plain\r\n\r\nx")):
        outcome = unprotected(octets)
        assert outcome.code == 1 and outcome.out == b"" and "there is no container in it" in outcome.err
    assert "there is no container in it" not in unprotected(b"neither nor").err


def test_der_of_what_is_no_der():
    outcome = unprotected(entity(), "--der")
    assert outcome.code == 1 and outcome.out == b"" and "without --der" in outcome.err
    cut = unprotected(protect(ENTITY)[:-1], "--der")
    assert cut.code == 1 and "truncated" in cut.err and "without --der" not in cut.err


# ---- weak keys and tags ------------------------------------------------------------------------------------------

def test_keys_of_24_octets_are_told():
    for options, rows in (([], ["TS33328-I.2.1-x03"]), (["--alg", "aes-256-gcm"], ["RFC3565-2.3.2-x02", "TS33328-I.2.1-x03"])):
        outcome = call("smime", "protect", *key_options(bytes(range(24))), *options, stdin=ENTITY)
        assert outcome.code == 0 and [line.split()[4].rstrip(",") for line in outcome.err.splitlines()] == rows
    assert call("smime", "protect", *key_options(KEK32), stdin=ENTITY).err == ""


def test_short_tags_are_told():
    """RFC 5084 lets CCM have tags of 4 octets on."""
    short = [vector for file in answered_files("smime").values() for vector in file["vectors"]
             if vector["form"] == "cms" and vector["answer"]["outcome"] == "opened" and "RFC5084-3.1-06" in vector["answer"]["findings"]
             and vector["answer"]["verdict"] == "accept"]
    told = 0
    for vector in short:
        outcome = unprotected(bytes.fromhex(vector["octets"]), "--der", kek=bytes.fromhex(vector["keys"][0]["kek"]))
        assert outcome.code == 0 and outcome.out.hex() == vector["answer"]["content"], vector["id"]
        weak = len(vector["intermediates"]["tag"]) // 2 < 12
        assert ("RFC5084-3.1-06" in outcome.err) == weak, vector["id"]
        told += weak
    assert told >= 2


# ---- attributes --------------------------------------------------------------------------------------------------

ONE, TWO = (encode(0x30, bytes.fromhex(oid) + encode(0x31, b"\x05\x00")) for oid in ("06032a0303", "06032a0304"))
CONTENT_TYPE = encode(0x30, bytes.fromhex("06092a864886f70d010903") + encode(0x31, bytes.fromhex("06092a864886f70d010701")))


@pytest.mark.parametrize("option", ["--auth-attrs", "--unauth-attrs"])
@pytest.mark.parametrize("attributes", [encode(0x31, TWO + ONE), b"\x31\x00", b"\x31\x80" + ONE + b"\0\0", encode(0x30, ONE), ONE,
                                        encode(0x31, ONE) + b"\0", encode(0x31, ONE * 65)],
                         ids=["unsorted", "empty", "BER", "sequence", "attribute", "trailing", "many"])
def test_attributes_that_no_reader_takes(option, attributes):
    for alg in ("aes-128-gcm", "hmac-sha-256"):
        outcome = call("smime", "protect", *KEY, "--der", "--alg", alg, option, attributes.hex(), stdin=ENTITY)
        assert outcome.code == 1 and outcome.out == b"" and option in outcome.err


def test_attributes_that_are_made_by_us():
    outcome = call("smime", "protect", *KEY, "--der", "--alg", "hmac-sha-256", "--auth-attrs", encode(0x31, CONTENT_TYPE).hex(), stdin=ENTITY)
    assert outcome.code == 1 and outcome.out == b"" and "--auth-attrs" in outcome.err
    for number, code in ((62, 0), (63, 1)):
        octets = encode(0x31, ONE * number)
        outcome = call("smime", "protect", *KEY, "--der", "--alg", "hmac-sha-256", "--auth-attrs", octets.hex(), stdin=ENTITY)
        assert outcome.code == code
        assert code or unprotected(outcome.out).out == ENTITY


# ---- options -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [KEY, ["--form", "cms"], ["--conversation", "none.json"], ["--output", "text"], ["--allow-unauthenticated"]],
                         ids=lambda options: options[0])
def test_lines_say_all_themselves(options):
    outcome = call("smime", "check", "--lines", *options, stdin=b"{}\n")
    assert outcome.code == 4 and outcome.out == b"" and options[0] in outcome.err and "--lines" in outcome.err


def test_settings_of_the_entity_without_one():
    outcome = call("smime", "protect", "--der", *KEY, "--set", "smime_encoding=binary", stdin=ENTITY)
    assert outcome.code == 4 and outcome.out == b"" and "smime_encoding" in outcome.err


@pytest.mark.parametrize("octets", [0, 1, 15, 17, 20, 31, 33, 64])
def test_keys_of_no_length_of_aes(octets):
    """SMIME.md, section 3: no question."""
    ask = {"form": "cms", "octets": protect(ENTITY).hex(), "profile": "ims-message", "settings": {}, "allow_unauthenticated": False,
           "keys": [{"id": KEK_ID.hex(), "kek": KEK16.hex()}, {"id": None, "kek": "00" * octets}], "conversation": None}
    outcome = call("smime", "check", "--lines", "--output", "json", stdin=(json.dumps(ask) + "\n").encode())
    answer = json.loads(outcome.out)
    assert answer["verdict"] == "error" and answer["error"]["status"] == "usage" and outcome.code == 1
    outcome = call("smime", "check", "--kek", "00" * octets, stdin=protect(ENTITY))
    assert outcome.code == 4 and outcome.out == b""


# ---- which form --------------------------------------------------------------------------------------------------

def status_of(octets):
    return json.loads(call("smime", "check", "--output", "json", stdin=octets).out)["error"]["status"]


def test_which_form():
    request = b"MESSAGE sip:alice@example.com SIP/2.0\r\nno header\r\n\r\n"
    for octets in (request, b"\r\n" + request, b"\r\n\n\r\n" + request, request.replace(b"\r", b""), b"SIP/2.0 200 OK\r\n\r\n"):
        assert status_of(octets) == "bad_sip", octets
    for line in (b"Subject: about SIP/2.0", b"Subject SIP/2.0", b"a  SIP/2.0", b"a b c SIP/2.0", b" b SIP/2.0", b"SIP/2.0", b"x:y z SIP/2.0",
                 b"MESSAGE sip:alice@example.com SIP/2.0 "):
        assert status_of(line + b"\r\nno header\r\n\r\n") == "bad_mime", line
