"""The Wireshark plugin, in tshark: what it shows of messages, and that it finds what `ticketgate check` finds.

tshark loads plugins of its own choice only where it does not run as root; so as root it is run as nobody.
"""
import base64
import collections
import json
import os
import pathlib
import random
import re
import shutil
import stat
import subprocess

import pytest

import packets
from conftest import TRACES

PLUGIN = pathlib.Path(os.environ.get("TICKETGATE_BIN", "")).parent.parent / "lib" / "wireshark"
NOBODY = 65534
NUM_FUZZED = 600

pytestmark = [
    pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not at hand"),
    pytest.mark.skipif(not list(PLUGIN.glob("plugins/*/epan/mikey_ticket.so")),
                       reason="the plugin is not built (wireshark-dev is not at hand)"),
]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A folder that nobody may read, with the plugin and captures in it."""
    folder = tmp_path_factory.mktemp("wireshark")
    shutil.copytree(PLUGIN / "plugins", folder / "plugins")
    for place in (folder, *folder.parents):
        if place.stat().st_uid == os.getuid() and place != pathlib.Path("/"):
            place.chmod(place.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    return folder


@pytest.fixture(scope="session")
def tshark(world):
    """Runs tshark on a capture; only its standard output counts, but it has to end well."""
    def call(capture, *arguments, preferences=()):
        if isinstance(capture, bytes):
            path = world / "capture.pcap"
            path.write_bytes(capture)
        else:
            path = world / pathlib.Path(capture).name
            shutil.copyfile(capture, path)
        path.chmod(0o644)
        options = [word for preference in preferences for word in ("-o", f"mikey_ticket.{preference}")]
        as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        done = subprocess.run(["tshark", "-n", "-r", path, *options, *arguments], capture_output=True, timeout=300, check=False,
                              env={"PATH": os.environ["PATH"], "HOME": str(world), "WIRESHARK_PLUGIN_DIR": str(world / "plugins"),
                                   "TZ": "UTC", "LC_ALL": "C.UTF-8"}, **as_nobody)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode()
    return call


@pytest.fixture(scope="session")
def fields(tshark):
    """The values of fields, frame by frame: a list of dicts of lists."""
    def call(capture, *names, preferences=()):
        wanted = [word for name in names for word in ("-e", name)]
        out = tshark(capture, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", *wanted, preferences=preferences)
        return [{name: value.split("|") if value else [] for name, value in zip(names, line.split("\t"))}
                for line in out.splitlines()]
    return call


@pytest.fixture(scope="session")
def check():
    """What `ticketgate check --lines` says of messages: a list of ids for each, in order; of one that cannot be read, that of the row."""
    def call(messages, *arguments):
        lines = "".join(message.hex() + "\n" for message in messages)
        done = subprocess.run([os.environ["TICKETGATE_BIN"], "check", "--lines", *arguments], input=lines.encode(), capture_output=True,
                              timeout=300, check=False)
        assert done.returncode in (0, 1), done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(messages)
        return [[finding["id"] for finding in answer["findings"]] if answer["ok"] else [answer["error"]["id"]] for answer in answers]
    return call


def in_sip(messages):
    """A capture with an INVITE for each message, at session level."""
    return packets.pcap([packets.ethernet(packets.ipv4(packets.udp(packets.invite(packets.sdp(message)))))
                         for message in messages])


def in_http(body, content_type="application/mikey"):
    head = f"POST /keymanagement HTTP/1.1\r\nHost: kms.example.com\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return packets.pcap([packets.ethernet(packets.ipv4(packets.tcp(head.encode() + body, 1, dport=80)))])


def ticket_messages(vectors):
    """Messages of MIKEY-TICKET that can be carried in an attribute, good and bad."""
    found = {bytes.fromhex(vector["message"]): None for vector in vectors.values() if isinstance(vector.get("message"), str)}
    return [message for message in found if len(message) > 1 and 11 <= message[1] <= 18 and len(message) < 30000]


# ---- what is shown ------------------------------------------------------------------------------------------------------------

def test_recorded_call(fields):
    """Written by hand from the octets of the trace (traces/broken-udp-ipv4.provenance.json says which vectors it holds)."""
    names = ["mikey_ticket.hdr.data_type", "mikey_ticket.hdr.csb_id", "mikey_ticket.idr.id_data", "mikey_ticket.ticket.ticket_type",
             "mikey_ticket.ticket.flags.i", "mikey_ticket.finding", "mikey_ticket.generic_cs.session_data", "mikey.type"]
    frames = fields(TRACES / "broken-udp-ipv4.pcap", *names, preferences=["profile:ims-media", "exchange:initial"])
    assert [bool(frame["mikey_ticket.hdr.data_type"]) for frame in frames] == [True, False, True, False, False, False]
    init, resp = frames[0], frames[2]
    assert init["mikey_ticket.hdr.data_type"] == ["14"] and resp["mikey_ticket.hdr.data_type"] == ["15"]
    assert init["mikey_ticket.hdr.csb_id"] == resp["mikey_ticket.hdr.csb_id"] == ["0xbb1287de"]
    # I and R; then in the ticket: KMS, I, R of the ticket policy, and the name of the key that protects it.
    assert init["mikey_ticket.idr.id_data"] == ["alice@example.com", "bob@example.com", "sip:kms.example.com", "alice@example.com", "?@?",
                                                "tpk-2024-01"]
    assert init["mikey_ticket.ticket.ticket_type"] == ["2"]
    assert init["mikey_ticket.ticket.flags.i"] == ["1"]
    assert init["mikey_ticket.generic_cs.session_data"] == ["11111111", "22222222"]
    assert init["mikey_ticket.finding"] == ["RFC6043-6.10-24"]
    assert sorted(resp["mikey_ticket.finding"]) == ["RFC6043-4.2.2.3-10", "TS33328-6.2.3.6-02"]
    assert not any(frame["mikey.type"] for frame in frames)  # Wireshark's own dissector has nothing to say


def test_octets_of_fields(tshark, init):
    """Each field is where it says: position and length of the tree, compared with the octets of the message."""
    tree = json.loads(tshark(in_sip([init]), "-T", "jsonraw"), object_pairs_hook=lambda pairs: pairs)
    found = collections.defaultdict(list)

    def walk(node):
        if isinstance(node, list) and node and isinstance(node[0], tuple):
            for name, value in node:
                if name.startswith("mikey_ticket.") and name.endswith("_raw"):
                    found[name[:-4]].append(value)
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
    walk(tree)
    assert found["mikey_ticket.hdr.data_type"] == [["0e", 1, 1, 0, 4]]
    assert found["mikey_ticket.hdr.csb_id"][0][:3] == [init[4:8].hex(), 4, 4]
    ticket = found["mikey_ticket.ticket"][0]
    assert ticket[0] == init[ticket[1]:ticket[1] + ticket[2]].hex()
    inside = 0
    for name in ("mikey_ticket.ticket.tp_data", "mikey_ticket.ticket.ticket_data", "mikey_ticket.kemac", "mikey_ticket.thdr",
                 "mikey_ticket.idr", "mikey_ticket.tr.ts_value", "mikey_ticket.v.ver_data"):
        assert found[name], name
        for octets, position, length, *_ in found[name]:
            assert octets == init[position:position + length].hex(), name
            inside += ticket[1] <= position and position + length <= ticket[1] + ticket[2]
    assert inside >= 8
    # The ticket's name field by field: THDR is the first octet of Ticket Data, its header 3 octets.
    thdr, data = found["mikey_ticket.thdr"][0], found["mikey_ticket.ticket.ticket_data"][0]
    assert thdr[1] == data[1] and found["mikey_ticket.thdr.thdr_data"][0][1] == thdr[1] + 3


def test_filters_and_expert_information(tshark, init):
    reserved = bytearray(init)
    broken = init[:2] + b"\x63" + init[3:]  # Next Payload 99 has no layout
    reserved[0] = 2  # version 2
    capture = in_sip([init, bytes(reserved), broken, init[:45]])
    def numbers(wanted):
        return tshark(capture, "-Y", wanted, "-T", "fields", "-e", "frame.number", preferences=["profile:ims-media"]).split()
    assert numbers("mikey_ticket.hdr.data_type == 14") == ["1", "2", "3", "4"]
    assert numbers("mikey_ticket.hdr.version == 2") == ["2"]
    assert numbers("mikey_ticket.unread") == ["3", "4"]
    assert numbers("_ws.expert.severity == error && mikey_ticket") == ["2", "3", "4"]
    assert numbers('mikey_ticket.idr.id_data contains "@example.com" && mikey_ticket.ticket.flags.d == 1') == ["1", "2"]
    assert numbers("mikey_ticket.RFC3830_6.1_x02") == numbers('mikey_ticket.finding == "RFC3830-6.1-x02"')
    summary = tshark(capture, "-q", "-z", "expert,error")
    assert "MIKEY-TICKET" in summary


def test_expert_information_by_hand(tshark, init):
    """Level, clause and octets of three breaches, from reading the RFCs and not from the command."""
    version = b"\x02" + init[1:]                      # RFC 3830 6.1: version is 1
    unknown = init[:2] + b"\x63" + init[3:]           # RFC 3830 6.1: 99 is no payload
    short = init[:-1]                                 # V, the last payload, lacks an octet of its MAC
    tree = tshark(in_sip([version, unknown, short]), "-V", preferences=["profile:ims-media"])
    frames = re.split(r"^Frame (?=\d+: )", tree, flags=re.MULTILINE)[1:]
    assert [frame.count("[Finding: ") for frame in frames] == [1, 1, 1]
    assert all("[Level: MUST]" in frame and "[Severity level: Error]" in frame for frame in frames)
    assert "[Clause: RFC 3830 6.1]" in frames[0] and "[Path: hdr.version]" in frames[0] and "[Group: Protocol]" in frames[0]
    assert "[Clause: RFC 3830 6.1]" in frames[1] and "octet 2)" in frames[1] and "[Group: Malformed]" in frames[1]
    assert "[Clause: RFC 3830 6.9]" in frames[2] and f"octet {len(init) - 32})" in frames[2]  # HMAC-SHA-256-256 has 32 octets


def test_ticket_in_http(fields, init, vectors):
    names = ["mikey_ticket.hdr.data_type", "mikey_ticket.finding"]
    request = next(message for message in ticket_messages(vectors) if message[1] == 11)
    for body in (request, base64.b64encode(request), base64.b64encode(request) + b"\r\n"):
        assert fields(in_http(body), *names)[0]["mikey_ticket.hdr.data_type"] == ["11"]
    assert fields(in_http(init, "text/plain"), *names)[0]["mikey_ticket.hdr.data_type"] == []


# ---- the same as the command -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("profile", ["rfc6043", "ims-media"])
def test_same_findings_as_check(profile, fields, check, vectors):
    messages = ticket_messages(vectors)
    assert len(messages) > 300
    shown = fields(in_sip(messages), "mikey_ticket.finding", preferences=[f"profile:{profile}"])
    said = check(messages, "--profile", profile)
    assert [sorted(frame["mikey_ticket.finding"]) for frame in shown] == [sorted(ids) for ids in said]
    assert len({number for ids in said for number in ids}) > 50


def test_same_findings_in_an_initial_exchange(fields, check, vectors):
    for data_type, sender in ((14, "I"), (15, "R")):
        messages = [message for message in ticket_messages(vectors) if message[1] == data_type]
        assert len(messages) > 50
        shown = fields(in_sip(messages), "mikey_ticket.finding", preferences=["profile:ims-media", "exchange:initial"])
        said = check(messages, "--profile", "ims-media", "--exchange", "initial", "--sender", sender)
        assert [sorted(frame["mikey_ticket.finding"]) for frame in shown] == [sorted(ids) for ids in said]


def old_messages(vectors):
    """Messages of RFC 3830."""
    messages = [bytes.fromhex(vector["message"]) for vector in vectors.values() if isinstance(vector.get("message"), str)]
    return [message for message in messages if len(message) > 10 and message[1] <= 3][:20]


# ---- preferences ------------------------------------------------------------------------------------------------------------------

def test_other_data_types_go_to_wireshark(fields, vectors):
    old = old_messages(vectors)
    assert len(old) > 5
    names = ["mikey.type", "mikey_ticket.hdr.data_type"]
    for frame, message in zip(fields(in_sip(old), *names), old):
        assert frame["mikey.type"] == [str(message[1])] and frame["mikey_ticket.hdr.data_type"] == []
    for frame, message in zip(fields(in_sip(old), *names, preferences=["all_types:TRUE"]), old):
        assert frame["mikey.type"] == [] and frame["mikey_ticket.hdr.data_type"] == [str(message[1])]


def test_nothing_is_taken_over_unless_wanted(fields, init, vectors):
    names = ["mikey.type", "mikey_ticket.hdr.data_type"]
    old = old_messages(vectors)[0]
    frames = fields(in_sip([init, old]), *names, preferences=["take_over:FALSE", "all_types:TRUE"])
    assert [frame["mikey_ticket.hdr.data_type"] for frame in frames] == [[], []]
    assert frames[1]["mikey.type"] == [str(old[1])]


# ---- hostile input ----------------------------------------------------------------------------------------------------------------

def spoiled(messages, seed):
    source = random.Random(seed)
    for _ in range(NUM_FUZZED):
        message = bytearray(source.choice(messages))
        for _ in range(source.choice((1, 1, 2, 8))):
            message[source.randrange(len(message))] = source.choice((0, 1, 0x7F, 0x80, 0xFF, source.randrange(256)))
        if source.random() < 0.3:
            del message[source.randrange(1, len(message)):]
        if len(message) > 1:
            message[1] = source.choice((message[1], 14, 15))
        yield bytes(message)


def test_spoiled_messages(tshark, fields, check, vectors):
    messages = [message for message in ticket_messages(vectors) if len(message) < 2000]
    broken = list(spoiled(messages, 6043))
    capture = in_sip(broken)
    preferences = ["all_types:TRUE"]
    shown = fields(capture, "mikey_ticket.finding", preferences=preferences)
    assert [sorted(frame["mikey_ticket.finding"]) for frame in shown] == [sorted(ids) for ids in check(broken)]
    whole = json.loads(tshark(capture, "-T", "json", preferences=preferences))
    assert len(whole) == NUM_FUZZED
    assert "Dissector bug" not in tshark(capture, "-V", preferences=preferences)


def test_large_and_deep(tshark, init):
    """As many payloads as fit, tickets in tickets, 255 crypto sessions, empty and one-octet messages."""
    empty_rands = init[:2] + b"\x0b" + init[3:8] + b"\x00\x02" + b"\x0b\x00" * 20000 + b"\x00\x00"
    sessions = init[:8] + b"\xff\x02" + bytes(7) * 255 + init[40:]
    inner = b"\x11"
    for _ in range(40):
        body = inner
        inner = b"\x11\x00" + bytes([0, 2, 0, 0, 0, 0, 0]) + len(body).to_bytes(2, "big") + body + bytes(4)
    deep = init[:2] + b"\x11" + init[3:8] + b"\x00\x02" + inner
    capture = in_sip([empty_rands, sessions, deep, b"\x01", bytes(70)])
    tree = tshark(capture, "-V", preferences=["all_types:TRUE"])
    assert "Dissector bug" not in tree and tree.count("MIKEY-TICKET (RFC 6043)") == 5
    assert tree.count("RAND (2 octets)") == 20001
    assert tree.count(" GENERIC_CS[") == 255
