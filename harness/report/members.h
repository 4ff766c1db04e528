/* members: JSON, a member or element at a time; commas come by themselves. Private to the report room.
 *
 * `name` is NULL for an element of an array.
 */
#ifndef TICKETGATE_REPORT_MEMBERS_H
#define TICKETGATE_REPORT_MEMBERS_H

#include "out.h"

void tg_put_open(tg_out *out, const char *name, const char *bracket); /* "{" or "[" */
void tg_put_close(tg_out *out, const char *bracket);                  /* "}" or "]" */
void tg_put_line(tg_out *out);                                        /* what comes next begins a line */
void tg_put_text(tg_out *out, const char *name, const char *value);
void tg_put_optional(tg_out *out, const char *name, const char *value); /* nothing where it says nothing */
void tg_put_cut(tg_out *out, const char *name, const char *value, size_t most);
void tg_put_masked(tg_out *out, const char *name, const char *value); /* as tg_put_optional */
void tg_put_number(tg_out *out, const char *name, uint64_t value);
void tg_put_bool(tg_out *out, const char *name, bool value);
void tg_put_hex(tg_out *out, const char *name, tg_bytes octets);
void tg_put_words(tg_out *out, const char *name, const char *const *words); /* ended by NULL; NULL: none */
void tg_put_list(tg_out *out, const char *name, const char *const *words, size_t num);
void tg_put_clause(tg_out *out, const char *name, const tg_requirement *requirement); /* "RFC 6043 6.10" */

/* The octets around a place, as {"offset":16,"hex":".."}. */
void tg_put_excerpt(tg_out *out, const char *name, size_t offset, tg_bytes octets);

#endif
