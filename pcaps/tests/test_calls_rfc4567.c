/* Rows of RFC 4567 and of the messages themselves: each kept, and broken in one place. */
#include "test_calls_support.h"

#define PLAIN(name) static void name(void **state)
#define BEGIN                                                                                                          \
    (void)state;                                                                                                       \
    begin()

static void good(const char *offer_rest, const char *answer_rest, const char *findings)
{
    exchange(sdp(1, offer_rest, base64_of(&transfer_init)), sdp(2, answer_rest, base64_of(&transfer_resp)));
    expect(findings);
}

PLAIN(a_good_call)
{
    BEGIN;
    good(KEY SAVP, KEY SAVP, "");
    assert_int_equal(room.num_found, 2);
    assert_true(room.found[0].from_caller && !room.found[1].from_caller);
    assert_int_equal(room.found[0].transaction, room.found[1].transaction);
    assert_int_equal(room.found[0].part, TGP_PART_OFFER);
    assert_int_equal(room.found[1].part, TGP_PART_ANSWER);
    assert_int_equal(room.found[0].covers, 1);
    assert_int_equal(room.num_messages, 3);
    assert_int_equal(room.num_rtp_ends, 6); /* as described, at the 2xx, at the ACK */
    BEGIN;
    good(SAVP KEY, SAVP KEY, "");
    assert_int_equal(room.found[0].m_line, 0);
}

static void offer_with(const char *attribute, const char *findings)
{
    begin();
    request(UE, PEER, "INVITE", 1, "", sdp(1, "%s" SAVP, attribute));
    expect(findings);
}

PLAIN(base64)
{
    (void)state;
    offer_with("a=key-mgmt:mikey AQ==\n", "");
    offer_with("a=key-mgmt:mikey AQ=\n", "RFC4567-3-01@1");
    offer_with("a=key-mgmt:mikey AQ\n", "RFC4567-3-01@1");
    offer_with("a=key-mgmt:mikey A===\n", "RFC4567-3-01@1");
    offer_with("a=key-mgmt:mikey A*==\n", "RFC4567-3-01@1");
    offer_with("a=key-mgmt:mikey AQ==AQ==\n", "RFC4567-3-01@1");
    offer_with("a=key-mgmt:mikey AQ== AQ==\n", "RFC4567-3-01@1");
    assert_true(room.found[0].broken);
    assert_true(room.last.has_place);
    assert_int_equal(room.last.frame_length, strlen("a=key-mgmt:mikey AQ== AQ=="));
    offer_with("a=key-mgmt:MIKEY A\n", "RFC4567-3-01@1 RFC4567-7-01@1");
    offer_with("a=key-mgmt:other !!!\n", "");
}

PLAIN(form)
{
    (void)state;
    offer_with("a=key-mgmt:mikey\n", "RFC4567-4.1.1-02@1 RFC4567-3-01@1");
    offer_with("a=key-mgmt:mikey  AQ==\n", "RFC4567-4.1.1-02@1");
    offer_with("a=key-mgmt:mikey\tAQ==\n", "RFC4567-4.1.1-02@1");
    offer_with("a=key-mgmt:mi;key AQ==\n", "RFC4567-4.1.1-02@1");
    begin();
    exchange(sdp(1, SAVP), sdp(2, SAVP "a=key-mgmt:mi;key AQ==\n"));
    expect("RFC4567-4.1.1-11@2");
    begin(); /* neither an offer nor an answer */
    request(UE, PEER, "INVITE", 1, "", sdp(1, SAVP));
    response(PEER, UE, 488, "INVITE", 1, "b", sdp(2, SAVP "a=key-mgmt:mi;key AQ==\n"));
    expect("");
}

PLAIN(identifier)
{
    (void)state;
    char attribute[2048];
    snprintf(attribute, sizeof attribute, "a=key-mgmt:Mikey %s\n", base64_of(&transfer_init));
    offer_with(attribute, "RFC4567-7-01@1");
    assert_int_equal(room.num_found, 0);
    snprintf(attribute, sizeof attribute, "a=key-mgmt:x-mikey %s\n", base64_of(&transfer_init));
    offer_with(attribute, "RFC4567-7-01@1");
    offer_with("a=key-mgmt:x-mikey AQID\n", "");
}

