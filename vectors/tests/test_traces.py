"""The judge in `tracing` against what the trace vectors declare; the captures against the units; what cannot change a judgement."""

import base64
import copy
import struct

import jsonschema
import pytest

import tracing
from vectorgen import entries
from vectorgen.traces import catalogue, linting, wire
from traces_support import A, BY_TITLE, TRACES, sdp, sip, unit

ASK = ("units", "profile", "keys", "settings")


def answered(entry):
    return tracing.answer(*(entry[name] for name in ASK))


def test_there_are_enough():
    assert len(TRACES) >= 300
    assert {one["answer"]["verdict"] for one in TRACES} == {"conforms", "fails", "nothing_to_judge"}
    assert {one["carrier"] for entry in TRACES for one in entry["answer"]["messages"]} == {"sdp", "sip", "http"}
    assert {one["note"] for entry in TRACES for one in entry["answer"]["notes"]} == {"application_server", "forked", "core_tls", "sdes"}


@pytest.mark.parametrize("group", sorted({path.stem for path in catalogue.KIND.folder.glob("*.json")}))
def test_the_judge_agrees_with_every_answer(group):
    content = linting.read_files()[group]
    assert [entry["id"] for entry in content["traces"] if answered(entry) != entry["answer"]] == []


def test_the_files_are_valid_and_complete():
    lint = linting.TraceLint()
    lint.run(linting.read_files())
    assert lint.problems == []


def test_the_linter_sees_what_is_wrong():
    contents = copy.deepcopy(linting.read_files())
    broken = next(entry for entry in contents["sdp"]["traces"] if entry["parent"])
    broken["clauses"] = ["RFC4567-3-01", "RFC4567-7-01"]
    contents["sdp"]["traces"][0]["answer"]["verdict"] = "fails"
    lint = linting.TraceLint()
    lint.run(contents)
    assert any("clauses are not what the change breaks" in one for one in lint.problems)
    assert any("verdict does not follow" in one for one in lint.problems)


def test_the_schema_takes_nothing_else():
    content = copy.deepcopy(linting.read_files()["sdp"])
    content["traces"][0]["answer"]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        entries.validator("traces").validate(content)


def test_what_is_made_is_the_same_every_time():
    assert catalogue.KIND.check() == []


# --- captures ---------------------------------------------------------------------------------------------------------


def packets(capture):
    """[(seconds, packet)] of a pcap file."""
    magic, _, _, _, _, _, link = struct.unpack("<IHHiIII", capture[:24])
    assert (magic, link) == (0xA1B2C3D4, 101)
    at, out = 24, []
    while at < len(capture):
        seconds, micros, kept, length = struct.unpack("<IIII", capture[at:at + 16])
        assert kept == length
        out.append((seconds + micros / 1000000, capture[at + 16:at + 16 + kept]))
        at += 16 + kept
    return out


def payload(packet):
    """(protocol, octets that UDP or TCP carry); every checksum is right."""
    if packet[0] >> 4 == 4:
        assert wire.checksum(packet[:20]) == 0 and struct.unpack(">H", packet[2:4])[0] == len(packet)
        protocol, inner, addresses = packet[9], packet[20:], packet[12:20]
        pseudo = addresses + struct.pack(">BBH", 0, protocol, len(inner))
    else:
        protocol, inner, addresses = packet[6], packet[40:], packet[8:40]
        assert struct.unpack(">H", packet[4:6])[0] == len(inner)
        pseudo = addresses + struct.pack(">II", len(inner), protocol)
    assert wire.checksum(pseudo + inner) == 0
    return protocol, inner[8:] if protocol == 17 else inner[(inner[12] >> 4) * 4:]


def test_every_unit_is_in_its_frame():
    for entry in TRACES:
        frames = packets(base64.b64decode(entry["capture"]))
        times = [time for time, _ in frames]
        assert times == sorted(times), entry["id"]
        for one in entry["units"]:
            time, packet = frames[one["frame"] - 1]
            octets = one["octets"].encode("latin-1") if one["kind"] in ("sip", "http") else bytes.fromhex(one["octets"])
            protocol, carried = payload(packet)
            assert carried == octets and protocol == (17 if one["transport"] == "udp" else 6), entry["id"]
            assert abs(time - one["time"]) < 1e-6, entry["id"]


