/* Conferences: who may take part (TS 33.328 G.3.2, G.3.3; RFC 4579). */
#include "checks.h"
#include "ticketgate/exchange.h"

static tg_bytes without_parameters(tg_bytes uri)
{
    size_t len = 0;
    while (len < uri.len && uri.data[len] != ';' && uri.data[len] != '?')
        len++;
    return tg_bytes_of(uri.data, len);
}

/* Not known: nobody said who may take part in this conference. */
static tgpc_yes may_take_part(const tgp_calls *calls, tg_bytes conference, tg_bytes uid)
{
    const tgp_calls_options *o = &calls->options;
    tgpc_yes out = TGPC_UNKNOWN;
    if (!o->has_participants)
        return TGPC_UNKNOWN;
    if (!o->conferences)
        out = TGPC_NO;
    for (size_t i = 0; i < o->num_participants; i++) {
        bool meant = !o->conferences || !o->conferences[i].len || tg_bytes_equal(o->conferences[i], conference);
        if (meant && tg_kms_uid_matches(uid, o->participants[i]))
            return TGPC_YES;
        if (meant)
            out = TGPC_NO;
    }
    return out;
}

/* ---- SUBSCRIBE ------------------------------------------------------------------------------------------------------------ */

static bool uid_of_address(tg_bytes value, tg_arena *arena, tg_bytes *uid)
{
    tg_sip_address address;
    const char *reason;
    return tg_sip_address_read(value, &address, &reason) == TG_OK && tg_kms_uid(address.uri, arena, uid);
}

static void judge_subscriber(tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    const tg_sip_header *event = tg_sip_first(head, TG_SIP_EVENT),
                        *asserted = tg_sip_first(head, TG_SIP_P_ASSERTED_IDENTITY);
    tg_sip_event package;
    const char *reason;
    uint8_t memory[1024];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes uid;
    bool found = false;
    if (!event || tg_sip_event_read(event->value, &package, &reason) != TG_OK ||
        !tgpc_is(package.package, "conference"))
        return;
    for (const tg_sip_header *h = asserted; h && !found; h = tg_sip_next(head, h)) {
        tg_bytes list = h->value, value;
        while (!found && tg_sip_next_value(&list, &value))
            found = uid_of_address(value, &arena, &uid);
    }
    if (!found && !asserted)
        found = uid_of_address(head->from, &arena, &uid);
    if (found)
        step->transaction->authorised = may_take_part(step->calls, without_parameters(head->request_uri), uid);
}

static void check_subscribe(tgpc_step *step)
{
    if (step->head->request) {
        judge_subscriber(step);
        return;
    }
    if (step->head->status < 200 || step->head->status > 299 || step->transaction->authorised != TGPC_NO ||
        step->transaction->goes_on) /* who answers it is behind a later hop */
        return;
    tgpc_place place = tgpc_place_of_view(step->unit, step->head->start_line);
    tgpc_tell(step->call, "TS33328-G.3.3-01", tgpc_whose_of(step), &place,
              tgpc_thing(TGP_PART_NONE, -1, step->head->cseq),
              "a SUBSCRIBE to the conference by somebody who may not take part is accepted");
}

/* ---- the focus ------------------------------------------------------------------------------------------------------------ */

static const char *text_of_address(tgp_call *call, tg_bytes value, bool bare)
{
    tg_sip_address address;
    const char *reason;
    if (tg_sip_address_read(value, &address, &reason) != TG_OK)
        return "";
    return tgpc_text(call, bare ? without_parameters(address.uri) : address.uri, TGP_CALL_TEXT - 1);
}

/* A quick look: a parameter stands behind a semicolon and white space. */
static bool says_isfocus(tg_bytes contact)
{
    static const char word[] = "isfocus";
    const size_t len = sizeof word - 1;
    const uint8_t *at = contact.data, *end = contact.data + contact.len;
    while (at < end && (at = memchr(at, ';', (size_t)(end - at)))) {
        do
            at++;
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'));
        if ((size_t)(end - at) >= len && tgpc_is_token(tg_bytes_of(at, len), word))
            return true;
    }
    return false;
}

static void learn_focus(tgpc_step *step)
{
    const tg_sip_header *contact = tg_sip_first(step->head, TG_SIP_CONTACT);
    tg_sip_address address;
    const char *reason;
    tgp_call *call = step->call;
    if (!contact || call->focus || !says_isfocus(contact->value) ||
        tg_sip_address_read(contact->value, &address, &reason) != TG_OK || !address.isfocus)
        return;
    bool request = step->head->request;
    call->focus = tgpc_text(call, without_parameters(address.uri), TGP_CALL_TEXT - 1);
    call->participant = text_of_address(call, request ? step->head->to : step->head->from, false);
    call->focus_is_caller = (step->from_tag == call->caller_tag) == request;
}

/* The focus takes the participant in: by its 2xx, or by its ACK to the participant's. */
static void note_joining(tgpc_step *step)
{
    tgp_call *call = step->call;
    bool by_focus = ((step->from_tag == call->caller_tag) == step->head->request) == call->focus_is_caller;
    bool takes =
        step->method == TGPC_ACK || (!step->head->request && step->head->status >= 200 && step->head->status < 300);
    if (!by_focus || !takes)
        return;
    tgpc_whose whose = tgpc_whose_of(step);
    if (!call->joined.frame || (whose.message == call->whose_joined.message && whose.hop < call->whose_joined.hop)) {
        call->joined = tgpc_place_of_view(step->unit, step->head->start_line);
        call->whose_joined = whose;
    }
}

void tgpc_check_participants(tgpc_step *step)
{
    if (!step->transaction)
        return;
    if (step->method == TGPC_SUBSCRIBE)
        check_subscribe(step);
    if (step->method != TGPC_INVITE && step->method != TGPC_ACK)
        return;
    learn_focus(step);
    if (step->call->focus)
        note_joining(step);
}

static const tgpc_key *key_of_participant(const tgp_call *call, uint8_t data_type)
{
    for (size_t i = 0; i < call->num_keys; i++) {
        const tgpc_key *key = call->keys[i];
        if (key->mikey && key->data_type == data_type && key->judged.uid.len &&
            key->from_caller != call->focus_is_caller)
            return key;
    }
    return NULL;
}

void tgpc_check_participants_closing(tgp_call *call)
{
    if (!call->focus || !call->joined.frame)
        return;
    const tgpc_key *key = key_of_participant(call, TG_DATA_TYPE_TRANSFER_INIT);
    if (!key)
        key = key_of_participant(call, TG_DATA_TYPE_TRANSFER_RESP);
    if (key && may_take_part(call->calls, tg_bytes_of(call->focus, strlen(call->focus)), key->judged.uid) == TGPC_NO)
        tgpc_tell(call, "TS33328-G.3.2-02", call->whose_joined, &call->joined, tgpc_thing(TGP_PART_NONE, -1, 0),
                  "somebody who may not take part in the conference is taken in");
}
