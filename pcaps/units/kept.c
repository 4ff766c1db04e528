#include "kept.h"

#include <stdlib.h>

/* ---- user pointer -------------------------------------------------------------------------------------------------- */

/* What the bits say, from the lowest: that they are bits; that something was recognised once; TOLD and TLS; 12 of each direction; octets of TLS that were
 * told, or the number of HTTP transactions and of responses without a request, or (BIT_SEARCHED) of each direction the octets that were passed over. */
enum {
    BITS = 1,
    BIT_KNOWN = 2,
    BIT_TOLD = 4,
    BIT_TLS = 8,
    SIDE_AT = 4,
    SIDE_BITS = 12,
    BIT_SEARCHED = 1 << (SIDE_AT + 2 * SIDE_BITS),
    COUNT_AT = SIDE_AT + 2 * SIDE_BITS + 1,
    PASSED_BITS = 16,
    TRANSACTION_BITS = 23 /* the rest: `unpaired` */
};
enum {
    SIDE_KIND = 7,
    SIDE_HUNTING = 8,
    SIDE_BLANK = 16,
    SIDE_LEFT = 32,
    SIDE_GAPPED = 64,
    SIDE_MID_LINE = 128,
    SIDE_TRIES_AT = 8
};
#define COUNT_MAX ((UINT64_C(1) << (64 - COUNT_AT)) - 1)
#define TRANSACTIONS_MAX ((UINT64_C(1) << TRANSACTION_BITS) - 1)

static bool is_flow(const tgp_connection *connection)
{
    return connection->user && ((uintptr_t)connection->user & BITS) == 0;
}

bool tgu_is_known(const tgp_connection *connection)
{
    return is_flow(connection) || ((uintptr_t)connection->user & BIT_KNOWN) != 0;
}

static uint64_t bits_of_side(const tgu_side *side)
{
    return (uint64_t)(side->kind | (side->hunting ? SIDE_HUNTING : 0) | (side->blank ? SIDE_BLANK : 0) |
                      (side->left ? SIDE_LEFT : 0) | (side->gapped ? SIDE_GAPPED : 0) |
                      (side->mid_line ? SIDE_MID_LINE : 0) | (side->tries & 15) << SIDE_TRIES_AT);
}

static void side_of_bits(uint64_t bits, tgu_side *side)
{
    side->kind = bits & SIDE_KIND;
    side->hunting = bits & SIDE_HUNTING;
    side->blank = bits & SIDE_BLANK;
    side->left = bits & SIDE_LEFT;
    side->gapped = bits & SIDE_GAPPED;
    side->mid_line = bits & SIDE_MID_LINE;
    side->tries = bits >> SIDE_TRIES_AT & 15;
}

static bool is_idle(const tgu_side *side)
{
    return !side->tape.data && !side->tape.pieces && side->need == 0 && side->searched == 0 && side->phase == 0 &&
           side->skip == 0;
}

static bool is_searched(const tgu_flow *flow)
{
    return flow->sides[0].passed > 0 || flow->sides[1].passed > 0;
}

/* Can all that is known of it be said in bits? */
static bool fits_bits(const tgu_flow *flow)
{
    bool has_http = flow->transactions > 0 || flow->unpaired > 0;
    return sizeof(uintptr_t) >= sizeof(uint64_t) && is_idle(&flow->sides[0]) && is_idle(&flow->sides[1]) &&
           !flow->pending && (!flow->tls || !has_http) && flow->tls_octets <= COUNT_MAX &&
           flow->transactions <= TRANSACTIONS_MAX && flow->unpaired <= COUNT_MAX >> TRANSACTION_BITS &&
           (!is_searched(flow) || (!flow->tls && !has_http));
}

static void *bits_of(const tgu_flow *flow, bool known)
{
    uint64_t count = flow->tls ? flow->tls_octets : flow->transactions | flow->unpaired << TRANSACTION_BITS;
    if (is_searched(flow))
        count = flow->sides[0].passed | (uint64_t)flow->sides[1].passed << PASSED_BITS;
    uint64_t bits = BITS | (known ? BIT_KNOWN : 0) | (flow->told ? BIT_TOLD : 0) | (flow->tls ? BIT_TLS : 0) |
                    (is_searched(flow) ? BIT_SEARCHED : 0) | count << COUNT_AT;
    for (unsigned i = 0; i < 2; i++)
        bits |= bits_of_side(&flow->sides[i]) << (SIDE_AT + SIDE_BITS * i);
    return (void *)(uintptr_t)bits;
}

