"""Parse errors (vectors/FORMAT.md section 2) and encode errors."""

TEXT = {
    "truncated": "a field does not fit in what is left of its scope",
    "unknown_payload": "no payload of this number has a layout here",
    "unknown_map_type": "an unknown CS ID map type",
    "unknown_length": "an unknown number: nothing says how long the next field is",
    "trailing": "octets are left after the last payload",
}


class ParseError(Exception):
    """The first fault met: status, catalogue row, path of the field, offset in the message."""

    def __init__(self, status, row, path, offset):
        super().__init__(f"{status} at {offset}: {path} ({row})")
        self.status, self.row, self.path, self.offset = status, row, path, offset

    def as_json(self):
        """The form of vectors: without the text, which is nobody's contract."""
        return {"status": self.status, "id": self.row, "path": self.path, "offset": self.offset}

    def as_line(self):
        return {"status": self.status, "id": self.row, "clause": self.row.split("-")[1], "path": self.path,
                "offset": self.offset, "text": TEXT[self.status]}


class EncodeError(Exception):
    """A tree that cannot be written: a member is missing, or a value does not fit its field."""
