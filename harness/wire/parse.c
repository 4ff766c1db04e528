/* The parser of every payload, made from the field lists of layouts.h.
 *
 * Octets are read strictly in order and the first fault met is reported (vectors/FORMAT.md, section 2).
 */
#include "fault.h"
#include "parse_fields.h"

/* ---- parts that layouts share ------------------------------------------------------------------------------- */

#define KV_ID "RFC3830-6.14-x01"

static tg_status parse_kv_field(tg_parse *p, tg_reader *r, tg_bytes *out, const char *len_name, const char *name)
{
    uint8_t len;
    if (!tg_get_u8(r, &len))
        return tg_wire_fault(p, TG_TRUNCATED, r->pos, len_name, KV_ID);
    if (!tg_get_bytes(r, len, out))
        return tg_wire_fault(p, TG_TRUNCATED, r->pos, name, KV_ID);
    return TG_OK;
}

/* RFC 3830 6.14 */
static tg_status parse_kv_data(tg_parse *p, tg_reader *r, tg_kv_data *kv)
{
    kv->spi = kv->valid_from = kv->valid_to = tg_bytes_of(NULL, 0);
    if (kv->kv == TG_KV_SPI)
        return parse_kv_field(p, r, &kv->spi, "spi_len", "spi");
    if (kv->kv == TG_KV_INTERVAL) {
        tg_status status = parse_kv_field(p, r, &kv->valid_from, "vf_len", "valid_from");
        return status != TG_OK ? status : parse_kv_field(p, r, &kv->valid_to, "vt_len", "valid_to");
    }
    return TG_OK;
}

static tg_status nested_chain(tg_parse *p, tg_bytes scope, tg_chain_kind kind, const char *name, tg_chain *out)
{
    out->form = TG_CHAIN_PAYLOADS;
    out->octets = scope;
    tg_reader r = tg_reader_of(scope);
    tg_status status = tg_wire_parse_chain(p, &r, kind, 0, &out->payloads);
    return status == TG_OK ? TG_OK : tg_wire_fault_in(p, status, name, -1, NULL);
}

/* Ticket Data is for the resolver alone: what is malformed there is no fault of the message (ambiguity A27). */
static tg_status parse_ticket_data(tg_parse *p, tg_bytes scope, uint16_t ticket_type, tg_chain *out)
{
    out->form = TG_CHAIN_OCTETS;
    out->octets = scope;
    out->payloads = NULL;
    if (ticket_type != TG_TICKET_MIKEY_BASE && ticket_type != TG_TICKET_3GPP_BASE)
        return TG_OK;
    tg_arena arena_before = *p->arena;
    tg_status status = nested_chain(p, scope, TG_CHAIN_TICKET_DATA, "ticket_data", out);
    if (status == TG_OK || tg_status_class(status) == TG_CLASS_LIMIT)
        return status;
    *p->arena = arena_before;
    out->form = TG_CHAIN_OCTETS;
    out->payloads = NULL;
    return TG_OK;
}

/* Lists whose entries are at least two octets long: room for the most there can be (one more for an odd octet that
 * will not make an entry); what is not used is given back. */
static void *list_begin(tg_parse *p, size_t scope_len, size_t entry_size)
{
    return tg_arena_alloc(p->arena, (scope_len / 2 + 1) * entry_size);
}

static void list_end(tg_parse *p, const void *list, size_t num, size_t entry_size)
{
    p->arena->used = (size_t)((const uint8_t *)list - p->arena->data) + num * entry_size;
}

/* ---- lists -------------------------------------------------------------------------------------------------- */

/* parse_<entry>_entry: one entry of a list, from its layout. */
#define LIST_ENTRY(NAME, name)                                                                                         \
    static tg_status parse_##name##_entry(tg_parse *p, tg_reader *r, tg_##name *o)                                     \
    {                                                                                                                  \
        static const char *const own_id = TG_LAYOUT_##NAME##_ID;                                                       \
        const uint8_t *start = r->pos;                                                                                 \
        TG_LAYOUT_##NAME(PARSE) o->object = (tg_object){ { start, (size_t)(r->pos - start) }, NULL };                  \
        return TG_OK;                                                                                                  \
    }
