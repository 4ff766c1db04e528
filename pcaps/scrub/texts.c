/* SIP and HTTP: start lines and bodies. */
#include <ctype.h>

#include "lines.h"
#include "words.h"

#define NUM(list) (sizeof(list) / sizeof *(list))

/* ---- SIP ---------------------------------------------------------------------------------------------------- */

/* RFC 3261 21, and those of its extensions that IMS uses. */
static const char *const reasons[] = {
    "Trying",
    "Ringing",
    "Call Is Being Forwarded",
    "Queued",
    "Session Progress",
    "OK",
    "Accepted",
    "No Notification",
    "Moved Permanently",
    "Moved Temporarily",
    "Multiple Choices",
    "Use Proxy",
    "Alternative Service",
    "Bad Request",
    "Unauthorized",
    "Payment Required",
    "Forbidden",
    "Not Found",
    "Method Not Allowed",
    "Not Acceptable",
    "Proxy Authentication Required",
    "Request Timeout",
    "Gone",
    "Conditional Request Failed",
    "Request Entity Too Large",
    "Unsupported Media Type",
    "Unsupported URI Scheme",
    "Bad Extension",
    "Extension Required",
    "Session Interval Too Small",
    "Interval Too Brief",
    "Bad Info Package",
    "Temporarily Unavailable",
    "Call/Transaction Does Not Exist",
    "Loop Detected",
    "Too Many Hops",
    "Address Incomplete",
    "Ambiguous",
    "Busy Here",
    "Request Terminated",
    "Not Acceptable Here",
    "Bad Event",
    "Request Pending",
    "Undecipherable",
    "Security Agreement Required",
    "Server Internal Error",
    "Not Implemented",
    "Bad Gateway",
    "Service Unavailable",
    "Server Time-out",
    "Server Timeout",
    "Version Not Supported",
    "Message Too Large",
    "Precondition Failure",
    "Busy Everywhere",
    "Decline",
    "Declined",
    "Does Not Exist Anywhere",
    "Continue",
    "Created",
    "No Content",
    "Internal Server Error",
    "Request Cancelled",
};

bool tgs_is_reason(const char *text, size_t len)
{
    return tgs_is_one_of(text, len, reasons, NUM(reasons));
}

/* "SIP/2.0", "HTTP/1.1": numbers behind a name that is known. */
static void scrub_version(char *text, size_t len)
{
    size_t at = len > 4 && tgs_is_word(text, 4, "SIP/") ? 4 : len > 5 && tgs_is_word(text, 5, "HTTP/") ? 5 : 0;
    while (at > 0 && at < len && (isdigit((unsigned char)text[at]) || text[at] == '.'))
        at++;
    if (at < len)
        tgp_scrub_blank(text, len);
}

/* Of a response its reason, where it is none of a standard. */
static void scrub_status_line(char *text, size_t len)
{
    char *space = memchr(text, ' ', len);
    size_t version = space ? (size_t)(space - text) : len, code = version < len ? version + 1 : len, reason = code;
    scrub_version(text, version);
    while (reason < len && isdigit((unsigned char)text[reason]))
        reason++;
    reason += reason < len && text[reason] == ' ' && reason - code == 3;
    if (!tgs_is_reason(text + reason, len - reason))
        tgp_scrub_blank(text + reason, len - reason);
}

/* Method, target and version; `keep`: targets that stay. */
static void scrub_request_line(tgp_names *names, char *text, size_t len, const char *const *keep, size_t num_keep)
{
    char *space = memchr(text, ' ', len);
    size_t method = space ? (size_t)(space - text) : len, at = method < len ? method + 1 : len, end = len;
    tgs_scrub_words(names, text, method, false);
    while (end > at && text[end - 1] != ' ')
        end--;
    size_t target = end > at ? end - 1 - at : 0;
    if (!tgs_is_one_of(text + at, target, keep, num_keep))
        tgp_names_text(names, text + at, target);
    scrub_version(text + end, len - end);
}

static void scrub_start_line(tgp_names *names, char *text, size_t len, const char *const *keep, size_t num_keep)
{
    if ((len > 4 && tgs_is_word(text, 4, "SIP/")) || (len > 5 && tgs_is_word(text, 5, "HTTP/")))
        scrub_status_line(text, len);
    else
        scrub_request_line(names, text, len, keep, num_keep);
}

static bool has_text(const char *text, size_t len, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= len; i++) {
        if (tgs_is_word(text + i, n, what))
            return true;
    }
    return false;
}

enum { MAX_BOUNDARIES = 8, BOUNDARY = 70 /* RFC 2046 5.1.1 */ };

