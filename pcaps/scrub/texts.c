/* SIP, HTTP and MSRP: line by line. Folded lines belong to the field before. */
#include "texts.h"

#include <ctype.h>

typedef struct line {
    char *text;
    size_t len;  /* without its end */
    size_t whole; /* with it */
} line;

static line next_line(char *text, size_t len)
{
    char *end = memchr(text, '\n', len);
    line out = { text, end ? (size_t)(end - text) : len, end ? (size_t)(end - text) + 1 : len };
    if (end && out.len > 0 && text[out.len - 1] == '\r')
        out.len--;
    return out;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    size_t n = 0;
    while (n < len && word[n] && tolower((unsigned char)text[n]) == tolower((unsigned char)word[n]))
        n++;
    return n == len && !word[n];
}

static bool is_one_of(const char *text, size_t len, const char *const *words, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (is_word(text, len, words[i]))
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

/* They say nothing of anybody. */
static const char *const kept_fields[] = {
    "CSeq", "Max-Forwards", "Content-Length", "l", "Content-Type", "c", "Content-Transfer-Encoding", "Content-Disposition", "Content-Encoding", "e", "MIME-Version",
    "Require", "Supported", "k", "Unsupported", "Proxy-Require", "Allow", "Allow-Events", "u", "Accept", "Accept-Encoding", "Event", "o", "Subscription-State",
    "Expires", "Min-Expires", "Session-Expires", "x", "Min-SE", "RSeq", "RAck", "Security-Client", "Security-Server", "Security-Verify", "Privacy",
    "P-Early-Media", "Retry-After", "Transfer-Encoding", "Connection", "Date", "Timestamp",
};
/* They hold names and addresses, which become others. */
static const char *const mapped_fields[] = {
    "Via", "v", "From", "f", "To", "t", "Call-ID", "i", "Contact", "m", "Route", "Record-Route", "Path", "Service-Route", "P-Asserted-Identity",
    "P-Preferred-Identity", "P-Called-Party-ID", "P-Associated-URI", "P-Charging-Vector", "P-Charging-Function-Addresses", "P-Visited-Network-ID",
    "P-Served-User", "P-Asserted-Service", "P-Preferred-Service", "Accept-Contact", "a", "Reject-Contact", "Referred-By", "b", "Refer-To", "r", "Reply-To", "History-Info",
    "Diversion", "Warning", "Replaces", "Join", "In-Reply-To", "Target-Dialog", "Host", "To-Path", "From-Path", "Message-ID", "X-3GPP-Intended-Identity",
};
#define NUM(list) (sizeof(list) / sizeof *(list))

enum treatment { KEEP, MAP, BLANK };

static enum treatment treatment_of(const char *name, size_t len)
{
    while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
        len--;
    if (is_one_of(name, len, kept_fields, NUM(kept_fields)))
        return KEEP;
    return is_one_of(name, len, mapped_fields, NUM(mapped_fields)) ? MAP : BLANK;
}

static void treat(tgp_names *names, enum treatment how, char *text, size_t len)
{
    if (how == MAP)
        tgp_names_text(names, text, len);
    else if (how == BLANK)
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

/* Fields up to the empty line; where the body begins. */
static size_t scrub_fields(tgp_names *names, char *text, size_t len)
{
    enum treatment how = BLANK;
    size_t at = 0;
    while (at < len) {
        line l = next_line(text + at, len - at);
        at += l.whole;
        if (l.len == 0)
            break;
        const char *colon = memchr(l.text, ':', l.len);
        size_t value = 0;
        if (l.text[0] != ' ' && l.text[0] != '\t') {
            value = colon ? (size_t)(colon - l.text) + 1 : 0;
            how = colon ? treatment_of(l.text, value - 1) : BLANK;
        }
        scrub_value(names, how, l.text + value, l.len - value);
    }
    return at;
}

/* ---- SIP ---------------------------------------------------------------------------------------------------- */

/* Of a request the Request-URI; of a response nothing: its reason is a phrase of a standard, or a text of somebody's. */
static void scrub_start_line(tgp_names *names, char *text, size_t len)
{
    char *space = memchr(text, ' ', len);
    if (!space)
        return;
    size_t at = (size_t)(space - text) + 1, end = len;
    if (len > 4 && memcmp(text, "SIP/", 4) == 0)
        return;
    while (end > at && text[end - 1] != ' ')
        end--;
    if (end > at)
        tgp_names_text(names, text + at, end - 1 - at);
}

static bool has_text(const char *text, size_t len, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= len; i++) {
        if (is_word(text + i, n, what))
            return true;
    }
    return false;
}

/* A body, or a part of a multipart one: SDP by its first line, MIME by its headers; other texts are blanked, what is no text is left to who
 * knows it. */
static void scrub_body(tgp_names *names, char *body, size_t len, const char *attribute)
{
    for (size_t at = 0; at < len;) {
        line l = next_line(body + at, len - at);
        bool is_sdp = l.len == 3 && memcmp(l.text, "v=0", 3) == 0;
        if (is_sdp) {
            size_t end = at;
            while (end < len && !(end + 2 < len && body[end] == '-' && body[end + 1] == '-')) {
                line next = next_line(body + end, len - end);
                end += next.whole;
            }
            tgp_scrub_sdp(names, body + at, end - at, attribute);
            at = end;
            continue;
        }
        at += l.whole;
    }
}

void tgp_scrub_sip(tgp_names *names, char *sip, size_t len, const char *attribute)
{
    line first = next_line(sip, len);
    while (first.len == 0 && first.whole < len) {
        sip += first.whole;
        len -= first.whole;
        first = next_line(sip, len);
    }
    scrub_start_line(names, first.text, first.len);
    size_t at = first.whole + scrub_fields(names, sip + first.whole, len - first.whole);
    if (at >= len)
        return;
    if (has_text(sip, at, "application/sdp") || has_text(sip, at, "multipart/") || (len - at > 3 && memcmp(sip + at, "v=0", 3) == 0))
        scrub_body(names, sip + at, len - at, attribute);
    else if (!has_text(sip, at, "application/mikey") && !has_text(sip, at, "pkcs7-mime"))
        tgp_scrub_blank(sip + at, len - at);
}

/* ---- HTTP, MSRP --------------------------------------------------------------------------------------------- */

void tgp_scrub_http(tgp_names *names, char *http, size_t len, const char *const *keep, size_t num_keep)
{
    line first = next_line(http, len);
    char *space = memchr(first.text, ' ', first.len);
    bool is_response = first.len > 5 && memcmp(first.text, "HTTP/", 5) == 0;
    if (space && !is_response) {
        size_t at = (size_t)(space - first.text) + 1;
        char *end = memchr(first.text + at, ' ', first.len - at);
        size_t target = end ? (size_t)(end - first.text) - at : first.len - at;
        if (!is_one_of(first.text + at, target, keep, num_keep))
            tgp_names_text(names, first.text + at, target);
    }
    (void)scrub_fields(names, http + first.whole, len - first.whole);
}

void tgp_scrub_msrp(tgp_names *names, char *msrp, size_t len)
{
    line first = next_line(msrp, len);
    size_t at = first.whole + scrub_fields(names, msrp + first.whole, len - first.whole), end = len;
    /* The end line, "-------" and the transaction's name, stays. */
    for (size_t i = at; i + 7 < len; i++) {
        if ((i == 0 || msrp[i - 1] == '\n') && memcmp(msrp + i, "-------", 7) == 0)
            end = i;
    }
    if (at < end)
        tgp_scrub_blank(msrp + at, end - at);
}
