"""A small reader of captures of its own, for holding the command against the judge in vectors/tracing: packets (shaker.py), tunnels, fragments, TCP, and the
messages in them as units (vectors/TRACE.md section 6). It trusts what recorded traces are: whole headers, no hostile lengths."""

import ipaddress
import re
import struct

import shaker

CRLFS = b"\r\n\r\n"
SIP = re.compile(rb"[A-Z]+ \S+ SIP/2\.0\r\n|SIP/2\.0 [1-6]")
HTTP = re.compile(rb"(?:GET|POST) \S+ HTTP/1|HTTP/1")
LENGTH = re.compile(rb"\r\n(?:Content-Length|l)\s*:\s*([0-9]+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\nTransfer-Encoding\s*:\s*chunked", re.IGNORECASE)


def kind_of(octets):
    if SIP.match(octets.lstrip(b"\r\n")):
        return "sip"
    if HTTP.match(octets):
        return "http"
    if octets[:5] == b"MSRP ":
        return "msrp"
    if len(octets) > 3 and octets[0] in range(20, 25) and octets[1] in (3, 254):
        return "tls"
    if len(octets) >= 12 and octets[0] >> 6 == 2:
        return "rtp"
    return "bfcp" if len(octets) >= 12 and octets[0] >> 5 == 1 else None


def end(address, port):
    ip = ipaddress.ip_address(address)
    return f"[{ip}]:{port}" if ip.version == 6 else f"{ip}:{port}"


def unit(frame, time, transport, source, destination, kind, octets):
    return {"frame": frame, "time": time, "transport": transport, "source": source, "destination": destination, "kind": kind,
            "octets": octets.decode("latin-1") if kind in ("sip", "http") else octets.hex()}


class Way:
    """One way of a TCP connection."""

    def __init__(self, following):
        self.following, self.held, self.octets, self.kind = following, {}, b"", None

    def take(self, segment):
        """The octets that are now known to follow."""
        if len(segment.data) > len(self.held.get(segment.seq, b"")):
            self.held[segment.seq] = segment.data
        out = b""
        while True:
            fitting = next((seq for seq in self.held if (self.following - seq) & 0xFFFFFFFF < 1 << 31), None)
            if fitting is None:
                return out
            data = self.held.pop(fitting)[(self.following - fitting) & 0xFFFFFFFF:]
            out += data
            self.following = (self.following + len(data)) & 0xFFFFFFFF

    def message(self):
        """The next whole message of SIP or HTTP; None without."""
        self.octets = self.octets.lstrip(b"\r\n")
        head, gap, body = self.octets.partition(CRLFS)
        if not gap:
            return None
        length = LENGTH.search(head)
        size = body.find(b"0" + CRLFS) + 5 if CHUNKED.search(head) else int(length[1]) if length else 0
        if len(body) < size or CHUNKED.search(head) and size < 5:
            return None
        whole, self.octets = self.octets[:len(head) + 4 + size], self.octets[len(head) + 4 + size:]
        return whole


class Reader:
    def __init__(self):
        self.units, self.ways, self.fragments, self.frame, self.time = [], {}, {}, 0, 0.0

    def read(self, capture):
        order, link = "<", struct.unpack("<I", capture[20:24])[0]
        part = 1e9 if capture[:4] == b"\x4d\x3c\xb2\xa1" else 1e6
        at = 24
        while at + 16 <= len(capture):
            seconds, rest, kept, _ = struct.unpack(order + "IIII", capture[at:at + 16])
            self.frame, self.time = self.frame + 1, seconds + rest / part
            packet = shaker.ip_of(capture[at + 16:at + 16 + kept], link)
            at += 16 + kept
            if packet is not None:
                self.packet(packet)
        return self.units

    def packet(self, packet):
        ip = shaker.Ip(packet)
        if ip.version == 4 and ip.fragment:
            number, place = struct.unpack(">HH", ip.head[4:8])
            ip.payload = self.joined(ip, number, (place & 0x1FFF) * 8, place & 0x2000, ip.payload)
        elif ip.version == 6 and ip.protocol == shaker.FRAGMENT:
            ip.protocol, _, place, number = struct.unpack(">BBHI", ip.payload[:8])
            ip.payload = self.joined(ip, number, place & 0xFFF8, place & 1, ip.payload[8:])
        if ip.payload is None:
            return
        if ip.protocol in (4, 41):
            self.packet(ip.payload)
        elif ip.protocol == 47:
            flags = ip.payload[0]
            self.packet(ip.payload[4 + 4 * sum(bool(flags & bit) for bit in (0x80, 0x20, 0x10)):])
        elif ip.protocol == shaker.UDP:
            self.datagram(ip)
        elif ip.protocol == shaker.TCP:
            self.segment(shaker.Segment(ip))

    def joined(self, ip, number, at, more, piece):
        parts = self.fragments.setdefault((ip.source, ip.destination, ip.protocol, number), {})
        parts[at] = piece
        if not more:
            parts["end"] = at + len(piece)
        whole = b"".join(parts[place] for place in sorted(place for place in parts if place != "end"))
        return whole if len(whole) == parts.get("end") else None

    def datagram(self, ip):
        sport, dport, length = struct.unpack(">HHH", ip.payload[:6])
        data = ip.payload[8:length]
        if 2152 in (sport, dport) and data[:1] in (b"\x30", b"\x32", b"\x34"):
            self.packet(data[8 + (4 if data[0] & 7 else 0):])
            return
        kind = kind_of(data)
        if kind:
            self.units.append(unit(self.frame, self.time, "udp", end(ip.source, sport), end(ip.destination, dport), kind, data))

    def segment(self, segment):
        if segment.flags & shaker.SYN:
            self.ways[segment.way] = Way((segment.seq + 1) & 0xFFFFFFFF)
            return
        way = self.ways.setdefault(segment.way, Way(segment.seq))
        data = way.take(segment) if segment.data else b""
        if not data:
            return
        way.octets += data
        way.kind = way.kind or kind_of(way.octets)
        where = (self.frame, self.time, "tcp", end(segment.way[0], segment.sport), end(segment.way[2], segment.dport), way.kind)
        if way.kind in ("sip", "http"):
            while (message := way.message()) is not None:
                self.units.append(unit(*where, message))
        elif way.kind:
            self.units.append(unit(*where, data))
