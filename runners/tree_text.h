/* tree_text: a message for people, field by field with offsets and registry names. */
#ifndef TICKETGATE_TREE_TEXT_H
#define TICKETGATE_TREE_TEXT_H

#include "ticketgate/message.h"

void tree_text_print(const tg_message *message);
/* "TRANSFER_INIT (data type 14), 512 octets, CSB ID 0x12345678" */
void tree_text_print_summary(const tg_message *message);

#endif
