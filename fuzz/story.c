#define _GNU_SOURCE /* memmem */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>

#include "ticketgate/carriage.h"
#include "ticketgate/json.h"
#include "ticketgate/mime.h"
#include "tls_samples.h"

enum {
    STORIES = 3,
    MAX_MESSAGES = 32,
    MAX_HANDSHAKE = 4096,
    KEYS = 1 << 16,
    MAX_TEKS = 16,
    CONTAINER = 2048,
    NUM_CONTAINERS = 2
};

static struct {
    tg_conversation_made made[STORIES];
    struct {
        size_t story, index;
    } messages[MAX_MESSAGES];
    size_t num_messages;
    char keys[KEYS];
    struct {
        uint8_t octets[64];
        size_t len;
    } teks[MAX_TEKS];
    size_t num_teks;
    struct {
        uint8_t octets[CONTAINER];
        size_t len;
    } containers[NUM_CONTAINERS];
} world;

static void *some_memory(size_t size)
{
    void *out = malloc(size);
    FUZZ_CHECK(out, "init", "memory ran out");
    return out;
}

/* ---- making ------------------------------------------------------------------------------------------------- */

static void make_story(size_t at, const char *profile, const char *seed)
{
    tg_arena arena = tg_arena_of(some_memory(SAMPLE_MEMORY), SAMPLE_MEMORY);
    tg_plan plan;
    FUZZ_CHECK(tg_plan_default(profile, 1, &plan), "init", "no plan for %s", profile);
    plan.seed = tg_bytes_of(seed, strlen(seed));
    plan.sdp_ids = tg_bytes_of("mikey", 5); /* RFC 4567 4.1.4: what the description offers */
    tg_conversation_made *made = &world.made[at];
    tg_status status = tg_converse(fuzz_crypto(), &plan, &arena, made);
    FUZZ_CHECK(status == TG_OK && made->finished, "init", "%s: %s", profile, tg_status_name(status));
    for (size_t i = 0; i < made->num_sent && world.num_messages < MAX_MESSAGES; i++) {
        world.messages[world.num_messages].story = at;
        world.messages[world.num_messages++].index = i;
    }
}

static void keep_tek(tg_bytes tek)
{
    FUZZ_CHECK(world.num_teks < MAX_TEKS && tek.len <= sizeof world.teks[0].octets, "init", "too many keys");
    memcpy(world.teks[world.num_teks].octets, tek.data, tek.len);
    world.teks[world.num_teks++].len = tek.len;
}

/* Under the key of the last crypto session of the conversation, whose SPI names it [ts33328 7.4]. */
static void make_containers(const tg_established *e)
{
    static const char text[] = "Content-Type: text/plain; charset=utf-8\r\n\r\nThe meeting is at nine.\r\n";
    static const tg_smime_alg algs[NUM_CONTAINERS] = { TG_SMIME_AES_128_GCM, TG_SMIME_AES_128_CCM };
    tg_seeded_random seeded;
    FUZZ_CHECK(e->num_cs > 0 && e->transfer_init && e->transfer_init->hdr.map.num_cs > 0, "init", "no session");
    FUZZ_CHECK(tg_seeded_random_init(&seeded, fuzz_crypto(), tg_bytes_of("containers", 10)) == TG_OK, "init",
               "no randomness");
    tg_random random = tg_seeded_random_source(&seeded);
    tg_smime_key key = { e->transfer_init->hdr.map.generic[0].spi, e->cs[0].tek };
    for (size_t i = 0; i < NUM_CONTAINERS; i++) {
        tg_smime_plan plan = {
            .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = algs[i], .recipients = &key, .num_recipients = 1
        };
        tg_status status = tg_smime_make(fuzz_crypto(), &plan, tg_bytes_of(text, sizeof text - 1), &random,
                                         world.containers[i].octets, CONTAINER, &world.containers[i].len);
        FUZZ_CHECK(status == TG_OK, "init", "container: %s", tg_status_name(status));
    }
}

/* Session keys, for what must not be told; containers under that of `with_containers`. */
static void establish(const tg_conversation_made *made, bool with_containers)
{
    size_t size = tg_conversation_arena_size(1 << 16, made->num_sent);
    void *memory = some_memory(size);
    tg_arena arena = tg_arena_of(memory, size);
    tg_conversation *c;
    tg_established e;
    FUZZ_CHECK(tg_conversation_new(fuzz_crypto(), &made->known, made->num_sent, &arena, &c) == TG_OK, "init",
               "no memory");
    for (size_t i = 0; i < made->num_sent; i++)
        FUZZ_CHECK(tg_conversation_add(c, &made->sent[i]) == TG_OK, "init", "message %zu is not judged", i);
    tg_conversation_established(c, &e);
    for (size_t i = 0; i < e.num_cs; i++)
        keep_tek(e.cs[i].tek);
    if (with_containers)
        make_containers(&e);
    free(memory);
}

static uint32_t csb_id_of(const tg_conversation_made *made)
{
    const uint8_t *octets = made->sent[fuzz_made_find(made, TG_DATA_TYPE_TRANSFER_INIT, 0)].octets.data;
    return (uint32_t)octets[4] << 24 | (uint32_t)octets[5] << 16 | (uint32_t)octets[6] << 8 | octets[7];
}

