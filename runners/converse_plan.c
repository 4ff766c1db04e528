#include "converse_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "ticketgate/message.h"

enum { MOST_PEM = 1 << 18 };

void converse_options_init(converse_options *o)
{
    *o = (converse_options){ .suite = -1, .pk = -1, .error = -1, .ts_type = -1, .seed = "1" };
}

static void free_secret(input_text *text)
{
    if (text->data)
        tg_wipe(text->data, text->len);
    free(text->data);
}

void converse_options_free(converse_options *o)
{
    free_secret(&o->rsa_i);
    free_secret(&o->rsa_r);
    free_secret(&o->rsa_kms);
    free_secret(&o->trust);
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static bool take_count(const char *name, const char *value, size_t most, size_t *out)
{
    if (strcmp(value, "0") != 0)
        return cli_take_size(name, value, most, out);
    *out = 0;
    return true;
}

/* "DEHI": the flags that are 1. */
static bool take_flags(converse_options *o, const char *value)
{
    o->flags = 0;
    o->has_flags = true;
    for (; *value; value++) {
        if (*value < 'D' || *value > 'O') {
            cli_complain("--flags: the letters of the flags that are 1, from D to O");
            return false;
        }
        o->flags = (uint16_t)(o->flags | TG_FLAG(*value));
    }
    return true;
}

/* "I", "R,response", "I,key", "I,response,key". */
static bool take_update(converse_options *o, const char *value)
{
    tg_planned_update update = { 0 };
    char from[2] = { value[0], '\0' };
    bool ok = tg_sender_from_name(from, &update.from) && update.from != TG_SENDER_K;
    const char *rest = ok ? value + 1 : "";
    while (ok && *rest) {
        bool response = strncmp(rest, ",response", 9) == 0, key = strncmp(rest, ",key", 4) == 0;
        update.response = update.response || response;
        update.with_key = update.with_key || key;
        rest += response ? 9 : 4;
        ok = response || key;
    }
    if (!ok || o->num_updates == TG_MAX_PLANNED_UPDATES) {
        cli_complain("--update %s: I or R, then ,response and ,key where they apply; %d updates at the most", value,
                     TG_MAX_PLANNED_UPDATES);
        return false;
    }
    o->updates[o->num_updates++] = update;
    return true;
}

static bool take_setting(converse_options *o, const char *value)
{
    const char *equals = strchr(value, '=');
    size_t len = equals ? (size_t)(equals - value) : 0;
    tg_settings scratch = { 0 };
    if (equals && o->num_settings < CONVERSE_MAX_SETTINGS && len < sizeof o->settings[0].name) {
        memcpy(o->settings[o->num_settings].name, value, len);
        o->settings[o->num_settings].name[len] = '\0';
        o->settings[o->num_settings].value = equals + 1;
        if (tg_setting_set(&scratch, o->settings[o->num_settings].name, equals + 1)) {
            o->num_settings++;
            return true;
        }
    }
    cli_complain("--set %s: there is no such setting, or it has no such value", value);
    return false;
}

static bool path_in(const char *folder, const char *name, const char *ending, char *out, size_t size)
{
    int len = snprintf(out, size, "%s/%s%s", folder, name, ending);
    return len > 0 && (size_t)len < size;
}

/* Adds a certificate (DER) to PEM text. */
static bool add_certificate(const char *path, input_text *out)
{
    input_text der;
    if (input_read(path, MOST_PEM, "", &der) != CLI_OK)
        return false;
    tg_text pem = { 0 };
    char *base64 = malloc(tg_base64_encoded_size(der.len));
    if (out->len > 0)
        tg_text_add(&pem, out->data, out->len);
    if (base64) {
        tg_base64_encode(tg_bytes_of(der.data, der.len), base64);
        tg_text_add(&pem, "-----BEGIN CERTIFICATE-----\n", 28);
        for (size_t at = 0, len = strlen(base64); at < len; at += 64) {
            tg_text_add(&pem, base64 + at, len - at < 64 ? len - at : 64);
            tg_text_add(&pem, "\n", 1);
        }
        tg_text_add(&pem, "-----END CERTIFICATE-----\n", 26);
    }
    free(der.data);
    free_secret(out);
    *out = (input_text){ pem.data, pem.len };
    bool ok = base64 && !pem.failed;
    free(base64);
    return ok;
}

/* A folder with NAME.pem and NAME.der, its certificate, of initiator, responder and kms, and with ca.der, as vectors/keys. */
static bool take_rsa(converse_options *o, const char *folder)
{
    const struct {
        const char *name;
        input_text *out;
    } owners[] = {
        { "initiator", &o->rsa_i }, { "responder", &o->rsa_r }, { "kms", &o->rsa_kms }, { "ca", &o->trust }
    };
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        char path[4096];
        bool has_key = owners[i].out != &o->trust;
        free_secret(owners[i].out);
        *owners[i].out = (input_text){ 0 };
        if (has_key && (!path_in(folder, owners[i].name, ".pem", path, sizeof path) ||
                        input_read(path, MOST_PEM, "", owners[i].out) != CLI_OK))
            return false;
        if (!path_in(folder, owners[i].name, ".der", path, sizeof path) || !add_certificate(path, owners[i].out))
            return false;
    }
    return true;
}

