/* What a KMS grants: within its limits, and what the plan behind it needs. */
#include <string.h>

#include "gate_blame.h"
#include "gate_keys.h"
#include "ticketgate/message.h"
#include "ticketgate/registry_values.h"
#include "ticketgate/roles.h"

static const gate_step *grant_of(const gate_exchange *x)
{
    for (size_t s = 0; s < x->num_steps; s++) {
        const gate_step *step = &x->steps[s];
        if (step->from_iut && step->data_type == TG_DATA_TYPE_REQUEST_RESP && step->judgement &&
            step->judgement->message)
            return step;
    }
    return NULL;
}

static const tg_ticket *ticket_in(const gate_step *step)
{
    return step ? (const tg_ticket *)tg_payload_find(step->judgement->message->payloads, TG_PAYLOAD_TICKET) : NULL;
}

static void beyond(const gate_exchange *x, const gate_step *step, const char *what, gate_verdict *v)
{
    tg_report_failure *f = gate_fail(v, "RFC6043-4.2.1.4-01", TG_SIDE_SENDER, what);
    f->has_message = true;
    f->message = (size_t)(step - x->steps);
}

/* From now on, for longer than that and a minute. */
static bool is_longer_than(const tg_ticket *ticket, uint64_t now, uint64_t seconds)
{
    tg_ticket_policy policy;
    if (!ticket || tg_ticket_policy_of_ticket(ticket, &policy) != TG_OK)
        return false;
    uint64_t start = tg_ntp_order(now);
    if (policy.has_trs && tg_ntp_order(policy.trs) > start)
        start = tg_ntp_order(policy.trs);
    return !policy.has_tre || (tg_ntp_order(policy.tre) >> 32) > (start >> 32) + seconds + 60;
}

void gate_check_limits(const gate_exchange *x, const char *change, uint64_t now, gate_verdict *v)
{
    const gate_step *step = grant_of(x);
    if (!step || !change)
        return;
    bool at_most = strcmp(change, "short-keys-only") == 0, at_least = strcmp(change, "long-keys-only") == 0;
    if (strcmp(change, "short-validity") == 0 && is_longer_than(ticket_in(step), now, 600))
        beyond(x, step, "The ticket is valid for longer than the KMS is told to grant.", v);
    for (const tg_payload *p = step->judgement->keys; p; p = p->next) {
        const tg_key_data *key = (const tg_key_data *)p;
        if (key->type != TG_KEY_MPK && ((at_most && key->key_data.len > 16) || (at_least && key->key_data.len < 32)))
            beyond(x, step, "A key has another length than the KMS is told to grant.", v);
    }
}

void gate_excuse_grant(const gate_exchange *x, bool reuses, gate_verdict *v)
{
    const tg_ticket *ticket = ticket_in(grant_of(x));
    if (!reuses || !v->processing || !ticket || (ticket->flags & TG_FLAG('J')) || !(ticket->flags & TG_FLAG('K')))
        return;
    v->num_failures = 0;
    v->verdict = TG_VERDICT_INCONCLUSIVE;
    v->reason = "the ticket may not be reused, as the KMS says";
}
