"""Judges of conversations, asked the same: the C library and vectors/peer; and where their answers differ.

Compared are verdict, parse, authenticity, every derived value, and the set of ids of each message's findings (with what a receiver
does): those of the rules on one message and those of CONVERSATION.md section 8.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess

from conftest import ROOT, binary

PEER = ROOT / "vectors" / "peer"
PARTS = ("parse", "auth", "ticket_auth", "vr_auth", "kemac")
WORKERS = 2
CHUNK = 1000


def rows_across_messages():
    """The ids in the first column of the table of section 8."""
    text = (ROOT / "vectors" / "CONVERSATION.md").read_text(encoding="utf-8")
    section = text.split("\n## 8. ")[1].split("\n### 8.1")[0]
    ids = set()
    for line in section.splitlines():
        if not line.startswith("| ") or line.startswith("| row"):
            continue
        source = None
        for word in line.split("|")[1].split(","):
            match = re.fullmatch(r"\s*(?:(RFC\d+|TS\d+)-)?([0-9A-Z][0-9A-Za-z.]*-[0-9a-z]+)\s*", word)
            assert match, line
            source = match[1] or source
            ids.add(f"{source}-{match[2]}")
    return ids


def ask(command, data, codes=(0,)):
    """The lines that a command writes."""
    done = subprocess.run(list(map(str, command)), input=data, capture_output=True, timeout=500, check=False)
    err = done.stderr.decode(errors="replace")
    assert done.returncode in codes and not err, f"{' '.join(map(str, command))}: exit {done.returncode}\n{err[-2000:]}"
    return done.stdout.splitlines()


def c_answers(lines, *options):
    return ask([binary(), "verify", "--lines", *options], b"\n".join(lines) + b"\n", (0, 1))


def peer_answers(lines):
    return ask([PEER, "verify"], b"\n".join(lines) + b"\n")


def made_by_peer(seed, count):
    return ask([PEER, "conversations", "--seed", seed, "--count", count], b"")


def made_by_c(seed, count, *options):
    return ask([binary(), "converse", "--seed", seed, "--count", count, *options], b"")


# ---- one answer ---------------------------------------------------------------------------------------------------

def ids_of(message):
    """{id: on_receive}"""
    return {finding["id"]: finding["on_receive"] for finding in message["findings"]}


def is_accepted(message, findings, is_error):
    """Section 2: what the verdict asks of one message."""
    return (message["parse"] == "ok" and (message["auth"] == "ok" or (is_error and message["auth"] == "absent")) and
            "fail" not in (message["ticket_auth"], message["vr_auth"], message["kemac"]) and
            "reject" not in findings.values())


def verdict_of(answer, conversation):
    """The verdict that follows from the rest of the answer."""
    for message, sent in zip(answer["messages"], conversation["messages"]):
        if not is_accepted(message, ids_of(message), sent["hex"].replace(" ", "")[2:4] == "06"):
            return "reject"
    return "accept"


def flat(value, path=""):
    """{path: leaf} of a derived object."""
    if not isinstance(value, dict):
        return {path: value}
    out = {}
    for name, member in value.items():
        out.update(flat(member, f"{path}.{name}" if path else name))
    return out


def first_difference(conversation, mine, theirs):
    """(message, member, value of C, value of the peer) or None."""
    if "error" in (mine["verdict"], theirs["verdict"]):
        same = mine["verdict"] == theirs["verdict"] and mine["error"]["status"] == theirs["error"]["status"]
        return None if same else (None, "error", mine.get("error", "answered"), theirs.get("error", "answered"))
    if len(mine["messages"]) != len(theirs["messages"]):
        return None, "number of messages", len(mine["messages"]), len(theirs["messages"])
    for i, (a, b) in enumerate(zip(mine["messages"], theirs["messages"])):
        for part in PARTS:
            if a[part] != b[part]:
                return i, part, a[part], b[part]
        ids = ids_of(a), ids_of(b)
        if ids[0] != ids[1]:
            return i, "findings", sorted(ids[0].items() - ids[1].items()), sorted(ids[1].items() - ids[0].items())
        derived = flat(a["derived"]), flat(b["derived"])
        for name in sorted(set(derived[0]) | set(derived[1])):
            if derived[0].get(name) != derived[1].get(name):
                return i, f"derived.{name}", derived[0].get(name), derived[1].get(name)
    if mine["verdict"] != theirs["verdict"]:
        return None, "verdict", mine["verdict"], theirs["verdict"]
    follows = verdict_of(mine, conversation)
    return (None, "verdict that follows", mine["verdict"], follows) if mine["verdict"] != follows else None


def shortened(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 160 else f"{text[:160]}... ({len(text)} characters)"


# ---- many -----------------------------------------------------------------------------------------------------------

class Outcome:
    """What came of a comparison; the first difference and how many there are."""

    def __init__(self):
        self.answers = self.differences = 0
        self.verdicts, self.ids, self.derived = {}, {}, {}
        self.report = None

    def add(self, other):
        self.answers += other.answers
        self.differences += other.differences
        self.report = self.report or other.report
        for mine, theirs in ((self.verdicts, other.verdicts), (self.ids, other.ids), (self.derived, other.derived)):
            for name, num in theirs.items():
                mine[name] = mine.get(name, 0) + num

    def count(self, answer):
        self.verdicts[answer["verdict"]] = self.verdicts.get(answer["verdict"], 0) + 1
        for message in answer.get("messages", ()):
            for finding in message["findings"]:
                self.ids[finding["id"]] = self.ids.get(finding["id"], 0) + 1
            for name in flat(message["derived"]):
                name = re.sub(r"^cs\.\d+", "cs", name)
                self.derived[name] = self.derived.get(name, 0) + 1


def compare(lines, where, folder):
    """Both judges on the same conversations. `where` names them; the first that differs is kept in `folder`."""
    mine, theirs, out = c_answers(lines), peer_answers(lines), Outcome()
    assert len(mine) == len(theirs) == len(lines), (where, len(mine), len(theirs), len(lines))
    for index, (line, a, b) in enumerate(zip(lines, mine, theirs)):
        conversation, a, b = json.loads(line), json.loads(a), json.loads(b)
        out.answers += 1
        out.count(a)
        difference = first_difference(conversation, a, b)
        if not difference:
            continue
        out.differences += 1
        if out.report is None:
            kept = pathlib.Path(folder) / f"{where.replace(' ', '-')}-{index}.json"
            kept.write_bytes(line + b"\n")
            message, member, value, other = difference
            out.report = (f"{where}, conversation {index}, message {message}, {member}:\n  C:      {shortened(value)}\n"
                          f"  Python: {shortened(other)}\n  kept in {kept}")
    return out


def compare_many(make, seed, count, folder):
    """`make(seed, count)` gives the conversations of a part; parts are compared by WORKERS pairs of processes at a time."""
    parts = [(f"{seed}{part:04d}", min(CHUNK, count - part * CHUNK)) for part in range((count + CHUNK - 1) // CHUNK)]

    def run(part):
        return compare(make(*part), f"seed {part[0]}", folder)

    total = Outcome()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for outcome in pool.map(run, parts):
            total.add(outcome)
    return total


def folder_for_mismatches(tmp_path):
    folder = os.environ.get("TICKETGATE_MISMATCHES")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    return folder or tmp_path
