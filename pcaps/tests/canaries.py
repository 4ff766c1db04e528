"""Canaries: what stands for something that tells of somebody, each but once and made from the name of its place, and where they could still be in what was written.

A place is where a capture can hold such a thing. Nothing here knows what `pcap scrub` does with it."""

import base64
import binascii
import collections
import hashlib
import html
import ipaddress
import quopri
import random
import re
import string
import urllib.parse
import zlib

import packets as p

Place = collections.namedtuple("Place", "name canary frames")       # frames: IP packets, or the octets of a capture of its own
LETTERS = string.ascii_letters + string.digits


class Canary:
    """`text`: as it is written (octets for `binary`)."""

    def __init__(self, place, kind):
        self.kind, self.random = kind, random.Random(hashlib.sha256(f"{place}/{kind}".encode()).digest())
        self.text = getattr(self, kind)()

    def word(self, length):
        return self.random.choice(string.ascii_letters) + "".join(self.random.choices(LETTERS, k=length - 1))

    def words(self):
        return self.word(self.random.randrange(10, 15))

    def short(self):
        return self.word(6)

    def phone(self):
        return "+4915" + "".join(self.random.choices(string.digits, k=9))

    def imei(self):
        return "35" + "".join(self.random.choices(string.digits, k=13))

    def ipv4(self):
        return str(ipaddress.IPv4Address(self.random.randrange(0x0B000000, 0x7E000000)))

    def ipv6(self):
        return str(ipaddress.IPv6Address((0x20010DB8 << 96) | self.random.getrandbits(96)))

    def mac(self):
        return "02" + "".join(f":{self.random.randrange(256):02x}" for _ in range(5))

    def name(self):
        return "".join(self.random.choices("äöüßéèçñšžøåłąęіжщюя", k=8))

    def binary(self):
        return bytes(self.random.choices(range(128, 256), k=12))

    def octets(self):
        return self.text if isinstance(self.text, bytes) else self.text.encode()

    def forms(self):
        """Octets, none of which may be anywhere: in small letters but for the short ones, which could be there by chance."""
        text = self.text
        if self.kind == "binary":
            return {text}
        if self.kind in ("ipv4", "ipv6"):
            address = ipaddress.ip_address(text)
            return {text.lower().encode(), address.exploded.encode(), address.packed}
        if self.kind == "mac":
            plain = text.replace(":", "")
            return {text.encode(), text.replace(":", "-").encode(), plain.encode(), bytes.fromhex(plain)}
        if self.kind == "phone":
            return {text[3:].encode()}
        if self.kind == "short":
            return {text.encode(), text.lower().encode(), text.upper().encode()}
        return {text.lower().encode(), text.upper().lower().encode()}

    def is_in(self, views):
        return any(form in (views.exact if self.kind in ("short", "binary") else views.low) or form in views.exact for form in self.forms())


class Views:
    """What was written, what its streams carry, and what these say once what is packed or written in another way is undone, to a depth of two."""

    def __init__(self, octets, depth=2):
        again = [octets, *streams(octets)]
        parts = list(again)
        for _ in range(depth):
            again = [part for one in again for part in undone(one) if part]
            parts += again
        self.exact = b"\0".join(parts)
        self.low = self.exact.lower() + b"\0" + octets.decode("utf-8", "ignore").lower().encode()

    def holding(self, canaries):
        """Those of the canaries that are in it. The last octets of each form are looked up among all pieces that long; what is there is looked at as a whole."""
        wanted = {form[-length:] for one in canaries for form in one.forms() for length in (6, 4) if len(form) >= length}
        there = set()
        for view, length in ((self.exact, 6), (self.low, 6), (self.exact, 4)):
            some = {piece for piece in wanted if len(piece) == length}
            for at in range(0, len(view), 1 << 17):
                part = view[at:at + (1 << 17) + length - 1]
                there |= some & {part[i:i + length] for i in range(len(part) - length + 1)}
        return {one for one in canaries if any(form[-(6 if len(form) > 5 else 4):] in there for form in one.forms()) and one.is_in(self)}


def put(places):
    """The canaries that are where they were put; what is undone is only that of the places where they do not stand as they are."""
    there = Views(capture_of(places), 0).holding([place.canary for place in places])
    others = [place for place in places if place.canary not in there]
    return there | Views(capture_of(others)).holding([place.canary for place in others])


def streams(capture):
    """What the packets of a capture of IP carry, put together by the ends, or from fragments, in the order in which they stand."""
    out, at, link = {}, 24, 14 if capture[20:21] == b"\1" else 0
    while at + 16 <= len(capture):
        kept = int.from_bytes(capture[at + 8:at + 12], "little")
        packet = capture[at + 16 + link:at + 16 + kept]
        at += 16 + kept
        if packet[:1] and packet[0] >> 4 == 4:
            head, ends, protocol, place = 4 * (packet[0] & 15), packet[12:20], packet[9], int.from_bytes(packet[6:8], "big") & 0x3FFF
        else:
            head, ends, protocol, place = 40, packet[8:40], packet[6] if len(packet) > 6 else 0, 0
        inner = packet[head:]
        skip = 0 if place & 0x1FFF else 8 if protocol in (17, 44) else 4 * (inner[12] >> 4) if protocol == 6 and len(inner) > 12 else 0
        key = (ends, packet[4:6]) if place or protocol == 44 else (ends, inner[:4]) if protocol == 6 else at
        out.setdefault(key, []).append(inner[skip:])
    whole = [b"".join(parts) for parts in out.values() if len(parts) > 1]
    return whole + [in_records(octets) for octets in whole if octets[:2] == b"\x16\3"] + [in_records(parts[0]) for parts in out.values() if len(parts) == 1 and parts[0][:2] == b"\x16\3"]


