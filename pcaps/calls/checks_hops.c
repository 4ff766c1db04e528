/* e2ae security on both sides of the P-CSCF: what a leg says beside the next one (TS 33.328 7.2.1, 7.3.1, G.2). */
#include "checks.h"

/* ---- an offer and the same on the next leg ------------------------------------------------------------------------------ */

typedef struct hop {
    tgp_call *call, *next_call;
    const tgpc_offer *offer, *next;
    unsigned m_line;
    const tgpc_m *m, *next_m;
} hop;

static bool has_fingerprint_of(const tgpc_m *m, const tgpc_m *other)
{
    for (size_t i = 0; other && i < m->num_fingerprints; i++)
        for (size_t k = 0; k < other->num_fingerprints; k++) {
            tg_bytes a = m->fingerprints[i].octets, b = other->fingerprints[k].octets;
            if (a.len && tg_bytes_equal(a, b))
                return true;
        }
    return false;
}

/* The network did not say in the registration that it supports it (7.2.1 step 2): what the UE asks for goes on as it is. */
static bool is_refused(const tgpc_offer *offer, const tgpc_m *m)
{
    return (offer->origin & TGPC_REGISTERED) && !(offer->origin & (m->msrp ? TGPC_NETWORK_MSRP : TGPC_NETWORK_BFCP));
}

static bool core_is_secured(const tgp_call *call)
{
    return call->calls->profile->settings.e2ae_core == TG_E2AE_CORE_TLS;
}

/* To a UE with e2ae security applied: one node is P-CSCF of both, and row 7.3.1-01 speaks of that. */
static bool goes_to_ue(const hop *h)
{
    return h->next_m->applied && !h->next_m->requested;
}

static void check_requested(const hop *h)
{
    bool indicated = h->next_m->requested, secured = h->next_m->secured || h->next_m->num_fingerprints;
    if (core_is_secured(h->call)) {
        if (h->next_m->secured)
            tgpc_note(h->next_call, TGP_NOTE_CORE_TLS, h->next->frame, "TLS in the core network beside e2ae security");
        secured = has_fingerprint_of(h->next_m, h->m);
    }
    if (indicated || secured)
        tgpc_tell_e2ae(h->next_call, h->m, "TS33328-7.2.1-03", h->next->whose, &h->next_m->place, h->m_line,
                       indicated ? "the indication that e2ae security is requested went on to the core network"
                                 : "the m-line went on to the core network with TLS or a fingerprint");
}

static void check_unsecured(const hop *h)
{
    unsigned both = h->m->msrp ? TGPC_UE_MSRP | TGPC_NETWORK_MSRP : TGPC_UE_BFCP | TGPC_NETWORK_BFCP;
    if (h->m->secured || h->next->transaction->goes_on || (h->next->called & both) != both)
        return;
    if (!h->next_m->secured || !h->next_m->num_fingerprints || !h->next_m->applied)
        tgpc_tell_applied(h->next_call, h->next_m, h->next->whose, h->m_line);
}

/* The answer of the UE to an offer with e2ae security applied, and what went on of it to the core network; where that is the UE
 * that asked (one node is P-CSCF of both) row 7.2.1-05 speaks of it. */
static void check_answer_back(const hop *h)
{
    const tgpc_answer *of_ue = h->next->answers, *back = h->offer->answers;
    while (of_ue && !of_ue->description)
        of_ue = of_ue->next;
    if (!of_ue || !h->next_m->applied || h->m->requested)
        return;
    for (; back; back = back->next) {
        const tgpc_m *m = tgpc_m_of(back->description, h->m_line), *ue = tgpc_m_of(of_ue->description, h->m_line);
        if (!m || !m->port || back->first.frame < of_ue->first.frame)
            continue;
        if (core_is_secured(h->call) && m->secured)
            tgpc_note(h->call, TGP_NOTE_CORE_TLS, back->first.frame, "TLS in the core network beside e2ae security");
        if (core_is_secured(h->call) ? has_fingerprint_of(m, ue) : m->secured || m->num_fingerprints)
            tgpc_tell_e2ae(h->call, h->m, "TS33328-7.3.1-04", back->whose, &m->place, h->m_line,
                           "the answer went on to the core network with TLS or a fingerprint");
    }
}

