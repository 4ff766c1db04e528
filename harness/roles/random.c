/* Randomness from a seed, and the suites of 12.1. */
#include "make.h"

const tg_suite tg_suite_128 = { TG_PRF_MIKEY_1, TG_ENCR_AES_CM_128, TG_MAC_HMAC_SHA_1_160 };
const tg_suite tg_suite_128_kw = { TG_PRF_MIKEY_1, TG_ENCR_AES_KW_128, TG_MAC_HMAC_SHA_1_160 };
const tg_suite tg_suite_256 = { TG_PRF_HMAC_SHA_256, TG_ENCR_AES_CM_256, TG_MAC_HMAC_SHA_256_256 };

static tg_status hmac(tg_crypto *crypto, tg_bytes key, tg_bytes octets, uint8_t out[TG_MAC_MAX])
{
    tg_coverage covered = { 0 };
    tg_cover_octets(octets, &covered);
    return tg_mac(crypto, TG_MAC_HMAC_SHA_256_256, key, &covered, out);
}

tg_status tg_seeded_random_init(tg_seeded_random *r, tg_crypto *crypto, tg_bytes seed)
{
    static const uint8_t name[] = "ticketgate seeded random";
    *r = (tg_seeded_random){ .crypto = crypto };
    return hmac(crypto, tg_bytes_of(name, sizeof name - 1), seed, r->key);
}

static tg_status fill_seeded(void *user, uint8_t *out, size_t len)
{
    tg_seeded_random *r = user;
    while (len > 0) {
        if (r->left == 0) {
            uint8_t counter[8];
            tg_u64_octets(++r->counter, counter);
            TRY(hmac(r->crypto, tg_bytes_of(r->key, sizeof r->key), tg_bytes_of(counter, sizeof counter), r->block));
            r->left = sizeof r->block;
        }
        size_t n = len < r->left ? len : r->left;
        memcpy(out, r->block + sizeof r->block - r->left, n);
        r->left -= n;
        out += n;
        len -= n;
    }
    return TG_OK;
}

tg_random tg_seeded_random_source(tg_seeded_random *r)
{
    return (tg_random){ fill_seeded, r };
}

void tg_u64_octets(uint64_t value, uint8_t out[8])
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

uint64_t tg_u64_of(const uint8_t in[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | in[i];
    return value;
}
