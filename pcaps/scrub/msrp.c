/* MSRP (RFC 4975). */
#include "lines.h"
#include "words.h"

/* RFC 4975 9: "MSRP", the transaction, and method or status with a comment, which is anybody's text. */
static void scrub_msrp_line(tgp_names *names, char *text, size_t len)
{
    char *first = memchr(text, ' ', len);
    size_t at = first ? (size_t)(first - text) + 1 : len;
    char *second = memchr(text + at, ' ', len - at);
    size_t end = second ? (size_t)(second - text) : len, last = second ? end + 1 : len;
    tgs_scrub_words(names, text, at, false);
    tgs_scrub_runs(names, text + at, end - at);
    char *third = memchr(text + last, ' ', len - last);
    size_t comment = third ? (size_t)(third - text) + 1 : len;
    tgs_scrub_words(names, text + last, comment - last, true);
    if (!tgs_is_reason(text + comment, len - comment))
        tgp_scrub_blank(text + comment, len - comment);
}

/* RFC 4975 7.1: "-------", the transaction of the first line, and "$", "+" or "#". */
static size_t msrp_end_line(const char *msrp, size_t len)
{
    enum { DASHES = 7 };
    const char *first = memchr(msrp, ' ', len);
    size_t id = first ? (size_t)(first - msrp) + 1 : len, n = 0;
    while (id + n < len && !strchr(" \r\n", msrp[id + n] ? msrp[id + n] : 'x'))
        n++;
    for (size_t at = id + n; n > 0 && at < len;) {
        const char *end = memchr(msrp + at, '\n', len - at);
        if (!end)
            break;
        at = (size_t)(end - msrp) + 1;
        const char *sign = msrp + at + DASHES + n;
        if (len - at > DASHES + n && memcmp(msrp + at, "-------", DASHES) == 0 &&
            memcmp(msrp + at + DASHES, msrp + id, n) == 0 && (*sign == '$' || *sign == '+' || *sign == '#') &&
            (sign + 1 == msrp + len || sign[1] == '\r' || sign[1] == '\n'))
            return at;
    }
    return len;
}

size_t tgp_scrub_msrp(tgp_names *names, char *msrp, size_t len)
{
    line first = tgs_next_line(msrp, len);
    size_t end = msrp_end_line(msrp, len), whole = end + tgs_next_line(msrp + end, len - end).whole;
    scrub_msrp_line(names, msrp, first.len);
    size_t at = first.whole < end ? first.whole + tgs_scrub_fields(names, msrp + first.whole, end - first.whole) : end;
    if (at < end)
        tgp_scrub_blank(msrp + at, end - at);
    tgs_scrub_runs(names, msrp + end, whole - end);
    return whole;
}

/* Where the next line begins that a message may begin with. */
static size_t next_message(const char *msrp, size_t at, size_t len)
{
    for (const char *end; (end = memchr(msrp + at, '\n', len - at)) != NULL;) {
        at = (size_t)(end - msrp) + 1;
        if (len - at > 5 && memcmp(msrp + at, "MSRP ", 5) == 0)
            return at;
    }
    return len;
}

void tgp_scrub_msrp_stream(tgp_names *names, char *msrp, size_t len)
{
    for (size_t at = 0, next; at < len; at = next) {
        next = at;
        if (len - at > 5 && memcmp(msrp + at, "MSRP ", 5) == 0) {
            next += tgp_scrub_msrp(names, msrp + at, len - at);
        } else { /* between messages, or of one whose beginning is not there */
            next = next_message(msrp, at, len);
            tgp_scrub_blank(msrp + at, next - at);
        }
    }
}
