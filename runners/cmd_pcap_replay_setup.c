/* pcap replay --as: what a role is told: keys and identities of the key file, everything else as the capture shows it. */
#include <stdlib.h>

#include "cmd_pcap_replay_role.h"
#include "ticketgate/registry_values.h"

typedef struct all_configs {
    tg_party_setup setup;
    tg_plan plan;
    tg_initiator_config i;
    tg_responder_config r;
    tg_kms_config k;
    tg_transfer_plan update_answer;
    tg_subscriber_list list;
    tg_subscriber_source source;
} all_configs;

static const char no_own_keys[] = "the captured one sent keys of its own, and this one does not declare own-keys";

static const role_line *first_of(const role_cast *c, uint8_t type, tg_sender from, unsigned actors)
{
    for (size_t n = 0; n < c->num; n++) {
        const role_line *l = &c->lines[n];
        if (l->parsed && l->parsed->hdr.data_type == type && l->m->from == from && (!actors || (l->actors & actors)))
            return l;
    }
    return NULL;
}

static tg_identity identity_in(const tg_payload *chain, uint8_t role)
{
    const tg_idr *idr = tg_idr_find(chain, role);
    return idr ? (tg_identity){ true, idr->id_type, idr->id_data } : (tg_identity){ .known = false };
}

/* The first in any message (or in a ticket's policy) of the conversation. */
static tg_identity identity_anywhere(const role_cast *c, uint8_t role)
{
    tg_identity found = { .known = false };
    for (size_t n = 0; n < c->num && !found.known; n++) {
        const tg_ticket *ticket = (const tg_ticket *)role_payload(&c->lines[n], TG_PAYLOAD_TICKET);
        if (c->lines[n].parsed)
            found = identity_in(c->lines[n].parsed->payloads, role);
        if (!found.known && ticket)
            found = identity_in(ticket->tp_data.payloads, role);
    }
    return found;
}

static const tg_ticket *ticket_of(const role_cast *c)
{
    for (size_t n = 0; n < c->num; n++) {
        const tg_ticket *ticket = (const tg_ticket *)role_payload(&c->lines[n], TG_PAYLOAD_TICKET);
        if (ticket)
            return ticket;
    }
    return NULL;
}

/* ---- subscribers ---------------------------------------------------------------------------------------------- */

static tg_bytes uid_of(const tg_identity *who)
{
    return tg_without_scheme(who->data);
}

static const tg_subscriber *subscriber_of(const tg_known *known, const tg_identity *who, tg_bytes b_tid)
{
    const tg_subscriber *s = b_tid.len ? tg_subscriber_by_b_tid(known->subscribers, b_tid) : NULL;
    return s ? s : who->known ? tg_subscriber_by_uid(known->subscribers, uid_of(who)) : NULL;
}

static bool add_subscriber(role_cast *c, tg_subscriber *list, size_t *num, const tg_identity *who, tg_bytes b_tid,
                           tg_bytes psk)
{
    tg_bytes *uid = tg_arena_alloc(&c->arena, sizeof *uid);
    if (!uid)
        return false;
    const tg_subscriber_list so_far = { list, *num };
    const tg_subscriber_source source = tg_subscriber_list_source(&so_far);
    tg_subscriber *found = who->known ? (tg_subscriber *)(uintptr_t)tg_subscriber_by_uid(&source, uid_of(who)) : NULL;
    if (found && found->psk.len == 0)
        found->psk = psk;
    if (found || !who->known || psk.len == 0)
        return true;
    *uid = uid_of(who);
    list[(*num)++] = (tg_subscriber){ .b_tid = b_tid, .uids = uid, .num_uids = 1, .psk = psk };
    return true;
}

