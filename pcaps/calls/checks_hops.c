/* e2ae security on both sides of the P-CSCF: what a leg says beside the next one (TS 33.328 7.2.1, 7.3.1, G.2). */
#include "checks.h"
#include "registrations.h"

/* ---- hops ------------------------------------------------------------------------------------------------------------ */

/* Of legs whose first request went to where this leg's first came from, the last before it (a request that comes by twice). */
static void look_before(tgp_call *other, const tgp_leg *leg, tgp_call **before, unsigned *before_leg, uint64_t *frame)
{
    for (unsigned i = 0; i < other->num_legs; i++) {
        const tgp_leg *one = &other->legs[i].ends;
        if (one == leg || one->first_frame >= leg->first_frame || one->first_frame < *frame ||
            !tgpc_same_address(&one->destination, &leg->source) || tgpc_same_address(&one->destination, &one->source))
            continue;
        *before = other;
        *before_leg = i;
        *frame = one->first_frame;
    }
}

bool tgpc_hop_before(const tgp_call *asked, unsigned leg, tgp_call **before, unsigned *before_leg)
{
    tgp_calls *calls = asked->calls;
    tgp_call *call = tgpc_call_by_number(calls, asked->number);
    uint64_t frame = 0;
    *before = NULL;
    look_before(call, &call->legs[leg].ends, before, before_leg, &frame);
    for (unsigned i = 0; i < call->num_linked; i++) {
        tgp_call *other = tgpc_call_by_number(calls, call->linked[i]);
        if (other)
            look_before(other, &call->legs[leg].ends, before, before_leg, &frame);
    }
    return *before != NULL;
}

static bool is_last(const tgp_call *call, unsigned leg)
{
    tgp_call *before;
    unsigned before_leg;
    for (unsigned other = 0; other < call->num_legs; other++)
        if (other != leg && tgpc_hop_before(call, other, &before, &before_leg) && before == call && before_leg == leg)
            return false;
    return true;
}

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

static bool core_is_secured(const tgp_call *call)
{
    return call->calls->profile->settings.e2ae_core == TG_E2AE_CORE_TLS;
}

static void check_requested(const hop *h)
{
    bool indicated = h->next_m->requested || h->next_m->applied,
         secured = h->next_m->secured || h->next_m->num_fingerprints;
    if (core_is_secured(h->call)) {
        if (h->next_m->secured)
            tgpc_note(h->next_call, TGP_NOTE_CORE_TLS, h->next->frame, "TLS in the core network beside e2ae security");
        secured = has_fingerprint_of(h->next_m, h->m);
    }
    if (indicated || secured)
        tgpc_tell_e2ae(h->next_call, h->m, "TS33328-7.2.1-03", h->next->leg, &h->next_m->place, h->m_line,
                       indicated ? "the indication that e2ae security is requested went on to the core network"
                                 : "the m-line went on to the core network with TLS or a fingerprint");
}

static void check_unsecured(const hop *h)
{
    if (h->m->secured || !is_last(h->next_call, h->next->leg))
        return;
    const tgpc_registration *r = tgpc_registered(h->call->calls, &h->next_call->legs[h->next->leg].ends.destination);
    if (!r || !(h->m->msrp ? r->ue_msrp && r->network_msrp : r->ue_bfcp && r->network_bfcp))
        return;
    if (!h->next_m->secured || !h->next_m->num_fingerprints || !h->next_m->applied)
        tgpc_tell_applied(h->next_call, h->next_m, h->next->leg, h->m_line);
}

