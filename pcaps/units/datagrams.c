/* UDP: what a datagram is, from its octets. Almost all of them are told by the first. */
#include "parts.h"

tgu_front tgu_front_of(const tgp_segment *segment)
{
    return (tgu_front){ .data = segment->data.data,
                        .len = segment->data.len,
                        .pieces = segment->pieces,
                        .num_pieces = segment->num_pieces,
                        .time = segment->time,
                        .over = true };
}

static tgp_unit unit_of(const tgp_segment *segment, tgp_unit_kind kind)
{
    return (
        tgp_unit){ .kind = kind, .transport = TGP_UDP, .source = segment->source, .destination = segment->destination };
}

/* RFC 3261 18.3, RFC 5626 3.5.1: line ends; NUL and single octets are what NAT bindings are kept open with. */
static bool is_keep_alive(tg_bytes data)
{
    if (data.len == 1)
        return true;
    for (size_t i = 0; i < data.len; i++) {
        if (data.data[i] != '\r' && data.data[i] != '\n' && data.data[i] != 0)
            return false;
    }
    return data.len <= 4;
}

/* DTLSPlaintext (RFC 6347 4.1): types 20 to 26, version 254.255 or 254.253, and a length that fits. */
static bool is_dtls(tg_bytes data)
{
    if (data.len < 13 || data.data[0] < 20 || data.data[0] > 26 || data.data[1] != 0xfe || data.data[2] < 0xfc)
        return false;
    size_t len = (size_t)data.data[11] << 8 | data.data[12];
    return len > 0 && 13 + len <= data.len;
}

static void take_dtls(tgp_units *units, const tgp_segment *segment)
{
    bool begins;
    tgp_unit unit = unit_of(segment, TGP_UNIT_TLS);
    unit.tls.datagram = true;
    if (!units->associations)
        units->associations = tgu_associations_new();
    if (!units->associations) {
        units->no_memory = true;
        return;
    }
    bool tell = tgu_association(units->associations, segment, units->limits.tls_octets, &unit.tls.from_first, &begins);
    if (begins)
        tgu_count(units, TGP_UNITS_TLS);
    tgu_front front = tgu_front_of(segment);
    if (tell)
        tgu_tell(units, &front, 0, segment->data.len, &unit);
}

static bool take_rtp(tgp_units *units, const tgp_segment *segment)
{
    bool tell = units->limits.rtp_unasked;
    if (!tgu_rtp_may_be(segment->data) ||
        (!tell && !tgu_rtp_is(units->rtp, &segment->destination, segment->data, &tell)))
        return false;
    tgp_unit unit = unit_of(segment, TGP_UNIT_RTP);
    tgu_front front = tgu_front_of(segment);
    if (!units->limits.rtp_unasked)
        tgu_count(units, TGP_UNITS_RTP);
    if (tell)
        tgu_tell(units, &front, 0, segment->data.len, &unit);
    return true;
}

bool tgp_units_ask_rtp(tgp_units *units, const tgp_unit *unit)
{
    bool tell, is_rtp = tgu_rtp_is(units->rtp, &unit->destination, unit->octets, &tell);
    units->asked[is_rtp]++;
    return is_rtp && tell;
}

void tgu_datagram(tgp_units *units, const tgp_segment *segment)
{
    tg_bytes data = segment->data;
    if (data.len == 0)
        return;
    uint8_t first = data.data[0];
    if (first >= 0x80) {
        if (first >= 0xc0 || !take_rtp(units, segment))
            tgu_count(units, TGP_UNITS_OTHER);
    } else if (first >= 20 && first <= 26 && is_dtls(data)) {
        take_dtls(units, segment);
    } else if (is_keep_alive(data)) {
        tgu_count(units, TGP_UNITS_KEEP_ALIVE);
    } else {
        tgu_front front = tgu_front_of(segment);
        if (!tgu_sip_datagram(units, &front, segment, NULL, 0))
            tgu_count(units, TGP_UNITS_OTHER);
    }
}
