/* A conversation from its JSON: profile, time and messages; the rest is in conversation_known.c. */
#include "conversation.h"

json_t *tg_conversation_member(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0) ? NULL : value;
}

bool tg_conversation_refuse(tg_conversation_reading *c, const char *name, const char *reason)
{
    return tg_read_fail(&c->r, TG_BAD_CONVERSATION, name, reason);
}

bool tg_conversation_object(tg_conversation_reading *c, const json_t *object, const char *name, json_t **out)
{
    *out = tg_conversation_member(object, name);
    return !*out || json_is_object(*out) || tg_conversation_refuse(c, name, "This must be an object.");
}

bool tg_conversation_octets(tg_conversation_reading *c, const json_t *object, const char *name, size_t max,
                            tg_bytes *out)
{
    const json_t *value = tg_conversation_member(object, name);
    *out = tg_bytes_of(NULL, 0);
    if (!value)
        return true;
    if (!tg_read_hex_value(&c->r, value, name, out))
        return false;
    return out->len <= max || tg_read_fail(&c->r, TG_TOO_LARGE, name, "There are too many octets.");
}

/* A string without NUL; NULL when the member is left out. */
static bool read_text(tg_conversation_reading *c, const json_t *object, const char *name, const char **out)
{
    const json_t *value = tg_conversation_member(object, name);
    *out = NULL;
    if (!value)
        return true;
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
        return tg_conversation_refuse(c, name, "This must be a string.");
    *out = json_string_value(value);
    return true;
}

/* ---- profile ------------------------------------------------------------------------------------------------ */

static bool read_settings(tg_conversation_reading *c, json_t *settings)
{
    const char *name;
    json_t *value;
    json_object_foreach(settings, name, value)
    {
        const char *text;
        if (!read_text(c, settings, name, &text))
            return tg_read_in(&c->r, "settings", -1);
        if (text && !tg_setting_set(&c->out->known.profile.settings, name, text)) {
            (void)tg_conversation_refuse(c, name, "There is no such setting, or it has no such value.");
            return tg_read_in(&c->r, "settings", -1);
        }
    }
    return true;
}

static bool read_prot_types(tg_conversation_reading *c, json_t *prot_types)
{
    const char *name;
    json_t *value;
    json_object_foreach(prot_types, name, value)
    {
        uint32_t number;
        tg_prot kind;
        if (!tg_conversation_member(prot_types, name))
            continue;
        if (!tg_prot_from_name(name, &kind)) {
            (void)tg_conversation_refuse(c, name, "There is no such kind of Prot type.");
            return tg_read_in(&c->r, "prot_types", -1);
        }
        if (!tg_read_integer(&c->r, value, name, 0xff, &number))
            return tg_read_in(&c->r, "prot_types", -1);
        c->out->known.profile.prot_types[kind] = (int16_t)number;
    }
    return true;
}

static bool read_profile(tg_conversation_reading *c, const json_t *root, const tg_profile *instead)
{
    const char *name;
    json_t *settings, *prot_types;
    if (!read_text(c, root, "profile", &name) || !tg_conversation_object(c, root, "settings", &settings) ||
        !tg_conversation_object(c, root, "prot_types", &prot_types))
        return false;
    const tg_profile *profile = instead ? instead : tg_profile_find(name ? name : "rfc6043");
    if (!profile)
        return tg_conversation_refuse(c, "profile", "There is no such profile.");
    c->out->known.profile = *profile;
    return read_settings(c, settings) && read_prot_types(c, prot_types);
}

/* The one m-line that the key-mgmt attribute covers; who says so wants its rows judged. */
static bool read_m_line(tg_conversation_reading *c, const json_t *root)
{
    const char *name;
    if (!read_text(c, root, "mline", &name))
        return false;
    if (!name)
        return true;
    if (strcmp(name, "msrp") != 0 && strcmp(name, "bfcp") != 0)
        return tg_conversation_refuse(c, "mline", "This must be msrp or bfcp.");
    tg_m_line *m_line = tg_read_alloc(&c->r, 1, sizeof *m_line);
    if (!m_line)
        return false;
    *m_line = TG_M_LINE_TLS;
    c->out->known.profile.m_lines = true;
    c->out->known.has_m_lines = true;
    c->out->known.m_lines = m_line;
    c->out->known.num_m_lines = 1;
    return true;
}

