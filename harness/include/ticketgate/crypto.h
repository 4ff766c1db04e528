/* crypto: PRFs, key derivation, KEMAC, MAC, envelope key, signature, certificates; what MAC and signature cover.
 *
 * The only room (with smime and tls) that calls OpenSSL, through EVP alone. It knows nothing of exchanges: which key
 * protects which message is for the exchange room. Clauses are RFC 6043's unless another RFC is named; what the text
 * leaves open is a tg_settings member. Keys go in as octets and come out into memory of the caller, who wipes it
 * (tg_wipe, tg_arena_wipe); what this room holds in between it wipes itself. Secrets are compared in constant time.
 *
 * Failures: TG_UNKNOWN_ALGORITHM for a number without an algorithm, TG_BAD_KEY for a key that cannot be used (length, kind),
 * TG_NOT_AUTHENTIC for whatever does not verify or decrypt, TG_NO_MEMORY when OpenSSL gets none, TG_ARENA_FULL.
 */
#ifndef TICKETGATE_CRYPTO_H
#define TICKETGATE_CRYPTO_H

#include "ticketgate/findings.h"
#include "ticketgate/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Algorithms fetched once, and contexts used again and again: what makes many messages cheap. One for each thread.
 * It has an OpenSSL library context of its own with the built-in default provider: no configuration file and no policy of the
 * system is read (by the whole process, unless it was read before), so that SHA-1 and MD5 work everywhere. OpenSSL's error queue
 * of the thread is empty after a failure. */
typedef struct tg_crypto tg_crypto;
TG_NODISCARD tg_status tg_crypto_new(tg_crypto **out);
void tg_crypto_free(tg_crypto *c); /* NULL is fine */
/* Its OSSL_LIB_CTX, for the rooms that use OpenSSL themselves (smime, tls): theirs as long as the handle lives. */
void *tg_crypto_library(const tg_crypto *c);

void tg_wipe(void *data, size_t len);
/* In a time that depends on the lengths alone. */
bool tg_equal_secret(tg_bytes a, tg_bytes b);

/* ---- PRF and derivations ------------------------------------------------------------------------------------ */

/* MIKEY-1 (RFC 3830 4.1.2) or PRF-HMAC-SHA-256 (6.1). Any inkey length from 1 (0: TG_BAD_KEY), any out_len. The work grows with
 * both: what would take more than about a million hash blocks (keys of 11 KB forked into keys of 11 KB) is TG_TOO_LARGE. */
TG_NODISCARD tg_status tg_prf(tg_crypto *c, uint8_t prf_func, tg_bytes inkey, tg_bytes label, uint8_t *out,
                              size_t out_len);
static inline bool tg_prf_is_known(uint8_t prf_func)
{
    return prf_func == TG_PRF_MIKEY_1 || prf_func == TG_PRF_HMAC_SHA_256;
}

/* One derivation before it is run: what goes in, so that it can be shown as well as done. */
typedef struct tg_derivation {
    const char *name;   /* "auth_key", "encr_key", "salt_key", "mpki", "mpkr", "mpkr_forked", "tgk_forked"; of session keys "tek",
                         * "salt", "session_encr_key", "session_auth_key" */
    const char *clause; /* "RFC 6043 5.1.2" */
    uint8_t prf_func;
    tg_bytes inkey;     /* the caller's */
    tg_bytes label;     /* in the arena that was given */
    size_t outkey_len;  /* octets */
} tg_derivation;
TG_NODISCARD tg_status tg_derivation_run(tg_crypto *c, const tg_derivation *d, uint8_t *out);
/* Likewise, into the arena. */
TG_NODISCARD tg_status tg_derivation_run_in(tg_crypto *c, const tg_derivation *d, tg_arena *arena, tg_bytes *out);
/* Between hold and release the last MAC key stays in the handle instead of being taken out after each MAC and each derivation, which
 * is a quarter of their cost; release takes it out. For many calls in a row; they nest. */
