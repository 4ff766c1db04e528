/* report: outcomes, and what each form makes of awkward text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_report_scenes.h"

typedef struct collected {
    char text[16384];
    size_t len, most;
} collected;

static bool collect(void *user, const char *text, size_t len)
{
    collected *c = user;
    if (c->len + len > c->most)
        return false;
    memcpy(c->text + c->len, text, len);
    c->len += len;
    c->text[c->len] = '\0';
    return true;
}

typedef struct collected_long {
    char *text;
    size_t len, size;
} collected_long;

static bool collect_long(void *user, const char *text, size_t len)
{
    collected_long *c = user;
    assert_true(c->len + len < c->size);
    memcpy(c->text + c->len, text, len);
    c->len += len;
    c->text[c->len] = '\0';
    return true;
}

static collected *fresh(void)
{
    static collected c;
    c.len = 0;
    c.most = sizeof c.text - 1;
    c.text[0] = '\0';
    return &c;
}

static tg_report_sink sink_of(collected *c)
{
    return (tg_report_sink){ collect, c };
}

static const uint8_t octets[40] = { 1, 14, 0x10 };
static const char *const clauses[] = { "RFC6043-6.10-x08" };
static const tg_report_failure failures[] = {
    { .what = "It <differs> & \"so\"",
      .requirement = "RFC6043-6.10-x08",
      .profile = "rfc6043",
      .path = "TP[0].tp_data",
      .has_place = true,
      .offset = 17,
      .length = 3,
      .expected = "a\x1b[31mb\xef", /* the first of three octets, alone */
      .got = "line\nbreak\xef\xbf\xbf" },
};
static const tg_report_case cases[] = {
    { .id = "a", .title = "first", .group = "g", .verdict = TG_VERDICT_PASSED, .rerun = "r", .microseconds = 1500000 },
    { .id = "b",
      .title = "t <&>",
      .group = "g",
      .verdict = TG_VERDICT_FAILED,
      .rerun = "run 'b'",
      .failures = failures,
      .num_failures = 1,
      .clauses = clauses,
      .num_clauses = 1,
      .octets = { octets, sizeof octets } },
    { .id = "c", .title = NULL, .group = "h", .verdict = TG_VERDICT_SKIPPED, .reason = "not declared" },
    { .id = "d", .title = "x", .group = "h", .verdict = TG_VERDICT_INCONCLUSIVE, .reason = "no answer" },
};
static const tg_report report = { .version = "1", .command = "c \"q\"", .suite = "s", .cases = cases, .num_cases = 4 };

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("lacks %s:\n%s", part, text);
}

static tg_run_outcome outcome_of(const tg_report_case *from, size_t num)
{
    tg_report some = report;
    some.cases = from;
    some.num_cases = num;
    return tg_report_outcome(&some);
}

static void outcomes(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(cases, 0), TG_RUN_NOTHING);
    assert_int_equal(outcome_of(cases, 1), TG_RUN_PASSED);
    assert_int_equal(outcome_of(cases, 2), TG_RUN_FAILED);
    assert_int_equal(outcome_of(cases, 4), TG_RUN_FAILED);
    assert_int_equal(outcome_of(cases + 2, 1), TG_RUN_NOTHING); /* all skipped is no success */
    assert_int_equal(outcome_of(cases + 2, 2), TG_RUN_INCONCLUSIVE);
    tg_report broken_off = report;
    broken_off.interrupted = true;
    assert_int_equal(tg_report_outcome(&broken_off), TG_RUN_INTERRUPTED);
}

static void text_form(void **state)
{
    (void)state;
    collected *c = fresh();
    assert_true(tg_report_write_text(&report, false, sink_of(c)));
    assert_has(c->text, "s: 1 passed, 1 failed, 1 skipped, 1 inconclusive\n");
    assert_has(c->text, "RFC6043-6.10-x08 (RFC 6043 6.10, MUST)");
    assert_has(c->text, "octet 17 to 19");
    assert_has(c->text, "run 'b'");
    assert_has(c->text, "a?[31mb\xef\xbf\xbd");
    assert_null(strstr(c->text, "first"));
    assert_null(strchr(c->text, '\x1b'));
    c = fresh();
    assert_true(tg_report_write_text(&report, true, sink_of(c)));
    assert_has(c->text, "first");
}

static void json_form(void **state)
{
    (void)state;
    collected *c = fresh();
    assert_true(tg_report_write_json(&report, sink_of(c)));
    assert_has(c->text, "\"outcome\":\"failed\",\"exit_code\":1");
    assert_has(c->text, "\"command\":\"c \\\"q\\\"\"");
    assert_has(c->text, "\"expected\":\"a\\u001b[31mb\xef\xbf\xbd\",\"got\":\"line\\u000abreak\\uffff\"");
    assert_has(c->text, "\"offset\":17,\"length\":3,\"excerpt\":{\"offset\":16,\"hex\":\"0000");
    assert_has(c->text, "\"clause\":\"RFC 6043 6.10\"");
}

