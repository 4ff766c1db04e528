#!/usr/bin/python3
"""Makes the table of cases of the gate from cases/*.tsv, and refuses what is wrong in them.

usage: cases.py CASES_DIR CATALOGUE_DIR OUT_INC SOURCE...

SOURCE...: C files of the roles, in which the deviations are named, and of the gate, whose row ids must be in the
catalogue too. What the columns mean stands in README.md.
"""
import csv
import json
import pathlib
import re
import sys

COLUMNS = ["name", "roles", "profiles", "plan", "needs", "deviation", "script", "expect", "also", "rows", "title"]
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EXPECTS = {"completes": "GATE_COMPLETES", "rejects": "GATE_REJECTS", "rejects-later": "GATE_REJECTS",
           "ignores": "GATE_IGNORES", "either": "GATE_EITHER", "refuses": "GATE_REFUSES", "fails": "GATE_FAILS"}
CLASSES = set("parse data_type unexpected replay timestamp prf mac_alg encr_alg hash auth too_large no_memory id cert sp "
              "sp_param ticket tp_param rule policy peer_error".split())
CAN = set("decode reencode check psk pk mode-1 mode-2 mode-3 mode-4 suite-128 suite-128-kw suite-256 ntp ntp-utc-32 "
          "counter updates reuse own-keys policy two-kms replay errors error-classes session-keys "
          "settings smime".split())
MESSAGES = "REQUEST_INIT|REQUEST_RESP|TRANSFER_INIT|TRANSFER_RESP|RESOLVE_INIT|RESOLVE_RESP"
PLAN = {"mode": "[1-4]", "flags": "[D-O]+", "streams": "[1-9][0-9]?", "reuse": "[1-9]", "suite": "128|128-kw|256",
        "pk": "request|resolve|both", "error": "request|transfer|resolve", "set": "[a-z0-9_]+=[a-z0-9_]+",
        "ts-type": "ntp-utc|ntp|counter|ntp-utc-32", "update": "[IR](,response)?(,key)?", "initiator-key": None,
        "responder-key": None, "two-kms": None, "resolve-each-time": None, "plain-errors": None, "leave-out-ids": None,
        "of-i": None, "era-2": None, "other-certificate": None, "keys": "((tek|tgk|gtgk)(-salt)?(,|$))+|none"}
CONTAINER = {"algorithm": "aes-(128|256)-(gcm|ccm)", "keks": "(16|32)(,(16|32)){0,3}", "tag": "[1-9][0-9]?", "length": "[0-9]{1,5}"}
SCRIPT = {"in": "reuse|update", "again": MESSAGES, "about": MESSAGES + "|Error", "lose": MESSAGES, "garbage": None, "clock": "[+-][0-9]+",
          "from": f"({MESSAGES}):[IRK]", "forged-error": MESSAGES, "fresh": None, "change": "[a-z-]+", "spoil": MESSAGES,
          "stranger": MESSAGES, "real-error": MESSAGES, "careless-peers": None, "start-again": None, "ends-with": MESSAGES, "start-expired": None,
          "control": "[a-z0-9-]+:[IRK]:[a-z0-9-]+"}
STATEMENT = re.compile(f"(no )?({MESSAGES}|Error)|Error with SP")


class CaseError(Exception):
    """A fault in a line, worded for whoever wrote it."""


def expect(condition, message):
    if not condition:
        raise CaseError(message)


