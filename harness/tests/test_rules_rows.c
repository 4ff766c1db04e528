/* Every row that the rules judge, kept and broken: tables of messages and the exact findings they bring. */
#include "test_rules_support.h"

typedef struct row {
    const char *title, *context, *message, *expected;
} row;

#define FLAGS_AT "+5:3"      /* in TP and TICKET: the octets that hold D to O */
#define EMPTY_SPI_AT "+12:0" /* in Key data with two octets of key, three of salt and an SPI of length 0 */

#include "test_rules_figures.inc"
#include "test_rules_header.inc"
#include "test_rules_sessions.inc"
#include "test_rules_policy.inc"
#include "test_rules_ticket.inc"
#include "test_rules_profiles.inc"

/* ---- what is found ------------------------------------------------------------------------------------------ */

enum { MAX_LINES = 40, LINE_SIZE = 640, MAX_ROWS = 2048 };
typedef struct lines {
    char line[MAX_LINES][LINE_SIZE];
    size_t num;
} lines;

static bool row_seen[MAX_ROWS]; /* by place in the catalogue */

static char *new_line(lines *list)
{
    assert_true(list->num < MAX_LINES);
    return list->line[list->num++];
}

static void note_finding(void *user, const tg_finding *finding)
{
    size_t num;
    row_seen[finding->requirement - tg_requirements(&num)] = true;
    assert_true(finding->text[0] != '\0' && strlen(finding->text) < TG_TEXT_MAX - 1);
    assert_int_equal(finding->requirement->how, TG_HOW_CHECK);
    snprintf(new_line(user), LINE_SIZE, "%s %s at %zu+%zu", finding->requirement->id, finding->path, finding->offset,
             finding->length);
}

/* ---- what is expected --------------------------------------------------------------------------------------- */

static const mark *mark_of(const assembly *a, const char *path)
{
    for (size_t i = 0; i < a->num_marks; i++) {
        if (strcmp(a->marks[i].path, path) == 0)
            return &a->marks[i];
    }
    fail_msg("no %s in the message", path);
    return NULL;
}

static void expect_line(const assembly *a, lines *list, const char *line)
{
    char id[40], path[TG_PATH_MAX], where[40] = "", owner[TG_PATH_MAX];
    assert_true(sscanf(line, "%39s %159s %39s", id, path, where) >= 2);
    size_t offset = 0, len = 0;
    strcpy(owner, path);
    if (where[0] == '+') {
        assert_int_equal(sscanf(where, "+%zu:%zu", &offset, &len), 2);
        *strrchr(owner, '.') = '\0';
        offset += mark_of(a, owner)->offset;
    } else if (strcmp(where, "<end") == 0) {
        offset = mark_of(a, path)->offset + mark_of(a, path)->len;
    } else if (where[0] == '<') {
        bool in_message = strcmp(path, "message") == 0;
        int written = snprintf(owner, sizeof owner, "%s%s%s", in_message ? "" : path, in_message ? "" : ".", where + 1);
        assert_true(written > 0 && (size_t)written < sizeof owner);
        offset = mark_of(a, owner)->offset;
    } else {
        offset = mark_of(a, path)->offset;
        len = mark_of(a, path)->len;
    }
    snprintf(new_line(list), LINE_SIZE, "%s %s at %zu+%zu", id, path, offset, len);
}

