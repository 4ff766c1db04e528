/* pcap replay --as: the keys that an implementation makes: of its own in Ticket Transfer, of a ticket that it grants (RFC 3830 4.2.2). */
#include <stdlib.h>

#include "cmd_pcap_replay_play.h"
#include "ticketgate/registry_values.h"

static const char row[] = "RFC3830-4.2.2-01";

/* A shorter one comes again by chance, and is all zeros by chance. */
enum { SHORTEST = 8, LONGEST = 64, MOST_KEYS = 2048, MOST_AT_ONCE = 16 };

typedef struct made_key {
    uint8_t type, len, octets[LONGEST];
    uint64_t conversation;
    size_t actor;
} made_key;

struct play_own_keys {
    made_key all[MOST_KEYS];
    size_t num; /* ever; the oldest are overwritten */
    unsigned restarts;
};

void play_forget_own_keys(replay_run *run)
{
    if (run->own_keys)
        tg_wipe(run->own_keys, sizeof *run->own_keys);
    free(run->own_keys);
    run->own_keys = NULL;
}

/* ---- what a message holds ---------------------------------------------------------------------------------------- */

typedef struct key_list {
    made_key keys[MOST_AT_ONCE];
    size_t num;
} key_list;

/* Those of a ticket that a KMS resolves are what they were. */
static bool makes_keys(int type)
{
    return type == TG_DATA_TYPE_TRANSFER_INIT || type == TG_DATA_TYPE_TRANSFER_RESP ||
           type == TG_DATA_TYPE_REQUEST_RESP;
}

static void take_keys(void *user, const tg_judgement *j)
{
    key_list *list = user;
    list->num = 0;
    for (const tg_payload *p = j->keys; p && list->num < MOST_AT_ONCE; p = p->next) {
        const tg_key_data *key = (const tg_key_data *)p;
        if (p->type != TG_PAYLOAD_KEY_DATA || key->key_data.len < SHORTEST || key->key_data.len > LONGEST)
            continue;
        made_key *made = &list->keys[list->num++];
        *made = (made_key){ .type = key->type, .len = (uint8_t)key->key_data.len };
        memcpy(made->octets, key->key_data.data, key->key_data.len);
    }
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

static const char *name_of(const made_key *key)
{
    const char *name = tg_registry_name("key_data_type", key->type);
    return name ? name : "key";
}

static bool is_zero(const made_key *key)
{
    uint8_t any = 0;
    for (size_t i = 0; i < key->len; i++)
        any |= key->octets[i];
    return any == 0;
}

/* Keys of groups are given to many, and to each the same. */
static bool is_of_group(const made_key *key)
{
    return key->type == TG_KEY_GTGK || key->type == TG_KEY_GTGK_SALT;
}

static bool is_same(const made_key *a, const made_key *b)
{
    return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
}

static void compare(const struct play_own_keys *before, const key_list *captured, const made_key *key, verdict *v)
{
    bool again = false, was_captured = false;
    if (is_zero(key)) {
        play_blame(v, "its own %s is all zeros: %s", name_of(key), row);
        return;
    }
    for (size_t i = 0; i < captured->num; i++)
        was_captured = was_captured || is_same(key, &captured->keys[i]);
    for (size_t i = 0; i < before->num && i < MOST_KEYS; i++) {
        const made_key *b = &before->all[i];
        again = again || (is_same(key, b) && (b->conversation != key->conversation || b->actor != key->actor));
    }
    if (was_captured && !is_of_group(key))
        play_blame(v, "its own %s is the captured one: %s", name_of(key), row);
    if (again && !is_of_group(key))
        play_blame(v, "its own %s comes again: %s", name_of(key), row);
}

bool play_check_own_keys(played *p, int type, size_t model, verdict *v)
{
    replay_run *run = p->run;
    const tg_bytes none = { NULL, 0 };
    key_list is = { .num = 0 }, was = { .num = 0 };
    bool ok = true;
    if (!makes_keys(type))
        return true;
    if (!run->own_keys && !(run->own_keys = calloc(1, sizeof *run->own_keys)))
        return false;
    struct play_own_keys *before = run->own_keys;
    if (before->restarts != iut_restarts(p->u)) { /* what draws from a fixed seed begins again */
        before->num = 0;
        before->restarts = iut_restarts(p->u);
    }
    ok = tgp_replay_scene_judge(p->scene, p->cast->known, p->now, tgp_replay_scene_num(p->scene) - 1, take_keys, &is);
    if (ok && is.num > 0 && model != SIZE_MAX)
        ok = tgp_replay_judge(run->replay, p->cast->lines[model].message, true, none, TG_SENDER_UNKNOWN, take_keys,
                              &was);
    for (size_t i = 0; ok && i < is.num; i++) {
        made_key *key = &is.keys[i];
        key->conversation = p->cast->conversation;
        key->actor = p->actor;
        compare(before, &was, key, v);
        before->all[before->num++ % MOST_KEYS] = *key;
    }
    tg_wipe(&is, sizeof is);
    tg_wipe(&was, sizeof was);
    return ok;
}
