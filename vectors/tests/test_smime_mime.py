"""MIME and SIP as `pskmime` reads them, held against Python's email package where that is strict enough."""

import base64
import email
import email.policy
import quopri
import random

import pytest

from pskmime import entity, sip, values
from pskmime.errors import SmimeError
from smime_support import SMIME

CRLF = b"\r\n"


def status(data):
    with pytest.raises(SmimeError) as raised:
        entity.read(data)
    return raised.value.status


def part(head, body=b""):
    return head.replace(b"\n", CRLF) + CRLF * 2 + body


def test_parts_and_their_contents_are_those_of_the_email_package():
    """Every entity of the vectors that can be cut: the same parts in the same order, with the same types and contents."""
    count = 0
    for vector in SMIME:
        if vector["form"] != "entity" or (vector["answer"]["error"] or {}).get("status") in ("bad_mime", "too_deep", "too_large"):
            continue
        if "as if Content-Type were not there" in vector["title"]:         # the package makes something of every parameter
            continue
        data = bytes.fromhex(vector["octets"])
        ours = [one for one in entity.read(data).walk() if not one.multipart]
        if any(one.content() is None or one.encoding == "quoted-printable" for one in ours) or b"Content-Type: app" not in data or b"(which)" in data:
            continue
        theirs = [one for one in email.message_from_bytes(data, policy=email.policy.default).walk() if not one.is_multipart()]
        assert [one.type or "text/plain" for one in ours] == [one.get_content_type() for one in theirs], vector["id"]
        for mine, other in zip(ours, theirs):
            if mine.encoding == "base64":
                assert mine.content() == other.get_payload(decode=True), vector["id"]
        count += 1
    assert count > 50


@pytest.mark.parametrize("value,expected", (
    ("application/pkcs7-mime; smime-type=a; name=b", ("application/pkcs7-mime", {"smime-type": "a", "name": "b"})),
    (" Application/PKCS7-MIME ;NAME=B", ("application/pkcs7-mime", {"name": "B"})),
    ('a/b; name="x;y=z"; q="\\"\\\\"', ("a/b", {"name": "x;y=z", "q": '"\\'})),
    ("a/b; n=1; n=2", ("a/b", {"n": "1"})), ("a/b (c; n=0); n=1 (d)", ("a/b", {"n": "1"})), ("a/b; n=(x)1", ("a/b", {"n": "1"})),
    ("a/b; n*=utf-8''%c3%a4; m*0=x; m*1=y", ("a/b", {"n": "ä", "m": "xy"})), ("a/b; n*0*=utf-8'de'%c3%a4; n*1=b; n*2*=%c3%a4", ("a/b", {"n": "äbä"})),
    ("a/b; n*=utf-8''x; n=y", ("a/b", {"n": "y"})), ("a", (None, {})), ("a b/c", (None, {})), ("a/b c", (None, {})), ("", (None, {})), ("a/b (", ("a/b", {})),
    (None, (None, {})),
    ("a/b;", ("a/b", {})), ("a/b; ; n=1", ("a/b", {"n": "1"})), ("a/b; n", (None, {})), ('a/b; n="x', (None, {})), ("a/b; n==x", (None, {})),
    ("a/b; n=", (None, {})), ("a/b; n=x y", (None, {})), ("a/b; n=x\x01", (None, {})), ("a/b; n=\x7f", (None, {})), ('a/b; n="\x01"', ("a/b", {"n": "\x01"})),
    ("a/b; n=x;;", ("a/b", {"n": "x"})), ('a/b; n="x"y', (None, {})), ("a/b; =x", (None, {})), ("a/b; n=x; m", (None, {})), ("a/b; n=\xe4", ("a/b", {"n": "\xe4"}))))
def test_content_type(value, expected):
    assert values.content_type(value) == expected


