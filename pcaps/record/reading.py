"""An independent reading of a capture with Scapy: which SIP and HTTP messages are in it, and in which frames.

For the expectations beside the traces; it shares nothing with the capture reader that they are there to test. It takes
pcap files with Ethernet (VLAN tags too) or Linux cooked frames, IPv4 and IPv6 with fragments, IP in IP and GRE, UDP, TCP.
"""
import base64
import dataclasses
import re

from scapy.all import PcapReader
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment

START = re.compile(rb"(?:SIP/2\.0 \d{3} |[A-Z]+ \S+ SIP/2\.0\r\n|HTTP/1\.1 \d{3} |(?:GET|POST) \S+ HTTP/1\.1\r\n)")
KEY_MGMT = re.compile(rb"^a=key-mgmt:(\S+) +(\S*)\r?$", re.M)
ESP, GTPU = 50, 2152             # protocol, port
REPEATED_SECONDS = 32           # 64*T1 (RFC 3261 17)


@dataclasses.dataclass
class Unit:
    """A SIP or HTTP message."""
    octets: bytes
    first_frame: int
    frame: int                  # that completed it
    time: float
    transport: str
    source: str
    destination: str
    repeated: bool = False

    @property
    def first_line(self):
        return self.octets.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def head(self):
        return self.octets.split(b"\r\n\r\n", 1)[0]

    @property
    def body(self):
        return self.octets.split(b"\r\n\r\n", 1)[1]

    @property
    def is_http(self):
        return b"HTTP/1.1" in self.octets.split(b"\r\n", 1)[0]

    @property
    def is_response(self):
        return self.octets.startswith((b"SIP/2.0 ", b"HTTP/1.1 "))

    def header(self, name):
        found = re.search(rb"^" + name.encode() + rb"[ \t]*:[ \t]*([^\r\n]*)", self.head, re.M | re.I)
        return found.group(1).decode("latin-1").strip() if found else None

    def carried(self):
        """(octets or None where it is no base64, carrier, level, attribute or body) of each MIKEY message, in order."""
        kind = (self.header("Content-Type") or "").lower()
        if kind.startswith("application/mikey"):
            return [(plain(self.body, self.header("Content-Transfer-Encoding")), "http" if self.is_http else "sip", None)]
        if kind.startswith("multipart/"):
            return [(plain(body, how), "sip", None) for what, how, body in parts(self.body, self.header("Content-Type"))
                    if what.startswith("application/mikey")]
        if kind.startswith("application/sdp"):
            media = self.body.find(b"\r\nm=")
            return [(decode(found.group(2)), "sdp", "media" if 0 <= media < found.start() else "session")
                    for found in KEY_MGMT.finditer(self.body) if found.group(1) == b"mikey"]
        return []


def decode(text):
    try:
        return base64.b64decode(text, validate=True) or None
    except ValueError:
        return None


def plain(body, encoding):
    if body[:1] == b"\x01" and (encoding or "").lower() != "base64":
        return body
    return decode(b"".join(body.split()))


def parts(body, kind):
    boundary = re.search(r'boundary="?([^";]+)"?', kind).group(1).encode()
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = {line.split(b":", 1)[0].strip().lower(): line.split(b":", 1)[1].strip().decode() for line in head.split(b"\r\n") if b":" in line}
        yield headers.get(b"content-type", "").lower(), headers.get(b"content-transfer-encoding"), content.removesuffix(b"\r\n")


