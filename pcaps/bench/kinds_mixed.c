/* Traffic as at a P-CSCF. */
#include <stdlib.h>
#include <string.h>

#include "kinds.h"

enum { NUM_SLOTS = 256, NUM_FLOWS = 128, SEGMENT = 1400, RTP_LEN = 200, TRIES = 8 };

/* What a slot does, message by message; 255 ends it. */
static const uint8_t scripts[][8] = {
    { SIP_INVITE, SIP_TRYING, SIP_RINGING, SIP_OK_INVITE, SIP_ACK, SIP_BYE, SIP_OK_BYE, 255 },
    { SIP_REGISTER, SIP_OK_REGISTER, 255 },
    { SIP_OPTIONS, SIP_OK_OPTIONS, 255 },
};
enum { CALLING, TALKING = 5 /* steps done: until BYE */ };

/* A UE: one dialog after the other, over one TCP connection where it uses TCP. */
typedef struct slot {
    call c;
    unsigned script, step;
    bool begun, connected;
    uint32_t seq[2]; /* of TCP: sent by UE, by proxy */
    uint16_t rtp_seq[2];
} slot;

/* A connection that is not SIP. */
typedef struct flow {
    end ends[2];
    bool http;
    unsigned step, num_segments;
    uint32_t seq[2];
} flow;

typedef struct mix {
    traffic *t;
    const sip_mikey *mikey;
    uint64_t num_dialogs, num_flows, num_sip;
    slot slots[NUM_SLOTS];
    flow flows[NUM_FLOWS];
} mix;

/* ---- SIP ------------------------------------------------------------------------------------------------------------- */

static void connect_slot(mix *m, slot *s)
{
    traffic_tcp(m->t, s->c.ue, s->c.proxy, s->seq[0]++, 0, TRAFFIC_SYN, NULL, 0);
    traffic_tcp(m->t, s->c.proxy, s->c.ue, s->seq[1]++, s->seq[0], TRAFFIC_SYN | TRAFFIC_ACK, NULL, 0);
    traffic_tcp(m->t, s->c.ue, s->c.proxy, s->seq[0], s->seq[1], TRAFFIC_ACK, NULL, 0);
    s->connected = true;
}

static void send_sip(mix *m, slot *s, unsigned from, const char *text, size_t len)
{
    end ends[2] = { s->c.ue, s->c.proxy };
    if (!s->c.tcp) {
        traffic_udp(m->t, ends[from], ends[!from], text, len);
        m->num_sip++;
        return;
    }
    if (!s->connected)
        connect_slot(m, s);
    for (size_t at = 0; at < len; at += SEGMENT) {
        size_t part = len - at < SEGMENT ? len - at : SEGMENT;
        traffic_tcp(m->t, ends[from], ends[!from], s->seq[from], s->seq[!from], TRAFFIC_PSH | TRAFFIC_ACK, text + at,
                    part);
        s->seq[from] += (uint32_t)part;
        m->num_sip++;
    }
}

static void begin_dialog(mix *m, slot *s, unsigned index)
{
    uint64_t number = m->num_dialogs++;
    uint32_t kind = traffic_draw(m->t, 10);
    uint32_t host = 0x0a000000 + index * 16 + 1;
    s->c.number = number;
    s->c.ue = (end){ host, (uint16_t)(5060 + index % 7) };
    s->c.proxy = (end){ 0xc0000201, 5060 };
    s->c.tcp = index % 4 == 0;
    s->c.key_mgmt = traffic_draw(m->t, 2);
    s->c.media[0] = (end){ host, (uint16_t)(20000 + 2 * traffic_draw(m->t, 10000)) };
    s->c.media[1] = (end){ 0xc0000210 + traffic_draw(m->t, 16), (uint16_t)(40000 + 2 * traffic_draw(m->t, 10000)) };
    s->script = kind < 6 ? 0 : kind < 8 ? 1 : 2;
    s->step = 0;
    s->begun = true;
}

