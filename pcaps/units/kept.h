/* What is kept of a connection from one segment to the next, and within which bounds. Internal to flows.c and kept.c.
 *
 * A connection that is not recognised costs nothing, and one of which nothing is kept (TLS, SIP between two messages) no more than the 64 bits of its
 * user pointer: an odd pointer is not one, but what is known of both directions. A million connections may be open at a time. */
#ifndef TICKETGATE_PCAPS_UNITS_KEPT_H
#define TICKETGATE_PCAPS_UNITS_KEPT_H

#include "parts.h"

/* Something was recognised in it once. */
bool tgu_is_known(const tgp_connection *connection);
/* Segments of a direction in which nothing was recognised so far; 0 of a connection that is known. */
unsigned tgu_tries_of(const tgp_connection *connection, unsigned from);
void tgu_note_try(tgp_connection *connection, unsigned from);

/* A flow for the time of one call: the one that is there, or `local`, made from the bits. */
tgu_flow *tgu_enter(const tgp_connection *connection, tgu_flow *local);
/* And back: into bits where they say all, else to the heap. */
void tgu_settle(tgp_units *units, tgp_connection *connection, tgu_flow *flow, const tgu_flow *local);

/* Adds what is left of the front to the tape of a direction; what was kept the longest makes room. */
void tgu_keep(tgp_units *units, tgu_flow *flow, unsigned from, const tgu_front *front);
/* The tapes of the flow have changed. */
void tgu_account(tgp_units *units, tgu_flow *flow);
void tgu_drop_tape(tgu_side *side);
void tgu_reset_message(tgu_side *side);

#endif
