/* What waits until a call is closed. */
#include "checks.h"

void tgpc_judge_closing(tgp_call *call)
{
    for (const tgpc_offer *offer = call->offers; offer; offer = offer->next) {
        if (!offer->description)
            continue;
        tgpc_check_offer_closing(call, offer);
        tgpc_check_transfer_closing(call, offer);
        tgpc_check_hops_closing(call, offer);
        tgpc_check_registered_closing(call, offer);
    }
    for (const tgpc_media *media = call->media; media; media = media->next)
        tgpc_check_rtp_closing(call, media);
    tgpc_check_participants_closing(call);
}
