#include "checks.h"
void tgpc_check_attribute(const tgpc_attribute *attribute)
{
    (void)attribute;
}
void tgpc_check_history(tgpc_step *step, const tgpc_description *description)
{
    (void)step;
    (void)description;
}
void tgpc_check_refusal(const tgpc_step *step, const tgpc_key *key)
{
    (void)step;
    (void)key;
}
void tgpc_check_offer_closing(tgp_call *call, const tgpc_offer *offer)
{
    (void)call;
    (void)offer;
}
void tgpc_check_transfer_closing(tgp_call *call, const tgpc_offer *offer)
{
    (void)call;
    (void)offer;
}
void tgpc_check_rtp_closing(tgp_call *call, const tgpc_media *media)
{
    (void)call;
    (void)media;
}
void tgpc_check_e2ae_offer(const tgpc_step *step, const tgpc_description *offer)
{
    (void)step;
    (void)offer;
}
void tgpc_check_e2ae_answer(const tgpc_step *step, const tgpc_offer *offer, const tgpc_description *answer)
{
    (void)step;
    (void)offer;
    (void)answer;
}
void tgpc_check_hops_closing(tgp_call *call, const tgpc_offer *offer)
{
    (void)call;
    (void)offer;
}
void tgpc_check_registered_closing(tgp_call *call, const tgpc_offer *offer)
{
    (void)call;
    (void)offer;
}
void tgpc_check_participants(tgpc_step *step)
{
    (void)step;
}
void tgpc_check_participants_closing(tgp_call *call)
{
    (void)call;
}
void tgpc_take_rtp(tgp_calls *calls, const tgp_unit *unit)
{
    (void)calls;
    (void)unit;
}
void tgpc_take_stream(tgp_calls *calls, const tgp_unit *unit)
{
    (void)calls;
    (void)unit;
}
