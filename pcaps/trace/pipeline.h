/* A second thread: units are cut on the thread that reads, and taken on one of its own, in the order in which they were cut.
 *
 * Units are copied, with all that they point to, into batches; of RTP the fixed header alone. A bounded number of batches goes round, so that who is
 * faster waits for the other; and who reads prepares units (prepared.h) as long as the other is behind.
 * Nothing but batches, and what stands below under a lock, is used by both threads: what is found out does not depend on which runs when.
 */
#ifndef TICKETGATE_PCAPS_PIPELINE_H
#define TICKETGATE_PCAPS_PIPELINE_H

#include "pcaps/units.h"

typedef struct tgt_pipeline tgt_pipeline;

/* Who takes, called on the other thread. */
typedef struct tgt_taker {
    void (*unit)(void *user, const tgp_unit *unit);
    void (*ended)(void *user, uint64_t connection);
    /* Behind each batch, under the lock: what others may see while it runs is put where tgt_pipeline_look finds it. */
    void (*publish)(void *user);
    /* Called on the thread that reads: of a unit that was copied, as prepared.h has it. */
    void (*prepare)(const void *user, tgp_unit *unit, tg_arena *arena);
    void *user;
} tgt_taker;

/* Starts the thread; it takes no signals. NULL: no memory, or no thread to be had. */
tgt_pipeline *tgt_pipeline_new(const tgt_taker *taker);
/* On the thread that reads. False: no memory for the copy; the unit is lost. It waits where the other thread is behind. */
bool tgt_pipeline_unit(tgt_pipeline *pipeline, const tgp_unit *unit);
bool tgt_pipeline_ended(tgt_pipeline *pipeline, uint64_t connection);
/* Calls `look` under the lock. */
void tgt_pipeline_look(tgt_pipeline *pipeline, void (*look)(void *user), void *user);
/* Waits until everything is taken, ends the thread and frees: from then on all is one thread's. With `drop` what was not yet taken is lost. */
void tgt_pipeline_end(tgt_pipeline *pipeline, bool drop);

#endif
