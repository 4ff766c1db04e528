/* MIKEY messages made fresh, and put back where they stand. */
#include <stdlib.h>

#include "replace.h"
#include "replaying.h"
#include "ticketgate/registry_values.h"

bool tgr_other(tg_crypto *crypto, const uint8_t secret[32], const char *label, tg_bytes old, uint8_t *out, size_t len)
{
    uint8_t hash[32];
    size_t label_len = strlen(label), got = 0, room = 32 + label_len + 1 + old.len;
    uint8_t *input = malloc(room);
    bool ok = input != NULL;
    if (ok) {
        memcpy(input, secret, 32);
        memcpy(input + 32, label, label_len);
        if (old.len > 0)
            memcpy(input + 33 + label_len, old.data, old.len);
    }
    for (size_t at = 0; ok && at < len; at += sizeof hash) {
        input[32 + label_len] = (uint8_t)(at / sizeof hash);
        ok = tg_hash_octets(crypto, TG_HASH_IS_SHA_256, tg_bytes_of(input, room), hash, &got);
        if (ok)
            memcpy(out + at, hash, len - at < sizeof hash ? len - at : sizeof hash);
    }
    if (input)
        tg_wipe(input, room);
    free(input);
    return ok;
}

static uint64_t number_of(const uint8_t *octets, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++)
        number = number << 8 | octets[i];
    return number;
}

static void put_number(uint64_t number, uint8_t *octets, size_t len)
{
    for (size_t i = len; i > 0; i--, number >>= 8)
        octets[i - 1] = (uint8_t)number;
}

/* ---- a conversation ------------------------------------------------------------------------------------------ */

typedef struct freshening {
    tgp_replay *replay;
    const uint64_t *times; /* of each message, where it has one that is NTP */
    uint64_t step;         /* what counters (RFC 3830 6.6) grow by */
    uint64_t shift;        /* from the first old timestamp to the new one */
    bool immediate, with_tickets, failed;
} freshening;

static bool is_ntp(const tg_t *t)
{
    return t && (t->ts_type == TG_TS_NTP_UTC || t->ts_type == TG_TS_NTP) && t->ts_value.len == 8;
}

static bool is_seconds(const tg_t *t)
{
    return t && t->ts_type == TG_TS_NTP_UTC_32 && t->ts_value.len == 4;
}

static void change_time(const freshening *f, size_t index, const tg_message *message, uint8_t *octets)
{
    const tg_t *t = (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T);
    if (!t || t->ts_value.data < message->octets.data)
        return;
    uint8_t *at = octets + (t->ts_value.data - message->octets.data);
    if (is_ntp(t))
        put_number(f->times[index], at, 8);
    else if (is_seconds(t))
        put_number(f->times[index] >> 32, at, 4);
    else if (t->ts_value.len == 4)
        put_number(number_of(at, 4) + f->step, at, 4);
}

static void change_octets(freshening *f, const char *label, tg_bytes field, const tg_message *message, uint8_t *octets)
{
    if (field.len == 0 || field.data < message->octets.data)
        return;
    if (!tgr_other(f->replay->crypto, f->replay->options.secret, label, field,
                   octets + (field.data - message->octets.data), field.len))
        f->failed = true;
}

/* When a ticket is issued, becomes valid and expires (RFC 6043 6.10: TRi, TRs, TRe): as far from T as it was. */
static void change_validity(const freshening *f, const tg_payload *policy, const tg_message *message, uint8_t *octets)
{
    for (const tg_payload *p = policy; p; p = p->next) {
        const tg_tr *tr = p->type == TG_PAYLOAD_TR ? (const tg_tr *)p : NULL;
        if (!tr || tr->ts_role == TG_TS_ROLE_TRR || tr->ts_type == TG_TS_COUNTER ||
            tr->ts_value.data < message->octets.data)
            continue;
        uint8_t *at = octets + (tr->ts_value.data - message->octets.data);
        if (tr->ts_value.len == 8)
            put_number(number_of(at, 8) + f->shift, at, 8);
        else if (tr->ts_value.len == 4)
            put_number(number_of(at, 4) + (f->shift >> 32), at, 4);
    }
}

