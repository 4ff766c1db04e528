/* Values of header fields: what of them stays. */
#include <ctype.h>

#include "lines.h"
#include "words.h"

#define NUM(list) (sizeof(list) / sizeof *(list))

/* Behind a text in quotes, of which `text` is the first. */
static size_t end_of_quoted(const char *text, size_t len)
{
    size_t at = 1;
    while (at < len && text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return at < len ? at + 1 : len;
}

/* Behind a comment, of which `text` is the first "(" (RFC 3261 25.1): they nest. */
static size_t end_of_comment(const char *text, size_t len)
{
    size_t at = 0, depth = 0;
    for (; at < len; at += text[at] == '\\' ? 2 : 1) {
        depth += text[at] == '(';
        depth -= text[at] == ')';
        if (depth == 0)
            return at + 1;
    }
    return len;
}

/* Words of standards; in quotes without numbers; comments are anybody's text. */
static void scrub_words(tgp_names *names, char *text, size_t len, bool numbers)
{
    for (size_t at = 0, next; at < len; at = next) {
        if (text[at] == '(') {
            next = at + end_of_comment(text + at, len - at);
            tgp_scrub_blank(text + at, next - at);
        } else if (text[at] == '"') {
            next = at + end_of_quoted(text + at, len - at);
            tgs_scrub_words(names, text + at, next - at, false);
        } else {
            for (next = at + 1; next < len && text[next] != '(' && text[next] != '"'; next++)
                ;
            tgs_scrub_words(names, text + at, next - at, numbers);
        }
    }
}

/* "1-25/25", "314159 INVITE": how much of the front is such numbers. */
static size_t numbers_in_front(const char *text, size_t len, const tgs_counted *how)
{
    size_t at = 0, end = 0;
    for (unsigned i = 0; i < how->numbers; i++) {
        size_t n = 0;
        while (at < len &&
               (strchr(" \t\r\n", text[at]) ? i == 0 || text[at] == ' ' : i > 0 && strchr("-/.", text[at]) != NULL))
            at++;
        while (at + n < len && isdigit((unsigned char)text[at + n]))
            n++;
        n += n == 0 && at < len && text[at] == '*'; /* of Byte-Range */
        if (n == 0 || n > how->digits)
            break;
        end = at += n;
    }
    return end == len || strchr(" \t\r\n;(", text[end]) ? end : 0;
}

static void scrub_counted(tgp_names *names, char *text, size_t len, const tgs_counted *how)
{
    size_t front = numbers_in_front(text, len, how);
    scrub_words(names, text + front, len - front, true);
}

/* "Sat, 13 Nov 2010 23:29:00 GMT" (RFC 3261 20.17), day and month being words that are known. */
static void scrub_date(tgp_names *names, char *text, size_t len)
{
    static const char form[] = "aaa, 99 aaa 9999 99:99:99 GMT";
    size_t at = 0, end = len;
    while (at < end && isspace((unsigned char)text[at]))
        at++;
    while (end > at && isspace((unsigned char)text[end - 1]))
        end--;
    bool is_date = end - at == sizeof form - 1 && tgs_is_known_word(text + at, 3, false) &&
                   tgs_is_known_word(text + at + 8, 3, false);
    for (size_t i = 0; is_date && i < sizeof form - 1; i++) {
        char c = text[at + i];
        is_date = form[i] == '9'   ? isdigit((unsigned char)c) != 0
                  : form[i] == 'a' ? isalpha((unsigned char)c) != 0
                                   : c == form[i];
    }
    if (!is_date)
        scrub_words(names, text, len, false);
}

/* ---- parameters --------------------------------------------------------------------------------------------- */

/* "name=", "filename=" (RFC 8551 3.2.1, RFC 2183 2.3); "start=" is a Content-ID (RFC 2387 3.2). */
static bool is_name(const char *text, size_t len)
{
    return (len >= 4 && tgs_is_word(text + len - 4, 4, "name")) ||
           (len >= 5 && tgs_is_word(text + len - 5, 5, "name*")) || tgs_is_word(text, len, "start");
}

/* Their values are numbers of a connection, or times (RFC 3329 2.2, TS 33.203 annex H). */
static const char *const counted_parameters[] = { "spi-c", "spi-s", "port-c", "port-s", "expires", "retry-after" };

static bool is_number(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && isdigit((unsigned char)text[n]))
        n++;
    while (n < len && isspace((unsigned char)text[n]))
        n++;
    return n == len && len <= 12;
}

