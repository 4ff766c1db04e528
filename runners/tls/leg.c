#include "leg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "cli.h"

enum { LINGER = 500, SLICE = 200 }; /* milliseconds: for the other end's close_notify; between looks for a signal */

const char *tls_outcome_name(tls_outcome outcome)
{
    static const char *const names[] = {
#define TLS_OUTCOME_NAME(symbol, name) name,
        TLS_OUTCOMES(TLS_OUTCOME_NAME)
#undef TLS_OUTCOME_NAME
    };
    return names[outcome];
}

/* ---- time --------------------------------------------------------------------------------------------------- */

int64_t tls_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Milliseconds until a retransmission is due; -1: none. */
static int64_t retransmission(const tls_leg *leg)
{
    struct timeval left;
    if (!leg->ssl || !leg->setup->datagrams || leg->outcome != TLS_RUNNING || !DTLSv1_get_timeout(leg->ssl, &left))
        return -1;
    return (int64_t)left.tv_sec * 1000 + left.tv_usec / 1000 + 1;
}

bool tls_wait(struct pollfd *polled, size_t num, tls_leg *const *legs, size_t num_legs, int64_t deadline)
{
    while (!cli_interrupted()) {
        int64_t left = deadline - tls_now();
        if (left <= 0)
            return false;
        int64_t slice = left < SLICE ? left : SLICE;
        bool due = false;
        for (size_t i = 0; i < num_legs; i++) {
            int64_t next = retransmission(legs[i]);
            due = due || (next >= 0 && next <= slice);
            slice = next >= 0 && next < slice ? next : slice;
        }
        int ready = poll(polled, (nfds_t)num, (int)slice);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        for (size_t i = 0; due && i < num_legs; i++) {
            if (retransmission(legs[i]) >= 0 && DTLSv1_handle_timeout(legs[i]->ssl) < 0)
                tls_leg_end(legs[i], TLS_BROKEN, "nothing came, however often it was sent again");
        }
        if (due)
            return true;
    }
    return false;
}

/* ---- beginning and end -------------------------------------------------------------------------------------- */

static void write_peer(const struct sockaddr *address, char *out, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "?";
    bool is_v6 = address->sa_family == AF_INET6;
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;
    inet_ntop(address->sa_family, is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr, host,
              sizeof host);
    snprintf(out, size, is_v6 ? "[%s]:%u" : "%s:%u", host, ntohs(is_v6 ? v6->sin6_port : v4->sin_port));
}

bool tls_leg_start(tls_leg *leg, SSL_CTX *context, const tls_setup *setup, int fd, const struct sockaddr *address,
                   size_t len)
{
    leg->setup = setup;
    leg->wire.fd = fd;
    leg->wire.is_client = !setup->server;
    leg->wire.captured.datagrams = setup->datagrams;
    leg->want = POLLIN;
    write_peer(address, leg->peer, sizeof leg->peer);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    leg->ssl = SSL_new(context);
    BIO *bio = leg->ssl ? wire_bio(&leg->wire) : NULL;
    if (!bio || !tls_context_set_peer(leg->ssl, address, len)) {
        BIO_free(bio);
        cli_complain("out of memory");
        return false;
    }
    SSL_set_bio(leg->ssl, bio, bio);
    if (setup->datagrams)
        SSL_set_mtu(leg->ssl, WIRE_MTU);
    if (setup->server)
        SSL_set_accept_state(leg->ssl);
    else
        SSL_set_connect_state(leg->ssl);
    return true;
}

void tls_leg_free(tls_leg *leg)
{
    SSL_free(leg->ssl);
    leg->ssl = NULL;
    wire_free(&leg->wire);
    ERR_clear_error();
}

void tls_leg_end(tls_leg *leg, tls_outcome outcome, const char *format, ...)
{
    va_list arguments;
    if (leg->outcome != TLS_RUNNING)
        return; /* the first reason is the one that counts */
    leg->outcome = outcome;
    va_start(arguments, format);
    vsnprintf(leg->error, sizeof leg->error, format, arguments);
    va_end(arguments);
}

void tls_leg_find_incomplete(tls_leg *leg, const char *format, ...)
{
    va_list arguments;
    leg->outcome = TLS_INCOMPLETE;
    va_start(arguments, format);
    vsnprintf(leg->error, sizeof leg->error, format, arguments);
    va_end(arguments);
}

