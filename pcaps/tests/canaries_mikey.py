"""Places in MIKEY messages whose keys nobody has: every payload, by the codec of vectors/."""

import base64
import copy
import hashlib
import json
import pathlib
import sys

from canaries import Book
from canaries_sip import request
from canaries_bodies import sdp
from conftest import VECTORS

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "vectors"))

from mikeyticket import codec           # noqa: E402

VECTOR = next(one for one in json.loads((VECTORS / "ticket_transfer.json").read_text())["vectors"] if one["tree"] and one["tree"]["hdr"]["data_type"] == 14 and "IMS media" in one["title"])
BLOBS = {"General Extension, vendor": lambda h: {"payload": "GENERAL_EXT", "type": 0, "data": h}, "General Extension, SDP IDs": lambda h: {"payload": "GENERAL_EXT", "type": 1, "data": h}, "General Extension, TESLA": lambda h: {"payload": "GENERAL_EXT", "type": 2, "data": h}, "General Extension, key ID": lambda h: {"payload": "GENERAL_EXT", "type": 3, "data": h},
         "General Extension, CSB ID": lambda h: {"payload": "GENERAL_EXT", "type": 4, "data": h}, "General Extension, broadcast": lambda h: {"payload": "GENERAL_EXT", "type": 5, "data": h}, "General Extension, SAKKE": lambda h: {"payload": "GENERAL_EXT", "type": 6, "data": h}, "General Extension, key parameters": lambda h: {"payload": "GENERAL_EXT", "type": 7, "data": h},
         "General Extension, unknown": lambda h: {"payload": "GENERAL_EXT", "type": 99, "data": h}, "General Extension, private": lambda h: {"payload": "GENERAL_EXT", "type": 241, "data": h}, "CERT": lambda h: {"payload": "CERT", "cert_type": 0, "cert_data": h}, "CERT, URL": lambda h: {"payload": "CERT", "cert_type": 1, "cert_data": b"http://".hex() + h},
         "CERT, unknown": lambda h: {"payload": "CERT", "cert_type": 77, "cert_data": h}, "PKE": lambda h: {"payload": "PKE", "c": 0, "data": h}, "KEMAC": lambda h: {"payload": "KEMAC", "encr_alg": 1, "encr_data": h, "mac_alg": 0, "mac": ""}, "KEMAC, not encrypted": lambda h: {"payload": "KEMAC", "encr_alg": 0, "encr_data": h, "mac_alg": 0, "mac": ""},
         "SIGN": lambda h: {"payload": "SIGN", "s_type": 0, "signature": h}, "SAKKE": lambda h: {"payload": "SAKKE", "sakke_params": 1, "id_scheme": 1, "sakke_data": h}, "IBAKE": lambda h: {"payload": "IBAKE", "encr_data": h}, "ESK": lambda h: {"payload": "ESK", "encr_data": h}}
TEXTS = {"name": "{}@example.com", "host": "alice@{}.example.com", "alone": "{}", "URI": "sip:{}@example.com", "number": "tel:{}", "parameter": "sip:alice@example.com;x={}", "two": "{}@{}.example.com"}


def message(change):
    tree = copy.deepcopy(VECTOR["tree"])
    change(tree)
    for node in tree["payloads"]:
        node.pop("next_payload", None)
    return codec.encode(tree)


def ticket_of(tree):
    return next(node for node in tree["payloads"] if node["payload"] == "TICKET")


def beside(node):
    return lambda tree: tree["payloads"].insert(len(tree["payloads"]) - 1, node)


