/* json: what is no message tree, and what is said about it. */
#include "test_json.h"

typedef struct refusal {
    tg_status status;
    tg_diag diag;
    const char *reason;
} refusal;

static refusal refuse(const char *json, size_t len)
{
    refusal out = { .reason = NULL };
    size_t arena_size = tg_json_arena_size(len);
    uint8_t *memory = malloc(arena_size);
    tg_arena arena = tg_arena_of(memory, arena_size);
    tg_message *message = NULL;
    char *exact = malloc(len ? len : 1); /* so that a sanitizer sees a read beyond the end */
    memcpy(exact, json, len);
    out.status = tg_json_to_message(exact, len, &arena, &message, &out.diag, &out.reason);
    if (out.status == TG_OK)
        fail_msg("accepted: %.200s", json);
    assert_int_equal(out.status, out.diag.status);
    assert_non_null(out.reason);
    free(exact);
    free(memory);
    return out;
}

static void assert_refused(const char *json, tg_status status, const char *path)
{
    refusal r = refuse(json, strlen(json));
    assert_string_equal(tg_status_name(r.status), tg_status_name(status));
    assert_string_equal(r.diag.path, path);
}

#define MESSAGE(payload) "{" HDR ",\"payloads\":[" payload "]}"
#define GOOD_HDR "\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1"

static void wrong_types(void **state)
{
    (void)state;
    assert_refused("[]", TG_BAD_TREE, "");
    assert_refused("{}", TG_BAD_TREE, "hdr");
    assert_refused("{\"ok\":false,\"error\":{}}", TG_BAD_TREE, "hdr");
    assert_refused("{\"hdr\":[],\"payloads\":[]}", TG_BAD_TREE, "hdr");
    assert_refused("{" HDR "}", TG_BAD_TREE, "payloads");
    assert_refused("{" HDR ",\"payloads\":{}}", TG_BAD_TREE, "payloads");
    assert_refused(MESSAGE("1"), TG_BAD_TREE, "payloads[0]");
    assert_refused(MESSAGE("{}"), TG_BAD_TREE, "payloads[0].payload");
    assert_refused(MESSAGE("{\"payload\":5}"), TG_BAD_TREE, "payloads[0].payload");
    assert_refused(MESSAGE("{\"payload\":\"HDR\"}"), TG_BAD_TREE, "payloads[0].payload");
    assert_refused(MESSAGE("{\"payload\":\"NOPE\"}"), TG_BAD_TREE, "payloads[0].payload");
    assert_refused(MESSAGE("{\"payload\":\"THDR\",\"thdr_data\":\"\"}"), TG_BAD_TREE, "payloads[0].payload");
    assert_refused(MESSAGE("{\"payload\":\"RAND\"}"), TG_BAD_TREE, "payloads[0].rand");
    assert_refused(MESSAGE("{\"payload\":\"RAND\",\"rand\":7}"), TG_BAD_TREE, "payloads[0].rand");
    assert_refused(MESSAGE("{\"payload\":\"RAND\",\"rand\":\"abc\"}"), TG_BAD_HEX, "payloads[0].rand");
    assert_refused(MESSAGE("{\"payload\":\"RAND\",\"rand\":\"zz\"}"), TG_BAD_HEX, "payloads[0].rand");
    assert_refused(MESSAGE("{\"payload\":\"RAND\",\"rand\":\"00\\u000000\"}"), TG_BAD_HEX, "payloads[0].rand");
    assert_refused(MESSAGE("{\"payload\":\"ERR\",\"error_no\":true}"), TG_BAD_TREE, "payloads[0].error_no");
    assert_refused(MESSAGE("{\"payload\":\"ERR\",\"error_no\":1.0}"), TG_BAD_TREE, "payloads[0].error_no");
    assert_refused(
        MESSAGE("{\"payload\":\"SP\",\"policy_no\":0,\"prot_type\":0,\"policy_param\":[{\"type\":0,\"value\":\"\"},"
                "{\"type\":0}]}"),
        TG_BAD_TREE, "payloads[0].policy_param[1].value");
    assert_refused(MESSAGE("{\"payload\":\"KEMAC\",\"encr_alg\":0,\"encr_data\":[{\"payload\":\"KEY_DATA\",\"type\":1,"
                           "\"key_data\":\"\"}],\"mac_alg\":0,\"mac\":\"\"}"),
                   TG_BAD_TREE, "payloads[0].encr_data[0].salt_data");
    assert_refused(MESSAGE("{\"payload\":\"GENERAL_EXT\",\"type\":1,\"data\":\"\",\"sdp_ids\":[]}"), TG_BAD_TREE,
                   "payloads[0].data");
    assert_refused(MESSAGE("{\"payload\":\"GENERAL_EXT\",\"type\":1,\"sdp_ids\":[\"a\",1]}"), TG_BAD_TREE,
                   "payloads[0].sdp_ids[1]");
    assert_refused("{\"hdr\":{" GOOD_HDR ",\"cs_id_map_type\":2},\"payloads\":[]}", TG_BAD_JSON, ""); /* twice */
    assert_refused("{\"message\":{\"hdr\":{\"data_type\":0},\"payloads\":[]}}", TG_BAD_TREE, "message.hdr.csb_id");
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *members, *path;
    } cases[] = {
        { "\"data_type\":256,\"csb_id\":1,\"cs_id_map_type\":1", "hdr.data_type" },
        { "\"data_type\":-1,\"csb_id\":1,\"cs_id_map_type\":1", "hdr.data_type" },
        { "\"data_type\":0,\"csb_id\":4294967296,\"cs_id_map_type\":1", "hdr.csb_id" },
        { "\"data_type\":0,\"csb_id\":9223372036854775807,\"cs_id_map_type\":1", "hdr.csb_id" },
        { "\"data_type\":0,\"csb_id\":-9223372036854775808,\"cs_id_map_type\":1", "hdr.csb_id" },
        { "\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1,\"v\":2", "hdr.v" },
        { "\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1,\"prf_func\":128", "hdr.prf_func" },
        { "\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1,\"next_payload\":256", "hdr.next_payload" },
        { "\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1,\"num_cs\":256", "hdr.num_cs" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[256];
        snprintf(json, sizeof json, "{\"hdr\":{%s},\"payloads\":[]}", cases[i].members);
        assert_refused(json, TG_OVERFLOW, cases[i].path);
    }
    assert_refused("{\"hdr\":{" GOOD_HDR ",\"v\":92233720368547758080},\"payloads\":[]}", TG_BAD_JSON, "");
    assert_refused("{\"hdr\":{" GOOD_HDR ",\"v\":1e400},\"payloads\":[]}", TG_BAD_JSON, "");
    assert_refused(MESSAGE("{\"payload\":\"SIGN\",\"s_type\":0,\"signature\":\"\",\"signature_len\":4096}"),
                   TG_OVERFLOW, "payloads[0].signature_len");
    assert_refused(MESSAGE("{\"payload\":\"SIGN\",\"s_type\":16,\"signature\":\"\"}"), TG_OVERFLOW,
                   "payloads[0].s_type");
}

