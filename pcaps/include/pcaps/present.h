/* present: what is found in a trace, for people and programs: text, JSON, JUnit XML, HTML with a call ladder; lists of messages; one call as a
 * ladder in text.
 *
 * A presenter is a listener of a trace. What must stand in another order than it comes is kept in unlinked temporary files (spool.h), so that
 * memory does not grow with the capture; everything is written by tgp_presenter_finish. No key is written unless `show_keys` says so.
 */
#ifndef TICKETGATE_PCAPS_PRESENT_H
#define TICKETGATE_PCAPS_PRESENT_H

#include "pcaps/trace.h"
#include "ticketgate/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(symbol, name) */
#define TGP_FORMS(X)                                                                                                   \
    X(TEXT, "text")                                                                                                    \
    X(JSON, "json")           /* vectors/TRACE.md section 4, runners/schemas/trace-report.schema.json */               \
    X(JUNIT, "junit")         /* a test case for each message, connection, container and call */                       \
    X(HTML, "html")           /* one page, no other resources, no need of scripts */                                   \
    X(LIST, "list")           /* a line a MIKEY message, for people */                                                 \
    X(LIST_JSON, "list_json") /* an object a line for each message, then one with the summary */                       \
    X(FOLLOW, "follow")       /* the ladder of one call, as text, with its messages */
typedef enum tgp_form {
#define TGP_ENUM(symbol, name) TGP_FORM_##symbol,
    TGP_FORMS(TGP_ENUM)
#undef TGP_ENUM
        TGP_NUM_FORMS
} tgp_form;

/* Texts outlive the presenter. */
typedef struct tgp_present_options {
    const char *capture;                                          /* its name */
    const char *profile;                                          /* "auto" */
    bool show_keys;                                               /* TEKs of conversations */
    bool all;                                                     /* lists: every SIP and HTTP message */
    bool headers_only;                                            /* FOLLOW: leave bodies of SIP messages out */
    enum { TGP_BY_CALL, TGP_BY_CALL_ID, TGP_BY_CONVERSATION } by; /* FOLLOW: which call */
    uint64_t number;                                              /* of the call or conversation */
    const char *call_id;
    size_t most_html; /* octets of drawings and details in a page: 16 MiB by default (0) */
} tgp_present_options;

/* How it ended. */
typedef struct tgp_ending {
    tgp_verdict verdict;
    const char *error, *link; /* why reading ended early, or ""; "EN10MB" */
    tgp_trace_counts counts;
    uint64_t packets[TGP_NUM_PACKETS], streams[TGP_NUM_STREAM_EVENTS], units[TGP_NUM_UNIT_EVENTS];
} tgp_ending;
/* Fills in its counts. */
void tgp_ending_count(tgp_ending *ending, const tgp_trace *trace);

typedef struct tgp_presenter tgp_presenter;
/* NULL: no memory, or no temporary file. */
tgp_presenter *tgp_presenter_new(tgp_form form, const tgp_present_options *options, tg_report_sink sink);
const tgp_trace_listener *tgp_presenter_listener(const tgp_presenter *presenter);
/* Writes. False when the sink, memory or temporary files failed. */
bool tgp_presenter_finish(tgp_presenter *presenter, const tgp_ending *ending);
/* After finish. FOLLOW: whether there was such a call. Others: whether there was anything to tell. */
bool tgp_presenter_found(const tgp_presenter *presenter);
void tgp_presenter_free(tgp_presenter *presenter);

#ifdef __cplusplus
}
#endif
#endif
