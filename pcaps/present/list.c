/* Lists: a line a message, in the order of frames. */
#include "presenter.h"

/* Keys are (frame, kind, number); what copies share with the message they are copies of stands under (TGP_NONE, number). */
enum { SIGNALLING, MIKEY };
enum { MOST_LINE = 60, MOST_FRAMES = 1024 };

/* ---- JSON --------------------------------------------------------------------------------------------------- */

/* Frames that the octets lie in, each once. */
static void add_frames(tg_text *out, const tgp_piece *pieces, size_t num, uint64_t frame)
{
    uint64_t last = 0;
    size_t shown = 0;
    tgp_add(out, ",\"frames\":[");
    for (size_t i = 0; i < num && shown < MOST_FRAMES; i++) {
        if (pieces[i].frame != last)
            tgp_add(out, "%s%llu", shown++ ? "," : "", (unsigned long long)pieces[i].frame);
        last = pieces[i].frame;
    }
    if (shown == 0)
        tgp_add(out, "%llu", (unsigned long long)frame);
    tgp_add(out, "]");
}

static void add_common(tg_text *out, uint64_t frame, int64_t time, tgp_transport transport, const tgp_endpoint *source,
                       const tgp_endpoint *destination)
{
    char text[TGP_TIME_MAX];
    tgp_time_text(time, text);
    tgp_json_number(out, "frame", frame);
    tgp_json_string(out, "time", text);
    tgp_json_string(out, "transport", tgp_transport_name(transport));
    tgp_json_endpoint(out, "source", source);
    tgp_json_endpoint(out, "destination", destination);
}

static void keep_octets(tgp_presenter *p, const tgp_trace_message *m)
{
    int data_type = tgp_data_type(m->octets);
    if (m->copy_of != TGP_NONE)
        return;
    tgp_json_number(&p->text, "data_type", data_type < 0 ? TGP_NONE : (uint64_t)data_type);
    tgp_json_string(&p->text, "data_type_name", tgp_data_type_name(m->octets));
    tgp_add(&p->text, ",\"octets\":\"");
    tgp_add_hex(&p->text, m->octets);
    tgp_add(&p->text, "\"}\n");
    tgp_keep(p, TGP_NONE, m->number, 0);
}

static void take_message_json(void *user, const tgp_trace_message *m)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    p->found = true;
    tgp_add(out, "{\"kind\":\"mikey\"");
    tgp_json_number(out, "message", m->number);
    add_common(out, m->frame, m->time, m->transport, &m->source, &m->destination);
    tgp_json_number(out, "first_frame", m->first_frame);
    add_frames(out, m->pieces, m->num_pieces, m->frame);
    tgp_json_string(out, "carrier", tgp_carrier_name(m->carrier));
    tgp_json_string(out, "first_line", m->first_line);
    tgp_json_number(out, "call", m->call);
    tgp_json_string(out, "call_id", m->call_id);
    tgp_json_number(out, "conversation", m->conversation);
    tgp_json_number(out, "copy_of", m->copy_of);
    /* The key's last part leads to the rest. */
    tgp_keep(p, m->frame, MIKEY, m->copy_of == TGP_NONE ? m->number : m->copy_of);
    keep_octets(p, m);
}

static void take_step_json(void *user, const tgp_trace_step *s)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    if (!p->options.all)
        return;
    tgp_add(out, "{\"kind\":\"%s\"", s->call == TGP_NONE ? "http" : "sip");
    add_common(out, s->frame, s->time, s->transport, &s->source, &s->destination);
    tgp_json_number(out, "first_frame", s->unit ? s->unit->first_frame : s->frame);
    add_frames(out, s->unit ? s->unit->pieces : NULL, s->unit ? s->unit->num_pieces : 0, s->frame);
    tgp_json_string(out, "first_line", s->first_line);
    tgp_json_number(out, "call", s->call);
    tgp_add(out, ",\"octets\":\"");
    if (s->unit)
        tgp_add_hex(out, s->unit->octets);
    tgp_add(out, "\"}\n");
    tgp_keep(p, s->frame, SIGNALLING, p->num[0]++);
}

