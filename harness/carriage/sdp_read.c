/* A session description as facts (RFC 4566, 8866). Lines are cut here, so that every fact has its place; libosip2 judges a copy that holds v=, o=, s=,
 * t=, c= and m= alone (osip.c says why), in the order that it insists on. What attributes mean stands in sdp_attributes.c. */
#include "ticketgate/carriage.h"

#include "osip.h"
#include "plain.h"
#include "sdp_attributes.h"
#include "sdp_lines.h"

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

static tg_bytes bytes_of(tgc_text text)
{
    return tg_bytes_of(text.data, text.len);
}

/* Cuts a word off the front: up to a blank; blanks behind it are passed over. */
static tgc_text next_word(tgc_text *rest)
{
    size_t i = 0;
    while (i < rest->len && rest->data[i] != ' ')
        i++;
    tgc_text word = { rest->data, i };
    while (i < rest->len && rest->data[i] == ' ')
        i++;
    rest->data += i;
    rest->len -= i;
    return word;
}

/* ---- lists ---------------------------------------------------------------------------------------------------- */

typedef struct counts {
    size_t attributes, fingerprints, fingerprint_octets, keys, media;
} counts;

static bool is_candidate(tgc_text line)
{
    return tgc_begins(line, "a=candidate:") || tgc_begins(line, "a=remote-candidates:");
}

