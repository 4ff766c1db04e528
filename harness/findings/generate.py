#!/usr/bin/python3
"""Makes the tables of the findings room from its data: catalogue/*.tsv and profiles/*.json.

usage: generate.py FINDINGS_DIR CATALOGUE_INC PROFILES_INC

normative/*.txt lists the ids that the catalogue has to have (all keyword sentences of the sources that Ticketgate is
about); what of them is left out stands in normative/out_of_scope.tsv, each with its reason.

What is wrong in the data fails the build here, with the file and the place, instead of surfacing as a check that
never fires.
"""
import csv
import json
import pathlib
import re
import sys

COLUMNS = ["id", "clause", "level", "binds", "message", "room", "how", "on_receive", "text", "shown_by", "note"]
NOTHING = "-"  # in the columns shown_by, note and room
LEVELS = {"MUST", "SHOULD", "MAY"}
BINDS = {"initiator", "responder", "kms", "sender", "receiver", "any"}
HOWS = {"parse", "check", "exchange", "behaviour", "none", "planned"}
RECEPTIONS = {"reject", "ignore", "either"}
ID_FORM = re.compile(r"[A-Z]+[0-9]+-[0-9A-Z]+(\.[0-9]+)*-x?[0-9]{2}[ab]?")

PROT_KINDS = ["srtp", "tesla", "tls", "psk_smime", "application_specific"]  # in the order of tg_prot
FLAGS = "DEFGHIJKLMNO"
MAX_TICKETS = 8  # TG_PROFILE_MAX_TICKETS
MAX_NAME = 47    # tg_profile.name without its NUL
PROFILE_MEMBERS = ["profile", "extends", "title", "settings", "prot_types", "tickets", "pinned_ticket", "flags",
                   "crypto_sessions", "generic_id", "always_forked", "transfer_resp_idrr", "srtcp_integrity", "no_tgk",
                   "m_lines", "kms_uids", "http", "indications"]
OPTIONAL_MEMBERS = {"http", "indications"}
HTTP_TEXTS = ("path", "query_request", "query_resolve", "content_type")
INDICATIONS = ("attribute", "requested", "applied", "parameter", "msrp", "bfcp")
MERGED_MEMBERS = {"settings", "flags", "http", "indications"}  # a child adds to these, key by key; any other member it replaces


class DataError(Exception):
    """A fault in the data, worded for whoever edits it."""


def expect(condition, where, message):
    if not condition:
        raise DataError(f"{where}: {message}")


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# ---- requirement catalogue ------------------------------------------------------------------------------------------

def source_of(path):
    """rfc6043 -> "RFC 6043", ts33328 -> "TS 33.328"."""
    rfc = re.fullmatch(r"rfc([0-9]+)", path.stem)
    ts = re.fullmatch(r"ts([0-9]{2})([0-9]{3})", path.stem)
    expect(rfc or ts, path.name, "the file name says no source document (rfcNNNN.tsv or tsNNNNN.tsv)")
    return f"RFC {rfc[1]}" if rfc else f"TS {ts[1]}.{ts[2]}"


def check_row(row, where, prefix):
    expect(None not in row and None not in row.values(), where, f"a row has {len(COLUMNS)} columns")
    for column, value in row.items():
        expect(value and value == value.strip(), where, f"{column} is empty or begins or ends with white space")
        expect(value.isascii() and value.isprintable(), where, f"{column} is not printable ASCII")
    expect(ID_FORM.fullmatch(row["id"]), where, f"{row['id']} does not have the form of an id")
    expect(row["id"].startswith(f"{prefix}-{row['clause']}-"), where,
           f"{row['id']} does not begin with {prefix}-{row['clause']}-")
    expect(row["note"] != NOTHING or row["how"] not in ("none", "planned"), where,
           f"{row['id']} is {row['how']}, and no note says why")
    expect(row["shown_by"] == NOTHING or row["how"] not in ("none", "planned"), where,
           f"{row['id']} is {row['how']}, and cannot be shown by another row")
    expect((row["room"] == NOTHING) == (row["how"] == "none"), where, "no room judges what is none, and that alone")
    for column, allowed in (("level", LEVELS), ("binds", BINDS), ("how", HOWS), ("on_receive", RECEPTIONS)):
        expect(row[column] in allowed, where, f"{column} {row[column]!r} is none of {', '.join(sorted(allowed))}")


