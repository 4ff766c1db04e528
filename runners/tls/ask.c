#include "ask.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- reading ------------------------------------------------------------------------------------------------ */

typedef struct reading {
    tls_ask *ask;
    size_t used; /* of ask->memory */
    char *path;
    const char **reason;
} reading;

static bool refuse(const reading *r, const char *path, const char *reason)
{
    snprintf(r->path, 64, "%s", path);
    *r->reason = reason;
    return false;
}

/* Hex digits to octets in the memory of the ask, which is half as long as all text. */
static bool take_hex(reading *r, const char *path, const json_t *value, tg_bytes *out)
{
    size_t len = 0, error_at;
    uint8_t *octets = (uint8_t *)r->ask->memory + r->used;
    if (!json_is_string(value))
        return refuse(r, path, "This must be text.");
    if (tg_hex_decode(json_string_value(value), json_string_length(value), octets, &len, &error_at) != TG_OK)
        return refuse(r, path, "This is not hexadecimal.");
    r->used += len;
    *out = tg_bytes_of(octets, len);
    return true;
}

static bool take_profile(reading *r, const json_t *root, const verifying *v)
{
    const json_t *name = json_object_get(root, "profile"), *settings = json_object_get(root, "settings"), *value;
    const char *key, *text = json_is_string(name) ? json_string_value(name) : "ims-msrp-tls";
    const tg_profile *profile = v->profile ? v->profile : tg_profile_find(text);
    if (name && !json_is_null(name) && !json_is_string(name))
        return refuse(r, "profile", "This must be text.");
    if (!profile)
        return refuse(r, "profile", "There is no such profile.");
    r->ask->profile = *profile;
    if (settings && !json_is_null(settings) && !json_is_object(settings))
        return refuse(r, "settings", "This must be an object.");
    json_object_foreach((json_t *)(uintptr_t)settings, key, value)
    {
        if (!json_is_string(value) || !tg_setting_set(&r->ask->profile.settings, key, json_string_value(value)))
            return refuse(r, "settings", "There is no such setting, or it has no such value.");
    }
    for (size_t i = 0; i < v->num_settings; i++)
        (void)tg_setting_set(&r->ask->profile.settings, v->settings[i].name, v->settings[i].value);
    r->ask->known.profile = &r->ask->profile;
    return true;
}

static bool take_known(reading *r, const json_t *root)
{
    tg_tls_known *known = &r->ask->known;
    const json_t *transport = json_object_get(root, "transport"), *tek = json_object_get(root, "tek");
    const json_t *identity = json_object_get(root, "identity13");
    const char *name = json_is_string(transport) ? json_string_value(transport) : "";
    known->datagrams = strcmp(name, "dtls") == 0;
    if (!known->datagrams && strcmp(name, "tls") != 0)
        return refuse(r, "transport", "This must be tls or dtls.");
    known->has_tek = tek && !json_is_null(tek);
    if (known->has_tek && !take_hex(r, "tek", tek, &known->tek))
        return false;
    if (known->has_tek && (known->tek.len == 0 || known->tek.len > TLS_KEY_MAX))
        return refuse(r, "tek", "A TEK has 1 to 256 octets.");
    known->has_identity13 = identity && !json_is_null(identity);
    return !known->has_identity13 || take_hex(r, "identity13", identity, &known->identity13);
}

static bool take_segments(reading *r, const json_t *root)
{
    const json_t *list = json_object_get(root, "segments");
    size_t num = json_array_size(list);
    char path[64];
    if (!json_is_array(list))
        return refuse(r, "segments", "This must be an array.");
    if (num > TG_TLS_MAX_SEGMENTS)
        return refuse(r, "segments", "There are more than 65536.");
    r->ask->segments = calloc(num + 1, sizeof *r->ask->segments);
    if (!r->ask->segments)
        return refuse(r, "segments", "Memory ran out.");
    for (size_t i = 0; i < num; i++) {
        const json_t *segment = json_array_get(list, i), *from = json_object_get(segment, "from");
        const char *name = json_is_string(from) ? json_string_value(from) : "";
        snprintf(path, sizeof path, "segments[%zu].from", i);
        r->ask->segments[i].from_client = strcmp(name, "client") == 0;
        if (!r->ask->segments[i].from_client && strcmp(name, "server") != 0)
            return refuse(r, path, "This must be client or server.");
        snprintf(path, sizeof path, "segments[%zu].hex", i);
        if (!take_hex(r, path, json_object_get(segment, "hex"), &r->ask->segments[i].octets))
            return false;
    }
    r->ask->num = num;
    return true;
}

