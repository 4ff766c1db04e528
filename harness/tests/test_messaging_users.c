/* Two users and a KMS: a SIP MESSAGE is sent, received, damaged and forged (annex F.3). */
#define _GNU_SOURCE
#include "test_messaging_support.h"

static tg_service *alice, *bob;

static void two_users(void)
{
    alice = new_ue("alice@example.com", "ims-message", NULL);
    bob = new_ue("bob@example.com", "ims-message", NULL);
}

static tg_bytes to_bob(line **l)
{
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    return send_message(alice, &wanted, &plan, l);
}

/* ---- what arrives ------------------------------------------------------------------------------------------- */

static void a_message_arrives(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_bytes sip = to_bob(&l);
    assert_null(find_text(sip, "Hello"));
    assert_non_null(find_text(sip, "MESSAGE sip:bob@example.com SIP/2.0\r\n"));
    assert_non_null(find_text(sip, "Content-Type: application/mikey\r\nContent-Transfer-Encoding: base64\r\n"));
    assert_non_null(find_text(sip, "authEnveloped-data"));
    received *r = receive(bob, sip);
    assert_received(r, HELLO, "alice@example.com");
    assert_int_equal(r->note.warning, TG_IM_NONE);
    assert_string_equal(r->im.request.asserted, "sip:alice@example.com");
    assert_true(tg_bytes_equal(r->im.target, text("bob@example.com")));
    assert_true(tg_bytes_equal(r->im.caller, text("alice@example.com")));
    assert_true(tg_bytes_equal(r->im.transfer_init, l->sent[2].octets));
    assert_int_equal(tg_service_leg(bob, r->l->leg_r).hop_by_hop, false);
    assert_spotless(l);
}

static void all_forms_arrive(void **state)
{
    (void)state;
    static const struct {
        tg_smime_alg alg;
        size_t tag_len;
        uint8_t type, encoding, key_id;
    } forms[] = { { TG_SMIME_AES_128_CCM, 8, 0, 0, 0 },
                  { TG_SMIME_AES_128_GCM, 16, TG_SMIME_TYPE_AUTH_ENVELOPED, TG_SMIME_ENCODING_BINARY, 0 },
                  { TG_SMIME_AES_256_GCM, 0, 0, TG_SMIME_ENCODING_BINARY, TG_SMIME_KEY_ID_CSB_CS } };
    two_users();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        line *l;
        tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
        tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
        plan.alg = forms[i].alg;
        plan.tag_len = forms[i].tag_len;
        im_profile.settings.smime_type = forms[i].type;
        im_profile.settings.smime_encoding = forms[i].encoding;
        im_profile.settings.smime_key_id = forms[i].key_id;
        assert_received(receive(bob, send_message(alice, &wanted, &plan, &l)), HELLO, "alice@example.com");
    }
}

/* RFC 8551 3.1.1: text is brought to CRLF before it is protected; parts and URI lists travel as they are. */
static void the_content_is_canonical(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    tg_bytes list = text("Content-Type: application/resource-lists+xml\r\nContent-Disposition: "
                         "recipient-list\r\n\r\n<resource-lists/>\r\n");
    plan.content = text("Content-Type: text/plain\n\none\ntwo\r\n");
    plan.for_servers = &list;
    plan.num_for_servers = 1;
    tg_bytes sip = send_message(alice, &wanted, &plan, &l);
    assert_non_null(find_text(sip, "<resource-lists/>"));
    received *r = receive(bob, sip);
    assert_received(r, "Content-Type: text/plain\r\n\r\none\r\ntwo\r\n", "alice@example.com");
    const tg_mime_part *part = tg_im_part_for_servers(r->im.body);
    assert_non_null(part);
    assert_string_equal(part->disposition, "recipient-list");
}

