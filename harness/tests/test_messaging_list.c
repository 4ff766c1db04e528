/* The list server: some may resolve the ticket, for others it protects the message anew (contribution 000). */
#define _GNU_SOURCE
#include "test_messaging_support.h"

#define URI_LIST                                                                                                       \
    "Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n\r\n"                      \
    "<resource-lists><list><entry uri=\"sip:dave@example.com\"/></list></resource-lists>\r\n"

static const char *const names[] = { "bob@example.com", "carol@example.com", "dave@example.com" };
enum { NUM = 3 };

typedef struct scene {
    tg_service *alice, *server, *receivers[NUM];
    tg_identity ids[NUM];
    line *first, *legs[NUM + 1];
    tg_bytes sip; /* Alice's */
    tg_im *im;    /* at the server */
    tg_service_result result;
    tg_im_note note;
    tg_status status;
} scene;

static tg_im_plan forward_plan(size_t i)
{
    return im_plan("alice@example.com", names[i]);
}

/* Alice's MESSAGE to the list, for the list, Bob and Carol alone; `server` may be configured otherwise. */
static void send_to_list(scene *s, bool leave_out, const char *first_resolver)
{
    memset(s, 0, sizeof *s);
    s->alice = new_ue("alice@example.com", "ims-message", NULL);
    tg_server_config c = { .service = { .role = role_for("list@example.com", "ims-message"), .validity = 3600 },
                           .kind = TG_SERVER_LIST,
                           .leave_out = leave_out,
                           .ticket = ticket_for("DEHILNO", TG_KEY_GTGK, NULL) };
    assert_int_equal(tg_server_new(&c, &s->server), TG_OK);
    for (size_t i = 0; i < NUM; i++) {
        s->receivers[i] = new_ue(names[i], "ims-message", NULL);
        s->ids[i] = uid(names[i]);
    }
    tg_ue_call wanted = message_to("list@example.com", first_resolver);
    wanted.policy.r[wanted.policy.num_r++] = uid("bob@example.com");
    wanted.policy.r[wanted.policy.num_r++] = uid("carol@example.com");
    tg_im_plan plan = im_plan("alice@example.com", "list@example.com");
    tg_bytes beside[] = { text(URI_LIST), text("Content-Type: text/plain\r\nContent-Disposition: recipient-list\r\n\r\n"
                                               "not for all to see") };
    plan.for_servers = beside;
    plan.num_for_servers = 2;
    s->sip = send_message(s->alice, &wanted, &plan, &s->first);
    s->im = read_im(s->sip);
}

static void serve(scene *s)
{
    for (size_t i = 0; i <= NUM; i++)
        s->legs[i] = i == 0 ? new_line("ims-message", NULL, TG_NO_LEG, s->server, NULL)
                            : new_line("ims-message", s->server, i, NULL, NULL);
    s->legs[0]->leg_r = 0;
    s->status = tg_im_accept_list(s->server, &im_profile, s->im, s->ids, NUM, memory(), now, &s->result, &s->note);
    if (s->status == TG_OK)
        deliver(s->server, &s->result);
}

static tg_status forward(scene *s, size_t i, tg_bytes *sip)
{
    tg_im_plan plan = forward_plan(i);
    return tg_im_forward(s->server, i + 1, s->im, &plan, now, memory(), sip, &s->note);
}

