/* json: every payload and every header to octets and back, and what editing one field changes. */
#include "test_json.h"

/* In the form that the decoder writes. */
static const char *const payloads[] = {
    "{\"payload\":\"KEMAC\",\"encr_alg\":1,\"encr_data\":\"0102\",\"mac_alg\":0,\"mac\":\"\"}",
    "{\"payload\":\"KEMAC\",\"encr_alg\":0,\"encr_data\":[],\"mac_alg\":1,\"mac\":\"@20\"}",
    "{\"payload\":\"PKE\",\"c\":2,\"data\":\"0102\"}",
    "{\"payload\":\"DH\",\"dh_group\":1,\"dh_value\":\"@96\",\"reserved\":5,\"kv\":1,\"spi\":\"0a\"}",
    "{\"payload\":\"DH\",\"dh_group\":2,\"dh_value\":\"@128\",\"reserved\":0,\"kv\":2,\"valid_from\":\"01\",\"valid_"
    "to\":\"\"}",
    "{\"payload\":\"SIGN\",\"s_type\":15,\"signature\":\"@256\"}",
    "{\"payload\":\"T\",\"ts_type\":0,\"ts_value\":\"ec00000000000000\"}",
    "{\"payload\":\"T\",\"ts_type\":2,\"ts_value\":\"00000007\"}",
    "{\"payload\":\"ID\",\"id_type\":1,\"id_data\":\"\"}",
    "{\"payload\":\"CERT\",\"cert_type\":0,\"cert_data\":\"30\"}",
    "{\"payload\":\"CHASH\",\"hash_func\":2,\"hash\":\"@32\"}",
    "{\"payload\":\"V\",\"auth_alg\":2,\"ver_data\":\"@32\"}",
    ("{\"payload\":\"SP\",\"policy_no\":255,\"prot_type\":0,\"policy_param\":[{\"type\":0,\"value\":\"01\"},"
     "{\"type\":255,\"value\":\"\"}]}"),
    "{\"payload\":\"SP\",\"policy_no\":0,\"prot_type\":9,\"policy_param\":[]}",
    "{\"payload\":\"RAND\",\"rand\":\"@16\"}",
    "{\"payload\":\"ERR\",\"error_no\":12,\"reserved\":65535}",
    "{\"payload\":\"TR\",\"ts_role\":3,\"ts_type\":3,\"ts_value\":\"00000007\"}",
    "{\"payload\":\"IDR\",\"id_role\":1,\"id_type\":1,\"id_data\":\"616c696365\"}",
    "{\"payload\":\"RANDR\",\"rand_role\":1,\"rand\":\"00\"}",
    "{\"payload\":\"GENERAL_EXT\",\"type\":0,\"data\":\"0102\"}",
    "{\"payload\":\"GENERAL_EXT\",\"type\":1,\"sdp_ids\":[]}",
    "{\"payload\":\"GENERAL_EXT\",\"type\":1,\"sdp_ids\":[\"\",\"a\\\"b\\\\\",\"\"]}",
    "{\"payload\":\"GENERAL_EXT\",\"type\":1,\"data\":\"0041\"}",
    "{\"payload\":\"GENERAL_EXT\",\"type\":3,\"key_ids\":[]}",
    ("{\"payload\":\"GENERAL_EXT\",\"type\":3,\"key_ids\":[{\"key_id_type\":1,\"key_id\":\"0102\"},"
     "{\"key_id_type\":0,\"key_id\":\"\"}]}"),
    "{\"payload\":\"GENERAL_EXT\",\"type\":4,\"csb_id\":4294967295}",
    "{\"payload\":\"GENERAL_EXT\",\"type\":4,\"data\":\"000102\"}",
    "{\"payload\":\"IBAKE\",\"encr_data\":\"01\"}",
    "{\"payload\":\"ESK\",\"encr_data\":\"\"}",
    "{\"payload\":\"SK\",\"type\":1,\"kv\":1,\"key_data\":\"01\",\"spi\":\"\"}",
    "{\"payload\":\"SAKKE\",\"sakke_params\":1,\"id_scheme\":2,\"sakke_data\":\"0102\"}",
};

