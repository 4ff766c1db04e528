"""Places below signalling: addresses of links, tunnels, options of IP and TCP, what stands behind a packet, and what pcapng says of a capture. Each has a capture of its own."""

import ipaddress
import struct

import packets as p
from canaries import Book

INVITE = p.invite(p.sdp())
WORDS, ADDRESSES = ("words", "phone", "name", "binary"), ("ipv4", "ipv6")


def padded(octets, to=4):
    return octets + bytes(-len(octets) % to)


def block(kind, body):
    body = padded(body)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def options(*some):
    return b"".join(struct.pack("<HH", code, len(value)) + padded(value) for code, value in some) + bytes(4)


def pcapng(section=(), interface=(), packet=(), before=b"", behind=b""):
    frame = p.ethernet(p.ipv4(p.udp(INVITE)))
    return (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + (options(*section) if section else b"")) + block(1, struct.pack("<HHI", 1, 0, 0) + (options(*interface) if interface else b"")) + before
            + block(6, struct.pack("<IIIII", 0, 0, 0, len(frame), len(frame)) + padded(frame) + (options(*packet) if packet else b"")) + behind)


PCAPNG = {"comment of the section": lambda o: pcapng(section=[(1, o)]), "hardware": lambda o: pcapng(section=[(2, o)]), "system": lambda o: pcapng(section=[(3, o)]), "application": lambda o: pcapng(section=[(4, o)]), "name of the interface": lambda o: pcapng(interface=[(2, o)]), "description": lambda o: pcapng(interface=[(3, o)]),
          "comment of the interface": lambda o: pcapng(interface=[(1, o)]), "filter": lambda o: pcapng(interface=[(11, b"\0" + o)]), "system of the interface": lambda o: pcapng(interface=[(12, o)]), "hardware of the interface": lambda o: pcapng(interface=[(15, o)]), "comment of a packet": lambda o: pcapng(packet=[(1, o)]), "unknown option": lambda o: pcapng(packet=[(0x7777, o)]),
          "name resolution": lambda o: pcapng(before=block(4, struct.pack("<HH", 1, 4 + len(o) + 1) + padded(bytes([192, 0, 2, 1]) + o + b"\0") + bytes(4))), "secrets": lambda o: pcapng(before=block(10, struct.pack("<II", 0x544C534B, len(o)) + o)), "statistics": lambda o: pcapng(behind=block(5, struct.pack("<III", 0, 0, 0) + options((1, o)))),
          "custom block": lambda o: pcapng(behind=block(0xBAD, struct.pack("<I", 32473) + o)), "journal": lambda o: pcapng(behind=block(9, b"MESSAGE=" + o)), "unknown block": lambda o: pcapng(behind=block(0x7777, o))}


def ether(packet, source=bytes(6), destination=bytes(6), kind=0x0800, behind=b""):
    return p.pcap([destination + source + struct.pack(">H", kind) + packet + behind])


def four(inner=None, **more):
    return p.ipv4(inner or p.udp(INVITE), **more)


