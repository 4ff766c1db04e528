/* json: conversations read and written, what is refused and where, and answers. */
#include "test_json.h"

static tg_crypto *crypto;
static uint8_t memory[1 << 23];

typedef struct outcome {
    tg_status status;
    tg_json_conversation c;
    tg_diag diag;
    const char *reason;
} outcome;

static outcome read_with(const char *json, size_t len, const tg_json_conversation_options *options)
{
    outcome out = { 0 };
    assert_true(tg_json_conversation_arena_size(len) <= sizeof memory);
    tg_arena arena = tg_arena_of(memory, tg_json_conversation_arena_size(len));
    out.status = tg_json_to_conversation(json, len, crypto, options, &arena, &out.c, &out.diag, &out.reason);
    return out;
}

static outcome read_text(const char *json)
{
    return read_with(json, strlen(json), NULL);
}

static tg_json_conversation accepted(const char *json)
{
    outcome out = read_text(json);
    if (out.status != TG_OK)
        fail_msg("%s at %s: %s\n%s", tg_status_name(out.status), out.diag.path, out.reason, json);
    return out.c;
}

static void assert_octets(tg_bytes got, const char *hex)
{
    char text[256];
    assert_true(tg_hex_encoded_size(got.len) <= sizeof text);
    tg_hex_encode(got, text);
    assert_string_equal(text, hex);
}

