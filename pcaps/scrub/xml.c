/* XML bodies (conference-info, PIDF, resource-lists, reginfo): read as text, since it may be broken, and must stay as it is but for the words. */
#include <ctype.h>

#include "texts.h"

static size_t find(const char *text, size_t len, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= len; i++) {
        if (memcmp(text + i, what, n) == 0)
            return i;
    }
    return len;
}

/* A reference to a character would still be that character in other words: it becomes a blank. A named one stays. */
static size_t reference(char *text, size_t len)
{
    size_t end = 1;
    while (end < len && end < 12 && (isalnum((unsigned char)text[end]) || text[end] == '#'))
        end++;
    if (end >= len || text[end] != ';')
        return 0;
    if (text[1] != '#')
        return end <= 5 ? end + 1 : 0; /* &quot; and shorter ones */
    bool hex = end > 2 && (text[2] == 'x' || text[2] == 'X');
    size_t digits = hex ? 3 : 2;
    for (size_t i = digits; i < end; i++)
        text[i] = '0';
    if (end - digits >= 2)
        text[end - 2] = hex ? '2' : '3';
    if (end > digits)
        text[end - 1] = hex ? (end - digits >= 2 ? '0' : '9') : (end - digits >= 2 ? '2' : '9');
    return end + 1;
}

static void scrub_words(tgp_names *names, char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] >= 0x80)
            text[i] = 'x';
    }
    for (size_t at = 0; at < len;) {
        char *sign = memchr(text + at, '&', len - at);
        size_t end = sign ? (size_t)(sign - text) : len, n = 0;
        tgp_names_text(names, text + at, end - at);
        if (sign)
            n = reference(sign, len - end);
        at = end + (sign ? (n > 0 ? n : 1) : 0);
    }
}

/* The values of a tag's attributes; those of xmlns and of schemas stay. */
static void scrub_tag(tgp_names *names, char *tag, size_t len)
{
    size_t name = 0; /* where the name in front of the value begins */
    for (size_t at = 0; at < len; at++) {
        if (isspace((unsigned char)tag[at]))
            name = at + 1;
        if (tag[at] != '"' && tag[at] != '\'')
            continue;
        char *close = memchr(tag + at + 1, tag[at], len - at - 1);
        size_t end = close ? (size_t)(close - tag) : len;
        bool stays = find(tag + name, at - name, "xmlns") < at - name ||
                     find(tag + name, at - name, "schemaLocation") < at - name;
        if (!stays)
            scrub_words(names, tag + at + 1, end - at - 1);
        at = end;
    }
}

void tgp_scrub_xml(tgp_names *names, char *xml, size_t len)
{
    for (size_t at = 0; at < len;) {
        char *open = memchr(xml + at, '<', len - at);
        size_t begin = open ? (size_t)(open - xml) : len, left = len - begin;
        scrub_words(names, xml + at, begin - at);
        if (!open)
            return;
        if (left >= 2 && (open[1] == '!' || open[1] == '?')) {
            bool is_comment = left >= 4 && memcmp(open, "<!--", 4) == 0,
                 is_data = left >= 9 && memcmp(open, "<![CDATA[", 9) == 0,
                 is_declaration = left >= 5 && memcmp(open, "<?xml", 5) == 0;
            size_t front = is_comment ? 4 : is_data ? 9 : is_declaration ? left : 2;
            const char *ends = is_comment ? "-->" : is_data ? "]]>" : ">";
            size_t end = is_declaration ? find(open, left, ">") : front + find(open + front, left - front, ends);
            if (is_data)
                scrub_words(names, open + front, end - front);
            else if (!is_declaration)
                tgp_scrub_blank(open + front, end - front);
            at = begin + end + (end < left ? strlen(ends) : 0);
            continue;
        }
        char *close = memchr(open, '>', left);
        size_t end = close ? (size_t)(close - open) + 1 : left;
        scrub_tag(names, open, end);
        at = begin + end;
    }
}
