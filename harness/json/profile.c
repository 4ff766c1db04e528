/* A profile from its JSON file. What generate.py does with the built-in ones at build time, done for somebody's own. */
#include "load.h"

typedef struct profile_reading {
    tg_arena *arena;
    const char *reason;
} profile_reading;

static bool refuse(profile_reading *r, const char *reason)
{
    r->reason = reason;
    return false;
}

/* A string member; *out stays as it is when the member is absent. */
static bool read_string(profile_reading *r, const json_t *value, const char **out)
{
    if (!value)
        return true;
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
        return refuse(r, "A member that must be a string is none.");
    *out = json_string_value(value);
    return true;
}

static bool read_bool(profile_reading *r, const json_t *value, bool *out)
{
    if (value && !json_is_boolean(value))
        return refuse(r, "A member that must be true or false is neither.");
    if (value)
        *out = json_is_true(value);
    return true;
}

/* A catalogue id or null. Absent: stays as inherited. */
static bool read_row(profile_reading *r, const json_t *value, const tg_requirement **out)
{
    if (!value || json_is_null(value)) {
        *out = value ? NULL : *out;
        return true;
    }
    const char *id = "";
    if (!read_string(r, value, &id))
        return false;
    *out = tg_requirement_find(id);
    return *out || refuse(r, "The catalogue has no row with an id that is named here.");
}

/* A number of at most `max`; absent or null gives -1 where that is allowed. */
static bool read_integer(profile_reading *r, const json_t *value, int max, bool optional, int *out)
{
    *out = -1;
    if (optional && (!value || json_is_null(value)))
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
        return refuse(r, "A number is missing, or does not fit its field.");
    *out = (int)json_integer_value(value);
    return true;
}

/* ---- settings ----------------------------------------------------------------------------------------------- */

static bool read_settings(profile_reading *r, json_t *object, tg_settings *out)
{
    if (!object)
        return true;
    if (!json_is_object(object))
        return refuse(r, "The settings must be an object.");
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        const char *text = "";
        if (!read_string(r, value, &text))
            return false;
        if (!tg_setting_set(out, name, text))
            return refuse(r, "There is no such setting, or it has no such value.");
    }
    return true;
}

/* ---- prot types, tickets, flags ----------------------------------------------------------------------------- */

static bool read_prot_types(profile_reading *r, json_t *object, int16_t *out)
{
    if (!object)
        return true;
    if (!json_is_object(object))
        return refuse(r, "The Prot types must be an object.");
    for (int i = 0; i < TG_NUM_PROT_KINDS; i++)
        out[i] = -1;
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        tg_prot kind;
        int number;
        if (!tg_prot_from_name(name, &kind))
            return refuse(r, "There is no such kind of Prot type.");
        if (!read_integer(r, value, 0xff, false, &number))
            return false;
        out[kind] = (int16_t)number;
    }
    return true;
}

static bool read_ticket_format(profile_reading *r, const json_t *object, tg_ticket_format *out)
{
    int ticket_type, subtype, version;
    if (!json_is_object(object))
        return refuse(r, "A ticket format must be an object.");
    if (!read_integer(r, json_object_get(object, "ticket_type"), 0xffff, false, &ticket_type) ||
        !read_integer(r, json_object_get(object, "subtype"), 0xff, true, &subtype) ||
        !read_integer(r, json_object_get(object, "version"), 0xff, true, &version))
        return false;
    *out = (tg_ticket_format){ (uint16_t)ticket_type, (int16_t)subtype, (int16_t)version };
    return true;
}

static bool read_tickets(profile_reading *r, const json_t *array, tg_profile *out)
{
    if (!array)
        return true;
    if (!json_is_array(array) || json_array_size(array) > TG_PROFILE_MAX_TICKETS)
        return refuse(r, "The tickets must be an array of at most eight formats.");
    out->num_tickets = json_array_size(array);
    for (size_t i = 0; i < out->num_tickets; i++) {
        if (!read_ticket_format(r, json_array_get(array, i), &out->tickets[i]))
            return false;
    }
    return true;
}

static bool read_pinned_ticket(profile_reading *r, const json_t *object, tg_profile *out)
{
    if (!object)
        return true;
    memset(&out->pinned_ticket, 0, sizeof out->pinned_ticket);
    out->pinned_ticket.format = (tg_ticket_format){ 0, -1, -1 };
    return json_is_null(object) || (read_ticket_format(r, object, &out->pinned_ticket.format) &&
                                    read_row(r, json_object_get(object, "id"), &out->pinned_ticket.id));
}

