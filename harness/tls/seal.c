/* Seals what protection.c opens, of TLS 1.2 over TCP: RFC 5246 6.2.3, RFC 7366, RFC 5288, RFC 6655, RFC 7905. */
#include <openssl/err.h>

#include "case.h"

enum { BLOCK = 16, NONCE = 12 };

static bool put_mac(tg_tls_case *k, const tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                    tg_bytes covered, uint8_t *out)
{
    uint8_t mac[TG_TLS_HASH_MAX];
    tg_tls_hash hash = (tg_tls_hash)keys->recipe->mac;
    size_t len = tg_tls_hash_len(hash);
    tg_tls_pseudo_header header = tg_tls_header_of(keys, seq, record, covered.len);
    if (!tg_tls_hmac(k, hash, tg_bytes_of(keys->mac, len), tg_bytes_of(header.octets, header.len), covered, mac))
        return false;
    memcpy(out, mac, len);
    return true;
}

static bool without_memory(tg_tls_case *k)
{
    ERR_clear_error();
    k->failed = TG_NO_MEMORY;
    return false;
}

static bool seal_null(tg_tls_case *k, const tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                      tg_bytes plaintext, uint8_t *fragment)
{
    if (plaintext.len + tg_tls_hash_len((tg_tls_hash)keys->recipe->mac) != record->fragment.len)
        return false;
    if (plaintext.len)
        memcpy(fragment, plaintext.data, plaintext.len);
    return put_mac(k, keys, seq, record, tg_bytes_of(fragment, plaintext.len), fragment + plaintext.len);
}

/* IV, then plaintext, [MAC,] padding encrypted, then [MAC]. As much padding as fills the record. */
static bool seal_cbc(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                     tg_bytes plaintext, uint8_t *fragment)
{
    size_t mac_len = tg_tls_hash_len((tg_tls_hash)keys->recipe->mac), inside = keys->encrypt_then_mac ? 0 : mac_len,
           behind = keys->encrypt_then_mac ? mac_len : 0, filled = plaintext.len + inside;
    int made = 0;
    if (record->fragment.len < 2 * BLOCK + behind || (record->fragment.len - behind) % BLOCK)
        return false;
    size_t blocks = record->fragment.len - BLOCK - behind;
    if (filled >= blocks || blocks - filled > 256 || blocks > TG_TLS_SCRATCH)
        return false;
    uint8_t *clear = k->scratch;
    memmove(clear, plaintext.data, plaintext.len);
    if (inside && !put_mac(k, keys, seq, record, tg_bytes_of(clear, plaintext.len), clear + plaintext.len))
        return false;
    memset(clear + filled, (int)(blocks - filled - 1), blocks - filled);
    memcpy(fragment, record->fragment.data, BLOCK);
    if (!EVP_EncryptInit_ex2(keys->context, keys->cipher, keys->key, fragment, NULL) ||
        !EVP_CIPHER_CTX_set_padding(keys->context, 0) ||
        !EVP_EncryptUpdate(keys->context, fragment + BLOCK, &made, clear, (int)blocks))
        return without_memory(k);
    return !behind || put_mac(k, keys, seq, record, tg_bytes_of(fragment, BLOCK + blocks), fragment + BLOCK + blocks);
}

static bool seal_aead(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                      tg_bytes plaintext, uint8_t *fragment)
{
    uint8_t nonce[NONCE];
    tg_bytes sealed = record->fragment;
    size_t tag_len = keys->recipe->tag_len;
    bool is_ccm = keys->recipe->bulk == TG_BULK_CCM;
    if (!tg_tls_make_nonce(keys, seq, &sealed, nonce) || sealed.len != plaintext.len + tag_len)
        return false;
    size_t front = (size_t)(sealed.data - record->fragment.data);
    tg_tls_pseudo_header aad = tg_tls_header_of(keys, seq, record, plaintext.len);
    EVP_CIPHER_CTX *context = keys->context;
    uint8_t *out = fragment + front;
    int made = 0, rest = 0;
    keys->keyed = false; /* it is set up for encryption now */
    memcpy(fragment, record->fragment.data, front);
    bool ok = EVP_EncryptInit_ex2(context, keys->cipher, NULL, NULL, NULL) &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) > 0 &&
              (!is_ccm || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, NULL) > 0) &&
              EVP_EncryptInit_ex2(context, NULL, keys->key, nonce, NULL) &&
              (!is_ccm || EVP_EncryptUpdate(context, NULL, &made, NULL, (int)plaintext.len)) &&
              EVP_EncryptUpdate(context, NULL, &made, aad.octets, (int)aad.len) &&
              EVP_EncryptUpdate(context, out, &made, plaintext.data, (int)plaintext.len) &&
              (is_ccm || EVP_EncryptFinal_ex(context, out + made, &rest)) &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, (int)tag_len, out + plaintext.len) > 0;
    return ok || without_memory(k);
}

bool tg_tls_seal(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                 tg_bytes plaintext, uint8_t *fragment)
{
    if (!keys->ready || keys->tls13)
        return false;
    if (keys->recipe->bulk == TG_BULK_NULL)
        return seal_null(k, keys, seq, record, plaintext, fragment);
    if (keys->recipe->bulk == TG_BULK_CBC)
        return seal_cbc(k, keys, seq, record, plaintext, fragment);
    return seal_aead(k, keys, seq, record, plaintext, fragment);
}
