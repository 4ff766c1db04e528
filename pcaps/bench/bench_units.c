/* bench_units: a capture through packets, streams and units, with a listener that does nothing: what cutting alone costs.
 *
 * usage: bench_units FILE|-; says what was counted.
 */
#include <errno.h>
#include <string.h>

#include "pcaps/units.h"

static void ignore(void *user, const tgp_unit *unit)
{
    uint64_t *octets = user;
    *octets += unit->octets.len;
}

static void show(const tgp_units *units)
{
    for (int i = 0; i < TGP_NUM_PACKETS; i++)
        printf("%s %llu\n", tgp_packet_name((tgp_packet_fate)i),
               (unsigned long long)tgp_units_packets(units, (tgp_packet_fate)i));
    for (int i = 0; i < TGP_NUM_STREAM_EVENTS; i++)
        printf("%s %llu\n", tgp_stream_event_name((tgp_stream_event)i),
               (unsigned long long)tgp_units_streams(units, (tgp_stream_event)i));
    for (int i = 0; i < TGP_NUM_UNIT_EVENTS; i++)
        printf("%s %llu\n", tgp_unit_event_name((tgp_unit_event)i),
               (unsigned long long)tgp_units_messages(units, (tgp_unit_event)i));
}

int main(int argc, char **argv)
{
    char why[256];
    uint64_t octets = 0, packets = 0;
    const tgp_units_listener listener = { .unit = ignore, .user = &octets };
    FILE *file = argc != 2 ? NULL : strcmp(argv[1], "-") == 0 ? stdin : fopen(argv[1], "rb");
    if (!file) {
        fprintf(stderr, "bench_units: %s\n", argc == 2 ? strerror(errno) : "usage: bench_units FILE|-");
        return 2;
    }
    tgp_capture *capture = tgp_capture_open(file, why);
    if (!capture) {
        fprintf(stderr, "bench_units: %s\n", why);
        return 2;
    }
    tgp_units *units = tgp_units_new(NULL, NULL, NULL, &listener);
    tgp_packet packet;
    bool enough = units != NULL;
    while (enough && tgp_capture_next(capture, &packet) == 1) {
        enough = tgp_units_take(units, &packet);
        packets++;
    }
    if (units) {
        tgp_units_finish(units);
        show(units);
        printf("packets %llu, octets of units %llu\n", (unsigned long long)packets, (unsigned long long)octets);
        tgp_units_free(units);
    }
    tgp_capture_close(capture);
    return enough ? 0 : 3;
}