PLAIN(covering)
{
    (void)state;
    begin();
    good(KEY "m=audio 40000 RTP/AVP 0\n", "m=audio 40000 RTP/AVP 0\n", "RFC4567-4.1.2-15@1");
    begin();
    good("m=audio 40000 RTP/AVP 0\n" KEY, "m=audio 40000 RTP/AVP 0\n", "RFC4567-4.1.2-15@1");
    begin(); /* all m-lines have one of their own */
    exchange(sdp(1, KEY SAVP KEY, base64_of(&transfer_init), base64_of(&transfer_init)),
             sdp(2, SAVP KEY, base64_of(&transfer_resp)));
    expect("RFC4567-4.1.2-15@1");
    begin();
    good(KEY "m=message 9 TCP/TLS/MSRP *\n", "m=message 9 TCP/TLS/MSRP *\n" KEY, "");
    assert_int_equal(room.found[0].covers, 2);
    begin();
    good("m=application 9 TCP/BFCP *\n" KEY, "m=application 9 TCP/BFCP *\n", "TS33328-G.3.2-04@1");
    begin();
    good("m=application 9 TCP/TLS/BFCP *\n" KEY, "m=application 9 TCP/TLS/BFCP *\n" KEY, "");
    assert_int_equal(room.found[0].covers, 4);
}

PLAIN(transfer_init_in_an_answer)
{
    BEGIN;
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_init)));
    expect("RFC4567-4.1.2-16@2 RFC6043-4.2.2.2-04@2");
}

PLAIN(delayed_offer)
{
    BEGIN; /* the 200 has the offer, the ACK the answer (RFC 3261 13.2.1) */
    request(UE, PEER, "INVITE", 1, "", NULL);
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    request(UE, PEER, "ACK", 1, "b", sdp(1, KEY SAVP, base64_of(&transfer_resp)));
    expect("");
    assert_int_equal(room.found[0].part, TGP_PART_OFFER);
    assert_int_equal(room.found[1].part, TGP_PART_ANSWER);
    assert_true(!room.found[0].from_caller && room.found[1].from_caller);
    BEGIN;
    request(UE, PEER, "INVITE", 1, "", NULL);
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    request(UE, PEER, "ACK", 1, "b", sdp(1, SAVP));
    expect("RFC6043-4.2.2.2-04@3");
    BEGIN; /* a reliable 183 and PRACK (RFC 3262 5) */
    request(UE, PEER, "INVITE", 1, "", NULL);
    more_headers = "Require: foo, 100REL\nRSeq: 1\n";
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    more_headers = "";
    request(UE, PEER, "PRACK", 2, "b", sdp(1, SAVP));
    response(PEER, UE, 200, "PRACK", 2, "b", NULL);
    response(PEER, UE, 200, "INVITE", 1, "b", NULL);
    expect("RFC6043-4.2.2.2-04@5");
    assert_int_equal(room.found[0].part, TGP_PART_OFFER);
    BEGIN; /* not reliable: neither */
    request(UE, PEER, "INVITE", 1, "", NULL);
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_init)));
    expect("");
    assert_int_equal(room.found[0].part, TGP_PART_NONE);
}

PLAIN(answers_in_provisional_responses)
{
    BEGIN;
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, SAVP));
    response(PEER, UE, 200, "INVITE", 1, "b", NULL);
    expect("RFC6043-4.2.2.2-04@3");
    BEGIN; /* the 200 repeats the answer: a copy */
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    expect("");
    assert_int_equal(room.num_found, 3);
    assert_int_equal(room.found[2].transaction, room.found[1].transaction);
    BEGIN; /* it is in the copy alone: somebody has it */
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, SAVP));
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    expect("");
}

PLAIN(forked)
{
    BEGIN; /* two answer, one with TRANSFER_RESP; the other's 2xx breaks the row */
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    response(PEER, UE, 183, "INVITE", 1, "c", sdp(3, SAVP));
    response(PEER, UE, 200, "INVITE", 1, "b", NULL);
    expect("");
    assert_string_equal(room.notes, "forked@3");
    BEGIN;
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    response(PEER, UE, 200, "INVITE", 1, "c", sdp(3, SAVP));
    response(PEER, UE, 200, "INVITE", 1, "b", NULL);
    expect("RFC6043-4.2.2.2-04@3");
}

