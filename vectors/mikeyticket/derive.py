"""Key derivations. Each function returns the derived octets and, through `log`, says what went in and came out."""

from .prf import prf

# Constants (RFC 3830 Tables 4.1.3 and 4.1.4, RFC 6043 Tables 5.1 and A.1).
MESSAGE_KEYS = {"encr_key": 0x150533E1, "auth_key": 0x2D22AC75, "salt_key": 0x29B88916}
SESSION_KEYS = {"tek": 0x2AD01C64, "auth_key": 0x1B5C7973, "encr_key": 0x15798CEF, "salt_key": 0x39A2C14B}
FORKED_KEYS = {"mpkr_forked": 0x2B288856, "tgk_forked": 0x1512B54A}
TICKET_MPKS = {"mpki": 0x220E99A2, "mpkr": 0x1F4D675B}
ALL_CSBS = b"\xff\xff\xff\xff"


def constant(value):
    return value.to_bytes(4, "big")


def counted(octets, length_octets=1):
    """The octets behind their length, as RFC 6043's labels have them."""
    return len(octets).to_bytes(length_octets, "big") + octets


def derive(name, func, inkey, label, out_bits, log=None):
    outkey = prf(func, inkey, label, out_bits)
    if log is not None:
        log.append({"name": name, "prf": func, "inkey": inkey.hex(), "label": label.hex(), "outkey": outkey.hex()})
    return outkey


def message_key(kind, func, inkey, csb_id, direction, rand_i, rand_r, out_bits, log=None, name=None):
    """RFC 6043 5.1.2: a key that protects a message; direction 1 in initial messages, 2 in responses."""
    label = (constant(MESSAGE_KEYS[kind]) + b"\xff" + csb_id.to_bytes(4, "big") + bytes([direction])
             + counted(rand_i) + counted(rand_r))
    return derive(name or kind, func, inkey, label, out_bits, log)


def message_key_3830(kind, func, inkey, csb_id, rand, out_bits, log=None, name=None):
    """RFC 3830 4.1.4: the same in the older modes."""
    label = constant(MESSAGE_KEYS[kind]) + b"\xff" + csb_id.to_bytes(4, "big") + rand
    return derive(name or kind, func, inkey, label, out_bits, log)


def session_key(kind, func, inkey, cs_id, rand_i, rand_r, out_bits, log=None, name=None):
    """RFC 6043 5.1.3: a key of a crypto session from a TGK, a forked TGK or a GTGK."""
    label = (constant(SESSION_KEYS[kind]) + bytes([cs_id]) + ALL_CSBS + b"\x03" + counted(rand_i) + counted(rand_r))
    return derive(name or kind, func, inkey, label, out_bits, log)


def session_key_3830(kind, func, inkey, cs_id, csb_id, rand, out_bits, log=None, name=None):
    """RFC 3830 4.1.3."""
    label = constant(SESSION_KEYS[kind]) + bytes([cs_id]) + csb_id.to_bytes(4, "big") + rand
    return derive(name or kind, func, inkey, label, out_bits, log)


def forked_key(kind, func, inkey, identity, rand_kms, log=None, name=None):
    """RFC 6043 5.1.1: MPKr' or TGK', as long as the key it comes from; PRF of the Ticket Policy."""
    label = (constant(FORKED_KEYS[kind]) + b"\xff" + ALL_CSBS + b"\x00" + counted(identity, 2) + counted(rand_kms))
    return derive(name or kind, func, inkey, label, len(inkey) * 8, log)


def vr_key(func, mpkr, out_bits, log=None):
    """RFC 6043 6.10: auth_key of Vr, from MPKr (not forked)."""
    label = constant(MESSAGE_KEYS["auth_key"]) + b"\xff" + ALL_CSBS + b"\x04"
    return derive("vr_auth_key", func, mpkr, label, out_bits, log)


def ticket_key(kind, func, tpk, rand, out_bits, log=None):
    """RFC 6043 A.2.1: a key that protects the base ticket; PRF of the Ticket Policy."""
    label = constant(MESSAGE_KEYS[kind]) + b"\xff" + ALL_CSBS + b"\x05" + counted(rand)
    return derive("ticket_" + kind, func, tpk, label, out_bits, log)


def ticket_mpk(kind, func, mpk, rand, log=None):
    """RFC 6043 A.2.2: MPKi or MPKr from the MPK of the ticket, as long as it."""
    label = constant(TICKET_MPKS[kind]) + b"\xff" + ALL_CSBS + b"\x06" + counted(rand)
    return derive(kind, func, mpk, label, len(mpk) * 8, log)
