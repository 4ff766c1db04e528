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

/* Cuts the next line off the front: up to LF, without it and without the CR before it. False when nothing is left. */
bool tgc_next_line(tgc_text *rest, tgc_text *line);
/* As tgc_next_line for header lines: lines that begin with white space belong to the one before (RFC 3261 7.3.1). */
bool tgc_next_header_line(tgc_text *rest, tgc_text *line);

tgc_text tgc_trim(tgc_text text); /* without white space at both ends */
/* Inline: with a literal, little is left of them. */
static inline bool tgc_begins(tgc_text text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}
static inline bool tgc_equals(tgc_text text, const char *word)
{
    return text.len == strlen(word) && tgc_begins(text, word);
}
bool tgc_equals_nocase(tgc_text text, const char *word);
/* Splits "Name: value" (white space trimmed). False when there is no colon or no name. */
bool tgc_header_split(tgc_text line, tgc_text *name, tgc_text *value);

#endif