/* The answer of the UE to an offer with e2ae security applied, and what went on of it. */
static void check_answer_back(const hop *h)
{
    const tgpc_answer *of_ue = h->next->answers, *back = h->offer->answers;
    while (of_ue && !of_ue->description)
        of_ue = of_ue->next;
    if (!of_ue || !h->next_m->applied)
        return;
    for (; back; back = back->next) {
        const tgpc_m *m = tgpc_m_of(back->description, h->m_line), *ue = tgpc_m_of(of_ue->description, h->m_line);
        if (!m || !m->port || back->first.frame < of_ue->first.frame)
            continue;
        if (core_is_secured(h->call) && m->secured)
            tgpc_note(h->call, TGP_NOTE_CORE_TLS, back->first.frame, "TLS in the core network beside e2ae security");
        if (core_is_secured(h->call) ? has_fingerprint_of(m, ue) : m->secured || m->num_fingerprints)
            tgpc_tell_e2ae(h->call, h->m, "TS33328-7.3.1-04", h->offer->leg, &m->place, h->m_line,
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
            tgpc_tell_e2ae(call, asked, "TS33328-7.2.1-05", offer->leg, &m->place, m_line, text);
    }
}

static void check_pair(hop *h)
{
    for (h->m_line = 0; h->m_line < h->offer->description->num_m; h->m_line++) {
        h->m = tgpc_m_of(h->offer->description, h->m_line);
        h->next_m = tgpc_m_of(h->next->description, h->m_line);
        if ((!h->m->msrp && !h->m->bfcp) || !h->next_m || (!h->next_m->msrp && !h->next_m->bfcp))
            continue;
        if (h->m->requested)
            check_requested(h);
        check_unsecured(h);
        check_answer_back(h);
    }
}

/* The offer that goes on by a leg: the first there after this one, before the next of the same sender. NULL: none. */
static const tgpc_offer *goes_on(const tgpc_offer *offer, const tgp_call *next_call, unsigned next_leg)
{
    const tgpc_offer *later = tgpc_next_offer(offer), *next = next_call->offers;
    while (later && (!later->by_source || later->in_response))
        later = tgpc_next_offer(later);
    for (; next; next = next->next)
        if (next->leg == next_leg && next->by_source && !next->in_response && next->frame >= offer->frame)
            break;
    if (!next || !next->description || (later && later->frame < next->frame))
        return NULL;
    return next;
}

/* The pairs that this offer makes with those of `next_call`; the first of them, or NULL. */
static const tgpc_offer *check_into(tgp_call *call, const tgpc_offer *offer, tgp_call *next_call)
{
    const tgpc_offer *first = NULL;
    for (unsigned leg = 0; leg < next_call->num_legs; leg++) {
        tgp_call *before;
        unsigned before_leg;
        if (!tgpc_hop_before(next_call, leg, &before, &before_leg) || before != call || before_leg != offer->leg)
            continue;
        hop h = { .call = call, .next_call = next_call, .offer = offer, .next = goes_on(offer, next_call, leg) };
        if (!h.next)
            continue;
        first = first ? first : h.next;
        check_pair(&h);
    }
    return first;
}

static bool speaks_of_e2ae(const tgpc_offer *offer)
{
    for (size_t i = 0; offer->description && i < offer->description->num_m; i++)
        if (offer->description->m[i].msrp || offer->description->m[i].bfcp)
            return offer->by_source && !offer->in_response;
    return false;
}

void tgpc_check_hops_closing(tgp_call *call, const tgpc_offer *offer)
{
    if (!speaks_of_e2ae(offer))
        return;
    const tgpc_offer *next = check_into(call, offer, call);
    for (unsigned i = 0; i < call->num_linked; i++) {
        tgp_call *other = tgpc_call_by_number(call->calls, call->linked[i]);
        const tgpc_offer *there = other ? check_into(call, offer, other) : NULL;
        next = next ? next : there;
    }
    tgp_call *before;
    unsigned before_leg;
    if (tgpc_hop_before(call, offer->leg, &before, &before_leg))
        return;
    for (unsigned i = 0; i < offer->description->num_m; i++)
        if (offer->description->m[i].requested && (offer->description->m[i].msrp || offer->description->m[i].bfcp))
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
