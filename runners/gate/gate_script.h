/* gate_script: an IUT in a role's place, with what a script does to it beside the conversation. */
#ifndef TICKETGATE_RUNNERS_GATE_SCRIPT_H
#define TICKETGATE_RUNNERS_GATE_SCRIPT_H

#include "gate_plan.h"

enum { GATE_MAX_INJECTED = 64 };

typedef struct gate_injected {
    size_t call;            /* index of the call in the record of the party */
    size_t before;          /* and so many messages of the conversation had come to the IUT by then */
    bool must_reject, must_tell; /* must_tell: with an Error */
    const char *row, *what;
} gate_injected;

typedef struct gate_party {
    /* given */
    iut_party *iut;
    const char *script;     /* words, or NULL */
    const char *first_row;  /* that the line blames; NULL: none */
    keeping *keeping;
    tg_arena *arena;        /* for octets that are sent beside the conversation */
    tg_crypto *crypto;      /* with `known` (what this conversation's secrets are): for Errors that are authentic */
    const tg_known *known;  /* NULL: not needed */
    /* noted */
    gate_injected injected[GATE_MAX_INJECTED];
    size_t num_injected;
    const char *undone;     /* what could not be done to the IUT as the script wants it; NULL: all was */
    bool spoil_second;
    size_t num_spoiled, num_real_errors;
    size_t num_received;    /* messages of the conversation that came */
    /* its own */
    tg_party inner;
} gate_party;

tg_party gate_party_of(gate_party *p);
typedef enum gate_error_mac { GATE_ERROR_NO_MAC, GATE_ERROR_WRONG_MAC, GATE_ERROR_RIGHT_MAC } gate_error_mac;
/* An Error of `from` about the newest message that the IUT sent to it (gate_error.c). No data: there is none. */
tg_bytes gate_error_make(gate_party *p, tg_sender from, uint64_t now, gate_error_mac mac);
/* Once more "transfer", when all is over. */
tg_status gate_party_start_again(gate_party *p, uint64_t now);
/* Why what the script does says nothing, or NULL. */
const char *gate_party_undone(gate_party *p);
/* What a script changes in what the IUT is told when a session opens; NULL: there is no such word. */
/* `keeping`: what it makes lives there. */
typedef void (*gate_change)(void *keeping, tgi_open *open);
gate_change gate_change_find(const char *name);
/* A deviation of the gate's own, or of the roles room; NULL when there is none. */
const tg_deviation *gate_deviation_find(const char *name);
const tg_deviation *gate_ticket_deviation_find(const char *name); /* its tickets; NULL likewise */
const tg_deviation *gate_mac_deviation_find(const char *name);    /* of MACs, clocks, updates */
uint8_t gate_type_of(tg_bytes octets);
/* Is the message of the type that the word names ("REQUEST_INIT")? */
bool gate_is_type(tg_bytes octets, const char *name);

#endif
