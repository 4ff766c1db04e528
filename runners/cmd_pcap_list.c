/* ticketgate pcap list, pcap follow */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "cmd_pcap.h"
#include "input.h"

typedef struct pcap_shown {
    pcap_judging j;
    int output;
    tgp_present_options how;
    unsigned num_chosen;
} pcap_shown;

/* One presenter, to standard output. */
static int show(pcap_shown *s, tgp_form form, const char *path, bool *found)
{
    pcap_reading reading;
    s->how.capture = input_name(path);
    s->how.profile = s->j.profile_name;
    tgp_presenter *presenter = tgp_presenter_new(form, &s->how, cli_sink());
    if (!presenter) {
        cli_complain("no memory, or no temporary file");
        return CLI_INTERNAL;
    }
    const tgp_trace_listener *listener = tgp_presenter_listener(presenter);
    int code = pcap_read(&s->j, path, &listener, 1, &reading);
    if (code == CLI_OK && !reading.no_capture) {
        code = pcap_exit_code(&reading, path);
        if (!tgp_presenter_finish(presenter, &reading.ending))
            code = CLI_INTERNAL;
        *found = tgp_presenter_found(presenter);
    }
    tgp_presenter_free(presenter);
    return code;
}

/* Neither judges: messages that fail, and losses, are told, and no failure of theirs. */
static int without_judgement(int code)
{
    return code == CLI_FAILED || code == CLI_NOTHING || code == CLI_INCONCLUSIVE ? CLI_OK : code;
}

/* ---- list --------------------------------------------------------------------------------------------------- */

static const char *const output_names[] = { "text", "json", NULL };
static const cli_option list_options[] = {
    PCAP_JUDGING_OPTIONS(TGP_TRACE_MEMORY_MIB),
    { "output", "FORM", "text (default), or json: an object a line, the last has the summary" },
    { "all", NULL, "every SIP and HTTP message, too" },
    PCAP_NO_OPTION,
};
static const cli_command list_command = {
    "pcap list",
    "FILE|-",
    "Lists the MIKEY messages in a packet capture, in the order of frames.",
    list_options,
    "exit codes:\n"
    "  0   there are some\n" CLI_EXIT_CODES "      (no capture, or not readable to its end: what was read is listed)\n"
    "  5   there is none\n\n"
    "examples:\n"
    "  ticketgate pcap list call.pcap\n"
    "  ticketgate pcap list --output json call.pcap | jq -r 'select(.octets) | .octets' | ticketgate check --lines\n",
};

static bool take_list(void *user, const char *name, const char *value)
{
    pcap_shown *s = user;
    bool known;
    bool ok = pcap_judging_take(&s->j, name, value, &known);
    if (known)
        return ok;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, output_names, &s->output);
    s->how.all = true;
    return true;
}

int cmd_pcap_list(int argc, char **argv)
{
    pcap_shown s = { 0 };
    const char *path = NULL;
    bool found = false;
    int first;
    pcap_judging_init(&s.j);
    int code = cli_parse(&list_command, argc, argv, take_list, &s, &first);
    if (code < 0 && !pcap_operand("pcap list", argc, argv, first, &path))
        code = CLI_USAGE;
    if (path) {
        code = without_judgement(show(&s, s.output == 1 ? TGP_FORM_LIST_JSON : TGP_FORM_LIST, path, &found));
        if (code == CLI_OK && !found)
            code = CLI_NOTHING;
    }
    pcap_judging_free(&s.j);
    return code;
}

/* ---- follow ------------------------------------------------------------------------------------------------- */

static const cli_option follow_options[] = {
    PCAP_JUDGING_OPTIONS(TGP_TRACE_MEMORY_MIB),
    { "call", "N", "the call with this number (as pcap check counts them)" },
    { "call-id", "ID", "the call with this Call-ID" },
    { "conversation", "N", "the calls of this conversation" },
    { "headers", NULL, "leave out the bodies of SIP messages" },
    PCAP_NO_OPTION,
};
static const cli_command follow_command = {
    "pcap follow",
    "FILE|-",
    "Shows one call: its ladder, then every message with the MIKEY in it decoded and judged.",
    follow_options,
    "exit codes:\n"
    "  0   there is such a call\n" CLI_EXIT_CODES "  5   there is none\n\n"
    "examples:\n"
    "  ticketgate pcap follow --call 0 call.pcap\n"
    "  ticketgate pcap follow --keys keys.json --conversation 2 call.pcap\n",
};

static bool take_number(const char *name, const char *value, uint64_t *out)
{
    char *end;
    unsigned long long number = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || number > INT64_MAX) {
        cli_complain("--%s %s: not a number", name, value);
        return false;
    }
    *out = number;
    return true;
}

static bool take_follow(void *user, const char *name, const char *value)
{
    pcap_shown *s = user;
    bool known;
    bool ok = pcap_judging_take(&s->j, name, value, &known);
    if (known)
        return ok;
    if (strcmp(name, "headers") == 0) {
        s->how.headers_only = true;
        return true;
    }
    s->num_chosen++;
    s->how.call_id = value;
    s->how.by = strcmp(name, "call") == 0      ? TGP_BY_CALL
                : strcmp(name, "call-id") == 0 ? TGP_BY_CALL_ID
                                               : TGP_BY_CONVERSATION;
    return s->how.by == TGP_BY_CALL_ID || take_number(name, value, &s->how.number);
}

int cmd_pcap_follow(int argc, char **argv)
{
    pcap_shown s = { 0 };
    const char *path = NULL;
    bool found = false;
    int first;
    pcap_judging_init(&s.j);
    int code = cli_parse(&follow_command, argc, argv, take_follow, &s, &first);
    if (code < 0 && !pcap_operand("pcap follow", argc, argv, first, &path))
        code = CLI_USAGE;
    if (path && s.num_chosen != 1) {
        cli_complain("one of --call, --call-id and --conversation is wanted (ticketgate pcap check lists calls)");
        code = CLI_USAGE;
    } else if (path) {
        code = without_judgement(show(&s, TGP_FORM_FOLLOW, path, &found));
        if (code == CLI_OK && !found) {
            cli_complain("%s: there is no such call", input_name(path));
            code = CLI_NOTHING;
        }
    }
    pcap_judging_free(&s.j);
    return code;
}