static bool read_flags(profile_reading *r, json_t *object, tg_profile *out)
{
    if (!object)
        return true;
    if (!json_is_object(object))
        return refuse(r, "The flags must be an object.");
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        int flag;
        if (strlen(name) != 1 || name[0] < 'D' || name[0] > 'O')
            return refuse(r, "The flags are D to O.");
        size_t index = (size_t)(name[0] - 'D');
        out->flags[index].id = NULL; /* null takes an inherited rule away */
        if (json_is_null(value))
            continue;
        if (!read_integer(r, json_object_get(value, "value"), 1, false, &flag) ||
            !read_row(r, json_object_get(value, "id"), &out->flags[index].id))
            return false;
        out->flags[index].value = (uint8_t)flag;
    }
    return true;
}

static bool read_crypto_sessions(profile_reading *r, const json_t *object, tg_profile *out)
{
    if (!object)
        return true;
    memset(&out->crypto_sessions, 0, sizeof out->crypto_sessions);
    out->crypto_sessions.exactly = -1;
    if (json_is_null(object))
        return true;
    const json_t *kinds = json_object_get(object, "prot_types");
    if (!json_is_array(kinds))
        return refuse(r, "The Prot types of the crypto sessions must be an array.");
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        tg_prot kind;
        if (!tg_prot_from_name(json_string_value(json_array_get(kinds, i)), &kind))
            return refuse(r, "There is no such kind of Prot type.");
        out->crypto_sessions.allowed[kind] = true;
    }
    int exactly;
    if (!read_integer(r, json_object_get(object, "exactly"), INT16_MAX, true, &exactly))
        return false;
    out->crypto_sessions.exactly = (int16_t)exactly;
    return read_row(r, json_object_get(object, "id"), &out->crypto_sessions.id) &&
           read_row(r, json_object_get(object, "exactly_id"), &out->crypto_sessions.exactly_id);
}

/* ---- HTTP --------------------------------------------------------------------------------------------------- */

/* What stands in a request line or a header holds no blank and no control character. */
static bool is_http_text(const char *text, const char *name)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f || text[i] == '#')
            return false;
    }
    if (strcmp(name, "path") == 0 && (text[0] != '/' || strchr(text, '?')))
        return false;
    return len <= 256 && (len > 0 || strncmp(name, "query_", 6) == 0);
}

/* null takes away what is inherited. */
static bool read_http_text(profile_reading *r, const char *name, const json_t *value, const char **out)
{
    const char *text = NULL;
    *out = NULL;
    if (json_is_null(value))
        return true;
    if (!read_string(r, value, &text))
        return false;
    if (!is_http_text(text, name))
        return refuse(r, "A text of the HTTP mapping cannot stand where it is to stand.");
    *out = (const char *)tg_arena_copy(r->arena, text, strlen(text) + 1).data;
    return *out || refuse(r, "The memory given for the profile is used up.");
}

static bool read_http_body(profile_reading *r, const json_t *value, tg_http_mapping *out)
{
    const char *text = "";
    if (!json_is_null(value) && !read_string(r, value, &text))
        return false;
    out->body = strcmp(text, "raw") == 0      ? TG_HTTP_BODY_RAW
                : strcmp(text, "base64") == 0 ? TG_HTTP_BODY_BASE64
                                              : TG_HTTP_BODY_UNSAID;
    return json_is_null(value) || out->body != TG_HTTP_BODY_UNSAID || refuse(r, "The body is raw or base64.");
}

static bool read_http(profile_reading *r, json_t *object, tg_http_mapping *out)
{
    const struct {
        const char *name, **out;
    } texts[] = { { "path", &out->path },
                  { "query_request", &out->query_request },
                  { "query_resolve", &out->query_resolve },
                  { "content_type", &out->content_type } };
    const char *name;
    json_t *value;
    if (object && !json_is_object(object))
        return refuse(r, "The HTTP mapping must be an object.");
    json_object_foreach(object, name, value) {
        size_t i = 0;
        while (i < sizeof texts / sizeof texts[0] && strcmp(name, texts[i].name) != 0)
            i++;
        bool is_body = strcmp(name, "body") == 0;
        if (i == sizeof texts / sizeof texts[0] && !is_body)
            return refuse(r, "The HTTP mapping has a member that it does not have.");
        if (!(is_body ? read_http_body(r, value, out) : read_http_text(r, name, value, texts[i].out)))
            return false;
    }
    return true;
}

/* ---- indications of e2ae security ---- */

