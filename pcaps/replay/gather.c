/* What is kept of a capture while it is judged. */
#include <stdio.h>
#include <stdlib.h>

#include "replace.h"
#include "replaying.h"

#define MEMORY_DEFAULT ((size_t)TGP_REPLAY_MEMORY_MIB << 20)
enum { MOST_AHEAD = 4096 /* messages that are completed before the one that began first */ };

static void *keep(tgp_replay *r, const void *data, size_t len)
{
    void *copy = NULL;
    if (r->held + len <= r->limit)
        copy = malloc(len + 1);
    if (!copy) {
        r->error = "there is more in the capture than the memory allowed can hold (--memory)";
        return NULL;
    }
    r->held += len;
    if (len > 0)
        memcpy(copy, data, len);
    ((uint8_t *)copy)[len] = '\0';
    return copy;
}

/* One more element; what it was is zero. */
static void *grow(tgp_replay *r, void **array, size_t *num, size_t size)
{
    if ((*num & (*num - 1)) == 0) { /* 0, 1, 2, 4, ...: twice as many */
        size_t more = *num ? *num * size : size;
        void *bigger = r->held + more <= r->limit ? realloc(*array, (*num ? 2 * *num : 1) * size) : NULL;
        if (!bigger) {
            r->error = "there is more in the capture than the memory allowed can hold (--memory)";
            return NULL;
        }
        r->held += more;
        *array = bigger;
    }
    uint8_t *one = (uint8_t *)*array + (*num)++ * size;
    memset(one, 0, size);
    return one;
}

/* ---- units --------------------------------------------------------------------------------------------------- */

static void keep_http(tgp_replay *r, tgp_replay_unit *u, const tgp_unit *unit)
{
    const char *target = unit->http.target ? unit->http.target : "";
    u->request = unit->http.request;
    u->status = unit->http.status > 0 ? (unsigned)unit->http.status : 0;
    u->transaction = unit->http.transaction;
    u->method = keep(r, unit->http.method, strlen(unit->http.method));
    u->content_type = keep(r, unit->http.content_type, strlen(unit->http.content_type));
    u->target = keep(r, target, strlen(target));
    u->base64 = unit->http.body.len > 0 && unit->http.body.data[0] != 1;
}

static void take_step(void *user, const tgp_trace_step *step)
{
    tgp_replay *r = user;
    const tgp_unit *unit = step->unit;
    if (r->error[0] || (unit->kind != TGP_UNIT_SIP && unit->kind != TGP_UNIT_HTTP))
        return;
    tgp_replay_unit *u = grow(r, (void **)&r->units, &r->num_units, sizeof *r->units);
    if (!u)
        return;
    *u = (tgp_replay_unit){ .kind = unit->kind,
                            .call = step->call,
                            .frame = unit->frame,
                            .connection = unit->connection,
                            .time = unit->time,
                            .transport = unit->transport,
                            .source = unit->source,
                            .destination = unit->destination,
                            .message = SIZE_MAX };
    u->octets = keep(r, unit->octets.data, unit->octets.len);
    u->len = u->octets ? unit->octets.len : 0;
    u->pieces = keep(r, unit->pieces, unit->num_pieces * sizeof *unit->pieces);
    u->num_pieces = u->pieces ? unit->num_pieces : 0;
    if (unit->kind == TGP_UNIT_HTTP)
        keep_http(r, u, unit);
    else
        u->request = unit->octets.len < 8 || memcmp(unit->octets.data, "SIP/2.0 ", 8) != 0;
}

/* ---- messages and conversations ------------------------------------------------------------------------------ */

