"""The rules on one message (vectors/FORMAT.md sections 3 and 6; catalogue rows with how=check): tree, profile and context
-> the rows that are broken. Nothing here looks at a key, or at another message."""

from . import figures, headers, parts, policies, sessions
from .view import Context, View

ROOMS = (figures, headers, parts, policies, sessions)


def broken(tree, profile, context=None):
    """The set of rows that the message breaks under the profile (conversation.profile.Profile)."""
    view = View(tree, profile, context or Context())
    for room in ROOMS:
        room.check(view)
    return view.rows


__all__ = ["Context", "View", "broken"]
