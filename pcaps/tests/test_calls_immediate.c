/* Immediate messages and conferences: rows kept and broken. */
#include "test_calls_support.h"

static void message_to(const char *id, const char *source, const char *destination, const char *uri, const letter *l)
{
    char head[2048];
    snprintf(
        head, sizeof head,
        "MESSAGE %s SIP/2.0\nf: <sip:alice@example.com>;tag=m\nt: <%s>\ni: %s\nCSeq: 1 MESSAGE\nc: application/mikey\n",
        uri, uri, id);
    sip(source, destination, head, base64_of(l));
}

#define LIST "sip:friends@lists.example.com"
#define BOB "sip:bob@example.com"
#define CAROL "sip:carol@example.com"

static const letter im = { .type = TG_DATA_TYPE_TRANSFER_INIT,
                           .csb = 1,
                           .ticket = true,
                           .resolver = "friends@lists.example.com",
                           .identity_role = TG_ID_ROLE_I,
                           .identity = "alice@example.com" };

static void reuse_for_others(void **state)
{
    letter again = im;
    (void)state;
    again.csb = 2;
    begin();
    message_to("m1", UE, EDGE, BOB, &im);
    message_to("m2", UE, EDGE, "sip:bob@EXAMPLE.com;user=phone", &again);
    expect("");
    assert_int_equal(room.num_found, 2);
    assert_true(room.found[0].immediate && room.found[0].carrier == TGP_CARRIER_SIP);
    begin();
    message_to("m1", UE, EDGE, BOB, &im);
    message_to("m2", UE, EDGE, CAROL, &again);
    expect("TS33328-F.3-18@2");
    begin(); /* another ticket */
    again.salt = 1;
    message_to("m1", UE, EDGE, BOB, &im);
    message_to("m2", UE, EDGE, CAROL, &again);
    expect("");
    begin(); /* on the next leg the Request-URI is another, and the message a copy */
    message_to("m1", UE, EDGE, BOB, &im);
    message_to("m1", EDGE, PEER, "sip:bob@192.0.2.2", &im);
    expect("");
    begin(); /* sent again in spite of an Error: no copy, and to somebody else */
    room.replay = 2;
    message_to("m1", UE, EDGE, BOB, &im);
    message_to("m1", UE, EDGE, CAROL, &im);
    expect("TS33328-F.3-18@2");
}

/* What went on in an INVITE before comes as a MESSAGE: a copy, as later and as earlier one. */
static void copies_of_what_an_invite_had(void **state)
{
    letter open = im, again;
    (void)state;
    open.resolver = "?@example.com";
    again = open;
    again.csb = 2;
    begin();
    message_to("m1", UE, EDGE, BOB, &again);
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&open)));
    message_to("m2", PEER, CORE, CAROL, &open);
    expect("");
    begin();
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&open)));
    message_to("m2", PEER, CORE, CAROL, &open);
    message_to("m1", UE, EDGE, BOB, &again);
    expect("");
    begin(); /* and where it is none */
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&open)));
    message_to("m2", UE, CORE, CAROL, &open);
    message_to("m1", UE, EDGE, BOB, &again);
    expect("TS33328-F.3-18@3");
}

static void list_servers(void **state)
{
    letter open = im;
    (void)state;
    begin(); /* may resolve for friends alone, and sends it on to one who may not */
    message_to("m1", UE, CORE, LIST, &im);
    message_to("m2", CORE, PEER, CAROL, &im);
    expect("TS33328-F.3-20@2");
    begin(); /* the policy lets everybody of the domain resolve */
    open.resolver = "?@example.com";
    message_to("m1", UE, CORE, LIST, &open);
    message_to("m2", CORE, PEER, CAROL, &open);
    open.csb = 9;
    message_to("m3", UE, CORE, LIST, &open); /* what the list server sent on is no use of it for others */
    expect("");
    begin(); /* by somebody whom it never went to: used again for others */
    message_to("m1", UE, CORE, LIST, &im);
    message_to("m2", EDGE, PEER, CAROL, &im);
    expect("TS33328-F.3-18@2");
    begin(); /* over the edge: the list server is the end of the second leg */
    message_to("m1", UE, EDGE, LIST, &im);
    message_to("m1", EDGE, CORE, LIST, &im);
    message_to("m2", CORE, PEER, CAROL, &im);
    expect("TS33328-F.3-20@3");
}

static void containers(void **state)
{
    char body[4096];
    (void)state;
    begin();
    snprintf(body, sizeof body,
             "--b\nContent-Type: application/mikey\nContent-Transfer-Encoding: base64\n\n%s\n--b\nContent-Type: "
             "application/pkcs7-mime;smime-type=x\n"
             "Content-Transfer-Encoding: base64\n\nAQID\n--b--\n",
             base64_of(&im));
    sip(UE, EDGE,
        "MESSAGE sip:bob@example.com SIP/2.0\nFrom: <sip:alice@example.com>;tag=m\nTo: <sip:bob@example.com>\nCall-ID: "
        "m1\nCSeq: 1 MESSAGE\n"
        "Content-Type: multipart/mixed;\n boundary=\"b\"\n",
        body);
    assert_int_equal(room.num_found, 1);
    assert_int_equal(room.found[0].octets[1], TG_DATA_TYPE_TRANSFER_INIT);
    assert_int_equal(room.num_immediate, 1);
    sip(UE, EDGE,
        "MESSAGE sip:bob@example.com SIP/2.0\nFrom: <sip:alice@example.com>;tag=m\nTo: <sip:bob@example.com>\nCall-ID: "
        "m2\nCSeq: 2 MESSAGE\n"
        "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\n",
        "AQID");
    assert_int_equal(room.num_immediate, 2);
    expect("");
}

