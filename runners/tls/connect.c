/* The client of `tls connect`. */
#include "cli.h"
#include "ends.h"

static int connect_once(tls_ends *e, const tls_peer *peer, SSL_CTX *context, unsigned number)
{
    tls_leg leg = { .wire = { .fd = -1 } };
    tls_flow flow = { .send = e->send,
                      .from_stdin = !e->send,
                      .to_stdout = e->report.output == TLS_OUTPUT_TEXT,
                      .closes = true,
                      .quiet = (int64_t)e->quiet,
                      .receive = e->receive,
                      .most = e->most };
    const char *why = "";
    int64_t deadline = tls_ends_deadline(e);
    int fd = tls_connect_to(peer, e->datagrams, deadline, &why);
    if (fd < 0) {
        cli_complain("no connection: %s", why);
        return CLI_INCONCLUSIVE;
    }
    return tls_ends_converse(e, context, number, &leg, &flow, fd, peer, deadline);
}

int tls_connect(tls_ends *e, const char *address)
{
    SSL_CTX *context;
    tls_peer peer;
    if (e->sessions > 1 && !e->send) {
        cli_complain("--sessions needs --send: standard input is there once");
        return CLI_USAGE;
    }
    if (!tls_address_take(NULL, address, e->allow_remote, &peer))
        return CLI_USAGE;
    int code = tls_ends_ready(e, false, false, &context);
    if (code != CLI_OK)
        return code;
    code = tls_report_open(&e->report, e->transcript) ? CLI_OK : CLI_USAGE;
    if (code == CLI_OK) {
        for (unsigned i = 1; i <= e->sessions && code == CLI_OK && !cli_interrupted(); i++)
            code = connect_once(e, &peer, context, i);
        code = tls_report_finish(&e->report, &e->setup, code);
    }
    SSL_CTX_free(context);
    return code;
}
