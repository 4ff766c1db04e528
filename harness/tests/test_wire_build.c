/* wire and message: building by hand, overrides, overflows, and finding payloads and fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ticketgate/message.h"

static uint8_t memory[1 << 18], out[1 << 17];

/* The message's octets as hex. */
static const char *hex_of(const tg_message *message)
{
    static char text[1024];
    tg_writer w = tg_writer_of(out, 500);
    assert_int_equal(tg_message_build(message, &w), TG_OK);
    tg_hex_encode(tg_bytes_of(out, w.len), text);
    return text;
}

static tg_status status_of(const tg_message *message)
{
    tg_writer w = tg_writer_of(out, sizeof out);
    return tg_message_build(message, &w);
}

static tg_message message_of(tg_payload *payloads)
{
    return (tg_message){ .hdr = { .version = 1, .data_type = 14, .csb_id = 1, .map = { TG_MAP_EMPTY, 0, NULL, NULL } },
                         .payloads = payloads };
}

static void by_hand(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_idr *idr = (tg_idr *)tg_payload_new(&arena, TG_PAYLOAD_IDR);
    tg_v *v = (tg_v *)tg_payload_new(&arena, TG_PAYLOAD_V);
    idr->id_role = TG_ID_ROLE_R;
    idr->id_type = 1;
    idr->id_data = tg_bytes_of("bob", 3);
    idr->head.next = &v->head;
    tg_message message = message_of(&idr->head);
    assert_string_equal(hex_of(&message), "010e0e00" "00000001" "0001" "0902010003626f62" "0000");

    /* Written numbers take the place of computed ones and change nothing else. */
    tg_override len = { NULL, "id_len", 9 }, next = { &len, "next_payload", 200 };
    idr->head.overrides = &next;
    assert_string_equal(hex_of(&message), "010e0e00" "00000001" "0001" "c802010009626f62" "0000");
    tg_override first = { NULL, "next_payload", 1 }, num_cs = { &first, "num_cs", 7 };
    message.hdr.overrides = &num_cs;
    assert_string_equal(hex_of(&message), "010e0100" "00000001" "0701" "c802010009626f62" "0000");
    len.value = 65536;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    assert_null(tg_payload_new(&arena, 18));
    tg_arena none = tg_arena_of(memory, 8);
    assert_null(tg_payload_new(&none, TG_PAYLOAD_IDR));
}

static void overflows(void **state)
{
    (void)state;
    static uint8_t long_data[70000];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_idr *idr = (tg_idr *)tg_payload_new(&arena, TG_PAYLOAD_IDR);
    tg_message message = message_of(&idr->head);
    idr->id_data = tg_bytes_of(long_data, 65535);
    assert_int_equal(status_of(&message), TG_OK);
    idr->id_data.len = 65536;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    tg_pke *pke = (tg_pke *)tg_payload_new(&arena, TG_PAYLOAD_PKE);
    message.payloads = &pke->head;
    pke->data = tg_bytes_of(long_data, 16383);
    assert_int_equal(status_of(&message), TG_OK);
    pke->data.len = 16384;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    pke->data.len = 1;
    pke->c = 4;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    tg_randr *randr = (tg_randr *)tg_payload_new(&arena, TG_PAYLOAD_RANDR);
    message.payloads = &randr->head;
    randr->rand = tg_bytes_of(long_data, 256);
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    tg_tp *tp = (tg_tp *)tg_payload_new(&arena, TG_PAYLOAD_TP);
    message.payloads = &tp->head;
    tp->tp_data.form = TG_CHAIN_PAYLOADS;
    assert_int_equal(status_of(&message), TG_OK);
    tp->res = 32;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    tp->res = 31;
    tp->prf_func = 128;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    tp->prf_func = 127;
    tp->flags = 0x1000;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    message.hdr.v = 2;
    tp->flags = 0;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
    message.hdr.v = 0;
    tp->head.type = 99; /* no such payload */
    assert_int_equal(status_of(&message), TG_UNKNOWN_PAYLOAD);
    tg_writer w = tg_writer_of(out, 9);
    message.payloads = NULL;
    assert_int_equal(tg_message_build(&message, &w), TG_BUFFER_FULL);
    /* THDR has no number, so nothing can name it as the next. */
    tg_payload *thdr = tg_payload_new(&arena, TG_PAYLOAD_THDR);
    message.payloads = thdr;
    assert_int_equal(status_of(&message), TG_OVERFLOW);
}

