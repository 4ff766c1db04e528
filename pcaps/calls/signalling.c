/* A SIP message in its call, leg and transaction (TRACE.md section 1). */
#include "checks.h"
#include "registrations.h"

bool tgpc_is(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    return text.len == len && memcmp(text.data, word, len) == 0;
}

static unsigned lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c + 32u : c;
}

bool tgpc_is_token(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    if (text.len != len)
        return false;
    if (len && memcmp(text.data, word, len) == 0)
        return true; /* as it is nearly always written */
    for (size_t i = 0; i < len; i++)
        if (lower(text.data[i]) != lower((uint8_t)word[i]))
            return false;
    return true;
}

/* A place that goes over several frames is told as far as the first of them. */
tgpc_place tgpc_place_of(const tgp_unit *unit, size_t offset, size_t length)
{
    tgpc_place place = { unit->frame, false, 0, 0 };
    const tgp_piece *piece = tgp_piece_at(unit->pieces, unit->num_pieces, offset);
    if (piece) {
        size_t inside = offset - piece->offset, left = piece->len - inside;
        place.frame = piece->frame;
        place.known = true;
        place.offset = piece->frame_offset + (uint32_t)inside;
        place.length = (uint32_t)(length < left ? length : left);
    }
    return place;
}

tgpc_place tgpc_place_of_view(const tgp_unit *unit, tg_bytes view)
{
    return tgpc_place_of(unit, (size_t)(view.data - unit->octets.data), view.len);
}

