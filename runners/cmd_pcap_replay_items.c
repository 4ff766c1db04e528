/* pcap replay: what is sent, and when. */
#include <stdlib.h>
#include <time.h>

#include "cmd_pcap_replay.h"

#define NTP_UNIX UINT64_C(2208988800)

/* ---- choosing ------------------------------------------------------------------------------------------------ */

static bool among(uint64_t number, const uint64_t *numbers, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (numbers[i] == number)
            return true;
    }
    return false;
}

static bool all_chosen(const replay_run *run)
{
    return run->calls.num + run->conversations.num + run->messages.num == 0;
}

static bool is_chosen(const replay_run *run, const tgp_replay_message *m)
{
    return all_chosen(run) || among(m->call, run->calls.numbers, run->calls.num) ||
           among(m->conversation, run->conversations.numbers, run->conversations.num) ||
           among(m->number, run->messages.numbers, run->messages.num);
}

static replay_item *add(replay_run *run, size_t message, size_t unit, int64_t time)
{
    replay_item *item = &run->items[run->num_items++];
    *item = (replay_item){ .message = message, .unit = unit, .time = time };
    return item;
}

/* Messages that are no copies; over HTTP, what a KMS is asked. */
static void choose_messages(replay_run *run)
{
    for (size_t i = 0; i < tgp_replay_num_messages(run->replay); i++) {
        const tgp_replay_message *m = tgp_replay_message_at(run->replay, i);
        bool wanted = m->copy_of == TGP_NONE && is_chosen(run, m) && (!run->has_from || m->from == run->from);
        if (run->target == REPLAY_HTTP)
            wanted = wanted && m->carrier == TGP_CARRIER_HTTP && m->unit != SIZE_MAX &&
                     tgp_replay_unit_at(run->replay, m->unit)->request;
        if (wanted)
            add(run, i, SIZE_MAX, m->time);
    }
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* All messages of the conversations that anything chosen belongs to. */
static bool choose_conversations(replay_run *run)
{
    size_t num_messages = tgp_replay_num_messages(run->replay), num = 0;
    uint64_t *wanted = calloc(num_messages + 1, sizeof *wanted);
    if (!wanted)
        return false;
    for (size_t i = 0; i < num_messages; i++) {
        const tgp_replay_message *m = tgp_replay_message_at(run->replay, i);
        if (m->conversation != TGP_NONE && is_chosen(run, m))
            wanted[num++] = m->conversation;
    }
    qsort(wanted, num, sizeof *wanted, by_number);
    for (size_t i = 0; i < num_messages; i++) {
        const tgp_replay_message *m = tgp_replay_message_at(run->replay, i);
        if (m->copy_of == TGP_NONE && m->conversation != TGP_NONE && num > 0 &&
            bsearch(&m->conversation, wanted, num, sizeof *wanted, by_number))
            add(run, i, SIZE_MAX, m->time)->conversation = m->conversation;
    }
    free(wanted);
    return true;
}

/* ---- SIP requests -------------------------------------------------------------------------------------------- */

typedef struct call_of {
    uint64_t call;
    bool met, wanted;
    tgp_endpoint source, destination; /* of its first request: the caller, and where it sent it */
} call_of;

static int by_call(const void *a, const void *b)
{
    uint64_t x = ((const call_of *)a)->call, y = ((const call_of *)b)->call;
    return x < y ? -1 : x > y;
}

static call_of *find_call(call_of *calls, size_t num, uint64_t call)
{
    const call_of wanted = { .call = call };
    return num ? bsearch(&wanted, calls, num, sizeof *calls, by_call) : NULL;
}

/* Each call once, in their order. */
static size_t list_calls(const replay_run *run, call_of *calls)
{
    size_t num = 0, kept = 0;
    for (size_t i = 0; i < tgp_replay_num_units(run->replay); i++) {
        const tgp_replay_unit *u = tgp_replay_unit_at(run->replay, i);
        if (u->kind == TGP_UNIT_SIP && u->call != TGP_NONE)
            calls[num++] = (call_of){ .call = u->call, .wanted = among(u->call, run->calls.numbers, run->calls.num) };
    }
    qsort(calls, num, sizeof *calls, by_call);
    for (size_t i = 0; i < num; i++) {
        if (kept == 0 || calls[kept - 1].call != calls[i].call)
            calls[kept++] = calls[i];
    }
    return kept;
}

/* Unless it is named, a call goes along for the MIKEY messages in it. */
static void want_calls(const replay_run *run, call_of *calls, size_t num)
{
    for (size_t i = 0; i < tgp_replay_num_messages(run->replay); i++) {
        const tgp_replay_message *m = tgp_replay_message_at(run->replay, i);
        call_of *call = find_call(calls, num, m->call);
        if (call && (all_chosen(run) || among(m->conversation, run->conversations.numbers, run->conversations.num)))
            call->wanted = true;
    }
}

static bool same_address(const tgp_endpoint *a, const tgp_endpoint *b)
{
    return memcmp(&a->address, &b->address, sizeof a->address) == 0;
}

/* On the first leg, from the side that is played. Over TCP one of the ports is any. */
static bool is_of_side(const replay_run *run, const call_of *call, const tgp_replay_unit *u)
{
    bool called = run->has_from && run->from == TG_SENDER_R;
    const tgp_endpoint *source = called ? &call->destination : &call->source,
                       *destination = called ? &call->source : &call->destination;
    return same_address(&u->source, source) && same_address(&u->destination, destination) &&
           (u->source.port == source->port || u->destination.port == destination->port);
}

static bool holds_chosen(const replay_run *run, const tgp_replay_unit *u)
{
    const tgp_replay_message *m = u->message != SIZE_MAX ? tgp_replay_message_at(run->replay, u->message) : NULL;
    return m && among(m->number, run->messages.numbers, run->messages.num);
}

static bool choose_requests(replay_run *run)
{
    size_t num_units = tgp_replay_num_units(run->replay);
    call_of *calls = calloc(num_units + 1, sizeof *calls);
    if (!calls)
        return false;
    size_t num = list_calls(run, calls);
    want_calls(run, calls, num);
    for (size_t i = 0; i < num_units; i++) {
        const tgp_replay_unit *u = tgp_replay_unit_at(run->replay, i);
        call_of *call = u->kind == TGP_UNIT_SIP && u->request ? find_call(calls, num, u->call) : NULL;
        if (!call)
            continue;
        if (!call->met) {
            call->met = true;
            call->source = u->source;
            call->destination = u->destination;
        }
        if (is_of_side(run, call, u) && (call->wanted || holds_chosen(run, u)))
            add(run, SIZE_MAX, i, u->time);
    }
    free(calls);
    return true;
}

/* ---- when ---------------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const replay_item *x = a, *y = b;
    size_t at_x = x->unit != SIZE_MAX ? x->unit : x->message, at_y = y->unit != SIZE_MAX ? y->unit : y->message;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return at_x < at_y ? -1 : at_x > at_y;
}

static bool schedule(replay_run *run)
{
    int64_t *times = calloc(run->num_items, sizeof *times), *offsets = calloc(run->num_items, sizeof *offsets);
    bool ok = times && offsets;
    for (size_t i = 0; ok && i < run->num_items; i++)
        times[i] = run->items[i].time;
    run->gaps_cut = ok ? tgp_replay_schedule(times, run->num_items, &run->timing, offsets) : 0;
    for (size_t i = 0; ok && i < run->num_items; i++)
        run->items[i].offset = offsets[i];
    free(times);
    free(offsets);
    return ok;
}

/* Messages that are not sent, as answers: when what came before them is. */
static int64_t offset_at(const replay_run *run, int64_t time)
{
    size_t low = 0, high = run->num_items;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run->items[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? run->items[low - 1].offset : 0;
}

static uint64_t now_ntp(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec + NTP_UNIX) << 32 | ((uint64_t)now.tv_nsec << 32) / 1000000000;
}

static bool freshen(replay_run *run)
{
    size_t num = tgp_replay_num_messages(run->replay);
    int64_t *offsets = calloc(num + 1, sizeof *offsets);
    for (size_t i = 0; offsets && i < num; i++)
        offsets[i] = offset_at(run, tgp_replay_message_at(run->replay, i)->time);
    run->base = run->has_now ? run->now : now_ntp();
    bool ok = offsets && tgp_replay_freshen(run->replay, run->base, offsets);
    free(offsets);
    return ok;
}

int replay_prepare(replay_run *run)
{
    size_t most = tgp_replay_num_messages(run->replay) + tgp_replay_num_units(run->replay);
    bool over_sip = run->target == REPLAY_UDP || run->target == REPLAY_TCP, ok = true;
    run->items = calloc(most + 1, sizeof *run->items);
    if (run->items && over_sip)
        ok = choose_requests(run);
    else if (run->items && run->as != TG_SENDER_UNKNOWN)
        ok = choose_conversations(run);
    else if (run->items)
        choose_messages(run);
    if (run->items && ok && run->num_items == 0) {
        cli_complain("there is nothing in the capture to replay to %s", run->to);
        return CLI_NOTHING;
    }
    if (run->items && ok) {
        qsort(run->items, run->num_items, sizeof *run->items, by_time);
        ok = schedule(run) && (!run->fresh || freshen(run));
    }
    run->start = replay_clock();
    if (run->items && ok)
        return CLI_OK;
    cli_complain("out of memory");
    return CLI_INTERNAL;
}

/* ---- waiting ------------------------------------------------------------------------------------------------- */

int64_t replay_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool replay_wait(const replay_run *run, const replay_item *item)
{
    for (int64_t left; (left = run->start + item->offset - replay_clock()) > 0 && !cli_interrupted();) {
        int64_t some = left < 100000000 ? left : 100000000;
        nanosleep(&(struct timespec){ .tv_nsec = (long)some }, NULL);
    }
    return !cli_interrupted();
}
