/* conversation_json: the input is the text of a conversation; it is read, judged, and its answer written.
 *
 * Oracles: a refusal has a status about JSON, a value or a limit, a path and a reason; the promised memory is enough; what
 * is read holds on to nothing of the text; judgement, same_judgement, no_secrets (keyed.h); the answer without `derived`
 * shows no secret; what is written out again reads as the same messages.
 */
#include "keyed.h"

#include <stdlib.h>

enum { LONGEST = 1 << 15, MAX_JUDGED = 16 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_keyed_init();
    return 0;
}

static void check_refusal(tg_status status, const tg_diag *diag, const char *reason)
{
    tg_class class = tg_status_class(status);
    FUZZ_CHECK(class == TG_CLASS_ENCODING || class == TG_CLASS_VALUE || class == TG_CLASS_LIMIT, "refusal", "refused with %s",
               tg_status_name(status));
    FUZZ_CHECK(status != TG_ARENA_FULL, "arena_is_enough", "the memory for a conversation is used up");
    FUZZ_CHECK(diag->status == status && memchr(diag->path, '\0', sizeof diag->path) && reason && reason[0], "refusal",
               "%s without path or reason", tg_status_name(status));
}

/* Longer secrets alone: a short one may stand in an answer by chance, or because the fuzzer put it there. */
static void check_answer(const tg_json_conversation *read, const tg_conversation *judged)
{
    tg_text text = { 0 };
    tg_json_add_answer(judged, false, 0, &text);
    FUZZ_CHECK(!text.failed && text.len > 0, "answer", "none");
    FUZZ_CHECK(!read->known.secrets.tpk.len || !strstr(text.data, "\"derived\""), "answer", "keys that nobody asked for");
    tg_text_free(&text);
}

static void check_written(const tg_json_conversation *read)
{
    static const tg_json_pems none;
    tg_text text = { 0 };
    tg_json_add_conversation(&read->known, read->sent, read->num_sent, &none, &text);
    FUZZ_CHECK(!text.failed && text.len > 0, "written", "nothing");
    fuzz_block memory = fuzz_block_new(tg_json_conversation_arena_size(text.len), 0xa5);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_json_conversation again;
    tg_diag diag;
    const char *reason = "";
    tg_status status = tg_json_to_conversation(text.data, text.len, fuzz_crypto(), NULL, &arena, &again, &diag, &reason);
    FUZZ_CHECK(status == TG_OK, "written", "it is refused: %s at %s: %s", tg_status_name(status), diag.path, reason);
    FUZZ_CHECK(again.num_sent == read->num_sent, "written", "%zu messages, then %zu", read->num_sent, again.num_sent);
    for (size_t i = 0; i < again.num_sent; i++)
        FUZZ_CHECK(tg_bytes_equal(again.sent[i].octets, read->sent[i].octets) && again.sent[i].from == read->sent[i].from,
                   "written", "message %zu is another one", i);
    tg_json_conversation_free(&again);
    fuzz_block_free(&memory);
    tg_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block text = fuzz_block_copy(data, size);
    fuzz_block memory = fuzz_block_new(tg_json_conversation_arena_size(size), 0xa5);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_json_conversation read;
    tg_diag diag;
    const char *reason = NULL;
    tg_status status =
        tg_json_to_conversation((const char *)text.data, size, fuzz_crypto(), NULL, &arena, &read, &diag, &reason);
    fuzz_check_unchanged(&text, data);
    fuzz_block_free(&text);
    if (status == TG_OK) {
        const tg_conversation *judged =
            read.num_sent <= MAX_JUDGED ? fuzz_judge(&read.known, read.sent, read.num_sent) : NULL;
        if (judged)
            check_answer(&read, judged);
        check_written(&read);
        tg_json_conversation_free(&read);
    } else {
        check_refusal(status, &diag, reason);
    }
    fuzz_block_free(&memory);
    return 0;
}