static void take_message(void *user, const tgp_trace_message *m)
{
    tgp_replay *r = user;
    tgp_replay_message *out = r->error[0] || m->num_pieces == 0
                                  ? NULL
                                  : grow(r, (void **)&r->messages, &r->num_messages, sizeof *r->messages);
    if (!out)
        return;
    *out = (tgp_replay_message){ .number = m->number,
                                 .frame = m->pieces[0].frame,
                                 .frame_offset = m->pieces[0].frame_offset,
                                 .time = m->time,
                                 .call = m->call,
                                 .conversation = m->conversation,
                                 .copy_of = m->copy_of,
                                 .from = m->from,
                                 .carrier = m->carrier,
                                 .parses = m->message != NULL,
                                 .unit = SIZE_MAX };
    (void)snprintf(out->ex, sizeof out->ex, "%s", m->ex ? m->ex : "");
    if (m->copy_of != TGP_NONE)
        return;
    out->was = tg_bytes_of(keep(r, m->octets.data, m->octets.len), m->octets.len);
    out->octets = tg_bytes_of(keep(r, m->octets.data, m->octets.len), m->octets.len);
    out->profile = m->profile ? keep(r, m->profile, sizeof *m->profile) : NULL;
    out->m_lines = m->has_m_lines ? keep(r, m->m_lines, m->num_m_lines * sizeof *m->m_lines) : NULL;
    out->num_m_lines = out->m_lines ? m->num_m_lines : 0;
    out->has_m_lines = m->has_m_lines;
}

static void take_conversation(void *user, const tgp_trace_conversation *c)
{
    tgp_replay *r = user;
    tgr_conversation *out =
        r->error[0] ? NULL : grow(r, (void **)&r->conversations, &r->num_conversations, sizeof *r->conversations);
    if (!out)
        return;
    out->number = c->number;
    out->has_keys = c->keys >= 0;
    if (c->judged) {
        out->known = *tg_conversation_known(c->judged); /* its keys are the key file's */
    } else {
        out->known.profile = *c->profile;
        out->known.skew = TG_SKEW_DEFAULT;
    }
}

static int by_conversation(const void *a, const void *b)
{
    uint64_t x = ((const tgr_conversation *)a)->number, y = ((const tgr_conversation *)b)->number;
    return x < y ? -1 : x > y;
}

const tgr_conversation *tgr_conversation_of(const tgp_replay *replay, uint64_t number)
{
    for (size_t low = 0, high = replay->num_conversations; low < high;) {
        size_t middle = low + (high - low) / 2;
        const tgr_conversation *c = &replay->conversations[middle];
        if (c->number == number)
            return c;
        if (c->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int by_place(const void *a, const void *b)
{
    const tgr_place *x = a, *y = b;
    if (x->conversation != y->conversation)
        return x->conversation < y->conversation ? -1 : 1;
    return x->message < y->message ? -1 : x->message > y->message;
}

static void list_places(tgp_replay *r)
{
    r->places = calloc(r->num_messages + 1, sizeof *r->places);
    for (size_t i = 0; r->places && i < r->num_messages; i++) {
        if (r->messages[i].copy_of == TGP_NONE && r->messages[i].conversation != TGP_NONE)
            r->places[r->num_places++] = (tgr_place){ r->messages[i].conversation, i };
    }
    if (r->num_places > 0)
        qsort(r->places, r->num_places, sizeof *r->places, by_place);
}

size_t tgr_first_place(const tgp_replay *r, uint64_t conversation)
{
    size_t low = 0, high = r->num_places;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->places[middle].conversation < conversation)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->num_places && r->places[low].conversation == conversation ? low : r->num_places;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const tgp_replay_message *)a)->number, y = ((const tgp_replay_message *)b)->number;
    return x < y ? -1 : x > y;
}

static int by_frame(const void *a, const void *b)
{
    const tgp_replay_unit *x = a, *y = b;
    uint32_t at_x = x->num_pieces ? x->pieces[0].frame_offset : 0, at_y = y->num_pieces ? y->pieces[0].frame_offset : 0;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return at_x < at_y ? -1 : at_x > at_y;
}

