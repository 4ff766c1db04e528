"""Who talks in a scene: UEs that hold the roles of MIKEY-TICKET, and the KMS that they ask over HTTP.

The roles are those of the Python implementation behind the vectors (vectors/iutpy, runners/ATTACHING.md), the KMS is
`ticketgate kms`, asked with curl. Keys are made for each trace, and stand in its key file: they protect nothing else.
"""
import dataclasses
import json
import os
import pathlib
import secrets
import signal
import sys
import time
from base64 import b64decode, b64encode

from network import Failed, is_open, wait_until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "vectors"))

from iutpy.line import Iut          # noqa: E402

NTP_OF_UNIX = 2208988800
KMS_PORT = 80
KMS_ID = "kms.example.com"
NAI, URI, BYTES = 0, 1, 2
TGK, GTGK = 0, 4
SRTP, TLS, PSK_SMIME = 0, 241, 242       # Prot types of the profiles of TS 33.328 (Ticketgate's numbers)
SRTP_POLICY = {"policy_no": 0, "prot_type": SRTP, "params": [
    {"type": kind, "value": f"{value:02x}"} for kind, value in
    ((0, 1), (1, 16), (2, 1), (3, 20), (4, 14), (7, 1), (8, 1), (10, 1), (11, 10))]}
FLAGS = {"ims-media": "DEFGHIJLMNO", "ims-msrp-tls": "DEFGHIJLMNO", "ims-bfcp-tls": "DEFGHIJLMNO", "ims-mixed": "DEFGHIJLMNO",
         "ims-message": "DEHIJLNO"}


def ntp_now():
    seconds = time.time() + NTP_OF_UNIX
    return f"{int(seconds) % 2 ** 32:08x}{int(seconds % 1 * 2 ** 32):08x}"


def identity(text, kind=NAI):
    return {"type": kind, "data": text.encode().hex()}


@dataclasses.dataclass
class Person:
    name: str                       # alice
    node: str                       # uea
    psk: bytes = dataclasses.field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def uid(self):
        return f"{self.name}@example.com"

    @property
    def uri(self):
        return f"sip:{self.uid}"

    @property
    def b_tid(self):
        return f"{self.name}-{self.psk[:4].hex()}@bsf.example.com"


def srtp_offer(streams=1, sessions=None):
    """Two crypto sessions for each RTP m-line (RFC 4567 7.1), or as many as are asked for."""
    number = 2 * streams if sessions is None else sessions
    return {"sessions": [{"cs_id": at, "prot_type": SRTP, "policies": [0], "key": 1} for at in range(1, number + 1)],
            "policies": [SRTP_POLICY]}


def plain_offer(prot_type, sessions=1):
    """Crypto sessions without policies: one for each X/TLS/Y m-line (TS 33.328 H.3), or one of PSK S/MIME (F.3)."""
    return {"sessions": [{"cs_id": at, "prot_type": prot_type, "key": 1} for at in range(1, sessions + 1)]}


class Message:
    """A MIKEY message that was sent in a scene."""

    def __init__(self, octets):
        self.octets = octets

    @property
    def data_type(self):
        return self.octets[1]

    @property
    def csb_id(self):
        return int.from_bytes(self.octets[4:8], "big")


class Role:
    """An Initiator or a Responder. What it sends comes back as Message; a refusal is a Failed unless it is expected."""

    def __init__(self, cast, role, person, called=None, offer=None, answer=None, profile=None, responders=("?@?",), sdp_ids=("mikey",),
                 refuse=None, refusing=False):
        self.cast, self.person, self.refusing, self.keys = cast, person, refusing, []
        self.iut = Iut()
        profile = profile or cast.profile
        now = int(ntp_now(), 16)
        policy = {"ticket_type": 2, "subtype": 0, "version": 0, "flags": FLAGS[profile],
                  "start": f"{now:016x}", "end": f"{now + (86400 << 32):016x}", "time_type": 3,
                  "keys": [{"type": GTGK if profile == "ims-message" else TGK, "key_len": 16}],
                  "responders": [identity(one) for one in responders]}
        opened = self.ask("open", role=role, profile=profile, **{"self": identity(person.uid)}, kms=identity(KMS_ID, URI),
                          called=identity(called) if called else None, psk=person.psk.hex(),
                          psk_id=identity(person.b_tid, BYTES), policy=policy, offer=offer, answer=answer, refuse=refuse)
        if opened["outcome"] != "accepted":
            raise Failed(f"{role} {person.name}: {opened}")
        if sdp_ids and role == "initiator" and profile != "ims-message":
            # The list of what the SDP offers (RFC 4567 4.1.4) travels beside the security policies.
            self.party.o.offer.policies.append({"payload": "GENERAL_EXT", "type": 1, "sdp_ids": list(sdp_ids)})

    @property
    def party(self):
        return self.iut.sessions[1]

    def ask(myself, op, /, **call):
        return myself.iut.answer({"id": 1, "op": op, "session": 1, "now": ntp_now(), **call})

    def take(self, answer):
        if answer["outcome"] != "accepted" and not self.refusing:
            raise Failed(f"{self.person.name}: {answer.get('error')}: {answer.get('text')}")
        self.keys = answer.get("keys") or self.keys
        return [Message(bytes.fromhex(one["octets"])) for one in answer.get("messages") or ()]

    def start(self, what, **more):
        """The message that begins an exchange."""
        return self.cast.note(self.take(self.ask("start", what=what, **more))[0])

    def receive(self, sender, message):
        """The message that answers, or None."""
        sent = self.take(self.ask("receive", **{"from": sender}, message=message.octets.hex()))
        return self.cast.note(sent[0]) if sent else None

    def tek(self, cs_id=1):
        return next(bytes.fromhex(key["tek"]) for key in self.keys if key["cs_id"] == cs_id)


