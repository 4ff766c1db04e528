"""What SIP requests with containers are made of: conversations, their keys, and the octets of a request."""

import base64
import copy

from mikeyticket import derive
from pskmime import make

from ..conversations import form
from ..conversations.maker import Maker
from ..conversations.plan import ALICE, message
from ..exchange import TEK
from .draft import TYPE_ROWS, Draft, plan_of
from .entities import CRLF, multipart, part

ALLOWED = ("bob@example.com", "?@example.net")
HEADERS = (b"Via: SIP/2.0/TCP pc.example.com;branch=z9hG4bK776sgdkse", b"Max-Forwards: 70", b'From: "Alice" <sip:alice@example.com>;tag=49583',
           b"To: sip:bob@example.com",
           b"Call-ID: asd88asd77a@pc.example.com", b"CSeq: 1 %s")
NOTIFY = (b"Subscription-State: active;expires=3600", b"Event: conference")


class Talk:
    """A conversation with an immediate message: its TRANSFER_INIT, and the TEK of the crypto session."""

    def __init__(self, name, hooks=None, **members):
        plan = message(f"smime/{name}", **{"allowed": ALLOWED, "asked_keys": None, **members})
        self.maker = Maker(plan, hooks).run()
        self.init = self.maker.made[2]
        self.key, exchange = self.maker.tickets[0].keys[0], self.maker.exchanges[0]
        prf = self.init.hdr["prf_func"]
        self.cs_id = self.init.hdr["cs"][0]["cs_id"]
        self.tek = self.key.key if self.key.type == TEK else derive.session_key("tek", prf, self.key.key, self.cs_id, exchange.rand_i, b"",
                                                                                8 * len(self.key.key))
        self.whole = form.conversation(self.maker)

    def spi(self):
        return self.key.spi

    def csb_cs(self):
        return self.init.hdr["csb_id"].to_bytes(4, "big") + bytes([self.cs_id])

    def conversation(self, view="all"):
        """`all`: with the Ticket Request and the ticket's key; `receiver`: what the Responder holds; `known`: TRANSFER_INIT stands in it."""
        out = copy.deepcopy(self.whole)
        if view != "known":
            out["messages"][2]["hex"] = None
        if view.startswith("receiver"):
            out["messages"] = out["messages"][2:3] if view == "receiver-alone" else out["messages"][2:]
            out["secrets"] = {"psk_r": out["secrets"]["psk_r"]}
        return out

    def plan(self, key_id=None, **more):
        algorithm = more.pop("algorithm", "aes-256-gcm" if len(self.tek) == 32 else "aes-128-gcm")
        entry = {"kek": self.tek, "id": self.spi() if key_id is None else key_id}
        return plan_of(f"sip {self.maker.plan.name}", algorithm, recipients=[entry], **more)


def mikey(octets, encoding=b"base64"):
    body = base64.b64encode(octets) if encoding == b"base64" else octets
    return b"Content-Type: application/mikey" + CRLF + (b"Content-Transfer-Encoding: " + encoding + CRLF if encoding else b"") + CRLF + body


def request(entity, method=b"MESSAGE", uri=b"sip:bob@example.com", more=(), headers=HEADERS, length=True):
    """A SIP request whose body is the entity: its headers become those of the request."""
    head, _, body = entity.partition(CRLF + CRLF)
    lines = [method + b" " + uri + b" SIP/2.0"] + [line.replace(b"%s", method) for line in headers] + list(more) + ([head] if head else [])
    return CRLF.join(lines + ([b"Content-Length: %d" % len(body)] if length else [])) + CRLF + CRLF + body


def notify(entity, **more):
    return request(entity, b"NOTIFY", b"sip:alice@pc.example.com", NOTIFY, **more)


def mixed(talk, init=None, beside=(), encoding=b"base64", mikey_encoding=b"base64", around=request, **more):
    """octets of the container -> a request with TRANSFER_INIT beside it."""
    first = mikey(talk.init.data if init is None else init, mikey_encoding)
    return lambda data: around(multipart(first, *beside, part(data, encoding=encoding)), **more)


class RequestDraft(Draft):
    """A request; `sip` makes one with a change."""

    def sip(self, suffix, title, path, what, build=None, rows=(), gone=(), keyed=(), outcome="opened", error=None, plan=None, edit=None, kind=None,
            group="sip_broken", **ask):
        origin = ask.pop("origin", "not_proven" if error and self.origin else self.origin)
        sender = ask.pop("sender", self.sender if origin == "proven" else None)
        made = make.make({**self.plan, **(plan or {})}) if self.plan else None
        if edit:
            edit(made)
        data = made.octets() if made else b""
        status, row = error if isinstance(error, tuple) else (error, None)
        findings = ({row} - {None}) if error else (set(self.findings) - set(gone)) | set(rows) | set(keyed)
        outcome = "not_tried" if error else self.outcome if outcome is None else outcome
        kind = None if error else self.kind if kind is None else kind or None
        content = {**self.plan, **(plan or {})}["content"] if self.plan else None
        return RequestDraft(group, f"{self.name}/{suffix}", title, findings - set(self.findings), (build or self.build)(data),
                            made.intermediates if made else {}, findings, outcome,
                            content, kind, visible=findings - set(keyed), error={"status": status, "id": row} if error else None, origin=origin, sender=sender, parent=self,
                            change={"path": path, "what": what}, form="sip", must=ask.pop("must", ()), **{**self.ask, **ask})

    def __init__(self, *args, must=(), **more):
        super().__init__(*args, **more)
        self.must = set(must)

    def answer(self):
        out = super().answer()
        if self.must & set(self.findings):
            out["verdict"] = "reject"
        return out


def kept(name, title, clauses, build, plan=None, findings=(), outcome="opened", group="sip_kept", **more):
    made = make.make(plan) if plan else None
    kind = plan.get("type", "auth_enveloped") if plan else None
    more.setdefault("sender", ALICE if more.get("origin") == "proven" else None)       # IDRi of every ticket that says no other
    draft = RequestDraft(group, f"sip/{name}", title, clauses, build(made.octets() if made else b""), made.intermediates if made else {},
                         {*findings, *TYPE_ROWS.get(kind, ())}, outcome,
                         plan["content"] if plan else None, kind, plan=plan, form="sip", **more)
    draft.build = build
    return draft
