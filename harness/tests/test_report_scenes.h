/* Reports that the tests of the writers share, and that report_sample.c writes for other tools to look at. */
#ifndef TICKETGATE_TEST_REPORT_SCENES_H
#define TICKETGATE_TEST_REPORT_SCENES_H

#include <stdio.h>
#include <stdlib.h>

#include "ticketgate/report.h"

/* Breaks out of whatever it stands in, where it is let: markup, quotes, controls, no UTF-8, other directions. */
#define HOSTILE                                                                                                        \
    "<script>alert(\"1\")</script>'\"&amp;]]>--><img src=x onerror='document.title=1'>"                                \
    "\x01\x1b[31m\r\n\t\x7f\xc2\x9b\xff\xfe\xc0\x80\xed\xa0\x80\xef\xbf\xbe\xe2\x80\xae\xf0\x9f\x92\xa5 \\u0000 "      \
    "%s%n{0}"
#define KEY "00112233445566778899aabbccddeeff"

typedef struct scene {
    tg_report report;
    tg_report_requirement *rows;
    const char **ids;
    tg_report_case *cases;
    char (*names)[32];
} scene;

static const uint8_t scene_octets[40] = { 1, 14, 0x10 };
static const char *const scene_clauses[] = { "RFC6043-6.10-x08", "RFC6043-4.2-x01" };
static const char *const scene_words[] = { "initiator", "kms", NULL };
static const tg_report_iut scene_iut = { .name = "example-stack",
                                         .release = "2.1",
                                         .attached = "process: ./adapter --psk " KEY,
                                         .roles = scene_words,
                                         .profiles = scene_words,
                                         .can = scene_words };
