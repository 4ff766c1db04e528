"""The judge of conversations, fed one message at a time by a role that knows its own secrets only.

A message that came is looked at first; what the role refuses is forgotten, as if it had never come (RFC 6043 5.4:
"discarded"). What is kept is learned from, and may be answered or updated later.
"""

from mikeyticket.conversation.form import SECRETS, of_ntp
from mikeyticket.conversation.judge import Judge
from mikeyticket.conversation.keysets import keyset_of
from mikeyticket.conversation.learned import keys_in
from mikeyticket.conversation.message import ERROR, Linker, Message
from mikeyticket.conversation.protection import judge_ticket
from mikeyticket.conversation.sessions import derive_sessions

MOST_MESSAGES = 4000            # that a role remembers
MOST_STRANGERS = 256            # tickets, certificates and RANDs of messages that were refused


class Known:
    """What a role knows, in the form that the judge reads."""

    def __init__(self, options, identities, secrets, rsa):
        self.profile, self.settings = options.profile, options.settings
        self.identities = {party: value for party, value in identities.items() if value}
        self.secrets = {**dict.fromkeys(SECRETS), **{name: value or None for name, value in secrets.items()}}
        self.rsa = {party: value for party, value in rsa.items() if value}
        self.now, self.skew, self.trust = None, options.skew, options.trust
        self.mline, self.subscribers, self.messages = None, options.subscribers, []


class Live(Judge):
    def __init__(self, known):
        super().__init__(known)
        self.linker, self.most_states = Linker(), MOST_STRANGERS

    def at(self, now):
        """The time that it is: a 64-bit NTP timestamp."""
        self.now = of_ntp(now)
        self.forget_strangers()

    def forget_strangers(self):
        """What refused messages left behind, before it fills the memory. A ticket is known by its keys."""
        for cache in (self.certificates, self.rands_3830):
            if len(cache) > MOST_STRANGERS:
                cache.clear()
        if len(self.states) > self.most_states:
            kept = {id(m.ticket_state) for m in self.messages}
            self.states = {octets: state for octets, state in self.states.items() if state.mpki or id(state) in kept}
            self.most_states = MOST_STRANGERS + 2 * len(self.states)

    def message(self, ex, sender, data, about=None):
        """A message that came, connected with what it answers; not judged."""
        m = Message(len(self.messages), ex, sender, data, None)
        self.linker.connect(m, self.messages)
        if m.data_type == ERROR:
            m.about = about
        return m

    def look(self, m):
        if m.tree:
            self.covered = 0            # the bound on what all MACs cover is that of a conversation of one line
            super().look(m)
        else:
            m.find(m.parse_error.row)

    def keep(self, m, learn=True):
        """The message is accepted."""
        m.index = len(self.messages)
        self.messages.append(m)
        self.linker.keep(m)
        self.first_with.setdefault(m.data, m.index)
        if learn:
            self.learn_from(m)

    def learn_from(self, m):
        self.learn(m)
        derive_sessions(self, m)
        self.last_state = m.ticket_state or self.last_state

    def drop(self, *dropped):
        """Messages that were kept before they could be verified, and are refused."""
        for m in dropped:
            self.first_with.pop(m.data, None)
        self.rebuild([one for one in self.messages if not any(one is m for m in dropped)])

    def prune(self, needed):
        """Forgets messages that are over, but that the newest of them came: they are no news when they come again."""
        seen = [one.data for one in self.messages[-MOST_MESSAGES // 2:]]
        self.rebuild([one for one in self.messages if needed(one)])
        self.first_with = {**dict.fromkeys(seen, -1), **{one.data: one.index for one in self.messages}}

    def rebuild(self, messages):
        for one in self.messages:
            one.index = -1              # what is forgotten was before everything that comes: its ticket stays used
        self.messages, self.linker = messages, Linker()
        for i, one in enumerate(messages):
            one.index = i
            self.linker.keep(one)
        for one in reversed(messages):
            self.first_with[one.data] = one.index

    def own(self, ex, sender, data, kemac=None, env_key=None, about=None):
        """A message that the role sends: what is in it is known, and need not be judged."""
        m = self.message(ex, sender, data, about)
        judge_ticket(self, m)
        self.place(m)
        m.env_key = env_key
        m.keyset = keyset_of(self, m)
        m.auth = "ok"
        m.kemac = "ok" if kemac is not None else "absent"
        m.kemac_keys = keys_in(kemac) if kemac is not None else None
        self.keep(m)
        return m

