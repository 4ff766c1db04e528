"""What a check of a recorded trace has to find, from what was sent, what was made wrong, and a reading of the capture."""
import functools
import hashlib
import json

from network import Failed
from people import ROOT                 # which says where mikeyticket is

from mikeyticket import codec           # isort: skip

ERROR = 6


class Expected:
    """What a scene says of its trace. Findings: `broken` of a message, `at` of a place in the signalling."""

    def __init__(self):
        self.of_messages, self.places, self.notes, self.connections, self.containers = [], [], [], [], []
        self.auth, self.verdict, self.text = {}, None, []

    def broken(self, message, *ids, **statuses):
        """The message breaks these rows; `statuses`: auth="fail" and the like."""
        self.of_messages.append((message, list(ids), statuses))

    def at(self, row, starts, source=None, destination=None, number=0):
        """A finding of signalling, at the SIP message (not repeated) that begins so, the `number`th between these addresses."""
        self.places.append((row, starts, source, destination, number))

    def frame(self, row, find):
        """A finding at the frame that `find(reading)` gives."""
        self.places.append((row, find, None, None, 0))

    def note(self, what, starts, source=None, destination=None, number=0):
        self.notes.append((what, starts, source, destination, number))

    def connection(self, **values):
        """A TLS connection, in the order of the capture: server, tek (verified, failed, None), findings."""
        self.connections.append(values)

    def container(self, starts, outcome, origin=None, findings=()):
        self.containers.append((starts, outcome, origin, list(findings)))


def host_of(endpoint):
    return endpoint.rpartition(":")[0]


def find_unit(reading, starts, source, destination, number):
    hosts = [f"[{one}]" if one and ":" in one else one for one in (source, destination)]
    found = [unit for unit in reading.sip() if unit.first_line.startswith(starts) and hosts[0] in (None, host_of(unit.source))
             and hosts[1] in (None, host_of(unit.destination))]
    if len(found) <= number:
        raise Failed(f"the capture has no {starts} from {source} to {destination} (number {number})")
    return found[number]


def place(reading, starts, source, destination, number):
    return starts(reading) if callable(starts) else find_unit(reading, starts, source, destination, number).frame


def occurrences(reading, sent):
    """The MIKEY messages in the capture, in order, as members of the expectation; each with its Message or None."""
    known = {message.octets: message for message in sent}
    messages, first_of = [], {}
    for unit in reading.units:
        if unit.repeated:
            continue
        call = None if unit.is_http else unit.header("Call-ID")
        for octets, carrier, level in unit.carried():
            if octets is None:
                continue
            key = (call, octets, carrier, level, unit.is_response)
            entry = {"frame": unit.frame, "first_frame": unit.first_frame, "transport": unit.transport, "source": unit.source,
                     "destination": unit.destination, "carrier": carrier, "level": level, "first_line": unit.first_line, "call_id": call,
                     "copy_of": first_of.get(key) if call else None, "data_type": octets[1] if len(octets) > 1 else None,
                     "num_octets": len(octets), "sha256": hashlib.sha256(octets).hexdigest(), "auth": auth_of(octets), "findings": []}
            first_of.setdefault(key, len(messages))
            if octets not in known:
                raise Failed(f"frame {unit.frame} has a message that nobody sent")
            messages.append((entry, known[octets]))
    return messages


def unreadable(reading):
    """The frames of key-mgmt attributes whose data is no base64."""
    return [unit.frame for unit in reading.units if not unit.repeated for octets, _, _ in unit.carried() if octets is None]


def auth_of(octets):
    """What a judge with all keys says of a message that is right: an Error may have no MAC (RFC 6043 5.4)."""
    tree = codec.decode(octets, None, 16)
    return "ok" if octets[1] != ERROR or any(one["payload"] in ("V", "SIGN") for one in tree["payloads"]) else "absent"


def expectation(name, scene, reading, cast, expected, options):
    """The object for NAME.expect.json."""
    found = occurrences(reading, cast.sent)
    for message, ids, statuses in expected.of_messages:
        entries = [entry for entry, one in found if one is message and entry["copy_of"] is None]
        if not entries:
            raise Failed("a message that is wrong is not in the capture")
        for entry in entries[:1]:
            entry["findings"] = sorted(set(entry["findings"]) | set(ids))
            entry.update(statuses)
    findings = sorted(({"id": row, "frame": place(reading, starts, source, destination, number)}
                       for row, starts, source, destination, number in expected.places), key=lambda one: (one["frame"], one["id"]))
    notes = sorted(({"note": what, "frame": place(reading, starts, source, destination, number)}
                    for what, starts, source, destination, number in expected.notes), key=lambda one: (one["frame"], one["note"]))
    containers = [{"frame": place(reading, starts, None, None, 0), "outcome": outcome, "origin": origin, "findings": ids}
                  for starts, outcome, origin, ids in expected.containers]
    messages = [entry for entry, _ in found]
    calls = []
    for unit in reading.sip():
        if unit.header("Call-ID") not in calls:
            calls.append(unit.header("Call-ID"))
    verdict = expected.verdict or ("fails" if any(entry["auth"] == "fail" for entry in messages if entry["copy_of"] is None) or any(
        is_must(row) for row in all_rows(messages, findings, expected, containers)) else "conforms")
    if verdict == "conforms" and reading.fragments:         # a datagram of which a fragment is missing
        verdict = "inconclusive"
    codes = {"conforms": 0, "fails": 1, "nothing_to_judge": 5, "inconclusive": 10}
    return {"capture": f"{name}.pcap", "scene": scene, "profile": options.get("profile", "auto"),
            "keys": f"{name}.keys.json" if options.get("keys", True) else None, "verdict": verdict, "exit_code": codes[verdict],
            "num_frames": reading.num_frames, "num_repeated": sum(unit.repeated for unit in reading.units if not unit.is_http),
            "num_sip": len(reading.sip()), "num_http": sum(unit.is_http for unit in reading.units), "calls": calls,
            "num_conversations": options.get("conversations", 1), "num_teks": options.get("teks", 0), "wrong": expected.text,
            "messages": messages, "unreadable": unreadable(reading), "findings": findings, "notes": notes,
            "connections": expected.connections, "containers": containers}


def all_rows(messages, findings, expected, containers):
    for one in messages:
        yield from one["findings"] if one["copy_of"] is None else ()
    yield from (one["id"] for one in findings)
    for one in expected.connections + containers:
        yield from one["findings"]


@functools.cache
def levels():
    """Level by row, from the catalogue."""
    found = {}
    for path in sorted((ROOT / "harness" / "findings" / "catalogue").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            fields = line.split("\t")
            found[fields[0]] = fields[2]
    return found


def is_must(row):
    return levels()[row] == "MUST"


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
