/* MIKEY messages as they are met: decoded and told; and what their judge says of them. */
#include "checks.h"
#include "immediates.h"
#include "registrations.h"
#include "ticketgate/exchange.h"

#define TEXT_SHOWN 255

/* RFC 4648 4: groups of four of the alphabet, padded, nothing else. Where it is none: the place of the first character that does not fit. */
bool tgpc_is_base64(tg_bytes text, size_t *wrong_at)
{
    static const uint8_t alphabet[256] = { /* 1: stands for six bits */
#define ROW(c) [c] = 1
#define ROW4(c) ROW(c), ROW((c) + 1), ROW((c) + 2), ROW((c) + 3)
                                           ROW4('A'), ROW4('E'), ROW4('I'), ROW4('M'), ROW4('Q'), ROW4('U'),
                                           ROW('Y'),  ROW('Z'),  ROW4('a'), ROW4('e'), ROW4('i'), ROW4('m'),
                                           ROW4('q'), ROW4('u'), ROW('y'),  ROW('z'),  ROW4('0'), ROW4('4'),
                                           ROW('8'),  ROW('9'),  ROW('+'),  ROW('/')
#undef ROW4
#undef ROW
    };
    size_t i = 0, padding = 0;
    while (i < text.len && alphabet[text.data[i]])
        i++;
    while (i < text.len && text.data[i] == '=' && padding < 2) {
        i++;
        padding++;
    }
    *wrong_at = i;
    return i == text.len && i > padding && i % 4 == 0;
}

static void cut_text(tg_bytes text, char out[TEXT_SHOWN + 1])
{
    size_t len = text.len < TEXT_SHOWN ? text.len : TEXT_SHOWN;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(text.data[i] < ' ' ? ' ' : text.data[i]);
    out[len] = '\0';
}

static tg_status decode_all(const tgpc_step *step, tg_bytes text, size_t *len, size_t *at)
{
    return text.len > TG_SIP_MAX_OCTETS
               ? TG_TOO_LARGE
               : tg_base64_decode((const char *)text.data, text.len, step->calls->octets, len, at);
}

/* What was decoded to so many octets: were there whole groups and nothing else? White space and padding that is not there make for fewer. */
static bool fills_groups(tg_bytes text, size_t octets)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=')
        padding++;
    return text.len > 0 && text.len % 4 == 0 && octets == text.len / 4 * 3 - padding;
}

/* What somebody found of it before; NULL: nobody did, or it does not decode. */
static const tgp_ready_key *find_ready(const tgp_unit *unit, tg_bytes text)
{
    for (size_t i = 0; unit->keys && i < unit->sdp->num_key_mgmt; i++) {
        tg_bytes data = unit->sdp->key_mgmt[i].data;
        if (data.data == text.data && data.len == text.len)
            return unit->keys[i].octets.data ? &unit->keys[i] : NULL;
    }
    return NULL;
}

static void decode(tgpc_step *step, const tgpc_letter *letter, tgp_found *found)
{
    found->octets = letter->text;
    if (!letter->base64)
        return;
    tg_bytes text = letter->text;
    size_t len = 0, at = 0;
    const tgp_ready_key *ready = find_ready(step->unit, text);
    if (ready && fills_groups(text, ready->octets.len)) {
        found->ready = ready;
        found->octets = ready->octets;
        return;
    }
    tg_status status = decode_all(step, text, &len, &at);
    if (status == TG_OK && fills_groups(text, len)) {
        found->octets = tg_bytes_of(step->calls->octets, len);
        return;
    }
    found->broken = !tgpc_is_base64(text, &found->broken_at);
    if (found->broken && letter->carrier == TGP_CARRIER_SDP) {
        text.len = found->broken_at / 4 * 4;
        len = at = 0;
        status = decode_all(step, text, &len, &at);
    }
    if (letter->carrier != TGP_CARRIER_SDP) { /* a body: lines are as they come (RFC 2045 6.8) */
        found->broken = status != TG_OK;
        found->broken_at = at;
        if (status != TG_OK &&
            tg_base64_decode((const char *)text.data, at / 4 * 4, step->calls->octets, &len, &at) != TG_OK)
            len = 0;
    } else if (status != TG_OK) {
        len = 0;
    }
    found->octets = tg_bytes_of(step->calls->octets, len);
}

