/* A line's words to the plan of a conversation, and to the capability words that it takes. */
#include "gate_plan.h"

#include <stdio.h>
#include <string.h>

#include "samples.h"
#include "ticketgate/registry_values.h"

static input_text text_of(tg_bytes octets)
{
    input_text out = { malloc(octets.len + 1), octets.len };
    if (out.data)
        memcpy(out.data, octets.data, octets.len);
    else
        out.len = 0;
    return out;
}

/* ---- the reading -------------------------------------------------------------------------------------------- */

enum { MOST_READING = 12 }; /* a line of the tables may set some more */
static const char *reading[MOST_READING];
static size_t num_reading;

static bool set(tg_settings *settings, const char *name_value)
{
    char name[32];
    size_t len = strcspn(name_value, "=");
    if (len >= sizeof name || name_value[len] != '=')
        return false;
    memcpy(name, name_value, len);
    name[len] = '\0';
    return tg_setting_set(settings, name, name_value + len + 1);
}

bool gate_reading_take(const char *value)
{
    tg_settings scratch = { 0 };
    if (num_reading == MOST_READING || !set(&scratch, value)) {
        cli_complain(num_reading == MOST_READING ? "--set %s: too many settings"
                                                 : "--set %s: there is no such setting, or it has no such value",
                     value);
        return false;
    }
    reading[num_reading++] = value;
    return true;
}

bool gate_reading_is_given(void)
{
    return num_reading > 0;
}

const char *gate_settings_text(keeping *k, const tg_profile *profile, bool *beyond)
{
#define VALUES(member, ...) { #member, { __VA_ARGS__ } },
    static const struct {
        const char *name, *values[4];
    } all[] = { TG_SETTINGS(VALUES) };
#undef VALUES
#define MEMBER(member, ...) profile->settings.member,
    const uint8_t here[] = { TG_SETTINGS(MEMBER) };
#undef MEMBER
    const tg_profile *built_in = tg_profile_find(profile->name);
    const char *out = NULL;
    tg_settings read = built_in ? built_in->settings : profile->settings;
#define MEMBER(member, ...) read.member,
    const uint8_t own[] = { TG_SETTINGS(MEMBER) };
    for (size_t i = 0; i < num_reading; i++)
        (void)set(&read, reading[i]);
    const uint8_t judged_by[] = { TG_SETTINGS(MEMBER) };
#undef MEMBER
    *beyond = memcmp(here, judged_by, sizeof here) != 0;
    for (size_t i = 0; i < sizeof here; i++) {
        if (here[i] != own[i])
            out = keep_text(k, "%s%s%s=%s", out ? out : "", out ? ", " : "", all[i].name, all[i].values[here[i]]);
    }
    return out;
}

static bool take_keys(const char *value, tg_plan *plan)
{
    static const char *const names[] = { "tgk", "tgk-salt", "tek", "tek-salt", "gtgk", "gtgk-salt" };
    plan->has_keys = true;
    for (const char *at = value; *at && strcmp(value, "none") != 0;) {
        size_t n = strcspn(at, ",");
        for (uint8_t type = 0; type < 6 && plan->num_keys < TG_MAX_PLANNED_KEYS; type++) {
            if (strlen(names[type]) == n && strncmp(names[type], at, n) == 0)
                plan->keys[plan->num_keys++] =
                    (tg_key_plan){ .type = type, .key_len = 16, .salt_len = type & 1 ? 14 : 0 };
        }
        at += n + (at[n] == ',');
    }
    return true;
}

/* 64 bits of the id: seed and time of a case are its own, however and with what it is run. */
static uint64_t hash(const char *id, const char *seed)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *part = seed; part; part = part == seed ? id : NULL) {
        for (const char *at = part; *at; at++)
            h = (h ^ (unsigned char)*at) * 0x100000001b3u;
    }
    return h;
}

