/* The JSON form: vectors/TRACE.md section 4, members in its order. */
#include "presenter.h"

/* Parts of the object, in order: the first part of a key. Conversations of calls are pairs (call, conversation) beside them. */
enum { MESSAGES, CALLS, CALL_ENDS, CALL_CONVERSATIONS, CONVERSATIONS, CONNECTIONS, CONTAINERS, FINDINGS };

/* ---- findings ----------------------------------------------------------------------------------------------- */

static void add_row(tg_text *out, const tg_requirement *row)
{
    tgp_add(out, "{\"id\":\"%s\",\"level\":\"%s\",\"clause\":\"%s %s\"", row->id, tg_level_name(row->level),
            row->source, row->clause);
}

static void add_place(tg_text *out, bool has_place, uint64_t frame, uint32_t offset, uint32_t length)
{
    if (has_place)
        tgp_add(out, ",\"frame\":%llu,\"frame_offset\":%u,\"frame_length\":%u", (unsigned long long)frame, offset,
                length);
    else
        tgp_add(out, ",\"frame\":null,\"frame_offset\":null,\"frame_length\":null");
}

static void add_findings(tg_text *out, const tgp_placed_finding *findings, size_t num)
{
    tgp_add(out, ",\"findings\":[");
    for (size_t i = 0; i < num; i++) {
        const tg_finding *finding = findings[i].finding;
        tgp_add(out, i ? "," : "");
        add_row(out, finding->requirement);
        tgp_json_string(out, "path", finding->path);
        tgp_add(out, ",\"offset\":%zu,\"length\":%zu", finding->offset, finding->length);
        add_place(out, findings[i].has_frame, findings[i].frame, findings[i].frame_offset, findings[i].frame_length);
        tgp_json_string(out, "on_receive", tg_on_receive_name(finding->requirement->on_receive));
        tgp_json_string(out, "text", finding->text);
        tgp_add(out, "}");
    }
    tgp_add(out, "]");
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static void add_level(tg_text *out, const tgp_trace_message *m)
{
    if (m->carrier != TGP_CARRIER_SDP)
        tgp_add(out, ",\"level\":null,\"m_line\":null");
    else if (m->m_line < 0)
        tgp_add(out, ",\"level\":\"session\",\"m_line\":null");
    else
        tgp_add(out, ",\"level\":\"media\",\"m_line\":%d", m->m_line);
    tgp_add(out, ",\"m_lines\":[");
    for (size_t i = 0; m->has_m_lines && i < m->num_m_lines; i++)
        tgp_add(out, "%s\"%s\"", i ? "," : "", m->m_lines[i] == TG_M_LINE_TLS ? "tls" : "rtp");
    tgp_add(out, "]");
}

static void add_carriage(tg_text *out, const tgp_trace_message *m)
{
    char time[TGP_TIME_MAX];
    tgp_add(out, "{\"message\":%llu,\"frame\":%llu,\"first_frame\":%llu", (unsigned long long)m->number,
            (unsigned long long)m->frame, (unsigned long long)m->first_frame);
    tgp_time_text(m->time, time);
    tgp_json_string(out, "time", time);
    tgp_json_string(out, "transport", tgp_transport_name(m->transport));
    tgp_json_endpoint(out, "source", &m->source);
    tgp_json_endpoint(out, "destination", &m->destination);
    tgp_json_string(out, "carrier", tgp_carrier_name(m->carrier));
    tgp_json_string(out, "first_line", m->first_line);
    tgp_json_number(out, "call", m->call);
    tgp_json_string(out, "call_id", m->call_id);
    tgp_json_string(out, "cseq", m->cseq);
    add_level(out, m);
}

static void add_judgement(tg_text *out, const tgp_trace_message *m)
{
    int data_type = tgp_data_type(m->octets);
    tgp_json_number(out, "data_type", data_type < 0 ? TGP_NONE : (uint64_t)data_type);
    tgp_json_string(out, "data_type_name", tgp_data_type_name(m->octets));
    tgp_json_number(out, "csb_id", m->message ? m->message->hdr.csb_id : TGP_NONE);
    tgp_add(out, ",\"octets\":\"");
    tgp_add_hex(out, m->octets);
    tgp_add(out, "\",\"conforms\":%s", m->copy_of != TGP_NONE ? "null" : m->conforms ? "true" : "false");
    tgp_json_string(out, "receives", m->copy_of != TGP_NONE ? "" : tg_reception_name(m->reception));
    tgp_json_string(out, "auth", tg_outcome_name(m->auth));
    tgp_json_string(out, "ticket_auth", tg_outcome_name(m->ticket_auth));
    tgp_json_string(out, "vr_auth", tg_outcome_name(m->vr_auth));
    tgp_json_string(out, "kemac", tg_outcome_name(m->kemac));
    tgp_add(out, ",\"error\":");
    if (m->copy_of != TGP_NONE || m->message)
        tgp_add(out, "null");
    else
        tg_json_add_error(&m->error, out);
    add_findings(out, m->findings, m->num_findings);
    tgp_add(out, ",\"findings_not_kept\":%zu}", m->num_findings_lost);
}

static void take_message(void *user, const tgp_trace_message *m)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    if (m->call != TGP_NONE && m->conversation != TGP_NONE)
        tgp_keep(p, CALL_CONVERSATIONS, m->call, m->conversation);
    add_carriage(out, m);
    tgp_json_number(out, "copy_of", m->copy_of);
    tgp_json_number(out, "conversation", m->conversation);
    tgp_json_string(out, "ex", m->ex);
    tgp_json_string(out, "from", tgp_sender_letter(m->from));
    tgp_json_string(out, "profile", m->profile ? m->profile->name : "");
    add_judgement(out, m);
    p->found = true;
    tgp_keep(p, MESSAGES, m->number, 0);
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static void add_media(tg_text *out, const tgp_media *media)
{
    tgp_add(out, "{\"leg\":%u,\"m_line\":%u", media->leg, media->m_line);
    tgp_json_string(out, "media", media->media);
    tgp_json_string(out, "proto", media->proto);
    tgp_add(out, ",\"accepted\":%s,\"crypto_sessions\":[", media->accepted ? "true" : "false");
    for (size_t i = 0; i < media->num_crypto_sessions; i++)
        tgp_add(out, "%s%u", i ? "," : "", media->crypto_sessions[i]);
    tgp_add(out, "],\"connection\":");
    tgp_add_number(out, media->has_connection ? media->connection : TGP_NONE);
    tgp_add(out, "}");
}

/* Everything behind "conversations". */
static void keep_call_end(tgp_presenter *p, const tgp_call_facts *call)
{
    tg_text *out = &p->text;
    tgp_add(out, ",\"media\":[");
    for (size_t i = 0; i < call->num_media; i++) {
        tgp_add(out, i ? "," : "");
        add_media(out, &call->media[i]);
    }
    tgp_add(out, "],\"notes\":[");
    for (size_t i = 0; i < call->num_notes; i++) {
        tgp_add(out, "%s{\"note\":\"%s\",\"frame\":%llu", i ? "," : "", tgp_note_name(call->notes[i].kind),
                (unsigned long long)call->notes[i].frame);
        tgp_json_string(out, "text", call->notes[i].text);
        tgp_add(out, "}");
    }
    tgp_add(out, "]}");
    tgp_keep(p, CALL_ENDS, call->number, 0);
}

static void take_call(void *user, const tgp_call_facts *call)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    tgp_add(out, "{\"call\":%llu", (unsigned long long)call->number);
    tgp_json_string(out, "call_id", call->call_id);
    tgp_json_string(out, "caller", call->caller);
    tgp_json_string(out, "called", call->called);
    tgp_json_number(out, "first_frame", call->first_frame);
    tgp_json_number(out, "last_frame", call->last_frame);
    tgp_add(out, ",\"linked\":[");
    for (size_t i = 0; i < call->num_linked; i++)
        tgp_add(out, "%s%llu", i ? "," : "", (unsigned long long)call->linked[i]);
    tgp_add(out, "],\"legs\":[");
    for (size_t i = 0; i < call->num_legs; i++) {
        char source[TGP_ENDPOINT_MAX], destination[TGP_ENDPOINT_MAX];
        tgp_endpoint_text(&call->legs[i].source, source);
        tgp_endpoint_text(&call->legs[i].destination, destination);
        tgp_add(out, "%s{\"source\":\"%s\",\"destination\":\"%s\",\"first_frame\":%llu}", i ? "," : "", source,
                destination, (unsigned long long)call->legs[i].first_frame);
    }
    tgp_add(out, "],\"conversations\":[");
    p->found = true;
    tgp_keep(p, CALLS, call->number, 0);
    keep_call_end(p, call);
}

