/* bench_codec: messages parsed a second by Ticketgate and by GStreamer's gst_mikey_message_new_from_data, on the same
 * RFC 3830 messages, in turn in one process, and the ratio. Also heap allocations a message of each, counted.
 *
 * usage: bench_codec [ROUNDS [MESSAGES-A-ROUND]]; the figures are medians over the rounds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <gst/sdp/gstmikey.h>

#include "bench_messages.h"
#include "ticketgate/message.h"

/* ---- allocations: malloc and its kin, counted on the way to the C library ----------------------------------- */

static uint64_t num_allocations;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t num, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    num_allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t num, size_t size)
{
    num_allocations++;
    return __libc_calloc(num, size);
}

void *realloc(void *old, size_t size)
{
    num_allocations++;
    return __libc_realloc(old, size);
}

/* ---- the two parsers ---------------------------------------------------------------------------------------- */

static uint8_t arena_memory[1 << 16];

static bool parse_ticketgate(tg_bytes octets)
{
    tg_arena arena = tg_arena_of(arena_memory, sizeof arena_memory);
    tg_message *message;
    return tg_message_parse(octets, &arena, &message, NULL) == TG_OK;
}

static bool parse_gstreamer(tg_bytes octets)
{
    GstMIKEYMessage *message = gst_mikey_message_new_from_data(octets.data, octets.len, NULL, NULL);
    if (!message)
        return false;
    gst_mikey_message_unref(message);
    return true;
}

typedef struct parser {
    const char *name;
    bool (*parse)(tg_bytes octets);
} parser;
static const parser parsers[2] = { { "ticketgate", parse_ticketgate }, { "gstreamer", parse_gstreamer } };

/* ---- measuring ---------------------------------------------------------------------------------------------- */

#define MAX_ROUNDS 101

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double nanoseconds_each(const parser *p, tg_bytes octets, unsigned num)
{
    double start = now();
    for (unsigned i = 0; i < num; i++) {
        if (!p->parse(octets)) {
            fprintf(stderr, "bench_codec: %s does not parse a message of the benchmark\n", p->name);
            exit(3);
        }
    }
    return (now() - start) * 1e9 / num;
}

static double allocations_each(const parser *p, tg_bytes octets)
{
    enum { num = 1000 };
    uint64_t before = num_allocations;
    for (unsigned i = 0; i < num; i++)
        (void)!p->parse(octets);
    return (double)(num_allocations - before) / num;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double median(double *values, unsigned num)
{
    qsort(values, num, sizeof *values, compare_doubles);
    return values[num / 2];
}

static double measure(const bench_message *message, unsigned rounds, unsigned num)
{
    uint8_t octets_of[512];
    size_t len, error_at;
    if (tg_hex_decode(message->hex, strlen(message->hex), octets_of, &len, &error_at) != TG_OK)
        exit(3);
    tg_bytes octets = tg_bytes_of(octets_of, len);
    double times[2][MAX_ROUNDS], ratios[MAX_ROUNDS], allocations[2];
    for (unsigned i = 0; i < 2; i++) {
        (void)nanoseconds_each(&parsers[i], octets, num / 10 + 1); /* warm-up */
        allocations[i] = allocations_each(&parsers[i], octets);
    }
    for (unsigned round = 0; round < rounds; round++) {
        /* In turn, so that a change of the machine's speed meets both. */
        for (unsigned i = 0; i < 2; i++)
            times[i][round] = nanoseconds_each(&parsers[i], octets, num);
        ratios[round] = times[1][round] / times[0][round];
    }
    printf("%s (%zu octets)\n", message->title, len);
    for (unsigned i = 0; i < 2; i++) {
        double ns = median(times[i], rounds);
        printf("  %-10s %8.1f ns a message  %10.0f messages a second  %5.1f allocations a message\n", parsers[i].name, ns,
               1e9 / ns, allocations[i]);
    }
    double ratio = median(ratios, rounds);
    printf("  ratio      %8.1f\n", ratio);
    return ratio;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 21;
    unsigned num = argc > 2 ? (unsigned)atoi(argv[2]) : 20000;
    if (rounds == 0 || rounds > MAX_ROUNDS || num == 0) {
        fprintf(stderr, "usage: bench_codec [ROUNDS (1 to %d) [MESSAGES-A-ROUND]]\n", MAX_ROUNDS);
        return 4;
    }
    gst_init(NULL, NULL);
    printf("median of %u rounds of %u messages, the parsers in turn\n", rounds, num);
    double least = 0;
    for (size_t i = 0; i < bench_num_messages; i++) {
        double ratio = measure(&bench_messages[i], rounds, num);
        least = i == 0 || ratio < least ? ratio : least;
    }
    printf("least ratio %.1f\n", least);
    return 0;
}
