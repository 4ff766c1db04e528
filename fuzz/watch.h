/* watch: a listener of a trace that asks whether what is told fits: the packets, and what was told before. */
#ifndef TICKETGATE_FUZZ_WATCH_H
#define TICKETGATE_FUZZ_WATCH_H

#include "fuzz.h"
#include "pcaps/trace.h"

typedef struct fuzz_watch {
    const fuzz_block *packets; /* those that the trace took, frame 1 first */
    size_t num_packets;
    const unsigned *units;                              /* which unit of a script each is a part of; NULL: none */
    void (*check_text)(const void *octets, size_t len); /* what no text may show; NULL: nothing */
    uint64_t digest;                                    /* of all that is told, in its order */
    uint64_t digest_of_units; /* of what does not follow from how the units were cut into packets */
    tgp_trace_counts told;
} fuzz_watch;

/* Oracle places: frames are there, and octets lie in them. Oracle texts. Oracle no_secrets by check_text. */
tgp_trace_listener fuzz_watch_listener(fuzz_watch *watch);
/* After tgp_trace_finish. Oracle counts: every packet stands in one; what was told was counted. Oracle verdict. */
void fuzz_watch_check(const fuzz_watch *watch, const tgp_trace *trace);

#endif
