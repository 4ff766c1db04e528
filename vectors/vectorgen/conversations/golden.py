"""A golden conversation in the making: an accepted one, or one that differs from it by one change.

What a change breaks is declared beside it: `at` the message, `ids` and statuses there (or, by index, elsewhere).
"""

import copy

from .expect import Expectation, secrets_given
from .form import conversation
from .maker import Maker
from .plan import Plan

STATUSES = ("auth", "ticket_auth", "vr_auth", "kemac")


class Draft:
    def __init__(self, group, name, title, plan, clauses=(), ids=None, faults=None, hooks=None, after=None):
        self.group, self.name, self.title, self.plan = group, name, title, plan
        self.clauses, self.hooks, self.after = list(clauses), hooks or {}, after
        self.faults = dict(faults or {})
        for at, rows in (ids or {}).items():
            self.faults[at] = {**self.faults.get(at, {}), "ids": set(rows) | set(self.faults.get(at, {}).get("ids", ()))}
        self.parent = self.change = self.wire_of = None

    def breaks(self, suffix, title, at, what, rows=(), hooks=None, plan=None, elsewhere=None, after=None, group=None,
               wire_of=None,
               without=(), **fault):
        """A child with one change at message `at` (None: in no message). `rows`: the ids there; `elsewhere`: index -> ids, or a
        dictionary with statuses; `fault`: statuses and what cannot be known there. `without`: ids of the parent that go."""
        child = Draft(group or self.group, f"{self.name}/{suffix}", title, plan or self.plan, (), after=after or self.after)
        child.hooks = {**self.hooks, **(hooks or {})}
        child.faults = copy.deepcopy(self.faults)
        child.parent, child.change, child.wire_of = self, {"message": at, "what": what}, wire_of
        where = {**{i: v if isinstance(v, dict) else {"ids": v} for i, v in (elsewhere or {}).items()}}
        if rows or fault:
            where[at if at is not None else fault.pop("where", 0)] = {"ids": rows if not isinstance(rows, str) else [rows],
                                                                      **fault}
        for i, more in where.items():
            own = child.faults.setdefault(i, {})
            own["ids"] = (set(own.get("ids", ())) | set(more.get("ids", ()))) - set(without)
            own.update({k: v for k, v in more.items() if k != "ids"})
        return child

    def make(self):
        m = Maker(self.plan, {**self.hooks, "lenient": True} if self.wire_of else self.hooks).run()
        if self.wire_of:
            transplant(m, self.wire_of.plan, self.wire_of.hooks)
        made = conversation(m)
        if self.after:
            self.after(made, m)
        answer = Expectation(m, secrets_given(made, self.plan), self.faults).run()
        return made, answer

    def finish(self, ids, parents):
        """`parents`: name -> answer of drafts finished before."""
        made, answer = self.make()
        parents[self.name] = answer
        out = {"id": ids[self.name], "title": self.title, "clauses": sorted(set(self.clauses)),
               "parent": ids[self.parent.name] if self.parent else None, "change": self.change, "conversation": made,
               "answer": answer}
        if self.parent:
            before = parents[self.parent.name]
            if before["verdict"] != "accept":
                raise SystemExit(f"{self.name}: its parent is not accepted")
            out["clauses"] = sorted(all_ids(answer) - all_ids(before))
            if answer == before:
                raise SystemExit(f"{self.name}: its answer is that of its parent")
        elif answer["verdict"] != "accept":
            raise SystemExit(f"{self.name}: not accepted: {problems(answer)}")
        return out


def all_ids(answer):
    return {finding["id"] for entry in answer["messages"] for finding in entry["findings"]}


def problems(answer):
    return [(i, e["auth"], e["ticket_auth"], e["vr_auth"], e["kemac"],
             [f["id"] for f in e["findings"] if f["on_receive"] == "reject"])
            for i, e in enumerate(answer["messages"])]


def transplant(m, plan, hooks):
    """The octets of another maker's messages in place of this one's: made with other settings, judged with these."""
    other = Maker(plan, hooks).run()
    for mine, theirs in zip(m.made, other.made):
        mine.data, mine.model, mine.spans, mine.plain = theirs.data, theirs.model, theirs.spans, theirs.plain
    for ticket, theirs in zip(m.tickets, other.tickets):
        ticket.node, ticket.plain = theirs.node, theirs.plain
    for mine in m.made:
        if mine.hdr["data_type"] in (13, 15, 18):
            mine.cover.initial = m.cover_of(mine.answers).initial
        mine.iv_time = m.iv_time(mine.answers) if mine.hdr["data_type"] in (13, 15, 18) else None


def upto(plan, count):
    """The same conversation, broken off after so many messages."""
    return plan.but(steps=plan.steps[:count])


__all__ = ["Draft", "Plan", "upto", "all_ids"]
