/* RSA keys from DER: read by OpenSSL's decoder, looked at before anybody computes with them, because an exponent as long as
 * its author likes would compute for as long. The text that a key came in was bounded before (TG_PEM_MAX). The decoder of
 * 3.0 does not wipe its copies of the DER, in none of its forms; all other copies of a private key are wiped. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>

#include "pk.h"

enum { MIN_BITS = 512, MAX_EXPONENT_BITS = 64 };

/* ---- what may be used --------------------------------------------------------------------------------------- */

/* NULL where the key has none of this name. To be freed with BN_clear_free. */
static BIGNUM *number_of(const EVP_PKEY *key, const char *name)
{
    BIGNUM *number = NULL;
    return EVP_PKEY_get_bn_param(key, name, &number) == 1 ? number : NULL;
}

bool tg_rsa_is_sound(const EVP_PKEY *key)
{
    if (!EVP_PKEY_is_a(key, "RSA"))
        return false;
    BIGNUM *n = number_of(key, OSSL_PKEY_PARAM_RSA_N), *e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
    bool ok = n && e && BN_num_bits(n) >= MIN_BITS && BN_num_bits(n) <= TG_RSA_MAX_BITS && BN_is_odd(n) &&
              BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= MAX_EXPONENT_BITS;
    BN_free(n);
    BN_free(e);
    return ok;
}

/* RFC 8017 A.1.2: d, and what belongs to the two primes. None is longer than the modulus; more primes nobody needs. */
static bool is_sound_private(const EVP_PKEY *key)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof names / sizeof names[0]; i++) {
        BIGNUM *number = number_of(key, names[i]);
        ok = number && !BN_is_zero(number) && BN_num_bits(number) <= EVP_PKEY_get_bits(key);
        BN_clear_free(number);
    }
    BIGNUM *third = number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR3);
    ok = ok && !third;
    BN_clear_free(third);
    return ok;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* Nobody is asked for a password, neither here nor at the terminal. */
static int no_password(char *password, int size, int for_writing, void *user)
{
    (void)password, (void)size, (void)for_writing, (void)user;
    return -1;
}

tg_status tg_rsa_read(const tg_library *library, tg_bytes der, bool is_private, EVP_PKEY **out)
{
    EVP_PKEY *key = NULL;
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&key, "DER", NULL, "RSA", is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                                      tg_library_context(library), NULL);
    bool ok = decoder && OSSL_DECODER_CTX_set_pem_password_cb(decoder, no_password, NULL) == 1 &&
              OSSL_DECODER_from_data(decoder, &der.data, &der.len) == 1 && key;
    OSSL_DECODER_CTX_free(decoder);
    if (ok && tg_rsa_is_sound(key) && (!is_private || is_sound_private(key))) {
        *out = key;
        return TG_OK;
    }
    EVP_PKEY_free(key);
    return tg_openssl_failed(decoder ? TG_BAD_KEY : TG_NO_MEMORY);
}
