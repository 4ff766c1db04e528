"""Keys tried on a container (SMIME.md section 3)."""

from . import ber, ciphers, cms, names, rows


MAX_GCM_NONCE, MAX_UNWRAPPED = 128, 16          # SMIME.md section 4, "What is read as a container"


class Opened:
    """`outcome`, the content, and what was used on the way."""

    def __init__(self, outcome, content=None, **used):
        self.outcome, self.content, self.used = outcome, content, used


def aad_of(container):
    """RFC 5083 2.2, RFC 5652 9.2: the DER of the authAttrs as SET OF; nothing where there are none."""
    return b"" if container.auth_attrs is None else ber.der(container.auth_attrs.node, 0x31)


def refused(container, allow_unauthenticated):
    """What is not opened whatever the keys are: all of it is seen without one."""
    if container.type == "other" or container.content is None:
        return True
    if container.type == "enveloped" and not allow_unauthenticated:
        return True
    size = rows.content_key_size(container)
    if size is None or body_refused(container):
        return True
    keks = [recipient for recipient in container.recipients if recipient.kind == "kekri"]
    return bool(keks) and not any(can_be_tried(recipient, size) for recipient in keks)


def can_be_tried(recipient, size):
    return recipient.algorithm.oid in names.WRAPS and rows.wrapped_fits(recipient, size)


def body_refused(container):
    oid = container.algorithm.oid
    if container.type == "authenticated":
        parameters = container.algorithm.parameters
        if parameters is not None and not (parameters.universal(ber.NULL) and parameters.octets == b""):
            return True
        if len(container.mac) != ciphers.MAC_OCTETS[names.HMACS[oid]]:
            return True
        if container.auth_attrs is None:
            return cms.is_attributes(container.content)         # taken off another, whose MAC is over these octets
        return not rows.digest_fits(container)
    if container.type == "enveloped":
        return rows.iv_of(container) is None or not container.content or len(container.content) % 16 != 0
    mode = names.AEAD[oid][0]
    parameters = cms.aead_parameters(container.algorithm)
    if parameters is None:
        return True
    nonce, icv = parameters[0], 12 if parameters[1] is None else parameters[1]
    if mode == "gcm" and len(nonce) > MAX_GCM_NONCE or mode == "ccm" and 7 <= len(nonce) <= 13 and len(container.content) >> 8 * (15 - len(nonce)):
        return True
    return not (rows.nonce_fits(mode, nonce) and rows.icv_fits(mode, icv) and len(container.mac) == icv)


def candidates(container, keys):
    """(recipient, kek) in the order in which they are tried: by recipient."""
    for recipient in container.recipients:
        if recipient.kind != "kekri":
            continue
        for key_id, kek in keys:
            if len(keys) == 1 or key_id is None or key_id == recipient.key_id:
                yield recipient, kek


def open_container(container, keys, allow_unauthenticated=False):
    """`keys`: (id or None, kek)."""
    if refused(container, allow_unauthenticated):
        return Opened("refused")
    if not keys:
        return Opened("not_tried")
    outcome, size, tried = "no_key", rows.content_key_size(container), set()
    for recipient, kek in candidates(container, keys):
        if not can_be_tried(recipient, size):
            continue
        outcome = "failed"
        cek = ciphers.unwrap(kek, recipient.wrapped) if len(kek) == names.WRAPS[recipient.algorithm.oid] else None
        if cek is None or cek in tried:
            continue
        opened = try_one(container, recipient, kek, cek)
        tried.add(cek)
        if opened is not None or len(tried) == MAX_UNWRAPPED:
            return opened or Opened("failed")
    return Opened(outcome)


def try_one(container, recipient, kek, cek):
    aad, oid, nonce = aad_of(container), container.algorithm.oid, None
    if container.type == "authenticated":
        covered = container.content if container.auth_attrs is None else aad
        content = container.content if ciphers.mac_fits(names.HMACS[oid], cek, covered, container.mac) else None
    elif container.type == "enveloped":
        nonce = rows.iv_of(container)
        content = ciphers.cbc_decrypt(cek, nonce, container.content)
    else:
        nonce = cms.aead_parameters(container.algorithm)[0]
        content = ciphers.unseal(names.AEAD[oid][0], cek, nonce, aad, container.content, container.mac)
    return None if content is None else Opened("opened", content, kek=kek, cek=cek, nonce=nonce, aad=aad, recipient=recipient)
