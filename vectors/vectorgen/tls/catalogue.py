"""All vectors of TLS, their ids and files, and what generate writes."""

import pathlib

from .. import main, names
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


def on_disk():
    return {path.name: path.read_text() for path in sorted(DATA.glob("*.json"))}


def check():
    """What differs from what generate makes."""
    old = load_ids()
    _, ids, files = wanted(old)
    there = on_disk()
    return sorted(f"tls/{name}" for name in files.keys() | there.keys() if files.get(name) != there.get(name)) + (
        [] if ids == old else ["vectorgen/tls/ids.json"])


def write():
    count, ids, files = wanted(load_ids())
    DATA.mkdir(parents=True, exist_ok=True)
    for name in on_disk().keys() - files.keys():
        (DATA / name).unlink()
    for name, text in files.items():
        (DATA / name).write_text(text)
    names.save(IDS, ids)
    return count, len(files)