static void change_policies(const freshening *f, const tg_message *message, uint8_t *octets)
{
    for (const tg_payload *p = message->payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_TP)
            change_validity(f, ((const tg_tp *)p)->tp_data.payloads, message, octets);
        else if (p->type == TG_PAYLOAD_TICKET && f->with_tickets)
            change_validity(f, ((const tg_ticket *)p)->tp_data.payloads, message, octets);
    }
}

/* RANDs of the messages themselves: those of the KMS, and all within tickets, stay. */
static tg_status change(void *user, size_t index, const tg_message *message, uint8_t *octets)
{
    freshening *f = user;
    change_time(f, index, message, octets);
    change_policies(f, message, octets);
    if (f->immediate)
        return TG_OK;
    change_octets(f, "csb", tg_bytes_of(message->octets.data + 4, 4), message, octets); /* RFC 3830 6.1 */
    for (const tg_payload *p = message->payloads; p; p = p->next) {
        const tg_randr *rand = p->type == TG_PAYLOAD_RANDR ? (const tg_randr *)p : NULL;
        if (rand && (rand->rand_role == TG_RAND_ROLE_I || rand->rand_role == TG_RAND_ROLE_R))
            change_octets(f, "rand", rand->rand, message, octets);
    }
    return f->failed ? TG_NO_MEMORY : TG_OK;
}

/* ---- times --------------------------------------------------------------------------------------------------- */

typedef struct timing {
    uint64_t *times, *old, *fresh;
    int64_t *offsets;
    bool *has;
} timing;

static bool timing_make(timing *t, size_t num)
{
    t->times = calloc(num, sizeof *t->times);
    t->old = calloc(num, sizeof *t->old);
    t->fresh = calloc(num, sizeof *t->fresh);
    t->offsets = calloc(num, sizeof *t->offsets);
    t->has = calloc(num, sizeof *t->has);
    return t->times && t->old && t->fresh && t->offsets && t->has;
}

static void timing_free(timing *t)
{
    free(t->times);
    free(t->old);
    free(t->fresh);
    free(t->offsets);
    free(t->has);
}

