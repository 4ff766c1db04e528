#include "presenter.h"

#include <stdlib.h>

tgp_presenter *tgp_presenter_new(tgp_form form, const tgp_present_options *options, tg_report_sink sink)
{
    static void (*const init[])(tgp_presenter * p) = {
        [TGP_FORM_TEXT] = tgp_text_init,     [TGP_FORM_JSON] = tgp_json_init, [TGP_FORM_JUNIT] = tgp_junit_init,
        [TGP_FORM_HTML] = tgp_html_init,     [TGP_FORM_LIST] = tgp_list_init, [TGP_FORM_LIST_JSON] = tgp_list_json_init,
        [TGP_FORM_FOLLOW] = tgp_follow_init,
    };
    tgp_presenter *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->options = *options;
    p->sink = sink;
    p->spool = tgp_spool_new();
    if (!p->spool) {
        free(p);
        return NULL;
    }
    init[form](p);
    p->listener.user = p;
    if (form == TGP_FORM_HTML || form == TGP_FORM_FOLLOW) {
        p->beside = tgp_spool_new();
        p->failed = !p->beside;
    }
    if (!p->failed)
        return p;
    tgp_presenter_free(p);
    return NULL;
}

void tgp_ending_count(tgp_ending *ending, const tgp_trace *trace)
{
    const tgp_units *units = tgp_trace_units(trace);
    tgp_trace_count(trace, &ending->counts);
    for (int i = 0; i < TGP_NUM_PACKETS; i++)
        ending->packets[i] = tgp_units_packets(units, (tgp_packet_fate)i);
    for (int i = 0; i < TGP_NUM_STREAM_EVENTS; i++)
        ending->streams[i] = tgp_units_streams(units, (tgp_stream_event)i);
    for (int i = 0; i < TGP_NUM_UNIT_EVENTS; i++)
        ending->units[i] = tgp_units_messages(units, (tgp_unit_event)i);
}

const tgp_trace_listener *tgp_presenter_listener(const tgp_presenter *presenter)
{
    return &presenter->listener;
}

bool tgp_presenter_finish(tgp_presenter *p, const tgp_ending *ending)
{
    if (p->prepare)
        p->prepare(p);
    p->failed = !tgp_spool_sort(p->spool) || p->failed;
    if (!p->failed)
        p->write(p, ending);
    return !p->failed;
}

bool tgp_presenter_found(const tgp_presenter *p)
{
    return p->found;
}

static void wipe(tg_text *text)
{
    if (text->data)
        tg_wipe(text->data, text->capacity); /* it may have held keys */
    tg_text_free(text);
}

void tgp_presenter_free(tgp_presenter *p)
{
    if (!p)
        return;
    tgp_spool_free(p->spool);
    tgp_spool_free(p->beside);
    tgp_front_free(p->front);
    wipe(&p->text);
    wipe(&p->ready);
    free(p);
}

void tgp_keep(tgp_presenter *p, uint64_t a, uint64_t b, uint64_t c)
{
    const tgp_key key = { a, b, c };
    if (p->text.failed || !tgp_spool_add(p->spool, key, p->text.data, p->text.len))
        p->failed = true;
    p->text.len = 0;
}

/* A call that is out is told to its end (trace.h): were there more of it, it would stand beside calls. */
void tgp_keep_of_call(tgp_presenter *p, uint64_t call, uint64_t b, uint64_t c)
{
    const tgp_key key = { call, b, c };
    if (call == TGP_NONE || p->text.failed) {
        tgp_keep(p, call, b, c);
    } else if (tgp_front_add(p->front, key, p->text.data, p->text.len)) {
        p->text.len = 0;
    } else {
        if (tgp_front_gave_up(p->front) &&
            !tgp_front_empty_into(p->front, p->spool)) /* what came before stands before */
            p->failed = true;
        tgp_keep(p, tgp_front_is_out(p->front, call) ? TGP_NONE : call, b, c);
    }
}

static void send(tgp_presenter *p, tg_text *text)
{
    if (!p->failed && text->len > 0)
        p->failed = text->failed || !p->sink.write(p->sink.user, text->data, text->len);
    text->len = 0;
}

void tgp_send(tgp_presenter *p)
{
    send(p, &p->text);
}

void tgp_send_ready(tgp_presenter *p)
{
    send(p, &p->ready);
}

size_t tgp_send_records(tgp_presenter *p, size_t from, uint64_t a, const char *between)
{
    size_t num = tgp_spool_num(p->spool), i = from;
    for (; i < num && tgp_spool_key(p->spool, i).a == a && !p->failed; i++) {
        if (i > from)
            tg_text_add(&p->text, between, strlen(between));
        if (!tgp_spool_read(p->spool, i, &p->text))
            p->failed = true;
        tgp_send(p);
    }
    return i;
}
