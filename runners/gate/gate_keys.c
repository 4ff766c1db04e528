/* Session keys shown, against those of the judge; and freshness. */
#include "gate_keys.h"

#include "gate_blame.h"

#include <string.h>

#include "ticketgate/message.h"
#include "ticketgate/registry_values.h"

/* ---- session keys ------------------------------------------------------------------------------------------- */

/* The newest Ticket Transfer message that gave keys. */
static const gate_step *key_message(const gate_exchange *x)
{
    for (size_t s = x->num_steps; s-- > 0;) {
        const gate_step *step = &x->steps[s];
        if (step->judgement && step->judgement->derived.num_cs > 0 &&
            (step->from_iut || (step->to_iut && step->accepted)))
            return step;
    }
    return NULL;
}

static bool same(tgi_octets a, tg_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static const tgi_session_key *shown(const iut_party_call *call, uint8_t cs_id)
{
    for (size_t i = 0; i < call->num_keys; i++) {
        if (call->keys[i].cs_id == cs_id)
            return &call->keys[i];
    }
    return NULL;
}

static void wrong_key(const gate_exchange *x, const gate_step *step, uint8_t cs_id, const char *row, const char *what,
                      gate_verdict *v)
{
    tg_report_failure *f =
        gate_fail(v, row, TG_SIDE_NONE,
                  keep_text(v->keeping, "The %s of crypto session %u is not that of the RFC.", what, cs_id));
    f->has_message = true;
    f->message = (size_t)(step - x->steps);
}

/* ---- why a key is another ---- */

typedef struct derivation {
    tg_crypto *crypto;
    const tg_conversation *judged;
    const tg_message *message;
    tg_established known;
    tg_arena arena;
    uint8_t memory[8192];
    uint8_t cs_id;
    bool is_update;
} derivation;

static bool gives(derivation *d, uint8_t prf, tg_bytes key, tg_bytes randri, tg_bytes randrr, tgi_octets got)
{
    tg_derivation made;
    uint8_t out[TGI_MAX_KEYS];
    d->arena = tg_arena_of(d->memory, sizeof d->memory);
    if (key.len == 0 || got.len == 0 || got.len > sizeof out ||
        tg_derive_session_key(&d->arena, prf, key, TG_USE_TEK, d->cs_id, (tg_rands){ randri, randrr }, got.len,
                              &made) != TG_OK ||
        tg_derivation_run(d->crypto, &made, out) != TG_OK)
        return false;
    return memcmp(out, got.data, got.len) == 0;
}

static const tg_known_key *key_of_session(const derivation *d)
{
    const tg_map *map = &d->message->hdr.map;
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        if (map->generic[i].cs_id == d->cs_id)
            return tg_conversation_find_key(d->judged, map->generic[i].spi);
    }
    return NULL;
}

/* The row that a TEK breaks, if it was made from this key; or NULL. */
static const char *row_if_from(derivation *d, const tg_known_key *key, tgi_octets got)
{
    static const tg_bytes none = { NULL, 0 };
    const tg_ticket *ticket = d->known.ticket;
    bool h = ticket->flags & TG_FLAG('H'), g = ticket->flags & TG_FLAG('G');
    uint8_t prf = d->message->hdr.prf_func, fork[TGI_MAX_KEYS];
    tg_bytes used = key->forked.len ? key->forked : key->key;
    tg_bytes i = h ? d->known.randri : none, r = g ? d->known.randrr : none;
    tg_derivation made;
    if (key->forked.len && gives(d, prf, key->key, i, r, got))
        return "RFC6043-5.1.3-01";
    if (gives(d, prf, used, h ? none : d->known.randri, r, got))
        return "RFC6043-5.1.3-04";
    if (gives(d, prf, used, i, g ? none : d->known.randrr, got))
        return "RFC6043-5.1.3-05";
    if (gives(d, prf == TG_PRF_MIKEY_1 ? TG_PRF_HMAC_SHA_256 : TG_PRF_MIKEY_1, used, i, r, got))
        return "RFC6043-5.1.3-02";
    d->arena = tg_arena_of(d->memory, sizeof d->memory);
    bool forked =
        !key->of_ticket && key->key.len > 0 && key->key.len <= sizeof fork &&
        tg_derive_fork(&d->arena, ticket->prf_func, key->key, false, d->known.idr, d->known.randrkms, &made) == TG_OK &&
        tg_derivation_run(d->crypto, &made, fork) == TG_OK;
    return forked && gives(d, prf, tg_bytes_of(fork, key->key.len), i, r, got) ? "RFC6043-5.2-12" : NULL;
}

