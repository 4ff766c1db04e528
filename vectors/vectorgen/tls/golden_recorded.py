"""Handshakes of real peers, as record.py has written them down; what a judge says of each follows from how it was made: the
commands that record.py was given, which chose suite, identity, hint and keys, and how the peers close."""

import json
import pathlib

from tlspsk import suites

from .draft import Draft, answer
from .golden import HINT, KEPT

FOLDER = pathlib.Path(__file__).resolve().parent / "recorded"
ALICE = b"alice@example.com".hex()
CLOSED = [{"from": "client", "description": "close_notify"}, {"from": "server", "description": "close_notify"}]
UNREAD = [{"from": one["from"], "description": "encrypted"} for one in CLOSED]
NOT_TRIED = {"client": "not_tried", "server": "not_tried", "alerts": UNREAD}
FAILED = ["TS33328-H.2-05", "TS33328-J.1-02", "RFC5246-7.4.9-x01"]
NAMED = {"identity": ALICE, "findings": ["TS33328-H.2-03"]}         # gnutls-cli cannot send the empty identity
IDENTITY13 = b"0011223301"                                          # as openssl sends what stands behind -psk_identity
TLS13 = {"version": "1.3", "suite": "TLS_CHACHA20_POLY1305_SHA256"}


def psk(number, **more):
    return {"suite": suites.name(number), "alerts": CLOSED, **more}


SAID = {
    "openssl-psk-aes128-cbc-sha": psk(0x008C), "openssl-psk-aes256-cbc-sha384": psk(0x00AF),
    "openssl-psk-aes128-cbc-sha256": psk(0x00AE), "openssl-psk-aes128-gcm-sha256": psk(0x00A8),
    "openssl-psk-aes256-gcm-sha384": psk(0x00A9), "openssl-psk-aes128-ccm": psk(0xC0A4),
    "openssl-psk-aes256-ccm8": psk(0xC0A9), "openssl-psk-chacha20-poly1305": psk(0xCCAB),
    "openssl-hint": psk(0x00A8, hint=HINT.hex()), "openssl-no-etm": psk(0x008C),
    "openssl-identity": psk(0x00A8, identity=b"Client_identity".hex(), findings=["TS33328-H.2-03"]),
    "openssl-null": psk(0x00B0, findings=["TS33328-5.3-01"]),
    "openssl-dhe": psk(0xC037, hint="", **NOT_TRIED, findings=["TS33328-H.2-01", "TS33328-H.2-02"]),
    "openssl-wrong-key": psk(0x00A8, client="failed", server="absent", complete=False, findings=FAILED,
                             alerts=[{"from": "server", "description": "bad_record_mac"}]),
    "openssl-renegotiation": psk(0x008C, renegotiations=1, alerts=UNREAD),
    "openssl-resumed": psk(0x00A8, identity=None, resumed=True, **NOT_TRIED),
    "openssl-tls11": psk(0x008C, version="1.1", **NOT_TRIED, findings=["TS33328-H.2-x01"]),
    "openssl-tls13-psk-ke": {**TLS13, "identity": IDENTITY13.hex(), "alerts": CLOSED},
    "openssl-tls13-psk-dhe-ke": {**TLS13, "identity": IDENTITY13.hex(), "server": "not_tried", "findings": ["TS33328-H.2-02"]},
    "openssl-tls13-wrong-key": {"version": None, "suite": None, "identity": IDENTITY13.hex(), "client": "failed", "server": "absent",
                                "complete": False, "findings": FAILED,
                                "alerts": [{"from": "server", "description": "illegal_parameter"}]},
    "openssl-dtls": psk(0x00A8, version="d1.2"), "openssl-dtls-cookie": psk(0x00AE, version="d1.2"),
    "openssl-dtls-ccm": psk(0xC0A8, version="d1.2"), "openssl-dtls-small": psk(0x008D, version="d1.2"),
    "openssl-dtls-chacha": psk(0xCCAB, version="d1.2", hint=HINT.hex()),
    "gnutls-gcm": psk(0x00A8, **NAMED), "gnutls-cbc-plain": psk(0x008C, **NAMED), "gnutls-cbc": psk(0x00AE, **NAMED),
    "gnutls-ccm": psk(0xC0A5, **NAMED), "gnutls-ccm8": psk(0xC0A8, **NAMED), "gnutls-chacha": psk(0xCCAB, **NAMED),
    "gnutls-hint": psk(0x00A9, hint=HINT.hex(), **NAMED), "gnutls-both-versions": psk(0x00A9, **NAMED),
    "gnutls-openssl-server": psk(0xC0A5),
    # gnutls-serv goes on with a key of its own making, and only the Finished tells.
    "gnutls-unknown-identity": psk(0x00A9, identity=b"nobody@example.com".hex(), server="absent", complete=False,
                                   findings=["TS33328-H.2-03", "TS33328-H.2-x02"],
                                   alerts=[{"from": "server", "description": "bad_record_mac"}]),
    "gnutls-tls13": {**TLS13, "identity": ALICE, "alerts": CLOSED},
    "gnutls-dtls": psk(0x00A8, version="d1.2", alerts=CLOSED[:1], **NAMED),
    "gnutls-dtls-cbc": psk(0x008C, version="d1.2", alerts=CLOSED[:1], **NAMED),
}


def drafts():
    for name, said in SAID.items():
        recorded = json.loads((FOLDER / f"{name}.json").read_text())
        tls13 = "tls13" in name
        draft = Draft("recorded", f"recorded/{name}", recorded["title"], None, None, answer(**said),
                      [row for row in KEPT if row not in said.get("findings", ())], {"tls_versions": "tls13"} if tls13 else {},
                      bytes.fromhex(recorded["tek"]), IDENTITY13 if tls13 and "openssl" in name else None,
                      made_by=recorded["made_by"], segments=recorded["segments"])
        draft.transport = recorded["transport"]
        yield draft
