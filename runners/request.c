#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "ticketgate/carriage.h"

void request_init(request *r)
{
    *r = (request){ .format = INPUT_AUTO, .max_size = INPUT_DEFAULT_MAX_SIZE };
}

void request_free(request *r)
{
    workspace_free(&r->ws);
}

bool request_take(request *r, const char *name, const char *value, bool *known)
{
    *known = true;
    if (strcmp(name, "format") == 0)
        return cli_take_choice(name, value, input_format_names, &r->format);
    if (strcmp(name, "max-size") == 0)
        return cli_take_size(name, value, INPUT_MOST_MAX_SIZE, &r->max_size);
    *known = strcmp(name, "lines") == 0;
    r->lines = r->lines || *known;
    return true;
}

bool request_operand(int argc, char **argv, int first, const char **path)
{
    if (argc - first > 1) {
        cli_complain("%s: only one input can be given", argv[first + 1]);
        return false;
    }
    *path = argc > first ? argv[first] : "-";
    return true;
}

void request_complain(const char *path, const tg_diag *diag, const char *reason)
{
    char rule[128] = "";
    if (diag->id && diag->id[0])
        snprintf(rule, sizeof rule, " [%s, %s]", diag->id, diag->clause);
    const char *text = reason ? reason : tg_status_text(diag->status);
    tg_class class = tg_status_class(diag->status);
    char place[64] = "";
    if (class == TG_CLASS_PARSE || class == TG_CLASS_ENCODING || diag->offset > 0)
        snprintf(place, sizeof place, " at %s %zu", class == TG_CLASS_PARSE ? "octet" : "offset", diag->offset);
    cli_complain("%s: %s%s%s%s%s: %s%s", input_name(path), tg_status_name(diag->status), place,
                 diag->path[0] ? " (" : "", diag->path, diag->path[0] ? ")" : "", text, rule);
}

static void answer_refused(request *r, const tg_diag *diag)
{
    if (!r->answers_json)
        return;
    answer_error(diag, &r->ws.text);
    (void)answer_send(&r->ws.text);
}

void request_refuse(request *r, const char *path, const tg_diag *diag, const char *reason)
{
    request_complain(path, diag, reason);
    answer_refused(r, diag);
}

/* For complaints about a limit. */
static const char *limit_hint(const request *r)
{
    return r->max_size < INPUT_MOST_MAX_SIZE ? " (--max-size raises it)" : "";
}

/* ---- whole inputs ------------------------------------------------------------------------------------------- */

typedef struct sdp_reading {
    request *r;
    const char *path;
    request_answer answer;
    void *user;
    int code;
} sdp_reading;

static int worse(int a, int b)
{
    return a == CLI_OK ? b : a;
}

static bool within_limit(request *r, const char *path, size_t len)
{
    if (len <= r->max_size)
        return true;
    cli_complain("%s: the message is larger than the limit of %zu octets%s", input_name(path), r->max_size,
                 limit_hint(r));
    answer_refused(r, &(tg_diag){ .status = TG_TOO_LARGE, .id = "", .offset = r->max_size });
    return false;
}

static int answer_octets(request *r, const char *path, const request_message *message, request_answer answer,
                         void *user)
{
    return within_limit(r, path, message->octets.len) ? answer(user, message) : CLI_USAGE;
}

static bool answer_attribute(void *user, const tg_key_mgmt *attribute)
{
    sdp_reading *s = user;
    tg_diag diag;
    request_message message = { .m_line = attribute->m_line, .m_lines = attribute->m_lines,
                                .num_m_lines = attribute->num_m_lines, .from_sdp = true };
    int code = CLI_FAILED;
    if (workspace_decode_text(&s->r->ws, attribute->data, attribute->data_len, true, &message.octets, &diag) != TG_OK)
        request_refuse(s->r, s->path, &diag, "the key-mgmt attribute is not base64");
    else
        code = answer_octets(s->r, s->path, &message, s->answer, s->user);
    s->code = worse(s->code, code);
    return !cli_interrupted();
}

static int run_sdp(request *r, const char *path, const input_text *text, request_answer answer, void *user)
{
    sdp_reading s = { r, path, answer, user, CLI_OK };
    const char *reason = NULL;
    if (tg_carriage_init() != TG_OK) {
        cli_complain("the SDP parser could not be set up");
        return CLI_INTERNAL;
    }
    tg_status status = tg_sdp_key_mgmt(text->data, text->len, answer_attribute, &s, &reason);
    if (status == TG_OK)
        return s.code;
    if (cli_interrupted())
        return CLI_INTERRUPTED;
    cli_complain("%s: %s", input_name(path), reason ? reason : tg_status_text(status));
    answer_refused(r, &(tg_diag){ .status = status, .id = "" });
    return CLI_FAILED;
}

static int run_text(request *r, const char *path, const input_text *text, int format, request_answer answer, void *user)
{
    request_message message = { .m_line = -1 };
    tg_diag diag = { 0 };
    const char *reason = NULL;
    tg_status status = TG_OK;
    if (format == INPUT_RAW)
        message.octets = tg_bytes_of(text->data, text->len);
    else if (format == INPUT_JSON)
        status = workspace_build(&r->ws, text->data, text->len, &message.octets, &diag, &reason);
    else
        status = workspace_decode_text(&r->ws, text->data, text->len, format == INPUT_BASE64, &message.octets, &diag);
    if (status != TG_OK) {
        if (status == TG_BAD_HEX && diag.offset == text->len)
            reason = "an odd number of hex digits";
        request_refuse(r, path, &diag, reason);
        return CLI_FAILED;
    }
    return answer_octets(r, path, &message, answer, user);
}

int request_run(request *r, const char *path, request_answer answer, void *user)
{
    input_text text;
    /* A tree has a limit of its own, which the option does not raise. */
    int code = input_read(path, input_text_max(r->max_size), r->format == INPUT_JSON ? "" : limit_hint(r), &text);
    if (code != CLI_OK)
        return code;
    int format = r->format == INPUT_AUTO ? input_detect(text.data, text.len) : r->format;
    code = format == INPUT_SDP ? run_sdp(r, path, &text, answer, user) : run_text(r, path, &text, format, answer, user);
    free(text.data);
    return cli_interrupted() ? CLI_INTERRUPTED : code;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

size_t request_max_line(const request *r)
{
    return input_text_max(r->max_size);
}

tg_status request_line(request *r, const char *line, size_t len, bool too_long, tg_bytes *out, tg_diag *diag)
{
    tg_status status = TG_OK;
    if (!too_long)
        status = workspace_decode_text(&r->ws, line, len, r->format == INPUT_BASE64, out, diag);
    if (too_long || (status == TG_OK && out->len > r->max_size)) {
        *diag = (tg_diag){ .status = TG_TOO_LARGE, .id = "", .offset = r->max_size };
        return TG_TOO_LARGE;
    }
    return status;
}
