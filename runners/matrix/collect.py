#!/usr/bin/python3
"""Makes the requirement matrix: for each row of the catalogue what judges it, and what shows that it is judged.

usage: collect.py ROOT MATRIX_INC [--behaviour-gaps]

Writes the C table that `ticketgate requirements` shows. Fails, naming everything at once, when a row that is judged
lacks a check, a vector that keeps it or one that breaks it (a MAY row: two that keep it); when a row that only a live
implementation shows lacks a case of the gate or a mutant that the case catches; and when an id that the catalogue
lacks is used anywhere. With --behaviour-gaps missing cases and mutants are a warning.
"""
import json
import pathlib
import re
import sys

ID_IN_TEXT = r"(?:RFC[0-9]{4}|TS[0-9]{5})-[0-9A-Z]+(?:\.[0-9]+)*-x?[0-9]{2}[ab]?"
ID = re.compile(rf"(?<![A-Za-z0-9.-]){ID_IN_TEXT}(?![0-9A-Za-z])")
STRING = r'"((?:[^"\\]|\\.)*)"'
NAMED = re.compile(rf'"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)",\s*(?:\.title\s*=\s*)?(?:(?:{STRING}\s*)+,\s*)?'
                   rf'(?:\.breaks\s*=\s*)?"(?P<row>{ID_IN_TEXT})"')
JUDGED = ("parse", "check", "exchange")
# Where a check stands. A layout is the check of its row; a profile switches a check on and names its row.
CHECKING = ("harness/rules", "harness/exchange", "harness/wire", "harness/message", "harness/smime", "harness/mime",
            "harness/messaging", "harness/tls", "pcaps/calls", "pcaps/trace",
            "harness/include/ticketgate/layouts.h", "harness/findings/profiles")
# What the gate watches in every exchange, whatever the case is about: processing, freshness, keys that are shown.
WATCHING = "runners/gate/gate_"
DEVIATIONS = ("harness/roles", "deviations*"), ("runners/gate", "gate_deviations*.c")
# Where ids are used besides; tests may have wrong ones on purpose.
USING = ("harness", "runners", "fuzz", "pcaps")
SUFFIXES = (".c", ".h", ".inc", ".json", ".tsv")
MISSING = {("checks", 1): "no check", ("keep", 1): "no vector that keeps it", ("keep", 2): "not two vectors that keep it",
           ("break", 1): "no vector that breaks it"}
PARTS = ("checks", "keep", "break", "cases", "mutants")