LIST_ENTRY(SRTP_CS, srtp_cs)
LIST_ENTRY(GENERIC_CS, generic_cs)
LIST_ENTRY(PARAM, param)
LIST_ENTRY(KEY_ID, key_id)

/* parse_<list>: entries that fill a scope. */
#define LIST(function, entry, path)                                                                                    \
    static tg_status function(tg_parse *p, tg_bytes scope, const tg_##entry **out, size_t *num)                        \
    {                                                                                                                  \
        tg_##entry *list = list_begin(p, scope.len, sizeof *list);                                                     \
        if (!list)                                                                                                     \
            return tg_wire_fault(p, TG_ARENA_FULL, scope.data, path, "");                                              \
        size_t count = 0;                                                                                              \
        tg_reader r = tg_reader_of(scope);                                                                             \
        while (tg_reader_left(&r) > 0) {                                                                               \
            tg_status status = parse_##entry##_entry(p, &r, &list[count]);                                             \
            if (status != TG_OK)                                                                                       \
                return tg_wire_fault_in(p, status, path, (long)count, NULL);                                           \
            count++;                                                                                                   \
        }                                                                                                              \
        list_end(p, list, count, sizeof *list);                                                                        \
        *out = list;                                                                                                   \
        *num = count;                                                                                                  \
        return TG_OK;                                                                                                  \
    }
LIST(parse_params, param, "policy_param")
LIST(parse_key_ids, key_id, "key_ids")

/* parse_<map>: #CS entries from the reader's front. #CS alone takes no memory: an entry has more than two octets, so
 * there is room for those that can be there and for the one that cannot. */
#define MAP(function, entry)                                                                                           \
    static tg_status function(tg_parse *p, tg_reader *r, size_t num, const tg_##entry **out)                           \
    {                                                                                                                  \
        size_t room = tg_reader_left(r) / 2 + 1;                                                                       \
        tg_##entry *list = tg_arena_alloc(p->arena, (num < room ? num : room) * sizeof *list + 1);                     \
        if (!list)                                                                                                     \
            return tg_wire_fault(p, TG_ARENA_FULL, r->pos, "cs", "");                                                  \
        for (size_t i = 0; i < num; i++) {                                                                             \
            tg_status status = parse_##entry##_entry(p, r, &list[i]);                                                  \
            if (status != TG_OK)                                                                                       \
                return tg_wire_fault_in(p, status, "cs", (long)i, NULL);                                               \
        }                                                                                                              \
        *out = list;                                                                                                   \
        return TG_OK;                                                                                                  \
    }
MAP(parse_srtp_map, srtp_cs)
MAP(parse_generic_map, generic_cs)

static tg_status parse_map(tg_parse *p, tg_reader *r, tg_map *map)
{
    if (!tg_get_u8(r, &map->num_cs))
        return tg_wire_fault(p, TG_TRUNCATED, r->pos, "num_cs", NULL);
    if (!tg_get_u8(r, &map->cs_id_map_type))
        return tg_wire_fault(p, TG_TRUNCATED, r->pos, "cs_id_map_type", NULL);
    map->srtp = NULL;
    map->generic = NULL;
    switch (map->cs_id_map_type) {
    case TG_MAP_SRTP_ID:
        return parse_srtp_map(p, r, map->num_cs, &map->srtp);
    case TG_MAP_EMPTY:
        return TG_OK; /* whatever #CS says, there is no map info (RFC 4563 5, ambiguity A33) */
    case TG_MAP_GENERIC_ID:
        return parse_generic_map(p, r, map->num_cs, &map->generic);
    default:
        return tg_wire_fault(p, TG_UNKNOWN_MAP_TYPE, r->pos - 1, "cs_id_map_type", "RFC3830-6.1-x03");
    }
}

/* ---- payloads ----------------------------------------------------------------------------------------------- */

/* parse_<payload>: allocates and reads one payload; *next is its Next Payload number. */
#define PAYLOAD_PARSER(NAME, name, number)                                                                             \
    static tg_status parse_##name(tg_parse *p, tg_reader *r, tg_payload **out, uint8_t *next)                          \
    {                                                                                                                  \
        static const char *const own_id = NULL;                                                                        \
        const uint8_t *start = r->pos;                                                                                 \
        tg_##name *o = tg_arena_alloc(p->arena, sizeof *o);                                                            \
        if (!o)                                                                                                        \
            return tg_wire_fault(p, TG_ARENA_FULL, start, NULL, "");                                                   \
        *next = TG_PAYLOAD_LAST;                                                                                       \
        TG_LAYOUT_##NAME(PARSE) o->head.object = (tg_object){ { start, (size_t)(r->pos - start) }, NULL };             \
        o->head.next = NULL;                                                                                           \
        o->head.type = number;                                                                                         \
        *out = &o->head;                                                                                               \
        return TG_OK;                                                                                                  \
    }
TG_PAYLOADS(PAYLOAD_PARSER)

static tg_status parse_payload(tg_parse *p, tg_reader *r, unsigned number, tg_payload **out, uint8_t *next)
{
    switch (number) {
#define CASE(NAME, name, number)                                                                                       \
    case number:                                                                                                       \
        return parse_##name(p, r, out, next);
        TG_PAYLOADS(CASE)
#undef CASE
    default:
        return TG_UNKNOWN_PAYLOAD;
    }
}

/* A bit for each number with a layout. THDR has none: only Ticket Data begins with it. */
enum {
    known_numbers = 0
#define NUMBER_BIT(NAME, name, number) | ((number) < 32 ? 1 << ((number) & 31) : 0)
    TG_PAYLOADS(NUMBER_BIT)
#undef NUMBER_BIT
};

static bool may_stand(unsigned number, tg_chain_kind kind)
{
    if (number == TG_PAYLOAD_KEY_DATA)
        return kind == TG_CHAIN_KEYS;
    return number < 32 ? known_numbers >> number & 1 : number == TG_PAYLOAD_THDR;
}

/* ---- chains ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *first_path; /* of the octet that names the first payload */
    const char *scope_id;   /* row that octets left over break */
} chain_kinds[] = {
    [TG_CHAIN_MESSAGE] = { "hdr.next_payload", "RFC3830-6.1-x04" },
    [TG_CHAIN_TP_DATA] = { "first_payload", "RFC6043-6.10-x08" },
    [TG_CHAIN_INITIATOR_DATA] = { "first_payload", "RFC6043-6.10-x09" },
    [TG_CHAIN_TICKET_DATA] = { "", "RFC6043-A.1-01" },
    [TG_CHAIN_KEYS] = { "", "RFC3830-6.2-x01" },
};

static long index_in_chain(const tg_payload *chain, unsigned type)
{
    long index = 0;
    for (; chain; chain = chain->next)
        index += chain->type == type;
    return index;
}

TG_COLD static tg_status fault_unknown_payload(tg_parse *p, tg_chain_kind kind, const uint8_t *at,
                                               const tg_payload *chain, const tg_payload *before)
{
    if (!before)
        return tg_wire_fault(p, TG_UNKNOWN_PAYLOAD, at, chain_kinds[kind].first_path, "RFC3830-6.1-x02");
    tg_wire_fault(p, TG_UNKNOWN_PAYLOAD, at, "next_payload", "RFC3830-6.1-x02");
    tg_wire_prefix_path(p, tg_payload_name(before->type), index_in_chain(chain, before->type) - 1);
    return TG_UNKNOWN_PAYLOAD;
}

TG_COLD static tg_status fault_in_payload(tg_parse *p, tg_status status, const tg_payload *chain, unsigned type)
{
    const char *id = tg_layout_of((uint16_t)type)->id;
    return tg_wire_fault_in(p, status, tg_payload_name((uint16_t)type), index_in_chain(chain, type), id);
}

/* RFC 6043 6.10 has Vi "identical to the V payload", whose Next Payload is 0, although Vr follows it (ambiguity A11):
 * such a Vi is read on, and its octet is remembered. */
static bool vi_is_followed(tg_parse *p, const tg_reader *r, tg_chain_kind kind, tg_payload *payload, tg_status *status)
{
    if (kind != TG_CHAIN_INITIATOR_DATA || payload->type != TG_PAYLOAD_V || tg_reader_left(r) == 0)
        return false;
    tg_override *override = tg_arena_alloc(p->arena, sizeof *override);
    if (!override) {
        *status = tg_wire_fault(p, TG_ARENA_FULL, r->pos, NULL, "");
        return false;
    }
    *override = (tg_override){ payload->overrides, "next_payload", TG_PAYLOAD_LAST };
    payload->overrides = override;
    return true;
}

static tg_status parse_links(tg_parse *p, tg_reader *r, tg_chain_kind kind, unsigned number, const uint8_t *number_at,
                             tg_payload **out)
{
    tg_payload *before = NULL;
    tg_payload **link = out;
    *out = NULL;
    while (number != TG_PAYLOAD_LAST) {
        if (!may_stand(number, kind))
            return fault_unknown_payload(p, kind, number_at, *out, before);
        tg_payload *payload;
        uint8_t next;
        number_at = r->pos; /* Next Payload is the first octet of every payload that has one */
        tg_status status = parse_payload(p, r, number, &payload, &next);
        if (status != TG_OK)
            return fault_in_payload(p, status, *out, number);
        *link = payload;
        link = &payload->next;
        before = payload;
        number = next;
        if (number == TG_PAYLOAD_LAST && vi_is_followed(p, r, kind, payload, &status))
            number = TG_PAYLOAD_V;
        if (status != TG_OK)
            return status;
    }
    if (tg_reader_left(r) > 0)
        return tg_wire_fault(p, TG_TRAILING, r->pos, kind == TG_CHAIN_MESSAGE ? "message" : NULL,
                             chain_kinds[kind].scope_id);
    return TG_OK;
}

/* RFC 3830 3.2 and RFC 4738 3.6: the identity comes first in what the envelope key encrypts; RFC 6267 4.2.1.3: and in
 * front of the private keys. */
static unsigned first_of_keys(const tg_parse *p, const tg_reader *r)
{
    if (tg_reader_left(r) == 0)
        return TG_PAYLOAD_LAST;
    switch (p->data_type) {
    case TG_DATA_TYPE_PK_INIT:
    case TG_DATA_TYPE_PK_RESP:
    case TG_DATA_TYPE_RSA_R_I_MSG:
    case TG_DATA_TYPE_RSA_R_R_MSG:
    case TG_DATA_TYPE_REQUEST_KEY_RESP:
        return TG_PAYLOAD_ID;
    default:
        return TG_PAYLOAD_KEY_DATA;
    }
}

tg_status tg_wire_parse_chain(tg_parse *p, tg_reader *r, tg_chain_kind kind, uint8_t first, tg_payload **out)
{
    const uint8_t *number_at = r->pos;
    unsigned number = first;
    *out = NULL;
    if (kind == TG_CHAIN_MESSAGE)
        number_at = p->base + 2; /* HDR: version, data type, Next Payload */
    else if (kind == TG_CHAIN_TICKET_DATA)
        number = TG_PAYLOAD_THDR;
    else if (kind == TG_CHAIN_KEYS)
        number = first_of_keys(p, r);
    else if (!tg_get_u8(r, &first))
        return tg_wire_fault(p, TG_TRUNCATED, r->pos, "first_payload", chain_kinds[kind].scope_id);
    else
        number = first;
    if (p->nesting >= TG_MAX_NESTING)
        return tg_wire_fault(p, TG_TOO_DEEP, r->pos, NULL, "");
    p->nesting++;
    tg_status status = parse_links(p, r, kind, number, number_at, out);
    p->nesting--;
    return status;
}

static tg_status parse_hdr_fields(tg_parse *p, tg_reader *r, tg_hdr *o, uint8_t *next)
{
    static const char *const own_id = NULL;
    TG_LAYOUT_HDR(PARSE)
    return TG_OK;
}

tg_status tg_wire_parse_hdr(tg_parse *p, tg_reader *r, tg_hdr *hdr, uint8_t *first)
{
    const uint8_t *start = r->pos;
    tg_status status = parse_hdr_fields(p, r, hdr, first);
    if (status != TG_OK)
        return tg_wire_fault_in(p, status, "hdr", -1, TG_LAYOUT_HDR_ID);
    hdr->object = (tg_object){ { start, (size_t)(r->pos - start) }, NULL };
    return TG_OK;
}
