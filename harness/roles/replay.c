/* The replay cache (RFC 3830 5.4). */
#include "role.h"

typedef struct replay_entry {
    uint8_t hash[32]; /* of the message, or of the peer whose counter it is */
    bool used, is_counter;
    uint64_t until; /* on the line of tg_ntp_order: from then on the timestamp itself refuses the message */
    uint32_t counter;
} replay_entry;

struct tg_replay_cache {
    replay_entry *entries;
    size_t capacity;
};

tg_status tg_replay_cache_new(tg_arena *arena, size_t capacity, tg_replay_cache **out)
{
    if (capacity == 0 || capacity > SIZE_MAX / sizeof(replay_entry))
        return TG_TOO_LARGE;
    tg_replay_cache *cache = tg_arena_alloc(arena, sizeof *cache);
    replay_entry *entries = cache ? tg_arena_alloc(arena, capacity * sizeof *entries) : NULL;
    if (!entries)
        return TG_ARENA_FULL;
    memset(entries, 0, capacity * sizeof *entries);
    *cache = (tg_replay_cache){ entries, capacity };
    *out = cache;
    return TG_OK;
}

size_t tg_replay_cache_num(const tg_replay_cache *cache)
{
    size_t num = 0;
    for (size_t i = 0; i < cache->capacity; i++)
        num += cache->entries[i].used;
    return num;
}

static replay_entry *find(tg_replay_cache *cache, const uint8_t hash[32])
{
    for (size_t i = 0; i < cache->capacity; i++) {
        if (cache->entries[i].used && memcmp(cache->entries[i].hash, hash, 32) == 0)
            return &cache->entries[i];
    }
    return NULL;
}

/* Counters stay for good, so they get no more than half of the places: what expires always finds room again. */
static replay_entry *free_entry(tg_replay_cache *cache, bool for_counter, uint64_t now)
{
    size_t counters = 0, most = cache->capacity - cache->capacity / 2;
    replay_entry *found = NULL;
    for (size_t i = 0; i < cache->capacity; i++) {
        replay_entry *e = &cache->entries[i];
        counters += e->used && e->is_counter;
        if (!found && (!e->used || (!e->is_counter && e->until < tg_ntp_order(now))))
            found = e;
    }
    return for_counter && counters >= most ? NULL : found;
}

/* The later of T and now, and the skew: while T + skew is not over, the same octets could be accepted again. */
static uint64_t over(uint64_t ntp, uint32_t skew)
{
    uint64_t at = tg_ntp_order(ntp), span = skew == UINT32_MAX ? UINT64_MAX : ((uint64_t)skew + 1) << 32;
    return at > UINT64_MAX - span ? UINT64_MAX : at + span;
}

/* ---- peers -------------------------------------------------------------------------------------------------- */

static tg_status append(tg_arena *arena, uint8_t kind, tg_bytes name, tg_bytes *out)
{
    uint8_t len[8], *octets = tg_arena_alloc(arena, out->len + 9 + name.len);
    if (!octets)
        return TG_ARENA_FULL;
    if (out->len > 0)
        memcpy(octets, out->data, out->len);
    octets[out->len] = kind;
    tg_u64_octets(name.len, len); /* so that "ab", "c" is not "a", "bc" */
    memcpy(octets + out->len + 1, len, 8);
    if (name.len > 0)
        memcpy(octets + out->len + 9, name.data, name.len);
    *out = tg_bytes_of(octets, out->len + 9 + name.len);
    return TG_OK;
}

/* A B-TID in the message decides, as it does over the key (TS 33.328 6.2.3.5). */
static const tg_subscriber *subscriber_of(const tg_role *role, const tg_idr *psk, const tg_idr *own)
{
    const tg_subscriber_source *source = role->who == TG_SENDER_K ? role->of.k.subscribers : NULL;
    if (psk)
        return tg_subscriber_by_b_tid(source, psk->id_data);
    return own ? tg_subscriber_by_uid(source, tg_without_scheme(own->id_data)) : NULL;
}

