/* Tools of the deviations. Each file deviations_*.inc is a topic: included twice by deviations.c, first for its hooks,
 * then, with TG_DEVIATION_ROWS, for its rows of the table. Private to the room. */
#ifndef TICKETGATE_ROLES_DEVIATIONS_H
#define TICKETGATE_ROLES_DEVIATIONS_H

#include "make.h"

#define REQ_PSK TG_DATA_TYPE_REQUEST_INIT_PSK
#define REQ_PK TG_DATA_TYPE_REQUEST_INIT_PK
#define GRANT TG_DATA_TYPE_REQUEST_RESP
#define INIT TG_DATA_TYPE_TRANSFER_INIT
#define RESP TG_DATA_TYPE_TRANSFER_RESP
#define RES_PSK TG_DATA_TYPE_RESOLVE_INIT_PSK
#define RES_PK TG_DATA_TYPE_RESOLVE_INIT_PK
#define KEYS TG_DATA_TYPE_RESOLVE_RESP
#define ERROR TG_DATA_TYPE_ERROR
#define TICKET TG_DEVIATION_TICKET

/* What all rows say first; hooks and needs follow. Of the two for Ticket Transfer one changes no updates, the other
 * nothing else. */
#define ROW(name_, row, type, title_) .name = name_, .title = title_, .breaks = row, .data_type = type, .update = -1
#define FIRST(name_, row, type, title_) .name = name_, .title = title_, .breaks = row, .data_type = type, .update = 0
#define LATER(name_, row, type, title_) .name = name_, .title = title_, .breaks = row, .data_type = type, .update = 1

#define ALSO(...)                                                                                                      \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

static inline tg_payload **link_to(tg_payload **chain, uint16_t type)
{
    while (*chain && (*chain)->type != type)
        chain = &(*chain)->next;
    return chain;
}

static inline tg_payload *first(tg_making *m, uint16_t type)
{
    return *link_to(&m->message->payloads, type);
}

static inline void drop(tg_payload **chain, uint16_t type)
{
    tg_payload **at = link_to(chain, type);
    if (*at)
        *at = (*at)->next;
}

static inline tg_payload **link_to_idr(tg_payload **chain, uint8_t role)
{
    for (; *chain; chain = &(*chain)->next) {
        if ((*chain)->type == TG_PAYLOAD_IDR && ((tg_idr *)*chain)->id_role == role)
            break;
    }
    return chain;
}

static inline void drop_idr(tg_payload **chain, uint8_t role)
{
    tg_payload **at = link_to_idr(chain, role);
    if (*at)
        *at = (*at)->next;
}

static inline void drop_randr(tg_making *m, uint8_t role)
{
    for (tg_payload **at = &m->message->payloads; *at; at = &(*at)->next) {
        if ((*at)->type == TG_PAYLOAD_RANDR && ((tg_randr *)*at)->rand_role == role) {
            *at = (*at)->next;
            return;
        }
    }
}

/* V or SIGN. */
static inline void drop_last(tg_payload **chain)
{
    while (*chain && (*chain)->next)
        chain = &(*chain)->next;
    *chain = NULL;
}

/* A payload in front of the one that `at` links to. */
static inline tg_payload *put_before(tg_making *m, tg_payload **at, uint16_t type)
{
    tg_payload *payload = tg_payload_new(m->arena, type);
    if (!payload)
        return NULL;
    payload->next = *at;
    *at = payload;
    return payload;
}

/* Once more, behind itself: a copy of `size` octets. */
static inline void repeat(tg_making *m, tg_payload *payload, size_t size)
{
    void *copy = payload ? tg_arena_alloc(m->arena, size) : NULL;
    if (!copy)
        return;
    memcpy(copy, payload, size);
    payload->next = copy;
}

/* Two neighbours change places. */
static inline void swap_at(tg_payload **at)
{
    tg_payload *a = *at, *b = a ? a->next : NULL;
    if (!b)
        return;
    a->next = b->next;
    b->next = a;
    *at = b;
}

static inline void spoil(tg_making *m, tg_bytes *octets)
{
    uint8_t *copy = (uint8_t *)(uintptr_t)tg_arena_copy(m->arena, octets->data, octets->len).data;
    if (!copy || octets->len == 0)
        return;
    copy[octets->len - 1] ^= 1;
    octets->data = copy;
}

/* Plaintext of the KEMAC of the message, or of a ticket that is being made. */
static inline tg_kemac *kemac_of(tg_making *m)
{
    tg_payload **chain = m->of_ticket ? &m->ticket->ticket_data.payloads : &m->message->payloads;
    return (tg_kemac *)*link_to(chain, TG_PAYLOAD_KEMAC);
}

static inline tg_payload *keys_of(tg_making *m)
{
    tg_kemac *kemac = kemac_of(m);
    return kemac ? kemac->encr_data.payloads : NULL;
}

/* The first session key. */
static inline tg_key_data *session_key_of(tg_making *m)
{
    tg_payload *p = keys_of(m);
    while (p && ((tg_key_data *)p)->type == TG_KEY_MPK)
        p = p->next;
    return (tg_key_data *)p;
}

/* The crypto sessions: the maker's own memory. */
static inline tg_generic_cs *sessions_of(tg_making *m)
{
    const tg_map *map = &m->message->hdr.map;
    return map->cs_id_map_type == TG_MAP_GENERIC_ID && map->num_cs > 0 ? (tg_generic_cs *)(uintptr_t)map->generic
                                                                       : NULL;
}

static inline tg_tp *policy_of(tg_making *m)
{
    return (tg_tp *)first(m, TG_PAYLOAD_TP);
}

#endif
