/* capture_file: a capture, pcap or pcapng, as it is in a file.
 *
 * Oracles: what is refused has a reason; packets are numbered, and together no longer than the file; after its end or an error there is nothing
 * more, and only an error has a text; read again, everything is the same; every packet has a fate. */
#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "pcaps/packets.h"

static void no_segment(void *user, const tgp_segment *segment)
{
    uint64_t *digest = user;
    *digest = (*digest + segment->data.len + segment->source.port) * 1099511628211u;
}

static uint64_t read_all(tgp_capture *capture, size_t size)
{
    uint64_t digest = 14695981039346656037u, frames = 0;
    size_t octets = 0;
    tgp_packet packet;
    tgp_dissector *d = tgp_dissector_new(NULL);
    FUZZ_CHECK(d, "memory", "none");
    int got;
    while ((got = tgp_capture_next(capture, &packet)) == 1) {
        FUZZ_CHECK(packet.frame == ++frames, "frames", "%llu", (unsigned long long)packet.frame);
        FUZZ_CHECK(packet.wire_len >= packet.octets.len, "lengths", "%u on the wire", (unsigned)packet.wire_len);
        FUZZ_CHECK(packet.link_type == tgp_capture_link_type(capture), "link", "%d", packet.link_type);
        octets += packet.octets.len;
        FUZZ_CHECK(octets <= size, "lengths", "more octets than the file has");
        for (size_t i = 0; i < packet.octets.len; i++)
            digest = (digest ^ packet.octets.data[i]) * 1099511628211u;
        digest = (digest ^ (uint64_t)packet.time) * 1099511628211u;
        unsigned fate = tgp_dissect(d, &packet, no_segment, &digest);
        FUZZ_CHECK(fate < TGP_NUM_PACKETS, "fate", "%u", fate);
    }
    FUZZ_CHECK((got == -1) == (tgp_capture_error(capture)[0] != '\0'), "error", "%d: %s", got,
               tgp_capture_error(capture));
    FUZZ_CHECK(tgp_capture_link(capture)[0] != '\0', "link", "no name");
    tgp_dissector_free(d);
    return digest + (uint64_t)got;
}

static uint64_t run_once(const uint8_t *data, size_t size)
{
    char why[256] = "";
    FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : tmpfile();
    FUZZ_CHECK(file, "memory", "none");
    tgp_capture *capture = tgp_capture_open(file, why);
    FUZZ_CHECK((capture == NULL) == (why[0] != '\0'), "refusal", "%s", why);
    if (!capture)
        return 0;
    uint64_t digest = read_all(capture, size);
    tgp_capture_close(capture);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first = run_once(data, size);
    FUZZ_CHECK(first == run_once(data, size), "same_twice", "what is read differs");
    return 0;
}
