/* Opens protected records: RFC 5246 6.2.3 (MAC then encrypt, NULL with a MAC), RFC 7366 (encrypt then MAC), RFC 5288
 * and RFC 5487 (GCM), RFC 6655 (CCM), RFC 7905 (ChaCha20-Poly1305), RFC 8446 5.2. The plaintext is let out only where
 * MAC or tag is right. */
#include <openssl/err.h>

#include "case.h"

enum { BLOCK = 16, NONCE = 12, EXPLICIT_NONCE = 8, MAX_TAG = 16 };

/* ---- keys --------------------------------------------------------------------------------------------------- */

static const char *cipher_name(const tg_tls_recipe *recipe)
{
    bool is_128 = recipe->key_len == 16;
    switch (recipe->bulk) {
    case TG_BULK_CBC:
        return is_128 ? "AES-128-CBC" : "AES-256-CBC";
    case TG_BULK_GCM:
        return is_128 ? "AES-128-GCM" : "AES-256-GCM";
    case TG_BULK_CCM:
        return is_128 ? "AES-128-CCM" : "AES-256-CCM";
    default:
        return "ChaCha20-Poly1305";
    }
}

bool tg_tls_keys_ready(tg_tls_case *k, tg_tls_keys *keys)
{
    if (keys->recipe->bulk != TG_BULK_NULL && !keys->context) {
        keys->cipher = EVP_CIPHER_fetch(k->library, cipher_name(keys->recipe), NULL);
        keys->context = keys->cipher ? EVP_CIPHER_CTX_new() : NULL;
        if (!keys->context) {
            ERR_clear_error();
            k->failed = TG_NO_MEMORY;
            return false;
        }
    }
    keys->ready = true;
    keys->keyed = false;
    return true;
}

void tg_tls_keys_free(tg_tls_keys *keys)
{
    EVP_CIPHER_CTX_free(keys->context);
    EVP_CIPHER_free(keys->cipher);
}

/* ---- what the MAC and the tag cover ------------------------------------------------------------------------- */

/* RFC 5246 6.2.3.1, 6.2.3.3: sequence number, type, version, length of the plaintext. RFC 8446 5.2: the header as it
 * is. */
tg_tls_pseudo_header tg_tls_header_of(const tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                                      size_t len)
{
    tg_tls_pseudo_header header = { .len = 0 };
    if (!keys->tls13) {
        memcpy(header.octets, seq, 8);
        header.len = 8;
    }
    const uint8_t rest[5] = { record->type, (uint8_t)(record->version >> 8), (uint8_t)record->version,
                              (uint8_t)(len >> 8), (uint8_t)len };
    memcpy(header.octets + header.len, rest, sizeof rest);
    header.len += sizeof rest;
    return header;
}

static tg_status check_mac(tg_tls_case *k, const tg_tls_keys *keys, const tg_tls_pseudo_header *header,
                           tg_bytes covered, const uint8_t *mac)
{
    uint8_t right[TG_TLS_HASH_MAX];
    tg_tls_hash hash = (tg_tls_hash)keys->recipe->mac;
    size_t len = tg_tls_hash_len(hash);
    if (!tg_tls_hmac(k, hash, tg_bytes_of(keys->mac, len), tg_bytes_of(header->octets, header->len), covered, right))
        return TG_NO_MEMORY;
    bool is_right = tg_equal_secret(tg_bytes_of(right, len), tg_bytes_of(mac, len));
    tg_wipe(right, sizeof right);
    return is_right ? TG_OK : TG_NOT_AUTHENTIC;
}

/* ---- NULL and CBC ------------------------------------------------------------------------------------------- */

static tg_status open_null(tg_tls_case *k, const tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                           tg_bytes *out)
{
    size_t mac_len = tg_tls_hash_len((tg_tls_hash)keys->recipe->mac);
    if (record->fragment.len < mac_len)
        return TG_NOT_AUTHENTIC;
    size_t len = record->fragment.len - mac_len;
    tg_tls_pseudo_header header = tg_tls_header_of(keys, seq, record, len);
    memcpy(k->scratch, record->fragment.data, len);
    *out = tg_bytes_of(k->scratch, len);
    return check_mac(k, keys, &header, *out, record->fragment.data + len);
}

