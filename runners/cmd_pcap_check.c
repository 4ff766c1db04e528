/* ticketgate pcap check */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_pcap.h"
#include "input.h"

enum { MAX_REPORTS = PCAP_MAX_PRESENTERS - 1, NUM_FORMS = 4 };
static const char *const numbers_of_threads[] = { "1", "2", NULL };
static const char *const form_names[] = { "text", "json", "junit", "html", NULL }; /* as tgp_form */

static const cli_option options[] = {
    PCAP_JUDGING_OPTIONS(TGP_TRACE_MEMORY_MIB),
    { "output", "FORM", "text (default), json, junit or html" },
    { "report", "FORM=FILE", "write a report there too; several times" },
    { "key-log", "FILE", "write the secrets of TLS sessions for Wireshark (for its owner alone)" },
    { "force", NULL, "the key log may take the place of a file" },
    { "threads", "N",
      "1, or 2 (the default where there are two processors): the second judges\nwhile the first reads; what comes out "
      "is the same" },
    { "show-keys", NULL, "show the TEKs of conversations" },
    { "mask-keys", NULL, "do not (the default)" },
    PCAP_NO_OPTION,
};

static const cli_command command = {
    "pcap check",
    "FILE|-",
    "Judges every MIKEY-TICKET exchange in a packet capture (pcap or pcapng).",
    options,
    "What is looked at, and what the JSON says, stands in vectors/TRACE.md; what is counted, and\n"
    "what of it loses, in pcaps/README.md. The HTML page has a ladder of each call; it needs\n"
    "neither scripts nor a network.\n\n" PCAP_EXIT_CODES "\n"
    "examples:\n"
    "  ticketgate pcap check call.pcap\n"
    "  ticketgate pcap check --keys keys.json --key-log tls.keys --report html=call.html call.pcapng\n"
    "  tcpdump -w - | ticketgate pcap check --output json -\n",
};

typedef struct pcap_check {
    pcap_judging j;
    int output, threads;
    struct {
        int form;
        const char *path;
        pcap_output out;
    } reports[MAX_REPORTS];
    size_t num_reports;
    const char *key_log_path;
    pcap_output key_log;
    bool force, show_keys, mask_keys;
    bool is_read; /* the capture, as far as it goes */
    tgp_presenter *presenters[PCAP_MAX_PRESENTERS];
    bool is_written[PCAP_MAX_PRESENTERS]; /* what each presents, to its end */
} pcap_check;

static bool take_report(pcap_check *c, const char *value)
{
    const char *equals = strchr(value, '=');
    for (int form = 0; equals && equals[1] && form < NUM_FORMS && c->num_reports < MAX_REPORTS; form++) {
        size_t len = strlen(form_names[form]);
        if (len == (size_t)(equals - value) && strncmp(value, form_names[form], len) == 0) {
            c->reports[c->num_reports].form = form;
            c->reports[c->num_reports++].path = equals + 1;
            return true;
        }
    }
    cli_complain("--report %s: FORM=FILE, with text, json, junit or html; %d at the most", value, MAX_REPORTS);
    return false;
}

static bool take(void *user, const char *name, const char *value)
{
    pcap_check *c = user;
    bool known;
    bool ok = pcap_judging_take(&c->j, name, value, &known);
    if (known)
        return ok;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, form_names, &c->output);
    if (strcmp(name, "threads") == 0)
        return cli_take_choice(name, value, numbers_of_threads, &c->threads);
    if (strcmp(name, "report") == 0)
        return take_report(c, value);
    if (strcmp(name, "key-log") == 0)
        c->key_log_path = value;
    c->force = c->force || strcmp(name, "force") == 0;
    c->show_keys = c->show_keys || strcmp(name, "show-keys") == 0;
    c->mask_keys = c->mask_keys || strcmp(name, "mask-keys") == 0;
    return true;
}

static void take_key_log(void *user, const char *line)
{
    pcap_check *c = user;
    (void)fprintf(c->key_log.file, "%s\n", line); /* closing it tells */
}

