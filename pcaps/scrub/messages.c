/* The first reading: MIKEY messages in their conversations, sealed again. */
#include "scrubbing.h"

#include <stdlib.h>

enum { ROOM = 1 << 20 };

/* ---- one message -------------------------------------------------------------------------------------------- */

static tg_status change(void *user, size_t index, const tg_message *message, uint8_t *octets)
{
    (void)index;
    tgs_change_message(user, message, octets);
    return TG_OK;
}

static void change_plaintext(void *user, const tg_payload *chain, tg_bytes plain, uint8_t *octets)
{
    tgs_change_plaintext(user, chain, plain, octets);
}

static void key(void *user, tg_bytes before, uint8_t *out)
{
    tgs_scrub *s = user;
    tgp_names_key(&s->names, before, out);
}

static void change_one(tgs_scrub *s, tgs_record *r, const tg_message *message)
{
    uint8_t *octets = tgs_alloc(s, r->len + 1); /* what `message` views stays as it is */
    if (!octets)
        return;
    memcpy(octets, r->octets, r->len);
    tgs_change_message(s, message, octets);
    s->counts->unopened += tgs_count_unopened(s, message, octets);
    r->octets = octets;
}

/* What stands in no conversation: other names in its payloads; what cannot be cut into payloads is blanked. */
static void settle_one(tgs_scrub *s, tgs_record *r)
{
    size_t size = tg_message_arena_size(r->len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_message *message;
    tg_diag diag;
    tg_status status =
        memory ? tg_message_parse(tg_bytes_of(r->octets, r->len), &arena, &message, &diag) : TG_NO_MEMORY;
    if (status == TG_OK)
        change_one(s, r, message);
    else if (!memory || !tgs_blank_message(r->octets, r->len))
        tgs_fail(s, "memory ran out");
    free(memory);
}

bool tgs_settle_octets(tgs_scrub *s, uint8_t *octets, size_t len)
{
    size_t size = tg_message_arena_size(len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_message *message;
    tg_diag diag;
    bool is_message = memory && tg_message_parse(tg_bytes_of(octets, len), &arena, &message, &diag) == TG_OK;
    free(memory);
    tgs_record record = { .octets = octets, .len = len };
    if (is_message)
        settle_one(s, &record);
    else if (!memory)
        tgs_fail(s, "memory ran out");
    if (record.octets != octets)
        memcpy(octets, record.octets, len);
    return is_message;
}

/* ---- the reading -------------------------------------------------------------------------------------------- */

/* They mostly come in the order of their numbers; where one did not, the newest are looked at first. */
static tgs_record *find(tgs_scrub *s, uint64_t number)
{
    size_t low = 0, high = s->num_records;
    for (size_t i = s->num_records; s->unordered && i > 0; i--) {
        if (s->records[i - 1].number == number)
            return &s->records[i - 1];
    }
    while (!s->unordered && low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->records[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->num_records && s->records[low].number == number ? &s->records[low] : NULL;
}

static void take_message(void *user, const tgp_trace_message *m)
{
    tgs_scrub *s = user;
    tgs_record *r = s->failed ? NULL : tgs_grow(s, (void **)&s->records, &s->num_records, sizeof *s->records);
    if (!r)
        return;
    s->unordered |= s->num_records > 1 && r[-1].number >= m->number;
    *r = (tgs_record){ .number = m->number,
                       .frame = m->num_pieces > 0 ? m->pieces[0].frame : m->frame,
                       .frame_offset = m->num_pieces > 0 ? m->pieces[0].frame_offset : 0,
                       .copy_of = m->copy_of,
                       .from = m->from,
                       .parses = m->message != NULL,
                       .num_pieces = m->num_pieces };
    r->pieces = m->num_pieces > 0 ? tgs_alloc(s, m->num_pieces * sizeof *r->pieces) : NULL;
    if (r->pieces)
        memcpy(r->pieces, m->pieces, m->num_pieces * sizeof *r->pieces);
    (void)snprintf(r->ex, sizeof r->ex, "%s", m->ex ? m->ex : "");
    tg_bytes octets = m->copy_of == TGP_NONE ? tgs_copied(s, m->octets) : (tg_bytes){ 0 };
    r->octets = (uint8_t *)(uintptr_t)octets.data;
    r->len = octets.len;
}

/* The session keys that it gives now, beside those that it gave. */
static void note_teks(tgs_scrub *s, const tgp_trace_conversation *c, const tg_known *after, const tg_sent *sent,
                      const tg_resealed *out, tg_arena *arena)
{
    tg_conversation *now;
    arena->used = 0;
    if (tg_conversation_new(s->options->crypto, after, c->num_messages, arena, &now) != TG_OK)
        return;
    for (size_t i = 0; i < c->num_messages; i++) {
        tg_sent changed = sent[i];
        changed.octets = out[i].octets;
        if (tg_conversation_add(now, &changed) != TG_OK)
            return;
        const tg_derived *is = &tg_conversation_judgement(now, i)->derived,
                         *was = &tg_conversation_judgement(c->judged, i)->derived;
        for (size_t k = 0; k < is->num_cs && k < was->num_cs; k++) {
            tgs_tek *tek =
                is->cs[k].cs_id == was->cs[k].cs_id ? tgs_grow(s, (void **)&s->teks, &s->num_teks, sizeof *tek) : NULL;
            if (tek)
                *tek = (tgs_tek){ tgs_copied(s, was->cs[k].tek), tgs_copied(s, is->cs[k].tek) };
        }
    }
}

static void take_container(void *user, const tgp_trace_container *c)
{
    tgs_scrub *s = user;
    if (!s->failed && c->judgement && c->judgement->parse == TG_OK)
        tgs_take_container(s, &c->judgement->mime.container);
}

static void seal(tgs_scrub *s, const tgp_trace_conversation *c, tg_sent *sent, tg_resealed *out, tg_arena *arena)
{
    const tg_known *before = tg_conversation_known(c->judged);
    tg_reseal_plan plan = { .change = change, .plain = change_plaintext, .key = key, .user = s };
    tg_known after;
    tgs_known_after(s, before, &after);
    tg_status status = s->failed
                           ? TG_NO_MEMORY
                           : tg_reseal(s->options->crypto, before, &after, sent, c->num_messages, &plan, arena, out);
    if (status != TG_OK) {
        tgs_fail(s, status == TG_TOO_LARGE ? "a conversation has too many messages to be sealed again"
                                           : "memory ran out while messages were sealed again");
        return;
    }
    for (size_t i = 0; i < c->num_messages; i++) {
        tgs_record *r = find(s, c->messages[i]);
        const tg_message *message = tg_conversation_judgement(c->judged, i)->message;
        if (message)
            s->counts->unopened += tgs_count_unopened(s, message, out[i].octets.data);
        memcpy(r->octets, out[i].octets.data, r->len);
        r->done = true;
        s->counts->messages[out[i].outcome]++;
    }
    tgs_add_keys(s, c->keys, &after);
    /* A RESOLVE_RESP behind it opens a TRANSFER_INIT: judged as the capture is. */
    for (size_t i = 0; i < c->num_messages; i++)
        out[i].octets = tg_bytes_of(find(s, c->messages[i])->octets, out[i].octets.len);
    note_teks(s, c, &after, sent, out, arena);
}

static void take_conversation(void *user, const tgp_trace_conversation *c)
{
    tgs_scrub *s = user;
    size_t total = 0;
    if (s->failed || !c->judged || c->num_messages == 0)
        return;
    tg_sent *sent = calloc(c->num_messages, sizeof *sent);
    tg_resealed *out = calloc(c->num_messages, sizeof *out);
    for (size_t i = 0; sent && i < c->num_messages; i++) {
        const tgs_record *r = find(s, c->messages[i]);
        if (!r || !r->octets) {
            free(sent);
            free(out);
            return;
        }
        sent[i] = (tg_sent){ .octets = tg_bytes_of(r->octets, r->len), .ex = r->ex, .from = r->from };
        total += r->len;
    }
    size_t size = tg_reseal_arena_size(total, c->num_messages);
    void *memory = malloc(size);
    if (sent && out && memory) {
        tg_arena arena = tg_arena_of(memory, size);
        seal(s, c, sent, out, &arena);
        tg_wipe(memory, arena.used);
    } else {
        tgs_fail(s, "memory ran out");
    }
    free(memory);
    free(out);
    free(sent);
}

static void take_connection(void *user, const tgp_trace_connection *c)
{
    tgs_scrub *s = user;
    if (s->failed || !c->has_tek)
        return;
    tgs_secret_ends *end = tgs_grow(s, (void **)&s->secret_ends, &s->num_secret_ends, sizeof *end);
    if (end)
        *end = (tgs_secret_ends){ c->client, c->server, tgs_copied(s, c->tek) };
}

/* Copies become what their originals have become; what stands in no conversation gets other names. */
static void settle(tgs_scrub *s)
{
    for (size_t i = 0; i < s->num_records && !s->failed; i++) {
        tgs_record *r = &s->records[i];
        if (r->done || r->copy_of != TGP_NONE)
            continue;
        settle_one(s, r);
        r->done = true;
        s->counts->unreadable++;
    }
    for (size_t i = 0; i < s->num_records; i++) {
        tgs_record *r = &s->records[i], *original = r->copy_of == TGP_NONE ? NULL : find(s, r->copy_of);
        if (original) {
            r->octets = original->octets;
            r->len = original->len;
            r->done = true;
        }
    }
}

void tgs_read_messages(tgs_scrub *s, FILE *in)
{
    const tgp_trace_options how = {
        .profile = s->options->profile, .keys = s->options->keys, .crypto = s->options->crypto, .memory = s->limit
    };
    const tgp_trace_listener listener = { .message = take_message,
                                          .conversation = take_conversation,
                                          .connection = take_connection,
                                          .container = take_container,
                                          .user = s };
    char why[256] = "";
    tgp_capture *capture = tgp_capture_open(in, why);
    tgp_trace *trace = capture ? tgp_trace_new(&how, &listener) : NULL;
    tgp_packet packet;
    int got = 1;
    while (trace && !s->failed && (got = tgp_capture_next(capture, &packet)) == 1) {
        if (s->options->interrupted && s->options->interrupted(s->options->user))
            tgs_fail(s, "stopped");
        else if (!tgp_trace_take(trace, &packet))
            tgs_fail(s, "memory ran out");
        s->counts->frames++;
    }
    if (!trace)
        tgs_fail(s, capture ? "memory ran out" : why);
    else if (got < 0)
        (void)snprintf(s->why, 256, "%s", tgp_capture_error(capture));
    if (trace && !s->failed) {
        tgp_trace_finish(trace);
        settle(s);
        tgs_add_other_keys(s);
    }
    tgp_trace_free(trace);
    if (capture)
        tgp_capture_close(capture);
    if (s->key_sets)
        tg_text_add(s->keys_out, "]\n", 2);
}