void tg_crypto_hold(tg_crypto *c);
void tg_crypto_release(tg_crypto *c);
/* From now on `seen` is called with each derivation that is run and its result: for whoever shows how keys came about. NULL: nobody. */
void tg_crypto_observe(tg_crypto *c, void (*seen)(void *user, const tg_derivation *d, tg_bytes outkey), void *user);

typedef enum tg_key_use { TG_USE_ENCR, TG_USE_AUTH, TG_USE_SALT, TG_USE_TEK } tg_key_use;
/* Directions of a label. */
enum { TG_DIRECTION_INITIAL = 0x01, TG_DIRECTION_RESPONSE = 0x02 };

/* All tg_derive_*: TG_UNKNOWN_ALGORITHM for an unknown prf_func or a use without a constant (a TEK of a message), TG_OVERFLOW for
 * what does not fit its length field, TG_ARENA_FULL. */

/* The RANDs of a label; an empty one is left out (length octet 0). At most 255 octets each: TG_OVERFLOW. */
typedef struct tg_rands {
    tg_bytes randri, randrr;
} tg_rands;

/* 5.1.2: encr_key, auth_key, salt_key of a message from a PSK, envelope key or MPK. */
TG_NODISCARD tg_status tg_derive_message_key(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, tg_key_use use,
                                             uint32_t csb_id, uint8_t direction, tg_rands rands, size_t len,
                                             tg_derivation *out);
/* 5.1.3: TEK (TG_USE_TEK), or encr, auth, salt of the security protocol, from a TGK, TGK' or GTGK. */
TG_NODISCARD tg_status tg_derive_session_key(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, tg_key_use use,
                                             uint8_t cs_id, tg_rands rands, size_t len, tg_derivation *out);
/* 5.1.1: MPKr' (of_mpkr) or TGK' by the modifier; as long as the key. */
TG_NODISCARD tg_status tg_derive_fork(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, bool of_mpkr, tg_bytes idr_data,
                                      tg_bytes randrkms, tg_derivation *out);
/* 6.10: the auth_key of Vr from MPKr. */
TG_NODISCARD tg_status tg_derive_vr_key(tg_arena *arena, uint8_t prf_func, tg_bytes mpkr, size_t len, tg_derivation *out);
/* A.2.1: keys of the ticket from the TPK. A.2.2: MPKi (of_i) or MPKr from the MPK, as long as it. */
TG_NODISCARD tg_status tg_derive_ticket_key(tg_arena *arena, uint8_t prf_func, tg_bytes tpk, tg_key_use use, tg_bytes rand,
                                            size_t len, tg_derivation *out);
TG_NODISCARD tg_status tg_derive_mpk(tg_arena *arena, uint8_t prf_func, tg_bytes mpk, bool of_i, tg_bytes rand,
                                     tg_derivation *out);
/* RFC 3830 4.1.4 and 4.1.3: of the older modes; RAND without its length. */
TG_NODISCARD tg_status tg_derive_rfc3830_message_key(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, tg_key_use use,
                                                     uint32_t csb_id, tg_bytes rand, size_t len, tg_derivation *out);
TG_NODISCARD tg_status tg_derive_rfc3830_session_key(tg_arena *arena, uint8_t prf_func, tg_bytes tgk, tg_key_use use,
                                                     uint8_t cs_id, uint32_t csb_id, tg_bytes rand, size_t len,
                                                     tg_derivation *out);

/* ---- KEMAC -------------------------------------------------------------------------------------------------- */

#define TG_IV_MAX 16
/* Octets of encr_key, salt_key and IV of an Encr alg; 0 for NULL. False for an unknown number. */
bool tg_encr_sizes(uint8_t encr_alg, size_t *key_len, size_t *salt_len, size_t *iv_len);
/* A timestamp as 64 bits for an IV, by ntp32_pad and counter_pad (6.3, ambiguities A08, A09). False when the TS Type is
 * unknown or the value has not its length. */
