"""`ticketgate smime` against what is broken on purpose, or never ends."""
import os

import subprocess

import pytest

from containers import BINARY, ENTITY, KEK16, KEK_ID, KEKS, OTHERS, encode, header, key_options, members, protect, unprotect
from conftest import binary, call

KEY = key_options(KEK16)


# ---- flips -------------------------------------------------------------------------------------------------------

def asked_in_lines(containers, kek):
    import json
    lines = "".join(json.dumps({"form": "cms", "octets": octets.hex(), "profile": "ims-message", "settings": {},
                                "keys": [{"id": None, "kek": kek.hex()}], "allow_unauthenticated": False,
                                "conversation": None}) + "\n" for octets in containers)
    outcome = call("smime", "check", "--lines", stdin=lines.encode())
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(answers) == len(containers) > 0
    return answers


@pytest.mark.parametrize("options", [[], ["--auth-attrs", OTHERS.hex()], ["--unauth-attrs", OTHERS.hex()], ["--alg", "aes-128-ccm"],
                                     ["--alg", "hmac-sha-1"], ["--alg", "hmac-sha-256", "--with-attrs"]], ids=str)
def test_every_octet_changed(options):
    """Whatever is changed: another content never comes out."""
    container = protect(ENTITY, *options)
    changed = [container[:at] + bytes([container[at] ^ mask]) + container[at + 1:]
               for at in range(len(container)) for mask in (0x01, 0x20, 0x80, 0xff)]
    answers = asked_in_lines(changed, KEK16)
    assert {answer["outcome"] for answer in answers} >= {"failed", "not_tried"}
    for answer in answers:
        assert answer["content"] in (None, ENTITY.hex())
    # Most flips have to be noticed; in the MAC, which is found by its place among the fields, all of them.
    fields = list(members(next(members(list(members(container))[1]))))
    mac = next(field for field in reversed(fields) if field[0] == 4)
    start = container.index(mac)
    assert container.count(mac) == 1 and start > len(container) // 2
    assert sum(answer["content"] is None for answer in answers) > len(answers) * 2 // 3
    assert all(answer["content"] is None and answer["verdict"] == "reject" for answer in answers[4 * start:4 * (start + len(mac))])


def test_every_octet_cut_off():
    container = protect(ENTITY)
    start = header(container)[0]  # before: a tag or length that is cut short
    assert start > 2
    for cuts, status in ((range(1, start), "bad_cms"), (range(start, len(container)), "truncated")):
        errors = [answer["error"] for answer in asked_in_lines([container[:at] for at in cuts], KEK16)]
        assert errors == [{"status": status, "id": "RFC5652-3-x01"}] * len(cuts)


@pytest.mark.parametrize("alg", KEKS)
def test_flips_by_the_command(alg):
    """One exit code; one text where a key or the tag does not fit."""
    container = protect(ENTITY, "--alg", alg, kek=KEKS[alg])
    texts = []
    for at in range(0, len(container), 7):
        outcome = unprotect(container[:at] + bytes([container[at] ^ 0x10]) + container[at + 1:], kek=KEKS[alg])
        assert outcome.code in (0, 1) and outcome.out == (ENTITY if outcome.code == 0 else b"")
        texts += [outcome.err] if "not_authentic" in outcome.err else []
    assert len(set(texts)) == 1 and len(texts) >= 5


# ---- encodings ---------------------------------------------------------------------------------------------------

def nested(depth):
    out = b""
    for _ in range(depth):
        out = encode(0x30, out)
    return out


def info(content, oid="060b2a864886f70d0109100117"):
    return encode(0x30, bytes.fromhex(oid) + encode(0xa0, content))


def with_recipients(number):
    """A container with this many recipients; the last one opens."""
    container = protect(ENTITY)
    oid, wrapper = members(container)
    version, recipients, encrypted, mac = members(next(members(wrapper)))
    one, = members(recipients)
    other = one.replace(KEK_ID, b"other")
    return encode(0x30, oid + encode(0xa0, encode(0x30, version + encode(0x31, other * (number - 1) + one) + encrypted + mac)))


