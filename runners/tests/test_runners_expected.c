/* Expected failures and baselines: what is read, what is refused and why, what matches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "baseline.h"
#include "expected.h"

static char complaint[256];

static bool parse(const char *text, expected_set *out)
{
    complaint[0] = '\0';
    return expected_parse(text, strlen(text), "f", out, complaint, sizeof complaint);
}

/* ---- expected failures -------------------------------------------------------------------------------------- */

static void refused(void **state)
{
    (void)state;
    static const char *const all[][2] = {
        { "", "f:1:0: '[' or '{' expected near end of file" },
        { "[", "f:1:1: " },
        { "{}", "f: not an array of expected failures" },
        { "[1]", "f: entry 1: not an object" },
        { "[{}]", "f: entry 1: case must be the id of a case" },
        { "[{\"case\":\"a\"}]", "f: entry 1: reason must say why" },
        { "[{\"case\":\"a\",\"reason\":\"\"}]", "f: entry 1: reason must say why" },
        { "[{\"case\":\"a\",\"reason\":\"  \"}]", "f: entry 1: reason must say why" },
        { "[{\"case\":\"\",\"reason\":\"r\"}]", "f: entry 1: case must be the id of a case" },
        { "[{\"case\":\"a\",\"reason\":\"r\"},{\"case\":1,\"reason\":\"r\"}]", "f: entry 2: case must be" },
        { "[{\"case\":\"a\",\"reason\":\"r\",\"requirment\":\"x\"}]", "f: entry 1: members are" },
        { "[{\"case\":\"a\",\"reason\":\"r\",\"requirement\":\"x\"}]", "f: entry 1: the catalogue has no such" },
        { "[{\"case\":\"a\",\"reason\":\"r\",\"requirement\":1}]", "f: entry 1: requirement must be" },
        { "[{\"case\":\"a\",\"reason\":\"r\",\"class\":\"x\"}]", "f: entry 1: class is no error class" },
        { "[{\"case\":\"a\",\"case\":\"b\",\"reason\":\"r\"}]", "f:1:19: duplicate object key" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        expected_set set;
        assert_false(parse(all[i][0], &set));
        if (strncmp(complaint, all[i][1], strlen(all[i][1])) != 0)
            fail_msg("%s: %s", all[i][0], complaint);
    }
    expected_set set;
    assert_false(expected_load("/nonexistent/file", &set, complaint, sizeof complaint));
    assert_non_null(strstr(complaint, "/nonexistent/file: No such file"));
    assert_false(expected_load("/", &set, complaint, sizeof complaint));
    assert_false(expected_load("/dev/zero", &set, complaint, sizeof complaint));
    assert_string_equal(complaint, "/dev/zero: too large");
}

static const tg_report_failure two_failures[] = {
    { .what = "x", .requirement = "RFC6043-4.2-x01", .error_class = "auth" },
    { .what = "y", .requirement = "RFC6043-4.2-x02" },
};

/* What becomes of a case with these verdict and failures under these entries. */
typedef struct applied {
    const char *known, *first, *second;
    size_t num_stale, num_stale_of_selection;
    const char *why;
} applied;

static applied apply(const char *entries, const char *id, tg_verdict verdict, size_t num)
{
    expected_set set;
    static tg_report_failure failures[2];
    static char reasons[3][32];
    memcpy(failures, two_failures, sizeof failures);
    if (!parse(entries, &set))
        fail_msg("%s", complaint);
    tg_report_case c = { .id = id, .verdict = verdict, .failures = failures, .num_failures = num };
    expected_apply(&set, &c, failures);
    const char *const found[] = { c.expected_failure, failures[0].expected_failure, failures[1].expected_failure };
    for (size_t i = 0; i < 3; i++)
        snprintf(reasons[i], sizeof reasons[i], "%s", found[i] ? found[i] : "");
    tg_report_stale stale[8];
    applied out = { reasons[0], reasons[1], reasons[2], expected_stale(&set, true, stale), 0, "" };
    out.why = out.num_stale ? stale[0].why : "";
    out.num_stale_of_selection = expected_stale(&set, false, stale);
    expected_free(&set);
    return out;
}

static void matching(void **state)
{
    (void)state;
    const tg_verdict P = TG_VERDICT_PASSED, F = TG_VERDICT_FAILED, S = TG_VERDICT_SKIPPED, I = TG_VERDICT_INCONCLUSIVE;
    const struct {
        const char *entries, *id;
        tg_verdict verdict;
        size_t num_failures;
        const char *known, *first, *second;
        size_t stale, stale_of_selection;
    } all[] = {
        { "[{\"case\":\"a\",\"reason\":\"r\"}]", "a", F, 2, "r", "r", "r", 0, 0 },
        { "[{\"case\":\"*\",\"reason\":\"r\"}]", "a", F, 1, "r", "r", "", 0, 0 },
        { "[{\"case\":\"a\",\"reason\":\"r\"}]", "ab", F, 2, "", "", "", 1, 0 },
        { "[{\"case\":\"a?c-*-e\",\"reason\":\"r\"}]", "abc--d-e", F, 1, "r", "r", "", 0, 0 },
        { "[{\"case\":\"a*b\",\"reason\":\"r\"}]", "acbd", F, 1, "", "", "", 1, 0 },
        { "[{\"case\":\"a\",\"requirement\":\"RFC6043-4.2-x01\",\"reason\":\"r\"}]", "a", F, 2, "", "r", "", 0, 0 },
        { "[{\"case\":\"a\",\"requirement\":\"RFC6043-*\",\"reason\":\"r\"}]", "a", F, 2, "r", "r", "r", 0, 0 },
        { "[{\"case\":\"a\",\"requirement\":\"RFC6043-4.2-x02\",\"reason\":\"r\"}]", "a", F, 1, "", "", "", 1, 1 },
        { "[{\"case\":\"a\",\"class\":\"auth\",\"reason\":\"r\"},{\"case\":\"a\",\"reason\":\"s\"}]", "a", F, 2, "r",
          "r", "s", 0, 0 },
        { "[{\"case\":\"a\",\"class\":\"rule\",\"reason\":\"r\"}]", "a", F, 2, "", "", "", 1, 1 },
        { "[{\"case\":\"a\",\"reason\":\"r\"}]", "a", F, 0, "r", "", "", 0, 0 },
        { "[{\"case\":\"a\",\"requirement\":\"RFC6043-4.2-x01\",\"reason\":\"r\"}]", "a", F, 0, "", "", "", 1, 1 },
        { "[{\"case\":\"a\",\"reason\":\"r\"}]", "a", P, 0, "", "", "", 1, 1 },
        { "[{\"case\":\"a\",\"reason\":\"r\"}]", "a", S, 0, "", "", "", 0, 0 },
        { "[{\"case\":\"a\",\"reason\":\"r\"}]", "a", I, 0, "", "", "", 0, 0 },
        { "[]", "a", F, 2, "", "", "", 0, 0 },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        applied got = apply(all[i].entries, all[i].id, all[i].verdict, all[i].num_failures);
        assert_string_equal(got.known, all[i].known);
        assert_string_equal(got.first, all[i].first);
        assert_string_equal(got.second, all[i].second);
        assert_int_equal(got.num_stale, all[i].stale);
        assert_int_equal(got.num_stale_of_selection, all[i].stale_of_selection);
    }
    assert_string_equal(apply(all[2].entries, "ab", F, 2).why, "matches no case");
    assert_string_equal(apply(all[12].entries, "a", P, 0).why, "none of its cases fails so");
}

/* A pattern that makes others try every split. */
static void long_patterns(void **state)
{
    (void)state;
    char entries[1200] = "[{\"case\":\"", id[1001];
    for (size_t i = 0; i < 300; i++)
        strcat(entries, "a*");
    strcat(entries, "b\",\"reason\":\"r\"}]");
    memset(id, 'a', 1000);
    id[1000] = '\0';
    assert_string_equal(apply(entries, id, TG_VERDICT_FAILED, 1).known, "");
    id[999] = 'b';
    assert_string_equal(apply(entries, id, TG_VERDICT_FAILED, 1).known, "r");
    char longer[1100] = "[{\"case\":\"", *at = longer + strlen(longer);
    memset(at, 'a', 1025);
    memcpy(at + 1025, "\",\"reason\":\"r\"}]", sizeof "\",\"reason\":\"r\"}]");
    expected_set set;
    assert_false(parse(longer, &set));
    assert_string_equal(complaint, "f: entry 1: the pattern is longer than 1024 characters");
}

/* The line that is offered is one that the file takes as soon as there is a reason. */
static void suppression(void **state)
{
    (void)state;
    char line[256], file[300];
    expected_set set;
    expected_suppression("a\"b\\", "RFC6043-4.2-x01", line, sizeof line);
    assert_string_equal(line, "{\"case\":\"a\\\"b\\\\\",\"requirement\":\"RFC6043-4.2-x01\",\"reason\":\"...\"}");
    snprintf(file, sizeof file, "[%s]", line);
    assert_false(parse(file, &set));
    memcpy(strstr(file, "..."), "r  ", 3);
    assert_true(parse(file, &set));
    assert_string_equal(set.entries[0].glob, "a\"b\\");
    expected_free(&set);
    expected_suppression("\xff", NULL, line, sizeof line); /* no UTF-8: no line */
    assert_string_equal(line, "{\"reason\":\"...\"}");
    expected_suppression("abc", NULL, line, 5);
    assert_string_equal(line, "{\"ca");
}

/* ---- baseline ----------------------------------------------------------------------------------------------- */

static const char *file_with(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/ticketgate-baseline-%d.json", (int)getpid());
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    return path;
}

#define REPORT(cases) "{\"format\":1,\"tool\":\"ticketgate\",\"cases\":[" cases "]}"

static void bad_baselines(void **state)
{
    (void)state;
    static const char *const all[][2] = {
        { "", ":1:0: " },
        { "[]", ": not a report of format 1 (--output json)" },
        { "{\"format\":2,\"tool\":\"ticketgate\",\"cases\":[]}", ": not a report of format 1 (--output json)" },
        { "{\"format\":1,\"tool\":\"other\",\"cases\":[]}", ": not a report of format 1 (--output json)" },
        { REPORT("1"), ": cases[0]: id or verdict is not as a report has it" },
        { REPORT("{\"id\":\"a\",\"verdict\":\"fine\"}"), ": cases[0]: id or verdict is not as a report has it" },
        { REPORT("{\"id\":\"a\",\"verdict\":\"passed\"},{\"id\":\"a\",\"verdict\":\"passed\"}"),
          ": cases[1]: its id came before" },
    };
    baseline b;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *path = file_with(all[i][0]);
        assert_false(baseline_load(path, &b, complaint, sizeof complaint));
        assert_int_equal(strncmp(complaint, path, strlen(path)), 0);
        assert_int_equal(strncmp(complaint + strlen(path), all[i][1], strlen(all[i][1])), 0);
        unlink(path);
    }
    assert_false(baseline_load("/nonexistent", &b, complaint, sizeof complaint));
}

