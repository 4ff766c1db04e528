/* host: an interface of iut.h with its sessions by number, for callers that may be wrong about them. Used in the
 * process that serves it, and by attachments without a process in between. */
#ifndef TICKETGATE_RUNNERS_HOST_H
#define TICKETGATE_RUNNERS_HOST_H

#include "json_lines.h"

enum { IUT_MAX_SESSIONS = 1024 };

typedef struct iut_host {
    const tgi_interface *interface;
    struct {
        unsigned number;
        void *session;
    } sessions[IUT_MAX_SESSIONS];
    size_t num;
} iut_host;

/* Whether the interface can be used at all: version, size, texts, and functions for what it declares. Else `why`. */
bool iut_interface_usable(const tgi_interface *interface, char why[IUT_WHY]);
bool iut_interface_hello(const tgi_interface *interface, iut_pool *pool, iut_hello *out); /* false: no memory */

/* decode, check, open, start, receive, close. False: a function of the interface returned an error, or a reply that is
 * none; `why` says which. */
bool iut_host_call(iut_host *host, const iut_call *call, tgi_reply *reply, char why[IUT_WHY]);
void iut_host_close_all(iut_host *host);

/* The interface of a shared object; *handle is for iut_unload. NULL and `why`. */
const tgi_interface *iut_load(const char *path, void **handle, char why[IUT_WHY]);
void iut_unload(void *handle);

#endif
