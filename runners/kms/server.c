#include "server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "cli.h"
#include "framing.h"
#include "query.h"
#include "watch.h"

enum { HEADER_MEMORY = 32 << 10, DRAIN = 1 << 20, NOT_IMPLEMENTED = 501, BAD_REQUEST = 400 };

struct kms_server {
    kms_server_options o;
    kms_service *service;
    struct MHD_Daemon *daemon;
    kms_watch *watch;
    kms_query request, resolve;
    char url[512];
    atomic_size_t answered, refused, http_errors, busy, timed_out;
};

/* Why a request is not answered with MIKEY. The statuses are settings, and may be equal: they do not tell. */
typedef enum refusal {
    REFUSE_NOTHING,
    REFUSE_PATH,
    REFUSE_METHOD,
    REFUSE_CONTENT_TYPE,
    REFUSE_TOO_LARGE,
    REFUSE_MALFORMED,
    REFUSE_BUSY,
    REFUSE_FRAMING,  /* nobody can tell where it ends */
    REFUSE_ENCODING, /* nor with a transfer coding that is not known */
    REFUSE_DOUBLED   /* it says a thing twice */
} refusal;

/* A request while it comes in. */
typedef struct incoming {
    refusal refuse;
    tg_sender from;
    uint8_t *body;
    size_t len, capacity, seen;
} incoming;

/* ---- queries ------------------------------------------------------------------------------------------------ */

/* Which exchange the query says; false when it is neither. Without queries the data type tells. */
static bool exchange_of(const kms_server *s, struct MHD_Connection *connection, tg_sender *from)
{
    bool request = kms_query_is(&s->request, connection), resolve = kms_query_is(&s->resolve, connection);
    *from = request == resolve ? TG_SENDER_UNKNOWN : request ? TG_SENDER_I : TG_SENDER_R;
    return request || resolve;
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static void log_line(const kms_server *s, unsigned status, const char *what, const char *row)
{
    if (s->o.log)
        fprintf(stderr, "kms: %u %s%s%s\n", status, what, row ? " " : "", row ? row : "");
}

/* `why` decides on the headers that belong to it. */
static enum MHD_Result reply_with(kms_server *s, struct MHD_Connection *connection, unsigned status, refusal why,
                                  char *body, size_t len, bool is_mikey, bool close)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, body, body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response) {
        free(body);
        return MHD_NO;
    }
    bool ok = MHD_add_response_header(response, "Content-Type", is_mikey ? s->o.mapping.content_type : "text/plain") &&
              MHD_add_response_header(response, "Cache-Control", "no-store"); /* there are keys in it */
    if (why == REFUSE_METHOD)
        ok = ok && MHD_add_response_header(response, "Allow", s->o.mapping.method);
    if (why == REFUSE_BUSY)
        ok = ok && MHD_add_response_header(response, "Retry-After", "60");
    if (close)
        ok = ok && MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = ok ? MHD_queue_response(connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(kms_server *s, struct MHD_Connection *connection, unsigned status, refusal why,
                              const char *what, bool close)
{
    size_t len = strlen(what) + 1;
    char *text = malloc(len + 1);
    if (!text)
        return MHD_NO;
    snprintf(text, len + 1, "%s\n", what);
    s->http_errors++;
    log_line(s, status, what, NULL);
    return reply_with(s, connection, status, why, text, len, false, close);
}

static enum MHD_Result refuse_as(kms_server *s, struct MHD_Connection *connection, refusal why, bool close)
{
    const kms_mapping *m = &s->o.mapping;
    switch (why) {
    case REFUSE_PATH:
        return refuse(s, connection, m->status.path, why, "no such resource", close);
    case REFUSE_METHOD:
        return refuse(s, connection, m->status.method, why, "method not allowed", close);
    case REFUSE_CONTENT_TYPE:
        return refuse(s, connection, m->status.content_type, why, "unsupported content type", close);
    case REFUSE_TOO_LARGE:
        return refuse(s, connection, m->status.too_large, why, "the body is too large", close);
    case REFUSE_FRAMING:
        return refuse(s, connection, BAD_REQUEST, why, "the length of the body is ambiguous", true);
    case REFUSE_ENCODING:
        return refuse(s, connection, NOT_IMPLEMENTED, why, "transfer coding not implemented", true);
    case REFUSE_DOUBLED:
        return refuse(s, connection, BAD_REQUEST, why, "a header or argument is doubled", close);
    default:
        return refuse(s, connection, m->status.malformed, why, "the body is no MIKEY message", close);
    }
}

static enum MHD_Result answer(kms_server *s, struct MHD_Connection *connection, incoming *in)
{
    const kms_mapping *m = &s->o.mapping;
    tg_bytes message;
    kms_body form;
    kms_reply reply;
    size_t len = 0;
    uint8_t *decoded = malloc(tg_base64_decoded_max(in->len));
    if (!decoded)
        return MHD_NO;
    if (!kms_body_read((kms_body)m->body, tg_bytes_of(in->body, in->len), decoded, &message, &form) ||
        message.len == 0) {
        free(decoded);
        return refuse_as(s, connection, REFUSE_MALFORMED, false);
    }
    kms_outcome outcome = kms_service_ask(s->service, in->from, message, &reply);
    free(decoded);
    if (outcome == KMS_BUSY || outcome == KMS_OUT_OF_MEMORY) {
        s->busy++;
        return refuse(s, connection, m->status.busy, REFUSE_BUSY,
                      outcome == KMS_BUSY ? tg_refusal_text(reply.refusal) : "out of memory", false);
    }
    if (outcome == KMS_SILENT)
        return refuse(s, connection, reply.refusal == TG_REFUSAL_TOO_LARGE ? m->status.too_large : m->status.malformed,
                      REFUSE_MALFORMED, tg_refusal_text(reply.refusal), false);
    char *body = kms_body_write(form, tg_bytes_of(reply.octets, reply.len), &len);
    tg_wipe(reply.octets, reply.len);
    free(reply.octets);
    if (!body)
        return MHD_NO;
    bool refused = reply.refusal != TG_REFUSAL_NONE;
    unsigned status = refused ? m->status.error : m->status.ok;
    (*(refused ? &s->refused : &s->answered))++;
    log_line(s, status, refused ? tg_refusal_text(reply.refusal) : "answered", reply.row);
    return reply_with(s, connection, status, REFUSE_NOTHING, body, len, true, false);
}

/* ---- requests ----------------------------------------------------------------------------------------------- */

static bool content_length(struct MHD_Connection *connection, size_t *out)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    *out = text && strlen(text) < 19 ? strtoull(text, NULL, 10) : text ? SIZE_MAX : 0;
    return text != NULL;
}

