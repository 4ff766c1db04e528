/* kemac_plaintext: the input is the plaintext of a KEMAC, read for data types whose plaintext begins with Key data and
 * for those where an identity stands first; and once more in a KEMAC with Encr alg NULL in a message.
 *
 * Oracles: memory is enough; a refusal has its diagnostic; what parses builds to the same octets, by itself and in its
 * message; alone and in the message it is accepted or refused alike.
 */
#include "fuzz.h"

static bool check_alone(const uint8_t *data, size_t size, uint8_t data_type)
{
    fuzz_block octets = fuzz_block_copy(data, size), memory = fuzz_block_new(tg_message_arena_size(size), 0xa5);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_payload *payloads = NULL;
    tg_diag diag;
    tg_status status = tg_message_parse_keys(fuzz_bytes(&octets), data_type, &arena, &payloads, &diag);
    fuzz_check_unchanged(&octets, data);
    FUZZ_CHECK(status != TG_ARENA_FULL, "arena_is_enough", "%zu octets of plaintext", size);
    bool parsed = status == TG_OK;
    if (parsed) {
        fuzz_block built;
        FUZZ_CHECK((payloads == NULL) == (size == 0), "keys", "%zu octets and %s payload", size,
                   payloads ? "a" : "no");
        status = fuzz_build_chain(payloads, &built);
        FUZZ_CHECK(status == TG_OK && tg_bytes_equal(fuzz_bytes(&built), fuzz_bytes(&octets)), "keys",
                   "other octets are built from it (%s)", tg_status_name(status));
        fuzz_block_free(&built);
    } else {
        FUZZ_CHECK(diag.status == status && diag.offset <= size && diag.id, "keys", "a broken diagnostic");
    }
    fuzz_block_free(&octets);
    fuzz_block_free(&memory);
    return parsed;
}

static void check_in_message(const uint8_t *data, size_t size, uint8_t data_type, bool parses_alone)
{
    const uint8_t front[] = { 1, data_type, TG_PAYLOAD_KEMAC, 0, 0, 0, 0, 1, 0, TG_MAP_EMPTY,
                              TG_PAYLOAD_LAST, TG_ENCR_NULL, (uint8_t)(size >> 8), (uint8_t)size };
    fuzz_block message = fuzz_block_new(sizeof front + size + 1, 0); /* MAC alg NULL behind it */
    memcpy(message.data, front, sizeof front);
    if (size)
        memcpy(message.data + sizeof front, data, size);
    fuzz_message parsed = fuzz_parse(message.data, message.len, 0xa5);
    /* Nested one deeper than alone, the same plaintext may meet the limit. */
    FUZZ_CHECK((parsed.message != NULL) == parses_alone || parsed.status == TG_TOO_DEEP, "keys",
               "data type %u: %s alone, in a message %s", data_type, parses_alone ? "accepted" : "refused",
               tg_status_name(parsed.status));
    if (parsed.message) {
        fuzz_check_round_trip(&parsed);
        fuzz_check_json(&parsed);
    }
    fuzz_message_free(&parsed);
    fuzz_block_free(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t data_types[] = { TG_DATA_TYPE_REQUEST_RESP, TG_DATA_TYPE_PK_INIT, TG_DATA_TYPE_RSA_R_R_MSG };
    for (size_t i = 0; i < sizeof data_types; i++) {
        bool parsed = check_alone(data, size, data_types[i]);
        if (size <= UINT16_MAX)
            check_in_message(data, size, data_types[i], parsed);
    }
    return 0;
}