/* In the initial messages of all exchanges counts who sent them, so REQUEST_* and RESOLVE_* have counters apart: one
 * subscriber may be Initiator and Responder with two devices. */
tg_status tg_replay_peer(const tg_role *role, const tg_message *message, tg_bytes *out)
{
    enum { SUBSCRIBER = 0x80 };
    uint8_t data_type = message->hdr.data_type;
    bool resolves = data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK || data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
    bool of_r = resolves || role->who == TG_SENDER_I; /* an Initiator hears of Responders alone */
    const tg_idr *psk = role->who == TG_SENDER_K ? tg_idr_find(message->payloads, TG_ID_ROLE_PSK) : NULL;
    const tg_idr *own = tg_idr_find(message->payloads, of_r ? TG_ID_ROLE_R : TG_ID_ROLE_I);
    const tg_subscriber *subscriber = subscriber_of(role, psk, own);
    tg_bytes uid = own ? own->id_data : (tg_bytes){ 0 };
    *out = (tg_bytes){ 0 };
    if (subscriber && (subscriber->num_uids > 0 || subscriber->b_tid.len > 0))
        return append(role->c.arena, SUBSCRIBER | resolves,
                      subscriber->num_uids > 0 ? subscriber->uids[0] : subscriber->b_tid, out);
    if (own && (own->id_type == TG_ID_TYPE_NAI || own->id_type == TG_ID_TYPE_URI) &&
        !tg_kms_uid(own->id_data, role->c.arena, &uid))
        uid = tg_without_scheme(own->id_data);
    TRY(append(role->c.arena, resolves, psk ? psk->id_data : (tg_bytes){ 0 }, out));
    return append(role->c.arena, resolves, uid, out);
}

/* ---- checking ----------------------------------------------------------------------------------------------- */

tg_refusal tg_replay_check(tg_replay_cache *cache, const uint8_t hash[32], const uint8_t peer[32], const tg_t *t,
                           uint64_t now)
{
    if (find(cache, hash))
        return TG_REFUSAL_REPLAY;
    bool is_counter = t && t->ts_type == TG_TS_COUNTER && t->ts_value.len == 4;
    if (!(is_counter && find(cache, peer)) && !free_entry(cache, is_counter, now))
        return TG_REFUSAL_REPLAY_CACHE_FULL; /* not even worth a MAC, or a KMS */
    if (!is_counter)
        return TG_REFUSAL_NONE;
    tg_reader r = tg_reader_of(t->ts_value);
    uint32_t counter = 0;
    const replay_entry *e = find(cache, peer);
    return tg_get_u32(&r, &counter) && e && counter <= e->counter ? TG_REFUSAL_REPLAY : TG_REFUSAL_NONE;
}

tg_refusal tg_replay_remember(tg_replay_cache *cache, const uint8_t hash[32], const uint8_t peer[32], const tg_t *t,
                              uint64_t now, uint32_t skew)
{
    bool is_counter = t && t->ts_type == TG_TS_COUNTER && t->ts_value.len == 4;
    replay_entry *e = is_counter ? find(cache, peer) : NULL;
    if (!e)
        e = free_entry(cache, is_counter, now);
    if (!e)
        return TG_REFUSAL_REPLAY_CACHE_FULL;
    *e = (replay_entry){ .used = true, .is_counter = is_counter };
    memcpy(e->hash, is_counter ? peer : hash, 32);
    if (is_counter) {
        tg_reader r = tg_reader_of(t->ts_value);
        if (!tg_get_u32(&r, &e->counter))
            e->counter = UINT32_MAX;
        return TG_REFUSAL_NONE;
    }
    uint8_t octets[8] = { 0 };
    if (t)
        memcpy(octets, t->ts_value.data, t->ts_value.len < 8 ? t->ts_value.len : 8);
    uint64_t sent = t ? tg_u64_of(octets) : now;
    e->until = over(tg_ntp_order(sent) > tg_ntp_order(now) ? sent : now, skew);
    return TG_REFUSAL_NONE;
}
