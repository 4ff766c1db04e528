"""Makes the messages of a conversation from its plan, with everything that went into them.

A Made knows the octets and what the right keys are; a hook may change its model before protection, the keys it is protected
with, or its octets. What is right is then still what the texts say of the changed message.
"""

import copy
from dataclasses import dataclass, field

from mikeyticket import coverage, derive, settings as settings_module
from mikeyticket.keys import INITIATOR, KMS, RESPONDER

from .. import material
from ..exchange import KEY_NAMES, MPK, SRTP_POLICY, TGK, TGK_SALT, flags, idr, kemac, randr, sp, srtp, v
from . import messages
from .plan import PEOPLE
from .protection import Cover, Label, protect_message, protect_ticket

SALTED = (1, 3, 5)
START = 0xE93E5A00                          # material.ntp(0): 2024-01-01


@dataclass
class Key:
    type: int
    key: bytes
    salt: bytes = b""
    spi: bytes = b""

    def node(self):
        out = {"payload": "KEY_DATA", "type": self.type, "kv": 1, "key_data": self.key.hex()}
        if self.type in SALTED:
            out["salt_data"] = self.salt.hex()
        return {**out, "spi": self.spi.hex()}


@dataclass
class Ticket:
    """A ticket as it was granted (or made by the Initiator), and the keys in it."""
    node: dict
    tpk: bytes
    mpk: bytes
    mpki: bytes
    mpkr: bytes
    keys: list
    plain: bytes
    prf: int

    @property
    def ones(self):
        return {flag for flag, value in self.node["flags"].items() if value}


@dataclass
class Exchange:
    """An initial Ticket Transfer exchange."""
    ex: str
    ticket: Ticket
    init: object = None
    resp: object = None
    rand_i: bytes = b""
    rand_r: bytes = b""
    modifier: tuple = None                  # ID Data of IDRr, RANDRkms

    def forked(self):
        return derive.forked_key("mpkr_forked", self.ticket.prf, self.ticket.mpkr, *self.modifier)


@dataclass
class Made:
    ex: str
    sender: str
    data: bytes
    model: dict
    spans: dict
    label: Label                            # the right keys
    cover: Cover
    plain: bytes = None                     # of its own KEMAC
    iv_time: tuple = None
    needs: str = ""                         # the secret that authenticates it
    kind: str = ""
    about: int = None
    answers: object = None                  # the Made it answers, or that an Error is about
    ticket: Ticket = None
    exchange: Exchange = None
    keys: list = None                       # Key list of its KEMAC
    env_key: bytes = None
    extra: dict = field(default_factory=dict)

    @property
    def hdr(self):
        return self.model["hdr"]


