/* iut: the C interface of an implementation under test (IUT), for one that is linked as a shared object.
 *
 * This header needs no other. The shared object exports one function, `ticketgate_iut`, that gives a tgi_interface;
 * `ticketgate gate --iut ./mine.so` does the rest. The same calls, with the same meaning, travel as lines of JSON to an
 * IUT that is a process: runners/ATTACHING.md explains them with examples, and which capability words there are.
 *
 * Ownership: what a call is given lives until it returns; what an IUT puts into a reply has to live until the next call
 * of the same session, or, without a session, of the same function. Calls never overlap. Lengths are octets; times are
 * 64-bit NTP (RFC 5905): seconds since 1900 in the upper half. Numbers of types, flags and algorithms are those of
 * RFC 6043 and its registries. Members may be added at the end of a struct: `size` tells how much of it is there.
 */
#ifndef TICKETGATE_IUT_H
#define TICKETGATE_IUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TGI_VERSION 1

typedef struct tgi_octets {
    const uint8_t *data; /* may be NULL when len is 0 */
    size_t len;
} tgi_octets;

typedef enum tgi_role { TGI_INITIATOR = 1, TGI_RESPONDER = 2, TGI_KMS = 3 } tgi_role;

/* ID Type and ID Data of an IDR payload (RFC 6043 6.6); not known: the payload is left out. */
typedef struct tgi_identity {
    bool known;
    uint8_t type;
    tgi_octets data;
} tgi_identity;

/* ---- what a session is to be --------------------------------------------------------------------------------- */

/* A session key to make (RFC 3830 6.13, RFC 6043 6.2.1): type 0 TGK, 1 TGK+SALT, 2 TEK, 3 TEK+SALT, 4 GTGK, 5
 * GTGK+SALT. */
typedef struct tgi_key {
    uint8_t type;
    uint16_t key_len, salt_len;
    tgi_octets spi; /* len 0: the maker chooses it */
} tgi_key;

/* A Ticket Policy (RFC 6043 6.10). */
typedef struct tgi_policy {
    uint16_t ticket_type;
    uint8_t subtype, version, prf_func;
    const char *flags;     /* those that are 1: "DEFGHIJLMNO" */
    bool has_start, has_end;
    uint64_t start, end;   /* TRs, TRe */
    uint8_t time_type;     /* TS Type of both */
    uint32_t rekey;        /* TRr in seconds; 0: none */
    bool has_keys;         /* with a KEMAC that asks for `keys` */
    const tgi_key *keys;
    size_t num_keys;
    const tgi_identity *applications, *responders; /* IDRapp, IDRr */
    size_t num_applications, num_responders;
} tgi_policy;

/* One crypto session of the GENERIC-ID map (RFC 6043 6.1.1). */
typedef struct tgi_session {
    uint8_t cs_id, prot_type, s;
    tgi_octets policies;     /* policy numbers, an octet each */
    tgi_octets session_data; /* SRTP: SSRC */
    uint8_t key;             /* its SPI is that of this session key of the ticket, from 1; 0: none, or `spi` */
    bool own_key;            /* `key` counts the keys of this message's own KEMAC instead */
    tgi_octets spi;
} tgi_session;

typedef struct tgi_param {
    uint8_t type;
    tgi_octets value;
} tgi_param;

/* An SP payload (RFC 3830 6.10). */
typedef struct tgi_security_policy {
    uint8_t policy_no, prot_type;
    const tgi_param *params;
    size_t num_params;
} tgi_security_policy;

/* What a Ticket Transfer message offers or answers. In an answer: what differs from "as offered, with the first policy
 * that is supported; where none is offered, the SPI of the ticket's first key, and for SRTP Session Data of its own":
 * sessions replace that by CS ID, or are added; policies are SP payloads to add. In an update that is started: without
 * sessions those in force again, under the first of `keys` if there are any. Nobody matches an answer against this. */
typedef struct tgi_transfer {
    const tgi_session *sessions;
    size_t num_sessions;
    const tgi_security_policy *policies;
    size_t num_policies;
    const tgi_key *keys; /* in a KEMAC of its own (flags L, M) */
    size_t num_keys;
} tgi_transfer;

typedef struct tgi_subscriber {
    tgi_octets b_tid;           /* ID Data of IDRpsk; len 0: none */
    const tgi_octets *uids;     /* public identities */
    size_t num_uids;
    tgi_octets psk;             /* len 0: none */
} tgi_subscriber;

