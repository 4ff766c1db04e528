/* gate_container: cases of PSK S/MIME containers (capability `smime`): those of vectors, to be opened, and those that the IUT
 * makes. */
#ifndef TICKETGATE_RUNNERS_GATE_CONTAINER_H
#define TICKETGATE_RUNNERS_GATE_CONTAINER_H

#include "gate.h"
#include "ticketgate/smime.h"

/* What a vector is as a case: NULL where it is none, else the rows that it is about. */
typedef enum gate_container_kind {
    GATE_CONTAINER_NONE,
    GATE_CONTAINER_OPENS,
    GATE_CONTAINER_STAYS_SHUT
} gate_container_kind;
gate_container_kind gate_container_kind_of(const vector *v);
const char *const *gate_container_rows(gate_container_kind kind, size_t *num);

/* One that the IUT is to open, or (c->line) to make. */
void gate_run_container(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v);
void gate_run_made_container(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v);

/* What a container takes. */
typedef struct gate_container_needs {
    tg_smime_alg alg;
    bool wrap_256;
    size_t num_recipients;
} gate_container_needs;
/* The IUT can or cannot do what is asked, `makes` or opens: which row says that it should? By plainer containers of our own,
 * which it opens or makes once a run. NULL: nothing that a client has to support is missing. */
const char *gate_container_blame(gate_run *r, const gate_case *c, const gate_container_needs *needs, bool makes);
/* Octets from the seed of the run and a name. */
tg_bytes gate_container_octets(gate_run *r, const char *name, size_t len);

#endif
