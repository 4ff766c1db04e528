/* Captures made in memory from conversations that the roles hold with each other, and what a trace tells of them.
 *
 * Packets are raw IP (link type 101): host 7 is 10.0.0.7. Nothing here is made by what is tested but for base64. */
#ifndef TICKETGATE_PCAPS_TEST_TRACE_SUPPORT_H
#define TICKETGATE_PCAPS_TEST_TRACE_SUPPORT_H

#include <stdlib.h>

#include "samples.h"
#include "test_trace_told.h"
#include "ticketgate/json.h"

/* ---- a bench: a trace, its clock and its packets ---- */

typedef struct bench {
    tg_crypto *crypto;
    tgp_trace *trace;
    tgp_keys *keys;
    told *told;
    uint64_t frame;
    int64_t time;
} bench;

static inline void bench_open(bench *b, const char *keys, const tg_profile *profile, size_t memory)
{
    char why[256] = "";
    memset(b, 0, sizeof *b);
    b->told = calloc(1, sizeof *b->told);
    assert_non_null(b->told);
    assert_int_equal(tg_crypto_new(&b->crypto), TG_OK);
    if (keys) {
        b->keys = tgp_keys_read(keys, strlen(keys), b->crypto, why);
        if (!b->keys)
            fail_msg("%s", why);
    }
    const tgp_trace_options options = { .profile = profile, .keys = b->keys, .crypto = b->crypto, .memory = memory };
    const tgp_trace_listener listener = { told_step_of,       told_message_of,   told_conversation_of,
                                          told_connection_of, told_container_of, told_finding_of,
                                          told_call_of,       told_key_log_of,   b->told };
    b->trace = tgp_trace_new(&options, &listener);
    assert_non_null(b->trace);
    b->time = INT64_C(1780142400) * 1000000000; /* 2026-05-30 12:00:00 UTC, the time of made conversations */
}

static inline void bench_close(bench *b)
{
    tgp_trace_free(b->trace);
    tgp_keys_free(b->keys);
    tg_crypto_free(b->crypto);
    free(b->told);
}

static inline tgp_verdict finish(bench *b)
{
    tgp_trace_finish(b->trace);
    return tgp_trace_verdict(b->trace, "", false);
}

enum { MAX_PACKET = 70000 };

static inline void ip(bench *b, unsigned from, unsigned to, unsigned protocol, const uint8_t *payload, size_t len)
{
    static uint8_t packet[MAX_PACKET];
    const uint8_t head[20] = { 0x45,
                               0,
                               (uint8_t)((len + 20) >> 8),
                               (uint8_t)(len + 20),
                               0,
                               0,
                               0,
                               0,
                               64,
                               (uint8_t)protocol,
                               0,
                               0,
                               10,
                               0,
                               0,
                               (uint8_t)from,
                               10,
                               0,
                               0,
                               (uint8_t)to };
    assert_in_range(len, 1, 65515);
    memcpy(packet, head, 20);
    memcpy(packet + 20, payload, len);
    b->time += 1000000;
    const tgp_packet p = { ++b->frame, b->time, 12, tg_bytes_of(packet, len + 20), (uint32_t)(len + 20) };
    assert_true(tgp_trace_take(b->trace, &p));
}

static inline void udp_octets(bench *b, unsigned from, unsigned from_port, unsigned to, unsigned to_port,
                              const void *data, size_t len)
{
    static uint8_t datagram[MAX_PACKET];
    const uint8_t head[8] = { (uint8_t)(from_port >> 8),
                              (uint8_t)from_port,
                              (uint8_t)(to_port >> 8),
                              (uint8_t)to_port,
                              (uint8_t)((len + 8) >> 8),
                              (uint8_t)(len + 8),
                              0,
                              0 };
    memcpy(datagram, head, 8);
    memcpy(datagram + 8, data, len);
    ip(b, from, to, 17, datagram, len + 8);
}

static inline void udp(bench *b, unsigned from, unsigned to, const char *text)
{
    udp_octets(b, from, 5060, to, 5060, text, strlen(text));
}

/* A TCP connection; `seq` of each side. */
typedef struct flow {
    unsigned host[2], port[2];
    uint32_t seq[2];
} flow;

