/* The KMS: requests whose octets are changed or cut on their way, and Errors, which nobody answers. */
#include "test_roles_scene.h"

static void octets_that_are_wrong(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* from the front, or with `from_end` from the end */
        bool from_end;
        uint8_t value;
        tg_refusal refusal;
        int error_no;
    } cases[] = {
        { 1, false, 200, TG_REFUSAL_DATA_TYPE, 11 }, { 1, false, 14, TG_REFUSAL_DATA_TYPE, 11 },
        { 3, false, 0x80 | 77, TG_REFUSAL_PRF, 2 },  { 21, true, 99, TG_REFUSAL_MAC_ALG, 3 },
        { 1, true, 0xff, TG_REFUSAL_AUTH, 0 },       { 11, false, 99, TG_REFUSAL_TIMESTAMP, 1 },
        { 2, false, 99, TG_REFUSAL_PARSE, 12 },
    };
    scene s;
    kept request;
    scene_set(&s, "rfc6043");
    scene_start(&s);
    ask_for_ticket(&s, &request, NOW);
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        kept m = request;
        char what[32];
        uint8_t *at = cases[n].from_end ? m.octets + m.len - cases[n].at : m.octets + cases[n].at;
        snprintf(what, sizeof what, "case %zu", n);
        assert_int_not_equal(*at, cases[n].value);
        *at = cases[n].value;
        give(&s, s.kms, TG_SENDER_I, &m, NOW + SECOND);
        expect_error(&s, cases[n].refusal, cases[n].error_no, what);
    }
    for (size_t len = 0; len < request.len; len++) { /* every cut */
        kept m = request;
        m.len = len;
        give(&s, s.kms, TG_SENDER_I, &m, NOW + SECOND);
        assert_true(s.result.refusal != TG_REFUSAL_NONE && s.result.num_out == (len >= 8));
        assert_true(s.result.num_out == 0 || error_no_of(s.result.out[0].octets) == 12);
    }
    give(&s, s.kms, TG_SENDER_I, &request, NOW + SECOND); /* none of that has harmed it */
    expect_accepted(&s, 1, "the request itself");
}

static void an_error_is_never_answered(void **state)
{
    (void)state;
    scene s;
    kept m, error;
    scene_set(&s, "rfc6043");
    s.i.role.psk = secret(PSK_R, sizeof PSK_R);
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    keep(&s.result, 0, &error);
    static const tg_sender from[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K };
    tg_role *roles[] = { s.alice, s.bob, s.kms };
    for (size_t r = 0; r < 3; r++) {
        for (size_t n = 0; n < 3; n++) {
            for (size_t len = 0; len <= error.len; len++) {
                kept cut = error;
                cut.len = len;
                give(&s, roles[r], from[n], &cut, NOW);
                assert_true(len < 8 || s.result.refusal != TG_REFUSAL_NONE);
                assert_int_equal(s.result.num_out, 0);
            }
        }
    }
    assert_int_equal(tg_role_state_of(s.alice), TG_ROLE_REQUESTING); /* it was not authentic: she waits on */
}

static uint8_t data_type_of(const tg_result *result)
{
    return result->out[0].octets.data[1];
}

/* Whatever bit of a request is changed on its way: no keys. */
static void one_bit(void **state)
{
    (void)state;
    scene s;
    kept request, transfer, resolve, m;
    scene_set(&s, "ims-media");
    s.k.role.replay = NULL; /* the same request again and again */
    scene_start(&s);
    ask_for_ticket(&s, &request, NOW);
    get_resolve_init(&s, &transfer, &resolve, NOW + SECOND);
    for (int n = 0; n < 2; n++) {
        const kept *whole = n ? &resolve : &request;
        tg_sender from = n ? TG_SENDER_R : TG_SENDER_I;
        for (size_t at = 0; at < whole->len; at++) {
            m = *whole;
            m.octets[at] ^= (uint8_t)(1u << (at % 8));
            give(&s, s.kms, from, &m, NOW + 2 * SECOND);
            assert_int_not_equal(s.result.refusal, TG_REFUSAL_NONE);
            assert_true(s.result.num_out == 0 ||
                        (s.result.num_out == 1 && data_type_of(&s.result) == TG_DATA_TYPE_ERROR));
        }
        give(&s, s.kms, from, whole, NOW + 2 * SECOND);
        expect_accepted(&s, 1, "as it was sent");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_that_are_wrong),
        cmocka_unit_test(an_error_is_never_answered),
        cmocka_unit_test(one_bit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
