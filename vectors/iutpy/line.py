"""The line protocol of runners/ATTACHING.md: a call a line, an answer a line."""

import json

from mikeyticket import codec, rules
from mikeyticket.chains import TooDeep
from mikeyticket.errors import ParseError

from . import containers
from .initiator import Initiator
from .kms import Kms
from .options import Options, Transfer, Unsupported, profile_of
from .party import LETTERS
from .refusal import first_class, refusing_rows
from .responder import Responder

ROLES = {"initiator": Initiator, "responder": Responder, "kms": Kms}
CAN = ("decode", "reencode", "check", "psk", "pk", "mode-1", "mode-2", "mode-3", "mode-4", "suite-128", "suite-128-kw", "suite-256",
       "ntp", "ntp-utc-32", "counter", "updates", "reuse", "own-keys", "policy", "two-kms", "replay", "errors", "error-classes",
       "session-keys", "settings", "smime")
MAX_DEPTH = 16
MOST_SESSIONS = 256


class Iut:
    def __init__(self):
        self.sessions, self.over = {}, False

    def answer(self, call):
        """The answer to a call, without `id`."""
        op = call.get("op")
        handler = getattr(self, f"op_{op}", None) if isinstance(op, str) else None
        if handler is None:
            return {"outcome": "unsupported"}
        try:
            return handler(call)
        except Unsupported as error:
            return {"outcome": "unsupported", "text": str(error)[:200]}

    def op_hello(self, call):
        return {"name": "ticketgate-python", "release": "1", "roles": list(ROLES), "profiles": ["*"], "can": list(CAN)}

    def op_decode(self, call):
        try:
            tree = codec.decode(bytes.fromhex(call["message"]), None, MAX_DEPTH)
        except (ParseError, TooDeep) as error:
            return {"outcome": "rejected", "error": "parse", "text": str(error)[:200]}
        return {"outcome": "accepted", "reencoded": codec.encode(tree).hex()}

    def op_check(self, call):
        profile = profile_of(call.get("profile") or "rfc6043")
        try:
            tree = codec.decode(bytes.fromhex(call["message"]), None, MAX_DEPTH)
        except (ParseError, TooDeep) as error:
            return {"outcome": "rejected", "error": "parse", "text": str(error)[:200]}
        context = rules.Context(call.get("exchange"), LETTERS.get(call.get("from")))
        found = first_class(refusing_rows(rules.broken(tree, profile, context)))
        return {"outcome": "rejected", "error": found[0], "text": found[1]} if found else {"outcome": "accepted"}

    def op_open(self, call):
        role = ROLES.get(call.get("role"))
        if role is None:
            return {"outcome": "unsupported"}
        party = role(Options(call))
        self.sessions.pop(call["session"], None)
        while len(self.sessions) >= MOST_SESSIONS:
            self.sessions.pop(next(iter(self.sessions)))
        self.sessions[call["session"]] = party
        return {"outcome": "accepted"}

    def op_start(self, call):
        party = self.sessions.get(call["session"])
        what = call.get("what")
        if party is None or what not in ("request", "transfer", "update"):
            return {"outcome": "unsupported"}
        update = Transfer(call.get("update"))
        return party.call(int(call["now"], 16), lambda: party.start(what, update, bool(call.get("with_response"))))

    def op_receive(self, call):
        party = self.sessions.get(call["session"])
        if party is None or call.get("from") not in LETTERS:
            return {"outcome": "unsupported"}
        data = bytes.fromhex(call["message"])
        return party.call(int(call["now"], 16), lambda: party.receive(call["from"], data))

    def op_open_container(self, call):
        return containers.open_container(call)

    def op_make_container(self, call):
        return containers.make_container(call)

    def op_close(self, call):
        self.sessions.pop(call.get("session"), None)
        return {"outcome": "accepted"}

    def op_bye(self, call):
        self.over = True
        return {"outcome": "accepted"}


def serve(source, target):
    iut = Iut()
    for line in source:
        if not line.strip():
            continue
        call = json.loads(line)
        answer = iut.answer(call)
        target.write(json.dumps({"id": call.get("id"), **answer}, separators=(",", ":")) + "\n")
        target.flush()
        if iut.over:
            return