def in_records(octets):
    """What the records of TLS hold."""
    out, at = b"", 0
    while at + 5 <= len(octets):
        size = int.from_bytes(octets[at + 3:at + 5], "big")
        out += octets[at + 5:at + 5 + size]
        at += 5 + size
    return out


def undone(octets):
    """Of what is written in a way of its own, the words that are."""
    words, lines = re.findall(rb"[!-~]{3,}", octets), re.findall(rb"[^\x00-\x08\x0a-\x1f]{2,}", octets)

    def of(some, mark, undo):
        return b"\0".join(undo(one) for one in some if mark in one)
    yield b"\0".join(one.replace(b"\0", b"") for one in re.findall(rb"(?:[\x01-\xff]\0){4,}[\x01-\xff]?|(?:\0[\x01-\xff]){4,}", octets))   # UTF-16
    yield of(words, b"%", urllib.parse.unquote_to_bytes)
    yield of(lines, b"\\", lambda one: re.sub(rb"\\(.)", rb"\1", one))
    yield b"\0".join(re.sub(rb"\r\n[ \t]+", b"", one) for one in re.findall(rb"\n[^\n]*\r(?:\n[ \t][^\r\n]*\r)+", octets))
    yield of(words, b"&", lambda one: html.unescape(one.decode("latin-1")).encode("utf-8", "ignore"))
    yield of(re.findall(rb"[!-~]{3,}(?:=\r?\n[!-~]+)*", octets), b"=", quopri.decodestring)
    yield b"\0".join(one.translate(None, b"-.()") for one in re.findall(rb"\+[0-9().-]{8,}", octets))
    yield b"\0".join(binascii.unhexlify(text[:len(text) // 2 * 2]) for text in re.findall(rb"[0-9A-Fa-f]{12,}", octets))
    yield b"\0".join(binascii.unhexlify(re.sub(rb"[:-]", b"", text)) for text in re.findall(rb"(?:[0-9A-Fa-f]{2}[:-]){5,}[0-9A-Fa-f]{2}", octets))
    yield b"\0".join(part for text in re.findall(rb"[A-Za-z0-9+/_-]{10,}(?:\r?\n ?[A-Za-z0-9+/_-]{10,})*", octets) for part in of_base64(re.sub(rb"[\r\n ]", b"", text)))
    yield b"\0".join(unpacked(octets))


def of_base64(text):
    text = text.translate(bytes.maketrans(b"-_", b"+/"))
    for front in range(4):
        part = text[front:]
        yield base64.b64decode(part[:len(part) // 4 * 4] + (part[len(part) // 4 * 4:] + b"==")[:4] * (len(part) % 4 > 1))


def unpacked(octets):
    for start in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", octets):
        machine = zlib.decompressobj(47)
        try:
            yield machine.decompress(octets[start.start():], 1 << 20)
        except zlib.error:
            pass


KINDS = ("words", "short", "phone", "ipv4", "ipv6", "mac", "name")


class Book:
    """Places in the making. Each gets an address, ports and a Call-ID of its own."""

    def __init__(self, carrier):
        self.carrier, self.places, self.ends, self.names = carrier, [], [], set()

    def canary(self, name, kind):
        return Canary(f"{self.carrier}/{name}", kind)

    def end(self):
        number = len(self.ends)
        base = int(hashlib.sha256(self.carrier.encode()).hexdigest()[:2], 16)
        address = f"{128 + base % 40}.{20 + number // 8192}.{number // 32 % 256}.{7 * (number % 32) + 5}"
        self.ends.append(address)
        return address

    def add(self, name, canary, frames):
        if (name, canary.kind) not in self.names:           # a form can be that of every header, and of one
            self.names.add((name, canary.kind))
            self.places.append(Place(f"{self.carrier}: {name}", canary, frames))

    def datagram(self, name, kind, make):
        """`make`: of the canary's text and a number, the octets of a SIP message."""
        canary = self.canary(name, kind)
        message = make(canary.text, len(self.places))
        self.add(name, canary, [p.ipv4(p.udp(message), self.end(), "192.0.2.2")])

    def stream(self, name, kind, make, port=2855, answer=None):
        """`make`: of the canary, the octets that a client sends; `answer`: those of the server."""
        canary = self.canary(name, kind)
        sent, came = make(canary.text), answer(canary.text) if answer else b""
        self.add(name, canary, connection(self.end(), "192.0.2.2", 30000 + len(self.places), port, [(True, sent)] + ([(False, came)] if came else [])))

    def kinds(self, name, make, kinds=KINDS):
        for kind in kinds:
            self.datagram(name, kind, make)


def connection(client, server, here, there, flights, size=1400):
    """IP packets of a TCP connection; flights: [(from the client, octets)]."""
    numbers, ends = {True: 100, False: 9000}, {True: (client, server), False: (server, client)}
    ports = {True: (here, there), False: (there, here)}
    frames = [p.ipv4(p.tcp(b"", 99, 2, *ports[True]), *ends[True]), p.ipv4(p.tcp(b"", 8999, 18, *ports[False]), *ends[False])]
    for from_client, octets in flights:
        for at in range(0, len(octets), size):
            part = octets[at:at + size]
            frames.append(p.ipv4(p.tcp(part, numbers[from_client], 0x18, *ports[from_client]), *ends[from_client]))
            numbers[from_client] += len(part)
    return frames


def capture_of(places):
    """One capture of all that have none of their own."""
    return p.pcap([p.ethernet(frame) for place in places if isinstance(place.frames, list) for frame in place.frames])
