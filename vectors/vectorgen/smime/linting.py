"""Judges the files of PSK S/MIME vectors as data (SMIME.md section 5); a part of `vectors/lint`."""

import json
import pathlib

import jsonschema

from ..draft import ROWS, receives
from .keeps import NOTHING_BREAKS, judged_rows

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ASK = ("form", "octets", "profile", "settings", "keys", "allow_unauthenticated", "conversation")


def read_files():
    return {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "data" / "smime").glob("*.json"))}


def validator():
    schema = json.loads((ROOT / "schemas" / "smime.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


class SmimeLint:
    def __init__(self):
        self.problems, self.entries = [], {}

    def wrong(self, where, what):
        self.problems.append(f"{where}: {what}")

    def run(self, contents):
        """kept, broken: row -> ids."""
        if not contents:
            self.wrong("data/smime", "no vectors")
        check = validator()
        for group, content in contents.items():
            errors = list(check.iter_errors(content))
            for error in errors[:5]:
                self.wrong(group, f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
            if not errors:
                self.read(group, content)
        for entry in self.entries.values():
            self.judge(entry)
        return self.matrix()

    def read(self, group, content):
        if content["num_vectors"] != len(content["vectors"]) or content["group"] != group:
            self.wrong(group, "num_vectors or group is not what the file has")
        for entry in content["vectors"]:
            if entry["id"] in self.entries:
                self.wrong(entry["id"], "id used twice")
            self.entries[entry["id"]] = entry

    def judge(self, entry):
        where, answer = f"{entry['id']} ({entry['title']})", entry["answer"]
        for rows in (entry["clauses"], answer["findings"], entry["visible"]):
            unknown = [row for row in rows if row not in ROWS]
            if unknown or rows != sorted(rows):
                self.wrong(where, f"rows that are not sorted or not in the catalogue: {unknown}")
                return
        must = {"TS33328-F.3-13"} if entry["settings"].get("request_uri") == "must" else set()
        rejected = answer["error"] or answer["outcome"] in ("failed", "refused") or receives(answer["findings"]) == "reject" or must & set(answer["findings"])
        if (answer["verdict"] == "reject") != bool(rejected):
            self.wrong(where, "verdict does not follow from the outcome and the rows")
        if answer["error"] and answer["findings"] != [row for row in [answer["error"]["id"]] if row]:
            self.wrong(where, "an error has its own row as the one finding")
        if answer["outcome"] == "opened":
            self.opened(where, entry)
        if entry["parent"]:
            self.of_parent(where, entry)
        elif set(entry["clauses"]) & set(answer["findings"]):
            self.wrong(where, "keeps and breaks a row")

    def opened(self, where, entry):
        made = entry["intermediates"]
        needed = {"kek", "cek", "aad", "wrapped", "plaintext"} | ({"nonce"} if entry["answer"]["type"] != "authenticated" else set()) | (
            {"tag"} if entry["answer"]["type"] != "enveloped" else set())
        if any(made[name] is None for name in needed):
            self.wrong(where, "opens, and an intermediate value is missing")
        if made["plaintext"] != entry["answer"]["content"]:
            self.wrong(where, "the content is not the plaintext")

    def of_parent(self, where, entry):
        parent = self.entries.get(entry["parent"])
        if parent is None or parent["parent"]:
            self.wrong(where, "its parent does not exist, or has a change itself")
            return
        found, before = set(entry["answer"]["findings"]), set(parent["answer"]["findings"])
        if entry["clauses"] != sorted(found - before):
            self.wrong(where, "clauses are not what the change breaks")
        if all(entry[name] == parent[name] for name in ASK):
            self.wrong(where, "asks what its parent asks")
        if entry["answer"] == parent["answer"] and entry["visible"] == parent["visible"]:
            self.wrong(where, "is answered as its parent is")
        allowed = {"TS33328-I.2.1-05"} if parent["answer"]["type"] in ("authenticated", "enveloped") else set()
        if any(ROWS[row]["level"] != "SHOULD" for row in before - allowed) or parent["answer"]["error"] or parent["answer"]["outcome"] in ("failed", "refused"):
            self.wrong(where, "its parent is not accepted")

    def matrix(self):
        kept, broken = {row: [] for row in ROWS}, {row: [] for row in ROWS}
        for entry in self.entries.values():
            for row in entry["clauses"]:
                (broken if entry["parent"] else kept).get(row, []).append(entry["id"])
        for row in judged_rows():
            for which, ids in (("keeps", kept[row]), ("breaks", broken[row])):
                if not ids and not (which == "breaks" and row in NOTHING_BREAKS):
                    self.wrong(row, f"no vector of data/smime {which} it")
        for row in NOTHING_BREAKS:
            if broken[row]:
                self.wrong(row, "is said to be broken by nothing, and is broken")
        return kept, broken
