"""Frames of a pcap file taken on an Ethernet-like loopback device, and their UDP or TCP payload.

Small on purpose: it reads what tcpdump has just written, to say which frames carry what. It shares nothing with the
capture reader that the traces are there to test.
"""
import struct


def payloads(octets):
    """Yields (frame number, payload) for each frame; the payload is empty where there is none."""
    magic, _, _, _, _, _, link = struct.unpack("<IHHiIII", octets[:24])
    if magic not in (0xA1B2C3D4, 0xA1B23C4D) or link & 0xFFFF != 1:
        raise ValueError("not a little-endian Ethernet capture")
    at, frame = 24, 0
    while at < len(octets):
        _, _, captured, original = struct.unpack("<IIII", octets[at:at + 16])
        if captured != original:
            raise ValueError(f"frame {frame + 1} was cut short")
        frame += 1
        yield frame, _payload(octets[at + 16:at + 16 + captured])
        at += 16 + captured


def _payload(packet):
    ether_type = struct.unpack(">H", packet[12:14])[0]
    ip = packet[14:]
    if ether_type == 0x0800:
        header, protocol, total = (ip[0] & 15) * 4, ip[9], struct.unpack(">H", ip[2:4])[0]
    elif ether_type == 0x86DD:
        header, protocol, total = 40, ip[6], 40 + struct.unpack(">H", ip[4:6])[0]
    else:
        return b""
    inner = ip[header:total]
    if protocol == 17:
        return inner[8:]
    if protocol == 6:
        return inner[(inner[12] >> 4) * 4:]
    return b""
