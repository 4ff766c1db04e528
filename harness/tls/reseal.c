/* Twice through the connection: first under the old TEK, where records are opened; then as it has become under the new one, where each is sealed
 * right before it is judged, so that what follows from it does. */
#include "case.h"

enum {
    FINISHED = 20, /* a message */
    CHANGE_CIPHER_SPEC = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    APPLICATION = 23,
    HEARTBEAT = 24,
    MAJOR = 3,
    TLS_HEADER = 5,
    HEADER = 4,
    ALIGN = 16
};

/* A record that is protected, or that the caller knows nothing of, by its place. */
typedef struct opened {
    bool from_client, is_open;
    uint8_t type;
    size_t offset;      /* in all that its end sends */
    uint8_t *plaintext; /* in `plain` of its end */
    size_t len;
} opened;

typedef struct resealing {
    const tg_tls_reseal_plan *plan;
    opened *records;
    size_t num, max, next;
    uint8_t *plain[2], *application[2];
    size_t plain_len[2], application_len[2], plain_max[2];
    size_t cut[2]; /* octets that were cut into records */
    tg_tls_proof proofs[2];
    tg_tls_resealed *out;
} resealing;

static size_t octets_of(const tg_tls_segment *segments, size_t num, bool from_client)
{
    size_t len = 0;
    for (size_t i = 0; i < num; i++)
        len += segments[i].from_client == from_client ? segments[i].octets.len : 0;
    return len;
}

size_t tg_tls_reseal_arena_size(const tg_tls_segment *segments, size_t num)
{
    size_t octets = octets_of(segments, num, false) + octets_of(segments, num, true);
    return 2 * tg_tls_arena_size(segments, num) + 2 * octets + (octets / TLS_HEADER + 1) * sizeof(opened) + 16 * ALIGN;
}

/* ---- as it was ---------------------------------------------------------------------------------------------- */

/* Each plaintext is shorter than its record, so that they all have room. */
static void open_it(void *user, tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    resealing *r = user;
    uint8_t seq[8];
    tg_bytes plaintext;
    size_t e = end->from_client;
    if (r->num == r->max)
        return;
    opened *o = &r->records[r->num++];
    *o = (opened){ .from_client = end->from_client, .type = record->type, .offset = record->at.offset };
    tg_tls_sequence_of(k, end, record, seq);
    if (k->tls13 || end->lost || !end->ccs || k->h->resumed || !tg_tls_derive(k) ||
        tg_tls_open(k, &end->keys, seq, record, &plaintext) != TG_OK ||
        plaintext.len > r->plain_max[e] - r->plain_len[e])
        return;
    o->is_open = true;
    o->plaintext = r->plain[e] + r->plain_len[e];
    o->len = plaintext.len;
    r->plain_len[e] += plaintext.len;
    if (plaintext.len)
        memcpy(o->plaintext, plaintext.data, plaintext.len);
}

/* All application data of an end in one piece to the caller, and back. */
static void change_application(resealing *r, bool from_client)
{
    uint8_t *all = r->application[from_client];
    size_t len = 0;
    for (int back = 0; back < 2; back++) {
        len = 0;
        for (size_t i = 0; i < r->num; i++) {
            opened *o = &r->records[i];
            if (o->from_client != from_client || !o->is_open || o->type != APPLICATION || o->len == 0)
                continue;
            memcpy(back ? o->plaintext : all + len, back ? all + len : o->plaintext, o->len);
            len += o->len;
        }
        if (!back && len > 0)
            r->plan->change(r->plan->user, from_client, all, len);
    }
}

/* ---- as it becomes ------------------------------------------------------------------------------------------ */

/* Finished where it was right, over the transcript as it is now. */
static bool make_finished(const resealing *r, tg_tls_case *k, const tg_tls_end *end, opened *o)
{
    static const uint8_t header[HEADER] = { FINISHED, 0, 0, TG_TLS_VERIFY_DATA };
    if (o->type != HANDSHAKE || o->len != HEADER + TG_TLS_VERIFY_DATA || memcmp(o->plaintext, header, HEADER) != 0)
        return true;
    if (r->proofs[end->from_client] != TG_TLS_VERIFIED || end->finished)
        return true;
    if (!end->from_client)
        tg_tls_make_client_finished(k);
    bool is_made = end->from_client && k->has_client_finished;
    return tg_tls_verify_data(k, end->from_client, is_made ? k->client_finished_at : k->messages_len,
                              o->plaintext + HEADER);
}

static void seal_it(void *user, tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    resealing *r = user;
    uint8_t seq[8], *fragment = (uint8_t *)(uintptr_t)record->fragment.data; /* it lies in our arena */
    opened *o = r->next < r->num ? &r->records[r->next++] : NULL;
    bool is_same = o && o->from_client == end->from_client && o->offset == record->at.offset;
    tg_tls_sequence_of(k, end, record, seq);
    if (is_same && o->is_open && tg_tls_derive(k) && make_finished(r, k, end, o) &&
        tg_tls_seal(k, &end->keys, seq, record, tg_bytes_of(o->plaintext, o->len), fragment)) {
        r->out->num_sealed++;
        return;
    }
    r->plan->noise(r->plan->user, fragment, record->fragment.len);
    r->out->num_noise++;
}