static bool is_token(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 64 &&
           strspn(text, "!#$%&'*+.^_`{|}~-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == len;
}
static bool read_indication(profile_reading *r, const json_t *value, const char **out)
{
    const char *text = NULL;
    *out = NULL;
    if (json_is_null(value))
        return true;
    if (!read_string(r, value, &text))
        return false;
    if (!is_token(text))
        return refuse(r, "An indication is a token of at most 64 characters.");
    *out = (const char *)tg_arena_copy(r->arena, text, strlen(text) + 1).data;
    return *out || refuse(r, "The memory given for the profile is used up.");
}
static bool read_indications(profile_reading *r, json_t *object, tg_indications *out)
{
    const struct {
        const char *name, **out;
    } texts[] = {
#define ROW(member) { #member, &out->member },
        TG_INDICATIONS(ROW)
#undef ROW
    };
    const char *name;
    json_t *value;
    if (object && !json_is_object(object))
        return refuse(r, "The indications must be an object.");
    json_object_foreach(object, name, value) {
        size_t i = 0;
        while (i < sizeof texts / sizeof texts[0] && strcmp(name, texts[i].name) != 0)
            i++;
        if (i == sizeof texts / sizeof texts[0])
            return refuse(r, "The indications have a member that they do not have.");
        if (!read_indication(r, value, texts[i].out))
            return false;
    }
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static bool read_names(profile_reading *r, const json_t *root, tg_profile *out)
{
    const char *name = NULL, *title = NULL;
    if (!read_string(r, json_object_get(root, "profile"), &name) ||
        !read_string(r, json_object_get(root, "title"), &title))
        return false;
    if (!name || !name[0] || strlen(name) >= sizeof out->name)
        return refuse(r, "The profile has no name, or one that is too long.");
    memcpy(out->name, name, strlen(name) + 1);
    if (!title)
        return true;
    tg_bytes copy = tg_arena_copy(r->arena, title, strlen(title) + 1);
    out->title = (const char *)copy.data;
    return copy.data || refuse(r, "The memory given for the profile is used up.");
}

static bool read_parent(profile_reading *r, const json_t *root, tg_profile *out)
{
    *out = (tg_profile){ .title = "" };
    for (int i = 0; i < TG_NUM_PROT_KINDS; i++)
        out->prot_types[i] = -1;
    out->crypto_sessions.exactly = -1;
    out->pinned_ticket.format = (tg_ticket_format){ 0, -1, -1 };
    const json_t *value = json_object_get(root, "extends");
    const char *name = NULL;
    if (!value || json_is_null(value))
        return true;
    if (!read_string(r, value, &name))
        return false;
    const tg_profile *parent = tg_profile_find(name);
    if (!parent)
        return refuse(r, "The profile extends one that is not built in.");
    *out = *parent;
    return true;
}

/* A member spelt wrongly would be a check that never fires. */
static bool check_members(profile_reading *r, json_t *root)
{
    static const char *const members[] = {
        "profile", "extends", "title", "settings", "prot_types", "tickets", "pinned_ticket", "flags",
        "crypto_sessions", "generic_id", "always_forked", "transfer_resp_idrr", "srtcp_integrity", "no_tgk",
        "m_lines", "kms_uids", "http", "indications",
    };
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value) {
        size_t i = 0;
        while (i < sizeof members / sizeof members[0] && strcmp(name, members[i]) != 0)
            i++;
        if (i == sizeof members / sizeof members[0])
            return refuse(r, "The profile has a member that profiles do not have.");
    }
    return true;
}

static bool read_profile(profile_reading *r, json_t *root, tg_profile *out)
{
    if (!json_is_object(root))
        return refuse(r, "A profile must be an object.");
    if (!check_members(r, root))
        return false;
    return read_parent(r, root, out) && read_names(r, root, out) &&
           read_settings(r, json_object_get(root, "settings"), &out->settings) &&
           read_prot_types(r, json_object_get(root, "prot_types"), out->prot_types) &&
           read_tickets(r, json_object_get(root, "tickets"), out) &&
           read_pinned_ticket(r, json_object_get(root, "pinned_ticket"), out) &&
           read_flags(r, json_object_get(root, "flags"), out) &&
           read_crypto_sessions(r, json_object_get(root, "crypto_sessions"), out) &&
           read_row(r, json_object_get(root, "generic_id"), &out->generic_id) &&
           read_row(r, json_object_get(root, "transfer_resp_idrr"), &out->transfer_resp_idrr) &&
           read_row(r, json_object_get(root, "srtcp_integrity"), &out->srtcp_integrity) &&
           read_row(r, json_object_get(root, "no_tgk"), &out->no_tgk) &&
           read_bool(r, json_object_get(root, "always_forked"), &out->always_forked) &&
           read_bool(r, json_object_get(root, "m_lines"), &out->m_lines) &&
           read_bool(r, json_object_get(root, "kms_uids"), &out->kms_uids) &&
           read_http(r, json_object_get(root, "http"), &out->http) &&
           read_indications(r, json_object_get(root, "indications"), &out->indications);
}

tg_status tg_json_to_profile(const char *json, size_t json_len, tg_arena *arena, tg_profile *out, const char **reason)
{
    profile_reading r = { arena, NULL };
    json_t *root = NULL;
    size_t error_at;
    tg_status status = tg_json_load(json, json_len, &root, &error_at, reason);
    if (status != TG_OK)
        return status;
    bool ok = read_profile(&r, root, out);
    json_decref(root);
    if (!ok)
        *reason = r.reason;
    return ok ? TG_OK : TG_BAD_PROFILE;
}
