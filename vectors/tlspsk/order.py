"""The order of the first handshake (TLS.md section 3, row RFC5246-7.4-x01)."""

from . import reading as m

CCS, RETRY, VERIFY = "ccs", "retry", "verify"       # beside the numbers of handshake messages; VERIFY: in its one place

# (end, message) -> its place; the places in MANDATORY are not left out.
PLACES = {
    ("client", m.CLIENT_HELLO): 0, ("server", m.SERVER_HELLO): 1, ("server", m.CERTIFICATE): 2,
    ("server", m.CERTIFICATE_STATUS): 3,                        # RFC 6066 8: behind Certificate
    ("server", m.SERVER_KEY_EXCHANGE): 4, ("server", m.CERTIFICATE_REQUEST): 5, ("server", m.SERVER_HELLO_DONE): 6,
    ("client", m.CERTIFICATE): 7, ("client", m.CLIENT_KEY_EXCHANGE): 8, ("client", m.CERTIFICATE_VERIFY): 9,
    ("client", CCS): 10, ("client", m.FINISHED): 11,
    ("server", m.NEW_SESSION_TICKET): 12, ("server", CCS): 13, ("server", m.FINISHED): 14,
}
MANDATORY = (0, 1, 6, 8, 10, 11, 13, 14)
MANDATORY_OF_DTLS = (0, 1, 6, 8)


def skips(place, to, dtls):
    return any(place < one < to for one in (MANDATORY_OF_DTLS if dtls else MANDATORY))


def in_order(events, dtls):
    """`events`: (end, message, were the hellos alone judged when it came) in the order of time. Nothing tells the
    place of ChangeCipherSpec in DTLS, nor of what does not open."""
    place, retried = -1, False
    for end, what, hellos_alone in events:
        if what == m.HELLO_REQUEST and end == "server":
            continue
        if what in (RETRY, VERIFY):
            if place != 0 or what == RETRY and retried:         # RFC 8446 4.1.4: a second one is out of order
                return False
            place, retried = -1, retried or what == RETRY       # another ClientHello
            continue
        if what == m.HELLO_VERIFY_REQUEST and dtls:
            return False                                        # in its place it is VERIFY
        if dtls and what in (CCS, m.FINISHED) or hellos_alone and what not in (m.CLIENT_HELLO, m.SERVER_HELLO):
            continue
        to = PLACES.get((end, what))
        if to is None or to <= place or skips(place, to, dtls):
            return False
        place = to
    return True

