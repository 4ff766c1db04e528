"""Requests to a KMS: REQUEST_INIT and RESOLVE_INIT, by a pre-shared key or by public key (RFC 6043 4.2.1, 4.2.3)."""

import hashlib

from cryptography.hazmat.primitives.serialization import Encoding

from mikeyticket import rsa
from vectorgen.conversations.protection import Label

from . import parts
from .parts import I, KMS, PSK, R, idr, random, randr
from .party import v_flag
from .refusal import Refusal

RANDS = {I: "rand_i", R: "rand_r"}


def ask(party, ex, role, data_types, node, psk, psk_id, identities, to_identity, extra_rand=(), pk=False):
    """Sends a request. `role`: who asks (I or R); `data_types`: (PSK, PK); `node`: TP or TICKET; `identities`: IDRs of the
    party that asks."""
    o = party.o
    csb_id, prf = party.new_csb_id(), o.prf
    key = random(32 if prf == 1 else 16) if pk else psk
    if not key:
        raise Refusal("policy", "no key that the KMS shares", answer=False)
    rand = random(party.rand_len(key, *extra_rand))
    out = [party.t(), randr(role, rand)] + identities
    if pk:
        out += certificates_of(o)
    out += party.idrs((KMS, to_identity)) + [node]
    known = {role: o.own if role != R or party.letter == "R" else None, KMS: to_identity}
    for one in identities:
        known[one["id_role"]] = one["id_type"], bytes.fromhex(one["id_data"])
    protection = {}
    if pk:
        out += tail_pk(o, prf, key, party.settings)
        protection["sign_key"] = o.rsa_own.private
    else:
        out += ([idr(PSK, psk_id)] if psk_id else []) + [parts.v(o.mac)]
    hdr = party.hdr(data_types[1 if pk else 0], csb_id, prf, v_flag(party.settings, 1))
    label = Label(prf, key, csb_id, 1, **{RANDS[role]: rand})
    return party.send("kms", {"hdr": hdr, "payloads": out}, label, party.cover(known), ex=ex,
                      env_key=key if pk else None, **protection)


def certificates_of(o):
    return [{"payload": "CERT", "cert_type": 0, "cert_data": one.public_bytes(Encoding.DER).hex()} for one in o.certificates]


def tail_pk(o, prf, env_key, settings):
    if o.rsa_kms is None or o.rsa_own is None or o.rsa_own.private is None:
        raise Refusal("policy", "no RSA keys", answer=False)
    out = []
    if o.chash and o.rsa_kms.certificate is not None:
        func, name = (2, "sha256") if prf == 1 else (0, "sha1")
        out.append({"payload": "CHASH", "hash_func": func,
                    "hash": hashlib.new(name, o.rsa_kms.certificate.public_bytes(Encoding.DER)).hexdigest()})
    data = rsa.encrypt_envelope(o.rsa_kms.public, env_key, settings["pke_pad"], random)
    return out + [{"payload": "PKE", "c": 0, "data": data.hex()}, {"payload": "SIGN", "s_type": 0, "signature": "SIGNATURE"}]
