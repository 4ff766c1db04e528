/* From what signalling holds to a record: octets and place. */
#include <stdlib.h>

#include "tracing.h"

enum { MAX_PIECES = 64 };

/* ---- the text of a body ----------------------------------------------------------------------------------------- */

/* For a look at one message: base64 that was decoded, its payloads. It grows to what was needed and is wiped by nobody: it holds no key. */
static bool make_scratch(tgp_trace *trace, size_t size)
{
    trace->scratch.used = 0;
    if (size <= trace->scratch.capacity)
        return true;
    void *data = realloc(trace->scratch.data, size);
    if (!data) {
        trace->out_of_memory = true;
        return false;
    }
    trace->scratch = tg_arena_of(data, size);
    return true;
}

bool tgt_body_octets(tgp_trace *trace, tg_bytes body, tg_bytes *octets, bool *in_base64, bool *broken)
{
    *octets = body;
    *in_base64 = *broken = false;
    if (body.len == 0)
        return false;
    if (body.data[0] == 1)
        return true;
    *in_base64 = true;
    size_t room = tg_base64_decoded_max(body.len), len = 0, error_at = 0;
    if (!make_scratch(trace, room + tg_message_arena_size(room)))
        return false;
    uint8_t *out = tg_arena_alloc(&trace->scratch, room);
    if (!out)
        return false;
    const char *text = (const char *)body.data;
    if (tg_base64_decode(text, body.len, out, &len, &error_at) != TG_OK) {
        *broken = true;
        while (error_at > 0 && tg_base64_decode(text, error_at, out, &len, &error_at) != TG_OK)
            error_at--;
        len = error_at > 0 ? len : 0;
    }
    *octets = tg_bytes_of(out, len);
    return true;
}

/* ---- a record --------------------------------------------------------------------------------------------------- */

/* By words: the text of each message is looked at. In a word that has an octet up to ' ' the subtraction borrows from its
 * highest bit, which was not set. */
static bool has_white_space(tg_bytes text)
{
    const uint64_t ones = UINT64_MAX / 255;
    uint64_t word, found = 0;
    size_t i = 0;
    for (; i + sizeof word <= text.len; i += sizeof word) {
        memcpy(&word, text.data + i, sizeof word);
        found |= (word - ones * (' ' + 1)) & ~word & ones * 0x80;
    }
    if (found)
        return true;
    for (; i < text.len; i++) {
        if (text.data[i] <= ' ')
            return true;
    }
    return false;
}

typedef struct parts {
    uint8_t *at;
} parts;

static void *put(parts *to, const void *data, size_t size)
{
    void *out = to->at;
    if (size)
        memcpy(out, data, size);
    to->at += (size + 7) & ~(size_t)7;
    return out;
}

