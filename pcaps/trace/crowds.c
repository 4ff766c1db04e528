/* Of the same octets there are many messages: what one that comes is a copy of is looked up, whatever their number.
 *
 * A *way* is what makes a message a copy: the address that it comes from is one that an earlier one went to; its request; its sender. Of each way the
 * *runs* are kept: the originals that have a message (themselves or a copy) which the way leads to, the newest first. */
#include "tracing.h"

/* Originals of one way that are passed by: all of them but one were replays, and told as such. */
enum { MAX_PASSED = 64 };

/* OF_CLIENT: over HTTP, by the address it comes from; POSTED: all that came over HTTP. */
typedef enum kind { WENT_TO, OF_REQUEST, OF_SENDER, OF_CLIENT, POSTED, NUM_KINDS } kind;

typedef struct way way;

struct tgt_run {
    tgt_node by_original;   /* and way */
    tgt_run *newer, *older; /* of the way */
    tgt_run *next;          /* of the original */
    tgt_record *original;
    way *way;
};

struct way {
    tgt_node by_hash;
    tgt_run *newest;
    /* Of a sender: numbers of his last sending, and of the newest Error about one; of POSTED: one more than that of the newest turned down. */
    uint64_t last, refused_at;
};

/* ---- which ways ------------------------------------------------------------------------------------------------- */

/* What of a message, kept or just found, makes its ways. */
typedef struct traits {
    uint64_t octets; /* hash, of the kind of message */
    const tgp_endpoint *end;
    const tgt_call *call; /* NULL: it has no sender that is known */
    uint64_t from_tag, to_tag, request;
    const tgp_endpoint *client; /* NULL: it was not posted */
} traits;

static uint64_t hash_of_address(const tgp_endpoint *end, unsigned kind_of_address)
{
    return tgt_hash(tg_bytes_of(end->address.octets, sizeof end->address.octets),
                    kind_of_address | end->address.version);
}

static bool has_way(const traits *t, kind which)
{
    return which == WENT_TO || (which >= OF_CLIENT ? t->client != NULL : t->call != NULL);
}

static uint64_t hash_of_way(const traits *t, kind which)
{
    if (which == WENT_TO)
        return tgt_hash_numbers(t->octets, hash_of_address(t->end, 0));
    if (which == OF_CLIENT)
        return tgt_hash_numbers(t->octets, hash_of_address(t->client, 0x100));
    if (which == POSTED)
        return tgt_hash_numbers(t->octets, 0x200);
    uint64_t sender = tgt_hash_numbers(tgt_hash_numbers(t->call->number, t->from_tag), t->to_tag);
    return tgt_hash_numbers(t->octets, which == OF_SENDER ? sender : tgt_hash_numbers(sender, ~t->request));
}

static traits traits_of(const tgt_record *r)
{
    const tgt_record *original = r->original ? r->original : r;
    return (traits){ original->by_octets.hash,
                     &r->destination,
                     r->call,
                     r->from_tag,
                     r->response ? r->to_tag : 0,
                     r->request,
                     tgt_is_posted(r) ? &r->source : NULL };
}

static way *find_way(const tgp_trace *trace, const traits *t, kind which)
{
    tgt_node *n = has_way(t, which) ? tgt_table_find(&trace->ways, hash_of_way(t, which)) : NULL;
    return n ? TGT_OF(n, way, by_hash) : NULL;
}

static way *make_way(tgp_trace *trace, const traits *t, kind which)
{
    way *w = find_way(trace, t, which);
    if (w)
        return w;
    w = tgt_alloc(trace, sizeof *w);
    if (w)
        tgt_table_put(&trace->ways, &w->by_hash, hash_of_way(t, which));
    return w;
}

/* ---- runs ------------------------------------------------------------------------------------------------------- */

static uint64_t hash_of_run(const way *w, const tgt_record *original)
{
    return tgt_hash_numbers(w->by_hash.hash, original->number);
}

static bool has_run(const tgp_trace *trace, const way *w, const tgt_record *original)
{
    for (tgt_node *n = tgt_table_find(&trace->runs, hash_of_run(w, original)); n; n = tgt_node_next(n)) {
        const tgt_run *run = TGT_OF(n, tgt_run, by_original);
        if (run->way == w && run->original == original)
            return true;
    }
    return false;
}

/* Behind the newer ones: copies of an older original may come later. */
static void put_in_way(tgp_trace *trace, tgt_run *run)
{
    tgt_run *newer = NULL, *older = run->way->newest;
    unsigned passed = 0;
    while (older && older->original->number > run->original->number && passed++ < MAX_PASSED) {
        newer = older;
        older = older->older;
    }
    trace->counts.judged_early += passed > MAX_PASSED;
    run->newer = newer;
    run->older = older;
    *(newer ? &newer->older : &run->way->newest) = run;
    if (older)
        older->newer = run;
}

static void free_way_without_runs(tgp_trace *trace, way *w)
{
    if (w->newest)
        return;
    tgt_table_remove(&trace->ways, &w->by_hash);
    tgt_release(trace, w, sizeof *w);
}

static void add_run(tgp_trace *trace, way *w, tgt_record *original)
{
    if (has_run(trace, w, original))
        return;
    tgt_run *run = tgt_alloc(trace, sizeof *run);
    if (!run) {
        free_way_without_runs(trace, w);
        return;
    }
    run->way = w;
    run->original = original;
    run->next = original->runs;
    original->runs = run;
    tgt_table_put(&trace->runs, &run->by_original, hash_of_run(w, original));
    put_in_way(trace, run);
}

