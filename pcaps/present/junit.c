/* JUnit XML: a test case for each message, connection, container and call; what was found beside them fails the call it belongs to. */
#include "presenter.h"

/* Suites, in order: the first part of a key. */
enum { MESSAGES, CONNECTIONS, CONTAINERS, CALLS, NUM_SUITES };
static const char *const suite_names[] = { "messages", "connections", "containers", "calls" };
/* Of a call: CALLS (number, case), and beside it (CALL_FINDINGS, number, frame). Calls end up as cases when all is known. */
enum { CALL_FINDINGS = NUM_SUITES };
enum { MOST_TEXT = 1000 };

typedef struct totals {
    uint64_t tests, failures;
} totals;

/* ---- cases -------------------------------------------------------------------------------------------------- */

static void add_case(tg_text *out, unsigned suite)
{
    tgp_add(out, "\" classname=\"ticketgate.trace.%s\" time=\"0.000000\"", suite_names[suite]);
}

static void add_row(tg_text *out, const tg_requirement *row, const char *text)
{
    tgp_add(out, "%s %s (%s %s): ", tg_level_name(row->level), row->id, row->source, row->clause);
    tgp_add_xml(out, row->text, MOST_TEXT);
    if (text[0]) {
        tgp_add(out, "\n  ");
        tgp_add_xml(out, text, MOST_TEXT);
    }
    tgp_add(out, "\n");
}

static void add_findings(tg_text *out, const tgp_placed_finding *findings, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        const tgp_placed_finding *f = &findings[i];
        add_row(out, f->finding->requirement, f->finding->text);
        tgp_add(out, "  ");
        tgp_add_xml(out, f->finding->path, MOST_TEXT);
        tgp_add(out, " octet %zu", f->finding->offset);
        if (f->has_frame) {
            tgp_add(out, "; ");
            tgp_add_place(out, true, f->frame, f->frame_offset, f->frame_length);
        }
        tgp_add(out, "\n");
    }
}

/* Paths hold names of the library alone, but whose message it is, is not known here: escaped all the same. */
static void add_error(tg_text *out, const tgp_trace_message *m)
{
    tgp_add(out, "%s: ", tg_status_name(m->error.status));
    tgp_add_xml(out, tg_status_text(m->error.status), MOST_TEXT);
    tgp_add(out, ", octet %zu ", m->error.offset);
    tgp_add_xml(out, m->error.path, MOST_TEXT);
    tgp_add(out, "\n");
}

/* The first thing that makes it fail, as the attribute of a failure. */
static void begin_failure(tg_text *out, const tgp_placed_finding *findings, size_t num, const char *otherwise)
{
    const char *message = otherwise;
    for (size_t i = 0; i < num && message == otherwise; i++) {
        if (findings[i].finding->requirement->level == TG_LEVEL_MUST)
            message = findings[i].finding->requirement->text;
    }
    tgp_add(out, "><failure message=\"");
    tgp_add_xml(out, message, MOST_TEXT);
    tgp_add(out, "\" type=\"failed\">");
}

static void keep_case(tgp_presenter *p, unsigned suite, uint64_t order, bool failed)
{
    tgp_add(&p->text, failed ? "</failure></testcase>\n" : "/>\n");
    p->found = true;
    tgp_keep(p, suite, order, failed); /* the last part of the key counts failures */
}

static void take_message(void *user, const tgp_trace_message *m)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    bool failed = tgp_message_fails(m);
    tgp_add(out, "    <testcase name=\"message %llu, frame %llu", (unsigned long long)m->number,
            (unsigned long long)m->frame);
    add_case(out, MESSAGES);
    if (failed) {
        const char *otherwise = !m->message ? tg_status_text(m->error.status) : "a key does not verify it";
        begin_failure(out, m->findings, m->num_findings, otherwise);
        tgp_add_xml(out, m->first_line, MOST_TEXT);
        tgp_add(out, "\n");
        if (!m->message)
            add_error(out, m);
        tgp_text_outcomes(out, "", m);
        tgp_add(out, "\n");
        add_findings(out, m->findings, m->num_findings);
    }
    keep_case(p, MESSAGES, m->number, failed);
}

