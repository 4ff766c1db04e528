/* ticketgate check */
#include "answer.h"
#include "cmd.h"
#include "judging.h"
#include "lines.h"
#include "request.h"
#include "tree_text.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
static const char *const output_names[] = { "text", "json", NULL };

static const cli_option options[] = {
    { "profile", "NAME", "profile to judge by (see ticketgate profiles), or a file of JSON;\nrfc6043 unless given" },
    { "exchange", "WHICH", "what the message belongs to: initial, update or reuse" },
    { "sender", "WHO", "I, R or K (KMS)" },
    { "m-lines", "LIST", "the m-lines that the key-mgmt attribute covers, such as rtp,tls;\nan SDP says it by itself" },
    { "resolves-ticket", NULL, "the judge resolves the ticket: judge Ticket Data too" },
    REQUEST_FORMAT_OPTION,
    { "output", "FORM", "text (default) or json" },
    { "lines", NULL, "a message of hex digits a line in (or base64, with --format),\na line of JSON a message out" },
    REQUEST_MAX_SIZE_OPTION,
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "check", "[FILE|-]", "Judges one MIKEY message by the requirements of a profile.", options,
    "JSON output is that of decode with a member \"findings\": {\"ok\":true,\"message\":{...},\n"
    "\"findings\":[...]}. \"ok\" says that the message could be read; the findings say the\n"
    "rest.\n" REQUEST_LINES_NOTE "\n"
    "exit codes:\n"
    "  0   every message could be read and breaks no MUST (with --lines: could be read)\n"
    "  1   one could not be read, or breaks a MUST; with --lines: one could not be read,\n"
    "      whatever the findings of the others\n" CLI_EXIT_CODES
    "  5   --lines, and there was no line\n\n"
    "examples:\n"
    "  ticketgate check --profile ims-media --exchange initial --sender I message.bin\n"
    "  ticketgate check --profile ims-mixed --format sdp offer.sdp\n"
    "  ticketgate check --profile rfc6043 --lines < messages.hex\n",
};

typedef struct check {
    request r;
    judging j;
    const char *path;
    /* of the message at hand */
    tg_bytes octets;
    size_t num_findings[TG_LEVEL_MAY + 1];
    tg_reception reception;
    bool as_text;
} check;

static bool take(void *user, const char *name, const char *value)
{
    check *c = user;
    bool known;
    if (!request_take(&c->r, name, value, &known))
        return false;
    if (known)
        return true;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, output_names, &c->r.output);
    if (strcmp(name, "profile") == 0)
        return judging_take_profile(&c->j, value);
    if (strcmp(name, "m-lines") == 0)
        return judging_take_m_lines(&c->j, value);
    if (strcmp(name, "resolves-ticket") == 0)
        return c->j.context.tpk_at_hand = true;
    bool exchange = strcmp(name, "exchange") == 0;
    if (exchange ? tg_exchange_from_name(value, &c->j.context.exchange)
                 : tg_sender_from_name(value, &c->j.context.sender))
        return true;
    cli_complain("--%s %s: must be one of %s", name, value, exchange ? "initial, update, reuse" : "I, R, K");
    return false;
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

static void print_finding(const check *c, const tg_finding *finding)
{
    const tg_requirement *row = finding->requirement;
    cli_print("\n%-7s %s (%s %s)\n        %s\n", tg_level_name(row->level), row->id, row->source, row->clause,
              row->text);
    cli_print("        %s\n        at %s%soctet %zu", finding->text, finding->path, finding->path[0] ? ", " : "",
              finding->offset);
    if (finding->length > 1)
        cli_print(" to %zu", finding->offset + finding->length - 1);
    cli_print("\n");
    if (!tg_report_write_hex(c->octets, finding->offset, finding->length, 8, cli_sink()))
        return; /* cli_finish complains */
}

static void take_finding(void *user, const tg_finding *finding)
{
    check *c = user;
    tg_text *text = &c->r.ws.text;
    if (cli_interrupted())
        return; /* what was found until then is shown */
    const size_t *num = c->num_findings;
    size_t num_before = num[TG_LEVEL_MUST] + num[TG_LEVEL_SHOULD] + num[TG_LEVEL_MAY];
    c->num_findings[finding->requirement->level]++;
    c->reception = tg_reception_add(c->reception, finding->requirement);
    if (c->as_text) {
        print_finding(c, finding);
        return;
    }
    if (num_before > 0)
        answer_add(text, ",");
    if (!c->r.lines)
        answer_add(text, "\n  ");
    tg_json_add_finding(finding, text);
}

