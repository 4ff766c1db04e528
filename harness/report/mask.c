/* Leaves out of a text what looks like a key. */
#include "out.h"

enum { MIN_HEX = 32, MIN_BASE64 = 22 }; /* a key of 16 octets */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_base64(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '_' ||
           c == '-';
}

/* "0x" or "\x" in front of a pair; of "\x" the backslash may stand before the text. */
static size_t prefix_length(const char *text)
{
    size_t at = text[0] == '0' || text[0] == '\\';
    return (text[at] == 'x' || text[at] == 'X') && is_hex(text[at + 1]) ? at + 1 : 0;
}

/* Digits of a group of pairs; 0 when it is none: a number, or the front of a word. */
static size_t group_length(const char *text)
{
    size_t len = 0;
    while (is_hex(text[len]))
        len++;
    bool word = (text[len] >= 'g' && text[len] <= 'z') || (text[len] >= 'G' && text[len] <= 'Z');
    return len % 2 || word ? 0 : len;
}

static size_t separator_length(const char *text)
{
    size_t len = text[0] == ',' && text[1] == ' ';
    return len + (text[len] == ' ' || text[len] == ':' || text[len] == '-' || text[len] == ',' || text[len] == '\n');
}

/* How much of the text is hex, with a separator between groups of pairs; *digits counts the digits. */
static size_t hex_length(const char *text, size_t *digits)
{
    size_t at = prefix_length(text), end = at, group = 0;
    while (is_hex(text[at + group])) /* the first one may be of any length */
        group++;
    for (*digits = 0; group > 0; group = at > end ? group_length(text + at) : 0) {
        *digits += group;
        end = at + group;
        at = end + separator_length(text + end);
        at += prefix_length(text + at);
    }
    return end;
}

static int kind_of(char c)
{
    return is_digit(c) ? 1 : c >= 'a' && c <= 'z' ? 2 : c >= 'A' && c <= 'Z' ? 3 : 0;
}

static bool is_change(char a, char b)
{
    return kind_of(a) != kind_of(b) && kind_of(a) && kind_of(b);
}

/* Octets in base64 go from capitals to small letters to digits every other character; words and paths do not. What
 * holds a key in hex behind other letters counts as well. */
static size_t base64_length(const char *text)
{
    size_t len = 0, changes = 0, hex = 0, most_hex = 0;
    for (; is_base64(text[len]); len++) {
        changes += len > 0 && is_change(text[len - 1], text[len]);
        hex = is_hex(text[len]) ? hex + 1 : 0;
        most_hex = hex > most_hex ? hex : most_hex;
    }
    return (len >= MIN_BASE64 && changes * 4 >= len) || most_hex >= MIN_HEX ? len : 0;
}

/* "://user:password@": from behind "://" up to and with the "@", as far as there is a password. */
static size_t password_length(const char *text)
{
    size_t len = strcspn(text, "/?# \t\r\n\"'<>");
    size_t at = len;
    while (at > 0 && text[at - 1] != '@')
        at--;
    return at > 1 && memchr(text, ':', at) ? at : 0;
}

typedef struct masked {
    char *out;
    size_t len, size;
} masked;

static void add(masked *m, const char *text, size_t len)
{
    size_t room = m->size - 1 - m->len;
    len = len < room ? len : room;
    memcpy(m->out + m->len, text, len);
    m->len += len;
}

/* The part of the text that is to be left out, or 0; *instead is what stands for it. */
static size_t secret_length(const char *begin, const char *at, const char **instead)
{
    size_t digits, len = hex_length(at, &digits);
    *instead = "[masked]";
    if (digits >= MIN_HEX)
        return len;
    len = base64_length(at);
    if (len)
        return len + strspn(at + len, "=");
    if (at == begin || strncmp(at - 1, "://", 3) != 0)
        return 0;
    *instead = "//[masked]@";
    len = password_length(at + 2);
    return len ? len + 2 : 0;
}

size_t tg_report_mask(const char *text, char *out, size_t size)
{
    masked m = { out, 0, size };
    const char *begin = text;
    if (size == 0)
        return 0;
    while (*text && m.len < size - 1) {
        const char *instead;
        size_t len = secret_length(begin, text, &instead);
        if (len) {
            add(&m, instead, strlen(instead));
            text += len;
            continue;
        }
        /* A run is looked at from its front alone: else the tail of a long word would be looked at again and again. */
        size_t plain = strcspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/_-");
        if (plain == 0) {
            while (is_base64(text[plain]))
                plain++;
        }
        add(&m, text, plain);
        text += plain;
    }
    m.out[m.len] = '\0';
    return m.len;
}
