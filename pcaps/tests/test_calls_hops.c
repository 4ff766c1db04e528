/* Hops, dialogs and registrations: requests that come back by the same two ends, early dialogs, who is registered, what is repeated, what is selected. */
#include "test_calls_lines.h"
#include "test_calls_support.h"

#define BOTH "msrp-tls;mediasec"

static void say_register(const char *who, const char *ue, unsigned cseq, const char *more)
{
    char head[1024];
    snprintf(head, sizeof head,
             "REGISTER sip:example.com SIP/2.0\nFrom: <sip:%s@example.com>;tag=r\nTo: <sip:%s@example.com>\nCall-ID: "
             "r-%s-%s\nCSeq: %u REGISTER\n%s",
             who, who, who, ue, cseq, more);
    sip(ue, EDGE, head, NULL);
}

static void say_registered(const char *who, const char *ue, unsigned cseq, unsigned status, const char *more)
{
    char head[1024];
    snprintf(head, sizeof head,
             "SIP/2.0 %u Word\nFrom: <sip:%s@example.com>;tag=r\nTo: <sip:%s@example.com>;tag=s\nCall-ID: "
             "r-%s-%s\nCSeq: %u REGISTER\n%s",
             status, who, who, who, ue, cseq, more);
    sip(EDGE, ue, head, NULL);
}

#define CLIENT "Security-Client: " BOTH "\n"
#define SERVER "Security-Server: " BOTH "\n"

static void registrations_by_identity(void **state)
{
    (void)state;
    begin(); /* a challenge, then the registration: the response to the first says what the network supports */
    say_register("alice", UE, 1, CLIENT);
    say_registered("alice", UE, 1, 401, SERVER);
    say_register("alice", UE, 2, CLIENT);
    say_registered("alice", UE, 2, 200, "");
    request(UE, EDGE, "INVITE", 1, "", sdp(1, TCP_LINE));
    expect("TS33328-7.2.1-01@5");
    begin(); /* it was refused */
    say_register("alice", UE, 1, CLIENT);
    say_registered("alice", UE, 1, 401, SERVER);
    say_register("alice", UE, 2, CLIENT);
    say_registered("alice", UE, 2, 403, "");
    request(UE, EDGE, "INVITE", 1, "", sdp(1, TCP_LINE));
    expect("");
    begin(); /* somebody else behind the same address */
    say_register("carol", UE, 1, CLIENT);
    say_registered("carol", UE, 1, 200, SERVER);
    request(UE, EDGE, "INVITE", 1, "", sdp(1, TCP_LINE));
    expect("");
    /* what the network says in a later response of the Call-ID counts; of another one it does not */
    for (int again = 0; again < 2; again++) {
        begin();
        say_register("alice", UE, 1, CLIENT);
        say_registered("alice", UE, 1, 200, "");
        say_register(again ? "alice" : "carol", UE, 2, CLIENT);
        say_registered(again ? "alice" : "carol", UE, 2, 403, SERVER);
        request(UE, EDGE, "INVITE", 1, "", sdp(1, TCP_LINE));
        expect(again ? "TS33328-7.2.1-01@5" : "");
    }
    for (int again = 0; again < 2; again++) { /* and where the REGISTER of that response is not in the capture */
        begin();
        say_registered(again ? "alice" : "carol", UE, 1, 401, SERVER);
        say_register("alice", UE, 2, CLIENT);
        say_registered("alice", UE, 2, 200, "");
        request(UE, EDGE, "INVITE", 1, "", sdp(1, TCP_LINE));
        expect(again ? "TS33328-7.2.1-01@4" : "");
    }
    begin(); /* ended, and made again without it */
    say_register("alice", UE, 1, CLIENT);
    say_registered("alice", UE, 1, 200, SERVER);
    say_register("alice", UE, 2, CLIENT "Contact: *\nExpires: 0\n");
    say_registered("alice", UE, 2, 200, "");
    say_register("alice", UE, 3, "");
    say_registered("alice", UE, 3, 200, "");
    request(UE, EDGE, "INVITE", 1, "", sdp(1, TCP_LINE));
    expect("");
    begin(); /* within a dialog */
    say_register("alice", UE, 1, CLIENT);
    say_registered("alice", UE, 1, 200, SERVER);
    request(UE, EDGE, "INVITE", 1, "b", sdp(1, TCP_LINE));
    expect("");
}