/* By its headers alone. */
static refusal first_look(kms_server *s, struct MHD_Connection *connection, const char *path, const char *method,
                          tg_sender *from)
{
    const kms_mapping *m = &s->o.mapping;
    const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    kms_framing framing = kms_framing_of(connection);
    if (framing != KMS_FRAMING_PLAIN)
        return framing == KMS_FRAMING_AMBIGUOUS ? REFUSE_FRAMING : REFUSE_ENCODING;
    if (strcmp(path, m->path) != 0)
        return REFUSE_PATH;
    if (strcmp(method, m->method) != 0)
        return REFUSE_METHOD;
    if (kms_framing_is_doubled(connection))
        return REFUSE_DOUBLED;
    if (!exchange_of(s, connection, from))
        return REFUSE_PATH;
    return kms_is_type(type, m->content_type) ? REFUSE_NOTHING : REFUSE_CONTENT_TYPE;
}

static enum MHD_Result begin(kms_server *s, struct MHD_Connection *connection, const char *path, const char *method,
                             void **request)
{
    size_t len = 0;
    incoming *in = calloc(1, sizeof *in);
    if (!in)
        return MHD_NO;
    *request = in;
    in->refuse = first_look(s, connection, path, method, &in->from);
    bool waits = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect") != NULL ||
                 in->refuse == REFUSE_FRAMING || in->refuse == REFUSE_ENCODING;
    if (content_length(connection, &len) && len > s->o.max_body) {
        in->refuse = in->refuse ? in->refuse : REFUSE_TOO_LARGE;
        waits = waits || len > DRAIN;
    }
    /* A client that sends its body first would not see the answer on a connection that is closed meanwhile: what is
     * not too long is read and thrown away. */
    return in->refuse && waits ? refuse_as(s, connection, in->refuse, true) : MHD_YES;
}

static enum MHD_Result take_body(const kms_server *s, incoming *in, const char *data, size_t *len)
{
    size_t num = *len;
    *len = 0;
    in->seen += num;
    if (in->seen > s->o.max_body && !in->refuse)
        in->refuse = REFUSE_TOO_LARGE;
    if (in->seen > s->o.max_body + DRAIN)
        return MHD_NO; /* it has no end: closed */
    if (in->refuse)
        return MHD_YES;
    if (in->len + num > in->capacity) {
        size_t capacity = in->capacity ? in->capacity * 2 : 2048;
        while (capacity < in->len + num)
            capacity *= 2;
        uint8_t *larger = realloc(in->body, capacity);
        if (!larger)
            return MHD_NO;
        in->body = larger;
        in->capacity = capacity;
    }
    memcpy(in->body + in->len, data, num);
    in->len += num;
    return MHD_YES;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *len, void **request)
{
    kms_server *s = user;
    (void)version;
    if (!*request)
        return begin(s, connection, path, method, request);
    incoming *in = *request;
    if (*len > 0)
        return take_body(s, in, data, len);
    if (in->refuse)
        return refuse_as(s, connection, in->refuse, false);
    return answer(s, connection, in);
}

