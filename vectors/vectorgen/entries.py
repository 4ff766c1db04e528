"""What the linters of vectors share: files against their schema, ids, and which rows are kept and broken."""

import json

import jsonschema

from .draft import ROWS
from .main import ROOT


def read_files(kind):
    return {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "data" / kind).glob("*.json"))}


def read_schema(name):
    schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def validator(name, *others):
    """`others`: the schemas it refers to, put inside (JSON Schema 2020-12, 9.3: a reference by their `$id` finds them)."""
    schema = read_schema(name)
    if others:
        schema["$defs"] = {**schema.get("$defs", {}), **{other: read_schema(other) for other in others}}
    return jsonschema.Draft202012Validator(schema)


def rows_of(*rooms):
    """The rows that are judged there: by vectors of their own, since nothing else shows them."""
    return tuple(row for row, about in ROWS.items() if about["room"] in rooms and about["how"] == "check" and about["shown_by"] == "-")


class Lint:
    """Of one kind: the folder of data/ and the schema have its name. `judge` looks at an entry. `judged` rows have to be kept and broken, those of
    `only_kept` are broken by nothing."""

    kind, judged, only_kept = None, (), ()

    def __init__(self):
        self.problems, self.entries = [], {}

    def wrong(self, where, what):
        self.problems.append(f"{where}: {what}")

    def run(self, contents):
        """kept, broken: row -> ids."""
        if not contents:
            self.wrong(f"data/{self.kind}", "no vectors")
        check = validator(self.kind)
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
        raise NotImplementedError

    def matrix(self):
        kept, broken = {row: [] for row in ROWS}, {row: [] for row in ROWS}
        for entry in self.entries.values():
            for row in entry["clauses"]:
                (broken if entry["parent"] else kept).get(row, []).append(entry["id"])
        for row in (*self.judged, *self.only_kept):
            if not kept[row]:
                self.wrong(row, f"no vector of data/{self.kind} keeps it")
        for row in self.judged:
            if not broken[row]:
                self.wrong(row, f"no vector of data/{self.kind} breaks it")
        for row in self.only_kept:
            if broken[row]:
                self.wrong(row, "is said to be broken by nothing, and is broken")
        return kept, broken
