"""Encryption of Encr data (RFC 3830 4.2.3, RFC 6043 6.2) and the MAC algorithms (RFC 3830 4.2.4, RFC 6043 6.2)."""

import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .prf import mac

KEY_BITS = {1: 128, 2: 128, 3: 256}         # Encr alg -> encr_key
SALT_BITS = {1: 112, 2: 64, 3: 112}         # Encr alg -> salt_key
AUTH_BITS = {1: 160, 2: 256}                # MAC alg -> auth_key
MAC_HASH = {1: hashlib.sha1, 2: hashlib.sha256}


def compute_mac(alg, key, data):
    """The MAC field; empty for the NULL MAC."""
    return b"" if alg == 0 else mac(MAC_HASH[alg], key, data)


def timestamp_64(ts_type, ts_value, settings):
    """A TS value as the 64 bits that the IV needs (RFC 6043 6.3; RFC 3830 6.6 for COUNTER)."""
    if ts_type == 3:
        return ts_value + bytes(4) if settings["ntp32_pad"] == "fraction" else bytes(4) + ts_value
    if ts_type == 2:
        return bytes(4) + ts_value if settings["counter_pad"] == "leading" else ts_value + bytes(4)
    return ts_value


def counter_iv(salt, csb_id, time):
    """IV = (S XOR (0x0000 || CSB ID || T)) || 0x0000."""
    mask = bytes(2) + csb_id.to_bytes(4, "big") + time
    return bytes(a ^ b for a, b in zip(salt, mask)) + bytes(2)


def aes_counter(key, iv, data):
    """AES-CM of SRTP with this IV; encrypts and decrypts."""
    context = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
    return context.update(data) + context.finalize()


def aes_wrap(key, iv, data):
    """RFC 3394 2.2.1 with the salt as IV."""
    if len(data) % 8 or len(data) < 16:
        raise ValueError("AES key wrap takes a multiple of 8 octets, at least 16")
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    a, blocks = iv, [data[i:i + 8] for i in range(0, len(data), 8)]
    for step in range(6 * len(blocks)):
        out = aes.update(a + blocks[step % len(blocks)])
        a = (int.from_bytes(out[:8], "big") ^ (step + 1)).to_bytes(8, "big")
        blocks[step % len(blocks)] = out[8:]
    return a + b"".join(blocks)


def aes_unwrap(key, iv, data):
    """RFC 3394 2.2.2; None when the integrity check fails."""
    if len(data) % 8 or len(data) < 24:
        return None
    aes = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    a, blocks = data[:8], [data[i:i + 8] for i in range(8, len(data), 8)]
    for step in range(6 * len(blocks) - 1, -1, -1):
        mixed = (int.from_bytes(a, "big") ^ (step + 1)).to_bytes(8, "big")
        out = aes.update(mixed + blocks[step % len(blocks)])
        a, blocks[step % len(blocks)] = out[:8], out[8:]
    return b"".join(blocks) if a == iv else None


def pad_for_wrap(plaintext, settings):
    """Setting kw_pad=zero: zero octets after the last sub-payload up to what AES key wrap takes."""
    if settings["kw_pad"] == "none":
        return plaintext
    return plaintext + bytes(max(16 - len(plaintext), -len(plaintext) % 8))


def encrypt(alg, key, iv, plaintext):
    return plaintext if alg == 0 else aes_wrap(key, iv, plaintext) if alg == 2 else aes_counter(key, iv, plaintext)


def decrypt(alg, key, iv, ciphertext):
    return ciphertext if alg == 0 else aes_unwrap(key, iv, ciphertext) if alg == 2 else aes_counter(key, iv, ciphertext)
