"""The conformance gate under pytest: each case of `ticketgate gate` is a test that is named by the case's id.

    python3 -m pytest runners/pytest_gate --iut "python3 mine/adapter.py" -n 2 -k "resolve and not pk"

Verdicts and exit codes are those of `ticketgate gate`: `failed` fails a test, `skipped` skips it, `inconclusive` is shown as
such, and is never a pass. Every worker of pytest-xdist keeps one gate, with an implementation of its own, and hands it the cases
that it gets.
"""

import functools
import json
import os
import pathlib
import shlex
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SELECTING = ("profile", "requirement", "role", "group", "case")
NOTHING_JUDGED, INCONCLUSIVE, INTERNAL_ERROR = 5, 10, 3


def pytest_addoption(parser):
    group = parser.getgroup("gate", "ticketgate gate")
    group.addoption("--iut", help="the implementation under test; without it the bundled reference")
    group.addoption("--mutant", help="the bundled reference, wrong in this way")
    for name in SELECTING:
        group.addoption(f"--{name}", action="append", default=[], help=f"as --{name} of ticketgate gate; several times: any")
    group.addoption("--gate-option", action="append", default=[],
                    help="anything else for ticketgate gate, as --gate-option='--timeout 2'")
    group.addoption("--ticketgate", default=os.environ.get("TICKETGATE_BIN", str(ROOT / "build" / "bin" / "ticketgate")),
                    help="the program; TICKETGATE_BIN, or that of the build folder, unless given")


def command(config, *more):
    return [config.getoption("--ticketgate"), "gate", *more]


def attachment(config):
    """The options that say what is judged, and how."""
    out = []
    for name in ("iut", "mutant"):
        if config.getoption(f"--{name}"):
            out += [f"--{name}", config.getoption(f"--{name}")]
    return out + [word for text in config.getoption("--gate-option") for word in shlex.split(text)]


def is_worker(config):
    return hasattr(config, "workerinput")


# --- the gate -----------------------------------------------------------------------------------------------------


class GateError(Exception):
    """The gate itself broke down."""