static const tg_report_message scene_transcript[] = {
    { .from = "initiator",
      .to = "kms",
      .from_iut = true,
      .exchange = "request",
      .type = "REQUEST_INIT_PSK",
      .octets = { scene_octets, 16 },
      .reception = "accepted" },
    { .from = "kms",
      .to = "initiator",
      .to_iut = true,
      .exchange = "request",
      .type = "REQUEST_RESP",
      .octets = { scene_octets, 40 },
      .reception = "rejected: auth" },
    { .from = "kms", .to = "kms", .exchange = "resolve-kms", .octets = { NULL, 0 }, .reception = "lost on the way" },
    { .from = "somebody", .to = "responder", .octets = { scene_octets, 1 } },
};
static const tg_report_failure scene_failures[] = {
    { .what = "It rejects what is valid.",
      .requirement = "RFC6043-6.10-x08",
      .profile = "rfc6043",
      .side = TG_SIDE_RECEIVER,
      .path = "TP[0].tp_data",
      .has_place = true,
      .offset = 17,
      .length = 3,
      .has_message = true,
      .message = 1,
      .expected = "accepted",
      .got = "rejected",
      .error_class = "auth" },
    { .what = "Something is missing.",
      .requirement = "RFC6043-4.2-x02",
      .side = TG_SIDE_SENDER,
      .has_place = true,
      .offset = 40,
      .expected = "T",
      .got = "nothing" },
    { .what = "A failure of no row.", .expected = "1", .got = "2" },
};
static const tg_report_failure scene_known[] = {
    { .what = "It is known.",
      .requirement = "RFC6043-4.2-x01",
      .side = TG_SIDE_SENDER,
      .expected = "a",
      .got = "b",
      .expected_failure = "ticket 4711" },
};
static const tg_report_failure scene_hostile_failure[] = {
    { .what = HOSTILE,
      .requirement = HOSTILE,
      .profile = HOSTILE,
      .path = HOSTILE,
      .has_place = true,
      .offset = 99999,
      .length = SIZE_MAX,
      .expected = HOSTILE,
      .got = HOSTILE,
      .error_class = HOSTILE },
    { .what = HOSTILE, .requirement = "RFC6043-6.10-x08", .has_message = true, .message = 77, .has_place = true },
};
static const tg_report_message scene_hostile_transcript[] = {
    { .from = HOSTILE, .to = HOSTILE, .exchange = HOSTILE, .type = HOSTILE, .reception = HOSTILE },
};
static const char *const scene_hostile_words[] = { HOSTILE, HOSTILE, NULL };
static const tg_report_iut scene_hostile_iut = {
    HOSTILE, HOSTILE, HOSTILE, scene_hostile_words, scene_hostile_words, scene_hostile_words
};
static const tg_report_case scene_hostile_case[] = {
    { .id = HOSTILE,
      .title = HOSTILE,
      .group = HOSTILE,
      .verdict = TG_VERDICT_FAILED,
      .reason = HOSTILE,
      .note = HOSTILE,
      .clauses = scene_hostile_words,
      .num_clauses = 2,
      .failures = scene_hostile_failure,
      .num_failures = 2,
      .octets = { scene_octets, 40 },
      .rerun = HOSTILE,
      .role = HOSTILE,
      .profile = HOSTILE,
      .transcript = scene_hostile_transcript,
      .num_transcript = 1,
      .suppress = HOSTILE,
      .fault = HOSTILE,
      .said = HOSTILE },
    { .id = HOSTILE "2", .title = HOSTILE, .group = HOSTILE, .verdict = TG_VERDICT_SKIPPED, .reason = HOSTILE },
    { .id = HOSTILE "3", .title = HOSTILE, .group = HOSTILE, .verdict = TG_VERDICT_INCONCLUSIVE, .reason = HOSTILE },
    { .id = HOSTILE "4", .title = HOSTILE, .group = HOSTILE, .verdict = TG_VERDICT_PASSED },
};
static const tg_report_case scene_verdict_cases[] = {
    { .id = "a",
      .title = "first",
      .group = "g",
      .verdict = TG_VERDICT_PASSED,
      .clauses = scene_clauses,
      .num_clauses = 2,
      .rerun = "ticketgate gate --case a",
      .microseconds = 1500000 },
    { .id = "b",
      .title = "second",
      .group = "g",
      .verdict = TG_VERDICT_FAILED,
      .clauses = scene_clauses,
      .num_clauses = 1,
      .failures = scene_failures,
      .num_failures = 3,
      .octets = { scene_octets, sizeof scene_octets },
      .rerun = "ticketgate gate --case b",
      .role = "initiator",
      .profile = "rfc6043",
      .transcript = scene_transcript,
      .num_transcript = 4,
      .suppress = "{\"case\":\"b\",\"reason\":\"...\"}",
      .said = "E_BADMAC key " KEY },
    { .id = "c", .title = "third", .group = "h", .verdict = TG_VERDICT_SKIPPED, .reason = "not declared: two-kms" },
    { .id = "d",
      .title = "fourth",
      .group = "h",
      .verdict = TG_VERDICT_INCONCLUSIVE,
      .reason = "no answer",
      .fault = "timeout",
      .clauses = scene_clauses + 1,
      .num_clauses = 1,
      .rerun = "ticketgate gate --case d" },
    { .id = "e",
      .title = "fifth",
      .group = "h",
      .verdict = TG_VERDICT_FAILED,
      .failures = scene_known,
      .num_failures = 1,
      .expected_failure = "ticket 4711",
      .rerun = "ticketgate gate --case e" },
};
static const tg_report_unexercised scene_unexercised[] = { { "capability two-kms", "not declared", 1 },
                                                           { "role kms", NULL, 12 } };
static const tg_report_stale scene_stale[] = { { "{\"case\":\"gone-*\"}", "matches no case" } };
static const tg_report_change scene_changes[] = { { "c", "passed", "skipped", true }, { "z", "new", "passed", false } };
static const tg_report_breakdown scene_breakdowns[] = { { "d", "timeout", "no answer within 5 s",
                                                          "parsing key=" KEY "\nlast line" } };
static const tg_report_unexercised scene_hostile_unexercised[] = { { HOSTILE, HOSTILE, 1 } };
static const tg_report_stale scene_hostile_stale[] = { { HOSTILE, HOSTILE } };
static const tg_report_change scene_hostile_changes[] = { { HOSTILE, HOSTILE, HOSTILE, true } };
static const tg_report_breakdown scene_hostile_breakdowns[] = { { HOSTILE, HOSTILE, HOSTILE, HOSTILE } };

