"""Octets of TLS: vectors, extensions, hellos, records, segments."""

from tlspsk import reading as m

EXTENSIONS = {"server_name": 0, "supported_groups": 10, "ec_point_formats": 11, "signature_algorithms": 13,
              "encrypt_then_mac": m.ENCRYPT_THEN_MAC, "extended_master_secret": m.EXTENDED_MASTER_SECRET,
              "session_ticket": m.SESSION_TICKET, "pre_shared_key": m.PRE_SHARED_KEY,
              "supported_versions": m.SUPPORTED_VERSIONS, "psk_key_exchange_modes": m.PSK_MODES, "key_share": m.KEY_SHARE,
              "renegotiation_info": m.RENEGOTIATION_INFO}
TYPES = {"ccs": 20, "alert": 21, "handshake": 22, "data": 23}


def number(value, size):
    return value.to_bytes(size, "big")


def vector(octets, size):
    return number(len(octets), size) + octets


def extensions(chosen):
    """`chosen`: [(name or number, body)]; None: the hello ends before them."""
    if chosen is None:
        return b""
    return vector(b"".join(number(EXTENSIONS.get(name, name), 2) + vector(body, 2) for name, body in chosen), 2)


def client_hello(version, random, session_id, suites, chosen, cookie=None, compressions=b"\0"):
    return (number(version, 2) + random + vector(session_id, 1) + (b"" if cookie is None else vector(cookie, 1))
            + vector(b"".join(number(suite, 2) for suite in suites), 2) + vector(compressions, 1) + extensions(chosen))


def server_hello(version, random, session_id, suite, chosen, compression=0):
    return number(version, 2) + random + vector(session_id, 1) + number(suite, 2) + bytes([compression]) + extensions(chosen)


def message(kind, body):
    return bytes([kind]) + number(len(body), 3) + body


def fragment(kind, sequence, body, offset, length):
    """One fragment of DTLS; the whole message when offset is 0 and length that of the body."""
    return bytes([kind]) + number(len(body), 3) + number(sequence, 2) + number(offset, 3) + number(length, 3) + body[offset:offset + length]


def record(kind, version, body, sequence=None):
    """`sequence`: epoch and number, of DTLS."""
    return bytes([TYPES.get(kind, kind)]) + number(version, 2) + (b"" if sequence is None else number(sequence, 8)) + vector(body, 2)


def other(end):
    return "server" if end == "client" else "client"


def as_segments(chunks, join=True):
    """`chunks`: [(end, octets)]; with `join` those of one end that follow one another are one segment."""
    out = []
    for end, octets in chunks:
        if join and out and out[-1][0] == end:
            out[-1] = (end, out[-1][1] + octets)
        else:
            out.append((end, octets))
    return [{"from": end, "hex": octets.hex()} for end, octets in out]
