#include "emit.h"

#include "text.h"

tg_emit tg_emit_of(tg_text *out, unsigned indent)
{
    tg_emit e = { out, indent, 0, 0, true };
    return e;
}

static void add_char(tg_emit *e, char c)
{
    tg_text_add(e->out, &c, 1);
}

static void new_line(tg_emit *e)
{
    size_t blanks = (size_t)e->indent * e->depth;
    char *place = tg_text_reserve(e->out, blanks + 1);
    if (!place)
        return;
    place[0] = '\n';
    memset(place + 1, ' ', blanks);
    tg_text_advance(e->out, blanks + 1);
}

void tg_emit_open(tg_emit *e, char bracket, bool flat)
{
    add_char(e, bracket);
    e->depth++;
    e->flat += flat;
    e->first = true;
}

void tg_emit_close(tg_emit *e, char bracket, bool flat)
{
    e->depth--;
    if (e->indent && !e->flat && !e->first)
        new_line(e);
    e->flat -= flat;
    add_char(e, bracket == '{' ? '}' : ']');
    e->first = false;
}

void tg_emit_item(tg_emit *e)
{
    if (!e->first)
        tg_text_add(e->out, ", ", e->indent && e->flat ? 2 : 1);
    if (e->indent && !e->flat)
        new_line(e);
    e->first = false;
}

void tg_emit_key(tg_emit *e, const char *name)
{
    tg_emit_item(e);
    size_t len = strlen(name);
    char *place = tg_text_reserve(e->out, len + 4);
    if (!place)
        return;
    place[0] = '"';
    memcpy(place + 1, name, len);
    place[len + 1] = '"';
    place[len + 2] = ':';
    place[len + 3] = ' ';
    tg_text_advance(e->out, len + 3 + (e->indent ? 1 : 0));
}

void tg_emit_number(tg_emit *e, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    tg_text_add(e->out, digits + at, sizeof digits - at);
}

void tg_emit_hex(tg_emit *e, tg_bytes bytes)
{
    char *place = bytes.len < SIZE_MAX / 8 ? tg_text_reserve(e->out, bytes.len * 2 + 2) : NULL;
    if (!place) {
        e->out->failed = true;
        return;
    }
    place[0] = '"';
    tg_hex_encode(bytes, place + 1); /* its NUL lands where the closing quote goes */
    place[bytes.len * 2 + 1] = '"';
    tg_text_advance(e->out, bytes.len * 2 + 2);
}

/* Length of the UTF-8 character at the front (Unicode 15.0 table 3-7), 0 when there is none. */
static size_t utf8_length(const uint8_t *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len > left)
        return 0;
    uint8_t low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

static void add_escaped(tg_emit *e, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* a character, and what stands for it */
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
        if ((uint8_t)shorts[i] == c) {
            char text[2] = { '\\', shorts[i + 1] };
            tg_text_add(e->out, text, 2);
            return;
        }
    }
    char text[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
    tg_text_add(e->out, text, 6);
}

void tg_emit_string(tg_emit *e, const char *string, size_t len)
{
    const uint8_t *s = (const uint8_t *)string;
    add_char(e, '"');
    size_t plain = 0; /* where the part begins that needs no change */
    for (size_t i = 0; i < len;) {
        size_t octets = utf8_length(s + i, len - i);
        bool escape = octets == 1 && (s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] == 0x7f);
        if (octets > 0 && !escape) {
            i += octets;
            continue;
        }
        tg_text_add(e->out, string + plain, i - plain);
        if (escape)
            add_escaped(e, s[i]);
        else
            tg_text_add(e->out, "\xef\xbf\xbd", 3);
        plain = ++i;
    }
    tg_text_add(e->out, string + plain, len - plain);
    add_char(e, '"');
}

void tg_json_add_string(const char *string, tg_text *out)
{
    tg_emit e = tg_emit_of(out, 0);
    tg_emit_string(&e, string, strlen(string));
}
