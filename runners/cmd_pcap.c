/* What the commands on captures share. */
#include "cmd_pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "input.h"
#include "ticketgate/mime.h"

enum { LOOK_EVERY = 1024 /* packets */, PROGRESS_NS = 200000000 };
#define MOST_KEYS ((size_t)64 << 20)
#define MOST_MEMORY ((size_t)64 << 30)
#define LEAST_MEMORY ((size_t)8 << 20)

/* ---- options ------------------------------------------------------------------------------------------------ */

void pcap_judging_init(pcap_judging *j)
{
    *j = (pcap_judging){ .profile_name = "auto" };
    judging_init(&j->profile);
}

void pcap_judging_free(pcap_judging *j)
{
    tgp_keys_free(j->keys);
    tg_crypto_free(j->crypto);
    judging_free(&j->profile);
}

static bool take_setting(pcap_judging *j, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : 0;
    tg_settings scratch = { 0 };
    if (equals && len < sizeof j->settings[0].name && j->num_settings < VERIFYING_MAX_SETTINGS) {
        memcpy(j->settings[j->num_settings].name, text, len);
        j->settings[j->num_settings].name[len] = '\0';
        j->settings[j->num_settings].value = equals + 1;
        if (tg_setting_set(&scratch, j->settings[j->num_settings].name, equals + 1)) {
            j->num_settings++;
            return true;
        }
    }
    cli_complain("--set %s: there is no such setting, or it has no such value (see ticketgate profiles)", text);
    return false;
}

bool pcap_judging_take(pcap_judging *j, const char *name, const char *value, bool *known)
{
    static const char *const when[] = { "auto", "always", "never", NULL };
    *known = true;
    if (strcmp(name, "profile") == 0) {
        j->profile_name = value;
        j->has_profile = strcmp(value, "auto") != 0;
        return !j->has_profile || judging_take_profile(&j->profile, value);
    }
    if (strcmp(name, "set") == 0)
        return take_setting(j, value);
    if (strcmp(name, "keys") == 0) {
        j->keys_path = value;
        return true;
    }
    if (strcmp(name, "progress") == 0)
        return cli_take_choice(name, value, when, &j->progress);
    if (strcmp(name, "memory") == 0) {
        if (!cli_take_size(name, value, MOST_MEMORY, &j->memory))
            return false;
        if (j->memory >= LEAST_MEMORY)
            return true;
        cli_complain("--memory %s: 8M at least", value);
        return false;
    }
    *known = false;
    return true;
}

/* Settings hold in every profile: in `auto`, in those that are chosen by what carries the messages. */
static bool prepare_profile(pcap_judging *j, const tg_profile **out)
{
    *out = NULL;
    if (!j->has_profile)
        return true;
    j->chosen = *j->profile.profile;
    for (size_t i = 0; i < j->num_settings; i++)
        (void)tg_setting_set(&j->chosen.settings, j->settings[i].name, j->settings[i].value);
    *out = &j->chosen;
    return true;
}

static int prepare_keys(pcap_judging *j)
{
    char why[256] = "";
    input_text text;
    if (!j->keys_path)
        return CLI_OK;
    int code = input_read(j->keys_path, MOST_KEYS, "", &text);
    if (code != CLI_OK)
        return code;
    j->keys = tgp_keys_read(text.data, text.len, j->crypto, why);
    if (!j->keys)
        cli_complain("%s: %s", input_name(j->keys_path), why);
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return j->keys ? CLI_OK : CLI_USAGE;
}

int pcap_prepare(pcap_judging *j, const tg_profile **profile)
{
    if (tg_carriage_init() != TG_OK || tg_mime_init() != TG_OK || tg_crypto_new(&j->crypto) != TG_OK) {
        cli_complain("out of memory");
        return CLI_INTERNAL;
    }
    return prepare_profile(j, profile) ? prepare_keys(j) : CLI_USAGE;
}

/* ---- telling several ---------------------------------------------------------------------------------------- */

typedef struct telling {
    const tgp_trace_listener *const *all;
    size_t num;
} telling;

#define TELL(name, type)                                                                                               \
    static void tell_##name(void *user, const type *what)                                                              \
    {                                                                                                                  \
        const telling *t = user;                                                                                       \
        for (size_t i = 0; i < t->num; i++) {                                                                          \
            if (t->all[i]->name)                                                                                       \
                t->all[i]->name(t->all[i]->user, what);                                                                \
        }                                                                                                              \
    }
TELL(step, tgp_trace_step)
TELL(message, tgp_trace_message)
TELL(conversation, tgp_trace_conversation)
TELL(connection, tgp_trace_connection)
TELL(container, tgp_trace_container)
TELL(finding, tgp_trace_finding)
TELL(call, tgp_call_facts)
TELL(key_log, char)

/* What nobody listens to is not asked for. */
static tgp_trace_listener telling_listener(telling *t)
{
    tgp_trace_listener out = { .user = t };
    for (size_t i = 0; i < t->num; i++) {
        out.step = t->all[i]->step ? tell_step : out.step;
        out.message = t->all[i]->message ? tell_message : out.message;
        out.conversation = t->all[i]->conversation ? tell_conversation : out.conversation;
        out.connection = t->all[i]->connection ? tell_connection : out.connection;
        out.container = t->all[i]->container ? tell_container : out.container;
        out.finding = t->all[i]->finding ? tell_finding : out.finding;
        out.call = t->all[i]->call ? tell_call : out.call;
        out.key_log = t->all[i]->key_log ? tell_key_log : out.key_log;
    }
    return out;
}

/* ---- progress ----------------------------------------------------------------------------------------------- */

