"""The catalogue as far as this judge needs it: what a receiver does, and which rows are section 8's."""

import functools
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "harness" / "findings" / "catalogue"

# Rows that section 8 names although the rules on one message judge them too.
ALSO = ("RFC6043-4.2.1.5-01", "RFC6043-4.2.3.5-01", "RFC6043-4.2.3.5-11", "RFC6043-4.2.2.3-10", "RFC6043-4.2.2.3-12",
        "RFC6043-5.2-08", "RFC6043-6.1.1-06", "RFC6043-6.2.1-02", "RFC6043-6.10-01", "TS33328-F.3-05")


@functools.lru_cache(None)
def rows():
    """id -> {column: value}."""
    found = {}
    for path in sorted(FOLDER.glob("*.tsv")):
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
        for line in lines[1:]:
            found[line[0]] = dict(zip(lines[0], line))
    return found


def on_receive(row):
    return rows()[row]["on_receive"]


SECTION_8_IDS = frozenset(ALSO) | {name for name, row in rows().items() if row["how"] == "exchange" and row["shown_by"] == "-"}
