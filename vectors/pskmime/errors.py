"""What cannot be cut."""


class SmimeError(Exception):
    """`status` and `row` are those of the answer (SMIME.md section 3)."""

    def __init__(self, status, row=None, text=""):
        super().__init__(text or status)
        self.status, self.row = status, row

    def as_json(self):
        return {"status": self.status, "id": self.row}


class CmsError(SmimeError):
    pass


class AskError(ValueError):
    """The question itself is wrong."""
