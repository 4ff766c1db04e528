#include "gate_deployment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND ((uint64_t)1 << 32)

bool gate_deployment_init(gate_deployment *g)
{
    *g = (gate_deployment){ .words = NULL };
    kms_mapping_init(&g->m);
    judging_init(&g->of_http);
    return deployment_init(&g->d);
}

void gate_deployment_free(gate_deployment *g)
{
    deployment_free(&g->d);
    judging_free(&g->of_http);
    keeping_free(&g->keeping);
}

bool gate_deployment_take(gate_deployment *g, const char *name, const char *value, bool *known)
{
    bool ok = true;
    *known = false;
    if (strcmp(name, "known") == 0 || strcmp(name, "now") == 0) {
        ok = deployment_take(&g->d, name, value, known);
    } else if (strcmp(name, "http") == 0) {
        *known = true;
        ok = judging_take_profile(&g->of_http, value);
        g->http = g->of_http.profile;
    } else if (strcmp(name, "can") == 0) {
        *known = true;
        g->words = value;
    } else {
        ok = kms_mapping_take(&g->m, name, value, known);
    }
    if (*known && !g->option)
        g->option = name;
    return ok;
}

/* ---- what it is declared to do ------------------------------------------------------------------------------- */

/* COUNTER timestamps only go up, and every run of the gate begins anew; it cannot be told to refuse anything. */
static const char *supposed_words(gate_deployment *g)
{
    const tg_given_cast *c = &g->cast;
    return keep_text(&g->keeping,
                     "mode-1 mode-2 mode-3 suite-128 suite-128-kw suite-256 ntp ntp-utc-32 replay errors%s%s%s",
                     c->psk_i.len && c->psk_r.len ? " psk" : "", c->rsa_i && c->rsa_r && c->rsa_kms ? " pk" : "",
                     c->psk_kms.len ? " two-kms" : "");
}