static void junit_form(void **state)
{
    (void)state;
    collected *c = fresh();
    assert_true(tg_report_write_junit(&report, sink_of(c)));
    assert_has(c->text, "<testsuites name=\"ticketgate\" tests=\"4\" failures=\"1\" errors=\"1\" time=\"1.500000\">");
    assert_has(c->text, "<testsuite name=\"g\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\"");
    assert_has(c->text, "name=\"b\" classname=\"ticketgate.s.g\""); /* a title may be reworded, a name may not */
    assert_has(c->text, "title: t &lt;&amp;&gt;\n");
    assert_has(c->text, "message=\"It &lt;differs&gt; &amp; &quot;so&quot;\"");
    assert_has(c->text, "expected: a[31mb\xef\xbf\xbd\n");
    assert_has(c->text, "got: line&#10;break\n");
    assert_has(c->text, "<skipped message=\"not declared\"/>");
    assert_has(c->text, "<error message=\"no answer\" type=\"inconclusive\">");
}

static void hex_places(void **state)
{
    (void)state;
    static const struct {
        size_t offset, length;
        const char *expected;
    } places[] = {
        { 17, 3, "  00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n               ^^ ^^ ^^\n" },
        { 39, 1, "  00000020  00 00 00 00 00 00 00 00\n                                 ^^\n" },
        { 40, 0, "  00000020  00 00 00 00 00 00 00 00\n                                     ^\n" },
        { 99, 9, "  00000020  00 00 00 00 00 00 00 00\n                                     ^\n" },
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        collected *c = fresh();
        tg_bytes all = tg_bytes_of(octets, sizeof octets);
        assert_true(tg_report_write_hex(all, places[i].offset, places[i].length, 2, sink_of(c)));
        assert_string_equal(c->text, places[i].expected);
    }
    collected *c = fresh();
    assert_true(tg_report_write_hex(tg_bytes_of(octets, sizeof octets), 15, 2, 0, sink_of(c)));
    assert_has(c->text, "00000000  01 0e 10");
    assert_has(c->text, "00000010  00");
    c = fresh();
    assert_true(tg_report_write_hex(tg_bytes_of(NULL, 0), 0, 0, 0, sink_of(c)));
}

static bool write_hex(const tg_report *r, tg_report_sink sink)
{
    return tg_report_write_hex(r->num_cases ? r->cases[0].octets : tg_bytes_of(NULL, 0), 0, 40, 0, sink);
}

static bool write_all_text(const tg_report *r, tg_report_sink sink)
{
    return tg_report_write_text(r, true, sink);
}

typedef bool (*writer)(const tg_report *r, tg_report_sink sink);
static const writer writers[] = { write_all_text,        tg_report_write_json, tg_report_write_junit,
                                  tg_report_write_sarif, tg_report_write_html, write_hex };
enum { NUM_WRITERS = sizeof writers / sizeof writers[0] };

/* Takes `most` writes, and notes whether more came after the one that it refused. */
typedef struct counting {
    size_t most, calls, octets, longest;
} counting;

static bool count(void *user, const char *text, size_t len)
{
    counting *c = user;
    assert_non_null(text);
    assert_true(c->calls <= c->most); /* after a refusal nothing is sent */
    if (c->calls++ == c->most)
        return false;
    c->octets += len;
    c->longest = len > c->longest ? len : c->longest;
    return true;
}

/* Wherever the sink fails, the writer says so and stops. */
static void failing_sink(void **state)
{
    (void)state;
    static const char *const names[] = { "empty", "verdicts", "vectors", "hostile", "interrupted", "expected" };
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        scene s;
        assert_true(scene_make(names[n], &s));
        s.report.num_requirements = s.report.num_requirements > 30 ? 30 : s.report.num_requirements;
        for (size_t i = 0; i < NUM_WRITERS; i++) {
            counting whole = { .most = SIZE_MAX };
            assert_true(writers[i](&s.report, (tg_report_sink){ count, &whole }));
            /* every write of short reports; of long ones, each time from the start, a thousand */
            size_t step = whole.calls / 1000 + 1;
            for (size_t most = 0; most < whole.calls; most += step) {
                counting c = { .most = most };
                assert_false(writers[i](&s.report, (tg_report_sink){ count, &c }));
                assert_int_equal(c.calls, most + 1);
            }
        }
        scene_free(&s);
    }
}