/* A reusable ticket: each message has a key of its own, each is proven. */
static void a_ticket_is_used_again(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    wanted.policy.flags |= (uint16_t)TG_FLAG('J');
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    received *first = receive(bob, send_message(alice, &wanted, &plan, &l));
    assert_received(first, HELLO, "alice@example.com");
    tg_service_result *result = hold(sizeof *result);
    assert_int_equal(tg_service_transfer_again(alice, l->leg_i, now, result), TG_OK);
    deliver(alice, result);
    tg_bytes again = written(&plan, alice, l->leg_i);
    received *second = receive(bob, again);
    assert_received(second, HELLO, "alice@example.com");
    assert_false(tg_bytes_equal(tek_of(bob, first->l->leg_r, 1), tek_of(bob, second->l->leg_r, 1)));
    /* the same again is refused before the KMS is asked */
    size_t asked = num_to_kms;
    assert_refused(receive(bob, again), TG_IM_SERVICE);
    assert_int_equal(num_to_kms, asked);
}

/* ---- the Request-URI ---------------------------------------------------------------------------------------- */

static void a_request_uri_that_may_not_resolve(void **state)
{
    (void)state;
    static const char *const uris[] = { "sip:carol@example.com", "sip:example.com", "tel:+15550100" };
    line *l;
    two_users();
    for (size_t i = 0; i < 3; i++) {
        tg_im_note note;
        tg_bytes sip;
        tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
        tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
        plan.request_uri = uris[i];
        plan.to = "sip:bob@example.com";
        l = start_message(alice, &wanted);
        tg_established keys = keys_of(alice, l->leg_i);
        im_profile.settings.request_uri = TG_REQUEST_URI_MUST;
        assert_int_equal(write_im(&plan, &keys, &sip, &note), TG_REFUSED);
        assert_int_equal(note.reason, TG_IM_REQUEST_URI);
        assert_null(sip.data);
        im_profile.settings.request_uri = TG_REQUEST_URI_SHOULD;
        assert_int_equal(write_im(&plan, &keys, &sip, &note), TG_OK);
        assert_int_equal(note.warning, TG_IM_REQUEST_URI);

        im_profile.settings.request_uri = TG_REQUEST_URI_MUST;
        num_to_kms = 0;
        assert_refused(receive(bob, sip), TG_IM_REQUEST_URI);
        assert_int_equal(num_to_kms, 0);
        im_profile.settings.request_uri = TG_REQUEST_URI_SHOULD;
        received *r = receive(bob, sip);
        assert_received(r, HELLO, "alice@example.com");
    }
    assert_string_equal(tg_im_reason_requirement(TG_IM_REQUEST_URI)->id, "TS33328-F.3-13");
}

/* ---- what is refused without a key -------------------------------------------------------------------------- */

static void what_is_no_protected_message(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_im *im = read_im(to_bob(&l));
    tg_bytes both[] = { im->mikey->entity, im->container->entity }, clear[] = { im->mikey->entity, text(HELLO) };
    tg_bytes bad[] = { text("Content-Type: application/mikey\r\n\r\nnothing"), im->container->entity };
    const struct {
        tg_bytes sip;
        tg_im_reason reason;
    } cases[] = { { sip_of_parts("MESSAGE sip:bob@example.com", "", both + 1, 1), TG_IM_NO_TRANSFER_INIT },
                  { sip_of_parts("MESSAGE sip:bob@example.com", "", bad, 2), TG_IM_NO_TRANSFER_INIT },
                  { sip_of_parts("MESSAGE sip:bob@example.com", "", clear, 2), TG_IM_IN_CLEAR },
                  { sip_of_parts("MESSAGE sip:bob@example.com", "", clear + 1, 1), TG_IM_NO_TRANSFER_INIT },
                  { sip_of("MESSAGE sip:bob@example.com", "", NULL, text("")), TG_IM_NO_TRANSFER_INIT },
                  { sip_of_parts("NOTIFY sip:bob@example.com", "Event: conference\r\n", clear + 1, 1),
                    TG_IM_NOTIFY_IN_CLEAR } };
    static const char *const others[] = { "PUBLISH sip:bob@example.com", "message sip:bob@example.com",
                                          "INVITE sip:bob@example.com", "FOO sip:bob@example.com" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        tg_im other;
        tg_diag diag;
        tg_arena *arena = memory();
        assert_int_equal(tg_im_read(sip_of_parts(others[i], "", both, 2), arena, &other, &diag), TG_BAD_SIP);
        assert_int_equal(diag.status, TG_BAD_SIP);
        assert_non_null(strstr(other.why, "method"));
        assert_null(other.container);
        assert_int_equal(arena->used, 0);
    }
    num_to_kms = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(receive(bob, cases[i].sip), cases[i].reason);
    assert_int_equal(num_to_kms, 0);
    /* and the same parts as they are to be */
    assert_received(receive(bob, sip_of_parts("MESSAGE sip:bob@example.com", "", both, 2)), HELLO, "alice@example.com");
}

