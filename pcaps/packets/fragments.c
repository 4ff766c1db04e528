/* Fragments of IP, put together (RFC 791 section 3.2, RFC 8200 section 4.5).
 *
 * A datagram is known from its first fragment in the capture until its time is over: what comes late of one that is whole already, a copy of a
 * fragment, begins no new one; and what comes of one that was dropped for its overlaps stays dropped (RFC 5722 section 4).
 *
 * Overlaps: IPv4 leaves open what to do. Those with the same octets do no harm (a router on another path cut otherwise); where octets differ, what
 * the receiver saw cannot be known, and the datagram is dropped. IPv6 drops all but exact copies (RFC 8200). */
#include <stdlib.h>

#include "dissect.h"

enum {
    BUCKETS = 1024,
    MAX_DATAGRAM = 65535,
    MAX_PARTS = 1024, /* of a datagram: 64 octets each when it is as long as can be */
    DEFAULT_OCTETS = 4 << 20,
    DEFAULT_SECONDS = 60
};

/* What was kept of a fragment, and what is remembered of it afterwards. In one block with its pieces and octets behind it. */
typedef struct part {
    struct part *next; /* further behind in the datagram */
    uint32_t offset, len;
    size_t num_pieces;
    const uint8_t *data;
    tgp_piece pieces[];
} part;
typedef struct mark {
    uint32_t offset, len, hash;
} mark;

typedef enum state { OPEN, WHOLE, DROPPED } state;

typedef struct key {
    tgp_address source, destination;
    uint8_t protocol; /* IPv6: 0 */
    uint32_t id;
} key;

typedef struct datagram {
    struct datagram *chain;         /* of the bucket */
    struct datagram *older, *newer; /* by first fragment */
    key key;
    int64_t time; /* of the first fragment */
    state state;
    uint8_t protocol;
    uint32_t total;   /* 0: its last fragment has not come */
    uint32_t have;    /* octets */
    uint64_t counted; /* fragments counted as FRAGMENT */
    size_t num_parts, num_marks, pieces;
    part *parts;
    mark *marks;
    size_t cost; /* octets of memory */
} datagram;

struct tgp_fragments {
    datagram *buckets[BUCKETS];
    datagram *oldest, *newest;
    size_t cost, limit;
    int64_t patience; /* nanoseconds */
    uint64_t lost[TGP_NUM_PACKETS];
};

tgp_fragments *tgp_fragments_new(const tgp_dissector_limits *limits)
{
    tgp_fragments *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    size_t octets = limits ? limits->fragment_octets : 0;
    int64_t seconds = limits ? limits->fragment_seconds : 0;
    f->limit = octets ? octets : DEFAULT_OCTETS;
    f->patience = (seconds > 0 && seconds < 1000000000 ? seconds : DEFAULT_SECONDS) * 1000000000;
    return f;
}

/* ---- datagrams ----------------------------------------------------------------------------------------------- */

/* FNV-1a, which is enough for a table whose entries are few. */
static uint32_t hash_octets(uint32_t hash, const void *octets, size_t len)
{
    const uint8_t *p = octets;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return hash;
}

static datagram **bucket_of(tgp_fragments *f, const key *k)
{
    uint32_t hash = hash_octets(2166136261u, k->source.octets, 16);
    hash = hash_octets(hash, k->destination.octets, 16);
    hash = hash_octets(hash, &k->id, sizeof k->id);
    return &f->buckets[(hash ^ hash >> 16 ^ k->protocol) % BUCKETS];
}

static bool key_equals(const key *a, const key *b)
{
    return a->id == b->id && a->protocol == b->protocol && memcmp(&a->source, &b->source, sizeof a->source) == 0 &&
           memcmp(&a->destination, &b->destination, sizeof a->destination) == 0;
}

