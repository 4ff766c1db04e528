/* What mutants dislike in messages that they ought to take, and what they keep back that they ought to send. */
#include <string.h>

#include "mutants.h"

/* ---- tools -------------------------------------------------------------------------------------------------- */

static bool is(const iut_seen *seen, uint8_t data_type)
{
    return seen->message->hdr.data_type == data_type;
}

static bool is_request(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_REQUEST_INIT_PSK) || is(seen, TG_DATA_TYPE_REQUEST_INIT_PK);
}

static bool is_resolve(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_RESOLVE_INIT_PSK) || is(seen, TG_DATA_TYPE_RESOLVE_INIT_PK);
}

static bool is_transfer(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_TRANSFER_INIT) && !seen->is_update;
}

static bool is_transfer_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_TRANSFER_RESP) && !seen->is_update;
}

static const tg_payload *find(const iut_seen *seen, uint16_t type)
{
    return tg_payload_find(seen->message->payloads, type);
}

static bool has_unexpected(const iut_seen *seen)
{
    return iut_breaks_row(seen, "RFC6043-4.2-x04");
}

static const tg_ticket *ticket_of(const iut_seen *seen)
{
    return (const tg_ticket *)find(seen, TG_PAYLOAD_TICKET);
}

static bool has_flag(const iut_seen *seen, char flag)
{
    const tg_ticket *ticket = ticket_of(seen);
    return ticket && (ticket->flags & TG_FLAG(flag)) != 0;
}

static const tg_role_config *config(const iut_seen *seen)
{
    return seen->config->role;
}

/* ---- unexpected payloads, V flags --------------------------------------------------------------------------- */

bool iut_unexpected_in_request(const iut_seen *seen)
{
    return is_request(seen) && has_unexpected(seen);
}

bool iut_unexpected_in_request_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_REQUEST_RESP) && has_unexpected(seen);
}

bool iut_unexpected_in_transfer(const iut_seen *seen)
{
    return is_transfer(seen) && has_unexpected(seen);
}

bool iut_unexpected_in_transfer_resp(const iut_seen *seen)
{
    return is_transfer_resp(seen) && has_unexpected(seen);
}

bool iut_unexpected_in_resolve(const iut_seen *seen)
{
    return is_resolve(seen) && has_unexpected(seen);
}

bool iut_unexpected_in_resolve_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_RESOLVE_RESP) && has_unexpected(seen);
}

bool iut_unexpected_in_error(const iut_seen *seen)
{
    for (const tg_payload *p = is(seen, TG_DATA_TYPE_ERROR) ? seen->message->payloads : NULL; p; p = p->next) {
        if (p->type != TG_PAYLOAD_T && p->type != TG_PAYLOAD_ERR && p->type != TG_PAYLOAD_SP &&
            p->type != TG_PAYLOAD_V && p->type != TG_PAYLOAD_SIGN)
            return true;
    }
    return false;
}

bool iut_v_of_error(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_ERROR) && seen->message->hdr.v == 1;
}

/* ---- Ticket Request and Ticket Resolve ---------------------------------------------------------------------- */

bool iut_request_without_psk_id(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_REQUEST_INIT_PSK) && !tg_idr_find(seen->message->payloads, TG_ID_ROLE_PSK);
}

bool iut_resolve_without_psk_id(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_RESOLVE_INIT_PSK) && !tg_idr_find(seen->message->payloads, TG_ID_ROLE_PSK) &&
           seen->from != TG_SENDER_K;
}

bool iut_request_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_REQUEST_RESP);
}

bool iut_kms_resolves_for_another(const iut_seen *seen)
{
    return is_resolve(seen) && seen->from == TG_SENDER_K;
}

/* The Responder that the KMS names is not the one who asked. */
bool iut_adjusted_responder(const iut_seen *seen)
{
    const tg_idr *idr = tg_idr_find(seen->message->payloads, TG_ID_ROLE_R);
    return is(seen, TG_DATA_TYPE_RESOLVE_RESP) && idr && !tg_bytes_equal(idr->id_data, config(seen)->self.data);
}

static bool is_the_same_without_wildcards(tg_bytes group, tg_bytes uid)
{
    size_t n = 0;
    for (size_t i = 0; i < group.len; i++) {
        if (group.data[i] == '?')
            continue;
        if (n == uid.len || group.data[i] != uid.data[n++])
            return false;
    }
    return n == uid.len && n < group.len;
}

