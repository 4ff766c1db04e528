#include "endpoint.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "cli.h"

enum { BACKLOG = 64, CLIENT_HELLO = 1, HANDSHAKE = 22, RECORD_HEADER = 13 };

static void set_peer(const kms_address *from, tls_peer *out)
{
    *out = (tls_peer){ .len = from->is_v6 ? sizeof from->of.v6 : sizeof from->of.v4 };
    memcpy(&out->address, &from->of, out->len);
}

static int open_socket(const tls_peer *peer, bool datagrams)
{
    int type = (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, one = 1;
    int fd = socket(peer->address.ss_family, type, 0);
    if (fd >= 0 && !datagrams)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* ---- listening ---------------------------------------------------------------------------------------------- */

static bool name_it(tls_listener *l, const char *text)
{
    const char *colon = strrchr(text, ':');
    socklen_t len = sizeof l->own.address;
    if (getsockname(l->fd, (struct sockaddr *)&l->own.address, &len) != 0)
        return false;
    l->own.len = len;
    const struct sockaddr_in *v4 = (const void *)&l->own.address; /* the port stands at the same place in both */
    snprintf(l->name, sizeof l->name, "%.*s:%u", (int)(colon - text) > 60 ? 60 : (int)(colon - text), text,
             ntohs(v4->sin_port));
    return true;
}

bool tls_listen(const char *text, bool datagrams, bool allow_remote, SSL_CTX *context, tls_listener *out)
{
    kms_address address;
    int one = 1;
    *out = (tls_listener){ .fd = -1, .datagrams = datagrams, .context = context };
    if (!kms_address_take(text, &address))
        return false;
    if (!kms_address_is_loopback(&address) && !allow_remote) {
        cli_complain("--listen %s: that is no loopback address; --allow-remote allows it", text);
        return false;
    }
    set_peer(&address, &out->own);
    out->asked = datagrams ? calloc(TLS_MAX_ASKED, sizeof *out->asked) : NULL;
    if (datagrams && !out->asked) {
        cli_complain("out of memory");
        return false;
    }
    out->fd = open_socket(&out->own, datagrams);
    /* Of UDP, two that reuse an address share it, and one of them gets nothing: so not before it is bound. */
    bool ok = out->fd >= 0 && (datagrams || setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0) &&
              bind(out->fd, (const struct sockaddr *)&out->own.address, out->own.len) == 0 &&
              (datagrams || listen(out->fd, BACKLOG) == 0) && name_it(out, text);
    /* The sockets of its peers have the same port. */
    ok = ok && (!datagrams || setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    if (!ok) {
        cli_complain("--listen %s: %s", text, strerror(errno));
        tls_listener_free(out);
    }
    return ok;
}

void tls_listener_free(tls_listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    free(l->asked);
    l->asked = NULL;
}

/* ---- accepting ---------------------------------------------------------------------------------------------- */

/* A socket of this port for the one peer: the kernel then gives it what comes from there. */
static int socket_for(const tls_listener *l, const tls_peer *peer)
{
    int one = 1, fd = open_socket(&l->own, true);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
                    bind(fd, (const struct sockaddr *)&l->own.address, l->own.len) != 0 ||
                    connect(fd, (const struct sockaddr *)&peer->address, peer->len) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static ssize_t receive_from(const tls_listener *l, uint8_t *out, size_t room, int flags, tls_peer *from)
{
    *from = (tls_peer){ .len = sizeof from->address };
    return recvfrom(l->fd, out, room, flags, (struct sockaddr *)&from->address, &from->len);
}

static bool is_same(const tls_peer *a, const tls_peer *b)
{
    return a->len == b->len && memcmp(&a->address, &b->address, a->len) == 0;
}

static tls_asked *asked_by(const tls_listener *l, const tls_peer *peer)
{
    for (size_t i = 0; i < TLS_MAX_ASKED; i++) {
        if (is_same(&l->asked[i].peer, peer))
            return &l->asked[i];
    }
    return NULL;
}

/* Answers a ClientHello that has no good cookie. */
static void ask_for_cookie(tls_listener *l, const tls_peer *peer, const uint8_t *hello, size_t len,
                           const uint8_t *answer, size_t answer_len)
{
    if (answer_len == 0)
        return;
    (void)!sendto(l->fd, answer, answer_len, MSG_NOSIGNAL, (const struct sockaddr *)&peer->address, peer->len);
    tls_asked *asked = asked_by(l, peer);
    if (!asked) {
        asked = &l->asked[l->next_asked];
        l->next_asked = (l->next_asked + 1) % TLS_MAX_ASKED;
    }
    *asked = (tls_asked){ .peer = *peer, .hello_len = len, .answer_len = answer_len };
    if (len > sizeof asked->hello)
        *asked = (tls_asked){ .hello_len = 0 };
    memcpy(asked->hello, hello, asked->hello_len);
    memcpy(asked->answer, answer, asked->answer_len);
}

/* What went before the ClientHello with the cookie. */
static void recall(const tls_listener *l, const tls_peer *peer, capture *out)
{
    tls_asked *asked = asked_by(l, peer);
    out->datagrams = true;
    if (!asked)
        return;
    capture_add(out, true, asked->hello, asked->hello_len);
    capture_add(out, false, asked->answer, asked->answer_len);
    *asked = (tls_asked){ .hello_len = 0 };
}

/* -3: what came was no ClientHello, or had no cookie. */
static int accept_datagram(tls_listener *l, tls_peer *peer, wire *early)
{
    uint8_t datagram[UINT16_MAX];
    tls_peer next;
    ssize_t len = receive_from(l, datagram, sizeof datagram, 0, peer);
    if (len <= RECORD_HEADER || datagram[0] != HANDSHAKE || datagram[RECORD_HEADER] != CLIENT_HELLO)
        return -3;
    uint8_t answer[TLS_MOST_VERIFY];
    size_t answer_len;
    if (!tls_context_knows(l->context, &peer->address, peer->len, datagram, (size_t)len, answer, &answer_len)) {
        ask_for_cookie(l, peer, datagram, (size_t)len, answer, answer_len);
        return -3;
    }
    recall(l, peer, &early->captured);
    int fd = socket_for(l, peer);
    bool ok = fd >= 0 && wire_add_early(early, datagram, (size_t)len);
    /* What it sent until then is in the queue of the common socket. */
    while (ok && receive_from(l, datagram, sizeof datagram, MSG_PEEK, &next) >= 0 && is_same(&next, peer)) {
        len = receive_from(l, datagram, sizeof datagram, 0, &next);
        ok = len < 0 || wire_add_early(early, datagram, (size_t)len);
    }
    if (ok)
        return fd;
    cli_complain("no socket for the peer: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -2;
}

int tls_accept(tls_listener *l, int64_t deadline, tls_peer *peer, wire *early)
{
    struct pollfd polled = { .fd = l->fd, .events = POLLIN };
    while (tls_wait(&polled, 1, NULL, 0, deadline)) {
        int fd, one = 1;
        if (l->datagrams) {
            fd = accept_datagram(l, peer, early);
            if (fd != -3)
                return fd;
            continue;
        }
        *peer = (tls_peer){ .len = sizeof peer->address };
        fd = accept4(l->fd, (struct sockaddr *)&peer->address, &peer->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (fd >= 0)
            return fd;
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            cli_complain("no connection is accepted: %s", strerror(errno));
            return -2;
        }
    }
    return -1;
}

/* ---- connecting --------------------------------------------------------------------------------------------- */

bool tls_address_take(const char *option, const char *text, bool allow_remote, tls_peer *out)
{
    kms_address address;
    const char *dashes = option ? "--" : "", *blank = option ? " " : "";
    bool ok = kms_address_read(text, &address);
    const struct sockaddr_in *v4 = (const void *)&address.of; /* the port stands at the same place in both */
    if (!ok || v4->sin_port == 0) {
        cli_complain("%s%s%s%s: ADDR:PORT or [ADDR6]:PORT, in numbers or localhost", dashes, option ? option : "",
                     blank, text);
        return false;
    }
    if (!kms_address_is_loopback(&address) && !allow_remote) {
        cli_complain("%s%s%s%s: that is no loopback address; --allow-remote allows it", dashes, option ? option : "",
                     blank, text);
        return false;
    }
    set_peer(&address, out);
    return true;
}

static bool is_connected(int fd, int64_t deadline, const char **why)
{
    struct pollfd polled = { .fd = fd, .events = POLLOUT };
    int error = 0;
    socklen_t len = sizeof error;
    *why = cli_interrupted() ? "interrupted" : "no answer within the time allowed";
    if (!tls_wait(&polled, 1, NULL, 0, deadline))
        return false;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    *why = strerror(error);
    return error == 0;
}

int tls_connect_to(const tls_peer *peer, bool datagrams, int64_t deadline, const char **why)
{
    int fd = open_socket(peer, datagrams);
    if (fd < 0 || (connect(fd, (const struct sockaddr *)&peer->address, peer->len) != 0 && errno != EINPROGRESS)) {
        *why = strerror(errno);
    } else if (datagrams || is_connected(fd, deadline, why)) {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}