class Matrix:
    def __init__(self, root, generate):
        self.root, self.generate = root, generate
        self.rows = {row["id"]: row for row in generate.read_catalogue(root / "harness" / "findings" / "catalogue")}
        self.of = {requirement_id: {part: {} for part in PARTS} for requirement_id in self.rows}
        self.problems, self.gaps = [], []

    def note(self, part, requirement_id, what, where):
        if requirement_id not in self.rows:
            self.problems.append(f"{where}: the catalogue has no row {requirement_id}")
        else:
            self.of[requirement_id][part][what] = True  # in the order found, each once

    def collect(self):
        self.collect_checks()
        self.collect_vectors(sorted((self.root / "vectors" / "data").glob("*.json")))
        for path in sorted((self.root / "vectors" / "data" / "conversations").glob("*.json")):
            self.collect_answered(path, "conversations")
        for folder in ("smime", "tls"):
            for path in sorted((self.root / "vectors" / "data" / folder).glob("*.json")):
                self.collect_answered(path, "vectors")
        for path in sorted((self.root / "vectors" / "data" / "traces").glob("*.json")):
            self.collect_answered(path, "traces")
        self.collect_cases()
        self.collect_mutants()

    # ---- checks ----

    def sources(self):
        for folder in USING:
            for path in sorted((self.root / folder).rglob("*")):
                place = path.relative_to(self.root).as_posix()
                if path.suffix in SUFFIXES and "/tests/" not in place and "/pytest/" not in place \
                        and not place.startswith(("harness/findings/catalogue/", "harness/findings/normative/")):
                    yield place, path.read_text(encoding="utf-8", errors="replace")

    def collect_checks(self):
        for place, text in self.sources():
            judges = place.startswith(CHECKING)
            watches = place.startswith(WATCHING) and "deviations" not in place
            for number, line in enumerate(text.splitlines(), 1):
                for requirement_id in ID.findall(line):
                    if requirement_id not in self.rows:
                        self.problems.append(f"{place}:{number}: the catalogue has no row {requirement_id}")
                    elif judges or watches and self.rows[requirement_id]["how"] == "behaviour":
                        self.note("checks", requirement_id, f"{place}:{number}", place)

    # ---- vectors ----

    def collect_vectors(self, paths):
        """FORMAT.md section 5: a conforming one keeps its `clauses`; a changed one breaks what its parent does not."""
        vectors = {vector["id"]: vector for path in paths
                   for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]}

        def breaks(vector):
            return [row for said in vector["profiles"].values() if said["sends"] != "conforms" for row in said["sends"]]

        for name, vector in vectors.items():
            if "conforming" in vector["flags"]:
                for row in vector["clauses"]:
                    self.note("keep", row, name, name)
            else:
                before = breaks(vectors[vector["parent"]])
                for row in breaks(vector):
                    if row not in before:
                        self.note("break", row, name, name)

    def collect_answered(self, path, member):
        """CONVERSATION.md section 10, SMIME.md 5, TLS.md 4, TRACE.md 6: `clauses` of one without a change are kept, those of a changed one broken."""
        for entry in json.loads(path.read_text(encoding="utf-8"))[member]:
            for row in entry["clauses"]:
                self.note("break" if entry["parent"] else "keep", row, entry["id"], path.name)

    # ---- the gate ----

    def named(self, folder, pattern):
        """Tables in C: deviations and mutants stand there as name, perhaps a sentence, row."""
        for path in sorted((self.root / folder).glob(pattern)):
            for found in NAMED.finditer(path.read_text(encoding="utf-8")):
                yield found["name"], found["row"], path.name

    def collect_cases(self):
        """A case is about the rows that it names; where it names none, about the one that its deviation breaks."""
        breaks = {name: row for folder, pattern in DEVIATIONS for name, row, _ in self.named(folder, pattern)}
        for path in sorted((self.root / "runners" / "gate" / "cases").glob("*.tsv")):
            lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()
                     if line and not line.startswith("#")]
            for cells in lines[1:]:
                case = dict(zip(lines[0], cells))
                named = [row for row in case["rows"].split() if row != "-"]
                for row in named or [breaks[name] for name in case["deviation"].split() if name in breaks]:
                    self.note("cases", row, case["name"], f"{path.name} {case['name']}")

    def collect_mutants(self):
        for name, row, where in self.named("runners/iut", "mutants*.c"):
            self.note("mutants", row, name, where)

    # ---- the judgement ----

    def shown(self, requirement_id, part):
        """What a row has itself, or by the rows that show it."""
        names = set(self.of[requirement_id][part])
        for other in self.rows[requirement_id]["shown_by"].split():
            if other != self.generate.NOTHING:
                names |= self.shown(other, part)
        return names

    def judge(self):
        for requirement_id, row in self.rows.items():
            has = {part: len(self.shown(requirement_id, part)) for part in PARTS}
            row["has"] = has
            if row["how"] in JUDGED:
                self.judge_row(requirement_id, row, has)
            elif row["how"] == "behaviour":
                own = row["shown_by"] == self.generate.NOTHING
                if not has["cases"] and not has["checks"]:
                    self.gaps.append(f"{requirement_id}: no case of the gate")
                if own and not has["mutants"]:
                    self.gaps.append(f"{requirement_id}: no mutant")

    def judge_row(self, requirement_id, row, has):
        wanted = {"checks": 1, "keep": 2 if row["level"] == "MAY" else 1, "break": 1}
        for part, least in wanted.items():
            if has[part] < least:
                self.problems.append(f"{requirement_id}: {MISSING[part, least]}")

    def sources_table(self):
        """Of each source document: sentences with a keyword, how many of them have rows, how many are left out."""
        normative = self.root / "harness" / "findings" / "normative"
        left_out = set(self.generate.read_out_of_scope(normative / "out_of_scope.tsv"))
        for path in sorted(normative.glob("*.txt")):
            ids = set(path.read_text(encoding="ascii").split())
            yield f"RFC {path.stem[3:]}", len(ids), len(ids - left_out), len(ids & left_out)


def c_list(names):
    return f"(const char *const[]){{ {', '.join(f'{json.dumps(name)}' for name in names)}, NULL }}" if names else "NULL"


def write(matrix):
    yield "/* Made by matrix/collect.py; in the order of the catalogue. */"
    yield "static const matrix_row rows[] = {"
    for requirement_id, parts in matrix.of.items():
        counts = ", ".join(str(matrix.rows[requirement_id]["has"][part]) for part in PARTS)
        lists = ", ".join(c_list(parts[part]) for part in PARTS)
        yield f"    {{ {json.dumps(requirement_id)}, {{ {lists} }}, {{ {counts} }} }},"
    yield "};"
    yield "static const matrix_source sources[] = {"
    for source, sentences, with_row, left_out in matrix.sources_table():
        yield f"    {{ {json.dumps(source)}, {sentences}, {with_row}, {left_out} }},"
    yield "};"


def main(argv):
    if len(argv) not in (3, 4) or argv[3:] not in ([], ["--behaviour-gaps"]):
        sys.exit(__doc__)
    root = pathlib.Path(argv[1]).resolve()
    sys.path.insert(0, str(root / "harness" / "findings"))
    sys.dont_write_bytecode = True
    import generate
    try:
        matrix = Matrix(root, generate)
    except generate.DataError as error:
        sys.exit(f"requirement matrix: {error}")
    matrix.collect()
    matrix.judge()
    if argv[3:]:
        if matrix.gaps:
            print(f"requirement matrix: warning: {len(matrix.gaps)} gaps in what only a live implementation shows:",
                  *matrix.gaps, sep="\n  ")
    else:
        matrix.problems += matrix.gaps
    if matrix.problems:
        sys.exit("\n".join(["requirement matrix:", *matrix.problems]))
    pathlib.Path(argv[2]).write_text("\n".join(write(matrix)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv)
