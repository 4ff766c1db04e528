/* Packets that are made: bare IP, with lengths and checksums. */
#ifndef TICKETGATE_PCAPS_SCRUB_PACKETS_H
#define TICKETGATE_PCAPS_SCRUB_PACKETS_H

#include "pcaps/packets.h"

enum { TGS_MOST_DATA = 65535 - 64 }; /* of one datagram or segment: with its headers it is a packet */

typedef struct tgs_output tgs_output;
tgs_output *tgs_output_open(FILE *file); /* NULL: no memory. The file stays the caller's */
/* A UDP datagram (TCP: a segment), of which `sizes` octets of data go into each packet: fragments of IP where there are several. `times`: one each. */
typedef struct tgs_made {
    const tgp_segment *segment; /* ends, transport, TCP's numbers; the addresses as they are to be written */
    const uint8_t *data;
    const uint32_t *sizes;
    const int64_t *times;
    size_t num;
} tgs_made;
bool tgs_output_write(tgs_output *output,
                      const tgs_made *made); /* no more than TGS_MOST_DATA. False: it could not be written */
uint64_t tgs_output_num(const tgs_output *output);
bool tgs_output_close(tgs_output *output); /* false: something could not be written */

#endif
