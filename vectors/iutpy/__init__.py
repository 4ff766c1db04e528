"""Live roles: an Initiator, a Responder and a KMS that stand on mikeyticket, for `vectors/iut` (runners/ATTACHING.md).

options     what a session is told when it is opened
refusal     why a message is refused: classes, and the Error no that goes with each
live        the judge of conversations, one message at a time; what it refuses is not kept
parts       payloads, keys and tickets, with randomness of the operating system
party       what every role does: clocks, sending, refusing, Errors
transfer    what Initiator and Responder share: crypto sessions, CSB updates
initiator, responder, kms       the roles
containers  PSK S/MIME, of no session
line        the line protocol
"""
