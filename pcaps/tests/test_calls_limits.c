/* Limits of a call: what lies beyond them is a call of its own, and counted; what is found there is told. */
#include "test_calls_lines.h"
#include "test_calls_support.h"

#define TGPC_KEYS 4095 /* of a call */

static void expect_early(uint64_t early, const char *findings)
{
    finish();
    assert_int_equal(tgp_calls_closed_early(room.calls), early);
    expect(findings);
}

static const char *host(unsigned block, unsigned n)
{
    static char texts[4][32];
    static unsigned next;
    char *text = texts[next++ % 4];
    snprintf(text, sizeof texts[0], "10.0.%u.%u", block, n + 1);
    return text;
}

/* An offer with a TRANSFER_INIT that wants an answer, and a 2xx that has none. */
static void accept_without_answer(unsigned cseq, const char *answer)
{
    request(UE, EDGE, "INVITE", cseq, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(EDGE, UE, 200, "INVITE", cseq, "b", answer ? answer : sdp(2, SAVP));
}

static void legs(void **state)
{
    static const struct {
        unsigned num, early;
        const char *findings;
    } rows[] = { { TGP_CALL_MAX_LEGS - 1, 0, "RFC6043-4.2.2.2-04@17" },
                 { TGP_CALL_MAX_LEGS, 1, "RFC6043-4.2.2.2-04@18" },
                 { TGP_CALL_MAX_LEGS + 1, 1, "RFC6043-4.2.2.2-04@19" } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        for (unsigned leg = 0; leg < rows[i].num; leg++)
            request(host(0, leg), host(1, leg), "OPTIONS", 1, "", NULL);
        accept_without_answer(2, NULL);
        assert_int_equal(tgp_call_number(room.found[0].call), rows[i].early);
        assert_int_equal(tgp_call_origin(room.found[0].call), 0); /* what it goes on from */
        expect_early(rows[i].early, rows[i].findings);
    }
}

enum {
    OF_ONE = 60,
    OF_BODIES = 64 /* kept for each body */,
    FILLING = (TGPC_KEYS - OF_BODIES) / OF_ONE /* messages for which there is room */
};

/* A description with OF_ONE attributes of another protocol, and what comes behind them. */
static const char *many_keys(const char *last)
{
    static char body[8192];
    size_t at = (size_t)snprintf(body, sizeof body, "%s", sdp(1, "m=audio 40000 RTP/SAVP 96\n"));
    for (unsigned i = 0; i < OF_ONE; i++)
        at += (size_t)snprintf(body + at, sizeof body - at, "a=key-mgmt:x AAAA\n");
    snprintf(body + at, sizeof body - at, "%s", last);
    return body;
}

/* Attributes of another protocol fill the call; the broken one is found, in the message behind them and as the last of the one that has no room. */
static void keys(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        char broken[64];
        begin();
        for (unsigned i = 0; i < FILLING + more; i++)
            request(UE, EDGE, "INVITE", i + 1, "", many_keys(""));
        assert_int_equal(tgp_calls_closed_early(room.calls), more);
        request(UE, EDGE, "INVITE", FILLING + more + 1, "", many_keys("a=key-mgmt:mikey !!!!\n"));
        finish();
        assert_int_equal(tgp_calls_closed_early(room.calls), 1);
        snprintf(broken, sizeof broken, "RFC4567-3-01@%u", FILLING + more + 1);
        assert_non_null(strstr(room.findings, broken));
        tgp_calls_free(room.calls);
        room.calls = NULL;
    }
}

static void media(void **state)
{
    static const struct {
        unsigned legs, early;
    } rows[] = { { 3, 0 }, { 4, 1 }, { 5, 1 } };
    static char body[2048];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char findings[64];
        letter init = transfer_init;
        init.num_ssrcs = 2; /* of both ways */
        init.ssrcs[0] = init.ssrcs[1] = 0x01020304;
        begin();
        size_t at = (size_t)snprintf(body, sizeof body, "%s", sdp(9, ""));
        for (unsigned m = 0; m < 16; m++)
            at += (size_t)snprintf(body + at, sizeof body - at, "m=message 2000 TCP/TLS/MSRP *\n");
        for (unsigned leg = 0; leg < rows[i].legs; leg++)
            request(host(0, leg), host(1, leg), "INVITE", 1, "", body);
        request(UE, EDGE, "INVITE", 2, "", sdp(1, KEY SAVP, base64_of(&init)));
        response(EDGE, UE, 200, "INVITE", 2, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
        take_octets_of(TGP_UNIT_RTP, "192.0.2.1:40000", "192.0.2.2:40000", 0, "\x80\x60\0\1\0\0\0\1\7\7\7\7", 12);
        snprintf(findings, sizeof findings, "RFC6043-6.1.1-08@%u", rows[i].legs + 3);
        expect_early(rows[i].early, findings);
    }
}

