"""A conversation -> what a judge with keys says of it (vectors/CONVERSATION.md section 2)."""

import hashlib

from cryptography.hazmat.primitives.serialization import Encoding

from .. import rules
from ..chains import TooDeep
from . import keysets, protection, rows_keys, rows_kms, rows_messages, rows_transfer
from .catalogue import on_receive
from .certificates import Certificate
from .form import Conversation, ConversationError
from .learned import Exchange, TicketState, modifier_of
from .message import (ERROR, REQUEST_PK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK, RESOLVE_RESP, TRANSFER, TRANSFER_RESP,
                      Message, link)
from .people import Directory
from .sessions import derive_sessions

ROWS = (rows_messages, rows_kms, rows_transfer, rows_keys)
HASHES = {0: "sha1", 1: "md5", 2: "sha256"}             # RFC 3830 Table 6.8, RFC 6043 Table 6.12


class Judge:
    def __init__(self, conversation):
        self.profile, self.settings = conversation.profile, conversation.settings
        self.secrets, self.rsa, self.identities = conversation.secrets, conversation.rsa, conversation.identities
        self.now, self.skew, self.trust = conversation.now, conversation.skew, conversation.trust
        self.m_lines = ["tls"] if conversation.mline else None
        self.directory = Directory(conversation.subscribers)
        self.messages = [Message(i, *parts) for i, parts in enumerate(conversation.messages)]
        link(self.messages)
        self.states = {}                                # octets of a ticket -> its TicketState
        self.last_state = None                          # that of the last message that had one
        self.exchanges = {}                             # CSB ID, None for all -> the newest initial exchange
        self.opened_tickets, self.certificates = {}, {}
        self.first_with = {}                            # octets -> index of the first message that has them
        self.rands_3830 = {}                            # CSB ID -> RAND of the last RFC 3830 message that had one
        self.granted = {}                               # octets of a ticket, None for all -> index of the first grant
        self.transfers, self.responses = {}, {}         # octets of a ticket -> authenticated messages that are no update
        self.covered = 0                                # octets that MACs and signatures have covered so far
        self.waiting = []                               # TRANSFER_INITs that were skipped for want of MPKi
        for m in self.messages:
            if m.tree:
                self.first_with.setdefault(m.data, m.index)

    def run(self):
        for m in self.messages:
            if not m.tree:
                m.find(m.parse_error.row)
                continue
            self.judge(m)
            self.last_state = m.ticket_state or self.last_state
            if m.data_type == RESOLVE_RESP and m.auth == "ok":
                self.judge_again(m)

    def judge_again(self, resolved):
        """TRANSFER_INITs that wait for MPKi, in their places."""
        state = resolved.ticket_state
        if state is None or state.mpki is None:
            return
        again = [m for m in self.waiting if m.ticket_state is state]
        self.waiting = [m for m in self.waiting if m.ticket_state is not state]
        for m in again:
            m.forget()
            self.judge(m)
        self.show_known(resolved)

    def judge(self, m):
        self.look(m)
        self.learn(m)
        derive_sessions(self, m)
        self.show_known(m)

    def look(self, m):
        """Judges the message without learning from it."""
        m.findings |= rules.broken(m.tree, self.profile, self.context_of(m))
        protection.judge_ticket(self, m)
        self.place(m)
        m.keyset = keysets.keyset_of(self, m)
        protection.judge_auth(self, m)
        if m.data_type in (REQUEST_PK, RESOLVE_PK):
            protection.open_envelope(self, m)
        protection.judge_vr(self, m)
        protection.judge_kemac(self, m)
        for rows in ROWS:
            rows.check(self, m)

    def context_of(self, m):
        """The context of the rules on one message (FORMAT.md section 3)."""
        return rules.Context(m.exchange_kind, m.given_sender, self.m_lines, self.secrets["tpk"] is not None)

    # --- whose ticket and exchange a message belongs to ---------------------------------------------------------

    def place(self, m):
        """Finds the ticket and the exchange that the message is of."""
        if m.data_type == TRANSFER and not m.update:
            m.ticket_state = self.state_of(m)
            m.exchange = m.exchange or Exchange(m)
        elif m.data_type in (TRANSFER, TRANSFER_RESP) and m.update:
            m.exchange = self.exchanges.get(m.hdr["csb_id"]) or self.exchanges.get(None)
            m.ticket_state = m.exchange.init.ticket_state if m.exchange else None
        elif m.data_type in (TRANSFER_RESP, RESOLVE_RESP) and m.initial:
            m.exchange, m.ticket_state = m.initial.exchange, m.initial.ticket_state
        elif m.data_type in (RESOLVE_PSK, RESOLVE_PK, REQUEST_RESP):
            m.ticket_state = self.state_of(m)

    def state_of(self, m):
        """What is known of the ticket of the message."""
        if m.ticket is None:
            return None
        octets = m.ticket_octets()
        state = self.states.get(octets)
        if state is None:
            state = self.states[octets] = TicketState(octets, m.ticket, self.secrets)
        if m.opened and state.opened is None:
            state.learn_ticket(m.opened)
        return state

    # --- what was before a message ------------------------------------------------------------------------------

    def grants_others(self, octets, m):
        """Whether authenticated REQUEST_RESPs stand before the message, and none granted the ticket."""
        return self.granted.get(None, m.index) < m.index <= self.granted.get(octets, m.index)

    def last_transfer(self, m):
        """The last TRANSFER_INIT (no update) before the message."""
        return next((one for one in reversed(self.messages[:m.index])
                     if one.tree and one.data_type == TRANSFER and not one.update), None)

    def transfer_resolved(self, m):
        """The TRANSFER_INIT before a RESOLVE_INIT that brought its ticket, else the last one."""
        own = [one for one in self.messages[:m.index] if one.tree and one.data_type == TRANSFER and not one.update
               and m.ticket_state and one.ticket_state is m.ticket_state]
        return own[-1] if own else self.last_transfer(m)

    def transfers_of(self, octets, m):
        """Earlier authenticated TRANSFER_INITs (no update) of the ticket."""
        return [one for one in self.transfers.get(octets, ()) if one.index < m.index]

    def last_response(self, init):
        """The last authenticated TRANSFER_RESP of an earlier initial exchange of the same ticket."""
        return next((one for one in reversed(self.responses.get(init.ticket_octets(), ())) if one.index < init.index), None)

    def other_responses(self, m):
        """Authenticated TRANSFER_RESPs of the same ticket before the message, of other exchanges."""
        return [one for one in self.responses.get(m.initial.ticket_octets(), ())
                if one.index < m.index and one.initial is not m.initial]

    @staticmethod
    def resolved(init, m):
        """The authenticated RESOLVE_RESPs of the ticket between TRANSFER_INIT and its response, the newest first."""
        found = init.ticket_state.resolutions if init.ticket_state else ()
        return [one for one in reversed(found) if init.index < one.index < m.index]

    # --- learning -----------------------------------------------------------------------------------------------

    def learn(self, m):
        kind, state = m.data_type, m.ticket_state
        if kind == TRANSFER and not m.update and m.auth == "skipped" and state and state.mpki is None:
            self.waiting.append(m)
        if m.auth != "ok":
            return
        keys = m.kemac_keys
        if kind == REQUEST_RESP:
            self.granted.setdefault(None, m.index)
            if state:
                self.granted.setdefault(state.octets, m.index)
            if state and keys is not None:
                state.learn_granted(keys)
        if kind == RESOLVE_RESP and state:
            state.resolutions.append(m)
            if keys is not None:
                state.learn_resolved(keys, modifier_of(m))
        if kind in (TRANSFER, TRANSFER_RESP) and m.exchange:
            self.learn_transfer(m, state, keys)

    def learn_transfer(self, m, state, keys):
        exchange = m.exchange
        if m.t is not None:
            exchange.last_t[m.sender] = m.t
        if state and keys is not None:
            state.learn_transferred(m.index, keys)
        if m.update:
            return
        if m.data_type == TRANSFER and m.ticket:
            self.transfers.setdefault(m.ticket_octets(), []).append(m)
        if m.data_type == TRANSFER_RESP:
            exchange.resp = m
            if m.initial.ticket:
                self.responses.setdefault(m.initial.ticket_octets(), []).append(m)
            if state and m.keyset and exchange.flag("I"):
                state.own["mpkr_forked"] = m.keyset.inkey
        for csb_id in (None, exchange.init.hdr["csb_id"]):
            newest = self.exchanges.setdefault(csb_id, exchange)
            if newest.init.index < exchange.init.index:
                self.exchanges[csb_id] = exchange

    def show_known(self, m):
        state = m.ticket_state or self.last_state
        for name in ("mpki", "mpkr", "mpkr_forked"):
            value = getattr(state, name) if state else self.secrets[name]
            if value:
                m.derived[name] = value.hex()

    # --- caches -------------------------------------------------------------------------------------------------

    def certificate(self, data):
        if data not in self.certificates:
            self.certificates[data] = Certificate(data)
        return self.certificates[data]

    @staticmethod
    def certificate_digest(certificate, hash_func):
        name = HASHES.get(hash_func)
        return hashlib.new(name, certificate.public_bytes(Encoding.DER)).digest() if name else None


