/* Which row is broken when a container that nothing is wrong with is not opened, or is not made: tried with plainer ones. */
#include <string.h>

#include "gate_container.h"
#include "gate_golden.h"

enum { PLAIN_LEN = 40, MOST = 1024 };

tg_bytes gate_container_octets(gate_run *r, const char *name, size_t len)
{
    tg_seeded_random random;
    const char *seed = keep_text(&r->keeping, "%s %s", name, r->seed ? r->seed : "");
    uint8_t *out = keep_memory(&r->keeping, len + 1);
    tg_random source = tg_seeded_random_source(&random);
    if (tg_seeded_random_init(&random, r->crypto, tg_bytes_of(seed, strlen(seed))) != TG_OK ||
        source.fill(source.user, out, len) != TG_OK)
        memset(out, 0x61, len); /* any octets will do */
    return tg_bytes_of(out, len);
}

static bool note(gate_run *r, const gate_case *c, iut_fault fault)
{
    if (fault != IUT_OK)
        gate_add_breakdown(r, c->id, iut_fault_name(fault), iut_fault_text(r->u), iut_last_words(r->u));
    return fault == IUT_OK;
}

static bool opens(gate_run *r, const gate_case *c, tg_smime_alg alg, const tgi_kek *keys, size_t num_keys)
{
    tg_smime_key recipients[2];
    tg_seeded_random random;
    tg_random source = tg_seeded_random_source(&random);
    tg_bytes content = gate_container_octets(r, "plain content", PLAIN_LEN);
    uint8_t octets[MOST];
    size_t len;
    for (size_t i = 0; i < num_keys; i++)
        recipients[i] = (tg_smime_key){ tg_bytes_of(keys[i].id.data, keys[i].id.len),
                                        tg_bytes_of(keys[i].kek.data, keys[i].kek.len) };
    tg_smime_plan plan = {
        .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = alg, .recipients = recipients, .num_recipients = num_keys
    };
    if (tg_seeded_random_init(&random, r->crypto, content) != TG_OK ||
        tg_smime_make(r->crypto, &plan, content, &source, octets, sizeof octets, &len) != TG_OK)
        return false;
    /* with the key of each recipient alone: in a SET OF anybody may be the first */
    bool all = true;
    for (size_t i = 0; i < num_keys && all; i++) {
        tgi_reply reply = { .size = sizeof reply };
        all = note(r, c, iut_open_container(r->u, (tgi_octets){ octets, len }, &keys[i], 1, &reply)) &&
              reply.outcome == TGI_ACCEPTED && reply.content.len == content.len &&
              memcmp(reply.content.data, content.data, content.len) == 0;
    }
    return all;
}

static bool makes_it(gate_run *r, const gate_case *c, tg_smime_alg alg, const tgi_kek *keys, size_t num_keys)
{
    tg_bytes content = gate_container_octets(r, "plain content", PLAIN_LEN);
    tgi_reply reply = { .size = sizeof reply };
    tgi_container what = { .content = { content.data, content.len },
                           .keys = keys,
                           .num_keys = num_keys,
                           .algorithm = tg_smime_alg_name(alg),
                           .tag_len = TG_SMIME_TAG_DEFAULT };
    return note(r, c, iut_make_container(r->u, &what, &reply)) && reply.outcome == TGI_ACCEPTED &&
           reply.container.len > 0;
}

/* Does it open or make such a plain one? Tried once a run. */
static bool does(gate_run *r, const gate_case *c, tg_smime_alg alg, size_t kek_len, size_t num_keys, bool makes)
{
    const char *key = keep_text(&r->keeping, "container %s %zu %zu %s", tg_smime_alg_name(alg), kek_len, num_keys,
                                makes ? "made" : "opened");
    for (size_t i = 0; i < r->num_controls; i++) {
        if (strcmp(r->controls[i].key, key) == 0)
            return r->controls[i].completed;
    }
    tgi_kek keys[2];
    for (size_t i = 0; i < num_keys; i++) {
        tg_bytes kek = gate_container_octets(r, keep_text(&r->keeping, "%s %zu", key, i), kek_len);
        tg_bytes id = gate_container_octets(r, keep_text(&r->keeping, "id %s %zu", key, i), 4);
        keys[i] = (tgi_kek){ { id.data, id.len }, { kek.data, kek.len } };
    }
    bool done = makes ? makes_it(r, c, alg, keys, num_keys) : opens(r, c, alg, keys, num_keys);
    gate_control_note(r, key, done);
    return done;
}

const char *gate_container_blame(gate_run *r, const gate_case *c, const gate_container_needs *needs, bool makes)
{
    if (!does(r, c, TG_SMIME_AES_128_GCM, 16, 1, makes))
        return "TS33328-I.2.1-01"; /* not even the plainest */
    if (needs->wrap_256 && !does(r, c, TG_SMIME_AES_128_GCM, 32, 1, makes))
        return "TS33328-I.2.1-03";
    /* a content key is not longer than the KEK (RFC 3565 2.4) */
    if (!does(r, c, needs->alg, tg_smime_alg_key_len(needs->alg), 1, makes))
        return "TS33328-I.2.1-01";
    if (needs->num_recipients > 1 && !does(r, c, TG_SMIME_AES_128_GCM, 16, 2, makes))
        return "TS33328-I.2.1-02";
    return NULL;
}
