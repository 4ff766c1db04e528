/* rules: the checks on one message, without keys and without the messages around it.
 *
 * Which rows are judged and how stands in the catalogue (how = check, room = rules) and in vectors/FORMAT.md, section 6.
 */
#ifndef TICKETGATE_RULES_H
#define TICKETGATE_RULES_H

#include "ticketgate/findings.h"
#include "ticketgate/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Judges a parsed message. Every breach goes to the sink; a row may be broken in several places. No heap, no state. */
void tg_rules_check(const tg_message *message, const tg_profile *profile, const tg_context *context,
                    tg_finding_sink sink);

#ifdef __cplusplus
}
#endif
#endif
