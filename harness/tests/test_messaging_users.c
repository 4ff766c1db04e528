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

/* ---- who made it -------------------------------------------------------------------------------------------- */

static tg_service *ue_that_is_wrong(const char *name, const char *deviation)
{
    tg_service *ue = NULL;
    tg_ue_config c = { .service = { .role = role_for(name, "ims-message"), .validity = 3600 }, .policy = &open_policy };
    c.service.role.deviation = tg_deviation_find(deviation);
    assert_non_null(c.service.role.deviation);
    assert_int_equal(tg_ue_new(&c, &ue), TG_OK);
    return ue;
}

/* Who may resolve the ticket has MPKi and the GTGK: V is right, the container opens. But Vr is not made with MPKr. */
static void a_member_of_the_group_cannot_forge(void **state)
{
    (void)state;
    line *l;
    two_users();
    alice = ue_that_is_wrong("alice@example.com", "vr-key");
    tg_bytes sip = to_bob(&l);
    received *r = receive(bob, sip);
    assert_refused(r, TG_IM_NO_KEYS);
    assert_int_equal(tg_service_leg(bob, r->l->leg_r).state, TG_LEG_REFUSED);
    assert_int_equal(tg_service_leg(bob, r->l->leg_r).reason, TG_REASON_PEER);
    assert_int_equal(count(r->l, TG_DATA_TYPE_RESOLVE_INIT_PSK), 1);
    assert_int_equal(count(r->l, TG_DATA_TYPE_RESOLVE_RESP), 0);
    /* With Alice's own keys, or with what the group has, nothing is proven either: the content opens, and stays where it is. */
    tg_im_note note;
    tg_im_content content;
    tg_established keys = keys_of(alice, l->leg_i);
    assert_int_equal(tg_im_open(crypto, &im_profile, &keys, &r->im, memory(), &content, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_ORIGIN);
    assert_null(content.content.data);
}

/* Keys of a ticket that was resolved before prove nothing about who uses it now (6.2.3.7 allows to keep them). */
static void kept_keys_prove_nothing(void **state)
{
    (void)state;
    for (int each_time = 0; each_time <= 1; each_time++) {
        line *l;
        two_users();
        tg_ue_config c = { .service = { .role = role_for("bob@example.com", "ims-message") },
                           .policy = &open_policy,
                           .resolve_each_time = each_time };
        assert_int_equal(tg_ue_new(&c, &bob), TG_OK);
        tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
        wanted.policy.flags |= (uint16_t)TG_FLAG('J');
        tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
        received *r = receive(bob, send_message(alice, &wanted, &plan, &l));
        assert_received(r, HELLO, "alice@example.com");
        tg_service_result *result = hold(sizeof *result);
        assert_int_equal(tg_service_transfer_again(alice, l->leg_i, now, result), TG_OK);
        deliver(alice, result);
        r->im = *read_im(written(&plan, alice, l->leg_i));
        num_to_kms = 0;
        assert_int_equal(tg_service_receive(bob, r->l->leg_r, TG_SENDER_I, r->im.transfer_init, now, result), TG_OK);
        assert_true(result->accepted);
        deliver(bob, result);
        assert_int_equal(num_to_kms, each_time);
        open_received(r, bob);
        if (each_time)
            assert_received(r, HELLO, "alice@example.com");
        else
            assert_refused(r, TG_IM_ORIGIN);
    }
}

/* All that the proof rests on, each thing missing or another's. */
static void what_the_proof_rests_on(void **state)
{
    (void)state;
    line *l;
    two_users();
    received *other = receive(bob, to_bob(&l)), *r = receive(bob, to_bob(&l));
    assert_received(r, HELLO, "alice@example.com");
    tg_established keys = keys_of(bob, r->l->leg_r), before = keys;
    tg_message init, resp;
    tg_conversation *conversation = judge(other->l);
    tg_established others;
    tg_conversation_established(conversation, &others);
    for (size_t i = 0; i < 6; i++) {
        tg_im_note note;
        tg_im_content content;
        keys = before;
        init = *before.transfer_init;
        resp = *before.resolve_resp;
        tg_ticket ticket = *(const tg_ticket *)tg_payload_find(init.payloads, TG_PAYLOAD_TICKET);
        if (i == 1)
            keys.resolve_init = NULL;
        else if (i == 2)
            keys.resolve_resp = NULL;
        else if (i == 3) { /* about another ticket */
            keys.resolve_init = others.transfer_init;
            resp.hdr.csb_id = others.transfer_init->hdr.csb_id;
            keys.resolve_resp = &resp;
        } else if (i == 4) {
            resp.hdr.csb_id ^= 1; /* it answers something else */
            keys.resolve_resp = &resp;
        } else if (i == 5) {
            ticket.flags &= (uint16_t)~TG_FLAG('I');
            init.payloads = (tg_payload *)&ticket;
            keys.transfer_init = &init;
        }
        tg_status status = tg_im_open(crypto, &im_profile, &keys, &r->im, memory(), &content, &note);
        assert_int_equal(status, i == 0 ? TG_OK : TG_REFUSED);
        assert_int_equal(note.reason, i == 0 ? TG_IM_NONE : TG_IM_ORIGIN);
        assert_int_equal(content.content.data != NULL, i == 0);
    }
}

/* Mallory's TRANSFER_INIT before Alice's body, under Alice's name. */
static void the_exchange_of_another(void **state)
{
    (void)state;
    line *l, *m;
    two_users();
    tg_service *mallory = new_ue("mallory@example.com", "ims-message", NULL);
    tg_bytes sip = to_bob(&l);
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    tg_im_plan plan = im_plan("mallory@example.com", "bob@example.com");
    tg_bytes other = send_message(mallory, &wanted, &plan, &m);
    tg_im *of_alice = read_im(sip), *of_mallory = read_im(other);
    tg_bytes mixed[] = { of_mallory->mikey->entity, of_alice->container->entity };
    tg_bytes forged =
        sip_of_parts("MESSAGE sip:bob@example.com", "P-Asserted-Identity: <sip:alice@example.com>\r\n", mixed, 2);
    assert_refused(receive(bob, forged), TG_IM_NOT_AUTHENTIC);

    /* His own body under Alice's name: the user is told who has made it, or refuses it. */
    mixed[1] = of_mallory->container->entity;
    forged = sip_of_parts("MESSAGE sip:bob@example.com", "P-Asserted-Identity: <sip:alice@example.com>\r\n", mixed, 2);
    static const tg_ue_policy strict = { .intermediary = TG_ANSWER_REFUSE };
    bob = new_ue("bob@example.com", "ims-message", &strict);
    num_to_kms = 0;
    received *r = receive(bob, forged);
    assert_refused(r, TG_IM_SERVICE);
    assert_int_equal(r->result.info.reason, TG_REASON_INTERMEDIARY);
    assert_int_equal(num_to_kms, 0);
    bob = new_ue("bob@example.com", "ims-message", NULL);
    r = receive(bob, forged);
    assert_received(r, HELLO, "mallory@example.com");
    assert_true(tg_service_leg(bob, r->l->leg_r).hop_by_hop);
}

/* Two messages of Alice's, each with the body of the other; and the keys of one leg for the message of another. */
static void bodies_swapped(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_bytes sips[2] = { to_bob(&l), to_bob(&l) };
    tg_im *ims[2] = { read_im(sips[0]), read_im(sips[1]) };
    for (size_t i = 0; i < 2; i++) {
        tg_bytes mixed[] = { ims[i]->mikey->entity, ims[1 - i]->container->entity };
        received *r = receive(bob, sip_of_parts("MESSAGE sip:bob@example.com", "", mixed, 2));
        assert_refused(r, TG_IM_NOT_AUTHENTIC);
        r->im = *ims[1 - i];
        open_received(r, bob);
        assert_refused(r, TG_IM_OTHER_EXCHANGE);
        r->im = *ims[i];
        open_received(r, bob);
        assert_received(r, HELLO, "alice@example.com");
    }
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
    } cases[] = { { sip_of_parts("PUBLISH sip:bob@example.com", "", both, 2), TG_IM_METHOD },
                  { sip_of_parts("message sip:bob@example.com", "", both, 2), TG_IM_METHOD },
                  { sip_of_parts("MESSAGE sip:bob@example.com", "", both + 1, 1), TG_IM_NO_TRANSFER_INIT },
                  { sip_of_parts("MESSAGE sip:bob@example.com", "", bad, 2), TG_IM_NO_TRANSFER_INIT },
                  { sip_of_parts("MESSAGE sip:bob@example.com", "", clear, 2), TG_IM_IN_CLEAR },
                  { sip_of_parts("MESSAGE sip:bob@example.com", "", clear + 1, 1), TG_IM_NO_TRANSFER_INIT },
                  { sip_of("MESSAGE sip:bob@example.com", "", NULL, text("")), TG_IM_NO_TRANSFER_INIT },
                  { sip_of_parts("NOTIFY sip:bob@example.com", "Event: conference\r\n", clear + 1, 1),
                    TG_IM_NOTIFY_IN_CLEAR } };
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
    uint8_t content_room[1 << 16];
    for (size_t i = 0; i < sip.len; i++) {
        tg_arena arena = tg_arena_of(room, max), inside = tg_arena_of(content_room, sizeof content_room);
        tg_im_content content;
        tg_im_note note;
        memset(content_room, 0, sizeof content_room);
        memcpy(copy, sip.data, sip.len);
        copy[i] ^= (uint8_t)(1U << i % 8);
        if (tg_im_read(tg_bytes_of(copy, sip.len), &arena, &r->im, NULL) != TG_OK)
            continue;
        tg_status status = tg_im_open(crypto, &im_profile, &keys, &r->im, &inside, &content, &note);
        if (status == TG_OK) {
            assert_true(tg_bytes_equal(content.content, text(HELLO)));
            opened++;
        } else {
            assert_int_equal(status, TG_REFUSED);
            assert_null(content.content.data);
            assert_null(memmem(content_room, sizeof content_room, "Hello", 5));
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
        tg_status status = tg_im_open(crypto, &im_profile, &of_bob, &r->im, &small, &content, &note);
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
        MESSAGING_TEST(a_member_of_the_group_cannot_forge),
        MESSAGING_TEST(kept_keys_prove_nothing),
        MESSAGING_TEST(what_the_proof_rests_on),
        MESSAGING_TEST(the_exchange_of_another),
        MESSAGING_TEST(bodies_swapped),
        MESSAGING_TEST(a_request_uri_that_may_not_resolve),
        MESSAGING_TEST(what_is_no_protected_message),
        MESSAGING_TEST(what_is_not_sent),
        MESSAGING_TEST(every_octet_flipped),
        MESSAGING_TEST(little_memory),
    };
    return cmocka_run_group_tests_name("messaging/users", tests, NULL, NULL);
}
