/* The spool, and presenters fed by hand: order, ends, what is shown of keys and of text of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../present/spool.h"
#include "pcaps/present.h"

enum { MANY = 70000 /* several runs, to be merged */ };

static void records_come_in_the_order_of_their_keys(void **state)
{
    (void)state;
    tgp_spool *spool = tgp_spool_new();
    assert_non_null(spool);
    for (uint64_t i = 0; i < MANY; i++) {
        const tgp_key key = { i * 7919 % 13, i * 104729 % 17, 0 };
        assert_true(tgp_spool_add(spool, key, &i, sizeof i));
    }
    assert_true(tgp_spool_sort(spool) && tgp_spool_sort(spool));
    assert_int_equal(tgp_spool_num(spool), MANY);
    uint64_t before = 0;
    for (size_t i = 0; i < MANY; i++) {
        tg_text text = { 0 };
        uint64_t value;
        tgp_key key = tgp_spool_key(spool, i), last = i ? tgp_spool_key(spool, i - 1) : key;
        assert_true(tgp_spool_read(spool, i, &text));
        assert_int_equal(text.len, sizeof value);
        memcpy(&value, text.data, sizeof value);
        assert_true(key.a == value * 7919 % 13 && key.b == value * 104729 % 17);
        assert_true(key.a > last.a || (key.a == last.a && key.b >= last.b));
        if (i > 0 && key.a == last.a && key.b == last.b)
            assert_true(value > before); /* equal keys keep their order */
        before = value;
        tg_text_free(&text);
    }
    size_t at = tgp_spool_find(spool, (tgp_key){ 5, 0, 0 });
    assert_true(tgp_spool_key(spool, at).a == 5 && tgp_spool_key(spool, at - 1).a == 4);
    assert_int_equal(tgp_spool_find(spool, (tgp_key){ 99, 0, 0 }), MANY);
    assert_false(tgp_spool_add(spool, (tgp_key){ 0 }, "x", 1)); /* it is sorted */
    tgp_spool_free(spool);
}

static void a_spool_of_nothing(void **state)
{
    (void)state;
    tgp_spool *spool = tgp_spool_new();
    assert_non_null(spool);
    assert_true(tgp_spool_sort(spool));
    assert_int_equal(tgp_spool_num(spool), 0);
    assert_int_equal(tgp_spool_find(spool, (tgp_key){ 0 }), 0);
    tgp_spool_free(spool);
}

static bool append(void *user, const char *text, size_t len)
{
    tg_text_add(user, text, len);
    return true;
}

/* A trace with one conversation that has a TEK, and a finding of a call whose texts are hostile. */
static void tell(const tgp_trace_listener *listener)
{
    static const uint8_t tek[16] = { 0xab, 0xcd, 0xef, 1, 2, 3 };
    static const uint64_t messages[] = { 0 };
    const tgp_trace_tek teks[] = { { 7, 1, { tek, sizeof tek } } };
    const tgp_trace_conversation conversation = {
        .number = 0,
        .profile = tg_profile_find("ims-media"),
        .keys = 0,
        .messages = messages,
        .num_messages = 1,
        .accepted = true,
        .teks = teks,
        .num_teks = 1,
    };
    tgp_trace_finding finding = { .requirement = tg_requirement_find("RFC4567-3-01"),
                                  .frame = 4,
                                  .call_number = 0,
                                  .message = TGP_NONE,
                                  .connection = TGP_NONE };
    snprintf(finding.text, sizeof finding.text, "<script>\x1b[31m\xff&");
    const tgp_call_facts call = {
        .number = 0, .call_id = "<b>\"\x01", .caller = "sip:a", .called = "sip:b", .first_frame = 1, .last_frame = 9
    };
    if (listener->conversation)
        listener->conversation(listener->user, &conversation);
    if (listener->finding)
        listener->finding(listener->user, &finding);
    if (listener->call)
        listener->call(listener->user, &call);
}

static void present(tgp_form form, bool show_keys, tg_text *out)
{
    const tgp_present_options how = { .capture = "<i>", .profile = "auto", .show_keys = show_keys, .call_id = "" };
    const tgp_ending ending = {
        .verdict = TGP_FAILS, .error = "", .link = "RAW", .counts = { .calls = 1, .conversations = 1, .findings = 1 }
    };
    tgp_presenter *presenter = tgp_presenter_new(form, &how, (tg_report_sink){ append, out });
    assert_non_null(presenter);
    tell(tgp_presenter_listener(presenter));
    assert_true(tgp_presenter_finish(presenter, &ending));
    tgp_presenter_free(presenter);
}

