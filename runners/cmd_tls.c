/* ticketgate tls serve, connect, relay */
#include "cli.h"
#include "cmd.h"
#include "ends.h"

#define EXIT_CODES                                                                                                     \
    "exit codes:\n"                                                                                                    \
    "  0   the handshakes of all sessions were done and accepted, all data came and went, and the\n"                   \
    "      sessions ended with close_notify\n"                                                                         \
    "  1   one was not; or the conversation is not accepted, or has no such crypto session\n" CLI_EXIT_CODES

#define HOW                                                                                                            \
    "The connection is as TS 33.328 annex H wants it: TLS 1.2 with a ciphersuite of type\n"                            \
    "TLS_PSK without Diffie-Hellman, the TEK as its PSK, the empty PSK identity, no hint. Nothing\n"                   \
    "is resumed or renegotiated. Whatever the other end does otherwise is reported: what went\n"                       \
    "over the socket is judged with the TEK by the same code as in ticketgate tls check.\n"                            \
    "TLS 1.3 is refused, because an identity cannot be empty there (RFC 8446 4.2.11), unless the\n"                    \
    "profile has tls_versions=tls13; the identity is then that of its setting tls13_identity.\n\n"

static const cli_option serve_options[] = {
    { "listen", "ADDR:PORT", "in numbers or localhost; 127.0.0.1:0 unless given; port 0: any that is free" },
    TLS_KEY_OPTIONS,
    TLS_CONNECTION_OPTIONS,
    { "hint", "TEXT", "send this PSK identity hint" },
    { "echo", NULL, "send back what comes, in place of writing it to standard output" },
    { "send", "TEXT", "send this after the handshake" },
    { "receive", "N", "close when so many octets have come; without it the client closes" },
    TLS_REPORT_OPTIONS,
    { NULL, NULL, NULL },
};

static const cli_command serve_command = {
    "tls serve",
    "",
    "Serves TLS-PSK keyed by the TEK of a conversation, and judges who connects.",
    serve_options,
    HOW "The address is a line on standard error (\"listening at 127.0.0.1:40123\"), and in the report.\n"
        "The identity that a client sends is ignored, and reported.\n\n" EXIT_CODES "  5   nobody connected in time\n"
        "  10  some connected, but fewer than --sessions\n\n"
        "examples:\n"
        "  ticketgate tls serve --listen 127.0.0.1:2855 --conversation call.json --echo\n"
        "  ticketgate tls serve --tek @tek.hex --dtls --sessions 3 --output jsonl\n",
};

static const cli_option connect_options[] = {
    TLS_KEY_OPTIONS,
    TLS_CONNECTION_OPTIONS,
    { "identity", "TEXT", "send this PSK identity in place of the empty one" },
    { "send", "TEXT", "send this in place of standard input" },
    { "receive", "N", "close when all was sent and so many octets have come" },
    { "quiet", "MS",
      "without --receive: close when all was sent and nothing has come for so\nmany milliseconds; 1000 unless given" },
    TLS_REPORT_OPTIONS,
    { NULL, NULL, NULL },
};

static const cli_command connect_command = {
    "tls connect",
    "ADDR:PORT",
    "Connects with TLS-PSK keyed by the TEK of a conversation, and judges who answers.",
    connect_options,
    HOW EXIT_CODES
    "  10  nobody listens there\n\n"
    "examples:\n"
    "  ticketgate tls connect --conversation call.json --send hello --receive 5 127.0.0.1:2855\n"
    "  ticketgate tls connect --tek @tek.hex --ciphers TLS_PSK_WITH_AES_128_CBC_SHA 127.0.0.1:2855 < body\n",
};

static const cli_option relay_options[] = {
    { "listen", "ADDR:PORT", "in numbers or localhost; 127.0.0.1:0 unless given; port 0: any that is free" },
    TLS_KEY_OPTIONS,
    { "next-conversation", "FILE", "likewise, of the leg to the next hop" },
    { "next-cs", "N", "likewise" },
    { "next-tek", "HEX", "likewise" },
    TLS_CONNECTION_OPTIONS,
    TLS_REPORT_OPTIONS,
    { NULL, NULL, NULL },
};

static const cli_command relay_command = {
    "tls relay",
    "ADDR:PORT",
    "Is the application server of TR 33.829 8.3.1.2: ends the caller's TLS session, which is keyed\n"
    "by one ticket, and goes on to the next hop at ADDR:PORT with the TEK of another.",
    relay_options,
    HOW "Both connections of a session are reported, the caller's (role `server`) first. Two legs with\n"
        "the same TEK are no two hops: refused, unless --force is given.\n\n" EXIT_CODES
        "  5   nobody connected in time\n"
        "  10  some connected, but fewer than --sessions\n\n"
        "example:\n"
        "  ticketgate tls relay --conversation caller.json --next-conversation next.json 127.0.0.1:2855\n",
};

static int run(const cli_command *command, int argc, char **argv, int (*without)(tls_ends *),
               int (*with_address)(tls_ends *, const char *))
{
    tls_ends e;
    int first;
    if (!tls_ends_init(&e, command->name))
        return CLI_INTERNAL;
    int code = cli_parse(command, argc, argv, tls_ends_take, &e, &first);
    if (code < 0 && argc - first != (with_address ? 1 : 0)) {
        cli_complain(with_address ? "one address is needed (see --help)" : "%s: nothing is read (see --help)",
                     first < argc ? argv[first] : "");
        code = CLI_USAGE;
    } else if (code < 0) {
        code = with_address ? with_address(&e, argv[first]) : without(&e);
    }
    tls_ends_free(&e);
    return code;
}

int cmd_tls_serve(int argc, char **argv)
{
    return run(&serve_command, argc, argv, tls_serve, NULL);
}

int cmd_tls_connect(int argc, char **argv)
{
    return run(&connect_command, argc, argv, NULL, tls_connect);
}

int cmd_tls_relay(int argc, char **argv)
{
    return run(&relay_command, argc, argv, NULL, tls_relay);
}