/* The network did not say that it supports e2ae security: what the UE asks for goes on as it is (7.2.1 step 2). */
static void a_network_without_support(void **state)
{
    char by_ue[2048], by_peer[2048];
    (void)state;
    snprintf(by_ue, sizeof by_ue, "%s", sdp(1, TLS_LINE ASK FP, PRINT_1));
    snprintf(by_peer, sizeof by_peer, "%s", sdp(2, TLS_LINE FP, PRINT_2));
    for (int supports = 0; supports < 2; supports++) {
        begin();
        say_register("alice", UE, 1, CLIENT);
        say_registered("alice", UE, 1, 200, supports ? SERVER : "");
        request(UE, EDGE, "INVITE", 1, "", by_ue);
        request(EDGE, CORE, "INVITE", 1, "", by_ue);
        request(CORE, "192.0.2.30", "INVITE", 1, "", by_ue);
        response("192.0.2.30", CORE, 200, "INVITE", 1, "b", by_peer);
        response(CORE, EDGE, 200, "INVITE", 1, "b", by_peer);
        response(EDGE, UE, 200, "INVITE", 1, "b", by_peer);
        expect(supports ? "TS33328-7.2.1-03@4 TS33328-7.2.1-05@8" : "");
    }
}

/* Both UEs are behind one P-CSCF (EDGE) and one S-CSCF (CORE): the request comes back by the same two ends. */
static void both_behind_one_edge(void **state)
{
    char by_ue[2048], to_peer[2048];
    (void)state;
    snprintf(by_ue, sizeof by_ue, "%s", sdp(1, TLS_LINE ASK FP, PRINT_1));
    snprintf(to_peer, sizeof to_peer, "%s", sdp(10, TLS_LINE APPLY FP, PRINT_2));
    for (int stream = 0; stream < 2; stream++)
        for (int bad = 0; bad < 2; bad++) {
            begin();
            room.transport = stream ? TGP_TCP : TGP_UDP;
            request(UE, EDGE, "INVITE", 1, "", by_ue);
            request(EDGE, CORE, "INVITE", 1, "", bad ? by_ue : sdp(10, TCP_LINE));
            request(CORE, EDGE, "INVITE", 1, "", sdp(20, TCP_LINE));
            request(EDGE, PEER, "INVITE", 1, "", to_peer);
            response(PEER, EDGE, 200, "INVITE", 1, "b", sdp(2, TLS_LINE FP, PRINT_1));
            response(EDGE, CORE, 200, "INVITE", 1, "b", sdp(10, TCP_LINE));
            response(CORE, EDGE, 200, "INVITE", 1, "b", sdp(20, TCP_LINE));
            response(EDGE, UE, 200, "INVITE", 1, "b", sdp(10, TLS_LINE FP, PRINT_2));
            expect(bad ? "TS33328-7.2.1-03@2" : "");
        }
}

/* One node is P-CSCF of both UEs, and asks nobody: it takes off what was requested and applies it. */
static void on_to_the_other_ue(void **state)
{
    static const struct {
        const char *lines, *findings;
    } onwards[] = {
        { TLS_LINE APPLY FP, "" },
        { TLS_LINE APPLY, "TS33328-7.3.1-01@2" }, /* without fingerprint */
        { TLS_LINE ASK APPLY FP, "TS33328-7.2.1-03@2" },
        { TLS_LINE ASK FP, "TS33328-7.2.1-03@2" },
        { TLS_LINE FP, "TS33328-7.2.1-03@2" },
    };
    (void)state;
    for (int tls = 0; tls < 2; tls++)
        for (size_t i = 0; i < sizeof onwards / sizeof onwards[0]; i++) {
            begin();
            room.profile.settings.e2ae_core = tls ? TG_E2AE_CORE_TLS : TG_E2AE_CORE_PLAIN;
            request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
            request(EDGE, PEER, "INVITE", 1, "", sdp(10, onwards[i].lines, PRINT_1));
            expect(onwards[i].findings);
            assert_string_equal(room.notes,
                                tls && strcmp(onwards[i].findings, "TS33328-7.2.1-03@2") == 0 ? "core_tls@2" : "");
        }
}

