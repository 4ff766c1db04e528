"""JUnit XML: reads what test runners write, and writes it so that every CI system reads it."""
import collections
import xml.etree.ElementTree as xml

VERDICTS = ("passed", "failed", "skipped")
# `verdict` is one of VERDICTS, `text` its reason or the output.
Case = collections.namedtuple("Case", "suite name verdict text seconds", defaults=("", 0.0))


def read_junit(path):
    """The cases of a JUnit file; an error counts as a failure."""
    for element in xml.parse(path).iter("testcase"):
        bad = [child for child in element if child.tag in ("failure", "error")]
        left_out = element.find("skipped")
        output = element.findtext("system-out") or ""
        verdict, text = "passed", output
        if bad:
            verdict, text = "failed", "\n".join([bad[0].get("message") or "", bad[0].text or "", output])
        elif left_out is not None:
            verdict, text = "skipped", left_out.get("message") or left_out.text or ""
        yield Case(element.get("classname") or "", element.get("name") or "", verdict, text.strip(),
                   float(element.get("time") or 0))


def write_junit(path, name, cases):
    counts = collections.Counter(case.verdict for case in cases)
    suite = xml.Element("testsuite", name=name, tests=str(len(cases)), failures=str(counts["failed"]),
                        errors="0", skipped=str(counts["skipped"]), time=f"{sum(case.seconds for case in cases):.3f}")
    for case in cases:
        element = xml.SubElement(suite, "testcase", classname=case.suite, name=case.name, time=f"{case.seconds:.3f}")
        if case.verdict == "failed":
            xml.SubElement(element, "failure", message=case.name).text = case.text
        elif case.verdict == "skipped":
            xml.SubElement(element, "skipped", message=case.text)
    root = xml.Element("testsuites")
    root.append(suite)
    xml.indent(root)
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
