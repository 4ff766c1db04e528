/* Messages whose conversation was told: so much of them that a replay is still found, and what is only sent on is not taken for one. */
#include <stdlib.h>

#include "tracing.h"

enum { SETS = 1 << 14, WAYS = 4, LINE = 64, MAX_LEADS = 12, MORE_SETS = 1 << 13, MORE_WAYS = 8 };

/* What is looked at for every message lies in one line of the processor's memory. */
typedef struct set {
    uint64_t a[WAYS]; /* a hash of the octets; 0: empty */
    uint64_t age[WAYS];
} set;

/* What leads from a message that comes to one before, so that it is a copy: an address that it went to; a sender, of a call; or, where an Error came
 * behind his last message, the request of that message: whatever else he sends now is a replay. Over HTTP a client, where the newest was turned down. */
typedef struct entry {
    uint64_t b;                  /* another hash */
    uint32_t leads[MAX_LEADS];   /* hashes; 0: none */
    uint32_t posted;             /* the low half of the number of the newest that came over HTTP */
    bool has_more;               /* leads for which there was no room: they are in `more` */
    bool is_posted, turned_down; /* there is such a message; it was */
} entry;
_Static_assert(sizeof(entry) == LINE, "an entry is a line");

/* In a set one after the other makes room. */
typedef struct more {
    uint64_t leads[MORE_SETS][MORE_WAYS]; /* hashes, with the octets; 0: none */
    uint8_t next[MORE_SETS];
} more;

/* In a set the oldest makes room: 6 MiB, of which of the entries only those that are used are touched. */
typedef struct table {
    set sets[SETS];
    entry entries[SETS][WAYS];
} table;

struct tgt_before {
    uint64_t age;
    void *memory; /* NULL until the first */
    table *table; /* in it, at the beginning of a line */
    more *more;   /* NULL until the first */
};

tgt_before *tgt_before_new(void)
{
    return calloc(1, sizeof(tgt_before));
}

void tgt_before_free(tgt_before *before)
{
    if (before) {
        free(before->memory);
        free(before->more);
    }
    free(before);
}

static bool make_table(tgt_before *before)
{
    if (before->memory)
        return true;
    before->memory = calloc(1, sizeof(table) + LINE);
    uintptr_t at = (uintptr_t)before->memory;
    before->table = before->memory ? (table *)((at + LINE - 1) / LINE * LINE) : NULL;
    if (before->table) /* written before it is read: otherwise each page is mapped twice */
        memset(before->table->sets, 0, sizeof before->table->sets);
    return before->memory != NULL;
}

/* From the hash that messages are found by. */
static uint64_t first_hash(uint64_t hash)
{
    return tgt_hash_numbers(hash, 21) | 1;
}

static uint64_t second_hash(tg_bytes octets)
{
    return tgt_hash(octets, 22);
}

static uint64_t lead_of_address(const tgp_endpoint *end)
{
    return tgt_hash(tg_bytes_of(end->address.octets, sizeof end->address.octets), end->address.version);
}

/* The call by its Call-ID: it may have been closed since, and be another one. */
static uint64_t lead_of_sender(tgt_call *call, uint64_t from_tag, uint64_t to_tag)
{
    if (!call->id) {
        const char *id = tgp_call_id(call->call);
        call->id = tgt_hash(tg_bytes_of(id, strlen(id)), 24) | 1;
    }
    return tgt_hash_numbers(tgt_hash_numbers(call->id, from_tag), to_tag);
}

static uint64_t lead_of_request(uint64_t sender, uint64_t request)
{
    return tgt_hash_numbers(sender, ~request);
}

static uint64_t lead_of_client(const tgp_endpoint *end)
{
    return tgt_hash_numbers(lead_of_address(end), 23);
}

static void note_posted(entry *e, uint64_t number, bool turned_down)
{
    if (e->is_posted && (int32_t)((uint32_t)number - e->posted) < 0)
        return;
    e->is_posted = true;
    e->posted = (uint32_t)number;
    e->turned_down = turned_down;
}