void tls_leg_end_like(tls_leg *leg, const tls_leg *other)
{
    bool is_open = leg->outcome == TLS_RUNNING || leg->outcome == TLS_CLOSED;
    bool has_failed = other->outcome != TLS_RUNNING && other->outcome != TLS_CLOSED;
    if (!is_open || !has_failed)
        return;
    leg->outcome = other->outcome == TLS_EOF ? TLS_EOF : TLS_ABORTED;
    snprintf(leg->error, sizeof leg->error, "closed without close_notify, as the other leg ended: %s",
             tls_outcome_name(other->outcome));
}

void tls_leg_give_up(tls_leg *leg, const char *doing)
{
    if (cli_interrupted())
        tls_leg_end(leg, TLS_INTERRUPTED, "interrupted during %s", doing);
    else
        tls_leg_end(leg, TLS_TIMEOUT, "no end of %s within the time allowed", doing);
}

/* ---- libssl's answers --------------------------------------------------------------------------------------- */

/* The first of libssl's own: what stands before comes from the ciphers, and says less. */
static unsigned long first_error(void)
{
    unsigned long first = ERR_get_error(), code = first;
    while (code && ERR_GET_LIB(code) != ERR_LIB_SSL)
        code = ERR_get_error();
    ERR_clear_error();
    return code ? code : first;
}

/* Words for a handshake without a common version. `refused`: the other end has said so, and not this one. NULL: nothing to add. */
static const char *about_version(const tls_leg *leg, bool refused)
{
    bool only_12 = leg->setup->key->profile.settings.tls_versions == TG_TLS_VERSIONS_TLS12;
    if (leg->setup->datagrams)
        return refused ? "the other end does not speak DTLS 1.2, which alone is spoken here"
                       : "DTLS 1.2 alone is spoken here";
    if (!only_12)
        return NULL;
    if (refused)
        return "the other end does not speak TLS 1.2, which alone is spoken here; in TLS 1.3 a PSK identity cannot be "
               "empty (RFC 8446 4.2.11)";
    /* A client of TLS 1.3 says 1.2 there (RFC 8446 4.1.2). A server can choose only an older one: no newer is offered. */
    if (!leg->setup->server || SSL_client_version(leg->ssl) < TLS1_2_VERSION)
        return "TLS 1.2 alone is spoken here, and what the other end speaks is older";
    return "TLS 1.2 alone is spoken here; in TLS 1.3 a PSK identity cannot be empty (RFC 8446 4.2.11)";
}

static void fail(tls_leg *leg)
{
    tls_outcome outcome = leg->shaken ? TLS_BROKEN : TLS_HANDSHAKE_FAILED;
    unsigned long code = first_error();
    bool is_of_ssl = ERR_GET_LIB(code) == ERR_LIB_SSL;
    int number = is_of_ssl ? ERR_GET_REASON(code) : 0;
    const char *version = number == SSL_R_UNSUPPORTED_PROTOCOL           ? about_version(leg, false)
                          : number == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ? about_version(leg, true)
                                                                         : NULL;
    const char *reason = ERR_reason_error_string(code);
    if (leg->wire.error)
        tls_leg_end(leg, outcome, "the connection broke: %s", strerror(leg->wire.error));
    else if (version)
        tls_leg_end(leg, outcome, "%s: %s", reason, version);
    else
        tls_leg_end(leg, outcome, "%s", reason ? reason : "libssl failed, and does not say why");
}

/* The other end will send no more: libssl takes the end of the socket for a close_notify (SSL_OP_IGNORE_UNEXPECTED_EOF; else it would send
 * an alert about it). */
static void take_end(tls_leg *leg)
{
    leg->peer_closed = true;
    if (!leg->shaken)
        tls_leg_end(leg, TLS_HANDSHAKE_FAILED, "the other end %s before the handshake was done",
                    leg->wire.ended ? "closed the connection" : "said close_notify");
    else
        tls_leg_end(leg, leg->wire.ended ? TLS_EOF : TLS_CLOSED, "%s",
                    leg->wire.ended ? "closed without close_notify" : "");
}

/* What a call that gave `result` means: as tls_leg_read. */
static int settle(tls_leg *leg, int result)
{
    switch (SSL_get_error(leg->ssl, result)) {
    case SSL_ERROR_NONE:
        return result;
    case SSL_ERROR_WANT_READ:
        leg->want = POLLIN;
        break;
    case SSL_ERROR_WANT_WRITE:
        leg->want = POLLOUT;
        break;
    case SSL_ERROR_ZERO_RETURN:
        take_end(leg);
        return -1;
    default:
        fail(leg);
        return -1;
    }
    return leg->outcome == TLS_RUNNING ? 0 : -1;
}

