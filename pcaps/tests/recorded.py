"""The recorded traces and what stands beside them; what a check finds in one, compared with its expectation."""
import collections
import hashlib
import json
import pathlib

from conftest import TRACES

EXPECTATIONS = sorted(TRACES.glob("*/*.expect.json"))
OF_MESSAGES = ("frame", "first_frame", "transport", "source", "destination", "carrier", "level", "first_line", "call_id", "copy_of",
               "data_type", "auth")
NO_SHA = hashlib.sha256(b"").hexdigest()


def load(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def name_of(path):
    return path.name.removesuffix(".expect.json")


def beside(path, suffix):
    return path.with_name(name_of(path) + suffix)


def options(path):
    """The options of a check of it."""
    expect = load(path)
    return ["--profile", expect["profile"], *(["--keys", str(beside(path, ".keys.json"))] if expect["keys"] else [])]


def sha(octets):
    return hashlib.sha256(bytes.fromhex(octets)).hexdigest()


def ids(findings):
    return sorted({one["id"] for one in findings})


def messages_differ(expected, found):
    """Sentences about messages that are not as expected."""
    if len(expected) != len(found):
        yield f"{len(found)} messages in place of {len(expected)}"
    for at, (want, got) in enumerate(zip(expected, found)):
        members = OF_MESSAGES
        if want["copy_of"] is not None:         # not judged again; its octets are those of what it is a copy of
            members = tuple(one for one in OF_MESSAGES if one not in ("auth", "data_type"))
            if got["octets"]:
                yield f"message {at}: a copy with octets"
        elif sha(got["octets"]) != want["sha256"]:
            yield f"message {at}: other octets"
        for member in members:
            if (got[member] or None) != want[member] and got[member] != want[member]:
                yield f"message {at} (frame {want['frame']}): {member} is {got[member]!r}, not {want[member]!r}"
        if want["copy_of"] is None and ids(got["findings"]) != want["findings"]:
            yield f"message {at} (frame {want['frame']}): findings are {ids(got['findings'])}, not {want['findings']}"


def well_formed(result):
    """What could be read as MIKEY: base64 that is broken has a finding of its own (RFC4567-3-01)."""
    return [one for one in result["messages"] if one["error"] is None]


def calls_differ(expect, result):
    called = [one["call_id"] for one in result["calls"]]
    if called != expect["calls"]:
        yield f"calls {called}, not {expect['calls']}"
    found = sorted((note["frame"], note["note"]) for one in result["calls"] for note in one["notes"])
    wanted = sorted((note["frame"], note["note"]) for note in expect["notes"])
    if found != wanted:
        yield f"notes {found}, not {wanted}"


def conversations_differ(expect, result):
    number = sum(1 for _ in result["conversations"])
    if number != expect["num_conversations"]:
        yield f"{number} conversations, not {expect['num_conversations']}"
    teks = {(one["conversation"], tek["csb_id"], tek["cs_id"]) for one in result["conversations"] for tek in one["teks"]}
    if len(teks) != expect["num_teks"]:
        yield f"{len(teks)} TEKs, not {expect['num_teks']}"


def connections_differ(expect, result):
    if len(result["connections"]) != len(expect["connections"]):
        yield f"{len(result['connections'])} connections, not {len(expect['connections'])}"
    for want, got in zip(expect["connections"], result["connections"]):
        if got["server"] != want["server"] or got["client"].rpartition(":")[0] != want["client_address"]:
            yield f"connection from {got['client']} to {got['server']}"
        for member in ("tek", "client_proof", "server_proof"):
            if want[member] is not None and got[member] != want[member]:
                yield f"connection to {got['server']}: {member} is {got[member]!r}, not {want[member]!r}"
        if ids(got["findings"]) != want["findings"]:
            yield f"connection to {got['server']}: findings are {ids(got['findings'])}, not {want['findings']}"


def containers_differ(expect, result):
    found = [(one["frame"], one["outcome"], one["origin"], ids(one["findings"])) for one in result["containers"]]
    wanted = [(one["frame"], one["outcome"], one["origin"], one["findings"]) for one in expect["containers"]]
    if found != wanted:
        yield f"containers {found}, not {wanted}"


def findings_differ(expect, result):
    found = collections.Counter((one["id"], one["frame"]) for one in result["findings"])
    wanted = collections.Counter((one["id"], one["frame"]) for one in expect["findings"])
    for one in sorted((found - wanted).elements()):
        yield f"found and not expected: {one[0]} at frame {one[1]}"
    for one in sorted((wanted - found).elements()):
        yield f"expected and not found: {one[0]} at frame {one[1]}"


def counts_differ(expect, result):
    summary = result["summary"]
    if summary["packets"]["read"] != expect["num_frames"]:
        yield f"{summary['packets']['read']} frames, not {expect['num_frames']}"
    for member, name in (("num_sip", "sip"), ("num_http", "http"), ("num_repeated", "sip_repeated")):
        if summary["units"].get(name, 0) != expect[member]:
            yield f"units.{name} is {summary['units'].get(name, 0)}, not {expect[member]}"


def differences(expect, code, result):
    """Everything in which a check's JSON is not as expected."""
    found = list(messages_differ(expect["messages"], well_formed(result)))
    unreadable = [one["frame"] for one in result["messages"] if one["error"] is not None]
    if unreadable != expect["unreadable"]:
        found.append(f"messages that cannot be read in frames {unreadable}, not {expect['unreadable']}")
    for compare in (calls_differ, conversations_differ, connections_differ, containers_differ, findings_differ, counts_differ):
        found += compare(expect, result)
    if code != expect["exit_code"] or result["summary"]["verdict"] != expect["verdict"]:
        found.append(f"exit code {code}, {result['summary']['verdict']}; not {expect['exit_code']}, {expect['verdict']}")
    return found
