/* Names and texts of packets.h, and how an endpoint is written. */
#include <arpa/inet.h>
#include <stdio.h>

#include "pcaps/counts.h"
#include "pcaps/packets.h"

TGP_DEFINE_COUNTS(tgp_packet_fate, tgp_packet, TGP_PACKETS)

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
