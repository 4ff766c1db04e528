"""PSK S/MIME containers (runners/ATTACHING.md, "Containers"): opened and made with KEKs, outside of any session."""

from mikeyticket.conversation.catalogue import on_receive
from pskmime import cms, make, names, opening, rows
from pskmime.errors import AskError, CmsError

from .options import Unsupported

ALGORITHMS = {name for name, oid in names.ALGORITHMS.items() if oid in names.TABLE_I_2}
DEFAULT_TAG = 12                    # RFC 5084 3.1, 3.2
LONGEST = (1 << 19) - 256           # octets, in hex, with what stands beside them: an answer has at most 1 MiB

# Classes of ATTACHING.md of the rows for which a container is rejected; those that are not here: `parse`.
CLASSES = {"TS33328-I.2.1-05": "encr_alg", "TS33328-I.2.1-x02": "encr_alg", "RFC3565-2.4-x01": "encr_alg", "TS33328-I.2.1-x01": "id"}


def rejected(kind, text=""):
    return {"outcome": "rejected", "error": kind, "text": text[:200]}


def octets(call, name):
    """Octets in hex; none: empty."""
    try:
        return bytes.fromhex(call.get(name) or "")
    except (TypeError, ValueError, AttributeError):
        raise Unsupported(f"{name}: no octets") from None


def keys_of(call):
    """[(keyIdentifier, KEK)]"""
    values = call.get("keys") or []
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        raise Unsupported("keys: no list of them")
    return [(octets(one, "id"), octets(one, "kek")) for one in values]


def open_container(call):
    data, keys = octets(call, "container"), keys_of(call)
    try:
        container = cms.parse(data)
    except CmsError as error:
        return rejected("parse", error.status)
    broken = sorted(row for row in rows.visible(container) if on_receive(row) == "reject")
    if broken:
        return rejected(CLASSES.get(broken[0], "parse"), broken[0])
    if opening.refused(container, False):
        return rejected("parse" if container.content is None else "encr_alg", "nothing that could be opened")
    named = {recipient.key_id for recipient in container.recipients if recipient.kind == "kekri"}
    keys = [key for key in keys if key[0] in named]         # RFC 5652 6.2.3: keyIdentifier says which KEK it is
    opened = opening.open_container(container, keys)
    if opened.outcome != "opened":
        return rejected("id" if opened.outcome in ("not_tried", "no_key") else "auth")
    if len(opened.content) > LONGEST:
        return rejected("too_large", "more than an answer holds")
    return {"outcome": "accepted", "content": opened.content.hex()}


def make_container(call):
    """Content key and nonce are those of the operating system, for `make` is given none."""
    content, keys = octets(call, "content"), keys_of(call)
    algorithm, tag_len = call.get("algorithm"), call.get("tag_len") or DEFAULT_TAG
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Unsupported("algorithm")
    if type(tag_len) is not int or not rows.icv_fits(algorithm[-3:], tag_len):
        return rejected("rule", "aes-ICVlen (RFC 5084 3.1, 3.2)")
    if not 1 <= len(keys) <= cms.MAX_RECIPIENTS or not all(key_id for key_id, _ in keys):
        return rejected("rule", "one key or more, each with its identifier")
    if len(content) > LONGEST:
        return rejected("too_large", "more than an answer holds")
    plan = {"algorithm": algorithm, "tag_len": tag_len, "content": content, "recipients": [{"id": key_id, "kek": kek} for key_id, kek in keys]}
    try:
        made = make.make(plan).octets()
    except AskError as error:
        raise Unsupported(str(error)) from None
    return {"outcome": "accepted", "container": made.hex()} if len(made) <= LONGEST else rejected("too_large", "more than an answer holds")
