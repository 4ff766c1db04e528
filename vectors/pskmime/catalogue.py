"""What a receiver does where a row is broken: the catalogue is the same for all."""

from mikeyticket.conversation.catalogue import on_receive, rows

__all__ = ["on_receive", "rows"]
