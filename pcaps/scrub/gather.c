/* The second reading: all application messages, in memory, and the ends of RTP that signalling names. */
#include "scrubbing.h"

#include <stdlib.h>

typedef struct gathering {
    tgs_scrub *s;
    tgp_calls *calls; /* reads descriptions, for the ends of their media */
} gathering;

/* ---- media -------------------------------------------------------------------------------------------------- */

static int by_end(const void *a, const void *b)
{
    const tgp_endpoint *x = a, *y = b;
    int by_address = memcmp(&x->address, &y->address, sizeof x->address);
    return by_address != 0 ? by_address : (x->port > y->port) - (x->port < y->port);
}

/* Each once. */
static void order_ends(tgs_scrub *s)
{
    size_t num = 0;
    if (s->num_media_ends > 0)
        qsort(s->media_ends, s->num_media_ends, sizeof *s->media_ends, by_end);
    for (size_t i = 0; i < s->num_media_ends; i++) {
        if (num == 0 || by_end(&s->media_ends[num - 1], &s->media_ends[i]) != 0)
            s->media_ends[num++] = s->media_ends[i];
    }
    s->num_media_ends = num;
}

bool tgs_is_media_end(const tgs_scrub *s, const tgp_endpoint *end)
{
    return s->num_media_ends > 0 && bsearch(end, s->media_ends, s->num_media_ends, sizeof *end, by_end) != NULL;
}

/* The same end is named by each answer and each copy of it: one right behind the other counts once. */
static void take_media_end(void *user, const tgp_endpoint *end, bool rtp)
{
    const gathering *g = user;
    tgs_scrub *s = g->s;
    for (size_t i = 0; i < 8 && i < s->num_media_ends; i++) {
        if (by_end(&s->media_ends[s->num_media_ends - 1 - i], end) == 0)
            return;
    }
    tgp_endpoint *one =
        rtp && !s->failed ? tgs_grow(s, (void **)&s->media_ends, &s->num_media_ends, sizeof *one) : NULL;
    if (one)
        *one = *end;
}

/* What else they find was found in the first reading. */
static void ignore_message(void *user, tgp_call *call, const tgp_unit *unit, const tg_sip_head *head)
{
    (void)user, (void)call, (void)unit, (void)head;
}

static void ignore_found(void *user, const tgp_found *found)
{
    (void)user, (void)found;
}

static void ignore_immediate(void *user, tgp_call *call, const tgp_unit *unit)
{
    (void)user, (void)call, (void)unit;
}

static void ignore_finding(void *user, const tgp_trace_finding *finding)
{
    (void)user, (void)finding;
}

static void ignore_call(void *user, tgp_call *call)
{
    (void)user, (void)call;
}

static tgp_calls *make_calls(gathering *g)
{
    const tgp_calls_listener listener = { .message = ignore_message,
                                          .found = ignore_found,
                                          .immediate = ignore_immediate,
                                          .finding = ignore_finding,
                                          .media_end = take_media_end,
                                          .closed = ignore_call,
                                          .user = g };
    const tgp_calls_options options = { .profile = g->s->options->profile ? g->s->options->profile
                                                                          : tg_profile_find("ims-mixed") };
    return tgp_calls_new(&options, &listener);
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static bool is_kept(const tgp_unit *unit)
{
    return unit->transport == TGP_UDP || unit->transport == TGP_TCP; /* SCTP is left out */
}

static void take_unit(void *user, const tgp_unit *unit)
{
    const gathering *g = user;
    tgs_scrub *s = g->s;
    if (unit->kind == TGP_UNIT_SIP && !s->failed && !tgp_calls_take(g->calls, unit))
        tgs_fail(s, "memory ran out");
    tgs_unit *u = s->failed || !is_kept(unit) ? NULL : tgs_grow(s, (void **)&s->units, &s->num_units, sizeof *u);
    if (!u) {
        s->counts->left_out[unit->kind] += s->failed ? 0 : 1;
        return;
    }
    *u = (tgs_unit){ .kind = unit->kind,
                     .connection = unit->connection,
                     .frame = unit->frame,
                     .source = unit->source,
                     .destination = unit->destination,
                     .transport = unit->transport,
                     .len = unit->octets.len,
                     .num_pieces = unit->num_pieces,
                     .from_first = unit->tls.from_first,
                     .datagram = unit->tls.datagram };
    u->octets = tgs_alloc(s, unit->octets.len + 1);
    u->pieces = tgs_alloc(s, (unit->num_pieces + 1) * sizeof *u->pieces);
    if (!u->octets || !u->pieces) {
        u->len = u->num_pieces = 0;
        return;
    }
    if (unit->octets.len > 0)
        memcpy(u->octets, unit->octets.data, unit->octets.len);
    if (unit->num_pieces > 0)
        memcpy(u->pieces, unit->pieces, unit->num_pieces * sizeof *u->pieces);
}

void tgs_gather(tgs_scrub *s, FILE *in)
{
    gathering g = { .s = s };
    const tgp_units_listener listener = { .unit = take_unit, .user = &g };
    const tgp_units_limits limits = { .tls_octets = SIZE_MAX / 2 };
    char why[256] = "";
    tgp_capture *capture = tgp_capture_open(in, why);
    g.calls = capture ? make_calls(&g) : NULL;
    tgp_units *units = g.calls ? tgp_units_new(&limits, NULL, NULL, &listener) : NULL;
    tgp_packet packet;
    while (units && !s->failed && tgp_capture_next(capture, &packet) == 1) {
        if (s->options->interrupted && s->options->interrupted(s->options->user))
            tgs_fail(s, "stopped");
        else if (!tgp_units_take(units, &packet))
            tgs_fail(s, "memory ran out");
    }
    if (!units)
        tgs_fail(s, capture ? "memory ran out" : why);
    else if (!s->failed)
        tgp_units_finish(units);
    order_ends(s);
    tgp_units_free(units);
    tgp_calls_free(g.calls);
    if (capture)
        tgp_capture_close(capture);
}
