/* The end of what a process wrote to standard error. */
#include <string.h>

#include "process.h"

void iut_tail_add(iut_tail *tail, const char *data, size_t len)
{
    if (len > IUT_TAIL) {
        tail->total += len - IUT_TAIL;
        data += len - IUT_TAIL;
        len = IUT_TAIL;
    }
    for (size_t i = 0; i < len; i++)
        tail->data[(tail->total + i) % IUT_TAIL] = data[i];
    tail->total += len;
}

/* Octets of the UTF-8 character that begins there; 0: none does. */
static size_t character(const unsigned char *text, size_t left)
{
    size_t len = text[0] < 0x80 ? 1 : text[0] >= 0xc2 && text[0] < 0xe0 ? 2 : (text[0] & 0xf0) == 0xe0 ? 3 : 0;
    if (text[0] >= 0xf0 && text[0] < 0xf5)
        len = 4;
    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    bool none = (text[0] == 0xed && text[1] >= 0xa0) || (text[0] == 0xf4 && text[1] >= 0x90); /* surrogates, beyond */
    bool control = text[0] == 0x7f || (text[0] < 0x20 && text[0] != '\n' && text[0] != '\t') ||
                   (text[0] == 0xc2 && text[1] < 0xa0);
    bool no_character = text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe; /* U+FFFE and U+FFFF: not in XML */
    return overlong || none || control || no_character ? 0 : len;
}

void iut_tail_text(const iut_tail *tail, char out[IUT_TAIL + 1])
{
    size_t len = tail->total < IUT_TAIL ? tail->total : IUT_TAIL;
    for (size_t i = 0; i < len; i++)
        out[i] = tail->data[(tail->total - len + i) % IUT_TAIL];
    out[len] = 0;
    char *line = tail->total > IUT_TAIL ? memchr(out, '\n', len) : NULL;
    if (line && line[1]) {
        len -= (size_t)(line + 1 - out);
        memmove(out, line + 1, len + 1);
    }
    for (size_t i = 0; i < len;) {
        size_t width = character((const unsigned char *)out + i, len - i);
        if (width == 0)
            out[i] = '?';
        i += width > 0 ? width : 1;
    }
}