HOSTILE = {
    "nothing": b"",
    "an octet": b"\x30",
    "deep": nested(10000),
    "deep inside": info(nested(5000)),
    "indefinite, deep": b"\x30\x80" * 20000,
    "indefinite, without end": b"\x30\x80" + bytes.fromhex("060b2a864886f70d0109100117") + b"\xa0\x80\x30\x80" + b"\x02\x01\x00" * 5000,
    "many empty segments": info(b"\x30\x80\x02\x01\x00\x31\x80" + b"\x24\x80\x00\x00" * 50000),
    "length of 2^32": b"\x30\x84\xff\xff\xff\xff\x06\x01",
    "length of 2^64": b"\x30\x88" + b"\xff" * 8,
    "length of 126 octets": b"\x30\xfe" + b"\xff" * 126,
    "length of 2^63 inside": b"\x30\x80\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17\xa0\x88\x7f" + b"\xff" * 7,
    "tag without end": b"\x3f" + b"\xff" * 100000,
    "OID without end": encode(0x30, encode(6, b"\xff" * 50000) + encode(0xa0, b"")),
    "garbage": bytes((i * 7919 + (i >> 3)) & 255 for i in range(100000)),
    "zeros": bytes(100000),
    "a thousand recipients": lambda: with_recipients(1000),
    "fifty thousand recipients": lambda: with_recipients(50000),
}


