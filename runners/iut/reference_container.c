/* Containers, to the reference: TS 33.328 annex I by the room smime. What is answered lives until the next call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "containers.h"
#include "reference.h"

enum { MOST_KEYS = 16 };

static struct {
    bool begun;
    tg_seeded_random random;
    uint8_t *opened, *made;
} kept;

/* Random octets of one container, as a mutant spoils them. */
typedef struct drawing {
    iut_wrong_container wrong;
    tg_smime_alg alg;
    unsigned n;
} drawing;

static iut_wrong_container wrong_now(void)
{
    const iut_variant *variant = iut_reference_variant();
    return variant ? variant->container : IUT_CONTAINER_RIGHT;
}

void iut_reference_containers_begin(void)
{
    kept.begun = false;
}

static tg_status begin(tg_crypto *crypto)
{
    const char *given = getenv("TICKETGATE_IUT_SEED");
    char text[256];
    int len = snprintf(text, sizeof text, "containers %s", given ? given : "ticketgate reference");
    size_t used = len < 0 || (size_t)len >= sizeof text ? sizeof text - 1 : (size_t)len;
    tg_status status = kept.begun ? TG_OK : tg_seeded_random_init(&kept.random, crypto, tg_bytes_of(text, used));
    kept.begun = status == TG_OK;
    return status;
}

static tg_status draw(void *user, uint8_t *out, size_t len)
{
    drawing *d = user;
    tg_random source = tg_seeded_random_source(&kept.random);
    tg_status status = source.fill(source.user, out, len);
    if (status == TG_OK)
        iut_container_draws(d->wrong, d->alg, d->n++, out, len);
    return status;
}

static int refuse(tg_status status, tgi_reply *reply)
{
    tg_refusal refusal = status == TG_NOT_AUTHENTIC                               ? TG_REFUSAL_AUTH
                         : status == TG_NOT_FOUND                                 ? TG_REFUSAL_ID
                         : status == TG_UNKNOWN_ALGORITHM || status == TG_REFUSED ? TG_REFUSAL_ENCR_ALG
                         : status == TG_TOO_LARGE                                 ? TG_REFUSAL_TOO_LARGE
                         : status == TG_NO_MEMORY || status == TG_ARENA_FULL      ? TG_REFUSAL_NO_MEMORY
                                                                                  : TG_REFUSAL_PARSE;
    return iut_reject(reply, refusal, tg_status_text(status));
}

static size_t keys_of(const tgi_kek *keys, size_t num, tg_smime_key *out)
{
    for (size_t i = 0; i < num; i++)
        out[i] = (tg_smime_key){ tg_bytes_of(keys[i].id.data, keys[i].id.len),
                                 tg_bytes_of(keys[i].kek.data, keys[i].kek.len) };
    return num;
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

static bool lacks_for_opening(iut_wrong_container wrong, const tg_smime *container, const tgi_kek *keys, size_t num)
{
    bool lacks = iut_container_lacks(wrong, container->alg, 0);
    for (size_t i = 0; i < num; i++)
        lacks = lacks || iut_container_lacks(wrong, container->alg, keys[i].kek.len);
    return lacks;
}

static int open_parsed(tg_crypto *crypto, tg_smime *container, const tgi_kek *keys, size_t num_keys, tgi_reply *reply)
{
    iut_wrong_container wrong = wrong_now();
    tg_smime_key list[MOST_KEYS];
    tg_smime_opening how = { .keys = list, .num_keys = keys_of(keys, num_keys, list) };
    size_t len = 0;
    if (container->type != TG_SMIME_TYPE_IS_AUTH_ENVELOPED || lacks_for_opening(wrong, container, keys, num_keys))
        return refuse(TG_UNKNOWN_ALGORITHM, reply);
    if (wrong == IUT_CONTAINER_FIRST_RECIPIENT && container->num_recipients > 1)
        container->num_recipients = 1;
    kept.opened = malloc(container->content_len + 1);
    if (!kept.opened)
        return refuse(TG_NO_MEMORY, reply);
    tg_status status = tg_smime_open(crypto, container, &how, kept.opened, container->content_len + 1, &len, NULL);
    bool taken = status != TG_OK && iut_container_opens(wrong, container, keys, num_keys, status, kept.opened);
    if (status == TG_OK || (taken && wrong != IUT_CONTAINER_TELLS)) {
        reply->content = (tgi_octets){ kept.opened, status == TG_OK ? len : container->content_len };
        return 0;
    }
    if (taken)
        reply->content = (tgi_octets){ kept.opened, (container->content_len + 1) / 2 };
    return refuse(status, reply);
}

int iut_reference_open_container(tgi_octets container, const tgi_kek *keys, size_t num_keys, tgi_reply *reply)
{
    tg_crypto *crypto = iut_reference_crypto();
    if (num_keys == 0 || num_keys > MOST_KEYS)
        return iut_unsupported(reply, "there are no keys, or too many");
    if (container.len > IUT_REFERENCE_MAX_OCTETS)
        return refuse(TG_TOO_LARGE, reply);
    free(kept.opened);
    kept.opened = NULL;
    size_t size = tg_smime_arena_size(container.len);
    uint8_t *block = malloc(size);
    tg_arena arena = tg_arena_of(block, block ? size : 0);
    tg_smime parsed;
    tg_diag diag;
    tg_status status = tg_smime_parse(tg_bytes_of(container.data, container.len), &arena, &parsed, &diag);
    int done = status == TG_OK ? open_parsed(crypto, &parsed, keys, num_keys, reply) : refuse(status, reply);
    free(block);
    return done;
}

/* ---- making ------------------------------------------------------------------------------------------------- */

int iut_reference_make_container(const tgi_container *what, tgi_reply *reply)
{
    tg_crypto *crypto = iut_reference_crypto();
    drawing drawn = { .wrong = wrong_now() };
    if (what->size < sizeof *what || what->num_keys == 0 || what->num_keys > MOST_KEYS)
        return iut_unsupported(reply, "there are no keys, or too many");
    if (!tg_smime_alg_from_name(what->algorithm, &drawn.alg) || !tg_smime_alg_is_aead(drawn.alg))
        return refuse(TG_UNKNOWN_ALGORITHM, reply);
    for (size_t i = 0; i < what->num_keys; i++) {
        if (iut_container_lacks(drawn.wrong, drawn.alg, what->keys[i].kek.len))
            return refuse(TG_UNKNOWN_ALGORITHM, reply);
    }
    tg_smime_key list[MOST_KEYS];
    tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED,
                           .alg = drawn.alg,
                           .tag_len = what->tag_len,
                           .recipients = list,
                           .num_recipients = keys_of(what->keys, what->num_keys, list) };
    free(kept.made);
    size_t size = tg_smime_made_size(&plan, what->content.len), len = 0;
    kept.made = size <= IUT_REFERENCE_MAX_OCTETS ? malloc(size) : NULL;
    tg_status status = kept.made ? begin(crypto) : TG_TOO_LARGE;
    if (status == TG_OK)
        status = tg_smime_make(crypto, &plan, tg_bytes_of(what->content.data, what->content.len),
                               &(tg_random){ draw, &drawn }, kept.made, size, &len);
    if (status != TG_OK)
        return refuse(status, reply);
    reply->container = (tgi_octets){ kept.made, len };
    return 0;
}
