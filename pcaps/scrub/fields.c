/* Lines, and header fields of SIP, HTTP and MSRP: line by line. Folded lines belong to the field before. */
#include <ctype.h>

#include "lines.h"
#include "words.h"

line tgs_next_line(char *text, size_t len)
{
    char *end = memchr(text, '\n', len);
    line out = { text, end ? (size_t)(end - text) : len, end ? (size_t)(end - text) + 1 : len };
    if (end && out.len > 0 && text[out.len - 1] == '\r')
        out.len--;
    return out;
}

bool tgs_is_word(const char *text, size_t len, const char *word)
{
    size_t n = 0;
    while (n < len && word[n] && tolower((unsigned char)text[n]) == tolower((unsigned char)word[n]))
        n++;
    return n == len && !word[n];
}

bool tgs_is_one_of(const char *text, size_t len, const char *const *words, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (tgs_is_word(text, len, words[i]))
            return true;
    }
    return false;
}

void tgp_scrub_blank(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        text[i] = isalnum(c) || c >= 0x80 || (c < ' ' && c != '\r' && c != '\n' && c != '\t') ? 'x' : (char)c;
    }
}

/* ---- header fields ------------------------------------------------------------------------------------------ */

/* Words of standards and numbers: other words in them are changed. */
static const char *const kept_fields[] = {
    "CSeq",
    "Max-Forwards",
    "Content-Length",
    "l",
    "Content-Transfer-Encoding",
    "Content-Encoding",
    "e",
    "MIME-Version",
    "Require",
    "Supported",
    "k",
    "Unsupported",
    "Proxy-Require",
    "Allow",
    "Allow-Events",
    "u",
    "Accept",
    "Accept-Encoding",
    "Subscription-State",
    "Expires",
    "Min-Expires",
    "Session-Expires",
    "x",
    "Min-SE",
    "RSeq",
    "RAck",
    "Security-Client",
    "Security-Server",
    "Security-Verify",
    "Privacy",
    "P-Early-Media",
    "Retry-After",
    "Transfer-Encoding",
    "Connection",
    "Date",
    "Timestamp",
    "Byte-Range",
    "Success-Report",
    "Failure-Report",
    "Status",
    "P-Asserted-Service",
    "P-Preferred-Service",
    "Recv-Info",
};
/* They hold names and addresses, which become others. */
static const char *const mapped_fields[] = {
    "Content-ID",
    "Via",
    "v",
    "From",
    "f",
    "To",
    "t",
    "Call-ID",
    "i",
    "Contact",
    "m",
    "Route",
    "Record-Route",
    "Path",
    "Service-Route",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "P-Called-Party-ID",
    "P-Associated-URI",
    "P-Charging-Vector",
    "P-Charging-Function-Addresses",
    "P-Visited-Network-ID",
    "P-Served-User",
    "Accept-Contact",
    "a",
    "Reject-Contact",
    "Referred-By",
    "b",
    "Refer-To",
    "r",
    "Reply-To",
    "History-Info",
    "Diversion",
    "Warning",
    "Replaces",
    "Join",
    "In-Reply-To",
    "Target-Dialog",
    "Host",
    "To-Path",
    "From-Path",
    "Use-Path",
    "Message-ID",
    "X-3GPP-Intended-Identity",
};
/* Their names are those of standards, and stay; what they say goes. A field that is in no list may be called after somebody. */
static const char *const blanked_fields[] = {
    "Subject",
    "s",
    "User-Agent",
    "Server",
    "Organization",
    "Authorization",
    "WWW-Authenticate",
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "Authentication-Info",
    "P-Access-Network-Info",
    "Cellular-Network-Info",
    "Geolocation",
    "Geolocation-Routing",
    "Call-Info",
    "Alert-Info",
    "Error-Info",
    "Reason",
    "Identity",
    "Identity-Info",
    "Session-ID",
    "Cookie",
    "Set-Cookie",
    "Location",
    "ETag",
    "SIP-ETag",
    "SIP-If-Match",
    "Accept-Language",
    "Content-Language",
    "Priority",
    "Resource-Priority",
    "P-User-Database",
    "P-Profile-Key",
    "P-Asserted-Service-Info",
    "Feature-Caps",
    "User-to-User",
    "Cache-Control",
    "Pragma",
    "Keep-Alive",
    "Content-MD5",
    "Content-Location",
    "Referer",
    "X-Forwarded-For",
    "Forwarded",
    "Origin",
    "Upgrade",
    "Info-Package",
    "h",
    "Content-Description",
};
#define NUM(list) (sizeof(list) / sizeof *(list))

/* Types and parameters: names of files are names, boundaries are changed where they stand in the body, too. */
static const char *const mime_fields[] = { "Content-Type", "c", "Content-Disposition" };

enum treatment { WORDS, NO_NUMBERS, MAP, BLANK, BLANK_NAME_TOO, MIME };

static enum treatment treatment_of(const char *name, size_t len)
{
    while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
        len--;
    if (tgs_is_word(name, len, "Event") || tgs_is_word(name, len, "o"))
        return NO_NUMBERS; /* "id" may be anything */
    if (tgs_is_one_of(name, len, kept_fields, NUM(kept_fields)))
        return WORDS;
    if (tgs_is_one_of(name, len, mime_fields, NUM(mime_fields)))
        return MIME;
    if (tgs_is_one_of(name, len, mapped_fields, NUM(mapped_fields)))
        return MAP;
    return tgs_is_one_of(name, len, blanked_fields, NUM(blanked_fields)) ? BLANK : BLANK_NAME_TOO;
}

