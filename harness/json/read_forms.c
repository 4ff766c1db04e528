/* Octets that the tree shows by what they mean. */
#include "read_forms.h"

bool tg_read_policies(tg_read *r, const json_t *tree, const char *name, tg_bytes *out)
{
    const json_t *array = tg_read_required(r, tree, name);
    if (!array)
        return false;
    if (!json_is_array(array))
        return tg_read_fail(r, TG_BAD_TREE, name, "This must be an array of policy numbers.");
    size_t num = json_array_size(array);
    uint8_t *numbers = tg_read_alloc(r, num, 1);
    if (!numbers)
        return tg_read_in(r, name, -1);
    for (size_t i = 0; i < num; i++) {
        uint32_t number;
        if (!tg_read_integer(r, json_array_get(array, i), "", 0xff, &number))
            return tg_read_in(r, name, (long)i);
        numbers[i] = (uint8_t)number;
    }
    *out = tg_bytes_of(numbers, num);
    return true;
}

/* Hex, or what the octets mean for SRTP (RFC 6043 6.1.1); the object decides the length, not the S flag. */
bool tg_read_session_data(tg_read *r, const json_t *tree, const char *name, tg_bytes *out)
{
    const json_t *value = tg_read_required(r, tree, name);
    if (!value)
        return false;
    if (!json_is_object(value))
        return tg_read_hex_value(r, value, name, out);
    uint32_t ssrc, roc = 0, seq = 0;
    bool long_form = json_object_get(value, "roc") || json_object_get(value, "seq");
    if (!tg_read_number(r, value, "ssrc", UINT32_MAX, &ssrc))
        return tg_read_in(r, name, -1);
    if (long_form && (!tg_read_number(r, value, "roc", UINT32_MAX, &roc) ||
                      !tg_read_number(r, value, "seq", UINT16_MAX, &seq)))
        return tg_read_in(r, name, -1);
    uint8_t *octets = tg_read_alloc(r, 10, 1);
    if (!octets)
        return tg_read_in(r, name, -1);
    tg_writer w = tg_writer_of(octets, 10);
    tg_put_u32(&w, ssrc);
    if (long_form) {
        tg_put_u32(&w, roc);
        tg_put_u16(&w, seq);
    }
    *out = tg_bytes_of(octets, w.len);
    return true;
}

bool tg_read_sdp_ids(tg_read *r, const json_t *array, tg_bytes *out)
{
    static const char name[] = "sdp_ids";
    if (!json_is_array(array))
        return tg_read_fail(r, TG_BAD_TREE, name, "This must be an array of strings.");
    size_t num = json_array_size(array), len = num ? num - 1 : 0;
    for (size_t i = 0; i < num; i++) {
        const json_t *id = json_array_get(array, i);
        if (!json_is_string(id)) {
            (void)tg_read_fail(r, TG_BAD_TREE, "", "This must be a string.");
            return tg_read_in(r, name, (long)i);
        }
        for (size_t k = 0; k < json_string_length(id); k++) {
            const char c = json_string_value(id)[k];
            if (c < 0x20 || c > 0x7e) {
                (void)tg_read_fail(r, TG_BAD_TREE, "", "This must be printable ASCII; other data goes into data.");
                return tg_read_in(r, name, (long)i);
            }
        }
        len += json_string_length(id);
    }
    char *data = tg_read_alloc(r, len, 1);
    if (!data)
        return tg_read_in(r, name, -1);
    size_t at = 0;
    for (size_t i = 0; i < num; i++) {
        const json_t *id = json_array_get(array, i);
        if (i > 0)
            data[at++] = ';';
        if (json_string_length(id) > 0)
            memcpy(data + at, json_string_value(id), json_string_length(id));
        at += json_string_length(id);
    }
    *out = tg_bytes_of(data, len);
    return true;
}

bool tg_read_csb_id(tg_read *r, const json_t *value, tg_bytes *out)
{
    uint32_t csb_id;
    if (!tg_read_integer(r, value, "csb_id", UINT32_MAX, &csb_id))
        return false;
    uint8_t *octets = tg_read_alloc(r, 4, 1);
    if (!octets)
        return tg_read_in(r, "csb_id", -1);
    tg_writer w = tg_writer_of(octets, 4);
    tg_put_u32(&w, csb_id);
    *out = tg_bytes_of(octets, 4);
    return true;
}