typedef struct tgi_named_value {
    const char *name, *value;
} tgi_named_value;

typedef struct tgi_named_number {
    const char *name;
    int number; /* -1: the kind is not known */
} tgi_named_number;

/* A session to open: one role of one party. What does not concern the role is zero. */
typedef struct tgi_open {
    size_t size; /* sizeof (tgi_open) of the caller */
    tgi_role role;
    const char *profile;                 /* "ims-media" */
    const tgi_named_value *settings;     /* all that apply: the profile's, and what the case changes */
    size_t num_settings;
    const tgi_named_number *prot_types;  /* "srtp", "tls", ... */
    size_t num_prot_types;
    int mode;                            /* 1 to 4 (RFC 6043 4.1.1) */
    bool pk;                             /* REQUEST_INIT_PK, RESOLVE_INIT_PK instead of PSK */
    bool chash;                          /* with `pk`: and a CHASH payload with the KMS' certificate */
    uint8_t prf_func, encr_alg, mac_alg; /* of what it starts, and of tickets that it makes */
    uint8_t ts_type;                     /* of T in what it starts */
    uint32_t skew;                       /* seconds of clock skew that are allowed */
    bool leave_out_ids;                  /* IDRi, IDRr, IDRkms are left out */
    bool plain_errors;                   /* Errors that it sends carry no MAC */
    /* called: whom an Initiator calls. An IDR that is missing ("absent_identity" is "known"): to a KMS IDRkms is `self`,
     * IDRi or IDRr the first of `uids` of whom IDRpsk names. */
    tgi_identity self, kms, called;
    tgi_octets psk;                      /* shared with the KMS. A KMS: with everybody who is no subscriber of `subscribers` */
    tgi_identity psk_id;                 /* IDRpsk */
    tgi_octets tpk;                      /* who makes or resolves tickets itself */
    const char *rsa_own, *rsa_kms;       /* PEM: private key with certificates; certificate of the KMS; or NULL */
    const char *const *trust;            /* PEM */
    size_t num_trust;
    tgi_policy policy;                   /* Initiator: to ask for, or (modes 3, 4) to make */
    tgi_transfer offer;                  /* Initiator: TRANSFER_INIT */
    tgi_transfer answer;                 /* Responder: TRANSFER_RESP */
    tgi_transfer update_answer;          /* both: to an update of the other side with V=1 */
    /* Responder: what it accepts; none: anything. A policy is supported when Prot type and all parameters are those of
     * one here, whatever its number. A session that names policies, none of them supported: TRANSFER_INIT is rejected
     * before a KMS is asked, "sp_param" where the Prot type is among these, else "sp"; the Error carries these. */
    const tgi_security_policy *supported;
    size_t num_supported;
    bool resolve_each_time;              /* Responder: keys of reusable tickets are not kept */
    /* By local policy; NULL: nothing. Initiator: "request" the policy granted in REQUEST_RESP, "transfer" the answer in
     * TRANSFER_RESP; Responder: "transfer" TRANSFER_INIT, before a KMS is asked; KMS: "request", "resolve"; Initiator,
     * Responder: "update" an update that comes. */
    const char *refuse;
    const tgi_subscriber *subscribers;   /* KMS */
    size_t num_subscribers;
    bool has_subscribers;                /* with an empty list: the KMS knows nobody; false: everybody has `psk` */
    uint16_t min_key, max_key;           /* KMS: octets of session keys; 0: 16, 32 */
    uint32_t max_validity;               /* KMS: seconds; 0: no limit */
    tgi_octets psk_kms;                  /* KMS: shared with the other KMS (section 10); len 0: there is none */
} tgi_open;

/* ---- containers (capability `smime`) ---------------------------------------------------------------------------- */

/* A KEK that is shared already: with 16 octets the content key is wrapped by AES-128-WRAP, with 32 by AES-256-WRAP. */
typedef struct tgi_kek {
    tgi_octets id; /* keyIdentifier of the KEKIdentifier (RFC 5652 6.2.3); never empty */
    tgi_octets kek;
} tgi_kek;

/* A container to make: CMS AuthEnvelopedData in a ContentInfo (TS 33.328 I.2.1), a KEKRecipientInfo for each key. */
typedef struct tgi_container {
    size_t size;           /* sizeof (tgi_container) of the caller */
    tgi_octets content;    /* of type id-data, as it is */
    const tgi_kek *keys;
    size_t num_keys;       /* at least 1 */
    const char *algorithm; /* "aes-128-gcm", "aes-256-gcm", "aes-128-ccm", "aes-256-ccm" */
    uint8_t tag_len;       /* octets of mac; aes-ICVlen says so too (RFC 5084) */
} tgi_container;

