/* smime_keys: key-encryption keys and other octets from options of the command line. */
#ifndef TICKETGATE_SMIME_KEYS_H
#define TICKETGATE_SMIME_KEYS_H

#include "cli.h"
#include "ticketgate/smime.h"

typedef struct smime_keys {
    tg_smime_key keys[TG_SMIME_MAX_RECIPIENTS]; /* the n-th KEK with the n-th identifier */
    size_t num_keks, num_ids;
} smime_keys;

#define SMIME_OCTETS_HELP                                                                                              \
    "HEX can be @FILE, a file of hex digits, or env:NAME, a variable of the environment:\n"                            \
    "command lines can be seen by others.\n"

/* --kek and --kek-id; *known is false for any other option. Complains, without showing a value: it may be a key. */
bool smime_keys_take(smime_keys *k, const char *name, const char *value, bool *known);
/* Each KEK has an identifier; with `ids_needed` false there may be none at all. Complains. */
bool smime_keys_complete(const smime_keys *k, bool ids_needed);
void smime_keys_free(smime_keys *k); /* wipes them */

/* Octets from HEX, @FILE or env:NAME, at most `max`; free them. Complains, without showing them. */
bool smime_take_octets(const char *name, const char *value, size_t max, tg_bytes *out);
void smime_free_octets(tg_bytes *octets); /* wipes them */

#endif
