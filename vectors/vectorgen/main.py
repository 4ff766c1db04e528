"""Collects the drafts, gives them their ids and writes the files."""

import json
import pathlib
import sys

from . import names

ROOT = pathlib.Path(__file__).resolve().parent.parent
IDS = ROOT / "vectorgen" / "ids.json"
DATA = ROOT / "data"

# Group -> (file, source). The order of a file is the order in which the drafts are made.
SOURCES = {
    "ticket_request": "RFC 6043 4.2.1, TS 33.328", "ticket_transfer": "RFC 6043 4.2.2, TS 33.328",
    "ticket_resolve": "RFC 6043 4.2.3, A",
    "update": "RFC 6043 5.2, 5.3", "error": "RFC 6043 5.4", "older_modes": "RFC 3830, RFC 4650, RFC 4738",
    "payloads": "RFC 3830 6, RFC 6043 6",
    "keyed": "RFC 6043 5, 6.10, A", "settings": "RFC 6043", "parse_errors": "RFC 3830 6, RFC 6043 6",
}


def collect():
    from . import catalogue_of_vectors
    return names.unique(catalogue_of_vectors.all_drafts())


def load_ids():
    return names.load(IDS)


def assign_ids(drafts, ids):
    return names.assign(drafts, ids, "tgv-")


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def format_vector(vector):
    lines = [f"   {json.dumps(name)}: {compact(value)}" for name, value in vector.items()]
    return "  {\n" + ",\n".join(lines) + "\n  }"


def format_file(group, source, vectors, member="vectors"):
    """One line a member, so that a difference names what changed."""
    head = {"format": 1, "generator": "ticketgate-vectors 1", "source": source, "group": group,
            "num_vectors": len(vectors)}
    lines = [f" {json.dumps(name)}: {compact(value)}" for name, value in head.items()]
    body = ",\n".join(format_vector(vector) for vector in vectors)
    return "{\n" + ",\n".join(lines) + ',\n "' + member + '": [\n' + body + "\n ]\n}\n"


def make_files(drafts, ids):
    groups = {}
    for draft in drafts:
        groups.setdefault(draft.group, []).append(draft.finish(ids))
    return {f"{group}.json": format_file(group, SOURCES[group], vectors) for group, vectors in groups.items()}


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: generate [--check]", file=sys.stderr)
        return 4
    from .conversations.catalogue import KIND as conversations
    from .smime.catalogue import KIND as smime
    from .tls.catalogue import KIND as tls
    from .traces.catalogue import KIND as traces
    drafts, old = collect(), load_ids()
    ids = assign_ids(drafts, old)
    files = make_files(drafts, ids)
    files_on_disk = {path.name for path in DATA.glob("*.json")}
    if arguments == ["--check"]:
        wrong = sorted(name for name in files.keys() | files_on_disk
                       if not (DATA / name).exists() or (DATA / name).read_text() != files.get(name))
        if ids != old:
            wrong.append("vectorgen/ids.json")
        wrong += conversations.check() + smime.check() + tls.check() + traces.check()
        for name in wrong:
            print(f"{name}: not what generate makes", file=sys.stderr)
        return 1 if wrong else 0
    DATA.mkdir(exist_ok=True)
    for name in files_on_disk - files.keys():
        (DATA / name).unlink()
    for name, text in files.items():
        (DATA / name).write_text(text)
    names.save(IDS, ids)
    print(f"{len(drafts)} vectors in {len(files)} files")
    print("{} conversations in {} files".format(*conversations.write()))
    print("{} transcripts of TLS in {} files".format(*tls.write()))
    print("{} vectors of PSK S/MIME in {} files".format(*smime.write()))
    print("{} traces in {} files".format(*traces.write()))
    return 0
