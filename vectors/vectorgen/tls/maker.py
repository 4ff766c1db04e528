"""Plays both ends of TLS 1.2 and DTLS 1.2 (and of versions below in clear), deterministically, and writes what they send.

A play is a script of steps; what a step sends is taken from the Plan. Each end derives its keys from its own TEK and from the
messages as they were sent, so that a change of one message is followed by both."""

import dataclasses

from tlspsk import derive, reading as m, seal, suites
from vectorgen import material

from . import wire

SCRIPT = ("CH", "SH", "SHD", "CKE", "cCCS", "cFIN", "sCCS", "sFIN")
WITH_HINT = ("CH", "SH", "SKE", "SHD", "CKE", "cCCS", "cFIN", "sCCS", "sFIN")
WITH_COOKIE = ("CH", "HVR", "CH") + SCRIPT[1:]
SERVER_STEPS = {"HREQ": m.HELLO_REQUEST, "HVR": m.HELLO_VERIFY_REQUEST, "SH": m.SERVER_HELLO, "NST": m.NEW_SESSION_TICKET,
                "sCERT": m.CERTIFICATE, "SKE": m.SERVER_KEY_EXCHANGE, "CREQ": m.CERTIFICATE_REQUEST, "SHD": m.SERVER_HELLO_DONE}
CLIENT_STEPS = {"CH": m.CLIENT_HELLO, "cHVR": m.HELLO_VERIFY_REQUEST, "cCERT": m.CERTIFICATE, "CKE": m.CLIENT_KEY_EXCHANGE, "CV": m.CERTIFICATE_VERIFY}
ALERTS = {"close_notify": 0, "bad_record_mac": 20, "decryption_failed_RESERVED": 21, "handshake_failure": 40,
          "decrypt_error": 51, "protocol_version": 70, "insufficient_security": 71, "user_canceled": 90, "no_renegotiation": 100,
          "unknown_psk_identity": 115, "200": 200}
GROUP = bytes(range(1, 65))                 # stands for parameters of Diffie-Hellman that nobody computes with


@dataclasses.dataclass
class Plan:
    name: str
    transport: str = "tls"
    suite: int = 0x00A8
    suites: tuple = None                    # what the client offers; the suite by itself
    version: int = None                     # of the ServerHello
    offered: int = None                     # of the ClientHello
    client_tek: bytes = None
    server_tek: bytes = None
    client_extensions: list = None          # instead of the usual ones
    server_extensions: list = None
    extended: bool = False
    encrypt_then_mac: bool = False
    signalling: str = "extension"           # or scsv, none
    session_id: bytes = b""
    server_session_id: bytes = None
    identity: bytes = b""
    hint: bytes = b"psk@example.com"
    compressions: bytes = b"\0"
    compression: int = 0
    script: tuple = SCRIPT
    record_size: dict = dataclasses.field(default_factory=dict)     # step -> octets of a record, or of a fragment
    packed: tuple = ()                      # ((step, step, ..), ..): handshake messages in one record
    data: bytes = b"MSRP a786hjs2 SEND\r\n"
    edit: dict = dataclasses.field(default_factory=dict)            # step -> change of the body of its message
    edit_record: dict = dataclasses.field(default_factory=dict)     # step -> change of the octets of its records
    edit_plain: dict = dataclasses.field(default_factory=dict)      # step -> change of what is sealed
    arrange: object = None                  # change of the chunks [(end, octets)]
    join: bool = True                       # what an end sends in a row is one segment

    def __post_init__(self):
        dtls = self.transport == "dtls"
        self.version = self.version or (0xFEFD if dtls else 0x0303)
        self.offered = self.offered or (0xFEFD if dtls else 0x0303)
        self.client_tek = self.client_tek or tek(self.name)
        self.server_tek = self.server_tek or self.client_tek

    def but(self, **changed):
        return dataclasses.replace(self, **changed)


def tek(name, length=16):
    return material.octets(f"tls tek {name}", length)


class End:
    def __init__(self, tek):
        self.tek, self.messages, self.sealed, self.sequence, self.count = tek, 0, None, 0, 0


