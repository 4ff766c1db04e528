"""All vectors, in order."""

from . import (broken_request, broken_resolve, broken_transfer, families, ims, keyed, older_modes, parse_errors, payloads,
               settings_vectors, updates_errors)

MODULES = (broken_request, broken_transfer, broken_resolve, updates_errors, older_modes, payloads, ims, keyed, settings_vectors,
           parse_errors)


def all_drafts():
    exchanges = families.everything()
    drafts = [draft for _, drafted in exchanges.values() for draft in drafted.values()]
    for module in MODULES:
        drafts += module.drafts(exchanges)
    return drafts
