"""All trace vectors, their ids and files, and what generate writes."""

import json
import pathlib

from .. import names, stored
from . import golden_calls, golden_e2ae, golden_media, golden_paths, golden_people, golden_sdp

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data" / "traces"
IDS = HERE / "ids.json"
MODULES = (golden_sdp, golden_e2ae, golden_media, golden_people, golden_calls, golden_paths)
SOURCE = "RFC 4567, RFC 6043, TS 33.328"


def all_drafts():
    parents, drafts = {}, []
    for module in MODULES:
        drafts += list(module.drafts(parents))
    return names.unique(drafts)


def load_ids():
    return names.load(IDS)


def assign_ids(drafts, ids):
    return names.assign(drafts, ids, "tgt-", "trace ")


def format_file(group, entries):
    """One line a member, so that a difference names what changed."""
    head = {"format": 1, "generator": "ticketgate-vectors 1", "source": SOURCE, "group": group, "num_vectors": len(entries)}
    lines = [f" {json.dumps(name)}: {compact(value)}" for name, value in head.items()]
    body = ",\n".join("  {\n" + ",\n".join(f"   {json.dumps(name)}: {compact(value)}" for name, value in entry.items()) + "\n  }" for entry in entries)
    return "{\n" + ",\n".join(lines) + ',\n "traces": [\n' + body + "\n ]\n}\n"


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def wanted(old):
    """(how many, ids, files) as they have to be; `old`: the ids on disk."""
    drafts = all_drafts()
    ids, groups = assign_ids(drafts, old), {}
    for draft in drafts:
        groups.setdefault(draft.group, []).append(draft.finish(ids))
    return len(drafts), ids, {f"{group}.json": format_file(group, entries) for group, entries in groups.items()}


def check():
    return stored.check(DATA, IDS, wanted)


def write():
    return stored.write(DATA, IDS, wanted)
