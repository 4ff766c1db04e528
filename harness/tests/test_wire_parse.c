/* wire and message: what is refused and where, one fault at a time, from octets written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ticketgate/message.h"

#define HDR(data_type, next) "01" data_type next "00" "00000001" "00" "01"

static uint8_t memory[1 << 20];

/* Parses an exact-size copy, so that the address sanitizer sees every read outside. */
static tg_status parse(const char *hex, tg_message **message, tg_diag *diag)
{
    size_t len = 0, at;
    static uint8_t *octets; /* of the last message: what was parsed points into it */
    free(octets);
    octets = malloc(strlen(hex) / 2 ? strlen(hex) / 2 : 1);
    assert_int_equal(tg_hex_decode(hex, strlen(hex), octets, &len, &at), TG_OK);
    octets = realloc(octets, len ? len : 1);
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    return tg_message_parse(tg_bytes_of(octets, len), &arena, message, diag);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        tg_status status;
        const char *id, *path;
        size_t offset;
    } cases[] = {
        { "", TG_TRUNCATED, "RFC3830-6.1-x01", "hdr.version", 0 },
        { "01", TG_TRUNCATED, "RFC3830-6.1-x01", "hdr.data_type", 1 },
        { "0100", TG_TRUNCATED, "RFC3830-6.1-x01", "hdr.next_payload", 2 },
        { "010005", TG_TRUNCATED, "RFC3830-6.1-x01", "hdr.v", 3 },
        { "01000500000000", TG_TRUNCATED, "RFC3830-6.1-x01", "hdr.csb_id", 4 },
        { "0100050000000000", TG_TRUNCATED, "RFC3830-6.1-x01", "hdr.num_cs", 8 },
        { "010005000000000000", TG_TRUNCATED, "RFC3830-6.1-x01", "hdr.cs_id_map_type", 9 },
        { "01000000000000000003", TG_UNKNOWN_MAP_TYPE, "RFC3830-6.1-x03", "hdr.cs_id_map_type", 9 },
        { "010000000000000002000011111111000000000122", TG_TRUNCATED, "RFC3830-6.1.1-x01", "hdr.cs[1].ssrc", 20 },
        { "01000000000000000202" "010080", TG_TRUNCATED, "RFC6043-6.1.1-x01", "hdr.cs[0].session_data_len", 13 },
        { "01000000000000000102" "01000205", TG_TRUNCATED, "RFC6043-6.1.1-x01", "hdr.cs[0].ps", 13 },
        { "01000000000000000102" "010000000003aabb", TG_TRUNCATED, "RFC6043-6.1.1-x01", "hdr.cs[0].spi", 16 },
        { "010e000000000001ff02", TG_TRUNCATED, "RFC6043-6.1.1-x01", "hdr.cs[0].cs_id", 10 },
        { "010e000000000001ff00", TG_TRUNCATED, "RFC3830-6.1.1-x01", "hdr.cs[0].policy_no", 10 },
        { HDR("0e", "12"), TG_UNKNOWN_PAYLOAD, "RFC3830-6.1-x02", "hdr.next_payload", 2 },
        { HDR("0e", "14"), TG_UNKNOWN_PAYLOAD, "RFC3830-6.1-x02", "hdr.next_payload", 2 },
        { HDR("0e", "05") "ff03" "00000000", TG_UNKNOWN_PAYLOAD, "RFC3830-6.1-x02", "T[0].next_payload", 10 },
        { HDR("0e", "05") "0503" "00000000" "1c03" "00000000", TG_UNKNOWN_PAYLOAD, "RFC3830-6.1-x02",
          "T[1].next_payload", 16 },
        { HDR("0e", "05") "0004" "00000000", TG_UNKNOWN_LENGTH, "RFC3830-6.6-x01", "T[0].ts_type", 11 },
        { HDR("0e", "09") "0003", TG_UNKNOWN_LENGTH, "RFC3830-6.9-x01", "V[0].auth_alg", 11 },
        { HDR("0e", "08") "0003", TG_UNKNOWN_LENGTH, "RFC3830-6.8-x01", "CHASH[0].hash_func", 11 },
        { HDR("04", "03") "0003", TG_UNKNOWN_LENGTH, "RFC3830-6.4-x01", "DH[0].dh_group", 11 },
        { HDR("17", "19") "0000", TG_UNKNOWN_LENGTH, "RFC6267-6.1.4-x01", "ECCPT[0].ecc_curve", 11 },
        { HDR("0e", "0e") "000100" "0003" "6161", TG_TRUNCATED, "RFC6043-6.6-x01", "IDR[0].id_data", 15 },
        { HDR("0e", "00") "00", TG_TRAILING, "RFC3830-6.1-x04", "message", 10 },
        { HDR("0e", "04") "0001" "aa" "bb", TG_TRAILING, "RFC3830-6.1-x04", "message", 13 },
        { HDR("0e", "0a") "0000000003" "010200", TG_TRUNCATED, "RFC3830-6.10-x01", "SP[0].policy_param[0].value", 17 },
        { HDR("0e", "0a") "0000000004" "01010007", TG_TRUNCATED, "RFC3830-6.10-x01", "SP[0].policy_param[1].length",
          19 },
        { HDR("0e", "15") "00030003" "000105", TG_OK, NULL, NULL, 0 },
        { HDR("0e", "15") "00030003" "000205", TG_TRUNCATED, "RFC4563-4-x01", "GENERAL_EXT[0].key_ids[0].key_id", 16 },
        { HDR("0b", "10") "00" "0002" "00" "00" "000000" "0000", TG_TRUNCATED, "RFC6043-6.10-x08",
          "TP[0].tp_data.first_payload", 20 },
        { HDR("0b", "10") "00" "0002" "00" "00" "000000" "0001" "1e", TG_UNKNOWN_PAYLOAD, "RFC3830-6.1-x02",
          "TP[0].tp_data.first_payload", 20 },
        { HDR("0b", "10") "00" "0002" "00" "00" "000000" "0002" "0000", TG_TRAILING, "RFC6043-6.10-x08",
          "TP[0].tp_data", 21 },
        { HDR("0b", "10") "00" "0002" "00" "00" "00", TG_TRUNCATED, "RFC6043-6.10-x08", "TP[0].flags", 16 },
        { HDR("0b", "10") "00" "0002" "00" "00", TG_TRUNCATED, "RFC6043-6.10-x08", "TP[0].prf_func", 15 },
        { HDR("0e", "11") "00" "0002" "00" "00" "000000" "0001" "00" "0000" "0002" "0500", TG_TRUNCATED,
          "RFC3830-6.6-x01", "TICKET[0].initiator_data.T[0].ts_type", 27 },
        { HDR("0e", "11") "00" "0002" "00" "00" "000000" "0001" "00" "0000" "0002" "0000", TG_TRAILING,
          "RFC6043-6.10-x09", "TICKET[0].initiator_data", 26 },
        { HDR("0e", "01") "00" "00" "0005" "0005000000" "00", TG_UNKNOWN_LENGTH, "RFC3830-6.14-x01",
          "KEMAC[0].encr_data.KEY_DATA[0].kv", 15 },
        { HDR("0e", "01") "00" "00" "0004" "00010000" "00", TG_TRUNCATED, "RFC3830-6.14-x01",
          "KEMAC[0].encr_data.KEY_DATA[0].spi_len", 18 },
        { HDR("0e", "01") "00" "00" "0006" "00020000" "01aa" "00", TG_TRUNCATED, "RFC3830-6.14-x01",
          "KEMAC[0].encr_data.KEY_DATA[0].vt_len", 20 },
        { HDR("0e", "01") "00" "00" "0006" "00020000" "02aa" "00", TG_TRUNCATED, "RFC3830-6.14-x01",
          "KEMAC[0].encr_data.KEY_DATA[0].valid_from", 19 },
        { HDR("0e", "01") "00" "00" "0004" "00100000" "00", TG_TRUNCATED, "RFC3830-6.13-x01",
          "KEMAC[0].encr_data.KEY_DATA[0].salt_len", 18 },
        { HDR("0e", "01") "00" "00" "0005" "0000000000" "00", TG_TRAILING, "RFC3830-6.2-x01", "KEMAC[0].encr_data", 18 },
        { HDR("02", "01") "00" "00" "0004" "00000000" "00", TG_OK, NULL, NULL, 0 }, /* an ID of length 0 */
        { HDR("02", "01") "00" "00" "0004" "00000001" "00", TG_TRUNCATED, "RFC3830-6.7-x01",
          "KEMAC[0].encr_data.ID[0].id_data", 18 },
        { HDR("0e", "02") "00" "4003" "aabb", TG_TRUNCATED, "RFC3830-6.3-x01", "PKE[0].data", 13 },
        { HDR("0e", "04") "00", TG_TRUNCATED, "RFC3830-6.5-x01", "SIGN[0].s_type", 10 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_message *message = NULL;
        tg_diag diag = { .id = "" };
        tg_status status = parse(cases[i].hex, &message, &diag);
        if (status != cases[i].status || (status != TG_OK && (diag.offset != cases[i].offset ||
                                                              strcmp(diag.path, cases[i].path) != 0 ||
                                                              strcmp(diag.id, cases[i].id) != 0)))
            fail_msg("case %zu %s: %s %s %s at %zu", i, cases[i].hex, tg_status_name(status), diag.id, diag.path,
                     diag.offset);
        assert_int_equal(parse(cases[i].hex, &message, NULL), status); /* without a diagnosis it is the same */
        if (status != TG_OK) {
            char clause[32];
            tg_clause_of_id(diag.id, clause);
            assert_string_equal(diag.clause, clause);
        }
    }
}

