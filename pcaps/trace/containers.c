/* PSK S/MIME containers in MESSAGE and NOTIFY. */
#include "tracing.h"

void tgt_take_container(tgp_trace *trace)
{
    (void)trace;
}

void tgt_tell_container(tgp_trace *trace, tgt_conversation *conversation, tgt_container *container)
{
    (void)trace;
    (void)conversation;
    (void)container;
}
