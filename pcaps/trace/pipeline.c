/* Batches of units that go from one thread to the other and back. */
#define _POSIX_C_SOURCE 200809L
#include "pipeline.h"

#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "prepared.h"
#include "ticketgate/carriage.h"

enum {
    NUM_BATCHES = 4,
    BATCH = 256 << 10 /* octets; a larger unit has a batch of its own size */,
    MOST_ITEMS = 1024,
    RTP_HEADER = 12 /* RFC 3550 5.1: all that anybody asks of RTP */,
    BEHIND = 2 /* batches that wait: who takes them has more to do than who fills them */
};

typedef enum item_kind { UNIT, RTP, END } item_kind;

/* What stands in a batch begins with this. */
typedef struct item {
    item_kind kind;
    size_t size; /* with all that follows it */
} item;

/* A unit and what it points to. */
typedef struct unit_item {
    item item;
    tgp_unit unit;
} unit_item;

/* A packet of RTP: there are many, and little of each is wanted. */
typedef struct rtp_item {
    item item;
    tgp_endpoint source, destination;
    uint64_t first_frame, frame;
    int64_t time;
    size_t num_pieces;
    uint8_t header[RTP_HEADER];
    tgp_piece pieces[];
} rtp_item;

typedef struct end_item {
    item item;
    uint64_t connection;
} end_item;

typedef struct batch {
    uint8_t *data;
    size_t used, capacity, num;
} batch;

struct tgt_pipeline {
    tgt_taker taker;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    batch batches[NUM_BATCHES];
    size_t num_filled, num_taken; /* batches so far; under the lock */
    bool over, dropped;           /* under the lock */
    size_t num_sent;              /* as num_filled; of the thread that reads */
    bool is_behind;               /* who takes; of the thread that reads */
};

/* ---- taking ----------------------------------------------------------------------------------------------------- */

static void take_rtp(const tgt_pipeline *p, const rtp_item *from)
{
    const tgp_unit unit = { .kind = TGP_UNIT_RTP,
                            .transport = TGP_UDP,
                            .source = from->source,
                            .destination = from->destination,
                            .first_frame = from->first_frame,
                            .frame = from->frame,
                            .time = from->time,
                            .octets = tg_bytes_of(from->header, sizeof from->header),
                            .pieces = from->pieces,
                            .num_pieces = from->num_pieces };
    p->taker.unit(p->taker.user, &unit);
}

static void take_batch(const tgt_pipeline *p, const batch *from)
{
    for (size_t at = 0; at < from->used;) {
        const void *one = from->data + at;
        const item *first = one;
        if (first->kind == RTP)
            take_rtp(p, one);
        else if (first->kind == UNIT)
            p->taker.unit(p->taker.user, &((const unit_item *)one)->unit);
        else
            p->taker.ended(p->taker.user, ((const end_item *)one)->connection);
        at += first->size;
    }
}

/* Whom a signal wakes goes for the lock at once: so it is given behind it. */
static void tell_taken(tgt_pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    p->taker.publish(p->taker.user);
    p->num_taken++;
    pthread_mutex_unlock(&p->lock);
    pthread_cond_signal(&p->emptied);
}

/* The next batch; NULL: there is none any more. */
static const batch *wait_for_batch(tgt_pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->num_taken == p->num_filled && !p->over)
        pthread_cond_wait(&p->filled, &p->lock);
    bool none = p->num_taken == p->num_filled || p->dropped;
    const batch *next = none ? NULL : &p->batches[p->num_taken % NUM_BATCHES];
    pthread_mutex_unlock(&p->lock);
    return next;
}

static void *take_all(void *user)
{
    tgt_pipeline *p = user;
    for (const batch *next; (next = wait_for_batch(p)) != NULL;) {
        take_batch(p, next);
        tell_taken(p);
    }
    return NULL;
}

/* ---- filling ---------------------------------------------------------------------------------------------------- */

static batch *current(tgt_pipeline *p)
{
    return &p->batches[p->num_sent % NUM_BATCHES];
}

static size_t num_waiting(const tgt_pipeline *p)
{
    return p->num_filled - p->num_taken;
}

