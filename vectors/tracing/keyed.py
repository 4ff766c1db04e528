"""Conversations judged with the keys of a key file (TRACE.md sections 2 and 3), and what they establish."""

from mikeyticket import rules
from mikeyticket.chains import TooDeep
from mikeyticket.conversation.catalogue import on_receive, rows
from mikeyticket.conversation.form import Conversation as Form
from mikeyticket.conversation.form import ConversationError
from mikeyticket.conversation.judge import Judge
from mikeyticket.conversation.rows_messages import INITIAL_TYPES

KEY_MEMBERS = ("identities", "secrets", "subscribers", "trust", "now", "settings", "prot_types", "skew")
MEDIA_PROFILES = {frozenset(("rtp",)): "ims-media", frozenset(("msrp",)): "ims-msrp-tls", frozenset(("bfcp",)): "ims-bfcp-tls"}


class BadKeys(ValueError):
    pass


def read_keys(keys):
    """The key files, in order."""
    files = [] if keys is None else keys if isinstance(keys, list) else [keys]
    if len(files) > 64 or not all(isinstance(one, dict) for one in files):
        raise BadKeys("an object, or an array of up to 64, expected")
    return files


class MessageJudge(Judge):
    """The m-lines that each message covers are those of its attribute."""

    def __init__(self, form, lines):
        super().__init__(form)
        self.lines = lines

    def context_of(self, m):
        return rules.Context(m.exchange_kind, m.given_sender, self.lines[m.index], self.secrets["tpk"] is not None)


def profile_of(conversation):
    """The profile `auto` (section 2)."""
    methods, kinds, described, flags = set(), set(), False, []
    for one in conversation.messages:
        if one.parsed.ticket is not None:
            flags.append(one.parsed.flags)
        if one.step is None:
            continue
        if one.key is not None:
            described = True
            for media in one.covered:
                kinds.add("rtp" if media.rtp else "msrp" if media.carries("MSRP") else "bfcp" if media.carries("BFCP") else "other")
        methods.add(one.step.message.cseq[1])
    if methods & {"MESSAGE", "NOTIFY"}:
        return "ims-message"
    if described:
        return MEDIA_PROFILES.get(frozenset(kinds), "ims-mixed")
    if flags and not flags[0]["F"] and not flags[0]["G"]:
        return "ims-message"
    return "ims-mixed"


class Keyed:
    """One conversation judged. `index`: of the key file, None without."""

    def __init__(self, conversation, profile, files, settings):
        self.conversation, self.settings = conversation, settings
        self.name = profile_of(conversation) if profile == "auto" else profile
        self.index, self.judge = None, None
        conversation.keyed = self
        for index, file in enumerate(files):
            judge = self.judged(file)
            if any(m.auth == "ok" for m in judge.messages):
                self.index, self.judge = index, judge
                break
        if self.judge is None:
            self.index = 0 if files else None
            self.judge = self.judged(files[0] if files else None)
        self.file = files[self.index] if files else {}
        for one, m in zip(conversation.messages, self.judge.messages):
            one.entry = m
        self.profile = self.judge.profile

    def form(self, file):
        messages = self.conversation.messages
        out = {name: file[name] for name in KEY_MEMBERS if name in file} if file else {}
        if file and "now" not in out:
            out["now"] = int(messages[0].unit.time)
        out["settings"] = {**self.settings, **(out.get("settings") or {})}
        out["profile"] = self.name
        out["messages"] = []
        for one in messages:
            node = {"from": one.sender, "hex": one.octets.hex()}
            if one.ex is not None:
                node["ex"] = one.ex
            out["messages"].append({name: value for name, value in node.items() if value is not None})
        return out

    def judged(self, file):
        lines = [[media.kind for media in one.covered] if one.key else None for one in self.conversation.messages]
        try:
            judge = MessageJudge(Form(self.form(file)), lines)
            judge.run()
        except (ConversationError, TooDeep) as error:
            raise BadKeys(str(error)) from None
        return judge

    def teks(self):
        """(CSB ID, CS ID) -> (TEK, the Found that it comes of), in the order of the messages; the newest wins."""
        out = {}
        for one in self.conversation.messages:
            for cs_id, keys in (one.entry.derived.get("cs") or {}).items():
                if "tek" in keys:
                    out[one.csb_id, int(cs_id)] = (bytes.fromhex(keys["tek"]), one)
        return out


def row_level(row, settings):
    """A row's level, by the settings."""
    if row == "TS33328-F.3-13" and settings.get("request_uri") == "must":
        return "MUST"
    return rows()[row]["level"]


def settle(found, profile, files, settings):
    """Judges everything that was found; sets what the answer says of each message."""
    judged = [Keyed(conversation, profile, files, settings) for conversation in found.conversations]
    for one in found.all:
        one.findings, one.auth, one.ticket_auth, one.vr_auth, one.kemac = set(), "skipped", "skipped", "skipped", "skipped"
        if one.copy_of is not None or one.octets is None:
            continue
        if not one.tree:
            one.findings = {one.parsed.parse_error.row}
        elif one.entry is not None:
            m = one.entry
            one.findings = set(m.findings)
            one.auth, one.ticket_auth, one.vr_auth, one.kemac = m.auth, m.ticket_auth, m.vr_auth, m.kemac
    replays(found)
    for one in found.all:
        first = one.original
        one.rejected = first.tree is None or first.auth == "fail" or any(on_receive(row) == "reject" for row in first.findings)
    return judged


def replays(found):
    """RFC3830-5.4-x02 over the whole trace: the octets stood in another conversation before."""
    seen = set()
    for one in found.originals:
        if one.data_type in INITIAL_TYPES:
            if one.octets in seen:
                one.findings.add("RFC3830-5.4-x02")
            seen.add(one.octets)


def direct_teks(files):
    """`teks` of the key files."""
    out = {}
    for file in files:
        for node in file.get("teks") or ():
            out.setdefault((node["csb_id"], node["cs_id"]), bytes.fromhex(node["tek"]))
    return out


class Secrets:
    """TEKs of crypto sessions, by CSB ID and CS ID of their call."""

    def __init__(self, judged, files):
        self.direct, self.derived = direct_teks(files), {}
        for one in judged:
            for (csb_id, cs_id), (tek, source) in one.teks().items():
                self.derived[csb_id, cs_id] = (tek, source)

    def tek(self, csb_id, cs_id):
        if (csb_id, cs_id) in self.derived:
            return self.derived[csb_id, cs_id][0]
        return self.direct.get((csb_id, cs_id))


def crypto_sessions(found, m_line):
    """The crypto sessions of an m-line that the message covers (section 3); [] where the number is another one."""
    entries = found.original.tree["hdr"].get("cs", []) if found.original.tree else []
    if found.original.tree and found.original.tree["hdr"]["cs_id_map_type"] != 2:
        entries = []
    wanted = [(media.index, 2 if media.rtp else 1) for media in found.covered]
    if sum(count for _, count in wanted) != len(entries):
        return []
    at = 0
    for index, count in wanted:
        if index == m_line:
            return entries[at:at + count]
        at += count
    return []