def check_shown_by(rows):
    """What shows a row is another one, testable itself; nothing shows itself, however many steps away."""
    state = {}  # id: False while what shows it is looked into, True when that is done

    def visit(requirement_id):
        state[requirement_id] = False
        for shown in rows[requirement_id]["shown_by"].split():
            if shown == NOTHING:
                continue
            expect(shown in rows, requirement_id, f"shown_by names {shown}, which the catalogue does not have")
            expect(rows[shown]["how"] not in ("none", "planned"), requirement_id,
                   f"shown_by names {shown}, which is {rows[shown]['how']}")
            expect(state.get(shown, True), requirement_id, f"is shown by itself, by way of {shown}")
            if shown not in state:
                visit(shown)
        state[requirement_id] = True

    for requirement_id in rows:
        if requirement_id not in state:
            visit(requirement_id)


def read_out_of_scope(path):
    """The ids of keyword sentences that Ticketgate leaves out, each with a reason."""
    reasons = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], 2):
        where = f"{path.name}:{number}"
        fields = line.split("\t")
        expect(len(fields) == 2 and all(fields) and line.isascii(), where, "a line is an id, a tab and the reason")
        expect(ID_FORM.fullmatch(fields[0]), where, f"{fields[0]} does not have the form of an id")
        expect(fields[0] not in reasons, where, f"{fields[0]} is there twice")
        reasons[fields[0]] = fields[1]
    return reasons


def check_completeness(folder, rows):
    """Every keyword sentence has a row (or two, a and b), or a reason why it is left out."""
    left_out = read_out_of_scope(folder / "out_of_scope.tsv")
    judged = {re.sub("[ab]$", "", requirement_id) for requirement_id in rows}
    lists = sorted(folder.glob("*.txt"))
    expect(lists, folder, "there is no list of normative sentences")
    expected = set()
    for path in lists:
        for requirement_id in path.read_text(encoding="ascii").split():
            expect(requirement_id not in expected, path.name, f"{requirement_id} is there twice")
            expected.add(requirement_id)
            expect((requirement_id in judged) != (requirement_id in left_out), path.name,
                   f"{requirement_id} has neither a row nor a reason in out_of_scope.tsv"
                   if requirement_id not in judged else f"{requirement_id} has a row and is out of scope")
    for requirement_id in left_out:
        expect(requirement_id in expected, "out_of_scope.tsv", f"{requirement_id} is in no list of normative sentences")


def read_catalogue(folder):
    """All rows, sorted by id in octet order, as bsearch with strcmp needs them."""
    paths = sorted(folder.glob("*.tsv"))
    expect(paths, folder, "there is no catalogue file")
    rows = {}
    for path in paths:
        source = source_of(path)
        prefix = re.sub(r"[ .]", "", source)
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            expect(reader.fieldnames == COLUMNS, path.name, f"the columns are not {' '.join(COLUMNS)}")
            for row in reader:
                where = f"{path.name}:{reader.line_num}"
                check_row(row, where, prefix)
                expect(row["id"] not in rows, where, f"{row['id']} is there twice")
                rows[row["id"]] = {**row, "source": source}
    check_shown_by(rows)
    check_completeness(folder.parent / "normative", rows)
    return [rows[key] for key in sorted(rows)]