void tgt_before_expect(const tgt_before *before, uint64_t hash)
{
    if (before->table)
        tgt_fetch(&before->table->sets[first_hash(hash) % SETS], sizeof(set));
}

static size_t oldest_of(const set *s)
{
    size_t oldest = 0;
    for (unsigned i = 1; i < WAYS; i++)
        oldest = s->age[i] < s->age[oldest] ? i : oldest;
    return oldest;
}

void tgt_before_expect_keep(const tgt_before *before, uint64_t hash)
{
    size_t at = first_hash(hash) % SETS;
    if (before->table)
        tgt_fetch(&before->table->entries[at][oldest_of(&before->table->sets[at])], sizeof(entry));
}

static entry *find(const tgt_before *before, tg_bytes octets, uint64_t hash)
{
    uint64_t a = first_hash(hash);
    size_t at = a % SETS;
    for (unsigned i = 0; before->table && i < WAYS; i++) {
        entry *one = &before->table->entries[at][i];
        if (before->table->sets[at].a[i] == a && one->b == second_hash(octets))
            return one;
    }
    return NULL;
}

/* The oldest of the set, emptied: what replays that one is not found any more. */
static entry *make_room(tgp_trace *trace, tg_bytes octets, uint64_t hash)
{
    tgt_before *before = trace->before;
    uint64_t a = first_hash(hash);
    size_t at = a % SETS, oldest = oldest_of(&before->table->sets[at]);
    trace->counts.judged_early += before->table->sets[at].a[oldest] != 0;
    before->table->sets[at].a[oldest] = a;
    before->table->entries[at][oldest] = (entry){ .b = second_hash(octets) };
    return &before->table->entries[at][oldest];
}

static void touch(tgt_before *before, const entry *e)
{
    size_t n = (size_t)(e - before->table->entries[0]);
    before->table->sets[n / WAYS].age[n % WAYS] = ++before->age;
}

/* ---- leads -------------------------------------------------------------------------------------------------------- */

static uint32_t short_of(uint64_t lead)
{
    return (uint32_t)(lead >> 32) | 1;
}

static uint64_t long_of(const entry *e, uint64_t lead)
{
    return tgt_hash_numbers(e->b, lead) | 1;
}

/* Among those for which there was no room; NULL: not there. */
static uint64_t *find_more(const tgt_before *before, const entry *e, uint64_t lead)
{
    uint64_t hash = long_of(e, lead);
    for (unsigned i = 0; e->has_more && before->more && i < MORE_WAYS; i++) {
        uint64_t *one = &before->more->leads[(hash >> 1) % MORE_SETS][i];
        if (*one == hash)
            return one;
    }
    return NULL;
}

static bool has_lead(const tgt_before *before, const entry *e, uint64_t lead)
{
    for (unsigned i = 0; i < MAX_LEADS && e->leads[i]; i++) {
        if (e->leads[i] == short_of(lead))
            return true;
    }
    return find_more(before, e, lead) != NULL;
}

static void add_more(tgp_trace *trace, entry *e, uint64_t lead)
{
    tgt_before *before = trace->before;
    if (!before->more)
        before->more = calloc(1, sizeof *before->more);
    if (!before->more) {
        trace->out_of_memory = true;
        return;
    }
    uint64_t hash = long_of(e, lead);
    size_t at = (hash >> 1) % MORE_SETS;
    uint64_t *one = &before->more->leads[at][before->more->next[at]++ % MORE_WAYS];
    trace->counts.judged_early += *one != 0;
    *one = hash;
    e->has_more = true;
}

static void add_lead(tgp_trace *trace, entry *e, uint64_t lead)
{
    unsigned i = 0;
    while (i < MAX_LEADS && e->leads[i] && e->leads[i] != short_of(lead))
        i++;
    if (i < MAX_LEADS)
        e->leads[i] = short_of(lead);
    else if (!find_more(trace->before, e, lead))
        add_more(trace, e, lead);
}

