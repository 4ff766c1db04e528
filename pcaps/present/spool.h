/* spool: records that are given back in the order of their keys, kept in unlinked temporary files: of many records only what the kernel likes to
 * keep is in memory. */
#ifndef TICKETGATE_PCAPS_SPOOL_H
#define TICKETGATE_PCAPS_SPOOL_H

#include "ticketgate/json.h"

/* Compared from front to back; records with the same key keep their order. */
typedef struct tgp_key {
    uint64_t a, b, c;
} tgp_key;

typedef struct tgp_spool tgp_spool;
tgp_spool *tgp_spool_new(void); /* NULL: no memory, no temporary file */
/* False when it could not be kept; then so it is with all that follows. At most 4 GiB a record. */
bool tgp_spool_add(tgp_spool *spool, tgp_key key, const void *data, size_t len);
/* Ends the adding: records can be read from then on. Several times is as good as once. */
bool tgp_spool_sort(tgp_spool *spool);
size_t tgp_spool_num(const tgp_spool *spool);
tgp_key tgp_spool_key(const tgp_spool *spool, size_t index);
size_t tgp_spool_len(const tgp_spool *spool, size_t index);
/* The place of the first record whose key is not below this one. */
size_t tgp_spool_find(const tgp_spool *spool, tgp_key key);
/* Adds the record's octets to `out`. */
bool tgp_spool_read(tgp_spool *spool, size_t index, tg_text *out);
void tgp_spool_free(tgp_spool *spool);

#endif
