/* Handshake messages out of records: over several records, several in one (RFC 5246 6.2.1); of DTLS, out of fragments
 * that come late, again or out of order (RFC 6347 4.2.3). Memory: what came, and a place for each message that is
 * under way. */
#include "case.h"

enum { TLS_HEADER = 4, DTLS_HEADER = 12, MAX_VERIFY_REQUEST = 2 + 1 + 255 };

bool tg_tls_append(tg_tls_case *k, const void *octets, size_t len, tg_bytes *out)
{
    if (len > k->messages_room - k->messages_len) {
        k->failed = TG_ARENA_FULL;
        return false;
    }
    uint8_t *copy = k->messages + k->messages_len;
    if (len)
        memcpy(copy, octets, len);
    k->messages_len += len;
    *out = tg_bytes_of(copy, len);
    return true;
}

void tg_tls_begin_transcript(tg_tls_case *k)
{
    k->transcript_start = k->messages_len;
    k->key_exchange_end = 0;
    k->has_client_finished = false;
    k->client_finished_at = 0;
}

static size_t number24(const uint8_t *octets)
{
    return (size_t)octets[0] << 16 | (size_t)octets[1] << 8 | octets[2];
}

/* Room for a message in a slot. One that is longer than all that its end sends is never whole: what is behind the room
 * is counted, not kept. */
static bool make_room(tg_tls_case *k, const tg_tls_end *end, tg_tls_slot *slot, bool with_bits)
{
    size_t most =
        end->octets.len < TG_TLS_MAX_HANDSHAKE + TLS_HEADER ? end->octets.len : TG_TLS_MAX_HANDSHAKE + TLS_HEADER;
    if (!slot->octets) {
        slot->room = most;
        slot->octets = tg_arena_alloc(k->arena, most + 1);
        slot->have = with_bits ? tg_arena_alloc(k->arena, most / 8 + 1) : NULL;
        if (!slot->octets || (with_bits && !slot->have)) {
            k->failed = TG_ARENA_FULL;
            return false;
        }
    }
    return true;
}

/* A length that is a lie meets no limit: the message is not whole, that is all. */
static bool is_too_large(tg_tls_case *k, const tg_tls_end *end, size_t len)
{
    bool is = len > TG_TLS_MAX_HANDSHAKE && len <= end->octets.len;
    if (is && k->failed == TG_OK)
        k->failed = TG_TOO_LARGE;
    return is;
}

/* ---- TLS ---------------------------------------------------------------------------------------------------- */

static void deliver(tg_tls_case *k, tg_bytes octets, tg_tls_at at, bool protected_)
{
    tg_tls_message message = {
        .from_client = at.from_client, .protected_ = protected_, .type = octets.data[0], .at = at
    };
    if (!tg_tls_count_message(k) || !tg_tls_append(k, octets.data, octets.len, &message.whole))
        return;
    message.body = tg_bytes_of(message.whole.data + TLS_HEADER, octets.len - TLS_HEADER);
    tg_tls_take_message(k, &message);
}

/* Octets that the message under way still wants; of its header first, which says how long it is. */
static size_t wanted(const tg_tls_slot *slot)
{
    return slot->filled < TLS_HEADER ? TLS_HEADER - slot->filled
                                     : TLS_HEADER + number24(slot->octets + 1) - slot->filled;
}

/* Adds to the message under way; gives how many octets it took. */
static size_t fill(tg_tls_case *k, const tg_tls_end *end, tg_tls_slot *slot, tg_bytes octets)
{
    size_t take = wanted(slot) < octets.len ? wanted(slot) : octets.len;
    size_t left = slot->filled < slot->room ? slot->room - slot->filled : 0;
    memcpy(slot->octets + slot->filled, octets.data, take < left ? take : left);
    slot->filled += take;
    if (slot->filled < TLS_HEADER || is_too_large(k, end, number24(slot->octets + 1)) || wanted(slot) > 0)
        return take;
    if (slot->filled > slot->room) {
        k->failed = TG_ARENA_FULL; /* cannot be: an end's message is not longer than what it sends */
        return take;
    }
    slot->used = false;
    deliver(k, tg_bytes_of(slot->octets, slot->filled), slot->at, slot->protected_);
    return take;
}

void tg_tls_take_handshake(tg_tls_case *k, tg_tls_end *end, tg_bytes octets, tg_tls_at at, bool protected_)
{
    tg_tls_slot *slot = &end->slots[0];
    if (slot->used && slot->protected_ != protected_)
        slot->used = false; /* keys do not change within a message (RFC 8446 5.1): the rest of it never comes */
    while (octets.len > 0 && tg_tls_goes_on(k)) {
        size_t take;
        size_t len = octets.len >= TLS_HEADER ? TLS_HEADER + number24(octets.data + 1) : 0;
        if (!slot->used && len && is_too_large(k, end, len - TLS_HEADER))
            return;
        if (!slot->used && len && len <= octets.len) {
            take = len;
            deliver(k, tg_bytes_of(octets.data, len), at, protected_);
        } else {
            if (!slot->used) {
                if (!make_room(k, end, slot, false))
                    return;
                slot->used = true;
                slot->filled = 0;
                slot->at = at;
                slot->protected_ = protected_;
            }
            take = fill(k, end, slot, octets);
        }
        octets = tg_bytes_of(octets.data + take, octets.len - take);
    }
}

/* ---- DTLS --------------------------------------------------------------------------------------------------- */

typedef struct fragment {
    uint8_t type;
    uint16_t seq;
    size_t len, offset; /* of the message; of the fragment in it */
    tg_bytes octets;
    tg_tls_at at;
    bool protected_;
} fragment;

