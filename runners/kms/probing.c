#include "probing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "ticketgate/message.h"

const asking_options probe_as_usual = { .pk = false };

/* ---- failures ----------------------------------------------------------------------------------------------- */

void probe_fail(probe *p, const char *requirement, const char *expected, const char *got, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (p->num_failures == PROBE_MAX_FAILURES)
        return;
    p->failures[p->num_failures++] = (tg_report_failure){ .what = keep_text(&p->k, "%s", text),
                                                          .requirement = requirement,
                                                          .profile = p->d->known.profile.name,
                                                          .expected = expected,
                                                          .got = got ? keep_text(&p->k, "%s", got) : NULL };
}

static void fail_with(probe *p, const char *what, const char *requirement, const char *path, size_t offset,
                      size_t length, const char *text)
{
    probe_fail(p, requirement, NULL, NULL, "%s%s%s", what, *what ? ": " : "", text);
    tg_report_failure *f = &p->failures[p->num_failures - 1];
    f->path = keep_text(&p->k, "%s", path);
    f->has_place = true;
    f->offset = offset;
    f->length = length;
}

static void keep_octets(probe *p, tg_bytes octets)
{
    if (p->octets.data || octets.len == 0)
        return; /* the first one that failed is shown */
    uint8_t *copy = keep_memory(&p->k, octets.len);
    memcpy(copy, octets.data, octets.len);
    p->octets = tg_bytes_of(copy, octets.len);
}

/* ---- asking ------------------------------------------------------------------------------------------------- */

const char *probe_url(probe *p, tg_sender from)
{
    const char *query = kms_mapping_query(&p->m, from);
    return keep_text(&p->k, "%s%s%s", p->resource, *query ? "?" : "", query);
}

void probe_read(probe *p, probe_said *out)
{
    kms_body form;
    tg_bytes body = tg_bytes_of(out->http.body, out->http.len);
    out->has_message = false;
    if (out->outcome != IUT_HTTP_ANSWERED) {
        out->why_none = out->http.text;
        return;
    }
    size_t wanted = tg_base64_decoded_max(body.len);
    if (wanted > p->decoded_capacity) {
        free(p->decoded);
        p->decoded = malloc(wanted);
        p->decoded_capacity = p->decoded ? wanted : 0;
    }
    if (body.len == 0)
        out->why_none = "the body is empty";
    else if (!kms_is_type(out->http.content_type, p->m.content_type))
        out->why_none = "the content type is another";
    else if (!p->decoded || !kms_body_read((kms_body)p->m.body, body, p->decoded, &out->message, &form))
        out->why_none = "the body is neither a MIKEY message nor base64";
    else
        out->has_message = true;
}

void probe_send(probe *p, const char *url, const char *method, const char *type, tg_bytes body, probe_said *out)
{
    iut_http_request request = { .url = url,
                                 .method = method ? method : p->m.method,
                                 .content_type = !type   ? p->m.content_type
                                                 : *type ? type
                                                         : NULL,
                                 .accept = p->m.content_type,
                                 .body = body.data,
                                 .len = body.len,
                                 .timeout_ms = p->timeout_ms,
                                 .max_body = (size_t)1 << 20 };
    *out = (probe_said){ .why_none = "" };
    out->outcome = iut_http_send(p->http, &request, &out->http);
    p->unreachable = out->outcome == IUT_HTTP_UNREACHABLE;
    probe_read(p, out);
}

