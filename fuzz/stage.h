/* stage: the three roles in the middle of a conversation of theirs: for each message that a role can wait for, the role as
 * it was just before it came. What comes instead is the fuzzer's.
 */
#ifndef TICKETGATE_FUZZ_STAGE_H
#define TICKETGATE_FUZZ_STAGE_H

#include "keyed.h"

/* After fuzz_keyed_init: plays a conversation of mode 1 with updates from both sides. */
void fuzz_stage_init(void);
/* What was said in it. */
size_t fuzz_stage_num_sent(void);
const tg_sent *fuzz_stage_sent(size_t index);

/* Gives the message to this role, in each state in which it waited for one: as it stands, and with its MACs made right by
 * somebody who knows every key. Oracles: role_status (memory is the only failure), same_result, forged (what is accepted
 * as it stands was said in the conversation, but for Initiator Data), unmoved (what is not authentic changes no state),
 * outgoing (what is sent parses, and shows no key), no_secrets; and those of the judge. */
void fuzz_stage_check(tg_sender role, const uint8_t *data, size_t size);

#endif
