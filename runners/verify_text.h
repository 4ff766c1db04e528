/* verify_text: the judgement of a conversation, for people. */
#ifndef TICKETGATE_VERIFY_TEXT_H
#define TICKETGATE_VERIFY_TEXT_H

#include "ticketgate/exchange.h"

/* With `show_keys` what was derived is printed, else only its names. */
void verify_text_print(const tg_conversation *conversation, const tg_sent *sent, const tg_profile *profile,
                       bool show_keys);
void verify_text_print_finding(const tg_finding *finding, tg_bytes octets);

#endif
