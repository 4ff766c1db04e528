"""Judges the files of conversations as data (CONVERSATION.md section 10); a part of `vectors/lint`."""

import json
import pathlib

from mikeyticket.settings import CHOICES

from .. import entries
from ..draft import ROWS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Settings that change octets; vi_next changes them too, but both of its values are accepted.
OCTETS = ("mac_identity", "absent_identity", "update_id_order", "idata_excl", "resp_init_copy", "iv_time", "ntp32_pad",
          "counter_pad",
          "ticket_iv_csb", "vi_next", "vr_prf", "update_keys", "kw_pad", "sig_hash", "pke_pad", "tls_policies")
# Readings of part 2 that messages or verdicts show (CONVERSATION.md section 9).
READINGS = [f"A{n}" for n in range(22, 55)]


def read_files():
    return {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "data" / "conversations").glob("*.json"))}


class ConversationLint:
    def __init__(self):
        self.problems, self.entries = [], {}

    def wrong(self, where, what):
        self.problems.append(f"{where}: {what}")

    def run(self, contents, validate=None):
        """kept, broken: row -> ids. `validate`: the groups to hold against the schema, all by default."""
        if not contents:
            self.wrong("data/conversations", "no conversations")
        check = entries.validator("conversations", "conversation", "answer")
        for group, content in contents.items():
            if validate is None or group in validate:
                for error in list(check.iter_errors(content))[:5]:
                    self.wrong(group, f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
            self.read(group, content)
        for entry in self.entries.values():
            self.judge(entry)
        self.settings()
        titles = [entry["title"] for entry in self.entries.values()]
        for reading in READINGS:
            if not any(title.startswith(reading + ":") for title in titles):
                self.wrong(reading, "no conversation shows it")
        return self.matrix()

    def read(self, group, content):
        if content["num_vectors"] != len(content["conversations"]) or content["group"] != group:
            self.wrong(group, "num_vectors or group is not that of the file")
        for entry in content["conversations"]:
            if entry["id"] in self.entries:
                self.wrong(entry["id"], "id used twice")
            self.entries[entry["id"]] = entry

    def judge(self, entry):
        where, answer = f"{entry['id']} ({entry['title']})", entry["answer"]
        for row in entry["clauses"]:
            if row not in ROWS:
                self.wrong(where, f"{row} is not in the catalogue")
        if len(answer["messages"]) != len(entry["conversation"]["messages"]):
            self.wrong(where, "not one answer a message")
        for one in answer["messages"]:
            ids = [finding["id"] for finding in one["findings"]]
            if ids != sorted(set(ids)):
                self.wrong(where, "findings are not sorted, or one is there twice")
            if any(ROWS.get(f["id"], {}).get("on_receive") != f["on_receive"] for f in one["findings"]):
                self.wrong(where, "on_receive is not the catalogue's")
        if not entry["clauses"] and not entry["parent"]:
            self.wrong(where, "it is about no row")
        if bool(entry["parent"]) != bool(entry["change"]):
            self.wrong(where, "parent and change do not go together")
        elif entry["parent"]:
            self.judge_child(where, entry)
        elif answer["verdict"] != "accept" or found(entry) & set(entry["clauses"]):
            self.wrong(where, "no change, and not accepted, or it breaks a row that it is an example of")

    def judge_child(self, where, entry):
        parent = self.entries.get(entry["parent"])
        if parent is None or parent["answer"]["verdict"] != "accept":
            self.wrong(where, "its parent is not there, or not accepted")
            return
        if entry["clauses"] != sorted(found(entry) - found(parent)) or (not entry["clauses"] and entry["answer"]["verdict"] == "accept"):
            self.wrong(where, "clauses are not the ids that the answer has and the parent's has not")
        mine, theirs = entry["conversation"], parent["conversation"]
        at = entry["change"]["message"]
        if at is None:
            differs = [name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)]
            if len(differs) != 1 or differs == ["messages"]:
                self.wrong(where, f"it differs from its parent in {differs}, not in one member beside the messages")
        elif mine == theirs or [m["hex"] for m in mine["messages"][:at]] != [m["hex"] for m in theirs["messages"][:at]]:
            self.wrong(where, f"it is its parent, or messages in front of message {at} differ too")

    def settings(self):
        """Each setting that changes octets: accepted with the value it was made with, another answer without."""
        for name in OCTETS:
            for value in CHOICES[name][1:]:
                parents = {e["id"] for e in self.entries.values() if not e["parent"] and e["conversation"].get("settings",
                        {}).get(name) == value}
                children = [e for e in self.entries.values() if e["parent"] in parents and e["change"]["message"] is None
                            and name not in e["conversation"].get("settings", {})]
                if not children or (name != "vi_next" and all(e["answer"]["verdict"] == "accept" for e in children)):
                    self.wrong(f"{name}={value}", "no conversation made with it is judged without it and not accepted")

    def matrix(self):
        kept, broken = {row: [] for row in ROWS}, {row: [] for row in ROWS}
        for entry in self.entries.values():
            for row in entry["clauses"]:
                (broken if entry["parent"] else kept).get(row, []).append(entry["id"])
        return kept, broken


def found(entry):
    return {finding["id"] for one in entry["answer"]["messages"] for finding in one["findings"]}
