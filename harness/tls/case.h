/* What the files of this room share: the connection under judgement, its two ends, and how a finding is said.
 *
 * streams.c cuts octets into records, records.c says what a record is for, messages.c puts handshake messages together,
 * handshake.c takes each in its place (hello.c and key_exchange.c read them); secrets.c, protection.c, proofs.c and
 * tls13.c do what needs the TEK; checks_*.c judge the rows at the end.
 */
#ifndef TICKETGATE_TLS_CASE_H
#define TICKETGATE_TLS_CASE_H

#include <openssl/evp.h>

#include "ticketgate/tls.h"

/* ---- how a ciphersuite protects ----------------------------------------------------------------------------- */

enum { TG_KX_OTHER, TG_KX_PSK, TG_KX_DHE_PSK, TG_KX_ECDHE_PSK, TG_KX_RSA_PSK };
enum { TG_BULK_OTHER, TG_BULK_NULL, TG_BULK_CBC, TG_BULK_GCM, TG_BULK_CCM, TG_BULK_CHACHA };
typedef enum tg_tls_hash { TG_TLS_SHA1, TG_TLS_SHA256, TG_TLS_SHA384, TG_NUM_TLS_HASHES } tg_tls_hash;
enum {
    TG_TLS_MAC_SHA1 = TG_TLS_SHA1,
    TG_TLS_MAC_SHA256 = TG_TLS_SHA256,
    TG_TLS_MAC_SHA384 = TG_TLS_SHA384,
    TG_TLS_MAC_NONE = TG_NUM_TLS_HASHES
};
enum { TG_TLS_HASH_MAX = 48, TG_TLS_VERIFY_DATA = 12 };

typedef struct tg_tls_recipe {
    uint8_t kx, bulk, key_len, tag_len, mac, prf;
} tg_tls_recipe;
const tg_tls_recipe *tg_tls_recipe_of(uint16_t suite); /* suites.c; of an unknown suite: everything OTHER */

/* ---- places ------------------------------------------------------------------------------------------------- */

/* An octet of what one end sent. */
typedef struct tg_tls_at {
    bool from_client;
    size_t offset; /* in all that the end sent */
} tg_tls_at;

/* Where a segment begins in all that its end sent. */
typedef struct tg_tls_start {
    size_t offset;
    uint32_t segment;
} tg_tls_start;

/* ---- keys of one direction ---------------------------------------------------------------------------------- */

typedef struct tg_tls_keys {
    bool ready, keyed; /* keyed: the context has the key */
    const tg_tls_recipe *recipe;
    bool encrypt_then_mac, tls13, datagrams;
    uint8_t mac[TG_TLS_HASH_MAX], key[32], iv[12];
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *context;
} tg_tls_keys;

/* ---- one end ------------------------------------------------------------------------------------------------ */

/* A handshake message that is being put together. */
typedef struct tg_tls_slot {
    bool used;
    uint8_t type;
    uint16_t seq;       /* DTLS */
    size_t len, filled; /* octets of the body (TLS: with header); those that came */
    size_t room;        /* octets that `octets` holds: what stands behind belongs to a message that never is whole */
    uint8_t *octets, *have; /* DTLS `have`: a bit for each octet that came */
    tg_tls_at at;
    bool protected_;
} tg_tls_slot;
enum { TG_TLS_NUM_SLOTS = 8, TG_TLS_NUM_STASHED = 32 };

/* A record as it is cut; `fragment` a view. */
typedef struct tg_tls_record {
    uint8_t type;
    uint16_t version, epoch;
    uint64_t seq; /* DTLS: 48 bits */
    tg_bytes fragment;
    tg_tls_at at;
} tg_tls_record;

/* The places of handshake messages in the order of the handshake (RFC 5246 7.3). */
enum {
    TG_CLIENT_HELLO = 1,
    TG_CLIENT_CERTIFICATE,
    TG_CLIENT_KEY_EXCHANGE,
    TG_CLIENT_VERIFY,
    TG_CLIENT_CCS,
    TG_CLIENT_FINISHED
};
enum {
    TG_SERVER_HELLO = 1,
    TG_SERVER_CERTIFICATE,
    TG_SERVER_STATUS,
    TG_SERVER_KEY_EXCHANGE,
    TG_SERVER_REQUEST,
    TG_SERVER_DONE,
    TG_SERVER_TICKET,
    TG_SERVER_CCS,
    TG_SERVER_FINISHED
};

