"""A vector in the making: a conforming one, or a parent with one deviation."""

import copy
import pathlib

from mikeyticket import codec
from mikeyticket.errors import ParseError
from mikeyticket.keys import INITIATOR, KMS, RESPONDER
from mikeyticket.protect import protect
from mikeyticket.settings import DEFAULTS
from mikeyticket.verify import verify

HERE = pathlib.Path(__file__).resolve().parent
CATALOGUE = HERE.parent.parent / "harness" / "findings" / "catalogue"
ROLE_NAMES = {INITIATOR: "i", RESPONDER: "r", KMS: "kms"}


def read_catalogue():
    rows = {}
    for path in sorted(CATALOGUE.glob("*.tsv")):
        lines = path.read_text().splitlines()
        names = lines[0].split("\t")
        for line in lines[1:]:
            row = dict(zip(names, line.split("\t")))
            rows[row["id"]] = row
    return rows


ROWS = read_catalogue()


def receives(broken):
    """What a receiver does, from the on_receive of the rows that are broken (FORMAT.md section 5)."""
    answers = {ROWS[row]["on_receive"] for row in broken}
    return "reject" if "reject" in answers else "either" if "either" in answers else "accept"


class Draft:
    """`profiles` maps a profile to the ids that the message breaks under it ([] conforms). `authentic`: True, every MAC
    verifies and every KEMAC opens; False, something does not; None, the change leaves it undefined."""

    def __init__(self, group, name, title, model, keys, profiles, keeps=(), context=None, related=None, values=None,
                 extra_log=(), authentic=True):
        self.group, self.name, self.title, self.model, self.keys = group, name, title, model, keys
        self.profiles = {name: sorted(ids) for name, ids in profiles.items()}
        self.keeps, self.context, self.related = list(keeps), context or {}, related or {}
        self.values, self.extra_log, self.authentic = values or {}, list(extra_log), authentic
        self.parent = self.change = self.error = self.keyed = None
        self.after = lambda data: data
        self.flags = ["conforming"]

    def deviate(self, suffix, title, path, what, change=None, breaks=(), more=None, only=None, profiles=None,
                authentic=True, context=None, after=None, keyed=None, related=None, group=None):
        """A broken child. `breaks`: ids broken under every profile of the parent (beside what the parent breaks there);
        `more`: further ids, by profile; `only`: the profiles stated; `profiles`: everything, written out.
        `keyed`: ids that only a judge with keys or the other messages sees; they stand in `clauses` alone, and what such a judge
        says is stated by the golden conversations."""
        child = Draft(group or self.group, f"{self.name}/{suffix}", title, copy.deepcopy(self.model),
                      copy.copy(self.keys), {}, (), self.context if context is None else context,
                      {**self.related, **(related or {})}, self.values, self.extra_log, authentic)
        child.keys.known = dict(self.keys.known)
        if change:
            change(child.model, child.keys)
        child.parent, child.change = self, {"path": path, "what": what}
        if after:
            child.after = after
        child.profiles = profiles if profiles is not None else {
            name: sorted(set(ids) | set(breaks) | set((more or {}).get(name, ())))
            for name, ids in self.profiles.items() if only is None or name in only}
        child.profiles = {name: sorted(ids) for name, ids in child.profiles.items()}
        child.keyed = sorted(keyed) if keyed else None
        seen_without_keys = any(ids != self.profiles.get(name) for name, ids in child.profiles.items())
        child.flags = ["broken"] if seen_without_keys or not keyed else ["keyed"]
        return child

    # --- finished -----------------------------------------------------------------------------------------------

    def finish(self, ids):
        made = protect(self.model, self.keys)
        data = self.after(made.data)
        tree = error = None
        try:
            tree = codec.decode(data)
            if codec.encode(tree) != data:
                raise SystemExit(f"{self.name}: does not encode to the same octets")
        except ParseError as fault:
            error = fault.as_json()
        self.check(data, tree, error)
        log = self.extra_log + made.log
        vector = {"id": ids[self.name], "title": self.title, "clauses": self.clauses(), "flags": self.all_flags(error),
                  "parent": ids[self.parent.name] if self.parent else None, "change": self.change,
                  "message": data.hex()}
        if self.related:
            vector["related"] = {name: octets.hex() for name, octets in self.related.items()}
        vector["context"] = self.context
        changed = {name: value for name, value in self.keys.settings.items() if value != DEFAULTS[name]}
        if changed:
            vector["settings"] = changed
        vector["keys"] = self.values
        vector["intermediates"] = [] if error else log
        vector["tree"], vector["error"] = tree, error
        vector["profiles"] = {name: {"sends": broken or "conforms", "receives": receives(broken)}
                              for name, broken in sorted(self.profiles.items())}
        return vector

    def clauses(self):
        if self.parent is None:
            return sorted(set(self.keeps))
        return sorted({row for broken in self.profiles.values() for row in broken} | set(self.keyed or ()))

    def all_flags(self, error):
        return (["parse_error"] if error else list(self.flags)) + (["authentic"] if self.authentic else [])

    def check(self, data, tree, error):
        """Generation fails when a vector is not what its declaration says it is."""
        if self.error != error:
            raise SystemExit(f"{self.name}: declared {self.error}, decoder says {error}")
        if not error:
            results = verify(data, self.keys)
            bad = [what for what, good in results if not good]
            if self.authentic and (bad or not results and not self.may_be_plain(tree)):
                raise SystemExit(f"{self.name}: does not verify: {bad or 'nothing to verify'}")
            if self.authentic is False and not bad and results:
                raise SystemExit(f"{self.name}: verifies although it is said not to")
        if self.parent is None and any(self.profiles.get(name) for name in self.profiles if name == self.made_for()):
            raise SystemExit(f"{self.name}: a conforming vector that breaks rows")
        if self.parent is not None and self.parent.parent is not None:
            raise SystemExit(f"{self.name}: its parent is not a conforming vector")

    def made_for(self):
        return next(iter(self.profiles))

    @staticmethod
    def may_be_plain(tree):
        names = {node["payload"] for node in tree["payloads"]}
        return not names & {"V", "SIGN", "KEMAC"}


def parse_error(parent, suffix, title, path, status, row, offset, what, after, change_path=None, change=None,
                profiles=("rfc6043",)):
    """A child whose octets do not parse; offset in the broken message."""
    child = parent.deviate(suffix, title, change_path or path, what, change=change, after=after, authentic=False,
                           profiles={name: [row] for name in profiles}, group="parse_errors")
    child.error = {"status": status, "id": row, "path": path, "offset": offset}
    return child


def of(model, name, i=0):
    """Payload i of that name in a model (or a chain)."""
    chain = model["payloads"] if isinstance(model, dict) else model
    return [node for node in chain if node["payload"] == name][i]


def drop(model, node):
    chain = model["payloads"] if isinstance(model, dict) else model
    chain[:] = [other for other in chain if other is not node]


def insert(model, node, before=None, after=None):
    chain = model["payloads"] if isinstance(model, dict) else model
    where = next(i for i, other in enumerate(chain) if other is (before or after))
    chain.insert(where + (after is not None), node)