bool gate_plan_make(tg_crypto *crypto, const char *words, const char *profile, const char *id, const char *seed,
                    gate_plan *out)
{
    keeping k = { 0 };
    const char **list;
    size_t num = gate_split(&k, words, " ", &list);
    bool ok = true;
    uint64_t own = hash(id, seed);
    *out = (gate_plan){ .of_i = false };
    converse_options_init(&out->options);
    out->options.profile = profile;
    snprintf(out->seed_text, sizeof out->seed_text, "gate %016llx", (unsigned long long)own);
    out->options.seed = out->seed_text;
    const char *keys = NULL;
    bool era_2 = false, known;
    for (size_t i = 0; i < num_reading && ok; i++)
        ok = converse_options_take(&out->options, "set", reading[i], &known);
    for (size_t i = 0; i < num && ok; i++) {
        char *equals = strchr(list[i], '=');
        if (equals)
            *equals = '\0';
        const char *value = equals ? equals + 1 : NULL;
        if (strcmp(list[i], "of-i") == 0)
            out->of_i = true;
        else if (strcmp(list[i], "era-2") == 0)
            era_2 = true;
        else if (strcmp(list[i], "other-certificate") == 0)
            out->other_certificate = true;
        else if (strcmp(list[i], "keys") == 0)
            keys = value;
        else
            ok = converse_options_take(&out->options, list[i],
                                       strcmp(list[i], "set") == 0 ? keep_text(&out->keeping, "%s", value) : value,
                                       &known) &&
                 known;
    }
    if (ok && out->options.pk > 0) {
        out->options.rsa_i = text_of(sample_pem(TG_SENDER_I));
        out->options.rsa_r = text_of(sample_pem(TG_SENDER_R));
        out->options.rsa_kms = text_of(sample_pem(TG_SENDER_K));
        out->options.trust = text_of(sample_pem_ca());
    }
    ok = ok && converse_plan_make(&out->options, crypto, 0, 0, &out->profile, out->seed, &out->plan);
    if (ok && keys)
        ok = take_keys(keys, &out->plan);
    if (ok && out->other_certificate) { /* of each other */
        tg_bytes of_i = out->plan.rsa_i;
        out->plan.rsa_i = out->plan.rsa_r;
        out->plan.rsa_r = of_i;
    }
    if (ok && era_2) {
        out->plan.now = (uint64_t)(31536000 + (uint32_t)(own % 9331200)) << 32; /* 2037 (6.3) */
    } else if (ok) {
        /* 1 June 2026 to 17 September 2026, on a whole second */
        out->plan.now = (uint64_t)(3989260800u + (uint32_t)(own % 9331200)) << 32;
    }
    keeping_free(&k);
    return ok;
}

void gate_plan_free(gate_plan *p)
{
    converse_options_free(&p->options);
    keeping_free(&p->keeping);
}

/* ---- capability words --------------------------------------------------------------------------------------- */

static size_t add(const char **out, size_t num, const char *word)
{
    out[num] = word;
    return num + 1;
}

size_t gate_plan_needs(const tg_plan *plan, tg_sender role, const char **out)
{
    static const char *const modes[] = { "mode-1", "mode-2", "mode-3", "mode-4" };
    static const char *const times[] = { NULL, "ntp", "counter", "ntp-utc-32" };
    size_t n = 0;
    bool requests = plan->mode <= 2 && role != TG_SENDER_R, end = role != TG_SENDER_K;
    bool resolves = (plan->mode == 1 || plan->mode == 3) && role != TG_SENDER_I, own_keys = false;
    n = add(out, n, modes[plan->mode - 1]);
    if ((requests && !plan->pk_request) || (resolves && !plan->pk_resolve))
        n = add(out, n, "psk");
    if ((requests && plan->pk_request) || (resolves && plan->pk_resolve))
        n = add(out, n, "pk");
    n = add(out, n,
            plan->suite.prf_func == TG_PRF_HMAC_SHA_256        ? "suite-256"
            : plan->suite.encr_alg == tg_suite_128_kw.encr_alg ? "suite-128-kw"
                                                               : "suite-128");
    if (plan->ts_type < 4 && times[plan->ts_type])
        n = add(out, n, times[plan->ts_type]);
    for (size_t i = 0; i < plan->num_updates; i++)
        own_keys = own_keys || plan->updates[i].with_key;
    if (end && plan->num_updates > 0)
        n = add(out, n, "updates");
    if (end && plan->num_reuses > 0)
        n = add(out, n, "reuse");
    if (end && (own_keys || plan->initiator_key || plan->responder_key))
        n = add(out, n, "own-keys");
    if (plan->two_kms && role == TG_SENDER_K)
        n = add(out, n, "two-kms");
    bool refuses =
        (plan->error == TG_PLAN_ERROR_TRANSFER && role == TG_SENDER_R) ||
        ((plan->error == TG_PLAN_ERROR_REQUEST || plan->error == TG_PLAN_ERROR_RESOLVE) && role == TG_SENDER_K);
    if (refuses)
        n = add(out, n, "policy");
    return n;
}