/* False: there is none that is NTP. */
static bool time_of(tg_bytes octets, uint64_t *out, bool *whole_seconds)
{
    size_t size = tg_message_arena_size(octets.len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_message *message = NULL;
    bool found = false;
    if (memory && tg_message_parse(octets, &arena, &message, NULL) == TG_OK) {
        const tg_t *t = (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T);
        if (is_ntp(t))
            *out = number_of(t->ts_value.data, 8);
        else if (is_seconds(t))
            *out = number_of(t->ts_value.data, 4) << 32;
        *whole_seconds = *whole_seconds || is_seconds(t);
        found = is_ntp(t) || is_seconds(t);
    }
    free(memory);
    return found;
}

/* Returns the shift from the first old one to the new one; 0: there is none. */
static uint64_t make_times(timing *t, const tg_sent *sent, const size_t *indices, size_t num, uint64_t now,
                           const int64_t *offsets)
{
    size_t num_old = 0, at = 0;
    bool whole_seconds = false;
    for (size_t i = 0; i < num; i++) {
        t->has[i] = time_of(sent[i].octets, &t->old[num_old], &whole_seconds);
        if (t->has[i])
            t->offsets[num_old++] = offsets[indices[i]];
    }
    tgp_replay_times(t->old, t->offsets, num_old, now, whole_seconds, t->fresh);
    for (size_t i = 0; i < num; i++)
        t->times[i] = t->has[i] ? t->fresh[at++] : 0;
    return num_old > 0 ? t->fresh[0] - t->old[0] : 0;
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

static bool is_immediate(const tgp_replay *r, const size_t *indices, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (r->messages[indices[i]].carrier == TGP_CARRIER_SIP)
            return true;
    }
    return false;
}

static bool seal(tgp_replay *r, tgr_conversation *c, const tg_sent *sent, const size_t *indices, size_t num,
                 size_t octets, freshening *f, uint64_t now)
{
    size_t size = tg_reseal_arena_size(octets, num);
    void *memory = malloc(size);
    tg_resealed *out = calloc(num, sizeof *out);
    tg_known *after = malloc(sizeof *after);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    const tg_reseal_plan plan = { .change = change, .user = f };
    bool ok = memory && out && after;
    if (ok) {
        *after = c->known;
        after->now = now;
        ok = tg_reseal(r->crypto, &c->known, after, sent, num, &plan, &arena, out) == TG_OK;
    }
    for (size_t i = 0; ok && i < num; i++) {
        tgp_replay_message *m = &r->messages[indices[i]];
        memcpy((void *)(uintptr_t)m->octets.data, out[i].octets.data, m->octets.len);
        m->resealed = true;
        m->outcome = out[i].outcome;
    }
    c->fresh = ok;
    c->now = now;
    tg_arena_wipe(&arena, 0);
    if (after)
        tg_wipe(after, sizeof *after);
    free(after);
    free(out);
    free(memory);
    return ok;
}

static bool freshen_one(tgp_replay *r, tgr_conversation *c, uint64_t now, const int64_t *offsets)
{
    size_t *indices = NULL, num = 0, octets = 0;
    tg_sent *sent = NULL;
    timing t = { 0 };
    size_t last = tgr_first_place(r, c->number);
    if (last == r->num_places)
        return true;
    while (last + 1 < r->num_places && r->places[last + 1].conversation == c->number)
        last++;
    sent = tgr_sent_of(r, c->number, r->places[last].message, true, &indices, &num, &octets);
    bool ok = sent && timing_make(&t, num);
    if (ok && num <= TG_RESEAL_MAX_MESSAGES) {
        freshening f = { .replay = r, .times = t.times, .step = 1 };
        uint64_t then = c->known.has_now ? c->known.now >> 32 : 0, today = now >> 32;
        f.shift = make_times(&t, sent, indices, num, now, offsets);
        f.with_tickets = c->known.secrets.tpk.len > 0;
        f.step = today > then ? today - then : 1;
        f.immediate = is_immediate(r, indices, num);
        ok = seal(r, c, sent, indices, num, octets, &f, now);
    }
    timing_free(&t);
    free(indices);
    free(sent);
    return ok;
}

static bool put(tgp_replay_unit *u, const tgp_replay_message *m)
{
    size_t at;
    if (!tgp_replace_place(u->pieces, u->num_pieces, u->len, m->frame, m->frame_offset, &at))
        return true;
    if (u->octets[at] == 1 && u->len - at >= m->octets.len) {
        memcpy(u->octets + at, m->octets.data, m->octets.len);
        return true;
    }
    return tgp_replace_base64(u->octets + at, u->len - at, m->octets);
}

bool tgp_replay_freshen(tgp_replay *r, uint64_t now, const int64_t *offsets)
{
    bool ok = true;
    for (size_t i = 0; i < r->num_conversations && ok; i++) {
        if (r->conversations[i].has_keys)
            ok = freshen_one(r, &r->conversations[i], now, offsets);
    }
    for (size_t i = 0; i < r->num_messages && ok; i++) {
        const tgp_replay_message *m = &r->messages[i],
                                 *original = m->copy_of == TGP_NONE ? m : tgr_original_of(r, m->copy_of);
        if (m->unit != SIZE_MAX && original && m->octets.len > 0 && original->resealed &&
            r->units[m->unit].kind == TGP_UNIT_SIP)
            ok = put(&r->units[m->unit], m);
    }
    for (size_t i = 0; i < r->num_units && ok; i++) {
        if (r->units[i].kind == TGP_UNIT_SIP)
            (void)tgp_replay_fresh_sip(r->crypto, r->options.secret, r->units[i].octets, r->units[i].len);
    }
    return ok;
}