/* Ticket Data that is no base ticket stays as octets, and costs nothing of the arena (ambiguity A27). */
static void malformed_ticket_data(void **state)
{
    (void)state;
#define TICKET(type, ticket_data) HDR("0e", "11") "00" type "00" "00" "000000" "0001" "00" ticket_data "0000"
    static const struct {
        const char *hex;
        tg_chain_form form;
    } cases[] = {
        { TICKET("0002", "0003" "000000"), TG_CHAIN_PAYLOADS }, /* THDR without data */
        { TICKET("0001", "0003" "000000"), TG_CHAIN_PAYLOADS },
        { TICKET("0003", "0003" "000000"), TG_CHAIN_OCTETS }, /* another Ticket Type */
        { TICKET("0002", "0000"), TG_CHAIN_OCTETS },
        { TICKET("0002", "0003" "000001"), TG_CHAIN_OCTETS },
        { TICKET("0002", "0004" "00000000"), TG_CHAIN_OCTETS }, /* octets left */
        { TICKET("0002", "0003" "990000"), TG_CHAIN_OCTETS },   /* an unknown payload */
        { TICKET("0002", "0003" "140000"), TG_CHAIN_OCTETS },   /* Key data */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_message *message;
        tg_diag diag;
        assert_int_equal(parse(cases[i].hex, &message, &diag), TG_OK);
        const tg_ticket *ticket = (const tg_ticket *)message->payloads;
        assert_int_equal(ticket->ticket_data.form, cases[i].form);
        assert_true(cases[i].form == TG_CHAIN_PAYLOADS || !ticket->ticket_data.payloads);
        assert_int_equal(ticket->initiator_data.form, TG_CHAIN_ABSENT);
    }
}

