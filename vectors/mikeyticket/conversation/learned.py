"""What is known while a conversation is judged: keys of the ticket, exchanges, and who gave them (section 2, Learning)."""

import functools

from .. import derive

MPK, TGKS, GTGKS, TEKS = 6, (0, 1), (4, 5), (2, 3)
LONGEST_INKEY = 256             # octets; what is longer is no key, or a PRF would take time that grows with its square


def usable(key):
    """The key, None where nothing can be derived from it."""
    return key if key and len(key) <= LONGEST_INKEY else None


class Key:
    """A Key data sub-payload."""

    def __init__(self, node):
        self.type, self.kv = node["type"], node["kv"]
        self.key = bytes.fromhex(node["key_data"])
        self.salt = bytes.fromhex(node.get("salt_data", ""))
        self.spi = bytes.fromhex(node.get("spi", ""))

    def same_as(self, other):
        return (self.type, self.spi, self.key, self.salt) == (other.type, other.spi, other.key, other.salt)


def keys_in(payloads):
    return [Key(node) for node in payloads if node["payload"] == "KEY_DATA"]


def session_keys(keys):
    return [key for key in keys if key.type != MPK]


@functools.lru_cache(4096)
def fork(kind, func, key, modifier):
    """MPKr' or TGK' (5.1.1); None where the key, the PRF or the modifier does not allow it."""
    if func not in (0, 1) or modifier is None or usable(key) is None:
        return None
    return derive.forked_key(kind, func, key, *modifier)


class ForkedKeys:
    """What one RESOLVE_RESP gave with I=1: MPKr' (None where it had none) and the session keys, TGKs forked."""

    def __init__(self, modifier, mpkr_forked, keys):
        self.modifier, self.mpkr_forked, self.keys = modifier, mpkr_forked, keys
        self.by_spi = by_spi(keys)


class TicketState:
    """What is known of a ticket. `original`: its session keys as the ticket has them; `forked`: those that RESOLVE_RESPs
    gave with I=1, in order, each set belonging to its modifier (one for every device that asked, 5.1.1)."""

    def __init__(self, octets, node, given):
        self.octets, self.prf, self.flags, self.given = octets, node["prf_func"], node["flags"], given
        self.opened = None
        self.own = {"mpki": None, "mpkr": None, "mpkr_forked": None}
        self.original = self.indexed = None
        self.forked = []
        self.transferred = {}                   # SPI -> [(index of the message, key of its KEMAC)], in order
        self.resolutions = []                   # its authenticated RESOLVE_RESPs

    def value(self, name):
        return usable(self.own[name]) or usable(self.given[name])

    mpki = property(lambda self: self.value("mpki"))
    mpkr = property(lambda self: self.value("mpkr"))
    mpkr_forked = property(lambda self: self.value("mpkr_forked"))

    def keep(self, name, value):
        if value is not None and self.own[name] is None:
            self.own[name] = value

    def own_keys(self, modifier):
        """(where, SPI -> key) of the ticket's own session keys, as the modifier forks them where they came forked."""
        if self.original is None:
            chosen = self.forked_for(modifier)
            return "resolved", chosen.by_spi if chosen else {}
        if self.indexed is None:
            self.indexed = by_spi(self.original)
        return "original", self.indexed

    def forked_for(self, modifier):
        """The newest set of forked keys with the modifier, else the newest."""
        own = (one for one in reversed(self.forked) if modifier is not None and one.modifier == modifier)
        return next(own, self.forked[-1] if self.forked else None)

    def mpkr_forked_for(self, modifier):
        chosen = self.forked_for(modifier)
        return usable(chosen and chosen.mpkr_forked) or usable(self.given["mpkr_forked"])

    def learn_ticket(self, opened):
        """From the ticket itself: what the TPK opens comes before what messages say."""
        self.opened = opened
        if opened.mpki:
            self.own["mpki"], self.own["mpkr"] = opened.mpki, opened.mpkr
        if opened.keys is not None:
            self.original = session_keys(opened.keys)

    def learn_granted(self, keys):
        mpks = leading_mpks(keys)
        self.keep("mpki", mpks[0] if mpks else None)
        self.keep("mpkr", mpks[1] if len(mpks) > 1 and self.flags["I"] else None)
        if self.original is None:
            self.original = session_keys(keys)

    def learn_resolved(self, keys, modifier):
        mpks = leading_mpks(keys)
        self.keep("mpki", mpks[0] if mpks else None)
        if not self.flags["I"]:
            if self.original is None:
                self.original = session_keys(keys)
            return
        forked = mpks[1] if len(mpks) > 1 else None
        if forked:
            self.own["mpkr_forked"] = forked
        self.forked.append(ForkedKeys(modifier, forked, session_keys(keys)))

    def learn_transferred(self, index, keys):
        for spi, key in by_spi(keys).items():
            entries = self.transferred.setdefault(spi, [])
            entries.append((index, key))
            entries.sort(key=lambda entry: entry[0])

    @property
    def keys(self):
        """Its session keys as they were first known, None where nothing is."""
        if self.original is not None:
            return self.original
        return self.forked[0].keys if self.forked else None


def by_spi(keys):
    """SPI -> the first key that has it; MPKs do not count."""
    found = {}
    for key in keys:
        if key.type != MPK and key.kv == 1:
            found.setdefault(key.spi, key)
    return found


def leading_mpks(keys):
    found = []
    for key in keys:
        if key.type != MPK:
            break
        found.append(key.key)
    return found


class Exchange:
    """An initial exchange of Ticket Transfer, and the CSB that it sets up."""

    def __init__(self, init):
        self.init, self.resp = init, None       # resp: its authenticated TRANSFER_RESP
        self.last_t = {}                        # sender -> (TS type, TS value) of the last authenticated message

    @property
    def flags(self):
        return self.init.flags

    def flag(self, name):
        return self.init.flags[name] if self.init.flags else 0

    @property
    def last(self):
        """The message whose keys protect updates (5.2, A13). MPKi is known to everybody who may resolve the ticket: with
        F=1 nothing is protected with it once the Responder has answered, and before that there is nothing to update."""
        return self.resp or (None if self.flag("F") else self.init)

    def rand(self, role):
        """RANDR of the role as the exchange sent it."""
        if role == 1:
            return self.init.rand(1)
        return self.resp.rand(role) if self.resp else None


def modifier_of(m):
    """(ID Data, RANDRkms) for forking, None unless the message has both."""
    identity, rand = m.idr(2), m.rand(3)
    return (identity[1], rand) if identity is not None and rand is not None else None
