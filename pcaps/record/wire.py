#!/usr/bin/python3
"""A wire between two interfaces that loses, repeats, delays and reorders frames, or puts them into another layer on a trunk.

For kernels without the qdisc netem and without VLAN, GRE and IPIP devices; where tc netem works, network.py uses that.

usage: wire.py impair SEED LOSS DUPLICATE REORDER DELAY_MS INNER OUTER
       wire.py vlan|qinq|ipip|gre|gtpu|esp INNER TRUNK_A TRUNK_B OUTER

impair: frames go between INNER and OUTER; probabilities in percent. Otherwise frames of INNER go wrapped over TRUNK_A to TRUNK_B
and unwrapped on to OUTER, and back. Ends by SIGTERM.
"""
import hashlib
import heapq
import hmac
import itertools
import random
import select
import socket
import struct
import sys
import time

ETH_P_ALL, PACKET_OUTGOING = 3, 4
LONGEST = 65536
ENDS = (socket.inet_aton("198.51.100.201"), socket.inet_aton("198.51.100.202"))
ESP_KEY = b"a key of a test, no secret"
KEEP_REORDERED = 0.03


def opened(interface):
    handle = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    handle.bind((interface, 0))
    return handle


def received(handle):
    frame, address = handle.recvfrom(LONGEST)
    return None if address[2] == PACKET_OUTGOING else frame


def impair(seed, loss, duplicate, reorder, delay, inner, outer):
    chance, waiting, order = random.Random(seed), [], itertools.count()
    one, other = opened(inner), opened(outer)
    target = {one: other, other: one}
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, where, frame = heapq.heappop(waiting)
            where.send(frame)
        until = max(0, waiting[0][0] - now) if waiting else None
        for handle in select.select([one, other], [], [], until)[0]:
            frame = received(handle)
            if frame is None:
                continue
            plain = frame[12:14] not in (b"\x08\x00", b"\x86\xdd")         # ARP goes through
            if not plain and chance.random() * 100 < loss:
                continue
            copies = 2 if not plain and chance.random() * 100 < duplicate else 1
            for _ in range(copies):
                late = KEEP_REORDERED if not plain and chance.random() * 100 < reorder else 0
                heapq.heappush(waiting, (time.monotonic() + delay / 1000 + late, next(order), target[handle], frame))


# --- layers -------------------------------------------------------------------------------------------------------

def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def outer_ip(protocol, payload, forward):
    source, destination = ENDS if forward else ENDS[::-1]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, source, destination)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


class Layers:
    def __init__(self, kind):
        self.kind, self.sequence = kind, {True: 0, False: 0}

    def wrap(self, frame, forward):
        kind, ip = frame[12:14], frame[14:]
        if self.kind in ("vlan", "qinq"):
            tag = struct.pack("!HH", 0x8100, 7)
            outer = struct.pack("!HH", 0x88A8, 100) if self.kind == "qinq" else b""
            return frame[:12] + outer + tag + frame[12:]
        if kind not in (b"\x08\x00", b"\x86\xdd"):
            return frame
        if self.kind == "ipip":
            return frame[:12] + b"\x08\x00" + outer_ip(4 if kind == b"\x08\x00" else 41, ip, forward)
        if self.kind == "gre":
            return frame[:12] + b"\x08\x00" + outer_ip(47, b"\0\0" + kind + ip, forward)
        if self.kind == "gtpu":
            gtp = struct.pack("!BBHI", 0x30, 0xFF, len(ip), 0x1001 if forward else 0x1002) + ip
            return frame[:12] + b"\x08\x00" + outer_ip(17, struct.pack("!HHHH", 2152, 2152, 8 + len(gtp), 0) + gtp, forward)
        return self.esp(frame, forward)

    def esp(self, frame, forward):
        """Transport mode, NULL encryption, HMAC-SHA-1-96 (TS 33.203, RFC 4303): IPv4 without fragments."""
        ip = frame[14:]
        if frame[12:14] != b"\x08\x00" or ip[9] not in (6, 17) or struct.unpack("!H", ip[6:8])[0] & 0x3FFF:
            return frame
        length = struct.unpack("!H", ip[2:4])[0]
        payload = ip[20:length]
        self.sequence[forward] += 1
        padding = bytes(range(1, 1 + (-(len(payload) + 2)) % 4))
        body = struct.pack("!II", 0x2001 if forward else 0x2002, self.sequence[forward]) + payload + padding + bytes([len(padding), ip[9]])
        body += hmac.new(ESP_KEY, body, hashlib.sha1).digest()[:12]
        head = ip[:2] + struct.pack("!H", 20 + len(body)) + ip[4:9] + b"\x32\0\0" + ip[12:20]
        return frame[:14] + head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body

    def unwrap(self, frame):
        if self.kind in ("vlan", "qinq"):           # the kernel may have taken the outer tag off
            while frame[12:14] in (b"\x81\x00", b"\x88\xa8"):
                frame = frame[:12] + frame[16:]
            return frame
        if frame[12:14] != b"\x08\x00":
            return frame
        if self.kind == "esp":
            return self.plain(frame)
        skip = {"ipip": 34, "gre": 38, "gtpu": 50}[self.kind]
        return frame[:12] + (b"\x08\x00" if frame[skip] >> 4 == 4 else b"\x86\xdd") + frame[skip:]

    @staticmethod
    def plain(frame):
        ip = frame[14:14 + struct.unpack("!H", frame[16:18])[0]]
        if ip[9] != 50:
            return frame
        body = ip[20:-12]
        padding, protocol = body[-2], body[-1]
        payload = body[8:len(body) - 2 - padding]
        head = ip[:2] + struct.pack("!H", 20 + len(payload)) + ip[4:9] + bytes([protocol]) + b"\0\0" + ip[12:20]
        return frame[:14] + head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def trunk(kind, inner, near, far, outer):
    layers = Layers(kind)
    handles = [opened(name) for name in (inner, near, far, outer)]
    one, first, second, other = handles
    while True:
        for handle in select.select(handles, [], [])[0]:
            frame = received(handle)
            if frame is None:
                continue
            if handle is one:
                first.send(layers.wrap(frame, True))
            elif handle is other:
                second.send(layers.wrap(frame, False))
            elif handle is second:
                other.send(layers.unwrap(frame))
            else:
                one.send(layers.unwrap(frame))


def main(words):
    if words[0] == "impair":
        impair(*(float(word) for word in words[1:6]), *words[6:])
    else:
        trunk(*words)


if __name__ == "__main__":
    main(sys.argv[1:])
