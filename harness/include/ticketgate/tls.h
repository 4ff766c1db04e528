/* tls: what a TLS-PSK handshake keyed by a TEK must look like (TS 33.328 annex H), judged from its octets: TLS 1.2 (RFC 5246, RFC 4279) and DTLS 1.2
 * (RFC 6347); of TLS 1.3 (RFC 8446) what says which key and identity it uses. With the TEK, the Finished of either end is opened and verified: this
 * is how one sees from outside whether both hold the same key. No socket, no libssl: octets in, findings out.
 *
 * What the rows mean where the texts leave room stands in vectors/TLS.md.
 */
#ifndef TICKETGATE_TLS_H
#define TICKETGATE_TLS_H

#include "ticketgate/crypto.h"
#include "ticketgate/findings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limits; beyond them TG_TOO_LARGE. */
#define TG_TLS_MAX_OCTETS (16U << 20)    /* of a transcript */
#define TG_TLS_MAX_SEGMENTS 65536
#define TG_TLS_MAX_HANDSHAKE 131072      /* of one handshake message, where its end sends as much: the longest identity fits */
#define TG_TLS_MAX_MESSAGES 1024         /* handshake messages, records of alerts and ChangeCipherSpec */
#define TG_TLS_MAX_SUITES 256            /* offered; those behind are counted, not kept */

/* ---- ciphersuites ------------------------------------------------------------------------------------------- */

/* One of the IANA registry's; the table is registry/tls-ciphersuites.tsv. */
typedef struct tg_tls_suite {
    uint16_t number;
    const char *name;      /* "TLS_PSK_WITH_AES_128_GCM_SHA256" */
    bool psk, dh;          /* of type TLS_PSK (pure); with Diffie-Hellman (also TLS 1.3's, whose key exchange is apart: false) */
    bool null_encryption;
    bool aead;             /* or MAC of SHA-256/384: not below TLS 1.2 (RFC 5487 2); those of RFC 5487 3 and RFC 5489 may be */
    bool tls13;
    bool signalling;       /* 0x00FF, 0x5600: no ciphersuite at all */
} tg_tls_suite;
const tg_tls_suite *tg_tls_suite_find(uint16_t number); /* NULL: not known */
const tg_tls_suite *tg_tls_suites(size_t *num);

/* ---- a transcript and what is known ------------------------------------------------------------------------- */

/* Octets of one direction of one connection as they came, in the order of time, cut anywhere (DTLS: a datagram each). */
typedef struct tg_tls_segment {
    bool from_client;
    tg_bytes octets;
} tg_tls_segment;

typedef struct tg_tls_known {
    const tg_profile *profile;  /* settings tls_versions, tls13_identity */
    bool datagrams;             /* DTLS */
    bool has_tek;
    tg_bytes tek;               /* of the crypto session, 1 to 256 octets */
    bool has_identity13;        /* what stands for the empty identity in TLS 1.3 */
    tg_bytes identity13;
} tg_tls_known;

/* ---- what a handshake showed -------------------------------------------------------------------------------- */

/* X(symbol, name): does the Finished of an end (TLS 1.3: the binder of the client, the Finished of the server) verify under the TEK? */
#define TG_TLS_PROOFS(X)                                                                                               \
    X(NOT_TRIED, "not_tried")   /* no TEK, or a suite whose records cannot be opened here */                           \
    X(ABSENT, "absent")         /* it was not sent, or is not in the transcript */                                     \
    X(VERIFIED, "verified")                                                                                            \
    X(FAILED, "failed")
typedef enum tg_tls_proof {
#define TG_TLS_PROOF_ENUM(symbol, name) TG_TLS_##symbol,
    TG_TLS_PROOFS(TG_TLS_PROOF_ENUM)
#undef TG_TLS_PROOF_ENUM
} tg_tls_proof;
const char *tg_tls_proof_name(tg_tls_proof proof);

typedef struct tg_tls_alert {
    bool from_client, encrypted; /* encrypted and not opened: level and description are 0 */
    uint8_t level, description;
} tg_tls_alert;
const char *tg_tls_alert_name(uint8_t description); /* "unknown_psk_identity" */

