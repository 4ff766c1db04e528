"""What stands on disk of one kind of vectors: its files in a folder of data/, and the registry of their ids."""

from . import main, names


class Kind:
    """`folder`: of data/; `here`: of the modules that make them, with the registry; ids begin with `prefix`; `salt` is hashed with names; `member`: of a file,
    that has the entries; `collect`: gives the drafts."""

    def __init__(self, folder, here, prefix, salt, source, collect, member="vectors"):
        self.folder, self.registry, self.prefix, self.salt = main.DATA / folder, here / "ids.json", prefix, salt
        self.source, self.collect, self.member = source, collect, member

    def all_drafts(self):
        return names.unique(list(self.collect()))

    def load_ids(self):
        return names.load(self.registry)

    def assign_ids(self, drafts, ids):
        return names.assign(drafts, ids, self.prefix, self.salt)

    def finished(self, drafts, ids):
        """(group, entry) of each."""
        return [(draft.group, draft.finish(ids)) for draft in drafts]

    def wanted(self, old):
        """(how many, ids, files: name -> text) as they have to be; `old`: the ids on disk."""
        drafts = self.all_drafts()
        ids, groups = self.assign_ids(drafts, old), {}
        for group, entry in self.finished(drafts, ids):
            groups.setdefault(group, []).append(entry)
        return len(drafts), ids, {f"{group}.json": main.format_file(group, self.source, entries, self.member) for group, entries in groups.items()}

    def on_disk(self):
        return {path.name: path.read_text() for path in sorted(self.folder.glob("*.json"))}

    def check(self):
        """The names of what differs from what generate makes."""
        old, there = self.load_ids(), self.on_disk()
        _, ids, files = self.wanted(old)
        wrong = sorted(f"{self.folder.name}/{name}" for name in files.keys() | there.keys() if files.get(name) != there.get(name))
        return wrong + ([] if ids == old else [str(self.registry.relative_to(main.ROOT))])

    def write(self):
        """(how many vectors, how many files) were written."""
        count, ids, files = self.wanted(self.load_ids())
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.on_disk().keys() - files.keys():
            (self.folder / name).unlink()
        for name, text in files.items():
            (self.folder / name).write_text(text)
        names.save(self.registry, ids)
        return count, len(files)


def in_order(modules):
    """The drafts of modules whose later ones build on parents of earlier ones."""
    def collect():
        parents = {}
        for module in modules:
            yield from module.drafts(parents)
    return collect
