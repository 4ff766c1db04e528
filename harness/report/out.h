/* out: what all writers write with. Private to the report room. */
#ifndef TICKETGATE_REPORT_OUT_H
#define TICKETGATE_REPORT_OUT_H

#include "ticketgate/report.h"

/* Remembers that the sink failed, so that writers need not ask after each piece. */
typedef struct tg_out {
    tg_report_sink sink;
    bool failed;
    bool comma; /* JSON (members.h): something stands before in this object or array */
} tg_out;

void tg_out_octets(tg_out *out, const char *text, size_t len);
void tg_out_text(tg_out *out, const char *text);
void tg_out_number(tg_out *out, uint64_t value);
void tg_out_blanks(tg_out *out, size_t num);

/* Text from outside, made fit for its surroundings; octets that are not UTF-8 become U+FFFD.
 * plain: for a terminal, control characters become '?'. json: the inside of a string. xml: attribute or text. */
void tg_out_plain(tg_out *out, const char *text);
void tg_out_json(tg_out *out, const char *text);
void tg_out_xml(tg_out *out, const char *text);
/* No more than `most` octets of it. */
void tg_out_json_cut(tg_out *out, const char *text, size_t most);

/* What the IUT said, through tg_report_mask and one of the above. */
enum { TG_MASKED_MAX = 8192 };
void tg_out_masked(tg_out *out, const char *text, void (*write)(tg_out *out, const char *text));
void tg_out_hex(tg_out *out, tg_bytes octets);

/* The octets that a failure is about. */
static inline tg_bytes tg_failure_octets(const tg_report_case *c, const tg_report_failure *failure)
{
    if (!failure->has_message)
        return c->octets;
    return failure->message < c->num_transcript ? c->transcript[failure->message].octets : tg_bytes_of(NULL, 0);
}

/* Failed, and not expected to. */
static inline bool tg_fails_run(const tg_report_case *c)
{
    return c->verdict == TG_VERDICT_FAILED && !(c->expected_failure && c->expected_failure[0]);
}

/* "" for NULL. */
static inline const char *tg_or_empty(const char *text)
{
    return text ? text : "";
}

static inline bool tg_has_text(const char *text)
{
    return text && text[0];
}

#endif
