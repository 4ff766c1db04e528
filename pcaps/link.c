/* Link layers: from a captured frame to its IP packet. */
#include <pcap/dlt.h>

#include "reader.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, MAX_VLAN_TAGS = 4 };

/* Takes `len` octets off the front. */
static bool skip(tgp_view *view, size_t len)
{
    if (view->octets.len < len)
        return false;
    view->octets.data += len;
    view->octets.len -= len;
    return true;
}

static unsigned u16_at(const tgp_view *view, size_t at)
{
    return (unsigned)view->octets.data[at] << 8 | view->octets.data[at + 1];
}

static tg_pcap_packet too_short(const tgp_view *view)
{
    return view->cut ? TG_PCAP_CUT : TG_PCAP_MALFORMED;
}

/* A header of `header` octets with an EtherType at `type_at`, VLAN tags behind it. */
static tg_pcap_packet with_ethertype(tgp_view view, size_t header, size_t type_at, tgp_segment *out)
{
    if (view.octets.len < header)
        return too_short(&view);
    unsigned type = u16_at(&view, type_at);
    (void)skip(&view, header);
    for (unsigned tags = 0; type == 0x8100 || type == 0x88a8 || type == 0x9100; tags++) {
        if (tags == MAX_VLAN_TAGS)
            return TG_PCAP_OTHER_PROTOCOL;
        if (view.octets.len < 4)
            return too_short(&view);
        type = u16_at(&view, 2);
        (void)skip(&view, 4);
    }
    if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
        return TG_PCAP_OTHER_PROTOCOL;
    return tgp_dissect_ip(view, out);
}

/* The address family in front of a loopback packet is in the byte order of the host that captured it, and AF_INET6 has
 * a number of its own on every system: whatever looks like IP behind a known family is taken. */
static tg_pcap_packet with_family(tgp_view view, tgp_segment *out)
{
    if (view.octets.len < 4)
        return too_short(&view);
    const uint8_t *b = view.octets.data;
    unsigned family = 0;
    if (b[0] == 0 && b[1] == 0)
        family = u16_at(&view, 2);
    else if (b[2] == 0 && b[3] == 0)
        family = (unsigned)b[1] << 8 | b[0];
    if (family != 2 && family != 10 && family != 24 && family != 28 && family != 30)
        return TG_PCAP_OTHER_PROTOCOL;
    (void)skip(&view, 4);
    return tgp_dissect_ip(view, out);
}

tg_pcap_packet tgp_dissect(int link_type, tgp_view packet, tgp_segment *out)
{
    switch (link_type) {
    case DLT_EN10MB: return with_ethertype(packet, 14, 12, out);
    case DLT_LINUX_SLL: return with_ethertype(packet, 16, 14, out);
    case DLT_LINUX_SLL2: return with_ethertype(packet, 20, 0, out);
    case DLT_NULL:
    case DLT_LOOP: return with_family(packet, out);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6: return tgp_dissect_ip(packet, out);
    default: return TG_PCAP_UNKNOWN_LINK;
    }
}