/* What a part is, as far as that says how it is treated. */
typedef enum kind { KIND_TEXT, KIND_SDP, KIND_XML, KIND_MULTIPART } kind;

/* What a head of a message or of a part says. */
static kind kind_of(char *all, size_t all_len)
{
    line type = tgs_field_of(all, all_len, "Content-Type", "c"),
         coding = tgs_field_of(all, all_len, "Content-Transfer-Encoding", ""),
         packed = tgs_field_of(all, all_len, "Content-Encoding", "e");
    const char *head = type.text;
    size_t len = type.len;
    if (packed.len > 0 && !has_text(packed.text, packed.len, "identity"))
        return KIND_TEXT;
    if (has_text(head, len, "multipart/"))
        return KIND_MULTIPART;
    if (has_text(head, len, "application/sdp"))
        return KIND_SDP;
    if (has_text(head, len, "xml") && !has_text(coding.text, coding.len, "base64"))
        return KIND_XML;
    return KIND_TEXT;
}

static void scrub_content(tgp_names *names, char *text, size_t len, kind k, const char *attribute)
{
    if (len > 3 && memcmp(text, "v=0", 3) == 0)
        k = KIND_SDP;
    if (k == KIND_XML && len > 0 && memchr(text, '\0', len)) /* UTF-16, or no text at all */
        k = KIND_TEXT;
    if (k == KIND_SDP)
        tgp_scrub_sdp(names, text, len, attribute);
    else if (k == KIND_XML)
        tgp_scrub_xml(names, text, len);
    else
        tgp_scrub_blank(text, len);
}

typedef struct boundaries {
    const char *text[MAX_BOUNDARIES];
    size_t len[MAX_BOUNDARIES], num;
} boundaries;

static void note_boundary(boundaries *b, char *all, size_t all_len)
{
    static const char name[] = "boundary=";
    line type = tgs_field_of(all, all_len, "Content-Type", "c");
    const char *head = type.text;
    size_t len = type.len;
    for (size_t i = 0; i + sizeof name < len && b->num < MAX_BOUNDARIES; i++) {
        if (!tgs_is_word(head + i, sizeof name - 1, name))
            continue;
        const char *value = head + i + sizeof name - 1;
        size_t left = len - i - (sizeof name - 1), n = 0;
        bool quoted = *value == '"';
        value += quoted;
        left -= quoted;
        while (n < left && n < BOUNDARY && value[n] != '\r' && value[n] != '\n' &&
               (quoted ? value[n] != '"' : value[n] != ';' && value[n] != ' '))
            n++;
        if (n > 0) {
            b->text[b->num] = value;
            b->len[b->num++] = n;
        }
    }
}

/* "--" and a boundary, which becomes what it has become in the head; where none is known, "--" will do. */
static bool take_boundary(tgp_names *names, const boundaries *b, const line *l)
{
    char changed[BOUNDARY];
    if (l->len < 3 || memcmp(l->text, "--", 2) != 0)
        return false;
    for (size_t i = 0; i < b->num; i++) {
        size_t n = b->len[i];
        if (l->len < 2 + n)
            continue;
        memcpy(changed, l->text + 2, n);
        tgs_scrub_runs(names, changed, n);
        if (memcmp(changed, b->text[i], n) == 0) {
            memcpy(l->text + 2, changed, n);
            tgp_scrub_blank(l->text + 2 + n, l->len - 2 - n);
            return true;
        }
    }
    if (b->num == 0)
        tgs_scrub_runs(names, l->text, l->len);
    return b->num == 0;
}

/* Headers of a part: those of MIME say what it is, others are blanked. */
static size_t scrub_part_head(tgp_names *names, char *text, size_t len)
{
    size_t end = 0;
    for (size_t at = 0; at < len;) {
        line l = tgs_next_line(text + at, len - at);
        end = at += l.whole;
        if (l.len == 0)
            break;
    }
    return tgs_scrub_fields(names, text, end);
}

static void scrub_multipart(tgp_names *names, char *body, size_t len, boundaries *b, const char *attribute)
{
    kind k = KIND_TEXT;
    size_t begin = 0;
    for (size_t at = 0; at < len;) {
        line l = tgs_next_line(body + at, len - at);
        size_t next = at + l.whole;
        if (!take_boundary(names, b, &l)) {
            at = next;
            continue;
        }
        scrub_content(names, body + begin, at - begin, k, attribute);
        bool is_last = l.len > 4 && memcmp(l.text + l.len - 2, "--", 2) == 0;
        size_t head = is_last ? 0 : scrub_part_head(names, body + next, len - next);
        k = head > 0 ? kind_of(body + next, head) : KIND_TEXT;
        if (k == KIND_MULTIPART) {
            note_boundary(b, body + next, head);
            k = KIND_TEXT; /* in front of its first part */
        }
        begin = at = next + head;
    }
    scrub_content(names, body + begin, len - begin, k, attribute);
}