static void every_form_is_safe_and_hides_keys(void **state)
{
    (void)state;
    static const tgp_form forms[] = { TGP_FORM_TEXT, TGP_FORM_JSON, TGP_FORM_JUNIT, TGP_FORM_HTML, TGP_FORM_FOLLOW };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        for (int show = 0; show < 2; show++) {
            tg_text out = { 0 };
            present(forms[i], show != 0, &out);
            assert_true(out.len > 0 && out.data[out.len - 1] == '\n');
            for (size_t at = 0; at < out.len; at++)
                assert_true((unsigned char)out.data[at] >= ' ' || out.data[at] == '\n');
            assert_null(memchr(out.data, 0xff, out.len));
            assert_non_null(strstr(out.data, "RFC4567-3-01"));
            bool has_key = strstr(out.data, "abcdef010203") != NULL;
            bool may_show = forms[i] != TGP_FORM_JUNIT && forms[i] != TGP_FORM_FOLLOW;
            assert_int_equal(has_key, show && may_show);
            if (forms[i] == TGP_FORM_HTML || forms[i] == TGP_FORM_JUNIT)
                assert_null(strstr(out.data, "<script"));
            tg_text_free(&out);
        }
    }
}

/* Call 0 lasts: what comes behind it does not wait in memory for ever. As text each call stands once, what was told of it in that order. */
static void calls_that_wait_for_one(void **state)
{
    (void)state;
    enum { CALLS = 3000 };
    const tgp_present_options how = { .capture = "x", .profile = "auto" };
    const tgp_ending ending = { .error = "", .link = "" };
    char expected[128];
    tg_text out = { 0 };
    tgp_presenter *presenter = tgp_presenter_new(TGP_FORM_TEXT, &how, (tg_report_sink){ append, &out });
    assert_non_null(presenter);
    const tgp_trace_listener *listener = tgp_presenter_listener(presenter);
    for (uint64_t i = 1; i <= CALLS; i++) {
        uint64_t number = i % CALLS; /* 0 at last */
        tgp_trace_finding finding = { .requirement = tg_requirement_find("RFC4567-3-01"),
                                      .frame = number + 1,
                                      .call_number = number,
                                      .message = TGP_NONE,
                                      .connection = TGP_NONE };
        for (unsigned k = 0; k < 3; k++) {
            snprintf(finding.text, sizeof finding.text, "told %llu.%u", (unsigned long long)number, k);
            listener->finding(listener->user, &finding);
        }
        const tgp_call_facts call = { .number = number, .call_id = "c", .caller = "a", .called = "b" };
        listener->call(listener->user, &call);
    }
    assert_true(tgp_presenter_finish(presenter, &ending));
    tgp_presenter_free(presenter);
    const char *at = out.data;
    assert_memory_equal(at, "x\n\ncall 0: ", 11);
    for (unsigned number = 0; number < CALLS; number++) {
        for (unsigned k = 0; k < 3; k++) {
            snprintf(expected, sizeof expected, "told %u.%u\n", number, k);
            at = strstr(at, expected);
            assert_non_null(at);
        }
        if (number + 1 < CALLS) {
            snprintf(expected, sizeof expected, "\n\ncall %u: ", number + 1);
            assert_ptr_equal(strstr(at, "\n\ncall "), strstr(at, expected));
        }
    }
    tg_text_free(&out);
}

static bool refuse(void *user, const char *text, size_t len)
{
    (void)user, (void)text, (void)len;
    return false;
}

static void a_sink_that_fails_is_told(void **state)
{
    (void)state;
    const tgp_present_options how = { .capture = "x", .profile = "auto" };
    const tgp_ending ending = { .error = "", .link = "" };
    for (int form = 0; form < TGP_NUM_FORMS; form++) {
        tgp_presenter *presenter = tgp_presenter_new((tgp_form)form, &how, (tg_report_sink){ refuse, NULL });
        assert_non_null(presenter);
        bool written = tgp_presenter_finish(presenter, &ending);
        assert_int_equal(written, form == TGP_FORM_FOLLOW); /* there is nothing to write of a call that is not there */
        tgp_presenter_free(presenter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_in_the_order_of_their_keys),
        cmocka_unit_test(a_spool_of_nothing),
        cmocka_unit_test(every_form_is_safe_and_hides_keys),
        cmocka_unit_test(calls_that_wait_for_one),
        cmocka_unit_test(a_sink_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
