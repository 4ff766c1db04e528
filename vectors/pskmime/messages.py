"""SIP requests judged (SMIME.md section 4, messages): the rows of annexes F.3, G.3.3 and J, with the conversation that the keys come from."""

import re

from mikeyticket import codec
from mikeyticket.chains import TooDeep
from mikeyticket.conversation.form import Conversation, ConversationError
from mikeyticket.conversation.judge import Judge
from mikeyticket.conversation.learned import GTGKS
from mikeyticket.conversation.message import MAX_DEPTH, RESOLVE_RESP, TRANSFER, I, R, idr_in
from mikeyticket.conversation.people import group_matches, uid_of, uid_of_impu
from mikeyticket.conversation.sessions import named_key
from mikeyticket.errors import ParseError

from . import cms, entity_judge, sip
from .catalogue import on_receive, rows
from .errors import AskError

MIKEY, CONFERENCE = "application/mikey", "application/conference-info+xml"
OTHER_TYPE = "TS33328-I.2.1-05"
ANONYMOUS = re.compile(r"sips?:(?:[^@]*@)?anonymous\.invalid(?:[:;?].*)?", re.IGNORECASE | re.DOTALL)


def judge(ask, octets, keys):
    request = sip.read(octets)
    settings = {**entity_judge.DEFAULT_SETTINGS, **(ask.get("settings") or {})}
    leaves = [part for part in request.body.walk() if not part.multipart]
    mikey = next((part for part in leaves if part.type == MIKEY), None)
    init = Init(mikey)
    part = entity_judge.container_part(request.body)
    known = Known(ask["conversation"], mikey, init) if ask.get("conversation") else None
    if known and known.tek is not None:
        keys = [(None, known.tek)]
    if part is None:
        judged, inside = {"outcome": "not_tried", "type": None, "content": None, "findings": set()}, None
    else:
        judged, inside = entity_judge.judge_part(part, keys, bool(ask.get("allow_unauthenticated")), settings)
    found = judged["findings"]
    if request.method == "MESSAGE":
        found |= of_message(request, leaves, part, mikey, init, inside)
    if request.method == "NOTIFY" and request.event == "conference" and any(one.type == CONFERENCE for one in leaves):
        found.add("TS33328-G.3.3-02")
    if known and part is not None:
        found |= with_conversation(request, part, judged, known, settings)
    judged["must"] = {"TS33328-F.3-13"} if settings["request_uri"] == "must" else set()
    if known:
        proven = known.proves() and protected(judged, known)
        judged["origin"] = "proven" if proven else "not_proven"
        sender = idr_in(init.ticket["tp_data"], I) if proven else None
        if sender is not None:
            judged["sender"] = sender[1].decode("utf-8", "replace")
            if request.method == "MESSAGE" and contradicts(request, sender):
                found.add("TS33328-F.3-x01")
    return judged


class Init:
    """The `application/mikey` part read as TRANSFER_INIT; `ticket` None where it is none."""

    def __init__(self, mikey):
        self.octets = mikey.content() if mikey is not None else None
        self.is_init, self.ticket = False, None
        if self.octets is None:
            return
        try:
            tree = codec.decode(self.octets, {}, MAX_DEPTH)
        except (ParseError, TooDeep):
            return
        self.is_init = tree["hdr"]["data_type"] == TRANSFER
        if self.is_init:
            self.ticket = next((node for node in tree["payloads"] if node["payload"] == "TICKET"), None)


def protected(judged, known):
    """Whether the container shows that one who has the TEK made it, and as it has to be made (SMIME.md section 4, `origin`)."""
    if known.tek is None or judged["outcome"] != "opened" or judged["type"] not in ("auth_enveloped", "authenticated"):
        return False
    borne = {OTHER_TYPE} if judged["type"] == "authenticated" else set()
    return not any(on_receive(row) == "reject" and rows()[row]["room"] in ("smime", "mime") for row in judged["findings"] - borne)


def contradicts(request, sender):
    """Whether the signalling names another than the sender; From at anonymous.invalid names nobody (RFC 3323 4.1)."""
    uri = request.sender()
    if uri is None:
        return True
    if not request.asserted and ANONYMOUS.fullmatch(uri):
        return False
    uid = kms_uid(uri)
    return uid is None or uid != uid_of(sender)


def kms_uid(uri):
    """SIP and SIPS URIs alone have one."""
    return uid_of_impu(uri) if sip.SIP.match(uri) else None


def for_the_terminal(entity, served=False):
    """The parts that are no application/mikey and for no server, nor in a multipart that is for one (RFC 2183 2)."""
    served = served or entity.for_a_server()
    for part in entity.parts:
        yield from for_the_terminal(part, served)
    if not (entity.multipart or served or entity.type == MIKEY):
        yield entity


def beside(request, leaves, part):
    """Whether a part beside the first container is in clear and for the terminal, or a container too."""
    return any(one is not part for one in for_the_terminal(request.body)) or any(one is not part and entity_judge.is_container(one) for one in leaves)


