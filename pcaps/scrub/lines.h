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
/* "Busy Here": a reason of a standard. */
bool tgs_is_reason(const char *text, size_t len);
bool tgs_is_one_of(const char *text, size_t len, const char *const *words, size_t num);

/* How values of a field are treated: words of standards with and without numbers, names and addresses, 'x' all over (and over the field's name, which is
 * in no list), MIME's types and parameters, a date, numbers in front of words. */
typedef enum tgs_treatment { WORDS, NO_NUMBERS, MAP, BLANK, BLANK_NAME_TOO, MIME, DATE, COUNTED } tgs_treatment;
/* A field of the last kind: how many numbers of how many digits. */
typedef struct tgs_counted {
    const char *name;
    unsigned numbers, digits;
} tgs_counted;
/* values.c. `counted`: NULL but for COUNTED. */
void tgs_scrub_value(tgp_names *names, tgs_treatment how, const tgs_counted *counted, char *text, size_t len);

/* Fields up to the empty line; where the body begins. */
size_t tgs_scrub_fields(tgp_names *names, char *text, size_t len);
/* The value of a field, with what of it is folded; empty: there is none. */
line tgs_field_of(char *head, size_t len, const char *name, const char *compact);

#endif
