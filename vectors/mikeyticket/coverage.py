"""Which octets a MAC or signature covers. All functions work on octets and the spans that the codec gives with them."""

from . import registry
from .octets import cut

# RFC 6043 Table 5.2: roles (IDR roles 1 i, 2 r, 3 kms) whose identities follow an initial message.
IDENTITY_ROLES = {11: (1, 3), 12: (1, 3), 14: (1, 2), 16: (2, 3), 17: (2, 3)}
RESPONSES = (13, 15, 18)


def last_verifier(tree):
    """Path and payload of what authenticates the message: its last V or SIGN; None without any."""
    found, counts = None, {}
    for node in tree["payloads"]:
        name = node["payload"]
        if name in ("V", "SIGN"):
            found = (f"{name}[{counts.get(name, 0)}]", node)
        counts[name] = counts.get(name, 0) + 1
    return found


def mac_field(path, node):
    return f"{path}.signature" if node["payload"] == "SIGN" else f"{path}.ver_data"


def initiator_data_spans(tree, spans, settings):
    """What TRANSFER_INIT's MAC leaves out of its first TICKET payload (RFC 6043 5.5; setting idata_excl)."""
    ticket = next((node for node in tree["payloads"] if node["payload"] == "TICKET"), None)
    if ticket is None:
        return []
    length, data = spans["TICKET[0].initiator_data_len"], spans["TICKET[0].initiator_data"]
    if settings["idata_excl"] == "data_only":
        return [data]
    return [(length[0], data[1])] if settings["idata_excl"] == "always" or ticket["flags"]["I"] else []


def identity(tree, role, known, settings):
    """The identity of a role as it follows the message: from the first IDR of that role, else as known (5.5)."""
    for node in tree["payloads"]:
        if node["payload"] == "IDR" and node["id_role"] == role:
            data = bytes.fromhex(node["id_data"])
            head = {"id_data": b"", "len_data": len(data).to_bytes(2, "big"),
                    "type_len_data": bytes([node["id_type"]]) + len(data).to_bytes(2, "big")}
            return head[settings["mac_identity"]] + data
    return known.get(role, b"") if settings["absent_identity"] == "known" else b""


def identities(tree, known, settings, sender_role=1):
    """The identities behind an initial message, in the order of Table 5.2 (setting update_id_order)."""
    roles = IDENTITY_ROLES.get(tree["hdr"]["data_type"], ())
    if roles == (1, 2) and settings["update_id_order"] == "sender" and sender_role == 2:
        roles = (2, 1)
    return b"".join(identity(tree, role, known, settings) for role in roles)


def message_input(data, tree, spans, known, settings, initial=None, sender_role=1):
    """MAC/signature input of a MIKEY-TICKET message or Error (RFC 6043 5.5)."""
    path, node = last_verifier(tree)
    left_out = [spans[mac_field(path, node)]]
    data_type = tree["hdr"]["data_type"]
    if data_type == registry.DATA_TYPES["TRANSFER_INIT"]:
        left_out += initiator_data_spans(tree, spans, settings)
    covered = cut(data, *left_out)
    if data_type in RESPONSES:
        return covered + (initial or b"")
    return covered + identities(tree, known, settings, sender_role)


def initial_copy(data, tree, spans, settings):
    """The initial message as it follows a response (setting resp_init_copy)."""
    if settings["resp_init_copy"] == "entire" or tree["hdr"]["data_type"] != registry.DATA_TYPES["TRANSFER_INIT"]:
        return data
    return cut(data, *initiator_data_spans(tree, spans, settings))


def ticket_input(data, spans, at, v_path):
    """Input of the ticket's MAC (RFC 6043 A.1): TICKET without Next Payload, Initiator Data (length), the MAC field."""
    start, end = spans[at]
    upto = spans[f"{at}.initiator_data_len"][0]
    mac_start, mac_end = spans[f"{v_path}.ver_data"]
    return data[start + 1:mac_start] + data[mac_end:upto]


def vr_input(data, spans, at, vr_path):
    """Input of Vr (RFC 6043 6.10): Initiator Data with its First Payload octet, without Vr's own MAC field."""
    start, end = spans[f"{at}.initiator_data"]
    mac_start, mac_end = spans[f"{vr_path}.ver_data"]
    return data[start:mac_start] + data[mac_end:end]
