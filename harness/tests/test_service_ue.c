/* The IMS UE: calls end to end, and the local policy (contribution 003, 6.2.3.3). */
#include "test_service_support.h"

static void a_call_gives_both_the_same_keys(void **state)
{
    (void)state;
    tg_service *alice = new_ue("alice@example.com", "ims-msrp-tls", NULL), *bob = new_ue("bob@example.com", "ims-msrp-tls", NULL);
    line *l = new_line("ims-msrp-tls", alice, 0, bob, open_ue);
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    l->signalled = uid("alice@example.com");
    call(alice, l, &wanted);
    assert_int_equal(tg_service_leg(alice, 0).state, TG_LEG_ESTABLISHED);
    assert_int_equal(tg_service_leg(bob, 0).state, TG_LEG_ESTABLISHED);
    assert_false(tg_service_leg(alice, 0).hop_by_hop);
    assert_false(tg_service_leg(bob, 0).hop_by_hop);
    assert_true(same(tek_of(alice, 0, 1), tek_of(bob, 0, 1)));
    assert_true(same(tek_of(alice, 0, 1), judged_tek(l, 1)));
    assert_int_equal(l->num_sent, 6);
    assert_spotless(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_call_gives_both_the_same_keys),
    };
    return cmocka_run_group_tests_name("service/ue", tests, NULL, NULL);
}
