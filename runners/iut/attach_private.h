/* attach_private: what the files behind attach.h share. */
#ifndef TICKETGATE_RUNNERS_ATTACH_PRIVATE_H
#define TICKETGATE_RUNNERS_ATTACH_PRIVATE_H

#include "attach.h"
#include "host.h"
#include "http.h"
#include "process.h"

/* ---- attach_errors.c: words for errors, translated ------------------------------------------------------------ */

typedef struct iut_error_map iut_error_map;
bool iut_error_map_read(const char *json, iut_error_map **out, char why[IUT_WHY]);
const char *iut_error_map_find(const iut_error_map *map, const char *word); /* the word itself where nothing matches */
void iut_error_map_free(iut_error_map *map);

/* ---- attach_http.c: a live KMS -------------------------------------------------------------------------------- */

typedef struct iut_live {
    iut_http *http;
    const char *url;
    iut_live_options o;
    unsigned timeout_ms;
    size_t max_answer;
    bool (*interrupted)(void *user);
    void *interrupted_user;
} iut_live;
bool iut_live_hello(const iut_live *live, iut_pool *pool, iut_hello *out, char why[IUT_WHY]);
/* False: no memory. */
bool iut_live_set(iut_live *live, iut_pool *pool, const char *url, const iut_live_options *o);
iut_fault iut_live_call(const iut_live *live, const iut_call *call, iut_pool *pool, tgi_reply *reply,
                        char why[IUT_WHY]);

/* ---- attach_bounds.c: of time and memory ---------------------------------------------------------------------- */

/* Before a call: whether it is still to be asked. IUT_OK, or why not. */
iut_fault iut_bounds_before(iut *u);
void iut_bounds_after(iut *u, iut_fault fault);
/* While an object is called directly, `exit` in it must not look like the end of a run. False: no memory. */
bool iut_bounds_guard_exit(void);
void iut_bounds_release_exit(void);

/* ---- attach.c ------------------------------------------------------------------------------------------------- */

struct iut {
    enum { KIND_PROCESS, KIND_DIRECT, KIND_LIVE } kind;
    /* KIND_PROCESS */
    char **argv;
    iut_process *process; /* NULL: it broke down, and is started by the next call */
    iut_process_limits limits;
    iut_tail tail;
    /* KIND_DIRECT */
    iut_host host;
    void *handle;
    bool guarded; /* iut_bounds_guard_exit */
    /* KIND_LIVE */
    iut_live live;

    iut_pool declared, replies; /* memory of `hello`, of the last reply */
    iut_hello hello;
    iut_declaration declares;
    iut_error_map *errors;
    uint64_t next_id;
    unsigned next_session, first_session; /* sessions before the first were lost in a breakdown */
    unsigned restarts, max_restarts, failed_starts;
    unsigned timeouts, max_timeouts, timeouts_in_a_row;
    bool answered;    /* since the last timeout */
    bool interrupted; /* a call was cut off */
    char why[IUT_WHY], words[IUT_TAIL + 1];
};

#endif
