/* A map from octets to what they name: a crit-bit tree. Looking up and putting in take a time that grows with the
 * length of the key in bits alone, whoever chose the keys. Nodes live in the arena. */
#ifndef TICKETGATE_EXCHANGE_INDEX_H
#define TICKETGATE_EXCHANGE_INDEX_H

#include "ticketgate/base.h"

typedef struct tg_index_node tg_index_node;
typedef struct tg_index {
    tg_index_node *root;
} tg_index;

/* Where a change is announced before it is made; false: it must not be made. */
typedef struct tg_index_journal {
    bool (*remember)(void *user, void *where, size_t len);
    void *user;
} tg_index_journal;

/* NULL when nothing is there. */
void *tg_index_find(const tg_index *index, tg_bytes key);
/* Puts `value` in, instead of one that was there. `journal` may be NULL. False when the arena is full; the index is
 * then as before. */
TG_NODISCARD bool tg_index_put(tg_index *index, tg_arena *arena, tg_bytes key, void *value,
                               const tg_index_journal *journal);

#endif
