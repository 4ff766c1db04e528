"""The units of a trace (TRACE.md sections 1 and 6)."""

import ipaddress

from . import http, sip

REPEATED = 32                           # seconds: 64*T1 (RFC 3261 17)


class Unit:
    def __init__(self, index, node):
        self.index, self.time, self.transport, self.kind = index, float(node["time"]), node["transport"], node["kind"]
        self.frame = node.get("frame", index + 1)
        self.source, self.destination = node["source"], node["destination"]
        octets = node["octets"]
        self.octets = octets.encode("latin-1") if self.kind in ("sip", "http") else bytes.fromhex(octets)
        self.message = None
        if self.kind == "sip":
            self.message = sip.Message(self.octets)
        elif self.kind == "http":
            self.message = http.Message(self.octets)

    def end(self, text):
        """An end of a leg: over TCP and SCTP the address alone."""
        return text if self.transport == "udp" else address_of(text)


def address_of(end):
    return str(ipaddress.ip_address(end.rpartition(":")[0].strip("[]")))


def port_of(end):
    return int(end.rpartition(":")[2])


def same_address(text, end):
    """Whether a host of a description is the address of an end; a name is none."""
    try:
        return ipaddress.ip_address(text) == ipaddress.ip_address(address_of(end))
    except ValueError:
        return False


def read(nodes):
    """The units, without retransmissions (and how many those are)."""
    out, repeated, last = [], 0, {}
    for index, node in enumerate(nodes):
        try:
            unit = Unit(index, node)
        except sip.BadSip:
            continue
        if unit.kind == "sip" and unit.transport == "udp":
            where = (unit.source, unit.destination, unit.octets)
            before = last.get(where)
            last[where] = unit.time
            if before is not None and unit.time - before <= REPEATED:
                repeated += 1
                continue
        out.append(unit)
    return out, repeated
