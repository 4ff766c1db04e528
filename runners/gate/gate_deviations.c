/* What Ticketgate's peers do in some cases that is no fault, or one that only the gate needs: deviations beside those of
 * the roles room. */
#include <string.h>

#include "gate_script.h"
#include "ticketgate/registry_values.h"

static void drop_psk_id(tg_making *m)
{
    for (tg_payload **at = &m->message->payloads; *at; at = &(*at)->next) {
        if ((*at)->type == TG_PAYLOAD_IDR && ((tg_idr *)*at)->id_role == TG_ID_ROLE_PSK) {
            *at = (*at)->next;
            return;
        }
    }
}

static tg_payload **behind_last_sp(tg_making *m)
{
    tg_payload **at = &m->message->payloads;
    for (tg_payload **p = at; *p; p = &(*p)->next) {
        if ((*p)->type == TG_PAYLOAD_SP)
            at = &(*p)->next;
    }
    return at;
}

/* The same policy once more, by another number. */
static void add_policy(tg_making *m)
{
    const tg_sp *first = (const tg_sp *)tg_payload_find(m->message->payloads, TG_PAYLOAD_SP);
    tg_payload **at = behind_last_sp(m);
    tg_sp *more = first ? (tg_sp *)tg_payload_new(m->arena, TG_PAYLOAD_SP) : NULL;
    if (!more)
        return;
    tg_payload head = more->head;
    *more = *first;
    more->head = head;
    more->policy_no = 7;
    more->head.next = *at;
    *at = &more->head;
}

/* A map of its own, with room for one more session. */
static tg_generic_cs *own_map(tg_making *m)
{
    tg_map *map = &m->message->hdr.map;
    if (map->cs_id_map_type != TG_MAP_GENERIC_ID || map->num_cs == 0)
        return NULL;
    tg_generic_cs *copy = tg_arena_alloc(m->arena, (map->num_cs + 1u) * sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, map->generic, map->num_cs * sizeof *copy);
    map->generic = copy;
    return copy;
}

static void change_session(tg_making *m)
{
    static const uint8_t ssrc[] = { 0x5e, 0x55, 0x10, 0x4e };
    tg_generic_cs *sessions = own_map(m);
    if (sessions && sessions[0].session_data.len == 4)
        sessions[0].session_data = tg_bytes_of(ssrc, 4);
}

static void add_session(tg_making *m)
{
    static const uint8_t ssrc[] = { 0xad, 0xde, 0x0d, 0x01 };
    tg_generic_cs *sessions = own_map(m);
    if (!sessions)
        return;
    tg_map *map = &m->message->hdr.map;
    sessions[map->num_cs] = sessions[0];
    sessions[map->num_cs].cs_id = (uint8_t)(map->num_cs + 1);
    sessions[map->num_cs].session_data = tg_bytes_of(ssrc, 4);
    map->num_cs++;
}

static void no_session_data(tg_making *m)
{
    tg_generic_cs *sessions = own_map(m);
    for (size_t i = 0; sessions && i < m->message->hdr.map.num_cs; i++)
        sessions[i].session_data = (tg_bytes){ NULL, 0 };
}

static void no_spi_at_all(tg_making *m)
{
    tg_generic_cs *sessions = own_map(m);
    for (size_t i = 0; sessions && i < m->message->hdr.map.num_cs; i++)
        sessions[i].spi = (tg_bytes){ NULL, 0 };
}

/* The KMS may name the Responder by an identity of the ticket; without key forking no key depends on it. */
static void name_the_responder(tg_making *m)
{
    static const uint8_t other[] = "bob.b@example.com";
    tg_payload **at = &m->message->payloads;
    while (*at && (*at)->type != TG_PAYLOAD_V)
        at = &(*at)->next;
    tg_idr *idr = *at ? (tg_idr *)tg_payload_new(m->arena, TG_PAYLOAD_IDR) : NULL;
    if (!idr)
        return;
    idr->id_role = TG_ID_ROLE_R;
    idr->id_data = tg_bytes_of(other, sizeof other - 1);
    idr->head.next = *at;
    *at = &idr->head;
}

