#include "smime_plain.h"

#include <stdlib.h>

#include "ticketgate/crypto.h"
#include "ticketgate/mime.h"

/* ---- is it text? -------------------------------------------------------------------------------------------- */

/* Octets of one character of UTF-8 (RFC 3629), or 0. */
static size_t utf8_length(const unsigned char *c, size_t left)
{
    size_t len = c[0] < 0x80                   ? 1
                 : c[0] >= 0xc2 && c[0] < 0xe0 ? 2
                 : (c[0] & 0xf0) == 0xe0       ? 3
                 : c[0] >= 0xf0 && c[0] < 0xf5 ? 4
                                               : 0;
    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    bool beyond = (c[0] == 0xed && c[1] >= 0xa0) || (c[0] == 0xf4 && c[1] >= 0x90);
    return overlong || beyond ? 0 : len;
}

/* UTF-8 without the control characters that no text has. */
static bool is_text(const input_text *text)
{
    const unsigned char *c = (const unsigned char *)text->data;
    size_t len = 0;
    for (size_t at = 0; at < text->len; at += len) {
        len = utf8_length(c + at, text->len - at);
        bool control = c[at] < 0x20 && c[at] != '\t' && c[at] != '\r' && c[at] != '\n' && c[at] != '\f';
        if (len == 0 || control || c[at] == 0x7f)
            return false;
    }
    return true;
}

/* ---- line ends ---------------------------------------------------------------------------------------------- */

static size_t with_crlf(const input_text *text, uint8_t *out)
{
    size_t len = 0;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->data[i];
        bool lone_lf = c == '\n' && (i == 0 || text->data[i - 1] != '\r');
        bool lone_cr = c == '\r' && (i + 1 == text->len || text->data[i + 1] != '\n');
        if (lone_lf)
            out[len++] = '\r';
        out[len++] = (uint8_t)c;
        if (lone_cr)
            out[len++] = '\n';
    }
    return len;
}

bool smime_plain_canonical(input_text *text)
{
    if (text->len == 0)
        return true;
    size_t max = 2 * text->len, len = 0;
    uint8_t *out = malloc(max);
    if (!out) {
        cli_complain("out of memory");
        return false;
    }
    tg_status status = tg_mime_canonical(tg_bytes_of(text->data, text->len), out, max, &len);
    if (status == TG_BAD_MIME) { /* no entity: what RFC 8551 says of text still holds where it is text */
        status = TG_OK;
        if (is_text(text))
            len = with_crlf(text, out);
        else
            memcpy(out, text->data, len = text->len);
    }
    if (status != TG_OK) {
        cli_complain("the text could not be brought to CRLF: %s (--binary keeps it as it is)", tg_status_text(status));
        tg_wipe(out, max);
        free(out);
        return false;
    }
    tg_wipe(text->data, text->len);
    free(text->data);
    text->data = (char *)out;
    text->len = len;
    return true;
}
