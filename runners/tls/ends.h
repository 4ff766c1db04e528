/* ends: the options that serve, connect and relay share, and what the three do. */
#ifndef TICKETGATE_TLS_ENDS_H
#define TICKETGATE_TLS_ENDS_H

#include "endpoint.h"
#include "report.h"

typedef struct tls_ends {
    verifying v;
    tls_key_source source, next_source; /* next: the onward leg of a relay */
    const char *ciphers, *identity, *hint, *version, *listen, *send, *transcript;
    bool datagrams, allow_null, allow_remote, allow_eof, echo, force;
    size_t sessions, timeout, receive, most, quiet;
    tls_report report;
    tls_key key, next_key;
    tls_setup setup, next_setup;
} tls_ends;

#define TLS_KEY_OPTIONS                                                                                                \
    { "conversation", "FILE",                                                                                          \
      "a conversation (vectors/CONVERSATION.md) with its secrets: the TEK of its TLS\ncrypto session is the key" },    \
        { "cs", "N", "the crypto session, where not just one is of Prot type TLS" },                                   \
        { "tek", "HEX", "the key itself; @FILE: a file with it" },                                                     \
        { "force", NULL, "take the key of a conversation that is not accepted, too" }, VERIFYING_OPTIONS
#define TLS_CONNECTION_OPTIONS                                                                                         \
    { "dtls", NULL, "DTLS 1.2 over UDP" },                                                                             \
        { "version", "VERSION", "1.2 or 1.3 alone; 1.3 needs --set tls_versions=tls13" },                              \
        { "ciphers", "NAME,...",                                                                                       \
          "the ciphersuites, as IANA names them, in the order of preference;\nall of type TLS_PSK with AES or "        \
          "ChaCha20 unless given" },                                                                                   \
        { "allow-null", NULL, "ciphersuites without encryption, too" },                                                \
        { "allow-remote", NULL, "an address that is no loopback address" },                                            \
        { "allow-eof", NULL, "take an end of TCP without close_notify for a good one (RFC 5246 7.2.1)" },              \
        { "sessions", "N", "one after the other, never two at once, each keyed anew; 1 unless given" },                \
        { "timeout", "S", "seconds that each session as a whole, and the wait for it, may take; 10 unless given" },    \
    {                                                                                                                  \
        "max-data", "SIZE", "that may come in a session; 16M unless given"                                             \
    }
#define TLS_REPORT_OPTIONS                                                                                             \
    { "output", "FORM",                                                                                                \
      "text (default): data on standard output, the report on standard error;\njson, jsonl: the report alone on "      \
      "standard output" },                                                                                             \
        { "transcript", "FILE",                                                                                        \
          "write what went over the socket, a line of JSON a connection\n(vectors/TLS.md, 1), for ticketgate tls "     \
          "check" },                                                                                                   \
    {                                                                                                                  \
        "show-keys", NULL, "with the key in it"                                                                        \
    }

bool tls_ends_init(tls_ends *e, const char *command); /* complains */
void tls_ends_free(tls_ends *e);
/* For cli_parse: all options of the three. */
bool tls_ends_take(void *user, const char *name, const char *value);

/* Exit codes. */
int tls_serve(tls_ends *e);
int tls_connect(tls_ends *e, const char *address);
int tls_relay(tls_ends *e, const char *address);

/* ---- what the three share ----------------------------------------------------------------------------------- */

/* The key, the suites and the context of an end. Complains; an exit code. */
int tls_ends_ready(tls_ends *e, bool server, bool next, SSL_CTX **out);
int64_t tls_ends_deadline(const tls_ends *e);
/* One connection over `fd`, from the handshake to the report. Takes the leg and the flow, which are begun, and frees them. An exit code. */
int tls_ends_converse(tls_ends *e, SSL_CTX *context, unsigned number, tls_leg *leg, tls_flow *flow, int fd,
                      const tls_peer *peer, int64_t deadline);

#endif
