/* The deviations that come with the room: each breaks one thing, and a row says so. */
#include "make.h"

#define ANY -1

/* ---- tools -------------------------------------------------------------------------------------------------- */

static tg_payload **link_to(tg_payload **chain, uint16_t type)
{
    while (*chain && (*chain)->type != type)
        chain = &(*chain)->next;
    return chain;
}

static tg_payload *first(tg_making *m, uint16_t type)
{
    return *link_to(&m->message->payloads, type);
}

static void drop(tg_payload **chain, uint16_t type)
{
    tg_payload **at = link_to(chain, type);
    if (*at)
        *at = (*at)->next;
}

static void drop_idr(tg_making *m, uint8_t role)
{
    for (tg_payload **at = &m->message->payloads; *at; at = &(*at)->next) {
        if ((*at)->type == TG_PAYLOAD_IDR && ((tg_idr *)*at)->id_role == role) {
            *at = (*at)->next;
            return;
        }
    }
}

static void drop_randr(tg_making *m, uint8_t role)
{
    for (tg_payload **at = &m->message->payloads; *at; at = &(*at)->next) {
        if ((*at)->type == TG_PAYLOAD_RANDR && ((tg_randr *)*at)->rand_role == role) {
            *at = (*at)->next;
            return;
        }
    }
}

static void spoil(tg_making *m, tg_bytes *octets)
{
    uint8_t *copy = (uint8_t *)(uintptr_t)tg_arena_copy(m->arena, octets->data, octets->len).data;
    if (!copy || octets->len == 0)
        return;
    copy[octets->len - 1] ^= 1;
    octets->data = copy;
}

