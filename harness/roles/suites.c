/* The suites of 12.1, and 64-bit numbers as octets. */
#include "make.h"

const tg_suite tg_suite_128 = { TG_PRF_MIKEY_1, TG_ENCR_AES_CM_128, TG_MAC_HMAC_SHA_1_160 };
const tg_suite tg_suite_128_kw = { TG_PRF_MIKEY_1, TG_ENCR_AES_KW_128, TG_MAC_HMAC_SHA_1_160 };
const tg_suite tg_suite_256 = { TG_PRF_HMAC_SHA_256, TG_ENCR_AES_CM_256, TG_MAC_HMAC_SHA_256_256 };

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
