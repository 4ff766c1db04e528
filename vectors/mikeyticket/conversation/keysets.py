"""Which keys protect a message (section 3)."""

from .. import derive
from .learned import fork, modifier_of, usable
from .message import (ERROR, I, PSK, R, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK, RESOLVE_RESP, TRANSFER,
                      TRANSFER_RESP)


class KeySet:
    """What keys of one message are derived from; `of` says from what: psk, env, mpk."""

    def __init__(self, of, inkey, prf, csb_id, direction, rand_i=b"", rand_r=b"", old=False):
        self.of, self.inkey, self.prf, self.csb_id, self.direction = of, inkey, prf, csb_id, direction
        self.rand_i, self.rand_r, self.old = rand_i or b"", rand_r or b"", old

    def key(self, kind, bits):
        if self.old:
            return derive.message_key_3830(kind, self.prf, self.inkey, self.csb_id, self.rand_i, bits)
        return derive.message_key(kind, self.prf, self.inkey, self.csb_id, self.direction, self.rand_i, self.rand_r, bits)


def key_set(of, inkey, prf, csb_id, direction, rand_i=b"", rand_r=b"", old=False):
    """None where the key or the PRF is not known."""
    if usable(inkey) is None or prf not in (0, 1):
        return None
    return KeySet(of, inkey, prf, csb_id, direction, rand_i, rand_r, old)


def keyset_of(j, m):
    if m.data_type in (0, 1):
        first = m if m.data_type == 0 else m.initial
        return first and key_set("psk", j.secrets["psk_i"], m.hdr["prf_func"], m.hdr["csb_id"], 1, rand_3830(j, first),
                                 old=True)
    if m.data_type == ERROR:
        return error_keyset(m)
    if m.data_type in (TRANSFER, TRANSFER_RESP):
        return update_keyset(j, m, j.settings["update_keys"]) if m.update else transfer_keyset(m)
    return kms_keyset(j, m)


def rand_3830(j, first):
    """RAND of an initial message; an update has none (RFC 3830 4.5), that of its CSB is used."""
    node = first.first("RAND")
    if node:
        j.rands_3830[first.hdr["csb_id"]] = bytes.fromhex(node["rand"])
    return j.rands_3830.get(first.hdr["csb_id"], b"")


def error_keyset(m):
    """The auth_key of the message it is about; about a *_INIT_PK: of its envelope key, as an initial message."""
    about = m.about
    if about is None or not about.tree:
        return None
    if about.data_type in (REQUEST_PK, RESOLVE_PK):
        return key_set("env", about.env_key, about.hdr["prf_func"], about.hdr["csb_id"], 1, *kms_rands(about))
    return about.keyset


def kms_rands(request):
    """RANDRi and RANDRr in labels of a Ticket Request or a Ticket Resolve exchange."""
    if request.data_type in (REQUEST_PSK, REQUEST_PK):
        return request.rand(I), b""
    return b"", request.rand(R)


def psk_of(j, request):
    idrpsk = request.idr(PSK)
    subscriber = j.directory.by_b_tid.get(idrpsk[1]) if idrpsk else None
    if subscriber and subscriber.psk is not None:
        return subscriber.psk
    if request.data_type == REQUEST_PSK:
        return j.secrets["psk_i"]
    return j.secrets["psk_kms" if request.sender == "K" else "psk_r"]


def kms_keyset(j, m):
    request, direction = (m.initial, 2) if m.data_type in (REQUEST_RESP, RESOLVE_RESP) else (m, 1)
    if request is None:
        return None
    prf, csb_id, rands = m.hdr["prf_func"], m.hdr["csb_id"], kms_rands(request)
    if request.data_type in (REQUEST_PSK, RESOLVE_PSK):
        return key_set("psk", psk_of(j, request), prf, csb_id, direction, *rands)
    return key_set("env", request.env_key, prf, csb_id, 2, *rands) if direction == 2 else None


def transfer_keyset(m):
    """TRANSFER_INIT and TRANSFER_RESP that are no update."""
    prf, csb_id, known = m.hdr["prf_func"], m.hdr["csb_id"], m.ticket_state
    if known is None:
        return None
    if m.data_type == TRANSFER:
        return key_set("mpk", known.mpki, prf, csb_id, 1, m.rand(I))
    if m.initial is None:
        return None
    flags = m.initial.flags
    secret = known.mpki
    if flags["I"]:
        modifier = modifier_of(m)
        secret = fork("mpkr_forked", known.prf, known.mpkr, modifier) or known.mpkr_forked_for(modifier)
    return key_set("mpk", secret, prf, csb_id, 2, m.initial.rand(I), m.rand(R) if flags["G"] else b"")


def update_keyset(j, m, update_keys):
    """Updates: the keys of the last message of the initial exchange, or new ones from its MPK (setting update_keys)."""
    exchange = m.exchange
    last = exchange.last.keyset if exchange and exchange.last else None
    if last is None or update_keys == "same_keys":
        return last
    rand_r = exchange.rand(R) if exchange.flag("G") else b""
    return key_set("mpk", last.inkey, m.hdr["prf_func"], m.hdr["csb_id"], 1 if m.data_type == TRANSFER else 2,
                   exchange.rand(I), rand_r)
