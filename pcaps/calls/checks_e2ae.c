/* e2ae security of MSRP and BFCP on one leg (TS 33.328 7.1.2, 7.2.1, 7.3.1, G.2). */
#include "checks.h"

/* Rows of 7.x are of MSRP; with a BFCP m-line the same is a finding of G.2-01. */
void tgpc_tell_e2ae(tgp_call *call, const tgpc_m *m, const char *row, tgpc_whose whose, const tgpc_place *place,
                    unsigned m_line, const char *text)
{
    uint64_t which = tgpc_hash(tg_bytes_of(row, strlen(row)));
    tgpc_tell(call, m->bfcp ? "TS33328-G.2-01" : row, whose, place, tgpc_thing(TGP_PART_NONE, (int)m_line, which), "%s",
              text);
}

void tgpc_tell_applied(tgp_call *call, const tgpc_m *m, tgpc_whose whose, unsigned m_line)
{
    const char *text = !m->num_fingerprints ? "expected a fingerprint of the network's; found none"
                       : !m->secured        ? "expected a transport over TLS; found none"
                                            : "expected the indication that e2ae security is applied; found none";
    tgpc_tell_e2ae(call, m, "TS33328-7.3.1-01", whose, &m->place, m_line, text);
}

/* Nothing was before this hop, or it goes to somebody who registered. */
static bool is_leg_of_ue(const tgpc_offer *offer)
{
    return !offer->transaction->before || (offer->called & TGPC_REGISTERED);
}

static void check_bfcp(const tgpc_step *step, const tgpc_m *m, unsigned m_line)
{
    if (m->bfcp && !m->secured && m->port && (m->requested || m->applied) && is_leg_of_ue(step->offer))
        tgpc_tell(step->call, "TS33328-G.2-02", tgpc_whose_of(step), &m->place, tgpc_thing(step->part, (int)m_line, 0),
                  "expected the transport TCP/TLS/BFCP; found %s", m->proto);
}

/* User and network told that they support it, and it is not asked for. */
static void check_asked_for(const tgpc_step *step, const tgpc_m *m, unsigned m_line)
{
    unsigned both = m->msrp ? TGPC_UE_MSRP | TGPC_NETWORK_MSRP : TGPC_UE_BFCP | TGPC_NETWORK_BFCP;
    if (step->transaction->before || step->method != TGPC_INVITE || !step->offer->initial || m->requested ||
        m->applied || m->key)
        return;
    if ((step->offer->sender & both) == both)
        tgpc_tell_e2ae(step->call, m, "TS33328-7.2.1-01", tgpc_whose_of(step), &m->place, m_line,
                       "the registration says that e2ae security is supported, and the offer does not ask for it");
}

void tgpc_check_e2ae_offer(const tgpc_step *step, const tgpc_description *offer)
{
    for (unsigned i = 0; i < offer->num_m; i++) {
        const tgpc_m *m = &offer->m[i];
        if ((!m->msrp && !m->bfcp) || !m->port)
            continue;
        check_asked_for(step, m, i);
        check_bfcp(step, m, i);
        if (m->requested && !m->num_fingerprints)
            tgpc_tell_e2ae(step->call, m, "TS33328-7.2.1-02", tgpc_whose_of(step), &m->place, i,
                           "expected the fingerprint of the UE's certificate; found none");
        if (m->applied && !m->num_fingerprints)
            tgpc_tell_applied(step->call, m, tgpc_whose_of(step), i);
    }
}

void tgpc_check_e2ae_answer(const tgpc_step *step, const tgpc_offer *offer, const tgpc_description *answer)
{
    for (unsigned i = 0; i < answer->num_m; i++) {
        const tgpc_m *asked = tgpc_m_of(offer->description, i), *m = &answer->m[i];
        check_bfcp(step, m, i);
        if (asked && asked->applied && (asked->msrp || asked->bfcp) && m->port && !m->num_fingerprints)
            tgpc_tell_e2ae(step->call, asked, "TS33328-7.3.1-02", tgpc_whose_of(step), &m->place, i,
                           "expected the fingerprint of the UE's certificate; found none");
    }
}
