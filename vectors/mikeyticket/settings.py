"""The settings for points where peers may reasonably differ, with the defaults; the values after the first are the
other choices. Those that change octets or MAC input are read by coverage, ciphers, protect and verify."""

CHOICES = {
    "v_flag": ("sec4", "sec6"),
    "mac_identity": ("id_data", "len_data", "type_len_data"),   # what of an identity follows the message in a MAC
    "absent_identity": ("known", "empty"),                      # an IDR that was left out: the known identity, or nothing
    "update_id_order": ("role", "sender"),
    "idata_excl": ("always", "if_present", "data_only"),        # what of Initiator Data TRANSFER_INIT's MAC leaves out
    "resp_init_copy": ("entire", "excl_idata"),                 # TRANSFER_INIT as it follows TRANSFER_RESP
    "iv_time": ("own", "initial"),                              # whose T goes into the IV of a response's KEMAC
    "ntp32_pad": ("fraction", "leading"),
    "counter_pad": ("leading", "trailing"),
    "ticket_iv_csb": ("ffffffff", "zero"),
    "vi_next": ("chain", "identical"),
    "vr_prf": ("ticket", "hdr"),
    "update_keys": ("same_keys", "same_mpk"),
    "kw_pad": ("none", "zero"),
    "sig_hash": ("sha1", "sha256", "suite"),
    "pke_pad": ("pkcs1", "oaep"),
    "tls_policies": ("3gpp", "rfc6043"),
    "rand_sum": ("literal", "used"),
    "spi_required": ("all", "session"),
    "error_pk_key": ("sign_only", "envelope"),
    "mix_scope": ("message", "outer"),
    "tls_key": ("any", "tgk"),
    "smime_key_id": ("spi", "csb_cs"),                          # the key identifier of a PSK S/MIME container
    "smime_type": ("authEnveloped-data", "auth-enveloped-data"),
    "smime_encoding": ("base64", "binary"),
    "request_uri": ("should", "must"),
    "tls_versions": ("tls12", "tls13"),
    "tls13_identity": ("csb_cs", "spi"),
    "sdp_ids": ("required", "if_present"),                      # these two: traces
    "e2ae_core": ("plain", "tls"),
}
DEFAULTS = {name: choices[0] for name, choices in CHOICES.items()}


def settings(**chosen):
    """The defaults with some of them chosen otherwise."""
    for name, value in chosen.items():
        if value not in CHOICES[name]:
            raise ValueError(f"{name}={value}: one of {CHOICES[name]} expected")
    return {**DEFAULTS, **chosen}
