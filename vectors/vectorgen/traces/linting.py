"""Judges the files of traces as data (TRACE.md section 6); a part of `vectors/lint`."""

from .. import entries
from ..draft import ROWS
from .draft import ids_of, level

JUDGED = tuple(row for row, about in ROWS.items() if about["room"] == "pcaps" and about["how"] in ("check", "planned") and about["shown_by"] == "-"
               and row not in ("RFC4567-4.1.1-04", "RFC4567-4.1.1-06", "RFC4567-4.1.1-14", "RFC4567-4.1.1-16")) + ("RFC6043-4.2.2.2-04",)
ASK = ("profile", "keys", "settings", "units")


def read_files():
    return entries.read_files("traces")


class TraceLint(entries.Lint):
    kind, judged = "traces", JUDGED

    def read(self, group, content):
        if content["num_vectors"] != len(content["traces"]) or content["group"] != group:
            self.wrong(group, "num_vectors or group is not what the file has")
        for entry in content["traces"]:
            if entry["id"] in self.entries:
                self.wrong(entry["id"], "id used twice")
            self.entries[entry["id"]] = entry

    def judge(self, entry):
        where, answer = f"{entry['id']} ({entry['title']})", entry["answer"]
        unknown = [row for row in [*entry["clauses"], *ids_of(answer)] if row not in ROWS]
        if unknown or entry["clauses"] != sorted(entry["clauses"]):
            self.wrong(where, f"clauses that are not sorted, or rows that are not in the catalogue: {unknown}")
            return
        frames = {unit["frame"] for unit in entry["units"]}
        places = {one["frame"] for name in ("messages", "connections", "containers", "findings", "notes") for one in answer[name]}
        if not places <= frames:
            self.wrong(where, "a frame that has no unit")
        if (answer["verdict"] == "fails") != self.fails(entry):
            self.wrong(where, "verdict does not follow from messages and rows")
        if bool(entry["parent"]) != bool(entry["change"]):
            self.wrong(where, "parent and change do not go together")
        if entry["parent"]:
            self.of_parent(where, entry)
        elif set(entry["clauses"]) & ids_of(answer):
            self.wrong(where, "keeps and breaks a row")

    @staticmethod
    def fails(entry):
        answer = entry["answer"]
        if any(level(row, entry["settings"]) == "MUST" for row in ids_of(answer)):
            return True
        return any(one["auth"] == "fail" or one["conversation"] is None and one["copy_of"] is None for one in answer["messages"])

    def of_parent(self, where, entry):
        parent = self.entries.get(entry["parent"])
        if parent is None or parent["parent"]:
            self.wrong(where, "its parent does not exist, or has a change itself")
            return
        broken = ids_of(entry["answer"]) - ids_of(parent["answer"])
        if entry["clauses"] != sorted(broken):
            self.wrong(where, "clauses are not what the change breaks")
        if all(entry[name] == parent[name] for name in ASK):
            self.wrong(where, "asks what its parent asks")
        if not broken:
            self.wrong(where, "breaks nothing that its parent keeps")

    def summary(self):
        there = self.entries.values()
        kept, broken = self.matrix()
        return (f"{len(self.entries)} traces: {sum(not e['parent'] for e in there)} without a change, {sum(bool(e['parent']) for e in there)} with one; "
                f"{len(JUDGED)} rows: {sum(bool(kept[r]) for r in JUDGED)} kept, {sum(bool(broken[r]) for r in JUDGED)} broken by at least one")