static void judge(check *c, const tg_message *message, const tg_context *context)
{
    memset(c->num_findings, 0, sizeof c->num_findings);
    c->reception = TG_RECEPTION_ACCEPT;
    c->octets = message->octets;
    tg_rules_check(message, c->j.profile, context, (tg_finding_sink){ take_finding, c });
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

/* True when the answer is "ok"; with --lines a MUST that is broken does not change that. */
static bool write_json(check *c, const tg_message *message, const tg_context *context, tg_diag *diag)
{
    tg_text *text = &c->r.ws.text;
    bool good = false;
    if (message && answer_begin(message, c->r.lines ? 0 : 2, text) != TG_OK) {
        *diag = (tg_diag){ .status = TG_TOO_LARGE, .id = "" };
        message = NULL;
    }
    if (message) {
        answer_add(text, ",\"findings\":[");
        judge(c, message, context);
        answer_add(text, "]}\n");
        good = c->r.lines || c->num_findings[TG_LEVEL_MUST] == 0;
    } else {
        answer_error(diag, text);
    }
    return answer_send(text) && good;
}

static bool answer_line(void *user, const char *line, size_t len, bool too_long)
{
    check *c = user;
    tg_bytes octets;
    tg_diag diag = { 0 };
    const tg_message *message = NULL;
    if (request_line(&c->r, line, len, too_long, &octets, &diag) == TG_OK &&
        workspace_parse(&c->r.ws, octets, &message, &diag) != TG_OK)
        message = NULL;
    return write_json(c, message, &c->j.context, &diag);
}

static bool print_judgement(check *c, const tg_message *message, const tg_context *context)
{
    static const char *const receivers[] = { "accepts it", "may accept or reject it", "rejects it" };
    tree_text_print_summary(message);
    cli_print("profile ");
    cli_print_safe(c->j.profile->name);
    cli_print(": ");
    cli_print_safe(c->j.profile->title);
    cli_print("\n");
    c->as_text = true;
    judge(c, message, context);
    cli_print("\n%zu MUST and %zu SHOULD broken; a receiver %s\n", c->num_findings[TG_LEVEL_MUST],
              c->num_findings[TG_LEVEL_SHOULD], receivers[c->reception]);
    return c->num_findings[TG_LEVEL_MUST] == 0;
}

static int answer_message(void *user, const request_message *found)
{
    check *c = user;
    tg_diag diag = { 0 };
    const tg_message *message = NULL;
    tg_context context = c->j.context;
    if (found->m_lines && !context.has_m_lines) {
        context.has_m_lines = true;
        context.m_lines = found->m_lines;
        context.num_m_lines = found->num_m_lines;
    }
    bool ok = workspace_parse(&c->r.ws, found->octets, &message, &diag) == TG_OK;
    if (!ok)
        request_complain(c->path, &diag, NULL);
    if (c->r.output == OUTPUT_JSON)
        ok = write_json(c, ok ? message : NULL, &context, &diag) && ok;
    else if (ok)
        ok = print_judgement(c, message, &context);
    return ok ? CLI_OK : CLI_FAILED;
}

static int run(check *c)
{
    c->r.answers_json = c->r.output == OUTPUT_JSON;
    if (!c->r.lines)
        return request_run(&c->r, c->path, answer_message, c);
    if (c->r.format != INPUT_AUTO && c->r.format != INPUT_HEX && c->r.format != INPUT_BASE64) {
        cli_complain("--lines takes hex or base64");
        return CLI_USAGE;
    }
    return lines_run(c->path, request_max_line(&c->r), answer_line, c);
}

int cmd_check(int argc, char **argv)
{
    check c = { 0 };
    int first;
    request_init(&c.r);
    judging_init(&c.j);
    int code = cli_parse(&command, argc, argv, take, &c, &first);
    if (code < 0)
        code = request_operand(argc, argv, first, &c.path) ? run(&c) : CLI_USAGE;
    request_free(&c.r);
    judging_free(&c.j);
    return code;
}