static void too_many_sessions(void **state)
{
    (void)state;
    tg_text json = { 0 };
    static const char head[] = "{\"hdr\":{\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":0,\"cs\":[";
    static const char entry[] = "{\"policy_no\":0,\"ssrc\":0,\"roc\":0},";
    static const char tail[] = "{\"policy_no\":0,\"ssrc\":0,\"roc\":0}]},\"payloads\":[]}";
    tg_text_add(&json, head, strlen(head));
    for (int i = 0; i < 254; i++)
        tg_text_add(&json, entry, strlen(entry));
    size_t kept = json.len;
    tg_text_add(&json, tail, strlen(tail));
    tg_bytes octets = octets_of(json.data);
    assert_int_equal(octets.len, 10 + 255 * 9);
    free((void *)(uintptr_t)octets.data);
    json.len = kept;
    tg_text_add(&json, entry, strlen(entry));
    tg_text_add(&json, tail, strlen(tail));
    refusal r = refuse(json.data, json.len);
    assert_int_equal(r.status, TG_OVERFLOW);
    assert_string_equal(r.diag.path, "hdr.cs");
    tg_text_free(&json);
}

static void not_json(void **state)
{
    (void)state;
    static const char nul[] = "{\"a\0b\":1}";
    assert_refused("", TG_BAD_JSON, "");
    assert_refused("{", TG_BAD_JSON, "");
    assert_refused("{} {}", TG_BAD_JSON, "");
    assert_refused("{\"hdr\":1,\"hdr\":2}", TG_BAD_JSON, "");
    assert_refused("{\"\xff\":1}", TG_BAD_JSON, "");
    assert_refused("{\"a\":\"\xed\xa0\x80\"}", TG_BAD_JSON, "");
    assert_refused("{\"a\":\"\\ud800\"}", TG_BAD_JSON, "");
    assert_refused("nul", TG_BAD_JSON, "");
    assert_refused("{'a':1}", TG_BAD_JSON, "");
    assert_int_equal(refuse(nul, sizeof nul - 1).status, TG_BAD_JSON);
    assert_int_equal(refuse("\xff\xfe\x00", 3).status, TG_BAD_JSON);
}

