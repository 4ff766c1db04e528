#include "ends.h"

#include <errno.h>

#include "cli.h"

bool tls_ends_init(tls_ends *e, const char *command)
{
    *e = (tls_ends){ .source = { .tek_option = "tek", .conversation_option = "conversation" },
                     .next_source = { .tek_option = "next-tek", .conversation_option = "next-conversation" },
                     .listen = "127.0.0.1:0",
                     .sessions = 1,
                     .timeout = 10,
                     .most = (size_t)16 << 20,
                     .quiet = 1000 };
    e->report.command = command;
    /* What an openssl.cnf says of versions, suites and options is not to change what is tested here. */
    if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)) {
        cli_complain("libssl could not be set up");
        return false;
    }
    if (!verifying_init(&e->v))
        return false;
    e->report.crypto = e->v.crypto;
    return true;
}

void tls_ends_free(tls_ends *e)
{
    tls_key_wipe(&e->key);
    tls_key_wipe(&e->next_key);
    verifying_free(&e->v);
}

int64_t tls_ends_deadline(const tls_ends *e)
{
    return tls_now() + (int64_t)e->timeout * 1000;
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static bool take_text(tls_ends *e, const char *name, const char *value)
{
    const struct {
        const char *name, **out;
    } texts[] = { { "conversation", &e->source.conversation },
                  { "cs", &e->source.cs },
                  { "tek", &e->source.tek },
                  { "next-conversation", &e->next_source.conversation },
                  { "next-cs", &e->next_source.cs },
                  { "next-tek", &e->next_source.tek },
                  { "ciphers", &e->ciphers },
                  { "identity", &e->identity },
                  { "hint", &e->hint },
                  { "version", &e->version },
                  { "listen", &e->listen },
                  { "send", &e->send },
                  { "transcript", &e->transcript } };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].out = value;
            return true;
        }
    }
    return false;
}

static bool take_flag(tls_ends *e, const char *name)
{
    const struct {
        const char *name;
        bool *out;
    } flags[] = { { "dtls", &e->datagrams },
                  { "allow-null", &e->allow_null },
                  { "allow-remote", &e->allow_remote },
                  { "allow-eof", &e->allow_eof },
                  { "echo", &e->echo },
                  { "force", &e->force },
                  { "show-keys", &e->report.show_keys } };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].out = true;
            return true;
        }
    }
    return false;
}

bool tls_ends_take(void *user, const char *name, const char *value)
{
    tls_ends *e = user;
    bool known;
    bool ok = verifying_take(&e->v, name, value, &known);
    if (known)
        return ok;
    if (take_text(e, name, value) || take_flag(e, name))
        return true;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, tls_output_names, &e->report.output);
    if (strcmp(name, "sessions") == 0)
        return cli_take_size(name, value, 100000, &e->sessions);
    if (strcmp(name, "timeout") == 0)
        return cli_take_size(name, value, 3600, &e->timeout);
    if (strcmp(name, "quiet") == 0)
        return cli_take_size(name, value, 3600000, &e->quiet);
    if (strcmp(name, "receive") == 0)
        return cli_take_size(name, value, (size_t)1 << 30, &e->receive);
    return cli_take_size(name, value, (size_t)1 << 30, &e->most); /* max-data */
}

static bool take_version(const tls_ends *e, int *out)
{
    *out = !e->version ? 0 : strcmp(e->version, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    if (*out == TLS1_3_VERSION && strcmp(e->version, "1.3") != 0) {
        cli_complain("--version %s: must be 1.2 or 1.3", e->version);
        return false;
    }
    return true;
}

int tls_ends_ready(tls_ends *e, bool server, bool next, SSL_CTX **out)
{
    tls_setup *setup = next ? &e->next_setup : &e->setup;
    tls_key *key = next ? &e->next_key : &e->key;
    tls_key_source *source = next ? &e->next_source : &e->source;
    source->force = e->force;
    *setup = (tls_setup){ .server = server,
                          .datagrams = e->datagrams,
                          .allow_eof = e->allow_eof,
                          .key = key,
                          .identity = e->identity,
                          .hint = e->hint };
    *out = NULL;
    if (!take_version(e, &setup->version) || !tls_suites_read(e->ciphers, e->allow_null, &setup->suites))
        return CLI_USAGE;
    int code = tls_key_load(source, &e->v, key);
    if (code != CLI_OK)
        return code;
    *out = tls_context_new(setup);
    return *out ? CLI_OK : CLI_USAGE;
}

int tls_ends_converse(tls_ends *e, SSL_CTX *context, unsigned number, tls_leg *leg, tls_flow *flow, int fd,
                      const tls_peer *peer, int64_t deadline)
{
    bool started = tls_leg_start(leg, context, &e->setup, fd, (const struct sockaddr *)&peer->address, peer->len);
    if (started) {
        if (tls_leg_handshake(leg, deadline))
            tls_flow_run(flow, leg, deadline);
        tls_leg_close(leg, deadline);
    }
    /* UDP says only now what connect() says of TCP. */
    bool is_absent = started && e->datagrams && !leg->wire.heard && leg->wire.error == ECONNREFUSED;
    if (is_absent)
        cli_complain("no connection: %s", strerror(leg->wire.error));
    else if (started)
        tls_report_leg(&e->report, number, leg, flow);
    tls_leg_free(leg);
    tg_text_free(&flow->kept);
    return !started ? CLI_INTERNAL : is_absent ? CLI_INCONCLUSIVE : CLI_OK;
}
