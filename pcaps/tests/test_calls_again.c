/* What is sent once more, and what rows on answers ask for then (TRACE.md sections 2 and 5). */
#include "test_calls_support.h"

#define REFUSAL "a=key-mgmt:mikey %s\nm=audio 0 RTP/SAVP 96\n"
#define FP                                                                                                             \
    "a=fingerprint:SHA-256 "                                                                                           \
    "01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01\n"

/* Accepted without TRANSFER_RESP: of a copy of what was accepted before that is right, of a replay it is not, on no hop. */
static void a_replay_wants_an_answer(void **state)
{
    char offer[4096], answer[4096], plain[4096];
    (void)state;
    snprintf(offer, sizeof offer, "%s", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    snprintf(answer, sizeof answer, "%s", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    snprintf(plain, sizeof plain, "%s", sdp(2, SAVP));
    for (int replay = 0; replay < 2; replay++) {
        begin();
        room.replay = replay ? 5 : 0; /* from this frame on it is another message with the same octets */
        request(UE, EDGE, "INVITE", 1, "", offer);
        request(EDGE, PEER, "INVITE", 1, "", offer);
        response(PEER, EDGE, 200, "INVITE", 1, "b", answer);
        response(EDGE, UE, 200, "INVITE", 1, "b", answer);
        request(UE, EDGE, "INVITE", 2, "b", offer);
        request(EDGE, PEER, "INVITE", 2, "b", offer);
        response(PEER, EDGE, 200, "INVITE", 2, "b", plain);
        response(EDGE, UE, 200, "INVITE", 2, "b", plain);
        expect(replay ? "RFC6043-4.2.2.2-04@8" : "");
    }
}

/* Who was called repeats what he accepted. */
static void a_copy_by_the_other_side(void **state)
{
    const char *head = "INVITE sip:alice@example.com SIP/2.0\nFrom: <sip:bob@example.com>;tag=b\nTo: "
                       "<sip:alice@example.com>;tag=a\nCall-ID: c1@example.com\nCSeq: 1 INVITE\n",
               *ok = "SIP/2.0 200 OK\nFrom: <sip:bob@example.com>;tag=b\nTo: <sip:alice@example.com>;tag=a\n"
                     "Call-ID: c1@example.com\nCSeq: 1 INVITE\n";
    (void)state;
    begin();
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    sip(PEER, UE, head, sdp(2, KEY SAVP, base64_of(&transfer_init)));
    sip(UE, PEER, ok, sdp(1, SAVP));
    expect("");
}

/* One rejected attribute of several ends the session, whichever m-line is accepted (RFC 4567 4.1.2). */
static void one_of_several_is_rejected(void **state)
{
    letter other = { .type = TG_DATA_TYPE_PSK_INIT, .csb = 9 };
    (void)state;
    for (int accepted = 0; accepted < 2; accepted++) {
        begin();
        room.rejected = TG_DATA_TYPE_PSK_INIT;
        exchange(sdp(1, SAVP KEY "m=video 40002 RTP/SAVP 97\n" KEY, base64_of(&transfer_init), base64_of(&other)),
                 sdp(2, "m=audio %d RTP/SAVP 96\n" KEY "m=video 0 RTP/SAVP 97\n", accepted ? 40000 : 0,
                     base64_of(&transfer_resp)));
        expect(accepted ? "RFC4567-4.1.2-11@2" : "");
    }
}

/* What the UE asks for goes on as what the network applied: row 7.3.1-01 speaks of that. */
static void requested_goes_on_as_applied(void **state)
{
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, "m=message 7000 TCP/TLS/MSRP *\na=3ge2ae:requested\n" FP));
    request(EDGE, CORE, "INVITE", 1, "", sdp(1, "m=message 7000 TCP/MSRP *\na=3ge2ae:applied\n" FP));
    response(CORE, EDGE, 200, "INVITE", 1, "b", sdp(2, "m=message 7000 TCP/MSRP *\n" FP));
    response(EDGE, UE, 200, "INVITE", 1, "b", sdp(2, "m=message 7000 TCP/MSRP *\n"));
    expect("TS33328-7.2.1-05@4");
}

static void expect_parties(tgp_call *call, const char *caller, const char *called)
{
    tgp_call_facts facts;
    tgp_call_facts_of(call, &facts);
    assert_string_equal(facts.caller, caller);
    assert_string_equal(facts.called, called);
}

/* A capture that begins with an answer: the first request says who calls, be it an ACK; and he who asks before does not stop it. */
static void a_call_that_begins_with_its_answer(void **state)
{
    (void)state;
    begin();
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    expect_parties(room.found[0].call, "", "");
    request(UE, PEER, "ACK", 1, "b", NULL);
    expect_parties(room.found[0].call, "sip:alice@example.com", "sip:bob@example.com");
    request_uri = "sip:bob@192.0.2.2";
    request(UE, PEER, "INVITE", 2, "b", NULL);
    request_uri = "sip:bob@example.com";
    expect_parties(room.found[0].call, "sip:alice@example.com", "sip:bob@192.0.2.2");
    expect("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_wants_an_answer),           cmocka_unit_test(a_copy_by_the_other_side),
        cmocka_unit_test(one_of_several_is_rejected),         cmocka_unit_test(requested_goes_on_as_applied),
        cmocka_unit_test(a_call_that_begins_with_its_answer),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tgp_calls_free(room.calls);
    return failed;
}
