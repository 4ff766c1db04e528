/* Octets that were seen before: a copy, or a replay (vectors/TRACE.md section 2). */
#include <stdio.h>

#include "tracing.h"

/* Of messages with the same octets: for one that comes, originals and copies together. Where there are more, nobody says that it is a replay. */
enum { MAX_LOOKED_AT = 512, MAX_BESIDE_LOOKED_AT = 16 };

/* ---- copies ----------------------------------------------------------------------------------------------------- */

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

/* One before with these octets; those of the same unit are others (two attributes of one description). */
static bool has_octets(const tgp_trace *trace, const tgt_record *r, const tgt_found *found)
{
    return r->unit != trace->num_units && r->response == found->response && tg_bytes_equal(r->octets, found->octets);
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

/* False: there are too many. */
static bool may_look(unsigned *looked_at)
{
    return ++*looked_at <= MAX_LOOKED_AT;
}

/* An Error came behind the last of them: what is sent now is sent in spite of it. */
static bool is_refused(const tgp_trace *trace, const tgt_found *found, uint64_t hash, unsigned *looked_at)
{
    sendings all = { 0 };
    for (tgt_node *n = tgt_table_find(&trace->octets, hash); n && may_look(looked_at); n = tgt_node_next(n)) {
        const tgt_record *r = TGT_OF(n, tgt_record, by_octets);
        if (!has_octets(trace, r, found))
            continue;
        count_sending(trace, r, found, &all);
        for (const tgt_record *c = r->copies; c && may_look(looked_at); c = c->next_copy)
            count_sending(trace, c, found, &all);
    }
    return all.refused_at > all.last;
}

/* NONE: of somebody else. AGAIN: of the same sender in another request; a copy where no Error came since. */
typedef enum likeness { NONE, AGAIN, COPY } likeness;

static likeness compare(const tgt_record *r, const tgt_found *found)
{
    if (has_address(&r->destination, &found->unit->source))
        return COPY;
    if (!is_of_sender(r, found))
        return NONE;
    return r->request == found->request ? COPY : AGAIN;
}

static likeness compare_all(const tgt_record *original, const tgt_found *found, unsigned *looked_at)
{
    likeness most = compare(original, found);
    for (const tgt_record *c = original->copies; c && most != COPY && may_look(looked_at); c = c->next_copy) {
        likeness one = compare(c, found);
        most = one > most ? one : most;
    }
    return most;
}

/* What it is like is not known. */
static tgt_record *give_up(tgp_trace *trace, tgt_record *newest)
{
    if (newest)
        trace->counts.judged_early++;
    return newest;
}

tgt_record *tgt_find_original(tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    unsigned looked_at = 0, looked_for_errors = 0;
    bool asked = false, refused = false;
    tgt_record *newest = NULL;
    for (tgt_node *n = tgt_table_find(&trace->octets, hash); n && may_look(&looked_at); n = tgt_node_next(n)) {
        tgt_record *r = TGT_OF(n, tgt_record, by_octets);
        if (!has_octets(trace, r, found))
            continue;
        likeness like = compare_all(r, found, &looked_at);
        newest = newest ? newest : r;
        if (like == AGAIN && !asked) {
            asked = true;
            refused = is_refused(trace, found, hash, &looked_for_errors);
        }
        if (like == COPY || (like == AGAIN && !refused && looked_for_errors <= MAX_LOOKED_AT))
            return r;
    }
    return looked_at > MAX_LOOKED_AT || looked_for_errors > MAX_LOOKED_AT ? give_up(trace, newest) : NULL;
}

/* ---- replays ---------------------------------------------------------------------------------------------------- */

/* The same was met before, and what was known of it is gone: for want of memory, or because its call was over. */
static void tell_replay(tgp_trace *trace, const tgt_record *r, uint64_t number)
{
    tgp_trace_finding finding = { .requirement = tg_requirement_find("RFC3830-5.4-x02"),
                                  .frame = r->frame,
                                  .call = r->call ? r->call->call : NULL,
                                  .call_number = r->call ? r->call->number : TGP_NONE,
                                  .message = r->number,
                                  .connection = TGP_NONE };
    tgp_placed_finding place = { .has_frame = false };
    if (!finding.requirement)
        return;
    if (r->num_pieces && tgt_place(r->pieces, r->num_pieces, 0, r->pieces[0].len, &place)) {
        finding.frame = place.frame;
        finding.has_place = true;
        finding.frame_offset = place.frame_offset;
        finding.frame_length = place.frame_length;
    }
    snprintf(finding.text, sizeof finding.text, "the same octets as message %llu, sent once more",
             (unsigned long long)number);
    tgt_take_finding(trace, &finding);
}

/* Then what judges the conversation finds the replay. */
static bool has_same_beside(const tgp_trace *trace, const tgt_record *r, uint64_t hash)
{
    unsigned looked_at = 0;
    for (tgt_node *n = tgt_table_find(&trace->octets, hash); n && looked_at < MAX_BESIDE_LOOKED_AT;
         n = tgt_node_next(n), looked_at++) {
        const tgt_record *other = TGT_OF(n, tgt_record, by_octets);
        if (other != r && other->conversation == r->conversation && other->response == r->response &&
            tg_bytes_equal(other->octets, r->octets))
            return true;
    }
    return false;
}

bool tgt_look_for_replay(tgp_trace *trace, const tgt_found *found, tgt_record *r, uint64_t hash)
{
    uint64_t number = 0;
    if (has_same_beside(trace, r, hash)) {
        r->replay = true;
        return false;
    }
    tgt_met met = tgt_before_look(trace, found, hash, &number);
    if (met == TGT_REPLAY) {
        r->replay = true;
        tell_replay(trace, r, number);
    }
    return met == TGT_COPY;
}