static void free_parts(datagram *d)
{
    for (part *p = d->parts, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    d->parts = NULL;
    d->num_parts = 0;
}

static void set_cost(tgp_fragments *f, datagram *d, size_t cost)
{
    f->cost = f->cost - d->cost + cost;
    d->cost = cost;
}

/* Forgets a datagram; what was counted for it in vain is lost for this reason. */
static void forget(tgp_fragments *f, datagram *d, tgp_packet_fate why)
{
    if (d->state == OPEN)
        f->lost[why] += d->counted;
    datagram **link = bucket_of(f, &d->key);
    while (*link != d)
        link = &(*link)->chain;
    *link = d->chain;
    *(d->older ? &d->older->newer : &f->oldest) = d->newer;
    *(d->newer ? &d->newer->older : &f->newest) = d->older;
    set_cost(f, d, 0);
    free_parts(d);
    free(d->marks);
    free(d);
}

static bool is_over(const tgp_fragments *f, const datagram *d, int64_t now)
{
    return now > d->time && (uint64_t)now - (uint64_t)d->time > (uint64_t)f->patience;
}

/* Makes room for so many octets more; false when there is not so much, or `keep` had to go for it. */
static bool make_room(tgp_fragments *f, size_t octets, const datagram *keep)
{
    while (f->cost + octets > f->limit && f->oldest) {
        bool is_it = f->oldest == keep;
        forget(f, f->oldest, TGP_PACKET_FRAGMENT_LIMIT);
        if (is_it)
            return false;
    }
    return f->cost + octets <= f->limit;
}

static datagram *find(tgp_fragments *f, const key *k, int64_t now)
{
    while (f->oldest && is_over(f, f->oldest, now))
        forget(f, f->oldest, TGP_PACKET_FRAGMENT_LOST);
    datagram *d = *bucket_of(f, k);
    while (d && !key_equals(&d->key, k))
        d = d->chain;
    if (!d || !is_over(f, d, now))
        return d;
    forget(f, d, TGP_PACKET_FRAGMENT_LOST);
    return NULL;
}

static datagram *begin(tgp_fragments *f, const key *k, int64_t now, uint8_t protocol)
{
    datagram *d = make_room(f, sizeof *d, NULL) ? calloc(1, sizeof *d) : NULL;
    if (!d)
        return NULL;
    datagram **bucket = bucket_of(f, k);
    d->key = *k;
    d->time = now;
    d->protocol = protocol;
    d->chain = *bucket;
    *bucket = d;
    d->older = f->newest;
    *(f->newest ? &f->newest->newer : &f->oldest) = d;
    f->newest = d;
    set_cost(f, d, sizeof *d);
    return d;
}

/* ---- a fragment comes ---------------------------------------------------------------------------------------- */

static tgp_packet_fate drop(tgp_fragments *f, datagram *d)
{
    f->lost[TGP_PACKET_FRAGMENT_OVERLAP] += d->counted;
    d->state = DROPPED;
    free_parts(d);
    set_cost(f, d, sizeof *d);
    return TGP_PACKET_FRAGMENT_OVERLAP;
}

/* Where the datagram ends: all that say so say the same, and nothing is behind. */
static bool ends_fit(datagram *d, const tgp_fragment *fragment)
{
    uint32_t end = fragment->offset + (uint32_t)fragment->data.len;
    if (fragment->more)
        return d->total == 0 || end <= d->total;
    if (d->total != 0)
        return end == d->total;
    for (const part *p = d->parts; p; p = p->next)
        if (p->offset + p->len > end)
            return false;
    d->total = end;
    return true;
}

/* Keeps [from, to) of the datagram, which this fragment covers, behind `link`. */
static bool keep(tgp_fragments *f, datagram *d, part **link, const tgp_fragment *fragment, uint32_t from, uint32_t to,
                 const tgp_piece *pieces, size_t num_pieces)
{
    size_t len = to - from, size = sizeof(part) + num_pieces * sizeof *pieces + len;
    if (d->num_parts == MAX_PARTS || !make_room(f, size, d)) /* `d` may be gone now */
        return false;
    part *p = malloc(size);
    if (!p)
        return false;
    uint32_t skipped = from - fragment->offset;
    p->num_pieces = tgp_pieces_cut(pieces, num_pieces, skipped, len, p->pieces, num_pieces);
    uint8_t *data = (uint8_t *)&p->pieces[num_pieces];
    memcpy(data, fragment->data.data + skipped, len);
    p->data = data;
    p->offset = from;
    p->len = (uint32_t)len;
    p->next = *link;
    *link = p;
    d->num_parts++;
    d->pieces += p->num_pieces;
    d->have += (uint32_t)len;
    set_cost(f, d, d->cost + size);
    return true;
}

/* Puts a fragment where it belongs, and of it what was not there. Octets that were there must be the same; IPv6: all of it was there, in one
 * fragment, or nothing. FRAGMENT: done. */
static tgp_packet_fate insert(tgp_fragments *f, datagram *d, const tgp_fragment *fragment, const tgp_piece *pieces,
                              size_t num_pieces)
{
    uint32_t from = fragment->offset, end = from + (uint32_t)fragment->data.len;
    bool whole_only = d->key.source.version == 6;
    part **link = &d->parts;
    while (from < end) {
        while (*link && (*link)->offset + (*link)->len <= from)
            link = &(*link)->next;
        part *p = *link;
        if (p && p->offset <= from) {
            uint32_t to = end < p->offset + p->len ? end : p->offset + p->len;
            if (memcmp(p->data + (from - p->offset), fragment->data.data + (from - fragment->offset), to - from) != 0 ||
                (whole_only && (p->offset != fragment->offset || p->len != fragment->data.len)))
                return drop(f, d);
            from = to;
            continue;
        }
        uint32_t to = p && p->offset < end ? p->offset : end;
        if (whole_only && to != end)
            return drop(f, d);
        if (!keep(f, d, link, fragment, from, to, pieces, num_pieces))
            return TGP_PACKET_FRAGMENT_LIMIT;
        from = to;
    }
    return TGP_PACKET_FRAGMENT;
}

/* ---- a datagram is whole ------------------------------------------------------------------------------------- */

static tgp_whole *put_together(const datagram *d)
{
    tgp_whole *whole = calloc(1, sizeof *whole);
    if (!whole)
        return NULL;
    whole->data = malloc(d->total);
    whole->pieces = malloc(d->pieces * sizeof *whole->pieces);
    if (!whole->data || !whole->pieces) {
        tgp_whole_free(whole);
        return NULL;
    }
    whole->len = d->total;
    whole->protocol = d->protocol;
    for (const part *p = d->parts; p; p = p->next) {
        memcpy(whole->data + p->offset, p->data, p->len);
        for (size_t i = 0; i < p->num_pieces; i++) {
            tgp_piece *piece = &whole->pieces[whole->num_pieces++];
            *piece = p->pieces[i];
            piece->offset += p->offset;
        }
    }
    return whole;
}

static uint32_t hash_of(const uint8_t *octets, size_t len)
{
    return hash_octets(2166136261u, octets, len);
}

/* What is left of a whole datagram: by which copies of its fragments are known. Without memory for that they are not. */
static void remember(tgp_fragments *f, datagram *d)
{
    d->marks = malloc(d->num_parts * sizeof *d->marks);
    if (d->marks)
        for (const part *p = d->parts; p; p = p->next)
            d->marks[d->num_marks++] = (mark){ p->offset, p->len, hash_of(p->data, p->len) };
    d->state = WHOLE;
    free_parts(d);
    set_cost(f, d, sizeof *d + d->num_marks * sizeof *d->marks);
}

static bool is_copy(const datagram *d, const tgp_fragment *fragment)
{
    for (size_t i = 0; i < d->num_marks; i++)
        if (d->marks[i].offset == fragment->offset && d->marks[i].len == fragment->data.len)
            return d->marks[i].hash == hash_of(fragment->data.data, fragment->data.len);
    return false;
}

static bool fits(const tgp_fragment *fragment)
{
    return fragment->data.len > 0 && fragment->data.len <= MAX_DATAGRAM &&
           fragment->offset + fragment->data.len <= MAX_DATAGRAM && (!fragment->more || fragment->data.len % 8 == 0);
}

tgp_packet_fate tgp_fragments_add(tgp_fragments *fragments, int64_t time, const tgp_fragment *fragment,
                                  const tgp_piece *pieces, size_t num_pieces, tgp_whole **out)
{
    tgp_fragments *f = fragments;
    *out = NULL;
    if (!fits(fragment))
        return TGP_PACKET_MALFORMED;
    key k;
    memset(&k, 0, sizeof k);
    k.source = *fragment->source;
    k.destination = *fragment->destination;
    k.protocol = k.source.version == 4 ? fragment->protocol : 0; /* RFC 8200: no part of what a datagram is known by */
    k.id = fragment->id;
    datagram *d = find(f, &k, time);
    if (d && d->state == WHOLE) {
        if (is_copy(d, fragment))
            return TGP_PACKET_FRAGMENT;
        forget(f, d, TGP_PACKET_FRAGMENT_LOST); /* the number is used again */
        d = NULL;
    }
    if (!d)
        d = begin(f, &k, time, fragment->protocol);
    if (!d)
        return TGP_PACKET_FRAGMENT_LIMIT;
    if (d->state == DROPPED)
        return TGP_PACKET_FRAGMENT_OVERLAP;
    if (!ends_fit(d, fragment))
        return drop(f, d);
    if (fragment->offset == 0)
        d->protocol = fragment->protocol;
    tgp_packet_fate fate = insert(f, d, fragment, pieces, num_pieces);
    if (fate != TGP_PACKET_FRAGMENT)
        return fate;
    if (d->total == 0 || d->have < d->total) {
        d->counted++;
        return TGP_PACKET_FRAGMENT;
    }
    *out = put_together(d);
    remember(f, d);
    return *out ? TGP_PACKET_TAKEN : TGP_PACKET_FRAGMENT_LIMIT;
}

uint64_t tgp_fragments_take_lost(tgp_fragments *fragments, tgp_packet_fate fate)
{
    uint64_t lost = fragments->lost[fate];
    fragments->lost[fate] = 0;
    return lost;
}

void tgp_fragments_finish(tgp_fragments *fragments)
{
    while (fragments->oldest)
        forget(fragments, fragments->oldest, TGP_PACKET_FRAGMENT_LOST);
}

void tgp_fragments_free(tgp_fragments *fragments)
{
    if (!fragments)
        return;
    tgp_fragments_finish(fragments);
    free(fragments);
}
