"""A vector in the making: what is asked, and what a judge says of it, which is declared here and in the golden modules from
TLS.md and the RFCs; nothing in the declaring asks the judge."""

import copy

from tlspsk import judge

from ..draft import receives

PROFILE = "ims-msrp-tls"


def answer(suite="TLS_PSK_WITH_AES_128_GCM_SHA256", version="1.2", **other):
    """A handshake that went well, but for what is said."""
    said = {"verdict": "accept", "error": None, "version": version, "suite": suite, "identity": "", "hint": None,
            "client": "verified", "server": "verified", "resumed": False, "renegotiations": 0, "complete": True, "alerts": [],
            "findings": []}
    assert not other.keys() - said.keys(), other
    said.update(other)
    return with_verdict(said)


def with_verdict(said):
    said["findings"] = sorted(said["findings"])
    said["verdict"] = "reject" if said["findings"] and receives(said["findings"]) == "reject" else "accept"
    return said


class Draft:
    """`plan`: of the maker, `play` plays it; `clauses` of one without a parent: the rows that it is an example of. `tek`: that of
    the client (True), not known (False), or another."""

    transport = "tls"

    def __init__(self, group, name, title, plan, play, said, clauses=(), settings=None, tek=True, identity13=None, profile=PROFILE,
                 made_by="ticketgate", segments=None):
        self.group, self.name, self.title, self.plan, self.play, self.said = group, name, title, plan, play, said
        self.clauses, self.settings, self.tek = list(clauses), settings or {}, tek
        self.identity13, self.profile, self.made_by, self.made_segments = identity13, profile, made_by, segments
        self.parent = self.change = None

    def breaks(self, suffix, title, path, what, rows, plan=None, tek=None, settings=None, group=None, identity13=None,
               segments=None, **said):
        """A child with one change: of the plan (`plan`: names and values), of the TEK or the settings that the judge has, or of
        the segments. `rows`: the ids that it has and its parent has not; `said`: what else its answer has otherwise."""
        declared = {**copy.deepcopy(self.said), **said}
        declared["findings"] = sorted(set(self.said["findings"]) | set(rows))
        child = Draft(group or self.group, f"{self.name}/{suffix}", title,
                      self.plan.but(name=self.plan.name, **plan) if plan else self.plan, self.play, with_verdict(declared),
                      sorted(rows), self.settings if settings is None else settings, self.tek if tek is None else tek,
                      self.identity13 if identity13 is None else identity13, self.profile, self.made_by, self.made_segments)
        child.change_segments = segments
        child.parent, child.change = self, {"path": path, "what": what}
        return child

    change_segments = None

    def ask(self):
        made = self.made_segments if self.made_segments is not None else self.play(self.plan).run()
        if self.change_segments:
            made = self.change_segments(copy.deepcopy(made))
        tek = self.tek if isinstance(self.tek, bytes) else self.plan.client_tek if self.tek else None
        return {"transport": self.plan.transport if self.plan else self.transport, "profile": self.profile, "settings": self.settings,
                "tek": tek.hex() if tek else None, "identity13": self.identity13.hex() if self.identity13 else None,
                "segments": made}

    def finish(self, ids):
        ask = self.ask()
        return {"id": ids[self.name], "title": self.title, "clauses": sorted(self.clauses),
                "parent": ids[self.parent.name] if self.parent else None, "change": self.change, "made_by": self.made_by,
                "ask": ask, "intermediates": judge.judge(ask).intermediates(), "answer": self.said}