static void some_sip(mix *m)
{
    char text[SIP_MAX];
    unsigned index = traffic_draw(m->t, NUM_SLOTS);
    slot *s = &m->slots[index];
    if (!s->begun || scripts[s->script][s->step] == 255)
        begin_dialog(m, s, index);
    sip_what what = (sip_what)scripts[s->script][s->step++];
    /* The UE calls, and hangs up. */
    send_sip(m, s, sip_is_response(what), text, sip_write(&s->c, what, m->mikey, text));
}

/* ---- RTP and DNS ----------------------------------------------------------------------------------------------------- */

static bool some_rtp(mix *m)
{
    uint8_t packet[RTP_LEN];
    for (int i = 0; i < TRIES; i++) {
        slot *s = &m->slots[traffic_draw(m->t, NUM_SLOTS)];
        if (!s->begun || s->script != CALLING || s->step != TALKING)
            continue;
        unsigned from = traffic_draw(m->t, 2);
        uint16_t seq = s->rtp_seq[from]++;
        memcpy(packet, traffic_noise() + seq % 1000, sizeof packet);
        const uint8_t head[12] = { 0x80,
                                   104,
                                   (uint8_t)(seq >> 8),
                                   (uint8_t)seq,
                                   0,
                                   (uint8_t)(seq >> 8),
                                   (uint8_t)seq,
                                   0,
                                   (uint8_t)from,
                                   1,
                                   (uint8_t)(s->c.number >> 8),
                                   (uint8_t)s->c.number };
        memcpy(packet, head, sizeof head);
        traffic_udp(m->t, s->c.media[from], s->c.media[!from], packet, sizeof packet);
        return true;
    }
    return false;
}

static void some_dns(mix *m)
{
    static const uint8_t question[] = "\3www\7example\3com\0\0\1\0"; /* and the 1 that ends it is below */
    static const uint8_t answer[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 80 };
    uint8_t packet[64] = { 0 };
    bool response = traffic_draw(m->t, 2);
    uint16_t id = (uint16_t)traffic_draw(m->t, 65536);
    end client = { 0x0a010000 | id, (uint16_t)(30000 + id % 30000) }, server = { 0xc0000235, 53 };
    const uint8_t head[] = {
        (uint8_t)(id >> 8), (uint8_t)id, response ? 0x81 : 1, response ? 0x80 : 0, 0, 1, 0, response
    };
    size_t len = 12;
    memcpy(packet, head, sizeof head);
    memcpy(packet + len, question, sizeof question - 1);
    len += sizeof question - 1;
    packet[len++] = 1;
    if (response) {
        memcpy(packet + len, answer, sizeof answer);
        len += sizeof answer;
    }
    traffic_udp(m->t, response ? server : client, response ? client : server, packet, len);
}

/* ---- connections ------------------------------------------------------------------------------------------------------ */

static void begin_flow(mix *m, flow *f)
{
    uint64_t number = m->num_flows++;
    uint32_t draw = traffic_draw(m->t, 1u << 30);
    *f = (flow){ .http = draw & 1, .num_segments = 4 + (draw >> 1) % 36 };
    f->ends[0] = (end){ 0x0a020000 | (uint32_t)(number & 0xffff), (uint16_t)(32768 + number % 28000) };
    f->ends[1] = (end){ 0xc6336400 | (draw >> 20 & 63), f->http ? 80 : 443 };
    f->seq[0] = (uint32_t)traffic_hash(number);
    f->seq[1] = (uint32_t)traffic_hash(~number);
}

static void send_flow(mix *m, flow *f, unsigned from, unsigned flags, const void *data, size_t len)
{
    traffic_tcp(m->t, f->ends[from], f->ends[!from], f->seq[from], f->seq[!from], flags, data, len);
    f->seq[from] += (uint32_t)len + ((flags & (TRAFFIC_SYN | TRAFFIC_FIN)) != 0);
}