#define TG_TLS_MAX_ALERTS 64
/* Views into the transcript (or, of messages in several records, into the arena). */
typedef struct tg_tls_handshake {
    bool has_client_hello, has_server_hello; /* HelloRetryRequest is a ServerHello too (RFC 8446 4.1.4) */
    uint16_t offered_version;    /* the highest that the client offers (supported_versions counts); 0x0303 is TLS 1.2, 0xFEFD DTLS 1.2 */
    uint16_t version;            /* that the server chose */
    uint16_t offered[TG_TLS_MAX_SUITES];
    size_t num_offered;          /* kept; num_offered_all: on the wire */
    size_t num_offered_all;
    uint16_t suite;
    bool has_hint, has_identity; /* ServerKeyExchange; ClientKeyExchange, TLS 1.3: the first of pre_shared_key */
    tg_bytes hint, identity;
    bool session_offered, resumed; /* by session id or ticket: then no identity is sent and the TEK is not used anew */
    bool extended_master_secret, encrypt_then_mac; /* agreed */
    bool renegotiation_info_client, renegotiation_info_server;
    bool hello_verify_request, hello_retry_request;
    size_t renegotiations;       /* further handshakes in the connection */
    tg_tls_proof client, server;
    tg_tls_alert alerts[TG_TLS_MAX_ALERTS];
    size_t num_alerts;           /* all; the first are kept */
    bool complete;               /* both ChangeCipherSpec and Finished records were seen (TLS 1.3: application data of both or both Finished) */
    size_t num_application[2];   /* records of application data of the server [0] and the client [1] */
    tg_bytes certificate[2];     /* DER of the own certificate of the server [0], the client [1], sent in clear; empty: none. In the arena */
    tg_bytes client_random;      /* of the last ClientHello; empty: none */
    tg_bytes master_secret;      /* TLS 1.2: what the TEK gives (RFC 4279 2), whether it proves right or not; empty: not tried. Secret, in the arena */
} tg_tls_handshake;

typedef struct tg_tls_judgement {
    tg_status parse;             /* TG_OK, TG_BAD_TLS or TG_TRUNCATED: `diag` says where. What came before is judged all the same */
    tg_diag diag;                /* path: "server[2]" (the third segment in all, from the server); offset: in it */
    tg_tls_handshake handshake;
    const tg_finding *const *findings; /* path: "client[0].ClientHello.cipher_suites", offset in the segment that it begins in */
    size_t num_findings;
    tg_reception reception;
} tg_tls_judgement;

size_t tg_tls_arena_size(const tg_tls_segment *segments, size_t num);
/* Fails only for limits. The arena has held keys: the caller wipes it. */
TG_NODISCARD tg_status tg_tls_judge(tg_crypto *c, const tg_tls_known *known, const tg_tls_segment *segments, size_t num, tg_arena *arena,
                                    tg_tls_judgement *out);

/* ---- a connection sealed again ------------------------------------------------------------------------------- */

/* A connection over TCP changed after the fact and protected anew, under another TEK: for who shares a trace without what is secret in it. Octets
 * keep their places and number. Records that the old TEK opens (TLS 1.2, those suites whose Finished is verified) are sealed under the new one:
 * Finished made anew over what the handshake has become where it was right, else as it was (and so not right); alerts as they were; application data
 * changed by the caller. In every other protected record, and behind what cannot be cut into records, there is noise instead of what was there, but
 * for handshake messages and alerts in clear. The caller says how far these are as they are to be: behind that nothing stays that was not sealed. */
typedef struct tg_tls_reseal_plan {
    const tg_tls_known *before, *after; /* as for tg_tls_judge; TEKs of their own; datagrams: TG_REFUSED */
    const tg_tls_segment *was, *is;     /* `is`: handshake messages in clear as they are to be; as many segments, as long */
    size_t num;
    /* Changes all application data of an end that was opened, in one piece and in place. NULL: it stays. */
    void (*change)(void *user, bool from_client, uint8_t *octets, size_t len);
    void (*noise)(void *user, uint8_t *octets, size_t len); /* puts something else there, the same for the same octets */
    void *user;
    size_t clear[2]; /* octets, from its first on, in which the server [0], the client [1] has nothing in clear that may not stay; SIZE_MAX: in all */
} tg_tls_reseal_plan;
typedef struct tg_tls_resealed {
    tg_bytes octets[2];            /* all that the server [0], the client [1] sends; in the arena */
    tg_tls_proof server, client;   /* as they were under the old TEK */
    bool stopped;                  /* octets could not be cut into records to the end */
    size_t num_sealed, num_noise;  /* protected records */
} tg_tls_resealed;
size_t tg_tls_reseal_arena_size(const tg_tls_segment *segments, size_t num);
/* Fails for limits, and TG_REFUSED. The arena has held keys and plaintext: the caller wipes it. */
TG_NODISCARD tg_status tg_tls_reseal(tg_crypto *c, const tg_tls_reseal_plan *plan, tg_arena *arena, tg_tls_resealed *out);

#ifdef __cplusplus
}
#endif
#endif
