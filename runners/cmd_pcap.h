/* cmd_pcap: what the commands on captures share: options of judging, and the way from a file to presenters. The commands themselves stand in the
 * table of main.c. */
#ifndef TICKETGATE_RUNNERS_CMD_PCAP_H
#define TICKETGATE_RUNNERS_CMD_PCAP_H

#include "pcaps/present.h"
#include "verifying.h"

enum { PCAP_MAX_PRESENTERS = 9 };

typedef struct pcap_judging {
    judging profile;  /* --profile NAME or FILE */
    bool has_profile; /* else auto */
    const char *profile_name;
    struct {
        char name[32];
        const char *value;
    } settings[VERIFYING_MAX_SETTINGS];
    size_t num_settings;
    const char *keys_path;
    size_t memory;
    bool two_threads; /* what is found is told on a second thread while reading */
    bool heads_alone; /* bodies of HTTP messages without MIKEY are not shown */
    int progress;     /* PCAP_PROGRESS_... */
    tg_crypto *crypto;
    tgp_keys *keys;
    tg_profile chosen;
} pcap_judging;
enum { PCAP_PROGRESS_AUTO, PCAP_PROGRESS_ALWAYS, PCAP_PROGRESS_NEVER };

/* `mib`: how much memory the command takes where nobody says. */
#define PCAP_IN_WORDS(number) #number
#define PCAP_JUDGING_OPTIONS(mib)                                                                                      \
    { "profile", "NAME", "auto (default): by what carries the messages; or a profile, or a file of JSON" },            \
        { "set", "NAME=VALUE", "a setting of the profile; several times" },                                            \
        { "keys", "FILE", "key file of vectors/TRACE.md section 3: MACs are verified, keys derived" },                 \
        { "memory", "SIZE", "of all that is kept across packets; " PCAP_IN_WORDS(mib) "M unless given" },              \
    {                                                                                                                  \
        "progress", "WHEN", "auto (default: where standard error is a terminal), always or never"                      \
    }

/* All but the options of judging. */
#define PCAP_NO_OPTION                                                                                                 \
    {                                                                                                                  \
        NULL, NULL, NULL                                                                                               \
    }

void pcap_judging_init(pcap_judging *j);
void pcap_judging_free(pcap_judging *j);
/* *known is false for any other option. Complains. */
bool pcap_judging_take(pcap_judging *j, const char *name, const char *value, bool *known);

/* Readies libraries, profile (NULL: auto) and keys. CLI_OK, or what the matter is (complained of). */
int pcap_prepare(pcap_judging *j, const tg_profile **profile);

/* How a capture was read. */
typedef struct pcap_reading {
    tgp_ending ending;
    char link[64], error[256];
    bool no_capture; /* not even begun: `ending` says nothing */
} pcap_reading;

/* Reads the capture ("-": standard input) to its end and tells all listeners; then `out` says how it ended. CLI_OK, or what kept it from being read
 * at all (complained of). */
int pcap_read(pcap_judging *j, const char *path, const tgp_trace_listener *const *listeners, size_t num,
              pcap_reading *out);
/* The exit code of TRACE.md section 4; complains of what could not be read. */
int pcap_exit_code(const pcap_reading *reading, const char *path);
/* One operand; complains. */
bool pcap_operand(const char *command, int argc, char **argv, int first, const char **path);

/* ---- files that are written (cmd_pcap_files.c) ---- */

/* A file of the command line: of which option or operand. */
typedef struct pcap_named {
    const char *what; /* "--key-log", "the capture" */
    const char *path; /* NULL: not given; "-": standard input */
    bool written;     /* else read */
} pcap_named;
/* No file is to be written that is read, or written twice. Complains. */
bool pcap_names_differ(const pcap_named *names, size_t num);

/* Opens a file that must not be there yet, for its owner alone where it is secret. NULL: complained. */
FILE *pcap_create(const char *path, bool secret);

/* A file that is there whole or not at all: it is written beside its place. What is there and no regular file (a pipe, a terminal, /dev/null) is
 * written as it is, and stays. */
typedef struct pcap_output {
    FILE *file; /* NULL: closed */
    char *path, *beside;
    bool force;
} pcap_output;
/* `force`: it may take the place of a file. False: complained. */
bool pcap_output_open(pcap_output *out, const char *path, bool secret, bool force);
/* Gives it its name where it is whole and could be written, else removes it. False: it could not be written (complained). Does nothing to one that is
 * not open. */
bool pcap_output_close(pcap_output *out, bool is_whole);

#define PCAP_EXIT_CODES                                                                                                \
    "exit codes:\n"                                                                                                    \
    "  0   everything found conforms, and nothing was lost\n"                                                          \
    "  1   a message cannot be read, breaks a MUST or fails under its key, or a finding elsewhere is a "               \
    "MUST\n" CLI_EXIT_CODES "      (no capture, or not readable to its end, and what was found conforms)\n"            \
    "  5   there is nothing to judge\n"                                                                                \
    "  10  what was found conforms, but something that may have held a message was lost\n"

#endif
