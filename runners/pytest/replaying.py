"""Replaying a conversation of our own: its capture and keys, the command, what it printed."""
import json

import pytest

from conftest import call

NOW = 1800000000  # 2027; a time for what has to be the same twice
SECRET = "5a" * 32


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A conversation, its capture, its keys as a key file and as a KMS's, without a time of their own."""
    folder = tmp_path_factory.mktemp("replay")
    options = ["--seed", "replay", "--pk", "none", "--profile", "ims-media"]
    conversation = json.loads(call("converse", *options).out)
    (folder / "call.pcap").write_bytes(call("converse", *options, "--output", "pcap").out)
    conversation.pop("messages")
    (folder / "keys.json").write_text(json.dumps([conversation]))
    conversation.pop("now")
    (folder / "known.json").write_text(json.dumps(conversation))
    return folder


def replay(made, to, *options, capture="call.pcap"):
    """(exit code, lines, summary, standard error)"""
    done = call("pcap", "replay", "--to", to, "--output", "json", *options, made / capture)
    lines = [json.loads(line) for line in done.out.splitlines()]
    summary = lines.pop()["summary"] if lines and "summary" in lines[-1] else None
    return done.code, lines, summary, done.err


def keyed(made):
    return ["--keys", made / "keys.json"]


def fresh(made):
    return [*keyed(made), "--fresh", "--now", NOW, "--secret", SECRET]
