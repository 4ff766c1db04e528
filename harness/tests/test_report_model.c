/* report: outcomes with expected failures and a baseline, the rows of a run, changes, and what is masked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_report_scenes.h"

/* ---- outcomes ----------------------------------------------------------------------------------------------- */

static tg_run_outcome outcome_with(size_t first, size_t num, size_t num_stale, const tg_report_change *changes)
{
    tg_report r = { .cases = scene_verdict_cases + first,
                    .num_cases = num,
                    .stale = scene_stale,
                    .num_stale = num_stale,
                    .changes = changes,
                    .num_changes = changes ? 1 : 0 };
    return tg_report_outcome(&r);
}

static void outcomes(void **state)
{
    (void)state;
    static const tg_report_change worse = { "x", "passed", "gone", true }, better = { "x", "failed", "passed", false };
    assert_int_equal(outcome_with(4, 1, 0, NULL), TG_RUN_PASSED); /* all that failed is expected to */
    assert_int_equal(outcome_with(4, 1, 1, NULL), TG_RUN_FAILED);
    assert_int_equal(outcome_with(4, 1, 0, &worse), TG_RUN_FAILED);
    assert_int_equal(outcome_with(4, 1, 0, &better), TG_RUN_PASSED);
    assert_int_equal(outcome_with(3, 2, 0, NULL), TG_RUN_INCONCLUSIVE);
    assert_int_equal(outcome_with(1, 4, 0, NULL), TG_RUN_FAILED);
    assert_int_equal(outcome_with(0, 1, 1, NULL), TG_RUN_FAILED);
    assert_int_equal(outcome_with(2, 1, 0, NULL), TG_RUN_NOTHING);
    assert_int_equal(outcome_with(0, 0, 0, &worse), TG_RUN_FAILED);
    tg_report all = { .cases = scene_verdict_cases, .num_cases = 5 };
    tg_report_counts counts = tg_report_count(&all);
    assert_int_equal(counts.of[TG_VERDICT_FAILED], 2);
    assert_int_equal(counts.expected, 1);
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

static const tg_report_requirement *row_of(const scene *s, const char *id)
{
    for (size_t i = 0; i < s->report.num_requirements; i++) {
        if (strcmp(s->rows[i].row->id, id) == 0)
            return &s->rows[i];
    }
    fail_msg("no row %s", id);
    return NULL;
}

static void rows(void **state)
{
    (void)state;
    scene s;
    assert_true(scene_make("verdicts", &s));
    size_t num;
    (void)tg_requirements(&num);
    assert_int_equal(s.report.num_requirements, num);
    const tg_report_requirement *r = row_of(&s, "RFC6043-6.10-x08"); /* passed in a, failed in b */
    assert_int_equal(r->state, TG_ROW_FAILED);
    assert_false(r->expected);
    assert_int_equal(r->num_cases, 2);
    assert_string_equal(r->cases[0], "a");
    assert_string_equal(r->cases[1], "b");
    r = row_of(&s, "RFC6043-4.2-x01"); /* passed in a, inconclusive in d, failed in e, where it is expected */
    assert_int_equal(r->state, TG_ROW_FAILED);
    assert_true(r->expected);
    assert_int_equal(r->num_cases, 3);
    assert_int_equal(row_of(&s, "RFC6043-4.2-x02")->state, TG_ROW_FAILED);
    assert_int_equal(row_of(&s, "RFC6043-4.2-x03")->state, TG_ROW_NOT_JUDGED);
    assert_int_equal(row_of(&s, "RFC6043-4.2-x03")->num_cases, 0);
    for (size_t i = 0; i < num; i++) {
        if (s.rows[i].num_cases == 0 && s.rows[i].row->how == TG_HOW_NONE)
            assert_int_equal(s.rows[i].state, TG_ROW_NOT_TESTABLE);
        if (s.rows[i].num_cases == 0 && s.rows[i].row->how == TG_HOW_PLANNED)
            assert_int_equal(s.rows[i].state, TG_ROW_PLANNED);
    }
    scene_free(&s);
}

/* A case that fails another row, or is skipped, is no pass of the rows that it is about; inconclusive outweighs
 * passed. */
static void rows_of_other_verdicts(void **state)
{
    (void)state;
    static const tg_report_failure other = { .what = "x", .requirement = "RFC6043-4.2-x02" };
    static const struct {
        tg_verdict first, second;
        tg_row_state state;
        size_t num_cases;
    } pairs[] = {
        { TG_VERDICT_PASSED, TG_VERDICT_FAILED, TG_ROW_PASSED, 2 },
        { TG_VERDICT_FAILED, TG_VERDICT_SKIPPED, TG_ROW_NOT_JUDGED, 1 },
        { TG_VERDICT_SKIPPED, TG_VERDICT_SKIPPED, TG_ROW_NOT_JUDGED, 0 },
        { TG_VERDICT_INCONCLUSIVE, TG_VERDICT_PASSED, TG_ROW_INCONCLUSIVE, 2 },
        { TG_VERDICT_PASSED, TG_VERDICT_INCONCLUSIVE, TG_ROW_INCONCLUSIVE, 2 },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        tg_report_case two[2] = { { .id = "1", .verdict = pairs[i].first }, { .id = "2", .verdict = pairs[i].second } };
        for (size_t n = 0; n < 2; n++) {
            two[n].clauses = scene_clauses;
            two[n].num_clauses = 1;
            two[n].failures = &other;
            two[n].num_failures = two[n].verdict == TG_VERDICT_FAILED;
        }
        scene s = { .report = { .cases = two, .num_cases = 2 } };
        scene_judge_rows(&s);
        assert_int_equal(row_of(&s, scene_clauses[0])->state, pairs[i].state);
        assert_int_equal(row_of(&s, scene_clauses[0])->num_cases, pairs[i].num_cases);
        scene_free(&s);
    }
}

/* Where cases count, what they judged decides; a row that binds receivers alone passes by what was received. */
static void counted_rows(void **state)
{
    (void)state;
    static const char sender[] = "RFC6043-4.2-x01", receiver[] = "RFC6043-5.4-01", shown[] = "RFC3830-5.1.2-01";
    assert_string_equal(tg_requirement_find(receiver)->binds, "receiver");
    assert_string_equal(tg_requirement_find(shown)->shown_by, receiver);
    static const struct {
        size_t as_sender, as_receiver;
        tg_row_state of_sender, of_receiver;
    } all[] = { { 3, 0, TG_ROW_PASSED, TG_ROW_NOT_JUDGED },
                { 0, 2, TG_ROW_PASSED, TG_ROW_PASSED },
                { 0, 0, TG_ROW_NOT_JUDGED, TG_ROW_NOT_JUDGED } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const tg_report_judged judged[] = { { sender, all[i].as_sender, all[i].as_receiver },
                                            { receiver, all[i].as_sender, all[i].as_receiver } };
        static const char *const both[] = { sender, receiver };
        const tg_report_case one = { .id = "1", .clauses = both, .num_clauses = 2, .judged = judged, .num_judged = 2 };
        scene s = { .report = { .cases = &one, .num_cases = 1 } };
        scene_judge_rows(&s);
        assert_true(row_of(&s, sender)->is_counted);
        assert_int_equal(row_of(&s, sender)->as_sender, all[i].as_sender);
        assert_int_equal(row_of(&s, receiver)->as_receiver, all[i].as_receiver);
        assert_int_equal(row_of(&s, sender)->state, all[i].of_sender);
        assert_int_equal(row_of(&s, receiver)->state, all[i].of_receiver);
        assert_int_equal(row_of(&s, shown)->state, all[i].of_receiver);
        scene_free(&s);
    }
}

/* A row that is shown by others fails with them, and names their cases. */
static void rows_that_follow(void **state)
{
    (void)state;
    const tg_report_failure failure = { .what = "w", .requirement = "RFC6043-5.4-01" };
    const tg_report_case one = { .id = "1", .verdict = TG_VERDICT_FAILED, .failures = &failure, .num_failures = 1 };
    scene s = { .report = { .cases = &one, .num_cases = 1 } };
    scene_judge_rows(&s);
    const tg_report_requirement *row = row_of(&s, "RFC3830-5.1.2-01");
    assert_int_equal(row_of(&s, "RFC6043-5.4-01")->state, TG_ROW_FAILED);
    assert_int_equal(row->state, TG_ROW_INCONCLUSIVE); /* what shows it failed, perhaps for another reason */
    scene_free(&s);
}

/* ---- changes ------------------------------------------------------------------------------------------------ */

static void changes_of_one_case(void **state)
{
    (void)state;
    enum { P = TG_VERDICT_PASSED, F = TG_VERDICT_FAILED, S = TG_VERDICT_SKIPPED, I = TG_VERDICT_INCONCLUSIVE, NONE };
    static const struct {
        int was, is;
        bool shown, worse;
    } all[] = {
        { P, P, false, false },   { P, F, true, true },     { P, S, true, true },     { P, I, true, true },
        { F, F, false, false },   { F, P, true, false },    { F, S, true, true },     { F, I, true, false },
        { S, S, false, false },   { S, P, true, false },    { S, F, true, true },     { S, I, true, false },
        { I, I, false, false },   { I, P, true, false },    { I, F, true, true },     { I, S, true, true },
        { P, NONE, true, true },  { F, NONE, true, false }, { S, NONE, true, false }, { I, NONE, true, false },
        { NONE, P, true, false }, { NONE, F, true, true },  { NONE, S, true, true },  { NONE, I, true, false },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        tg_case_verdict was = { "x", (tg_verdict)(all[i].was % NONE), false };
        tg_case_verdict is = { "x", (tg_verdict)(all[i].is % NONE), false };
        tg_report_change out[2];
        size_t num = tg_report_compare(&was, all[i].was != NONE, &is, all[i].is != NONE, out);
        assert_int_equal(num, all[i].shown);
        if (num)
            assert_int_equal(out[0].worse, all[i].worse);
        if (all[i].is == F && num) {
            is.expected = true;
            assert_int_equal(tg_report_compare(&was, all[i].was != NONE, &is, 1, out), 1);
            assert_false(out[0].worse);
        }
    }
}

static void changes_of_many(void **state)
{
    (void)state;
    tg_case_verdict was[] = { { "d", TG_VERDICT_PASSED, false },
                              { "a", TG_VERDICT_PASSED, false },
                              { "c", TG_VERDICT_FAILED, false },
                              { "a", TG_VERDICT_FAILED, false } };
    tg_case_verdict is[] = { { "e", TG_VERDICT_PASSED, false },
                             { "d", TG_VERDICT_PASSED, false },
                             { "a", TG_VERDICT_PASSED, false } };
    tg_report_change out[7];
    assert_int_equal(tg_report_compare(was, 4, is, 3, out), 3);
    assert_string_equal(out[0].id, "a"); /* twice in the baseline: the worse one counts */
    assert_string_equal(out[0].was, "failed");
    assert_string_equal(out[1].id, "c");
    assert_string_equal(out[1].is, "gone");
    assert_string_equal(out[2].id, "e");
    assert_string_equal(out[2].was, "new");
    assert_int_equal(tg_report_compare(NULL, 0, NULL, 0, out), 0);
}

/* Sorted whatever the order they come in, and quickly. */
static void changes_of_very_many(void **state)
{
    (void)state;
    enum { NUM = 50000 };
    static char names[NUM][8];
    static tg_case_verdict was[NUM], is[NUM];
    static tg_report_change out[2 * NUM];
    for (unsigned i = 0; i < NUM; i++) {
        snprintf(names[i], sizeof names[i], "%05u", i);
        was[i] = (tg_case_verdict){ names[i], TG_VERDICT_PASSED, false };
        is[i * 7919u % NUM] = (tg_case_verdict){ names[i], i % 10 ? TG_VERDICT_PASSED : TG_VERDICT_SKIPPED, false };
    }
    assert_int_equal(tg_report_compare(was, NUM, is, NUM, out), NUM / 10);
    for (unsigned i = 0; i < NUM / 10; i++) {
        assert_string_equal(out[i].id, names[i * 10]);
        assert_true(out[i].worse);
    }
}

/* ---- masks -------------------------------------------------------------------------------------------------- */

static void masks(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "", "" },
        { "no key here, 12345", "no key here, 12345" },
        { "key=" KEY, "key=[masked]" },
        { "key=" KEY KEY " end", "key=[masked] end" },
        { "psk_" KEY, "[masked]" },
        { "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff", "[masked]" },
        { "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:", "[masked]:" },
        { "0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff",
          "[masked]" },
        { "\\x00\\x11\\x22\\x33\\x44\\x55\\x66\\x77\\x88\\x99\\xaa\\xbb\\xcc\\xdd\\xee\\xff", "[masked]" },
        { "tek ABEiM0RVZneImaq7zN3u/w== ok", "tek [masked] ok" },
        { "/usr/lib/x86_64-linux-gnu/libgstreamer.so in AddressSanitizer",
          "/usr/lib/x86_64-linux-gnu/libgstreamer.so in AddressSanitizer" },
        { "python3 runners/templates/python/adapter.py --flag2",
          "python3 runners/templates/python/adapter.py --flag2" },
        { "http://alice:s3cret@kms.example.com:80/x", "http://[masked]@kms.example.com:80/x" },
        { "http://kms.example.com:80/a@b", "http://kms.example.com:80/a@b" },
        { "0011223344556677", "0011223344556677" }, /* a time, not a key */
    };
    char out[256];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_int_equal(tg_report_mask(pairs[i][0], out, sizeof out), strlen(pairs[i][1]));
        assert_string_equal(out, pairs[i][1]);
    }
    for (size_t size = 0; size < 12; size++) { /* cut anywhere */
        char small[12];
        memset(small, '#', sizeof small);
        size_t len = tg_report_mask("ab " KEY " cd", small, size);
        assert_true(len < size || size == 0);
        if (size > 0)
            assert_int_equal(small[len], '\0');
        assert_int_equal(small[11], size == 12 ? '\0' : '#');
    }
}

/* Long texts of every kind take linear time. */
static void masks_of_long_text(void **state)
{
    (void)state;
    static char text[1000001], out[1000001];
    static const char *const patterns[] = { "a", "ab ", "0", "0x", "aB1", "://", "a:b@", " ", "://a" };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        size_t len = strlen(patterns[i]);
        for (size_t at = 0; at < sizeof text - 1; at++)
            text[at] = patterns[i][at % len];
        assert_true(tg_report_mask(text, out, sizeof out) < sizeof out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),
        cmocka_unit_test(rows),
        cmocka_unit_test(rows_of_other_verdicts),
        cmocka_unit_test(counted_rows),
        cmocka_unit_test(rows_that_follow),
        cmocka_unit_test(changes_of_one_case),
        cmocka_unit_test(changes_of_many),
        cmocka_unit_test(changes_of_very_many),
        cmocka_unit_test(masks),
        cmocka_unit_test(masks_of_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
