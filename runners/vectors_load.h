/* vectors_load: files of vectors (vectors/FORMAT.md, section 5), of conversations (vectors/CONVERSATION.md, section 10), of PSK S/MIME
 * (vectors/SMIME.md, section 5) and of TLS handshakes (vectors/TLS.md, section 4) into memory. */
#ifndef TICKETGATE_VECTORS_LOAD_H
#define TICKETGATE_VECTORS_LOAD_H

#include <jansson.h>

#include "cli.h"

typedef struct vector_file {
    char *path;
    json_t *root;
} vector_file;

typedef enum control_state { CONTROL_UNKNOWN, CONTROL_GOOD, CONTROL_BAD } control_state;

typedef enum vector_kind { VECTOR_MESSAGE, VECTOR_CONVERSATION, VECTOR_SMIME, VECTOR_TLS } vector_kind;

/* One vector or conversation; all strings and members belong to its file's root. */
typedef struct vector {
    const vector_file *file;
    json_t *json;
    const char *id, *title, *group;
    const char *parent; /* NULL for a vector of its own */
    vector_kind kind;
    bool asked_for;     /* else it is here because it may be a parent */
    control_state control;
} vector;

typedef struct vector_set {
    vector_file *files;
    size_t num_files;
    vector *vectors; /* in order of files, then as they stand there */
    size_t num_vectors;
    vector **by_id;  /* sorted */
} vector_set;

/* Loads files, and the *.json of folders (and of folders `conversations`, `smime`, `tls` in them) in order of name. Files beside them are loaded too when a parent is missing.
 * Complains. Returns CLI_OK, CLI_USAGE for what cannot be read or is no vector file, CLI_NOTHING without vectors,
 * CLI_INTERRUPTED. */
int vectors_load(vector_set *set, char *const *paths, size_t num_paths);
void vectors_free(vector_set *set);
/* Why the vector cannot be judged: what it expects is malformed. NULL when it is not. */
const char *vectors_fault(const vector *v);
/* NULL when there is none. */
vector *vectors_find(const vector_set *set, const char *id);

#endif