/* Is it what this key gives as it has to be used? */
static bool is_of_key(derivation *d, const tg_known_key *key, tgi_octets got)
{
    static const tg_bytes none = { NULL, 0 };
    const tg_ticket *ticket = d->known.ticket;
    tg_bytes used = key->forked.len ? key->forked : key->key;
    tg_bytes i = ticket->flags & TG_FLAG('H') ? d->known.randri : none;
    tg_bytes r = ticket->flags & TG_FLAG('G') ? d->known.randrr : none;
    return same(got, used) || gives(d, d->message->hdr.prf_func, used, i, r, got);
}

/* Made by the rules, and from another key than the session names (6.1.1): after an update with keys, from an old one (5.2). */
static const char *row_if_other_key(derivation *d, const tg_known_key *own, tgi_octets got)
{
    const tg_known_key *lists[] = { d->known.sent_keys, d->known.ticket_keys };
    for (size_t n = 0; n < 2 && own && d->known.ticket; n++) {
        for (const tg_known_key *key = lists[n]; key; key = key->next) {
            if (key != own && is_of_key(d, key, got))
                return d->is_update && !own->of_ticket ? "RFC6043-5.2-07" : "RFC6043-6.1.1-10";
        }
    }
    return NULL;
}

/* By what it would be the right one for: the key that the session names, and all others. */
static const char *row_of_tek(derivation *d, tgi_octets got)
{
    const tg_known_key *own = key_of_session(d), *lists[] = { d->known.sent_keys, d->known.ticket_keys };
    const char *row = own && d->known.ticket ? row_if_from(d, own, got) : NULL;
    if (!row)
        row = row_if_other_key(d, own, got);
    for (size_t n = 0; n < 2 && !row && d->known.ticket; n++) {
        for (const tg_known_key *key = lists[n]; key && !row; key = key->next)
            row = row_if_from(d, key, got);
    }
    return row ? row : "RFC6043-5.1.3-x01";
}

const char *gate_row_of_key(tg_crypto *crypto, const tg_conversation *judged, const tg_message *message, bool is_update,
                            const tg_session_key *expected, const tgi_session_key *got, const char **what)
{
    derivation d = {
        .crypto = crypto, .judged = judged, .message = message, .is_update = is_update, .cs_id = expected->cs_id
    };
    const char *row = NULL;
    tg_conversation_established(judged, &d.known);
    const tg_known_key *key = key_of_session(&d);
    if (!same(got->tek, expected->tek))
        *what = "TEK", row = row_of_tek(&d, got->tek);
    else if (expected->has_salt && !same(got->salt, expected->salt))
        *what = "salt", row = key && key->salt.len ? "RFC6043-5.1.3-03" : "RFC6043-5.1.3-x01";
    tg_wipe(d.memory, sizeof d.memory);
    return row;
}