def catalogue_ids(folder):
    ids = set()
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            ids.update(row["id"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return ids


def profile_names(folder):
    return {json.loads(path.read_text(encoding="utf-8"))["profile"] for path in folder.glob("*.json")}


def deviation_names(sources):
    """In the tables a name is followed by its title or by the row that it breaks."""
    text = "".join(path.read_text(encoding="utf-8") for path in sources if "deviations" in path.name)
    return set(re.findall(r'\(\s*"([a-z0-9-]+)",\s*"(?:RFC|TS)[0-9]', text) + re.findall(r'\.name = "([a-z0-9-]+)"', text))


def check_words(text, known, what):
    for word in text.split():
        name, _, value = word.partition("=")
        expect(name in known, f"{what}: '{name}' is not known")
        form = known[name]
        expect((form is None) == ("=" not in word), f"{what}: '{word}' {'takes no' if form is None else 'wants a'} value")
        expect(form is None or re.fullmatch(form, value), f"{what}: '{value}' is no value of {name}")


def check_container(line, ids):
    """The IUT makes a container: no role, no profile, no peers."""
    for column in ("roles", "profiles", "needs", "deviation", "script", "also"):
        expect(not line[column], f"{column}: nothing, of a container")
    check_words(line["plan"], CONTAINER, "plan")
    expect("algorithm=" in line["plan"] and "keks=" in line["plan"], "plan: algorithm and keks")
    expect(line["expect"] == "completes", "expect: completes, of a container")
    expect(line["rows"] and line["title"], "rows and a title")
    for row in line["rows"].split():
        expect(row in ids, f"{row} is not in the catalogue")


def check_line(line, profiles, deviations, ids):
    expect(NAME.fullmatch(line["name"]), "the name is made of small letters, digits and dashes")
    if line["group"] == "container":
        return check_container(line, ids)
    expect(line["roles"] and set(line["roles"]) <= set("IRK"), "roles: letters of IRK")
    expect(line["profiles"] == "*" or line["profiles"].split() and set(line["profiles"].split()) <= profiles,
           "profiles: names of profiles, or *")
    check_words(line["plan"], PLAN, "plan")
    check_words(line["script"], SCRIPT, "script")
    expect(set(line["needs"].split()) <= CAN, "needs: capability words of ATTACHING.md")
    expect(not line["deviation"] or line["deviation"] in deviations, f"there is no deviation {line['deviation']}")
    word, _, classes = line["expect"].partition(":")
    expect(word in EXPECTS, f"expect: one of {', '.join(EXPECTS)}")
    expect(not classes or word in ("rejects", "rejects-later", "refuses"), "only a rejection has classes")
    expect(not classes or set(classes.split(",")) <= CLASSES, "classes: those of ATTACHING.md")
    for statement in filter(None, line["also"].split(";")):
        expect(STATEMENT.fullmatch(statement.strip()), f"also: '{statement}' is no statement")
    for row in line["rows"].split():
        expect(row in ids, f"{row} is not in the catalogue")
    judged = word in ("completes", "either") and not line["script"] and not line["also"]
    expect(line["rows"] or line["deviation"] or judged,
           "rows: which row is broken when the IUT does otherwise?")
    return expect(line["title"] or line["deviation"], "a title")


def read(folder, *known):
    lines, names = [], {}
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(n, text.rstrip("\r\n")) for n, text in enumerate(file, 1)]
        rows = [(n, text) for n, text in rows if text and not text.startswith("#")]
        expect(rows and rows[0][1].split("\t") == COLUMNS, f"{path.name}: the columns are {' '.join(COLUMNS)}")
        for number, text in rows[1:]:
            where = f"{path.name}:{number}"
            cells = ["" if cell == "-" else cell for cell in text.split("\t")]
            expect(len(cells) == len(COLUMNS), f"{where}: {len(cells)} columns, not {len(COLUMNS)}")
            line = dict(zip(COLUMNS, cells), group=path.stem)
            try:
                check_line(line, *known)
            except CaseError as error:
                raise CaseError(f"{where}: {error}") from None
            expect(line["name"] not in names, f"{where}: the name stands at {names.get(line['name'])} already")
            names[line["name"]] = where
            lines.append(line)
    return lines


def write(lines):
    def text(value):
        return json.dumps(value) if value else "NULL"
    for line in lines:
        word, _, classes = line["expect"].partition(":")
        yield ("{ " + ", ".join([
            f'.name = {text(line["name"])}', f'.group = {text(line["group"])}', f'.roles = {text(line["roles"])}',
            f'.profiles = {text(line["profiles"])}', f'.plan = {text(line["plan"])}', f'.needs = {text(line["needs"])}',
            f'.deviation = {text(line["deviation"])}', f'.script = {text(line["script"])}',
            f'.expect = {EXPECTS[word]}', f'.later = {"true" if word == "rejects-later" else "false"}',
            f'.classes = {text(classes.replace(",", " "))}', f'.also = {text(line["also"])}',
            f'.rows = {text(line["rows"])}', f'.title = {text(line["title"])}']) + " },\n")


def main(argv):
    cases, findings, out = pathlib.Path(argv[1]), pathlib.Path(argv[2]), pathlib.Path(argv[3])
    sources = [pathlib.Path(path) for path in argv[4:]]
    ids = catalogue_ids(findings / "catalogue")
    try:
        for path in (path for path in sources if path.name.startswith("gate")):
            for row in re.findall(r'"((?:RFC|TS)[0-9]+-[^"]*-x?[0-9]{2}[ab]?)"', path.read_text(encoding="utf-8")):
                expect(row in ids, f"{path.name}: {row} is not in the catalogue")
        lines = read(cases, profile_names(findings / "profiles"), deviation_names(sources), ids)
    except CaseError as error:
        sys.exit(f"cases: {error}")
    out.write_text("".join(write(lines)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv)