/* A key that nobody may send: L or M is 0. */
static void add_kemac(tg_making *m)
{
    static const uint8_t key[16] = { 0x6b, 0x65, 0x79 }, spi[] = { 0x5a, 0x5b, 0x5c, 0x5d, 0x5e };
    tg_kemac *kemac = (tg_kemac *)tg_payload_new(m->arena, TG_PAYLOAD_KEMAC);
    tg_key_data *tgk = (tg_key_data *)tg_payload_new(m->arena, TG_PAYLOAD_KEY_DATA);
    tg_payload **at = &m->message->payloads;
    while (*at && (*at)->type != TG_PAYLOAD_V)
        at = &(*at)->next;
    if (!kemac || !tgk || !*at)
        return;
    tgk->type = TG_KEY_TGK;
    tgk->key_data = tg_bytes_of(key, sizeof key);
    tgk->kv_data = (tg_kv_data){ .kv = TG_KV_SPI, .spi = tg_bytes_of(spi, sizeof spi) };
    kemac->encr_alg = TG_ENCR_AES_CM_128;
    kemac->mac_alg = TG_MAC_NULL;
    kemac->encr_data.payloads = &tgk->head;
    kemac->head.next = *at;
    *at = &kemac->head;
}

static void ask_for_prf_256(tg_making *m)
{
    tg_tp *tp = (tg_tp *)(uintptr_t)tg_payload_find(m->message->payloads, TG_PAYLOAD_TP);
    if (tp)
        tp->prf_func = TG_PRF_HMAC_SHA_256;
}

static void no_keys_asked(tg_making *m)
{
    tg_tp *tp = (tg_tp *)(uintptr_t)tg_payload_find(m->message->payloads, TG_PAYLOAD_TP);
    for (tg_payload **at = tp ? &tp->tp_data.payloads : NULL; at && *at; at = &(*at)->next) {
        if ((*at)->type == TG_PAYLOAD_KEMAC) {
            *at = (*at)->next;
            return;
        }
    }
}

/* A minute before it was made: earlier than anything agreed, and well within the skew. */
static void earlier(tg_making *m)
{
    const tg_t *t = (const tg_t *)tg_payload_find(m->message->payloads, TG_PAYLOAD_T);
    uint8_t octets[8];
    if (!t || t->ts_value.len != sizeof octets)
        return;
    memcpy(octets, t->ts_value.data, sizeof octets);
    for (unsigned borrow = 60, n = 4; n-- > 0 && borrow > 0;) { /* seconds are the first four */
        unsigned before = octets[n];
        octets[n] = (uint8_t)(before - borrow);
        borrow = before < borrow;
    }
    ((tg_t *)(uintptr_t)t)->ts_value = tg_arena_copy(m->arena, octets, sizeof octets);
}

/* Authentic, and no name of that subscriber. */
static void name_carol(tg_making *m, uint8_t id_role)
{
    static const uint8_t carol[] = "carol@example.com";
    for (tg_payload *p = m->message->payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_IDR && ((tg_idr *)p)->id_role == id_role)
            m->keys.identities[0].data = ((tg_idr *)p)->id_data = tg_bytes_of(carol, sizeof carol - 1);
    }
}

static void asks_as_carol(tg_making *m)
{
    name_carol(m, TG_ID_ROLE_I);
}

static void resolves_as_carol(tg_making *m)
{
    name_carol(m, TG_ID_ROLE_R);
}

/* A group in the place of a user. */
static void asks_as_group(tg_making *m)
{
    static const uint8_t group[] = "?@example.com";
    for (tg_payload *p = m->message->payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_IDR && ((tg_idr *)p)->id_role == TG_ID_ROLE_I)
            m->keys.identities[0].data = ((tg_idr *)p)->id_data = tg_bytes_of(group, sizeof group - 1);
    }
}

/* The last octet is missing: what is cut off is of V. */
static void cut(tg_making *m)
{
    m->len--;
}

