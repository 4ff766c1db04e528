"""RSA as PKE and SIGN use it (RFC 3830 4.2.5, 4.2.6).

What is made here takes its random octets as arguments and pads by hand (RFC 8017 7.1.1, 7.2.1, 9.1.1), so that vectors
come out the same every time; what is verified or opened here goes through python3-cryptography.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}


def size(key):
    return (key.key_size + 7) // 8


def public_operation(public_key, block):
    numbers = public_key.public_numbers()
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(size(public_key), "big")


def private_operation(private_key, block):
    numbers = private_key.private_numbers()
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size(private_key), "big")


def mgf1(hash_name, seed, length):
    out = b""
    for counter in range(-(-length // hashlib.new(hash_name).digest_size)):
        out += hashlib.new(hash_name, seed + counter.to_bytes(4, "big")).digest()
    return out[:length]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def encrypt_envelope(public_key, env_key, pke_pad, random):
    """PKE = E(PK, env_key); `random` gives octets, none of them zero where PKCS #1 v1.5 says so."""
    length = size(public_key)
    if pke_pad == "pkcs1":
        filler = bytes(octet or 1 for octet in random(length - len(env_key) - 3))
        return public_operation(public_key, b"\x00\x02" + filler + b"\x00" + env_key)
    digest = hashlib.sha1(b"").digest()
    block = digest + bytes(length - len(env_key) - 2 * len(digest) - 2) + b"\x01" + env_key
    seed = random(len(digest))
    masked = xor(block, mgf1("sha1", seed, len(block)))
    return public_operation(public_key, b"\x00" + xor(seed, mgf1("sha1", masked, len(seed))) + masked)


def decrypt_envelope(private_key, data, pke_pad):
    """The envelope key, or None. PKCS #1 v1.5 is taken off here (RFC 8017 7.2.2): some libraries answer a wrong padding
    with random octets instead of an error."""
    if pke_pad == "pkcs1":
        return without_pkcs1(private_key, data)
    try:
        return private_key.decrypt(data, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    except ValueError:
        return None


def without_pkcs1(private_key, data):
    numbers, length = private_key.private_numbers(), size(private_key)
    value = int.from_bytes(data, "big")
    if len(data) != length or length < 11 or value >= numbers.public_numbers.n:
        return None
    at_p, at_q = pow(value, numbers.dmp1, numbers.p), pow(value, numbers.dmq1, numbers.q)
    block = (at_q + (at_p - at_q) * numbers.iqmp % numbers.p * numbers.q).to_bytes(length, "big")
    end = block.find(0, 2)
    return block[end + 1:] if block[:2] == b"\x00\x02" and end >= 10 else None


def sign(private_key, s_type, hash_name, data, random):
    """S type 0: RSASSA-PKCS1-v1_5. S type 1: RSASSA-PSS, MGF1 with the same hash, salt as long as the hash."""
    if s_type == 0:
        return private_key.sign(data, padding.PKCS1v15(), HASHES[hash_name]())
    digest = hashlib.new(hash_name, data).digest()
    salt = random(len(digest))
    tag = hashlib.new(hash_name, bytes(8) + digest + salt).digest()
    length = size(private_key)
    block = bytes(length - 2 * len(digest) - 2) + b"\x01" + salt
    masked = bytearray(xor(block, mgf1(hash_name, tag, len(block))))
    masked[0] &= 0x7F
    return private_operation(private_key, bytes(masked) + tag + b"\xbc")


def signature_is_good(public_key, s_type, hash_name, signature, data):
    algorithm = HASHES[hash_name]()
    scheme = padding.PKCS1v15() if s_type == 0 else padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    try:
        public_key.verify(signature, data, scheme, algorithm)
        return True
    except InvalidSignature:
        return False


def signature_hash(setting, prf_func):
    """The hash of SIGN, which nothing signals (setting sig_hash)."""
    return ("sha256" if prf_func == 1 else "sha1") if setting == "suite" else setting
