/* containers: what the reference does with PSK S/MIME containers (reference_container.c), and where a mutant is wrong
 * (mutants_container.c). */
#ifndef TICKETGATE_RUNNERS_CONTAINERS_H
#define TICKETGATE_RUNNERS_CONTAINERS_H

#include "attach.h"
#include "ticketgate/smime.h"

typedef enum iut_wrong_container {
    IUT_CONTAINER_RIGHT = 0,
    IUT_CONTAINER_ANY_TAG,         /* the tag is not looked at */
    IUT_CONTAINER_TAG_BEGINS,      /* its first octets are compared alone */
    IUT_CONTAINER_SHORT_TAG,       /* a tag that was cut is compared as far as it goes */
    IUT_CONTAINER_ANY_KEY,         /* a key that does not unwrap is taken as if it did, and any tag with it */
    IUT_CONTAINER_TELLS,           /* rejected, with a part of the content */
    IUT_CONTAINER_FIRST_RECIPIENT, /* it looks at no other */
    IUT_CONTAINER_NO_CCM,
    IUT_CONTAINER_NO_WRAP_256,
    IUT_CONTAINER_SAME_KEY, /* the content key is the same each time */
    IUT_CONTAINER_SAME_GCM, /* content key and nonce are, of AES-GCM */
    IUT_CONTAINER_SAME_CCM  /* of AES-CCM */
} iut_wrong_container;

int iut_reference_open_container(tgi_octets container, const tgi_kek *keys, size_t num_keys, tgi_reply *reply);
int iut_reference_make_container(const tgi_container *what, tgi_reply *reply);
/* Its random octets begin again. */
void iut_reference_containers_begin(void);

/* A container that could not be opened, to a mutant: the content in `out` (at least content_len octets) where it takes it all
 * the same. */
bool iut_container_opens(iut_wrong_container wrong, const tg_smime *container, const tgi_kek *keys, size_t num_keys,
                         tg_status status, uint8_t *out);
/* Does it lack what this needs? */
bool iut_container_lacks(iut_wrong_container wrong, tg_smime_alg alg, size_t kek_len);
/* Changes what was drawn: `n` counts what is drawn for one container, the content key first. */
void iut_container_draws(iut_wrong_container wrong, tg_smime_alg alg, unsigned n, uint8_t *octets, size_t len);

#endif