def test_connections_begin_and_end():
    entry = BY_TITLE["A call over TCP, one leg"]
    flags = [packet[20 + 13] for _, packet in packets(base64.b64decode(entry["capture"]))]
    assert flags[:3] == [2, 18, 16] and flags[-3:] == [17, 17, 16]


# --- what changes nothing ---------------------------------------------------------------------------------------------


def essence(answer):
    """What does not hang on numbers of frames and calls."""
    return (answer["verdict"], [(one["data_type"], one["ex"], one["from"], one["auth"], one["findings"]) for one in answer["messages"]],
            sorted(one["id"] for one in answer["findings"]), sorted(one["note"] for one in answer["notes"]),
            [(one["client_proof"], one["server_proof"], one["findings"]) for one in answer["connections"]],
            [(one["outcome"], one["origin"], one["findings"]) for one in answer["containers"]])


def changed(entry, **members):
    return {**entry, **members}


@pytest.mark.parametrize("part", range(4))
def test_call_ids_are_names(part):
    for entry in TRACES[part::4]:
        units = [{**one, "octets": one["octets"].replace("Call-ID: call-", "Call-ID: other/call-")} if one["kind"] == "sip" else one for one in entry["units"]]
        assert essence(answered(changed(entry, units=units))) == essence(entry["answer"]), entry["id"]


def stranger(time, number):
    """A call of others, without key management."""
    a, b = "203.0.113.77:5060", "203.0.113.78:5060"
    text = sdp("m=audio 40000 RTP/AVP 0", host="203.0.113.77")
    more = {"call_id": f"stranger-{number}", "from_": "<sip:erin@example.org>;tag=e", "to": "<sip:frank@example.org>"}
    return [unit(sip("INVITE sip:frank@example.org SIP/2.0", text, **more), a, b, time), unit(sip("SIP/2.0 486 Busy Here", **more), b, a, time + 0.001)]


@pytest.mark.parametrize("part", range(4))
def test_calls_of_others_change_nothing(part):
    for entry in TRACES[part::4]:
        units = []
        for number, one in enumerate(entry["units"]):
            plain = {name: value for name, value in one.items() if name != "frame"}
            units += [*stranger(one["time"] - 0.005, number), plain]
        wanted = essence(entry["answer"])
        assert essence(answered(changed(entry, units=units))) == wanted, entry["id"]


def test_retransmissions_change_nothing():
    for entry in TRACES[::3]:
        units = []
        for one in entry["units"]:
            units.append(one)
            if one["kind"] == "sip" and one["transport"] == "udp":
                units.append({**one, "time": one["time"] + 0.5})
        assert answered(changed(entry, units=units)) == entry["answer"], entry["id"]


def test_without_copies_the_findings_stay():
    """The second leg of a call that only passes things on."""
    for title in ("A call over UDP, two legs", "A call over UDP, three legs", "The same over two legs"):
        entry = BY_TITLE[title]
        first = [one for one in entry["units"] if A in (one["source"], one["destination"])]
        answer = answered(changed(entry, units=first))
        assert [one for one in answer["messages"] if one["copy_of"] is not None] == []
        assert [one["findings"] for one in answer["messages"]] == [one["findings"] for one in entry["answer"]["messages"] if one["copy_of"] is None]
        assert answer["findings"] == [] and answer["verdict"] == entry["answer"]["verdict"]


def test_what_a_key_file_does_not_know_changes_no_finding_across_the_trace():
    """Without keys nothing is authentic or a failure of it; rows on form stay as they are."""
    forms = {"RFC4567-3-01", "RFC4567-4.1.1-02", "RFC4567-4.1.1-11", "RFC4567-7-01", "RFC4567-4.1.2-15", "RFC4567-4.1.2-16", "RFC4567-4.1.2-18", "RFC4567-4.1.4-01",
             "RFC4567-4.1.4-04", "RFC4567-4.1.4-05", "RFC4567-4.1.4-06", "TS33328-G.2-01", "TS33328-B.1-x01"}
    for entry in TRACES[::2]:
        answer = answered(changed(entry, keys=None))
        assert {one["auth"] for one in answer["messages"]} <= {"skipped", "absent"}, entry["id"]
        wanted = [one for one in entry["answer"]["findings"] if one["id"] in forms]
        assert [one for one in answer["findings"] if one["id"] in forms] == wanted, entry["id"]
