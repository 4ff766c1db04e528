#include <string.h>

#include "kinds.h"

enum { SEGMENT = 1400, FRAME = 16 + 14 + 20 + 20, MIN_ROUNDS = 4 };

typedef enum content { SIP, HTTP, TLS, NOISE } content;

static content content_of(uint64_t number)
{
    uint64_t draw = traffic_hash(number ^ 0x5155) >> 16;
    if (draw % 256 == 0)
        return SIP;
    return draw % 10 == 0 ? HTTP : draw % 10 < 7 ? TLS : NOISE;
}

/* The data of a connection, cut from its beginning in rounds: `at` octets in. */
static size_t data_of(uint64_t number, content what, const sip_mikey *mikey, end client, end server, uint64_t at,
                      uint8_t *out)
{
    char text[SIP_MAX];
    size_t len = 0;
    memcpy(out, traffic_noise() + at % 1000, SEGMENT);
    if (what == SIP) {
        /* One INVITE after the other, of the same call: they follow each other without a gap. */
        call c = {
            .number = number, .ue = client, .proxy = server, .media = { client, server }, .tcp = true, .key_mgmt = true
        };
        len = sip_write(&c, SIP_INVITE, mikey, text);
        for (size_t i = 0; i < SEGMENT; i++)
            out[i] = (uint8_t)text[(at + i) % len];
    } else if (what == HTTP && at == 0) {
        len = (size_t)snprintf(text, sizeof text,
                               "POST /upload/%u HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 100000000\r\n\r\n",
                               (unsigned)(number & 0xffff));
        memcpy(out, text, len);
    } else if (what == TLS) {
        static const uint8_t record[] = { 23, 3, 3, (SEGMENT - 5) >> 8, (SEGMENT - 5) & 255 };
        memcpy(out, record, sizeof record);
    }
    return SEGMENT;
}

static uint64_t rounds_of(uint64_t num_flows, uint64_t octets)
{
    uint64_t each = (octets + num_flows - 1) / num_flows, data = FRAME + SEGMENT;
    uint64_t rounds =
        3 + (each > 3 * FRAME ? (each - 3 * FRAME + data - 1) / data : 0); /* SYN, SYN and ACK, FIN; data */
    return rounds < MIN_ROUNDS ? MIN_ROUNDS : rounds;
}

void kinds_flows(traffic *t, const sip_mikey *mikey, uint64_t num_flows, uint64_t octets)
{
    uint8_t data[SEGMENT];
    uint64_t rounds = rounds_of(num_flows, octets);
    for (uint64_t round = 0; round < rounds && !ferror(t->file); round++) {
        for (uint64_t number = 0; number < num_flows; number++) {
            content what = content_of(number);
            /* 16,777,216 clients times 4 ports: no two connections have the same ends. */
            end client = { 0x0a000000 | (uint32_t)(number & 0xffffff), (uint16_t)(40000 + (number >> 24)) };
            end server = { 0xc6336400 | (uint32_t)(number & 255), what == SIP    ? 5060
                                                                  : what == HTTP ? 80
                                                                  : what == TLS  ? 443
                                                                                 : 7000 };
            uint32_t seq = (uint32_t)traffic_hash(number), ack = (uint32_t)traffic_hash(~number);
            uint64_t at = round < 2 ? 0 : (round - 2) * SEGMENT;
            if (round == 0)
                traffic_tcp(t, client, server, seq, 0, TRAFFIC_SYN, NULL, 0);
            else if (round == 1)
                traffic_tcp(t, server, client, ack, seq + 1, TRAFFIC_SYN | TRAFFIC_ACK, NULL, 0);
            else if (round + 1 == rounds)
                traffic_tcp(t, client, server, seq + 1 + (uint32_t)at, ack + 1, TRAFFIC_FIN | TRAFFIC_ACK, NULL, 0);
            else
                traffic_tcp(t, client, server, seq + 1 + (uint32_t)at, ack + 1, TRAFFIC_ACK, data,
                            data_of(number, what, mikey, client, server, at, data));
        }
    }
}
