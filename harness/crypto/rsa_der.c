/* RSA keys in DER, read by hand: their numbers are looked at before OpenSSL sees them, because an exponent longer than the
 * modulus computes for as long as its author likes, and every copy on the way is wiped.
 * RFC 8017 A.1 (RSAPrivateKey, RSAPublicKey), RFC 5958 (PKCS#8), RFC 5280 4.1 (SubjectPublicKeyInfo). */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "pk.h"

enum { MIN_OCTETS = 512 / 8, MAX_OCTETS = TG_RSA_MAX_BITS / 8 };
enum { INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04, OBJECT_ID = 0x06, SEQUENCE = 0x30 };
enum { N, E, D, P, Q, DP, DQ, QINV, NUM_NUMBERS, NUM_PUBLIC = 2 };

/* ---- DER ---------------------------------------------------------------------------------------------------- */

/* The value of the element at the reader's front, which has to have this tag and a definite length. */
static bool get_element(tg_reader *r, uint8_t tag, tg_bytes *value)
{
    uint8_t is, first, octet;
    if (!tg_get_u8(r, &is) || is != tag || !tg_get_u8(r, &first))
        return false;
    size_t len = first;
    if (first >= 0x80) {
        if (first == 0x80 || first > 0x83)
            return false;
        for (len = 0; first > 0x80; first--) {
            if (!tg_get_u8(r, &octet))
                return false;
            len = len << 8 | octet;
        }
    }
    return tg_get_bytes(r, len, value);
}

static bool enter(tg_reader *r, uint8_t tag, tg_reader *inside)
{
    tg_bytes value;
    if (!get_element(r, tag, &value))
        return false;
    *inside = tg_reader_of(value);
    return true;
}

/* A number that is not negative, without leading zeros; 0 has no octets. */
static bool get_number(tg_reader *r, tg_bytes *out)
{
    if (!get_element(r, INTEGER, out) || out->len == 0 || out->data[0] >= 0x80)
        return false;
    while (out->len && out->data[0] == 0) {
        out->data++;
        out->len--;
    }
    return true;
}

/* The algorithm of PKCS#8 and SubjectPublicKeyInfo: rsaEncryption, whose parameters say nothing. */
static bool skip_algorithm(tg_reader *r)
{
    static const uint8_t rsa_encryption[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01 };
    tg_reader algorithm;
    tg_bytes id;
    return enter(r, SEQUENCE, &algorithm) && get_element(&algorithm, OBJECT_ID, &id) &&
           tg_bytes_equal(id, tg_bytes_of(rsa_encryption, sizeof rsa_encryption));
}

static bool read_private(tg_bytes der, tg_bytes numbers[NUM_NUMBERS])
{
    tg_reader r = tg_reader_of(der), key, inner;
    tg_bytes version;
    if (!enter(&r, SEQUENCE, &key) || !get_number(&key, &version))
        return false;
    tg_reader pkcs8 = key;
    if (skip_algorithm(&pkcs8)) {
        if (!enter(&pkcs8, OCTET_STRING, &inner) || !enter(&inner, SEQUENCE, &key) || !get_number(&key, &version))
            return false;
    }
    bool ok = version.len == 0; /* more than two primes have version 1; nobody needs them */
    for (size_t i = 0; ok && i < NUM_NUMBERS; i++)
        ok = get_number(&key, &numbers[i]);
    return ok && numbers[D].len > 0;
}

static bool read_public(tg_bytes der, tg_bytes numbers[NUM_NUMBERS])
{
    tg_reader r = tg_reader_of(der), key, bits;
    if (!enter(&r, SEQUENCE, &key))
        return false;
    tg_reader info = key;
    uint8_t unused;
    if (skip_algorithm(&info) &&
        !(enter(&info, BIT_STRING, &bits) && tg_get_u8(&bits, &unused) && unused == 0 && enter(&bits, SEQUENCE, &key)))
        return false;
    return get_number(&key, &numbers[N]) && get_number(&key, &numbers[E]);
}

/* ---- the key ------------------------------------------------------------------------------------------------ */

static bool is_sound(const tg_bytes numbers[NUM_NUMBERS])
{
    tg_bytes n = numbers[N], e = numbers[E];
    bool ok =
        n.len >= MIN_OCTETS && n.len <= MAX_OCTETS && n.data[n.len - 1] % 2 == 1 && e.len && e.data[e.len - 1] % 2 == 1;
    for (size_t i = 0; ok && i < NUM_NUMBERS; i++)
        ok = numbers[i].len <= n.len;
    return ok;
}

/* OpenSSL takes numbers in the byte order of the machine. */
static bool put_native(tg_bytes number, uint8_t *out)
{
    BIGNUM *value = BN_bin2bn(number.data, (int)number.len, NULL);
    bool ok = value && BN_bn2nativepad(value, out, (int)number.len) >= 0;
    BN_clear_free(value);
    return ok;
}

static EVP_PKEY *key_of(const tg_library *library, const tg_bytes numbers[NUM_NUMBERS], size_t num, bool is_private,
                        uint8_t *native)
{
    static const char *const names[NUM_NUMBERS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    OSSL_PARAM params[NUM_NUMBERS + 1];
    EVP_PKEY *key = NULL;
    bool ok = true;
    for (size_t i = 0; ok && i < num; i++) {
        ok = put_native(numbers[i], native);
        params[i] = OSSL_PARAM_construct_BN(names[i], native, numbers[i].len);
        native += numbers[i].len;
    }
    params[num] = OSSL_PARAM_construct_end();
    EVP_PKEY_CTX *context = ok ? EVP_PKEY_CTX_new_from_name(tg_library_context(library), "RSA", NULL) : NULL;
    ok = context && EVP_PKEY_fromdata_init(context) == 1 &&
         EVP_PKEY_fromdata(context, &key, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) == 1;
    EVP_PKEY_CTX_free(context);
    if (ok)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

tg_status tg_rsa_read(const tg_library *library, tg_bytes der, bool is_private, EVP_PKEY **out)
{
    tg_bytes numbers[NUM_NUMBERS] = { { NULL, 0 } };
    if (!(is_private ? read_private(der, numbers) : read_public(der, numbers)) || !is_sound(numbers))
        return TG_BAD_KEY;
    size_t num = is_private ? NUM_NUMBERS : NUM_PUBLIC, len = 0;
    for (size_t i = P; i < NUM_NUMBERS; i++) {
        if (is_private && numbers[i].len == 0)
            num = P; /* without one of them the others are of no use: n, e and d do it alone */
    }
    for (size_t i = 0; i < num; i++)
        len += numbers[i].len;
    uint8_t *native = OPENSSL_malloc(len);
    *out = native ? key_of(library, numbers, num, is_private, native) : NULL;
    OPENSSL_clear_free(native, len);
    return *out ? TG_OK : tg_openssl_failed(TG_NO_MEMORY);
}
