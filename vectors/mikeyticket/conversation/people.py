"""Identities of people: KMS UIDs, subscribers, groups with wildcards (contribution 003 6.2.3.2, 6.2.3.5; section 8.1)."""

NAI, URI = 0, 1
SCHEMES = (b"sip:", b"sips:")


def without_scheme(text):
    for scheme in SCHEMES:
        if text[:len(scheme)].lower() == scheme:
            return text[len(scheme):]
    return text


def folded(text):
    """The domain, after the last '@', in lower case."""
    at = text.rfind(b"@")
    return text if at < 0 else text[:at + 1] + text[at + 1:].lower()


def uid_of_impu(impu):
    """The KMS UID of a public identity, None where it has no user and domain (a tel URI; a SIP URI of a host)."""
    user, at, host = without_scheme(impu.encode("utf-8", "replace")).rpartition(b"@")
    for end in (b";", b"?"):
        host = host.split(end)[0]
    user, host = user.split(b":")[0], without_port(host).lower()
    return user + at + host if user and host else None


def without_port(host):
    """The colons of an IPv6 address stand in brackets (RFC 3986 3.2.2)."""
    bracket = host.find(b"]") if host.startswith(b"[") else 0
    colon = -1 if bracket < 0 else host.find(b":", bracket)
    return host if colon < 0 else host[:colon]


def uid_of(identity):
    """The KMS UID in an ID payload of (ID Type, ID Data), None where it is of another type."""
    id_type, data = identity
    return folded(data if id_type == NAI else without_scheme(data)) if id_type in (NAI, URI) else None


def wildcard_in_user(identity):
    uid = uid_of(identity)
    if uid is None:
        return False
    at = uid.rfind(b"@")
    return b"?" in (uid if at < 0 else uid[:at])


def group_matches(group, uid):
    """Whether the whole UID matches the group identity, '?' standing for zero or more characters. Each part between
    wildcards is looked for once, at the first place where it fits, so that nothing is tried twice."""
    at = uid.rfind(b"@")
    if b"?" in (uid if at < 0 else uid[:at]):
        return False
    parts = folded(group).split(b"?")
    uid = folded(uid)
    if len(parts) == 1:
        return uid == parts[0]
    first, last = parts[0], parts[-1]
    if len(uid) < len(first) + len(last) or not uid.startswith(first) or not uid.endswith(last):
        return False
    pos, end = len(first), len(uid) - len(last)
    for part in parts[1:-1]:
        found = uid.find(part, pos, end)
        if found < 0:
            return False
        pos = found + len(part)
    return True


class Subscriber:
    def __init__(self, b_tid, impus, psk):
        self.b_tid, self.psk = b_tid, psk
        self.uids = [uid for uid in map(uid_of_impu, impus) if uid]


class Directory:
    """The subscribers that the KMS knows, found by B-TID and by UID."""

    def __init__(self, subscribers):
        self.known = subscribers is not None
        self.by_b_tid, self.by_uid = {}, {}
        for subscriber in subscribers or []:
            if subscriber.b_tid is not None:
                self.by_b_tid.setdefault(subscriber.b_tid, subscriber)
            for uid in subscriber.uids:
                self.by_uid.setdefault(uid, subscriber)

    def find(self, idrpsk, identity):
        """The subscriber whose B-TID IDRpsk names; without IDRpsk, the one whose UID the identity is."""
        if idrpsk is not None:
            return self.by_b_tid.get(idrpsk[1])
        return self.by_uid.get(uid_of(identity)) if identity else None
