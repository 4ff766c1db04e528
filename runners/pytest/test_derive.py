"""ticketgate derive: derivations from explicit inputs and behind the answers of conversations, against hmac and hashlib."""
import hashlib
import hmac
import json

import pytest

from conftest import ROOT

INKEY = bytes(range(1, 46))
RANDRI, RANDRR = bytes(range(16)), b"\xff" * 20


def p_hash(name, secret, label, size):
    """RFC 3830 4.1.2: P with its HMAC."""
    out, a = b"", label
    while len(out) < size:
        a = hmac.new(secret, a, name).digest()
        out += hmac.new(secret, a + label, name).digest()
    return out[:size]


def prf(func, inkey, label, size):
    """MIKEY-1 (RFC 3830 4.1.2) and PRF-HMAC-SHA-256 (RFC 6043 6.1): blocks of 256 bits of the inkey."""
    out = bytes(size)
    for at in range(0, len(inkey), 32):
        block = p_hash(("sha1", "sha256")[func], inkey[at:at + 32], label, size)
        out = bytes(a ^ b for a, b in zip(out, block))
    return out


def number(value, octets):
    return value.to_bytes(octets, "big")


def sized(octets, width=1):
    return number(len(octets), width) + octets


MESSAGE = {"encr": 0x150533E1, "auth": 0x2D22AC75, "salt": 0x29B88916}
SESSION = {"encr": 0x15798CEF, "auth": 0x1B5C7973, "salt": 0x39A2C14B, "tek": 0x2AD01C64}
HEX = {"inkey": INKEY, "randri": RANDRI, "randrr": RANDRR, "rand": RANDRR, "idr": b"bob@example.com", "randrkms": RANDRI}


def cases():
    """(kind, options, label, octets of the result without --len)"""
    for use, constant in MESSAGE.items():
        size = {"encr": (16, 32), "auth": (20, 32), "salt": (14, 14)}[use]
        yield ("message-key", {"use": use, "csb-id": "0x12345678", "direction": 1, "randri": 0},
               number(constant, 4) + b"\xff\x12\x34\x56\x78\x01" + sized(RANDRI) + b"\0", size)
        yield ("message-key", {"use": use, "csb-id": 7, "direction": 2, "randri": 0, "randrr": 0},
               number(constant, 4) + b"\xff\0\0\0\x07\x02" + sized(RANDRI) + sized(RANDRR), size)
        yield ("ticket", {"use": use, "rand": 0}, number(constant, 4) + b"\xff" * 5 + b"\x05" + sized(RANDRR), size)
        yield ("rfc3830-message-key", {"use": use, "csb-id": 9, "rand": 0},
               number(constant, 4) + b"\xff\0\0\0\x09" + RANDRR, size)
    for use, constant in SESSION.items():
        size = {"encr": (16, 32), "auth": (20, 32), "salt": (14, 14), "tek": (16, 16)}[use]
        yield ("session-key", {"use": use, "cs-id": 3, "randrr": 0},
               number(constant, 4) + b"\x03" + b"\xff" * 4 + b"\x03\0" + sized(RANDRR), size)
        yield ("rfc3830-session-key", {"use": use, "cs-id": 3, "csb-id": "0xfffffffe", "rand": 0},
               number(constant, 4) + b"\x03\xff\xff\xff\xfe" + RANDRR, size)
    for of, constant in (("mpkr", 0x2B288856), ("tgk", 0x1512B54A)):
        yield ("fork", {"of": of, "idr": 0, "randrkms": 0},
               number(constant, 4) + b"\xff" * 5 + b"\0" + sized(b"bob@example.com", 2) + sized(RANDRI), (45, 45))
    for of, constant in (("mpki", 0x220E99A2), ("mpkr", 0x1F4D675B)):
        yield ("mpk", {"of": of, "rand": 0}, number(constant, 4) + b"\xff" * 5 + b"\x06" + sized(RANDRR), (45, 45))
    yield "vr", {}, number(MESSAGE["auth"], 4) + b"\xff" * 5 + b"\x04", (20, 32)


def options_of(kind, given, func):
    out = [kind, "--prf", func, "--inkey", INKEY.hex()]
    for name, value in given.items():
        out += [f"--{name}", HEX[name].hex() if name in HEX else value]
    return out


@pytest.mark.parametrize("func", [0, 1])
@pytest.mark.parametrize("kind, given, label, size", list(cases()))
def test_explicit_inputs(run, kind, given, label, size, func):
    options = options_of(kind, given, func)
    got = json.loads(run("derive", *options, "--output", "json").out)
    assert got["label"] == label.hex()
    assert "".join(part["octets"] for part in got["parts"]) == label.hex()
    assert got["outkey"] == prf(func, INKEY, label, size[func]).hex() and got["outkey_len"] == size[func]
    assert got["prf_func"] == func and got["inkey_len"] == len(INKEY) and "inkey" not in got
    outcome = run("derive", *options)
    text = outcome.out.decode()
    assert got["outkey"] in text and got["label"] in text and got["clause"] in text and INKEY.hex() not in text
    assert INKEY.hex() in run("derive", *options, "--show-keys").out.decode()
    if kind not in ("fork", "mpk"):
        longer = json.loads(run("derive", *options, "--len", 77, "--output", "json").out)
        assert longer["outkey"] == prf(func, INKEY, label, 77).hex()


