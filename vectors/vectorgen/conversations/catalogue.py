"""All golden conversations, in order."""

import pathlib

from .. import stored
from . import golden_answers, golden_calls, golden_later, golden_modes, golden_readings, golden_responses, golden_rows, golden_settings

MODULES = (golden_modes, golden_rows, golden_responses, golden_answers, golden_later, golden_settings, golden_readings,
           golden_calls)


def collect():
    parents = golden_modes.Parents()
    for module in MODULES:
        yield from module.drafts(parents)


class Conversations(stored.Kind):
    def finished(self, drafts, ids):
        answers = {}                            # of parents, by name
        return [(draft.group, draft.finish(ids, answers)) for draft in drafts]


KIND = Conversations("conversations", pathlib.Path(__file__).resolve().parent, "tgc-", "conversation ", "RFC 6043, RFC 3830, TS 33.328", collect, "conversations")
