/* Conversations sealed again to a message that somebody else made in the place of one of theirs. */
#include "test_roles_support.h"
#include "ticketgate/reseal.h"

enum { ROOM = 64 << 20 };

typedef struct replaced {
    tg_bytes request;
    bool taken_over; /* CSB ID and T, as an answer has to */
} replaced;

static tg_bytes instead(void *user, size_t index)
{
    return index == 0 ? ((replaced *)user)->request : tg_bytes_of(NULL, 0);
}

static tg_status change(void *user, size_t index, const tg_message *message, uint8_t *octets)
{
    const replaced *r = user;
    assert_true(index > 0); /* what stands instead is nobody's to change */
    if (r->taken_over && message->hdr.data_type == 13)
        memcpy(octets + 4, r->request.data + 4, 4);
    return TG_OK;
}

/* A request of the same Initiator to the same KMS, with other random values and without the names: shorter. */
static void make_another(const tg_conversation_made *made, tg_arena *arena, tg_conversation_made *out)
{
    tg_plan plan;
    const tg_given_cast cast = { .i = made->known.i,
                                 .r = made->known.r,
                                 .kms = made->known.kms,
                                 .psk_i = made->known.secrets.psk_i,
                                 .psk_r = made->known.secrets.psk_r,
                                 .tpk = made->known.secrets.tpk,
                                 .subscribers = made->known.subscribers };
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    plan.seed = tg_bytes_of("another", 7);
    plan.cast = &cast;
    plan.leave_out_ids = true;
    assert_int_equal(tg_converse(crypto, &plan, arena, out), TG_OK);
    assert_true(out->num_sent > 0);
}

static void an_answer_is_sealed_to_another_request(void **state)
{
    (void)state;
    tg_plan plan;
    tg_conversation_made made, other;
    uint8_t *room = malloc(ROOM), *more = malloc(ROOM);
    assert_non_null(room);
    assert_non_null(more);
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    plan.seed = tg_bytes_of("one", 3);
    converse(&plan, &made);
    assert_true(made.finished);
    tg_arena others = tg_arena_of(more, ROOM);
    make_another(&made, &others, &other);
    replaced r = { .request = other.sent[0].octets, .taken_over = true };
    assert_true(r.request.len < made.sent[0].octets.len);
    const tg_reseal_plan how = { .change = change, .user = &r, .instead = instead };
    for (int n = 0; n < 2; n++) {
        tg_resealed out[32];
        tg_arena arena = tg_arena_of(room, ROOM);
        r.taken_over = n == 0;
        assert_true(made.num_sent <= 32);
        assert_int_equal(tg_reseal(crypto, &made.known, &made.known, made.sent, made.num_sent, &how, &arena, out),
                         TG_OK);
        assert_true(tg_bytes_equal(out[0].octets, r.request));
        assert_int_equal(out[1].octets.len, made.sent[1].octets.len);
        assert_false(tg_bytes_equal(out[1].octets, made.sent[1].octets));
        tg_sent sent[2] = { made.sent[0], made.sent[1] };
        sent[0].octets = out[0].octets;
        sent[1].octets = out[1].octets;
        tg_conversation *judged;
        assert_int_equal(tg_conversation_new(crypto, &made.known, 2, &arena, &judged), TG_OK);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(tg_conversation_add(judged, &sent[i]), TG_OK);
        assert_int_equal(tg_conversation_judgement(judged, 0)->auth, TG_OUTCOME_OK);
        const tg_judgement *j = tg_conversation_judgement(judged, 1);
        assert_int_equal(j->auth, TG_OUTCOME_OK);
        assert_int_equal(j->kemac, TG_OUTCOME_OK);
        assert_int_equal(tg_judgement_is_accepted(j), r.taken_over); /* an answer has the CSB ID of its request */
        for (size_t i = 2; i < made.num_sent; i++)
            assert_true(tg_bytes_equal(out[i].octets, made.sent[i].octets)); /* nothing in these depends on it */
        tg_arena_wipe(&arena, 0);
    }
    tg_conversation_made_free(&other);
    tg_conversation_made_free(&made);
    free(more);
    free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_sealed_to_another_request),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
