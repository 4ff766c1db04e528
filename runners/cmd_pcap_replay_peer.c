/* pcap replay: a peer that SIP is spoken to, over UDP or TCP; bounded in time and memory. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd_pcap_replay.h"
#include "ticketgate/carriage.h"

enum { ROOM = 2 * TG_SIP_MAX_OCTETS, LOOK_EVERY_MS = 100 };

struct replay_peer {
    int fd;
    bool stream, ended;
    size_t timeout;
    char name[INET6_ADDRSTRLEN + 16];
    size_t len, taken; /* octets in `room`; of them, those of the message that was given last */
    char room[ROOM];
};

/* 1: ready, 0: the deadline, -1: a signal or an error. */
static int await(int fd, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = (deadline - replay_clock()) / 1000000;
        struct pollfd polled = { .fd = fd, .events = events };
        if (cli_interrupted())
            return -1;
        int ready = poll(&polled, 1, left <= 0 ? 0 : left < LOOK_EVERY_MS ? (int)left + 1 : LOOK_EVERY_MS);
        if (ready > 0)
            return 1;
        if (ready < 0 && errno != EINTR)
            return -1;
        if (left <= 0)
            return 0;
    }
}

static bool name_it(replay_peer *p)
{
    kms_address mine = { 0 };
    socklen_t len = sizeof mine.of;
    char text[INET6_ADDRSTRLEN] = "";
    if (getsockname(p->fd, &mine.of.any, &len) != 0)
        return false;
    bool v6 = mine.of.any.sa_family == AF_INET6;
    const void *from = v6 ? (const void *)&mine.of.v6.sin6_addr : (const void *)&mine.of.v4.sin_addr;
    inet_ntop(mine.of.any.sa_family, from, text, sizeof text);
    snprintf(p->name, sizeof p->name, v6 ? "[%s]:%u" : "%s:%u", text,
             ntohs(v6 ? mine.of.v6.sin6_port : mine.of.v4.sin_port));
    return true;
}

static bool connect_it(replay_peer *p, const kms_address *address, const char **why)
{
    socklen_t len = address->is_v6 ? sizeof address->of.v6 : sizeof address->of.v4;
    int error = 0;
    socklen_t error_len = sizeof error;
    if (p->fd < 0 || fcntl(p->fd, F_SETFL, O_NONBLOCK) != 0) {
        *why = strerror(errno);
        return false;
    }
    if (connect(p->fd, &address->of.any, len) != 0 && errno != EINPROGRESS) {
        *why = strerror(errno);
        return false;
    }
    if (await(p->fd, POLLOUT, replay_clock() + (int64_t)p->timeout * 1000000000) != 1) {
        *why = "no connection in time";
        return false;
    }
    if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &error_len) != 0 || error) {
        *why = strerror(error ? error : errno);
        return false;
    }
    return name_it(p);
}

replay_peer *replay_peer_open(const kms_address *address, bool stream, size_t timeout, const char **why)
{
    replay_peer *p = calloc(1, sizeof *p);
    *why = "out of memory";
    if (!p)
        return NULL;
    p->stream = stream;
    p->timeout = timeout;
    p->fd = socket(address->is_v6 ? AF_INET6 : AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    if (connect_it(p, address, why))
        return p;
    replay_peer_close(p);
    return NULL;
}

void replay_peer_close(replay_peer *p)
{
    if (!p)
        return;
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}

const char *replay_peer_name(const replay_peer *p)
{
    return p->name;
}

bool replay_peer_send(replay_peer *p, tg_bytes octets, const char **why)
{
    int64_t deadline = replay_clock() + (int64_t)p->timeout * 1000000000;
    bool told_before = false;
    for (size_t at = 0; at < octets.len;) {
        ssize_t sent = send(p->fd, octets.data + at, octets.len - at, MSG_NOSIGNAL);
        if (sent >= 0) {
            at += (size_t)sent;
            continue;
        }
        if (errno == EINTR || (errno == ECONNREFUSED && !p->stream && !told_before)) {
            told_before = errno == ECONNREFUSED; /* of a datagram before this one */
            continue;
        }
        if (errno != EAGAIN || await(p->fd, POLLOUT, deadline) != 1) {
            *why = errno == EAGAIN ? "it does not take what is sent" : strerror(errno);
            return false;
        }
    }
    return true;
}

/* ---- what comes ---------------------------------------------------------------------------------------------- */

/* Keep-alives between messages (RFC 5626 3.5.1). */
static void skip_empty_lines(replay_peer *p)
{
    size_t n = 0;
    while (n < p->len && (p->room[n] == '\r' || p->room[n] == '\n'))
        n++;
    memmove(p->room, p->room + n, p->len - n);
    p->len -= n;
}

/* A whole message at the front? */
static replay_got cut(replay_peer *p, tg_bytes *out)
{
    const char *reason;
    size_t frame = 0;
    if (p->len == 0)
        return REPLAY_GOT_NOTHING;
    if (memchr(p->room, '\n', p->len) && !tg_sip_begins(p->room, p->len)) {
        p->taken = p->len;
        return REPLAY_GOT_GARBAGE;
    }
    tg_status status = tg_sip_frame(p->room, p->len, &frame, &reason);
    if (status == TG_TRUNCATED && p->stream)
        return REPLAY_GOT_NOTHING;
    if (status != TG_OK || frame == 0 || frame > p->len) {
        p->taken = p->len;
        return status == TG_TOO_LARGE ? REPLAY_GOT_TOO_MUCH : REPLAY_GOT_GARBAGE;
    }
    p->taken = p->stream ? frame : p->len;
    *out = tg_bytes_of(p->room, frame);
    return REPLAY_GOT;
}

static replay_got receive(replay_peer *p)
{
    ssize_t got = recv(p->fd, p->room + p->len, sizeof p->room - p->len, 0);
    if (got > 0) {
        p->len += (size_t)got;
        return REPLAY_GOT;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return REPLAY_GOT_NOTHING;
    if (got == 0 && !p->stream)
        return REPLAY_GOT_NOTHING; /* an empty datagram */
    p->ended = p->stream;
    return REPLAY_GOT_END;
}

replay_got replay_peer_next(replay_peer *p, int64_t deadline, tg_bytes *out)
{
    memmove(p->room, p->room + p->taken, p->len - p->taken);
    p->len -= p->taken;
    p->taken = 0;
    for (;;) {
        skip_empty_lines(p);
        replay_got found = cut(p, out);
        if (found != REPLAY_GOT_NOTHING)
            return found;
        if (p->len == sizeof p->room)
            return REPLAY_GOT_TOO_MUCH;
        if (p->ended)
            return REPLAY_GOT_END;
        int ready = await(p->fd, POLLIN, deadline);
        if (ready <= 0)
            return cli_interrupted() ? REPLAY_GOT_SIGNAL : REPLAY_GOT_NOTHING;
        if (receive(p) == REPLAY_GOT_END)
            return REPLAY_GOT_END;
        if (replay_clock() > deadline + 1000000000)
            return REPLAY_GOT_NOTHING; /* octet by octet for ever */
    }
}
