/* ticketgate tls check */
#include <stdlib.h>

#include "ask.h"
#include "cli.h"
#include "cmd.h"
#include "input.h"
#include "judged.h"

enum { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_JSONL };
static const char *const output_names[] = { "text", "json", "jsonl", NULL };

static const cli_option options[] = {
    { "tek", "HEX", "the key, in place of the transcript's; @FILE: a file with it" },
    VERIFYING_OPTIONS,
    { "output", "FORM", "text (default), json (an array when there are several transcripts)\nor jsonl (a line each)" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "tls check",
    "[FILE|-]...",
    "Judges transcripts of TLS-PSK handshakes by TS 33.328 annex H.",
    options,
    "A file holds one transcript (vectors/TLS.md, 1), or one a line. With the TEK, the Finished of\n"
    "both ends are opened and verified: so one sees whether both hold the same key.\n\n"
    "exit codes:\n"
    "  0   all accepted\n"
    "  1   one was not, or is no transcript\n" CLI_EXIT_CODES "  5   there is no transcript\n\n"
    "examples:\n"
    "  ticketgate tls check --tek @tek.hex session.jsonl\n"
    "  ticketgate tls check --output json --set tls_versions=tls13 - < session.json\n",
};

typedef struct check {
    verifying v;
    int output;
    const char *tek;
    uint8_t tek_octets[TLS_KEY_MAX];
    size_t tek_len, num, num_refused;
    tg_text out;
} check;

static bool take(void *user, const char *name, const char *value)
{
    check *c = user;
    bool known;
    bool ok = verifying_take(&c->v, name, value, &known);
    if (known)
        return ok;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, output_names, &c->output);
    c->tek = value;
    return tls_key_octets(name, value, c->tek_octets, &c->tek_len);
}

/* ---- one transcript ----------------------------------------------------------------------------------------- */

static void begin(check *c, const char *name)
{
    const char *between = c->output == OUTPUT_JSON && c->num ? ",\n" : "";
    tg_text_add(&c->out, between, strlen(between));
    if (c->output == OUTPUT_TEXT) {
        tg_text_add(&c->out, name, strlen(name));
        tg_text_add(&c->out, ":\n", 2);
    }
    c->num++;
}

static void end(check *c)
{
    if (c->output == OUTPUT_JSON)
        return; /* whether they are several is known at the end */
    if (c->output == OUTPUT_JSONL)
        tg_text_add(&c->out, "\n", 1);
    for (size_t i = 0; i < c->out.len; i++) {
        unsigned char octet = (unsigned char)c->out.data[i];
        if (c->output == OUTPUT_TEXT && ((octet < 0x20 && octet != '\n') || octet == 0x7f))
            c->out.data[i] = '?';
    }
    cli_write(c->out.data, c->out.len);
    cli_flush();
    c->out.len = 0;
}

static void refuse(check *c, const char *name, const char *path, const char *reason)
{
    cli_complain("%s%s%s: %s", name, path[0] ? ", " : "", path, reason);
    c->num_refused++;
    if (c->output == OUTPUT_TEXT)
        return;
    static const char head[] = "{\"verdict\":\"error\",\"error\":{\"status\":\"usage\",\"path\":",
                      middle[] = ",\"text\":";
    begin(c, name);
    tg_text_add(&c->out, head, strlen(head));
    tg_json_add_string(path, &c->out);
    tg_text_add(&c->out, middle, strlen(middle));
    tg_json_add_string(reason, &c->out);
    tg_text_add(&c->out, "}}", 2);
    end(c);
}

static void judge(check *c, const char *name, const char *json, size_t len)
{
    tls_ask ask;
    tls_judged judged;
    char path[64];
    const char *reason = "";
    if (!tls_ask_read(json, len, &c->v, &ask, path, &reason)) {
        refuse(c, name, path, reason);
        return;
    }
    if (c->tek) {
        ask.known.has_tek = true;
        ask.known.tek = tg_bytes_of(c->tek_octets, c->tek_len);
    }
    tls_judge(c->v.crypto, &ask.known, ask.segments, ask.num, &judged);
    c->num_refused += !tls_judged_is_accepted(&judged);
    begin(c, name);
    if (c->output == OUTPUT_TEXT)
        tls_judged_print(&judged, &c->out);
    else
        tls_judged_add(&judged, &c->out);
    end(c);
    tls_judged_free(&judged);
    tls_ask_free(&ask);
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!strchr(" \t\r\n", text[i]))
            return false;
    }
    return true;
}

/* A line that is an object by itself is one of JSON lines; otherwise the file is one object. */
static bool is_lines(const char *text, size_t len)
{
    const char *newline = memchr(text, '\n', len);
    size_t first = newline ? (size_t)(newline - text) : len;
    while (first > 0 && strchr(" \t\r", text[first - 1]))
        first--;
    return first > 1 && text[0] == '{' && text[first - 1] == '}';
}

static int check_file(check *c, const char *path)
{
    input_text text;
    int code = input_read(path, TLS_ASK_MAX_TEXT * 2, "", &text);
    if (code != CLI_OK)
        return code;
    const char *data = text.data ? text.data : "";
    bool lines = is_lines(data, text.len);
    for (size_t at = 0; at < text.len && !cli_interrupted();) {
        const char *newline = lines ? memchr(data + at, '\n', text.len - at) : NULL;
        size_t len = newline ? (size_t)(newline - data) - at : text.len - at;
        if (!is_blank(data + at, len))
            judge(c, input_name(path), data + at, len);
        at += len + 1;
    }
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return CLI_OK;
}

static int run(check *c, char *const *paths, size_t num)
{
    static char *const standard_input[] = { (char *)(uintptr_t) "-" };
    int code = CLI_OK;
    for (size_t i = 0; i < (num ? num : 1) && code == CLI_OK && !cli_interrupted(); i++)
        code = check_file(c, num ? paths[i] : standard_input[0]);
    if (c->output == OUTPUT_JSON && c->num > 0) {
        cli_print("%s", c->num > 1 ? "[" : "");
        cli_write(c->out.data, c->out.len);
        cli_print("%s\n", c->num > 1 ? "]" : "");
    }
    if (c->out.failed) {
        cli_complain("out of memory");
        return CLI_INTERNAL;
    }
    if (code != CLI_OK)
        return code;
    if (c->num == 0 && c->num_refused == 0) {
        cli_complain("there is no transcript to judge");
        return CLI_NOTHING;
    }
    return c->num_refused ? CLI_FAILED : CLI_OK;
}

int cmd_tls_check(int argc, char **argv)
{
    check c = { .output = OUTPUT_TEXT };
    int first;
    if (!verifying_init(&c.v))
        return CLI_INTERNAL;
    int code = cli_parse(&command, argc, argv, take, &c, &first);
    if (code < 0)
        code = run(&c, argv + first, (size_t)(argc - first));
    tg_wipe(c.tek_octets, sizeof c.tek_octets);
    tg_text_free(&c.out);
    verifying_free(&c.v);
    return code;
}
