/* json_round_trip: the input is a message, or, when it begins as JSON does, the text of a message tree.
 *
 * No octet of our own selects between the two: a MIKEY message begins with its version, so that inputs stay messages
 * and trees that every other tool reads.
 *
 * Oracles: octets -> message -> tree -> message -> octets are the same octets. A text is refused with a status that is
 * about JSON, a value or a limit, with a path that is ended and a reason; its memory is enough; the message holds on to
 * nothing of the text; where it can be built and parses again, the tree of that gives the same octets.
 */
#include "fuzz.h"

static void check_refusal(tg_status status, const tg_diag *diag, const char *reason)
{
    tg_class class = tg_status_class(status);
    FUZZ_CHECK(class == TG_CLASS_ENCODING || class == TG_CLASS_VALUE || class == TG_CLASS_LIMIT, "tree_refusal",
               "a tree is refused with %s", tg_status_name(status));
    FUZZ_CHECK(status != TG_ARENA_FULL, "arena_is_enough", "the memory for a tree is used up");
    FUZZ_CHECK(diag->status == status && diag->id && memchr(diag->path, '\0', sizeof diag->path), "tree_refusal",
               "%s with a broken diagnostic", tg_status_name(status));
    FUZZ_CHECK(reason && reason[0], "tree_refusal", "%s without a reason", tg_status_name(status));
}

static void check_built(const fuzz_block *built)
{
    fuzz_message parsed = fuzz_parse(built->data, built->len, 0xa5);
    if (parsed.message) { /* what a tree writes on purpose need not parse */
        fuzz_check_round_trip(&parsed);
        fuzz_check_json(&parsed);
    }
    fuzz_message_free(&parsed);
}

static void check_text(const uint8_t *data, size_t size)
{
    fuzz_block text = fuzz_block_copy(data, size);
    fuzz_block memory = fuzz_block_new(tg_json_arena_size(size), 0xa5);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_message *message = NULL;
    tg_diag diag;
    const char *reason = NULL;
    tg_status status = tg_json_to_message((const char *)text.data, size, &arena, &message, &diag, &reason);
    fuzz_check_unchanged(&text, data);
    fuzz_block_free(&text);
    if (status == TG_OK) {
        fuzz_block built;
        status = fuzz_build(message, &built);
        FUZZ_CHECK(status == TG_OK || tg_status_class(status) == TG_CLASS_VALUE, "tree_build", "%s",
                   tg_status_name(status));
        if (status == TG_OK)
            check_built(&built);
        fuzz_block_free(&built);
    } else {
        check_refusal(status, &diag, reason);
    }
    fuzz_block_free(&memory);
}

static void check_octets(const uint8_t *data, size_t size)
{
    fuzz_message parsed = fuzz_parse(data, size, 0xa5);
    if (parsed.message)
        fuzz_check_json(&parsed);
    fuzz_message_free(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && strchr("{[ \t\r\n\"", data[0]) && data[0])
        check_text(data, size);
    else
        check_octets(data, size);
    return 0;
}