static void free_run(tgp_trace *trace, tgt_run *run)
{
    way *w = run->way;
    tgt_table_remove(&trace->runs, &run->by_original);
    *(run->newer ? &run->newer->older : &w->newest) = run->older;
    if (run->older)
        run->older->newer = run->newer;
    tgt_release(trace, run, sizeof *run);
    free_way_without_runs(trace, w);
}

/* ---- a crowd ---------------------------------------------------------------------------------------------------- */

static void raise(uint64_t *number, uint64_t to)
{
    *number = to > *number ? to : *number;
}

static void enter(tgp_trace *trace, tgt_record *r)
{
    const traits t = traits_of(r);
    for (unsigned which = 0; which < NUM_KINDS; which++) {
        way *w = has_way(&t, (kind)which) ? make_way(trace, &t, (kind)which) : NULL;
        if (!w)
            continue;
        raise(&w->last, r->number);
        raise(&w->refused_at, which == POSTED ? (r->turned_down ? r->number + 1 : 0) : r->refused_at);
        add_run(trace, w, r->original ? r->original : r);
    }
}

static bool is_crowded(const tgt_record *r)
{
    return r->original ? r->original->crowded : r->crowded;
}

/* Those of the unit that is being taken are none before it: they are entered when it is over. */
static void enter_those_before(tgp_trace *trace)
{
    tgt_record *r = trace->to_enter;
    for (; r && r->unit != trace->num_units; r = r->later) {
        if (is_crowded(r))
            enter(trace, r);
    }
    trace->to_enter = r;
}

void tgt_crowd_take(tgp_trace *trace, tgt_record *r)
{
    if (trace->to_enter)
        enter_those_before(trace);
    if (!trace->to_enter)
        trace->to_enter = r;
}

static void enter_all(tgp_trace *trace, tgt_record *original)
{
    original->crowded = true;
    if (original->unit != trace->num_units)
        enter(trace, original);
    for (tgt_record *c = original->copies; c; c = c->next_copy) {
        if (c->unit != trace->num_units)
            enter(trace, c);
    }
}

/* The first of the unit that is being taken. */
static tgt_record *first_of_unit(const tgp_trace *trace)
{
    tgt_record *first = NULL;
    for (tgt_record *r = trace->newest; r && r->unit == trace->num_units; r = r->earlier)
        first = r;
    return first;
}

void tgt_make_crowd(tgp_trace *trace, const tgt_record *like)
{
    enter_those_before(trace);
    for (tgt_node *n = tgt_table_find(&trace->octets, like->by_octets.hash); n; n = tgt_node_next(n)) {
        tgt_record *r = TGT_OF(n, tgt_record, by_octets);
        if (!r->crowded && r->response == like->response && tg_bytes_equal(r->octets, like->octets))
            enter_all(trace, r);
    }
    trace->to_enter = first_of_unit(trace);
}

void tgt_crowd_leave(tgp_trace *trace, tgt_record *r)
{
    if (trace->to_enter == r)
        trace->to_enter = r->later;
    while (r->runs) {
        tgt_run *run = r->runs;
        r->runs = run->next;
        free_run(trace, run);
    }
}

void tgt_crowd_refused(tgp_trace *trace, const tgt_record *about)
{
    if (!is_crowded(about))
        return;
    const traits t = traits_of(about);
    way *w = find_way(trace, &t, OF_SENDER);
    if (w)
        raise(&w->refused_at, about->refused_at);
}

void tgt_crowd_turned_down(tgp_trace *trace, const tgt_record *posted)
{
    if (!is_crowded(posted))
        return;
    const traits t = traits_of(posted);
    way *w = find_way(trace, &t, POSTED);
    if (w)
        raise(&w->refused_at, posted->number + 1);
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

/* An Error came behind the last of the sender's messages. What stands with an original counts for its copies. */
static bool is_refused(tgp_trace *trace, const way *w)
{
    uint64_t refused_at = w->refused_at;
    unsigned passed = 0;
    const tgt_run *run = w->newest;
    for (; run && passed < MAX_PASSED; run = run->older, passed++)
        raise(&refused_at, run->original->refused_at);
    trace->counts.judged_early += run != NULL;
    return refused_at > w->last;
}

static tgt_record *newer_of(tgt_record *a, const way *w)
{
    tgt_record *b = w ? w->newest->original : NULL;
    return !b || (a && a->number > b->number) ? a : b;
}

tgt_record *tgt_find_in_crowd(tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    const traits t = { hash,
                       &found->unit->source,
                       found->call,
                       found->from_tag,
                       found->response ? found->to_tag : 0,
                       found->request,
                       tgt_was_posted(found) ? &found->unit->source : NULL };
    enter_those_before(trace);
    const way *sender = find_way(trace, &t, OF_SENDER);
    tgt_record *original = newer_of(newer_of(NULL, find_way(trace, &t, WENT_TO)), find_way(trace, &t, OF_REQUEST));
    const way *posted = find_way(trace, &t, POSTED);
    if (posted && posted->refused_at == posted->last + 1)
        original = newer_of(original, find_way(trace, &t, OF_CLIENT));
    tgt_record *newest = newer_of(original, sender);
    return newest != original && !is_refused(trace, sender) ? newest : original;
}
