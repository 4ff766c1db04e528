#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool ready(int fd, short events, uint64_t until)
{
    for (;;) {
        uint64_t now = now_ms();
        struct pollfd polled = { .fd = fd, .events = events };
        int got = poll(&polled, 1, now < until ? (int)(until - now) : 0);
        if (got > 0)
            return true;
        if (got == 0 || errno != EINTR || now_ms() >= until)
            return false;
    }
}

static bool cut_origin(const char *origin, char host[256], char port[8])
{
    const char *start = strstr(origin, "://");
    start = start ? start + 3 : origin;
    const char *at = strrchr(start, '@'), *colon = strrchr(start, ':');
    if (at)
        return false;
    size_t len = strlen(start);
    if (colon && colon[1] != '\0' && strspn(colon + 1, "0123456789") == strlen(colon + 1) && strlen(colon + 1) < 6) {
        len = (size_t)(colon - start);
        strcpy(port, colon + 1);
    } else {
        strcpy(port, "80");
    }
    if (len > 1 && start[0] == '[' && start[len - 1] == ']') {
        start++;
        len -= 2;
    }
    if (len == 0 || len >= 256)
        return false;
    memcpy(host, start, len);
    host[len] = '\0';
    return true;
}

static bool connect_to(raw *r, const struct addrinfo *a)
{
    int error = 0;
    socklen_t size = sizeof error;
    r->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->fd < 0)
        return false;
    bool ok = connect(r->fd, a->ai_addr, a->ai_addrlen) == 0 ||
              (errno == EINPROGRESS && ready(r->fd, POLLOUT, now_ms() + r->timeout_ms) &&
               getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0);
    if (!ok) {
        close(r->fd);
        r->fd = -1;
    }
    return ok;
}

bool raw_open(raw *r, const char *origin, unsigned timeout_ms)
{
    char host[256], port[8];
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    *r = (raw){ .fd = -1, .timeout_ms = timeout_ms, .data = malloc(RAW_MAX + 1) };
    if (!r->data || !cut_origin(origin, host, port) || getaddrinfo(host, port, &hints, &found) != 0)
        return false;
    for (const struct addrinfo *a = found; a && r->fd < 0; a = a->ai_next)
        (void)connect_to(r, a);
    freeaddrinfo(found);
    return r->fd >= 0;
}

void raw_close(raw *r)
{
    if (r->fd >= 0)
        close(r->fd);
    free(r->data);
    *r = (raw){ .fd = -1 };
}

bool raw_send(raw *r, const void *octets, size_t len)
{
    const uint8_t *at = octets;
    uint64_t until = now_ms() + r->timeout_ms;
    while (len > 0) {
        ssize_t sent = send(r->fd, at, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (sent > 0) {
            at += sent;
            len -= (size_t)sent;
        } else if (!ready(r->fd, POLLOUT, until)) {
            return false;
        }
    }
    return true;
}

/* More of what comes; false when nothing more will. */
static bool read_more(raw *r, uint64_t until)
{
    while (!r->ended && r->len < RAW_MAX) {
        ssize_t got = recv(r->fd, r->data + r->len, RAW_MAX - r->len, 0);
        if (got > 0) {
            r->len += (size_t)got;
            return true;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            r->ended = true;
        else if (!ready(r->fd, POLLIN, until))
            return false;
    }
    return false;
}

bool raw_wait(raw *r, unsigned ms)
{
    return ready(r->fd, POLLIN, now_ms() + ms);
}

static const char *header(const char *head, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
            return line + 3 + len + strspn(line + 3 + len, " \t");
    }
    return NULL;
}

static void drop(raw *r, size_t len)
{
    memmove(r->data, r->data + len, r->len - len);
    r->len -= len;
}

/* Takes the chunks of a body apart in place: 1 whole, 0 more has to come, -1 no chunks (RFC 9112 7.1; no trailers). */
static int join_chunks(uint8_t *data, size_t len, size_t *body, size_t *used)
{
    size_t at = 0, out = 0;
    for (int pass = 0; pass < 2; pass++) { /* first look whether it is whole */
        for (at = out = 0;;) {
            const uint8_t *end = memmem(data + at, len - at, "\r\n", 2);
            if (!end)
                return len - at > 64 ? -1 : 0;
            char *rest;
            unsigned long size = strtoul((const char *)data + at, &rest, 16);
            if ((const uint8_t *)rest == data + at || size > RAW_MAX)
                return -1;
            at = (size_t)(end - data) + 2;
            if (len - at < size + 2)
                return 0;
            if (pass == 1)
                memmove(data + out, data + at, size);
            out += size;
            at += size + 2;
            if (size == 0)
                break;
        }
    }
    *body = out;
    *used = at;
    return 1;
}

static bool take_chunks(raw *r, size_t head, uint64_t until, raw_answer *out)
{
    size_t used = 0;
    int state;
    r->data[r->len] = '\0';
    while ((state = join_chunks(r->data + head, r->len - head, &out->len, &used)) == 0) {
        if (!read_more(r, until))
            return false;
        r->data[r->len] = '\0';
    }
    if (state < 0)
        return false;
    drop(r, head);
    r->taken = used;
    out->body = r->data;
    return true;
}

/* The end of the headers, or 0. */
static size_t head_end(raw *r, uint64_t until)
{
    for (;;) {
        uint8_t *end = memmem(r->data, r->len, "\r\n\r\n", 4);
        if (end)
            return (size_t)(end - r->data) + 4;
        if (!read_more(r, until))
            return 0;
    }
}

/* Taken away at the next call only, since `out` points to it. */
bool raw_take(raw *r, raw_answer *out)
{
    uint64_t until = now_ms() + r->timeout_ms;
    size_t head, body;
    *out = (raw_answer){ 0 };
    drop(r, r->taken);
    r->taken = 0;
    for (;;) {
        head = head_end(r, until);
        if (head == 0 || sscanf((const char *)r->data, "HTTP/1.%*1d %3u", &out->status) != 1)
            return false;
        if (out->status >= 200)
            break;
        drop(r, head);
    }
    r->data[head - 2] = '\0';
    const char *type = header((const char *)r->data, "Content-Type");
    const char *length = header((const char *)r->data, "Content-Length");
    if (type)
        snprintf(out->content_type, sizeof out->content_type, "%.*s", (int)strcspn(type, "\r\n"), type);
    const char *coding = header((const char *)r->data, "Transfer-Encoding");
    bool chunked = coding && strncasecmp(coding, "chunked", 7) == 0;
    body = length ? (size_t)strtoull(length, NULL, 10) : RAW_MAX;
    r->data[head - 2] = '\r';
    if (chunked)
        return take_chunks(r, head, until, out);
    while (r->len - head < body && read_more(r, until))
        ;
    if (length && (body > RAW_MAX || r->len - head < body))
        return false;
    out->len = length ? body : r->len - head;
    drop(r, head);
    r->taken = out->len;
    out->body = r->data;
    return true;
}