def end(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def plain_esp(octets):
    """(what is in it, next header) of ESP with NULL encryption and an ICV of 12 octets (RFC 4303)."""
    return octets[8:-14 - octets[-14]], octets[-13]


class Stream:
    """One direction of a TCP connection: octets in order, each with the frame that had brought all up to it."""

    def __init__(self, first):
        self.base, self.pieces, self.octets, self.frames = first, {}, bytearray(), []

    def take(self, sequence, payload, frame):
        at = (sequence - self.base) & 0xFFFFFFFF
        if at >= 1 << 31:                       # before the beginning
            at -= 1 << 32
        self.pieces.setdefault(frame, (at, payload))
        progress = True
        while progress:
            progress = False
            for key, (start, data) in list(self.pieces.items()):
                have = len(self.octets)
                if start + len(data) <= have:
                    del self.pieces[key]
                elif start <= have:
                    new = data[have - start:]
                    self.octets += new
                    self.frames += [(key, frame)] * len(new)
                    del self.pieces[key]
                    progress = True


class Reading:
    """The frames of a capture: `units`, in the order of the frames that completed them; `streams` by direction."""

    def __init__(self, path):
        self.num_frames, self.fragments, self.streams, self.times, self.units = 0, {}, {}, {}, []
        with PcapReader(str(path)) as reader:
            for packet in reader:
                self.num_frames += 1
                self.times[self.num_frames] = float(packet.time)
                self.network(packet, self.num_frames, self.num_frames)
        for key, stream in self.streams.items():
            self.cut(key, stream)
        self.units.sort(key=lambda unit: (unit.frame, unit.first_frame))
        self.mark_repeated()

    # --- from a frame to datagrams and streams -------------------------------------------------------------------

    def network(self, packet, frame, first):
        outer = self.outer(packet)
        if not outer:
            return
        if isinstance(outer, IP) and (outer.flags.MF or outer.frag):
            self.fragment((outer.src, outer.dst, outer.id, outer.proto), outer.frag * 8, bytes(outer.payload), not outer.flags.MF, frame, outer)
        elif isinstance(outer, IPv6) and outer.haslayer(IPv6ExtHdrFragment):
            header = outer.getlayer(IPv6ExtHdrFragment)
            self.fragment((outer.src, outer.dst, header.id, header.nh), header.offset * 8, bytes(header.payload), not header.m, frame, outer)
        elif isinstance(outer, IP) and outer.proto == ESP:
            octets, protocol = plain_esp(bytes(outer)[20:outer.len])
            header = (UDP if protocol == 17 else TCP)(octets)
            self.transport(outer.src, outer.dst, header, octets[8 if protocol == 17 else header.dataofs * 4:], frame, first)
        else:
            inner = outer.payload
            while inner and not isinstance(inner, (UDP, TCP, IP, IPv6)):
                inner = inner.payload
            if isinstance(inner, (IP, IPv6)):
                self.network(inner, frame, first)
            elif isinstance(inner, UDP) and inner.dport == GTPU:
                octets = self.payload_of(outer, inner)[8:]
                self.network((IP if octets[0] >> 4 == 4 else IPv6)(octets), frame, first)
            elif inner:
                self.transport(outer.src, outer.dst, inner, self.payload_of(outer, inner), frame, first)

    @staticmethod
    def outer(packet):
        layer = packet
        while layer and not isinstance(layer, (IP, IPv6)):
            layer = layer.payload
        return layer

    @staticmethod
    def payload_of(network, transport):
        """Without the padding of short frames."""
        raw = bytes(network)
        length = network.len if isinstance(network, IP) else 40 + network.plen
        before = len(raw) - len(bytes(transport))
        header = 8 if isinstance(transport, UDP) else transport.dataofs * 4
        return raw[before + header:length]

    def fragment(self, key, offset, octets, last, frame, network):
        known = self.fragments.setdefault(key, {"pieces": {}, "length": None, "first": frame})
        known["pieces"].setdefault(offset, octets)
        if last:
            known["length"] = offset + len(octets)
        whole, at = b"", 0
        while at in known["pieces"]:
            whole += known["pieces"][at]
            at = len(whole)
        if known["length"] is None or len(whole) < known["length"]:
            return
        del self.fragments[key]
        if key[3] == 17:
            self.transport(network.src, network.dst, UDP(whole), whole[8:], frame, known["first"])

    def transport(self, source, destination, header, payload, frame, first):
        ends = (end(source, header.sport), end(destination, header.dport))
        if isinstance(header, UDP):
            if START.match(payload):
                self.units.append(Unit(payload, first, frame, self.times[frame], "udp", *ends))
            return
        if header.flags.S:
            self.streams[ends] = Stream((header.seq + 1) & 0xFFFFFFFF) if ends not in self.streams else self.streams[ends]
        elif payload:
            self.streams.setdefault(ends, Stream(header.seq)).take(header.seq, payload, frame)

    # --- messages ----------------------------------------------------------------------------------------------------

    def cut(self, ends, stream):
        octets, at = bytes(stream.octets), 0
        while at < len(octets):
            if octets[at:at + 2] == b"\r\n":
                at += 2
                continue
            if not START.match(octets[at:]):
                return
            body = octets.find(b"\r\n\r\n", at)
            length = re.search(rb"^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)", octets[at:body], re.M | re.I)
            stop = body + 4 + int(length.group(1) if length else 0)
            if body < 0 or stop > len(octets):
                return
            frame = max(done for _, done in stream.frames[at:stop])
            self.units.append(Unit(octets[at:stop], stream.frames[at][0], frame, self.times[frame], "tcp", *ends))
            at = stop

    def mark_repeated(self):
        """Over UDP, octet for octet one before from the same source to the same destination."""
        last = {}
        for unit in self.units:
            if unit.transport == "udp":
                where = (unit.source, unit.destination, unit.octets)
                unit.repeated = where in last and unit.time - last[where] <= REPEATED_SECONDS
                last[where] = unit.time

    def sip(self):
        return [unit for unit in self.units if not unit.is_http and not unit.repeated]

    def first_data(self, source, destination):
        """The frame of the first octets that a connection to `destination` (address:port) carried, from either end."""
        frames = [stream.frames[0][0] for (a, b), stream in self.streams.items()
                  if stream.frames and destination in (a, b) and (source is None or (a if b == destination else b).startswith(source))]
        return min(frames) if frames else None

    def certificate(self, source, destination):
        """The frame in which the Certificate message (TLS 1.2, RFC 5246 7.4.2) from one address to the other begins."""
        for (a, b), stream in self.streams.items():
            if a.rpartition(":")[0] != source or b.rpartition(":")[0] != destination:
                continue
            octets, at, handshake, frames = bytes(stream.octets), 0, b"", []
            while at + 5 <= len(octets) and octets[at] == 22:
                length = int.from_bytes(octets[at + 3:at + 5], "big")
                handshake += octets[at + 5:at + 5 + length]
                frames += stream.frames[at + 5:at + 5 + length]
                at += 5 + length
            at = 0
            while at + 4 <= len(handshake):
                if handshake[at] == 11:
                    return frames[at][0]
                at += 4 + int.from_bytes(handshake[at + 1:at + 4], "big")
        return None