typedef struct progress {
    bool shown, any;
    int64_t next;
    uint64_t octets;
} progress;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void show(progress *s, const tgp_trace *trace)
{
    tgp_trace_counts counts;
    if (!s->shown || now() < s->next)
        return;
    tgp_trace_count(trace, &counts);
    fprintf(stderr, "\r%llu frames, %llu MB, %llu messages", (unsigned long long)counts.packets,
            (unsigned long long)(s->octets / 1000000), (unsigned long long)counts.messages);
    s->any = true;
    s->next = now() + PROGRESS_NS;
}

static void end_progress(const progress *s)
{
    if (s->any)
        fprintf(stderr, "\r\033[K");
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

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

static FILE *open_capture(const char *path)
{
    static const cookie_io_functions_t reading = { .read = read_some, .close = close_it };
    struct stat about;
    /* A descriptor of its own for standard input, which the reader closes when it is done. */
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : cli_open(path);
    bool is_file = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    /* Of a file nothing has to be waited for: whether a signal came is looked at between packets. It is read by the C library's own means,
     * since small pieces of a stream of functions are copied octet by octet (glibc 2.36). */
    FILE *file = fd < 0 ? NULL : is_file ? fdopen(fd, "rb") : fopencookie((void *)(intptr_t)fd, "rb", reading);
    if (file)
        return file;
    cli_complain("%s: %s", input_name(path), strerror(errno));
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* False when memory ran out. */
static bool read_packets(tgp_trace *trace, tgp_capture *capture, progress *s)
{
    tgp_packet packet;
    uint64_t num = 0;
    while (tgp_capture_next(capture, &packet) == 1) {
        if (!tgp_trace_take(trace, &packet))
            return false;
        s->octets += packet.octets.len;
        if (++num % LOOK_EVERY == 0) {
            show(s, trace);
            if (cli_interrupted() || cli_write_failed()) /* nobody wants the rest */
                return true;
        }
    }
    return true;
}

static void conclude(const tgp_trace *trace, const tgp_capture *capture, pcap_reading *out)
{
    tgp_ending *ending = &out->ending;
    bool stopped = cli_interrupted();
    snprintf(out->error, sizeof out->error, "%s", stopped ? "" : tgp_capture_error(capture));
    snprintf(out->link, sizeof out->link, "%s", tgp_capture_link(capture));
    ending->error = out->error;
    ending->link = out->link;
    tgp_ending_count(ending, trace);
    ending->verdict = tgp_trace_verdict(trace, out->error, stopped);
}

static int read_all(pcap_judging *j, tgp_trace *trace, tgp_capture *capture, pcap_reading *out)
{
    progress s = { .shown = j->progress == PCAP_PROGRESS_ALWAYS ||
                            (j->progress == PCAP_PROGRESS_AUTO && isatty(STDERR_FILENO)) };
    if (!read_packets(trace, capture, &s)) {
        end_progress(&s);
        cli_complain("out of memory");
        return CLI_INTERNAL;
    }
    tgp_trace_finish(trace);
    end_progress(&s);
    conclude(trace, capture, out);
    return CLI_OK;
}

int pcap_read(pcap_judging *j, const char *path, const tgp_trace_listener *const *listeners, size_t num,
              pcap_reading *out)
{
    telling t = { listeners, num };
    char why[256] = "";
    *out = (pcap_reading){ .no_capture = true, .ending = { .verdict = TGP_UNREADABLE, .error = "", .link = "" } };
    tgp_trace_options options = { .memory = j->memory, .two_threads = j->two_threads, .heads_alone = j->heads_alone };
    tgp_setting settings[VERIFYING_MAX_SETTINGS];
    for (size_t i = 0; i < j->num_settings; i++)
        settings[i] = (tgp_setting){ j->settings[i].name, j->settings[i].value };
    options.settings = settings;
    options.num_settings = j->num_settings;
    int code = pcap_prepare(j, &options.profile);
    FILE *file = code == CLI_OK ? open_capture(path) : NULL;
    if (!file)
        return code == CLI_OK ? CLI_USAGE : code;
    tgp_capture *capture = tgp_capture_open(file, why);
    if (!capture) {
        if (cli_interrupted())
            return CLI_INTERRUPTED;
        cli_complain("%s: %s", input_name(path), why);
        return CLI_USAGE;
    }
    options.keys = j->keys;
    options.crypto = j->crypto;
    const tgp_trace_listener listener = telling_listener(&t);
    tgp_trace *trace = tgp_trace_new(&options, &listener);
    out->no_capture = false;
    if (trace) {
        code = read_all(j, trace, capture, out);
    } else {
        cli_complain("out of memory");
        code = CLI_INTERNAL;
    }
    tgp_trace_free(trace);
    tgp_capture_close(capture);
    return code;
}

int pcap_exit_code(const pcap_reading *reading, const char *path)
{
    if (reading->error[0])
        cli_complain("%s: %s", input_name(path), reading->error);
    switch (reading->ending.verdict) {
    case TGP_CONFORMS:
        return CLI_OK;
    case TGP_FAILS:
        return CLI_FAILED;
    case TGP_UNREADABLE:
        return CLI_USAGE;
    case TGP_NOTHING:
        return CLI_NOTHING;
    case TGP_INCONCLUSIVE:
        return CLI_INCONCLUSIVE;
    case TGP_STOPPED:
        return CLI_INTERRUPTED;
    }
    return CLI_INTERNAL;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

bool pcap_operand(const char *command, int argc, char **argv, int first, const char **path)
{
    if (first + 1 == argc) {
        *path = argv[first];
        return true;
    }
    cli_complain("one capture file is wanted (see ticketgate %s --help)", command);
    return false;
}