/* ---- the others --------------------------------------------------------------------------------------------- */

static void take_conversation(void *user, const tgp_trace_conversation *c)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    tgp_add(out, "{\"conversation\":%llu", (unsigned long long)c->number);
    tgp_json_string(out, "profile", c->profile ? c->profile->name : "");
    tgp_json_number(out, "keys", c->keys < 0 ? TGP_NONE : (uint64_t)c->keys);
    tgp_add(out, ",\"messages\":[");
    for (size_t i = 0; i < c->num_messages; i++)
        tgp_add(out, "%s%llu", i ? "," : "", (unsigned long long)c->messages[i]);
    tgp_add(out, "],\"verdict\":\"%s\",\"teks\":[", c->accepted ? "accept" : "reject");
    for (size_t i = 0; i < c->num_teks; i++) {
        tgp_add(out, "%s{\"csb_id\":%u,\"cs_id\":%u", i ? "," : "", c->teks[i].csb_id, c->teks[i].cs_id);
        if (p->options.show_keys) {
            tgp_add(out, ",\"tek\":\"");
            tgp_add_hex(out, c->teks[i].tek);
            tgp_add(out, "\"");
        }
        tgp_add(out, "}");
    }
    tgp_add(out, "]}");
    tgp_keep(p, CONVERSATIONS, c->number, 0);
}