/* Without its padding; false where that is none (RFC 5246 6.2.3.2). Whoever judges a transcript is no oracle to its
 * writer. */
static bool take_padding_off(const uint8_t *plaintext, size_t *len)
{
    size_t padding = plaintext[*len - 1];
    if (padding + 1 > *len)
        return false;
    for (size_t i = 0; i <= padding; i++) {
        if (plaintext[*len - 1 - i] != padding)
            return false;
    }
    *len -= padding + 1;
    return true;
}

static tg_status decrypt_cbc(tg_tls_case *k, tg_tls_keys *keys, tg_bytes iv_and_blocks, size_t *len)
{
    int made = 0;
    bool ok = EVP_DecryptInit_ex2(keys->context, keys->cipher, keys->key, iv_and_blocks.data, NULL) &&
              EVP_CIPHER_CTX_set_padding(keys->context, 0) &&
              EVP_DecryptUpdate(keys->context, k->scratch, &made, iv_and_blocks.data + BLOCK,
                                (int)(iv_and_blocks.len - BLOCK));
    if (!ok) {
        ERR_clear_error();
        return TG_NO_MEMORY;
    }
    *len = (size_t)made;
    return take_padding_off(k->scratch, len) ? TG_OK : TG_NOT_AUTHENTIC;
}

static tg_status open_cbc(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                          tg_bytes *out)
{
    size_t mac_len = tg_tls_hash_len((tg_tls_hash)keys->recipe->mac), len = 0;
    tg_bytes sealed = record->fragment;
    tg_status status;
    if (keys->encrypt_then_mac) {
        if (sealed.len < mac_len)
            return TG_NOT_AUTHENTIC;
        sealed.len -= mac_len;
        tg_tls_pseudo_header header =
            tg_tls_header_of(keys, seq, record, sealed.len); /* RFC 7366 3: IV and ciphertext */
        status = check_mac(k, keys, &header, sealed, sealed.data + sealed.len);
        if (status != TG_OK)
            return status;
    }
    if (sealed.len < 2 * BLOCK || sealed.len % BLOCK)
        return TG_NOT_AUTHENTIC;
    status = decrypt_cbc(k, keys, sealed, &len);
    if (status != TG_OK || keys->encrypt_then_mac) {
        *out = tg_bytes_of(k->scratch, len);
        return status;
    }
    if (len < mac_len)
        return TG_NOT_AUTHENTIC;
    *out = tg_bytes_of(k->scratch, len - mac_len);
    tg_tls_pseudo_header header = tg_tls_header_of(keys, seq, record, out->len);
    return check_mac(k, keys, &header, *out, k->scratch + out->len);
}

/* ---- AEAD --------------------------------------------------------------------------------------------------- */

/* What comes before the last step fails for want of memory alone; the last one says whether the tag is right. */
static tg_status outcome(bool is_ready, bool is_right)
{
    ERR_clear_error();
    return !is_ready ? TG_NO_MEMORY : is_right ? TG_OK : TG_NOT_AUTHENTIC;
}

/* CCM wants tag and length before anything else, and has no Final. */
static tg_status run_ccm(tg_tls_case *k, tg_tls_keys *keys, const uint8_t *nonce, const tg_tls_pseudo_header *aad,
                         tg_bytes sealed, uint8_t *tag)
{
    EVP_CIPHER_CTX *context = keys->context;
    int made = 0, tag_len = keys->recipe->tag_len;
    if (sealed.len == 0)
        return TG_NOT_AUTHENTIC; /* nothing that could be a Finished or an alert */
    bool is_ready = EVP_DecryptInit_ex2(context, keys->cipher, NULL, NULL, NULL) &&
                    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) > 0 &&
                    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_len, tag) > 0 &&
                    EVP_DecryptInit_ex2(context, NULL, keys->key, nonce, NULL) &&
                    EVP_DecryptUpdate(context, NULL, &made, NULL, (int)sealed.len) &&
                    EVP_DecryptUpdate(context, NULL, &made, aad->octets, (int)aad->len);
    return outcome(is_ready,
                   is_ready && EVP_DecryptUpdate(context, k->scratch, &made, sealed.data, (int)sealed.len) > 0);
}

