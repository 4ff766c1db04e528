/* Lines of SIP, MIME and SDP text as views, and the little that is asked of them. Internal to the carriage room. */
#ifndef TICKETGATE_CARRIAGE_LINES_H
#define TICKETGATE_CARRIAGE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A stretch of somebody else's text; not NUL-terminated. */
typedef struct tgc_text {
    const char *data;
    size_t len;
} tgc_text;

/* Inline, like much here: it is done with each line of each message, and together with what is asked of the line little is left of it. */

/* Cuts the next line off the front: up to LF, without it and without the CR before it. False when nothing is left. */
static inline bool tgc_next_line(tgc_text *rest, tgc_text *line)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    size_t taken = end ? len + 1 : len;
    *line = (tgc_text){ rest->data, len };
    if (len > 0 && line->data[len - 1] == '\r')
        line->len--;
    rest->data += taken;
    rest->len -= taken;
    return true;
}
/* As tgc_next_line for header lines: lines that begin with white space belong to the one before (RFC 3261 7.3.1). `joined` says that there were
 * such; it may be NULL. */
static inline bool tgc_next_header_line(tgc_text *rest, tgc_text *line, bool *joined)
{
    if (!tgc_next_line(rest, line))
        return false;
    tgc_text more;
    if (joined)
        *joined = false;
    while (line->len > 0 && rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
        if (joined)
            *joined = true;
        (void)tgc_next_line(rest, &more);
        line->len = (size_t)(more.data + more.len - line->data);
    }
    return true;
}

static inline bool tgc_is_blank(char c)
{
    return c == ' ' || (c <= '\r' && (c == '\t' || c == '\r' || c == '\n'));
}
static inline tgc_text tgc_trim(tgc_text text) /* without white space at both ends */
{
    while (text.len > 0 && tgc_is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && tgc_is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}
/* Words are mostly constants, whose lengths are known where it is made part of the code: else, more is done to find them than to compare. */
#if defined(__GNUC__)
#define TGC_INLINE static inline __attribute__((always_inline))
#else
#define TGC_INLINE static inline
#endif
TGC_INLINE bool tgc_begins(tgc_text text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}
TGC_INLINE bool tgc_equals(tgc_text text, const char *word)
{
    return text.len == strlen(word) && tgc_begins(text, word);
}
bool tgc_same_but_case(tgc_text text, const char *word); /* of equal length: letter for letter, whatever their case */
static inline bool tgc_equals_nocase(tgc_text text, const char *word)
{
    return tgc_equals(text, word) /* as it is nearly always written */ ||
           (text.len == strlen(word) && tgc_same_but_case(text, word));
}
/* Splits "Name: value" (white space trimmed). False when there is no colon or no name. */
static inline bool tgc_header_split(tgc_text line, tgc_text *name, tgc_text *value)
{
    const char *colon = line.len ? memchr(line.data, ':', line.len) : NULL;
    if (!colon)
        return false;
    *name = tgc_trim((tgc_text){ line.data, (size_t)(colon - line.data) });
    *value = tgc_trim((tgc_text){ colon + 1, line.len - (size_t)(colon - line.data) - 1 });
    return name->len > 0;
}

#endif