bool tg_timestamp_64(const tg_settings *settings, uint8_t ts_type, tg_bytes ts_value, uint8_t out[8]);
/* RFC 3830 4.2.3: AES-CM (S XOR (0 || CSB ID || T)) || 0; AES-KW: S. `salt` and `out` as long as tg_encr_sizes says. */
TG_NODISCARD tg_status tg_kemac_iv(uint8_t encr_alg, tg_bytes salt, uint32_t csb_id, const uint8_t t[8], uint8_t *out);
/* NULL, AES-CM-128, AES-CM-256, AES-KW-128. The result is in the arena. AES-KW: plaintexts of 8n octets, n > 1, else TG_BAD_KEY
 * (with kw_pad=zero the plaintext is filled up with zeros, and decrypting leaves them in: only who cuts the
 * sub-payloads knows where they end). AES-CM: at most 2^16 blocks, else TG_TOO_LARGE. Decrypting: TG_NOT_AUTHENTIC where AES-KW
 * does not unwrap; key and iv as long as tg_encr_sizes says, else TG_BAD_KEY. */
TG_NODISCARD tg_status tg_kemac_encrypt(tg_crypto *c, const tg_settings *settings, uint8_t encr_alg, tg_bytes key,
                                        tg_bytes iv, tg_bytes plaintext, tg_arena *arena, tg_bytes *out);
TG_NODISCARD tg_status tg_kemac_decrypt(tg_crypto *c, uint8_t encr_alg, tg_bytes key, tg_bytes iv, tg_bytes ciphertext,
                                        tg_arena *arena, tg_bytes *out);

/* ---- what MAC and signature cover --------------------------------------------------------------------------- */

/* An identity as it enters a MAC. `known` false: nothing is written for it. */
typedef struct tg_identity {
    bool known;
    uint8_t id_type;
    tg_bytes data;
} tg_identity;

/* Octets in pieces, in order: views of the messages, so that nothing is copied. tg_cover_message, _ticket, _initiator_data and
 * _kemac begin a coverage; _identity, _initial and _octets add to one (all zero: nothing yet). More pieces, more than two
 * identities or an identity longer than its length field: whoever reads the coverage answers TG_OVERFLOW. */
#define TG_COVERAGE_MAX 16
typedef struct tg_coverage {
    tg_bytes parts[TG_COVERAGE_MAX];
    size_t num, len;
    uint8_t prefix[2][3]; /* ID Type and length before an identity (mac_identity) */
    size_t num_prefixes;
} tg_coverage;
/* A coverage points into itself and into the messages: it is not to be copied, and they must outlive it. */

/* 5.5: the message without the MAC (signature) field of its last payload, a V or SIGN; a TRANSFER_INIT also without Initiator
 * Data as idata_excl says. TG_NOT_FOUND when the message does not end with V or SIGN. */
TG_NODISCARD tg_status tg_cover_message(const tg_settings *settings, const tg_message *message, tg_coverage *out);
/* Adds an identity (initial messages), by mac_identity. */
void tg_cover_identity(const tg_settings *settings, const tg_identity *identity, tg_coverage *out);
/* Adds the whole initial message (responses), by resp_init_copy where it is a TRANSFER_INIT. */
void tg_cover_initial(const tg_settings *settings, const tg_message *initial, tg_coverage *out);
/* A.1: the TICKET payload for the MAC in its Ticket Data; TG_NOT_FOUND when that is no chain that ends with V. */
TG_NODISCARD tg_status tg_cover_ticket(const tg_ticket *ticket, tg_coverage *out);
/* 6.10: Initiator Data for Vr; TG_NOT_FOUND when it has not two V payloads. */
TG_NODISCARD tg_status tg_cover_initiator_data(const tg_ticket *ticket, tg_coverage *out);
/* RFC 3830 5.2: the message without the MAC field of its first KEMAC. */
TG_NODISCARD tg_status tg_cover_kemac(const tg_message *message, tg_coverage *out);
/* Adds octets as they are (the T value of RFC 3830 5.2, say). */
void tg_cover_octets(tg_bytes octets, tg_coverage *out);
/* All in one piece, in the arena. */
TG_NODISCARD tg_status tg_coverage_join(const tg_coverage *coverage, tg_arena *arena, tg_bytes *out);