static tg_status run_aead(tg_tls_case *k, tg_tls_keys *keys, const uint8_t *nonce, const tg_tls_pseudo_header *aad,
                          tg_bytes sealed, uint8_t *tag)
{
    EVP_CIPHER_CTX *context = keys->context;
    int made = 0, rest = 0;
    bool is_keyed = keys->keyed;
    keys->keyed = false;
    bool is_ready =
        EVP_DecryptInit_ex2(context, is_keyed ? NULL : keys->cipher, is_keyed ? NULL : keys->key, nonce, NULL) &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, keys->recipe->tag_len, tag) > 0 &&
        EVP_DecryptUpdate(context, NULL, &made, aad->octets, (int)aad->len) &&
        EVP_DecryptUpdate(context, k->scratch, &made, sealed.data, (int)sealed.len);
    keys->keyed = is_ready;
    return outcome(is_ready, is_ready && EVP_DecryptFinal_ex(context, k->scratch + made, &rest) > 0);
}

/* Fixed part and the record's own (RFC 5288 3), or the IV with the sequence number in it (RFC 7905 2, RFC 8446 5.3). */
bool tg_tls_make_nonce(const tg_tls_keys *keys, const uint8_t seq[8], tg_bytes *sealed, uint8_t nonce[NONCE])
{
    memcpy(nonce, keys->iv, NONCE);
    if (keys->tls13 || keys->recipe->bulk == TG_BULK_CHACHA) {
        for (size_t i = 0; i < 8; i++)
            nonce[4 + i] ^= seq[i];
        return true;
    }
    if (sealed->len < EXPLICIT_NONCE)
        return false;
    memcpy(nonce + 4, sealed->data, EXPLICIT_NONCE);
    *sealed = tg_bytes_of(sealed->data + EXPLICIT_NONCE, sealed->len - EXPLICIT_NONCE);
    return true;
}

static tg_status open_aead(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                           tg_bytes *out)
{
    uint8_t nonce[NONCE], tag[MAX_TAG];
    tg_bytes sealed = record->fragment;
    if (!tg_tls_make_nonce(keys, seq, &sealed, nonce) || sealed.len < keys->recipe->tag_len)
        return TG_NOT_AUTHENTIC;
    size_t len = sealed.len - keys->recipe->tag_len;
    memcpy(tag, sealed.data + len, keys->recipe->tag_len);
    sealed.len = len;
    tg_tls_pseudo_header aad = tg_tls_header_of(keys, seq, record, keys->tls13 ? record->fragment.len : len);
    *out = tg_bytes_of(k->scratch, len);
    return keys->recipe->bulk == TG_BULK_CCM ? run_ccm(k, keys, nonce, &aad, sealed, tag)
                                             : run_aead(k, keys, nonce, &aad, sealed, tag);
}

tg_status tg_tls_open(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                      tg_bytes *out)
{
    tg_status status;
    if (!keys->ready || record->fragment.len > TG_TLS_SCRATCH)
        return TG_NOT_AUTHENTIC;
    if (keys->recipe->bulk == TG_BULK_NULL)
        status = open_null(k, keys, seq, record, out);
    else if (keys->recipe->bulk == TG_BULK_CBC)
        status = open_cbc(k, keys, seq, record, out);
    else
        status = open_aead(k, keys, seq, record, out);
    if (status != TG_OK)
        *out = tg_bytes_of(k->scratch, 0);
    return status;
}