static const char *const key_data[] = {
    "{\"payload\":\"KEY_DATA\",\"type\":0,\"kv\":0,\"key_data\":\"@16\"}",
    "{\"payload\":\"KEY_DATA\",\"type\":1,\"kv\":1,\"key_data\":\"@16\",\"salt_data\":\"\",\"spi\":\"01\"}",
    ("{\"payload\":\"KEY_DATA\",\"type\":5,\"kv\":2,\"key_data\":\"\",\"salt_data\":\"@14\",\"valid_from\":\"01\","
     "\"valid_to\":\"0203\"}"),
    "{\"payload\":\"KEY_DATA\",\"type\":15,\"kv\":0,\"key_data\":\"\"}",
};

#define FLAGS                                                                                                          \
    "\"flags\":{\"D\":1,\"E\":1,\"F\":1,\"G\":0,\"H\":1,\"I\":1,\"J\":0,\"K\":0,\"L\":0,\"M\":0,\"N\":1,\"O\":1}"
#define TP_FIELDS "\"ticket_type\":2,\"subtype\":1,\"version\":1,\"prf_func\":1," FLAGS ",\"res\":31,"
static const char *const tickets[] = {
    "{\"payload\":\"TP\"," TP_FIELDS "\"tp_data\":[]}",
    "{\"payload\":\"TP\"," TP_FIELDS
    "\"tp_data\":[{\"payload\":\"IDR\",\"id_role\":1,\"id_type\":0,\"id_data\":\"41\"}]}",
    "{\"payload\":\"TICKET\"," TP_FIELDS "\"tp_data\":[],\"ticket_data\":\"\"}",
    "{\"payload\":\"TICKET\"," TP_FIELDS "\"tp_data\":[],\"ticket_data\":\"ffff\",\"initiator_data\":[]}",
    ("{\"payload\":\"TICKET\"," TP_FIELDS "\"tp_data\":[],\"ticket_data\":[{\"payload\":\"THDR\",\"thdr_data\":\"01\"},"
     "{\"payload\":\"RANDR\",\"rand_role\":3,\"rand\":\"\"}],\"initiator_data\":[{\"payload\":\"V\",\"auth_alg\":0,"
     "\"ver_data\":\"\"}]}"),
};

static void round_trip_in(const char *before, const char *payload, const char *after)
{
    char *expanded = expand(payload);
    size_t size = strlen(before) + strlen(expanded) + strlen(after) + 1;
    char *json = malloc(size);
    snprintf(json, size, "%s%s%s", before, expanded, after);
    assert_round_trip(json);
    free(json);
    free(expanded);
}

static void every_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        round_trip_in("{" HDR ",\"payloads\":[", payloads[i], "]}");
        round_trip_in("{" HDR ",\"payloads\":[{\"payload\":\"RAND\",\"rand\":\"\"},", payloads[i], "]}");
    }
    for (size_t i = 0; i < sizeof key_data / sizeof key_data[0]; i++)
        round_trip_in("{" HDR ",\"payloads\":[{\"payload\":\"KEMAC\",\"encr_alg\":0,\"encr_data\":[", key_data[i],
                      "],\"mac_alg\":0,\"mac\":\"\"}]}");
    for (size_t i = 0; i < sizeof tickets / sizeof tickets[0]; i++)
        round_trip_in("{" HDR ",\"payloads\":[", tickets[i], "]}");
}

