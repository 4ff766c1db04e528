/* Media: the ends that descriptions name, and what is seen between them. */
#include "checks.h"

/* ---- the table of ends -------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const tgp_endpoint *end)
{
    uint8_t octets[18];
    memcpy(octets, end->address.octets, 16);
    memcpy(octets + 16, &end->port, 2);
    return tgpc_hash(tg_bytes_of(octets, sizeof octets));
}

static void leave(tgpc_end *entry)
{
    if (!entry->link)
        return;
    *entry->link = entry->next;
    if (entry->next)
        entry->next->link = entry->link;
    entry->link = NULL;
}

/* In front: the newest description that names an end counts, and is met first. */
static void enter(tgp_calls *calls, tgpc_end *entry, const tgp_endpoint *end)
{
    tgpc_end **bucket = &calls->ends[hash_of(end) & calls->mask];
    leave(entry);
    entry->end = *end;
    entry->next = *bucket;
    entry->link = bucket;
    if (*bucket)
        (*bucket)->link = &entry->next;
    *bucket = entry;
}

void tgpc_media_forget(tgp_call *call)
{
    for (tgpc_media *media = call->media; media; media = media->next) {
        leave(&media->offer_end);
        leave(&media->answer_end);
    }
}

#define LOOK                                                                                                           \
    32 /* entries of one end that are looked at, the newest first: every description of a capture may name the same */

/* The m-line that has `server` as one end, the other end having the address of `client` (where it is known). */
const tgpc_end *tgpc_find_end(tgp_calls *calls, const tgp_endpoint *server, const tgp_endpoint *client)
{
    return tgpc_find_nth_end(calls, server, client, 0);
}

const tgpc_end *tgpc_find_nth_end(tgp_calls *calls, const tgp_endpoint *server, const tgp_endpoint *client, unsigned n)
{
    const tgpc_end *entry = calls->ends[hash_of(server) & calls->mask];
    int looked = 0;
    for (; entry && looked < LOOK; entry = entry->next) {
        if (!tgp_endpoint_equals(&entry->end, server))
            continue;
        looked++;
        const tgpc_media *media = entry->media;
        const tgpc_m *other = entry->of_offer
                                  ? media->answer ? tgpc_m_of(media->answer->description, media->m_line) : NULL
                                  : tgpc_m_of(media->offer->description, media->m_line);
        if (other && other->has_end && !tgpc_same_address(&other->end, client))
            continue;
        if (n-- == 0)
            return entry;
    }
    return NULL;
}

/* ---- offers and answers -------------------------------------------------------------------------------------------- */

/* Of a request that comes back by the same two ends each hop has its own. */
static bool is_other_hop(const tgpc_offer *offer, const tgpc_offer *other)
{
    const tgpc_transaction *a = offer->transaction, *b = other->transaction;
    return a->by_source != b->by_source && a->cseq == b->cseq && a->method == b->method && a->from_tag == b->from_tag;
}

static tgpc_media *media_of(tgp_call *call, const tgpc_offer *offer, unsigned m_line)
{
    unsigned leg = offer->leg;
    tgpc_media **link = &call->media;
    for (; *link; link = &(*link)->next)
        if ((*link)->leg == leg && (*link)->m_line == m_line && !is_other_hop(offer, (*link)->offer))
            return *link;
    if (call->num_media == TGP_CALL_MAX_MEDIA) {
        call->full = true;
        return NULL;
    }
    tgpc_media *media = tgpc_alloc(call, sizeof *media);
    if (!media)
        return NULL;
    media->leg = leg;
    media->m_line = m_line;
    *link = media;
    call->num_media++;
    return media;
}

static void tell_end(tgp_calls *calls, const tgpc_m *m)
{
    if (calls->listener.media_end)
        calls->listener.media_end(calls->listener.user, &m->end, m->rtp);
}

static void enter_end(tgpc_step *step, tgpc_media *media, const tgpc_m *m, bool of_offer)
{
    tgpc_end *entry = of_offer ? &media->offer_end : &media->answer_end;
    entry->call = step->call;
    entry->media = media;
    entry->of_offer = of_offer;
    if (!m->has_end || (m->rtp && !m->key))
        return;
    enter(step->calls, entry, &m->end);
    tell_end(step->calls, m);
}

/* What is sent from now on is judged otherwise than what was sent before: of each stream it is wanted anew. */
static void renew(tgp_calls *calls, const tgpc_media *media)
{
    const tgpc_m *offered = tgpc_m_of(media->offer->description, media->m_line),
                 *answered = media->answer ? tgpc_m_of(media->answer->description, media->m_line) : NULL;
    if (offered && media->offer_end.link)
        tell_end(calls, offered);
    if (answered && media->answer_end.link)
        tell_end(calls, answered);
}

/* Its packets are judged by the offer that they were seen under, when the call is closed. */
static void keep_past(tgp_call *call, const tgpc_media *media)
{
    tgpc_media *past = call->num_past < TGP_CALL_MAX_MEDIA ? tgpc_alloc(call, sizeof *past) : NULL;
    if (!past) {
        call->full = true;
        return;
    }
    *past = (tgpc_media){ .next = call->past,
                          .leg = media->leg,
                          .m_line = media->m_line,
                          .offer = media->offer,
                          .answer = media->answer,
                          .accepted = media->accepted,
                          .seen = { media->seen[0], media->seen[1] } };
    call->past = past;
    call->num_past++;
}

void tgpc_media_offered(tgpc_step *step, tgpc_offer *offer)
{
    for (unsigned i = 0; i < offer->description->num_m; i++) {
        const tgpc_m *m = &offer->description->m[i];
        if (!m->rtp && !m->secured && !m->msrp && !m->bfcp)
            continue; /* nothing asks for it */
        tgpc_media *media = media_of(step->call, offer, i);
        if (!media)
            return;
        leave(&media->offer_end);
        leave(&media->answer_end);
        if (media->seen[0] || media->seen[1])
            keep_past(step->call, media);
        media->offer = offer;
        media->answer = NULL;
        media->accepted = false;
        media->seen[0] = media->seen[1] = NULL;
        enter_end(step, media, m, true);
    }
}

void tgpc_media_answered(tgpc_step *step, tgpc_offer *offer, tgpc_answer *answer)
{
    for (tgpc_media *media = step->call->media; media; media = media->next) {
        const tgpc_m *m = tgpc_m_of(answer->description, media->m_line);
        if (media->offer != offer || !m)
            continue;
        if (media->answer && media->answer != answer && media->answer->final)
            continue; /* forked: the first 2xx */
        if (media->answer != answer) {
            leave(&media->answer_end);
            media->answer = answer;
            enter_end(step, media, m, false);
        }
        media->accepted = m->port != 0 && tgpc_is_accepted(offer, answer);
        if (answer->final)
            renew(step->calls, media);
    }
}

void tgpc_media_acknowledged(tgpc_step *step, const tgpc_answer *answer)
{
    for (const tgpc_media *media = step->call->media; media; media = media->next)
        if (media->answer == answer)
            renew(step->calls, media);
}
