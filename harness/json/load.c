#include "load.h"

#include "shapes.h"

static const struct {
    enum json_error_code code;
    const char *reason;
} reasons[] = {
    { json_error_premature_end_of_input, "The text ends before the JSON value does." },
    { json_error_end_of_input_expected, "Something follows the JSON value." },
    { json_error_duplicate_key, "An object has the same member twice." },
    { json_error_numeric_overflow, "A number is too large." },
    { json_error_invalid_utf8, "The text is not UTF-8." },
    { json_error_null_byte_in_key, "A member's name holds a NUL." },
    { json_error_null_character, "A string holds a NUL." },
    { json_error_out_of_memory, "Memory ran out." },
};

static const char *reason_of(enum json_error_code code)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].code == code)
            return reasons[i].reason;
    }
    return "The text is not JSON.";
}

/* jansson recurses for each level and allocates for each value: both are counted before it begins. What is not JSON
 * may be counted wrongly; jansson refuses it then. */
static tg_status check_limits(const char *json, size_t json_len, size_t *error_at, const char **reason)
{
    size_t depth = 0, values = 0;
    bool in_string = false;
    for (size_t i = 0; i < json_len; i++) {
        char c = json[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        values += c == ',' || c == '{' || c == '[';
        if (depth > TG_JSON_MAX_DEPTH || values > TG_JSON_MAX_VALUES) {
            *error_at = i;
            bool too_deep = depth > TG_JSON_MAX_DEPTH;
            *reason = too_deep ? "Objects and arrays are nested too deeply." : "There are too many values.";
            return too_deep ? TG_TOO_DEEP : TG_TOO_LARGE;
        }
    }
    return TG_OK;
}

void tg_json_init(size_t seed)
{
    json_object_seed(seed);
}

tg_status tg_json_load(const char *json, size_t json_len, json_t **root, size_t *error_at, const char **reason)
{
    *error_at = 0;
    if (json_len > TG_JSON_MAX_SIZE) {
        *reason = "The text is too long.";
        return TG_TOO_LARGE;
    }
    tg_status status = check_limits(json, json_len, error_at, reason);
    if (status != TG_OK)
        return status;
    json_object_seed(0x7469636b); /* no effect after tg_json_init, or a call before */
    json_error_t error;
    *root = json_loadb(json ? json : "", json_len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (*root)
        return TG_OK;
    *error_at = error.position > 0 ? (size_t)error.position : 0;
    *reason = reason_of(json_error_code(&error));
    return json_error_code(&error) == json_error_out_of_memory ? TG_TOO_LARGE : TG_BAD_JSON;
}
