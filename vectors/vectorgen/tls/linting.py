"""Judges the files of TLS transcripts as data (TLS.md section 4); a part of `vectors/lint`."""

from .. import entries
from ..draft import ROWS, receives

JUDGED = entries.rows_of("tls")
ONLY_KEPT = ("TS33328-H.2-06",)          # H.2-07 speaks of the transport, which no transcript shows


def read_files():
    return entries.read_files("tls")


def validator():
    return entries.validator("tls")


class TlsLint(entries.Lint):
    kind, judged, only_kept = "tls", JUDGED, ONLY_KEPT

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

    def summary(self):
        made = [entry["made_by"] for entry in self.entries.values()]
        children = sum(bool(entry["parent"]) for entry in self.entries.values())
        return (f"{len(made)} transcripts of TLS: {len(made) - children} without a change, {children} with one; "
                f"{sum(maker != 'ticketgate' for maker in made)} of others")
