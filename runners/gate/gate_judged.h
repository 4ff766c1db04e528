/* gate_judged: which requirements a case judged the IUT by, and how often, as a sender and as a receiver. */
#ifndef TICKETGATE_RUNNERS_GATE_JUDGED_H
#define TICKETGATE_RUNNERS_GATE_JUDGED_H

#include "gate.h"

/* Is the row about a message of this name? The column `message` of the catalogue is a list in words. */
bool gate_is_about(const tg_requirement *row, const char *type, bool is_update);
/* Does it bind this role as the sender of a message, and does a check of it exist? */
bool gate_binds_sender(const tg_requirement *row, tg_sender role);
/* May a profile have this row at all? Those of TS 33.328 are switched on by members of the profile. */
bool gate_profile_has(const tg_profile *profile, const tg_requirement *row);

/* Adds to what the case counts. */
void gate_count(gate_verdict *v, const char *row, size_t as_sender, size_t as_receiver);
/* All of an exchange that was judged. `keys`: the session keys of the IUT were compared. */
void gate_count_exchange(const gate_exchange *x, const tg_profile *profile, bool keys, gate_verdict *v);

#endif
