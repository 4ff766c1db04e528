/* The catalogue, the profiles and the words of the findings room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ticketgate/findings.h"

/* ---- catalogue ---------------------------------------------------------------------------------------------- */

static void test_catalogue_is_sorted_and_found(void **state)
{
    (void)state;
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    assert_true(num > 100);
    for (size_t i = 0; i < num; i++) {
        assert_true(i == 0 || strcmp(rows[i - 1].id, rows[i].id) < 0);
        assert_ptr_equal(tg_requirement_find(rows[i].id), &rows[i]);
    }
    assert_null(tg_requirement_find("RFC6043-6.10-x00"));
    assert_null(tg_requirement_find(""));
    assert_null(tg_requirement_find("zzz"));
    assert_null(tg_requirement_find(NULL));
}

static void test_catalogue_row(void **state)
{
    (void)state;
    const tg_requirement *row = tg_requirement_find("RFC6043-6.10-x03");
    assert_non_null(row);
    assert_string_equal(row->source, "RFC 6043");
    assert_string_equal(row->clause, "6.10");
    assert_int_equal(row->level, TG_LEVEL_MUST);
    assert_string_equal(row->binds, "sender");
    assert_string_equal(row->message, "TP, TICKET");
    assert_string_equal(row->room, "rules");
    assert_int_equal(row->how, TG_HOW_CHECK);
    assert_int_equal(row->on_receive, TG_ON_RECEIVE_REJECT);
    assert_string_equal(row->text, "NOT G implies H.");
    assert_string_equal(tg_requirement_find("TS33328-D-01")->source, "TS 33.328");
    assert_string_equal(tg_requirement_find("TS33328-6.2.3.6-02")->clause, "6.2.3.6");
}

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(tg_level_name(TG_LEVEL_SHOULD), "SHOULD");
    assert_string_equal(tg_level_name(TG_LEVEL_MAY), "MAY");
    assert_string_equal(tg_on_receive_name(TG_ON_RECEIVE_IGNORE), "ignore");
    assert_string_equal(tg_how_name(TG_HOW_PARSE), "parse");
    assert_string_equal(tg_how_name(TG_HOW_PLANNED), "planned");
    assert_string_equal(tg_reception_name(TG_RECEPTION_EITHER), "either");
}

static void test_reception(void **state)
{
    (void)state;
    tg_requirement reject = { .on_receive = TG_ON_RECEIVE_REJECT }, ignore = { .on_receive = TG_ON_RECEIVE_IGNORE },
                   either = { .on_receive = TG_ON_RECEIVE_EITHER };
    tg_reception reception = TG_RECEPTION_ACCEPT;
    assert_int_equal(reception = tg_reception_add(reception, &ignore), TG_RECEPTION_ACCEPT);
    assert_int_equal(reception = tg_reception_add(reception, &either), TG_RECEPTION_EITHER);
    assert_int_equal(reception = tg_reception_add(reception, &ignore), TG_RECEPTION_EITHER);
    assert_int_equal(reception = tg_reception_add(reception, &reject), TG_RECEPTION_REJECT);
    assert_int_equal(reception = tg_reception_add(reception, &either), TG_RECEPTION_REJECT);
}

/* ---- profiles ----------------------------------------------------------------------------------------------- */

static void test_profiles(void **state)
{
    (void)state;
    size_t num;
    const tg_profile *profiles = tg_profiles(&num);
    assert_int_equal(num, 6);
    for (size_t i = 0; i < num; i++)
        assert_ptr_equal(tg_profile_find(profiles[i].name), &profiles[i]);
    assert_null(tg_profile_find("rfc3830"));
    assert_null(tg_profile_find(NULL));
}

