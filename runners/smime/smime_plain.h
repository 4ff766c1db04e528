/* smime_plain: what is protected: the octets that were read, text in them with CRLF (RFC 8551, 3.1.1). */
#ifndef TICKETGATE_SMIME_PLAIN_H
#define TICKETGATE_SMIME_PLAIN_H

#include "input.h"

/* A MIME entity: the line ends of its headers and of its text. Anything else: all line ends where it is text, nothing where it
 * is not. Takes the text over; complains. */
bool smime_plain_canonical(input_text *text);

#endif
