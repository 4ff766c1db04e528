#!/usr/bin/env python3
"""An adapter between `ticketgate gate` and your implementation: fill in one function after the other.

    ticketgate gate --iut "python3 adapter.py"

Standard library only. One line of JSON comes in, one goes out (ATTACHING.md). What is not filled in answers `unsupported`:
the gate skips it, and says so. First steps:

 1. name your implementation in hello();
 2. take the comment signs off in decode(), and write "decode" into CAN: cases now pass, and some fail, since ten octets
    of a header are no parser yet. `ticketgate gate --iut "python3 adapter.py" -k decode` shows which;
 3. put your parser there, then a role: its name into ROLES, "psk", "mode-1" and "suite-128" into CAN, then open(), start()
    and receive(). Standard error is yours: print() what you like with file=sys.stderr.
"""

import json
import sys

ROLES = []              # "initiator", "responder", "kms"
PROFILES = ["*"]        # "rfc6043", "ims-media", ...; "*": all of them
CAN = []                # words of ATTACHING.md: "decode", "reencode", "check", "psk", "mode-1", "suite-128", ...
SESSIONS = {}           # number of a session -> your object for it

UNSUPPORTED = {"outcome": "unsupported"}


def accepted(**more):
    """Processed. `more`: messages=[send(...)], established=True, keys=[...], reencoded="..." where there are any."""
    return {"outcome": "accepted", **more}


def rejected(error, *messages):
    """Discarded, for a reason that is one of the classes of ATTACHING.md; `messages`: an Error message, if you send one."""
    return {"outcome": "rejected", "error": error, "messages": list(messages)}


def send(to, octets):
    """A message for "initiator", "responder" or "kms"."""
    return {"to": to, "octets": octets.hex()}


def hello(call):
    return {"name": "my-implementation", "release": "0", "roles": ROLES, "profiles": PROFILES, "can": CAN}


def decode(call):
    # message = bytes.fromhex(call["message"])
    # if len(message) < 10 or message[9] > 2:           # HDR (RFC 3830 6.1) ends with the CS ID map type
    #     return rejected("parse")
    # return accepted()                                 # with "reencode" in CAN: accepted(reencoded=octets.hex())
    return UNSUPPORTED


def check(call):
    # call["message"] once more, now by the rules on one message: would you process it? call["profile"] says by which
    # texts, call["exchange"] is "initial", "update", "reuse" or None, call["from"] the sender or None.
    return UNSUPPORTED


def open(call):
    # A new role of a new party: call["role"], call["mode"] (RFC 6043 4.1.1), call["psk"] and other keys in hex, identities
    # like call["self"] = {"type": 0, "data": "616c..."}; `tgi_open` in iut.h lists all members.
    # SESSIONS[call["session"]] = MyRole(call)
    # return accepted()
    return UNSUPPORTED


def start(call):
    # session = SESSIONS[call["session"]]; the time is int(call["now"], 16), 64-bit NTP.
    # call["what"]: "request": send REQUEST_INIT:       return accepted(messages=[send("kms", octets)])
    #               "transfer": send TRANSFER_INIT:     return accepted(messages=[send("responder", octets)])
    #               "update": a CSB update (5.2) with what call["update"] says; its V flag is call["with_response"].
    return UNSUPPORTED


def receive(call):
    # bytes.fromhex(call["message"]) came from call["from"]. Answer with what you send because of it, or reject it:
    # return accepted(messages=[send("initiator", octets)])
    # return rejected("auth")
    # Once the crypto sessions have their keys ("session-keys" in CAN):
    # return accepted(established=True, keys=[{"cs_id": 1, "tek": tek.hex(), "salt": salt.hex()}])
    return UNSUPPORTED


def open_container(call):
    # With "smime" in CAN: bytes.fromhex(call["container"]) is a CMS ContentInfo, call["keys"] are KEKs: [{"id": "..", "kek": ".."}].
    # Once the tag has verified: return accepted(content=octets.hex()). Else rejected("parse"), "encr_alg", "id" or "auth".
    return UNSUPPORTED


def make_container(call):
    # Protect bytes.fromhex(call["content"]) for each of call["keys"] with call["algorithm"] ("aes-128-gcm", ...) and a tag of
    # call["tag_len"] octets, under a content key and a nonce that are new each time: return accepted(container=octets.hex())
    return UNSUPPORTED


def close(call):
    SESSIONS.pop(call.get("session"), None)
    return accepted()


OPS = {"hello": hello, "decode": decode, "check": check, "open": open, "start": start, "receive": receive, "close": close,
       "open_container": open_container, "make_container": make_container, "bye": lambda call: accepted()}


def main():
    for line in sys.stdin:
        call = json.loads(line)
        answer = OPS.get(call.get("op"), lambda call: UNSUPPORTED)(call)
        print(json.dumps({"id": call.get("id"), **answer}), flush=True)
        if call.get("op") == "bye":
            return


if __name__ == "__main__":
    main()
