/* Names and texts of packets.h, and how an endpoint is written. */
#include <arpa/inet.h>
#include <stdio.h>

#include "pcaps/packets.h"

const char *tgp_packet_name(tgp_packet_fate fate)
{
    static const char *const names[] = {
#define TGP_NAME(symbol, name, loses, text) name,
        TGP_PACKETS(TGP_NAME)
#undef TGP_NAME
    };
    return names[fate];
}

const char *tgp_packet_text(tgp_packet_fate fate)
{
    static const char *const texts[] = {
#define TGP_TEXT(symbol, name, loses, text) text,
        TGP_PACKETS(TGP_TEXT)
#undef TGP_TEXT
    };
    return texts[fate];
}

bool tgp_packet_loses(tgp_packet_fate fate)
{
    static const bool loses_[] = {
#define TGP_LOSES(symbol, name, loses, text) loses,
        TGP_PACKETS(TGP_LOSES)
#undef TGP_LOSES
    };
    return loses_[fate];
}

const char *tgp_transport_name(tgp_transport transport)
{
    static const char *const names[] = { "udp", "tcp", "sctp" };
    return names[transport];
}

static char *put_decimal(char *out, unsigned number)
{
    unsigned above = 1;
    while (number / above >= 10)
        above *= 10;
    for (; above > 0; above /= 10)
        *out++ = (char)('0' + number / above % 10);
    return out;
}

/* By hand: this is asked for each message. */
static void v4_text(const tgp_endpoint *endpoint, char *out)
{
    for (size_t i = 0; i < 4; i++) {
        out = put_decimal(out, endpoint->address.octets[i]);
        *out++ = i < 3 ? '.' : ':';
    }
    *put_decimal(out, endpoint->port) = '\0';
}

void tgp_endpoint_text(const tgp_endpoint *endpoint, char out[TGP_ENDPOINT_MAX])
{
    char address[INET6_ADDRSTRLEN] = "?";
    if (endpoint->address.version != 6) {
        v4_text(endpoint, out);
        return;
    }
    (void)inet_ntop(AF_INET6, endpoint->address.octets, address, sizeof address);
    (void)snprintf(out, TGP_ENDPOINT_MAX, "[%s]:%u", address, (unsigned)endpoint->port);
}
