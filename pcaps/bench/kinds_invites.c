#include "kinds.h"

void kinds_invites(traffic *t, const sip_mikey *mikey, uint64_t num_packets, bool same_address)
{
    char text[SIP_MAX];
    for (uint64_t i = 0; t->num_packets < num_packets; i++) {
        uint32_t host = 0x0a000000 | ((uint32_t)traffic_hash(i) & 0xffffff);
        call c = { .number = i, .ue = { host, 5060 }, .proxy = { 0xc0000201, 5060 }, .key_mgmt = true };
        c.media[0] = (end){ same_address ? 0xc6336401 : host,
                            same_address ? 49170 : (uint16_t)(20000 + 2 * (traffic_hash(i) >> 32) % 20000) };
        size_t len = sip_write(&c, SIP_INVITE, mikey, text);
        traffic_udp(t, c.ue, c.proxy, text, len);
    }
}
