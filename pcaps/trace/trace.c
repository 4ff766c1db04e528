/* The top: packets in, what is found out. */
#include <stdlib.h>

#include "prepared.h"
#include "tracing.h"

enum { DEFAULT_MEMORY = TGP_TRACE_MEMORY_MIB << 20, LEAST_MEMORY = 8 << 20, FOREVER = 62 };

/* ---- what comes up from below ----------------------------------------------------------------------------------- */

/* TS 33.328 annex G.3.3. */
static bool is_conference_state(const tg_sip_head *head)
{
    const tg_sip_header *event = head->request && head->body.len ? tg_sip_first(head, TG_SIP_EVENT) : NULL;
    return event && tg_bytes_equal(head->method, tg_bytes_of("NOTIFY", 6)) && event->value.len >= 10 &&
           memcmp(event->value.data, "conference", 10) == 0;
}

static void take_call_message(void *user, tgp_call *call, const tgp_unit *unit, const tg_sip_head *head)
{
    tgp_trace *trace = user;
    if (is_conference_state(head)) {
        trace->immediate = unit;
        trace->immediate_call = tgt_call_of(trace, call);
    }
    if (!trace->listener.step)
        return;
    char first_line[256];
    size_t len = head->start_line.len < sizeof first_line ? head->start_line.len : sizeof first_line - 1;
    memcpy(first_line, head->start_line.data, len);
    first_line[len] = 0;
    tgt_call *state = tgt_call_of(trace, call);
    tgt_tell_step(trace, unit, state ? state->number : TGP_NONE, first_line);
}

static void take_found(void *user, const tgp_found *found)
{
    tgt_take_found(user, found);
}

static void take_immediate(void *user, tgp_call *call, const tgp_unit *unit)
{
    tgp_trace *trace = user;
    trace->immediate = unit;
    trace->immediate_call = tgt_call_of(trace, call);
}

static void take_finding(void *user, const tgp_trace_finding *finding)
{
    tgt_take_finding(user, finding);
}

static void take_media_end(void *user, const tgp_endpoint *end, bool rtp)
{
    tgp_trace *trace = user;
    if (rtp && !tgp_units_expect_rtp(trace->units, end))
        trace->out_of_memory = true;
}

static void take_closing(void *user, tgp_call *call)
{
    tgt_closing(user, call);
}

static void take_closed(void *user, tgp_call *call)
{
    tgt_closed(user, call);
}

static void take_unit(void *user, const tgp_unit *unit)
{
    tgp_trace *trace = user;
    if (unit->time > trace->now)
        trace->now = unit->time;
    trace->of_unit = NULL;
    trace->immediate = NULL;
    trace->unit_is_copy = false;
    trace->num_units++;
    if (unit->kind == TGP_UNIT_HTTP)
        tgt_take_http(trace, unit);
    else if (!tgp_calls_take(trace->calls, unit))
        trace->out_of_memory = true;
    if (unit->kind == TGP_UNIT_TLS)
        tgt_take_tls(trace, unit);
    if (!trace->immediate && trace->of_unit &&
        trace->of_unit->immediate) { /* what stands in clear beside a TRANSFER_INIT is judged, too */
        trace->immediate = unit;
        trace->immediate_call = trace->of_unit->call;
    }
    if (trace->immediate)
        tgt_take_container(trace);
    tgt_make_room(trace);
}

static void take_end(void *user, const tgp_connection *connection, tgp_end how)
{
    (void)how;
    tgt_end_connection(user, connection->id);
}

/* ---- on two threads --------------------------------------------------------------------------------------------- */

static void hand_unit(void *user, const tgp_unit *unit)
{
    tgp_trace *trace = user;
    if (!tgt_pipeline_unit(trace->pipeline, unit))
        trace->lost_unit = true;
}

static void hand_end(void *user, const tgp_connection *connection, tgp_end how)
{
    tgp_trace *trace = user;
    (void)how;
    if (!tgt_pipeline_ended(trace->pipeline, connection->id))
        trace->lost_unit = true;
}

/* What looks like RTP comes whether or not signalling names its end: that is known here alone. SIP in datagrams is not cut yet. */
static void take_handed(void *user, const tgp_unit *unit)
{
    tgp_trace *trace = user;
    if (unit->kind == TGP_UNIT_SIP && unit->connection == 0) {
        if (!tgp_units_cut(trace->units, unit))
            trace->out_of_memory = true;
    } else if (unit->kind != TGP_UNIT_RTP || tgp_units_ask_rtp(trace->units, unit))
        take_unit(trace, unit);
}

