/* The oracles on one message: parse, build, JSON. */
#include "fuzz.h"

/* ---- parsing ------------------------------------------------------------------------------------------------ */

static bool ends_inside(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

void fuzz_check_diag(const tg_diag *diag, tg_status status, size_t len)
{
    tg_class class = tg_status_class(status);
    FUZZ_CHECK(class == TG_CLASS_PARSE || class == TG_CLASS_LIMIT, "diag", "status %s is no parse error",
               tg_status_name(status));
    FUZZ_CHECK(diag->status == status, "diag", "status %s, but the diagnostic says %s", tg_status_name(status),
               tg_status_name(diag->status));
    FUZZ_CHECK(diag->offset <= len, "diag", "offset %zu in %zu octets", diag->offset, len);
    FUZZ_CHECK(ends_inside(diag->path, sizeof diag->path) && ends_inside(diag->clause, sizeof diag->clause), "diag",
               "a text is not ended");
    FUZZ_CHECK(diag->id != NULL, "diag", "no id at %s", diag->path);
    if (class == TG_CLASS_LIMIT)
        return;
    FUZZ_CHECK(diag->path[0], "diag", "%s at %zu has no path", tg_status_name(status), diag->offset);
    FUZZ_CHECK(tg_requirement_find(diag->id), "diag", "the catalogue has no row '%s' (%s)", diag->id, diag->path);
    FUZZ_CHECK(diag->clause[0], "diag", "row %s has no clause", diag->id);
}

static void check_parsed(const fuzz_message *parsed)
{
    const tg_message *message = parsed->message;
    FUZZ_CHECK(message->octets.data == parsed->octets.data && message->octets.len == parsed->octets.len,
               "views_inside", "the message's octets are not those that were parsed");
    const uint8_t *end = parsed->octets.data + parsed->octets.len;
    const uint8_t *at = parsed->octets.data + message->hdr.octets.len;
    FUZZ_CHECK(message->hdr.octets.data == parsed->octets.data && at <= end, "views_inside", "HDR is elsewhere");
    for (const tg_payload *payload = message->payloads; payload; payload = payload->next) {
        FUZZ_CHECK(payload->octets.data == at && payload->octets.len <= (size_t)(end - at), "views_inside",
                   "%s does not begin where the payload before it ends", tg_payload_name(payload->type));
        at += payload->octets.len;
    }
    FUZZ_CHECK(at == end, "views_inside", "octets behind the last payload");
}

static fuzz_message parse_in(const void *data, size_t len, size_t capacity, uint8_t fill)
{
    fuzz_message out = { .octets = fuzz_block_copy(data, len), .memory = fuzz_block_new(capacity, fill) };
    memset(&out.diag, fill, sizeof out.diag);
    tg_arena arena = tg_arena_of(out.memory.data, capacity);
    out.status = tg_message_parse(fuzz_bytes(&out.octets), &arena, &out.message, &out.diag);
    out.used = arena.used;
    FUZZ_CHECK(out.used <= capacity, "arena_is_enough", "%zu octets used of %zu", out.used, capacity);
    fuzz_check_unchanged(&out.octets, data);
    if (out.status == TG_OK)
        check_parsed(&out);
    else
        fuzz_check_diag(&out.diag, out.status, len);
    return out;
}

fuzz_message fuzz_parse(const void *data, size_t len, uint8_t fill)
{
    fuzz_message out = parse_in(data, len, tg_message_arena_size(len), fill);
    FUZZ_CHECK(out.status != TG_ARENA_FULL, "arena_is_enough", "%zu octets of message do not fit in %zu of memory: %s",
               len, out.memory.len, out.diag.path);
    return out;
}

void fuzz_message_free(fuzz_message *parsed)
{
    fuzz_block_free(&parsed->octets);
    fuzz_block_free(&parsed->memory);
}

static void check_in(const fuzz_message *parsed, size_t capacity)
{
    fuzz_message small = parse_in(parsed->octets.data, parsed->octets.len, capacity, 0xa5);
    FUZZ_CHECK(small.status == TG_ARENA_FULL || small.status == parsed->status, "small_arena",
               "status %s in %zu octets of memory, %s in enough", tg_status_name(small.status), capacity,
               tg_status_name(parsed->status));
    fuzz_message_free(&small);
}

void fuzz_check_small_arena(const fuzz_message *parsed)
{
    check_in(parsed, 0);
    check_in(parsed, parsed->used / 2);
    if (parsed->used)
        check_in(parsed, parsed->used - 1);
}

/* ---- building ----------------------------------------------------------------------------------------------- */

typedef tg_status build_function(const void *what, tg_writer *w);

static tg_status build_message(const void *what, tg_writer *w)
{
    return tg_message_build(what, w);
}

static tg_status build_chain(const void *what, tg_writer *w)
{
    tg_wire_build_chain(w, what);
    return tg_writer_status(w);
}

/* Counted, in a buffer of just that size, and in one that is too short by one. */
static tg_status build(build_function *function, const void *what, fuzz_block *out)
{
    tg_writer counter = tg_writer_of(NULL, 0);
    tg_status status = function(what, &counter);
    *out = fuzz_block_new(status == TG_OK ? counter.len : 0, 0xa5);
    if (status != TG_OK)
        return status;
    tg_writer w = tg_writer_of(out->data, out->len);
    status = function(what, &w);
    FUZZ_CHECK(status == TG_OK && w.len == out->len, "build_deterministic",
               "%zu octets counted, then %s with %zu written", out->len, tg_status_name(status), w.len);
    if (out->len == 0)
        return TG_OK;
    fuzz_block tight = fuzz_block_new(out->len - 1, 0xa5);
    w = tg_writer_of(tight.data, tight.len);
    status = function(what, &w);
    FUZZ_CHECK(status == TG_BUFFER_FULL, "short_buffer", "%zu octets into %zu: %s", out->len, tight.len,
               tg_status_name(status));
    fuzz_block_free(&tight);
    return TG_OK;
}

tg_status fuzz_build(const tg_message *message, fuzz_block *out)
{
    return build(build_message, message, out);
}

tg_status fuzz_build_chain(const tg_payload *payloads, fuzz_block *out)
{
    return build(build_chain, payloads, out);
}

static void check_same(const char *oracle, const fuzz_block *built, const fuzz_block *original)
{
    size_t at = 0;
    while (at < built->len && at < original->len && built->data[at] == original->data[at])
        at++;
    FUZZ_CHECK(built->len == original->len && at == built->len, oracle,
               "%zu octets built from %zu, the first that differs is %zu", built->len, original->len, at);
}

void fuzz_check_round_trip(const fuzz_message *parsed)
{
    fuzz_block built;
    tg_status status = fuzz_build(parsed->message, &built);
    FUZZ_CHECK(status == TG_OK, "round_trip", "what parses cannot be built: %s", tg_status_name(status));
    check_same("round_trip", &built, &parsed->octets);
    fuzz_block_free(&built);
}

/* ---- lengths of a ticket ------------------------------------------------------------------------------------ */

enum { TICKET_HEAD = 7 }; /* Ticket Type, Subtype, Version, PRF func with flags */

bool fuzz_repair_ticket_lengths(uint8_t *body, size_t len)
{
    size_t at = TICKET_HEAD;
    for (unsigned remaining = 3; remaining > 0; remaining--) {
        if (len < at + 2 * remaining)
            return false;
        size_t left = len - at - 2 * remaining;
        size_t wanted = (size_t)body[at] << 8 | body[at + 1];
        size_t fits = remaining == 1 || wanted > left ? left : wanted;
        body[at] = (uint8_t)(fits >> 8);
        body[at + 1] = (uint8_t)fits;
        at += 2 + fits;
    }
    return true;
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

void fuzz_check_json(const fuzz_message *parsed)
{
    tg_text text = { 0 };
    tg_status status = tg_json_from_message(parsed->message, 0, &text);
    FUZZ_CHECK(status == TG_OK && !text.failed, "json_round_trip", "no tree: %s", tg_status_name(status));
    fuzz_block json = fuzz_block_copy(text.data, text.len);
    tg_text_free(&text);
    fuzz_block memory = fuzz_block_new(tg_json_arena_size(json.len), 0xa5), built;
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_message *again = NULL;
    tg_diag diag;
    const char *reason = "";
    status = tg_json_to_message((const char *)json.data, json.len, &arena, &again, &diag, &reason);
    FUZZ_CHECK(status == TG_OK, "json_round_trip", "the tree is refused: %s at %s: %s", tg_status_name(status),
               diag.path, reason);
    fuzz_block_free(&json); /* the message holds on to nothing of the text */
    status = fuzz_build(again, &built);
    FUZZ_CHECK(status == TG_OK, "json_round_trip", "the tree cannot be built: %s", tg_status_name(status));
    check_same("json_round_trip", &built, &parsed->octets);
    fuzz_block_free(&built);
    fuzz_block_free(&memory);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void check_same_refusal(const fuzz_message *first, const fuzz_message *second)
{
    const tg_diag *a = &first->diag, *b = &second->diag;
    FUZZ_CHECK(first->status == second->status, "same_parse", "%s, then %s", tg_status_name(first->status),
               tg_status_name(second->status));
    if (first->status == TG_OK)
        return;
    FUZZ_CHECK(a->offset == b->offset && strcmp(a->id, b->id) == 0 && strcmp(a->path, b->path) == 0 &&
                   strcmp(a->clause, b->clause) == 0,
               "same_parse", "%s at %zu (%s), then %s at %zu (%s)", a->path, a->offset, a->id, b->path, b->offset,
               b->id);
}

void fuzz_check_octets(const void *data, size_t len, fuzz_contexts contexts)
{
    fuzz_message first = fuzz_parse(data, len, 0x00), second = fuzz_parse(data, len, 0xff);
    check_same_refusal(&first, &second);
    if (first.message) {
        fuzz_check_round_trip(&first);
        fuzz_check_round_trip(&second);
        fuzz_check_rules(&first, &second, contexts);
        fuzz_check_unchanged(&first.octets, data);
    }
    fuzz_check_small_arena(&first);
    fuzz_message_free(&first);
    fuzz_message_free(&second);
}