typedef struct tg_tls_end {
    bool from_client;
    tg_bytes octets; /* all that it sends */
    const tg_tls_start *starts;
    size_t num_starts, last_segment;
    size_t come, cut; /* octets that have come so far; that were cut into records */

    tg_tls_slot slots[TG_TLS_NUM_SLOTS];       /* TLS: the first alone */
    uint16_t next_seq;                         /* DTLS: of the handshake message that is due */
    uint32_t delivered[TG_TLS_MAX_MESSAGES];   /* DTLS: where in the transcript each message_seq is, plus 1 */
    tg_tls_record stashed[TG_TLS_NUM_STASHED]; /* DTLS: protected records that came before what gives their keys */
    size_t num_stashed;
    uint64_t window[2], newest[2]; /* DTLS: record numbers that were seen, in epochs 0 and 1 (RFC 6347 4.1.2.6) */

    unsigned rank;    /* the furthest of its messages in the order of the handshake */
    bool ccs, behind; /* ChangeCipherSpec; a record behind it */
    bool finished;    /* the record of its Finished was seen */
    bool proven;      /* its Finished was opened and compared */
    bool forged;      /* its last protected record did not open */
    uint32_t seen;    /* of its messages, a bit for each place in that order */
    bool lost;        /* its keys were changed again: nothing opens any more */
    uint16_t ccs_epoch;
    uint64_t seq;    /* TLS: of protected records */
    bool opened_any; /* TLS 1.3 */
    tg_tls_keys keys;
    uint8_t secret[TG_TLS_HASH_MAX],
        next_secret[TG_TLS_HASH_MAX]; /* TLS 1.3: traffic secret now, and behind Finished */
} tg_tls_end;

/* ---- the case ----------------------------------------------------------------------------------------------- */

typedef struct tg_tls_message {
    bool from_client, protected_;
    uint8_t type;
    tg_bytes whole, body; /* with and without header; in the transcript */
    tg_tls_at at;
} tg_tls_message;

/* What a hello says beyond tg_tls_handshake. */
typedef struct tg_tls_client_hello {
    tg_tls_at at;
    uint16_t version;                                            /* legacy_version */
    tg_bytes random, session_id, suites, compressions, versions; /* versions: of supported_versions, empty: not sent */
    uint8_t extensions[8192];                                    /* a bit for each that was sent */
    bool psk_ke, has_psk, renegotiation_is_empty, has_ticket;
    size_t num_identities;
    uint64_t aged[4]; /* a bit for each of the first 256 identities that has an age: of a ticket (RFC 8446 4.2.11) */
    tg_bytes identity, binder, truncated; /* of pre_shared_key: the first; the hello up to the binders */
    size_t transcript_before;             /* where in the transcript it begins */
} tg_tls_client_hello;
typedef struct tg_tls_server_hello {
    tg_tls_at at;
    uint16_t legacy_version, selected;
    uint8_t compression;
    tg_bytes random, session_id;
    bool has_psk, has_key_share, retry_key_share, renegotiation_is_empty;
} tg_tls_server_hello;

/* At most this many places of a row are shown; a hostile transcript may break one in thousands. */
enum { TG_TLS_MAX_PLACES = 4, TG_TLS_MAX_FINDINGS = 96, TG_TLS_SCRATCH = (1 << 14) + 2048 + 64 };

