"""pcap scrub: PSK S/MIME containers that no key opens, and what stands around the content of those that a key opens."""
import base64
import quopri

import pytest

import packets as p
from test_scrub import judged, keys_of, scrub, what_is_found  # noqa: F401 (a fixture)
from test_scrub_secure import der
from conftest import TRACES

NAME = b"rosalind.wintergreen"
AUTH_ENVELOPED, DATA, GCM, WRAP = (der(6, bytes.fromhex(oid)) for oid in ("2a864886f70d0109100117", "2a864886f70d010701", "60864801650304010" + "6", "60864801650304010" + "5"))
WORDS = (b"rosalind", b"wintergreen", "grün".encode(), b"salin")


def named(octets=NAME):
    return der(0x30, der(0x31, der(0x30, bytes.fromhex("0603550403"), der(12, octets))))


def kekri(key_id=b"\1\2\3\4", key=bytes(range(24)), other=b""):
    return der(0xA2, der(2, b"\4"), der(0x30, der(4, key_id), other), der(0x30, WRAP), der(4, key))


def container(recipient=None, originator=b"", nonce=bytes(range(12)), content=bytes(range(40)), mac=bytes(range(12)), authentic=b"", beside=b"", version=b"\0"):
    content_info = der(0x30, DATA, der(0x30, GCM, der(0x30, der(4, nonce), der(2, b"\x0c"))), der(0x80, content))
    return der(0x30, AUTH_ENVELOPED, der(0xA0, der(0x30, der(2, version), originator, der(0x31, recipient or kekri()), content_info, authentic, der(4, mac), beside)))


def attributes(tag, value):
    return der(tag, der(0x30, bytes.fromhex("06052a03040506"), der(0x31, value)))


def endless(octets):
    """The outermost SEQUENCEs and their context in BER, without a length."""
    head, inner = AUTH_ENVELOPED, octets[octets.index(AUTH_ENVELOPED) + len(AUTH_ENVELOPED):]
    return b"\x30\x80" + head + b"\xa0\x80" + inner[inner.index(b"\x30"):] + b"\0\0\0\0"


PLACES = {
    "identifier of the key": container(kekri(key_id=NAME)), "short identifier that is text": container(kekri(key_id=b"salind"[:5])), "wrapped key": container(kekri(key=NAME + bytes(4))),
    "other attribute": container(kekri(other=der(0x30, bytes.fromhex("06052a03040506"), der(12, NAME)))), "issuer": container(der(0x30, der(2, b"\0"), der(0x30, named(), der(2, b"\1")), der(0x30, WRAP), der(4, bytes(24)))),
    "originator": container(originator=der(0xA0, der(0xA0, der(0x30, named())))), "nonce": container(nonce=NAME[:12]), "content": container(content=NAME * 2), "tag": container(mac=NAME[:12]),
    "authenticated attribute": container(authentic=attributes(0xA1, der(12, NAME))), "other attributes": container(beside=attributes(0xA2, der(12, "Rosalind Wintergrün".encode()))),
    "attribute that is octets": container(beside=attributes(0xA2, der(4, NAME))), "attribute that is none": container(beside=der(0xA2, NAME)), "BER": endless(container(kekri(key_id=NAME), content=NAME * 2)),
    "no container": der(0x30, der(6, bytes.fromhex("2a03")), der(0xA0, der(12, NAME))), "no DER": NAME * 3,
}


def message(octets, packed):
    more = "Content-Transfer-Encoding: base64\r\n" if packed else ""
    body = base64.encodebytes(octets).replace(b"\n", b"\r\n") if packed else octets
    head = f"MESSAGE sip:bob@example.com SIP/2.0\r\n{p.signalling(cseq='1 MESSAGE')}Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def body_of(octets, packed):
    body = octets[octets.index(b"\r\n\r\n", octets.index(b"MESSAGE sip:")) + 4:]
    return base64.b64decode(body) if packed else body


@pytest.mark.parametrize("packed", [False, True], ids=["binary", "base64"])
@pytest.mark.parametrize("place", PLACES)
def test_no_container_tells(run, scrub, place, packed):  # noqa: F811
    octets = PLACES[place]
    assert any(word in octets for word in WORDS)
    old = p.pcap([p.ethernet(p.ipv4(p.udp(message(octets, packed))))])
    new, _, _ = scrub(old)
    made = body_of(new.read_bytes(), packed)
    assert len(made) == len(octets) and made != octets
    assert [word for word in WORDS if word in made] == []
    before, after = judged(run, new.parent / "old.pcap", None), judged(run, new, None)
    assert len(before["containers"]) == len(after["containers"]) == 1
    assert what_is_found(before) == what_is_found(after)


def quoted(octets, width=73):
    """RFC 2045 6.7, in lines."""
    signs = [chr(octet) if 33 <= octet < 127 and octet != ord("=") else f"={octet:02X}" for octet in octets]
    lines = [""]
    for sign in signs:
        if len(lines[-1]) + len(sign) > width:
            lines.append("")
        lines[-1] += sign
    return "=\r\n".join(lines).encode()


@pytest.mark.parametrize("inside", [False, True], ids=["body", "part"])
@pytest.mark.parametrize("place", PLACES)
def test_quoted_printable_tells_nothing(run, scrub, place, inside):  # noqa: F811
    """Other octets take other room in it: it is blanked."""
    octets = PLACES[place]
    text = quoted(octets)
    assert quopri.decodestring(text) == octets
    kind = "application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m"
    body, head = text, f"Content-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    if inside:
        body, head = b"--limit\r\n" + head.encode() + b"\r\n" + text + b"\r\n--limit--\r\n", "Content-Type: multipart/mixed; boundary=limit\r\n"
    old = f"MESSAGE sip:bob@example.com SIP/2.0\r\n{p.signalling(cseq='1 MESSAGE')}{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    new, _, outcome = scrub(p.pcap([p.ethernet(p.ipv4(p.udp(old)))]))
    written = new.read_bytes()
    made = written[written.index(b"\r\n\r\n", written.index(b"MESSAGE sip:")) + 4:]
    assert len(made) == len(body) and b"PSK S/MIME containers: 0 sealed again, 1 with noise" in outcome.out
    assert not any(word in version for version in (made, quopri.decodestring(made), made.replace(b"=\r\n", b"")) for word in (*WORDS, b"ntergr", b"gr=C3=BCn"))
    assert [len(one) for one in made.split(b"\r\n")] == [len(one) for one in body.split(b"\r\n")]
    assert len(judged(run, new.parent / "old.pcap", None)["containers"]) == len(judged(run, new, None)["containers"]) == 1


@pytest.mark.parametrize("name", ["messages/message-udp-hops", "messages/notify-conference"])
def test_containers_without_their_key(run, scrub, name):  # noqa: F811
    """What was encrypted, wrapped or authenticated is not there any more, and a copy is one."""
    capture = TRACES / f"{name}.pcap"
    new, _, outcome = scrub(capture)
    assert b"PSK S/MIME containers: 0 sealed again" in outcome.out
    with_keys, _, _ = scrub(capture, keys_of(capture), name="keyed")
    assert judged(run, with_keys, None)["containers"] and what_is_found(judged(run, new, None)) == what_is_found(judged(run, capture, None))
