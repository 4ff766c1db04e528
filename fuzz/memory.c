#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fuzz_fail(const char *oracle, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "oracle %s: ", oracle);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    fflush(stderr);
    abort();
}

/* malloc(0) may give one octet that can be read; the end of a block of one octet cannot. */
fuzz_block fuzz_block_new(size_t len, uint8_t fill)
{
    fuzz_block block = { .len = len };
    block.base = malloc(len ? len : 1);
    if (!block.base) {
        fputs("fuzz: memory ran out\n", stderr);
        exit(3);
    }
    block.data = len ? block.base : block.base + 1;
    memset(block.base, fill, len ? len : 1);
    return block;
}

fuzz_block fuzz_block_copy(const void *data, size_t len)
{
    fuzz_block block = fuzz_block_new(len, 0);
    if (len)
        memcpy(block.data, data, len);
    return block;
}

void fuzz_block_free(fuzz_block *block)
{
    free(block->base);
    *block = (fuzz_block){ 0 };
}

void fuzz_check_unchanged(const fuzz_block *block, const void *original)
{
    FUZZ_CHECK(block->len == 0 || memcmp(block->data, original, block->len) == 0, "input_unchanged",
               "the %zu octets given were written to", block->len);
}