/* Every size of arena up to the one that is enough: class limit and nothing else. */
static void arena_full_is_a_limit(void **state)
{
    (void)state;
    static const char hex[] = "010e050000000001" "0102" "010000000000" "0b00" "1122334455667788" "0a02aabb"
                              "150000000003010100" "110003000203616263" "00000200000000000001000000"
                              "0009" "0900000900000000aa";
    uint8_t octets[sizeof hex / 2];
    size_t len, at;
    assert_int_equal(tg_hex_decode(hex, strlen(hex), octets, &len, &at), TG_OK);
    size_t enough = 0;
    tg_message *message;
    tg_diag diag;
    /* #CS of 255 without map info is no reason to ask for memory. */
    tg_arena small = tg_arena_of(memory, tg_message_arena_size(10));
    assert_int_equal(tg_message_parse(tg_bytes_of("\x01\x0e\0\0\0\0\0\x01\xff\x02", 10), &small, &message, &diag),
                     TG_TRUNCATED);
    for (size_t size = 0; size <= tg_message_arena_size(len) && !enough; size += 8) {
        tg_arena arena = tg_arena_of(memory, size);
        tg_status status = tg_message_parse(tg_bytes_of(octets, len), &arena, &message, &diag);
        if (status != TG_ARENA_FULL)
            enough = size;
        else
            assert_int_equal(tg_status_class(diag.status), TG_CLASS_LIMIT);
    }
    assert_true(enough > 0);
    assert_int_equal(tg_message_arena_size(SIZE_MAX), SIZE_MAX);
}

