/* The content algorithm: RFC 5084 3.1 and 3.2, RFC 3565 4.1, TS 33.328 annex I.2.1 (Table I.2). */
#include <stdio.h>

#include "algorithms.h"
#include "checks.h"

static void check_nonce(tg_smime_case *k, bool gcm, const char *path)
{
    const tg_smime *s = k->s;
    tg_smime_place at = s->algorithm.parameters_at;
    size_t best = gcm ? 12 : 7;
    if (!tg_nonce_len_is_allowed(s->alg, s->nonce.len))
        tg_smime_say(k, gcm ? "RFC5084-3.2-x02" : "RFC5084-3.1-x01", at, path, "expected a nonce of %s, found %zu",
                     gcm ? "1 octet or more" : "7 to 13 octets", s->nonce.len);
    if (s->nonce.len != best)
        tg_smime_say(k, gcm ? "RFC5084-3.2-03" : "RFC5084-3.1-02", at, path,
                     "expected a nonce of %zu octets, found %zu", best, s->nonce.len);
}

static void check_icv(tg_smime_case *k, bool gcm, const char *path)
{
    const tg_smime *s = k->s;
    tg_smime_place at = s->algorithm.parameters_at;
    if (s->icv_len != TG_SMIME_TAG_DEFAULT)
        tg_smime_say(k, gcm ? "RFC5084-3.2-05" : "RFC5084-3.1-06", at, path, "expected an ICV of 12 octets, found %lld",
                     (long long)s->icv_len);
    if (!tg_icv_len_is_allowed(s->alg, s->icv_len))
        tg_smime_say(k, gcm ? "RFC5084-3.2-x01" : "RFC5084-3.1-x02", at, path,
                     "expected an aes-ICVlen of %s, found %lld", gcm ? "12 to 16" : "4, 6, 8, 10, 12, 14 or 16",
                     (long long)s->icv_len);
    else if (s->mac.len != (size_t)s->icv_len)
        tg_smime_say(k, gcm ? "RFC5084-3.2-04" : "RFC5084-3.1-05", s->mac_at, "mac", "expected %lld octets, found %zu",
                     (long long)s->icv_len, s->mac.len);
}

static void check_iv(tg_smime_case *k)
{
    const tg_smime *s = k->s;
    char path[TG_PATH_MAX];
    snprintf(path, sizeof path, "%s.parameters", tg_path_of_algorithm(s));
    if (tg_alg_is_cbc(s->alg) && (s->parameters_bad || s->nonce.len != TG_CBC_BLOCK))
        tg_smime_say(k, "RFC3565-4.1-x01", s->algorithm.has_parameters ? s->algorithm.parameters_at : s->algorithm.at,
                     path, "expected an IV of %d octets, found %s", (int)TG_CBC_BLOCK,
                     s->parameters_bad ? "no OCTET STRING" : "another length");
}

void tg_check_algorithm(tg_smime_case *k)
{
    const tg_smime *s = k->s;
    bool gcm = tg_alg_is_gcm(s->alg), table_i_2 = s->alg == TG_SMIME_AES_128_GCM || s->alg == TG_SMIME_AES_256_GCM ||
                                                  s->alg == TG_SMIME_AES_128_CCM || s->alg == TG_SMIME_AES_256_CCM;
    char path[TG_PATH_MAX];
    if (s->type == TG_SMIME_TYPE_IS_ENVELOPED)
        check_iv(k);
    if (s->type != TG_SMIME_TYPE_IS_AUTH_ENVELOPED)
        return;
    if (!table_i_2)
        tg_smime_say(k, "TS33328-I.2.1-x02", s->algorithm.at, tg_path_of_algorithm(s),
                     "expected AES-GCM or AES-CCM with 128 or 256 bits, found %s (%s)", tg_smime_alg_name(s->alg),
                     s->algorithm.oid);
    if (!tg_smime_alg_is_aead(s->alg))
        return;
    snprintf(path, sizeof path, "%s.parameters", tg_path_of_algorithm(s));
    if (s->parameters_bad) {
        tg_smime_say(k, gcm ? "RFC5084-3.2-01" : "RFC5084-3.1-01",
                     s->algorithm.has_parameters ? s->algorithm.parameters_at : s->algorithm.at, path,
                     "expected %s, found %s", gcm ? "GCMParameters" : "CCMParameters",
                     s->algorithm.has_parameters ? "something else" : "nothing");
        return;
    }
    check_nonce(k, gcm, path);
    check_icv(k, gcm, path);
}
