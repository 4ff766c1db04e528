/* SIP, HTTP and MSRP: start lines and bodies. */
#include "lines.h"

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

/* Of a request the Request-URI; of a response its reason, where it is none of a standard. */
static void scrub_start_line(tgp_names *names, char *text, size_t len)
{
    char *space = memchr(text, ' ', len);
    if (!space)
        return;
    size_t at = (size_t)(space - text) + 1, end = len;
    if (len > 4 && memcmp(text, "SIP/", 4) == 0) {
        char *reason = memchr(text + at, ' ', len - at);
        if (reason && !tgs_is_one_of(reason + 1, len - (size_t)(reason + 1 - text), reasons, NUM(reasons)))
            tgp_scrub_blank(reason + 1, len - (size_t)(reason + 1 - text));
        return;
    }
    while (end > at && text[end - 1] != ' ')
        end--;
    if (end > at)
        tgp_names_text(names, text + at, end - 1 - at);
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
typedef enum kind {
    KIND_TEXT,
    KIND_SDP,
    KIND_XML,
    KIND_OTHER_HAND /* a container: who knows it has been there */,
    KIND_MULTIPART
} kind;

/* What a head of a message or of a part says. */
static kind kind_of(char *all, size_t all_len)
{
    line type = tgs_field_of(all, all_len, "Content-Type", "c"),
         coding = tgs_field_of(all, all_len, "Content-Transfer-Encoding", "");
    const char *head = type.text;
    size_t len = type.len;
    if (has_text(head, len, "multipart/"))
        return KIND_MULTIPART;
    if (has_text(head, len, "application/sdp"))
        return KIND_SDP;
    if (has_text(head, len, "pkcs7-mime"))
        return KIND_OTHER_HAND;
    if (has_text(head, len, "xml") && !has_text(coding.text, coding.len, "base64"))
        return KIND_XML;
    return KIND_TEXT;
}

static void scrub_content(tgp_names *names, char *text, size_t len, kind k, const char *attribute)
{
    if (len > 3 && k != KIND_OTHER_HAND && memcmp(text, "v=0", 3) == 0)
        k = KIND_SDP;
    if (k == KIND_SDP)
        tgp_scrub_sdp(names, text, len, attribute);
    else if (k == KIND_XML)
        tgp_scrub_xml(names, text, len);
    else if (k != KIND_OTHER_HAND)
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

/* "--" and a boundary; where none is known, "--" will do. */
static bool is_boundary(const boundaries *b, const line *l)
{
    if (l->len < 3 || memcmp(l->text, "--", 2) != 0)
        return false;
    for (size_t i = 0; i < b->num; i++) {
        if (l->len >= 2 + b->len[i] && memcmp(l->text + 2, b->text[i], b->len[i]) == 0)
            return true;
    }
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
        if (!is_boundary(b, &l)) {
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

void tgp_scrub_sip(tgp_names *names, char *sip, size_t len, const char *attribute)
{
    line first = tgs_next_line(sip, len);
    while (first.len == 0 && first.whole > 0 && first.whole < len) {
        sip += first.whole;
        len -= first.whole;
        first = tgs_next_line(sip, len);
    }
    scrub_start_line(names, first.text, first.len);
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

/* ---- HTTP, MSRP --------------------------------------------------------------------------------------------- */

void tgp_scrub_http(tgp_names *names, char *http, size_t len, const char *const *keep, size_t num_keep)
{
    line first = tgs_next_line(http, len);
    char *space = memchr(first.text, ' ', first.len);
    bool is_response = first.len > 5 && memcmp(first.text, "HTTP/", 5) == 0;
    if (space && !is_response) {
        size_t at = (size_t)(space - first.text) + 1;
        char *end = memchr(first.text + at, ' ', first.len - at);
        size_t target = end ? (size_t)(end - first.text) - at : first.len - at;
        if (!tgs_is_one_of(first.text + at, target, keep, num_keep))
            tgp_names_text(names, first.text + at, target);
    }
    (void)tgs_scrub_fields(names, http + first.whole, len - first.whole);
}

void tgp_scrub_msrp(tgp_names *names, char *msrp, size_t len)
{
    line first = tgs_next_line(msrp, len);
    size_t end = len;
    /* The end line, "-------" and the transaction's name, stays; it may stand right behind the fields. */
    for (size_t i = first.whole; i > 0 && i + 7 < len; i++) {
        if (msrp[i - 1] == '\n' && memcmp(msrp + i, "-------", 7) == 0)
            end = i;
    }
    size_t at = first.whole < end ? first.whole + tgs_scrub_fields(names, msrp + first.whole, end - first.whole) : end;
    if (at < end)
        tgp_scrub_blank(msrp + at, end - at);
}
