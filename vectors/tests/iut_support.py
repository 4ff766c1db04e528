"""Lets three sessions of an implementation under test talk to each other, and holds what they say against the judge."""

import json
import subprocess

from vectorgen.conversations.form import pem_certificate, private_pem

from mikeyticket import codec, conversation

START = 0xED2E0B80
LETTER = {"initiator": "I", "responder": "R", "kms": "K"}
TGK, TGK_SALT, TEK, TEK_SALT, GTGK, GTGK_SALT = range(6)
SUITES = {"128": (0, 1, 1), "128-kw": (0, 2, 1), "256": (1, 3, 2)}
SRTP_POLICY = [{"type": 0, "value": "01"}, {"type": 1, "value": "10"}, {"type": 4, "value": "0e"}]
ALICE, BOB, CAROL = ({"type": 0, "data": who.encode().hex()} for who in ("alice@example.com", "bob@example.com", "carol@example.com"))
KMS = {"type": 1, "data": b"sip:kms.example.com".hex()}
NO_UPDATE = {"sessions": [], "policies": [], "keys": []}


class InProcess:
    """The implementation behind JSON lines, without a process."""

    def __init__(self):
        from iutpy.line import Iut
        self.iut, self.number = Iut(), 0

    def call(self, /, **call):
        self.number += 1
        return json.loads(json.dumps(self.iut.answer(json.loads(json.dumps({"id": self.number, **call})))))