/* A file of the test keys; a .der, a certificate, as PEM. */
static char *pem_as_json(const char *name)
{
    char path[512], raw[16384], base64[16384];
    snprintf(path, sizeof path, "%s/vectors/keys/%s", TICKETGATE_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(raw, 1, 8000, file);
    raw[len] = '\0';
    fclose(file);
    tg_text text = { 0 };
    if (strstr(name, ".der")) {
        tg_base64_encode(tg_bytes_of(raw, len), base64);
        snprintf(raw, sizeof raw, "-----BEGIN CERTIFICATE-----\n");
        for (size_t i = 0; i < strlen(base64); i += 64)
            snprintf(raw + strlen(raw), sizeof raw - strlen(raw), "%.64s\n", base64 + i);
        strcat(raw, "-----END CERTIFICATE-----\n");
    }
    tg_json_add_string(raw, &text);
    return text.data;
}

/* ---- what is read ------------------------------------------------------------------------------------------- */

static void everything(void **state)
{
    (void)state;
    tg_json_conversation c = accepted(
        "{\"profile\":\"ims-media\",\"settings\":{\"vr_prf\":\"hdr\",\"iv_time\":null},\"prot_types\":{\"tls\":250},\"mline\":\"msrp\","
        "\"identities\":{\"i\":{\"type\":1,\"data\":\"6161\"},\"r\":{},\"kms\":null,\"r_called\":{\"type\":0,\"data\":\"\"}},"
        "\"secrets\":{\"psk_i\":\"01\",\"psk_r\":\"02\",\"psk_kms\":\"03\",\"tpk\":\"04\",\"env_key_i\":\"05\",\"env_key_r\":\"06\","
        "\"mpki\":\"07\",\"mpkr\":\"08\",\"mpkr_forked\":\"09\",\"other\":1},"
        "\"now\":\"EC00000080000000\",\"skew\":7,"
        "\"subscribers\":[{\"b_tid\":\"6261\",\"impus\":[\"sip:Alice:pw@Example.COM;user=phone\",\"tel:+1\"],\"psk\":\"aa\"},{}],"
        "\"messages\":[{\"ex\":\"request\",\"from\":\"I\",\"hex\":\"01 0B\"},{\"hex\":\"\"},"
        "{\"ex\":\"request\",\"from\":\"K\",\"hex\":\"00\",\"about\":1,\"more\":{}}],\"unknown\":[1]}");
    const tg_known *known = &c.known;
    assert_string_equal(known->profile.name, "ims-media");
    assert_int_equal(known->profile.settings.vr_prf, TG_VR_PRF_HDR);
    assert_int_equal(known->profile.settings.iv_time, TG_IV_TIME_OWN);
    assert_int_equal(known->profile.prot_types[TG_PROT_KIND_TLS], 250);
    assert_int_equal(known->profile.prot_types[TG_PROT_KIND_SRTP], 0);
    assert_true(known->has_m_lines && known->num_m_lines == 1 && known->m_lines[0] == TG_M_LINE_TLS);
    assert_true(known->i.known && known->i.id_type == 1 && !known->r.known && !known->kms.known);
    assert_octets(known->i.data, "6161");
    assert_true(known->r_called.known && known->r_called.data.len == 0);
    const tg_bytes keys[] = { known->secrets.psk_i, known->secrets.psk_r, known->secrets.psk_kms,
                              known->secrets.tpk,   known->secrets.env_key_i, known->secrets.env_key_r,
                              known->secrets.mpki,  known->secrets.mpkr,  known->secrets.mpkr_forked };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_true(keys[i].len == 1 && keys[i].data[0] == i + 1);
    assert_true(known->has_now && known->now == 0xec00000080000000u && known->skew == 7);
    assert_int_equal(c.num_sent, 3);
    assert_string_equal(c.sent[0].ex, "request");
    assert_int_equal(c.sent[0].from, TG_SENDER_I);
    assert_octets(c.sent[0].octets, "010b");
    assert_true(!c.sent[1].ex && c.sent[1].from == TG_SENDER_UNKNOWN && c.sent[1].octets.len == 0);
    assert_true(!c.sent[1].has_about && c.sent[2].has_about && c.sent[2].about == 1);
    tg_bytes b_tid = tg_bytes_of("ba", 2), uid = tg_bytes_of("Alice@example.com", 17);
    const tg_subscriber *alice = known->subscribers->by_b_tid(known->subscribers->user, b_tid);
    assert_non_null(alice);
    assert_ptr_equal(known->subscribers->by_uid(known->subscribers->user, uid), alice);
    assert_int_equal(alice->num_uids, 1);
    assert_octets(alice->psk, "aa");
    tg_json_conversation_free(&c);
}

static void defaults(void **state)
{
    (void)state;
    tg_json_conversation c = accepted("{\"messages\":[],\"profile\":null,\"settings\":{},\"secrets\":null,\"now\":null,\"trust\":{}}");
    assert_string_equal(c.known.profile.name, "rfc6043");
    assert_true(!c.known.has_now && c.known.skew == TG_SKEW_DEFAULT && !c.known.has_trust && !c.known.subscribers);
    assert_true(!c.known.profile.m_lines && !c.known.has_m_lines && c.num_sent == 0 && c.known.secrets.psk_i.len == 0 && !c.known.secrets.rsa_i);
    tg_json_conversation_free(&c);
    /* The rows of m-lines are judged where there is an m-line; without type an identity is a NAI, without data nobody. */
    c = accepted("{\"messages\":[],\"mline\":\"msrp\",\"identities\":{\"i\":{\"data\":\"6161\"},\"r\":{\"type\":1}}}");
    assert_true(c.known.profile.m_lines && c.known.has_m_lines);
    assert_true(c.known.i.known && c.known.i.id_type == 0 && !c.known.r.known);
    assert_octets(c.known.i.data, "6161");
    tg_json_conversation_free(&c);
}

static void times(void **state)
{
    (void)state;
    const struct {
        const char *now;
        uint64_t ntp;
    } cases[] = { { "0", UINT64_C(0x83aa7e8000000000) },          /* 1970 */
                  { "2208988799", UINT64_C(0x0754fcff00000000) }, /* 2039 */
                  { "2208988800", UINT64_C(0x83aa7e8000000000) },
                  { "3989000000", UINT64_C(0xedc34f4000000000) },
                  { "4294967296", 0 },                            /* 2036: the next era */
                  { "6442450943", UINT64_C(0x7fffffff00000000) },
                  { "\"0123456789abcDEF\"", UINT64_C(0x0123456789abcdef) } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[96];
        snprintf(json, sizeof json, "{\"messages\":[],\"now\":%s}", cases[i].now);
        tg_json_conversation c = accepted(json);
        if (c.known.now != cases[i].ntp)
            fail_msg("%s: %016llx", cases[i].now, (unsigned long long)c.known.now);
    }
}

static void keys_of_odd_lengths(void **state)
{
    (void)state;
    char json[1200], hex[515];
    memset(hex, 'a', 514);
    hex[514] = '\0';
    snprintf(json, sizeof json, "{\"messages\":[],\"secrets\":{\"tpk\":\"%s\",\"psk_i\":\"%s\",\"psk_r\":\"\"}}", hex, hex + 2);
    tg_json_conversation c = accepted(json);
    assert_int_equal(c.known.secrets.tpk.len, 0); /* 257 octets: not known */
    assert_int_equal(c.known.secrets.psk_i.len, 256);
    assert_int_equal(c.known.secrets.psk_r.len, 0);
}

static void certificates(void **state)
{
    (void)state;
    char *key = pem_as_json("initiator.pem"), *ca = pem_as_json("ca.der");
    char json[40000];
    snprintf(json, sizeof json, "{\"messages\":[],\"secrets\":{\"rsa\":{\"i\":{\"pem\":%s},\"kms\":{}}},\"trust\":[%s,%s]}", key, ca, ca);
    tg_json_conversation c = accepted(json);
    assert_true(c.known.secrets.rsa_i && tg_pk_is_private(c.known.secrets.rsa_i) && !c.known.secrets.rsa_kms);
    assert_true(c.known.has_trust && c.known.num_trust == 2 && c.num_keys == 3);
    tg_json_conversation_free(&c);
    assert_int_equal(c.num_keys, 0);
    snprintf(json, sizeof json, "{\"messages\":[],\"trust\":%s}", ca);
    c = accepted(json);
    assert_true(c.known.has_trust && c.known.num_trust == 1 && tg_pk_has_certificate(c.known.trust[0]));
    tg_json_conversation_free(&c);
    free(key);
    free(ca);
}

static void options(void **state)
{
    (void)state;
    const tg_json_conversation_options with = { .profile = tg_profile_find("ims-message"), .without_messages = true };
    static const char json[] = "{\"profile\":\"ims-media\",\"settings\":{\"vr_prf\":\"hdr\"},\"secrets\":{\"tpk\":\"aa\"}}";
    outcome out = read_with(json, strlen(json), &with);
    assert_int_equal(out.status, TG_OK);
    assert_string_equal(out.c.known.profile.name, "ims-message");
    assert_int_equal(out.c.known.profile.settings.vr_prf, TG_VR_PRF_HDR);
    static const char full[] = "{\"messages\":[{\"hex\":\"\"}]}";
    out = read_with(full, strlen(full), &with);
    assert_int_equal(out.status, TG_BAD_CONVERSATION);
    assert_string_equal(out.diag.path, "messages");
}

/* ---- what is refused ---------------------------------------------------------------------------------------- */

#define M "\"messages\":[]"
typedef struct refusal {
    const char *json;
    tg_status status;
    const char *path;
} refusal;

static const refusal of_texts[] = {
    { "", TG_BAD_JSON, "" },           { "{" M, TG_BAD_JSON, "" },
    { "{" M "}x", TG_BAD_JSON, "" },   { "{" M "," M "}", TG_BAD_JSON, "" },
    { "[]", TG_BAD_CONVERSATION, "" }, { "null", TG_BAD_JSON, "" },
};

static const refusal of_messages[] = {
    { "{}", TG_BAD_CONVERSATION, "messages" },
    { "{\"messages\":null}", TG_BAD_CONVERSATION, "messages" },
    { "{\"messages\":{}}", TG_BAD_CONVERSATION, "messages" },
    { "{\"messages\":\"\"}", TG_BAD_CONVERSATION, "messages" },
    { "{\"messages\":[1]}", TG_BAD_CONVERSATION, "messages[0]" },
    { "{\"messages\":[{}]}", TG_BAD_CONVERSATION, "messages[0].hex" },
    { "{\"messages\":[{\"hex\":\"\"},{\"hex\":7}]}", TG_BAD_CONVERSATION, "messages[1].hex" },
    { "{\"messages\":[{\"hex\":\"0\"}]}", TG_BAD_HEX, "messages[0].hex" },
    { "{\"messages\":[{\"hex\":\"0g\"}]}", TG_BAD_HEX, "messages[0].hex" },
    { "{\"messages\":[{\"hex\":\"\",\"from\":\"X\"}]}", TG_BAD_CONVERSATION, "messages[0].from" },
    { "{\"messages\":[{\"hex\":\"\",\"from\":1}]}", TG_BAD_CONVERSATION, "messages[0].from" },
    { "{\"messages\":[{\"hex\":\"\",\"ex\":[]}]}", TG_BAD_CONVERSATION, "messages[0].ex" },
    { "{\"messages\":[{\"hex\":\"\",\"ex\":\"a\\u0000b\"}]}", TG_BAD_CONVERSATION, "messages[0].ex" },
    { "{\"messages\":[{\"hex\":\"\",\"about\":0}]}", TG_BAD_CONVERSATION, "messages[0].about" },
    { "{\"messages\":[{\"hex\":\"\",\"about\":-1}]}", TG_OVERFLOW, "messages[0].about" },
    { "{\"messages\":[{\"hex\":\"\",\"about\":\"0\"}]}", TG_BAD_CONVERSATION, "messages[0].about" },
};

static const refusal of_settings[] = {
    { "{" M ",\"profile\":\"nope\"}", TG_BAD_CONVERSATION, "profile" },
    { "{" M ",\"profile\":1}", TG_BAD_CONVERSATION, "profile" },
    { "{" M ",\"settings\":1}", TG_BAD_CONVERSATION, "settings" },
    { "{" M ",\"settings\":{\"nope\":\"x\"}}", TG_BAD_CONVERSATION, "settings.nope" },
    { "{" M ",\"settings\":{\"vr_prf\":\"x\"}}", TG_BAD_CONVERSATION, "settings.vr_prf" },
    { "{" M ",\"settings\":{\"vr_prf\":0}}", TG_BAD_CONVERSATION, "settings.vr_prf" },
    { "{" M ",\"prot_types\":{\"tls\":256}}", TG_OVERFLOW, "prot_types.tls" },
    { "{" M ",\"prot_types\":{\"nope\":1}}", TG_BAD_CONVERSATION, "prot_types.nope" },
    { "{" M ",\"mline\":\"rtp\"}", TG_BAD_CONVERSATION, "mline" },
    { "{" M ",\"now\":-1}", TG_BAD_CONVERSATION, "now" },
    { "{" M ",\"now\":1.5}", TG_BAD_CONVERSATION, "now" },
    { "{" M ",\"now\":6442450944}", TG_BAD_CONVERSATION, "now" },
    { "{" M ",\"now\":\"ec\"}", TG_BAD_CONVERSATION, "now" },
    { "{" M ",\"now\":\"ec0000000000000x\"}", TG_BAD_CONVERSATION, "now" },
    { "{" M ",\"now\":true}", TG_BAD_CONVERSATION, "now" },
    { "{" M ",\"skew\":-1}", TG_OVERFLOW, "skew" },
    { "{" M ",\"skew\":\"1\"}", TG_BAD_CONVERSATION, "skew" },
};

static const refusal of_identities[] = {
    { "{" M ",\"identities\":[1]}", TG_BAD_CONVERSATION, "identities" },
    { "{" M ",\"identities\":{\"i\":1}}", TG_BAD_CONVERSATION, "identities.i" },
    { "{" M ",\"identities\":{\"i\":{\"type\":1,\"data\":1}}}", TG_BAD_CONVERSATION, "identities.i.data" },
    { "{" M ",\"identities\":{\"i\":{\"type\":\"1\",\"data\":\"aa\"}}}", TG_BAD_CONVERSATION, "identities.i.type" },
    { "{" M ",\"identities\":{\"i\":{\"type\":256,\"data\":\"aa\"}}}", TG_OVERFLOW, "identities.i.type" },
    { "{" M ",\"identities\":{\"kms\":{\"type\":1,\"data\":\"a\"}}}", TG_BAD_HEX, "identities.kms.data" },
};

/* Subscribers and the certificates that are trusted among them. */
static const refusal of_secrets[] = {
    { "{" M ",\"secrets\":\"aa\"}", TG_BAD_CONVERSATION, "secrets" },
    { "{" M ",\"secrets\":{\"tpk\":1}}", TG_BAD_CONVERSATION, "secrets.tpk" },
    { "{" M ",\"secrets\":{\"mpki\":\"zz\"}}", TG_BAD_HEX, "secrets.mpki" },
    { "{" M ",\"secrets\":{\"rsa\":1}}", TG_BAD_CONVERSATION, "secrets.rsa" },
    { "{" M ",\"secrets\":{\"rsa\":{\"r\":1}}}", TG_BAD_CONVERSATION, "secrets.rsa.r" },
    { "{" M ",\"secrets\":{\"rsa\":{\"r\":{\"pem\":1}}}}", TG_BAD_CONVERSATION, "secrets.rsa.r.pem" },
    { "{" M ",\"secrets\":{\"rsa\":{\"r\":{\"pem\":\"nope\"}}}}", TG_BAD_KEY, "secrets.rsa.r.pem" },
    { "{" M ",\"trust\":1}", TG_BAD_CONVERSATION, "trust" },
    { "{" M ",\"trust\":\"nope\"}", TG_BAD_KEY, "trust" },
    { "{" M ",\"trust\":[1]}", TG_BAD_CONVERSATION, "trust[0]" },
    { "{" M ",\"subscribers\":1}", TG_BAD_CONVERSATION, "subscribers" },
    { "{" M ",\"subscribers\":[1]}", TG_BAD_CONVERSATION, "subscribers[0]" },
    { "{" M ",\"subscribers\":[{},{\"b_tid\":\"x\"}]}", TG_BAD_HEX, "subscribers[1].b_tid" },
    { "{" M ",\"subscribers\":[{\"impus\":1}]}", TG_BAD_CONVERSATION, "subscribers[0].impus" },
    { "{" M ",\"subscribers\":[{\"impus\":[\"a@b\",1]}]}", TG_BAD_CONVERSATION, "subscribers[0].impus[1]" },
};

static void expect_refused(const refusal *cases, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        outcome out = read_text(cases[i].json);
        if (out.status != cases[i].status || strcmp(out.diag.path, cases[i].path) != 0)
            fail_msg("%s\n%s at %s", cases[i].json, tg_status_name(out.status), out.diag.path);
        assert_true(out.reason && out.reason[0]);
        assert_int_equal(out.diag.status, out.status);
        assert_int_equal(out.c.num_keys, 0);
    }
}

