/* What the files of this room share. Private to it. */
#ifndef TICKETGATE_MESSAGING_IM_H
#define TICKETGATE_MESSAGING_IM_H

#include "ticketgate/messaging.h"

#define TRY(call) TG_TRY(call)

#define TG_IM_MIKEY_MAX 65536 /* octets of a TRANSFER_INIT that is looked at; its longest payload has so many */
#define TG_IM_UID_MAX 512     /* as in the room service: bounds the time of a comparison with a group */
#define TG_IM_KEY_ID_MAX 256

/* Octets that the TRANSFER_INIT of a request of this length may have. */
static inline size_t tgi_mikey_max(size_t len)
{
    return len < TG_IM_MIKEY_MAX ? len : TG_IM_MIKEY_MAX;
}

/* TG_REFUSED, with the reason. */
tg_status tgi_refuse(tg_im_note *note, tg_im_reason reason);
bool tgi_is_message(const tg_im *im);
bool tgi_is_notify(const tg_im *im);
/* A resource list, or a part with the disposition recipient-list (RFC 5363). */
bool tgi_is_for_servers(const tg_mime_part *part);
/* Beside the container: what is in clear and for the terminal, or a further container (TS33328-F.3-14). NULL: there is none. */
const tg_mime_part *tgi_beside_container(const tg_im *im);
/* Conference state outside of the container of a NOTIFY that is to protect it (TS33328-G.3.3-02); NULL: there is none. */
const tg_mime_part *tgi_state_in_clear(const tg_im *im);
/* The first row on a container or its entity that forbids taking what is in it; that AuthenticatedData is no AuthEnvelopedData is for the caller
 * to say. NULL: none forbids it. */
const tg_requirement *tgi_forbidding(const tg_mime_judgement *mime);
/* The ticket of a TRANSFER_INIT; NULL: it has none. */
const tg_ticket *tgi_ticket_of(const tg_message *transfer_init);
/* Is the UID (not empty) one that the ticket's policy allows? */
bool tgi_allows(const tg_ticket *ticket, tg_bytes uid);
/* The KMS UID of a URI, in the arena or a view; empty: it has none. */
tg_bytes tgi_uid_of(const char *uri, tg_arena *arena);

/* ---- session.c ---------------------------------------------------------------------------------------------- */

/* The crypto session whose key protects a message. */
typedef struct tgi_session {
    const tg_generic_cs *cs;   /* NULL: there is none */
    bool prot_known, is_smime; /* the profile knows the Prot type, and it is that */
    tg_bytes tek;              /* empty: not known */
    const tg_known_key *key;   /* that its SPI names; NULL: not known */
    size_t id_len;             /* 0: there is none */
    uint8_t id[TG_IM_KEY_ID_MAX];
} tgi_session;
/* Of a TRANSFER_INIT: all but key and TEK. `prots` has the Prot types, `settings` smime_key_id. */
void tgi_session_of(const tg_message *transfer_init, const tg_profile *prots, const tg_settings *settings,
                    tgi_session *out);
tg_bytes tgi_tek_of(const tg_session_key *keys, size_t num, uint8_t cs_id);
bool tgi_is_gtgk(const tg_known_key *key);
/* All of it, of what is established. TG_REFUSED: why it protects no message. */
TG_NODISCARD tg_status tgi_session_established(const tg_established *keys, const tg_profile *profile, tgi_session *out,
                                               tg_im_note *note);
/* Both TICKETs with their Initiator Data, Next Payload apart. */
bool tgi_same_ticket(const tg_ticket *a, const tg_ticket *b);

#endif