def test_content_type_against_the_email_package():
    chance = random.Random(2045)
    names, words = ("name", "smime-type", "boundary", "x"), ("abc", '"a b"', '"a;b"', "p7m.p7m", '"\\"q"')
    for _ in range(500):
        value = "application/x-test" + "".join(f"{chance.choice(('; ', ';', ' ; '))}{chance.choice(names)}{n}={chance.choice(words)}" for n in range(chance.randrange(4)))
        header = email.policy.default.header_factory("content-type", value)
        assert values.content_type(value) == (header.content_type, dict(header.params)), value


def test_base64():
    for data in (b"", b"a", b"ab", b"abc", bytes(range(256))):
        assert entity.from_base64(base64.encodebytes(data)) == data
        assert entity.from_base64(b" \t\r\n".join(bytes([one]) for one in base64.b64encode(data))) == data
    for text in (b"Q", b"QQ", b"QQ=", b"QQ===", b"QQ==QQ==", b"QR==", b"Q=Q=", b"=QQQ", b"QQQ-", b"Q\0QQ", b"QQQQ\x0b", b"UVF=", b"===="):
        assert entity.from_base64(text) is None, text


def test_quoted_printable():
    for text, plain in ((b"a=3Db", b"a=b"), (b"a=\r\nb", b"ab"), (b"a= \t\r\nb", b"ab"), (b"a \t\r\nb", b"a\r\nb"), (b"=0d=0A", b"\r\n"), (b"", b""),
                        (b"a\tb c", b"a\tb c")):
        assert entity.from_quoted_printable(text) == plain
    for text in (b"=", b"a=", b"=Z0", b"=3", b"a=b\r\n", b"\x80", b"\x00", b"a\x7f"):
        assert entity.from_quoted_printable(text) is None, text
    for data in (b"text with = and \xe4", bytes(range(32, 127)) * 3):
        assert entity.from_quoted_printable(quopri.encodestring(data)) == data


