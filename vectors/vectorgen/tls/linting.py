"""Judges the files of TLS transcripts as data (TLS.md section 4); a part of `vectors/lint`."""

import json
import pathlib

import jsonschema

from ..draft import ROWS, receives

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# The rows of TLS.md section 3; nothing breaks those that are only kept.
JUDGED = ("TS33328-H.2-01", "TS33328-H.2-02", "TS33328-5.3-01", "TS33328-H.2-03", "TS33328-H.2-04", "TS33328-H.2-05", "TS33328-J.1-02",
          "TS33328-H.2-x02", "TS33328-H.2-x01", "RFC4279-2-x01", "RFC4279-2-x02", "RFC4279-5.1-x01", "RFC5246-6.2.1-x01",
          "RFC5246-7.4-x01", "RFC5246-7.4.1.3-x01", "RFC5246-7.4.9-x01", "RFC5487-2-x01", "RFC5746-3.4-x01", "RFC5746-3.6-x01")
ONLY_KEPT = ("TS33328-H.2-06",)          # H.2-07 speaks of the transport, which no transcript shows


def read_files():
    return {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "data" / "tls").glob("*.json"))}


def validator():
    schema = json.loads((ROOT / "schemas" / "tls.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


class TlsLint:
    def __init__(self):
        self.problems, self.entries = [], {}

    def wrong(self, where, what):
        self.problems.append(f"{where}: {what}")

    def run(self, contents):
        """kept, broken: row -> ids."""
        if not contents:
            self.wrong("data/tls", "no transcripts")
        check = validator()
        for group, content in contents.items():
            for error in list(check.iter_errors(content))[:5]:
                self.wrong(group, f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
            self.read(group, content)
        for entry in self.entries.values():
            self.judge(entry)
        return self.matrix()

    def read(self, group, content):
        if content["num_vectors"] != len(content["vectors"]) or content["group"] != group:
            self.wrong(group, "num_vectors or group is not that of the file")
        for entry in content["vectors"]:
            if entry["id"] in self.entries:
                self.wrong(entry["id"], "id used twice")
            self.entries[entry["id"]] = entry

    def judge(self, entry):
        where, answer = f"{entry['id']} ({entry['title']})", entry["answer"]
        found = answer["findings"]
        unknown = [row for row in entry["clauses"] + found if row not in JUDGED + ONLY_KEPT or row not in ROWS]
        if unknown:
            self.wrong(where, f"no rows of transcripts of TLS: {unknown}")
            return
        if found != sorted(set(found)):
            self.wrong(where, "findings are not sorted, or one is there twice")
        if (answer["verdict"] == "reject") != (bool(found) and receives(found) == "reject"):
            self.wrong(where, "the verdict is not what the rows' on_receive say")
        if (answer["error"] is not None) != ("RFC5246-6.2.1-x01" in found):
            self.wrong(where, "error and findings do not go together")
        if (entry["intermediates"] is None) != (entry["ask"]["tek"] is None):
            self.wrong(where, "intermediates and TEK do not go together")
        if bool(entry["parent"]) != bool(entry["change"]):
            self.wrong(where, "parent and change do not go together")
        elif entry["parent"]:
            self.judge_child(where, entry)
        elif not entry["clauses"] or set(entry["clauses"]) & set(found):
            self.wrong(where, "it is about no row, or breaks one that it is an example of")
        elif found and entry["made_by"] == "ticketgate":
            self.wrong(where, "it has findings and no parent")

    def judge_child(self, where, entry):
        parent = self.entries.get(entry["parent"])
        if parent is None or parent["answer"]["findings"]:
            self.wrong(where, "its parent is not there, or has findings")
            return
        if entry["clauses"] != sorted(set(entry["answer"]["findings"]) - set(parent["answer"]["findings"])):
            self.wrong(where, "clauses are not the ids that the answer has and the parent's has not")
        differs = [name for name in entry["ask"] if entry["ask"][name] != parent["ask"][name]]
        if len(differs) != 1:
            self.wrong(where, f"it differs from its parent in {differs}, not in one member")

    def matrix(self):
        kept, broken = {row: [] for row in ROWS}, {row: [] for row in ROWS}
        for entry in self.entries.values():
            for row in entry["clauses"]:
                (broken if entry["parent"] else kept).get(row, []).append(entry["id"])
        for row in JUDGED + ONLY_KEPT:
            if not kept.get(row):
                self.wrong(row, "no transcript keeps it")
            if not broken.get(row) and row in JUDGED:
                self.wrong(row, "no transcript breaks it")
        return kept, broken

    def summary(self):
        made = [entry["made_by"] for entry in self.entries.values()]
        children = sum(bool(entry["parent"]) for entry in self.entries.values())
        return (f"{len(made)} transcripts of TLS: {len(made) - children} without a change, {children} with one; "
                f"{sum(maker != 'ticketgate' for maker in made)} of others")
