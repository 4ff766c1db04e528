/* kinds: what bench_traffic can write. Each writes until t->num_packets reaches a number, or the octets of a size. */
#ifndef TICKETGATE_BENCH_KINDS_H
#define TICKETGATE_BENCH_KINDS_H

#include "sip.h"

/* Nothing but INVITEs with key-mgmt over UDP, each of another call; every SDP names another address, or the same. */
void kinds_invites(traffic *t, const sip_mikey *mikey, uint64_t num_packets, bool same_address);
/* A tenth of the packets SIP (or none): calls, registrations and OPTIONS over UDP and TCP; RTP of these calls, HTTP-like and TLS-like connections, DNS.
 * False when memory is short. */
bool kinds_mixed(traffic *t, const sip_mikey *mikey, uint64_t num_packets, bool sip);
/* TCP connections that are open all at once, a packet of each in turn, until the file has at least so many octets. One in 256 carries SIP, one in
 * ten HTTP, the others TLS or something else. What a connection sends follows from its number: nothing is kept of it. */
void kinds_flows(traffic *t, const sip_mikey *mikey, uint64_t num_flows, uint64_t octets);

#endif