/* "name=", "filename=" (RFC 8551 3.2.1, RFC 2183 2.3). */
static bool is_name_of_file(const char *text, size_t len)
{
    return (len >= 4 && tgs_is_word(text + len - 4, 4, "name")) ||
           (len >= 5 && tgs_is_word(text + len - 5, 5, "name*"));
}

static void scrub_mime(tgp_names *names, char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        char *semicolon = memchr(text + at, ';', len - at), *value;
        size_t end = semicolon ? (size_t)(semicolon - text) : len;
        while (at < end && (text[at] == ' ' || text[at] == '\t'))
            at++;
        value = memchr(text + at, '=', end - at);
        size_t name = value ? (size_t)(value - text) - at : 0, begin = at + name;
        if (value && tgs_is_word(text + at, name, "boundary"))
            tgs_scrub_runs(names, text + begin, end - begin);
        else if (value && is_name_of_file(text + at, name))
            tgp_names_text(names, text + begin, end - begin);
        else
            begin = end;
        tgs_scrub_words(names, text + at, begin == end ? end - at : name, true);
        at = end + 1;
    }
}

static void treat(tgp_names *names, enum treatment how, char *text, size_t len)
{
    if (how == MAP)
        tgp_names_text(names, text, len);
    else if (how == MIME)
        scrub_mime(names, text, len);
    else if (how == WORDS || how == NO_NUMBERS)
        tgs_scrub_words(names, text, len, how == WORDS);
    else
        tgp_scrub_blank(text, len);
}

/* A display name in quotes is a text, not words of a protocol: "Expires" is a surname, too. */
static void scrub_display_names(tgp_names *names, char *text, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        if (text[at] != '"')
            continue;
        size_t end = at + 1;
        while (end < len && text[end] != '"')
            end += text[end] == '\\' ? 2 : 1;
        for (size_t i = at + 1; i < end && i < len;) {
            size_t n = 0;
            while (i + n < end && i + n < len && isalnum((unsigned char)text[i + n]))
                n++;
            tgp_names_word(names, text + i, n);
            if (n == 0 && (unsigned char)text[i] >= 0x80)
                text[i] = 'x';
            i += n > 0 ? n : 1;
        }
        at = end;
    }
}

/* Text between two quotes has been done; the rest of the value has not. */
static void scrub_value(tgp_names *names, enum treatment how, char *text, size_t len)
{
    if (how != MAP) {
        treat(names, how, text, len);
        return;
    }
    for (size_t at = 0; at < len;) {
        char *quote = memchr(text + at, '"', len - at);
        size_t end = quote ? (size_t)(quote - text) : len;
        tgp_names_text(names, text + at, end - at);
        if (!quote)
            break;
        size_t close = end + 1;
        while (close < len && text[close] != '"')
            close += text[close] == '\\' ? 2 : 1;
        close = close < len ? close + 1 : len;
        scrub_display_names(names, text + end, close - end);
        at = close;
    }
}

/* "X-Somebodys-Field" becomes "X-xxxxxxxxx-xxxxx". */
static void scrub_name(char *name, size_t len)
{
    size_t from = len > 2 && name[1] == '-' ? 2 : 0;
    tgp_scrub_blank(name + from, len - from);
}

/* Fields up to the empty line; where the body begins. */
size_t tgs_scrub_fields(tgp_names *names, char *text, size_t len)
{
    enum treatment how = BLANK;
    size_t at = 0;
    while (at < len) {
        line l = tgs_next_line(text + at, len - at);
        at += l.whole;
        if (l.len == 0)
            break;
        const char *colon = memchr(l.text, ':', l.len);
        size_t value = 0;
        if (l.text[0] != ' ' && l.text[0] != '\t') {
            value = colon ? (size_t)(colon - l.text) + 1 : 0;
            how = colon ? treatment_of(l.text, value - 1) : BLANK;
            if (how == BLANK_NAME_TOO)
                scrub_name(l.text, value - 1);
        }
        scrub_value(names, how, l.text + value, l.len - value);
    }
    return at;
}

/* The value of a field, with what of it is folded; empty: there is none. */
line tgs_field_of(char *head, size_t len, const char *name, const char *compact)
{
    line found = { head, 0, 0 };
    for (size_t at = 0; at < len;) {
        line l = tgs_next_line(head + at, len - at);
        const char *colon = memchr(l.text, ':', l.len);
        bool is_folded = l.len > 0 && (l.text[0] == ' ' || l.text[0] == '\t');
        size_t n = colon ? (size_t)(colon - l.text) : 0;
        if (found.len > 0 && !is_folded)
            break;
        while (n > 0 && (l.text[n - 1] == ' ' || l.text[n - 1] == '\t'))
            n--;
        if (found.len > 0)
            found.len = (size_t)(l.text + l.len - found.text);
        else if (colon && !is_folded && (tgs_is_word(l.text, n, name) || tgs_is_word(l.text, n, compact)))
            found = (line){ head + (colon + 1 - head), (size_t)(l.text + l.len - (colon + 1)), 0 };
        at += l.whole;
    }
    return found;
}
