/* cs_id_map: the input is the tail of a header: #CS, CS ID map type, map info, behind a fixed front of a TRANSFER_INIT
 * with Next Payload 0.
 *
 * Oracles: those of message and json_round_trip. A message that parses is all header, and its entries lie one behind
 * the other.
 */
#include "fuzz.h"

enum { FRONT = 8 };
static const uint8_t front[FRONT] = { 1, TG_DATA_TYPE_TRANSFER_INIT, TG_PAYLOAD_LAST, 0x81, 0x12, 0x34, 0x56, 0x78 };

static void check_entry(tg_bytes octets, const uint8_t **at, const fuzz_message *parsed)
{
    const uint8_t *end = parsed->octets.data + parsed->octets.len;
    FUZZ_CHECK(octets.data == *at && octets.len <= (size_t)(end - *at), "entries", "an entry stands elsewhere");
    *at += octets.len;
}

static void check_map(const fuzz_message *parsed)
{
    const tg_map *map = &parsed->message->hdr.map;
    const uint8_t *at = parsed->octets.data + FRONT + 2;
    FUZZ_CHECK(map->cs_id_map_type <= TG_MAP_GENERIC_ID, "entries", "map type %u", map->cs_id_map_type);
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_SRTP_ID && i < map->num_cs; i++)
        check_entry(map->srtp[i].octets, &at, parsed);
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++)
        check_entry(map->generic[i].octets, &at, parsed);
    FUZZ_CHECK(at == parsed->octets.data + parsed->octets.len, "entries", "octets behind the last entry");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_block message = fuzz_block_new(FRONT + size, 0);
    memcpy(message.data, front, FRONT);
    if (size)
        memcpy(message.data + FRONT, data, size);
    fuzz_check_octets(message.data, message.len, FUZZ_CONTEXT_UNKNOWN);
    fuzz_message parsed = fuzz_parse(message.data, message.len, 0xa5);
    if (parsed.message) {
        check_map(&parsed);
        fuzz_check_json(&parsed);
    }
    fuzz_message_free(&parsed);
    fuzz_block_free(&message);
    return 0;
}
