"""What is found across the trace: one finding a row, call and place; what several legs show is found once, at the first in the order of frames."""


class Report:
    def __init__(self):
        self.findings, self.seen = [], set()

    def find(self, row, unit, call=None, same=()):
        """`same`: what makes it the same thing on another leg, or at another place."""
        key = (row, call.number if call else None, *same)
        if key in self.seen:
            return
        self.seen.add(key)
        self.findings.append((row, unit, call))

    def sorted(self):
        return sorted(self.findings, key=lambda one: (one[1].frame, one[0]))


def of_step(step):
    """A SIP message whatever the leg: method and number, who began the transaction, request or status."""
    message = step.message
    return (*message.cseq, message.from_tag, message.request or message.status, None if message.request else message.to_tag)
