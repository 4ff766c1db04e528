/* What is kept, within its bound. */
#include <stdio.h>
#include <stdlib.h>

#include "tracing.h"

/* ---- tables ---------------------------------------------------------------------------------------------------- */

enum { FIRST_BUCKETS = 256 };

bool tgt_table_init(tgt_table *table)
{
    *table = (tgt_table){ calloc(FIRST_BUCKETS, sizeof *table->buckets), FIRST_BUCKETS, 0 };
    return table->buckets != NULL;
}

void tgt_table_free(tgt_table *table)
{
    free(table->buckets);
    *table = (tgt_table){ NULL, 0, 0 };
}

/* Without memory for more the chains grow longer. */
static void grow(tgt_table *table)
{
    size_t num = table->num_buckets * 4;
    tgt_node **buckets = calloc(num, sizeof *buckets);
    if (!buckets)
        return;
    for (size_t i = 0; i < table->num_buckets; i++) {
        tgt_node *turned = NULL, *node, *next;
        for (node = table->buckets[i]; node; node = next) { /* from the oldest on, so that the newest stays first */
            next = node->next;
            node->next = turned;
            turned = node;
        }
        for (node = turned; node; node = next) {
            tgt_node **bucket = &buckets[node->hash & (num - 1)];
            next = node->next;
            node->next = *bucket;
            *bucket = node;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->num_buckets = num;
}

void tgt_table_put(tgt_table *table, tgt_node *node, uint64_t hash)
{
    if (table->num >= table->num_buckets / 2) /* who is in front in a chain is rarely at hand */
        grow(table);
    node->hash = hash ? hash : 1;
    tgt_node **bucket = &table->buckets[node->hash & (table->num_buckets - 1)];
    node->next = *bucket;
    *bucket = node;
    table->num++;
}

void tgt_table_expect(const tgt_table *table, const tgt_node *node)
{
    tgt_fetch(&table->buckets[node->hash & (table->num_buckets - 1)], sizeof *table->buckets);
}

void tgt_table_remove(tgt_table *table, tgt_node *node)
{
    if (!node->hash)
        return;
    tgt_node **at = &table->buckets[node->hash & (table->num_buckets - 1)];
    while (*at && *at != node)
        at = &(*at)->next;
    if (*at) {
        *at = node->next;
        table->num--;
    }
    node->hash = 0;
}

static tgt_node *same_from(tgt_node *node, uint64_t hash)
{
    while (node && node->hash != hash)
        node = node->next;
    return node;
}

tgt_node *tgt_table_find(const tgt_table *table, uint64_t hash)
{
    hash = hash ? hash : 1;
    return same_from(table->buckets[hash & (table->num_buckets - 1)], hash);
}

tgt_node *tgt_node_next(const tgt_node *node)
{
    return same_from(node->next, node->hash);
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 29;
    return h;
}

uint64_t tgt_hash_numbers(uint64_t a, uint64_t b)
{
    return mix(mix(a + UINT64_C(0x9e3779b97f4a7c15)) ^ b * UINT64_C(0xa0761d6478bd642f));
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

void *tgt_alloc(tgp_trace *trace, size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (memory)
        trace->used += size;
    else
        trace->out_of_memory = true;
    return memory;
}

void tgt_release(tgp_trace *trace, void *memory, size_t size)
{
    if (!memory)
        return;
    trace->used -= size;
    free(memory);
}

bool tgt_take_arena(tgp_trace *trace, size_t size, tg_arena *out)
{
    *out = trace->spare;
    trace->spare = tg_arena_of(NULL, 0);
    if (out->data && out->capacity >= size)
        return true;
    free(out->data);
    void *data = malloc(size); /* most of it stays untouched */
    *out = tg_arena_of(data, data ? size : 0);
    trace->out_of_memory = trace->out_of_memory || !data;
    return data != NULL;
}

void tgt_give_arena(tgp_trace *trace, tg_arena *arena)
{
    tg_arena smaller = *arena;
    if (trace->keys && arena->data)
        tg_arena_wipe(arena, 0);
    arena->used = 0;
    if (arena->capacity > trace->spare.capacity) {
        smaller = trace->spare;
        trace->spare = *arena;
    }
    free(smaller.data);
    *arena = tg_arena_of(NULL, 0);
}

/* ---- conversations ---------------------------------------------------------------------------------------------- */

static void take_out(tgp_trace *trace, tgt_conversation *c)
{
    *(c->quieter ? &c->quieter->busier : &trace->quietest) = c->busier;
    *(c->busier ? &c->busier->quieter : &trace->busiest) = c->quieter;
    c->quieter = c->busier = NULL;
}

static void put_last(tgp_trace *trace, tgt_conversation *c)
{
    c->quieter = trace->busiest;
    *(trace->busiest ? &trace->busiest->busier : &trace->quietest) = c;
    trace->busiest = c;
}

tgt_conversation *tgt_new_conversation(tgp_trace *trace, bool numbered)
{
    tgt_conversation *c = tgt_alloc(trace, sizeof *c);
    if (!c)
        return NULL;
    c->number = numbered ? trace->next_conversation++ : TGP_NONE;
    c->keys = -1;
    c->last_time = trace->now;
    c->last_container = &c->containers;
    c->last_connection = &c->connections;
    if (numbered)
        trace->counts.conversations++;
    put_last(trace, c);
    return c;
}

void tgt_touch_conversation(tgp_trace *trace, tgt_conversation *c)
{
    c->last_time = trace->now;
    if (trace->busiest == c)
        return;
    take_out(trace, c);
    put_last(trace, c);
}

static void count_in(tgt_conversation *c, const tgt_record *record)
{
    c->num++;
    if (!record->original) {
        c->num_originals++;
        c->octets += record->octets.len;
    }
}

static void free_arena(tgp_trace *trace, tgt_conversation *c)
{
    trace->judged_octets -= c->arena.used;
    tgt_give_arena(trace, &c->arena);
}

void tgt_add_to_conversation(tgp_trace *trace, tgt_conversation *c, tgt_record *record)
{
    record->conversation = c;
    record->next = NULL;
    if (c->is_judged) { /* before its time, for somebody else: now there is more of it */
        free_arena(trace, c);
        c->is_judged = false;
        c->judged = NULL;
    }
    *(c->last ? &c->last->next : &c->first) = record;
    c->last = record;
    count_in(c, record);
    tgt_touch_conversation(trace, c);
}

/* Both lists are in the order of numbers. */
void tgt_merge_conversations(tgp_trace *trace, tgt_conversation *to, tgt_conversation *from)
{
    tgt_record *a = to->first, *b = from->first, **at = &to->first, *last = NULL;
    for (tgt_record *r = b; r; r = r->next) {
        r->conversation = to;
        count_in(to, r);
        if (to->num_request > 0 && strncmp(r->ex, "request", 7) == 0) /* the exchanges before it keep their names */
            snprintf(r->ex, sizeof r->ex, "request%lu", to->num_request + strtoul(r->ex + 7, NULL, 10));
    }
    while (a || b) {
        tgt_record **next = !b || (a && a->number < b->number) ? &a : &b;
        last = *at = *next;
        *next = last->next;
        at = &last->next;
    }
    *at = NULL;
    to->last = last;
    to->num_request += from->num_request;
    to->num_resolve += from->num_resolve;
    from->first = from->last = NULL;
    trace->next_conversation -= from->number + 1 == trace->next_conversation;
    trace->counts.conversations--;
    tgt_free_conversation(trace, from);
}

void tgt_drop_record(tgp_trace *trace, tgt_record *r)
{
    tgt_crowd_leave(trace, r);
    tgt_table_remove(&trace->octets, &r->by_octets);
    tgt_table_remove(&trace->keys_of_records, &r->by_key);
    tgt_table_remove(&trace->transactions, &r->by_transaction);
    tgt_table_remove(&trace->csbs, &r->by_csb);
    *(r->earlier ? &r->earlier->later : &trace->oldest) = r->later;
    *(r->later ? &r->later->earlier : &trace->newest) = r->earlier;
    if (r->call) {
        *(r->before_of_call ? &r->before_of_call->next_of_call : &r->call->records) = r->next_of_call;
        if (r->next_of_call)
            r->next_of_call->before_of_call = r->before_of_call;
    }
    if (trace->of_unit == r)
        trace->of_unit = NULL;
    tgt_release(trace, r, r->memory);
}

/* In tables the newest of a hash stands in front: so each is found at once. */
static tgt_record *newest_first(tgt_record *r)
{
    tgt_record *turned = NULL;
    for (tgt_record *next; r; r = next) {
        next = r->next;
        r->next = turned;
        turned = r;
    }
    return turned;
}

void tgt_free_conversation(tgp_trace *trace, tgt_conversation *c)
{
    for (tgt_record *r = newest_first(c->first), *next; r; r = next) {
        next = r->next;
        tgt_drop_record(trace, r);
    }
    for (tgt_container *k = c->containers, *next; k; k = next) {
        next = k->next;
        tgt_release(trace, k, k->memory);
    }
    free_arena(trace, c);
    tgt_table_remove(&trace->tickets, &c->by_ticket);
    take_out(trace, c);
    tgt_release(trace, c, sizeof *c);
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

tgt_call *tgt_call_of(tgp_trace *trace, tgp_call *call)
{
    tgt_call *state = tgp_call_kept(call);
    if (state)
        return state;
    state = tgt_alloc(trace, sizeof *state);
    if (!state)
        return NULL;
    state->call = call;
    state->number = tgp_call_number(call);
    state->last_finding = &state->findings;
    state->earlier = trace->open_calls;
    if (state->earlier)
        state->earlier->later = state;
    trace->open_calls = state;
    tgp_call_keep(call, state);
    return state;
}

void tgt_free_call(tgp_trace *trace, tgt_call *call)
{
    for (tgt_finding *f = call->findings, *next; f; f = next) {
        next = f->next;
        tgt_release(trace, f, sizeof *f);
    }
    for (tgt_spot *s = call->spots, *next; s; s = next) {
        next = s->next;
        tgt_release(trace, s, sizeof *s);
    }
    for (tgt_record *r = call->records; r; r = r->next_of_call)
        r->call = NULL;
    tgt_forget_call(trace, call);
    *(call->later ? &call->later->earlier : &trace->open_calls) = call->earlier;
    if (call->earlier)
        call->earlier->later = call->later;
    tgp_call_keep(call->call, NULL);
    tgt_release(trace, call, sizeof *call);
}

/* ---- the bound -------------------------------------------------------------------------------------------------- */

static bool is_quiet(const tgp_trace *trace, int64_t last)
{
    return trace->quiet > 0 && trace->now - last > trace->quiet;
}

void tgt_make_room(tgp_trace *trace)
{
    while (trace->quietest || trace->quietest_connection) {
        tgt_conversation *c = trace->quietest;
        tgt_connection *t = trace->quietest_connection;
        bool conversation_first = c && (!t || c->last_time <= tgt_connection_time(t));
        int64_t last = conversation_first ? c->last_time : tgt_connection_time(t);
        bool is_full = trace->used > trace->limit;
        if (!is_full && !is_quiet(trace, last))
            return;
        if (is_full)
            trace->counts.judged_early++;
        if (conversation_first)
            tgt_tell_conversation(trace, c);
        else
            tgt_tell_connection(trace, t);
    }
}
