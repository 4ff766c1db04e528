/* KEMAC and the keys that can be seen in it: RFC 6043 4.2.1.5, 4.2.2.1, 4.2.3.5, 5.2, 6.2.1 and 6.10; TS 33.328 F.3. */
#include "judge.h"

/* ---- KEMAC of a message ------------------------------------------------------------------------------------- */

/* V protects the whole message, so that a MAC in KEMAC would say the same twice. */
static const struct {
    uint8_t data_type;
    const char *id;
} null_macs[] = {
    { TG_DATA_TYPE_REQUEST_RESP, "RFC6043-4.2.1.5-05" },
    { TG_DATA_TYPE_TRANSFER_INIT, "RFC6043-5.2-10" },
    { TG_DATA_TYPE_TRANSFER_RESP, "RFC6043-5.2-10" },
    { TG_DATA_TYPE_RESOLVE_RESP, "RFC6043-4.2.3.5-05" },
};

/* L is about the Initiator's keys and M about the Responder's. An update (5.2) may come from either, and is judged
 * where the context says from whom. */
static void check_may_supply(const tg_judge *j, const tg_spot *at)
{
    const char *id = j->is_initial_transfer ? "RFC6043-4.2.2.1-07" : "RFC6043-5.2-08";
    char flag = 0;
    if (j->is_initial_transfer || (j->is_update && j->context->sender == TG_SENDER_I))
        flag = 'L';
    else if (j->is_update && j->context->sender == TG_SENDER_R)
        flag = 'M';
    if (flag && j->ticket && !(j->ticket->flags & TG_FLAG(flag)))
        tg_rules_say(j, id, tg_rules_at_payload(j, at), "expected no KEMAC with %c=0, found one", flag);
}

void tg_rules_check_kemac(const tg_judge *j, const tg_spot *at)
{
    const tg_kemac *kemac = (const tg_kemac *)at->payload;
    if (!j->is_mikey_ticket)
        return;
    for (size_t i = 0; i < sizeof null_macs / sizeof null_macs[0]; i++) {
        if (null_macs[i].data_type == j->data_type && kemac->mac_alg != TG_MAC_NULL)
            tg_rules_say(j, null_macs[i].id, tg_rules_at_field(j, at, "mac_alg"),
                         "expected the NULL MAC, found MAC alg %u", kemac->mac_alg);
    }
    check_may_supply(j, at);
    tg_rules_check_spis(j, at);
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

/* No protocol looks an MPK up by its SPI; the setting spi_required says whether it needs one all the same (A19). */
void tg_rules_check_spis(const tg_judge *j, const tg_spot *kemac)
{
    bool all = j->profile->settings.spi_required == TG_SPI_REQUIRED_ALL;
    const tg_scope keys = tg_scope_of_keys(kemac);
    for (tg_walk w = tg_walk_of(&keys); tg_walk_next(&w);) {
        const tg_key_data *key = (const tg_key_data *)w.at.payload;
        if (key->head.type != TG_PAYLOAD_KEY_DATA || (!all && key->type == TG_KEY_MPK))
            continue;
        if (key->kv_data.kv != TG_KV_SPI)
            tg_rules_say(j, "RFC6043-6.2.1-02", tg_rules_at_field(j, &w.at, "kv"),
                         "expected KV type 1 (SPI), found %u", key->kv_data.kv);
        else if (key->kv_data.spi.len == 0)
            tg_rules_say(j, "RFC6043-6.2.1-02", tg_rules_at_field(j, &w.at, "spi"), "expected an SPI, found none");
    }
}

/* Calls every TGK that can be seen in a chain's KEMACs a breach of `id`; returns whether there was one. */
static bool find_tgks(const tg_judge *j, const tg_scope *scope, const char *id)
{
    bool found = false;
    for (tg_walk kemacs = tg_walk_of(scope); tg_walk_next(&kemacs);) {
        if (kemacs.at.payload->type != TG_PAYLOAD_KEMAC)
            continue;
        const tg_scope keys = tg_scope_of_keys(&kemacs.at);
        for (tg_walk w = tg_walk_of(&keys); tg_walk_next(&w);) {
            const tg_key_data *key = (const tg_key_data *)w.at.payload;
            if (key->head.type != TG_PAYLOAD_KEY_DATA || !tg_is_tgk(key->type))
                continue;
            found = true;
            tg_rules_say(j, id, tg_rules_at_field(j, &w.at, "type"), "expected no TGK in the ticket, found Type %u",
                         key->type);
        }
    }
    return found;
}

/* A TGK is forked, and only TRANSFER_RESP tells the Initiator by what (6.10). Looked for in TP Data and, whoever
 * judges, in Ticket Data: a key that is not encrypted is there for everybody to see. */
void tg_rules_check_tgks(const tg_judge *j, const tg_policy *policy)
{
    const char *no_tgk = tg_row_id(j->profile->no_tgk);
    bool in_tp_data = find_tgks(j, &policy->tp_data, no_tgk);
    bool in_ticket_data = find_tgks(j, &policy->ticket_data, no_tgk);
    if ((in_tp_data || in_ticket_data) && tg_policy_has(policy, 'I') && !tg_policy_has(policy, 'F'))
        tg_rules_say(j, "RFC6043-6.10-01", tg_rules_at_field(j, &policy->at, "flags"),
                     "expected F=1 because I=1 and a TGK is in the ticket, found F=0");
}
