/* What is asked of the lines of a session description before libosip2 sees any of it (RFC 4566 5). The order of lines is not judged. */
#include "sdp_lines.h"

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

/* The front of an m-line up to its protocol, without the formats. False when it does not get as far. */
bool tgc_m_line_front(tgc_text line, tgc_text *front)
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

/* Type letters as bits of a set. */
#define LETTER(c) (1U << ((c) - 'a'))
#define OF_SESSION (LETTER('v') | LETTER('o') | LETTER('s') | LETTER('t') | LETTER('r'))
#define ALL_LETTERS                                                                                                    \
    (OF_SESSION | LETTER('i') | LETTER('u') | LETTER('e') | LETTER('p') | LETTER('c') | LETTER('b') | LETTER('z') |    \
     LETTER('k') | LETTER('a') | LETTER('m'))

static bool is_one_of(char c, uint32_t letters)
{
    return c >= 'a' && c <= 'z' && (LETTER(c) & letters) != 0;
}

static bool line_is_sound(tgc_text line)
{
    return line.len >= 2 && line.data[1] == '=' && is_one_of(line.data[0], ALL_LETTERS);
}

static const char *note_once(tgc_text *slot, tgc_text line, const char *twice)
{
    if (slot->data)
        return twice;
    *slot = line;
    return NULL;
}

/* Notes a line of the outline. Returns what is wrong, or NULL. */
static const char *note_line(tgc_outline *out, tgc_text line)
{
    tgc_text front;
    if (!line_is_sound(line))
        return "a line does not begin with a known type letter and '='";
    if (tgc_begins(line, TGC_KEY_MGMT) && ++out->num_attributes > TG_SDP_MAX_ATTRIBUTES)
        return "too many key-mgmt attributes";
    if (line.data[0] == 'm' && !tgc_m_line_front(line, &front))
        return "an m-line lacks its media, port or protocol";
    if (line.data[0] == 'm' && ++out->num_media > TG_SDP_MAX_M_LINES)
        return "too many m-lines";
    if (line.data[0] != 'v' && !out->v.data)
        return "the first line is not v=";
    if (out->num_media > 0)
        return is_one_of(line.data[0], OF_SESSION) ? "a line of session level stands under an m-line" : NULL;
    switch (line.data[0]) {
    case 'v':
        return note_once(&out->v, line, "two v= lines");
    case 'o':
        return note_once(&out->o, line, "two o= lines");
    case 's':
        return note_once(&out->s, line, "two s= lines");
    case 't':
        if (!out->t.data)
            out->t = line; /* there may be several; one is enough here */
        return NULL;
    default:
        return NULL;
    }
}

tg_status tgc_read_outline(tgc_text rest, tgc_outline *out, const char **reason)
{
    memset(out, 0, offsetof(tgc_outline, lines));
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
        if (line.len > 0)
            out->lines[out->num_lines++] = line;
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

/* libosip2 refuses it or drops it; but it stands under its m-line, which the session's do not cover then (RFC 4567 3.1). */
static bool is_empty_key_mgmt(tgc_text line)
{
    return tgc_equals(line, "a=key-mgmt") || tgc_equals(line, TGC_KEY_MGMT);
}

/* Those of session level (`media` false) or from the first m-line on. */
static size_t put_kept(char *copy, size_t used, const tgc_outline *lines, const char *kept, bool media)
{
    static const char nobody[] = TGC_KEY_MGMT "-";
    tgc_text front;
    bool below = false, keys = strcmp(kept, TGC_KEY_MGMT) == 0;
    for (size_t i = 0; i < lines->num_lines; i++) {
        tgc_text line = lines->lines[i];
        below = below || tgc_begins(line, "m=");
        if (below != media)
            continue;
        if (keys && is_empty_key_mgmt(line)) {
            used = put_line(copy, used, (tgc_text){ nobody, sizeof nobody - 1 });
        } else if (tgc_begins(line, kept)) {
            used = put_line(copy, used, line);
        } else if (tgc_begins(line, "m=") && tgc_m_line_front(line, &front)) {
            used = put_line(copy, used, front) - 2;
            memcpy(copy + used, " 0\r\n", 4); /* which formats there are says nothing about keys */
            used += 4;
        }
    }
    return used;
}

void tgc_write_sdp_copy(const tgc_outline *lines, const char *kept, char *copy)
{
    static const char nameless[] = "s=-"; /* libosip2 refuses an empty name, which many send */
    bool before_time = kept[0] == 'c';
    size_t used = put_line(copy, 0, lines->v);
    used = put_line(copy, used, lines->o);
    used = put_line(copy, used, lines->s.len > 2 ? lines->s : (tgc_text){ nameless, 3 });
    if (before_time)
        used = put_kept(copy, used, lines, kept, false);
    used = put_line(copy, used, lines->t);
    if (!before_time)
        used = put_kept(copy, used, lines, kept, false);
    used = put_kept(copy, used, lines, kept, true);
    copy[used] = '\0';
}

/* ---- protocols and attributes ------------------------------------------------------------------------------- */

bool tgc_is_srtp(tgc_text proto)
{
    return tgc_equals(proto, "RTP/SAVP") || tgc_equals(proto, "RTP/SAVPF");
}

/* X/TLS/Y, exactly three parts: UDP/TLS/RTP/SAVP is DTLS-SRTP and not MIKEY's. */
bool tgc_is_over_tls(tgc_text proto)
{
    size_t first = 0, last = proto.len;
    while (first < proto.len && proto.data[first] != '/')
        first++;
    while (last > 0 && proto.data[last - 1] != '/')
        last--;
    return first > 0 && last == first + 5 && last < proto.len && memcmp(proto.data + first, "/TLS/", 5) == 0;
}

void tgc_cut_key_mgmt(tgc_text value, tgc_text *protocol, tgc_text *data)
{
    value = tgc_trim(value);
    size_t len = 0;
    while (len < value.len && value.data[len] != ' ' && value.data[len] != '\t')
        len++;
    *protocol = *data = (tgc_text){ value.data, len };
    if (len < value.len) /* else there is nothing behind it; `value` may be NULL, which nothing is added to */
        *data = tgc_trim((tgc_text){ value.data + len, value.len - len });
    else
        data->len = 0;
}
