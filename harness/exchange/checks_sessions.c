/* Crypto sessions and security policies of the Ticket Transfer exchange: RFC 6043 4.2.2.3, 5.2, 6.1.1; TS 33.328 F.3,
 * H.1. */
#include "case.h"

/* The crypto sessions of a response and of the TRANSFER_INIT that it answers, and the policies of both. */
typedef struct sessions {
    const tg_generic_cs *own, *init;
    size_t num_own, num_init;
    const tg_sp *own_sp[256], *init_sp[256]; /* the first with each number */
    const tg_generic_cs *init_by_id[256];
} sessions;

static void find_policies(const tg_message *message, const tg_sp *out[256])
{
    for (const tg_payload *p = message->payloads; (p = tg_payload_find(p, TG_PAYLOAD_SP)); p = p->next) {
        const tg_sp *sp = (const tg_sp *)p;
        if (!out[sp->policy_no])
            out[sp->policy_no] = sp;
    }
}

/* ---- what TRANSFER_INIT offered ------------------------------------------------------------------------------ */

/* Every crypto session is answered; only between two GENERIC-ID maps can that be told. */
static void check_answered(tg_case *k, const sessions *s)
{
    bool is_there[256] = { false };
    for (size_t i = 0; i < s->num_own; i++) {
        const tg_generic_cs *offered = s->init_by_id[s->own[i].cs_id];
        is_there[s->own[i].cs_id] = true;
        if (offered && offered->prot_type != s->own[i].prot_type)
            tg_say(k, "RFC6043-4.2.2.3-x02", tg_at_session(i, "prot_type"),
                   "expected Prot type %u as in TRANSFER_INIT, found %u", offered->prot_type, s->own[i].prot_type);
    }
    for (size_t i = 0; i < s->num_init; i++) {
        if (!is_there[s->init[i].cs_id])
            tg_say(k, "RFC6043-4.2.2.3-x02", tg_at_hdr("cs"), "expected crypto session %u of TRANSFER_INIT, found none",
                   s->init[i].cs_id);
    }
}

static bool names_policy(const tg_generic_cs *cs, uint8_t policy_no)
{
    return cs->ps.len && memchr(cs->ps.data, policy_no, cs->ps.len) != NULL;
}

static void check_chosen(tg_case *k, const sessions *s)
{
    for (size_t i = 0; i < s->num_own; i++) {
        const tg_generic_cs *own = &s->own[i], *offered = s->init_by_id[own->cs_id];
        if (own->ps.len == 1 && offered && offered->ps.len && !names_policy(offered, own->ps.data[0]))
            tg_say(k, "RFC6043-6.1.1-04", tg_at_session(i, "ps"),
                   "expected one of the policies that TRANSFER_INIT names for the crypto session, found %u",
                   own->ps.data[0]);
    }
}

/* A policy number may be that of an SP of either message; where both have it, the message's own counts (A38). */
static void check_numbers(tg_case *k, const sessions *s)
{
    for (size_t i = 0; i < s->num_own; i++) {
        for (size_t p = 0; p < s->own[i].ps.len; p++) {
            uint8_t policy_no = s->own[i].ps.data[p];
            const tg_sp *offered = s->init_sp[policy_no];
            if (s->own_sp[policy_no])
                continue;
            if (!offered)
                tg_say(k, "RFC6043-6.1.1-x07", tg_at_session(i, "ps"),
                       "expected the number of an SP of this message or of TRANSFER_INIT, found %u", policy_no);
            else if (offered->prot_type != s->own[i].prot_type)
                tg_say(k, "RFC6043-6.1.1-06", tg_at_session(i, "ps"),
                       "expected a policy of Prot type %u, found policy %u of Prot type %u", s->own[i].prot_type,
                       policy_no, offered->prot_type);
        }
    }
}

/* The octets of an SP without its Next Payload. */
static tg_bytes core_of(const tg_payload *sp)
{
    return tg_bytes_of(sp->octets.data + 1, sp->octets.len - 1);
}