PLAIN(another_protocol_later)
{
    BEGIN;
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    request(UE, PEER, "INVITE", 2, "b", sdp(1, "a=key-mgmt:other AQID\n" SAVP));
    expect("RFC4567-4.1.2-18@4");
    BEGIN; /* the peer never had mikey in an offer */
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    sip(PEER, UE,
        "INVITE sip:alice@example.com SIP/2.0\nFrom: <sip:bob@example.com>;tag=b\nTo: <sip:alice@example.com>;tag=a\n"
        "Call-ID: c1@example.com\nCSeq: 9 INVITE\n",
        sdp(2, "a=key-mgmt:other AQID\n" SAVP));
    expect("");
    BEGIN; /* hold, without key management */
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    request(UE, PEER, "INVITE", 2, "b", sdp(1, SAVP "a=sendonly\n"));
    response(PEER, UE, 200, "INVITE", 2, "b", sdp(2, SAVP "a=recvonly\n"));
    expect("");
}

PLAIN(refusals)
{
    BEGIN;
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 488, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&mikey_error)));
    expect("");
    BEGIN;
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 403, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&mikey_error)));
    expect("RFC4567-4.1.2-07@2");
    BEGIN;
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 603, "INVITE", 1, "b", NULL);
    expect("");
}

PLAIN(rejected_messages)
{
    BEGIN;
    room.rejected = TG_DATA_TYPE_TRANSFER_INIT;
    good(KEY SAVP, KEY SAVP, "RFC4567-4.1.1-08@2");
    BEGIN;
    room.rejected = TG_DATA_TYPE_TRANSFER_INIT;
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&mikey_error)));
    expect("");
    BEGIN; /* the m-line is refused */
    room.rejected = TG_DATA_TYPE_TRANSFER_INIT;
    good(KEY SAVP, KEY "m=audio 0 RTP/SAVP 96\n", "");
    BEGIN;
    room.rejected = TG_DATA_TYPE_TRANSFER_INIT;
    exchange(sdp(1, SAVP KEY SAVP KEY, base64_of(&transfer_init), base64_of(&transfer_init)),
             sdp(2, SAVP KEY SAVP KEY, base64_of(&transfer_resp), base64_of(&transfer_resp)));
    expect("RFC4567-4.1.2-11@2");
    BEGIN; /* one that does not parse */
    exchange(sdp(1, KEY SAVP, "AQID"), sdp(2, SAVP));
    expect("RFC4567-4.1.1-08@2");
}

PLAIN(each_attribute_is_answered)
{
    letter second = transfer_init;
    second.csb = 8;
    BEGIN;
    exchange(sdp(1, SAVP KEY SAVP KEY, base64_of(&transfer_init), base64_of(&second)),
             sdp(2, SAVP KEY SAVP, base64_of(&transfer_resp)));
    expect("RFC4567-4.1.2-10@2");
    BEGIN; /* the other m-line is refused */
    exchange(sdp(1, SAVP KEY SAVP KEY, base64_of(&transfer_init), base64_of(&second)),
             sdp(2, SAVP KEY "m=audio 0 RTP/SAVP 96\n", base64_of(&transfer_resp)));
    expect("");
    BEGIN; /* none is answered: that is RFC 6043's row */
    exchange(sdp(1, SAVP KEY SAVP KEY, base64_of(&transfer_init), base64_of(&second)), sdp(2, SAVP SAVP));
    expect("RFC6043-4.2.2.2-04@2");
}

static void list_of(const char *sdp_ids, const char *attributes, bool required, const char *findings)
{
    letter init = transfer_init;
    begin();
    room.profile.settings.sdp_ids = required ? TG_SDP_IDS_REQUIRED : TG_SDP_IDS_IF_PRESENT;
    init.sdp_ids = sdp_ids;
    char offer[4096];
    snprintf(offer, sizeof offer, KEY "%s" SAVP, base64_of(&init), attributes);
    exchange(sdp(1, "%s", offer), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    expect(findings);
}

PLAIN(lists_of_protocols)
{
    (void)state;
    list_of("mikey", "", true, "");
    list_of(NULL, "", true, "RFC4567-4.1.4-04@1");
    list_of(NULL, "", false, "");
    list_of(NULL, "a=key-mgmt:other AQID\n", true, "RFC4567-4.1.4-01@1");
    list_of("mikey;other", "a=key-mgmt:other AQID\n", true, "");
    list_of("mikey,other", "a=key-mgmt:other AQID\n", true, "RFC4567-4.1.4-05@1 RFC4567-7-02@2");
    list_of("mikey;;other", "a=key-mgmt:other AQID\n", false, "RFC4567-4.1.4-05@1 RFC4567-7-02@2");
    list_of("other;mikey", "a=key-mgmt:other AQID\n", true, "RFC4567-4.1.4-06@1 RFC4567-7-02@2");
    list_of("mikey", "a=key-mgmt:other AQID\n", true, "RFC4567-4.1.4-06@1 RFC4567-7-02@2");
    list_of("mikey;other", "a=key-mgmt:other AQID\na=key-mgmt:other AQIE\n", true, "");
}

PLAIN(ticket_without_answer)
{
    letter init = transfer_init;
    BEGIN;
    good(KEY SAVP, SAVP, "RFC6043-4.2.2.2-04@2");
    BEGIN;
    init.f = false;
    exchange(sdp(1, KEY SAVP, base64_of(&init)), sdp(2, SAVP));
    expect("");
    BEGIN; /* not accepted */
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 183, "INVITE", 1, "b", sdp(2, SAVP));
    response(PEER, UE, 486, "INVITE", 1, "b", NULL);
    expect("");
}

