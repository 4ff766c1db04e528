/* What a conversation says is known beforehand: identities, secrets, certificates, subscribers. */
#include "conversation.h"

/* ---- identities --------------------------------------------------------------------------------------------- */

/* Without type it is a NAI; without data it is not known. */
static bool read_identity(tg_conversation_reading *c, const json_t *object, tg_identity *out)
{
    uint32_t type = 0;
    const json_t *value = tg_conversation_member(object, "type");
    if (value && !tg_read_integer(&c->r, value, "type", 0xff, &type))
        return false;
    *out = (tg_identity){ .known = tg_conversation_member(object, "data") != NULL, .id_type = (uint8_t)type };
    return tg_conversation_octets(c, object, "data", TG_CONVERSATION_MAX_ID, &out->data);
}

bool tg_conversation_read_identities(tg_conversation_reading *c, const json_t *root)
{
    tg_known *known = &c->out->known;
    const struct {
        const char *name;
        tg_identity *out;
    } parties[] = { { "i", &known->i }, { "r", &known->r }, { "kms", &known->kms }, { "r_called", &known->r_called } };
    json_t *identities, *object;
    if (!tg_conversation_object(c, root, "identities", &identities))
        return false;
    for (size_t i = 0; i < sizeof parties / sizeof parties[0]; i++) {
        if (!tg_conversation_object(c, identities, parties[i].name, &object))
            return tg_read_in(&c->r, "identities", -1);
        if (object && !read_identity(c, object, parties[i].out)) {
            (void)tg_read_in(&c->r, parties[i].name, -1);
            return tg_read_in(&c->r, "identities", -1);
        }
    }
    return true;
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

/* A key that is too long is not known, as one of no octets (section 2). */
static bool read_key(tg_conversation_reading *c, const json_t *object, const char *name, tg_bytes *out)
{
    if (!tg_conversation_octets(c, object, name, TG_CONVERSATION_MAX_MESSAGE, out))
        return false;
    if (out->len > TG_CONVERSATION_MAX_KEY)
        *out = tg_bytes_of(NULL, 0);
    return true;
}

static bool keep_key(tg_conversation_reading *c, tg_pk *pk)
{
    if (!c->out->keys) {
        c->out->keys = tg_read_alloc(&c->r, TG_CERTIFICATES_MAX + 3, sizeof *c->out->keys);
        if (!c->out->keys) {
            tg_pk_free(pk);
            return false;
        }
    }
    c->out->keys[c->out->num_keys++] = pk;
    return true;
}

static bool read_pem(tg_conversation_reading *c, const json_t *value, const char *name, tg_pk **out)
{
    if (!json_is_string(value))
        return tg_conversation_refuse(c, name, "This must be a string of PEM.");
    if (json_string_length(value) > TG_PEM_MAX)
        return tg_read_fail(&c->r, TG_TOO_LARGE, name, "This is too long for a key or certificates.");
    tg_bytes pem = tg_bytes_of(json_string_value(value), json_string_length(value));
    tg_status status = tg_pk_from_pem(c->crypto, pem, out);
    if (status != TG_OK)
        return tg_read_fail(&c->r, status, name, "There is no RSA key or certificate in this text that can be read.");
    return keep_key(c, *out);
}

static bool read_rsa(tg_conversation_reading *c, const json_t *secrets)
{
    tg_secrets *out = &c->out->known.secrets;
    const struct {
        const char *name;
        const tg_pk **out;
    } owners[] = { { "i", &out->rsa_i }, { "r", &out->rsa_r }, { "kms", &out->rsa_kms } };
    json_t *rsa, *object;
    if (!tg_conversation_object(c, secrets, "rsa", &rsa))
        return false;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        tg_pk *pk;
        if (!tg_conversation_object(c, rsa, owners[i].name, &object))
            return tg_read_in(&c->r, "rsa", -1);
        const json_t *pem = tg_conversation_member(object, "pem");
        if (!pem)
            continue;
        if (!read_pem(c, pem, "pem", &pk)) {
            (void)tg_read_in(&c->r, owners[i].name, -1);
            return tg_read_in(&c->r, "rsa", -1);
        }
        *owners[i].out = pk;
    }
    return true;
}

bool tg_conversation_read_secrets(tg_conversation_reading *c, const json_t *root)
{
    tg_secrets *out = &c->out->known.secrets;
    const struct {
        const char *name;
        tg_bytes *out;
    } keys[] = { { "psk_i", &out->psk_i }, { "psk_r", &out->psk_r },         { "psk_kms", &out->psk_kms },
                 { "tpk", &out->tpk },     { "env_key_i", &out->env_key_i }, { "env_key_r", &out->env_key_r },
                 { "mpki", &out->mpki },   { "mpkr", &out->mpkr },           { "mpkr_forked", &out->mpkr_forked } };
    json_t *secrets;
    if (!tg_conversation_object(c, root, "secrets", &secrets))
        return false;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (!read_key(c, secrets, keys[i].name, keys[i].out))
            return tg_read_in(&c->r, "secrets", -1);
    }
    return read_rsa(c, secrets) || tg_read_in(&c->r, "secrets", -1);
}

/* ---- trust -------------------------------------------------------------------------------------------------- */