/* Ten thousand cases go through in pieces; what is written grows with them, and nothing is kept. */
static void many_cases(void **state)
{
    (void)state;
    scene s;
    assert_true(scene_make("many", &s));
    for (size_t i = 0; i < NUM_WRITERS; i++) {
        counting all = { .most = SIZE_MAX }, half = { .most = SIZE_MAX };
        s.report.num_cases = 10000;
        assert_true(writers[i](&s.report, (tg_report_sink){ count, &all }));
        s.report.num_cases = 5000;
        assert_true(writers[i](&s.report, (tg_report_sink){ count, &half }));
        assert_true(all.longest <= 8192);
        assert_true(all.octets < 50000000);
        if (writers[i] != write_hex)
            assert_true(all.octets > half.octets);
    }
    scene_free(&s);
}

static char *written(writer w, const tg_report *r)
{
    static char text[1 << 20];
    collected_long to = { text, 0, sizeof text };
    assert_true(w(r, (tg_report_sink){ collect_long, &to }));
    return text;
}

/* What a reader of each form is to find, and keys nowhere. */
static void against_an_iut(void **state)
{
    (void)state;
    static const struct {
        size_t writer;
        const char *has[12];
    } forms[] = {
        { 0,
          { "message   1, REQUEST_RESP from kms to initiator", "failed as receiver", "octet 17 to 19",
            "suppress  {\"case\":\"b\"", "broke down    d  timeout: no answer within 5 s", "key=[masked]",
            "worse         c  was passed, is skipped", "stale         matches no case: {\"case\":\"gone-*\"}",
            "requirements: ", "  role kms: 12 cases\n", "error classes were not compared",
            "2 failed, 1 skipped, 1 inconclusive; 1 failure was expected; 1 stale expectation; 1 change for the" } },
        { 1,
          { "\"counts\":{\"passed\":1,\"failed\":2,\"skipped\":1,\"inconclusive\":1,\"expected_failures\":1}",
            "\"iut\":{\"name\":\"example-stack\"", "\"loose\":true", "\"side\":\"receiver\"", "\"level\":\"MUST\"",
            "\"state\":\"not_judged\"", "\"stale\":[{\"entry\"", "\"worse\":true",
            "\"case\":\"d\",\"fault\":\"timeout\"", "\"not_exercised\":[{\"what\":\"capability two-kms\"",
            "\"reception\":\"rejected: auth\"", "\"expected_failure\":\"ticket 4711\"" } },
        { 2,
          { "tests=\"7\" failures=\"3\" errors=\"1\"", "<skipped message=\"expected to fail: ticket 4711\"/>",
            "stale expectation", "worse than the baseline c", "was passed, is skipped", "clause: RFC 6043 6.10, MUST",
            "failed as: receiver", "suppress: ", "fault: timeout" } },
        { 3,
          { "\"ruleId\":\"RFC6043-6.10-x08\"", "\"ruleId\":\"ticketgate-breakdown\"",
            "\"ruleId\":\"ticketgate-baseline\"", "\"ruleId\":\"ticketgate-stale-expectation\"",
            "\"ruleId\":\"ticketgate-case\"", "\"uri\":\"src/my%20adapter.c\"",
            "\"fullyQualifiedName\":\"b/1/REQUEST_RESP/TP[0].tp_data\"",
            "\\nMessage: 1 REQUEST_RESP\\nPath: TP[0].tp_data\\nOctet: 17\\n",
            "\"justification\":\"ticket 4711\"", "d: no answer", "\"startTimeUtc\":\"2026-05-30T12:00:00Z\"" } },
        { 4,
          { "<mark>00</mark>", "&larr;", "It rejects what is valid.", "id=\"r-RFC6043-6.10-x08\"",
            "failed, as expected", "matches no case", "no answer within 5 s", "ticketgate gate --case b",
            "<tr class=\"at\"><td>\xe2\x9c\x97 1</td><td>request</td>", "<tr><td>0</td><td>request</td>",
            "<tr><td>3</td><td>\xe2\x80\x93</td>" } },
    };
    scene s;
    assert_true(scene_make("verdicts", &s));
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *text = written(writers[forms[i].writer], &s.report);
        for (size_t n = 0; n < 12 && forms[i].has[n]; n++)
            assert_has(text, strcmp(forms[i].has[n], "&larr;") == 0 ? "\xe2\x86\x90" : forms[i].has[n]);
        assert_null(strstr(text, KEY));
    }
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),     cmocka_unit_test(text_form),  cmocka_unit_test(json_form),
        cmocka_unit_test(junit_form),   cmocka_unit_test(hex_places), cmocka_unit_test(against_an_iut),
        cmocka_unit_test(failing_sink), cmocka_unit_test(many_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
