"""What stands on disk of one kind of vectors: its files in a folder of data/, and the registry of their ids. `wanted` takes the ids on disk and
gives (how many, ids, {file name: text}) as they have to be."""

from . import main, names


def on_disk(folder):
    return {path.name: path.read_text() for path in sorted(folder.glob("*.json"))}


def check(folder, registry, wanted):
    """The names of what differs from what generate makes."""
    old, there = names.load(registry), on_disk(folder)
    _, ids, files = wanted(old)
    wrong = sorted(f"{folder.name}/{name}" for name in files.keys() | there.keys() if files.get(name) != there.get(name))
    return wrong + ([] if ids == old else [str(registry.relative_to(main.ROOT))])


def write(folder, registry, wanted):
    """(how many vectors, how many files) were written."""
    count, ids, files = wanted(names.load(registry))
    folder.mkdir(parents=True, exist_ok=True)
    for name in on_disk(folder).keys() - files.keys():
        (folder / name).unlink()
    for name, text in files.items():
        (folder / name).write_text(text)
    names.save(registry, ids)
    return count, len(files)