@pytest.mark.parametrize("data",
                         (b"", b"\r\n", b"A: b", b"A: b\r\n", b"A b\r\n\r\n", b" A: b\r\n\r\n", b"A: \0\r\n\r\n", b": b\r\n\r\n", "Ä: b\r\n\r\n".encode(),
                          b"A" * 999 + b": b\r\n\r\n",
                                  b"A:\r\n", b"Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\n",
                                  b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n",
                                  b"Content-Type: multipart/mixed; boundary=a\r\n\r\n --a--\r\n",
                                  b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a--b\r\n"))
def test_no_entity(data):
    assert status(data) == "bad_mime"


@pytest.mark.parametrize("end", (b"\r\n", b"\n", b"\r"))
def test_multipart(end):
    text = end.join((b"Content-Type: multipart/mixed; boundary=a", b"", b"--ab", b"--a \t", b"A: b", b"", b"one", b"", b"--a", b"", b"two", b"--a-- ", b"--a",
                     b"x"))
    parts = entity.read(text).parts
    assert [one.content() for one in parts] == [b"one" + end, b"two"]
    assert entity.canonical(entity.read(text)) == (end == b"\r\n")


def test_a_part_may_end_with_its_headers():
    parts = entity.read(b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: x/y\r\n--a\r\n--a--").parts
    assert [(one.type, one.content()) for one in parts] == [("x/y", b""), (None, b"")]


def test_limits():
    def nested(depth):
        inner = b"A: b\r\n\r\nx"
        for n in range(depth):
            inner = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--" % (n, n, inner, n)
        return inner
    assert len(list(entity.read(nested(8)).walk())) == 9
    assert status(nested(9)) == "too_deep"
    assert status(nested(200)) == "too_deep"
    many = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n\r\n" * 128 + b"--a--"
    assert len(entity.read(many).parts) == 128
    assert status(many.replace(b"--a--", b"--a\r\n\r\n\r\n--a--")) == "too_large"
    assert status(b"A: " + b"x" * 17000 + b"\r\n\r\n") == "too_large"


def test_long_lines_and_many_near_delimiters_take_no_longer():
    """Linear, not quadratic: a body of 4 MB that is nothing but beginnings of a delimiter."""
    data = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a--a" * 700_000 + b"\r\n--a--"
    assert entity.read(data).parts == []
    assert values.content_type("a/b" + "; x=y" * 10_000)[0] == "a/b"
    assert values.content_type("a/b " + "(" * 10_000)[0] == "a/b"


@pytest.mark.parametrize("value,good",
                         (("sip:bob@example.com", True), ("<sip:bob@example.com>;tag=1", True), ('"Bob <x>" <sip:bob@example.com>', True),
                          ("Bob <tel:+1>", True), ("bob", False), ("<bob>", False), ("sip::x@example.com", False), ("<sip:bob@exam{ple.com>", False), ("sip:b\u00f6b@example.com", False), ("sip:", False), ("sip:@", False), ("<sip:alice@example.%com>", False), ("<sip:%61@b>", True), ("<sip:a%@b>", False), ("<sip:a@b%6>", False)))
def test_addresses(value, good):
    data = f"MESSAGE sip:bob@example.com SIP/2.0\r\nFrom: {value}\r\nTo: sip:b@c\r\n\r\n".encode()
    if good:
        assert sip.read(data).method == "MESSAGE"
    else:
        with pytest.raises(SmimeError) as raised:
            sip.read(data)
        assert raised.value.status == "bad_sip"


@pytest.mark.parametrize("values,sender", (
    ([], "sip:from@b"), (["<sip:a@b>"], "sip:a@b"), (["tel:+1, <sips:a@b;x=1,2>;y"], "sips:a@b;x=1,2"), (['"a,<sip:c@d>" <sip:a@b>'], "sip:a@b"), (['"\\"," <sip:a@b>'], "sip:a@b"),
    (["<tel:+1>", "SIP:a@b"], "SIP:a@b"), ([""], None), (["<tel:+1>", "<sip:>"], None), (["<sip:a@b>, <sip:c@d>"], "sip:a@b"), (["<sip:@b>, <sip:c@d>"], "sip:c@d")))
def test_who_is_named_as_sender(values, sender):
    """RFC 3325 9.1; SMIME.md, TS33328-F.3-x01."""
    headers = "".join(f"p-asserted-IDENTITY : {value}\r\n" for value in values)
    assert sip.read(f"MESSAGE sip:b@c SIP/2.0\r\nFrom: <sip:from@b>\r\nTo: sip:b@c\r\n{headers}\r\n".encode()).sender() == sender


def test_addresses_of_any_length_take_no_longer():
    """Linear: blanks and quotes are walked over once."""
    for text in (" " * 200_000 + "x", "a " * 100_000, '"' + '\\"' * 100_000, "<" * 200_000, "," * 200_000, '"' * 200_001):
        assert sip.address(text) is not None and sip.split_at_commas(text)


@pytest.mark.parametrize("method", ("INVITE", "message", "Message", "MESSAGES", "NOTIFYx", "PUBLISH", "SUBSCRIBE"))
def test_other_methods(method):
    with pytest.raises(SmimeError):
        sip.read(f"{method} sip:b@c SIP/2.0\r\nFrom: sip:a@b\r\nTo: sip:b@c\r\n\r\n".encode())


def test_the_body_of_a_request():
    head = b"MESSAGE sip:bob@example.com SIP/2.0\nf: sip:a@b\nt: tel:+1\nl: 3\nc: text/html\n\n"
    request = sip.read(head + b"abcdef")
    assert (request.body.type, request.body.content()) == ("text/html", b"abc")
    assert sip.read(b"NOTIFY sip:b@c SIP/2.0\r\nX Y\xff : z\r\nFrom: sip:a@b\r\nTo: sip:b@c\r\no: conference ; id=1\r\n\r\n").event == "conference"


@pytest.mark.parametrize("octets,begins",
                         (("300306", True), ("30030600", True), ("3081 06", False), ("30800600", True), ("3081040600", True), ("308400000004 0600", True),
                          ("3085000000000406", False), ("3003 02", False), ("31030600", False), ("30", False), ("", False)))
def test_what_begins_a_content_info(octets, begins):
    assert entity.begins_content_info(bytes.fromhex(octets)) == begins
