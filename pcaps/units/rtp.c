/* RTP and SRTP (RFC 3550 5.1) to ends that signalling names. A table with linear probing; when it is full, the ends named first make room: those that
 * were named again since have another turn. */
#include <stdlib.h>

#include "parts.h"

enum { SLOTS = 1 << 14, MOST = SLOTS / 2, STREAMS = 4 };

typedef struct expected {
    tgp_endpoint end;
    bool used, renewed;
    unsigned num_streams;
    struct {
        uint32_t ssrc, told;
    } streams[STREAMS]; /* others of the same end are counted, not told */
} expected;

struct tgu_rtp {
    expected *slots;
    tgp_endpoint *order; /* a ring of those in the table */
    size_t num, first, packets_told;
};

tgu_rtp *tgu_rtp_new(size_t packets_told)
{
    tgu_rtp *rtp = calloc(1, sizeof *rtp);
    if (rtp)
        rtp->packets_told = packets_told;
    return rtp;
}

static size_t home_of(const tgp_endpoint *end)
{
    static const tgp_endpoint none = { 0 };
    return tgu_hash_ends(end, &none) % SLOTS;
}

static expected *find(tgu_rtp *rtp, const tgp_endpoint *end)
{
    for (size_t i = home_of(end); rtp->slots[i].used; i = (i + 1) % SLOTS) {
        if (tgp_endpoint_equals(&rtp->slots[i].end, end))
            return &rtp->slots[i];
    }
    return NULL;
}

/* Takes it out and closes the gap that it leaves among those that were put behind it. */
static void drop(tgu_rtp *rtp, expected *one)
{
    size_t gap = (size_t)(one - rtp->slots);
    for (size_t i = (gap + 1) % SLOTS; rtp->slots[i].used; i = (i + 1) % SLOTS) {
        size_t home = home_of(&rtp->slots[i].end);
        bool between = gap < i ? home > gap && home <= i : home > gap || home <= i;
        if (between)
            continue;
        rtp->slots[gap] = rtp->slots[i];
        gap = i;
    }
    memset(&rtp->slots[gap], 0, sizeof rtp->slots[gap]);
}

static bool make_table(tgu_rtp *rtp)
{
    rtp->slots = calloc(SLOTS, sizeof *rtp->slots);
    rtp->order = calloc(MOST, sizeof *rtp->order);
    if (rtp->slots && rtp->order)
        return true;
    free(rtp->slots);
    free(rtp->order);
    rtp->slots = NULL;
    rtp->order = NULL;
    return false;
}

/* At most once round: a turn that was given is taken back. */
static void make_room(tgu_rtp *rtp)
{
    while (rtp->num == MOST) {
        tgp_endpoint end = rtp->order[rtp->first];
        expected *oldest = find(rtp, &end);
        rtp->first = (rtp->first + 1) % MOST;
        rtp->num--;
        if (oldest && oldest->renewed) {
            oldest->renewed = false;
            rtp->order[(rtp->first + rtp->num++) % MOST] = end;
        } else if (oldest) {
            drop(rtp, oldest);
        }
    }
}

/* What was told of an end that is named again belongs to what was said of it before. */
bool tgu_rtp_expect(tgu_rtp *rtp, const tgp_endpoint *end)
{
    if (!rtp->slots && !make_table(rtp))
        return false;
    expected *known = find(rtp, end);
    if (known) {
        *known = (expected){ .end = *end, .used = true, .renewed = true };
        return true;
    }
    make_room(rtp);
    size_t i = home_of(end);
    while (rtp->slots[i].used)
        i = (i + 1) % SLOTS;
    rtp->slots[i] = (expected){ .end = *end, .used = true };
    rtp->order[(rtp->first + rtp->num++) % MOST] = *end;
    return true;
}

bool tgu_rtp_may_be(tg_bytes octets)
{
    /* RFC 5761 4: payload types 64 to 95 are RTCP's. */
    return octets.len >= 12 && octets.data[0] >> 6 == 2 && (octets.data[1] & 0x7f) / 32 != 2;
}

bool tgu_rtp_is(tgu_rtp *rtp, const tgp_endpoint *destination, tg_bytes octets, bool *tell)
{
    const uint8_t *data = octets.data;
    *tell = false;
    expected *end = rtp->slots && tgu_rtp_may_be(octets) ? find(rtp, destination) : NULL;
    if (!end)
        return false;
    uint32_t ssrc = (uint32_t)data[8] << 24 | (uint32_t)data[9] << 16 | (uint32_t)data[10] << 8 | data[11];
    unsigned i = 0;
    while (i < end->num_streams && end->streams[i].ssrc != ssrc)
        i++;
    if (i == end->num_streams && i < STREAMS)
        end->streams[end->num_streams++].ssrc = ssrc;
    *tell = i < STREAMS && end->streams[i].told++ < rtp->packets_told;
    if (i < STREAMS && end->streams[i].told > rtp->packets_told)
        end->streams[i].told = (uint32_t)rtp->packets_told; /* it does not go round */
    return true;
}

void tgu_rtp_free(tgu_rtp *rtp)
{
    if (rtp) {
        free(rtp->slots);
        free(rtp->order);
    }
    free(rtp);
}