static void take_connection(void *user, const tgp_trace_connection *c)
{
    tgp_presenter *p = user;
    bool failed = tgp_any_must(c->findings, c->num_findings);
    tgp_add(&p->text, "    <testcase name=\"connection %llu, frame %llu", (unsigned long long)c->number,
            (unsigned long long)c->first_frame);
    add_case(&p->text, CONNECTIONS);
    if (failed) {
        begin_failure(&p->text, c->findings, c->num_findings, "");
        add_findings(&p->text, c->findings, c->num_findings);
    }
    keep_case(p, CONNECTIONS, c->number, failed);
}

static void take_container(void *user, const tgp_trace_container *c)
{
    tgp_presenter *p = user;
    bool failed = tgp_any_must(c->findings, c->num_findings);
    tgp_add(&p->text, "    <testcase name=\"container, frame %llu", (unsigned long long)c->frame);
    add_case(&p->text, CONTAINERS);
    if (failed) {
        begin_failure(&p->text, c->findings, c->num_findings, "");
        add_findings(&p->text, c->findings, c->num_findings);
    }
    keep_case(p, CONTAINERS, c->frame, failed);
}

/* The key's last part: the frame, and whether it is a MUST. */
static void take_finding(void *user, const tgp_trace_finding *finding)
{
    tgp_presenter *p = user;
    add_row(&p->text, finding->requirement, finding->text);
    tgp_add(&p->text, "  frame %llu\n", (unsigned long long)finding->frame);
    p->found = true;
    tgp_keep(p, CALL_FINDINGS, finding->call_number,
             finding->frame << 1 | (finding->requirement->level == TG_LEVEL_MUST));
}

static void take_call(void *user, const tgp_call_facts *call)
{
    tgp_presenter *p = user;
    tgp_add(&p->text, "    <testcase name=\"call %llu", (unsigned long long)call->number);
    add_case(&p->text, CALLS);
    p->found = true;
    tgp_keep(p, CALLS, call->number, 0);
}

/* ---- suites ------------------------------------------------------------------------------------------------- */

/* Whether a call (or what belongs to none) has a finding of level MUST; findings of it lie in [*from, *end). */
static bool findings_of(const tgp_presenter *p, uint64_t call, size_t *from, size_t *end)
{
    bool must = false;
    *from = *end = tgp_spool_find(p->spool, (tgp_key){ CALL_FINDINGS, call, 0 });
    for (; *end < tgp_spool_num(p->spool); (*end)++) {
        tgp_key key = tgp_spool_key(p->spool, *end);
        if (key.a != CALL_FINDINGS || key.b != call)
            break;
        must = must || key.c % 2 != 0;
    }
    return must;
}

static totals count(const tgp_presenter *p, unsigned suite)
{
    totals out = { 0 };
    size_t from, end;
    for (size_t i = tgp_spool_find(p->spool, (tgp_key){ suite, 0, 0 }); i < tgp_spool_num(p->spool); i++) {
        tgp_key key = tgp_spool_key(p->spool, i);
        if (key.a != suite)
            break;
        out.tests++;
        out.failures += suite == CALLS ? findings_of(p, key.b, &from, &end) : key.c != 0;
    }
    if (suite == CALLS && findings_of(p, TGP_NONE, &from, &end)) {
        out.tests++;
        out.failures++;
    }
    return out;
}

static void send_failure_of_call(tgp_presenter *p, size_t from, size_t end)
{
    tgp_add(&p->text, "><failure message=\"rules across the trace\" type=\"failed\">");
    for (size_t i = from; i < end && !p->failed; i++) {
        p->failed = !tgp_spool_read(p->spool, i, &p->text) || p->failed;
        tgp_send(p);
    }
    tgp_add(&p->text, "</failure></testcase>\n");
    tgp_send(p);
}

