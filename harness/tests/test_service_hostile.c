/* Services against forged messages, against want of memory and of randomness; and what is left of keys in memory. */
#include "test_service_network.h"

static const char *const only_bob[] = { "bob@example.com", NULL };
static const tg_bytes alice_only[] = { { (const uint8_t *)"alice@example.com", 17 } };

static tg_server_config as_config(void)
{
    return (tg_server_config){ .service = { .role = role_for("as@example.com", "ims-msrp-tls"), .validity = 3600 },
                               .ticket = ticket_for("DEFGHILMNO", TG_KEY_TGK, NULL) };
}

static tg_focus_config focus_config(void)
{
    return (tg_focus_config){ .service = { .role = role_for("conf@example.com", "ims-msrp-tls") },
                              .participants = alice_only,
                              .num_participants = 1 };
}

/* ---- forged messages ---------------------------------------------------------------------------------------- */

/* What the KMS says to what the focus asks it about a forged message. */
static void ask_about_forged(tg_service *focus, size_t leg, tg_bytes resolve_init, tg_service_result *r)
{
    tg_result answer;
    assert_int_equal(tg_role_receive(kms, TG_SENDER_R, resolve_init, now, &answer), TG_OK);
    if (answer.num_out == 0)
        return;
    tg_bytes octets = hold_copy(answer.out[0].octets);
    assert_int_equal(tg_service_receive(focus, leg, TG_SENDER_K, octets, now, r), TG_OK);
    assert_false(r->accepted);
    for (size_t n = 0; n < r->num_out; n++)
        assert_int_equal(r->out[n].octets.data[1], TG_DATA_TYPE_ERROR);
}

/* A TRANSFER_INIT with one octet changed never makes anybody a member. */
static void no_damaged_transfer_init_is_accepted(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = NULL, *alice = new_ue("alice@example.com", "ims-msrp-tls", NULL);
    tg_focus_config c = focus_config();
    assert_int_equal(tg_focus_new(&c, &focus), TG_OK);
    line *l = new_line("ims-msrp-tls", alice, 0, focus, open_focus);
    tg_ue_call wanted = msrp_call("conf@example.com", "?@?");
    l->mute_r = true;
    call(alice, l, &wanted);
    tg_bytes init = l->sent[2].octets;
    uint32_t seed = 6043;
    size_t num_asked = 0;
    for (size_t i = 0; i < 1500; i++) {
        tg_bytes forged = damaged(init, &seed);
        assert_int_equal(tg_focus_join(focus, forged, NULL, now, r), TG_OK);
        if (!r->accepted)
            continue;
        size_t leg = r->leg;
        num_asked++;
        assert_int_equal(r->out[0].to, TG_SENDER_K);
        assert_true(has_no_keys(focus, leg));
        ask_about_forged(focus, leg, hold_copy(r->out[0].octets), r);
        assert_true(has_no_keys(focus, leg));
        assert_int_equal(tg_service_end_leg(focus, leg, now, r), TG_OK);
        while (num_held > 500)
            free(held[--num_held]);
    }
    assert_in_range(num_asked, 100, 1499); /* else this would say nothing */
    l->mute_r = false;
    give(l, TG_SENDER_R, TG_SENDER_I, init); /* and the true one is accepted after all that */
    assert_int_equal(l->last_r.info.state, TG_LEG_ESTABLISHED);
}

/* On every leg, before each true message there come damaged ones: each is refused, and the run goes as it would have gone. */
static void damaged_messages_on_legs_change_nothing(void **state)
{
    (void)state;
    network n;
    tg_server_config c = as_config();
    build(&n, &c, "ims-msrp-tls", only_bob);
    noise = 200;
    noise_seed = 33328;
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    noise = 0;
    assert_int_equal(num_noise, 200 * 6); /* two requests, two resolves, two transfers have an answer */
    assert_true(same(tek_of(n.alice, 0, 1), tek_of(n.server, 0, 1)));
    assert_true(same(tek_of(n.receivers[0], 0, 1), tek_of(n.server, 1, 1)));
    assert_spotless(n.first);
    assert_spotless(n.further[0]);
}

/* A message that is true, but on another leg or from another side, is not taken. */
static void a_message_on_the_wrong_leg_is_refused(void **state)
{
    (void)state;
    network n;
    tg_service_result *r = hold(sizeof *r);
    tg_server_config c = as_config();
    build(&n, &c, "ims-msrp-tls", only_bob);
    n.further[0]->mute_r = true;
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    static const tg_sender senders[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K };
    const line *all[] = { n.first, n.further[0] };
    size_t num_tried = 0;
    for (size_t which = 0; which < 2; which++) {
        for (size_t i = 0; i < all[which]->num_sent; i++) {
            for (size_t leg = 0; leg < 3; leg++) {
                for (size_t from = 0; from < 3; from++, num_tried++) {
                    assert_int_equal(
                        tg_service_receive(n.server, leg, senders[from], all[which]->sent[i].octets, now, r), TG_OK);
                    assert_false(r->accepted);
                }
            }
        }
    }
    assert_true(num_tried > 60);
    assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_HELD);
    assert_int_equal(tg_service_leg(n.server, 1).state, TG_LEG_RUNNING);
}