/* ---- MAC ---------------------------------------------------------------------------------------------------- */

#define TG_MAC_MAX 32
/* Octets of a MAC and of its auth_key: 0 (NULL), 20, 32. False for an unknown number. */
bool tg_mac_sizes(uint8_t mac_alg, size_t *mac_len, size_t *key_len);
/* Any key but an empty one (TG_BAD_KEY): whether it has its length is for the caller. The NULL MAC writes nothing. */
TG_NODISCARD tg_status tg_mac(tg_crypto *c, uint8_t mac_alg, tg_bytes key, const tg_coverage *covered,
                              uint8_t out[TG_MAC_MAX]);
/* TG_OK, or TG_NOT_AUTHENTIC. The NULL MAC is never authentic. */
TG_NODISCARD tg_status tg_mac_verify(tg_crypto *c, uint8_t mac_alg, tg_bytes key, const tg_coverage *covered, tg_bytes mac);

/* ---- public keys -------------------------------------------------------------------------------------------- */

/* An RSA key, or a certificate, or both, from PEM text. It may outlive the tg_crypto that made it and be used with another one,
 * in other threads too; it does not change once made. */
typedef struct tg_pk tg_pk;
#define TG_PEM_MAX 262144       /* octets of PEM text, else TG_TOO_LARGE */
#define TG_CERTIFICATE_MAX 65535 /* octets of a certificate */
#define TG_CERTIFICATES_MAX 64  /* in one PEM text, and in a path */
/* RSA keys have 512 to TG_RSA_MAX_BITS bits and a public exponent that is odd, at least 3 and at most 64 bits long; those of
 * certificates too. Others are TG_BAD_KEY: they cost too much time, or are none. */
#define TG_RSA_MAX_BITS 8192
/* Finds private key, public key and certificates in the text (several certificates: the first is the owner's, the rest are
 * kept too). TG_BAD_KEY when there is neither an RSA key nor a certificate in it, when one of them cannot be read, or when the
 * first certificate is not that of the key. Encrypted PEM is not asked a password for: TG_BAD_KEY. A certificate of another
 * kind of key is kept (it may have issued others), but what needs an RSA key says TG_BAD_KEY. */
TG_NODISCARD tg_status tg_pk_from_pem(tg_crypto *c, tg_bytes pem, tg_pk **out);
/* One certificate and nothing behind it (tg_certificate_size tells where it ends). */
TG_NODISCARD tg_status tg_pk_from_der_certificate(tg_crypto *c, tg_bytes der, tg_pk **out);
void tg_pk_free(tg_pk *pk);
bool tg_pk_is_private(const tg_pk *pk);
bool tg_pk_has_certificate(const tg_pk *pk);
size_t tg_pk_octets(const tg_pk *pk); /* of the modulus: length of a signature and of PKE data; 0 without an RSA key */
/* The DER of the n-th certificate in the PEM text; empty when there is none. Owned by the key. */
tg_bytes tg_pk_certificate(const tg_pk *pk, size_t n);

/* The hash of SIGN by sig_hash (suite: by this PRF). */
typedef enum tg_hash { TG_HASH_IS_SHA_1, TG_HASH_IS_MD5, TG_HASH_IS_SHA_256 } tg_hash; /* numbers of Hash func */
tg_hash tg_sign_hash(const tg_settings *settings, uint8_t prf_func);
/* S type 0: RSA PKCS#1 v1.5; 1: PSS, MGF1 with the same hash, salt as long as the hash; others: TG_UNKNOWN_ALGORITHM. */
TG_NODISCARD tg_status tg_sign_make(tg_crypto *c, const tg_pk *pk, uint8_t s_type, tg_hash hash,
                                    const tg_coverage *covered, tg_arena *arena, tg_bytes *signature);
