/* Names: algorithms, types, kinds, outcomes. */
#include "algorithms.h"

#define NUM_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct {
    const char *name, *oid;
    size_t key_len;
} algs[] = {
#define ALG_ROW(symbol, name, oid, key_len) [TG_SMIME_##symbol] = { name, oid, key_len },
    TG_SMIME_ALGS(ALG_ROW)
#undef ALG_ROW
};

static const struct {
    const char *name, *oid, *evp;
    size_t key_len;
} wraps[] = {
    [TG_SMIME_WRAP_128] = { "aes-128-wrap", "2.16.840.1.101.3.4.1.5", "AES-128-WRAP", 16 },
    [TG_SMIME_WRAP_192] = { "aes-192-wrap", "2.16.840.1.101.3.4.1.25", "AES-192-WRAP", 24 },
    [TG_SMIME_WRAP_256] = { "aes-256-wrap", "2.16.840.1.101.3.4.1.45", "AES-256-WRAP", 32 },
};

/* RFC 3370 2.1, RFC 5754 2. */
static const struct {
    const char *oid, *evp;
} digests[] = {
    { "1.3.14.3.2.26", "SHA1" },
    { "2.16.840.1.101.3.4.2.1", "SHA256" },
    { "2.16.840.1.101.3.4.2.2", "SHA384" },
    { "2.16.840.1.101.3.4.2.3", "SHA512" },
};

const char *tg_smime_alg_name(tg_smime_alg alg)
{
    return (size_t)alg < NUM_OF(algs) ? algs[alg].name : "unknown";
}

bool tg_smime_alg_from_name(const char *name, tg_smime_alg *out)
{
    for (size_t i = 0; name && i < NUM_OF(algs); i++) {
        if (strcmp(name, algs[i].name) == 0) {
            *out = (tg_smime_alg)i;
            return true;
        }
    }
    return false;
}

size_t tg_smime_alg_key_len(tg_smime_alg alg)
{
    return (size_t)alg < NUM_OF(algs) ? algs[alg].key_len : 0;
}

bool tg_smime_alg_is_aead(tg_smime_alg alg)
{
    return tg_alg_is_gcm(alg) || tg_alg_is_ccm(alg);
}

const char *tg_smime_wrap_name(tg_smime_wrap wrap)
{
    return (size_t)wrap < NUM_OF(wraps) ? wraps[wrap].name : "unknown";
}

size_t tg_smime_wrap_key_len(tg_smime_wrap wrap)
{
    return (size_t)wrap < NUM_OF(wraps) ? wraps[wrap].key_len : 0;
}

const char *tg_smime_type_name(tg_smime_type type)
{
    static const char *const names[] = {
#define TYPE_NAME(symbol, name) [TG_SMIME_TYPE_IS_##symbol] = name,
        TG_SMIME_TYPES(TYPE_NAME)
#undef TYPE_NAME
    };
    return names[type];
}

const char *tg_smime_recipient_kind_name(tg_smime_recipient_kind kind)
{
    static const char *const names[] = { [TG_SMIME_KTRI] = "ktri",
                                         [TG_SMIME_KARI] = "kari",
                                         [TG_SMIME_KEKRI] = "kekri",
                                         [TG_SMIME_PWRI] = "pwri",
                                         [TG_SMIME_ORI] = "ori" };
    return names[kind];
}

const char *tg_smime_outcome_name(tg_smime_outcome outcome)
{
    static const char *const names[] = {
#define OUTCOME_NAME(symbol, name) [TG_SMIME_##symbol] = name,
        TG_SMIME_OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
    };
    return names[outcome];
}

/* ---- for this room ------------------------------------------------------------------------------------------ */

tg_smime_alg tg_alg_of_oid(const char *oid)
{
    size_t i = 0;
    while (i < NUM_OF(algs) && strcmp(oid, algs[i].oid) != 0)
        i++;
    return i < NUM_OF(algs) ? (tg_smime_alg)i : TG_SMIME_ALG_UNKNOWN;
}

const char *tg_alg_oid(tg_smime_alg alg)
{
    return algs[alg].oid;
}

tg_smime_wrap tg_wrap_of_oid(const char *oid)
{
    size_t i = 0;
    while (i < NUM_OF(wraps) && strcmp(oid, wraps[i].oid) != 0)
        i++;
    return i < NUM_OF(wraps) ? (tg_smime_wrap)i : TG_SMIME_WRAP_UNKNOWN;
}

tg_smime_wrap tg_wrap_of_kek(size_t kek_len)
{
    size_t i = 0;
    while (i < NUM_OF(wraps) && kek_len != wraps[i].key_len)
        i++;
    return i < NUM_OF(wraps) ? (tg_smime_wrap)i : TG_SMIME_WRAP_UNKNOWN;
}

const char *tg_wrap_oid(tg_smime_wrap wrap)
{
    return wraps[wrap].oid;
}

const char *tg_wrap_evp(tg_smime_wrap wrap)
{
    return wraps[wrap].evp;
}

const char *tg_digest_evp(const char *oid)
{
    for (size_t i = 0; i < NUM_OF(digests); i++) {
        if (strcmp(oid, digests[i].oid) == 0)
            return digests[i].evp;
    }
    return NULL;
}

bool tg_ccm_holds(size_t nonce_len, size_t content_len)
{
    size_t bits = 8 * (15 - nonce_len);
    return bits >= 8 * sizeof content_len || content_len < (size_t)1 << bits;
}
