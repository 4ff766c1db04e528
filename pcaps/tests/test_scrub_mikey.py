"""pcap scrub: MIKEY messages. Whatever stands in a field that may be anything is not in the new capture, with keys or without, and the same is found."""
import base64
import json
import re

import pytest

import mikey_by_hand as m
import packets as p
from conftest import TRACES
from test_scrub import judged, keys_of, scrub, what_is_found  # noqa: F401 (a fixture)

NAME = b"rosalind.wintergreen"
LONG = NAME * 7  # for what has a length of its own, cut to it
KEYED = NAME[:16]

# A message each, as (type, payloads, crypto sessions): what it has of NAME, or of a part of it, may be nowhere afterwards.
UNREAD = {
    "KEMAC": (m.TRANSFER_RESP, [m.timestamp(), m.kemac(NAME)], ()),
    "MAC of a KEMAC": (m.PSK_INIT, [m.timestamp(), m.kemac(NAME, mac_alg=1, mac=NAME)], ()),
    "KEMAC without encryption": (m.TRANSFER_INIT, [m.timestamp(), m.kemac(m.chain([m.key_data(NAME, b"\0\0\0\1")])[1], encr=0)], ()),
    "salt without encryption": (m.TRANSFER_INIT, [m.timestamp(), m.kemac(m.chain([m.key_data(bytes(16), b"\0\0\0\1", NAME)])[1], encr=0)], ()),
    "SPI of a key": (m.TRANSFER_INIT, [m.timestamp(), m.kemac(m.chain([m.key_data(bytes(16), NAME)])[1], encr=0)], ()),
    "MAC": (m.TRANSFER_RESP, [m.timestamp(), m.verification(NAME)], ()),
    "ticket that cannot be cut": (m.TRANSFER_INIT, [m.timestamp(), m.ticket(NAME * 3)], ()),
    "ticket of another type": (m.TRANSFER_INIT, [m.timestamp(), m.ticket(NAME * 3, ticket_type=99)], ()),
    "THDR": (m.TRANSFER_INIT, [m.timestamp(), m.ticket(m.base_ticket(NAME, [m.timestamp(), m.kemac(bytes(range(40))), m.verification(bytes(range(20)))]))], ()),
    "KEMAC of a ticket": (m.TRANSFER_INIT, [m.timestamp(), m.ticket(m.base_ticket(b"", [m.timestamp(), m.kemac(NAME), m.verification(bytes(range(20)))]))], ()),
    "MAC of a ticket": (m.TRANSFER_INIT, [m.timestamp(), m.ticket(m.base_ticket(b"", [m.timestamp(), m.kemac(bytes(range(20))), m.verification(NAME)]))], ()),
    "KEMAC of a policy": (m.REQUEST_INIT, [m.timestamp(), (m.TP, m.policy([m.kemac(m.chain([m.key_data(KEYED, b"\0\0\0\1")])[1], encr=0)]))], ()),
    "KEMAC of a ticket's policy": (m.TRANSFER_INIT, [m.timestamp(), m.ticket(b"", [m.kemac(m.chain([m.key_data(KEYED, b"\0\0\0\1")])[1], encr=0)])], ()),
    "IDR": (m.REQUEST_INIT, [m.timestamp(), m.identity(1, b"sip:" + NAME)], ()),
    "IDR that is no URI": (m.REQUEST_INIT, [m.timestamp(), m.identity(4, b"Rosalind, of wintergreen")], ()),
    "IDR that is no text": (m.REQUEST_INIT, [m.timestamp(), m.identity(4, b"\1\2" + NAME + b"\xff")], ()),
    "IDR beyond ASCII": (m.REQUEST_INIT, [m.timestamp(), m.identity(4, "Rösalind Wintergrün".encode() + NAME)], ()),
    "ID": (m.PSK_INIT, [m.timestamp(), (m.ID, b"\0" + m.vector(NAME + b"\0"))], ()),
    "URL of a certificate": (m.PSK_INIT, [m.timestamp(), (m.CERT, b"\1" + m.vector(b"http://" + NAME))], ()),
    "certificate": (m.PSK_INIT, [m.timestamp(), (m.CERT, b"\0" + m.vector(b"\x30\x19\x30\x17\x0c\x15" + NAME + b"!"))], ()),
    "CHASH": (m.PSK_INIT, [m.timestamp(), (m.CHASH, b"\0" + NAME)], ()),
    "PKE": (m.PSK_INIT, [m.timestamp(), (m.PKE, (1 << 14 | len(NAME)).to_bytes(2, "big") + NAME)], ()),
    "DH": (m.PSK_INIT, [m.timestamp(), (m.DH, b"\1" + LONG[:96] + b"\0")], ()),
    "SPI of DH": (m.PSK_INIT, [m.timestamp(), (m.DH, b"\1" + bytes(range(96)) + b"\1" + m.vector(NAME, 1))], ()),
    "signature": (m.PSK_INIT, [m.timestamp(), (m.SIGN, len(NAME).to_bytes(2, "big") + NAME)], ()),
    "SAKKE": (m.PSK_INIT, [m.timestamp(), (m.SAKKE, b"\1\1" + m.vector(NAME))], ()),
    "policy of SRTP": (m.TRANSFER_INIT, [m.timestamp(), (m.SP, b"\1\0" + m.vector(b"\x7b" + m.vector(NAME, 1)))], ()),
    "known parameter": (m.TRANSFER_INIT, [m.timestamp(), (m.SP, b"\1\0" + m.vector(b"\1" + m.vector(NAME, 1)))], ()),
    "policy of another protocol": (m.TRANSFER_INIT, [m.timestamp(), (m.SP, b"\1\x09" + m.vector(b"\1" + m.vector(NAME, 1)))], ()),
    "SPI": (m.TRANSFER_INIT, [m.timestamp()], [m.session(spi=NAME)]),
    "short SPI": (m.TRANSFER_INIT, [m.timestamp()], [m.session(spi=b"osali")]),
    "Session Data": (m.TRANSFER_INIT, [m.timestamp()], [m.session(prot=0x80, data=NAME)]),
    "Session Data of SRTP": (m.TRANSFER_INIT, [m.timestamp()], [m.session(data=NAME)]),
    "vendor": (m.TRANSFER_INIT, [m.timestamp(), m.extension(0, NAME)], ()),
    "vendor's octets": (m.TRANSFER_INIT, [m.timestamp(), m.extension(0, b"\0" + NAME)], ()),
    "SDP IDs": (m.TRANSFER_INIT, [m.timestamp(), m.extension(1, b"mikey;" + NAME)], ()),
    "SDP IDs that are no text": (m.TRANSFER_INIT, [m.timestamp(), m.extension(1, b"mikey;\0" + NAME)], ()),
    "Key ID": (m.TRANSFER_INIT, [m.timestamp(), m.extension(3, b"\0" + m.vector(NAME, 1))], ()),
    "CSB ID": (m.TRANSFER_INIT, [m.timestamp(), m.extension(4, NAME)], ()),
    "extension that is not known": (m.TRANSFER_INIT, [m.timestamp(), m.extension(200, "Wintergrün ".encode() + NAME)], ()),
    "octets of an extension": (m.TRANSFER_INIT, [m.timestamp(), m.extension(200, NAME + bytes(4))], ()),
}


