/* The replay cache (RFC 3830 5.4). */
#include "role.h"

/* Entries by what they remember (`buckets`, chained) and, those that expire, by when they do (`expiring`, a heap): nothing is
 * searched from end to end, however many there are. Entries are taken in order, and none becomes unused again. */
typedef struct replay_entry {
    uint8_t hash[32]; /* of the message, or of the peer whose counter it is */
    uint64_t until;   /* on the line of tg_ntp_order: from then on the timestamp itself refuses the message */
    uint32_t counter;
    uint32_t next; /* of its bucket; NONE: the last */
} replay_entry;

struct tg_replay_cache {
    replay_entry *entries;
    uint32_t *buckets, *expiring;
    size_t capacity, num_buckets, num, num_expiring; /* num: in use; the rest of them are counters */
};

#define NONE UINT32_MAX

tg_status tg_replay_cache_new(tg_arena *arena, size_t capacity, tg_replay_cache **out)
{
    size_t num_buckets = 1;
    if (capacity == 0 || capacity >= NONE / 2 || capacity > SIZE_MAX / sizeof(replay_entry))
        return TG_TOO_LARGE;
    while (num_buckets < capacity)
        num_buckets *= 2;
    tg_replay_cache *cache = tg_arena_alloc(arena, sizeof *cache);
    replay_entry *entries = cache ? tg_arena_alloc(arena, capacity * sizeof *entries) : NULL;
    uint32_t *buckets = entries ? tg_arena_alloc(arena, num_buckets * sizeof *buckets) : NULL;
    uint32_t *expiring = buckets ? tg_arena_alloc(arena, capacity * sizeof *expiring) : NULL;
    if (!expiring)
        return TG_ARENA_FULL;
    memset(buckets, 0xff, num_buckets * sizeof *buckets); /* NONE */
    *cache = (tg_replay_cache){
        .entries = entries, .buckets = buckets, .expiring = expiring, .capacity = capacity, .num_buckets = num_buckets
    };
    *out = cache;
    return TG_OK;
}

size_t tg_replay_cache_num(const tg_replay_cache *cache)
{
    return cache->num;
}

/* ---- by hash ------------------------------------------------------------------------------------------------ */

static uint32_t *bucket_of(const tg_replay_cache *cache, const uint8_t hash[32])
{
    uint32_t n = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
    return &cache->buckets[n & (cache->num_buckets - 1)];
}

static replay_entry *find(const tg_replay_cache *cache, const uint8_t hash[32])
{
    for (uint32_t at = *bucket_of(cache, hash); at != NONE; at = cache->entries[at].next) {
        if (memcmp(cache->entries[at].hash, hash, 32) == 0)
            return &cache->entries[at];
    }
    return NULL;
}

static void link_entry(tg_replay_cache *cache, uint32_t n, const uint8_t hash[32])
{
    uint32_t *bucket = bucket_of(cache, hash);
    memcpy(cache->entries[n].hash, hash, 32);
    cache->entries[n].next = *bucket;
    *bucket = n;
}

static void unlink_entry(tg_replay_cache *cache, uint32_t n)
{
    uint32_t *at = bucket_of(cache, cache->entries[n].hash);
    while (*at != n)
        at = &cache->entries[*at].next;
    *at = cache->entries[n].next;
}

/* ---- by time: the first to expire is expiring[0] --------------------------------------------------------------- */

static uint64_t until_of(const tg_replay_cache *cache, size_t at)
{
    return cache->entries[cache->expiring[at]].until;
}

/* Of two at the same time the one whose place is first, so that runs repeat. */
static bool is_before(const tg_replay_cache *cache, size_t a, size_t b)
{
    uint64_t until_a = until_of(cache, a), until_b = until_of(cache, b);
    return until_a < until_b || (until_a == until_b && cache->expiring[a] < cache->expiring[b]);
}

static void swap(tg_replay_cache *cache, size_t a, size_t b)
{
    uint32_t n = cache->expiring[a];
    cache->expiring[a] = cache->expiring[b];
    cache->expiring[b] = n;
}

static void push(tg_replay_cache *cache, uint32_t n)
{
    size_t at = cache->num_expiring++;
    cache->expiring[at] = n;
    for (; at > 0 && is_before(cache, at, (at - 1) / 2); at = (at - 1) / 2)
        swap(cache, at, (at - 1) / 2);
}

static uint32_t pop(tg_replay_cache *cache)
{
    uint32_t first = cache->expiring[0];
    cache->expiring[0] = cache->expiring[--cache->num_expiring];
    for (size_t at = 0;;) {
        size_t least = 2 * at + 1;
        if (least + 1 < cache->num_expiring && is_before(cache, least + 1, least))
            least++;
        if (least >= cache->num_expiring || is_before(cache, at, least))
            return first;
        swap(cache, at, least);
        at = least;
    }
}

/* ---- places ------------------------------------------------------------------------------------------------- */

static bool has_expired(const tg_replay_cache *cache, uint64_t now)
{
    return cache->num_expiring > 0 && until_of(cache, 0) < tg_ntp_order(now);
}

/* Counters stay for good, so they get no more than half of the places: what expires always finds room again. */
static bool has_room(const tg_replay_cache *cache, bool for_counter, uint64_t now)
{
    size_t counters = cache->num - cache->num_expiring, most = cache->capacity - cache->capacity / 2;
    if (for_counter && counters >= most)
        return false;
    return has_expired(cache, now) || cache->num < cache->capacity;
}

/* There is room. */
static uint32_t take_place(tg_replay_cache *cache, uint64_t now)
{
    if (!has_expired(cache, now))
        return (uint32_t)cache->num++;
    uint32_t n = pop(cache);
    unlink_entry(cache, n);
    return n;
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
    if (!(is_counter && find(cache, peer)) && !has_room(cache, is_counter, now))
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
    if (!e && !has_room(cache, is_counter, now))
        return TG_REFUSAL_REPLAY_CACHE_FULL;
    if (!e) {
        uint32_t n = take_place(cache, now);
        e = &cache->entries[n];
        link_entry(cache, n, is_counter ? peer : hash);
    }
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
    push(cache, (uint32_t)(e - cache->entries));
    return TG_REFUSAL_NONE;
}
