/* What the two forms of the presentation share. Internal. */
#ifndef TICKETGATE_PCAPS_PRESENT_PARTS_H
#define TICKETGATE_PCAPS_PRESENT_PARTS_H

#include "present.h"

void tgp_add(tg_text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "2026-11-21T01:02:03.000000001Z", or the plain number of seconds where no calendar has that day. */
void tgp_time_text(int64_t seconds, uint32_t nanoseconds, char out[48]);
/* The Data Type of a message that may not have been parsed: -1 when there is no octet that says it. */
int tgp_data_type(const tg_pcap_message *message);

void tgp_json_begin(tg_pcap_presentation *to, const char *name, const tg_pcap_options *options);
void tgp_json_message(tg_pcap_presentation *to, const tg_pcap_message *message);
void tgp_json_end(tg_pcap_presentation *to, const tg_pcap_result *result);
void tgp_text_begin(tg_pcap_presentation *to, const char *name);
void tgp_text_message(tg_pcap_presentation *to, const tg_pcap_message *message);
void tgp_text_end(tg_pcap_presentation *to, const tg_pcap_options *options, const tg_pcap_result *result);

#endif
