/* Judges a chain by its figure. */
#include "figure.h"

static uint8_t role_of(const tg_payload *payload)
{
    switch (payload->type) {
    case TG_PAYLOAD_TR: return ((const tg_tr *)payload)->ts_role;
    case TG_PAYLOAD_IDR: return ((const tg_idr *)payload)->id_role;
    case TG_PAYLOAD_RANDR: return ((const tg_randr *)payload)->rand_role;
    default: return 0;
    }
}

/* Index of the part that shows this payload; num_parts when none does. */
static size_t part_of(const tg_figure *figure, const tg_payload *payload)
{
    size_t i = 0;
    while (i < figure->num_parts &&
           (figure->parts[i].type != payload->type || figure->parts[i].role != role_of(payload)))
        i++;
    return i;
}

/* Parts that may change places have one rank. */
static size_t rank_of(const tg_figure *figure, size_t part)
{
    while (part > 0 && figure->parts[part].any_order)
        part--;
    return part;
}

/* V and SIGN have rows of their own: "the last payload is V". */
static bool is_ordered(const tg_payload *payload)
{
    return payload->type != TG_PAYLOAD_V && payload->type != TG_PAYLOAD_SIGN;
}

static void say_not_shown(const tg_judge *j, const tg_figure *figure, const tg_spot *at)
{
    const tg_payload *payload = at->payload;
    bool stale = payload->type == TG_PAYLOAD_RANDR || payload->type == TG_PAYLOAD_TICKET;
    if (stale && figure->stale)
        tg_rules_say(j, figure->stale, tg_rules_at_payload(j, at),
                     "expected no payload that the initial exchange carried already, found %s",
                     tg_payload_name(payload->type));
    else if (role_of(payload))
        tg_rules_say(j, figure->unexpected, tg_rules_at_payload(j, at),
                     "expected only payloads that the figure shows, found %s of role %u",
                     tg_payload_name(payload->type), role_of(payload));
    else
        tg_rules_say(j, figure->unexpected, tg_rules_at_payload(j, at),
                     "expected only payloads that the figure shows, found %s", tg_payload_name(payload->type));
}

/* RFC 3830 6.15 lets a General Extension stand in any message; a plain ID has a row of its own (RFC 6043 6.6). */
static bool is_judged_elsewhere(const tg_scope *scope, const tg_payload *payload)
{
    return !scope->in && (payload->type == TG_PAYLOAD_GENERAL_EXT || payload->type == TG_PAYLOAD_ID);
}

/* Where a part would stand: before the first payload that comes after it in the figure. */
static tg_place gap_of(const tg_judge *j, const tg_scope *scope, const tg_figure *figure, size_t part)
{
    const tg_payload *p = scope->payloads;
    while (p) {
        size_t other = part_of(figure, p);
        if (other < figure->num_parts && rank_of(figure, other) > rank_of(figure, part))
            break;
        p = p->next;
    }
    return tg_rules_at_gap(j, scope, p);
}

/* Does the context say that keys are forked here? (always_forked; a TRANSFER_RESP may be that of an update) */
static bool is_forked(const tg_judge *j)
{
    tg_exchange exchange = j->context->exchange;
    return j->profile->always_forked && (j->data_type == TG_DATA_TYPE_RESOLVE_RESP ||
                                         exchange == TG_EXCHANGE_INITIAL || exchange == TG_EXCHANGE_REUSE);
}

static void check_missing(const tg_judge *j, const tg_scope *scope, const tg_figure *figure, size_t part)
{
    const tg_figure_part *shown = &figure->parts[part];
    const char *id = shown->missing ? shown->missing : is_forked(j) ? shown->missing_forked : NULL;
    if (!id)
        return;
    const tg_place place = gap_of(j, scope, figure, part);
    tg_rules_say(j, id, place, "expected %s, found none", shown->name);
    /* TS 33.328 6.2.3.6 asks for the IDRr of TRANSFER_RESP in its own words. */
    if (id == shown->missing_forked && j->data_type == TG_DATA_TYPE_TRANSFER_RESP && shown->type == TG_PAYLOAD_IDR)
        tg_rules_say(j, tg_row_id(j->profile->transfer_resp_idrr), place,
                     "expected %s, a KMS UID of the terminating user, found none", shown->name);
}

static void check_last(const tg_judge *j, const tg_scope *scope, const tg_figure *figure, const tg_spot *last)
{
    if (!figure->last_type || (last->payload && last->payload->type == figure->last_type))
        return;
    const char *expected = tg_payload_name(figure->last_type);
    if (last->payload && tg_payload_find(scope->payloads, figure->last_type))
        tg_rules_say(j, figure->last, tg_rules_at_payload(j, last), "expected %s as the last payload, found %s",
                     expected, tg_payload_name(last->payload->type));
    else
        tg_rules_say(j, figure->last, tg_rules_at_gap(j, scope, NULL), "expected %s as the last payload, found none",
                     expected);
}

void tg_rules_judge_figure(const tg_judge *j, const tg_scope *scope, const tg_figure *figure)
{
    bool seen[TG_FIGURE_MAX_PARTS] = { false };
    size_t rank = 0;
    tg_spot last = { scope, NULL, 0 };
    for (tg_walk w = tg_walk_of(scope); tg_walk_next(&w); last = w.at) {
        size_t part = part_of(figure, w.at.payload);
        if (part == figure->num_parts) {
            if (!is_judged_elsewhere(scope, w.at.payload))
                say_not_shown(j, figure, &w.at);
            continue;
        }
        const char *name = figure->parts[part].name;
        if (seen[part] && !figure->parts[part].many)
            tg_rules_say(j, figure->repeated, tg_rules_at_payload(j, &w.at), "expected one %s, found another", name);
        seen[part] = true;
        if (!is_ordered(w.at.payload))
            continue;
        if (rank_of(figure, part) < rank)
            tg_rules_say(j, figure->order, tg_rules_at_payload(j, &w.at),
                         "expected %s before the payloads that follow it in the figure", name);
        rank = rank_of(figure, part);
    }
    for (size_t part = 0; part < figure->num_parts; part++) {
        if (!seen[part])
            check_missing(j, scope, figure, part);
    }
    check_last(j, scope, figure, &last);
}