bool gate_compare_keys(tg_crypto *crypto, const tg_conversation *judged, const gate_exchange *x, const iut_party *party,
                       gate_verdict *v)
{
    const gate_step *step = key_message(x);
    if (x->c->role == TG_SENDER_K || !step || !x->established)
        return false;
    const char *no_keys = x->c->role == TG_SENDER_R ? "RFC6043-4.2.2.2-x01" : "RFC6043-4.2.2.4-x01";
    static const iut_party_call shows_none;
    const iut_party_call *shows = party->keys ? party->keys : &shows_none;
    const tg_message *message = step->judgement->message;
    for (size_t i = 0; i < step->judgement->derived.num_cs; i++) {
        const tg_session_key *expected = &step->judgement->derived.cs[i];
        const tgi_session_key *got = shown(shows, expected->cs_id);
        const char *what = "TEK";
        const char *row =
            got ? gate_row_of_key(crypto, judged, message, step->is_update, expected, got, &what) : no_keys;
        if (row)
            wrong_key(x, step, expected->cs_id, row, what, v);
    }
    return true;
}

void gate_need_keys(const gate_exchange *x, gate_verdict *v)
{
    bool in_session = x->c->line->expect == GATE_COMPLETES || x->c->line->expect == GATE_IGNORES;
    if (x->c->role != TG_SENDER_R || !x->established || !in_session)
        return;
    for (size_t s = 0; s < x->num_steps; s++) {
        if (x->steps[s].from_iut && strcmp(gate_type_name(x->steps[s].data_type), "TRANSFER_RESP") == 0)
            return;
    }
    gate_inconclusive(v, "that the session is established, nothing but its keys could show, and they are not shown");
}

/* ---- what a KMS sends on, and grants by itself --------------------------------------------------------------- */

static bool same_payload(const tg_payload *a, const tg_payload *b)
{
    return a && b && ((const tg_idr *)a)->id_data.len == ((const tg_idr *)b)->id_data.len &&
           memcmp(((const tg_idr *)a)->id_data.data, ((const tg_idr *)b)->id_data.data,
                  ((const tg_idr *)a)->id_data.len) == 0;
}

void gate_compare_forwarded(const gate_exchange *x, gate_verdict *v)
{
    const gate_step *asked = NULL;
    for (size_t s = 0; s < x->num_steps; s++) {
        const gate_step *step = &x->steps[s];
        const tg_message *m = step->judgement ? step->judgement->message : NULL;
        if (!m || strcmp(gate_type_name(step->data_type), "RESOLVE_INIT") != 0)
            continue;
        if (step->to_iut) {
            asked = step;
        } else if (step->from_iut && asked) {
            const tg_payload *was = (const tg_payload *)tg_idr_find(asked->judgement->message->payloads, TG_ID_ROLE_R);
            const tg_payload *is = (const tg_payload *)tg_idr_find(m->payloads, TG_ID_ROLE_R);
            if (was && !same_payload(was, is))
                gate_fail(v, "RFC6043-10-06", TG_SIDE_SENDER,
                          "RESOLVE_INIT names another Responder than the one who asked.");
        }
    }
}

void gate_check_default_key(const gate_exchange *x, gate_verdict *v)
{
    for (size_t s = 0; s < x->num_steps; s++) {
        const gate_step *step = &x->steps[s];
        size_t num = 0, tgks = 0;
        if (!step->from_iut || !step->judgement || strcmp(gate_type_name(step->data_type), "REQUEST_RESP") != 0)
            continue;
        for (const tg_payload *p = step->judgement->keys; p; p = p->next) {
            uint8_t type = ((const tg_key_data *)p)->type;
            num += type != TG_KEY_MPK;
            tgks += type == TG_KEY_TGK || type == TG_KEY_TGK_SALT;
        }
        if (num != 1 || tgks != 1)
            gate_fail(v, "RFC6043-4.2.1.5-07", TG_SIDE_SENDER, "Asked for no keys, it does not grant one TGK.");
    }
}

/* ---- freshness ---------------------------------------------------------------------------------------------- */

static tg_bytes rand_of(const tg_message *m, uint8_t role)
{
    for (const tg_payload *p = m->payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_RANDR && ((const tg_randr *)p)->rand_role == role)
            return ((const tg_randr *)p)->rand;
    }
    return (tg_bytes){ NULL, 0 };
}

