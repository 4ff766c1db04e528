/* verify_files: a conversation whose messages stand in files of their own. */
#ifndef TICKETGATE_VERIFY_FILES_H
#define TICKETGATE_VERIFY_FILES_H

#include "keeping.h"
#include "request.h"
#include "ticketgate/exchange.h"

typedef struct verify_files {
    tg_sent *sent; /* for verifying.conversation */
    size_t num, capacity;
    keeping keeping;
    workspace ws;
    size_t num_updates;
} verify_files;

/* Reads the messages of [EX,FROM=]FILE operands, in order; the exchange and the sender of those that do not say it are told by the
 * messages. Complains; returns an exit code. */
int verify_files_read(verify_files *f, request *r, char *const *operands, size_t num);
void verify_files_free(verify_files *f);

#endif