static void read_header(tgpc_key *key, tg_bytes octets)
{
    /* RFC 3830 6.1: version, data type, next payload, V and PRF func, CSB ID. What was cut counts by its second octet (TRACE.md section 5). */
    if (octets.len < 2)
        return;
    key->data_type = octets.data[1];
    if (octets.len < 8)
        return;
    key->csb_id = (uint32_t)octets.data[4] << 24 | (uint32_t)octets.data[5] << 16 | (uint32_t)octets.data[6] << 8 |
                  octets.data[7];
}

/* Who was called, for the note about application servers. */
static void keep_called(tgpc_step *step)
{
    tgp_call *call = step->call;
    if (!step->head->request)
        return;
    if (!call->to.data && step->from_tag == call->caller_tag)
        call->to = tgpc_copy(call, step->head->to);
    const tg_sip_header *party = tg_sip_first(step->head, TG_SIP_P_CALLED_PARTY_ID);
    if (party && !call->called_party.data)
        call->called_party = tgpc_copy(call, party->value);
}

void tgpc_tell_letter(tgpc_step *step, tgpc_key *key, tgpc_letter *letter)
{
    const tg_sip_head *head = step->head;
    char first_line[TEXT_SHOWN + 1], call_id[TEXT_SHOWN + 1], cseq[TEXT_SHOWN + 1];
    tgp_call *call = step->call;
    bool is_copy = false;
    tgp_found found = { .call = call,
                        .unit = step->unit,
                        .carrier = letter->carrier,
                        .part = step->part,
                        .first_line = first_line,
                        .call_id = call_id,
                        .cseq = cseq,
                        .m_line = letter->m_line,
                        .has_m_lines = letter->has_m_lines,
                        .m_lines = letter->kinds,
                        .num_m_lines = letter->num_covered,
                        .covered = letter->covered,
                        .covers = letter->covers,
                        .from_caller = (step->from_tag == call->caller_tag) == head->request,
                        .leg = step->leg,
                        .transaction = step->transaction ? step->transaction->number : ++step->calls->num_transactions,
                        .response = !head->request,
                        .status = head->status,
                        .from_tag = step->from_tag,
                        .to_tag = step->to_tag,
                        .request = tgpc_hash(head->cseq_method) + head->cseq,
                        .immediate = step->method == TGPC_MESSAGE || step->method == TGPC_NOTIFY,
                        .key = key->number,
                        .is_copy = &is_copy };
    call->interesting = true;
    keep_called(step);
    if (letter->base64 && letter->in_unit) {
        found.base64 = (const char *)letter->text.data;
        found.base64_len = letter->text.len;
    }
    if (letter->in_unit && letter->text.data) {
        found.data_offset = (size_t)(letter->text.data - step->unit->octets.data);
    } else if (letter->raw.data) {
        found.data_offset = (size_t)(letter->raw.data - step->unit->octets.data);
        found.enclosed_len = letter->carrier == TGP_CARRIER_SDP || letter->base64 ? letter->raw.len : 0;
    }
    decode(step, letter, &found);
    letter->broken = found.broken;
    letter->broken_at = found.broken_at;
    read_header(key, found.octets);
    key->octets = tgpc_hash(found.octets);
    key->from_caller = found.from_caller;
    if (step->copy && step->answer &&
        (key->data_type == TG_DATA_TYPE_TRANSFER_RESP || key->data_type == TG_DATA_TYPE_ERROR))
        step->answer->responded = true;
    if (head->request && (key->data_type == TG_DATA_TYPE_TRANSFER_INIT)) {
        key->request_uri = tgpc_copy(call, head->request_uri);
        if (found.octets.len >= 8) /* the first few octets are the same in many */
            tgpc_link_transfer(call, key->octets);
    }
    if (!head->request && head->status >= 300)
        tgpc_check_refusal(step, key);
    cut_text(head->start_line, first_line);
    cut_text(head->call_id, call_id);
    const tg_sip_header *number = tg_sip_first(head, TG_SIP_CSEQ);
    cut_text(number ? number->value : (tg_bytes){ NULL, 0 }, cseq);
    if (step->calls->listener.found)
        step->calls->listener.found(step->calls->listener.user, &found);
    if (step->method == TGPC_MESSAGE && head->request && key->data_type == TG_DATA_TYPE_TRANSFER_INIT)
        tgpc_immediates_take(step, key, found.octets, is_copy);
}

