/* What mutants send, where no deviation of the library is it; and how one of them reads. */
#include <stdlib.h>
#include <string.h>

#include "mutants.h"

static bool is_request(const tg_making *m)
{
    return m->message->hdr.data_type == TG_DATA_TYPE_REQUEST_INIT_PSK ||
           m->message->hdr.data_type == TG_DATA_TYPE_REQUEST_INIT_PK;
}

static bool is_resolve(const tg_making *m)
{
    return m->message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK ||
           m->message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

/* Of a ticket that was not transferred before: reuse has a row of its own (5.3-01). */
static bool is_first(const tg_making *m, uint8_t data_type)
{
    return m->message->hdr.data_type == data_type && !m->is_update && m->ex && strcmp(m->ex, "transfer") == 0;
}

#define SAME_CSB_ID 0x5ca1ab1eu

void iut_same_csb_id_in_request(tg_making *m)
{
    if (is_request(m))
        m->message->hdr.csb_id = SAME_CSB_ID;
}

void iut_same_csb_id_in_transfer(tg_making *m)
{
    if (is_first(m, TG_DATA_TYPE_TRANSFER_INIT))
        m->message->hdr.csb_id = SAME_CSB_ID;
}

void iut_same_csb_id_in_resolve(tg_making *m)
{
    if (is_resolve(m))
        m->message->hdr.csb_id = SAME_CSB_ID;
}

/* In the maker's memory, so that what is derived from the RAND follows. */
static void overwrite(tg_making *m, uint8_t rand_role)
{
    const tg_randr *randr = tg_randr_find(m->message->payloads, rand_role);
    if (randr)
        memset((uint8_t *)(uintptr_t)randr->rand.data, 0xa5, randr->rand.len);
}

void iut_same_rand_in_request(tg_making *m)
{
    if (is_request(m))
        overwrite(m, TG_RAND_ROLE_I);
}

void iut_same_rand_in_transfer(tg_making *m)
{
    if (is_first(m, TG_DATA_TYPE_TRANSFER_INIT))
        overwrite(m, TG_RAND_ROLE_I);
}

void iut_same_randr_in_transfer_resp(tg_making *m)
{
    if (is_first(m, TG_DATA_TYPE_TRANSFER_RESP))
        overwrite(m, TG_RAND_ROLE_R);
}

void iut_same_rand_in_resolve(tg_making *m)
{
    if (is_resolve(m))
        overwrite(m, TG_RAND_ROLE_R);
}

/* Section 10, of a KMS that asks another one: the Responder under another name that fits the same group. */
static bool by_uri(tg_making *m, tg_bytes *id_data)
{
    static const uint8_t scheme[] = "sip:";
    const tg_payload *p = m->from == TG_SENDER_K && is_resolve(m) && m->ticket ? m->ticket->tp_data.payloads : NULL;
    while ((p = tg_payload_find(p, TG_PAYLOAD_IDR)) &&
           !(((const tg_idr *)p)->id_role == TG_ID_ROLE_R &&
             memchr(((const tg_idr *)p)->id_data.data, '?', ((const tg_idr *)p)->id_data.len)))
        p = p->next;
    uint8_t *uri = p ? tg_arena_alloc(m->arena, sizeof scheme - 1 + id_data->len) : NULL;
    if (!uri)
        return false;
    memcpy(uri, scheme, sizeof scheme - 1);
    memcpy(uri + sizeof scheme - 1, id_data->data, id_data->len);
    *id_data = tg_bytes_of(uri, sizeof scheme - 1 + id_data->len);
    return true;
}

void iut_name_by_uri(tg_making *m)
{
    tg_idr *idr = (tg_idr *)(uintptr_t)tg_idr_find(m->message->payloads, TG_ID_ROLE_R); /* the maker's own */
    if (idr && by_uri(m, &idr->id_data))
        idr->id_type = TG_ID_TYPE_URI;
}

/* The MAC covers the identity that is sent. */
void iut_cover_uri(tg_making *m)
{
    const tg_idr *idr = tg_idr_find(m->message->payloads, TG_ID_ROLE_R);
    if (idr && m->from == TG_SENDER_K && is_resolve(m))
        m->keys.identities[0] = (tg_identity){ true, idr->id_type, idr->id_data };
}

/* Of the first SRTP crypto session: others have none. */
void iut_two_policies(tg_making *m)
{
    const tg_map *map = &m->message->hdr.map;
    if (!is_first(m, TG_DATA_TYPE_TRANSFER_RESP) || map->cs_id_map_type != TG_MAP_GENERIC_ID)
        return;
    for (size_t i = 0; i < map->num_cs; i++) {
        tg_generic_cs *cs = (tg_generic_cs *)(uintptr_t)&map->generic[i]; /* the maker's own memory */
        uint8_t *twice = cs->prot_type == TG_PROT_SRTP && cs->ps.len == 1 ? tg_arena_alloc(m->arena, 2) : NULL;
        if (!twice)
            continue;
        twice[0] = twice[1] = cs->ps.data[0];
        cs->ps = tg_bytes_of(twice, 2);
        return;
    }
}

/* What the KMS changed, it does not say; before the ticket is sealed. */
void iut_no_k(tg_making *m)
{
    m->ticket->flags &= (uint16_t)~TG_FLAG('K');
}

/* Any key but the fork; where keys are forked. */
void iut_tgk_not_forked(tg_making *m)
{
    const tg_payload *kemac = tg_payload_find(m->message->payloads, TG_PAYLOAD_KEMAC);
    if (m->message->hdr.data_type != TG_DATA_TYPE_RESOLVE_RESP || !kemac ||
        !tg_randr_find(m->message->payloads, TG_RAND_ROLE_KMS))
        return;
    for (tg_payload *p = ((const tg_kemac *)kemac)->encr_data.payloads; p; p = p->next) {
        tg_key_data *key = (tg_key_data *)p;
        if (p->type != TG_PAYLOAD_KEY_DATA || (key->type != TG_KEY_TGK && key->type != TG_KEY_TGK_SALT))
            continue;
        tg_bytes copy = tg_arena_copy(m->arena, key->key_data.data, key->key_data.len);
        if (!copy.data)
            return;
        *(uint8_t *)(uintptr_t)copy.data ^= 1;
        key->key_data = copy;
    }
}

static bool ends_with_proof(tg_bytes octets)
{
    uint8_t *block = NULL;
    tg_message *message = NULL;
    bool parses = iut_parse(octets, &block, &message, NULL) == TG_OK;
    const tg_payload *last = parses ? tg_payload_last(message->payloads) : NULL;
    bool ends = last && (last->type == TG_PAYLOAD_V || last->type == TG_PAYLOAD_SIGN);
    free(block);
    return ends;
}

/* Cuts off what stands behind the last payload, where that is V or SIGN: anything else is garbage. */
void iut_without_trailing(tg_bytes *octets)
{
    uint8_t *block = NULL;
    tg_message *message = NULL;
    tg_diag diag;
    bool trailing = iut_parse(*octets, &block, &message, &diag) == TG_TRAILING && diag.offset < octets->len &&
                    strcmp(diag.id, "RFC3830-6.1-x04") == 0;
    free(block);
    if (trailing && ends_with_proof(tg_bytes_of(octets->data, diag.offset)))
        octets->len = diag.offset;
}

/* In the maker's memory too: what is derived from the keys follows. */
void iut_zero_own_keys(tg_making *m)
{
    bool transfers = m->message && (m->message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT ||
                                    m->message->hdr.data_type == TG_DATA_TYPE_TRANSFER_RESP);
    tg_payload *kemac = transfers && !m->is_update
                            ? (tg_payload *)(uintptr_t)tg_payload_find(m->message->payloads, TG_PAYLOAD_KEMAC)
                            : NULL;
    for (tg_payload *p = kemac ? ((tg_kemac *)kemac)->encr_data.payloads : NULL; p; p = p->next) {
        tg_bytes key = ((tg_key_data *)p)->key_data;
        if (p->type == TG_PAYLOAD_KEY_DATA && key.len > 0)
            memset((uint8_t *)(uintptr_t)key.data, 0, key.len);
    }
}
