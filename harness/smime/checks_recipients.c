/* Recipients: RFC 5652 6.1, 6.2.1 to 6.2.4 and 9.1, RFC 3565 2.3.2 and 2.4, TS 33.328 annex I.2.1. */
#include <stdio.h>

#include "algorithms.h"
#include "checks.h"
#include "open.h"

static void check_wrap(tg_smime_case *k, const tg_smime_recipient *r, const char *path)
{
    bool known = tg_alg_is_of_type(k->s->alg, k->s->type);
    size_t bits = 8 * tg_smime_wrap_key_len(r->wrap), content_bits = known ? 8 * tg_smime_alg_key_len(k->s->alg) : 0;
    if (r->wrap == TG_SMIME_WRAP_UNKNOWN) {
        tg_smime_say(k, "RFC3565-2.4-x01", r->algorithm.at, path, "expected AES-WRAP, found %s", r->algorithm.oid);
        return;
    }
    if (r->wrap == TG_SMIME_WRAP_192)
        tg_smime_say(k, "TS33328-I.2.1-x03", r->algorithm.at, path,
                     "expected AES-WRAP with 128 or 256 bits, found 192");
    if (r->algorithm.has_parameters)
        tg_smime_say(k, "RFC3565-2.3.2-x01", r->algorithm.parameters_at, path,
                     "expected no parameters, found %zu octets", r->algorithm.parameters_at.length);
    if (bits < content_bits)
        tg_smime_say(k, "RFC3565-2.3.2-x02", r->algorithm.at, path, "expected a KEK of %zu bits or more, found %zu",
                     content_bits, bits);
}

static void check_kekri(tg_smime_case *k, size_t i)
{
    const tg_smime *s = k->s;
    const tg_smime_recipient *r = &s->recipients[i];
    size_t key_len = tg_smime_alg_key_len(s->alg);
    char path[TG_PATH_MAX];
    snprintf(path, sizeof path, "recipientInfos[%zu].kekri.version", i);
    if (r->version != 4)
        tg_smime_say(k, "RFC5652-6.2.3-x01", r->version_at, path, "expected version 4, found %lld",
                     (long long)r->version);
    snprintf(path, sizeof path, "recipientInfos[%zu].kekri.keyEncryptionAlgorithm", i);
    check_wrap(k, r, path);
    snprintf(path, sizeof path, "recipientInfos[%zu].kekri.kekid.date", i);
    if (r->date_bad)
        tg_smime_say(k, "RFC5652-6.2.3-x02", r->date_at, path, "expected YYYYMMDDHHMMSSZ, found another");
    if (!tg_alg_is_of_type(s->alg, s->type) || tg_wrapped_len_is_allowed(s, r->encrypted_key.len))
        return;
    snprintf(path, sizeof path, "recipientInfos[%zu].kekri.encryptedKey", i);
    if (key_len)
        tg_smime_say(k, "RFC3565-2.4-x02", r->encrypted_key_at, path, "expected %zu octets for %s, found %zu",
                     key_len + 8, tg_smime_alg_name(s->alg), r->encrypted_key.len);
    else
        tg_smime_say(k, "RFC3565-2.4-x02", r->encrypted_key_at, path,
                     "expected 24 to 72 octets, a multiple of 8, found %zu", r->encrypted_key.len);
}

/* RFC 5652 6.2.1, 6.2.2, 6.2.4 */
static void check_version(tg_smime_case *k, size_t i)
{
    static const char *const rows[] = { [TG_SMIME_KTRI] = "RFC5652-6.2.1-x01",
                                        [TG_SMIME_KARI] = "RFC5652-6.2.2-x01",
                                        [TG_SMIME_PWRI] = "RFC5652-6.2.4-x01" };
    const tg_smime_recipient *r = &k->s->recipients[i];
    int64_t expected = r->kind == TG_SMIME_KARI ? 3 : r->kind == TG_SMIME_KTRI && r->has_subject_key_id ? 2 : 0;
    char path[TG_PATH_MAX];
    if (r->kind == TG_SMIME_ORI || r->version == expected)
        return;
    snprintf(path, sizeof path, "recipientInfos[%zu].%s.version", i, tg_smime_recipient_kind_name(r->kind));
    tg_smime_say(k, rows[r->kind], r->version_at, path, "expected version %lld, found %lld", (long long)expected,
                 (long long)r->version);
}

void tg_check_recipients(tg_smime_case *k)
{
    static const char *const empty_rows[] = { [TG_SMIME_TYPE_IS_AUTH_ENVELOPED] = "RFC5083-2.1-04",
                                              [TG_SMIME_TYPE_IS_AUTHENTICATED] = "RFC5652-9.1-x03",
                                              [TG_SMIME_TYPE_IS_ENVELOPED] = "RFC5652-6.1-x03" };
    const tg_smime *s = k->s;
    size_t keks = 0;
    if (s->num_recipients == 0)
        tg_smime_say(k, empty_rows[s->type], s->recipients_at, "recipientInfos",
                     "expected a RecipientInfo, found none");
    for (size_t i = 0; i < s->num_recipients; i++) {
        if (s->recipients[i].kind == TG_SMIME_KEKRI) {
            keks++;
            check_kekri(k, i);
        } else {
            check_version(k, i);
        }
    }
    if (s->num_recipients && !keks)
        tg_smime_say(k, "TS33328-I.2.1-x01", s->recipients_at, "recipientInfos",
                     "expected a KEKRecipientInfo, found none among %zu", s->num_recipients);
}