static bool take_profile(converse_options *o, const char *value)
{
    o->profile = value;
    if (tg_profile_find(value))
        return true;
    cli_complain("--profile %s: there is no such profile (see ticketgate profiles)", value);
    return false;
}

static bool take_deviation(converse_options *o, const char *value)
{
    o->deviation = tg_deviation_find(value);
    if (o->deviation)
        return true;
    cli_complain("--deviation %s: there is no such deviation (see ticketgate converse --list-deviations)", value);
    return false;
}

static bool take_mode(converse_options *o, const char *value)
{
    static const char *const modes[] = { "1", "2", "3", "4", NULL };
    bool ok = cli_take_choice("mode", value, modes, &o->mode);
    o->mode++;
    return ok;
}

static bool take_choices(converse_options *o, const char *name, const char *value, bool *known)
{
    static const char *const suites[] = { "128", "128-kw", "256", NULL };
    static const char *const pks[] = { "none", "request", "resolve", "both", NULL };
    static const char *const errors[] = { "none", "request", "transfer", "resolve", NULL };
    static const char *const ts_types[] = { "ntp-utc", "ntp", "counter", "ntp-utc-32",
                                            NULL }; /* in the order of TS Type */
    const struct {
        const char *name;
        const char *const *choices;
        int *out;
    } all[] = { { "suite", suites, &o->suite },
                { "pk", pks, &o->pk },
                { "error", errors, &o->error },
                { "ts-type", ts_types, &o->ts_type } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i].name, name) == 0) {
            *known = true;
            return cli_take_choice(name, value, all[i].choices, all[i].out);
        }
    }
    return true;
}

static bool take_switch(converse_options *o, const char *name)
{
    const struct {
        const char *name;
        bool *out;
    } all[] = { { "initiator-key", &o->initiator_key },
                { "responder-key", &o->responder_key },
                { "two-kms", &o->two_kms },
                { "resolve-each-time", &o->resolve_each_time },
                { "plain-errors", &o->plain_errors },
                { "leave-out-ids", &o->leave_out_ids },
                { "vary", &o->vary } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i].name, name) == 0)
            return *all[i].out = true;
    }
    return false;
}

bool converse_options_take(converse_options *o, const char *name, const char *value, bool *known)
{
    *known = take_switch(o, name);
    if (*known)
        return true;
    bool ok = take_choices(o, name, value, known);
    if (*known)
        return ok;
    *known = true;
    if (strcmp(name, "profile") == 0)
        return take_profile(o, value);
    if (strcmp(name, "mode") == 0)
        return take_mode(o, value);
    if (strcmp(name, "flags") == 0)
        return take_flags(o, value);
    if (strcmp(name, "streams") == 0)
        return cli_take_size(name, value, 32, &o->streams);
    if (strcmp(name, "reuse") == 0)
        return take_count(name, value, 16, &o->reuses);
    if (strcmp(name, "update") == 0)
        return take_update(o, value);
    if (strcmp(name, "set") == 0)
        return take_setting(o, value);
    if (strcmp(name, "rsa") == 0)
        return take_rsa(o, value);
    if (strcmp(name, "deviation") == 0)
        return take_deviation(o, value);
    if (strcmp(name, "sdp-ids") == 0) {
        o->sdp_ids = value;
        if (strlen(value) <= 256)
            return true;
        cli_complain("--sdp-ids: 256 characters at the most");
        return false;
    }
    if (strcmp(name, "seed") == 0) {
        o->seed = value;
        if (strlen(value) <= 32)
            return true;
        cli_complain("--seed: 32 characters at the most");
        return false;
    }
    *known = false;
    return true;
}

/* ---- plans -------------------------------------------------------------------------------------------------- */

static const tg_suite *const suites[] = { &tg_suite_128, &tg_suite_128_kw, &tg_suite_256 };

/* A number below `below`, from octets that the seed gave. */
static unsigned draw(tg_seeded_random *r, unsigned below)
{
    uint8_t octets[4] = { 0 };
    tg_random random = tg_seeded_random_source(r);
    if (random.fill(random.user, octets, sizeof octets) != TG_OK)
        return 0;
    return ((unsigned)octets[0] << 24 | (unsigned)octets[1] << 16 | (unsigned)octets[2] << 8 | octets[3]) % below;
}

