"""The requirement matrix: what `ticketgate requirements` shows; what is missing or dangling fails the build."""
import csv
import html.parser
import json
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest

from conftest import ROOT, answered_files, call

SCHEMA = ROOT / "runners" / "schemas" / "requirements.schema.json"
CATALOGUE = ROOT / "harness" / "findings" / "catalogue"
NORMATIVE = ROOT / "harness" / "findings" / "normative"
VOID = {"meta", "br"}


def catalogue():
    rows = {}
    for path in sorted(CATALOGUE.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows.update((row["id"], row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return rows


@pytest.fixture(scope="module")
def matrix():
    outcome = call("requirements", "--matrix", "json")
    assert outcome.code == 0 and not outcome.err
    return json.loads(outcome.out)


@pytest.fixture(scope="module")
def rows(matrix):
    return {row["id"]: row for row in matrix["requirements"]}


# ---- JSON ----

def test_json_against_its_schema(matrix):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(matrix)
    whole = json.loads(call("requirements", "--output", "json").out)
    validator.validate(whole)
    assert whole["requirements"] == matrix["requirements"] and "summary" not in whole
    wrong = json.loads(json.dumps(matrix))
    wrong["requirements"][0]["how"] = "by magic"
    assert list(validator.iter_errors(wrong))


def test_every_row_once_and_as_in_the_catalogue(matrix, rows):
    expected = catalogue()
    assert len(matrix["requirements"]) == len(rows) == len(expected) and rows.keys() == expected.keys()
    for name, row in expected.items():
        for column in ("clause", "level", "binds", "message", "room", "how", "on_receive", "text"):
            assert rows[name][column] == row[column], name
        assert rows[name]["note"] == ("" if row["note"] == "-" else row["note"])
        assert rows[name]["shown_by"] == ([] if row["shown_by"] == "-" else row["shown_by"].split())


def test_all_sentences_of_rfc_6043(matrix, rows):
    ids = (NORMATIVE / "rfc6043.txt").read_text(encoding="ascii").split()
    assert len(ids) == len(set(ids)) == 264
    assert not [name for name in ids if name not in rows and not {f"{name}a", f"{name}b"} & rows.keys()]
    [said] = [entry for entry in matrix["summary"]["sentences"] if entry["source"] == "RFC 6043"]
    assert (said["sentences"], said["with_row"], said["out_of_scope"]) == (264, 264, 0)


def test_seven_flag_implications(rows):
    texts = [rows[f"RFC6043-6.10-x{number:02}"] for number in range(1, 8)]
    assert len({row["text"] for row in texts}) == 7 and all("implies" in row["text"] for row in texts)
    assert all(row["checks"] and row["vectors"]["break"] for row in texts)


# ---- what shows each row ----

def test_judged_rows_have_all_they_need(matrix, rows):
    judged = [row for row in rows.values() if row["how"] in ("parse", "check", "exchange")]
    for row in judged:
        counts = row["counts"]
        assert counts["checks"] and counts["break"] and counts["keep"] > (row["level"] == "MAY"), row["id"]
        assert row["complete"]
    every = matrix["summary"]["all"]
    assert every["judged"] == every["checked"] == every["kept"] == every["broken"] == len(judged)


def test_counts_are_those_of_the_rows_that_show_it(rows):
    lists = {"checks": lambda row: row["checks"], "keep": lambda row: row["vectors"]["keep"],
             "break": lambda row: row["vectors"]["break"], "cases": lambda row: row["cases"],
             "mutants": lambda row: row["mutants"]}

    def union(row, names):
        found = set(names(row))
        for other in row["shown_by"]:
            found |= union(rows[other], names)
        return found

    for row in rows.values():
        assert row["counts"] == {part: len(union(row, names)) for part, names in lists.items()}, row["id"]


def test_summary_counts(matrix, rows):
    for said, chosen in [(matrix["summary"]["all"], list(rows.values()))] + [
            (entry, [row for row in rows.values() if row["source"] == entry["source"]])
            for entry in matrix["summary"]["sentences"]]:
        assert said["rows"] == len(chosen) == sum(said["how"].values()) == sum(said["level"].values())
        assert all(said["how"][how] == sum(row["how"] == how for row in chosen) for how in said["how"])
        assert said["testable"] == sum(row["how"] not in ("none", "planned") for row in chosen)


def test_vectors_are_there_and_say_so(rows, vectors, golden_conversations):
    """Both ways: what the matrix says of a vector stands in the vector; what a vector breaks stands in the matrix."""
    vector_of = {vector["id"]: vector for vector in vectors}
    answered = [*golden_conversations, *(vector for kind in ("smime", "tls") for file in answered_files(kind).values()
                                         for vector in file["vectors"]),
                *(trace for file in answered_files("traces").values() for trace in file["traces"])]
    answered_of = {entry["id"]: entry for entry in answered}
    for row in rows.values():
        for name in row["vectors"]["keep"] + row["vectors"]["break"]:
            assert name in vector_of or name in answered_of
        for name in row["vectors"]["keep"]:
            assert row["id"] in (vector_of.get(name) or answered_of[name])["clauses"]
    for entry in answered:
        for name in entry["clauses"]:
            assert entry["id"] in rows[name]["vectors"]["break" if entry["parent"] else "keep"]
    for vector in vectors:
        if vector["error"]:
            assert vector["id"] in rows[vector["error"]["id"]]["vectors"]["break"]


def test_agrees_with_the_lint_of_the_vectors(rows):
    """vectors/lint counts by itself; it counts conversations for the rows of the exchanges only."""
    lint = subprocess.run([sys.executable, ROOT / "vectors" / "lint", "--matrix"], capture_output=True, text=True,
                          check=True, timeout=120)
    seen = 0
    for line in lint.stdout.splitlines():
        if found := re.fullmatch(r"(\S+)\t(\w+)\tkept (\d+)\tbroken (\d+)", line):
            name, how, kept, broken = found.groups()
            own = {part: [v for v in rows[name]["vectors"][part]
                          if (how == "exchange" or not v.startswith("tgc-")) and (how == "traces") == v.startswith("tgt-")]
                   for part in ("keep", "break")}
            assert (len(own["keep"]), len(own["break"])) == (int(kept), int(broken)), name
            # what nothing can break is kept all the same, and what a live implementation shows may be seen in a trace
            seen += rows[name]["how"] not in ("none", "behaviour")
    assert seen == sum(row["how"] in ("parse", "check", "exchange") and not row["shown_by"] for row in rows.values())


def test_checks_are_where_they_are_said_to_be(rows):
    for row in rows.values():
        for place in row["checks"]:
            path, line = place.rsplit(":", 1)
            assert row["id"] in (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1], place


def test_mutants_are_those_of_the_reference(rows):
    """The matrix reads them from the source; the command knows them."""
    listed = [line.split("\t")[:2] for line in call("iut", "--list-mutants").out.decode().splitlines()]
    assert len(listed) > 60
    assert {(name, row["id"]) for row in rows.values() for name in row["mutants"]} == {(name, row) for name, row in listed}


def test_cases_are_those_of_the_gate(rows):
    """Likewise: what the matrix says of a case, the gate says too."""
    about = {}
    for case in json.loads(call("gate", "--list", "--output", "json").out):
        about.setdefault(case["id"].split(":")[0], set()).update(case["requirements"])
    named = [(name, row["id"]) for row in rows.values() for name in row["cases"]]
    assert named and not [pair for pair in named if pair[1] not in about[pair[0]]]


# ---- text and HTML ----

def test_explains_a_row(run, rows):
    text = run("requirements", "RFC6043-6.10-x03").out.decode()
    row = rows["RFC6043-6.10-x03"]
    assert row["text"] in text and row["checks"][0] in text and row["vectors"]["break"][0] in text
    shown = run("requirements", "RFC6043-4.2.1.5-10").out.decode()
    assert "shown by: RFC6043-4.2.2.1-09 RFC6043-4.2.2.3-19" in shown
    assert "note: Binds IANA." in run("requirements", "RFC6043-14-01").out.decode()


def test_prints_the_counts(run, matrix):
    text = run("requirements", "--matrix", "text").out.decode()
    assert "catalogue: RFC 6043: 264 of 264 sentences have rows\n" in text
    every = matrix["summary"]["all"]
    assert f"catalogue: all sources: {every['rows']} rows, {every['testable']} testable" in text


def test_wrong_usage(run, one_line):
    for arguments in (["--matrix", "xml"], ["--matrix", "html", "RFC6043-6.10-x03"], ["--matrix"]):
        outcome = run("requirements", *arguments)
        assert outcome.code == 4 and not outcome.out and one_line(outcome.err)


class Page(html.parser.HTMLParser):
    """Every element is closed, in order; what stands in them is gathered."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.tags, self.text = [], [], [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def text_of(page):
    return "".join(page.text)


def test_html(rows):
    written = call("requirements", "--matrix", "html").out.decode()
    page = Page()
    page.feed(written)
    page.close()
    assert not page.open and "script" not in page.tags and "link" not in page.tags and "img" not in page.tags
    heads = {"legend", "by-source", "sentences", "by-room"} | {"s-" + row["source"].replace(" ", "-") for row in rows.values()}
    assert sorted(page.ids) == sorted([*rows, *heads])                    # every row once, and the headings
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert {"#" + head for head in heads} <= set(page.links)              # the list of contents has them all
    rooms = re.findall(r'<th scope="row">(.*?)</th>', written[written.index('id="by-room"'):])
    assert rooms[1:] == sorted(rooms[1:]) and set(rooms[1:]) <= {row["room"] for row in rows.values()}
    gaps = [name for name, row in rows.items() if not row["complete"]]
    assert re.findall(r'<tr class="gap" id="(.*?)"', written) == gaps and ("No row has a gap." in text_of(page)) == (not gaps)
    text = "".join(page.text)
    assert all(row["text"] in text and row["note"] in text for row in rows.values())
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;)", written)             # nothing that was not escaped


# ---- the build fails ----

@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """What collect.py reads, in a folder of its own."""
    folder = tmp_path_factory.mktemp("source")
    ignored = shutil.ignore_patterns("*.py[co]", "__pycache__", "tests", "pytest", "*.pcap")
    for part in ("harness", "vectors/data", "runners", "fuzz", "pcaps"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    return folder


def collect(tree, *arguments):
    script = ROOT / "runners" / "matrix" / "collect.py"
    return subprocess.run([sys.executable, script, tree, tree / "matrix.inc", *arguments], capture_output=True, text=True,
                          timeout=60, check=False)


def edit(path, before, after, count=1):
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, count), encoding="utf-8")
    return text


def test_complete_as_it_stands(tree):
    done = collect(tree, "--behaviour-gaps")
    assert done.returncode == 0, done.stderr


UNTESTED = "RFC6043-99-x01\t99\t{}\tsender\tany\trules\tcheck\treject\tNobody judges this.\t{}\t-\n"


@pytest.mark.parametrize("row,said", [
    (UNTESTED.format("MUST", "-"), ["RFC6043-99-x01: no check", "RFC6043-99-x01: no vector that keeps it",
                                    "RFC6043-99-x01: no vector that breaks it"]),
    (UNTESTED.format("MAY", "-"), ["RFC6043-99-x01: not two vectors that keep it"]),
    (UNTESTED.format("MUST", "RFC6043-99-x02"), ["RFC6043-99-x01: shown_by names RFC6043-99-x02"]),
    (UNTESTED.format("MUST", "RFC6043-14-01"), ["RFC6043-99-x01: shown_by names RFC6043-14-01, which is none"]),
    (UNTESTED.format("MUST", "RFC6043-99-x01"), ["RFC6043-99-x01: is shown by itself"]),
])
def test_untested_row_fails(tree, row, said):
    path = tree / "harness" / "findings" / "catalogue" / "rfc6043.tsv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + row, encoding="utf-8")
    done = collect(tree, "--behaviour-gaps")
    path.write_text(text, encoding="utf-8")
    assert done.returncode != 0 and all(sentence in done.stderr for sentence in said), done.stderr


@pytest.mark.parametrize("place", ["harness/rules/header.c", "harness/roles/refuse.c", "runners/gate/gate_blame.c",
                                   "harness/findings/profiles/ims-media.json", "runners/iut/mutants.c"])
def test_dangling_id_fails(tree, place):
    path = tree / place
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n/* RFC6043-4.2-x99 */\n", encoding="utf-8")
    done = collect(tree, "--behaviour-gaps")
    path.write_text(text, encoding="utf-8")
    assert done.returncode != 0 and re.search(rf"{place}:\d+: the catalogue has no row RFC6043-4.2-x99", done.stderr)


def test_dangling_id_in_vectors_and_cases_fails(tree):
    vectors = tree / "vectors" / "data" / "ticket_request.json"
    cases = tree / "runners" / "gate" / "cases" / "live.tsv"
    texts = [edit(vectors, '"RFC6043-4.2.1.1-01"', '"RFC6043-4.2.1.1-x99"'), edit(cases, "RFC6043-A-01", "RFC6043-A-99")]
    done = collect(tree, "--behaviour-gaps")
    vectors.write_text(texts[0], encoding="utf-8")
    cases.write_text(texts[1], encoding="utf-8")
    assert done.returncode != 0
    assert "the catalogue has no row RFC6043-4.2.1.1-x99" in done.stderr and "no row RFC6043-A-99" in done.stderr


def test_behaviour_without_case_or_mutant(tree):
    row = UNTESTED.format("MUST", "-").replace("rules\tcheck", "gate\tbehaviour")
    path = tree / "harness" / "findings" / "catalogue" / "rfc6043.tsv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + row, encoding="utf-8")
    strict, lenient = collect(tree), collect(tree, "--behaviour-gaps")
    path.write_text(text, encoding="utf-8")
    assert strict.returncode != 0
    assert "RFC6043-99-x01: no case of the gate" in strict.stderr and "RFC6043-99-x01: no mutant" in strict.stderr
    assert lenient.returncode == 0 and "RFC6043-99-x01: no mutant" in lenient.stdout


def test_forgotten_sentence_fails(tree):
    path = tree / "harness" / "findings" / "normative" / "rfc6043.txt"
    text = path.read_text(encoding="ascii")
    path.write_text(text + "RFC6043-99-01\n", encoding="ascii")
    done = collect(tree, "--behaviour-gaps")
    path.write_text(text, encoding="ascii")
    assert done.returncode != 0 and "RFC6043-99-01 has neither a row nor a reason" in done.stderr
