/* What cut.c has for the readers of values. Internal to the carriage room. */
#ifndef TICKETGATE_CARRIAGE_CUT_H
#define TICKETGATE_CARRIAGE_CUT_H

#include <stdint.h>

#include "lines.h"

/* CSeq (RFC 3261 20.16): a number below 2^32, white space, a method. */
bool tgc_cut_cseq(tgc_text value, uint32_t *number, tgc_text *method);

#endif
