/* pcap replay --as responder: the library in the place of a KMS whose answer the capture does not have. */
#include <stdlib.h>

#include "cmd_pcap_replay_play.h"

enum { KMS_MEMORY = 8 << 20 };

struct play_stand_in {
    role_cast cast; /* the same conversation, seen as its KMS; its arena is the actor's */
    tg_role *role;
    tg_seeded_random random;
    uint8_t *memory;
    tg_arena arena;
};

static bool make(played *p, const char **why)
{
    struct play_stand_in *s = calloc(1, sizeof *s);
    if (!s)
        return false;
    p->kms = s;
    s->memory = malloc(KMS_MEMORY);
    s->arena = tg_arena_of(s->memory, s->memory ? KMS_MEMORY : 0);
    s->cast = *p->cast;
    s->cast.who = TG_SENDER_K;
    tg_party_setup *setup = s->memory ? role_setup(&s->cast, p->run->j.crypto, 0, why) : NULL;
    p->cast->arena = s->cast.arena; /* what was taken of it */
    if (!setup)
        return *why != NULL;
    tg_kms_config config = *setup->k;
    tg_bytes seed = tg_bytes_of(p->run->how.secret, sizeof p->run->how.secret);
    config.role.arena = &s->arena;
    config.role.rsa = p->cast->known->secrets.rsa_kms;
    config.role.skew = p->cast->known->skew;
    if (tg_seeded_random_init(&s->random, p->run->j.crypto, seed) != TG_OK)
        return false;
    config.role.random = tg_seeded_random_source(&s->random);
    return tg_kms_new(&config, &s->role) == TG_OK;
}

bool play_ask_kms(played *p, tg_bytes resolve_init, tg_bytes *out, const char **why)
{
    tg_result result;
    *out = tg_bytes_of(NULL, 0);
    *why = NULL;
    if (!p->kms && !make(p, why))
        return false;
    if (!p->kms->role) {
        if (!*why)
            *why = "the capture does not have what the KMS answered";
        return true;
    }
    if (tg_role_receive(p->kms->role, TG_SENDER_R, resolve_init, p->now, &result) != TG_OK)
        return false;
    for (size_t i = 0; i < result.num_out && out->len == 0; i++) {
        if (result.out[i].to == TG_SENDER_R)
            *out = tg_arena_copy(&p->cast->arena, result.out[i].octets.data, result.out[i].octets.len);
    }
    if (out->len == 0)
        *why = "the library, in the place of the KMS, does not answer it";
    return true;
}

void play_end_stand_in(played *p)
{
    struct play_stand_in *s = p->kms;
    if (!s)
        return;
    tg_arena_wipe(&s->arena, 0);
    free(s->memory);
    tg_wipe(s, sizeof *s);
    free(s);
    p->kms = NULL;
}