/* What the UE that asked gets: `next` may be NULL. */
static void check_answer_to_ue(tgp_call *call, const tgpc_offer *offer, const tgpc_offer *next, unsigned m_line)
{
    const tgpc_m *asked = tgpc_m_of(offer->description, m_line);
    for (const tgpc_answer *answer = offer->answers; answer; answer = answer->next) {
        const tgpc_m *m = tgpc_m_of(answer->description, m_line);
        const char *text = NULL;
        if (!m || !m->port)
            continue;
        if (!m->secured)
            text = "expected a transport over TLS; found none";
        else if (!m->num_fingerprints)
            text = "expected the fingerprint of the IMS Access GW; found none";
        for (const tgpc_answer *core = next ? next->answers : NULL; core && !text; core = core->next)
            if (has_fingerprint_of(m, tgpc_m_of(core->description, m_line)))
                text = "expected the fingerprint of the IMS Access GW alone; found one that came from the core network";
        if (text)
            tgpc_tell_e2ae(call, asked, "TS33328-7.2.1-05", answer->whose, &m->place, m_line, text);
    }
}

static void check_pair(hop *h)
{
    for (h->m_line = 0; h->m_line < h->offer->description->num_m; h->m_line++) {
        h->m = tgpc_m_of(h->offer->description, h->m_line);
        h->next_m = tgpc_m_of(h->next->description, h->m_line);
        if ((!h->m->msrp && !h->m->bfcp) || !h->next_m || (!h->next_m->msrp && !h->next_m->bfcp))
            continue;
        if (!h->m->port || !h->next_m->port)
            continue;
        if (h->m->requested && !goes_to_ue(h) && !is_refused(h->offer, h->m))
            check_requested(h);
        check_unsecured(h);
        check_answer_back(h);
    }
}

/* The pairs that this offer makes with those of `next_call` that go on from it; the first of them, or NULL. */
static const tgpc_offer *check_into(tgp_call *call, const tgpc_offer *offer, tgp_call *next_call)
{
    const tgpc_offer *first = NULL;
    for (const tgpc_offer *next = next_call->offers; next; next = next->next) {
        if (next->in_response || !next->description || next->transaction->before != offer->transaction->number)
            continue;
        hop h = { .call = call, .next_call = next_call, .offer = offer, .next = next };
        first = first ? first : next;
        check_pair(&h);
    }
    return first;
}

static bool speaks_of_e2ae(const tgpc_offer *offer)
{
    for (size_t i = 0; offer->description && i < offer->description->num_m; i++)
        if (offer->description->m[i].msrp || offer->description->m[i].bfcp)
            return !offer->in_response;
    return false;
}

static bool asks_for_e2ae(const tgpc_offer *offer, unsigned m_line)
{
    const tgpc_m *m = &offer->description->m[m_line];
    return m->requested && (m->msrp || m->bfcp) && m->port && !is_refused(offer, m);
}

void tgpc_check_hops_closing(tgp_call *call, const tgpc_offer *offer)
{
    if (!speaks_of_e2ae(offer))
        return;
    if (call->links_lost)
        tgpc_overlook(call->calls);
    const tgpc_offer *next = check_into(call, offer, call);
    for (unsigned i = 0; i < call->num_linked; i++) {
        tgp_call *other = tgpc_call_by_number(call->calls, call->linked[i]);
        const tgpc_offer *there = other ? check_into(call, offer, other) : NULL;
        next = next ? next : there;
    }
    if (offer->transaction->before)
        return;
    for (unsigned i = 0; i < offer->description->num_m; i++)
        if (asks_for_e2ae(offer, i))
            check_answer_to_ue(call, offer, next, i);
}

/* The call is closed before one that goes on by it: now is the time. */
void tgpc_check_hops_into(tgp_call *call)
{
    for (unsigned i = 0; i < call->num_linked; i++) {
        tgp_call *other = tgpc_call_by_number(call->calls, call->linked[i]);
        for (const tgpc_offer *offer = other && !other->judged ? other->offers : NULL; offer; offer = offer->next)
            if (speaks_of_e2ae(offer))
                check_into(other, offer, call);
    }
}
