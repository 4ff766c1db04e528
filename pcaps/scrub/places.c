/* Where MIKEY messages stand in SIP and HTTP, and what they have become put there. */
#include <ctype.h>
#include <stdlib.h>

#include "places.h"
#include "replace.h"
#include "texts.h"

void tgs_put_base64(tgs_scrub *s, uint8_t *text, size_t len, const uint8_t *octets, size_t num_octets)
{
    if (!tgp_replace_base64(text, len, tg_bytes_of(octets, num_octets)))
        tgs_fail(s, "memory ran out");
}

/* The offset in the unit of an octet of a frame; SIZE_MAX: it is not in it. */
static size_t offset_in(const tgs_unit *u, uint64_t frame, uint32_t frame_offset)
{
    size_t offset;
    return tgp_replace_place(u->pieces, u->num_pieces, u->len, frame, frame_offset, &offset) ? offset : SIZE_MAX;
}

/* The header of a message does not change but in its number of octets: it shows where the message begins. */
enum { HEADER = 9, HEADER_BASE64 = 12 };

static bool begins_raw(const tgs_unit *u, size_t at, const tgs_record *r)
{
    size_t len = r->len < HEADER ? r->len : HEADER;
    return u->len - at >= r->len && memcmp(u->octets + at, r->octets, len) == 0;
}

static bool begins_base64(const tgs_unit *u, size_t at, const char *begin, size_t len)
{
    size_t n = 0;
    for (; at < u->len && n < len && (isspace(u->octets[at]) ? n > 0 : u->octets[at] == (uint8_t)begin[n]); at++)
        n += !isspace(u->octets[at]);
    return n == len;
}

/* Behind the first empty line, which is how units cuts, and fields.c: a line may end with LF alone (RFC 9112 2.2). */
size_t tgs_http_body_at(const tgs_unit *u)
{
    const uint8_t *end;
    for (size_t at = 0; (end = memchr(u->octets + at, '\n', u->len - at)) != NULL;) {
        at = (size_t)(end - u->octets) + 1;
        size_t next = at + (at < u->len && u->octets[at] == '\r');
        if (next < u->len && u->octets[next] == '\n')
            return next + 1;
    }
    return u->len;
}

/* The data of its chunks, and where each octet stands; false: there are none, or no memory. To be freed. */
static bool open_chunks(const tgs_unit *u, uint8_t **data, size_t **places, size_t *num)
{
    *num = 0;
    *data = malloc(u->len + 1);
    *places = calloc(u->len + 1, sizeof **places);
    if (*data && *places)
        *num = tgp_scrub_chunk_data((char *)u->octets, u->len, tgs_http_body_at(u), *places);
    for (size_t i = 0; i < *num; i++)
        (*data)[i] = u->octets[(*places)[i]];
    return *num > 0;
}

/* A message that no pieces are known of: all the chunks of HTTP. */
static bool locate_chunked(const tgs_unit *u, const tgs_record *r, tgs_place *out)
{
    char begin[HEADER_BASE64 + 1];
    uint8_t *data = NULL;
    size_t *places = NULL, num = 0;
    bool found = false;
    if (u->kind == TGP_UNIT_HTTP && r->len >= HEADER && open_chunks(u, &data, &places, &num)) {
        const tgs_unit body = { .octets = data, .len = num };
        bool raw = num == r->len && begins_raw(&body, 0, r);
        tg_base64_encode(tg_bytes_of(r->octets, HEADER), begin);
        found = raw || begins_base64(&body, 0, begin, HEADER_BASE64);
        *out = (tgs_place){ .record = r, .raw = raw, .chunked = true };
    }
    free(data);
    free(places);
    return found;
}

bool tgs_locate(const tgs_unit *u, const tgs_record *r, tgs_place *out)
{
    char begin[HEADER_BASE64 + 1];
    size_t first = r->num_pieces > 0 ? offset_in(u, r->pieces[0].frame, r->pieces[0].frame_offset) : SIZE_MAX;
    size_t header = r->len < HEADER ? r->len : HEADER;
    *out = (tgs_place){ .record = r };
    if (r->num_pieces == 0)
        return locate_chunked(u, r, out);
    if (first >= u->len || r->len == 0)
        return false;
    tg_base64_encode(tg_bytes_of(r->octets, header), begin);
    size_t len =
        strcspn(begin, "=") - (header % 3 != 0); /* the last character of a shorter one has bits of what follows */
    for (int raw = 0; raw < 2; raw++) {
        if (raw ? begins_raw(u, first, r) : begins_base64(u, first, begin, len)) {
            *out = (tgs_place){ .record = r, .raw = raw, .at = first };
            return true;
        }
    }
    for (size_t at = first; at < u->len; at++) {
        if (begins_base64(u, at, begin, len) || begins_raw(u, at, r)) {
            *out = (tgs_place){ .record = r, .raw = u->octets[at] == 1, .is_found = true, .at = at };
            return true;
        }
    }
    return false;
}