PLAIN(resolvers)
{
    BEGIN; /* a copy: the same once more, to somebody else */
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, UE, 407, "INVITE", 1, "b", NULL);
    request_uri = "sip:carol@example.com";
    request(UE, PEER, "INVITE", 2, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    expect("TS33328-B.1-x01@3");
    BEGIN;
    request_uri = "sip:carol@example.com";
    good(KEY SAVP, KEY SAVP, "TS33328-B.1-x01@1");
    BEGIN;
    request_uri = "sip:BOB@example.com";
    good(KEY SAVP, KEY SAVP, "TS33328-B.1-x01@1");
    BEGIN;
    request_uri = "sips:bob:pw@EXAMPLE.com:5061;transport=tcp";
    good(KEY SAVP, KEY SAVP, "");
    BEGIN; /* in a dialog the Request-URI is a Contact */
    request_uri = "sip:192.0.2.7";
    exchange(sdp(1, SAVP), sdp(2, SAVP));
    request_uri = "sip:x@192.0.2.7";
    request(UE, PEER, "INVITE", 2, "b", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request_uri = "sip:bob@example.com";
    expect("");
    BEGIN;
    room.profile.kms_uids = false;
    request_uri = "sip:carol@example.com";
    good(KEY SAVP, KEY SAVP, "");
    request_uri = "sip:bob@example.com";
}

PLAIN(application_servers)
{
    letter resp = transfer_resp;
    BEGIN;
    resp.identity = "box@example.com";
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&resp)));
    expect("");
    assert_string_equal(room.notes, "application_server@2");
    BEGIN; /* sent on into another call: a copy there, and somebody else was called */
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    sip(EDGE, PEER,
        "INVITE sip:carol@example.com SIP/2.0\nFrom: <sip:alice@example.com>;tag=x\nTo: <sip:carol@example.com>\n"
        "Call-ID: c2@example.com\nCSeq: 1 INVITE\n",
        sdp(1, KEY SAVP, base64_of(&transfer_init)));
    sip(PEER, EDGE,
        "SIP/2.0 200 OK\nFrom: <sip:alice@example.com>;tag=x\nTo: <sip:carol@example.com>;tag=y\n"
        "Call-ID: c2@example.com\nCSeq: 1 INVITE\n",
        sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    response(EDGE, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    finish();
    assert_non_null(strstr(room.notes, "application_server@3"));
    assert_null(strstr(room.notes, "application_server@4"));
    BEGIN;
    more_headers = "P-Called-Party-ID: <sip:box@example.com>\n";
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&resp)));
    more_headers = "";
    expect("");
    assert_string_equal(room.notes, "");
}

