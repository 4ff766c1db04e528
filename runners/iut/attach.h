/* attach: an implementation under test (IUT), however it is attached, behind one set of calls.
 *
 * runners/ATTACHING.md is the manual of what travels; harness/include/ticketgate/iut.h has the structs. Here stands
 * what may go wrong on the way: an IUT that hangs, dies, talks nonsense or without end costs a bounded time and a
 * bounded memory, and the call says which it was.
 */
#ifndef TICKETGATE_RUNNERS_ATTACH_H
#define TICKETGATE_RUNNERS_ATTACH_H

#include "ticketgate/iut.h"

typedef struct iut iut;

/* How MIKEY travels to a live KMS, and what it is declared to do: it cannot be asked. NULL: the default. */
typedef struct iut_live_options {
    const char *profiles, *can; /* words */
    const char *path;           /* of a URL without one */
    const char *method, *content_type, *query_request, *query_resolve;
    unsigned status_ok; /* 0: 200 */
    bool base64;
} iut_live_options;

typedef struct iut_options {
    const char *target;      /* as --iut has it: command line, path of a shared object, URL; NULL: the bundled reference */
    const char *mutant;      /* of the bundled reference; NULL: none */
    bool in_process;         /* reference and shared objects: call them directly, without a process around them */
    unsigned timeout_ms;     /* of each answer; 0: 5000 */
    size_t max_answer;       /* octets; 0: 1 MiB */
    size_t max_memory;       /* address space of the process, octets; 0: no limit */
    unsigned max_restarts;   /* 0: 100 */
    unsigned max_timeouts;   /* answers that did not come in time, in all; 0: 25. See also iut_case_done */
    bool (*interrupted)(void *user); /* asked several times a second while an answer is awaited; NULL: never */
    void *interrupted_user;
    const char *error_map;   /* JSON text, or NULL */
    const iut_live_options *live; /* NULL: the defaults */
    const char *program;     /* what hosts the reference and shared objects: `PROGRAM iut ...`; NULL: this program */
} iut_options;

/* How a call ended. */
typedef enum iut_fault {
    IUT_OK = 0,
    IUT_TIMEOUT,     /* no answer in time; it was killed */
    IUT_DIED,        /* it ended, by itself or by a signal */
    IUT_GARBAGE,     /* no answer, or not to this call */
    IUT_TOO_MUCH,    /* an answer without end, or output that nobody asked for */
    IUT_BROKEN_CALL, /* a function of a shared object returned an error */
    IUT_GONE,        /* it could not be started (again), was restarted too often, or hung too often */
    IUT_INTERRUPTED  /* not its fault: somebody wants the run to end; so do all calls from then on */
} iut_fault;
const char *iut_fault_name(iut_fault fault); /* "timeout" */

/* What it says is cut, and cleaned, as it is read: octets of name, release and classes of errors, of texts, of words of
 * `profiles` and `can`, and how many of those it may have. */
enum { IUT_MAX_NAME = 128, IUT_MAX_TEXT = 1024, IUT_MAX_WORD = 64, IUT_MAX_WORDS = 256 };

/* What it declared. `can` and the others are lists of words that end with NULL; they live as long as the iut. */
typedef struct iut_declaration {
    const char *name, *release;
    bool roles[4];              /* by tgi_role */
    const char *const *profiles, *const *can;
} iut_declaration;

/* Starts it and says hello. NULL: *reason (static, or until the next call) says why not. */
iut *iut_attach(const iut_options *options, const char **reason);
void iut_detach(iut *u); /* says bye, and leaves nothing running */
const iut_declaration *iut_declares(const iut *u);
bool iut_can(const iut *u, const char *word);
bool iut_has_profile(const iut *u, const char *profile);

/* The calls of iut.h. With a fault the reply is zero, and the next call starts the IUT again: sessions are gone then.
 * Replies live until the next call. `error` is already translated by the map. */
iut_fault iut_decode(iut *u, tgi_octets message, tgi_reply *reply);
iut_fault iut_check(iut *u, tgi_octets message, const char *profile, const char *exchange, tgi_role from,
                    tgi_reply *reply);
iut_fault iut_open(iut *u, const tgi_open *what, unsigned *session, tgi_reply *reply);
iut_fault iut_start(iut *u, unsigned session, const char *what, const tgi_transfer *update, bool with_response,
                    uint64_t now, tgi_reply *reply);
iut_fault iut_receive(iut *u, unsigned session, tgi_role from, tgi_octets message, uint64_t now, tgi_reply *reply);
iut_fault iut_close(iut *u, unsigned session);

iut_fault iut_open_container(iut *u, tgi_octets container, const tgi_kek *keys, size_t num_keys, tgi_reply *reply);
iut_fault iut_make_container(iut *u, const tgi_container *what, tgi_reply *reply);

/* The bound of time: after IUT_MAX_TIMEOUTS_IN_A_ROW timeouts without a case done in between, or `max_timeouts` in all, it
 * is not asked any more (IUT_GONE). A case is done when the caller got to its end without a fault. */
enum { IUT_MAX_TIMEOUTS_IN_A_ROW = 10 };
void iut_case_done(iut *u);
bool iut_was_interrupted(const iut *u);

/* A word of the table of classes in ATTACHING.md. */
bool iut_is_error_class(const char *word);

/* About the last fault, for people: "killed by signal 11 (SIGSEGV)", "exit code 3", ...; with the end of what it wrote
 * to standard error. "" after none. Until the next call. */
const char *iut_fault_text(const iut *u);
const char *iut_last_words(const iut *u);
unsigned iut_restarts(const iut *u);

/* The bundled reference implementation, on the roles of the library. `mutant`: NULL, or one of iut_mutants(). */
const tgi_interface *iut_reference(const char *mutant);

/* Deliberately wrong variants of the reference, each breaking one requirement. */
typedef struct iut_mutant {
    const char *name, *title; /* one sentence */
    const char *breaks;       /* the catalogue row by which the gate must find it, and by no other */
    const char *roles;        /* in which it is wrong: "initiator responder" */
} iut_mutant;
const iut_mutant *iut_mutants(size_t *num);

/* Serves an interface as a process: lines of JSON on the descriptors, until bye or end of input. For `ticketgate iut`
 * and for what hosts a shared object. 0, or an exit code. */
int iut_serve(const tgi_interface *interface, int in, int out);

#endif
