/* What is found in messages, where it lies in its frame, and what cannot be read. */
#include "test_trace_support.h"

static const dialog call_1 = { "call-1", 1, RTP_MEDIA };
static const char invite_line[] = "INVITE sip:bob@example.com SIP/2.0";

/* A TRANSFER_INIT with one octet of another value. */
static tg_bytes changed_init(const stage *g, size_t at, uint8_t value)
{
    static uint8_t octets[8192];
    tg_bytes init = story_octets(&g->story, "transfer", 0);
    assert_in_range(init.len, 1, sizeof octets);
    memcpy(octets, init.data, init.len);
    octets[at] = value;
    return tg_bytes_of(octets, init.len);
}

/* A finding names the characters of the base64 that hold its octets: the first octet lies in two characters. */
static void findings_have_their_place(void **state)
{
    stage g;
    (void)state;
    stage_open(&g, "ims-media", false, NULL);
    const told *t = g.bench.told;
    invite_from(&g.bench, 1, 5, &call_1, 1, changed_init(&g, 0, 2)); /* the version */
    assert_int_equal(finish(&g.bench), TGP_FAILS);
    assert_int_equal(t->num_messages, 1);
    assert_true(t->messages[0].num_ids >= 1);
    assert_int_equal(t->messages[0].first_finding_frame, 1);
    assert_int_equal(t->messages[0].first_finding_length, 2);
    stage_close(&g);
}

/* What findings say of octets is said of characters of the frame: here of a part that is base64 as a whole, a description or a MIKEY message. */
static void findings_in_encoded_parts_have_a_place(void **state)
{
    static char body[50000], parts[60000], base64[50000];
    (void)state;
    for (int sdp_part = 0; sdp_part < 2; sdp_part++) {
        stage g;
        stage_open(&g, "ims-media", false, NULL);
        const told *t = g.bench.told;
        tg_bytes init = changed_init(&g, 3, 99); /* no such PRF */
        if (sdp_part)
            description(body, sizeof body, 1, RTP_MEDIA, init);
        tg_base64_encode(sdp_part ? tg_bytes_of(body, strlen(body)) : init, base64);
        snprintf(parts, sizeof parts,
                 "--b\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n",
                 sdp_part ? "application/sdp" : "application/mikey", base64);
        sip(&g.bench, 1, 5, &call_1, invite_line, "INVITE", true, "multipart/mixed;boundary=b", parts);
        assert_int_equal(finish(&g.bench), TGP_FAILS);
        assert_int_equal(t->num_messages, 1);
        assert_true(t->messages[0].num_ids > 0);
        assert_int_equal(t->messages[0].first_finding_frame, 1);
        assert_in_range(t->messages[0].first_finding_offset, 300, 60000);
        stage_close(&g);
    }
}

static void what_does_not_parse_is_told(void **state)
{
    static const uint8_t nonsense[] = { 1, 14, 99, 0, 0, 0, 0, 1, 0, 0 };
    bench b;
    (void)state;
    bench_open(&b, NULL, NULL, 0);
    invite_from(&b, 1, 5, &call_1, 1, tg_bytes_of(nonsense, sizeof nonsense));
    assert_int_equal(finish(&b), TGP_FAILS);
    assert_int_equal(b.told->num_messages, 1);
    assert_false(b.told->messages[0].parses);
    assert_int_equal(b.told->messages[0].conversation, TGP_NONE);
    assert_int_equal(b.told->num_conversations, 0);
    assert_int_equal(b.told->messages[0].num_ids, 1);
    bench_close(&b);
}

/* The body is coded in a way that nobody undoes here: it is counted, and nothing is said to conform. */
static void a_body_that_cannot_be_read_is_told(void **state)
{
    static char body[50000];
    stage g;
    (void)state;
    stage_open(&g, "ims-media", false, NULL);
    description(body, sizeof body, 1, RTP_MEDIA, story_octets(&g.story, "transfer", 0));
    sip(&g.bench, 1, 5, &call_1, invite_line, "INVITE", true, "application/sdp\r\nContent-Encoding: gzip", body);
    assert_int_equal(finish(&g.bench), TGP_INCONCLUSIVE);
    assert_int_equal(g.bench.told->num_messages, 0);
    assert_int_equal(tgp_units_messages(tgp_trace_units(g.bench.trace), TGP_UNITS_UNREAD_BODY), 1);
    stage_close(&g);
}

static void nothing_to_judge(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, NULL, 0);
    sip(&b, 1, 5, &call_1, "OPTIONS sip:bob@example.com SIP/2.0", "OPTIONS", true, NULL, "");
    assert_int_equal(finish(&b), TGP_NOTHING);
    assert_int_equal(b.told->num_steps, 1);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_have_their_place),
        cmocka_unit_test(findings_in_encoded_parts_have_a_place),
        cmocka_unit_test(what_does_not_parse_is_told),
        cmocka_unit_test(a_body_that_cannot_be_read_is_told),
        cmocka_unit_test(nothing_to_judge),
    };
    if (!stages_ready())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
