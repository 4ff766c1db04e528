/* What a session is to be, from the C interface to the configuration of a role. Everything is copied: what a call is
 * given lives until it returns. */
#include <string.h>

#include "reference.h"

#define TRY(call) TG_TRY(call)

/* Far more than any case needs; the arena is the true limit. */
#define MOST_ENTRIES ((size_t)65536)

/* Zeroed; at least one element, so that NULL is want of memory. */
static void *array(tg_arena *arena, size_t num, size_t size)
{
    if (num > MOST_ENTRIES)
        return NULL;
    void *out = tg_arena_alloc(arena, (num + (num == 0)) * size);
    if (out)
        memset(out, 0, (num + (num == 0)) * size);
    return out;
}

static tg_status copy(tgi_octets from, tg_arena *arena, tg_bytes *out)
{
    *out = from.len > 0 ? tg_arena_copy(arena, from.data, from.len) : (tg_bytes){ 0 };
    return out->data || from.len == 0 ? TG_OK : TG_ARENA_FULL;
}

static tg_status copy_identity(const tgi_identity *from, tg_arena *arena, tg_identity *out)
{
    *out = (tg_identity){ .known = from->known, .id_type = from->type };
    return from->known ? copy(from->data, arena, &out->data) : TG_OK;
}

/* ---- plans -------------------------------------------------------------------------------------------------- */

static tg_status copy_keys(const tgi_key *from, size_t num, tg_arena *arena, tg_key_plan *to)
{
    for (size_t i = 0; i < num; i++) {
        to[i] = (tg_key_plan){ .type = from[i].type, .key_len = from[i].key_len, .salt_len = from[i].salt_len };
        TRY(copy(from[i].spi, arena, &to[i].spi));
    }
    return TG_OK;
}

static tg_status copy_policies(const tgi_security_policy *from, size_t num, tg_arena *arena,
                               const tg_security_policy **out)
{
    tg_security_policy *to = array(arena, num, sizeof *to);
    if (!to)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++) {
        tg_param *params = array(arena, from[i].num_params, sizeof *params);
        if (!params)
            return TG_ARENA_FULL;
        for (size_t n = 0; n < from[i].num_params; n++) {
            params[n].type = from[i].params[n].type;
            TRY(copy(from[i].params[n].value, arena, &params[n].value));
        }
        to[i] = (tg_security_policy){ from[i].policy_no, from[i].prot_type, params, from[i].num_params };
    }
    *out = to;
    return TG_OK;
}

static tg_status copy_session(const tgi_session *from, tg_arena *arena, tg_session_plan *to)
{
    *to = (tg_session_plan){
        .cs_id = from->cs_id, .prot_type = from->prot_type, .s = from->s, .key = from->key, .own_key = from->own_key
    };
    TRY(copy(from->policies, arena, &to->ps));
    TRY(copy(from->session_data, arena, &to->session_data));
    return copy(from->spi, arena, &to->spi);
}

tg_status iut_plan_of_transfer(const tgi_transfer *from, bool response, tg_arena *arena, tg_transfer_plan *out)
{
    tg_session_plan *sessions = array(arena, from->num_sessions, sizeof *sessions);
    tg_key_plan *keys = array(arena, from->num_keys, sizeof *keys);
    if (!sessions || !keys)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < from->num_sessions; i++)
        TRY(copy_session(&from->sessions[i], arena, &sessions[i]));
    *out = (tg_transfer_plan){ .sessions = sessions,
                               .num_sessions = from->num_sessions,
                               .num_policies = from->num_policies,
                               .keys = keys,
                               .num_keys = from->num_keys,
                               .response = response };
    TRY(copy_policies(from->policies, from->num_policies, arena, &out->policies));
    return copy_keys(from->keys, from->num_keys, arena, keys);
}

static tg_status copy_ticket_policy(const tgi_open *open, tg_arena *arena, tg_ticket_policy *out, const char **why)
{
    static const char letters[] = TG_FLAG_LETTERS;
    const tgi_policy *from = &open->policy;
    *out = (tg_ticket_policy){ .ticket_type = from->ticket_type,
                               .subtype = from->subtype,
                               .version = from->version,
                               .prf_func = from->prf_func,
                               .has_trs = from->has_start,
                               .has_tre = from->has_end,
                               .trs = from->start,
                               .tre = from->end,
                               .tr_type = from->time_type,
                               .trr = from->rekey,
                               .has_keys = from->has_keys,
                               .num_keys = from->num_keys,
                               .num_apps = from->num_applications,
                               .num_r = from->num_responders };
    if (from->num_keys > TG_MAX_PLANNED_KEYS || from->num_applications > TG_MAX_PLANNED_IDS ||
        from->num_responders > TG_MAX_PLANNED_IDS) {
        *why = "so many keys or identities in a Ticket Policy";
        return TG_REFUSED;
    }
    for (size_t i = 0; from->flags && from->flags[i] && i < sizeof letters; i++) {
        if (strchr(letters, from->flags[i]))
            out->flags |= (uint16_t)TG_FLAG(from->flags[i]);
    }
    TRY(copy_identity(&open->kms, arena, &out->kms));
    TRY(copy_identity(&open->self, arena, &out->i));
    for (size_t i = 0; i < from->num_applications; i++)
        TRY(copy_identity(&from->applications[i], arena, &out->apps[i]));
    for (size_t i = 0; i < from->num_responders; i++)
        TRY(copy_identity(&from->responders[i], arena, &out->r[i]));
    return copy_keys(from->keys, from->num_keys, arena, out->keys);
}

