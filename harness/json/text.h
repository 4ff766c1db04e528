/* text: writing into a tg_text in place. Private to the json room. */
#ifndef TICKETGATE_JSON_TEXT_H
#define TICKETGATE_JSON_TEXT_H

#include "ticketgate/json.h"

/* Room for `more` characters behind what is there; NULL when memory ran out (now or before). */
char *tg_text_reserve(tg_text *text, size_t more);

/* Takes over `len` characters written into the room that tg_text_reserve gave. */
static inline void tg_text_advance(tg_text *text, size_t len)
{
    text->len += len;
    text->data[text->len] = '\0';
}

#endif