def tcp_with(options_of_it):
    opts = padded(options_of_it)
    frames = []
    for seq, flags, data in ((99, 2, b""), (100, 0x18, INVITE)):
        frames.append(p.ipv4((6, struct.pack(">HHIIBBHHH", 5060, 5070, seq, 0, (20 + len(opts)) // 4 << 4, flags, 65535, 0, 0) + opts + data)))
    return p.pcap([p.ethernet(frame) for frame in frames])


def of_ip(name, kind, octets):
    """Captures of a canary in or beside packets of IP."""
    six = p.ipv6(p.udp(INVITE))
    header = padded(bytes([0x1E, len(octets)]) + octets, 8)
    header += bytes((6 - len(header)) % 8)
    return {"behind the packet": lambda: ether(four(), behind=octets), "behind the datagram": lambda: ether(four((17, p.udp(INVITE)[1] + octets))), "padding of a frame": lambda: p.pcap([p.ethernet(four()), bytes(12) + b"\x08\0" + p.ipv4(p.tcp(b"", 9)) + padded(octets)]),
            "option of IPv4": lambda: ether(four(options=padded(bytes([0x99, 2 + len(octets)]) + octets))), "option of TCP": lambda: tcp_with(bytes([0xFD, 2 + len(octets)]) + octets), "options of IPv6, hop by hop": lambda: ether(p.ipv6(p.udp(INVITE), extensions=[(0, bytes([(len(header) + 2) // 8 - 1]) + header)]), kind=0x86DD),
            "options of IPv6, destination": lambda: ether(p.ipv6(p.udp(INVITE), extensions=[(60, bytes([(len(header) + 2) // 8 - 1]) + header)]), kind=0x86DD), "LLDP": lambda: p.pcap([p.ethernet(four()), bytes(12) + b"\x88\xcc" + bytes([10, len(octets)]) + octets + b"\0\0"]),
            "behind IPv6": lambda: ether(six, kind=0x86DD, behind=octets), "ICMP": lambda: p.pcap([p.ethernet(four()), p.ethernet(p.ipv4((1, b"\x08\0\0\0\0\1\0\1" + octets)))])}[name]()


IP_PLACES = ("behind the packet", "behind the datagram", "padding of a frame", "option of IPv4", "option of TCP", "options of IPv6, hop by hop", "options of IPv6, destination", "LLDP", "behind IPv6", "ICMP")
LINKS = {"Ethernet, source": lambda m: ether(four(), source=m), "Ethernet, destination": lambda m: ether(four(), destination=m), "Ethernet, VLAN": lambda m: p.pcap([m + bytes(6) + b"\x81\0\0\7\x08\0" + four()]), "cooked": lambda m: p.pcap([struct.pack(">HHH", 0, 1, 6) + m + b"\0\0\x08\0" + four()], p.SLL),
         "cooked, version 2": lambda m: p.pcap([struct.pack(">HHIHBB", 0x0800, 0, 1, 1, 0, 6) + m + b"\0\0" + four()], p.SLL2), "ARP": lambda m: p.pcap([p.ethernet(four()), b"\xff" * 6 + m + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + m + bytes(14)]),
         "PPPoE": lambda m: p.pcap([bytes(6) + m + b"\x88\x64" + struct.pack(">BBHHH", 0x11, 0, 1, len(four()) + 2, 0x21) + four()]), "VXLAN": lambda m: ether(four(p.udp(b"\x08\0\0\0\0\0\1\0" + bytes(6) + m + b"\x08\0" + four(), 4444, 4789)))}
TUNNELS = {"IP in IP": lambda a: ether(four((4, four()), source=a)), "GRE": lambda a: ether(four((47, b"\0\0\x08\0" + four()), destination=a)), "GTP-U": lambda a: ether(four(p.udp(b"\x30\xff" + struct.pack(">HI", len(four()), 7) + four(), 2152, 2152), source=a)),
           "record of a route": lambda a: ether(four(options=bytes([7, 7, 8]) + ipaddress.ip_address(a).packed + b"\0")), "error of ICMP": lambda a: p.pcap([p.ethernet(four()), p.ethernet(p.ipv4((1, b"\3\3\0\0\0\0\0\0" + four(source=a))))]), "source": lambda a: ether(four(source=a)), "destination": lambda a: ether(four(destination=a)),
           "source of TCP": lambda a: p.pcap([p.ethernet(p.ipv4(p.tcp(b"", 99, 2), source=a)), p.ethernet(p.ipv4(p.tcp(INVITE, 100), source=a))]), "source of what is left out": lambda a: p.pcap([p.ethernet(four()), p.ethernet(four(p.udp(b"told", 9, 9), source=a))])}


def places():
    book = Book("link")
    for name, make in PCAPNG.items():
        for kind in ("words", "name"):
            canary = book.canary(name, kind)
            book.add(name, canary, make(canary.octets()))
    for name in IP_PLACES:
        for kind in ("words", "binary"):
            canary = book.canary(name, kind)
            book.add(name, canary, of_ip(name, kind, canary.octets()))
    for name, make in LINKS.items():
        canary = book.canary(name, "mac")
        book.add(name, canary, make(bytes.fromhex(canary.text.replace(":", ""))))
    for name, make in TUNNELS.items():
        canary = book.canary(name, "ipv4")
        book.add(name, canary, make(canary.text))
    for name, six in (("source, IPv6", True), ("destination, IPv6", False)):
        canary = book.canary(name, "ipv6")
        book.add(name, canary, p.pcap([p.ethernet(p.ipv6(p.udp(INVITE), **({"source": canary.text} if six else {"destination": canary.text})))]))
    canary = book.canary("routing header", "ipv6")
    book.add("routing header", canary, p.pcap([p.ethernet(p.ipv6(p.udp(INVITE), extensions=[(43, bytes([2, 0, 0, 0, 0, 0, 0]) + ipaddress.ip_address(canary.text).packed)]))]))
    return book
