"""MIKEY messages written by hand (RFC 3830 6, RFC 6043 6): payload by payload, with whatever octets a test wants in them."""
import struct

KEMAC, PKE, DH, SIGN, T, ID, CERT, CHASH, V, SP, RAND, ERR, TR, IDR, RANDR, TP, TICKET, KEY_DATA, EXT, SAKKE = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 26
PSK_INIT, REQUEST_INIT, REQUEST_RESP, TRANSFER_INIT, TRANSFER_RESP = 0, 11, 13, 14, 15
GENERIC = 2


def vector(octets, size=2):
    return len(octets).to_bytes(size, "big") + octets


def chain(payloads):
    """`payloads`: (type, octets behind the Next Payload octet). The first type, and the octets. SIGN has no Next Payload."""
    out = b""
    for (kind, body), (following, _) in zip(payloads, payloads[1:] + [(0, b"")]):
        out += body if kind == SIGN else bytes([following]) + body
    return payloads[0][0] if payloads else 0, out


def session(cs_id=1, prot=0, data=b"", spi=b"", policies=b""):
    return bytes([cs_id, prot, len(policies)]) + policies + vector(data) + vector(spi, 1)


def message(kind, payloads, sessions=(), csb=0x12345678, version=1):
    first, octets = chain(payloads)
    return struct.pack(">BBBBIBB", version, kind, first, 0, csb, len(sessions), GENERIC) + b"".join(sessions) + octets


def kemac(octets, encr=1, mac_alg=0, mac=b""):
    return KEMAC, bytes([encr]) + vector(octets) + bytes([mac_alg]) + mac


def timestamp(value=bytes.fromhex("ee94dbc000000000")):
    return T, b"\0" + value


def identity(role, octets, kind=1):
    return IDR, bytes([role, kind]) + vector(octets)


def verification(mac):
    return V, b"\1" + mac


def extension(kind, octets):
    return EXT, bytes([kind]) + vector(octets)


def key_data(key, spi=b"", salt=None):
    """A TGK (with a salt), and its SPI."""
    return KEY_DATA, bytes([(1 if salt else 0) << 4 | (1 if spi else 0)]) + vector(key) + (vector(salt) if salt else b"") + (vector(spi, 1) if spi else b"")


def policy(payloads, ticket_type=1, subtype=1, version=1, flags=0):
    first, octets = chain(payloads)
    return struct.pack(">HBB", ticket_type, subtype, version) + b"\1" + flags.to_bytes(2, "big") + vector(bytes([first]) + octets)


def ticket(data, tp=(), initiator=b"", ticket_type=1):
    return TICKET, policy(list(tp), ticket_type) + vector(data) + vector(initiator)


def base_ticket(thdr, payloads):
    """Ticket Data (RFC 6043 A.1): THDR, then payloads."""
    first, octets = chain(payloads)
    return bytes([first]) + vector(thdr) + octets
