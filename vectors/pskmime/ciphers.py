"""The algorithms, from python3-cryptography. None where something does not open: never why."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}
MAC_OCTETS = {"sha1": 20, "sha256": 32}


def wrap(kek, key):
    return aes_key_wrap(kek, key)


def unwrap(kek, wrapped):
    try:
        return aes_key_unwrap(kek, wrapped)
    except InvalidUnwrap:
        return None


def seal(mode, key, nonce, aad, content, tag_octets):
    """(ciphertext, tag)."""
    if mode == "ccm":
        sealed = AESCCM(key, tag_length=tag_octets).encrypt(nonce, content, aad)
        return sealed[:len(content)], sealed[len(content):]
    return gcm(key, nonce).seal(aad, content, tag_octets)


def unseal(mode, key, nonce, aad, content, tag):
    if mode == "ccm":
        try:
            return AESCCM(key, tag_length=len(tag)).decrypt(nonce, content + tag, aad)
        except InvalidTag:
            return None
    return gcm(key, nonce).unseal(aad, content, tag)


def gcm(key, nonce):
    return Gcm(key, nonce) if 8 <= len(nonce) <= 128 else ShortNonceGcm(key, nonce)


class Gcm:
    """GCM as OpenSSL has it, tags of 4 octets and more."""

    def __init__(self, key, nonce):
        self.key, self.nonce = key, nonce

    def seal(self, aad, content, tag_octets):
        encryptor = Cipher(algorithms.AES(self.key), modes.GCM(self.nonce)).encryptor()
        encryptor.authenticate_additional_data(aad)
        return encryptor.update(content) + encryptor.finalize(), encryptor.tag[:tag_octets]

    def unseal(self, aad, content, tag):
        decryptor = Cipher(algorithms.AES(self.key), modes.GCM(self.nonce, tag, min_tag_length=4)).decryptor()
        decryptor.authenticate_additional_data(aad)
        plain = decryptor.update(content)
        try:
            return plain + decryptor.finalize()
        except InvalidTag:
            return None


class ShortNonceGcm:
    """GCM with the nonces that python3-cryptography refuses (SP 800-38D: any length from 1 bit): GHASH by hand over its AES."""

    def __init__(self, key, nonce):
        self.ecb = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        self.key = key
        self.h = int.from_bytes(self.ecb.update(bytes(16)), "big")
        padded = nonce + bytes(-len(nonce) % 16) + bytes(8) + (8 * len(nonce)).to_bytes(8, "big")
        self.j0 = self.ghash(padded).to_bytes(16, "big")

    def ghash(self, octets):
        state = 0
        for at in range(0, len(octets), 16):
            state = self.multiply(state ^ int.from_bytes(octets[at:at + 16], "big"))
        return state

    def multiply(self, x):
        result, v = 0, self.h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                result ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        return result

    def stream(self, octets):
        """CTR with a counter of 32 bits, from j0 + 1."""
        low = int.from_bytes(self.j0[12:], "big")
        blocks = b"".join(self.j0[:12] + ((low + 1 + i) % (1 << 32)).to_bytes(4, "big") for i in range((len(octets) + 15) // 16))
        return bytes(a ^ b for a, b in zip(octets, self.ecb.update(blocks)))

    def tag(self, aad, sealed):
        lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(sealed)).to_bytes(8, "big")
        hashed = self.ghash(aad + bytes(-len(aad) % 16) + sealed + bytes(-len(sealed) % 16) + lengths)
        return (hashed ^ int.from_bytes(self.ecb.update(self.j0), "big")).to_bytes(16, "big")

    def seal(self, aad, content, tag_octets):
        sealed = self.stream(content)
        return sealed, self.tag(aad, sealed)[:tag_octets]

    def unseal(self, aad, content, tag):
        return self.stream(content) if bytes_eq(self.tag(aad, content)[:len(tag)], tag) else None


def mac(hash_name, key, octets):
    context = hmac.HMAC(key, HASHES[hash_name]())
    context.update(octets)
    return context.finalize()


def mac_fits(hash_name, key, octets, tag):
    return bytes_eq(mac(hash_name, key, octets), tag)


def cbc_encrypt(key, iv, content):
    """With the padding of RFC 5652 6.3."""
    fill = 16 - len(content) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(content + bytes([fill]) * fill) + encryptor.finalize()


def cbc_decrypt(key, iv, content):
    if not content or len(content) % 16:
        return None
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    plain = decryptor.update(content) + decryptor.finalize()
    fill = plain[-1]
    return plain[:-fill] if 1 <= fill <= 16 and plain.endswith(bytes([fill]) * fill) else None
