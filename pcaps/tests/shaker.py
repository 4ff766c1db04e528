"""Shakes captures: the same traffic as other packets. Reordered within what TCP and IP put right again, duplicated, fragmented, split, merged, and wrapped in
other link layers and tunnels; everything by a seed. What a capture means stays what it was, so that it has to be judged as it was.

Packets are cut and made here by themselves (RFC 791, 8200, 768, 9293, 2784; 3GPP TS 29.281); nothing of the reader under test is used."""

import random
import struct

EN10MB, NULL, RAW, SLL, SLL2 = 1, 0, 101, 113, 276
TCP, UDP, FRAGMENT = 6, 17, 44
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
KINDS = ("duplicated", "reordered", "fragmented", "split", "merged", "all", "vlan", "qinq", "sll", "sll2", "gtpu", "gre", "ipip")


class NotShaken(Exception):
    """A capture that the shaker cannot read."""


def read(capture):
    """[(seconds, nanoseconds, IP packet)] of a pcap file; other frames are left out."""
    magic = struct.unpack("<I", capture[:4])[0]
    order = "<" if magic in (0xA1B2C3D4, 0xA1B23C4D) else ">"
    nano = magic in (0xA1B23C4D, 0x4D3CB2A1)
    link = struct.unpack(order + "I", capture[20:24])[0] & 0xFFFF
    at, out = 24, []
    while at + 16 <= len(capture):
        seconds, part, kept, length = struct.unpack(order + "IIII", capture[at:at + 16])
        frame = capture[at + 16:at + 16 + kept]
        at += 16 + kept
        if kept != length:
            raise NotShaken("a packet that was cut")
        packet = ip_of(frame, link)
        if packet is not None:
            out.append((seconds, part if nano else part * 1000, packet))
    return out


def ip_of(frame, link):
    if link == RAW:
        return frame
    if link == EN10MB:
        kind, at = struct.unpack(">H", frame[12:14])[0], 14
        while kind in (0x8100, 0x88A8):
            kind, at = struct.unpack(">H", frame[at + 2:at + 4])[0], at + 4
    elif link == SLL:
        kind, at = struct.unpack(">H", frame[14:16])[0], 16
    elif link == SLL2:
        kind, at = struct.unpack(">H", frame[0:2])[0], 20
    elif link == NULL:
        kind, at = (0x0800 if frame[4] >> 4 == 4 else 0x86DD), 4
    else:
        raise NotShaken(f"link type {link}")
    if kind not in (0x0800, 0x86DD):
        return None
    return without_padding(frame[at:])


def without_padding(packet):
    if packet[0] >> 4 == 4:
        return packet[:struct.unpack(">H", packet[2:4])[0]]
    return packet[:40 + struct.unpack(">H", packet[4:6])[0]]


def write(packets, link=RAW):
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link)]
    for seconds, nano, octets in packets:
        out.append(struct.pack("<IIII", seconds, nano, len(octets), len(octets)) + octets)
    return b"".join(out)


# --- IP, TCP --------------------------------------------------------------------------------------------------------------


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Ip:
    """A packet without options or extension headers; `fragment`: it is one already."""

    def __init__(self, packet):
        self.version = packet[0] >> 4
        if self.version == 4:
            length = (packet[0] & 15) * 4
            self.protocol, self.payload, self.head = packet[9], packet[length:], packet[:length]
            flags = struct.unpack(">H", packet[6:8])[0]
            self.fragment, self.source, self.destination = bool(flags & 0x3FFF), packet[12:16], packet[16:20]
        else:
            self.protocol, self.payload, self.head = packet[6], packet[40:], packet[:40]
            self.fragment, self.source, self.destination = self.protocol not in (TCP, UDP), packet[8:24], packet[24:40]

    def with_payload(self, payload, protocol=None, flags=0, identification=None):
        protocol = self.protocol if protocol is None else protocol
        if self.version == 6:
            return self.head[:4] + struct.pack(">HB", len(payload), protocol) + self.head[7:] + payload
        number = struct.unpack(">H", self.head[4:6])[0] if identification is None else identification
        head = self.head[:2] + struct.pack(">HHHBBH", len(self.head) + len(payload), number, flags, self.head[8], protocol, 0) + self.head[12:]
        return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload

    def pseudo(self, length):
        if self.version == 4:
            return self.source + self.destination + struct.pack(">BBH", 0, self.protocol, length)
        return self.source + self.destination + struct.pack(">II", length, self.protocol)


