/* What MAC and signature cover: RFC 6043 5.5, 6.10 and A.1, RFC 3830 5.2. Always of the octets received, never of a form
 * built again: a Next Payload or a length that lies is covered as it lies. */
#include "handle.h"

/* ---- pieces ------------------------------------------------------------------------------------------------- */

/* A coverage that more was added to than it holds stays so: num is past the end, and who reads it refuses it. */
static void add(tg_coverage *out, const uint8_t *data, size_t len)
{
    if (len == 0 || !tg_coverage_fits(out))
        return;
    if (out->num < TG_COVERAGE_MAX) {
        out->parts[out->num] = tg_bytes_of(data, len);
        out->len += len;
    }
    out->num++;
}

static void overflow(tg_coverage *out)
{
    out->num = TG_COVERAGE_MAX + 1;
}

/* Some octets of those covered that are left out. */
typedef struct gap {
    const uint8_t *start;
    size_t len;
} gap;

/* `octets` without the gaps, which stand in it, one behind the other. */
static void add_without(tg_coverage *out, tg_bytes octets, const gap *gaps, size_t num)
{
    const uint8_t *at = octets.data, *end = octets.data + octets.len;
    for (size_t i = 0; i < num; i++) {
        add(out, at, (size_t)(gaps[i].start - at));
        at = gaps[i].start + gaps[i].len;
    }
    add(out, at, (size_t)(end - at));
}

/* Where a field of a parsed payload stands. */
static bool field_of(const tg_payload *payload, const char *name, gap *out)
{
    size_t offset, len;
    if (payload->octets.len == 0 ||
        !tg_field_range(tg_layout_of(payload->type), payload, payload->octets, name, &offset, &len))
        return false;
    *out = (gap){ payload->octets.data + offset, len };
    return true;
}

static const tg_ticket *first_ticket(const tg_message *message)
{
    return (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
}

static const tg_v *last_v(const tg_payload *from, size_t *num)
{
    const tg_v *last = NULL;
    *num = 0;
    for (; (from = tg_payload_find(from, TG_PAYLOAD_V)); from = from->next) {
        last = (const tg_v *)from;
        ++*num;
    }
    return last;
}

/* What the MAC of a TRANSFER_INIT does not cover of its ticket (idata_excl). False: nothing. */
static bool excluded_of_ticket(const tg_settings *settings, const tg_message *message, gap *out)
{
    const tg_ticket *ticket = message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT ? first_ticket(message) : NULL;
    if (!ticket)
        return false;
    if (settings->idata_excl == TG_IDATA_EXCL_IF_PRESENT && !(ticket->flags & TG_FLAG('I')))
        return false;
    gap len, data;
    if (!field_of(&ticket->head, "initiator_data_len", &len) || !field_of(&ticket->head, "initiator_data", &data))
        return false;
    *out = settings->idata_excl == TG_IDATA_EXCL_DATA_ONLY ? data : (gap){ len.start, len.len + data.len };
    return true;
}

/* ---- coverages ---------------------------------------------------------------------------------------------- */

tg_status tg_cover_message(const tg_settings *settings, const tg_message *message, tg_coverage *out)
{
    memset(out, 0, sizeof *out);
    const tg_payload *last = tg_payload_last(message->payloads);
    gap gaps[2];
    size_t num = 0;
    if (message->octets.len == 0 || !last || (last->type != TG_PAYLOAD_V && last->type != TG_PAYLOAD_SIGN))
        return TG_NOT_FOUND;
    num += excluded_of_ticket(settings, message, &gaps[num]); /* the ticket stands before the last payload */
    if (!field_of(last, last->type == TG_PAYLOAD_V ? "ver_data" : "signature", &gaps[num++]))
        return TG_NOT_FOUND;
    add_without(out, message->octets, gaps, num);
    return TG_OK;
}

void tg_cover_initial(const tg_settings *settings, const tg_message *initial, tg_coverage *out)
{
    gap excluded;
    bool has_gap =
        settings->resp_init_copy == TG_RESP_INIT_COPY_EXCL_IDATA && excluded_of_ticket(settings, initial, &excluded);
    add_without(out, initial->octets, &excluded, has_gap);
}

void tg_cover_identity(const tg_settings *settings, const tg_identity *identity, tg_coverage *out)
{
    if (!identity->known)
        return;
    if (settings->mac_identity != TG_MAC_IDENTITY_ID_DATA) {
        if (out->num_prefixes == sizeof out->prefix / sizeof out->prefix[0] || identity->data.len > UINT16_MAX) {
            overflow(out);
            return;
        }
        uint8_t *prefix = out->prefix[out->num_prefixes++];
        prefix[0] = identity->id_type;
        prefix[1] = (uint8_t)(identity->data.len >> 8);
        prefix[2] = (uint8_t)identity->data.len;
        bool has_type = settings->mac_identity == TG_MAC_IDENTITY_TYPE_LEN_DATA;
        add(out, has_type ? prefix : prefix + 1, has_type ? 3 : 2);
    }
    add(out, identity->data.data, identity->data.len);
}

tg_status tg_cover_ticket(const tg_ticket *ticket, tg_coverage *out)
{
    memset(out, 0, sizeof *out);
    const tg_payload *last =
        ticket->ticket_data.form == TG_CHAIN_PAYLOADS ? tg_payload_last(ticket->ticket_data.payloads) : NULL;
    gap next, mac, len;
    if (!last || last->type != TG_PAYLOAD_V || !field_of(&ticket->head, "next_payload", &next) ||
        !field_of(last, "ver_data", &mac) || !field_of(&ticket->head, "initiator_data_len", &len))
        return TG_NOT_FOUND;
    tg_bytes octets = ticket->head.octets;
    gap gaps[] = { next, mac, { len.start, (size_t)(octets.data + octets.len - len.start) } };
    add_without(out, octets, gaps, sizeof gaps / sizeof gaps[0]);
    return TG_OK;
}

tg_status tg_cover_initiator_data(const tg_ticket *ticket, tg_coverage *out)
{
    memset(out, 0, sizeof *out);
    const tg_chain *data = &ticket->initiator_data;
    size_t num = 0;
    const tg_v *vr = data->form == TG_CHAIN_PAYLOADS ? last_v(data->payloads, &num) : NULL;
    gap mac;
    if (num < 2 || !field_of(&vr->head, "ver_data", &mac))
        return TG_NOT_FOUND;
    add_without(out, data->octets, &mac, 1);
    return TG_OK;
}

tg_status tg_cover_kemac(const tg_message *message, tg_coverage *out)
{
    memset(out, 0, sizeof *out);
    const tg_payload *kemac = tg_payload_find(message->payloads, TG_PAYLOAD_KEMAC);
    gap mac;
    if (message->octets.len == 0 || !kemac || !field_of(kemac, "mac", &mac))
        return TG_NOT_FOUND;
    add_without(out, message->octets, &mac, 1);
    return TG_OK;
}

void tg_cover_octets(tg_bytes octets, tg_coverage *out)
{
    add(out, octets.data, octets.len);
}

tg_status tg_coverage_join(const tg_coverage *coverage, tg_arena *arena, tg_bytes *out)
{
    if (!tg_coverage_fits(coverage))
        return TG_OVERFLOW;
    uint8_t *joined = tg_arena_octets(arena, coverage->len);
    if (!joined)
        return TG_ARENA_FULL;
    tg_writer w = tg_writer_of(joined, coverage->len);
    for (size_t i = 0; i < coverage->num; i++)
        tg_put_bytes(&w, coverage->parts[i]);
    *out = tg_bytes_of(joined, coverage->len);
    return tg_writer_status(&w);
}