static void check_resent(tg_case *k, const tg_message *init)
{
    if (!tg_payload_find(k->message->payloads, TG_PAYLOAD_SP))
        return;
    tg_index offered = { NULL };
    size_t mark = k->arena->used;
    for (tg_payload *p = init->payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_SP && !tg_index_put(&offered, k->arena, core_of(p), p, NULL)) {
            k->status = TG_ARENA_FULL;
            return;
        }
    }
    const tg_payload *resent = NULL;
    for (const tg_payload *p = k->message->payloads; p && !resent; p = p->next) {
        if (p->type == TG_PAYLOAD_SP && tg_index_find(&offered, core_of(p)))
            resent = p;
    }
    k->arena->used = mark; /* the index is of use here alone */
    if (resent)
        tg_say(k, "RFC6043-4.2.2.3-14", tg_at_payload(resent),
               "expected no SP that TRANSFER_INIT had, found one again");
}

static void check_against_init(tg_case *k)
{
    const tg_message *init = k->entry->answered->message;
    sessions s = { .num_own = 0 };
    s.num_own = tg_sessions_of(k->message, &s.own);
    s.num_init = tg_sessions_of(init, &s.init);
    for (size_t i = s.num_init; i-- > 0;)
        s.init_by_id[s.init[i].cs_id] = &s.init[i];
    if (k->message->hdr.map.cs_id_map_type == TG_MAP_GENERIC_ID && init->hdr.map.cs_id_map_type == TG_MAP_GENERIC_ID)
        check_answered(k, &s);
    check_chosen(k, &s);
    if (!k->entry->is_update) {
        find_policies(k->message, s.own_sp);
        find_policies(init, s.init_sp);
        check_numbers(k, &s);
    }
    check_resent(k, init);
}

/* ---- keys of crypto sessions --------------------------------------------------------------------------------- */

static void check_key(tg_case *k, size_t i, const tg_generic_cs *cs, bool is_update)
{
    const tg_known_key *key = tg_find_key(&k->keys, k->bundle, k->forked, cs->spi);
    if (!key) {
        tg_say(k, is_update ? "RFC6043-5.2-09" : "RFC6043-6.1.1-10", tg_at_session(i, "spi"),
               "expected the SPI of a key, found one that names none");
        return;
    }
    if (is_update)
        return; /* the rows of TS 33.328 are judged where 6.1.1-10 is */
    if (k->settings->tls_key == TG_TLS_KEY_TGK && tg_is_prot(k, cs->prot_type, TG_PROT_KIND_TLS) &&
        !tg_is_tgk_type(key->type))
        tg_say(k, "TS33328-H.1-05", tg_at_session(i, "spi"),
               "expected the SPI of a TGK, found that of a key of type %u", key->type);
    if (k->known->profile.no_tgk && tg_is_prot(k, cs->prot_type, TG_PROT_KIND_PSK_SMIME) && !tg_is_gtgk_type(key->type))
        tg_say(k, "TS33328-F.3-11", tg_at_session(i, "spi"),
               "expected the SPI of a GTGK, found that of a key of type %u", key->type);
}

/* A response is the last word on keys, and so is a TRANSFER_INIT that gets none. */
static void check_keys(tg_case *k)
{
    const tg_generic_cs *own;
    size_t num = tg_sessions_of(k->message, &own);
    bool is_resp = k->data_type == TG_DATA_TYPE_TRANSFER_RESP;
    bool is_last_word = is_resp || (tg_is_init_transfer(k) && k->ticket && !tg_has_flag(k->ticket, 'F'));
    if (!is_last_word || k->judgement->auth != TG_OUTCOME_OK || !k->bundle->has_keys)
        return;
    for (size_t i = 0; i < num; i++) {
        if (own[i].spi.len)
            check_key(k, i, &own[i], k->entry->is_update);
    }
}

void tg_check_sessions(tg_case *k)
{
    if (k->data_type == TG_DATA_TYPE_TRANSFER_RESP && k->entry->answered)
        check_against_init(k);
    if (k->data_type == TG_DATA_TYPE_TRANSFER_INIT || k->data_type == TG_DATA_TYPE_TRANSFER_RESP)
        check_keys(k);
}
