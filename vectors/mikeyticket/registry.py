"""Numbers of the MIKEY name spaces that this package needs (IANA mikey-payloads; RFC 3830 6, RFC 6043 6)."""

# Next Payload (RFC 3830 Table 6.1.b, RFC 6043 Table 6.2, RFC 6267, RFC 6509). THDR (RFC 6043 A.3) has no number.
PAYLOADS = {
    1: "KEMAC", 2: "PKE", 3: "DH", 4: "SIGN", 5: "T", 6: "ID", 7: "CERT", 8: "CHASH", 9: "V", 10: "SP", 11: "RAND",
    12: "ERR", 13: "TR", 14: "IDR", 15: "RANDR", 16: "TP", 17: "TICKET", 20: "KEY_DATA", 21: "GENERAL_EXT",
    22: "IBAKE", 23: "ESK", 24: "SK", 25: "ECCPT", 26: "SAKKE",
}
NUMBERS = {name: number for number, name in PAYLOADS.items()}

# Data type (RFC 3830 Table 6.1.a, RFC 4650 4.1, RFC 4738 3.9.1, RFC 6043 Table 6.1, RFC 6267, RFC 6509).
DATA_TYPES = {
    "PSK_INIT": 0, "PSK_RESP": 1, "PK_INIT": 2, "PK_RESP": 3, "DH_INIT": 4, "DH_RESP": 5, "ERROR": 6,
    "DHHMAC_INIT": 7, "DHHMAC_RESP": 8, "RSA_R_I_MSG": 9, "RSA_R_R_MSG": 10,
    "REQUEST_INIT_PSK": 11, "REQUEST_INIT_PK": 12, "REQUEST_RESP": 13, "TRANSFER_INIT": 14, "TRANSFER_RESP": 15,
    "RESOLVE_INIT_PSK": 16, "RESOLVE_INIT_PK": 17, "RESOLVE_RESP": 18, "REQUEST_KEY_RESP": 21,
    "SAKKE_MSG": 26,
}
# RFC 3830 6.2, RFC 4738 3.6, RFC 6267 4.2.1.3: in these messages the plaintext of a KEMAC begins with an ID payload.
DATA_TYPES_WITH_ID_IN_KEMAC = (2, 3, 9, 10, 21)

SRTP_ID, EMPTY_MAP, GENERIC_ID = 0, 1, 2

# Numbers that fix a length, in octets.
TS_LENGTH = {0: 8, 1: 8, 2: 4, 3: 4}            # RFC 3830 Table 6.6, RFC 6043 Table 6.8
MAC_LENGTH = {0: 0, 1: 20, 2: 32}               # RFC 3830 Table 6.2.b, RFC 6043 Table 6.6
HASH_LENGTH = {0: 20, 1: 16, 2: 32}             # RFC 3830 Table 6.8, RFC 6043 Table 6.12
DH_LENGTH = {0: 192, 1: 96, 2: 128}             # RFC 3830 Table 6.4
CURVE_BITS = {1: 192, 2: 163, 3: 163, 4: 163, 5: 224, 6: 233, 7: 233, 8: 256, 9: 283, 10: 283,
              11: 384, 12: 409, 13: 409, 14: 521, 15: 571, 16: 571}   # RFC 6267 Table 5
SALTED_KEY_TYPES = (1, 3, 5)                    # TGK+SALT, TEK+SALT (RFC 3830 6.13), GTGK+SALT (RFC 6043 6.2.1)
BASE_TICKET_TYPES = (1, 2)                      # RFC 6043 Table 6.15: both have the Ticket Data of appendix A

FLAGS = "DEFGHIJKLMNO"                          # RFC 6043 6.10, from the most significant bit


def point_length(curve, start):
    """Octets of an ECC Point field that starts `start` octets into its payload (RFC 6267 6.1.4: ends on 32 bits)."""
    if curve not in CURVE_BITS:
        return None
    uncompressed = 1 + 2 * ((CURVE_BITS[curve] + 7) // 8)
    return uncompressed + -(start + uncompressed) % 4
