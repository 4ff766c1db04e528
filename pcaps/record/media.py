"""What follows the signalling: MSRP (RFC 4975) and BFCP (RFC 4582) over TCP, or over TLS by the openssl command."""
import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import time

from network import Failed, is_open, wait_until

PSK_SUITE = "PSK-AES128-GCM-SHA256"
CERTIFICATE_SUITE = "ECDHE-ECDSA-AES128-GCM-SHA256"
SECONDS = 8

# A plain TCP end: what is read from standard input goes out, what comes in goes to standard output.
RELAY = """
import os, select, socket, sys
where, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if where == "listen":
    listening = socket.create_server((host, port))
    peer = listening.accept()[0]
else:
    peer = socket.create_connection((host, port))
while True:
    ready = select.select([0, peer], [], [])[0]
    if 0 in ready:
        octets = os.read(0, 65536)
        if not octets:
            break
        peer.sendall(octets)
    if peer in ready:
        octets = peer.recv(65536)
        if not octets:
            break
        os.write(1, octets)
peer.close()
"""


class Pipe:
    """An end of a connection: a process whose standard input and output are what it sends and receives."""

    def __init__(self, network, node, words):
        self.network = network
        self.process = network.start(node, *words, how=signal.SIGTERM, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, bufsize=0)

    def send(self, octets):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(octets)

    def receive(self, number=None, until=None):
        """Octets: so many, or until they end so; what came where the end closed."""
        got, limit = b"", time.monotonic() + SECONDS
        while (number is not None and len(got) < number) or (until is not None and not got.endswith(until)):
            if not select.select([self.process.stdout], [], [], max(0, limit - time.monotonic()))[0]:
                raise Failed(f"media: {len(got)} octets came, more were expected")
            octets = os.read(self.process.stdout.fileno(), 65536)
            if not octets:
                return got
            got += octets
        return got

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS)

    def wait(self):
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Failed("media: an end does not end") from error


def listening(network, node, port, words):
    pipe = Pipe(network, node, words)
    wait_until(f"port {port} at {node}", lambda: is_open(network, node, port), pipe.process)
    return pipe


def tcp(network, client, server, port):
    """(client, server) of a TCP connection."""
    host = network.address(server)
    answering = listening(network, server, port, [sys.executable, "-c", RELAY, "listen", host, port])
    return Pipe(network, client, [sys.executable, "-c", RELAY, "connect", host, port]), answering


def tls_psk(network, client, server, port, client_tek, server_tek, suite=PSK_SUITE):
    """TLS 1.2 keyed by TEKs, with the empty identity (TS 33.328 H.2)."""
    common = ["-quiet", "-tls1_2", "-cipher", suite, "-psk_identity", ""]
    answering = listening(network, server, port, ["openssl", "s_server", "-accept", f"{network.address(server)}:{port}", "-naccept", 1,
                                                  "-nocert", "-psk", server_tek.hex(), "-no_ticket", *common])
    calling = Pipe(network, client, ["openssl", "s_client", "-connect", f"{network.address(server)}:{port}", "-psk",
                                     client_tek.hex(), "-no_ticket", *common, "-no_ign_eof"])
    return calling, answering


class Certificate:
    """A self-signed certificate with its key, in files of openssl."""

    def __init__(self, network, name):
        self.key, self.certificate = network.scratch / f"{name}.key", network.scratch / f"{name}.crt"
        run = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
               "-subj", f"/CN={name}.example.com", "-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run(run, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=20)

    def fingerprint(self, digest="sha256"):
        """As a=fingerprint has it (RFC 8122)."""
        run = ["openssl", "x509", "-in", str(self.certificate), "-noout", "-fingerprint", f"-{digest}"]
        text = subprocess.run(run, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20).stdout
        return f"{digest[:3]}-{digest[3:]}".upper() + " " + text.strip().split("=", 1)[1]


def tls(network, client, server, port, client_certificate, server_certificate):
    """TLS 1.2 with certificates of both ends, which may be any: their fingerprints stand in the signalling."""
    common = ["-quiet", "-tls1_2", "-cipher", CERTIFICATE_SUITE]
    answering = listening(network, server, port, [
        "openssl", "s_server", "-accept", f"{network.address(server)}:{port}", "-naccept", 1, "-verify", 1, "-cert",
        server_certificate.certificate, "-key", server_certificate.key, *common])
    calling = Pipe(network, client, ["openssl", "s_client", "-connect", f"{network.address(server)}:{port}", "-cert",
                                     client_certificate.certificate, "-key", client_certificate.key, *common, "-no_ign_eof"])
    return calling, answering


# --- MSRP --------------------------------------------------------------------------------------------------------

def msrp_send(transaction, to, sender, text):
    return (f"MSRP {transaction} SEND\r\nTo-Path: {to}\r\nFrom-Path: {sender}\r\nMessage-ID: {transaction}.1\r\n"
            f"Byte-Range: 1-{len(text)}/{len(text)}\r\nContent-Type: text/plain\r\n\r\n{text}\r\n-------{transaction}$\r\n").encode()


def msrp_ok(transaction, to, sender):
    return f"MSRP {transaction} 200 OK\r\nTo-Path: {to}\r\nFrom-Path: {sender}\r\n-------{transaction}$\r\n".encode()


def talk_msrp(calling, answering, caller_path, called_path, text="hello"):
    """SEND and its 200, from the caller and back; then the caller closes."""
    transaction = "a786hjs2"
    calling.send(msrp_send(transaction, called_path, caller_path, text))
    answering.receive(until=f"-------{transaction}$\r\n".encode())
    answering.send(msrp_ok(transaction, caller_path, called_path))
    calling.receive(until=f"-------{transaction}$\r\n".encode())
    calling.close()
    answering.close()


# --- BFCP --------------------------------------------------------------------------------------------------------

FLOOR_REQUEST, FLOOR_REQUEST_STATUS = 1, 4


def bfcp_attribute(kind, value):
    octets = struct.pack("!BB", kind << 1 | 1, 2 + len(value)) + value
    return octets + bytes(-len(octets) % 4)


def bfcp_message(primitive, transaction, attributes=b"", conference=4321, user=1234):
    """RFC 4582 5.1: version 1."""
    return struct.pack("!BBHIHH", 0x20, primitive, len(attributes) // 4, conference, transaction, user) + attributes


def talk_bfcp(calling, answering):
    """FloorRequest, and a FloorRequestStatus that grants it."""
    asked = bfcp_message(FLOOR_REQUEST, 1, bfcp_attribute(2, struct.pack("!H", 543)))                       # FLOOR-ID
    status = bfcp_attribute(5, struct.pack("!BB", 3, 0))                                                    # REQUEST-STATUS granted
    inner = struct.pack("!H", 789) + status
    granted = bfcp_message(FLOOR_REQUEST_STATUS, 1, bfcp_attribute(15, inner))                              # FLOOR-REQUEST-INFORMATION
    calling.send(asked)
    answering.receive(number=len(asked))
    answering.send(granted)
    calling.receive(number=len(granted))
    calling.close()
    answering.close()