def of_message(request, leaves, part, mikey, init, inside):
    found = set()
    if part is not None and not init.is_init:
        found.add("TS33328-F.3-12")
    if init.ticket is not None and not may_resolve(request.uri, init.ticket):
        found.add("TS33328-F.3-13")
    if part is not None and beside(request, leaves, part):
        found.add("TS33328-F.3-14")
    if inside is not None and any(one.for_a_server() for one in inside.walk()):
        found.add("TS33328-F.3-15")
    if part is None and mikey is not None and any(for_the_terminal(request.body)):
        found.add("TS33328-F.3-16")
    return found


def may_resolve(uri, ticket):
    uid = kms_uid(uri)
    allowed = [(node["id_type"], bytes.fromhex(node["id_data"])) for node in ticket["tp_data"] if node["payload"] == "IDR" and node["id_role"] == R]
    groups = [uid_of(identity) for identity in allowed]
    return uid is not None and any(group is not None and group_matches(group, uid) for group in groups)


class Known:
    """The conversation with the TRANSFER_INIT of the body in its place, judged; the message that the rows speak of, and its crypto session."""

    def __init__(self, conversation, mikey, init):
        place, filled = self.fill(conversation, init.octets)
        try:
            self.judge = Judge(Conversation(filled))
            self.judge.run()
        except (ConversationError, TooDeep) as error:
            raise AskError(f"conversation: {error}") from None
        self.message = self.judge.messages[place] if place is not None else None
        self.in_body = self.message
        if self.message is None and mikey is None:
            self.message = next((m for m in reversed(self.judge.messages) if m.data_type == TRANSFER and m.auth == "ok"), None)
        if self.message is not None and (not self.message.tree or self.message.data_type != TRANSFER):
            self.message = None
        self.session = self.find_session()
        self.tek = self.find_tek()

    @staticmethod
    def fill(conversation, octets):
        """(index of the message that was put in, the conversation with it)."""
        messages = conversation.get("messages") if isinstance(conversation, dict) else None
        if not isinstance(messages, list):
            raise AskError("conversation")
        place = next((i for i, one in enumerate(messages) if isinstance(one, dict) and "hex" in one and one["hex"] is None), None)
        if place is None:
            return None, conversation
        if octets is None:
            return None, {**conversation, "messages": messages[:place] + messages[place + 1:]}
        return place, {**conversation, "messages": messages[:place] + [{**messages[place], "hex": octets.hex()}] + messages[place + 1:]}

    def find_session(self):
        sessions = self.message.sessions if self.message is not None else []
        of_kind = [entry for entry in sessions if self.judge.profile.is_kind(entry["prot_type"], "psk_smime")]
        return next(iter(of_kind + list(sessions)), None)

    def find_tek(self):
        if self.session is None:
            return None
        derived = self.message.derived.get("cs", {}).get(str(self.session["cs_id"]))
        return bytes.fromhex(derived["tek"]) if derived and "tek" in derived else None

    def named_key(self):
        """The key that the SPI of the crypto session names, where it is known."""
        if self.session is None or not self.session["spi"] or self.message.ticket_state is None:
            return None
        found = named_key(self.message, bytes.fromhex(self.session["spi"]))
        return found[1] if found else None

    def key_id(self, setting):
        if self.session is None:
            return None
        if setting == "csb_cs":
            return self.message.hdr["csb_id"].to_bytes(4, "big") + bytes([self.session["cs_id"]])
        return bytes.fromhex(self.session["spi"]) or None

    def proves(self):
        """Whether the TRANSFER_INIT of the body shows who made it (F.3)."""
        m = self.in_body
        if m is None or m is not self.message or m.auth != "ok" or any(on_receive(row) == "reject" for row in m.findings):
            return False
        return bool(m.flags and m.flags["I"]) and (m.vr_auth == "ok" or m.vr_auth == "skipped" and self.resolved(m))

    def resolved(self, m):
        return any(one.data_type == RESOLVE_RESP and one.auth == "ok" and one.initial is not None and one.initial.ticket is not None
                   and one.initial.payload_octets("TICKET[0]") == m.payload_octets("TICKET[0]") for one in self.judge.messages)


def with_conversation(request, part, judged, known, settings):
    found, key, session = set(), known.named_key(), known.session
    cut = judged["type"] is not None
    if request.method == "MESSAGE" and (cut and known.tek is not None and judged["outcome"] != "opened" or key is not None and key.type not in GTGKS):
        found.add("TS33328-F.3-14")
    if session is not None and session["prot_type"] in known.judge.profile.prot_types.values() and not known.judge.profile.is_kind(session["prot_type"], "psk_smime"):
        found.add("TS33328-J.1-03")
    wanted = known.key_id(settings["smime_key_id"])
    if wanted is not None and cut:
        ids = [one.key_id for one in cms.parse(part.content()).recipients if one.kind == "kekri"]
        if ids and wanted not in ids:
            found.add("TS33328-I.2.2-x02")
    return found