static void flags_and_bits(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    for (unsigned bit = 0; bit < 12; bit++) {
        tg_tp *tp = (tg_tp *)tg_payload_new(&arena, TG_PAYLOAD_TP);
        tp->ticket_type = 2;
        tp->flags = (uint16_t)TG_FLAG(TG_FLAG_LETTERS[bit]);
        tp->tp_data.form = TG_CHAIN_PAYLOADS;
        tg_message message = message_of(&tp->head);
        hex_of(&message);
        /* PRF Func has 7 bits, D is the lowest of its octet (RFC 6043 6.10). */
        uint32_t bits = (uint32_t)out[15] << 16 | (uint32_t)out[16] << 8 | out[17];
        assert_int_equal(bits, 1u << (16 - bit));
    }
}

static void finding(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    static const uint8_t octets[] = { 1, 14, 14, 0, 0, 0, 0, 1, 0, 1, /* HDR */
                                      14, 1, 0, 0, 1, 'a',            /* IDRi */
                                      15, 2, 0, 0, 1, 'b',            /* IDRr */
                                      13, 1, 2, 7, 7,                 /* RANDRi */
                                      13, 2, 3, 0, 0, 0, 1,           /* TRs */
                                      4, 4, 3, 0, 0, 0, 2,            /* TRr */
                                      0x10, 1, 0xee };                /* SIGN */
    tg_message *message;
    assert_int_equal(tg_message_parse(tg_bytes_of(octets, sizeof octets), &arena, &message, NULL), TG_OK);
    const tg_payload *first = message->payloads;
    const tg_idr *responder = tg_idr_find(first, TG_ID_ROLE_R);
    assert_int_equal(responder->id_data.data[0], 'b');
    assert_int_equal(tg_payload_index(first, &responder->head), 1);
    assert_null(tg_idr_find(first, TG_ID_ROLE_KMS));
    assert_int_equal(tg_randr_find(first, TG_RAND_ROLE_I)->rand.len, 2);
    assert_null(tg_randr_find(first, TG_RAND_ROLE_R));
    assert_int_equal(tg_tr_find(first, TG_TS_ROLE_TRR)->ts_value.data[3], 2);
    assert_null(tg_tr_find(first, TG_TS_ROLE_TRE));
    const tg_payload *last = tg_payload_last(first);
    assert_int_equal(last->type, TG_PAYLOAD_SIGN);
    assert_null(tg_payload_last(NULL));
    assert_int_equal(tg_payload_next_octet(last), 0);
    assert_int_equal(tg_payload_next_octet(first), 14);
    assert_int_equal(tg_payload_next_octet(tg_payload_new(&arena, TG_PAYLOAD_T)), 0);
    assert_null(tg_payload_find(first, TG_PAYLOAD_TICKET));
}

static void range(const char *layout, const void *object, tg_bytes octets, const char *name, size_t offset, size_t len)
{
    size_t found_offset = 999, found_len = 999;
    assert_true(tg_field_range(tg_layout_find(layout), object, octets, name, &found_offset, &found_len));
    assert_int_equal(found_offset, offset);
    assert_int_equal(found_len, len);
}