/* A connection of which nothing is known yet has no bits. */
static tgu_flow flow_of_bits(const tgp_connection *connection)
{
    uint64_t bits = (uintptr_t)connection->user;
    tgu_flow flow = { .connection = *connection, .told = bits & BIT_TOLD, .tls = bits & BIT_TLS };
    for (unsigned i = 0; i < 2; i++) {
        side_of_bits(bits >> (SIDE_AT + SIDE_BITS * i), &flow.sides[i]);
        if (bits == 0)
            flow.sides[i].hunting = !connection->from_start;
    }
    for (unsigned i = 0; i < 2 && (bits & BIT_SEARCHED) != 0; i++)
        flow.sides[i].passed = (uint16_t)(bits >> (COUNT_AT + PASSED_BITS * i));
    if (flow.tls) {
        flow.tls_octets = bits >> COUNT_AT;
    } else if ((bits & BIT_SEARCHED) == 0) {
        flow.transactions = bits >> COUNT_AT & TRANSACTIONS_MAX;
        flow.unpaired = bits >> COUNT_AT >> TRANSACTION_BITS;
    }
    return flow;
}

unsigned tgu_tries_of(const tgp_connection *connection, unsigned from)
{
    return is_flow(connection) ? 0 : flow_of_bits(connection).sides[from].tries;
}

void tgu_note_try(tgp_connection *connection, unsigned from)
{
    tgu_flow flow = flow_of_bits(connection);
    flow.sides[from].tries++; /* TRIES is far from 15 */
    flow.sides[from].hunting = true;
    connection->user = bits_of(&flow, false);
}

/* ---- memory -------------------------------------------------------------------------------------------------------- */

static void unlist(tgp_units *units, tgu_flow *flow)
{
    if (!flow->listed)
        return;
    if (flow->older)
        flow->older->newer = flow->newer;
    else
        units->oldest = flow->newer;
    if (flow->newer)
        flow->newer->older = flow->older;
    else
        units->newest = flow->older;
    flow->older = flow->newer = NULL;
    flow->listed = false;
}

static void list_newest(tgp_units *units, tgu_flow *flow)
{
    unlist(units, flow);
    flow->older = units->newest;
    if (units->newest)
        units->newest->newer = flow;
    else
        units->oldest = flow;
    units->newest = flow;
    flow->listed = true;
}

void tgu_account(tgp_units *units, tgu_flow *flow)
{
    size_t memory = tgu_tape_memory(&flow->sides[0].tape) + tgu_tape_memory(&flow->sides[1].tape);
    memory += flow->pending_memory;
    units->held += memory - flow->memory;
    flow->memory = memory;
    if (memory == 0)
        unlist(units, flow);
    else if (!flow->listed)
        list_newest(units, flow);
}

void tgu_reset_message(tgu_side *side)
{
    side->need = side->searched = side->seen = side->head = 0;
    side->waiting = false;
    side->pass = side->passed_frame = 0;
    side->phase = 0;
}

void tgu_drop_tape(tgu_side *side)
{
    tgu_tape_free(&side->tape);
    tgu_reset_message(side);
}

/* What was kept the longest makes room. */
static void make_room(tgp_units *units, const tgu_flow *but)
{
    while (units->held > units->limits.memory && units->oldest) {
        tgu_flow *flow = units->oldest;
        for (unsigned i = 0; i < 2; i++) {
            tgu_side *side = &flow->sides[i];
            if (side->tape.len == 0)
                continue;
            if (!side->hunting)
                tgu_count(units, TGP_UNITS_TOO_LARGE);
            tgu_drop_tape(side);
            side->hunting = side->gapped = true;
        }
        tgu_pending_forget(flow);
        tgu_account(units, flow);
        unlist(units, flow);
        if (flow == but)
            break;
    }
}

void tgu_keep(tgp_units *units, tgu_flow *flow, unsigned from, const tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    if (!tgu_tape_add(&side->tape, front)) {
        units->no_memory = true;
        tgu_drop_tape(side);
        side->hunting = true;
    }
    list_newest(units, flow);
    tgu_account(units, flow);
    make_room(units, flow);
}

/* A flow for the time of one call: the one that is there, or `local`, made from the bits. */
tgu_flow *tgu_enter(const tgp_connection *connection, tgu_flow *local)
{
    if (is_flow(connection))
        return connection->user;
    *local = flow_of_bits(connection);
    return local;
}

/* And back: into bits where they say all, else to the heap. */
void tgu_settle(tgp_units *units, tgp_connection *connection, tgu_flow *flow, const tgu_flow *local)
{
    tgu_account(units, flow);
    if (fits_bits(flow)) {
        connection->user = bits_of(flow, true);
        if (flow != local)
            free(flow);
    } else if (flow == local) {
        tgu_flow *kept = malloc(sizeof *kept);
        bool listed = flow->listed;
        unlist(units, flow);
        if (!kept) {
            units->no_memory = true;
            tgu_drop_tape(&flow->sides[0]);
            tgu_drop_tape(&flow->sides[1]);
            tgu_pending_free(flow);
            tgu_account(units, flow);
            connection->user = NULL;
            return;
        }
        *kept = *flow;
        connection->user = kept;
        if (listed)
            list_newest(units, kept);
    }
    make_room(units, NULL);
}