/* All octets of the unit that its pieces name, in order: HTTP's chunks may lie between. */
static void put_pieces(tgs_scrub *s, tgs_unit *u, const tgs_place *p)
{
    size_t num = 0, total = 0;
    for (size_t i = 0; i < p->record->num_pieces; i++)
        total += p->record->pieces[i].len;
    uint8_t *text = malloc(total + 1);
    size_t *places = calloc(total + 1, sizeof *places);
    for (size_t i = 0; text && places && i < p->record->num_pieces; i++) {
        const tgp_piece *piece = &p->record->pieces[i];
        for (size_t k = 0; k < piece->len; k++) {
            size_t at = offset_in(u, piece->frame, piece->frame_offset + (uint32_t)k);
            if (at < u->len) {
                places[num] = at;
                text[num++] = u->octets[at];
            }
        }
    }
    if (!text || !places)
        tgs_fail(s, "memory ran out");
    else if (p->raw)
        memcpy(text, p->record->octets, p->record->len < num ? p->record->len : num);
    else
        tgs_put_base64(s, text, num, p->record->octets, p->record->len);
    for (size_t i = 0; text && places && i < num; i++)
        u->octets[places[i]] = text[i];
    free(text);
    free(places);
}

static void put_chunked(tgs_scrub *s, tgs_unit *u, const tgs_place *p)
{
    uint8_t *data;
    size_t *places, num;
    if (!open_chunks(u, &data, &places, &num))
        tgs_fail(s, "memory ran out");
    else if (p->raw)
        memcpy(data, p->record->octets, num < p->record->len ? num : p->record->len);
    else
        tgs_put_base64(s, data, num, p->record->octets, p->record->len);
    for (size_t i = 0; i < num; i++)
        u->octets[places[i]] = data[i];
    free(data);
    free(places);
}

void tgs_put(tgs_scrub *s, tgs_unit *u, const tgs_place *p)
{
    if (p->chunked)
        put_chunked(s, u, p);
    else if (!p->is_found)
        put_pieces(s, u, p);
    else if (p->raw)
        memcpy(u->octets + p->at, p->record->octets, p->record->len);
    else
        tgs_put_base64(s, u->octets + p->at, u->len - p->at, p->record->octets, p->record->len);
}

/* Behind blanks; `end` at the most. */
static size_t behind_blanks(const uint8_t *octets, size_t at, size_t end)
{
    while (at < end && (octets[at] == ' ' || octets[at] == '\t'))
        at++;
    return at;
}

/* The data of a line "a=key-mgmt:mikey2 AQ4F..."; of "mikey" it is a record's. */
static bool take_other(tgs_scrub *s, const uint8_t *octets, size_t begin, size_t end, tgs_other *out)
{
    static const char attribute[] = "a=key-mgmt:", own[] = "mikey";
    size_t name = begin + sizeof attribute - 1, error;
    if (end < name || memcmp(octets + begin, attribute, sizeof attribute - 1) != 0)
        return false;
    name = behind_blanks(octets, name, end);
    size_t at = name;
    while (at < end && octets[at] != ' ' && octets[at] != '\t')
        at++;
    bool is_own = at - name == sizeof own - 1 && memcmp(octets + name, own, at - name) == 0;
    at = behind_blanks(octets, at, end);
    *out = (tgs_other){ .at = at, .len = end - at };
    out->octets = is_own || out->len == 0 ? NULL : tgs_alloc(s, tg_base64_decoded_max(out->len));
    return out->octets &&
           tg_base64_decode((const char *)octets + at, out->len, out->octets, &out->num_octets, &error) == TG_OK &&
           tgs_settle_octets(s, out->octets, out->num_octets);
}

size_t tgs_take_others(tgs_scrub *s, const tgs_unit *u, tgs_other others[TGS_MAX_PLACES])
{
    size_t num = 0;
    for (size_t at = 0, next; at < u->len && num < TGS_MAX_PLACES; at = next) {
        const uint8_t *stop = memchr(u->octets + at, '\n', u->len - at);
        size_t end = stop ? (size_t)(stop - u->octets) : u->len;
        next = stop ? end + 1 : u->len;
        while (end > at && (u->octets[end - 1] == '\r' || u->octets[end - 1] == ' ' || u->octets[end - 1] == '\t'))
            end--;
        num += take_other(s, u->octets, at, end, &others[num]);
    }
    return num;
}