/* ---- what an IUT does ---------------------------------------------------------------------------------------- */

typedef enum tgi_outcome {
    TGI_ACCEPTED = 0,   /* and processed; there may be messages to send */
    TGI_REJECTED = 1,   /* discarded; an Error message may be sent */
    TGI_UNSUPPORTED = 2 /* this IUT cannot do what was asked */
} tgi_outcome;

typedef struct tgi_message {
    tgi_role to;
    tgi_octets octets;
} tgi_message;

typedef struct tgi_session_key {
    uint8_t cs_id;
    tgi_octets tek, salt; /* salt len 0: none is derived or given */
} tgi_session_key;

/* What came of a call. The gate hands in one that is zeroed; what an IUT leaves zero is "accepted, nothing to send". */
#define TGI_MAX_MESSAGES 4
#define TGI_MAX_KEYS 256
typedef struct tgi_reply {
    size_t size; /* sizeof (tgi_reply) of the caller */
    tgi_outcome outcome;
    const char *error;  /* REJECTED: its class, or a word of its own that a map translates; NULL: not told */
    const char *text;   /* anything for people; NULL: nothing */
    tgi_message messages[TGI_MAX_MESSAGES];
    size_t num_messages;
    bool established;   /* Initiator, Responder: the crypto sessions have their keys */
    const tgi_session_key *keys; /* of all crypto sessions, in every reply with `established`: the last ones are judged */
    size_t num_keys;
    tgi_octets reencoded; /* decode: the message built anew from what was read; len 0: not told */
    tgi_octets content;   /* open_container: what was in it. REJECTED: nothing */
    tgi_octets container; /* make_container: a ContentInfo in DER or BER */
} tgi_reply;

/* Functions that an IUT does not have are NULL. They return 0; anything else is a breakdown of the IUT. */
typedef struct tgi_interface {
    size_t size;           /* sizeof (tgi_interface) of the IUT */
    uint32_t version;      /* TGI_VERSION */
    const char *name, *release;
    const char *roles;     /* words: "initiator responder kms" */
    const char *profiles;  /* "rfc6043 ims-media"; "*": all that the gate knows */
    const char *can;       /* capability words of runners/ATTACHING.md */
    /* Cuts a message into payloads; layout alone, a version other than 1 is cut like 1. ACCEPTED or REJECTED. */
    int (*decode)(tgi_octets message, tgi_reply *reply);
    /* As far as one message without keys shows: would it be processed? `exchange` "initial", "update", "reuse" or
     * NULL: not known; `from` 0: not known. */
    int (*check)(tgi_octets message, const char *profile, const char *exchange, tgi_role from, tgi_reply *reply);
    /* A new session. *session is handed to the calls below. */
    int (*open)(const tgi_open *what, void **session, tgi_reply *reply);
    /* Begins an exchange: "request" or "transfer" (Initiator), "update" (Initiator, Responder; `update` says what is
     * in it, `with_response` its V flag). */
    int (*start)(void *session, const char *what, const tgi_transfer *update, bool with_response, uint64_t now,
                 tgi_reply *reply);
    /* A message that came from another party. */
    int (*receive)(void *session, tgi_role from, tgi_octets message, uint64_t now, tgi_reply *reply);
    void (*close)(void *session);
    /* An interface may end here: `size` tells. What follows belongs to no session. */
    /* Opens a container (a ContentInfo in BER, no MIME around it). ACCEPTED with `content`, once its tag verified; else
     * REJECTED, and nothing of the content is told. `error`: "parse" it cannot be cut, or holds what CMS forbids;
     * "encr_alg" an algorithm or type that is not supported; "id" no recipient for these keys; "auth" a key does not
     * unwrap or the tag does not verify, one word for both. */
    int (*open_container)(tgi_octets container, const tgi_kek *keys, size_t num_keys, tgi_reply *reply);
    /* Makes one, with a content key and a nonce that are random and new. ACCEPTED with `container`. */
    int (*make_container)(const tgi_container *what, tgi_reply *reply);
} tgi_interface;

/* What the shared object exports. NULL: it cannot work here. */
const tgi_interface *ticketgate_iut(void);

#ifdef __cplusplus
}
#endif
#endif
