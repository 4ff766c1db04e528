/* What is not compared, beyond a bound of what one thing is compared with: it is counted, and no finding is made of it. */
#include "test_calls_lines.h"
#include "test_calls_support.h"

static uint64_t finish_and_count(void)
{
    finish();
    uint64_t early = tgp_calls_closed_early(room.calls);
    tgp_calls_free(room.calls);
    room.calls = NULL;
    call_id = "c1@example.com";
    more_headers = "";
    request_uri = "sip:bob@example.com";
    return early;
}

static unsigned found(const char *id)
{
    unsigned num = 0;
    for (const char *at = room.findings; (at = strstr(at, id)) != NULL; at++)
        num++;
    return num;
}

/* Whose offers of a call are followed (RFC 4567 4.1.2). */
static void senders(void **state)
{
    enum { MOST = 64 };
    (void)state;
    for (unsigned more = 0; more <= 2; more++) {
        begin();
        for (unsigned i = 0; i < MOST + more; i++) {
            char head[1024];
            snprintf(head, sizeof head,
                     "INVITE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP h.example.com;branch=z9hG4bK%u\n"
                     "From: <sip:alice@example.com>;tag=t%u\nTo: <sip:bob@example.com>\nCall-ID: c1\nCSeq: 1 INVITE\n",
                     i, i);
            sip(UE, EDGE, head, sdp(1, SAVP KEY, base64_of(&transfer_init)));
        }
        assert_int_equal(finish_and_count(), more);
    }
}

/* A call is linked with 16; with those of the same ticket or icid-value that came before it with the newest 15 (and the first of the ticket). So
 * of 17 the last lacks one; of 18 the two last do, and those but the first two are linked with by too many. */
static const struct {
    unsigned calls, lacking;
} linked[] = { { 16, 0 }, { 17, 1 }, { 18, 16 } };
enum { NUM_LINKED = sizeof linked / sizeof linked[0] };

static void name_call(unsigned n)
{
    static char text[32];
    snprintf(text, sizeof text, "call-%u", n);
    call_id = text;
}

/* In one of the linked calls may be the hop before: then the Request-URI is not the first. */
static void links_by_tickets(void **state)
{
    (void)state;
    for (size_t row = 0; row < NUM_LINKED; row++) {
        begin();
        request_uri = "sip:mallory@example.org";
        for (unsigned i = 0; i < linked[row].calls; i++) {
            name_call(i);
            room.replay = 1;
            request(UE, EDGE, "INVITE", 1, "", sdp(1, SAVP KEY, base64_of(&transfer_init)));
        }
        assert_int_equal(finish_and_count(), linked[row].lacking);
        assert_int_equal(found("TS33328-B.1-x01"), linked[row].calls - linked[row].lacking);
    }
}

/* In one of them may be what an offer goes on with (7.2.1, 7.3.1). */
static void links_by_charging(void **state)
{
    (void)state;
    for (size_t row = 0; row < NUM_LINKED; row++) {
        begin();
        more_headers = "P-Charging-Vector: icid-value=one\n";
        for (unsigned i = 0; i < linked[row].calls; i++) {
            name_call(i);
            request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
        }
        assert_int_equal(finish_and_count(), linked[row].lacking);
        assert_string_equal(room.findings, "");
    }
}

/* m-lines of so many calls name one end, where a connection begins without TLS: it may be of any of them. */
static void named_ends(void **state)
{
    static const struct {
        unsigned calls, early;
    } rows[] = { { 1, 0 }, { 30, 0 }, { 31, 0 }, { 32, 1 }, { 40, 1 } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        for (unsigned n = 0; n < rows[i].calls; n++) {
            name_call(n);
            request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
            response(EDGE, UE, 200, "INVITE", 1, "b", sdp(10, TLS_LINE FP, PRINT_2));
        }
        take_octets_of(TGP_UNIT_MSRP, "192.0.2.1:40000", "192.0.2.10:7000", 500, "MSRP x SEND\r\n", 13);
        uint64_t early = finish_and_count();
        if (early != rows[i].early || found("TS33328-7.2.1-06") != !rows[i].early)
            fail_msg("%u calls: %u counted; %s", rows[i].calls, (unsigned)early, room.findings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(senders),
        cmocka_unit_test(links_by_tickets),
        cmocka_unit_test(links_by_charging),
        cmocka_unit_test(named_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
