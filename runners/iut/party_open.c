/* What an IUT is told of a role's configuration. Names and numbers are those of iut.h. */
#include <stdio.h>
#include <string.h>

#include "party.h"

#define TRY(call) TG_TRY(call)

static tgi_octets octets_of(tg_bytes bytes)
{
    return (tgi_octets){ bytes.data, bytes.len };
}

static tgi_identity identity_of(const tg_identity *id)
{
    if (!id->known)
        return (tgi_identity){ 0 };
    return (tgi_identity){ true, id->id_type, octets_of(id->data) };
}

/* Zeroed; at least one element, so that NULL is want of memory. */
static void *array(tg_arena *arena, size_t num, size_t size)
{
    void *out = tg_arena_alloc(arena, (num + (num == 0)) * size);
    if (out)
        memset(out, 0, (num + (num == 0)) * size);
    return out;
}

/* ---- the profile -------------------------------------------------------------------------------------------- */

#define MAX_VALUES 4
static const struct {
    const char *name, *values[MAX_VALUES];
} setting_names[] = {
#define SETTING(member, ...) { #member, { __VA_ARGS__ } },
    TG_SETTINGS(SETTING)
#undef SETTING
};
#define NUM_SETTINGS (sizeof setting_names / sizeof *setting_names)

static tg_status put_profile(const tg_profile *profile, tg_arena *arena, tgi_open *out)
{
    static const char *const kinds[TG_NUM_PROT_KINDS] = { "srtp", "tesla", "tls", "psk_smime", "application_specific" };
    const uint8_t indices[] = {
#define INDEX(member, ...) profile->settings.member,
        TG_SETTINGS(INDEX)
#undef INDEX
    };
    tgi_named_value *settings = array(arena, NUM_SETTINGS, sizeof *settings);
    tgi_named_number *numbers = array(arena, TG_NUM_PROT_KINDS, sizeof *numbers);
    char *name = array(arena, sizeof profile->name, 1);
    if (!settings || !numbers || !name)
        return TG_ARENA_FULL;
    memcpy(name, profile->name, sizeof profile->name);
    for (size_t i = 0; i < NUM_SETTINGS; i++)
        settings[i] = (tgi_named_value){ setting_names[i].name, setting_names[i].values[indices[i]] };
    for (size_t i = 0; i < TG_NUM_PROT_KINDS; i++)
        numbers[i] = (tgi_named_number){ kinds[i], profile->prot_types[i] };
    out->profile = name;
    out->settings = settings;
    out->num_settings = NUM_SETTINGS;
    out->prot_types = numbers;
    out->num_prot_types = TG_NUM_PROT_KINDS;
    return TG_OK;
}

/* ---- PEM ---------------------------------------------------------------------------------------------------- */

static tg_status put_text(tg_bytes text, tg_arena *arena, const char **out)
{
    char *copy = array(arena, text.len + 1, 1);
    if (!copy)
        return TG_ARENA_FULL;
    memcpy(copy, text.data, text.len);
    *out = copy;
    return TG_OK;
}

/* All certificates of a key, without the key. */
static tg_status put_certificates(const tg_pk *pk, tg_arena *arena, const char **out)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n", end[] = "-----END CERTIFICATE-----\n";
    size_t size = 1;
    for (size_t n = 0; tg_pk_certificate(pk, n).len > 0; n++)
        size += sizeof begin + sizeof end + tg_base64_encoded_size(tg_pk_certificate(pk, n).len) * 65 / 64 + 2;
    char *text = array(arena, size, 1), *at = text;
    for (size_t n = 0; text && tg_pk_certificate(pk, n).len > 0; n++) {
        tg_bytes der = tg_pk_certificate(pk, n);
        char *base64 = array(arena, tg_base64_encoded_size(der.len), 1);
        if (!base64)
            return TG_ARENA_FULL;
        tg_base64_encode(der, base64);
        at += sprintf(at, "%s", begin);
        for (size_t i = 0, len = strlen(base64); i < len; i += 64)
            at += sprintf(at, "%.64s\n", base64 + i);
        at += sprintf(at, "%s", end);
    }
    *out = text;
    return text ? TG_OK : TG_ARENA_FULL;
}

static tg_status put_public_keys(const tg_role_config *role, tg_bytes own, tg_arena *arena, tgi_open *out,
                                 const char **why)
{
    if (role->rsa && own.len == 0) {
        *why = "an own private key whose PEM is not known";
        return TG_REFUSED;
    }
    if (role->rsa)
        TRY(put_text(own, arena, &out->rsa_own));
    if (role->rsa_kms)
        TRY(put_certificates(role->rsa_kms, arena, &out->rsa_kms));
    const char **trust = array(arena, role->num_trust, sizeof *trust);
    if (!trust)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < role->num_trust; i++)
        TRY(put_certificates(role->trust[i], arena, &trust[i]));
    out->trust = trust;
    out->num_trust = role->num_trust;
    return TG_OK;
}

