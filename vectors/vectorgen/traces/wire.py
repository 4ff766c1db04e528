"""Units as packets in a pcap file of raw IP (link type 101), with right lengths and checksums."""

import ipaddress
import struct

RAW_IP, UDP, TCP = 101, 17, 6
SYN, ACK, PSH, FIN = 2, 16, 8, 1


def split_end(end):
    host, _, port = end.rpartition(":")
    return ipaddress.ip_address(host.strip("[]")), int(port)


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(source, destination, protocol, segment, at):
    """`at`: where the checksum of the segment stands in it."""
    if source.version == 4:
        pseudo = source.packed + destination.packed + struct.pack(">BBH", 0, protocol, len(segment))
    else:
        pseudo = source.packed + destination.packed + struct.pack(">II", len(segment), protocol)
    value = checksum(pseudo + segment) or 0xFFFF
    segment = segment[:at] + struct.pack(">H", value) + segment[at + 2:]
    if source.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(segment), protocol, 64) + source.packed + destination.packed + segment
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0x4000, 64, protocol, 0) + source.packed + destination.packed
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + segment


class Connection:
    """A TCP connection between two ends; who sends first has opened it."""

    def __init__(self, source, destination):
        self.opener, self.next = source, {source: 1000, destination: 5000}

    def segment(self, source, destination, flags, octets=b""):
        (here, port), (there, other_port) = split_end(source), split_end(destination)
        acked = 0 if flags == SYN else self.next[destination]
        head = struct.pack(">HHIIBBHHH", port, other_port, self.next[source], acked, 5 << 4, flags, 65535, 0, 0)
        self.next[source] += len(octets) + bool(flags & (SYN | FIN))
        return ip_packet(here, there, TCP, head + octets, 16)


class Capture:
    def __init__(self):
        self.frames, self.connections = [], {}

    def add(self, time, packet):
        self.frames.append((time, packet))
        return len(self.frames)

    def unit(self, time, transport, source, destination, octets):
        """The number of the frame that the unit is in."""
        if transport == "udp":
            (here, port), (there, other_port) = split_end(source), split_end(destination)
            head = struct.pack(">HHHH", port, other_port, 8 + len(octets), 0)
            return self.add(time, ip_packet(here, there, UDP, head + octets, 6))
        ends = frozenset((source, destination))
        connection = self.connections.get(ends)
        if connection is None:
            connection = self.connections[ends] = Connection(source, destination)
            connection.ends = (source, destination)
            self.add(time - 0.003, connection.segment(source, destination, SYN))
            self.add(time - 0.002, connection.segment(destination, source, SYN | ACK))
            self.add(time - 0.001, connection.segment(source, destination, ACK))
        return self.add(time, connection.segment(source, destination, PSH | ACK, octets))

    def finish(self, time):
        """Ends the connections, and gives the file."""
        for connection in self.connections.values():
            source, destination = connection.ends
            self.add(time, connection.segment(source, destination, FIN | ACK))
            self.add(time, connection.segment(destination, source, FIN | ACK))
            self.add(time, connection.segment(source, destination, ACK))
        out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, RAW_IP)]
        for at, packet in self.frames:
            micros = round(at * 1000000)
            out.append(struct.pack("<IIII", micros // 1000000, micros % 1000000, len(packet), len(packet)) + packet)
        return b"".join(out)
