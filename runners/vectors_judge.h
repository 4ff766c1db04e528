/* vectors_judge: what the library makes of a vector, against what the vector says. */
#ifndef TICKETGATE_VECTORS_JUDGE_H
#define TICKETGATE_VECTORS_JUDGE_H

#include "keeping.h"
#include "vectors_load.h"
#include "verifying.h"
#include "workspace.h"

typedef struct vectors_judge {
    workspace ws, octets_ws; /* the second keeps a vector's own octets while the first is used */
    judging judging;
    verifying verifying; /* of conversations */
    bool verifying_ready;
    keeping keeping;
    tg_report_failure *failures; /* of the vector at hand */
    size_t num_failures, capacity;
    tg_bytes octets;
} vectors_judge;

/* Judges a vector. Failures, octets and strings live until vectors_judge_free. */
void vectors_judge_one(vectors_judge *j, const vector *v);
void vectors_judge_free(vectors_judge *j);

/* ---- for the files of this part ------------------------------------------------------------------------------ */

/* A golden conversation (vectors/CONVERSATION.md, section 10), container (SMIME.md, 5), handshake (TLS.md, 4): `verifying` is ready. */
void vectors_judge_conversation(vectors_judge *j, const vector *v);
void vectors_judge_smime(vectors_judge *j, const vector *v);
void vectors_judge_tls(vectors_judge *j, const vector *v);
/* A failure for the first difference of two values, if there is one. */
void vectors_compare(vectors_judge *j, json_t *expected, json_t *got, const char *what, const char *path);

tg_report_failure *vectors_add_failure(vectors_judge *j, const char *what, const char *expected, const char *got);
/* The value as text, cut where it is long. */
char *vectors_dump(keeping *k, const json_t *value);
typedef struct vectors_difference {
    char path[512];
    json_t *expected, *got; /* NULL: nothing there */
} vectors_difference;
/* The first place where two values differ. */
bool vectors_find_difference(json_t *expected, json_t *got, vectors_difference *d);

#endif