static void send_calls(tgp_presenter *p)
{
    size_t from, end;
    for (size_t i = tgp_spool_find(p->spool, (tgp_key){ CALLS, 0, 0 }); i < tgp_spool_num(p->spool) && !p->failed;
         i++) {
        tgp_key key = tgp_spool_key(p->spool, i);
        if (key.a != CALLS)
            break;
        p->failed = !tgp_spool_read(p->spool, i, &p->text) || p->failed;
        if (findings_of(p, key.b, &from, &end))
            send_failure_of_call(p, from, end);
        else
            tgp_add(&p->text, "/>\n");
        tgp_send(p);
    }
    if (findings_of(p, TGP_NONE, &from, &end)) {
        tgp_add(&p->text, "    <testcase name=\"beside calls");
        add_case(&p->text, CALLS);
        send_failure_of_call(p, from, end);
    }
}

static void send_suite(tgp_presenter *p, unsigned suite)
{
    totals all = count(p, suite);
    if (all.tests == 0)
        return;
    tgp_add(&p->text,
            "  <testsuite name=\"%s\" tests=\"%llu\" failures=\"%llu\" errors=\"0\" skipped=\"0\" time=\"0.000000\">\n",
            suite_names[suite], (unsigned long long)all.tests, (unsigned long long)all.failures);
    tgp_send(p);
    if (suite == CALLS)
        send_calls(p);
    else
        (void)tgp_send_records(p, tgp_spool_find(p->spool, (tgp_key){ suite, 0, 0 }), suite, "");
    tgp_add(&p->text, "  </testsuite>\n");
    tgp_send(p);
}

/* A CI system shows cases alone: a run that says less than it seems to is an error of its own. */
static const char *what_went_wrong(const tgp_ending *ending)
{
    switch (ending->verdict) {
    case TGP_UNREADABLE:
        return "the capture could not be read to its end";
    case TGP_NOTHING:
        return "there was nothing to judge";
    case TGP_INCONCLUSIVE:
        return "something that could have held a message was lost";
    case TGP_STOPPED:
        return "it was broken off";
    default:
        return ending->error[0] ? "the capture could not be read to its end" : NULL;
    }
}

static void write_junit(tgp_presenter *p, const tgp_ending *ending)
{
    const char *wrong = what_went_wrong(ending);
    totals all = { 0 };
    for (unsigned i = 0; i < NUM_SUITES; i++) {
        totals one = count(p, i);
        all.tests += one.tests;
        all.failures += one.failures;
    }
    tgp_add(&p->text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ticketgate\" tests=\"%llu\" "
            "failures=\"%llu\" errors=\"%d\" "
            "time=\"0.000000\">\n",
            (unsigned long long)(all.tests + (wrong != NULL)), (unsigned long long)all.failures, wrong != NULL);
    for (unsigned i = 0; i < NUM_SUITES; i++)
        send_suite(p, i);
    if (wrong) {
        tgp_add(&p->text,
                "  <testsuite name=\"run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0.000000\">\n"
                "    <testcase name=\"the capture\" classname=\"ticketgate.trace.run\" time=\"0.000000\"><error "
                "message=\"%s\" type=\"%s\">",
                wrong, tgp_verdict_name(ending->verdict));
        tgp_add_xml(&p->text, ending->error, MOST_TEXT);
        tgp_add(&p->text, "</error></testcase>\n  </testsuite>\n");
    }
    tgp_add(&p->text, "</testsuites>\n");
    tgp_send(p);
}

void tgp_junit_init(tgp_presenter *p)
{
    p->listener = (tgp_trace_listener){ TGP_TAKES_WHAT_IS_JUDGED };
    p->write = write_junit;
}
