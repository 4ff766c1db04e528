/* Scripts of signalling for the tests of calls: SIP written by hand, MIKEY messages made for it, and what came out. */
#ifndef TEST_CALLS_SUPPORT_H
#define TEST_CALLS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "pcaps/calls.h"
#include "ticketgate/message.h"
#include "ticketgate/mime.h"

/* ---- MIKEY messages -------------------------------------------------------------------------------------------- */

typedef struct letter {
    uint8_t type;
    uint32_t csb;
    bool ticket, f;
    const char *resolver;  /* IDRr of the ticket policy */
    uint8_t identity_role; /* of `identity`, an IDR of the message */
    const char *identity, *sdp_ids;
    size_t num_ssrcs;
    uint32_t ssrcs[4];
    uint8_t salt; /* makes a different Ticket Data, so another ticket */
} letter;

static const letter transfer_init = { .type = TG_DATA_TYPE_TRANSFER_INIT,
                                      .csb = 7,
                                      .ticket = true,
                                      .f = true,
                                      .resolver = "bob@example.com",
                                      .identity_role = TG_ID_ROLE_I,
                                      .identity = "alice@example.com" };
static const letter transfer_resp = {
    .type = TG_DATA_TYPE_TRANSFER_RESP, .csb = 7, .identity_role = TG_ID_ROLE_R, .identity = "bob@example.com"
};
static const letter mikey_error = { .type = TG_DATA_TYPE_ERROR, .csb = 7 };

static inline tg_payload *add(tg_arena *arena, tg_payload ***link, uint16_t type)
{
    tg_payload *payload = tg_payload_new(arena, type);
    assert_non_null(payload);
    **link = payload;
    *link = &payload->next;
    return payload;
}

static inline void add_identity(tg_arena *arena, tg_payload ***link, uint8_t role, const char *text)
{
    tg_idr *idr = (tg_idr *)add(arena, link, TG_PAYLOAD_IDR);
    idr->id_role = role;
    idr->id_type = TG_ID_TYPE_NAI;
    idr->id_data = tg_bytes_of(text, strlen(text));
}

static inline size_t write_letter(const letter *l, uint8_t out[1024])
{
    uint8_t memory[8192], session[4][4], data[4] = { 1, 2, 3, l->salt };
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_generic_cs cs[4];
    tg_message message = {
        .hdr = { .version = 1, .data_type = l->type, .prf_func = TG_PRF_HMAC_SHA_256, .csb_id = l->csb }
    };
    tg_payload **link = &message.payloads;
    memset(cs, 0, sizeof cs);
    message.hdr.map.cs_id_map_type = l->num_ssrcs ? TG_MAP_GENERIC_ID : TG_MAP_EMPTY;
    message.hdr.map.num_cs = (uint8_t)l->num_ssrcs;
    message.hdr.map.generic = l->num_ssrcs ? cs : NULL;
    for (size_t i = 0; i < l->num_ssrcs; i++) {
        uint32_t ssrc = htonl(l->ssrcs[i]);
        memcpy(session[i], &ssrc, 4);
        cs[i].cs_id = (uint8_t)(i + 1);
        cs[i].session_data = tg_bytes_of(session[i], 4);
    }
    if (l->identity)
        add_identity(&arena, &link, l->identity_role, l->identity);
    if (l->sdp_ids) {
        tg_general_ext *ext = (tg_general_ext *)add(&arena, &link, TG_PAYLOAD_GENERAL_EXT);
        ext->type = TG_EXT_SDP_IDS;
        ext->data = tg_bytes_of(l->sdp_ids, strlen(l->sdp_ids));
    }
    if (l->ticket) {
        tg_ticket *ticket = (tg_ticket *)add(&arena, &link, TG_PAYLOAD_TICKET);
        ticket->ticket_type = 9; /* of nobody: its data are octets */
        ticket->flags = l->f ? TG_FLAG('F') : 0;
        ticket->tp_data.form = TG_CHAIN_PAYLOADS;
        tg_payload **policy = &ticket->tp_data.payloads;
        if (l->resolver)
            add_identity(&arena, &policy, TG_ID_ROLE_R, l->resolver);
        ticket->ticket_data.form = TG_CHAIN_OCTETS;
        ticket->ticket_data.octets = tg_bytes_of(data, sizeof data);
    }
    if (l->type == TG_DATA_TYPE_ERROR)
        add(&arena, &link, TG_PAYLOAD_ERR);
    tg_writer w = tg_writer_of(out, 1024);
    assert_int_equal(tg_message_build(&message, &w), TG_OK);
    return w.len;
}

