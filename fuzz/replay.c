/* replay: runs a target on files and folders without a fuzzing engine; linked with every target in ordinary builds.
 *
 *   fuzz_<target> [-v] [--mutate N] [--seed S] [--timeout SECONDS] [--artifacts DIR] PATH...
 *
 * Each input is given in a block of just its size; the empty input comes first. With --mutate, N more inputs are made
 * from those by changes that the seed decides. A crash, a broken oracle or an input that takes longer than the timeout
 * ends the run: the input is named on stderr and written to DIR (the current folder without it).
 * Exit codes: 0 all went well, 3 memory ran out, 4 wrong usage, an unreadable input, or none at all; otherwise it died.
 */
#include "mutate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
/* The sanitizers' runtime, when there is one. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

enum { EXIT_MEMORY = 3, EXIT_USAGE = 4, GROWTH = 64, DEFAULT_TIMEOUT = 10 };

/* So that every end is a signal, which is where the input is named. */
const char *__asan_default_options(void)
{
    return "abort_on_error=1:allocator_may_return_null=1";
}
const char *__ubsan_default_options(void)
{
    return "abort_on_error=1:print_stacktrace=1";
}

/* ---- what runs now, for the handler ------------------------------------------------------------------------- */

static struct {
    const char *name;
    const uint8_t *data;
    size_t size;
    unsigned long mutation; /* 0: the input as it is */
    const char *artifact;
} now;
static unsigned timeout_seconds = DEFAULT_TIMEOUT;

static void say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static void say_number(unsigned long number)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    say(digits + at);
}

/* Async-signal-safe, as it runs in a signal handler. */
static void name_input(void)
{
    if (!now.name)
        return;
    say("# the input that did it: ");
    say(now.name);
    if (now.mutation) {
        say(", mutation ");
        say_number(now.mutation);
    }
    int file = open(now.artifact, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0) {
        size_t done = 0;
        while (done < now.size) {
            ssize_t wrote = write(file, now.data + done, now.size - done);
            if (wrote <= 0)
                break;
            done += (size_t)wrote;
        }
        close(file);
        say("\n# written to ");
        say(now.artifact);
    }
    say("\n");
    now.name = NULL; /* once */
}

static void on_signal(int number)
{
    if (number == SIGALRM)
        say("# the input takes too long\n");
    name_input();
    signal(number == SIGALRM ? SIGABRT : number, SIG_DFL);
    raise(number == SIGALRM ? SIGABRT : number);
}

static void watch(void)
{
    static const int signals[] = { SIGABRT, SIGALRM, SIGTERM };
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], on_signal);
    for (size_t i = 0; !__sanitizer_set_death_callback && i < sizeof faults / sizeof faults[0]; i++)
        signal(faults[i], on_signal);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(name_input);
}

/* ---- inputs ------------------------------------------------------------------------------------------------- */

typedef struct input {
    char *path;
    uint8_t *data; /* of exactly `size` octets */
    size_t size;
} input;

typedef struct inputs {
    input *list;
    size_t num, capacity;
    bool failed;
} inputs;

static void *checked(void *memory)
{
    if (!memory) {
        fputs("replay: memory ran out\n", stderr);
        exit(EXIT_MEMORY);
    }
    return memory;
}

static void refuse(inputs *all, const char *path, const char *why)
{
    fprintf(stderr, "replay: %s: %s\n", path, why);
    all->failed = true;
}

static void add(inputs *all, const char *path, uint8_t *data, size_t size)
{
    if (all->num == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 1024;
        all->list = checked(realloc(all->list, all->capacity * sizeof *all->list));
    }
    all->list[all->num++] = (input){ checked(strdup(path)), data, size };
}

static void add_file(inputs *all, const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        refuse(all, path, strerror(errno));
        return;
    }
    uint8_t *data = checked(malloc(size ? size : 1));
    bool whole = fread(data, 1, size, file) == size && fgetc(file) == EOF && !ferror(file);
    fclose(file);
    if (whole) {
        add(all, path, data, size);
    } else {
        refuse(all, path, "it could not be read whole");
        free(data);
    }
}

static void add_path(inputs *all, const char *path);

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* alphasort follows the locale */
}

