/* The model of calls: messages in their call, leg and transaction, links, facts, memory; and what is no signalling. */
#include "test_calls_support.h"

static void legs_and_transactions(void **state)
{
    tgp_call_facts facts;
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, EDGE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    response(EDGE, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    assert_int_equal(room.num_found, 4);
    tgp_call_facts_of(room.found[0].call, &facts);
    assert_int_equal(facts.num_legs, 2);
    assert_int_equal(facts.legs[1].first_frame, 2);
    assert_string_equal(facts.call_id, "c1@example.com");
    assert_string_equal(facts.caller, "sip:alice@example.com");
    assert_string_equal(facts.called, "sip:bob@example.com");
    assert_int_equal(facts.first_frame, 1);
    assert_int_equal(facts.last_frame, 4);
    assert_int_equal(facts.num_media, 2);
    assert_true(facts.media[0].accepted && facts.media[0].rtp && facts.media[0].has_answer_end);
    assert_int_equal(facts.media[0].offer_key, room.found[0].key);
    assert_int_equal(facts.media[0].answer_key, room.found[3].key);
    assert_int_equal(facts.media[0].answer_end.port, 40000);
    assert_int_equal(room.found[0].transaction, room.found[3].transaction);
    assert_int_equal(room.found[1].transaction, room.found[2].transaction);
    assert_int_not_equal(room.found[0].transaction, room.found[1].transaction);
    assert_int_equal(room.found[2].leg, 1);
    expect("");
}

static void ports_of_streams(void **state)
{
    tgp_call_facts facts;
    (void)state;
    begin(); /* a connection for each request, from another port each time */
    room.transport = TGP_TCP;
    request("192.0.2.1:40001", PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, "192.0.2.1:40001", 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    request("192.0.2.1:40002", PEER, "ACK", 1, "b", NULL);
    tgp_call_facts_of(room.found[0].call, &facts);
    assert_int_equal(facts.num_legs, 1);
    expect("");
    begin(); /* UDP: other ports are another leg */
    request("192.0.2.1:40001", PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request("192.0.2.1:40002", PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    tgp_call_facts_of(room.found[0].call, &facts);
    assert_int_equal(facts.num_legs, 2);
    expect("");
}

static void compact_and_folded(void **state)
{
    (void)state;
    begin();
    sip(UE, PEER,
        "INVITE sip:bob@example.com SIP/2.0\nv: SIP/2.0/UDP h;branch=z9hG4bK1\nf: \"A;tag=no\"\n "
        "<sip:alice@example.com>\n ;tag=a\n"
        "t: <sip:bob@example.com>\ni:\n c1@example.com\nCSeq: 1\n INVITE\nc: Application/SDP ; x=y\n",
        sdp(1, KEY SAVP, base64_of(&transfer_init)));
    assert_int_equal(room.num_found, 1);
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    assert_int_equal(room.num_found, 2);
    assert_int_equal(room.found[0].call_number, room.found[1].call_number);
    assert_int_equal(room.found[0].transaction, room.found[1].transaction);
    expect("");
}

static void parts(void **state)
{
    char body[8192];
    (void)state;
    begin();
    snprintf(body, sizeof body,
             "--x\nContent-Type: text/plain\n\nhello\n--x\nContent-Type: application/sdp\n\n%s--x--\n",
             sdp(1, "a=key-mgmt:mikey A\n" SAVP));
    sip(UE, PEER,
        "INVITE sip:bob@example.com SIP/2.0\nFrom: <sip:alice@example.com>;tag=a\nTo: <sip:bob@example.com>\nCall-ID: "
        "c1@example.com\n"
        "CSeq: 1 INVITE\nContent-Type: multipart/mixed;boundary=x\n",
        body);
    expect("RFC4567-3-01@1");
    assert_true(room.last.has_place);
}

static void linked(void **state)
{
    tgp_call_facts facts;
    (void)state;
    begin();
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    call_id = "c2@example.com";
    request(EDGE, PEER, "INVITE", 1, "", sdp(10, KEY SAVP, base64_of(&transfer_init)));
    call_id = "c1@example.com";
    tgp_call_facts_of(room.found[0].call, &facts);
    assert_int_equal(facts.num_linked, 1);
    assert_int_equal(facts.linked[0], 1);
    expect("");
    assert_string_equal(room.calls_closed, "0 1");
}

static void plain_calls(void **state)
{
    (void)state;
    begin();
    exchange(sdp(1, "m=audio 40000 RTP/AVP 0\n"), sdp(2, "m=audio 40000 RTP/AVP 0\n"));
    request(UE, PEER, "BYE", 2, "b", NULL);
    response(PEER, UE, 200, "BYE", 2, "b", NULL);
    assert_int_equal(room.num_messages, 5);
    assert_int_equal(room.num_ends, 0);
    call_id = "c2@example.com"; /* an offer that nothing is asked of, a key in the answer */
    exchange(sdp(1, "m=audio 40000 RTP/AVP 0\n"), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    call_id = "c1@example.com";
    expect("");
    assert_int_equal(room.num_found, 1);
    assert_int_equal(room.found[0].part, TGP_PART_ANSWER);
}

static void other_keys(void **state)
{
    (void)state;
    begin();
    exchange(sdp(1, SAVP "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\n"),
             sdp(2, SAVP "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:y\n"));
    expect("");
    assert_string_equal(room.notes, "sdes@1");
}

static void quiet_calls(void **state)
{
    (void)state;
    begin();
    request(UE, PEER, "OPTIONS", 1, "", NULL);
    response(PEER, UE, 200, "OPTIONS", 1, "b", NULL);
    call_id = "c2@example.com"; /* a dialog that goes on */
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    room.time += (int64_t)181 * 1000000000;
    call_id = "c3@example.com";
    request(UE, PEER, "OPTIONS", 1, "", NULL);
    assert_string_equal(room.calls_closed, "0");
    call_id = "c2@example.com";
    request(UE, PEER, "BYE", 2, "b", NULL);
    room.time += (int64_t)181 * 1000000000;
    call_id = "c4@example.com";
    request(UE, PEER, "OPTIONS", 1, "", NULL);
    assert_string_equal(room.calls_closed, "0 2 1");
    call_id = "c1@example.com";
    expect("");
    assert_string_equal(room.calls_closed, "0 2 1 3");
}

static void bounded_memory(void **state)
{
    char id[32];
    (void)state;
    begin();
    room.options.memory = 1; /* the least there is */
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "n%d", i);
        call_id = id;
        room.calls_closed[0] = '\0';
        room.num_found = 0;
        request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    }
    assert_int_equal(tgp_calls_num(room.calls), 2000);
    assert_true(tgp_calls_closed_early(room.calls) > 1000 && tgp_calls_closed_early(room.calls) < 2000);
    call_id = "one"; /* a call that does not end: what comes later is a call of its own */
    for (unsigned i = 0; i < 3000; i++) {
        room.calls_closed[0] = '\0';
        room.num_found = 0;
        request(UE, PEER, "INVITE", i, "b", sdp(1, KEY SAVP SAVP SAVP SAVP, base64_of(&transfer_init)));
    }
    assert_true(tgp_calls_num(room.calls) > 2001);
    room.calls_closed[0] = '\0';
    room.num_found = 0;
    call_id = "c1@example.com";
    finish();
    tgp_calls_free(room.calls);
    room.calls = NULL;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

#define TLS_ANY "m=message 7000 TCP/TLS/MSRP *\n"

static void garbage(void **state)
{
    static char text[20000];
    uint32_t seed = 1;
    (void)state;
    begin();
    room.options.memory = (size_t)1 << 20;
    for (int round = 0; round < 3000; round++) {
        const char *offer = round % 3 ? sdp(1, KEY SAVP "a=3ge2ae:requested\n" TLS_ANY KEY, base64_of(&transfer_init),
                                            base64_of(&transfer_resp))
                                      : sdp(1, "a=key-mgmt:mikey\na=key-mgmt:\na=fingerprint:\n" SAVP KEY, "A");
        int len = snprintf(text, sizeof text,
                           "%s\r\nFrom: <sip:a@b>;tag=%d\r\nTo: <sip:b@c>%s\r\nCall-ID: g%d\r\nCSeq: %d %s\r\nContact: "
                           "<sip:x@y>;isfocus\r\n"
                           "Security-Client: a;b,msrp-tls;mediasec\r\nContent-Type: application/sdp\r\n\r\n%s",
                           round % 2 ? "INVITE sip:b@c SIP/2.0" : "SIP/2.0 200 OK", round % 3,
                           round % 5 ? ";tag=t" : "", round % 7, round % 4, round % 6 ? "INVITE" : "REGISTER", offer);
        for (uint32_t i = next_random(&seed) % 6; i; i--)
            text[next_random(&seed) % (uint32_t)len] = (char)next_random(&seed);
        room.calls_closed[0] = room.findings[0] = room.notes[0] = '\0';
        room.num_found = 0;
        take_octets_of(TGP_UNIT_SIP, round % 2 ? UE : PEER, round % 2 ? PEER : UE, 0, text,
                       next_random(&seed) % 4 ? (size_t)len : next_random(&seed) % (uint32_t)len);
        uint8_t octets[40];
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = (uint8_t)next_random(&seed);
        octets[0] = 22, octets[1] = 3;
        take_octets_of(TGP_UNIT_TLS, "192.0.2.9:5", "192.0.2.1:7000", 1 + (uint64_t)round % 3, octets,
                       next_random(&seed) % sizeof octets);
        take_octets_of(TGP_UNIT_RTP, "192.0.2.2:40000", "192.0.2.1:40000", 0, octets,
                       next_random(&seed) % sizeof octets);
    }
    assert_true(room.num_messages > 100);
    room.calls_closed[0] = room.findings[0] = room.notes[0] = '\0';
    finish();
    tgp_calls_free(room.calls);
    room.calls = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legs_and_transactions),
        cmocka_unit_test(ports_of_streams),
        cmocka_unit_test(compact_and_folded),
        cmocka_unit_test(parts),
        cmocka_unit_test(linked),
        cmocka_unit_test(plain_calls),
        cmocka_unit_test(other_keys),
        cmocka_unit_test(quiet_calls),
        cmocka_unit_test(bounded_memory),
        cmocka_unit_test(garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