/* And what the UE that asked gets from there is secured: that is the answer of row 7.2.1-05, and not one to the core network. */
static void back_from_the_other_ue(void **state)
{
    static const struct {
        const char *lines, *print, *findings;
    } back[] = {
        { TLS_LINE FP, PRINT_1, "" },
        { TCP_LINE, PRINT_1, "TS33328-7.2.1-05@4" },
        { TCP_LINE FP, PRINT_1, "TS33328-7.2.1-05@4" },
        { TLS_LINE FP, PRINT_2, "TS33328-7.2.1-05@4" }, /* the fingerprint of the other UE */
    };
    (void)state;
    for (int tls = 0; tls < 2; tls++)
        for (size_t i = 0; i < sizeof back / sizeof back[0]; i++) {
            begin();
            room.profile.settings.e2ae_core = tls ? TG_E2AE_CORE_TLS : TG_E2AE_CORE_PLAIN;
            request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
            request(EDGE, PEER, "INVITE", 1, "", sdp(10, TLS_LINE APPLY FP, PRINT_1));
            response(PEER, EDGE, 200, "INVITE", 1, "b", sdp(2, TLS_LINE FP, PRINT_2));
            response(EDGE, UE, 200, "INVITE", 1, "b", sdp(10, back[i].lines, back[i].print));
            expect(back[i].findings);
            assert_string_equal(room.notes, "");
        }
}

/* m-lines that are given up break nothing. */
static void port_zero(void **state)
{
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, "m=message 0 TCP/TLS/MSRP *\n" ASK));
    request(EDGE, CORE, "INVITE", 1, "", sdp(10, "m=message 0 TCP/TLS/MSRP *\n" ASK));
    expect("");
}

