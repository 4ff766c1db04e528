/* samples: made conversations that tests, benchmarks and fuzz targets share, each by its name, from a fixed seed.
 *
 * No part of the library. RSA keys and certificates are those of vectors/keys, built in, so that nothing is read when
 * a program runs.
 */
#ifndef TICKETGATE_SAMPLES_H
#define TICKETGATE_SAMPLES_H

#include "ticketgate/converse.h"

typedef struct sample {
    const char *name;  /* "psk-128" */
    const char *shows; /* what is special about it */
    const char *profile;
    int mode;
    void (*change)(tg_plan *plan);
} sample;

extern const sample samples[];
extern const size_t num_samples;
const sample *sample_find(const char *name); /* NULL when there is none */

/* The plan of a sample, and its conversation. What is made is in the arena; tg_conversation_made_free when done. */
void sample_plan(const sample *s, tg_plan *plan);
TG_NODISCARD tg_status sample_make(const sample *s, tg_crypto *crypto, tg_arena *arena, tg_conversation_made *made);
#define SAMPLE_MEMORY (8u << 20) /* octets of arena that are enough for each */

/* PEM texts of vectors/keys: private key with certificate of I, R and the KMS; the certificate that issued theirs. */
tg_bytes sample_pem(tg_sender of);
tg_bytes sample_pem_ca(void);

#endif
