"""Entities and SIP requests judged: the container in them, and the MIME rows of section 4."""

from . import entity as mime
from . import names as names_of
from .errors import SmimeError

CONTAINER_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
SMIME_TYPES = {"auth_enveloped": ("authenveloped-data", "auth-enveloped-data"), "authenticated": ("authenticated-data",), "enveloped": ("enveloped-data",)}
KNOWN_TYPES = [name for names in SMIME_TYPES.values() for name in names]
DEFAULT_SETTINGS = {"smime_type": "authEnveloped-data", "smime_key_id": "spi", "request_uri": "should"}


def judge(ask, octets, keys):
    if ask["form"] == "sip":
        from . import messages
        return messages.judge(ask, octets, keys)
    root = mime.read(octets)
    part = container_part(root)
    if part is None:
        raise SmimeError("bad_mime")
    judged, _ = judge_part(part, keys, bool(ask.get("allow_unauthenticated")), ask.get("settings") or {})
    return judged


def container_part(root):
    """The part that is or should be the container."""
    leaves = [part for part in root.walk() if not part.multipart]
    for part in leaves:
        if part.type in CONTAINER_TYPES:
            return part
    return next((part for part in leaves if is_container(part)), None)


def is_container(part):
    return part.type in CONTAINER_TYPES or mime.begins_content_info(part.content() or b"")


def judge_part(part, keys, allow_unauthenticated, settings):
    """(what judge_container says and the MIME rows, the entity inside or None)."""
    from .judge import judge_container
    found, content = names(part), part.content()
    if part.type != "application/pkcs7-mime":
        found.add("RFC8551-3.2-x01")
    if content is None:
        return {"outcome": "not_tried", "type": None, "content": None, "findings": found | {"RFC8551-3.1.2-x01"}}, None
    judged, container = judge_container(content, keys, allow_unauthenticated)
    found |= smime_type(part, judged["type"], settings)
    inside = None
    if judged["outcome"] == "opened" and container.content_type == names_of.DATA:       # RFC 8551 3.2: MIME is in no other
        rows, inside = of_content(judged["content"])
        found |= rows
    judged["findings"] |= found
    return judged, inside


def names(part):
    given = (part.parameters.get("name"), part.disposition_parameters.get("filename"))
    return {"RFC8551-3.2.1-x01"} if any(name is not None and not name.lower().endswith(".p7m") for name in given) else set()


def smime_type(part, kind, settings):
    said = part.parameters.get("smime-type")
    said = None if said is None else said.lower()
    if kind == "other":
        return {"RFC8551-3.2.2-x01"} if said is None or said in KNOWN_TYPES else set()
    if said not in SMIME_TYPES[kind]:
        return {"RFC8551-3.2.2-x01"}
    preferred = settings.get("smime_type", DEFAULT_SETTINGS["smime_type"]).lower()
    return {"TS33328-I.2.2-x01"} if kind == "auth_enveloped" and said != preferred else set()


def of_content(content):
    """(RFC8551-3.1-x01 and 3.1.1-x01, the entity inside as far as it can be cut)."""
    try:
        inside = mime.read(content)
        cut = True
    except SmimeError:
        inside, cut = headers_alone(content), False
    if inside is None or inside.type is None:
        return {"RFC8551-3.1-x01"}, inside if cut else None
    crlf = mime.canonical(inside) if cut else mime.all_crlf(content, 0, inside.body)
    return (set() if crlf else {"RFC8551-3.1.1-x01"}), inside if cut else None


def headers_alone(content):
    try:
        headers, body = mime.read_headers(content, 0, len(content), False)
    except SmimeError:
        return None
    return mime.Entity(content, 0, body, len(content), headers)
