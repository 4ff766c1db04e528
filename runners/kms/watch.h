/* watch: connections that have to be done with a request by a certain time. libmicrohttpd's own timeout is one of
 * silence: a client that sends an octet now and then would keep its connection for ever. Thread-safe.
 */
#ifndef TICKETGATE_KMS_WATCH_H
#define TICKETGATE_KMS_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kms_watch kms_watch;
typedef struct kms_watched kms_watched; /* one connection */

kms_watch *kms_watch_new(size_t max_connections); /* NULL: no memory */
void kms_watch_free(kms_watch *w);
/* NULL when there are too many. */
kms_watched *kms_watch_add(kms_watch *w, int fd);
/* The time begins anew: a request is done. */
void kms_watch_again(kms_watch *w, kms_watched *c);
/* Before the descriptor is closed. True: it is that old, and was not shut down for that. */
bool kms_watch_remove(kms_watch *w, kms_watched *c, uint64_t age_ms);
/* Shuts down connections older than so many milliseconds; how many. */
size_t kms_watch_expire(kms_watch *w, uint64_t age_ms);

#endif