typedef struct tg_tls_case {
    tg_crypto *crypto;
    OSSL_LIB_CTX *library;
    const tg_tls_known *known;
    tg_arena *arena;
    tg_tls_judgement *out;
    tg_tls_handshake *h;           /* &out->handshake */
    tg_status failed;              /* a limit was met, or there was no memory */
    bool stopped, bad_from_client; /* the octets cannot be cut on; whose */
    tg_tls_end ends[2];            /* server, client: the index is from_client */
    size_t num_messages;           /* counted against TG_TLS_MAX_MESSAGES */

    /* The handshake messages as they were delivered; the transcript begins at transcript_start, which
     * tg_tls_begin_transcript alone moves. */
    uint8_t *messages;
    size_t messages_len, messages_room, transcript_start;

    tg_tls_client_hello client_hello;
    tg_tls_server_hello server_hello;
    tg_tls_at hint_at, identity_at, certificate_at;
    tg_bytes identity, hint;
    const char *certificate; /* the first message of certificates, by its name */
    const tg_tls_recipe *recipe;
    bool tls13, retry_alone;                                  /* HelloRetryRequest, and no ServerHello behind it */
    bool server_said_unknown_identity, server_said_wrong_key; /* alerts; the latter before its Finished */
    tg_tls_at unknown_identity_at, wrong_key_at;
    tg_tls_at proof_at[2]; /* the record of the Finished of each end */

    bool secrets_tried, has_secrets;
    size_t key_exchange_end; /* TLS 1.2: in `messages`, behind ClientKeyExchange */
    uint8_t master[48];
    uint8_t handshake_secret[TG_TLS_HASH_MAX]; /* TLS 1.3 */
    bool has_client_finished;                  /* in the transcript, as opened or as it should be */
    size_t client_finished_at;
    EVP_MD *digests[TG_NUM_TLS_HASHES];

    uint8_t *scratch; /* TG_TLS_SCRATCH octets: a record that was opened */

    /* reseal.c: sees each protected record before it is judged, and each that begins at `unclear` of its end or behind it. NULL: nobody does. */
    void (*sees)(void *user, struct tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record);
    void *seer;
    size_t unclear[2];
    tg_finding *findings;
    const tg_finding **found;
} tg_tls_case;

static inline tg_tls_end *tg_tls_other(tg_tls_case *k, const tg_tls_end *end)
{
    return &k->ends[!end->from_client];
}
static inline bool tg_tls_goes_on(const tg_tls_case *k)
{
    return !k->stopped && k->failed == TG_OK;
}
static inline bool tg_tls_is_13(uint16_t version)
{
    return version == 0x0304;
}

/* ---- the files ---------------------------------------------------------------------------------------------- */

