"""What Initiator and Responder share: the crypto sessions of a CSB, and CSB updates (RFC 6043 5.2)."""

import copy

from mikeyticket.conversation.message import TRANSFER, TRANSFER_RESP
from vectorgen.conversations.protection import Label

from . import parts
from .parts import I, R
from .party import Party, encr_for
from .refusal import Refusal

PARTY_OF = {"I": "initiator", "R": "responder"}
WITHOUT_POLICIES = ("tls", "psk_smime", "application_specific")


class Peer(Party):
    """An Initiator or a Responder."""

    peer = None

    def __init__(self, options):
        super().__init__(options)
        self.exchange = None            # learned.Exchange of the session that is up
        self.entries = []               # its crypto sessions as last agreed
        self.updates = 0
        self.pending_update = None      # own update that waits for its response

    def needed(self, m):
        exchange = self.exchange
        return m is self.pending_update or exchange is not None and m in (exchange.init, exchange.resp)

    # --- crypto sessions ------------------------------------------------------------------------------------------

    def entry(self, session, ticket_keys, own_keys):
        """A GENERIC-ID entry of an options.Session."""
        keys = own_keys if session.own_key else ticket_keys
        spi = session.spi
        if session.key:
            if session.key > len(keys):
                raise Refusal("policy", "the ticket has no such key", answer=False)
            spi = keys[session.key - 1]
        return {"cs_id": session.cs_id, "prot_type": session.prot_type, "s": session.s, "ps": list(session.policies),
                "session_data": session.data.hex(), "spi": spi.hex()}

    @staticmethod
    def ticket_spis(state):
        return [key.spi for key in (state.keys or ())] if state else []

    @staticmethod
    def spis_of(nodes):
        return [bytes.fromhex(node["spi"]) for node in nodes or ()]

    def taken_spis(self, state):
        taken = set(self.ticket_spis(state))
        return taken | set(state.transferred) if state else taken

    def own_kemac(self, wanted, state, flag, flags, prf):
        """Keys of a KEMAC of one's own, where the ticket's L or M allows it (5.2, 6.10)."""
        if not wanted:
            return None, None
        if not flags[flag]:
            raise Refusal("policy", f"the ticket has {flag} = 0", answer=False)
        alg = encr_for(prf, self.o.encr)
        keys = parts.own_keys(wanted, alg, self.taken_spis(state))
        return keys, parts.kemac(alg, keys)

    def answered(self, m, answer, ticket_keys, own_keys):
        """(crypto sessions, SP payloads) of an answer: as offered, with the first policy named that is supported, and what is
        missing (6.1.1); what `answer` says of a CS ID goes before."""
        special = {one.cs_id: one for one in answer.sessions}
        sps = [copy.deepcopy(one) for one in answer.policies]
        offered = {one["policy_no"]: one for one in m.all("SP")}
        sps = [one for one in sps if comparable(offered.get(one["policy_no"])) != comparable(one)]
        entries, taken = [], {number for entry in m.sessions for number in entry["ps"]} | set(offered)
        for entry in m.sessions:
            entry = copy.deepcopy(entry)
            if entry["cs_id"] in special:
                entry.update(self.entry(special[entry["cs_id"]], ticket_keys, own_keys))
            self.complete(entry, offered, sps, taken)
            if not entry["spi"] and (own_keys or ticket_keys):
                entry["spi"] = (own_keys or ticket_keys)[0].hex()
            entries.append(entry)
        return entries, sps

    def complete(self, entry, offered, sps, taken):
        """`taken`: policy numbers that the offer has or names; in an update they may be those of an SP payload of before."""
        srtp = self.o.profile.is_kind(entry["prot_type"], "srtp")
        if self.without_policies(entry["prot_type"]):
            entry["ps"] = []
        else:
            usable = [number for number in entry["ps"] if self.is_supported(self.sp_of(number, sps, offered))]
            entry["ps"] = usable[:1] or entry["ps"][:1] or [self.own_policy(entry["prot_type"], sps, taken)]
        if srtp and not entry["session_data"]:
            entry["session_data"] = parts.random(10 if entry["s"] else 4).hex()

    @staticmethod
    def sp_of(number, sps, offered):
        return next((one for one in sps if one["policy_no"] == number), offered.get(number))

    def without_policies(self, prot_type):
        """Whether a response has no policies for it: as the setting tls_policies has it (A17)."""
        return self.settings["tls_policies"] == "3gpp" and self.is_without_policies(prot_type)

    def is_without_policies(self, prot_type):
        return any(self.o.profile.is_kind(prot_type, kind) for kind in WITHOUT_POLICIES)

    def own_policy(self, prot_type, sps, taken):
        """The number of a policy that the Responder gives itself, where the Initiator left it open."""
        found = next((one for one in sps if one["prot_type"] == prot_type), None)
        if found is None:
            found = copy.deepcopy(next((one for one in self.o.supported if one["prot_type"] == prot_type),
                                       {"payload": "SP", "prot_type": prot_type, "policy_param": []}))
            taken = taken | {one["policy_no"] for one in sps}
            found["policy_no"] = next((n for n in range(256) if n not in taken), 0)
            sps.append(found)
        return found["policy_no"]

    def is_supported(self, node):
        if not self.o.supported:
            return True
        return node is not None and any(comparable({**node, "policy_no": 0}) == comparable({**one, "policy_no": 0})
                                        for one in self.o.supported)

    def check_policies(self, m):
        """4.2.2.2: security policies that are not acceptable are rejected before anybody is asked."""
        if not self.o.supported:
            return
        offered = {one["policy_no"]: one for one in m.all("SP")}
        for entry in m.sessions:
            named = [offered[number] for number in entry["ps"] if number in offered]
            if not named or any(self.is_supported(node) for node in named):
                continue
            known = any(node["prot_type"] == one["prot_type"] for node in named for one in self.o.supported)
            raise Refusal("sp_param" if known else "sp", "no policy of these is supported", sps=copy.deepcopy(self.o.supported))

    # --- the session that is up -----------------------------------------------------------------------------------

    def establish(self, m, exchange=None):
        """The keys of the crypto sessions, from the message that completes them."""
        if exchange is not None:
            self.exchange, self.session_keys = exchange, {}
            self.pending_update = None
        self.session_keys.update(m.derived.get("cs", {}))
        self.entries = copy.deepcopy(m.sessions) or self.entries
        self.established = self.done = True

    # --- CSB updates ----------------------------------------------------------------------------------------------

    def update_label(self, prf, direction):
        exchange = self.exchange
        k = exchange.last.keyset
        if self.settings["update_keys"] == "same_keys":
            return Label(k.prf, k.inkey, k.csb_id, k.direction, k.rand_i, k.rand_r)
        rand_r = exchange.rand(R) if exchange.flag("G") else b""
        return Label(prf, k.inkey, exchange.init.hdr["csb_id"], direction, exchange.rand(I) or b"", rand_r or b"")

    def update_known(self):
        """Who i and r are in an update without IDRs (A37)."""
        exchange, identities = self.exchange, self.live.identities
        responder = (exchange.resp and exchange.resp.idr(R)) or exchange.init.idr(R) or identities.get("r_called")
        return {I: exchange.init.idr(I) or identities.get("i"), R: responder or identities.get("r")}

    def agreed_entries(self):
        """The crypto sessions as last agreed. #P is 0 in TLS and its like, whatever a response had (TS 33.328 H.1, F.3, J.1)."""
        entries = copy.deepcopy(self.entries)
        for entry in entries:
            if self.is_without_policies(entry["prot_type"]):
                entry["ps"] = []
        return entries

    def seen_times(self):
        return [t for t in self.exchange.last_t.values() if t]

    def start_update(self, update, with_response):
        if self.exchange is None or not self.established or self.exchange.last is None:
            raise Refusal("policy", "no session to update", answer=False)
        exchange = self.exchange
        prf, mac = exchange.last.keyset.prf, self.mac_of(exchange.last)
        state = exchange.init.ticket_state
        keys, node = self.own_kemac(update.keys, state, "L" if self.letter == "I" else "M", exchange.flags, prf)
        entries = [self.entry(one, self.ticket_spis(state), self.spis_of(keys)) for one in update.sessions]
        entries = entries or self.agreed_entries()
        who = self.update_known()
        order = (I, R) if self.letter == "I" else (R, I)
        out = [self.t(after=self.seen_times())] + self.idrs(*((role, who[role]) for role in order))
        out += copy.deepcopy(update.policies) + ([node] if node else []) + [parts.v(mac)]
        hdr = self.hdr(TRANSFER, exchange.init.hdr["csb_id"], prf, int(with_response), entries)
        self.updates += 1
        m = self.send(PARTY_OF[self.peer], {"hdr": hdr, "payloads": out}, self.update_label(prf, 1),
                      self.cover(who, sender_role=order[0]), ex=f"update {self.letter}{self.updates}", kemac=keys)
        if with_response:
            self.pending_update = m
        else:
            self.establish(m)

    def take_update(self, m):
        """A TRANSFER_INIT that updates the CSB, and the answer to it where V asks for one."""
        self.updates += 1
        m.ex = f"update {self.letter}{self.updates} of the other"
        m = self.again(m)
        self.accept(m)
        if self.o.refuse == "update":
            raise Refusal("policy", "updates are refused")
        self.check_policies(m)
        self.live.keep(m)
        if not m.hdr["v"]:
            self.establish(m)
            return
        exchange, answer, prf = m.exchange, self.o.update_answer, m.hdr["prf_func"]
        state = m.ticket_state
        flag = "L" if self.letter == "I" else "M"
        keys, node = self.own_kemac(answer.keys if exchange.flag(flag) else (), state, flag, exchange.flags, prf)
        spis = self.ticket_spis(state)
        entries, sps = self.answered(m, answer, spis, self.spis_of(keys))
        who = self.update_known()
        own = I if self.letter == "I" else R
        out = [self.t(m.t[0] if m.t else None, self.seen_times() + [m.t])] + self.idrs((own, who[own])) + sps
        out += ([node] if node else []) + [parts.v(self.mac_of(m))]
        hdr = self.hdr(TRANSFER_RESP, m.hdr["csb_id"], prf, 0, entries)
        resp = self.send(PARTY_OF[self.peer], {"hdr": hdr, "payloads": out}, self.update_label(prf, 2), self.cover(answers=m),
                         ex=m.ex, kemac=keys, iv_time=self.iv_time(m))
        self.establish(resp)

    def take_update_response(self, m):
        m.ex = self.pending_update.ex
        m = self.again(m)
        self.accept(m)
        self.live.keep(m)
        self.pending_update = None
        self.establish(m)

    def again(self, m):
        """The message connected anew, now that its exchange is known."""
        return self.live.message(m.ex, m.given_sender, m.data) if m.tree else m

    def failed(self, about):
        if about is self.pending_update:
            self.pending_update = None


def comparable(node):
    if node is None:
        return None
    return node["policy_no"], node["prot_type"], tuple((one["type"], one["value"]) for one in node["policy_param"])
