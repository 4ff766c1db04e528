/* pcap replay --to http://...: what a KMS was asked. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay.h"
#include "cmd_pcap_replay_answer.h"
#include "mapping.h"

enum { MOST_AHEAD = 20000 /* messages between a request and its response */ };

static bool interrupted(void *user)
{
    (void)user;
    return cli_interrupted();
}

/* Path and query of a captured target; "" where it cannot be one. */
static const char *local_part(const char *target)
{
    const char *rest = strstr(target, "://");
    if (rest && target[0] != '/')
        rest = strchr(rest + 3, '/');
    else
        rest = target;
    if (!rest || rest[0] != '/')
        return "";
    for (const char *c = rest; *c; c++) {
        if (*c <= ' ' || *c > '~' || *c == '#')
            return "";
    }
    return rest;
}

static char *url_of(const replay_run *run, const tgp_replay_unit *u)
{
    const char *target = local_part(u->target ? u->target : ""), *query = strchr(target, '?');
    const char *rest = !run->has_path ? target : strchr(run->url, '?') || !query ? "" : query;
    size_t size = strlen(run->url) + strlen(rest) + 1;
    char *url = malloc(size);
    if (url)
        snprintf(url, size, "%s%s", run->url, rest);
    return url;
}

/* ---- the answer that was captured ---------------------------------------------------------------------------- */

static size_t response_of(const replay_run *run, size_t unit)
{
    const tgp_replay_unit *request = tgp_replay_unit_at(run->replay, unit);
    for (size_t i = unit + 1; i < tgp_replay_num_units(run->replay) && i - unit < MOST_AHEAD; i++) {
        const tgp_replay_unit *u = tgp_replay_unit_at(run->replay, i);
        if (u->kind == TGP_UNIT_HTTP && !u->request && u->connection == request->connection &&
            u->transaction == request->transaction && u->status >= 200)
            return i;
    }
    return SIZE_MAX;
}

/* ---- the answer that came ------------------------------------------------------------------------------------ */

static void take_answer(replay_run *run, const replay_item *item, const iut_http_answer *answer, uint8_t *room,
                        replay_told *told)
{
    const tgp_replay_message *m = tgp_replay_message_at(run->replay, item->message);
    size_t response = response_of(run, m->unit),
           captured = response != SIZE_MAX ? tgp_replay_unit_at(run->replay, response)->message : SIZE_MAX;
    replay_worth was = { .type = -1 }, is = { .type = -1 };
    const tg_bytes none = { NULL, 0 };
    kms_body form;
    bool ok = true;
    if (captured != SIZE_MAX)
        ok = tgp_replay_judge(run->replay, captured, true, none, TG_SENDER_K, replay_weigh, &was);
    if (answer->len > 0 && kms_is_type(answer->content_type, "application/mikey") &&
        kms_body_read(KMS_BODY_EITHER, tg_bytes_of(answer->body, answer->len), room, &told->answer, &form))
        ok = ok && tgp_replay_judge(run->replay, item->message, false, told->answer, TG_SENDER_K, replay_weigh, &is);
    else
        told->answer = none;
    run->failed = run->failed || !ok;
    replay_write_answer(told->got, answer->status, &is);
    told->outcome = REPLAY_SAME;
    if (response == SIZE_MAX) {
        snprintf(told->note, sizeof told->note, "the capture has no answer to it");
        return;
    }
    unsigned status = tgp_replay_unit_at(run->replay, response)->status;
    replay_write_answer(told->captured, status, &was);
    if (status != answer->status || was.type != is.type || was.accepted != is.accepted)
        told->outcome = REPLAY_DIFFERS;
}

static void post(replay_run *run, iut_http *http, const replay_item *item)
{
    const tgp_replay_message *m = tgp_replay_message_at(run->replay, item->message);
    const tgp_replay_unit *u = tgp_replay_unit_at(run->replay, m->unit);
    replay_told told = { .outcome = REPLAY_SILENT, .sent = m->octets };
    size_t len = 0;
    char *url = url_of(run, u), *body = kms_body_write(u->base64 ? KMS_BODY_BASE64 : KMS_BODY_RAW, m->octets, &len);
    uint8_t *room = NULL;
    iut_http_answer answer = { 0 };
    iut_http_request request = { .url = url,
                                 .method = u->method && u->method[0] ? u->method : NULL,
                                 .body = (const uint8_t *)body,
                                 .len = len,
                                 .content_type =
                                     u->content_type && u->content_type[0] ? u->content_type : "application/mikey",
                                 .accept = "application/mikey",
                                 .timeout_ms = (unsigned)run->timeout * 1000,
                                 .interrupted = interrupted };
    iut_http_outcome outcome = url && body ? iut_http_send(http, &request, &answer) : IUT_HTTP_NO_MEMORY;
    snprintf(told.what, sizeof told.what, "%s to %s", replay_type_name(m->octets), url ? url : "");
    if (outcome == IUT_HTTP_ANSWERED)
        room = malloc(tg_base64_decoded_max(answer.len) + 1);
    if (room) {
        take_answer(run, item, &answer, room, &told);
    } else if (outcome != IUT_HTTP_INTERRUPTED) {
        run->failed = run->failed || outcome == IUT_HTTP_NO_MEMORY || outcome == IUT_HTTP_ANSWERED;
        told.outcome = outcome == IUT_HTTP_BROKEN || outcome == IUT_HTTP_TOO_MUCH ? REPLAY_DIFFERS : REPLAY_SILENT;
        replay_put(told.note, sizeof told.note, answer.text, strlen(answer.text));
        run->gone = outcome == IUT_HTTP_UNREACHABLE; /* a KMS that is not there is not asked again and again */
    }
    if (outcome != IUT_HTTP_INTERRUPTED)
        replay_tell(run, item, &told);
    free(room);
    free(body);
    free(url);
}

bool replay_to_http(replay_run *run)
{
    iut_http *http = iut_http_new();
    if (!http) {
        cli_complain("out of memory");
        run->failed = true;
        return true;
    }
    for (size_t i = 0; i < run->num_items && !run->failed && !run->gone; i++) {
        if (!replay_wait(run, &run->items[i]))
            break;
        post(run, http, &run->items[i]);
    }
    iut_http_free(http);
    return true;
}
