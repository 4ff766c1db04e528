"""The Initiator (RFC 6043 4.2.1, 4.2.2, 5.2, 5.3): asks for a ticket or makes one, transfers it, updates its CSB."""

import copy

from mikeyticket.conversation.learned import GTGKS, TGKS
from mikeyticket.conversation.message import REQUEST_RESP, TRANSFER, TRANSFER_RESP
from mikeyticket.conversation.rows_messages import is_valid
from vectorgen.conversations.protection import Label

from . import parts
from .asking import ask
from .parts import I, KMS, R, random, randr
from .party import encr_for, v_flag
from .refusal import Refusal
from .transfer import Peer


class Initiator(Peer):
    letter, peer = "I", "R"

    def __init__(self, options):
        super().__init__(options)
        self.pending_request = self.pending_transfer = None
        self.ticket = self.state = None         # TICKET node as granted or made, and what is known of it
        self.transfers = 0

    def knowledge(self):
        o = self.o
        return ({"i": o.own, "kms": o.kms, "r_called": o.called}, {"psk_i": o.psk, "tpk": o.tpk},
                {"i": o.rsa_own, "kms": o.rsa_kms})

    def needed(self, m):
        return m in (self.pending_request, self.pending_transfer) or super().needed(m)

    def start(self, what, update, with_response):
        if what == "request":
            self.request()
        elif what == "transfer":
            self.transfer()
        else:
            self.start_update(update, with_response)

    # --- the ticket -----------------------------------------------------------------------------------------------

    def policy_node(self, name):
        """TP, or the TICKET that the Initiator makes itself, without Ticket Data (6.10)."""
        o, policy = self.o, self.o.policy
        data = [parts.idr(KMS, o.kms)] if o.kms else []
        data += [parts.idr(I, o.own)] if o.own else []
        for role, stamp in ((2, policy.start), (3, policy.end)):
            if stamp is not None:
                data.append(parts.tr(role, policy.time_type, int(stamp, 16)))
        if policy.rekey:
            data.append({"payload": "TR", "ts_role": 4, "ts_type": parts.NTP32, "ts_value": policy.rekey.to_bytes(4, "big").hex()})
        if name == "TP" and policy.keys is not None:
            asked = [parts.key_node(one.type, bytes(one.key_len), bytes(one.salt_len or parts.DEFAULT_SALT), one.spi)
                     for one in policy.keys]
            data.append(parts.kemac(0, asked))
        data += [parts.idr(parts.APP, one) for one in policy.applications]
        data += [parts.idr(R, one) for one in policy.responders or ([o.called] if o.called else [])]
        ticket_type, subtype, version = policy.ticket
        return {"payload": name, "ticket_type": ticket_type, "subtype": subtype, "version": version, "prf_func": policy.prf,
                "flags": parts.flag_node(policy.flags), "res": 0, "tp_data": data}

    def request(self):
        identities = self.idrs((I, self.o.own))
        self.pending_request = ask(self, "request", I, (11, 12), self.policy_node("TP"), self.o.psk, self.o.psk_id, identities,
                                   self.o.kms, pk=self.o.pk)

    def make_ticket(self):
        """Modes 3 and 4: the Initiator has the TPK (4.1.1, A.1)."""
        if not self.o.tpk:
            raise Refusal("policy", "no ticket, and no TPK to make one", answer=False)
        node, policy = self.policy_node("TICKET"), self.o.policy
        wanted = policy.keys if policy.keys is not None else []
        keys = parts.new_keys(wanted)
        encr = encr_for(policy.prf, self.o.encr)
        parts.base_ticket(node, self.o.tpk, keys, (encr, 2 if policy.prf == 1 else 1), self.t(parts.NTP_UTC), self.settings)
        self.ticket = node

    # --- Ticket Transfer ------------------------------------------------------------------------------------------

    def transfer(self):
        if self.ticket is None:
            if self.o.mode in (1, 2):
                raise Refusal("policy", "no ticket was granted", answer=False)
            self.make_ticket()
        elif self.transfers and not self.ticket["flags"]["J"]:
            raise Refusal("policy", "the ticket must not be reused (J)", answer=False)
        if not is_valid(self.ticket, self.live.now):
            raise Refusal("ticket", "the ticket is used in its validity period only (6.10)", answer=False)
        o, node, flags = self.o, copy.deepcopy(self.ticket), self.ticket["flags"]
        prf, csb_id = o.prf, self.new_csb_id()
        state = self.state or self.opened_state(node)
        keys, kemac = self.own_kemac(o.offer.keys, state, "L", flags, prf)
        entries = [self.entry(one, self.ticket_spis(state), self.spis_of(keys)) for one in o.offer.sessions]
        if flags["I"]:
            node["initiator_data"] = [parts.v(o.mac, "VI"), parts.v(o.mac, "VR")]
            if self.settings["vi_next"] == "identical":
                node["initiator_data"][0]["next_payload"] = 0
        secrets = [state.mpki] + [key.key for key in state.keys or () if key.type in TGKS + GTGKS]
        rand = random(self.rand_len(*secrets))
        times = [t for one in self.live.transfers.get(state.octets, ()) for t in [one.t] if t]
        out = [self.t(after=times), randr(I, rand)] + self.idrs((I, o.own), (R, o.called)) + copy.deepcopy(o.offer.policies)
        out += [node] + ([kemac] if kemac else []) + [parts.v(o.mac)]
        hdr = self.hdr(TRANSFER, csb_id, prf, v_flag(self.settings, int(flags["F"])), entries)
        vr_prf = node["prf_func"] if self.settings["vr_prf"] == "ticket" else prf
        self.transfers += 1
        m = self.send("responder", {"hdr": hdr, "payloads": out}, Label(prf, state.mpki, csb_id, 1, rand),
                      self.cover({I: o.own, R: o.called}), ex="transfer" if self.transfers == 1 else f"reuse{self.transfers}",
                      kemac=keys, vr=(vr_prf, state.mpkr))
        self.state = m.ticket_state
        if flags["F"]:
            self.pending_transfer = m
        else:
            self.establish(m, m.exchange)

    def opened_state(self, node):
        """What is in a ticket of one's own making."""
        self.state = self.live.state_of(self.probe_ticket(node))
        return self.state

    # --- receiving ------------------------------------------------------------------------------------------------

    def take(self, m):
        kind = m.data_type
        if kind is None:
            self.accept(m)
        elif kind == REQUEST_RESP:
            self.take_grant(m)
        elif kind == TRANSFER_RESP:
            self.take_response(m)
        elif kind == TRANSFER and self.established:
            self.take_update(m)
        else:
            self.not_expected(m)

    def take_grant(self, m):
        if self.pending_request is None:
            self.not_expected(m)
        if m.hdr["csb_id"] != self.pending_request.hdr["csb_id"]:
            self.not_of_the_past(m)
        m.ex = self.pending_request.ex
        m = self.again(m)
        self.accept(m)
        if self.o.refuse == "request":          # 4.2.1.6: the granted policy is not acceptable
            self.pending_request = None
            raise Refusal("policy", "the granted policy is refused", answer=False)
        state = m.ticket_state
        self.live.keep(m)
        self.pending_request = None
        self.state, self.ticket = state, copy.deepcopy(m.ticket)
        self.ticket.pop("next_payload", None)
        self.transfers = 0

    def take_response(self, m):
        waiting = [one for one in (self.pending_transfer, self.pending_update) if one]
        same = [one for one in waiting if one.hdr["csb_id"] == m.hdr["csb_id"]]
        if not same:
            self.not_of_the_past(m)
        answered = (same or waiting or [None])[-1]
        if answered is None:
            self.not_expected(m)
        if answered is self.pending_update:
            self.take_update_response(m)
            return
        m.ex = answered.ex
        m = self.again(m)
        self.accept(m)
        if self.o.refuse == "transfer":         # 4.2.2.4: the Responder's security policies are not acceptable
            self.pending_transfer = None
            raise Refusal("policy", "the answer is refused", answer=False)
        self.check_policies(m)
        self.live.keep(m)
        self.pending_transfer = None
        self.establish(m, m.exchange)

    def failed(self, about):
        super().failed(about)
        if about is self.pending_request:
            self.pending_request = None
        if about is self.pending_transfer:
            self.pending_transfer = None


