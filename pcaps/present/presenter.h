/* presenter: what all presenters share. Private to present. */
#ifndef TICKETGATE_PCAPS_PRESENTER_H
#define TICKETGATE_PCAPS_PRESENTER_H

#include "front.h"
#include "spool.h"
#include "words.h"

struct tgp_presenter {
    tgp_present_options options;
    tg_report_sink sink;
    tgp_trace_listener listener;
    void (*prepare)(tgp_presenter *p); /* before the spool is sorted; or NULL */
    void (*write)(tgp_presenter *p, const tgp_ending *ending);
    tgp_spool *spool, *beside; /* `beside`: NULL but in forms that have one */
    tgp_front *front;          /* likewise */
    tg_text text;              /* what is being made */
    tg_text ready;             /* what goes out, in a form with a front: it may go while something is being made */
    bool failed, found;
    uint64_t num[3]; /* the form's own */
};

/* Puts what stands in `text` away. */
void tgp_keep(tgp_presenter *p, uint64_t a, uint64_t b, uint64_t c);
/* The same of a call, or of what is beside calls (TGP_NONE), in a form with a front. */
void tgp_keep_of_call(tgp_presenter *p, uint64_t call, uint64_t b, uint64_t c);
/* Writes what stands in `text`. */
void tgp_send(tgp_presenter *p);
void tgp_send_ready(tgp_presenter *p);
/* Writes the records from `from` on whose key.a is `a`, with `between` between them; the place behind them. */
size_t tgp_send_records(tgp_presenter *p, size_t from, uint64_t a, const char *between);

/* Members of a listener, in a form whose functions have these names. */
#define TGP_TAKES_WHAT_IS_JUDGED                                                                                       \
    .message = take_message, .connection = take_connection, .container = take_container, .finding = take_finding,      \
    .call = take_call

/* Each sets listener and write. */
void tgp_json_init(tgp_presenter *p);
void tgp_text_init(tgp_presenter *p);
void tgp_junit_init(tgp_presenter *p);
void tgp_html_init(tgp_presenter *p);
void tgp_list_init(tgp_presenter *p);
void tgp_list_json_init(tgp_presenter *p);
void tgp_follow_init(tgp_presenter *p);

/* Members of JSON that forms share. */
void tgp_json_string(tg_text *out, const char *member, const char *value); /* ,"member":"value" */
void tgp_json_endpoint(tg_text *out, const char *member, const tgp_endpoint *endpoint);
void tgp_json_number(tg_text *out, const char *member, uint64_t number);
void tgp_json_counts(tg_text *out, const tgp_ending *ending);  /* "packets":{..},"streams":{..},"units":{..} */
void tgp_json_summary(tg_text *out, const tgp_ending *ending); /* {"verdict":..} */

/* A finding on a message, connection or container; each line begins with `indent` blanks. */
void tgp_text_finding(tg_text *out, const tgp_placed_finding *finding, unsigned indent);
void tgp_text_trace_finding(tg_text *out, const tgp_trace_finding *finding, unsigned indent);
void tgp_text_outcomes(
    tg_text *out, const char *before,
    const tgp_trace_message *m); /* `before` and "auth ok, KEMAC fail"; nothing where none was told */
void tgp_text_error(tg_text *out, const tgp_trace_message *m, unsigned indent); /* why it cannot be read */
void tgp_text_connection(tg_text *out, const tgp_trace_connection *c);          /* one line */
void tgp_text_container(tg_text *out, const tgp_trace_container *c);
void tgp_text_counts(tg_text *out, const tgp_ending *ending);

#endif