static void what_is_not_sent(void **state)
{
    (void)state;
    line *l;
    two_users();
    (void)to_bob(&l);
    tg_established keys = keys_of(alice, l->leg_i), none = { 0 };
    tg_im_note note;
    tg_bytes sip;
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com"), wrong = plan;
    wrong.content = text("Content-Type: application/resource-lists+xml\r\n\r\n<resource-lists/>");
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_FOR_SERVERS);
    wrong.content = text("no headers here\r\n\r\nHello");
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_NOT_MIME);
    wrong = plan;
    wrong.method = "INVITE";
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_METHOD);
    wrong = plan;
    wrong.without_ticket = true;
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_NO_TRANSFER_INIT);
    wrong = plan;
    wrong.from = "sip:alice@example.com>\r\nX: y";
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_BAD_SIP);
    assert_true(strlen(note.text) > 0);
    wrong = plan;
    wrong.num_for_servers = TG_IM_MAX_FOR_SERVERS + 1;
    tg_bytes lists[TG_IM_MAX_FOR_SERVERS + 1];
    for (size_t i = 0; i <= TG_IM_MAX_FOR_SERVERS; i++)
        lists[i] = text("Content-Type: text/plain\r\n\r\nx");
    wrong.for_servers = lists;
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_TOO_LARGE);
    /* in clear goes what is for servers, and nothing else */
    wrong.num_for_servers = 1;
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_BESIDE);
    lists[0] = text("no entity");
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_BESIDE);
    lists[0] = text("Content-Type: text/plain\r\nContent-Disposition: recipient-list\r\n\r\nx");
    assert_int_equal(write_im(&wrong, &keys, &sip, &note), TG_OK);
    assert_int_equal(write_im(&plan, &none, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_NO_KEYS);
    /* the key of a TEK or TGK, and a crypto session of another kind */
    tg_known_key key = *keys.ticket_keys;
    keys.ticket_keys = &key;
    key.type = TG_KEY_TEK;
    assert_int_equal(write_im(&plan, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_NOT_GTGK);
    key.type = TG_KEY_GTGK;
    im_profile.prot_types[TG_PROT_KIND_PSK_SMIME] = 250;
    assert_int_equal(write_im(&plan, &keys, &sip, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_PROT_TYPE);
    im_profile.prot_types[TG_PROT_KIND_PSK_SMIME] = 242;
    assert_int_equal(write_im(&plan, &keys, &sip, &note), TG_OK);
}

/* ---- hostile octets ----------------------------------------------------------------------------------------- */

/* Any octet is another: what is opened is what was sent, and mostly nothing is. */
static void every_octet_flipped(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_bytes sip = to_bob(&l);
    received *r = receive(bob, sip);
    assert_received(r, HELLO, "alice@example.com");
    size_t max = tg_im_arena_size(sip.len), opened = 0, by_key = 0;
    uint8_t *copy = hold(sip.len), *room = hold(max);
    tg_established keys = keys_of(bob, r->l->leg_r);
    size_t content_max = 2 * tg_im_open_arena_size(&r->im);
    uint8_t *content_room = hold(content_max);
    for (size_t i = 0; i < sip.len; i++) {
        tg_arena arena = tg_arena_of(room, max), inside = tg_arena_of(content_room, content_max);
        tg_im_content content;
        tg_im_note note;
        memset(content_room, 0, content_max);
        memcpy(copy, sip.data, sip.len);
        copy[i] ^= (uint8_t)(1U << i % 8);
        if (tg_im_read(tg_bytes_of(copy, sip.len), &arena, &r->im, NULL) != TG_OK)
            continue;
        tg_status status = tg_im_open(crypto, &im_profile, &keys, &r->im, false, &inside, &content, &note);
        if (status == TG_OK) {
            assert_true(tg_bytes_equal(content.content, text(HELLO)));
            opened++;
        } else {
            assert_int_equal(status, TG_REFUSED);
            assert_null(content.content.data);
            assert_null(memmem(content_room, content_max, "Hello", 5));
            by_key += note.reason == TG_IM_NOT_AUTHENTIC;
        }
    }
    assert_true(opened > 0 && by_key > 50); /* headers that do not matter; the container */
}

static tg_status no_random(void *user, uint8_t *out, size_t len)
{
    (void)user, (void)out, (void)len;
    return TG_NO_MEMORY;
}

/* Too little memory, or no randomness: nothing is made, nothing is opened. */
static void little_memory(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_bytes sip = to_bob(&l), made;
    received *r = receive(bob, sip);
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    tg_established keys = keys_of(alice, l->leg_i);
    tg_im_note note;
    size_t enough = tg_im_write_arena_size(&plan, &keys), refused = 0;
    uint8_t *room = hold(enough > 1 << 20 ? enough : 1 << 20);
    for (size_t len = 0; len < enough; len += 997) {
        tg_arena arena = tg_arena_of(room, len);
        tg_status status = tg_im_write(&plan, &keys, &arena, &made, &note);
        assert_true(status == TG_OK || status == TG_ARENA_FULL);
        assert_true((status == TG_OK) == (made.data != NULL));
        refused += status != TG_OK;
    }
    assert_true(refused > 0);
    plan.random = (tg_random){ no_random, NULL };
    tg_arena arena = tg_arena_of(room, enough);
    assert_int_equal(tg_im_write(&plan, &keys, &arena, &made, &note), TG_NO_MEMORY);
    assert_int_equal(arena.used, 0);

    tg_established of_bob = keys_of(bob, r->l->leg_r);
    refused = 0;
    for (size_t len = 0; len < tg_im_open_arena_size(&r->im); len += 61) {
        tg_im_content content;
        tg_arena small = tg_arena_of(room, len);
        tg_status status = tg_im_open(crypto, &im_profile, &of_bob, &r->im, false, &small, &content, &note);
        assert_true(status == TG_OK || status == TG_ARENA_FULL);
        assert_true((status == TG_OK) == (content.content.data != NULL));
        refused += status != TG_OK;
    }
    assert_true(refused > 0);
    refused = 0;
    for (size_t len = 0; len < 200000; len += 499) {
        tg_im im;
        tg_diag diag;
        tg_arena small = tg_arena_of(room, len);
        tg_status status = tg_im_read(sip, &small, &im, &diag);
        assert_true(status == TG_OK || status == TG_ARENA_FULL);
        refused += status != TG_OK;
    }
    assert_true(refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGING_TEST(a_message_arrives),
        MESSAGING_TEST(all_forms_arrive),
        MESSAGING_TEST(the_content_is_canonical),
        MESSAGING_TEST(a_ticket_is_used_again),
        MESSAGING_TEST(a_request_uri_that_may_not_resolve),
        MESSAGING_TEST(what_is_no_protected_message),
        MESSAGING_TEST(what_is_not_sent),
        MESSAGING_TEST(every_octet_flipped),
        MESSAGING_TEST(little_memory),
    };
    return cmocka_run_group_tests_name("messaging/users", tests, NULL, NULL);
}
