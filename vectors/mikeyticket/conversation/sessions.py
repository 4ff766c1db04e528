"""Keys of the crypto sessions (section 7; RFC 6043 5.1.3), and which key an SPI names."""

from .. import derive
from .learned import GTGKS, TEKS, TGKS, by_spi, fork, modifier_of, usable
from .message import I, R, TRANSFER, TRANSFER_RESP

TEK_LENGTH, SALT_LENGTH = (1, 16), (4, 14)          # parameter of an SRTP policy, default (RFC 3830 6.10.1)


def named_key(m, spi):
    """(where, key): the key with this SPI; where is `transfer`, `original` or `resolved`. None where there is none.
    The newest KEMAC in Ticket Transfer of this ticket wins, then comes the ticket."""
    if m.auth == "ok" and m.kemac_keys:
        if m.keys_by_spi is None:
            m.keys_by_spi = by_spi(m.kemac_keys)
        if spi in m.keys_by_spi:
            return "transfer", m.keys_by_spi[spi]
    for index, key in reversed(m.ticket_state.transferred.get(spi, ())):
        if index < m.index:
            return "transfer", key
    where, keys = m.ticket_state.own_keys(modifier_in(m))
    return (where, keys[spi]) if spi in keys else None


def modifier_in(m):
    """The modifier that the keys of a Ticket Transfer message were forked with, where a TRANSFER_RESP has said it."""
    source = m if m.data_type == TRANSFER_RESP and not m.update else m.exchange and m.exchange.resp
    return modifier_of(source) if source else None


def policy_of(m, number):
    """The SP with this number: the message's own, then that of the TRANSFER_INIT it answers."""
    for source in (m, m.initial):
        for node in source.all("SP") if source else ():
            if node["policy_no"] == number:
                return node
    return None


def policy_length(m, entry, parameter):
    """A length in octets from the first policy of a crypto session."""
    number, default = parameter
    node = policy_of(m, entry["ps"][0]) if entry["ps"] else None
    for param in node["policy_param"] if node else ():
        if param["type"] == number:
            value = int.from_bytes(bytes.fromhex(param["value"])[:8], "big") if len(param["value"]) <= 16 else 0
            return value if 1 <= value <= 64 else default
    return default


def secret_of(m, where, key):
    """What keys are derived from: GTGK, TGK or TGK' (5.1.1); None where the modifier is not there yet."""
    state = m.ticket_state
    if key.type in GTGKS or where != "original" or not state.flags["I"]:
        return key.key
    return fork("tgk_forked", state.prf, key.key, modifier_in(m))


def rands_of(m, exchange):
    """RANDRi where H=1, RANDRr where G=1, of the initial exchange; None where RANDRr is not there yet."""
    rand_i = (exchange.init.rand(I) or b"") if exchange.flag("H") else b""
    if not exchange.flag("G"):
        return rand_i, b""
    rand_r = m.rand(R) if m.data_type == TRANSFER_RESP and not m.update else exchange.rand(R)
    return (rand_i, rand_r) if rand_r is not None else None


def session(j, m, exchange, entry):
    """{tek, salt} of a crypto session, None where nothing can be said."""
    found = named_key(m, bytes.fromhex(entry["spi"])) if entry["spi"] else None
    if found is None:
        return None
    where, key = found
    srtp = j.profile.is_kind(entry["prot_type"], "srtp")
    if key.type in TEKS:
        out = {"tek": key.key.hex()}
        return {**out, "salt": key.salt.hex()} if key.salt else out
    secret, rands = (secret_of(m, where, key), rands_of(m, exchange)) if key.type in TGKS + GTGKS else (None, None)
    if usable(secret) is None or rands is None or m.hdr["prf_func"] not in (0, 1):
        return None

    def made(kind, length):
        return derive.session_key(kind, m.hdr["prf_func"], secret, entry["cs_id"], *rands, length * 8).hex()
    out = {"tek": made("tek", policy_length(m, entry, TEK_LENGTH) if srtp else len(secret))}
    if key.salt:
        out["salt"] = key.salt.hex()
    elif srtp:
        out["salt"] = made("salt_key", policy_length(m, entry, SALT_LENGTH))
    return out


def derive_sessions(j, m):
    """`derived.cs` of a Ticket Transfer message that is authentic."""
    if m.data_type not in (TRANSFER, TRANSFER_RESP) or m.auth != "ok" or m.ticket_state is None or m.exchange is None:
        return
    found = {}
    for entry in m.sessions:
        keys = session(j, m, m.exchange, entry)
        if keys:
            found.setdefault(str(entry["cs_id"]), keys)
    if found:
        m.derived["cs"] = found