/* The first ClientHello of a client whose cookie is known to be good, so that there is none without one. */
static bool take_first_hello(tls_leg *leg)
{
    BIO_ADDR *unused = BIO_ADDR_new();
    bool ok = unused && DTLSv1_listen(leg->ssl, unused) == 1;
    BIO_ADDR_free(unused);
    if (!ok)
        fail(leg);
    return ok;
}

bool tls_leg_handshake(tls_leg *leg, int64_t deadline)
{
    ERR_clear_error();
    if (leg->setup->server && leg->setup->datagrams && !take_first_hello(leg))
        return false;
    while (leg->outcome == TLS_RUNNING) {
        ERR_clear_error();
        int result = SSL_do_handshake(leg->ssl);
        if (result == 1) {
            leg->shaken = true;
            return true;
        }
        if (settle(leg, result) < 0)
            break;
        struct pollfd polled = { .fd = leg->wire.fd, .events = leg->want };
        if (!tls_wait(&polled, 1, &leg, 1, deadline))
            tls_leg_give_up(leg, "the handshake");
    }
    return false;
}

int tls_leg_read(tls_leg *leg, void *out, size_t room)
{
    if (leg->outcome != TLS_RUNNING)
        return -1;
    ERR_clear_error();
    int got = settle(leg, SSL_read(leg->ssl, out, room > INT_MAX ? INT_MAX : (int)room));
    leg->received += got > 0 ? (uint64_t)got : 0;
    return got;
}

int tls_leg_write(tls_leg *leg, const void *octets, size_t len)
{
    enum { MOST_DATAGRAM = 1024 };
    if (leg->outcome != TLS_RUNNING)
        return -1;
    ERR_clear_error();
    size_t most = leg->setup->datagrams ? MOST_DATAGRAM : 16384;
    int done = settle(leg, SSL_write(leg->ssl, octets, (int)(len < most ? len : most)));
    leg->sent += done > 0 ? (uint64_t)done : 0;
    return done;
}

/* Reads away what comes until the other end has closed. */
static void linger(tls_leg *leg, int64_t until)
{
    uint8_t lost[4096];
    for (;;) {
        ERR_clear_error();
        int got = SSL_read(leg->ssl, lost, sizeof lost);
        if (got > 0 && tls_now() < until)
            continue;
        if (SSL_get_error(leg->ssl, got) != SSL_ERROR_WANT_READ)
            break;
        struct pollfd polled = { .fd = leg->wire.fd, .events = POLLIN };
        if (!tls_wait(&polled, 1, NULL, 0, until))
            break;
    }
    ERR_clear_error();
}

/* After a failure: a socket that is closed with octets unread resets the connection, and the other end would not see why. */
static void drain(tls_leg *leg, int64_t until)
{
    uint8_t lost[4096];
    struct pollfd polled = { .fd = leg->wire.fd, .events = POLLIN };
    shutdown(leg->wire.fd, SHUT_WR);
    while (tls_wait(&polled, 1, NULL, 0, until)) {
        ssize_t got = recv(leg->wire.fd, lost, sizeof lost, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            break;
    }
}

void tls_leg_close(tls_leg *leg, int64_t deadline)
{
    int64_t until = tls_now() + LINGER;
    bool closes =
        leg->shaken && (leg->outcome == TLS_RUNNING || leg->outcome == TLS_CLOSED || leg->outcome == TLS_INCOMPLETE);
    if (closes) {
        ERR_clear_error();
        (void)SSL_shutdown(leg->ssl); /* this end's close_notify, RFC 5246 7.2.1 */
        ERR_clear_error();
        if (!leg->setup->datagrams)
            shutdown(leg->wire.fd, SHUT_WR);
        if (!leg->peer_closed)
            linger(leg, until < deadline ? until : deadline);
    }
    bool has_failed = leg->outcome == TLS_HANDSHAKE_FAILED || leg->outcome == TLS_BROKEN || leg->outcome == TLS_LIMIT ||
                      leg->outcome == TLS_ABORTED;
    if (has_failed && leg->ssl && !leg->setup->datagrams && !leg->wire.ended)
        drain(leg, until < deadline ? until : deadline);
    if (leg->outcome == TLS_RUNNING)
        leg->outcome = leg->shaken ? TLS_CLOSED : TLS_HANDSHAKE_FAILED;
}