/* say.c. `at` must be of this case. */
void tg_tls_say(tg_tls_case *k, const char *id, tg_tls_at at, const char *where, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The octets cannot be cut: error and finding; reading ends. */
void tg_tls_bad(tg_tls_case *k, tg_tls_at at, const char *where, const char *what);
void tg_tls_truncated(tg_tls_case *k, tg_tls_at at);
const char *tg_tls_message_name(uint8_t type); /* NULL: not known */

/* streams.c: feeds segments to records. */
TG_NODISCARD tg_status tg_tls_read(tg_tls_case *k, const tg_tls_segment *segments, size_t num);

/* records.c */
void tg_tls_take_record(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record);
void tg_tls_take_datagram_record(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record);
void tg_tls_take_stashed(tg_tls_case *k, bool at_last); /* DTLS */
void tg_tls_take_alert(tg_tls_case *k, tg_tls_end *end, tg_bytes body, tg_tls_at at);
bool tg_tls_count_message(tg_tls_case *k); /* false: too many */

/* messages.c: handshake octets of an end, in clear or opened. */
void tg_tls_take_handshake(tg_tls_case *k, tg_tls_end *end, tg_bytes octets, tg_tls_at at, bool protected_);
void tg_tls_take_fragments(tg_tls_case *k, tg_tls_end *end, tg_bytes octets, tg_tls_at at, bool protected_);
bool tg_tls_append(tg_tls_case *k, const void *octets, size_t len, tg_bytes *out);
/* What was delivered so far is no part of the transcript: no place in it means anything any more. */
void tg_tls_begin_transcript(tg_tls_case *k);

/* handshake.c */
void tg_tls_take_message(tg_tls_case *k, const tg_tls_message *message);
void tg_tls_take_ccs(tg_tls_case *k, tg_tls_end *end, tg_tls_at at);

/* hello.c, key_exchange.c: they read messages that fit. */
void tg_tls_read_client_hello(tg_tls_case *k, const tg_tls_message *message);
void tg_tls_read_server_hello(tg_tls_case *k, const tg_tls_message *message);
/* NULL, or the field of a hello that does not fit. */
const char *tg_tls_misfit_of_hello(const tg_tls_case *k, const tg_tls_message *message);
bool tg_tls_is_retry(const tg_tls_message *message);
bool tg_tls_next_extension(tg_reader *r, uint16_t *type,
                           tg_bytes *data);                      /* false at the end, or where it does not fit */
bool tg_tls_fits(tg_tls_case *k, const tg_tls_message *message); /* false: said */
static inline bool tg_tls_client_sent(const tg_tls_case *k, uint16_t extension)
{
    return k->client_hello.extensions[extension >> 3] >> (extension & 7) & 1;
}

/* secrets.c. Those that compute fail for want of memory alone. */
size_t tg_tls_hash_len(tg_tls_hash hash);
const EVP_MD *tg_tls_digest(tg_tls_case *k, tg_tls_hash hash);
TG_NODISCARD bool tg_tls_hash_of(tg_tls_case *k, tg_tls_hash hash, tg_bytes first, tg_bytes second,
                                 uint8_t out[TG_TLS_HASH_MAX]);
TG_NODISCARD bool tg_tls_hmac(tg_tls_case *k, tg_tls_hash hash, tg_bytes key, tg_bytes first, tg_bytes second,
                              uint8_t out[TG_TLS_HASH_MAX]);
TG_NODISCARD bool tg_tls_prf(tg_tls_case *k, tg_tls_hash hash, tg_bytes secret, const char *label, tg_bytes seed1,
                             tg_bytes seed2, uint8_t *out, size_t len);
/* Master secret and keys of TLS 1.2; once. False: the TEK is not known, or the suite cannot be opened. */
bool tg_tls_derive(tg_tls_case *k);
/* From its beginning to `end`, a place in `messages`; nothing where that lies in front of it. */
tg_bytes tg_tls_transcript(const tg_tls_case *k, size_t end);

/* judge.c */
tg_tls_case *tg_tls_case_new(tg_crypto *c, const tg_tls_known *known, const tg_tls_segment *segments, size_t num, tg_arena *arena,
                             tg_tls_judgement *out);
void tg_tls_case_free(tg_tls_case *k);
TG_NODISCARD tg_status tg_tls_check_limits(const tg_tls_known *known, const tg_tls_segment *segments, size_t num);

/* records.c: the number that a record of this end is protected with. */
void tg_tls_sequence_of(const tg_tls_case *k, const tg_tls_end *end, const tg_tls_record *record, uint8_t out[8]);

/* protection.c: what MAC and tag cover beside the data. */
typedef struct tg_tls_pseudo_header {
    uint8_t octets[13];
    size_t len;
} tg_tls_pseudo_header;
tg_tls_pseudo_header tg_tls_header_of(const tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record, size_t len);
/* The nonce of an AEAD; what of it is in the record is taken off it. False: the record is too short. */
bool tg_tls_make_nonce(const tg_tls_keys *keys, const uint8_t seq[8], tg_bytes *sealed, uint8_t nonce[12]);
/* seal.c: the plaintext into the place of a record's fragment, which keeps its length, its IV or explicit nonce. False: it has no room there, or
 * memory ran out (k->failed). */
TG_NODISCARD bool tg_tls_seal(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record, tg_bytes plaintext, uint8_t *fragment);

TG_NODISCARD bool tg_tls_keys_ready(tg_tls_case *k, tg_tls_keys *keys);
void tg_tls_keys_free(tg_tls_keys *keys);
/* TG_OK and the plaintext in k->scratch, TG_NOT_AUTHENTIC or TG_NO_MEMORY. */
TG_NODISCARD tg_status tg_tls_open(tg_tls_case *k, tg_tls_keys *keys, const uint8_t seq[8], const tg_tls_record *record,
                                   tg_bytes *out);

/* proofs.c: TLS 1.2. */
/* verify_data over the transcript up to `end`. */
TG_NODISCARD bool tg_tls_verify_data(tg_tls_case *k, bool from_client, size_t end, uint8_t out[TG_TLS_VERIFY_DATA]);
void tg_tls_prove_unopened(tg_tls_case *k, tg_tls_end *end, bool has_keys);
void tg_tls_prove(tg_tls_case *k, const tg_tls_message *finished);
void tg_tls_make_client_finished(tg_tls_case *k);
void tg_tls_make_room_before_ticket(tg_tls_case *k, tg_tls_message *ticket);
static inline tg_tls_proof *tg_tls_proof_of(tg_tls_case *k, const tg_tls_end *end)
{
    return end->from_client ? &k->h->client : &k->h->server;
}

/* tls13.c */
void tg_tls13_begin(tg_tls_case *k, const tg_tls_message *last_hello);
void tg_tls13_take_record(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record);
void tg_tls13_take_message(tg_tls_case *k, const tg_tls_message *message);
void tg_tls13_prove_binder(tg_tls_case *k);

/* checks_hello.c, checks.c */
void tg_tls_check(tg_tls_case *k);
void tg_tls_check_choice(tg_tls_case *k, tg_tls_at at, bool is_retry, tg_bytes extensions, uint8_t compression);

#endif
