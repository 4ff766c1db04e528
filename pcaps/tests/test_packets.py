"""Link layers, IP, UDP and TCP, made by hand: what is found, and how the rest is counted."""
import struct

import pytest

import packets as p


def one_message(check, capture, octets, frame=1, exit_code=0):
    code, result = check(capture)
    assert code == exit_code
    assert [(message["frame"], message["octets"]) for message in result["messages"]] == [(frame, octets.hex())]
    return result


def nothing(check, capture, exit_code=10, **counts):
    code, result = check(capture)
    assert code == exit_code and result["messages"] == []
    summary = result["summary"]
    found = {**summary["packets"], **summary["streams"], **summary["units"]}
    assert {reason: found[reason] for reason in counts} == counts
    return result


@pytest.fixture
def offer(init):
    return p.invite(p.sdp(session=init))


@pytest.fixture
def packet(offer):
    return p.ipv4(p.udp(offer))


# ---- link layers ----

def test_link_types(check, init, offer, packet):
    six = p.ipv6(p.udp(offer))
    frames = [
        (p.EN10MB, p.ethernet(packet)), (p.EN10MB, p.ethernet(six)),
        (p.EN10MB, p.ethernet(packet, [0x8100])), (p.EN10MB, p.ethernet(six, [0x88A8, 0x8100])),
        (p.SLL, bytes(14) + b"\x08\x00" + packet), (p.SLL, bytes(14) + b"\x86\xdd" + six),
        (p.SLL2, b"\x08\x00" + bytes(18) + packet), (p.SLL2, b"\x86\xdd" + bytes(18) + six),
        (p.RAW, packet), (p.RAW, six), (p.IPV4, packet), (p.IPV6, six),
        (p.NULL, struct.pack("<I", 2) + packet), (p.NULL, struct.pack(">I", 2) + packet),
        (p.NULL, struct.pack("<I", 30) + six), (p.LOOP, struct.pack(">I", 24) + six)]
    for link, frame in frames:
        one_message(check, p.pcap([frame], link), init)
        one_message(check, p.pcap([frame], link, big_endian=True, nanoseconds=True), init)
        one_message(check, p.pcapng([frame], link), init)


def test_what_is_no_ip_is_counted(check, packet):
    nothing(check, p.pcap([bytes(12) + b"\x08\x06" + bytes(28)]), 5, other_protocol=1)
    nothing(check, p.pcap([p.ethernet(packet, [0x8100] * 50)]), too_deep=1)
    nothing(check, p.pcap([packet], link=147), unknown_link=1)
    nothing(check, p.pcap([struct.pack("<I", 7) + packet], p.NULL), 5, other_protocol=1)
    for length in range(14):
        nothing(check, p.pcap([p.ethernet(packet)[:length]]), malformed=1)


# ---- IP ----

def test_ip_details(check, init, offer, packet):
    one_message(check, p.pcap([packet + bytes(20)], p.RAW), init)  # padding of the link
    one_message(check, p.pcap([p.ipv4(p.udp(offer), options=bytes(8))], p.RAW), init)
    one_message(check, p.pcap([p.ipv4(p.udp(offer), total=0)], p.RAW), init)
    extensions = [(0, bytes([0] * 7)), (60, bytes([1] + [0] * 14)), (44, bytes(7)), (51, bytes([1] + [0] * 10))]
    one_message(check, p.pcap([p.ipv6(p.udp(offer), extensions=extensions)], p.RAW), init)
    one_message(check, p.pcap([p.ipv4((4, packet))], p.RAW), init)
    one_message(check, p.pcap([p.ipv4((41, p.ipv6(p.udp(offer))))], p.RAW), init)
    result = one_message(check, p.pcap([p.ipv6(p.udp(offer))], p.RAW), init)
    assert result["messages"][0]["source"] == "[2001:db8::1]:5060"
    assert result["messages"][0]["destination"] == "[2001:db8::2]:5070"


