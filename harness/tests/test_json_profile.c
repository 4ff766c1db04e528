/* json: profiles from JSON, against the built-in ones and against what is no profile. */
#include "test_json.h"

static tg_status read_profile(const char *json, tg_profile *out, const char **reason)
{
    static uint8_t memory[4096];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    return tg_json_to_profile(json, strlen(json), &arena, out, reason);
}

static char *read_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/harness/findings/profiles/%s.json", TICKETGATE_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

/* The file of a built-in profile, read now, gives what the build made of it. */
static void built_in(void **state)
{
    (void)state;
    size_t num;
    const tg_profile *profiles = tg_profiles(&num);
    assert_true(num > 0);
    for (size_t i = 0; i < num; i++) {
        const tg_profile *expected = &profiles[i];
        tg_profile got;
        const char *reason = "";
        char *text = read_file(expected->name);
        if (read_profile(text, &got, &reason) != TG_OK)
            fail_msg("%s: %s", expected->name, reason);
        assert_string_equal(got.name, expected->name);
        assert_string_equal(got.title, expected->title);
        assert_memory_equal(&got.settings, &expected->settings, sizeof got.settings);
        assert_memory_equal(got.prot_types, expected->prot_types, sizeof got.prot_types);
        assert_int_equal(got.num_tickets, expected->num_tickets);
        assert_memory_equal(got.tickets, expected->tickets, got.num_tickets * sizeof got.tickets[0]);
        assert_ptr_equal(got.pinned_ticket.id, expected->pinned_ticket.id);
        assert_memory_equal(&got.pinned_ticket.format, &expected->pinned_ticket.format,
                            sizeof got.pinned_ticket.format);
        for (size_t flag = 0; flag < TG_NUM_FLAGS; flag++) {
            assert_ptr_equal(got.flags[flag].id, expected->flags[flag].id);
            assert_int_equal(got.flags[flag].value, expected->flags[flag].value);
        }
        assert_memory_equal(got.crypto_sessions.allowed, expected->crypto_sessions.allowed,
                            sizeof got.crypto_sessions.allowed);
        assert_ptr_equal(got.crypto_sessions.id, expected->crypto_sessions.id);
        assert_int_equal(got.crypto_sessions.exactly, expected->crypto_sessions.exactly);
        assert_ptr_equal(got.crypto_sessions.exactly_id, expected->crypto_sessions.exactly_id);
        assert_ptr_equal(got.generic_id, expected->generic_id);
        assert_ptr_equal(got.transfer_resp_idrr, expected->transfer_resp_idrr);
        assert_ptr_equal(got.srtcp_integrity, expected->srtcp_integrity);
        assert_ptr_equal(got.no_tgk, expected->no_tgk);
        assert_int_equal(got.always_forked, expected->always_forked);
        assert_int_equal(got.m_lines, expected->m_lines);
        free(text);
    }
}