static void refused(void **state)
{
    (void)state;
#define EXPECT_REFUSED(cases) expect_refused(cases, sizeof(cases) / sizeof(cases)[0])
    EXPECT_REFUSED(of_texts);
    EXPECT_REFUSED(of_messages);
    EXPECT_REFUSED(of_settings);
    EXPECT_REFUSED(of_identities);
    EXPECT_REFUSED(of_secrets);
#undef EXPECT_REFUSED
}

static void limits(void **state)
{
    (void)state;
    tg_text text = { 0 };
    static const char message[] = "{\"hex\":\"\"},", start[] = "{\"messages\":[", end[] = "{\"hex\":\"\"}]}";
    tg_text_add(&text, start, strlen(start));
    for (size_t i = 0; i < 4095; i++)
        tg_text_add(&text, message, strlen(message));
    size_t full = text.len;
    tg_text_add(&text, end, strlen(end));
    assert_int_equal(read_with(text.data, text.len, NULL).status, TG_OK);
    text.len = full;
    tg_text_add(&text, message, strlen(message));
    tg_text_add(&text, end, strlen(end));
    outcome out = read_with(text.data, text.len, NULL);
    assert_int_equal(out.status, TG_TOO_LARGE);
    assert_string_equal(out.diag.path, "messages");
    tg_text_free(&text);

    char deep[200];
    memset(deep, '[', sizeof deep);
    assert_int_equal(read_with(deep, sizeof deep, NULL).status, TG_TOO_DEEP);
}

