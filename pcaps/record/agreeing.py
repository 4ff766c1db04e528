"""The expectation of messages held against the judge in Python (vectors/mikeyticket), which knows nothing of captures."""
import json
import subprocess

from network import Failed
from people import NTP_OF_UNIX, ROOT

PARTY = {11: "I", 12: "I", 13: "K", 14: "I", 15: "R", 16: "R", 17: "R", 18: "K"}
EXCHANGE = {11: "request", 12: "request", 13: "request", 14: "transfer", 15: "transfer", 16: "resolve", 17: "resolve", 18: "resolve"}


def label(entry, message, before):
    """(ex, from) as vectors/TRACE.md, section 2, has it, for the conversations of the scenes."""
    kind = message.data_type
    if kind == 6:
        return (before[-1][0], "K") if entry["carrier"] == "http" else ("transfer", "R")
    ex, sender = EXCHANGE[kind], PARTY[kind]
    return getattr(message, "ex", None) or ex, getattr(message, "sender", None) or sender


def disagreements(profile, keys, messages, time):
    """[(index of the entry, what the judge says)] where the expectation has something else. `messages`: (entry, Message)."""
    labels, chosen = [], [(at, entry, one) for at, (entry, one) in enumerate(messages) if entry["copy_of"] is None]
    for _, entry, one in chosen:
        labels.append(label(entry, one, labels))
    conversation = {**keys, "profile": profile, "now": int(time) + NTP_OF_UNIX, "messages": [
        {"ex": ex, "from": sender, "hex": one.octets.hex()} for (ex, sender), (_, _, one) in zip(labels, chosen)]}
    if profile == "ims-msrp-tls":
        conversation["mline"] = "msrp"
    if profile == "ims-bfcp-tls":
        conversation["mline"] = "bfcp"
    done = subprocess.run([ROOT / "vectors" / "peer", "verify"], input=json.dumps(conversation) + "\n", capture_output=True, text=True,
                          check=False, timeout=60)
    if done.returncode or not done.stdout:
        raise Failed(f"vectors/peer verify: {done.stderr[-500:]}")
    answer = json.loads(done.stdout)
    if answer["verdict"] == "error":
        raise Failed(f"vectors/peer verify: {answer['error']}")
    found = []
    for (at, entry, _), says in zip(chosen, answer["messages"]):
        ids = sorted({one["id"] for one in says["findings"]})
        if ids != entry["findings"] or says["auth"] != entry["auth"]:
            found.append((at, {"auth": says["auth"], "findings": ids, "ticket_auth": says["ticket_auth"], "kemac": says["kemac"]}))
    return found, answer