static bool get_fragment(tg_bytes *octets, fragment *f)
{
    if (octets->len < DTLS_HEADER)
        return false;
    const uint8_t *header = octets->data;
    f->type = header[0];
    f->len = number24(header + 1);
    f->seq = (uint16_t)(header[4] << 8 | header[5]);
    f->offset = number24(header + 6);
    size_t len = number24(header + 9);
    if (len > octets->len - DTLS_HEADER || f->offset > f->len || len > f->len - f->offset)
        return false;
    f->octets = tg_bytes_of(header + DTLS_HEADER, len);
    *octets = tg_bytes_of(f->octets.data + len, octets->len - DTLS_HEADER - len);
    return true;
}

/* A fragment of a message that was delivered already: the same again, or a contradiction. */
static bool repeats(const tg_tls_case *k, const tg_tls_end *end, const fragment *f)
{
    if (f->seq >= TG_TLS_MAX_MESSAGES || !end->delivered[f->seq])
        return true;
    const uint8_t *whole = k->messages + end->delivered[f->seq] - 1;
    return whole[0] == f->type && number24(whole + 1) == f->len &&
           tg_bytes_equal(tg_bytes_of(whole + DTLS_HEADER + f->offset, f->octets.len), f->octets);
}

/* Copies what is new; false where octets that were there already are others now. Those behind the room are not
 * compared. */
static bool lay_in(tg_tls_slot *slot, const fragment *f)
{
    for (size_t i = 0; i < f->octets.len && f->offset + i < slot->room; i++) {
        size_t at = f->offset + i;
        uint8_t bit = (uint8_t)(1u << (at & 7));
        if (slot->have[at >> 3] & bit) {
            if (slot->octets[at] != f->octets.data[i])
                return false;
            continue;
        }
        slot->have[at >> 3] |= bit;
        slot->octets[at] = f->octets.data[i];
        slot->filled++;
    }
    return true;
}

/* The message as the transcript has it: as one fragment (RFC 6347 4.2.6). */
static void deliver_slot(tg_tls_case *k, tg_tls_end *end, const tg_tls_slot *slot)
{
    uint8_t header[DTLS_HEADER] = { slot->type,
                                    (uint8_t)(slot->len >> 16),
                                    (uint8_t)(slot->len >> 8),
                                    (uint8_t)slot->len,
                                    (uint8_t)(slot->seq >> 8),
                                    (uint8_t)slot->seq,
                                    0,
                                    0,
                                    0,
                                    (uint8_t)(slot->len >> 16),
                                    (uint8_t)(slot->len >> 8),
                                    (uint8_t)slot->len };
    tg_tls_message message = {
        .from_client = end->from_client, .protected_ = slot->protected_, .type = slot->type, .at = slot->at
    };
    if (!tg_tls_count_message(k))
        return;
    if (!slot->protected_ && slot->type != 0 && slot->type != 3) /* those two do not stay in the transcript */
        end->delivered[slot->seq] = (uint32_t)k->messages_len + 1;
    if (!tg_tls_append(k, header, sizeof header, &message.whole) ||
        !tg_tls_append(k, slot->octets, slot->len, &message.body))
        return;
    message.whole.len += message.body.len;
    tg_tls_take_message(k, &message);
}

static void take_fragment(tg_tls_case *k, tg_tls_end *end, const fragment *f)
{
    uint16_t ahead = (uint16_t)(f->seq - end->next_seq);
    if (ahead >= 0x8000) {
        if (!f->protected_ && !repeats(k, end, f))
            tg_tls_bad(k, f->at, tg_tls_message_name(f->type), "a message is repeated with other octets");
        return;
    }
    if (ahead >= TG_TLS_NUM_SLOTS || is_too_large(k, end, f->len))
        return;
    tg_tls_slot *slot = &end->slots[f->seq % TG_TLS_NUM_SLOTS];
    if (!make_room(k, end, slot, true))
        return;
    if (!slot->used) {
        slot->used = true;
        slot->type = f->type;
        slot->seq = f->seq;
        slot->len = f->len;
        slot->filled = 0;
        slot->at = f->at;
        slot->protected_ = f->protected_;
        memset(slot->have, 0, slot->room / 8 + 1);
    }
    if (slot->type != f->type || slot->len != f->len || !lay_in(slot, f)) {
        /* HelloVerifyRequest is made anew for each ClientHello: another one may begin under the same number. */
        slot->used = f->type != 3 || slot->type != 3 || slot->len > MAX_VERIFY_REQUEST;
        if (!f->protected_ && slot->used)
            tg_tls_bad(k, f->at, tg_tls_message_name(f->type), "fragments of a message contradict one another");
        return;
    }
}

void tg_tls_take_fragments(tg_tls_case *k, tg_tls_end *end, tg_bytes octets, tg_tls_at at, bool protected_)
{
    /* Behind Finished a new handshake counts its messages anew; it is not read. */
    if (protected_ && end->proven)
        return;
    while (octets.len > 0 && tg_tls_goes_on(k)) {
        fragment f = { .at = at, .protected_ = protected_ };
        if (!get_fragment(&octets, &f)) {
            if (!protected_)
                tg_tls_bad(k, at, NULL, "the fragment does not fit");
            return;
        }
        take_fragment(k, end, &f);
        for (tg_tls_slot *slot = &end->slots[end->next_seq % TG_TLS_NUM_SLOTS];
             tg_tls_goes_on(k) && slot->used && slot->seq == end->next_seq && slot->filled == slot->len;
             slot = &end->slots[end->next_seq % TG_TLS_NUM_SLOTS]) {
            slot->used = false;
            end->next_seq++;
            deliver_slot(k, end, slot);
        }
    }
}