/* ---- what the judge of messages says -------------------------------------------------------------------------------- */

/* Session Data of crypto sessions of SRTP begin with an SSRC (RFC 6043 6.1.1). */
static void keep_ssrcs(tgp_call *call, tgpc_key *key, const tg_message *message)
{
    const tg_map *map = &message->hdr.map;
    if (!map->generic || !map->num_cs)
        return;
    uint32_t *ssrcs = tgpc_alloc(call, map->num_cs * sizeof *ssrcs);
    if (!ssrcs)
        return;
    key->judged.ssrcs = ssrcs;
    for (size_t i = 0; i < map->num_cs; i++) {
        tg_srtp_session_data data;
        key->judged.num_ssrcs++;
        if (tg_srtp_session_data_of(&map->generic[i], &data)) {
            ssrcs[i] = data.ssrc;
            key->judged.with_ssrc |= i < 64 ? (uint64_t)1 << i : 0;
        }
    }
}

static const tg_ticket *ticket_of(const tg_message *message)
{
    return (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
}

tgpc_yes tgpc_is_resolver(const tg_message *message, tg_bytes uri)
{
    uint8_t memory[1024];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes uid;
    const tg_ticket *ticket = ticket_of(message);
    if (!ticket || ticket->tp_data.form != TG_CHAIN_PAYLOADS || !tg_kms_uid(uri, &arena, &uid))
        return TGPC_UNKNOWN;
    bool any = false;
    for (const tg_payload *p = ticket->tp_data.payloads; p; p = p->next) {
        const tg_idr *idr = (const tg_idr *)p;
        if (p->type != TG_PAYLOAD_IDR || idr->id_role != TG_ID_ROLE_R)
            continue;
        any = true;
        if (tg_kms_uid_matches(uid, idr->id_data))
            return TGPC_YES;
    }
    return any ? TGPC_NO : TGPC_UNKNOWN;
}

static void keep_uid(tgp_call *call, tgpc_key *key, const tg_message *message)
{
    uint8_t role = message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT   ? TG_ID_ROLE_I
                   : message->hdr.data_type == TG_DATA_TYPE_TRANSFER_RESP ? TG_ID_ROLE_R
                                                                          : 0;
    const tg_idr *idr = role ? tg_idr_find(message->payloads, role) : NULL;
    uint8_t memory[1024];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes uid;
    if (idr && tg_kms_uid(idr->id_data, &arena, &uid))
        key->judged.uid = tgpc_copy(call, uid);
}

void tgp_calls_set_judged(tgp_calls *calls, uint64_t number, const tgp_judged *judged)
{
    tgp_call *call = tgpc_call_by_number(calls, (number >> 12) - 1);
    size_t index = number & TGPC_MAX_KEYS;
    if (!number || !call || index == 0 || index > call->num_keys)
        return;
    tgpc_key *key = call->keys[index - 1];
    if (key->judged.known) { /* again, with what was learned since: whether it is rejected may change */
        key->judged.rejected = judged->rejected;
        return;
    }
    key->judged.known = true;
    key->judged.message = judged->number;
    key->judged.parses = judged->parses;
    key->judged.rejected = judged->rejected;
    key->judged.has_ticket = judged->has_ticket;
    key->judged.wants_answer = judged->wants_answer;
    key->judged.has_sdp_ids = judged->has_sdp_ids;
    if (judged->parses) {
        key->data_type = judged->data_type;
        key->csb_id = judged->csb_id;
    }
    if (judged->has_sdp_ids)
        key->judged.sdp_ids = tgpc_copy(call, judged->sdp_ids);
    if (!judged->message)
        return;
    keep_ssrcs(call, key, judged->message);
    keep_uid(call, key, judged->message);
    if (key->request_uri.data)
        key->judged.resolver = tgpc_is_resolver(judged->message, key->request_uri);
}
