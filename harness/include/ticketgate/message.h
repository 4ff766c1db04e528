/* message: a whole MIKEY message, from octets and to octets.
 *
 * Accepts whatever can be cut into payloads; whether a value is allowed is for the rules. For every message that
 * parses, building gives the same octets.
 */
#ifndef TICKETGATE_MESSAGE_H
#define TICKETGATE_MESSAGE_H

#include "ticketgate/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_message {
    tg_bytes octets;      /* what was parsed; empty in a message made by hand */
    tg_hdr hdr;
    tg_payload *payloads; /* in order, or NULL */
} tg_message;

/* Memory that is enough to parse any message of this many octets. */
size_t tg_message_arena_size(size_t message_len);

/* Parses `octets`. The message and its payloads live in the arena and point into `octets`; both must outlive it.
 * Fails with a parse class status, or TG_ARENA_FULL, and then fills *diag (which may be NULL). */
TG_NODISCARD tg_status tg_message_parse(tg_bytes octets, tg_arena *arena, tg_message **out, tg_diag *diag);

/* Writes the message. Lengths, counts and Next Payloads come from the model unless overridden. */
TG_NODISCARD tg_status tg_message_build(const tg_message *message, tg_writer *w);

/* Parses the plaintext of a KEMAC of a message of this data type, or the Ticket Data of a base ticket, on its own.
 * Offsets and paths in *diag are relative to `octets`. */
TG_NODISCARD tg_status tg_message_parse_keys(tg_bytes octets, uint8_t data_type, tg_arena *arena, tg_payload **out,
                                             tg_diag *diag);
TG_NODISCARD tg_status tg_message_parse_ticket_data(tg_bytes octets, tg_arena *arena, tg_payload **out,
                                                    tg_diag *diag);

/* A new payload of this type in the arena, all members zero; NULL when the arena is full or the type has no layout. */
tg_payload *tg_payload_new(tg_arena *arena, uint16_t type);
/* The first payload of a type in a chain from `from` on (itself included), or NULL. */
const tg_payload *tg_payload_find(const tg_payload *from, uint16_t type);
/* The first IDR, RANDR or TR with this role, likewise. */
const tg_idr *tg_idr_find(const tg_payload *from, uint8_t id_role);
const tg_randr *tg_randr_find(const tg_payload *from, uint8_t rand_role);
const tg_tr *tg_tr_find(const tg_payload *from, uint8_t ts_role);
const tg_payload *tg_payload_last(const tg_payload *from);
/* How many payloads of the same type stand before this one in its chain: its index in a path. */
size_t tg_payload_index(const tg_payload *chain, const tg_payload *payload);

/* Next Payload octet that `payload` was parsed with; for SIGN, which has none, 0. */
uint8_t tg_payload_next_octet(const tg_payload *payload);

/* Session Data of an SRTP crypto session (RFC 6043 6.1.1). False when its length does not fit the S flag. */
typedef struct tg_srtp_session_data {
    uint32_t ssrc, roc;
    uint16_t seq;
    bool has_roc_seq;
} tg_srtp_session_data;
bool tg_srtp_session_data_of(const tg_generic_cs *cs, tg_srtp_session_data *out);

/* True for the eight messages of RFC 6043 (data types 11 to 18). */
static inline bool tg_is_mikey_ticket(uint8_t data_type)
{
    return data_type >= TG_DATA_TYPE_REQUEST_INIT_PSK && data_type <= TG_DATA_TYPE_RESOLVE_RESP;
}

#ifdef __cplusplus
}
#endif
#endif
