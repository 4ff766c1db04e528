/* TLS connections: kept, and judged when they are over. */
#include "tracing.h"

struct tgt_connection {
    tgt_connection *next; /* of its conversation */
    tgt_connection *quieter, *busier;
    int64_t last_time;
};

void tgt_take_tls(tgp_trace *trace, const tgp_unit *unit)
{
    (void)trace;
    (void)unit;
}

void tgt_end_connection(tgp_trace *trace, uint64_t id)
{
    (void)trace;
    (void)id;
}

void tgt_tell_connection(tgp_trace *trace, tgt_connection *connection)
{
    (void)trace;
    (void)connection;
}

void tgt_tell_connections(tgp_trace *trace)
{
    (void)trace;
}

void tgt_tell_connections_of(tgp_trace *trace, tgt_conversation *conversation)
{
    (void)trace;
    (void)conversation;
}

void tgt_free_connections(tgp_trace *trace)
{
    (void)trace;
}

int64_t tgt_connection_time(const tgt_connection *connection)
{
    return connection->last_time;
}