/* Base64 of a message; lives until four more were made. */
static inline const char *base64_of(const letter *l)
{
    static char texts[8][2048];
    static unsigned next;
    uint8_t octets[1024];
    char *text = texts[next++ % 8];
    tg_base64_encode(tg_bytes_of(octets, write_letter(l, octets)), text);
    return text;
}

/* ---- what comes out ---------------------------------------------------------------------------------------------- */

typedef struct met {
    tgp_call *call;
    uint64_t call_number, transaction, key, frame;
    tgp_part part;
    tgp_carrier carrier;
    unsigned leg;
    int m_line;
    unsigned covers;
    bool from_caller, response, broken, immediate, closed;
    uint8_t octets[1024];
    size_t len;
    tgp_endpoint destination;
} met;

static struct {
    tgp_calls *calls;
    tgp_calls_options options;
    tg_profile profile;
    uint64_t frame, replay;
    int64_t time;
    tgp_transport transport;
    char findings[4096], notes[1024], calls_closed[4096], last_text[TG_TEXT_MAX];
    met found[256];
    size_t num_found, num_messages, num_immediate, num_ends, num_rtp_ends;
    uint8_t rejected; /* data type of messages that are rejected */
    tgp_trace_finding last;
} room;

static inline void on_message(void *user, tgp_call *call, const tgp_unit *unit, const tg_sip_head *head)
{
    (void)user, (void)call, (void)unit;
    assert_true(head->call_id.len > 0);
    room.num_messages++;
}

/* Sent once more in its call, or sent on by somebody that it went to (TRACE.md section 2). */
static inline bool is_copy(const met *m, const tgp_endpoint *source)
{
    for (const met *before = room.found; before < m && !(room.replay && m->frame >= room.replay); before++)
        if (before->response == m->response && before->len == m->len &&
            memcmp(before->octets, m->octets, m->len) == 0 &&
            (before->call == m->call ||
             memcmp(&before->destination.address, &source->address, sizeof source->address) == 0))
            return true;
    return false;
}

static inline void on_found(void *user, const tgp_found *f)
{
    (void)user;
    assert_true(room.num_found < 256);
    met *m = &room.found[room.num_found++];
    tgp_call_facts facts;
    tgp_call_facts_of(f->call, &facts);
    *m = (met){ f->call,
                facts.number,
                f->transaction,
                f->key,
                f->unit->frame,
                f->part,
                f->carrier,
                f->leg,
                f->m_line,
                f->covers,
                f->from_caller,
                f->response,
                f->broken,
                f->immediate,
                false,
                { 0 },
                f->octets.len < 1024 ? f->octets.len : 1024,
                f->unit->destination };
    memcpy(m->octets, f->octets.data, m->len);
    assert_false(*f->is_copy);
    *f->is_copy = is_copy(m, &f->unit->source);
    if (f->base64)
        assert_memory_equal(f->base64, f->unit->octets.data + f->data_offset, f->base64_len);
}

static inline void on_immediate(void *user, tgp_call *call, const tgp_unit *unit)
{
    (void)user, (void)call, (void)unit;
    room.num_immediate++;
}

static inline void on_finding(void *user, const tgp_trace_finding *f)
{
    (void)user;
    size_t at = strlen(room.findings);
    snprintf(room.findings + at, sizeof room.findings - at, "%s%s@%llu", at ? " " : "", f->requirement->id,
             (unsigned long long)f->frame);
    memcpy(room.last_text, f->text, sizeof room.last_text);
    room.last = *f;
    assert_true(strlen(f->text) > 0);
}

static inline void on_end(void *user, const tgp_endpoint *end, bool rtp)
{
    (void)user;
    assert_true(end->port != 0);
    room.num_ends++;
    room.num_rtp_ends += rtp;
}

/* The message that it is a copy of: the same octets are one message, but for those from `room.replay` on. */
static inline uint64_t first_with(const met *m)
{
    const met *first = room.found;
    bool replayed = room.replay && m->frame >= room.replay;
    while (first->len != m->len || memcmp(first->octets, m->octets, m->len) != 0 ||
           (replayed && first->frame < room.replay))
        first++;
    return (uint64_t)(first - room.found);
}

