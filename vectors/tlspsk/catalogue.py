"""What a receiver does with a row: its on_receive in the catalogue."""

import functools
import pathlib

CATALOGUE = pathlib.Path(__file__).resolve().parent.parent.parent / "harness" / "findings" / "catalogue"


@functools.lru_cache(None)
def rejected():
    out = set()
    for path in CATALOGUE.glob("*.tsv"):
        lines = [line.split("\t") for line in path.read_text().splitlines()]
        names = lines[0]
        out |= {row[names.index("id")] for row in lines[1:] if row[names.index("on_receive")] == "reject"}
    return out


def reject(row):
    return row in rejected()