def test_parts(run):
    got = json.loads(run("derive", *options_of("fork", {"of": "mpkr", "idr": 0, "randrkms": 0}, 1), "--output", "json").out)
    assert [(part["name"], part["octets"]) for part in got["parts"]] == [
        ("constant", "2b288856"), ("cs_id", "ff"), ("csb_id", "ffffffff"), ("kind", "00"), ("len_idr", "000f"),
        ("idr", b"bob@example.com".hex()), ("len_randrkms", "10"), ("randrkms", RANDRI.hex())]


def test_a_key_from_a_file(run, tmp_path):
    key = tmp_path / "key.hex"
    key.write_text(INKEY.hex()[:20] + "\n" + INKEY.hex()[20:].upper() + "\n")
    assert run("derive", "vr", "--inkey", f"@{key}").out == run("derive", "vr", "--inkey", INKEY.hex()).out


@pytest.mark.parametrize("options", [
    [], ["nope"], ["vr"], ["vr", "vr", "--inkey", "00"], ["vr", "--inkey", "0"], ["vr", "--inkey", "xy"],
    ["vr", "--inkey", "00", "--use", "auth"], ["vr", "--inkey", "00", "--len", "0"], ["vr", "--inkey", "00", "--len", "5000"],
    ["vr", "--inkey", "00", "--prf", "2"], ["vr", "--inkey", "00", "--prf", "x"], ["vr", "--inkey", "@/nope"],
    ["message-key", "--inkey", "00", "--use", "tek", "--csb-id", "1", "--direction", "1"],
    ["message-key", "--inkey", "00", "--use", "auth", "--csb-id", "0x100000000", "--direction", "1"],
    ["message-key", "--inkey", "00", "--use", "auth", "--csb-id", "1", "--direction", "1", "--randri", "00" * 256],
    ["fork", "--inkey", "00", "--of", "mpki", "--idr", "00", "--randrkms", "00"],
    ["mpk", "--inkey", "00", "--of", "tgk", "--rand", "00"], ["--conversation", "x"], ["--message", "x"],
    ["vr", "--inkey", "00" * 5000],
])
def test_wrong_usage(run, one_line, options):
    outcome = run("derive", *options)
    assert outcome.code == 4 and outcome.out == b""
    one_line(outcome.err)


def test_an_empty_key(run):
    assert run("derive", "vr", "--inkey", "").code == 1


def test_bad_keys_are_not_repeated(run):
    assert "deadbeef" not in run("derive", "vr", "--inkey", "deadbeefxx").err


# ---- conversations ------------------------------------------------------------------------------------------------

KEYS = ("auth_key", "encr_key", "salt_key", "ticket.auth_key", "ticket.encr_key", "ticket.salt_key", "vr.auth_key")


@pytest.fixture(scope="module")
def accepted():
    cases = [case for path in sorted((ROOT / "vectors/data/conversations").glob("*.json"))
             for case in json.loads(path.read_text(encoding="utf-8"))["conversations"]
             if case["change"] is None and case["answer"]["verdict"] == "accept"]
    return cases[::max(1, len(cases) // 12)]


def test_behind_answers(run, accepted, tmp_path):
    """Every step is its PRF, leads on to another or to the answer, and gives what the published answer says."""
    steps_seen = 0
    path = tmp_path / "conversation.json"
    for case in accepted:
        path.write_text(json.dumps(case["conversation"]))
        for index, message in enumerate(case["answer"]["messages"]):
            outcome = run("derive", "--conversation", path, "--message", index, "--output", "json", "--show-keys")
            derived = dict(message["derived"])
            for nested in ("ticket", "vr"):
                derived.update({f"{nested}.{name}": value for name, value in derived.pop(nested, {}).items()})
            if not any(name in derived for name in KEYS):
                continue
            assert outcome.code == 0, (case["id"], index)
            steps = json.loads(outcome.out)
            given = {}
            for step in steps:
                steps_seen += 1
                outkey = prf(step["prf_func"], bytes.fromhex(step["inkey"]), bytes.fromhex(step["label"]), step["outkey_len"])
                assert outkey.hex() == step["outkey"], (case["id"], index, step["name"])
                assert "gives" in step or any(other["inkey"] == step["outkey"] for other in steps)
                for name in step.get("gives", "").split(", "):
                    given[name] = step["outkey"]
            for name in KEYS:
                assert given.get(name) == derived.get(name), (case["id"], index, name)
            masked = run("derive", "--conversation", path, "--message", index)
            assert not any(step[key] in masked.out.decode() for step in steps for key in ("inkey", "outkey"))
    assert steps_seen > 100


def test_no_such_message(run, accepted, tmp_path):
    path = tmp_path / "conversation.json"
    path.write_text(json.dumps(accepted[0]["conversation"]))
    assert run("derive", "--conversation", path, "--message", 999).code == 4
    assert run("derive", "--conversation", path, "--message", 0, "vr").code == 4
    path.write_text('{"messages":[{"hex":"01"}]}')
    assert run("derive", "--conversation", path, "--message", 0).code == 5
    path.write_text("{")
    assert run("derive", "--conversation", path, "--message", 0).code == 1
