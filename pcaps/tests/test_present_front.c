/* The front: what goes out and when, what is alone, and when it gives up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../present/front.h"

typedef struct taken {
    char text[1024];
    uint64_t num, last;
} taken;

/* "call.part text" and, where nothing else of the call is known, "!". */
static void take(void *user, tgp_key key, const char *text, size_t len, bool alone)
{
    taken *t = user;
    size_t at = strlen(t->text);
    t->num++;
    t->last = key.a;
    if (at + len + 64 < sizeof t->text)
        snprintf(t->text + at, sizeof t->text - at, "%llu.%llu %.*s%s;", (unsigned long long)key.a,
                 (unsigned long long)key.b, (int)len, text, alone ? "!" : "");
}

static tgp_front *open_front(taken *t)
{
    *t = (taken){ .num = 0 };
    tgp_front *front = tgp_front_new(&(tgp_front_taker){ take, t });
    assert_non_null(front);
    return front;
}

static bool add(tgp_front *front, uint64_t call, uint64_t part, const char *text)
{
    return tgp_front_add(front, (tgp_key){ call, part, 0 }, text, strlen(text));
}

static void expect(tgp_front *front, taken *t, const char *text)
{
    tgp_front_settle(front);
    assert_string_equal(t->text, text);
    t->text[0] = '\0';
}

static void calls_go_out_in_order(void **state)
{
    (void)state;
    taken t;
    tgp_front *front = open_front(&t);
    assert_true(add(front, 1, 1, "b") && add(front, 1, 0, "a") && add(front, 0, 1, "first") &&
                add(front, 0, 1, "then"));
    expect(front, &t, "");
    tgp_front_complete(front, 1);
    expect(front, &t, ""); /* 0 comes first */
    assert_true(add(front, 2, 0, "c") && add(front, 0, 0, "x"));
    tgp_front_complete(front, 0);
    expect(front, &t, "0.0 x;0.1 first;0.1 then;1.0 a;1.1 b;");
    assert_true(tgp_front_is_out(front, 1) && !tgp_front_is_out(front, 2));
    assert_false(add(front, 1, 1, "late"));
    assert_false(tgp_front_gave_up(front));
    tgp_front_complete(front, 1); /* again */
    tgp_front_complete(front, 2);
    tgp_front_complete(front, 3); /* of which nothing is known */
    assert_true(add(front, 4, 0, "d"));
    expect(front, &t, "2.0 c!;");
    tgp_front_complete(front, 4);
    expect(front, &t, "4.0 d!;");
    tgp_front_free(front);
}

/* Without anybody asking: where room is wanted. */
static void many_calls(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    static const char text[300] = "of a call";
    taken t;
    tgp_front *front = open_front(&t);
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t call = i ^ 1; /* each second before the first */
        assert_true(tgp_front_add(front, (tgp_key){ call, 0, 0 }, text, sizeof text));
        tgp_front_complete(front, call);
        assert_true(i < 5000 || t.num > i - 5000);
    }
    tgp_front_settle(front);
    assert_int_equal(t.num, MANY);
    assert_int_equal(t.last, MANY - 1);
    tgp_front_free(front);
}

static void expect_rest(tgp_front *front, uint64_t num, uint64_t first)
{
    tgp_spool *spool = tgp_spool_new();
    assert_non_null(spool);
    assert_true(tgp_front_empty_into(front, spool) && tgp_spool_sort(spool));
    assert_int_equal(tgp_spool_num(spool), num);
    assert_int_equal(tgp_spool_key(spool, 0).a, first);
    assert_true(tgp_front_gave_up(front));
    tgp_front_settle(front); /* nothing is left that could go out */
    tgp_spool_free(spool);
}

/* Call 7 lasts: what comes behind it fills the room. Nothing is lost, and nothing goes out twice or too early. */
static void a_call_that_lasts(void **state)
{
    (void)state;
    static const char text[1000] = "of a call";
    taken t;
    tgp_front *front = open_front(&t);
    uint64_t call = 0;
    for (; tgp_front_add(front, (tgp_key){ call, 0, 0 }, text, sizeof text); call++) {
        assert_true(call < 1000);
        if (call != 7)
            tgp_front_complete(front, call);
    }
    assert_true(tgp_front_gave_up(front));
    assert_int_equal(t.num, 7);
    assert_int_equal(t.last, 6);
    assert_true(call > 200);
    tgp_front_complete(front, 7);
    expect_rest(front, call - 7, 7);
    assert_int_equal(t.num, 7);
    tgp_front_free(front);
}

static void too_much(void **state)
{
    (void)state;
    static char large[300 << 10];
    taken t;
    tgp_front *front = open_front(&t);
    assert_true(add(front, 0, 0, "a"));
    assert_false(tgp_front_add(front, (tgp_key){ 1, 0, 0 }, large, sizeof large));
    assert_true(tgp_front_gave_up(front));
    expect_rest(front, 1, 0);
    tgp_front_free(front);
    front = open_front(&t); /* a number far ahead */
    assert_true(add(front, 0, 0, "a") && add(front, 1u << 20, 0, "b"));
    tgp_front_complete(front, 1u << 20);
    assert_true(tgp_front_gave_up(front));
    expect_rest(front, 2, 0);
    assert_int_equal(t.num, 0);
    tgp_front_free(front);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(calls_go_out_in_order), cmocka_unit_test(many_calls),
                                        cmocka_unit_test(a_call_that_lasts), cmocka_unit_test(too_much) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
