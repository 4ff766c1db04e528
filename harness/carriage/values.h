/* Stretches of header values (RFC 3261 25.1) as views: lists, parameters, the URI of a name-addr. Internal to the carriage room. */
#ifndef TICKETGATE_CARRIAGE_VALUES_H
#define TICKETGATE_CARRIAGE_VALUES_H

#include "lines.h"

/* Up to the next comma outside of quotes and <>; `rest` goes behind it. */
tgc_text tgc_next_value(tgc_text *rest);
/* A parameter (";name=value;name") outside of quotes, whatever the case of its name; its value without quotes around it. */
bool tgc_parameter(tgc_text parameters, const char *name, tgc_text *value);
/* Parts a name-addr or addr-spec (RFC 3261 20.10): without <>, what follows ";" is of the header. */
void tgc_cut_address(tgc_text value, tgc_text *uri, tgc_text *parameters);
/* Line ends only as folding has them: LF or CRLF with white space behind; no NUL. What else stands there, a parser behind this one might take for
 * the end of a line. */
bool tgc_is_clean(tgc_text value);
bool tgc_is_token(tgc_text text); /* RFC 3261 25.1 */
bool tgc_is_token_char(char c);

#endif
