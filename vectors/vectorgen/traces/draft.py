"""A trace vector in the making: a scene with what is declared of it."""

import base64

from ..draft import ROWS
from .scene import Scene


def level(row, settings):
    return "MUST" if row == "TS33328-F.3-13" and settings.get("request_uri") == "must" else ROWS[row]["level"]


class Draft:
    """`build(**members)` gives the Scene. `rows`: what it keeps, or (of a child) what the change breaks: row -> label of the unit, None: in messages,
    connections or containers."""

    def __init__(self, group, name, title, build, clauses=(), **members):
        self.group, self.name, self.title, self.build, self.members = group, name, title, build, members
        self.clauses, self.parent, self.change, self.rows = sorted(clauses), None, None, {}
        self.messages, self.notes, self.connections, self.containers, self.unit, self.gone = {}, None, {}, {}, None, ()

    def breaks(self, suffix, title, unit, what, rows, messages=None, notes=None, connections=None, containers=None, gone=(), **members):
        """A child with one change: other `members` of the build. `rows`: {row: label or labels}; `messages`: number -> what is otherwise; `gone`: rows that
        the parent has and the child has not. `unit`: label of the unit that is changed."""
        child = Draft(self.group, f"{self.name}/{suffix}", title, self.build, (), **{**self.members, **members})
        child.parent, child.change, child.rows = self, what, {**self.rows, **rows}
        child.messages, child.unit = messages or {}, unit
        child.notes, child.connections, child.containers = self.notes if notes is None else notes, connections or {}, containers or {}
        for row in gone:
            child.rows.pop(row, None)
        return child

    def telling(self, *notes):
        self.notes = list(notes)
        return self

    def finding(self, **rows):
        """Findings of a trace without a change: a SHOULD, or what cannot be otherwise."""
        self.rows = {name: label for name, label in rows.items()}
        return self

    def scene(self):
        made = self.build(**self.members)
        assert isinstance(made, Scene), self.name
        return made

    def answer(self, scene):
        for number, other in self.messages.items():
            scene.messages[number].update(other)
        for number, other in self.connections.items():
            scene.connections[number].update(other)
        for number, other in self.containers.items():
            scene.containers[number].update(other)
        findings = [{"id": row, "frame": scene.labels[label]} for row, labels in [*self.rows.items(), *scene.findings] if labels is not None
                    for label in ([labels] if isinstance(labels, str) else labels)]
        notes = [{"note": name, "frame": scene.labels[label]} for name, label in (scene.notes if self.notes is None else self.notes)]
        members = ("frame", "data_type", "carrier", "copy_of", "conversation", "ex", "from", "auth", "findings")
        answer = {"messages": [{name: one[name] for name in members} for one in scene.messages], "calls": [call.expected() for call in scene.calls],
                  "connections": scene.connections, "containers": scene.containers,
                  "findings": sorted(findings, key=lambda one: (one["frame"], one["id"])), "notes": sorted(notes, key=lambda one: (one["frame"], one["note"]))}
        return {"verdict": self.verdict(answer, scene), **answer}

    @staticmethod
    def verdict(answer, scene):
        """As TRACE.md section 4 says; a message that does not parse is of no conversation."""
        inside = [*answer["messages"], *answer["connections"], *answer["containers"]]
        rows = {one["id"] for one in answer["findings"]} | {row for one in inside for row in one["findings"]}
        if any(level(row, scene.settings) == "MUST" for row in rows):
            return "fails"
        if any(one["auth"] == "fail" or one["conversation"] is None and one["copy_of"] is None for one in answer["messages"]):
            return "fails"
        told = answer["messages"] or rows or any("a=fingerprint" in unit["octets"] or "a=3ge2ae" in unit["octets"] for unit in scene.units
                                                  if unit["kind"] == "sip")
        return "conforms" if told else "nothing_to_judge"

    def finish(self, ids):
        scene = self.scene()
        capture = scene.capture.finish(scene.now + 1)
        change = None
        if self.parent:
            frames = [unit["frame"] for unit in scene.units]
            change = {"unit": frames.index(scene.labels[self.unit]) if self.unit else None, "what": self.change}
        answer = self.answer(scene)
        clauses = self.clauses
        if self.parent:
            clauses = sorted(ids_of(answer) - ids_of(self.parent.answer(self.parent.scene())))
        return {"id": ids[self.name], "title": self.title, "clauses": clauses, "parent": ids[self.parent.name] if self.parent else None, "change": change,
                "profile": scene.profile, "keys": scene.keys, "settings": scene.settings, "units": scene.units,
                "capture": base64.b64encode(capture).decode(), "answer": answer}


def ids_of(answer):
    inside = [*answer["messages"], *answer["connections"], *answer["containers"]]
    return {one["id"] for one in answer["findings"]} | {row for one in inside for row in one["findings"]}