def catalogue_source(rows):
    yield "/* Made from the files of catalogue/ by generate.py; sorted by id. */"
    yield "static const tg_requirement catalogue[] = {"
    for row in rows:
        strings = [c_string(row[column]) for column in ("id", "source", "clause")]
        strings += [f"TG_LEVEL_{row['level']}"]
        strings += [c_string(row[column]) for column in ("binds", "message", "room")]
        strings += [f"TG_HOW_{row['how'].upper()}", f"TG_ON_RECEIVE_{row['on_receive'].upper()}",
                    c_string(row["text"])]
        strings += [c_string("" if row[column] == NOTHING else row[column]) for column in ("shown_by", "note")]
        yield f"    {{ {', '.join(strings)} }},"
    yield "};"


# ---- profiles -------------------------------------------------------------------------------------------------------

def read_settings(header):
    """{setting: its value names} from TG_SETTINGS of findings.h, the one place that lists them."""
    text = header.read_text(encoding="utf-8")
    listed = re.search(r"#define TG_SETTINGS\(X\)((?:.*\\\n)*.*)", text)
    expect(listed, header.name, "TG_SETTINGS is not defined")
    return {name: re.findall(r'"([^"]*)"', values)
            for name, values in re.findall(r"X\((\w+), ([^)]*)\)", listed[1])}


def read_profile_files(folder):
    profiles = {}
    for path in sorted(folder.glob("*.json")):
        def no_duplicates(pairs, where=path.name):
            for key, _ in pairs:
                expect([k for k, _ in pairs].count(key) == 1, where, f"member {key!r} is there twice")
            return dict(pairs)
        try:
            profile = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=no_duplicates)
        except json.JSONDecodeError as error:
            raise DataError(f"{path.name}: {error}") from error
        expect(isinstance(profile, dict), path.name, "a profile is an object")
        for member in profile:
            expect(member in PROFILE_MEMBERS, path.name, f"unknown member {member!r}")
        for member in ("profile", "extends", "title"):
            expect(member in profile, path.name, f"member {member!r} is missing")
        expect(profile["profile"] == path.stem, path.name, "member 'profile' is not the file's name")
        profiles[path.stem] = profile
    expect(profiles, folder, "there is no profile")
    return profiles


def extend(profiles, name, children=()):
    """The profile with all that it inherits."""
    profile = profiles[name]
    parent = profile["extends"]
    if parent is None:
        return profile
    where = f"{name}.json"
    expect(parent in profiles, where, f"extends the unknown profile {parent!r}")
    expect(parent not in (*children, name), where, "extends itself")
    whole = dict(extend(profiles, parent, (*children, name)))
    for member, value in profile.items():
        if member in MERGED_MEMBERS:
            expect(isinstance(value, dict), where, f"{member} is not an object")
            value = {**whole.get(member, {}), **value}
        whole[member] = value
    return whole


def expect_members(value, allowed, required, where):
    expect(isinstance(value, dict), where, "is not an object")
    for member in value:
        expect(member in allowed, where, f"unknown member {member!r}")
    for member in required:
        expect(member in value, where, f"member {member!r} is missing")


def number(value, bits, where):
    expect(type(value) is int and 0 <= value < 1 << bits, where, f"{value!r} is no number of {bits} bits")
    return value