static inline void scene_judge_rows(scene *s)
{
    size_t num;
    (void)tg_requirements(&num);
    s->rows = calloc(num, sizeof *s->rows);
    s->ids = calloc(tg_report_num_ids(&s->report) + 1, sizeof *s->ids);
    if (!s->rows || !s->ids)
        abort();
    s->report.num_requirements = tg_report_judge_rows(&s->report, s->rows, s->ids);
    s->report.requirements = s->rows;
}

static inline void scene_many(scene *s, size_t num)
{
    s->cases = calloc(num, sizeof *s->cases);
    s->names = calloc(num, sizeof *s->names);
    if (!s->cases || !s->names)
        abort();
    for (size_t i = 0; i < num; i++) {
        snprintf(s->names[i], sizeof s->names[i], "case-%06zu", i);
        s->cases[i] = scene_verdict_cases[i % 5];
        s->cases[i].id = s->names[i];
        s->cases[i].group = "g";
    }
    s->report.cases = s->cases;
    s->report.num_cases = num;
}

/* Fills all that a run against an IUT has. */
static inline void scene_against_iut(tg_report *report)
{
    report->iut = &scene_iut;
    report->profiles = scene_words;
    report->selection = "--role initiator";
    report->seed = "7";
    report->started = "2026-05-30T12:00:00Z";
    report->ended = "2026-05-30T12:00:09Z";
    report->loose = true;
    report->artifact = "src/my adapter.c";
    report->unexercised = scene_unexercised;
    report->num_unexercised = 2;
    report->expected_path = "known.json";
    report->baseline_path = "baseline.json";
    report->changes = scene_changes;
    report->num_changes = 2;
    report->breakdowns = scene_breakdowns;
    report->num_breakdowns = 1;
}

static inline void scene_hostile(tg_report *report)
{
    *report = (tg_report){ .version = HOSTILE, .command = HOSTILE, .suite = HOSTILE, .iut = &scene_hostile_iut };
    report->cases = scene_hostile_case;
    report->num_cases = sizeof scene_hostile_case / sizeof scene_hostile_case[0];
    report->profiles = scene_hostile_words;
    report->selection = report->seed = report->started = report->ended = report->artifact = HOSTILE;
    report->expected_path = report->baseline_path = HOSTILE;
    report->unexercised = scene_hostile_unexercised;
    report->stale = scene_hostile_stale;
    report->changes = scene_hostile_changes;
    report->breakdowns = scene_hostile_breakdowns;
    report->num_unexercised = report->num_stale = report->num_changes = report->num_breakdowns = 1;
}

/* "empty", "verdicts", "vectors" (no IUT), "hostile", "many", "interrupted", "expected"; false for another name. */
static inline bool scene_make(const char *name, scene *s)
{
    *s = (scene){ .report = { .version = "1", .command = "ticketgate gate", .suite = "gate" } };
    tg_report *report = &s->report;
    report->cases = scene_verdict_cases;
    report->num_cases = sizeof scene_verdict_cases / sizeof scene_verdict_cases[0];
    if (strcmp(name, "hostile") == 0) {
        scene_hostile(report);
    } else if (strcmp(name, "empty") == 0) {
        report->cases = NULL;
        report->num_cases = 0;
    } else if (strcmp(name, "vectors") == 0) {
        report->suite = "vectors";
        return true;
    } else if (strcmp(name, "many") == 0) {
        scene_many(s, 10000);
    } else if (strcmp(name, "interrupted") == 0) {
        report->interrupted = true;
    } else if (strcmp(name, "expected") == 0) {
        report->cases += 4;
        report->num_cases = 1;
    } else if (strcmp(name, "verdicts") == 0) {
        scene_against_iut(report);
        report->stale = scene_stale;
        report->num_stale = 1;
    } else {
        return false;
    }
    scene_judge_rows(s);
    return true;
}

static inline void scene_free(scene *s)
{
    free(s->rows);
    free(s->ids);
    free(s->cases);
    free(s->names);
}

#endif
