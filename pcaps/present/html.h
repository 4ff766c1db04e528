/* html: what the files of the HTML form share. Private to present. */
#ifndef TICKETGATE_PCAPS_HTML_H
#define TICKETGATE_PCAPS_HTML_H

#include "story.h"

/* Parts of a call, in order: the second part of a key, whose first is the call's number and whose third is the frame. */
enum { TGP_HTML_HEAD, TGP_HTML_STEP, TGP_HTML_NOTE, TGP_HTML_DETAIL, TGP_HTML_NUM_PARTS };

/* <details> of a MIKEY message, a connection, a container. */
void tgp_html_message(tg_text *out, const tgp_trace_message *m);
void tgp_html_connection(tg_text *out, const tgp_trace_connection *c);
void tgp_html_container(tg_text *out, const tgp_trace_container *c);
/* Rows of the table of findings; `anchor`: where more is said, "" for nowhere. */
void tgp_html_finding_row(tg_text *out, const tgp_placed_finding *finding, uint64_t call, const char *anchor);
void tgp_html_trace_finding_row(tg_text *out, const tgp_trace_finding *finding);
/* The drawing. `name` is of the figure: "call 3"; `id` makes the ids in it its own. */
void tgp_html_ladder(tg_text *out, const tgp_ladder *ladder, const char *name, uint64_t id);

const char *tgp_mark_class(tgp_mark mark); /* "bad" */
const char *tgp_mark_word(tgp_mark mark);  /* "fails" */

extern const char tgp_html_style[];

#endif