/* ---- what is written ---------------------------------------------------------------------------------------- */

static void written_and_read(void **state)
{
    (void)state;
    static const char json[] =
        "{\"profile\":\"ims-bfcp-tls\",\"settings\":{\"pke_pad\":\"oaep\"},\"mline\":\"bfcp\","
        "\"identities\":{\"i\":{\"type\":1,\"data\":\"6161\"},\"r_called\":{\"type\":0,\"data\":\"\"}},"
        "\"secrets\":{\"psk_i\":\"01\",\"tpk\":\"04\",\"mpkr_forked\":\"09\"},\"now\":\"ec00000080000000\",\"skew\":7,"
        "\"subscribers\":[{\"b_tid\":\"6261\",\"impus\":[\"alice@example.com\"],\"psk\":\"aa\"}],"
        "\"messages\":[{\"ex\":\"request\",\"from\":\"I\",\"hex\":\"010b\"},{\"hex\":\"\"},{\"from\":\"K\",\"about\":1,\"hex\":\"00\"}]}";
    tg_json_conversation c = accepted(json);
    tg_text text = { 0 };
    tg_json_add_conversation(&c.known, c.sent, c.num_sent, NULL, &text);
    assert_string_equal(text.data, json);
    tg_text_free(&text);
}

static void answers(void **state)
{
    (void)state;
    static uint8_t judge_memory[1 << 22];
    tg_arena arena = tg_arena_of(judge_memory, sizeof judge_memory);
    tg_json_conversation c = accepted("{\"messages\":[{\"hex\":\"01\"}]}");
    tg_conversation *conversation;
    tg_text text = { 0 };
    assert_int_equal(tg_conversation_new(crypto, &c.known, c.num_sent, &arena, &conversation), TG_OK);
    assert_int_equal(tg_conversation_add(conversation, &c.sent[0]), TG_OK);
    tg_json_add_answer(conversation, true, 0, &text);
    static const char begin[] = "{\"verdict\":\"reject\",\"messages\":[{\"parse\":\"error\",\"auth\":\"skipped\","
                                "\"ticket_auth\":\"skipped\",\"vr_auth\":\"skipped\",\"kemac\":\"skipped\",\"findings\":"
                                "[{\"id\":\"RFC3830-6.1-x01\",";
    assert_memory_equal(text.data, begin, strlen(begin));
    assert_non_null(strstr(text.data, "}],\"derived\":{}}]}"));
    text.len = 0;
    tg_json_add_answer(conversation, false, 0, &text);
    assert_null(strstr(text.data, "derived"));
    tg_text_free(&text);
}

static void no_answers(void **state)
{
    (void)state;
    tg_text text = { 0 };
    tg_diag diag = { .status = TG_BAD_HEX, .path = "messages[0].hex", .offset = 3 };
    tg_json_add_no_answer(&diag, "No \"hex\".", &text);
    assert_string_equal(text.data, "{\"verdict\":\"error\",\"error\":{\"status\":\"usage\",\"path\":\"messages[0].hex\","
                                   "\"offset\":3,\"text\":\"No \\\"hex\\\".\"}}");
    text.len = 0;
    diag.status = TG_TOO_LARGE;
    tg_json_add_no_answer(&diag, NULL, &text);
    assert_non_null(strstr(text.data, "\"status\":\"limit\""));
    tg_text_free(&text);
}

static int set_up(void **state)
{
    (void)state;
    return tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything),          cmocka_unit_test(defaults),     cmocka_unit_test(times),
        cmocka_unit_test(keys_of_odd_lengths), cmocka_unit_test(certificates), cmocka_unit_test(options),
        cmocka_unit_test(refused),             cmocka_unit_test(limits),       cmocka_unit_test(written_and_read),
        cmocka_unit_test(answers),             cmocka_unit_test(no_answers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