static size_t room_of(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static tgt_record *make_record(tgp_trace *trace, const tgt_found *found, tg_bytes octets)
{
    tgp_piece pieces[MAX_PIECES];
    const tgp_unit *unit = found->unit;
    tg_bytes text = found->is_placed ? tg_bytes_of(unit->octets.data + found->text_offset, found->text_len) : octets;
    size_t num_pieces = 0, first_line = strlen(found->first_line) + 1, cseq = strlen(found->cseq) + 1;
    if (found->is_placed)
        num_pieces =
            tgp_pieces_cut(unit->pieces, unit->num_pieces, found->text_offset, found->text_len, pieces, MAX_PIECES);
    if (!found->in_base64 || !found->is_placed || !has_white_space(text))
        text.len = 0;
    size_t size = sizeof(tgt_record) + room_of(octets.len) + room_of(num_pieces * sizeof *pieces) + room_of(text.len) +
                  room_of(found->num_m_lines * sizeof *found->m_lines) +
                  room_of(found->covered ? found->num_m_lines : 0) + room_of(first_line) + room_of(cseq);
    tgt_record *r = tgt_alloc(trace, size);
    if (!r)
        return NULL;
    parts to = { (uint8_t *)r + room_of(sizeof *r) };
    r->memory = size;
    r->pieces = put(&to, pieces, num_pieces * sizeof *pieces);
    r->num_pieces = num_pieces;
    r->m_lines = put(&to, found->m_lines, found->num_m_lines * sizeof *found->m_lines);
    r->num_m_lines = found->num_m_lines;
    r->octets = tg_bytes_of(put(&to, octets.data, octets.len), octets.len);
    r->text = tg_bytes_of(put(&to, text.data, text.len), text.len);
    if (found->covered)
        r->covered = put(&to, found->covered, found->num_m_lines);
    r->first_line = put(&to, found->first_line, first_line);
    r->cseq = put(&to, found->cseq, cseq);
    return r;
}

static void describe(tgp_trace *trace, const tgt_found *found, tgt_record *r)
{
    const tgp_unit *unit = found->unit;
    r->number = trace->next_message++;
    r->frame = unit->frame;
    r->first_frame = r->num_pieces ? r->pieces[0].frame : unit->first_frame;
    r->time = unit->time;
    r->transport = unit->transport;
    r->source = unit->source;
    r->destination = unit->destination;
    r->call = found->call;
    r->carrier = found->carrier;
    r->part = found->part;
    r->m_line = found->m_line;
    r->has_m_lines = found->has_m_lines;
    r->covers = (uint8_t)found->covers;
    r->leg = found->leg;
    r->transaction = found->transaction;
    r->key = found->key;
    r->unit = trace->num_units;
    r->from_tag = found->from_tag;
    r->to_tag = found->to_tag;
    r->request = found->request;
    r->enclosed = found->enclosed;
    r->response = found->response;
    r->from_caller = found->from_caller;
    r->immediate = found->immediate;
    r->in_base64 = found->in_base64;
    r->broken = found->broken;
    r->from = TG_SENDER_UNKNOWN;
}

static void put_in_lists(tgp_trace *trace, tgt_record *r)
{
    r->earlier = trace->newest;
    *(trace->newest ? &trace->newest->later : &trace->oldest) = r;
    trace->newest = r;
    if (!r->call)
        return;
    r->next_of_call = r->call->records;
    if (r->next_of_call)
        r->next_of_call->before_of_call = r;
    r->call->records = r;
}

/* ---- taking it -------------------------------------------------------------------------------------------------- */

static void take_copy(tgp_trace *trace, const tgt_found *found, tgt_record *original)
{
    tgt_record *r = make_record(trace, found, tg_bytes_of(NULL, 0));
    if (!r)
        return;
    describe(trace, found, r);
    r->original = original;
    r->next_copy = original->copies;
    original->copies = r;
    original->num_copies++;
    r->has_message = original->has_message;
    r->data_type = original->data_type;
    r->csb_id = original->csb_id;
    put_in_lists(trace, r);
    if (original->crowded)
        tgt_crowd_take(trace, r);
    if (r->data_type == TG_DATA_TYPE_ERROR)
        tgt_note_refusal(trace, r);
    tgt_enter_exchange(trace, r);
    if (r->key)
        tgt_table_put(&trace->keys_of_records, &r->by_key, tgt_hash_numbers(r->key, 3));
    tgt_add_to_conversation(trace, original->conversation, r);
    trace->of_unit = r;
    trace->unit_is_copy = original->call == r->call && original->request == r->request;
    trace->counts.copies++;
    trace->counts.messages++;
}

/* False: no memory. */
static bool parse(tgp_trace *trace, const tgt_found *found, const tg_message **out)
{
    tg_message *message;
    *out = found->ready ? found->ready->message : NULL;
    if (*out || found->broken)
        return true;
    /* Octets that were decoded lie at the front of the scratch memory, and there is room for their payloads behind them. */
    if (!tgt_is_in_scratch(trace, found->octets) && !make_scratch(trace, tg_message_arena_size(found->octets.len)))
        return false;
    if (tg_message_parse(found->octets, &trace->scratch, &message, NULL) == TG_OK)
        *out = message;
    return true;
}

/* What was found before holds for the m-lines that were covered then. */
static const tg_profile *kept_rules(const tgt_found *found)
{
    const tgp_ready_key *ready = found->ready;
    if (!ready || !found->has_m_lines || found->num_m_lines != ready->num_rtp)
        return NULL;
    for (size_t i = 0; i < found->num_m_lines; i++) {
        if (found->m_lines[i] != TG_M_LINE_RTP)
            return NULL;
    }
    return ready->keeps;
}

static void take_new(tgp_trace *trace, const tgt_found *found, uint64_t hash)
{
    const tg_message *message;
    if (!parse(trace, found, &message))
        return;
    tgt_record *r = make_record(trace, found, found->octets);
    if (!r)
        return;
    describe(trace, found, r);
    r->keeps = kept_rules(found);
    put_in_lists(trace, r);
    tgt_table_put(&trace->octets, &r->by_octets, hash);
    r->crowded = trace->in_crowd;
    if (r->crowded)
        tgt_crowd_take(trace, r);
    if (r->key)
        tgt_table_put(&trace->keys_of_records, &r->by_key, tgt_hash_numbers(r->key, 3));
    trace->counts.messages++;
    if (!tgt_place_in_conversation(trace, r, message)) {
        tgt_drop_record(trace, r);
        return;
    }
    trace->of_unit = r;
    if (r->has_message && r->data_type == TG_DATA_TYPE_ERROR)
        tgt_note_refusal(trace, r);
}

bool tgt_is_in_scratch(const tgp_trace *trace, tg_bytes octets)
{
    const uint8_t *start = trace->scratch.data;
    return start && octets.data >= start && octets.data < start + trace->scratch.used;
}

uint64_t tgt_hash_of_octets(tg_bytes octets, bool response)
{
    return tgt_hash(octets, response ? 11 : 10);
}

bool tgt_take_message(tgp_trace *trace, const tgt_found *found)
{
    uint64_t hash = tgt_hash_of_octets(found->octets, found->response);
    tgt_before_expect(trace->before, hash);
    tgt_record *original = tgt_find_original(trace, found, hash);
    if (original) {
        take_copy(trace, found, original);
        return true;
    }
    uint64_t next = trace->next_message;
    take_new(trace, found, hash);
    tgt_record *r = trace->of_unit;
    return r && r->number == next && tgt_look_for_replay(trace, found, r, hash);
}

/* Octets that were decoded from a body are told from those that stand in it. */
static bool stands_as_it_is(const tgp_found *found)
{
    const tgp_unit *unit = found->unit;
    return found->data_offset <= unit->octets.len && found->octets.len <= unit->octets.len - found->data_offset &&
           (found->octets.len == 0 ||
            memcmp(unit->octets.data + found->data_offset, found->octets.data, found->octets.len) == 0);
}

/* Base64 of a body goes as far as its alphabet and white space do. */
static size_t base64_len(tg_bytes text)
{
    size_t len = 0, end = 0;
    for (; len < text.len; len++) {
        uint8_t c = text.data[len];
        bool is_digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                        c == '/' || c == '=';
        if (is_digit)
            end = len + 1;
        else if (c != '\r' && c != '\n' && c != ' ' && c != '\t')
            break;
    }
    return end;
}

static void find_text(const tgp_found *found, tgt_found *out)
{
    const tgp_unit *unit = found->unit;
    size_t left = found->data_offset <= unit->octets.len ? unit->octets.len - found->data_offset : 0;
    out->text_offset = found->data_offset;
    out->is_placed = left > 0;
    if (found->enclosed_len) {
        out->enclosed = true;
        out->text_len = found->enclosed_len;
    } else if (found->base64) {
        out->in_base64 = true;
        out->text_len = found->base64_len;
    } else if (stands_as_it_is(found)) {
        out->text_len = found->octets.len;
    } else {
        out->in_base64 = true;
        out->text_len = base64_len(tg_bytes_of(unit->octets.data + found->data_offset, left));
    }
    if (out->text_len > left)
        out->text_len = left;
}

void tgt_take_found(tgp_trace *trace, const tgp_found *found)
{
    tgt_found out = { .unit = found->unit,
                      .call = tgt_call_of(trace, found->call),
                      .carrier = found->carrier,
                      .part = found->part,
                      .first_line = found->first_line,
                      .cseq = found->cseq,
                      .m_line = found->m_line,
                      .has_m_lines = found->has_m_lines,
                      .from_caller = found->from_caller,
                      .response = found->response,
                      .immediate = found->immediate,
                      .broken = found->broken,
                      .broken_at = found->broken_at,
                      .m_lines = found->m_lines,
                      .covered = found->covered,
                      .num_m_lines = found->num_m_lines,
                      .covers = found->covers,
                      .leg = found->leg,
                      .octets = found->octets,
                      .ready = found->ready,
                      .transaction = found->transaction,
                      .key = found->key,
                      .from_tag = found->from_tag,
                      .to_tag = found->to_tag,
                      .request = found->request };
    if (!out.call)
        return;
    find_text(found, &out);
    bool is_copy = tgt_take_message(trace, &out);
    if (found->is_copy)
        *found->is_copy = is_copy;
}
