/* The third reading: each segment that holds a rewritten message is written with what the message has become; of connections that go along, the
 * segments without data too. A datagram or stream octets that came before are written as they were then. */
#include "packets.h"

#include <stdlib.h>

#include "scrubbing.h"

/* Octets of a rewritten unit in a frame. */
typedef struct patch {
    uint64_t frame;
    uint32_t offset, len;
    const uint8_t *octets;
} patch;

/* Octets of a stream, by sequence number. */
typedef struct range {
    tgp_endpoint source, destination;
    uint32_t seq, len;
    uint8_t *octets;
} range;

typedef struct writing {
    tgs_scrub *s;
    tgs_output *output;
    patch *patches;
    size_t num_patches;
    range *ranges; /* newest last */
    size_t num_ranges;
    struct seen {
        uint64_t before;
        uint8_t *after;
        size_t len;
        tgp_endpoint source, destination;
    } * datagrams;
    size_t num_datagrams;
    const tgp_packet *packet;
    struct recent {
        uint64_t frame;
        int64_t time;
    } recent[256]; /* times of fragments */
} writing;

static int by_place(const void *a, const void *b)
{
    const patch *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static bool list_patches(writing *w)
{
    size_t num = 0;
    for (size_t i = 0; i < w->s->num_units; i++)
        num += w->s->units[i].num_pieces;
    w->patches = calloc(num + 1, sizeof *w->patches);
    if (!w->patches)
        return false;
    for (size_t i = 0; i < w->s->num_units; i++) {
        const tgs_unit *u = &w->s->units[i];
        for (size_t k = 0; !u->left_out && k < u->num_pieces; k++) {
            const tgp_piece *p = &u->pieces[k];
            if (p->offset <= u->len && p->len <= u->len - p->offset)
                w->patches[w->num_patches++] = (patch){ p->frame, p->frame_offset, p->len, u->octets + p->offset };
        }
    }
    qsort(w->patches, w->num_patches, sizeof *w->patches, by_place);
    return true;
}

static size_t first_patch(const writing *w, uint64_t frame)
{
    size_t low = 0, high = w->num_patches;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->patches[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Puts what is known of a piece of a segment into `out`, where nothing else will stand; how many octets that was. */
static size_t put_patches(const writing *w, const tgp_piece *piece, uint8_t *out)
{
    size_t covered = 0;
    uint64_t begin = piece->frame_offset, end = begin + piece->len;
    for (size_t i = first_patch(w, piece->frame); i < w->num_patches && w->patches[i].frame == piece->frame; i++) {
        const patch *p = &w->patches[i];
        uint64_t from = p->offset > begin ? p->offset : begin,
                 to = p->offset + (uint64_t)p->len < end ? p->offset + (uint64_t)p->len : end;
        if (from >= to)
            continue;
        memcpy(out + piece->offset + (from - begin), p->octets + (from - p->offset), to - from);
        covered += to - from;
    }
    return covered;
}

/* ---- what came before ---------------------------------------------------------------------------------------- */

static uint64_t hash_of(const tgp_segment *segment)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < segment->data.len; i++)
        hash = (hash ^ segment->data.data[i]) * 0x100000001b3u;
    return hash;
}

static bool same_ends(const tgp_segment *segment, const tgp_endpoint *source, const tgp_endpoint *destination)
{
    return tgp_endpoint_equals(&segment->source, source) && tgp_endpoint_equals(&segment->destination, destination);
}

static void keep_datagram(writing *w, const tgp_segment *segment, const uint8_t *data)
{
    uint8_t *copy = tgs_alloc(w->s, segment->data.len + 1);
    struct seen *seen = copy ? tgs_grow(w->s, (void **)&w->datagrams, &w->num_datagrams, sizeof *seen) : NULL;
    if (!seen)
        return;
    memcpy(copy, data, segment->data.len);
    *seen = (struct seen){ hash_of(segment), copy, segment->data.len, segment->source, segment->destination };
}

/* A retransmission: the newest thousand datagrams are looked at. */
static bool put_datagram(const writing *w, const tgp_segment *segment, uint8_t *data)
{
    uint64_t hash = hash_of(segment);
    for (size_t i = w->num_datagrams, n = 0; i > 0 && n < 1024; i--, n++) {
        const struct seen *seen = &w->datagrams[i - 1];
        if (seen->before == hash && seen->len == segment->data.len &&
            same_ends(segment, &seen->source, &seen->destination)) {
            memcpy(data, seen->after, seen->len);
            return true;
        }
    }
    return false;
}

static void keep_range(writing *w, const tgp_segment *segment, const uint8_t *data)
{
    uint8_t *copy = tgs_alloc(w->s, segment->data.len + 1);
    range *r = copy ? tgs_grow(w->s, (void **)&w->ranges, &w->num_ranges, sizeof *r) : NULL;
    if (!r)
        return;
    memcpy(copy, data, segment->data.len);
    *r = (range){ segment->source, segment->destination, segment->tcp.seq, (uint32_t)segment->data.len, copy };
}

/* Octets of the stream that were written before; how many of them. */
static size_t put_ranges(const writing *w, const tgp_segment *segment, uint8_t *data)
{
    size_t covered = 0;
    for (size_t i = w->num_ranges, n = 0; i > 0 && n < 1024; i--, n++) {
        const range *r = &w->ranges[i - 1];
        if (!same_ends(segment, &r->source, &r->destination))
            continue;
        int64_t ahead = (int32_t)(r->seq - segment->tcp.seq);
        int64_t from = ahead > 0 ? ahead : 0,
                to = ahead + r->len < (int64_t)segment->data.len ? ahead + r->len : (int64_t)segment->data.len;
        if (from >= to)
            continue;
        memcpy(data + from, r->octets + (from - ahead), (size_t)(to - from));
        covered += (size_t)(to - from);
    }
    return covered;
}

/* ---- one segment --------------------------------------------------------------------------------------------- */

static int compare_ends(const tgp_endpoint *a, const tgp_endpoint *b)
{
    int by_address = memcmp(&a->address, &b->address, sizeof a->address);
    return by_address != 0 ? by_address : (a->port > b->port) - (a->port < b->port);
}

/* The same for both directions. */
static struct tgs_ends ends_of(const tgp_endpoint *a, const tgp_endpoint *b)
{
    return compare_ends(a, b) < 0 ? (struct tgs_ends){ *a, *b } : (struct tgs_ends){ *b, *a };
}

static int by_ends(const void *a, const void *b)
{
    const struct tgs_ends *x = a, *y = b;
    int first = compare_ends(&x->client, &y->client);
    return first != 0 ? first : compare_ends(&x->server, &y->server);
}

static bool is_of_kept_connection(const tgs_scrub *s, const tgp_segment *segment)
{
    struct tgs_ends ends = ends_of(&segment->source, &segment->destination);
    return s->num_kept > 0 && bsearch(&ends, s->kept, s->num_kept, sizeof ends, by_ends) != NULL;
}

static int64_t time_of(const writing *w, uint64_t frame)
{
    const struct recent *r = &w->recent[frame % 256];
    return r->frame == frame ? r->time : w->packet->time;
}

/* How the data lay in packets. */
static size_t lay_out(const writing *w, const tgp_segment *segment, uint32_t *sizes, int64_t *times, size_t max)
{
    size_t num = 0;
    for (size_t i = 0; i < segment->num_pieces; i++) {
        const tgp_piece *p = &segment->pieces[i];
        if (num > 0 && (num == max || (i > 0 && segment->pieces[i - 1].frame == p->frame))) {
            sizes[num - 1] += p->len;
            continue;
        }
        sizes[num] = p->len;
        times[num++] = time_of(w, p->frame);
    }
    if (num == 0) {
        sizes[0] = (uint32_t)segment->data.len;
        times[0] = segment->time;
        num = 1;
    }
    return num;
}

static void write_segment(writing *w, const tgp_segment *segment, const uint8_t *data)
{
    enum { MOST_FRAGMENTS = 64 };
    uint32_t sizes[MOST_FRAGMENTS];
    int64_t times[MOST_FRAGMENTS];
    tgp_segment changed = *segment;
    tgp_names_address(&w->s->names, &changed.source.address);
    tgp_names_address(&w->s->names, &changed.destination.address);
    tgs_made made = { &changed, data, sizes, times, lay_out(w, segment, sizes, times, MOST_FRAGMENTS) };
    if (segment->data.len > TGS_MOST_DATA)
        w->s->counts->too_large++;
    else if (!tgs_output_write(w->output, &made))
        tgs_fail(w->s, "the new capture could not be written");
}

/* RFC 3550 5.1: of RTP to an end that signalling names the header is written, without CSRCs, which are who takes part in a conference, and zeros for what
 * is behind it. Payload types 64 to 95 are RTCP's (RFC 5761 4). */
static bool put_rtp(const writing *w, const tgp_segment *segment, uint8_t *data)
{
    enum { HEADER = 12, PADDING = 0x20 };
    const uint8_t *was = segment->data.data;
    if (segment->transport != TGP_UDP || segment->data.len < HEADER || was[0] >> 6 != 2 || (was[1] & 0x7f) / 32 == 2 ||
        !tgs_is_media_end(w->s, &segment->destination))
        return false;
    memset(data, 0, segment->data.len);
    memcpy(data, was, HEADER);
    data[0] &= (uint8_t)~PADDING; /* how much was said in the last octet */
    return true;
}

static void take_data(writing *w, const tgp_segment *segment, uint8_t *data)
{
    size_t covered = 0;
    bool tcp = segment->transport == TGP_TCP;
    for (size_t i = 0; i < segment->data.len; i++) { /* behind a line's end the next message begins */
        uint8_t was = segment->data.data[i];
        data[i] = tcp && (was == '\r' || was == '\n') ? was : 'x';
    }
    if (tcp)
        covered += put_ranges(w, segment, data);
    for (size_t i = 0; i < segment->num_pieces; i++)
        covered += put_patches(w, &segment->pieces[i], data);
    if (covered == 0 && !tcp && put_datagram(w, segment, data))
        covered = segment->data.len;
    if (covered == 0 && put_rtp(w, segment, data)) {
        write_segment(w, segment, data);
        return;
    }
    if (covered == 0 && !(tcp && is_of_kept_connection(w->s, segment))) {
        w->s->counts->not_understood++;
        return;
    }
    if (tcp)
        keep_range(w, segment, data);
    else
        keep_datagram(w, segment, data);
    write_segment(w, segment, data);
}

static void take_segment(void *user, const tgp_segment *segment)
{
    writing *w = user;
    if (w->s->failed || segment->transport == TGP_SCTP) {
        w->s->counts->sctp += segment->transport == TGP_SCTP && segment->data.len > 0;
        return;
    }
    if (segment->data.len == 0) {
        if (segment->transport == TGP_TCP && is_of_kept_connection(w->s, segment))
            write_segment(w, segment, NULL);
        return;
    }
    uint8_t *data = malloc(segment->data.len);
    if (!data) {
        tgs_fail(w->s, "memory ran out");
        return;
    }
    take_data(w, segment, data);
    free(data);
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

static void list_kept(tgs_scrub *s)
{
    uint64_t last = 0;
    for (size_t i = 0; i < s->num_units; i++) {
        const tgs_unit *u = &s->units[i];
        if (u->left_out || u->transport != TGP_TCP || u->connection == last)
            continue;
        last = u->connection;
        struct tgs_ends *kept = tgs_grow(s, (void **)&s->kept, &s->num_kept, sizeof *kept);
        if (kept)
            *kept = ends_of(&u->source, &u->destination);
    }
    if (s->num_kept > 0)
        qsort(s->kept, s->num_kept, sizeof *s->kept, by_ends);
}

static void write_all(writing *w, tgp_capture *capture, tgp_dissector *dissector)
{
    tgp_packet packet;
    while (!w->s->failed && tgp_capture_next(capture, &packet) == 1) {
        w->packet = &packet;
        w->recent[packet.frame % 256] = (struct recent){ packet.frame, packet.time };
        (void)tgp_dissect(dissector, &packet, take_segment, w);
        if (w->s->options->interrupted && w->s->options->interrupted(w->s->options->user))
            tgs_fail(w->s, "stopped");
    }
}

void tgs_write_packets(tgs_scrub *s, FILE *in, FILE *out)
{
    char why[256] = "";
    writing w = { .s = s };
    tgp_capture *capture = tgp_capture_open(in, why);
    tgp_dissector *dissector = tgp_dissector_new(NULL);
    w.output = tgs_output_open(out);
    if (!capture || !dissector || !w.output || !list_patches(&w)) {
        tgs_fail(s, capture ? "memory ran out" : why);
    } else {
        list_kept(s);
        write_all(&w, capture, dissector);
    }
    if (w.output) {
        s->counts->written = tgs_output_num(w.output);
        if (!tgs_output_close(w.output))
            tgs_fail(s, "the new capture could not be written");
    }
    if (capture)
        tgp_capture_close(capture);
    tgp_dissector_free(dissector);
    free(w.patches);
    free(w.ranges);
    free(w.datagrams);
}