/* ---- profile and public keys -------------------------------------------------------------------------------- */

static bool read_profile(const tgi_open *open, tg_profile *out)
{
    const tg_profile *profile = tg_profile_find(open->profile ? open->profile : "rfc6043");
    if (!profile)
        return false;
    *out = *profile;
    for (size_t i = 0; i < open->num_settings; i++) {
        if (!tg_setting_set(&out->settings, open->settings[i].name, open->settings[i].value))
            return false;
    }
    for (size_t i = 0; i < open->num_prot_types; i++) {
        tg_prot kind;
        int number = open->prot_types[i].number;
        if (!tg_prot_from_name(open->prot_types[i].name, &kind) || number < -1 || number > UINT8_MAX)
            return false;
        out->prot_types[kind] = (int16_t)number;
    }
    return true;
}

static tg_status read_pem(tg_crypto *crypto, const char *pem, tg_pk **out)
{
    return pem ? tg_pk_from_pem(crypto, tg_bytes_of(pem, strlen(pem)), out) : TG_OK;
}

static tg_status read_pks(tg_crypto *crypto, const tgi_open *open, tg_arena *arena, iut_pks *out)
{
    out->trust = array(arena, open->num_trust, sizeof *out->trust);
    if (!out->trust)
        return TG_ARENA_FULL;
    TRY(read_pem(crypto, open->rsa_own, &out->own));
    TRY(read_pem(crypto, open->rsa_kms, &out->kms));
    for (size_t i = 0; i < open->num_trust; i++) {
        TRY(read_pem(crypto, open->trust[i], &out->trust[i]));
        out->num_trust++;
    }
    return TG_OK;
}

void iut_pks_free(iut_pks *pks)
{
    tg_pk_free(pks->own);
    tg_pk_free(pks->kms);
    for (size_t i = 0; i < pks->num_trust; i++)
        tg_pk_free(pks->trust[i]);
    *pks = (iut_pks){ 0 };
}

/* ---- the roles ---------------------------------------------------------------------------------------------- */

static tg_status read_subscribers(const tgi_open *open, tg_arena *arena, const tg_subscriber_source **out)
{
    tg_subscriber *to = array(arena, open->num_subscribers, sizeof *to);
    tg_subscriber_list *list = array(arena, 1, sizeof *list);
    tg_subscriber_source *source = array(arena, 1, sizeof *source);
    if (!to || !list || !source)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < open->num_subscribers; i++) {
        const tgi_subscriber *from = &open->subscribers[i];
        tg_bytes *uids = array(arena, from->num_uids, sizeof *uids);
        if (!uids)
            return TG_ARENA_FULL;
        for (size_t n = 0; n < from->num_uids; n++)
            TRY(copy(from->uids[n], arena, &uids[n]));
        to[i] = (tg_subscriber){ .uids = uids, .num_uids = from->num_uids };
        TRY(copy(from->b_tid, arena, &to[i].b_tid));
        TRY(copy(from->psk, arena, &to[i].psk));
    }
    *list = (tg_subscriber_list){ to, open->num_subscribers };
    *source = tg_subscriber_list_source(list);
    *out = source;
    return TG_OK;
}

static bool refuses(const iut_config *c, const char *what)
{
    return c->refuse && strcmp(c->refuse, what) == 0;
}

static void refuse_grant(void *user, tg_grant *grant)
{
    if (refuses(user, "request"))
        grant->refusal = TG_REFUSAL_POLICY;
}

static bool may_resolve(void *user, const tg_message *resolve_init, const tg_identity *responder,
                        const tg_ticket *ticket)
{
    (void)resolve_init, (void)responder, (void)ticket;
    return !refuses(user, "resolve");
}

static tg_admission admit(void *user, const tg_message *transfer_init, const tg_ticket *ticket)
{
    (void)transfer_init, (void)ticket;
    return refuses(user, "transfer") ? (tg_admission){ TG_REFUSE, TG_REFUSAL_POLICY } : (tg_admission){ TG_ADMIT, 0 };
}

static bool granted(void *user, const tg_ticket *ticket)
{
    (void)ticket;
    return !refuses(user, "request");
}