/* Each early dialog counts CSeq for itself (RFC 3261 12.2.1.1): the UPDATE to the second is no copy of that to the first. */
static void two_early_dialogs(void **state)
{
    (void)state;
    begin();
    request(UE, PEER, "INVITE", 1, "", NULL);
    request(UE, PEER, "UPDATE", 2, "b", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 200, "UPDATE", 2, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    request(UE, PEER, "UPDATE", 2, "c", sdp(1, "a=key-mgmt:mikey !\n" SAVP));
    response(PEER, UE, 200, "UPDATE", 2, "c", sdp(2, "m=audio 0 RTP/SAVP 96\n"));
    expect("RFC4567-3-01@4");
}

/* Of two protocols the answer has the other one: mikey was not processed (RFC 4567 4.1.2). */
static void another_is_selected(void **state)
{
    (void)state;
    for (int selects = 0; selects < 2; selects++) {
        begin();
        exchange(sdp(1, "a=key-mgmt:keyp2 QUJD\n" KEY SAVP, base64_of(&transfer_init)),
                 sdp(2, "%s" SAVP, selects ? "a=key-mgmt:keyp2 QUJD\n" : ""));
        expect(selects ? "" : "RFC6043-4.2.2.2-04@2");
    }
    begin(); /* and it stays with that: mikey was never agreed on */
    exchange(sdp(1, "a=key-mgmt:keyp2 QUJD\n" KEY SAVP, base64_of(&transfer_init)),
             sdp(2, "a=key-mgmt:keyp2 QUJD\n" SAVP));
    request(UE, PEER, "INVITE", 2, "b", sdp(1, "a=key-mgmt:keyp2 QUJD\n" SAVP));
    response(PEER, UE, 200, "INVITE", 2, "b", sdp(2, "a=key-mgmt:keyp2 QUJD\n" SAVP));
    expect("");
}

/* A refresh repeats the offer, and its answer need not repeat the TRANSFER_RESP (RFC 4028 7.4). */
static void a_refresh_wants_no_answer(void **state)
{
    char offer[4096];
    letter other = transfer_init;
    (void)state;
    other.salt = 9;
    snprintf(offer, sizeof offer, "%s", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    begin();
    exchange(offer, sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    request(UE, PEER, "INVITE", 2, "b", offer);
    response(PEER, UE, 200, "INVITE", 2, "b", sdp(2, SAVP));
    request(UE, PEER, "INVITE", 3, "b", sdp(1, KEY SAVP, base64_of(&other))); /* that is another matter */
    response(PEER, UE, 200, "INVITE", 3, "b", sdp(2, SAVP));
    expect("RFC6043-4.2.2.2-04@7");
}

/* The ACK goes past the proxy (RFC 3261 13.2.2.4), and has the answer to what the 2xx offered. */
static void an_ack_on_another_way(void **state)
{
    (void)state;
    for (int answers = 0; answers < 2; answers++) {
        begin();
        request(UE, EDGE, "INVITE", 1, "", NULL);
        request(EDGE, PEER, "INVITE", 1, "", NULL);
        response(PEER, EDGE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
        response(EDGE, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
        request(UE, PEER, "ACK", 1, "b", answers ? sdp(1, KEY SAVP, base64_of(&transfer_resp)) : sdp(1, SAVP));
        expect(answers ? "" : "RFC6043-4.2.2.2-04@5");
    }
}

/* RFC 3959: what stands under another disposition is no answer. */
static void early_sessions(void **state)
{
    (void)state;
    begin();
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    more_headers = "Content-Disposition: early-session\n";
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    more_headers = "";
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    expect("");
    assert_int_equal(room.num_found, 2);
}

static void unread(const char *headers, const char *body, uint64_t num)
{
    begin();
    more_headers = headers;
    request(UE, PEER, "INVITE", 1, "", body);
    more_headers = "";
    finish();
    assert_int_equal(tgp_calls_unread(room.calls), num);
    expect("");
}

/* What cannot be looked into is counted. */
static void unread_bodies(void **state)
{
    (void)state;
    const char *good = sdp(1, KEY SAVP, base64_of(&transfer_init));
    unread("", good, 0);
    assert_int_equal(room.num_found, 1);
    unread("Content-Encoding: gzip\n", good, 1);
    unread("Content-Encoding: identity\n", good, 0);
    unread("Content-Transfer-Encoding: x-mine\n", good, 1);
    unread("", "v=0\na=key-mgmt:mikey QUJD\n\n\n=", 1);
    unread("Content-Type: multipart/mixed\n", "--b\na=key-mgmt:mikey QUJD\n", 1);
    unread("Content-Type: multipart/mixed;boundary=b\n",
           "--b\nContent-Type: application/sdp\n\nv=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\na=key-mgmt:x y\n"
           "--b\nContent-Type: application/sdp\n\nv=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\na=key-mgmt:x y\n--b--\n",
           1);
    unread("Content-Type: application / sdp\n", good, 0);
    assert_int_equal(room.num_found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registrations_by_identity),
        cmocka_unit_test(on_to_the_other_ue),
        cmocka_unit_test(back_from_the_other_ue),
        cmocka_unit_test(a_network_without_support),
        cmocka_unit_test(both_behind_one_edge),
        cmocka_unit_test(port_zero),
        cmocka_unit_test(two_early_dialogs),
        cmocka_unit_test(another_is_selected),
        cmocka_unit_test(a_refresh_wants_no_answer),
        cmocka_unit_test(an_ack_on_another_way),
        cmocka_unit_test(early_sessions),
        cmocka_unit_test(unread_bodies),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tgp_calls_free(room.calls);
    return failed;
}
