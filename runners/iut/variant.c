/* What wrong variants of the reference see of the messages that pass. */
#include <stdlib.h>
#include <string.h>

#include "reference.h"

enum { KIND_REQUEST, KIND_TRANSFER, KIND_RESOLVE, KIND_ANY };
_Static_assert(KIND_ANY + 1 == IUT_NUM_KINDS, "a place for each");

static size_t kind_of(uint8_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
    case TG_DATA_TYPE_REQUEST_RESP:
        return KIND_REQUEST;
    case TG_DATA_TYPE_TRANSFER_INIT:
    case TG_DATA_TYPE_TRANSFER_RESP:
        return KIND_TRANSFER;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
    case TG_DATA_TYPE_RESOLVE_RESP:
        return KIND_RESOLVE;
    default:
        return KIND_ANY;
    }
}

static void keep(iut_memory *m, size_t kind, tg_bytes octets)
{
    uint8_t *copy = malloc(octets.len + 1);
    if (!copy)
        return;
    memcpy(copy, octets.data, octets.len);
    free(m->last[kind].data);
    m->last[kind].data = copy;
    m->last[kind].len = octets.len;
}

bool iut_seen_by(const iut_memory *m, const iut_config *config, bool (*hook)(const iut_seen *seen), tg_bytes octets,
                 tg_sender from, const char *rejected)
{
    uint8_t *block = NULL, *asked_block = NULL, *hook_block = malloc((size_t)1 << 18);
    tg_message *message = NULL, *asked = NULL;
    tg_arena arena = tg_arena_of(hook_block, hook_block ? (size_t)1 << 18 : 0);
    bool yes = false;
    if (hook_block && iut_parse(octets, &block, &message, NULL) == TG_OK) {
        size_t kind = kind_of(message->hdr.data_type);
        tg_bytes sent = tg_bytes_of(m->last[kind].data, m->last[kind].len);
        if (sent.data && iut_parse(sent, &asked_block, &asked, NULL) != TG_OK)
            asked = NULL;
        bool transfers = message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT;
        const tg_message *initial = transfers ? message : asked;
        bool is_update = kind == KIND_TRANSFER && initial && initial->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT &&
                         !tg_payload_find(initial->payloads, TG_PAYLOAD_TICKET);
        yes = hook(&(iut_seen){ message, from, is_update, rejected, asked, config, &arena });
    }
    free(block);
    free(asked_block);
    free(hook_block);
    return yes;
}

void iut_memory_keep(iut_memory *m, tg_bytes octets, bool sent)
{
    uint8_t type = octets.len > 1 ? octets.data[1] : TG_DATA_TYPE_ERROR;
    bool answers =
        type == TG_DATA_TYPE_REQUEST_RESP || type == TG_DATA_TYPE_TRANSFER_RESP || type == TG_DATA_TYPE_RESOLVE_RESP;
    if (!answers && kind_of(type) != KIND_ANY)
        keep(m, kind_of(type), octets);
    if (sent)
        keep(m, KIND_ANY, octets);
}

void iut_memory_free(iut_memory *m)
{
    for (size_t i = 0; i < IUT_NUM_KINDS; i++)
        free(m->last[i].data);
    memset(m, 0, sizeof *m);
}

/* ---- what the message shows ----------------------------------------------------------------------------------- */

typedef struct search {
    const char *row;
    bool found;
} search;

static void compare(void *user, const tg_finding *finding)
{
    search *s = user;
    s->found |= strcmp(finding->requirement->id, s->row) == 0;
}

bool iut_breaks_row(const iut_seen *seen, const char *row)
{
    search s = { row, false };
    tg_context context = { .exchange = seen->is_update ? TG_EXCHANGE_UPDATE : TG_EXCHANGE_INITIAL,
                           .sender = seen->from };
    tg_rules_check(seen->message, &seen->config->profile, &context, (tg_finding_sink){ compare, &s });
    return s.found;
}