/* Judges what was found: what parses, and is of no type that the test rejects, is good. */
static inline void on_closing(void *user, tgp_call *call)
{
    (void)user;
    for (size_t i = 0; i < room.num_found; i++) {
        met *m = &room.found[i];
        uint8_t memory[65536];
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_message *message = NULL;
        if (m->call != call || m->closed)
            continue;
        m->closed = true;
        tgp_judged judged = { .parses =
                                  tg_message_parse(tg_bytes_of(m->octets, m->len), &arena, &message, NULL) == TG_OK };
        judged.rejected = !judged.parses || message->hdr.data_type == room.rejected;
        judged.number = first_with(m);
        if (judged.parses) {
            const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
            const tg_general_ext *ext =
                (const tg_general_ext *)tg_payload_find(message->payloads, TG_PAYLOAD_GENERAL_EXT);
            judged.data_type = message->hdr.data_type;
            judged.csb_id = message->hdr.csb_id;
            judged.has_ticket = ticket != NULL;
            judged.wants_answer = ticket && (ticket->flags & TG_FLAG('F'));
            judged.has_sdp_ids = ext != NULL;
            judged.sdp_ids = ext ? ext->data : (tg_bytes){ NULL, 0 };
            judged.message = message;
        }
        tgp_calls_set_judged(room.calls, m->key, &judged);
    }
}

static inline void on_closed(void *user, tgp_call *call)
{
    (void)user;
    tgp_call_facts facts;
    tgp_call_facts_of(call, &facts);
    size_t at = strlen(room.calls_closed);
    snprintf(room.calls_closed + at, sizeof room.calls_closed - at, "%s%llu", at ? " " : "",
             (unsigned long long)facts.number);
    for (size_t i = 0; i < facts.num_notes; i++) {
        at = strlen(room.notes);
        snprintf(room.notes + at, sizeof room.notes - at, "%s%s@%llu", at ? " " : "",
                 tgp_note_name(facts.notes[i].kind), (unsigned long long)facts.notes[i].frame);
    }
}

static const tgp_calls_listener test_listener = { on_message, on_found,   on_immediate, on_finding,
                                                  on_end,     on_closing, on_closed,    NULL };

/* ---- the script ------------------------------------------------------------------------------------------------------- */

static inline void begin(void)
{
    tgp_calls_free(room.calls);
    memset(&room, 0, sizeof room);
    assert_int_equal(tg_carriage_init(), TG_OK);
    assert_int_equal(tg_mime_init(), TG_OK);
    room.profile = *tg_profile_find("ims-mixed");
    room.profile.settings.sdp_ids = TG_SDP_IDS_IF_PRESENT;
    room.options.profile = &room.profile;
    room.time = (int64_t)1000000000 * 1000;
}

static inline void take(tgp_unit *unit)
{
    if (!room.calls) {
        room.calls = tgp_calls_new(&room.options, &test_listener);
        assert_non_null(room.calls);
    }
    tgp_piece piece = { ++room.frame, 42, 0, (uint32_t)unit->octets.len };
    room.time += 1000000;
    unit->frame = unit->first_frame = room.frame;
    unit->time = room.time;
    unit->pieces = &piece;
    unit->num_pieces = 1;
    assert_true(tgp_calls_take(room.calls, unit));
}

/* "192.0.2.1:5060", "192.0.2.1" (port 5060) */
static inline tgp_endpoint end_of(const char *text)
{
    tgp_endpoint out = { .port = 5060 };
    char host[64];
    const char *colon = strchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : strlen(text);
    memcpy(host, text, len);
    host[len] = '\0';
    out.address.version = 4;
    assert_int_equal(inet_pton(AF_INET, host, out.address.octets), 1);
    if (colon)
        out.port = (uint16_t)atoi(colon + 1);
    return out;
}

static inline void take_octets_of(tgp_unit_kind kind, const char *source, const char *destination, uint64_t connection,
                                  const void *octets, size_t len)
{
    uint8_t *exact = malloc(len ? len : 1); /* so that a read beyond the end is seen */
    assert_non_null(exact);
    memcpy(exact, octets, len);
    tgp_unit unit = { .kind = kind,
                      .transport = connection ? TGP_TCP : TGP_UDP,
                      .source = end_of(source),
                      .destination = end_of(destination),
                      .connection = connection,
                      .octets = tg_bytes_of(exact, len) };
    take(&unit);
    free(exact);
}