/* Records in clear behind those that were cut: the other end may have stopped it all, and they are as the caller wants them, as far as he says so. One
 * that is not whole is one, too. */
static size_t skip_clear(const tg_tls_end *end, size_t clear)
{
    size_t at = end->cut, len = end->octets.len;
    while (!end->ccs && at < clear && len - at >= TLS_HEADER) {
        const uint8_t *header = end->octets.data + at;
        if ((header[0] != HANDSHAKE && header[0] != ALERT) || header[1] != MAJOR)
            break;
        size_t size = TLS_HEADER + ((size_t)header[3] << 8 | header[4]);
        at += size < len - at ? size : len - at;
    }
    return at;
}

/* Octets in the place of a header, fewer at the end: what it says of its type, version and length stays, and what says nothing of these goes. One that
 * cannot be a header stays one that cannot. */
static void blank_header(uint8_t *header, size_t len)
{
    bool is_type = header[0] >= CHANGE_CIPHER_SPEC && header[0] <= HEARTBEAT,
         is_version = len > 1 && header[1] == MAJOR;
    for (size_t i = is_type ? is_version ? len : 1 : 0; i < len; i++)
        header[i] = 'x';
}

/* What is behind the last record. */
static void put_noise_behind(const resealing *r, tg_tls_end *end)
{
    size_t at = skip_clear(end, r->plan->clear[end->from_client]), left = end->octets.len - at,
           header = left < TLS_HEADER ? left : TLS_HEADER;
    uint8_t *octets = (uint8_t *)(uintptr_t)end->octets.data + at; /* they lie in our arena */
    if (left > 0)
        blank_header(octets, header);
    if (left > header)
        r->plan->noise(r->plan->user, octets + header, left - header);
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

static tg_status go_through(resealing *r, tg_crypto *c, tg_arena *arena, bool again)
{
    const tg_tls_known *known = again ? r->plan->after : r->plan->before;
    const tg_tls_segment *segments = again ? r->plan->is : r->plan->was;
    tg_tls_judgement judgement = { .parse = TG_OK };
    tg_tls_case *k = tg_tls_case_new(c, known, segments, r->plan->num, arena, &judgement);
    if (!k)
        return TG_ARENA_FULL;
    k->sees = again ? seal_it : open_it;
    k->seer = r;
    memcpy(k->unclear, r->plan->clear, sizeof k->unclear);
    tg_status status = tg_tls_read(k, segments, r->plan->num);
    if (!again) {
        r->proofs[0] = judgement.handshake.server;
        r->proofs[1] = judgement.handshake.client;
        r->out->stopped = k->stopped;
    }
    for (size_t e = 0; again && e < 2; e++) {
        put_noise_behind(r, &k->ends[e]);
        r->out->octets[e] = k->ends[e].octets;
    }
    tg_tls_case_free(k);
    return status;
}

static bool make_room(resealing *r, tg_arena *arena)
{
    size_t all = 0;
    for (size_t e = 0; e < 2; e++) {
        size_t len = octets_of(r->plan->was, r->plan->num, e);
        r->plain_max[e] = len;
        r->plain[e] = tg_arena_alloc(arena, len + 1);
        r->application[e] = tg_arena_alloc(arena, len + 1);
        if (!r->plain[e] || !r->application[e])
            return false;
        all += len;
    }
    r->max = all / TLS_HEADER + 1;
    r->records = tg_arena_alloc(arena, r->max * sizeof *r->records);
    return r->records != NULL;
}

tg_status tg_tls_reseal(tg_crypto *c, const tg_tls_reseal_plan *plan, tg_arena *arena, tg_tls_resealed *out)
{
    resealing r = { .plan = plan, .out = out };
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < plan->num; i++) {
        if (plan->was[i].from_client != plan->is[i].from_client || plan->was[i].octets.len != plan->is[i].octets.len)
            return TG_REFUSED;
    }
    if (plan->before->datagrams || plan->after->datagrams)
        return TG_REFUSED;
    tg_status status = tg_tls_check_limits(plan->before, plan->was, plan->num);
    if (status == TG_OK)
        status = tg_tls_check_limits(plan->after, plan->is, plan->num);
    if (status != TG_OK)
        return status;
    if (!make_room(&r, arena))
        return TG_ARENA_FULL;
    status = go_through(&r, c, arena, false);
    if (status != TG_OK)
        return status;
    out->server = r.proofs[0];
    out->client = r.proofs[1];
    for (size_t e = 0; e < 2 && plan->change; e++)
        change_application(&r, e);
    return go_through(&r, c, arena, true);
}
