"""Every form of what is found in a trace, looked at with other tools than those that wrote it: validators, parsers, a browser."""
import base64
import functools
import html.parser
import json
import os
import re
import shutil
import stat
import subprocess

import lxml.etree
import lxml.html
import pytest

import packets as p
from conftest import PCAPS

ROOT = PCAPS.parent
JUNIT = ROOT / "runners" / "schemas" / "junit.xsd"
FORMS = ("text", "json", "junit", "html")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
SVG = "{http://www.w3.org/2000/svg}"


@functools.lru_cache(maxsize=None)
def trace_vectors():
    found = []
    for path in sorted((ROOT / "vectors" / "data" / "traces").glob("*.json")):
        found += json.loads(path.read_text(encoding="utf-8"))["traces"]
    return found


def titled(title):
    return next(one for one in trace_vectors() if one["title"] == title)


@pytest.fixture(scope="module")
def put(tmp_path_factory):
    """Writes a trace vector; its capture and the options that it is to be judged with."""
    folder = tmp_path_factory.mktemp("traces")

    def call(one):
        capture, keys = folder / f"{one['id']}.pcap", folder / f"{one['id']}.keys.json"
        capture.write_bytes(base64.b64decode(one["capture"]))
        options = ["--profile", one["profile"]]
        if one["keys"]:
            keys.write_text(json.dumps(one["keys"]), encoding="utf-8")
            options += ["--keys", keys]
        if one["profile"] != "auto":
            options += [word for name, value in one["settings"].items() if isinstance(value, str) for word in ("--set", f"{name}={value}")]
        return capture, options
    return call


@pytest.fixture(scope="module")
def call(put):
    """A call over three legs, with keys."""
    return put(titled("A call over TCP, three legs"))


@pytest.fixture(scope="module")
def some():
    """Trace vectors of every kind, one of thirty."""
    return [one for one in trace_vectors() if one["profile"] == "auto" and not one["settings"]][::25]


def test_forms_agree(some, put, run, tmp_path):
    for one in some:
        capture, options = put(one)
        reports = [word for form in FORMS for word in ("--report", f"{form}={tmp_path / form}")]
        outcome = run(capture, *options, *reports)
        assert outcome.code in (0, 1, 5), outcome.err
        assert outcome.out.decode() == (tmp_path / "text").read_text(encoding="utf-8")
        result = json.loads((tmp_path / "json").read_bytes())
        suites = lxml.etree.parse(tmp_path / "junit")
        lxml.etree.XMLSchema(lxml.etree.parse(str(JUNIT))).assertValid(suites)
        failures = len(suites.findall(".//failure"))
        assert (failures > 0) == (outcome.code == 1) == (result["summary"]["verdict"] == "fails"), one["id"]
        for element in [suites.getroot(), *suites.iter("testsuite")]:
            assert int(element.get("tests")) == len(element.findall(".//testcase"))
            assert int(element.get("failures")) == len(element.findall(".//failure"))
        page = lxml.html.fromstring((tmp_path / "html").read_bytes())
        assert len(page.findall(".//details[@class='message']")) == len(result["messages"])
        rows = page.xpath("//section[@id='findings']//tr[td]")
        assert len(rows) == len(result["findings"]) + sum(
            len(found["findings"]) for part in ("messages", "connections", "containers") for found in result[part])
        for form in FORMS:
            text = (tmp_path / form).read_text(encoding="utf-8")
            assert text.endswith("\n") and not CONTROL.search(text)


@pytest.mark.parametrize("octets, verdict", [
    (p.pcap([]), "nothing_to_judge"),
    (p.pcap([p.ethernet(p.ipv4(p.udp(p.invite(p.sdp()))))])[:-9], "unreadable"),
    (p.pcap([p.ethernet(p.ipv4(p.udp(b"first of two"), fragment=0x2000))]), "inconclusive"),
], ids=["no packet", "cut short", "a fragment alone"])
def test_junit_of_what_went_wrong(run, tmp_path, octets, verdict):
    """CI systems show cases alone: there is one for the run as a whole, and it is counted."""
    capture = tmp_path / "x.pcap"
    capture.write_bytes(octets)
    outcome = run(capture, "--report", f"junit={tmp_path / 'junit'}")
    assert outcome.code == {"nothing_to_judge": 5, "unreadable": 4, "inconclusive": 10}[verdict]
    suites = lxml.etree.parse(tmp_path / "junit").getroot()
    lxml.etree.XMLSchema(lxml.etree.parse(str(JUNIT))).assertValid(suites)
    cases, errors = suites.findall(".//testcase"), suites.findall(".//error")
    assert [error.get("type") for error in errors] == [verdict]
    assert (int(suites.get("tests")), int(suites.get("failures")), int(suites.get("errors"))) == (len(cases), 0, 1)


