"""Makes captures by hand: SIP with a MIKEY message, IP packets, link layers, pcap and pcapng files."""
import base64
import ipaddress
import struct

EN10MB, NULL, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 1, 0, 101, 108, 113, 228, 229, 276

SDP = ("v=0\r\no=alice 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n{session}"
       "m=audio 49170 RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n{media}")


def attribute(octets):
    return "a=key-mgmt:mikey " + base64.b64encode(octets).decode("ascii") + "\r\n"


def sdp(session=b"", media=b""):
    """A description with a message at session level, at media level, or with neither."""
    return SDP.format(session=attribute(session) if session else "", media=attribute(media) if media else "")


def signalling(call_id="1@example.com", cseq="1 INVITE"):
    """The headers that every SIP message has (RFC 3261 8.1.1)."""
    return (f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{call_id}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=1\r\n"
            f"To: <sip:bob@example.com>\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\n")


def invite(body, content_type="application/sdp", length=True, more="", call_id="1@example.com"):
    headers = f"INVITE sip:bob@example.com SIP/2.0\r\n{signalling(call_id)}{more}Content-Type: {content_type}\r\n"
    if length:
        headers += f"Content-Length: {len(body)}\r\n"
    return (headers + "\r\n" + body).encode("ascii")


def udp(data, sport=5060, dport=5070, length=None):
    return 17, struct.pack(">HHHH", sport, dport, 8 + len(data) if length is None else length, 0) + data


def tcp(data, seq, flags=0x18, sport=5060, dport=5070):
    return 6, struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, 0, 5 << 4, flags, 65535, 0, 0) + data


def ipv4(inner, source="192.0.2.1", destination="192.0.2.2", fragment=0, options=b"", total=None):
    protocol, data = inner
    header = 20 + len(options)
    length = header + len(data) if total is None else total
    return struct.pack(">BBHHHBBH4s4s", 0x40 | header // 4, 0, length, 1, fragment, 64, protocol, 0,
                       ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed) + options + data


def ipv6(inner, source="2001:db8::1", destination="2001:db8::2", extensions=(), length=None):
    """`extensions`: (header number, octets without the Next Header octet) from the outside in."""
    protocol, data = inner
    for number, octets in reversed(extensions):
        data = bytes([protocol]) + octets + data
        protocol = number
    return struct.pack(">IHBB16s16s", 6 << 28, len(data) if length is None else length, protocol, 64,
                       ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed) + data


def ethernet(packet, tags=()):
    """In Ethernet with VLAN tags of these EtherTypes."""
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    types = list(tags) + [kind]
    tagged = b"".join(struct.pack(">HH", 7, following) for following in types[1:])
    return bytes(12) + struct.pack(">H", types[0]) + tagged + packet


def pcap(packets, link=EN10MB, snaplen=262144, big_endian=False, nanoseconds=False):
    """A capture of these packets, cut to the snapshot length."""
    order = ">" if big_endian else "<"
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)]
    for number, packet in enumerate(packets):
        captured = packet[:snaplen]
        out.append(struct.pack(order + "IIII", 1795229999 + number, 500, len(captured), len(packet)) + captured)
    return b"".join(out)


def pcapng(packets, link=EN10MB):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        total = len(body) + 12
        return struct.pack("<II", kind, total) + body + struct.pack("<I", total)
    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", link, 0, 0))]
    for number, packet in enumerate(packets):
        out.append(block(6, struct.pack("<IIIII", 0, 0, number, len(packet), len(packet)) + packet))
    return b"".join(out)
