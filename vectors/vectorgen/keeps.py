"""The rows that a conforming message of each kind keeps (the `clauses` of its vector), read off the RFCs by hand."""


def rows(source, *names):
    return [f"{source}-{name}" for name in names]


ANY = rows("RFC3830", "6.1-x01", "6.1-x02", "6.1-x03", "6.1-x04", "6.1-x05", "6.1-x06", "6.6-x01")
TICKETS = ANY + rows("RFC6043", "4.2-x01", "4.2-x02", "4.2-x03", "4.2-x04", "6.1-x01", "6.6-01", "6.6-x01", "12.1-08")
RANDS = rows("RFC3830", "6.11-02") + rows("RFC6043", "6.8-x01")
POLICY = rows("RFC6043", *(f"6.10-x{i:02}" for i in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15)), "6.10-16",
              "6.10-17")
GRANTED = POLICY + rows("RFC6043", "6.10-22", "6.10-24")
BASE_TICKET = rows("RFC6043", "A-x01", "A-x02", "A-x03", "A-x04", "A.1-01", "A.1-03", "A.1-07")
EMPTY = rows("RFC4563", "5-01")
V = rows("RFC3830", "6.9-x01")
PK = rows("RFC3830", "6.3-x01", "6.5-x01", "6.7-x01", "6.8-x01")
KEMAC = rows("RFC3830", "6.2-x01", "6.2-x02")
KEY = rows("RFC3830", "6.13-x01", "6.14-x01")
SESSIONS = rows("RFC6043", "6.1-03", "6.1-04", "6.1.1-x01", "6.1.1-x03", "6.1.1-x05", "6.1.1-06")
SP = rows("RFC3830", "6.10-x01", "6.10-x02")
INITIATOR_DATA = rows("RFC6043", "6.10-x09", "6.10-x18", "6.10-x19", "6.10-27", "6.10-28", "6.10-29")

REQUEST_INIT = TICKETS + RANDS + POLICY + EMPTY + rows("RFC6043", "4.2.1.1-01", "4.2.1.1-x01", "4.2.1.1-03a", "4.2.1.1-04",
                                                       "4.2.1.1-06", "6.10-x16", "6.10-09a", "6.4-x01")
REQUEST_INIT_PSK = REQUEST_INIT + V + rows("RFC6043", "4.2.1.2-01", "4.2.1.2-03")
REQUEST_INIT_PK = REQUEST_INIT + PK + rows("RFC6043", "4.2.1.3-01", "4.2.1.3-x01", "4.2.1.3-x02")
TP_KEMAC = KEMAC + KEY + rows("RFC6043", "6.10-20", "6.10-21a", "6.10-01")
REQUEST_RESP = TICKETS + GRANTED + EMPTY + V + KEMAC + rows("RFC6043", "4.2.1.5-x01", "4.2.1.5-01", "4.2.1.5-02a",
                                                            "4.2.1.5-05", "4.2.1.5-11", "6.10-x17")
TRANSFER_INIT = TICKETS + RANDS + GRANTED + V + SESSIONS + rows(
    "RFC6043", "4.2.2.1-01", "4.2.2.1-x01", "4.2.2.1-03a", "4.2.2.1-04", "4.2.2.1-07", "4.2.2.1-08", "6.1.1-x02",
    "6.1.1-x04a")
TRANSFER_RESP = TICKETS + V + SESSIONS + rows(
    "RFC6043", "4.2.2.3-x01", "4.2.2.3-02a", "4.2.2.3-03", "4.2.2.3-18", "6.1.1-02", "6.1.1-x04b", "6.1.1-07b",
    "6.1.1-09b")
RESOLVE_INIT = TICKETS + RANDS + GRANTED + BASE_TICKET + EMPTY + rows("RFC6043", "4.2.3.1-01", "4.2.3.1-x01", "4.2.3.1-03a",
                                                                      "4.2.3.1-04", "4.2.3.1-05")
RESOLVE_INIT_PSK = RESOLVE_INIT + V + rows("RFC6043", "4.2.3.2-01", "4.2.3.2-03")
RESOLVE_INIT_PK = RESOLVE_INIT + PK + rows("RFC6043", "4.2.3.3-01", "4.2.3.3-x01", "4.2.3.3-x02")
RESOLVE_RESP = TICKETS + EMPTY + V + KEMAC + rows("RFC6043", "4.2.3.5-x01", "4.2.3.5-01", "4.2.3.5-02a", "4.2.3.5-05",
                                                  "4.2.3.5-13")
UPDATE_INIT = TICKETS + V + SESSIONS + rows("RFC6043", "5.2-x01", "5.2-03", "4.2.2.1-08")
UPDATE_RESP = TICKETS + V + SESSIONS + rows("RFC6043", "5.2-03", "4.2.2.3-x01", "4.2.2.3-02a", "4.2.2.3-03", "4.2.2.3-18")
# An Error repeats version and PRF func of the message it is about (RFC 6043 5.4), so these two say nothing of it.
ERROR = [row for row in TICKETS if row not in ("RFC3830-6.1-x05", "RFC6043-6.1-x01")] + rows("RFC3830", "6.12-x01") + rows("RFC6043", "5.4-x01", "5.4-x02", "5.4-08a")
SUPPLIED = KEMAC + rows("RFC6043", "5.2-10")

IMS_POLICY = rows("TS33328", "6.2.3.6-01", "6.2.3.4-01", "D-01")
IMS_TRANSFER = rows("TS33328", "D-02")
IMS_RESP = IMS_TRANSFER + rows("TS33328", "6.2.3.6-02") + rows("RFC6043", "4.2.2.3-10", "4.2.2.3-12")
IMS_MESSAGE = rows("TS33328", "6.2.3.4-01", "F.3-01", "F.3-02", "F.3-03", "F.3-04", "F.3-05")
TLS = rows("TS33328", "H.1-01", "H.1-02", "H.1-03", "H.1-04")
