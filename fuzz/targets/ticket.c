/* ticket: the input is the body of a TICKET payload (from Ticket Type on), or Ticket Data.
 *
 * It is put into a TRANSFER_INIT whose only payload it is: as it stands, and with its three lengths cut down to what is
 * there, so that a wrong length does not hide what lies behind it. By itself it is read as Ticket Data.
 *
 * Oracles: those of message and json_round_trip; a chain of Ticket Data builds to the same octets.
 */
#include "fuzz.h"

static const uint8_t front[] = { 1, TG_DATA_TYPE_TRANSFER_INIT, TG_PAYLOAD_TICKET, 1, 0x12, 0x34, 0x56, 0x78, 0, 1,
                                 TG_PAYLOAD_LAST };
enum { FRONT = sizeof front };

static void check_framed(const fuzz_block *message)
{
    fuzz_check_octets(message->data, message->len, FUZZ_CONTEXT_UNKNOWN);
    fuzz_message parsed = fuzz_parse(message->data, message->len, 0xa5);
    if (parsed.message)
        fuzz_check_json(&parsed);
    fuzz_message_free(&parsed);
}

static void check_ticket_data(const uint8_t *data, size_t size)
{
    fuzz_block octets = fuzz_block_copy(data, size), memory = fuzz_block_new(tg_message_arena_size(size), 0xa5);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_payload *payloads = NULL;
    tg_diag diag;
    tg_status status = tg_message_parse_ticket_data(fuzz_bytes(&octets), &arena, &payloads, &diag);
    fuzz_check_unchanged(&octets, data);
    FUZZ_CHECK(status != TG_ARENA_FULL, "arena_is_enough", "%zu octets of Ticket Data", size);
    if (status == TG_OK) {
        fuzz_block built;
        FUZZ_CHECK(payloads && payloads->type == TG_PAYLOAD_THDR, "ticket_data", "it does not begin with THDR");
        status = fuzz_build_chain(payloads, &built);
        FUZZ_CHECK(status == TG_OK && tg_bytes_equal(fuzz_bytes(&built), fuzz_bytes(&octets)), "ticket_data",
                   "other octets are built from it (%s)", tg_status_name(status));
        fuzz_block_free(&built);
    } else {
        FUZZ_CHECK(diag.status == status && diag.offset <= size && diag.id, "ticket_data", "a broken diagnostic");
    }
    fuzz_block_free(&octets);
    fuzz_block_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_ticket_data(data, size);
    if (size > UINT16_MAX)
        return 0; /* the lengths could not say it */
    fuzz_block message = fuzz_block_new(FRONT + size, 0);
    memcpy(message.data, front, FRONT);
    if (size)
        memcpy(message.data + FRONT, data, size);
    check_framed(&message);
    if (fuzz_repair_ticket_lengths(message.data + FRONT, size) && memcmp(message.data + FRONT, data, size) != 0)
        check_framed(&message);
    fuzz_block_free(&message);
    return 0;
}