/* Those of the key file; who is I or R has that key where none is his own. */
static bool list_subscribers(role_cast *c, all_configs *all)
{
    const tg_subscriber_source of_a_list = tg_subscriber_list_source(NULL);
    const tg_subscriber_source *source = c->known->subscribers;
    const tg_subscriber_list *given =
        source && source->by_uid == of_a_list.by_uid ? (const tg_subscriber_list *)source->user : NULL;
    size_t num = given ? given->num : 0;
    tg_subscriber *list = tg_arena_alloc(&c->arena, (num + 2) * sizeof *list);
    if (!list)
        return false;
    for (size_t n = 0; n < num; n++)
        list[n] = given->subscribers[n];
    tg_identity i = c->known->i.known ? c->known->i : identity_anywhere(c, TG_ID_ROLE_I),
                r = c->known->r.known ? c->known->r : identity_anywhere(c, TG_ID_ROLE_R);
    if (!add_subscriber(c, list, &num, &i, tg_bytes_of(NULL, 0), c->known->secrets.psk_i) ||
        !add_subscriber(c, list, &num, &r, tg_bytes_of(NULL, 0), c->known->secrets.psk_r))
        return false;
    all->list = (tg_subscriber_list){ list, num };
    all->source = tg_subscriber_list_source(&all->list);
    all->k.subscribers = &all->source;
    return true;
}

/* ---- what every role is told ------------------------------------------------------------------------------------ */

static uint8_t encr_alg_of(const role_cast *c)
{
    for (size_t n = 0; n < c->num; n++) {
        const tg_kemac *kemac = (const tg_kemac *)role_payload(&c->lines[n], TG_PAYLOAD_KEMAC);
        const role_line *l = &c->lines[n];
        bool sealed = l->parsed && (l->parsed->hdr.data_type == TG_DATA_TYPE_REQUEST_RESP ||
                                    l->parsed->hdr.data_type == TG_DATA_TYPE_RESOLVE_RESP);
        if (kemac && sealed && kemac->encr_alg != TG_ENCR_NULL)
            return kemac->encr_alg;
    }
    return TG_ENCR_AES_CM_128;
}

static void tell_all(const role_cast *c, tg_crypto *crypto, size_t actor, tg_role_config *out)
{
    const role_line *model = NULL;
    for (size_t n = 0; n < c->num && !model; n++) {
        if (c->lines[n].parsed && role_sends(c, n, actor) && c->lines[n].parsed->hdr.data_type != TG_DATA_TYPE_ERROR)
            model = &c->lines[n];
    }
    for (size_t n = 0; n < c->num && !model; n++) {
        if (c->lines[n].parsed && role_receives(c, n, actor))
            model = &c->lines[n];
    }
    const tg_t *t = model ? (const tg_t *)role_payload(model, TG_PAYLOAD_T) : NULL;
    bool is_256 = model && model->parsed->hdr.prf_func == tg_suite_256.prf_func;
    *out = (tg_role_config){ .crypto = crypto,
                             .profile = &c->known->profile,
                             .skew = c->known->skew,
                             .ts_type = t ? t->ts_type : TG_TS_NTP_UTC,
                             .suite = is_256                                 ? tg_suite_256
                                      : encr_alg_of(c) == TG_ENCR_AES_KW_128 ? tg_suite_128_kw
                                                                             : tg_suite_128,
                             .kms = c->known->kms.known ? c->known->kms : identity_anywhere(c, TG_ID_ROLE_KMS),
                             .trust = c->known->trust,
                             .num_trust = c->known->num_trust,
                             .errors = TG_ERRORS_AUTHENTIC };
}

static void tell_key(const role_cast *c, const role_line *first, tg_bytes psk, tg_role_config *out)
{
    tg_identity named = first ? identity_in(first->parsed->payloads, TG_ID_ROLE_PSK) : (tg_identity){ .known = false };
    const tg_subscriber *s = subscriber_of(c->known, &out->self, named.data);
    out->psk = s && s->psk.len ? s->psk : psk;
    out->psk_id = named;
    if (!named.known && s && s->b_tid.len)
        out->psk_id = (tg_identity){ true, TG_ID_TYPE_BYTE_STRING, s->b_tid };
}

