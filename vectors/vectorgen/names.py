"""Ids of vectors and conversations: made from their names once, kept in a registry, never given again."""

import hashlib
import json


def unique(drafts):
    """The drafts, whose names have to differ."""
    names = [draft.name for draft in drafts]
    if len(names) != len(set(names)):
        raise SystemExit(f"used twice: {sorted({n for n in names if names.count(n) > 1})}")
    return drafts


def load(path):
    return json.loads(path.read_text()) if path.exists() else {}


def save(path, ids):
    path.write_text(json.dumps(ids, indent=0, sort_keys=True) + "\n")


def assign(drafts, ids, prefix, salt=""):
    """With ids for those that have none yet: the prefix and eight digits of a hash of salt and name."""
    ids, used = dict(ids), set(ids.values())
    for draft in drafts:
        attempt = 0
        while draft.name not in ids:
            given = prefix + hashlib.sha256(f"{salt}{draft.name}#{attempt}".encode()).hexdigest()[:8]
            attempt += 1
            if given not in used:
                ids[draft.name] = given
                used.add(given)
    return ids