void probe_post(probe *p, tg_sender from, kms_body form, tg_bytes octets, probe_said *out)
{
    size_t len = 0;
    char *body = kms_body_write(form, octets, &len);
    *out = (probe_said){ .outcome = IUT_HTTP_NO_MEMORY, .why_none = "out of memory" };
    if (body)
        probe_send(p, probe_url(p, from), NULL, NULL, tg_bytes_of(body, len), out);
    free(body);
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

/* What is said when there is no HTTP answer; true when there is one. */
static bool has_answer(probe *p, const probe_said *said, const char *what)
{
    static const char *const names[] = { "",
                                         "no answer in time",
                                         "an answer without end",
                                         "no connection",
                                         "the connection ended early, or the answer is not HTTP",
                                         "the URL cannot be used",
                                         "out of memory" };
    if (said->outcome == IUT_HTTP_ANSWERED)
        return true;
    probe_fail(p, NULL, "an answer", said->http.text, "%s: %s", what, names[said->outcome]);
    return false;
}

bool probe_is_answer(probe *p, const probe_said *said, const char *what)
{
    if (!has_answer(p, said, what))
        return false;
    if (said->http.status < 500)
        return true;
    probe_fail(p, NULL, "no status 5xx", keep_text(&p->k, "%u", said->http.status), "%s: the KMS broke down over it",
               what);
    return false;
}

/* What the message of the KMS breaks; a SHOULD fails nobody. */
static bool breaks_nothing(probe *p, const tg_judgement *j, tg_bytes octets, const char *what)
{
    size_t before = p->num_failures;
    if (j->parse != TG_OK)
        fail_with(p, what, j->diag.id, j->diag.path, j->diag.offset, 0, tg_status_text(j->parse));
    for (size_t i = 0; i < j->num_findings; i++) {
        const tg_finding *f = j->findings[i];
        if (f->requirement->level == TG_LEVEL_MUST)
            fail_with(p, what, f->requirement->id, f->path, f->offset, f->length, f->text);
    }
    if (p->num_failures > before)
        keep_octets(p, octets);
    return p->num_failures == before;
}

static int error_no_of(const tg_message *message)
{
    const tg_err *err = (const tg_err *)tg_payload_find(message->payloads, TG_PAYLOAD_ERR);
    return err ? err->error_no : -1;
}

static uint8_t response_to(const asked *q)
{
    return q->sent[q->num - 1].from == TG_SENDER_R ? TG_DATA_TYPE_RESOLVE_RESP : TG_DATA_TYPE_REQUEST_RESP;
}

/* A MIKEY message came of it. */
static bool is_mikey(probe *p, const asked *q, const probe_said *said, const char *what)
{
    p->answered = false;
    if (!has_answer(p, said, what))
        return false;
    bool ok_status = said->http.status == p->m.status.ok || said->http.status == p->m.status.error;
    if (!ok_status || !said->has_message) {
        probe_fail(p, NULL, keep_text(&p->k, "status %u with a MIKEY message", p->m.status.ok),
                   keep_text(&p->k, "status %u, %s", said->http.status,
                             said->has_message ? "a MIKEY message" : said->why_none),
                   "%s: a valid request is not answered", what);
        return false;
    }
    p->answered = said->message.len > 1 && said->message.data[1] == response_to(q);
    return true;
}

bool probe_is_right(probe *p, const asked *q, const probe_said *said, const char *what)
{
    const tg_judgement *j = NULL;
    uint8_t expected = response_to(q);
    if (!is_mikey(p, q, said, what))
        return false;
    if (!asker_judge(&p->asker, q, said->message, &j)) {
        p->inconclusive = "the answer could not be judged: memory ran out";
        return false;
    }
    if (!breaks_nothing(p, j, said->message, what))
        return false;
    if (j->message->hdr.data_type != expected) {
        probe_fail(p, NULL, expected == TG_DATA_TYPE_RESOLVE_RESP ? "RESOLVE_RESP" : "REQUEST_RESP",
                   j->message->hdr.data_type == TG_DATA_TYPE_ERROR
                       ? keep_text(&p->k, "Error %d", error_no_of(j->message))
                       : keep_text(&p->k, "data type %d", j->message->hdr.data_type),
                   "%s: a valid request is refused", what);
        keep_octets(p, said->message);
        return false;
    }
    if (tg_judgement_is_accepted(j) && j->derived.mpki.len > 0 && j->kemac == TG_OUTCOME_OK)
        return true;
    probe_fail(p, NULL, "an authentic response with keys", NULL, "%s: auth %s, KEMAC %s", what,
               tg_outcome_name(j->auth), tg_outcome_name(j->kemac));
    keep_octets(p, said->message);
    return false;
}

bool probe_is_refusal(probe *p, const asked *q, const probe_said *said, const char *row, const char *what)
{
    const tg_judgement *j = NULL;
    if (!probe_is_answer(p, said, what))
        return false;
    if (said->http.status >= 400)
        return true;
    if (!said->has_message) {
        if (said->http.len == 0)
            return true; /* discarded without a word */
        probe_fail(p, row, "an Error, or status 4xx",
                   keep_text(&p->k, "status %u, %s", said->http.status, said->why_none), "%s: no refusal", what);
        return false;
    }
    if (!asker_judge(&p->asker, q, said->message, &j)) {
        p->inconclusive = "the answer could not be judged: memory ran out";
        return false;
    }
    if (j->parse == TG_OK && j->message->hdr.data_type != TG_DATA_TYPE_ERROR) {
        probe_fail(p, row, "an Error, or status 4xx", keep_text(&p->k, "data type %d", j->message->hdr.data_type),
                   "%s: it is answered as if it were right", what);
        keep_octets(p, q->sent[q->num - 1].octets);
        return false;
    }
    return breaks_nothing(p, j, said->message, what);
}

/* ---- what many cases begin with ----------------------------------------------------------------------------- */

static bool ask_plainly(probe *p, const char *what, bool any_response)
{
    asked q;
    probe_said said;
    const char *why = asker_request(&p->asker, &probe_as_usual, &q);
    if (why) {
        p->inconclusive = keep_text(&p->k, "no request could be made: %s", why);
        return false;
    }
    probe_post(p, TG_SENDER_I, p->form, q.sent[0].octets, &said);
    bool ok = any_response ? is_mikey(p, &q, &said, what) : probe_is_right(p, &q, &said, what);
    if (ok && any_response && !p->answered)
        probe_fail(p, NULL, "REQUEST_RESP", "another message", "%s: it is not answered", what);
    asked_free(&q);
    return ok && p->answered;
}

bool probe_plain(probe *p, const char *what)
{
    return ask_plainly(p, what, false);
}

bool probe_alive(probe *p, const char *what)
{
    return ask_plainly(p, what, true);
}

bool probe_ticket(probe *p, const asking_options *o, asked *q)
{
    probe_said said;
    const char *why = asker_request(&p->asker, o, q);
    if (!why) {
        probe_post(p, TG_SENDER_I, p->form, q->sent[0].octets, &said);
        if (!is_mikey(p, q, &said, "the request for the ticket"))
            return false;
        why = asker_granted(&p->asker, q, said.message);
    }
    if (why)
        p->inconclusive = keep_text(&p->k, "no ticket to go on with: %s", why);
    return !why;
}

probe_case *probe_add(probe_list *list, const char *id, const char *title, const char *group,
                      void (*run)(probe *p, const probe_case *c))
{
    if (list->num == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->cases = realloc(list->cases, list->capacity * sizeof *list->cases);
        if (!list->cases) {
            cli_complain("out of memory");
            exit(CLI_INTERNAL);
        }
    }
    probe_case *c = &list->cases[list->num++];
    *c = (probe_case){ .id = id, .title = title, .group = group, .run = run };
    return c;
}
