"""All vectors, in order."""

from . import families


def all_drafts():
    exchanges = families.everything()
    drafts = [draft for _, drafted in exchanges.values() for draft in drafted.values()]
    return drafts