static void add_folder(inputs *all, const char *path)
{
    struct dirent **entries;
    int num = scandir(path, &entries, NULL, by_name);
    if (num < 0) {
        refuse(all, path, strerror(errno));
        return;
    }
    for (int i = 0; i < num; i++) {
        size_t size = strlen(path) + strlen(entries[i]->d_name) + 2;
        char *inside = checked(malloc(size));
        snprintf(inside, size, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            add_path(all, inside);
        free(inside);
        free(entries[i]);
    }
    free(entries);
}

static void add_path(inputs *all, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        refuse(all, path, strerror(errno));
    else if (S_ISDIR(info.st_mode))
        add_folder(all, path);
    else if (S_ISREG(info.st_mode))
        add_file(all, path, (size_t)info.st_size);
    else
        refuse(all, path, "neither a file nor a folder");
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static void run(const char *name, const uint8_t *data, size_t size, unsigned long mutation, bool verbose)
{
    if (verbose && !mutation) {
        printf("# %s\n", name);
        fflush(stdout);
    }
    now.data = data;
    now.size = size;
    now.mutation = mutation;
    now.name = name;
    alarm(timeout_seconds);
    (void)LLVMFuzzerTestOneInput(data, size);
    alarm(0);
    now.name = NULL;
}

/* A copy of just its size, which the sanitizer watches over. */
static void run_mutation(const input *from, fuzz_random *random, unsigned long number)
{
    size_t capacity = from->size + GROWTH;
    uint8_t *room = checked(malloc(capacity));
    if (from->size)
        memcpy(room, from->data, from->size);
    size_t size = fuzz_mutate(random, room, from->size, capacity);
    uint8_t *exact = checked(malloc(size ? size : 1));
    memcpy(exact, room, size);
    free(room);
    run(from->path, exact, size, number, false);
    free(exact);
}

static int run_all(const inputs *all, unsigned long mutations, uint64_t seed, bool verbose)
{
    static const uint8_t nothing[1] = { 0 };
    fuzz_random random = { seed };
    run("(the empty input)", nothing, 0, 0, verbose);
    for (size_t i = 0; i < all->num; i++)
        run(all->list[i].path, all->list[i].data, all->list[i].size, 0, verbose);
    for (unsigned long i = 1; i <= mutations; i++)
        run_mutation(&all->list[fuzz_random_next(&random) % all->num], &random, i);
    printf("%zu inputs\n", all->num);
    if (mutations)
        printf("%lu mutations\n", mutations);
    return EXIT_SUCCESS;
}

/* ---- the command line --------------------------------------------------------------------------------------- */

typedef struct options {
    bool verbose;
    unsigned long mutations, seed;
    const char *artifacts;
} options;

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [-v] [--mutate N] [--seed S] [--timeout SECONDS] [--artifacts DIR] PATH...\n", program);
    return EXIT_USAGE;
}

static bool number_of(const char *text, unsigned long *out)
{
    char *end;
    errno = 0;
    *out = text ? strtoul(text, &end, 10) : 0;
    return text && *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

/* Takes the option at argv[*at]; false when it is none that is known. */
static bool take_option(char **argv, int *at, options *out)
{
    const char *name = argv[*at], *value = argv[*at + 1];
    unsigned long seconds;
    if (strcmp(name, "-v") == 0) {
        out->verbose = true;
        return true;
    }
    ++*at;
    if (strcmp(name, "--mutate") == 0)
        return number_of(value, &out->mutations);
    if (strcmp(name, "--seed") == 0)
        return number_of(value, &out->seed);
    if (strcmp(name, "--timeout") == 0 && number_of(value, &seconds) && seconds <= 3600) {
        timeout_seconds = (unsigned)seconds;
        return true;
    }
    if (strcmp(name, "--artifacts") == 0 && value) {
        out->artifacts = value;
        return true;
    }
    return false;
}

static char *artifact_path(const char *folder, const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *base = slash ? slash + 1 : program;
    size_t size = strlen(folder) + strlen(base) + sizeof "/crash-";
    char *path = checked(malloc(size));
    snprintf(path, size, "%s/crash-%s", folder, base);
    return path;
}

static void free_all(inputs *all)
{
    for (size_t i = 0; i < all->num; i++) {
        free(all->list[i].path);
        free(all->list[i].data);
    }
    free(all->list);
}

int main(int argc, char **argv)
{
    options chosen = { .seed = 1, .artifacts = "." };
    inputs all = { 0 };
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!take_option(argv, &at, &chosen))
            return usage(argv[0]);
    }
    if (at >= argc)
        return usage(argv[0]);
    for (; at < argc; at++)
        add_path(&all, argv[at]);
    if (all.num == 0 && !all.failed)
        refuse(&all, argv[argc - 1], "no input at all");
    int result = EXIT_USAGE;
    if (!all.failed) {
        char *artifact = artifact_path(chosen.artifacts, argv[0]);
        now.artifact = artifact;
        watch();
        if (LLVMFuzzerInitialize)
            LLVMFuzzerInitialize(&argc, &argv);
        result = run_all(&all, chosen.mutations, chosen.seed, chosen.verbose);
        now.artifact = NULL;
        free(artifact);
    }
    free_all(&all);
    return result;
}