/* ---- plans -------------------------------------------------------------------------------------------------- */

static tg_status put_keys(const tg_key_plan *keys, size_t num, tg_arena *arena, const tgi_key **out)
{
    tgi_key *to = array(arena, num, sizeof *to);
    if (!to)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++)
        to[i] = (tgi_key){ keys[i].type, keys[i].key_len, keys[i].salt_len, octets_of(keys[i].spi) };
    *out = to;
    return TG_OK;
}

static tg_status put_policies(const tg_security_policy *policies, size_t num, tg_arena *arena,
                              const tgi_security_policy **out)
{
    tgi_security_policy *to = array(arena, num, sizeof *to);
    if (!to)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++) {
        tgi_param *params = array(arena, policies[i].num_params, sizeof *params);
        if (!params)
            return TG_ARENA_FULL;
        for (size_t n = 0; n < policies[i].num_params; n++)
            params[n] = (tgi_param){ policies[i].params[n].type, octets_of(policies[i].params[n].value) };
        to[i] = (tgi_security_policy){ policies[i].policy_no, policies[i].prot_type, params, policies[i].num_params };
    }
    *out = to;
    return TG_OK;
}

tg_status iut_transfer_of_plan(const tg_transfer_plan *plan, tg_arena *arena, tgi_transfer *out)
{
    *out = (tgi_transfer){ 0 };
    if (!plan)
        return TG_OK;
    tgi_session *sessions = array(arena, plan->num_sessions, sizeof *sessions);
    if (!sessions)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < plan->num_sessions; i++) {
        const tg_session_plan *s = &plan->sessions[i];
        sessions[i] = (tgi_session){ .cs_id = s->cs_id,
                                     .prot_type = s->prot_type,
                                     .s = s->s,
                                     .policies = octets_of(s->ps),
                                     .session_data = octets_of(s->session_data),
                                     .key = s->key,
                                     .own_key = s->own_key,
                                     .spi = octets_of(s->spi) };
    }
    out->sessions = sessions;
    out->num_sessions = plan->num_sessions;
    out->num_policies = plan->num_policies;
    out->num_keys = plan->num_keys;
    TRY(put_policies(plan->policies, plan->num_policies, arena, &out->policies));
    return put_keys(plan->keys, plan->num_keys, arena, &out->keys);
}

static tg_status put_ticket_policy(const tg_ticket_policy *policy, tg_arena *arena, tgi_policy *out)
{
    static const char letters[] = TG_FLAG_LETTERS;
    char *flags = array(arena, sizeof letters, 1);
    tgi_identity *apps = array(arena, policy->num_apps, sizeof *apps);
    tgi_identity *responders = array(arena, policy->num_r, sizeof *responders);
    if (!flags || !apps || !responders)
        return TG_ARENA_FULL;
    for (size_t i = 0, n = 0; letters[i]; i++) {
        if (policy->flags & TG_FLAG(letters[i]))
            flags[n++] = letters[i];
    }
    for (size_t i = 0; i < policy->num_apps; i++)
        apps[i] = identity_of(&policy->apps[i]);
    for (size_t i = 0; i < policy->num_r; i++)
        responders[i] = identity_of(&policy->r[i]);
    *out = (tgi_policy){ .ticket_type = policy->ticket_type,
                         .subtype = policy->subtype,
                         .version = policy->version,
                         .prf_func = policy->prf_func,
                         .flags = flags,
                         .has_start = policy->has_trs,
                         .has_end = policy->has_tre,
                         .start = policy->trs,
                         .end = policy->tre,
                         .time_type = policy->tr_type,
                         .rekey = policy->trr,
                         .has_keys = policy->has_keys,
                         .num_keys = policy->num_keys,
                         .applications = apps,
                         .num_applications = policy->num_apps,
                         .responders = responders,
                         .num_responders = policy->num_r };
    return put_keys(policy->keys, policy->num_keys, arena, &out->keys);
}

/* ---- the roles ---------------------------------------------------------------------------------------------- */