/* What of a message is new each time, and by which row. */
static const struct {
    const char *type;
    uint8_t rand_role;
    const char *rand_row, *csb_row;
} fresh[] = {
    { "REQUEST_INIT", TG_RAND_ROLE_I, "RFC6043-4.2.1.1-x02", "RFC6043-4.2.1.1-02" },
    { "TRANSFER_INIT", TG_RAND_ROLE_I, "RFC6043-4.2.2.1-x04", "RFC6043-4.2.2.1-02" },
    { "TRANSFER_RESP", TG_RAND_ROLE_R, "RFC6043-4.2.2.3-x03", NULL },
    { "RESOLVE_INIT", TG_RAND_ROLE_R, "RFC6043-4.2.3.1-x03", "RFC6043-4.2.3.1-02" },
    { "RESOLVE_RESP", TG_RAND_ROLE_KMS, "RFC6043-4.2.3.5-x04", NULL },
};

static void not_fresh(const gate_exchange *x, const gate_step *step, const char *row, const char *what, gate_verdict *v)
{
    tg_report_failure *f = gate_fail(
        v, row, TG_SIDE_SENDER, keep_text(v->keeping, "%s comes again in %s.", what, gate_type_name(step->data_type)));
    f->expected = "another one each time";
    f->got = "the same as in an earlier exchange";
    f->has_message = true;
    f->message = (size_t)(step - x->steps);
}

static void compare_pair(const gate_exchange *x, const gate_step *a, const gate_step *b, gate_verdict *v)
{
    const tg_message *m = a->judgement ? a->judgement->message : NULL, *n = b->judgement ? b->judgement->message : NULL;
    if (!m || !n || a->is_update || b->is_update || a->data_type != b->data_type)
        return;
    for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++) {
        if (strcmp(fresh[i].type, gate_type_name(a->data_type)) != 0)
            continue;
        tg_bytes one = rand_of(m, fresh[i].rand_role), two = rand_of(n, fresh[i].rand_role);
        if (one.len > 0 && one.len == two.len && memcmp(one.data, two.data, one.len) == 0)
            not_fresh(x, a, fresh[i].rand_row, "A RAND", v);
        if (fresh[i].csb_row && m->hdr.csb_id == n->hdr.csb_id)
            not_fresh(x, a, fresh[i].csb_row, "The CSB ID", v);
    }
}

/* RANDRr of Ticket Resolve is another than that of Ticket Transfer. */
static void compare_within(const gate_exchange *x, gate_verdict *v)
{
    tg_bytes asked = { NULL, 0 };
    for (size_t s = 0; s < x->num_steps; s++) {
        const gate_step *step = &x->steps[s];
        if (!step->from_iut || !step->judgement || !step->judgement->message || step->is_update)
            continue;
        tg_bytes rand = rand_of(step->judgement->message, TG_RAND_ROLE_R);
        if (strcmp(gate_type_name(step->data_type), "RESOLVE_INIT") == 0)
            asked = rand;
        else if (step->data_type == TG_DATA_TYPE_TRANSFER_RESP && asked.len > 0 && asked.len == rand.len &&
                 memcmp(asked.data, rand.data, rand.len) == 0)
            not_fresh(x, step, "RFC6043-4.2.2.3-x03", "The RANDRr of RESOLVE_INIT", v);
    }
}

void gate_compare_freshness(const gate_exchange *a, const gate_exchange *b, gate_verdict *v)
{
    compare_within(a, v);
    for (size_t s = 0; s < a->num_steps; s++) {
        for (size_t t = 0; t < b->num_steps; t++) {
            if (a->steps[s].from_iut && b->steps[t].from_iut)
                compare_pair(a, &a->steps[s], &b->steps[t], v);
        }
    }
}
