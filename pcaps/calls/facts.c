/* What is known of a call, for others. */
#include "room.h"

static const char *uri_text(tgp_call *call, tg_bytes value)
{
    tg_sip_address address;
    const char *reason;
    if (value.len && tg_sip_address_read(value, &address, &reason) == TG_OK)
        return tgpc_text(call, address.uri, TGP_CALL_TEXT - 1);
    return "";
}

static void facts_of_media(const tgpc_media *media, tgp_media *out)
{
    *out = (tgp_media){ .leg = media->leg, .m_line = media->m_line, .offer_frame = media->offer->frame };
    const tgpc_m *offer = &media->offer->description->m[media->m_line];
    memcpy(out->media, offer->media, strlen(offer->media) + 1);
    memcpy(out->proto, offer->proto, strlen(offer->proto) + 1);
    out->accepted = media->accepted;
    out->tls = offer->secured;
    out->rtp = offer->rtp;
    out->has_offer_end = offer->has_end;
    out->offer_end = offer->end;
    out->offer_key = offer->key ? offer->key->number : 0;
    out->session_offer_key = offer->session_key ? offer->session_key->number : 0;
    out->indicated_requested = offer->requested;
    out->indicated_applied = offer->applied;
    out->has_fingerprint = offer->num_fingerprints != 0;
    if (!media->answer)
        return;
    out->answer_frame = media->answer->first.frame;
    const tgpc_description *description = media->answer->description;
    if (!description || media->m_line >= description->num_m)
        return;
    const tgpc_m *answer = &description->m[media->m_line];
    out->has_answer_end = answer->has_end;
    out->answer_end = answer->end;
    out->answer_key = answer->key ? answer->key->number : 0;
    out->indicated_requested = out->indicated_requested || answer->requested;
    out->indicated_applied = out->indicated_applied || answer->applied;
    out->has_fingerprint = out->has_fingerprint || answer->num_fingerprints;
}

static void make_texts(tgp_call *call)
{
    if (!call->call_id_text)
        call->call_id_text = tgpc_text(call, call->call_id, TGP_CALL_TEXT - 1);
    if (!call->caller_text)
        call->caller_text = uri_text(call, call->from);
    if (!call->called_text)
        call->called_text = tgpc_text(call, call->target, TGP_CALL_TEXT - 1);
}

/* The views that `facts` hold are the room's and the call's own; asking changes nothing that matters. */
void tgp_call_facts_of(const tgp_call *asked, tgp_call_facts *out)
{
    tgp_calls *calls = asked->calls;
    tgp_call *call = tgpc_call_by_number(calls, asked->number);
    make_texts(call);
    *out = (tgp_call_facts){ .number = call->number,
                             .call_id = call->call_id_text,
                             .caller = call->caller_text,
                             .called = call->called_text,
                             .first_frame = call->first_frame,
                             .last_frame = call->last_frame,
                             .last_time = call->last_time,
                             .notes = call->notes,
                             .num_notes = call->num_notes,
                             .linked = call->linked,
                             .num_linked = call->num_linked,
                             .focus = call->focus,
                             .participant = call->participant };
    for (unsigned i = 0; i < call->num_legs; i++)
        calls->legs_out[i] = call->legs[i].ends;
    out->legs = calls->legs_out;
    out->num_legs = call->num_legs;
    for (const tgpc_media *media = call->media; media && out->num_media < TGP_CALL_MAX_MEDIA; media = media->next)
        facts_of_media(media, &calls->media_out[out->num_media++]);
    out->media = calls->media_out;
}

uint64_t tgp_call_number(const tgp_call *call)
{
    return call->number;
}

uint64_t tgp_call_origin(const tgp_call *call)
{
    return call->origin;
}

const char *tgp_call_id(const tgp_call *asked)
{
    tgp_call *call = tgpc_call_by_number(asked->calls, asked->number);
    make_texts(call);
    return call->call_id_text;
}

void tgp_call_keep(tgp_call *call, void *kept)
{
    call->kept = kept;
}

void *tgp_call_kept(const tgp_call *call)
{
    return call->kept;
}

const tg_sdp_fingerprint *tgp_media_fingerprint(const tgp_call *call, const tgp_media *media, tgp_part part, size_t n)
{
    for (const tgpc_media *own = call->media; own; own = own->next) {
        if (own->leg != media->leg || own->m_line != media->m_line)
            continue;
        const tgpc_description *description = part == TGP_PART_OFFER ? own->offer->description
                                              : own->answer          ? own->answer->description
                                                                     : NULL;
        const tgpc_m *m = tgpc_m_of(description, own->m_line);
        return m && n < m->num_fingerprints ? &m->fingerprints[n] : NULL;
    }
    return NULL;
}

const tgp_media *tgp_calls_media_of(tgp_calls *calls, const tgp_endpoint *client, const tgp_endpoint *server,
                                    tgp_call **call)
{
    return tgp_calls_nth_media_of(calls, client, server, 0, call);
}

const tgp_media *tgp_calls_nth_media_of(tgp_calls *calls, const tgp_endpoint *client, const tgp_endpoint *server,
                                        unsigned n, tgp_call **call)
{
    const tgpc_end *end = tgpc_find_nth_end(calls, server, client, n);
    if (!end)
        return NULL;
    facts_of_media(end->media, &calls->media_of);
    if (call)
        *call = end->call;
    return &calls->media_of;
}
