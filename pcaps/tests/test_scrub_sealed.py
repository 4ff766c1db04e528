"""pcap scrub: BFCP, in clear and under TLS that the key file opens, and what else comes under TLS: it is opened, changed, sealed again, and opens with the new
keys."""
import json
import os
import re
import shutil
import struct
import subprocess

import pytest

import packets as p
from test_scrub import judged, keys_of, scrub, what_is_found  # noqa: F401 (a fixture)
from test_scrub_secure import connection
from conftest import TRACES

TSHARK = shutil.which("tshark")
TEK = "8b" * 7 + "0123456789abcdef55"
NAME = b"rosalind.wintergreen"


def attribute(kind, value, padding=b""):
    """RFC 8855 5.2; `padding` stands in the place of the octets of 0 behind it."""
    out = bytes([kind << 1 | 1, 2 + len(value)]) + value
    return out + (padding + bytes(4))[:-len(out) % 4]


def bfcp(*attributes, primitive=1, count=None, conference=321, user=2):
    body = b"".join(attributes)
    return bytes([0x20, primitive]) + (len(body) // 4 if count is None else count).to_bytes(2, "big") + conference.to_bytes(4, "big") + b"\0\1" + user.to_bytes(2, "big") + body


# What each holds of NAME is nowhere afterwards.
TELLING = {
    **{f"attribute {kind} that is too long": bfcp(attribute(kind, NAME)) for kind in (1, 2, 3, 4, 5)},
    "details of an error": bfcp(attribute(6, b"\1" + NAME)), "unknown attributes": bfcp(attribute(6, b"\4" + NAME)),
    **{f"text {kind}": bfcp(attribute(kind, NAME)) for kind in (7, 8, 9, 12, 13)}, "attributes": bfcp(attribute(10, NAME)), "primitives": bfcp(attribute(11, NAME)),
    "unknown": bfcp(attribute(60, NAME)), "beyond ASCII": bfcp(attribute(12, "Rösalind wintergreen".encode())), "octets": bfcp(attribute(13, b"\xff" + NAME)),
    "in a group": bfcp(attribute(15, b"\0\7" + attribute(12, NAME))), "in a group of a group": bfcp(attribute(15, b"\0\7" + attribute(17, b"\0\7" + attribute(9, NAME)))),
    "padding": bfcp(*[attribute(2, b"\0\1") + attribute(12, b"a" * n, NAME[3 * i:3 * i + 3]) for i, n in enumerate((3, 3, 3, 3, 3, 3))]),
    "behind it": bfcp(attribute(2, b"\0\1"), NAME),
}


def clear(octets):
    return connection((True, octets), (False, octets))


@pytest.mark.parametrize("shape", TELLING)
def test_bfcp_tells_nothing(scrub, shape):  # noqa: F811
    octets = TELLING[shape]
    parts = [NAME[i:i + 3] for i in range(0, 18, 3)] if shape == "padding" else [b"salind", b"wintergreen"]
    assert any(part in octets for part in parts)
    new, _, _ = scrub(clear(octets))
    written = new.read_bytes()
    assert octets[:12] in written or shape == "behind it", "the header; what cannot be cut is left out"
    assert [part for part in parts if part in written.lower()] == []


def test_numbers_of_bfcp_stay(scrub):  # noqa: F811
    octets = bfcp(attribute(1, b"\0\7"), attribute(2, b"\0\1"), attribute(3, b"\0\x11"), attribute(4, b"\x40\0"), attribute(5, b"\1\0"), attribute(6, b"\4\x1c\2"),
                  attribute(10, b"\2\4\6\x1c"), attribute(11, b"\1\2\5\x10"), attribute(15, b"\0\7" + attribute(18, b"\0\7" + attribute(5, b"\3\2"))))
    new, _, _ = scrub(clear(octets))
    assert new.read_bytes().count(octets) == 2


def test_numbers_are_those_of_sdp(scrub):  # noqa: F811
    """A conference's number may be one that is dialled, a user's one of an employee."""
    sdp = p.sdp() + "m=application 5070 TCP/BFCP *\r\na=floorctrl:c-only\r\na=confid:982334411\r\na=userid:4711\r\na=floorid:8642 mstrm:10\r\n"
    numbers = struct.pack(">IHH", 982334411, 1, 4711)
    body = (attribute(1, struct.pack(">H", 4711)), attribute(2, struct.pack(">H", 8642)), attribute(14, struct.pack(">H", 4711)), attribute(17, struct.pack(">H", 8642)))
    octets = bfcp(*body, conference=982334411, user=4711)
    old = p.pcap([p.ethernet(p.ipv4(p.udp(p.invite(sdp)))), *(p.ethernet(p.ipv4(p.tcp(data, seq, flags, 7777, 5070))) for data, seq, flags in ((b"", 99, 2), (octets, 100, 0x18)))])
    assert numbers in old
    new, _, _ = scrub(old)
    written = new.read_bytes()
    conference, user, floor = (int(re.search(name + rb":(\d+)", written)[1]) for name in (b"confid", b"userid", b"floorid"))
    assert (conference, user, floor) != (982334411, 4711, 8642)
    at = written.index(octets[:4])
    made = written[at:at + len(octets)]
    assert made[4:12] == struct.pack(">IHH", conference, 1, user)
    assert [int.from_bytes(made[12 + 4 * i + 2:12 + 4 * i + 4], "big") for i in range(4)] == [user, floor, user, floor]


def test_all_numbers_fit(scrub):  # noqa: F811
    """None becomes one that has no room in its octets, or one of those that stay."""
    users = [*range(1001, 1100, 7), *range(10007, 2**16, 997), 2**16 - 2]
    conferences = [user * 2**16 + 12345 for user in users]
    frames = []
    for i, (user, conference) in enumerate(zip(users, conferences)):
        sdp = p.sdp() + f"m=application {40000 + i} TCP/BFCP *\r\na=confid:{conference}\r\na=userid:{user}\r\na=floorid:{'00' * (i % 2)}{user - 1} mstrm:10 {conference}\r\n"
        octets = bfcp(attribute(2, struct.pack(">H", user - 1)), conference=conference, user=user)
        frames += [p.udp(p.invite(sdp, call_id=f"{i}@example.com")), p.tcp(b"", 99, 2, 7777, 40000 + i), p.tcp(octets, 100, 0x18, 7777, 40000 + i)]
    new, _, _ = scrub(p.pcap([p.ethernet(p.ipv4(one)) for one in frames]))
    written = new.read_bytes()
    told = [list(map(int, re.findall(name + rb":(\d+)", written))) for name in (b"a=confid", b"a=userid", b"a=floorid")]
    sent = [struct.unpack(">IxxHxxH", one) for one in re.findall(rb"(?s)\x20\x01\x00\x01(.{12})", written)]
    assert len(sent) == len(users) and list(zip(*told)) == sent
    assert len(set(told[0])) == len(set(told[1])) == len(set(told[2])) == len(users)
    assert not set(told[0]) & set(conferences) and sum(one in users for one in told[1]) < 5 and min(told[1]) > 999


# ---- under TLS ---------------------------------------------------------------------------------------------------

def recorded(tmp_path, octets):
    """A TLS connection in which the server sends back what comes: its segments."""
    binary, transcript = os.environ["TICKETGATE_BIN"], tmp_path / "transcript"
    with subprocess.Popen([binary, "tls", "serve", "--tek", TEK, "--echo", "--transcript", transcript, "--timeout", "20"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        address = re.search(rb"listening at (\S+)", server.stderr.readline())[1].decode()
        done = subprocess.run([binary, "tls", "connect", "--tek", TEK, "--receive", str(len(octets)), address], input=octets, capture_output=True, timeout=30, check=False)
        server.stderr.read()
        assert server.wait(timeout=30) == 0 and done.returncode == 0 and done.stdout == octets
    return [(one["from"] == "client", bytes.fromhex(one["hex"])) for one in json.loads(transcript.read_text().splitlines()[0])["segments"]]


def told_by_tshark(capture, tek):
    """What tshark decrypts, client and server, in one."""
    done = subprocess.run([TSHARK, "-n", "-r", capture, "-o", f"tls.psk:{tek}", "-d", "tcp.port==2855,tls", "-Y", "tls.record.content_type==23", "-x"], capture_output=True, timeout=60, check=True)
    blocks = re.findall(r"Decrypted TLS \(\d+ bytes\):\n((?:[0-9a-f]{4}  .*\n)+)", done.stdout.decode())
    return [bytes.fromhex("".join(line[6:53] for line in block.splitlines())) for block in blocks]


MSRP = (b"MSRP a786hjs2 SEND\r\nTo-Path: msrps://mortimer.wintergreen.net:7654/flugelhorn;tcp\r\nFrom-Path: msrps://192.0.2.77:7777/rhubarb;tcp\r\n"
        b"Message-ID: 982334411\r\nByte-Range: 1-25/25\r\nContent-Type: text/plain\r\n\r\ngobbledygook from Rosalind\r\n-------a786hjs2$\r\n")
TWO_BFCP = bfcp(attribute(12, NAME), attribute(2, b"\0\1")) + bfcp(attribute(8, b"wintergreen!"), primitive=2)
UNDER_TLS = {"MSRP": MSRP * 2, "BFCP": TWO_BFCP, "anything": b"rosalind of wintergreen says " + bytes(range(40))}


@pytest.mark.skipif(not TSHARK, reason="tshark is not there")
@pytest.mark.parametrize("what", UNDER_TLS)
def test_under_tls(run, scrub, tmp_path, what):  # noqa: F811
    octets, keys = UNDER_TLS[what], tmp_path / "keys.json"
    keys.write_text(json.dumps({"teks": [{"csb_id": 1, "cs_id": 1, "tek": TEK}]}))
    old = tmp_path / "tls.pcap"
    old.write_bytes(connection(*recorded(tmp_path, octets)))
    assert b"".join(told_by_tshark(old, TEK)).count(octets) == 2, "or nothing is tested"
    new, new_keys, outcome = scrub(old, keys)
    assert b"TLS connections: 1 sealed again, 0 with noise" in outcome.out
    tek = json.loads(new_keys.read_text())[0]["teks"][0]["tek"]
    assert tek != TEK and len(tek) == len(TEK) and told_by_tshark(new, TEK) == []
    told = [one for one in told_by_tshark(new, tek) if len(one) > 2]
    whole = b"".join(told)
    assert len(whole) == 2 * len(octets) and whole[:len(octets)] == whole[len(octets):]
    for word in (b"osalind", b"wintergreen", b"flugelhorn", b"rhubarb", b"982334411", b"gobbledygook", b"192.0.2.77"):
        assert word not in whole.lower()
    if what == "MSRP":
        assert whole.count(b"MSRP ") == 4 and whole.count(b"\r\nTo-Path: msrps://") == 4 and whole.count(b"\r\nContent-Type: text/plain\r\n\r\nxxxx") == 4
    if what == "BFCP":
        assert whole.count(octets[:12]) == 2 and whole.count(attribute(2, b"\0\1")) == 2 and whole.count(bfcp(primitive=2, count=4)) == 2
    before, after = judged(run, old, keys), judged(run, new, new_keys)
    assert what_is_found(before) == what_is_found(after) and len(after["connections"]) == 1


def test_the_same_is_found_without_keys(run, scrub):  # noqa: F811
    """What needs no key: of traces whose key file is left at home."""
    for name in ("sessions/msrp-tls-psk", "sessions/bfcp-tls-psk", "messages/message-udp-hops", "messages/notify-conference", "parties/conference", "parties/forked-call",
                 "faults/bad-transfer-resp-mac", "access/e2ae-msrp-originating"):
        capture = TRACES / f"{name}.pcap"
        new, _, _ = scrub(capture)
        assert what_is_found(judged(run, capture, None)) == what_is_found(judged(run, new, None)), name
        assert keys_of(capture) is None or all(m["auth"] != "ok" for m in judged(run, new, keys_of(capture))["messages"]), name


def test_link_layers_do_not_go_along(scrub):  # noqa: F811
    """Hardware addresses of Ethernet, and those that IPv6 makes of them (RFC 4291 appendix A)."""
    hardware, derived = bytes.fromhex("0217a4c3e2b1"), bytes.fromhex("0017a4fffec3e2b1")
    frame = p.ethernet(p.ipv6(p.udp(p.invite(p.sdp())), "fe80::17:a4ff:fec3:e2b1", "2001:db8::17:a4ff:fec3:e2b1"))
    octets = p.pcap([hardware + hardware + frame[12:]])
    assert hardware in octets and derived in octets
    new, _, _ = scrub(octets)
    written = new.read_bytes()
    assert b"INVITE sip:" in written and hardware not in written and derived not in written and hardware[1:4] + b"\xff" not in written
