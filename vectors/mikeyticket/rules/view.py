"""A message as the rules see it."""

from dataclasses import dataclass
from typing import Optional

from ..settings import settings as complete_settings

ERROR = 6
REQUEST_PSK, REQUEST_PK, REQUEST_RESP, TRANSFER, TRANSFER_RESP, RESOLVE_PSK, RESOLVE_PK, RESOLVE_RESP = range(11, 19)
I, R, KMS, PSK, APP = 1, 2, 3, 4, 5
SRTP_ID, EMPTY_MAP, GENERIC_ID = 0, 1, 2
BASE_TICKETS = ((1, 1, 1), (2, 0, 0))
TGKS, MPK = (0, 1), 6


@dataclass
class Context:
    exchange: Optional[str] = None          # initial, update, reuse
    sender: Optional[str] = None            # I, R, K
    m_lines: Optional[list] = None          # rtp, tls
    tpk_at_hand: bool = False


class View:
    def __init__(self, tree, profile, context):
        self.tree, self.profile, self.whole, self.context = tree, profile, profile.whole, context
        self.settings = complete_settings(**profile.settings)
        self.hdr, self.payloads = tree["hdr"], tree["payloads"]
        self.kind = self.hdr["data_type"]
        self.rows = set()
        self.names = {}
        for node in self.payloads:
            self.names.setdefault(node["payload"], []).append(node)
        self.update = self.is_update()

    def is_update(self):
        """True, False, or None for a TRANSFER_RESP of which it is not known (FORMAT.md section 3)."""
        given, sender = self.context.exchange, self.context.sender
        if self.kind not in (TRANSFER, TRANSFER_RESP):
            return False
        if given:
            return given == "update"
        if self.kind == TRANSFER:
            return sender == "R" or not (self.has("RANDR", rand_role=I) or self.has("TICKET"))
        return True if sender == "I" else None

    def find(self, row):
        self.rows.add(row)

    def rfc6043(self, *names):
        for name in names:
            self.rows.add(f"RFC6043-{name}")

    def all(self, name):
        return self.names.get(name, [])

    def first(self, name):
        return self.names[name][0] if name in self.names else None

    def has(self, name, **members):
        return any(all(node[k] == v for k, v in members.items()) for node in self.all(name))

    def lacks(self, *wanted):
        """Whether one of (name, members) is not there."""
        return any(not self.has(name, **members) for name, members in wanted)

    @property
    def last(self):
        return self.payloads[-1]["payload"] if self.payloads else None

    @property
    def ticket_mode(self):
        return self.kind in range(11, 19)

    @property
    def sessions(self):
        return self.hdr["cs"] if self.hdr["cs_id_map_type"] == GENERIC_ID else []

    @property
    def tickets(self):
        return self.all("TICKET")

    def everywhere(self, *names):
        """Payloads of these names in the message, TP Data, Initiator Data and the Ticket Data that the judge resolves."""
        chains = [self.payloads]
        for node in self.all("TP") + self.tickets:
            chains += [node["tp_data"], node.get("initiator_data", [])]
        chains += [data for _, data in self.resolved() if isinstance(data, list)]
        return [node for chain in chains for node in chain if node["payload"] in names]

    def kind_of(self, prot_type):
        """The kind of a Prot type, None where the profile knows none."""
        return next((name for name, number in self.profile.prot_types.items() if number == prot_type), None)

    def resolved(self):
        """(TICKET, its Ticket Data) of the base tickets that the judge resolves."""
        return [(node, node["ticket_data"]) for node in self.tickets if self.context.tpk_at_hand and is_base(node)]


def is_base(ticket):
    return (ticket["ticket_type"], ticket["subtype"], ticket["version"]) in BASE_TICKETS


def keys_in(kemac):
    """Key data of a KEMAC that can be seen."""
    data = kemac["encr_data"]
    return [n for n in data if n["payload"] == "KEY_DATA"] if kemac["encr_alg"] == 0 and isinstance(data, list) else []


def of_name(payloads, name):
    return [n for n in payloads if n["payload"] == name]