static void field_ranges(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    static const uint8_t octets[] = { 1, 0, 1, 0x80, 0, 0, 0, 1, 1, 2,           /* HDR, one GENERIC-ID entry: */
                                      5, 0, 0x81, 3, 0, 1, 0xdd, 2, 0xaa, 0xbb, /* S=1, one policy, an SPI */
                                      10, 0, 0, 18,                             /* KEMAC in the clear */
                                      20, 0x11, 0, 1, 9, 0, 2, 8, 8, 1, 7,      /* TGK+SALT with an SPI */
                                      0, 0x02, 0, 0, 1, 4, 0,                   /* TGK with an Interval */
                                      0,                                        /* MAC alg */
                                      0, 6, 0, 0, 5, 1, 1, 3, 2, 0 };           /* SP with two parameters */
    tg_message *message;
    tg_diag diag;
    if (tg_message_parse(tg_bytes_of(octets, sizeof octets), &arena, &message, &diag) != TG_OK)
        fail_msg("%s at %zu", diag.path, diag.offset);
    range("HDR", &message->hdr, message->hdr.octets, "v", 3, 1);
    range("HDR", &message->hdr, message->hdr.octets, "csb_id", 4, 4);
    range("HDR", &message->hdr, message->hdr.octets, "num_cs", 8, 1);
    range("HDR", &message->hdr, message->hdr.octets, "cs", 10, 10);
    const tg_generic_cs *cs = message->hdr.map.generic;
    range("GENERIC_CS", cs, cs->octets, "num_p", 2, 1);
    range("GENERIC_CS", cs, cs->octets, "ps", 3, 1);
    range("GENERIC_CS", cs, cs->octets, "session_data", 6, 1);
    range("GENERIC_CS", cs, cs->octets, "spi", 8, 2);
    const tg_kemac *kemac = (const tg_kemac *)message->payloads;
    range("KEMAC", kemac, kemac->head.octets, "encr_data", 4, 18);
    range("KEMAC", kemac, kemac->head.octets, "mac_alg", 22, 1);
    const tg_payload *key = kemac->encr_data.payloads;
    range("KEY_DATA", key, key->octets, "kv", 1, 1);
    range("KEY_DATA", key, key->octets, "salt_data", 7, 2);
    range("KEY_DATA", key, key->octets, "spi", 10, 1);
    key = key->next;
    range("KEY_DATA", key, key->octets, "valid_from", 5, 1);
    range("KEY_DATA", key, key->octets, "vt_len", 6, 1);
    size_t offset, len;
    assert_false(tg_field_range(tg_layout_find("KEY_DATA"), key, key->octets, "salt_len", &offset, &len));
    assert_false(tg_field_range(tg_layout_find("KEY_DATA"), key, key->octets, "no_such_field", &offset, &len));
    const tg_sp *sp = (const tg_sp *)kemac->head.next;
    range("SP", sp, sp->head.octets, "policy_param", 5, 5);
    range("PARAM", &sp->policy_param[1], sp->policy_param[1].octets, "length", 1, 1);
    assert_null(tg_layout_find("NOTHING"));
    assert_string_equal(tg_payload_name(18), "?");
    assert_string_equal(tg_layout_find("PARAM")->name, "PARAM");
}

static const char *name_space(const char *layout_name, const char *name)
{
    const tg_layout *layout = tg_layout_find(layout_name);
    for (size_t i = 0; i < layout->num_fields; i++) {
        if (strcmp(layout->fields[i].name, name) == 0)
            return tg_field_name_space(layout, &layout->fields[i]);
    }
    fail_msg("%s has no %s", layout_name, name);
    return NULL;
}

static void name_spaces(void **state)
{
    (void)state;
    assert_string_equal(name_space("HDR", "version"), "version");
    assert_string_equal(name_space("IDR", "id_role"), "id_role");
    assert_string_equal(name_space("KEY_DATA", "type"), "key_data_type");
    assert_string_equal(name_space("GENERAL_EXT", "type"), "general_ext_type");
    assert_string_equal(name_space("V", "auth_alg"), "mac_alg");
    assert_null(name_space("TICKET", "version")); /* of the ticket, not of MIKEY */
    assert_null(name_space("PARAM", "type"));
    assert_null(name_space("HDR", "csb_id"));
}

static void srtp_session_data(void **state)
{
    (void)state;
    static const uint8_t data[10] = { 0, 0, 0, 1, 0, 0, 0, 2, 0, 3 };
    tg_srtp_session_data found = { .ssrc = 77 };
    tg_generic_cs cs = { .s = 1, .session_data = tg_bytes_of(data, 10) };
    assert_true(tg_srtp_session_data_of(&cs, &found));
    assert_true(found.has_roc_seq && found.ssrc == 1 && found.roc == 2 && found.seq == 3);
    cs.s = 0;
    assert_false(tg_srtp_session_data_of(&cs, &found));
    cs.session_data.len = 4;
    assert_true(tg_srtp_session_data_of(&cs, &found) && !found.has_roc_seq);
    cs.s = 1;
    assert_false(tg_srtp_session_data_of(&cs, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),  cmocka_unit_test(overflows),    cmocka_unit_test(flags_and_bits),
        cmocka_unit_test(finding),  cmocka_unit_test(field_ranges), cmocka_unit_test(srtp_session_data),
        cmocka_unit_test(name_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
