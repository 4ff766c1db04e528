/* front: records of calls that wait in memory until their calls are complete, so that calls which end in about the order of their numbers go out as
 * they end, and are never put away. Private to present.
 *
 * A trace tells a call behind all that belongs to it. Who cannot wait any longer (a call that lasts, and more than fits of what came meanwhile) makes the
 * front give up: what it holds, and what comes after, goes into the spool, and out in the end.
 */
#ifndef TICKETGATE_PCAPS_FRONT_H
#define TICKETGATE_PCAPS_FRONT_H

#include "spool.h"

typedef struct tgp_front tgp_front;

/* Who takes a record that goes out: in the order of keys, key.a the number of its call. `alone`: nothing else is known of its call. */
typedef struct tgp_front_taker {
    void (*record)(void *user, tgp_key key, const char *text, size_t len, bool alone);
    void *user;
} tgp_front_taker;

tgp_front *tgp_front_new(const tgp_front_taker *taker); /* NULL: no memory */
/* False: it gave up, or this call is out already; the record is for the spool. */
bool tgp_front_add(tgp_front *front, tgp_key key, const char *text, size_t len);
/* Nothing more comes of this call. */
void tgp_front_complete(tgp_front *front, uint64_t call);
/* Hands out what is complete, in order, up to the first call that is not. */
void tgp_front_settle(tgp_front *front);
/* Once it gave up: what it held goes here. False: it could not be put away. */
bool tgp_front_empty_into(tgp_front *front, tgp_spool *spool);
bool tgp_front_gave_up(const tgp_front *front);
bool tgp_front_is_out(const tgp_front *front, uint64_t call); /* the call went out */
void tgp_front_free(tgp_front *front);

#endif
