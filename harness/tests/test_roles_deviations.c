/* Each deviation that the room ships is found by a judge, under the row that it names and no other, in the message it
 * changes; the same plan without it is accepted. */
#include "test_roles_support.h"

static bool found_where_it_was_made(const tg_conversation *c, const tg_deviation *d)
{
    for (size_t i = 0; i < tg_conversation_num(c); i++) {
        const tg_judgement *j = tg_conversation_judgement(c, i);
        bool right = d->data_type < 0 || d->data_type == TG_DEVIATION_TICKET || !j->message ||
                     j->message->hdr.data_type == d->data_type || strcmp(d->name, "unknown-data-type") == 0;
        if (judgement_has(j, d->breaks))
            return right;
    }
    return false;
}

static bool is_meant(const tg_deviation *d, const char *id)
{
    for (const char *const *row = d->also; row && *row; row++) {
        if (strcmp(*row, id) == 0)
            return true;
    }
    return strcmp(d->breaks, id) == 0;
}

/* Nothing but the rows it names; and of what the same act breaks too nothing is named in vain. */
static bool finds_other_rows(const tg_conversation *c, const tg_deviation *d)
{
    bool other = false;
    for (size_t i = 0; i < tg_conversation_num(c); i++) {
        const tg_judgement *j = tg_conversation_judgement(c, i);
        for (size_t n = 0; n < j->num_findings; n++)
            other |= !is_meant(d, j->findings[n]->requirement->id);
    }
    for (const char *const *row = d->also; row && *row; row++)
        other |= !conversation_has(c, *row);
    return other;
}

/* What a receiver rejects, the roles have refused; but some only a judge can tell: whether a TGK is forked, only the KMS
 * and who has its TPK; and an Error that is not authentic is refused as any Error is. */
static bool refused_if_it_must_be(const tg_deviation *d, const tg_conversation_made *made)
{
    static const char *const nobody_can_tell[] = { "tgk-not-forked", "gtgk-forked", "other-keys-granted" };
    for (size_t i = 0; i < sizeof nobody_can_tell / sizeof *nobody_can_tell; i++) {
        if (strcmp(nobody_can_tell[i], d->name) == 0)
            return true;
    }
    return tg_requirement_find(d->breaks)->on_receive != TG_ON_RECEIVE_REJECT || made->refusal != TG_REFUSAL_NONE;
}

static bool deviates_rightly(const tg_deviation *d)
{
    tg_plan plan;
    tg_conversation_made made;
    if (!tg_requirement_find(d->breaks) || !tg_deviation_plan(d, &plan)) {
        print_error("%s: no row %s, or no plan\n", d->name, d->breaks);
        return false;
    }
    if (plan.pk_request || plan.pk_resolve)
        use_test_keys(&plan);
    plan.deviation = NULL;
    converse(&plan, &made);
    tg_conversation *c = judge(&made);
    bool clean = made.finished && print_findings(c) == 0;
    tg_conversation_made_free(&made);
    plan.deviation = d;
    converse(&plan, &made);
    c = judge(&made);
    bool found = found_where_it_was_made(c, d), another = finds_other_rows(c, d),
         refused = refused_if_it_must_be(d, &made);
    if (!clean || !found || another || !refused) {
        print_error("%s: clean without it %d, found %s %d, finds another %d, refused %d (by %d: %s, %s)\n", d->name,
                    clean, d->breaks, found, another, refused, made.refused_by, tg_refusal_text(made.refusal),
                    made.broken ? made.broken->id : "-");
        print_findings(c);
    }
    tg_conversation_made_free(&made);
    return clean && found && !another && refused;
}

static void every_deviation_breaks_its_row_and_no_other(void **state)
{
    (void)state;
    size_t num, wrong = 0;
    const tg_deviation *all = tg_deviations(&num);
    assert_true(num >= 75);
    for (size_t n = 0; n < num; n++)
        wrong += !deviates_rightly(&all[n]);
    assert_int_equal(wrong, 0);
}

/* All sorts of them, and each with a name of its own. */
static void they_are_of_all_sorts(void **state)
{
    (void)state;
    size_t num, num_rows = 0, receptions[3] = { 0 }, senders[4] = { 0 };
    const tg_deviation *all = tg_deviations(&num);
    for (size_t n = 0; n < num; n++) {
        bool seen = false;
        assert_ptr_equal(tg_deviation_find(all[n].name), &all[n]);
        assert_true(all[n].model || all[n].keys || all[n].octets);
        assert_true(strlen(all[n].title) > 0);
        for (size_t i = 0; i < n; i++)
            seen |= strcmp(all[i].breaks, all[n].breaks) == 0;
        num_rows += !seen;
        receptions[tg_requirement_find(all[n].breaks)->on_receive]++;
        switch (all[n].data_type) {
        case TG_DATA_TYPE_REQUEST_RESP:
        case TG_DATA_TYPE_RESOLVE_RESP:
        case TG_DEVIATION_TICKET:
            senders[TG_SENDER_K]++;
            break;
        case TG_DATA_TYPE_TRANSFER_RESP:
        case TG_DATA_TYPE_RESOLVE_INIT_PSK:
        case TG_DATA_TYPE_RESOLVE_INIT_PK:
            senders[TG_SENDER_R]++;
            break;
        default:
            senders[TG_SENDER_I]++;
        }
    }
    size_t num_with_also = 0;
    for (size_t n = 0; n < num; n++)
        num_with_also += all[n].also != NULL;
    assert_true(num_with_also * 8 <= num);
    print_message("%zu deviations, %zu rows; reject %zu, ignore %zu, either %zu; I %zu, R %zu, K %zu\n", num, num_rows,
                  receptions[TG_ON_RECEIVE_REJECT], receptions[TG_ON_RECEIVE_IGNORE], receptions[TG_ON_RECEIVE_EITHER],
                  senders[TG_SENDER_I], senders[TG_SENDER_R], senders[TG_SENDER_K]);
    assert_true(num_rows >= 60);
    assert_true(receptions[TG_ON_RECEIVE_REJECT] >= 20 && receptions[TG_ON_RECEIVE_IGNORE] >= 10 &&
                receptions[TG_ON_RECEIVE_EITHER] >= 10);
    assert_true(senders[TG_SENDER_I] >= 15 && senders[TG_SENDER_R] >= 15 && senders[TG_SENDER_K] >= 15);
    assert_null(tg_deviation_find("no-such-deviation"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_deviation_breaks_its_row_and_no_other),
        cmocka_unit_test(they_are_of_all_sorts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