static inline void tcp(bench *b, flow *f, unsigned from, unsigned flags, const void *data, size_t len)
{
    static uint8_t segment[MAX_PACKET];
    uint32_t seq = f->seq[from], ack = f->seq[!from];
    const uint8_t head[20] = { (uint8_t)(f->port[from] >> 8),
                               (uint8_t)f->port[from],
                               (uint8_t)(f->port[!from] >> 8),
                               (uint8_t)f->port[!from],
                               (uint8_t)(seq >> 24),
                               (uint8_t)(seq >> 16),
                               (uint8_t)(seq >> 8),
                               (uint8_t)seq,
                               (uint8_t)(ack >> 24),
                               (uint8_t)(ack >> 16),
                               (uint8_t)(ack >> 8),
                               (uint8_t)ack,
                               0x50,
                               (uint8_t)flags,
                               0xff,
                               0xff };
    memcpy(segment, head, 20);
    if (len)
        memcpy(segment + 20, data, len);
    ip(b, f->host[from], f->host[!from], 6, segment, len + 20);
    f->seq[from] += (uint32_t)len + ((flags & 3) != 0);
}

static inline flow tcp_open(bench *b, unsigned client, unsigned client_port, unsigned server, unsigned server_port)
{
    flow f = { { client, server }, { client_port, server_port }, { 1000, 5000 } };
    tcp(b, &f, 0, 2, NULL, 0);
    tcp(b, &f, 1, 18, NULL, 0);
    tcp(b, &f, 0, 16, NULL, 0);
    return f;
}

static inline void tcp_close(bench *b, flow *f)
{
    tcp(b, f, 0, 17, NULL, 0);
    tcp(b, f, 1, 17, NULL, 0);
    tcp(b, f, 0, 16, NULL, 0);
}

/* ---- texts ---- */

typedef struct dialog {
    const char *call_id;
    unsigned cseq;
    const char *media; /* m-lines, with their ends of line */
} dialog;

#define RTP_MEDIA "m=audio 40000 RTP/SAVP 0\r\n"
#define MSRP_MEDIA "m=message 2855 TCP/TLS/MSRP *\r\na=path:msrps://10.0.0.%u:2855/a;tcp\r\n"

/* A description of host `host`, with a key-mgmt attribute at session level. */
static inline size_t description(char *out, size_t size, unsigned host, const char *media, tg_bytes mikey)
{
    char *base64 = malloc(tg_base64_encoded_size(mikey.len)), attribute[32] = "";
    assert_non_null(base64);
    tg_base64_encode(mikey, base64);
    if (mikey.len)
        snprintf(attribute, sizeof attribute, "a=key-mgmt:mikey ");
    int len = snprintf(out, size, "v=0\r\no=- 1 1 IN IP4 10.0.0.%u\r\ns=-\r\nc=IN IP4 10.0.0.%u\r\nt=0 0\r\n%s%s%s%s",
                       host, host, attribute, base64, mikey.len ? "\r\n" : "", media);
    free(base64);
    assert_in_range(len, 1, size - 1);
    return (size_t)len;
}

static inline void sip(bench *b, unsigned from, unsigned to, const dialog *d, const char *start_line,
                       const char *method, bool by_caller, const char *type, const char *body)
{
    static char text[60000];
    int len = snprintf(text, sizeof text,
                       "%s\r\nVia: SIP/2.0/UDP 10.0.0.%u:5060;branch=z9hG4bK%s%u%s\r\nMax-Forwards: 70\r\nFrom: "
                       "<sip:alice@example.com>;tag=%s\r\n"
                       "To: <sip:bob@example.com>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\nContact: "
                       "<sip:10.0.0.%u>\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
                       start_line, from, d->call_id, d->cseq, method, by_caller ? "a" : "b",
                       strncmp(start_line, "SIP/", 4) == 0 || d->cseq > 1 ? ";tag=" : "",
                       strncmp(start_line, "SIP/", 4) == 0 || d->cseq > 1 ? (by_caller ? "b" : "a") : "", d->call_id,
                       d->cseq, strcmp(method, "ACK") == 0 ? "ACK" : method, from, type ? "Content-Type: " : "",
                       type ? type : "", type ? "\r\n" : "", strlen(body), body);
    assert_in_range(len, 1, (int)sizeof text - 1);
    udp(b, from, to, text);
}

static inline void invite_from(bench *b, unsigned from, unsigned to, const dialog *d, unsigned media_host,
                               tg_bytes mikey)
{
    static char body[50000];
    description(body, sizeof body, media_host, d->media, mikey);
    sip(b, from, to, d, "INVITE sip:bob@example.com SIP/2.0", "INVITE", true, "application/sdp", body);
}

static inline void answer_from(bench *b, unsigned from, unsigned to, const dialog *d, const char *status,
                               unsigned media_host, tg_bytes mikey)
{
    static char body[50000];
    char line[64];
    description(body, sizeof body, media_host, d->media, mikey);
    snprintf(line, sizeof line, "SIP/2.0 %s", status);
    sip(b, from, to, d, line, "INVITE", true, "application/sdp", body);
}

