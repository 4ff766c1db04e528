/* What is broken on every hop of a request is found once: at its first hop, of responses too (TRACE.md section 5). */
#include "test_calls_support.h"

#define FP "a=fingerprint:SHA-256 %s\n"
#define ASK "a=3ge2ae:requested\n"
#define TLS_LINE "m=message 7000 TCP/TLS/MSRP *\n"
#define TCP_LINE "m=message 7000 TCP/MSRP *\n"
#define PRINT_1 "01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01"
#define BOTH "msrp-tls;mediasec"
#define BROKEN "a=key-mgmt:mikey !\n" SAVP

/* Another hop by the same two ends is still the same request. */
static void a_request_that_comes_back(void **state)
{
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        begin();
        room.transport = stream ? TGP_TCP : TGP_UDP;
        request(UE, EDGE, "INVITE", 1, "", sdp(1, SAVP));
        request(EDGE, CORE, "INVITE", 1, "", sdp(1, BROKEN));
        request(CORE, EDGE, "INVITE", 1, "", sdp(1, BROKEN));
        request(EDGE, PEER, "INVITE", 1, "", sdp(1, BROKEN));
        expect("RFC4567-3-01@2");
    }
}

/* A second request by the same sender is another matter, also where it is seen on another leg alone. */
static void each_request_for_itself(void **state)
{
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, BROKEN));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, BROKEN));
    request(EDGE, PEER, "INVITE", 2, "", sdp(1, BROKEN));
    expect("RFC4567-3-01@1 RFC4567-3-01@3");
}

static void two_attributes_are_two(void **state)
{
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, "a=key-mgmt:mikey !\n" BROKEN));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, "a=key-mgmt:mikey !\n" BROKEN));
    expect("RFC4567-3-01@1 RFC4567-3-01@1");
}

/* A response is met on the last hop first. */
static void responses_at_the_first_hop(void **state)
{
    const char *refusal;
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    refusal = sdp(2, "a=key-mgmt:mikey %s\nm=audio 0 RTP/SAVP 96\n", base64_of(&mikey_error));
    response(PEER, EDGE, 486, "INVITE", 1, "b", refusal);
    response(EDGE, UE, 486, "INVITE", 1, "b", refusal);
    expect("RFC4567-4.1.2-07@4");
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, EDGE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    response(EDGE, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    expect("RFC4567-4.1.2-16@4 RFC6043-4.2.2.2-04@4");
    begin(); /* where it does not come back as far, as far as it came */
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, EDGE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    expect("RFC4567-4.1.2-16@3 RFC6043-4.2.2.2-04@3");
}

/* Responses of two To tags, as of a forked request, are two. */
static void each_response_for_itself(void **state)
{
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(EDGE, CORE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, EDGE, 183, "INVITE", 1, "b", sdp(2, BROKEN));
    response(EDGE, UE, 183, "INVITE", 1, "b", sdp(2, BROKEN));
    response(CORE, EDGE, 183, "INVITE", 1, "c", sdp(2, BROKEN));
    response(EDGE, UE, 183, "INVITE", 1, "c", sdp(2, BROKEN));
    expect("RFC4567-3-01@5 RFC4567-3-01@7");
}

/* B.1: the first hop, which is not the first leg of the call. */
static void who_may_resolve(void **state)
{
    letter to_carol = transfer_init, again;
    (void)state;
    to_carol.resolver = "carol@example.com";
    again = to_carol;
    again.salt = 5;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(PEER, CORE, "INVITE", 2, "", sdp(1, KEY SAVP, base64_of(&again)));
    request(CORE, "192.0.2.30", "INVITE", 2, "", sdp(1, KEY SAVP, base64_of(&again)));
    expect("TS33328-B.1-x01@2");
    begin(); /* a request that goes on: its URI may have been changed on the way */
    request(UE, EDGE, "INVITE", 1, "", sdp(1, SAVP));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&to_carol)));
    expect("");
}

static void say_registered(const char *ue, unsigned cseq, const char *security)
{
    char head[1024];
    snprintf(head, sizeof head,
             "REGISTER sip:example.com SIP/2.0\nFrom: <sip:alice@example.com>;tag=r\nTo: <sip:alice@example.com>\n"
             "Call-ID: r-%s\nCSeq: %u REGISTER\nSecurity-Client: " BOTH "\n",
             ue, cseq);
    sip(ue, CORE, head, NULL);
    snprintf(head, sizeof head,
             "SIP/2.0 200 OK\nFrom: <sip:alice@example.com>;tag=r\nTo: <sip:alice@example.com>;tag=s\n"
             "Call-ID: r-%s\nCSeq: %u REGISTER\n%s",
             ue, cseq, security);
    sip(CORE, ue, head, NULL);
}

#define SERVER "Security-Server: " BOTH "\n"

/* The UE of an offer is who sent its first hop; whoever registered behind it is somebody else. */
static void the_ue_sent_the_first_hop(void **state)
{
    char by_ue[2048];
    (void)state;
    snprintf(by_ue, sizeof by_ue, "%s", sdp(1, TLS_LINE ASK FP, PRINT_1));
    for (int of_ue = 0; of_ue < 2; of_ue++) {
        begin();
        say_registered(of_ue ? UE : EDGE, 1, "");
        request(UE, EDGE, "INVITE", 1, "", by_ue);
        request(EDGE, CORE, "INVITE", 1, "", by_ue);
        expect(of_ue ? "" : "TS33328-7.2.1-03@4");
        begin();
        say_registered(of_ue ? UE : EDGE, 1, SERVER);
        request("192.0.2.50", UE, "INVITE", 1, "x", sdp(1, SAVP)); /* another leg is the call's first */
        request(UE, EDGE, "INVITE", 2, "", sdp(1, TCP_LINE));
        request(EDGE, CORE, "INVITE", 2, "", sdp(1, TCP_LINE));
        expect(of_ue ? "TS33328-7.2.1-01@4" : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_comes_back), cmocka_unit_test(each_request_for_itself),
        cmocka_unit_test(two_attributes_are_two),    cmocka_unit_test(responses_at_the_first_hop),
        cmocka_unit_test(each_response_for_itself),  cmocka_unit_test(who_may_resolve),
        cmocka_unit_test(the_ue_sent_the_first_hop),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tgp_calls_free(room.calls);
    return failed;
}
