/* ticketgate kms */
#include <stdio.h>
#include <time.h>

#include "cli.h"
#include "cmd.h"
#include "reference.h"
#include "server.h"

#define MOST_REPLAY ((size_t)16 << 20)
#define MOST_BODY ((size_t)1 << 20)

static const cli_option options[] = {
    { "listen", "ADDR:PORT", "127.0.0.1:8080 unless given; port 0: any that is free" },
    { "allow-remote", NULL, "listen at an address that is no loopback address" },
    DEPLOYMENT_OPTIONS,
    { "print-deployment", NULL, "print the built-in test deployment as such a file" },
    KMS_MAPPING_OPTIONS,
    { "plain-errors", NULL, "Errors without a MAC" },
    { "max-body", "SIZE", "of a request, as it travels; 64K unless given" },
    { "max-connections", "N", "at a time; 256 unless given" },
    { "max-per-address", "N", "of one address; as --max-connections unless given" },
    { "timeout", "S", "seconds from the beginning of a request to its end; 10 unless given" },
    { "threads", "N", "4 unless given" },
    { "replay", "N", "requests remembered against replay, for the skew; 131072 unless given" },
    { "deviation", "NAME",
      "be wrong in this way, to test whoever talks to it: one of ticketgate\nconverse --list-deviations, or a mutant "
      "of the bundled reference" },
    { "log", NULL, "a line on standard error for each request" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "kms",
    "",
    "Serves the reference KMS over HTTP: Ticket Request and Ticket Resolve.",
    options,
    "When it listens, its URL is the one line on standard output. SIGINT and SIGTERM end it.\n"
    "How 3GPP maps the exchanges to HTTP is in no text that was at hand: the mapping is settings.\n\n"
    "Requests are remembered until their timestamps are too old to be accepted (twice the skew\n"
    "at the most). With --replay requests remembered, further ones get status `busy` until then;\n"
    "nothing is forgotten early. A time that is fixed (--now) never passes.\n\n"
    "exit codes:\n"
    "  0   ended by a signal\n"
    "  3   internal error, or the output could not be written\n"
    "  4   wrong usage, unreadable keys, or an address that it does not listen at\n\n"
    "examples:\n"
    "  ticketgate kms --listen 127.0.0.1:0\n"
    "  ticketgate kms --known keys.json --body base64 --path /kms --query-request '' --query-resolve ''\n",
};

typedef struct kms {
    deployment d;
    kms_server_options o;
    kms_service_options s;
    bool print;
} kms;

static bool take_number(kms *k, const char *name, const char *value, bool *known)
{
    const struct {
        const char *name;
        size_t most, *out;
    } sizes[] = { { "max-body", MOST_BODY, &k->o.max_body },
                  { "max-connections", 10000, &k->o.max_connections },
                  { "max-per-address", 10000, &k->o.max_per_address },
                  { "replay", MOST_REPLAY, &k->s.replay } };
    const struct {
        const char *name;
        size_t most;
        unsigned *out;
    } small[] = { { "timeout", 3600, &k->o.timeout }, { "threads", 64, &k->o.threads } };
    *known = true;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (strcmp(name, sizes[i].name) == 0)
            return cli_take_size(name, value, sizes[i].most, sizes[i].out);
    }
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        size_t number = 0;
        if (strcmp(name, small[i].name) != 0)
            continue;
        bool ok = cli_take_size(name, value, small[i].most, &number);
        *small[i].out = (unsigned)number;
        return ok;
    }
    *known = false;
    return true;
}

/* A mutant, where it is no more than a deviation, or a deviation. */
static bool take_deviation(kms *k, const char *value)
{
    const iut_variant *v = iut_variant_find(value);
    if (v && !v->configure && !v->dislikes && !v->withholds && !v->keys)
        k->s.deviation = iut_variant_deviation(v);
    if (!k->s.deviation)
        k->s.deviation = tg_deviation_find(value);
    if (!k->s.deviation)
        cli_complain("--deviation %s: there is no such deviation (see ticketgate converse --list-deviations)", value);
    return k->s.deviation != NULL;
}

static bool take(void *user, const char *name, const char *value)
{
    kms *k = user;
    bool known;
    bool ok = deployment_take(&k->d, name, value, &known);
    if (!known)
        ok = kms_mapping_take(&k->o.mapping, name, value, &known);
    if (!known)
        ok = take_number(k, name, value, &known);
    if (known)
        return ok;
    if (strcmp(name, "listen") == 0)
        k->o.listen = value;
    if (strcmp(name, "deviation") == 0)
        return take_deviation(k, value);
    k->o.allow_remote = k->o.allow_remote || strcmp(name, "allow-remote") == 0;
    k->o.log = k->o.log || strcmp(name, "log") == 0;
    k->s.plain_errors = k->s.plain_errors || strcmp(name, "plain-errors") == 0;
    k->print = k->print || strcmp(name, "print-deployment") == 0;
    return true;
}

static int serve(kms *k, kms_service *service)
{
    static const struct timespec moment = { 0, 50000000 };
    int code = CLI_INTERNAL;
    kms_server *server = kms_server_start(&k->o, service, &code);
    if (!server)
        return code;
    cli_print("%s\n", kms_server_url(server));
    cli_flush();
    if (!k->d.path)
        fprintf(stderr, "kms: the built-in test deployment: its keys are published\n");
    while (!cli_interrupted() && !cli_write_failed()) {
        nanosleep(&moment, NULL);
        kms_server_watch(server);
    }
    kms_counts c = kms_server_counts(server);
    kms_server_stop(server);
    fprintf(stderr, "kms: %zu answered, %zu refused, %zu HTTP errors (%zu busy), %zu connections timed out\n",
            c.answered, c.refused, c.http_errors, c.busy, c.timed_out);
    cli_forget_signal(); /* it is how a service ends */
    return CLI_OK;
}

static int run(kms *k, int argc, char **argv, int first)
{
    if (first < argc) {
        cli_complain("%s: nothing is read (see ticketgate kms --help)", argv[first]);
        return CLI_USAGE;
    }
    if (k->print)
        return deployment_print(&k->d);
    int code = deployment_load(&k->d);
    if (code != CLI_OK)
        return code;
    if (k->d.known.secrets.tpk.len == 0 || k->d.list.num == 0) {
        cli_complain("%s: a KMS needs secrets.tpk, and subscribers or identities with keys", k->d.path);
        return CLI_USAGE;
    }
    kms_mapping_settle(&k->o.mapping, &k->d.known.profile);
    if (k->o.max_per_address == 0)
        k->o.max_per_address = k->o.max_connections;
    kms_service *service = kms_service_new(&k->d, &k->s);
    if (!service) {
        cli_complain("the KMS could not be set up: out of memory");
        return CLI_INTERNAL;
    }
    code = serve(k, service);
    kms_service_free(service);
    return code;
}

int cmd_kms(int argc, char **argv)
{
    kms k = { .o = { .listen = "127.0.0.1:8080",
                     .max_body = (size_t)64 << 10,
                     .max_connections = 256,
                     .timeout = 10,
                     .threads = 4 },
              .s = { .replay = 131072, .max_message = TG_MAX_MESSAGE_DEFAULT } };
    int first;
    kms_mapping_init(&k.o.mapping);
    if (!deployment_init(&k.d))
        return CLI_INTERNAL;
    int code = cli_parse(&command, argc, argv, take, &k, &first);
    if (code < 0)
        code = run(&k, argc, argv, first);
    deployment_free(&k.d);
    return code;
}
