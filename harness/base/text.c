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

/* 1 and the value of a digit; 0 for all else, so that what is not listed is none. */
static const uint8_t base64_values[256] = {
    /* clang-format off */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 64,
    53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0, 0, 0, 0,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0,
    0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 0, 0, 0, 0, 0,
    /* clang-format on */
};

static int base64_digit(char c)
{
    return base64_values[(uint8_t)c] - 1;
}

/* Whole groups of four digits at the front, as long as nothing else stands between them: how many characters that were. */
static size_t decode_groups(const char *text, size_t text_len, uint8_t *out)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t i = 0;
    for (; text_len - i >= 4; i += 4, out += 3) {
        uint32_t a = base64_values[at[i]], b = base64_values[at[i + 1]], c = base64_values[at[i + 2]],
                 d = base64_values[at[i + 3]];
        if (a == 0 || b == 0 || c == 0 || d == 0)
            break;
        uint32_t group = (a << 18) + (b << 12) + (c << 6) + d - (1 << 18 | 1 << 12 | 1 << 6 | 1);
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
        int digit = base64_digit(text[i]);
        if (digit < 0 || padding)
            return refuse(TG_BAD_BASE64, i, error_at);
        group = group << 6 | (uint32_t)digit;
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
