/* The deviations that come with the room: each breaks one thing, and a row says so. Topics are in the .inc files; here
 * they are put together, and each gets a plan in which it shows. */
#include "deviations.h"
#include "ticketgate/converse.h"

#include "deviations_header.inc"
#include "deviations_keys.inc"
#include "deviations_payloads.inc"
#include "deviations_public.inc"
#include "deviations_sessions.inc"
#include "deviations_ticket.inc"

#define TG_DEVIATION_ROWS
static const tg_deviation table[] = {
#include "deviations_header.inc"
#include "deviations_keys.inc"
#include "deviations_payloads.inc"
#include "deviations_public.inc"
#include "deviations_sessions.inc"
#include "deviations_ticket.inc"
};

const tg_deviation *tg_deviations(size_t *num)
{
    *num = sizeof table / sizeof *table;
    return table;
}

const tg_deviation *tg_deviation_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

/* ---- a plan ------------------------------------------------------------------------------------------------- */

static void add_update(tg_plan *plan, tg_sender from, bool with_key)
{
    plan->updates[plan->num_updates++] = (tg_planned_update){ from, true, with_key };
}

/* No TGK with I=1 and F=0 (6.10); without F neither G nor M. */
static void leave_out_f(tg_plan *plan)
{
    plan->has_flags = true;
    plan->flags =
        TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('H') | TG_FLAG('J') | TG_FLAG('L') | TG_FLAG('N') | TG_FLAG('O');
}

static void leave_out_l_and_m(tg_plan *plan)
{
    plan->has_flags = true;
    plan->flags = TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('H') | TG_FLAG('I') |
                  TG_FLAG('J') | TG_FLAG('N') | TG_FLAG('O');
}

static void leave_out_i(tg_plan *plan)
{
    plan->has_flags = true;
    plan->flags = TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('H') | TG_FLAG('J') |
                  TG_FLAG('L') | TG_FLAG('M') | TG_FLAG('N') | TG_FLAG('O');
}

static void give_keys(tg_plan *plan)
{
    static const uint8_t types[] = { TG_KEY_TGK, TG_KEY_GTGK, TG_KEY_TEK };
    plan->has_keys = true;
    plan->num_keys = sizeof types;
    for (size_t i = 0; i < sizeof types; i++)
        plan->keys[i] = (tg_key_plan){ .type = types[i], .key_len = 16 };
}

bool tg_deviation_plan(const tg_deviation *d, tg_plan *out)
{
    uint32_t needs = d->needs;
    if (!tg_plan_default(d->profile ? d->profile : "rfc6043", needs & TG_NEEDS_MODE_3 ? 3 : 1, out))
        return false;
    out->pk_request = out->pk_resolve = (needs & TG_NEEDS_PK) != 0;
    if (needs & TG_NEEDS_UPDATE)
        add_update(out, TG_SENDER_I, true);
    if (needs & TG_NEEDS_UPDATE_OF_R)
        add_update(out, TG_SENDER_R, true);
    if (needs & TG_NEEDS_PLAIN_UPDATE)
        add_update(out, TG_SENDER_I, false);
    if (needs & TG_NEEDS_ERROR_REQUEST)
        out->error = TG_PLAN_ERROR_REQUEST;
    if (needs & TG_NEEDS_ERROR_TRANSFER)
        out->error = TG_PLAN_ERROR_TRANSFER;
    out->initiator_key = (needs & TG_NEEDS_INITIATOR_KEY) != 0;
    out->responder_key = (needs & TG_NEEDS_RESPONDER_KEY) != 0;
    if (needs & TG_NEEDS_GTGK)
        give_keys(out);
    if (needs & TG_NEEDS_256)
        out->suite = tg_suite_256;
    if (needs & TG_NEEDS_NO_F)
        leave_out_f(out);
    if (needs & TG_NEEDS_NO_L_M)
        leave_out_l_and_m(out);
    if (needs & TG_NEEDS_NO_I)
        leave_out_i(out);
    out->num_reuses = needs & TG_NEEDS_REUSE ? 1 : 0;
    out->deviation = d;
    return true;
}
