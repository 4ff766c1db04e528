/* converse_pcap: made conversations as a capture: Ticket Transfer in SIP, INVITE over UDP or MESSAGE over TCP; Ticket Request and Resolve in HTTP.
 *
 * How 3GPP maps the exchanges with the KMS to HTTP is not published in a text that this project could check: here it is a
 * POST of application/mikey, binary.
 */
#ifndef TICKETGATE_CONVERSE_PCAP_H
#define TICKETGATE_CONVERSE_PCAP_H

#include "ticketgate/converse.h"
#include "ticketgate/json.h"
#include "write.h"

/* Writes one conversation. False when a message does not fit in a datagram, or memory ran out. */
bool converse_pcap_write(tg_pcap_writer *w, tg_crypto *crypto, const tg_conversation_made *made, size_t number);

#endif