static bool answered(void *user, const tg_message *transfer_resp)
{
    (void)transfer_resp;
    return !refuses(user, "transfer");
}

static tg_status update_answer(const tgi_transfer *from, tg_arena *arena, const tg_transfer_plan **out)
{
    tg_transfer_plan *plan = array(arena, 1, sizeof *plan);
    *out = plan;
    return plan ? iut_plan_of_transfer(from, false, arena, plan) : TG_ARENA_FULL;
}

static tg_status read_initiator(const tgi_open *open, tg_arena *arena, iut_config *out, const char **why)
{
    tg_initiator_config *c = &out->of.i;
    out->role = &c->role;
    c->granted = granted;
    c->answered = answered;
    c->user = out;
    TRY(copy_identity(&open->called, arena, &c->called));
    TRY(copy_ticket_policy(open, arena, &c->policy, why));
    TRY(iut_plan_of_transfer(&open->offer, false, arena, &c->transfer));
    return update_answer(&open->update_answer, arena, &c->update_answer);
}

static tg_status read_responder(const tgi_open *open, tg_arena *arena, iut_config *out)
{
    tg_responder_config *c = &out->of.r;
    out->role = &c->role;
    c->admit = admit;
    c->user = out;
    c->resolve_each_time = open->resolve_each_time;
    c->num_supported = open->num_supported;
    if (open->num_supported > 0)
        TRY(copy_policies(open->supported, open->num_supported, arena, &c->supported));
    TRY(iut_plan_of_transfer(&open->answer, false, arena, &c->transfer));
    return update_answer(&open->update_answer, arena, &c->update_answer);
}

static tg_status read_kms(const tgi_open *open, tg_arena *arena, iut_config *out)
{
    tg_kms_config *c = &out->of.k;
    out->role = &c->role;
    c->grant = refuse_grant;
    c->resolve = may_resolve;
    c->user = out;
    c->min_key = open->min_key;
    c->max_key = open->max_key;
    c->max_validity = open->max_validity;
    TRY(copy(open->psk_kms, arena, &c->psk_kms));
    c->max_pending = c->psk_kms.len > 0 ? 4 : 0;
    return open->has_subscribers ? read_subscribers(open, arena, &c->subscribers) : TG_OK;
}

static tg_status read_role(const tgi_open *open, tg_arena *arena, const iut_pks *pks, iut_config *out)
{
    tg_role_config *c = out->role;
    c->profile = &out->profile;
    c->skew = open->skew;
    c->ts_type = open->ts_type;
    c->counter = 1;
    c->suite = (tg_suite){ open->prf_func, open->encr_alg, open->mac_alg };
    c->leave_out_ids = open->leave_out_ids;
    c->errors = open->plain_errors ? TG_ERRORS_PLAIN : TG_ERRORS_AUTHENTIC;
    c->rsa = pks->own;
    c->rsa_kms = pks->kms;
    c->trust = pks->trust;
    c->num_trust = pks->num_trust;
    c->pk = open->pk;
    c->chash = open->chash;
    TRY(copy_identity(&open->self, arena, &c->self));
    TRY(copy_identity(&open->kms, arena, &c->kms));
    TRY(copy_identity(&open->psk_id, arena, &c->psk_id));
    TRY(copy(open->psk, arena, &c->psk));
    return copy(open->tpk, arena, &c->tpk);
}

static const char *keep_refuse(const char *refuse)
{
    static const char *const known[] = { "request", "transfer", "resolve", "update" };
    for (size_t i = 0; refuse && i < sizeof known / sizeof *known; i++) {
        if (strcmp(refuse, known[i]) == 0)
            return known[i];
    }
    return NULL;
}

tg_status iut_config_of_open(tg_crypto *crypto, const tgi_open *open, tg_arena *arena, iut_config *out, iut_pks *pks,
                             const char **why)
{
    *why = NULL;
    *pks = (iut_pks){ 0 };
    memset(out, 0, sizeof *out);
    out->who = open->role;
    out->open = open;
    out->refuse = keep_refuse(open->refuse);
    if (!read_profile(open, &out->profile) || (open->refuse && !out->refuse)) {
        *why = "this profile, setting, Prot type or policy";
        return TG_REFUSED;
    }
    tg_status status = read_pks(crypto, open, arena, pks);
    if (status != TG_OK) {
        *why = status == TG_ARENA_FULL || status == TG_NO_MEMORY ? NULL : "such a PEM text";
        return status;
    }
    switch (open->role) {
    case TGI_INITIATOR:
        TRY(read_initiator(open, arena, out, why));
        break;
    case TGI_RESPONDER:
        TRY(read_responder(open, arena, out));
        break;
    case TGI_KMS:
        TRY(read_kms(open, arena, out));
        break;
    default:
        *why = "this role";
        return TG_REFUSED;
    }
    return read_role(open, arena, pks, out);
}
