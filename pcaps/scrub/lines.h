/* Lines of texts: what fields.c and texts.c share. */
#ifndef TICKETGATE_PCAPS_SCRUB_LINES_H
#define TICKETGATE_PCAPS_SCRUB_LINES_H

#include "texts.h"

typedef struct line {
    char *text;
    size_t len;   /* without its end */
    size_t whole; /* with it */
} line;

line tgs_next_line(char *text, size_t len);
/* Without regard to case. */
bool tgs_is_word(const char *text, size_t len, const char *word);
bool tgs_is_one_of(const char *text, size_t len, const char *const *words, size_t num);

/* Fields up to the empty line; where the body begins. */
size_t tgs_scrub_fields(tgp_names *names, char *text, size_t len);
/* The value of a field, with what of it is folded; empty: there is none. */
line tgs_field_of(char *head, size_t len, const char *name, const char *compact);

#endif
