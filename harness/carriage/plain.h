/* plain: texts about which libosip2 need not be asked (private to carriage). They are written as nearly everybody writes them, and libosip2 takes
 * them; but to ask it costs more than all else that is done with a message. False never means that a text is wrong: libosip2 has to be asked. */
#ifndef TICKETGATE_CARRIAGE_PLAIN_H
#define TICKETGATE_CARRIAGE_PLAIN_H

#include "sdp_lines.h"

/* The lines v=, o=, s=, t=, c= and m= of a description. */
bool tgc_sdp_is_plain(const tgc_outline *lines);
/* From, To, Contact: <sip:user@host:port;parameters>;parameters, a name in quotes before it; `value` is trimmed. */
bool tgc_address_is_plain(tgc_text value);

#endif
