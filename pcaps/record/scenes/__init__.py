"""The scenes that are recorded: a module a family, each with SCENES: name to how it is played.

play        the function that plays it on a Stage; its docstring says what happens
profile     what the roles follow
people      name to node
at          where the capture is taken: a node, or "net": at the switch, on every hop (default)
interface   "any": Linux cooked; ipv6: True; judged: the profile a check is told (default "auto")
"""
import importlib

FAMILIES = ("calls", "faults", "sessions", "messages", "access", "parties", "paths")


def all_scenes():
    found = {}
    for family in FAMILIES:
        for name, scene in importlib.import_module(f"scenes.{family}").SCENES.items():
            found[name] = {**scene, "family": family}
    return found
