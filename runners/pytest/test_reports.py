"""Every form of a report, looked at with other tools than those that wrote it: validators, parsers, a browser.

The reports are those of harness/tests/report_sample.c, which is built beside the command.
"""
import functools
import html.parser
import json
import pathlib
import re
import shutil
import subprocess

import jsonschema
import lxml.etree
import pytest

from conftest import ROOT, SCHEMA, binary

SCHEMAS = ROOT / "runners" / "schemas"
SCENES = ("empty", "verdicts", "vectors", "hostile", "many", "interrupted", "expected")
KEY = "00112233445566778899aabbccddeeff"
# Elements that have no end tag (HTML Living Standard, 13.1.2).
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@functools.lru_cache(maxsize=None)
def sample(form, scene):
    program = pathlib.Path(binary()).parent / "report_sample"
    if not program.exists():
        pytest.skip("report_sample is not built: a build with TICKETGATE_TESTS has it")
    done = subprocess.run([program, form, scene], capture_output=True, timeout=120, check=True)
    return done.stdout.decode("utf-8")  # strict: what is no UTF-8 fails the test


def validator(name):
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "html"])
@pytest.mark.parametrize("scene", SCENES)
def test_no_control_characters_and_no_keys(form, scene):
    text = sample(form, scene)
    assert text.endswith("\n")
    assert not CONTROL.search(text)
    assert KEY not in text


@pytest.mark.parametrize("scene", SCENES)
def test_json(scene):
    report = json.loads(sample("json", scene))
    validator(SCHEMA.name).validate(report)
    verdicts = [case["verdict"] for case in report["cases"]]
    assert {name: verdicts.count(name) for name in ("passed", "failed", "skipped", "inconclusive")} == {
        name: number for name, number in report["counts"].items() if name != "expected_failures"}
    codes = {"empty": 5, "interrupted": 2, "expected": 0}
    assert report["exit_code"] == codes.get(scene, 1)


def test_json_says_what_the_requirements_come_to():
    report = json.loads(sample("json", "verdicts"))
    catalogue = set()
    for path in (ROOT / "harness" / "findings" / "catalogue").glob("*.tsv"):
        catalogue.update(line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:])
    rows = {row["id"]: row for row in report["requirements"]}
    assert set(rows) == catalogue
    assert rows["RFC6043-6.10-x08"]["state"] == "failed" and rows["RFC6043-6.10-x08"]["cases"] == ["a", "b"]
    assert rows["RFC6043-4.2-x01"]["expected"] is True
    assert rows["RFC6043-4.2-x03"]["state"] == "not_judged"


# ---- JUnit -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("scene", SCENES)
def test_junit(scene):
    schema = lxml.etree.XMLSchema(lxml.etree.parse(str(SCHEMAS / "junit.xsd")))
    root = lxml.etree.fromstring(sample("junit", scene).encode())
    schema.assertValid(root)
    for element in [root, *root.iter("testsuite")]:
        counted = {"tests": len(element.findall(".//testcase")), "failures": len(element.findall(".//failure")),
                   "errors": len(element.findall(".//error")), "skipped": len(element.findall(".//skipped"))}
        for name, number in counted.items():
            assert element.get(name, str(number)) == str(number), (name, element.get("name"))


@pytest.mark.parametrize("change", [
    ("<testsuite ", "<suite "), ('tests="', 'test="'), ("<failure ", "<failed "), ('time="0.', 'time="x0.'),
])
def test_the_xml_schema_refuses_other_dialects(change):
    schema = lxml.etree.XMLSchema(lxml.etree.parse(str(SCHEMAS / "junit.xsd")))
    broken = sample("junit", "verdicts").replace(*change, 1).replace(change[0].replace("<", "</").strip() + ">",
                                                                     change[1].replace("<", "</").strip() + ">", 1)
    assert not schema.validate(lxml.etree.fromstring(broken.encode()))


def test_junit_names_are_ids():
    """A CI system knows a test again by its name, and titles are reworded."""
    root = lxml.etree.fromstring(sample("junit", "verdicts").encode())
    assert [case.get("name") for case in root.iter("testcase") if ".run" not in case.get("classname")] == list("abcde")
    assert "title: second\n" in root.find(".//testcase[@name='b']/failure").text


def test_junit_shows_what_fails_the_run_beside_the_cases():
    root = lxml.etree.fromstring(sample("junit", "verdicts").encode())
    beside = {case.get("name") for case in root.iterfind("testsuite[@name='run']/testcase")}
    assert beside == {'stale expectation {"case":"gone-*"}', "worse than the baseline c"}
    root = lxml.etree.fromstring(sample("junit", "empty").encode())
    assert root.find(".//error").get("type") == "nothing_judged"
    root = lxml.etree.fromstring(sample("junit", "interrupted").encode())
    assert root.find("testsuite[@name='run']//error").get("type") == "interrupted"


# ---- SARIF -----------------------------------------------------------------------------------------------------------

def results(scene):
    return json.loads(sample("sarif", scene))["runs"][0]["results"]


@pytest.mark.parametrize("scene", SCENES)
def test_sarif(scene):
    log = json.loads(sample("sarif", scene))
    validator("sarif-subset.schema.json").validate(log)
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(prints) == len(set(prints)), "two findings would be taken for one"


def test_sarif_fingerprints_are_stable():
    """A finding keeps its fingerprint whatever else a run finds."""
    def prints(scene):
        return {(result["ruleId"], result["message"]["text"]): result["partialFingerprints"] for result in
                results(scene)}
    verdicts, interrupted = prints("verdicts"), prints("interrupted")
    common = set(verdicts) & set(interrupted)
    assert len(common) >= 4
    assert all(verdicts[key] == interrupted[key] for key in common)


