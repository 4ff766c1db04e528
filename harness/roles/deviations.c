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
#define NOBODY TG_SENDER_UNKNOWN

static const tg_deviation table[] = {
    { "version-2", "The version of HDR is 2.", "RFC3830-6.1-x05", INIT_PSK, NOBODY, ANY, version_2, NULL, NULL },
    { "v-flag", "The V flag is inverted.", "RFC6043-4.2.1.1-03a", INIT_PSK, NOBODY, ANY, flip_v_flag, NULL, NULL },
    { "no-t", "There is no T payload.", "RFC6043-4.2.1.1-01", INIT_PSK, NOBODY, ANY, drop_t, NULL, NULL },
    { "no-idrkms", "IDRkms is left out.", "RFC6043-4.2.1.1-06", INIT_PSK, NOBODY, ANY, drop_idrkms, NULL, NULL },
    { "plain-id", "ID instead of IDRi.", "RFC6043-6.6-01", INIT_PSK, NOBODY, ANY, plain_id, NULL, NULL },
    { "null-mac", "V uses the NULL MAC.", "RFC6043-4.2-x01", INIT_PSK, NOBODY, ANY, null_mac, NULL, NULL },
    { "fast-clock", "T is an hour ahead.", "RFC3830-5.4-x01", INIT_PSK, NOBODY, ANY, t_in_the_future, NULL, NULL },
    { "short-randri", "RANDRi has 15 octets.", "RFC6043-12.1-05", INIT_PSK, NOBODY, ANY, short_randri, NULL, NULL },
    { "request-auth-key", "The MAC of REQUEST_INIT_PSK is made with another key.", "RFC6043-4.2.1.2-04", INIT_PSK,
      NOBODY, ANY, NULL, wrong_auth_key, NULL },
    { "request-identities", "The MAC of REQUEST_INIT_PSK covers Identity_kms before Identity_i.", "RFC6043-4.2.1.2-04",
      INIT_PSK, NOBODY, ANY, NULL, swapped_identities, NULL },
    { "truncated", "The last octet is missing.", "RFC3830-6.9-x01", INIT_PSK, NOBODY, ANY, NULL, NULL, cut_the_end },
    { "response-csb-id", "REQUEST_RESP has another CSB ID.", "RFC6043-4.2.1.5-01", REQ, NOBODY, ANY, other_csb_id, NULL,
      NULL },
    { "response-same-t", "REQUEST_RESP repeats the T of the request.", "RFC6043-4.2.1.5-03", REQ, NOBODY, ANY, same_t,
      NULL, NULL },
    { "k-inverted", "K is inverted once the ticket is sealed.", "RFC6043-6.10-x20", REQ, NOBODY, ANY, flip_k, NULL,
      NULL },
    { "mpks-swapped", "MPKr stands before MPKi.", "RFC6043-4.2.1.5-x02", REQ, NOBODY, ANY, swap_mpks, NULL, NULL },
    { "no-mpkr", "MPKr is left out although keys are forked.", "RFC6043-4.2.1.5-09", REQ, NOBODY, ANY, drop_mpkr, NULL,
      NULL },
    { "no-spi", "The last key has no SPI.", "RFC6043-6.2.1-02", REQ, NOBODY, ANY, no_spi, NULL, NULL },
    { "kemac-key", "The KEMAC of REQUEST_RESP is encrypted with another key.", "RFC6043-4.2.1.5-06", REQ, NOBODY, ANY,
      NULL, wrong_encr_key, NULL },
    { "ticket-rand", "Ticket Data lacks RAND.", "RFC6043-A-x01", TG_DEVIATION_TICKET, NOBODY, ANY, ticket_without_rand,
      NULL, NULL },
    { "ticket-auth-key", "The MAC of the ticket is made with another key.", "RFC6043-A.1-08", TG_DEVIATION_TICKET,
      NOBODY, ANY, NULL, wrong_auth_key, NULL },
    { "vr-key", "Vr is made with another key.", "RFC6043-6.10-30", INIT, NOBODY, 0, NULL, wrong_vr_key, NULL },
    { "no-initiator-data", "Initiator Data is left out although I is 1.", "RFC6043-6.10-24", INIT, NOBODY, 0,
      drop_initiator_data, NULL, NULL },
    { "unknown-spi", "The SPI of the first crypto session names no key.", "RFC6043-6.1.1-10", RESP, NOBODY, 0,
      unknown_spi, NULL, NULL },
    { "transfer-mac", "The last bit of the MAC of TRANSFER_INIT is another.", "RFC6043-4.2.2.1-09", INIT, NOBODY, 0,
      NULL, NULL, flip_last_bit },
    { "transfer-auth-key", "The MAC of TRANSFER_INIT, and so Vi, is made with another key.", "RFC6043-4.2.2.1-09", INIT,
      NOBODY, 0, NULL, wrong_auth_key, NULL },
    { "transfer-no-idrr", "TRANSFER_RESP lacks the IDRr of the modifier.", "RFC6043-4.2.2.3-10", RESP, NOBODY, 0,
      drop_modifier_idr, NULL, NULL },
    { "transfer-no-randrkms", "TRANSFER_RESP lacks RANDRkms.", "RFC6043-4.2.2.3-12", RESP, NOBODY, 0,
      drop_modifier_rand, NULL, NULL },
    { "transfer-no-randrr", "TRANSFER_RESP lacks RANDRr although G is 1.", "RFC6043-4.2.2.3-09", RESP, NOBODY, 0,
      drop_randrr, NULL, NULL },
    { "two-policies", "TRANSFER_RESP names two policies for a crypto session.", "RFC6043-6.1.1-02", RESP, NOBODY, 0,
      two_policies, NULL, NULL },
    { "transfer-resp-key", "The MAC of TRANSFER_RESP is made with another key.", "RFC6043-4.2.2.3-19", RESP, NOBODY, 0,
      NULL, wrong_auth_key, NULL },
    { "resolve-auth-key", "The MAC of RESOLVE_INIT_PSK is made with another key.", "RFC6043-4.2.3.2-04", RES_PSK,
      NOBODY, ANY, NULL, wrong_auth_key, NULL },
    { "tgk-not-forked", "A TGK in RESOLVE_RESP is not TGK'.", "RFC6043-4.2.3.5-10", RES, NOBODY, ANY, unforked_tgk,
      NULL, NULL },
    { "update-csb-id", "An update has another CSB ID.", "RFC6043-5.2-01a", INIT, NOBODY, 1, other_csb_id, NULL, NULL },
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
