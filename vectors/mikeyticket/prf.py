"""The PRFs: MIKEY-1 (RFC 3830 4.1.2) and PRF-HMAC-SHA-256 (RFC 6043 6.1)."""

import hashlib
import hmac

HASHES = {0: hashlib.sha1, 1: hashlib.sha256}       # PRF func -> hash of its HMAC


def mac(hash_function, key, data):
    return hmac.new(key, data, hash_function).digest()


def p_function(hash_function, secret, label, blocks):
    """P (s, label, m) = HMAC (s, A_1 || label) || ... || HMAC (s, A_m || label), A_0 = label, A_i = HMAC (s, A_(i-1))."""
    out, a = b"", label
    for _ in range(blocks):
        a = mac(hash_function, secret, a)
        out += mac(hash_function, secret, a + label)
    return out


def prf(func, inkey, label, out_bits):
    """The out_bits most significant bits of P (s_1, ...) XOR ... XOR P (s_n, ...), s_i the 256-bit blocks of inkey."""
    hash_function = HASHES[func]
    hash_bits = hash_function().digest_size * 8
    blocks = -(-out_bits // hash_bits)
    out = bytes(blocks * hash_bits // 8)
    for i in range(0, len(inkey), 32):
        part = p_function(hash_function, inkey[i:i + 32], label, blocks)
        out = bytes(a ^ b for a, b in zip(out, part))
    return out[:out_bits // 8]