/* ---- the Responder ---------------------------------------------------------------------------------------------- */

bool role_knows_tpk(const role_cast *c)
{
    const tg_ticket *ticket = ticket_of(c);
    bool has_resolve = first_of(c, TG_DATA_TYPE_RESOLVE_INIT_PSK, TG_SENDER_R, 0) ||
                       first_of(c, TG_DATA_TYPE_RESOLVE_INIT_PK, TG_SENDER_R, 0);
    bool has_request = first_of(c, TG_DATA_TYPE_REQUEST_RESP, TG_SENDER_K, 0) ||
                       first_of(c, TG_DATA_TYPE_REQUEST_INIT_PSK, TG_SENDER_I, 0);
    if (c->who == TG_SENDER_K)
        return true;
    if (c->who == TG_SENDER_R) /* modes 2 and 4 (RFC 6043 4.1.1): he opens the ticket himself, where E allows it */
        return ticket && !(ticket->flags & TG_FLAG('E')) && !has_resolve;
    return !has_request && ticket && !(ticket->flags & TG_FLAG('D'));
}

static const char *tell_responder(role_cast *c, tg_crypto *crypto, size_t actor, all_configs *all)
{
    const role_line *resolve = first_of(c, TG_DATA_TYPE_RESOLVE_INIT_PSK, TG_SENDER_R, 1u << actor);
    if (first_of(c, TG_DATA_TYPE_RESOLVE_INIT_PK, TG_SENDER_R, 1u << actor))
        return "the Responder spoke with a private key to its KMS; such a key cannot be handed over";
    tg_role_config *role = &all->r.role;
    tell_all(c, crypto, actor, role);
    role->self = c->actors[actor].self.known ? c->actors[actor].self : c->known->r;
    if (!role->self.known) {
        const tg_subscriber *s = tg_subscriber_by_b_tid(c->known->subscribers, c->actors[actor].psk_name);
        if (s && s->num_uids > 0)
            role->self = (tg_identity){ true, TG_ID_TYPE_NAI, s->uids[0] };
    }
    tell_key(c, resolve, c->known->secrets.psk_r, role);
    role->leave_out_ids = resolve && !tg_idr_find(resolve->parsed->payloads, TG_ID_ROLE_R);
    size_t resolves = 0;
    for (size_t n = 0; n < c->num; n++)
        resolves += c->lines[n].to == TG_SENDER_K && role_sends(c, n, actor);
    all->r.resolve_each_time = resolves > 1;
    if (role_knows_tpk(c))
        role->tpk = c->known->secrets.tpk;
    (void)role_answer(c, false, 1u << actor, &all->r.transfer);
    all->r.update_answer = role_answer(c, true, 1u << actor, &all->update_answer) ? &all->update_answer : NULL;
    if (role->psk.len == 0 && role->tpk.len == 0)
        return "the key file has no key that this Responder shares with its KMS";
    return role->self.known ? NULL : "nothing says what this Responder is called";
}

/* ---- the KMS ----------------------------------------------------------------------------------------------------- */

static const char *tell_kms(role_cast *c, tg_crypto *crypto, all_configs *all)
{
    tg_role_config *role = &all->k.role;
    tell_all(c, crypto, 0, role);
    role->self = role->kms;
    role->tpk = c->known->secrets.tpk;
    if (first_of(c, TG_DATA_TYPE_REQUEST_INIT_PK, TG_SENDER_I, 0) ||
        first_of(c, TG_DATA_TYPE_RESOLVE_INIT_PK, TG_SENDER_R, 0))
        return "the KMS used its private key; such a key cannot be handed over";
    if (role->tpk.len == 0)
        return "the key file has no TPK: a KMS cannot make or open tickets without";
    return list_subscribers(c, all) ? NULL : "";
}

/* ---- the Initiator ----------------------------------------------------------------------------------------------- */

