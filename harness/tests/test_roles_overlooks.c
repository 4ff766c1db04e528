/* Roles that are wrong on purpose as receivers: what they overlook they accept, what they overdo they refuse, and
 * octets are what they read them as. The same call without it is the control. */
#include "test_roles_scene.h"

/* ---- rows ---------------------------------------------------------------------------------------------------- */

/* With a hook tg_converse keeps what happened, also where a blind role cannot go on. */
static void leave_alone(void *user, tg_letter *letter)
{
    (void)user, (void)letter;
}

static void run_with(const tg_deviation *d, tg_conversation_made *made)
{
    static tg_arena arena;
    tg_plan plan;
    assert_true(tg_deviation_plan(d, &plan));
    if (plan.pk_request)
        use_test_keys(&plan);
    arena = tg_arena_of(memory, MEMORY);
    plan.deliver = leave_alone;
    assert_int_equal(tg_converse(crypto, &plan, &arena, made), TG_OK);
}

/* The first delivery that was refused; SIZE_MAX: none. */
static size_t first_refused(const tg_conversation_made *made)
{
    for (size_t i = 0; i < made->num_deliveries; i++) {
        if (!made->deliveries[i].accepted)
            return i;
    }
    return SIZE_MAX;
}

/* What nobody can overlook: who does not see that it is missing has not got it all the same, and has no key, no policy,
 * no ticket or no modifier to go on with. */
static bool cannot_be_overlooked(const tg_deviation *d)
{
    static const char *const names[] = {
        "no-tp",
        "transfer-no-ticket",
        "transfer-no-idrr",
        "transfer-no-randrkms",
        "resolve-no-ticket",
        "keys-no-kemac",
        "keys-kemac-key",
        "keys-no-mpkr",
        "keys-no-mpks",
        "pk-no-pke",
        "pk-envelope",
        "ticket-rand",
        "resolve-pk-no-pke",
        "ticket-no-v",
        "ticket-kemac-key",
        "resolve-pk-envelope",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], d->name) == 0)
            return true;
    }
    return tg_requirement_find(d->breaks)->how == TG_HOW_PARSE;
}

static void what_is_overlooked_is_accepted(void **state)
{
    (void)state;
    size_t num, tried = 0, wrong = 0;
    const tg_deviation *all = tg_deviations(&num);
    for (size_t n = 0; n < num; n++) {
        tg_conversation_made made;
        const char *rows[8] = { all[n].breaks };
        tg_deviation blind = all[n];
        for (size_t i = 0; all[n].also && all[n].also[i]; i++)
            rows[i + 1] = all[n].also[i];
        blind.overlooks = rows;
        run_with(&all[n], &made);
        size_t refused = first_refused(&made);
        bool row_is_why = refused != SIZE_MAX && made.broken && strcmp(made.broken->id, all[n].breaks) == 0;
        tg_conversation_made_free(&made);
        if (!row_is_why || cannot_be_overlooked(&all[n]))
            continue;
        tried++;
        run_with(&blind, &made);
        if (first_refused(&made) <= refused || made.num_deliveries <= refused) {
            print_error("%s: still refused: %s (%s)\n", all[n].name, tg_refusal_text(made.refusal),
                        made.broken ? made.broken->id : "-");
            wrong++;
        }
        tg_conversation_made_free(&made);
    }
    print_message("%zu rows overlooked\n", tried);
    assert_int_equal(wrong, 0);
}

/* ---- overreacting --------------------------------------------------------------------------------------------- */

static void what_is_overdone_is_refused(void **state)
{
    (void)state;
    size_t num, tried = 0, wrong = 0;
    const tg_deviation *all = tg_deviations(&num);
    for (size_t n = 0; n < num; n++) {
        tg_conversation_made made;
        const char *rows[] = { all[n].breaks, NULL };
        tg_deviation fussy = all[n];
        if (tg_requirement_find(all[n].breaks)->on_receive != TG_ON_RECEIVE_IGNORE ||
            all[n].data_type == TG_DATA_TYPE_ERROR)
            continue;
        fussy.overreacts = rows;
        run_with(&all[n], &made);
        bool went_on = first_refused(&made) == SIZE_MAX && made.finished;
        tg_conversation_made_free(&made);
        run_with(&fussy, &made);
        bool refused = first_refused(&made) != SIZE_MAX && made.refusal == TG_REFUSAL_RULE && made.broken &&
                       strcmp(made.broken->id, all[n].breaks) == 0;
        tried++;
        /* no Responder has the TPK in mode 1, so that it is the KMS who sees what is wrong in a ticket */
        if (!went_on || !refused) {
            print_error("%s: goes on %d, refused by who overreacts %d: %s\n", all[n].name, went_on, refused,
                        made.broken ? made.broken->id : "-");
            wrong++;
        }
        tg_conversation_made_free(&made);
    }
    print_message("%zu overreactions\n", tried);
    assert_true(tried >= 25);
    assert_int_equal(wrong, 0);
}

/* ---- received ------------------------------------------------------------------------------------------------- */

static void cut_trailing_octet(tg_bytes *octets)
{
    octets->len--;
}

static void octets_as_they_are_read(void **state)
{
    (void)state;
    tg_conversation_made made;
    tg_deviation d = *tg_deviation_find("trailing");
    run_with(&d, &made);
    assert_int_equal(made.refusal, TG_REFUSAL_PARSE);
    kept request;
    scene s;
    const tg_deviation reader = { .name = "reader", .data_type = -1, .update = -1, .received = cut_trailing_octet };
    for (int reads = 0; reads < 2; reads++) {
        scene_set(&s, "rfc6043");
        s.k.role.deviation = reads ? &reader : NULL;
        scene_start(&s);
        ask_for_ticket(&s, &request, NOW);
        request.octets[request.len++] = 0;
        give(&s, s.kms, TG_SENDER_I, &request, NOW + SECOND);
        assert_int_equal(s.result.refusal, reads ? TG_REFUSAL_NONE : TG_REFUSAL_PARSE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_overlooked_is_accepted),
        cmocka_unit_test(what_is_overdone_is_refused),
        cmocka_unit_test(octets_as_they_are_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
