/* Rows about what stands in messages beside the signalling that carries them: RFC 6043, TS 33.328 B.1. */
#include "checks.h"
#include "ticketgate/exchange.h"

static bool wants_response(const tgpc_key *key)
{
    return key->mikey && key->judged.known && key->judged.parses && key->data_type == TG_DATA_TYPE_TRANSFER_INIT &&
           key->judged.has_ticket && key->judged.wants_answer;
}

static bool responds(const tgpc_description *answer)
{
    for (size_t i = 0; i < answer->num_keys; i++)
        if (answer->keys[i]->data_type == TG_DATA_TYPE_TRANSFER_RESP ||
            answer->keys[i]->data_type == TG_DATA_TYPE_ERROR)
            return true;
    return false;
}

static void check_response(tgp_call *call, const tgpc_offer *offer, const tgpc_answer *answer)
{
    if (!answer->description || !tgpc_is_accepted(offer, answer) || answer->responded ||
        responds(answer->description) || tgpc_selects_another(offer, answer))
        return;
    for (size_t i = 0; i < offer->description->num_keys; i++) {
        const tgpc_key *key = offer->description->keys[i];
        if (!wants_response(key))
            continue;
        for (unsigned m = 0; m < answer->description->num_m && m < 64; m++)
            if ((key->covered >> m & 1) && answer->description->m[m].port &&
                !tgpc_was_accepted_before(call, offer, key)) {
                tgpc_tell(call, "RFC6043-4.2.2.2-04", answer->whose_ok, &answer->ok, tgpc_thing(TGP_PART_ANSWER, -1, 0),
                          "the offer is accepted, its ticket has F=1, and no TRANSFER_RESP came");
                return;
            }
    }
}

void tgpc_check_transfer_closing(tgp_call *call, const tgpc_offer *offer)
{
    for (const tgpc_answer *answer = offer->answers; answer; answer = answer->next)
        check_response(call, offer, answer);
    if (offer->transaction->before || !offer->initial || offer->in_response || !call->calls->profile->kms_uids)
        return;
    for (size_t i = 0; i < offer->description->num_keys; i++)
        if (offer->description->keys[i]->judged.resolver == TGPC_NO) {
            if (call->links_lost) { /* its hop before may be in one of those */
                tgpc_overlook(call->calls);
                return;
            }
            tgpc_tell(call, "TS33328-B.1-x01", offer->whose, &offer->place, tgpc_thing(TGP_PART_OFFER, -1, 0),
                      "the Request-URI names nobody whom the ticket policy lets resolve the ticket");
            return;
        }
}

/* ---- who answers ------------------------------------------------------------------------------------------------------------ */

static bool is_uid_of(tg_bytes value, bool address, tg_bytes uid)
{
    uint8_t memory[1024];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_sip_address parts;
    tg_bytes own;
    const char *reason;
    if (address) {
        if (!value.len || tg_sip_address_read(value, &parts, &reason) != TG_OK)
            return false;
        value = parts.uri;
    }
    return value.len && tg_kms_uid(value, &arena, &own) && tg_kms_uid_matches(own, uid);
}

/* Does the UID belong to one of the URIs that were called? */
static bool was_called(const tgp_call *call, tg_bytes uid)
{
    if (is_uid_of(call->to, true, uid) || is_uid_of(call->called_party, true, uid) ||
        is_uid_of(call->target, false, uid))
        return true;
    for (size_t i = 0; i < call->num_keys; i++)
        if (is_uid_of(call->keys[i]->request_uri, false, uid))
            return true;
    return false;
}

void tgpc_check_application_server(tgp_call *call)
{
    if (!call->has_request) /* who was called is not in the capture */
        return;
    for (size_t i = 0; i < call->num_keys; i++) {
        const tgpc_key *key = call->keys[i];
        if (key->mikey && key->data_type == TG_DATA_TYPE_TRANSFER_RESP && key->judged.uid.len &&
            !was_called(call, key->judged.uid))
            tgpc_note(call, TGP_NOTE_APPLICATION_SERVER, key->place.frame,
                      "the IDRr of TRANSFER_RESP is nobody who was called");
    }
}

/* ---- SSRC (RFC 6043 6.1.1: 0 is a value like others) --------------------------------------------------------------------- */

/* The SSRCs that the message gives to the two crypto sessions of an RTP m-line (TRACE.md section 3). False: not known. */
static bool ssrcs_of(const tgpc_description *description, const tgpc_key *key, unsigned m_line, uint32_t out[2])
{
    size_t total = 0, first = 0;
    for (unsigned i = 0; i < description->num_m && i < 64; i++) {
        if (!(key->covered >> i & 1))
            continue;
        if (i == m_line)
            first = total;
        total += description->m[i].rtp ? 2 : 1;
    }
    if (total != key->judged.num_ssrcs || total > 64 || (key->judged.with_ssrc >> first & 3) != 3)
        return false;
    out[0] = key->judged.ssrcs[first];
    out[1] = key->judged.ssrcs[first + 1];
    return true;
}

void tgpc_check_rtp_closing(tgp_call *call, const tgpc_media *media)
{
    const tgpc_m *offer = tgpc_m_of(media->offer->description, media->m_line);
    const tgpc_m *answer = media->answer ? tgpc_m_of(media->answer->description, media->m_line) : NULL;
    uint32_t ssrcs[2];
    if (!offer || !offer->rtp || !offer->key || !media->accepted)
        return;
    if (!(answer && answer->key && answer->key->data_type == TG_DATA_TYPE_TRANSFER_RESP &&
          ssrcs_of(media->answer->description, answer->key, media->m_line, ssrcs)) &&
        !ssrcs_of(media->offer->description, offer->key, media->m_line, ssrcs))
        return;
    for (int way = 0; way < 2; way++) {
        const tgpc_seen *seen = media->seen[way];
        for (size_t i = 0; seen && i < seen->num; i++)
            if (seen->ssrcs[i] != ssrcs[0] && seen->ssrcs[i] != ssrcs[1]) {
                tgpc_tell(call, "RFC6043-6.1.1-08", media->offer->whose, &seen->places[i],
                          tgpc_thing(TGP_PART_NONE, (int)media->m_line, 0), "expected SSRC %08x or %08x; found %08x",
                          (unsigned)ssrcs[0], (unsigned)ssrcs[1], (unsigned)seen->ssrcs[i]);
                return;
            }
    }
}
