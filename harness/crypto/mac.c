/* MACs: HMAC-SHA-1-160 (RFC 3830 4.2.4) and HMAC-SHA-256-256 (RFC 6043 6.2). */
#include <openssl/err.h>

#include "handle.h"

bool tg_mac_sizes(uint8_t mac_alg, size_t *mac_len, size_t *key_len)
{
    int octets = tg_mac_alg_octets(mac_alg);
    if (octets < 0)
        return false;
    *mac_len = *key_len = (size_t)octets;
    return true;
}

tg_status tg_mac(tg_crypto *c, uint8_t mac_alg, tg_bytes key, const tg_coverage *covered, uint8_t out[TG_MAC_MAX])
{
    EVP_MAC_CTX *hmac = mac_alg == TG_MAC_HMAC_SHA_1_160 ? c->hmac_sha1 : c->hmac_sha256;
    size_t len;
    if (mac_alg == TG_MAC_NULL)
        return TG_OK;
    if (mac_alg != TG_MAC_HMAC_SHA_1_160 && mac_alg != TG_MAC_HMAC_SHA_256_256)
        return TG_UNKNOWN_ALGORITHM;
    if (key.len == 0)
        return TG_BAD_KEY;
    if (!tg_coverage_fits(covered))
        return TG_OVERFLOW;
    bool ok = tg_hmac_start(hmac, key);
    for (size_t i = 0; ok && i < covered->num; i++)
        ok = EVP_MAC_update(hmac, covered->parts[i].data, covered->parts[i].len) == 1;
    ok = ok && EVP_MAC_final(hmac, out, &len, TG_MAC_MAX) == 1;
    tg_hmac_forget(c, hmac);
    return ok ? TG_OK : tg_openssl_failed(TG_NO_MEMORY);
}

tg_status tg_mac_verify(tg_crypto *c, uint8_t mac_alg, tg_bytes key, const tg_coverage *covered, tg_bytes mac)
{
    uint8_t expected[TG_MAC_MAX];
    size_t mac_len, key_len;
    if (!tg_mac_sizes(mac_alg, &mac_len, &key_len))
        return TG_UNKNOWN_ALGORITHM;
    tg_status status = tg_mac(c, mac_alg, key, covered, expected);
    if (status == TG_OK && (mac_len == 0 || !tg_equal_secret(tg_bytes_of(expected, mac_len), mac)))
        status = TG_NOT_AUTHENTIC;
    tg_wipe(expected, sizeof expected);
    return status;
}
