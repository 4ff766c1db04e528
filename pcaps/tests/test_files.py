"""Files that commands write: never those that are read, whole or not at all, and nothing that is no file is replaced."""
import json
import os
import re
import resource
import stat
import subprocess
import threading

import pytest

from conftest import TRACES

CAPTURE = next(TRACES.rglob("*.pcap"))
NANOSECONDS = b"\x4d\x3c\xb2\xa1"  # what a new capture begins with


@pytest.fixture(name="capture")
def capture_file(tmp_path):
    path = tmp_path / "call.pcap"
    path.write_bytes(CAPTURE.read_bytes())
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("command, arguments", [
    ("scrub", ["--force", "F", "F"]),
    ("scrub", ["--force", "F", "D/./call.pcap"]),
    ("scrub", ["--force", "F", "D/symbolic"]),
    ("scrub", ["--force", "F", "D/hard"]),
    ("scrub", ["--force", "--keys", "K", "--keys-out", "K", "F", "D/new"]),
    ("scrub", ["--force", "--keys", "K", "--keys-out", "F", "F", "D/new"]),
    ("scrub", ["--force", "--keys", "K", "F", "K"]),
    ("scrub", ["--keys", "K", "--keys-out", "D/new", "F", "D/new"]),
    ("scrub", ["--keys", "K", "--keys-out", "D/./new", "F", "D/new"]),
    ("check", ["--force", "--key-log", "F", "F"]),
    ("check", ["--report", "json=F", "F"]),
    ("check", ["--report", "json=K", "--keys", "K", "F"]),
    ("check", ["--report", "json=D/new", "--report", "html=D/new", "F"]),
    ("check", ["--report", "json=D/new", "--key-log", "D/new", "F"]),
])
def test_one_file_for_two(run, capture, tmp_path, command, arguments):
    folder = tmp_path
    keys = folder / "keys.json"
    keys.write_text("{}")
    (folder / "symbolic").symlink_to(capture)
    os.link(capture, folder / "hard")
    before = names(folder)
    places = {"F": capture, "K": keys, "D": folder}
    given = [re.sub(r"\b[FKD]\b", lambda found: str(places[found[0]]), argument) for argument in arguments]
    outcome = run(*given, command=command)
    assert outcome.code == 4 and "named twice" in outcome.err
    assert names(folder) == before
    assert capture.read_bytes() == CAPTURE.read_bytes() and keys.read_text() == "{}"


def test_standard_input_is_a_file(run, capture):
    with open(capture, "rb") as stream:
        done = subprocess.run([os.environ["TICKETGATE_BIN"], "pcap", "check", "--report", f"json={capture}", "-"],
                              stdin=stream, capture_output=True, timeout=60, check=False)
    assert done.returncode == 4 and b"named twice" in done.stderr
    assert capture.read_bytes() == CAPTURE.read_bytes()


def test_whole_or_not_at_all(run, capture, tmp_path):
    report, new = tmp_path / "report.json", tmp_path / "new.pcap"
    report.write_text("as before")
    report.chmod(0o640)
    assert run("--report", f"json={report}", tmp_path / "is not there").code == 4
    assert report.read_text() == "as before"
    assert run("--report", f"json={report}", capture).code in (0, 1, 5, 10)
    assert json.loads(report.read_bytes())["summary"] and stat.S_IMODE(report.stat().st_mode) == 0o640
    new.write_text("as before")
    assert run(capture, new, command="scrub").code == 4 and new.read_text() == "as before"
    broken = tmp_path / "broken"
    broken.write_text("no capture")
    assert run("--force", broken, new, command="scrub").code == 4 and new.read_text() == "as before"
    assert run("--force", capture, new, command="scrub").code == 0 and new.read_bytes()[:4] == NANOSECONDS
    link = tmp_path / "link"
    link.symlink_to(new)
    assert run("--force", capture, link, command="scrub").code == 0 and link.is_symlink()
    assert names(tmp_path) == ["broken", "call.pcap", "link", "new.pcap", "report.json"]


def test_no_room(capture, tmp_path):
    """A file that cannot grow: what was there stays."""
    new = tmp_path / "new.pcap"
    new.write_text("as before")
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    done = subprocess.run(["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh", os.environ["TICKETGATE_BIN"], "pcap", "scrub", "--force",
                           str(capture), str(new)], preexec_fn=limit, capture_output=True, timeout=60, check=False)
    assert done.returncode == 4, done
    assert new.read_text() == "as before" and names(tmp_path) == ["call.pcap", "new.pcap"]


def test_no_regular_files(run, capture, tmp_path):
    """A pipe is written as it is and stays, whether all could be written or not; so does /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    for command, arguments in (("check", ["--report", f"json={pipe}", capture]), ("scrub", [capture, pipe])):
        reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
        reader.start()
        assert run(*arguments, command=command).code in (0, 1, 5, 10)
        reader.join(30)
        assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert json.loads(got[0])["summary"] and got[1][:4] == NANOSECONDS
    broken = tmp_path / "broken"
    broken.write_text("no capture")
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run("--force", broken, pipe, command="scrub").code == 4
    reader.join(30)
    assert stat.S_ISFIFO(pipe.lstat().st_mode) and got[2] == b""
    assert run("--report", "json=/dev/null", "--report", "html=/dev/null", "--key-log", "/dev/null", capture).code in (0, 1, 5, 10)
    assert stat.S_ISCHR(os.lstat("/dev/null").st_mode) and stat.S_IMODE(os.lstat("/dev/null").st_mode) == 0o666
    assert run(capture, tmp_path, command="scrub").code == 4


def test_settings_hold_in_whichever_profile(tmp_path):
    """TRACE.md: settings hold in every profile, also in those that `auto` chooses."""
    binary = os.environ["TICKETGATE_BIN"]
    setting = ["--set", "mac_identity=len_data"]
    made = {form: subprocess.run([binary, "converse", "--profile", "ims-media", "--seed", "3", *setting, "--output", form],
                                 capture_output=True, timeout=60, check=True).stdout for form in ("pcap", "json")}
    known = json.loads(made["json"])
    (tmp_path / "keys").write_text(json.dumps({name: known[name] for name in ("identities", "secrets", "now", "skew", "subscribers")}))
    (tmp_path / "call").write_bytes(made["pcap"])
    named = ["--profile", "ims-media"]
    for threads in "12":
        for way, code in (([], 1), (setting, 0), (named, 1), (named + setting, 0)):
            done = subprocess.run([binary, "pcap", "check", "--threads", threads, "--keys", tmp_path / "keys", *way, tmp_path / "call"],
                                  capture_output=True, timeout=60, check=False)
            assert done.returncode == code, done