INFO, TYPE = "RFC5652-3-x01", "RFC5083-2.1-01"
# Status and row of each as a CMS object: SMIME.md, section 3 and "What is read as a container".
ERRORS = {
    "nothing": ("bad_cms", INFO), "an octet": ("bad_cms", INFO), "deep": ("too_deep", None), "deep inside": ("too_deep", None),
    "indefinite, deep": ("too_deep", None), "indefinite, without end": ("bad_cms", INFO), "many empty segments": ("bad_cms", INFO),
    "length of 2^32": ("truncated", INFO), "length of 2^64": ("truncated", INFO), "length of 126 octets": ("truncated", INFO),
    "length of 2^63 inside": ("truncated", INFO), "tag without end": ("bad_cms", INFO), "OID without end": ("bad_cms", INFO),
    "garbage": ("truncated", INFO),  # tag 0 with a length of 111 octets: beyond the end, whatever else is wrong with it
    "zeros": ("bad_cms", INFO), "a thousand recipients": ("too_large", None),
    "fifty thousand recipients": ("too_large", None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_errors_of_hostile_encodings(name):
    octets = HOSTILE[name]
    answer, = asked_in_lines([octets() if callable(octets) else octets], KEK16)
    status, row = ERRORS[name]
    assert answer["error"] == {"status": status, "id": row} and answer["findings"] == ([row] if row else [])
    assert answer["verdict"] == "reject" and answer["outcome"] == "not_tried" and answer["type"] is None


@pytest.mark.parametrize("command", [["unprotect", "--der"], ["unprotect"], ["check"], ["check", "--form", "cms"],
                                     ["check", "--form", "entity"], ["check", "--form", "sip"]], ids=" ".join)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_encodings(name, command):
    octets = HOSTILE[name]
    outcome = call("smime", *command, *KEY, stdin=octets() if callable(octets) else octets)
    assert outcome.code in (1, 4)
    if command[0] == "unprotect":
        assert outcome.out == b"" and outcome.err.startswith("ticketgate smime unprotect: ")


def test_many_recipients_within_the_limit():
    outcome = unprotect(with_recipients(200))
    assert outcome.code == 0 and outcome.out == ENTITY, outcome.err
    assert unprotect(with_recipients(1000)).err.count("too_large") == 1


def mime_bomb(depth):
    body = b"Content-Type: text/plain\r\n\r\nin the end\r\n"
    for level in range(depth):
        boundary = b"b%d" % level
        body = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n--" + boundary + b"\r\n" + body \
            + b"\r\n--" + boundary + b"--\r\n"
    return body


MIME = {
    "nested": mime_bomb(2000),
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 100000 + b"--b--\r\n",
    "long header": b"Content-Type: application/pkcs7-mime; name=" + b"a" * 1000000 + b"\r\n\r\nMIA=",
    "many headers": b"X: y\r\n" * 200000 + b"\r\nMIA=",
    "many parameters": b"Content-Type: application/pkcs7-mime" + b"; a=b" * 100000 + b"\r\n\r\nMIA=",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\n--x\r\n",
    "not closed": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nA",
    "no base64": b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n?????",
    "unknown encoding": b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: rot13\r\n\r\nMIA=",
    "headers alone": b"Content-Type: application/pkcs7-mime",
    "NULs": b"Content-Type: application/pkcs7-mime\0\0; x\r\n\r\n\0",
    "half of a line": b"Content-Type: application/pkcs7-mime; smime-type=\"",
    "one long line": b"a" * 5000000,
    "colons": b":" * 1000000,
    "SIP": b"MESSAGE sip:b@example.com SIP/2.0\r\n" + b"Via: x\r\n" * 100000 + b"\r\n",
}


@pytest.mark.parametrize("command", [["unprotect"], ["check"]], ids=" ".join)
@pytest.mark.parametrize("name", MIME)
def test_hostile_entities(name, command):
    outcome = call("smime", *command, *KEY, stdin=MIME[name])
    assert outcome.code in (1, 4)
    assert command[0] == "check" or outcome.out == b""


@pytest.mark.parametrize("name", ["nested", "many parts", "one long line", "colons"])
def test_whatever_it_is_it_can_be_protected(name):
    """What is no entity is octets or text."""
    outcome = call("smime", "protect", "--der", *KEY, stdin=MIME[name])
    assert outcome.code in (0, 1) and bool(outcome.out) == (outcome.code == 0)


# ---- places ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("command", ["protect", "unprotect", "check"])
def test_places_that_are_no_files(command, tmp_path, one_line):
    for place in (tmp_path, tmp_path / "not there"):
        outcome = call("smime", command, *KEY, place)
        assert outcome.code == 4 and outcome.out == b"" and str(place) in one_line(outcome.err)
    outcome = call("smime", command, *KEY, "a", "b")
    assert outcome.code == 4 and outcome.out == b""


@pytest.mark.parametrize("command", ["protect", "unprotect", "check"])
def test_a_fifo_is_read(command, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    child = subprocess.Popen([binary(), "smime", command, *KEY, str(fifo)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(fifo, "wb") as writer:
        writer.write(ENTITY if command == "protect" else protect(ENTITY))
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and out, err


@pytest.mark.parametrize("command", ["protect", "unprotect", "check"])
def test_endless_input_ends(command):
    with open("/dev/zero", "rb") as endless:
        done = subprocess.run([binary(), "smime", command, *KEY], stdin=endless, capture_output=True, timeout=300, check=False)
    assert done.returncode == 4 and done.stdout == b"" and b"larger than the limit" in done.stderr


# ---- size --------------------------------------------------------------------------------------------------------

def run_measured(arguments, source, target):
    """(exit code, errors, most memory in MiB) of the command with these files."""
    with open(source, "rb") as stdin, open(target, "wb") as stdout:
        child = subprocess.Popen([binary(), *arguments], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
        err = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, err, usage.ru_maxrss / 1024


@pytest.mark.parametrize("form", [[], ["--der"]], ids=["mime", "der"])
def test_the_largest_body(form, tmp_path):
    """60 MB go through in bounded memory; 100 MB are refused by the limit that --help states, and nothing is written."""
    source, made, back = tmp_path / "body", tmp_path / "made", tmp_path / "back"
    block = bytes(range(256)) * 4096
    source.write_bytes(block * 60)
    code, err, memory = run_measured(["smime", "protect", *KEY, *form], source, made)
    assert code == 0, err
    code, err, memory_back = run_measured(["smime", "unprotect", *KEY, *form], made, back)
    assert code == 0 and back.read_bytes() == source.read_bytes(), err
    print(f"60 MiB: {memory:.0f} MiB to protect, {memory_back:.0f} MiB to unprotect")
    with open(binary(), "rb") as program:
        sanitized = b"__asan_init" in program.read()  # it keeps what was freed
    if not sanitized:
        assert memory < 600 and memory_back < 600
    source.write_bytes(block * 100)
    code, err, memory = run_measured(["smime", "protect", *KEY, *form], source, made)
    assert code == 4 and made.read_bytes() == b"" and b"limit of 67108864 octets" in err
    code, err, memory = run_measured(["smime", "unprotect", *KEY, *form], source, back)
    assert code == 4 and back.read_bytes() == b"" and b"limit" in err