/* The keys of the first and the last; of the second the session key of the recorded handshakes instead. */
static void write_keys(void)
{
    size_t at = 0;
    at += (size_t)snprintf(world.keys, KEYS, "[{\"teks\":[{\"csb_id\":%u,\"cs_id\":1,\"tek\":\"%s\"}]}",
                           csb_id_of(&world.made[1]), TG_TLS_SAMPLE_TEK);
    for (size_t i = 0; i < STORIES; i += 2) {
        tg_text text = { 0 };
        tg_json_add_conversation(&world.made[i].known, NULL, 0, NULL, &text);
        FUZZ_CHECK(!text.failed && at + text.len + 3 < KEYS, "init", "the key file is too long");
        at += (size_t)snprintf(world.keys + at, KEYS - at, ",%s", text.data);
        tg_text_free(&text);
    }
    snprintf(world.keys + at, KEYS - at, "]");
}

void fuzz_story_init(void)
{
    tg_json_init(0);
    FUZZ_CHECK(tg_carriage_init() == TG_OK && tg_mime_init() == TG_OK, "init", "no libosip2 or GMime");
    make_story(0, "ims-media", "media");
    make_story(1, "ims-msrp-tls", "msrp");
    make_story(2, "ims-message", "message");
    for (size_t i = 0; i < STORIES; i++)
        establish(&world.made[i], i == 2);
    write_keys();
}

const char *fuzz_story_keys(void)
{
    return world.keys;
}

void fuzz_story_check(const void *octets, size_t len)
{
    for (size_t i = 0; i < STORIES; i++)
        fuzz_check_no_secrets(&world.made[i].known.secrets, octets, len);
    for (size_t i = 0; i < world.num_teks; i++) {
        const tg_secrets tek = { .tpk = tg_bytes_of(world.teks[i].octets, world.teks[i].len) };
        fuzz_check_no_secrets(&tek, octets, len);
    }
}

/* ---- writing out ----------------------------------------------------------------------------------------------- */

typedef struct text {
    const uint8_t *in;
    size_t left;
    uint8_t *out;
    size_t len, max;
} text;

static uint8_t take(text *t)
{
    if (t->left == 0)
        return 0;
    t->left--;
    return *t->in++;
}

static void put(text *t, const void *octets, size_t len)
{
    if (len > t->max - t->len)
        return;
    if (len > 0)
        memcpy(t->out + t->len, octets, len);
    t->len += len;
}

static void put_base64(text *t, tg_bytes octets)
{
    char *base64 = some_memory(tg_base64_encoded_size(octets.len));
    tg_base64_encode(octets, base64);
    put(t, base64, strlen(base64));
    free(base64);
}

static tg_bytes message_at(uint8_t n, size_t *story, size_t *index)
{
    *story = world.messages[n % world.num_messages].story;
    *index = world.messages[n % world.num_messages].index;
    return world.made[*story].sent[*index].octets;
}

/* The message with one octet changed, sealed again where that can be done. */
static void put_changed(text *t)
{
    size_t story, index;
    tg_sent sent[MAX_MESSAGES];
    tg_bytes octets = message_at(take(t), &story, &index);
    size_t place = (size_t)take(t) << 8;
    place = (place | take(t)) % octets.len;
    uint8_t *copy = some_memory(octets.len);
    memcpy(copy, octets.data, octets.len);
    copy[place] = take(t);
    memcpy(sent, world.made[story].sent, (index + 1) * sizeof *sent);
    sent[index].octets = tg_bytes_of(copy, octets.len);
    (void)fuzz_reseal(&world.made[story].known, sent, index + 1, copy);
    put_base64(t, tg_bytes_of(copy, octets.len));
    free(copy);
}

static void put_handshake(text *t)
{
    static uint8_t octets[MAX_HANDSHAKE];
    const char *const *segments = tg_tls_samples[0].segments;
    size_t num = 0, len = 0, at, n = take(t);
    while (num < 16 && segments[num])
        num++;
    const char *hex = segments[n % num] + 1;
    FUZZ_CHECK(strlen(hex) <= 2 * sizeof octets && tg_hex_decode(hex, strlen(hex), octets, &len, &at) == TG_OK, "init",
               "no hex");
    put(t, octets, len);
}

static void put_mark(text *t, uint8_t mark, size_t *length_at)
{
    size_t story, index;
    uint8_t octet;
    switch (mark) {
    case 0xFE:
        put_base64(t, message_at(take(t), &story, &index));
        break;
    case 0xFD: {
        tg_bytes octets = message_at(take(t), &story, &index);
        put(t, octets.data, octets.len);
        break;
    }
    case 0xFC:
        put_changed(t);
        break;
    case 0xFB:
        put_handshake(t);
        break;
    case 0xFA: {
        size_t n = take(t) % NUM_CONTAINERS;
        put_base64(t, tg_bytes_of(world.containers[n].octets, world.containers[n].len));
        break;
    }
    case 0xF9:
        *length_at = t->len;
        put(t, "    0", 5);
        break;
    default:
        octet = take(t);
        put(t, &octet, 1);
    }
}

size_t fuzz_story_text(const uint8_t *script, size_t len, uint8_t *out, size_t max)
{
    text t = { script, len, out, 0, max };
    size_t length_at = SIZE_MAX;
    while (t.left > 0) {
        uint8_t octet = take(&t);
        if (octet >= 0xF8)
            put_mark(&t, octet, &length_at);
        else
            put(&t, &octet, 1);
    }
    if (length_at <= t.len && t.len - length_at >= 5) {
        char length[16];
        const uint8_t *body = memmem(out + length_at, t.len - length_at, "\r\n\r\n", 4);
        snprintf(length, sizeof length, "%5zu", body ? (size_t)(out + t.len - body - 4) : 0);
        memcpy(out + length_at, length, 5);
    }
    return t.len;
}