static void rtp(const char *source, const char *destination, uint32_t ssrc)
{
    uint8_t packet[16] = {
        0x80, 96, 0, 1, 0, 0, 0, 1, (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc
    };
    take_octets_of(TGP_UNIT_RTP, source, destination, 0, packet, sizeof packet);
}

PLAIN(ssrcs)
{
    letter init = transfer_init, resp = transfer_resp;
    init.num_ssrcs = resp.num_ssrcs = 2;
    init.ssrcs[0] = 0x11, init.ssrcs[1] = 0;
    resp.ssrcs[0] = 0x11, resp.ssrcs[1] = 0x22;
    for (uint32_t sent = 0x11; sent <= 0x33; sent += 0x11) {
        BEGIN;
        exchange(sdp(1, KEY SAVP, base64_of(&init)), sdp(2, KEY SAVP, base64_of(&resp)));
        rtp("192.0.2.1:40000", "192.0.2.2:40000", 0x11);
        rtp("192.0.2.2:40000", "192.0.2.1:40000", sent);
        expect(sent == 0x33 ? "RFC6043-6.1.1-08@5" : "");
    }
    BEGIN; /* the answer says nothing of it: TRANSFER_INIT holds, where 0 is a value like others */
    resp.num_ssrcs = 0;
    exchange(sdp(1, KEY SAVP, base64_of(&init)), sdp(2, KEY SAVP, base64_of(&resp)));
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 0);
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 0x22);
    expect("RFC6043-6.1.1-08@5");
    BEGIN; /* another number of crypto sessions: the m-lines have none */
    init.num_ssrcs = 3;
    exchange(sdp(1, KEY SAVP, base64_of(&init)), sdp(2, KEY SAVP, base64_of(&resp)));
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 0x55);
    expect("");
    BEGIN; /* a new offer: packets before it were those of the old one */
    init.num_ssrcs = 2;
    exchange(sdp(1, KEY SAVP, base64_of(&init)), sdp(2, KEY SAVP, base64_of(&resp)));
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 0x55);
    request(UE, PEER, "INVITE", 2, "b", sdp(1, SAVP "a=sendonly\n"));
    expect("RFC6043-6.1.1-08@4");
}

PLAIN(media_in_spite)
{
    BEGIN;
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&mikey_error)));
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 1);
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 2);
    expect("RFC4567-4.1.1-17@4");
    BEGIN; /* negotiated again */
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&mikey_error)));
    request(UE, PEER, "INVITE", 2, "b", sdp(1, "m=audio 40000 RTP/AVP 0\n"));
    response(PEER, UE, 200, "INVITE", 2, "b", sdp(2, "m=audio 40000 RTP/AVP 0\n"));
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 1);
    expect("");
    BEGIN;
    room.rejected = TG_DATA_TYPE_TRANSFER_RESP;
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 1); /* the answerer may not know yet */
    rtp("192.0.2.1:40000", "192.0.2.2:40000", 1);
    expect("RFC4567-4.1.1-20@5");
    BEGIN;
    room.rejected = TG_DATA_TYPE_TRANSFER_RESP;
    exchange(sdp(1, KEY SAVP, base64_of(&transfer_init)), sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    rtp("192.0.2.2:40000", "192.0.2.1:40000", 1);
    request(UE, PEER, "BYE", 2, "b", NULL);
    expect("");
}

PLAIN(seen_on_two_legs)
{
    BEGIN; /* what is wrong on the first leg and goes on is found once; what is wrong on the second alone, there */
    request(UE, EDGE, "INVITE", 1, "", sdp(1, "a=key-mgmt:mikey A\n" SAVP));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, "a=key-mgmt:mikey A\n" SAVP));
    expect("RFC4567-3-01@1");
    BEGIN;
    request(UE, EDGE, "INVITE", 1, "", sdp(1, "a=key-mgmt:mikey AQ==\n" SAVP));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, "a=key-mgmt:mikey A\n" SAVP));
    expect("RFC4567-3-01@2");
    BEGIN;
    request(UE, EDGE, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    request(EDGE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    response(PEER, EDGE, 200, "INVITE", 1, "b", sdp(2, SAVP));
    response(EDGE, UE, 200, "INVITE", 1, "b", sdp(2, SAVP));
    expect("RFC6043-4.2.2.2-04@4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_call),
        cmocka_unit_test(base64),
        cmocka_unit_test(form),
        cmocka_unit_test(identifier),
        cmocka_unit_test(covering),
        cmocka_unit_test(transfer_init_in_an_answer),
        cmocka_unit_test(delayed_offer),
        cmocka_unit_test(answers_in_provisional_responses),
        cmocka_unit_test(forked),
        cmocka_unit_test(another_protocol_later),
        cmocka_unit_test(refusals),
        cmocka_unit_test(rejected_messages),
        cmocka_unit_test(each_attribute_is_answered),
        cmocka_unit_test(lists_of_protocols),
        cmocka_unit_test(ticket_without_answer),
        cmocka_unit_test(resolvers),
        cmocka_unit_test(application_servers),
        cmocka_unit_test(ssrcs),
        cmocka_unit_test(media_in_spite),
        cmocka_unit_test(seen_on_two_legs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
