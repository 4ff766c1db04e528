/* matrix: what judges each requirement, and what shows that it is judged. The table is made at build time (collect.py). */
#ifndef TICKETGATE_MATRIX_H
#define TICKETGATE_MATRIX_H

#include "ticketgate/findings.h"
#include "ticketgate/json.h"

typedef enum matrix_part {
    MATRIX_CHECKS,  /* places in the source, profiles: "harness/rules/header.c:42";
                     * of behaviour: what the gate watches in every case */
    MATRIX_KEEP,    /* vectors and golden conversations that keep it */
    MATRIX_BREAK,   /* and that break it */
    MATRIX_CASES,   /* of the gate */
    MATRIX_MUTANTS, /* of the reference */
    MATRIX_NUM_PARTS
} matrix_part;

typedef struct matrix_row {
    const char *id;
    const char *const *names[MATRIX_NUM_PARTS]; /* its own, each list ended by NULL; NULL: none */
    unsigned count[MATRIX_NUM_PARTS];           /* with those of the rows that show it */
} matrix_row;

/* A source with numbered sentences: those with a requirement keyword; those that have rows; those left out for a reason. */
typedef struct matrix_source {
    const char *name; /* "RFC 6043" */
    unsigned sentences, with_row, out_of_scope;
} matrix_source;

/* Rows of one source or of all, counted. */
typedef struct matrix_counts {
    unsigned rows, how[TG_HOW_PLANNED + 1], level[TG_LEVEL_MAY + 1];
    unsigned testable;               /* parse, check, exchange, behaviour */
    unsigned judged;                 /* of these parse, check, exchange */
    unsigned checked, kept, broken;  /* of those judged */
    unsigned with_case, with_mutant; /* of behaviour rows; one that the gate always watches counts as with a case */
} matrix_counts;

const matrix_row *matrix_of(const tg_requirement *requirement);
const matrix_source *matrix_sources(size_t *num);
/* `source` as in the catalogue, or NULL for all. */
matrix_counts matrix_count(const char *source);
/* True when a row that is judged, or shown by a live implementation, has all that it has to have. */
bool matrix_is_complete(const tg_requirement *requirement);

/* One row as an object. */
void matrix_add_row(const tg_requirement *requirement, tg_text *out);
void matrix_add_summary(tg_text *out); /* an object */
void matrix_add_html(const char *version, tg_text *out);

#endif
