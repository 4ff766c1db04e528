/* How a role makes messages: model -> protect -> octets. Private to the room. */
#ifndef TICKETGATE_ROLES_MAKE_H
#define TICKETGATE_ROLES_MAKE_H

#include "ticketgate/roles.h"

#define TRY(call) TG_TRY(call)

void tg_u64_octets(uint64_t value, uint8_t out[8]);
uint64_t tg_u64_of(const uint8_t in[8]);

/* What making runs on. The results live in the arena. */
typedef struct tg_maker {
    tg_crypto *crypto;
    const tg_settings *settings;
    tg_random random;
    tg_arena *arena;
    const tg_deviation *deviation;
} tg_maker;

/* Random octets in the arena. */
TG_NODISCARD tg_status tg_make_random(const tg_maker *m, size_t len, tg_bytes *out);

/* ---- payloads (payloads.c) ---------------------------------------------------------------------------------- */

/* A chain that grows at its end. Errors are sticky: ask `status` once. */
typedef struct tg_chain_maker {
    tg_arena *arena;
    tg_payload *first, *last;
    tg_status status;
} tg_chain_maker;

tg_payload *tg_add(tg_chain_maker *c, uint16_t type); /* NULL when the arena is full */
void tg_add_t(tg_chain_maker *c, uint8_t ts_type, tg_bytes ts_value);
void tg_add_tr(tg_chain_maker *c, uint8_t role, uint8_t ts_type, uint64_t ntp);
void tg_add_idr(tg_chain_maker *c, uint8_t role, const tg_identity *id); /* nothing when it is not known */
void tg_add_randr(tg_chain_maker *c, uint8_t role, tg_bytes rand);
void tg_add_v(tg_chain_maker *c, uint8_t mac_alg); /* with a MAC of zeros */
void tg_add_policies(tg_chain_maker *c, const tg_security_policy *policies, size_t num);
/* The KEMAC with its plaintext as payloads; protecting encrypts it. */
void tg_add_kemac(tg_chain_maker *c, uint8_t encr_alg, tg_payload *keys);
void tg_add_sdp_ids(tg_chain_maker *c, tg_bytes list); /* nothing for an empty one */
void tg_add_ticket(tg_chain_maker *c, const tg_ticket *ticket);
/* CERT, CHASH, PKE (sealed) and SIGN (still zeros) of a *_INIT_PK. */
void tg_add_certificates(tg_chain_maker *c, const tg_pk *own);
void tg_add_chash(tg_chain_maker *c, tg_crypto *crypto, const tg_pk *kms, uint8_t prf_func);
void tg_add_pke(tg_chain_maker *c, const tg_maker *m, const tg_pk *kms, tg_bytes env_key);
void tg_add_sign(tg_chain_maker *c, const tg_pk *own, uint8_t s_type);
/* A key for a KEMAC. */
void tg_add_key(tg_chain_maker *c, uint8_t type, tg_bytes key, tg_bytes salt, tg_bytes spi);
/* A copy of key data of another chain with another key. */
void tg_add_key_like(tg_chain_maker *c, const tg_key_data *like, tg_bytes key);
/* The RAND of this role; empty where a receiver has overlooked that there is none. */
tg_bytes tg_rand_in(const tg_message *message, uint8_t rand_role);
/* New keys as planned. */
TG_NODISCARD tg_status tg_add_planned_keys(tg_chain_maker *c, const tg_maker *m, const tg_key_plan *keys, size_t num);
/* The SPI length that makes key data of `len` octets a multiple of 8 with it. */
size_t tg_fitting_spi(size_t key_len, bool has_salt, size_t salt_len);

/* ---- protection (protect.c) --------------------------------------------------------------------------------- */

/* Where the keys come from and what the MAC covers beside the message. PRF, CSB ID are those of HDR unless `label` says
 * otherwise. */
typedef struct tg_protection {
    tg_bytes inkey;
    uint8_t direction;
    tg_rands rands;
    const tg_hdr *label;   /* update_keys=same_keys: HDR of the last message (5.2) */
    tg_bytes auth_key;     /* Errors: the key itself instead of `inkey` */
    const tg_pk *sign_key; /* SIGN instead of V */
    tg_identity identities[2];
    const tg_message *initial; /* the message that is answered */
    tg_bytes mpkr;             /* for Vr */
    uint8_t vr_prf;
} tg_protection;

/* What protecting gives beside the octets, for the guard against a second KEMAC with one IV (A39). */
typedef struct tg_protected {
    tg_bytes octets, encr_key, iv;
} tg_protected;

TG_NODISCARD tg_status tg_protect(const tg_maker *m, tg_making *making, const tg_protection *how, tg_protected *out);
/* Encrypts the plaintext of a KEMAC with the keys in `making`; nothing for NULL, and where it is octets already. */
TG_NODISCARD tg_status tg_encrypt(const tg_maker *m, const tg_making *making, tg_kemac *kemac);
/* Builds and parses again, in the arena. */
TG_NODISCARD tg_status tg_rebuild(const tg_maker *m, const tg_message *model, tg_bytes *octets, tg_message **parsed);
bool tg_deviation_applies(const tg_deviation *d, const tg_making *making);

/* ---- tickets (tickets.c) ------------------------------------------------------------------------------------ */

/* TP Data of a policy. */
TG_NODISCARD tg_status tg_make_tp_data(const tg_maker *m, const tg_ticket_policy *policy, bool with_keys,
                                       tg_payload **out);
/* A TICKET with this policy, and no Ticket Data yet. */
TG_NODISCARD tg_status tg_make_ticket_policy(const tg_maker *m, const tg_ticket_policy *policy, tg_ticket **out);
/* What is in a ticket: its own keys, and what the Initiator is sent. */
typedef struct tg_ticket_keys {
    tg_bytes mpk, mpki, mpkr, spi; /* spi: of the MPK */
    tg_payload *session;           /* key data, in order */
} tg_ticket_keys;
/* The base ticket (A): makes the keys, encrypts and authenticates. `ticket` has the policy; its Ticket Data is filled
 * in. */
TG_NODISCARD tg_status tg_make_ticket(const tg_maker *m, tg_suite suite, tg_bytes tpk, const tg_identity *tpk_id,
                                      uint64_t now, const tg_key_plan *keys, size_t num_keys, tg_sender from,
                                      tg_ticket *ticket, tg_ticket_keys *out);
/* The KEMAC of REQUEST_RESP and RESOLVE_RESP: MPKi || [MPKr or MPKr'] || keys. */
TG_NODISCARD tg_status tg_granted_keys(const tg_maker *m, tg_bytes mpki, tg_bytes mpkr, tg_bytes spi,
                                       const tg_payload *session, tg_payload **out);

#endif
