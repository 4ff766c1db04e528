"""All golden conversations, in order; their ids, files, and what generate writes."""

import json
import pathlib

from .. import names, stored
from . import golden_answers, golden_calls, golden_later, golden_modes, golden_readings, golden_responses, golden_rows, golden_settings

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data" / "conversations"
IDS = HERE / "ids.json"
MODULES = (golden_modes, golden_rows, golden_responses, golden_answers, golden_later, golden_settings, golden_readings,
           golden_calls)
SOURCE = "RFC 6043, RFC 3830, TS 33.328"


def all_drafts():
    parents, drafts = golden_modes.Parents(), []
    for module in MODULES:
        drafts += list(module.drafts(parents))
    return names.unique(drafts)


def load_ids():
    return names.load(IDS)


def assign_ids(drafts, ids):
    return names.assign(drafts, ids, "tgc-", "conversation ")


def format_file(group, entries):
    """One line a member, so that a difference names what changed."""
    head = {"format": 1, "generator": "ticketgate-vectors 1", "source": SOURCE, "group": group, "num_vectors": len(entries)}
    lines = [f" {json.dumps(name)}: {compact(value)}" for name, value in head.items()]
    body = ",\n".join("  {\n" + ",\n".join(f"   {json.dumps(name)}: {compact(value)}" for name, value in entry.items()) + "\n  }"
                      for entry in entries)
    return "{\n" + ",\n".join(lines) + ',\n "conversations": [\n' + body + "\n ]\n}\n"


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def make_files(drafts, ids):
    groups, parents = {}, {}
    for draft in drafts:
        groups.setdefault(draft.group, []).append(draft.finish(ids, parents))
    return {f"{group}.json": format_file(group, entries) for group, entries in groups.items()}


def wanted(old):
    """(how many, ids, files) as they have to be; `old`: the ids on disk."""
    drafts = all_drafts()
    ids = assign_ids(drafts, old)
    return len(drafts), ids, make_files(drafts, ids)


def check():
    return stored.check(DATA, IDS, wanted)


def write():
    return stored.write(DATA, IDS, wanted)