class Gate:
    """A `ticketgate gate --cases -` that is kept: an id in, a verdict out."""

    def __init__(self, config):
        self.command = command(config, *attachment(config), "--cases", "-", "--output", "jsonl")
        self.process = self.errors = None

    def run(self, case):
        if self.process is None:
            self.errors = tempfile.TemporaryFile("w+", errors="replace")
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                            text=True, bufsize=1)
        try:
            self.process.stdin.write(case + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            raise GateError(f"{shlex.join(self.command)}: exit code {self.close()}\n{self.said()}")
        verdict = json.loads(line)
        if verdict["id"] != case:
            raise GateError(f"asked for {case}, got {verdict['id']}")
        return verdict

    def said(self):
        """The end of its standard error."""
        self.errors.seek(0)
        return self.errors.read()[-4000:]

    def close(self):
        if self.process is None:
            return None
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        code, self.process = self.process.returncode, None
        return code


class Tally:
    """What came of it, as far as the exit code and the last lines need it; a plugin of the process that sums up."""

    def __init__(self):
        self.verdicts, self.inconclusive, self.worn = set(), [], []

    def pytest_runtest_logreport(self, report):
        verdict = getattr(report, "gate_verdict", None)
        if verdict:
            self.verdicts.add(verdict)
        if verdict == "inconclusive":
            self.inconclusive.append(f"{report.nodeid.rpartition('.cases::')[2]}: {report.gate_reason}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        self.worn += getattr(node, "workeroutput", {}).get("gate_worn", [])


# --- tests --------------------------------------------------------------------------------------------------------


def pytest_collect_file(file_path, parent):
    return Cases.from_parent(parent, path=file_path) if file_path.name == "gate.cases" else None


class Cases(pytest.File):
    def collect(self):
        wanted = [word for name in SELECTING for value in self.config.getoption(f"--{name}") for word in (f"--{name}", value)]
        vectors = [word for text in self.config.getoption("--gate-option") for word in shlex.split(text)]
        listing = vectors[vectors.index("--vectors"):][:2] if "--vectors" in vectors else []
        done = subprocess.run(command(self.config, "--list", "--output", "json", *wanted, *listing), capture_output=True, text=True)
        if done.returncode not in (0, NOTHING_JUDGED):
            raise pytest.UsageError(done.stderr.strip() or f"ticketgate gate --list: exit code {done.returncode}")
        listed = json.loads(done.stdout or "[]")
        for case in listed if isinstance(listed, list) else []:  # an object says why there is none
            yield Case.from_parent(self, name=case["id"], case=case)


class CaseFailed(Exception):
    pass


class Case(pytest.Item):
    def __init__(self, case, **more):
        super().__init__(**more)
        self.case, self.result = case, None
        words = [case.get(name) for name in ("group", "role", "profile", "title")] + case.get("requirements", [])
        self.extra_keyword_matches |= {word for word in words if word}

    def runtest(self):
        self.result = self.config.gate.run(self.name)
        verdict = self.result["verdict"]
        self.user_properties.append(("verdict", verdict))
        if verdict == "failed":
            raise CaseFailed
        if verdict != "passed":
            pytest.skip(reason_of(self.result))

    def repr_failure(self, excinfo):
        if excinfo.errisinstance(CaseFailed):
            return explained(self.result, requirement_rows(self.config.getoption("--ticketgate")))
        return str(excinfo.value) if excinfo.errisinstance(GateError) else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, None, f"{self.name}  {self.case.get('title', '')}"


def reason_of(result):
    said = [result[name] for name in ("reason", "text", "why") if result.get(name)]
    said += [failure["what"] for failure in result.get("failures", ()) if failure.get("what")]
    return "; ".join(said) or result["verdict"]


@functools.lru_cache(maxsize=None)
def requirement_rows(program):
    """The catalogue: what a failure names by its id alone."""
    done = subprocess.run([program, "requirements", "--output", "json"], capture_output=True, text=True)
    return {row["id"]: row for row in json.loads(done.stdout)["requirements"]} if done.returncode == 0 else {}


def explained(result, rows):
    """What the gate's own text says of a case that failed: clause and wording of each row, and the line that would expect it."""
    out = [f"{result['id']}  {result.get('title', '')}"]
    for failure in result.get("failures", ()):
        row = rows.get(failure.get("requirement"))
        out += ["", failure.get("what", "")]
        if row:
            out.append(f"  {'rule':<12} {row['id']} ({row['source']} {row['clause']}, {row['level']}): {row['text']}")
        out += [f"  {name:<12} {value if isinstance(value, str) else json.dumps(value)}" for name, value in failure.items()
                if name != "what" and value is not None and not (row and name == "requirement")]
    known = ("id", "title", "verdict", "failures", "requirements", "microseconds", "group", "suppress", "judged")
    out += [""] + [f"  {name:<12} {value if isinstance(value, str) else json.dumps(value)}"
                   for name, value in result.items() if name not in known and value]
    named = [failure["requirement"] for failure in result.get("failures", ()) if failure.get("requirement")]
    entry = {"case": result["id"], **({"requirement": named[0]} if named else {}), "reason": "..."}
    out.append(f"  {'suppress':<12} {result.get('suppress') or json.dumps(entry)}")
    return "\n".join(out)


# --- verdicts -----------------------------------------------------------------------------------------------------


def pytest_configure(config):
    config.gate, config.tally = Gate(config), Tally()
    config.pluginmanager.register(config.tally, "gate-tally")


def pytest_sessionstart(session):
    """What cannot be attached ends the run before it begins, with the gate's exit code."""
    config = session.config
    if is_worker(config) or config.getoption("collectonly"):
        return
    try:
        done = subprocess.run(command(config, *attachment(config), "--cases", "-", "--output", "jsonl"), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
    except OSError as error:
        pytest.exit(f"{config.getoption('--ticketgate')}: {error.strerror}", returncode=4)
    if done.returncode not in (0, NOTHING_JUDGED):
        pytest.exit(done.stderr.strip() or f"ticketgate gate: exit code {done.returncode}", returncode=done.returncode)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" and isinstance(item, Case):
        report.gate_verdict = item.result["verdict"] if item.result else "broken"
        report.gate_reason = reason_of(item.result) if item.result else ""


def pytest_report_teststatus(report, config):
    if report.when == "call" and getattr(report, "gate_verdict", None) == "inconclusive":
        return "inconclusive", "?", "INCONCLUSIVE"
    return None


def pytest_sessionfinish(session, exitstatus):
    config = session.config
    if is_worker(config):
        config.workeroutput["gate_worn"] = worn_out(session)
        config.gate.close()
        return
    config.gate.close()
    if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        return
    verdicts = config.tally.verdicts
    if config.getoption("collectonly"):
        return
    if "broken" in verdicts:
        session.exitstatus = INTERNAL_ERROR
    elif exitstatus == pytest.ExitCode.TESTS_FAILED or config.tally.worn:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    elif "inconclusive" in verdicts:
        session.exitstatus = INCONCLUSIVE
    elif "passed" not in verdicts:
        session.exitstatus = NOTHING_JUDGED


def worn_out(session):
    """The last plain exchanges once more, for the implementation of this worker: it has seen its share of the cases only."""
    last = [item for item in session.items if isinstance(item, Case) and item.case.get("group") == "sanity"
            and item.name.endswith(":again")]
    if session.config.gate.process is None:
        return []
    try:
        results = [session.config.gate.run(item.name) for item in last]
    except GateError as error:
        return [str(error)]
    rows = requirement_rows(session.config.getoption("--ticketgate"))
    return [explained(result, rows) for result in results if result["verdict"] == "failed"]


def pytest_terminal_summary(terminalreporter, config):
    if config.tally.inconclusive:
        terminalreporter.section("inconclusive")
        for line in config.tally.inconclusive:
            terminalreporter.line(line)
    for text in config.tally.worn:
        terminalreporter.section("the implementation of a worker wore out on the way")
        terminalreporter.line(text)