static tg_bytes word(const char *text)
{
    return tg_bytes_of(text, strlen(text));
}

static tg_bytes guests[2], rooms[2];

static void invite_guests(const char *first, const char *conference)
{
    begin();
    guests[0] = word(first);
    rooms[0] = conference ? word(conference) : (tg_bytes){ NULL, 0 };
    room.options.participants = guests;
    room.options.conferences = conference ? rooms : NULL;
    room.options.num_participants = 1;
    room.options.has_participants = true;
}

static void subscribe(const char *asserted, const char *event, unsigned status, const char *findings)
{
    char head[2048];
    snprintf(head, sizeof head,
             "SUBSCRIBE sip:room1@example.com;x=y SIP/2.0\nFrom: <sip:alice@example.com>;tag=s\nTo: "
             "<sip:room1@example.com>\nCall-ID: s1\n"
             "CSeq: 1 SUBSCRIBE\nEvent: %s\n%s",
             event, asserted);
    sip(UE, PEER, head, NULL);
    snprintf(head, sizeof head,
             "SIP/2.0 %u Word\nFrom: <sip:alice@example.com>;tag=s\nTo: <sip:room1@example.com>;tag=t\nCall-ID: "
             "s1\nCSeq: 1 SUBSCRIBE\n",
             status);
    sip(PEER, UE, head, NULL);
    expect(findings);
}

static void subscriptions(void **state)
{
    (void)state;
    invite_guests("alice@example.com", NULL);
    subscribe("", "conference;id=7", 200, "");
    invite_guests("bob@example.com", NULL);
    subscribe("", "conference", 202, "TS33328-G.3.3-01@2");
    invite_guests("bob@example.com", NULL);
    subscribe("", "conference", 403, "");
    invite_guests("bob@example.com", NULL);
    subscribe("", "presence", 200, "");
    invite_guests("bob@example.com", NULL); /* the network says who it is */
    subscribe("P-Asserted-Identity: <tel:+15550100>, \"B\" <sip:bob@example.com>\n", "conference", 200, "");
    invite_guests("?@example.com", NULL);
    subscribe("", "conference", 200, "");
    invite_guests("bob@example.com", "sip:room1@example.com");
    subscribe("", "conference", 200, "TS33328-G.3.3-01@2");
    invite_guests("bob@example.com", "sip:room2@example.com"); /* of this one nobody says who may come */
    subscribe("", "conference", 200, "");
    invite_guests("bob@example.com", NULL);
    room.options.has_participants = false;
    subscribe("", "conference", 200, "");
}

static void dial_in(unsigned status, const char *contact)
{
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    more_headers = contact;
    response(PEER, UE, status, "INVITE", 1, "b", status < 300 ? sdp(2, KEY SAVP, base64_of(&transfer_resp)) : NULL);
    more_headers = "";
    request(UE, PEER, "ACK", 1, "b", NULL);
}

#define FOCUS "Contact: <sip:room1@example.com;gr=1>;isfocus\n"

static void joining(void **state)
{
    (void)state;
    invite_guests("alice@example.com", NULL);
    dial_in(200, FOCUS);
    expect("");
    invite_guests("bob@example.com", NULL);
    dial_in(200, FOCUS);
    expect("TS33328-G.3.2-02@2");
    invite_guests("bob@example.com", NULL);
    dial_in(403, FOCUS);
    expect("");
    invite_guests("bob@example.com", NULL);
    dial_in(200, "Contact: <sip:room1@example.com>;x=isfocus\n");
    expect("");
    invite_guests("bob@example.com", "sip:room1@example.com");
    dial_in(200, FOCUS);
    expect("TS33328-G.3.2-02@2");
    invite_guests("alice@example.com", NULL); /* dial-out: the focus calls bob, and its ACK takes him in */
    more_headers = FOCUS;
    request(UE, PEER, "INVITE", 1, "", sdp(1, KEY SAVP, base64_of(&transfer_init)));
    more_headers = "";
    response(PEER, UE, 200, "INVITE", 1, "b", sdp(2, KEY SAVP, base64_of(&transfer_resp)));
    request(UE, PEER, "ACK", 1, "b", NULL);
    tgp_call_facts facts;
    tgp_call_facts_of(room.found[0].call, &facts);
    assert_string_equal(facts.focus, "sip:room1@example.com");
    assert_string_equal(facts.participant, "sip:bob@example.com");
    expect("TS33328-G.3.2-02@3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reuse_for_others), cmocka_unit_test(list_servers),
        cmocka_unit_test(containers),       cmocka_unit_test(copies_of_what_an_invite_had),
        cmocka_unit_test(subscriptions),    cmocka_unit_test(joining),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