static bool not_d(void *user, const char *id)
{
    (void)user;
    return strcmp(id, "d") != 0;
}

static void comparing(void **state)
{
    (void)state;
    const char *path = file_with(REPORT("{\"id\":\"a\",\"verdict\":\"passed\"},{\"id\":\"b\",\"verdict\":\"passed\"},"
                                        "{\"id\":\"d\",\"verdict\":\"passed\"},{\"id\":\"e\",\"verdict\":\"failed\"}"));
    static const tg_report_case cases[] = { { .id = "a", .verdict = TG_VERDICT_SKIPPED },
                                            { .id = "e", .verdict = TG_VERDICT_PASSED },
                                            { .id = "f", .verdict = TG_VERDICT_FAILED, .expected_failure = "r" } };
    for (unsigned interrupted = 0; interrupted < 2; interrupted++) {
        baseline b;
        tg_report report = { .cases = cases, .num_cases = 3, .interrupted = interrupted };
        if (!baseline_load(path, &b, complaint, sizeof complaint))
            fail_msg("%s", complaint);
        assert_true(baseline_compare(&b, &report, not_d, NULL));
        assert_int_equal(report.num_changes, interrupted ? 3 : 4);
        const tg_report_change *changes = report.changes;
        assert_string_equal(changes[0].id, "a");
        assert_true(changes[0].worse);
        if (!interrupted) {
            assert_string_equal(changes[1].id, "b");
            assert_string_equal(changes[1].is, "gone");
            assert_true(changes[1].worse);
            changes++;
        }
        assert_string_equal(changes[1].id, "e");
        assert_false(changes[1].worse);
        assert_string_equal(changes[2].id, "f");
        assert_string_equal(changes[2].was, "new");
        assert_false(changes[2].worse);
        baseline_free(&b);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),     cmocka_unit_test(matching),      cmocka_unit_test(long_patterns),
        cmocka_unit_test(suppression), cmocka_unit_test(bad_baselines), cmocka_unit_test(comparing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
