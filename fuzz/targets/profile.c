/* profile: the input is the text of a profile.
 *
 * Oracles: a refusal has a status and a reason; what is accepted is a profile: every setting is one of its values,
 * lists keep their limits, name and title are ended texts, rows are rows of the catalogue; it holds on to nothing
 * of the text; a message can be judged with it, and the same twice.
 */
#include "fuzz.h"

static void check_row(const tg_requirement *row)
{
    FUZZ_CHECK(!row || tg_requirement_find(row->id) == row, "profile", "a row that is not in the catalogue");
}

static void check_settings(const tg_settings *settings)
{
#define SETTING(member, ...)                                                                                           \
    {                                                                                                                  \
        static const char *const values[] = { __VA_ARGS__ };                                                           \
        FUZZ_CHECK(settings->member < sizeof values / sizeof values[0], "profile", #member " is %u",                   \
                   settings->member);                                                                                  \
    }
    TG_SETTINGS(SETTING)
#undef SETTING
}

static void check_profile(const tg_profile *profile)
{
    check_settings(&profile->settings);
    FUZZ_CHECK(memchr(profile->name, '\0', sizeof profile->name), "profile", "the name is not ended");
    FUZZ_CHECK(profile->title && strlen(profile->title) < SIZE_MAX, "profile", "there is no title");
    FUZZ_CHECK(profile->num_tickets <= TG_PROFILE_MAX_TICKETS, "profile", "%zu tickets", profile->num_tickets);
    for (size_t i = 0; i < TG_NUM_PROT_KINDS; i++)
        FUZZ_CHECK(profile->prot_types[i] >= -1 && profile->prot_types[i] <= UINT8_MAX, "profile", "Prot type %d",
                   profile->prot_types[i]);
    for (size_t i = 0; i < TG_NUM_FLAGS; i++) {
        check_row(profile->flags[i].id);
        FUZZ_CHECK(!profile->flags[i].id || profile->flags[i].value <= 1, "profile", "flag %zu is %u", i,
                   profile->flags[i].value);
    }
    check_row(profile->pinned_ticket.id);
    check_row(profile->crypto_sessions.id);
    check_row(profile->crypto_sessions.exactly_id);
    check_row(profile->generic_id);
    check_row(profile->transfer_resp_idrr);
    check_row(profile->srtcp_integrity);
    check_row(profile->no_tgk);
}

/* TRANSFER_INIT with one crypto session, an SP without parameters, a ticket of the base type and a V. */
static void judge_with(const tg_profile *profile)
{
    static const uint8_t message[] = { 1, 14, 10, 0x81, 0, 0, 0, 1, 1, 2, 1, 241, 0, 0, 0, 1, 7, 17, 0, 0, 0, 0,
                                       9, 0, 2, 0, 0, 2, 0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 };
    fuzz_message first = fuzz_parse(message, sizeof message, 0x00), second = fuzz_parse(message, sizeof message, 0xff);
    FUZZ_CHECK(first.message && second.message, "profile", "the message does not parse: %s", first.diag.path);
    fuzz_check_profile(&first, &second, profile, FUZZ_CONTEXTS_ALL);
    fuzz_message_free(&first);
    fuzz_message_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_block text = fuzz_block_copy(data, size), memory = fuzz_block_new(size + 4096, 0xa5);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_profile profile;
    const char *reason = NULL;
    tg_status status = tg_json_to_profile((const char *)text.data, size, &arena, &profile, &reason);
    fuzz_check_unchanged(&text, data);
    fuzz_block_free(&text);
    if (status == TG_OK) {
        check_profile(&profile);
        judge_with(&profile);
    } else {
        FUZZ_CHECK(status != TG_ARENA_FULL, "arena_is_enough", "a profile of %zu characters", size);
        FUZZ_CHECK(reason && reason[0], "profile", "%s without a reason", tg_status_name(status));
    }
    fuzz_block_free(&memory);
    return 0;
}
