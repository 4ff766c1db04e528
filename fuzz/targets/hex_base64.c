/* hex_base64: the input is text in hex or base64, and octets.
 *
 * Oracles: octets encode to text of the promised size that decodes to the same octets; text that decodes, encoded and
 * decoded again, gives the same octets in no more room than promised; hex that decodes is its own encoding but for
 * case and white space; a refusal has a place inside the text.
 */
#include "fuzz.h"

typedef tg_status decode_function(const char *text, size_t text_len, uint8_t *out, size_t *out_len, size_t *error_at);
typedef void encode_function(tg_bytes bytes, char *out);
typedef struct coding {
    const char *name;
    tg_status refusal;
    decode_function *decode;
    encode_function *encode;
    size_t (*decoded_max)(size_t);
    size_t (*encoded_size)(size_t);
} coding;

static size_t decoded(const coding *c, const fuzz_block *text, fuzz_block *out, tg_status *status)
{
    size_t len = 0, error_at = 0;
    *out = fuzz_block_new(c->decoded_max(text->len), 0xa5);
    *status = c->decode((char *)text->data, text->len, out->data, &len, &error_at);
    if (*status == TG_OK)
        FUZZ_CHECK(len <= out->len, c->name, "%zu octets in room for %zu", len, out->len);
    else
        FUZZ_CHECK(*status == c->refusal && error_at <= text->len, c->name, "%s at %zu of %zu",
                   tg_status_name(*status), error_at, text->len);
    return len;
}

static void check_encode(const coding *c, tg_bytes octets, fuzz_block *text)
{
    *text = fuzz_block_new(c->encoded_size(octets.len), 0xa5);
    c->encode(octets, (char *)text->data);
    FUZZ_CHECK(text->data[text->len - 1] == '\0' && strlen((char *)text->data) == text->len - 1, c->name,
               "%zu octets take %zu characters of %zu", octets.len, strlen((char *)text->data), text->len);
    text->len--;
    fuzz_block exact = fuzz_block_copy(text->data, text->len), again;
    tg_status status;
    size_t len = decoded(c, &exact, &again, &status);
    FUZZ_CHECK(status == TG_OK && tg_bytes_equal(octets, tg_bytes_of(again.data, len)), c->name,
               "%zu octets are other octets after a round trip (%s)", octets.len, tg_status_name(status));
    fuzz_block_free(&exact);
    fuzz_block_free(&again);
}

static bool is_white(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Case and white space aside: `written` is the library's own, `read` is what somebody gave. */
static bool says_the_same(const fuzz_block *written, const fuzz_block *read)
{
    size_t at = 0;
    for (size_t i = 0; i < read->len; i++) {
        if (is_white(read->data[i]))
            continue;
        if (at == written->len || (written->data[at++] | 0x20) != (read->data[i] | 0x20))
            return false;
    }
    return at == written->len;
}

static void check(const coding *c, const uint8_t *data, size_t size)
{
    fuzz_block input = fuzz_block_copy(data, size), octets, text;
    tg_status status;
    size_t len = decoded(c, &input, &octets, &status);
    if (status == TG_OK) {
        check_encode(c, tg_bytes_of(octets.data, len), &text);
        FUZZ_CHECK(c->refusal != TG_BAD_HEX || says_the_same(&text, &input), c->name, "it is another text");
        fuzz_block_free(&text);
    }
    check_encode(c, fuzz_bytes(&input), &text);
    fuzz_check_unchanged(&input, data);
    fuzz_block_free(&text);
    fuzz_block_free(&octets);
    fuzz_block_free(&input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const coding hex = { "hex", TG_BAD_HEX, tg_hex_decode, tg_hex_encode, tg_hex_decoded_max,
                                tg_hex_encoded_size };
    static const coding base64 = { "base64", TG_BAD_BASE64, tg_base64_decode, tg_base64_encode, tg_base64_decoded_max,
                                   tg_base64_encoded_size };
    check(&hex, data, size);
    check(&base64, data, size);
    return 0;
}
