/* trace: a script (story.h) that becomes a capture: signalling, HTTP, TLS and containers of conversations whose keys the target has, judged
 * with the key file.
 *
 * Oracles: told twice, in memory with different old contents and from packets that are gone at once, it is the same; so it is with each
 * datagram in two fragments and what a connection carries in two segments, but for places; frames are there and octets lie in them; every
 * packet stands in one count, and what was told was counted; the verdict is that of the counts; no text shows octets of a key; memory stays
 * within its bound; no presenter fails; JSON is valid, and only the page's own elements stand in HTML and XML.
 */
#include <stdlib.h>

#include "shown.h"
#include "story.h"
#include "watch.h"

enum { MEMORY = 8 << 20, ALL_MEMORY = 48 << 20 };

static tgp_keys *keys;
static uint8_t old_contents;

/* The linker has the library ask here (-Wl,--wrap=malloc), so that what nobody wrote is different each time. */
void *__real_malloc(size_t size); // NOLINT(bugprone-reserved-identifier): the linker's names
void *__wrap_malloc(size_t size); // NOLINT(bugprone-reserved-identifier)
void *__wrap_malloc(size_t size)  // NOLINT(bugprone-reserved-identifier)
{
    void *out = __real_malloc(size);
    if (out)
        memset(out, old_contents, size < 65536 ? size : 65536);
    return out;
}

/* Of the address sanitizer; without it memory is not measured. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak)); // NOLINT(bugprone-reserved-identifier)

static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char why[256] = "";
    (void)argc;
    (void)argv;
    fuzz_keyed_init();
    fuzz_story_init();
    keys = tgp_keys_read(fuzz_story_keys(), strlen(fuzz_story_keys()), fuzz_crypto(), why);
    FUZZ_CHECK(keys, "init", "%s", why);
    return 0;
}

/* Each packet is a copy that is gone when it was taken. */
static void take_all(tgp_trace *trace, const fuzz_capture *capture, size_t before)
{
    for (size_t i = 0; i < capture->num; i++) {
        tgp_packet packet = fuzz_story_packet(capture, i);
        fuzz_block copy = fuzz_block_copy(packet.octets.data, packet.octets.len);
        packet.octets = fuzz_bytes(&copy);
        FUZZ_CHECK(tgp_trace_take(trace, &packet), "memory", "it ran out");
        fuzz_block_free(&copy);
        size_t now = allocated();
        FUZZ_CHECK(now <= before || now - before <= ALL_MEMORY, "memory", "%zu octets after frame %zu", now - before,
                   i + 1);
    }
}

static void run(const fuzz_capture *capture, uint8_t fill, bool show, fuzz_watch *watch)
{
    const tgp_trace_options options = { .keys = keys, .crypto = fuzz_crypto(), .memory = MEMORY };
    size_t before = allocated();
    old_contents = fill;
    *watch = (fuzz_watch){ .packets = capture->packets,
                           .num_packets = capture->num,
                           .units = capture->units,
                           .check_text = fuzz_story_check };
    tgp_trace_listener listener = fuzz_watch_listener(watch);
    fuzz_shown *shown = show ? fuzz_shown_new(&listener) : NULL;
    if (shown)
        listener = fuzz_shown_listener(shown);
    tgp_trace *trace = tgp_trace_new(&options, &listener);
    FUZZ_CHECK(trace, "memory", "none");
    take_all(trace, capture, before);
    tgp_trace_finish(trace);
    fuzz_watch_check(watch, trace);
    if (shown)
        (void)fuzz_shown_finish(shown, trace, fuzz_story_check);
    tgp_trace_free(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fuzz_capture capture;
    fuzz_watch first, second, cut;
    fuzz_story_play(data, size, FUZZ_WHOLE, &capture);
    run(&capture, 0x00, true, &first);
    run(&capture, 0xA5, false, &second);
    fuzz_story_free(&capture);
    FUZZ_CHECK(first.digest == second.digest, "same", "told twice, it is another story");
    fuzz_story_play(data, size, FUZZ_IN_TWO, &capture);
    bool all = capture.num < FUZZ_MAX_PACKETS;
    run(&capture, 0x5A, false, &cut);
    fuzz_story_free(&capture);
    FUZZ_CHECK(!all || first.digest_of_units == cut.digest_of_units, "cut_anywhere",
               "in other packets it is another story");
    return 0;
}
