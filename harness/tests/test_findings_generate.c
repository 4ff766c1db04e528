/* What is wrong in the catalogue or in a profile fails the build, with the place named. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp, popen */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define HEAD "id\tclause\tlevel\tbinds\tmessage\troom\thow\ton_receive\ttext\tshown_by\tnote\n"
#define ROW(id, level) id "\t6.1\t" level "\tsender\tany\trules\tcheck\treject\tA text.\t-\t-\n"
#define GOOD_ROWS HEAD ROW("RFC3830-6.1-x05", "MUST")
#define PROFILE(name, extends, more) "{\"profile\":\"" name "\",\"extends\":" extends ",\"title\":\"t\"" more "}"

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* The real data in a folder of its own, with one file more or another; what generate.py then says. */
static void expect_refusal(const char *file, const char *text, const char *said)
{
    char folder[] = "/tmp/ticketgate-findings-XXXXXX", command[1024], output[2048] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "mkdir %s/include && cp -r '%s/harness/findings' %s/findings && "
             "cp -r '%s/harness/include/ticketgate' %s/include", folder, TICKETGATE_SOURCE_DIR, folder,
             TICKETGATE_SOURCE_DIR, folder);
    assert_int_equal(system(command), 0);
    if (file) {
        char findings[256];
        snprintf(findings, sizeof findings, "%s/findings", folder);
        write_file(findings, file, text);
    }
    snprintf(command, sizeof command, "/usr/bin/python3 '%s/harness/findings/generate.py' %s/findings %s/c.inc %s/p.inc "
             "2>&1", TICKETGATE_SOURCE_DIR, folder, folder, folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    output[fread(output, 1, sizeof output - 1, pipe)] = '\0';
    int status = pclose(pipe);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    if (!said) {
        assert_int_equal(status, 0);
        return;
    }
    assert_int_not_equal(status, 0);
    if (!strstr(output, said))
        fail_msg("expected '%s' in: %s", said, output);
}

static void test_good_data(void **state)
{
    (void)state;
    expect_refusal(NULL, NULL, NULL);
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"ims-media\"", ",\"settings\":{\"v_flag\":\"sec6\"}"), NULL);
}

static void test_bad_catalogue(void **state)
{
    (void)state;
    expect_refusal("catalogue/rfc9999.tsv", GOOD_ROWS, "does not begin with RFC9999-6.1-");
    expect_refusal("catalogue/rfc3830.tsv", GOOD_ROWS ROW("RFC3830-6.1-x05", "MUST"),
                   "rfc3830.tsv:3: RFC3830-6.1-x05 is there twice");
    expect_refusal("catalogue/rfc3830.tsv", HEAD ROW("RFC3830-6.1-x05", "SHALL"), "level 'SHALL' is none of");
    expect_refusal("catalogue/rfc3830.tsv", HEAD ROW("RFC3830-6.1-5", "MUST"), "does not have the form of an id");
    expect_refusal("catalogue/rfc3830.tsv", HEAD "RFC3830-6.1-x05\t6.1\n", "a row has 11 columns");
    expect_refusal("catalogue/rfc3830.tsv", "id\ttext\n", "the columns are not");
    expect_refusal("catalogue/notes.tsv", GOOD_ROWS, "says no source document");
}

#define OWN(id, room, how, shown_by, note)                                                                             \
    id "\t6.1\tMUST\tsender\tany\t" room "\t" how "\treject\tA text.\t" shown_by "\t" note "\n"

/* A source of its own, so that the rest of the catalogue stays as it is. */
static void test_what_shows_a_row(void **state)
{
    (void)state;
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "-", "none", "-", "Nobody can see it."), NULL);
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "-", "none", "-", "-"),
                   "RFC9999-6.1-x01 is none, and no note says why");
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "tls", "planned", "-", "-"),
                   "RFC9999-6.1-x01 is planned, and no note says why");
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "-", "check", "-", "-"), "no room judges");
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "tls", "planned", "RFC6043-6.10-x03", "Later."),
                   "cannot be shown by another row");
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "rules", "check", "RFC6043-6.10-x03", "-"), NULL);
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "rules", "check", "RFC6043-6.10-x99", "-"),
                   "shown_by names RFC6043-6.10-x99, which the catalogue does not have");
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "rules", "check", "RFC6043-14-01", "-"),
                   "shown_by names RFC6043-14-01, which is none");
    expect_refusal("catalogue/rfc9999.tsv", HEAD OWN("RFC9999-6.1-x01", "rules", "check", "RFC9999-6.1-x02", "-")
                   OWN("RFC9999-6.1-x02", "rules", "check", "RFC9999-6.1-x01", "-"), "is shown by itself");
}

static void test_every_sentence_has_a_row(void **state)
{
    (void)state;
    expect_refusal("normative/rfc9999.txt", "RFC9999-6.1-01\n", "RFC9999-6.1-01 has neither a row nor a reason");
    expect_refusal("normative/rfc9999.txt", "RFC6043-14-01\n", "RFC6043-14-01 is there twice");
    expect_refusal("normative/out_of_scope.tsv", "id\treason\nRFC6043-14-01\tNot ours.\n",
                   "has neither a row nor a reason in out_of_scope.tsv");
    expect_refusal("normative/out_of_scope.tsv", "id\treason\nRFC6043-14-01\n", "out_of_scope.tsv:2: a line is an id");
}

static void test_bad_profile(void **state)
{
    (void)state;
    expect_refusal("profiles/mine.json", PROFILE("other", "\"rfc6043\"", ""), "is not the file's name");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"nobody\"", ""), "extends the unknown profile 'nobody'");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"mine\"", ""), "extends itself");
    expect_refusal("profiles/mine.json", PROFILE("mine", "null", ""), "members are missing");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"colour\":1"), "unknown member 'colour'");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"m_lines\":1"), "is neither true nor false");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"http\":{\"port\":1}"), "unknown member 'port'");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"http\":{\"path\":\"kms\"}"), "is no path");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"http\":{\"body\":\"x\"}"),
                   "is neither raw nor base64");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"no_tgk\":\"RFC1-1-01\""),
                   "the catalogue has no row 'RFC1-1-01'");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"settings\":{\"v_flag\":\"sec5\"}"),
                   "v_flag 'sec5' is none of sec4, sec6");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"settings\":{\"v\":\"sec4\"}"),
                   "unknown member 'v'");
    expect_refusal("profiles/mine.json",
                   PROFILE("mine", "\"rfc6043\"", ",\"flags\":{\"Z\":{\"value\":1,\"id\":\"TS33328-D-01\"}}"),
                   "unknown member 'Z'");
    expect_refusal("profiles/mine.json", PROFILE("mine", "\"rfc6043\"", ",\"prot_types\":{\"tls\":256}"),
                   "256 is no number of 8 bits");
    expect_refusal("profiles/mine.json", "{", "mine.json:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_data),
        cmocka_unit_test(test_bad_catalogue),
        cmocka_unit_test(test_what_shows_a_row),
        cmocka_unit_test(test_every_sentence_has_a_row),
        cmocka_unit_test(test_bad_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
