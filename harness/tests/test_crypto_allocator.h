/* An allocator for OpenSSL that fails when it is told to, counts what is in use, and looks for keys in what comes back. */
#ifndef TICKETGATE_TEST_CRYPTO_ALLOCATOR_H
#define TICKETGATE_TEST_CRYPTO_ALLOCATOR_H

#include "test_crypto_support.h"

/* Before each block: how long it is, and its neighbours among those in use. */
typedef union block_head {
    struct {
        size_t len;
        int kind;
        union block_head *next, **to_this;
    } of;
    max_align_t align;
} block_head;

static block_head *first_block;

static size_t until_failure, failures; /* until_failure 0: none fails */
static bool counts_ours;               /* only blocks that we have to free count as leaks */
static bool fails_on;                  /* once one has failed, all do */
static tg_bytes needles[16];
static const char *needle_names[16], *found;
static size_t num_needles;
static bool looks;
static bool reads_private_key;

/* Whose a block is, by the source file that asked for it. The error queue keeps its texts for the next error. What a library
 * context of OpenSSL's own is made of, it loses when memory is short while one is made (3.0 does); nothing that we hold is
 * among that. */
enum { OF_ERRORS, OF_OPENSSL, OF_OURS, NUM_KINDS };
static size_t live[NUM_KINDS];

static int kind_of(const char *file)
{
    static const char *last;
    static int kind;
    if (file == last)
        return kind;
    last = file;
    kind = !file                                                     ? OF_OPENSSL
           : strstr(file, "/err/")                                   ? OF_ERRORS
           : strstr(file, "harness/crypto") || strstr(file, "/evp/") ? OF_OURS
                                                                     : OF_OPENSSL;
    return kind;
}

static size_t count_live(void)
{
    return live[OF_OURS] + (counts_ours ? 0 : live[OF_OPENSSL]);
}

static bool fails(void)
{
    if (until_failure == 0 || --until_failure > 0)
        return false;
    until_failure = fails_on ? 1 : 0;
    failures++;
    return true;
}

static bool holds(const uint8_t *data, size_t len, tg_bytes needle)
{
    for (size_t i = 0; i + needle.len <= len; i++) {
        if (data[i] == needle.data[0] && memcmp(data + i, needle.data, needle.len) == 0)
            return true;
    }
    return false;
}

static void look(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < num_needles; i++) {
        if (looks && holds(data, len, needles[i]))
            found = needle_names[i];
    }
}

static void *counting_malloc(size_t len, const char *file, int line)
{
    (void)line;
    block_head *head = len == 0 || fails() ? NULL : malloc(sizeof *head + len);
    if (!head)
        return NULL;
    memset(head + 1, 0, len); /* so that what is found was written, not left behind by others */
    head->of.len = len;
    head->of.kind = kind_of(file);
    live[head->of.kind]++;
    head->of.next = first_block;
    head->of.to_this = &first_block;
    if (first_block)
        first_block->of.to_this = &head->of.next;
    first_block = head;
    return head + 1;
}

/* OpenSSL's decoder gives back the DER of a private key without wiping it, whichever way it is called (3.0 does). That is
 * beyond us; what anybody else gives back meanwhile is not. */
static bool is_decoders(const char *file)
{
    return reads_private_key && file && strstr(file, "/encode_decode/decode_");
}

static void counting_free(void *data, const char *file, int line)
{
    (void)line;
    if (!data)
        return;
    block_head *head = (block_head *)data - 1;
    if (!is_decoders(file))
        look(data, head->of.len);
    live[head->of.kind]--;
    *head->of.to_this = head->of.next;
    if (head->of.next)
        head->of.next->of.to_this = head->of.to_this;
    free(head);
}

static void *counting_realloc(void *data, size_t len, const char *file, int line)
{
    if (data && len == 0) {
        counting_free(data, file, line);
        return NULL;
    }
    void *out = counting_malloc(len, file, line);
    if (out && data) {
        size_t old = ((block_head *)data - 1)->of.len;
        memcpy(out, data, old < len ? old : len);
        counting_free(data, file, line);
    }
    return out;
}

#endif
