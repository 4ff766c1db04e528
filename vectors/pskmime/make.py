"""Containers made from a plan (README.md, `peer smime-make`). What is written is DER, or the BER that the plan asks for."""

import hashlib
import os

from . import ber, ciphers, names
from .errors import AskError, CmsError

ATTRIBUTES = {"content-type": names.CONTENT_TYPE, "message-digest": names.MESSAGE_DIGEST, "signing-time": names.SIGNING_TIME}
MODES = {**names.AEAD, **names.CBC}


class Made:
    """`root`: the tree of the ContentInfo; `nodes`: what stands in it, by name, to be changed before `octets()`."""

    def __init__(self, root, nodes, intermediates):
        self.root, self.nodes, self.intermediates = root, nodes, intermediates

    def octets(self):
        return ber.encode(self.root)


def make(plan):
    """Made of a plan, whose octets are bytes."""
    type_name = plan.get("type", "auth_enveloped")
    if type_name not in names.CONTENT_TYPES:
        raise AskError("type")
    content = plan["content"]
    nodes = {}
    if type_name == "authenticated":
        fields, key = authenticated_fields(plan, content, nodes)
    else:
        fields, key = encrypted_fields(plan, type_name, content, nodes)
    recipients, wrapped = make_recipients(plan, key["cek"], nodes)
    version = ber.integer(plan.get("version", version_of(type_name, plan)))
    nodes.update(version=version, recipients=recipients)
    body = ber.seq(version, *originator_of(plan, nodes), recipients, *fields)
    holder = ber.explicit(0, body)
    root = ber.seq(ber.oid(plan.get("outer_type", names.CONTENT_TYPES[type_name])), holder)
    nodes.update(body=body, holder=holder, root=root)
    if plan.get("indefinite"):
        for node in (root, holder, body, recipients):
            node.indefinite = True
    key.update(kek=first_kek(plan), wrapped=wrapped, plaintext=content)
    return Made(root, nodes, key)


def first_kek(plan):
    return next((entry["kek"] for entry in plan["recipients"] if "kek" in entry), None)


def version_of(type_name, plan):
    if type_name != "enveloped":
        return 0
    return 2            # a KEKRecipientInfo has version 4 (RFC 5652 6.1)


def originator_of(plan, nodes):
    """originatorInfo, its certificates as they are given."""
    if "originator" not in plan:
        return []
    nodes["originator"] = ber.Node(0, children=[raw(octets) for octets in plan["originator"]], cls=ber.CONTEXT)
    return [nodes["originator"]]


def raw(octets):
    return ber.read(octets)


def segmented(tag, octets, plan):
    """[0] IMPLICIT or universal OCTET STRING, in segments of `segment` octets when the plan says so."""
    how = {"cls": ber.UNIVERSAL if tag == ber.OCTET_STRING else ber.CONTEXT}
    size = plan.get("segment")
    if not size:
        return ber.Node(tag, octets, indefinite=False, **how)
    parts = [ber.octet_string(octets[at:at + size]) for at in range(0, len(octets), size)]
    return ber.Node(tag, children=parts, indefinite=bool(plan.get("indefinite")), **how)


def encrypted_fields(plan, type_name, content, nodes):
    """EncryptedContentInfo, authAttrs, mac, unauthAttrs as far as the type has them."""
    oid = names.ALGORITHMS.get(plan["algorithm"])
    mode, size = MODES.get(oid, (None, None))
    if mode is None or (mode == "cbc") != (type_name == "enveloped"):
        raise AskError("algorithm")
    cek = plan.get("cek") or os.urandom(size)
    nonce = plan.get("nonce") or os.urandom({"ccm": 7, "gcm": 12, "cbc": 16}[mode])
    attrs, unauth = make_attributes(plan, "auth_attrs", 1, content), make_attributes(plan, "unauth_attrs", 1 if mode == "cbc" else 2, content)
    if mode == "cbc":
        parameters, tag, aad = ber.octet_string(nonce), None, b""
        sealed = ciphers.cbc_encrypt(cek, nonce, content)
    else:
        tag_octets = plan.get("tag_len", 12)
        parameters = ber.seq(ber.octet_string(nonce), *([ber.integer(tag_octets)] if plan.get("say_icv", mode == "gcm" or tag_octets != 12) else []))
        aad = ber.der(attrs, 0x31) if attrs is not None else b""
        sealed, tag = ciphers.seal(mode, cek, nonce, aad, content, tag_octets)
        nodes["mac"] = ber.octet_string(tag)
    algorithm = ber.seq(ber.oid(oid), parameters)
    encrypted = segmented(0, sealed, plan)
    info = ber.seq(ber.oid(plan.get("content_type", names.DATA)), algorithm, encrypted, indefinite=bool(plan.get("indefinite")))
    nodes.update(info=info, algorithm=algorithm, parameters=parameters, encrypted=encrypted, auth_attrs=attrs, unauth_attrs=unauth)
    fields = [info, attrs, nodes.get("mac"), unauth]
    return [node for node in fields if node is not None], {"cek": cek, "nonce": nonce, "aad": aad, "tag": tag}


