/* present: what a capture check found, as text for people or as one JSON object (pcaps/README.md has its members).
 *
 * Call begin, message for each message in order, end. What is to be written stands in `out` after each call: take it
 * and set out.len to 0, or let it grow.
 */
#ifndef TICKETGATE_PCAPS_PRESENT_H
#define TICKETGATE_PCAPS_PRESENT_H

#include "pcaps.h"
#include "ticketgate/json.h"

typedef struct tg_pcap_presentation {
    tg_text out; /* free it with tg_text_free */
    bool json;
    uint64_t num_messages;
} tg_pcap_presentation;

/* `name`: of the capture, for people. */
void tg_pcap_present_begin(tg_pcap_presentation *to, const char *name, const tg_pcap_options *options);
void tg_pcap_present_message(tg_pcap_presentation *to, const tg_pcap_message *message);
void tg_pcap_present_end(tg_pcap_presentation *to, const tg_pcap_options *options, const tg_pcap_result *result);

#endif