tgpc_method tgpc_method_of(tg_bytes name)
{
    static const struct {
        const char *name;
        size_t len;
        tgpc_method method;
    } known[] = {
#define METHOD(word, method) { word, sizeof word - 1, method }
        METHOD("INVITE", TGPC_INVITE),     METHOD("ACK", TGPC_ACK),
        METHOD("BYE", TGPC_BYE),           METHOD("CANCEL", TGPC_CANCEL),
        METHOD("UPDATE", TGPC_UPDATE),     METHOD("PRACK", TGPC_PRACK),
        METHOD("REGISTER", TGPC_REGISTER), METHOD("SUBSCRIBE", TGPC_SUBSCRIBE),
        METHOD("NOTIFY", TGPC_NOTIFY),     METHOD("MESSAGE", TGPC_MESSAGE),
#undef METHOD
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (name.len == known[i].len && memcmp(name.data, known[i].name, name.len) == 0)
            return known[i].method;
    return TGPC_OTHER;
}

/* ---- legs --------------------------------------------------------------------------------------------------------- */

/* 1: as the leg goes, -1: against it, 0: not on it. */
static int on_leg(const tgpc_leg *leg, const tgp_unit *unit)
{
    const tgp_endpoint *from = &leg->ends.source, *to = &leg->ends.destination;
    bool stream = unit->transport != TGP_UDP;
    if (leg->stream != stream)
        return 0;
    if (stream) {
        if (tgpc_same_address(from, &unit->source) && tgpc_same_address(to, &unit->destination))
            return 1;
        return tgpc_same_address(to, &unit->source) && tgpc_same_address(from, &unit->destination) ? -1 : 0;
    }
    if (tgp_endpoint_equals(from, &unit->source) && tgp_endpoint_equals(to, &unit->destination))
        return 1;
    return tgp_endpoint_equals(to, &unit->source) && tgp_endpoint_equals(from, &unit->destination) ? -1 : 0;
}

static bool more_legs(tgp_call *call)
{
    if (!call->legs) {
        call->legs = &call->first_leg;
        call->room_legs = 1;
    }
    if (call->num_legs < call->room_legs)
        return true;
    unsigned room = call->room_legs == 1 ? 4 : TGP_CALL_MAX_LEGS;
    if (call->room_legs == TGP_CALL_MAX_LEGS)
        return false;
    tgpc_leg *legs = tgpc_alloc(call, room * sizeof *legs);
    if (!legs)
        return false;
    memcpy(legs, call->legs, call->num_legs * sizeof *legs);
    call->legs = legs;
    call->room_legs = room;
    return true;
}

/* False: there are too many. A leg that is met by a response goes the other way. */
static bool find_leg(tgpc_step *step)
{
    tgp_call *call = step->call;
    const tgp_unit *unit = step->unit;
    for (unsigned i = 0; i < call->num_legs; i++) {
        int way = on_leg(&call->legs[i], unit);
        if (way) {
            step->leg = i;
            step->by_source = way > 0;
            return true;
        }
    }
    if (!more_legs(call))
        return false;
    bool request = step->head->request;
    tgpc_leg *leg = &call->legs[call->num_legs];
    leg->ends = (tgp_leg){ request ? unit->source : unit->destination, request ? unit->destination : unit->source,
                           unit->frame };
    leg->stream = unit->transport != TGP_UDP;
    step->leg = call->num_legs++;
    step->by_source = request;
    return true;
}

/* ---- transactions -------------------------------------------------------------------------------------------------- */

#define MAX_TRANSACTIONS 16 /* of a leg that nothing else points to */

/* The oldest that may be used anew; NULL where there are not too many. */
static tgpc_transaction *worn_out(tgpc_leg *leg)
{
    if (leg->num_transactions < MAX_TRANSACTIONS)
        return NULL;
    tgpc_transaction **link = &leg->transactions, **found = NULL;
    for (; *link; link = &(*link)->next)
        if (!(*link)->kept)
            found = link;
    if (!found)
        return NULL;
    tgpc_transaction *out = *found;
    *found = out->next;
    return out;
}

static uint64_t tgpc_hash_tag(tg_bytes tag)
{
    return tag.data ? tgpc_hash(tag) | 1 : TGPC_NO_TAG;
}

static bool offers_in_response(const tgp_call *call, const tgpc_transaction *t)
{
    for (const tgpc_offer *offer = call->offers; offer; offer = offer->next)
        if (offer->transaction == t && offer->in_response)
            return true;
    return false;
}

/* That of the dialog (responses and ACK: of its request), else one that was asked outside a dialog and made it. */
static tgpc_transaction *known_transaction(const tgpc_leg *leg, const tgpc_step *step, tgpc_method method,
                                           bool by_source)
{
    tgpc_transaction *outside = NULL;
    for (tgpc_transaction *t = leg->transactions; t; t = t->next) {
        if (t->cseq != step->head->cseq || t->method != method || t->by_source != by_source ||
            t->from_tag != step->from_tag)
            continue;
        if (t->to_tag == step->to_tag)
            return t;
        if (t->to_tag == TGPC_NO_TAG && !outside)
            outside = t;
    }
    return step->head->request && step->method != TGPC_ACK ? NULL : outside;
}

/* An ACK that goes another way than its INVITE did (RFC 3261 13.2.2.4): it belongs to that, on the first leg that has it, but rather where a
 * 2xx made an offer. */
static bool answers_elsewhere(tgpc_step *step, tgpc_method method)
{
    tgp_call *call = step->call;
    const tgpc_transaction *found = NULL;
    if (step->method != TGPC_ACK || !step->head->request || !step->to_tag)
        return false;
    for (unsigned i = 0; i < call->num_legs && !(found && offers_in_response(call, found)); i++)
        for (int way = 0; way < 2; way++) {
            tgpc_transaction *t = known_transaction(&call->legs[i], step, method, way == 0);
            if (!t || !t->asked || (found && !offers_in_response(call, t)))
                continue;
            found = step->transaction = t;
            step->leg = i;
            step->by_source = t->by_source;
        }
    return found != NULL;
}

static void find_transaction(tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    if (!head->has_cseq)
        return;
    tgpc_leg *leg = &step->call->legs[step->leg];
    tgpc_method method = step->method == TGPC_ACK ? TGPC_INVITE : step->method;
    /* On a host that speaks to itself over TCP nobody can tell the two ways apart. */
    bool two_ways = !leg->stream || !tgpc_same_address(&leg->ends.source, &leg->ends.destination);
    bool by_source = !two_ways || step->by_source == head->request;
    step->transaction = known_transaction(leg, step, method, by_source);
    if (step->transaction) {
        step->transaction->asked = step->transaction->asked || (head->request && step->method != TGPC_ACK);
        return;
    }
    if (answers_elsewhere(step, method))
        return;
    tgpc_transaction *t = worn_out(leg);
    if (!t) {
        t = tgpc_alloc(step->call, sizeof *t);
        if (!t)
            return;
        leg->num_transactions++;
    }
    *t = (tgpc_transaction){ .next = leg->transactions,
                             .number = ++step->calls->num_transactions,
                             .frame = step->unit->frame,
                             .from_tag = step->from_tag,
                             .to_tag = head->request ? step->to_tag : TGPC_NO_TAG,
                             .cseq = head->cseq,
                             .method = (uint8_t)method,
                             .asked = head->request && step->method != TGPC_ACK,
                             .by_source = by_source };
    leg->transactions = t;
    step->transaction = t;
}

/* Without CSeq it is of its leg. */
tgpc_whose tgpc_whose_of(const tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    const tgpc_transaction *t = step->transaction;
    const uint64_t parts[] = {
        t ? tgpc_hash(head->cseq_method) : 0, head->cseq, step->from_tag, step->to_tag, head->status, t ? t->to_tag : 0
    };
    return (tgpc_whose){ tgpc_hash(tg_bytes_of((const uint8_t *)parts, sizeof parts)), t ? t->number : step->leg };
}

/* ---- the call ------------------------------------------------------------------------------------------------------- */

#define TEXT_KEPT 255

/* P-Charging-Vector: icid-value=1;orig-ioi=... (RFC 7315 4.6): a list of parameters that begins without a semicolon. */
static void learn_icid(tgpc_step *step)
{
    const tg_sip_header *vector = tg_sip_find(step->head, "P-Charging-Vector");
    static const char first[] = "icid-value=";
    char text[TEXT_KEPT + 2];
    tg_bytes icid;
    if (!vector || vector->value.len > TEXT_KEPT)
        return;
    if (vector->value.len > sizeof first && memcmp(vector->value.data, first, sizeof first - 1) == 0 &&
        vector->value.data[sizeof first - 1] != '"') {
        size_t end = sizeof first - 1; /* as it is written by all: first, and a token */
        while (end < vector->value.len && vector->value.data[end] != ';' && vector->value.data[end] != ' ')
            end++;
        if (end > sizeof first - 1)
            tgpc_link_icid(step->call, tg_bytes_of(vector->value.data + sizeof first - 1, end - sizeof first + 1));
        return;
    }
    text[0] = ';';
    memcpy(text + 1, vector->value.data, vector->value.len);
    if (tg_sip_parameter(tg_bytes_of(text, vector->value.len + 1), "icid-value", &icid) && icid.len)
        tgpc_link_icid(step->call, icid);
}

static void learn_parties(tgpc_step *step)
{
    tgp_call *call = step->call;
    const tg_sip_head *head = step->head;
    if (!head->request)
        return;
    bool first = !call->has_request, names;
    names = step->method == TGPC_INVITE || step->method == TGPC_MESSAGE || step->method == TGPC_SUBSCRIBE ||
            step->method == TGPC_NOTIFY;
    if (first) {
        call->has_request = true;
        call->from =
            tgpc_copy(call, tg_bytes_of(head->from.data, head->from.len < TEXT_KEPT ? head->from.len : TEXT_KEPT));
        call->caller_tag = step->from_tag;
        call->caller_text = NULL; /* somebody asked before there was a request */
        learn_icid(step);
    }
    if (first || (names && !call->target_is_first)) {
        const tg_bytes uri = head->request_uri;
        call->target = tgpc_copy(call, tg_bytes_of(uri.data, uri.len < TEXT_KEPT ? uri.len : TEXT_KEPT));
        call->target_is_first = names;
        call->called_text = NULL;
    }
}

static void follow_dialog(tgpc_step *step)
{
    tgp_call *call = step->call;
    const tg_sip_head *head = step->head;
    if (step->transaction && head->status >= 200)
        step->transaction->has_final = true;
    if (head->status >= 200 && head->status < 300 && (step->method == TGPC_INVITE || step->method == TGPC_SUBSCRIBE))
        call->established = true;
    if (head->request && step->method == TGPC_BYE)
        call->established = false;
    if (head->request && step->method == TGPC_NOTIFY) {
        const tg_sip_header *state = tg_sip_first(head, TG_SIP_SUBSCRIPTION_STATE);
        if (state && state->value.len >= 10 && tgpc_is_token(tg_bytes_of(state->value.data, 10), "terminated"))
            call->established = false;
    }
}

/* As it was cut where the unit comes from, else cut now. NULL: it is none. */
static const tg_sip_head *head_of(tgp_calls *calls, const tgp_unit *unit)
{
    const char *reason;
    if (unit->sip)
        return unit->sip;
    return tg_sip_cut(unit->octets, &calls->head, &reason) == TG_OK ? &calls->head : NULL;
}

/* The call is at a limit: what comes of it from this message on is a call of its own. */
static bool begin_anew(tgpc_step *step)
{
    tgp_calls *calls = step->calls;
    tgpc_close_full(step->call);
    step->call = tgpc_call_of(calls, step->head->call_id, step->unit);
    if (!step->call)
        return false;
    calls->current = step->call;
    return find_leg(step);
}

bool tgpc_take_sip(tgp_calls *calls, const tgp_unit *unit)
{
    const tg_sip_head *head = head_of(calls, unit);
    if (!head || !head->call_id.data)
        return true;
    tgpc_step step = { .calls = calls, .unit = unit, .head = head };
    step.call = tgpc_call_of(calls, head->call_id, unit);
    if (!step.call)
        return false;
    calls->current = step.call;
    step.method = tgpc_method_of(head->has_cseq ? head->cseq_method : head->method);
    step.from_tag = tgpc_hash_tag(head->from_tag);
    step.to_tag = tgpc_hash_tag(head->to_tag);
    if ((!find_leg(&step) || !tgpc_has_room(&step)) && !begin_anew(&step))
        return false;
    find_transaction(&step);
    learn_parties(&step);
    if (calls->listener.message)
        calls->listener.message(calls->listener.user, step.call, unit, head);
    tgpc_find_hop_before(&step); /* by the links that were there before: what is in the body may add one */
    if (head->body.len)
        tgpc_read_body(&step);
    tgpc_find_hop_before(&step);
    if (step.method == TGPC_REGISTER)
        tgpc_registrations_take(&step);
    tgpc_settle(&step);
    follow_dialog(&step);
    tgpc_touch(step.call, unit);
    return true;
}
