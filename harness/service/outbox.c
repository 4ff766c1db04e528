/* What a call of the service gives: copies, since what a role gave lives only until the next call of that role. */
#include "leg.h"

tg_status tg_leg_put(tg_leg *leg, tg_sender to, const char *ex, tg_bytes octets)
{
    tg_service *s = leg->service;
    if (s->result->num_out == TG_SERVICE_MAX_OUTGOING)
        return TG_BUFFER_FULL;
    tg_bytes copy = tg_arena_copy(&s->outbox, octets.data, octets.len);
    if (!copy.data)
        return TG_ARENA_FULL;
    s->result->out[s->result->num_out++] = (tg_leg_outgoing){ leg->index, to, ex, copy };
    return TG_OK;
}

tg_status tg_leg_hold(tg_leg *leg, const tg_outgoing *out)
{
    if (out->octets.len > leg->held_size)
        return TG_ARENA_FULL;
    memcpy(leg->held, out->octets.data, out->octets.len);
    leg->held_len = out->octets.len;
    leg->held_ex = out->ex;
    leg->held_since = leg->service->now;
    return TG_OK;
}

void tg_leg_drop_out(tg_leg *leg)
{
    tg_service_result *result = leg->service->result;
    size_t num = 0;
    for (size_t i = 0; i < result->num_out; i++) {
        if (result->out[i].leg != leg->index)
            result->out[num++] = result->out[i];
    }
    result->num_out = num;
}

tg_status tg_service_keep_judgement(tg_service *s, const tg_judgement *judgement)
{
    s->result->judgement = NULL;
    if (!judgement)
        return TG_OK;
    size_t num = judgement->num_findings < TG_FINDINGS_KEPT ? judgement->num_findings : TG_FINDINGS_KEPT;
    tg_judgement *copy = tg_arena_alloc(&s->outbox, sizeof *copy);
    const tg_finding **list = tg_arena_alloc(&s->outbox, (num + 1) * sizeof *list);
    if (!copy || !list)
        return TG_ARENA_FULL;
    *copy = (tg_judgement){ .parse = judgement->parse,
                            .diag = judgement->diag,
                            .auth = judgement->auth,
                            .ticket_auth = judgement->ticket_auth,
                            .vr_auth = judgement->vr_auth,
                            .kemac = judgement->kemac,
                            .findings = list,
                            .num_findings = num,
                            .reception = judgement->reception };
    for (size_t i = 0; i < num; i++) {
        tg_finding *finding = tg_arena_alloc(&s->outbox, sizeof *finding);
        if (!finding)
            return TG_ARENA_FULL;
        *finding = *judgement->findings[i];
        list[i] = finding;
    }
    s->result->judgement = copy;
    return TG_OK;
}
