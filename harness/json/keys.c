/* Files of keys for traces (vectors/TRACE.md section 3). */
#include "conversation.h"

enum { MAX_PARTICIPANTS = 65536, MAX_TEKS = 65536 };

static bool copy_text(tg_conversation_reading *c, const char *text, size_t len, const char *name, tg_bytes *out)
{
    if (len > TG_CONVERSATION_MAX_IMPU)
        return tg_read_fail(&c->r, TG_TOO_LARGE, name, "This is too long.");
    *out = tg_arena_copy(c->r.arena, text, len);
    return out->data || len == 0 || tg_read_fail(&c->r, TG_ARENA_FULL, name, "The memory given for the keys is used up.");
}

/* ---- participants ------------------------------------------------------------------------------------------- */

typedef struct listing {
    tg_json_participant *participants;
    size_t num;
} listing;

static bool read_uids(tg_conversation_reading *c, const json_t *array, tg_bytes conference, listing *list)
{
    if (!json_is_array(array))
        return tg_conversation_refuse(c, "", "This must be an array of strings.");
    if (json_array_size(array) > MAX_PARTICIPANTS - list->num)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "", "There are more than 65536 participants.");
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        tg_json_participant *out = &list->participants[list->num];
        if (!json_is_string(value)) {
            (void)tg_conversation_refuse(c, "", "This must be a string.");
            return tg_read_in(&c->r, "", (long)i);
        }
        if (!copy_text(c, json_string_value(value), json_string_length(value), "", &out->uid))
            return tg_read_in(&c->r, "", (long)i);
        out->conference = conference;
        list->num++;
    }
    return true;
}

static size_t num_uids(const json_t *value)
{
    size_t num = json_array_size(value);
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, name, member) num += json_array_size(member);
    return num;
}

static bool read_conferences(tg_conversation_reading *c, json_t *object, listing *list)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        tg_bytes conference;
        if (!copy_text(c, name, strlen(name), "", &conference) || !read_uids(c, value, conference, list))
            return tg_read_in(&c->r, "participants", -1);
    }
    return true;
}

static bool read_participants(tg_conversation_reading *c, const json_t *root, tg_json_keys *out)
{
    json_t *value = json_object_get(root, "participants");
    listing list = { NULL, 0 };
    if (!value || json_is_null(value))
        return true;
    if (!json_is_array(value) && !json_is_object(value))
        return tg_conversation_refuse(c, "participants", "This must be an array, or an object of arrays.");
    size_t num = num_uids(value);
    list.participants = num <= MAX_PARTICIPANTS ? tg_read_alloc(&c->r, num + 1, sizeof *list.participants) : NULL;
    if (!list.participants)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "participants", "There are more than 65536 participants.");
    bool ok = json_is_array(value) ? read_uids(c, value, tg_bytes_of(NULL, 0), &list) || tg_read_in(&c->r, "participants", -1)
                                   : read_conferences(c, value, &list);
    out->has_participants = ok;
    out->participants = list.participants;
    out->num_participants = list.num;
    return ok;
}

/* ---- session keys given directly ---------------------------------------------------------------------------- */

static bool read_tek(tg_conversation_reading *c, const json_t *object, tg_json_tek *out)
{
    uint32_t cs_id;
    if (!json_is_object(object))
        return tg_conversation_refuse(c, "", "This must be an object.");
    if (!tg_read_number(&c->r, object, "csb_id", UINT32_MAX, &out->csb_id) ||
        !tg_read_number(&c->r, object, "cs_id", UINT8_MAX, &cs_id) || !tg_read_hex(&c->r, object, "tek", &out->tek))
        return false;
    out->cs_id = (uint8_t)cs_id;
    return (out->tek.len > 0 && out->tek.len <= TG_CONVERSATION_MAX_KEY) ||
           tg_conversation_refuse(c, "tek", "A key has 1 to 256 octets.");
}

static bool read_teks(tg_conversation_reading *c, const json_t *root, tg_json_keys *out)
{
    const json_t *array = tg_conversation_member(root, "teks");
    size_t num = json_array_size(array);
    if (!array)
        return true;
    if (!json_is_array(array))
        return tg_conversation_refuse(c, "teks", "This must be an array of objects.");
    if (num > MAX_TEKS)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "teks", "There are more than 65536 keys.");
    tg_json_tek *teks = tg_read_alloc(&c->r, num + 1, sizeof *teks);
    if (!teks)
        return false;
    out->teks = teks;
    for (size_t i = 0; i < num; i++) {
        if (!read_tek(c, json_array_get(array, i), &teks[out->num_teks++]))
            return tg_read_in(&c->r, "teks", (long)i);
    }
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static bool read_keys(tg_conversation_reading *c, const json_t *object, tg_json_keys *out)
{
    c->out = &out->conversation;
    return tg_conversation_read_known(c, object) && read_participants(c, object, out) && read_teks(c, object, out);
}

static bool read_all(tg_conversation_reading *c, const json_t *root, tg_json_keys *out, size_t *num)
{
    if (!json_is_array(root)) {
        *num = 1;
        return read_keys(c, root, &out[0]);
    }
    if (json_array_size(root) > TG_JSON_MAX_KEYS)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "", "There are more than 64 sets of keys.");
    for (size_t i = 0; i < json_array_size(root); i++) {
        ++*num;
        if (!read_keys(c, json_array_get(root, i), &out[i]))
            return tg_read_in(&c->r, "", (long)i);
    }
    return true;
}

tg_status tg_json_to_keys(const char *json, size_t json_len, tg_crypto *crypto, const tg_profile *profile, tg_arena *arena,
                          tg_json_keys out[TG_JSON_MAX_KEYS], size_t *num, tg_diag *diag, const char **reason)
{
    static const tg_json_conversation_options without_messages = { .without_messages = true, .ignore_messages = true };
    tg_json_conversation_options options = without_messages;
    tg_conversation_reading c = { .r = { .arena = arena, .reason = "" }, .crypto = crypto, .options = &options };
    json_t *root = NULL;
    size_t error_at = 0;
    options.profile = profile;
    *num = 0;
    memset(out, 0, TG_JSON_MAX_KEYS * sizeof *out);
    *diag = (tg_diag){ .id = "" };
    diag->status = tg_json_load(json, json_len, &root, &error_at, reason);
    diag->offset = error_at;
    if (diag->status != TG_OK)
        return diag->status;
    bool ok = read_all(&c, root, out, num);
    tg_json_wipe_strings(root);
    json_decref(root);
    if (ok)
        return TG_OK;
    tg_json_keys_free(out, *num);
    *num = 0;
    *reason = c.r.reason;
    diag->status = c.r.status == TG_BAD_TREE ? TG_BAD_CONVERSATION : c.r.status;
    memcpy(diag->path, c.r.path, sizeof diag->path);
    return diag->status;
}

void tg_json_keys_free(tg_json_keys *keys, size_t num)
{
    for (size_t i = 0; i < num; i++)
        tg_json_conversation_free(&keys[i].conversation);
}

size_t tg_json_keys_arena_size(size_t json_len)
{
    /* Each set has its own room for certificates and RSA keys; what else there is takes text. */
    size_t sets = TG_JSON_MAX_KEYS * (4096 + TG_CERTIFICATES_MAX * 4 * sizeof(void *));
    return tg_json_conversation_arena_size(json_len) + sets + json_len * 32;
}