static void every_curve(void **state)
{
    (void)state;
    size_t num_curves = 0;
    for (unsigned curve = 0; curve < 256; curve++) {
        int octets = tg_ecc_curve_octets((uint8_t)curve);
        char payload[256];
        if (octets < 0)
            continue;
        num_curves++;
        snprintf(payload, sizeof payload,
                 "{\"payload\":\"ECCPT\",\"ecc_curve\":%u,\"ecc_point\":\"@%d\",\"auth_alg\":1,\"tgk_len\":65535,"
                 "\"reserved\":0,\"kv\":0}",
                 curve, octets);
        round_trip_in("{" HDR ",\"payloads\":[", payload, "]}");
    }
    assert_true(num_curves > 0);
}

static void every_map(void **state)
{
    (void)state;
#define HEADER(map)                                                                                                    \
    "{\"hdr\":{\"version\":2,\"data_type\":255,\"v\":0,\"prf_func\":127,\"csb_id\":4294967295," map "},\"payloads\":[" \
                                                                                                    "]}"
#define CS(prot, s, data)                                                                                              \
    "{\"cs_id\":1,\"prot_type\":" prot ",\"s\":" s ",\"ps\":[0,255],\"session_data\":" data ",\"spi\":\"01\"}"
    assert_round_trip(HEADER("\"cs_id_map_type\":0,\"cs\":[]"));
    assert_round_trip(HEADER("\"cs_id_map_type\":0,\"cs\":[{\"policy_no\":1,\"ssrc\":4294967295,\"roc\":0},"
                             "{\"policy_no\":0,\"ssrc\":0,\"roc\":1}]"));
    assert_round_trip(HEADER("\"cs_id_map_type\":1"));
    assert_round_trip(HEADER("\"num_cs\":255,\"cs_id_map_type\":1"));
    assert_round_trip(HEADER("\"cs_id_map_type\":2,\"cs\":[]"));
    assert_round_trip(HEADER("\"cs_id_map_type\":2,\"cs\":[" CS("0", "0", "{\"ssrc\":7}") "]"));
    assert_round_trip(HEADER("\"cs_id_map_type\":2,\"cs\":[" CS("0", "1", "{\"ssrc\":7,\"roc\":8,\"seq\":65535}") "]"));
    assert_round_trip(
        HEADER("\"cs_id_map_type\":2,\"cs\":[" CS("0", "1", "\"00000007\"") "," CS("9", "0", "\"00000007\"") "]"));
}

/* Session Data by its meaning is taken whatever S and the Prot type say. */
static void session_data_forms(void **state)
{
    (void)state;
    assert_hex(HEADER("\"cs_id_map_type\":2,\"cs\":[" CS("9", "1", "{\"ssrc\":7}") "]"), "02ff007fffffffff0102"
                                                                                         "01098200ff0004000000070101");
}

/* A Vi whose Next Payload says 0 though another payload follows (RFC 6043 6.10). */
static void identical_vi(void **state)
{
    (void)state;
    round_trip_in("{" HDR ",\"payloads\":[{\"payload\":\"TICKET\"," TP_FIELDS "\"tp_data\":[],\"ticket_data\":\"\",",
                  "\"initiator_data\":[{\"payload\":\"V\",\"next_payload\":0,\"auth_alg\":1,\"ver_data\":\"@20\"},"
                  "{\"payload\":\"V\",\"auth_alg\":1,\"ver_data\":\"@20\"}]}",
                  "]}");
}

static void defaults_may_be_left_out(void **state)
{
    (void)state;
    assert_hex("{\"hdr\":{\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1},\"payloads\":[{\"payload\":\"ERR\","
               "\"error_no\":2}]}",
               "01000c000000000100010002"
               "0000");
    assert_hex("{\"ok\":true,\"x\":[1.5,null],\"message\":{\"hdr\":{\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1,"
               "\"unknown\":{}},\"payloads\":[]}}",
               "01000000000000010001");
}

