/* a=key-mgmt in a session description (RFC 4567 3.1).
 *
 * The description is cut into lines and checked first; libosip2 gets a copy that holds only what key management needs,
 * in the order it insists on (osip.c says why). RFC 4566 5 asks for the type letters to be known and for v=, o=, s= and
 * t= to be there; that is kept. The order of lines is not judged here.
 */
#include "ticketgate/carriage.h"

#include "lines.h"
#include "osip.h"

/* Room for the copy: a line may grow by a CR, an m-line by a format as well, and s= by a character. */
#define COPY_MAX (TG_SDP_MAX_OCTETS + TG_SDP_MAX_LINES + 2 * TG_SDP_MAX_M_LINES + 16)

tg_status tg_carriage_init(void)
{
    return tgc_osip_init() ? TG_OK : TG_ARENA_FULL; /* the only way to fail is memory */
}

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

/* ---- the lines ---------------------------------------------------------------------------------------------- */

#define KEY_MGMT "a=key-mgmt:"

typedef struct outline {
    tgc_text v, o, s, t; /* the one line of each; data NULL until it is met */
    size_t num_media, num_attributes;
} outline;

/* The front of an m-line up to its protocol, without the formats. False when it does not get as far. */
static bool m_line_front(tgc_text line, tgc_text *front)
{
    size_t at = 2;
    for (unsigned word = 0; word < 3; word++) { /* media, port, protocol */
        size_t start = word == 0 ? at : ++at;
        while (at < line.len && line.data[at] != ' ')
            at++;
        if (at == start || start >= line.len)
            return false;
    }
    *front = (tgc_text){ line.data, at };
    return true;
}

static bool line_is_sound(tgc_text line)
{
    return line.len >= 2 && line.data[1] == '=' && memchr("vosiuepcbtrzkam", line.data[0], 15) != NULL;
}

static const char *note_once(tgc_text *slot, tgc_text line, const char *twice)
{
    if (slot->data)
        return twice;
    *slot = line;
    return NULL;
}

/* Notes a line of the outline. Returns what is wrong, or NULL. */
static const char *note_line(outline *out, tgc_text line)
{
    tgc_text front;
    if (!line_is_sound(line))
        return "a line does not begin with a known type letter and '='";
    if (tgc_begins(line, KEY_MGMT) && ++out->num_attributes > TG_SDP_MAX_ATTRIBUTES)
        return "too many key-mgmt attributes";
    if (line.data[0] == 'm' && !m_line_front(line, &front))
        return "an m-line lacks its media, port or protocol";
    if (line.data[0] == 'm' && ++out->num_media > TG_SDP_MAX_M_LINES)
        return "too many m-lines";
    if (line.data[0] != 'v' && !out->v.data)
        return "the first line is not v=";
    if (out->num_media > 0)
        return strchr("vostr", line.data[0]) ? "a line of session level stands under an m-line" : NULL;
    switch (line.data[0]) {
    case 'v': return note_once(&out->v, line, "two v= lines");
    case 'o': return note_once(&out->o, line, "two o= lines");
    case 's': return note_once(&out->s, line, "two s= lines");
    case 't':
        if (!out->t.data)
            out->t = line; /* there may be several; one is enough here */
        return NULL;
    default: return NULL;
    }
}

static tg_status read_outline(tgc_text rest, outline *out, const char **reason)
{
    *out = (outline){ 0 };
    tgc_text line;
    size_t num_lines = 0;
    while (tgc_next_line(&rest, &line)) {
        if (++num_lines > TG_SDP_MAX_LINES)
            return refuse(TG_TOO_LARGE, reason, "the session description has too many lines");
        if (line.len > TG_SDP_MAX_LINE)
            return refuse(TG_TOO_LARGE, reason, "a line of the session description is too long");
        if (line.len > 0 && memchr(line.data, '\r', line.len))
            return refuse(TG_BAD_SDP, reason, "a CR stands inside a line");
        const char *wrong = line.len > 0 ? note_line(out, line) : NULL;
        if (wrong)
            return refuse(strncmp(wrong, "too many", 8) == 0 ? TG_TOO_LARGE : TG_BAD_SDP, reason, wrong);
    }
    if (!out->v.data || !out->o.data || !out->s.data || !out->t.data)
        return refuse(TG_BAD_SDP, reason, "one of the lines v=, o=, s= and t= is missing");
    return TG_OK;
}

