/* ticketgate encode */
#include <stdlib.h>

#include "answer.h"
#include "cmd.h"
#include "lines.h"
#include "request.h"
#include "ticketgate/carriage.h"

enum { OUTPUT_HEX, OUTPUT_BASE64, OUTPUT_RAW, OUTPUT_SDP };
static const char *const output_names[] = { "hex", "base64", "raw", "sdp", NULL };

static const cli_option options[] = {
    { "format", "FORMAT", "what the input is: json (default), or raw, hex, base64 or sdp to\nchange the form only" },
    { "output", "FORM", "hex (default), base64, raw or sdp (an a=key-mgmt line)" },
    { "lines", NULL, "a tree a line in, a line of hex (or base64, sdp) a message out" },
    REQUEST_MAX_SIZE_OPTION,
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "encode", "[FILE|-]", "Makes a MIKEY message from its JSON tree (vectors/FORMAT.md).", options,
    "Takes a bare tree, or an object whose member \"message\" is one, such as decode writes.\n"
    "Lengths, counts and Next Payloads that are left out are computed; where written, they\n"
    "win. Unknown members are ignored. A tree that makes no message gives an empty line with\n"
    "--lines, and the reason on standard error.\n" REQUEST_LINES_NOTE "\n"
    "exit codes:\n"
    "  0   every message was made\n"
    "  1   one could not be made\n" CLI_EXIT_CODES
    "  5   --lines, and there was no line\n\n"
    "examples:\n"
    "  ticketgate encode --output raw tree.json > message.bin\n"
    "  ticketgate decode --lines < messages.hex | ticketgate encode --lines\n",
};

typedef struct encode {
    request r;
    size_t line;
} encode;

static bool take(void *user, const char *name, const char *value)
{
    encode *e = user;
    bool known;
    if (!request_take(&e->r, name, value, &known))
        return false;
    return known || cli_take_choice(name, value, output_names, &e->r.output);
}

static bool write_octets(encode *e, tg_bytes octets)
{
    if (e->r.output == OUTPUT_RAW) {
        cli_write((const char *)octets.data, octets.len);
        return true;
    }
    size_t size = e->r.output == OUTPUT_SDP      ? tg_key_mgmt_size(octets.len)
                  : e->r.output == OUTPUT_BASE64 ? tg_base64_encoded_size(octets.len)
                                                 : tg_hex_encoded_size(octets.len);
    char *text = malloc(size + 1);
    if (!text) {
        cli_complain("out of memory");
        return false;
    }
    if (e->r.output == OUTPUT_SDP)
        tg_key_mgmt_write(octets, text);
    else if (e->r.output == OUTPUT_BASE64)
        tg_base64_encode(octets, text);
    else
        tg_hex_encode(octets, text);
    cli_write(text, strlen(text));
    cli_write("\n", 1);
    free(text);
    return true;
}

static bool answer_line(void *user, const char *line, size_t len, bool too_long)
{
    encode *e = user;
    tg_bytes octets = { NULL, 0 };
    tg_diag diag = { .status = TG_TOO_LARGE, .id = "" };
    const char *reason = "The line is too long.";
    e->line++;
    bool ok = !too_long && workspace_build(&e->r.ws, line, len, &octets, &diag, &reason) == TG_OK;
    if (ok && octets.len > e->r.max_size) {
        diag = (tg_diag){ .status = TG_TOO_LARGE, .id = "" };
        reason = "The message is larger than --max-size.";
        ok = false;
    }
    if (ok)
        return write_octets(e, octets);
    cli_complain("line %zu: %s%s%s: %s", e->line, tg_status_name(diag.status), diag.path[0] ? " at " : "", diag.path,
                 reason);
    cli_write("\n", 1);
    return false;
}

static int answer_message(void *user, const request_message *found)
{
    return write_octets(user, found->octets) ? CLI_OK : CLI_INTERNAL;
}

int cmd_encode(int argc, char **argv)
{
    encode e = { 0 };
    int first;
    const char *path;
    request_init(&e.r);
    e.r.format = INPUT_JSON;
    int code = cli_parse(&command, argc, argv, take, &e, &first);
    if (code >= 0)
        return code;
    if (!request_operand(argc, argv, first, &path))
        return CLI_USAGE;
    if (e.r.lines && (e.r.format != INPUT_JSON || e.r.output == OUTPUT_RAW)) {
        cli_complain(e.r.output == OUTPUT_RAW ? "--lines cannot write raw octets" : "--lines takes json");
        return CLI_USAGE;
    }
    code = e.r.lines ? lines_run(path, request_max_line(&e.r), answer_line, &e)
                     : request_run(&e.r, path, answer_message, &e);
    request_free(&e.r);
    return code;
}