static void connections(void **state)
{
    (void)state;
    for (unsigned num = 4; num <= 64; num += 60) { /* what is beyond the most is counted */
        char findings[64];
        begin();
        request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
        response(EDGE, UE, 200, "INVITE", 1, "b", sdp(10, TLS_LINE FP, PRINT_2));
        for (unsigned i = 0; i < num; i++) {
            char client[32];
            snprintf(client, sizeof client, "192.0.2.1:%u", 30000 + i);
            take_octets_of(TGP_UNIT_TLS, client, "192.0.2.10:7000", i + 1, "\x16\3\3\0\2\1\0", 7);
        }
        assert_int_equal(tgp_calls_closed_early(room.calls), 0);
        take_octets_of(TGP_UNIT_MSRP, "192.0.2.1:40000", "192.0.2.10:7000", 500, "MSRP x SEND\r\n", 13);
        if (num == 64) {
            assert_int_equal(tgp_calls_closed_early(room.calls), 1);
            finish();
            tgp_calls_free(room.calls);
            room.calls = NULL;
            continue;
        }
        snprintf(findings, sizeof findings, "TS33328-7.2.1-06@%u", num + 3);
        finish();
        assert_non_null(strstr(room.findings, findings));
        assert_int_equal(tgp_calls_closed_early(room.calls), 0);
        tgp_calls_free(room.calls);
        room.calls = NULL;
    }
}

/* Calls that were full at a time: what comes of each goes on from it. */
static void several_full_calls(void **state)
{
    enum { CALLS = 20 };
    (void)state;
    begin();
    for (unsigned again = 0; again < 2; again++) {
        for (unsigned i = 0; i < CALLS; i++) {
            char id[32];
            snprintf(id, sizeof id, "full-%u", i);
            call_id = id;
            for (unsigned leg = 0; !again && leg <= TGP_CALL_MAX_LEGS; leg++)
                request(host(0, leg), host(1, leg), "OPTIONS", 1, "", NULL);
            if (again)
                request(UE, EDGE, "INVITE", 2, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
            if (again && i < 5)
                assert_int_equal(tgp_call_origin(room.found[i].call),
                                 2 * i); /* each was followed by what went on from it */
        }
    }
    call_id = "c1@example.com";
    assert_int_equal(tgp_calls_closed_early(room.calls), CALLS);
    finish();
    tgp_calls_free(room.calls);
    room.calls = NULL;
}

static const letter first = { .type = TG_DATA_TYPE_TRANSFER_INIT,
                              .csb = 1,
                              .ticket = true,
                              .resolver = "?@example.com",
                              .identity_role = TG_ID_ROLE_I,
                              .identity = "alice@example.com" };

/* A MESSAGE goes to many, and one of the last of them sends it on. */
static void many_receivers(void **state)
{
    (void)state;
    for (unsigned num = 10; num <= 20; num += 10) { /* more legs than a call may have are those of another */
        char findings[64];
        begin();
        call_id = "m";
        more_headers = "Content-Type: application/mikey\n";
        request(UE, EDGE, "MESSAGE", 1, "", base64_of(&first));
        for (unsigned i = 0; i < num; i++)
            request(EDGE, host(0, i), "MESSAGE", 1, "", base64_of(&first));
        call_id = "on";
        request_uri = "sip:mallory@example.org";
        request(host(0, num - 1), PEER, "MESSAGE", 1, "", base64_of(&first));
        call_id = "c1@example.com";
        request_uri = "sip:bob@example.com";
        more_headers = "";
        snprintf(findings, sizeof findings, "TS33328-F.3-20@%u", num + 2);
        expect_early(num > TGP_CALL_MAX_LEGS, findings);
    }
}

/* A list server sends on to more than a set of tickets has room for. */
static void copies_of_a_list_server(void **state)
{
    letter again = first;
    (void)state;
    again.csb = 2;
    for (unsigned num = 0; num <= 40; num += 20) {
        char id[32], findings[64];
        begin();
        for (unsigned i = 0; i <= num; i++) {
            snprintf(id, sizeof id, "m%u", i);
            call_id = id;
            request_uri = i ? "sip:bob@example.com" : "sip:list@example.com";
            more_headers = "Content-Type: application/mikey\n";
            request(i ? EDGE : UE, i ? host(0, i) : EDGE, "MESSAGE", 1, "", base64_of(&first));
        }
        call_id = "again";
        request_uri = "sip:carol@example.com";
        request(UE, PEER, "MESSAGE", 1, "", base64_of(&again));
        call_id = "thief";
        request_uri = "sip:mallory@example.org";
        request(EDGE, PEER, "MESSAGE", 1, "", base64_of(&first));
        call_id = "c1@example.com";
        request_uri = "sip:bob@example.com";
        more_headers = "";
        snprintf(findings, sizeof findings, "TS33328-F.3-18@%u TS33328-F.3-20@%u", num + 2, num + 3);
        expect(findings);
    }
}

/* A message that was cut counts by its second octet (vectors/TRACE.md section 5). */
static void cut_answers(void **state)
{
    static const char *const cut[] = { "AQ8=", "AQ8F", "AQ8FAYKoDQ==" }; /* 2, 3 and 7 octets */
    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        begin();
        accept_without_answer(1, sdp(2, KEY SAVP, cut[i]));
        expect("");
    }
    begin(); /* one octet says nothing */
    accept_without_answer(1, sdp(2, KEY SAVP, "AQ=="));
    expect("RFC6043-4.2.2.2-04@2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legs),
        cmocka_unit_test(keys),
        cmocka_unit_test(media),
        cmocka_unit_test(connections),
        cmocka_unit_test(copies_of_a_list_server),
        cmocka_unit_test(several_full_calls),
        cmocka_unit_test(many_receivers),
        cmocka_unit_test(cut_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