/* ---- the copy for libosip2 ---------------------------------------------------------------------------------- */

static size_t put_line(char *copy, size_t used, tgc_text line)
{
    memcpy(copy + used, line.data, line.len);
    used += line.len;
    memcpy(copy + used, "\r\n", 2);
    return used + 2;
}

/* `copy` holds COPY_MAX characters; what read_outline has passed fits. */
static void write_copy(tgc_text rest, const outline *lines, char *copy)
{
    static const char nameless[] = "s=-"; /* libosip2 refuses an empty name, which many send */
    size_t used = put_line(copy, 0, lines->v);
    used = put_line(copy, used, lines->o);
    used = put_line(copy, used, lines->s.len > 2 ? lines->s : (tgc_text){ nameless, 3 });
    used = put_line(copy, used, lines->t);
    tgc_text line, front;
    while (tgc_next_line(&rest, &line)) {
        if (tgc_begins(line, "m=") && m_line_front(line, &front)) {
            used = put_line(copy, used, front) - 2;
            memcpy(copy + used, " 0\r\n", 4); /* which formats there are says nothing about keys */
            used += 4;
        } else if (tgc_begins(line, KEY_MGMT)) {
            used = put_line(copy, used, line);
        }
    }
    copy[used] = '\0';
}

/* ---- attributes --------------------------------------------------------------------------------------------- */

/* `value` is what follows "key-mgmt:" (an optional space, prtcl-id, space, data). False for other protocols. */
static bool mikey_data(tgc_text value, tgc_text *data)
{
    value = tgc_trim(value);
    size_t id_len = 0;
    while (id_len < value.len && value.data[id_len] != ' ' && value.data[id_len] != '\t')
        id_len++;
    if (!tgc_equals((tgc_text){ value.data, id_len }, "mikey"))
        return false;
    *data = tgc_trim((tgc_text){ value.data + id_len, value.len - id_len });
    return true;
}

/* X/TLS/Y, exactly three parts: UDP/TLS/RTP/SAVP is DTLS-SRTP and not MIKEY's. */
static bool is_over_tls(const char *proto)
{
    const char *first = strchr(proto, '/');
    const char *last = strrchr(proto, '/');
    return first && first > proto && last - first == 4 && strncmp(first, "/TLS/", 5) == 0 && last[1] != '\0';
}

static bool m_line_kind(const char *proto, tg_m_line *kind)
{
    if (strcmp(proto, "RTP/SAVP") == 0 || strcmp(proto, "RTP/SAVPF") == 0)
        *kind = TG_M_LINE_RTP;
    else if (is_over_tls(proto))
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
    outline lines;
    tg_status status = read_outline(text, &lines, reason);
    if (status != TG_OK)
        return status;
    char copy[COPY_MAX];
    write_copy(text, &lines, copy);
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
    size_t skip = strlen(KEY_MGMT);
    if (!tgc_begins(text, KEY_MGMT)) {
        skip -= 2; /* without "a=" */
        if (!tgc_begins(text, &KEY_MGMT[2]))
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

static const char attribute_start[] = KEY_MGMT "mikey ";

size_t tg_key_mgmt_size(size_t message_len)
{
    return sizeof attribute_start - 1 + tg_base64_encoded_size(message_len);
}

void tg_key_mgmt_write(tg_bytes octets, char *out)
{
    memcpy(out, attribute_start, sizeof attribute_start - 1);
    tg_base64_encode(octets, out + sizeof attribute_start - 1);
}
