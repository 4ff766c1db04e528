/* sip: the SIP of made-up calls in IMS, between a UE and its P-CSCF.
 *
 * INVITEs have 18 headers; with a key-mgmt attribute and its TRANSFER_INIT they are about 2000 octets long.
 */
#ifndef TICKETGATE_BENCH_SIP_H
#define TICKETGATE_BENCH_SIP_H

#include "traffic.h"

#define SIP_MAX 4096
#define SIP_MAX_MIKEY 1024

typedef enum sip_what {
    SIP_INVITE,
    SIP_TRYING,
    SIP_RINGING,
    SIP_OK_INVITE,
    SIP_ACK,
    SIP_BYE,
    SIP_OK_BYE,
    SIP_REGISTER,
    SIP_OK_REGISTER,
    SIP_OPTIONS,
    SIP_OK_OPTIONS
} sip_what;
static inline bool sip_is_response(sip_what what)
{
    return what == SIP_TRYING || what == SIP_RINGING || what == SIP_OK_INVITE || what == SIP_OK_BYE ||
           what == SIP_OK_REGISTER || what == SIP_OK_OPTIONS;
}

typedef struct call {
    uint64_t number;         /* tags, branch, Call-ID and CSB ID follow from it */
    end ue, proxy, media[2]; /* media: of the caller, of the callee */
    bool tcp, key_mgmt;
} call;

/* TRANSFER_INIT and TRANSFER_RESP of a conversation of IMS media that conforms, and which octets of them look like chance: RANDs, what is
 * encrypted, the header of the ticket. In each call these are others, so that it has a ticket and a conversation of its own. */
#define SIP_MAX_RANDOM 16
typedef struct sip_mikey {
    uint8_t octets[2][SIP_MAX_MIKEY];
    size_t len[2];
    struct {
        size_t offset, len;
    } random[2][SIP_MAX_RANDOM];
    size_t num_random[2];
} sip_mikey;
bool sip_make_mikey(sip_mikey *out); /* false when memory is short */

/* The octets of a message, in `out` of SIP_MAX. */
size_t sip_write(const call *c, sip_what what, const sip_mikey *mikey, char *out);

#endif
