"""The question (TLS.md section 1), checked; ValueError says what is wrong with it."""

import json
import pathlib

from mikeyticket.settings import CHOICES, DEFAULTS

PROFILES = pathlib.Path(__file__).resolve().parent.parent.parent / "harness" / "findings" / "profiles"
MEMBERS = {"transport", "profile", "settings", "tek", "identity13", "segments"}
LONGEST_TEK = 65535                     # what the lengths of RFC 4279 2 can say


def octets(where, value):
    """Lower or upper case hex, without spaces."""
    if not isinstance(value, str) or len(value) % 2 or not all(c in "0123456789abcdefABCDEF" for c in value):
        raise ValueError(f"{where}: hex expected")
    return bytes.fromhex(value)


def profile_settings(name):
    known = {path.stem: path for path in PROFILES.glob("*.json")}
    if not isinstance(name, str) or name not in known:
        raise ValueError("profile: a known profile expected")
    profile = json.loads(known[name].read_text())
    inherited = profile_settings(profile["extends"]) if profile.get("extends") else dict(DEFAULTS)
    return {**inherited, **profile.get("settings", {})}


class Ask:
    def __init__(self, ask):
        if not isinstance(ask, dict):
            raise ValueError("an object expected")
        for name in ask.keys() - MEMBERS:
            raise ValueError(f"{name[:40]}: no member of a question")
        for name in ("transport", "profile", "segments"):
            if name not in ask:
                raise ValueError(f"{name}: missing")
        if ask["transport"] not in ("tls", "dtls"):
            raise ValueError("transport: tls or dtls expected")
        self.dtls = ask["transport"] == "dtls"
        self.settings = profile_settings(ask["profile"])
        self.take_settings({} if ask.get("settings") is None else ask["settings"])
        self.tek = None if ask.get("tek") is None else octets("tek", ask["tek"])
        if self.tek is not None and not 0 < len(self.tek) <= LONGEST_TEK:
            raise ValueError("tek: 1 to 65535 octets expected")
        self.identity13 = None if ask.get("identity13") is None else octets("identity13", ask["identity13"])
        self.segments = self.read_segments(ask["segments"])
        self.tls13_allowed = self.settings["tls_versions"] == "tls13" and not self.dtls

    def take_settings(self, settings):
        if not isinstance(settings, dict):
            raise ValueError("settings: an object expected")
        for name, value in settings.items():
            if name not in CHOICES or value not in CHOICES[name]:
                raise ValueError(f"settings: {name[:40]} and its value are not known")
            self.settings[name] = value

    @staticmethod
    def read_segments(segments):
        if not isinstance(segments, list):
            raise ValueError("segments: a list expected")
        out = []
        for one in segments:
            if not isinstance(one, dict) or one.keys() != {"from", "hex"} or one["from"] not in ("client", "server"):
                raise ValueError("segments: objects of from (client or server) and hex expected")
            out.append((one["from"], octets("segments", one["hex"])))
        return out
