/* What the tests of the room smime share: keys, made containers, and octets written as they are encoded. */
#ifndef TICKETGATE_TEST_SMIME_SUPPORT_H
#define TICKETGATE_TEST_SMIME_SUPPORT_H

#include "test_crypto_support.h"

#include "ticketgate/smime.h"

static uint8_t arena_memory[1 << 19];

typedef struct box {
    tg_bytes octets;
    uint8_t out[4096];
    size_t len;
    tg_smime container;
    tg_smime_opened opened;
} box;

__attribute__((unused)) static const uint8_t kek_octets[32] = { 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                                                12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
                                                                23, 24, 25, 26, 27, 28, 29, 30, 31, 32 };
__attribute__((unused)) static const uint8_t key_id_octets[4] = { 0xca, 0xfe, 0, 1 };

__attribute__((unused)) static tg_smime_key key_of(size_t kek_len)
{
    return (tg_smime_key){ tg_bytes_of(key_id_octets, 4), tg_bytes_of(kek_octets, kek_len) };
}

__attribute__((unused)) static tg_bytes make(const tg_smime_plan *plan, tg_bytes content)
{
    tg_seeded_random seeded;
    assert_int_equal(tg_seeded_random_init(&seeded, crypto, tg_bytes_of("containers", 10)), TG_OK);
    tg_random random = tg_seeded_random_source(&seeded);
    size_t max = tg_smime_made_size(plan, content.len), len = 0;
    uint8_t *big = malloc(max);
    assert_non_null(big);
    assert_int_equal(tg_smime_make(crypto, plan, content, &random, big, max, &len), TG_OK);
    assert_in_range(len, 1, max);
    uint8_t *exact = hold(len); /* so that the address sanitizer sees its end */
    memcpy(exact, big, len);
    free(big);
    return tg_bytes_of(exact, len);
}

/* One recipient: key_of(kek_len). */
__attribute__((unused)) static tg_bytes make_simple(tg_smime_type type, tg_smime_alg alg, size_t tag_len,
                                                    size_t kek_len, tg_bytes content)
{
    tg_smime_key key = key_of(kek_len);
    tg_smime_plan plan = { .type = type, .alg = alg, .tag_len = tag_len, .recipients = &key, .num_recipients = 1 };
    return make(&plan, content);
}

__attribute__((unused)) static tg_status parse(tg_bytes octets, tg_smime *out, tg_diag *diag)
{
    static tg_arena arena;
    arena = tg_arena_of(arena_memory, sizeof arena_memory);
    return tg_smime_parse(octets, &arena, out, diag);
}

__attribute__((unused)) static tg_status open_all(tg_bytes octets, const tg_smime_key *keys, size_t num, box *out)
{
    tg_smime_opening how = { .keys = keys, .num_keys = num };
    tg_status status = parse(octets, &out->container, NULL);
    memset(out->out, 0xaa, sizeof out->out);
    return status == TG_OK
               ? tg_smime_open(crypto, &out->container, &how, out->out, sizeof out->out, &out->len, &out->opened)
               : status;
}

#endif
