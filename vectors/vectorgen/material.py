"""Octets that look random but are the same every time, and the fixed RSA keys."""

import functools
import hashlib
import pathlib

from cryptography.hazmat.primitives import serialization

KEYS = pathlib.Path(__file__).resolve().parent.parent / "keys"


def octets(name, length):
    """`length` octets that depend on the name only."""
    out, counter = b"", 0
    while len(out) < length:
        out += hashlib.sha256(f"ticketgate-vectors {name} {counter}".encode()).digest()
        counter += 1
    return out[:length]


def number(name, bits):
    return int.from_bytes(octets(name, (bits + 7) // 8), "big") >> -bits % 8


@functools.lru_cache(None)
def private_key(who):
    return serialization.load_pem_private_key((KEYS / f"{who}.pem").read_bytes(), None)


@functools.lru_cache(None)
def certificate(who):
    return (KEYS / f"{who}.der").read_bytes()


def ntp(seconds, ts_type=0):
    """A TS value: `seconds` after a fixed day in January 2024, as the TS type writes it."""
    if ts_type == 2:
        return (0x00A10000 + seconds).to_bytes(4, "big").hex()
    whole = ((0xE93E5A00 + seconds) % (1 << 32)).to_bytes(4, "big")      # era 1 begins on 7 February 2036
    return (whole if ts_type == 3 else whole + b"\x40\x00\x00\x00").hex()
