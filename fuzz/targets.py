"""Reads targets.txt, and knows where things of this folder are."""
import collections
import pathlib

FUZZ = pathlib.Path(__file__).resolve().parent
TOP = FUZZ.parent
Target = collections.namedtuple("Target", "name dictionary mutations")


def read_targets(chosen=()):
    """All targets in order, or the chosen ones; KeyError names one that does not exist."""
    rows = [line.split() for line in (FUZZ / "targets.txt").read_text().splitlines()
            if line.strip() and not line.startswith("#")]
    targets = {row[0]: Target(row[0], row[1], int(row[2])) for row in rows}
    return [targets[name] for name in chosen] if chosen else list(targets.values())


def regressions_of(target):
    """The folder with past crashers of a target, or None."""
    folder = FUZZ / "regressions" / target
    return folder if folder.is_dir() else None
