/* probing: what the cases of `ticketgate probe` share: asking over HTTP, judging answers, failures. */
#ifndef TICKETGATE_KMS_PROBING_H
#define TICKETGATE_KMS_PROBING_H

#include "asking.h"
#include "http.h"
#include "keeping.h"
#include "mapping.h"
#include "ticketgate/report.h"

enum { PROBE_MAX_FAILURES = 64 };

/* What the KMS said to a request. Until the next one. */
typedef struct probe_said {
    iut_http_outcome outcome;
    iut_http_answer http;
    bool has_message;
    tg_bytes message;
    const char *why_none; /* no message in it: why */
} probe_said;

typedef struct probe probe;
typedef struct probe_case {
    const char *id, *title, *group;
    const char *clause; /* catalogue id, or NULL */
    void (*run)(probe *p, const struct probe_case *c);
    const void *arg;
    bool needs_pk, needs_http, needs_clock, not_alive; /* not_alive: no request afterwards */
    int form;                                          /* kms_body */
} probe_case;

struct probe {
    const deployment *d;
    kms_mapping m;
    const char *origin;   /* "http://127.0.0.1:8080" */
    const char *resource; /* with path, without query */
    unsigned timeout_ms;
    size_t requests, connections;
    iut_http *http;
    asker asker;
    keeping k;
    kms_body form;    /* of plain requests */
    uint8_t *decoded; /* of the last answer */
    size_t decoded_capacity;
    /* the case at hand */
    tg_report_failure failures[PROBE_MAX_FAILURES];
    size_t num_failures;
    const char *skipped, *inconclusive, *note;
    tg_bytes octets;            /* of the message that failed */
    bool unreachable, answered; /* by the last request: no connection; a response of the KMS, right or not */
};

/* ---- failures of the case at hand --------------------------------------------------------------------------- */
void probe_fail(probe *p, const char *requirement, const char *expected, const char *got, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* ---- asking ------------------------------------------------------------------------------------------------- */
const char *probe_url(probe *p, tg_sender from);
void probe_post(probe *p, tg_sender from, kms_body form, tg_bytes octets, probe_said *out);
/* Any request at all; what is NULL is the mapping's. `type` "": none. */
void probe_send(probe *p, const char *url, const char *method, const char *type, tg_bytes body, probe_said *out);
/* The message in an answer, in out->message. */
void probe_read(probe *p, probe_said *out);

/* ---- judging ------------------------------------------------------------------------------------------------ */
/* The answer is right: the response to `q`, authentic, and it breaks nothing. */
bool probe_is_right(probe *p, const asked *q, const probe_said *said, const char *what);
/* It refuses: status 4xx, or an Error that breaks nothing itself. */
bool probe_is_refusal(probe *p, const asked *q, const probe_said *said, const char *row, const char *what);
/* It is an answer, not a breakdown: any status but 5xx. */
bool probe_is_answer(probe *p, const probe_said *said, const char *what);

/* A plain request, answered right? */
bool probe_plain(probe *p, const char *what);
/* A plain request, answered at all? What is wrong with the answer is for other cases. */
bool probe_alive(probe *p, const char *what);
/* A request and its ticket's way to the Responder, ready for asker_resolve; asked over HTTP. */
bool probe_ticket(probe *p, const asking_options *o, asked *q);

/* ---- cases -------------------------------------------------------------------------------------------------- */
typedef struct probe_list {
    probe_case *cases;
    size_t num, capacity;
} probe_list;
probe_case *probe_add(probe_list *list, const char *id, const char *title, const char *group,
                      void (*run)(probe *p, const probe_case *c)); /* ends the program when memory ran out */
void probe_add_valid(probe *p, probe_list *list);
void probe_add_invalid(probe *p, probe_list *list);
void probe_add_http(probe *p, probe_list *list);
void probe_add_raw(probe *p, probe_list *list);
void probe_add_load(probe *p, probe_list *list);
extern const asking_options probe_as_usual;

#endif
