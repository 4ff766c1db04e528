/* XML bodies (conference-info, PIDF, resource-lists, reginfo): read as text, since it may be broken, and must stay as it is but for the words. */
#include <ctype.h>

#include "texts.h"
#include "words.h"

static size_t find(const char *text, size_t len, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= len; i++) {
        if (memcmp(text + i, what, n) == 0)
            return i;
    }
    return len;
}

/* A reference to a character would still be that character in other words: it becomes a blank. Those of XML itself stay (XML 1.0 4.6). How long it is; 0:
 * it is none, or another, which is a name like all others. */
static size_t reference(char *text, size_t len)
{
    static const char *const of_xml[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };
    size_t end = 1;
    for (size_t i = 0; i < sizeof of_xml / sizeof *of_xml; i++) {
        if (len >= strlen(of_xml[i]) && memcmp(text, of_xml[i], strlen(of_xml[i])) == 0)
            return strlen(of_xml[i]);
    }
    while (end < len && end < 12 && (isalnum((unsigned char)text[end]) || text[end] == '#'))
        end++;
    if (end >= len || text[end] != ';' || text[1] != '#')
        return 0;
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

static void scrub_text(tgp_names *names, char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        char *sign = memchr(text + at, '&', len - at);
        size_t end = sign ? (size_t)(sign - text) : len;
        tgp_names_text(names, text + at, end - at);
        at = end + (sign ? 1 : 0);
        size_t n = sign ? reference(sign, len - end) : 0;
        at = n > 0 ? end + n : at;
    }
}

/* Namespaces outside urn:ietf, urn:oma and urn:3gpp, the words of which are known like all others. */
static const char *const namespaces[] = {
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/2001/XMLSchema",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.opengis.net/gml",
    "http://www.opengis.net/pidflo/1.0",
};

/* Of xmlns and xsi:schemaLocation: namespaces and places of schemas, with blanks between. */
static void scrub_namespaces(tgp_names *names, char *text, size_t len)
{
    for (size_t at = 0, end; at < len; at = end) {
        bool known = false;
        while (at < len && isspace((unsigned char)text[at]))
            at++;
        for (end = at; end < len && !isspace((unsigned char)text[end]); end++)
            ;
        for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
            known |= end - at == strlen(namespaces[i]) && memcmp(text + at, namespaces[i], end - at) == 0;
        if (!known)
            tgs_scrub_words(names, text + at, end - at, true);
    }
}

/* The names in a tag are words of a standard, or become others, the same for the same, so that ends still fit. Values of attributes are texts. */
static void scrub_tag(tgp_names *names, char *tag, size_t len)
{
    for (size_t at = 0, next; at < len; at = next) {
        for (next = at; next < len && tag[next] != '"' && tag[next] != '\''; next++)
            ;
        size_t name = next; /* of the attribute in front of the value */
        while (name > at && !isspace((unsigned char)tag[name - 1]))
            name--;
        bool is_namespace = find(tag + name, next - name, "xmlns") < next - name ||
                            find(tag + name, next - name, "schemaLocation") < next - name;
        tgs_scrub_words(names, tag + at, next - at, false);
        if (next == len)
            return;
        char *close = memchr(tag + next + 1, tag[next], len - next - 1);
        size_t begin = next + 1, end = close ? (size_t)(close - tag) : len;
        (is_namespace ? scrub_namespaces : scrub_text)(names, tag + begin, end - begin);
        next = end + (close ? 1 : 0);
    }
}

/* Behind "<!" or "<?": where it ends. Of instructions the declaration alone says nothing of anybody. */
static size_t scrub_special(tgp_names *names, char *open, size_t len)
{
    bool is_comment = len >= 4 && memcmp(open, "<!--", 4) == 0, is_data = len >= 9 && memcmp(open, "<![CDATA[", 9) == 0,
         is_declaration = len >= 6 && memcmp(open, "<?xml", 5) == 0 && isspace((unsigned char)open[5]);
    size_t front = is_comment ? 4 : is_data ? 9 : is_declaration ? 5 : 2;
    const char *ends = is_comment ? "-->" : is_data ? "]]>" : open[1] == '?' ? "?>" : ">";
    size_t end = front + find(open + front, len - front, ends);
    if (is_data)
        tgp_names_text(names, open + front, end - front);
    else if (is_declaration)
        tgs_scrub_words(names, open + front, end - front, true);
    else
        tgp_scrub_blank(open + front, end - front);
    return end + (end < len ? strlen(ends) : 0);
}

/* Where a tag ends: ">" may stand in a value (XML 1.0 2.4); a value without an end goes to that of the line. */
static size_t tag_len(const char *open, size_t len)
{
    char quote = '\0';
    for (size_t i = 1; i < len; i++) {
        if (quote ? open[i] == '\n' : open[i] == '<')
            return i;
        if (!quote && open[i] == '>')
            return i + 1;
        if (open[i] == '"' || open[i] == '\'')
            quote = quote == open[i] ? '\0' : quote ? quote : open[i];
    }
    return len;
}

void tgp_scrub_xml(tgp_names *names, char *xml, size_t len)
{
    for (size_t at = 0; at < len;) {
        char *open = memchr(xml + at, '<', len - at);
        size_t begin = open ? (size_t)(open - xml) : len, left = len - begin;
        scrub_text(names, xml + at, begin - at);
        if (!open)
            return;
        if (left >= 2 && (open[1] == '!' || open[1] == '?')) {
            at = begin + scrub_special(names, open, left);
            continue;
        }
        size_t n = tag_len(open, left);
        scrub_tag(names, open, n);
        at = begin + n;
    }
}
