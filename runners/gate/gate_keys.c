/* Session keys shown, against those of the judge; and freshness. */
#include "gate_keys.h"

#include <string.h>

#include "ticketgate/message.h"
#include "ticketgate/registry_values.h"

/* ---- session keys ------------------------------------------------------------------------------------------- */

/* The newest Ticket Transfer message that gave keys. */
static const gate_step *key_message(const gate_exchange *x)
{
    for (size_t s = x->num_steps; s-- > 0;) {
        const gate_step *step = &x->steps[s];
        if (step->judgement && step->judgement->derived.num_cs > 0 && (step->from_iut || (step->to_iut && step->accepted)))
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
    tg_report_failure *f = gate_fail(v, row, TG_SIDE_NONE,
                                     keep_text(v->keeping, "The %s of crypto session %u is not that of the RFC.", what, cs_id));
    f->has_message = true;
    f->message = (size_t)(step - x->steps);
}

/* The line may say which row its keys show; else a salt is one of key data where the judge derived none. */
static const char *key_row(const gate_exchange *x, bool salt)
{
    static const char *const rows[] = { "RFC6043-5.1.3-", "RFC6043-5.2-12", "RFC6043-6.10-06" };
    for (size_t i = 0; i < x->c->num_own_rows; i++) {
        for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
            if (strncmp(x->c->rows[i], rows[n], strlen(rows[n])) == 0)
                return x->c->rows[i];
        }
    }
    (void)salt;
    return "RFC6043-5.1.3-x01";
}

void gate_compare_keys(tg_crypto *crypto, const gate_exchange *x, const iut_party *party, gate_verdict *v)
{
    const gate_step *step = key_message(x);
    (void)crypto;
    if (x->c->role == TG_SENDER_K || !step || !x->established || !party->keys)
        return;
    for (size_t i = 0; i < step->judgement->derived.num_cs; i++) {
        const tg_session_key *expected = &step->judgement->derived.cs[i];
        const tgi_session_key *got = shown(party->keys, expected->cs_id);
        if (!got || !same(got->tek, expected->tek))
            wrong_key(x, step, expected->cs_id, key_row(x, false), "TEK", v);
        else if (expected->has_salt && !same(got->salt, expected->salt))
            wrong_key(x, step, expected->cs_id, key_row(x, true), "salt", v);
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
    tg_report_failure *f = gate_fail(v, row, TG_SIDE_SENDER,
                                     keep_text(v->keeping, "%s comes again in %s.", what, gate_type_name(step->data_type)));
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

void gate_compare_freshness(const gate_exchange *a, const gate_exchange *b, gate_verdict *v)
{
    for (size_t s = 0; s < a->num_steps; s++) {
        for (size_t t = 0; t < b->num_steps; t++) {
            if (a->steps[s].from_iut && b->steps[t].from_iut)
                compare_pair(a, &a->steps[s], &b->steps[t], v);
        }
    }
}
