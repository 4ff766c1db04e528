"""The answer to a question of SMIME.md section 2."""

from mikeyticket.conversation.profile import built_in
from mikeyticket.settings import CHOICES

from . import cms, names, opening, rows
from .catalogue import on_receive
from .errors import AskError, SmimeError

OF_FAILURE = {"auth_enveloped": "RFC5083-2.2-x01", "authenticated": "RFC5652-9.2-x01"}


def answer(ask):
    """`ask`: section 2 as JSON."""
    if not isinstance(ask, dict) or ask.get("form") not in ("cms", "entity", "sip"):
        raise AskError("form")
    check_profile(ask)
    try:
        octets = bytes.fromhex(ask["octets"])
        keys = [(None if key.get("id") is None else bytes.fromhex(key["id"]), bytes.fromhex(key["kek"])) for key in ask.get("keys") or []]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise AskError("octets or keys") from None
    if any(len(kek) not in names.WRAP_OF for _, kek in keys):
        raise AskError("keys: a KEK has 16, 24 or 32 octets")
    try:
        if ask["form"] == "cms":
            judged, _ = judge_container(octets, keys, bool(ask.get("allow_unauthenticated")))
        else:
            from . import entity_judge
            judged = entity_judge.judge(ask, octets, keys)
    except SmimeError as error:
        origin = "not_proven" if ask["form"] == "sip" and ask.get("conversation") else None
        return finish(findings={error.row} - {None}, error=error.as_json(), origin=origin)
    return finish(**judged)


def check_profile(ask):
    settings = ask.get("settings") or {}
    if not isinstance(settings, dict) or any(name not in CHOICES or value not in CHOICES[name] for name, value in settings.items()):
        raise AskError("settings: one is not known, or has no such value")
    if ask.get("profile") is not None and ask["profile"] not in list(built_in()):
        raise AskError("profile: not known")


def judge_container(octets, keys, allow_unauthenticated):
    """(outcome, type, content and findings of a ContentInfo, the container)."""
    container = cms.parse(octets)
    found = rows.visible(container)
    opened = opening.open_container(container, keys, allow_unauthenticated)
    if opened.outcome == "failed" and container.type in OF_FAILURE:
        found.add(OF_FAILURE[container.type])
    return {"outcome": opened.outcome, "type": container.type, "content": opened.content, "findings": found}, container


def finish(outcome="not_tried", type=None, content=None, findings=(), error=None, origin=None, sender=None, must=()):
    """`must`: rows that a setting makes binding."""
    rejected = error is not None or outcome in ("failed", "refused") or any(on_receive(row) == "reject" or row in must for row in findings)
    return {"verdict": "reject" if rejected else "accept", "outcome": outcome, "type": type, "content": None if content is None else content.hex(),
            "findings": sorted(findings), "error": error, "origin": origin, "sender": sender}
