/* TLS 1.3 with an external PSK (RFC 8446 4.2.11, 4.4, 5, 7.1): the binder, and with psk_ke the server's Finished. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include "case.h"

enum { FINISHED = 20, KEY_UPDATE = 24, APPLICATION_DATA = 23 };

static tg_tls_hash hash_of(const tg_tls_case *k)
{
    return (tg_tls_hash)k->recipe->prf;
}

/* ---- key schedule ------------------------------------------------------------------------------------------- */

static bool hkdf(tg_tls_case *k, tg_tls_hash hash, int mode, tg_bytes key, tg_bytes salt_or_info, uint8_t *out,
                 size_t len)
{
    static const char *const names[] = { [TG_TLS_SHA256] = "SHA256", [TG_TLS_SHA384] = "SHA384" };
    char name[8];
    memcpy(name, names[hash], strlen(names[hash]) + 1);
    bool is_extract = mode == EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key.data, key.len),
        OSSL_PARAM_construct_octet_string(is_extract ? OSSL_KDF_PARAM_SALT : OSSL_KDF_PARAM_INFO,
                                          (void *)(uintptr_t)salt_or_info.data, salt_or_info.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(k->library, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool ok = context && EVP_KDF_derive(context, out, len, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    if (ok)
        return true;
    ERR_clear_error();
    k->failed = TG_NO_MEMORY;
    return false;
}

static bool extract(tg_tls_case *k, tg_tls_hash hash, tg_bytes salt, tg_bytes key, uint8_t out[TG_TLS_HASH_MAX])
{
    return hkdf(k, hash, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, key, salt, out, tg_tls_hash_len(hash));
}

/* HKDF-Expand-Label (7.1). */
static bool expand(tg_tls_case *k, tg_tls_hash hash, const uint8_t *secret, const char *label, tg_bytes context,
                   uint8_t *out, size_t len)
{
    uint8_t info[2 + 1 + 32 + 1 + TG_TLS_HASH_MAX];
    size_t label_len = strlen(label), at = 0;
    info[at++] = (uint8_t)(len >> 8);
    info[at++] = (uint8_t)len;
    info[at++] = (uint8_t)(6 + label_len);
    memcpy(info + at, "tls13 ", 6);
    memcpy(info + at + 6, label, label_len);
    at += 6 + label_len;
    info[at++] = (uint8_t)context.len;
    if (context.len)
        memcpy(info + at, context.data, context.len);
    return hkdf(k, hash, EVP_KDF_HKDF_MODE_EXPAND_ONLY, tg_bytes_of(secret, tg_tls_hash_len(hash)),
                tg_bytes_of(info, at + context.len), out, len);
}

/* Derive-Secret over octets (7.1). */
static bool derive_secret(tg_tls_case *k, tg_tls_hash hash, const uint8_t *secret, const char *label, tg_bytes messages,
                          uint8_t *out)
{
    uint8_t digest[TG_TLS_HASH_MAX];
    size_t len = tg_tls_hash_len(hash);
    return tg_tls_hash_of(k, hash, messages, tg_bytes_of(NULL, 0), digest) &&
           expand(k, hash, secret, label, tg_bytes_of(digest, len), out, len);
}

static bool early_secret(tg_tls_case *k, tg_tls_hash hash, uint8_t out[TG_TLS_HASH_MAX])
{
    static const uint8_t zeros[TG_TLS_HASH_MAX];
    return extract(k, hash, tg_bytes_of(zeros, tg_tls_hash_len(hash)), k->known->tek, out);
}

/* The next secret of the schedule, of no new key: psk_ke. */
static bool next_secret(tg_tls_case *k, const uint8_t *secret, uint8_t out[TG_TLS_HASH_MAX])
{
    static const uint8_t zeros[TG_TLS_HASH_MAX];
    uint8_t derived[TG_TLS_HASH_MAX];
    size_t len = tg_tls_hash_len(hash_of(k));
    bool ok = derive_secret(k, hash_of(k), secret, "derived", tg_bytes_of(NULL, 0), derived) &&
              extract(k, hash_of(k), tg_bytes_of(derived, len), tg_bytes_of(zeros, len), out);
    tg_wipe(derived, sizeof derived);
    return ok;
}

/* HMAC of a Finished, or of a binder, which is made alike (4.2.11.2, 4.4.4). */
static bool verify_data(tg_tls_case *k, tg_tls_hash hash, const uint8_t *base_key, tg_bytes first, tg_bytes second,
                        uint8_t *out)
{
    uint8_t key[TG_TLS_HASH_MAX], digest[TG_TLS_HASH_MAX];
    size_t len = tg_tls_hash_len(hash);
    bool ok = expand(k, hash, base_key, "finished", tg_bytes_of(NULL, 0), key, len) &&
              tg_tls_hash_of(k, hash, first, second, digest) &&
              tg_tls_hmac(k, hash, tg_bytes_of(key, len), tg_bytes_of(digest, len), tg_bytes_of(NULL, 0), out);
    tg_wipe(key, sizeof key);
    return ok;
}

/* ---- the binder --------------------------------------------------------------------------------------------- */

void tg_tls13_prove_binder(tg_tls_case *k)
{
    const tg_tls_client_hello *c = &k->client_hello;
    if (!c->has_psk)
        return; /* absent */
    uint8_t secret[TG_TLS_HASH_MAX], key[TG_TLS_HASH_MAX], right[TG_TLS_HASH_MAX];
    bool is_chosen = k->h->has_server_hello || k->h->hello_retry_request;
    tg_tls_hash hash = is_chosen ? hash_of(k) : TG_TLS_SHA256;
    const tg_tls_suite *suite = tg_tls_suite_find(k->h->suite);
    k->h->client = TG_TLS_NOT_TRIED;
    bool is_ticket = c->aged[0] & 1; /* an external PSK has no age (4.2.11) */
    if (!k->known->has_tek || is_ticket || (is_chosen && (!suite || !suite->tls13)))
        return;
    /* 4.2.11.2: before a first hello stands nothing, whatever came; before a second one the hash of the first and
     * HelloRetryRequest (4.4.1). */
    tg_bytes none = { NULL, 0 };
    tg_bytes before = k->h->hello_retry_request ? tg_tls_transcript(k, c->transcript_before) : none;
    bool ok = early_secret(k, hash, secret) && derive_secret(k, hash, secret, "ext binder", none, key) &&
              verify_data(k, hash, key, before, c->truncated, right);
    if (ok)
        k->h->client =
            tg_equal_secret(tg_bytes_of(right, tg_tls_hash_len(hash)), c->binder) ? TG_TLS_VERIFIED : TG_TLS_FAILED;
    tg_wipe(secret, sizeof secret);
    tg_wipe(key, sizeof key);
    tg_wipe(right, sizeof right);
}

/* ---- records ------------------------------------------------------------------------------------------------ */

static bool set_keys(tg_tls_case *k, tg_tls_end *end)
{
    end->keys.recipe = k->recipe;
    end->keys.tls13 = true;
    end->seq = 0;
    return expand(k, hash_of(k), end->secret, "key", tg_bytes_of(NULL, 0), end->keys.key, k->recipe->key_len) &&
           expand(k, hash_of(k), end->secret, "iv", tg_bytes_of(NULL, 0), end->keys.iv, 12) &&
           tg_tls_keys_ready(k, &end->keys);
}

/* Keys of the handshake, where the server took the PSK and nothing else goes into them. */
void tg_tls13_begin(tg_tls_case *k, const tg_tls_message *last_hello)
{
    const tg_tls_suite *suite = tg_tls_suite_find(k->h->suite);
    uint16_t selected = k->server_hello.selected;
    k->h->resumed =
        k->server_hello.has_psk && selected < 256 && (k->client_hello.aged[selected / 64] >> selected % 64 & 1);
    if (!k->known->has_tek || !k->h->has_client_hello || k->h->resumed || !k->server_hello.has_psk ||
        k->server_hello.has_key_share || !suite || !suite->tls13 || k->recipe->bulk == TG_BULK_OTHER)
        return;
    uint8_t early[TG_TLS_HASH_MAX];
    tg_bytes hellos = tg_tls_transcript(k, (size_t)(last_hello->whole.data - k->messages) + last_hello->whole.len);
    k->has_secrets = early_secret(k, hash_of(k), early) && next_secret(k, early, k->handshake_secret) &&
                     derive_secret(k, hash_of(k), k->handshake_secret, "c hs traffic", hellos, k->ends[1].secret) &&
                     derive_secret(k, hash_of(k), k->handshake_secret, "s hs traffic", hellos, k->ends[0].secret) &&
                     set_keys(k, &k->ends[0]) && set_keys(k, &k->ends[1]);
    tg_wipe(early, sizeof early);
}

/* The inner type stands behind the plaintext, and zeros behind it (5.2). */
static bool take_inner_type(tg_bytes *octets, uint8_t *type)
{
    while (octets->len > 0 && octets->data[octets->len - 1] == 0)
        octets->len--;
    if (octets->len == 0)
        return false;
    *type = octets->data[--octets->len];
    return true;
}

static void take_inner(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record, tg_bytes octets)
{
    uint8_t type;
    if (!take_inner_type(&octets, &type))
        return;
    switch (type) {
    case 21:
        if (tg_tls_count_message(k))
            tg_tls_take_alert(k, end, octets, record->at);
        break;
    case 22:
        tg_tls_take_handshake(k, end, octets, record->at, true);
        break;
    case APPLICATION_DATA:
        k->h->num_application[end->from_client]++;
        break;
    default:
        break;
    }
}

void tg_tls13_take_record(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    tg_tls_proof *server = &k->h->server;
    uint8_t seq[8];
    tg_bytes octets;
    uint64_t number = end->seq;
    if (!end->behind && !end->from_client)
        k->proof_at[0] = record->at;
    end->behind = true;
    for (size_t i = 8; i-- > 0; number >>= 8)
        seq[i] = (uint8_t)number;
    if (!k->has_secrets) {
        k->h->num_application[end->from_client]++; /* of whatever kind: it cannot be seen */
        if (!end->from_client)
            *server = TG_TLS_NOT_TRIED;
        return;
    }
    tg_status status = tg_tls_open(k, &end->keys, seq, record, &octets);
    if (status == TG_NO_MEMORY) {
        k->failed = status;
    } else if (status == TG_OK) {
        end->seq++;
        end->opened_any = true;
        take_inner(k, end, record, octets);
    } else {
        /* Early data of the client is under other keys, and comes before all else. */
        end->seq += !end->from_client || end->opened_any;
        if (!end->from_client && (*server == TG_TLS_ABSENT || *server == TG_TLS_NOT_TRIED))
            *server = TG_TLS_FAILED;
    }
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* Behind the server's Finished both ends have new secrets; each uses its own when it has sent its Finished. */
static bool make_application_secrets(tg_tls_case *k)
{
    uint8_t master[TG_TLS_HASH_MAX];
    tg_bytes messages = tg_tls_transcript(k, k->messages_len);
    bool ok = next_secret(k, k->handshake_secret, master) &&
              derive_secret(k, hash_of(k), master, "c ap traffic", messages, k->ends[1].next_secret) &&
              derive_secret(k, hash_of(k), master, "s ap traffic", messages, k->ends[0].next_secret);
    tg_wipe(master, sizeof master);
    return ok;
}

static void change_keys(tg_tls_case *k, tg_tls_end *end)
{
    memcpy(end->secret, end->next_secret, sizeof end->secret);
    (void)set_keys(k, end);
}

static void prove_server(tg_tls_case *k, const tg_tls_message *m)
{
    uint8_t right[TG_TLS_HASH_MAX];
    tg_bytes before = tg_tls_transcript(k, (size_t)(m->whole.data - k->messages));
    size_t len = tg_tls_hash_len(hash_of(k));
    if (!verify_data(k, hash_of(k), k->ends[0].secret, before, tg_bytes_of(NULL, 0), right))
        return;
    if (k->h->server == TG_TLS_ABSENT)
        k->h->server = tg_equal_secret(m->body, tg_bytes_of(right, len)) ? TG_TLS_VERIFIED : TG_TLS_FAILED;
    tg_wipe(right, sizeof right);
    k->ends[0].finished = true;
    if (make_application_secrets(k))
        change_keys(k, &k->ends[0]);
}

void tg_tls13_take_message(tg_tls_case *k, const tg_tls_message *m)
{
    tg_tls_end *end = &k->ends[m->from_client];
    if (m->type == KEY_UPDATE && end->finished) {
        if (expand(k, hash_of(k), end->secret, "traffic upd", tg_bytes_of(NULL, 0), end->next_secret,
                   tg_tls_hash_len(hash_of(k))))
            change_keys(k, end);
    } else if (m->type == FINISHED && !end->finished) {
        if (!m->from_client) {
            prove_server(k, m);
        } else if (k->ends[0].finished) {
            end->finished = true;
            change_keys(k, end);
        }
    }
    if (m->from_client)
        k->messages_len = (size_t)(m->whole.data - k->messages); /* the server's Finished covers none of it (4.4) */
}
