"""What the TEK opens of TLS 1.2 and DTLS 1.2: keys from the hellos, and the two Finished (RFC 5246 7.4.9)."""

import hmac

from . import derive, reading, seal


class Session12:
    """`transcript`: the handshake messages as they are hashed, which grows while the session goes on."""

    def __init__(self, suite, tek, client_hello, server_hello, messages):
        self.suite, self.tek, self.client_hello, self.server_hello = suite, tek, client_hello, server_hello
        self.messages = messages                    # the judge's list: (what, octets)
        both = client_hello.kinds & set(server_hello.kinds)
        self.extended = reading.EXTENDED_MASTER_SECRET in both
        self.encrypt_then_mac = reading.ENCRYPT_THEN_MAC in both
        self.master = self.block = self.protection = None
        self.expected = {"client": None, "server": None}

    def derive(self):
        """Once the messages up to ClientKeyExchange are there."""
        randoms = self.client_hello.random, self.server_hello.random
        if self.extended:
            self.master = derive.extended_master_secret(self.suite.prf, self.tek, self.session_hash())
        else:
            self.master = derive.master_secret(self.suite.prf, self.tek, *randoms)
        self.block = derive.key_block(self.suite, self.master, *randoms)
        self.protection = {end: seal.Protection(self.suite, keys, self.encrypt_then_mac)
                           for end, keys in derive.split_key_block(self.suite, self.block).items()}

    def session_hash(self):
        until = next((i for i, (what, _) in enumerate(self.messages) if what == reading.CLIENT_KEY_EXCHANGE), len(self.messages))
        return derive.digest(self.suite.prf, *(octets for _, octets in self.messages[:until + 1]))

    def open(self, record, sequence):
        if self.protection is None:
            self.derive()
        return self.protection[record.end].open(sequence, record.kind, record.version, record.body)

    def verify_data(self, end, count):
        """Of an end whose Finished follows `count` messages."""
        transcript = b"".join(octets for _, octets in self.messages[:count])
        self.expected[end] = derive.verify_data(self.suite.prf, self.master, end, transcript)
        return self.expected[end]

    def holds(self, end, body, count):
        return hmac.compare_digest(body, self.verify_data(end, count))


def finished_message(body, dtls, number):
    """A Finished as it is hashed."""
    header = bytes([reading.FINISHED]) + len(body).to_bytes(3, "big")
    return header + (number.to_bytes(2, "big") + bytes(3) + header[1:] if dtls else b"") + body