static void remove_lead(const tgt_before *before, entry *e, uint64_t lead)
{
    unsigned i = 0, last = 0;
    uint64_t *one = find_more(before, e, lead);
    if (one)
        *one = 0;
    while (i < MAX_LEADS && e->leads[i] != short_of(lead))
        i++;
    if (i == MAX_LEADS)
        return;
    while (last + 1 < MAX_LEADS && e->leads[last + 1])
        last++;
    e->leads[i] = e->leads[last];
    e->leads[last] = 0;
}

/* ---- keeping ------------------------------------------------------------------------------------------------------ */

/* Of the senders of a message and its copies, those that are met first: their last sending, and the newest Error about one. */
enum { MAX_SENDERS = 16 };
typedef struct sendings {
    bool used;
    uint64_t who, last, refused_at, request;
} sendings;

static uint64_t newest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void add_sender(tgp_trace *trace, entry *e, const sendings *s)
{
    bool refused = s->refused_at > s->last;
    if (refused)
        remove_lead(trace->before, e, s->who);
    add_lead(trace, e, refused ? lead_of_request(s->who, s->request) : s->who);
}

static void add_sending(tgp_trace *trace, entry *e, sendings all[MAX_SENDERS], const tgt_record *r)
{
    const tgt_record *about = r->original ? r->original : r;
    add_lead(trace, e, lead_of_address(&r->destination));
    if (tgt_is_posted(r)) {
        add_lead(trace, e, lead_of_client(&r->source));
        note_posted(e, r->number, r->turned_down);
    }
    if (!r->call)
        return;
    const sendings one = { true, lead_of_sender(r->call, r->from_tag, r->response ? r->to_tag : 0), r->number,
                           newest(r->refused_at, about->refused_at), r->request };
    unsigned i = 0;
    while (i < MAX_SENDERS && all[i].used && all[i].who != one.who)
        i++;
    if (i == MAX_SENDERS) { /* of so many each sends once */
        add_sender(trace, e, &one);
        return;
    }
    if (!all[i].used)
        all[i] = one;
    all[i].refused_at = newest(all[i].refused_at, one.refused_at);
}

void tgt_before_keep(tgp_trace *trace, const tgt_record *r)
{
    tgt_before *before = trace->before;
    if (trace->is_over || r->original || !r->has_message || !tgt_is_init(r->data_type) || !make_table(before))
        return;
    uint64_t hash = r->by_octets.hash;
    sendings all[MAX_SENDERS] = { { 0 } };
    entry *e = find(before, r->octets, hash);
    if (!e)
        e = make_room(trace, r->octets, hash);
    touch(before, e);
    for (const tgt_record *c = r->copies; c; c = c->next_copy) /* the newest first */
        add_sending(trace, e, all, c);
    add_sending(trace, e, all, r);
    for (unsigned i = 0; i < MAX_SENDERS && all[i].used; i++)
        add_sender(trace, e, &all[i]);
}

/* ---- looking ------------------------------------------------------------------------------------------------------ */

static bool is_sent_again(const tgt_before *before, const entry *e, const tgt_found *found)
{
    if (tgt_was_posted(found))
        return e->turned_down && has_lead(before, e, lead_of_client(&found->unit->source));
    if (!found->call)
        return false;
    uint64_t who = lead_of_sender(found->call, found->from_tag, found->response ? found->to_tag : 0);
    return has_lead(before, e, who) || has_lead(before, e, lead_of_request(who, found->request));
}

tgt_met tgt_before_look(tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    entry *e = find(trace->before, found->octets, hash);
    if (!e)
        return TGT_NEVER;
    bool is_copy =
        has_lead(trace->before, e, lead_of_address(&found->unit->source)) || is_sent_again(trace->before, e, found);
    if (tgt_was_posted(found))
        note_posted(e, trace->next_message - 1, false); /* this one; what comes of it is not known */
    if (!is_copy)
        return TGT_REPLAY;
    add_lead(trace, e, lead_of_address(&found->unit->destination));
    return TGT_COPY;
}
