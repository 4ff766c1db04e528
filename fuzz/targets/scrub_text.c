/* scrub_text: a text of SIP, SDP, HTTP or MSRP, which pcap scrub is to change in place.
 *
 * Oracles: nothing is written outside (the sanitizer sees to it); lines end where they did; the same secret gives the same text again, whatever was
 * changed before; wherever the marker stands in the input, it is no more (names of XML's elements stay: without "xml" in it); the data of chunks lie
 * inside, in order.
 */
#include <stdlib.h>
#include <strings.h>

#include "../../pcaps/scrub/texts.h"
#include "fuzz.h"

static const char marker[] = "Quillfeather";
enum { FORMS = 4 };
static tg_crypto *crypto;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    FUZZ_CHECK(tg_crypto_new(&crypto) == TG_OK, "init", "no crypto");
    return 0;
}

static void scrub(tgp_names *names, int form, const fuzz_block *text)
{
    static const char *const kept[] = { "/keymanagement?requesttype=ticketrequest" };
    char *octets = (char *)text->data;
    size_t body_at = text->len / 2;
    switch (form) {
    case 0:
        tgp_scrub_sip(names, octets, text->len, "3ge2ae");
        break;
    case 1:
        tgp_scrub_sdp(names, octets, text->len, NULL);
        break;
    case 2:
        tgp_scrub_msrp(names, octets, text->len);
        break;
    default:
        for (size_t i = 0; i + 4 <= text->len; i++) {
            if (memcmp(octets + i, "\r\n\r\n", 4) == 0) {
                body_at = i + 4;
                break;
            }
        }
        tgp_scrub_http(names, octets, body_at, kept, 1);
        tgp_scrub_http_body(names, octets, text->len, body_at);
        break;
    }
}

static bool holds(const uint8_t *text, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++) {
        if (strncasecmp((const char *)text + i, word, n) == 0)
            return true;
    }
    return false;
}

static void check_chunks(const uint8_t *data, size_t size)
{
    fuzz_block text = fuzz_block_copy(data, size);
    size_t *places = calloc(size + 1, sizeof *places);
    size_t num = places ? tgp_scrub_chunk_data((char *)text.data, size, size / 2, places) : 0;
    FUZZ_CHECK(num <= size, "chunks_inside", "%zu octets of %zu", num, size);
    for (size_t i = 0; i < num; i++)
        FUZZ_CHECK(places[i] < size && (i == 0 || places[i] > places[i - 1]), "chunks_inside", "octet %zu at %zu", i,
                   places[i]);
    fuzz_check_unchanged(&text, data);
    free(places);
    fuzz_block_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool has_xml = holds(data, size, "xml");
    tgp_names names = { .crypto = crypto };
    memset(names.secret, 7, sizeof names.secret);
    for (int form = 0; form < FORMS; form++) {
        tgp_names fresh = { .crypto = crypto };
        memset(fresh.secret, 7, sizeof fresh.secret);
        fuzz_block one = fuzz_block_copy(data, size), other = fuzz_block_copy(data, size);
        scrub(&names, form, &one);
        scrub(&fresh, form, &other);
        FUZZ_CHECK(names.failed || fresh.failed || size == 0 || memcmp(one.data, other.data, size) == 0, "same_again",
                   "form %d: another text", form);
        for (size_t i = 0; i < size; i++)
            FUZZ_CHECK((data[i] == '\n') == (one.data[i] == '\n'), "lines_stay", "form %d: octet %zu", form, i);
        FUZZ_CHECK(has_xml || !holds(one.data, size, marker), "marker_gone", "form %d: %s is still there", form,
                   marker);
        fuzz_block_free(&one);
        fuzz_block_free(&other);
        tgp_names_free(&fresh);
    }
    tgp_names_free(&names);
    check_chunks(data, size);
    return 0;
}
