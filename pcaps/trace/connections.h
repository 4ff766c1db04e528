/* A TLS connection of an m-line: what is kept of it. Private to connections.c (what comes in) and handshakes.c (what is judged). */
#ifndef TICKETGATE_PCAPS_CONNECTIONS_H
#define TICKETGATE_PCAPS_CONNECTIONS_H

#include "tracing.h"

/* What is kept of a connection in all; handshakes take a few thousand octets. */
enum {
    TGT_MAX_CONNECTION = 128 * 1024,
    TGT_MAX_UNNAMED = 16 * 1024 /* of one that no m-line names */,
    TGT_MAX_SEGMENTS = 2048,
    TGT_MAX_OTHERS = 16
};

typedef struct tgt_segment {
    bool from_first;
    size_t offset, len; /* in `octets` */
    size_t first_piece, num_pieces;
    uint64_t frame;
} tgt_segment;

struct tgt_connection {
    tgt_node by_id;
    tgt_connection *next; /* of its conversation */
    tgt_connection *quieter, *busier;
    tgt_conversation *conversation; /* whose TEK it is to use; NULL: none, or told already */
    tgt_call *call;                 /* NULL: closed */
    uint64_t id, number, first_frame, call_number;
    int64_t time, last_time;
    tgp_endpoint ends[2]; /* 0: who sent the SYN, or the first datagram */
    bool datagrams, full, has_level; /* has_level: messages beside its own count: of the session, of other m-lines that name its end */
    uint64_t others[TGT_MAX_OTHERS];
    size_t num_others;
    tgp_media media; /* as it stood when the connection was met */
    uint8_t *octets;
    size_t num_octets, max_octets;
    tgt_segment *segments;
    size_t num_segments, max_segments;
    tgp_piece *pieces;
    size_t num_pieces, max_pieces;
};

/* handshakes.c */
void tgt_judge_connection(tgp_trace *trace, tgt_connection *connection);

#endif
