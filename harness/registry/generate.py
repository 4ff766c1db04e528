#!/usr/bin/python3
"""Makes the registry's C sources from mikey-payloads.tsv: the tables and the numbers the code decides on."""
import csv
import sys


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def by_namespace(rows):
    spaces = {}
    for row in rows:
        spaces.setdefault(row["namespace"], []).append(row)
    return spaces


def values_header(spaces):
    yield "/* Made from mikey-payloads.tsv by generate.py. */"
    yield "#ifndef TICKETGATE_REGISTRY_VALUES_H\n#define TICKETGATE_REGISTRY_VALUES_H\n#include <stdint.h>"
    for name, rows in spaces.items():
        named = [row for row in rows if row["symbol"]]
        if named:
            yield "enum {"
            yield ",\n".join(f"    {row['symbol']} = {row['low']}" for row in named)
            yield f"}}; /* {rows[0]['title']} */"
    for name, rows in spaces.items():
        fixed = [row for row in rows if row["octets"]]
        if not fixed:
            continue
        yield f"/* Octets that a {rows[0]['title']} number fixes; -1 where nothing says. */"
        yield f"static inline int tg_{name}_octets(uint8_t value)\n{{\n    switch (value) {{"
        for row in fixed:
            yield f"    case {row['low']}: return {row['octets']};"
        yield "    default: return -1;\n    }\n}"
    yield "#endif"


def tables_source(spaces):
    yield "/* Made from mikey-payloads.tsv by generate.py. */"
    for name, rows in spaces.items():
        yield f"static const tg_registry_entry entries_{name}[] = {{"
        for row in rows:
            yield (f"    {{ {row['low']}, {row['high']}, {c_string(row['name'])}, {c_string(row['key'])}, "
                   f"{c_string(row['reference'])} }},")
        yield "};"
    yield "static const tg_registry registries[] = {"
    for name, rows in spaces.items():
        yield (f"    {{ {c_string(name)}, {c_string(rows[0]['title'])}, {rows[0]['bits']}, "
               f"entries_{name}, {len(rows)} }},")
    yield "};"


def main():
    source, header, tables = sys.argv[1:]
    spaces = by_namespace(read_rows(source))
    for path, lines in ((header, values_header(spaces)), (tables, tables_source(spaces))):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
