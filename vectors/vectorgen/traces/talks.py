"""The MIKEY messages of traces, by the maker of conversations; what each trace needs of them."""

import functools
import hashlib

from mikeyticket import derive

from .. import material
from ..exchange import srtp
from ..conversations import changes, form, messages as steps
from ..conversations.maker import Maker
from ..conversations.plan import media, mixed, tls

GENERAL_EXT = "GENERAL_EXT"
FIRST = ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp", "transfer_resp")
INIT, RESP = 2, 5


def lists(at, ids=("mikey",)):
    """General Extension SDP IDs; `ids` None: none; text: as it stands."""
    if ids is None:
        return {}
    def add(tree, m, made):
        node = {"payload": GENERAL_EXT, "type": 1, "sdp_ids": ids.split(";") if isinstance(ids, str) else list(ids)}
        tree["payloads"].insert(len(tree["payloads"]) - 1, node)
    return changes.model(at, add)


class Talk:
    def __init__(self, plan, hooks=None):
        self.maker = Maker(plan, hooks).run()
        self.all = self.maker.made

    def first(self, kind, which=0):
        return [one for one in self.all if one.kind == kind][which]

    @property
    def init(self):
        return self.first("transfer_init")

    @property
    def resp(self):
        return self.first("transfer_resp")

    def keys(self, *drop, **more):
        """A key file: everything but messages and what `drop` names."""
        out = form.conversation(self.maker)
        for name in ("messages", "profile", "mline", *drop):
            out.pop(name, None)
        return {**out, **more}

    def tek(self, cs_id, which=0, length=None):
        """Of a crypto session, after TRANSFER_RESP (RFC 6043 5.1.1, 5.1.3); of SRTP as long as the policy says."""
        exchange = self.maker.exchanges[which]
        key = steps.forked_key(exchange.ticket, exchange.ticket.keys[0], exchange.modifier)
        prf = self.init.hdr["prf_func"]
        return derive.session_key("tek", prf, key.key, cs_id, exchange.rand_i, exchange.rand_r, 8 * (length or len(key.key)))


def made(plan, ids=("mikey",), at=INIT, hooks=None):
    return Talk(plan, changes.both(lists(at, ids), hooks or {}))


@functools.lru_cache(None)
def rtp(name="rtp", ids=("mikey",), lines=1, **members):
    cs = tuple(srtp(1 + i, 0x11111111 + i, spi="*") for i in range(2 * lines))
    return made(media(f"traces/{name}", cs=cs, **members), ids)


@functools.lru_cache(None)
def msrp(name="msrp", ids=("mikey",), **members):
    return made(tls(f"traces/{name}", **members), ids)


@functools.lru_cache(None)
def bfcp(name="bfcp", ids=("mikey",), **members):
    return made(tls(f"traces/{name}", profile="ims-bfcp-tls", **members), ids)


@functools.lru_cache(None)
def both(name="both", ids=("mikey",), **members):
    """One audio m-line and one of MSRP over TLS."""
    return made(mixed(f"traces/{name}", **members), ids)


def fingerprint(who, hash_name="sha-256"):
    digest = hashlib.new(hash_name.replace("-", ""), material.certificate(who)).hexdigest().upper()
    return f"a=fingerprint:{hash_name} " + ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))
