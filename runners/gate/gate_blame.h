/* gate_blame: what the files of the rules of blame share. */
#ifndef TICKETGATE_RUNNERS_GATE_BLAME_H
#define TICKETGATE_RUNNERS_GATE_BLAME_H

#include "gate.h"

void gate_inconclusive(gate_verdict *v, const char *reason);
/* Judges a message of the IUT; false when nothing that follows can be judged any more. */
bool gate_judge_sent(const gate_exchange *x, gate_verdict *v, size_t s, bool after_deviation);
/* A peer did not take what the judge finds nothing in: false then. */
bool gate_judge_taken(const gate_exchange *x, gate_verdict *v, size_t s);

#endif
