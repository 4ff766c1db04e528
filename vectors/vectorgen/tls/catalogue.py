"""All vectors of TLS, their ids and files, and what generate writes."""

import pathlib

from .. import main, names, stored
from . import golden, golden_13, golden_broken, golden_cut, golden_dtls, golden_recorded, golden_resumed

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data" / "tls"
IDS = HERE / "ids.json"
MODULES = (golden, golden_13, golden_broken, golden_cut, golden_dtls, golden_recorded, golden_resumed)
SOURCE = "TS 33.328 annex H"


def all_drafts():
    return names.unique([draft for module in MODULES for draft in module.drafts()])


def load_ids():
    return names.load(IDS)


def assign_ids(drafts, ids):
    return names.assign(drafts, ids, "tgs-", "tls ")


def wanted(old):
    """(how many, ids, files) as they have to be; `old`: the ids on disk."""
    drafts = all_drafts()
    ids, groups = assign_ids(drafts, old), {}
    for draft in drafts:
        groups.setdefault(draft.group, []).append(draft.finish(ids))
    return len(drafts), ids, {f"{group}.json": main.format_file(group, SOURCE, vectors) for group, vectors in groups.items()}


def check():
    return stored.check(DATA, IDS, wanted)


def write():
    return stored.write(DATA, IDS, wanted)
