/* Randomness from a seed. */
#include "ticketgate/crypto.h"

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
            r->counter++;
            for (size_t i = 0; i < sizeof counter; i++)
                counter[i] = (uint8_t)(r->counter >> (56 - 8 * i));
            tg_status status =
                hmac(r->crypto, tg_bytes_of(r->key, sizeof r->key), tg_bytes_of(counter, sizeof counter), r->block);
            if (status != TG_OK)
                return status;
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
