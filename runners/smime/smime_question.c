#include "smime_question.h"

#include <stdlib.h>

enum { KEYS_MAX = TG_SMIME_MAX_RECIPIENTS };

void smime_question_free(smime_question *q)
{
    if (q->octets)
        tg_wipe(q->octets, q->len);
    if (q->key_octets)
        tg_wipe(q->key_octets, q->key_octets_len);
    free(q->octets);
    free(q->key_octets);
    free(q->keys);
    *q = (smime_question){ .octets = NULL };
}

/* ---- members ------------------------------------------------------------------------------------------------ */

bool smime_question_profile(const char *name, const json_t *settings, tg_profile *out, const char **reason)
{
    const tg_profile *profile = name ? tg_profile_find(name) : NULL;
    const char *setting;
    json_t *value;
    *reason = "profile must be the name of a profile.";
    if (!profile)
        return false;
    *out = *profile;
    *reason = "settings must be an object of settings and values.";
    if (settings && !json_is_object(settings))
        return false;
    json_object_foreach((json_t *)(uintptr_t)settings, setting, value)
    {
        const char *text = json_string_value(value);
        if (!text || !tg_setting_set(&out->settings, setting, text))
            return false;
    }
    return true;
}

static bool read_form(const json_t *value, smime_form *out)
{
    const char *text = json_string_value(value);
    for (int i = 0; text && smime_form_names[i]; i++) {
        if (strcmp(text, smime_form_names[i]) == 0) {
            *out = (smime_form)i;
            return true;
        }
    }
    return false;
}

/* Hex digits alone, behind one another in `at`. */
static bool read_hex(const json_t *value, uint8_t **at, tg_bytes *out)
{
    size_t len = 0, error_at;
    if (!json_is_string(value) ||
        tg_hex_decode(json_string_value(value), json_string_length(value), *at, &len, &error_at) != TG_OK)
        return false;
    *out = tg_bytes_of(*at, len);
    *at += len;
    return true;
}

static bool is_aes_key(tg_bytes kek)
{
    return kek.len == 16 || kek.len == 24 || kek.len == 32;
}

static bool read_keys(smime_question *q, const json_t *keys)
{
    size_t num = json_array_size(keys), room = 1;
    if (!json_is_array(keys) || num > KEYS_MAX)
        return false;
    for (size_t i = 0; i < num; i++)
        room += json_string_length(json_object_get(json_array_get(keys, i), "id")) +
                json_string_length(json_object_get(json_array_get(keys, i), "kek"));
    q->keys = calloc(num + 1, sizeof *q->keys);
    q->key_octets = calloc(1, room);
    q->key_octets_len = room;
    uint8_t *at = q->key_octets;
    for (size_t i = 0; q->keys && at && i < num; i++) {
        const json_t *id = json_object_get(json_array_get(keys, i), "id");
        if ((!json_is_null(id) && !read_hex(id, &at, &q->keys[i].id)) ||
            !read_hex(json_object_get(json_array_get(keys, i), "kek"), &at, &q->keys[i].kek) ||
            !is_aes_key(q->keys[i].kek))
            return false;
    }
    q->num_keys = num;
    return q->keys && q->key_octets;
}

static bool read_octets(smime_question *q, const json_t *value)
{
    size_t error_at;
    q->octets = json_is_string(value) ? malloc(tg_hex_decoded_max(json_string_length(value)) + 1) : NULL;
    return q->octets &&
           tg_hex_decode(json_string_value(value), json_string_length(value), q->octets, &q->len, &error_at) == TG_OK;
}

static bool read_members(smime_question *q, verifying *v, const json_t *json, const char **reason)
{
    const json_t *unauthenticated = json_object_get(json, "allow_unauthenticated");
    const json_t *conversation = json_object_get(json, "conversation");
    *reason = "form must be cms, entity or sip.";
    if (!read_form(json_object_get(json, "form"), &q->ask.form))
        return false;
    *reason = "octets must be hex digits.";
    if (!read_octets(q, json_object_get(json, "octets")))
        return false;
    if (!smime_question_profile(json_string_value(json_object_get(json, "profile")), json_object_get(json, "settings"),
                                &q->profile, reason))
        return false;
    *reason = "keys must be an array of id and kek in hex digits, of 256 at the most; a KEK has 16, 24 or 32 octets.";
    if (!read_keys(q, json_object_get(json, "keys")))
        return false;
    *reason = "allow_unauthenticated must be true or false.";
    if (unauthenticated && !json_is_boolean(unauthenticated))
        return false;
    *reason = "conversation must be null, or the form sip.";
    if (conversation && !json_is_null(conversation) && q->ask.form != SMIME_FORM_SIP)
        return false;
    q->ask.octets = tg_bytes_of(q->octets, q->len);
    q->ask.profile = &q->profile;
    q->ask.how = (tg_smime_opening){ q->keys, q->num_keys, json_is_true(unauthenticated) };
    if (!conversation || json_is_null(conversation))
        return true;
    if (!smime_question_conversation(v, conversation, reason))
        return false;
    q->ask.conversation = &v->conversation;
    return true;
}

bool smime_question_read(smime_question *q, verifying *v, const json_t *json, const char **reason)
{
    *q = (smime_question){ .octets = NULL };
    bool ok = read_members(q, v, json, reason);
    if (!ok)
        smime_question_free(q);
    return ok;
}

bool smime_question_conversation(verifying *v, const json_t *conversation, const char **reason)
{
    tg_diag diag;
    char *text = json_dumps(conversation, JSON_COMPACT);
    *reason = "Memory ran out.";
    v->with_gap = true;
    bool ok = text && verifying_read(v, text, strlen(text), false, &diag, reason) == TG_OK;
    v->with_gap = false;
    if (text)
        tg_wipe(text, strlen(text));
    free(text);
    return ok;
}
