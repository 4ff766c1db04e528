/* An adapter between `ticketgate gate` and your implementation, as a shared object: fill in one function after the other.
 *
 *     gcc -shared -fPIC -I PATH/TO/ticketgate/harness/include -o adapter.so adapter.c      (and your sources, or -lyours)
 *     ticketgate gate --iut ./adapter.so
 *
 * ticketgate/iut.h is the manual of the calls, runners/ATTACHING.md that of the words in `can`. What is not declared is
 * skipped, and the gate says so. First steps:
 *
 *  1. put your name into the interface at the end of this file;
 *  2. write "decode" into `can`: cases now pass, and some fail, since ten octets of a header are no parser yet.
 *     `ticketgate gate --iut ./adapter.so -k decode` shows which. Put your parser there;
 *  3. then a role: its name into `roles`, "psk", "mode-1" and "suite-128" into `can`; open_session, start and receive.
 *
 * The gate runs this in a process of its own. If it crashes or hangs, the case that did it is named and the run goes on.
 * What is printed to standard output or error is shown with that case.
 */
#include <stdlib.h>
#include <string.h>

#include "ticketgate/iut.h"

/* What you keep for a session: one role of one party. Here: a copy of the last message that was made. */
typedef struct session {
    tgi_role role;
    uint8_t out[65536];
} session;

static int unsupported(tgi_reply *reply)
{
    reply->outcome = TGI_UNSUPPORTED;
    return 0;
}

/* `error`: a class of ATTACHING.md. */
static int rejected(tgi_reply *reply, const char *error)
{
    reply->outcome = TGI_REJECTED;
    reply->error = error;
    return 0;
}

/* A message to send. What a reply points to has to live until the next call of the session: here it is copied there. */
__attribute__((unused)) static int send_message(session *s, tgi_reply *reply, tgi_role to, const uint8_t *data, size_t len)
{
    if (len > sizeof s->out)
        return -1; /* anything but 0: this adapter broke down */
    memcpy(s->out, data, len);
    reply->messages[0].to = to;
    reply->messages[0].octets.data = s->out;
    reply->messages[0].octets.len = len;
    reply->num_messages = 1;
    return 0;
}

/* RFC 3830 6.1, the common header: version, data type, next payload, V and PRF func, CSB ID, #CS, CS ID map type. */
static int decode(tgi_octets message, tgi_reply *reply)
{
    if (message.len < 10 || message.data[9] > 2) /* CS ID map type: SRTP-ID, empty, GENERIC-ID */
        return rejected(reply, "parse");
    return 0; /* accepted; with "reencode" in `can`: reply->reencoded is the message built anew */
}

/* `what` has identities, keys, algorithms, policies: all by the names of RFC 6043. */
static int open_session(const tgi_open *what, void **place, tgi_reply *reply)
{
    session *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->role = what->role;
    free(s); /* instead: *place = s; return 0; */
    *place = NULL;
    return unsupported(reply);
}

/* "request", "transfer" or "update": make the message and send_message() it. Time is only what `now` says. */
static int start(void *place, const char *what, const tgi_transfer *update, bool with_response, uint64_t now,
                 tgi_reply *reply)
{
    (void)place, (void)what, (void)update, (void)with_response, (void)now;
    return unsupported(reply);
}

/* A message came: check it, answer it. Set reply->established once the crypto sessions have their keys. */
static int receive(void *place, tgi_role from, tgi_octets message, uint64_t now, tgi_reply *reply)
{
    (void)place, (void)from, (void)message, (void)now;
    return unsupported(reply);
}

static void close_session(void *place)
{
    free(place);
}

/* With "smime" in `can`: a CMS ContentInfo and KEKs with their identifiers. Once the tag has verified, reply->content. Else
 * rejected(reply, "parse"), "encr_alg", "id" or "auth", and nothing of the content. */
static int open_container(tgi_octets container, const tgi_kek *keys, size_t num_keys, tgi_reply *reply)
{
    (void)container, (void)keys, (void)num_keys;
    return unsupported(reply);
}

/* what->content for each of what->keys, under a content key and a nonce that are new each time: reply->container. */
static int make_container(const tgi_container *what, tgi_reply *reply)
{
    (void)what;
    return unsupported(reply);
}

const tgi_interface *ticketgate_iut(void)
{
    static const tgi_interface interface = {
        .size = sizeof interface,
        .version = TGI_VERSION,
        .name = "my-stack",
        .release = "0",
        .roles = "",     /* "initiator responder kms" */
        .profiles = "*", /* "rfc6043 ims-media"; "*": all */
        .can = "",       /* "decode psk mode-1 suite-128 errors error-classes session-keys ..." */
        .decode = decode,
        .open = open_session,
        .start = start,
        .receive = receive,
        .close = close_session,
        .open_container = open_container,
        .make_container = make_container,
    };
    return &interface;
}