/* Written lengths, counts and Next Payloads stand as they are and change nothing else. */
static void overrides(void **state)
{
    (void)state;
#define MESSAGE(hdr, payload)                                                                                          \
    "{\"hdr\":{\"data_type\":0,\"csb_id\":1,\"cs_id_map_type\":1" hdr "},\"payloads\":[" payload "]}"
#define IDR_HEX(next, len) "01000e00000000010001" next "0101" len "4142"
#define IDR(extra) "{\"payload\":\"IDR\",\"id_role\":1,\"id_type\":1,\"id_data\":\"4142\"" extra "}"
    assert_hex(MESSAGE("", IDR("")), IDR_HEX("00", "0002"));
    assert_hex(MESSAGE("", IDR(",\"id_len\":65535")), IDR_HEX("00", "ffff"));
    assert_hex(MESSAGE("", IDR(",\"next_payload\":20")), IDR_HEX("14", "0002"));
    assert_hex(MESSAGE(",\"next_payload\":99", IDR("")), "01006300000000010001"
                                                         "00010100024142");
    assert_hex(MESSAGE("",
                       "{\"payload\":\"SP\",\"policy_no\":1,\"prot_type\":0,\"policy_param_len\":9,\"policy_param\":["
                       "{\"type\":2,\"length\":7,\"value\":\"01\"}]}"),
               "01000a00000000010001"
               "0001000009"
               "020701");
    assert_hex(MESSAGE("", "{\"payload\":\"SIGN\",\"s_type\":1,\"signature_len\":4095,\"signature\":\"00\"}"),
               "01000400000000010001"
               "1fff00");
    assert_hex(
        MESSAGE("",
                "{\"payload\":\"KEMAC\",\"encr_alg\":0,\"encr_data_len\":3,\"encr_data\":[{\"payload\":\"KEY_DATA\","
                "\"type\":1,\"kv\":1,\"key_data\":\"01\",\"key_data_len\":4,\"salt_data\":\"02\",\"salt_len\":5,"
                "\"spi\":\"03\",\"spi_len\":6}],\"mac_alg\":0,\"mac\":\"ff\"}"),
        "01000100000000010001"
        "00000003"
        "0011000401"
        "000502"
        "0603"
        "00ff");
    char *tp = expand(MESSAGE("", "{\"payload\":\"TICKET\"," TP_FIELDS
                                  "\"tp_data_len\":8,\"first_payload_tp_data\":6,\"tp_data\":[],\"ticket_data_len\":1,"
                                  "\"ticket_data\":\"\",\"initiator_data_len\":2,\"first_payload_initiator_data\":7,"
                                  "\"initiator_data\":[]}"));
    assert_hex(tp, "01001100000000010001"
                   "000002"
                   "0101"
                   "03d87f"
                   "000806"
                   "0001"
                   "000207");
    free(tp);
}

/* Editing one field changes only its octets and the lengths above it. */
static void one_field(void **state)
{
    (void)state;
#define NESTED(id)                                                                                                     \
    "{" HDR ",\"payloads\":[{\"payload\":\"TP\"," TP_FIELDS "\"tp_data\":[{\"payload\":\"IDR\",\"id_role\":1,"         \
    "\"id_type\":0,\"id_data\":\"" id "\"}]},{\"payload\":\"RAND\",\"rand\":\"00\"}]}"
#define NESTED_HEX(tp_len, id_len, id)                                                                                 \
    "010e10811234567800010b00020101"                                                                                   \
    "03d87f" tp_len "0e"                                                                                               \
    "000100" id_len id "000100"
    assert_hex(NESTED("41"), NESTED_HEX("0007", "0001", "41"));
    assert_hex(NESTED("42"), NESTED_HEX("0007", "0001", "42"));
    assert_hex(NESTED("414243"), NESTED_HEX("0009", "0003", "414243"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_payload), cmocka_unit_test(every_curve),
        cmocka_unit_test(every_map),     cmocka_unit_test(session_data_forms),
        cmocka_unit_test(identical_vi),  cmocka_unit_test(defaults_may_be_left_out),
        cmocka_unit_test(overrides),     cmocka_unit_test(one_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
