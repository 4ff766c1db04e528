/* The room: its options, and units on their way in. */
#include <stdlib.h>

#include "immediates.h"
#include "registrations.h"
#include "room.h"

#define SECOND 1000000000
#define DEFAULT_MEMORY ((size_t)16 << 20)
#define LEAST_MEMORY ((size_t)256 << 10)

static bool make_tables(tgp_calls *calls)
{
    size_t buckets = 256;
    while (buckets < calls->limit / 1024 && buckets < (size_t)1 << 20)
        buckets *= 2;
    calls->mask = buckets - 1;
    calls->by_id = calloc(buckets, sizeof *calls->by_id);
    calls->by_number = calloc(buckets, sizeof *calls->by_number);
    calls->by_icid = calloc(buckets, sizeof *calls->by_icid);
    calls->transfers = calloc(buckets, sizeof *calls->transfers);
    calls->ends = calloc(buckets, sizeof *calls->ends);
    calls->octets = malloc(TG_SIP_MAX_OCTETS);
    calls->registrations = tgpc_registrations_new();
    calls->immediates = tgpc_immediates_new();
    return calls->by_id && calls->by_number && calls->by_icid && calls->transfers && calls->ends && calls->octets &&
           calls->registrations && calls->immediates;
}

tgp_calls *tgp_calls_new(const tgp_calls_options *options, const tgp_calls_listener *listener)
{
    tgp_calls *calls = calloc(1, sizeof *calls);
    if (!calls)
        return NULL;
    calls->listener = *listener;
    calls->options = *options;
    calls->profile = options->profile ? options->profile : tg_profile_find("ims-mixed");
    calls->indications = calls->profile->indications;
    calls->limit = options->memory ? options->memory : DEFAULT_MEMORY;
    if (calls->limit < LEAST_MEMORY)
        calls->limit = LEAST_MEMORY;
    calls->quiet = options->quiet > 0 ? options->quiet : (int64_t)180 * SECOND;
    if (!make_tables(calls)) {
        tgp_calls_free(calls);
        return NULL;
    }
    return calls;
}

void tgp_calls_free(tgp_calls *calls)
{
    if (!calls)
        return;
    for (int list = 0; list < 2; list++) {
        tgp_call *call = calls->lists[list].oldest;
        while (call) {
            tgp_call *newer = call->newer;
            tgpc_call_free(call);
            call = newer;
        }
    }
    for (int class = 0; class < 2; class ++) {
        tgpc_block *block = calls->spare[class];
        while (block) {
            tgpc_block *next = block->next;
            free(block);
            block = next;
        }
    }
    free(calls->by_id);
    free(calls->by_number);
    free(calls->by_icid);
    free(calls->transfers);
    free(calls->ends);
    free(calls->full);
    free(calls->octets);
    free(calls->arena);
    free(calls->body_arena);
    tgpc_registrations_free(calls->registrations);
    tgpc_immediates_free(calls->immediates);
    free(calls);
}

bool tgp_calls_take(tgp_calls *calls, const tgp_unit *unit)
{
    calls->failed = false;
    if (unit->time > calls->now)
        calls->now = unit->time;
    switch (unit->kind) {
    case TGP_UNIT_SIP:
        tgpc_take_sip(calls, unit);
        tgpc_close_quiet(calls, calls->now);
        break;
    case TGP_UNIT_RTP:
        tgpc_take_rtp(calls, unit);
        break;
    case TGP_UNIT_TLS:
    case TGP_UNIT_MSRP:
    case TGP_UNIT_BFCP:
        tgpc_take_stream(calls, unit);
        break;
    default:
        break;
    }
    if (calls->current && calls->current->full) /* what comes of it now is a call of its own */
        tgpc_close_full(calls->current);
    calls->current = NULL;
    return !calls->failed;
}

uint64_t tgp_calls_num(const tgp_calls *calls)
{
    return calls->num_calls;
}

uint64_t tgp_calls_closed_early(const tgp_calls *calls)
{
    return calls->closed_early;
}

void tgpc_overlook(tgp_calls *calls)
{
    calls->closed_early++;
}

uint64_t tgp_calls_unread(const tgp_calls *calls)
{
    return calls->unread;
}

bool tgp_calls_has_subject(const tgp_calls *calls)
{
    return calls->has_subject;
}
