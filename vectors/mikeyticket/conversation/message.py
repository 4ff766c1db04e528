"""One message of a conversation: octets, tree, spans, and what has been found about it."""

import functools

from .. import codec
from ..errors import ParseError

REQUEST_PSK, REQUEST_PK, REQUEST_RESP, TRANSFER, TRANSFER_RESP, RESOLVE_PSK, RESOLVE_PK, RESOLVE_RESP = range(11, 19)
ERROR = 6
INITIAL_OF = {REQUEST_RESP: (REQUEST_PSK, REQUEST_PK), TRANSFER_RESP: (TRANSFER,), RESOLVE_RESP: (RESOLVE_PSK, RESOLVE_PK),
              1: (0,), 3: (2,)}
TICKET_TYPES = range(11, 19)
MAX_DEPTH = 16
I, R, KMS, PSK = 1, 2, 3, 4             # ID roles (RFC 6043 Table 6.11); I, R and KMS are RAND roles too
GENERIC_ID = 2

KINDS = {"update": "update", "reuse": "reuse", "request": "initial", "transfer": "initial", "resolve": "initial"}
SENDER_OF = {0: "I", 1: "R", 2: "I", 3: "R", 11: "I", 12: "I", 13: "K", 14: "I", 15: "R", 16: "R", 17: "R", 18: "K"}


class Message:
    def __init__(self, index, ex, sender, data, about):
        self.index, self.ex, self.data, self.about_given = index, ex, data, about
        self.spans = {}
        self.tree = self.parse_error = None
        try:
            self.tree = codec.decode(data, self.spans, MAX_DEPTH)
        except ParseError as error:
            self.parse_error = error
        self.first_of, self.all_of = {}, {}
        if self.tree:
            for node in self.tree["payloads"]:
                self.all_of.setdefault(node["payload"], []).append(node)
        self.given_sender = sender
        self.sender = sender or SENDER_OF.get(self.data_type)
        self.initial = self.about = None        # the message it answers; the message that an Error is about
        self.update, self.exchange_kind = False, None           # exchange_kind: initial, update, reuse, as `ex` says
        self.exchange = None                    # the learned.Exchange that it begins, belongs to, or updates
        self.ticket_state = None
        self.forget()

    def forget(self):
        """As before it was judged."""
        self.auth = self.ticket_auth = self.vr_auth = self.kemac = "skipped"
        self.findings, self.derived = set(), {}
        self.keyset = None                      # keysets.KeySet
        self.kemac_keys = self.keys_by_spi = None       # keys of its KEMAC, when it opened
        self.opened = None                      # protection.OpenedTicket
        self.env_key = None

    # --- what it holds ------------------------------------------------------------------------------------------

    @property
    def hdr(self):
        return self.tree["hdr"]

    @property
    def data_type(self):
        return self.tree["hdr"]["data_type"] if self.tree else None

    @property
    def is_ticket_mode(self):
        return self.data_type in TICKET_TYPES

    def all(self, name):
        return self.all_of.get(name, ())

    def first(self, name):
        nodes = self.all_of.get(name)
        return nodes[0] if nodes else None

    def last(self):
        return self.tree["payloads"][-1] if self.tree["payloads"] else None

    def last_path(self):
        """Path of the last payload."""
        name = self.last()["payload"]
        return f"{name}[{len(self.all_of[name]) - 1}]"

    def octets_of(self, path):
        start, end = self.spans[path]
        return self.data[start:end]

    def payload_octets(self, path):
        """The payload without its Next Payload octet."""
        return self.octets_of(path)[1:]

    @functools.cached_property
    def t(self):
        """(TS type, TS value) of the first T, or None."""
        node = self.first("T")
        return (node["ts_type"], bytes.fromhex(node["ts_value"])) if node else None

    def rand(self, role):
        """The first RANDR of the role, None without."""
        return self.rands.get(role)

    @functools.cached_property
    def rands(self):
        return {node["rand_role"]: bytes.fromhex(node["rand"]) for node in reversed(self.all("RANDR"))}

    def idr(self, role):
        """(ID Type, ID Data) of the first IDR of the role, or None."""
        return idr_in(self.all("IDR"), role)

    @property
    def ticket(self):
        return self.first("TICKET")

    @property
    def flags(self):
        """The flags of its TICKET, or None."""
        return self.ticket["flags"] if self.ticket else None

    def ticket_octets(self, index=0):
        """What makes tickets the same: TICKET without Next Payload, Initiator Data length and Initiator Data."""
        path = f"TICKET[{index}]"
        return self.data[self.spans[path][0] + 1:self.spans[f"{path}.initiator_data_len"][0]]

    @property
    def num_cs(self):
        return self.hdr.get("num_cs", len(self.hdr.get("cs", ())))

    @property
    def sessions(self):
        """Its GENERIC-ID crypto sessions."""
        return self.hdr["cs"] if self.hdr["cs_id_map_type"] == GENERIC_ID else []

    def head(self):
        """What a response repeats of HDR in every exchange."""
        return (self.hdr["version"], self.hdr["prf_func"], self.hdr["csb_id"])

    def find(self, row):
        self.findings.add(row)


def idr_in(nodes, role):
    for node in nodes:
        if node["payload"] == "IDR" and node["id_role"] == role:
            return node["id_type"], bytes.fromhex(node["id_data"])
    return None


def link(messages):
    """Which message each response answers, which one each Error is about, and what is a CSB update or a reuse."""
    linker = Linker()
    for m in messages:
        linker.connect(m, messages)
        linker.keep(m)


class Linker:
    """The messages so far, by what later ones answer."""

    def __init__(self):
        self.last = {}              # (ex, data type, CSB ID or None) -> the last such message; ex "" stands for all
        self.latest = {}            # ex -> sender -> the last message of that sender

    def connect(self, m, messages):
        """Sets what the message answers, or is about."""
        if m.tree:
            wanted = INITIAL_OF.get(m.data_type, ())
            for csb_id in (m.hdr["csb_id"], None):
                found = [self.last[m.ex or "", kind, csb_id] for kind in wanted if (m.ex or "", kind, csb_id) in self.last]
                m.initial = m.initial or max(found, key=lambda one: one.index, default=None)
            set_kind(m)
        if m.data_type == ERROR:
            seen = self.latest.get(m.ex or "", {})
            others = [one for sender, one in seen.items() if m.sender is None or sender != m.sender]
            m.about = messages[m.about_given] if m.about_given is not None else max(
                others, key=lambda one: one.index, default=None)

    def keep(self, m):
        """Messages after it may answer it."""
        for ex in {m.ex or "", ""}:
            self.latest.setdefault(ex, {})[m.sender] = m
            if m.tree:
                self.last[ex, m.data_type, m.hdr["csb_id"]] = self.last[ex, m.data_type, None] = m


def set_kind(m):
    m.exchange_kind = next((kind for word, kind in KINDS.items() if (m.ex or "").startswith(word)), None)
    if m.data_type not in (TRANSFER, TRANSFER_RESP):
        return
    if m.exchange_kind:
        m.update = m.exchange_kind == "update"
    elif m.data_type == TRANSFER:               # FORMAT.md section 3, without `exchange`
        m.update = m.sender == "R" or (m.rand(I) is None and m.ticket is None)
    elif m.data_type == TRANSFER_RESP:
        m.update = m.initial.update if m.initial else m.sender == "I"

