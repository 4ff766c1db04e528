"""Derivations: RFC 4279 premaster secret, RFC 5246 PRF and what hangs on it, RFC 7627, RFC 8446 key schedule."""

import hashlib
import hmac


def digest(hash_name, *parts):
    made = hashlib.new(hash_name)
    for part in parts:
        made.update(part)
    return made.digest()


def mac(hash_name, key, *parts):
    made = hmac.new(key, digestmod=hash_name)
    for part in parts:
        made.update(part)
    return made.digest()


def prf(hash_name, secret, label, seed, length):
    """RFC 5246 5: P_hash(secret, label + seed)."""
    seed, out = label + seed, b""
    a = seed
    while len(out) < length:
        a = mac(hash_name, secret, a)
        out += mac(hash_name, secret, a, seed)
    return out[:length]


def premaster(psk):
    """RFC 4279 2: as many zeros as the PSK has octets, and the PSK, each with its length."""
    length = len(psk).to_bytes(2, "big")
    return length + bytes(len(psk)) + length + psk


def master_secret(hash_name, psk, client_random, server_random):
    return prf(hash_name, premaster(psk), b"master secret", client_random + server_random, 48)


def extended_master_secret(hash_name, psk, session_hash):
    """RFC 7627 4: over the hash of the messages up to and including ClientKeyExchange."""
    return prf(hash_name, premaster(psk), b"extended master secret", session_hash, 48)


def key_block_length(suite):
    mac_length = 0 if suite.aead else {"SHA": 20, "SHA256": 32, "SHA384": 48}[suite.mac]
    return 2 * (mac_length + suite.key_length + suite.iv_length)


def key_block(suite, master, client_random, server_random):
    """RFC 5246 6.3. CBC of TLS 1.2 takes no IV from it; AEAD its fixed part (RFC 5288 3, 6655 3, 7905 2)."""
    return prf(suite.prf, master, b"key expansion", server_random + client_random, key_block_length(suite))


def split_key_block(suite, block):
    """{"client": (mac_key, key, iv), "server": ..}"""
    mac_length = (len(block) - 2 * (suite.key_length + suite.iv_length)) // 2
    at, parts = 0, []
    for length in (mac_length, suite.key_length, suite.iv_length):
        parts.append((block[at:at + length], block[at + length:at + 2 * length]))
        at += 2 * length
    return {end: tuple(part[i] for part in parts) for i, end in enumerate(("client", "server"))}


def verify_data(hash_name, master, end, transcript):
    """RFC 5246 7.4.9."""
    return prf(hash_name, master, end.encode() + b" finished", digest(hash_name, transcript), 12)


# --- TLS 1.3 (RFC 8446 7.1) ---------------------------------------------------------------------------------------

def hkdf_extract(hash_name, salt, secret):
    return mac(hash_name, salt, secret)


def hkdf_expand(hash_name, secret, info, length):
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = mac(hash_name, secret, block, info, bytes([counter]))
        out, counter = out + block, counter + 1
    return out[:length]


def expand_label(hash_name, secret, label, context, length):
    label = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    return hkdf_expand(hash_name, secret, info, length)


def derive_secret(hash_name, secret, label, transcript_hash):
    return expand_label(hash_name, secret, label, transcript_hash, len(transcript_hash))


def early_secret(hash_name, psk):
    size = hashlib.new(hash_name).digest_size
    return hkdf_extract(hash_name, bytes(size), psk)


def next_secret(hash_name, secret):
    """Early to handshake to master secret, with nothing of (EC)DHE: psk_ke."""
    size = hashlib.new(hash_name).digest_size
    return hkdf_extract(hash_name, derive_secret(hash_name, secret, b"derived", digest(hash_name)), bytes(size))


def finished_mac(hash_name, base_secret, transcript_hash):
    key = expand_label(hash_name, base_secret, b"finished", b"", len(transcript_hash))
    return mac(hash_name, key, transcript_hash)


def binder(hash_name, psk, transcript_hash):
    """RFC 8446 4.2.11.2 with the label of an external PSK."""
    key = derive_secret(hash_name, early_secret(hash_name, psk), b"ext binder", digest(hash_name))
    return finished_mac(hash_name, key, transcript_hash)


def traffic_keys(suite, secret):
    return (expand_label(suite.prf, secret, b"key", b"", suite.key_length),
            expand_label(suite.prf, secret, b"iv", b"", 12))