/* A line that begins a head of MIME, not a text: "Content-Type: text/plain". */
static bool is_mime_field(const line *l)
{
    static const char begin[] = "Content-";
    const char *colon = memchr(l->text, ':', l->len);
    return colon && ((l->len > sizeof begin && tgs_is_word(l->text, sizeof begin - 1, begin)) ||
                     tgs_is_word(l->text, (size_t)(colon - l->text), "MIME-Version"));
}

void tgp_scrub_entity(tgp_names *names, char *text, size_t len)
{
    line first = tgs_next_line(text, len);
    size_t at = is_mime_field(&first) ? tgs_scrub_fields(names, text, len) : 0;
    tgp_scrub_blank(text + at, len - at);
}

void tgp_scrub_sip(tgp_names *names, char *sip, size_t len, const char *attribute)
{
    line first = tgs_next_line(sip, len);
    while (first.len == 0 && first.whole > 0 && first.whole < len) {
        sip += first.whole;
        len -= first.whole;
        first = tgs_next_line(sip, len);
    }
    scrub_start_line(names, first.text, first.len, NULL, 0);
    size_t at = first.whole + tgs_scrub_fields(names, sip + first.whole, len - first.whole);
    if (at >= len)
        return;
    kind k = kind_of(sip, at);
    if (k == KIND_MULTIPART) {
        boundaries b = { .num = 0 };
        note_boundary(&b, sip, at);
        scrub_multipart(names, sip + at, len - at, &b, attribute);
    } else {
        scrub_content(names, sip + at, len - at, k, attribute);
    }
}

/* ---- HTTP --------------------------------------------------------------------------------------------------- */

void tgp_scrub_http(tgp_names *names, char *http, size_t len, const char *const *keep, size_t num_keep)
{
    line first = tgs_next_line(http, len);
    scrub_start_line(names, first.text, first.len, keep, num_keep);
    size_t at = first.whole + tgs_scrub_fields(names, http + first.whole, len - first.whole);
    tgp_scrub_blank(http + at, len - at); /* behind an empty line stand no fields */
}

/* A chunk at the front (RFC 9112 7.1): its line, and the octets of its data; false: there is none. */
static bool chunk_at(char *text, size_t len, line *l, size_t *digits, size_t *size)
{
    *l = tgs_next_line(text, len);
    *size = 0;
    for (*digits = 0; *digits < l->len && *digits < 8 && isxdigit((unsigned char)l->text[*digits]); ++*digits) {
        char c = l->text[*digits];
        *size = *size * 16 + (size_t)(isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10);
    }
    *size = *size < len - l->whole ? *size : len - l->whole;
    return *digits > 0;
}

/* Sizes stay, what they are extended by does not; behind the last chunk stand fields. */
static void scrub_chunks(tgp_names *names, char *body, size_t len)
{
    size_t at = 0, digits, size;
    line l;
    while (at < len && chunk_at(body + at, len - at, &l, &digits, &size)) {
        tgp_scrub_blank(l.text + digits, l.len - digits);
        at += l.whole;
        if (size == 0) {
            at += tgs_scrub_fields(names, body + at, len - at);
            break;
        }
        tgp_scrub_blank(body + at, size);
        at += size;
        l = tgs_next_line(body + at, len - at);
        tgp_scrub_blank(body + at, l.len);
        at += l.whole;
    }
    tgp_scrub_blank(body + at, len - at);
}

static bool is_chunked(char *http, size_t body_at)
{
    line coding = tgs_field_of(http, body_at, "Transfer-Encoding", "");
    return has_text(coding.text, coding.len, "chunked");
}

size_t tgp_scrub_chunk_data(char *http, size_t len, size_t body_at, size_t *places)
{
    size_t num = 0, digits, size;
    line l;
    for (size_t at = body_at;
         is_chunked(http, body_at) && at < len && chunk_at(http + at, len - at, &l, &digits, &size);) {
        at += l.whole;
        for (size_t i = 0; i < size; i++)
            places[num++] = at + i;
        at += size;
        at += size > 0 ? tgs_next_line(http + at, len - at).whole : len - at;
    }
    return num;
}

void tgp_scrub_http_body(tgp_names *names, char *http, size_t len, size_t body_at)
{
    if (is_chunked(http, body_at))
        scrub_chunks(names, http + body_at, len - body_at);
    else
        tgp_scrub_blank(http + body_at, len - body_at);
}