static tg_payload *keys_of(tg_making *m)
{
    tg_kemac *kemac = (tg_kemac *)first(m, TG_PAYLOAD_KEMAC);
    return kemac ? kemac->encr_data.payloads : NULL;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static void version_2(tg_making *m)
{
    m->message->hdr.version = 2;
}
static void flip_v_flag(tg_making *m)
{
    m->message->hdr.v ^= 1;
}
static void other_csb_id(tg_making *m)
{
    m->message->hdr.csb_id ^= 1;
}
static void drop_t(tg_making *m)
{
    drop(&m->message->payloads, TG_PAYLOAD_T);
}
static void drop_idrkms(tg_making *m)
{
    drop_idr(m, TG_ID_ROLE_KMS);
}
static void drop_modifier_idr(tg_making *m)
{
    drop_idr(m, TG_ID_ROLE_R);
}
static void drop_modifier_rand(tg_making *m)
{
    drop_randr(m, TG_RAND_ROLE_KMS);
}
static void drop_randrr(tg_making *m)
{
    drop_randr(m, TG_RAND_ROLE_R);
}

static void plain_id(tg_making *m)
{
    tg_idr *idr = (tg_idr *)first(m, TG_PAYLOAD_IDR);
    tg_id *id = idr ? (tg_id *)tg_payload_new(m->arena, TG_PAYLOAD_ID) : NULL;
    if (!id)
        return;
    id->id_type = idr->id_type;
    id->id_data = idr->id_data;
    id->head.next = idr->head.next;
    *link_to(&m->message->payloads, TG_PAYLOAD_IDR) = &id->head;
}

static void null_mac(tg_making *m)
{
    tg_v *v = (tg_v *)first(m, TG_PAYLOAD_V);
    if (!v)
        return;
    v->auth_alg = TG_MAC_NULL;
    v->ver_data = (tg_bytes){ 0 };
}

static void same_t(tg_making *m)
{
    const tg_t *theirs = m->initial ? (const tg_t *)tg_payload_find(m->initial->payloads, TG_PAYLOAD_T) : NULL;
    tg_t *own = (tg_t *)first(m, TG_PAYLOAD_T);
    if (theirs && own)
        own->ts_value = theirs->ts_value;
}

/* A clock that is an hour fast. */
static void t_in_the_future(tg_making *m)
{
    tg_t *t = (tg_t *)first(m, TG_PAYLOAD_T);
    if (!t || t->ts_value.len < 4 || t->ts_type == TG_TS_COUNTER)
        return;
    uint8_t octets[8] = { 0 };
    memcpy(octets, t->ts_value.data, t->ts_value.len);
    tg_u64_octets(tg_u64_of(octets) + ((uint64_t)3600 << 32), octets);
    t->ts_value.data = tg_arena_copy(m->arena, octets, t->ts_value.len).data;
}

static void short_randri(tg_making *m)
{
    tg_randr *randr = (tg_randr *)first(m, TG_PAYLOAD_RANDR);
    if (randr && randr->rand.len > 15)
        randr->rand.len = 15;
}

static void swap_mpks(tg_making *m)
{
    tg_key_data *a = (tg_key_data *)keys_of(m), *b = a ? (tg_key_data *)a->head.next : NULL;
    if (!b || b->type != TG_KEY_MPK)
        return;
    tg_bytes key = a->key_data;
    a->key_data = b->key_data;
    b->key_data = key;
}

static void drop_mpkr(tg_making *m)
{
    tg_payload *mpki = keys_of(m);
    if (mpki && mpki->next && ((tg_key_data *)mpki->next)->type == TG_KEY_MPK)
        mpki->next = mpki->next->next;
}

static void unforked_tgk(tg_making *m)
{
    for (tg_payload *p = keys_of(m); p; p = p->next) {
        if (((tg_key_data *)p)->type == TG_KEY_TGK || ((tg_key_data *)p)->type == TG_KEY_TGK_SALT)
            spoil(m, &((tg_key_data *)p)->key_data); /* any key but the fork */
    }
}

static void no_spi(tg_making *m)
{
    tg_payload *keys = keys_of(m);
    while (keys && keys->next)
        keys = keys->next;
    if (keys)
        ((tg_key_data *)keys)->kv_data = (tg_kv_data){ .kv = TG_KV_NULL };
}

static void flip_k(tg_making *m)
{
    if (m->ticket)
        m->ticket->flags ^= TG_FLAG('K');
}

static void drop_initiator_data(tg_making *m)
{
    if (m->ticket)
        m->ticket->initiator_data = (tg_chain){ 0 };
}

static void two_policies(tg_making *m)
{
    static const uint8_t twice[] = { 0, 0 };
    const tg_map *map = &m->message->hdr.map;
    if (map->cs_id_map_type == TG_MAP_GENERIC_ID && map->num_cs > 0)
        ((tg_generic_cs *)(uintptr_t)map->generic)[0].ps = tg_bytes_of(twice, 2); /* the maker's own memory */
}

static void unknown_spi(tg_making *m)
{
    static const uint8_t unknown[] = { 0xba, 0xad };
    const tg_map *map = &m->message->hdr.map;
    if (map->cs_id_map_type == TG_MAP_GENERIC_ID && map->num_cs > 0)
        ((tg_generic_cs *)(uintptr_t)map->generic)[0].spi = tg_bytes_of(unknown, 2);
}

static void ticket_without_rand(tg_making *m)
{
    drop(&m->ticket->ticket_data.payloads, TG_PAYLOAD_RAND);
}

/* ---- the keys ----------------------------------------------------------------------------------------------- */

static void wrong_auth_key(tg_making *m)
{
    spoil(m, &m->keys.auth_key);
}
static void wrong_encr_key(tg_making *m)
{
    spoil(m, &m->keys.encr_key);
}
static void wrong_vr_key(tg_making *m)
{
    spoil(m, &m->keys.vr_key);
}
static void swapped_identities(tg_making *m)
{
    tg_identity first_one = m->keys.identities[0];
    m->keys.identities[0] = m->keys.identities[1];
    m->keys.identities[1] = first_one;
}

/* ---- the octets --------------------------------------------------------------------------------------------- */

static void flip_last_bit(tg_making *m)
{
    if (m->len > 0)
        m->octets[m->len - 1] ^= 1;
}
static void cut_the_end(tg_making *m)
{
    m->len -= m->len > 0;
}

#define INIT_PSK TG_DATA_TYPE_REQUEST_INIT_PSK
#define REQ TG_DATA_TYPE_REQUEST_RESP
#define INIT TG_DATA_TYPE_TRANSFER_INIT
#define RESP TG_DATA_TYPE_TRANSFER_RESP
#define RES_PSK TG_DATA_TYPE_RESOLVE_INIT_PSK
#define RES TG_DATA_TYPE_RESOLVE_RESP

static const tg_deviation table[] = {
    { .name = "version-2",
      .title = "The version of HDR is 2.",
      .breaks = "RFC3830-6.1-x05",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = version_2 },
    { .name = "v-flag",
      .title = "The V flag is inverted.",
      .breaks = "RFC6043-4.2.1.1-03a",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = flip_v_flag },
    { .name = "no-t",
      .title = "There is no T payload.",
      .breaks = "RFC6043-4.2.1.1-01",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = drop_t },
    { .name = "no-idrkms",
      .title = "IDRkms is left out.",
      .breaks = "RFC6043-4.2.1.1-06",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = drop_idrkms },
    { .name = "plain-id",
      .title = "ID instead of IDRi.",
      .breaks = "RFC6043-6.6-01",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = plain_id },
    { .name = "null-mac",
      .title = "V uses the NULL MAC.",
      .breaks = "RFC6043-4.2-x01",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = null_mac },
    { .name = "fast-clock",
      .title = "T is an hour ahead.",
      .breaks = "RFC3830-5.4-x01",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = t_in_the_future },
    { .name = "short-randri",
      .title = "RANDRi has 15 octets.",
      .breaks = "RFC6043-12.1-05",
      .data_type = INIT_PSK,
      .update = ANY,
      .model = short_randri },
    { .name = "request-auth-key",
      .title = "The MAC of REQUEST_INIT_PSK is made with another key.",
      .breaks = "RFC6043-4.2.1.2-04",
      .data_type = INIT_PSK,
      .update = ANY,
      .keys = wrong_auth_key },
    { .name = "request-identities",
      .title = "The MAC of REQUEST_INIT_PSK covers Identity_kms before Identity_i.",
      .breaks = "RFC6043-4.2.1.2-04",
      .data_type = INIT_PSK,
      .update = ANY,
      .keys = swapped_identities },
    { .name = "truncated",
      .title = "The last octet is missing.",
      .breaks = "RFC3830-6.9-x01",
      .data_type = INIT_PSK,
      .update = ANY,
      .octets = cut_the_end },
    { .name = "response-csb-id",
      .title = "REQUEST_RESP has another CSB ID.",
      .breaks = "RFC6043-4.2.1.5-01",
      .data_type = REQ,
      .update = ANY,
      .model = other_csb_id },
    { .name = "response-same-t",
      .title = "REQUEST_RESP repeats the T of the request.",
      .breaks = "RFC6043-4.2.1.5-03",
      .data_type = REQ,
      .update = ANY,
      .model = same_t },
    { .name = "k-inverted",
      .title = "K is inverted once the ticket is sealed.",
      .breaks = "RFC6043-6.10-x20",
      .data_type = REQ,
      .update = ANY,
      .model = flip_k },
    { .name = "mpks-swapped",
      .title = "MPKr stands before MPKi.",
      .breaks = "RFC6043-4.2.1.5-x02",
      .data_type = REQ,
      .update = ANY,
      .model = swap_mpks },
    { .name = "no-mpkr",
      .title = "MPKr is left out although keys are forked.",
      .breaks = "RFC6043-4.2.1.5-09",
      .data_type = REQ,
      .update = ANY,
      .model = drop_mpkr },
    { .name = "no-spi",
      .title = "The last key has no SPI.",
      .breaks = "RFC6043-6.2.1-02",
      .data_type = REQ,
      .update = ANY,
      .model = no_spi },
    { .name = "kemac-key",
      .title = "The KEMAC of REQUEST_RESP is encrypted with another key.",
      .breaks = "RFC6043-4.2.1.5-06",
      .data_type = REQ,
      .update = ANY,
      .keys = wrong_encr_key },
    { .name = "ticket-rand",
      .title = "Ticket Data lacks RAND.",
      .breaks = "RFC6043-A-x01",
      .data_type = TG_DEVIATION_TICKET,
      .update = ANY,
      .model = ticket_without_rand },
    { .name = "ticket-auth-key",
      .title = "The MAC of the ticket is made with another key.",
      .breaks = "RFC6043-A.1-08",
      .data_type = TG_DEVIATION_TICKET,
      .update = ANY,
      .keys = wrong_auth_key },
    { .name = "vr-key",
      .title = "Vr is made with another key.",
      .breaks = "RFC6043-6.10-30",
      .data_type = INIT,
      .update = 0,
      .keys = wrong_vr_key },
    { .name = "no-initiator-data",
      .title = "Initiator Data is left out although I is 1.",
      .breaks = "RFC6043-6.10-24",
      .data_type = INIT,
      .update = 0,
      .model = drop_initiator_data },
    { .name = "unknown-spi",
      .title = "The SPI of the first crypto session names no key.",
      .breaks = "RFC6043-6.1.1-10",
      .data_type = RESP,
      .update = 0,
      .model = unknown_spi },
    { .name = "transfer-mac",
      .title = "The last bit of the MAC of TRANSFER_INIT is another.",
      .breaks = "RFC6043-4.2.2.1-09",
      .data_type = INIT,
      .update = 0,
      .octets = flip_last_bit },
    { .name = "transfer-auth-key",
      .title = "The MAC of TRANSFER_INIT, and so Vi, is made with another key.",
      .breaks = "RFC6043-4.2.2.1-09",
      .data_type = INIT,
      .update = 0,
      .keys = wrong_auth_key },
    { .name = "transfer-no-idrr",
      .title = "TRANSFER_RESP lacks the IDRr of the modifier.",
      .breaks = "RFC6043-4.2.2.3-10",
      .data_type = RESP,
      .update = 0,
      .model = drop_modifier_idr },
    { .name = "transfer-no-randrkms",
      .title = "TRANSFER_RESP lacks RANDRkms.",
      .breaks = "RFC6043-4.2.2.3-12",
      .data_type = RESP,
      .update = 0,
      .model = drop_modifier_rand },
    { .name = "transfer-no-randrr",
      .title = "TRANSFER_RESP lacks RANDRr although G is 1.",
      .breaks = "RFC6043-4.2.2.3-09",
      .data_type = RESP,
      .update = 0,
      .model = drop_randrr },
    { .name = "two-policies",
      .title = "TRANSFER_RESP names two policies for a crypto session.",
      .breaks = "RFC6043-6.1.1-02",
      .data_type = RESP,
      .update = 0,
      .model = two_policies },
    { .name = "transfer-resp-key",
      .title = "The MAC of TRANSFER_RESP is made with another key.",
      .breaks = "RFC6043-4.2.2.3-19",
      .data_type = RESP,
      .update = 0,
      .keys = wrong_auth_key },
    { .name = "resolve-auth-key",
      .title = "The MAC of RESOLVE_INIT_PSK is made with another key.",
      .breaks = "RFC6043-4.2.3.2-04",
      .data_type = RES_PSK,
      .update = ANY,
      .keys = wrong_auth_key },
    { .name = "tgk-not-forked",
      .title = "A TGK in RESOLVE_RESP is not TGK'.",
      .breaks = "RFC6043-4.2.3.5-10",
      .data_type = RES,
      .update = ANY,
      .model = unforked_tgk },
    { .name = "update-csb-id",
      .title = "An update has another CSB ID.",
      .breaks = "RFC6043-5.2-01a",
      .data_type = INIT,
      .update = 1,
      .model = other_csb_id },
};

const tg_deviation *tg_deviations(size_t *num)
{
    *num = sizeof table / sizeof *table;
    return table;
}

const tg_deviation *tg_deviation_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}