def places():
    book = Book("mikey")

    def made(canary, name, change):
        """Each has a ticket of its own, and so is of a conversation of its own."""
        def all_of_it(tree):
            ticket_of(tree)["ticket_data"][0]["thdr_data"] = hashlib.sha256(f"{name}/{canary.kind}".encode()).hexdigest()[:16]
            change(canary.octets())(tree)
        return message(all_of_it)

    def add(name, kind, change):
        """`change`: of a canary's octets, a change of the tree of a TRANSFER_INIT."""
        line = "a=key-mgmt:mikey " + base64.b64encode(made(book.canary(name, kind), name, change)).decode()
        book.datagram(name, kind, lambda t, n: request(n, body=sdp(more=[line])))
        if kind == "binary":
            octets = made(book.canary(f"{name}, in a body", kind), name + " body", change)
            book.datagram(f"{name}, in a body", kind, lambda t, n: request(n, "MESSAGE sip:bob@example.com SIP/2.0", octets, content_type="application/mikey"))
    for name, make in BLOBS.items():
        for kind in ("words", "phone", "name", "binary"):
            add(name, kind, lambda o, make=make: beside(make(o.hex())))
    for payload in ("ID", "IDR"):
        for id_type in (0, 1, 2, 3, 77):
            for name, form in TEXTS.items():
                for kind in ("words", "phone", "ipv4", "name") if name == "name" else ("words", "phone"):
                    node = lambda o, p=payload, t=id_type, f=form: {"payload": p, **({"id_role": 1} if p == "IDR" else {}), "id_type": t, "id_data": f.encode().replace(b"{}", o).hex()}
                    add(f"{payload} of type {id_type}, {name}", kind, lambda o, node=node: beside(node(o)))
            add(f"{payload} of type {id_type}, octets", "binary", lambda o, p=payload, t=id_type: beside({"payload": p, **({"id_role": 1} if p == "IDR" else {}), "id_type": t, "id_data": o.hex()}))
    for role in (2, 3, 4, 5, 9):
        for kind in ("words", "phone", "binary"):
            add(f"IDR of role {role}", kind, lambda o, role=role: beside({"payload": "IDR", "id_role": role, "id_type": 0, "id_data": o.hex()}))
    for kind in ("words", "phone", "name", "binary"):
        add("list of SDP IDs", kind, lambda o: beside({"payload": "GENERAL_EXT", "type": 1, "data": (b"mikey;" + o).hex()}))
        add("policy", kind, lambda o: beside({"payload": "SP", "policy_no": 9, "prot_type": 0, "policy_param": [{"type": 99, "value": o.hex()}]}))
        add("known parameter of a policy", kind, lambda o: beside({"payload": "SP", "policy_no": 9, "prot_type": 0, "policy_param": [{"type": 0, "value": o.hex()}]}))
        add("SPI", kind, lambda o: lambda tree: tree["hdr"]["cs"][0].update(spi=o.hex()))
        add("session data", kind, lambda o: lambda tree: tree["hdr"]["cs"].append({"cs_id": 3, "prot_type": 241, "s": 0, "ps": [], "session_data": o.hex(), "spi": ""}))
        add("ticket that is opaque", kind, lambda o: lambda tree: ticket_of(tree).update(ticket_type=2, subtype=5, ticket_data=o.hex()))
        add("THDR of the ticket", kind, lambda o: lambda tree: ticket_of(tree)["ticket_data"][0].update(thdr_data=o.hex()))
        add("policy of the ticket, IDR", kind, lambda o: lambda tree: ticket_of(tree)["tp_data"].insert(0, {"payload": "IDR", "id_role": 2, "id_type": 0, "id_data": o.hex()}))
        add("ticket data, IDR", kind, lambda o: lambda tree: ticket_of(tree)["ticket_data"].insert(1, {"payload": "IDR", "id_role": 4, "id_type": 2, "id_data": o.hex()}))
        add("ticket data, General Extension", kind, lambda o: lambda tree: ticket_of(tree)["ticket_data"].insert(1, {"payload": "GENERAL_EXT", "type": 0, "data": o.hex()}))
        add("ticket data, KEMAC", kind, lambda o: lambda tree: next(node for node in ticket_of(tree)["ticket_data"] if node["payload"] == "KEMAC").update(encr_data=(o + bytes(20)).hex()))
        add("Initiator Data", kind, lambda o: lambda tree: ticket_of(tree).update(initiator_data=[{"payload": "GENERAL_EXT", "type": 0, "data": o.hex()}]))
        add("type of the ticket", kind, lambda o: lambda tree: ticket_of(tree).update(ticket_type=999, ticket_data=o.hex()))
    return book
