/* From segments to records: what each end sends is laid in one piece, so that a record cut anywhere is a view. */
#include "case.h"

enum { TLS_HEADER = 5, DTLS_HEADER = 13, MAX_PLAIN = 1 << 14, MAX_PROTECTED = MAX_PLAIN + 2048 };

/* ---- laying out --------------------------------------------------------------------------------------------- */

static bool lay_out(tg_tls_case *k, const tg_tls_segment *segments, size_t num, bool from_client)
{
    tg_tls_end *end = &k->ends[from_client];
    size_t len = 0, count = 0;
    for (size_t i = 0; i < num; i++) {
        if (segments[i].from_client == from_client) {
            len += segments[i].octets.len;
            count++;
        }
    }
    uint8_t *octets = tg_arena_alloc(k->arena, len + 1);
    tg_tls_start *starts = tg_arena_alloc(k->arena, (count + 1) * sizeof *starts);
    if (!octets || !starts)
        return false;
    end->from_client = from_client;
    end->octets = tg_bytes_of(octets, len);
    end->starts = starts;
    len = 0;
    for (size_t i = 0; i < num; i++) {
        tg_bytes piece = segments[i].octets;
        if (segments[i].from_client != from_client)
            continue;
        starts[end->num_starts++] = (tg_tls_start){ len, (uint32_t)i };
        end->last_segment = i;
        if (piece.len)
            memcpy(octets + len, piece.data, piece.len);
        len += piece.len;
    }
    return true;
}

/* ---- records ------------------------------------------------------------------------------------------------ */

/* RFC 5246 6.2.1, 6.2.3 and RFC 6347 4.1: what a whole header may say. */
static const char *fault_of_header(const tg_tls_case *k, const tg_tls_end *end, const uint8_t *header)
{
    size_t length_at = k->known->datagrams ? 11 : 3;
    if (header[0] < 20 || header[0] > 24)
        return "no such type of records";
    if (header[1] != (k->known->datagrams ? 0xFE : 0x03))
        return "the version of the record is none";
    size_t length = (size_t)header[length_at] << 8 | header[length_at + 1];
    bool in_epoch = k->known->datagrams && (header[3] || header[4]);
    /* Application data is never in clear, but those of TLS 1.3 come without a ChangeCipherSpec that counts. */
    bool is_protected = end->ccs || in_epoch || header[0] == 23;
    return length > (is_protected ? MAX_PROTECTED : MAX_PLAIN) ? "the record is longer than records may be" : NULL;
}

static void cut_stream(tg_tls_case *k, tg_tls_end *end)
{
    while (tg_tls_goes_on(k) && end->cut < end->come) {
        const uint8_t *header = end->octets.data + end->cut;
        size_t left = end->come - end->cut;
        tg_tls_at at = { end->from_client, end->cut };
        if (left < TLS_HEADER)
            return;
        const char *fault = fault_of_header(k, end, header);
        if (fault) {
            tg_tls_bad(k, at, NULL, fault);
            return;
        }
        size_t length = (size_t)header[3] << 8 | header[4];
        if (left - TLS_HEADER < length)
            return;
        tg_tls_record record = { .type = header[0],
                                 .version = (uint16_t)(header[1] << 8 | header[2]),
                                 .fragment = tg_bytes_of(header + TLS_HEADER, length),
                                 .at = at };
        end->cut += TLS_HEADER + length;
        tg_tls_take_record(k, end, &record);
    }
}

static uint64_t number48(const uint8_t *octets)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 6; i++)
        number = number << 8 | octets[i];
    return number;
}

/* A datagram: records from its first to its last octet. */
static void cut_datagram(tg_tls_case *k, tg_tls_end *end)
{
    while (tg_tls_goes_on(k) && end->cut < end->come) {
        const uint8_t *header = end->octets.data + end->cut;
        size_t left = end->come - end->cut;
        tg_tls_at at = { end->from_client, end->cut };
        if (k->h->has_server_hello && k->h->version == 0xFEFC && (header[0] & 0xE0) == 0x20) {
            end->behind =
                true; /* DTLS 1.3 has a header of its own for protected records (RFC 9147 4); nothing is judged there */
            end->cut = end->come;
            return;
        }
        const char *fault = left < DTLS_HEADER ? NULL : fault_of_header(k, end, header);
        size_t length = left < DTLS_HEADER ? 0 : (size_t)header[11] << 8 | header[12];
        if (!fault && (left < DTLS_HEADER || left - DTLS_HEADER < length))
            fault = "the record does not fit in its datagram";
        if (fault) {
            tg_tls_bad(k, at, NULL, fault);
            return;
        }
        tg_tls_record record = { .type = header[0],
                                 .version = (uint16_t)(header[1] << 8 | header[2]),
                                 .epoch = (uint16_t)(header[3] << 8 | header[4]),
                                 .seq = number48(header + 5),
                                 .fragment = tg_bytes_of(header + DTLS_HEADER, length),
                                 .at = at };
        end->cut += DTLS_HEADER + length;
        tg_tls_take_datagram_record(k, end, &record);
    }
    if (tg_tls_goes_on(k))
        tg_tls_take_stashed(k, false);
}

/* ---- in the order of time ----------------------------------------------------------------------------------- */

/* An end that fell silent within a record while the other went on; it comes before what stopped the other. */
static void look_for_truncated(tg_tls_case *k, size_t num)
{
    for (size_t i = 0; i < 2; i++) {
        const tg_tls_end *end = &k->ends[1 - i], *other = &k->ends[i];
        if (k->stopped && k->bad_from_client == end->from_client)
            continue;
        if (num && end->cut < end->come && end->come == end->octets.len && other->num_starts &&
            other->last_segment > end->last_segment)
            tg_tls_truncated(k, (tg_tls_at){ end->from_client, end->cut });
    }
}

tg_status tg_tls_read(tg_tls_case *k, const tg_tls_segment *segments, size_t num)
{
    if (!lay_out(k, segments, num, false) || !lay_out(k, segments, num, true))
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num && tg_tls_goes_on(k); i++) {
        tg_tls_end *end = &k->ends[segments[i].from_client];
        end->come += segments[i].octets.len;
        if (k->known->datagrams)
            cut_datagram(k, end);
        else
            cut_stream(k, end);
    }
    if (k->failed == TG_OK && k->known->datagrams) {
        bool stopped = k->stopped;
        k->stopped = false; /* these came before what cannot be cut */
        tg_tls_take_stashed(k, true);
        k->stopped = k->stopped || stopped;
    }
    if (k->failed == TG_OK && !k->known->datagrams)
        look_for_truncated(k, num);
    return k->failed;
}
