"""Plays both ends of TLS 1.3 with an external PSK (RFC 8446), deterministically: psk_ke, and as far as it can be told without a
Diffie-Hellman secret psk_dhe_ke."""

import dataclasses

from tlspsk import derive, reading as m, seal, suites, tls13
from vectorgen import material

from . import wire
from .maker import ALERTS, Plan

SCRIPT = ("CH", "SH", "EE", "sFIN", "cFIN", "cDATA", "sDATA")
RETRY = ("CH", "HRR", "CH2", "SH", "EE", "sFIN", "cFIN")
ENCRYPTED_EXTENSIONS = 8
GROUP = 0x001D


@dataclasses.dataclass
class Plan13(Plan):
    identities: tuple = (b"\x00\x11\x22\x33\x01",)
    ages: tuple = (0,)
    modes: bytes = b"\0"
    versions: tuple = (0x0304,)
    selected: int = 0                       # None: the server takes no PSK
    key_share: bool = False                 # of the server
    offers_share: bool = False
    binder: object = None                   # change of the first binder
    extras: tuple = ()                      # further extensions of the ServerHello
    lacks: tuple = ()                       # extensions that the ClientHello has not
    script: tuple = SCRIPT


class Play13:
    def __init__(self, plan):
        self.plan, self.chunks, self.messages = plan, [], []
        self.chosen = suites.suite(plan.suite)
        self.hash_name = self.chosen.prf
        self.teks = {"client": plan.client_tek, "server": plan.server_tek}
        self.keys = {"client": None, "server": None}
        self.secrets = {}
        self.cookie = b""

    def run(self):
        for step in self.plan.script:
            what, _, detail = step.partition(":")
            {"CH": self.client_hello, "CH2": self.client_hello, "HRR": self.retry, "SH": self.server_hello, "EE": self.extensions,
             "sFIN": self.server_finished, "cFIN": self.client_finished}.get(what, lambda step: self.other(step, what, detail))(step)
        chunks = self.plan.arrange(self.chunks) if self.plan.arrange else self.chunks
        return wire.as_segments(chunks, self.plan.join)

    def other(self, step, what, detail):
        end = "client" if what[0] == "c" else "server"
        kind, body = {"DATA": ("data", self.plan.data), "CCS": ("ccs", b"\1"), "KEYUPDATE": ("handshake", b"\x18\0\0\1\0"),
                      "NST": ("handshake", wire.message(4, bytes(8) + b"\1\0" + wire.vector(b"ticket", 2) + bytes(2))),
                      "ALERT": ("alert", bytes([2, ALERTS.get(detail, 0)])), "EARLY": ("early", b"")}[what[1:]]
        if kind == "early":
            self.chunks.append((end, wire.record("data", 0x0303, self.random("early data", 40))))
        else:
            self.send(end, kind, body, step)
        if what[1:] == "KEYUPDATE":
            self.keys[end] = self.keys[end].following()

    def random(self, what, length):
        return material.octets(f"tls {what} {self.plan.name}", length)

    # --- hellos ---------------------------------------------------------------------------------------------------

    def client_hello(self, step):
        plan = self.plan
        chosen = [("supported_versions", wire.vector(b"".join(wire.number(one, 2) for one in plan.versions), 1)),
                  ("psk_key_exchange_modes", wire.vector(plan.modes, 1))]
        if any(one < 0x0304 for one in plan.versions):
            chosen.append(("renegotiation_info", b"\0"))
        if plan.offers_share:
            chosen.append(("key_share", wire.vector(wire.number(GROUP, 2) + wire.vector(self.random("share", 32), 2), 2)))
        if self.cookie:
            chosen.append((m.COOKIE, wire.vector(self.cookie, 2)))
        identities = b"".join(wire.vector(one, 2) + wire.number(age, 4) for one, age in zip(plan.identities, plan.ages))
        size = 48 if self.hash_name == "sha384" else 32
        blank = wire.vector(b"".join(wire.vector(bytes(size), 1) for _ in plan.identities), 2)
        chosen = [one for one in chosen if one[0] not in plan.lacks]
        if "pre_shared_key" not in plan.lacks:
            chosen.append(("pre_shared_key", wire.vector(identities, 2) + blank))
        body = wire.client_hello(plan.offered, self.random("client random", 32), plan.session_id, plan.suites or (plan.suite,), chosen)
        whole = wire.message(m.CLIENT_HELLO, body)
        if "pre_shared_key" not in plan.lacks:
            whole = self.with_binders(whole, len(blank))
        self.add("client", "CH", whole, step)

    def with_binders(self, whole, length):
        """Each binder over what stands before them (RFC 8446 4.2.11.2); of a further identity under a key of its own."""
        cut = whole[:-length]
        hashed = derive.digest(self.hash_name, tls13.transcript(self.hash_name, self.messages), cut)
        binders = [derive.binder(self.hash_name, self.teks["client"] if i == 0 else self.random(f"psk {i}", 16), hashed)
                   for i in range(len(self.plan.identities))]
        if self.plan.binder:
            binders[0] = self.plan.binder(binders[0])
        return cut + wire.vector(b"".join(wire.vector(one, 1) for one in binders), 2)

    def server_extensions(self):
        plan = self.plan
        chosen = [("supported_versions", wire.number(plan.version if plan.version != 0x0303 else 0x0304, 2))]
        if plan.selected is not None:
            chosen.append(("pre_shared_key", wire.number(plan.selected, 2)))
        if plan.key_share:
            chosen.append(("key_share", wire.number(GROUP, 2) + wire.vector(self.random("server share", 32), 2)))
        return chosen + list(plan.extras)

    def server_hello(self, step):
        body = wire.server_hello(0x0303, self.random("server random", 32), self.plan.session_id, self.plan.suite, self.server_extensions())
        self.add("server", "SH", wire.message(m.SERVER_HELLO, body), step)
        for end in ("client", "server"):
            self.keys[end] = self.protection(end, f"{end[0]} hs traffic")

    def retry(self, step):
        self.cookie = self.random("cookie", 16)
        chosen = [("supported_versions", b"\3\4"), (m.COOKIE, wire.vector(self.cookie, 2))]
        if self.plan.key_share:
            chosen.append(("key_share", wire.number(GROUP, 2)))
        body = wire.server_hello(0x0303, m.RETRY_RANDOM, self.plan.session_id, self.plan.suite, chosen)
        self.add("server", "HRR", wire.message(m.SERVER_HELLO, body), step)

    # --- behind them ----------------------------------------------------------------------------------------------

    def handshake_secret(self, end):
        early = derive.early_secret(self.hash_name, self.teks[end])
        return derive.next_secret(self.hash_name, early)

    def hashed(self):
        return derive.digest(self.hash_name, tls13.transcript(self.hash_name, self.messages))

    def protection(self, end, label, master=False):
        """Under the end's own TEK. Where Diffie-Hellman has a part, or no PSK: under keys that nobody knows."""
        secret = self.handshake_secret(end)
        secret = derive.next_secret(self.hash_name, secret) if master else secret
        if self.plan.key_share or self.plan.selected is None:
            secret = self.random(f"secret of Diffie-Hellman {label}", len(secret))
        self.secrets[end] = derive.derive_secret(self.hash_name, secret, label.encode(), self.hashed())
        return seal.Protection13(self.chosen, self.secrets[end])

    def extensions(self, step):
        self.add("server", "EE", wire.message(ENCRYPTED_EXTENSIONS, bytes(2)), step)

    def server_finished(self, step):
        verify = derive.finished_mac(self.hash_name, self.secrets["server"], self.hashed())
        self.add("server", "sFIN", wire.message(m.FINISHED, self.plan.edit.get(step, lambda octets: octets)(verify)), step)
        self.keys["server"] = self.protection("server", "s ap traffic", True)
        secret = self.secrets["client"]
        self.later = self.protection("client", "c ap traffic", True)
        self.secrets["client"] = secret

    def client_finished(self, step):
        verify = derive.finished_mac(self.hash_name, self.secrets["client"], self.hashed())
        self.add("client", "cFIN", wire.message(m.FINISHED, verify), step)
        self.keys["client"] = self.later

    def add(self, end, name, whole, step):
        if name != "HRR" or not any(retry for _, retry in self.messages):       # RFC 8446 4.1.4: there is no second one
            self.messages.append((whole, name == "HRR"))
        size = self.plan.record_size.get(step, len(whole))
        for at in range(0, len(whole), size):
            self.send(end, "handshake", whole[at:at + size], step)

    def send(self, end, kind, body, step):
        keys = self.keys[end]
        if keys and kind != "ccs":
            octets = wire.record("data", 0x0303, keys.seal(wire.TYPES[kind], body))
        else:
            octets = wire.record(kind, 0x0301 if step == "CH" else 0x0303, body)
        self.chunks.append((end, self.plan.edit_record.get(step, lambda all_of_it: all_of_it)(octets)))
