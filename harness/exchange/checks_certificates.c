/* Certificates, envelope key and CHASH of the public-key requests: RFC 6043 4.2.1.3, 4.2.3.3. */
#include "case.h"

/* The rows that say the same of both messages. */
typedef struct pk_rows {
    const char *one_each, *first_is_own, *next_certifies, *name, *trusted, *envelope, *chash;
} pk_rows;
static const pk_rows rows_of_request = { "RFC6043-4.2.1.3-02",  "RFC6043-4.2.1.3-03",  "RFC6043-4.2.1.3-04",
                                         "RFC6043-4.2.1.3-x03", "RFC6043-4.2.1.3-x04", "RFC6043-4.2.1.3-x05",
                                         "RFC6043-4.2.1.3-x06" };
static const pk_rows rows_of_resolve = { "RFC6043-4.2.3.3-02",  "RFC6043-4.2.3.3-03",  "RFC6043-4.2.3.3-04",
                                         "RFC6043-4.2.3.3-x03", "RFC6043-4.2.3.3-x04", "RFC6043-4.2.3.3-x05",
                                         "RFC6043-4.2.3.3-x06" };

/* ---- CERT ---------------------------------------------------------------------------------------------------- */

static void check_one_each(tg_case *k, const char *id)
{
    for (size_t i = 0; i < k->num_certificates; i++) {
        size_t size;
        tg_bytes data = k->cert_payloads[i]->cert_data;
        if (tg_case_is_ok(k, tg_certificate_size(k->crypto, data, &size)) && size < data.len)
            tg_say(k, id, tg_at_field(k->cert_payloads[i], "cert_data"),
                   "expected one certificate, found %zu octets behind it", data.len - size);
    }
}

static void check_first_is_own(tg_case *k, const char *id)
{
    tg_coverage covered = { .num = 0 };
    if (k->judgement->auth != TG_OUTCOME_FAIL || !k->parts->sign || k->num_certificates < 2 ||
        !tg_cover_own(k, &covered))
        return;
    const tg_sign *sign = k->parts->sign;
    tg_hash hash = tg_sign_hash(k->settings, k->message->hdr.prf_func);
    for (size_t i = 1; i < k->num_certificates; i++) {
        if (k->certificates[i] && tg_case_is_ok(k, tg_sign_verify(k->crypto, k->certificates[i], sign->s_type, hash,
                                                                  &covered, sign->signature))) {
            tg_say(k, id, tg_at_payload(k->cert_payloads[i]),
                   "expected the certificate of the signer first, found it behind others");
            return;
        }
    }
}

static void check_next_certifies(tg_case *k, const char *id)
{
    for (size_t i = 1; i < k->num_certificates; i++) {
        const tg_pk *one = k->certificates[i - 1], *issuer = k->certificates[i];
        if (!one || !issuer || !tg_pk_is_issued_by(k->crypto, one, issuer))
            tg_say(k, id, tg_at_payload(k->cert_payloads[i]),
                   "expected the certificate that certifies the one before it, found another");
    }
}

static void check_name(tg_case *k, const char *id)
{
    tg_identity sender = tg_sender_identity(k);
    if (k->certificates[0] && sender.known && !tg_pk_has_name(k->certificates[0], sender.data))
        tg_say(k, id, tg_at_payload(k->cert_payloads[0]),
               "expected a certificate that names the sender, found another name");
}

/* The clock of the judge, else the message's own T; else validity is not judged. */
static bool time_of_judging(const tg_case *k, int64_t *unix_time)
{
    enum { UNIX_IN_NTP = 2208988800, ORDER_IN_NTP = 0x80000000 };
    uint64_t order;
    if (k->known->has_now)
        order = tg_ntp_order(k->known->now);
    else if (!k->parts->t || !tg_time_of(k->parts->t->ts_type, k->parts->t->ts_value, &order))
        return false;
    *unix_time = (int64_t)(order >> 32) + (int64_t)ORDER_IN_NTP - (int64_t)UNIX_IN_NTP;
    return true;
}

static void check_trusted(tg_case *k, const char *id)
{
    int64_t unix_time = 0;
    bool has_time = time_of_judging(k, &unix_time);
    size_t num = 0;
    while (num < k->num_certificates && k->certificates[num])
        num++;
    if (k->known->has_trust && !tg_case_is_ok(k, tg_pk_verify_path(k->crypto, k->certificates, num, k->known->trust,
                                                                   k->known->num_trust, has_time, unix_time)))
        tg_say(k, id, tg_at_payload(k->cert_payloads[0]), "expected a path to a trusted certificate, found none");
}

static void check_certificates(tg_case *k, const pk_rows *rows)
{
    check_one_each(k, rows->one_each);
    check_first_is_own(k, rows->first_is_own);
    check_next_certifies(k, rows->next_certifies);
    if (k->entry->sent.from != TG_SENDER_K) /* another KMS names the Responder it asks for (10) */
        check_name(k, rows->name);
    check_trusted(k, rows->trusted);
}

/* ---- PKE and CHASH ------------------------------------------------------------------------------------------- */

static void check_envelope(tg_case *k, const char *id)
{
    if (k->lacks_envelope)
        tg_say(k, id, tg_at_field(k->parts->pke, "data"), "expected an envelope key for the KMS, found none");
}

static void check_chash(tg_case *k, const char *id)
{
    const tg_chash *chash = k->parts->chash;
    const tg_pk *kms = k->known->secrets.rsa_kms;
    tg_bytes der = kms ? tg_pk_certificate(kms, 0) : tg_bytes_of(NULL, 0);
    uint8_t hash[32];
    size_t len;
    if (chash && der.len && tg_hash_octets(k->crypto, chash->hash_func, der, hash, &len) &&
        !tg_bytes_equal(chash->hash, tg_bytes_of(hash, len)))
        tg_say(k, id, tg_at_field(chash, "hash"), "expected the hash of the certificate of the KMS, found another");
}

void tg_check_certificates(tg_case *k)
{
    if (!tg_is_pk_init(k->data_type))
        return;
    const pk_rows *rows = tg_is_request_init(k->data_type) ? &rows_of_request : &rows_of_resolve;
    if (k->num_certificates)
        check_certificates(k, rows);
    check_envelope(k, rows->envelope);
    check_chash(k, rows->chash);
}