static counts count_lines(const tgc_outline *lines)
{
    counts out = { .media = lines->num_media };
    for (size_t i = 0; i < lines->num_lines; i++) {
        tgc_text line = lines->lines[i];
        if (line.data[0] != 'a' || is_candidate(line))
            continue;
        out.attributes++;
        if (tgc_begins(line, "a=key-mgmt"))
            out.keys++;
        if (tgc_begins(line, "a=fingerprint")) {
            out.fingerprints++;
            out.fingerprint_octets += line.len / 2;
        }
    }
    return out;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t tg_sdp_arena_size(size_t len)
{
    len = smaller(len, TG_SDP_MAX_OCTETS);
    return smaller(len / 3 + 1, TG_SDP_MAX_LINES) * sizeof(tg_sdp_attribute) +
           smaller(len / 6 + 1, TG_SDP_MAX_M_LINES) * sizeof(tg_sdp_media) +
           smaller(len / 10 + 1, TG_SDP_MAX_LINES) * sizeof(tg_sdp_key) +
           smaller(len / 13 + 1, TG_SDP_MAX_LINES) * sizeof(tg_sdp_fingerprint) + len / 2 + 6 * alignof(max_align_t);
}

static bool make_room(tgc_sdp_filling *fill, tg_arena *arena, const counts *num)
{
    fill->attributes = tg_arena_alloc(arena, num->attributes * sizeof *fill->attributes);
    fill->media = tg_arena_alloc(arena, num->media * sizeof *fill->media);
    fill->keys = tg_arena_alloc(arena, num->keys * sizeof *fill->keys);
    fill->fingerprints = tg_arena_alloc(arena, num->fingerprints * sizeof *fill->fingerprints);
    fill->octets = tg_arena_alloc(arena, num->fingerprint_octets);
    return fill->attributes && fill->media && fill->keys && fill->fingerprints && fill->octets;
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

static bool read_number(tgc_text text, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i >= 9)
            return false;
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *out = value;
    return text.len > 0;
}

/* username sess-id sess-version nettype addrtype unicast-address (RFC 4566 5.2) */
static bool read_origin(tgc_text line, tg_sdp *out)
{
    tgc_text rest = { line.data + 2, line.len - 2 };
    out->origin.line = bytes_of(rest);
    out->origin.username = bytes_of(next_word(&rest));
    out->origin.session_id = bytes_of(next_word(&rest));
    out->origin.version = bytes_of(next_word(&rest));
    (void)next_word(&rest);
    (void)next_word(&rest);
    out->origin.address = bytes_of(next_word(&rest));
    return out->origin.address.len > 0;
}

/* nettype addrtype connection-address (RFC 4566 5.7) */
static bool read_connection(tgc_text line, tg_sdp_address *out)
{
    tgc_text rest = { line.data + 2, line.len - 2 };
    tgc_text network = next_word(&rest), type = next_word(&rest);
    if (network.len == 0 || type.len == 0 || rest.len == 0)
        return false;
    tgc_read_address(type, rest, out);
    return true;
}

/* media port["/" number] proto formats (RFC 4566 5.14) */
static bool read_media(tgc_text line, tg_sdp_media *out)
{
    tgc_text rest = { line.data + 2, line.len - 2 };
    out->media = bytes_of(next_word(&rest));
    tgc_text port = next_word(&rest), proto = next_word(&rest);
    out->proto = bytes_of(proto);
    out->formats = bytes_of(tgc_trim(rest));
    const char *slash = port.len ? memchr(port.data, '/', port.len) : NULL;
    out->num_ports = 1;
    if (slash) {
        size_t len = (size_t)(slash - port.data);
        if (!read_number((tgc_text){ slash + 1, port.len - len - 1 }, &out->num_ports))
            return false;
        port.len = len;
    }
    out->protection = tgc_is_srtp(proto)       ? TG_SDP_KEYED_RTP
                      : tgc_is_over_tls(proto) ? TG_SDP_KEYED_TLS
                                               : TG_SDP_NOT_KEYED;
    return read_number(port, &out->port) && out->port <= 65535;
}

static const char *begin_media(tgc_sdp_filling *fill, tgc_text line)
{
    tg_sdp *sdp = fill->sdp;
    tg_sdp_media *media = &fill->media[sdp->num_media];
    memset(media, 0, sizeof *media);
    media->offset = (size_t)(line.data - (const char *)sdp->text.data);
    media->len = line.len;
    media->address = sdp->address;
    media->direction = sdp->direction;
    media->setup = sdp->setup;
    media->connection = fill->connection;
    media->first_attribute = sdp->num_attributes;
    fill->current = media;
    fill->level = (int)sdp->num_media++;
    return read_media(line, media) ? NULL : "the port of an m-line is malformed";
}

static const char *take_connection(tgc_sdp_filling *fill, tgc_text line)
{
    tg_sdp_address address;
    if (!read_connection(line, &address))
        return "a c= line is malformed";
    if (!fill->current)
        fill->sdp->address = address;
    else if (!fill->current->own_address) /* several are layers of one multicast (RFC 4566 5.7): the first */
        fill->current->address = address;
    if (fill->current)
        fill->current->own_address = true;
    return NULL;
}

static const char *take_line(tgc_sdp_filling *fill, tgc_text line)
{
    switch (line.data[0]) {
    case 'c':
        return take_connection(fill, line);
    case 'm':
        return begin_media(fill, line);
    case 'a':
        if (!is_candidate(line))
            tgc_take_attribute(fill, line);
        return NULL;
    default:
        return NULL;
    }
}

/* What an m-line without attributes of its own has. */
static void complete_media(tg_sdp_media *media)
{
    if (media->rtcp_mux)
        media->rtcp_port = media->port;
    else if (media->rtcp_port == 0 && media->port > 0)
        media->rtcp_port = media->port < 65535 ? media->port + 1 : 0;
    if (!media->rtcp_address.text.data)
        media->rtcp_address = media->address;
}

static tg_status read_facts(const tgc_outline *lines, tgc_sdp_filling *fill, const char **reason)
{
    for (size_t i = 0; i < lines->num_lines; i++) {
        const char *wrong = take_line(fill, lines->lines[i]);
        if (wrong)
            return refuse(TG_BAD_SDP, reason, wrong);
    }
    for (size_t i = 0; i < fill->sdp->num_media; i++)
        complete_media(&fill->media[i]);
    return TG_OK;
}

static bool is_judged_sound(const tgc_outline *lines)
{
    char copy[TGC_SDP_COPY_MAX];
    if (tgc_sdp_is_plain(lines))
        return true;
    tgc_write_sdp_copy(lines, "c=", copy);
    tgc_sdp *sdp = tgc_sdp_open(copy);
    if (sdp)
        tgc_sdp_close(sdp);
    return sdp != NULL;
}

tg_status tg_sdp_read(const char *octets, size_t len, tg_arena *arena, tg_sdp *out, const char **reason)
{
    tgc_text text = { octets, len };
    tgc_outline lines;
    tgc_sdp_filling fill = { .sdp = out, .level = -1 };
    *reason = "";
    memset(out, 0, sizeof *out);
    if (len == 0 || memchr(octets, '\0', len))
        return refuse(TG_BAD_SDP, reason,
                      len ? "the session description holds a NUL" : "the session description is empty");
    if (len > TG_SDP_MAX_OCTETS)
        return refuse(TG_TOO_LARGE, reason, "the session description is too large");
    tg_status status = tgc_read_outline(text, &lines, reason);
    if (status != TG_OK)
        return status;
    counts num = count_lines(&lines);
    if (!make_room(&fill, arena, &num))
        return refuse(TG_ARENA_FULL, reason, "the memory given for the session description is used up");
    out->text = tg_bytes_of(octets, len);
    out->session_name = tg_bytes_of(lines.s.data + 2, lines.s.len - 2);
    out->attributes = fill.attributes;
    out->media = fill.media;
    out->key_mgmt = fill.keys;
    out->fingerprints = fill.fingerprints;
    if (!read_origin(lines.o, out) || !is_judged_sound(&lines))
        return refuse(TG_BAD_SDP, reason, "the lines v=, o=, s=, t=, c= or m= are malformed");
    return read_facts(&lines, &fill, reason);
}

/* ---- questions ------------------------------------------------------------------------------------------------ */

const tg_sdp_attribute *tg_sdp_find(const tg_sdp *sdp, int m_line, const char *name)
{
    bool session = m_line < 0 || (size_t)m_line >= sdp->num_media;
    size_t from = session ? 0 : sdp->media[m_line].first_attribute;
    size_t num = session ? sdp->num_session_attributes : sdp->media[m_line].num_attributes, len = strlen(name);
    if (m_line >= 0 && session)
        return NULL;
    for (size_t i = from; i < from + num; i++) {
        if (sdp->attributes[i].name.len == len && memcmp(sdp->attributes[i].name.data, name, len) == 0)
            return &sdp->attributes[i];
    }
    return NULL;
}

static bool has_own_key(const tg_sdp *sdp, size_t m_line)
{
    for (size_t i = 0; i < sdp->num_key_mgmt; i++) {
        if (sdp->key_mgmt[i].m_line == (int)m_line)
            return true;
    }
    return false;
}

size_t tg_sdp_covered(const tg_sdp *sdp, const tg_sdp_key *attribute, size_t *out)
{
    size_t num = 0;
    for (size_t i = 0; i < sdp->num_media; i++) {
        bool meant = attribute->m_line < 0 ? !has_own_key(sdp, i) : attribute->m_line == (int)i;
        if (meant && sdp->media[i].protection != TG_SDP_NOT_KEYED)
            out[num++] = i;
    }
    return num;
}

const tg_sdp_fingerprint *tg_sdp_fingerprint_of(const tg_sdp *sdp, size_t m_line, size_t n)
{
    int level = -1;
    for (size_t i = 0; i < sdp->num_fingerprints && level < 0; i++) {
        if (sdp->fingerprints[i].m_line == (int)m_line)
            level = (int)m_line;
    }
    for (size_t i = 0; i < sdp->num_fingerprints; i++) {
        if (sdp->fingerprints[i].m_line == level && n-- == 0)
            return &sdp->fingerprints[i];
    }
    return NULL;
}
