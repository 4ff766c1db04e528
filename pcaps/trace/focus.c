/* Keys of conferences (annex G.1). */
#include "tracing.h"

void tgt_look_at_focus(tgp_trace *trace, tgt_conversation *conversation)
{
    (void)trace;
    (void)conversation;
}

void tgt_free_focus(tgp_trace *trace)
{
    (void)trace;
}
