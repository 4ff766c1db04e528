"""The conversation of CONVERSATION.md section 1, from what a maker made and its plan."""

from cryptography.hazmat.primitives import serialization

from .. import material
from .maker import START

ROLES = {"i": 1, "r": 2, "kms": 3}
KEY_FILES = {"i": "initiator", "r": "responder", "kms": "kms"}
UNIX_NTP = 2208988800


def conversation(m):
    plan = m.plan
    out = {"profile": plan.profile}
    judged = plan.setting if plan.judged is None else plan.judged
    if judged:
        out["settings"] = dict(judged)
    if plan.prot_types:
        out["prot_types"] = dict(plan.prot_types)
    if plan.mline:
        out["mline"] = plan.mline
    identities = identity_members(m)
    if identities:
        out["identities"] = identities
    secrets = secret_members(m)
    if secrets:
        out["secrets"] = secrets
    if plan.now is not None:
        out["now"] = now_member(plan)
    if plan.skew is not None:
        out["skew"] = plan.skew
    if plan.trust:
        out["trust"] = [pem_certificate(name) for name in plan.trust]
    if plan.subscribers:
        out["subscribers"] = [subscriber(m, one) for one in plan.subscribers]
    out["messages"] = [message(m, made) for made in m.made]
    return out


def identity_members(m):
    out = {}
    for name in m.plan.identities:
        if name == "r_called":
            if m.plan.called:
                out[name] = {"type": m.who[2][1], "data": m.plan.called.encode().hex()}
        else:
            out[name] = {"type": m.who[ROLES[name]][1], "data": m.identity(ROLES[name]).hex()}
    return out


def secret_members(m):
    give, out, rsa = m.plan.give, {}, {}
    uses = {made.needs for made in m.made}
    pk = {made.needs for made in m.made if made.env_key is not None}
    for name in ("psk_i", "psk_r", "psk_kms", "tpk"):
        if name in give and (name in uses or name == "tpk" or (name != "psk_kms" and not pk)):
            out[name] = getattr(m, name).hex()
    for who in ("i", "r", "kms"):
        if f"rsa_{who}" in give and (pk or f"rsa_{who}" in uses):
            rsa[who] = {"pem": rsa_pem(m, who)}
    if rsa:
        out["rsa"] = rsa
    for name, attribute in m.plan.given.items():
        value = attribute(m) if callable(attribute) else getattr(m, attribute)
        out[name] = value.hex()
    return out


def rsa_pem(m, who):
    """The KMS's private key with its certificate (so that CHASH is judged); of the others a public key or certificate."""
    if who == "kms":
        return private_pem("kms") + pem_certificate("kms")
    name = m.plan.certs.get(f"key_{who}", KEY_FILES[who])
    return pem_certificate(name) if m.octets(f"pem {who}", 1)[0] & 1 else public_pem(name)


def private_pem(name):
    return (material.KEYS / f"{name}.pem").read_text()


def public_pem(name):
    return material.private_key(name).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def pem_certificate(name):
    import base64
    text = base64.b64encode(material.certificate(name)).decode()
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def now_member(plan):
    seconds = START + plan.start + plan.now
    if plan.now_form == "unix":
        return seconds - UNIX_NTP
    return seconds if plan.now_form == "ntp" else seconds.to_bytes(4, "big").hex() + "80000000"


def subscriber(m, one):
    out = {"b_tid": one["b_tid"].encode().hex(), "impus": list(one["impus"])}
    if "psk" in one:
        out["psk"] = (getattr(m, one["psk"]) if isinstance(one["psk"], str) else one["psk"]).hex()
    return out


def message(m, made):
    out = {"ex": made.ex, "from": made.sender, "hex": made.data.hex()}
    if made.ex is None:
        del out["ex"]
    if made.about is not None:
        out["about"] = made.about
    return out
