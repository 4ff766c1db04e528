"""What is found across the trace (TRACE.md section 5): one finding a row, call and place; what several hops show is found once."""


class Report:
    def __init__(self):
        self.found = {}                         # what it is -> (rank, row, unit, call)

    def of_step(self, row, step, *same):
        """At a SIP message, whatever the hop; `same`: what of it. Told at the hop of the request's first."""
        self.add((row, step.call.number, identity_of(step), *same), (*rank(step), row, step.unit, step.call))

    def of_unit(self, row, unit, call, *same):
        """At a unit of media, or of a message that is found once."""
        self.add((row, call.number, *same), (0, unit.index, row, unit, call))

    def add(self, what, where):
        if what not in self.found or where[:2] < self.found[what][:2]:
            self.found[what] = where

    @property
    def findings(self):
        """(row, unit, call), in the order of frames."""
        return sorted((one[2:] for one in self.found.values()), key=lambda one: (one[1].frame, one[0]))


def identity_of(step):
    """A request or response whatever the hop: method and number, who began the transaction, in which dialog, status."""
    message = step.message
    return (*message.cseq, message.from_tag, message.to_tag, message.status)


def rank(step):
    """The order of hops: that of their requests; those whose request is not in the capture are last."""
    request = step if step.message.request else step.transaction.request
    return (0, request.unit.index) if request is not None else (1, step.unit.index)