class ProfileSource:
    """One extended profile as a C initialiser."""

    def __init__(self, profile, row_of_id, settings):
        self.profile = profile
        self.row_of_id = row_of_id
        self.settings = settings
        self.name = f"{profile['profile']}.json"
        missing = set(PROFILE_MEMBERS) - OPTIONAL_MEMBERS - set(profile)
        expect(not missing, self.name, f"members are missing: {', '.join(sorted(missing))}")

    def row(self, requirement_id, where):
        if requirement_id is None:
            return "NULL"
        expect(isinstance(requirement_id, str) and requirement_id in self.row_of_id, f"{self.name}: {where}",
               f"the catalogue has no row {requirement_id!r}")
        return f"&catalogue[{self.row_of_id[requirement_id]}]"

    def flag(self, member):
        value = self.profile[member]
        expect(isinstance(value, bool), f"{self.name}: {member}", "is neither true nor false")
        return "true" if value else "false"

    def text(self, member, longest):
        value = self.profile[member]
        expect(isinstance(value, str) and 0 < len(value) <= longest, f"{self.name}: {member}",
               f"is no text of 1 to {longest} characters")
        return c_string(value)

    def settings_initialiser(self):
        values = self.profile["settings"]
        expect_members(values, self.settings, self.settings, f"{self.name}: settings")
        for setting, value in values.items():
            expect(value in self.settings[setting], f"{self.name}: settings",
                   f"{setting} {value!r} is none of {', '.join(self.settings[setting])}")
        others = [f".{setting} = {names.index(values[setting])} /* {values[setting]} */"
                  for setting, names in self.settings.items() if values[setting] != names[0]]
        return f"{{ {', '.join(others) or '0'} }}"

    def prot_types(self):
        where = f"{self.name}: prot_types"
        numbers = self.profile["prot_types"]
        expect_members(numbers, PROT_KINDS, (), where)
        known = [number(value, 8, where) for value in numbers.values()]
        expect(len(set(known)) == len(known), where, "two kinds have one number")
        return "{ " + ", ".join(str(numbers.get(kind, -1)) for kind in PROT_KINDS) + " }"

    def format(self, ticket, where, extra=(), required=("ticket_type",)):
        expect_members(ticket, ("ticket_type", "subtype", "version", *extra), required, where)
        parts = [number(ticket["ticket_type"], 16, where)]
        for member in ("subtype", "version"):
            value = ticket.get(member)
            parts.append(-1 if value is None else number(value, 8, where))
        return "{ " + ", ".join(map(str, parts)) + " }"

    def tickets(self):
        where = f"{self.name}: tickets"
        tickets = self.profile["tickets"]
        expect(isinstance(tickets, list) and 0 < len(tickets) <= MAX_TICKETS, where,
               f"is no list of 1 to {MAX_TICKETS} ticket formats")
        return [self.format(ticket, where) for ticket in tickets]

    def pinned_ticket(self):
        where = f"{self.name}: pinned_ticket"
        pinned = self.profile["pinned_ticket"]
        if pinned is None:
            return "{ { 0, -1, -1 }, NULL }"
        expect_members(pinned, ("ticket_type", "subtype", "version", "id"),
                       ("ticket_type", "subtype", "version", "id"), where)
        return f"{{ {self.format(pinned, where, extra=('id',))}, {self.row(pinned['id'], where)} }}"

    def flags(self):
        where = f"{self.name}: flags"
        flags = self.profile["flags"]
        expect_members(flags, FLAGS, (), where)
        for letter in FLAGS:
            if flags.get(letter) is not None:
                expect_members(flags[letter], ("value", "id"), ("value", "id"), f"{where}.{letter}")
                value = number(flags[letter]["value"], 1, f"{where}.{letter}")
                yield f"[{FLAGS.index(letter)}] = {{ {value}, {self.row(flags[letter]['id'], where)} }}"

    def crypto_sessions(self):
        where = f"{self.name}: crypto_sessions"
        sessions = self.profile["crypto_sessions"]
        if sessions is None:
            return "{ .exactly = -1 }"
        members = ("prot_types", "id", "exactly", "exactly_id")
        expect_members(sessions, members, members, where)
        kinds = sessions["prot_types"]
        expect(isinstance(kinds, list) and set(kinds) <= set(PROT_KINDS), where,
               f"prot_types is no list of {', '.join(PROT_KINDS)}")
        for kind in kinds:
            expect(kind in self.profile["prot_types"], where, f"prot_types gives no number for {kind}")
        allowed = ", ".join("true" if kind in kinds else "false" for kind in PROT_KINDS)
        exactly = -1 if sessions["exactly"] is None else number(sessions["exactly"], 8, where)
        expect((exactly < 0) == (sessions["exactly_id"] is None), where, "exactly and exactly_id go together")
        return (f"{{ .allowed = {{ {allowed} }}, .id = {self.row(sessions['id'], where)}, "
                f".exactly = {exactly}, .exactly_id = {self.row(sessions['exactly_id'], where)} }}")

    def http(self):
        mapping, where = self.profile.get("http", {}), f"{self.name}: http"
        expect_members(mapping, (*HTTP_TEXTS, "body"), (), where)
        for member in HTTP_TEXTS:
            text = mapping.get(member)
            if text is None:
                continue
            expect(isinstance(text, str) and re.fullmatch(r"[!-~]{0,256}", text) and "#" not in text, f"{where}.{member}",
                   "is no text of printable ASCII without blanks and #")
            expect(text or member.startswith("query_"), f"{where}.{member}", "is empty")
            expect(member != "path" or (text[0] == "/" and "?" not in text), f"{where}.path", "is no path")
            yield f".{member} = {c_string(text)}"
        body = mapping.get("body")
        expect(body in (None, "raw", "base64"), f"{where}.body", "is neither raw nor base64")
        if body:
            yield f".body = TG_HTTP_BODY_{body.upper()}"

    def indications(self):
        names, where = self.profile.get("indications", {}), f"{self.name}: indications"
        expect_members(names, INDICATIONS, (), where)
        for member in INDICATIONS:
            text = names.get(member)
            if text is not None:
                expect(isinstance(text, str) and re.fullmatch(r"[!#$%&'*+.^_`{|}~0-9A-Za-z-]{1,64}", text), f"{where}.{member}", "is no token")
                yield f".{member} = {c_string(text)}"

    def lines(self):
        tickets = self.tickets()
        yield "    {"
        yield f"        .name = {self.text('profile', MAX_NAME)},"
        yield f"        .title = {self.text('title', 200)},"
        yield f"        .settings = {self.settings_initialiser()},"
        yield f"        .prot_types = {self.prot_types()},"
        yield f"        .tickets = {{ {', '.join(tickets)} }},"
        yield f"        .num_tickets = {len(tickets)},"
        yield f"        .pinned_ticket = {self.pinned_ticket()},"
        flags = ", ".join(self.flags())
        if flags:
            yield f"        .flags = {{ {flags} }},"
        yield f"        .crypto_sessions = {self.crypto_sessions()},"
        for member in ("generic_id", "transfer_resp_idrr", "srtcp_integrity", "no_tgk"):
            yield f"        .{member} = {self.row(self.profile[member], member)},"
        for member in ("always_forked", "m_lines", "kms_uids"):
            yield f"        .{member} = {self.flag(member)},"
        http = ", ".join(self.http())
        if http:
            yield f"        .http = {{ {http} }},"
        indications = ", ".join(self.indications())
        if indications:
            yield f"        .indications = {{ {indications} }},"
        yield "    },"


def profiles_source(profiles, row_of_id, settings):
    yield "/* Made from the files of profiles/ by generate.py; what a profile extends is in it. */"
    yield "static const tg_profile profiles[] = {"
    for name in sorted(profiles):
        yield from ProfileSource(extend(profiles, name), row_of_id, settings).lines()
    yield "};"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve()
    try:
        rows = read_catalogue(folder / "catalogue")
        row_of_id = {row["id"]: index for index, row in enumerate(rows)}
        settings = read_settings(folder.parent / "include" / "ticketgate" / "findings.h")
        profiles = read_profile_files(folder / "profiles")
        outputs = [list(catalogue_source(rows)), list(profiles_source(profiles, row_of_id, settings))]
    except DataError as error:
        sys.exit(f"generate.py: {error}")
    for path, lines in zip(sys.argv[2:], outputs):
        pathlib.Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
