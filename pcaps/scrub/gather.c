/* The second reading: all application messages, in memory. */
#include "scrubbing.h"

#include <stdlib.h>

static bool is_kept(const tgp_unit *unit)
{
    return unit->transport == TGP_UDP || unit->transport == TGP_TCP; /* SCTP is left out */
}

static void take_unit(void *user, const tgp_unit *unit)
{
    tgs_scrub *s = user;
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
    const tgp_units_listener listener = { .unit = take_unit, .user = s };
    const tgp_units_limits limits = { .tls_octets = SIZE_MAX / 2, .rtp_packets = SIZE_MAX / 2 };
    char why[256] = "";
    tgp_capture *capture = tgp_capture_open(in, why);
    tgp_units *units = capture ? tgp_units_new(&limits, NULL, NULL, &listener) : NULL;
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
    tgp_units_free(units);
    if (capture)
        tgp_capture_close(capture);
}
