/* Roles that are wrong on purpose as receivers, or in what no message shows by itself (tg_deviation). */
#include "role.h"

_Static_assert(TG_NUM_CARELESS <= 32, "careless has 32 bits");

bool tg_is_careless(const tg_role *role, uint32_t bit)
{
    return role->c.deviation && (role->c.deviation->careless & bit) != 0;
}

static bool is_one_of(const char *const *rows, const char *id)
{
    for (; rows && *rows; rows++) {
        if (strncmp(id, *rows, strlen(*rows)) == 0)
            return true;
    }
    return false;
}

bool tg_role_overlooks(const tg_role *role, const char *id)
{
    return role->c.deviation && is_one_of(role->c.deviation->overlooks, id);
}

bool tg_kemac_is_good(const tg_role *role, const tg_judgement *judgement)
{
    bool fails = judgement->kemac == TG_OUTCOME_FAIL;
    if (judgement->kemac == TG_OUTCOME_SKIPPED && tg_role_overlooks(role, "RFC3830-6.2-x02"))
        return true;
    switch (judgement->message->hdr.data_type) {
    case TG_DATA_TYPE_REQUEST_RESP:
        return judgement->kemac == TG_OUTCOME_OK ||
               tg_role_overlooks(role, fails ? "RFC6043-4.2.1.5-06" : "RFC6043-4.2.1.5-x01");
    case TG_DATA_TYPE_RESOLVE_RESP:
        return judgement->kemac == TG_OUTCOME_OK ||
               tg_role_overlooks(role, fails ? "RFC6043-4.2.3.5-06" : "RFC6043-4.2.3.5-x01");
    default:
        return !fails || tg_role_overlooks(role, "RFC6043-5.2-11");
    }
}

const tg_requirement *tg_overreaction(const tg_role *role, const tg_judgement *judgement)
{
    const char *const *rows = role->c.deviation ? role->c.deviation->overreacts : NULL;
    for (size_t i = 0; rows && i < judgement->num_findings; i++) {
        if (is_one_of(rows, judgement->findings[i]->requirement->id))
            return judgement->findings[i]->requirement;
    }
    return NULL;
}

tg_status tg_as_received(tg_role *role, tg_bytes *octets)
{
    const tg_deviation *d = role->c.deviation;
    if (!d || !d->received || octets->len == 0 || octets->len > role->c.max_message)
        return TG_OK;
    tg_bytes copy = tg_arena_copy(role->c.arena, octets->data, octets->len);
    if (!copy.data)
        return TG_ARENA_FULL;
    d->received(&copy);
    *octets = copy;
    return TG_OK;
}

/* ---- being fussy ----------------------------------------------------------------------------------------------- */

static bool is_of_second_era(const tg_message *message)
{
    const tg_t *t = (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T);
    return t && t->ts_type != TG_TS_COUNTER && t->ts_value.len > 0 && t->ts_value.data[0] < 0x80;
}

static bool makes_own_ticket(const tg_message *message)
{
    return tg_payload_find(message->payloads, TG_PAYLOAD_TICKET) && !tg_has_flag(message, 'D');
}

static bool names_another(const tg_role *role, const tg_message *message)
{
    const tg_idr *idr = tg_idr_find(message->payloads, TG_ID_ROLE_R);
    return idr && !tg_bytes_equal(idr->id_data, role->of.i.called.data);
}

/* The message itself is the last of the conversation, and may be what that has established. */
static bool was_transferred_before(const tg_role *role, const tg_message *message)
{
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
    for (size_t i = 0; ticket && i < role->num_history; i++) {
        const tg_message *earlier = tg_conversation_judgement(role->conversation, i)->message;
        const tg_payload *p = earlier && earlier->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT
                                  ? tg_payload_find(earlier->payloads, TG_PAYLOAD_TICKET)
                                  : NULL;
        if (p && tg_role_same_ticket(ticket, (const tg_ticket *)p))
            return true;
    }
    return false;
}

tg_refusal tg_fussiness(const tg_role *role, const tg_message *message)
{
    uint8_t type = message->hdr.data_type;
    bool resp = type == TG_DATA_TYPE_TRANSFER_RESP, transfers = resp || type == TG_DATA_TYPE_TRANSFER_INIT;
    if (tg_is_careless(role, TG_CARELESS_BIT(FIRST_ERA)) && is_of_second_era(message))
        return TG_REFUSAL_TIMESTAMP;
    if (tg_is_careless(role, TG_CARELESS_BIT(NO_OWN_TICKETS)) && makes_own_ticket(message))
        return TG_REFUSAL_TICKET;
    if (tg_is_careless(role, TG_CARELESS_BIT(CALLED_ONLY)) && resp && names_another(role, message))
        return TG_REFUSAL_ID;
    if (tg_is_careless(role, TG_CARELESS_BIT(NO_FOREIGN_KEYS)) && transfers &&
        tg_payload_find(message->payloads, TG_PAYLOAD_KEMAC))
        return TG_REFUSAL_RULE;
    if (tg_is_careless(role, TG_CARELESS_BIT(NO_FOREIGN_SP)) && resp &&
        tg_payload_find(message->payloads, TG_PAYLOAD_SP))
        return TG_REFUSAL_SP;
    if (tg_is_careless(role, TG_CARELESS_BIT(ONCE_ONLY)) && type == TG_DATA_TYPE_TRANSFER_INIT &&
        was_transferred_before(role, message))
        return TG_REFUSAL_TICKET;
    if (tg_is_careless(role, TG_CARELESS_BIT(DEMANDS_PSK_ID)) &&
        (type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PSK) &&
        !tg_idr_find(message->payloads, TG_ID_ROLE_PSK))
        return TG_REFUSAL_ID;
    return TG_REFUSAL_NONE;
}
