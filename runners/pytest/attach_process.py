"""What the tests of attachments share: iut_drive (runners/iut/tests), which attaches what it is told and makes calls, each of
which gives a line; and hostile_iut.py behind it. No test looks at a clock: what hangs is killed after TIMEOUT_MS, or the test
does not end."""
import collections
import json
import pathlib
import shlex
import subprocess
import time

from conftest import binary

HOSTILE = pathlib.Path(__file__).with_name("hostile_iut.py")
PYTHON = "/usr/bin/python3"
TIMEOUT_MS = 2500 # what does not hang has to be ready by then, on a busy machine too
LONG_MS = 30000
MOST_RSS_KB = 64 * 1024

Driven = collections.namedtuple("Driven", "hello calls end")


def drive_path():
    path = pathlib.Path(binary()).parent / "iut_drive"
    assert path.exists(), f"{path} is not built"
    return path


def shared_reference():
    return pathlib.Path(binary()).parent.parent / "lib" / "libticketgate_reference.so"


def drive(*arguments, options=(), **more):
    """Calls are the arguments. The end tells what was left behind."""
    command = [drive_path(), *map(str, options), f"program={binary()}", "--", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False, **more)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert lines[-1]["left_open"] == 0, "descriptors are left open"
    if len(lines) == 1:
        return Driven(None, [], lines[0])
    return Driven(lines[0], lines[1:-1], lines[-1])


def is_running(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def nothing_runs(pids):
    """Those killed may take a moment to go."""
    for _ in range(100):
        left = [pid for pid in pids if is_running(pid)]
        if not left:
            return True
        time.sleep(0.02)
    return False


class Hostile:
    def __init__(self, folder):
        self.pids_file = folder / "pids"

    def command(self, behaviour, *more):
        return shlex.join([PYTHON, str(HOSTILE), behaviour, str(self.pids_file), *more])

    def pids(self):
        return [int(line) for line in self.pids_file.read_text(encoding="ascii").split()]

    def drive(self, behaviour, *calls, options=(), timeout_ms=LONG_MS, **more):
        options = [f"target={self.command(behaviour)}", f"timeout_ms={timeout_ms}", *options]
        driven = drive(*calls, options=options, **more)
        assert nothing_runs(self.pids()), "something is left running"
        return driven


def is_good(call):
    return (call["fault"], call["outcome"], call["text"], call["why"], call["words"]) == ("ok", 0, "good", "", "")


def is_zero(call):
    """With a fault the reply is zero."""
    return (call["outcome"], call["error"], call["text"], call["messages"], call["keys"], call["reencoded"],
            call["established"], call["content"], call["container"]) == (0, None, None, [], [], "", False, "", "")