static void wait_for_room(tgt_pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    while (num_waiting(p) >= NUM_BATCHES)
        pthread_cond_wait(&p->emptied, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

/* Gives the batch away, and waits for one that is empty. */
static void hand_over(tgt_pipeline *p)
{
    if (current(p)->num == 0)
        return;
    pthread_mutex_lock(&p->lock);
    p->num_filled = ++p->num_sent;
    size_t waiting = num_waiting(p);
    pthread_mutex_unlock(&p->lock);
    pthread_cond_signal(&p->filled);
    p->is_behind = waiting >= BEHIND;
    if (waiting >= NUM_BATCHES)
        wait_for_room(p);
    current(p)->used = current(p)->num = 0;
}

static size_t rounded(size_t size)
{
    return (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

static void *new_item(tgt_pipeline *p, item_kind kind, size_t size)
{
    batch *b = current(p);
    if (b->num == MOST_ITEMS || (b->num > 0 && size > b->capacity - b->used)) {
        hand_over(p);
        b = current(p);
    }
    size_t wanted = size > BATCH ? size : BATCH;
    if (b->capacity < size || (b->capacity > BATCH && size <= BATCH && b->num == 0)) {
        free(b->data);
        b->data = malloc(wanted);
        b->capacity = b->data ? wanted : 0;
    }
    if (!b->data)
        return NULL;
    void *out = b->data + b->used;
    *(item *)out = (item){ kind, size };
    b->used += size;
    b->num++;
    return out;
}

/* ---- copying ---------------------------------------------------------------------------------------------------- */

static void *put(uint8_t **at, const void *data, size_t size)
{
    void *out = *at;
    if (size > 0)
        memcpy(out, data, size);
    *at += rounded(size);
    return out;
}

size_t tgt_size_of_head(const tg_sip_head *head)
{
    return offsetof(tg_sip_head, headers) + head->num_headers * sizeof head->headers[0];
}

static void move(tg_bytes *view, const uint8_t *from, const uint8_t *to)
{
    if (view->data)
        view->data = to + (view->data - from);
}

/* Every view of it lies in the octets of the message. */
static void move_head(tg_sip_head *head, const uint8_t *from, const uint8_t *to)
{
    tg_bytes *const views[] = { &head->octets,       &head->start_line,    &head->method,
                                &head->request_uri,  &head->reason_phrase, &head->body,
                                &head->call_id,      &head->from,          &head->to,
                                &head->from_tag,     &head->to_tag,        &head->branch,
                                &head->content_type, &head->cseq_method };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        move(views[i], from, to);
    for (size_t i = 0; i < head->num_headers; i++) {
        move(&head->headers[i].name, from, to);
        move(&head->headers[i].value, from, to);
    }
}

/* What is not used of the room for it goes back. */
static void prepare(tgt_pipeline *p, unit_item *last, uint8_t *at, size_t size)
{
    tg_arena arena = tg_arena_of(at, size);
    p->taker.prepare(p->taker.user, &last->unit, &arena);
    size_t unused = rounded(size) - rounded(arena.used);
    last->item.size -= unused;
    current(p)->used -= unused;
}

static bool add_rtp(tgt_pipeline *p, const tgp_unit *unit)
{
    size_t pieces = unit->num_pieces * sizeof *unit->pieces;
    rtp_item *to = new_item(p, RTP, rounded(sizeof *to + pieces));
    if (!to)
        return false;
    to->source = unit->source;
    to->destination = unit->destination;
    to->first_frame = unit->first_frame;
    to->frame = unit->frame;
    to->time = unit->time;
    to->num_pieces = unit->num_pieces;
    memcpy(to->header, unit->octets.data, sizeof to->header);
    memcpy(to->pieces, unit->pieces, pieces);
    return true;
}

bool tgt_pipeline_unit(tgt_pipeline *p, const tgp_unit *unit)
{
    if (unit->kind == TGP_UNIT_RTP && unit->octets.len >= RTP_HEADER && unit->num_pieces > 0)
        return add_rtp(p, unit);
    size_t target = unit->http.target ? strlen(unit->http.target) + 1 : 0,
           head = unit->sip ? tgt_size_of_head(unit->sip) : 0;
    size_t pieces = unit->num_pieces * sizeof *unit->pieces, prepared = p->is_behind ? tgt_preparing_size(unit) : 0;
    size_t size = rounded(sizeof(unit_item)) + rounded(unit->octets.len) + rounded(pieces) + rounded(target) +
                  rounded(unit->http.body.len) + rounded(head);
    unit_item *to = new_item(p, UNIT, size + rounded(prepared));
    if (!to)
        return false;
    uint8_t *at = (uint8_t *)to + rounded(sizeof *to);
    tgp_unit *copy = &to->unit;
    *copy = *unit;
    copy->octets.data = put(&at, unit->octets.data, unit->octets.len);
    copy->pieces = put(&at, unit->pieces, pieces);
    if (unit->http.target)
        copy->http.target = put(&at, unit->http.target, target);
    if (unit->http.body.data)
        copy->http.body.data = put(&at, unit->http.body.data, unit->http.body.len);
    if (unit->sip) {
        tg_sip_head *moved = put(&at, unit->sip, head);
        move_head(moved, unit->octets.data, copy->octets.data);
        copy->sip = moved;
    }
    if (prepared)
        prepare(p, to, at, prepared);
    return true;
}

bool tgt_pipeline_ended(tgt_pipeline *p, uint64_t connection)
{
    end_item *to = new_item(p, END, rounded(sizeof *to));
    if (!to)
        return false;
    to->connection = connection;
    return true;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* Signals are for the thread that reads: it is what they are to wake. */
static bool start(tgt_pipeline *p)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    int failed = pthread_create(&p->thread, NULL, take_all, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

static void free_all(tgt_pipeline *p)
{
    pthread_cond_destroy(&p->emptied);
    pthread_cond_destroy(&p->filled);
    pthread_mutex_destroy(&p->lock);
    for (size_t i = 0; i < NUM_BATCHES; i++)
        free(p->batches[i].data);
    free(p);
}

tgt_pipeline *tgt_pipeline_new(const tgt_taker *taker)
{
    tgt_pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->taker = *taker;
    pthread_mutex_init(&p->lock, NULL); /* with no attributes none of these can fail here (glibc) */
    pthread_cond_init(&p->filled, NULL);
    pthread_cond_init(&p->emptied, NULL);
    if (start(p))
        return p;
    free_all(p);
    return NULL;
}

void tgt_pipeline_look(tgt_pipeline *p, void (*look)(void *user), void *user)
{
    pthread_mutex_lock(&p->lock);
    look(user);
    pthread_mutex_unlock(&p->lock);
}

void tgt_pipeline_end(tgt_pipeline *p, bool drop)
{
    if (!p)
        return;
    if (!drop)
        hand_over(p);
    pthread_mutex_lock(&p->lock);
    p->over = true;
    p->dropped = drop;
    pthread_cond_signal(&p->filled);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    free_all(p);
}
