"""What every role does: clocks, sending, refusing, Errors."""

from mikeyticket import codec, coverage
from mikeyticket.conversation.message import ERROR, REQUEST_PK, RESOLVE_PK, TICKET_TYPES, TRANSFER
from mikeyticket.conversation.protection import judge_ticket
from vectorgen.conversations.protection import Cover, Label, protect_message

from . import parts
from .live import MOST_MESSAGES, Known, Live
from .parts import COUNTER, NTP32, random
from .refusal import ERROR_NO, SILENT, UNSPECIFIED, Refusal, refusal_of

LETTERS = {"initiator": "I", "responder": "R", "kms": "K"}


class Party:
    """One role of one party. A subclass says what it knows, and what it does with the messages that it accepts."""

    letter = None

    def __init__(self, options):
        self.o, self.settings = options, options.settings
        self.live = Live(Known(options, *self.knowledge()))
        self.to_send, self.established, self.session_keys = [], False, {}
        self.counter = int.from_bytes(random(3), "big")
        self.now = 0
        self.errors_seen = set()
        self.peer_counters = {}

    def knowledge(self):
        """(identities, secrets, RSA keys) by the names of conversations."""
        raise NotImplementedError

    def needed(self, m):
        """Whether a message of the past is needed yet."""
        raise NotImplementedError

    # --- calls ----------------------------------------------------------------------------------------------------

    def call(self, now, action):
        """Runs one call; the answer as the line protocol writes it."""
        self.now, self.to_send, self.done = now, [], False
        self.live.at(now)
        if len(self.live.messages) > MOST_MESSAGES:
            self.live.prune(self.needed)
        try:
            action()
            answer = {"outcome": "accepted"}
        except Refusal as refusal:
            answer = {"outcome": "rejected", "error": refusal.kind, "text": refusal.text[:200]}
        if self.to_send:
            answer["messages"] = [{"to": to, "octets": data.hex()} for to, data in self.to_send]
        if self.done and self.established:
            answer["established"] = True
            answer["keys"] = [{"cs_id": int(cs_id), **keys} for cs_id, keys in sorted(self.session_keys.items(), key=lambda e: int(e[0]))]
        return answer

    def receive(self, sender, data):
        """A message that came: accepted, or a Refusal with an Error message where one is due."""
        letter = LETTERS[sender]
        m = None
        try:
            m = self.sort(letter, data)
            if m.data_type == ERROR:
                self.take_error(m)
            else:
                self.take(m)
        except Refusal as refusal:
            if m is not None:
                self.answer_with_error(m, refusal, sender)
            raise

    def sort(self, letter, data):
        m = self.live.message(None, letter, data)
        if m.tree and m.data_type == ERROR:
            m = self.live.message(None, letter, data, self.about(m))
            m.ex = m.about.ex if m.about else None
        return m

    def take(self, m):
        raise NotImplementedError

    def not_expected(self, m):
        """A message that the role does not wait for."""
        self.live.look(m)
        known = "RFC3830-6.1-x06" not in m.findings
        raise Refusal("unexpected" if known else "data_type", "nothing waits for it")

    def not_of_the_past(self, m):
        """A response to what was answered already. One to nothing at all is judged as the answer to what waits (its CSB ID is
        wrong, 4.2.1.5, 4.2.2.3, 4.2.3.5)."""
        if any(one.hdr["csb_id"] == m.hdr["csb_id"] for one in self.live.messages):
            raise Refusal("unexpected", "answered already")

    def accept(self, m, waiting=False):
        """Judges a message that the role waits for; what is wrong with it is raised."""
        self.live.look(m)
        refusal = refusal_of(m, waiting)
        if refusal:
            raise refusal

    def check_counter(self, m, peer):
        """An initial message with a COUNTER is newer than those that this peer sent before: without a clock nothing else
        tells old messages (RFC 3830 5.4)."""
        if m.t and m.t[0] == COUNTER and m.t[1] <= self.peer_counters.get(peer, b""):
            raise Refusal("timestamp", "the counter is not newer")

    def note_counter(self, m, peer):
        if m.t and m.t[0] == COUNTER:
            if len(self.peer_counters) > MOST_MESSAGES:
                self.peer_counters.clear()
            self.peer_counters[peer] = m.t[1]

    # --- Errors ---------------------------------------------------------------------------------------------------

    def about(self, m):
        """The own message that an Error is about: the last one with its CSB ID."""
        return next((one for one in reversed(self.live.messages)
                     if one.sender == self.letter and one.data_type != ERROR and one.hdr["csb_id"] == m.hdr["csb_id"]), None)

    def take_error(self, m):
        """5.4. An Error without a MAC is a hint and ends nothing."""
        if m.about is None:
            raise Refusal("unexpected", "an Error about nothing that was sent")
        self.live.look(m)
        refusal = refusal_of(m)
        if refusal:
            raise refusal
        if m.data in self.errors_seen:
            raise Refusal("replay", "an Error that came before")
        if m.auth == "ok":
            self.errors_seen.add(m.data)
            self.failed(m.about)
        numbers = ", ".join(str(node["error_no"]) for node in m.all("ERR"))
        raise Refusal("peer_error", f"Error no {numbers}")

    def failed(self, about):
        """An authenticated Error about a message that was sent."""

    def answer_with_error(self, m, refusal, sender):
        if refusal.kind in SILENT or not refusal.answer or m.data_type == ERROR or len(m.data) < 10:
            return
        if m.tree and m.data_type not in TICKET_TYPES and refusal.kind != "data_type":
            return
        data = m.data
        if data[1] == ERROR:                # no Error about an Error (5.4), readable or not
            return
        prf, csb_id = data[3] & 0x7F, int.from_bytes(data[4:8], "big")
        hdr = {"version": data[0], "data_type": ERROR, "v": 0, "prf_func": prf, "csb_id": csb_id, "cs_id_map_type": 1}
        if refusal.sps:
            hdr.update(cs_id_map_type=2, cs=[])
        out = [self.t_after(m), {"payload": "ERR", "error_no": ERROR_NO.get(refusal.kind, UNSPECIFIED), "reserved": 0}]
        out += list(refusal.sps)
        label = None
        if m.auth == "ok" and m.keyset and not self.o.plain_errors and m.data_type not in (REQUEST_PK, RESOLVE_PK):
            k = m.keyset
            label = Label(k.prf, k.inkey, k.csb_id, k.direction, k.rand_i, k.rand_r)
            out.append(parts.v(self.mac_of(m)))
        self.send(sender, {"hdr": hdr, "payloads": out}, label, Cover(self.settings), keep=False)

    def mac_of(self, m):
        node = m.first("V")
        return node["auth_alg"] if node and node["auth_alg"] else self.o.mac

    # --- time -----------------------------------------------------------------------------------------------------

    def t(self, ts_type=None, after=()):
        """T that is newer than the (TS type, value) in `after`."""
        ts_type = self.o.ts_type if ts_type is None else ts_type
        last = [int.from_bytes(value, "big") for kind, value in after if kind == ts_type]
        if ts_type == COUNTER:
            self.counter += 1           # one's own: a peer that names the greatest number does not use it up
            while self.counter in last:
                self.counter += 1
            if self.counter >= 1 << 32:
                raise Refusal("policy", "the counter is used up")
            return parts.ts(COUNTER, self.counter)
        era = 1 << 64
        stamps = [self.full(value << 32 if ts_type == NTP32 else value) for value in last]
        step = 1 << 32 if ts_type == NTP32 else 1
        stamp = self.full(self.now)
        if ts_type == NTP32:
            stamp &= ~0xFFFFFFFF
        stamp = max([stamp] + [one + step for one in stamps])
        return parts.ts(ts_type, stamp % era >> (32 if ts_type == NTP32 else 0))

    @staticmethod
    def full(stamp):
        """On a scale that does not wrap in 2036 (RFC 4330 3)."""
        return stamp if stamp >> 63 else stamp + (1 << 64)

    def t_after(self, m):
        """T of an answer to a message, in its TS type."""
        t = m.t if m.tree else None
        return self.t(t[0] if t else None, [t] if t else ())

    def probe_ticket(self, node):
        """A message of nothing but a ticket of one's own making, opened with the TPK; it is not kept."""
        m = self.live.message("probe", self.letter, codec.encode({"hdr": self.hdr(TRANSFER, 0, 0), "payloads": [node]}))
        judge_ticket(self.live, m)
        return m

    # --- sending --------------------------------------------------------------------------------------------------

    def send(self, to, model, label, cover, keep=True, ex=None, kemac=None, env_key=None, **protection):
        """Protects a model, and remembers the message as one of its own."""
        data, _, _ = protect_message(model, label, cover, random=random, **protection)
        self.to_send.append((to, data))
        return self.live.own(ex, self.letter, data, kemac, env_key) if keep else None

    def cover(self, known=None, answers=None, sender_role=1):
        """What the MAC covers behind a message: identities, or the message answered (5.5)."""
        initial = b""
        if answers is not None:
            initial = coverage.initial_copy(answers.data, answers.tree, answers.spans, self.settings)
        known = {role: parts.known_identity(one, self.settings) for role, one in (known or {}).items() if one}
        return Cover(self.settings, known, initial, sender_role)

    def idrs(self, *pairs):
        return [] if self.o.leave_out_ids else [parts.idr(role, one) for role, one in pairs if one]

    def iv_time(self, answers):
        return answers.t if self.settings["iv_time"] == "initial" and answers.t else None

    @staticmethod
    def hdr(data_type, csb_id, prf, v_flag=0, entries=None):
        hdr = {"version": 1, "data_type": data_type, "v": v_flag, "prf_func": prf, "csb_id": csb_id}
        if entries is None:
            return {**hdr, "cs_id_map_type": 1}
        return {**hdr, "cs_id_map_type": 2, "cs": entries}

    def new_csb_id(self):
        taken = {one.hdr["csb_id"] for one in self.live.messages}
        while True:
            csb_id = int.from_bytes(random(4), "big")
            if csb_id not in taken:
                return csb_id

    def rand_len(self, *keys):
        return max([32 if self.o.prf == 1 else 16] + [len(key) for key in keys if key])


def v_flag(settings, value):
    return 0 if settings["v_flag"] == "sec6" else value


def encr_for(prf, wanted):
    """An encryption algorithm of the family of the PRF (12.1): what the options say, where that fits."""
    return wanted if wanted == 0 or (wanted == 3) == (prf == 1) else 3 if prf == 1 else 1
