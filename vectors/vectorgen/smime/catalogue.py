"""All vectors of SMIME.md, in order; their ids, files, and what generate writes."""

import pathlib

from .. import main, names, stored
from . import containers_broken, containers_further, containers_kept, containers_other, containers_segments, containers_taken_off, entities, messages, messages_origin

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data" / "smime"
IDS = HERE / "ids.json"
MODULES = (containers_kept, containers_broken, containers_other, containers_taken_off, containers_further, containers_segments, entities, messages, messages_origin)
SOURCE = "TS 33.328 annex I"


def all_drafts():
    parents, drafts = {}, []
    for module in MODULES:
        drafts += list(module.drafts(parents))
    return names.unique(drafts)


def wanted(old):
    """(how many, ids, files) as they have to be; `old`: the ids on disk."""
    drafts = all_drafts()
    ids = names.assign(drafts, old, "tgm-", "smime ")
    groups = {}
    for draft in drafts:
        groups.setdefault(draft.group, []).append(draft.finish(ids))
    return len(drafts), ids, {f"{group}.json": main.format_file(group, SOURCE, entries) for group, entries in groups.items()}


def check():
    return stored.check(DATA, IDS, wanted)


def write():
    return stored.write(DATA, IDS, wanted)
