/* iut_reply: the input is a line from an implementation under test, or to one: an answer, what it declares, or a call.
 *
 * Oracles: it is read alike in memory with different surroundings, and nothing of the line is kept; a refusal has a
 * reason; what is read is within what the structs can hold, is written, and read again gives the same line.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "json_lines.h"

enum { ID = 7 };

typedef struct line {
    char *text; /* as it is written, or NULL: it was refused */
    char why[IUT_WHY];
} line;

static void check_reply(const tgi_reply *r)
{
    FUZZ_CHECK((unsigned)r->outcome <= IUT_OUTCOME_BROKEN, "reply", "outcome %u", (unsigned)r->outcome);
    FUZZ_CHECK(r->num_messages <= TGI_MAX_MESSAGES && r->num_keys <= TGI_MAX_KEYS, "reply", "%zu messages, %zu keys",
               r->num_messages, r->num_keys);
    for (size_t i = 0; i < r->num_messages; i++)
        FUZZ_CHECK(r->messages[i].to >= TGI_INITIATOR && r->messages[i].to <= TGI_KMS, "reply", "to %u",
                   (unsigned)r->messages[i].to);
}

/* Reads a copy of the line, lets go of it, and writes what was read. */
typedef void read_function(fuzz_block *copy, iut_pool *pool, line *out);

static void let_go(fuzz_block *copy)
{
    memset(copy->data, 0x5a, copy->len);
    fuzz_block_free(copy);
}

static void read_as_reply(fuzz_block *copy, iut_pool *pool, line *out)
{
    tgi_reply reply;
    bool ok = iut_reply_read((char *)copy->data, copy->len, ID, pool, &reply, out->why);
    let_go(copy);
    if (ok) {
        check_reply(&reply);
        out->text = iut_reply_write(ID, &reply);
        FUZZ_CHECK(out->text, "written", "a reply that was read cannot be written");
    }
}

static void read_as_hello(fuzz_block *copy, iut_pool *pool, line *out)
{
    iut_hello hello;
    bool ok = iut_hello_read((char *)copy->data, copy->len, ID, pool, &hello, out->why);
    let_go(copy);
    if (ok) {
        out->text = iut_hello_write(ID, &hello);
        FUZZ_CHECK(out->text, "written", "a declaration that was read cannot be written");
    }
}

static void read_as_call(fuzz_block *copy, iut_pool *pool, line *out)
{
    iut_call call;
    bool ok = iut_call_read((char *)copy->data, copy->len, pool, &call, out->why);
    let_go(copy);
    if (ok) {
        out->text = iut_call_write(&call);
        FUZZ_CHECK(out->text, "written", "a call that was read cannot be written");
    }
}

static line read_line(const void *data, size_t size, read_function *read_as)
{
    line out = { NULL, "" };
    iut_pool pool = { 0 };
    fuzz_block copy = fuzz_block_copy(data, size);
    read_as(&copy, &pool, &out);
    FUZZ_CHECK((out.text == NULL) == (out.why[0] != 0), "reason", "refused: %d, reason: %s", out.text == NULL, out.why);
    FUZZ_CHECK(memchr(out.why, 0, sizeof out.why), "reason", "it does not end");
    iut_pool_free(&pool);
    return out;
}

static void check(const uint8_t *data, size_t size, read_function *read_as)
{
    line first = read_line(data, size, read_as);
    if (first.text) {
        size_t len = strlen(first.text);
        FUZZ_CHECK(len > 0 && memchr(first.text, '\n', len) == first.text + len - 1, "written", "not one line");
        line second = read_line(first.text, len - 1, read_as);
        FUZZ_CHECK(second.text, "same_line", "what was written is refused: %s", second.why);
        FUZZ_CHECK(strcmp(first.text, second.text) == 0, "same_line", "%s and then %s", first.text, second.text);
        free(second.text);
    }
    free(first.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(data, size, read_as_reply);
    check(data, size, read_as_hello);
    check(data, size, read_as_call);
    return 0;
}
