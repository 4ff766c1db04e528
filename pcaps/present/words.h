/* words: small pieces of text that all forms are made of. Private to present. */
#ifndef TICKETGATE_PCAPS_WORDS_H
#define TICKETGATE_PCAPS_WORDS_H

#include "pcaps/present.h"
#include "ticketgate/json.h"

#define TGP_TIME_MAX 48

void tgp_add(tg_text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for words as they stand and for a number, without a look for what is to be put in: captures give very many. */
#define TGP_ADD(out, words) tg_text_add(out, "" words, sizeof words - 1)
void tgp_add_count(tg_text *out, uint64_t number);
void tgp_add_word(tg_text *out, const char *word);
void tgp_add_hex(tg_text *out, tg_bytes octets);
/* Text of others, at most `most` octets of it: for a terminal, for XML. */
void tgp_add_plain(tg_text *out, const char *text, size_t most);
void tgp_add_xml(tg_text *out, const char *text, size_t most);
void tgp_add_number(tg_text *out, uint64_t number); /* "null" for TGP_NONE */
tg_report_sink tgp_text_sink(tg_text *out);

/* "2026-11-21T02:20:01.123456000Z" */
void tgp_time_text(int64_t nanoseconds, char out[TGP_TIME_MAX]);
/* "192.0.2.1:5060" */
void tgp_add_endpoint(tg_text *out, const tgp_endpoint *endpoint);

/* The second octet of a message, -1 where there is none; its name, or NULL. */
int tgp_data_type(tg_bytes octets);
const char *tgp_data_type_name(tg_bytes octets);
const char *tgp_sender_letter(tg_sender from); /* "I"; "" */
/* "1.2", "1.3"; "" where no ServerHello was seen. */
const char *tgp_tls_version(const tg_tls_handshake *handshake);
const char *tgp_tls_suite(const tg_tls_handshake *handshake, char room[16]);
/* Whether something on a MIKEY message, a connection, a container fails the run (TRACE.md section 4). */
bool tgp_message_fails(const tgp_trace_message *message);
bool tgp_any_must(const tgp_placed_finding *findings, size_t num);
/* "frame 4, octets 612 to 619"; nothing where it has no place. */
void tgp_add_place(tg_text *out, bool has_place, uint64_t frame, uint32_t offset, uint32_t length);

#endif