/* One text; every certificate in it is trusted. */
static bool read_trusted_text(tg_conversation_reading *c, const json_t *value, tg_pk **trust, size_t *num_certificates,
                              const char *name)
{
    tg_pk *pk;
    if (*num_certificates == TG_CERTIFICATES_MAX)
        return tg_read_fail(&c->r, TG_TOO_LARGE, name, "There are more than 64 certificates.");
    if (!read_pem(c, value, name, &pk))
        return false;
    if (!tg_pk_has_certificate(pk))
        return tg_read_fail(&c->r, TG_BAD_KEY, name, "There is no certificate in this text.");
    trust[c->out->known.num_trust++] = pk;
    for (size_t n = 0; tg_pk_certificate(pk, n).len > 0; n++)
        ++*num_certificates;
    return *num_certificates <= TG_CERTIFICATES_MAX ||
           tg_read_fail(&c->r, TG_TOO_LARGE, name, "There are more than 64 certificates.");
}

bool tg_conversation_read_trust(tg_conversation_reading *c, const json_t *root)
{
    json_t *value = tg_conversation_member(root, "trust");
    size_t num_certificates = 0;
    if (!value)
        return true;
    if (!json_is_string(value) && !json_is_array(value))
        return tg_conversation_refuse(c, "trust", "This must be a string of PEM, or an array of them.");
    tg_pk **trust = tg_read_alloc(&c->r, TG_CERTIFICATES_MAX, sizeof *trust);
    if (!trust)
        return false;
    c->out->known.has_trust = true;
    c->out->known.trust = trust;
    if (json_is_string(value))
        return read_trusted_text(c, value, trust, &num_certificates, "trust");
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!read_trusted_text(c, json_array_get(value, i), trust, &num_certificates, ""))
            return tg_read_in(&c->r, "trust", (long)i);
    }
    return true;
}

/* ---- subscribers -------------------------------------------------------------------------------------------- */

static bool read_impu(tg_conversation_reading *c, const json_t *value, tg_bytes *uids, size_t *num)
{
    if (!json_is_string(value))
        return tg_conversation_refuse(c, "", "This must be a string.");
    if (json_string_length(value) > TG_CONVERSATION_MAX_IMPU)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "", "This is too long.");
    tg_bytes impu = tg_arena_copy(c->r.arena, json_string_value(value), json_string_length(value));
    if (json_string_length(value) > 0 && !impu.data)
        return tg_read_fail(&c->r, TG_ARENA_FULL, "", "The memory given for the conversation is used up.");
    *num += tg_kms_uid(impu, c->r.arena, &uids[*num]); /* tel: and the like have no UID */
    return true;
}

static bool read_impus(tg_conversation_reading *c, const json_t *object, size_t *num_left, tg_subscriber *out)
{
    const json_t *array = tg_conversation_member(object, "impus");
    size_t num = json_array_size(array);
    if (array && !json_is_array(array))
        return tg_conversation_refuse(c, "impus", "This must be an array of strings.");
    if (num > *num_left)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "impus", "There are more than 65536 public identities.");
    *num_left -= num;
    if (num == 0)
        return true;
    tg_bytes *uids = tg_read_alloc(&c->r, num, sizeof *uids);
    if (!uids)
        return false;
    out->uids = uids;
    for (size_t i = 0; i < num; i++) {
        if (!read_impu(c, json_array_get(array, i), uids, &out->num_uids))
            return tg_read_in(&c->r, "impus", (long)i);
    }
    return true;
}

static bool read_subscriber(tg_conversation_reading *c, const json_t *object, size_t *num_left, tg_subscriber *out)
{
    if (!json_is_object(object))
        return tg_conversation_refuse(c, "", "A subscriber must be an object.");
    return tg_conversation_octets(c, object, "b_tid", TG_CONVERSATION_MAX_IMPU, &out->b_tid) &&
           read_key(c, object, "psk", &out->psk) && read_impus(c, object, num_left, out);
}

/* Makes the list a source that the judge can ask. */
static bool provide_subscribers(tg_conversation_reading *c, const tg_subscriber *subscribers, size_t num)
{
    tg_subscriber_list *list = tg_read_alloc(&c->r, 1, sizeof *list);
    tg_subscriber_source *source = tg_read_alloc(&c->r, 1, sizeof *source);
    if (!list || !source)
        return false;
    *list = (tg_subscriber_list){ subscribers, num };
    *source = tg_subscriber_list_source(list);
    c->out->known.subscribers = source;
    return true;
}

bool tg_conversation_read_subscribers(tg_conversation_reading *c, const json_t *root)
{
    const json_t *array = tg_conversation_member(root, "subscribers");
    size_t num = json_array_size(array), num_left = TG_CONVERSATION_MAX_IMPUS;
    if (!array)
        return true;
    if (!json_is_array(array))
        return tg_conversation_refuse(c, "subscribers", "This must be an array.");
    if (num > TG_CONVERSATION_MAX_SUBSCRIBERS)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "subscribers", "There are more than 65536 subscribers.");
    tg_subscriber *subscribers = tg_read_alloc(&c->r, num + 1, sizeof *subscribers);
    if (!subscribers)
        return false;
    for (size_t i = 0; i < num; i++) {
        if (!read_subscriber(c, json_array_get(array, i), &num_left, &subscribers[i]))
            return tg_read_in(&c->r, "subscribers", (long)i);
    }
    return provide_subscribers(c, subscribers, num);
}