static void add_shared(tgp_presenter *p, uint64_t number)
{
    size_t at = tgp_spool_find(p->spool, (tgp_key){ TGP_NONE, number, 0 });
    if (at < tgp_spool_num(p->spool) && tgp_spool_key(p->spool, at).a == TGP_NONE &&
        tgp_spool_key(p->spool, at).b == number)
        p->failed = !tgp_spool_read(p->spool, at, &p->text) || p->failed;
    else
        tgp_add(
            &p->text,
            ",\"data_type\":null,\"data_type_name\":\"\",\"octets\":\"\"}\n"); /* a copy of what is not told any more */
}

static void write_list_json(tgp_presenter *p, const tgp_ending *ending)
{
    for (size_t i = 0; i < tgp_spool_num(p->spool) && !p->failed; i++) {
        tgp_key key = tgp_spool_key(p->spool, i);
        if (key.a == TGP_NONE)
            break;
        p->failed = !tgp_spool_read(p->spool, i, &p->text);
        if (key.b == MIKEY)
            add_shared(p, key.c);
        tgp_send(p);
    }
    tg_text line = { 0 };
    tgp_json_summary(&line, ending);
    for (size_t i = 0; i < line.len; i++)
        line.data[i] = line.data[i] == '\n' ? ' ' : line.data[i]; /* one line */
    tgp_add(&p->text, "{\"summary\":");
    tg_text_add(&p->text, line.data, line.len);
    tgp_add(&p->text, "}\n");
    p->failed = p->failed || line.failed;
    tg_text_free(&line);
    tgp_send(p);
}

void tgp_list_json_init(tgp_presenter *p)
{
    p->listener = (tgp_trace_listener){ .step = take_step_json, .message = take_message_json };
    p->write = write_list_json;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

static void add_line(tg_text *out, uint64_t frame, int64_t time, tgp_transport transport, const tgp_endpoint *source,
                     const tgp_endpoint *destination)
{
    char text[TGP_TIME_MAX], from[TGP_ENDPOINT_MAX], to[TGP_ENDPOINT_MAX];
    tgp_time_text(time, text);
    tgp_endpoint_text(source, from);
    tgp_endpoint_text(destination, to);
    tgp_add(out, "%8llu  %.26s  %-4s  %-22s %-22s ", (unsigned long long)frame, text, tgp_transport_name(transport),
            from, to);
}

static void take_message(void *user, const tgp_trace_message *m)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    const char *name = tgp_data_type_name(m->octets);
    p->found = true;
    add_line(out, m->frame, m->time, m->transport, &m->source, &m->destination);
    if (m->copy_of != TGP_NONE)
        tgp_add(out, "%-4s  copy of %-8llu", tgp_carrier_name(m->carrier), (unsigned long long)m->copy_of);
    else
        tgp_add(out, "%-4s  %-16s", tgp_carrier_name(m->carrier), name ? name : "?");
    if (m->call != TGP_NONE)
        tgp_add(out, "  call %llu", (unsigned long long)m->call);
    if (m->conversation != TGP_NONE)
        tgp_add(out, "  conversation %llu", (unsigned long long)m->conversation);
    tgp_add(out, "  ");
    tgp_add_plain(out, m->first_line, MOST_LINE);
    tgp_add(out, "\n");
    tgp_keep(p, m->frame, MIKEY, m->number);
}

static void take_step(void *user, const tgp_trace_step *s)
{
    tgp_presenter *p = user;
    if (!p->options.all)
        return;
    add_line(&p->text, s->frame, s->time, s->transport, &s->source, &s->destination);
    tgp_add(&p->text, "%-4s  ", s->call == TGP_NONE ? "http" : "sip");
    tgp_add_plain(&p->text, s->first_line, MOST_LINE);
    tgp_add(&p->text, "\n");
    tgp_keep(p, s->frame, SIGNALLING, p->num[0]++);
}

static void write_list(tgp_presenter *p, const tgp_ending *ending)
{
    for (size_t i = 0; i < tgp_spool_num(p->spool) && !p->failed; i++) {
        p->failed = !tgp_spool_read(p->spool, i, &p->text);
        tgp_send(p);
    }
    tgp_add(&p->text, "%s", tgp_spool_num(p->spool) ? "\n" : "");
    tgp_text_counts(&p->text, ending);
    tgp_send(p);
}

void tgp_list_init(tgp_presenter *p)
{
    p->listener = (tgp_trace_listener){ .step = take_step, .message = take_message };
    p->write = write_list;
}