static tg_status put_subscribers(const tg_subscriber_source *source, tg_arena *arena, tgi_open *out, const char **why)
{
    const tg_subscriber_source of_a_list = tg_subscriber_list_source(NULL);
    out->has_subscribers = source != NULL;
    if (!source)
        return TG_OK;
    if (source->by_uid != of_a_list.by_uid || !source->user) {
        *why = "subscribers that are no list";
        return TG_REFUSED;
    }
    const tg_subscriber_list *list = source->user;
    tgi_subscriber *to = array(arena, list->num, sizeof *to);
    if (!to)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < list->num; i++) {
        const tg_subscriber *s = &list->subscribers[i];
        tgi_octets *uids = array(arena, s->num_uids, sizeof *uids);
        if (!uids)
            return TG_ARENA_FULL;
        for (size_t n = 0; n < s->num_uids; n++)
            uids[n] = octets_of(s->uids[n]);
        to[i] = (tgi_subscriber){ octets_of(s->b_tid), uids, s->num_uids, octets_of(s->psk) };
    }
    out->subscribers = to;
    out->num_subscribers = list->num;
    return TG_OK;
}

static tg_status put_initiator(const tg_party_setup *setup, tg_arena *arena, tgi_open *out)
{
    const tg_initiator_config *c = setup->i;
    out->role = TGI_INITIATOR;
    out->called = identity_of(&c->called);
    TRY(put_ticket_policy(&c->policy, arena, &out->policy));
    TRY(iut_transfer_of_plan(&c->transfer, arena, &out->offer));
    return iut_transfer_of_plan(c->update_answer, arena, &out->update_answer);
}

static tg_status put_responder(const tg_party_setup *setup, tg_arena *arena, tgi_open *out)
{
    const tg_responder_config *c = setup->r;
    out->role = TGI_RESPONDER;
    out->resolve_each_time = c->resolve_each_time;
    out->num_supported = c->num_supported;
    if (setup->plan && setup->plan->error == TG_PLAN_ERROR_TRANSFER)
        out->refuse = "transfer";
    TRY(put_policies(c->supported, c->num_supported, arena, &out->supported));
    TRY(iut_transfer_of_plan(&c->transfer, arena, &out->answer));
    return iut_transfer_of_plan(c->update_answer, arena, &out->update_answer);
}

static tg_status put_kms(const tg_party_setup *setup, tg_arena *arena, tgi_open *out, const char **why)
{
    const tg_kms_config *c = setup->k;
    out->role = TGI_KMS;
    out->min_key = c->min_key;
    out->max_key = c->max_key;
    out->max_validity = c->max_validity;
    out->psk_kms = octets_of(c->psk_kms);
    if (setup->plan && setup->plan->error == TG_PLAN_ERROR_REQUEST)
        out->refuse = "request";
    if (setup->plan && setup->plan->error == TG_PLAN_ERROR_RESOLVE)
        out->refuse = "resolve";
    return put_subscribers(c->subscribers, arena, out, why);
}

static tg_status put_role(const tg_party_setup *setup, const tg_role_config *role, tg_arena *arena, tgi_open *out,
                          const char **why)
{
    const tg_plan *plan = setup->plan;
    tg_bytes own = !plan                       ? (tg_bytes){ 0 }
                   : setup->who == TG_SENDER_I ? plan->rsa_i
                   : setup->who == TG_SENDER_R ? plan->rsa_r
                                               : plan->rsa_kms;
    if (role->errors == TG_ERRORS_NONE) {
        *why = "a role that sends no Errors";
        return TG_REFUSED;
    }
    *out = (tgi_open){ .size = sizeof *out,
                       .mode = plan ? plan->mode : 0,
                       .pk = role->pk,
                       .chash = role->chash,
                       .prf_func = role->suite.prf_func,
                       .encr_alg = role->suite.encr_alg,
                       .mac_alg = role->suite.mac_alg,
                       .ts_type = role->ts_type,
                       .skew = role->skew ? role->skew : TG_SKEW_DEFAULT,
                       .leave_out_ids = role->leave_out_ids,
                       .plain_errors = role->errors == TG_ERRORS_PLAIN,
                       .self = identity_of(&role->self),
                       .kms = identity_of(&role->kms),
                       .psk = octets_of(role->psk),
                       .psk_id = identity_of(&role->psk_id),
                       .tpk = octets_of(role->tpk) };
    TRY(put_profile(role->profile, arena, out));
    return put_public_keys(role, own, arena, out, why);
}

tg_status iut_open_of_setup(const tg_party_setup *setup, tg_arena *arena, tgi_open *out, const char **why)
{
    *why = NULL;
    switch (setup->who) {
    case TG_SENDER_I:
        TRY(put_role(setup, &setup->i->role, arena, out, why));
        return put_initiator(setup, arena, out);
    case TG_SENDER_R:
        TRY(put_role(setup, &setup->r->role, arena, out, why));
        return put_responder(setup, arena, out);
    case TG_SENDER_K:
        TRY(put_role(setup, &setup->k->role, arena, out, why));
        return put_kms(setup, arena, out, why);
    default:
        *why = "no role";
        return TG_REFUSED;
    }
}