/* A unit is completed by a frame at or behind that in which a message in it begins. */
static size_t unit_of(const tgp_replay *r, const tgp_replay_message *m)
{
    size_t low = 0, high = r->num_units, at;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->units[middle].frame < m->frame)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < r->num_units && i - low < MOST_AHEAD; i++) {
        const tgp_replay_unit *u = &r->units[i];
        if (tgp_replace_place(u->pieces, u->num_pieces, u->len, m->frame, m->frame_offset, &at))
            return i;
    }
    return SIZE_MAX;
}

const tgp_replay_message *tgr_original_of(const tgp_replay *r, uint64_t number)
{
    const tgp_replay_message wanted = { .number = number };
    return bsearch(&wanted, r->messages, r->num_messages, sizeof *r->messages, by_number);
}

void tgp_replay_settle(tgp_replay *r, tg_crypto *crypto)
{
    r->crypto = crypto;
    if (r->num_messages > 0)
        qsort(r->messages, r->num_messages, sizeof *r->messages, by_number);
    if (r->num_conversations > 0)
        qsort(r->conversations, r->num_conversations, sizeof *r->conversations, by_conversation);
    list_places(r);
    if (r->num_units > 0)
        qsort(r->units, r->num_units, sizeof *r->units, by_frame);
    for (size_t i = 0; i < r->num_messages; i++) {
        tgp_replay_message *m = &r->messages[i];
        const tgp_replay_message *original = m->copy_of == TGP_NONE ? NULL : tgr_original_of(r, m->copy_of);
        m->unit = unit_of(r, m);
        if (m->unit != SIZE_MAX && r->units[m->unit].message == SIZE_MAX)
            r->units[m->unit].message = i;
        if (original) {
            m->was = original->was;
            m->octets = original->octets;
            m->conversation = original->conversation;
            m->parses = original->parses;
        }
        const tgr_conversation *c = tgr_conversation_of(r, m->conversation);
        m->has_keys = c && c->has_keys;
    }
}

tgp_replay *tgp_replay_new(const tgp_replay_options *options)
{
    tgp_replay *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->options = *options;
    r->limit = options->memory ? options->memory : MEMORY_DEFAULT;
    r->error = "";
    r->listener = (tgp_trace_listener){
        .step = take_step, .message = take_message, .conversation = take_conversation, .user = r
    };
    return r;
}

const tgp_trace_listener *tgp_replay_listener(tgp_replay *r)
{
    return &r->listener;
}

const char *tgp_replay_error(const tgp_replay *r)
{
    return r->error;
}

size_t tgp_replay_num_messages(const tgp_replay *r)
{
    return r->num_messages;
}

const tgp_replay_message *tgp_replay_message_at(const tgp_replay *r, size_t index)
{
    return &r->messages[index];
}

size_t tgp_replay_num_units(const tgp_replay *r)
{
    return r->num_units;
}

const tgp_replay_unit *tgp_replay_unit_at(const tgp_replay *r, size_t index)
{
    return &r->units[index];
}

static void free_units(tgp_replay *r)
{
    for (size_t i = 0; i < r->num_units; i++) {
        free(r->units[i].octets);
        free(r->units[i].pieces);
        free(r->units[i].method);
        free(r->units[i].target);
        free(r->units[i].content_type);
    }
    free(r->units);
}

void tgp_replay_free(tgp_replay *r)
{
    if (!r)
        return;
    free_units(r);
    for (size_t i = 0; i < r->num_messages; i++) {
        tgp_replay_message *m = &r->messages[i];
        if (m->copy_of != TGP_NONE)
            continue; /* its octets are its original's */
        free((void *)(uintptr_t)m->was.data);
        free((void *)(uintptr_t)m->octets.data);
        free(m->profile);
        free(m->m_lines);
    }
    free(r->messages);
    free(r->places);
    if (r->conversations)
        tg_wipe(r->conversations, r->num_conversations * sizeof *r->conversations);
    free(r->conversations);
    tg_wipe(r->options.secret, sizeof r->options.secret);
    free(r);
}