class Maker:
    def __init__(self, plan, hooks=None):
        self.plan, self.hooks, self.made = plan, hooks or {}, []
        self.settings = settings_module.settings(**plan.setting)
        self.settings_judged = settings_module.settings(**(plan.setting if plan.judged is None else plan.judged))
        if "lenient" in self.hooks:             # its octets are going to be replaced
            self.settings["lenient"] = True
        self.who = {**PEOPLE, **plan.who}
        self.clock, self.times = plan.start, []
        self.tickets, self.exchanges, self.resolutions = [], [], []
        self.of = self.ticket_of = None         # which exchange or ticket a step is about, by number; None: the last
        size = plan.size or (32 if plan.suite_of("ticket")[0] == 1 else 16)
        self.size = {what: plan.sizes.get(what, size) for what in ("psk_i", "psk_r", "psk_kms", "tpk", "mpk", "env_i", "env_r")}
        self.longest = max([n for _, n in plan.keys] + list(self.size.values()) + [16])
        for name in self.size:
            if name != "mpk":
                setattr(self, name, self.octets(name, self.size[name]))
        hook = self.hooks.get("maker")
        if hook:
            hook(self)

    def octets(self, what, length):
        return material.octets(f"conversation/{self.plan.name}/{what}", length)

    def rand(self, what):
        return self.octets(what, self.plan.sizes.get(what.split(" ")[0], self.longest))

    def csb_id(self, which):
        return int.from_bytes(self.octets(f"csb {which}", 4), "big")

    # --- identities and time --------------------------------------------------------------------------------------

    def identity(self, role):
        text = self.who[role][0]
        return text if isinstance(text, bytes) else text.encode()

    def headed(self, role, who=None):
        """An identity that no payload carries, as it stands in a MAC (setting mac_identity)."""
        text, id_type = who or self.who[role]
        data = text if isinstance(text, bytes) else text.encode()
        head = {"id_data": b"", "len_data": len(data).to_bytes(2, "big"),
                "type_len_data": bytes([id_type]) + len(data).to_bytes(2, "big")}
        return head[self.settings["mac_identity"]] + data

    def known(self, called=False):
        out = {role: self.headed(role) for role in (INITIATOR, RESPONDER, KMS)}
        if called and self.plan.called:
            out[RESPONDER] = self.headed(RESPONDER, (self.plan.called, self.who[RESPONDER][1]))
        return out

    def idrs(self, exchange, *roles):
        if exchange in self.plan.omit or "" in self.plan.omit:
            return []
        return [idr(role, *self.who[role]) for role in roles]

    def t(self, exchange, step=1):
        """The next T; every message of a conversation is a second later than the one before it."""
        self.clock += step
        ts_type = self.plan.ts_of(exchange)
        return {"payload": "T", "ts_type": ts_type, "ts_value": material.ntp(self.clock, ts_type)}

    # --- keys and tickets -----------------------------------------------------------------------------------------

    def key(self, name, kind, length):
        return Key(kind, self.octets(f"{name} key", length), self.octets(f"{name} salt", 14) if kind in SALTED else b"",
                   self.octets(f"{name} spi", self.plan.spi_len))

    def key_list(self, name, keys):
        return [self.key(f"{name} {i}", kind, length) for i, (kind, length) in enumerate(keys)]

    def mpk_key(self, octets):
        return Key(MPK, octets, b"", self.octets("mpk spi", self.plan.spi_len))

    def new_ticket(self):
        plan, which = self.plan, len(self.tickets)
        prf, encr, mac = plan.suite_of("ticket")
        mpk, rand = self.octets(f"mpk {which}", self.size["mpk"]), self.rand(f"ticket_rand {which}")
        keys = self.key_list(f"ticket {which}", plan.keys)
        node = messages.ticket_node(self, "TICKET", plan.granted or plan.allowed, plan.ones)
        node["ticket_data"] = [{"payload": "THDR", "thdr_data": self.octets(f"thdr {which}", 8).hex()}, self.t("ticket", 0),
                               {"payload": "RAND", "rand": rand.hex()},
                               kemac(encr, [k.node() for k in [self.mpk_key(mpk)] + keys])]
        if plan.idrpsk:
            node["ticket_data"].append(idr(4, b"tpk-2024-01", 2))
        node["ticket_data"].append(v(mac, "TICKET_MAC"))
        before, after, tpk = self.hook("ticket"), self.hook("ticket_after"), self.tpk
        if before:
            before(node, self, keys)
        plain = protect_ticket(node, self.hooks.get("wrong_tpk", tpk), self.hooks.get("ticket_settings", self.settings))
        if after:
            after(node, self)
        ticket = Ticket(node, tpk, mpk, derive.ticket_mpk("mpki", node["prf_func"], mpk, rand),
                        derive.ticket_mpk("mpkr", node["prf_func"], mpk, rand), keys, plain, node["prf_func"])
        self.tickets.append(ticket)
        return ticket

    def hook(self, what):
        return self.hooks.get(what)

    @property
    def exchange(self):
        return self.exchanges[-1 if self.of is None else self.of]

    @property
    def ticket(self):
        if self.of is not None and self.ticket_of is None:
            return self.exchange.ticket
        return self.tickets[-1 if self.ticket_of is None else self.ticket_of]

    def message_hook(self, what):
        """The hook for the message that is being made, by its index."""
        return self.hooks.get((what, len(self.made)))

    # --- one message ----------------------------------------------------------------------------------------------

    def add(self, ex, sender, model, label, cover, vr=None, sign_key=None, pke=None, **members):
        """Protects and keeps a message. `vr` = (PRF, MPKr) where Initiator Data is made; `pke` fills PKE."""
        at = len(self.made)
        change, protect, after = (self.message_hook(what) for what in ("model", "protect", "octets"))
        made = Made(ex, sender, b"", model, {}, label, cover, **members)
        if change:
            change(model, self, made)
        if pke:
            pke(model)
        use = {"label": made.label, "cover": made.cover, "vr": vr, "sign_key": sign_key, "iv_time": made.iv_time}
        if protect:
            protect(use, self, made)
        made.data, made.spans, made.plain = protect_message(
            model, use["label"], use["cover"], use["iv_time"], use["sign_key"],
            lambda n: self.octets(f"pss {at}", n), use["vr"])
        if after:
            made.data = after(made.data, self, made)
        self.made.append(made)
        return made

    def cover_of(self, answers=None, sender_role=INITIATOR, known=None):
        """`answers`: the message whose octets follow a response's."""
        initial = b""
        if answers is not None:
            initial = answers.data
            if answers.hdr["data_type"] == 14 and self.settings["resp_init_copy"] != "entire" and answers.spans:
                initial = coverage.initial_copy(answers.data, answers.model, answers.spans, self.settings)
        return Cover(self.settings, self.known() if known is None else known, initial, sender_role)

    def iv_time(self, answers):
        if self.settings["iv_time"] == "own" or answers is None:
            return None
        from .protection import time_of
        return time_of(answers.model["payloads"])

    def hdr(self, data_type, exchange, csb_id, v_flag=0, entries=None):
        hdr = {"version": 1, "data_type": data_type, "v": v_flag, "prf_func": self.plan.suite_of(exchange)[0], "csb_id": csb_id}
        if entries is None:
            return {**hdr, "cs_id_map_type": 1}
        return {**hdr, "cs_id_map_type": 2, "cs": copy.deepcopy(list(entries))}

    # --- crypto sessions ------------------------------------------------------------------------------------------

    def sessions(self):
        spi = self.spi_of_first()
        chosen = self.plan.cs if self.plan.cs is not None else (srtp(1, 0x11111111, spi="*"), srtp(2, 0x22222222, spi="*"))
        return [{**entry, "spi": spi if entry["spi"] == "*" else entry["spi"]} for entry in chosen]

    def spi_of_first(self):
        keys = self.ticket.keys or self.key_list("supplied_i", self.plan.supplied_i) or self.key_list("supplied_r",
                self.plan.supplied_r)
        return keys[0].spi.hex() if keys else ""

    def answered(self):
        """The crypto sessions as the Responder completes them: one policy, Session Data and SPI."""
        if self.plan.cs_resp is not None:
            spi = self.spi_of_first()
            return [{**entry, "spi": spi if entry["spi"] == "*" else entry["spi"]} for entry in self.plan.cs_resp]
        out = copy.deepcopy(self.sessions())
        for entry in out:
            if entry["prot_type"] == 0:
                entry["ps"] = entry["ps"][:1] or [0]
                entry["session_data"] = entry["session_data"] or {"ssrc": 0x33000000 + entry["cs_id"]}
            entry["spi"] = entry["spi"] or self.spi_of_first()
        return out

    def policies(self):
        return copy.deepcopy(list([sp(0, 0, SRTP_POLICY)] if self.plan.sps is None else self.plan.sps))

    def run(self):
        for step in self.plan.steps:
            name, more = (step, {}) if isinstance(step, str) else (step[0], dict(step[1]))
            self.of, self.ticket_of = more.pop("of", None), more.pop("ticket", None)
            getattr(messages, name)(self, **more)
        return self


__all__ = ["Key", "Made", "Maker", "Ticket", "Exchange", "START", "KEY_NAMES", "TGK", "TGK_SALT", "flags", "randr"]
