/* gate_select: which cases are asked for. */
#ifndef TICKETGATE_RUNNERS_GATE_SELECT_H
#define TICKETGATE_RUNNERS_GATE_SELECT_H

#include "gate.h"

enum { GATE_MAX_WORDS = 64 };
typedef struct gate_words {
    const char *list[GATE_MAX_WORDS];
    size_t num;
} gate_words;

/* Lists that are empty leave everything in; of several words in one list any will do. */
typedef struct gate_selection {
    gate_words profiles, requirements, roles, groups, cases, words;
} gate_selection;

bool gate_selects(const gate_selection *s, const gate_case *c);
/* An id, glob or beginning that no case has; NULL: each has one. */
const char *gate_select_nothing(const gate_selection *s, const gate_cases *cases);

#endif
