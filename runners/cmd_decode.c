/* ticketgate decode */
#include "answer.h"
#include "cmd.h"
#include "lines.h"
#include "request.h"
#include "tree_text.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
static const char *const output_names[] = { "text", "json", NULL };

static const cli_option options[] = {
    REQUEST_FORMAT_OPTION,
    { "output", "FORM", "text (default) or json" },
    { "lines", NULL, "a message of hex digits a line in (or base64, with --format),\na line of JSON a message out" },
    REQUEST_MAX_SIZE_OPTION,
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "decode", "[FILE|-]", "Reads a MIKEY message and shows its payloads.", options,
    "JSON output is {\"ok\":true,\"message\":{...}} or {\"ok\":false,\"error\":{...}}, one object\n"
    "a message; an SDP may hold several. The tree is explained in vectors/FORMAT.md.\n" REQUEST_LINES_NOTE "\n"
    "exit codes:\n"
    "  0   every message could be read\n"
    "  1   one could not\n" CLI_EXIT_CODES
    "  5   --lines, and there was no line\n\n"
    "examples:\n"
    "  ticketgate decode message.bin\n"
    "  ticketgate decode --format sdp --output json offer.sdp\n"
    "  printf '%s\\n' 0100... 010e... | ticketgate decode --lines\n",
};

typedef struct decode {
    request r;
    const char *path;
} decode;

static bool take(void *user, const char *name, const char *value)
{
    decode *d = user;
    bool known;
    if (!request_take(&d->r, name, value, &known))
        return false;
    return known || cli_take_choice(name, value, output_names, &d->r.output);
}

/* Writes the JSON answer; true when it is "ok". */
static bool write_json(decode *d, const tg_message *message, tg_diag *diag, unsigned indent)
{
    tg_text *text = &d->r.ws.text;
    if (message && answer_begin(message, indent, text) != TG_OK) {
        *diag = (tg_diag){ .status = TG_TOO_LARGE, .id = "" };
        message = NULL;
    }
    if (message)
        answer_add(text, "}\n");
    else
        answer_error(diag, text);
    return answer_send(text) && message;
}

static bool answer_line(void *user, const char *line, size_t len, bool too_long)
{
    decode *d = user;
    tg_bytes octets;
    tg_diag diag = { 0 };
    const tg_message *message = NULL;
    if (request_line(&d->r, line, len, too_long, &octets, &diag) == TG_OK &&
        workspace_parse(&d->r.ws, octets, &message, &diag) != TG_OK)
        message = NULL;
    return write_json(d, message, &diag, 0);
}

static int answer_message(void *user, const request_message *found)
{
    decode *d = user;
    tg_diag diag = { 0 };
    const tg_message *message = NULL;
    bool ok = workspace_parse(&d->r.ws, found->octets, &message, &diag) == TG_OK;
    if (!ok)
        request_complain(d->path, &diag, NULL);
    if (d->r.output == OUTPUT_JSON)
        ok = write_json(d, ok ? message : NULL, &diag, 2) && ok;
    else if (ok)
        tree_text_print(message);
    return ok ? CLI_OK : CLI_FAILED;
}

int cmd_decode(int argc, char **argv)
{
    decode d = { 0 };
    int first;
    request_init(&d.r);
    int code = cli_parse(&command, argc, argv, take, &d, &first);
    if (code >= 0)
        return code;
    if (!request_operand(argc, argv, first, &d.path))
        return CLI_USAGE;
    if (d.r.lines && d.r.format != INPUT_AUTO && d.r.format != INPUT_HEX && d.r.format != INPUT_BASE64) {
        cli_complain("--lines takes hex or base64");
        return CLI_USAGE;
    }
    d.r.answers_json = d.r.output == OUTPUT_JSON;
    code = d.r.lines ? lines_run(d.path, request_max_line(&d.r), answer_line, &d)
                     : request_run(&d.r, d.path, answer_message, &d);
    request_free(&d.r);
    return code;
}
