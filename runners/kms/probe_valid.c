/* Cases of the probe: valid requests in all forms. */
#include <stdio.h>

#include "probing.h"

typedef struct valid {
    asking_options o;
    bool resolves;
} valid;

static void run_request(probe *p, const probe_case *c)
{
    const valid *v = c->arg;
    asked q;
    probe_said said;
    const char *why = asker_request(&p->asker, &v->o, &q);
    if (why) {
        p->inconclusive = keep_text(&p->k, "no request could be made: %s", why);
        return;
    }
    probe_post(p, TG_SENDER_I, (kms_body)c->form, q.sent[0].octets, &said);
    (void)probe_is_right(p, &q, &said, "REQUEST_INIT");
    asked_free(&q);
}

static void run_resolve(probe *p, const probe_case *c)
{
    const valid *v = c->arg;
    asking_options of_request = { .suite = v->o.suite };
    asked q;
    probe_said said;
    if (probe_ticket(p, &of_request, &q)) {
        const char *why = asker_resolve(&p->asker, &v->o, &q);
        if (why) {
            p->inconclusive = keep_text(&p->k, "no RESOLVE_INIT could be made: %s", why);
        } else {
            probe_post(p, TG_SENDER_R, (kms_body)c->form, q.sent[q.num - 1].octets, &said);
            (void)probe_is_right(p, &q, &said, "RESOLVE_INIT");
        }
    }
    asked_free(&q);
}

/* The second answer to one ticket: keys for the same Responder again, with another modifier. */
static void run_resolve_twice(probe *p, const probe_case *c)
{
    const valid *v = c->arg;
    asked q, again = { .num = 0 };
    probe_said said;
    const char *why = NULL;
    if (!probe_ticket(p, &v->o, &q) || !asked_copy(&q, &again)) {
        asked_free(&q);
        return;
    }
    asked *both[] = { &q, &again };
    for (size_t i = 0; i < 2 && !why; i++) {
        why = asker_resolve(&p->asker, &v->o, both[i]);
        if (why)
            break;
        probe_post(p, TG_SENDER_R, p->form, both[i]->sent[both[i]->num - 1].octets, &said);
        (void)probe_is_right(p, both[i], &said, i ? "the second RESOLVE_INIT" : "RESOLVE_INIT");
    }
    if (why)
        p->inconclusive = keep_text(&p->k, "no RESOLVE_INIT could be made: %s", why);
    asked_free(&q);
    asked_free(&again);
}

static void add(probe_list *list, const char *id, const char *title, const valid *v, kms_body form)
{
    probe_case *c = probe_add(list, id, title, "valid requests", v->resolves ? run_resolve : run_request);
    c->arg = v;
    c->form = (int)form;
    c->needs_pk = v->o.pk;
    c->needs_clock = v->o.ts_type == TG_TS_COUNTER;
}

/* Each in both forms of body, where both are to be probed. */
static void add_forms(probe *p, probe_list *list, const char *id, const char *title, const valid *v)
{
    for (kms_body form = KMS_BODY_RAW; form <= KMS_BODY_BASE64; form++) {
        if (p->m.body != KMS_BODY_EITHER && p->m.body != (int)form)
            continue;
        add(list, keep_text(&p->k, "kms-%s-%s", id, kms_body_name(form)),
            keep_text(&p->k, "%s, body %s", title, kms_body_name(form)), v, form);
    }
}

void probe_add_valid(probe *p, probe_list *list)
{
    static const struct {
        const char *id, *title;
        valid v;
    } forms[] = {
        { "request-psk", "REQUEST_INIT_PSK", { { .pk = false }, false } },
        { "resolve-psk", "RESOLVE_INIT_PSK", { { .pk = false }, true } },
        { "request-pk", "REQUEST_INIT_PK", { { .pk = true }, false } },
        { "resolve-pk", "RESOLVE_INIT_PK", { { .pk = true }, true } },
    }, others[] = {
        { "request-256", "REQUEST_INIT_PSK, algorithms of 256 bits", { { .suite = &tg_suite_256 }, false } },
        { "resolve-256", "RESOLVE_INIT_PSK, algorithms of 256 bits", { { .suite = &tg_suite_256 }, true } },
        { "request-pk-256", "REQUEST_INIT_PK, algorithms of 256 bits", { { .pk = true, .suite = &tg_suite_256 }, false } },
        { "request-ntp", "REQUEST_INIT_PSK, T of type NTP", { { .ts_type = TG_TS_NTP }, false } },
        { "request-ntp-utc-32", "REQUEST_INIT_PSK, T of type NTP-UTC-32", { { .ts_type = TG_TS_NTP_UTC_32 }, false } },
        { "request-counter", "REQUEST_INIT_PSK, T of type COUNTER", { { .ts_type = TG_TS_COUNTER }, false } },
        { "resolve-counter", "RESOLVE_INIT_PSK, T of type COUNTER", { { .ts_type = TG_TS_COUNTER }, true } },
    };
    static const valid usual = { { .pk = false }, true };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        add_forms(p, list, forms[i].id, forms[i].title, &forms[i].v);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        add(list, keep_text(&p->k, "kms-%s", others[i].id), others[i].title, &others[i].v, p->form);
    probe_add(list, "kms-resolve-twice", "a ticket resolved twice", "valid requests", run_resolve_twice)->arg = &usual;
}
