"""Opening the encrypted data of a KEMAC (RFC 3830 6.2; RFC 6043 6.2)."""

from . import ciphers
from .chains import TooDeep, read_plaintext
from .codec import Context
from .errors import ParseError
from .octets import Reader

SCOPE, ROW = "encr_data", "RFC3830-6.2-x01"
MAX_DEPTH = 16          # of chains in a plaintext


def read(plain, end, data_type):
    return read_plaintext(Reader(plain, end=end), SCOPE, ROW, Context(data_type, MAX_DEPTH))


def open_octets(alg, key, iv, data, data_type, settings):
    """(plaintext without padding, its payloads), both None where it does not decrypt to a chain."""
    plain = ciphers.decrypt(alg, key, iv, data)
    if plain is None:
        return None, None
    try:
        return plain, read(plain, len(plain), data_type)
    except TooDeep:
        return None, None
    except ParseError as error:
        end = error.offset
        if error.status != "trailing" or error.path != SCOPE or not is_padding(alg, plain, end, settings):
            return None, None
    return plain[:end], read(plain, end, data_type)


def is_padding(alg, plain, end, settings):
    """Setting kw_pad=zero: fewer than 8 zero octets stand after the last sub-payload, or 16 octets are the least."""
    if alg != 2 or settings["kw_pad"] != "zero" or any(plain[end:]):
        return False
    return len(plain) - end < 8 or len(plain) <= 16
