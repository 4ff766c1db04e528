#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "out.h"

void tg_out_octets(tg_out *out, const char *text, size_t len)
{
    if (!out->failed && len > 0)
        out->failed = !out->sink.write(out->sink.user, text, len);
}

void tg_out_text(tg_out *out, const char *text)
{
    tg_out_octets(out, text, strlen(text));
}

void tg_out_number(tg_out *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    tg_out_octets(out, digits + at, sizeof digits - at);
}

void tg_out_blanks(tg_out *out, size_t num)
{
    static const char blanks[] = "                ";
    for (size_t part; num > 0; num -= part) {
        part = num < sizeof blanks - 1 ? num : sizeof blanks - 1;
        tg_out_octets(out, blanks, part);
    }
}

/* Takes one character off the front: its code point, or U+FFFD for an octet that begins none. */
static uint32_t next_character(const uint8_t **at)
{
    const uint8_t *s = *at;
    *at = s + 1;
    if (s[0] < 0x80)
        return s[0];
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    uint32_t character = s[0] & (0xffu >> (len + 1));
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0xfffd;
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) /* the NUL at the end is none either */
            return 0xfffd;
        character = character << 6 | (s[i] & 0x3f);
    }
    static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    bool surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < lowest[len] || character > 0x10ffff || surrogate)
        return 0xfffd;
    *at = s + len;
    return character;
}

/* What stands for a character; NULL when it stands for itself. `room` is for text made up here. */
typedef const char *(*replacement_function)(uint32_t character, char room[8]);

/* Letters, digits and their like, which stand for themselves in every form: nearly all that is written. */
static bool is_plain(uint8_t octet)
{
#define EIGHT(c) [c] = 1, 1, 1, 1, 1, 1, 1, 1
    static const bool plain[256] = { /* those from ' ' to '~' but " & < > and the backslash */
                                     [' '] = 1,  ['!'] = 1,  ['#'] = 1,  ['$'] = 1,  ['%'] = 1,  ['\''] = 1, EIGHT('('),
                                     EIGHT('0'), ['8'] = 1,  ['9'] = 1,  [':'] = 1,  [';'] = 1,  ['='] = 1,  ['?'] = 1,
                                     EIGHT('@'), EIGHT('H'), EIGHT('P'), ['X'] = 1,  ['Y'] = 1,  ['Z'] = 1,  ['['] = 1,
                                     [']'] = 1,  ['^'] = 1,  ['_'] = 1,  EIGHT('`'), EIGHT('h'), EIGHT('p'), ['x'] = 1,
                                     ['y'] = 1,  ['z'] = 1,  ['{'] = 1,  ['|'] = 1,  ['}'] = 1,  ['~'] = 1
    };
#undef EIGHT
    return plain[octet];
}

/* The first that is not. */
static const uint8_t *behind_plain(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 4 && is_plain(at[0]) && is_plain(at[1]) && is_plain(at[2]) && is_plain(at[3]))
        at += 4;
    while (at < end && is_plain(*at))
        at++;
    return at;
}

/* What comes after `most` octets is left out. */
static void out_replaced(tg_out *out, const char *text, size_t most, replacement_function replacement)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + strnlen(text, most);
    const uint8_t *plain = at; /* where the part begins that stands for itself */
    for (;;) {
        at = behind_plain(at, end);
        if (at >= end)
            break;
        const uint8_t *start = at;
        char room[8];
        uint32_t character = next_character(&at);
        bool broken = character == 0xfffd && at - start == 1; /* U+FFFD itself has three octets */
        const char *instead = broken ? "\xef\xbf\xbd" : replacement(character, room);
        if (!instead)
            continue;
        tg_out_octets(out, (const char *)plain, (size_t)(start - plain));
        tg_out_text(out, instead);
        plain = at;
    }
    tg_out_octets(out, (const char *)plain, (size_t)(at - plain));
    if (*at)
        tg_out_text(out, " ...");
}

/* Turns the order of what is shown around, so that a reader sees another text than is there. */
static bool is_direction(uint32_t character)
{
    return (character >= 0x202a && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069) ||
           character == 0x200e || character == 0x200f || character == 0x061c;
}

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/* Noncharacters: no text holds them (Unicode 23.7), and not every reader takes them. */
static bool is_noncharacter(uint32_t character)
{
    return character == 0xfffe || character == 0xffff || (character >= 0xfdd0 && character <= 0xfdef);
}

static const char *for_terminal(uint32_t character, char room[8])
{
    (void)room;
    return is_control(character) || is_direction(character) || is_noncharacter(character) ? "?" : NULL;
}

static const char *for_json(uint32_t character, char room[8])
{
    static const char digits[] = "0123456789abcdef";
    if (character == '"')
        return "\\\"";
    if (character == '\\')
        return "\\\\";
    if (!is_control(character) && !is_direction(character) && !is_noncharacter(character))
        return NULL;
    memcpy(room, "\\u", 2);
    for (size_t i = 0; i < 4; i++)
        room[2 + i] = digits[character >> (12 - 4 * i) & 15];
    room[6] = '\0';
    return room;
}

static const char *for_xml(uint32_t character, char room[8])
{
    (void)room;
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;"; /* kept as it is in an attribute too */
    case '\t':
        return "&#9;";
    case 0xfffe:
    case 0xffff:
        return "";
    default:
        return is_control(character) || is_direction(character) ? "" : NULL;
    }
}

void tg_out_plain(tg_out *out, const char *text)
{
    out_replaced(out, tg_or_empty(text), SIZE_MAX, for_terminal);
}

void tg_out_json(tg_out *out, const char *text)
{
    out_replaced(out, tg_or_empty(text), SIZE_MAX, for_json);
}

void tg_out_json_cut(tg_out *out, const char *text, size_t most)
{
    out_replaced(out, tg_or_empty(text), most, for_json);
}

void tg_out_xml(tg_out *out, const char *text)
{
    out_replaced(out, tg_or_empty(text), SIZE_MAX, for_xml);
}

bool tg_report_write_escaped(const char *text, size_t most, tg_report_escape escape, tg_report_sink sink)
{
    static const replacement_function replacements[] = {
        [TG_ESCAPE_PLAIN] = for_terminal, [TG_ESCAPE_XML] = for_xml, [TG_ESCAPE_JSON] = for_json
    };
    tg_out out = { .sink = sink };
    out_replaced(&out, tg_or_empty(text), most, replacements[escape]);
    return !out.failed;
}

void tg_out_masked(tg_out *out, const char *text, void (*write)(tg_out *out, const char *text))
{
    char masked[TG_MASKED_MAX];
    (void)tg_report_mask(tg_or_empty(text), masked, sizeof masked);
    write(out, masked);
}

void tg_out_hex(tg_out *out, tg_bytes octets)
{
    char digits[2 * 256 + 1];
    for (size_t at = 0, part; at < octets.len && !out->failed; at += part) {
        part = octets.len - at < 256 ? octets.len - at : 256;
        tg_hex_encode(tg_bytes_of(octets.data + at, part), digits);
        tg_out_octets(out, digits, part * 2);
    }
}