static void the_list_serves_everybody(void **state)
{
    (void)state;
    scene s;
    send_to_list(&s, false, "list@example.com");
    serve(&s);
    assert_int_equal(s.status, TG_OK);
    assert_int_equal(tg_service_leg(s.server, 0).state, TG_LEG_ESTABLISHED);
    for (size_t i = 0; i < NUM; i++) {
        tg_bytes sip;
        assert_int_equal(forward(&s, i, &sip), TG_OK);
        assert_null(find_text(sip, "resource-lists"));
        assert_null(find_text(sip, "for all to see"));
        assert_null(find_text(sip, "Hello"));
        received *r = receive(s.receivers[i], sip);
        /* Dave's is made by the list; the signalling still names Alice, and he is told. */
        assert_received(r, HELLO, i == 2 ? "list@example.com" : "alice@example.com");
        assert_int_equal(tg_service_leg(s.receivers[i], r->l->leg_r).hop_by_hop, i == 2);
        bool as_it_came = tg_bytes_equal(r->im.container->entity, s.im->container->entity);
        assert_int_equal(as_it_came, i < 2);
        assert_int_equal(tg_bytes_equal(r->im.mikey->entity, s.im->mikey->entity), i < 2);
        assert_string_equal(r->im.request.asserted, "sip:alice@example.com");
    }
    assert_spotless(s.legs[3]);
}

/* What Alice made for Bob is of no use to Dave, and the other way round. */
static void a_ticket_is_for_whom_it_is_for(void **state)
{
    (void)state;
    scene s;
    tg_bytes for_bob, for_dave;
    send_to_list(&s, false, "list@example.com");
    serve(&s);
    assert_int_equal(forward(&s, 0, &for_bob), TG_OK);
    assert_int_equal(forward(&s, 2, &for_dave), TG_OK);
    const tg_bytes wrong[] = { for_bob, for_dave };
    for (size_t i = 0; i < 2; i++) { /* the KMS says no */
        tg_service *ue = s.receivers[i == 0 ? 2 : 0];
        received *r = receive(ue, wrong[i]);
        assert_refused(r, TG_IM_NO_KEYS);
        assert_int_equal(tg_service_leg(ue, r->l->leg_r).reason, TG_REASON_PEER);
    }
}

static void who_may_not_resolve_is_left_out(void **state)
{
    (void)state;
    scene s;
    tg_bytes sip;
    send_to_list(&s, true, "list@example.com");
    serve(&s);
    assert_int_equal(s.status, TG_OK);
    assert_int_equal(forward(&s, 0, &sip), TG_OK);
    assert_received(receive(s.receivers[0], sip), HELLO, "alice@example.com");
    assert_int_equal(forward(&s, 2, &sip), TG_REFUSED);
    assert_int_equal(s.note.reason, TG_IM_NO_KEYS);
    assert_null(sip.data);
}

/* The server itself may not resolve: it passes on, and opens nothing. */
static void a_list_that_may_not_resolve(void **state)
{
    (void)state;
    scene s;
    tg_bytes sip;
    send_to_list(&s, false, "bob@example.com");
    im_profile.settings.request_uri = TG_REQUEST_URI_MUST;
    serve(&s);
    assert_int_equal(s.status, TG_REFUSED);
    assert_int_equal(s.note.reason, TG_IM_REQUEST_URI);
    im_profile.settings.request_uri = TG_REQUEST_URI_SHOULD;
    s.status = tg_im_accept_list(s.server, &im_profile, s.im, s.ids, NUM, memory(), now, &s.result, &s.note);
    assert_int_equal(s.status, TG_REFUSED); /* for Dave; Bob and Carol get it */
    assert_int_equal(s.note.reason, TG_IM_SERVICE);
    assert_int_equal(s.note.warning, TG_IM_REQUEST_URI);
    assert_int_equal(s.result.info.reason, TG_REASON_NOT_RESOLVER);
    assert_int_equal(forward(&s, 0, &sip), TG_OK);
    assert_received(receive(s.receivers[0], sip), HELLO, "alice@example.com");
    assert_int_equal(forward(&s, 2, &sip), TG_REFUSED);
}

