#!/usr/bin/python3
"""Records one handshake between two real peers, once, by hand; generate never runs this, it takes recorded/*.json over as they are.

  record.py [--dtls] --name NAME --title TEXT --made-by "openssl 3.0" --tek HEX --server COMMAND --client COMMAND [--say TEXT]

A relay on a port of the loopback stands between the two and writes down what passes, in the order of time, a read of a socket a
segment. {port} in COMMAND is the server's port for the server and the relay's for the client; {keylog} a file that is read for
the secrets the client knows (NSS key log format: openssl -keylogfile, SSLKEYLOGFILE of GnuTLS); {direct} is the server's port for
a client that connects once before, unrecorded. --say goes to the client's standard input a second after its start; the client
is ended two seconds later. The result is recorded/NAME.json; the answer to it is declared in golden_recorded.py. An example:

  record.py --name openssl-gcm --title "openssl with openssl" --made-by "openssl 3.0" --tek 00112233445566778899aabbccddeeff \\
    --server "openssl s_server -accept {port} -nocert -psk 00112233445566778899aabbccddeeff -tls1_2 -cipher PSK" \\
    --client "openssl s_client -connect 127.0.0.1:{port} -psk_identity '' -psk 00112233445566778899aabbccddeeff -tls1_2 \\
              -cipher PSK-AES128-GCM-SHA256 -keylogfile {keylog}"
"""

import argparse
import json
import os
import pathlib
import shlex
import socket
import subprocess
import tempfile
import threading
import time

FOLDER = pathlib.Path(__file__).resolve().parent / "recorded"


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Relay:
    def __init__(self, dtls, to):
        kind = socket.SOCK_DGRAM if dtls else socket.SOCK_STREAM
        self.dtls, self.to, self.segments, self.lock = dtls, to, [], threading.Lock()
        self.listening = socket.socket(socket.AF_INET, kind)
        self.listening.bind(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        if not dtls:
            self.listening.listen(1)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        onward = socket.socket(socket.AF_INET, self.listening.type)
        onward.connect(("127.0.0.1", self.to)) if self.dtls else None
        if self.dtls:
            octets, peer = self.listening.recvfrom(65536)
            self.listening.connect(peer)
            here = self.listening
            self.pass_on("client", octets, onward)
        else:
            here, _ = self.listening.accept()
            onward.connect(("127.0.0.1", self.to))
        threading.Thread(target=self.carry, args=("server", onward, here), daemon=True).start()
        self.carry("client", here, onward)

    def carry(self, end, source, sink):
        try:
            while octets := source.recv(65536):
                self.pass_on(end, octets, sink)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def pass_on(self, end, octets, sink):
        with self.lock:
            self.segments.append({"from": end, "hex": octets.hex()})
        sink.sendall(octets)


def start(command, keylog, **places):
    line = command.format(keylog=keylog, **places)
    return subprocess.Popen(shlex.split(line), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, "SSLKEYLOGFILE": keylog})


def wait_for(port, server, dtls):
    for _ in range(50):
        if server.poll() is not None:
            raise SystemExit("the server has ended")
        time.sleep(0.1)
        if dtls:
            continue
        with open("/proc/net/tcp") as table, open("/proc/net/tcp6") as table6:
            if f":{port:04X} " in table.read() + table6.read():
                return


def record(chosen):
    port = free_port(socket.SOCK_DGRAM if chosen.dtls else socket.SOCK_STREAM)
    with tempfile.TemporaryDirectory() as folder:
        keylog = os.path.join(folder, "keylog")
        server = start(chosen.server, os.path.join(folder, "of-the-server"), port=port)
        try:
            wait_for(port, server, chosen.dtls)
            relay = Relay(chosen.dtls, port)
            client = start(chosen.client, keylog, port=relay.port, direct=port)
            time.sleep(1)
            try:
                client.stdin.write(chosen.say.encode().decode("unicode_escape").encode())
                client.stdin.flush()
                time.sleep(1)
                client.stdin.close()
            except OSError:
                pass
            time.sleep(1)
            if client.poll() is None:
                client.terminate()
            client.wait()
        finally:
            server.terminate()
            server.wait()
        time.sleep(0.3)
        secrets = [line.split() for line in open(keylog)] if os.path.exists(keylog) else []
    known = {}
    for words in secrets:
        if len(words) == 3 and words[0][0] != "#":
            known.setdefault(words[0], words[2])            # of a second handshake there are more
    return {"name": chosen.name, "title": chosen.title, "made_by": chosen.made_by, "transport": "dtls" if chosen.dtls else "tls",
            "tek": chosen.tek, "secrets": known, "segments": relay.segments}


def main():
    parser = argparse.ArgumentParser(prog="record.py")
    for name in ("name", "title", "made-by", "tek", "server", "client"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--say", default="")
    parser.add_argument("--dtls", action="store_true")
    made = record(parser.parse_args())
    FOLDER.mkdir(exist_ok=True)
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in made.items())
    (FOLDER / f"{made['name']}.json").write_text("{\n" + lines + "\n}\n")
    print(f"{made['name']}: {len(made['segments'])} segments, {len(made['secrets'])} secrets")


if __name__ == "__main__":
    main()
