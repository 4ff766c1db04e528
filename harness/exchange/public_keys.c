/* Certificates in CERT payloads, the key that verifies a SIGN, and the envelope key in PKE (section 6). */
#include "case.h"

bool tg_is_certificate(const tg_cert *cert)
{
    return cert->cert_type == TG_CERT_TYPE_X_509V3 || cert->cert_type == TG_CERT_TYPE_X_509V3_SIGN ||
           cert->cert_type == TG_CERT_TYPE_X_509V3_ENCR;
}

const tg_pk *tg_rsa_of(const tg_case *k, tg_sender sender)
{
    const tg_secrets *secrets = &k->known->secrets;
    switch (sender) {
    case TG_SENDER_I:
        return secrets->rsa_i;
    case TG_SENDER_R:
        return secrets->rsa_r;
    case TG_SENDER_K:
        return secrets->rsa_kms;
    default:
        return NULL;
    }
}

/* ---- CERT ---------------------------------------------------------------------------------------------------- */

/* The certificate at the front of the CERT data: what follows it is judged elsewhere (4.2.1.3-02). */
static tg_pk *read_certificate(tg_case *k, const tg_cert *cert)
{
    tg_pk *pk = NULL;
    size_t size;
    if (!tg_case_is_ok(k, tg_certificate_size(k->crypto, cert->cert_data, &size)) || size > cert->cert_data.len)
        return NULL;
    tg_bytes der = tg_bytes_of(cert->cert_data.data, size);
    return tg_case_is_ok(k, tg_pk_from_der_certificate(k->crypto, der, &pk)) ? pk : NULL;
}

static void read_certificates(tg_case *k)
{
    size_t num = 0;
    for (const tg_payload *p = k->message->payloads; (p = tg_payload_find(p, TG_PAYLOAD_CERT)); p = p->next)
        num += tg_is_certificate((const tg_cert *)p);
    if (num > TG_CERTIFICATES_MAX)
        num = TG_CERTIFICATES_MAX;
    k->certificates = num ? tg_case_alloc(k, num * sizeof *k->certificates) : NULL;
    k->cert_payloads = num ? tg_case_alloc(k, num * sizeof *k->cert_payloads) : NULL;
    if (!k->certificates || !k->cert_payloads)
        return;
    for (const tg_payload *p = k->message->payloads; k->num_certificates < num; p = p->next) {
        p = tg_payload_find(p, TG_PAYLOAD_CERT);
        const tg_cert *cert = (const tg_cert *)p;
        if (!tg_is_certificate(cert))
            continue;
        k->cert_payloads[k->num_certificates] = cert;
        k->certificates[k->num_certificates++] = read_certificate(k, cert);
    }
}

void tg_free_certificates(tg_case *k)
{
    for (size_t i = 0; i < k->num_certificates; i++)
        tg_pk_free(k->certificates[i]);
    k->num_certificates = 0;
}

/* ---- SIGN ---------------------------------------------------------------------------------------------------- */

tg_outcome tg_verify_signature(tg_case *k, const tg_coverage *covered)
{
    const tg_sign *sign = k->parts->sign;
    bool is_error = k->data_type == TG_DATA_TYPE_ERROR;
    if (!is_error)
        read_certificates(k);
    const tg_pk *pk = k->num_certificates ? k->certificates[0] : tg_rsa_of(k, k->entry->sent.from);
    if (!pk || tg_pk_octets(pk) == 0)
        return TG_OUTCOME_SKIPPED;
    tg_hash hash = tg_sign_hash(k->settings, k->message->hdr.prf_func);
    tg_status status = tg_sign_verify(k->crypto, pk, sign->s_type, hash, covered, sign->signature);
    if (status == TG_UNKNOWN_ALGORITHM)
        return TG_OUTCOME_SKIPPED;
    return tg_case_is_ok(k, status) ? TG_OUTCOME_OK : TG_OUTCOME_FAIL;
}

/* ---- PKE ----------------------------------------------------------------------------------------------------- */

void tg_open_envelope(tg_case *k)
{
    const tg_secrets *secrets = &k->known->secrets;
    if (!tg_is_pk_init(k->data_type))
        return;
    tg_bytes *env_key = &k->entry->env_key;
    *env_key = tg_is_resolve_init(k->data_type) ? secrets->env_key_r : secrets->env_key_i;
    k->derived->env_key = *env_key;
    const tg_pk *kms = secrets->rsa_kms;
    tg_bytes opened;
    if (k->judgement->auth != TG_OUTCOME_OK || !k->parts->pke || !kms || !tg_pk_is_private(kms))
        return;
    tg_status status = tg_pke_open(k->crypto, k->settings, kms, k->parts->pke->data, k->arena, &opened);
    k->lacks_envelope = !tg_case_is_ok(k, status) || opened.len == 0;
    if (!k->lacks_envelope)
        k->derived->env_key = *env_key = opened;
}