/* ---- time --------------------------------------------------------------------------------------------------- */

#define UNIX_EPOCH INT64_C(2208988800)                    /* in NTP seconds */
#define NTP_END ((INT64_C(1) << 32) + (INT64_C(1) << 31)) /* 2104, RFC 4330 section 3 */

static bool read_now_text(tg_conversation_reading *c, const json_t *value)
{
    static const char reason[] = "This must be a number of seconds, or 16 hex digits.";
    uint8_t octets[8];
    size_t len = 0, error_at;
    if (json_string_length(value) != 16 ||
        tg_hex_decode(json_string_value(value), 16, octets, &len, &error_at) != TG_OK || len != sizeof octets)
        return tg_conversation_refuse(c, "now", reason);
    for (size_t i = 0; i < sizeof octets; i++)
        c->out->known.now = c->out->known.now << 8 | octets[i];
    return true;
}

static bool read_time(tg_conversation_reading *c, const json_t *root)
{
    tg_known *known = &c->out->known;
    const json_t *now = tg_conversation_member(root, "now"), *skew = tg_conversation_member(root, "skew");
    known->skew = TG_SKEW_DEFAULT;
    if (skew && !tg_read_integer(&c->r, skew, "skew", UINT32_MAX, &known->skew))
        return false;
    if (!now)
        return true;
    known->has_now = true;
    if (json_is_string(now))
        return read_now_text(c, now);
    json_int_t seconds = json_integer_value(now);
    if (!json_is_integer(now) || seconds < 0 || seconds >= NTP_END)
        return tg_conversation_refuse(c, "now", "This must be a whole number of seconds, or 16 hex digits.");
    known->now = (uint64_t)(seconds < UNIX_EPOCH ? seconds + UNIX_EPOCH : seconds) << 32; /* the era falls off */
    return true;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static bool read_about(tg_conversation_reading *c, const json_t *object, size_t index, tg_sent *out)
{
    const json_t *value = tg_conversation_member(object, "about");
    if (!value)
        return true;
    uint32_t about;
    if (!tg_read_integer(&c->r, value, "about", TG_CONVERSATION_MAX_MESSAGES, &about))
        return false;
    if (about >= index)
        return tg_conversation_refuse(c, "about", "This must be the index of a message before this one.");
    out->has_about = true;
    out->about = about;
    return true;
}

static bool read_message(tg_conversation_reading *c, const json_t *object, size_t index, tg_sent *out)
{
    const char *ex, *from;
    if (!json_is_object(object))
        return tg_conversation_refuse(c, "", "A message must be an object.");
    bool is_gap = c->options->with_gap && json_is_null(json_object_get(object, "hex"));
    if (!tg_conversation_member(object, "hex") && !is_gap)
        return tg_conversation_refuse(c, "hex", "This member is missing.");
    if (!read_text(c, object, "ex", &ex) || !read_text(c, object, "from", &from) ||
        !tg_conversation_octets(c, object, "hex", TG_CONVERSATION_MAX_MESSAGE, &out->octets))
        return false;
    if (from && !tg_sender_from_name(from, &out->from))
        return tg_conversation_refuse(c, "from", "This must be I, R or K.");
    if (ex && strlen(ex) > TG_CONVERSATION_MAX_EX)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "ex", "This is too long.");
    if (ex) {
        out->ex = (const char *)tg_arena_copy(c->r.arena, ex, strlen(ex) + 1).data;
        if (!out->ex)
            return tg_read_fail(&c->r, TG_ARENA_FULL, "ex", "The memory given for the conversation is used up.");
    }
    return read_about(c, object, index, out);
}

