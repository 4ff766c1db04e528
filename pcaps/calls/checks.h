/* checks: the rows of vectors/TRACE.md section 5, by what they speak of. Each stands once in the code (private to this cut). */
#ifndef TICKETGATE_PCAPS_CALLS_CHECKS_H
#define TICKETGATE_PCAPS_CALLS_CHECKS_H

#include "room.h"

/* What a finding is about, for tgpc_tell: the same on every leg. */
static inline uint64_t tgpc_thing(tgp_part part, int m_line, uint64_t more)
{
    return ((uint64_t)part << 56) ^ ((uint64_t)(unsigned)(m_line + 1) << 40) ^ (more & 0xffffffffffu);
}

/* ---- RFC 4567 (checks_rfc4567.c) -------------------------------------------------------------------------------- */

/* An attribute key-mgmt, as it is met. */
typedef struct tgpc_attribute {
    const tgpc_step *step;
    const tgpc_key *key;
    const tgpc_description *description; /* as far as it is read */
    tg_bytes value;                      /* behind "a=key-mgmt:" */
    tg_bytes protocol, data;             /* cut at the first white space; data NULL: there is none */
    bool is_base64;                      /* of mikey: what was found when its message was told */
    size_t wrong_at;
} tgpc_attribute;
bool tgpc_is_base64(tg_bytes text, size_t *wrong_at); /* RFC 4648 4: padded, nothing else, not empty */
void tgpc_check_attribute(const tgpc_attribute *attribute);
void tgpc_check_history_closing(tgp_call *call);                     /* of offers */
void tgpc_check_refusal(const tgpc_step *step, const tgpc_key *key); /* a MIKEY Error in a response of 300 or more */
bool tgpc_selects_another(const tgpc_offer *offer, const tgpc_answer *answer);
bool tgpc_was_accepted_before(const tgp_call *call, const tgpc_offer *offer, const tgpc_key *key);
void tgpc_check_offer_closing(tgp_call *call, const tgpc_offer *offer);

/* ---- messages (checks_message.c) ---------------------------------------------------------------------------------- */

void tgpc_check_transfer_closing(tgp_call *call,
                                 const tgpc_offer *offer); /* Request-URI, TRANSFER_RESP that is not there */
/* Does the URI have a KMS UID that matches an IDRr of the ticket policy (CONVERSATION.md 8.1)? Not known: no TICKET, no such IDRr, no UID. */
tgpc_yes tgpc_is_resolver(const tg_message *message, tg_bytes uri);
void tgpc_check_application_server(tgp_call *call); /* a note */
void tgpc_check_rtp_closing(tgp_call *call, const tgpc_media *media);

/* ---- e2ae security (checks_e2ae.c, checks_hops.c) ------------------------------------------------------------------ */

void tgpc_tell_e2ae(tgp_call *call, const tgpc_m *m, const char *row, tgpc_whose whose, const tgpc_place *place,
                    unsigned m_line, const char *text);
void tgpc_tell_applied(tgp_call *call, const tgpc_m *m, tgpc_whose whose,
                       unsigned m_line); /* what 7.3.1 asks of it is not there */
void tgpc_check_e2ae_offer(const tgpc_step *step, const tgpc_description *offer);
void tgpc_check_e2ae_answer(const tgpc_step *step, const tgpc_offer *offer, const tgpc_description *answer);
void tgpc_check_hops_closing(tgp_call *call, const tgpc_offer *offer);
void tgpc_check_hops_into(tgp_call *call);

/* ---- connections of m-lines (checks_connection.c) ---------------------------------------------------------------------- */

void tgpc_check_connections_closing(tgp_call *call, const tgpc_media *media);

/* ---- conferences (checks_conference.c) -------------------------------------------------------------------------------- */

void tgpc_check_participants(tgpc_step *step); /* learns who is a focus; SUBSCRIBE */
void tgpc_check_participants_closing(tgp_call *call);

/* ---- all that waits until a call is closed ------------------------------------------------------------------------- */

void tgpc_judge_closing(tgp_call *call);

#endif
