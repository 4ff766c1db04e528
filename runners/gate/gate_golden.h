/* gate_golden: messages of golden conversations as cases. */
#ifndef TICKETGATE_RUNNERS_GATE_GOLDEN_H
#define TICKETGATE_RUNNERS_GATE_GOLDEN_H

#include "gate.h"
#include "ticketgate/json.h"

unsigned gate_golden_type(const vector *v, size_t message);
/* Nothing speaks against it. */
bool gate_golden_is_good(const vector *v, size_t message);
/* The data type that answers this one. */
uint8_t gate_golden_answer_type(uint8_t asked);
/* What is found in the answer is failures of its sender; without any, the rows of the sender count. */
void gate_golden_judge_answer(gate_run *r, const gate_case *c, const tg_json_conversation *golden, tgi_octets octets,
                              gate_verdict *v);
/* Was a good message of the same kind answered in this run? Else nobody can tell why a bad one was not. */
bool gate_golden_control(gate_run *r, const gate_case *c);
void gate_control_note(gate_run *r, const char *key, bool completed);

#endif
