/* out: what all writers write with. Private to the report room. */
#ifndef TICKETGATE_REPORT_OUT_H
#define TICKETGATE_REPORT_OUT_H

#include "ticketgate/report.h"

/* Remembers that the sink failed, so that writers need not ask after each piece. */
typedef struct tg_out {
    tg_report_sink sink;
    bool failed;
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
