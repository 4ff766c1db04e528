/* bench_traffic: a capture made up for benchmarks, to standard output, of any length and in little memory.
 *
 * usage: bench_traffic KIND [--packets N] [--seed N] [--flows N] [--megabytes N]
 *
 * KIND: mixed, invites, invites-same-address, other (see kinds.h; --packets, 200,000 by default) or flows (--flows, 1,000,000 by default,
 * --megabytes, 5,000 by default). Exit codes: 0; 1: could not be written (SIGPIPE is not ignored); 2: usage; 3: no memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"

enum { BUFFER = 1 << 20 };

typedef struct order {
    const char *kind;
    uint64_t packets, seed, flows, megabytes;
} order;

static bool take(order *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        uint64_t *to;
    } options[] = {
        { "--packets", &o->packets }, { "--seed", &o->seed }, { "--flows", &o->flows }, { "--megabytes", &o->megabytes }
    };
    char *rest;
    errno = 0;
    unsigned long long number = strtoull(value, &rest, 10);
    if (errno != 0 || *rest != '\0' || rest == value || *value == '-')
        return false;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(name, options[i].name) == 0) {
            *options[i].to = number;
            return true;
        }
    }
    return false;
}

static int usage(void)
{
    fputs("usage: bench_traffic mixed|invites|invites-same-address|other|flows [--packets N] [--seed N] [--flows N] "
          "[--megabytes N]\n",
          stderr);
    return 2;
}

/* 0, or an exit code. */
static int make(traffic *t, const order *o, const sip_mikey *mikey)
{
    if (strcmp(o->kind, "mixed") == 0 || strcmp(o->kind, "other") == 0)
        return kinds_mixed(t, mikey, o->packets, o->kind[0] == 'm') ? 0 : 3;
    if (strcmp(o->kind, "flows") == 0) {
        if (o->flows == 0 || o->flows > (1u << 26))
            return usage();
        kinds_flows(t, mikey, o->flows, o->megabytes * 1000000);
        return 0;
    }
    bool same = strcmp(o->kind, "invites-same-address") == 0;
    if (!same && strcmp(o->kind, "invites") != 0)
        return usage();
    kinds_invites(t, mikey, o->packets, same);
    return 0;
}

int main(int argc, char **argv)
{
    static sip_mikey mikey;
    order o = { .packets = 200000, .seed = 1, .flows = 1000000, .megabytes = 5000 };
    traffic t;
    if (argc < 2 || argc % 2 != 0)
        return usage();
    o.kind = argv[1];
    for (int i = 2; i < argc; i += 2) {
        if (!take(&o, argv[i], argv[i + 1]))
            return usage();
    }
    if (!sip_make_mikey(&mikey)) {
        fputs("bench_traffic: no memory\n", stderr);
        return 3;
    }
    static char buffer[BUFFER];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    traffic_begin(&t, stdout, o.seed);
    int code = make(&t, &o, &mikey);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("bench_traffic: could not be written\n", stderr);
        return 1;
    }
    return code;
}
