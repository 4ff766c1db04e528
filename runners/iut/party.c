/* An attached implementation under test in the place of a role: the calls, and their record. */
#include <stdio.h>
#include <string.h>

#include "party.h"

static tg_sender sender_of(tgi_role role)
{
    return role == TGI_INITIATOR ? TG_SENDER_I : role == TGI_RESPONDER ? TG_SENDER_R : TG_SENDER_K;
}

static tgi_role role_of(tg_sender sender)
{
    return sender == TG_SENDER_I ? TGI_INITIATOR : sender == TG_SENDER_R ? TGI_RESPONDER : TGI_KMS;
}

/* ---- the record --------------------------------------------------------------------------------------------- */

static const char *keep_text(iut_party *p, const char *text)
{
    return text ? (const char *)tg_arena_copy(p->arena, text, strlen(text) + 1).data : NULL;
}

static tg_status keep_octets(iut_party *p, tgi_octets octets, tg_bytes *out)
{
    *out = tg_arena_copy(p->arena, octets.data, octets.len);
    return out->data || octets.len == 0 ? TG_OK : TG_ARENA_FULL;
}

static tg_status new_call(iut_party *p, const char *what, uint64_t now, iut_party_call **out)
{
    if (!p->calls)
        p->calls = tg_arena_alloc(p->arena, IUT_PARTY_MAX_CALLS * sizeof *p->calls);
    if (!p->calls)
        return TG_ARENA_FULL;
    if (p->num_calls == IUT_PARTY_MAX_CALLS)
        return TG_TOO_LARGE;
    iut_party_call *call = (iut_party_call *)(uintptr_t)&p->calls[p->num_calls++];
    *call = (iut_party_call){ .what = what, .now = now };
    *out = call;
    return TG_OK;
}

static tg_status keep_keys(iut_party *p, const tgi_reply *reply, iut_party_call *call)
{
    if (reply->num_keys == 0)
        return TG_OK;
    tgi_session_key *keys = tg_arena_alloc(p->arena, reply->num_keys * sizeof *keys);
    if (!keys)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < reply->num_keys; i++) {
        tg_bytes tek, salt;
        if (keep_octets(p, reply->keys[i].tek, &tek) != TG_OK || keep_octets(p, reply->keys[i].salt, &salt) != TG_OK)
            return TG_ARENA_FULL;
        keys[i] = (tgi_session_key){ reply->keys[i].cs_id, { tek.data, tek.len }, { salt.data, salt.len } };
    }
    call->keys = keys;
    call->num_keys = reply->num_keys;
    p->keys = call;
    return TG_OK;
}

static void note_fault(iut_party *p, iut_party_call *call, iut_fault fault, const char *text)
{
    call->fault = fault;
    if (p->fault != IUT_OK)
        return;
    p->fault = fault;
    p->faulty = call;
    const char *kept = keep_text(p, text), *words = keep_text(p, iut_last_words(p->u));
    p->fault_text = kept ? kept : "";
    p->last_words = words ? words : "";
}

/* What no role may answer, whatever it thinks of the message. */
static const char *nonsense(const iut_party *p, const tgi_reply *reply)
{
    if (reply->num_messages > TGI_MAX_MESSAGES || reply->num_keys > TGI_MAX_KEYS)
        return "more messages or keys than an answer may have";
    for (size_t i = 0; i < reply->num_messages; i++) {
        tgi_role to = reply->messages[i].to;
        if (to < TGI_INITIATOR || to > TGI_KMS)
            return "a message to nobody";
        /* A KMS may ask another one (section 10). */
        if (sender_of(to) == p->who && p->who != TG_SENDER_K)
            return "a message to itself";
    }
    return NULL;
}

static tg_status note(iut_party *p, iut_party_call *call, iut_fault fault, const tgi_reply *reply)
{
    const char *wrong = fault == IUT_OK ? nonsense(p, reply) : NULL;
    if (fault != IUT_OK || wrong) {
        note_fault(p, call, wrong ? IUT_GARBAGE : fault, wrong ? wrong : iut_fault_text(p->u));
        return TG_OK;
    }
    call->outcome = reply->outcome;
    call->error = keep_text(p, reply->error);
    call->text = keep_text(p, reply->text);
    call->established = reply->established;
    for (size_t i = 0; i < reply->num_messages; i++) {
        call->sent[i].to = sender_of(reply->messages[i].to);
        tg_status status = keep_octets(p, reply->messages[i].octets, &call->sent[i].octets);
        if (status != TG_OK)
            return status;
        call->num_sent++;
    }
    if (reply->outcome == TGI_UNSUPPORTED && !p->unsupported)
        p->unsupported = call;
    if (reply->outcome == TGI_ACCEPTED)
        p->established = reply->established;
    return keep_keys(p, reply, call);
}