def capture_of(*messages):
    return p.pcap([p.ethernet(p.ipv4(p.udp(p.invite(p.sdp(one), call_id=f"{number}@example.com")))) for number, one in enumerate(messages)])


def messages_in(octets):
    """The MIKEY messages of a capture, out of base64."""
    return [base64.b64decode(text) for text in re.findall(rb"a=key-mgmt:mikey ([A-Za-z0-9+/=]+)", octets)]


@pytest.mark.parametrize("place", UNREAD)
def test_no_field_tells(run, scrub, place):  # noqa: F811
    octets = m.message(*UNREAD[place])
    assert b"osali" in octets
    new, _, _ = scrub(capture_of(octets, octets))
    written = new.read_bytes()
    first, again = messages_in(written)
    assert first == again, "the same for the same"
    assert len(first) == len(octets) and first[:9] == octets[:9]
    for word in (b"osali", b"OSALI", b"osalind", b"ntergr", "grün".encode()):
        assert word not in first and word not in written
    old = new.parent / "old.pcap"
    before, after = judged(run, old, None), judged(run, new, None)
    assert [one["error"] for one in before["messages"]] == [None, None], "or nothing was tested"
    assert what_is_found(before) == what_is_found(after)


def test_what_says_nothing_stays(scrub):  # noqa: F811
    """Numbers: of times, RANDs, policies of SRTP, SSRCs, short SPIs, and keys of zeros, as a policy has them."""
    octets = m.message(m.TRANSFER_INIT, [m.timestamp(), (m.RAND, m.vector(bytes(range(16)), 1)), (m.SP, b"\1\0" + m.vector(b"\0\1\1\1\1\x10")), m.extension(1, b"mikey;sdes"),
                                         m.ticket(b"", [m.kemac(m.chain([m.key_data(bytes(16), b"\0\0\0\1")])[1], encr=0)])], [m.session(data=bytes.fromhex("8d1f33a4"), spi=b"\x91\2\3\4")])
    new, _, _ = scrub(capture_of(octets))
    assert messages_in(new.read_bytes()) == [octets]