static void send_request(mix *m, flow *f)
{
    static const char http[] =
        "GET /pictures/1.jpg HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
        "Accept: image/avif,image/webp,*/*\r\nAccept-Language: en\r\nConnection: keep-alive\r\n\r\n";
    /* ClientHello with one suite and no extensions. */
    static const uint8_t hello[54] = { 22, 3, 1, 0, 49, 1, 0, 0, 45, 3, 3, [43] = 0, 0, 2, 0x13, 1, 1, 0, 0, 0 };
    send_flow(m, f, 0, TRAFFIC_PSH | TRAFFIC_ACK, f->http ? (const void *)http : hello,
              f->http ? sizeof http - 1 : sizeof hello);
}

static void send_answer(mix *m, flow *f, bool first)
{
    uint8_t data[SEGMENT];
    memcpy(data, traffic_noise() + f->step, sizeof data);
    if (f->http && first) {
        /* As long whatever the number: so its own length can be taken off. */
        static const char form[] = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %7zu\r\n\r\n";
        char head[128];
        size_t len = (size_t)snprintf(head, sizeof head, form, (size_t)0);
        snprintf(head, sizeof head, form, (size_t)f->num_segments * SEGMENT - len);
        memcpy(data, head, len);
    } else if (!f->http) {
        static const uint8_t record[] = { 23, 3, 3, (SEGMENT - 5) >> 8, (SEGMENT - 5) & 255 };
        memcpy(data, record, sizeof record);
    }
    send_flow(m, f, 1, TRAFFIC_ACK, data, sizeof data);
}

/* One packet of a connection: handshake, request, answers with an acknowledgement after each second, end. */
static void some_tcp(mix *m)
{
    flow *f = &m->flows[traffic_draw(m->t, NUM_FLOWS)];
    if (f->num_segments == 0)
        begin_flow(m, f);
    unsigned step = f->step++, answers = f->num_segments + f->num_segments / 2;
    if (step == 0)
        send_flow(m, f, 0, TRAFFIC_SYN, NULL, 0);
    else if (step == 1)
        send_flow(m, f, 1, TRAFFIC_SYN | TRAFFIC_ACK, NULL, 0);
    else if (step == 3)
        send_request(m, f);
    else if (step >= 4 && step < 4 + answers && (step - 4) % 3 != 2)
        send_answer(m, f, step == 4);
    else if (step == 4 + answers)
        send_flow(m, f, 1, TRAFFIC_FIN | TRAFFIC_ACK, NULL, 0);
    else if (step == 5 + answers) {
        send_flow(m, f, 0, TRAFFIC_FIN | TRAFFIC_ACK, NULL, 0);
        f->num_segments = 0;
    } else
        send_flow(m, f, 0, TRAFFIC_ACK, NULL, 0);
}

/* ---- all of it --------------------------------------------------------------------------------------------------------- */

static void some_udp(mix *m)
{
    static const end ends[2] = { { 0x0a030001, 30000 }, { 0xc0000299, 30002 } };
    unsigned from = traffic_draw(m->t, 2);
    traffic_udp(m->t, ends[from], ends[!from], traffic_noise() + traffic_draw(m->t, 1000), RTP_LEN);
}

bool kinds_mixed(traffic *t, const sip_mikey *mikey, uint64_t num_packets, bool sip)
{
    mix *m = calloc(1, sizeof *m);
    if (!m)
        return false;
    m->t = t;
    m->mikey = mikey;
    while (t->num_packets < num_packets) {
        uint32_t kind = traffic_draw(t, 90);
        if (sip && m->num_sip * 10 <= t->num_packets)
            some_sip(m);
        else if (kind < 50 && (sip ? some_rtp(m) : true)) {
            if (!sip)
                some_udp(m);
        } else if (kind < 82)
            some_tcp(m);
        else
            some_dns(m);
    }
    free(m);
    return true;
}