static void scrub_parameter(tgp_names *names, char *text, size_t len, bool is_mime)
{
    char *sign = memchr(text, '=', len);
    size_t name = sign ? (size_t)(sign - text) : len, value = sign ? name + 1 : len, end = name;
    while (end > 0 && isspace((unsigned char)text[end - 1]))
        end--;
    if (is_mime && sign && tgs_is_word(text, end, "boundary")) {
        tgs_scrub_runs(names, text + value, len - value);
    } else if (is_mime && sign && is_name(text, end)) {
        tgp_names_text(names, text + value, len - value);
    } else if (is_mime || !sign || !tgs_is_one_of(text, end, counted_parameters, NUM(counted_parameters)) ||
               !is_number(text + value, len - value)) {
        scrub_words(names, text, len, true);
        return;
    }
    scrub_words(names, text, name, true);
}

/* Parts with ";" between, of lists with "," between; not in quotes, and not in comments. */
static void scrub_parameters(tgp_names *names, char *text, size_t len, bool is_mime)
{
    for (size_t at = 0, end; at < len; at = end + 1) {
        while (at < len && isspace((unsigned char)text[at]))
            at++;
        for (end = at; end < len && text[end] != ';' && text[end] != ',';)
            end += text[end] == '"'   ? end_of_quoted(text + end, len - end)
                   : text[end] == '(' ? end_of_comment(text + end, len - end)
                                      : 1;
        scrub_parameter(names, text + at, end - at, is_mime);
    }
}

/* ---- names and addresses ------------------------------------------------------------------------------------ */

/* Behind a text in quotes that has an end; 0: it has none, and the sign is one like others. */
static size_t whole_quoted(const char *text, size_t len)
{
    size_t at = 1;
    while (at < len && text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return at < len ? at + 1 : 0;
}

/* A display name is a text, not words of a protocol: "Expires" is a surname, too. It ends at "<" and begins at a comma, or in front. */
static void scrub_names(tgp_names *names, char *text, size_t len)
{
    bool quotes = true; /* there are texts in quotes to come */
    for (size_t at = 0, next; at < len; at = next) {
        size_t quoted = quotes && text[at] == '"' ? whole_quoted(text + at, len - at) : 0, end = at, name;
        quotes &= text[at] != '"' || quoted > 0;
        next = at + quoted;
        if (quoted > 0) {
            tgs_scrub_runs(names, text + at, quoted);
            continue;
        }
        while (end < len && !(quotes && text[end] == '"') && text[end] != '<')
            end++;
        for (name = end; end < len && text[end] == '<' && name > at && text[name - 1] != ',';)
            name--;
        tgp_names_text(names, text + at, name - at);
        tgs_scrub_runs(names, text + name, end - name);
        next = end;
        if (end < len && text[end] == '<') { /* the address itself */
            while (next < len && text[next] != '>')
                next++;
            tgp_names_text(names, text + end, next - end);
        }
        for (end = next; end < len && text[end] != ',' && !(quotes && text[end] == '"') && text[end] != '<';)
            end++;
        tgp_names_text(names, text + next, end - next); /* parameters */
        next = end;
    }
}

void tgs_scrub_value(tgp_names *names, tgs_treatment how, const tgs_counted *counted, char *text, size_t len)
{
    switch (how) {
    case MAP:
        scrub_names(names, text, len);
        return;
    case MIME:
    case WORDS:
        scrub_parameters(names, text, len, how == MIME);
        return;
    case NO_NUMBERS:
        scrub_words(names, text, len, false);
        return;
    case DATE:
        scrub_date(names, text, len);
        return;
    case COUNTED:
        scrub_counted(names, text, len, counted);
        return;
    default:
        tgp_scrub_blank(text, len);
        return;
    }
}