/* A group of the policy matches, but only where a question mark stands for nothing. */
bool iut_zero_characters(const iut_seen *seen)
{
    const tg_idr *own = tg_idr_find(seen->message->payloads, TG_ID_ROLE_R);
    const tg_payload *p = is_resolve(seen) && own && ticket_of(seen) ? ticket_of(seen)->tp_data.payloads : NULL;
    for (; p; p = p->next) {
        const tg_idr *idr = (const tg_idr *)p;
        if (p->type == TG_PAYLOAD_IDR && idr->id_role == TG_ID_ROLE_R &&
            is_the_same_without_wildcards(idr->id_data, own->id_data))
            return true;
    }
    return false;
}

/* A subscriber asks by another of his names than the first. */
bool iut_other_names(const iut_seen *seen)
{
    const tg_idr *own = tg_idr_find(seen->message->payloads, TG_ID_ROLE_R);
    const tg_idr *psk = tg_idr_find(seen->message->payloads, TG_ID_ROLE_PSK);
    const tg_subscriber *subscriber =
        is_resolve(seen) && psk ? tg_subscriber_by_b_tid(seen->config->of.k.subscribers, psk->id_data) : NULL;
    return own && subscriber && subscriber->num_uids > 1 && !tg_bytes_equal(own->id_data, subscriber->uids[0]);
}

bool iut_resolved_before(const iut_seen *seen)
{
    const tg_ticket *before =
        seen->asked ? (const tg_ticket *)tg_payload_find(seen->asked->payloads, TG_PAYLOAD_TICKET) : NULL;
    return is_resolve(seen) && before && ticket_of(seen) &&
           !tg_bytes_equal(seen->asked->octets, seen->message->octets) &&
           tg_bytes_equal(before->ticket_data.octets, ticket_of(seen)->ticket_data.octets);
}

/* ---- COUNTER ------------------------------------------------------------------------------------------------ */

static const tg_t *counter_in(const tg_message *message)
{
    const tg_t *t = message ? (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T) : NULL;
    return t && t->ts_type == TG_TS_COUNTER ? t : NULL;
}

static bool has_equal_counter(const iut_seen *seen)
{
    const tg_t *own = counter_in(seen->asked), *theirs = counter_in(seen->message);
    return own && theirs && tg_bytes_equal(own->ts_value, theirs->ts_value);
}

bool iut_equal_counter_in_request_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_REQUEST_RESP) && has_equal_counter(seen);
}

bool iut_equal_counter_in_transfer_resp(const iut_seen *seen)
{
    return is_transfer_resp(seen) && has_equal_counter(seen);
}

bool iut_equal_counter_in_resolve_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_RESOLVE_RESP) && has_equal_counter(seen);
}

bool iut_later_counter_in_error(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_ERROR) && counter_in(seen->message) && counter_in(seen->asked) &&
           !has_equal_counter(seen);
}

/* ---- Ticket Transfer ---------------------------------------------------------------------------------------- */

bool iut_several_policies(const iut_seen *seen)
{
    const tg_payload *first = is_transfer(seen) ? find(seen, TG_PAYLOAD_SP) : NULL;
    return first && tg_payload_find(first->next, TG_PAYLOAD_SP);
}

bool iut_keys_in_transfer(const iut_seen *seen)
{
    return is_transfer(seen) && find(seen, TG_PAYLOAD_KEMAC);
}

bool iut_keys_in_transfer_resp(const iut_seen *seen)
{
    return is_transfer_resp(seen) && find(seen, TG_PAYLOAD_KEMAC);
}

bool iut_keys_in_update(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_TRANSFER_INIT) && seen->is_update && find(seen, TG_PAYLOAD_KEMAC);
}

static const tg_generic_cs *session_in(const tg_message *message, uint8_t cs_id)
{
    const tg_map *map = &message->hdr.map;
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        if (map->generic[i].cs_id == cs_id)
            return &map->generic[i];
    }
    return NULL;
}

static bool differs(tg_bytes offered, tg_bytes answered)
{
    return offered.len > 0 && !tg_bytes_equal(offered, answered);
}

bool iut_changed_sessions(const iut_seen *seen)
{
    const tg_map *map = &seen->message->hdr.map;
    if (!is_transfer_resp(seen) || !seen->asked || map->cs_id_map_type != TG_MAP_GENERIC_ID)
        return false;
    for (size_t i = 0; i < map->num_cs; i++) {
        const tg_generic_cs *offered = session_in(seen->asked, map->generic[i].cs_id);
        if (offered && (differs(offered->spi, map->generic[i].spi) ||
                        differs(offered->session_data, map->generic[i].session_data)))
            return true;
    }
    return false;
}