static void add_null_or_string(tg_text *out, const char *member, const char *value)
{
    if (value[0])
        tgp_json_string(out, member, value);
    else
        tgp_add(out, ",\"%s\":null", member);
}

static void take_connection(void *user, const tgp_trace_connection *c)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    const tg_tls_handshake *handshake = &c->judgement->handshake;
    char room[16];
    tgp_add(out, "{\"connection\":%llu,\"first_frame\":%llu", (unsigned long long)c->number,
            (unsigned long long)c->first_frame);
    tgp_json_endpoint(out, "client", &c->client);
    tgp_json_endpoint(out, "server", &c->server);
    tgp_add(out, ",\"datagrams\":%s", c->datagrams ? "true" : "false");
    add_null_or_string(out, "version", tgp_tls_version(handshake));
    add_null_or_string(out, "suite", tgp_tls_suite(handshake, room));
    tgp_add(out, ",\"tek\":%s", c->has_tek ? "true" : "false");
    tgp_json_string(out, "client_proof", tg_tls_proof_name(handshake->client));
    tgp_json_string(out, "server_proof", tg_tls_proof_name(handshake->server));
    add_findings(out, c->findings, c->num_findings);
    tgp_add(out, "}");
    p->found = true;
    tgp_keep(p, CONNECTIONS, c->number, 0);
}

static void take_container(void *user, const tgp_trace_container *c)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    tgp_add(out, "{\"frame\":%llu", (unsigned long long)c->frame);
    tgp_json_number(out, "call", c->call);
    tgp_json_string(out, "outcome", tg_smime_outcome_name(c->judgement->mime.container.outcome));
    tgp_json_string(out, "origin", tg_im_origin_name(c->judgement->origin));
    add_findings(out, c->findings, c->num_findings);
    tgp_add(out, "}");
    p->found = true;
    tgp_keep(p, CONTAINERS, c->frame, 0);
}