def test_sarif_levels_and_places():
    found = {result["ruleId"]: result for result in results("verdicts")}
    assert found["RFC6043-6.10-x08"]["level"] == "error"  # MUST
    assert found["RFC6043-4.2-x02"]["level"] == "warning"  # SHOULD
    place = found["RFC6043-6.10-x08"]["locations"][0]["logicalLocations"][0]
    assert place["fullyQualifiedName"] == "b/1/REQUEST_RESP/TP[0].tp_data"
    properties = found["RFC6043-6.10-x08"]["properties"]
    assert [properties[name] for name in ("case", "message", "messageType", "path", "offset")] == [
        "b", 1, "REQUEST_RESP", "TP[0].tp_data", 17]
    for result in results("verdicts"):
        if "case" in result.get("properties", {}):
            names = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
            assert names.split("/")[0] == result["properties"]["case"], "alerts that all stand in one line are told apart by it"
    assert found["RFC6043-4.2-x01"]["suppressions"][0]["justification"] == "ticket 4711"
    assert "suppressions" not in found["RFC6043-6.10-x08"]


def test_sarif_stays_within_what_code_scanning_takes():
    run = json.loads(sample("sarif", "many"))["runs"][0]
    assert len(run["results"]) == 5000
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "1900 more cases are inconclusive" in notes
    assert "3000 results are left out: code scanning takes no more" in notes
    assert not any("suppressions" in result for result in run["results"]), "those that are expected go last"


# ---- HTML ------------------------------------------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    """Tags in pairs, ids, references, and the text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.references, self.tags, self.attributes, self.texts = [], [], [], set(), set(), []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "action", "data", "srcset"):
                self.references.append(value)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        assert tag in VOID

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        self.texts.append(data)


PAGE_TAGS = {"html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "h1", "h2", "h3", "p",
             "a", "table", "tr", "th", "td", "details", "summary", "pre", "code", "mark", "span", "strong", "div"}
PAGE_ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "title", "open", "scope",
                   "colspan"}


@pytest.mark.parametrize("scene", SCENES)
def test_html(scene):
    text = sample("html", scene)
    assert text.startswith("<!DOCTYPE html>\n")
    page = Page(text)
    assert page.tags <= PAGE_TAGS
    assert page.attributes <= PAGE_ATTRIBUTES
    assert len(page.ids) == len(set(page.ids))
    assert all(reference.startswith("#") for reference in page.references)
    assert "url(" not in text and "@import" not in text and "://" not in re.sub(r"<pre>.*?</pre>", "", text)
    if scene not in ("hostile", "verdicts"):  # these name cases that the run does not have
        assert {reference[1:] for reference in page.references} <= set(page.ids)
    lxml.etree.fromstring(text.replace("<!DOCTYPE html>\n", ""), lxml.etree.XMLParser(huge_tree=True))


def test_html_marks_the_place():
    page = Page(sample("html", "verdicts"))
    text = "".join(page.texts)
    for part in ("It rejects what is valid.", "TP[0].tp_data, octet 17 to 19", "rejected: auth", "role kms", "matches no case",
                 "ticketgate gate --case b", '{"case":"b"'):
        assert part in text
    assert sample("html", "verdicts").count("<mark>00</mark>") == 3
    assert sample("html", "verdicts").count("<mark>|</mark>") == 1
    rows = re.findall('<tr( class="at")?><td>([^<]*)</td><td>([^<]*)</td><td class="(?:lane|way)"', sample("html", "verdicts"))
    assert rows == [("", "0", "request"), (' class="at"', "\u2717 1", "request"), ("", "2", "resolve-kms"), ("", "3", "\u2013")]


@functools.lru_cache(maxsize=None)
def in_browser(scene, folder):
    browser = shutil.which("chromium")
    if not browser:
        pytest.skip("chromium is not at hand")
    path = pathlib.Path(folder) / f"{scene}.html"
    path.write_text(sample("html", scene), encoding="utf-8")
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                           f"--user-data-dir={folder}/profile", "--dump-dom", path.as_uri()],
                          capture_output=True, timeout=180, check=True)
    return done.stdout.decode("utf-8")


@pytest.fixture(scope="session")
def browser_folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("browser"))


def test_a_browser_shows_a_failure(browser_folder):
    page = Page(in_browser("verdicts", browser_folder))
    text = "".join(page.texts)
    assert "It rejects what is valid." in text
    assert "RFC6043-6.10-x08" in text
    assert page.tags - {"tbody"} <= PAGE_TAGS


def test_a_browser_takes_hostile_text_for_text(browser_folder):
    dom = in_browser("hostile", browser_folder)
    page = Page(dom)
    assert page.tags - {"tbody"} <= PAGE_TAGS, "text became markup"
    assert page.attributes <= PAGE_ATTRIBUTES
    text = "".join(page.texts)
    assert text.count("<script>alert(\"1\")</script>'\"&amp;]]>--><img src=x onerror='document.title=1'>") > 20
    assert re.search(r"<title>Ticketgate &lt;script&gt;", dom), "a script changed the title"


# ---- from the command ------------------------------------------------------------------------------------------------

def test_vectors_run_writes_every_form(run):
    for form in ("text", "json", "junit", "sarif", "html"):
        done = run("vectors", "run", "--output", form, "--filter", "RFC6043-5.4-07", ROOT / "vectors" / "data")
        text = done.out.decode("utf-8")
        assert done.code == 0 and text
        if form == "sarif":
            validator("sarif-subset.schema.json").validate(json.loads(text))
        elif form == "html":
            assert Page(text).tags <= PAGE_TAGS