/* ---- want ---------------------------------------------------------------------------------------------------- */

typedef struct dry_random {
    tg_random from;
    size_t left;
} dry_random;

static tg_status fill_until_dry(void *user, uint8_t *out, size_t len)
{
    dry_random *dry = user;
    if (dry->left == 0)
        return TG_NO_MEMORY;
    dry->left--;
    return dry->from.fill(dry->from.user, out, len);
}

static void without_randomness_nothing_is_sent(void **state)
{
    (void)state;
    size_t num_good = 0;
    may_fail = true;
    for (size_t left = 0; left < 40 && num_good < 3; left++) {
        network n;
        dry_random dry = { tg_seeded_random_source(&seeded), left };
        tg_server_config c = as_config();
        c.service.role.random = (tg_random){ fill_until_dry, &dry };
        num_lines = num_failed = 0;
        build(&n, &c, "ims-msrp-tls", only_bob);
        tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
        run(&n, &wanted);
        bool good = tg_service_leg(n.alice, 0).state == TG_LEG_ESTABLISHED;
        num_good += good;
        assert_int_equal(good, num_failed == 0);
        if (good)
            assert_true(same(tek_of(n.alice, 0, 1), tek_of(n.server, 0, 1)));
        else
            assert_true(has_no_keys(n.alice, 0));
        tg_service_end(n.server);
        while (num_held > 100)
            free(held[--num_held]);
    }
    assert_int_equal(num_good, 3); /* it came to the end */
}

/* From too little for a service at all to plenty. */
static void with_little_memory_calls_fail_cleanly(void **state)
{
    (void)state;
    size_t num_good = 0, num_short = 0;
    may_fail = true;
    for (size_t size = 20000; size < 1000000; size += size / 20) {
        tg_service *focus = NULL;
        tg_focus_config c = focus_config();
        tg_arena *whole = c.service.role.arena;
        *whole = tg_arena_of(whole->data, size);
        c.service.max_legs = 2;
        num_lines = num_failed = 0;
        tg_status status = tg_focus_new(&c, &focus);
        if (status != TG_OK) {
            assert_int_equal(status, TG_ARENA_FULL);
            num_short++;
            continue;
        }
        tg_service *alice = new_ue("alice@example.com", "ims-msrp-tls", NULL);
        line *l = new_line("ims-msrp-tls", alice, 0, focus, open_focus);
        tg_ue_call wanted = msrp_call("conf@example.com", "?@?");
        call(alice, l, &wanted);
        bool good = tg_service_leg(alice, 0).state == TG_LEG_ESTABLISHED;
        num_good += good;
        num_short += !good;
        assert_int_equal(good, num_failed == 0);
        assert_int_equal(good, tg_service_leg(focus, 0).state == TG_LEG_ESTABLISHED);
        tg_service_end(focus);
        while (num_held > 60)
            free(held[--num_held]);
    }
    assert_true(num_good > 3 && num_short > 3);
}

/* ---- what is left ------------------------------------------------------------------------------------------- */

static bool is_in_memory(tg_bytes all, tg_bytes what)
{
    for (size_t i = 0; i + what.len <= all.len; i++) {
        if (all.data[i] == what.data[0] && memcmp(all.data + i, what.data, what.len) == 0)
            return true;
    }
    return false;
}

static void keys_go_with_their_leg(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = NULL, *alice = new_ue("alice@example.com", "ims-msrp-tls", NULL);
    tg_focus_config c = focus_config();
    size_t size = (size_t)4 << 20;
    uint8_t *room = hold(size);
    memset(room, 0, size);
    *c.service.role.arena = tg_arena_of(room, size);
    c.service.max_legs = 2;
    assert_int_equal(tg_focus_new(&c, &focus), TG_OK);
    line *l = new_line("ims-msrp-tls", alice, 0, focus, open_focus);
    tg_ue_call wanted = msrp_call("conf@example.com", "?@?");
    call(alice, l, &wanted);
    tg_established e;
    assert_true(tg_service_keys(focus, 0, now, &e));
    tg_bytes tek = hold_copy(e.cs[0].tek), mpki = hold_copy(e.mpki), mpkr = hold_copy(e.mpkr_forked),
             all = tg_bytes_of(room, size);
    assert_true(is_in_memory(all, tek) && is_in_memory(all, mpki) && is_in_memory(all, mpkr));
    assert_int_equal(tg_service_end_leg(focus, 0, now, r), TG_OK);
    assert_false(is_in_memory(all, tek));
    assert_false(is_in_memory(all, mpki));
    assert_false(is_in_memory(all, mpkr));
    tg_service_end(focus);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(room[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(no_damaged_transfer_init_is_accepted),  SERVICE_TEST(damaged_messages_on_legs_change_nothing),
        SERVICE_TEST(a_message_on_the_wrong_leg_is_refused), SERVICE_TEST(without_randomness_nothing_is_sent),
        SERVICE_TEST(with_little_memory_calls_fail_cleanly), SERVICE_TEST(keys_go_with_their_leg),
    };
    return cmocka_run_group_tests_name("service/hostile", tests, NULL, NULL);
}
