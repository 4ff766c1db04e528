/* Hex and base64 (RFC 4648 sections 4 and 8). */
#include "ticketgate/base.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static tg_status refuse(tg_status status, size_t at, size_t *error_at)
{
    *error_at = at;
    return status;
}

tg_status tg_hex_decode(const char *text, size_t text_len, uint8_t *out, size_t *out_len, size_t *error_at)
{
    size_t len = 0;
    int high = -1;
    for (size_t i = 0; i < text_len; i++) {
        if (is_white(text[i]))
            continue;
        int digit = hex_digit(text[i]);
        if (digit < 0)
            return refuse(TG_BAD_HEX, i, error_at);
        if (high < 0) {
            high = digit;
        } else {
            out[len++] = (uint8_t)(high << 4 | digit);
            high = -1;
        }
    }
    if (high >= 0)
        return refuse(TG_BAD_HEX, text_len, error_at); /* an odd number of digits */
    *out_len = len;
    return TG_OK;
}

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What a digit adds to a group of four, by its place there: its six bits, and above the 24 a bit which says that there is a digit. So four look-ups
 * and three ORs make a group and judge it; what is not listed is no digit. */
#define FOUR(c, v) [c] = { (v) << 18 | 1 << 24, (v) << 12 | 1 << 25, (v) << 6 | 1 << 26, (v) | 1 << 27 }
#define FOURS(c, v) FOUR(c, v), FOUR((c) + 1, (v) + 1), FOUR((c) + 2, (v) + 2), FOUR((c) + 3, (v) + 3)
static const uint32_t base64_places[256][4] = { FOURS('A', 0),  FOURS('E', 4),  FOURS('I', 8),  FOURS('M', 12),
                                                FOURS('Q', 16), FOURS('U', 20), FOUR('Y', 24),  FOUR('Z', 25),
                                                FOURS('a', 26), FOURS('e', 30), FOURS('i', 34), FOURS('m', 38),
                                                FOURS('q', 42), FOURS('u', 46), FOUR('y', 50),  FOUR('z', 51),
                                                FOURS('0', 52), FOURS('4', 56), FOUR('8', 60),  FOUR('9', 61),
                                                FOUR('+', 62),  FOUR('/', 63) };
#undef FOURS
#undef FOUR

/* Whole groups of four digits at the front, as long as nothing else stands between them: how many characters that were. */
static size_t decode_groups(const char *text, size_t text_len, uint8_t *out)
{
    size_t i = 0;
    for (; text_len - i >= 4; i += 4, out += 3) {
        const uint8_t *at = (const uint8_t *)text + i;
        uint32_t group =
            base64_places[at[0]][0] | base64_places[at[1]][1] | base64_places[at[2]][2] | base64_places[at[3]][3];
        if (group >> 24 != 15)
            break;
        out[0] = (uint8_t)(group >> 16);
        out[1] = (uint8_t)(group >> 8);
        out[2] = (uint8_t)group;
    }
    return i;
}

tg_status tg_base64_decode(const char *text, size_t text_len, uint8_t *out, size_t *out_len, size_t *error_at)
{
    size_t first = decode_groups(text, text_len, out);
    size_t len = first / 4 * 3, digits = first, padding = 0;
    uint32_t group = 0;
    for (size_t i = first; i < text_len; i++) {
        if (is_white(text[i]))
            continue;
        if (text[i] == '=') {
            if (++padding > 2)
                return refuse(TG_BAD_BASE64, i, error_at);
            continue;
        }
        uint32_t digit = base64_places[(uint8_t)text[i]][3];
        if (digit == 0 || padding)
            return refuse(TG_BAD_BASE64, i, error_at);
        group = group << 6 | (digit & 63);
        if (++digits % 4 == 0) {
            out[len++] = (uint8_t)(group >> 16);
            out[len++] = (uint8_t)(group >> 8);
            out[len++] = (uint8_t)group;
            group = 0;
        }
    }
    size_t rest = digits % 4;
    /* One digit is no octet; padding, when written, must fill the group; bits that no octet takes must be zero. */
    if (rest == 1 || (padding && rest + padding != 4) || (rest == 2 && group & 15) || (rest == 3 && group & 3))
        return refuse(TG_BAD_BASE64, text_len, error_at);
    if (rest == 2)
        out[len++] = (uint8_t)(group >> 4);
    if (rest == 3) {
        out[len++] = (uint8_t)(group >> 10);
        out[len++] = (uint8_t)(group >> 2);
    }
    *out_len = len;
    return TG_OK;
}

void tg_hex_encode(tg_bytes bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        *out++ = digits[bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    *out = '\0';
}

void tg_base64_encode(tg_bytes bytes, char *out)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes.data[i + 1] << 8;
        if (left > 2)
            group |= bytes.data[i + 2];
        *out++ = base64_alphabet[group >> 18];
        *out++ = base64_alphabet[group >> 12 & 63];
        *out++ = left > 1 ? base64_alphabet[group >> 6 & 63] : '=';
        *out++ = left > 2 ? base64_alphabet[group & 63] : '=';
    }
    *out = '\0';
}
