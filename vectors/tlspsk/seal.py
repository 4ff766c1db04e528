"""Protection of records under a key block: sealing for the maker, opening for the judge. Opening gives None where a record
does not open, and never says why."""

import functools
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from . import derive, suites


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


@functools.lru_cache(64)
def aead_for(kind, key, tag_length):
    if kind == "gcm":
        return AESGCM(key)
    return ChaCha20Poly1305(key) if kind == "chacha" else AESCCM(key, tag_length=tag_length)


class Protection:
    """One direction of TLS 1.2 or DTLS 1.2. `sequence`: the 64 bits of RFC 5246 6.2.3.1, or epoch and number of DTLS."""

    def __init__(self, suite, keys, encrypt_then_mac=False):
        self.suite, (self.mac_key, self.key, self.iv) = suite, keys
        self.encrypt_then_mac = encrypt_then_mac and suite.kind == "cbc"        # RFC 7366 3: block ciphers alone

    def seal(self, sequence, kind, version, plain, nonce):
        """`nonce`: 16 octets that CBC takes as its IV, and GCM and CCM, from the first 8, as explicit nonce."""
        if self.suite.kind == "null":
            return plain + self.mac(sequence, kind, version, plain)
        if self.suite.kind == "cbc":
            return self.seal_cbc(sequence, kind, version, plain, nonce[:16])
        explicit = b"" if self.suite.kind == "chacha" else nonce[:8]
        header = self.header(sequence, kind, version, len(plain))
        return explicit + self.aead().encrypt(self.nonce(sequence, explicit), plain, header)

    def open(self, sequence, kind, version, sealed):
        if self.suite.kind == "null":
            size = suites.MACS[self.suite.mac]
            plain, tag = sealed[:-size], sealed[-size:]
            good = len(sealed) >= size and hmac.compare_digest(tag, self.mac(sequence, kind, version, plain))
            return plain if good else None
        if self.suite.kind == "cbc":
            return self.open_cbc(sequence, kind, version, sealed)
        explicit = 0 if self.suite.kind == "chacha" else 8
        length = len(sealed) - explicit - self.suite.tag_length
        if length < 0:
            return None
        try:
            return self.aead().decrypt(self.nonce(sequence, sealed[:explicit]), sealed[explicit:],
                                       self.header(sequence, kind, version, length))
        except InvalidTag:
            return None

    @staticmethod
    def header(sequence, kind, version, length):
        return sequence.to_bytes(8, "big") + bytes([kind]) + version + length.to_bytes(2, "big")

    def mac(self, sequence, kind, version, data):
        return derive.mac(suites.HASHES[self.suite.mac], self.mac_key, self.header(sequence, kind, version, len(data)), data)

    def aead(self):
        return aead_for(self.suite.kind, self.key, self.suite.tag_length)

    def nonce(self, sequence, explicit):
        """RFC 7905 2 for ChaCha20; RFC 5288 3 and RFC 6655 3 for the others."""
        if self.suite.kind == "chacha":
            return xor(self.iv, sequence.to_bytes(12, "big"))
        return self.iv + explicit

    def seal_cbc(self, sequence, kind, version, plain, iv):
        if not self.encrypt_then_mac:
            plain += self.mac(sequence, kind, version, plain)
        padding = 15 - len(plain) % 16
        made = self.cbc(iv).encryptor()
        sealed = iv + made.update(plain + bytes([padding]) * (padding + 1)) + made.finalize()
        return sealed + (self.mac(sequence, kind, version, sealed) if self.encrypt_then_mac else b"")

    def open_cbc(self, sequence, kind, version, sealed):
        size = suites.MACS[self.suite.mac]
        if self.encrypt_then_mac:                                   # RFC 7366 3: the MAC is that of IV and ciphertext
            sealed, tag = sealed[:-size], sealed[-size:]
            if not hmac.compare_digest(tag, self.mac(sequence, kind, version, sealed)):
                return None
        if len(sealed) < 32 or len(sealed) % 16:
            return None
        opened = self.cbc(sealed[:16]).decryptor()
        plain = opened.update(sealed[16:]) + opened.finalize()
        padding = plain[-1]
        if padding >= len(plain) or plain[-1 - padding:] != bytes([padding]) * (padding + 1):
            return None
        plain = plain[:-1 - padding]
        if self.encrypt_then_mac:
            return plain
        plain, tag = plain[:-size], plain[-size:]
        good = len(tag) == size and hmac.compare_digest(tag, self.mac(sequence, kind, version, plain))
        return plain if good else None

    def cbc(self, iv):
        return Cipher(algorithms.AES(self.key), modes.CBC(iv))


class Protection13:
    """One direction of TLS 1.3 under one traffic secret (RFC 8446 5.2, 5.3); counts its own records."""

    def __init__(self, suite, secret):
        self.suite, self.secret, self.count = suite, secret, 0
        self.key, self.iv = derive.traffic_keys(suite, secret)

    def following(self):
        """After KeyUpdate (RFC 8446 7.2)."""
        return Protection13(self.suite, derive.expand_label(self.suite.prf, self.secret, b"traffic upd", b"", len(self.secret)))

    def nonce(self):
        return xor(self.iv, self.count.to_bytes(12, "big"))

    def seal(self, kind, plain):
        inner = plain + bytes([kind])
        header = b"\x17\x03\x03" + (len(inner) + self.suite.tag_length).to_bytes(2, "big")
        sealed = aead_for(self.suite.kind, self.key, self.suite.tag_length).encrypt(self.nonce(), inner, header)
        self.count += 1
        return sealed

    def open(self, version, sealed):
        """(type, plaintext), or None."""
        if len(sealed) < self.suite.tag_length:
            return None
        header = b"\x17" + version + len(sealed).to_bytes(2, "big")
        try:
            inner = aead_for(self.suite.kind, self.key, self.suite.tag_length).decrypt(self.nonce(), sealed, header)
        except InvalidTag:
            return None
        self.count += 1
        inner = inner.rstrip(b"\0")                                 # RFC 8446 5.4: zeros behind the type are padding
        return (inner[-1], inner[:-1]) if inner else None