def test_names_beyond_ascii_are_the_same_in_sip(scrub):  # noqa: F811
    """Letters that differ become letters that differ, and in MIKEY what they become in SIP."""
    names = ["sip:r" + letter + "salind@example.com" for letter in map(chr, range(0xC0, 0x180))] + ["sip:Ροζα@example.com", "sip:ロザ@example.com"]

    def packet(number, name):
        body = p.sdp(m.message(m.TRANSFER_INIT, [m.timestamp(), m.identity(1, name.encode())], csb=number + 1))
        head = f"INVITE sip:bob@example.com SIP/2.0\r\n{p.signalling(f'{number}@example.com')}Contact: <{name}>\r\nContent-Type: application/sdp\r\n"
        return p.ethernet(p.ipv4(p.udp(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())))
    capture = p.pcap([packet(*one) for one in enumerate(names)])
    new, _, _ = scrub(capture)
    octets = new.read_bytes()
    in_sip = re.findall(rb"Contact: <(.*?)>", octets)
    messages = messages_in(octets)
    assert len(in_sip) == len(set(in_sip)) == len(messages) == len(names)
    for before, name, message in zip(names, in_sip, messages, strict=True):
        assert name in message and name.decode() != before and len(name) == len(before.encode())


def test_without_a_key_nothing_of_it_is_left(run, scrub):  # noqa: F811
    """What could be broken at leisure, or told from others: ciphertexts, tickets, MACs of a recorded call; the same for the same, and counted."""
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    new, _, outcome = scrub(capture)
    old_messages, new_messages = ([json.loads(line) for line in run("--output", "json", one, command="list").out.decode().splitlines()] for one in (capture, new))
    assert len(old_messages) == len(new_messages)
    seen = {}
    for before, after in zip(old_messages, new_messages):
        if "octets" not in before:
            continue
        was, now = bytes.fromhex(before["octets"]), bytes.fromhex(after["octets"])
        assert was[-20:] != now[-20:] and was[:9] == now[:9] and len(was) == len(now)
        assert seen.setdefault(was, now) == now
    counted = int(re.search(rb"(\d+) ciphertexts, tickets and MACs in them that no key opened or proved became noise", outcome.out)[1])
    assert counted >= 10
    assert what_is_found(judged(run, capture, None)) == what_is_found(judged(run, new, None))


def test_with_all_keys_nothing_is_counted(scrub):  # noqa: F811
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    _, _, outcome = scrub(capture, keys_of(capture))
    assert b"\n0 ciphertexts, tickets and MACs" in outcome.out


def test_a_ticket_stays_one_in_all_messages(run, scrub):  # noqa: F811
    """Without keys: REQUEST_RESP, TRANSFER_INIT and RESOLVE_INIT carry the same Ticket Data, before and after."""
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    new, _, _ = scrub(capture)

    def tickets(path):
        lines = map(json.loads, run("--output", "json", path, command="list").out.decode().splitlines())
        return {one["data_type_name"]: bytes.fromhex(one["octets"]) for one in lines if one.get("data_type_name") in ("REQUEST_RESP", "TRANSFER_INIT", "RESOLVE_INIT_PSK")}
    old, made = tickets(capture), tickets(new)
    assert len(old) == len(made) == 3
    request, transfer = old["REQUEST_RESP"], old["TRANSFER_INIT"]
    at, length = max(((i, 60) for i in range(len(request) - 60) if request[i:i + 60] in transfer), key=lambda one: one[1])
    assert made["REQUEST_RESP"][at:at + length] in made["TRANSFER_INIT"] and made["REQUEST_RESP"][at:at + length] in made["RESOLVE_INIT_PSK"]
    assert made["REQUEST_RESP"][at:at + length] != request[at:at + length]


@pytest.mark.parametrize("name", ["psk", "tpk"])
def test_with_some_of_the_keys(run, scrub, tmp_path, name):  # noqa: F811
    """A trace of one end, whose key file has no key of the KMS, or of nobody else."""
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    keys = json.loads(keys_of(capture).read_text())
    for one in keys if isinstance(keys, list) else [keys]:
        if name == "tpk":
            one["secrets"].pop("tpk", None)
        else:
            one["secrets"] = {key: value for key, value in one["secrets"].items() if key == "tpk"}
            for subscriber in one.get("subscribers", []):
                subscriber.pop("psk", None)
    part = tmp_path / "part.json"
    part.write_text(json.dumps(keys))
    new, new_keys, _ = scrub(capture, part)
    before, after = judged(run, capture, part), judged(run, new, new_keys)
    assert what_is_found(before) == what_is_found(after)
    assert not set(re.findall(r'"([0-9a-f]{32,})"', part.read_text())) & set(re.findall(r'"([0-9a-f]{32,})"', new_keys.read_text()))
