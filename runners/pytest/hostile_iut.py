"""An implementation under test that breaks down in a way of choice, for test_attach*.py.

    hostile_iut.py BEHAVIOUR PIDS

Behaves until it is asked to decode a message that begins with aa. Its process ids, and those of its children, are added
to the file PIDS.
"""
import json
import os
import signal
import sys
import time

BEHAVIOUR, PIDS = sys.argv[1:3]
FOREVER = 10000


def note_pid(pid):
    with open(PIDS, "a", encoding="ascii") as file:
        file.write(f"{pid}\n")


def starts():
    with open(PIDS, encoding="ascii") as file:
        return len(file.readlines())


def write(data):
    data = data.encode() if isinstance(data, str) else data
    while data:
        data = data[os.write(1, data):]


def answer(call, **members):
    write(json.dumps({"id": call["id"], "outcome": "accepted", **members}) + "\n")


def flood(fd, block):
    while True:
        os.write(fd, block)


def spawn():
    """A child in the same group that holds on to the pipes."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(FOREVER)
        os._exit(0)
    note_pid(pid)


def line(text):
    """A whole line in which ID stands for the id."""
    return lambda call: write(text.replace("ID", str(call["id"])) + "\n")


def octets(data):
    return lambda call: write(data.replace(b"ID", str(call["id"]).encode()) + b"\n")


def then(*steps):
    return lambda call: [step(call) for step in steps]


def sleep(seconds):
    return lambda call: time.sleep(seconds)


def kill(number):
    return lambda call: os.kill(os.getpid(), number)


GOOD = '{"id":ID,"outcome":"accepted"}'
BEHAVIOURS = {
    "good": answer,
    "ignores-bye": answer,
    "hang": sleep(FOREVER),
    "hang-in-line": then(lambda call: write('{"id":'), sleep(FOREVER)),
    "stop": kill(signal.SIGSTOP),
    "late": then(sleep(5), line('{"id":ID,"outcome":"rejected"}')),
    "segv": kill(signal.SIGSEGV),
    "abort-in-line": then(lambda call: write('{"id":'), kill(signal.SIGABRT)),
    "exit": lambda call: sys.exit(3),
    "exit-0": lambda call: sys.exit(0),
    "answer-and-exit": then(answer, lambda call: sys.exit(4)),
    "last-words": lambda call: (os.write(2, b"first line\n\xff\x00\x1b[31m\xc3\xa4 assertion failed\n"), sys.exit(3)),
    "closes-stdout": then(lambda call: os.close(1), sleep(FOREVER)),
    "twice": line(GOOD + "\n" + GOOD),
    "twice-later": then(line(GOOD), sleep(0.1), line(GOOD)),
    "flood": lambda call: flood(1, b"x" * 65536),
    "flood-of-lines": lambda call: flood(1, b"{}\n" * 20000),
    "flood-of-line-ends": lambda call: flood(1, b"\n" * 65536),
    "100-mb": lambda call: write(b'{"id":%d,"text":"' % call["id"] + b"x" * 100_000_000 + b'"}\n'),
    "flood-stderr": lambda call: flood(2, b"y" * 65536),
    "stderr-then-good": then(lambda call: [os.write(2, b"z" * 65536) for _ in range(500)], answer),
    "amplifying": line('{"id":ID,"outcome":"accepted","x":[' + "0," * 500_000 + "0]}"),
    "children-hang": then(lambda call: [spawn() for _ in range(3)], sleep(FOREVER)),
    "children-exit": then(lambda call: [spawn() for _ in range(3)], lambda call: os._exit(3)),
    "children-good": then(lambda call: spawn(), answer),
    "memory": then(lambda call: bytearray(1 << 30), answer),
    "not-json": line("this is no JSON"),
    "empty-line": line(""),
    "not-object": line("[ID]"),
    "string": line('"ID"'),
    "half": line('{"id":ID,"outcome":"accepted"'),
    "more-behind": line(GOOD + " {}"),
    "no-id": line('{"outcome":"accepted"}'),
    "wrong-id": line('{"id":1,"outcome":"accepted"}'),
    "text-id": line('{"id":"ID","outcome":"accepted"}'),
    "real-id": line('{"id":ID.0,"outcome":"accepted"}'),
    "huge-id": line('{"id":1e400,"outcome":"accepted"}'),
    "no-outcome": line('{"id":ID}'),
    "other-outcome": line('{"id":ID,"outcome":"passed"}'),
    "outcome-number": line('{"id":ID,"outcome":0}'),
    "duplicate": line('{"id":ID,"outcome":"rejected","outcome":"accepted"}'),
    "nul": octets(b'{"id":ID,"outcome":"accepted","text":"a\x00b"}'),
    "escaped-nul": line('{"id":ID,"outcome":"accepted","text":"a\\u0000b"}'),
    "utf-8": octets(b'{"id":ID,"outcome":"accepted","text":"\xff\xfe"}'),
    "surrogate": line('{"id":ID,"outcome":"accepted","text":"\\ud800"}'),
    "deep": line('{"id":ID,"outcome":"accepted","x":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "deep-objects": line('{"id":ID,"x":' + '{"a":' * 50_000 + "1" + "}" * 50_001),
    "odd-hex": line('{"id":ID,"outcome":"accepted","reencoded":"012"}'),
    "no-hex": line('{"id":ID,"outcome":"accepted","reencoded":"0x12"}'),
    "spaced-hex": line('{"id":ID,"outcome":"accepted","reencoded":"01 23 "}'),
    "octets-list": line('{"id":ID,"outcome":"accepted","reencoded":[1,2]}'),
    "five-messages": line('{"id":ID,"outcome":"accepted","messages":[' + ",".join(['{"to":"kms","octets":"00"}'] * 5) + "]}"),
    "to-nobody": line('{"id":ID,"outcome":"accepted","messages":[{"to":"nobody","octets":"00"}]}'),
    "to-missing": line('{"id":ID,"outcome":"accepted","messages":[{"octets":"00"}]}'),
    "message-text": line('{"id":ID,"outcome":"accepted","messages":["00"]}'),
    "messages-object": line('{"id":ID,"outcome":"accepted","messages":{"to":"kms"}}'),
    "many-keys": line('{"id":ID,"outcome":"accepted","keys":[' + ",".join(["{}"] * 257) + "]}"),
    "cs-id-256": line('{"id":ID,"outcome":"accepted","keys":[{"cs_id":256,"tek":"00"}]}'),
    "cs-id-negative": line('{"id":ID,"outcome":"accepted","keys":[{"cs_id":-1,"tek":"00"}]}'),
    "established-number": line('{"id":ID,"outcome":"accepted","established":1}'),
    "error-number": line('{"id":ID,"outcome":"rejected","error":7}'),
    "broken": line('{"id":ID,"outcome":"broken","text":"it cannot go on"}'),
    "full": line('{"id":ID,"outcome":"rejected","error":"MAC wrong","text":"\\u00e4\\n","messages":[{"to":"kms","octets":"0aFF"},'
                 '{"to":"initiator","octets":"","other":{}}],"established":true,"keys":[{"cs_id":0,"tek":"01","salt":""},'
                 '{"cs_id":255,"tek":"0203","salt":"04"}],"reencoded":"aabb","unknown":[[{}]]}\r'),
    "nulls": line('{"id":ID,"outcome":"accepted","error":null,"messages":null,"keys":null,"established":null}'),
    "largest": lambda call: write((b'{"id":%d,"outcome":"accepted","text":"' % call["id"]).ljust((1 << 20) - 2, b"x") + b'"}\n'),
    "too-large": lambda call: write((b'{"id":%d,"outcome":"accepted","text":"' % call["id"]).ljust((1 << 20) - 1, b"x") + b'"}\n'),
    "descriptors": lambda call: answer(call, text=" ".join(sorted(os.listdir("/proc/self/fd")))),
    "signals": lambda call: answer(call, text=" ".join(
        text for text in open("/proc/self/status", encoding="ascii").read().splitlines() if text.startswith("SigBlk"))),
    "arguments": lambda call: answer(call, text=json.dumps(sys.argv[3:])),
}


def hello(call):
    if BEHAVIOUR == "hello-hang" or (BEHAVIOUR == "hangs-again" and starts() > 1):
        time.sleep(FOREVER)
    if BEHAVIOUR == "exits-again" and starts() > 1:
        os.write(2, b"no license\n")
        sys.exit(9)
    if BEHAVIOUR == "banner":
        write("Welcome!\n")
    name = "other" if BEHAVIOUR == "changes" and starts() > 1 else "hostile"
    write(json.dumps({"id": call["id"], "name": name, "release": "1.0", "roles": ["kms", "responder"],
                      "profiles": ["rfc6043"], "can": ["decode", "psk"], "more": 1}) + "\n")


def main():
    note_pid(os.getpid())
    if BEHAVIOUR == "speaks-first":
        write("Welcome!\n")
    if BEHAVIOUR == "ignores-bye":
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        spawn()
    for text in iter(sys.stdin.readline, ""):
        call = json.loads(text)
        if call["op"] == "hello":
            hello(call)
            if BEHAVIOUR == "does-not-read":
                time.sleep(FOREVER)
            if BEHAVIOUR == "answers-unread":
                os.read(0, 10)
                write('{"id":2,"outcome":"accepted"}\n')
                time.sleep(FOREVER)
            if BEHAVIOUR == "closes-stdin":
                os.close(0)
                time.sleep(FOREVER)
        elif call["op"] == "bye":
            break
        elif call["op"] == "close" and BEHAVIOUR == "dies-in-close":
            os.kill(os.getpid(), signal.SIGKILL)
        elif call.get("message", "").startswith("aa"):
            BEHAVIOURS.get(BEHAVIOUR, BEHAVIOURS["segv"])(call)
        else:
            answer(call, text="good")
    while BEHAVIOUR == "ignores-bye":
        time.sleep(FOREVER)


main()
