"""Ciphersuites: IANA's names, and what follows from a name: key exchange, cipher, hash."""

import functools
import pathlib

REGISTRY = pathlib.Path(__file__).resolve().parent.parent.parent / "harness" / "registry" / "tls-ciphersuites.tsv"

SIGNALLING = (0x00FF, 0x5600)           # RFC 5746 3.3, RFC 7507: values that are offered but are no suites
RENEGOTIATION_SCSV = 0x00FF
# RFC 5487 section 3 and RFC 5489: CBC and NULL with PSK, for any version (RFC 5487 1.1)
ANY_VERSION = {*range(0x00AE, 0x00BA), *range(0xC033, 0xC03C)}

# Cipher as it stands in names -> (kind, octets of the key, octets of the fixed IV, octets of the tag)
CIPHERS = {
    "AES_128_CBC": ("cbc", 16, 0, 0), "AES_256_CBC": ("cbc", 32, 0, 0), "NULL": ("null", 0, 0, 0),
    "AES_128_GCM": ("gcm", 16, 4, 16), "AES_256_GCM": ("gcm", 32, 4, 16),
    "AES_128_CCM": ("ccm", 16, 4, 16), "AES_256_CCM": ("ccm", 32, 4, 16),
    "AES_128_CCM_8": ("ccm", 16, 4, 8), "AES_256_CCM_8": ("ccm", 32, 4, 8),
    "CHACHA20_POLY1305": ("chacha", 32, 12, 16),
}
MACS = {"SHA": 20, "SHA256": 32, "SHA384": 48}
HASHES = {"SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384"}


@functools.lru_cache(None)
def names():
    """IANA's registry: number -> name."""
    rows = (line.split("\t") for line in REGISTRY.read_text().splitlines()[1:])
    return {int(row[0], 16): row[1] for row in rows}


class Suite:
    """`kx`: PSK, DHE_PSK, RSA_PSK, ECDHE_PSK, RSA, ...; None in TLS 1.3. `mac`: SHA, SHA256, SHA384 or None (AEAD)."""

    def __init__(self, number, name):
        self.number, self.name = number, name
        kx, _, rest = name[4:].rpartition("_WITH_")
        self.tls13 = not kx and number not in SIGNALLING
        # RFC 6655 calls the two DHE_PSK suites with CCM_8 "PSK_DHE".
        self.kx = None if self.tls13 else "DHE_PSK" if kx == "PSK_DHE" else kx
        self.aead = "_GCM" in rest or "_CCM" in rest or "CHACHA20" in rest
        cipher, _, last = rest.rpartition("_")
        if last not in MACS:                    # the CCM suites of RFC 6655 name no hash: SHA-256
            cipher, last = (rest, None) if last != "MD5" else (cipher, "MD5")
        self.cipher, self.hash_name = "NULL" if cipher in MACS or cipher.startswith("NULL") else cipher, last     # RFC 9150: a hash alone
        self.mac = None if self.aead else last
        self.prf = "sha384" if last == "SHA384" else "sha256"        # RFC 5246 5: TLS 1.2 knows nothing weaker
        self.kind, self.key_length, self.iv_length, self.tag_length = CIPHERS.get(cipher, (None, 0, 0, 0))

    @property
    def has_psk(self):
        return self.kx in ("PSK", "DHE_PSK", "RSA_PSK", "ECDHE_PSK")

    @property
    def has_dh(self):
        return self.kx is not None and self.kx.startswith(("DH", "ECDH"))

    @property
    def needs_tls12(self):
        """Not for versions below TLS 1.2 (RFC 5487 1.1, RFC 5246 appendix A.5)."""
        return self.aead or self.hash_name in ("SHA256", "SHA384") and self.number not in ANY_VERSION

    @property
    def can_be_tried(self):
        """The keys of the TEK open it (TLS.md section 2)."""
        return (self.tls13 or self.kx == "PSK") and self.kind is not None


@functools.lru_cache(None)
def suite(number):
    return Suite(number, names()[number]) if number in names() else None


def name(number):
    return names().get(number, f"0x{number:04x}")