/* Lines end with \n in the script; Content-Length is added, and Content-Type where there is none. */
static inline void sip(const char *source, const char *destination, const char *head, const char *body)
{
    static char text[65536];
    size_t len = 0;
    char length[64];
    static char wire_body[60000];
    size_t body_len = 0;
    for (const char *at = body ? body : ""; *at; at++) {
        if (*at == '\n')
            wire_body[body_len++] = '\r';
        wire_body[body_len++] = *at;
    }
    for (const char *at = head; *at; at++) {
        if (*at == '\n')
            text[len++] = '\r';
        text[len++] = *at;
    }
    snprintf(length, sizeof length, "%sContent-Length: %zu\r\n\r\n",
             body && !strstr(head, "\nContent-Type:") && !strstr(head, "\nc:") ? "Content-Type: application/sdp\r\n"
                                                                               : "",
             body_len);
    memcpy(text + len, length, strlen(length));
    len += strlen(length);
    memcpy(text + len, wire_body, body_len);
    uint64_t connection = room.transport == TGP_TCP ? 900 : 0;
    take_octets_of(TGP_UNIT_SIP, source, destination, connection, text, len + body_len);
}

static const char *call_id = "c1@example.com", *more_headers = "", *request_uri = "sip:bob@example.com";

static inline void request(const char *source, const char *destination, const char *method, unsigned cseq,
                           const char *to_tag, const char *body)
{
    char head[4096];
    snprintf(head, sizeof head,
             "%s %s SIP/2.0\nVia: SIP/2.0/UDP h.example.com;branch=z9hG4bK%u\nMax-Forwards: 70\nFrom: \"A\" "
             "<sip:alice@example.com>;tag=a\n"
             "To: <sip:bob@example.com>%s%s\nCall-ID: %s\nCSeq: %u %s\n%s",
             method, request_uri, cseq, *to_tag ? ";tag=" : "", to_tag, call_id, cseq, method, more_headers);
    sip(source, destination, head, body);
}

static inline void response(const char *source, const char *destination, unsigned status, const char *method,
                            unsigned cseq, const char *to_tag, const char *body)
{
    char head[4096];
    snprintf(
        head, sizeof head,
        "SIP/2.0 %u Word\nVia: SIP/2.0/UDP h.example.com;branch=z9hG4bK%u\nFrom: \"A\" <sip:alice@example.com>;tag=a\n"
        "To: <sip:bob@example.com>;tag=%s\nCall-ID: %s\nCSeq: %u %s\n%s",
        status, cseq, to_tag, call_id, cseq, method, more_headers);
    sip(source, destination, head, body);
}

#define UE "192.0.2.1"
#define EDGE "192.0.2.10"
#define CORE "192.0.2.20"
#define PEER "192.0.2.2"

/* A description of the UE (1), the peer (2), ...; `rest` is a format. */
static inline const char *sdp(int who, const char *rest, ...)
{
    static char texts[6][16384];
    static unsigned next;
    char *text = texts[next++ % 6];
    int at =
        snprintf(text, sizeof texts[0], "v=0\no=- 1 1 IN IP4 192.0.2.%d\ns=-\nc=IN IP4 192.0.2.%d\nt=0 0\n", who, who);
    va_list list;
    va_start(list, rest);
    vsnprintf(text + at, sizeof texts[0] - (size_t)at, rest, list);
    va_end(list);
    return text;
}

#define SAVP "m=audio 40000 RTP/SAVP 96\n"
#define KEY "a=key-mgmt:mikey %s\n"

/* INVITE, 200 and ACK between UE and peer. */
static inline void exchange(const char *offer, const char *answer)
{
    request(UE, PEER, "INVITE", 1, "", offer);
    response(PEER, UE, 200, "INVITE", 1, "b", answer);
    request(UE, PEER, "ACK", 1, "b", NULL);
}

static inline void finish(void)
{
    assert_non_null(room.calls);
    tgp_calls_finish(room.calls);
}

/* All findings in the order in which they came: "id@frame id@frame". */
static inline void expect(const char *findings)
{
    finish();
    assert_string_equal(room.findings, findings);
    tgp_calls_free(room.calls);
    room.calls = NULL;
}

#endif
