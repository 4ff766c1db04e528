/* What a session is to be, as members of a JSON object: the structs of iut.h. */
#include "json_describe.h"

enum { MAX_ITEMS = 256, MAX_SUBSCRIBERS = 4096 };

static void describe_key(fields *f, void *item)
{
    tgi_key *key = item;
    field_u8(f, "type", &key->type);
    field_u16(f, "key_len", &key->key_len);
    field_u16(f, "salt_len", &key->salt_len);
    field_octets(f, "spi", &key->spi);
}

static void describe_policy(fields *f, tgi_policy *p)
{
    field_u16(f, "ticket_type", &p->ticket_type);
    field_u8(f, "subtype", &p->subtype);
    field_u8(f, "version", &p->version);
    field_u8(f, "prf_func", &p->prf_func);
    field_text(f, "flags", &p->flags);
    field_time_or_null(f, "start", &p->has_start, &p->start);
    field_time_or_null(f, "end", &p->has_end, &p->end);
    field_u8(f, "time_type", &p->time_type);
    field_u32(f, "rekey", &p->rekey);
    field_flag(f, "has_keys", &p->has_keys);
    p->keys = field_array(f, "keys", p->keys, &p->num_keys, sizeof *p->keys, MAX_ITEMS, describe_key);
    p->applications = field_identities(f, "applications", p->applications, &p->num_applications, MAX_ITEMS);
    p->responders = field_identities(f, "responders", p->responders, &p->num_responders, MAX_ITEMS);
}

static void describe_session(fields *f, void *item)
{
    tgi_session *session = item;
    field_u8(f, "cs_id", &session->cs_id);
    field_u8(f, "prot_type", &session->prot_type);
    field_u8(f, "s", &session->s);
    field_octets(f, "policies", &session->policies);
    field_octets(f, "session_data", &session->session_data);
    field_u8(f, "key", &session->key);
    field_flag(f, "own_key", &session->own_key);
    field_octets(f, "spi", &session->spi);
}

static void describe_param(fields *f, void *item)
{
    tgi_param *param = item;
    field_u8(f, "type", &param->type);
    field_octets(f, "value", &param->value);
}

static void describe_security_policy(fields *f, void *item)
{
    tgi_security_policy *policy = item;
    field_u8(f, "policy_no", &policy->policy_no);
    field_u8(f, "prot_type", &policy->prot_type);
    policy->params = field_array(f, "params", policy->params, &policy->num_params, sizeof *policy->params, MAX_ITEMS,
                                 describe_param);
}

void describe_transfer(fields *f, tgi_transfer *t)
{
    t->sessions =
        field_array(f, "sessions", t->sessions, &t->num_sessions, sizeof *t->sessions, MAX_ITEMS, describe_session);
    t->policies = field_array(f, "policies", t->policies, &t->num_policies, sizeof *t->policies, MAX_ITEMS,
                              describe_security_policy);
    t->keys = field_array(f, "keys", t->keys, &t->num_keys, sizeof *t->keys, MAX_ITEMS, describe_key);
}

static void describe_subscriber(fields *f, void *item)
{
    tgi_subscriber *subscriber = item;
    field_octets(f, "b_tid", &subscriber->b_tid);
    subscriber->uids = field_octet_strings(f, "uids", subscriber->uids, &subscriber->num_uids, MAX_ITEMS);
    field_octets(f, "psk", &subscriber->psk);
}

static void describe_open_party(fields *f, tgi_open *o)
{
    field_flag(f, "leave_out_ids", &o->leave_out_ids);
    field_flag(f, "plain_errors", &o->plain_errors);
    field_identity(f, "self", &o->self);
    field_identity(f, "kms", &o->kms);
    field_identity(f, "called", &o->called);
    field_octets(f, "psk", &o->psk);
    field_identity(f, "psk_id", &o->psk_id);
    field_octets(f, "tpk", &o->tpk);
    field_text(f, "rsa_own", &o->rsa_own);
    field_text(f, "rsa_kms", &o->rsa_kms);
    o->trust = field_texts(f, "trust", o->trust, &o->num_trust, MAX_ITEMS);
}

/* What is no concern of the role is null. */
static void describe_open_plans(fields *f, tgi_open *o)
{
    json_t *outer;
    if (fields_enter(f, "policy", o->role == TGI_INITIATOR, &outer)) {
        describe_policy(f, &o->policy);
        fields_leave(f, outer);
    }
    if (fields_enter(f, "offer", o->role == TGI_INITIATOR, &outer)) {
        describe_transfer(f, &o->offer);
        fields_leave(f, outer);
    }
    if (fields_enter(f, "answer", o->role == TGI_RESPONDER, &outer)) {
        describe_transfer(f, &o->answer);
        fields_leave(f, outer);
    }
    if (fields_enter(f, "update_answer", o->role != TGI_KMS, &outer)) {
        describe_transfer(f, &o->update_answer);
        fields_leave(f, outer);
    }
    o->supported = field_array(f, "supported", o->supported, &o->num_supported, sizeof *o->supported, MAX_ITEMS,
                               describe_security_policy);
    field_flag(f, "resolve_each_time", &o->resolve_each_time);
}

static void describe_open_kms(fields *f, tgi_open *o)
{
    field_flag(f, "has_subscribers", &o->has_subscribers);
    o->subscribers = field_array(f, "subscribers", o->subscribers, &o->num_subscribers, sizeof *o->subscribers,
                                 MAX_SUBSCRIBERS, describe_subscriber);
    field_u16(f, "min_key", &o->min_key);
    field_u16(f, "max_key", &o->max_key);
    field_u32(f, "max_validity", &o->max_validity);
    field_octets(f, "psk_kms", &o->psk_kms);
}

void describe_open(fields *f, tgi_open *o)
{
    o->size = sizeof *o;
    field_role(f, "role", &o->role);
    field_text(f, "profile", &o->profile);
    o->settings = field_values(f, "settings", o->settings, &o->num_settings, MAX_ITEMS);
    o->prot_types = field_numbers(f, "prot_types", o->prot_types, &o->num_prot_types, MAX_ITEMS);
    uint64_t mode = (uint64_t)o->mode;
    field_number(f, "mode", 255, &mode);
    o->mode = (int)mode;
    field_flag(f, "pk", &o->pk);
    field_flag(f, "chash", &o->chash);
    field_u8(f, "prf_func", &o->prf_func);
    field_u8(f, "encr_alg", &o->encr_alg);
    field_u8(f, "mac_alg", &o->mac_alg);
    field_u8(f, "ts_type", &o->ts_type);
    field_u32(f, "skew", &o->skew);
    describe_open_party(f, o);
    describe_open_plans(f, o);
    field_text(f, "refuse", &o->refuse);
    describe_open_kms(f, o);
    if (o->role == 0)
        fields_fail(f, "role is missing");
}