static bool read_messages(tg_conversation_reading *c, const json_t *root)
{
    const json_t *array = tg_conversation_member(root, "messages");
    size_t num = json_array_size(array);
    if (c->options->without_messages)
        return num == 0 || c->options->ignore_messages || tg_conversation_refuse(c, "messages", "There must be no messages here.");
    if (!array)
        return tg_conversation_refuse(c, "messages", "This member is missing.");
    if (!json_is_array(array))
        return tg_conversation_refuse(c, "messages", "This must be an array.");
    if (num > TG_CONVERSATION_MAX_MESSAGES)
        return tg_read_fail(&c->r, TG_TOO_LARGE, "messages", "There are more than 4096 messages.");
    tg_sent *sent = tg_read_alloc(&c->r, num + 1, sizeof *sent);
    if (!sent)
        return false;
    c->out->sent = sent;
    c->out->num_sent = num;
    for (size_t i = 0; i < num; i++) {
        if (!read_message(c, json_array_get(array, i), i, &sent[i]))
            return tg_read_in(&c->r, "messages", (long)i);
    }
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

bool tg_conversation_read_known(tg_conversation_reading *c, const json_t *root)
{
    if (!json_is_object(root))
        return tg_conversation_refuse(c, "", "A conversation must be an object.");
    return read_profile(c, root, c->options->profile) && read_m_line(c, root) && read_time(c, root) &&
           read_messages(c, root) && tg_conversation_read_identities(c, root) &&
           tg_conversation_read_secrets(c, root) && tg_conversation_read_trust(c, root) &&
           tg_conversation_read_subscribers(c, root);
}

/* Overwrites the strings of a value, to a depth that jansson keeps. */
void tg_json_wipe_strings(json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;
    if (json_is_string(value))
        tg_wipe((void *)(uintptr_t)json_string_value(value), json_string_length(value));
    json_object_foreach(value, name, member) tg_json_wipe_strings(member);
    json_array_foreach(value, i, member) tg_json_wipe_strings(member);
}

static tg_status fail(tg_diag *diag, tg_status status, size_t offset, const char *path)
{
    *diag = (tg_diag){ .status = status, .id = "", .offset = offset };
    memcpy(diag->path, path, strlen(path) + 1);
    return status;
}

tg_status tg_json_to_conversation(const char *json, size_t json_len, tg_crypto *crypto,
                                  const tg_json_conversation_options *options, tg_arena *arena,
                                  tg_json_conversation *out, tg_diag *diag, const char **reason)
{
    static const tg_json_conversation_options none = { 0 };
    tg_conversation_reading c = { .r = { .arena = arena, .reason = "" }, .crypto = crypto, .out = out };
    c.options = options ? options : &none;
    json_t *root = NULL;
    size_t error_at;
    *out = (tg_json_conversation){ 0 };
    tg_status status = tg_json_load(json, json_len, &root, &error_at, reason);
    if (status != TG_OK)
        return fail(diag, status, error_at, "");
    bool ok = tg_conversation_read_known(&c, root);
    tg_json_wipe_strings(json_object_get(root, "secrets"));
    tg_json_wipe_strings(json_object_get(root, "subscribers"));
    json_decref(root);
    if (ok)
        return TG_OK;
    tg_json_conversation_free(out);
    *reason = c.r.reason;
    return fail(diag, c.r.status == TG_BAD_TREE ? TG_BAD_CONVERSATION : c.r.status, 0, c.r.path);
}

void tg_json_conversation_free(tg_json_conversation *conversation)
{
    for (size_t i = 0; i < conversation->num_keys; i++)
        tg_pk_free(conversation->keys[i]);
    *conversation = (tg_json_conversation){ 0 };
}

size_t tg_json_conversation_arena_size(size_t json_len)
{
    /* Octets take half of their text, strings their length; each has at most an alignment. What is a structure is counted
     * by the limits, and takes some characters at the least. */
    const size_t align = alignof(max_align_t);
    size_t structures = TG_CONVERSATION_MAX_MESSAGES * (sizeof(tg_sent) + 2 * align) +
                        TG_CONVERSATION_MAX_SUBSCRIBERS * (sizeof(tg_subscriber) + 3 * align) +
                        TG_CONVERSATION_MAX_IMPUS * (sizeof(tg_bytes) + 2 * align);
    size_t by_text = json_len < SIZE_MAX / 64 ? json_len * 48 : SIZE_MAX / 2; /* `{},` is a subscriber */
    return (by_text < structures ? by_text : structures) + json_len * 2 + 4096 +
           TG_CERTIFICATES_MAX * 4 * sizeof(void *);
}
