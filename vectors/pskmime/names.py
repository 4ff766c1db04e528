"""Object identifiers, and what is known of the algorithms behind them."""

DATA = "1.2.840.113549.1.7.1"
ENVELOPED = "1.2.840.113549.1.7.3"
AUTHENTICATED = "1.2.840.113549.1.9.16.1.2"
AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"
TYPES = {AUTH_ENVELOPED: "auth_enveloped", AUTHENTICATED: "authenticated", ENVELOPED: "enveloped"}
CONTENT_TYPES = {name: oid for oid, name in TYPES.items()}

CONTENT_TYPE = "1.2.840.113549.1.9.3"           # RFC 5652 11.1
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"         # 11.2
SIGNING_TIME = "1.2.840.113549.1.9.5"           # 11.3
COUNTERSIGNATURE = "1.2.840.113549.1.9.6"       # 11.4

# RFC 5084, RFC 3565: OID -> (mode, key octets). Table I.2 of annex I has not those of 192 bits.
AEAD = {"2.16.840.1.101.3.4.1.26": ("gcm", 24), "2.16.840.1.101.3.4.1.27": ("ccm", 24),
        "2.16.840.1.101.3.4.1.6": ("gcm", 16), "2.16.840.1.101.3.4.1.46": ("gcm", 32),
        "2.16.840.1.101.3.4.1.7": ("ccm", 16), "2.16.840.1.101.3.4.1.47": ("ccm", 32)}
TABLE_I_2 = {oid for oid, (_, size) in AEAD.items() if size != 24}
CBC = {"2.16.840.1.101.3.4.1.2": ("cbc", 16), "2.16.840.1.101.3.4.1.22": ("cbc", 24), "2.16.840.1.101.3.4.1.42": ("cbc", 32)}
ALGORITHMS = {f"aes-{8 * octets}-{mode}": oid for table in (AEAD, CBC) for oid, (mode, octets) in table.items()}
WRAPS = {"2.16.840.1.101.3.4.1.5": 16, "2.16.840.1.101.3.4.1.25": 24, "2.16.840.1.101.3.4.1.45": 32}
WRAP_OF = {octets: oid for oid, octets in WRAPS.items()}

# RFC 3370 and RFC 8018 name HMAC-SHA-1 each: OID -> hash
HMACS = {"1.3.6.1.5.5.8.1.2": "sha1", "1.2.840.113549.2.7": "sha1", "1.2.840.113549.2.9": "sha256"}
HMAC_OF = {"hmac-sha-1": "1.3.6.1.5.5.8.1.2", "hmac-sha-256": "1.2.840.113549.2.9"}
DIGESTS = {"1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
DIGEST_OF = {"sha-1": "1.3.14.3.2.26", "sha-256": "2.16.840.1.101.3.4.2.1", "sha-384": "2.16.840.1.101.3.4.2.2", "sha-512": "2.16.840.1.101.3.4.2.3"}