def test_keys_are_shown_only_where_asked_for(call, run, tmp_path):
    capture, options = call
    shown = json.loads(run(capture, *options, "--show-keys", "--output", "json").out)
    teks = [tek["tek"] for conversation in shown["conversations"] for tek in conversation["teks"]]
    assert teks and all(len(tek) >= 32 for tek in teks)
    for form in FORMS:
        assert all(tek not in run(capture, *options, "--output", form).out.decode() for tek in teks)
        assert all(tek not in run(capture, *options, "--show-keys", "--mask-keys", "--output", form).out.decode() for tek in teks)
        if form != "junit":
            assert teks[0] in run(capture, *options, "--show-keys", "--output", form).out.decode()
    log = tmp_path / "keys.log"
    assert run(capture, *options, "--key-log", log).code == 0
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert run(capture, *options, "--key-log", log).code == 4
    assert run(capture, *options, "--key-log", log, "--force").code == 0


# ---- the page --------------------------------------------------------------------------------------------------------

def page_of(run, capture, options, path):
    outcome = run(capture, *options, "--report", f"html={path}")
    assert outcome.err == ""
    return lxml.etree.fromstring(path.read_bytes().replace(b"<!DOCTYPE html>\n", b"").replace(b"<html ", b"<html xmlns='' "),
                                 lxml.etree.XMLParser(resolve_entities=False, load_dtd=False))


def test_page_needs_nothing_else(call, run, tmp_path):
    """It is well-formed as XML, has no script and no other resource, and is readable by who sees no picture."""
    page = page_of(run, *call, tmp_path / "page.html")
    names = {lxml.etree.QName(element).localname for element in page.iter() if isinstance(element.tag, str)}
    assert not names & {"script", "img", "link", "iframe", "object", "embed", "form", "input"}
    for element in page.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on") and name not in ("src", "srcset", "style")
            assert name != "href" or value.startswith("#")
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(element.get("href")[1:] in ids for element in page.iter() if element.get("href"))
    for svg in page.iter(SVG + "svg"):
        title, description = svg.find(SVG + "title"), svg.find(SVG + "desc")
        assert svg.get("aria-labelledby").split() == [title.get("id"), description.get("id")] and title.text and description.text
    style = page.find(".//style").text
    assert "prefers-color-scheme:dark" in style and "@media print" in style and "@import" not in style and "url(" not in style


def test_arrows_begin_and_end_at_their_columns(call, run, tmp_path):
    capture, options = call
    page = page_of(run, capture, options, tmp_path / "page.html")
    result = json.loads(run(capture, *options, "--output", "json").out)
    svg, = page.iter(SVG + "svg")
    lanes = [int(line.get("x1")) for line in svg.findall(SVG + "line") if line.get("class") == "lane"]
    ends = [text.text for text in svg.findall(SVG + "text") if text.get("class") == "end"]
    assert ends == ["192.0.2.1", "198.51.100.1", "203.0.113.5", "192.0.2.2"] and lanes == sorted(set(lanes))
    messages = {message["frame"]: message for message in result["messages"]}
    rows, before = [], 0
    for step in svg.iter(SVG + "g"):
        line, head = step.find(SVG + "line"), step.find(f"{SVG}path[@class='head']")
        begin, tip = int(line.get("x1")), [int(number) for number in re.findall(r"-?\d+", head.get("d"))[:2]]
        assert begin == lanes[int(step.get("data-from"))] and tip == [lanes[int(step.get("data-to"))], int(line.get("y2"))]
        assert min(begin, tip[0]) <= int(line.get("x2")) <= max(begin, tip[0]) and line.get("y1") == line.get("y2")
        assert int(line.get("y1")) > before
        before = int(line.get("y1"))
        frame = int(step.get("data-frame"))
        rows.append(frame)
        assert ("mikey" in step.get("class").split()) == (frame in messages)
        if frame in messages:
            message = messages[frame]
            assert (ends[int(step.get("data-from"))], ends[int(step.get("data-to"))]) == tuple(
                message[name].rsplit(":", 1)[0] for name in ("source", "destination"))
            assert ("copy" if message["copy_of"] is not None else "good") in step.get("class").split()
            assert step.getparent().get("href") == f"#m{message['message']}"
    assert rows == sorted(rows) and set(messages) <= set(rows) and len(rows) == result["summary"]["units"]["sip"]
    assert all(0 < x < int(svg.get("width")) for x in lanes) and before < int(svg.get("height"))


