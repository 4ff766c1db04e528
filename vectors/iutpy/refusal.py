"""Why a message is refused: the class (runners/ATTACHING.md) and the Error no that is sent (RFC 3830 6.12, RFC 6043 6.9)."""

from mikeyticket.conversation.catalogue import on_receive
from mikeyticket.conversation.message import ERROR


class Refusal(Exception):
    """A message that is discarded, or a call that is not done. `answer`: whether the other side may be told."""

    def __init__(self, kind, text="", answer=True, sps=()):
        super().__init__(f"{kind}: {text}")
        self.kind, self.text, self.answer, self.sps = kind, text, answer, sps


ERROR_NO = {"auth": 0, "timestamp": 1, "prf": 2, "mac_alg": 3, "encr_alg": 4, "hash": 5, "id": 7, "cert": 8, "sp": 9,
            "sp_param": 10, "data_type": 11, "ticket": 14, "tp_param": 15}
UNSPECIFIED = 12
SILENT = ("replay", "unexpected", "peer_error", "too_large", "no_memory")

# Rows whose class is not `rule`.
CLASSES = {
    "data_type": ("RFC3830-6.1-x06", "RFC6043-4.2-x05"),
    "replay": ("RFC3830-5.4-x02", "RFC6043-5.3-01"),
    "timestamp": ("RFC3830-5.4-x01", "RFC6043-5.2-01b"),
    "encr_alg": ("RFC3830-6.2-x02",),
    "prf": ("RFC6043-6.1-x01",),
    "auth": ("RFC6043-4.2.1.2-04", "RFC6043-4.2.1.5-13", "RFC6043-4.2.2.1-09", "RFC6043-4.2.2.3-19", "RFC6043-4.2.3.2-04",
             "RFC6043-4.2.3.5-15", "RFC6043-5.2-06", "RFC6043-5.5-x01", "RFC6043-5.4-11", "RFC6043-4.2-x01",
             "RFC6043-6.10-30", "RFC6043-4.2.1.2-03", "RFC6043-4.2.1.3-x02", "RFC6043-4.2.1.5-11", "RFC6043-4.2.2.1-08",
             "RFC6043-4.2.2.3-18", "RFC6043-4.2.3.2-03", "RFC6043-4.2.3.3-x02", "RFC6043-4.2.3.5-13", "RFC6043-6.10-27"),
    "ticket": ("RFC6043-6.10-x14", "RFC6043-6.10-x15", "RFC6043-6.10-x22", "RFC6043-A.1-08", "RFC6043-A.1-04",
               "RFC6043-A-x01", "RFC6043-A.1-01", "RFC6043-A.1-07", "TS33328-6.2.3.4-01", "RFC6043-5.3-03"),
    "id": ("RFC6043-4.2.3.4-x01", "RFC6043-4.2.3.4-01", "TS33328-6.2.3.5-01", "TS33328-6.2.3.2-01", "RFC6043-4.2.2.1-x03"),
    "cert": ("RFC6043-4.2.1.3-03", "RFC6043-4.2.1.3-04", "RFC6043-4.2.1.3-x03", "RFC6043-4.2.1.3-x04",
             "RFC6043-4.2.3.3-03", "RFC6043-4.2.3.3-04", "RFC6043-4.2.3.3-x03", "RFC6043-4.2.3.3-x04"),
}
CLASS_OF = {row: kind for kind, rows in CLASSES.items() for row in rows}
# What is said first, where a message breaks several rows.
ORDER = ("parse", "data_type", "prf", "encr_alg", "mac_alg", "replay", "timestamp", "cert", "auth", "ticket", "id", "rule")

# What the texts leave to the receiver, and this implementation refuses: a ticket outside its time; a ticket that is used again
# although it must not be (J=0), or with the CSB ID, T or RAND of before: a replay, for the MAC leaves Initiator Data out.
ALSO_REFUSED = ("RFC6043-6.10-x22", "RFC6043-5.3-01", "RFC6043-5.3-03")


def class_of(row):
    return CLASS_OF.get(row, "rule")


def refusing_rows(findings):
    return [row for row in findings if on_receive(row) == "reject" or row in ALSO_REFUSED]


def first_class(rows):
    """(class, row) of what is said of these rows; None without any."""
    if not rows:
        return None
    return min(((class_of(row), row) for row in sorted(rows)), key=lambda pair: ORDER.index(pair[0]))


def refusal_of(m, waiting=False):
    """Why a judged message is refused, or None. `waiting`: its keys may not be known yet."""
    if m.parse_error:
        return Refusal("parse", str(m.parse_error))
    found = first_class(refusing_rows(m.findings))
    if found:
        return Refusal(*found)
    if m.auth == "fail":
        return Refusal("auth", "the MAC or signature does not verify")
    if m.auth == "absent" and m.data_type != ERROR:
        return Refusal("auth", "neither MAC nor signature")
    if m.auth == "skipped" and not waiting and m.data_type != ERROR:
        return Refusal("auth", "no key for it")
    for name in ("ticket_auth", "vr_auth", "kemac"):
        if getattr(m, name) == "fail":
            return Refusal("ticket" if name == "ticket_auth" else "auth", name)
    return None
