#include "front.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 256 << 10, MOST_ENTRIES = 4096, WINDOW = 1 << 15 /* calls from the first that is not complete */ };

typedef struct entry {
    tgp_key key;
    uint32_t at, len;
} entry;

struct tgp_front {
    tgp_front_taker taker;
    uint64_t next; /* the first call that is not complete: those before it are out */
    size_t used, num;
    bool gave_up;
    entry entries[MOST_ENTRIES];
    uint8_t complete[WINDOW / 8]; /* a bit for each call from `next` on, by its number modulo WINDOW */
    char text[ROOM];
};

tgp_front *tgp_front_new(const tgp_front_taker *taker)
{
    tgp_front *front = calloc(1, sizeof *front);
    if (front)
        front->taker = *taker;
    return front;
}

void tgp_front_free(tgp_front *front)
{
    if (front)
        tg_wipe(front->text, sizeof front->text); /* it may have held keys */
    free(front);
}

/* ---- which calls are complete ------------------------------------------------------------------------------- */

static bool is_complete(const tgp_front *front, uint64_t call)
{
    return front->complete[call % WINDOW / 8] >> call % 8 & 1;
}

static uint64_t first_incomplete(tgp_front *front)
{
    uint64_t call = front->next;
    for (; is_complete(front, call); call++)
        front->complete[call % WINDOW / 8] &= (uint8_t) ~(1u << call % 8);
    return call;
}

void tgp_front_complete(tgp_front *front, uint64_t call)
{
    if (call < front->next)
        return;
    if (call - front->next >= WINDOW)
        tgp_front_settle(front);
    if (call - front->next >= WINDOW)
        front->gave_up = true;
    else
        front->complete[call % WINDOW / 8] |= (uint8_t)(1u << call % 8);
}

bool tgp_front_is_out(const tgp_front *front, uint64_t call)
{
    return call < front->next;
}

/* ---- what waits ---------------------------------------------------------------------------------------------- */

static int compare_keys(const tgp_key *x, const tgp_key *y)
{
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    return (x->c > y->c) - (x->c < y->c);
}

/* Records with one key keep their order. */
static int compare(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = compare_keys(&x->key, &y->key);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void sort(tgp_front *front)
{
    bool in_order = true;
    for (size_t i = 1; i < front->num && in_order; i++)
        in_order = compare_keys(&front->entries[i - 1].key, &front->entries[i].key) <= 0;
    if (!in_order)
        qsort(front->entries, front->num, sizeof front->entries[0], compare);
}

/* What is left moves to the beginning: by place, so that nothing is written over before it was moved. */
static int compare_places(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void close_up(tgp_front *front, size_t first)
{
    front->num -= first;
    memmove(front->entries, front->entries + first, front->num * sizeof front->entries[0]);
    qsort(front->entries, front->num, sizeof front->entries[0], compare_places);
    front->used = 0;
    for (size_t i = 0; i < front->num; i++) {
        entry *e = &front->entries[i];
        memmove(front->text + front->used, front->text + e->at, e->len);
        e->at = (uint32_t)front->used;
        front->used += e->len;
    }
}

void tgp_front_settle(tgp_front *front)
{
    if (front->gave_up)
        return;
    uint64_t next = first_incomplete(front);
    size_t i = 0;
    sort(front);
    for (; i < front->num && front->entries[i].key.a < next; i++) {
        const entry *e = &front->entries[i];
        bool alone = (i == 0 || e[-1].key.a != e->key.a) && (i + 1 == front->num || e[1].key.a != e->key.a);
        front->taker.record(front->taker.user, e->key, front->text + e->at, e->len, alone);
    }
    front->next = next;
    close_up(front, i);
}

bool tgp_front_add(tgp_front *front, tgp_key key, const char *text, size_t len)
{
    if (front->gave_up || key.a < front->next)
        return false;
    if (front->num == MOST_ENTRIES || len > ROOM - front->used) {
        tgp_front_settle(front);
        /* Where little became free it would be looked through again and again. */
        front->gave_up = front->num > MOST_ENTRIES / 2 || front->used > ROOM / 2 || len > ROOM - front->used;
        if (front->gave_up)
            return false;
    }
    front->entries[front->num++] = (entry){ key, (uint32_t)front->used, (uint32_t)len };
    if (len > 0)
        memcpy(front->text + front->used, text, len);
    front->used += len;
    return true;
}

/* ---- giving up ----------------------------------------------------------------------------------------------- */

bool tgp_front_gave_up(const tgp_front *front)
{
    return front->gave_up;
}

bool tgp_front_empty_into(tgp_front *front, tgp_spool *spool)
{
    bool ok = true;
    front->gave_up = true;
    qsort(front->entries, front->num, sizeof front->entries[0], compare_places);
    for (size_t i = 0; i < front->num; i++) {
        const entry *e = &front->entries[i];
        ok = tgp_spool_add(spool, e->key, front->text + e->at, e->len) && ok;
    }
    front->num = front->used = 0;
    return ok;
}