bool tls_ask_read(const char *json, size_t len, const verifying *v, tls_ask *out, char path[64], const char **reason)
{
    reading r = { .ask = out, .path = path, .reason = reason };
    *out = (tls_ask){ .num = 0 };
    path[0] = '\0';
    if (len > TLS_ASK_MAX_TEXT)
        return refuse(&r, "", "The text is longer than 48 MiB.");
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    out->memory_len = len / 2 + 1;
    out->memory = root ? calloc(1, out->memory_len) : NULL;
    bool ok = true;
    if (!json_is_object(root))
        ok = refuse(&r, "", "This is no JSON object.");
    else if (!out->memory)
        ok = refuse(&r, "", "Memory ran out.");
    ok = ok && take_profile(&r, root, v) && take_known(&r, root) && take_segments(&r, root);
    json_decref(root);
    if (!ok)
        tls_ask_free(out);
    return ok;
}

void tls_ask_free(tls_ask *ask)
{
    if (ask->memory)
        tg_wipe(ask->memory, ask->memory_len);
    free(ask->memory);
    free(ask->segments);
    *ask = (tls_ask){ .num = 0 };
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static void add(tg_text *out, const char *text)
{
    tg_text_add(out, text, strlen(text));
}

static void add_hex(tg_text *out, bool is_known, tg_bytes octets)
{
    char hex[2 * 1024 + 1];
    if (!is_known) {
        add(out, "null");
        return;
    }
    add(out, "\"");
    for (size_t i = 0; i < octets.len; i += 1024) {
        tg_hex_encode(tg_bytes_of(octets.data + i, octets.len - i < 1024 ? octets.len - i : 1024), hex);
        add(out, hex);
    }
    add(out, "\"");
    tg_wipe(hex, sizeof hex);
}

/* What differs from the built-in profile of the name; a profile of one's own has no name that others know. */
static void add_settings(const tg_profile *profile, tg_text *out)
{
    const tg_profile *built_in = tg_profile_find(profile->name);
    bool is_13 = profile->settings.tls_versions == TG_TLS_VERSIONS_TLS13;
    bool is_spi = profile->settings.tls13_identity == TG_TLS13_IDENTITY_SPI;
    add(out, "\"profile\":");
    tg_json_add_string(built_in ? profile->name : "ims-msrp-tls", out);
    add(out, ",\"settings\":{");
    if (is_13)
        add(out, "\"tls_versions\":\"tls13\"");
    if (is_spi)
        add(out, is_13 ? ",\"tls13_identity\":\"spi\"" : "\"tls13_identity\":\"spi\"");
    add(out, "},");
}

void tls_ask_add(const tg_tls_known *known, const tg_tls_segment *segments, size_t num, bool with_tek, tg_text *out)
{
    add(out, known->datagrams ? "{\"transport\":\"dtls\"," : "{\"transport\":\"tls\",");
    add_settings(known->profile, out);
    add(out, "\"tek\":");
    add_hex(out, known->has_tek && with_tek, known->tek);
    add(out, ",\"identity13\":");
    add_hex(out, known->has_identity13, known->identity13);
    add(out, ",\"segments\":[");
    for (size_t i = 0; i < num; i++) {
        add(out, i ? ",{\"from\":" : "{\"from\":");
        add(out, segments[i].from_client ? "\"client\",\"hex\":" : "\"server\",\"hex\":");
        add_hex(out, true, segments[i].octets);
        add(out, "}");
    }
    add(out, "]}\n");
}