/* A body that is not Alice's is passed on to those who find out themselves; the server opens nothing, and protects nothing anew. */
static void a_body_that_was_changed(void **state)
{
    (void)state;
    scene s, other;
    tg_bytes sip;
    send_to_list(&other, false, "list@example.com");
    send_to_list(&s, false, "list@example.com");
    tg_bytes mixed[] = { s.im->mikey->entity, other.im->container->entity };
    s.im = read_im(sip_of_parts("MESSAGE sip:list@example.com", "", mixed, 2));
    serve(&s);
    assert_int_equal(s.status, TG_OK);
    assert_int_equal(tg_service_leg(s.server, 3).state, TG_LEG_ESTABLISHED);
    assert_int_equal(forward(&s, 2, &sip), TG_REFUSED);
    assert_int_equal(s.note.reason, TG_IM_NOT_AUTHENTIC);
    assert_null(sip.data);
    assert_int_equal(forward(&s, 0, &sip), TG_OK);
    assert_refused(receive(s.receivers[0], sip), TG_IM_NOT_AUTHENTIC);
}

/* What nobody protects is put in on the way: the list takes no such message, and passes none on. */
static void what_was_put_beside_it(void **state)
{
    (void)state;
    scene s;
    tg_bytes sip;
    send_to_list(&s, false, "list@example.com");
    tg_im *im = s.im;
    tg_bytes parts[] = { im->mikey->entity, im->container->entity, text("Content-Type: text/plain\r\n\r\nput in") };
    tg_im *changed[] = { read_im(sip_of_parts("MESSAGE sip:list@example.com", "", parts, 3)), NULL };
    parts[2] = im->container->entity;
    changed[1] = read_im(sip_of_parts("MESSAGE sip:list@example.com", "", parts, 3));
    for (size_t i = 0; i < 2; i++) {
        s.im = changed[i];
        num_to_kms = 0;
        serve(&s);
        assert_int_equal(s.status, TG_REFUSED);
        assert_int_equal(s.note.reason, TG_IM_BESIDE);
        assert_int_equal(num_to_kms, 0);
    }
    s.im = im;
    serve(&s);
    assert_int_equal(s.status, TG_OK);
    for (size_t i = 0; i < NUM; i++) {
        for (size_t k = 0; k < 2; k++) {
            s.im = changed[k];
            assert_int_equal(forward(&s, i, &sip), TG_REFUSED);
            assert_int_equal(s.note.reason, TG_IM_BESIDE);
            assert_null(sip.data);
        }
        s.im = im;
        assert_int_equal(forward(&s, i, &sip), TG_OK);
    }
}

static void what_a_list_does_not_take(void **state)
{
    (void)state;
    scene s;
    tg_bytes sip;
    send_to_list(&s, false, "list@example.com");
    tg_bytes both[] = { s.im->mikey->entity, s.im->container->entity };
    tg_im *im = s.im;
    s.im = read_im(sip_of_parts("NOTIFY sip:list@example.com", "", both, 2));
    serve(&s);
    assert_int_equal(s.status, TG_REFUSED);
    assert_int_equal(s.note.reason, TG_IM_METHOD);
    assert_int_equal(forward(&s, 0, &sip), TG_REFUSED); /* there is no such leg */
    s.im = im;
    tg_im_plan plan = forward_plan(0);
    assert_int_equal(tg_im_forward(s.server, 0, s.im, &plan, now, memory(), &sip, &s.note), TG_REFUSED);
    serve(&s);
    assert_int_equal(s.status, TG_OK);
    assert_int_equal(tg_im_forward(s.server, 0, s.im, &plan, now, memory(), &sip, &s.note), TG_REFUSED);
    assert_int_equal(s.note.reason, TG_IM_NO_KEYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGING_TEST(the_list_serves_everybody),       MESSAGING_TEST(a_ticket_is_for_whom_it_is_for),
        MESSAGING_TEST(who_may_not_resolve_is_left_out), MESSAGING_TEST(a_list_that_may_not_resolve),
        MESSAGING_TEST(a_body_that_was_changed),         MESSAGING_TEST(what_a_list_does_not_take),
        MESSAGING_TEST(what_was_put_beside_it),
    };
    return cmocka_run_group_tests_name("messaging/list", tests, NULL, NULL);
}
