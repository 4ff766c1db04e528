/* The application server of TR 33.829 8.3.1.2: TLS ends in it, hop by hop. It has resolved the caller's ticket and so has the TEK of that
 * leg, and has a ticket and TEK of its own towards the next hop. */
#include <openssl/crypto.h>

#include "cli.h"
#include "ends.h"

typedef struct relaying {
    tls_ends *e;
    SSL_CTX *context, *next_context;
    tls_listener listener;
    tls_peer next;
} relaying;

/* The onward leg, once the caller has shown that he has his TEK. False when it could not be begun at all. */
static bool call_on(relaying *r, tls_leg *next, int64_t deadline)
{
    const char *why = "";
    int fd = tls_connect_to(&r->next, r->e->datagrams, deadline, &why);
    if (fd >= 0)
        return tls_leg_start(next, r->next_context, &r->e->next_setup, fd, (struct sockaddr *)&r->next.address,
                             r->next.len);
    next->setup = &r->e->next_setup;
    snprintf(next->peer, sizeof next->peer, "%s", "the next hop");
    tls_leg_end(next, TLS_HANDSHAKE_FAILED, "no connection: %s", why);
    return true;
}

static bool relay_session(relaying *r, tls_leg *caller, tls_leg *next, unsigned number)
{
    int64_t deadline = tls_ends_deadline(r->e);
    bool shaken = tls_leg_handshake(caller, deadline);
    bool begun = shaken && call_on(r, next, deadline);
    if (begun && tls_leg_handshake(next, deadline))
        tls_flow_between(caller, next, r->e->most, deadline);
    if (begun) {
        tls_leg_end_like(caller, next);
        tls_leg_end_like(next, caller);
    }
    tls_leg_close(caller, deadline);
    if (begun)
        tls_leg_close(next, deadline);
    tls_report_leg(&r->e->report, number, caller, NULL);
    if (begun)
        tls_report_leg(&r->e->report, number, next, NULL);
    return begun || !shaken;
}

static int relay_one(relaying *r, unsigned number)
{
    tls_leg caller = { .wire = { .fd = -1 } }, next = { .wire = { .fd = -1 } };
    tls_peer peer;
    tls_ends *e = r->e;
    int fd = tls_accept(&r->listener, tls_ends_deadline(e), &peer, &caller.wire);
    int code = CLI_OK;
    if (fd == -1) {
        if (!cli_interrupted())
            cli_complain("no connection came within %zu seconds (%u of %zu did)", e->timeout, number - 1, e->sessions);
        code = number == 1 ? CLI_NOTHING : CLI_INCONCLUSIVE;
    } else if (fd < 0 ||
               !tls_leg_start(&caller, r->context, &e->setup, fd, (struct sockaddr *)&peer.address, peer.len) ||
               !relay_session(r, &caller, &next, number)) {
        code = CLI_INTERNAL;
    }
    tls_leg_free(&caller);
    tls_leg_free(&next);
    return code;
}

/* One TEK for both hops would be end-to-end protection that anybody between has, and no hop of its own (8.3.1.2: a new TRANSFER_INIT, so
 * a new ticket). */
static bool check_teks(tls_ends *e)
{
    bool same = e->key.len == e->next_key.len && CRYPTO_memcmp(e->key.tek, e->next_key.tek, e->key.len) == 0;
    e->report.has_teks_differ = true;
    e->report.teks_differ = !same;
    if (same && !e->force)
        cli_complain(
            "both legs have the same TEK: an application server has a ticket of its own for the next hop; --force "
            "relays all the same");
    return !same || e->force;
}

static int run(relaying *r)
{
    tls_ends *e = r->e;
    int code = tls_ends_ready(e, true, false, &r->context);
    if (code == CLI_OK)
        code = tls_ends_ready(e, false, true, &r->next_context);
    if (code == CLI_OK && !check_teks(e))
        code = CLI_FAILED;
    if (code != CLI_OK)
        return code;
    if (!tls_listen(e->listen, e->datagrams, e->allow_remote, r->context, &r->listener) ||
        !tls_report_open(&e->report, e->transcript))
        return CLI_USAGE;
    tls_report_listening(&e->report, r->listener.name);
    for (unsigned i = 1; i <= e->sessions && code == CLI_OK && !cli_interrupted(); i++)
        code = relay_one(r, i);
    return tls_report_finish(&e->report, &e->setup, code);
}

int tls_relay(tls_ends *e, const char *address)
{
    relaying r = { .e = e, .listener = { .fd = -1 } };
    if (!tls_address_take(NULL, address, e->allow_remote, &r.next))
        return CLI_USAGE;
    int code = run(&r);
    tls_listener_free(&r.listener);
    SSL_CTX_free(r.context);
    SSL_CTX_free(r.next_context);
    return code;
}
