"""The built-in profiles (data of harness/findings/profiles): settings and what the rows of section 8 ask of a profile."""

import functools
import json
import pathlib

from ..settings import CHOICES

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "harness" / "findings" / "profiles"
KINDS = ("srtp", "tesla", "tls", "psk_smime", "application_specific")


@functools.lru_cache(None)
def built_in():
    """name -> complete profile: settings and flags are added to the parent's, other members replace them."""
    own = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}

    def complete(name):
        profile = own[name]
        parent = complete(profile["extends"]) if profile["extends"] else {"settings": {}, "flags": {}}
        merged = {member: {**parent[member], **profile.get(member, {})} for member in ("settings", "flags")}
        return {**parent, **profile, **merged}
    return {name: complete(name) for name in own}


class Profile:
    """A profile with the conversation's own settings and Prot type numbers."""

    def __init__(self, name, settings, prot_types):
        whole = built_in()[name]
        self.whole = whole
        self.settings = {**whole["settings"], **settings}
        self.prot_types = {**whole["prot_types"], **prot_types}
        self.kms_uids = bool(whole.get("kms_uids"))
        self.no_tgk = whole.get("no_tgk")
        assert set(self.settings) == set(CHOICES)

    def judge_m_lines(self):
        """What the conversation says of m-lines is judged whatever the profile leaves out."""
        self.whole = {**self.whole, "m_lines": True}

    def is_kind(self, prot_type, kind):
        return kind in self.prot_types and self.prot_types[kind] == prot_type
