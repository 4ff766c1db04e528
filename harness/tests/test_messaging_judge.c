/* Judging SIP requests: each row of vectors/SMIME.md section 4 "Messages" kept and broken, outcome, origin, errors. */
#define _GNU_SOURCE
#include "test_messaging_judging.h"

/* ---- kept --------------------------------------------------------------------------------------------------- */

static void a_message_that_keeps_all_rows(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    assert_received(s.r, HELLO, "alice@example.com");
    expect(&s, s.sip, true, GOOD, "");
    assert_true(tg_bytes_equal(judged.mime.container.content, text(HELLO)));
    assert_true(judged.has_origin);
    assert_true(tg_bytes_equal(judged.sender.data, text("alice@example.com")));
    know_all(&s);
    expect(&s, s.sip, true, GOOD, "");
    know_nothing(&s);
    expect(&s, s.sip, true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    assert_false(judged.has_origin);
    /* keys alone open it, and prove nothing */
    tg_smime_key keys[] = { { { 0 }, s.tek } };
    s.knowledge.how = (tg_smime_opening){ .keys = keys, .num_keys = 1 };
    expect(&s, s.sip, true, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "");
    /* wrong keys beside a conversation are not tried */
    know_as_bob(&s);
    keys[0].kek = subscribers[2].psk;
    s.knowledge.how = (tg_smime_opening){ .keys = keys, .num_keys = 1 };
    expect(&s, s.sip, true, GOOD, "");
    /* and without the conversation they open nothing */
    s.knowledge.has_conversation = false;
    expect(&s, s.sip, false, TG_SMIME_FAILED, TG_IM_ORIGIN_NOT_PROVEN, "RFC5083-2.2-x01");
}

/* ---- broken ------------------------------------------------------------------------------------------------- */

static tg_bytes raw_mikey(tg_bytes octets)
{
    char *entity = hold(octets.len + 128);
    int len = sprintf(entity, "Content-Type: application/mikey\r\nContent-Transfer-Encoding: binary\r\n\r\n");
    memcpy(entity + len, octets.data, octets.len);
    return tg_bytes_of(entity, (size_t)len + octets.len);
}

static void transfer_init_beside_it(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    tg_bytes container = s.im->container->entity;
    know_nothing(&s);
    expect(&s, sip_of_parts(TO_BOB, "", &container, 1), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
           "TS33328-F.3-12");
    tg_bytes bad = text("Content-Type: application/mikey\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n");
    expect(&s, two_parts(TO_BOB, "", bad, container), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
           "TS33328-F.3-12");
    /* another message of MIKEY, and TRANSFER_INIT, raw */
    expect(&s, two_parts(TO_BOB, "", raw_mikey(s.l->sent[0].octets), container), true, TG_SMIME_NOT_TRIED,
           TG_IM_ORIGIN_NOT_PROVEN, "TS33328-F.3-12");
    know_as_bob(&s);
    expect(&s, two_parts(TO_BOB, "", raw_mikey(s.im->transfer_init), container), true, GOOD, "");
    /* it is of MESSAGE alone */
    know_nothing(&s);
    expect(&s, sip_of_parts("NOTIFY sip:bob@example.com", "", &container, 1), true, TG_SMIME_NOT_TRIED,
           TG_IM_ORIGIN_NOT_PROVEN, "");
}

static void request_uris(void **state)
{
    (void)state;
    static const char *const others[] = { "MESSAGE sip:carol@example.com", "MESSAGE sip:example.com",
                                          "MESSAGE tel:+15550100" };
    scene s;
    set_scene(&s);
    for (size_t i = 0; i < 3; i++) {
        tg_bytes sip = two_parts(others[i], "", s.im->mikey->entity, s.im->container->entity);
        im_profile.settings.request_uri = TG_REQUEST_URI_SHOULD;
        expect(&s, sip, true, GOOD, "TS33328-F.3-13");
        assert_int_equal(judged.findings[0]->requirement->level, TG_LEVEL_SHOULD);
        assert_string_equal(judged.findings[0]->path, "request_uri");
        assert_memory_equal(sip.data + judged.findings[0]->offset, others[i] + 8, strlen(others[i]) - 8);
        im_profile.settings.request_uri = TG_REQUEST_URI_MUST;
        expect(&s, sip, false, GOOD, "TS33328-F.3-13");
        assert_int_equal(judged.reception, TG_RECEPTION_REJECT);
        assert_int_equal(judged.findings[0]->requirement->level, TG_LEVEL_MUST);
    }
    expect(&s, two_parts("MESSAGE sips:bob@EXAMPLE.com:5061;x=y", "", s.im->mikey->entity, s.im->container->entity),
           true, GOOD, "");
    expect(&s, two_parts("NOTIFY sip:carol@example.com", "", s.im->mikey->entity, s.im->container->entity), true, GOOD,
           "");
    /* a group in the ticket */
    tg_ue_call wanted = message_to("bob@example.com", "?@?");
    set_scene_with(&s, &wanted, new_ue("alice@example.com", "ims-message", NULL));
    expect(&s, two_parts(others[0], "", s.im->mikey->entity, s.im->container->entity), true, GOOD, "");
    expect(&s, two_parts(others[1], "", s.im->mikey->entity, s.im->container->entity), false, GOOD, "TS33328-F.3-13");
}

static void the_key_of_the_session(void **state)
{
    (void)state;
    scene s, other;
    set_scene(&other);
    set_scene(&s);
    expect(&s, two_parts(TO_BOB, "", s.im->mikey->entity, other.im->container->entity), false, TG_SMIME_FAILED,
           TG_IM_ORIGIN_NOT_PROVEN, "RFC5083-2.2-x01 TS33328-F.3-14 TS33328-I.2.2-x02");
    /* of a NOTIFY annex F says nothing */
    expect(&s, two_parts("NOTIFY sip:bob@example.com", "", s.im->mikey->entity, other.im->container->entity), false,
           TG_SMIME_FAILED, TG_IM_ORIGIN_NOT_PROVEN, "RFC5083-2.2-x01 TS33328-I.2.2-x02");
    /* the other TRANSFER_INIT: what Bob has resolved is another ticket, so that there is no key */
    expect(&s, two_parts(TO_BOB, "", other.im->mikey->entity, s.im->container->entity), true, TG_SMIME_NOT_TRIED,
           TG_IM_ORIGIN_NOT_PROVEN, "TS33328-I.2.2-x02");
}

/* The SPI names a TEK of the ticket: it opens, but is no key that comes of a GTGK. */
static void a_key_that_is_no_gtgk(void **state)
{
    (void)state;
    scene s = { .alice = new_ue("alice@example.com", "ims-message", NULL),
                .bob = new_ue("bob@example.com", "ims-message", NULL) };
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    wanted.policy.keys[0].type = TG_KEY_TEK;
    s.l = start_message(s.alice, &wanted);
    tg_established keys = keys_of(s.alice, s.l->leg_i);
    assert_int_equal(keys.ticket_keys->type, TG_KEY_TEK);
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    tg_im_note note;
    assert_int_equal(write_im(&plan, &keys, &s.sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_NOT_GTGK);
    tg_known_key pretended = *keys.ticket_keys;
    pretended.type = TG_KEY_GTGK;
    keys.ticket_keys = &pretended;
    assert_int_equal(write_im(&plan, &keys, &s.sip, &note), TG_OK);
    s.r = receive(s.bob, s.sip);
    assert_refused(s.r, TG_IM_NOT_GTGK);
    know_as_bob(&s);
    expect(&s, s.sip, false, GOOD, "TS33328-F.3-14");
    /* With another IDRr it is another ticket, and of that no key is known: keys belong to their ticket. */
    tg_im *im = read_im(s.sip);
    tg_bytes other = hold_copy(im->transfer_init);
    const char *idrr = find_text(other, "bob@example.com"); /* its own, and then that of the ticket */
    assert_non_null(idrr);
    size_t behind = (size_t)(idrr + 1 - (const char *)other.data);
    idrr = find_text(tg_bytes_of(other.data + behind, other.len - behind), "bob@example.com");
    assert_non_null(idrr);
    memcpy((uint8_t *)(uintptr_t)idrr, "cob", 3);
    expect(&s, two_parts("MESSAGE sip:cob@example.com", "", raw_mikey(other), im->container->entity), true,
           TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    know_all(&s);
    expect(&s, s.sip, false, TG_SMIME_OPENED, TG_IM_ORIGIN_PROVEN, "TS33328-F.3-14");
    expect(&s, two_parts("MESSAGE sip:cob@example.com", "", raw_mikey(other), im->container->entity), true,
           TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
}

static void what_is_for_servers(void **state)
{
    (void)state;
    static const char *const inside[] = {
        "Content-Type: application/resource-lists+xml\r\n\r\n<x/>",
        "Content-Type: text/plain\r\nContent-Disposition: recipient-list\r\n\r\nx",
        ("Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\nx\r\n--c\r\n"
         "Content-Type: Application/Resource-Lists+XML\r\n\r\n<x/>\r\n--c--\r\n"),
        HELLO
    };
    scene s;
    set_scene(&s);
    for (size_t i = 0; i < 4; i++) {
        tg_bytes container = container_of_key(text(inside[i]), s.key_id, s.tek);
        expect(&s, two_parts(TO_BOB, "", s.im->mikey->entity, container), true, GOOD, i < 3 ? "TS33328-F.3-15" : "");
        expect(&s, two_parts("NOTIFY sip:bob@example.com", "", s.im->mikey->entity, container), true, GOOD, "");
    }
    know_nothing(&s);
    expect(&s, two_parts(TO_BOB, "", s.im->mikey->entity, container_of_key(text(inside[0]), s.key_id, s.tek)), true,
           TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
}

static void content_in_clear(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    tg_bytes mikey = s.im->mikey->entity;
    tg_bytes list =
        text("Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n\r\n<x/>");
    tg_bytes nested = text(
        "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\nx\r\n--c--\r\n");
    know_nothing(&s);
    expect(&s, two_parts(TO_BOB, "", mikey, text(HELLO)), false, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
           "TS33328-F.3-16");
    expect(&s, two_parts(TO_BOB, "", text(HELLO), mikey), false, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
           "TS33328-F.3-16");
    expect(&s, two_parts(TO_BOB, "", mikey, nested), false, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
           "TS33328-F.3-16");
    expect(&s, two_parts(TO_BOB, "", mikey, list), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    expect(&s, sip_of_parts(TO_BOB, "", &mikey, 1), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    expect(&s, two_parts("NOTIFY sip:bob@example.com", "", mikey, text(HELLO)), true, TG_SMIME_NOT_TRIED,
           TG_IM_ORIGIN_NOT_PROVEN, "");
    /* a message that has nothing to do with it */
    expect(&s, sip_of(TO_BOB, "", "text/plain", text("hello")), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    expect(&s, sip_of(TO_BOB, "", NULL, text("")), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
}

static void key_identifiers(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    tg_bytes other = container_of_key(text(HELLO), text("other"), s.tek);
    expect(&s, two_parts(TO_BOB, "", s.im->mikey->entity, other), true, GOOD, "TS33328-I.2.2-x02");
    im_profile.settings.smime_key_id = TG_SMIME_KEY_ID_CSB_CS;
    expect(&s, s.sip, true, GOOD, "TS33328-I.2.2-x02");
    uint8_t id[5];
    memcpy(id, s.im->transfer_init.data + 4, 4); /* CSB ID [RFC 3830 6.1] */
    id[4] = 1;
    other = container_of_key(text(HELLO), tg_bytes_of(id, 5), s.tek);
    expect(&s, two_parts(TO_BOB, "", s.im->mikey->entity, other), true, GOOD, "");
    im_profile.settings.smime_key_id = TG_SMIME_KEY_ID_SPI;
    expect(&s, two_parts(TO_BOB, "", s.im->mikey->entity, other), true, GOOD, "TS33328-I.2.2-x02");
    know_nothing(&s);
    expect(&s, two_parts(TO_BOB, "", s.im->mikey->entity, other), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
           "");
}

static void conference_state(void **state)
{
    (void)state;
    static const char clear[] = "Content-Type: application/conference-info+xml\r\n\r\n<conference-info/>";
    scene s;
    set_scene(&s);
    tg_bytes part = text(clear);
    know_nothing(&s);
    expect(&s,
           sip_of("NOTIFY sip:bob@192.0.2.7", "Event: conference;id=1\r\n", "application/conference-info+xml",
                  text("<x/>")),
           false, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "TS33328-G.3.3-02");
    expect(&s, two_parts("NOTIFY sip:bob@192.0.2.7", "o: conference\r\n", s.im->container->entity, part), false,
           TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "TS33328-G.3.3-02");
    static const char *const others[] = { "Event: Conference\r\n", "Event: presence\r\n", "",
                                          "Event: conference.winfo\r\n" };
    for (size_t i = 0; i < 4; i++)
        expect(&s, sip_of_parts("NOTIFY sip:bob@192.0.2.7", others[i], &part, 1), true, TG_SMIME_NOT_TRIED,
               TG_IM_ORIGIN_NOT_PROVEN, "");
    expect(&s, sip_of_parts("MESSAGE sip:bob@192.0.2.7", "Event: conference\r\n", &part, 1), true, TG_SMIME_NOT_TRIED,
           TG_IM_ORIGIN_NOT_PROVEN, "");
    know_as_bob(&s);
    expect(&s,
           two_parts("NOTIFY sip:bob@192.0.2.7", "Event: conference\r\n", s.im->mikey->entity,
                     container_of_key(part, s.key_id, s.tek)),
           true, GOOD, "");
}

static void prot_types(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    s.known.profile.prot_types[TG_PROT_KIND_PSK_SMIME] = 250;
    expect(&s, s.sip, false, GOOD, "TS33328-J.1-03");
    s.known.profile.prot_types[TG_PROT_KIND_PSK_SMIME] = -1;
    expect(&s, s.sip, true, GOOD, "");
}

/* ---- errors ------------------------------------------------------------------------------------------------- */

static void expect_error(const scene *s, tg_bytes sip, tg_status status, const char *ids)
{
    judge_im(s, sip);
    assert_string_equal(tg_status_name(judged.parse), tg_status_name(status));
    expect_ids(ids);
    assert_false(judged.accepted);
    assert_int_equal(judged.origin, TG_IM_ORIGIN_NOT_PROVEN);
    assert_int_equal(judged.has_origin, s->knowledge.has_conversation);
}

static void what_cannot_be_cut(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    tg_bytes mikey = s.im->mikey->entity;
    expect_error(&s, text("hello"), TG_BAD_SIP, "");
    expect_error(&s, tg_bytes_of(s.sip.data, s.sip.len - 1), TG_BAD_SIP, "");
    expect_error(&s, sip_of(TO_BOB, "", "multipart/mixed; boundary=b", text("--b\r\n\r\nx")), TG_BAD_MIME, "");
    expect_error(&s, sip_of(TO_BOB, "", "multipart/mixed", text("--b\r\n\r\nx\r\n--b--\r\n")), TG_BAD_MIME, "");
    static const char *const methods[] = { "INVITE", "message", "FOO", "MESSAGES", "INFO", "notify" };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        char start[64];
        (void)sprintf(start, "%s sip:bob@example.com", methods[i]);
        expect_error(&s, two_parts(start, "", mikey, s.im->container->entity), TG_BAD_SIP, "");
    }
    static const char cms[] = "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; "
                              "name=smime.p7m\r\n\r\n\x30\x03\x02\x01\x00";
    expect_error(&s, two_parts(TO_BOB, "", mikey, tg_bytes_of(cms, sizeof cms - 1)), TG_BAD_CMS, "RFC5652-3-x01");
    know_nothing(&s);
    expect_error(&s, two_parts(TO_BOB, "", mikey, tg_bytes_of(cms, sizeof cms - 1)), TG_BAD_CMS, "RFC5652-3-x01");
    static const char cut[] =
        "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m\r\n\r\n\x30\x09\x06\x01";
    expect_error(&s, two_parts(TO_BOB, "", mikey, tg_bytes_of(cut, sizeof cut - 1)), TG_TRUNCATED, "RFC5652-3-x01");
}

/* Whatever octet is another: nothing but what was sent is ever proven, or opened by the key of the conversation. */
static void every_octet_flipped(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    uint8_t *copy = hold(s.sip.len);
    size_t proven = 0, max = tg_im_judge_arena_size(s.sip.len, &s.knowledge);
    uint8_t *room = malloc(max);
    assert_non_null(room);
    for (size_t i = 0; i < s.sip.len; i += 2) {
        tg_arena arena = tg_arena_of(room, max);
        memcpy(copy, s.sip.data, s.sip.len);
        copy[i] ^= (uint8_t)(1U << i % 7);
        assert_int_equal(tg_im_judge(crypto, tg_bytes_of(copy, s.sip.len), &s.knowledge, &arena, &judged), TG_OK);
        proven += judged.origin == TG_IM_ORIGIN_PROVEN;
        if (judged.parse == TG_OK && judged.mime.container.outcome == TG_SMIME_OPENED)
            assert_true(tg_bytes_equal(judged.mime.container.content, text(HELLO)));
        else
            assert_int_equal(judged.origin, TG_IM_ORIGIN_NOT_PROVEN);
    }
    free(room);
    assert_true(proven > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JUDGE_TEST(a_message_that_keeps_all_rows),
        JUDGE_TEST(transfer_init_beside_it),
        JUDGE_TEST(request_uris),
        JUDGE_TEST(the_key_of_the_session),
        JUDGE_TEST(a_key_that_is_no_gtgk),
        JUDGE_TEST(what_is_for_servers),
        JUDGE_TEST(content_in_clear),
        JUDGE_TEST(key_identifiers),
        JUDGE_TEST(conference_state),
        JUDGE_TEST(prot_types),
        JUDGE_TEST(what_cannot_be_cut),
        JUDGE_TEST(every_octet_flipped),
    };
    return cmocka_run_group_tests_name("messaging/judge", tests, NULL, NULL);
}
