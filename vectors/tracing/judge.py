"""Units, a profile, a key file and settings -> the answer of a trace (TRACE.md sections 4 and 6)."""

from mikeyticket.conversation.profile import built_in
from mikeyticket.settings import DEFAULTS

from . import containers, notes, rows_e2ae, rows_media, rows_people, rows_sdp, units
from .calls import Calls
from .found import Finder
from .keyed import Secrets, read_keys, row_level, settle
from .media import Media
from .report import Report


class Trace:
    def __init__(self, nodes, profile="auto", keys=None, settings=None, indications=None):
        """`profile`: a name, or a profile that extends one; settings: as given by the command, over the profile's."""
        targets = []
        if isinstance(profile, dict):
            http = profile.get("http") or {}
            targets = [f"{http['path']}?{http[name]}" for name in ("query_request", "query_resolve") if http.get("path") and http.get(name)]
            indications = {**(profile.get("indications") or {}), **(indications or {})}
            settings, profile = {**(profile.get("settings") or {}), **(settings or {})}, profile["extends"]
        self.given = dict(settings or {})
        base = built_in()["rfc6043" if profile == "auto" else profile]
        self.settings = {**DEFAULTS, **base["settings"], **self.given}
        self.files = read_keys(keys)
        self.participants = next((file["participants"] for file in self.files if file.get("participants") is not None), None)
        self.units, self.repeated = units.read(nodes)
        self.calls = Calls(self.units)
        self.found = Finder(self.units, self.calls, targets)
        self.calls.link()
        self.judged = settle(self.found, profile, self.files, self.given)
        self.secrets = Secrets(self.judged, self.files)
        self.media = Media(self.units, self.calls, self.secrets, self.profile_of, self.given)
        self.indications = rows_e2ae.Indications({**(base.get("indications") or {}), **(indications or {})})
        self.registrations = rows_e2ae.Registrations(self.calls, self.indications)
        self.report, self.notes = Report(), {}
        for room in (rows_sdp, rows_media, rows_e2ae, rows_people):
            room.check(self)
        self.containers = containers.check(self)
        notes.check(self)

    def profile_of(self, found):
        conversation = found.original.conversation if found else None
        return conversation.keyed.name if conversation else "ims-msrp-tls"

    def note(self, name, unit, call):
        key = (name, call.number)
        if key not in self.notes or self.notes[key].index > unit.index:
            self.notes[key] = unit

    # --- the answer -----------------------------------------------------------------------------------------------

    def level_of(self, row):
        return row_level(row, self.settings)

    def fails(self):
        elsewhere = [row for row, _, _ in self.report.findings]
        elsewhere += [row for one in [*self.media.connections, *self.containers] for row in one.findings]
        if any(self.level_of(row) == "MUST" for row in elsewhere):
            return True
        for one in self.found.originals:
            if one.tree is None or "fail" in (one.auth, one.ticket_auth, one.vr_auth, one.kemac):
                return True
            if any(self.level_of(row) == "MUST" for row in one.findings):
                return True
        return False

    def anything(self):
        """A MIKEY message, a description with an indication or a fingerprint, a finding."""
        if self.found.all or self.report.findings or self.containers or any(one.findings for one in self.media.connections):
            return True
        for call in self.calls.calls:
            for step in call.steps:
                if step.description and (any(one.name == "fingerprint" for one in step.description.attributes) or any(
                        self.indications.is_indicated(step.description, media.index) for media in step.description.media)):
                    return True
        return False

    def verdict(self):
        return "fails" if self.fails() else "conforms" if self.anything() else "nothing_to_judge"

    def answer(self):
        return {"verdict": self.verdict(), "messages": [message(one) for one in self.found.all],
                "calls": [call_entry(one) for one in self.calls.calls],
                "connections": [connection_entry(one) for one in self.media.connections if one.first.kind == "tls"],
                "containers": [{"frame": one.unit.frame, "outcome": one.outcome, "origin": one.origin, "findings": sorted(one.findings)}
                               for one in self.containers],
                "findings": [{"id": row, "frame": unit.frame} for row, unit, _ in self.report.findings],
                "notes": [{"note": name, "frame": unit.frame} for (name, _), unit in
                          sorted(self.notes.items(), key=lambda item: (item[1].frame, item[0][0]))]}


def message(one):
    return {"frame": one.unit.frame, "data_type": one.shown_type if one.copy_of is None else None, "carrier": one.carrier, "copy_of": one.copy_of,
            "conversation": one.conversation.number if one.conversation else None, "ex": one.ex, "from": one.sender if one.conversation else None,
            "auth": one.auth, "findings": sorted(one.findings)}


def call_entry(call):
    return {"call_id": call.call_id, "caller": call.caller, "called": call.called, "legs": len(call.legs), "linked": sorted(call.linked)}


def connection_entry(one):
    return {"frame": one.first.frame, "client_proof": one.proofs["client"], "server_proof": one.proofs["server"], "findings": sorted(one.findings)}


def answer(nodes, profile="auto", keys=None, settings=None, indications=None):
    return Trace(nodes, profile, keys, settings, indications).answer()
