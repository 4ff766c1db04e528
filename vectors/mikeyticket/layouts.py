"""Every payload's layout, as a list of fields after Next Payload (SIGN has no Next Payload)."""

from . import registry
from .chains import EncrData, InitiatorData, TicketData, TpData
from .fields import (Bits, BitsCounted, Counted, ExtensionData, Fixed, Kv, KvData, PolicyFlags, PolicyParams, Salt,
                     Uint)

TP_HEAD = (Uint("ticket_type", 16), Uint("subtype", 8), Uint("version", 8), PolicyFlags(), TpData())

# name: (catalogue row of the layout, fields)
LAYOUTS = {
    "KEMAC": ("RFC3830-6.2-x01", (Uint("encr_alg", 8), EncrData(), Fixed("mac_alg", "mac", registry.MAC_LENGTH))),
    "PKE": ("RFC3830-6.3-x01", (BitsCounted("c", 2, "data_len", "data"),)),
    "DH": ("RFC3830-6.4-x01", (Fixed("dh_group", "dh_value", registry.DH_LENGTH), Kv("reserved"), KvData())),
    "SIGN": ("RFC3830-6.5-x01", (BitsCounted("s_type", 4, "signature_len", "signature"),)),
    "T": ("RFC3830-6.6-x01", (Fixed("ts_type", "ts_value", registry.TS_LENGTH),)),
    "ID": ("RFC3830-6.7-x01", (Uint("id_type", 8), Counted("id_len", "id_data", 16))),
    "CERT": ("RFC3830-6.7-x01", (Uint("cert_type", 8), Counted("cert_len", "cert_data", 16))),
    "CHASH": ("RFC3830-6.8-x01", (Fixed("hash_func", "hash", registry.HASH_LENGTH),)),
    "V": ("RFC3830-6.9-x01", (Fixed("auth_alg", "ver_data", registry.MAC_LENGTH),)),
    "SP": ("RFC3830-6.10-x01", (Uint("policy_no", 8), Uint("prot_type", 8), PolicyParams())),
    "RAND": ("RFC3830-6.11-x01", (Counted("rand_len", "rand", 8),)),
    "ERR": ("RFC3830-6.12-x01", (Uint("error_no", 8), Bits(("reserved", 16), defaults={"reserved": 0}))),
    "TR": ("RFC6043-6.4-x01", (Uint("ts_role", 8), Fixed("ts_type", "ts_value", registry.TS_LENGTH))),
    "IDR": ("RFC6043-6.6-x01", (Uint("id_role", 8), Uint("id_type", 8), Counted("id_len", "id_data", 16))),
    "RANDR": ("RFC6043-6.8-x01", (Uint("rand_role", 8), Counted("rand_len", "rand", 8))),
    "TP": ("RFC6043-6.10-x08", TP_HEAD),
    "TICKET": ("RFC6043-6.10-x08", TP_HEAD + (TicketData(), InitiatorData())),
    "KEY_DATA": ("RFC3830-6.13-x01", (Kv("type"), Counted("key_data_len", "key_data", 16), Salt(), KvData())),
    "GENERAL_EXT": ("RFC3830-6.15-x01", (ExtensionData(),)),
    "IBAKE": ("RFC6267-6.1.1-x01", (Counted("encr_data_len", "encr_data", 16),)),
    "ESK": ("RFC6267-6.1.2-x01", (Counted("encr_data_len", "encr_data", 16),)),
    "SK": ("RFC6267-6.1.5-x01", (Kv("type"), Counted("key_data_len", "key_data", 16), KvData())),
    "ECCPT": ("RFC6267-6.1.4-x01", (Fixed("ecc_curve", "ecc_point", lambda curve: registry.point_length(curve, 2)),
                                    Uint("auth_alg", 8), Uint("tgk_len", 16), Kv("reserved"), KvData())),
    "SAKKE": ("RFC6509-4.2-x01", (Uint("sakke_params", 8), Uint("id_scheme", 8),
                                  Counted("sakke_data_len", "sakke_data", 16))),
    "THDR": ("RFC6043-A.1-01", (Counted("thdr_data_len", "thdr_data", 16),)),
}
