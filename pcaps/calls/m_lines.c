/* M-lines of a session description: what is kept of each. */
#include <arpa/inet.h>

#include "room.h"

#define MSRP_PORT 2855 /* RFC 4975 6 */

static bool read_address(tg_bytes text, tgp_address *out)
{
    char word[64];
    if (text.len == 0 || text.len >= sizeof word)
        return false;
    memcpy(word, text.data, text.len);
    word[text.len] = '\0';
    memset(out, 0, sizeof *out);
    out->version = 4;
    if (inet_pton(AF_INET, word, out->octets) == 1)
        return true;
    out->version = 6;
    return inet_pton(AF_INET6, word, out->octets) == 1;
}

/* The authority of the first URI of a=path (RFC 4975 6.1, 8.2): where who sends connects to. False: it is no address. */
static bool end_of_path(tg_bytes path, tgp_endpoint *out)
{
    size_t at = 0, end;
    while (at + 2 < path.len && memcmp(path.data + at, "://", 3) != 0)
        at++;
    at += 3;
    if (at >= path.len)
        return false;
    for (end = at; end < path.len && path.data[end] != '/' && path.data[end] != ';' && path.data[end] != ' '; end++)
        if (path.data[end] == '@')
            at = end + 1;
    tg_bytes host;
    size_t host_end = at;
    if (at < end && path.data[at] == '[') {
        while (host_end < end && path.data[host_end] != ']')
            host_end++;
        host = tg_bytes_of(path.data + at + 1, host_end > at ? host_end - at - 1 : 0);
        host_end++;
    } else {
        while (host_end < end && path.data[host_end] != ':')
            host_end++;
        host = tg_bytes_of(path.data + at, host_end - at);
    }
    if (!read_address(host, &out->address))
        return false;
    uint32_t port = 0;
    if (host_end < end && path.data[host_end] == ':')
        for (size_t i = host_end + 1; i < end && path.data[i] >= '0' && path.data[i] <= '9' && port < 65536; i++)
            port = port * 10 + (uint32_t)(path.data[i] - '0');
    out->port = (uint16_t)(port ? port : MSRP_PORT);
    return port < 65536;
}

/* RFC 6714 5: with it c= and m= say where the connection is, whatever stands in the path. */
static bool is_cema(const tg_sdp *sdp, const tg_sdp_media *media)
{
    for (size_t i = media->first_attribute; i < media->first_attribute + media->num_attributes; i++)
        if (tgpc_is(sdp->attributes[i].name, "msrp-cema"))
            return true;
    return false;
}

static void read_end(const tg_sdp *sdp, const tg_sdp_media *media, tgpc_m *m)
{
    if (m->msrp && media->path.data && !is_cema(sdp, media) && end_of_path(media->path, &m->end)) {
        m->has_end = media->port != 0;
        return;
    }
    if (media->port == 0 || media->port > 65535 || !media->address.numeric)
        return;
    m->end.address.version = media->address.version;
    memcpy(m->end.address.octets, media->address.octets, sizeof m->end.address.octets);
    m->end.port = (uint16_t)media->port;
    m->has_end = true;
}

static bool ends_with(tg_bytes text, const char *ending)
{
    size_t len = strlen(ending);
    return text.len > len && memcmp(text.data + text.len - len, ending, len) == 0;
}

static void read_indication(const tgp_calls *calls, const tg_sdp *sdp, const tg_sdp_media *media, tgpc_m *m)
{
    const tg_indications *names = &calls->indications;
    size_t len = names->attribute ? strlen(names->attribute) : 0;
    if (!len)
        return;
    for (size_t i = media->first_attribute; i < media->first_attribute + media->num_attributes; i++) {
        const tg_sdp_attribute *attribute = &sdp->attributes[i];
        if (attribute->name.len != len || memcmp(attribute->name.data, names->attribute, len) != 0)
            continue;
        m->requested = m->requested || (names->requested && tgpc_is(attribute->value, names->requested));
        m->applied = m->applied || (names->applied && tgpc_is(attribute->value, names->applied));
    }
}

static void read_fingerprints(tgp_call *call, const tg_sdp *sdp, size_t m_line, tgpc_m *m)
{
    size_t num = 0;
    while (tg_sdp_fingerprint_of(sdp, m_line, num))
        num++;
    tg_sdp_fingerprint *all = num ? tgpc_alloc(call, num * sizeof *all) : NULL;
    if (!all)
        return;
    for (size_t i = 0; i < num; i++) {
        all[i] = *tg_sdp_fingerprint_of(sdp, m_line, i);
        all[i].function = tgpc_copy(call, all[i].function);
        all[i].octets = tgpc_copy(call, all[i].octets);
    }
    m->fingerprints = all;
    m->num_fingerprints = num;
}

void tgpc_read_m_line(tgpc_step *step, const tg_sdp *sdp, size_t m_line, bool in_unit, tgpc_m *m)
{
    const tg_sdp_media *media = &sdp->media[m_line];
    m->place.frame = step->unit->frame;
    if (in_unit)
        m->place = tgpc_place_of_view(step->unit, tg_bytes_of(sdp->text.data + media->offset, media->len));
    else if (step->raw.data)
        m->place = tgpc_place_of_view(step->unit, step->raw);
    m->media = tgpc_text(step->call, media->media, sizeof((tgp_media *)0)->media - 1);
    m->proto = tgpc_text(step->call, media->proto, sizeof((tgp_media *)0)->proto - 1);
    m->port = media->port;
    m->secured = media->protection == TG_SDP_KEYED_TLS;
    m->rtp = media->protection == TG_SDP_KEYED_RTP;
    m->msrp = ends_with(media->proto, "/MSRP");
    m->bfcp = ends_with(media->proto, "/BFCP");
    read_end(sdp, media, m);
    read_indication(step->calls, sdp, media, m);
    if (sdp->num_fingerprints)
        read_fingerprints(step->call, sdp, m_line, m);
    if (m->requested || m->applied || m->num_fingerprints)
        step->calls->has_subject = true;
}