static void test_profile_of_the_rfc_alone(void **state)
{
    (void)state;
    const tg_profile *p = tg_profile_find("rfc6043");
    const tg_settings defaults = { 0 };
    assert_memory_equal(&p->settings, &defaults, sizeof defaults);
    assert_int_equal(p->prot_types[TG_PROT_KIND_SRTP], 0);
    assert_int_equal(p->prot_types[TG_PROT_KIND_TESLA], 1);
    assert_int_equal(p->prot_types[TG_PROT_KIND_TLS], -1);
    assert_int_equal(p->num_tickets, 2);
    assert_int_equal(p->tickets[0].subtype, 1);
    assert_int_equal(p->tickets[1].ticket_type, 2);
    assert_int_equal(p->tickets[1].subtype, -1);
    assert_null(p->pinned_ticket.id);
    assert_null(p->crypto_sessions.id);
    assert_int_equal(p->crypto_sessions.exactly, -1);
    assert_false(p->always_forked || p->m_lines);
    for (size_t i = 0; i < TG_NUM_FLAGS; i++)
        assert_null(p->flags[i].id);
}

static void test_profiles_extend_one_another(void **state)
{
    (void)state;
    const tg_profile *media = tg_profile_find("ims-media"), *msrp = tg_profile_find("ims-msrp-tls"),
                     *message = tg_profile_find("ims-message");
    /* flags are D to O: F is the third, I the sixth */
    assert_ptr_equal(media->flags[2].id, tg_requirement_find("TS33328-D-01"));
    assert_int_equal(media->flags[2].value, 1);
    assert_ptr_equal(msrp->flags[5].id, tg_requirement_find("TS33328-6.2.3.6-01"));
    assert_ptr_equal(message->flags[2].id, tg_requirement_find("TS33328-F.3-01"));
    assert_int_equal(message->flags[2].value, 0);
    assert_ptr_equal(msrp->pinned_ticket.id, media->pinned_ticket.id);
    assert_int_equal(msrp->num_tickets, 2);
    assert_non_null(media->srtcp_integrity);
    assert_null(msrp->srtcp_integrity);
    assert_true(msrp->crypto_sessions.allowed[TG_PROT_KIND_TLS]);
    assert_false(msrp->crypto_sessions.allowed[TG_PROT_KIND_SRTP]);
    assert_int_equal(message->crypto_sessions.exactly, 1);
    assert_int_equal(message->prot_types[TG_PROT_KIND_PSK_SMIME], 242);
    assert_ptr_equal(message->no_tgk, tg_requirement_find("TS33328-F.3-05"));
    assert_true(message->always_forked && !message->m_lines && msrp->m_lines);
}

/* ---- context ------------------------------------------------------------------------------------------------ */

static void test_context_words(void **state)
{
    (void)state;
    tg_exchange exchange = TG_EXCHANGE_UNKNOWN;
    tg_sender sender = TG_SENDER_UNKNOWN;
    assert_true(tg_exchange_from_name("reuse", &exchange) && exchange == TG_EXCHANGE_REUSE);
    assert_true(tg_exchange_from_name("initial", &exchange) && exchange == TG_EXCHANGE_INITIAL);
    assert_true(tg_exchange_from_name("update", &exchange) && exchange == TG_EXCHANGE_UPDATE);
    assert_false(tg_exchange_from_name("Initial", &exchange) || tg_exchange_from_name("", &exchange));
    assert_int_equal(exchange, TG_EXCHANGE_UPDATE);
    assert_true(tg_sender_from_name("I", &sender) && sender == TG_SENDER_I);
    assert_true(tg_sender_from_name("R", &sender) && sender == TG_SENDER_R);
    assert_true(tg_sender_from_name("K", &sender) && sender == TG_SENDER_K);
    assert_false(tg_sender_from_name("i", &sender) || tg_sender_from_name("", &sender));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_is_sorted_and_found),
        cmocka_unit_test(test_catalogue_row),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_reception),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_profile_of_the_rfc_alone),
        cmocka_unit_test(test_profiles_extend_one_another),
        cmocka_unit_test(test_context_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
