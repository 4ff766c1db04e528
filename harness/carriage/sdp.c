/* a=key-mgmt in a session description (RFC 4567 3.1).
 *
 * The description is cut into lines and checked first; libosip2 gets a copy that holds only what key management needs,
 * in the order it insists on (osip.c says why). RFC 4566 5 asks for the type letters to be known and for v=, o=, s= and
 * t= to be there; that is kept. The order of lines is not judged here.
 */
#include "ticketgate/carriage.h"

#include "lines.h"
#include "osip.h"
#include "sdp_lines.h"

tg_status tg_carriage_init(void)
{
    return tgc_osip_init() ? TG_OK : TG_ARENA_FULL; /* the only way to fail is memory */
}

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

/* ---- attributes --------------------------------------------------------------------------------------------- */

/* False for other protocols. */
static bool mikey_data(tgc_text value, tgc_text *data)
{
    tgc_text protocol;
    tgc_cut_key_mgmt(value, &protocol, data);
    return tgc_equals(protocol, "mikey");
}

static bool m_line_kind(const char *proto, tg_m_line *kind)
{
    tgc_text text = { proto, strlen(proto) };
    if (tgc_is_srtp(text))
        *kind = TG_M_LINE_RTP;
    else if (tgc_is_over_tls(text))
        *kind = TG_M_LINE_TLS;
    else
        return false;
    return true;
}

/* The m-lines that an attribute covers. At session level: all but those with a key-mgmt of their own, whichever the
 * protocol, since for these the session level "MUST be ignored" (RFC 4567 3.1). */
static size_t covered(tgc_sdp *sdp, int level, tg_m_line *kinds)
{
    size_t num = 0;
    const char *field, *value;
    for (int media = 0; media < tgc_sdp_num_media(sdp); media++) {
        bool own = tgc_sdp_attribute(sdp, media, 0, &field, &value); /* only key-mgmt attributes were passed on */
        if ((level < 0 ? !own : media == level) && m_line_kind(tgc_sdp_media_proto(sdp, media), &kinds[num]))
            num++;
    }
    return num;
}

typedef struct caller {
    tg_key_mgmt_callback callback;
    void *user;
    bool found;
} caller;

/* False when the caller wants no more. */
static bool report_level(tgc_sdp *sdp, int level, caller *to)
{
    tg_m_line kinds[TG_SDP_MAX_M_LINES];
    const char *field, *value;
    for (int n = 0; tgc_sdp_attribute(sdp, level, n, &field, &value); n++) {
        tgc_text data;
        if (!mikey_data((tgc_text){ value, strlen(value) }, &data))
            continue;
        to->found = true;
        tg_key_mgmt attribute = { level, data.data, data.len, kinds, covered(sdp, level, kinds) };
        if (!to->callback(to->user, &attribute))
            return false;
    }
    return true;
}

static tg_status read_description(tgc_text text, caller *to, const char **reason)
{
    tgc_outline lines;
    tg_status status = tgc_read_outline(text, &lines, reason);
    if (status != TG_OK)
        return status;
    char copy[TGC_SDP_COPY_MAX];
    tgc_write_sdp_copy(&lines, TGC_KEY_MGMT, copy);
    tgc_sdp *sdp = tgc_sdp_open(copy);
    if (!sdp)
        return refuse(TG_BAD_SDP, reason, "the lines v=, o=, s=, t= or m= are malformed");
    bool more = true;
    for (int level = -1; more && level < tgc_sdp_num_media(sdp); level++)
        more = report_level(sdp, level, to);
    tgc_sdp_close(sdp);
    return to->found ? TG_OK : refuse(TG_NOT_FOUND, reason, "no key-mgmt attribute with the protocol mikey");
}

/* "a=key-mgmt:mikey ..." or "key-mgmt:mikey ..." alone on its line. */
static bool is_bare_attribute(tgc_text text, tgc_text *value)
{
    text = tgc_trim(text);
    size_t skip = strlen(TGC_KEY_MGMT);
    if (!tgc_begins(text, TGC_KEY_MGMT)) {
        skip -= 2; /* without "a=" */
        if (!tgc_begins(text, &TGC_KEY_MGMT[2]))
            return false;
    }
    if (memchr(text.data, '\n', text.len) || memchr(text.data, '\r', text.len))
        return false;
    *value = (tgc_text){ text.data + skip, text.len - skip };
    return true;
}

tg_status tg_sdp_key_mgmt(const char *sdp, size_t len, tg_key_mgmt_callback callback, void *user, const char **reason)
{
    caller to = { callback, user, false };
    tgc_text text = { sdp, len }, value, data;
    *reason = "";
    if (len == 0)
        return refuse(TG_BAD_SDP, reason, "the session description is empty");
    if (memchr(sdp, '\0', len))
        return refuse(TG_BAD_SDP, reason, "the session description holds a NUL");
    if (is_bare_attribute(text, &value)) {
        if (!mikey_data(value, &data))
            return refuse(TG_NOT_FOUND, reason, "the attribute is for another protocol than mikey");
        (void)callback(user, &(tg_key_mgmt){ -1, data.data, data.len, NULL, 0 });
        return TG_OK;
    }
    if (len > TG_SDP_MAX_OCTETS)
        return refuse(TG_TOO_LARGE, reason, "the session description is too large");
    return read_description(text, &to, reason);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static const char attribute_start[] = TGC_KEY_MGMT "mikey ";

size_t tg_key_mgmt_size(size_t message_len)
{
    return sizeof attribute_start - 1 + tg_base64_encoded_size(message_len);
}

void tg_key_mgmt_write(tg_bytes octets, char *out)
{
    memcpy(out, attribute_start, sizeof attribute_start - 1);
    tg_base64_encode(octets, out + sizeof attribute_start - 1);
}