def hostile(init, folder):
    bad = "<script>document.title='taken'</script><img src=x onerror=alert(1)>\"'&amp;]]>--><svg onload=alert(2)>\u202e\u2066\ufffe\uffff"
    offer = p.invite(p.sdp(session=init)).decode()
    offer = offer.replace("From: <sip:alice@", f"Subject: {bad}\r\nFrom: \"{'x'}\" <sip:%3Cscript%3Ealert(3)%3C/script%3E<b>alice@")
    offer = offer.replace("INVITE sip:bob@example.com", "INVITE sip:bob@example.com;<script>alert(4)</script>\u202e")
    offer = offer.replace("Call-ID: 1@", "Call-ID: <script>alert(5)</script>1@")
    capture = folder / "hostile <b>.pcap"
    other = p.invite(p.sdp(session=init[:60]), call_id="\"><script>alert(6)</script>").replace(b"alice", b"\xff\xfe\xc0\xafalice")
    capture.write_bytes(p.pcap([p.ipv4(p.udp(octets)) for octets in (offer.encode(), other)], p.RAW))
    return capture


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def test_nothing_of_hostile_signalling_becomes_markup(init, run, tmp_path):
    capture = hostile(init, tmp_path)
    page = tmp_path / "page.html"
    result = json.loads(run(capture, "--output", "json", "--report", f"html={page}", "--report", f"junit={tmp_path / 'junit'}").out)
    assert result["messages"]
    text = page.read_bytes().decode("utf-8")
    tags = Tags()
    tags.feed(text)
    assert not tags.seen & {"script", "img", "b"} and not CONTROL.search(text) and "&lt;script&gt;" in text
    lxml.etree.parse(tmp_path / "junit")
    for command in (("list",), ("list", "--all", "--output", "json"), ("follow", "--call", "0")):
        out = run(capture, *command[1:], command=command[0]).out.decode("utf-8")
        assert not CONTROL.search(out) and out


def browse(page, folder, *how):
    return subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", *how, page.as_uri()],
                          capture_output=True, timeout=120, check=True).stdout.decode("utf-8")


needs_browser = pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not at hand")


@needs_browser
def test_in_a_browser(call, init, run, tmp_path):
    capture, options = call
    run(capture, *options, "--report", f"html={tmp_path / 'page.html'}")
    page = lxml.html.fromstring(browse(tmp_path / "page.html", tmp_path, "--dump-dom"))
    assert page.findtext(".//title") == "Ticketgate trace: Conforms"
    assert len(page.findall(".//details[@class='message']")) == 6
    assert len(page.xpath("//*[name()='g'][contains(@class, 'step')]")) == 18
    assert all("HDR" in tree.text for tree in page.findall(".//pre[@class='tree']"))
    run(hostile(init, tmp_path), "--report", f"html={tmp_path / 'hostile.html'}")
    page = lxml.html.fromstring(browse(tmp_path / "hostile.html", tmp_path, "--dump-dom"))
    assert page.findtext(".//title").startswith("Ticketgate trace: ") and not page.findall(".//script") and not page.findall(".//img")


