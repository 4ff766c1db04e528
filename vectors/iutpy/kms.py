"""The KMS (RFC 6043 4.2.1.4, 4.2.1.5, 4.2.3.4, 4.2.3.5; section 10): grants tickets and resolves them."""

import copy

from mikeyticket import derive
from mikeyticket.conversation.learned import MPK
from mikeyticket.conversation.message import (REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK, RESOLVE_RESP,
                                              idr_in)
from mikeyticket.conversation.people import group_matches, uid_of

from vectorgen.conversations.protection import Label

from . import grant, parts
from .asking import ask
from .parts import I, KMS, PSK, R, random, randr
from .party import Party, encr_for
from .refusal import Refusal

REQUESTS, RESOLVES = (REQUEST_PSK, REQUEST_PK), (RESOLVE_PSK, RESOLVE_PK)
MOST_FORWARDED = 16


class Kms(Party):
    letter = "K"

    def __init__(self, options):
        super().__init__(options)
        self.number = 0
        self.forwarded = {}             # CSB ID of the own RESOLVE_INIT -> (it, the Responder's)

    def knowledge(self):
        o = self.o
        return ({"kms": o.own}, {"psk_i": o.psk, "psk_r": o.psk, "psk_kms": o.psk_kms, "tpk": o.tpk}, {"kms": o.rsa_own})

    def needed(self, m):
        return any(m in pair for pair in self.forwarded.values())

    def start(self, what, update, with_response):
        raise Refusal("policy", "a KMS starts nothing", answer=False)

    def take(self, m):
        kind = m.data_type
        if kind is None:
            self.accept(m)
        elif kind in REQUESTS:
            self.request(m)
        elif kind in RESOLVES:
            self.resolve(m)
        elif kind == RESOLVE_RESP and self.forwarded:
            self.take_forwarded(m)
        else:
            self.not_expected(m)

    # --- who asks -------------------------------------------------------------------------------------------------

    def subscriber_of(self, m, role):
        return self.live.directory.find(m.idr(PSK), m.idr(role)) if self.live.directory.known else None

    def peer_of(self, m, role):
        """Who sent an authentic request, however he spells his name."""
        subscriber = self.subscriber_of(m, role)
        identity = m.idr(role)
        return (m.sender, id(subscriber)) if subscriber else (m.sender, identity and (uid_of(identity) or identity))

    def know_the_sender(self, m, role):
        """The key and the identity that a request is verified with. A subscriber speaks with his own key only."""
        live, party = self.live, "i" if role == I else "r"
        if m.sender == "K":
            return
        subscriber = self.subscriber_of(m, role)
        named = self.live.directory.find(None, m.idr(role)) if self.live.directory.known else None
        key = subscriber.psk if subscriber else None if named else self.o.psk or None
        live.secrets[f"psk_{party}"] = key
        live.identities.pop(party, None)
        if m.idr(role) is None:
            found = self.presumed(m, role, subscriber)
            if found:
                live.identities[party] = found

    @staticmethod
    def presumed(m, role, subscriber):
        """An identity that the message leaves out: that of the subscriber, else of the ticket policy."""
        node = m.first("TP") or m.ticket
        named = [(one["id_type"], bytes.fromhex(one["id_data"])) for one in node["tp_data"]
                 if one["payload"] == "IDR" and one["id_role"] == role] if node else []
        if subscriber is None:
            return named[0] if named and b"?" not in named[0][1] else None
        own = [one for one in named if uid_of(one) in subscriber.uids]
        groups = [uid_of(one) for one in named]
        fitting = [uid for uid in subscriber.uids if any(group and group_matches(group, uid) for group in groups)]
        return own[0] if own else (0, (fitting or subscriber.uids)[0]) if subscriber.uids else None

    # --- Ticket Request -------------------------------------------------------------------------------------------

    def request(self, m):
        self.number += 1
        m.ex = f"request {self.number}"
        m = self.again(m)
        self.know_the_sender(m, I)
        self.accept(m)
        peer = self.peer_of(m, I)
        self.check_counter(m, peer)
        if self.o.refuse == "request":
            raise Refusal("policy", "requests are refused")
        o, asked, prf = self.o, m.first("TP"), m.hdr["prf_func"]
        node, wanted = grant.granted(self, m, asked)
        keys = parts.new_keys(wanted)
        ticket_prf = node["prf_func"]
        parts.base_ticket(node, o.tpk, keys, (encr_for(ticket_prf, o.encr), 2 if ticket_prf == 1 else 1),
                          self.t(parts.NTP_UTC), self.settings)
        opened = self.probe_ticket(node).opened
        self.live.keep(m)
        self.note_counter(m, peer)
        mpks = parts.mpk_nodes(opened.mpki, opened.mpkr if node["flags"]["I"] else None)
        self.respond(m, REQUEST_RESP, [node], mpks + keys, [])

    def respond(self, m, data_type, ticket, keys, modifier, to=None):
        """REQUEST_RESP or RESOLVE_RESP."""
        o, prf = self.o, m.hdr["prf_func"]
        encr = encr_for(prf, o.encr)
        parts.fit_for_wrap(encr, keys, 0)
        out = [self.t_after(m)] + self.idrs((KMS, o.own)) + ticket + [parts.kemac(encr, keys)] + modifier + [parts.v(self.mac_for(m))]
        inkey = m.env_key or m.keyset.inkey
        rands = {"rand_i": m.rand(I) or b""} if data_type == REQUEST_RESP else {"rand_r": m.rand(R) or b""}
        label = Label(prf, inkey, m.hdr["csb_id"], 2, **rands)
        to = to or {"I": "initiator", "R": "responder", "K": "kms"}[m.sender]
        return self.send(to, {"hdr": self.hdr(data_type, m.hdr["csb_id"], prf), "payloads": out}, label,
                         self.cover(answers=m), ex=m.ex, kemac=keys, iv_time=self.iv_time(m))

    def mac_for(self, m):
        """The MAC algorithm of the request; of a signed one by its PRF."""
        node = m.first("V")
        return node["auth_alg"] if node and node["auth_alg"] else 2 if m.hdr["prf_func"] == 1 else 1

    # --- Ticket Resolve -------------------------------------------------------------------------------------------

    def resolve(self, m):
        self.number += 1
        m.ex = f"resolve {self.number}"
        m = self.again(m)
        self.know_the_sender(m, R)
        foreign = self.is_foreign(m)
        if foreign:
            tpk, self.live.secrets["tpk"] = self.live.secrets["tpk"], None
        try:
            self.accept(m)
        finally:
            if foreign:
                self.live.secrets["tpk"] = tpk
        peer = self.peer_of(m, R)
        self.check_counter(m, peer)
        if self.o.refuse == "resolve":
            raise Refusal("policy", "resolving is refused")
        if foreign:
            self.note_counter(m, peer)
            self.forward(m)
            return
        opened = m.opened
        if opened is None or opened.keys is None or opened.mpki is None:
            raise Refusal("ticket", "the ticket does not open")
        keys = [key_node(key) for key in opened.keys if key.type != MPK]
        modifier, second = [], None
        if m.flags["I"]:
            identity = self.responder_of(m)
            lengths = [len(opened.mpkr)] + [len(key.key) for key in opened.keys]
            rand = random(max([32 if m.hdr["prf_func"] == 1 else 16] + lengths))
            fork = (identity[1], rand)
            second = derive.forked_key("mpkr_forked", m.ticket["prf_func"], opened.mpkr, *fork)
            keys = [parts.fork_key(node, m.ticket["prf_func"], fork) for node in keys]
            modifier = [parts.idr(R, identity), randr(KMS, rand)]
        self.live.keep(m)
        self.note_counter(m, peer)
        self.respond(m, RESOLVE_RESP, [], parts.mpk_nodes(opened.mpki, second) + keys, modifier)

    def responder_of(self, m):
        found = m.idr(R) or self.live.identities.get("r")
        if found is None:
            named = idr_in(m.ticket["tp_data"], R)
            found = named if named and b"?" not in named[1] else None
        if found is None:
            raise Refusal("id", "it is not known who the Responder is")
        return found

    # --- another KMS (section 10) ---------------------------------------------------------------------------------

    def is_foreign(self, m):
        """A ticket of another KMS, which this one asks."""
        if m.sender == "K" or not self.o.psk_kms or m.ticket is None:
            return False
        issuer = idr_in(m.ticket["tp_data"], KMS)
        return issuer is not None and self.o.own is not None and issuer != self.o.own or not self.o.tpk

    def forward(self, m):
        issuer = idr_in(m.ticket["tp_data"], KMS)
        node = copy.deepcopy(m.ticket)
        node.pop("next_payload", None)
        self.live.keep(m)
        responder = m.idr(R) or self.live.identities.get("r")
        asked = ask(self, f"resolve-kms {self.number}", R, (RESOLVE_PSK, RESOLVE_PK), node, self.o.psk_kms, self.o.psk_id,
                    [parts.idr(R, responder)] if responder else [], issuer)
        self.forwarded[asked.hdr["csb_id"]] = (asked, m)
        while len(self.forwarded) > MOST_FORWARDED:
            self.forwarded.pop(next(iter(self.forwarded)))

    def take_forwarded(self, m):
        if m.hdr["csb_id"] not in self.forwarded:
            self.not_of_the_past(m)
        asked, request = self.forwarded.get(m.hdr["csb_id"]) or next(reversed(self.forwarded.values()))
        m.ex = asked.ex
        m = self.again(m)
        self.accept(m)
        self.live.keep(m)
        del self.forwarded[asked.hdr["csb_id"]]
        keys = [key_node(key) for key in m.kemac_keys]
        modifier = [parts.idr(R, m.idr(R))] if m.idr(R) else []
        modifier += [randr(KMS, m.rand(KMS))] if m.rand(KMS) else []
        self.respond(request, RESOLVE_RESP, [], keys, modifier)

    def failed(self, about):
        self.forwarded.pop(about.hdr["csb_id"], None)

    def again(self, m):
        return self.live.message(m.ex, m.given_sender, m.data)


def key_node(key):
    return parts.key_node(key.type, key.key, key.salt, key.spi)