def test_fragments(check, init, offer):
    data = p.udp(offer)[1]
    cut = len(data) // 16 * 8
    parts = [p.ipv4((17, data[:cut]), fragment=0x2000), p.ipv4((17, data[cut:]), fragment=cut // 8)]
    for order in (parts, parts[::-1], [*parts, parts[0]]):
        code, result = check(p.pcap(order, p.RAW))
        assert code == 0 and [message["octets"] for message in result["messages"]] == [init.hex()]
        assert sum(result["summary"]["packets"][name] for name in ("fragment", "taken")) == len(order)
    nothing(check, p.pcap(parts[:1], p.RAW), fragment_lost=1)
    even = (17, data[:len(data) // 8 * 8])
    nothing(check, p.pcap([p.ipv6(even, extensions=[(44, b"\0\0\x01" + bytes(4))])], p.RAW), fragment_lost=1)


def test_lengths_that_do_not_fit(check, offer, packet):
    bad = [packet[:length] for length in range(1, 28)]
    bad += [p.ipv4(p.udp(offer), total=19), p.ipv4(p.udp(offer), total=len(packet) + 1), b"\x44" + packet[1:],
            p.ipv4(p.udp(offer, length=7)), p.ipv4(p.udp(offer, length=len(offer) + 9)),
            p.ipv6(p.udp(offer), length=len(offer) + 9), p.ipv6(p.udp(offer), extensions=[(0, b"\xff" + bytes(6))]),
            p.ipv4((6, p.tcp(offer, 1)[1][:12] + b"\x40" + p.tcp(offer, 1)[1][13:])),
            p.ipv4((6, p.tcp(b"", 1)[1][:12] + b"\xf0" + p.tcp(b"", 1)[1][13:]))]
    nothing(check, p.pcap(bad, p.RAW), malformed=len(bad))


def test_deep_tunnels_and_many_extensions_end(check, packet, offer):
    for _ in range(50):
        packet = p.ipv4((4, packet))
    nothing(check, p.pcap([packet], p.RAW), too_deep=1)
    nothing(check, p.pcap([p.ipv6(p.udp(offer), extensions=[(60, bytes(7))] * 60)], p.RAW), too_deep=1)


def test_snapshot_length(check, init, offer, packet):
    for snaplen in range(1, len(packet), 7):
        nothing(check, p.pcap([packet], p.RAW, snaplen=snaplen), cut=1)
    one_message(check, p.pcap([packet], p.RAW, snaplen=len(packet)), init)
    one_message(check, p.pcap([packet + bytes(9)], p.RAW, snaplen=len(packet)), init)  # only padding was cut
    nothing(check, p.pcap([p.ipv6(p.udp(offer))], p.RAW, snaplen=400), cut=1)
    nothing(check, p.pcap([p.ipv4(p.udp(offer), total=0)], p.RAW, snaplen=400), cut=1)


def test_other_traffic(check):
    nothing(check, p.pcap([p.ipv4(p.udp(b"\0\1\2")), p.ipv4((1, bytes(8))), p.ipv4(p.tcp(b"", 5, 0x10))], p.RAW), 5,
            empty=1, taken=1, other_protocol=1)


# ---- TCP ----

def segments(data, sizes, seq=1000):
    """The data in segments of these sizes, the last one with what is left."""
    out = []
    for size in [*sizes, len(data)]:
        out.append(p.ipv4(p.tcp(data[:size], seq)))
        data, seq = data[size:], seq + size
        if not data:
            break
    return out


def test_message_over_segments(check, init, offer):
    for size in (1, 2, 17, 100, len(offer) - 1):
        parts = segments(offer, [size] * (len(offer) // size))
        result = one_message(check, p.pcap(parts, p.RAW), init, frame=len(parts))
        assert 1 <= result["messages"][0]["first_frame"] <= len(parts)


def test_sequence_numbers_wrap(check, init, offer):
    parts = segments(offer, [300, 300], seq=0xFFFFFFFF - 400)
    one_message(check, p.pcap(parts, p.RAW), init, frame=3)


def test_syn_and_fin(check, init, offer):
    parts = [p.ipv4(p.tcp(b"", 999, 0x02)), *segments(offer, [500]), p.ipv4(p.tcp(b"", 1000 + len(offer), 0x11))]
    result = one_message(check, p.pcap(parts, p.RAW), init, frame=3)
    assert result["summary"]["packets"]["empty"] == 2


def answer_to(octets):
    return p.invite(p.sdp(session=octets)).replace(b"INVITE sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK").replace(
        b"To: <sip:bob@example.com>", b"To: <sip:bob@example.com>;tag=2")


BYE = f"BYE sip:bob@example.com SIP/2.0\r\n{p.signalling('2@example.com', '1 BYE')}Content-Length: 0\r\n\r\n".encode()


def test_several_messages_in_a_stream(check, init, offer):
    other = offer.replace(b"1@example.com", b"3@example.com")
    stream = b"\r\n\r\n" + BYE + offer + b"\r\n" + other + BYE
    for sizes in ([], [len(BYE) + 100], [10] * 300):
        _, result = check(p.pcap(segments(stream, sizes), p.RAW))
        assert [message["octets"] for message in result["messages"]] == [init.hex()] * 2
        assert [message["call"] for message in result["messages"]] == [1, 2]
        assert result["summary"]["units"]["sip"] == 4


def test_two_directions_do_not_mix(check, init, resp, offer):
    answer = answer_to(resp)
    there = segments(offer, [400, 400])
    back = [p.ipv4(p.tcp(answer[i:i + 200], 5 + i, sport=5070, dport=5060), "192.0.2.2", "192.0.2.1")
            for i in range(0, len(answer), 200)]
    mixed = there[:2] + back[:1] + there[2:] + back[1:]
    code, result = check(p.pcap(mixed, p.RAW))
    assert code == 0
    assert [(message["octets"], message["ex"], message["from"]) for message in result["messages"]] == [
        (init.hex(), "transfer", "I"), (resp.hex(), "transfer", "R")]


def test_repeated_segments(check, init, offer):
    parts = segments(offer, [300, 300])
    overlap = p.ipv4(p.tcp(offer[200:700], 1200))
    capture = p.pcap([parts[0], parts[0], overlap, parts[1], p.ipv4(p.tcp(offer[700:], 1700))], p.RAW)
    result = one_message(check, capture, init, frame=5)
    assert result["summary"]["streams"]["repeated"] >= 2


def test_a_gap_is_counted_and_the_next_message_found(check, init, offer):
    parts = segments(offer, [300, 300])
    again = p.ipv4(p.tcp(offer, 1000 + len(offer)))
    code, result = check(p.pcap([parts[0], parts[2], again], p.RAW))
    assert code == 10 and [message["octets"] for message in result["messages"]] == [init.hex()]
    assert result["summary"]["streams"]["gap"] == 1 and result["summary"]["units"]["incomplete"] >= 1


def test_what_is_not_finished_is_counted(check, offer):
    parts = segments(offer, [300, 300])
    nothing(check, p.pcap(parts[:2], p.RAW), incomplete=1)
    nothing(check, p.pcap([parts[0], p.ipv4(p.tcp(b"", 1300, 0x11))], p.RAW), incomplete=1)
    nothing(check, p.pcap([parts[0], p.ipv4(p.tcp(b"", 1300, 0x04))], p.RAW), incomplete=1)
    nothing(check, p.pcap([p.ipv4(p.tcp(offer, 1000))], p.RAW, snaplen=500), cut=1)


def test_many_small_segments_take_no_time(check):
    stream = b"INVITE sip:bob@example.com SIP/2.0\r\nX: 1\r\n" + b" \n" * 40000
    code, result = check(p.pcap(segments(stream, [1] * len(stream)), p.RAW))
    assert code == 10 and result["messages"] == []
