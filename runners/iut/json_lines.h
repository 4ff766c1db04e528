/* json_lines: calls and answers as lines of JSON (runners/ATTACHING.md), from and to the structs of iut.h. One
 * description of each struct serves both directions, and both ends: the gate's, and that of iut_serve.
 *
 * Reading is strict (types, ranges, hex, duplicate names, UTF-8, nesting) except that members which are not known are
 * ignored, and that missing ones are zero. It is a pure function of the line.
 */
#ifndef TICKETGATE_RUNNERS_JSON_LINES_H
#define TICKETGATE_RUNNERS_JSON_LINES_H

#include "ticketgate/iut.h"

/* ---- memory of what is read --------------------------------------------------------------------------------- */

typedef struct iut_pool {
    struct iut_chunk *chunks;
    size_t used;
} iut_pool;
void *iut_pool_get(iut_pool *pool, size_t size); /* zeroed; NULL when there is no more, or 64 MiB are used */
void iut_pool_free(iut_pool *pool);              /* and it can be used again */

/* ---- calls -------------------------------------------------------------------------------------------------- */

typedef enum iut_op {
    IUT_OP_HELLO,
    IUT_OP_DECODE,
    IUT_OP_CHECK,
    IUT_OP_OPEN,
    IUT_OP_START,
    IUT_OP_RECEIVE,
    IUT_OP_CLOSE,
    IUT_OP_BYE,
    IUT_OP_OPEN_CONTAINER,
    IUT_OP_MAKE_CONTAINER,
    IUT_NUM_OPS
} iut_op;
const char *iut_op_name(iut_op op);

/* A call with all that any of them needs; see iut.h. */
typedef struct iut_call {
    uint64_t id;
    iut_op op;
    unsigned session;
    tgi_octets message;
    const char *profile, *exchange; /* check */
    tgi_role from;                  /* check (0: not known), receive */
    uint64_t now;
    const char *what;               /* start */
    const tgi_transfer *update;
    bool with_response;
    const tgi_open *open;
    tgi_octets container;           /* open_container */
    const tgi_kek *keks;
    size_t num_keks;
    const tgi_container *make;      /* make_container */
} iut_call;

#define TICKETGATE_IUT_PROTOCOL 1

/* What "hello" is answered with. Lists of words end with NULL. */
typedef struct iut_hello {
    const char *name, *release;
    bool roles[4]; /* by tgi_role */
    const char *const *profiles, *const *can;
} iut_hello;

/* An outcome beside those of iut.h, on the line alone: a function of a hosted shared object returned an error. */
#define IUT_OUTCOME_BROKEN ((tgi_outcome)3)

/* Writers give a line with its end, to be freed; NULL: no memory, or a text in it is not UTF-8. */
char *iut_call_write(const iut_call *call);
char *iut_hello_write(uint64_t id, const iut_hello *hello);
char *iut_reply_write(uint64_t id, const tgi_reply *reply);

/* Readers fill what they are given from the pool, or say in `why` what is wrong with the line; nothing of `line` is
 * kept. `len` without the line's end. */
#define IUT_WHY 256
bool iut_call_read(const char *line, size_t len, iut_pool *pool, iut_call *out, char why[IUT_WHY]);
bool iut_hello_read(const char *line, size_t len, uint64_t id, iut_pool *pool, iut_hello *out, char why[IUT_WHY]);
bool iut_reply_read(const char *line, size_t len, uint64_t id, iut_pool *pool, tgi_reply *out, char why[IUT_WHY]);

/* What was said, cut and cleaned (attach.h has the limits); copies are the pool's. False: no memory; `why`: or more words
 * than there may be. */
bool iut_reply_clean(iut_pool *pool, tgi_reply *reply);
bool iut_hello_clean(iut_pool *pool, iut_hello *hello, char why[IUT_WHY]);
/* Into `size` octets with the NUL, whole characters, with an ellipsis where it is cut; what is no character becomes '?'. */
void iut_text_copy(char *out, size_t size, const char *text);

/* "initiator" and so on. */
const char *iut_role_name(tgi_role role);

/* The words of a text, as a list that ends with NULL; NULL: no memory. */
const char *const *iut_words(iut_pool *pool, const char *text);

#endif
