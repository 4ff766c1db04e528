/* derive_inputs: a derivation from options of the command line. */
#ifndef TICKETGATE_DERIVE_INPUTS_H
#define TICKETGATE_DERIVE_INPUTS_H

#include "keeping.h"
#include "ticketgate/crypto.h"

enum {
    DERIVE_PRF, DERIVE_INKEY, DERIVE_USE, DERIVE_CSB_ID, DERIVE_CS_ID, DERIVE_DIRECTION, DERIVE_RANDRI, DERIVE_RANDRR,
    DERIVE_RAND, DERIVE_IDR, DERIVE_RANDRKMS, DERIVE_OF, DERIVE_LEN, NUM_DERIVE_INPUTS
};

typedef struct derive_inputs {
    bool given[NUM_DERIVE_INPUTS];
    uint32_t numbers[NUM_DERIVE_INPUTS];
    tg_bytes octets[NUM_DERIVE_INPUTS];
    int use; /* tg_key_use */
    int of;  /* index into derive_of_names */
    keeping keeping;
} derive_inputs;

#define DERIVE_KINDS_HELP                                                                                              \
    "kinds, and the options that each takes:\n"                                                                        \
    "  message-key          5.1.2: --inkey --use --csb-id --direction [--randri --randrr --len]\n"                     \
    "  session-key          5.1.3: --inkey --use --cs-id [--randri --randrr --len]\n"                                  \
    "  fork                 5.1.1: --inkey --of mpkr|tgk --idr --randrkms\n"                                           \
    "  vr                   6.10, the auth_key of Vr: --inkey (MPKr) [--len]\n"                                        \
    "  ticket               A.2.1, from the TPK: --inkey --use --rand [--len]\n"                                       \
    "  mpk                  A.2.2, MPKi and MPKr: --inkey --of mpki|mpkr --rand\n"                                     \
    "  rfc3830-message-key  RFC 3830 4.1.4: --inkey --use --csb-id --rand [--len]\n"                                   \
    "  rfc3830-session-key  RFC 3830 4.1.3: --inkey --use --cs-id --csb-id --rand [--len]\n"                           \
    "Without --len: 20 (PRF 0) or 32 (PRF 1) octets of auth, 16 or 32 of encr, 14 of salt, 16 of tek.\n"

/* Takes an option; *known is false when it is none of these. Complains. */
bool derive_inputs_take(derive_inputs *in, const char *name, const char *value, bool *known);
/* The derivation of this kind. Complains about a kind that there is not and options that are missing or do not belong to it. */
bool derive_inputs_make(const derive_inputs *in, const char *kind, tg_arena *arena, tg_derivation *out);
void derive_inputs_free(derive_inputs *in);

#endif
