/* answer: the JSON objects that decode and check write, one a message. */
#ifndef TICKETGATE_ANSWER_H
#define TICKETGATE_ANSWER_H

#include "ticketgate/json.h"

/* {"ok":true,"message":{...}  without the closing brace. `indent` as in tg_json_from_message. */
TG_NODISCARD tg_status answer_begin(const tg_message *message, unsigned indent, tg_text *out);
/* {"ok":false,"error":{...}} and a line end. */
void answer_error(const tg_diag *diag, tg_text *out);
/* Writes the text to standard output and empties it. False when memory ran out. */
bool answer_send(tg_text *text);
/* Likewise, with a line end, and overwrites it: it may hold keys, or content. The text can be used again. */
bool answer_send_line(tg_text *text);
void answer_add(tg_text *out, const char *text);

#endif
