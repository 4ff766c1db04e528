/* Octets that were seen before: a copy, or a replay (vectors/TRACE.md section 2). */
#include "tracing.h"

/* Of messages with the same octets, originals and copies together: where there are more, they are looked up (crowds.c). */
enum { MAX_LOOKED_AT = 32 };

static bool has_address(const tgp_endpoint *a, const tgp_endpoint *b)
{
    return memcmp(&a->address, &b->address, sizeof a->address) == 0;
}

/* Of the same sender in the same call: on another hop, in the same transaction, or sent once more. */
static bool is_of_sender(const tgt_record *r, const tgt_found *found)
{
    return r->call && r->call == found->call && r->from_tag == found->from_tag &&
           (!r->response || r->to_tag == found->to_tag);
}

static bool is_like(const tgt_record *r, const tgt_found *found)
{
    return r->response == found->response && tg_bytes_equal(r->octets, found->octets);
}

/* One before with these octets; those of the same unit are others (two attributes of one description). */
static bool has_octets(const tgp_trace *trace, const tgt_record *r, const tgt_found *found)
{
    return r->unit != trace->num_units && is_like(r, found);
}

/* What this sender sent of these octets in the call, and the Errors about it. */
typedef struct sendings {
    uint64_t last, refused_at; /* numbers of messages */
} sendings;

static void count_sending(const tgp_trace *trace, const tgt_record *r, const tgt_found *found, sendings *out)
{
    const tgt_record *about = r->original ? r->original : r;
    uint64_t refused_at = r->refused_at > about->refused_at ? r->refused_at : about->refused_at;
    if (r->unit == trace->num_units || !is_of_sender(r, found))
        return;
    out->last = r->number > out->last ? r->number : out->last;
    out->refused_at = refused_at > out->refused_at ? refused_at : out->refused_at;
}

/* An Error came behind the last of them: what is sent now is sent in spite of it. They were counted before: they are few. */
static bool is_refused(const tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    sendings all = { 0 };
    for (tgt_node *n = tgt_table_find(&trace->octets, hash); n; n = tgt_node_next(n)) {
        const tgt_record *r = TGT_OF(n, tgt_record, by_octets);
        if (!has_octets(trace, r, found))
            continue;
        count_sending(trace, r, found, &all);
        for (const tgt_record *c = r->copies; c; c = c->next_copy)
            count_sending(trace, c, found, &all);
    }
    return all.refused_at > all.last;
}

/* Over HTTP the newest sending counts, whoever's it is: was it turned down? */
static bool is_taken(const tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    const tgt_record *newest = NULL;
    for (tgt_node *n = tgt_table_find(&trace->octets, hash); n; n = tgt_node_next(n)) {
        const tgt_record *r = TGT_OF(n, tgt_record, by_octets);
        if (!has_octets(trace, r, found))
            continue;
        for (const tgt_record *c = r; c; c = c == r ? r->copies : c->next_copy) {
            if (tgt_is_posted(c) && (!newest || c->number > newest->number))
                newest = c;
        }
    }
    return newest && !newest->turned_down;
}

/* NONE: of somebody else. AGAIN: of the same sender in another request; a copy where no Error came since, or, over HTTP, where it was turned down. */
typedef enum likeness { NONE, AGAIN, COPY } likeness;

static likeness compare(const tgt_record *r, const tgt_found *found)
{
    if (has_address(&r->destination, &found->unit->source))
        return COPY;
    if (tgt_was_posted(found))
        return tgt_is_posted(r) && has_address(&r->source, &found->unit->source) ? AGAIN : NONE;
    if (!is_of_sender(r, found))
        return NONE;
    return r->request == found->request ? COPY : AGAIN;
}

static likeness compare_all(const tgt_record *original, const tgt_found *found)
{
    likeness most = compare(original, found);
    for (const tgt_record *c = original->copies; c && most != COPY; c = c->next_copy) {
        likeness one = compare(c, found);
        most = one > most ? one : most;
    }
    return most;
}

/* Are there few? Then they need not be looked up; else they can be from now on. */
static bool are_few(tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    unsigned num = 0;
    for (tgt_node *n = tgt_table_find(&trace->octets, hash); n; n = tgt_node_next(n)) {
        tgt_record *r = TGT_OF(n, tgt_record, by_octets);
        if (!is_like(r, found))
            continue;
        if (r->crowded)
            return false;
        num += 1 + r->num_copies;
        if (num > MAX_LOOKED_AT) {
            tgt_make_crowd(trace, r);
            return false;
        }
    }
    return true;
}

tgt_record *tgt_find_original(tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    bool asked = false, refused = false;
    trace->in_crowd = false;
    tgt_node *first = tgt_table_find(&trace->octets, hash);
    if (!first)
        return NULL;
    if (!are_few(trace, found, hash)) {
        trace->in_crowd = true;
        return tgt_find_in_crowd(trace, found, hash);
    }
    for (tgt_node *n = first; n; n = tgt_node_next(n)) {
        tgt_record *r = TGT_OF(n, tgt_record, by_octets);
        if (!has_octets(trace, r, found))
            continue;
        likeness like = compare_all(r, found);
        if (like == AGAIN && !asked) {
            asked = true;
            refused = tgt_was_posted(found) ? is_taken(trace, found, hash) : is_refused(trace, found, hash);
        }
        if (like == COPY || (like == AGAIN && !refused))
            return r;
    }
    return NULL;
}

/* In whatever conversation; but one that does not parse is none. */
static bool is_there_another(const tgp_trace *trace, const tgt_record *r, uint64_t hash)
{
    for (tgt_node *n = tgt_table_find(&trace->octets, hash); n; n = tgt_node_next(n)) {
        const tgt_record *other = TGT_OF(n, tgt_record, by_octets);
        if (other != r && other->has_message && tg_bytes_equal(other->octets, r->octets))
            return true;
    }
    return false;
}

/* Octets of a request come back in a response, or the other way round: hardly ever, so that it is looked for where there are such alone. */
static bool was_of_other_kind(tgp_trace *trace, const tgt_found *found, const tgt_record *r)
{
    if (!tgt_is_init(r->data_type) || (!r->response && trace->num_responses_with_init == 0))
        return false;
    uint64_t hash = tgt_hash_of_octets(r->octets, !r->response);
    return is_there_another(trace, r, hash) || tgt_before_look(trace, found, hash) != TGT_NEVER;
}

bool tgt_look_for_replay(tgp_trace *trace, const tgt_found *found, tgt_record *r, uint64_t hash)
{
    if (!r->has_message)
        return false;
    tgt_met met = tgt_before_look(trace, found, hash);
    trace->num_responses_with_init += r->response && tgt_is_init(r->data_type);
    r->replay = met == TGT_REPLAY ||
                (met == TGT_NEVER && (is_there_another(trace, r, hash) || was_of_other_kind(trace, found, r)));
    return met == TGT_COPY;
}