static void take_handed_end(void *user, uint64_t connection)
{
    tgt_end_connection(user, connection);
}

static void publish(void *user)
{
    tgp_trace *trace = user;
    trace->published = trace->counts;
    trace->ran_out = trace->out_of_memory;
}

static void prepare(const void *user, tgp_unit *unit, tg_arena *arena)
{
    tgt_prepare(user, unit, arena);
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static bool make_tables(tgp_trace *trace)
{
    return tgt_table_init(&trace->octets) && tgt_table_init(&trace->keys_of_records) &&
           tgt_table_init(&trace->transactions) && tgt_table_init(&trace->csbs) && tgt_table_init(&trace->tickets) &&
           tgt_table_init(&trace->connections_by_id) && tgt_table_init(&trace->focus_keys) &&
           tgt_table_init(&trace->ways) && tgt_table_init(&trace->runs);
}

static bool make_calls(tgp_trace *trace, size_t memory)
{
    const tgp_calls_listener listener = { take_call_message, take_found,   take_immediate, take_finding,
                                          take_media_end,    take_closing, take_closed,    trace };
    const tgp_calls_options options = { .profile = tgt_profile_or(trace, "ims-mixed"),
                                        .memory = memory,
                                        .quiet = trace->quiet > 0 ? trace->quiet : INT64_C(1) << FOREVER,
                                        .participants = trace->keys ? trace->keys->participants : NULL,
                                        .conferences = trace->keys ? trace->keys->conferences : NULL,
                                        .num_participants = trace->keys ? trace->keys->num_participants : 0,
                                        .has_participants = trace->keys && trace->keys->has_participants };
    trace->calls = tgp_calls_new(&options, &listener);
    return trace->calls != NULL;
}

/* The thread is the last that is made: from then on it may use what was made before. */
static bool make_units(tgp_trace *trace, const tgp_trace_options *options, bool two_threads)
{
    const tgp_units_listener here = { take_unit, take_end, trace }, there = { hand_unit, hand_end, trace };
    const tgp_units_limits limits = { .wants_body = options->heads_alone ? tgt_may_hold_mikey : NULL,
                                      .rtp_unasked = two_threads,
                                      .uncut = two_threads ? &here : NULL };
    const tgt_taker taker = { take_handed, take_handed_end, publish, prepare, trace };
    trace->units = tgp_units_new(&limits, NULL, NULL, two_threads ? &there : &here);
    if (!trace->units || !two_threads)
        return trace->units != NULL;
    trace->pipeline = tgt_pipeline_new(&taker);
    if (trace->pipeline)
        return true;
    tgp_units_free(trace->units);
    return make_units(trace, options, false);
}

const tg_profile *tgt_profile_or(const tgp_trace *trace, const char *name)
{
    if (trace->profile)
        return trace->profile;
    for (size_t i = 0; i < trace->num_set_profiles; i++)
        if (strcmp(trace->set_profiles[i].name, name) == 0)
            return &trace->set_profiles[i];
    return tg_profile_find(name);
}

/* Every profile of the library with the settings, whichever of them will be chosen. */
static bool set_profiles(tgp_trace *trace, const tgp_trace_options *options)
{
    size_t num;
    const tg_profile *all = tg_profiles(&num);
    if (options->profile || options->num_settings == 0)
        return true;
    trace->set_profiles = calloc(num, sizeof *trace->set_profiles);
    if (!trace->set_profiles)
        return false;
    trace->num_set_profiles = num;
    for (size_t i = 0; i < num; i++) {
        trace->set_profiles[i] = all[i];
        for (size_t j = 0; j < options->num_settings; j++)
            (void)tg_setting_set(&trace->set_profiles[i].settings, options->settings[j].name,
                                 options->settings[j].value);
    }
    return true;
}

tgp_trace *tgp_trace_new(const tgp_trace_options *options, const tgp_trace_listener *listener)
{
    size_t memory = options->memory ? options->memory : DEFAULT_MEMORY;
    tgp_trace *trace = calloc(1, sizeof *trace);
    if (!trace)
        return NULL;
    if (memory < LEAST_MEMORY)
        memory = LEAST_MEMORY;
    trace->profile = options->profile;
    trace->keys = options->keys;
    trace->crypto = options->crypto;
    trace->quiet = options->quiet;
    trace->limit = memory / 3;
    trace->before = tgt_before_new();
    trace->now = INT64_MIN;
    trace->listener = *listener;
    if (trace->before && set_profiles(trace, options) && make_tables(trace) && make_calls(trace, memory / 3) &&
        make_units(trace, options, options->two_threads))
        return trace;
    tgp_trace_free(trace);
    return NULL;
}

/* ---- taking ----------------------------------------------------------------------------------------------------- */

bool tgp_trace_take(tgp_trace *trace, const tgp_packet *packet)
{
    trace->packets++;
    if (!tgp_units_take(trace->units, packet))
        trace->lost_unit = true;
    return !trace->lost_unit && !(trace->pipeline ? trace->ran_out : trace->out_of_memory);
}

static void end_pipeline(tgp_trace *trace, bool drop)
{
    tgt_pipeline_end(trace->pipeline, drop);
    trace->pipeline = NULL;
    trace->out_of_memory = trace->out_of_memory || trace->lost_unit;
}

void tgp_trace_finish(tgp_trace *trace)
{
    tgp_units_finish(trace->units);
    end_pipeline(trace, false);
    trace->is_over = true;
    tgt_tell_all(trace);
    tgt_tell_connections(trace);
    tgp_calls_finish(trace->calls);
    tgp_units_note(trace->units, TGP_UNITS_UNREAD_BODY, tgp_calls_unread(trace->calls) + trace->unread_bodies);
    tgp_units_note(trace->units, TGP_UNITS_JUDGED_EARLY,
                   trace->counts.judged_early + tgp_calls_closed_early(trace->calls));
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

typedef struct looking {
    const tgp_trace *trace;
    tgp_trace_counts *out;
} looking;

static void look(void *user)
{
    const looking *l = user;
    *l->out = l->trace->published;
}

void tgp_trace_count(const tgp_trace *trace, tgp_trace_counts *out)
{
    looking l = { trace, out };
    *out = (tgp_trace_counts){ 0 };
    if (trace->pipeline)
        tgt_pipeline_look(trace->pipeline, look, &l);
    else
        *out = trace->counts;
    out->packets = trace->packets;
}

const tgp_units *tgp_trace_units(const tgp_trace *trace)
{
    return trace->units;
}

const char *tgp_verdict_name(tgp_verdict verdict)
{
    static const char *const names[] = { [TGP_CONFORMS] = "conforms",         [TGP_FAILS] = "fails",
                                         [TGP_UNREADABLE] = "unreadable",     [TGP_NOTHING] = "nothing_to_judge",
                                         [TGP_INCONCLUSIVE] = "inconclusive", [TGP_STOPPED] = "stopped" };
    return names[verdict];
}

tgp_verdict tgp_trace_verdict(const tgp_trace *trace, const char *error, bool stopped)
{
    const tgp_trace_counts *counts = &trace->counts;
    if (counts->failing || counts->must_findings)
        return TGP_FAILS;
    if (stopped)
        return TGP_STOPPED;
    if ((error && *error) || trace->out_of_memory)
        return TGP_UNREADABLE;
    if (tgp_units_lost(trace->units))
        return TGP_INCONCLUSIVE;
    return counts->messages || counts->findings || tgp_calls_has_subject(trace->calls) ? TGP_CONFORMS : TGP_NOTHING;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

void tgp_trace_free(tgp_trace *trace)
{
    if (!trace)
        return;
    end_pipeline(trace, true);
    trace->listener = (tgp_trace_listener){ .user = NULL };
    tgp_units_free(trace->units);
    while (trace->quietest)
        tgt_free_conversation(trace, trace->quietest);
    tgt_free_connections(trace);
    while (trace->open_calls)
        tgt_free_call(trace, trace->open_calls);
    tgp_calls_free(trace->calls);
    tgt_before_free(trace->before);
    tgt_free_focus(trace);
    tgt_table *const tables[] = { &trace->octets,  &trace->keys_of_records,   &trace->transactions, &trace->csbs,
                                  &trace->tickets, &trace->connections_by_id, &trace->focus_keys,   &trace->ways,
                                  &trace->runs };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        tgt_table_free(tables[i]);
    free(trace->spare.data);
    free(trace->scratch.data);
    free(trace->set_profiles);
    free(trace->placed);
    free(trace->teks);
    free(trace->numbers);
    free(trace);
}
