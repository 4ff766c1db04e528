/* gate_keys: keys that an IUT shows, and what has to be fresh. */
#ifndef TICKETGATE_RUNNERS_GATE_KEYS_H
#define TICKETGATE_RUNNERS_GATE_KEYS_H

#include "gate.h"

/* The session keys shown against those that the judge derived; false when there is nothing to compare. */
bool gate_compare_keys(tg_crypto *crypto, const tg_conversation *judged, const gate_exchange *x, const iut_party *party,
                       gate_verdict *v);
/* The row that the key shown for a crypto session breaks, by what might have been done instead, and *what is wrong of it ("TEK", "salt"); NULL: it is
 * right. `message`: the newest one of the Ticket Transfer that gave keys. */
const char *gate_row_of_key(tg_crypto *crypto, const tg_conversation *judged, const tg_message *message, bool is_update,
                            const tg_session_key *expected, const tgi_session_key *got, const char **what);
/* Where they could not be compared: a Responder that answers nothing (F=0) says that there is a session, no more. */
void gate_need_keys(const gate_exchange *x, gate_verdict *v);
/* A KMS that asks another one sends IDRr and TICKET on as they came (10). */
void gate_compare_forwarded(const gate_exchange *x, gate_verdict *v);
/* Asked for no keys, a KMS grants one TGK (4.2.1.5). */
void gate_check_default_key(const gate_exchange *x, gate_verdict *v);
/* What the IUT sent in two runs of one plan: RANDs and CSB IDs must not come again. */
void gate_compare_freshness(const gate_exchange *a, const gate_exchange *b, gate_verdict *v);
/* Keys that it made, in two runs of one plan, and zeros (gate_fresh.c). `made_ticket`: the ticket's too. */
void gate_compare_fresh_keys(const gate_exchange *a, const tg_conversation *one, const gate_exchange *b,
                             const tg_conversation *two, bool made_ticket, gate_verdict *v);
/* A KMS that is told its limits (a script's `change`) keeps them (gate_grant.c). */
void gate_check_limits(const gate_exchange *x, const char *change, uint64_t now, gate_verdict *v);
/* It granted J=0, and said so: that the ticket is not transferred again is no fault. */
void gate_excuse_grant(const gate_exchange *x, bool reuses, gate_verdict *v);

#endif
