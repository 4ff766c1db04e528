/* The table of calls: found by Call-ID and by number, kept in the order of their last message, linked, closed. */
#include <stdlib.h>

#include "checks.h"

uint64_t tgpc_hash(tg_bytes octets)
{
    return tgp_hash(octets, 0);
}

/* ---- lists ---------------------------------------------------------------------------------------------------- */

static void take_out(tgp_call *call)
{
    tgpc_list *list = &call->calls->lists[call->list];
    *(call->newer ? &call->newer->older : &list->newest) = call->older;
    *(call->older ? &call->older->newer : &list->oldest) = call->newer;
    call->newer = call->older = NULL;
}

static void put_in(tgp_call *call)
{
    call->list = call->established ? 1 : 0;
    tgpc_list *list = &call->calls->lists[call->list];
    call->older = list->newest;
    *(list->newest ? &list->newest->newer : &list->oldest) = call;
    list->newest = call;
}

void tgpc_touch(tgp_call *call, const tgp_unit *unit)
{
    take_out(call);
    call->last_frame = unit->frame;
    call->last_time = unit->time;
    put_in(call);
}

/* ---- the tables ------------------------------------------------------------------------------------------------ */

/* The three chains of calls are kept alike: `link` is what points to the call. */
#define CHAIN(which)                                                                                                   \
    static void enter_##which(tgp_call *call, tgp_call **bucket)                                                       \
    {                                                                                                                  \
        call->next_##which = *bucket;                                                                                  \
        if (*bucket)                                                                                                   \
            (*bucket)->link_##which = &call->next_##which;                                                             \
        *bucket = call;                                                                                                \
        call->link_##which = bucket;                                                                                   \
    }                                                                                                                  \
    static void leave_##which(tgp_call *call)                                                                          \
    {                                                                                                                  \
        if (!call->link_##which)                                                                                       \
            return;                                                                                                    \
        *call->link_##which = call->next_##which;                                                                      \
        if (call->next_##which)                                                                                        \
            call->next_##which->link_##which = call->link_##which;                                                     \
        call->link_##which = NULL;                                                                                     \
    }
CHAIN(by_id)
CHAIN(by_number)
CHAIN(by_icid)

/* Of a call that goes on from one that was full: that one's. */
static uint64_t origin_of(const tgp_calls *calls, uint64_t hash, uint64_t otherwise)
{
    for (unsigned i = 0; calls->full && i < TGPC_FULL_WAYS; i++)
        if (calls->full->calls[hash % TGPC_FULL_SETS][i].known &&
            calls->full->calls[hash % TGPC_FULL_SETS][i].hash == hash)
            return calls->full->calls[hash % TGPC_FULL_SETS][i].origin;
    return otherwise;
}

static void note_full(tgp_calls *calls, const tgp_call *call)
{
    size_t at = call->hash % TGPC_FULL_SETS;
    if (origin_of(calls, call->hash, UINT64_MAX) != UINT64_MAX)
        return;
    if (!calls->full)
        calls->full = calloc(1, sizeof *calls->full);
    if (!calls->full) {
        calls->failed = true;
        return;
    }
    unsigned i = calls->full->next[at]++ % TGPC_FULL_WAYS;
    calls->full->calls[at][i].hash = call->hash;
    calls->full->calls[at][i].origin = call->origin;
    calls->full->calls[at][i].known = true;
}

tgp_call *tgpc_call_of(tgp_calls *calls, tg_bytes call_id, const tgp_unit *unit)
{
    uint64_t hash = tgpc_hash(call_id);
    for (tgp_call *call = calls->by_id[hash & calls->mask]; call; call = call->next_by_id)
        if (call->hash == hash && tg_bytes_equal(call->call_id, call_id))
            return call;
    tgp_call *call = tgpc_call_new(calls);
    if (!call)
        return NULL;
    calls->current = call;
    call->hash = hash;
    call->number = calls->num_calls;
    call->origin = origin_of(calls, hash, call->number);
    call->first_frame = call->last_frame = unit->frame;
    call->last_time = unit->time;
    call->call_id = tgpc_copy(call, call_id);
    if (!call->call_id.data) {
        tgpc_call_free(call);
        calls->current = NULL;
        return NULL;
    }
    calls->num_calls++;
    enter_by_id(call, &calls->by_id[hash & calls->mask]);
    enter_by_number(call, &calls->by_number[call->number & calls->mask]);
    put_in(call);
    return call;
}

tgp_call *tgpc_call_by_number(const tgp_calls *calls, uint64_t number)
{
    for (tgp_call *call = calls->by_number[number & calls->mask]; call; call = call->next_by_number)
        if (call->number == number)
            return call;
    return NULL;
}

/* ---- links ------------------------------------------------------------------------------------------------------ */

static void link_one(tgp_call *call, uint64_t number)
{
    for (unsigned i = 0; i < call->num_linked; i++)
        if (call->linked[i] == number)
            return;
    if (!call->linked)
        call->linked = tgpc_alloc(call, TGPC_MAX_LINKED * sizeof *call->linked);
    if (!call->linked)
        return;
    if (call->num_linked == TGPC_MAX_LINKED) {
        call->links_lost = true;
        return;
    }
    call->linked[call->num_linked++] = number;
}

static void link_calls(tgp_call *a, tgp_call *b)
{
    if (a == b)
        return;
    link_one(a, b->number);
    link_one(b, a->number);
}

/* A capture may give all calls one value: a call is linked with the first and so many of the newest. */
enum { LOOK = TGPC_MAX_LINKED - 1 };

void tgpc_link_icid(tgp_call *call, tg_bytes icid)
{
    tgp_calls *calls = call->calls;
    uint64_t hash = tgpc_hash(icid) | 1;
    if (call->icid)
        return;
    tgp_call **bucket = &calls->by_icid[hash & calls->mask];
    unsigned met = 0;
    for (tgp_call *other = *bucket; other && !call->links_lost; other = other->next_by_icid) {
        if (other->icid != hash)
            continue;
        if (met++ == LOOK)
            call->links_lost = true;
        else
            link_calls(call, other);
    }
    call->icid = hash;
    enter_by_icid(call, bucket);
}

void tgpc_link_transfer(tgp_call *call, uint64_t hash)
{
    tgp_calls *calls = call->calls;
    for (const tgpc_transfer *own = call->transfers; own; own = own->next)
        if (own->hash == hash)
            return;
    tgpc_transfer *transfer = tgpc_alloc(call, sizeof *transfer);
    if (!transfer)
        return;
    tgpc_transfer **bucket = &calls->transfers[hash & calls->mask];
    uint64_t first = call->number;
    unsigned met = 0;
    for (tgpc_transfer *other = *bucket; other && met <= LOOK; other = other->next_same) {
        if (other->hash != hash)
            continue;
        first = other->first;
        if (met++ < LOOK)
            link_calls(call, other->call);
    }
    if (met > LOOK) {
        tgp_call *other = tgpc_call_by_number(calls, first);
        call->links_lost = true;
        if (other)
            link_one(call, other->number);
    }
    *transfer = (tgpc_transfer){ call->transfers, *bucket, bucket, hash, first, call };
    if (*bucket)
        (*bucket)->link = &transfer->next_same;
    *bucket = transfer;
    call->transfers = transfer;
}

static void forget_transfers(tgp_call *call)
{
    for (tgpc_transfer *own = call->transfers; own; own = own->next) {
        *own->link = own->next_same;
        if (own->next_same)
            own->next_same->link = own->link;
    }
}

/* ---- closing ---------------------------------------------------------------------------------------------------- */

static void judge(tgp_call *call)
{
    if (call->judged)
        return;
    call->judged = true;
    tgpc_judge_closing(call);
}

static void let_go(tgp_call *call)
{
    tgp_calls *calls = call->calls;
    if (calls->listener.closed)
        calls->listener.closed(calls->listener.user, call);
    tgpc_media_forget(call);
    forget_transfers(call);
    leave_by_id(call);
    leave_by_number(call);
    leave_by_icid(call);
    take_out(call);
    if (calls->current == call)
        calls->current = NULL;
    tgpc_call_free(call);
}

static void say_closing(tgp_call *call)
{
    if (call->calls->listener.closing)
        call->calls->listener.closing(call->calls->listener.user, call);
}

void tgpc_close(tgp_call *call)
{
    tgp_calls *calls = call->calls;
    bool before = calls->closing;
    calls->closing = true; /* room is small at the end, and closing one call may not close another */
    say_closing(call);
    judge(call);
    tgpc_tell_all(call);
    let_go(call);
    calls->closing = before;
}

void tgpc_close_full(tgp_call *call)
{
    tgp_calls *calls = call->calls;
    calls->closed_early++;
    note_full(calls, call);
    tgpc_close(call);
}

void tgpc_close_quiet(tgp_calls *calls, int64_t now)
{
    tgp_call *oldest;
    while ((oldest = calls->lists[0].oldest) && oldest != calls->current && now - oldest->last_time > calls->quiet)
        tgpc_close(oldest);
}

static bool is_ended(const tgp_call *call)
{
    if (call->established)
        return false;
    for (unsigned leg = 0; leg < call->num_legs; leg++)
        for (const tgpc_transaction *t = call->legs[leg].transactions; t; t = t->next)
            if (!t->has_final && t->method != TGPC_ACK && t->method != TGPC_CANCEL)
                return false;
    return true;
}

static void fetch(const void *from, size_t size)
{
#if defined(__GNUC__)
    for (size_t at = 0; at < size; at += 64)
        __builtin_prefetch((const uint8_t *)from + at);
#else
    (void)from;
    (void)size;
#endif
}

/* Where memory is wanted again and again, the oldest go one after the other. They were used long ago, and each look at them would wait for memory: the
 * next ones are fetched, in the steps in which one finds the way to them. */
static void fetch_next(const tgp_call *call)
{
    enum { OF_CALL = 960, OF_BLOCK = 1600 }; /* what most of them fill */
    const tgp_call *next = call->newer, *second = next ? next->newer : NULL;
    if (!second)
        return;
    fetch(next->blocks, OF_BLOCK);
    fetch(second, OF_CALL);
}

bool tgpc_close_oldest(tgp_calls *calls)
{
    tgp_call *oldest = NULL;
    for (int list = 0; list < 2; list++) {
        tgp_call *one = calls->lists[list].oldest;
        if (one && one == calls->current)
            one = one->newer;
        if (one && (!oldest || one->last_time < oldest->last_time))
            oldest = one;
    }
    if (!oldest)
        return false;
    fetch_next(oldest);
    if (!is_ended(oldest))
        calls->closed_early++;
    tgpc_close(oldest);
    return true;
}

static int by_number(const void *a, const void *b)
{
    const tgp_call *const *x = a, *const *y = b;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

/* Who judges messages hears of all calls first: a row may speak of two. */
static bool finish_in_order(tgp_calls *calls, size_t num)
{
    tgp_call **all = malloc(num * sizeof(tgp_call *));
    if (!all)
        return false;
    size_t n = 0;
    for (int list = 0; list < 2; list++)
        for (tgp_call *call = calls->lists[list].oldest; call && n < num; call = call->newer)
            all[n++] = call;
    qsort(all, n, sizeof(tgp_call *), by_number);
    calls->closing = true;
    for (size_t i = 0; i < n; i++)
        say_closing(all[i]);
    for (size_t i = 0; i < n; i++)
        judge(all[i]);
    for (size_t i = 0; i < n; i++)
        tgpc_tell_all(all[i]);
    for (size_t i = 0; i < n; i++)
        let_go(all[i]);
    calls->closing = false;
    free(all);
    return true;
}

void tgp_calls_finish(tgp_calls *calls)
{
    size_t num = 0;
    calls->current = NULL;
    for (int list = 0; list < 2; list++)
        for (const tgp_call *call = calls->lists[list].oldest; call; call = call->newer)
            num++;
    if (num && !finish_in_order(calls, num))
        for (int list = 0; list < 2; list++)
            while (calls->lists[list].oldest)
                tgpc_close(calls->lists[list].oldest);
}