static void own_settings(void **state)
{
    (void)state;
    tg_profile got;
    const char *reason = "";
    assert_int_equal(
        read_profile("{\"profile\":\"mine\",\"extends\":\"ims-media\",\"settings\":{\"vi_next\":\"identical\"},"
                     "\"generic_id\":null}",
                     &got, &reason),
        TG_OK);
    assert_string_equal(got.name, "mine");
    assert_int_equal(got.settings.vi_next, TG_VI_NEXT_IDENTICAL);
    assert_null(got.generic_id);
    assert_true(got.m_lines);
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"profile\":\"\"}",
        "{\"profile\":7}",
        "{\"profile\":\"a-name-that-is-longer-than-the-forty-seven-it-may-be\"}",
        "{\"profile\":\"x\",\"extends\":\"nope\"}",
        "{\"profile\":\"x\",\"extend\":\"rfc6043\"}",
        "{\"profile\":\"x\",\"settings\":[]}",
        "{\"profile\":\"x\",\"settings\":{\"nope\":\"sec4\"}}",
        "{\"profile\":\"x\",\"settings\":{\"v_flag\":\"nope\"}}",
        "{\"profile\":\"x\",\"settings\":{\"v_flag\":1}}",
        "{\"profile\":\"x\",\"prot_types\":{\"nope\":1}}",
        "{\"profile\":\"x\",\"prot_types\":{\"tls\":256}}",
        "{\"profile\":\"x\",\"tickets\":[{}]}",
        "{\"profile\":\"x\",\"tickets\":[1,2,3,4,5,6,7,8,9]}",
        "{\"profile\":\"x\",\"flags\":{\"C\":{}}}",
        "{\"profile\":\"x\",\"flags\":{\"D\":{\"value\":2,\"id\":\"TS33328-D-01\"}}}",
        "{\"profile\":\"x\",\"generic_id\":\"RFC6043-99\"}",
        "{\"profile\":\"x\",\"m_lines\":1}",
        "{\"profile\":\"x\",\"indications\":1}",
        "{\"profile\":\"x\",\"indications\":{\"sdp\":\"x\"}}",
        "{\"profile\":\"x\",\"indications\":{\"msrp\":\"\"}}",
        "{\"profile\":\"x\",\"indications\":{\"msrp\":\"a b\"}}",
        "{\"profile\":\"x\",\"indications\":{\"msrp\":7}}",
        "{\"profile\":\"x\",\"http\":1}",
        "{\"profile\":\"x\",\"http\":{\"port\":\"80\"}}",
        "{\"profile\":\"x\",\"http\":{\"path\":\"kms\"}}",
        "{\"profile\":\"x\",\"http\":{\"path\":\"/kms?a=b\"}}",
        "{\"profile\":\"x\",\"http\":{\"path\":\"/a b\"}}",
        "{\"profile\":\"x\",\"http\":{\"query_request\":\"a\\r\\nb\"}}",
        "{\"profile\":\"x\",\"http\":{\"content_type\":\"\"}}",
        "{\"profile\":\"x\",\"http\":{\"content_type\":7}}",
        "{\"profile\":\"x\",\"http\":{\"body\":\"either\"}}",
        "{\"profile\":\"x\",\"crypto_sessions\":{\"prot_types\":[\"nope\"]}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        tg_profile got;
        const char *reason = NULL;
        if (read_profile(texts[i], &got, &reason) == TG_OK)
            fail_msg("accepted: %s", texts[i]);
        assert_non_null(reason);
    }
}

static void http(void **state)
{
    (void)state;
    tg_profile got;
    const char *reason = NULL;
    const char *text = "{\"profile\":\"x\",\"extends\":\"ims-media\",\"http\":{\"path\":\"/kms\",\"query_request\":\"\","
                       "\"query_resolve\":null,\"content_type\":\"application/x\",\"body\":\"base64\"}}";
    assert_int_equal(read_profile(text, &got, &reason), TG_OK);
    assert_string_equal(got.http.path, "/kms");
    assert_string_equal(got.http.query_request, "");
    assert_null(got.http.query_resolve);
    assert_string_equal(got.http.content_type, "application/x");
    assert_int_equal(got.http.body, TG_HTTP_BODY_BASE64);
    assert_int_equal(read_profile("{\"profile\":\"x\",\"extends\":\"ims-media\"}", &got, &reason), TG_OK);
    assert_null(got.http.path);
    assert_int_equal(got.http.body, TG_HTTP_BODY_UNSAID);
}

static void indications(void **state)
{
    (void)state;
    tg_profile got;
    const char *reason = NULL;
    const char *text = "{\"profile\":\"x\",\"extends\":\"ims-media\",\"indications\":{\"attribute\":\"secure\",\"bfcp\":null}}";
    assert_int_equal(read_profile(text, &got, &reason), TG_OK);
    assert_string_equal(got.indications.attribute, "secure");
    assert_string_equal(got.indications.msrp, "msrp-tls");
    assert_null(got.indications.bfcp);
    assert_int_equal(read_profile("{\"profile\":\"x\",\"extends\":null}", &got, &reason), TG_OK);
    assert_null(got.indications.attribute);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in),
        cmocka_unit_test(own_settings),
        cmocka_unit_test(http),
        cmocka_unit_test(indications),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
