/* ticketgate pcap check */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "answer.h"
#include "cmd.h"
#include "input.h"
#include "judging.h"
#include "present.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
static const char *const output_names[] = { "text", "json", NULL };

static const cli_option options[] = {
    { "profile", "NAME", "profile to judge by (see ticketgate profiles), or a file of JSON;\nrfc6043 unless given" },
    { "exchange", "WHICH", "what the messages belong to: initial (default), update or reuse" },
    { "output", "FORM", "text (default) or json" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "pcap check", "FILE|-", "Judges the MIKEY messages in the SIP of a packet capture (pcap or pcapng).", options,
    "SIP is looked for in UDP and TCP over IPv4 and IPv6, on any port. Fragments are not put\n"
    "together, and TCP is followed only while its segments come in order; what cannot be\n"
    "looked at is counted in the summary.\n\n"
    "exit codes:\n"
    "  0   every message found could be read and breaks no MUST, and nothing was left out\n"
    "  1   one could not be read, or breaks a MUST\n" CLI_EXIT_CODES
    "  5   the capture holds no MIKEY message\n"
    "  10  as 0, but packets or SIP that may have held a message could not be looked at\n\n"
    "examples:\n"
    "  ticketgate pcap check call.pcap\n"
    "  ticketgate pcap check --profile ims-media --output json call.pcapng\n",
};

typedef struct pcap_check {
    judging j;
    int output;
    tg_pcap_presentation presentation;
    const char *name;
    const tg_pcap_options *how;
    bool begun;
} pcap_check;

static bool take(void *user, const char *name, const char *value)
{
    pcap_check *c = user;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, output_names, &c->output);
    if (strcmp(name, "profile") == 0)
        return judging_take_profile(&c->j, value);
    if (tg_exchange_from_name(value, &c->j.context.exchange))
        return true;
    cli_complain("--%s %s: must be one of initial, update, reuse", name, value);
    return false;
}

static bool write_out(pcap_check *c)
{
    return answer_send(&c->presentation.out);
}

/* Only once it is known that the input is a capture. */
static void begin(pcap_check *c)
{
    if (!c->begun)
        tg_pcap_present_begin(&c->presentation, c->name, c->how);
    c->begun = true;
}

static bool take_message(void *user, const tg_pcap_message *message)
{
    pcap_check *c = user;
    begin(c);
    tg_pcap_present_message(&c->presentation, message);
    return write_out(c);
}

static bool interrupted(void *user)
{
    (void)user;
    return cli_interrupted();
}

/* Reading that a signal ends at any moment. */
static ssize_t read_some(void *cookie, char *out, size_t size)
{
    int fd = (int)(intptr_t)cookie;
    ssize_t got = -1;
    do {
        if (!cli_readable(fd, true)) {
            errno = EINTR;
            return -1;
        }
        got = read(fd, out, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

static int close_it(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

static int exit_code(const tg_pcap_result *result, const char *path)
{
    if (result->error[0] != '\0')
        cli_complain("%s: %s", input_name(path), result->error);
    switch (result->verdict) {
    case TG_PCAP_CONFORMS: return CLI_OK;
    case TG_PCAP_FAILS: return CLI_FAILED;
    case TG_PCAP_UNREADABLE: return CLI_USAGE;
    case TG_PCAP_NOTHING: return CLI_NOTHING;
    case TG_PCAP_INCONCLUSIVE: return CLI_INCONCLUSIVE;
    case TG_PCAP_STOPPED: return CLI_INTERRUPTED;
    }
    return CLI_INTERNAL;
}

static int run(pcap_check *c, const char *path)
{
    tg_pcap_options how = {
        .profile = c->j.profile,
        .exchange = c->j.context.exchange,
        .callback = take_message,
        .interrupted = interrupted,
        .user = c,
    };
    static const cookie_io_functions_t reading = { .read = read_some, .close = close_it };
    /* A descriptor of its own for standard input, which the reader closes when it is done. */
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : cli_open(path);
    FILE *capture = fd < 0 ? NULL : fopencookie((void *)(intptr_t)fd, "rb", reading);
    if (!capture) {
        cli_complain("%s: %s", input_name(path), strerror(errno));
        if (fd >= 0)
            close(fd);
        return CLI_USAGE;
    }
    c->presentation.json = c->output == OUTPUT_JSON;
    c->how = &how;
    c->name = input_name(path);
    tg_pcap_result result = tg_pcap_check(capture, &how);
    int code = exit_code(&result, path);
    if (result.verdict == TG_PCAP_UNREADABLE && result.link[0] == '\0')
        return code; /* no capture: there is nothing to report on */
    begin(c);
    tg_pcap_present_end(&c->presentation, &how, &result);
    return write_out(c) ? code : CLI_INTERNAL;
}

int cmd_pcap_check(int argc, char **argv)
{
    pcap_check c = { .output = OUTPUT_TEXT };
    int first;
    judging_init(&c.j);
    c.j.context.exchange = TG_EXCHANGE_INITIAL;
    int code = cli_parse(&command, argc, argv, take, &c, &first);
    if (code < 0 && first + 1 != argc) {
        cli_complain("one capture file is wanted (see ticketgate pcap check --help)");
        code = CLI_USAGE;
    }
    if (code < 0 && tg_carriage_init() != TG_OK) {
        cli_complain("out of memory");
        code = CLI_INTERNAL;
    }
    if (code < 0)
        code = run(&c, argv[first]);
    tg_text_free(&c.presentation.out);
    judging_free(&c.j);
    return code;
}
