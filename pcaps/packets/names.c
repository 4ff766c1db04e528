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

void tgp_endpoint_text(const tgp_endpoint *endpoint, char out[TGP_ENDPOINT_MAX])
{
    char address[INET6_ADDRSTRLEN] = "?";
    bool v6 = endpoint->address.version == 6;
    (void)inet_ntop(v6 ? AF_INET6 : AF_INET, endpoint->address.octets, address, sizeof address);
    (void)snprintf(out, TGP_ENDPOINT_MAX, v6 ? "[%s]:%u" : "%s:%u", address, (unsigned)endpoint->port);
}