@needs_browser
def test_it_looks_the_same_where_scripts_are_forbidden(call, run, tmp_path):
    capture, options = call
    run(capture, *options, "--report", f"html={tmp_path / 'page.html'}")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    policy = re.search('<meta http-equiv="Content-Security-Policy"[^>]*/>\n', text).group()
    (tmp_path / "free.html").write_text(text.replace(policy, ""), encoding="utf-8")
    pictures = {"page": set(), "free": set()}  # under a policy that forbids scripts, and where they may run
    for _ in range(4):  # a busy browser draws an edge a shade lighter now and then
        if pictures["page"] & pictures["free"]:
            break
        for name, seen in pictures.items():
            browse(tmp_path / f"{name}.html", tmp_path, "--hide-scrollbars", "--window-size=900,900", f"--screenshot={tmp_path / name}.png")
            seen.add((tmp_path / f"{name}.png").read_bytes())
    assert max(map(len, pictures["page"] & pictures["free"]), default=0) > 20000


def test_page_is_bounded(init, run, tmp_path):
    """Two thousand calls with a finding each: the page says what it leaves out."""
    cut = [init[:4] + n.to_bytes(4, "big") + init[8:-1] for n in range(2000)]  # each with a CSB ID of its own
    broken = [p.ipv4(p.udp(p.invite(p.sdp(session=octets), call_id=f"{n}@example.com"))) for n, octets in enumerate(cut)]
    capture, page = tmp_path / "many.pcap", tmp_path / "page.html"
    capture.write_bytes(p.pcap(broken, p.RAW))
    assert run(capture, "--report", f"html={page}").code == 1
    text = page.read_text(encoding="utf-8")
    assert len(text) < 20 << 20
    of_all, left_out = re.search(r"Findings \((\d+)\)", text).group(1), re.search(r"(\d+) more are left out of this page", text).group(1)
    section = lxml.html.fromstring(text).xpath("//section[@id='findings']//tr[td]")
    assert len(section) == 1000 and int(of_all) == 1000 + int(left_out)


def test_a_finding_names_its_octets(init, run, tmp_path):
    """A version that is none: the finding leads to the two characters of base64 that hold the first octet."""
    wrong = b"\x02" + init[1:]
    octets = p.pcap([p.ethernet(p.ipv4(p.udp(p.invite(p.sdp(session=wrong)))))])
    capture = tmp_path / "wrong.pcap"
    capture.write_bytes(octets)
    found = json.loads(run(capture, "--output", "json").out)["messages"][0]["findings"]
    place = next(one for one in found if one["offset"] == 0)
    begin = 24 + 16 + place["frame_offset"]  # behind the headers of file and packet
    assert place["frame"] == 1 and place["frame_length"] == 2
    assert octets[begin:begin + 2] == base64.b64encode(wrong)[:2] and octets[:begin].endswith(b"mikey ")


# ---- list, follow, extract -------------------------------------------------------------------------------------------

def test_list(call, run):
    capture, options = call
    found = json.loads(run(capture, *options, "--output", "json").out)
    lines = [json.loads(line) for line in run(capture, *options, "--output", "json", command="list").out.splitlines()]
    assert lines[-1] == {"summary": found["summary"]}
    assert len(lines) == len(found["messages"]) + 1
    octets = {message["message"]: message["octets"] for message in found["messages"]}
    for line, message in zip(lines, found["messages"]):
        for name in ("message", "frame", "time", "transport", "source", "destination", "carrier", "call", "call_id", "conversation", "copy_of"):
            assert line[name] == message[name], name
        assert line["octets"] == (octets[line["copy_of"]] if line["copy_of"] is not None else message["octets"])
        assert line["frames"][-1] == line["frame"] and line["frames"][0] == line["first_frame"]
    every = [json.loads(line) for line in run(capture, "--all", "--output", "json", command="list").out.splitlines()][:-1]
    assert sum(line["kind"] == "sip" for line in every) == found["summary"]["units"]["sip"]
    assert [line["frame"] for line in every] == sorted(line["frame"] for line in every)
    assert bytes.fromhex(every[0]["octets"]).startswith(every[0]["first_line"].encode())
    text = run(capture, command="list").out.decode()
    assert text.count("TRANSFER_INIT") == 1 and text.count("copy of") == 4


def test_list_of_nothing(run, tmp_path):
    capture = tmp_path / "empty.pcap"
    capture.write_bytes(p.pcap([]))
    outcome = run(capture, "--output", "json", command="list")
    assert outcome.code == 5 and json.loads(outcome.out)["summary"]["messages"] == 0


