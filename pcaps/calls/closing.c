/* What waits until a call is closed. */
#include "checks.h"

#define MOST_COMPARED 64

/* Of a copy of the first message with these octets the judge says nothing: it is judged like that. */
static void share_judgements(tgp_call *call)
{
    for (size_t i = 0; i < call->num_keys; i++) {
        tgpc_key *key = call->keys[i];
        if (!key->mikey || key->judged.known)
            continue;
        for (size_t k = 0; k < call->num_keys && k < MOST_COMPARED; k++) {
            const tgpc_key *first = call->keys[k];
            if (!first->judged.known || first->octets != key->octets)
                continue;
            tgpc_yes resolver = key->judged.resolver;
            key->judged = first->judged;
            key->judged.resolver = resolver; /* that is about the Request-URI as well */
            break;
        }
    }
}

void tgpc_judge_closing(tgp_call *call)
{
    if (!call->interesting)
        return;
    share_judgements(call);
    for (const tgpc_offer *offer = call->offers; offer; offer = offer->next) {
        if (!offer->description)
            continue;
        tgpc_check_offer_closing(call, offer);
        tgpc_check_transfer_closing(call, offer);
        tgpc_check_hops_closing(call, offer);
    }
    tgpc_check_hops_into(call);
    tgpc_check_history_closing(call);
    for (const tgpc_media *media = call->past; media; media = media->next)
        tgpc_check_rtp_closing(call, media);
    for (const tgpc_media *media = call->media; media; media = media->next) {
        tgpc_check_rtp_closing(call, media);
        tgpc_check_connections_closing(call, media);
    }
    tgpc_check_participants_closing(call);
    tgpc_check_application_server(call);
}