def authenticated_fields(plan, content, nodes):
    oid = names.HMAC_OF.get(plan["algorithm"])
    if oid is None:
        raise AskError("algorithm")
    cek = plan.get("cek") or os.urandom(32)
    attrs, unauth = make_attributes(plan, "auth_attrs", 2, content), make_attributes(plan, "unauth_attrs", 3, content)
    aad = ber.der(attrs, 0x31) if attrs is not None else b""
    tag = ciphers.mac(names.HMACS[oid], cek, aad if attrs is not None else content)
    algorithm = ber.seq(ber.oid(oid))
    digest = ber.Node(1, children=[ber.oid(names.DIGEST_OF[plan["digest"]])], cls=ber.CONTEXT) if plan.get("digest") else None
    holder = ber.explicit(0, segmented(ber.OCTET_STRING, content, plan))
    holder.indefinite = bool(plan.get("indefinite"))
    encap = ber.seq(ber.oid(plan.get("content_type", names.DATA)), holder, indefinite=bool(plan.get("indefinite")))
    nodes.update(algorithm=algorithm, digest=digest, encap=encap, encrypted=holder, auth_attrs=attrs, unauth_attrs=unauth, mac=ber.octet_string(tag))
    fields = [algorithm, digest, encap, attrs, nodes["mac"], unauth]
    return [node for node in fields if node is not None], {"cek": cek, "nonce": None, "aad": aad, "tag": tag}


def make_attributes(plan, member, tag, content):
    """[tag] IMPLICIT SET OF Attribute. `values` left out: what content-type and message-digest have to be."""
    if plan.get(member) is None:
        return None
    made = []
    for entry in plan[member]:
        oid = ATTRIBUTES.get(entry["type"], entry["type"])
        if "values" in entry:
            values = [raw(octets) for octets in entry["values"]]
        elif oid == names.CONTENT_TYPE:
            values = [ber.oid(plan.get("content_type", names.DATA))]
        elif oid == names.MESSAGE_DIGEST:
            name = names.DIGESTS[names.DIGEST_OF[plan.get("digest") or "sha-256"]]
            values = [ber.octet_string(hashlib.new(name, content).digest())]
        else:
            raise AskError("an attribute without values")
        made.append(ber.seq(ber.oid(oid), ber.set_of(*values)))
    return ber.implicit(tag, ber.set_of(*made))


def make_recipients(plan, cek, nodes):
    """(the SET, the wrapped keys): KEKRecipientInfo of `kek` and `id`, or any RecipientInfo as `raw` octets."""
    made, wrapped, named = [], [], []
    for entry in plan["recipients"]:
        if "raw" in entry:
            made.append(raw(entry["raw"]))
            continue
        kek = entry["kek"]
        if len(kek) not in names.WRAP_OF:
            raise AskError("a KEK of no AES key's size")
        wrapped.append(ciphers.wrap(kek, entry.get("cek", cek)))
        parts = [ber.octet_string(entry["id"])]
        if "date" in entry:
            parts.append(ber.Node(ber.GENERALIZED_TIME, entry["date"].encode()))
        if "other" in entry:
            value = entry["other"].get("value")
            parts.append(ber.seq(ber.oid(entry["other"]["type"]), *([raw(value)] if value is not None else [])))
        node = {"version": ber.integer(4), "kekid": ber.seq(*parts), "algorithm": ber.seq(ber.oid(names.WRAP_OF[len(kek)])),
                "wrapped": ber.octet_string(wrapped[-1])}
        made.append(ber.implicit(2, ber.seq(node["version"], node["kekid"], node["algorithm"], node["wrapped"])))
        named.append({**node, "node": made[-1]})
    nodes["kekri"] = named
    return ber.set_of(*made), wrapped


HEX = {"content", "cek", "nonce", "kek", "id", "raw", "value"}


def from_json(plan, member=None):
    """A plan whose octets are bytes, of one in JSON, where they are hex."""
    if isinstance(plan, dict):
        return {name: from_json(value, name) for name, value in plan.items()}
    if isinstance(plan, list):
        return [from_json(value, "value" if member in ("values", "originator") else None) for value in plan]
    return bytes.fromhex(plan) if member in HEX and isinstance(plan, str) else plan


def answer(plan):
    """`peer smime-make`: a plan in JSON -> the container and what it was made with."""
    if not isinstance(plan, dict):
        raise AskError("an object expected")
    try:
        made = make(from_json(plan))
    except AskError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, CmsError) as error:
        raise AskError(f"no plan: {type(error).__name__}") from None
    shown = {name: [one.hex() for one in value] if isinstance(value, list) else None if value is None else value.hex() for name, value in made.intermediates.items()}
    return {"octets": made.octets().hex(), "intermediates": shown}
