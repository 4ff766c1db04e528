/* The ciphersuites (table made by registry/generate_ciphersuites.py), and the names of this room. */
#include "case.h"

#include "suites.inc"

#define NUM_OF(array) (sizeof(array) / sizeof(array)[0])

const tg_tls_suite *tg_tls_suites(size_t *num)
{
    *num = NUM_OF(suites);
    return suites;
}

const tg_tls_suite *tg_tls_suite_find(uint16_t number)
{
    size_t low = 0, high = NUM_OF(suites);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (suites[middle].number == number)
            return &suites[middle];
        if (suites[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const tg_tls_recipe *tg_tls_recipe_of(uint16_t suite)
{
    static const tg_tls_recipe unknown = { TG_KX_OTHER, TG_BULK_OTHER, 0, 0, TG_TLS_MAC_NONE, TG_TLS_SHA256 };
    const tg_tls_suite *known = tg_tls_suite_find(suite);
    return known ? &recipes[known - suites] : &unknown;
}

const char *tg_tls_proof_name(tg_tls_proof proof)
{
    static const char *const names[] = {
#define NAME(symbol, name) [TG_TLS_##symbol] = name,
        TG_TLS_PROOFS(NAME)
#undef NAME
    };
    return names[proof];
}

/* As RFC 5246 7.2 names them, and where it does not, RFC 6066, RFC 4279 or RFC 8446. */
const char *tg_tls_alert_name(uint8_t description)
{
    static const struct {
        uint8_t number;
        const char *name;
    } alerts[] = {
        { 0, "close_notify" },
        { 10, "unexpected_message" },
        { 20, "bad_record_mac" },
        { 21, "decryption_failed_RESERVED" },
        { 22, "record_overflow" },
        { 30, "decompression_failure" },
        { 40, "handshake_failure" },
        { 41, "no_certificate_RESERVED" },
        { 42, "bad_certificate" },
        { 43, "unsupported_certificate" },
        { 44, "certificate_revoked" },
        { 45, "certificate_expired" },
        { 46, "certificate_unknown" },
        { 47, "illegal_parameter" },
        { 48, "unknown_ca" },
        { 49, "access_denied" },
        { 50, "decode_error" },
        { 51, "decrypt_error" },
        { 52, "too_many_cids_requested" },
        { 60, "export_restriction_RESERVED" },
        { 70, "protocol_version" },
        { 71, "insufficient_security" },
        { 80, "internal_error" },
        { 86, "inappropriate_fallback" },
        { 90, "user_canceled" },
        { 100, "no_renegotiation" },
        { 109, "missing_extension" },
        { 110, "unsupported_extension" },
        { 111, "certificate_unobtainable" },
        { 112, "unrecognized_name" },
        { 113, "bad_certificate_status_response" },
        { 114, "bad_certificate_hash_value" },
        { 115, "unknown_psk_identity" },
        { 116, "certificate_required" },
        { 120, "no_application_protocol" },
        { 121, "ech_required" },
    };
    for (size_t i = 0; i < NUM_OF(alerts); i++) {
        if (alerts[i].number == description)
            return alerts[i].name;
    }
    return NULL;
}

const char *tg_tls_message_name(uint8_t type)
{
    static const char *const names[] = {
        [0] = "HelloRequest",        [1] = "ClientHello",       [2] = "ServerHello",
        [3] = "HelloVerifyRequest",  [4] = "NewSessionTicket",  [5] = "EndOfEarlyData",
        [8] = "EncryptedExtensions", [11] = "Certificate",      [12] = "ServerKeyExchange",
        [13] = "CertificateRequest", [14] = "ServerHelloDone",  [15] = "CertificateVerify",
        [16] = "ClientKeyExchange",  [20] = "Finished",         [21] = "CertificateURL",
        [22] = "CertificateStatus",  [23] = "SupplementalData", [24] = "KeyUpdate",
    };
    return type < NUM_OF(names) ? names[type] : NULL;
}
