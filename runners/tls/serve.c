/* The server of `tls serve`: one connection after the other, each keyed anew by the TEK. */
#include "cli.h"
#include "ends.h"

/* One connection. CLI_OK, or why there are to be no more. */
static int serve_one(tls_ends *e, tls_listener *listener, SSL_CTX *context, unsigned number)
{
    tls_leg leg = { .wire = { .fd = -1 } };
    tls_peer peer;
    tls_flow flow = { .send = e->send,
                      .echo = e->echo,
                      .to_stdout = !e->echo && e->report.output == TLS_OUTPUT_TEXT,
                      .receive = e->receive,
                      .most = e->most };
    int fd = tls_accept(listener, tls_ends_deadline(e), &peer, &leg.wire);
    if (fd < 0) {
        wire_free(&leg.wire);
        if (fd == -2)
            return CLI_INTERNAL;
        if (!cli_interrupted())
            cli_complain("no connection came within %zu seconds (%u of %zu did)", e->timeout, number - 1, e->sessions);
        return number == 1 ? CLI_NOTHING : CLI_INCONCLUSIVE;
    }
    return tls_ends_converse(e, context, number, &leg, &flow, fd, &peer, tls_ends_deadline(e));
}

int tls_serve(tls_ends *e)
{
    SSL_CTX *context;
    tls_listener listener;
    int code = tls_ends_ready(e, true, false, &context);
    if (code != CLI_OK)
        return code;
    if (!tls_listen(e->listen, e->datagrams, e->allow_remote, context, &listener) ||
        !tls_report_open(&e->report, e->transcript)) {
        SSL_CTX_free(context);
        return CLI_USAGE;
    }
    tls_report_listening(&e->report, listener.name);
    for (unsigned i = 1; i <= e->sessions && code == CLI_OK && !cli_interrupted(); i++)
        code = serve_one(e, &listener, context, i);
    tls_listener_free(&listener);
    SSL_CTX_free(context);
    return tls_report_finish(&e->report, &e->setup, code);
}