static void expect_all(const assembly *a, lines *list, const char *expected)
{
    char line[LINE_SIZE];
    while (*expected) {
        size_t len = strcspn(expected, "\n");
        assert_true(len < sizeof line);
        memcpy(line, expected, len);
        line[len] = '\0';
        expect_line(a, list, line);
        expected += len + (expected[len] == '\n');
    }
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static void read_context(const char *words, tg_profile *profile, tg_context *context, tg_m_line *m_lines)
{
    char word[64];
    int used;
    unsigned value;
    *profile = *tg_profile_find("rfc6043");
    *context = (tg_context){ .exchange = TG_EXCHANGE_UNKNOWN };
    for (; sscanf(words, "%63s%n", word, &used) == 1; words += used) {
        if (strncmp(word, "profile=", 8) == 0) {
            assert_non_null(tg_profile_find(word + 8));
            *profile = *tg_profile_find(word + 8);
        } else if (strncmp(word, "ex=", 3) == 0) {
            assert_true(tg_exchange_from_name(word + 3, &context->exchange));
        } else if (strncmp(word, "by=", 3) == 0) {
            assert_true(tg_sender_from_name(word + 3, &context->sender));
        } else if (strcmp(word, "tpk") == 0) {
            context->tpk_at_hand = true;
        } else if (strncmp(word, "m=", 2) == 0) {
            context->has_m_lines = true;
            context->m_lines = m_lines;
            for (const char *c = word + 2; *c; c++)
                m_lines[context->num_m_lines++] = *c == 't' ? TG_M_LINE_TLS : TG_M_LINE_RTP;
        } else if (sscanf(word, "v_flag=%u", &value) == 1) {
            profile->settings.v_flag = (uint8_t)value;
        } else if (sscanf(word, "vi_next=%u", &value) == 1) {
            profile->settings.vi_next = (uint8_t)value;
        } else if (sscanf(word, "tls_policies=%u", &value) == 1) {
            profile->settings.tls_policies = (uint8_t)value;
        } else if (sscanf(word, "spi_required=%u", &value) == 1) {
            profile->settings.spi_required = (uint8_t)value;
        } else if (sscanf(word, "mix_scope=%u", &value) == 1) {
            profile->settings.mix_scope = (uint8_t)value;
        } else {
            fail_msg("%s is no context", word);
        }
    }
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void judge(const assembly *a, const char *words, lines *found)
{
    static uint8_t memory[1 << 18];
    tg_profile profile;
    tg_context context;
    tg_m_line m_lines[32];
    tg_diag diag;
    read_context(words, &profile, &context, m_lines);
    assert_true(tg_message_arena_size(a->len) <= sizeof memory);
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_message *message;
    tg_status status = tg_message_parse(tg_bytes_of(a->out, a->len), &arena, &message, &diag);
    if (status != TG_OK)
        fail_msg("%s at %zu: %s", tg_status_name(status), diag.offset, diag.path);
    found->num = 0;
    tg_rules_check(message, &profile, &context, (tg_finding_sink){ note_finding, found });
}

/* True when the findings are those expected, all of them and no others; otherwise says what differs. */
static bool run_row(const row *r)
{
    static assembly a;
    static lines found, expected;
    expected.num = 0;
    assemble(&a, r->message);
    judge(&a, r->context, &found);
    expect_all(&a, &expected, r->expected);
    qsort(found.line, found.num, LINE_SIZE, compare_lines);
    qsort(expected.line, expected.num, LINE_SIZE, compare_lines);
    bool same = found.num == expected.num;
    for (size_t i = 0; same && i < found.num; i++)
        same = strcmp(found.line[i], expected.line[i]) == 0;
    if (same)
        return true;
    print_error("%s\n  %s\n", r->title, r->message);
    for (size_t i = 0; i < expected.num; i++)
        print_error("  expected %s\n", expected.line[i]);
    for (size_t i = 0; i < found.num; i++)
        print_error("  found    %s\n", found.line[i]);
    return false;
}

static void run_rows(const row *rows, size_t num)
{
    size_t failed = 0;
    for (size_t i = 0; i < num; i++)
        failed += !run_row(&rows[i]);
    assert_int_equal(failed, 0);
}

#define TABLE_TEST(name)                                                                                               \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        run_rows(name##_rows, sizeof name##_rows / sizeof name##_rows[0]);                                             \
    }
TABLE_TEST(figures)
TABLE_TEST(header)
TABLE_TEST(sessions)
TABLE_TEST(policy)
TABLE_TEST(ticket)
TABLE_TEST(profile)

/* No check is dead: every row of this room was broken by some message above. Runs last. */
static void test_every_row_was_broken(void **state)
{
    (void)state;
    size_t num, dead = 0;
    const tg_requirement *rows = tg_requirements(&num);
    assert_true(num <= MAX_ROWS);
    for (size_t i = 0; i < num; i++) {
        if (rows[i].how == TG_HOW_CHECK && strcmp(rows[i].room, "rules") == 0 && !rows[i].shown_by[0] && !row_seen[i]) {
            print_error("never broken: %s\n", rows[i].id);
            dead++;
        }
    }
    assert_int_equal(dead, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures), cmocka_unit_test(test_header), cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_policy),  cmocka_unit_test(test_ticket), cmocka_unit_test(test_profile),
        cmocka_unit_test(test_every_row_was_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