class Process:
    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.number = 0

    def call(self, /, **call):
        self.number += 1
        self.process.stdin.write(json.dumps({"id": self.number, **call}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["id"] == self.number
        return answer

    def close(self):
        self.call(op="bye")
        self.process.stdin.close()
        assert self.process.wait(5) == 0
        self.process.stdout.close()


def srtp(cs_id, key=1, **more):
    return {"cs_id": cs_id, "prot_type": 0, "s": 0, "policies": "00", "session_data": f"1111111{cs_id % 10}", "key": key, **more}


def other(cs_id, prot_type, key=1):
    return {"cs_id": cs_id, "prot_type": prot_type, "s": 0, "policies": "", "session_data": "", "key": key}


def key(kind, length=16, salt=0):
    return {"type": kind, "key_len": length, "salt_len": salt, "spi": ""}


class Talk:
    """A conversation of three sessions. `flags`: those of the ticket that are 1."""

    def __init__(self, iut, mode=1, suite="128", profile="rfc6043", flags="DEFGHNO", keys=None, offer=None, **options):
        prf, encr, mac = SUITES[suite]
        size = 32 if prf else 16
        self.iut, self.now, self.transcript, self.answers = iut, START << 32, [], []
        self.mode, self.profile, self.flags, self.pk = mode, profile, flags, options.get("pk", False)
        self.psk_i, self.psk_r, self.psk_k, self.tpk = (bytes([n]) * size for n in (1, 2, 3, 4))
        self.settings, self.prot_types, self.skew = options.get("settings", {}), options.get("prot_types", {}), 300
        ims = profile != "rfc6043"
        self.keys = keys if keys is not None else [key(TGK, size)]
        policy = {"ticket_type": 2 if ims else 1, "subtype": 0 if ims else 1, "version": 0 if ims else 1, "prf_func": prf,
                  "flags": flags, "start": f"{START - 60:08x}00000000", "end": f"{START + 3600:08x}00000000", "time_type": 3,
                  "rekey": 0, "keys": self.keys, "applications": [],
                  "responders": [{"type": 0, "data": b"?@?".hex()}] if ims else [BOB]}
        default = {"sessions": [srtp(1), srtp(2)], "policies": [{"policy_no": 0, "prot_type": 0, "params": SRTP_POLICY}], "keys": []}
        common = {"profile": profile, "settings": self.settings, "prot_types": self.prot_types, "mode": mode, "pk": self.pk,
                  "chash": self.pk, "prf_func": prf, "encr_alg": encr, "mac_alg": mac, "ts_type": 0, "skew": 300,
                  "leave_out_ids": False, "plain_errors": False, "kms": KMS, "psk": "", "psk_id": None, "tpk": "",
                  "rsa_own": None, "rsa_kms": None, "trust": [], "policy": policy, "offer": None,
                  "answer": {"sessions": [], "policies": [], "keys": []}, "supported": [], "subscribers": None}
        self.subscribers = [{"b_tid": b"alice-b-tid".hex(), "uids": [b"sip:alice@example.com".hex()], "psk": self.psk_i.hex()},
                            {"b_tid": b"bob-b-tid".hex(), "uids": [b"sip:bob@example.com".hex()], "psk": self.psk_r.hex()}]
        own = {"initiator": {"self": ALICE, "called": BOB, "psk": self.psk_i.hex(), "psk_id": {"type": 2, "data": b"alice-b-tid".hex()},
                             "tpk": self.tpk.hex() if mode in (3, 4) else "", "offer": offer or default},
               "responder": {"self": BOB, "psk": self.psk_r.hex(), "psk_id": {"type": 2, "data": b"bob-b-tid".hex()},
                             "tpk": self.tpk.hex() if mode in (2, 4) else ""},
               "kms": {"self": KMS, "tpk": self.tpk.hex(), "subscribers": self.subscribers}}
        if self.pk:
            for role, name in (("initiator", "initiator"), ("responder", "responder"), ("kms", "kms")):
                own[role].update(rsa_own=private_pem(name) + pem_certificate(name), rsa_kms=pem_certificate("kms"),
                                 trust=[pem_certificate("ca")])
        for number, role in enumerate(LETTER):
            special = {name: value for name, value in options.items() if name not in LETTER}
            call = {**common, **own[role], **special, **options.get(role, {})}
            assert iut.call(op="open", session=number, role=role, **call)["outcome"] == "accepted"
        self.number_of = {role: number for number, role in enumerate(LETTER)}

    def start(self, role, what, ex, **more):
        return self.route(role, self.iut.call(op="start", session=self.number_of[role], what=what, now=f"{self.now:016x}", **more), ex)

    def route(self, sender, answer, ex):
        """Brings the messages of an answer to where they go, until nobody has anything to say."""
        self.answers.append((sender, answer))
        queue = [(sender, one) for one in answer.get("messages", ())]
        while queue:
            sender, one = queue.pop(0)
            self.now += 1 << 32
            data = bytes.fromhex(one["octets"])
            kind = "resolve" + ex[8:] if data[1] in (16, 17, 18) else ex
            self.transcript.append({"ex": kind if not kind.startswith("resolve") else f"resolve {ex}", "from": LETTER[sender],
                                    "hex": one["octets"]})
            answer = self.receive(one["to"], sender, one["octets"])
            queue += [(one["to"], next_one) for next_one in answer.get("messages", ())]
        return answer

    def receive(self, role, sender, octets):
        answer = self.iut.call(op="receive", session=self.number_of[role], **{"from": sender}, now=f"{self.now:016x}", message=octets)
        self.answers.append((role, answer))
        return answer

    def request_of(self, number):
        """Another REQUEST_INIT of the Initiator."""
        return self.iut.call(op="start", session=0, what="request", now=f"{self.now + number:016x}")["messages"][0]["octets"]

    def run(self):
        if self.mode in (1, 2):
            self.start("initiator", "request", "request")
        return self.start("initiator", "transfer", "transfer")

    def judged(self):
        secrets = {"psk_i": self.psk_i.hex(), "psk_r": self.psk_r.hex(), "tpk": self.tpk.hex()}
        if self.pk:
            secrets["rsa"] = {party: {"pem": private_pem(name) + pem_certificate(name)}
                              for party, name in (("i", "initiator"), ("r", "responder"), ("kms", "kms"))}
        return conversation.answer({
            "profile": self.profile, "settings": self.settings, "prot_types": self.prot_types,
            "identities": {"i": ALICE, "r": BOB, "kms": KMS}, "secrets": secrets, "messages": self.transcript})

    def keys_of(self, role):
        """The session keys that a role showed last."""
        found = [answer["keys"] for who, answer in self.answers if who == role and "keys" in answer]
        return {one["cs_id"]: (one["tek"], one.get("salt", "")) for one in found[-1]} if found else None

    def assert_good(self, tolerated=()):
        bad = [(who, answer) for who, answer in self.answers if answer["outcome"] != "accepted"]
        assert not bad, bad
        judged = self.judged()
        findings = [(i, one["id"]) for i, entry in enumerate(judged["messages"]) for one in entry["findings"] if one["id"] not in tolerated]
        assert judged["verdict"] == "accept" and not findings, (judged["verdict"], findings, [
            (entry["auth"], entry["kemac"], entry["ticket_auth"], entry["vr_auth"]) for entry in judged["messages"]])
        expected = self.expected_keys(judged)
        assert expected and self.keys_of("initiator") == expected and self.keys_of("responder") == expected

    def expected_keys(self, judged):
        """Those of the last initial exchange, and of what updated it."""
        found = {}
        for message, entry in zip(self.transcript, judged["messages"]):
            if message["hex"][2:4] == "0e" and not message["ex"].startswith("update"):
                found = {}
            found.update({int(cs_id): (keys["tek"], keys.get("salt", "")) for cs_id, keys in entry["derived"].get("cs", {}).items()})
        return found


def outcome(answer):
    return answer["outcome"], answer.get("error"), "messages" in answer


def tree_of(octets):
    return codec.decode(bytes.fromhex(octets))


def payload(octets, name):
    return next((node for node in tree_of(octets)["payloads"] if node["payload"] == name), None)


def sent_by(talk, data_type):
    return [one["hex"] for one in talk.transcript if bytes.fromhex(one["hex"])[1] == data_type]


def first_transfer(talk):
    """TRANSFER_INIT, not brought to anybody yet."""
    talk.start("initiator", "request", "request")
    return talk.iut.call(op="start", session=0, what="transfer", now=f"{talk.now:016x}")["messages"][0]["octets"]
