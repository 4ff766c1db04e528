"""A vector in the making: what it is made of, and what a judge says of it by the contract."""

from pskmime import make

from ..draft import ROWS, receives
from ..material import octets

TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe meeting is at noon.\r\n"
TYPE_ROWS = {"auth_enveloped": (), "authenticated": ("TS33328-I.2.1-05",), "enveloped": ("TS33328-I.2.1-05",)}
TAG_ROWS = {"auth_enveloped": ["RFC5083-2.2-x01"], "authenticated": ["RFC5652-9.2-x01"], "enveloped": []}


def recipient(name, size=16, key_id=None, **more):
    """A KEKRecipientInfo of a plan, its key and identifier made of the name."""
    return {"kek": octets(f"{name} kek", size), "id": octets(f"{name} key id", 4) if key_id is None else key_id, **more}


def plan_of(name, algorithm="aes-128-gcm", recipients=None, **more):
    """A plan in which everything depends on the name."""
    size = {"aes-128": 16, "aes-256": 32}.get(algorithm[:7], 32)
    nonce = {"gcm": 12, "ccm": 7, "cbc": 16}.get(algorithm[-3:], 0)
    plan = {"algorithm": algorithm, "content": TEXT, "cek": octets(f"{name} cek", size), "nonce": octets(f"{name} nonce", nonce),
            "say_icv": more.get("tag_len", 12) != 12,
            "recipients": recipients or [recipient(name, 16 if size == 16 or algorithm.startswith("hmac") else 32)]}
    return {**plan, **more}


def key(entry, key_id=False):
    """`keys` member of a recipient of a plan; `key_id` other than its own."""
    named = entry["id"] if key_id is False else key_id
    return {"id": None if named is None else named.hex(), "kek": entry["kek"].hex()}


def with_changes(plan, changes):
    """aes-ICVlen is written out where the tag has not 12 octets, unless the plan says otherwise: DER leaves the DEFAULT out."""
    return {**plan, "say_icv": changes.get("tag_len", plan.get("tag_len", 12)) != 12, **changes}


def verdict(outcome, findings, error):
    rejected = error or outcome in ("failed", "refused") or receives(findings) == "reject"
    return "reject" if rejected else "accept"


class Draft:
    """`findings` and `visible` are declared; `ask` holds what stands beside the octets in the question."""

    def __init__(self, group, name, title, clauses, octets, intermediates, findings=(), outcome="opened", content=None, kind="auth_enveloped",
                 visible=None, error=None, origin=None, sender=None, parent=None, change=None, plan=None, form="cms", **ask):
        self.group, self.name, self.title, self.clauses = group, name, title, sorted(clauses)
        self.octets, self.intermediates, self.plan = octets, intermediates, plan
        self.findings, self.outcome, self.content, self.kind = sorted(findings), outcome, content, kind
        self.visible = self.findings if visible is None else sorted(visible)
        self.error, self.origin, self.sender, self.parent, self.change, self.form = error, origin, sender, parent, change, form
        self.ask = {"profile": "ims-message", "settings": {}, "keys": [], "allow_unauthenticated": False, "conversation": None, **ask}
        unknown = set(self.findings) | set(self.visible) | set(self.clauses)
        if not unknown <= ROWS.keys():
            raise SystemExit(f"{name}: {sorted(unknown - ROWS.keys())} not in the catalogue")

    def answer(self):
        return {"verdict": verdict(self.outcome, self.findings, self.error), "outcome": self.outcome, "type": self.kind,
                "content": self.content.hex() if self.outcome == "opened" else None, "findings": self.findings, "error": self.error, "origin": self.origin, "sender": self.sender}

    def finish(self, ids):
        hexed = {name: value.hex() if isinstance(value, bytes) else [entry.hex() for entry in value] if isinstance(value, list) else value
                 for name, value in self.intermediates.items()}
        shown = {name: hexed.get(name) for name in ("kek", "cek", "nonce", "aad", "tag", "wrapped", "plaintext")}
        return {"id": ids[self.name], "title": self.title, "clauses": self.clauses, "parent": self.parent and ids[self.parent.name],
                "change": self.change, "form": self.form, "octets": self.octets.hex(), **self.ask, "intermediates": shown,
                "answer": self.answer(), "visible": self.visible}

    def breaks(self, suffix, title, path, what, rows=(), keyed=(), gone=(), outcome="opened", edit=None, cut=None, error=None, **more):
        """This container with one change: `plan` overrides members of the plan, `edit` changes the tree, `cut` its octets; `rows` are
        found besides this one's (without `gone`), `keyed` of them with keys alone. What the tag covers is made with the plan."""
        plan = with_changes(self.plan, more.pop("plan", {}))
        made = make.make(plan)
        if edit:
            edit(made)
        whole = made.octets()
        findings = [error] if error else (set(self.findings) - set(gone)) | set(rows) | set(keyed)
        status = more.pop("status", "bad_cms")
        ask = {**self.ask, **more.pop("ask", {})}
        clauses = sorted(set(findings) - set(self.findings))
        return Draft(more.pop("group", self.group), f"{self.name}/{suffix}", title, clauses, cut(whole) if cut else whole, made.intermediates, findings,
                     "not_tried" if error else outcome, plan["content"], None if error else more.pop("kind", self.kind),
                     visible=set(findings) - set(keyed), error={"status": status, "id": error} if error else None,
                     parent=self, change={"path": path, "what": what}, plan=plan, **{**ask, **more})


def container(group, name, title, clauses, plan, findings=(), **more):
    """A vector without change. Its keys: that of its first KEKRecipientInfo, unless said otherwise."""
    made = make.make(plan)
    edit = more.pop("edit", None)
    if edit:
        edit(made)
    kind = plan.get("type", "auth_enveloped")
    more.setdefault("keys", [key(next(entry for entry in plan["recipients"] if "kek" in entry))])
    return Draft(group, name, title, clauses, made.octets(), made.intermediates, {*findings, *TYPE_ROWS[kind]}, content=plan["content"], kind=kind,
                 plan=plan, **more)
