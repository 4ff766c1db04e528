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

/* They begin with so many numbers of so many digits, which stay. */
static const tgs_counted counted_fields[] = {
    { "CSeq", 1, 10 },      { "Max-Forwards", 1, 3 }, { "Content-Length", 1, 10 }, { "l", 1, 10 },
    { "Expires", 1, 7 },    { "Min-Expires", 1, 7 },  { "Session-Expires", 1, 7 }, { "x", 1, 7 },
    { "Min-SE", 1, 7 },     { "RSeq", 1, 10 },        { "RAck", 2, 10 },           { "Retry-After", 1, 7 },
    { "Timestamp", 4, 10 }, { "Byte-Range", 3, 10 },
};
/* Words of standards and common numbers: other words in them are changed. */
static const char *const kept_fields[] = {
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
    "Security-Client",
    "Security-Server",
    "Security-Verify",
    "Privacy",
    "P-Early-Media",
    "Transfer-Encoding",
    "Connection",
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

static const tgs_counted *counted_of(const char *name, size_t len)
{
    for (size_t i = 0; i < NUM(counted_fields); i++) {
        if (tgs_is_word(name, len, counted_fields[i].name))
            return &counted_fields[i];
    }
    return NULL;
}

static tgs_treatment treatment_of(const char *name, size_t len)
{
    if (tgs_is_word(name, len, "Event") || tgs_is_word(name, len, "o"))
        return NO_NUMBERS; /* "id" may be anything */
    if (tgs_is_word(name, len, "Date"))
        return DATE;
    if (counted_of(name, len))
        return COUNTED;
    if (tgs_is_one_of(name, len, kept_fields, NUM(kept_fields)))
        return WORDS;
    if (tgs_is_one_of(name, len, mime_fields, NUM(mime_fields)))
        return MIME;
    if (tgs_is_one_of(name, len, mapped_fields, NUM(mapped_fields)))
        return MAP;
    return tgs_is_one_of(name, len, blanked_fields, NUM(blanked_fields)) ? BLANK : BLANK_NAME_TOO;
}

/* "X-Somebodys-Field" becomes "X-xxxxxxxxx-xxxxx". */
static void scrub_name(char *name, size_t len)
{
    size_t from = len > 2 && name[1] == '-' ? 2 : 0;
    tgp_scrub_blank(name + from, len - from);
}

/* MSRP's "Status: 000 413 text" (RFC 4975 9): namespace and code stay, what follows is anybody's text. */
static bool scrub_status(const char *name, size_t name_len, char *text, size_t len)
{
    size_t at = 0, digits = 0;
    if (!tgs_is_word(name, name_len, "Status"))
        return false;
    while (at < len && digits < 6 && (isdigit((unsigned char)text[at]) || text[at] == ' '))
        digits += text[at++] != ' ';
    if (at < len && digits == 6 && isalnum((unsigned char)text[at]))
        at = 0;
    tgp_scrub_blank(text + at, len - at);
    return true;
}

/* A field with what of it is folded, from its name on. */
static void scrub_field(tgp_names *names, char *text, size_t len)
{
    char *colon = memchr(text, ':', len);
    size_t name = colon ? (size_t)(colon - text) : 0, value = colon ? name + 1 : 0;
    while (name > 0 && (text[name - 1] == ' ' || text[name - 1] == '\t'))
        name--;
    tgs_treatment how = colon && text[0] != ' ' && text[0] != '\t' ? treatment_of(text, name) : BLANK;
    if (how == BLANK)
        value = colon && name > 0 && text[0] != ' ' && text[0] != '\t' ? value : 0;
    if (how == BLANK_NAME_TOO)
        scrub_name(text, name);
    if (!scrub_status(text, name, text + value, len - value))
        tgs_scrub_value(names, how, counted_of(text, name), text + value, len - value);
}

/* Fields up to the empty line; where the body begins. */
size_t tgs_scrub_fields(tgp_names *names, char *text, size_t len)
{
    size_t at = 0, begin = 0;
    while (at < len) {
        line l = tgs_next_line(text + at, len - at);
        bool is_folded = at > begin && l.len > 0 && (l.text[0] == ' ' || l.text[0] == '\t');
        if (at > begin && !is_folded) {
            scrub_field(names, text + begin, at - begin);
            begin = at;
        }
        at += l.whole;
        if (l.len == 0)
            return at;
    }
    if (at > begin)
        scrub_field(names, text + begin, at - begin);
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