# --- the answer ---------------------------------------------------------------------------------------------------


def entry_of(m):
    if not m.tree:
        return {"parse": "error", "auth": "skipped", "ticket_auth": "skipped", "vr_auth": "skipped", "kemac": "skipped",
                "findings": listed(m.findings), "derived": {}}
    return {"parse": "ok", "auth": m.auth, "ticket_auth": m.ticket_auth, "vr_auth": m.vr_auth, "kemac": m.kemac,
            "findings": listed(m.findings), "derived": m.derived}


def listed(rows):
    return [{"id": row, "on_receive": on_receive(row)} for row in sorted(rows)]


def rejected(entry, is_error):
    if entry["parse"] == "error" or entry["auth"] in ("fail", "skipped") or (entry["auth"] == "absent" and not is_error):
        return True
    return "fail" in (entry["ticket_auth"], entry["vr_auth"], entry["kemac"]) or any(
        finding["on_receive"] == "reject" for finding in entry["findings"])


def answer(conversation):
    """The answer to a conversation, its JSON parsed; whatever is wrong with it is an error answer."""
    try:
        judge = Judge(Conversation(conversation))
        judge.run()
    except ConversationError as error:
        return error_answer(error.status, error.text)
    except TooDeep as error:
        return error_answer("limit", str(error)[:200])
    entries = [entry_of(m) for m in judge.messages]
    reject = any(rejected(entry, m.data_type == ERROR) for entry, m in zip(entries, judge.messages))
    return {"verdict": "reject" if reject else "accept", "messages": entries}


def error_answer(status, text):
    return {"verdict": "error", "error": {"status": status, "text": text}}


def verdict_with(answer, extra_findings):
    """The verdict once more, with findings of the rules on one message: an iterable of row ids for each message."""
    if answer["verdict"] != "accept":
        return answer["verdict"]
    more = any(on_receive(row) == "reject" for rows in extra_findings for row in rows)
    return "reject" if more else "accept"
