/* A SIP request while it is judged. Private to the room. */
#ifndef TICKETGATE_MESSAGING_JUDGE_H
#define TICKETGATE_MESSAGING_JUDGE_H

#include "im.h"

#define TGI_OWN_MAX 16 /* findings of this room: a row has one place */
#define TGI_NO_INDEX SIZE_MAX

typedef struct tgi_judging {
    tg_crypto *crypto;
    const tg_im_knowledge *knowledge;
    const tg_settings *settings;
    tg_arena *arena;
    tg_im_judgement *out;
    tg_bytes sip;
    const tg_finding *own[TGI_OWN_MAX];
    size_t num_own;
    const tg_message *transfer_init; /* of the body, or of the conversation where the body has none; NULL: none */
    tg_conversation *conversation;   /* NULL: none */
    size_t index;                    /* of that message in the conversation */
    tgi_session session;             /* with a conversation */
    tg_smime_key key;                /* of the session */
    bool by_session;                 /* it is the key that is tried */
} tgi_judging;

/* Of the message that the rows speak of; NULL: there is none. */
const tg_judgement *tgi_judgement_of(const tgi_judging *j);
bool tgi_is_transfer_init(const tg_judgement *judgement);
const tg_smime_judgement *tgi_container_of(const tgi_judging *j);
/* The container was looked at, and could be cut. */
bool tgi_is_cut(const tgi_judging *j);
/* judge_rows.c: the rows of "Messages". */
TG_NODISCARD tg_status tgi_check_rows(tgi_judging *j);

#endif