static void take_finding(void *user, const tgp_trace_finding *finding)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    add_row(out, finding->requirement);
    tgp_add(out, ",\"frame\":%llu", (unsigned long long)finding->frame);
    tgp_json_number(out, "frame_offset", finding->has_place ? finding->frame_offset : TGP_NONE);
    tgp_json_number(out, "frame_length", finding->has_place ? finding->frame_length : TGP_NONE);
    tgp_json_number(out, "call", finding->call_number);
    tgp_json_number(out, "message", finding->message);
    tgp_json_number(out, "connection", finding->connection);
    tgp_json_string(out, "text", finding->text);
    tgp_add(out, "}");
    p->found = true;
    tgp_keep(p, FINDINGS, finding->frame, finding->has_place ? finding->frame_offset : 0);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static void send_array(tgp_presenter *p, const char *name, uint64_t part, const char *end)
{
    tgp_add(&p->text, "\"%s\":[", name);
    size_t from = tgp_spool_find(p->spool, (tgp_key){ part, 0, 0 });
    tgp_send(p);
    (void)tgp_send_records(p, from, part, ",\n");
    tgp_add(&p->text, "]%s", end);
    tgp_send(p);
}

/* Conversations of a call, each once. */
static void send_conversations(tgp_presenter *p, uint64_t call)
{
    size_t at = tgp_spool_find(p->spool, (tgp_key){ CALL_CONVERSATIONS, call, 0 });
    uint64_t last = TGP_NONE;
    for (; at < tgp_spool_num(p->spool); at++) {
        tgp_key key = tgp_spool_key(p->spool, at);
        if (key.a != CALL_CONVERSATIONS || key.b != call)
            break;
        if (key.c != last)
            tgp_add(&p->text, "%s%llu", last == TGP_NONE ? "" : ",", (unsigned long long)key.c);
        last = key.c;
    }
    tgp_add(&p->text, "]");
}

static void send_calls(tgp_presenter *p)
{
    size_t at = tgp_spool_find(p->spool, (tgp_key){ CALLS, 0, 0 });
    tgp_add(&p->text, "\"calls\":[");
    for (size_t i = 0; at < tgp_spool_num(p->spool) && !p->failed; at++, i++) {
        tgp_key key = tgp_spool_key(p->spool, at);
        if (key.a != CALLS)
            break;
        size_t end = tgp_spool_find(p->spool, (tgp_key){ CALL_ENDS, key.b, 0 });
        tgp_add(&p->text, i ? ",\n" : "");
        p->failed = !tgp_spool_read(p->spool, at, &p->text) || p->failed;
        send_conversations(p, key.b);
        p->failed = !tgp_spool_read(p->spool, end, &p->text) || p->failed;
        tgp_send(p);
    }
    tgp_add(&p->text, "],\n");
    tgp_send(p);
}

static void write_json(tgp_presenter *p, const tgp_ending *ending)
{
    tgp_add(&p->text, "{\"format\":2");
    tgp_json_string(&p->text, "capture", p->options.capture);
    tgp_json_string(&p->text, "profile", p->options.profile);
    tgp_add(&p->text, ",\n");
    send_array(p, "messages", MESSAGES, ",\n");
    send_calls(p);
    send_array(p, "conversations", CONVERSATIONS, ",\n");
    send_array(p, "connections", CONNECTIONS, ",\n");
    send_array(p, "containers", CONTAINERS, ",\n");
    send_array(p, "findings", FINDINGS, ",\n");
    tgp_add(&p->text, "\"summary\":");
    tgp_json_summary(&p->text, ending);
    tgp_add(&p->text, "}\n");
    tgp_send(p);
}

void tgp_json_init(tgp_presenter *p)
{
    p->listener = (tgp_trace_listener){ .conversation = take_conversation, TGP_TAKES_WHAT_IS_JUDGED };
    p->write = write_json;
}
