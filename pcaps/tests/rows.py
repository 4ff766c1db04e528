"""What a finding says of itself, compared with the catalogue; and where it points to, compared with the text of the unit (TRACE.md section 5, "at")."""
import base64
import csv
import pathlib
import re

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "harness" / "findings" / "catalogue"
ATTRIBUTE = {"RFC4567-3-01", "RFC4567-4.1.1-02", "RFC4567-4.1.1-11", "RFC4567-7-01", "RFC4567-4.1.2-15", "RFC4567-4.1.2-16", "RFC4567-4.1.2-18", "RFC4567-4.1.4-01",
             "RFC4567-4.1.4-04", "RFC4567-4.1.4-05", "RFC4567-4.1.4-06", "TS33328-G.3.2-04"}
M_LINE = {"TS33328-7.2.1-01", "TS33328-7.2.1-02", "TS33328-7.2.1-03", "TS33328-7.2.1-05", "TS33328-7.3.1-01", "TS33328-7.3.1-02", "TS33328-7.3.1-04", "TS33328-G.2-01",
          "TS33328-G.2-02"}
MESSAGE = {"RFC4567-4.1.1-08", "RFC4567-4.1.2-07", "RFC4567-4.1.2-10", "RFC4567-4.1.2-11", "RFC4567-7-02", "RFC6043-4.2.2.2-04", "TS33328-B.1-x01", "TS33328-F.3-18",
           "TS33328-F.3-20", "TS33328-G.3.2-02", "TS33328-G.3.3-01"}
HANDSHAKE = {"TS33328-7.2.1-04": 11, "TS33328-7.3.1-03": 11, "TS33328-6.2.1.2-01": 2}          # Certificate, ServerHello
TOKEN = rb"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"


def catalogue():
    rows = {}
    for path in sorted(CATALOGUE.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows.update((row["id"], row) for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    return rows


ROWS = catalogue()


def clause_of(row):
    """As people write it: "RFC 4567 4.1.1", "TS 33.328 7.2.1"."""
    name = row["id"].split("-")[0]
    return ("RFC " + name[3:] if name.startswith("RFC") else f"TS {name[2:4]}.{name[4:]}") + " " + row["clause"]


def all_findings(said):
    """(finding, whether it is one of a message)."""
    for name in ("messages", "connections", "containers"):
        for one in said[name]:
            yield from ((finding, name == "messages") for finding in one["findings"])
    yield from ((finding, False) for finding in said["findings"])


def rows_differ(said, settings):
    """Findings whose level, clause or on_receive is not what the catalogue says."""
    for finding, of_message in all_findings(said):
        row = ROWS[finding["id"]]
        level = "MUST" if row["id"] == "TS33328-F.3-13" and settings.get("request_uri") == "must" else row["level"]
        if finding["level"] != level or finding["clause"] != clause_of(row):
            yield f"{row['id']}: {finding['level']} {finding['clause']}, not {level} {clause_of(row)}"
        if of_message and finding["on_receive"] != row["on_receive"]:
            yield f"{row['id']}: on_receive is {finding['on_receive']}, not {row['on_receive']}"


def header_octets(unit):
    """Raw IP and UDP, or TCP without options."""
    return (40 if unit["source"].startswith("[") else 20) + (8 if unit["transport"] == "udp" else 20)


def lines(octets, pattern):
    return [(found.start(), found.end() - found.start()) for found in re.finditer(rb"(?m)^" + pattern + rb"[^\r\n]*", octets)]


def is_base64(text):
    try:
        return bool(text) and base64.b64encode(base64.b64decode(text, validate=True)) == text
    except ValueError:
        return False


def broken_attribute(row, line):
    """Whether this attribute can be the one, where the row speaks of its text."""
    value = line.partition(b":")[2].removeprefix(b" ")
    protocol, space, data = value.partition(b" ")
    if row == "RFC4567-3-01":
        return not is_base64(data)
    if row in ("RFC4567-4.1.1-02", "RFC4567-4.1.1-11"):
        return not (re.fullmatch(TOKEN, protocol) and space and data and not data.startswith(b" "))
    if row == "RFC4567-7-01":
        return protocol != b"mikey"
    if row == "RFC4567-4.1.2-16":
        return is_base64(data) and base64.b64decode(data)[1] == 14
    return True


def places(unit, row):
    """Where the finding may point to in the unit: [(offset, length)]; None where TRACE.md says no more than the frame."""
    octets = unit["octets"].encode("latin-1") if unit["kind"] in ("sip", "http") else bytes.fromhex(unit["octets"])
    if unit["kind"] == "sip":
        if row in ATTRIBUTE:
            return [(at, size) for at, size in lines(octets, rb"a=key-mgmt:") if broken_attribute(row, octets[at:at + size])]
        if row in M_LINE:
            kind = rb"BFCP" if row.startswith("TS33328-G") else rb"MSRP"
            return [(at, size) for at, size in lines(octets, rb"m=") if kind in octets[at:at + size]]
        return lines(octets, b"")[:1] if row in MESSAGE else None
    if row == "RFC6043-6.1.1-08":
        return [(8, 4)]                         # the SSRC (RFC 3550 5.1)
    if row in HANDSHAKE and unit["kind"] == "tls":
        return [(at, 1) for at in range(5, len(octets)) if octets[at] == HANDSHAKE[row] and octets[at - 5] == 22]
    return None


def places_differ(vector, said):
    """Findings across the trace that point to somewhere else in their frame."""
    units = {unit["frame"]: unit for unit in vector["units"]}
    for finding in said["findings"]:
        unit = units[finding["frame"]]
        allowed = places(unit, finding["id"])
        if allowed is None:
            continue
        found = (finding["frame_offset"] - header_octets(unit) if finding["frame_offset"] is not None else None, finding["frame_length"])
        if found not in allowed:
            yield f"{finding['id']} at {found} of frame {finding['frame']}, not at one of {allowed}"
