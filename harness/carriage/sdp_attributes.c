#include "sdp_attributes.h"

#include <arpa/inet.h> /* inet_pton alone: it does no I/O */

#include "sdp_lines.h"

static tg_bytes bytes_of(tgc_text text)
{
    return tg_bytes_of(text.data, text.len);
}

void tgc_read_address(tgc_text type, tgc_text text, tg_sdp_address *out)
{
    char name[64];
    memset(out, 0, sizeof *out);
    size_t len = 0;
    while (len < text.len && text.data[len] != '/' && text.data[len] != ' ')
        len++;
    out->text = tg_bytes_of(text.data, len);
    out->version = tgc_equals_nocase(type, "IP4") ? 4 : tgc_equals_nocase(type, "IP6") ? 6 : 0;
    if (out->version == 0 || len == 0 || len >= sizeof name)
        return;
    memcpy(name, text.data, len);
    name[len] = '\0';
    out->numeric = inet_pton(out->version == 4 ? AF_INET : AF_INET6, name, out->octets) == 1;
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static void take_key(tgc_sdp_filling *fill, tgc_text value)
{
    tgc_text protocol, data;
    tgc_cut_key_mgmt(value, &protocol, &data);
    tg_sdp_key *key = &fill->keys[fill->sdp->num_key_mgmt++];
    *key = (tg_sdp_key){ fill->level,    fill->sdp->num_attributes - 1, bytes_of(protocol),
                         bytes_of(data), tgc_equals(protocol, "mikey"), NULL };
    if (protocol.len == 0)
        key->wrong = "there is no prtcl-id";
    else if (data.len == 0)
        key->wrong = "there is nothing behind the prtcl-id";
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 2UHEX *(":" 2UHEX) (RFC 8122 5); small letters are taken too. How many octets; 0: it is none. */
static size_t read_octets(tgc_text text, uint8_t *out)
{
    size_t num = 0;
    if (text.len % 3 != 2)
        return 0;
    for (size_t i = 0; i < text.len; i += 3) {
        int high = hex_value(text.data[i]), low = hex_value(text.data[i + 1]);
        if (high < 0 || low < 0 || (i + 2 < text.len && text.data[i + 2] != ':'))
            return 0;
        out[num++] = (uint8_t)(high * 16 + low);
    }
    return num;
}

static void take_fingerprint(tgc_sdp_filling *fill, tgc_text value)
{
    tgc_text function, hex;
    tgc_cut_key_mgmt(value, &function, &hex); /* the same form: a word, blanks, the rest */
    size_t num = read_octets(hex, fill->octets);
    tg_sdp_fingerprint *one = &fill->fingerprints[fill->sdp->num_fingerprints++];
    *one = (tg_sdp_fingerprint){ fill->level, fill->sdp->num_attributes - 1, bytes_of(function),
                                 tg_bytes_of(fill->octets, num), NULL };
    fill->octets += num;
    if (function.len == 0)
        one->wrong = "there is no hash function";
    else if (num == 0)
        one->wrong = "what follows the hash function is no list of octets";
}

/* ---- others ---------------------------------------------------------------------------------------------------- */

static tg_sdp_setup setup_of(tgc_text value)
{
    static const char *const setups[] = { "", "active", "passive", "actpass", "holdconn" };
    for (unsigned i = 1; i < sizeof setups / sizeof *setups; i++) {
        if (tgc_equals(value, setups[i]))
            return (tg_sdp_setup)i;
    }
    return TG_SDP_SETUP_OTHER;
}

static bool direction_of(tgc_text name, tg_sdp_direction *out)
{
    static const char directions[][8 + 1] = { "sendrecv", "sendonly", "recvonly", "inactive" };
    if (name.len != 8) /* as they all are: most attributes are asked, few are one */
        return false;
    for (unsigned i = 0; i < sizeof directions / sizeof *directions; i++) {
        if (tgc_equals(name, directions[i])) {
            *out = (tg_sdp_direction)i;
            return true;
        }
    }
    return false;
}

static size_t digits(tgc_text text, uint32_t *out)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < text.len && i < 10 && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    *out = (uint32_t)(value <= UINT32_MAX ? value : 0);
    return value <= UINT32_MAX ? i : 0;
}

/* port [nettype addrtype address] (RFC 3605 2.1) */
static void take_rtcp(tg_sdp_media *media, tgc_text value)
{
    size_t i = digits(value, &media->rtcp_port);
    if (i == 0 || media->rtcp_port > 65535) {
        media->rtcp_port = 0;
        return;
    }
    tgc_text rest = tgc_trim((tgc_text){ value.data + i, value.len - i }), type, ignored;
    tgc_cut_key_mgmt(rest, &ignored, &rest);
    tgc_cut_key_mgmt(rest, &type, &rest);
    if (rest.len > 0)
        tgc_read_address(type, rest, &media->rtcp_address);
}

/* An SSRC has a line for each of its attributes, which follow each other (RFC 5576 4.1): only a change counts. */
static void take_ssrc(tgc_sdp_filling *fill, tgc_text value)
{
    tg_sdp_media *media = fill->current;
    uint32_t ssrc;
    if (digits(value, &ssrc) == 0)
        return;
    if (media->num_ssrcs == 0)
        media->ssrc = ssrc;
    if (media->num_ssrcs == 0 || ssrc != fill->last_ssrc)
        media->num_ssrcs++;
    fill->last_ssrc = ssrc;
}

static void take_media_attribute(tgc_sdp_filling *fill, tgc_text name, tgc_text value)
{
    tg_sdp_media *media = fill->current;
    if (tgc_equals(name, "setup"))
        media->setup = setup_of(value);
    else if (tgc_equals(name, "connection"))
        media->connection = bytes_of(value);
    else if (tgc_equals(name, "path"))
        media->path = bytes_of(value);
    else if (tgc_equals(name, "rtcp"))
        take_rtcp(media, value);
    else if (tgc_equals(name, "rtcp-mux"))
        media->rtcp_mux = true;
    else if (tgc_equals(name, "ssrc"))
        take_ssrc(fill, value);
    else
        (void)direction_of(name, &media->direction);
}

static void take_session_attribute(tgc_sdp_filling *fill, tgc_text name, tgc_text value)
{
    if (tgc_equals(name, "setup"))
        fill->sdp->setup = setup_of(value);
    else if (tgc_equals(name, "connection"))
        fill->connection = bytes_of(value);
    else
        (void)direction_of(name, &fill->sdp->direction);
}

void tgc_take_attribute(tgc_sdp_filling *fill, tgc_text line)
{
    tg_sdp *sdp = fill->sdp;
    tgc_text name = { line.data + 2, line.len - 2 }, value = { NULL, 0 };
    const char *colon = name.len ? memchr(name.data, ':', name.len) : NULL;
    if (colon) {
        name.len = (size_t)(colon - name.data);
        value = tgc_trim((tgc_text){ colon + 1, line.len - 3 - name.len });
    }
    size_t offset = (size_t)(line.data - (const char *)sdp->text.data);
    fill->attributes[sdp->num_attributes++] =
        (tg_sdp_attribute){ fill->level, offset, line.len, bytes_of(name), bytes_of(value) };
    if (fill->current)
        fill->current->num_attributes++;
    else
        sdp->num_session_attributes++;
    if (tgc_equals(name, "key-mgmt")) {
        take_key(fill, value);
    } else if (tgc_equals(name, "fingerprint")) {
        take_fingerprint(fill, value);
    } else if (tgc_equals(name, "crypto")) {
        sdp->num_crypto++;
        if (fill->current)
            fill->current->num_crypto++;
    } else if (fill->current) {
        take_media_attribute(fill, name, value);
    } else {
        take_session_attribute(fill, name, value);
    }
}
