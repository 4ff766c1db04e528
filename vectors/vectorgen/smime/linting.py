"""Judges the files of PSK S/MIME vectors as data (SMIME.md section 5); a part of `vectors/lint`."""

from .. import entries
from ..draft import ROWS, receives
from .keeps import JUDGED, NOTHING_BREAKS

ASK = ("form", "octets", "profile", "settings", "keys", "allow_unauthenticated", "conversation")


def read_files():
    return entries.read_files("smime")


class SmimeLint(entries.Lint):
    kind, judged, only_kept = "smime", JUDGED, NOTHING_BREAKS

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