bool iut_added_sessions(const iut_seen *seen)
{
    return is_transfer_resp(seen) && seen->asked && seen->message->hdr.map.num_cs > seen->asked->hdr.map.num_cs;
}

bool iut_any_transfer_resp(const iut_seen *seen)
{
    return is_transfer_resp(seen);
}

bool iut_unanswered_transfer(const iut_seen *seen)
{
    return is_transfer(seen) && !has_flag(seen, 'F');
}

/* Where the Responder will answer: is this left out in every SRTP crypto session? */
static bool none_has(const iut_seen *seen, bool spi)
{
    const tg_map *map = &seen->message->hdr.map;
    size_t num = 0;
    if (!is_transfer(seen) || !has_flag(seen, 'F') || map->cs_id_map_type != TG_MAP_GENERIC_ID)
        return false;
    for (size_t i = 0; i < map->num_cs; i++) {
        if (map->generic[i].prot_type != seen->config->profile.prot_types[TG_PROT_KIND_SRTP])
            continue;
        num++;
        if ((spi ? map->generic[i].spi : map->generic[i].session_data).len > 0)
            return false;
    }
    return num > 0;
}

bool iut_sessions_without_data(const iut_seen *seen)
{
    return none_has(seen, false);
}

/* Not where the Responder is to bring the keys: there is none to name (section 8). */
bool iut_sessions_without_spi(const iut_seen *seen)
{
    return none_has(seen, true) && seen->config->of.r.transfer.num_keys == 0;
}

/* ---- tickets ------------------------------------------------------------------------------------------------ */

/* It cannot open the ticket, and E says that nobody has to be asked. */
bool iut_sealed_elsewhere(const iut_seen *seen)
{
    return is_transfer(seen) && !has_flag(seen, 'E') && config(seen)->tpk.len == 0;
}

bool iut_foreign_kms(const iut_seen *seen)
{
    const tg_ticket *ticket = is_transfer(seen) ? ticket_of(seen) : NULL;
    const tg_idr *kms = ticket ? tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_KMS) : NULL;
    return kms && config(seen)->kms.known && !tg_bytes_equal(kms->id_data, config(seen)->kms.data);
}

bool iut_psk_id_in_ticket(const iut_seen *seen)
{
    const tg_ticket *ticket = ticket_of(seen);
    tg_payload *data = NULL;
    return ticket && config(seen)->tpk.len > 0 &&
           tg_message_parse_ticket_data(ticket->ticket_data.octets, seen->arena, &data, NULL) == TG_OK &&
           tg_idr_find(data, TG_ID_ROLE_PSK);
}

bool iut_thdr_data(const iut_seen *seen)
{
    const tg_ticket *ticket = ticket_of(seen);
    tg_payload *data = NULL;
    if (!ticket || config(seen)->tpk.len == 0 ||
        tg_message_parse_ticket_data(ticket->ticket_data.octets, seen->arena, &data, NULL) != TG_OK)
        return false;
    const tg_thdr *thdr = (const tg_thdr *)tg_payload_find(data, TG_PAYLOAD_THDR);
    return thdr && thdr->thdr_data.len > 0;
}

bool iut_prf_256(const iut_seen *seen)
{
    return seen->message->hdr.prf_func == TG_PRF_HMAC_SHA_256;
}

/* ---- Errors ------------------------------------------------------------------------------------------------- */

static bool is_plain_error(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_ERROR) && !find(seen, TG_PAYLOAD_V) && !find(seen, TG_PAYLOAD_SIGN);
}

bool iut_plain_kms_error(const iut_seen *seen)
{
    return is_plain_error(seen) && seen->from == TG_SENDER_K;
}

bool iut_plain_peer_error(const iut_seen *seen)
{
    return is_plain_error(seen) && seen->from != TG_SENDER_K;
}

bool iut_kms_error(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_ERROR) && seen->from == TG_SENDER_K;
}

bool iut_peer_error(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_ERROR) && seen->from != TG_SENDER_K;
}

/* ---- what is kept back -------------------------------------------------------------------------------------- */

bool iut_sends_request_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_REQUEST_RESP);
}

bool iut_sends_resolve_resp(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_RESOLVE_RESP);
}

bool iut_sends_parse_error(const iut_seen *seen)
{
    return is(seen, TG_DATA_TYPE_ERROR) && seen->rejected && strcmp(seen->rejected, "parse") == 0;
}
