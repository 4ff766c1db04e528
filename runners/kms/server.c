#include "server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "cli.h"
#include "watch.h"

enum { HEADER_MEMORY = 32 << 10, MAX_PAIRS = 8, DRAIN = 1 << 20 };

/* "name=value" of a query. */
typedef struct query {
    char *text;
    struct {
        const char *name, *value;
    } pairs[MAX_PAIRS];
    size_t num;
} query;

struct kms_server {
    kms_server_options o;
    kms_service *service;
    struct MHD_Daemon *daemon;
    kms_watch *watch;
    query request, resolve;
    char url[512];
    atomic_size_t answered, refused, http_errors, busy, timed_out;
};

/* A request while it comes in. */
typedef struct incoming {
    unsigned refuse; /* status; 0: none so far */
    tg_sender from;
    uint8_t *body;
    size_t len, capacity, seen;
} incoming;

/* ---- queries ------------------------------------------------------------------------------------------------ */

static bool query_set(query *q, const char *text)
{
    q->text = strdup(text);
    if (!q->text)
        return false;
    char *rest = q->text;
    for (char *pair = strsep(&rest, "&"); pair; pair = strsep(&rest, "&")) {
        char *value = strchr(pair, '=');
        if (!*pair)
            continue;
        if (q->num == MAX_PAIRS)
            return false;
        if (value)
            *value++ = '\0';
        q->pairs[q->num].name = pair;
        q->pairs[q->num++].value = value;
    }
    return true;
}

static bool query_is(const query *q, struct MHD_Connection *connection)
{
    for (size_t i = 0; i < q->num; i++) {
        const char *value = NULL;
        size_t len = 0;
        if (MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, q->pairs[i].name, strlen(q->pairs[i].name),
                                          &value, &len) != MHD_YES)
            return false;
        const char *expected = q->pairs[i].value ? q->pairs[i].value : "";
        if (strlen(expected) != len || (len > 0 && memcmp(expected, value, len) != 0))
            return false;
    }
    return true;
}

/* Which exchange the query says; false when it is neither. Without queries the data type tells. */
static bool exchange_of(const kms_server *s, struct MHD_Connection *connection, tg_sender *from)
{
    bool request = query_is(&s->request, connection), resolve = query_is(&s->resolve, connection);
    *from = request == resolve ? TG_SENDER_UNKNOWN : request ? TG_SENDER_I : TG_SENDER_R;
    return request || resolve;
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static void log_line(const kms_server *s, unsigned status, const char *what, const char *row)
{
    if (s->o.log)
        fprintf(stderr, "kms: %u %s%s%s\n", status, what, row ? " " : "", row ? row : "");
}

static enum MHD_Result reply_with(kms_server *s, struct MHD_Connection *connection, unsigned status, char *body,
                                  size_t len, bool is_mikey, bool close)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, body, body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response) {
        free(body);
        return MHD_NO;
    }
    bool ok = MHD_add_response_header(response, "Content-Type", is_mikey ? s->o.mapping.content_type : "text/plain") &&
              MHD_add_response_header(response, "Cache-Control", "no-store"); /* there are keys in it */
    if (status == s->o.mapping.status.method)
        ok = ok && MHD_add_response_header(response, "Allow", s->o.mapping.method);
    if (status == s->o.mapping.status.busy)
        ok = ok && MHD_add_response_header(response, "Retry-After", "60");
    if (close)
        ok = ok && MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = ok ? MHD_queue_response(connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(kms_server *s, struct MHD_Connection *connection, unsigned status, const char *what,
                              bool close)
{
    size_t len = strlen(what) + 1;
    char *text = malloc(len + 1);
    if (!text)
        return MHD_NO;
    snprintf(text, len + 1, "%s\n", what);
    s->http_errors++;
    log_line(s, status, what, NULL);
    return reply_with(s, connection, status, text, len, false, close);
}

static enum MHD_Result refuse_as(kms_server *s, struct MHD_Connection *connection, unsigned status, bool close)
{
    const kms_mapping *m = &s->o.mapping;
    const char *what = status == m->status.path           ? "no such resource"
                       : status == m->status.method       ? "method not allowed"
                       : status == m->status.content_type ? "unsupported content type"
                       : status == m->status.too_large    ? "the body is too large"
                                                          : "the body is no MIKEY message";
    return refuse(s, connection, status, what, close);
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
        return refuse(s, connection, m->status.malformed, "the body is no MIKEY message", false);
    }
    kms_outcome outcome = kms_service_ask(s->service, in->from, message, &reply);
    free(decoded);
    if (outcome == KMS_BUSY || outcome == KMS_OUT_OF_MEMORY) {
        s->busy++;
        return refuse(s, connection, m->status.busy,
                      outcome == KMS_BUSY ? tg_refusal_text(reply.refusal) : "out of memory", false);
    }
    if (outcome == KMS_SILENT)
        return refuse(s, connection, reply.refusal == TG_REFUSAL_TOO_LARGE ? m->status.too_large : m->status.malformed,
                      tg_refusal_text(reply.refusal), false);
    char *body = kms_body_write(form, tg_bytes_of(reply.octets, reply.len), &len);
    tg_wipe(reply.octets, reply.len);
    free(reply.octets);
    if (!body)
        return MHD_NO;
    bool refused = reply.refusal != TG_REFUSAL_NONE;
    unsigned status = refused ? m->status.error : m->status.ok;
    (*(refused ? &s->refused : &s->answered))++;
    log_line(s, status, refused ? tg_refusal_text(reply.refusal) : "answered", reply.row);
    return reply_with(s, connection, status, body, len, true, false);
}

/* ---- requests ----------------------------------------------------------------------------------------------- */

static bool content_length(struct MHD_Connection *connection, size_t *out)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    *out = text && strlen(text) < 19 ? strtoull(text, NULL, 10) : text ? SIZE_MAX : 0;
    return text != NULL;
}

/* By its headers alone; the status to refuse it with, or 0. */
static unsigned first_look(kms_server *s, struct MHD_Connection *connection, const char *path, const char *method,
                           tg_sender *from)
{
    const kms_mapping *m = &s->o.mapping;
    const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    if (strcmp(path, m->path) != 0)
        return m->status.path;
    if (strcmp(method, m->method) != 0)
        return m->status.method;
    if (!exchange_of(s, connection, from))
        return m->status.path;
    return kms_is_type(type, m->content_type) ? 0 : m->status.content_type;
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
    bool waits = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect") != NULL;
    if (content_length(connection, &len) && len > s->o.max_body) {
        in->refuse = in->refuse ? in->refuse : s->o.mapping.status.too_large;
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
        in->refuse = s->o.mapping.status.too_large;
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
        if (*context)
            kms_watch_remove(s->watch, *context);
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
                            MHD_OPTION_LISTEN_BACKLOG_SIZE, 256u, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
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
    *code = CLI_INTERNAL;
    kms_server *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->o = *options;
    s->service = service;
    s->watch = kms_watch_new(options->max_connections + 16);
    if (s->watch && query_set(&s->request, options->mapping.query_request) &&
        query_set(&s->resolve, options->mapping.query_resolve))
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
    free(s->request.text);
    free(s->resolve.text);
    free(s);
}