static bool is_word(const char *word)
{
    static const char *const words[] = { "psk",       "pk",           "mode-1",    "mode-2", "mode-3",
                                         "suite-128", "suite-128-kw", "suite-256", "ntp",    "ntp-utc-32",
                                         "counter",   "two-kms",      "replay",    "errors" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    cli_complain("--can: %s is nothing that a live KMS could be declared to do (see runners/ATTACHING.md)", word);
    return false;
}

static const char *without(keeping *k, const char *words, const char *word)
{
    const char **list, *out = "";
    size_t num = gate_split(k, words, " ", &list);
    for (size_t i = 0; i < num; i++) {
        if (strcmp(list[i], word) != 0)
            out = keep_text(k, "%s%s%s", out, *out ? " " : "", list[i]);
    }
    return out;
}

static bool declare_words(gate_deployment *g)
{
    const char **list, *words = supposed_words(g);
    size_t num = g->words ? gate_split(&g->keeping, g->words, " ,", &list) : 0;
    for (size_t i = 0, plain = 0; i < num; i++) {
        bool less = list[i][0] == '-', more = list[i][0] == '+';
        const char *word = list[i] + (less || more);
        if (!is_word(word))
            return false;
        if (!less && !more && plain++ == 0)
            words = "";
        words = without(&g->keeping, words, word);
        if (!less)
            words = keep_text(&g->keeping, "%s%s%s", words, *words ? " " : "", word);
    }
    g->live.can = words;
    return true;
}

static void declare_mapping(gate_deployment *g)
{
    const kms_mapping *m = &g->m;
    g->live.path = m->path;
    g->live.method = strcmp(m->method, "POST") == 0 ? NULL : m->method;
    g->live.content_type = m->content_type;
    g->live.query_request = m->query_request;
    g->live.query_resolve = m->query_resolve;
    g->live.status_ok = m->status.ok;
    g->live.base64 = m->body == KMS_BODY_BASE64;
}

/* ---- the cast ------------------------------------------------------------------------------------------------ */

static tg_identity b_tid_of(const gate_deployment *g, const tg_identity *who)
{
    const tg_subscriber *s = deployment_subscriber(&g->d, who);
    return s && s->b_tid.len ? (tg_identity){ true, TG_ID_TYPE_BYTE_STRING, s->b_tid }
                             : (tg_identity){ .known = false };
}

static tg_bytes psk_of(const gate_deployment *g, const tg_identity *who, tg_bytes psk)
{
    const tg_subscriber *s = deployment_subscriber(&g->d, who);
    return s && s->psk.len ? s->psk : psk;
}

static void cast_of(gate_deployment *g)
{
    static const char other_kms[] = "kms.example.net";
    const tg_known *known = &g->d.known;
    g->cast = (tg_given_cast){ .i = known->i,
                               .r = known->r,
                               .kms = known->kms,
                               .kms_r = { true, TG_ID_TYPE_URI, tg_bytes_of(other_kms, sizeof other_kms - 1) },
                               .b_tid_i = b_tid_of(g, &known->i),
                               .b_tid_r = b_tid_of(g, &known->r),
                               .psk_i = psk_of(g, &known->i, known->secrets.psk_i),
                               .psk_r = psk_of(g, &known->r, known->secrets.psk_r),
                               .psk_kms = known->secrets.psk_kms,
                               .tpk = known->secrets.tpk,
                               .rsa_i = known->secrets.rsa_i,
                               .rsa_r = known->secrets.rsa_r,
                               .rsa_kms = known->secrets.rsa_kms,
                               .trust = known->trust,
                               .num_trust = known->num_trust,
                               .subscribers = known->subscribers };
    g->swapped = g->cast;
    g->swapped.rsa_i = g->cast.rsa_r;
    g->swapped.rsa_r = g->cast.rsa_i;
}

/* Nothing that came in an earlier run may come again: its replay cache lives on. */
static bool draw_seed(gate_deployment *g)
{
    uint8_t octets[16];
    if (system_random.fill(system_random.user, octets, sizeof octets) != TG_OK)
        return false;
    tg_hex_encode(tg_bytes_of(octets, sizeof octets), g->seed);
    return true;
}

int gate_deployment_load(gate_deployment *g, const char *const *profiles, size_t num_profiles)
{
    int code = deployment_load(&g->d);
    if (code != CLI_OK)
        return code;
    if (!g->d.known.i.known || !g->d.known.r.known) {
        cli_complain("%s: identities.i and identities.r have to be known", g->d.path);
        return CLI_USAGE;
    }
    cast_of(g);
    kms_mapping_settle(&g->m, g->http ? g->http : &g->d.known.profile);
    declare_mapping(g);
    g->live.profiles = g->d.known.profile.name;
    for (size_t i = 0; i < num_profiles; i++)
        g->live.profiles = keep_text(&g->keeping, "%s%s%s", i ? g->live.profiles : "", i ? " " : "", profiles[i]);
    if (!declare_words(g))
        return CLI_USAGE;
    return draw_seed(g) ? CLI_OK : CLI_INTERNAL;
}

/* ---- cases --------------------------------------------------------------------------------------------------- */

/* In a made conversation a message takes a second, the first one to the KMS leaves when that second or three are over. It is
 * made so that it arrives then by the KMS' own clock, that of the machine; in a case with another clock, so much behind or
 * before it. Half a second less for what must not be too old yet, so that the way there may take as long. */
void gate_deployment_apply(const gate_deployment *g, const gate_case *c, bool second, gate_plan *p)
{
    tg_plan *plan = &p->plan;
    const char *shift = gate_word_value(&p->keeping, c->line->script, "clock");
    bool ahead = shift && shift[0] == '-';
    long seconds = (shift ? strtol(shift, NULL, 10) : 0) + (plan->mode <= 2 ? 1 : 3);
    uint64_t now = deployment_now(&g->d) + (ahead ? 0 : SECOND / 2);
    plan->now = seconds < 0 ? now + (uint64_t)-seconds * SECOND : now - (uint64_t)seconds * SECOND;
    plan->cast = p->other_certificate ? &g->swapped : &g->cast;
    if (strcmp(plan->profile->name, g->d.known.profile.name) == 0)
        plan->profile = &g->d.known.profile;
    if (second) /* the seed has the run's own in it; not to be sent twice */
        plan->seed.len = (size_t)snprintf(p->seed, sizeof p->seed, "%s again", p->seed_text);
    if (second)
        plan->seed.data = (const uint8_t *)p->seed;
}

static bool is_about(const gate_case *c, const char *row)
{
    for (size_t i = 0; i < c->num_own_rows; i++) {
        if (strcmp(c->rows[i], row) == 0)
            return true;
    }
    return false;
}

static bool is_named(const tg_identity *who, const char *name)
{
    return tg_bytes_equal(tg_without_scheme(who->data), tg_bytes_of(name, strlen(name)));
}

static const char *lacks_key(const gate_deployment *g, const gate_line *line, keeping *k)
{
    const tg_given_cast *cast = &g->cast;
    const char *mode = gate_word_value(k, line->plan, "mode"), *pk = gate_word_value(k, line->plan, "pk");
    if (mode && strcmp(mode, "1") != 0 && cast->tpk.len == 0)
        return "the TPK of the live KMS is not known (secrets.tpk)";
    if (pk && !(cast->rsa_i && cast->rsa_r && cast->rsa_kms))
        return "the RSA keys of the deployment are not known (secrets.rsa)";
    if ((!pk || strcmp(pk, "both") != 0) && !(cast->psk_i.len && cast->psk_r.len))
        return "the keys that users share with the live KMS are not known (secrets.psk_i, psk_r)";
    return NULL;
}

const char *gate_deployment_skip(const gate_deployment *g, const gate_case *c, keeping *k)
{
    const gate_line *line = c->line;
    if (c->kind == GATE_GOLDEN)
        return "a live KMS has other keys than golden conversations";
    if (c->kind != GATE_EXCHANGE)
        return NULL;
    if (gate_word_value(k, line->script, "change") || gate_word_value(k, line->plan, "set") ||
        gate_word_value(k, line->plan, "error"))
        return "a live KMS keeps the configuration that it has";
    if (gate_word_value(k, line->plan, "era-2"))
        return "a live KMS keeps the clock that it has";
    const char *time = gate_word_value(k, line->plan, "ts-type");
    if (time && strcmp(time, "counter") == 0)
        return "a live KMS remembers counters of earlier runs";
    if (is_about(c, "RFC3830-5.4-x01") && g->d.known.skew != TG_SKEW_DEFAULT)
        return "the clock skew of the deployment is another than that of the case";
    if (gate_word_value(k, line->plan, "two-kms") && !gate_word_value(k, line->plan, "of-i"))
        return "a live KMS would ask another KMS than the gate's";
    if (gate_word_value(k, line->plan, "two-kms") && g->cast.psk_kms.len == 0)
        return "the key that both KMSs share is not known (secrets.psk_kms)";
    if (line->deviation && strcmp(line->deviation, "gate-group") == 0 && !is_named(&g->cast.r, "bob@example.com"))
        return "the case is about bob@example.com, and the deployment has another Responder";
    return lacks_key(g, line, k);
}