class Play:
    def __init__(self, plan):
        self.plan, self.dtls = plan, plan.transport == "dtls"
        self.chosen = suites.suite(plan.suite)
        self.ends = {"client": End(plan.client_tek), "server": End(plan.server_tek)}
        self.chunks, self.transcript, self.pending = [], [], []
        self.cookie, self.verified = b"", False

    def run(self):
        """The segments."""
        for step in self.plan.script:
            self.step(step)
        chunks = self.plan.arrange(self.chunks) if self.plan.arrange else self.chunks
        return wire.as_segments(chunks, self.plan.join and not self.dtls)

    def step(self, step):
        what, _, detail = step.partition(":")
        if what in SERVER_STEPS:
            self.handshake("server", SERVER_STEPS[what], what)
        elif what in CLIENT_STEPS:
            self.handshake("client", CLIENT_STEPS[what], what)
        else:
            end = "client" if what[0] == "c" else "server"
            {"CCS": self.change, "FIN": self.finished, "ALERT": self.alert, "DATA": self.application,
             "HS": self.protected_message, "CCS2": self.change_again}[what[1:]](end, step, detail)

    # --- steps ----------------------------------------------------------------------------------------------------

    def handshake(self, end, kind, step):
        body = self.plan.edit.get(step, lambda octets: octets)(self.body(step))
        self.send_message(end, kind, body, step)
        if kind == m.HELLO_VERIFY_REQUEST and [number for number, _ in self.transcript] == [m.CLIENT_HELLO] and not self.verified:
            self.transcript.clear()
            self.verified = True

    def send_message(self, end, kind, body, step):
        one = self.ends[end]
        whole = wire.fragment(kind, one.messages, body, 0, len(body)) if self.dtls else wire.message(kind, body)
        if kind != m.HELLO_REQUEST and not (self.dtls and kind == m.HELLO_VERIFY_REQUEST):       # RFC 5246 7.4.1.1, RFC 6347 4.2.1
            self.transcript.append((kind, whole))
        size = self.plan.record_size.get(step)
        if self.dtls:
            pieces = [wire.fragment(kind, one.messages, body, at, min(size or len(body), len(body) - at))
                      for at in (range(0, len(body), size) if size and body else (0,))]
        else:
            pieces = [whole[at:at + size] for at in range(0, len(whole), size)] if size else [whole]
        one.messages += 1
        pack = next((pack for pack in self.plan.packed if step in pack), None)
        if pack:
            self.pending += pieces
            pieces = [b"".join(self.pending)] if step == pack[-1] else []
            self.pending = [] if pieces else self.pending
        for piece in pieces:
            self.send(end, "handshake", piece, step)

    def body(self, step):
        if step in ("SHD", "HREQ"):
            return b""
        return {"CH": self.client_hello, "SH": self.server_hello, "HVR": self.verify_request, "cHVR": self.verify_request, "SKE": self.server_key_exchange,
                "CKE": self.client_key_exchange, "NST": lambda: bytes(4) + wire.vector(self.random("ticket", 48), 2),
                "sCERT": self.certificate, "cCERT": lambda: bytes(3),
                "CREQ": lambda: b"\1\1" + wire.vector(b"\4\1", 2) + bytes(2),
                "CV": lambda: b"\4\1" + wire.vector(self.random("signature", 256), 2)}[step]()

    def random(self, what, length):
        return material.octets(f"tls {what} {self.plan.name}", length)

    def client_hello(self):
        plan = self.plan
        offered = list(plan.suites or (plan.suite,)) + ([suites.RENEGOTIATION_SCSV] if plan.signalling == "scsv" else [])
        chosen = plan.client_extensions
        if chosen is None:
            chosen = [("encrypt_then_mac", b"")] * plan.encrypt_then_mac + [("extended_master_secret", b"")] * plan.extended
            chosen += [("renegotiation_info", b"\0")] * (plan.signalling == "extension")
        return wire.client_hello(plan.offered, self.random("client random", 32), plan.session_id, offered, chosen or None,
                                 self.cookie if self.dtls else None, plan.compressions)

    def server_hello(self):
        plan = self.plan
        chosen = plan.server_extensions
        if chosen is None:
            chosen = [("encrypt_then_mac", b"")] * plan.encrypt_then_mac + [("extended_master_secret", b"")] * plan.extended
            chosen += [("renegotiation_info", b"\0")] * (plan.signalling != "none")
        session_id = self.random("session", 32) if plan.server_session_id is None else plan.server_session_id
        return wire.server_hello(plan.version, self.random("server random", 32), session_id, plan.suite, chosen or None,
                                 plan.compression)

    def verify_request(self):
        self.cookie = self.random("cookie", 20)
        return b"\xfe\xff" + wire.vector(self.cookie, 1)

    def server_key_exchange(self):
        hint = wire.vector(self.plan.hint, 2)       # of suites with a PSK
        return hint + (3 * wire.vector(GROUP, 2) if self.chosen.kx == "DHE_PSK" else b"")

    def client_key_exchange(self):
        if self.chosen is None or not self.chosen.has_psk:
            return wire.vector(self.random("encrypted premaster", 256), 2)
        more = {"DHE_PSK": wire.vector(GROUP, 2), "RSA_PSK": wire.vector(self.random("encrypted premaster", 256), 2)}
        return wire.vector(self.plan.identity, 2) + more.get(self.chosen.kx, b"")

    def certificate(self):
        return wire.vector(wire.vector(material.certificate("responder"), 3), 3)

    def change(self, end, step, detail):
        one = self.ends[end]
        self.send(end, "ccs", b"\1", step)
        one.sealed, one.sequence = (self.protection(end) or True), 1 << 48
        one.count = 0

    def change_again(self, end, step, detail):
        """ChangeCipherSpec of a second handshake; what follows is random octets."""
        self.send(end, "ccs", b"\1", step)
        self.ends[end].sealed = True

    def finished(self, end, step, detail):
        master = self.master(end)
        body = b"".join(octets for _, octets in self.as_seen_by(end, master))
        verify = derive.verify_data(self.chosen.prf, master, end, body) if master else self.random("verify data " + end, 12)
        self.send_message(end, m.FINISHED, self.plan.edit.get(step, lambda octets: octets)(verify), step)

    def as_seen_by(self, end, master):
        """A server with another TEK cannot open the client's Finished; where it goes on nevertheless, it hashes the one that it
        would have taken."""
        if end == "client" or self.plan.client_tek == self.plan.server_tek:
            return self.transcript
        at = next((i for i, (kind, _) in enumerate(self.transcript) if kind == m.FINISHED), None)
        if at is None:
            return self.transcript
        verify = derive.verify_data(self.chosen.prf, master, "client", b"".join(octets for _, octets in self.transcript[:at]))
        right = self.transcript[at][1][:-len(verify)] + verify
        return [*self.transcript[:at], (m.FINISHED, right), *self.transcript[at + 1:]]

    def protected_message(self, end, step, detail):
        """A handshake message of a second handshake; not hashed."""
        body = b"" if detail == "HREQ" else self.client_hello()
        self.send(end, "handshake", wire.message(m.HELLO_REQUEST if detail == "HREQ" else m.CLIENT_HELLO, body), step)

    def alert(self, end, step, detail):
        self.send(end, "alert", bytes([1 if detail in ("close_notify", "no_renegotiation") else 2, ALERTS[detail]]), step)

    def application(self, end, step, detail):
        self.send(end, "data", self.plan.data, step)

    # --- keys and records -----------------------------------------------------------------------------------------

    def randoms(self):
        hellos = {kind: octets for kind, octets in self.transcript}
        at = 12 + 2 if self.dtls else 4 + 2
        return [hellos[kind][at:at + 32] for kind in (m.CLIENT_HELLO, m.SERVER_HELLO)]

    def master(self, end):
        if self.chosen is None or self.chosen.kx != "PSK" or self.plan.version not in (0x0303, 0xFEFD):
            return None
        if self.plan.extended:
            until = next(i for i, (kind, _) in enumerate(self.transcript) if kind == m.CLIENT_KEY_EXCHANGE)
            hashed = derive.digest(self.chosen.prf, *(octets for _, octets in self.transcript[:until + 1]))
            return derive.extended_master_secret(self.chosen.prf, self.ends[end].tek, hashed)
        return derive.master_secret(self.chosen.prf, self.ends[end].tek, *self.randoms())

    def protection(self, end):
        """None where the keys are not those of the TEK alone: what is sent then is no more than random octets."""
        master = self.master(end)
        if master is None or self.chosen.kind is None:
            return None
        block = derive.key_block(self.chosen, master, *self.randoms())
        return seal.Protection(self.chosen, derive.split_key_block(self.chosen, block)[end], self.plan.encrypt_then_mac)

    def send(self, end, kind, body, step):
        one, plan = self.ends[end], self.plan
        version = min(plan.version, 0x0303) if not self.dtls else 0xFEFF if step in ("CH", "HVR") else plan.version
        if step == "CH" and not self.dtls:
            version = 0x0301
        sequence = one.sequence if self.dtls else one.count
        if one.sealed is not None:
            body = plan.edit_plain.get(step, lambda octets: octets)(body)
            nonce = self.random(f"nonce {end} {one.count}", 16)
            body = nonce + self.random(f"sealed {end} {one.count}", 48) if one.sealed is True else one.sealed.seal(
                sequence, wire.TYPES[kind], wire.number(version, 2), body, self.nonce(sequence, nonce))
        one.sequence, one.count = one.sequence + 1, one.count + 1
        octets = wire.record(kind, version, body, sequence if self.dtls else None)
        self.chunks.append((end, plan.edit_record.get(step, lambda all_of_it: all_of_it)(octets)))

    def nonce(self, sequence, random):
        """AEAD: the explicit part is the sequence number, as most do (RFC 5288 3); CBC: random octets."""
        return wire.number(sequence, 8) + bytes(8) if self.chosen.aead else random