TG_NODISCARD tg_status tg_sign_verify(tg_crypto *c, const tg_pk *pk, uint8_t s_type, tg_hash hash,
                                      const tg_coverage *covered, tg_bytes signature);
/* PKE by pke_pad (OAEP: SHA-1, MGF1-SHA-1, empty label). Every way to fail to open is TG_NOT_AUTHENTIC, takes the same
 * path, and OpenSSL's error queue is emptied. OpenSSL from 3.2 on answers PKCS#1 v1.5 that does not open with a key made up from
 * the ciphertext (implicit rejection): that is TG_OK, and the key opens nothing. */
TG_NODISCARD tg_status tg_pke_seal(tg_crypto *c, const tg_settings *settings, const tg_pk *pk, tg_bytes env_key,
                                   tg_arena *arena, tg_bytes *out);
TG_NODISCARD tg_status tg_pke_open(tg_crypto *c, const tg_settings *settings, const tg_pk *pk, tg_bytes pke_data,
                                   tg_arena *arena, tg_bytes *env_key);

/* ---- certificates ------------------------------------------------------------------------------------------- */

/* Does one certificate (DER) stand in `octets`, and how many of them does it take? TG_BAD_KEY when none does. */
TG_NODISCARD tg_status tg_certificate_size(tg_crypto *c, tg_bytes octets, size_t *size);
/* Is `name` one of the names of the certificate: subjectAltName URI, e-mail, DNS, or without any of these the common name;
 * as text, both without "sip:" or "sips:"? */
bool tg_pk_has_name(const tg_pk *pk, tg_bytes name);
/* Did the key of `issuer` sign the certificate of `pk`, and do the names fit? */
bool tg_pk_is_issued_by(tg_crypto *c, const tg_pk *pk, const tg_pk *issuer);
/* Is there a path from chain[0] through the others to a trusted certificate (which need not be self-signed): signatures,
 * CA flags, path length, and validity at `unix_time` where `has_time`? TG_NOT_AUTHENTIC when there is none. All certificates of
 * each `trusted` count, the first of each of the chain; more than TG_CERTIFICATES_MAX in either: TG_TOO_LARGE. */
TG_NODISCARD tg_status tg_pk_verify_path(tg_crypto *c, tg_pk *const *chain, size_t num, tg_pk *const *trusted,
                                         size_t num_trusted, bool has_time, int64_t unix_time);
/* The hash of CHASH over octets (a certificate). `out` holds 32; false for an unknown Hash func. */
bool tg_hash_octets(tg_crypto *c, uint8_t hash_func, tg_bytes octets, uint8_t out[32], size_t *len);

/* ---- randomness ------------------------------------------------------------------------------------------------- */

/* Fills `out`, or fails: then nothing is sent. */
typedef struct tg_random {
    tg_status (*fill)(void *user, uint8_t *out, size_t len);
    void *user;
} tg_random;

/* The same octets for the same seed: HMAC-SHA-256 in counter mode. For tests and made conversations, never for keys
 * that protect anything. */
typedef struct tg_seeded_random {
    tg_crypto *crypto;
    uint8_t key[TG_MAC_MAX], block[TG_MAC_MAX];
    uint64_t counter;
    size_t left; /* octets of `block` not given out yet */
} tg_seeded_random;
TG_NODISCARD tg_status tg_seeded_random_init(tg_seeded_random *r, tg_crypto *crypto, tg_bytes seed);
tg_random tg_seeded_random_source(tg_seeded_random *r); /* `r` must outlive it */

#ifdef __cplusplus
}
#endif
#endif