class Segment:
    def __init__(self, ip):
        self.ip = ip
        self.sport, self.dport, self.seq, self.ack, words, self.flags, self.window = struct.unpack(">HHIIBBH", ip.payload[:16])
        self.head, self.data = ip.payload[:(words >> 4) * 4], ip.payload[(words >> 4) * 4:]
        self.way = (ip.source, self.sport, ip.destination, self.dport)

    @property
    def plain(self):
        """Data, and nothing of the beginning or the end."""
        return bool(self.data) and not self.flags & (SYN | FIN | RST)

    def made(self, seq, data, flags=None):
        flags = self.flags if flags is None else flags
        head = self.head[:4] + struct.pack(">I", seq & 0xFFFFFFFF) + self.head[8:13] + bytes([flags]) + self.head[14:16] + b"\0\0" + self.head[18:]
        whole = head + data
        value = checksum(self.ip.pseudo(len(whole)) + whole)
        return self.ip.with_payload(whole[:16] + struct.pack(">H", value) + whole[18:])


def segment_of(packet):
    ip = Ip(packet)
    return Segment(ip) if ip.protocol == TCP and not ip.fragment and len(ip.payload) >= 20 else None


def way_of(packet):
    """Which way of which flow; fragments by their addresses."""
    ip = Ip(packet)
    if ip.fragment or ip.protocol not in (TCP, UDP):
        return (ip.source, ip.destination, "fragment")
    return (ip.protocol, ip.source, ip.payload[:2], ip.destination, ip.payload[2:4])


# --- the ways of shaking ----------------------------------------------------------------------------------------------------


def duplicated(packets, rng):
    """Here and there the same packet again: at once, or behind the next two of the same way."""
    out = []
    for at, one in enumerate(packets):
        out.append(one)
        if rng.random() < 0.3:
            out.append(one)
        elif at >= 2 and rng.random() < 0.1 and all(way_of(packets[at - back][2]) == way_of(one[2]) for back in (1, 2)):
            out.append((*one[:2], packets[at - 1][2]))
    return out


def runs(packets):
    """Runs of packets of the same way of one flow, (first, behind the last)."""
    at = 0
    while at < len(packets):
        end = at + 1
        while end < len(packets) and way_of(packets[end][2]) == way_of(packets[at][2]):
            end += 1
        yield at, end
        at = end


def may_move(packet):
    """Data of TCP, and fragments: what lies above does not see their order."""
    ip = Ip(packet)
    if ip.fragment:
        return True
    segment = segment_of(packet)
    return segment is not None and segment.plain


def reordered(packets, rng):
    """Within a run of one way, in a window of four."""
    out = list(packets)
    for first, end in runs(packets):
        at = first
        while at < end:
            window = [i for i in range(at, min(at + 4, end)) if may_move(out[i][2])]
            if len(window) > 1 and window[-1] - window[0] == len(window) - 1:
                octets = [out[i][2] for i in window]
                rng.shuffle(octets)
                for i, packet in zip(window, octets):
                    out[i] = (*out[i][:2], packet)
            at += 4
    return out


