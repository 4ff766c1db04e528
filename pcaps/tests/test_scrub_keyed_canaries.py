"""pcap scrub with keys, asked from outside (canaries_keyed.py): none of the canaries, and no old key, is in the new capture, in the new key file, or in what the new keys open in the
new capture; which they do as the old ones did in the old one. canaries-left.tsv as in test_scrub_canaries.py."""

import functools
import json

import pytest

import canaries
import canaries_keyed
from test_scrub import SECRET, what_is_found
from test_scrub_canaries import LEFT, by_name, judged

GROUPS = {"keyed": canaries_keyed.conversations, "mime": canaries_keyed.messages}


@functools.lru_cache(None)
def made(group):
    return GROUPS[group]()


@functools.lru_cache(None)
def connections():
    return {f"{place.name} ({place.canary.kind})": (place, *rest) for place, *rest in canaries_keyed.connections()}


def marked(names):
    return [pytest.param(name, id=name, marks=[pytest.mark.xfail(strict=True, reason=LEFT[name])] if name in LEFT else []) for name in names]


@pytest.fixture(scope="module")
def scrubbed(run, tmp_path_factory):
    """Files of the old and the new capture and their keys."""
    folder = tmp_path_factory.mktemp("keyed")

    def call(capture, keys, name):
        old, old_keys, new, new_keys = (folder / f"{name}{end}" for end in (".pcap", ".json", ".new.pcap", ".new.json"))
        old.write_bytes(capture)
        old_keys.write_text(json.dumps(keys))
        outcome = run("--force", "--secret", SECRET, "--keys", old_keys, "--keys-out", new_keys, old, new, command="scrub")
        assert outcome.code == 0, outcome.err
        return old, old_keys, new, new_keys
    return call


def all_of(new, new_keys):
    """What was written and what the new keys open in it; with the counts of what they open."""
    octets, authentic, containers = canaries_keyed.opened(new.read_bytes(), json.loads(new_keys.read_text()))
    return canaries.Views(new.read_bytes()[:24] + b"\0".join([new.read_bytes()[24:], new_keys.read_bytes(), octets])), authentic, containers


@pytest.fixture(scope="module")
def told(scrubbed):
    known = {}

    def of(group):
        if group not in known:
            places, capture, keys, secrets = made(group)
            files = scrubbed(capture, keys, group)
            views, authentic, containers = all_of(*files[2:])
            left = views.holding([place.canary for place in places])
            known[group] = files, {name: sorted(place.canary.kind for place in some if place.canary in left) for name, some in by_name(places).items()}, (authentic, containers), [
                secret.hex() for secret in secrets if secret in views.exact]
        return known[group]
    return of


@pytest.mark.parametrize("place", marked(name for group in GROUPS for name in by_name(made(group)[0])))
def test_no_place_tells_with_keys(told, place):
    assert told(place.partition(":")[0])[1][place] == []


@pytest.mark.parametrize("group", GROUPS)
def test_no_old_key_is_there(told, group):
    assert told(group)[3] == []


@pytest.mark.parametrize("group", GROUPS)
def test_the_same_is_found_with_keys(told, run, group):
    (old, old_keys, new, new_keys), _, counts, _ = told(group)
    before, after = judged(run, old, "--keys", old_keys), judged(run, new, "--keys", new_keys)
    assert what_is_found(after) == what_is_found(before)
    assert counts == (sum(one["auth"] == "ok" for one in before["messages"]), sum(one["outcome"] == "opened" for one in before["containers"])), "of the judge in vectors/"
    assert counts[0] >= len(made(group)[0])


@pytest.mark.parametrize("name", connections())
def test_no_connection_tells_with_keys(scrubbed, run, name):
    place, capture, keys, secrets = connections()[name]
    old, old_keys, new, new_keys = scrubbed(capture, keys, "connection")
    assert place.canary in canaries.Views(canaries_keyed.opened(capture, keys)[0]).holding([place.canary])      # or the test would prove nothing
    views, _, _ = all_of(new, new_keys)
    assert place.canary not in views.holding([place.canary])
    assert [secret.hex() for secret in secrets if secret in views.exact] == []
    before, after = judged(run, old, "--keys", old_keys), judged(run, new, "--keys", new_keys)
    assert what_is_found(after) == what_is_found(before)
    assert [one["client_proof"] for one in after["connections"]] == ["verified"]
