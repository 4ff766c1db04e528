/* converse_sip: the SIP MESSAGE that a Ticket Transfer of a made conversation travels in (TS 33.328 annex F.3), with a body that is protected
 * by the key of its crypto session. */
#ifndef TICKETGATE_CONVERSE_SIP_H
#define TICKETGATE_CONVERSE_SIP_H

#include "ticketgate/converse.h"
#include "ticketgate/json.h"

/* Does a Ticket Transfer of this profile protect a message? */
bool converse_sip_is_message(const tg_profile *profile);
/* Adds the request for the TRANSFER_INIT at `index`; the same conversation gives the same. One that protects nothing, since it is wrong in
 * some way, is there alone: as application/mikey. TG_REFUSED: there is no TRANSFER_INIT. */
TG_NODISCARD tg_status converse_sip_add(tg_crypto *crypto, const tg_conversation_made *made, size_t index,
                                        tg_text *out);

#endif
