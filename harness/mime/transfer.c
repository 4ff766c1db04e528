/* GMime decodes what it can and is silent about the rest, so the body is checked here first. tg_base64_decode would take base64 without its
 * padding, which RFC 2045 6.8 does not allow, and looks every digit up by strchr, which a container of 64 MiB would feel; once checked,
 * GMime decodes it. */
#include "transfer.h"

#include "gmime.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static int base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Groups of four, the last filled with "=", and no bits that no octet takes. */
static bool base64_is_strict(tg_bytes text)
{
    size_t digits = 0, padding = 0;
    int last = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (is_blank(c) || c == '\r' || c == '\n')
            continue;
        if (c == '=') {
            if (++padding > 2)
                return false;
            continue;
        }
        int digit = base64_digit(c);
        if (digit < 0 || padding)
            return false;
        last = digit;
        digits++;
    }
    if ((digits + padding) % 4 != 0 || (padding && digits % 4 < 2))
        return false;
    return padding == 0 || (last & (padding == 1 ? 3 : 15)) == 0;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One line without its line end, and without blanks behind. False where it has what it cannot have; `soft`: it goes on in the next. */
static bool quoted_line(tg_bytes line, uint8_t *out, size_t *len, bool *soft)
{
    *soft = false;
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.data[i];
        if (c == '=' && i + 1 == line.len) {
            *soft = true;
            return true;
        }
        if (c == '=') {
            int high = hex_digit(line.data[i + 1]), low = i + 2 < line.len ? hex_digit(line.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            out[(*len)++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (is_blank(c) || (c > 32 && c < 127)) {
            out[(*len)++] = c;
        } else {
            return false;
        }
    }
    return true;
}

static bool quoted_decode(tg_bytes text, uint8_t *out, size_t *len)
{
    *len = 0;
    for (size_t from = 0, next; from < text.len; from = next) {
        bool soft;
        size_t end = tgm_line_end(text, from, &next), line_end = end;
        while (end > from && is_blank(text.data[end - 1])) /* padding on the way [RFC 2045 6.7 (3)] */
            end--;
        if (!quoted_line(tg_bytes_of(text.data + from, end - from), out, len, &soft))
            return false;
        if (soft && next == text.len) /* "=" is not the last of a body [6.7] */
            return false;
        for (size_t i = line_end; i < next && !soft; i++)
            out[(*len)++] = text.data[i];
    }
    return true;
}

tg_status tgm_transfer_decode(tg_bytes body, tg_mime_encoding encoding, tg_arena *arena, tg_bytes *out, bool *bad)
{
    bool base64 = encoding == TG_MIME_ENCODING_BASE64;
    *out = body;
    *bad = encoding == TG_MIME_ENCODING_UNKNOWN || (base64 && !base64_is_strict(body));
    if (*bad || (!base64 && encoding != TG_MIME_ENCODING_QUOTED_PRINTABLE) || body.len == 0)
        return TG_OK;
    size_t from = arena->used, len = 0;
    uint8_t *octets = tg_arena_alloc(arena, base64 ? tg_base64_decoded_max(body.len) : body.len);
    if (!octets)
        return TG_ARENA_FULL;
    if (base64) {
        len = tgm_gmime_base64(body, octets);
    } else if (!quoted_decode(body, octets, &len)) {
        *bad = true;
        arena->used = from;
        return TG_OK;
    }
    *out = tg_bytes_of(octets, len);
    return TG_OK;
}
