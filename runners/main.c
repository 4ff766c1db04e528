/* ticketgate: the command line of the harness. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli.h"
#include "cmd.h"
#include "ticketgate/json.h"

static const struct {
    const char *name, *second; /* "vectors", "run" */
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    { "decode", NULL, cmd_decode, "read a MIKEY message and show its payloads" },
    { "encode", NULL, cmd_encode, "make a message from its JSON tree" },
    { "check", NULL, cmd_check, "judge a message by the requirements of a profile" },
    { "verify", NULL, cmd_verify, "judge a conversation with its keys" },
    { "derive", NULL, cmd_derive, "show a key derivation step by step" },
    { "converse", NULL, cmd_converse, "make complete conversations" },
    { "gate", NULL, cmd_gate, "judge an implementation, requirement by requirement" },
    { "smime", "protect", cmd_smime_protect, "protect content in a PSK S/MIME container" },
    { "smime", "unprotect", cmd_smime_unprotect, "open a PSK S/MIME container" },
    { "smime", "check", cmd_smime_check, "judge a container, or a MIME entity or SIP request with one" },
    { "vectors", "run", cmd_vectors_run, "run the golden vectors" },
#ifdef TICKETGATE_HAS_PCAPS
    { "pcap", "check", cmd_pcap_check, "judge the exchanges in a packet capture" },
    { "pcap", "list", cmd_pcap_list, "list the messages in a packet capture" },
    { "pcap", "scrub", cmd_pcap_scrub, "make a capture that can be shared: other names, addresses and keys" },
    { "pcap", "extract", cmd_pcap_extract, "write the messages of a packet capture to files" },
    { "pcap", "replay", cmd_pcap_replay, "send what is in a packet capture once more, as it was or fresh" },
    { "pcap", "follow", cmd_pcap_follow, "show one call of a packet capture, message by message" },
#endif
    { "iut", NULL, cmd_iut, "serve the bundled reference implementation as a process under test" },
    { "kms", NULL, cmd_kms, "serve the reference KMS over HTTP" },
    { "probe", NULL, cmd_probe, "judge a KMS over HTTP" },
    { "tls", "serve", cmd_tls_serve, "serve TLS-PSK keyed by a TEK, and judge who connects" },
    { "tls", "connect", cmd_tls_connect, "connect with TLS-PSK keyed by a TEK, and judge who answers" },
    { "tls", "relay", cmd_tls_relay, "be the application server between two TLS-PSK connections" },
    { "tls", "check", cmd_tls_check, "judge transcripts of TLS-PSK handshakes" },
    { "profiles", NULL, cmd_profiles, "list the profiles" },
    { "requirements", NULL, cmd_requirements, "list the requirement catalogue, or explain a row" },
};
enum { NUM_COMMANDS = sizeof commands / sizeof commands[0] };

/* All, or those that begin with the word. */
static void list_commands(const char *first)
{
    for (size_t i = 0; i < NUM_COMMANDS; i++) {
        char name[32];
        if (first && strcmp(first, commands[i].name) != 0)
            continue;
        snprintf(name, sizeof name, "%s%s%s", commands[i].name, commands[i].second ? " " : "",
                 commands[i].second ? commands[i].second : "");
        cli_print("  %-16s %s\n", name, commands[i].summary);
    }
}

static int print_help_of(const char *first)
{
    cli_print("usage: ticketgate %s COMMAND [options] [operands]\n\ncommands:\n", first);
    list_commands(first);
    cli_print("\nEvery command explains itself: ticketgate %s COMMAND --help\n", first);
    return CLI_OK;
}

static int print_help(void)
{
    cli_print("usage: ticketgate COMMAND [options] [operands]\n"
              "       ticketgate --version | --help\n\n"
              "Conformance harness for MIKEY-TICKET (RFC 6043).\n\ncommands:\n");
    list_commands(NULL);
    cli_print("\nEvery command explains itself: ticketgate COMMAND --help\n\n"
              "exit codes:\n"
              "  0   everything is as it should be\n"
              "  1   something failed, or the input was read and is not valid\n"
              "  2   interrupted; what was found until then is reported\n"
              "  3   internal error, or the output could not be written\n"
              "  4   wrong usage, or the input could not be read\n"
              "  5   there was nothing to judge\n"
              "  10  nothing failed, but something could not be tested\n");
    return CLI_OK;
}

/* "vectors" alone: which words may follow it. */
static void complain_of_second(const char *first)
{
    char words[128] = "";
    for (size_t i = 0; i < NUM_COMMANDS; i++) {
        if (strcmp(first, commands[i].name) != 0)
            continue;
        strncat(words, words[0] ? ", " : "", sizeof words - strlen(words) - 1);
        strncat(words, commands[i].second, sizeof words - strlen(words) - 1);
    }
    cli_complain("%s needs a second word: %s %s", first, first, words);
}

static int dispatch(int argc, char **argv)
{
    bool needs_second = false;
    for (size_t i = 0; i < NUM_COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (!commands[i].second)
            return commands[i].run(argc - 1, argv + 1);
        if (argc > 2 && strcmp(argv[2], commands[i].second) == 0)
            return commands[i].run(argc - 2, argv + 2);
        needs_second = true;
    }
    if (needs_second && argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0))
        return print_help_of(argv[1]);
    if (needs_second)
        complain_of_second(argv[1]);
    else
        cli_complain("%s is not a command (see ticketgate --help)", argv[1]);
    return CLI_USAGE;
}

/* A file opened later must not become standard output because that one was closed. */
static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR); /* output that is lost has to be noticed */
    }
}

static void seed_hashes(void)
{
    size_t seed = 0; /* jansson then looks for a number of its own */
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = 0;
    tg_json_init(seed);
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    seed_hashes();
    cli_catch_signals();
    int code = CLI_USAGE;
    if (argc < 2) {
        cli_complain("a command is missing (see ticketgate --help)");
    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        code = print_help();
    } else if (strcmp(argv[1], "--version") == 0) {
        cli_print("ticketgate %s\n", TICKETGATE_VERSION);
        code = CLI_OK;
    } else {
        code = dispatch(argc, argv);
    }
    return cli_finish(code);
}