static bool open_files(pcap_check *c, const char *path)
{
    pcap_named names[MAX_REPORTS + 4] = { { "the capture", path, false },
                                          { "--keys", c->j.keys_path, false },
                                          { "--profile", c->j.has_profile ? c->j.profile_name : NULL, false },
                                          { "--key-log", c->key_log_path, true } };
    for (size_t i = 0; i < c->num_reports; i++)
        names[4 + i] = (pcap_named){ "--report", c->reports[i].path, true };
    if (!pcap_names_differ(names, 4 + c->num_reports))
        return false;
    for (size_t i = 0; i < c->num_reports; i++) {
        if (!pcap_output_open(&c->reports[i].out, c->reports[i].path, false, true))
            return false;
    }
    return !c->key_log_path || pcap_output_open(&c->key_log, c->key_log_path, true, c->force);
}

static bool open_presenters(pcap_check *c, const char *path)
{
    const tgp_present_options how = { .capture = input_name(path),
                                      .profile = c->j.profile_name,
                                      .show_keys = c->show_keys && !c->mask_keys };
    for (size_t i = 0; i <= c->num_reports; i++) {
        tgp_form form = (tgp_form)(i ? c->reports[i - 1].form : c->output);
        c->presenters[i] = tgp_presenter_new(form, &how, i ? cli_file_sink(c->reports[i - 1].out.file) : cli_sink());
        if (!c->presenters[i]) {
            cli_complain("no memory, or no temporary file");
            return false;
        }
    }
    return true;
}

/* Each report that could be written is. */
static bool finish(pcap_check *c, const pcap_reading *reading)
{
    bool ok = true;
    for (size_t i = 0; i <= c->num_reports; i++) {
        bool written = tgp_presenter_finish(c->presenters[i], &reading->ending);
        c->is_written[i] = written;
        if (!written && !cli_write_failed())
            cli_complain("%s could not be written", i ? c->reports[i - 1].path : "the report");
        ok = ok && written;
    }
    return ok;
}

static int run(pcap_check *c, const char *path)
{
    const tgp_trace_listener *listeners[PCAP_MAX_PRESENTERS + 1];
    const tgp_trace_listener key_log = { .key_log = take_key_log, .user = c };
    pcap_reading reading;
    size_t num = 0;
    if (!open_presenters(c, path))
        return CLI_INTERNAL;
    for (; num <= c->num_reports; num++)
        listeners[num] = tgp_presenter_listener(c->presenters[num]);
    if (c->key_log.file)
        listeners[num++] = &key_log;
    c->j.two_threads = c->threads == 1; /* the second of the two choices */
    c->j.heads_alone = true;
    int code = pcap_read(&c->j, path, listeners, num, &reading);
    if (code != CLI_OK || reading.no_capture)
        return code; /* there is nothing to report on */
    c->is_read = true;
    code = pcap_exit_code(&reading, path);
    return finish(c, &reading) ? code : CLI_INTERNAL;
}

int cmd_pcap_check(int argc, char **argv)
{
    pcap_check c = { .output = TGP_FORM_TEXT, .threads = sysconf(_SC_NPROCESSORS_ONLN) > 1 };
    const char *path = NULL;
    int first;
    pcap_judging_init(&c.j);
    int code = cli_parse(&command, argc, argv, take, &c, &first);
    if (code < 0)
        code = pcap_operand("pcap check", argc, argv, first, &path) && open_files(&c, path) ? run(&c, path) : CLI_USAGE;
    for (size_t i = 0; i < PCAP_MAX_PRESENTERS; i++)
        tgp_presenter_free(c.presenters[i]);
    for (size_t i = 0; i < c.num_reports; i++)
        code = pcap_output_close(&c.reports[i].out, c.is_written[i + 1]) ? code : CLI_INTERNAL;
    code = pcap_output_close(&c.key_log, c.is_read) ? code : CLI_INTERNAL;
    pcap_judging_free(&c.j);
    return code;
}