/* Tickets in the TP Data of tickets: refused as a limit before the stack is. */
static void nesting_is_limited(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth < 40; depth++) {
        uint8_t octets[10 + 40 * 11];
        size_t len = 10;
        static const uint8_t hdr[10] = { 1, 11, TG_PAYLOAD_TP, 0, 0, 0, 0, 1, 0, 1 };
        memcpy(octets, hdr, sizeof hdr);
        for (unsigned i = 1; i <= depth; i++) {
            size_t inside = (size_t)(depth - i) * 11 + 1;
            const uint8_t tp[11] = { 0, 0, 2, 0, 0, 0, 0, 0, (uint8_t)(inside >> 8), (uint8_t)inside,
                                     i < depth ? TG_PAYLOAD_TP : 0 };
            memcpy(octets + len, tp, sizeof tp);
            len += sizeof tp;
        }
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_message *message;
        tg_diag diag;
        /* The message's own chain is the first. */
        tg_status expected = depth + 1 <= TG_MAX_NESTING ? TG_OK : TG_TOO_DEEP;
        assert_int_equal(tg_message_parse(tg_bytes_of(octets, len), &arena, &message, &diag), expected);
    }
}

static void parts_on_their_own(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_payload *out;
    tg_diag diag;
    static const uint8_t key[] = { 0, 0x21, 0, 2, 7, 7, 1, 9 };
    assert_int_equal(tg_message_parse_keys(tg_bytes_of(key, sizeof key), TG_DATA_TYPE_REQUEST_RESP, &arena, &out,
                                           &diag), TG_OK);
    assert_int_equal(((const tg_key_data *)out)->type, TG_KEY_TEK);
    assert_int_equal(tg_message_parse_keys(tg_bytes_of(key, 7), TG_DATA_TYPE_REQUEST_RESP, &arena, &out, &diag),
                     TG_TRUNCATED);
    assert_string_equal(diag.path, "KEY_DATA[0].spi");
    assert_int_equal(diag.offset, 7);
    assert_int_equal(tg_message_parse_keys(tg_bytes_of(NULL, 0), TG_DATA_TYPE_REQUEST_RESP, &arena, &out, &diag),
                     TG_OK);
    assert_null(out);
    static const uint8_t ticket_data[] = { TG_PAYLOAD_V, 0, 1, 5, 0, 0 };
    assert_int_equal(tg_message_parse_ticket_data(tg_bytes_of(ticket_data, sizeof ticket_data), &arena, &out, &diag),
                     TG_OK);
    assert_int_equal(out->type, TG_PAYLOAD_THDR);
    assert_int_equal(out->next->type, TG_PAYLOAD_V);
    assert_int_equal(tg_message_parse_ticket_data(tg_bytes_of(ticket_data, 3), &arena, &out, &diag), TG_TRUNCATED);
    assert_string_equal(diag.path, "THDR[0].thdr_data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),           cmocka_unit_test(malformed_ticket_data),
        cmocka_unit_test(arena_full_is_a_limit), cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(parts_on_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