static kms_watched *watched_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void completed(void *user, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode why)
{
    kms_server *s = user;
    incoming *in = *request;
    kms_watched *c = watched_of(connection);
    (void)why;
    if (c)
        kms_watch_again(s->watch, c);
    if (in) {
        free(in->body);
        free(in);
    }
    *request = NULL;
}

static void connected(void *user, struct MHD_Connection *connection, void **context,
                      enum MHD_ConnectionNotificationCode what)
{
    kms_server *s = user;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context) /* silence is MHD's to end, and it does not tell */
            s->timed_out += kms_watch_remove(s->watch, *context, (uint64_t)s->o.timeout * 1000);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = info ? kms_watch_add(s->watch, info->connect_fd) : NULL;
}

/* ---- starting and stopping ---------------------------------------------------------------------------------- */

static bool write_url(kms_server *s, const kms_address *a)
{
    char host[64];
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    const char *colon = strrchr(s->o.listen, ':');
    snprintf(host, sizeof host, "%.*s", (int)(colon - s->o.listen), s->o.listen);
    (void)a;
    return info &&
           snprintf(s->url, sizeof s->url, "http://%s:%u%s", host, info->port, s->o.mapping.path) < (int)sizeof s->url;
}

static struct MHD_Daemon *start_daemon(kms_server *s, kms_address *a)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | (a->is_v6 ? MHD_USE_IPv6 : 0u);
    return MHD_start_daemon(flags, 0, NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR, &a->of.any,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->o.max_connections,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)s->o.max_per_address,
                            MHD_OPTION_CONNECTION_TIMEOUT, s->o.timeout, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)HEADER_MEMORY, MHD_OPTION_THREAD_POOL_SIZE, s->o.threads > 1 ? s->o.threads : 0u,
                            MHD_OPTION_NOTIFY_COMPLETED, completed, s, MHD_OPTION_NOTIFY_CONNECTION, connected, s,
                            MHD_OPTION_LISTEN_BACKLOG_SIZE, 256u, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
                            kms_framing_unescape, NULL, MHD_OPTION_END);
}

/* All but the daemon. */
static kms_server *prepare(const kms_server_options *options, kms_service *service, int *code)
{
    const kms_mapping *m = &options->mapping;
    kms_server *s = calloc(1, sizeof *s);
    *code = CLI_INTERNAL;
    if (s) {
        s->o = *options;
        s->service = service;
        s->watch = kms_watch_new(options->max_connections + 16);
    }
    kms_query_result request = KMS_QUERY_NO_MEMORY, resolve = KMS_QUERY_NO_MEMORY;
    if (s && s->watch) {
        request = kms_query_set(&s->request, m->query_request);
        resolve = kms_query_set(&s->resolve, m->query_resolve);
    }
    if (request == KMS_QUERY_SET && resolve == KMS_QUERY_SET)
        return s;
    if (request == KMS_QUERY_TOO_LONG || resolve == KMS_QUERY_TOO_LONG) {
        cli_complain("--query-%s: more than %d pairs", request == KMS_QUERY_TOO_LONG ? "request" : "resolve",
                     KMS_QUERY_MAX_PAIRS);
        *code = CLI_USAGE;
    } else {
        cli_complain("out of memory");
    }
    if (s)
        kms_server_stop(s);
    return NULL;
}

kms_server *kms_server_start(const kms_server_options *options, kms_service *service, int *code)
{
    kms_address address;
    *code = CLI_USAGE;
    if (!kms_address_take(options->listen, &address))
        return NULL;
    if (!kms_address_is_loopback(&address) && !options->allow_remote) {
        cli_complain("--listen %s: is no loopback address, and others could ask it for keys; --allow-remote if that is "
                     "what is wanted",
                     options->listen);
        return NULL;
    }
    kms_server *s = prepare(options, service, code);
    if (!s)
        return NULL;
    s->daemon = start_daemon(s, &address);
    if (!s->daemon || !write_url(s, &address)) {
        cli_complain("--listen %s: cannot listen there (in use, or not an address of this machine)", options->listen);
        kms_server_stop(s);
        *code = CLI_USAGE;
        return NULL;
    }
    return s;
}

const char *kms_server_url(const kms_server *s)
{
    return s->url;
}

void kms_server_watch(kms_server *s)
{
    s->timed_out += kms_watch_expire(s->watch, (uint64_t)s->o.timeout * 1000 + 500); /* silence is MHD's to see first */
}

kms_counts kms_server_counts(const kms_server *s)
{
    return (kms_counts){ s->answered, s->refused, s->http_errors, s->busy, s->timed_out };
}

void kms_server_stop(kms_server *s)
{
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    kms_watch_free(s->watch);
    kms_query_free(&s->request);
    kms_query_free(&s->resolve);
    free(s);
}