static void limits(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    char *deep = malloc(MANY);
    memset(deep, '[', MANY);
    assert_int_equal(refuse(deep, MANY).status, TG_TOO_DEEP);
    for (size_t i = 0; i < MANY; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    assert_int_equal(refuse(deep, MANY).status, TG_TOO_DEEP);
    memset(deep, '"', MANY); /* brackets in strings do not count */
    memset(deep + 1, '[', MANY - 2);
    deep[0] = '{';
    deep[1] = '"';
    assert_int_equal(refuse(deep, MANY).status, TG_BAD_JSON);
    free(deep);
    size_t large = 65 << 20;
    char *blank = malloc(large);
    memset(blank, ' ', large);
    refusal r = { .reason = NULL };
    tg_arena arena = tg_arena_of(NULL, 0);
    tg_message *message;
    assert_int_equal(tg_json_to_message(blank, large, &arena, &message, &r.diag, &r.reason), TG_TOO_LARGE);
    memset(blank, ',', large / 2);
    assert_int_equal(tg_json_to_message(blank, large / 2, &arena, &message, &r.diag, &r.reason), TG_TOO_LARGE);
    free(blank);
}

static void small_arena(void **state)
{
    (void)state;
    static const char json[] =
        MESSAGE("{\"payload\":\"RAND\",\"rand\":\"0001\"},{\"payload\":\"GENERAL_EXT\",\"type\":3,"
                "\"key_ids\":[{\"key_id_type\":0,\"key_id\":\"01\"}]}");
    uint8_t memory[2048];
    tg_status status = TG_ARENA_FULL;
    size_t size = 0;
    for (; size < sizeof memory && status != TG_OK; size++) {
        tg_arena arena = tg_arena_of(memory, size);
        tg_message *message = NULL;
        tg_diag diag;
        const char *reason = NULL;
        status = tg_json_to_message(json, strlen(json), &arena, &message, &diag, &reason);
        assert_true(status == TG_OK || status == TG_ARENA_FULL);
    }
    assert_int_equal(status, TG_OK);
    assert_true(size <= tg_json_arena_size(strlen(json)));
}

static void strings(void **state)
{
    (void)state;
    tg_text text = { 0 };
    tg_json_add_string("a\"\\\n\x01\x7f\xc3\xa4\xff\xed\xa0\x80\xf0\x9f\x98\x80", &text);
    assert_string_equal(text.data,
                        "\"a\\\"\\\\\\n\\u0001\\u007f\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                        "\xf0\x9f\x98\x80\"");
    text.len = 0;
    tg_diag diag = {
        .status = TG_TRUNCATED, .id = "RFC6043-6.6-x01", .clause = "RFC 6043 6.6", .offset = 12, .path = "IDR[0].id_len"
    };
    tg_json_add_error(&diag, &text);
    assert_string_equal(text.data, "{\"status\":\"truncated\",\"id\":\"RFC6043-6.6-x01\",\"clause\":\"RFC 6043 6.6\","
                                   "\"path\":\"IDR[0].id_len\",\"offset\":12,"
                                   "\"text\":\"the field does not fit in what is left\"}");
    tg_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_types), cmocka_unit_test(numbers), cmocka_unit_test(too_many_sessions),
        cmocka_unit_test(not_json),    cmocka_unit_test(limits),  cmocka_unit_test(small_arena),
        cmocka_unit_test(strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