def fragmented(packets, rng):
    out, number = [], 0x4000
    for seconds, nano, packet in packets:
        ip = Ip(packet)
        number += 1
        if ip.fragment or len(ip.payload) < 64 or rng.random() < 0.4:
            out.append((seconds, nano, packet))
            continue
        size = rng.randrange(2, max(3, len(ip.payload) // 16)) * 8
        size = max(size, (len(ip.payload) // 24 + 8) // 8 * 8)
        pieces = fragments(ip, size, number)
        if rng.random() < 0.5:
            rng.shuffle(pieces)
        out += [(seconds, nano, piece) for piece in pieces]
    return out


def fragments(ip, size, number):
    out = []
    for at in range(0, len(ip.payload), size):
        piece, more = ip.payload[at:at + size], at + size < len(ip.payload)
        if ip.version == 4:
            out.append(ip.with_payload(piece, flags=(0x2000 if more else 0) | at // 8, identification=number & 0xFFFF))
        else:
            out.append(ip.with_payload(struct.pack(">BBHI", ip.protocol, 0, at | more, number) + piece, FRAGMENT))
    return out


def split(packets, rng):
    """One segment becomes up to five; some overlap."""
    out = []
    for seconds, nano, packet in packets:
        segment = segment_of(packet)
        if segment is None or not segment.plain or len(segment.data) < 2 or rng.random() < 0.2:
            out.append((seconds, nano, packet))
            continue
        count = min(rng.randrange(2, 6), len(segment.data))
        cuts = sorted(rng.sample(range(1, len(segment.data)), count - 1))
        for first, end in zip([0, *cuts], [*cuts, len(segment.data)]):
            back = min(rng.randrange(4), first) if rng.random() < 0.2 else 0
            last = end == len(segment.data)
            out.append((seconds, nano, segment.made(segment.seq + first - back, segment.data[first - back:end], segment.flags if last else segment.flags & ~PSH)))
    return out


def merged(packets, rng):
    """Segments that follow one another in one way become one, up to 8 KiB."""
    out = []
    for one in packets:
        before, this = segment_of(out[-1][2]) if out else None, segment_of(one[2])
        fits = before is not None and this is not None and before.plain and this.plain and before.way == this.way
        if fits and (before.seq + len(before.data)) & 0xFFFFFFFF == this.seq and len(before.data) + len(this.data) <= 8192 and rng.random() < 0.8:
            out[-1] = (*one[:2], before.made(before.seq, before.data + this.data, this.flags))
        else:
            out.append(one)
    return out


def wrapped(packets, rng, kind):
    """(packets, link type) in another link layer or tunnel."""
    link = {"vlan": EN10MB, "qinq": EN10MB, "sll": SLL, "sll2": SLL2}.get(kind, RAW)
    number = rng.randrange(1 << 31)
    return [(*one[:2], wrap(one[2], kind, number)) for one in packets], link


OUTER = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20, 7, 0, 64, 0, 0, bytes((10, 9, 8, 7)), bytes((10, 9, 8, 6)))


def outer(protocol, payload):
    ip = Ip(OUTER)
    return ip.with_payload(payload, protocol)


def wrap(packet, kind, number):
    ether = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    if kind == "vlan":
        return bytes(12) + struct.pack(">HHH", 0x8100, 7, ether) + packet
    if kind == "qinq":
        return bytes(12) + struct.pack(">HHHHH", 0x88A8, 9, 0x8100, 7, ether) + packet
    if kind == "sll":
        return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), ether) + packet
    if kind == "sll2":
        return struct.pack(">HHIHBB8s", ether, 0, 3, 1, 0, 6, bytes(8)) + packet
    if kind == "gtpu":
        gtp = struct.pack(">BBHI", 0x30, 0xFF, len(packet), number) + packet
        return outer(UDP, struct.pack(">HHHH", 2152, 2152, 8 + len(gtp), 0) + gtp)
    if kind == "gre":
        return outer(47, struct.pack(">HH", 0, ether) + packet)
    return outer(4 if packet[0] >> 4 == 4 else 41, packet)


WAYS = {"duplicated": duplicated, "reordered": reordered, "fragmented": fragmented, "split": split, "merged": merged}


def shaken(capture, kind, seed):
    """The octets of the shaken capture (nanosecond pcap)."""
    rng, packets = random.Random(f"{kind} {seed}"), read(capture)
    if not packets:
        raise NotShaken("no IP packet")
    if kind == "all":
        for name in ("merged", "split", "fragmented", "reordered", "duplicated"):
            packets = WAYS[name](packets, rng)
        kind = rng.choice(("vlan", "qinq", "sll", "sll2", "gtpu", "gre", "ipip"))
    elif kind in WAYS:
        return write(WAYS[kind](split(packets, rng) if kind in ("reordered", "merged") else packets, rng))
    packets, link = wrapped(packets, rng, kind)
    return write(packets, link)
