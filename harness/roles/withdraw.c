/* A session that is refused after it was accepted: by who looks at the keys, or at what became of a further exchange.
 */
#include "role.h"

/* What the other side of the Ticket Transfer sent last, no update. */
static const tg_judgement *last_transfer(const tg_role *role)
{
    uint8_t data_type = role->who == TG_SENDER_R ? TG_DATA_TYPE_TRANSFER_INIT : TG_DATA_TYPE_TRANSFER_RESP;
    for (size_t i = tg_conversation_num(role->conversation); i > 0; i--) {
        const tg_judgement *judgement = tg_conversation_judgement(role->conversation, i - 1);
        const tg_message *message = judgement->message;
        if (message && message->hdr.data_type == data_type && !tg_is_update(message) &&
            strncmp(role->history[i - 1].ex, "update", 6) != 0)
            return judgement;
    }
    return NULL;
}

static tg_status withdraw(tg_role *role, tg_refusal refusal)
{
    if ((role->state != TG_ROLE_ESTABLISHED && role->state != TG_ROLE_UPDATING) || role->who == TG_SENDER_K)
        return TG_REFUSED;
    TRY(tg_role_replay(role, NULL, NULL));
    const tg_judgement *about = last_transfer(role);
    if (!about)
        return TG_REFUSED;
    role->result->ex = role->ex;
    TRY(tg_role_refuse(role, role->who == TG_SENDER_R ? TG_SENDER_I : TG_SENDER_R, about->message->octets,
                       about->message, about, refusal));
    role->state = TG_ROLE_FAILED;
    return TG_OK;
}

tg_status tg_role_withdraw(tg_role *role, tg_refusal refusal, uint64_t now, tg_result *result)
{
    tg_role_begin(role, now, result);
    tg_role before = *role;
    tg_status status = withdraw(role, refusal);
    if (status != TG_OK) {
        *role = before;
        result->num_out = 0;
    }
    tg_wipe(&before, sizeof before);
    result->state = role->state;
    return status;
}
