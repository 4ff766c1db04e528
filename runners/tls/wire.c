#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_datagram(const wire *w)
{
    return w->captured.datagrams;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* A datagram that nobody takes any more is no end: it may be the next one that is taken (RFC 6347 4.1.2.7). But where nothing has come
 * yet, nobody listens. */
static bool is_passing(const wire *w)
{
    return is_datagram(w) && ((errno == ECONNREFUSED && w->heard) || errno == EMSGSIZE);
}

static int send_octets(BIO *bio, const char *octets, size_t len, size_t *done)
{
    wire *w = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t sent = send(w->fd, octets, len, MSG_NOSIGNAL);
    if (sent < 0 && is_passing(w))
        sent = (ssize_t)len;
    if (sent < 0) {
        if (would_block())
            BIO_set_retry_write(bio);
        else
            w->error = errno;
        return 0;
    }
    capture_add(&w->captured, w->is_client, octets, (size_t)sent);
    *done = (size_t)sent;
    return 1;
}

/* The next datagram that came early; 0 when there is none. */
static size_t take_early(wire *w, char *out, size_t capacity)
{
    if (w->early_used == w->early_len)
        return 0;
    size_t len = (size_t)w->early[w->early_used] << 8 | w->early[w->early_used + 1];
    size_t kept = len < capacity ? len : capacity;
    memcpy(out, w->early + w->early_used + 2, kept);
    w->early_used += 2 + len;
    return kept;
}

static int receive_octets(BIO *bio, char *out, size_t capacity, size_t *done)
{
    wire *w = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t got = (ssize_t)take_early(w, out, capacity);
    if (got == 0) {
        got = recv(w->fd, out, capacity, 0);
        if (got == 0 && is_datagram(w)) {
            errno = EAGAIN; /* a datagram of no octets */
            got = -1;
        }
    }
    if (got < 0 && (would_block() || is_passing(w))) {
        BIO_set_retry_read(bio);
        return 0;
    }
    if (got <= 0) {
        w->ended = true;
        w->error = got < 0 ? errno : 0;
        return 0;
    }
    w->heard = true;
    capture_add(&w->captured, !w->is_client, out, (size_t)got);
    *done = (size_t)got;
    return 1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    const wire *w = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return w->ended;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return WIRE_MTU;
    default:
        return 0;
    }
}

static BIO_METHOD *method(void)
{
    static BIO_METHOD *made; /* for as long as the program runs */
    if (made)
        return made;
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "captured socket");
    if (m && BIO_meth_set_write_ex(m, send_octets) && BIO_meth_set_read_ex(m, receive_octets) &&
        BIO_meth_set_ctrl(m, control))
        made = m;
    else
        BIO_meth_free(m);
    return made;
}

BIO *wire_bio(wire *w)
{
    const BIO_METHOD *m = method();
    BIO *bio = m ? BIO_new(m) : NULL;
    if (bio) {
        BIO_set_data(bio, w);
        BIO_set_init(bio, 1);
    }
    return bio;
}

bool wire_add_early(wire *w, const uint8_t *datagram, size_t len)
{
    if (len > UINT16_MAX || w->early_len > (size_t)1 << 18)
        return false;
    uint8_t *larger = realloc(w->early, w->early_len + 2 + len);
    if (!larger)
        return false;
    w->early = larger;
    w->early[w->early_len] = (uint8_t)(len >> 8);
    w->early[w->early_len + 1] = (uint8_t)len;
    memcpy(w->early + w->early_len + 2, datagram, len);
    w->early_len += 2 + len;
    return true;
}

void wire_free(wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
    free(w->early);
    w->early = NULL;
    w->early_len = w->early_used = 0;
    capture_free(&w->captured);
}