static const char *tell_initiator(role_cast *c, tg_crypto *crypto, all_configs *all)
{
    const role_line *request = first_of(c, TG_DATA_TYPE_REQUEST_INIT_PSK, TG_SENDER_I, 0),
                    *transfer = first_of(c, TG_DATA_TYPE_TRANSFER_INIT, TG_SENDER_I, 0);
    const tg_tp *tp = request ? (const tg_tp *)role_payload(request, TG_PAYLOAD_TP) : NULL;
    tg_role_config *role = &all->i.role;
    if (first_of(c, TG_DATA_TYPE_REQUEST_INIT_PK, TG_SENDER_I, 0))
        return "the Initiator spoke with a private key to its KMS; such a key cannot be handed over";
    if (!tp || (transfer && !first_of(c, TG_DATA_TYPE_REQUEST_RESP, TG_SENDER_K, 0)))
        return "the capture does not have the Ticket Request: the Initiator would have to use a ticket that he never "
               "got";
    if (tg_ticket_policy_of(tp, &all->i.policy) != TG_OK)
        return "the ticket policy asked for has more in it than can be asked for";
    tell_all(c, crypto, 0, role);
    role->self = identity_in(request->parsed->payloads, TG_ID_ROLE_I);
    role->leave_out_ids = !role->self.known;
    if (!role->self.known)
        role->self = c->known->i;
    tell_key(c, request, c->known->secrets.psk_i, role);
    if (role->psk.len == 0)
        return "the key file has no key that this Initiator shares with its KMS";
    /* 4.2.2.1: IDRr may be left out where it is known anyway; its MAC covers it all the same. */
    all->i.called = transfer ? identity_in(transfer->parsed->payloads, TG_ID_ROLE_R) : c->known->r;
    if (transfer && !all->i.called.known) {
        role->leave_out_ids = true;
        all->i.called = c->known->r_called.known ? c->known->r_called : c->known->r;
    }
    if (transfer && !role_offer(c, transfer, &all->i.transfer))
        return c->own_keys ? "" : no_own_keys;
    all->i.update_answer = role_answer(c, true, 1, &all->update_answer) ? &all->update_answer : NULL;
    return NULL;
}

/* ---- all ---------------------------------------------------------------------------------------------------------- */

tg_party_setup *role_setup(role_cast *c, tg_crypto *crypto, size_t actor, const char **why)
{
    all_configs *all = tg_arena_alloc(&c->arena, sizeof *all);
    *why = NULL;
    if (!all)
        return NULL;
    memset(all, 0, sizeof *all);
    const char *cannot = c->who == TG_SENDER_R   ? tell_responder(c, crypto, actor, all)
                         : c->who == TG_SENDER_K ? tell_kms(c, crypto, all)
                                                 : tell_initiator(c, crypto, all);
    if (cannot) {
        *why = cannot[0] ? cannot : NULL;
        return NULL;
    }
    all->plan.mode = role_knows_tpk(c) && c->who == TG_SENDER_R ? 2 : 1;
    all->setup = (tg_party_setup){ .who = c->who, .plan = &all->plan, .i = &all->i, .r = &all->r, .k = &all->k };
    return &all->setup;
}

tg_known role_known(const role_cast *c, const tg_party_setup *setup)
{
    tg_known known = *c->known;
    if (c->who == TG_SENDER_K)
        return known;
    const tg_role_config *role = c->who == TG_SENDER_R ? &setup->r->role : &setup->i->role;
    known.secrets = (tg_secrets){ .tpk = role->tpk };
    known.subscribers = NULL;
    if (c->who == TG_SENDER_R) {
        known.secrets.psk_r = role->psk;
        known.r = role->self;
        known.i = known.r_called = (tg_identity){ .known = false }; /* nobody tells him */
    } else {
        known.secrets.psk_i = role->psk;
        known.i = role->self;
        known.r = known.r_called = setup->i->called;
    }
    return known;
}
