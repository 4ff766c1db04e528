/* key: what keys a connection: the TEK of a TLS crypto session of a conversation, or octets given directly. */
#ifndef TICKETGATE_TLS_KEY_H
#define TICKETGATE_TLS_KEY_H

#include "ticketgate/findings.h"
#include "verifying.h"

#define TLS_KEY_MAX 256

typedef struct tls_key {
    uint8_t tek[TLS_KEY_MAX];
    size_t len;
    bool has_identity13; /* what stands for the empty identity in TLS 1.3 */
    uint8_t identity13[TLS_KEY_MAX];
    size_t identity13_len;
    tg_profile profile; /* with the settings that hold */
    bool of_conversation;
    uint32_t csb_id;
    uint8_t cs_id;
} tls_key;

/* Where it is to be had, as options said. */
typedef struct tls_key_source {
    const char *tek_option, *conversation_option; /* names, for complaints: "tek", "next-tek" */
    const char *tek, *conversation;               /* HEX or @FILE; a file. One of the two */
    const char *cs;                               /* "3"; NULL: the only one of Prot type TLS */
    bool force;                                   /* take the key of a conversation that is not accepted */
} tls_key_source;

/* Loads it; `v` has --profile and --set, and is used for the conversation. Complains; an exit code. */
int tls_key_load(const tls_key_source *source, verifying *v, tls_key *out);
/* The profile that holds without a conversation: --profile, else ims-msrp-tls; with --set. */
void tls_key_profile(const verifying *v, tg_profile *out);
/* HEX, or @FILE with it: other users of a machine can see command lines. 1 to 256 octets. Complains, and shows nothing of it. */
bool tls_key_octets(const char *option, const char *value, uint8_t out[TLS_KEY_MAX], size_t *len);
void tls_key_wipe(tls_key *key);

#endif