static inline void ack_from(bench *b, unsigned from, unsigned to, const dialog *d)
{
    sip(b, from, to, d, "ACK sip:bob@example.com SIP/2.0", "ACK", true, NULL, "");
}

/* Request and response to the KMS, as octets or as base64. */
static inline void http(bench *b, flow *f, bool request, tg_bytes mikey, bool base64)
{
    static char text[60000];
    char *encoded = malloc(tg_base64_encoded_size(mikey.len));
    assert_non_null(encoded);
    tg_base64_encode(mikey, encoded);
    size_t len = base64 ? strlen(encoded) : mikey.len;
    int head = snprintf(text, sizeof text, "%s\r\n%sContent-Type: application/mikey\r\nContent-Length: %zu\r\n\r\n",
                        request ? "POST /keymanagement?requesttype=ticketrequest HTTP/1.1" : "HTTP/1.1 200 OK",
                        request ? "Host: kms.example.com\r\n" : "", len);
    memcpy(text + head, base64 ? (const void *)encoded : (const void *)mikey.data, len);
    free(encoded);
    tcp(b, f, request ? 0 : 1, 24, text, (size_t)head + len);
}

/* ---- a made conversation ---- */

typedef struct made_story {
    tg_crypto *crypto;
    void *memory;
    tg_arena arena;
    tg_conversation_made made;
    tg_text keys;
} made_story;

static inline void story_make(made_story *s, const char *name, void (*change)(tg_plan *plan))
{
    const sample *known = sample_find(name);
    tg_plan plan;
    assert_non_null(known);
    memset(s, 0, sizeof *s);
    assert_int_equal(tg_crypto_new(&s->crypto), TG_OK);
    s->memory = malloc(SAMPLE_MEMORY);
    assert_non_null(s->memory);
    s->arena = tg_arena_of(s->memory, SAMPLE_MEMORY);
    sample_plan(known, &plan);
    if (change)
        change(&plan);
    plan.sdp_ids = tg_bytes_of("mikey", 5); /* RFC 4567 4.1.4: what the description offers */
    assert_int_equal(tg_converse(s->crypto, &plan, &s->arena, &s->made), TG_OK);
    assert_true(s->made.finished);
    tg_json_add_conversation(&s->made.known, NULL, 0, NULL, &s->keys);
    assert_false(s->keys.failed);
}

static inline void story_free(made_story *s)
{
    tg_text_free(&s->keys);
    tg_conversation_made_free(&s->made);
    free(s->memory);
    tg_crypto_free(s->crypto);
}

/* The n-th message of an exchange. */
static inline tg_bytes story_octets(const made_story *s, const char *ex, size_t n)
{
    for (size_t i = 0; i < s->made.num_sent; i++) {
        if (strcmp(s->made.sent[i].ex, ex) == 0 && n-- == 0)
            return s->made.sent[i].octets;
    }
    fail_msg("there is no such message in %s", ex);
    return tg_bytes_of(NULL, 0);
}

/* ---- a stage: a conversation, and the trace of a capture with its messages ---- */

typedef struct stage {
    made_story story;
    bench bench;
} stage;

/* With `keys` the trace has those of the conversation. `profile` NULL: auto. */
static inline void stage_open(stage *g, const char *name, bool keys, const char *profile)
{
    story_make(&g->story, name, NULL);
    bench_open(&g->bench, keys ? g->story.keys.data : NULL, profile ? tg_profile_find(profile) : NULL, 0);
}

static inline void stage_close(stage *g)
{
    bench_close(&g->bench);
    story_free(&g->story);
}

/* Of the libraries, before the first test. */
static inline bool stages_ready(void)
{
    tg_json_init(0);
    return tg_carriage_init() == TG_OK && tg_mime_init() == TG_OK;
}

static inline void put_number(uint8_t *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* Requests to the KMS, each with a CSB ID of its own: conversations that no call ends. */
static inline void post_requests(bench *b, const made_story *s, unsigned num)
{
    tg_bytes init = story_octets(s, "request", 0);
    uint8_t *octets = malloc(init.len);
    assert_non_null(octets);
    memcpy(octets, init.data, init.len);
    flow f = tcp_open(b, 3, 42000, 9, 80);
    for (unsigned i = 0; i < num; i++) {
        put_number(octets + 4, i);
        http(b, &f, true, tg_bytes_of(octets, init.len), false);
    }
    free(octets);
}

#endif
