/* The three readings, one behind the other. */
#include <stdlib.h>
#include <unistd.h>

#include "scrubbing.h"

struct tgs_block {
    struct tgs_block *next;
    size_t size;
};

void tgs_fail(tgs_scrub *s, const char *why)
{
    if (!s->failed)
        (void)snprintf(s->why, 256, "%s", why);
    s->failed = true;
}

void *tgs_alloc(tgs_scrub *s, size_t size)
{
    struct tgs_block *block = NULL;
    if (s->failed)
        return NULL;
    if (size > s->limit || s->held > s->limit - size) {
        tgs_fail(s, "the messages of the capture take more memory than is allowed; cut it into smaller ones");
        return NULL;
    }
    block = calloc(1, sizeof *block + size);
    if (!block) {
        tgs_fail(s, "memory ran out");
        return NULL;
    }
    *block = (struct tgs_block){ s->blocks, size };
    s->blocks = block;
    s->held += size + sizeof *block;
    return block + 1;
}

void *tgs_grow(tgs_scrub *s, void **array, size_t *num, size_t size)
{
    if (s->failed)
        return NULL;
    if ((*num & (*num - 1)) == 0) { /* room for as many again */
        size_t capacity = *num ? 2 * *num : 1;
        void *grown = capacity <= s->limit / size ? realloc(*array, capacity * size) : NULL;
        if (!grown) {
            tgs_fail(s, "memory ran out");
            return NULL;
        }
        *array = grown;
    }
    return (uint8_t *)*array + (*num)++ * size;
}

static void free_all(tgs_scrub *s)
{
    while (s->blocks) {
        struct tgs_block *block = s->blocks;
        s->blocks = block->next;
        tg_wipe(block + 1, block->size);
        free(block);
    }
    free(s->records);
    free(s->units);
    free(s->fingerprints);
    free(s->secret_ends);
    free(s->kept);
    free(s->media_ends);
    free(s->containers);
    free(s->teks);
    tgp_names_free(&s->names);
}

/* The capture reader takes its file over: it gets another handle of the same file each time. */
static FILE *again(tgs_scrub *s, FILE *in)
{
    int fd = dup(fileno(in));
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (!file || fseeko(file, 0, SEEK_SET) != 0) {
        tgs_fail(s, "the capture cannot be read twice");
        if (file)
            (void)fclose(file);
        else if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    return file;
}

tg_status tgp_scrub(FILE *in, FILE *out, const tgp_scrub_options *options, tg_text *keys_out, tgp_scrub_counts *counts,
                    char *why)
{
    tgs_scrub s = { .options = options,
                    .counts = counts,
                    .why = why,
                    .keys_out = keys_out,
                    .limit = options->memory ? options->memory : TGP_SCRUB_MEMORY,
                    .names = { .crypto = options->crypto } };
    memset(counts, 0, sizeof *counts);
    memcpy(s.names.secret, options->secret, sizeof s.names.secret);
    why[0] = '\0';
    const tg_profile *profile =
        options->profile ? options->profile : tg_profile_find("ims-mixed"); /* as tgp_calls has it */
    const tg_indications *said = &profile->indications;
    const char *const kept[] = { said->requested, said->applied, said->parameter, said->msrp, said->bfcp };
    for (size_t i = 0, num = 0; i < sizeof kept / sizeof *kept; i++) {
        if (kept[i])
            s.names.kept[num++] = kept[i];
    }
    for (int reading = 1; reading <= 3 && !s.failed; reading++) {
        FILE *file = again(&s, in);
        if (!file)
            break;
        if (reading == 1)
            tgs_read_messages(&s, file);
        else if (reading == 2)
            tgs_gather(&s, file);
        if (reading == 2 && !s.failed)
            tgs_rewrite(&s);
        if (reading == 3)
            tgs_write_packets(&s, file, out);
    }
    counts->addresses = s.names.num_addresses;
    if (s.names.failed)
        tgs_fail(&s, "there are too many addresses in the capture, or memory ran out");
    bool failed = s.failed;
    free_all(&s);
    return failed ? TG_REFUSED : TG_OK;
}