/* ---- the party ---------------------------------------------------------------------------------------------- */

static void answer(const iut_party_call *call, tg_party_reply *out)
{
    memset(out, 0, sizeof *out);
    out->outcome = call->fault != IUT_OK || call->outcome == TGI_UNSUPPORTED ? TG_PARTY_BROKE_DOWN
                   : call->outcome == TGI_REJECTED                           ? TG_PARTY_REJECTED
                                                                             : TG_PARTY_ACCEPTED;
    if (out->outcome == TG_PARTY_BROKE_DOWN)
        return;
    out->established = call->established;
    for (size_t i = 0; i < call->num_sent && i < TG_MAX_PARTY_OUTGOING; i++) {
        out->out[i].to = call->sent[i].to;
        out->out[i].octets = call->sent[i].octets;
        out->num_out++;
    }
}

static tg_status open_party(void *user, const tg_party_setup *setup)
{
    iut_party *p = user;
    tgi_open what;
    tgi_reply reply = { .size = sizeof reply };
    iut_party_call *call;
    p->who = setup->who;
    p->fault_text = p->last_words = "";
    tg_status status = TG_OK;
    if (p->untold)
        what = (tgi_open){ .role = TGI_KMS };
    else
        status = iut_open_of_setup(setup, p->arena, &what, &p->inexpressible);
    if (status == TG_OK)
        status = new_call(p, "open", 0, &call);
    if (status != TG_OK)
        return status;
    if (p->change)
        p->change(p->change_user, &what);
    iut_fault fault = iut_open(p->u, &what, &p->session, &reply);
    p->is_open = fault == IUT_OK && reply.outcome == TGI_ACCEPTED;
    status = note(p, call, fault, &reply);
    /* Without a session there is nobody to go on with. */
    return status != TG_OK ? status : p->is_open && call->fault == IUT_OK ? TG_OK : TG_REFUSED;
}

static tg_status start_party(void *user, const char *what, const tg_transfer_plan *update, uint64_t now,
                             tg_party_reply *out)
{
    iut_party *p = user;
    tgi_reply reply = { .size = sizeof reply };
    tgi_transfer transfer;
    iut_party_call *call;
    tg_status status = new_call(p, what, now, &call);
    if (status == TG_OK)
        status = iut_transfer_of_plan(update, p->arena, &transfer);
    if (status != TG_OK)
        return status;
    call->with_response = update && update->response;
    iut_fault fault = iut_start(p->u, p->session, what, update ? &transfer : NULL, call->with_response, now, &reply);
    status = note(p, call, fault, &reply);
    answer(call, out);
    return status;
}

static tg_status receive_party(void *user, tg_sender from, tg_bytes octets, uint64_t now, tg_party_reply *out)
{
    iut_party *p = user;
    tgi_reply reply = { .size = sizeof reply };
    iut_party_call *call;
    tg_status status = new_call(p, "receive", now, &call);
    if (status == TG_OK)
        status = keep_octets(p, (tgi_octets){ octets.data, octets.len }, &call->message);
    if (status != TG_OK)
        return status;
    call->from = from;
    iut_fault fault =
        iut_receive(p->u, p->session, role_of(from), (tgi_octets){ octets.data, octets.len }, now, &reply);
    status = note(p, call, fault, &reply);
    answer(call, out);
    return status;
}

tg_party iut_party_of(iut_party *p)
{
    return (tg_party){ .user = p, .open = open_party, .start = start_party, .receive = receive_party };
}

iut_fault iut_party_close(iut_party *p)
{
    iut_fault fault = p->is_open && p->fault == IUT_OK ? iut_close(p->u, p->session) : IUT_OK;
    p->is_open = false;
    return fault;
}
