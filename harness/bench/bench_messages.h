/* The messages of the benchmark: RFC 3830 messages that both parsers take, written for it from the RFC's figures. */
#ifndef TICKETGATE_BENCH_MESSAGES_H
#define TICKETGATE_BENCH_MESSAGES_H

#include <stddef.h>

typedef struct bench_message {
    const char *title;
    const char *hex;
} bench_message;

extern const bench_message bench_messages[];
extern const size_t bench_num_messages;

#endif