/* What options may leave open, for --vary. The draws are always made, so that an option changes nothing but itself. */
static bool vary(tg_seeded_random *r, const converse_options *o, tg_plan *out)
{
    static const char *const profiles[] = { "rfc6043",      "rfc6043",      "rfc6043",   "ims-media",
                                            "ims-msrp-tls", "ims-bfcp-tls", "ims-mixed", "ims-message" };
    const char *profile = profiles[draw(r, sizeof profiles / sizeof profiles[0])];
    int mode = 1 + (int)draw(r, 4);
    if (!tg_plan_default(o->profile ? o->profile : profile, o->mode ? o->mode : mode, out))
        return false;
    out->suite = *suites[draw(r, 3)];
    unsigned pk = draw(r, 8);
    bool has_rsa = o->rsa_i.len > 0;
    out->pk_request = has_rsa && pk < 2;
    out->pk_resolve = has_rsa && pk > 0 && pk < 3;
    out->num_streams = 1 + draw(r, 3);
    out->initiator_key = draw(r, 4) == 0;
    out->responder_key = draw(r, 4) == 0;
    out->num_updates = draw(r, 2) ? draw(r, 4) : 0;
    for (size_t i = 0; i < out->num_updates; i++)
        out->updates[i] = (tg_planned_update){ .from = draw(r, 2) ? TG_SENDER_I : TG_SENDER_R,
                                               .response = draw(r, 2),
                                               .with_key = draw(r, 3) == 0 };
    out->num_reuses = draw(r, 4) == 0 ? 1 + draw(r, 2) : 0;
    out->resolve_each_time = draw(r, 2);
    out->error = draw(r, 8) == 0 ? 1 + draw(r, 3) : 0;
    out->plain_errors = draw(r, 2);
    out->ts_type = (uint8_t)draw(r, 4);
    bool no_ids = draw(r, 4) == 0;
    out->leave_out_ids = no_ids && !out->pk_request && !out->pk_resolve; /* a certificate alone says not who asks */
    out->two_kms = draw(r, 12) == 0;
    return true;
}

static void set_said(const converse_options *o, tg_plan *out)
{
    if (o->suite >= 0)
        out->suite = *suites[o->suite];
    if (o->pk >= 0) {
        out->pk_request = o->pk & 1;
        out->pk_resolve = o->pk & 2;
    }
    if (o->error >= 0)
        out->error = (unsigned)o->error;
    if (o->ts_type >= 0)
        out->ts_type = (uint8_t)o->ts_type;
    if (o->has_flags) {
        out->has_flags = true;
        out->flags = o->flags;
    }
    if (o->streams)
        out->num_streams = o->streams;
    if (o->num_updates) {
        memcpy(out->updates, o->updates, sizeof out->updates);
        out->num_updates = o->num_updates;
    }
    if (o->reuses)
        out->num_reuses = o->reuses;
    out->initiator_key |= o->initiator_key;
    out->responder_key |= o->responder_key;
    out->two_kms |= o->two_kms;
    out->resolve_each_time |= o->resolve_each_time;
    out->plain_errors |= o->plain_errors;
    out->leave_out_ids |= o->leave_out_ids;
    if (o->sdp_ids)
        out->sdp_ids = tg_bytes_of(o->sdp_ids, strlen(o->sdp_ids));
    out->deviation = o->deviation;
}

static tg_bytes bytes_of(const input_text *text)
{
    return tg_bytes_of(text->data, text->len);
}

bool converse_plan_make(const converse_options *o, tg_crypto *crypto, size_t number, unsigned attempt,
                        tg_profile *profile, char *seed, tg_plan *out)
{
    int len = snprintf(seed, CONVERSE_MAX_SEED, "%s/%zu/%u", o->seed, number, attempt);
    tg_bytes seed_octets = tg_bytes_of(seed, (size_t)len);
    tg_seeded_random random;
    if (o->deviation && !o->vary && !o->profile && !o->mode) { /* what shows it */
        if (!tg_deviation_plan(o->deviation, out))
            return false;
    } else if (!o->vary) {
        if (!tg_plan_default(o->profile ? o->profile : "rfc6043", o->mode ? o->mode : 1, out))
            return false;
    } else if (tg_seeded_random_init(&random, crypto, seed_octets) != TG_OK || !vary(&random, o, out)) {
        return false;
    }
    set_said(o, out);
    *profile = *out->profile;
    if (o->vary && out->leave_out_ids) /* the other side cannot know them */
        profile->settings.absent_identity = TG_ABSENT_IDENTITY_EMPTY;
    for (size_t i = 0; i < o->num_settings; i++)
        (void)tg_setting_set(&profile->settings, o->settings[i].name, o->settings[i].value);
    out->profile = profile;
    out->seed = seed_octets;
    out->rsa_i = bytes_of(&o->rsa_i);
    out->rsa_r = bytes_of(&o->rsa_r);
    out->rsa_kms = bytes_of(&o->rsa_kms);
    out->trust = bytes_of(&o->trust);
    return true;
}

tg_json_pems converse_plan_pems(const tg_plan *plan)
{
    tg_json_pems pems = { .rsa_i = plan->rsa_i, .rsa_r = plan->rsa_r, .rsa_kms = plan->rsa_kms, .trust = plan->trust };
    return plan->pk_request || plan->pk_resolve ? pems : (tg_json_pems){ .trust = plan->trust };
}
