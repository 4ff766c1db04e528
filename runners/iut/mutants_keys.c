/* Session keys that mutants show instead of those of RFC 6043 5.1.3. */
#include <string.h>

#include "mutants.h"

/* A key that a crypto session names, and all that its session keys are derived from. */
typedef struct named_key {
    const tg_generic_cs *cs;
    const tg_known_key *key;
    const tg_message *message; /* whose map names it */
    tg_bytes inkey;
    uint8_t prf_func;
    tg_rands rands;
} named_key;

static bool is_tgk(uint8_t type)
{
    return type == TG_KEY_TGK || type == TG_KEY_TGK_SALT;
}

static bool has_salt(uint8_t type)
{
    return type == TG_KEY_TGK_SALT || type == TG_KEY_TEK_SALT || type == TG_KEY_GTGK_SALT;
}

static bool is_tek(uint8_t type)
{
    return type == TG_KEY_TEK || type == TG_KEY_TEK_SALT;
}

static const tg_known_key *find(const tg_known_key *keys, tg_bytes spi)
{
    for (; keys; keys = keys->next) {
        if (tg_bytes_equal(keys->spi, spi))
            return keys;
    }
    return NULL;
}

/* Of the initial Ticket Transfer; keys of updates stay as they are. */
static bool find_named(const tg_established *e, uint8_t cs_id, named_key *out)
{
    const tg_message *message = e->transfer_resp ? e->transfer_resp : e->transfer_init;
    const tg_map *map = message ? &message->hdr.map : NULL;
    *out = (named_key){ .message = message };
    for (size_t i = 0; map && map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        if (map->generic[i].cs_id == cs_id)
            out->cs = &map->generic[i];
    }
    if (!out->cs || !e->ticket)
        return false;
    out->key = find(e->sent_keys, out->cs->spi);
    if (!out->key)
        out->key = find(e->ticket_keys, out->cs->spi);
    if (!out->key)
        return false;
    out->inkey = out->key->forked.len > 0 ? out->key->forked : out->key->key;
    out->prf_func = message->hdr.prf_func;
    out->rands.randri = e->ticket->flags & TG_FLAG('H') ? e->randri : (tg_bytes){ 0 };
    out->rands.randrr = e->ticket->flags & TG_FLAG('G') ? e->randrr : (tg_bytes){ 0 };
    return true;
}

static bool derive(tg_crypto *crypto, tg_arena *arena, const named_key *named, tg_key_use use, size_t len,
                   tgi_octets *out)
{
    tg_derivation d;
    tg_bytes key;
    if (len == 0 || named->inkey.len == 0 ||
        tg_derive_session_key(arena, named->prf_func, named->inkey, use, named->cs->cs_id, named->rands, len, &d) !=
            TG_OK ||
        tg_derivation_run_in(crypto, &d, arena, &key) != TG_OK)
        return false;
    *out = (tgi_octets){ key.data, key.len };
    return true;
}

/* Is the key that is shown derived from this one? After an update it may be of another. */
static bool gives(tg_crypto *crypto, tg_arena *arena, const named_key *named, const tgi_session_key *shown)
{
    tgi_octets right;
    return derive(crypto, arena, named, TG_USE_TEK, shown->tek.len, &right) &&
           memcmp(right.data, shown->tek.data, right.len) == 0;
}

static bool find_derived(tg_crypto *crypto, tg_arena *arena, const tg_established *e, const tgi_session_key *shown,
                         named_key *out)
{
    return find_named(e, shown->cs_id, out) && !is_tek(out->key->type) && gives(crypto, arena, out, shown);
}

static void derive_again(tg_crypto *crypto, tg_arena *arena, const named_key *named, tgi_session_key *shown)
{
    (void)derive(crypto, arena, named, TG_USE_TEK, shown->tek.len, &shown->tek);
    if (!has_salt(named->key->type))
        (void)derive(crypto, arena, named, TG_USE_SALT, shown->salt.len, &shown->salt);
}

/* Derives all anew, from what `twist` makes of the inputs. */
static void derive_all(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys, size_t num,
                       void (*twist)(const tg_established *e, named_key *named))
{
    for (size_t i = 0; i < num; i++) {
        named_key named;
        if (!find_derived(crypto, arena, e, &keys[i], &named))
            continue;
        twist(e, &named);
        derive_again(crypto, arena, &named, &keys[i]);
    }
}

static void from_tgk(const tg_established *e, named_key *named)
{
    (void)e;
    if (named->key->key.len > 0)
        named->inkey = named->key->key;
}

void iut_keys_unforked(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys, size_t *num)
{
    derive_all(crypto, arena, e, keys, *num, from_tgk);
}

static void by_prf_of_ticket(const tg_established *e, named_key *named)
{
    named->prf_func = e->ticket->prf_func;
}

void iut_keys_prf_of_ticket(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys,
                            size_t *num)
{
    derive_all(crypto, arena, e, keys, *num, by_prf_of_ticket);
}

static void with_randri(const tg_established *e, named_key *named)
{
    named->rands.randri = e->randri;
}

void iut_keys_always_randri(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys,
                            size_t *num)
{
    derive_all(crypto, arena, e, keys, *num, with_randri);
}

static void without_randrr(const tg_established *e, named_key *named)
{
    (void)e;
    named->rands.randrr = (tg_bytes){ 0 };
}

void iut_keys_never_randrr(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys,
                           size_t *num)
{
    derive_all(crypto, arena, e, keys, *num, without_randrr);
}

/* The salt is derived although it came with the key. */
void iut_keys_derived_salt(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys,
                           size_t *num)
{
    for (size_t i = 0; i < *num; i++) {
        named_key named;
        if (find_named(e, keys[i].cs_id, &named) && has_salt(named.key->type))
            (void)derive(crypto, arena, &named, TG_USE_SALT, keys[i].salt.len, &keys[i].salt);
    }
}

/* The TEK is derived with the constant of the salt. */
void iut_keys_wrong_constant(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys,
                             size_t *num)
{
    for (size_t i = 0; i < *num; i++) {
        named_key named;
        if (find_derived(crypto, arena, e, &keys[i], &named))
            (void)derive(crypto, arena, &named, TG_USE_SALT, keys[i].tek.len, &keys[i].tek);
    }
}

/* A TGK of a KEMAC of the Ticket Transfer is forked like those of the ticket. */
void iut_keys_forked_again(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys,
                           size_t *num)
{
    for (size_t i = 0; i < *num; i++) {
        named_key named;
        tg_derivation d;
        if (!find_derived(crypto, arena, e, &keys[i], &named) || !is_tgk(named.key->type) || named.key->of_ticket ||
            !(e->ticket->flags & TG_FLAG('I')) || e->randrkms.len == 0 ||
            tg_derive_fork(arena, e->ticket->prf_func, named.inkey, false, e->idr, e->randrkms, &d) != TG_OK ||
            tg_derivation_run_in(crypto, &d, arena, &named.inkey) != TG_OK)
            continue;
        derive_again(crypto, arena, &named, &keys[i]);
    }
}