class Cast:
    """Who takes part in a scene, and every MIKEY message that was sent, in order."""

    def __init__(self, network, profile, people):
        self.network, self.profile = network, profile
        self.people = {name: Person(name, node) for name, node in people.items()}
        self.tpk = secrets.token_bytes(16)
        self.sent = []
        self.further = {}           # further members of the key file

    def __getitem__(self, name):
        return self.people[name]

    def note(self, message):
        self.sent.append(message)
        return message

    def keys(self):
        """The key file: a conversation of vectors/CONVERSATION.md without messages."""
        first = next(iter(self.people.values()))
        return {"identities": {"i": identity(first.uid), "kms": identity(KMS_ID, URI)},
                "secrets": {"tpk": self.tpk.hex()},
                "subscribers": [{"b_tid": one.b_tid.encode().hex(), "impus": [one.uri], "psk": one.psk.hex()}
                                for one in self.people.values()], **self.further}

    # --- the KMS --------------------------------------------------------------------------------------------------

    def start_kms(self, *options):
        known = self.network.scratch / "known.json"
        known.write_text(json.dumps({**self.keys(), "messages": []}))
        binary = os.environ.get("TICKETGATE_BIN", ROOT / "build" / "bin" / "ticketgate")
        process = self.network.start("kms", binary, "kms", "--listen", f"{self.network.host('kms')}:{KMS_PORT}", "--allow-remote",
                                     "--known", known, "--profile", self.profile, "--timeout", 600, *options, how=signal.SIGTERM,
                                     log="kms.log")
        wait_until("ticketgate kms", lambda: is_open(self.network, "kms", KMS_PORT), process)

    def ask_kms(self, node, message, base64=False, status=200):
        """POST with curl; the message that answers, noted."""
        what = "ticketrequest" if message.data_type in (11, 12) else "ticketresolve"
        body, answer = self.network.scratch / "ask.bin", self.network.scratch / "answer.bin"
        body.write_bytes(b64encode(message.octets) if base64 else message.octets)
        got = self.network.run(node, "curl", "-sS", "-g", "--max-time", 20, "--data-binary", f"@{body}", "-H", "Content-Type: application/mikey",
                               "-o", answer, "-w", "%{http_code}", f"http://{self.network.host('kms')}/keymanagement?requesttype={what}")
        if got.decode() != str(status):
            raise Failed(f"the KMS answered {got.decode()}")
        octets = answer.read_bytes()
        if octets[:1] != b"\x01":
            octets = b64decode(octets)
        return self.note(Message(octets))

    def initiator(self, name, called, **options):
        """An Initiator with a ticket, asked for at the live KMS."""
        base64 = options.pop("base64", False)
        role = Role(self, "initiator", self[name], called=called, **options)
        role.receive("kms", self.ask_kms(self[name].node, role.start("request"), base64))
        return role

    def responder(self, name, **options):
        return Role(self, "responder", self[name], **options)

    def answer(self, responder, init, base64=False):
        """What a Responder answers to a TRANSFER_INIT, after it had the ticket resolved at the live KMS."""
        sent = responder.receive("initiator", init)
        if sent is not None and sent.data_type in (16, 17):
            sent = responder.receive("kms", self.ask_kms(responder.person.node, sent, base64))
        return sent