def test_follow(call, run):
    capture, options = call
    by_call = run(capture, *options, "--call", 0, command="follow")
    text = by_call.out.decode()
    assert by_call.code == 0 and by_call.err == ""
    assert "|--TRANSFER_INIT" in text and "TRANSFER_INIT (data type 14)" in text and "v=0" in text and "auth ok" in text
    assert run(capture, *options, "--call-id", "call-1@example.com", command="follow").out == by_call.out
    assert run(capture, *options, "--conversation", 0, command="follow").out == by_call.out
    assert "v=0" not in run(capture, *options, "--call", 0, "--headers", command="follow").out.decode()
    for arguments in (("--call", 7), ("--call-id", "nobody"), ("--conversation", 9)):
        outcome = run(capture, *arguments, command="follow")
        assert outcome.code == 5 and outcome.out == b"" and "no such call" in outcome.err
    assert run(capture, command="follow").code == 4
    assert run(capture, "--call", "0", "--call-id", "x", command="follow").code == 4


def test_extract(call, run, tmp_path):
    capture, options = call
    binary = os.environ["TICKETGATE_BIN"]
    with_keys, without = tmp_path / "with", tmp_path / "without"
    assert run(capture, *options, "--into", with_keys, "--with-keys", "--seeds", command="extract").code == 0
    assert run(capture, "--into", without, command="extract").code == 0
    assert run(capture, "--into", without, command="extract").code == 4  # what is there is not overwritten
    assert sorted(path.name for path in without.iterdir()) == ["conversation-0.json", "messages.jsonl"]
    found = [json.loads(line) for line in (with_keys / "messages.jsonl").read_text().splitlines()][:-1]
    originals = [bytes.fromhex(line["octets"]) for line in found if line["copy_of"] is None]
    seeds = {path.name: path.read_bytes() for path in (with_keys / "seeds").iterdir()}
    assert sorted(seeds.values()) == sorted(originals)
    assert all(subprocess.run(["sha256sum"], input=octets, capture_output=True, check=True).stdout.decode().startswith(name)
               for name, octets in seeds.items())
    assert stat.S_IMODE((with_keys / "conversation-0.json").stat().st_mode) == 0o600
    told = json.loads((without / "conversation-0.json").read_text())
    assert [bytes.fromhex(message["hex"]) for message in told["messages"]] == originals
    assert not any(told.get("secrets") or {})
    done = subprocess.run([binary, "verify", "--output", "json", with_keys / "conversation-0.json"], capture_output=True, timeout=60, check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and [message["auth"] for message in answer["messages"]] == ["ok", "ok"]


def test_progress(call, run):
    capture, _ = call
    assert run(capture, "--progress", "never").err == "" and run(capture).err == ""
    assert run(capture, "--progress", "always").code == run(capture).code


def test_a_pipe_that_ends(call, run):
    """All that could be read is reported, then a clear message."""
    capture, _ = call
    octets = capture.read_bytes()
    outcome = run("-", "--output", "json", stdin=octets[:len(octets) // 2 + 5])
    result = json.loads(outcome.out)
    assert result["messages"] and result["summary"]["error"] and outcome.err.count("\n") == 1
    assert outcome.code == (1 if result["summary"]["verdict"] == "fails" else 4)


@pytest.mark.parametrize("form", ["json", "html", "junit", "text"])
def test_texts_that_are_not_utf_8(run, form):
    """Every octet beyond ASCII, alone and in front of one that does not go on: what is written is UTF-8."""
    octets = b"".join(bytes([first]) + second for first in range(0x80, 0x100) for second in (b"a", b"\x80b", b"\xbf\xbfc"))
    message = p.invite(p.sdp(), call_id="CALL")
    parts = [octets[at:at + 90] for at in range(0, len(octets), 90)]
    capture = p.pcap([p.ethernet(p.ipv4(p.udp(message.replace(b"CALL", b"1" + part)))) for part in parts])
    out = run("--output", form, "-", stdin=capture).out.decode()
    assert out and (form != "json" or len(json.loads(out)["calls"]) == len(parts))
    listed = run("--all", "--output", "json", "-", stdin=capture, command="list").out.decode()
    assert len([json.loads(line) for line in listed.splitlines()]) == len(parts) + 1
