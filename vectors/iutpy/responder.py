"""The Responder (RFC 6043 4.2.2, 4.2.3, 5.2): has a ticket resolved, or resolves it itself (modes 2 and 4), and answers."""

import copy

from mikeyticket import derive
from mikeyticket.conversation.learned import GTGKS, TGKS, modifier_of
from mikeyticket.conversation.message import RESOLVE_RESP, TRANSFER, TRANSFER_RESP, idr_in
from mikeyticket.conversation.people import uid_of
from vectorgen.conversations.protection import Label

from . import parts
from .asking import ask
from .parts import I, KMS, R, random, randr
from .refusal import Refusal, refusal_of
from .transfer import Peer

MOST_WAITING = 16


class Responder(Peer):
    letter, peer = "R", "I"

    def __init__(self, options):
        super().__init__(options)
        self.waiting = {}               # CSB ID of RESOLVE_INIT -> (RESOLVE_INIT, TRANSFER_INIT)
        self.number = 0
        self.modifiers = {}             # octets of a ticket -> (IDRr, RANDRkms) that its keys are forked with

    def knowledge(self):
        o = self.o
        return {"r": o.own, "kms": o.kms}, {"psk_r": o.psk, "tpk": o.tpk}, {"r": o.rsa_own, "kms": o.rsa_kms}

    def needed(self, m):
        return any(m in pair for pair in self.waiting.values()) or super().needed(m)

    def start(self, what, update, with_response):
        if what != "update":
            raise Refusal("policy", "a Responder starts updates alone", answer=False)
        self.start_update(update, with_response)

    def take(self, m):
        kind = m.data_type
        if kind is None:
            self.accept(m)
        elif kind == TRANSFER:
            self.take_init(m)
        elif kind == RESOLVE_RESP and self.waiting:
            self.take_resolution(m)
        elif kind == TRANSFER_RESP and self.pending_update:
            self.take_update_response(m)
        else:
            self.not_expected(m)

    # --- TRANSFER_INIT --------------------------------------------------------------------------------------------

    def is_update(self, m):
        return m.rand(I) is None or (m.ticket is None and self.exchange is not None)

    def take_init(self, m):
        if self.exchange and (m.rand(I) is None or m.ticket is None) and (
                m.hdr["csb_id"] == self.exchange.init.hdr["csb_id"] or (m.rand(I) is None and m.ticket is None)):
            self.take_update(m)
            return
        self.number += 1
        reused = m.ticket is not None and m.ticket_octets() in self.live.transfers
        m.ex = f"{'reuse' if reused else 'transfer'} {self.number}"
        m = self.again(m)
        self.presume(m)
        self.live.look(m)
        asks = self.must_ask(m)
        if m.ticket and self.o.tpk and not asks and m.ticket_auth == "skipped":
            raise Refusal("ticket", "a ticket of a format that is not known here")
        refusal = refusal_of(m, waiting=asks)
        if refusal:
            raise refusal
        self.check_counter(m, self.caller(m))
        if self.o.refuse == "transfer":
            raise Refusal("policy", "transfers are refused")
        self.check_policies(m)
        if asks:
            self.resolve(m)
        else:
            self.live.keep(m)
            self.answer(m)

    def caller(self, m):
        identity = m.idr(I) or self.live.identities.get("i")
        return identity and (uid_of(identity) or identity)

    def must_ask(self, m):
        """Whether the KMS resolves the ticket: with E=1 always once (6.10, A52), else where the Responder has no TPK."""
        if m.ticket is None:
            return False
        if self.o.tpk and not m.flags["E"]:
            return False
        return self.o.resolve_each_time or m.ticket_octets() not in self.modifiers

    def presume(self, m):
        """Identity_i, where the message leaves it out: the Initiator that the ticket policy names."""
        if m.idr(I) is None and m.ticket is not None:
            named = idr_in(m.ticket["tp_data"], I)
            if named:
                self.live.identities["i"] = named

    # --- Ticket Resolve -------------------------------------------------------------------------------------------

    def resolve(self, m):
        self.live.keep(m, learn=False)
        node = copy.deepcopy(m.ticket)
        node.pop("next_payload", None)
        asked = ask(self, f"resolve {self.number}", R, (16, 17), node, self.o.psk, self.o.psk_id, self.idrs((R, self.o.own)),
                    self.o.kms, pk=self.o.pk)
        self.waiting[asked.hdr["csb_id"]] = (asked, m)
        while len(self.waiting) > MOST_WAITING:
            self.live.drop(*self.waiting.pop(next(iter(self.waiting))))

    def take_resolution(self, m):
        if m.hdr["csb_id"] not in self.waiting:
            self.not_of_the_past(m)
        asked, init = self.waiting.get(m.hdr["csb_id"]) or next(reversed(self.waiting.values()))
        m.ex = asked.ex
        m = self.again(m)
        self.accept(m)
        if self.o.refuse == "resolve":
            self.failed(asked)
            raise Refusal("policy", "the resolved ticket is refused", answer=False)
        self.live.keep(m)
        del self.waiting[asked.hdr["csb_id"]]
        self.modifiers[init.ticket_octets()] = self.modifier(m)
        init.forget()
        init.exchange = None
        self.presume(init)
        self.live.look(init)
        refusal = refusal_of(init) or self.overtaken(init)
        if refusal:
            self.live.drop(init)
            self.answer_with_error(init, refusal, "initiator")
            refusal.answer = False
            raise refusal
        self.live.learn_from(init)
        self.answer(init)

    def overtaken(self, init):
        """A COUNTER that was new when the message came, but is not any more."""
        try:
            self.check_counter(init, self.caller(init))
        except Refusal as refusal:
            return refusal
        return None

    @staticmethod
    def modifier(m):
        """(IDRr as (type, data), RANDRkms)."""
        return (m.idr(R), m.rand(KMS)) if modifier_of(m) else None

    def failed(self, about):
        super().failed(about)
        found = self.waiting.pop(about.hdr["csb_id"], None)
        if found:
            self.live.drop(found[1])

    # --- TRANSFER_RESP --------------------------------------------------------------------------------------------

    def answer(self, m):
        """F=1: TRANSFER_RESP; F=0: the session is up with TRANSFER_INIT."""
        flags, state = m.flags, m.ticket_state
        self.note_counter(m, self.caller(m))
        if not flags["F"]:
            self.establish(m, m.exchange)
            return
        answer, prf = self.o.answer, m.hdr["prf_func"]
        keys, kemac = self.own_kemac(answer.keys if flags["M"] else (), state, "M", flags, prf)
        entries, sps = self.answered(m, answer, self.ticket_spis(state), self.spis_of(keys))
        out, rand_r, inkey = [self.t_after(m)], b"", state.mpki
        if flags["G"]:
            secrets = [key.key for key in state.keys or () if key.type in TGKS + GTGKS] + [state.mpki]
            rand_r = random(max([32 if prf == 1 else 16] + [len(one) for one in secrets]))
            out.append(randr(R, rand_r))
        if flags["I"]:
            identity, rand_kms = self.modifiers[m.ticket_octets()]
            out += [parts.idr(R, identity), randr(KMS, rand_kms)]
            inkey = (derive.forked_key("mpkr_forked", state.prf, state.mpkr, identity[1], rand_kms) if state.mpkr
                     else state.mpkr_forked_for((identity[1], rand_kms)))
        else:
            out += self.idrs((R, self.o.own))
        out += sps + ([kemac] if kemac else []) + [parts.v(self.mac_of(m))]
        hdr = self.hdr(TRANSFER_RESP, m.hdr["csb_id"], prf, 0, entries)
        label = Label(prf, inkey, m.hdr["csb_id"], 2, m.rand(I) or b"", rand_r)
        resp = self.send("initiator", {"hdr": hdr, "payloads": out}, label, self.cover(answers=m), ex=m.ex, kemac=keys,
                         iv_time=self.iv_time(m))
        self.establish(resp, m.exchange)
