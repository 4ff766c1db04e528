/* vectors_judge: what the library makes of a vector, against what the vector says. */
#ifndef TICKETGATE_VECTORS_JUDGE_H
#define TICKETGATE_VECTORS_JUDGE_H

#include "judging.h"
#include "keeping.h"
#include "vectors_load.h"
#include "workspace.h"

typedef struct vectors_judge {
    workspace ws, octets_ws; /* the second keeps a vector's own octets while the first is used */
    judging judging;
    keeping keeping;
    tg_report_failure *failures; /* of the vector at hand */
    size_t num_failures, capacity;
    tg_bytes octets;
} vectors_judge;

/* Judges a vector. Failures, octets and strings live until vectors_judge_free. */
void vectors_judge_one(vectors_judge *j, const vector *v);
void vectors_judge_free(vectors_judge *j);

#endif
