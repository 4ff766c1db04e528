"""pcap scrub, asked from outside: in every place that can hold something that tells of somebody stands a canary of its own (canaries.py), and none of them is in what was written: as it
stood, in other letters, in base64, percent-encoded, packed, or inside what the new keys open. What is found in the new capture is what was found in the old one.

canaries-left.tsv names the places that still tell something, each an expected failure; one that tells nothing any more has to be taken from it."""

import collections
import functools
import ipaddress
import json
import pathlib

import pytest

import canaries
import canaries_bodies
import canaries_links
import canaries_mikey
import canaries_secure
import canaries_sip
import canaries_streams
from test_scrub import SECRET, what_is_found

LEFT = dict(line.split("\t") for line in (pathlib.Path(__file__).parent / "canaries-left.tsv").read_text(encoding="utf-8").splitlines())
CARRIERS = {"sip": canaries_sip.places, "cut": canaries_sip.cut, "body": canaries_bodies.places, "unread": canaries_bodies.unread, "between": canaries_streams.between_places, "msrp": canaries_streams.msrp_places, "http": canaries_streams.http_places, "bfcp": canaries_streams.bfcp_places,
            "datagram": canaries_streams.datagram_places, "tls": canaries_secure.places, "mikey": canaries_mikey.places}


@functools.lru_cache(None)
def book(carrier):
    return CARRIERS[carrier]()


@functools.lru_cache(None)
def links():
    return canaries_links.places().places


def by_name(places):
    out = collections.defaultdict(list)
    for place in places:
        out[place.name].append(place)
    return out


@pytest.fixture(scope="module")
def scrub(run, tmp_path_factory):
    """The old and the new capture, as files."""
    folder = tmp_path_factory.mktemp("canaries")

    def call(octets, name):
        old, new = folder / f"{name}.pcap", folder / f"{name}.new.pcap"
        old.write_bytes(octets)
        outcome = run("--force", "--secret", SECRET, old, new, command="scrub")
        assert outcome.code == 0, outcome.err
        return old, new
    return call


@pytest.fixture(scope="module")
def told(scrub):
    """Of a carrier: its old and new capture, name of a place -> kinds of canaries that are still there, and those that were not found in the old one."""
    known = {}

    def of(carrier):
        if carrier not in known:
            old, new = scrub(canaries.capture_of(book(carrier).places), carrier)
            all_of_them = [place.canary for place in book(carrier).places]
            before, after = canaries.put(book(carrier).places), canaries.Views(new.read_bytes()).holding(all_of_them)
            there, left = ({name: sorted(place.canary.kind for place in some if (place.canary in some_of_them) == wanted) for name, some in by_name(book(carrier).places).items()}
                           for some_of_them, wanted in ((before, False), (after, True)))
            known[carrier] = old, new, left, {name: kinds for name, kinds in there.items() if kinds}
        return known[carrier]
    return of


def marked(names):
    return [pytest.param(name, id=name, marks=[pytest.mark.xfail(strict=True, reason=LEFT[name])] if name in LEFT else []) for name in names]


@pytest.mark.parametrize("place", marked(name for carrier in CARRIERS for name in by_name(book(carrier).places)))
def test_no_place_tells(told, place):
    assert told(place.partition(":")[0])[2][place] == []


@pytest.mark.parametrize("place", marked(by_name(links())))
def test_nothing_below_tells(scrub, run, place):
    for one in by_name(links())[place]:
        old, new = scrub(one.frames, "link")
        assert one.canary in canaries.Views(old.read_bytes()).holding([one.canary])
        assert one.canary not in canaries.Views(new.read_bytes()).holding([one.canary])
        assert judged(run, new)["summary"]["units"]["sip"] == judged(run, old)["summary"]["units"]["sip"] == 1


def judged(run, capture, *more):
    """What cannot be parsed is noise afterwards, that cannot be parsed either: its type and the row that it breaks are not compared."""
    result = json.loads(run("--output", "json", *more, capture).out)
    for message in result["messages"]:
        if message["error"] is not None:
            message.update(data_type=None, findings=[])
    return result


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_canaries_are_found_where_they_were_put(told, carrier):
    """Or the tests would prove nothing."""
    assert told(carrier)[3] == {}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_address_tells(told, carrier):
    """The ends of the packets themselves."""
    written = told(carrier)[1].read_bytes()
    assert [end for end in book(carrier).ends if end.encode() in written or ipaddress.ip_address(end).packed in written] == []


@pytest.mark.parametrize("carrier", [pytest.param(one, marks=[pytest.mark.xfail(strict=True, reason=LEFT["same: " + one])] if "same: " + one in LEFT else []) for one in CARRIERS])
def test_the_same_is_found(told, run, carrier):
    """Of all that is in the new capture; what is no message of these protocols is left out."""
    old, new, _, _ = told(carrier)
    before, after = judged(run, old), judged(run, new)
    units = ("sip", "http", "msrp", "bfcp", "tls")
    assert {name: after["summary"]["units"][name] for name in units} == {name: before["summary"]["units"][name] for name in units}
    before["summary"]["verdict"] = after["summary"]["verdict"]          # what was lost of the old one is not in the new one
    assert what_is_found(after) == what_is_found(before)


def test_the_list_of_what_is_left_names_places():
    known = {name for carrier in CARRIERS for name in by_name(book(carrier).places)} | set(by_name(links())) | {"same: " + carrier for carrier in CARRIERS}
    assert set(LEFT) <= known