static const tg_deviation table[] = {
    { .name = "gate-cut-keys",
      .title = "RESOLVE_RESP ends in the middle of V.",
      .breaks = "RFC3830-6.9-x01",
      .data_type = TG_DATA_TYPE_RESOLVE_RESP,
      .update = -1,
      .octets = cut },
    { .name = "gate-cut-grant",
      .title = "REQUEST_RESP ends in the middle of V.",
      .breaks = "RFC3830-6.9-x01",
      .data_type = TG_DATA_TYPE_REQUEST_RESP,
      .update = -1,
      .octets = cut },
    { .name = "gate-cut-transfer",
      .title = "TRANSFER_INIT ends in the middle of V.",
      .breaks = "RFC3830-6.9-x01",
      .data_type = TG_DATA_TYPE_TRANSFER_INIT,
      .update = 0,
      .octets = cut },
    { .name = "gate-cut-answer",
      .title = "TRANSFER_RESP ends in the middle of V.",
      .breaks = "RFC3830-6.9-x01",
      .data_type = TG_DATA_TYPE_TRANSFER_RESP,
      .update = 0,
      .octets = cut },
    { .name = "gate-old-update",
      .title = "An update has a T that is not newer than what was agreed.",
      .breaks = "RFC6043-5.2-01b",
      .data_type = TG_DATA_TYPE_TRANSFER_INIT,
      .update = 1,
      .model = earlier },
    { .name = "gate-request-of-another",
      .title = "IDRi of REQUEST_INIT is no KMS UID of the subscriber.",
      .breaks = "TS33328-6.2.3.5-01",
      .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK,
      .update = -1,
      .model = asks_as_carol },
    { .name = "gate-resolve-of-another",
      .title = "IDRr of RESOLVE_INIT is no KMS UID of the subscriber.",
      .breaks = "TS33328-6.2.3.5-01",
      .data_type = TG_DATA_TYPE_RESOLVE_INIT_PSK,
      .update = -1,
      .model = resolves_as_carol },
    { .name = "gate-request-of-group",
      .title = "IDRi of REQUEST_INIT is a group.",
      .breaks = "TS33328-6.2.3.2-01",
      .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK,
      .update = -1,
      .model = asks_as_group },
    { .name = "gate-request-no-psk-id",
      .title = "REQUEST_INIT has no IDRpsk.",
      .breaks = "RFC6043-4.2.1.2-02",
      .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK,
      .update = -1,
      .model = drop_psk_id },
    { .name = "gate-resolve-no-psk-id",
      .title = "RESOLVE_INIT has no IDRpsk.",
      .breaks = "RFC6043-4.2.3.2-02",
      .data_type = TG_DATA_TYPE_RESOLVE_INIT_PSK,
      .update = -1,
      .model = drop_psk_id },
    { .name = "gate-two-policies",
      .title = "TRANSFER_INIT has two SP payloads.",
      .breaks = "RFC6043-4.2.2.1-05",
      .data_type = TG_DATA_TYPE_TRANSFER_INIT,
      .update = 0,
      .model = add_policy },
    { .name = "gate-changed-session",
      .title = "TRANSFER_RESP gives other Session Data than was offered.",
      .breaks = "RFC6043-4.2.2.3-05",
      .data_type = TG_DATA_TYPE_TRANSFER_RESP,
      .update = 0,
      .model = change_session },
    { .name = "gate-added-session",
      .title = "TRANSFER_RESP adds a crypto session.",
      .breaks = "RFC6043-4.2.2.3-06",
      .data_type = TG_DATA_TYPE_TRANSFER_RESP,
      .update = 0,
      .model = add_session },
    { .name = "gate-no-session-data",
      .title = "No crypto session is offered with Session Data.",
      .breaks = "RFC6043-6.1.1-07a",
      .data_type = TG_DATA_TYPE_TRANSFER_INIT,
      .update = 0,
      .model = no_session_data },
    { .name = "gate-no-spis",
      .title = "No crypto session is offered with an SPI.",
      .breaks = "RFC6043-6.1.1-09a",
      .data_type = TG_DATA_TYPE_TRANSFER_INIT,
      .update = 0,
      .model = no_spi_at_all },
    { .name = "gate-keys-with-l-0",
      .title = "TRANSFER_INIT has a KEMAC although L is 0.",
      .breaks = "RFC6043-4.2.2.1-07",
      .data_type = TG_DATA_TYPE_TRANSFER_INIT,
      .update = 0,
      .model = add_kemac },
    { .name = "gate-keys-in-update",
      .title = "An update has a KEMAC although L or M is 0.",
      .breaks = "RFC6043-5.2-08",
      .data_type = TG_DATA_TYPE_TRANSFER_INIT,
      .update = 1,
      .model = add_kemac },
    { .name = "gate-keys-with-m-0",
      .title = "TRANSFER_RESP has a KEMAC although M is 0.",
      .breaks = "RFC6043-4.2.2.3-17",
      .data_type = TG_DATA_TYPE_TRANSFER_RESP,
      .update = 0,
      .model = add_kemac },
    { .name = "gate-adjusted-name",
      .title = "RESOLVE_RESP names the Responder by another identity.",
      .breaks = "RFC6043-4.2.3.5-12",
      .data_type = TG_DATA_TYPE_RESOLVE_RESP,
      .update = -1,
      .model = name_the_responder },
    { .name = "gate-ticket-prf",
      .title = "The ticket has another PRF than the messages.",
      .breaks = "RFC6043-5.1.3-02",
      .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK,
      .update = -1,
      .model = ask_for_prf_256 },
    { .name = "gate-no-keys-asked",
      .title = "TP has no KEMAC: no keys are asked for.",
      .breaks = "RFC6043-4.2.1.5-07",
      .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK,
      .update = -1,
      .model = no_keys_asked },
};

const tg_deviation *gate_deviation_find(const char *name)
{
    const tg_deviation *of_ticket = gate_ticket_deviation_find(name);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return of_ticket ? of_ticket : tg_deviation_find(name);
}
